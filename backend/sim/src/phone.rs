//! A SIP phone on our own stack, with a manner: what it does when it is called.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use sip::message::Credentials;
use sip::{
    ConnectionId, DialogId, EndCause, Event, Flow, Header, NewRequest, Output, Reply, RequestId, Stack, Transport,
};

/// A phone of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhoneId(pub usize);

const RTP_HEADER_BYTES: usize = 12;

/// What a phone does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Rings, and answers after so long.
    Answer(Duration),
    /// Rings for ever.
    Ring,
    /// Plays early media (a reliable 183) and answers after so long.
    Early(Duration),
    /// Refuses with this status.
    Refuse(u16),
    /// Is switched off without a word: takes nothing from the network.
    Dead,
}

/// What a phone has seen, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// REGISTER was accepted.
    Registered,
    /// REGISTER was refused.
    NotRegistered(u16),
    /// 180 came.
    Ringing,
    /// A 18x with a description came.
    EarlyMedia,
    /// Our call was answered.
    Answered,
    /// Our call came to nothing; the text of its Reason header.
    Failed(u16, String),
    /// Somebody calls: the From header's user and name.
    Incoming(String, String),
    /// Who called gave up, or somebody else answered: the Reason header's text.
    Cancelled(String),
    /// A call is over.
    Ended(EndCause),
    /// A new offer of ours was answered.
    OfferAnswered,
    /// A new offer of ours was refused.
    OfferRefused(u16),
    /// Somebody writes: who, and what.
    Message(String, String),
    /// A request outside INVITE was answered.
    Response(u16),
    /// News of a REFER of ours: the status, and whether it is the last.
    Notified(u16, bool),
}

/// How far one call of the phone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// We call.
    Calling,
    /// We are called.
    Called,
    /// Both talk.
    Up,
}

/// One phone.
#[derive(Debug)]
pub struct Phone {
    /// Its number.
    pub number: String,
    /// Its domain.
    pub domain: String,
    /// Digest user and password.
    pub credentials: Credentials,
    /// Its SIP address.
    pub address: SocketAddr,
    /// How it reaches the server.
    pub flow: Flow,
    /// What it does when it is called.
    pub manner: Manner,
    /// What it answers to a new offer inside a call; none takes it.
    pub refuses_offers: Option<u16>,
    /// The last INVITE that came, of a call or inside one.
    pub invite: Option<sip::Message>,
    /// The headers that a refusal of its own carries, such as the Contact of a 302.
    pub refusal_headers: Vec<Header>,
    /// What it answers calls with; none is a sound description.
    pub answer: Option<Bytes>,
    /// How it answers messages.
    pub takes_messages: u16,
    /// Seconds that it registers for.
    pub expires: u32,
    /// `+sip.instance`, or empty.
    pub instance: String,
    /// What it has seen.
    pub said: Vec<Said>,
    /// Its calls.
    pub lines: BTreeMap<DialogId, Line>,
    /// RTP packets that reached it.
    pub heard: u64,
    /// Those of them that were not silence.
    pub sound: u64,
    /// The stack.
    pub stack: Stack,
    remote_media: BTreeMap<DialogId, SocketAddr>,
    /// Calls of ours that wait for the other side's offer.
    waiting: BTreeSet<DialogId>,
    answers: BTreeMap<(Moment, DialogId), Bytes>,
    registering: Option<RequestId>,
    register_count: u32,
    sequence: u16,
    config: sip::Config,
    starts: u64,
}

impl Phone {
    /// At an address of its own, over this transport.
    pub fn new(
        place: usize,
        transport: Transport,
        server: SocketAddr,
        number: &str,
        domain: &str,
        secret: &str,
    ) -> Self {
        let address = SocketAddr::new(IpAddr::from([10, 0, (place / 250) as u8, (place % 250) as u8 + 1]), 5060);
        let connection = if transport == Transport::Udp { ConnectionId::NEW } else { ConnectionId(place as u64 + 1) };
        let sent_by = [(transport, address.to_string())].into();
        let config = sip::Config {
            user_agent: format!("sim-{place}"),
            sent_by,
            session_expires: None,
            ..sip::Config::default()
        };
        Self {
            number: number.to_owned(),
            domain: domain.to_owned(),
            credentials: Credentials { user: number.to_owned(), secret: secret.to_owned() },
            address,
            flow: Flow { transport, connection, remote: server },
            manner: Manner::Answer(Duration::from_secs(2)),
            refuses_offers: None,
            invite: None,
            refusal_headers: Vec::new(),
            answer: None,
            takes_messages: 200,
            expires: 600,
            instance: String::new(),
            said: Vec::new(),
            lines: BTreeMap::new(),
            heard: 0,
            sound: 0,
            stack: Stack::new(config.clone(), place as u64 + 1_000),
            config,
            starts: place as u64 + 1,
            remote_media: BTreeMap::new(),
            waiting: BTreeSet::new(),
            answers: BTreeMap::new(),
            registering: None,
            register_count: 0,
            sequence: 0,
        }
    }

    /// The way to it, as the server sees it.
    pub const fn flow_of_server(&self) -> Flow {
        Flow { transport: self.flow.transport, connection: self.flow.connection, remote: self.address }
    }

    /// Its RTP address.
    pub const fn media_address(&self) -> SocketAddr {
        SocketAddr::new(self.address.ip(), 4_000)
    }

    /// Registers, or signs off with zero seconds.
    pub fn register(&mut self, now: Moment, seconds: u32) {
        self.register_count += 1;
        let mut contact = format!("<sip:{}@{}>;expires={seconds}", self.number, self.address);
        if !self.instance.is_empty() {
            contact.push_str(&format!(";+sip.instance=\"{}\";reg-id=1", self.instance));
        }
        let aor = format!("<sip:{}@{}>", self.number, self.domain);
        let request = NewRequest {
            method: "REGISTER".to_owned(),
            uri: format!("sip:{}", self.domain),
            from: aor.clone(),
            to: aor,
            call_id: format!("register-{}", self.address),
            cseq: self.register_count * 4,
            contact,
            credentials: Some(self.credentials.clone()),
            ..NewRequest::default()
        };
        self.registering = Some(self.stack.request(now, self.flow, request));
    }

    /// Calls a URI, or a number of its own domain.
    pub fn call(&mut self, now: Moment, to: &str, headers: Vec<Header>) -> DialogId {
        let offer = self.describe("sendrecv");
        self.call_with(now, to, headers, offer)
    }

    /// Calls with this body; without one it waits for an offer and answers it in the ACK.
    pub fn call_with(&mut self, now: Moment, to: &str, headers: Vec<Header>, body: Bytes) -> DialogId {
        let uri = if to.contains(':') { to.to_owned() } else { format!("sip:{to}@{}", self.domain) };
        let request = NewRequest {
            method: "INVITE".to_owned(),
            from: format!("<sip:{}@{}>", self.number, self.domain),
            to: format!("<{}>", uri.split(';').next().unwrap_or_default()),
            uri,
            headers,
            body,
            credentials: Some(self.credentials.clone()),
            ..NewRequest::default()
        };
        let waits = request.body.is_empty();
        let dialog = self.stack.invite(now, self.flow, request);
        self.lines.insert(dialog, Line::Calling);
        if waits {
            self.waiting.insert(dialog);
        }
        dialog
    }

    /// Another request outside a dialog, without credentials.
    pub fn ask(&mut self, now: Moment, method: &str, to: &str) {
        let request = NewRequest {
            method: method.to_owned(),
            uri: to.to_owned(),
            from: format!("<sip:{}@{}>", self.number, self.domain),
            to: format!("<{to}>"),
            ..NewRequest::default()
        };
        self.stack.request(now, self.flow, request);
    }

    /// Writes to a number of its own domain, or to a URI.
    pub fn write(&mut self, now: Moment, to: &str, text: &str) {
        let uri = if to.contains(':') { to.to_owned() } else { format!("sip:{to}@{}", self.domain) };
        let request = NewRequest {
            method: "MESSAGE".to_owned(),
            from: format!("<sip:{}@{}>", self.number, self.domain),
            to: format!("<{uri}>"),
            uri,
            headers: vec![Header::new("Content-Type", "text/plain")],
            body: text.to_owned().into(),
            credentials: Some(self.credentials.clone()),
            ..NewRequest::default()
        };
        self.stack.request(now, self.flow, request);
    }

    /// Ends all its calls, as far as each has come.
    pub fn hang_up(&mut self, now: Moment) {
        for (dialog, line) in std::mem::take(&mut self.lines) {
            match line {
                Line::Up => self.stack.bye(now, dialog, None),
                Line::Calling => self.stack.cancel(now, dialog, None),
                Line::Called => self.stack.reject(now, dialog, Reply::status(486)),
            }
        }
        self.answers.clear();
    }

    /// Loses its power and starts again: all its calls are forgotten without a word.
    pub fn forget(&mut self) {
        self.starts += 1_000;
        self.stack = Stack::new(self.config.clone(), self.starts);
        self.lines.clear();
        self.answers.clear();
        self.remote_media.clear();
        self.waiting.clear();
        self.registering = None;
    }

    /// Offers a new direction on all its calls: `sendonly` holds, `sendrecv` takes off hold.
    pub fn offer(&mut self, now: Moment, direction: &str) {
        let body = self.describe(direction);
        self.offer_with(now, &body);
    }

    /// Offers this on all its calls.
    pub fn offer_with(&mut self, now: Moment, body: &Bytes) {
        for dialog in self.up() {
            self.stack.offer(now, dialog, body.clone());
        }
    }

    /// Sends a key by INFO on all its calls.
    pub fn press(&mut self, now: Moment, key: char) {
        let headers = vec![Header::new("Content-Type", "application/dtmf-relay")];
        let body = Bytes::from(format!("Signal={key}\r\nDuration=160\r\n"));
        for dialog in self.up() {
            self.stack.request_in_dialog(now, dialog, "INFO", headers.clone(), body.clone());
        }
    }

    /// Asks for a transfer of one call, with this Refer-To and these headers (RFC 3515).
    pub fn refer(&mut self, now: Moment, dialog: DialogId, refer_to: &str, mut headers: Vec<Header>) {
        headers.push(Header::new("Refer-To", refer_to));
        self.stack.request_in_dialog(now, dialog, "REFER", headers, Bytes::new());
    }

    /// The calls that are up.
    pub fn up(&self) -> Vec<DialogId> {
        self.lines.iter().filter(|(_, line)| **line == Line::Up).map(|(dialog, _)| *dialog).collect()
    }

    /// The next RTP packet of each call: where to, and what.
    pub fn speak(&mut self) -> Vec<(SocketAddr, Bytes)> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = vec![0x80, 0];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend((u32::from(self.sequence) * 160).to_be_bytes());
        packet.extend(self.address.port().to_be_bytes());
        packet.extend([1, 2]);
        packet.extend([0x55; 160]);
        let packet = Bytes::from(packet);
        self.up().iter().filter_map(|dialog| Some((*self.remote_media.get(dialog)?, packet.clone()))).collect()
    }

    /// An RTP packet has reached it.
    pub fn hear(&mut self, packet: &[u8]) {
        self.heard += 1;
        // Both zeros of the µ-law.
        let is_sound =
            packet.get(RTP_HEADER_BYTES..).is_some_and(|payload| payload.iter().any(|byte| byte | 0x80 != 0xff));
        self.sound += u64::from(is_sound);
    }

    /// The Replaces value that names its first call, as the server sees it.
    pub fn replaces(&self) -> Option<String> {
        self.replaces_of(*self.up().first()?)
    }

    /// The Replaces value that names a call of its own, as the server sees it.
    pub fn replaces_of(&self, dialog: DialogId) -> Option<String> {
        let (call_id, local, remote) = self.stack.dialog_tags(dialog)?;
        Some(format!("{call_id};to-tag={remote};from-tag={local}"))
    }

    /// A SIP message arrived.
    pub fn packet(&mut self, now: Moment, flow: Flow, bytes: Bytes) {
        if self.manner != Manner::Dead {
            self.stack.handle_packet(now, flow, bytes);
        }
    }

    /// When it wants to be woken.
    pub fn poll_timeout(&self) -> Option<Moment> {
        let answer = self.answers.first_key_value().map(|((at, _), _)| *at);
        [answer, self.stack.poll_timeout()].into_iter().flatten().min()
    }

    /// Time has come.
    pub fn timeout(&mut self, now: Moment) {
        self.stack.handle_timeout(now);
        while let Some(first) = self.answers.first_entry() {
            let (at, dialog) = *first.key();
            if at > now {
                break;
            }
            let body = first.remove();
            if self.lines.insert(dialog, Line::Up).is_some() {
                self.stack.accept(now, dialog, Reply::status(200).body(body));
            } else {
                self.lines.remove(&dialog);
            }
        }
    }

    /// What it sends next.
    pub fn poll(&mut self, now: Moment) -> Option<(Flow, Bytes)> {
        while let Some(output) = self.stack.poll_output() {
            match output {
                Output::Send { flow, bytes } => return Some((flow, bytes)),
                Output::Event(event) => self.event(now, event),
            }
        }
        None
    }

    fn event(&mut self, now: Moment, event: Event) {
        match event {
            Event::Response { request, status, .. } if self.registering == Some(request) => {
                self.registering = None;
                self.said.push(if status < 300 { Said::Registered } else { Said::NotRegistered(status) });
            }
            Event::Response { status, .. } => self.said.push(Said::Response(status)),
            Event::Request { request, message, .. } if message.method() == "MESSAGE" => {
                if self.takes_messages == 200 {
                    let from = message.from().map(|from| from.uri.user.to_owned()).unwrap_or_default();
                    self.said.push(Said::Message(from, String::from_utf8_lossy(&message.body()).into_owned()));
                }
                self.stack.respond(now, request, Reply::status(self.takes_messages));
            }
            Event::Request { request, message, .. } => {
                self.stack.respond(now, request, Reply::status(200));
                if message.method() == "NOTIFY"
                    && let Some(status) = sip::message::sipfrag_status(&message.body())
                {
                    let state = message.header("Subscription-State").unwrap_or_default();
                    self.said.push(Said::Notified(status, state.starts_with("terminated")));
                }
            }
            Event::Invited { dialog, message, .. } => {
                self.invited(now, dialog, &message);
                self.invite = Some(message);
            }
            Event::Cancelled { dialog, reason } => {
                self.gone(dialog);
                self.said.push(Said::Cancelled(reason.unwrap_or_default()));
            }
            Event::Trying { .. } => {}
            Event::Progress { dialog, status, message } => {
                self.learn(dialog, &message.body());
                let early = !message.body().is_empty();
                if early {
                    self.said.push(Said::EarlyMedia);
                } else if status == 180 {
                    self.said.push(Said::Ringing);
                }
            }
            Event::Answered { dialog, message } => {
                self.learn(dialog, &message.body());
                if self.waiting.remove(&dialog) {
                    let answer = self.describe("sendrecv");
                    self.stack.acknowledge(now, dialog, answer);
                }
                if let Some(line) = self.lines.get_mut(&dialog) {
                    *line = Line::Up;
                } else {
                    self.stack.bye(now, dialog, None);
                }
                self.said.push(Said::Answered);
            }
            Event::Failed { dialog, status, message } => {
                self.gone(dialog);
                let reason =
                    message.as_ref().and_then(|message| message.header("Reason")).unwrap_or_default().to_owned();
                self.said.push(Said::Failed(status, reason));
            }
            Event::Offered { dialog, .. } if self.refuses_offers.is_some() => {
                self.stack.refuse_offer(now, dialog, self.refuses_offers.unwrap_or(488));
            }
            Event::Offered { dialog, message, .. } => {
                self.learn(dialog, &message.body());
                self.invite = Some(message);
                let body = self.answer.clone().unwrap_or_else(|| self.describe("sendrecv"));
                self.stack.answer(now, dialog, body);
            }
            Event::OfferAnswered { .. } => self.said.push(Said::OfferAnswered),
            Event::OfferRefused { status, .. } => self.said.push(Said::OfferRefused(status)),
            Event::Ended { dialog, cause } => {
                self.gone(dialog);
                self.said.push(Said::Ended(cause));
            }
            Event::Acknowledged { .. }
            | Event::Glare { .. }
            | Event::Guarded { .. }
            | Event::Refused { .. }
            | Event::TurnedAway { .. } => {}
        }
    }

    fn invited(&mut self, now: Moment, dialog: DialogId, message: &sip::Message) {
        let from = message.from().map(|from| (from.uri.user.to_owned(), from.name)).unwrap_or_default();
        self.said.push(Said::Incoming(from.0, from.1));
        self.learn(dialog, &message.body());
        let body = self.answer.clone().unwrap_or_else(|| self.describe("sendrecv"));
        match self.manner {
            Manner::Refuse(status) => {
                let headers = self.refusal_headers.clone();
                return self.stack.reject(now, dialog, Reply { headers, ..Reply::status(status) });
            }
            Manner::Dead => return,
            Manner::Ring => self.stack.ring(now, dialog, Reply::status(180), false),
            Manner::Answer(after) => {
                self.stack.ring(now, dialog, Reply::status(180), false);
                self.answers.insert((now + after, dialog), body);
            }
            Manner::Early(after) => {
                self.stack.ring(now, dialog, Reply::status(183).body(body.clone()), true);
                self.answers.insert((now + after, dialog), body);
            }
        }
        self.lines.insert(dialog, Line::Called);
    }

    fn gone(&mut self, dialog: DialogId) {
        self.lines.remove(&dialog);
        self.remote_media.remove(&dialog);
        self.waiting.remove(&dialog);
        self.answers.retain(|(_, known), _| *known != dialog);
    }

    fn learn(&mut self, dialog: DialogId, body: &[u8]) {
        if let Some(address) = media_of(body) {
            self.remote_media.insert(dialog, address);
        }
    }

    fn describe(&self, direction: &str) -> Bytes {
        description(self.address.ip(), self.media_address().port(), direction)
    }
}

/// A description with G.711 and telephone events.
pub fn description(address: IpAddr, port: u16, direction: &str) -> Bytes {
    Bytes::from(format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 8 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
         a={direction}\r\n"
    ))
}

/// The direction of a description.
pub fn direction(body: &[u8]) -> &str {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let known = ["sendonly", "recvonly", "inactive"];
    known.into_iter().find(|word| text.contains(&format!("a={word}"))).unwrap_or("sendrecv")
}

/// Where a description wants its RTP.
fn media_of(body: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(body).ok()?;
    let address = text.lines().find_map(|line| line.strip_prefix("c=IN IP4 "))?.trim().parse().ok()?;
    let port = text.lines().find_map(|line| line.strip_prefix("m=audio "))?.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::new(address, port))
}
