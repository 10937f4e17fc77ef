//! Running calls: events into their stages, commands out to stack and engine.

use std::net::IpAddr;

use media::{Happened, LegId, Saying, Tone, What};
use shared::fact::Fact;
use shared::reason::Reason;
use shared::receptionist::ReceptionistWay;
use shared::{CallId, Moment, ReceptionistId};
use sip::{Header, NewRequest, Reply};

use crate::call::{Call, reason_header};
use crate::controls::Command;
use crate::leg::{Media, Signalling};
use crate::music::MUSIC;
use crate::outside::{Outside, Owner, Timer};
use crate::pbx::Pbx;
use crate::pbx::invite::refusal_reply;
use crate::stage::Event;

impl Pbx {
    /// A call enters its first stage.
    pub(super) fn start(&mut self, outside: &mut Outside, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let commands = call.begin(outside.now, outside.config.flow_grace);
        self.execute(outside, id, commands);
        self.settle(outside, id);
    }

    /// Something has happened to a call.
    pub fn handle(&mut self, outside: &mut Outside, id: CallId, event: Event) {
        self.hear_key(outside, id, &event);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let commands = call.handle(outside.now, outside.config.flow_grace, event);
        if let Some((group, member)) = call.answered_by_member() {
            self.turns.answered(group, member);
        }
        self.execute(outside, id, commands);
        self.settle(outside, id);
    }

    /// A call's timer is due.
    pub fn call_due(&mut self, outside: &mut Outside, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.armed = None;
        if call.is_over() { self.settle(outside, id) } else { self.handle(outside, id, Event::Timeout) }
    }

    /// The media engine has something to say.
    pub fn media(&mut self, outside: &mut Outside, id: CallId, leg: LegId, happened: Happened) {
        let event = match happened {
            Happened::Offer(offer) => Event::MediaOffer(leg, offer),
            Happened::Answer(answer) => Event::MediaAnswer(leg, answer),
            Happened::Ready { .. } => Event::Ready(leg),
            Happened::PassOn => Event::PassOn(leg),
            Happened::Rejected { reason, value } => Event::Rejected(leg, reason, value),
            Happened::Connected(pair) => Event::Connected(pair),
            Happened::Held(held) => Event::Held(leg, held),
            Happened::Silent { seconds } => Event::Silent(seconds),
            Happened::Closed(quality) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.leg_closed(leg, quality);
                }
                return self.settle(outside, id);
            }
            Happened::Measured(quality) => {
                let now = outside.now;
                let call = self.calls.get_mut(&id);
                if call.is_some_and(|call| call.leg_measured(now, leg, quality)) {
                    self.tell(outside, id);
                }
                return;
            }
            Happened::Quiet { since, why } => return self.leg_quiet(outside, id, leg, Some((since, why))),
            Happened::QuietOver => return self.leg_quiet(outside, id, leg, None),
            Happened::Digit(key) => Event::Digit(leg, key),
            Happened::Said(number) => Event::Said(leg, number),
            Happened::Hushed => Event::Hushed(leg),
            Happened::FaxCalls => Event::FaxCalls(leg),
            Happened::Speakers(legs) => return self.room_speakers(outside, id, &legs),
            Happened::RoomRecorded(sound) => return self.room_recorded(outside, sound),
            Happened::Recorded { .. } => return self.left_recording(outside, id, Some(leg)),
            Happened::Secured | Happened::Heard => return,
        };
        self.handle(outside, id, event);
    }

    fn leg_quiet(&mut self, outside: &mut Outside, id: CallId, leg: LegId, quiet: Option<(Moment, Option<Reason>)>) {
        let now = outside.now;
        if self.calls.get_mut(&id).is_some_and(|call| call.leg_quiet(now, leg, quiet)) {
            self.tell(outside, id);
        }
    }

    /// Both sides of a leg's dialog made an offer at the same moment.
    pub fn glare(&mut self, outside: &mut Outside, owner: Owner) {
        if let Some(call) = self.calls.get_mut(&owner.call) {
            call.glare(outside.now, owner.leg);
            self.tell(outside, owner.call);
        }
    }

    /// Running calls leave a sign of life.
    pub fn heartbeat(&mut self, outside: &mut Outside) {
        self.heart_beats = false;
        let calls: Vec<CallId> = self.calls.values().filter(|call| !call.is_over()).map(|call| call.id).collect();
        if !calls.is_empty() {
            outside.fact(Some(self.id()), Fact::CallsAlive { calls });
        }
        if !self.calls.is_empty() {
            self.start_heart(outside);
        }
    }

    pub(super) fn start_heart(&mut self, outside: &mut Outside) {
        if !self.heart_beats {
            self.heart_beats = true;
            outside.arm(outside.now + outside.heartbeat(), Timer::Heartbeat(self.id()));
        }
    }

    fn execute(&mut self, outside: &mut Outside, id: CallId, commands: Vec<Command>) {
        for command in commands {
            outside.trip(self.id());
            match command {
                Command::Order(leg, What::Open { kind, .. }) => {
                    let address = self.told_address(outside, id, leg);
                    outside.order((id, self.lane_of_leg(id, leg)), leg, What::Open { kind, address });
                }
                Command::Order(leg, what) => outside.order((id, self.lane_of_leg(id, leg)), leg, what),
                Command::Changed => self.tell(outside, id),
                Command::Respond(request, reply) => outside.stack.respond(outside.now, request, reply),
                Command::Invite(leg, offer) => self.invite_device(outside, id, leg, offer),
                Command::Offer(leg, offer, other) => self.offer(outside, id, leg, offer, other),
                Command::Keep(leg) => self.keep(outside, id, leg),
                Command::GiveBack(leg) => self.give_back(outside, id, leg),
                Command::Lose(leg) => self.lose(outside, id, leg),
                Command::Recall(parker, parked) => self.recall(outside, id, parker, parked),
                Command::TellSlot(parker, slot, parked) => {
                    let leg = self.calls.get(&id).and_then(|call| call.legs.get(&parked));
                    let number = leg.map(|leg| leg.number.clone()).unwrap_or_default();
                    self.tell_slot(outside, parker, &slot, &number);
                }
                Command::Silent(leg) => {
                    let trunk = self.calls.get(&id).and_then(|call| call.legs.get(&leg)).and_then(|leg| leg.trunk);
                    if let Some(trunk) = trunk {
                        outside.trunks.was_silent(outside.now, trunk);
                    }
                }
                Command::Monitor(leg, extension, level) => self.monitor(outside, id, leg, extension, level),
                Command::Music(leg) => self.play_music(outside, id, leg),
                Command::Conference(act) => self.conference_act(outside, id, act),
                Command::GoOn(after) => self.go_on(outside, id, after),
                Command::Lead(aim) => self.lead(outside, id, &aim),
                Command::Ask(asking) => self.ask_server(outside, id, asking),
                Command::Moved(receptionist_id, way) => self.moved(outside, id, receptionist_id, way),
                Command::Queue(act) => self.queue_act(outside, id, act),
                Command::SetStatus(extension, status) => self.set_status(outside, extension, status),
                Command::Pin(leg, act) => self.pin_act(outside, id, leg, act),
                Command::Mailbox(act) => self.mailbox_act(outside, act),
                Command::Dictation(act) => Self::dictation_act(outside, act),
                command => self.signal(outside, id, command),
            }
        }
    }

    /// A leg that waits hears the music of its call.
    fn play_music(&self, outside: &mut Outside, id: CallId, leg: LegId) {
        let Some(call) = self.calls.get(&id) else { return };
        let clips = self.directory.plan.music(id, outside.now, call.music);
        let what = match clips.is_empty() {
            true => What::Play(Tone::Hold),
            false => What::Say(Saying { number: MUSIC, clips, repeats: true }),
        };
        outside.order((id, call.lane), leg, what);
    }

    fn lane_of_leg(&self, id: CallId, leg: LegId) -> CallId {
        self.calls.get(&id).map_or(id, |call| call.lane_of(leg))
    }

    /// The address at which the leg's device is told to send its sound (WIZ-08).
    fn told_address(&self, outside: &Outside, id: CallId, leg: LegId) -> Option<IpAddr> {
        let flow = self.calls.get(&id)?.legs.get(&leg)?.flow;
        outside.config.sent_by.towards(flow.remote.ip())
    }

    /// A command about a leg that has a dialog.
    pub(super) fn signal(&self, outside: &mut Outside, id: CallId, command: Command) {
        let now = outside.now;
        let dialog = |leg| self.calls.get(&id).and_then(|call| call.legs.get(&leg)).and_then(|leg| leg.dialog);
        let stack = &mut outside.stack;
        match command {
            Command::Ring(leg, description) => {
                let status = if description.is_some() { 183 } else { 180 };
                let reliable = description.is_some();
                let reply = Reply::status(status).body(description.unwrap_or_default());
                if let Some(dialog) = dialog(leg) {
                    stack.ring(now, dialog, reply, reliable);
                }
            }
            Command::Accept(leg, description) => {
                if let Some(dialog) = dialog(leg) {
                    stack.accept(now, dialog, Reply::status(200).body(description));
                }
            }
            Command::Reject(leg, status, reason) => {
                if let Some(dialog) = dialog(leg) {
                    stack.reject(now, dialog, refusal_reply(status, reason));
                }
            }
            Command::Cancel(leg, text) => {
                if let Some(dialog) = dialog(leg) {
                    stack.cancel(now, dialog, text);
                }
            }
            Command::Bye(leg, reason) => {
                if let Some(dialog) = dialog(leg) {
                    stack.bye(now, dialog, Some(&reason_header(200, reason)));
                }
            }
            Command::Answer(leg, description) => {
                if let Some(dialog) = dialog(leg) {
                    stack.answer(now, dialog, description);
                }
            }
            Command::RefuseOffer(leg, status) => {
                if let Some(dialog) = dialog(leg) {
                    stack.refuse_offer(now, dialog, status);
                }
            }
            Command::Notify(leg, event, status, last) => {
                if let Some(dialog) = dialog(leg) {
                    let (headers, body) = notification(event, status, last);
                    stack.request_in_dialog(now, dialog, "NOTIFY", headers, body);
                }
            }
            Command::Order(..)
            | Command::Invite(..)
            | Command::Offer(..)
            | Command::Keep(_)
            | Command::GiveBack(_)
            | Command::Lose(_)
            | Command::Silent(_)
            | Command::Music(_)
            | Command::Conference(_)
            | Command::Monitor(..)
            | Command::GoOn(_)
            | Command::Lead(_)
            | Command::Ask(_)
            | Command::Moved(..)
            | Command::SetStatus(..)
            | Command::Pin(..)
            | Command::Mailbox(_)
            | Command::Dictation(_)
            | Command::Queue(_)
            | Command::Recall(..)
            | Command::TellSlot(..)
            | Command::Respond(..)
            | Command::Changed => {}
        }
    }

    /// A new offer inside a call that stands, with the name of who is at the other end from now on.
    fn offer(&self, outside: &mut Outside, id: CallId, leg: LegId, offer: bytes::Bytes, other: LegId) {
        let Some(call) = self.calls.get(&id) else { return };
        let (Some(known), Some(other)) = (call.legs.get(&leg), call.legs.get(&other)) else { return };
        let party = if known.target.is_some() { "calling" } else { "called" };
        // Whom somebody outside talks with is shown by the trunk's own rules, which are for what begins a call.
        let headers = match known.trunk {
            Some(_) => Vec::new(),
            // Nobody else is at the other end than before.
            None if known.id == other.id => Vec::new(),
            None => self.shown_of(other, None).identity(&self.directory.plan.domain, party),
        };
        if let Some(dialog) = known.dialog {
            outside.stack.offer_with(outside.now, dialog, headers, offer);
        }
    }

    fn invite_device(&mut self, outside: &mut Outside, id: CallId, leg: LegId, offer: bytes::Bytes) {
        let domain = &self.directory.plan.domain;
        let tenant = self.directory.plan.tenant_id;
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(known) = call.legs.get_mut(&leg) else { return };
        let Some(target) = &known.target else { return };
        let route = target.path.iter().map(|uri| format!("<{uri}>")).collect();
        let request = match &target.outgoing {
            Some(outgoing) => NewRequest {
                method: "INVITE".to_owned(),
                uri: outgoing.dialling.uri.clone(),
                from: outgoing.dialling.from.clone(),
                to: outgoing.dialling.to.clone(),
                route,
                headers: outgoing.dialling.headers.clone(),
                body: offer,
                credentials: outgoing.credentials.clone(),
                ..NewRequest::default()
            },
            None => NewRequest {
                method: "INVITE".to_owned(),
                uri: target.contact.clone(),
                from: target.shown.from(domain),
                to: format!("<sip:{}@{domain}>", known.number),
                route,
                headers: target.shown.headers(domain, &known.number, &outside.config.settings),
                body: offer,
                ..NewRequest::default()
            },
        };
        if let (Some(group), Some(member)) = (call.group, known.extension) {
            self.turns.rung(group, member);
        }
        if let Some(trunk) = known.trunk {
            outside.trunks.enter(trunk, (tenant, id, leg));
        }
        let dialog = outside.stack.invite(outside.now, known.flow, request);
        // A device that is asked once more has a dialog anew.
        if let Some(refused) = known.dialog.replace(dialog) {
            outside.dialogs.remove(&refused);
        }
        outside.own(dialog, tenant, id, known);
    }

    pub(super) fn tell(&self, outside: &mut Outside, id: CallId) {
        if let Some(call) = self.calls.get(&id).filter(|call| !call.is_over()) {
            outside.fact(
                Some(self.id()),
                Fact::CallChanged { record: call.history.record.clone(), trace: call.history.trace() },
            );
        }
    }

    fn moved(&self, outside: &mut Outside, call_id: CallId, receptionist_id: ReceptionistId, way: ReceptionistWay) {
        let Some(call) = self.calls.get(&call_id) else { return };
        let caller_extension_id = call.history.record.caller_extension_id;
        let fact = Fact::ReceptionistMoved { call_id, receptionist_id, caller_extension_id, way };
        outside.fact(Some(self.id()), fact);
    }

    /// After each event: forget dialogs that are over, set the call's timer, close the record when all is said.
    pub(super) fn settle(&mut self, outside: &mut Outside, id: CallId) {
        let tenant = self.id();
        self.follow_lines(outside, id);
        self.follow_queue(outside, id);
        self.follow_recording(outside, id);
        self.follow_conference(outside, id);
        self.follow_referrer(outside, id);
        self.follow_monitors(outside, id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        for leg in call.legs.values_mut().filter(|leg| leg.signalling == Signalling::Over) {
            if let Some(dialog) = leg.dialog.take() {
                outside.dialogs.remove(&dialog);
            }
            outside.leave_leg(tenant, id, leg);
        }
        if call.is_over() && std::mem::take(&mut call.counts) {
            self.running = self.running.saturating_sub(1);
            // Somebody may be called back who could not be for want of room.
            outside.stirred.insert(tenant);
        }
        let done = call.is_done(outside.now);
        if !done {
            call.legs.retain(|_, leg| {
                leg.signalling != Signalling::Over || !matches!(leg.media, Media::None | Media::Closed)
            });
        }
        let timer = Timer::Call(tenant, id);
        let wanted = call.wake.filter(|_| !done);
        if call.armed != wanted {
            if let Some(armed) = call.armed {
                outside.disarm(armed, timer);
            }
            if let Some(wanted) = wanted {
                outside.arm(wanted, timer);
            }
            call.armed = wanted;
        }
        if done {
            self.close(outside, id);
        }
    }

    fn close(&mut self, outside: &mut Outside, id: CallId) {
        let tenant = self.id();
        let Some(mut call) = self.calls.remove(&id) else { return };
        self.end_recording(outside, &mut call);
        self.end_room_recordings(outside, id);
        self.forget_lines(outside, id, &call.lines);
        for leg in call.legs.values() {
            outside.leave_leg(tenant, id, leg);
        }
        outside.calls.remove(&id);
        outside.capture.over(outside.now, id);
        outside.fact(Some(tenant), Call::close(call));
    }
}

/// How long a device is told that notifications of its REFER may still come, in seconds.
const REFER_EXPIRES_SECONDS: u32 = 300;

/// Headers and body of a NOTIFY about a REFER (RFC 3515, 2.4.4, 2.4.5).
fn notification(event: String, status: u16, last: bool) -> (Vec<Header>, bytes::Bytes) {
    let state = match last {
        true => "terminated;reason=noresource".to_owned(),
        false => format!("active;expires={REFER_EXPIRES_SECONDS}"),
    };
    let headers = vec![
        Header::new("Event", event),
        Header::new("Subscription-State", state),
        Header::new("Content-Type", "message/sipfrag;version=2.0"),
    ];
    (headers, sip::message::sipfrag(status))
}
