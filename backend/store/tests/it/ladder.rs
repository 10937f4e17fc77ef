//! SIP ladders: in pieces, by tenant, for so many days (LOG-04).

use std::time::Duration;

use shared::setting::UpdateSettings;
use shared::{CallId, ExtensionId, RefusalId};
use store::testing::{NOW, actor, each_database};

use crate::world::*;

#[tokio::test]
async fn log_04_pieces_come_together_once_however_often_they_are_stored() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let record = call(tenant.id, 50, NOW);
        let first = [started(&record), captured(&record, NOW, 1), captured(&record, NOW, 2)];
        for facts in [&first, &first] {
            store.record_facts(facts).await.unwrap();
        }
        let numbers = async || {
            let ladder = view.call_ladder(CallId(50)).await.unwrap();
            ladder.messages.iter().map(|message| message.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers().await, [1, 2], "while it runs");
        let end = ended(&answered(&record));
        store.record_facts(&[captured(&record, at(9), 3), call_ended(&end)]).await.unwrap();
        assert_eq!(numbers().await, [1, 2, 3]);
        assert_eq!(view.call_ladder(CallId(50)).await.unwrap().lanes.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn log_04_nobody_reads_the_ladder_of_another_tenant_or_of_a_colleague() {
    each_database(|store| async move {
        let (acme, tenant, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, other, _) = tenant_with(&store, "Globex", &[]).await;
        let record = call(tenant.id, 50, NOW);
        let refused = refusal(Some(tenant.id), "101", 7, NOW);
        store.record_facts(&[started(&record), captured(&record, NOW, 1), refused]).await.unwrap();
        is_not_found(globex.call_ladder(CallId(50)).await);
        is_not_found(acme.own_call_ladder(ExtensionId(1), CallId(50)).await);
        is_not_found(globex.refusal_ladder(RefusalId(7)).await);
        assert_eq!(acme.refusal_ladder(RefusalId(7)).await.unwrap().messages.len(), 1);
        assert_eq!(store.refusal_ladder(RefusalId(7)).await.unwrap().messages.len(), 1);
        // A fact that names another tenant's call writes nothing into it.
        let mut forged = captured(&record, NOW, 2);
        forged.tenant_id = Some(other.id);
        store.record_facts(&[forged]).await.unwrap();
        assert_eq!(acme.call_ladder(CallId(50)).await.unwrap().messages.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn log_04_a_ladder_is_kept_for_as_many_days_as_set() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let record = call(tenant.id, 50, NOW);
        let facts = [started(&record), captured(&record, NOW, 1), refusal(Some(tenant.id), "101", 7, NOW)];
        store.record_facts(&facts).await.unwrap();
        let change = UpdateSettings { capture_days: Some(3), ..UpdateSettings::default() };
        store.update_settings(NOW, &actor(), &change).await.unwrap();
        let days = |days: u64| NOW + Duration::from_secs(days * 86_400 + 1);
        assert_eq!(store.purge(days(2)).await.unwrap().ladders, 0);
        assert_eq!(store.purge(days(3)).await.unwrap().ladders, 2);
        assert!(view.call_ladder(CallId(50)).await.unwrap().messages.is_empty(), "the record stays");
        assert!(view.refusal_ladder(RefusalId(7)).await.unwrap().messages.is_empty());
    })
    .await;
}

#[tokio::test]
async fn log_04_the_ladders_of_one_tenant_push_out_its_own_oldest() {
    each_database(|store| async move {
        let (acme, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let (globex, other, _) = tenant_with(&store, "Globex", &[]).await;
        let record = call(other.id, 1, NOW);
        store.record_facts(&[started(&record), captured(&record, NOW, 1)]).await.unwrap();
        let records: Vec<_> = (0..6_000).map(|n| call(tenant.id, 50 + n, NOW)).collect();
        for chunk in records.chunks(250) {
            let facts: Vec<_> = chunk.iter().flat_map(|record| [started(record), captured(record, NOW, 1)]).collect();
            store.record_facts(&facts).await.unwrap();
        }
        assert!(acme.call_ladder(CallId(50)).await.unwrap().messages.is_empty());
        assert_eq!(acme.call_ladder(CallId(6_049)).await.unwrap().messages.len(), 1);
        assert_eq!(globex.call_ladder(CallId(1)).await.unwrap().messages.len(), 1);
    })
    .await;
}
