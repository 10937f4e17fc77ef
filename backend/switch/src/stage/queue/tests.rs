use std::sync::Arc;

use shared::queue::{Queue, QueueSettings};
use shared::{NuisanceId, QueueId, TenantId};
use sip::EndCause;

use super::*;
use crate::stage::testing::{A, B, C, Scene};
use crate::stage::{Rings, Stage};

fn visit(change: impl FnOnce(&mut QueueSettings)) -> Visit {
    let mut settings = QueueSettings { number: "8000".into(), name: "Sales".into(), ..QueueSettings::default() };
    change(&mut settings);
    let queue = Arc::new(Queue { id: QueueId(1), tenant_id: TenantId(1), settings });
    Visit { queue, caller: "101".into(), name: String::new(), nuisance: None, can_be_called: true }
}

/// A caller who is answered; what was asked for then.
fn answered(visit: Visit) -> (Scene, Vec<String>) {
    let mut scene = Scene::new();
    scene.enter(Stage::Queue(Box::new(Queueing::new(A, "offer".into(), visit))));
    let words = scene.after(Event::MediaAnswer(A, "answer".into()));
    (scene, words)
}

/// A caller who is in line.
fn waiting(change: impl FnOnce(&mut QueueSettings)) -> Scene {
    let (mut scene, words) = answered(visit(change));
    assert_eq!(words.last().unwrap(), "Queue Enter");
    assert_eq!(scene.after(Event::Queue(QueueNews::Entered(Moment::from_seconds(1_000)))), ["1 Stop", "Music 1"]);
    scene
}

fn rings(legs: Vec<LegId>, seconds: u32) -> Event {
    Event::Queue(QueueNews::Rings(Rings { batches: vec![legs.into()], seconds, lenient: true, ..Rings::default() }))
}

//
#[test]
fn q_02_members_ring_while_music_is_heard_and_whoever_answers_talks_with_the_caller() {
    let mut scene = waiting(|_| {});
    assert_eq!(scene.after(rings(vec![B], 20)), ["2 Open Phone", "2 MakeOffer like 1"]);
    assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Invite 2"]);
    scene.sleep(20);
    assert_eq!(scene.after(Event::Timeout), ["Cancel 2 ", "2 Close", "Queue Rings []"], "not the caller");
    assert_eq!(scene.after(rings(vec![C], 20)), ["3 Open Phone", "3 MakeOffer like 1"]);
    scene.after(Event::MediaOffer(C, "o".into()));
    scene.after(Event::Answered(C, "a".into()));
    assert_eq!(scene.after(Event::Ready(C)), ["1 Stop", "3 Connect 1", "Queue Answered 3", "Changed"]);
    assert!(matches!(scene.stage, Some(Stage::Talk(_))));
}

//
#[test]
fn q_07_where_all_ring_each_who_declines_is_told_of_and_others_join() {
    let mut scene = waiting(|_| {});
    scene.after(rings(vec![B], 20));
    scene.after(Event::MediaOffer(B, "o".into()));
    assert_eq!(scene.after(rings(vec![C], 20)), ["3 Open Phone", "3 MakeOffer like 1", "Queue Rings [2, 3]"]);
    scene.after(Event::MediaOffer(C, "o".into()));
    assert_eq!(scene.after(Event::Failed(B, 486)), ["2 Close", "Queue Rings [3]"]);
    assert_eq!(scene.after(Event::Redirected(C, 302, Vec::new())), ["3 Close", "Queue Rings []"]);
}

//
#[test]
fn q_07_whoever_joins_those_who_ring_has_its_whole_time() {
    let mut scene = waiting(|_| {});
    scene.after(rings(vec![B], 20));
    scene.after(Event::MediaOffer(B, "o".into()));
    scene.sleep(15);
    scene.after(rings(vec![C], 20));
    scene.after(Event::MediaOffer(C, "o".into()));
    scene.sleep(5);
    assert_eq!(scene.after(Event::Timeout), [""; 0], "the first would have had its time");
    scene.sleep(14);
    assert_eq!(scene.after(Event::Timeout), [""; 0]);
    scene.sleep(1);
    let words = scene.after(Event::Timeout);
    assert_eq!(words.last().unwrap(), "Queue Rings []", "{words:?}");
    assert!(["Cancel 2 ", "Cancel 3 "].iter().all(|word| words.iter().any(|said| said == word)), "{words:?}");
}

//
#[test]
fn q_10_after_the_longest_wait_it_is_led_on_and_nobody_rings_any_more() {
    let otherwise = Destination::External { number: "0123".into() };
    let mut scene = waiting(|settings| (settings.wait_seconds_max, settings.otherwise) = (30, otherwise));
    scene.after(rings(vec![B], 60));
    scene.after(Event::MediaOffer(B, "o".into()));
    scene.sleep(30);
    let words = scene.after(Event::Timeout);
    assert_eq!(words[..3], ["Queue Left timed_out", "Cancel 2 ", "2 Close"]);
    assert_eq!(words[3], "1 Stop");
    assert!(words[4].starts_with("Lead Otherwise("), "{words:?}");
    let gone = Event::Onward(Err(Some(Ending::new(Reason::NumberUnknown, "0123", 404))));
    assert_eq!(scene.after(gone), ["End number_unknown 404"]);
}

//
#[test]
fn q_08_who_is_not_let_in_hears_why_and_is_let_go_where_nothing_else_is_set() {
    let (mut scene, _) = answered(visit(|_| {}));
    assert_eq!(scene.after(Event::Queue(QueueNews::Out(QueueOutcome::NobodyThere))), ["1 Say queue_closed"]);
    assert_eq!(scene.after(Event::Said(A, 1)), ["End ended_by_queue 0"]);
}

//
#[test]
fn q_09_the_introduction_is_said_and_nobody_is_rung_before_its_end_where_that_is_set() {
    let (mut scene, words) =
        answered(visit(|settings| (settings.introduction, settings.introduces_first) = (Some(SoundId(5)), true)));
    assert_eq!(words.last().unwrap(), "Queue Enter held back");
    assert_eq!(scene.after(Event::Queue(QueueNews::Entered(Moment::from_seconds(1_000)))), ["1 Say sound 5"]);
    assert_eq!(scene.after(Event::Said(A, 1)), ["Queue Introduced", "1 Stop", "Music 1"]);
}

//
#[test]
fn q_20_the_place_is_said_between_the_music() {
    let every = PositionAnnouncement::Every { seconds: 10 };
    let (mut scene, _) = answered(visit(|settings| (settings.position, settings.says_wait) = (every, true)));
    let asked = scene.after(Event::Queue(QueueNews::Entered(Moment::from_seconds(1_000))));
    assert_eq!(asked.last().unwrap(), "Queue AskPlace");
    let said = scene.after(Event::Queue(QueueNews::Place(3, Some(61))));
    assert_eq!(said, ["1 Say queue_position n_3 queue_in_line queue_wait n_2 minutes"]);
    scene.sleep(10);
    assert_eq!(scene.after(Event::Timeout), [""; 0], "what is said is let finish");
    assert_eq!(scene.after(Event::Said(A, 2)), ["1 Stop", "Music 1"]);
    scene.sleep(1);
    assert_eq!(scene.after(Event::Timeout), ["Queue AskPlace"]);
    assert_eq!(
        scene.after(Event::Queue(QueueNews::Place(1, Some(59)))),
        ["1 Say queue_position n_1 queue_in_line queue_wait queue_less_than_minute"]
    );
}

//
#[test]
fn q_21_the_key_asks_the_hash_confirms_and_the_star_goes_back_to_the_music() {
    let mut scene = waiting(|settings| settings.callback = CallbackOffer::Anytime);
    let asked = ["1 Say n_1 n_0 n_1 queue_callback_confirm"];
    assert_eq!(scene.after(Event::Digit(A, '3')), asked);
    assert_eq!(scene.after(Event::Digit(A, '*')), ["1 Stop", "Music 1"]);
    assert_eq!(scene.after(Event::Digit(A, '3')), asked);
    assert_eq!(scene.after(Event::Digit(A, '#')), ["Queue CallBack"]);
    assert_eq!(scene.after(Event::Queue(QueueNews::CalledBack(true))), ["1 Say queue_callback_done"]);
    assert_eq!(scene.after(Event::Said(A, 5)), ["End callback_asked 0"]);
    let mut scene = waiting(|settings| settings.callback = CallbackOffer::After { seconds: 30 });
    assert_eq!(scene.after(Event::Digit(A, '3')), [""; 0], "not yet");
    scene.sleep(30);
    assert_eq!(scene.after(Event::Timeout), ["1 Say queue_callback_offer"]);
    scene.after(Event::Digit(A, '3'));
    scene.after(Event::Digit(A, '#'));
    let refused = scene.after(Event::Queue(QueueNews::CalledBack(false)));
    assert_eq!(refused, ["1 Stop", "Music 1"]);
    assert_eq!(scene.after(Event::Digit(A, '3')), [""; 0], "it is not offered any more");
    let (mut scene, _) =
        answered(Visit { can_be_called: false, ..visit(|settings| settings.callback = CallbackOffer::Anytime) });
    scene.after(Event::Queue(QueueNews::Entered(Moment::from_seconds(1_000))));
    assert_eq!(scene.after(Event::Digit(A, '3')), [""; 0]);
}

// covers: HAR-01, HAR-02
#[test]
fn har_01_a_nuisance_is_met_before_the_line() {
    let nuisance = |level, sound| Visit { nuisance: Some((NuisanceId(9), level, sound)), ..visit(|_| {}) };
    let first = || answered(nuisance(NuisanceLevel::First, None));
    let (mut scene, words) = first();
    assert_eq!(words.last().unwrap(), "1 Say nuisance_choice");
    assert_eq!(scene.after(Event::Digit(A, '2')), ["Queue Nuisance 9", "Queue Enter"]);
    let (mut scene, _) = first();
    assert_eq!(scene.after(Event::Digit(A, '1')), ["Queue Nuisance 9 ends", "End ended_as_nuisance 0"]);
    let (mut scene, _) = first();
    scene.after(Event::Said(A, 1));
    scene.sleep(9);
    assert_eq!(scene.after(Event::Timeout), [""; 0]);
    scene.sleep(1);
    assert_eq!(scene.after(Event::Timeout), ["Queue Nuisance 9 ends", "End ended_as_nuisance 0"]);
    let (mut scene, words) = answered(nuisance(NuisanceLevel::Second, Some(SoundId(4))));
    assert_eq!(words.last().unwrap(), "1 Say sound 4");
    assert_eq!(scene.after(Event::Digit(A, '2')), [""; 0]);
    assert_eq!(scene.after(Event::Said(A, 1)), ["Queue Nuisance 9 ends", "End ended_as_nuisance 0"]);
}

//
#[test]
fn q_14_a_caller_who_leaves_stops_what_rings_and_one_who_says_nothing_is_not_let_go_for_that() {
    let mut scene = waiting(|_| {});
    scene.after(rings(vec![B], 20));
    scene.after(Event::MediaOffer(B, "o".into()));
    assert_eq!(scene.after(Event::Silent(60)), [""; 0]);
    let left = scene.after(Event::Ended(A, EndCause::Bye(None)));
    assert!(left.iter().any(|word| word.starts_with("Cancel 2")), "{left:?}");
    assert_eq!(left.last().unwrap(), "End caller_hung_up 0");
}

//
#[test]
fn q_10_whoever_has_somebody_elses_place_has_waited_as_long_as_that() {
    let (mut scene, _) = answered(visit(|queue| queue.wait_seconds_max = 300));
    let since = Moment::from_seconds(1_000 - 290);
    assert_eq!(scene.after(Event::Queue(QueueNews::Entered(since))), ["1 Stop", "Music 1"]);
    scene.sleep(9);
    assert_eq!(scene.after(Event::Timeout), [""; 0]);
    scene.sleep(1);
    assert!(scene.after(Event::Timeout).contains(&"Queue Left timed_out".to_owned()));
}
