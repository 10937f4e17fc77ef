//! A phone that forwards by itself (3xx): followed once, within the tenant.

use shared::reason::Reason;
use sim::{Manner, PhoneId, Said, World};
use sip::Header;

use crate::call::{ACME, all_gone, pair};

/// Alice (101), Bob (102) whose phone answers with this status and Contact, Carol (103).
fn forwarding(status: u16, contact: &str) -> (World, PhoneId, PhoneId, PhoneId) {
    let (mut world, alice, bob) = pair();
    let carol = world.registered(ACME, "103");
    world.at(carol).said.clear();
    forward(&mut world, bob, status, contact);
    (world, alice, bob, carol)
}

fn forward(world: &mut World, phone: PhoneId, status: u16, contact: &str) {
    world.at(phone).manner = Manner::Refuse(status);
    world.at(phone).refusal_headers = vec![Header::new("Contact", contact)];
}

fn call(world: &mut World, alice: PhoneId) {
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(5);
}

#[test]
fn a_302_is_followed_and_the_way_is_told_to_the_device_and_in_the_trace() {
    for status in [300, 301, 302] {
        let (mut world, alice, bob, carol) = forwarding(status, "<sip:103@acme.localhost;transport=udp>");
        call(&mut world, alice);
        assert_eq!(world.at(alice).said, [Said::Ringing, Said::Answered]);
        assert_eq!(world.at(bob).said, [Said::Incoming("101".into(), "Person 101".into())]);
        assert_eq!(world.at(carol).said, [Said::Incoming("101".into(), "Person 101".into())]);
        let invite = world.at(carol).invite.clone().unwrap();
        assert_eq!(invite.header("Diversion"), Some("<sip:102@acme.localhost>;reason=deflection;counter=1"));
        let history = format!(
            "<sip:102@acme.localhost?Reason=SIP%3Bcause%3D{status}>;index=1, <sip:103@acme.localhost>;index=1.1;mp=1"
        );
        assert_eq!(invite.header("History-Info"), Some(history.as_str()));
        assert_eq!(invite.header("Max-Forwards"), Some("68"), "the hop to the first phone counts");
        world.act(alice, |phone, now| phone.hang_up(now));
        all_gone(&mut world);
        assert_eq!(world.ledger.closed.len(), 1);
        assert!(world.ledger.last_trace().contains(&Reason::Redirected));
        assert_eq!(world.ledger.last().unwrap().callee, "102", "what was dialled");
    }
}

#[test]
fn the_first_contact_that_may_be_called_is_taken() {
    let contacts = "<sip:102@globex.localhost>;q=1, <sip:103@acme.localhost>;q=0.5, <sip:104@acme.localhost>";
    let (mut world, alice, _, carol) = forwarding(302, contacts);
    call(&mut world, alice);
    assert_eq!(world.at(carol).up().len(), 1);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: S9
#[test]
fn s9_a_302_leads_nowhere_outside_the_tenant() {
    for contact in [
        "<sip:103@globex.localhost>",
        "<sip:103@GLOBEX.localhost.>",
        "<sip:00442012345678@carrier.example>",
        "<sip:00442012345678@acme.localhost>",
        "<tel:+442012345678>",
        "<sip:103@10.0.0.3>",
        "<sip:104@acme.localhost>",
        "*",
        "",
    ] {
        let (mut world, alice, _, carol) = forwarding(302, contact);
        let stranger = world.registered("globex.localhost", "103");
        world.at(stranger).said.clear();
        call(&mut world, alice);
        assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))), "{contact}");
        assert_eq!(world.at(carol).said, []);
        assert_eq!(world.at(stranger).said, []);
        all_gone(&mut world);
        assert!(world.ledger.last_trace().contains(&Reason::RedirectRefused), "{contact}");
    }
}

// covers: S9
#[test]
fn s9_forwardings_that_point_at_each_other_are_followed_once() {
    for (of_bob, of_carol, heard) in [
        // In a ring, to itself, back to the caller, and on to a third.
        ("103", "102", 1),
        ("102", "104", 0),
        ("101", "104", 0),
        ("103", "104", 1),
    ] {
        let (mut world, alice, bob, carol) = forwarding(302, &format!("<sip:{of_bob}@acme.localhost>"));
        let dave = world.registered(ACME, "104");
        world.at(dave).said.clear();
        forward(&mut world, carol, 302, &format!("<sip:{of_carol}@acme.localhost>"));
        call(&mut world, alice);
        assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))));
        assert_eq!(world.at(bob).said.len(), 1);
        assert_eq!(world.at(carol).said.len(), heard, "{of_bob} {of_carol}");
        assert_eq!(world.at(dave).said, []);
        all_gone(&mut world);
        assert_eq!(world.ledger.closed.len(), 1);
        assert!(world.ledger.last_trace().contains(&Reason::RedirectRefused));
    }
}

// covers: S9
#[test]
fn s9_ten_devices_that_forward_to_ten_ring_them_once() {
    let (mut world, alice, bob, _) = forwarding(302, "<sip:103@acme.localhost>");
    let mut targets = Vec::new();
    for _ in 0..9 {
        let more = world.registered(ACME, "102");
        forward(&mut world, more, 302, "<sip:103@acme.localhost>");
        let target = world.registered(ACME, "103");
        world.at(target).manner = Manner::Ring;
        targets.push(target);
    }
    world.at(bob).said.clear();
    call(&mut world, alice);
    for target in targets {
        let said = world.at(target).said.iter().filter(|said| matches!(said, Said::Incoming(..))).count();
        assert_eq!(said, 1);
    }
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn the_other_devices_ring_on_when_one_forwards() {
    let (mut world, alice, _, carol) = forwarding(302, "<sip:103@acme.localhost>");
    let desk = world.registered(ACME, "102");
    world.at(carol).manner = Manner::Ring;
    call(&mut world, alice);
    assert_eq!(world.at(desk).up().len(), 1);
    assert!(matches!(world.at(carol).said.last(), Some(Said::Cancelled(_))));
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn the_target_of_a_transfer_may_forward_too() {
    let (mut world, alice, bob, carol) = forwarding(302, "<sip:103@acme.localhost>");
    let dave = world.registered(ACME, "104");
    world.act(alice, |phone, now| phone.call(now, "104", Vec::new()));
    world.run(4);
    let dialog = world.at(dave).up()[0];
    world.act(dave, |phone, now| phone.refer(now, dialog, "<sip:102@acme.localhost>", Vec::new()));
    world.run(5);
    assert_eq!((world.at(carol).up().len(), world.at(bob).up().len(), world.at(dave).up().len()), (1, 0, 0));
    let invite = world.at(carol).invite.clone().unwrap();
    assert_eq!(
        invite.header_values("Diversion"),
        ["<sip:102@acme.localhost>;reason=deflection;counter=2", "<sip:104@acme.localhost>;reason=unknown;counter=1"]
    );
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}
