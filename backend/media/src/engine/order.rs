//! What the switch orders.

use std::net::IpAddr;
use std::sync::Arc;

use shared::reason::Reason;
use shared::{CallId, Moment};

use super::{Engine, LEGS_MAX, Output, SocketId, SocketUse};
use crate::browser_leg::{BrowserLeg, Identity};
use crate::codec::Codec;
use crate::command::{CodecPair, Event, Happened, LegId, LegKind, Order, What};
use crate::leg::{Leg, Path};
use crate::phone_leg::PhoneLeg;
use crate::rtcp::REPORT_EVERY;
use crate::sdp::{Description, Flaw, Secure, Setup};
use crate::session::{Place, Refused};
use crate::sounding::Sounding;

impl Engine {
    pub(super) fn obey(&mut self, now: Moment, order: Order) {
        let Order { call, leg, what, .. } = order;
        match what {
            What::Open { kind, address } => return self.open(call, leg, kind, address),
            What::Adopt(from) => return self.adopt(now, call, leg, from),
            _ => {}
        }
        let Some(slot) = self.by_id.get(&leg).copied() else {
            // Whoever waits for an answer gets one.
            if matches!(
                what,
                What::RemoteOffer(_) | What::RemoteAnswer(_) | What::MakeOffer { .. } | What::MakeAnswer { .. }
            ) {
                let what = Happened::Rejected { reason: Reason::MediaOfferBad, value: "no such leg".into() };
                self.outputs.push_back(Output::Event(Event { call, leg, what }));
            }
            return;
        };
        let done = match what {
            What::Open { .. } | What::Adopt(_) => Ok(()),
            What::RemoteOffer(bytes) => self.take_offer(now, slot, &bytes),
            What::RemoteAnswer(bytes) => self.take_answer(now, slot, &bytes),
            What::Protect(protection) => {
                if let Some(leg) = self.leg_mut(slot) {
                    leg.session.protection = protection;
                }
                Ok(())
            }
            What::MakeOffer { like } => self.make_offer(now, slot, like),
            What::MakeAnswer { like } => self.make_answer(now, slot, like),
            What::Connect(other) => {
                self.connect(now, slot, other);
                Ok(())
            }
            What::Mix(part) => {
                self.take_part(now, slot, part);
                Ok(())
            }
            What::Announce(saying) => {
                self.announce(slot, saying);
                Ok(())
            }
            What::RecordRoom(file) => {
                self.record_room(slot, file);
                Ok(())
            }
            What::StopRecordingRoom => {
                if let Some(room) = self.room_of(slot) {
                    self.stop_recording_room(slot, room);
                }
                Ok(())
            }
            What::Monitor(monitoring) => {
                self.monitor(now, slot, monitoring);
                Ok(())
            }
            What::OwnCertificate => {
                if let Some(leg) = self.leg_mut(slot) {
                    leg.own_certificate = true;
                }
                Ok(())
            }
            What::Disconnect => {
                self.disconnect(now, slot);
                Ok(())
            }
            What::Play(tone) => {
                self.sounding_mut(slot, |sounding| sounding.play(now, tone));
                Ok(())
            }
            What::Say(saying) => {
                self.say(now, slot, saying);
                Ok(())
            }
            What::Record(recording) => {
                self.record(now, slot, recording);
                Ok(())
            }
            What::PauseRecording(pause) => {
                self.pause_tape(slot, pause);
                Ok(())
            }
            What::StopRecording => {
                self.leave_tape(slot);
                Ok(())
            }
            What::ListenForFax(on) => {
                if let Some(leg) = self.leg_mut(slot) {
                    leg.fax = on.then(Box::default);
                }
                Ok(())
            }
            What::Stop => {
                self.sounding_mut(slot, Sounding::stop);
                Ok(())
            }
            What::SendDigit(key) => {
                self.sounding_mut(slot, |sounding| sounding.press(now, key));
                Ok(())
            }
            What::Close => {
                self.close(now, slot);
                Ok(())
            }
        };
        if let Err((reason, value)) = done {
            self.tell(slot, Happened::Rejected { reason, value });
        }
        self.reschedule(slot);
    }

    fn open(&mut self, call: CallId, id: LegId, kind: LegKind, address: Option<IpAddr>) {
        if self.by_id.contains_key(&id) {
            return;
        }
        if self.legs() >= LEGS_MAX {
            let what = Happened::Rejected { reason: Reason::PortsSpent, value: format!("{LEGS_MAX} legs") };
            self.outputs.push_back(Output::Event(Event { call, leg: id, what }));
            return;
        }
        let address = address.unwrap_or(self.config.address);
        let leg = Leg::new(id, call, kind, address, &mut self.dice);
        self.seat(leg);
    }

    /// The leg keeps its slot, and so everything that leads to it: sockets, addresses, names of checks.
    fn adopt(&mut self, now: Moment, call: CallId, id: LegId, from: LegId) {
        let known = self.by_id.get(&from).copied().filter(|_| !self.by_id.contains_key(&id));
        let codec = known.and_then(|slot| Some((slot, self.leg(slot)?.codec()?)));
        let Some((slot, codec)) = codec else {
            let what = Happened::Rejected { reason: Reason::MediaOfferBad, value: "no such leg".into() };
            self.outputs.push_back(Output::Event(Event { call, leg: id, what }));
            return;
        };
        self.disconnect(now, slot);
        self.forget_in_monitor(slot);
        self.leave_tape(slot);
        let Some(quality) = self.leg(slot).map(Leg::quality) else { return };
        self.tell(slot, Happened::Closed(quality));
        self.rename(slot, call, id);
        self.tell(slot, Happened::Ready { codec: codec.name().to_owned() });
        self.expect_leg(now, slot);
        self.reschedule(slot);
    }

    fn take_offer(&mut self, now: Moment, slot: usize, bytes: &[u8]) -> Result<(), Refused> {
        let description = read(bytes)?;
        let leg = self.leg_mut(slot).ok_or_else(gone)?;
        let secure = description.audio().is_ok_and(|audio| audio.is_secure());
        if secure && matches!(leg.path, Path::None) {
            leg.kind = LegKind::Browser;
        }
        leg.requires(&description, secure)?;
        leg.session.take_offer(&description)?;
        self.note_hold(now, slot);
        Ok(())
    }

    fn take_answer(&mut self, now: Moment, slot: usize, bytes: &[u8]) -> Result<(), Refused> {
        let description = read(bytes)?;
        let leg = self.leg_mut(slot).ok_or_else(gone)?;
        let secure = description.audio().is_ok_and(|audio| audio.is_secure());
        leg.requires(&description, secure)?;
        leg.session.take_answer(&description)?;
        self.settle(now, slot, None)
    }

    fn make_offer(&mut self, now: Moment, slot: usize, like: Option<LegId>) -> Result<(), Refused> {
        let mut place = self.place(now, slot, false)?;
        place.passed = self.lines_to_offer(slot, like);
        if self.is_soundless(slot, like) && !place.passed.is_empty() {
            let leg = self.leg_mut(slot).ok_or_else(gone)?;
            let offer = leg.session.offer_soundless(&place);
            self.tell(slot, Happened::Offer(offer));
            return Ok(());
        }
        let mut codecs = self.codecs_like(like);
        codecs.extend(Codec::ALL.iter().filter(|codec| !codecs.contains(codec)).copied().collect::<Vec<_>>());
        let leg = self.leg_mut(slot).ok_or_else(gone)?;
        let offer = leg.session.offer(place, &codecs);
        self.tell(slot, Happened::Offer(offer));
        Ok(())
    }

    fn make_answer(&mut self, now: Moment, slot: usize, like: Option<LegId>) -> Result<(), Refused> {
        if self.is_to_be_passed_on(slot, like) {
            if let Some(leg) = self.leg_mut(slot) {
                leg.session.is_passed_on = true;
            }
            self.tell(slot, Happened::PassOn);
            return Ok(());
        }
        let mut place = self.place(now, slot, true)?;
        if place.secure.is_none() {
            place.passed = self.lines_to_answer(slot, like);
        }
        let wished = self.codecs_like(like);
        let leg = self.leg_mut(slot).ok_or_else(gone)?;
        let narrow = |codec| codec == Codec::Opus && wished.first().is_some_and(|first| first.clock() == 8_000);
        let fresh = leg.session.has_asked();
        let answer = leg.session.answer(&place, &wished, narrow)?;
        let codec = leg.codec().ok_or_else(gone)?;
        self.tell(slot, Happened::Answer(answer));
        if !fresh {
            self.tell(slot, Happened::Ready { codec: codec.name().to_owned() });
            return Ok(());
        }
        self.settle(now, slot, place.secure.map(|secure| secure.setup))
    }

    fn codecs_like(&self, like: Option<LegId>) -> Vec<Codec> {
        let like = like.and_then(|id| self.by_id.get(&id)).and_then(|slot| self.leg(*slot));
        like.map(|leg| leg.session.codecs()).unwrap_or_default()
    }

    /// Where the leg is to be reached; takes a pair of ports, or makes ICE credentials, the first time.
    fn place(&mut self, now: Moment, slot: usize, answers: bool) -> Result<Place, Refused> {
        let leg = self.leg(slot).ok_or_else(gone)?;
        match (&leg.path, leg.kind) {
            (Path::None, LegKind::Phone) => {
                let pair = self.ports.take();
                self.ask_for_ports();
                let pair = pair.ok_or((Reason::PortsSpent, "0".to_owned()))?;
                self.take_sockets(slot, PhoneLeg::new(pair));
            }
            (Path::None, LegKind::Browser) => {
                let own = leg.own_certificate;
                let identity = if own { Identity::new(now).map(Arc::new) } else { self.identity(now) };
                let identity = identity.ok_or((Reason::MediaOfferBad, "no certificate".to_owned()))?;
                let browser = BrowserLeg::new(identity, &mut self.dice);
                self.leg_mut(slot).ok_or_else(gone)?.path = Path::Browser(Box::new(browser));
            }
            _ => {}
        }
        let leg = self.legs.get_mut(slot).and_then(Option::as_mut).ok_or_else(gone)?;
        let (address, ssrc) = (leg.address, leg.outgoing.ssrc);
        match &mut leg.path {
            Path::Phone(phone) => {
                let port = phone.pair.port;
                Ok(Place { address, port, rtcp_port: port.saturating_add(1), ssrc, secure: None, passed: Vec::new() })
            }
            Path::Browser(browser) => {
                let asked = leg.session.asked().filter(|_| answers);
                if let Some(asked) = asked {
                    browser.consider(asked, &mut self.dice);
                }
                // The port of browsers is one of IPv4.
                let address = if address.is_ipv4() { address } else { self.config.address };
                let mut candidates = vec![address];
                candidates.extend(self.config.candidate_addresses.iter().filter(|other| **other != address));
                let secure = Secure {
                    ufrag: browser.ufrag().to_owned(),
                    pwd: browser.pwd().to_owned(),
                    fingerprint: browser.fingerprint().to_owned(),
                    setup: browser.setup_for(asked),
                    candidates,
                    streams: self.config.browser_streams,
                };
                self.note_ufrags(slot);
                let port = self.config.browser_port;
                Ok(Place { address, port, rtcp_port: port, ssrc, secure: Some(secure), passed: Vec::new() })
            }
            Path::None => Err(gone()),
        }
    }

    fn identity(&mut self, now: Moment) -> Option<Arc<Identity>> {
        if self.identity.is_none() {
            self.identity = Identity::new(now).map(Arc::new);
        }
        self.identity.clone()
    }

    fn take_sockets(&mut self, slot: usize, phone: PhoneLeg) {
        for (socket, rtcp) in phone.sockets().into_iter().zip([false, true]) {
            self.use_socket(socket, SocketUse { slot, rtcp, relayed: false });
        }
        if let Some(leg) = self.leg_mut(slot) {
            leg.path = Path::Phone(phone);
        }
    }

    pub(super) fn use_socket(&mut self, socket: SocketId, by: SocketUse) {
        let index = socket.0 as usize;
        if self.sockets.len() <= index {
            self.sockets.resize(index + 1, None);
        }
        if let Some(entry) = self.sockets.get_mut(index) {
            *entry = Some(by);
        }
    }

    /// Offer and answer are done: brings what was agreed into force. `setup` is our part in the handshake when we answered.
    fn settle(&mut self, now: Moment, slot: usize, setup: Option<Setup>) -> Result<(), Refused> {
        let leg = self.legs.get_mut(slot).and_then(Option::as_mut).ok_or_else(gone)?;
        let codec = leg.codec().ok_or_else(gone)?;
        leg.outgoing.clock = codec.clock();
        leg.report_at.get_or_insert(now + REPORT_EVERY);
        match (&mut leg.path, &leg.session.remote) {
            (Path::Phone(phone), Some(audio)) => {
                phone.describe(audio);
                let renewed = phone.protect(leg.session.keyed.as_ref()).ok_or_else(no_key)?;
                if renewed {
                    // Both ends count the packets under a new key from nothing only when the source is new (RFC 3711, 3.3.1).
                    leg.outgoing.renew(self.dice.ssrc(), self.dice.number());
                }
            }
            (Path::Browser(browser), Some(audio)) => browser.describe(audio, setup),
            _ => {}
        }
        self.settle_lines(slot);
        self.tell(slot, Happened::Ready { codec: codec.name().to_owned() });
        self.note_hold(now, slot);
        let peer = self.leg(slot).and_then(|leg| leg.peer);
        let same = peer.and_then(|peer| self.leg(peer)).and_then(Leg::codec) == Some(codec);
        for end in [Some(slot), peer].into_iter().flatten() {
            if let Some(leg) = self.leg_mut(end).filter(|_| same) {
                leg.translator = None;
            }
            self.tell_connected(end);
            self.expect_leg(now, end);
            self.reschedule(end);
        }
        Ok(())
    }

    fn note_hold(&mut self, now: Moment, slot: usize) {
        let Some(leg) = self.leg_mut(slot) else { return };
        let held = leg.session.is_held();
        if leg.held != held {
            leg.held = held;
            let (call, part) = (leg.call, leg.part);
            if let Some(room) = part.filter(|_| held).and_then(|part| self.rooms.get_mut(&part.room)) {
                room.mute(slot);
            }
            self.tell(slot, Happened::Held(held));
            self.expect_leg(now, slot);
            if self.calls.get(&call).is_some_and(super::Call::is_watched) {
                self.expect_sound(now, call);
            }
        }
    }

    fn connect(&mut self, now: Moment, slot: usize, other: LegId) {
        let Some(peer) = self.by_id.get(&other).copied().filter(|peer| *peer != slot) else { return };
        self.disconnect(now, slot);
        self.disconnect(now, peer);
        for (end, far, asked) in [(slot, peer, true), (peer, slot, false)] {
            if let Some(leg) = self.leg_mut(end) {
                leg.peer = Some(far);
                leg.connection = asked.then_some(None);
                let call = leg.call;
                self.expect_sound(now, call);
            }
        }
        self.link_lines(slot, peer);
        for end in [slot, peer] {
            self.expect_leg(now, end);
            self.reschedule(end);
        }
        self.tell_connected(slot);
    }

    pub(super) fn disconnect(&mut self, now: Moment, slot: usize) {
        self.leave_room(slot);
        self.leave_monitor(slot);
        let peer = self.leg(slot).and_then(|leg| leg.peer);
        for end in [Some(slot), peer].into_iter().flatten() {
            if let Some(leg) = self.leg_mut(end) {
                leg.peer = None;
                leg.connection = None;
                leg.translator = None;
            }
            self.unlink_lines(end);
            self.expect_leg(now, end);
            self.reschedule(end);
        }
    }

    /// Says once, and again when it changes, how the codecs of two connected legs stand to each other.
    fn tell_connected(&mut self, slot: usize) {
        let Some(leg) = self.leg(slot) else { return };
        let (Some(told), Some(own)) = (&leg.connection, leg.codec()) else { return };
        let Some(far) = leg.peer.and_then(|peer| self.leg(peer)).and_then(Leg::codec) else { return };
        let pair = match own == far {
            true => CodecPair::Passed(own.name().into()),
            false => CodecPair::Transcoded(own.name().into(), far.name().into()),
        };
        if told.as_ref() == Some(&pair) {
            return;
        }
        if let Some(leg) = self.leg_mut(slot) {
            leg.connection = Some(Some(pair.clone()));
        }
        self.tell(slot, Happened::Connected(pair));
    }

    fn sounding_mut(&mut self, slot: usize, order: impl FnOnce(&mut Sounding)) {
        if let Some(leg) = self.leg_mut(slot) {
            order(&mut leg.sounding);
        }
    }

    fn close(&mut self, now: Moment, slot: usize) {
        self.disconnect(now, slot);
        self.forget_in_monitor(slot);
        self.leave_tape(slot);
        let Some(leg) = self.unseat(slot) else { return };
        if let Path::Browser(browser) = &leg.path {
            self.forget_browser(slot, browser);
        }
        let own = match &leg.path {
            Path::Phone(phone) => Some(phone.pair),
            _ => None,
        };
        for pair in own.into_iter().chain(leg.relays.iter().map(|relay| relay.pair)) {
            for socket in [pair.rtp, pair.rtcp] {
                if let Some(entry) = self.sockets.get_mut(socket.0 as usize) {
                    *entry = None;
                }
            }
            self.outputs.push_back(Output::Release { rtp: pair.rtp, rtcp: pair.rtcp });
        }
        let what = Happened::Closed(leg.quality());
        self.outputs.push_back(Output::Event(Event { call: leg.call, leg: leg.id, what }));
    }
}

fn read(bytes: &[u8]) -> Result<Description, Refused> {
    Description::read(bytes).map_err(|Flaw(reason, words)| (reason, words))
}

fn no_key() -> Refused {
    (Reason::MediaKeysMissing, "the keys cannot be used".into())
}

fn gone() -> Refused {
    (Reason::MediaOfferBad, "no such leg".into())
}
