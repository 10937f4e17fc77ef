//! The provider's IP list: who may, and what it guards against.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use shared::ip_list::*;
use shared::{Method, Operation};
use store::testing::each_database;

use crate::app::{App, Browser};
use crate::world::{World, admin_of};

fn block(address: &str, mask: &str) -> CreateIpEntry {
    CreateIpEntry { address: address.into(), mask: mask.into(), ..CreateIpEntry::default() }
}

/// What somebody at this address is told: the status, and the field that is wrong.
async fn from(browser: &Browser, remote: &str, headers: &[(&str, &str)], operation: &CreateIpEntry) -> (u16, String) {
    let mut request = browser.builder(Method::Post, CreateIpEntry::PATH).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(serde_json::to_string(operation).unwrap())).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(remote.parse().unwrap()));
    let reply = browser.app.send(request).await;
    let field = if reply.status.is_success() { String::new() } else { reply.problem().fields[0].field.clone() };
    (reply.status.as_u16(), field)
}

// covers: IPB-05
#[tokio::test]
async fn ipb_05_the_servers_own_address_is_refused_and_the_askers_own_only_taken_on_purpose() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        for range in ["203.0.113.5", "203.0.113.0/24", "127.0.0.0/8", "0.0.0.0/0"] {
            let certain = CreateIpEntry { confirmed: true, ..block(range, "") };
            let refused = admin.call(certain).await.unwrap_err();
            assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "address"), "{range}");
        }
        let own = CreateIpEntry { action: IpAction::Allow, ..block("203.0.113.0", "24") };
        let made = admin.call(own).await.unwrap();
        let back = UpdateIpEntry { action: Some(IpAction::Block), confirmed: true, ..UpdateIpEntry::of(made.id) };
        assert_eq!(admin.call(back).await.unwrap_err().fields[0].field, "address", "nor by turning the entry round");

        let range = block("198.51.100.0", "255.255.255.0");
        assert_eq!(from(&admin, "198.51.100.9:5000", &[], &range).await, (422, "confirmed".into()));
        let proxied = [("x-forwarded-for", "198.51.100.9")];
        assert_eq!(from(&admin, "192.0.2.1:5000", &proxied, &range).await.0, 200, "a stranger's word is not taken");
        let certain = CreateIpEntry { confirmed: true, ..block("198.51.100.9", "") };
        assert_eq!(from(&admin, "198.51.100.9:5000", &[], &certain).await.0, 200);
        let ended = CreateIpEntry { expires_at: Some(app.now()), ..block("192.0.2.77", "") };
        assert_eq!(admin.call(ended).await.unwrap_err().fields[0].field, "expires_at");
    })
    .await;
}

// covers: IPB-05
#[tokio::test]
async fn ipb_05_a_registered_device_is_warned_of_and_a_trusted_proxy_believed() {
    each_database(|store| async move {
        let world = World::new(store).await;
        let mut admin = world.admin.clone();
        let registered = world.app.store.device_addresses(world.app.now()).await.unwrap();
        let device = registered.first().expect("the world has a registered device").to_string();
        let refused = admin.call(block(&device, "")).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "confirmed");
        assert!(refused.fields[0].reason.contains(&device), "{refused:?}");
        admin.call(CreateIpEntry { confirmed: true, ..block(&device, "") }).await.unwrap();

        let behind = App::with(world.app.store.clone(), |config| config.trusted_proxy = true);
        let admin = Browser { app: behind, ..admin };
        let forwarded = [("x-forwarded-for", "10.9.9.9, 198.51.100.9")];
        let range = block("198.51.100.0/24", "");
        assert_eq!(from(&admin, "192.0.2.1:5000", &forwarded, &range).await, (422, "confirmed".into()));
    })
    .await;
}

// covers: SEC-06, IPB-04
#[tokio::test]
async fn sec_06_the_list_is_the_providers_and_one_click_allows_or_unbans() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        assert_eq!(world.acme.boss.call(ListIpEntries::default()).await.unwrap_err().status, 403);
        assert_eq!(world.acme.boss.call(block("198.51.100.1", "")).await.unwrap_err().status, 403);
        let admin = &mut world.admin;
        let made = admin.call(block("198.51.100.1", "")).await.unwrap();
        let allow = UpdateIpEntry { action: Some(IpAction::Allow), ..UpdateIpEntry::of(made.id) };
        assert_eq!(admin.call(allow).await.unwrap().action, IpAction::Allow);
        let rows = admin.call(ListIpEntries::default()).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.action).collect::<Vec<_>>(), [IpAction::Allow]);
        admin.call(DeleteIpEntry { ip_entry_id: made.id }).await.unwrap();
        assert_eq!(admin.call(ListIpEntries::default()).await.unwrap().total, 0);
    })
    .await;
}
