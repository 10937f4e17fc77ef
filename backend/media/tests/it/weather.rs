//! A bad network: what is translated is heard through loss and jitter, and how well is a figure.

use std::time::Duration;

use media::{LegId, LegKind, What};
use shared::Moment;

use crate::sound::{address, mu_sine, samples, sent_to, share};
use crate::world::{World, phone, rtp};

const A: LegId = LegId(1);
const B: LegId = LegId(2);
const ALICE: &str = "198.51.100.1:4000";
const BOB: &str = "203.0.113.2:5000";
const MU: [&str; 1] = ["0 PCMU/8000"];
const OPUS: [&str; 1] = ["111 opus/48000/2"];
const TONE: f32 = 1_000.0;
/// Packets of 20 ms.
const PACKETS: usize = 750;
/// Those at the beginning, in which the buffer finds its depth.
const SETTLING: usize = 200;

/// What becomes of packets on their way.
#[derive(Clone, Copy)]
struct Weather {
    /// Of each hundred so many are lost …
    lost: u64,
    /// … and the others are late by up to so many milliseconds.
    jitter: u64,
}

const FAIR: Weather = Weather { lost: 0, jitter: 0 };
const FOUL: Weather = Weather { lost: 5, jitter: 80 };

/// Numbers that look like chance, the same in each run.
fn dice(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Alice and Bob, who need a translation, and what Alice sends.
fn connected(world: &mut World, alice: &[&str], bob: &[&str]) -> media::SocketId {
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &phone("198.51.100.1", 4_000, alice), None);
    world.open(B, LegKind::Phone);
    world.answer(B, &phone("203.0.113.2", 5_000, bob), None);
    world.order(B, What::Connect(A));
    world.socket(&answer)
}

/// Alice sends packets of a kind through the weather; `payload` makes the one with a number.
fn send(world: &mut World, socket: media::SocketId, weather: Weather, kind: u8, payload: impl Fn(usize) -> Vec<u8>) {
    let clock = if kind == 0 { 8_000 } else { 48_000 };
    let (mut state, start) = (7, world.now);
    let mut arrivals: Vec<(Moment, usize)> = Vec::new();
    for number in 0..PACKETS {
        let is_lost = dice(&mut state) % 100 < weather.lost;
        let late = dice(&mut state) % (weather.jitter + 1);
        if !is_lost {
            arrivals.push((start + Duration::from_millis(number as u64 * 20 + late), number));
        }
    }
    arrivals.sort();
    for (at, number) in arrivals {
        world.pass(at.since(world.now));
        let step = number as u32 * (clock / 50);
        world.packet(socket, address(ALICE), &rtp(kind, number as u16, step, 1, &payload(number)));
    }
    world.pass(Duration::from_secs(1));
}

/// Of the time after the beginning, in thousandths: in which the tone is heard, and in which nothing is.
fn heard(sound: &[f32]) -> (usize, usize) {
    let windows: Vec<&[f32]> = sound[SETTLING * 160..(PACKETS - 50) * 160].chunks_exact(160).collect();
    let tone = windows.iter().filter(|window| share(window, TONE, 8_000.0) > 0.8);
    let still = windows.iter().filter(|window| window.iter().all(|sample| sample.abs() < 300.0));
    (tone.count() * 1_000 / windows.len(), still.count() * 1_000 / windows.len())
}

/// What Bob is sent of a tone that Alice says in µ-law.
fn in_opus(weather: Weather) -> Vec<Vec<u8>> {
    let mut world = World::new();
    let socket = connected(&mut world, &MU, &OPUS);
    send(&mut world, socket, weather, 0, |number| mu_sine(TONE, 8_000.0, number * 160, 160));
    let sent = sent_to(&mut world, BOB);
    assert!(sent.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)), "no packet is missing");
    sent.into_iter().map(|packet| packet.payload).collect()
}

fn assert_heard(what: &str, sound: &[f32], least: usize) {
    let (tone, still) = heard(sound);
    assert!(tone >= least && still <= 10, "{what}: {tone} ‰ of the time the tone, {still} ‰ nothing");
}

#[test]
fn g711_to_opus_is_heard_through_five_percent_of_loss_and_eighty_milliseconds_of_jitter() {
    let mut decoder = ropus::Decoder::new(8_000, ropus::Channels::Mono).unwrap();
    let mut sound = Vec::new();
    for packet in in_opus(FOUL) {
        let mut pcm = vec![0i16; 960];
        let count = decoder.decode(&packet, &mut pcm, ropus::DecodeMode::Normal).unwrap();
        sound.extend(pcm[..count].iter().map(|sample| f32::from(*sample)));
    }
    assert_heard("G.711 to Opus", &sound, 900);
}

#[test]
fn opus_to_g711_is_heard_through_five_percent_of_loss_and_eighty_milliseconds_of_jitter() {
    let opus = in_opus(FAIR);
    let mut world = World::new();
    let socket = connected(&mut world, &OPUS, &MU);
    send(&mut world, socket, FOUL, 111, |number| opus[number % opus.len()].clone());
    // Each of the lost frames is told of by the one after it, more coarsely, and disturbs both its neighbours.
    assert_heard("Opus to G.711", &samples(&sent_to(&mut world, BOB)), 850);
}
