//! A phone, a server's SIP stack, and the network between them, in virtual time.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use shared::account::PhoneCredential;
use sip::digest::{Authenticator, Outcome, ha1};
use sip::{ConnectionId, DialogId, Event, Flow, Header, Message, NewRequest, Output, Reply, Stack, Transport};

use super::super::{CallKey, CallView, Effect, Identity, Input, LeftPage, Order, Phone};

pub const START: Moment = Moment::from_seconds(1_795_000_000);
pub const DOMAIN: &str = "acme.localhost";
/// The server's half of every exchange.
pub const THERE: &str = "v=0\r\no=s 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=sendrecv\r\n";

pub struct World {
    pub now: Moment,
    pub phone: Phone,
    pub server: Stack,
    auth: Authenticator,
    /// The connection that stands.
    pub connection: Option<ConnectionId>,
    /// Can a connection be made?
    pub network: bool,
    /// Does the server answer keep-alives?
    pub pongs: bool,
    /// What the API says to the next question for a credential.
    pub credential_problem: Option<String>,
    /// What the server answers to the next REFER.
    pub refer_reply: Option<Reply>,
    /// Are orders for descriptions answered at once?
    pub media: bool,
    pub orders: Vec<(CallKey, Order)>,
    /// Events at the server that are not registrations.
    pub events: Vec<Event>,
    /// Registrations that were accepted: the digest user and the message.
    pub registered: Vec<(String, Message)>,
    pub sockets_opened: Vec<Moment>,
    credentials: u32,
    descriptions: u32,
}

pub fn phone(seed: u64) -> Phone {
    Phone::new(Identity { instance: "urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100".into(), secure: false, seed })
}

impl World {
    /// Signed in and settled.
    pub fn new() -> Self {
        let mut world = Self::cold();
        world.give(Input::SignedIn { left: None });
        world
    }

    /// Nobody is signed in yet.
    pub fn cold() -> Self {
        let config = sip::Config {
            sent_by: [(Transport::Ws, "192.0.2.9:8080".to_owned())].into(),
            session_expires: None,
            ..sip::Config::default()
        };
        Self {
            now: START,
            phone: phone(1),
            server: Stack::new(config, 2),
            auth: Authenticator::new([3; 32]),
            connection: None,
            network: true,
            pongs: true,
            credential_problem: None,
            refer_reply: None,
            media: true,
            orders: Vec::new(),
            events: Vec::new(),
            registered: Vec::new(),
            sockets_opened: Vec::new(),
            credentials: 0,
            descriptions: 0,
        }
    }

    /// The page is reloaded: its phone is gone, the next one finds what it left.
    pub fn reload(&mut self, away: Duration) -> LeftPage {
        let left = self.phone.leave(self.now);
        let text = serde_json::to_string(&left).unwrap();
        self.cut();
        self.phone = phone(77);
        self.pass(away);
        serde_json::from_str(&text).unwrap()
    }

    pub fn give(&mut self, input: Input) {
        self.phone.handle_input(self.now, input);
        self.settle();
    }

    /// The connection breaks without a word to the phone.
    pub fn cut(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.server.handle_flow_closed(self.now, flow(connection));
        }
    }

    /// The connection breaks and both sides notice.
    pub fn lose(&mut self) {
        let connection = self.connection;
        self.cut();
        if let Some(connection) = connection {
            self.give(Input::SocketClosed(connection));
        }
    }

    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let next = [self.phone.poll_timeout(), self.server.poll_timeout()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            if self.server.poll_timeout().is_some_and(|at| at <= self.now) {
                self.server.handle_timeout(self.now);
                self.settle();
            }
            if self.phone.poll_timeout().is_some_and(|at| at <= self.now) {
                self.give(Input::Timeout);
            }
        }
        self.now = until;
        self.settle();
    }

    /// Everything that is under way arrives.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            if let Some(output) = self.server.poll_output() {
                self.server_output(output);
            } else if let Some(effect) = self.phone.poll_effect() {
                self.phone_effect(effect);
            } else {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    fn server_output(&mut self, output: Output) {
        match output {
            Output::Send { flow, bytes } if Some(flow.connection) == self.connection => {
                self.phone.handle_input(self.now, Input::SocketMessage(flow.connection, bytes));
            }
            Output::Send { .. } => {}
            Output::Event(Event::Request { request, message, .. }) if message.method() == "REGISTER" => {
                let mut known = |user: &str| Some(ha1(user, DOMAIN, &format!("secret of {user}")));
                let reply = match self.auth.check(self.now, &message, DOMAIN, &mut known) {
                    Outcome::Accepted(user) => {
                        let contact = message.header("Contact").unwrap_or_default().to_owned();
                        let expires = message.expires().unwrap_or(0);
                        self.registered.push((user, message));
                        Reply::status(200).header("Contact", format!("{contact};expires={expires}"))
                    }
                    _ => {
                        let challenges = self.auth.challenges(self.now, DOMAIN, false);
                        challenges.into_iter().fold(Reply::status(401), |reply, c| reply.header("WWW-Authenticate", c))
                    }
                };
                self.server.respond(self.now, request, reply);
            }
            Output::Event(Event::Request { request, message, dialog, flow }) => {
                let reply = self.refer_reply.take_if(|_| message.method() == "REFER");
                self.server.respond(self.now, request, reply.unwrap_or_else(|| Reply::status(200)));
                self.events.push(Event::Request { request, message, dialog, flow });
            }
            Output::Event(event) => self.events.push(event),
        }
    }

    fn phone_effect(&mut self, effect: Effect) {
        match effect {
            Effect::FetchCredential => {
                let answer = match self.credential_problem.take() {
                    Some(problem) => Input::CredentialRefused(problem),
                    None => Input::Credential(self.credential()),
                };
                self.phone.handle_input(self.now, answer);
            }
            Effect::OpenSocket(connection) => {
                self.sockets_opened.push(self.now);
                let input = if self.network {
                    self.connection = Some(connection);
                    Input::SocketOpened(connection)
                } else {
                    Input::SocketClosed(connection)
                };
                self.phone.handle_input(self.now, input);
            }
            Effect::CloseSocket(connection) => {
                if self.connection == Some(connection) {
                    self.cut();
                }
            }
            Effect::Send(connection, bytes) if Some(connection) == self.connection => {
                if bytes.as_ref() == b"\r\n\r\n" {
                    if self.pongs {
                        let pong = Bytes::from_static(b"\r\n");
                        self.phone.handle_input(self.now, Input::SocketMessage(connection, pong));
                    }
                } else {
                    self.server.handle_packet(self.now, flow(connection), bytes);
                }
            }
            Effect::Media(key, order) => {
                let asks = matches!(order, Order::Offer { .. } | Order::Answer { .. });
                self.orders.push((key, order));
                if asks && self.media {
                    self.descriptions += 1;
                    let sdp = format!(
                        "v=0\r\no=b 1 {} IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n",
                        self.descriptions
                    );
                    self.phone.handle_input(self.now, Input::Described(key, sdp));
                }
            }
            Effect::Send(..) | Effect::AnswersItself | Effect::Changed => {}
        }
    }

    fn credential(&mut self) -> PhoneCredential {
        self.credentials += 1;
        let user = format!("101.tab.{}", self.credentials);
        PhoneCredential {
            number: "101".into(),
            display_name: "Alice \"A\" Adams".into(),
            domain: DOMAIN.into(),
            secret: format!("secret of {user}"),
            user,
            ice_servers: Vec::new(),
            expires_at: self.now,
        }
    }

    /// The only call.
    pub fn call(&self) -> CallView {
        let calls = self.phone.view().calls;
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.into_iter().next().unwrap()
    }

    pub fn states(&self) -> Vec<(String, &'static str)> {
        self.phone.view().calls.iter().map(|call| (call.number.clone(), call.state())).collect()
    }

    /// Takes the oldest event at the server.
    pub fn event(&mut self) -> Event {
        assert!(!self.events.is_empty(), "the server heard nothing");
        self.events.remove(0)
    }

    /// The INVITE that the server has just got.
    pub fn invited(&mut self) -> (DialogId, Message) {
        match self.event() {
            Event::Invited { dialog, message, .. } => (dialog, message),
            other => panic!("{other:?}"),
        }
    }

    /// The server rings the phone.
    pub fn ring(&mut self, number: &str, name: &str) -> DialogId {
        self.ring_with(number, name, Vec::new())
    }

    /// The same with more headers.
    pub fn ring_with(&mut self, number: &str, name: &str, headers: Vec<Header>) -> DialogId {
        let request = NewRequest {
            method: "INVITE".into(),
            uri: "sip:x@y.invalid;transport=ws".into(),
            from: format!("\"{name}\" <sip:{number}@{DOMAIN}>"),
            to: format!("<sip:101@{DOMAIN}>"),
            body: THERE.into(),
            headers,
            ..NewRequest::default()
        };
        let dialog = self.server.invite(self.now, flow(self.connection.unwrap()), request);
        self.settle();
        dialog
    }

    /// Dials, and the other side answers; sound flows.
    pub fn talk(&mut self, number: &str) -> (CallKey, DialogId) {
        self.give(dial(number));
        let (dialog, _) = self.invited();
        self.accept(dialog);
        let key = self.phone.view().calls.last().unwrap().key;
        self.give(Input::MediaConnected(key));
        self.orders.clear();
        (key, dialog)
    }

    /// The server answers an INVITE of the phone.
    pub fn accept(&mut self, dialog: DialogId) {
        self.server.accept(self.now, dialog, Reply::status(200).body(THERE));
        self.settle();
        self.events.retain(|event| !matches!(event, Event::Acknowledged { .. }));
    }

    /// The server takes the phone's new offer, if that is what it has just got.
    pub fn take_offer(&mut self, dialog: DialogId) {
        match self.event() {
            Event::Offered { dialog: offered, .. } => assert_eq!(offered, dialog),
            other => panic!("{other:?}"),
        }
        self.server.answer(self.now, dialog, Bytes::from_static(THERE.as_bytes()));
        self.settle();
        self.events.retain(|event| !matches!(event, Event::Acknowledged { .. }));
    }

    pub fn orders_of(&self, key: CallKey) -> Vec<Order> {
        self.orders.iter().filter(|(of, _)| *of == key).map(|(_, order)| order.clone()).collect()
    }
}

/// The person dials.
pub fn dial(number: &str) -> Input {
    Input::Dial { number: number.into(), name: String::new() }
}

pub fn flow(connection: ConnectionId) -> Flow {
    Flow { transport: Transport::Ws, connection, remote: "192.0.2.1:40000".parse().unwrap() }
}
