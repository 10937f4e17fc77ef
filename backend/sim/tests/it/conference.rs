//! Conference rooms: who comes in, who is heard, and when it is over (CONF-02, CONF-03, CONF-06, CONF-08, CONF-09, CONF-18, CONF-19).

use std::sync::Arc;
use std::time::Duration;

use shared::conference::{
    ConferenceChange, ConferenceRoom, ConferenceRoomSettings, ConferenceStanding, ParticipantState,
};
use shared::live::{Answer, Ask};
use shared::reason::Reason;
use shared::{ConferenceRoomId, ExtensionId, TenantId};
use sim::engine::Media;
use sim::{PhoneId, Said, Weather, World};
use sip::Transport;
use switch::{Config, Input};

use crate::call::{ACME, all_gone};
use crate::receptionist::{dial, press};
use crate::registration::stubbed;

pub const ROOM: ConferenceRoomId = ConferenceRoomId(1);
pub const TENANT: TenantId = TenantId(1);

pub fn room(change: impl FnOnce(&mut ConferenceRoomSettings)) -> ConferenceRoom {
    let mut settings =
        ConferenceRoomSettings { number: "8008".into(), subject: "Monday".into(), ..ConferenceRoomSettings::default() };
    change(&mut settings);
    ConferenceRoom { id: ROOM, tenant_id: TENANT, owner_id: None, settings }
}

pub fn set(world: &mut World, room: ConferenceRoom) {
    world.change_plan(ACME, |plan| plan.conference_rooms = vec![Arc::new(room)]);
}

/// A world with two media workers: rooms are on another than calls.
pub fn two_workers() -> World {
    let mut config = Config::new([7; 32], sim::world::CREDENTIAL_KEY);
    let server = sim::world::SERVER.to_string();
    config.sent_by = [Transport::Udp, Transport::Tcp, Transport::Ws].map(|one| (one, server.clone())).into();
    World::with(1, Weather::FAIR, config, Media::workers(1, 2))
}

/// 101, 102, 103 and 104 of Acme, and a room at 8008.
pub fn hall(change: impl FnOnce(&mut ConferenceRoomSettings)) -> (World, [PhoneId; 4]) {
    let mut world = two_workers();
    let phones = ["101", "102", "103", "104"].map(|number| world.registered(ACME, number));
    set(&mut world, room(change));
    for phone in phones {
        world.at(phone).said.clear();
    }
    (world, phones)
}

pub fn standing(world: &mut World) -> Option<ConferenceStanding> {
    match world.ask(Ask::Conferences(TENANT)) {
        Some(Answer::Conferences(mut standings)) => {
            assert!(standings.len() <= 1);
            standings.pop()
        }
        other => panic!("{other:?}"),
    }
}

pub fn change(world: &mut World, change: ConferenceChange, by: Option<i64>) -> Result<(), String> {
    let by = by.map(|by| ExtensionId(1_000 + by));
    match world.ask(Ask::ChangeConference(TENANT, ROOM, Box::new(change), by)) {
        Some(Answer::ConferenceChanged(done)) => done,
        other => panic!("{other:?}"),
    }
}

/// Who hears it when this phone speaks.
pub fn hear(world: &mut World, speaker: PhoneId, others: &[PhoneId]) -> Vec<bool> {
    world.run(2);
    let before: Vec<u64> = others.iter().map(|phone| world.at(*phone).sound).collect();
    world.speak(speaker, 30);
    world.run(1);
    others.iter().zip(before).map(|(phone, before)| world.at(*phone).sound >= before + 15).collect()
}

pub fn last(world: &mut World, phone: PhoneId) -> Option<Said> {
    world.at(phone).said.last().cloned()
}

pub fn hang_up(world: &mut World, phone: PhoneId) {
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(1);
}

// covers: CONF-09, CONF-17
#[test]
fn conf_09_all_who_dial_the_number_hear_all_others_and_not_themselves() {
    let (mut world, [alice, bob, carol, dave]) = hall(|_| {});
    for phone in [alice, bob, carol] {
        dial(&mut world, phone, "8008");
        assert_eq!(last(&mut world, phone), Some(Said::Answered));
    }
    assert_eq!(world.live_calls(), 3, "each has a call of its own");
    assert_eq!(hear(&mut world, alice, &[alice, bob, carol, dave]), [false, true, true, false]);
    assert_eq!(hear(&mut world, carol, &[alice, bob, carol]), [true, true, false]);
    let now = standing(&mut world).unwrap();
    let numbers: Vec<_> = now.participants.iter().map(|one| one.number.as_str()).collect();
    assert_eq!(numbers, ["101", "102", "103"]);
    assert!(now.participants.iter().all(|one| one.state == ParticipantState::Joined && !one.muted));
    assert!(world.ledger.speakers.iter().any(|speakers| *speakers == [now.participants[2].call_id]));
    assert_eq!(world.ledger.speakers.last(), Some(&Vec::new()), "nobody speaks any more");
    hang_up(&mut world, bob);
    assert_eq!(hear(&mut world, alice, &[bob, carol]), [false, true]);
    hang_up(&mut world, alice);
    hang_up(&mut world, carol);
    assert_eq!(standing(&mut world), None);
    all_gone(&mut world);
    for (record, trace) in &world.ledger.closed {
        assert_eq!((record.callee.as_str(), record.callee_name.as_str()), ("8008", "Monday"));
        assert_eq!((record.ended_reason, record.answered_at.is_some()), (Some(Reason::CallerHungUp), true));
        let codes: Vec<_> = trace.iter().map(|step| step.code).collect();
        assert!(codes.contains(&Reason::RoutedToConference) && codes.contains(&Reason::ConferenceJoined));
        assert!(!codes.contains(&Reason::ConferenceMoved), "its sound was there from the start");
    }
    assert!(world.ledger.rooms_changed.contains(&ROOM));
}

// covers: CONF-02
#[test]
fn conf_02_a_room_asks_for_its_pin_three_times_and_the_moderators_pin_makes_a_moderator() {
    let pins = |settings: &mut ConferenceRoomSettings| {
        (settings.pin, settings.moderator_pin) = ("1234".into(), "98765".into());
        settings.moderators = vec![ExtensionId(1_104)];
    };
    let (mut world, [alice, bob, carol, dave]) = hall(pins);
    dial(&mut world, alice, "8008");
    assert_eq!(standing(&mut world), None, "who types is not in it");
    press(&mut world, alice, "1234#");
    dial(&mut world, bob, "8008");
    press(&mut world, bob, "111#98765#");
    dial(&mut world, dave, "8008");
    let now = standing(&mut world).unwrap();
    let who: Vec<_> = now.participants.iter().map(|one| (one.number.as_str(), one.moderator)).collect();
    assert_eq!(who, [("102", true), ("104", true), ("101", false)]);
    dial(&mut world, carol, "8008");
    press(&mut world, carol, "1#000000");
    assert_eq!(world.at(carol).up().len(), 1);
    world.run(20);
    assert_eq!(world.at(carol).up().len(), 0, "nothing typed counts too, and that was the third time");
    let record = world.ledger.last().unwrap();
    assert_eq!(record.ended_reason, Some(Reason::ConferencePinWrong));
    for phone in [alice, bob, dave] {
        hang_up(&mut world, phone);
    }
    all_gone(&mut world);
}

// covers: CONF-03
#[test]
fn conf_03_the_next_caller_to_a_full_room_hears_that_and_is_refused() {
    let (mut world, [alice, bob, carol, _]) = hall(|settings| settings.participants_max = 2);
    dial(&mut world, alice, "8008");
    dial(&mut world, bob, "8008");
    dial(&mut world, carol, "8008");
    let said = world.at(carol).said.clone();
    assert_eq!(said[0], Said::EarlyMedia, "it is told before an answer");
    assert!(matches!(&said[1], Said::Failed(486, text) if text.contains("conference full")), "{said:?}");
    hang_up(&mut world, bob);
    dial(&mut world, carol, "8008");
    assert_eq!(last(&mut world, carol), Some(Said::Answered));
    hang_up(&mut world, alice);
    hang_up(&mut world, carol);
    all_gone(&mut world);
    let failed: Vec<_> = world.ledger.closed.iter().filter(|(record, _)| record.fail_code == 486).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].0.ended_reason, Some(Reason::ConferenceFull));
}

// covers: CONF-06
#[test]
fn conf_06_who_comes_and_leaves_is_heard_unless_the_room_is_silent() {
    for silent in [false, true] {
        let (mut world, [alice, bob, ..]) = hall(|settings| settings.silent = silent);
        dial(&mut world, alice, "8008");
        let heard = |world: &mut World, does: fn(&mut World, PhoneId)| {
            let before = world.at(alice).sound;
            does(world, bob);
            world.run(1);
            world.at(alice).sound - before
        };
        let comes = heard(&mut world, |world, bob| dial(world, bob, "8008"));
        let leaves = heard(&mut world, hang_up);
        for packets in [comes, leaves] {
            if silent {
                assert_eq!(packets, 0);
            } else {
                assert!((10..=20).contains(&packets), "0.3 s of a tone: {packets}");
            }
        }
        hang_up(&mut world, alice);
        all_gone(&mut world);
    }
}

#[test]
fn all_wait_with_music_until_a_moderator_is_there() {
    let (mut world, [alice, bob, carol, _]) = hall(|settings| {
        settings.waits_for_moderator = true;
        settings.moderator_pin = "98765".into();
        settings.moderators = vec![ExtensionId(1_103)];
    });
    dial(&mut world, alice, "8008");
    dial(&mut world, bob, "8008");
    assert_eq!(hear(&mut world, alice, &[bob]), [true], "the music");
    let before = world.at(bob).sound;
    world.run(4);
    assert!(world.at(bob).sound > before + 40, "it goes on while nobody speaks");
    assert!(standing(&mut world).unwrap().participants.iter().all(|one| one.state == ParticipantState::Waits));
    dial(&mut world, carol, "8008");
    assert!(standing(&mut world).unwrap().participants.iter().all(|one| one.state == ParticipantState::Joined));
    world.run(2);
    let before = world.at(bob).sound;
    world.run(4);
    assert_eq!(world.at(bob).sound, before, "no music any more");
    assert_eq!(hear(&mut world, alice, &[bob, carol]), [true, true]);
    for phone in [alice, bob, carol] {
        hang_up(&mut world, phone);
    }
    // One who waits becomes the moderator by telephone.
    dial(&mut world, bob, "8008");
    press(&mut world, bob, "*198765#");
    let now = standing(&mut world).unwrap();
    assert_eq!((now.participants[0].state, now.participants[0].moderator), (ParticipantState::Joined, true));
    hang_up(&mut world, bob);
    all_gone(&mut world);
}

// covers: CONF-08
#[test]
fn conf_08_a_room_that_is_deleted_ends_what_goes_on_in_it() {
    let (mut world, [alice, bob, carol, _]) = hall(|_| {});
    dial(&mut world, alice, "8008");
    dial(&mut world, bob, "8008");
    change(&mut world, ConferenceChange::Invite { number: "103".into() }, None).unwrap();
    world.change_plan(ACME, |plan| plan.conference_rooms.clear());
    world.run(1);
    for phone in [alice, bob, carol] {
        assert!(world.at(phone).up().is_empty());
    }
    assert_eq!(standing(&mut world), None);
    all_gone(&mut world);
    assert!(world.ledger.closed.iter().all(|(record, _)| record.ended_reason == Some(Reason::ConferenceRemoved)));
}

// covers: CONF-18
#[test]
fn conf_18_a_temporary_room_goes_with_its_last_and_one_that_nobody_enters_after_an_hour() {
    let (mut world, [alice, bob, ..]) = hall(|_| {});
    let temporary = ConferenceRoom { owner_id: Some(ExtensionId(1_101)), ..room(|_| {}) };
    set(&mut world, temporary.clone());
    dial(&mut world, bob, "8008");
    dial(&mut world, alice, "8008");
    assert!(standing(&mut world).unwrap().participants[0].moderator, "whose it is moderates it");
    assert_eq!(change(&mut world, ConferenceChange::Lock, Some(101)), Ok(()));
    hang_up(&mut world, bob);
    assert!(world.ledger.rooms_over.is_empty());
    hang_up(&mut world, alice);
    assert_eq!(world.ledger.rooms_over, [ROOM]);
    world.change_plan(ACME, |plan| plan.conference_rooms.clear());
    set(&mut world, temporary);
    world.run(3_590);
    assert_eq!(world.ledger.rooms_over.len(), 1);
    world.ledger.rooms_changed.clear();
    world.run(20);
    assert_eq!(world.ledger.rooms_over, [ROOM; 2]);
    assert!(world.ledger.rooms_changed.contains(&ROOM), "its owner's page learns that it is over");
    all_gone(&mut world);
}

// covers: CONF-18, CONF-10
#[test]
fn conf_18_a_temporary_room_outlives_a_first_invitation_that_comes_to_nothing() {
    let (mut world, [_, bob, ..]) = hall(|_| {});
    set(&mut world, ConferenceRoom { owner_id: Some(ExtensionId(1_101)), ..room(|_| {}) });
    world.run(1_800);
    world.act(bob, |phone, now| phone.register(now, 600));
    world.run(2);
    world.at(bob).manner = sim::Manner::Refuse(486);
    change(&mut world, ConferenceChange::Invite { number: "102".into() }, Some(101)).unwrap();
    world.run(3);
    assert_eq!(standing(&mut world), None);
    assert!(world.ledger.rooms_over.is_empty(), "nobody was ever in it");
    world.run(1_900);
    assert!(world.ledger.rooms_over.is_empty(), "its hour has begun anew");
    world.run(1_800);
    assert_eq!(world.ledger.rooms_over, [ROOM]);
    all_gone(&mut world);
}

// covers: CONF-19
#[test]
fn conf_19_two_hundred_take_part_in_one_room() {
    let mut world = stubbed(1, Weather::FAIR);
    let phones = ["101", "102", "103", "104"].map(|number| world.registered(ACME, number));
    set(&mut world, room(|settings| settings.participants_max = 200));
    world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = None);
    for phone in phones {
        for _ in 0..50 {
            world.act(phone, |phone, now| phone.call(now, "8008", Vec::new()));
        }
        world.run(2);
    }
    assert_eq!(standing(&mut world).unwrap().participants.len(), 200);
    dial(&mut world, phones[0], "8008");
    assert!(matches!(last(&mut world, phones[0]), Some(Said::Failed(486, _))));
    world.tell(Input::Drain);
    assert!(!world.drained);
    assert_eq!(change(&mut world, ConferenceChange::End, None), Ok(()));
    world.run(3);
    assert_eq!(standing(&mut world), None);
    assert!(world.drained, "a drain ends");
    assert_eq!(world.ledger.closed.len(), 201);
    all_gone(&mut world);
}

#[test]
fn who_holds_the_room_plays_it_no_music_and_a_lost_connection_is_waited_for() {
    let (mut world, [alice, bob, carol, _]) = hall(|_| {});
    for phone in [alice, bob, carol] {
        dial(&mut world, phone, "8008");
    }
    for direction in ["sendonly", "inactive"] {
        world.act(alice, |phone, now| phone.offer(now, direction));
        world.run(1);
        assert_eq!(hear(&mut world, alice, &[bob, carol]), [false; 2], "{direction}");
        assert_eq!(hear(&mut world, bob, &[alice, carol]), [false, true], "{direction}");
        world.act(alice, |phone, now| phone.offer(now, "sendrecv"));
        world.run(1);
        assert_eq!(hear(&mut world, alice, &[bob, carol]), [true; 2]);
        assert_eq!(hear(&mut world, bob, &[alice, carol]), [true; 2]);
    }
    for phone in [alice, bob, carol] {
        hang_up(&mut world, phone);
    }
    let erin = world.phone(ACME, "104", Transport::Tcp);
    world.act(erin, |phone, now| phone.register(now, 600));
    world.run(2);
    dial(&mut world, erin, "8008");
    dial(&mut world, bob, "8008");
    world.break_connection(erin);
    world.run(10);
    assert_eq!(standing(&mut world).unwrap().participants.len(), 2);
    world.run_for(Duration::from_secs(25));
    assert_eq!(standing(&mut world).unwrap().participants.len(), 1, "it has not come back");
    hang_up(&mut world, bob);
    hang_up(&mut world, erin);
    all_gone(&mut world);
}

#[test]
fn a_fault_in_the_tenants_code_ends_the_conference_and_its_recording() {
    let (mut world, [alice, bob, ..]) = hall(|settings| settings.records = true);
    dial(&mut world, alice, "8008");
    dial(&mut world, bob, "8008");
    world.faults_wanted = true;
    world.board.break_after(TENANT, 0);
    hang_up(&mut world, alice);
    world.run(3);
    assert!(world.board.has_broken());
    assert_eq!(standing(&mut world), None);
    let recording = world.ledger.recordings.values().next().unwrap();
    assert!(recording.millis.is_some());
    hang_up(&mut world, bob);
    dial(&mut world, alice, "8008");
    assert_eq!(standing(&mut world).unwrap().participants.len(), 1, "the next one begins anew");
    hang_up(&mut world, alice);
    all_gone(&mut world);
}
