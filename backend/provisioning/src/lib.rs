//! The configuration files that desk phones fetch (PH-07): pure, from what is known of a phone to the text of its file.

mod context;
mod escape;
mod file;
mod firmware;
mod key;
mod template;
#[cfg(test)]
mod tests;
mod zone;

use shared::language::Language;
use shared::phone::{MacAddress, PhoneTransport};
use shared::phone_model::PhoneVendor;

/// What a key of a phone does, with all that its file says of it (EXT-16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredKey {
    /// Watch or dial.
    pub does: KeyDoes,
    /// What is watched or dialled: an extension's number, a number outside, a feature code with its digit.
    pub number: String,
    /// What stands beside the key.
    pub label: String,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDoes {
    /// Watches (RFC 4235), calls, and picks up what rings there.
    Watch,
    /// Dials.
    Dial,
    /// Nothing: it keeps its place, so that those behind it keep theirs.
    Nothing,
}

/// All that a phone is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The phone's address.
    pub mac: MacAddress,
    /// Its vendor.
    pub vendor: PhoneVendor,
    /// Its model, one of `shared::phone_model`.
    pub model: String,
    /// The extension's number: user and name of the account.
    pub number: String,
    /// The person's name, on the display.
    pub name: String,
    /// The SIP secret.
    pub secret: String,
    /// The tenant's SIP domain: registrar and host of every address.
    pub domain: String,
    /// The host that the phone sends to, as outbound proxy.
    pub proxy: String,
    /// The port of it.
    pub port: u16,
    /// How it sends.
    pub transport: PhoneTransport,
    /// The language of the display.
    pub language: Language,
    /// Its time zone by name, such as `Europe/Berlin`.
    pub time_zone: String,
    /// What that zone is ahead of UTC today, in minutes.
    pub utc_offset_minutes: i32,
    /// The password of the phone's own pages.
    pub web_password: String,
    /// The address of the folder that this was fetched from, with `/` at its end: phones ask it again.
    pub folder: String,
    /// What is dialled for the mailbox (VM-01).
    pub voicemail: String,
    /// What is dialled, before a number, to pick up what rings there (ADV-05).
    pub pick_up: String,
    /// The keys, the first first; there may be more than the phone has.
    pub keys: Vec<ConfiguredKey>,
}

/// A file as it is sent to a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneFile {
    /// The type, for the header.
    pub content_type: &'static str,
    /// The text.
    pub text: String,
}

/// Why there is no such file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFile {
    /// Phones of this vendor have no file of that name.
    Unknown,
    /// A template is broken, which a test rules out.
    Broken,
}

/// The names of the files that phones of the vendor ask for, the phone's own first.
pub fn files(vendor: PhoneVendor, mac: &MacAddress, model: &str) -> Vec<String> {
    file::names(vendor, mac, model)
}

/// Is that a file of the phone: one of [`files`], or one that all phones of a model ask for, whichever model?
pub fn is_file(file: &str, vendor: PhoneVendor, mac: &MacAddress, model: &str) -> bool {
    file::template(file, vendor, mac, model).is_some()
}

/// The file of that name, as the phone asks for it (upper and lower case as the vendor's phones use them).
pub fn render(file: &str, configuration: &Configuration) -> Result<PhoneFile, NoFile> {
    let template =
        file::template(file, configuration.vendor, &configuration.mac, &configuration.model).ok_or(NoFile::Unknown)?;
    template::render(template, context::of(configuration))
}

/// The MAC address that a file's name holds, for a phone that asks without the folder of its link (PH-06).
pub fn mac_in(file: &str) -> Option<MacAddress> {
    file::mac_in(file)
}

/// The user of the phone's own pages whose password is set (PH-11).
pub const fn web_user(vendor: PhoneVendor) -> &'static str {
    match vendor {
        PhoneVendor::Polycom => "Polycom",
        _ => "admin",
    }
}

/// The firmware that a phone names in its User-Agent, of HTTP or SIP; none where it names none (PH-08).
pub fn firmware(user_agent: &str) -> Option<String> {
    firmware::of(user_agent)
}
