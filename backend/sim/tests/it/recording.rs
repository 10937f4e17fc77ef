//! Recordings: who is recorded, from when to when, and whoever takes whose place (REC-01, EXT-11).

use shared::reason::Reason;
use shared::recording::Recording;
use shared::{CallId, ExtensionId};
use sim::{PhoneId, World};
use switch::RecordingPlan;

use crate::call::{ACME, all_gone};
use crate::registration::fair;
use crate::transfer::refer;

/// Alice (101), Bob (102) and Carol (103), who answer.
fn three() -> (World, [PhoneId; 3]) {
    let mut world = fair();
    let phones = ["101", "102", "103"].map(|number| world.registered(ACME, number));
    (world, phones)
}

fn recorded(world: &mut World, extensions: &[i64]) {
    world.change_plan(ACME, |plan| {
        for known in &mut plan.extensions {
            known.record_calls = extensions.contains(&known.id.0);
        }
    });
}

fn call(world: &mut World, from: PhoneId, to: &str, seconds: u64) {
    world.act(from, |phone, now| phone.call(now, to, Vec::new()));
    world.run(3 + seconds);
    world.act(from, |phone, now| phone.hang_up(now));
    world.run(2);
}

fn only(world: &World) -> Recording {
    assert_eq!(world.ledger.recordings.len(), 1);
    world.ledger.recordings.values().next().unwrap().clone()
}

// covers: REC-01, EXT-11
#[test]
fn ext_11_the_calls_of_an_extension_are_recorded_on_either_side_and_no_others() {
    let (mut world, [alice, bob, _]) = three();
    recorded(&mut world, &[1_102]);
    call(&mut world, alice, "103", 5);
    assert!(world.ledger.recordings.is_empty());
    call(&mut world, alice, "102", 5);
    let recording = only(&world);
    assert_eq!((recording.caller.as_str(), recording.callee.as_str(), recording.tracks), ("101", "102", 1));
    assert_eq!(recording.callee_extension_id, Some(ExtensionId(1_102)));
    assert!((4_000..9_000).contains(&recording.millis.unwrap()), "{recording:?}");
    assert!(world.ledger.last_trace().contains(&Reason::CallRecorded));
    call(&mut world, bob, "103", 5);
    assert_eq!(world.ledger.recordings.len(), 2);
    all_gone(&mut world);
}

// covers: T-03, REC-05
#[test]
fn t_03_all_calls_of_a_tenant_are_recorded_where_it_wants_that_and_on_two_tracks() {
    let (mut world, [alice, ..]) = three();
    let recording = RecordingPlan { all: true, tracks: true, announced: true };
    world.change_plan(ACME, |plan| plan.recording = recording);
    call(&mut world, alice, "102", 5);
    assert_eq!(only(&world).tracks, 2);
    all_gone(&mut world);
}

// covers: REC-01
#[test]
fn rec_01_a_transfer_stays_one_recording_and_who_rings_in_vain_none() {
    let (mut world, [alice, bob, carol]) = three();
    recorded(&mut world, &[1_102]);
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(5);
    assert_eq!((world.at(alice).up().len(), world.at(carol).up().len()), (1, 1));
    assert_eq!(only(&world).millis, None, "it goes on");
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(2);
    assert!(only(&world).millis.unwrap() > 4_000);
    assert_ne!(only(&world).call_id, CallId(0));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(2);
    assert_eq!(world.ledger.recordings.len(), 1);
    all_gone(&mut world);
}
