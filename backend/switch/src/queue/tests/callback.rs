use super::*;

//
#[test]
fn q_21_who_is_called_back_keeps_its_place_and_comes_to_nothing_after_a_day_or_when_the_tenant_goes() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    for id in 1..=3 {
        enter(&mut queues, id, id);
    }
    assert_eq!(matches(&mut queues, at(3)), [(1, vec![1])]);
    assert!(queues.call_back(CallId(2), at(4)));
    assert!(!queues.call_back(CallId(2), at(4)), "its call is in no line any more");
    queues.leave(CallId(2), QueueOutcome::Abandoned, at(5));
    answer(&mut queues, 1, 1, at(5));
    queues.talk_over(CallId(1), at(10));
    let found = queues.next_match(true, at(10)).unwrap();
    assert!(found.is_callback && found.call == CallId(2) && found.agents == [ExtensionId(1)]);
    queues.serves(CallId(20), Q, found.place);
    queues.drop_callbacks(at(11));
    assert!(queues.of(CallId(20)).is_some(), "what is under way goes on");
    queues.served_in_vain(CallId(20), at(30));
    queues.take_due(at(35));
    let again = queues.next_match(true, at(35)).unwrap();
    assert_eq!((again.place, again.is_callback), (found.place, true), "it has kept its place");
    queues.serves(CallId(21), Q, again.place);
    answer(&mut queues, 21, 1, at(36));
    queues.talk_over(CallId(21), at(40));
    assert_eq!(matches(&mut queues, at(40)), [(3, vec![1])]);
    enter(&mut queues, 4, 50);
    assert!(queues.call_back(CallId(4), at(51)));
    queues.drop_callbacks(at(52));
    enter(&mut queues, 5, 53);
    assert!(queues.call_back(CallId(5), at(54)));
    queues.take_changes();
    queues.take_due(at(54) + CALLBACK_KEPT);
    let outcomes: Vec<_> = queues
        .take_changes()
        .into_iter()
        .filter_map(|(_, change)| match change {
            Change::Call(call) => call.outcome,
            Change::Agent(_) => None,
        })
        .collect();
    assert_eq!(outcomes, [QueueOutcome::CallbackFailed]);
}

//
#[test]
fn q_21_a_callback_that_may_not_be_made_is_passed_over_and_costs_no_member_anything() {
    let mut queues = open(&[queue(1, &[1, 2], |settings| settings.ready_by_itself = false)]);
    for agent in [1, 2] {
        assert!(queues.set_ready(None, ExtensionId(agent), true, "", at(0)));
    }
    enter(&mut queues, 1, 1);
    enter(&mut queues, 2, 2);
    assert!(queues.call_back(CallId(1), at(3)));
    let found = queues.next_match(false, at(4)).unwrap();
    assert_eq!((found.call, found.is_callback), (CallId(2), false), "who waits on the line behind it");
    assert_eq!(queues.next_match(false, at(4)), None);
    let ready: Vec<bool> = queues.standings()[0].agents.iter().map(|agent| agent.ready).collect();
    assert_eq!(ready, [true; 2]);
    let found = queues.next_match(true, at(5)).unwrap();
    assert_eq!((found.call, found.is_callback), (CallId(1), true), "without anything else having happened");
}

//
#[test]
fn q_21_who_was_to_be_called_back_is_let_go_when_its_time_runs_out_in_the_middle_of_a_callback() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    enter(&mut queues, 1, 1);
    assert!(queues.call_back(CallId(1), at(2)));
    let found = queues.next_match(true, at(3)).unwrap();
    queues.serves(CallId(20), Q, found.place);
    let over = at(2) + CALLBACK_KEPT;
    queues.take_due(over);
    assert!(queues.of(CallId(20)).is_some(), "what is under way goes on");
    queues.take_changes();
    queues.served_in_vain(CallId(20), over + Duration::from_secs(5));
    let told = queues.take_changes().into_iter().find_map(|(_, change)| match change {
        Change::Call(call) => call.outcome,
        Change::Agent(_) => None,
    });
    assert_eq!((told, queues.at(Q, found.place)), (Some(QueueOutcome::CallbackFailed), None));
    queues.take_due(over + Duration::from_secs(60));
    assert_eq!(queues.next_match(true, over + Duration::from_secs(60)), None);
}

//
#[test]
fn q_21_a_queue_that_is_removed_lets_go_of_the_callback_that_is_being_made() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    enter(&mut queues, 1, 1);
    enter(&mut queues, 2, 2);
    for call in [1, 2] {
        assert!(queues.call_back(CallId(call), at(3)));
    }
    let found = queues.next_match(true, at(4)).unwrap();
    queues.serves(CallId(20), Q, found.place);
    let gone = LetGo { waiting: Vec::new(), callbacks: vec![CallId(20)] };
    assert_eq!(queues.set(&[], at(5)), gone);
    assert!(queues.of(CallId(20)).is_none() && queues.by_call.is_empty() && !queues.is_agent(ExtensionId(1)));
}

//
#[test]
fn q_21_the_place_of_whoever_is_to_be_called_back_is_not_handed_on_with_the_call_in_which_that_is_done() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    enter(&mut queues, 1, 1);
    assert!(queues.call_back(CallId(1), at(2)));
    let found = queues.next_match(true, at(3)).unwrap();
    queues.serves(CallId(20), Q, found.place);
    let heir = Heir { caller: "+4977".into(), ..Heir::default() };
    assert!(!queues.hand_over(CallId(20), CallId(9), heir, at(4)));
    assert!(queues.of(CallId(9)).is_none());
    assert_eq!(queues.of(CallId(20)).map(|call| call.caller.as_str()), Some("+491"));
}

/// The calls that were told to have changed, as they stood last.
fn told(queues: &mut Queues) -> Vec<QueueCall> {
    let calls = queues.take_changes().into_iter().filter_map(|(_, change)| match change {
        Change::Call(call) => Some((call.id, call)),
        Change::Agent(_) => None,
    });
    calls.collect::<BTreeMap<_, _>>().into_values().collect()
}

fn asked(id: i64, entered: i64, vip: bool, asked: i64) -> QueueCall {
    QueueCall { callback: true, callback_at: Some(at(asked)), ..call(Q, id, entered, vip) }
}

//
#[test]
fn q_21_callbacks_are_back_in_their_order_after_a_restart_before_whoever_comes_then() {
    let mut queues = open(&[queue(1, &[1, 2, 3, 4], |settings| settings.sla_seconds = 60)]);
    let before = [asked(1, 10, false, 20), asked(2, 10, false, 11), asked(3, 30, true, 40), asked(4, 50, false, 55)];
    for call in before {
        queues.restore_callback(call, BTreeSet::new(), at(100));
    }
    enter(&mut queues, 5, 100);
    let order: Vec<i64> = queues.standings()[0].waiting.iter().map(|call| call.id.0).collect();
    assert_eq!(order, [3, 1, 2, 4, 5]);
    queues.take_due(at(111));
    let late: Vec<i64> = told(&mut queues).into_iter().filter(|call| call.late).map(|call| call.id.0).collect();
    assert_eq!(late, [1, 2, 3, 4], "the time of the stop is waited too");
    let rung: Vec<_> = std::iter::from_fn(|| queues.next_match(true, at(111)))
        .map(|found| (found.call.0, found.is_callback, found.agents[0].0))
        .collect();
    assert_eq!(rung, [(3, true, 1), (1, true, 2), (2, true, 3), (4, true, 4)]);
}

//
#[test]
fn q_21_whoever_cannot_be_called_back_any_more_after_a_restart_is_let_go_with_the_time_that_it_has_waited() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    let now = at(0) + CALLBACK_KEPT + Duration::from_secs(100);
    let broken = |id, breaks| QueueCall { callback_breaks: breaks, ..asked(id, 3_000, false, 3_100) };
    let rows = [
        asked(1, 50, false, 60),
        QueueCall { queue_id: QueueId(7), ..asked(2, 3_000, false, 3_100) },
        broken(3, CALLBACK_BREAKS_MAX),
        broken(4, CALLBACK_BREAKS_MAX - 1),
    ];
    for call in rows {
        queues.restore_callback(call, BTreeSet::new(), now);
    }
    let ends: Vec<_> = told(&mut queues).into_iter().map(|call| (call.id.0, call.outcome, call.ended_at)).collect();
    let failed = Some(QueueOutcome::CallbackFailed);
    assert_eq!(
        ends,
        [(1, failed, Some(at(60) + CALLBACK_KEPT)), (2, failed, Some(now)), (3, failed, Some(now)), (4, None, None)]
    );
    let found = queues.next_match(true, now).unwrap();
    assert_eq!((found.call, found.is_callback), (CallId(4), true));
    assert_eq!(queues.next_match(true, now), None);
    for id in 10..10 + CALLBACKS_MAX as i64 {
        queues.restore_callback(asked(id, 3_000, false, 3_100), BTreeSet::new(), now);
    }
    let lost = told(&mut queues).into_iter().filter(|call| call.outcome == failed).count();
    assert_eq!(lost, 1, "no more than may wait so");
}

//
#[test]
fn q_21_the_call_in_which_somebody_is_called_back_is_told_until_it_is_over_in_vain() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    enter(&mut queues, 1, 1);
    assert!(queues.call_back(CallId(1), at(2)));
    let row = |queues: &mut Queues| told(queues).pop().map(|call| (call.callback_at, call.callback_call_id));
    assert_eq!(row(&mut queues), Some((Some(at(2)), None)));
    let found = queues.next_match(true, at(3)).unwrap();
    queues.serves(CallId(20), Q, found.place);
    assert_eq!(row(&mut queues), Some((Some(at(2)), Some(CallId(20)))));
    queues.served_in_vain(CallId(20), at(23));
    assert_eq!(row(&mut queues), Some((Some(at(2)), None)));
    queues.take_due(at(30));
    let found = queues.next_match(true, at(30)).unwrap();
    queues.serves(CallId(21), Q, found.place);
    answer(&mut queues, 21, 1, at(31));
    assert_eq!(row(&mut queues), Some((Some(at(2)), Some(CallId(21)))), "it stays known");
}

//
#[test]
fn q_21_callbacks_outlive_a_fault_and_the_one_that_was_being_made_is_tried_again_a_bounded_number_of_times() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    for id in 1..=3 {
        enter(&mut queues, id, id);
    }
    for id in 1..=2 {
        assert!(queues.call_back(CallId(id), at(4)));
    }
    for round in 1..=CALLBACK_BREAKS_MAX {
        let found = queues.next_match(true, at(5)).unwrap();
        assert_eq!((found.call, found.is_callback), (CallId(1), true), "{round}");
        queues.serves(CallId(20 + i64::from(round)), Q, found.place);
        let (_, mut fresh) = queues.broken_off(at(6));
        fresh.stands(ExtensionId(1), there(), true, at(6));
        queues = fresh;
    }
    let first = told(&mut queues).into_iter().find(|call| call.id.0 == 1).unwrap();
    assert_eq!((first.callback_breaks, first.outcome), (CALLBACK_BREAKS_MAX, Some(QueueOutcome::CallbackFailed)));
    let found = queues.next_match(true, at(7)).unwrap();
    assert_eq!(found.call, CallId(2), "and nobody else pays for it");
    assert_eq!(queues.next_match(true, at(7)), None, "who was on the line is gone");
}
