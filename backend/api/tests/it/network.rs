//! Where the installation stands, its relay, and its look at itself.

use shared::account::CreatePhoneCredential;
use shared::activity::ListAllActivity;
use shared::diagnosis::{RunChecks, Verdict};
use shared::network::{AddressSource, GetNetwork};
use shared::setting::UpdateSettings;
use shared::turn::{GetTurn, Turn, UpdateTurn};
use store::testing::each_database;

use crate::app::App;
use crate::world::{World, admin_of};

// covers: WIZ-02
#[tokio::test]
async fn wiz_02_the_provider_sees_the_addresses_and_a_loopback_address_is_refused() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let network = admin.call(GetNetwork {}).await.unwrap();
        assert_eq!(network.ipv4.public, Some([203, 0, 113, 5].into()));
        assert_eq!(network.source, AddressSource::Settings);
        let set = |address: &str| UpdateSettings { private_ipv4: Some(address.into()), ..UpdateSettings::default() };
        let refused = admin.call(set("127.0.0.1")).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "private_ipv4"));
        assert_eq!(admin.call(set("192.168.1.5")).await.unwrap().private_ipv4, "192.168.1.5");
    })
    .await;
}

// covers: OPS-04
#[tokio::test]
async fn ops_04_the_page_shows_what_the_process_finds() {
    each_database(|store| async move {
        let app = App::new(store);
        let found = admin_of(&app).await.call(RunChecks {}).await.unwrap();
        assert_eq!((found[0].check.as_str(), found[0].verdict), ("Name", Verdict::Bad));
        assert!(!found[0].fix.is_empty());
    })
    .await;
}

#[tokio::test]
async fn s28_the_relays_secret_never_comes_back_and_browsers_get_what_is_derived_from_it() {
    const SECRET: &str = "north-south-east-west";
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let ask = CreatePhoneCredential { device: "tab-1".into() };
        assert_eq!(world.acme.alice.call(ask.clone()).await.unwrap().ice_servers, []);
        let url = "turn:turn.example:443?transport=tcp".to_owned();
        let set = UpdateTurn { urls: vec![url.clone()], secret: Some(SECRET.into()) };
        let shown = Turn { urls: vec![url.clone()], has_secret: true };
        assert_eq!(world.admin.call(set).await.unwrap(), shown);
        let servers = world.acme.alice.call(ask.clone()).await.unwrap().ice_servers;
        assert_eq!(servers[0].urls, std::slice::from_ref(&url));
        let expiry = servers[0].username.strip_suffix(":101").unwrap().parse::<i64>().unwrap();
        assert_eq!(expiry - world.app.now().seconds(), 3_600);
        // Another address keeps the secret; none takes the relay out of use.
        let moved = UpdateTurn { urls: vec!["turn:other.example".into()], secret: None };
        assert!(world.admin.call(moved).await.unwrap().has_secret);
        assert_eq!(world.acme.alice.call(ask.clone()).await.unwrap().ice_servers[0].credential, servers[0].credential);
        world.admin.call(UpdateTurn { urls: Vec::new(), secret: None }).await.unwrap();
        assert_eq!(world.acme.alice.call(ask).await.unwrap().ice_servers, []);
        let refused =
            world.admin.call(UpdateTurn { urls: vec!["https://x".into()], secret: Some("brief".into()) }).await;
        assert_eq!(refused.unwrap_err().fields.len(), 2);
        let log = world.admin.call(ListAllActivity::default()).await.unwrap();
        assert!(
            log.rows.iter().any(|row| row.operation == "UpdateTurn"
                && row.changes.iter().any(|change| change.after.as_ref() == Some(&url)))
        );
        assert!(log.rows.iter().all(|row| !row.subject.contains("north")));
        assert!(!format!("{:?}", world.app.store.turn().await.unwrap()).contains("north"));
        assert_eq!(world.admin.call(GetTurn {}).await.unwrap().urls, Vec::<String>::new());
    })
    .await;
}
