//! What the server says, and what it keeps of what it is told: tones tell which is which.

use std::f32::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use media::{Clip, Happened, LegKind, Recording, Saying, SocketId, Sound, SoundFile, SoundName, Tone, What};
use shared::language::Language;
use shared::{SoundId, TenantId};

use crate::sound::{address, mu_sine, samples, sent_to, share};
use crate::world::{A, B, World, phone, rtp};

const ALICE: &str = "198.51.100.1:4000";
const BOB: &str = "198.51.100.2:4000";
const MU: [&str; 2] = ["0 PCMU/8000", "101 telephone-event/8000"];
const FILE: SoundFile = SoundFile { tenant: TenantId(1), id: SoundId(9) };

const fn phrase(name: &'static str) -> SoundName {
    SoundName::Phrase(Language::EnUs, name)
}

/// A second of a tone, in packets of Opus.
fn tone(frequency: f32) -> Sound {
    let mut encoder = ropus::Encoder::builder(16_000, ropus::Channels::Mono, ropus::Application::Audio)
        .frame_duration(ropus::FrameDuration::Ms20)
        .build()
        .unwrap();
    let frame = |n: usize| -> Vec<i16> {
        let sample = |k: usize| (TAU * frequency * (n * 320 + k) as f32 / 16_000.0).sin() * 8_000.0;
        (0..320).map(|k| sample(k) as i16).collect()
    };
    let packets = (0..50).map(|n| {
        let mut bytes = [0; 1_000];
        let length = encoder.encode(&frame(n), &mut bytes).unwrap();
        Bytes::copy_from_slice(&bytes[..length])
    });
    Arc::from(packets.collect::<Vec<_>>())
}

/// Alice's phone alone with the server.
fn alone(world: &mut World) -> SocketId {
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &phone("198.51.100.1", 4_000, &MU), None);
    world.socket(&answer)
}

fn say(number: u32, clips: &[Clip], repeats: bool) -> What {
    What::Say(Saying { number, clips: clips.to_vec(), repeats })
}

fn said(world: &mut World) -> Vec<u32> {
    let said = |(_, what)| if let Happened::Said(number) = what { Some(number) } else { None };
    world.told().into_iter().filter_map(said).collect()
}

/// What Alice hears in the time, in seconds of one tenth: which of the frequencies, or none.
fn heard(world: &mut World, time: Duration, frequencies: &[f32]) -> Vec<Option<f32>> {
    world.pass(time);
    let samples = samples(&sent_to(world, ALICE));
    let loudest = |part: &[f32]| {
        let of = |frequency: &f32| share(part, *frequency, 8_000.0) > 0.8;
        frequencies.iter().copied().find(of).filter(|_| part.iter().any(|sample| sample.abs() > 500.0))
    };
    samples.chunks(800).map(loudest).collect()
}

// covers: IVR-02
#[test]
fn ivr_02_clips_are_said_one_after_the_other_and_the_end_is_told_once() {
    let mut world = World::new();
    alone(&mut world);
    world.sounds = [(phrase("one"), tone(440.0)), (SoundName::Kept(FILE), tone(1_000.0))].into();
    let clips = [
        Clip::Sound(phrase("one")),
        Clip::Silence(Duration::from_millis(500)),
        Clip::Sound(phrase("missing")),
        Clip::Tone(Tone::Beep),
        Clip::Tone(Tone::Hold),
        Clip::Sound(SoundName::Kept(FILE)),
        Clip::Sound(phrase("one")),
    ];
    world.order(A, say(7, &clips, false));
    assert_eq!(world.wanted.len(), 3, "each once");
    let heard = heard(&mut world, Duration::from_millis(4_500), &[440.0, 1_000.0]);
    let count = |of: Option<f32>, from: usize, to: usize| heard[from..to].iter().filter(|h| **h == of).count();
    assert!(count(Some(440.0), 0, 10) >= 9, "{heard:?}");
    assert!(count(None, 10, 15) >= 4, "{heard:?}");
    assert!(count(Some(1_000.0), 15, 29) >= 12, "the beep, and the kept sound: {heard:?}");
    assert!(count(Some(440.0), 29, heard.len()) >= 8, "{heard:?}");
    assert!((38..=40).contains(&heard.len()), "nothing after the end: {}", heard.len());
    assert_eq!(said(&mut world), [7]);
    world.pass(Duration::from_secs(5));
    assert_eq!(said(&mut world), [0; 0]);
    assert_eq!(sent_to(&mut world, ALICE), []);
}

#[test]
fn what_repeats_goes_on_until_it_is_stopped_and_what_is_nothing_ends_at_once() {
    let mut world = World::new();
    alone(&mut world);
    world.sounds = [(phrase("music"), tone(440.0))].into();
    world.order(A, say(1, &[Clip::Sound(phrase("music"))], true));
    let first = heard(&mut world, Duration::from_secs(5), &[440.0]);
    assert!(first.iter().filter(|heard| heard.is_some()).count() >= 46, "{first:?}");
    world.order(A, What::Stop);
    sent_to(&mut world, ALICE);
    assert_eq!(heard(&mut world, Duration::from_secs(1), &[440.0]), []);
    assert_eq!(said(&mut world), [0; 0], "who has stopped it knows");
    for (number, clips) in [(2, vec![]), (3, vec![Clip::Sound(phrase("missing"))])] {
        world.order(A, say(number, &clips, true));
        world.pass(Duration::from_secs(1));
        assert_eq!(said(&mut world), [number]);
    }
    world.order(A, say(4, &[Clip::Sound(phrase("music"))], false));
    world.order(A, say(5, &[Clip::Sound(phrase("music"))], false));
    world.pass(Duration::from_secs(3));
    assert_eq!(said(&mut world), [5], "another took its place");
}

// covers: IVR-11
#[test]
fn ivr_11_a_fax_machine_is_told_each_time_it_calls_while_it_is_listened_for() {
    let mut world = World::new();
    let socket = alone(&mut world);
    let calls = |world: &mut World| world.told().iter().filter(|(_, what)| matches!(what, Happened::FaxCalls)).count();
    let call = |world: &mut World, from: usize| {
        talk(world, socket, ALICE, 1_100.0, from..from + 25);
        talk(world, socket, ALICE, 0.0, from + 25..from + 50);
    };
    call(&mut world, 0);
    assert_eq!(calls(&mut world), 0, "nobody listens for it");
    world.order(A, What::ListenForFax(true));
    call(&mut world, 50);
    call(&mut world, 100);
    assert_eq!(calls(&mut world), 2);
    world.order(A, What::ListenForFax(false));
    call(&mut world, 150);
    assert_eq!(calls(&mut world), 0);
}

/// Says a tone for so many steps.
fn talk(world: &mut World, socket: SocketId, from: &str, frequency: f32, steps: std::ops::Range<usize>) {
    for step in steps {
        let voice = mu_sine(frequency, 8_000.0, step * 160, 160);
        world.packet(socket, address(from), &rtp(0, step as u16, step as u32 * 160, 1, &voice));
        world.pass(Duration::from_millis(20));
    }
}

fn record(track: u8, tracks: u8, hush: Option<Duration>) -> What {
    What::Record(Recording { file: FILE, track, tracks, mixed: false, hush })
}

fn floats(samples: impl IntoIterator<Item = i16>) -> Vec<f32> {
    samples.into_iter().map(f32::from).collect()
}

// covers: VM-02
#[test]
fn vm_02_what_is_said_is_kept_and_handed_on_as_it_is_said() {
    let mut world = World::new();
    let socket = alone(&mut world);
    world.order(A, record(0, 1, Some(Duration::from_secs(2))));
    talk(&mut world, socket, ALICE, 440.0, 0..100);
    let kept = world.recorded[&FILE].0.len();
    assert!(kept >= 16_000 * 18 / 10, "what was said up to now is handed on before the end: {kept}");
    world.pass(Duration::from_millis(1_500));
    let hushed = |world: &mut World| world.told().iter().filter(|(_, what)| matches!(what, Happened::Hushed)).count();
    assert_eq!(hushed(&mut world), 0);
    world.pass(Duration::from_secs(3));
    assert_eq!(hushed(&mut world), 1, "once");
    talk(&mut world, socket, ALICE, 440.0, 325..335);
    world.pass(Duration::from_secs(3));
    assert_eq!(hushed(&mut world), 1, "and again after the next word");
    world.order(A, What::StopRecording);
    let (kept, is_over) = world.recorded[&FILE].clone();
    let millis = kept.len() as u64 / 16;
    assert!(is_over && (9_680..=9_720).contains(&millis), "{millis}");
    assert!(
        world
            .told()
            .iter()
            .any(|(leg, what)| *leg == A && matches!(what, Happened::Recorded { millis: told } if *told == millis))
    );
    let voice = floats(kept[8_000..24_000].iter().copied());
    assert!(share(&voice, 440.0, 16_000.0) > 0.95, "{}", share(&voice, 440.0, 16_000.0));
    world.order(A, What::Close);
    assert_eq!(world.engine.poll_timeout(), None);
}

// covers: REC-05
#[test]
fn rec_05_two_who_talk_are_kept_on_tracks_of_their_own() {
    let mut world = World::new();
    let alice = alone(&mut world);
    world.open(B, LegKind::Phone);
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 4_000, &MU));
    let bob = world.socket(&offer);
    world.order(A, What::Connect(B));
    world.order(A, record(0, 2, None));
    world.order(B, record(1, 2, None));
    for step in 0..150 {
        talk(&mut world, alice, ALICE, 440.0, step..step + 1);
        let voice = mu_sine(1_000.0, 8_000.0, step * 160, 160);
        world.packet(bob, address(BOB), &rtp(0, step as u16, step as u32 * 160, 2, &voice));
    }
    world.order(A, What::Close);
    assert!(!world.recorded[&FILE].1, "one is still there");
    world.order(B, What::Close);
    let (kept, is_over) = world.recorded[&FILE].clone();
    assert!(is_over);
    for (track, own, other) in [(0, 440.0, 1_000.0), (1, 1_000.0, 440.0)] {
        let voice = floats(kept.iter().skip(32_000 + track).step_by(2).copied());
        assert!(share(&voice, own, 16_000.0) > 0.95, "{track}: {}", share(&voice, own, 16_000.0));
        assert!(share(&voice, other, 16_000.0) < 0.01);
    }
    let ends: Vec<bool> = world
        .told()
        .iter()
        .filter_map(|(_, what)| match what {
            Happened::Recorded { .. } => Some(true),
            Happened::Closed(_) => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [true, false, true, false], "told before the leg is gone");
}

// covers: REC-01
#[test]
fn rec_01_what_is_said_in_a_pause_is_left_out_and_the_file_stays_one() {
    let mut world = World::new();
    let socket = alone(&mut world);
    world.order(A, record(0, 1, None));
    talk(&mut world, socket, ALICE, 440.0, 0..100);
    world.order(A, What::PauseRecording(true));
    talk(&mut world, socket, ALICE, 1_000.0, 100..250);
    assert!(!world.recorded[&FILE].1, "it goes on");
    world.order(A, What::PauseRecording(false));
    talk(&mut world, socket, ALICE, 700.0, 250..350);
    world.order(A, What::StopRecording);
    let (kept, is_over) = world.recorded[&FILE].clone();
    assert!(is_over);
    let seconds = kept.len() as f32 / 16_000.0;
    assert!((3.9..=4.15).contains(&seconds), "two seconds before it, two after it: {seconds}");
    let before = floats(kept[4_000..28_000].iter().copied());
    let after = floats(kept[38_000..60_000].iter().copied());
    assert!(share(&before, 440.0, 16_000.0) > 0.95, "{}", share(&before, 440.0, 16_000.0));
    assert!(share(&after, 700.0, 16_000.0) > 0.95, "{}", share(&after, 700.0, 16_000.0));
    let all = floats(kept.iter().copied());
    assert!(share(&all, 1_000.0, 16_000.0) < 0.02, "{}", share(&all, 1_000.0, 16_000.0));
}

// covers: REC-01, REC-05
#[test]
fn rec_05_or_both_on_one() {
    let mut world = World::new();
    let alice = alone(&mut world);
    world.open(B, LegKind::Phone);
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 4_000, &MU));
    let bob = world.socket(&offer);
    world.order(A, What::Connect(B));
    for (leg, track) in [(A, 0), (B, 1)] {
        world.order(leg, What::Record(Recording { file: FILE, track, tracks: 2, mixed: true, hush: None }));
    }
    for step in 0..100 {
        talk(&mut world, alice, ALICE, 440.0, step..step + 1);
        let voice = mu_sine(1_000.0, 8_000.0, step * 160, 160);
        world.packet(bob, address(BOB), &rtp(0, step as u16, step as u32 * 160, 2, &voice));
    }
    for leg in [A, B] {
        world.order(leg, What::StopRecording);
    }
    let (kept, is_over) = world.recorded[&FILE].clone();
    assert!(is_over && (31_500..=32_500).contains(&kept.len()), "{}", kept.len());
    let voice = floats(kept[8_000..24_000].iter().copied());
    for frequency in [440.0, 1_000.0] {
        assert!(share(&voice, frequency, 16_000.0) > 0.4, "{frequency}: {}", share(&voice, frequency, 16_000.0));
    }
}
