//! What a device is told of who calls (RFC 3323, 3325).

use shared::reason::Reason;
use sim::{PhoneId, Said, World};
use sip::Header;

use crate::call::{ACME, all_gone, pair};

fn told(world: &mut World, phone: PhoneId, name: &str) -> Vec<String> {
    let invite = world.at(phone).invite.clone().unwrap();
    invite.header_values(name).into_iter().map(str::to_owned).collect()
}

fn call(headers: &[(&str, &str)]) -> (World, PhoneId, PhoneId) {
    let (mut world, alice, bob) = pair();
    let headers = headers.iter().map(|(name, value)| Header::new(*name, *value)).collect();
    world.act(alice, |phone, now| phone.call(now, "102", headers));
    world.run(4);
    (world, alice, bob)
}

fn end(world: &mut World, alice: PhoneId) {
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(world);
}

#[test]
fn a_device_is_told_number_and_name_of_the_caller() {
    let (mut world, alice, bob) = call(&[]);
    let address = "\"Person 101\" <sip:101@acme.localhost>";
    assert_eq!(told(&mut world, bob, "P-Asserted-Identity"), [address]);
    let party = format!("{address};party=calling;screen=yes;privacy=off");
    assert_eq!(told(&mut world, bob, "Remote-Party-ID"), [party]);
    assert_eq!(told(&mut world, bob, "Max-Forwards"), ["69"]);
    end(&mut world, alice);
}

// covers: S7
#[test]
fn s7_what_a_phone_asserts_of_itself_or_of_the_way_is_not_passed_on() {
    let foreign = [
        ("P-Asserted-Identity", "\"The Boss\" <sip:100@acme.localhost>"),
        ("P-Preferred-Identity", "<sip:100@acme.localhost>"),
        ("Remote-Party-ID", "\"The Boss\" <sip:100@acme.localhost>;party=calling;screen=yes"),
        ("Diversion", "<sip:100@acme.localhost>;reason=unconditional"),
        ("History-Info", "<sip:100@acme.localhost>;index=1"),
        ("Referred-By", "<sip:100@acme.localhost>"),
        ("Call-Info", "<sip:acme.localhost>;answer-after=0"),
        ("Alert-Info", "<http://acme.localhost>;info=alert-autoanswer"),
        ("Answer-Mode", "Auto"),
    ];
    let (mut world, alice, bob) = call(&foreign);
    assert_eq!(world.at(bob).said, [Said::Incoming("101".into(), "Person 101".into())]);
    let invite = world.at(bob).invite.clone().unwrap();
    let text = String::from_utf8_lossy(invite.bytes()).into_owned();
    assert!(!text.contains("100@") && !text.contains("Boss"), "{text}");
    for name in ["P-Preferred-Identity", "Diversion", "History-Info", "Referred-By", "Call-Info", "Answer-Mode"] {
        assert_eq!(told(&mut world, bob, name), [""; 0], "{name}");
    }
    end(&mut world, alice);
    assert_eq!(world.ledger.last().unwrap().caller, "101");
}

#[test]
fn privacy_hides_the_caller_from_the_callee_and_not_from_the_record() {
    for privacy in ["id", "header;id;critical", "user"] {
        let (mut world, alice, bob) = call(&[("Privacy", privacy)]);
        assert_eq!(world.at(bob).said, [Said::Incoming("anonymous".into(), "Anonymous".into())]);
        let invite = world.at(bob).invite.clone().unwrap();
        let text = String::from_utf8_lossy(invite.bytes()).into_owned();
        assert!(!text.contains("101@") && !text.contains("Person 1"), "{text}");
        assert_eq!(told(&mut world, bob, "Privacy"), ["id"]);
        end(&mut world, alice);
        let record = world.ledger.last().unwrap();
        assert_eq!((record.caller.as_str(), record.caller_name.as_str()), ("101", "Person 101"));
    }
    let (mut world, alice, bob) = call(&[("Privacy", "none")]);
    assert_eq!(world.at(bob).said, [Said::Incoming("101".into(), "Person 101".into())]);
    end(&mut world, alice);
}

#[test]
fn a_caller_that_names_itself_anonymous_is_who_its_credentials_say() {
    let (mut world, alice, bob) = pair();
    let (number, domain) = (world.at(alice).number.clone(), world.at(alice).domain.clone());
    world.at(alice).number = "anonymous".to_owned();
    world.at(alice).domain = "anonymous.invalid".to_owned();
    world.act(alice, |phone, now| phone.call(now, "sip:102@acme.localhost", Vec::new()));
    world.run(4);
    assert_eq!(world.at(bob).said, [Said::Incoming("anonymous".into(), "Anonymous".into())]);
    (world.at(alice).number, world.at(alice).domain) = (number, domain);
    end(&mut world, alice);
    assert_eq!(world.ledger.last().unwrap().caller, "101");
    assert!(world.ledger.last_trace().contains(&Reason::CredentialsAccepted));
}

#[test]
fn whoever_is_handed_on_and_wants_privacy_keeps_it() {
    let (mut world, alice, bob) = call(&[("Privacy", "id")]);
    let carol = world.registered(ACME, "103");
    let dialog = world.at(bob).up()[0];
    world.act(bob, |phone, now| phone.refer(now, dialog, "<sip:103@acme.localhost>", Vec::new()));
    world.run(5);
    assert_eq!(world.at(carol).said.last(), Some(&Said::Incoming("anonymous".into(), "Anonymous".into())));
    end(&mut world, alice);
}
