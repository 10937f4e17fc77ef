//! All that a stage can do: it sees its call's legs and history, and leaves commands.

use std::collections::BTreeMap;

use bytes::Bytes;
use media::{LegId, Protection, What};
use shared::monitor::MonitorLevel;
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::receptionist::ReceptionistWay;
use shared::simulation::Unanswered;
use shared::{ExtensionId, Moment, ReceptionistId};
use sip::{Reply, RequestId, Transport};

use crate::history::History;
use crate::leg::{Leg, Media, Signalling};
use crate::mailbox::MailboxAct;
use crate::pin_guard::PinAct;
use crate::stage::lead::Aim;
use crate::stage::queue::QueueAct;
use crate::stage::{ConferenceAct, DictationAct};

/// Something for the `Pbx` to do with the SIP stack, the media engine or the facts.
#[derive(Debug)]
pub enum Command {
    /// For the media engine.
    Order(LegId, What),
    /// INVITE the leg's target with this offer.
    Invite(LegId, Bytes),
    /// 180 to the leg, or 183 with this description.
    Ring(LegId, Option<Bytes>),
    /// 200 with this description.
    Accept(LegId, Bytes),
    /// A final refusal of the leg's INVITE.
    Reject(LegId, u16, Reason),
    /// Give the leg's INVITE up.
    Cancel(LegId, Option<&'static str>),
    /// End the leg's dialog.
    Bye(LegId, Reason),
    /// 200 with this description to the leg's new offer.
    Answer(LegId, Bytes),
    /// Refuse the leg's new offer.
    RefuseOffer(LegId, u16),
    /// A new offer of ours to the first leg, and whose end it hears from now on.
    Offer(LegId, Bytes, LegId),
    /// NOTIFY the leg of how its REFER goes: the Event header, the status, and whether it is the last (RFC 3515).
    Notify(LegId, String, u16, bool),
    /// The leg that was borrowed from another call stays here; that call ends.
    Keep(LegId),
    /// It goes back to its own call, where the session stands as before.
    GiveBack(LegId),
    /// It is gone, for its own call too.
    Lose(LegId),
    /// Ring the devices of whoever has parked the leg.
    Recall(ExtensionId, LegId),
    /// Write to the devices of whoever has parked the leg at which slot it is.
    TellSlot(ExtensionId, String, LegId),
    /// Answer another request.
    Respond(RequestId, Reply),
    /// Nobody has answered: the call goes on as the forwarding of whom it came to says.
    GoOn(Unanswered),
    /// A caller that the server has answered is to be led there.
    Lead(Aim),
    /// The server of a receptionist's entry is to be asked.
    Ask(Asking),
    /// The caller goes this way in a receptionist.
    Moved(ReceptionistId, ReceptionistWay),
    /// Something becomes of a call in a queue.
    Queue(QueueAct),
    /// The status of an extension's person is this one from now on.
    SetStatus(ExtensionId, PresenceStatus),
    /// Something becomes of a mailbox.
    Mailbox(MailboxAct),
    /// The leg does something with a PIN. Answered with `Event::Pin`.
    Pin(LegId, PinAct),
    /// The call wants something of its conference room.
    Conference(ConferenceAct),
    /// The leg's trunk has said nothing.
    Silent(LegId),
    /// The leg monitors the call of the extension from now on, at this level.
    Monitor(LegId, ExtensionId, MonitorLevel),
    /// The leg waits: it hears music, or the tone of those on hold, until it is told to stop.
    Music(LegId),
    /// Something becomes of what a telephone has recorded.
    Dictation(DictationAct),
    /// The record has changed.
    Changed,
}

/// A question for the server of a receptionist's entry (IVR-16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// By this number the answer is known.
    pub number: u32,
    /// Whose entry.
    pub receptionist: ReceptionistId,
    /// Which, by its place.
    pub place: usize,
    /// What was typed.
    pub input: String,
}

/// What a stage sees and does.
#[derive(Debug)]
pub struct Controls<'a> {
    /// The time.
    pub now: Moment,
    /// How long a lost connection is waited for.
    pub flow_grace: std::time::Duration,
    /// The ends of the call.
    pub legs: &'a mut BTreeMap<LegId, Leg>,
    /// The record and its trace.
    pub history: &'a mut History,
    /// When the stage wants to be woken.
    pub wake: &'a mut Option<Moment>,
    /// What is to be done.
    pub commands: &'a mut Vec<Command>,
}

impl Controls<'_> {
    /// Notes a decision about a leg's device.
    pub fn note(&mut self, step: &str, leg: LegId, code: Reason) {
        let device = self.device(leg);
        self.history.note(self.now, step, "", &device, code);
    }

    /// The leg's device in words.
    pub fn device(&self, leg: LegId) -> String {
        self.legs.get(&leg).map(|leg| leg.device.clone()).unwrap_or_default()
    }

    /// The address at which the leg's device is, whichever side has called it.
    pub fn place(&self, leg: LegId) -> String {
        let came_in = |leg: &Leg| format!("sip:{}@{}", leg.number, leg.flow.remote);
        match self.legs.get(&leg) {
            Some(known) => known.target.as_ref().map_or_else(|| came_in(known), |target| target.contact.clone()),
            None => String::new(),
        }
    }

    /// Whose the leg is.
    pub fn extension(&self, leg: LegId) -> Option<ExtensionId> {
        self.legs.get(&leg)?.extension
    }

    /// The number at this end.
    pub fn number(&self, leg: LegId) -> String {
        self.legs.get(&leg).map(|leg| leg.number.clone()).unwrap_or_default()
    }

    /// Wakes the stage at this time at the latest.
    pub fn wake_at(&mut self, at: Moment) {
        *self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    /// Orders something of the media engine.
    pub fn order(&mut self, leg: LegId, what: What) {
        self.commands.push(Command::Order(leg, what));
    }

    /// The leg waits, for its other end holds it, or waits no more.
    pub fn hold(&mut self, leg: LegId, held: bool) {
        if held {
            self.commands.push(Command::Music(leg));
        } else {
            self.order(leg, What::Stop);
        }
    }

    /// Makes the leg known to the media engine, unless it is.
    pub fn open(&mut self, leg: LegId) -> bool {
        let Some(known) = self.legs.get_mut(&leg).filter(|leg| leg.media == Media::None) else { return false };
        known.media = Media::Open;
        let kind = known.kind();
        let hidden = known.flow.transport == Transport::Tls;
        let protection = known.protection;
        // By which address it is reached is told by whoever knows where its peer is.
        self.order(leg, What::Open { kind, address: None });
        // Keys are told only to whom nobody else can hear (RFC 4568, 9.1; in the spirit of RFC 5630).
        if hidden || protection == Protection::Required {
            self.order(leg, What::Protect(protection));
        }
        true
    }

    /// Takes the media of a borrowed leg over from its own call, as it is.
    pub fn adopt(&mut self, leg: LegId) {
        let Some(known) = self.legs.get_mut(&leg) else { return };
        let Some((_, from)) = known.borrowed else { return };
        known.media = Media::Open;
        self.order(leg, What::Adopt(from));
    }

    /// Takes the leg from the media engine.
    pub fn close(&mut self, leg: LegId) {
        let Some(known) = self.legs.get_mut(&leg).filter(|leg| leg.media == Media::Open) else { return };
        known.media = Media::Closing;
        self.order(leg, What::Close);
    }

    /// Calls the leg's device.
    pub fn invite(&mut self, leg: LegId, offer: Bytes) {
        self.set(leg, Signalling::Early);
        self.note("ring", leg, Reason::RingingDevice);
        self.commands.push(Command::Invite(leg, offer));
    }

    /// Tells the caller that it rings, with early media where there is a description.
    pub fn ring(&mut self, leg: LegId, description: Option<Bytes>) {
        self.commands.push(Command::Ring(leg, description));
    }

    /// Answers the leg's INVITE.
    pub fn accept(&mut self, leg: LegId, description: Bytes) {
        self.set(leg, Signalling::Up);
        self.commands.push(Command::Accept(leg, description));
    }

    /// Ends a leg as far as it has come, media included.
    pub fn end(&mut self, leg: LegId, status: u16, reason: Reason) {
        let Some(known) = self.legs.get_mut(&leg) else { return };
        let (signalling, incoming) = (known.signalling, known.target.is_none());
        known.signalling = Signalling::Over;
        match (signalling, incoming) {
            (Signalling::Early, true) => self.commands.push(Command::Reject(leg, status, reason)),
            (Signalling::Early, false) => {
                let text = (reason == Reason::Answered).then_some(COMPLETED_ELSEWHERE);
                self.commands.push(Command::Cancel(leg, text));
            }
            (Signalling::Up, _) => self.commands.push(Command::Bye(leg, reason)),
            (Signalling::New | Signalling::Over, _) => {}
        }
        self.close(leg);
    }

    /// The stack has said that the leg's dialog is gone.
    pub fn gone(&mut self, leg: LegId) {
        self.set(leg, Signalling::Over);
        self.close(leg);
    }

    /// Sets how far a leg's dialog is.
    pub fn set(&mut self, leg: LegId, signalling: Signalling) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.signalling = signalling;
            leg.answered |= signalling == Signalling::Up;
        }
    }

    /// The record has changed: tell those who watch.
    pub fn changed(&mut self) {
        self.commands.push(Command::Changed);
    }
}

/// Told to the devices that rang in vain, so that they show no missed call (RFC 3326).
pub const COMPLETED_ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";
