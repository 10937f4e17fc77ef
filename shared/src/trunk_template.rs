//! What a trunk's form begins with, by country and brand (TRK-14). The data is `trunk_template.json` beside this file: signalling hosts as
//! the providers publish them; whatever is not said there stays as it always is.

use serde::Deserialize;

use crate::trunk::TrunkSettings;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TrunkTemplate {
    /// ISO 3166-1 alpha-2; empty for one that is of no country.
    pub country: String,
    /// The provider, or the kind of peer.
    pub brand: String,
    /// What is filled in; the name is the brand.
    pub settings: TrunkSettings,
}

/// All of them, *Generic* first, then by country and brand. Empty where the data cannot be read, which a test rules out.
pub fn templates() -> Vec<TrunkTemplate> {
    serde_json::from_str(include_str!("trunk_template.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::country;
    use crate::trunk::{TrunkMode, check};

    // covers: TRK-14
    #[test]
    fn trk_14_each_template_fills_the_form_with_what_passes_its_check() {
        let all = templates();
        assert_eq!((all[0].brand.as_str(), &all[0].settings), ("Generic", &TrunkSettings::default()));
        assert!(all.len() > 8, "{}", all.len());
        for (place, TrunkTemplate { country, brand, settings }) in all.iter().enumerate() {
            assert!(country.is_empty() || country::by_code(country).is_some(), "{brand}: {country}");
            assert!(
                all[..place].iter().all(|known| (&known.country, &known.brand) != (country, brand)),
                "{brand} twice"
            );
            let filled = TrunkSettings {
                name: "Carrier".into(),
                host: if settings.host.is_empty() { "sip.example".into() } else { settings.host.clone() },
                username: if settings.mode == TrunkMode::Ip { String::new() } else { "account".into() },
                ..settings.clone()
            };
            assert_eq!(check(&filled, None, &[]), [], "{brand}");
            assert!(settings.name.is_empty(), "{brand}: the name is the brand");
            // Besides those of no country each has a host.
            assert!(country.is_empty() || !settings.host.is_empty(), "{brand}");
        }
        let order: Vec<_> = all.iter().skip(1).map(|known| (&known.country, known.brand.to_lowercase())).collect();
        assert!(order.iter().filter(|(country, _)| !country.is_empty()).is_sorted(), "{order:?}");
    }
}
