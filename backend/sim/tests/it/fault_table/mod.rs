//! Faults are injected one by one; each leaves a code of its own, which `docs/faults.md` lists.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use media::{Event, Happened, LegId};
use shared::call_record::LegQuality;
use shared::presence::PresenceStatus;
use shared::quota::Quota;
use shared::reason::Reason;
use shared::setting::Settings;
use sim::engine::Media;
use sim::network::Parcel;
use sim::{Manner, PhoneId, Weather, World};
use sip::digest::{Authenticator, answer};
use sip::{Header, NewRequest, Transport};
use switch::{Config, Input};

use crate::call::{ACME, pair, talking};
use crate::registration::stubbed;
use crate::watcher::Watcher;

mod device;
mod registration;
mod rest;
mod sound;
mod talk;

/// What was done, what it leaves, and how it is done.
type Row = (&'static str, Reason, fn() -> World);

const GLOBEX: &str = "globex.localhost";
const ADDRESS: &str = "192.0.2.99:5060";

/// A REGISTER that a stranger sends.
const REGISTER: &str = "REGISTER sip:acme.localhost SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx\r\n\
    From: <sip:101@acme.localhost>;tag=1\r\nTo: <sip:101@acme.localhost>\r\nCall-ID: stranger\r\nCSeq: 1 REGISTER\r\n\
    Max-Forwards: 70\r\nContact: <sip:101@192.0.2.99>\r\nContent-Length: 0\r\n\r\n";

fn fair() -> World {
    World::new(1, Weather::FAIR)
}

/// The stranger's REGISTER with one part changed.
fn thrown(part: &str, instead: &str) -> World {
    let mut world = fair();
    assert!(REGISTER.contains(part));
    world.throw(ADDRESS.parse().unwrap(), REGISTER.replacen(part, instead, 1).into());
    world.run(1);
    world
}

/// 101 registers, after something was done to it.
fn registering(change: impl FnOnce(&mut World, PhoneId)) -> World {
    let mut world = fair();
    let phone = world.phone(ACME, "101", Transport::Udp);
    change(&mut world, phone);
    world.act(phone, |phone, now| phone.register(now, phone.expires));
    world.run(8);
    world
}

/// 101 registers with these headers and this Contact.
fn registering_with(headers: Vec<Header>, contact: &str) -> World {
    let mut world = fair();
    let phone = world.phone(ACME, "101", Transport::Udp);
    let contact = contact.to_owned();
    world.act(phone, |phone, now| {
        let request = NewRequest {
            method: "REGISTER".into(),
            uri: "sip:acme.localhost".into(),
            from: "<sip:101@acme.localhost>".into(),
            to: "<sip:101@acme.localhost>".into(),
            contact,
            headers,
            credentials: Some(phone.credentials.clone()),
            ..NewRequest::default()
        };
        phone.stack.request(now, phone.flow, request);
    });
    world.run(2);
    world
}

/// 101 calls 102, after something was done to the two.
fn calling(change: impl FnOnce(&mut World, PhoneId, PhoneId)) -> World {
    dialling("102", change)
}

fn dialling(number: &str, change: impl FnOnce(&mut World, PhoneId, PhoneId)) -> World {
    let (mut world, alice, bob) = pair();
    change(&mut world, alice, bob);
    world.act(alice, |phone, now| phone.call(now, number, Vec::new()));
    world.run(70);
    over(world, alice)
}

/// 102's device refuses with this status.
fn refusing(status: u16) -> World {
    calling(|world, _, bob| world.at(bob).manner = Manner::Refuse(status))
}

/// 101 calls 102 and offers this.
fn offering(lines: &str) -> World {
    let (mut world, alice, _) = pair();
    let body = format!("v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n{lines}");
    world.act(alice, |phone, now| phone.call_with(now, "102", Vec::new(), body.into()));
    world.run(3);
    over(world, alice)
}

/// 102 answers a call with this, over a transport.
fn answering(transport: Transport, answer: &str) -> World {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.phone(ACME, "102", transport);
    world.act(bob, |phone, now| phone.register(now, 600));
    world.run(1);
    world.at(bob).answer = Some(Bytes::from(answer.to_owned()));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(5);
    over(world, alice)
}

/// The two talk, then something happens.
fn in_talk(what: impl FnOnce(&mut World, PhoneId, PhoneId)) -> World {
    let (mut world, alice, bob) = talking();
    what(&mut world, alice, bob);
    world.run(5);
    over(world, alice)
}

/// 101 asks for a transfer of its call with 102.
fn transferring(refer_to: &str, change: impl FnOnce(&mut World, PhoneId)) -> World {
    in_talk(|world, alice, bob| {
        change(world, bob);
        let dialog = world.at(alice).up()[0];
        world.act(alice, |phone, now| phone.refer(now, dialog, refer_to, Vec::new()));
        world.run(5);
        world.act(bob, |phone, now| phone.hang_up(now));
    })
}

/// The media of a leg says something; the caller's is the first.
fn media_says(world: &mut World, leg: u64, what: Happened) {
    let call = *world.ledger.open.keys().next().unwrap();
    world.tell(Input::Media(Event { call, leg: LegId(leg), what }));
}

/// A leg of a stubbed call ends with these figures.
fn sounding(leg: u64, quality: LegQuality) -> World {
    let mut world = stubbed(1, Weather::FAIR);
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(8);
    media_says(&mut world, 3 - leg, Happened::Closed(LegQuality { heard: true, ..LegQuality::default() }));
    media_says(&mut world, leg, Happened::Closed(LegQuality { heard: true, ..quality }));
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(3);
    over(world, alice)
}

fn heard_from(quiet: bool) -> World {
    in_talk(|world, alice, bob| {
        for _ in 0..200 {
            world.speak(if quiet { bob } else { alice }, 1);
        }
    })
}

fn over(mut world: World, alice: PhoneId) -> World {
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(5);
    world
}

fn watching(event: &str, number: &str, seconds: u32) -> World {
    let mut world = fair();
    Watcher::new(7, "103").subscribe(&mut world, event, number, seconds);
    world.run(8);
    world
}

fn asking(method: &str, uri: &str, more: &str, body: &str) -> World {
    let mut world = fair();
    Watcher::new(7, "103").request(&mut world, method, uri, more, body);
    world.run(8);
    world
}

/// A challenge is answered whose nonce nobody gave.
fn made_up() -> World {
    let mut world = fair();
    let challenge = Authenticator::new([66; 32]).challenges(world.now, ACME, false).pop().unwrap();
    let mut client = Watcher::new(7, "101");
    let credentials = client.credentials.take().unwrap();
    let uri = "sip:102@acme.localhost";
    let value = answer(&challenge, &credentials, "SUBSCRIBE", uri, "abc", 1, b"").unwrap();
    client.request(&mut world, "SUBSCRIBE", uri, &format!("Event: dialog\r\nAuthorization: {value}\r\n"), "");
    world.run(8);
    world
}

fn own_challenge(world: &mut World) -> String {
    let mut client = Watcher::new(7, "101");
    client.credentials = None;
    client
        .request(world, "SUBSCRIBE", "sip:acme.localhost", "Event: dialog\r\n", "")
        .header("WWW-Authenticate")
        .unwrap()
        .to_owned()
}

const ICE: &str =
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 0A:FF\r\na=setup:actpass\r\n";

const CHAPTERS: [(&str, &[Row]); 7] = [
    ("Registrations and passwords", registration::SIGNING_IN),
    ("Messages that cannot be read or are not meant", registration::UNREADABLE),
    ("Before a call rings", device::DIALLING),
    ("The devices that are called", device::DEVICES),
    ("Sound", sound::SOUND),
    ("In the call", talk::TALKING),
    ("Keys, messages and presence", rest::ELSE),
];

/// At least so many faults are told apart.
const FAULTS_MIN: usize = 60;

/// These phones say nothing unless they are told to, which is noted after three seconds.
fn is_silence(code: Reason) -> bool {
    matches!(code, Reason::NoAudioFromCaller | Reason::NoAudioFromCallee)
}

/// All codes that were noted, calls' and refusals', in order.
fn noted(world: &World) -> Vec<Reason> {
    let refusals = world.ledger.refusals.iter().flat_map(|refusal| &refusal.trace);
    let calls = world.ledger.closed.iter().flat_map(|(_, trace)| trace);
    refusals.chain(calls).map(|step| step.code).collect()
}

#[test]
fn sixty_faults_leave_sixty_different_codes_and_none_is_generic() {
    let mut text = String::from(
        "# Faults\n\nWhat was done to a running server, one thing at a time, and the code that it left in the trace of the call or of the \
         refused request. Each\nfault has a code of its own; [reasons.md](reasons.md) has the sentence of each and what to do. A test keeps this table; \
         `make faults` writes it\nanew.\n",
    );
    let (mut wrong, mut seen) = (String::new(), BTreeSet::new());
    for (chapter, rows) in CHAPTERS {
        let _ = write!(text, "\n## {chapter}\n\n| Fault | Code | What it says |\n|---|---|---|\n");
        for (fault, expected, inject) in rows {
            let codes = noted(&inject());
            let first =
                codes.iter().find(|code| !code.fix().is_empty() && (!is_silence(**code) || is_silence(*expected)));
            // What needs no mending stands somewhere; what does is the first that is told.
            let right = if expected.fix().is_empty() { codes.contains(expected) } else { first == Some(expected) };
            if !right {
                let _ = writeln!(wrong, "{fault}: {expected:?} expected, {codes:?}");
            }
            assert!(seen.insert(expected.code()), "{fault}: {} twice", expected.code());
            let _ = writeln!(text, "| {fault} | `{}` | {} |", expected.code(), expected.sentence());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(seen.len() >= FAULTS_MIN, "{}", seen.len());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    if std::env::var_os("BELFRY_WRITE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "docs/faults.md is out of date: make faults");
}
