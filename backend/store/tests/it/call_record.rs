//! Call records: CDR-01…05, REP-03.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use shared::call_record::{CallDirection, CallRecord, CallStatus, ExportCalls, GetCall, LegQuality, ListCalls};
use shared::page::Direction;
use shared::reason::Reason;
use shared::{CallId, Moment, Money};
use store::testing::{NOW, each_database};

use crate::world::*;

#[tokio::test]
async fn cdr_03_a_record_comes_back_as_it_went_in_with_its_trace() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let mut record = ended(&answered(&call(tenant.id, 50, NOW)));
        record.caller_extension_id = Some(made[0].extension.id);
        record.callee_extension_id = Some(made[1].extension.id);
        record.direction = CallDirection::Out;
        record.fail_code = 603;
        record.final_destination = "sip:102@192.0.2.9".into();
        record.did_cid = "+4930123".into();
        record.outbound_caller_id = "=HYPERLINK(1)".into();
        record.cost = Some(Money(9_007_199_254_740_993));
        record.legs =
            vec![LegQuality { side: "caller".into(), packets_received: u64::MAX, heard: true, ..Default::default() }];
        let ended = call_ended(&record);
        store.record_facts(std::slice::from_ref(&ended)).await.unwrap();
        let detail = view.get_call(&GetCall { call_id: CallId(50) }).await.unwrap();
        assert_eq!(detail.record, record);
        let codes: Vec<_> = detail.trace.iter().map(|step| step.code).collect();
        assert_eq!(codes, [Reason::CallAdmitted, Reason::CallerHungUp], "CDR-02");
        is_not_found(view.get_call(&GetCall { call_id: CallId(51) }).await);
    })
    .await;
}

#[tokio::test]
async fn cdr_01_the_list_is_filtered_by_time_number_status_and_direction_together() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let mut facts = Vec::new();
        for n in 0..6_u64 {
            let mut record = ended(&answered(&call(tenant.id, 50 + n as i64, at(n * 100))));
            record.caller = format!("10{n}");
            record.caller_name = if n == 3 { "Jürgen".into() } else { "Alice".into() };
            record.callee_name = if n == 2 { "Zoë".into() } else { "Bob".into() };
            record.status = if n % 2 == 0 { CallStatus::Answered } else { CallStatus::Failed };
            record.direction = if n < 3 { CallDirection::Ext } else { CallDirection::In };
            facts.push(call_ended(&record));
        }
        store.record_facts(&facts).await.unwrap();
        let list = async |operation: ListCalls| {
            let page = view.list_calls(&operation).await.unwrap();
            assert_eq!(page.total, page.rows.len() as u64);
            page.rows.into_iter().map(|record| record.id.0 - 50).collect::<Vec<_>>()
        };
        assert_eq!(list(ListCalls::default()).await, [5, 4, 3, 2, 1, 0]);
        let ascending = ListCalls { order: Some(Direction::Ascending), ..ListCalls::default() };
        assert_eq!(list(ascending).await, [0, 1, 2, 3, 4, 5]);
        assert_eq!(list(ListCalls { search: Some("103".into()), ..ListCalls::default() }).await, [3]);
        assert_eq!(list(ListCalls { search: Some("JÜRG".into()), ..ListCalls::default() }).await, [3]);
        assert_eq!(list(ListCalls { search: Some("zoë".into()), ..ListCalls::default() }).await, [2]);
        assert_eq!(list(ListCalls { status: Some(CallStatus::Failed), ..ListCalls::default() }).await, [5, 3, 1]);
        let window = ListCalls { from: Some(at(100)), until: Some(at(400)), ..ListCalls::default() };
        assert_eq!(list(window.clone()).await, [3, 2, 1], "from included, until not");
        let all = ListCalls { status: Some(CallStatus::Failed), direction: Some(CallDirection::Ext), ..window };
        assert_eq!(list(all).await, [1], "REP-03: filters combine with AND");
    })
    .await;
}

#[tokio::test]
async fn the_export_streams_what_the_filter_matches_in_bounded_parts() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        // All of them at the same moment: only the id tells them apart.
        let facts: Vec<_> =
            (0..2_345).map(|n| call_ended(&ended(&answered(&call(tenant.id, 1_000 + n, NOW))))).collect();
        store.record_facts(&facts).await.unwrap();
        let parts: Vec<Vec<CallRecord>> =
            Box::pin(view.export_calls(ExportCalls::default())).try_collect().await.unwrap();
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [1_000, 1_000, 345]);
        let ids: std::collections::BTreeSet<_> = parts.iter().flatten().map(|record| record.id).collect();
        assert_eq!(ids.len(), 2_345);
        let none = ExportCalls { status: Some(CallStatus::Failed), ..ExportCalls::default() };
        let parts: Vec<_> = Box::pin(view.export_calls(none)).collect().await;
        assert!(parts.iter().all(|part| part.as_ref().is_ok_and(Vec::is_empty)));
        let page = view.list_calls(&ListCalls::default()).await.unwrap();
        assert_eq!((page.total, page.rows.len()), (2_345, 50));
    })
    .await;
}

#[tokio::test]
async fn home_02_hours_hold_the_last_24_whole_ones() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &["101"]).await;
        let hour = |n: u64| Moment::from_seconds(NOW.seconds() / 3_600 * 3_600) - Duration::from_secs(n * 3_600);
        let done = |id, at| call_ended(&ended(&answered(&call(tenant.id, id, at))));
        let mut missed = ended(&call(tenant.id, 53, hour(23)));
        missed.status = CallStatus::NoAnswer;
        let facts = [
            done(50, NOW),
            started(&call(tenant.id, 51, hour(0))),
            done(52, hour(23)),
            call_ended(&missed),
            done(54, hour(23) - Duration::from_micros(1)),
        ];
        store.record_facts(&facts).await.unwrap();
        let home = view.tenant_home(NOW).await.unwrap();
        assert_eq!(home.hours.len(), 24);
        let (first, last) = (home.hours[0], home.hours[23]);
        assert_eq!((first.hour, first.total, first.answered, first.failed), (hour(23), 2, 1, 1));
        assert_eq!((last.hour, last.total, last.answered, last.failed), (hour(0), 2, 1, 0));
        assert_eq!(home.hours.iter().map(|hour| hour.total).sum::<u64>(), 4);
        assert_eq!(
            (home.extensions, home.extensions_max, home.network.domain.as_str()),
            (1, Some(1000), "acme.example")
        );
        let admin = store.admin_home(NOW).await.unwrap();
        assert_eq!((admin.tenants, admin.extensions), (1, 1));
        assert_eq!(admin.hours, home.hours);
    })
    .await;
}
