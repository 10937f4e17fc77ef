//! PUBLISH (RFC 3903): a device says something about its owner; or its owner does, by a feature code.

use std::time::Duration;

use shared::ExtensionId;
use shared::fact::Fact;
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use sip::{Message, Reply};

use crate::admission::Refusal;
use crate::event::publication::Publication;
use crate::event::{Package, pidf};
use crate::identity::Identity;
use crate::outside::{Outside, Timer};
use crate::pbx::subscribe::seconds_of;
use crate::pbx::{NotDone, Pbx};

impl Pbx {
    /// Takes what somebody publishes who has proved who it is; the answer.
    pub fn publish(&mut self, outside: &mut Outside, message: &Message, who: &Identity) -> Reply {
        match self.published(outside, message, who) {
            Ok(reply) => reply,
            Err(declined) => {
                let reply = declined.reply.clone();
                outside.declined = Some(declined);
                reply
            }
        }
    }

    fn published(&mut self, outside: &mut Outside, message: &Message, who: &Identity) -> Result<Reply, Box<NotDone>> {
        let event = message.header("Event").unwrap_or_default();
        if Package::named(event) != Some(Package::Presence) {
            let mut declined: Box<NotDone> = Refusal::EventUnknown(event.chars().take(64).collect()).into();
            let reply = std::mem::take(&mut declined.reply);
            declined.reply = reply.header("Allow-Events", Package::Presence.name());
            return Err(declined);
        }
        self.admit_sender(message, who)?;
        let about = self.resource(outside, message, who)?;
        if about != who.extension {
            return Err(Refusal::NotOwn(self.number_of(about)).into());
        }
        let seconds = seconds_of(outside, message)?;
        let presence = presence_of(message)?;
        let before = match message.header("SIP-If-Match") {
            // RFC 3903, 6, step 3: what it builds on must be there.
            Some(tag) => {
                let known = i64::from_str_radix(tag.trim(), 16).ok();
                let known = known.and_then(|tag| self.publications.take(about, tag));
                Some(known.ok_or_else(|| NotDone::new(Reply::status(412), Reason::PublicationUnknown, ""))?)
            }
            None => None,
        };
        if let Some(before) = &before {
            outside.disarm(before.expires_at, Timer::Publication(self.id(), about, before.etag));
        }
        let presence =
            presence.or(before.map(|before| before.presence)).ok_or_else(|| unreadable(Reply::status(400)))?;
        let reply = Reply::status(200).header("Expires", seconds.to_string());
        // A tag that never was and, over restarts, never will be again.
        let etag: i64 = outside.ids.next(outside.now);
        if seconds > 0 {
            let expires_at = outside.now + Duration::from_secs(seconds.into());
            outside.arm(expires_at, Timer::Publication(self.id(), about, etag));
            let oldest = self.publications.put(about, Publication { etag, presence, expires_at });
            if let Some(oldest) = oldest {
                outside.disarm(oldest.expires_at, Timer::Publication(self.id(), about, oldest.etag));
            }
        }
        self.touch(outside, about);
        Ok(reply.header("SIP-ETag", format!("{etag:x}")))
    }

    /// A person has set its own status by telephone (EXT-21). What stands beside it stays, as on the page. It holds at once, for the store
    /// is not waited for, and the next plan says the same.
    pub(super) fn set_status(&mut self, outside: &mut Outside, extension_id: ExtensionId, status: PresenceStatus) {
        if self.directory.set_status(extension_id, status) {
            outside.fact(Some(self.id()), Fact::StatusSet { extension_id, status });
            self.touch(outside, extension_id);
        }
    }

    /// A publication has run out.
    pub fn publication_due(&mut self, outside: &mut Outside, extension: ExtensionId, etag: i64) {
        if self.publications.take(extension, etag).is_some() {
            self.touch(outside, extension);
        }
    }

    /// What was published about people who are there no more goes.
    pub(super) fn review_publications(&mut self, outside: &mut Outside) {
        let tenant = self.id();
        for extension in self.publications.extensions() {
            let stays =
                self.directory.plan.enabled && self.directory.extension(extension).is_some_and(|known| known.enabled);
            if !stays {
                for gone in self.publications.remove_all(extension) {
                    outside.disarm(gone.expires_at, Timer::Publication(tenant, extension, gone.etag));
                }
            }
        }
    }
}

/// The document; none where the body is empty, which only renews.
fn presence_of(message: &Message) -> Result<Option<pidf::Presence>, Box<NotDone>> {
    let body = message.body();
    if body.is_empty() {
        return Ok(None);
    }
    let kind = message.header("Content-Type").unwrap_or_default();
    let wanted = Package::Presence.content_type();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted) {
        return Err(unreadable(Reply::status(415).header("Accept", wanted)));
    }
    if body.len() > pidf::DOCUMENT_BYTES_MAX {
        return Err(unreadable(Reply::status(413)));
    }
    match pidf::read(&body) {
        Some(presence) => Ok(Some(presence)),
        None => {
            let warning = "399 belfry \"The document is not one of presence\"";
            Err(unreadable(Reply::status(400).header("Warning", warning)))
        }
    }
}

fn unreadable(reply: Reply) -> Box<NotDone> {
    NotDone::new(reply, Reason::PublicationUnreadable, "")
}
