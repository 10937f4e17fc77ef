//! Calls that are led into a conference room, whose sound is on another media worker than theirs (CONF-09).

use shared::destination::Destination;
use shared::reason::Reason;
use shared::ring_group::{RingGroup, RingGroupSettings};
use shared::{ExtensionId, RingGroupId, TenantId};
use sim::{Manner, PhoneId, Said, World};

use crate::call::{ACME, all_gone};
use crate::conference::{ROOM, hall, hang_up, hear, last, standing};
use crate::receptionist::{dial, menu, press, rows, to};
use crate::transfer::{connect, refer};
use crate::trunk::{Carrier, contact_told, final_status, inbound, run};

const INTO_ROOM: Destination = Destination::Conference { conference_room_id: ROOM };

/// Does somebody who was led in hear the others, and they it, and nobody itself?
fn is_in(world: &mut World, led: PhoneId, others: &[PhoneId]) {
    let all = vec![true; others.len()];
    assert_eq!(hear(world, led, others), all);
    assert_eq!(hear(world, led, &[led]), [false]);
    for other in others {
        assert_eq!(hear(world, *other, &[led, *other]), [true, false]);
    }
}

// covers: CONF-09
#[test]
fn conf_09_a_receptionist_leads_into_a_room_on_another_media_worker() {
    let (mut world, [alice, bob, ..]) = hall(|settings| settings.pin = "1234".into());
    world.change_plan(ACME, |plan| {
        plan.receptionists = vec![menu(1, "555", |settings| settings.rows = rows(&[("1", to(INTO_ROOM))]))];
    });
    dial(&mut world, bob, "8008");
    press(&mut world, bob, "1234#");
    dial(&mut world, alice, "555");
    press(&mut world, alice, "1");
    press(&mut world, alice, "1234#");
    world.run(2);
    is_in(&mut world, alice, &[bob]);
    assert_eq!(world.media.legs(), 2, "nothing is left where it was");
    // What goes on in the call goes on: hold, keys, a new offer.
    world.act(alice, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    assert_eq!(hear(&mut world, alice, &[bob]), [false]);
    world.act(alice, |phone, now| phone.offer(now, "sendrecv"));
    world.run(1);
    is_in(&mut world, alice, &[bob]);
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::ConferenceMoved));
    hang_up(&mut world, bob);
    all_gone(&mut world);
    assert!(!world.ledger.last_trace().contains(&Reason::ConferenceMoved), "who dials is there at once");
}

// covers: CONF-09
#[test]
fn conf_09_a_typed_number_on_the_same_worker_is_joined_without_a_word_to_the_phone() {
    let mut world = crate::registration::fair();
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    crate::conference::set(&mut world, crate::conference::room(|_| {}));
    world.change_plan(ACME, |plan| plan.receptionists = vec![menu(1, "555", |_| {})]);
    dial(&mut world, bob, "8008");
    dial(&mut world, alice, "555");
    world.at(alice).invite = None;
    press(&mut world, alice, "8008");
    world.run(3);
    is_in(&mut world, alice, &[bob]);
    assert!(world.at(alice).invite.is_none(), "its sound was taken over");
    hang_up(&mut world, alice);
    hang_up(&mut world, bob);
    all_gone(&mut world);
}

// covers: CONF-09
#[test]
fn conf_09_a_phone_that_refuses_the_new_offer_is_let_go_with_its_reason() {
    let (mut world, [alice, bob, ..]) = hall(|_| {});
    world.change_plan(ACME, |plan| plan.receptionists = vec![menu(1, "555", |_| {})]);
    dial(&mut world, bob, "8008");
    dial(&mut world, alice, "555");
    world.at(alice).refuses_offers = Some(488);
    press(&mut world, alice, "8008");
    world.run(3);
    assert!(matches!(last(&mut world, alice), Some(Said::Ended(_))));
    assert_eq!(world.ledger.last().map(|record| record.ended_reason), Some(Some(Reason::OfferRefused)));
    assert_eq!(standing(&mut world).unwrap().participants.len(), 1);
    // One that hangs up in the middle of it leaves nothing behind.
    world.at(alice).refuses_offers = None;
    dial(&mut world, alice, "555");
    press(&mut world, alice, "800");
    world.act(alice, |phone, now| phone.press(now, '8'));
    world.run_for(std::time::Duration::from_millis(30));
    hang_up(&mut world, alice);
    hang_up(&mut world, bob);
    all_gone(&mut world);
}

// covers: CONF-09
#[test]
fn conf_09_a_call_is_transferred_into_a_room() {
    let (mut world, [alice, bob, carol, _]) = hall(|_| {});
    dial(&mut world, carol, "8008");
    dial(&mut world, alice, "102");
    world.run(4);
    refer(&mut world, bob, "<sip:8008@acme.localhost>");
    world.run(3);
    assert!(world.at(bob).up().is_empty());
    is_in(&mut world, alice, &[carol]);
    let now = standing(&mut world).unwrap();
    assert_eq!(now.participants.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(), ["103", "101"]);
    hang_up(&mut world, alice);
    hang_up(&mut world, carol);
    all_gone(&mut world);
}

// covers: CONF-09, CTI-03
#[test]
fn cti_03_whoever_listens_to_an_extension_that_is_led_into_a_room_is_let_go() {
    let (mut world, [alice, bob, carol, dave]) = hall(|_| {});
    world.change_plan(ACME, |plan| {
        let all = switch::Monitored { all: true, ..switch::Monitored::default() };
        plan.monitoring = switch::MonitorPlan { enabled: true, monitors: [(ExtensionId(1_104), all)].into() };
    });
    dial(&mut world, carol, "8008");
    dial(&mut world, alice, "102");
    world.run(4);
    let listening = shared::live::Ask::Monitor(
        TenantId(1),
        ExtensionId(1_104),
        ExtensionId(1_101),
        shared::monitor::MonitorLevel::Listen,
    );
    world.ask(listening);
    world.run(4);
    assert_eq!(world.at(dave).up().len(), 1);
    refer(&mut world, bob, "<sip:8008@acme.localhost>");
    world.run(3);
    assert!(world.at(dave).up().is_empty(), "{:?}", last(&mut world, dave));
    is_in(&mut world, alice, &[carol]);
    hang_up(&mut world, alice);
    hang_up(&mut world, carol);
    all_gone(&mut world);
}

// covers: CONF-09
#[test]
fn conf_09_who_asks_in_the_room_before_hands_on_its_own_place() {
    for swapped in [false, true] {
        let (mut world, [alice, bob, carol, _]) = hall(|settings| settings.pin = "1234".into());
        dial(&mut world, carol, "8008");
        press(&mut world, carol, "1234#");
        dial(&mut world, alice, "102");
        world.run(4);
        let first = world.at(bob).up()[0];
        world.act(bob, |phone, now| phone.offer(now, "sendonly"));
        world.run(1);
        let second = world.act(bob, |phone, now| phone.call(now, "8008", Vec::new()));
        world.run(1);
        let headers = vec![sip::Header::new("Content-Type", "application/dtmf-relay")];
        for key in "1234#".chars() {
            let body = bytes::Bytes::from(format!("Signal={key}\r\nDuration=160\r\n"));
            world.act(bob, |phone, now| {
                phone.stack.request_in_dialog(now, second, "INFO", headers.clone(), body);
            });
            world.run(1);
        }
        assert_eq!(standing(&mut world).unwrap().participants.len(), 2);
        world.at(bob).said.clear();
        let (of, with) = if swapped { (second, first) } else { (first, second) };
        connect(&mut world, bob, of, with);
        world.run(3);
        assert!(world.at(bob).said.contains(&Said::Notified(200, true)), "{:?}", world.at(bob).said);
        assert!(world.at(bob).up().is_empty(), "both calls of his are over");
        let now = standing(&mut world).unwrap();
        assert_eq!(now.participants.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(), ["103", "101"]);
        is_in(&mut world, alice, &[carol]);
        hang_up(&mut world, alice);
        hang_up(&mut world, carol);
        all_gone(&mut world);
    }
}

// covers: CONF-09
#[test]
fn conf_09_an_inbound_rule_and_a_group_that_nobody_answers_for_lead_into_a_room() {
    let (mut world, [alice, bob, ..]) = hall(|_| {});
    let mut one = Carrier::new(1);
    world.set_trunks(vec![one.plan(1, "49301110-49301119")]);
    let settings = RingGroupSettings {
        number: "600".into(),
        name: "Sales".into(),
        ring_seconds: 5,
        members: vec![ExtensionId(1_102)],
        otherwise: INTO_ROOM,
        ..RingGroupSettings::default()
    };
    world.change_plan(ACME, |plan| {
        plan.inbound_rules = vec![inbound(1, "49301110", "", INTO_ROOM)];
        plan.ring_groups = vec![RingGroup { id: RingGroupId(1), tenant_id: TenantId(1), settings }];
    });
    one.call(&mut world, "+4940777", "+49301110");
    run(&mut world, &mut [&mut one], 1);
    assert_eq!(final_status(&one), Some(200));
    assert!(contact_told(&one).ends_with(";isfocus"), "{}", contact_told(&one));
    world.at(bob).manner = Manner::Ring;
    dial(&mut world, alice, "600");
    run(&mut world, &mut [&mut one], 8);
    assert_eq!(last(&mut world, alice), Some(Said::Answered));
    let now = standing(&mut world).unwrap();
    assert_eq!(now.participants.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(), ["+4940777", "101"]);
    hang_up(&mut world, alice);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::ConferenceJoined) && !trace.contains(&Reason::ConferenceMoved), "{trace:?}");
    crate::conference::change(&mut world, shared::conference::ConferenceChange::End, None).unwrap();
    run(&mut world, &mut [&mut one], 40);
    all_gone(&mut world);
}

// covers: CONF-10
#[test]
fn conf_10_a_moderators_telephone_invites_by_refer_and_is_told_how_that_goes() {
    let (mut world, [alice, bob, carol, dave]) = hall(|settings| settings.moderators = vec![ExtensionId(1_101)]);
    dial(&mut world, alice, "8008");
    dial(&mut world, bob, "8008");
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(2);
    assert_eq!(last(&mut world, bob), Some(Said::Response(403)), "for moderators alone");
    refer(&mut world, alice, "<sip:103@acme.localhost>");
    world.run(1);
    assert_eq!(last(&mut world, alice), Some(Said::Notified(100, false)));
    world.run(3);
    assert_eq!(last(&mut world, alice), Some(Said::Notified(200, true)));
    is_in(&mut world, carol, &[alice, bob]);
    world.at(dave).manner = Manner::Refuse(486);
    refer(&mut world, alice, "<sip:104@acme.localhost>");
    world.run(2);
    assert_eq!(last(&mut world, alice), Some(Said::Notified(486, true)));
    refer(&mut world, alice, "<sip:998@acme.localhost>");
    world.run(2);
    assert_eq!(last(&mut world, alice), Some(Said::Response(404)));
    for phone in [alice, bob, carol] {
        hang_up(&mut world, phone);
    }
    all_gone(&mut world);
}
