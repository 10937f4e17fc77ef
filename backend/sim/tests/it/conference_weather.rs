//! Random conferences in every weather: whoever comes, is moved, held, handed on, muted or lost, nothing is left of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use shared::conference::ConferenceChange;
use shared::destination::Destination;
use shared::live::{Answer, Ask};
use shared::{CallId, ExtensionId};
use sim::dice::Dice;
use sim::engine::Media;
use sim::{Manner, PhoneId, Weather, World};
use sip::Transport;
use switch::Config;

use crate::call::ACME;
use crate::conference::{ROOM, TENANT, change, room, standing};
use crate::receptionist::{menu, rows, to};
use crate::weather::{check, seeds};

const INTO_ROOM: Destination = Destination::Conference { conference_room_id: ROOM };

fn pick<T: Copy>(dice: &mut Dice, all: &[T]) -> T {
    all[dice.below(all.len() as u64) as usize]
}

fn set_up(world: &mut World, dice: &mut Dice) {
    let temporary = dice.percent(20);
    let mut new = room(|settings| {
        settings.pin = pick(dice, &["", "", "1234"]).into();
        settings.moderator_pin = pick(dice, &["", "98765"]).into();
        settings.moderators = vec![ExtensionId(1_101)];
        settings.participants_max = pick(dice, &[2, 3, 9]);
        settings.waits_for_moderator = dice.percent(30);
        settings.records = dice.percent(30);
        settings.silent = dice.percent(30);
    });
    new.owner_id = temporary.then_some(ExtensionId(1_102));
    world.change_plan(ACME, |plan| {
        plan.conference_rooms = vec![Arc::new(new)];
        plan.receptionists = vec![menu(1, "555", |settings| settings.rows = rows(&[("1", to(INTO_ROOM))]))];
        plan.recording.announced = true;
        plan.quota.concurrent_calls_max = None;
    });
}

/// Six phones do what the dice say; then all hang up.
fn script(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let weather = if dice.percent(50) { Weather::FAIR } else { Weather::FOUL };
    let mut config = Config::new([7; 32], sim::world::CREDENTIAL_KEY);
    let server = sim::world::SERVER.to_string();
    config.sent_by = [Transport::Udp, Transport::Tcp, Transport::Ws].map(|one| (one, server.clone())).into();
    let media = if seed.is_multiple_of(4) { Media::stub() } else { Media::workers(seed, 2) };
    let mut world = World::with(seed, weather, config, media);
    let mut phones = Vec::new();
    for (number, transport) in [
        ("101", Transport::Udp),
        ("102", Transport::Tcp),
        ("103", Transport::Udp),
        ("103", Transport::Tcp),
        ("104", Transport::Udp),
        ("104", Transport::Udp),
    ] {
        let phone = world.phone(ACME, number, transport);
        world.act(phone, |phone, now| phone.register(now, phone.expires));
        world.run(3);
        phones.push(phone);
    }
    set_up(&mut world, &mut dice);
    for _ in 0..100 {
        let phone = pick(&mut dice, &phones);
        act(&mut world, &mut dice, phone);
        world.run_for(Duration::from_millis(dice.below(2_500)));
        is_sound(&mut world, seed);
    }
    for phone in phones {
        world.act(phone, |phone, now| phone.hang_up(now));
    }
    world.run(70);
    world
}

/// Each who takes part is a running call.
fn is_sound(world: &mut World, seed: u64) {
    let Some(Answer::LiveCalls(live)) = world.ask(Ask::LiveCalls(Some(TENANT))) else { panic!("no answer") };
    let live: BTreeSet<CallId> = live.into_iter().map(|call| call.id).collect();
    if let Some(now) = standing(world) {
        assert!(!now.participants.is_empty(), "BELFRY_SEED={seed}");
        for one in &now.participants {
            assert!(live.contains(&one.call_id), "BELFRY_SEED={seed}: {one:?}");
        }
    }
}

fn act(world: &mut World, dice: &mut Dice, phone: PhoneId) {
    let number = pick(dice, &["8008", "8008", "8008", "555", "102", "103"]);
    match dice.below(22) {
        5 => {
            world.act(phone, |phone, now| phone.call(now, "555", Vec::new()));
            world.run(1);
            world.act(phone, |phone, now| phone.press(now, '1'));
        }
        0..=4 => {
            world.act(phone, |phone, now| phone.call(now, number, Vec::new()));
        }
        6 => world.act(phone, |phone, now| phone.hang_up(now)),
        7 => {
            let direction = pick(dice, &["sendonly", "inactive", "sendrecv", "sendrecv"]);
            world.act(phone, |phone, now| phone.offer(now, direction));
        }
        8..=11 => {
            for key in pick(dice, &["1", "1234#", "98765#", "*6", "*198765#", "*5", "*8", "*9", "*0", "8008"]).chars() {
                world.act(phone, |phone, now| phone.press(now, key));
                world.run_for(Duration::from_millis(300));
            }
        }
        12 => {
            world.at(phone).manner = pick(
                dice,
                &[
                    Manner::Answer(Duration::ZERO),
                    Manner::Ring,
                    Manner::Answer(Duration::from_secs(2)),
                    Manner::Refuse(486),
                ],
            );
            world.at(phone).refuses_offers = pick(dice, &[None, None, Some(488), Some(491)]);
        }
        13 => {
            world.break_connection(phone);
            world.act(phone, |phone, now| phone.register(now, 600));
        }
        14 | 15 => {
            let up = world.at(phone).up();
            if let Some(dialog) = up.first().copied() {
                let other =
                    up.get(1).and_then(|other| world.at(phone).replaces_of(*other)).filter(|_| dice.percent(60));
                let to = match other {
                    Some(replaces) => format!("<sip:x@acme.localhost?Replaces={}>", replaces.replace(';', "%3B")),
                    None => format!("<sip:{number}@acme.localhost>"),
                };
                world.act(phone, |phone, now| phone.refer(now, dialog, &to, Vec::new()));
            }
        }
        16 => set_up(world, dice),
        17 => {
            let number = pick(dice, &["101", "102", "103", "104", "9999"]).to_owned();
            change(world, ConferenceChange::Invite { number }, None).ok();
        }
        18 => {
            let now = standing(world);
            let Some(one) = now.as_ref().and_then(|now| now.participants.first()) else { return };
            let call_id = one.call_id;
            let changes = [
                ConferenceChange::Mute { call_id },
                ConferenceChange::Unmute { call_id },
                ConferenceChange::Promote { call_id },
                ConferenceChange::Demote { call_id },
                ConferenceChange::HangUp { call_id },
                ConferenceChange::MuteAll,
                ConferenceChange::Record,
                ConferenceChange::StopRecording,
                ConferenceChange::Unlock,
                ConferenceChange::End,
            ];
            let chosen = changes[dice.below(changes.len() as u64) as usize].clone();
            change(world, chosen, None).ok();
        }
        19 if dice.percent(30) => world.change_plan(ACME, |plan| plan.conference_rooms.clear()),
        20 => world.act(phone, |phone, _| phone.forget()),
        _ => world.speak(phone, 10),
    }
}

// covers: R12, CONF-09
#[test]
fn r12_random_conferences_leave_no_dialog_no_leg_and_one_record_a_call() {
    let (mut joined, mut moved) = (0, 0);
    for seed in seeds(12) {
        let mut world = script(seed);
        check(&mut world, seed);
        assert_eq!(standing(&mut world), None, "BELFRY_SEED={seed}");
        let open = world.ledger.recordings.values().filter(|recording| recording.millis.is_none()).count();
        assert_eq!(open, 0, "BELFRY_SEED={seed}: a recording goes on");
        for (_, trace) in &world.ledger.closed {
            let has = |code| trace.iter().any(|step| step.code == code);
            joined += u32::from(has(shared::reason::Reason::ConferenceJoined));
            moved += u32::from(has(shared::reason::Reason::ConferenceMoved));
        }
    }
    assert!(joined > 30 && moved > 5, "{joined} joined, {moved} were moved");
}
