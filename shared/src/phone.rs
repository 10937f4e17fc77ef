//! Desk phones that are configured from here (spec 5.2 and 5.3): which phone is whose, its link, and what it is told.

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::language::Language;
use crate::phone_model::{PhoneVendor, model};
use crate::problem::FieldProblem;
use crate::registration::Registration;
use crate::{ExtensionId, Moment, Page, PhoneId, RegistrationId, TenantId, operation};

/// The path under which phones fetch their files: `/provision/FOLDER/FILE` (PH-16).
pub const PROVISION_PATH: &str = "/provision";
/// The least characters of the password of a phone's own pages.
pub const WEB_PASSWORD_CHARACTERS_MIN: usize = 8;
/// The most characters of it.
pub const WEB_PASSWORD_CHARACTERS_MAX: usize = 32;
/// How long a phone may take to confirm that it was told something, in seconds (PH-09).
pub const PHONE_ANSWER_SECONDS_MAX: u64 = 5;
/// The most phones that are told something at once (PH-09).
pub const PHONES_TOLD_MAX: usize = 1_000;
/// The most phones of an extension.
pub const PHONES_OF_EXTENSION_MAX: usize = 10;
/// The most phones of a tenant.
pub const PHONES_OF_TENANT_MAX: usize = 10_000;

/// The address of a phone's network card, 12 hexadecimal digits in lower case (PH-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct MacAddress(String);

impl MacAddress {
    /// Reads one; colons, hyphens, points and spaces do not count (PH-03). None where it has not 12 hexadecimal digits, or is the address of
    /// all or of a group (the lowest bit of its first byte).
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text
            .chars()
            .filter(|character| !matches!(character, ':' | '-' | '.' | ' '))
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let group = u8::from_str_radix(digits.get(..2)?, 16).ok()? & 1 == 1;
        let whole = digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        (whole && !group && digits != "000000000000").then_some(Self(digits))
    }

    /// The 12 digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for MacAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a MAC address has 12 hexadecimal digits"))
    }
}

impl std::fmt::Display for MacAddress {
    /// With colons, for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, digit) in self.0.chars().enumerate() {
            if place > 0 && place % 2 == 0 {
                f.write_str(":")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// How a phone reaches this server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhoneTransport {
    /// By UDP.
    #[default]
    Udp,
    /// By TCP.
    Tcp,
    /// By TLS; speech goes by SRTP.
    Tls,
}

/// What an administrator sets for a phone (PH-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PhoneSettings {
    /// The address of its network card as somebody has typed it; stored as 12 digits. Unique in the installation.
    pub mac: String,
    /// Its vendor.
    pub vendor: PhoneVendor,
    /// Its model, one of `phone_model`.
    pub model: String,
    /// The language of its display.
    pub language: Language,
    /// Its time zone, such as `Europe/Berlin`; empty for that of the tenant.
    pub time_zone: String,
    /// How it reaches this server.
    pub transport: PhoneTransport,
    /// May it fetch its files without TLS (PH-06)? The link then begins with `http`.
    pub without_tls: bool,
    /// May it fetch its files without the folder of its link, as a phone does that was told of this server by DHCP option 66 (PH-06)? Only
    /// from a private address, for whoever asks needs to know nothing but the MAC address (PH-16).
    pub without_folder: bool,
}

/// A desk phone of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Phone {
    /// Its id.
    pub id: PhoneId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Whose it is.
    pub extension_id: ExtensionId,
    /// What was set.
    pub settings: PhoneSettings,
    /// When it fetched its configuration last (PH-13).
    pub fetched_at: Option<Moment>,
    /// From which address.
    pub fetched_from: String,
    /// The firmware that it has named by then; empty where it said nothing of it.
    pub firmware: String,
    /// When it was added.
    pub created_at: Moment,
}

/// What is known of an extension's secrets without telling them (PH-12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeakSecrets {
    /// The PIN of the mailbox is easily guessed, such as 1234, or the extension's own number.
    pub pin: bool,
    /// The mailbox has no PIN: whoever comes to the phone hears what is in it.
    pub no_pin: bool,
}

/// A row of the inventory (PH-08): a phone that is configured from here, a device that has only registered, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneRow {
    /// The phone; none for a device that is not configured from here, such as a soft client.
    pub phone: Option<Phone>,
    /// The extension.
    pub extension_id: ExtensionId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// How it is registered; none where it is not.
    pub registration: Option<Registration>,
    /// The firmware, of the registration or of the last fetch; empty where neither names it.
    pub firmware: String,
    /// The page of the phone itself, by its address in its own network (PH-11); none where that is not known.
    pub page: Option<String>,
    /// What is weak (PH-12).
    pub weak: WeakSecrets,
}

/// The inventory: phones and other devices, by the extension's number (PH-08).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListPhones {
    /// Text that number, name, MAC address, vendor or model contains.
    pub search: Option<String>,
    /// Only those of this extension (EXT-15).
    pub extension_id: Option<ExtensionId>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page: phones; devices that are not configured from here come with the last page.
    pub limit: Option<u32>,
}
operation!(ListPhones, Get, "/api/tenant/phones", TenantAdmin, Page<PhoneRow>);

/// Adds a phone to an extension (PH-03, PH-04).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatePhone {
    /// Whose.
    pub extension_id: ExtensionId,
    /// What it is.
    pub settings: PhoneSettings,
    /// The password of its own pages, 8–32 characters that can be typed on any of them, of an Aastra digits only; one is made where none is
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_password: Option<String>,
}
operation!(CreatePhone, Post, "/api/tenant/phones", TenantAdmin, PhoneCreated);

/// What adding a phone answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneCreated {
    /// The phone.
    pub phone: Phone,
    /// Its link (PH-04).
    pub link: String,
}

/// Changes a phone, all that its settings say; it may be given to another extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdatePhone {
    /// Which.
    pub phone_id: PhoneId,
    /// Whose it is from now on.
    pub extension_id: ExtensionId,
    /// What it is.
    pub settings: PhoneSettings,
    /// Another password of its own pages; absent, it stays. One with letters cannot stay where the phone becomes an Aastra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_password: Option<String>,
}
operation!(UpdatePhone, Put, "/api/tenant/phones/{phone_id}", TenantAdmin, Phone);

/// Removes a phone; its link leads nowhere from then on. What it has been given works until the extension's SIP secret is renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeletePhone {
    /// Which.
    pub phone_id: PhoneId,
}
operation!(DeletePhone, Delete, "/api/tenant/phones/{phone_id}", TenantAdmin, ());

/// Reveals the link of a phone, to be entered in it by hand (PH-04). Whoever has it can read the SIP secret: the activity log says who has seen it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevealPhoneLink {
    /// Of which phone.
    pub phone_id: PhoneId,
}
operation!(RevealPhoneLink, Post, "/api/tenant/phones/{phone_id}/link/reveal", TenantAdmin, PhoneLink);

/// Makes a new link for a phone; the old one leads nowhere from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RenewPhoneLink {
    /// Of which phone.
    pub phone_id: PhoneId,
}
operation!(RenewPhoneLink, Post, "/api/tenant/phones/{phone_id}/link", TenantAdmin, PhoneLink);

/// Where a phone fetches its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneLink {
    /// The folder, with `/` at its end; most phones want this.
    pub folder: String,
    /// The same with the name of the phone's own file.
    pub file: String,
}

/// Reveals the password of a phone's own pages; the activity log says who has seen it (PH-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevealPhonePassword {
    /// Of which phone.
    pub phone_id: PhoneId,
}
operation!(RevealPhonePassword, Post, "/api/tenant/phones/{phone_id}/password", TenantAdmin, PhonePassword);

/// The password of a phone's own pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhonePassword {
    /// The user of those pages, such as `admin`.
    pub user: String,
    /// The password.
    pub password: String,
}

/// What a phone is told (`check-sync`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhoneWord {
    /// Fetch the configuration again, and start anew where it has changed (PH-10).
    #[default]
    Reprovision,
    /// Start anew (PH-09).
    Reboot,
}

/// Tells phones something and waits some seconds for what they answer (PH-09, PH-10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TellPhones {
    /// Which; empty for all of the tenant.
    pub phone_ids: Vec<PhoneId>,
    /// What.
    pub word: PhoneWord,
}
operation!(TellPhones, Post, "/api/tenant/phones/tell", TenantAdmin, Vec<PhoneTold>);

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneTold {
    /// Which phone.
    pub phone_id: PhoneId,
    /// Has it confirmed it?
    pub confirmed: bool,
    /// Why not, as a sentence; empty where it has.
    pub reason: String,
}

/// How a registered device stands that was told something: the switch's word, by the device's binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldStanding {
    /// It was sent; no answer yet.
    Waiting,
    /// The device's final answer; 408 where none came in time (RFC 3261, 8.1.3.1).
    Answered(u16),
}

impl PhoneSettings {
    /// What is wrong with it, field by field. Whether the MAC address is free is known to the store, whether the time zone exists to
    /// whoever computes times.
    pub fn check(&self) -> Vec<FieldProblem> {
        Check::default()
            .that(
                MacAddress::parse(&self.mac).is_some(),
                "mac",
                "A MAC address has 12 hexadecimal digits, such as 00:15:65:12:34:56.",
            )
            .that(model(self.vendor, &self.model).is_some(), "model", "Choose one of the vendor's models.")
            .finish()
    }
}

/// What is wrong with a password of a phone's own pages: letters, digits and the signs `-_.!` can be typed everywhere, besides where only
/// digits can.
pub fn check_web_password(vendor: PhoneVendor, password: &str) -> Vec<FieldProblem> {
    let digits = vendor.has_passwords_of_digits();
    let typed = |byte: u8| byte.is_ascii_digit() || !digits && (byte.is_ascii_alphabetic() || b"-_.!".contains(&byte));
    let long = (WEB_PASSWORD_CHARACTERS_MIN..=WEB_PASSWORD_CHARACTERS_MAX).contains(&password.len());
    let reason = match digits {
        true => "The password has 8 to 32 digits: this vendor's phones take nothing else.",
        false => "The password has 8 to 32 letters, digits or signs of -_.!",
    };
    Check::default().that(long && password.bytes().all(typed), "web_password", reason).finish()
}

/// Is that binding this phone? A phone is known by its MAC address in what it sends; where it sends none, by the address that it fetched
/// its configuration from, together with its vendor's name.
pub fn is_same_device(phone: &Phone, registration: &Registration) -> bool {
    if phone.extension_id != registration.extension_id {
        return false;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let mac = digits(&phone.settings.mac);
    let said = [&registration.instance, &registration.contact, &registration.user_agent];
    if said.iter().any(|text| digits(text).contains(&mac)) {
        return true;
    }
    let place = registration.source.rsplit_once(':').map_or("", |(place, _)| place);
    let vendor = phone.settings.vendor.word().split(' ').next().unwrap_or_default().to_ascii_lowercase();
    !phone.fetched_from.is_empty()
        && place == phone.fetched_from
        && registration.user_agent.to_ascii_lowercase().contains(&vendor)
}

/// The bindings that belong to each phone are found by this; kept beside it so that list and command agree.
pub fn bindings(phone: &Phone, registrations: &[Registration]) -> Vec<RegistrationId> {
    registrations.iter().filter(|known| is_same_device(phone, known)).map(|known| known.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: PH-11
    #[test]
    fn ph_11_a_password_is_what_can_be_typed_on_the_vendors_phones() {
        let is_taken = |vendor, password: &str| check_web_password(vendor, password).is_empty();
        let long = "1".repeat(WEB_PASSWORD_CHARACTERS_MAX + 1);
        for vendor in PhoneVendor::ALL {
            assert!(is_taken(vendor, "12345678") && is_taken(vendor, &long[1..]), "{}", vendor.word());
            for wrong in ["", "1234567", &long, "12 345678", "12345678\n", "1234567é", "12345678\""] {
                assert!(!is_taken(vendor, wrong), "{}: {wrong:?}", vendor.word());
            }
            assert_eq!(is_taken(vendor, "Drawer-7.x_!"), vendor != PhoneVendor::Aastra, "{}", vendor.word());
        }
    }
}
