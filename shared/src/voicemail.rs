//! Voicemail: messages that callers leave for an extension (VM-01…VM-07, EXT-06, EXT-07).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::language::Language;
use crate::operation::File;
use crate::problem::FieldProblem;
use crate::{CallId, ExtensionId, Moment, Page, SoundId, TenantId, VoicemailId, operation};

/// The longest message, in seconds (VM-02).
pub const MESSAGE_SECONDS_MAX: u32 = 180;
/// A shorter one is dropped, in milliseconds (VM-02).
pub const MESSAGE_MILLIS_MIN: u64 = 1_000;
/// So much silence ends a message, in seconds (VM-02).
pub const HUSH_SECONDS: u32 = 10;
/// The most messages of one mailbox.
pub const MESSAGES_MAX: usize = 500;
/// About as many bytes does a millisecond of sound take.
pub const BYTES_A_MILLI: u64 = 3;

/// What is mailed of a new message (VM-06).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoicemailMail {
    /// Nothing.
    Nothing,
    /// That it is there, where the extension has an address.
    #[default]
    Notice,
    /// The message itself too.
    Attached,
}

/// Which greeting is played; one that is absent gives way to the usual one, and that to the system's (EXT-07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Greetings {
    /// Unless another is for the moment.
    pub usual: Option<SoundId>,
    /// While the person talks, or declines the call.
    pub busy: Option<SoundId>,
    /// While the status is *away* or *do not disturb*.
    pub away: Option<SoundId>,
}

impl Greetings {
    /// All that are set.
    pub fn all(&self) -> impl Iterator<Item = SoundId> {
        [self.usual, self.busy, self.away].into_iter().flatten()
    }
}

/// How the mailbox of an extension is set up (EXT-06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct VoicemailSettings {
    /// Is there one?
    pub enabled: bool,
    /// Is the PIN asked for when its own telephone listens? From elsewhere it always is.
    pub pin_required: bool,
    /// Is it said who has left a message?
    pub says_caller: bool,
    /// Is it said when?
    pub says_time: bool,
    /// The language of the system's phrases.
    pub language: Language,
    /// What is mailed.
    pub mail: VoicemailMail,
    /// What callers hear first.
    pub greetings: Greetings,
}

impl Default for VoicemailSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            pin_required: false,
            says_caller: true,
            says_time: true,
            language: Language::default(),
            mail: VoicemailMail::default(),
            greetings: Greetings::default(),
        }
    }
}

/// A mailbox as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mailbox {
    /// Whose it is.
    pub extension_id: ExtensionId,
    /// How it is set up.
    pub settings: VoicemailSettings,
    /// Is there a PIN? The PIN itself never leaves the server.
    pub has_pin: bool,
}

/// Changes a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailboxChange {
    /// How it is set up from now on.
    pub settings: VoicemailSettings,
    /// Another PIN, 4–10 digits; empty takes it away, absent leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

impl MailboxChange {
    /// What is wrong with it, field by field. Whether there is a PIN already is not seen here.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        if let Some(pin) = self.pin.as_deref().filter(|pin| !pin.is_empty()) {
            check.that(is_pin(pin), "pin", "A PIN has 4 to 10 digits.");
            check.that(!is_pin(pin) || !is_weak(pin), "pin", "This PIN is the first that anybody would try.");
        }
        check.finish()
    }
}

fn is_pin(pin: &str) -> bool {
    (4..=10).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit())
}

/// One digit again and again, or digits one up or down each.
fn is_weak(pin: &str) -> bool {
    let steps: Vec<i16> = pin
        .as_bytes()
        .windows(2)
        .filter_map(|pair| Some(i16::from(*pair.get(1)?) - i16::from(*pair.first()?)))
        .collect();
    [-1, 0, 1].into_iter().any(|step| steps.iter().all(|own| *own == step))
}

/// Pairs and lines of a telephone's keys that are tried first.
const USUAL_PINS: [&str; 8] = ["2580", "0852", "1122", "1379", "1397", "147258", "147369", "258369"];

/// Would somebody guess this PIN of the mailbox of that number (PH-12)? One digit again and again, a run, a few digits that repeat, a
/// line of keys, a year of somebody's life, or the number itself, forwards or backwards, perhaps with a digit more.
pub fn is_weak_pin(pin: &str, number: &str) -> bool {
    let repeats = (1..=pin.len() / 2).any(|period| {
        let mut chunks = pin.as_bytes().chunks(period);
        let first = chunks.next();
        pin.len().is_multiple_of(period) && chunks.all(|chunk| Some(chunk) == first)
    });
    let year = pin.len() == 4 && pin.parse::<u16>().is_ok_and(|year| (1930..2030).contains(&year));
    let turned: String = number.chars().rev().collect();
    let own = |number: &str| number.len() >= 3 && pin.len() <= number.len() + 1 && pin.contains(number);
    is_weak(pin) || repeats || year || USUAL_PINS.contains(&pin) || own(number) || own(&turned)
}

/// A message that somebody has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Voicemail {
    /// Its id.
    pub id: VoicemailId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// For whom.
    pub extension_id: ExtensionId,
    /// The call in which it was left.
    pub call_id: CallId,
    /// The number of whoever has left it; empty where it was hidden.
    pub caller: String,
    /// The name, as it came.
    pub caller_name: String,
    /// When.
    pub left_at: Moment,
    /// How long it is; none while it is being left.
    pub millis: Option<u64>,
    /// When it was first heard.
    pub heard_at: Option<Moment>,
    /// Its sound.
    pub sound_id: SoundId,
}

impl Voicemail {
    /// About how many bytes it takes.
    pub fn bytes(&self) -> u64 {
        self.millis.unwrap_or(0).saturating_mul(BYTES_A_MILLI)
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoicemailChange {
    /// It was heard.
    Heard,
    /// It counts as new again.
    Unheard,
    /// It is removed.
    Deleted,
}

/// The own mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnMailbox {}
operation!(GetOwnMailbox, Get, "/api/user/mailbox", User, Mailbox);

/// Changes the own mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateOwnMailbox {
    /// How.
    #[serde(flatten)]
    pub change: MailboxChange,
}
operation!(UpdateOwnMailbox, Put, "/api/user/mailbox", User, Mailbox);

/// The mailbox of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetMailbox {
    /// Whose.
    pub extension_id: ExtensionId,
}
operation!(GetMailbox, Get, "/api/tenant/extensions/{extension_id}/mailbox", TenantAdmin, Mailbox);

/// Changes the mailbox of an extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateMailbox {
    /// Whose.
    pub extension_id: ExtensionId,
    /// How.
    #[serde(flatten)]
    pub change: MailboxChange,
}
operation!(UpdateMailbox, Put, "/api/tenant/extensions/{extension_id}/mailbox", TenantAdmin, Mailbox);

/// Lists the own messages, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListVoicemails {
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListVoicemails, Get, "/api/user/voicemails", User, Page<Voicemail>);

/// Says what becomes of an own message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeVoicemail {
    /// Which.
    pub voicemail_id: VoicemailId,
    /// What.
    pub change: VoicemailChange,
}
operation!(ChangeVoicemail, Put, "/api/user/voicemails/{voicemail_id}", User, ());

/// The sound of an own message, as Ogg Opus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetVoicemailSound {
    /// Which.
    pub voicemail_id: VoicemailId,
}
operation!(GetVoicemailSound, Get, "/api/user/voicemails/{voicemail_id}/sound", User, File);

/// How loud an own message is, for a picture of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetVoicemailPeaks {
    /// Which.
    pub voicemail_id: VoicemailId,
}
operation!(GetVoicemailPeaks, Get, "/api/user/voicemails/{voicemail_id}/peaks", User, Peaks);

/// The loudest of each stretch of a sound, 0–255, all of equal length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Peaks {
    /// From the first to the last.
    pub peaks: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: EXT-06
    #[test]
    fn ext_06_a_pin_has_four_to_ten_digits_and_is_not_the_first_that_anybody_would_try() {
        let problems = |pin: &str| MailboxChange { pin: Some(pin.into()), ..MailboxChange::default() }.check().len();
        for right in ["", "4711", "90210", "1357924680"] {
            assert_eq!(problems(right), 0, "{right}");
        }
        for wrong in ["1", "123", "12345678901", "12a4", "1111", "1234", "987654", "４７１１"] {
            assert_eq!(problems(wrong), 1, "{wrong}");
        }
        assert_eq!(MailboxChange::default().check(), []);
    }

    // covers: PH-12
    #[test]
    fn ph_12_a_pin_that_somebody_would_guess_is_weak() {
        for (pin, number) in [
            ("1234", "101"),
            ("4321", "101"),
            ("0000", "101"),
            ("777777", "101"),
            ("1212", "101"),
            ("470470", "101"),
            ("2580", "101"),
            ("1978", "101"),
            ("4711", "4711"),
            ("1174", "4711"),
            ("1010", "101"),
            ("9101", "101"),
            ("7012", "210"),
            ("", "101"),
        ] {
            assert!(is_weak_pin(pin, number), "{pin} of {number}");
        }
        for (pin, number) in [
            ("4711", "101"),
            ("90210", "101"),
            ("1357924680", "101"),
            ("93101", "101"),
            ("4791", "47"),
            ("8302", "alice"),
        ] {
            assert!(!is_weak_pin(pin, number), "{pin} of {number}");
        }
    }
}
