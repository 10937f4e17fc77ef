//! Gateways that register here (TRK-04), by a carrier that speaks SIP as text.

use shared::destination::Destination;
use shared::live::{Answer, Ask};
use shared::reason::Reason;
use shared::trunk::{TrunkMode, TrunkStanding};
use shared::{ExtensionId, TrunkId};
use sim::{Manner, PhoneId, Said, World};
use sip::digest::answer;
use sip::message::Credentials;

use crate::call::{ACME, all_gone};
use crate::registration::fair;
use crate::trunk::{Carrier, dial, inbound, rule, run};

const DOMAIN: &str = "gateway.trunk";

fn account(secret: &str) -> Credentials {
    Credentials { user: "gw".into(), secret: secret.into() }
}

/// Alice (101) of Acme, whose calls with 00 go by a gateway that is to register, and whose calls from it to 49301110 ring 101.
fn world() -> (World, PhoneId, Carrier) {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    world.at(alice).said.clear();
    let gateway = Carrier::new(7);
    let to = Destination::Extension { extension_id: ExtensionId(1_101) };
    world.change_plan(ACME, |plan| {
        plan.outbound_rules = vec![rule("00", &[(1, 2, "+")])];
        plan.inbound_rules = vec![inbound(1, "49301110", "", to)];
    });
    let (mut plan, _) = gateway.plan(1, "49301110-49301119");
    plan.settings.mode = TrunkMode::Accept;
    plan.settings.host = DOMAIN.into();
    plan.settings.username = "gw".into();
    plan.password = "of-the-trunk".into();
    world.set_trunks(vec![(plan, vec![])]);
    (world, alice, gateway)
}

fn standing(world: &mut World) -> TrunkStanding {
    let Some(Answer::Trunks(mut standings)) = world.ask(Ask::Trunks) else { panic!("no answer") };
    standings.remove(&TrunkId(1)).unwrap()
}

/// The gateway registers at its contact for so long: the status, and how often it was asked for its password.
fn register(world: &mut World, gateway: &mut Carrier, secret: &str, contact: &str, seconds: u32, cseq: u32) -> u16 {
    let from = gateway.address;
    let request = |cseq: u32, authorization: &str| {
        format!(
            "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {0};branch=z9hG4bK-r{cseq}{seconds}{1}\r\nMax-Forwards: 70\r\n\
             From: <sip:gw@{DOMAIN}>;tag=g\r\nTo: <sip:gw@{DOMAIN}>\r\nCall-ID: register\r\nCSeq: {cseq} REGISTER\r\n\
             Contact: {contact}\r\nExpires: {seconds}\r\n{authorization}Content-Length: 0\r\n\r\n",
            from,
            secret.len(),
        )
    };
    let asked = gateway.said(world, &request(cseq, ""));
    assert_eq!(asked.status(), 401);
    let challenge = asked.header("WWW-Authenticate").unwrap().to_owned();
    assert!(challenge.contains(&format!("realm=\"{DOMAIN}\"")), "{challenge}");
    let uri = format!("sip:{DOMAIN}");
    let value = answer(&challenge, &account(secret), "REGISTER", &uri, "abc", 1, b"").unwrap();
    gateway.said(world, &request(cseq + 1, &format!("Authorization: {value}\r\n"))).status()
}

// covers: TRK-04, TRK-01
#[test]
fn trk_04_a_gateway_registers_here_and_is_called_by_the_way_that_it_came() {
    let (mut world, alice, mut gateway) = world();
    assert_eq!(standing(&mut world).why, "not registered here yet");
    dial(&mut world, alice, "0044123");
    run(&mut world, &mut [&mut gateway], 1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(503, _))), "{:?}", world.at(alice).said);
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::TrunkDisconnected));

    assert_eq!(register(&mut world, &mut gateway, "of-the-trunk", "<sip:gw@10.0.0.5:5062>", 120, 1), 200);
    let now = standing(&mut world);
    assert_eq!((now.why.as_str(), now.targets.len()), ("registered here", 1));

    dial(&mut world, alice, "0044123");
    run(&mut world, &mut [&mut gateway], 2);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
    let invite = gateway.of("INVITE")[0];
    assert_eq!(invite.request_uri().unwrap().text, "sip:+44123@10.0.0.5:5062", "its contact, with the number");
    assert!(invite.header("From").unwrap().contains(&format!("<sip:101@{DOMAIN}>")));
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut gateway], 2);
    all_gone(&mut world);

    // Its own calls are known by the same way, and ask for nothing.
    world.at(alice).manner = Manner::Answer(std::time::Duration::ZERO);
    gateway.call(&mut world, "+4940777", "49301110");
    run(&mut world, &mut [&mut gateway], 2);
    assert_eq!(world.at(alice).up().len(), 1);
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut gateway], 2);
    all_gone(&mut world);

    // It signs off, comes back, and runs out.
    assert_eq!(register(&mut world, &mut gateway, "of-the-trunk", "*", 0, 3), 200);
    assert_eq!(standing(&mut world).why, "signed off");
    assert_eq!(register(&mut world, &mut gateway, "of-the-trunk", "<sip:gw@10.0.0.5>", 60, 5), 200);
    run(&mut world, &mut [&mut gateway], 55);
    assert_eq!(standing(&mut world).why, "registered here");
    run(&mut world, &mut [&mut gateway], 6);
    assert_eq!(standing(&mut world).why, "its registration has run out");
    let rung = world.at(alice).said.len();
    gateway.call_as(&mut world, "+4940777", "49301110", "too-late");
    run(&mut world, &mut [&mut gateway], 2);
    assert_eq!(world.at(alice).said.len(), rung, "its way is nobody's any more");
    dial(&mut world, alice, "0044123");
    run(&mut world, &mut [&mut gateway], 1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(503, _))));
}

// covers: TRK-04, TRK-06
#[test]
fn trk_04_whoever_does_not_know_the_password_is_no_gateway() {
    let (mut world, alice, mut gateway) = world();
    assert_eq!(register(&mut world, &mut gateway, "guess", "<sip:gw@10.0.0.5>", 120, 1), 403);
    assert_eq!(standing(&mut world).why, "not registered here yet");
    // Nor are the calls of somebody who is not registered the trunk's.
    gateway.call(&mut world, "+4940777", "49301110");
    run(&mut world, &mut [&mut gateway], 2);
    assert!(world.at(alice).said.is_empty());

    assert_eq!(register(&mut world, &mut gateway, "of-the-trunk", "<sip:gw@10.0.0.5>", 29, 5), 423);
    assert_eq!(register(&mut world, &mut gateway, "of-the-trunk", "<tel:+49>", 120, 7), 400);
    assert_eq!(register(&mut world, &mut gateway, "of-the-trunk", "<sip:gw@10.0.0.5>", 120, 9), 200);
    assert_eq!(
        register(&mut world, &mut gateway, "of-the-trunk", "<sip:gw@10.0.0.6>", 120, 3),
        500,
        "older than the last"
    );
    // The trunk asks for another password from now on: who signed in with the old one is not there any more.
    let (mut plan, _) = gateway.plan(1, "49301110-49301119");
    plan.settings.mode = TrunkMode::Accept;
    plan.settings.host = DOMAIN.into();
    plan.settings.username = "gw".into();
    plan.password = "another".into();
    world.set_trunks(vec![(plan.clone(), vec![])]);
    assert_eq!(standing(&mut world).why, "not registered here yet");
    assert_eq!(register(&mut world, &mut gateway, "of-the-trunk", "<sip:gw@10.0.0.5>", 120, 11), 403);
    plan.settings.enabled = false;
    world.set_trunks(vec![(plan, vec![])]);
    let off = format!(
        "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK-off\r\nMax-Forwards: 70\r\nFrom: <sip:gw@{DOMAIN}>;tag=g\r\n\
         To: <sip:gw@{DOMAIN}>\r\nCall-ID: off\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n",
        gateway.address
    );
    assert_eq!(gateway.said(&mut world, &off).status(), 403, "a trunk that is off takes nobody");
}
