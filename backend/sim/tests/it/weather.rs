//! Loss, delay, doubles and disorder from seeds; random scripts against what must always hold. `BELFRY_SEED=n` runs one
//! seed alone, `BELFRY_SEEDS=n` the first so many.

use std::time::Duration;

use sim::dice::Dice;
use sim::{Manner, PhoneId, Weather, World};

use crate::call::ACME;
use crate::registration::stubbed;
use sip::Transport;

pub fn seeds(count: u64) -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("BELFRY_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("BELFRY_SEEDS").unwrap_or(count)).collect(),
    }
}

/// What must hold of every history, whatever happened in it.
pub fn check(world: &mut World, seed: u64) {
    // Longer than every timer of RFC 3261, and long enough for session timers to find the vanished.
    world.run(400);
    let sizes = world.board.sizes();
    assert_eq!(
        (sizes.calls, sizes.owned_dialogs, sizes.dialogs, sizes.transactions),
        (0, 0, 0, 0),
        "BELFRY_SEED={seed}"
    );
    assert_eq!(world.media.legs(), 0, "BELFRY_SEED={seed}");
    assert!(world.ledger.open.is_empty(), "BELFRY_SEED={seed}: a record is open");
    assert!(world.ledger.complaints.is_empty(), "BELFRY_SEED={seed}: {:?}", world.ledger.complaints);
    for (record, trace) in &world.ledger.closed {
        let (start, end) = (record.started_at, record.ended_at.unwrap());
        let between = [record.rang_at, record.answered_at].into_iter().flatten();
        assert!(start <= end && between.into_iter().all(|at| start <= at && at <= end), "BELFRY_SEED={seed}");
        assert!(!trace.is_empty(), "BELFRY_SEED={seed}");
    }
}

// covers: R6
#[test]
fn r6_calls_complete_with_one_record_each_when_a_fifth_of_all_datagrams_is_lost() {
    let (mut answered, mut calls) = (0, 0);
    for seed in seeds(50) {
        let mut world = stubbed(seed, Weather::FOUL);
        let alice = world.registered(ACME, "101");
        let bob = world.registered(ACME, "102");
        world.run(40);
        for _ in 0..3 {
            world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
            world.run(20);
            calls += 1;
            answered += world.at(alice).up().len();
            world.act(bob, |phone, now| phone.hang_up(now));
            world.run(40);
            world.act(alice, |phone, now| phone.hang_up(now));
            world.run(40);
        }
        check(&mut world, seed);
        assert!(world.ledger.closed.len() <= 3, "BELFRY_SEED={seed}: more records than calls");
    }
    assert!(answered * 100 >= calls * 90, "{answered} of {calls} were answered");
}

// covers: R12
#[test]
fn r12_random_scripts_leave_no_dialog_no_leg_and_one_record_a_call() {
    for seed in seeds(60) {
        let mut world = script(seed);
        check(&mut world, seed);
    }
}

#[test]
fn one_seed_is_one_history() {
    let (mut one, mut other) = (script(7), script(7));
    check(&mut one, 7);
    check(&mut other, 7);
    assert!(one.ledger.closed.len() > 5);
    assert_eq!(one.ledger.closed, other.ledger.closed);
    assert_ne!(one.ledger.closed, script(8).ledger.closed);
}

/// Eight phones in two tenants do what the dice say; then all hang up.
fn script(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let weather = if dice.percent(50) { Weather::FAIR } else { Weather::FOUL };
    // One script in three with the real media engine.
    let mut world = if seed.is_multiple_of(3) { World::new(seed, weather) } else { stubbed(seed, weather) };
    let mut phones = Vec::new();
    for (domain, transport) in [(ACME, Transport::Udp), ("globex.localhost", Transport::Tcp)] {
        for number in ["101", "101", "102", "103"] {
            let phone = world.phone(domain, number, transport);
            world.act(phone, |phone, now| phone.register(now, phone.expires));
            world.run(3);
            world.at(phone).refusal_headers = vec![sip::Header::new("Contact", "<sip:103@acme.localhost>")];
            phones.push(phone);
        }
    }
    for _ in 0..80 {
        let phone = phones[dice.below(phones.len() as u64) as usize];
        act(&mut world, &mut dice, phone);
        world.run_for(Duration::from_millis(dice.below(4_000)));
        assert!(world.live_calls() <= 40, "BELFRY_SEED={seed}");
    }
    for phone in phones {
        world.act(phone, |phone, now| phone.hang_up(now));
    }
    world.run(70);
    world
}

fn act(world: &mut World, dice: &mut Dice, phone: PhoneId) {
    let numbers = ["101", "102", "103", "104", "999", "sip:101@acme.localhost"];
    let number = numbers[dice.below(numbers.len() as u64) as usize];
    match dice.below(18) {
        0..=4 => {
            world.act(phone, |phone, now| phone.call(now, number, Vec::new()));
        }
        5 | 6 => world.act(phone, |phone, now| phone.hang_up(now)),
        7 => world.act(phone, |phone, now| phone.offer(now, "sendonly")),
        8 => world.act(phone, |phone, now| phone.offer(now, "sendrecv")),
        9 => world.act(phone, |phone, now| phone.press(now, '1')),
        10 => world.act(phone, |phone, now| phone.register(now, 600)),
        11 => {
            let replaces = world.at(phone).replaces();
            let header = replaces.map(|value| sip::Header::new("Replaces", value));
            world.act(phone, |phone, now| phone.call(now, number, header.into_iter().collect()));
        }
        12 => {
            let manners = [
                Manner::Answer(Duration::ZERO),
                Manner::Answer(Duration::from_secs(3)),
                Manner::Ring,
                Manner::Early(Duration::from_secs(2)),
                Manner::Refuse(486),
                Manner::Refuse(603),
                Manner::Refuse(302),
            ];
            world.at(phone).manner = manners[dice.below(manners.len() as u64) as usize];
        }
        13 => {
            world.break_connection(phone);
            world.act(phone, |phone, now| phone.register(now, 600));
        }
        14 | 15 => {
            if let Some(dialog) = world.at(phone).up().first().copied() {
                let to = format!("<sip:{number}@acme.localhost>");
                world.act(phone, |phone, now| phone.refer(now, dialog, &to, Vec::new()));
            }
        }
        16 => {
            let up = world.at(phone).up();
            let replaces = up.get(1).and_then(|second| world.at(phone).replaces_of(*second));
            if let Some((dialog, replaces)) = up.first().copied().zip(replaces) {
                let to = format!("<sip:x@acme.localhost?Replaces={}>", replaces.replace(';', "%3B"));
                world.act(phone, |phone, now| phone.refer(now, dialog, &to, Vec::new()));
            }
        }
        // Gone without a word: the session timer has to find it.
        _ => world.act(phone, |phone, _| phone.forget()),
    }
}
