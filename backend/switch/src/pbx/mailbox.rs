//! Mailboxes in running calls: which greeting, which PIN, and what becomes of messages; every change is a fact, and lamps follow
//! (VM-01…VM-07).

use shared::call_record::CallRecord;
use shared::fact::Fact;
use shared::voicemail::{Voicemail, VoicemailChange};
use shared::{ExtensionId, Moment, SoundId, VoicemailId};

use crate::admission::Refusal;
use crate::event::summary::Waiting;
use crate::mailbox::MailboxAct;
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::plan::ExtensionPlan;
use crate::presentation::Why;
use crate::stage::{Hosted, Letterbox, OwnMailbox};

impl Pbx {
    /// What a mailbox needs to take a message of this call; `why` the call was sent there.
    pub(super) fn letterbox(
        &self,
        outside: &mut Outside,
        extension: ExtensionId,
        why: Option<Why>,
        record: &CallRecord,
    ) -> Result<Hosted, Refusal> {
        let known = self.directory.extension(extension).filter(|known| known.mailbox.settings.enabled);
        let known = known.ok_or_else(|| Refusal::MailboxOff(self.number_of(extension)))?;
        let settings = &known.mailbox.settings;
        let greetings = &settings.greetings;
        let special = match why {
            Some(Why::Busy) => greetings.busy,
            Some(Why::Away | Why::NotDisturbed) => greetings.away,
            _ => None,
        };
        let megabytes = u64::from(outside.config.settings.voicemail_megabytes);
        let bytes_max = (megabytes > 0).then(|| megabytes.saturating_mul(1 << 20));
        Ok(Hosted::Leave(Letterbox {
            voicemail: Voicemail {
                id: outside.ids.next::<VoicemailId>(outside.now),
                tenant_id: self.id(),
                extension_id: extension,
                call_id: record.id,
                caller: record.caller.clone(),
                caller_name: record.caller_name.clone(),
                left_at: outside.now,
                millis: None,
                heard_at: None,
                sound_id: outside.ids.next::<SoundId>(outside.now),
            },
            number: known.number.clone(),
            language: settings.language,
            greeting: special.or(greetings.usual),
            is_full: self.mailboxes.is_full(extension, kept_since(outside), bytes_max),
            is_roomless: self.directory.plan.storage_full,
        }))
    }

    /// Whether a mailbox opens for its owner, who calls from its own extension, or from elsewhere with nothing but a PIN.
    pub(super) fn may_open(&self, extension: ExtensionId, is_own: bool) -> Result<&ExtensionPlan, Refusal> {
        let off = || Refusal::MailboxOff(self.number_of(extension));
        let known = self.directory.extension(extension).filter(|known| known.mailbox.settings.enabled);
        let known = known.ok_or_else(off)?;
        let asks = !is_own || known.mailbox.settings.pin_required;
        // Without a PIN nobody gets in from elsewhere.
        if asks && known.mailbox.pin.is_none() { Err(off()) } else { Ok(known) }
    }

    /// A mailbox for its owner.
    pub(super) fn own_mailbox(
        &self,
        outside: &mut Outside,
        extension: ExtensionId,
        is_own: bool,
    ) -> Result<Hosted, Refusal> {
        let known = self.may_open(extension, is_own)?;
        let mailbox = &known.mailbox;
        let asks = !is_own || mailbox.settings.pin_required;
        Ok(Hosted::Mailbox(Box::new(OwnMailbox {
            tenant: self.id(),
            extension,
            number: known.number.clone(),
            settings: mailbox.settings.clone(),
            pin: mailbox.pin.clone().filter(|_| asks),
            messages: self.mailboxes.of(extension, kept_since(outside)),
            zone: self.directory.plan.time_zone.clone(),
            spare: outside.ids.next::<SoundId>(outside.now),
            is_roomless: self.directory.plan.storage_full,
        })))
    }

    /// A call has done something to a mailbox.
    pub(super) fn mailbox_act(&mut self, outside: &mut Outside, act: MailboxAct) {
        match act {
            MailboxAct::Begun(voicemail) => {
                self.mail_fact(outside, Fact::VoicemailBegun { voicemail: Some(voicemail) });
            }
            MailboxAct::Left(voicemail) => {
                let extension = voicemail.extension_id;
                self.mailboxes.put((*voicemail).clone());
                self.mail_fact(outside, Fact::VoicemailLeft { voicemail: *voicemail });
                self.touch(outside, extension);
            }
            MailboxAct::Dropped(voicemail) => {
                let Voicemail { id, extension_id, sound_id, .. } = *voicemail;
                self.mail_fact(outside, Fact::VoicemailRemoved { voicemail_id: id, extension_id, sound_id });
            }
            MailboxAct::Heard(extension, id) => {
                self.change_voicemail(outside, extension, id, VoicemailChange::Heard);
            }
            MailboxAct::Deleted(extension, id) => {
                self.change_voicemail(outside, extension, id, VoicemailChange::Deleted);
            }
            MailboxAct::GreetingRecorded(extension_id, sound_id, millis) => {
                self.mail_fact(outside, Fact::GreetingRecorded { extension_id, sound_id, millis });
            }
            MailboxAct::GreetingDropped(extension_id) => {
                self.mail_fact(outside, Fact::GreetingDropped { extension_id });
            }
        }
    }

    /// Does something to a message; is there such a one?
    pub fn change_voicemail(
        &mut self,
        outside: &mut Outside,
        extension: ExtensionId,
        id: VoicemailId,
        change: VoicemailChange,
    ) -> bool {
        let now = outside.now;
        let fact = match change {
            VoicemailChange::Deleted => self.mailboxes.take(extension, id).map(|message| Fact::VoicemailRemoved {
                voicemail_id: id,
                extension_id: extension,
                sound_id: message.sound_id,
            }),
            VoicemailChange::Heard | VoicemailChange::Unheard => self.mailboxes.get_mut(extension, id).map(|message| {
                let is_new = change == VoicemailChange::Unheard;
                message.heard_at = if is_new { None } else { message.heard_at.or(Some(now)) };
                Fact::VoicemailHeard { voicemail_id: id, extension_id: extension, heard_at: message.heard_at }
            }),
        };
        let Some(fact) = fact else { return false };
        self.mail_fact(outside, fact);
        self.touch(outside, extension);
        true
    }

    /// A message from before a restart. One that was being left when the server ended is whole now: its sound is as long as was kept.
    pub fn restore_voicemail(&mut self, voicemail: Voicemail) {
        if self.directory.extension(voicemail.extension_id).is_some() {
            self.mailboxes.put(voicemail);
        }
    }

    /// Lamps of all who have something waiting are lit again.
    pub fn lamps_after_restart(&mut self, outside: &mut Outside) {
        let ids: Vec<ExtensionId> = self.directory.plan.extensions.iter().map(|extension| extension.id).collect();
        for extension in ids {
            if self.waiting(outside, extension).new > 0 {
                self.touch(outside, extension);
            }
        }
    }

    /// What a lamp tells.
    pub(super) fn waiting(&self, outside: &Outside, extension: ExtensionId) -> Waiting {
        self.mailboxes.waiting(extension, kept_since(outside))
    }

    fn mail_fact(&self, outside: &mut Outside, fact: Fact) {
        outside.fact(Some(self.id()), fact);
    }
}

/// Messages that were left before are removed (VM-05).
fn kept_since(outside: &Outside) -> Moment {
    let days = outside.config.settings.voicemail_days;
    let kept = i64::from(days).saturating_mul(24 * 3_600 * 1_000_000);
    if days == 0 { Moment(0) } else { Moment(outside.now.0.saturating_sub(kept)) }
}
