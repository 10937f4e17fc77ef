//! The provider's transports and the certificate.

use certificate::{LocalRoot, Pair};
use shared::Method;
use shared::activity::ListAllActivity;
use shared::certificate::{CertificateSource, CreateLocalCertificate, GetCertificate, UploadCertificate};
use shared::network_overview::{GetNetworkOverview, GetOwnNetworkOverview, ReachableTransport};
use shared::port::GetPortPlan;
use shared::ring_group::{CreateRingGroup, RingGroupSettings};
use shared::setting::{GetSettings, UpdateSettings};
use shared::system_extension::{ListSystemExtensions, SystemExtensionKind};
use shared::transport::{CreateTransport, DeleteTransport, ListTransports, Protocol};
use store::testing::{NOW, each_database};

use crate::app::App;
use crate::world::{World, admin_of};

#[tokio::test]
async fn trn_03_a_transport_is_added_and_removed_and_its_port_is_its_own() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let add = |protocol, port| CreateTransport { protocol, port };
        let made = admin.call(add(Protocol::Tls, 5063)).await.unwrap();
        assert_eq!(made.firewall(), "TCP 5063");
        // covers: TRN-02, TRN-09
        assert_eq!(admin.call(ListTransports {}).await.unwrap().len(), 2);
        for taken in [Protocol::Tcp, Protocol::Wss] {
            let refused = admin.call(add(taken, 5063)).await.unwrap_err();
            assert_eq!((refused.status, refused.fields[0].field.as_str()), (409, "port"));
        }
        admin.call(add(Protocol::Udp, 5063)).await.unwrap();
        assert_eq!(admin.call(add(Protocol::Udp, 0)).await.unwrap_err().fields[0].field, "port");
        let gone = DeleteTransport { transport_id: made.id.unwrap() };
        admin.call(gone).await.unwrap();
        assert_eq!(admin.call(gone).await.unwrap_err().status, 404);
        let log = admin.call(ListAllActivity::default()).await.unwrap();
        assert_eq!(log.rows[0].failure.as_deref(), Some("There is no such thing."));
        assert_eq!(log.rows[1].subject, "transport TLS 5063");
        // covers: TRN-05
        let rows = admin.call(ListTransports {}).await.unwrap();
        assert!(rows[0].id.is_none(), "what the process was started with has no id to be removed by");
    })
    .await;
}

#[tokio::test]
async fn sys_07_a_port_that_something_else_has_is_refused_by_its_name_and_the_plan_has_every_port() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let add = |protocol, port| CreateTransport { protocol, port };
        for (port, by) in [(5060, "SIP over UDP has UDP 5060 already"), (45_010, "ports of sound, 45000–65000")] {
            let refused = admin.call(add(Protocol::Udp, port)).await.unwrap_err();
            assert_eq!((refused.status, refused.fields[0].field.as_str()), (409, "port"));
            assert!(refused.fields[0].reason.contains(by), "{}", refused.fields[0].reason);
        }
        admin.call(add(Protocol::Tcp, 45_010)).await.unwrap();
        let range = |first| UpdateSettings { rtp_port_first: Some(first), ..UpdateSettings::default() };
        let refused = admin.call(range(5_000)).await.unwrap_err();
        assert!(refused.fields[0].reason.contains("SIP over UDP has UDP 5060"), "{}", refused.fields[0].reason);
        admin.call(range(46_000)).await.unwrap();
        let stun = UpdateSettings { stun_server: Some("stun.example:3478".into()), ..UpdateSettings::default() };
        admin.call(stun).await.unwrap();
        let plan = admin.call(GetPortPlan {}).await.unwrap();
        let ports: Vec<String> = plan.rows.iter().map(|row| format!("{} {}", row.wire.word(), row.ports())).collect();
        assert_eq!(ports, ["UDP 5060", "TCP 45010", "UDP 45000–65000"]);
        assert_eq!(plan.collisions, [] as [String; 0]);
        assert!(plan.outgoing.iter().any(|row| row.to == "UDP stun.example:3478"));
    })
    .await;
}

#[tokio::test]
async fn home_04_what_a_client_is_set_up_with_is_shown_to_the_provider_and_to_each_tenant_for_its_own_domain() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let all = world.admin.call(GetNetworkOverview {}).await.unwrap();
        assert_eq!((all.domains.len() as u64, all.domains_total), (2, 2));
        let own = world.acme.boss.call(GetOwnNetworkOverview {}).await.unwrap();
        assert_eq!(own.domains.len(), 1);
        assert!(all.domains.contains(&own.domains[0]));
        assert_eq!((own.ipv4, &own.dns_servers), (all.ipv4, &vec!["192.0.2.53".to_owned()]));
        let udp = ReachableTransport { protocol: Protocol::Udp, port: 5060, listening: true, local: false };
        assert_eq!(own.transports, [udp]);
        // covers: HOME-05
        let group = RingGroupSettings {
            number: "8500".into(),
            name: "Sales".into(),
            members: vec![world.acme.alice_extension.id],
            ..RingGroupSettings::default()
        };
        world.acme.boss.call(CreateRingGroup { settings: group }).await.unwrap();
        let told = world.acme.boss.call(ListSystemExtensions {}).await.unwrap();
        let mut numbers: Vec<_> = told.iter().map(|row| (row.kind, row.number.as_str(), row.name.as_str())).collect();
        numbers.sort();
        let (receptionist, room) = (&world.acme.receptionist.settings, &world.acme.room.settings);
        let expected = [
            (SystemExtensionKind::Receptionist, receptionist.number.as_str(), receptionist.name.as_str()),
            (SystemExtensionKind::Conference, &room.number, &room.subject),
            (SystemExtensionKind::RingGroup, "8500", "Sales"),
            (SystemExtensionKind::Voicemail, "999", "Voicemail"),
        ];
        assert_eq!(numbers, expected);
        assert!(told.is_sorted_by_key(|row| &row.number));
    })
    .await;
}

#[tokio::test]
async fn trn_07_an_upload_is_checked_field_by_field_and_its_key_never_comes_back() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        assert_eq!(admin.call(GetCertificate {}).await.unwrap_err().status, 404);
        let root = LocalRoot::make(NOW).unwrap();
        let pair = root.issue(NOW, &["pbx.example".to_owned()]).unwrap();
        let other = root.issue(NOW, &["pbx.example".to_owned()]).unwrap();
        let upload = |chain: &Pair, key: &Pair| UploadCertificate {
            chain: chain.chain_pem(),
            key: key.key_pem(),
            password: None,
        };
        // covers: WIZ-05
        let refused = admin.call(upload(&pair, &other)).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "key"));
        let web_domain = UpdateSettings { web_domain: Some("other.example".into()), ..UpdateSettings::default() };
        admin.call(web_domain).await.unwrap();
        let taken = admin.call(upload(&pair, &pair)).await.unwrap();
        assert_eq!(taken.source, CertificateSource::Uploaded);
        assert_eq!(taken.description.names, ["pbx.example"]);
        assert_eq!(taken.description.chain.len(), 2);
        assert!(taken.warnings[0].contains("other.example"), "a name that is not covered is a warning: {taken:?}");
        let text = admin.request(Method::Get, "/api/admin/certificate", None).await.text();
        assert!(!text.contains("PRIVATE KEY"));
        let stored = app.store.server_certificate().await.unwrap().unwrap();
        assert_eq!(stored.key, pair.key_pem());
    })
    .await;
}

#[tokio::test]
async fn trn_06_a_local_certificate_covers_web_domain_and_addresses_and_its_root_is_offered() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        assert_eq!(app.browser().request(Method::Get, "/root.crt", None).await.status.as_u16(), 404);
        let local = |name: &str| CreateLocalCertificate { web_domain: name.into() };
        assert_eq!(admin.call(local("no good")).await.unwrap_err().fields[0].field, "web_domain");
        let made = admin.call(local("PBX.example")).await.unwrap();
        assert_eq!(made.description.names, ["pbx.example", "203.0.113.5", "localhost", "10.0.0.5"]);
        assert_eq!(made.warnings, [] as [String; 0]);
        assert_eq!(admin.call(GetSettings {}).await.unwrap().web_domain, "pbx.example");
        let root = app.browser().request(Method::Get, "/root.crt", None).await;
        assert_eq!(root.text(), made.root.clone().unwrap());
        let again = admin.call(local("")).await.unwrap();
        assert_eq!(again.root, made.root, "devices trust the root: it stays");
        assert_ne!(again.description, made.description);
    })
    .await;
}

// covers: SET-01
#[tokio::test]
async fn set_01_a_tenant_neither_sees_nor_changes_settings_transports_or_the_certificate() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let boss = &mut world.acme.boss;
        assert_eq!(boss.call(GetSettings {}).await.unwrap_err().status, 403);
        assert_eq!(boss.call(UpdateSettings::default()).await.unwrap_err().status, 403);
        assert_eq!(boss.call(ListTransports {}).await.unwrap_err().status, 403);
        assert_eq!(boss.call(GetCertificate {}).await.unwrap_err().status, 403);
    })
    .await;
}
