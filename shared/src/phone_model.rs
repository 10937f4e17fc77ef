//! The desk phones that are configured from here (PH-07): vendors, what their configuration files are called, and models with
//! their number of keys. The models are `phone_model.json` beside this file.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Who made a phone: one family of templates (PH-07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhoneVendor {
    /// Yealink.
    #[default]
    Yealink,
    /// Fanvil.
    Fanvil,
    /// Htek.
    Htek,
    /// Snom.
    Snom,
    /// Grandstream.
    Grandstream,
    /// Gigaset.
    Gigaset,
    /// Panasonic.
    Panasonic,
    /// Cisco, the enterprise phones with SIP firmware.
    Cisco,
    /// Cisco SPA, the phones for small offices.
    CiscoSpa,
    /// Polycom.
    Polycom,
    /// Aastra.
    Aastra,
}

impl PhoneVendor {
    /// All of them, in the order of pages.
    pub const ALL: [Self; 11] = [
        Self::Yealink,
        Self::Fanvil,
        Self::Htek,
        Self::Snom,
        Self::Grandstream,
        Self::Gigaset,
        Self::Panasonic,
        Self::Cisco,
        Self::CiscoSpa,
        Self::Polycom,
        Self::Aastra,
    ];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yealink => "Yealink",
            Self::Fanvil => "Fanvil",
            Self::Htek => "Htek",
            Self::Snom => "Snom",
            Self::Grandstream => "Grandstream",
            Self::Gigaset => "Gigaset",
            Self::Panasonic => "Panasonic",
            Self::Cisco => "Cisco",
            Self::CiscoSpa => "Cisco SPA",
            Self::Polycom => "Polycom",
            Self::Aastra => "Aastra",
        }
    }

    /// Is it one of those that read their configuration in the own network and without TLS only (PH-06)?
    pub const fn is_legacy(self) -> bool {
        matches!(self, Self::Cisco | Self::CiscoSpa | Self::Polycom | Self::Aastra)
    }

    /// Do its phones take a password of their own pages of digits only (PH-11)?
    pub const fn has_passwords_of_digits(self) -> bool {
        matches!(self, Self::Aastra)
    }
}

/// A model of phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneModel {
    /// Its vendor.
    pub vendor: PhoneVendor,
    /// Its name as the vendor writes it, such as `SIP-T46U`; unique in the vendor's.
    pub model: String,
    /// How many keys it has that can watch somebody or dial (EXT-16), those of its own screens included; one that the line needs for
    /// itself, as on phones of Cisco, Grandstream, Panasonic and Polycom, is not among them.
    pub keys: usize,
}

/// What the file says, read once.
static MODELS: LazyLock<Vec<PhoneModel>> =
    LazyLock::new(|| serde_json::from_str(include_str!("phone_model.json")).unwrap_or_default());

/// All of them, by vendor in the order of [`PhoneVendor::ALL`], then by name. Empty where the data cannot be read, which a test rules out.
pub fn models() -> Vec<PhoneModel> {
    MODELS.clone()
}

/// The model of that vendor and name.
pub fn model(vendor: PhoneVendor, name: &str) -> Option<PhoneModel> {
    MODELS.iter().find(|model| model.vendor == vendor && model.model == name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone_key::PHONE_KEYS_MAX;

    // covers: PH-06, PH-07
    #[test]
    fn ph_07_the_models_stand_in_order_and_once_and_none_has_more_keys_than_can_be_set() {
        let models = models();
        let order: Vec<(PhoneVendor, &str)> = models.iter().map(|model| (model.vendor, model.model.as_str())).collect();
        assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
        assert!(models.iter().all(|model| model.keys <= PHONE_KEYS_MAX));
        for vendor in PhoneVendor::ALL {
            assert!(models.iter().filter(|model| model.vendor == vendor).count() >= 5, "{}", vendor.word());
            assert!(models.iter().any(|model| model.vendor == vendor && model.keys > 0), "{}", vendor.word());
        }
        assert!(PhoneVendor::ALL.is_sorted());
    }

    // covers: PH-06
    #[test]
    fn ph_06_the_phones_of_earlier_years_are_among_the_models() {
        let old = [
            (PhoneVendor::Cisco, &["7940", "7941G", "7960", "7961G"][..]),
            (
                PhoneVendor::CiscoSpa,
                &["SPA302D", "SPA303", "SPA501G", "SPA502G", "SPA504G", "SPA508G", "SPA509G", "SPA525G", "SPA525G2"],
            ),
            (PhoneVendor::Aastra, &["6730i", "6731i", "6739i", "6751i", "6753i", "6755i", "6757i"]),
            (PhoneVendor::Polycom, &["SoundPoint IP 331", "SoundStation IP 6000", "VVX 450"]),
        ];
        for (vendor, names) in old {
            assert!(vendor.is_legacy());
            for name in names {
                assert!(model(vendor, name).is_some(), "{name}");
            }
        }
        assert_eq!(model(PhoneVendor::Yealink, "6730i"), None);
    }
}
