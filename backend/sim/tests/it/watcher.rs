//! A client that is not ours: it speaks SIP as text, from an address where no phone of the world stands.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use sim::World;
use sip::digest::answer;
use sip::message::Credentials;
use sip::{ConnectionId, Flow, Message, Transport};

use crate::call::ACME;

/// Clients so far: no two have the same Call-ID.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A client with a password.
pub struct Watcher {
    pub flow: Flow,
    pub number: String,
    pub domain: String,
    pub credentials: Option<Credentials>,
    /// Answers NOTIFY with this; zero says nothing.
    pub answers: u16,
    call_id: String,
    cseq: u32,
    branch: u32,
    /// Messages that nobody has looked at.
    inbox: Vec<Message>,
    seen: Vec<(String, String, u32)>,
}

impl Watcher {
    pub fn new(place: u8, number: &str) -> Self {
        let remote = SocketAddr::from(([203, 0, 113, place], 5_060));
        Self {
            flow: Flow { transport: Transport::Udp, connection: ConnectionId::NEW, remote },
            number: number.to_owned(),
            domain: ACME.to_owned(),
            credentials: Some(Credentials { user: number.to_owned(), secret: sim::world::secret(ACME, number) }),
            answers: 200,
            call_id: format!("watch-{}-{number}", COUNT.fetch_add(1, Ordering::Relaxed)),
            cseq: 0,
            branch: 0,
            inbox: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Sends a request and gives its final response; asked for credentials, it sends them.
    pub fn request(&mut self, world: &mut World, method: &str, uri: &str, more: &str, body: &str) -> Message {
        self.request_in(world, method, uri, "", more, body)
    }

    /// The same inside the dialog that `to_tag` names.
    pub fn request_in(
        &mut self,
        world: &mut World,
        method: &str,
        uri: &str,
        to_tag: &str,
        more: &str,
        body: &str,
    ) -> Message {
        let first = self.exchange(world, method, uri, to_tag, more, body);
        let Some(credentials) = self.credentials.clone().filter(|_| first.status() == 401) else { return first };
        let challenge = first.header("WWW-Authenticate").unwrap().to_owned();
        let value = answer(&challenge, &credentials, method, uri, "0a4f113b", 1, body.as_bytes()).unwrap();
        self.exchange(world, method, uri, to_tag, &format!("{more}Authorization: {value}\r\n"), body)
    }

    fn exchange(&mut self, world: &mut World, method: &str, uri: &str, tag: &str, more: &str, body: &str) -> Message {
        self.cseq += 1;
        self.branch += 1;
        let Self { number, domain, call_id, cseq, branch, flow, .. } = self;
        let to_tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
        let (via, remote) = (flow.transport.param().to_uppercase(), flow.remote);
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{via} {remote};branch=z9hG4bK-{branch}-{call_id}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{number}@{domain}>;tag=w\r\nTo: <{uri}>{to_tag}\r\nCall-ID: {call_id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:{number}@{remote}>\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let cseq = *cseq;
        world.throw_over(self.flow, Bytes::from(text));
        for _ in 0..50 {
            self.collect(world);
            let answer = |message: &Message| message.status() >= 200 && message.cseq() == (cseq, method);
            if let Some(place) = self.inbox.iter().position(answer) {
                return self.inbox.remove(place);
            }
            world.run(1);
        }
        panic!("no answer to {method} {uri}");
    }

    /// SUBSCRIBE outside a dialog, to an extension of its own domain.
    pub fn subscribe(&mut self, world: &mut World, event: &str, number: &str, seconds: u32) -> Message {
        let uri = format!("sip:{number}@{}", self.domain);
        self.request(world, "SUBSCRIBE", &uri, &format!("Event: {event}\r\nExpires: {seconds}\r\n"), "")
    }

    /// The notifications that have come since, each once; they are answered.
    pub fn notified(&mut self, world: &mut World) -> Vec<Message> {
        self.collect(world);
        let (asked, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.inbox).into_iter().partition(|message| message.method() == "NOTIFY");
        self.inbox = rest;
        let mut fresh = Vec::new();
        for message in asked {
            if self.answers > 0 {
                self.reply(world, &message);
            }
            let key = (message.call_id().to_owned(), message.from_tag().to_owned(), message.cseq().0);
            if !self.seen.contains(&key) {
                self.seen.push(key);
                fresh.push(message);
            }
        }
        fresh
    }

    /// The same, until nothing more comes.
    pub fn drain(&mut self, world: &mut World) -> Vec<Message> {
        let mut all = Vec::new();
        loop {
            let fresh = self.notified(world);
            if fresh.is_empty() {
                return all;
            }
            all.extend(fresh);
        }
    }

    fn reply(&self, world: &mut World, request: &Message) {
        let copied: String = ["Via", "From", "To", "Call-ID", "CSeq"]
            .iter()
            .map(|name| format!("{name}: {}\r\n", request.header(name).unwrap()))
            .collect();
        let text = format!("SIP/2.0 {} Said\r\n{copied}Content-Length: 0\r\n\r\n", self.answers);
        world.throw_over(self.flow, Bytes::from(text));
    }

    fn collect(&mut self, world: &mut World) {
        let (mine, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut world.strayed).into_iter().partition(|(to, _)| *to == self.flow.remote);
        world.strayed = others;
        self.inbox.extend(mine.into_iter().map(|(_, bytes)| Message::parse(bytes).unwrap()));
    }
}

/// The body of a message as text.
pub fn text(message: &Message) -> String {
    String::from_utf8(message.body().to_vec()).unwrap()
}
