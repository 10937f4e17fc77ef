//! The languages in which the server speaks to callers (LNG-01).

use serde::{Deserialize, Serialize};

/// A language of the system's own phrases. A phrase that a language lacks is said in [`Language::EnUs`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Language {
    /// English as in America.
    #[default]
    #[serde(rename = "en_US")]
    EnUs,
    /// Spanish.
    #[serde(rename = "es_ES")]
    EsEs,
    /// German.
    #[serde(rename = "de_DE")]
    DeDe,
    /// French.
    #[serde(rename = "fr_FR")]
    FrFr,
    /// Chinese (Mandarin).
    #[serde(rename = "zh_CN")]
    ZhCn,
}

impl Language {
    /// All that the server speaks.
    pub const ALL: [Self; 5] = [Self::EnUs, Self::EsEs, Self::DeDe, Self::FrFr, Self::ZhCn];

    /// As stored and sent, such as `en_US`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EnUs => "en_US",
            Self::EsEs => "es_ES",
            Self::DeDe => "de_DE",
            Self::FrFr => "fr_FR",
            Self::ZhCn => "zh_CN",
        }
    }

    /// The language of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// For people, in English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnUs => "English",
            Self::EsEs => "Spanish",
            Self::DeDe => "German",
            Self::FrFr => "French",
            Self::ZhCn => "Chinese",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: LNG-01
    #[test]
    fn lng_01_each_language_has_the_code_by_which_it_is_stored_and_sent() {
        for language in Language::ALL {
            assert_eq!(Language::of_code(language.code()), Some(language));
            assert_eq!(serde_json::to_value(language).unwrap(), language.code());
        }
        assert_eq!(Language::of_code("xx_XX"), None);
        assert_eq!(Language::default(), Language::EnUs);
    }
}
