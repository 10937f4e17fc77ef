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
use sim::network::Parcel;
use sim::{Manner, PhoneId, Weather, World};
use sip::digest::{Authenticator, answer};
use sip::{Header, NewRequest, Transport};
use switch::Input;

use crate::call::{ACME, pair, talking};
use crate::registration::stubbed;
use crate::watcher::Watcher;

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

const SIGNING_IN: &[Row] = &[
    ("a phone registers at a domain that nobody has", Reason::TenantUnknown, || {
        registering(|world, phone| world.at(phone).domain = "nowhere.localhost".into())
    }),
    ("a phone names two tenants", Reason::TenantMismatch, || thrown("To: <sip:101@acme", "To: <sip:101@globex")),
    ("the tenant is suspended", Reason::TenantSuspended, || {
        registering(|world, _| world.change_plan(ACME, |plan| plan.enabled = false))
    }),
    ("a phone registers a number that nobody has", Reason::ExtensionUnknown, || {
        registering(|world, phone| {
            world.at(phone).credentials.user = "999".into();
        })
    }),
    ("the extension is switched off", Reason::ExtensionDisabled, || {
        registering(|world, _| world.change_plan(ACME, |plan| plan.extensions[0].enabled = false))
    }),
    ("the password is wrong", Reason::CredentialsWrong, || {
        registering(|world, phone| world.at(phone).credentials.secret = "wrong".into())
    }),
    ("a browser's credential has run out", Reason::CredentialExpired, || {
        registering(|world, phone| {
            world.make_browser(phone, 1, 1);
            world.run(3);
        })
    }),
    ("a challenge is answered with garbage", Reason::CredentialsUnreadable, || {
        thrown("Max-Forwards: 70", "Authorization: Digest username=\"101\", realm=\"acme.localhost\"")
    }),
    ("the nonce is made up", Reason::NonceForeign, made_up),
    ("a recorded answer to a challenge is sent again", Reason::NonceReplayed, replayed),
    ("the password is wrong twenty times", Reason::CredentialThrottled, throttled),
    ("a phone registers somebody else's number", Reason::RecordNotOwn, || {
        registering(|world, phone| {
            world.at(phone).credentials.user = "102".into();
            world.at(phone).credentials.secret = sim::world::secret(ACME, "102");
        })
    }),
    ("a registration has a To tag", Reason::RegisterInDialog, || {
        thrown("To: <sip:101@acme.localhost>", "To: <sip:101@acme.localhost>;tag=9")
    }),
    ("a registration is for ten seconds", Reason::IntervalTooBrief, || {
        registering(|world, phone| world.at(phone).expires = 10)
    }),
    ("an eleventh device registers", Reason::TooManyContacts, || {
        let mut world = fair();
        for _ in 0..11 {
            world.registered(ACME, "101");
        }
        world
    }),
    ("one registration brings twelve addresses", Reason::TooManyContactsAtOnce, || {
        registering_with(Vec::new(), &(0..12).map(|n| format!("<sip:101@192.0.2.{n}>")).collect::<Vec<_>>().join(", "))
    }),
    ("a device wants to be called at a mail address", Reason::ContactUnusable, || {
        registering_with(Vec::new(), "<mailto:alice@acme.localhost>")
    }),
    ("all devices are signed off for an hour", Reason::ContactStarMisused, || {
        registering_with(vec![Header::new("Expires", "3600")], "*")
    }),
    ("forty proxies stand before a device", Reason::PathTooLong, || {
        registering_with(
            (0..40).map(|n| Header::new("Path", format!("<sip:p{n}.example;lr>"))).collect(),
            "<sip:101@192.0.2.1>",
        )
    }),
];

fn replayed() -> World {
    let mut world = fair();
    let challenge = own_challenge(&mut world);
    let mut client = Watcher::new(8, "103");
    let credentials = client.credentials.take().unwrap();
    let uri = "sip:102@acme.localhost";
    let value = answer(&challenge, &credentials, "SUBSCRIBE", uri, "abc", 1, b"").unwrap();
    let more = format!("Event: dialog\r\nExpires: 600\r\nAuthorization: {value}\r\n");
    client.request(&mut world, "SUBSCRIBE", uri, &more, "");
    let mut thief = Watcher::new(9, "103");
    thief.credentials = None;
    thief.request(&mut world, "SUBSCRIBE", uri, &more, "");
    world.run(8);
    world
}

fn throttled() -> World {
    let mut world = fair();
    let phone = world.phone(ACME, "101", Transport::Udp);
    world.at(phone).credentials.secret = "wrong".into();
    // Its address is not blocked: what is asked for is what the device alone is told.
    let address = world.at(phone).address.ip();
    crate::guard::let_near(&mut world, address);
    for _ in 0..20 {
        world.act(phone, |phone, now| phone.register(now, 600));
        world.run(1);
    }
    world.run(8);
    world.ledger.refusals.clear();
    world.act(phone, |phone, now| phone.register(now, 600));
    world.run(8);
    world
}

const UNREADABLE: &[Row] = &[
    ("a first line that is none", Reason::StartLineBad, || {
        thrown("REGISTER sip:acme.localhost", "REGISTER <sip:acme.localhost>")
    }),
    ("a Via of nonsense", Reason::ViaBad, || thrown("Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx", "Via: nonsense")),
    ("no From", Reason::FromBad, || thrown("From: <sip:101@acme.localhost>;tag=1\r\n", "")),
    ("two To", Reason::ToBad, || thrown("To: <sip", "To: <sip:1@x>\r\nTo: <sip")),
    ("no Call-ID", Reason::CallIdBad, || thrown("Call-ID: stranger\r\n", "")),
    ("a CSeq of another method", Reason::CseqBad, || thrown("CSeq: 1 REGISTER", "CSeq: 1 INVITE")),
    ("two Max-Forwards", Reason::MaxForwardsBad, || thrown("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 69")),
    ("a Content-Length beyond the datagram", Reason::ContentLengthBad, || {
        thrown("Content-Length: 0", "Content-Length: 999")
    }),
    ("a Contact with half a quotation", Reason::ContactBad, || {
        thrown("Contact: <sip:101@192.0.2.99>", "Contact: \"Al <sip:101@192.0.2.99>")
    }),
    ("SIP of version 7", Reason::VersionUnknown, || thrown("acme.localhost SIP/2.0", "acme.localhost SIP/7.0")),
    ("an address of five thousand characters", Reason::UriTooLong, || {
        thrown("REGISTER sip:", &format!("REGISTER sip:{}@", "a".repeat(5_000)))
    }),
    ("a header of nine thousand characters", Reason::MessageTooLarge, || {
        thrown("Max-Forwards: 70", &format!("X: {}", "a".repeat(9_000)))
    }),
    ("an address of no known scheme", Reason::SchemeUnknown, || {
        thrown("REGISTER sip:acme.localhost", "REGISTER fax:acme.localhost")
    }),
    ("a demand for an unknown extension", Reason::ExtensionRequired, || {
        thrown("Max-Forwards: 70", "Require: teleport")
    }),
    ("a method that there is not", Reason::MethodRefused, || {
        let mut world = fair();
        world.throw(ADDRESS.parse().unwrap(), REGISTER.replace("REGISTER", "BREW").into());
        world
    }),
    ("no hop is left", Reason::LoopDetected, || {
        let mut world = fair();
        let text = REGISTER.replace("REGISTER", "INVITE").replace("Forwards: 70", "Forwards: 0");
        world.throw(ADDRESS.parse().unwrap(), text.into());
        world
    }),
    ("the same call by two ways", Reason::RequestMerged, merged),
    ("a call without a Contact", Reason::MessageMalformed, || invited("Contact: <sip:101@192.0.2.99>\r\n", "")),
    ("a caller that reads only pictures", Reason::DescriptionNotTaken, || {
        invited("Max-Forwards: 70", "Accept: image/png")
    }),
    ("a caller's session timer of five seconds", Reason::SessionTimerTooBrief, || {
        invited("Max-Forwards: 70", "Supported: timer\r\nSession-Expires: 5")
    }),
];

/// The stranger's INVITE with one part changed.
fn invited(part: &str, instead: &str) -> World {
    let mut world = fair();
    let text = REGISTER.replace("REGISTER", "INVITE").replacen(part, instead, 1);
    world.throw(ADDRESS.parse().unwrap(), text.into());
    world
}

/// A proxy has sent a call on twice.
fn merged() -> World {
    let mut world = fair();
    let bob = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Ring;
    let challenge = own_challenge(&mut world);
    let credentials = Watcher::new(7, "101").credentials.unwrap();
    let uri = "sip:102@acme.localhost";
    let value = answer(&challenge, &credentials, "INVITE", uri, "abc", 1, b"").unwrap();
    for branch in ["one", "two"] {
        let text = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK{branch}\r\n\
             From: <sip:101@acme.localhost>;tag=1\r\nTo: <{uri}>\r\nCall-ID: twice\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\
             Contact: <sip:101@203.0.113.7>\r\nAuthorization: {value}\r\nContent-Length: 0\r\n\r\n"
        );
        world.throw("203.0.113.7:5060".parse().unwrap(), text.into());
        world.run(1);
    }
    world
}

const DIALLING: &[Row] = &[
    ("the caller gives another number than its own", Reason::CallerNotAllowed, || {
        calling(|world, alice, _| world.at(alice).number = "104".into())
    }),
    ("the tenant's quota of calls is nought", Reason::QuotaConcurrentCalls, || {
        calling(|world, _, _| {
            world.change_plan(ACME, |plan| plan.quota = Quota { concurrent_calls_max: Some(0), ..Quota::default() })
        })
    }),
    ("the server is stopping", Reason::Draining, || calling(|world, _, _| world.tell(Input::Drain))),
    ("the store is behind", Reason::Overloaded, || calling(|world, _, _| world.tell(Input::Overloaded(true)))),
    ("a number that nobody has is dialled", Reason::NumberUnknown, || dialling("999", |_, _, _| {})),
    ("what is dialled is no number", Reason::NumberInvalid, || dialling("sip:%20%20@acme.localhost", |_, _, _| {})),
    ("a tel: address is dialled", Reason::SchemeNotDialled, || dialling("tel:+4930123", |_, _, _| {})),
    ("a number of another domain is dialled", Reason::ForeignDomain, || {
        dialling(&format!("sip:102@{GLOBEX}"), |_, _, _| {})
    }),
    ("the caller dials itself", Reason::CalleeIsCaller, || dialling("101", |_, _, _| {})),
    ("the called extension is switched off", Reason::CalleeDisabled, || {
        calling(|world, _, _| world.change_plan(ACME, |plan| plan.extensions[1].enabled = false))
    }),
    ("the called does not want to be disturbed", Reason::CalleeNotDisturbed, || {
        calling(|world, _, _| {
            world.change_plan(ACME, |plan| plan.extensions[1].presence.status = PresenceStatus::DoNotDisturb)
        })
    }),
    ("no device of the called is registered", Reason::CalleeOffline, || dialling("103", |_, _, _| {})),
    ("a call is taken over that there is not", Reason::ReplacesUnknown, || {
        let (mut world, alice, _) = pair();
        world.act(alice, |phone, now| phone.call(now, "102", vec![Header::new("Replaces", "x;to-tag=1;from-tag=2")]));
        world.run(3);
        world
    }),
];

const DEVICES: &[Row] = &[
    ("the device is busy", Reason::DeviceBusy, || refusing(486)),
    ("the device declines", Reason::DeviceDeclined, || refusing(603)),
    ("the device is off the network", Reason::DeviceUnreachable, || {
        calling(|world, _, bob| world.at(bob).manner = Manner::Dead)
    }),
    ("the device's connection breaks while it rings", Reason::DeviceDisconnected, disconnected),
    ("the device answers 480", Reason::DeviceUnavailable, || refusing(480)),
    ("the device answers 404", Reason::DeviceUnknownUser, || refusing(404)),
    ("the device answers 401", Reason::DeviceAsksCredentials, || refusing(401)),
    ("the device answers 403", Reason::DeviceForbids, || refusing(403)),
    ("the device answers 405", Reason::DeviceMethodRefused, || refusing(405)),
    ("the device answers 420", Reason::DeviceExtensionRefused, || refusing(420)),
    ("the device answers 422", Reason::DeviceIntervalRefused, || refusing(422)),
    ("the device answers 503", Reason::DeviceOverloaded, || refusing(503)),
    ("the device answers 482", Reason::DeviceLoop, || refusing(482)),
    ("the device answers 415", Reason::DeviceBodyRefused, || refusing(415)),
    ("the device answers 488", Reason::DeviceMediaRefused, || refusing(488)),
    ("the device answers 500", Reason::DeviceBroken, || refusing(500)),
    ("the device answers 499", Reason::DeviceFailed, || refusing(499)),
    ("the device sends the call to a stranger", Reason::RedirectRefused, || {
        calling(|world, _, bob| {
            world.at(bob).manner = Manner::Refuse(302);
            world.at(bob).refusal_headers = vec![Header::new("Contact", "<sip:5@elsewhere.example>")];
        })
    }),
    ("nobody answers", Reason::NoAnswer, || calling(|world, _, bob| world.at(bob).manner = Manner::Ring)),
];

fn disconnected() -> World {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.phone(ACME, "102", Transport::Tcp);
    world.act(bob, |phone, now| phone.register(now, 600));
    world.run(1);
    world.at(bob).manner = Manner::Dead;
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    let flow = world.at(bob).flow_of_server();
    let now = world.now;
    world.network.send(now, Parcel::Closed(flow));
    world.run(2);
    over(world, alice)
}

const SOUND: &[Row] = &[
    ("a call comes with a letter", Reason::BodyUnknown, || {
        let (mut world, alice, _) = pair();
        world.act(alice, |phone, now| {
            phone.call_with(now, "102", vec![Header::new("Content-Type", "text/plain")], "hello".into())
        });
        world.run(3);
        world
    }),
    ("an offer without any medium", Reason::MediaLineMissing, || offering("")),
    ("an offer of video alone", Reason::MediaNoAudio, || offering("m=video 4000 RTP/AVP 96\r\n")),
    ("an offer of sound on port 0", Reason::MediaPortZero, || offering("m=audio 0 RTP/AVP 0\r\n")),
    ("an offer of sound by an unknown protocol", Reason::MediaProtocolUnknown, || {
        offering("m=audio 4000 TCP/WHAT 0\r\n")
    }),
    ("an offer of protected sound without keys", Reason::MediaKeysMissing, || offering("m=audio 4000 RTP/SAVP 0\r\n")),
    ("a phone answers as browsers do", Reason::MediaBrowserOnly, || {
        let head = "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n";
        answering(Transport::Udp, &format!("{head}m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n{ICE}"))
    }),
    ("a browser offers what phones do", Reason::MediaBrowserLacks, || {
        let mut world = fair();
        let alice = world.phone(ACME, "101", Transport::Ws);
        world.registered(ACME, "102");
        world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
        world.run(3);
        world
    }),
    ("an offer of seventy codecs", Reason::MediaTooLarge, || {
        offering(&format!("m=audio 4000 RTP/AVP {}\r\n", (0..70).map(|n| n.to_string()).collect::<Vec<_>>().join(" ")))
    }),
    ("no codec in common", Reason::CodecMismatch, || offering("m=audio 4000 RTP/AVP 18\r\n")),
    ("an answer without a description", Reason::AnswerWithoutMedia, || answering(Transport::Udp, "")),
    ("an answer with keys of nobody's", Reason::MediaKeysUnanswered, || {
        answering(
            Transport::Tls,
            "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5\r\n",
        )
    }),
    ("no port of sound is free", Reason::PortsSpent, || {
        calling_with_media(Happened::Rejected { reason: Reason::PortsSpent, value: "0".into() })
    }),
    ("nothing is heard from either side", Reason::MediaTimeout, || {
        in_talk(|world, _, _| media_says(world, 1, Happened::Silent { seconds: 120 }))
    }),
    ("only the called party is heard", Reason::NoAudioFromCaller, || heard_from(true)),
    ("only the caller is heard", Reason::NoAudioFromCallee, || heard_from(false)),
    ("a tenth of the caller's packets is lost", Reason::LossFromCaller, || sounding(1, lossy())),
    ("a tenth of the called party's packets is lost", Reason::LossFromCallee, || sounding(2, lossy())),
    ("the caller's packets come unevenly", Reason::JitterFromCaller, || sounding(1, uneven())),
    ("the called party's packets come unevenly", Reason::JitterFromCallee, || sounding(2, uneven())),
];

fn lossy() -> LegQuality {
    LegQuality { packets_received: 900, packets_lost: 100, ..LegQuality::default() }
}

fn uneven() -> LegQuality {
    LegQuality { packets_received: 900, jitter_micros: 80_000, ..LegQuality::default() }
}

fn calling_with_media(what: Happened) -> World {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Ring;
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    media_says(&mut world, 1, what);
    world.run(2);
    over(world, alice)
}

const TALKING: &[Row] = &[
    ("the caller never acknowledges the answer", Reason::AckMissing, || {
        let (mut world, alice, _) = pair();
        world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
        world.run(1);
        world.at(alice).manner = Manner::Dead;
        world.run(60);
        world
    }),
    ("the caller never confirms the ringing", Reason::PrackMissing, unconfirmed),
    ("a phone vanishes in the call", Reason::SessionTimerExpired, vanished),
    ("a connection is lost and does not come back", Reason::FlowLostEnded, lost),
    ("a device refuses to be connected anew", Reason::OfferRefused, || {
        transferring("<sip:103@acme.localhost>", |world, bob| {
            world.registered(ACME, "103");
            world.at(bob).refuses_offers = Some(488);
        })
    }),
    ("a transfer to an address of nonsense", Reason::ReferUnreadable, || transferring("<<nonsense", |_, _| {})),
    ("a transfer while another is under way", Reason::TransferUntimely, || {
        transferring("<sip:103@acme.localhost>", |world, bob| {
            let carol = world.registered(ACME, "103");
            world.at(carol).manner = Manner::Ring;
            let dialog = world.at(bob).up()[0];
            world.act(bob, |phone, now| phone.refer(now, dialog, "<sip:103@acme.localhost>", Vec::new()));
            world.run(1);
        })
    }),
    ("a transfer to somebody who is busy", Reason::TransferFailed, || {
        transferring("<sip:103@acme.localhost>", |world, _| {
            let carol = world.registered(ACME, "103");
            world.at(carol).manner = Manner::Refuse(486);
        })
    }),
    ("the tenant's code breaks", Reason::InternalFault, || {
        in_talk(|world, _, bob| {
            world.faults_wanted = true;
            world.board.break_after(shared::TenantId(1), 0);
            world.act(bob, |phone, now| phone.hang_up(now));
        })
    }),
];

fn unconfirmed() -> World {
    let (mut world, alice, bob) = pair();
    world.tell(Input::Settings(Box::new(Settings { prack: true, ..Settings::default() })));
    world.at(bob).manner = Manner::Early(Duration::from_secs(50));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run_for(Duration::from_millis(35));
    world.at(alice).manner = Manner::Dead;
    world.run(45);
    world
}

fn vanished() -> World {
    let (mut world, _, bob) = talking();
    world.at(bob).manner = Manner::Dead;
    world.run(300);
    world
}

fn lost() -> World {
    let mut world = fair();
    let alice = world.phone(ACME, "101", Transport::Tcp);
    world.act(alice, |phone, now| phone.register(now, 600));
    world.registered(ACME, "102");
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.break_connection(alice);
    world.at(alice).manner = Manner::Dead;
    world.run(35);
    world
}

const ELSE: &[Row] = &[
    ("somebody subscribes to weather", Reason::EventUnknown, || watching("weather", "102", 600)),
    ("somebody watches another's mailbox", Reason::NotOwn, || watching("message-summary", "102", 600)),
    ("a subscription is for five seconds", Reason::SubscriptionTooBrief, || watching("dialog", "102", 5)),
    ("a phone reads only pictures", Reason::DocumentRefused, || {
        asking("SUBSCRIBE", "sip:102@acme.localhost", "Event: dialog\r\nAccept: image/png\r\n", "")
    }),
    ("a thousand subscriptions of one extension", Reason::TooManySubscriptions, || {
        let mut world = fair();
        for n in 0..1_200_u32 {
            let mut watcher = Watcher::new((n % 200) as u8, "103");
            if watcher.subscribe(&mut world, "dialog", "102", 600).status() == 503 {
                break;
            }
            watcher.drain(&mut world);
        }
        world.run(8);
        world
    }),
    ("a picture is written to somebody", Reason::TextTypeRefused, || {
        asking("MESSAGE", "sip:102@acme.localhost", "Content-Type: image/png\r\n", "x")
    }),
    ("a message of a hundred thousand characters", Reason::TextTooLong, || {
        asking("MESSAGE", "sip:102@acme.localhost", "Content-Type: text/plain\r\n", &"x".repeat(20_000))
    }),
    ("a message of nothing", Reason::TextUnreadable, || {
        asking("MESSAGE", "sip:102@acme.localhost", "Content-Type: text/plain\r\n", "  ")
    }),
    ("more messages wait than may", Reason::TooManyMessages, || {
        let mut world = fair();
        let alice = world.registered(ACME, "101");
        for _ in 0..101 {
            world.act(alice, |phone, now| phone.write(now, "104", "hello"));
            world.run_for(Duration::from_millis(200));
        }
        world.run(8);
        world
    }),
    ("a state of presence that builds on nothing", Reason::PublicationUnknown, || {
        asking("PUBLISH", "sip:103@acme.localhost", "Event: presence\r\nSIP-If-Match: abc\r\n", "")
    }),
    ("a state of presence that is none", Reason::PublicationUnreadable, || {
        asking(
            "PUBLISH",
            "sip:103@acme.localhost",
            "Event: presence\r\nContent-Type: application/pidf+xml\r\n",
            "<nonsense",
        )
    }),
];

const CHAPTERS: [(&str, &[Row]); 7] = [
    ("Registrations and passwords", SIGNING_IN),
    ("Messages that cannot be read or are not meant", UNREADABLE),
    ("Before a call rings", DIALLING),
    ("The devices that are called", DEVICES),
    ("Sound", SOUND),
    ("In the call", TALKING),
    ("Keys, messages and presence", ELSE),
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
