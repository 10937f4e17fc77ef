//! Rooms: everybody hears all others and not itself, and each tone tells whose it is.

use std::time::Duration;

use media::{Happened, LegId, LegKind, Part, SocketId, What};

use crate::sound::{address, mu_linear, mu_sine, samples, sent_to, share};
use crate::world::{CALL, Rtp, World, phone, rtp};

const MU: [&str; 2] = ["0 PCMU/8000", "101 telephone-event/8000"];
const A_LAW: [&str; 1] = ["8 PCMA/8000"];
const OPUS: [&str; 1] = ["111 opus/48000/2"];

/// A phone in the room, with a tone of its own.
struct Guest {
    leg: LegId,
    place: String,
    socket: SocketId,
    frequency: f32,
    level: f32,
}

impl Guest {
    fn come(world: &mut World, number: u16, formats: &[&str], part: Part) -> Self {
        let (leg, port) = (LegId(u64::from(number) + 1), 6_000 + 2 * number);
        world.open(leg, LegKind::Phone);
        let answer = world.answer(leg, &phone("198.51.100.7", port, formats), None);
        world.order(leg, What::Mix(part));
        let frequency = 300.0 + 50.0 * f32::from(number);
        Self { leg, place: format!("198.51.100.7:{port}"), socket: world.socket(&answer), frequency, level: 8_000.0 }
    }

    /// 20 ms of its tone, in µ-law.
    fn say(&self, world: &mut World, step: usize) {
        let tone = mu_sine(self.frequency, self.level, step * 160, 160);
        let packet = rtp(0, step as u16, step as u32 * 160, self.leg.0 as u32, &tone);
        assert_eq!(world.packet(self.socket, address(&self.place), &packet), None);
    }

    fn heard(&self, world: &mut World) -> Vec<Rtp> {
        sent_to(world, &self.place)
    }
}

const fn part(speaks: bool, hears: bool) -> Part {
    Part { room: CALL, speaks, hears }
}

/// Lets those who talk talk for so many steps.
fn talk(world: &mut World, talkers: &[&Guest], steps: std::ops::Range<usize>) {
    for step in steps {
        for guest in talkers {
            guest.say(world, step);
        }
        world.pass(Duration::from_millis(20));
    }
}

/// The end of what was heard, after all has settled.
fn signal(packets: &[Rtp]) -> Vec<f32> {
    let all = samples(packets);
    all[all.len().saturating_sub(4_000)..].to_vec()
}

// covers: PAG-02
#[test]
fn each_hears_all_others_and_not_itself_however_many_and_loud_they_are() {
    let mut world = World::new();
    let guests: Vec<Guest> = (0..20).map(|number| Guest::come(&mut world, number, &MU, part(true, true))).collect();
    let silent = Guest::come(&mut world, 20, &MU, part(true, true));
    let all: Vec<&Guest> = guests.iter().collect();
    talk(&mut world, &all, 0..60);
    for guest in &guests {
        let heard = signal(&guest.heard(&mut world));
        for other in &guests {
            let share = share(&heard, other.frequency, 8_000.0);
            let expected = if other.leg == guest.leg { 0.0..0.004 } else { 0.02..0.09 };
            assert!(expected.contains(&share), "{} hears {share} of {}", guest.frequency, other.frequency);
        }
        let loudest = heard.iter().fold(0.0f32, |loudest, sample| loudest.max(sample.abs()));
        assert!((8_000.0..31_500.0).contains(&loudest), "{loudest}: twenty are softer and not cut off");
    }
    let heard = signal(&silent.heard(&mut world));
    assert!(guests.iter().all(|guest| share(&heard, guest.frequency, 8_000.0) > 0.02));
}

// covers: PAG-02, PAG-03
#[test]
fn pag_03_who_listens_is_heard_when_it_may_speak_and_not_before_or_after() {
    let mut world = World::new();
    let caller = Guest::come(&mut world, 0, &MU, part(true, true));
    let members = [1, 2].map(|number| Guest::come(&mut world, number, &MU, part(false, true)));
    let [one, two] = &members;
    talk(&mut world, &[&caller, one, two], 0..60);
    let (heard_one, heard_two) = (one.heard(&mut world), two.heard(&mut world));
    assert!(share(&signal(&heard_one), caller.frequency, 8_000.0) > 0.95);
    let payloads = |packets: &[Rtp]| packets.iter().map(|packet| packet.payload.clone()).collect::<Vec<_>>();
    assert_eq!(payloads(&heard_one), payloads(&heard_two), "made once for all who listen");
    assert!(signal(&caller.heard(&mut world)).iter().all(|sample| sample.abs() < 50.0), "nobody else is heard");

    world.order(one.leg, What::Mix(part(true, true)));
    talk(&mut world, &[&caller, one, two], 60..120);
    assert!(share(&signal(&caller.heard(&mut world)), one.frequency, 8_000.0) > 0.95);
    let heard = signal(&two.heard(&mut world));
    assert!([&caller, one].iter().all(|guest| share(&heard, guest.frequency, 8_000.0) > 0.4));
    assert!(share(&signal(&one.heard(&mut world)), caller.frequency, 8_000.0) > 0.95);

    world.order(one.leg, What::Mix(part(false, true)));
    talk(&mut world, &[&caller, one, two], 120..180);
    assert!(signal(&caller.heard(&mut world)).iter().all(|sample| sample.abs() < 50.0));
}

#[test]
fn each_hears_in_its_own_codec() {
    let mut world = World::new();
    let caller = Guest::come(&mut world, 0, &MU, part(true, true));
    let a_law = Guest::come(&mut world, 1, &A_LAW, part(true, true));
    let opus = Guest::come(&mut world, 2, &OPUS, part(true, true));
    talk(&mut world, &[&caller], 0..100);
    let a_law = a_law.heard(&mut world);
    assert!(a_law.iter().all(|packet| packet.payload_type == 8 && packet.payload.len() == 160));
    let mut decoder = ropus::Decoder::new(16_000, ropus::Channels::Mono).unwrap();
    let mut decoded = Vec::new();
    let frames = opus.heard(&mut world);
    for frame in &frames {
        let mut pcm = [0i16; 1_920];
        let count = decoder.decode(&frame.payload, &mut pcm, ropus::DecodeMode::Normal).unwrap();
        decoded.extend(pcm[..count].iter().map(|sample| f32::from(*sample)));
    }
    assert!(frames.windows(2).all(|pair| pair[1].timestamp == pair[0].timestamp.wrapping_add(960)));
    assert!(frames.len() >= 98 && a_law.len() >= 98, "{} {}", frames.len(), a_law.len());
    let tail = &decoded[decoded.len() - 8_000..];
    assert!(share(tail, caller.frequency, 16_000.0) > 0.9);
    let level = (tail.iter().map(|s| s * s).sum::<f32>() / tail.len() as f32).sqrt();
    assert!((4_500.0..6_700.0).contains(&level), "{level}");
}

#[test]
fn a_room_goes_on_while_nobody_speaks_and_ends_with_its_last_guest() {
    let mut world = World::new();
    let guest = Guest::come(&mut world, 0, &MU, part(true, true));
    world.pass(Duration::from_secs(1));
    let heard = guest.heard(&mut world);
    assert!((49..=51).contains(&heard.len()), "{}", heard.len());
    assert!(samples(&heard).iter().all(|sample| sample.abs() < 10.0));
    assert_eq!(mu_linear(heard[0].payload[0]).abs(), 0.0);

    let other = Guest::come(&mut world, 1, &MU, part(true, true));
    world.order(other.leg, What::Connect(guest.leg));
    guest.heard(&mut world);
    world.pass(Duration::from_secs(1));
    assert_eq!(guest.heard(&mut world), [], "two who are connected are in no room");
    world.order(guest.leg, What::Mix(part(true, true)));
    for leg in [guest.leg, other.leg] {
        world.order(leg, What::Close);
    }
    world.pass(Duration::from_secs(300));
    assert_eq!(world.engine.legs(), 0);
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn who_only_listens_may_be_quiet_and_who_hears_nothing_is_sent_nothing() {
    let mut world = World::new();
    let speaker = Guest::come(&mut world, 0, &MU, part(true, false));
    let listener = Guest::come(&mut world, 1, &MU, part(false, true));
    talk(&mut world, &[&speaker], 0..300);
    assert_eq!(world.quiet, []);
    assert_eq!(speaker.heard(&mut world), []);
    assert!(listener.heard(&mut world).len() >= 299);
    assert!(!world.told().iter().any(|(_, what)| matches!(what, Happened::Silent { .. })));
    world.order(listener.leg, What::Mix(part(true, true)));
    world.pass(Duration::from_secs(4));
    assert_eq!(world.quiet.len(), 2, "whoever is to speak and does not is told: {:?}", world.quiet);
}
