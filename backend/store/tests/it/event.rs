//! The event log.

use shared::event::{EventCode, EventLevel, EventSource, ListAllEvents, ListEvents, NewEvent};
use shared::setting::UpdateSettings;
use shared::tenant::UpdateTenant;
use shared::{Moment, TenantId};
use store::testing::{NOW, actor, each_database};
use store::{Happened, Store};

use crate::world::{at, create_tenant};

fn once(at: Moment, event: NewEvent) -> Happened {
    Happened { event, first_at: at, last_at: at, count: 1 }
}

fn failed(value: &str) -> NewEvent {
    NewEvent::new(EventCode::ListenerFailed, value)
}

async fn all(store: &Store, list: ListAllEvents) -> Vec<String> {
    store.list_all_events(&list).await.unwrap().rows.into_iter().map(|event| event.text).collect()
}

// covers: LOG-01
#[tokio::test]
async fn log_01_the_same_event_within_a_minute_is_counted_and_later_it_is_a_new_line() {
    each_database(|store| async move {
        let burst = Happened { event: failed("TCP 1"), first_at: at(1), last_at: at(5), count: 40 };
        store.record_events(&[burst, once(at(2), failed("TCP 2"))]).await.unwrap();
        store.record_events(&[once(at(59), failed("TCP 1"))]).await.unwrap();
        let [later] = store.record_events(&[once(at(90), failed("TCP 1"))]).await.unwrap().try_into().unwrap();
        let page = store.list_all_events(&ListAllEvents::default()).await.unwrap();
        let told: Vec<(u64, Moment, Moment)> =
            page.rows.iter().map(|event| (event.count, event.at, event.last_at)).collect();
        assert_eq!(told, [(1, at(90), at(90)), (1, at(2), at(2)), (41, at(1), at(59))]);
        assert_eq!(page.rows[0], later);
        assert_eq!(
            (later.level, later.source, later.code.as_str()),
            (EventLevel::Error, EventSource::Transport, "listener_failed")
        );
        assert!(!later.fix.is_empty());
    })
    .await;
}

#[tokio::test]
async fn log_01_the_list_is_narrowed_by_level_part_tenant_time_and_word() {
    each_database(|store| async move {
        let acme = create_tenant(&store, "Acme").await.tenant;
        store
            .record_events(&[
                once(at(10), failed("TCP 5063")),
                once(at(20), NewEvent::new(EventCode::ServerStarted, "1.0")),
                once(at(30), NewEvent::of(acme.id, EventCode::QuotaReached, "2 concurrent calls")),
            ])
            .await
            .unwrap();
        let base = ListAllEvents::default;
        assert_eq!(all(&store, base()).await.len(), 4, "the tenant's own beginning is one");
        let worse = all(&store, ListAllEvents { level: Some(EventLevel::Warning), ..base() }).await;
        assert_eq!(worse.len(), 2, "{worse:?}");
        let source = Some(EventSource::Server);
        assert_eq!(all(&store, ListAllEvents { source, ..base() }).await, ["Belfry 1.0 has started."]);
        let of_acme = store.list_all_events(&ListAllEvents { tenant_id: Some(acme.id), ..base() }).await.unwrap();
        assert_eq!(of_acme.rows.iter().map(|row| row.tenant_name.as_deref()).collect::<Vec<_>>(), [Some("Acme"); 2]);
        assert_eq!(all(&store, ListAllEvents { from: Some(at(15)), to: Some(at(25)), ..base() }).await.len(), 1);
        assert_eq!(all(&store, ListAllEvents { search: Some("5063".into()), ..base() }).await.len(), 1);
        assert_eq!(store.count_events(EventLevel::Error, NOW).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn log_01_a_tenant_sees_its_own_events_and_a_deleted_one_leaves_none() {
    each_database(|store| async move {
        let acme = create_tenant(&store, "Acme").await.tenant;
        let globex = create_tenant(&store, "Globex").await.tenant;
        let suspend = |enabled| UpdateTenant { enabled: Some(enabled), ..UpdateTenant::new(acme.id) };
        for (second, enabled) in [(100, false), (200, true), (300, true)] {
            store.update_tenant(at(second), &actor(), &suspend(enabled)).await.unwrap();
        }
        let gone = TenantId(99);
        store
            .record_events(&[once(at(1), failed("TCP 1")), once(at(1), NewEvent::of(gone, EventCode::NoSound, "x"))])
            .await
            .unwrap();
        let own = store.tenant(acme.id).list_events(&ListEvents::default()).await.unwrap().rows;
        let codes: Vec<&str> = own.iter().map(|event| event.code.as_str()).collect();
        assert_eq!(codes, ["tenant_resumed", "tenant_suspended", "tenant_created"], "what is no change is no event");
        assert_eq!(store.tenant(globex.id).list_events(&ListEvents::default()).await.unwrap().total, 1);
        assert_eq!(store.tenant(gone).list_events(&ListEvents::default()).await.unwrap().total, 0);
    })
    .await;
}

// covers: LOG-02
#[tokio::test]
async fn log_01_logs_are_kept_for_the_days_of_the_settings() {
    each_database(|store| async move {
        let days = UpdateSettings { event_days: Some(2), activity_days: Some(4), ..UpdateSettings::default() };
        store.update_settings(NOW, &actor(), &days).await.unwrap();
        store.record_events(&[once(NOW, failed("TCP 1"))]).await.unwrap();
        let purged = async |day: u64| {
            let purged = store.purge(at(day * 86_400 + 1)).await.unwrap();
            (purged.events, purged.activity)
        };
        assert_eq!(purged(1).await, (0, 0));
        assert_eq!(purged(2).await, (1, 0));
        assert_eq!(purged(4).await, (0, 1));
    })
    .await;
}
