//! What sound costs in processor time, in virtual time and without a network: rooms, what is said, what is recorded, and Opus to G.711
//! and back. `make bench` runs it and puts its lines into docs/benchmarks.md; each is `name<TAB>microseconds`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/it/world.rs"]
#[allow(dead_code)]
mod world;

use std::f32::consts::TAU;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use media::{Clip, LegId, LegKind, Part, Recording, Saying, SocketId, Sound, SoundFile, SoundName, What};
use shared::{SoundId, TenantId};
use world::{A, B, CALL, World, phone, rtp};

const FILE: SoundFile = SoundFile { tenant: TenantId(1), id: SoundId(9) };
const STEP: Duration = Duration::from_millis(20);
/// Who is in a room: as many as a large conference, of whom as many speak as ever do at once.
const GUESTS: u16 = 30;
const SPEAKERS: u16 = 4;

/// How a guest speaks.
#[derive(Clone, Copy)]
enum Voice {
    /// G.711.
    Narrow,
    /// Opus, as phones of 16 kHz and browsers of 48 kHz send it.
    Opus { rate: u32 },
}

impl Voice {
    fn formats(self) -> &'static [&'static str] {
        match self {
            Self::Narrow => &["0 PCMU/8000"],
            Self::Opus { .. } => &["111 opus/48000/2"],
        }
    }

    /// A second of a changing tone, in payloads of 20 ms.
    fn payloads(self, seed: u16) -> Vec<Vec<u8>> {
        let base = 200.0 + 37.0 * f32::from(seed);
        let wave = move |at: f32| (TAU * (base + 80.0 * (TAU * 3.0 * at).sin()) * at).sin() * 9_000.0;
        match self {
            Self::Narrow => (0..50)
                .map(|step| (0..160).map(|n| mu_law(wave((step * 160 + n) as f32 / 8_000.0) as i16)).collect())
                .collect(),
            Self::Opus { rate } => {
                let mut encoder = ropus::Encoder::builder(rate, ropus::Channels::Mono, ropus::Application::Voip)
                    .frame_duration(ropus::FrameDuration::Ms20)
                    .build()
                    .unwrap();
                let frame = rate as usize / 50;
                (0..50)
                    .map(|step| {
                        let at = |n: usize| wave((step * frame + n) as f32 / rate as f32) as i16;
                        let samples: Vec<i16> = (0..frame).map(at).collect();
                        let mut bytes = [0; 1_000];
                        let length = encoder.encode(&samples, &mut bytes).unwrap();
                        bytes[..length].to_vec()
                    })
                    .collect()
            }
        }
    }

    const fn stamp(self, step: u32) -> (u8, u32) {
        match self {
            Self::Narrow => (0, step * 160),
            Self::Opus { .. } => (111, step * 960),
        }
    }
}

/// G.711 µ-law (ITU-T G.711): sign, exponent, mantissa.
fn mu_law(sample: i16) -> u8 {
    let magnitude = i32::from(sample).abs().min(32_635) + 132;
    let exponent = (magnitude.ilog2() - 7).min(7);
    let mantissa = (magnitude >> (exponent + 3)) & 15;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}

/// Processor time of this process, in nanoseconds.
fn processor() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("the kernel tells the processor time");
    text.split(' ').next().unwrap().parse().unwrap()
}

struct Guest {
    socket: SocketId,
    from: SocketAddr,
    voice: Voice,
    payloads: Vec<Vec<u8>>,
    source: u32,
}

impl Guest {
    fn come(world: &mut World, number: u16, voice: Voice) -> Self {
        let leg = LegId(u64::from(number));
        world.open(leg, LegKind::Phone);
        let address = format!("198.51.100.{number}");
        let answer = world.answer(leg, &phone(&address, 4_000, voice.formats()), None);
        Self {
            socket: world.socket(&answer),
            from: format!("{address}:4000").parse().unwrap(),
            voice,
            payloads: voice.payloads(number),
            source: u32::from(number),
        }
    }

    fn speak(&self, world: &mut World, step: u32) {
        let (kind, stamp) = self.voice.stamp(step);
        let payload = &self.payloads[step as usize % self.payloads.len()];
        world.packet(self.socket, self.from, &rtp(kind, step as u16, stamp, self.source, payload));
    }
}

/// Processor time of so many steps, in which these speak.
fn run(world: &mut World, speakers: &[Guest], steps: std::ops::Range<u32>) -> u64 {
    let before = processor();
    for step in steps {
        speakers.iter().for_each(|guest| guest.speak(world, step));
        world.pass(STEP);
        world.sent.clear();
        world.events.clear();
        world.recorded.clear();
    }
    processor() - before
}

/// Microseconds a second of sound, of one of `parts`.
fn told(name: &str, nanoseconds: u64, seconds: u32, parts: u32) {
    println!("{name}\t{:.1}", nanoseconds as f64 / 1_000.0 / f64::from(seconds) / f64::from(parts));
}

fn room(seconds: u32, voice: Voice) -> u64 {
    let mut world = World::new();
    let mut guests: Vec<Guest> = (1..=GUESTS).map(|number| Guest::come(&mut world, number, voice)).collect();
    for number in 1..=GUESTS {
        world.order(LegId(u64::from(number)), What::Mix(Part { room: CALL, speaks: true, hears: true }));
    }
    guests.truncate(SPEAKERS.into());
    run(&mut world, &guests, 0..50);
    run(&mut world, &guests, 50..50 + seconds * 50)
}

fn said(seconds: u32, voice: Voice) -> u64 {
    let mut world = World::new();
    Guest::come(&mut world, 1, voice);
    let sound: Sound =
        Arc::from(Voice::Opus { rate: 16_000 }.payloads(7).into_iter().map(Bytes::from).collect::<Vec<_>>());
    let name = SoundName::Kept(FILE);
    world.sounds = [(name, sound)].into();
    world.order(A, What::Say(Saying { number: 1, clips: vec![Clip::Sound(name)], repeats: true }));
    run(&mut world, &[], 0..50);
    run(&mut world, &[], 50..50 + seconds * 50)
}

/// Two who talk, and whether that is recorded.
fn talk(seconds: u32, one: Voice, other: Voice, recorded: bool) -> u64 {
    let mut world = World::new();
    let first = Guest::come(&mut world, 1, one);
    let second = Guest::come(&mut world, 2, other);
    world.order(A, What::Connect(B));
    for (leg, track) in [(A, 0), (B, 1)].into_iter().filter(|_| recorded) {
        world.order(leg, What::Record(Recording { file: FILE, track, tracks: 2, mixed: true, hush: None }));
    }
    let both = [first, second];
    run(&mut world, &both, 0..50);
    run(&mut world, &both, 50..50 + seconds * 50)
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let seconds: u32 = if quick { 10 } else { 120 };
    let wide = Voice::Opus { rate: 16_000 };
    let browser = Voice::Opus { rate: 48_000 };
    for (name, voice) in [("room_8", Voice::Narrow), ("room_16", wide), ("room_48", browser)] {
        told(name, room(seconds, voice), seconds, GUESTS.into());
    }
    told("said_8", said(seconds, Voice::Narrow), seconds, 1);
    told("said_16", said(seconds, wide), seconds, 1);
    for (name, voice) in [("recorded_8", Voice::Narrow), ("recorded_16", wide)] {
        let (without, with) = (talk(seconds, voice, voice, false), talk(seconds, voice, voice, true));
        told(name, with.saturating_sub(without), seconds, 1);
    }
    // Two directions: one of each.
    let passed = talk(seconds, wide, wide, false).midpoint(talk(seconds, Voice::Narrow, Voice::Narrow, false));
    told("translated", talk(seconds, wide, Voice::Narrow, false).saturating_sub(passed), seconds, 2);
}
