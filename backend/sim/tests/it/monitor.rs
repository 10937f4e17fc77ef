//! Monitoring: who hears whom at each level, who may, and how it ends (CTI-01 to CTI-08, GRP-07).

use std::time::Duration;

use shared::live::{Answer, Ask};
use shared::monitor::MonitorLevel;
use shared::reason::Reason;
use shared::{ExtensionGroupId, ExtensionId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use sip::EndCause;
use switch::{MonitorPlan, Monitored};

use crate::call::{ACME, all_gone};
use crate::receptionist::press;
use crate::transfer::{connect, hear_each_other, three};
use crate::watcher::Watcher;

const CAROL: ExtensionId = ExtensionId(1_103);

fn allow(world: &mut World, supervisors: &[i64], monitored: &Monitored) {
    let monitors = supervisors.iter().map(|number| (ExtensionId(1_000 + number), monitored.clone())).collect();
    world.change_plan(ACME, |plan| plan.monitoring = MonitorPlan { enabled: true, monitors });
}

/// Alice (101) has called Bob (102), and they talk; Carol (103) and Dan (104) may monitor everybody.
fn office() -> (World, [PhoneId; 4]) {
    let (mut world, alice, bob, carol) = three();
    let dan = world.registered(ACME, "104");
    world.at(dan).said.clear();
    allow(&mut world, &[103, 104], &Monitored { all: true, ..Monitored::default() });
    (world, [alice, bob, carol, dan])
}

fn dial(world: &mut World, phone: PhoneId, number: &str) {
    world.act(phone, |phone, now| phone.call(now, number, Vec::new()));
    world.run(1);
}

fn hang_up(world: &mut World, phone: PhoneId) {
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(2);
}

/// Whom each of these hears, by their places.
fn heard(world: &mut World, phones: &[PhoneId]) -> Vec<Vec<usize>> {
    let mut heard = vec![Vec::new(); phones.len()];
    for (place, speaker) in phones.iter().enumerate() {
        let before: Vec<u64> = phones.iter().map(|phone| world.at(*phone).sound).collect();
        world.speak(*speaker, 30);
        world.run(1);
        for (listener, (phone, before)) in phones.iter().zip(before).enumerate() {
            if world.at(*phone).sound - before > 15 {
                heard[listener].push(place);
            }
        }
    }
    heard
}

fn last(world: &mut World, phone: PhoneId) -> Option<Said> {
    world.at(phone).said.last().cloned()
}

fn trace_of(world: &World, caller: &str) -> Vec<Reason> {
    let closed = world.ledger.closed.iter().rev().find(|(record, _)| record.caller == caller).unwrap();
    closed.1.iter().map(|step| step.code).collect()
}

// covers: CTI-02, CTI-03, CTI-04, CTI-05, CTI-07, CTI-08
#[test]
fn cti_07_each_level_is_dialled_or_reached_by_its_key_and_each_use_is_noted() {
    let listens = vec![vec![1], vec![0], vec![0, 1]];
    let whispers = vec![vec![1], vec![0, 2], vec![0, 1]];
    let barges = vec![vec![1, 2], vec![0, 2], vec![0, 1]];
    for (dialled, level, expected) in [
        ("888*102", MonitorLevel::Listen, &listens),
        ("888*102*1", MonitorLevel::Listen, &listens),
        ("888*102*2", MonitorLevel::Whisper, &whispers),
        ("888*102*3", MonitorLevel::Barge, &barges),
    ] {
        let (mut world, [alice, bob, carol, _]) = office();
        let all = [alice, bob, carol];
        dial(&mut world, carol, dialled);
        assert_eq!(last(&mut world, carol), Some(Said::Answered), "{dialled}");
        assert_eq!(&heard(&mut world, &all), expected, "{dialled}");
        for (key, expected) in [("2", &whispers), ("3", &barges), ("1", &listens), ("7", &listens), ("3", &barges)] {
            press(&mut world, carol, key);
            assert_eq!(&heard(&mut world, &all), expected, "{dialled}, then {key}");
        }
        let of = |level| ("103".to_owned(), "102".to_owned(), level);
        use MonitorLevel::{Barge, Listen, Whisper};
        assert_eq!(world.ledger.monitored, [level, Whisper, Barge, Listen, Barge].map(of));
        hang_up(&mut world, carol);
        hear_each_other(&mut world, alice, bob, carol);
        let trace = trace_of(&world, "103");
        for code in [Reason::ServiceDialled, Reason::MonitorWhispers, Reason::MonitorBarges, Reason::MonitorListens] {
            assert!(trace.contains(&code), "{trace:?}");
        }
        hang_up(&mut world, alice);
        all_gone(&mut world);
        let trace = trace_of(&world, "101");
        assert!(trace.iter().all(|code| !code.code().contains("monitor")), "those who talk see nothing: {trace:?}");
        assert_eq!(world.ledger.closed.len(), 2, "a record each");
    }
}

// covers: CTI-03
#[test]
fn cti_03_nobody_sees_who_listens() {
    let (mut world, [alice, bob, carol, _]) = office();
    let mut watchers = [("101", 7), ("102", 8)].map(|(number, place)| {
        let mut watcher = Watcher::new(place, "104");
        watcher.subscribe(&mut world, "dialog", number, 600);
        watcher.drain(&mut world);
        watcher
    });
    let said = [alice, bob].map(|phone| world.at(phone).said.len());
    let live = |world: &mut World| match world.ask(Ask::LiveCalls(Some(TenantId(1)))) {
        Some(Answer::LiveCalls(calls)) => calls.into_iter().find(|call| call.caller == "101").unwrap(),
        other => panic!("{other:?}"),
    };
    let before = live(&mut world);
    dial(&mut world, carol, "888*102");
    press(&mut world, carol, "21");
    let after = live(&mut world);
    assert_eq!(
        (after.caller_extension_id, after.callee_extension_id),
        (before.caller_extension_id, before.callee_extension_id)
    );
    hang_up(&mut world, carol);
    for watcher in &mut watchers {
        assert!(watcher.drain(&mut world).is_empty(), "their lamps stay as they were");
    }
    assert_eq!([alice, bob].map(|phone| world.at(phone).said.len()), said, "no message comes to their telephones");
    let record = world.ledger.last().unwrap();
    assert_eq!((record.callee.as_str(), record.callee_extension_id), ("888*102", None), "it is not in Bob's list");
}

// covers: CTI-06
#[test]
fn cti_06_taking_over_ends_the_extension_and_leaves_two() {
    for (dialled, key) in [("888*102*4", ""), ("888*102", "4"), ("888*102*3", "4")] {
        let (mut world, [alice, bob, carol, dan]) = office();
        dial(&mut world, dan, "888*102");
        dial(&mut world, carol, dialled);
        press(&mut world, carol, key);
        world.run(2);
        let Some(Said::Ended(EndCause::Bye(Some(why)))) = last(&mut world, bob) else {
            panic!("{:?}", last(&mut world, bob))
        };
        assert!(why.contains("taken over"), "{why}");
        assert!(matches!(last(&mut world, dan), Some(Said::Ended(_))), "who listened to Bob has nobody to listen to");
        assert_eq!(trace_of(&world, "104").last(), Some(&Reason::MonitorOver));
        hear_each_other(&mut world, alice, carol, bob);
        assert_eq!(world.live_calls(), 1);
        assert_eq!(trace_of(&world, "103").last(), Some(&Reason::TakenOver));
        let told = world.at(alice).invite.clone();
        assert!(told.is_some(), "she is told with whom she talks");
        hang_up(&mut world, alice);
        all_gone(&mut world);
        let trace = trace_of(&world, "101");
        assert!(trace.contains(&Reason::TakenOver), "{trace:?}");
        assert!(!trace.contains(&Reason::TransferStarted), "{trace:?}");
        let record = world.ledger.closed.iter().find(|(record, _)| record.caller == "101").unwrap();
        assert!(record.0.final_destination.starts_with("sip:103@"), "{}", record.0.final_destination);
    }
}

// covers: CTI-06
#[test]
fn cti_06_the_caller_may_be_taken_over_from_too_and_one_alone_takes_over() {
    let (mut world, [alice, bob, carol, dan]) = office();
    dial(&mut world, carol, "888*101");
    dial(&mut world, dan, "888*101");
    // Both in the same moment.
    world.act(carol, |phone, now| phone.press(now, '4'));
    world.act(dan, |phone, now| phone.press(now, '4'));
    world.run(3);
    assert!(matches!(last(&mut world, alice), Some(Said::Ended(_))));
    let up = [carol, dan].map(|phone| world.at(phone).up().len());
    assert_eq!(up.iter().sum::<usize>(), 1, "{up:?}");
    let (taken, other) = if up[0] == 1 { (carol, dan) } else { (dan, carol) };
    hear_each_other(&mut world, bob, taken, other);
    hang_up(&mut world, bob);
    all_gone(&mut world);
}

// covers: CTI-01, CTI-02, CTI-08
#[test]
fn cti_08_who_is_on_no_list_is_refused_and_turned_off_the_code_is_unknown() {
    let (mut world, [_, bob, carol, dan]) = office();
    let refused = |world: &mut World, phone: PhoneId, number: &str| {
        dial(world, phone, number);
        let Some(Said::Failed(status, _)) = last(world, phone) else { panic!("{number}: {:?}", last(world, phone)) };
        (status, world.ledger.last().unwrap().ended_reason.unwrap())
    };
    allow(&mut world, &[103], &Monitored { groups: [ExtensionGroupId(9)].into(), all: false });
    assert_eq!(refused(&mut world, carol, "888*102"), (403, Reason::MonitoringForbidden), "of another group");
    assert_eq!(refused(&mut world, dan, "888*102"), (403, Reason::MonitoringForbidden), "on no list");
    world.change_plan(ACME, |plan| {
        for known in plan.extensions.iter_mut().filter(|known| known.number == "102") {
            known.groups.push(ExtensionGroupId(9));
        }
    });
    assert_eq!(refused(&mut world, carol, "888*101"), (403, Reason::MonitoringForbidden));
    for (number, refusal) in [
        ("888", (484, Reason::NumberInvalid)),
        ("888*", (484, Reason::NumberInvalid)),
        ("888*102*5", (484, Reason::NumberInvalid)),
        ("888*199", (404, Reason::NumberUnknown)),
        ("888*103", (486, Reason::CalleeIsCaller)),
    ] {
        assert_eq!(refused(&mut world, carol, number), refusal, "{number}");
    }
    dial(&mut world, carol, "888*102");
    assert_eq!(last(&mut world, carol), Some(Said::Answered), "a member of the group");
    hang_up(&mut world, carol);
    // Never across tenants.
    let stranger = world.registered("globex.localhost", "103");
    world.change_plan("globex.localhost", |plan| {
        let monitors = [(ExtensionId(2_103), Monitored { all: true, ..Monitored::default() })].into();
        plan.monitoring = MonitorPlan { enabled: true, monitors };
    });
    assert_eq!(refused(&mut world, stranger, "888*102"), (480, Reason::MonitorNoCall));
    world.change_plan(ACME, |plan| plan.codes.listening = "*77".into());
    dial(&mut world, carol, "*77*102");
    assert_eq!(last(&mut world, carol), Some(Said::Answered), "another code");
    hang_up(&mut world, carol);
    world.change_plan(ACME, |plan| plan.monitoring.enabled = false);
    assert_eq!(refused(&mut world, carol, "*77*102"), (404, Reason::NumberUnknown));
    hang_up(&mut world, bob);
    all_gone(&mut world);
}

// covers: CTI-08
#[test]
fn cti_08_without_a_call_it_is_said_so_and_the_end_of_the_call_ends_it() {
    let (mut world, [alice, _, carol, dan]) = office();
    dial(&mut world, carol, "888*104");
    world.run(3);
    assert!(matches!(last(&mut world, carol), Some(Said::Failed(480, _))), "{:?}", last(&mut world, carol));
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::MonitorNoCall));
    let fetched = world.media.take_fetched();
    let phrase = |name: &media::SoundName| matches!(name, media::SoundName::Phrase(_, "monitor_no_call"));
    assert!(fetched.iter().any(phrase), "{fetched:?}");
    dial(&mut world, carol, "888*102*2");
    dial(&mut world, dan, "888*101");
    // Who monitors is in no call that can be monitored itself.
    allow(&mut world, &[101, 102, 103, 104], &Monitored { all: true, ..Monitored::default() });
    assert_eq!(
        world.ask(Ask::Monitor(TenantId(1), CAROL, ExtensionId(1_104), MonitorLevel::Listen)),
        Some(Answer::Monitoring(Err("104 is in no call that could be monitored.".into())))
    );
    assert_eq!(world.live_calls(), 3);
    hang_up(&mut world, alice);
    for phone in [carol, dan] {
        assert!(
            matches!(last(&mut world, phone), Some(Said::Ended(EndCause::Bye(Some(_))))),
            "{:?}",
            last(&mut world, phone)
        );
    }
    assert_eq!(trace_of(&world, "103").last(), Some(&Reason::MonitorOver));
    all_gone(&mut world);
}

// covers: CTI-03
#[test]
fn cti_03_it_goes_on_over_hold_and_transfer_as_long_as_the_extension_is_there() {
    let (mut world, [alice, bob, carol, dan]) = office();
    dial(&mut world, carol, "888*101");
    dial(&mut world, dan, "888*102*2");
    world.act(bob, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    world.act(bob, |phone, now| phone.offer(now, "sendrecv"));
    world.run(1);
    assert_eq!(heard(&mut world, &[alice, bob, carol]), [vec![1], vec![0], vec![0, 1]]);
    assert_eq!(world.at(dan).up().len(), 1);
    // A transfer that fails leaves everybody where they were.
    crate::transfer::refer(&mut world, bob, "<sip:199@acme.localhost>");
    world.run(2);
    assert_eq!((world.at(carol).up().len(), world.at(dan).up().len()), (1, 1));
    // An attended transfer takes Bob out: who listened to him has nobody, who listens to Alice hears her with another.
    hang_up(&mut world, dan);
    world.at(dan).manner = Manner::Answer(Duration::from_secs(1));
    let first = world.at(bob).up()[0];
    dial(&mut world, bob, "104");
    world.run(3);
    let second = world.at(bob).up().into_iter().find(|dialog| *dialog != first).unwrap();
    connect(&mut world, bob, first, second);
    world.run(3);
    assert!(world.at(bob).up().is_empty());
    assert_eq!(heard(&mut world, &[alice, dan, carol]), [vec![1], vec![0], vec![0, 1]]);
    hang_up(&mut world, alice);
    assert!(world.at(carol).up().is_empty());
    all_gone(&mut world);
}

// covers: CTI-03, CTI-06
#[test]
fn cti_03_asked_for_from_a_page_the_own_devices_ring_and_whoever_answers_listens() {
    let (mut world, [alice, bob, carol, _]) = office();
    world.at(carol).manner = Manner::Answer(Duration::from_secs(2));
    let ask = |world: &mut World, supervisor: ExtensionId, level| {
        world.ask(Ask::Monitor(TenantId(1), supervisor, ExtensionId(1_102), level))
    };
    assert_eq!(ask(&mut world, CAROL, MonitorLevel::Barge), Some(Answer::Monitoring(Ok(()))));
    world.run(1);
    assert!(matches!(last(&mut world, carol), Some(Said::Incoming(who, _)) if who == "102"));
    world.run(3);
    assert_eq!(heard(&mut world, &[alice, bob, carol]), [vec![1, 2], vec![0, 2], vec![0, 1]]);
    press(&mut world, carol, "1");
    assert_eq!(heard(&mut world, &[alice, bob, carol]), [vec![1], vec![0], vec![0, 1]]);
    press(&mut world, carol, "4");
    world.run(2);
    hear_each_other(&mut world, alice, carol, bob);
    let refused = ask(&mut world, ExtensionId(1_101), MonitorLevel::Listen);
    assert!(matches!(&refused, Some(Answer::Monitoring(Err(why))) if why.contains("may not monitor")), "{refused:?}");
    hang_up(&mut world, alice);
    all_gone(&mut world);
    // Nobody answers.
    let (mut world, [alice, _, carol, _]) = office();
    world.at(carol).manner = Manner::Refuse(486);
    assert_eq!(ask(&mut world, CAROL, MonitorLevel::Listen), Some(Answer::Monitoring(Ok(()))));
    world.run(3);
    assert_eq!(world.live_calls(), 1);
    // The call ends while it rings.
    world.at(carol).manner = Manner::Ring;
    assert_eq!(ask(&mut world, CAROL, MonitorLevel::Listen), Some(Answer::Monitoring(Ok(()))));
    world.run(2);
    hang_up(&mut world, alice);
    world.run(60);
    assert_eq!(world.live_calls(), 0);
    all_gone(&mut world);
}
