//! The keys of a person's desk phones: whom they watch and what they dial (EXT-16).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_number};
use crate::destination::is_dialled;
use crate::presence::PresenceStatus;
use crate::problem::FieldProblem;
use crate::{ExtensionId, operation};

/// The most keys of an extension: no phone has more.
pub const PHONE_KEYS_MAX: usize = 120;
/// The longest label of a key, in characters.
pub const LABEL_CHARACTERS_MAX: usize = 32;

/// What a key does (EXT-16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PhoneKey {
    /// Its lamp shows how an extension stands (RFC 4235); pressed, it calls it, or picks up what rings there.
    Blf {
        /// The extension's number.
        number: String,
    },
    /// Calls a colleague.
    SpeedDial {
        /// The extension's number; the key is labelled with the person's name.
        number: String,
    },
    /// Calls any number.
    CustomSpeedDial {
        /// What is dialled.
        number: String,
        /// What stands beside the key.
        label: String,
    },
    /// Sets the own status (EXT-21).
    ChangeStatus {
        /// To this.
        status: PresenceStatus,
    },
}

/// The keys of an extension, the first key of the phone first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PhoneKeys {
    /// One for each key; a phone with fewer keys has the first of them.
    pub keys: Vec<PhoneKey>,
    /// How many keys the smallest of the extension's phones has; none where it has no phone. Only told, never set.
    pub room: Option<usize>,
}

/// The keys of an extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetPhoneKeys {
    /// Whose.
    pub extension_id: ExtensionId,
}
operation!(GetPhoneKeys, Get, "/api/tenant/extensions/{extension_id}/phone-keys", TenantAdmin, PhoneKeys);

/// Sets the keys of an extension, all of them. Phones have them at their next fetch (PH-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdatePhoneKeys {
    /// Whose.
    pub extension_id: ExtensionId,
    /// As [`PhoneKeys::keys`].
    pub keys: Vec<PhoneKey>,
}
operation!(UpdatePhoneKeys, Put, "/api/tenant/extensions/{extension_id}/phone-keys", TenantAdmin, PhoneKeys);

/// One's own keys (EXT-22).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnPhoneKeys {}
operation!(GetOwnPhoneKeys, Get, "/api/user/phone-keys", User, PhoneKeys);

/// Sets one's own keys, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateOwnPhoneKeys {
    /// As [`PhoneKeys::keys`].
    pub keys: Vec<PhoneKey>,
}
operation!(UpdateOwnPhoneKeys, Put, "/api/user/phone-keys", User, PhoneKeys);

/// What is wrong with keys, field by field (`keys.3.number`); whether there are such extensions is known to the store.
pub fn check(keys: &[PhoneKey]) -> Vec<FieldProblem> {
    let mut check = Check::default();
    check.that(keys.len() <= PHONE_KEYS_MAX, "keys", "At most 120 keys can be set.");
    for (place, key) in keys.iter().enumerate() {
        let field = format!("keys.{place}.number");
        match key {
            PhoneKey::Blf { number } | PhoneKey::SpeedDial { number } => {
                check.that(is_number(number), &field, "Give the number of an extension.");
            }
            PhoneKey::CustomSpeedDial { number, label } => {
                check.that(is_dialled(number), &field, "Give a number as it is dialled.");
                let shown =
                    (1..=LABEL_CHARACTERS_MAX).contains(&label.chars().count()) && !label.contains(char::is_control);
                check.that(shown, &format!("keys.{place}.label"), "A label has 1 to 32 characters.");
            }
            PhoneKey::ChangeStatus { .. } => {}
        }
    }
    check.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: EXT-16
    #[test]
    fn ext_16_what_is_wrong_with_a_key_is_told_at_its_place() {
        let fields = |keys: &[PhoneKey]| check(keys).into_iter().map(|problem| problem.field).collect::<Vec<_>>();
        let custom =
            |number: &str, label: &str| PhoneKey::CustomSpeedDial { number: number.into(), label: label.into() };
        let right = [
            PhoneKey::Blf { number: "101".into() },
            PhoneKey::SpeedDial { number: "alice".into() },
            custom("+4930123456", "Head office"),
            custom("*6817", &"é".repeat(LABEL_CHARACTERS_MAX)),
            PhoneKey::ChangeStatus { status: PresenceStatus::Away },
        ];
        assert_eq!(fields(&right), [] as [String; 0]);
        let wrong = [
            PhoneKey::Blf { number: "1".into() },
            PhoneKey::SpeedDial { number: "1 01".into() },
            custom("head office", "Head office"),
            custom("0301234", ""),
            custom("0301234", "a\nb"),
            custom("0301234", &"é".repeat(LABEL_CHARACTERS_MAX + 1)),
        ];
        let places = ["0.number", "1.number", "2.number", "3.label", "4.label", "5.label"];
        assert_eq!(fields(&wrong), places.map(|place| format!("keys.{place}")));
        assert_eq!(
            fields(&vec![PhoneKey::ChangeStatus { status: PresenceStatus::Away }; PHONE_KEYS_MAX + 1]),
            ["keys"]
        );
    }
}
