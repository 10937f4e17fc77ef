//! Two stacks over an invented network in virtual time, and one stack that is fed by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use sip::{Config, ConnectionId, Event, Flow, Message, NewRequest, Output, Stack, Transport};

pub const START: Moment = Moment::from_seconds(1_700_000_000);
pub const A: usize = 0;
pub const B: usize = 1;
pub const OFFER: &str =
    "v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
pub const ANSWER: &str =
    "v=0\r\no=b 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

pub fn config(transport: Transport, host: &str) -> Config {
    Config { sent_by: [(transport, host.to_owned())].into(), ..Config::default() }
}

pub fn flow(transport: Transport, remote: &str) -> Flow {
    let connection = if transport.is_reliable() { ConnectionId(7) } else { ConnectionId::NEW };
    Flow { transport, connection, remote: remote.parse().unwrap() }
}

pub fn call() -> NewRequest {
    NewRequest {
        method: "INVITE".into(),
        uri: "sip:102@acme.example".into(),
        from: "\"Alice\" <sip:101@acme.example>".into(),
        to: "<sip:102@acme.example>".into(),
        body: OFFER.into(),
        ..NewRequest::default()
    }
}

/// Numbers from a seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

type Filter = Box<dyn FnMut(usize, &Message) -> bool>;

/// The two ends and the wire between them.
pub struct Network {
    pub now: Moment,
    pub stacks: [Stack; 2],
    pub flows: [Flow; 2],
    pub events: [Vec<Event>; 2],
    /// What was sent, by whom, lost messages included: `INVITE` or `200 INVITE`.
    pub log: Vec<(Moment, usize, String)>,
    pub messages: Vec<(usize, Message)>,
    /// Messages for which it answers false are lost.
    pub filter: Filter,
    pub loss_percent: u64,
    pub duplicate_percent: u64,
    pub delay_millis: (u64, u64),
    dice: Dice,
    wire: BTreeMap<(Moment, u64), (usize, Bytes)>,
    count: u64,
}

impl Network {
    pub fn new(transport: Transport, seed: u64) -> Self {
        let (a, b) = (config(transport, "192.0.2.1:5060"), config(transport, "192.0.2.2:5060"));
        Self::with(transport, seed, a, b)
    }

    pub fn with(transport: Transport, seed: u64, a: Config, b: Config) -> Self {
        Self {
            now: START,
            stacks: [Stack::new(a, seed), Stack::new(b, seed + 1)],
            flows: [flow(transport, "192.0.2.2:5060"), flow(transport, "192.0.2.1:5060")],
            events: [vec![], vec![]],
            log: vec![],
            messages: vec![],
            filter: Box::new(|_, _| true),
            loss_percent: 0,
            duplicate_percent: 0,
            delay_millis: (10, 10),
            dice: Dice(seed),
            wire: BTreeMap::new(),
            count: 0,
        }
    }

    /// Takes all outputs of both stacks.
    pub fn drain(&mut self) {
        for from in [A, B] {
            while let Some(output) = self.stacks[from].poll_output() {
                match output {
                    Output::Event(event) => self.events[from].push(event),
                    Output::Send { bytes, .. } => self.carry(from, bytes),
                }
            }
        }
    }

    fn carry(&mut self, from: usize, bytes: Bytes) {
        let message = Message::parse(bytes.clone()).expect("a stack sends only sound messages");
        let what = if message.is_request() {
            message.method().to_owned()
        } else {
            format!("{} {}", message.status(), message.cseq().1)
        };
        self.log.push((self.now, from, what));
        let lost = !(self.filter)(from, &message) || self.dice.below(100) < self.loss_percent;
        self.messages.push((from, message));
        if lost {
            return;
        }
        let copies = 1 + u64::from(self.dice.below(100) < self.duplicate_percent);
        for _ in 0..copies {
            let (least, most) = self.delay_millis;
            let delay = Duration::from_millis(least + self.dice.below(most - least + 1));
            self.count += 1;
            self.wire.insert((self.now + delay, self.count), (1 - from, bytes.clone()));
        }
    }

    /// Moves time to the next thing that happens; false when nothing waits.
    pub fn step(&mut self) -> bool {
        self.drain();
        let packet = self.wire.keys().next().map(|k| k.0);
        let timers = [self.stacks[A].poll_timeout(), self.stacks[B].poll_timeout()];
        let Some(next) = [packet, timers[A], timers[B]].into_iter().flatten().min() else { return false };
        self.now = self.now.max(next);
        if packet.is_some_and(|at| at <= self.now) {
            let (_, (to, bytes)) = self.wire.pop_first().unwrap();
            let flow = self.flows[to];
            self.stacks[to].handle_packet(self.now, flow, bytes);
        } else {
            for (stack, timer) in self.stacks.iter_mut().zip(timers) {
                if timer.is_some_and(|at| at <= self.now) {
                    stack.handle_timeout(self.now);
                }
            }
        }
        self.drain();
        true
    }

    /// When something happens next.
    pub fn next_at(&self) -> Option<Moment> {
        let packet = self.wire.keys().next().map(|k| k.0);
        [packet, self.stacks[A].poll_timeout(), self.stacks[B].poll_timeout()].into_iter().flatten().min()
    }

    pub fn run(&mut self, duration: Duration) {
        let until = self.now + duration;
        self.drain();
        loop {
            if self.next_at().is_none_or(|at| at > until) {
                break;
            }
            self.step();
        }
        self.now = until;
    }

    /// Runs until `found` finds something in the events of an end, which are taken.
    pub fn wait<T>(&mut self, end: usize, mut found: impl FnMut(&Event) -> Option<T>) -> T {
        for _ in 0..10_000 {
            self.drain();
            for event in std::mem::take(&mut self.events[end]) {
                if let Some(value) = found(&event) {
                    return value;
                }
            }
            assert!(self.step(), "nothing more happens; log: {:#?}", self.log);
        }
        panic!("endless; log: {:#?}", &self.log[..50.min(self.log.len())]);
    }

    /// What one end sent.
    pub fn sent(&self, from: usize) -> Vec<&str> {
        self.log.iter().filter(|(_, by, _)| *by == from).map(|(_, _, what)| what.as_str()).collect()
    }

    /// When one end sent something, in milliseconds from the start.
    pub fn times(&self, from: usize, what: &str) -> Vec<i64> {
        self.log
            .iter()
            .filter(|(_, by, w)| *by == from && w == what)
            .map(|(at, ..)| at.millis() - START.millis())
            .collect()
    }

    pub fn last(&self, from: usize, what: &str) -> &Message {
        let is = |m: &Message| {
            if m.is_request() { m.method() == what } else { format!("{} {}", m.status(), m.cseq().1) == what }
        };
        self.messages.iter().rev().find(|(by, m)| *by == from && is(m)).map(|(_, m)| m).unwrap()
    }

    /// Lets every timer run out and checks that nothing is left.
    pub fn assert_empty(&mut self) {
        self.run(Duration::from_secs(400));
        for end in [A, B] {
            assert_eq!(self.stacks[end].sizes(), (0, 0), "end {end}; log: {:#?}", self.log);
            assert_eq!(self.stacks[end].poll_timeout(), None);
        }
    }
}

/// One stack whose peer is the test.
pub struct Bench {
    pub now: Moment,
    pub stack: Stack,
    pub flow: Flow,
    pub events: Vec<Event>,
    pub sent: Vec<Message>,
    /// The last that was sent, sound or not: the refusal of a malformed request lacks what the request lacks.
    pub raw: Vec<Bytes>,
}

impl Bench {
    pub fn new(transport: Transport) -> Self {
        Self::with(config(transport, "192.0.2.1:5060"), transport)
    }

    pub fn with(config: Config, transport: Transport) -> Self {
        let flow = flow(transport, "192.0.2.9:5099");
        Self { now: START, stack: Stack::new(config, 1), flow, events: vec![], sent: vec![], raw: vec![] }
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.stack.poll_output() {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Send { bytes, .. } => {
                    self.raw.push(bytes.clone());
                    self.sent.extend(Message::parse(bytes));
                }
            }
        }
    }

    /// What was sent since the last call: `INVITE` or `200 INVITE`.
    pub fn take(&mut self) -> Vec<String> {
        self.drain();
        let name =
            |m: &Message| if m.is_request() { m.method().to_owned() } else { format!("{} {}", m.status(), m.cseq().1) };
        let names = self.sent.iter().map(name).collect();
        self.sent.clear();
        names
    }

    pub fn take_messages(&mut self) -> Vec<Message> {
        self.drain();
        std::mem::take(&mut self.sent)
    }

    pub fn take_events(&mut self) -> Vec<Event> {
        self.drain();
        std::mem::take(&mut self.events)
    }

    pub fn feed(&mut self, text: impl AsRef<[u8]>) {
        self.stack.handle_packet(self.now, self.flow, Bytes::copy_from_slice(text.as_ref()));
    }

    pub fn run(&mut self, duration: Duration) {
        let until = self.now + duration;
        while let Some(at) = self.stack.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.stack.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// A response to a request of the stack. `tag` goes to To when that has none.
    pub fn answer(&mut self, request: &Message, status: u16, tag: &str, headers: &str, body: &str) {
        let to = request.header("To").unwrap();
        let tagged =
            if tag.is_empty() || !request.to_tag().is_empty() { to.to_owned() } else { format!("{to};tag={tag}") };
        self.feed(format!(
            "SIP/2.0 {status} X\r\nVia: {}\r\nFrom: {}\r\nTo: {tagged}\r\nCall-ID: {}\r\nCSeq: {}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            request.header("Via").unwrap(),
            request.header("From").unwrap(),
            request.call_id(),
            request.header("CSeq").unwrap(),
            body.len(),
        ));
    }

    pub fn assert_empty(&mut self) {
        self.run(Duration::from_secs(400));
        assert_eq!(self.stack.sizes(), (0, 0));
        assert_eq!(self.stack.poll_timeout(), None);
    }
}

/// A request from a hand-made peer.
pub fn request(method: &str, branch: &str, cseq: u32, to_tag: &str, headers: &str, body: &str) -> String {
    let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:102@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5099;branch=z9hG4bK{branch};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:101@h>;tag=peer\r\nTo: <sip:102@h>{to_tag}\r\nCall-ID: one@h\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:101@192.0.2.9:5099>\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
