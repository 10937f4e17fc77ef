//! Registrations and passwords, and messages that cannot be read.

use super::*;

pub(super) const SIGNING_IN: &[Row] = &[
    ("a phone registers at a domain that nobody has", Reason::TenantUnknown, || {
        registering(|world, phone| world.at(phone).domain = "nowhere.localhost".into())
    }),
    ("a phone names two tenants", Reason::TenantMismatch, || thrown("To: <sip:101@acme", "To: <sip:101@globex")),
    ("the tenant is suspended", Reason::TenantSuspended, || {
        registering(|world, _| world.change_plan(ACME, |plan| plan.enabled = false))
    }),
    ("a phone registers a number that nobody has", Reason::ExtensionUnknown, || {
        registering(|world, phone| {
            world.at(phone).credentials.user = "555".into();
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

pub(super) const UNREADABLE: &[Row] = &[
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
