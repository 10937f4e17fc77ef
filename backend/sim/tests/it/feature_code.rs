//! What telephones dial for services: intercom, pick-up, held calls (DIAL-01, PAG-04, ADV-05, ADV-06).

use std::time::Duration;

use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::ring_group::{RingGroup, RingGroupSettings};
use shared::{ExtensionId, RingGroupId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use sip::EndCause;

use crate::call::{ACME, all_gone, pair, talking};
use crate::transfer::{hear_each_other, refer, three};
use crate::watcher::{Watcher, text};

const GLOBEX: &str = "globex.localhost";

fn dial(world: &mut World, phone: PhoneId, number: &str) {
    world.act(phone, |phone, now| phone.call(now, number, Vec::new()));
    world.run(1);
}

fn last(world: &mut World, phone: PhoneId) -> Option<Said> {
    world.at(phone).said.last().cloned()
}

/// The phone's call came to nothing by this reason, of which there is a record.
fn refused(world: &mut World, phone: PhoneId, number: &str, status: u16, reason: Reason) {
    let before = world.ledger.closed.len();
    dial(world, phone, number);
    assert!(matches!(last(world, phone), Some(Said::Failed(code, _)) if code == status), "{number}");
    assert_eq!(world.ledger.closed.len(), before + 1);
    let record = world.ledger.last().unwrap();
    assert_eq!((record.ended_reason, record.fail_code), (Some(reason), status));
    assert!(number.ends_with(&record.callee), "{}", record.callee);
}

/// Alice (101) calls Bob (102), whose phone rings for ever; Carol (103) is there.
fn ringing() -> (World, PhoneId, PhoneId, PhoneId) {
    let (mut world, alice, bob) = pair();
    let carol = world.registered(ACME, "103");
    world.at(bob).manner = Manner::Ring;
    for phone in [alice, bob, carol] {
        world.at(phone).said.clear();
    }
    dial(&mut world, alice, "102");
    assert_eq!(last(&mut world, alice), Some(Said::Ringing));
    (world, alice, bob, carol)
}

/// The two talk, the third is silent; the one who hangs up ends it all, and there is one record of it.
fn talk_and_end(world: &mut World, one: PhoneId, other: PhoneId, nobody: PhoneId) {
    hear_each_other(world, one, other, nobody);
    world.act(other, |phone, now| phone.hang_up(now));
    world.run(1);
    assert!(matches!(last(world, one), Some(Said::Ended(EndCause::Bye(_)))), "{:?}", last(world, one));
    all_gone(world);
    assert_eq!(world.ledger.closed.len(), 1, "one call, one record");
}

fn is_elsewhere(said: Option<Said>) -> bool {
    matches!(said, Some(Said::Cancelled(reason)) if reason.contains("Call completed elsewhere"))
}

// covers: PAG-04, ADV-02
#[test]
fn pag_04_the_intercom_asks_the_phone_to_answer_by_itself() {
    let (mut world, alice, bob) = pair();
    dial(&mut world, alice, "*11102");
    let invite = world.at(bob).invite.clone().unwrap();
    assert_eq!(invite.header("Call-Info"), Some("<sip:acme.localhost>;answer-after=0"));
    world.run(3);
    assert_eq!(last(&mut world, alice), Some(Said::Answered));
    let nobody = world.registered(ACME, "104");
    hear_each_other(&mut world, alice, bob, nobody);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    let record = world.ledger.last().unwrap();
    assert_eq!((record.callee.as_str(), record.callee_extension_id), ("102", Some(ExtensionId(1_102))));
    assert!(world.ledger.last_trace().contains(&Reason::ServiceDialled));
    dial(&mut world, alice, "102");
    assert_eq!(world.at(bob).invite.clone().unwrap().header("Call-Info"), None, "a call asks for nothing");
}

// covers: PAG-04
#[test]
fn pag_04_nobody_is_interrupted_who_talks_or_wants_no_calls() {
    let (mut world, alice, _) = talking();
    let carol = world.registered(ACME, "103");
    refused(&mut world, carol, "*11102", 486, Reason::NotInterrupted);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    world.change_plan(ACME, |plan| plan.extensions[1].presence.status = PresenceStatus::DoNotDisturb);
    refused(&mut world, carol, "*11102", 486, Reason::CalleeNotDisturbed);
    refused(&mut world, carol, "*11104", 480, Reason::CalleeOffline);
    refused(&mut world, carol, "*11", 484, Reason::NumberInvalid);
    all_gone(&mut world);
}

// covers: PAG-01, ADV-00, DIAL-01
#[test]
fn pag_01_another_code_holds_from_the_next_call_on() {
    let (mut world, alice, bob) = pair();
    world.change_plan(ACME, |plan| plan.codes.intercom = "*80".into());
    refused(&mut world, alice, "*11102", 404, Reason::NumberUnknown);
    dial(&mut world, alice, "*80102");
    assert!(world.at(bob).invite.clone().unwrap().header("Call-Info").is_some());
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: ADV-05
#[test]
fn adv_05_a_call_that_rings_elsewhere_moves_to_whoever_picks_it_up() {
    let (mut world, alice, bob, carol) = ringing();
    dial(&mut world, carol, "**102");
    assert_eq!((last(&mut world, alice), last(&mut world, carol)), (Some(Said::Answered), Some(Said::Answered)));
    assert!(is_elsewhere(last(&mut world, bob)), "{:?}", last(&mut world, bob));
    assert_eq!(world.live_calls(), 1);
    talk_and_end(&mut world, alice, carol, bob);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!((record.callee.as_str(), record.callee_extension_id), ("102", Some(ExtensionId(1_103))));
    assert!(record.final_destination.starts_with("sip:103@"), "{}", record.final_destination);
    assert_eq!(record.ended_reason, Some(Reason::CalleeHungUp));
    assert!(world.ledger.last_trace().contains(&Reason::PickedUp));
}

// covers: ADV-05, RG-01
#[test]
fn adv_05_the_code_alone_picks_up_what_rings_in_a_group_of_ones_own() {
    let (mut world, alice, bob) = pair();
    let [carol, dave] = ["103", "104"].map(|number| world.registered(ACME, number));
    world.at(bob).manner = Manner::Ring;
    world.at(carol).manner = Manner::Refuse(486);
    let settings = RingGroupSettings {
        number: "600".into(),
        name: "Sales".into(),
        members: [1_102, 1_103].map(ExtensionId).to_vec(),
        ..RingGroupSettings::default()
    };
    let group = RingGroup { id: RingGroupId(1), tenant_id: TenantId(1), settings };
    world.change_plan(ACME, |plan| plan.ring_groups = vec![group]);
    dial(&mut world, alice, "600");
    refused(&mut world, dave, "**", 404, Reason::NothingRings);
    world.ledger.closed.clear();
    dial(&mut world, carol, "**");
    assert_eq!((last(&mut world, alice), last(&mut world, carol)), (Some(Said::Answered), Some(Said::Answered)));
    assert!(is_elsewhere(last(&mut world, bob)));
    talk_and_end(&mut world, alice, carol, bob);
    let record = world.ledger.last().unwrap();
    assert_eq!((record.callee.as_str(), record.callee_extension_id), ("600", Some(ExtensionId(1_103))));
}

// covers: ADV-05, T-10
#[test]
fn adv_05_where_nothing_rings_and_for_strangers_there_is_nothing_to_pick_up() {
    let (mut world, alice, bob, carol) = ringing();
    let stranger = world.registered(GLOBEX, "103");
    refused(&mut world, stranger, "**102", 404, Reason::NothingRings);
    refused(&mut world, carol, "**104", 404, Reason::NothingRings);
    refused(&mut world, carol, "**", 404, Reason::NothingRings);
    refused(&mut world, carol, "**105", 404, Reason::NumberUnknown);
    // Who calls does not answer itself.
    refused(&mut world, alice, "**102", 404, Reason::NothingRings);
    assert!(world.at(bob).lines.len() == 1, "it rings still");
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(1);
    refused(&mut world, carol, "**102", 404, Reason::NothingRings);
    all_gone(&mut world);
}

// covers: ADV-05, T-11
#[test]
fn adv_05_to_pick_up_is_no_call_more() {
    let (mut world, alice, bob, carol) = ringing();
    world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = Some(1));
    dial(&mut world, carol, "**102");
    talk_and_end(&mut world, alice, carol, bob);
}

// covers: ADV-05
#[test]
fn adv_05_whoever_cannot_be_heard_leaves_the_call_ringing() {
    let (mut world, alice, bob, carol) = ringing();
    let video = "v=0\r\no=- 1 1 IN IP4 10.0.0.3\r\ns=-\r\nc=IN IP4 10.0.0.3\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\n";
    world.act(carol, |phone, now| phone.call_with(now, "**102", Vec::new(), video.into()));
    world.run(1);
    assert!(matches!(last(&mut world, carol), Some(Said::Failed(488, _))), "{:?}", last(&mut world, carol));
    world.act(carol, |phone, now| phone.call_with(now, "**102", Vec::new(), Default::default()));
    world.run(1);
    assert!(matches!(last(&mut world, carol), Some(Said::Failed(488, _))), "{:?}", last(&mut world, carol));
    assert_eq!((last(&mut world, alice), world.at(bob).lines.len()), (Some(Said::Ringing), 1));
    dial(&mut world, carol, "**102");
    talk_and_end(&mut world, alice, carol, bob);
}

// covers: ADV-05
#[test]
fn adv_05_a_call_that_is_handed_on_is_picked_up_too() {
    let (mut world, alice, bob, carol) = three();
    let dave = world.registered(ACME, "104");
    world.at(carol).manner = Manner::Ring;
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    dial(&mut world, dave, "**103");
    assert!(is_elsewhere(last(&mut world, carol)), "{:?}", last(&mut world, carol));
    assert!(world.at(bob).said.contains(&Said::Notified(200, true)));
    talk_and_end(&mut world, alice, dave, bob);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::TransferredBlind) && trace.contains(&Reason::PickedUp), "{trace:?}");
}

// covers: ADV-06
#[test]
fn adv_06_a_held_call_goes_on_at_whoever_takes_it() {
    let (mut world, alice, bob, carol) = three();
    refused(&mut world, carol, "##102", 404, Reason::NothingHeld);
    world.ledger.closed.clear();
    world.act(bob, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    // Neither a stranger nor the one who is held takes it.
    let stranger = world.registered(GLOBEX, "103");
    refused(&mut world, stranger, "##102", 404, Reason::NothingHeld);
    refused(&mut world, alice, "##102", 404, Reason::NothingHeld);
    world.ledger.closed.clear();
    dial(&mut world, carol, "##102");
    assert_eq!(last(&mut world, carol), Some(Said::Answered));
    let ended = last(&mut world, bob);
    assert!(
        matches!(&ended, Some(Said::Ended(EndCause::Bye(Some(why)))) if why.contains("taken from hold")),
        "{ended:?}"
    );
    let told = world.at(alice).invite.clone().unwrap();
    assert_eq!(told.header("P-Asserted-Identity"), Some("\"Person 103\" <sip:103@acme.localhost>"));
    talk_and_end(&mut world, alice, carol, bob);
    assert!(world.ledger.last_trace().contains(&Reason::TakenFromHold));
    assert!(world.ledger.last().unwrap().final_destination.starts_with("sip:103@"));
}

// covers: ADV-06
#[test]
fn adv_06_whoever_holds_takes_the_call_on_another_phone_of_ones_own() {
    let (mut world, alice, bob, carol) = three();
    let other = world.registered(ACME, "101");
    world.act(alice, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    dial(&mut world, other, "##101");
    assert_eq!(last(&mut world, other), Some(Said::Answered));
    assert!(world.at(alice).up().is_empty());
    hear_each_other(&mut world, bob, other, carol);
    world.act(bob, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert!(world.ledger.last_trace().contains(&Reason::LegReplaced));
}

// covers: ADV-05
#[test]
fn adv_05_whenever_two_answer_at_once_one_of_them_talks() {
    let mut picked = 0;
    for step in 0..40 {
        let (mut world, alice, bob) = pair();
        let carol = world.registered(ACME, "103");
        world.at(bob).manner = Manner::Answer(Duration::from_secs(1));
        world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
        world.run_for(Duration::from_millis(850 + step * 10));
        world.act(carol, |phone, now| phone.call(now, "**102", Vec::new()));
        world.run(3);
        let up = [alice, bob, carol].map(|phone| world.at(phone).up().len());
        assert!(up == [1, 1, 0] || up == [1, 0, 1], "{step}: {up:?}");
        picked += up[2];
        let other = if up[2] == 1 { (carol, bob) } else { (bob, carol) };
        hear_each_other(&mut world, alice, other.0, other.1);
        world.act(alice, |phone, now| phone.hang_up(now));
        all_gone(&mut world);
    }
    assert!((5..35).contains(&picked), "{picked} of 40 were picked up");
}

// covers: ADV-05
#[test]
fn adv_05_a_caller_who_gives_up_meanwhile_leaves_nobody_in_a_call() {
    for step in 0..30 {
        let (mut world, alice, bob, carol) = ringing();
        world.act(carol, |phone, now| phone.call(now, "**102", Vec::new()));
        world.run_for(Duration::from_millis(step * 5));
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(3);
        let up = [alice, bob, carol].map(|phone| world.at(phone).up().len());
        assert_eq!(up, [0; 3], "{step}");
        all_gone(&mut world);
    }
}

// covers: EXT-21, MSG-01
#[test]
fn ext_21_whoever_dials_a_status_has_it_at_once_and_watchers_and_callers_see_it() {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Ring;
    world.change_plan(ACME, |plan| plan.extensions[1].presence.note = "In the workshop".into());
    let mut watcher = Watcher::new(7, "103");
    watcher.subscribe(&mut world, "presence", "102", 600);
    watcher.drain(&mut world);
    let own = ExtensionId(1_102);
    for (code, status, element) in [
        ("*593", PresenceStatus::DoNotDisturb, "<rpid:busy/>"),
        ("*592", PresenceStatus::Away, "<rpid:away/>"),
        ("*591", PresenceStatus::Available, "<note>In the workshop</note></tuple>\n</presence>"),
    ] {
        dial(&mut world, bob, code);
        assert_eq!(world.ledger.statuses.last(), Some(&(own, status)), "{code}");
        world.run(5);
        let told: Vec<String> = watcher.drain(&mut world).iter().map(text).collect();
        assert!(told[0].contains("on-the-phone"), "it talks with the server: {told:?}");
        assert!(told.last().unwrap().contains(element), "{code}: {told:?}");
        assert!(told.iter().all(|told| told.contains("In the workshop")), "the note stays: {told:?}");
        assert_eq!(world.at(bob).up().len(), 0, "the server hangs up");
        let record = world.ledger.last().unwrap();
        assert_eq!((record.caller.as_str(), record.callee.as_str()), ("102", code));
        assert_eq!((record.ended_reason, record.fail_code), (Some(Reason::StatusSet), 0));
        let (_, trace) = world.ledger.closed.last().unwrap();
        let sentence = trace.last().unwrap().sentence();
        assert_eq!(sentence, format!("102 has set the own status to “{}”.", status.word()));
        // Another call finds it so.
        world.at(alice).said.clear();
        dial(&mut world, alice, "102");
        match status {
            PresenceStatus::DoNotDisturb => {
                assert!(matches!(last(&mut world, alice), Some(Said::Failed(480..=486, _))))
            }
            PresenceStatus::Away | PresenceStatus::Available => {
                assert_eq!(last(&mut world, alice), Some(Said::Ringing));
                world.act(alice, |phone, now| phone.hang_up(now));
            }
        }
        world.run(2);
        watcher.drain(&mut world);
    }
    assert_eq!(world.ledger.statuses.len(), 3);
    // The next plan says the same, whatever has changed it.
    dial(&mut world, bob, "*592");
    world.run(5);
    watcher.drain(&mut world);
    world.change_plan(ACME, |plan| plan.extensions[0].name = "Another name".into());
    assert_eq!(watcher.drain(&mut world).len(), 0, "nothing is news");
    world.run(601);
    watcher.drain(&mut world);
    all_gone(&mut world);
}

// covers: EXT-21
#[test]
fn ext_21_another_digit_sets_nothing_and_nobody_is_transferred_to_the_code() {
    let (mut world, alice, bob) = pair();
    for number in ["*59", "*594", "*5911"] {
        refused(&mut world, alice, number, 484, Reason::NumberInvalid);
    }
    dial(&mut world, alice, "102");
    world.run(3);
    refer(&mut world, bob, "<sip:*593@acme.localhost>");
    world.run(2);
    assert!(world.ledger.statuses.is_empty());
    for phone in [alice, bob] {
        world.act(phone, |phone, now| phone.hang_up(now));
    }
    world.run(2);
    all_gone(&mut world);
}
