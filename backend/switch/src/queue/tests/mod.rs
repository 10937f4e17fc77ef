mod callback;

use shared::queue::QueueSettings;
use shared::ring_group::RingStrategy;
use shared::{QueueCallId, TenantId};

use super::*;

const Q: QueueId = QueueId(1);

fn at(seconds: i64) -> Moment {
    Moment::from_seconds(1_000 + seconds)
}

fn queue(id: i64, members: &[i64], change: impl FnOnce(&mut QueueSettings)) -> Arc<Queue> {
    let mut settings = QueueSettings {
        number: (8_000 + id).to_string(),
        name: format!("Queue {id}"),
        strategy: RingStrategy::Prioritized,
        members: members.iter().copied().map(ExtensionId).collect(),
        ..QueueSettings::default()
    };
    change(&mut settings);
    Arc::new(Queue { id: QueueId(id), tenant_id: TenantId(1), settings })
}

fn there() -> Standing {
    Standing { is_registered: true, is_reachable: true, ..Standing::default() }
}

/// Queues whose members are all there.
fn open(queues: &[Arc<Queue>]) -> Queues {
    let mut all = Queues::default();
    all.set(queues, at(0));
    for agent in all.agents() {
        all.stands(agent, there(), false, at(0));
    }
    all.take_changes();
    all
}

fn call(queue: QueueId, id: i64, seconds: i64, vip: bool) -> QueueCall {
    QueueCall {
        id: QueueCallId(id),
        tenant_id: TenantId(1),
        queue_id: queue,
        call_id: CallId(id),
        caller: format!("+49{id}"),
        caller_name: String::new(),
        entered_at: at(seconds),
        vip,
        callback: false,
        callback_at: None,
        callback_call_id: None,
        callback_breaks: 0,
        late: false,
        ringing: Vec::new(),
        answered_at: None,
        agent_id: None,
        ended_at: None,
        outcome: None,
    }
}

fn enter(queues: &mut Queues, id: i64, seconds: i64) {
    queues.enter(call(Q, id, seconds, false), BTreeSet::new(), false);
}

/// Who is rung for whom now: the call, and the members.
fn matches(queues: &mut Queues, now: Moment) -> Vec<(i64, Vec<i64>)> {
    std::iter::from_fn(|| queues.next_match(true, now))
        .map(|found| (found.call.0, found.agents.iter().map(|agent| agent.0).collect()))
        .collect()
}

/// Nobody of those who ring for the call answers.
fn in_vain(queues: &mut Queues, id: i64, now: Moment) {
    queues.rings(CallId(id), &[], now);
}

fn answer(queues: &mut Queues, id: i64, agent: i64, now: Moment) {
    queues.answered(CallId(id), Some(ExtensionId(agent)), now);
}

//
#[test]
fn q_07_each_strategy_has_its_order() {
    for (strategy, expected) in [
        (RingStrategy::Prioritized, [1, 1, 1]),
        (RingStrategy::Cyclic, [1, 2, 3]),
        (RingStrategy::LeastWorked, [1, 2, 3]),
    ] {
        let mut queues = open(&[queue(1, &[1, 2, 3], |settings| settings.strategy = strategy)]);
        for (count, agent) in (1..).zip(expected) {
            enter(&mut queues, count, 0);
            assert_eq!(matches(&mut queues, at(0)), [(count, vec![agent])], "{strategy:?}");
            answer(&mut queues, count, agent, at(1));
            queues.talk_over(CallId(count), at(2));
        }
    }
    let mut queues = open(&[queue(1, &[1, 2, 3], |settings| settings.strategy = RingStrategy::LeastWorked)]);
    enter(&mut queues, 1, 0);
    assert_eq!(matches(&mut queues, at(0)), [(1, vec![1])]);
    in_vain(&mut queues, 1, at(20));
    assert_eq!(matches(&mut queues, at(20)), [(1, vec![2])], "who was rung in vain has answered nothing, and rests");
    let mut queues = open(&[queue(1, &[1, 2, 3], |settings| settings.strategy = RingStrategy::Simultaneous)]);
    enter(&mut queues, 1, 0);
    assert_eq!(matches(&mut queues, at(0)), [(1, vec![1, 2, 3])]);
    answer(&mut queues, 1, 2, at(3));
    enter(&mut queues, 2, 4);
    assert_eq!(matches(&mut queues, at(4)), [(2, vec![1, 3])], "2 talks");
    queues.talk_over(CallId(1), at(5));
    assert_eq!(matches(&mut queues, at(5)), [(2, vec![2])], "whoever comes free rings with the others");
}

//
#[test]
fn q_02_the_next_is_rung_and_when_all_were_the_first_again() {
    let mut queues = open(&[queue(1, &[1, 2], |_| {})]);
    enter(&mut queues, 1, 0);
    let mut rung = Vec::new();
    for round in 1..=5 {
        let now = at(20 * round);
        queues.take_due(now);
        rung.extend(matches(&mut queues, now).into_iter().flat_map(|(_, agents)| agents));
        in_vain(&mut queues, 1, now);
    }
    assert_eq!(rung, [1, 2, 1, 2, 1]);
}

#[test]
fn as_many_first_callers_are_served_as_members_are_free_and_nobody_is_rung_for_two() {
    let mut queues = open(&[queue(1, &[1, 2], |_| {}), queue(2, &[2, 3], |_| {})]);
    for id in 1..=3 {
        enter(&mut queues, id, id);
    }
    queues.enter(call(QueueId(2), 9, 0, false), BTreeSet::new(), false);
    assert_eq!(matches(&mut queues, at(5)), [(9, vec![2]), (1, vec![1])], "whoever waits longest, whatever the queue");
    answer(&mut queues, 9, 2, at(6));
    queues.talk_over(CallId(9), at(7));
    assert_eq!(matches(&mut queues, at(7)), [(2, vec![2])]);
}

// covers: EXA-02
#[test]
fn exa_02_a_callers_own_member_goes_first_while_it_is_free() {
    let own = || BTreeSet::from([ExtensionId(3), ExtensionId(77)]);
    let mut queues = open(&[queue(1, &[1, 2, 3], |_| {})]);
    queues.enter(call(Q, 1, 0, false), own(), false);
    queues.enter(call(Q, 2, 1, false), own(), false);
    enter(&mut queues, 3, 2);
    assert_eq!(matches(&mut queues, at(2)), [(1, vec![3]), (2, vec![1]), (3, vec![2])]);
    in_vain(&mut queues, 1, at(22));
    answer(&mut queues, 2, 1, at(22));
    queues.talk_over(CallId(2), at(23));
    assert_eq!(matches(&mut queues, at(23)), [(1, vec![1])], "it was rung in vain");
    let simultaneous = queue(1, &[1, 2, 3], |settings| settings.strategy = RingStrategy::Simultaneous);
    let mut queues = open(&[simultaneous]);
    queues.enter(call(Q, 1, 0, false), own(), false);
    assert_eq!(matches(&mut queues, at(0)), [(1, vec![1, 2, 3])]);
}

//
#[test]
fn q_06_off_a_member_is_not_ready_after_registering_each_ring_and_each_call() {
    let mut queues = open(&[queue(1, &[1, 2], |settings| settings.ready_by_itself = false)]);
    enter(&mut queues, 1, 0);
    assert_eq!(matches(&mut queues, at(0)), [], "after registering");
    let ready = |queues: &mut Queues| assert!(queues.set_ready(Some(Q), ExtensionId(1), true, "", at(1)));
    ready(&mut queues);
    assert_eq!(matches(&mut queues, at(1)), [(1, vec![1])]);
    in_vain(&mut queues, 1, at(21));
    queues.take_due(at(60));
    assert_eq!(matches(&mut queues, at(60)), [], "after a ring");
    ready(&mut queues);
    assert_eq!(matches(&mut queues, at(61)), [(1, vec![1])]);
    answer(&mut queues, 1, 1, at(62));
    queues.talk_over(CallId(1), at(70));
    enter(&mut queues, 2, 70);
    assert_eq!(matches(&mut queues, at(70)), [], "after a call");
    ready(&mut queues);
    assert_eq!(matches(&mut queues, at(71)).len(), 1);
    // A registration of before a restart is none.
    queues.stands(ExtensionId(2), Standing::default(), true, at(72));
    queues.set_ready(None, ExtensionId(2), true, "", at(72));
    queues.stands(ExtensionId(2), there(), true, at(73));
    enter(&mut queues, 3, 73);
    assert_eq!(matches(&mut queues, at(73)), [(3, vec![2])]);
}

//
#[test]
fn q_06_on_a_member_is_ready_when_it_registers_and_who_is_paused_stays_so_until_then() {
    let mut queues = open(&[queue(1, &[1], |settings| settings.wrap_up_seconds = 30)]);
    assert!(queues.set_ready(None, ExtensionId(1), false, "Lunch", at(1)));
    enter(&mut queues, 1, 2);
    assert_eq!(matches(&mut queues, at(2)), []);
    queues.stands(ExtensionId(1), Standing::default(), false, at(3));
    queues.stands(ExtensionId(1), there(), false, at(4));
    assert_eq!(matches(&mut queues, at(4)), [(1, vec![1])]);
    answer(&mut queues, 1, 1, at(5));
    enter(&mut queues, 2, 6);
    queues.talk_over(CallId(1), at(10));
    queues.take_due(at(39));
    assert_eq!(matches(&mut queues, at(39)), [], "its time after the call");
    queues.take_due(at(40));
    assert_eq!(matches(&mut queues, at(40)), [(2, vec![1])]);
    assert!(!queues.set_ready(Some(QueueId(5)), ExtensionId(1), true, "", at(41)), "no member there");
    assert!(!queues.set_ready(None, ExtensionId(5), true, "", at(41)));
}

//
#[test]
fn q_08_whoever_waits_is_led_on_when_the_last_member_signs_off_unless_callers_wait_without_any() {
    let mut queues = open(&[queue(1, &[1], |settings| settings.waiting_max = 2)]);
    assert_eq!(queues.prospect(Q), Prospect::Waits);
    queues.set_ready(None, ExtensionId(1), false, "", at(0));
    enter(&mut queues, 1, 0);
    enter(&mut queues, 2, 0);
    assert_eq!(queues.prospect(Q), Prospect::Turned(QueueOutcome::Full));
    assert_eq!(queues.take_forlorn(at(1)), [], "not ready is not away");
    queues.stands(ExtensionId(1), Standing::default(), false, at(1));
    assert_eq!(queues.take_forlorn(at(1)), [CallId(1), CallId(2)]);
    assert_eq!(queues.prospect(Q), Prospect::Turned(QueueOutcome::NobodyThere));
    assert_eq!(queues.prospect(QueueId(9)), Prospect::Turned(QueueOutcome::Removed));
    let mut patient = Queues::default();
    patient.set(&[queue(1, &[1], |settings| settings.waits_without_members = true)], at(0));
    assert_eq!(patient.prospect(Q), Prospect::Waits);
    enter(&mut patient, 1, 0);
    assert_eq!(patient.take_forlorn(at(1)), []);
}

//
#[test]
fn q_11_a_call_is_late_once_and_one_that_was_answered_before_never() {
    let mut queues = open(&[queue(1, &[1], |settings| settings.sla_seconds = 180)]);
    enter(&mut queues, 1, 0);
    enter(&mut queues, 2, 0);
    matches(&mut queues, at(0));
    answer(&mut queues, 1, 1, at(179));
    queues.take_changes();
    assert_eq!(queues.next_due(), Some(at(180)));
    queues.take_due(at(180));
    let late: Vec<_> = queues
        .take_changes()
        .into_iter()
        .filter_map(|(_, change)| match change {
            Change::Call(call) => Some((call.call_id.0, call.late)),
            Change::Agent(_) => None,
        })
        .collect();
    assert_eq!(late, [(2, true)]);
    queues.take_due(at(1_000));
    assert_eq!((queues.take_changes(), queues.next_due()), (vec![], None));
}

#[test]
fn a_queue_that_is_removed_lets_all_go_and_a_member_that_is_removed_finishes_its_call() {
    let mut queues = open(&[queue(1, &[1, 2], |_| {})]);
    for id in 1..=3 {
        enter(&mut queues, id, id);
    }
    matches(&mut queues, at(3));
    answer(&mut queues, 1, 1, at(4));
    assert_eq!(queues.set(&[queue(1, &[2], |_| {})], at(5)), LetGo::default());
    assert!(queues.of(CallId(1)).is_some_and(|call| call.agent_id == Some(ExtensionId(1))));
    assert_eq!(queues.set(&[], at(6)), LetGo { waiting: vec![CallId(2), CallId(3)], callbacks: Vec::new() });
    queues.talk_over(CallId(1), at(9));
    assert!(!queues.is_agent(ExtensionId(1)) && !queues.is_agent(ExtensionId(2)));
    assert_eq!(queues.next_match(true, at(10)), None);
}

// covers: Q-01, VIP-02, EXA-02
#[test]
fn q_01_a_place_that_is_handed_on_keeps_its_time_and_nobody_is_rung_for_it_before_the_heir_is_there() {
    let mut queues = open(&[queue(1, &[1, 2], |settings| settings.sla_seconds = 100)]);
    enter(&mut queues, 1, 10);
    enter(&mut queues, 2, 20);
    assert_eq!(matches(&mut queues, at(20)), [(1, vec![1]), (2, vec![2])]);
    queues.take_changes();
    let heir = Heir { caller: "+4977".into(), name: "Alice".into(), ..Heir::default() };
    assert!(queues.hand_over(CallId(1), CallId(9), heir.clone(), at(30)));
    assert!(!queues.hand_over(CallId(1), CallId(9), heir.clone(), at(30)), "once");
    assert!(queues.of(CallId(1)).is_none(), "the call that waited is out of it");
    let held = queues.of(CallId(9)).unwrap().clone();
    assert_eq!((held.id.0, held.entered_at, held.caller.as_str(), held.outcome), (1, at(10), "+4977", None));
    assert_eq!(held.ringing, []);
    in_vain(&mut queues, 2, at(40));
    queues.take_due(at(45));
    assert_eq!(matches(&mut queues, at(45)), [(2, vec![1])], "the heir is on its way");
    assert_eq!(queues.come_in(CallId(9), false), Some(1));
    assert_eq!(matches(&mut queues, at(45)), [(9, vec![2])], "before whoever came after the other");
    queues.take_changes();
    queues.take_due(at(110));
    let late = |(_, change): (QueueId, Change)| match change {
        Change::Call(call) => Some((call.call_id.0, call.late)),
        Change::Agent(_) => None,
    };
    assert_eq!(
        queues.take_changes().into_iter().filter_map(late).collect::<Vec<_>>(),
        [(9, true)],
        "of its whole time"
    );
    // A VIP goes before those who are none, wherever the place was; and it has its own members.
    let vip = Heir { vip: true, exclusive: [ExtensionId(2), ExtensionId(7)].into(), ..heir };
    let mut queues = open(&[queue(1, &[1, 2], |_| {})]);
    matches(&mut queues, at(0));
    for id in 1..=3 {
        enter(&mut queues, id, id);
    }
    assert!(queues.hand_over(CallId(3), CallId(9), vip, at(4)));
    assert_eq!(queues.come_in(CallId(9), false), Some(1));
    assert_eq!(matches(&mut queues, at(4)), [(9, vec![2]), (1, vec![1])]);
    queues.leave(CallId(9), QueueOutcome::Abandoned, at(5));
    assert!(queues.of(CallId(9)).is_none());
}

// covers: Q-19, ADV-05
#[test]
fn q_19_whoever_comes_again_from_a_talk_with_somebody_who_is_no_member_leaves_no_talk_behind() {
    let mut queues = open(&[queue(1, &[1], |_| {})]);
    enter(&mut queues, 1, 10);
    queues.answered(CallId(1), Some(ExtensionId(77)), at(20));
    queues.enter(QueueCall { call_id: CallId(1), ..call(Q, 2, 30, false) }, BTreeSet::new(), false);
    queues.answered(CallId(1), Some(ExtensionId(1)), at(40));
    let ends = queues.take_changes().into_iter().filter_map(|(_, change)| match change {
        Change::Call(call) => Some((call.id.0, call.ended_at)),
        Change::Agent(_) => None,
    });
    assert_eq!(ends.collect::<BTreeMap<_, _>>(), [(1, Some(at(40))), (2, None)].into());
    queues.talk_over(CallId(1), at(50));
    assert!(queues.of(CallId(1)).is_none());
}

// covers: Q-07, EXA-02
#[test]
fn q_07_whoever_would_be_rung_first_is_rung_first() {
    for strategy in &RingStrategy::ALL[..4] {
        let mut queues = open(&[queue(1, &[1, 2, 3, 4], |settings| settings.strategy = *strategy)]);
        for id in 1..=12 {
            let now = at(100 * id);
            queues.take_due(now);
            let own: BTreeSet<ExtensionId> = if id % 3 == 0 { [ExtensionId(4)].into() } else { BTreeSet::new() };
            let told = queues.first_for(Q, own.clone(), None);
            queues.enter(call(Q, id, 100 * id, false), own, false);
            let found = queues.next_match(true, now).unwrap();
            assert_eq!(told, found.agents, "{strategy:?} {id}");
            answer(&mut queues, id, told[0].0, now);
            queues.talk_over(CallId(id), now + Duration::from_secs(10));
        }
        let all = queues.first_for(Q, BTreeSet::new(), Some(ExtensionId(1)));
        assert!(!all.is_empty() && !all.contains(&ExtensionId(1)), "nobody is rung for its own call");
        assert_eq!(queues.first_for(QueueId(9), BTreeSet::new(), None), []);
        for agent in 1..=4 {
            queues.set_ready(None, ExtensionId(agent), false, "", at(5_000));
        }
        assert_eq!(queues.first_for(Q, BTreeSet::new(), None), [], "nobody is free");
    }
}

//
#[test]
fn q_20_the_wait_is_estimated_from_what_calls_have_taken() {
    let mut queues = open(&[queue(1, &[1, 2], |settings| settings.wrap_up_seconds = 20)]);
    enter(&mut queues, 1, 0);
    matches(&mut queues, at(0));
    assert_eq!(queues.place(CallId(1)), Some((1, None)), "nothing is known yet");
    answer(&mut queues, 1, 1, at(0));
    queues.talk_over(CallId(1), at(100));
    for id in 2..=6 {
        enter(&mut queues, id, 100);
    }
    assert_eq!(queues.place(CallId(4)), Some((3, Some(180))), "three calls of 120 seconds for two members");
}

/// Ten thousand callers, two hundred members, in rounds: each caller is answered, and in the order of the line.
// covers: Q-07, VIP-02
#[test]
fn q_07_ten_thousand_callers_are_answered_by_two_hundred_members_in_their_order() {
    const CALLERS: i64 = 10_000;
    let members: Vec<i64> = (1..=200).collect();
    for strategy in [RingStrategy::Prioritized, RingStrategy::Cyclic, RingStrategy::LeastWorked] {
        let mut queues = open(&[queue(1, &members, |settings| {
            settings.strategy = strategy;
            settings.waiting_max = WAITING_MAX;
        })]);
        for id in 0..CALLERS {
            assert_eq!(queues.prospect(Q), Prospect::Waits);
            let call = call(Q, id, id / 100, id % 50 == 0);
            queues.enter(call, BTreeSet::new(), false);
        }
        assert_eq!(queues.prospect(Q), Prospect::Turned(QueueOutcome::Full));
        let (mut served, mut round) = (Vec::new(), 0);
        while served.len() < CALLERS as usize {
            let now = at(200 + round * 30);
            queues.take_due(now);
            let found = matches(&mut queues, now);
            assert!(!found.is_empty(), "{} of {CALLERS} after {round} rounds", served.len());
            assert_eq!(found.iter().flat_map(|(_, agents)| agents).collect::<BTreeSet<_>>().len(), found.len());
            for (id, agents) in found {
                answer(&mut queues, id, agents[0], now);
                queues.talk_over(CallId(id), now + Duration::from_secs(20));
                served.push(id);
            }
            round += 1;
        }
        let mut order: Vec<i64> = (0..CALLERS).collect();
        order.sort_by_key(|id| (id % 50 != 0, *id));
        assert_eq!(served, order, "{strategy:?}");
        assert_eq!((round, queues.next_match(true, at(100_000))), (50, None));
    }
}
