//! Whoever is to be called back is known at the next start, and what was broken off is counted.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::call_record::CallRecord;
use shared::fact::Fact;
use shared::queue_call::{ListQueueCalls, QueueCall, QueueFigures, QueueOutcome};
use shared::reason::Reason;
use shared::{CallId, QueueCallId};
use store::testing::{NOW, each_url, open};

use crate::queue::{create, line};
use crate::queue_call::{answered, told, waiting};
use crate::world::{at, fact, started, tenant_with};

/// It has asked to be called back, so many seconds after the beginning.
fn asked(call: QueueCall, after: u64) -> QueueCall {
    QueueCall { callback: true, callback_at: Some(at(after)), ..call }
}

// covers: Q-21, R1
#[tokio::test]
async fn q_21_callbacks_are_there_at_the_next_start_in_their_order_and_each_stop_in_the_middle_is_counted() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (_, other, _) = tenant_with(&store, "Globex", &["101"]).await;
        let one = made[0].extension.id;
        let queue = create(&view, line("8000", &[one])).await.unwrap();
        let second = asked(waiting(&queue, 61, 5), 30);
        let first = QueueCall { vip: true, late: true, ..asked(waiting(&queue, 62, 2), 40) };
        let elsewhere = QueueCall { tenant_id: other.id, ..asked(waiting(&queue, 63, 1), 4) };
        let broken = QueueCall { callback_call_id: Some(CallId(90)), ..asked(waiting(&queue, 64, 6), 7) };
        let talking =
            QueueCall { callback_call_id: Some(CallId(91)), ..answered(&asked(waiting(&queue, 65, 6), 8), one, 30) };
        let over = QueueCall {
            ended_at: Some(at(50)),
            outcome: Some(QueueOutcome::CallbackFailed),
            ..asked(waiting(&queue, 66, 6), 9)
        };
        let on_the_line = waiting(&queue, 67, 7);
        let calls = [&second, &first, &elsewhere, &broken, &talking, &over, &on_the_line];
        let record = |id| CallRecord::open(CallId(id), tenant.id, NOW);
        let alive = Fact::CallsAlive { calls: vec![CallId(91)] };
        let mut facts: Vec<_> = calls.into_iter().map(told).collect();
        facts.extend([started(&record(90)), started(&record(91)), fact(tenant.id, at(70), alive)]);
        store.record_facts(&facts).await.unwrap();
        for breaks in 1..=2 {
            // The process dies: the store is opened again, not closed.
            let store = open(&url).await;
            store.close_open_calls(at(1_000), Reason::ServerRestarted).await.unwrap();
            let counted = QueueCall { callback_call_id: None, callback_breaks: breaks, ..broken.clone() };
            let expected = [elsewhere.clone(), first.clone(), second.clone(), counted.clone()];
            assert_eq!(store.waiting_callbacks().await.unwrap(), expected);
            // It is begun anew, and broken off again.
            let begun = QueueCall { callback_call_id: Some(CallId(92)), ..counted };
            store.record_facts(&[told(&begun)]).await.unwrap();
        }
        let rows = view.list_queue_calls(&ListQueueCalls::default()).await.unwrap().rows;
        let ends: BTreeMap<i64, _> = rows.into_iter().map(|call| (call.id.0, (call.ended_at, call.outcome))).collect();
        assert_eq!(
            ends[&65],
            (Some(at(70)), Some(QueueOutcome::Answered)),
            "as long as the call lived in which it was made"
        );
        assert_eq!(ends[&67], (Some(at(7)), Some(QueueOutcome::Removed)), "nobody holds the line any more");
        assert_eq!(ends[&61], (None, None));
        // What has come of it counts once, with the time that was waited.
        let answer = at(5) + Duration::from_secs(600);
        let done = QueueCall {
            answered_at: Some(answer),
            agent_id: Some(one),
            outcome: Some(QueueOutcome::Answered),
            ..second
        };
        let failed = QueueCall {
            ended_at: Some(at(2) + Duration::from_secs(100)),
            outcome: Some(QueueOutcome::CallbackFailed),
            ..first
        };
        store.record_facts(&[told(&done), told(&failed)]).await.unwrap();
        let figures: QueueFigures = view.queue_figures(NOW, at(1_000)).await.unwrap()[&queue.id];
        assert_eq!((figures.entered, figures.answered, figures.lost), (6, 2, 2));
        assert_eq!((figures.longest_wait_millis, figures.in_time), (600_000, 2));
        let open = store.waiting_callbacks().await.unwrap();
        assert_eq!(open.iter().map(|call| call.id).collect::<Vec<_>>(), [QueueCallId(63), QueueCallId(64)]);
        store.close().await.unwrap();
    })
    .await;
}

//
#[tokio::test]
async fn q_01_a_place_that_is_handed_on_is_one_row_of_whoever_waits_in_it_now() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let queue = create(&view, line("8000", &[made[0].extension.id])).await.unwrap();
        let before = waiting(&queue, 50, 3);
        let after =
            QueueCall { call_id: CallId(51), caller: "101".into(), caller_name: "Alice".into(), ..before.clone() };
        store.record_facts(&[told(&before)]).await.unwrap();
        store.record_facts(&[told(&after)]).await.unwrap();
        let rows = view.list_queue_calls(&ListQueueCalls::default()).await.unwrap().rows;
        assert_eq!(rows, [after]);
        store.close().await.unwrap();
    })
    .await;
}
