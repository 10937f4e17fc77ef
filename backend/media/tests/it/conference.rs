//! A conference: fifty who talk at once, who comes and goes, what is said to all, who speaks, and the recording.

use std::time::Duration;

use media::{Clip, Happened, LegId, LegKind, Part, Saying, SocketId, SoundFile, Tone, What};
use shared::{SoundId, TenantId};

use crate::sound::{address, mu_sine, samples, sent_to, share};
use crate::world::{CALL, World, phone, rtp};

const MU: [&str; 2] = ["0 PCMU/8000", "101 telephone-event/8000"];
const OPUS: [&str; 1] = ["111 opus/48000/2"];
const FILE: SoundFile = SoundFile { tenant: TenantId(1), id: SoundId(9) };

/// Somebody in the room, with a tone of its own. It is a multiple of 50 Hz, so that each frame of it is like the others.
struct Guest {
    leg: LegId,
    place: String,
    port: u16,
    socket: SocketId,
    frequency: f32,
    frame: Vec<u8>,
}

impl Guest {
    fn come(world: &mut World, number: u16, formats: &[&str]) -> Self {
        let (leg, port) = (LegId(u64::from(number) + 1), 6_000 + 2 * number);
        world.open(leg, LegKind::Phone);
        let answer = world.answer(leg, &phone("198.51.100.7", port, formats), None);
        world.order(leg, What::Mix(part(true)));
        let frequency = 300.0 + 50.0 * f32::from(number);
        let (place, socket) = (format!("198.51.100.7:{port}"), world.socket(&answer));
        Self { leg, place, port, socket, frequency, frame: mu_sine(frequency, 8_000.0, 0, 160) }
    }

    fn say(&self, world: &mut World, step: usize) {
        let packet = rtp(0, step as u16, step as u32 * 160, self.leg.0 as u32, &self.frame);
        assert_eq!(world.packet(self.socket, address(&self.place), &packet), None);
    }

    fn heard(&self, world: &mut World) -> Vec<f32> {
        samples(&sent_to(world, &self.place))
    }

    fn hold(&self, world: &mut World, direction: &str) {
        let offer = format!("{}a={direction}\r\n", phone("198.51.100.7", self.port, &MU));
        world.answer(self.leg, &offer, None);
    }
}

const fn part(speaks: bool) -> Part {
    Part { room: CALL, speaks, hears: true }
}

fn talk(world: &mut World, talkers: &[&Guest], steps: std::ops::Range<usize>) {
    for step in steps {
        for guest in talkers {
            guest.say(world, step);
        }
        world.pass(Duration::from_millis(20));
    }
}

fn tail(heard: &[f32]) -> &[f32] {
    &heard[heard.len().saturating_sub(4_000)..]
}

// covers: CONF-09, CONF-19
#[test]
fn conf_19_each_of_fifty_who_talk_at_once_hears_all_others_and_not_itself() {
    let mut world = World::new();
    let guests: Vec<Guest> = (0..50).map(|number| Guest::come(&mut world, number, &MU)).collect();
    let all: Vec<&Guest> = guests.iter().collect();
    talk(&mut world, &all, 0..60);
    for guest in &guests {
        let heard = guest.heard(&mut world);
        let heard = tail(&heard);
        let shares: Vec<f32> = guests.iter().map(|other| share(heard, other.frequency, 8_000.0)).collect();
        for (other, share) in guests.iter().zip(&shares) {
            let expected = if other.leg == guest.leg { 0.0..0.001 } else { 0.008..0.05 };
            assert!(expected.contains(share), "{} hears {share} of {}", guest.frequency, other.frequency);
        }
        assert!(shares.iter().sum::<f32>() > 0.95, "and nothing else");
        let loudest = heard.iter().fold(0.0f32, |loudest, sample| loudest.max(sample.abs()));
        assert!((8_000.0..31_500.0).contains(&loudest), "{loudest}: fifty are softer and not cut off");
    }
}

/// Is a tone heard without a break and without a click: no step of 20 ms is softer, and no sample is far from where a sine of
/// that height could be?
fn is_smooth(heard: &[f32], frequency: f32) {
    let steepest = 8_000.0 * (std::f32::consts::TAU * frequency / 8_000.0).powi(2) + 800.0;
    for (place, three) in heard.windows(3).enumerate() {
        let bend = (three[2] - 2.0 * three[1] + three[0]).abs();
        assert!(bend < steepest, "a click of {bend} at sample {place}");
    }
    for (place, frame) in heard.chunks_exact(160).enumerate() {
        let level = (frame.iter().map(|sample| sample * sample).sum::<f32>() / 160.0).sqrt();
        assert!((4_800.0..6_500.0).contains(&level), "{level} in frame {place}");
    }
}

// covers: CONF-09
#[test]
fn conf_09_nobody_hears_a_click_when_others_come_and_go_or_begin_and_cease_to_speak() {
    let mut world = World::new();
    let (speaker, listener) = (Guest::come(&mut world, 4, &MU), Guest::come(&mut world, 5, &MU));
    talk(&mut world, &[&speaker], 0..30);
    listener.heard(&mut world);
    // One with more than a telephone has comes, and leaves.
    let wide = Guest::come(&mut world, 6, &OPUS);
    talk(&mut world, &[&speaker], 30..60);
    world.order(wide.leg, What::Close);
    talk(&mut world, &[&speaker], 60..90);
    is_smooth(&listener.heard(&mut world), speaker.frequency);
    // The listener says something itself, and has a sum of its own for so long.
    talk(&mut world, &[&speaker, &listener], 90..120);
    talk(&mut world, &[&speaker], 120..220);
    is_smooth(&listener.heard(&mut world), speaker.frequency);
}

// covers: CONF-06
#[test]
fn conf_06_what_is_said_to_all_is_heard_beside_who_talks_and_by_all() {
    let mut world = World::new();
    let guests: Vec<Guest> = (0..3).map(|number| Guest::come(&mut world, number, &MU)).collect();
    talk(&mut world, &[&guests[0]], 0..30);
    guests.iter().for_each(|guest| drop(guest.heard(&mut world)));
    let saying = |tone| What::Announce(Saying { number: 1, clips: vec![Clip::Tone(tone)], repeats: true });
    world.order(guests[1].leg, saying(Tone::Beep));
    talk(&mut world, &[&guests[0]], 30..50);
    for (guest, talker) in guests.iter().zip([0.0, 0.5, 0.5]) {
        let heard = guest.heard(&mut world);
        let heard = &heard[400..2_800];
        assert!(share(heard, 1_000.0, 8_000.0) > 0.4, "{}", guest.frequency);
        assert!((share(heard, guests[0].frequency, 8_000.0) - talker).abs() < 0.1, "{}", guest.frequency);
    }
    talk(&mut world, &[&guests[0]], 50..60);
    let heard = guests[1].heard(&mut world);
    assert!(share(&heard[800..], 1_000.0, 8_000.0) < 0.01, "it is over, and is not said again");
    // As many as are too many are not said; the rest one after the other.
    for _ in 0..20 {
        world.order(guests[1].leg, saying(Tone::Joined));
    }
    let chimes = |world: &mut World, steps: std::ops::Range<usize>| {
        talk(world, &[], steps);
        guests[1].heard(world).chunks_exact(160).filter(|frame| frame.iter().any(|sample| sample.abs() > 500.0)).count()
    };
    let count = chimes(&mut world, 60..260);
    assert!((8 * 14..=8 * 16).contains(&count), "eight chimes of 0.3 s: {count}");
}

// covers: CONF-17
#[test]
fn conf_17_it_is_told_who_speaks_not_too_often_and_not_of_noise() {
    let mut world = World::new();
    let guests: Vec<Guest> = (0..3).map(|number| Guest::come(&mut world, number, &MU)).collect();
    let speakers = |world: &mut World| -> Vec<Vec<u64>> {
        let told = world.told().into_iter();
        let told = told.filter_map(|(_, what)| if let Happened::Speakers(legs) = what { Some(legs) } else { None });
        told.map(|legs| legs.into_iter().map(|leg| leg.0).collect()).collect()
    };
    speakers(&mut world);
    talk(&mut world, &[&guests[1]], 0..50);
    assert_eq!(speakers(&mut world), [[2]]);
    talk(&mut world, &[&guests[1], &guests[2]], 50..100);
    assert_eq!(speakers(&mut world), [vec![2, 3]]);
    talk(&mut world, &[], 100..200);
    assert_eq!(speakers(&mut world), [Vec::<u64>::new()]);
    let noise = mu_sine(300.0, 100.0, 0, 160);
    for step in 200..250u16 {
        let packet = rtp(0, step, u32::from(step) * 160, 1, &noise);
        world.packet(guests[0].socket, address(&guests[0].place), &packet);
        world.pass(Duration::from_millis(20));
    }
    assert_eq!(speakers(&mut world), Vec::<Vec<u64>>::new());
    // Who speaks by turns, as fast as can be.
    let turns = 500;
    for step in 250..250 + turns {
        guests[step / 5 % 3].say(&mut world, step);
        world.pass(Duration::from_millis(20));
    }
    let told = speakers(&mut world).len();
    assert!(told <= turns * 20 / 300 + 1, "{told} in {} s", turns / 50);
}

#[test]
fn many_who_say_nothing_are_no_hiss() {
    let mut world = World::new();
    let guests: Vec<Guest> = (0..30).map(|number| Guest::come(&mut world, number, &MU)).collect();
    let noise = mu_sine(300.0, 40.0, 0, 160);
    for step in 0..100u16 {
        for guest in &guests[1..] {
            let packet = rtp(0, step, u32::from(step) * 160, guest.leg.0 as u32, &noise);
            world.packet(guest.socket, address(&guest.place), &packet);
        }
        world.pass(Duration::from_millis(20));
    }
    assert!(guests[0].heard(&mut world).iter().all(|sample| sample.abs() < 10.0));
}

#[test]
fn what_somebody_on_hold_sends_is_not_for_the_room() {
    let mut world = World::new();
    let [holder, listener] = [0, 1].map(|number| Guest::come(&mut world, number, &MU));
    talk(&mut world, &[&holder, &listener], 0..40);
    assert!(share(tail(&listener.heard(&mut world)), holder.frequency, 8_000.0) > 0.95);
    for direction in ["sendonly", "inactive"] {
        holder.hold(&mut world, direction);
        holder.heard(&mut world);
        let from = if direction == "sendonly" { 40 } else { 160 };
        talk(&mut world, &[&holder, &listener], from..from + 60);
        let heard = listener.heard(&mut world);
        assert!(heard[400..].iter().all(|sample| sample.abs() < 50.0), "{direction}");
        assert_eq!(holder.heard(&mut world).len(), 0, "{direction}: it hears nothing");
        holder.hold(&mut world, "sendrecv");
        talk(&mut world, &[&holder, &listener], from + 60..from + 120);
        assert!(share(tail(&listener.heard(&mut world)), holder.frequency, 8_000.0) > 0.95);
    }
}

// covers: CONF-12
#[test]
fn conf_12_the_recording_of_a_room_has_all_of_them_and_ends_with_the_last_or_when_it_is_stopped() {
    let mut world = World::new();
    let guests: Vec<Guest> = (0..3).map(|number| Guest::come(&mut world, number, &MU)).collect();
    let told = |world: &mut World| -> Vec<LegId> {
        let told = world.told().into_iter();
        told.filter(|(_, what)| matches!(what, Happened::RoomRecorded(id) if *id == FILE.id))
            .map(|(leg, _)| leg)
            .collect()
    };
    world.order(guests[0].leg, What::RecordRoom(FILE));
    let all: Vec<&Guest> = guests.iter().collect();
    talk(&mut world, &all, 0..100);
    world.order(guests[0].leg, What::Close);
    talk(&mut world, &[&guests[1]], 100..200);
    assert!(told(&mut world).is_empty(), "it goes on");
    world.order(guests[1].leg, What::StopRecordingRoom);
    assert_eq!(told(&mut world), [guests[1].leg]);
    let (kept, over) = world.recorded.remove(&FILE).unwrap();
    assert!(over);
    assert!((63_000..=64_640).contains(&kept.len()), "four seconds: {}", kept.len());
    let part = |from: usize| kept[from..from + 8_000].iter().map(|sample| f32::from(*sample)).collect::<Vec<_>>();
    let shares = |of: &[f32]| guests.iter().map(|guest| share(of, guest.frequency, 16_000.0)).collect::<Vec<_>>();
    assert!(shares(&part(20_000)).iter().all(|share| *share > 0.25), "{:?}", shares(&part(20_000)));
    let alone = shares(&part(50_000));
    assert!(alone[1] > 0.95 && alone[2] < 0.01, "{alone:?}");
    // The next ends with the last who leaves.
    world.order(guests[2].leg, What::RecordRoom(FILE));
    talk(&mut world, &[&guests[2]], 200..230);
    for guest in &guests[1..] {
        assert!(!world.recorded.get(&FILE).is_some_and(|(_, over)| *over));
        world.order(guest.leg, What::Close);
    }
    let (kept, over) = world.recorded.remove(&FILE).unwrap();
    assert_eq!(told(&mut world), [guests[2].leg], "the last of them");
    assert!(over && (9_000..=9_920).contains(&kept.len()), "{}", kept.len());
    world.pass(Duration::from_secs(300));
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None));
}

// covers: CONF-09
#[test]
fn conf_09_who_has_opus_hears_more_than_a_telephone_can() {
    let mut world = World::new();
    let [speaker, wide] = [1, 2].map(|number| Guest::come(&mut world, number, &OPUS));
    let narrow = Guest::come(&mut world, 3, &MU);
    let mut encoder = ropus::Encoder::builder(16_000, ropus::Channels::Mono, ropus::Application::Audio)
        .frame_duration(ropus::FrameDuration::Ms20)
        .build()
        .unwrap();
    for step in 0..100usize {
        let sample = |n: usize| (std::f32::consts::TAU * 6_000.0 * (step * 320 + n) as f32 / 16_000.0).sin() * 8_000.0;
        let frame: Vec<i16> = (0..320).map(|n| sample(n) as i16).collect();
        let mut bytes = [0; 1_000];
        let length = encoder.encode(&frame, &mut bytes).unwrap();
        let packet = rtp(111, step as u16, step as u32 * 960, 2, &bytes[..length]);
        world.packet(speaker.socket, address(&speaker.place), &packet);
        world.pass(Duration::from_millis(20));
    }
    let mut decoder = ropus::Decoder::new(16_000, ropus::Channels::Mono).unwrap();
    let mut heard = Vec::new();
    for packet in sent_to(&mut world, &wide.place) {
        let mut pcm = [0i16; 1_920];
        let count = decoder.decode(&packet.payload, &mut pcm, ropus::DecodeMode::Normal).unwrap();
        heard.extend(pcm[..count].iter().map(|sample| f32::from(*sample)));
    }
    assert!(share(&heard[heard.len() - 8_000..], 6_000.0, 16_000.0) > 0.9);
    let heard = narrow.heard(&mut world);
    assert!(tail(&heard).iter().all(|sample| sample.abs() < 200.0), "what it cannot carry is not folded into it");
}
