//! One door for each kind of bytes that strangers send: `fuzz/` knocks at them with what it invents, `replay` with what it
//! has found. Each says what must hold whatever comes.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use sip::digest::{Authenticator, Outcome, answer, ha1};
use sip::framing::{Broken, Frame, Framer};
use sip::message::Credentials;
use sip::{Config, ConnectionId, DialogId, Event, Flow, Message, Output, Reply, Stack, Transport};

const NOW: Moment = Moment::from_seconds(1_700_000_000);
/// Between the messages of one input.
const SEPARATOR: u8 = 0x1e;

fn flow(transport: Transport) -> Flow {
    Flow { transport, connection: ConnectionId(7), remote: ([192, 0, 2, 9], 5099).into() }
}

/// Looks at all that a message says.
fn look(message: &Message) {
    for (name, value) in message.headers() {
        assert!(message.header(name).is_some(), "{name}");
        assert!(!value.contains(['\r', '\n']), "folding is undone");
        let _ = (message.header_values(name), message.header_lines(name), message.lists(name, "timer"));
    }
    let _ = (message.request_uri().map(|uri| uri.headers()), message.contacts(), message.expires());
    assert!(message.from().is_some() && message.to().is_some() && !message.call_id().is_empty());
    assert!(message.bytes().len() >= message.body().len());
    let _ = format!("{message:?}");
}

/// A datagram: a message, STUN, or none.
pub fn message(data: &[u8]) {
    if let Some(id) = data.get(8..20) {
        let _ = sip::stun::mapped_address(data, id.try_into().unwrap());
    }
    let read = Message::parse(Bytes::copy_from_slice(data));
    if let Ok(message) = &read {
        look(message);
    }
    kept(data);
    let mut stack = Stack::new(Config::default(), 1);
    stack.handle_packet(NOW, flow(Transport::Udp), Bytes::copy_from_slice(data));
    let (mut sent, mut told) = (0, 0);
    while let Some(output) = stack.poll_output() {
        match output {
            Output::Send { bytes, .. } => sent += bytes.len(),
            // That it was refused is told, as far as it can be read.
            Output::Event(Event::Refused { .. }) => {}
            Output::Event(_) => told += 1,
        }
    }
    assert!(told == 0 || read.is_ok(), "only what is sound reaches the user");
    let anonymous = read.is_ok_and(|message| message.to_tag().is_empty() && message.header("Authorization").is_none());
    assert!(!anonymous || sent <= 3 * data.len(), "S16: {sent} bytes for {}", data.len());
    let (dialogs, transactions) = stack.sizes();
    assert!(dialogs <= 1 && transactions <= 1);
}

/// Whatever it is, what is kept of it is text, bounded, and one message: no line of it begins another.
fn kept(data: &[u8]) {
    let _ = sip::redact::call_id(data);
    let text = sip::redact::redact(data, &|host| host == "acme.example");
    assert!(text.chars().count() <= sip::redact::REDACTED_CHARACTERS_MAX);
    assert!(text.chars().all(|c| !c.is_control() || matches!(c, '\r' | '\n')));
    assert_eq!(sip::redact::redact(data, &|host| host == "acme.example"), text);
}

fn cut(data: &[u8], step: usize) -> (Vec<Bytes>, Option<Broken>) {
    let (mut framer, mut found) = (Framer::default(), Vec::new());
    for piece in data.chunks(step) {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(Frame::Message(message))) => found.push(message),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(broken) => {
                    let refusal = framer.refusal(broken, flow(Transport::Tcp));
                    assert!(refusal.is_none_or(|refusal| refusal.starts_with(b"SIP/2.0 ")));
                    return (found, Some(broken));
                }
            }
        }
    }
    (found, None)
}

/// A stream; its first byte says into how large pieces it is cut.
pub fn framing(data: &[u8]) {
    let Some((step, data)) = data.split_first() else { return };
    let whole = cut(data, data.len().max(1));
    assert_eq!(cut(data, usize::from(*step) + 1), whole, "how a stream is cut into reads changes nothing");
    for message in whole.0 {
        let _ = Message::parse(message);
    }
}

/// The value of an Authorization header, and of a challenge.
pub fn digest(data: &[u8]) {
    let value: Vec<u8> = data.iter().map(|b| if matches!(b, b'\r' | b'\n') { b' ' } else { *b }).collect();
    let mut request =
        b"REGISTER sip:acme SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:101@acme>;tag=1\r\n\
        To: <sip:101@acme>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nAuthorization: "
            .to_vec();
    request.extend_from_slice(&value);
    request.extend_from_slice(b"\r\n\r\n");
    if let Ok(message) = Message::parse(request.into()) {
        let mut door = Authenticator::new([3; 32]);
        let challenge = door.challenges(NOW, "acme", false).remove(0);
        let known = ha1("101", "acme", "secret that no corpus holds");
        let outcome = door.check(NOW, &message, "acme", &mut |user| (user == "101").then_some(known));
        assert!(!matches!(outcome, Outcome::Accepted(_) | Outcome::Replayed(_)), "without the secret: {challenge}");
        let _ = Authenticator::claimed(&message);
    }
    let credentials = Credentials { user: "101".into(), secret: "x".into() };
    let text = String::from_utf8_lossy(&value);
    if let Some(answer) = answer(&text, &credentials, "INVITE", "sip:a@b", "cnonce", 1, b"body") {
        assert!(answer.starts_with("Digest ") && !answer.contains(['\r', '\n']));
    }
}

/// What one browser says: messages as its WebSocket delivers them. Everybody answers; in the end nothing is left.
pub fn websocket(data: &[u8]) {
    let mut stack = Stack::new(Config::default(), 1);
    let (flow, mut now) = (flow(Transport::Ws), NOW);
    let mut dialogs = Vec::new();
    for message in data.split(|b| *b == SEPARATOR).take(16) {
        stack.handle_packet(now, flow, Bytes::copy_from_slice(message));
        react(&mut stack, now, &mut dialogs);
        now = now + Duration::from_millis(100);
    }
    stack.handle_flow_closed(now, flow);
    for round in 0..4_000 {
        react(&mut stack, now, &mut dialogs);
        if round % 8 == 0 {
            for dialog in dialogs.drain(..) {
                stack.bye(now, dialog, None);
            }
        }
        let Some(at) = stack.poll_timeout() else { break };
        now = now.max(at);
        stack.handle_timeout(now);
    }
    assert_eq!((stack.sizes(), stack.poll_timeout()), ((0, 0), None), "nothing is left");
}

fn react(stack: &mut Stack, now: Moment, dialogs: &mut Vec<DialogId>) {
    const ANSWER: &str =
        "v=0\r\no=b 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";
    while let Some(output) = stack.poll_output() {
        let event = match output {
            Output::Event(event) => event,
            Output::Send { bytes, .. } => {
                let pong = bytes.as_ref() == b"\r\n";
                assert!(
                    pong || bytes.starts_with(b"SIP/2.0 ") || Message::parse(bytes).is_ok(),
                    "requests of ours are sound"
                );
                continue;
            }
        };
        match event {
            Event::Invited { dialog, .. } => {
                stack.accept(now, dialog, Reply::status(200).body(ANSWER));
                dialogs.push(dialog);
            }
            Event::Request { request, .. } => stack.respond(now, request, Reply::status(200)),
            Event::Offered { dialog, .. } => stack.answer(now, dialog, ANSWER.into()),
            _ => {}
        }
    }
}
