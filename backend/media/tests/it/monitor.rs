//! Somebody listens to two, and each tone tells whose it is and who hears it (CTI-03 to CTI-06).

use std::time::Duration;

use media::{Happened, HeardBy, LegId, LegKind, Monitoring, Recording, SocketId, SoundFile, What};
use shared::{CallId, SoundId, TenantId};

use crate::sound::{address, mu_sine, samples, sent_to, share};
use crate::world::{A, B, C, CALL, OTHER, Rtp, World, phone, rtp};

const MU: [&str; 2] = ["0 PCMU/8000", "101 telephone-event/8000"];
const A_LAW: [&str; 2] = ["8 PCMA/8000", "101 telephone-event/8000"];
const OPUS: [&str; 1] = ["111 opus/48000/2"];
/// The supervisor's leg in the call of those who talk.
const TAKES_OVER: LegId = LegId(9);

/// A phone with a tone of its own.
struct Speaker {
    place: &'static str,
    socket: SocketId,
    frequency: f32,
}

const PLACES: [(&str, u16, &str); 3] = [
    ("198.51.100.1", 4_000, "198.51.100.1:4000"),
    ("198.51.100.2", 5_000, "198.51.100.2:5000"),
    ("198.51.100.3", 6_000, "198.51.100.3:6000"),
];

impl Speaker {
    fn come(world: &mut World, call: CallId, leg: LegId, number: usize, formats: &[&str]) -> Self {
        let (host, port, place) = PLACES[number];
        world.order_in(call, leg, What::Open { kind: LegKind::Phone, address: None });
        world.order_in(call, leg, What::RemoteOffer(phone(host, port, formats).into()));
        world.order_in(call, leg, What::MakeAnswer { like: None });
        let described = world.told().into_iter().rev().find_map(|(_, what)| match what {
            Happened::Answer(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            _ => None,
        });
        let socket = world.socket(&described.unwrap());
        Self { place, socket, frequency: 300.0 + 400.0 * number as f32 }
    }

    /// A packet of it; what is passed on at once lies with what was sent.
    fn send(&self, world: &mut World, packet: &[u8]) {
        if let Some((transmit, bytes)) = world.packet(self.socket, address(self.place), packet) {
            world.sent.push((transmit, bytes.into()));
        }
    }

    fn say(&self, world: &mut World, step: usize) {
        let tone = mu_sine(self.frequency, 6_000.0, step * 160, 160);
        self.send(world, &rtp(0, step as u16, step as u32 * 160, self.frequency as u32, &tone));
    }
}

/// The agent, whom the caller talks with, and the supervisor, in a call of its own.
struct Three {
    world: World,
    all: [Speaker; 3],
    step: usize,
}

impl Three {
    fn new(formats: [&[&str]; 3]) -> Self {
        let mut world = World::new();
        let agent = Speaker::come(&mut world, CALL, A, 0, formats[0]);
        let caller = Speaker::come(&mut world, CALL, B, 1, formats[1]);
        let supervisor = Speaker::come(&mut world, OTHER, C, 2, formats[2]);
        world.order(A, What::Connect(B));
        Self { world, all: [agent, caller, supervisor], step: 0 }
    }

    fn level(&mut self, heard: HeardBy) {
        self.world.order_in(OTHER, C, What::Monitor(Monitoring { of: A, heard }));
    }

    /// All talk for a second and a half; what each has heard.
    fn talk(&mut self) -> [Vec<Rtp>; 3] {
        for _ in 0..75 {
            for speaker in &self.all {
                speaker.say(&mut self.world, self.step);
            }
            self.world.pass(Duration::from_millis(20));
            self.step += 1;
        }
        std::array::from_fn(|who| sent_to(&mut self.world, PLACES[who].2))
    }

    /// Whom each of the three hears at the end of that.
    fn heard(&mut self) -> [Vec<usize>; 3] {
        let packets = self.talk();
        let frequencies: Vec<f32> = self.all.iter().map(|speaker| speaker.frequency).collect();
        packets.map(|packets| {
            let all = samples(&packets);
            let end = &all[all.len().saturating_sub(4_000)..];
            (0..3).filter(|who| share(end, frequencies[*who], 8_000.0) > 0.1).collect()
        })
    }
}

// covers: CTI-03, CTI-04, CTI-05, CTI-07
#[test]
fn cti_03_who_hears_whom_is_as_the_level_says_and_may_change_at_any_time() {
    let mut three = Three::new([&MU; 3]);
    assert_eq!(three.heard(), [vec![1], vec![0], vec![]]);
    for _ in 0..2 {
        three.level(HeardBy::Nobody);
        assert_eq!(three.heard(), [vec![1], vec![0], vec![0, 1]], "nobody hears who listens");
        three.level(HeardBy::One);
        assert_eq!(three.heard(), [vec![1, 2], vec![0], vec![0, 1]], "the one alone");
        three.level(HeardBy::Both);
        assert_eq!(three.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]], "all");
    }
    three.world.order_in(OTHER, C, What::Disconnect);
    assert_eq!(three.heard(), [vec![1], vec![0], vec![]], "as before");
}

// covers: CTI-03
#[test]
fn cti_03_what_the_two_say_is_passed_on_as_it_is_while_somebody_listens() {
    let mut three = Three::new([&MU; 3]);
    three.level(HeardBy::Nobody);
    let [agent, caller, supervisor] = three.talk();
    for (packets, frequency) in [(&agent, 700.0), (&caller, 300.0)] {
        assert_eq!(packets.len(), 75);
        for (step, packet) in packets.iter().enumerate() {
            assert_eq!(packet.payload, mu_sine(frequency, 6_000.0, step * 160, 160), "not a sample is another");
        }
        assert!(packets.windows(2).all(|two| two[1].sequence == two[0].sequence.wrapping_add(1)));
    }
    assert!((70..=76).contains(&supervisor.len()), "{}", supervisor.len());
}

// covers: CTI-04
#[test]
fn cti_04_the_stream_of_who_is_whispered_to_stays_one() {
    let mut three = Three::new([&MU; 3]);
    let mut all = Vec::new();
    for heard in [HeardBy::Nobody, HeardBy::One, HeardBy::Nobody, HeardBy::Both, HeardBy::One] {
        three.level(heard);
        let [agent, ..] = three.talk();
        assert!((73..=77).contains(&agent.len()), "{heard:?}: {}", agent.len());
        all.extend(agent);
    }
    assert!(all.windows(2).all(|two| two[1].sequence == two[0].sequence.wrapping_add(1) && two[1].ssrc == two[0].ssrc));
    assert!(all.windows(2).all(|two| two[1].timestamp.wrapping_sub(two[0].timestamp) < 8_000), "time goes on");
}

// covers: CTI-06
#[test]
fn cti_06_taking_over_leaves_two_who_hear_each_other() {
    let mut three = Three::new([&MU; 3]);
    three.level(HeardBy::Both);
    three.heard();
    three.world.order_in(CALL, TAKES_OVER, What::Adopt(C));
    three.world.order(TAKES_OVER, What::Connect(B));
    three.world.order(A, What::Close);
    let [agent, caller, supervisor] = three.heard();
    assert_eq!((agent, caller, supervisor), (vec![], vec![2], vec![1]));
    for leg in [TAKES_OVER, B] {
        three.world.order(leg, What::Close);
    }
    assert_eq!((three.world.engine.legs(), three.world.engine.poll_timeout()), (0, None), "nothing is left");
}

// covers: CTI-03
#[test]
fn cti_03_two_may_listen_to_either_end_and_hear_no_more_of_each_other_than_all_do() {
    let mut three = Three::new([&MU; 3]);
    let second = LegId(4);
    three.world.order_in(OTHER, second, What::Open { kind: LegKind::Phone, address: None });
    three.world.order_in(OTHER, second, What::RemoteOffer(phone("198.51.100.4", 7_000, &MU).into()));
    three.world.order_in(OTHER, second, What::MakeAnswer { like: None });
    three.world.order_in(OTHER, second, What::Monitor(Monitoring { of: B, heard: HeardBy::Nobody }));
    let other = |three: &mut Three| {
        let packets = sent_to(&mut three.world, "198.51.100.4:7000");
        let all = samples(&packets);
        let end = all[all.len().saturating_sub(4_000)..].to_vec();
        [300.0, 700.0, 1_100.0].map(|frequency| share(&end, frequency, 8_000.0) > 0.1)
    };
    three.level(HeardBy::One);
    assert_eq!(three.heard(), [vec![1, 2], vec![0], vec![0, 1]]);
    assert_eq!(other(&mut three), [true, true, false], "a whisper is for one");
    three.level(HeardBy::Both);
    assert_eq!(three.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]]);
    assert_eq!(other(&mut three), [true, true, true]);
    // The leg that the first listens to goes: it hears nobody, and the other still does.
    three.world.order(A, What::Close);
    let [_, caller, supervisor] = three.heard();
    assert_eq!((caller, supervisor), (vec![], vec![]));
    assert_eq!(other(&mut three), [false, true, false]);
    for (call, leg) in [(CALL, B), (OTHER, C), (OTHER, second)] {
        three.world.order_in(call, leg, What::Close);
    }
    assert_eq!((three.world.engine.legs(), three.world.engine.poll_timeout()), (0, None));
}

// covers: CTI-03, CTI-07
#[test]
fn cti_07_keys_of_the_talkers_go_through_and_those_of_the_supervisor_are_told_alone() {
    let mut three = Three::new([&MU; 3]);
    for heard in [HeardBy::Nobody, HeardBy::One, HeardBy::Both] {
        three.level(heard);
        three.talk();
        three.world.told();
        for who in [1, 2] {
            for (place, end) in [(0u16, 0u8), (1, 0), (2, 0x80), (3, 0x80), (4, 0x80)] {
                let payload = [5 + who as u8, end | 10, 3, 0x20];
                let (sequence, timestamp) = (three.step as u16 + place, three.step as u32 * 160);
                let packet = rtp(101, sequence, timestamp, three.all[who].frequency as u32, &payload);
                three.all[who].send(&mut three.world, &packet);
                three.world.pass(Duration::from_millis(20));
            }
            three.step += 5;
        }
        let told: Vec<_> =
            three.world.told().into_iter().filter(|(_, what)| matches!(what, Happened::Digit(_))).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        let keys = |place: usize, world: &mut World| {
            let all = sent_to(world, PLACES[place].2);
            all.into_iter()
                .filter(|packet| packet.payload_type == 101)
                .map(|packet| packet.payload[0])
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(0, &mut three.world), [6; 5], "the caller's key, and not the supervisor's");
        assert_eq!(keys(1, &mut three.world), [0u8; 0]);
        assert_eq!(keys(2, &mut three.world), [0u8; 0]);
    }
}

// covers: CTI-05
#[test]
fn cti_05_other_codecs_are_translated_and_a_recording_holds_the_two_alone() {
    let mut three = Three::new([&MU, &A_LAW, &OPUS]);
    let file = SoundFile { tenant: TenantId(1), id: SoundId(1) };
    let tape = |track| Recording { file, track, tracks: 2, mixed: true, hush: None };
    three.world.order(A, What::Record(tape(0)));
    three.world.order(B, What::Record(tape(1)));
    for heard in [HeardBy::Nobody, HeardBy::Both] {
        three.level(heard);
        for _ in 0..75 {
            let step = three.step;
            three.all[0].say(&mut three.world, step);
            three.world.pass(Duration::from_millis(20));
            three.step += 1;
        }
        let packets = sent_to(&mut three.world, PLACES[2].2);
        assert!((72..=77).contains(&packets.len()), "{}", packets.len());
        assert!(packets.iter().all(|packet| packet.payload_type == 111 && packet.payload.len() > 3));
        let caller = sent_to(&mut three.world, PLACES[1].2);
        assert!((72..=77).contains(&caller.len()) && caller.iter().all(|packet| packet.payload_type == 8));
    }
    three.world.order(A, What::Close);
    three.world.order(B, What::Close);
    let (recorded, over) = &three.world.recorded[&file];
    assert!(*over && recorded.len() > 16_000 * 2);
    let recorded: Vec<f32> = recorded.iter().map(|sample| f32::from(*sample)).collect();
    assert!(share(&recorded[8_000..40_000], 300.0, 16_000.0) > 0.9);
}
