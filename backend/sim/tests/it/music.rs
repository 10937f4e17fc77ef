//! Music on hold: who hears it, from when to when, and which (MOH-01 to MOH-04).

use media::SoundName;
use shared::SoundId;
use shared::music::{MusicMode, MusicOnHold};
use sim::{PhoneId, World};

use crate::call::{ACME, all_gone};
use crate::transfer::{connect, hear_each_other, refer, three};

fn music(random: bool, mode: MusicMode) -> MusicOnHold {
    MusicOnHold { enabled: true, sounds: (1..=9).map(SoundId).collect(), random, mode }
}

/// Alice (101) talks with Bob (102), Carol (103) is there; the tenant has nine pieces of a second each.
fn talking(music: MusicOnHold) -> (World, PhoneId, PhoneId, PhoneId) {
    let (mut world, alice, bob, carol) = three();
    for id in 1..=9 {
        world.media.keep_sound(SoundId(id), 50);
    }
    world.change_plan(ACME, |plan| plan.music = music);
    world.media.take_fetched();
    (world, alice, bob, carol)
}

fn hold(world: &mut World, phone: PhoneId, direction: &str) {
    world.act(phone, |phone, now| phone.offer(now, direction));
    world.run_for(std::time::Duration::from_millis(500));
}

/// How many packets a phone hears in so many seconds in which nobody speaks.
fn hears(world: &mut World, phone: PhoneId, seconds: u64) -> u64 {
    let before = world.at(phone).heard;
    world.run(seconds);
    world.at(phone).heard - before
}

/// Which pieces were begun since the last time.
fn played(world: &mut World) -> Vec<i64> {
    let of = |name| match name {
        SoundName::Kept(file) => file.id.0,
        SoundName::Phrase(_, name) => panic!("{name} was said"),
    };
    world.media.take_fetched().into_iter().map(of).collect()
}

// covers: MOH-01
#[test]
fn moh_01_who_is_held_hears_music_from_the_start_again_and_none_when_taken_off() {
    for direction in ["sendonly", "inactive"] {
        let (mut world, alice, bob, carol) = talking(music(false, MusicMode::PerDay));
        assert_eq!(hears(&mut world, bob, 2), 0);
        hold(&mut world, alice, direction);
        assert_eq!(played(&mut world), [1], "Music 1");
        let heard = hears(&mut world, bob, 10);
        assert!((495..=505).contains(&heard), "it is a second long, and goes on for ten: {heard}");
        assert_eq!(hears(&mut world, alice, 2), 0, "who holds hears nothing");
        hold(&mut world, alice, "sendrecv");
        world.run(1);
        assert_eq!(hears(&mut world, bob, 5), 0, "it stops at once");
        hear_each_other(&mut world, alice, bob, carol);
        // The other way round too.
        hold(&mut world, bob, direction);
        assert!(hears(&mut world, alice, 2) > 90);
        hold(&mut world, bob, "sendrecv");
        world.run(1);
        hear_each_other(&mut world, alice, bob, carol);
        world.act(alice, |phone, now| phone.hang_up(now));
        all_gone(&mut world);
    }
}

// covers: MOH-01
#[test]
fn moh_01_turned_off_nothing_is_fetched_and_a_piece_that_is_gone_is_silence() {
    let (mut world, alice, bob, _) = talking(MusicOnHold { enabled: false, ..music(false, MusicMode::PerDay) });
    hold(&mut world, alice, "sendonly");
    assert!(played(&mut world).is_empty());
    assert!(hears(&mut world, bob, 2) > 90, "the tone of those on hold");
    hold(&mut world, alice, "sendrecv");
    world.change_plan(ACME, |plan| {
        plan.music = MusicOnHold { enabled: true, sounds: vec![SoundId(99)], ..MusicOnHold::default() }
    });
    hold(&mut world, alice, "sendonly");
    assert_eq!(played(&mut world), [99]);
    assert_eq!(hears(&mut world, bob, 2), 0);
    world.run(60);
    assert_eq!(world.at(bob).up().len(), 1, "the call goes on");
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: MOH-02, MOH-03, MOH-04
#[test]
fn moh_03_a_piece_per_call_stays_with_its_call_and_one_per_day_with_its_day() {
    let mut of_calls = std::collections::BTreeSet::new();
    let (mut world, alice, bob, _) = talking(music(true, MusicMode::PerCall));
    for _ in 0..12 {
        hold(&mut world, alice, "sendonly");
        hold(&mut world, alice, "sendrecv");
        hold(&mut world, bob, "sendonly");
        let heard = played(&mut world);
        assert!(heard.len() == 2 && heard[0] == heard[1], "{heard:?}");
        of_calls.insert(heard[0]);
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(2);
        world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
        world.run(5);
    }
    assert!(of_calls.len() > 3, "{of_calls:?}");
    world.change_plan(ACME, |plan| plan.music.mode = MusicMode::PerDay);
    let mut of_days = Vec::new();
    for _ in 0..4 {
        let mut of_day = std::collections::BTreeSet::new();
        for _ in 0..4 {
            hold(&mut world, alice, "sendonly");
            of_day.extend(played(&mut world));
            world.act(alice, |phone, now| phone.hang_up(now));
            world.run(2);
            world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
            world.run(5);
        }
        assert_eq!(of_day.len(), 1, "{of_day:?}");
        of_days.extend(of_day);
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(86_400);
        // Their registrations are long over.
        for phone in [alice, bob] {
            world.act(phone, |phone, now| phone.register(now, 3_600));
        }
        world.run(2);
        world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
        world.run(5);
    }
    of_days.dedup();
    assert!(of_days.len() > 1, "{of_days:?}");
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: MOH-01, PARK-01
#[test]
fn moh_01_who_is_parked_hears_it_until_somebody_takes_the_call() {
    let (mut world, alice, bob, carol) = talking(music(false, MusicMode::PerDay));
    refer(&mut world, bob, "<sip:*68@acme.localhost>");
    world.run(1);
    assert_eq!(played(&mut world), [1]);
    assert!((95..=105).contains(&hears(&mut world, alice, 2)));
    world.act(carol, |phone, now| phone.call(now, "701", Vec::new()));
    world.run(2);
    assert_eq!(hears(&mut world, alice, 3), 0);
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: MOH-01
#[test]
fn moh_01_who_waits_during_a_consultation_hears_it_until_the_transfer_and_only_what_is_said_is_recorded() {
    let (mut world, alice, bob, carol) = talking(music(false, MusicMode::PerDay));
    world.change_plan(ACME, |plan| plan.recording.all = true);
    hold(&mut world, bob, "sendonly");
    let first = world.at(bob).up()[0];
    world.act(bob, |phone, now| phone.call(now, "103", Vec::new()));
    world.run(5);
    assert_eq!(world.at(carol).up().len(), 1);
    assert!(hears(&mut world, alice, 4) > 190, "while Bob asks Carol");
    let second = world.at(bob).up().into_iter().find(|dialog| *dialog != first).unwrap();
    connect(&mut world, bob, first, second);
    world.run(3);
    assert!(world.at(bob).up().is_empty());
    assert_eq!(hears(&mut world, alice, 3), 0, "she talks with Carol");
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}
