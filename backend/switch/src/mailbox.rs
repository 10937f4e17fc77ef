//! The mailboxes of a tenant: what waits in them, what becomes of it, and by which PIN they open. Pure: facts and lamps are
//! the affair of `pbx/mailbox.rs`.

use std::collections::BTreeMap;

use shared::voicemail::{MESSAGES_MAX, Voicemail};
use shared::{ExtensionId, Moment, SoundId, VoicemailId};

use crate::event::summary::Waiting;

/// The PIN of a mailbox. Prints as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// Of digits.
    pub const fn new(digits: String) -> Self {
        Self(digits)
    }

    /// Is it that? Takes as long for every answer of its length.
    pub fn is(&self, typed: &str) -> bool {
        let differs = self.0.bytes().zip(typed.bytes()).fold(0, |differs, (own, other)| differs | (own ^ other));
        differs == 0 && self.0.len() == typed.len()
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(***)")
    }
}

/// What a call does to a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxAct {
    /// A message is begun.
    Begun(Box<Voicemail>),
    /// It is whole.
    Left(Box<Voicemail>),
    /// It has come to nothing.
    Dropped(Box<Voicemail>),
    /// It was heard.
    Heard(ExtensionId, VoicemailId),
    /// It is removed.
    Deleted(ExtensionId, VoicemailId),
    /// A greeting was recorded, of so many milliseconds.
    GreetingRecorded(ExtensionId, SoundId, u64),
    /// The system's greeting counts again.
    GreetingDropped(ExtensionId),
}

/// The messages of a tenant.
#[derive(Debug, Default)]
pub struct Mailboxes {
    /// Whole ones, from the oldest.
    messages: BTreeMap<ExtensionId, Vec<Voicemail>>,
}

impl Mailboxes {
    /// One more.
    pub fn put(&mut self, message: Voicemail) {
        let messages = self.messages.entry(message.extension_id).or_default();
        if !messages.iter().any(|known| known.id == message.id) {
            messages.push(message);
        }
    }

    /// Of one extension, those that are kept `since` then: new ones first, each kind from the oldest.
    pub fn of(&self, extension: ExtensionId, since: Moment) -> Vec<Voicemail> {
        let all = || self.kept(extension, since);
        let fresh = all().filter(|message| message.heard_at.is_none());
        fresh.chain(all().filter(|message| message.heard_at.is_some())).cloned().collect()
    }

    /// Older ones are about to be removed, or are.
    fn kept(&self, extension: ExtensionId, since: Moment) -> impl Iterator<Item = &Voicemail> {
        self.messages.get(&extension).into_iter().flatten().filter(move |message| message.left_at > since)
    }

    /// How many wait.
    pub fn waiting(&self, extension: ExtensionId, since: Moment) -> Waiting {
        let all = || self.kept(extension, since);
        let new = all().filter(|message| message.heard_at.is_none()).count();
        let old = all().count() - new;
        Waiting { new: u32::try_from(new).unwrap_or(u32::MAX), old: u32::try_from(old).unwrap_or(u32::MAX) }
    }

    /// Does it take no more? `bytes_max` is nothing where there is no limit.
    pub fn is_full(&self, extension: ExtensionId, since: Moment, bytes_max: Option<u64>) -> bool {
        let bytes: u64 = self.kept(extension, since).map(Voicemail::bytes).sum();
        self.kept(extension, since).count() >= MESSAGES_MAX || bytes_max.is_some_and(|max| bytes >= max)
    }

    /// The message, to be changed.
    pub fn get_mut(&mut self, extension: ExtensionId, id: VoicemailId) -> Option<&mut Voicemail> {
        self.messages.get_mut(&extension)?.iter_mut().find(|message| message.id == id)
    }

    /// Takes it away.
    pub fn take(&mut self, extension: ExtensionId, id: VoicemailId) -> Option<Voicemail> {
        let messages = self.messages.get_mut(&extension)?;
        let place = messages.iter().position(|message| message.id == id)?;
        Some(messages.remove(place))
    }

    /// Keeps those of these extensions only.
    pub fn retain(&mut self, is_there: impl Fn(ExtensionId) -> bool) {
        self.messages.retain(|extension, _| is_there(*extension));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{CallId, TenantId};

    const NOW: Moment = Moment::from_seconds(1_000);
    const OWN: ExtensionId = ExtensionId(101);
    const EVER: Moment = Moment(0);

    fn message(id: i64, heard: bool) -> Voicemail {
        Voicemail {
            id: VoicemailId(id),
            tenant_id: TenantId(1),
            extension_id: OWN,
            call_id: CallId(id),
            caller: "102".into(),
            caller_name: String::new(),
            left_at: NOW,
            millis: Some(10_000),
            heard_at: heard.then_some(NOW),
            sound_id: SoundId(id),
        }
    }

    // covers: VM-03, VM-04, VM-07
    #[test]
    fn vm_03_new_messages_come_first_and_a_full_mailbox_is_full() {
        let mut mailboxes = Mailboxes::default();
        for (id, heard) in [(1, true), (2, false), (3, true), (4, false), (4, false)] {
            mailboxes.put(message(id, heard));
        }
        assert_eq!(mailboxes.of(OWN, EVER).iter().map(|message| message.id.0).collect::<Vec<_>>(), [2, 4, 1, 3]);
        assert_eq!(mailboxes.waiting(OWN, EVER), Waiting { new: 2, old: 2 });
        for (bytes_max, full) in [(None, false), (Some(120_001), false), (Some(120_000), true)] {
            assert_eq!(mailboxes.is_full(OWN, EVER, bytes_max), full, "{bytes_max:?}");
        }
        assert!(mailboxes.take(OWN, VoicemailId(2)).is_some());
        assert!(mailboxes.take(OWN, VoicemailId(2)).is_none());
        assert!(mailboxes.of(OWN, NOW).is_empty(), "too old");
        assert!(mailboxes.get_mut(ExtensionId(9), VoicemailId(1)).is_none());
        assert_eq!(mailboxes.waiting(OWN, EVER).new, 1);
    }

    // covers: EXT-06
    #[test]
    fn ext_06_a_pin_is_told_from_others_and_never_printed() {
        let pin = Pin::new("4711".into());
        assert!(pin.is("4711"));
        for wrong in ["", "4712", "471", "47110", "0000"] {
            assert!(!pin.is(wrong), "{wrong}");
        }
        assert_eq!(format!("{pin:?}"), "Pin(***)");
    }
}
