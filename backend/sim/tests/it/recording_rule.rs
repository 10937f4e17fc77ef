//! Rules of recording, recording on demand, and what a tenant without room does (REC-01, T-05).

use shared::destination::Destination;
use shared::live::{Answer, Ask};
use shared::reason::Reason;
use shared::recording::Recording;
use shared::recording_rule::{OwnCallRecording, RecordAction, RecordingRules, RecordingState};
use shared::ring_group::{RingGroup, RingGroupSettings};
use shared::{ExtensionGroupId, ExtensionId, QueueId, RingGroupId, TenantId, TrunkId};
use sim::{PhoneId, World};
use switch::RecordingPlan;

use crate::call::{ACME, all_gone};
use crate::queue::queue;
use crate::registration::fair;
use crate::trunk::{Carrier, abroad, dial as dial_out, inbound, reachable, rule, run};

/// A group of extensions that nobody is in until a test says so.
const SALES: ExtensionGroupId = ExtensionGroupId(77);

fn two() -> (World, PhoneId, PhoneId) {
    let mut world = fair();
    let [alice, bob] = ["101", "102"].map(|number| world.registered(ACME, number));
    (world, alice, bob)
}

fn set(world: &mut World, rules: RecordingRules) {
    world.change_plan(ACME, |plan| plan.recording_rules = rules);
}

fn put_into_sales(world: &mut World, id: i64) {
    world.change_plan(ACME, |plan| {
        plan.extensions
            .iter_mut()
            .filter(|known| known.id == ExtensionId(id))
            .for_each(|known| known.groups.push(SALES));
    });
}

fn dial(world: &mut World, from: PhoneId, to: &str) {
    world.act(from, |phone, now| phone.call(now, to, Vec::new()));
    world.run(3);
}

fn hang_up(world: &mut World, phone: PhoneId) {
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(2);
}

fn call(world: &mut World, from: PhoneId, to: &str) {
    dial(world, from, to);
    world.run(4);
    hang_up(world, from);
}

fn keys(world: &mut World, phone: PhoneId, keys: &str) {
    for key in keys.chars() {
        world.act(phone, |phone, now| phone.press(now, key));
        world.run(1);
    }
}

fn recordings(world: &World) -> Vec<Recording> {
    world.ledger.recordings.values().cloned().collect()
}

// covers: REC-01, T-03
#[test]
fn rec_01_the_calls_of_a_groups_members_are_recorded_on_either_side() {
    let (mut world, alice, bob) = two();
    set(&mut world, RecordingRules { extension_groups: vec![SALES], ..RecordingRules::default() });
    call(&mut world, alice, "102");
    assert!(recordings(&world).is_empty());
    put_into_sales(&mut world, 1_102);
    for (from, to) in [(alice, "102"), (bob, "101")] {
        call(&mut world, from, to);
    }
    assert_eq!(recordings(&world).len(), 2);
    assert!(world.ledger.last_trace().contains(&Reason::CallRecorded));
    all_gone(&mut world);
}

// covers: REC-01
#[test]
fn rec_01_calls_that_came_to_a_ring_group_are_recorded_and_others_of_its_members_not() {
    let (mut world, alice, _) = two();
    let settings = RingGroupSettings {
        number: "600".into(),
        name: "Sales".into(),
        members: vec![ExtensionId(1_102)],
        ..RingGroupSettings::default()
    };
    let group = RingGroup { id: RingGroupId(5), tenant_id: TenantId(1), settings };
    world.change_plan(ACME, |plan| plan.ring_groups = vec![group]);
    set(&mut world, RecordingRules { ring_groups: vec![RingGroupId(5)], ..RecordingRules::default() });
    call(&mut world, alice, "102");
    assert!(recordings(&world).is_empty());
    call(&mut world, alice, "600");
    assert_eq!(recordings(&world).len(), 1);
    all_gone(&mut world);
}

// covers: REC-01
#[test]
fn rec_01_calls_that_came_to_a_queue_are_recorded_from_the_answer_on() {
    let (mut world, alice, _) = two();
    world.change_plan(ACME, |plan| plan.queues = vec![queue(1, |queue| queue.members = vec![ExtensionId(1_102)])]);
    set(&mut world, RecordingRules { queues: vec![QueueId(1)], ..RecordingRules::default() });
    call(&mut world, alice, "102");
    assert!(recordings(&world).is_empty());
    call(&mut world, alice, "8000");
    assert_eq!(recordings(&world).len(), 1);
    all_gone(&mut world);
}

// covers: REC-01
#[test]
fn rec_01_calls_by_a_trunk_are_recorded_in_both_directions_and_by_others_not() {
    let (mut world, alice, mut one, mut two) = abroad();
    set(&mut world, RecordingRules { trunks: vec![TrunkId(2)], ..RecordingRules::default() });
    dial_out(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 5);
    assert!(recordings(&world).is_empty(), "by carrier 1");
    set(&mut world, RecordingRules { trunks: vec![TrunkId(1)], ..RecordingRules::default() });
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one, &mut two], 5);
    dial_out(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 5);
    assert_eq!(recordings(&world).len(), 1);
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one, &mut two], 5);
    all_gone(&mut world);

    let (mut world, bob, mut one) = reachable();
    set(&mut world, RecordingRules { trunks: vec![TrunkId(1)], ..RecordingRules::default() });
    one.call(&mut world, "+4940777", "+49301110");
    run(&mut world, &mut [&mut one], 5);
    assert_eq!(recordings(&world).len(), 1);
    world.act(bob, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one], 40);
    all_gone(&mut world);
}

// covers: REC-01
#[test]
fn rec_01_a_call_between_two_who_are_outside_is_not_recorded_where_the_tenant_wants_that() {
    for (excluded, count) in [(false, 1), (true, 0)] {
        let (mut world, _, mut one) = reachable();
        let mut two = Carrier::new(2);
        world.set_trunks(vec![one.plan(1, "49301110-49301119"), two.plan(2, "*")]);
        world.change_plan(ACME, |plan| {
            plan.recording = RecordingPlan { all: true, ..RecordingPlan::default() };
            let outside = Destination::External { number: "00442345".into() };
            plan.inbound_rules = vec![inbound(1, "*", "", outside)];
            plan.outbound_rules = vec![rule("00", &[(2, 2, "+")])];
        });
        set(&mut world, RecordingRules { no_external_recording: excluded, ..RecordingRules::default() });
        one.call(&mut world, "+4940777", "+49301110");
        run(&mut world, &mut [&mut one, &mut two], 6);
        assert_eq!(two.of("INVITE").len(), 1, "it went out again");
        assert_eq!(recordings(&world).len(), count, "{excluded}");
        let id = world.ledger.open.keys().next().copied().unwrap();
        world.ask(Ask::HangUp(TenantId(1), id));
        run(&mut world, &mut [&mut one, &mut two], 40);
        let told = world.ledger.last_trace().contains(&Reason::OutsideNotRecorded);
        assert_eq!(told, excluded);
        all_gone(&mut world);
    }
}

// covers: REC-01
#[test]
fn rec_01_on_demand_by_keys_with_a_pause_that_is_left_out_and_told() {
    let (mut world, alice, _) = two();
    put_into_sales(&mut world, 1_101);
    set(&mut world, RecordingRules { on_demand: vec![SALES], ..RecordingRules::default() });
    dial(&mut world, alice, "102");
    keys(&mut world, alice, "5*");
    assert!(recordings(&world).is_empty());
    keys(&mut world, alice, "1");
    assert_eq!(recordings(&world).len(), 1);
    assert_eq!(recordings(&world)[0].millis, None);
    world.run(4);
    let before = world.ledger.calls_changed;
    keys(&mut world, alice, "*2");
    assert_eq!(world.ledger.calls_changed, before + 1, "buttons of the portal learn of the pause by it");
    // What a process that is killed now has told of it.
    let [goes_on] = recordings(&world)[0].pauses[..] else { panic!("{:?}", recordings(&world)[0].pauses) };
    assert!((5_000..7_500).contains(&goes_on.at_millis) && goes_on.millis == 0, "{goes_on:?}");
    world.run(10);
    keys(&mut world, alice, "*2");
    assert_eq!(world.ledger.calls_changed, before + 2, "and of its end");
    let over = recordings(&world)[0].pauses.clone();
    assert!(matches!(over[..], [over] if over.at_millis == goes_on.at_millis && over.millis > 0), "{over:?}");
    world.run(4);
    hang_up(&mut world, alice);
    let one = &recordings(&world)[0];
    let [pause] = one.pauses.as_slice() else { panic!("{:?}", one.pauses) };
    assert!((5_000..7_500).contains(&pause.at_millis), "{pause:?}");
    assert!((11_000..13_500).contains(&pause.millis), "{pause:?}");
    let millis = one.millis.unwrap();
    assert!((9_000..13_500).contains(&millis), "without the pause: {millis}");
    let trace = world.ledger.last_trace();
    for told in [Reason::RecordedOnDemand, Reason::RecordingPaused, Reason::RecordingResumed] {
        assert!(trace.contains(&told), "{told:?} {trace:?}");
    }
    all_gone(&mut world);
}

// covers: REC-01
#[test]
fn rec_01_on_demand_ends_by_the_same_keys_and_may_begin_again_as_another_recording() {
    let (mut world, alice, _) = two();
    put_into_sales(&mut world, 1_101);
    set(&mut world, RecordingRules { on_demand: vec![SALES], toggle_code: "#9".into(), ..RecordingRules::default() });
    dial(&mut world, alice, "102");
    keys(&mut world, alice, "*1");
    assert!(recordings(&world).is_empty(), "another code is set");
    keys(&mut world, alice, "#9");
    world.run(3);
    keys(&mut world, alice, "#9");
    world.run(2);
    let millis = recordings(&world)[0].millis.expect("it has ended before the call");
    assert!((4_000..6_500).contains(&millis), "{millis}");
    keys(&mut world, alice, "#9");
    assert_eq!(recordings(&world).len(), 2);
    hang_up(&mut world, alice);
    assert!(recordings(&world).iter().all(|one| one.millis.is_some()));
    all_gone(&mut world);
}

// covers: REC-01
#[test]
fn rec_01_only_who_may_records_on_demand_and_what_a_rule_wants_cannot_be_ended() {
    let (mut world, alice, bob) = two();
    put_into_sales(&mut world, 1_102);
    dial(&mut world, alice, "102");
    keys(&mut world, bob, "*1");
    assert!(recordings(&world).is_empty(), "nobody may at first");
    set(&mut world, RecordingRules { on_demand: vec![SALES], ..RecordingRules::default() });
    keys(&mut world, alice, "*1");
    assert!(recordings(&world).is_empty(), "Alice is in no such group");
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::RecordingRefused));

    world.change_plan(ACME, |plan| plan.recording = RecordingPlan { all: true, ..RecordingPlan::default() });
    dial(&mut world, alice, "102");
    keys(&mut world, bob, "*1");
    assert_eq!(recordings(&world)[0].millis, None, "it goes on");
    keys(&mut world, bob, "*2");
    world.run(5);
    hang_up(&mut world, alice);
    assert_eq!(recordings(&world)[0].pauses.len(), 1, "but may be paused");
    assert!(world.ledger.last_trace().contains(&Reason::RecordingKept));
    all_gone(&mut world);
}

fn ask(world: &mut World, own: i64, call_id: &str, action: RecordAction) -> Option<Result<OwnCallRecording, String>> {
    match world.ask(Ask::RecordCall(TenantId(1), ExtensionId(own), call_id.to_owned(), action)) {
        Some(Answer::CallRecording(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

// covers: REC-01, T-10
#[test]
fn rec_01_on_demand_by_a_button_for_whose_call_it_is_and_nobody_else() {
    let (mut world, alice, _) = two();
    put_into_sales(&mut world, 1_101);
    set(&mut world, RecordingRules { on_demand: vec![SALES], ..RecordingRules::default() });
    dial(&mut world, alice, "102");
    let call_id = world.at(alice).replaces().unwrap().split(';').next().unwrap().to_owned();
    let state = |answer: Option<Result<OwnCallRecording, String>>| answer.unwrap().unwrap().state;
    let looked = ask(&mut world, 1_101, &call_id, RecordAction::Look).unwrap().unwrap();
    assert_eq!((looked.state, looked.is_allowed), (RecordingState::Off, true));
    assert_eq!(ask(&mut world, 1_102, &call_id, RecordAction::Start), None, "Bob's phone has another name for it");
    assert_eq!(ask(&mut world, 1_101, "nothing", RecordAction::Start), None);
    assert_eq!(state(ask(&mut world, 1_101, &call_id, RecordAction::Start)), RecordingState::On);
    assert_eq!(state(ask(&mut world, 1_101, &call_id, RecordAction::Pause)), RecordingState::Paused);
    assert_eq!(state(ask(&mut world, 1_101, &call_id, RecordAction::Pause)), RecordingState::Paused);
    assert_eq!(state(ask(&mut world, 1_101, &call_id, RecordAction::Resume)), RecordingState::On);
    assert_eq!(state(ask(&mut world, 1_101, &call_id, RecordAction::Stop)), RecordingState::Off);
    world.run(1);
    set(&mut world, RecordingRules::default());
    let refused = ask(&mut world, 1_101, &call_id, RecordAction::Start).unwrap().unwrap_err();
    assert!(refused.contains("may not"), "{refused}");
    assert_eq!(recordings(&world).len(), 1);
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

// covers: T-05
#[test]
fn t_05_without_room_nothing_new_is_recorded_what_goes_on_does_and_the_trace_says_so_once() {
    let (mut world, alice, _) = two();
    put_into_sales(&mut world, 1_101);
    set(&mut world, RecordingRules { on_demand: vec![SALES], ..RecordingRules::default() });
    world.change_plan(ACME, |plan| plan.recording = RecordingPlan { all: true, ..RecordingPlan::default() });
    dial(&mut world, alice, "102");
    world.change_plan(ACME, |plan| plan.storage_full = true);
    world.run(5);
    assert_eq!(recordings(&world)[0].millis, None);
    hang_up(&mut world, alice);
    assert!(recordings(&world)[0].millis.unwrap() > 5_000, "to its end");
    dial(&mut world, alice, "102");
    keys(&mut world, alice, "*1");
    hang_up(&mut world, alice);
    assert_eq!(recordings(&world).len(), 1);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::RecordingRoomless) && !trace.contains(&Reason::CallRecorded), "{trace:?}");
    world.change_plan(ACME, |plan| plan.storage_full = false);
    call(&mut world, alice, "102");
    assert_eq!(recordings(&world).len(), 2);
    all_gone(&mut world);
}
