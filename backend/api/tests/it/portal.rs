//! The pages that the switch has a part in: homes and running calls.

use std::sync::atomic::Ordering;

use shared::CallId;
use shared::call_record::{CallStatus, HangUpCall};
use shared::extension::ListPeople;
use shared::home::{GetAdminHome, GetTenantHome};
use shared::live::{ListAllLiveCalls, ListLiveCalls};
use store::testing::each_database;

use crate::app::App;
use crate::world::{World, admin_of, call};

#[tokio::test]
async fn home_01_the_homes_show_what_is_going_on() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        for id in 1..=3 {
            let running = call(900 + id, &world.acme.tenant, None, None);
            world.app.calls.lock().unwrap().insert(running.id.0, running);
        }
        let home = world.admin.call(GetAdminHome {}).await.unwrap();
        assert_eq!((home.version.as_str(), home.tenants, home.extensions, home.live_calls), ("9.8.7", 2, 4, 3));
        assert_eq!((home.busiest.len(), home.busiest[0].name.as_str()), (1, "Acme"));
        // covers: HOME-02
        assert_eq!(home.hours.len(), 24);
        assert_eq!(home.hours.iter().map(|hour| hour.total).sum::<u64>(), 4);

        // covers: HOME-04
        let own = world.acme.boss.call(GetTenantHome {}).await.unwrap();
        assert_eq!((own.live_calls, own.extensions, own.extensions_max), (3, 2, Some(1000)));
        assert_eq!(own.network.domain, "acme.example");
        assert_eq!(own.network.listeners, ["udp 203.0.113.5:5060"]);
        assert_eq!(world.globex.boss.call(GetTenantHome {}).await.unwrap().live_calls, 0);
    })
    .await;
}

#[tokio::test]
async fn call_01_running_calls_are_the_tenants_own_and_can_be_ended() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let mut running = call(901, &world.acme.tenant, Some(&world.acme.alice_extension), None);
        (running.status, running.ended_at) = (CallStatus::Talking, None);
        world.app.calls.lock().unwrap().insert(901, running.clone());
        assert_eq!(world.acme.boss.call(ListLiveCalls {}).await.unwrap(), [running.clone()]);
        assert_eq!(world.globex.boss.call(ListLiveCalls {}).await.unwrap(), []);
        assert_eq!(world.admin.call(ListAllLiveCalls {}).await.unwrap(), [running]);
        // covers: CALL-02
        world.acme.boss.call(HangUpCall { call_id: CallId(901) }).await.unwrap();
        assert_eq!(world.acme.boss.call(HangUpCall { call_id: CallId(901) }).await.unwrap_err().status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_user_sees_the_people_of_the_own_company() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let people = world.acme.alice.call(ListPeople::default()).await.unwrap();
        let seen: Vec<(&str, &str)> =
            people.rows.iter().map(|person| (person.number.as_str(), person.name.as_str())).collect();
        assert_eq!(seen, [("101", "Alice of Acme"), ("102", "Bob of Acme")]);
    })
    .await;
}

#[tokio::test]
async fn a_switch_that_does_not_answer_is_told_after_two_seconds() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        app.silent.store(true, Ordering::SeqCst);
        let refused = admin.call(GetAdminHome {}).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (503, "switch_silent"));
        app.silent.store(false, Ordering::SeqCst);
        admin.call(GetAdminHome {}).await.unwrap();
    })
    .await;
}
