//! Facts become rows: CDR-05, and what a crash leaves.

use shared::call_record::{CallStatus, GetCall, ListCalls};
use shared::fact::Fact;
use shared::reason::{Reason, TraceStep};
use shared::{CallId, Moment, RegistrationId};
use store::testing::{NOW, actor, each_database, each_url, open};

use crate::world::*;

#[tokio::test]
async fn cdr_05_a_call_is_one_row_from_start_to_end_and_a_replay_changes_nothing() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let ringing = call(tenant.id, 50, NOW);
        let talking = answered(&ringing);
        let done = ended(&talking);
        let all = async || view.list_calls(&ListCalls::default()).await.unwrap().rows;
        store.record_facts(&[started(&ringing)]).await.unwrap();
        assert_eq!(all().await, std::slice::from_ref(&ringing));
        store.record_facts(&[changed(at(2), &talking)]).await.unwrap();
        assert_eq!(all().await, std::slice::from_ref(&talking));
        store.record_facts(&[call_ended(&done)]).await.unwrap();
        assert_eq!(all().await, std::slice::from_ref(&done));
        let history = [started(&ringing), changed(at(2), &talking), call_ended(&done)];
        // Replayed at once, one by one, and out of order.
        store.record_facts(&history).await.unwrap();
        for fact in history.iter().rev() {
            store.record_facts(std::slice::from_ref(fact)).await.unwrap();
        }
        let reversed: Vec<_> = history.iter().rev().cloned().collect();
        store.record_facts(&reversed).await.unwrap();
        assert_eq!(all().await, [done]);
        assert_eq!(view.get_call(&GetCall { call_id: CallId(50) }).await.unwrap().trace.len(), 2);
        store.record_facts(&[]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn calls_left_open_are_closed_at_their_last_sign_of_life() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (_, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let ringing = call(tenant.id, 50, NOW);
        let talking = answered(&call(tenant.id, 51, NOW));
        let silent = answered(&call(tenant.id, 52, at(100)));
        let done = ended(&answered(&call(tenant.id, 53, NOW)));
        let alive = |seconds, calls: &[i64]| {
            let calls = calls.iter().copied().map(CallId).collect();
            fact(tenant.id, at(seconds), Fact::CallsAlive { calls })
        };
        store
            .record_facts(&[
                started(&ringing),
                started(&call(tenant.id, 51, NOW)),
                changed(at(2), &talking),
                changed(at(102), &silent),
                call_ended(&done),
            ])
            .await
            .unwrap();
        let running = store.tenant(tenant.id).get_call(&GetCall { call_id: CallId(51) }).await.unwrap();
        assert_eq!(running.trace.last().unwrap().code, Reason::Answered, "a running call is explained as well");
        store.record_facts(&[alive(30, &[50, 51, 53])]).await.unwrap();
        store.record_facts(&[alive(60, &[51]), alive(20, &[51, 52, 77])]).await.unwrap();
        // The process dies: the store is opened again, not closed.
        let store = open(&url).await;
        assert_eq!(store.close_open_calls(at(1_000), Reason::ServerRestarted).await.unwrap(), 3);
        let view = store.tenant(tenant.id);
        let get = async |id| view.get_call(&GetCall { call_id: CallId(id) }).await.unwrap();
        let codes = |trace: &[TraceStep]| trace.iter().map(|step| step.code).collect::<Vec<_>>();
        let (admitted, restarted) = (Reason::CallAdmitted, Reason::ServerRestarted);
        for (id, status, end, trace) in [
            (50, CallStatus::NoAnswer, at(30), vec![admitted, restarted]),
            (51, CallStatus::Answered, at(60), vec![admitted, Reason::Answered, restarted]),
            (52, CallStatus::Answered, at(102), vec![admitted, Reason::Answered, restarted]),
        ] {
            let detail = get(id).await;
            assert_eq!((detail.record.status, detail.record.ended_at), (status, Some(end)), "call {id}");
            assert_eq!(detail.record.ended_reason, Some(Reason::ServerRestarted));
            assert_eq!(codes(&detail.trace), trace, "call {id}: what was known is kept");
        }
        assert_eq!(get(53).await.record, done);
        assert_eq!(store.close_open_calls(at(1_001), Reason::ServerRestarted).await.unwrap(), 0);
        // What was told late of a call that is closed does not open it again.
        store.record_facts(&[changed(at(200), &talking), alive(300, &[51])]).await.unwrap();
        assert_eq!(get(51).await.record.ended_at, Some(at(60)));
    })
    .await;
}

#[tokio::test]
async fn many_open_calls_are_all_closed() {
    each_database(|store| async move {
        let (_, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let facts: Vec<_> = (0..1_203).map(|n| started(&call(tenant.id, 1_000 + n, NOW))).collect();
        store.record_facts(&facts).await.unwrap();
        assert_eq!(store.close_open_calls(at(9), Reason::ServerRestarted).await.unwrap(), 1_203);
    })
    .await;
}

#[tokio::test]
async fn renewals_change_what_is_new_in_them_and_nothing_of_others() {
    each_database(|store| async move {
        let (_, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let extension = made[0].extension.id;
        let (first, second) = (registration(tenant.id, extension, 60), registration(tenant.id, extension, 61));
        let rows = async || store.registrations(tenant.id).await.unwrap();
        store.record_facts(&[registered(&first), registered(&second)]).await.unwrap();
        let renewed = |of: &shared::registration::Registration, cseq: u32| {
            let call_id = format!("it's {cseq} \u{fc}");
            shared::registration::Registration {
                cseq,
                call_id,
                expires_at: at(9_000),
                registered_at: at(70),
                ..of.clone()
            }
        };
        store.record_facts(&[registered(&renewed(&first, 8))]).await.unwrap();
        assert_eq!(rows().await, [renewed(&first, 8), second.clone()]);
        store.record_facts(&[registered(&renewed(&first, 9)), registered(&renewed(&second, 5))]).await.unwrap();
        assert_eq!(rows().await, [renewed(&first, 9), renewed(&second, 5)]);
        // A device that has moved is more than renewed.
        let moved = shared::registration::Registration { source: "192.0.2.77:1".into(), ..renewed(&first, 10) };
        store.record_facts(&[registered(&moved)]).await.unwrap();
        assert_eq!(rows().await, [moved.clone(), renewed(&second, 5)]);
        // Gone, it is written whole when it comes back; and a renewal of what was deleted beside us makes no row.
        let gone = Fact::Unregistered { registration_id: first.id, number: "101".into() };
        store.record_facts(&[fact(tenant.id, NOW, gone)]).await.unwrap();
        store.record_facts(&[registered(&moved)]).await.unwrap();
        assert_eq!(rows().await, [moved.clone(), renewed(&second, 5)]);
        let view = store.tenant(tenant.id);
        let delete = shared::extension::DeleteExtension { extension_id: extension };
        view.delete_extension(at(80), &actor(), &delete).await.unwrap();
        store.record_facts(&[registered(&renewed(&moved, 11))]).await.unwrap();
        assert_eq!(rows().await, []);
    })
    .await;
}

#[tokio::test]
async fn bindings_are_there_whole_renewed_and_gone() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let extension = made[0].extension.id;
        let first = registration(tenant.id, extension, 60);
        let second = registration(tenant.id, extension, 61);
        store.record_facts(&[registered(&first), registered(&second)]).await.unwrap();
        assert_eq!(store.registrations(tenant.id).await.unwrap(), [first.clone(), second.clone()]);
        let mut renewed = first.clone();
        renewed.expires_at = at(9_000);
        renewed.cseq = 7;
        let gone = |id| Fact::Unregistered { registration_id: RegistrationId(id), number: "101".into() };
        // In one batch the last word counts, each statement touching a row once.
        store
            .record_facts(&[
                registered(&first),
                registered(&renewed),
                fact(tenant.id, NOW, gone(61)),
                fact(tenant.id, NOW, gone(99)),
            ])
            .await
            .unwrap();
        assert_eq!(store.registrations(tenant.id).await.unwrap(), [renewed]);
        let found = shared::registration::ListRegistrations { search: Some("desk PHONE".into()), ..Default::default() };
        assert_eq!(view.list_registrations(&found).await.unwrap().total, 1);
        store.record_facts(&[fact(tenant.id, NOW, gone(60)), registered(&second)]).await.unwrap();
        assert_eq!(store.registrations(tenant.id).await.unwrap(), [second]);
    })
    .await;
}

#[tokio::test]
async fn repeats_of_a_refusal_are_counted_not_listed_and_a_replay_is_not_counted() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let batch: Vec<_> = (0..100)
            .map(|n| refusal(Some(tenant.id), "101", 70 + n, NOW + std::time::Duration::from_micros(n as u64)))
            .collect();
        store.record_facts(&batch).await.unwrap();
        store.record_facts(&batch).await.unwrap();
        store
            .record_facts(&[refusal(Some(tenant.id), "102", 200, at(1)), refusal(Some(tenant.id), "101", 201, at(2))])
            .await
            .unwrap();
        let page = view.list_refusals(&Default::default()).await.unwrap();
        let rows: Vec<_> =
            page.rows.iter().map(|row| (row.user.as_str(), row.count, row.first_at, row.last_at)).collect();
        assert_eq!(rows, [("101", 101, NOW, at(2)), ("102", 1, at(1), at(1))]);
        assert_eq!(page.rows[0].trace[0].code, Reason::CredentialsWrong);
        assert!(page.rows[0].source.ends_with(&format!(":{}", 1024 + 201)), "the latest source is shown");
    })
    .await;
}

#[tokio::test]
async fn s19_what_comes_from_outside_is_stored_whatever_it_is() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let mut record = call(tenant.id, 50, NOW);
        record.caller = "nul\0nul".into();
        record.caller_name = "\u{202e}'; DROP TABLE call; --".into();
        record.callee = "x".repeat(70_000);
        store.record_facts(&[started(&record), refusal(None, "\0\r\n", 70, NOW)]).await.unwrap();
        let stored = &view.list_calls(&ListCalls::default()).await.unwrap().rows[0];
        assert_eq!((stored.caller.as_str(), &stored.caller_name), ("nulnul", &record.caller_name));
        assert!(stored.callee.len() < 1_000);
    })
    .await;
}

/// Prints what a batch costs; the figure is for people, the bound only catches a statement per row.
#[tokio::test]
async fn a_second_of_load_is_a_fraction_of_a_second_of_work() {
    each_database(|store| async move {
        let numbers: Vec<String> = (1_000..1_500).map(|n| n.to_string()).collect();
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let bulk = shared::extension::CreateExtensions { first_number: "1000".into(), count: 500, name: "#".into() };
        view.create_extensions(NOW, &store::testing::actor(), &bulk).await.unwrap();
        let plan = store.load_plan(tenant.id).await.unwrap().unwrap();
        assert_eq!(plan.extensions.len(), numbers.len());
        let batch = |second: i64| {
            let mut facts: Vec<_> = plan
                .extensions
                .iter()
                .zip(0..)
                .map(|(one, n)| registered(&registration(tenant.id, one.extension.id, 10_000 + n)))
                .collect();
            for n in 0..50 {
                let record = call(tenant.id, 100_000 + second * 50 + n, Moment(NOW.0 + second));
                facts.extend([
                    started(&record),
                    changed(at(3), &answered(&record)),
                    call_ended(&ended(&answered(&record))),
                ]);
            }
            facts
        };
        let seconds = 5;
        #[allow(clippy::disallowed_methods)]
        let begin = std::time::Instant::now();
        for second in 0..seconds {
            store.record_facts(&batch(second)).await.unwrap();
        }
        let each = begin.elapsed() / u32::try_from(seconds).unwrap();
        println!("500 registrations and 50 calls: {each:?}");
        assert!(each < std::time::Duration::from_secs(1));
    })
    .await;
}
