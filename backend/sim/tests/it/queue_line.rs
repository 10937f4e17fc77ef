//! Who comes first in a queue, what callers hear of their place, and who is not wanted at all (Q-11, Q-18, Q-20, EXA, VIP, HAR); and
//! ten thousand callers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use media::SoundName;
use shared::destination::Destination;
use shared::queue::{PositionAnnouncement, QueueSettings};
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::queue_caller::{
    ExclusiveAgent, ExclusiveAgentSettings, Nuisance, NuisanceLevel, NuisanceSettings, Vip, VipSettings,
};
use shared::reason::Reason;
use shared::registration::Registration;
use shared::ring_group::RingStrategy;
use shared::{ExclusiveAgentId, ExtensionId, Moment, NuisanceId, QueueId, RegistrationId, TenantId, VipId};
use sim::phone::description;
use sim::world::extension;
use sim::{PhoneId, Said, Weather, World};
use sip::{ConnectionId, Flow, Message, Transport};
use switch::Input;

use crate::call::{ACME, all_gone};
use crate::queue::{SILENT, answers, desk, hang_up, last_call, queue, rang, standings};
use crate::receptionist::{dial, press};
use crate::registration::stubbed;
use crate::trunk::{Carrier, inbound, rule, run};

fn vip(number: &str, valid_until: Option<Moment>) -> Vip {
    let settings = VipSettings { number: number.into(), valid_until, ..VipSettings::default() };
    Vip { id: VipId(1), tenant_id: TenantId(1), settings }
}

pub fn nuisance(id: i64, number: &str, level: NuisanceLevel) -> Nuisance {
    let settings = NuisanceSettings { number: number.into(), level, ..NuisanceSettings::default() };
    Nuisance { id: NuisanceId(id), tenant_id: TenantId(1), settings, hits: 0 }
}

/// Alice (101) and Dave (104) call the queue of Bob (102), who is in a call with Carol (103).
fn busy(change: impl FnOnce(&mut QueueSettings)) -> (World, PhoneId, PhoneId, PhoneId) {
    let only_bob = |queue: &mut QueueSettings| (queue.members.truncate(1), change(queue)).1;
    let (mut world, alice, [bob, carol, dave]) = desk(only_bob, [SILENT, answers(0), SILENT]);
    world.act(bob, |phone, now| phone.call(now, "103", Vec::new()));
    world.run(1);
    world.at(bob).said.clear();
    let _ = carol;
    (world, alice, bob, dave)
}

fn callers(world: &mut World) -> Vec<String> {
    standings(world)[0].waiting.iter().map(|call| call.caller.clone()).collect()
}

// covers: VIP-01, VIP-02, VIP-03
#[test]
fn vip_02_a_vip_comes_to_the_top_of_the_queue_until_its_date() {
    let (mut world, alice, bob, dave) = busy(|_| {});
    world.change_plan(ACME, |plan| plan.vips = vec![vip("104", None)]);
    dial(&mut world, alice, "8000");
    dial(&mut world, dave, "8000");
    assert_eq!(callers(&mut world), ["104", "101"]);
    hang_up(&mut world, bob);
    assert!(
        matches!(&world.at(bob).said[..], [.., Said::Incoming(user, _)] if user == "104"),
        "{:?}",
        world.at(bob).said
    );
    hang_up(&mut world, dave);
    assert!(world.ledger.last_trace().contains(&Reason::QueueVip));
    let until = world.now;
    world.change_plan(ACME, |plan| plan.vips = vec![vip("104", Some(until))]);
    dial(&mut world, dave, "8000");
    assert_eq!(callers(&mut world), ["101", "104"], "after its date it has no effect");
    hang_up(&mut world, dave);
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

// covers: EXA-01, EXA-02
#[test]
fn exa_02_a_callers_own_member_is_rung_first_while_it_is_idle() {
    let entry = ExclusiveAgent {
        id: ExclusiveAgentId(1),
        tenant_id: TenantId(1),
        settings: ExclusiveAgentSettings {
            description: "Key accounts".into(),
            callers: vec!["101".into()],
            agents: vec![ExtensionId(1_104)],
        },
    };
    for (strategy, expected) in [(RingStrategy::Prioritized, [0, 0, 1]), (RingStrategy::Simultaneous, [1, 1, 1])] {
        let (mut world, alice, members) = desk(|queue| queue.strategy = strategy, [SILENT; 3]);
        let entry = entry.clone();
        world.change_plan(ACME, |plan| plan.exclusive_agents = vec![entry]);
        dial(&mut world, alice, "8000");
        assert_eq!(rang(&mut world, members), expected, "{strategy:?}");
        dial(&mut world, alice, "8000");
        if strategy == RingStrategy::Prioritized {
            assert_eq!(rang(&mut world, members), [1, 0, 1], "it is busy: the others as usual");
            assert!(world.ledger.open.len() == 2);
        }
        hang_up(&mut world, alice);
        hang_up(&mut world, alice);
        assert!(world.ledger.last_trace().contains(&Reason::QueueExclusive));
        all_gone(&mut world);
    }
}

//
#[test]
fn q_11_a_caller_who_waits_longer_than_the_goal_is_late_once() {
    let (mut world, alice, _, _) = busy(|queue| queue.sla_seconds = 180);
    dial(&mut world, alice, "8000");
    world.run(178);
    assert!(!last_call(&world).late);
    world.run(2);
    assert!(last_call(&world).late && last_call(&world).waits());
    hang_up(&mut world, alice);
    assert!(last_call(&world).late);
}

fn phrases(world: &mut World) -> Vec<&'static str> {
    let said = world.media.take_fetched().into_iter();
    said.filter_map(|name| if let SoundName::Phrase(_, name) = name { Some(name) } else { None }).collect()
}

//
#[test]
fn q_20_a_caller_hears_its_place_once_or_again_and_again_and_how_long_it_may_take() {
    let every = PositionAnnouncement::Every { seconds: 10 };
    for (position, often) in [(PositionAnnouncement::Never, 0), (PositionAnnouncement::Once, 1), (every, 4)] {
        let (mut world, alice, _, dave) = busy(|queue| (queue.position, queue.says_wait) = (position, true));
        dial(&mut world, dave, "8000");
        world.run(9);
        world.media.take_fetched();
        dial(&mut world, alice, "8000");
        world.run(5);
        let first = phrases(&mut world);
        assert_eq!(
            first.iter().filter(|name| **name == "n_2").count(),
            usize::from(often > 0),
            "{position:?}: {first:?}"
        );
        assert!(!first.contains(&"queue_wait"), "nothing is known of how long calls take");
        hang_up(&mut world, dave);
        world.media.take_fetched();
        world.run(30);
        let again = phrases(&mut world).into_iter().filter(|name| *name == "queue_position").count();
        assert_eq!(again, if often > 1 { 3 } else { 0 }, "{position:?}");
        hang_up(&mut world, alice);
    }
    let wait = |queue: &mut QueueSettings| (queue.position, queue.says_wait) = (PositionAnnouncement::Once, true);
    let (mut world, alice, [bob, _, dave]) =
        desk(|queue| (queue.members.truncate(1), wait(queue)).1, [answers(0), SILENT, SILENT]);
    dial(&mut world, dave, "8000");
    world.run(200);
    hang_up(&mut world, bob);
    dial(&mut world, dave, "8000");
    world.media.take_fetched();
    dial(&mut world, alice, "8000");
    world.run(1);
    let mut said = phrases(&mut world);
    said.sort_unstable();
    // You are number one in the queue; the estimated waiting time is four minutes.
    assert_eq!(said, ["minutes", "n_1", "n_4", "queue_in_line", "queue_position", "queue_wait"]);
}

//
#[test]
fn q_18_what_a_queue_sends_outside_has_its_own_number() {
    let outside = |queue: &mut QueueSettings| {
        queue.otherwise = Destination::External { number: "00442345".into() };
        queue.outbound_caller_id = "49301110".into();
        queue.wait_seconds_max = 15;
    };
    let (mut world, alice, _) = desk(outside, [SILENT; 3]);
    let mut carrier = Carrier::new(1);
    world.change_plan(ACME, |plan| plan.outbound_rules = vec![rule("00", &[(1, 2, "+")])]);
    world.set_trunks(vec![carrier.plan(1, "49301110-49301119")]);
    dial(&mut world, alice, "8000");
    run(&mut world, &mut [&mut carrier], 18);
    let invite = carrier.of("INVITE")[0];
    assert_eq!(invite.request_uri().unwrap().user, "+442345");
    assert_eq!(world.ledger.open.values().next().unwrap().0.outbound_caller_id, "49301110");
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::TimedOut));
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut carrier], 40);
    all_gone(&mut world);
}

/// Nuisances on both levels, and a queue of 102 to 104.
fn unwanted() -> (World, PhoneId, [PhoneId; 3]) {
    let (mut world, alice, members) = desk(|_| {}, [SILENT; 3]);
    world.change_plan(ACME, |plan| plan.nuisances = vec![nuisance(7, "101", NuisanceLevel::First)]);
    (world, alice, members)
}

// covers: HAR-01, HAR-03
#[test]
fn har_01_a_nuisance_goes_on_with_2_and_ends_with_1_or_nothing() {
    for (keys, goes_on) in [("2", true), ("1", false), ("", false), ("5", false)] {
        let (mut world, alice, members) = unwanted();
        dial(&mut world, alice, "8000");
        assert_eq!(rang(&mut world, members), [0; 3], "before the line");
        press(&mut world, alice, keys);
        world.run(9);
        if keys.is_empty() {
            assert_eq!(world.at(alice).up().len(), 1, "it has ten seconds");
        }
        world.run(3);
        assert_eq!(world.at(alice).up().len(), usize::from(goes_on), "{keys:?}");
        assert_eq!(world.ledger.nuisances, [NuisanceId(7)], "it is counted");
        if goes_on {
            assert_eq!(rang(&mut world, members), [1, 0, 0]);
            hang_up(&mut world, alice);
            let trace = world.ledger.last_trace();
            assert!(trace.contains(&Reason::NuisanceFirst) && trace.contains(&Reason::NuisanceWentOn), "{trace:?}");
        } else {
            assert_eq!(last_call(&world).outcome, Some(QueueOutcome::Nuisance));
            assert_eq!(world.ledger.last_trace().last(), Some(&Reason::EndedAsNuisance));
        }
        all_gone(&mut world);
    }
}

// covers: HAR-02, HAR-03
#[test]
fn har_02_the_second_level_ends_after_its_sound_and_direct_calls_are_as_ever() {
    let (mut world, alice, members) = unwanted();
    world.change_plan(ACME, |plan| plan.nuisances.push(nuisance(8, "101", NuisanceLevel::Second)));
    dial(&mut world, alice, "8000");
    world.run(1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(_))));
    assert_eq!((rang(&mut world, members), world.ledger.nuisances.as_slice()), ([0; 3], &[NuisanceId(8)][..]));
    dial(&mut world, alice, "102");
    assert_eq!(rang(&mut world, members), [1, 0, 0], "only calls of queues are met so");
    hang_up(&mut world, alice);
    let until = world.now;
    world.change_plan(ACME, |plan| plan.nuisances.iter_mut().for_each(|one| one.settings.valid_until = Some(until)));
    dial(&mut world, alice, "8000");
    assert_eq!(rang(&mut world, members), [2, 0, 0], "after its date it has no effect");
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

const CALLERS: usize = 10_000;
const AGENTS: i64 = 200;
/// How long each is talked with.
const TALK_SECONDS: u64 = 2;

/// Many who call by a carrier, and the telephones of all members: what they have to say is said in plain packets.
struct Crowd {
    carrier: Carrier,
    /// The answers to the callers' INVITEs, by their numbers.
    answers: BTreeMap<String, Message>,
}

impl Crowd {
    fn turn(&mut self, world: &mut World) {
        for (to, bytes) in std::mem::take(&mut world.strayed) {
            let message = Message::parse(bytes).unwrap();
            match message.method() {
                "" if message.status() == 200 && message.cseq().1 == "INVITE" => {
                    let caller = message.call_id().to_owned();
                    self.answers.entry(caller.clone()).or_insert(message);
                    self.request(world, &caller, "ACK", 1);
                }
                "INVITE" => self.reply(world, to, &message, true),
                "BYE" | "CANCEL" => self.reply(world, to, &message, false),
                _ => {}
            }
        }
    }

    /// A caller's request inside its call.
    fn request(&self, world: &mut World, caller: &str, method: &str, cseq: u32) {
        let Some(answer) = self.answers.get(caller) else { panic!("{caller} was not answered") };
        let mut text = format!("{method} sip:192.0.2.1 SIP/2.0\r\nMax-Forwards: 70\r\nCSeq: {cseq} {method}\r\n");
        let remote = self.carrier.address;
        write!(text, "Via: SIP/2.0/UDP {remote};branch=z9hG4bK-{method}-{caller}\r\nCall-ID: {caller}\r\n").unwrap();
        for name in ["From", "To"] {
            write!(text, "{name}: {}\r\n", answer.header(name).unwrap()).unwrap();
        }
        text.push_str("Content-Length: 0\r\n\r\n");
        throw(world, remote, &[text.as_bytes()]);
    }

    fn reply(&self, world: &mut World, from: SocketAddr, request: &Message, answers: bool) {
        let mut text = String::from("SIP/2.0 200 OK\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let tag = if name == "To" && request.to_tag().is_empty() { ";tag=crowd" } else { "" };
            write!(text, "{name}: {}{tag}\r\n", request.header(name).unwrap()).unwrap();
        }
        let body = if answers { description(from.ip(), 40_000, "sendrecv") } else { Bytes::new() };
        let kind = if answers { "Content-Type: application/sdp\r\n" } else { "" };
        write!(text, "Contact: <sip:{from}>\r\n{kind}Content-Length: {}\r\n\r\n", body.len()).unwrap();
        throw(world, from, &[text.as_bytes(), &body]);
    }
}

fn throw(world: &mut World, from: SocketAddr, parts: &[&[u8]]) {
    let flow = Flow { transport: Transport::Udp, connection: ConnectionId::NEW, remote: from };
    world.throw_over(flow, Bytes::from(parts.concat()));
}

/// A telephone of a member, as it registered before a restart.
fn registered(number: i64, now: Moment) -> Registration {
    let place = number - 200;
    let source = format!("203.0.{}.{}:5060", place / 200, place % 200 + 1);
    Registration {
        id: RegistrationId(number),
        tenant_id: TenantId(1),
        extension_id: ExtensionId(1_000 + number),
        number: number.to_string(),
        contact: format!("sip:{number}@{source}"),
        transport: "udp".into(),
        source,
        user_agent: String::new(),
        instance: String::new(),
        reg_id: None,
        path: Vec::new(),
        q: 1_000,
        call_id: number.to_string(),
        cseq: 1,
        registered_at: now,
        expires_at: now + Duration::from_secs(3_600),
        reachable: true,
    }
}

//
#[test]
fn q_07_ten_thousand_callers_and_two_hundred_members_none_is_lost_and_each_comes_in_its_turn() {
    let mut world = stubbed(3, Weather::FAIR);
    let carrier = Carrier::new(1);
    let numbers = 201..201 + AGENTS;
    let members: Vec<ExtensionId> = numbers.clone().map(|number| ExtensionId(1_000 + number)).collect();
    world.change_plan(ACME, |plan| {
        plan.quota.concurrent_calls_max = None;
        plan.extensions.extend(numbers.clone().map(|number| extension(1, ACME, number)));
        plan.queues = vec![queue(1, |queue| {
            (queue.members, queue.strategy) = (members, RingStrategy::LeastWorked);
            (queue.waiting_max, queue.wait_seconds_max, queue.waits_without_members) = (10_000, 65_535, true);
        })];
        plan.inbound_rules = vec![inbound(1, "49301110", "", Destination::Queue { queue_id: QueueId(1) })];
    });
    world.set_trunks(vec![carrier.plan(1, "49301110-49301119")]);
    let mut crowd = Crowd { carrier, answers: BTreeMap::new() };
    for number in 0..CALLERS {
        crowd.carrier.call_as(&mut world, &format!("+4940{number:05}"), "+49301110", &format!("crowd-{number:05}"));
        if number % 50 == 49 {
            world.run_for(Duration::from_millis(50));
            crowd.turn(&mut world);
        }
    }
    assert_eq!(standings(&mut world)[0].waiting_count as usize, CALLERS);
    let now = world.now;
    world.tell(Input::Restore(numbers.map(|number| registered(number, now)).collect()));
    let (mut over, mut seconds) = (BTreeSet::new(), 0_u64);
    while over.len() < CALLERS && seconds < 1_000 {
        for _ in 0..2 {
            world.run_for(Duration::from_millis(500));
            crowd.turn(&mut world);
        }
        seconds += 1;
        let until = world.now;
        let talked = |call: &&QueueCall| {
            call.answered_at.is_some_and(|at| until.since(at).as_secs() >= TALK_SECONDS) && !over.contains(&call.id)
        };
        let done: Vec<_> =
            world.ledger.queue_calls.values().filter(talked).map(|call| (call.id, call.caller.clone())).collect();
        for (id, caller) in done {
            over.insert(id);
            let caller = format!("crowd-{}", &caller[5..]);
            crowd.request(&mut world, &caller, "BYE", 2);
        }
    }
    world.run(1);
    let mut calls: Vec<_> = world.ledger.queue_calls.values().cloned().collect();
    let outcomes: BTreeSet<_> = calls.iter().map(|call| (call.outcome, call.ended_at.is_some())).collect();
    assert_eq!(outcomes, [(Some(QueueOutcome::Answered), true)].into(), "after {seconds} seconds");
    assert_eq!((calls.len(), over.len()), (CALLERS, CALLERS));
    calls.sort_by_key(|call| (call.entered_at, call.id));
    // Each is rung in its turn; how long its packets take differs.
    let early = calls.windows(2).filter(|pair| pair[1].answered_at.unwrap() < pair[0].answered_at.unwrap());
    let most = early.map(|pair| pair[0].answered_at.unwrap().since(pair[1].answered_at.unwrap())).max();
    assert!(most.is_none_or(|most| most < Duration::from_secs(2)), "{most:?}");
    let mut worked: BTreeMap<ExtensionId, usize> = BTreeMap::new();
    calls.iter().for_each(|call| *worked.entry(call.agent_id.unwrap()).or_default() += 1);
    assert_eq!(worked.len(), AGENTS as usize);
    assert!(worked.values().all(|count| (45..=55).contains(count)), "{worked:?}");
    assert!(world.ledger.complaints.is_empty(), "{:?}", world.ledger.complaints.first());
}
