//! What happens in queues becomes rows, sums and mails, once (Q-06, Q-11, Q-13, Q-14, HAR-03).

use std::collections::BTreeMap;
use std::time::Duration;

use shared::call_record::CallRecord;
use shared::fact::{Fact, TenantFact};
use shared::queue::{DeleteQueue, Queue, QueueSettings, UpdateQueue};
use shared::queue_agent::{AgentReadiness, AgentStanding, AgentState};
use shared::queue_call::{ListQueueCalls, QueueCall, QueueFigures, QueueOutcome};
use shared::queue_caller::{CreateNuisance, ListNuisances, NuisanceSettings};
use shared::reason::Reason;
use shared::{CallId, ExtensionId, Moment, QueueCallId, TenantId};
use store::testing::{NOW, actor, each_database, each_url, mail_server, open};
use store::{AgentFigures, Job, Store, TenantStore};

use crate::queue::{create, line};
use crate::world::{at, fact, started, tenant_with};

/// A call that entered so many seconds after the beginning and waits.
pub fn waiting(queue: &Queue, id: i64, entered: u64) -> QueueCall {
    QueueCall {
        id: QueueCallId(id),
        tenant_id: queue.tenant_id,
        queue_id: queue.id,
        call_id: CallId(id),
        caller: format!("+49{id}"),
        caller_name: "Carol".into(),
        entered_at: at(entered),
        vip: false,
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

pub fn answered(call: &QueueCall, by: ExtensionId, after: u64) -> QueueCall {
    let answered_at = Some(call.entered_at + Duration::from_secs(after));
    QueueCall { answered_at, agent_id: Some(by), outcome: Some(QueueOutcome::Answered), ..call.clone() }
}

/// The end so many seconds after the last that is known of it.
fn ended(call: &QueueCall, after: u64, outcome: QueueOutcome) -> QueueCall {
    let last = call.answered_at.unwrap_or(call.entered_at);
    QueueCall { ended_at: Some(last + Duration::from_secs(after)), outcome: Some(outcome), ..call.clone() }
}

pub fn told(call: &QueueCall) -> TenantFact {
    let when = [Some(call.entered_at), call.answered_at, call.ended_at].into_iter().flatten().max().unwrap();
    let changed = Fact::QueueCallChanged { queue_call: call.clone(), managers: Vec::new() };
    fact(call.tenant_id, when, changed)
}

fn stands(queue: &Queue, who: ExtensionId, since: u64, state: AgentState, reason: &str) -> TenantFact {
    let agent = AgentStanding {
        queue_id: queue.id,
        extension_id: who,
        number: "101".into(),
        name: "Person 101".into(),
        ready: state != AgentState::NotReady,
        pause_reason: reason.into(),
        state,
        since: at(since),
        call_id: None,
    };
    fact(queue.tenant_id, at(since), Fact::AgentChanged { agent, managers: Vec::new() })
}

async fn calls(view: &TenantStore) -> Vec<QueueCall> {
    view.list_queue_calls(&ListQueueCalls::default()).await.unwrap().rows
}

//
#[tokio::test]
async fn q_14_a_call_of_a_queue_is_one_row_however_often_it_is_told() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, other, _) = tenant_with(&store, "Globex", &[]).await;
        let one = made[0].extension.id;
        let queue = create(&view, line("8000", &[one])).await.unwrap();
        let first = waiting(&queue, 50, 0);
        let talking = QueueCall { late: true, ..answered(&first, one, 20) };
        let done = ended(&talking, 60, QueueOutcome::Answered);
        let history = [told(&first), told(&talking), told(&done)];
        store.record_facts(&history[..1]).await.unwrap();
        assert_eq!(calls(&view).await, std::slice::from_ref(&first));
        store.record_facts(&history).await.unwrap();
        assert_eq!(calls(&view).await, std::slice::from_ref(&done));
        let reversed: Vec<_> = history.iter().rev().cloned().collect();
        store.record_facts(&reversed).await.unwrap();
        store.record_facts(&history[..2]).await.unwrap();
        assert_eq!(calls(&view).await, std::slice::from_ref(&done), "what is over stays over");
        let theirs = TenantFact { tenant_id: Some(other.id), ..told(&ended(&first, 1, QueueOutcome::Full)) };
        store.record_facts(&[theirs]).await.unwrap();
        assert_eq!(calls(&globex).await, [], "another tenant's row is not taken");

        let lost = ended(&waiting(&queue, 51, 5), 7, QueueOutcome::Abandoned);
        store.record_facts(&[told(&lost)]).await.unwrap();
        let list = async |filter: ListQueueCalls| view.list_queue_calls(&filter).await.unwrap().rows;
        assert_eq!(list(ListQueueCalls::default()).await, [lost.clone(), done.clone()]);
        let only = ListQueueCalls { lost: Some(true), ..Default::default() };
        assert_eq!(list(only).await, std::slice::from_ref(&lost));
        let only = ListQueueCalls { agent_id: Some(one), ..Default::default() };
        assert_eq!(list(only).await, std::slice::from_ref(&done));
        let only = ListQueueCalls { search: Some("+4951".into()), from: Some(at(1)), ..Default::default() };
        assert_eq!(list(only).await, std::slice::from_ref(&lost));
        // What was of a queue outlives it.
        view.delete_queue(NOW, &actor(), &DeleteQueue { queue_id: queue.id }).await.unwrap();
        assert_eq!(calls(&view).await.len(), 2);
    })
    .await;
}

// covers: Q-14, R1
#[tokio::test]
async fn what_a_stopped_server_left_open_is_closed_at_its_last_sign_of_life() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        let queue = create(&view, line("8000", &[one])).await.unwrap();
        let record = |id| CallRecord::open(CallId(id), tenant.id, NOW);
        let first = waiting(&queue, 50, 0);
        let talking = answered(&waiting(&queue, 51, 0), one, 30);
        // What a release has written that did not know when it was asked for.
        let callback = QueueCall { callback: true, ..waiting(&queue, 52, 3) };
        let alive = Fact::CallsAlive { calls: vec![CallId(50)] };
        let facts = [
            started(&record(50)),
            started(&record(51)),
            told(&first),
            told(&talking),
            told(&callback),
            stands(&queue, one, 10, AgentState::Ready, ""),
            fact(tenant.id, at(90), alive),
        ];
        store.record_facts(&facts).await.unwrap();
        // The process dies: the store is opened again, not closed.
        let store = open(&url).await;
        assert_eq!(store.close_open_calls(at(1_000), Reason::ServerRestarted).await.unwrap(), 2);
        let view = store.tenant(tenant.id);
        let ends: BTreeMap<i64, _> =
            calls(&view).await.into_iter().map(|call| (call.id.0, (call.ended_at, call.outcome))).collect();
        assert_eq!(ends[&50], (Some(at(90)), Some(QueueOutcome::Removed)), "its call lived until then");
        assert_eq!(ends[&51], (Some(at(30)), Some(QueueOutcome::Answered)));
        assert_eq!(ends[&52], (Some(at(3)), Some(QueueOutcome::Removed)));
        let worked = view.agent_figures(at(1_000), None, NOW, at(1_000)).await.unwrap();
        let ready = worked[&(queue.id, one)].states[&AgentState::Ready];
        assert_eq!(ready, 80_000, "from 10 to 90");
        // Who stands as before tells of an old beginning: the time of the stop is nobody's.
        let mut again = stands(&queue, one, 10, AgentState::Ready, "");
        again.at = at(1_000);
        store.record_facts(&[again]).await.unwrap();
        let worked = view.agent_figures(at(1_100), None, NOW, at(1_100)).await.unwrap();
        assert_eq!(worked[&(queue.id, one)].states[&AgentState::Ready], 180_000);
        store.close().await.unwrap();
    })
    .await;
}

//
#[tokio::test]
async fn q_06_each_change_of_a_member_closes_a_span_and_opens_the_next() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let queue = create(&view, line("8000", &[one, two])).await.unwrap();
        let day = [
            stands(&queue, one, 0, AgentState::Ready, ""),
            stands(&queue, one, 100, AgentState::Ringing, ""),
            stands(&queue, one, 110, AgentState::Talking, ""),
            stands(&queue, one, 170, AgentState::WrapUp, ""),
            stands(&queue, one, 180, AgentState::NotReady, "Lunch"),
            stands(&queue, one, 480, AgentState::NotReady, "Meeting"),
            stands(&queue, two, 50, AgentState::NotReady, ""),
        ];
        store.record_facts(&day[..3]).await.unwrap();
        store.record_facts(&day[2..]).await.unwrap();
        // Told again, at once and one by one, it is the same.
        store.record_facts(&day).await.unwrap();
        for one in &day {
            store.record_facts(std::slice::from_ref(one)).await.unwrap();
        }
        let talk = ended(&answered(&waiting(&queue, 50, 90), one, 20), 60, QueueOutcome::Answered);
        store.record_facts(&[told(&talk)]).await.unwrap();
        let figures = view.agent_figures(at(500), Some(queue.id), NOW, at(10_000)).await.unwrap();
        let states = [
            (AgentState::Ready, 100_000),
            (AgentState::Ringing, 10_000),
            (AgentState::Talking, 60_000),
            (AgentState::WrapUp, 10_000),
            (AgentState::NotReady, 320_000),
        ];
        let expected = AgentFigures {
            calls: 1,
            talked_millis: 60_000,
            states: states.into_iter().collect(),
            pauses: [("Lunch".to_owned(), 300_000), ("Meeting".to_owned(), 20_000)].into(),
        };
        assert_eq!(figures[&(queue.id, one)], expected);
        assert_eq!(figures[&(queue.id, two)].pauses, [(String::new(), 450_000)].into());
        // Only what lies in the time that is asked for.
        let some = view.agent_figures(at(500), None, at(50), at(105)).await.unwrap();
        assert_eq!(some[&(queue.id, one)].states, [(AgentState::Ready, 50_000), (AgentState::Ringing, 5_000)].into());

        let readiness = |who, reason: &str, since| AgentReadiness {
            queue_id: queue.id,
            extension_id: who,
            ready: false,
            pause_reason: reason.into(),
            since: at(since),
        };
        let mut known = store.agent_readiness().await.unwrap();
        known.sort_by_key(|(_, known)| known.extension_id);
        assert_eq!(known, [(tenant.id, readiness(one, "Meeting", 480)), (tenant.id, readiness(two, "", 50))]);
        // Who is taken out of the queue stands in it no longer, and what is told of it afterwards is left out.
        let settings = QueueSettings { members: vec![one], ..queue.settings.clone() };
        let change = UpdateQueue { queue_id: queue.id, settings };
        view.update_queue(at(500), &actor(), &change).await.unwrap();
        store.record_facts(&[stands(&queue, two, 510, AgentState::Ready, "")]).await.unwrap();
        let after = view.agent_figures(at(600), None, NOW, at(600)).await.unwrap();
        assert_eq!(after[&(queue.id, two)].states, [(AgentState::NotReady, 450_000)].into());
        assert_eq!(store.agent_readiness().await.unwrap().len(), 1);
        // A member that is no extension any more, or of a queue that is gone, is left out.
        let gone = Queue { id: shared::QueueId(7), ..queue.clone() };
        store.record_facts(&[stands(&gone, one, 900, AgentState::Ready, "")]).await.unwrap();
        view.delete_queue(at(900), &actor(), &DeleteQueue { queue_id: queue.id }).await.unwrap();
        assert_eq!(store.agent_readiness().await.unwrap(), []);
        // History has a bound.
        let purged = store.purge(at(400 * 86_400)).await.unwrap();
        assert_eq!(purged.agent_spans, 7, "the queue is gone: nothing is open");
    })
    .await;
}

//
#[tokio::test]
async fn q_14_figures_are_sums_of_the_day_and_of_each_slot() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        let sales = create(&view, line("8000", &[one])).await.unwrap();
        let help = create(&view, line("8001", &[one])).await.unwrap();
        // A whole quarter of an hour.
        let start = (NOW.0.div_euclid(900_000_000) + 1) * 900_000_000;
        let begin = u64::try_from((start - NOW.0) / 1_000_000).unwrap();
        let late = QueueCall { late: true, ..answered(&waiting(&sales, 2, begin + 10), one, 200) };
        let facts = [
            told(&ended(&answered(&waiting(&sales, 1, begin), one, 20), 60, QueueOutcome::Answered)),
            told(&ended(&late, 40, QueueOutcome::Answered)),
            told(&ended(&waiting(&sales, 3, begin + 3_600), 30, QueueOutcome::Abandoned)),
            told(&ended(&waiting(&sales, 4, begin + 3_700), 0, QueueOutcome::Nuisance)),
            told(&waiting(&sales, 5, begin + 3_800)),
            told(&ended(&waiting(&help, 6, begin), 5, QueueOutcome::Full)),
        ];
        store.record_facts(&facts).await.unwrap();
        let whole = QueueFigures {
            entered: 5,
            answered: 2,
            lost: 1,
            in_time: 1,
            waited_millis: 250_000,
            longest_wait_millis: 200_000,
            talked_millis: 100_000,
        };
        let today = view.queue_figures(Moment(start), at(begin + 7_200)).await.unwrap();
        assert_eq!(today[&sales.id], whole);
        assert_eq!((today[&help.id].entered, today[&help.id].lost), (1, 1));
        assert_eq!(view.queue_figures(at(begin + 7_200), at(begin + 9_000)).await.unwrap(), BTreeMap::new());
        let edges = [Moment(start), at(begin + 3_600), at(begin + 7_200)];
        let slots = view.queue_history(Some(sales.id), &edges).await.unwrap();
        assert_eq!(slots.iter().map(|slot| slot.from).collect::<Vec<_>>(), edges[..2]);
        assert_eq!((slots[0].figures.answered, slots[0].figures.lost, slots[0].figures.waited_millis), (2, 0, 220_000));
        assert_eq!((slots[1].figures.entered, slots[1].figures.lost), (3, 1));
        let all = view.queue_history(None, &edges).await.unwrap();
        assert_eq!(all[0].figures.entered, 3);
        assert_eq!(view.queue_history(None, &[]).await.unwrap(), []);
    })
    .await;
}

async fn mails(store: &Store, tenant: TenantId) -> Vec<(i64, ExtensionId, bool)> {
    let claimed = store.claim_jobs(at(1_000_000), Duration::from_secs(60), 32).await.unwrap();
    let mut mails = Vec::new();
    for job in claimed {
        if let Job::SendQueueNotice { queue_call_id, manager_id, lost } = job.job {
            assert_eq!(job.tenant_id, Some(tenant));
            mails.push((queue_call_id.0, manager_id, lost));
        }
        store.finish_job(job.id).await.unwrap();
    }
    mails.sort_unstable();
    mails
}

// covers, MAIL-03
#[tokio::test]
async fn q_11_managers_are_mailed_once_of_a_late_call_and_of_a_lost_one_where_that_is_wanted() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let ids: Vec<ExtensionId> = made.iter().map(|one| one.extension.id).collect();
        let plain = shared::extension::CreateExtension { number: "104".into(), name: "No mail".into(), email: None };
        let plain = view.create_extension(NOW, &actor(), &plain).await.unwrap().extension.id;
        let settings =
            QueueSettings { managers: vec![ids[1], plain, ids[2]], sla_seconds: 30, ..line("8000", &ids[..1]) };
        let quiet = create(&view, settings.clone()).await.unwrap();
        let settings = QueueSettings { mails_lost_calls: true, number: "8001".into(), ..settings };
        let loud = create(&view, settings).await.unwrap();
        let late = |call: &QueueCall| QueueCall { late: true, ..call.clone() };
        let first = late(&waiting(&quiet, 1, 0));
        store.record_facts(&[told(&first)]).await.unwrap();
        assert_eq!(mails(&store, tenant.id).await, [], "no mail server is set");
        store.start_with_mail_server(mail_server());
        let second = waiting(&quiet, 2, 0);
        store.record_facts(&[told(&second), told(&late(&second))]).await.unwrap();
        store.record_facts(&[told(&late(&second))]).await.unwrap();
        let lost = ended(&late(&second), 90, QueueOutcome::Abandoned);
        store.record_facts(&[told(&lost), told(&lost)]).await.unwrap();
        assert_eq!(
            mails(&store, tenant.id).await,
            [(2, ids[1], false), (2, ids[2], false)],
            "once, and not of lost ones"
        );
        let third = ended(&waiting(&loud, 3, 0), 9, QueueOutcome::TimedOut);
        store.record_facts(&[told(&third)]).await.unwrap();
        store.record_facts(&[told(&third)]).await.unwrap();
        let ends = ended(&answered(&waiting(&loud, 4, 0), ids[0], 3), 9, QueueOutcome::Answered);
        store.record_facts(&[told(&ends)]).await.unwrap();
        assert_eq!(mails(&store, tenant.id).await, [(3, ids[1], true), (3, ids[2], true)]);

        let notice = view.queue_notice(QueueCallId(3), ids[1]).await.unwrap().unwrap();
        assert_eq!((notice.to.as_str(), notice.number.as_str()), ("102@acme.example", "8001"));
        assert_eq!(notice.queue_call, third);
        assert_eq!(view.queue_notice(QueueCallId(3), ids[0]).await.unwrap(), None, "it is no manager");
        assert_eq!(view.queue_notice(QueueCallId(3), plain).await.unwrap(), None);
        assert_eq!(view.queue_notice(QueueCallId(77), ids[1]).await.unwrap(), None);
    })
    .await;
}

// covers: HAR-03
#[tokio::test]
async fn har_03_hits_are_counted_and_a_fact_told_twice_counts_once() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let (_, other, _) = tenant_with(&store, "Globex", &[]).await;
        let settings = NuisanceSettings { number: "0900".into(), ..NuisanceSettings::default() };
        let made = view.create_nuisance(NOW, &actor(), &CreateNuisance { settings }).await.unwrap();
        let met = |of, seconds| fact(of, at(seconds), Fact::NuisanceMet { nuisance_id: made.id });
        let hits = async || view.list_nuisances(&ListNuisances::default()).await.unwrap().rows[0].hits;
        let batch = [met(tenant.id, 1), met(tenant.id, 2)];
        store.record_facts(&batch).await.unwrap();
        assert_eq!(hits().await, 2);
        store.record_facts(&batch).await.unwrap();
        assert_eq!(hits().await, 2);
        store.record_facts(&[met(tenant.id, 3), met(other.id, 4)]).await.unwrap();
        assert_eq!(hits().await, 3, "another tenant's fact counts nothing");
    })
    .await;
}
