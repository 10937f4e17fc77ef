//! Sound that is made or translated here: tones, keys, Opus and G.711, reports.

use std::f32::consts::TAU;
use std::net::SocketAddr;
use std::time::Duration;

use media::{CodecPair, Happened, LegId, LegKind, SocketId, Tone, What};

use crate::world::{A, B, Rtp, World, phone, read_rtp, rtp};

const ALICE: &str = "198.51.100.1:4000";
const BOB: &str = "198.51.100.2:5000";
const MU: [&str; 2] = ["0 PCMU/8000", "101 telephone-event/8000"];
const OPUS: [&str; 2] = ["111 opus/48000/2", "110 telephone-event/48000"];

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Two phones in a call, Alice's and Bob's sockets.
fn call(world: &mut World, alice: &[&str], bob: &[&str]) -> (SocketId, SocketId) {
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    let answer = world.answer(A, &phone("198.51.100.1", 4_000, alice), None);
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, bob));
    world.order(A, What::Connect(B));
    (world.socket(&answer), world.socket(&offer))
}

/// The RTP that was sent to an address, in order.
pub fn sent_to(world: &mut World, to: &str) -> Vec<Rtp> {
    let to = address(to);
    let (mine, others): (Vec<_>, Vec<_>) = std::mem::take(&mut world.sent)
        .into_iter()
        .partition(|(transmit, bytes)| transmit.to == to && bytes[1] & 0x7f < 112);
    world.sent = others;
    mine.iter().map(|(_, bytes)| read_rtp(bytes)).collect()
}

pub fn mu_linear(byte: u8) -> f32 {
    let byte = !byte;
    let magnitude = ((((u32::from(byte) & 15) << 3) + 132) << ((byte >> 4) & 7)) as f32 - 132.0;
    if byte & 0x80 == 0 { magnitude } else { -magnitude }
}

/// 440 Hz in µ-law.
fn mu_tone(from: usize, count: usize) -> Vec<u8> {
    mu_sine(440.0, 8_000.0, from, count)
}

/// A tone in µ-law, by search for the nearest byte: independent of the engine's encoder.
pub fn mu_sine(frequency: f32, level: f32, from: usize, count: usize) -> Vec<u8> {
    let nearest = |wanted: f32| {
        (0..=255u8).min_by(|a, b| (mu_linear(*a) - wanted).abs().total_cmp(&(mu_linear(*b) - wanted).abs())).unwrap()
    };
    (from..from + count).map(|n| nearest((TAU * frequency * n as f32 / 8_000.0).sin() * level)).collect()
}

/// The share of the signal's power that lies at a frequency (Goertzel).
pub fn share(samples: &[f32], frequency: f32, rate: f32) -> f32 {
    let coefficient = 2.0 * (TAU * frequency / rate).cos();
    let (mut one, mut two) = (0.0f32, 0.0f32);
    for sample in samples {
        (one, two) = (sample + coefficient * one - two, one);
    }
    let power = one * one + two * two - coefficient * one * two;
    2.0 * power / (samples.iter().map(|s| s * s).sum::<f32>() * samples.len() as f32).max(1.0)
}

pub fn samples(packets: &[Rtp]) -> Vec<f32> {
    packets.iter().flat_map(|packet| packet.payload.iter().map(|byte| mu_linear(*byte))).collect()
}

#[test]
fn a_tone_keeps_its_frequency_through_opus_and_back() {
    let mut world = World::new();
    let (a, _) = call(&mut world, &MU, &OPUS);
    assert!(matches!(world.told().last(), Some((A, Happened::Connected(CodecPair::Transcoded(from, to))))
        if from == "PCMU" && to == "opus"));
    // A second pair takes the Opus of the first and makes µ-law of it again.
    let (c, d) = (LegId(3), LegId(4));
    world.open(c, LegKind::Phone);
    world.open(d, LegKind::Phone);
    let answer = world.answer(c, &phone("198.51.100.3", 6_000, &OPUS), None);
    let socket = world.socket(&answer);
    world.offer(d, None);
    world.remote_answer(d, &phone("198.51.100.4", 7_000, &MU));
    world.order(c, What::Connect(d));

    let mut heard = Vec::new();
    let mut frames = Vec::new();
    for n in 0..150usize {
        let tone = mu_tone(n * 160, 160);
        assert_eq!(world.packet(a, address(ALICE), &rtp(0, n as u16, n as u32 * 160, 11, &tone)), None);
        world.pass(Duration::from_millis(20));
        for opus in sent_to(&mut world, BOB) {
            let bytes = rtp(111, opus.sequence, opus.timestamp, opus.ssrc, &opus.payload);
            world.packet(socket, address("198.51.100.3:6000"), &bytes);
            frames.push(opus);
        }
        heard.extend(sent_to(&mut world, "198.51.100.4:7000"));
    }
    assert!(frames.len() >= 146 && heard.len() >= 142, "{} {}", frames.len(), heard.len());
    for pair in frames.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(960));
    }
    assert!(frames.iter().all(|frame| frame.payload_type == 111 && frame.payload.len() < 200));
    assert!(heard.iter().all(|packet| packet.payload_type == 0 && packet.payload.len() == 160));
    let signal = &samples(&heard)[8_000..];
    assert!(share(signal, 440.0, 8_000.0) > 0.95, "{}", share(signal, 440.0, 8_000.0));
    let level = (signal.iter().map(|s| s * s).sum::<f32>() / signal.len() as f32).sqrt();
    assert!((4_500.0..6_700.0).contains(&level), "{level}");
}

#[test]
fn loss_and_disorder_are_smoothed_over_when_translating() {
    let mut world = World::new();
    let (_, b) = call(&mut world, &OPUS, &MU);
    let mut order: Vec<u16> = (0..200).collect();
    for n in (3..200).step_by(10) {
        order.swap(n, n - 1);
    }
    let mut frames = Vec::new();
    for n in order.into_iter().filter(|n| n % 25 != 24) {
        let tone = mu_tone(usize::from(n) * 160, 160);
        world.packet(b, address(BOB), &rtp(0, n, u32::from(n) * 160, 12, &tone));
        world.pass(Duration::from_millis(20));
        frames.extend(sent_to(&mut world, ALICE));
    }
    // 192 packets came in 192 steps, and every step but the first two has its frame.
    assert!((188..=192).contains(&frames.len()), "{}", frames.len());
    let mut decoder = ropus::Decoder::new(16_000, ropus::Channels::Mono).unwrap();
    let mut signal = Vec::new();
    for frame in &frames {
        let mut pcm = [0i16; 1_920];
        let count = decoder.decode(&frame.payload, &mut pcm, ropus::DecodeMode::Normal).unwrap();
        assert_eq!(count, 320);
        signal.extend(pcm[..count].iter().map(|s| f32::from(*s)));
    }
    assert!(share(&signal[8_000..], 440.0, 16_000.0) > 0.6, "{}", share(&signal[8_000..], 440.0, 16_000.0));
}

#[test]
fn keys_cross_between_clocks_and_are_told_once() {
    let mut world = World::new();
    let (a, b) = call(&mut world, &MU, &OPUS);
    for n in 0..10u16 {
        world.packet(a, address(ALICE), &rtp(0, n, u32::from(n) * 160, 11, &[0xff; 160]));
        world.pass(Duration::from_millis(20));
    }
    world.told();
    let before = sent_to(&mut world, BOB).pop().unwrap();
    let mut events = Vec::new();
    for (n, (duration, end)) in
        [(160u16, 0u8), (320, 0), (480, 0), (640, 0x80), (640, 0x80), (640, 0x80)].into_iter().enumerate()
    {
        let [high, low] = duration.to_be_bytes();
        let bytes = rtp(101, 10 + n as u16, 1_600, 11, &[7, 10 | end, high, low]);
        let (_, bytes) = world.packet(a, address(ALICE), &bytes).unwrap();
        events.push(read_rtp(&bytes));
        world.pass(Duration::from_millis(20));
    }
    assert!(matches!(world.told()[..], [(A, Happened::Digit('7'))]));
    let durations: Vec<_> = events.iter().map(|e| u16::from_be_bytes([e.payload[2], e.payload[3]])).collect();
    assert_eq!(durations, [960, 1_920, 2_880, 3_840, 3_840, 3_840]);
    assert!(events.iter().all(|event| event.payload_type == 110 && event.timestamp == events[0].timestamp));
    assert!(events[0].timestamp.wrapping_sub(before.timestamp) < 48_000);
    for pair in events.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
    }
    let _ = b;
}

#[test]
fn a_key_is_sent_as_events_of_100_milliseconds_with_three_ends() {
    let mut world = World::new();
    let (a, b) = call(&mut world, &MU, &MU);
    let (_, bytes) = world.packet(a, address(ALICE), &rtp(0, 1, 0, 11, &[1; 160])).unwrap();
    let before = read_rtp(&bytes);
    world.pass(Duration::from_millis(20));
    world.order(B, What::SendDigit('#'));
    world.order(B, What::SendDigit('1'));
    assert_eq!(world.packet(a, address(ALICE), &rtp(0, 2, 160, 11, &[1; 160])), None, "not between the events");
    world.pass(Duration::from_millis(400));
    let events = sent_to(&mut world, BOB);
    let told: Vec<_> = events
        .iter()
        .map(|e| (e.payload[0], e.payload[1] & 0x80 != 0, u16::from_be_bytes([e.payload[2], e.payload[3]])))
        .collect();
    let key = |number| {
        [(160, false), (320, false), (480, false), (640, false), (800, true), (800, true), (800, true)]
            .map(|(duration, end)| (number, end, duration))
    };
    assert_eq!(told, [key(11), key(1)].concat());
    let mut last = before;
    for event in &events {
        assert_eq!(event.sequence, last.sequence.wrapping_add(1));
        assert_eq!(event.payload_type, 101);
        last = event.clone();
    }
    assert!(events[0].marker && !events[1].marker && events[7].marker);
    let (_, bytes) = world.packet(a, address(ALICE), &rtp(0, 23, 3_520, 11, &[1; 160])).unwrap();
    let after = read_rtp(&bytes);
    assert_eq!(after.sequence, last.sequence.wrapping_add(1));
    assert!(after.timestamp.wrapping_sub(last.timestamp) >= 800, "the event is over before the sound goes on");
    let _ = b;
}

#[test]
fn a_peer_without_events_hears_the_key() {
    let mut world = World::new();
    call(&mut world, &MU, &["0 PCMU/8000"]);
    world.order(B, What::SendDigit('8'));
    world.pass(Duration::from_millis(400));
    let packets = sent_to(&mut world, BOB);
    let signal = &samples(&packets)[..800];
    for frequency in [852.0, 1_336.0] {
        assert!(share(signal, frequency, 8_000.0) > 0.4);
    }
}

#[test]
fn a_key_of_one_peer_is_played_to_the_other_that_has_no_events() {
    let mut world = World::new();
    let (a, _) = call(&mut world, &MU, &["0 PCMU/8000"]);
    for n in 0..5 {
        world.packet(a, address(ALICE), &rtp(101, n, 0, 11, &[8, 10, 0, 160]));
    }
    world.pass(Duration::from_millis(400));
    let packets = sent_to(&mut world, BOB);
    assert_eq!(packets.len(), 9);
    assert!(share(&samples(&packets)[..800], 1_336.0, 8_000.0) > 0.4);
}

#[test]
fn a_tone_replaces_the_peer_until_it_is_stopped_and_the_stream_goes_on() {
    let mut world = World::new();
    let (a, _) = call(&mut world, &MU, &MU);
    let (_, bytes) = world.packet(a, address(ALICE), &rtp(0, 500, 9_000, 11, &[1; 160])).unwrap();
    let first = read_rtp(&bytes);
    world.pass(Duration::from_millis(20));
    world.order(B, What::Play(Tone::Ringback));
    world.pass(Duration::from_millis(999));
    assert_eq!(world.packet(a, address(ALICE), &rtp(0, 551, 17_160, 11, &[1; 160])), None);
    let packets = sent_to(&mut world, BOB);
    assert_eq!(packets.len(), 50);
    assert!(share(&samples(&packets), 425.0, 8_000.0) > 0.9);
    assert!(packets[0].marker);
    let mut last = first;
    for packet in &packets {
        assert_eq!((packet.sequence, packet.ssrc), (last.sequence.wrapping_add(1), last.ssrc));
        assert_eq!(packet.timestamp, last.timestamp.wrapping_add(160));
        last = packet.clone();
    }
    world.order(B, What::Stop);
    world.pass(Duration::from_millis(1));
    let (_, bytes) = world.packet(a, address(ALICE), &rtp(0, 552, 17_320, 11, &[1; 160])).unwrap();
    let after = read_rtp(&bytes);
    assert_eq!((after.sequence, after.timestamp), (last.sequence.wrapping_add(1), last.timestamp.wrapping_add(160)));
    assert!(world.engine.poll_timeout().unwrap() > world.now + Duration::from_secs(1));
}

#[test]
fn a_tone_may_begin_before_the_leg_is_ready_and_in_opus_too() {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.order(A, What::Play(Tone::Hold));
    world.pass(Duration::from_millis(100));
    assert!(world.sent.is_empty());
    world.answer(A, &phone("198.51.100.1", 4_000, &OPUS), None);
    world.pass(Duration::from_millis(200));
    let frames = sent_to(&mut world, ALICE);
    assert!(frames.len() >= 9 && frames.iter().all(|frame| frame.payload_type == 111));
    world.order(A, What::Play(Tone::Busy));
    world.pass(Duration::from_secs(10));
    // Five seconds and the frame in which the end is seen.
    assert_eq!(sent_to(&mut world, ALICE).len(), 250);
}

#[test]
fn legs_report_every_five_seconds_and_hear_reports() {
    let mut world = World::new();
    let (a, b) = call(&mut world, &MU, &MU);
    for n in [0u16, 1, 2, 4] {
        world.packet(a, address(ALICE), &rtp(0, n, u32::from(n) * 160, 11, &[1; 160]));
        world.now.0 += 20_000;
    }
    world.sent.clear();
    world.pass(Duration::from_secs(5));
    let reports = std::mem::take(&mut world.sent);
    assert_eq!(reports.len(), 2);
    let to = |text: &str| reports.iter().find(|(transmit, _)| transmit.to == address(text)).unwrap();
    let (transmit, to_alice) = to("198.51.100.1:4001");
    assert_eq!(transmit.socket, SocketId(a.0 + 1));
    assert_eq!(&to_alice[..4], [0x81, 201, 0, 7], "only heard");
    assert_eq!(to_alice[8..12], 11u32.to_be_bytes());
    assert_eq!(to_alice[12..16], [51, 0, 0, 1], "one of five lost");
    let (_, to_bob) = to("198.51.100.2:5001");
    assert_eq!(&to_bob[..4], [0x80, 200, 0, 6], "only sent");
    assert_eq!(to_bob[20..24], 4u32.to_be_bytes());
    assert_eq!(to_bob[24..28], 640u32.to_be_bytes());

    // Bob answers 100 ms later, from where his reports come.
    let mut answer = vec![0x81, 201, 0, 7, 0, 0, 0, 12];
    answer.extend(&to_bob[4..8]);
    answer.extend([64, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 80]);
    answer.extend(&to_bob[10..14]);
    answer.extend(0u32.to_be_bytes());
    world.pass(Duration::from_millis(100));
    let rtcp = SocketId(b.0 + 1);
    assert_eq!(world.packet(rtcp, address("203.0.113.7:1"), &answer), None, "a stranger");
    assert_eq!(world.engine.reported(B), None);
    world.packet(rtcp, address("198.51.100.2:5001"), &answer);
    let reported = world.engine.reported(B).unwrap();
    assert_eq!((reported.packets_lost, reported.fraction_lost, reported.jitter_micros), (9, 64, 10_000));
    // The report left 80 ms before this test looked for it.
    assert!((179..=181).contains(&reported.round_trip.unwrap().as_millis()));
}
