//! What is done in a conference room, by an administrator, a moderator's page and the keys of telephones (CONF-07, CONF-10…CONF-16).

use shared::call_record::CallDirection;
use shared::conference::{ConferenceChange, ParticipantState};
use shared::live::{Answer, Ask};
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::simulation::SimulateCall;
use shared::{CallId, ExtensionId};
use sim::{Manner, PhoneId, Said, World};

use crate::call::{ACME, all_gone};
use crate::conference::{TENANT, change, hall, hang_up, hear, last, room, set, standing};
use crate::receptionist::{dial, press};
use crate::trunk::{abroad, run};

fn call_of(world: &mut World, number: &str) -> CallId {
    let now = standing(world).unwrap();
    now.participants.iter().find(|one| one.number == number).unwrap().call_id
}

/// Alice (101), who moderates, Bob (102) and Carol (103) in the room; Dave (104) is outside.
fn met() -> (World, [PhoneId; 4]) {
    let (mut world, phones) = hall(|settings| settings.moderators = vec![ExtensionId(1_101)]);
    for phone in &phones[..3] {
        dial(&mut world, *phone, "8008");
    }
    (world, phones)
}

fn end(world: &mut World) {
    assert_eq!(change(world, ConferenceChange::End, None), Ok(()));
    world.run(2);
    assert_eq!(standing(world), None);
    all_gone(world);
}

// covers: CONF-11, CONF-10
#[test]
fn conf_11_a_locked_room_refuses_who_dials_and_takes_who_is_invited() {
    let (mut world, [_, bob, _, dave]) = met();
    assert!(change(&mut world, ConferenceChange::Lock, Some(102)).unwrap_err().contains("moderator"));
    assert_eq!(change(&mut world, ConferenceChange::Lock, Some(101)), Ok(()));
    assert!(standing(&mut world).unwrap().locked);
    dial(&mut world, dave, "8008");
    assert!(matches!(last(&mut world, dave), Some(Said::Failed(403, text)) if text.contains("conference locked")));
    change(&mut world, ConferenceChange::Invite { number: "104".into() }, Some(101)).unwrap();
    let states = |world: &mut World| standing(world).unwrap().participants.last().map(|one| one.state);
    world.run(1);
    assert_eq!(states(&mut world), Some(ParticipantState::Invited));
    assert!(matches!(last(&mut world, dave), Some(Said::Incoming(from, name)) if from == "8008" && name == "Monday"));
    world.run(3);
    assert_eq!(states(&mut world), Some(ParticipantState::Joined));
    assert_eq!(hear(&mut world, bob, &[dave]), [true]);
    change(&mut world, ConferenceChange::Unlock, None).unwrap();
    hang_up(&mut world, dave);
    dial(&mut world, dave, "8008");
    assert_eq!(last(&mut world, dave), Some(Said::Answered));
    end(&mut world);
}

// covers: CONF-10
#[test]
fn conf_10_who_does_not_answer_or_may_not_be_called_does_not_come() {
    let (mut world, [alice, _, carol, dave]) = met();
    world.at(dave).manner = Manner::Refuse(486);
    let invite = |number: &str| ConferenceChange::Invite { number: number.into() };
    change(&mut world, invite("104"), None).unwrap();
    world.run(2);
    assert_eq!(standing(&mut world).unwrap().participants.len(), 3);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!((record.caller.as_str(), record.callee.as_str()), ("8008", "104"));
    assert_eq!((record.ended_reason, record.direction), (Some(Reason::DeviceBusy), CallDirection::Ext));
    assert!(world.ledger.last_trace().contains(&Reason::ConferenceInvites));
    for (number, why) in [("999", "999"), ("00442345", "00442345"), ("x", "digits")] {
        let refused = change(&mut world, invite(number), None).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    world.change_plan(ACME, |plan| plan.extensions[3].presence.status = PresenceStatus::DoNotDisturb);
    assert!(change(&mut world, invite("104"), None).is_err());
    world.change_plan(ACME, |plan| plan.extensions[3].presence.status = PresenceStatus::Available);
    // Whoever is still called when the last leaves is called no more.
    world.at(dave).manner = Manner::Ring;
    change(&mut world, invite("104"), None).unwrap();
    world.run(1);
    for phone in [alice, carol] {
        hang_up(&mut world, phone);
    }
    let bob = call_of(&mut world, "102");
    change(&mut world, ConferenceChange::HangUp { call_id: bob }, None).unwrap();
    world.run(1);
    assert!(matches!(last(&mut world, dave), Some(Said::Cancelled(_))));
    assert_eq!(standing(&mut world), None);
    // An administrator may call somebody into a room in which nobody is.
    world.at(dave).manner = Manner::Answer(std::time::Duration::from_secs(1));
    change(&mut world, invite("104"), None).unwrap();
    world.run(3);
    assert_eq!(standing(&mut world).unwrap().participants.len(), 1);
    end(&mut world);
}

// covers: CONF-07, CONF-10
#[test]
fn conf_07_who_is_invited_outside_is_called_by_the_rules_with_the_rooms_number() {
    let (mut world, alice, mut one, mut two) = abroad();
    set(&mut world, room(|settings| settings.outbound_caller_id = "49301112".into()));
    dial(&mut world, alice, "8008");
    change(&mut world, ConferenceChange::Invite { number: "00442345".into() }, None).unwrap();
    run(&mut world, &mut [&mut one, &mut two], 2);
    let invite = one.of("INVITE")[0];
    assert_eq!(invite.request_uri().unwrap().text, "sip:+442345@carrier1.example");
    assert!(invite.header("From").unwrap().contains("sip:49301112@"), "{:?}", invite.header("From"));
    let now = standing(&mut world).unwrap();
    assert_eq!((now.participants[1].number.as_str(), now.participants[1].state), ("+442345", ParticipantState::Joined));
    hang_up(&mut world, alice);
    let call_id = now.participants[1].call_id;
    change(&mut world, ConferenceChange::HangUp { call_id }, None).unwrap();
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(one.of("BYE").len(), 1);
    all_gone(&mut world);
    let outside = world.ledger.closed.iter().find(|(record, _)| record.direction == CallDirection::Out).unwrap();
    assert_eq!(outside.0.outbound_caller_id, "49301112");
}

// covers: CONF-13, CONF-14
#[test]
fn conf_14_only_who_is_muted_is_silent_and_in_a_muted_room_moderators_are_heard() {
    let (mut world, [alice, bob, carol, _]) = met();
    let call_id = call_of(&mut world, "102");
    change(&mut world, ConferenceChange::Mute { call_id }, None).unwrap();
    assert_eq!(hear(&mut world, bob, &[alice, carol]), [false; 2]);
    assert_eq!(hear(&mut world, carol, &[alice, bob]), [true; 2]);
    press(&mut world, bob, "*6");
    assert_eq!(hear(&mut world, bob, &[alice]), [false], "a key does not undo it");
    change(&mut world, ConferenceChange::Unmute { call_id }, None).unwrap();
    assert_eq!(hear(&mut world, bob, &[alice]), [true]);
    change(&mut world, ConferenceChange::MuteAll, None).unwrap();
    assert_eq!(hear(&mut world, bob, &[alice, carol]), [false; 2]);
    assert_eq!(hear(&mut world, alice, &[bob, carol]), [true; 2]);
    assert!(standing(&mut world).unwrap().muted);
    change(&mut world, ConferenceChange::UnmuteAll, None).unwrap();
    assert_eq!(hear(&mut world, bob, &[alice, carol]), [true; 2]);
    end(&mut world);
}

// covers: CONF-16
#[test]
fn conf_16_one_is_sent_out_and_the_others_stay() {
    let (mut world, [alice, bob, carol, _]) = met();
    let call_id = call_of(&mut world, "102");
    change(&mut world, ConferenceChange::HangUp { call_id }, Some(101)).unwrap();
    world.run(1);
    assert!(world.at(bob).up().is_empty());
    assert_eq!(hear(&mut world, alice, &[carol]), [true]);
    assert_eq!(world.ledger.last().map(|record| record.ended_reason), Some(Some(Reason::ConferenceSentOut)));
    assert!(change(&mut world, ConferenceChange::HangUp { call_id }, None).is_err());
    let call_id = call_of(&mut world, "103");
    change(&mut world, ConferenceChange::Promote { call_id }, None).unwrap();
    assert_eq!(change(&mut world, ConferenceChange::Lock, Some(103)), Ok(()));
    change(&mut world, ConferenceChange::Demote { call_id }, None).unwrap();
    assert!(change(&mut world, ConferenceChange::Unlock, Some(103)).is_err());
    end(&mut world);
}

// covers: CONF-12
#[test]
fn conf_12_a_room_is_one_recording_from_start_to_stop_or_to_the_last() {
    let (mut world, [alice, bob, carol, _]) = met();
    assert!(world.ledger.recordings.is_empty());
    change(&mut world, ConferenceChange::Record, Some(101)).unwrap();
    assert!(standing(&mut world).unwrap().recorded);
    world.run(5);
    hang_up(&mut world, alice);
    world.run(5);
    change(&mut world, ConferenceChange::StopRecording, None).unwrap();
    world.run(1);
    let recording = world.ledger.recordings.values().next().unwrap().clone();
    assert_eq!((recording.callee.as_str(), recording.callee_name.as_str(), recording.tracks), ("8008", "Monday", 1));
    assert!((10_000..13_000).contains(&recording.millis.unwrap()), "whoever left in between: {recording:?}");
    change(&mut world, ConferenceChange::Record, None).unwrap();
    world.run(5);
    hang_up(&mut world, bob);
    hang_up(&mut world, carol);
    assert_eq!(world.ledger.recordings.len(), 2);
    assert!(world.ledger.recordings.values().all(|recording| recording.millis.is_some()));
    assert!(change(&mut world, ConferenceChange::Record, None).is_err(), "nobody is there");
    set(&mut world, room(|settings| settings.records = true));
    dial(&mut world, bob, "8008");
    assert_eq!(world.ledger.recordings.len(), 3, "from its beginning");
    hang_up(&mut world, bob);
    all_gone(&mut world);
    assert!(world.ledger.last_trace().contains(&Reason::ConferenceRecorded));
}

// covers: CONF-12
#[test]
fn conf_12_a_recording_ends_when_its_sound_is_whole_or_all_media_is_gone() {
    // The stub tells nothing of a room's recording.
    let mut world = crate::registration::stubbed(1, sim::Weather::FAIR);
    let alice = world.registered(ACME, "101");
    set(&mut world, room(|settings| settings.records = true));
    dial(&mut world, alice, "8008");
    world.run(5);
    change(&mut world, ConferenceChange::StopRecording, None).unwrap();
    world.run(5);
    assert!(!standing(&mut world).unwrap().recorded);
    let millis = |world: &World| world.ledger.recordings.values().map(|recording| recording.millis).collect::<Vec<_>>();
    assert_eq!(millis(&world), [None], "more of it may come");
    hang_up(&mut world, alice);
    let [Some(millis)] = millis(&world)[..] else { panic!("all media is gone") };
    assert!((5_000..8_000).contains(&millis), "up to the stop: {millis}");
    all_gone(&mut world);
}

// covers: CONF-12
#[test]
fn conf_12_a_recording_that_was_stopped_does_not_begin_again_with_the_next_who_comes() {
    let (mut world, [alice, bob, carol, _]) = hall(|settings| settings.records = true);
    dial(&mut world, alice, "8008");
    assert!(standing(&mut world).unwrap().recorded);
    change(&mut world, ConferenceChange::StopRecording, None).unwrap();
    dial(&mut world, bob, "8008");
    dial(&mut world, carol, "8008");
    assert!(!standing(&mut world).unwrap().recorded);
    assert_eq!(world.ledger.recordings.len(), 1);
    end(&mut world);
    dial(&mut world, bob, "8008");
    assert!(standing(&mut world).unwrap().recorded, "the next conference is recorded from its beginning");
    end(&mut world);
}

// covers: CONF-11, CONF-12, CONF-13
#[test]
fn conf_13_the_keys_of_a_telephone_do_what_the_page_does() {
    let (mut world, [alice, bob, carol, _]) = met();
    for keys in ["*5", "*8", "*9", "*0", "6", "**"] {
        press(&mut world, bob, keys);
    }
    let now = standing(&mut world).unwrap();
    assert!(!now.locked && !now.muted && !now.recorded && now.participants.len() == 3, "{now:?}");
    press(&mut world, bob, "*6");
    assert_eq!(hear(&mut world, bob, &[alice, carol]), [false; 2]);
    press(&mut world, bob, "*6");
    assert_eq!(hear(&mut world, bob, &[alice, carol]), [true; 2]);
    press(&mut world, bob, "*7");
    press(&mut world, alice, "*5*8*9");
    let now = standing(&mut world).unwrap();
    assert!(now.locked && now.muted && now.recorded, "{now:?}");
    press(&mut world, alice, "*5*8*9");
    let now = standing(&mut world).unwrap();
    assert!(!now.locked && !now.muted && !now.recorded, "{now:?}");
    press(&mut world, alice, "*");
    world.run(6);
    press(&mut world, alice, "0");
    assert!(standing(&mut world).is_some(), "a star is not waited behind for ever");
    press(&mut world, alice, "*0");
    world.run(2);
    assert_eq!(standing(&mut world), None);
    all_gone(&mut world);
    assert!(world.ledger.closed.iter().all(|(record, _)| record.ended_reason == Some(Reason::ConferenceEnded)));
}

#[test]
fn who_is_no_moderator_and_another_room_are_told_apart() {
    let (mut world, _) = met();
    let nowhere = Ask::ChangeConference(TENANT, shared::ConferenceRoomId(9), Box::new(ConferenceChange::Lock), None);
    assert!(matches!(world.ask(nowhere), Some(Answer::ConferenceChanged(Err(_)))));
    end(&mut world);
    assert!(change(&mut world, ConferenceChange::Lock, None).unwrap_err().contains("Nobody"));
}

// covers: CONF-09
#[test]
fn conf_09_a_call_that_is_tried_out_is_told_of_the_room() {
    let (mut world, _) = met();
    let tried = |world: &mut World| {
        let call =
            SimulateCall { extension_id: Some(ExtensionId(1_104)), dialled: "8008".into(), ..SimulateCall::default() };
        match world.ask(Ask::Simulate(TENANT, Box::new(call))) {
            Some(Answer::Simulation(Some(simulation))) => *simulation,
            other => panic!("{other:?}"),
        }
    };
    let simulation = tried(&mut world);
    assert_eq!((simulation.status, simulation.rung.len()), (None, 0));
    assert!(simulation.steps.iter().any(|step| step.code == Reason::RoutedToConference));
    change(&mut world, ConferenceChange::Lock, None).unwrap();
    let simulation = tried(&mut world);
    assert_eq!(simulation.status, Some(403));
    assert_eq!(simulation.steps.last().map(|step| step.code), Some(Reason::ConferenceLocked));
    end(&mut world);
}
