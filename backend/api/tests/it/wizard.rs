//! The set-up wizard over HTTP: pre-filled, looked at as a whole, kept as a whole.

use certificate::{LocalRoot, Pair};
use shared::activity::ListAllActivity;
use shared::mail_server::{GetMailServer, UpdateMailServer};
use shared::setting::{GetSettings, UpdateSettings};
use shared::tenant::ListTenants;
use shared::transport::{CreateTransport, ListTransports, Protocol};
use shared::wizard::{
    ApplyWizard, CertificateStep, DomainStep, GetWizard, NetworkStep, SkipWizard, WizardApplied, WizardState,
};
use store::testing::{NOW, each_database};

use crate::app::{App, Browser, TAKEN_PORT};
use crate::world::{World, admin_of};

fn pair(name: &str) -> Pair {
    LocalRoot::make(NOW).unwrap().issue(NOW, &[name.to_owned()]).unwrap()
}

fn certificate(chain: &Pair, key: &Pair) -> CertificateStep {
    let (chain, key) = (chain.chain_pem(), key.key_pem());
    CertificateStep { chain, key, password: None, wss_port: Some(5_065) }
}

fn all() -> ApplyWizard {
    let pair = pair("pbx.example");
    ApplyWizard {
        network: Some(NetworkStep {
            web_domain: "pbx.example".into(),
            private_ipv4: "192.168.1.5".into(),
            ..NetworkStep::default()
        }),
        domain: Some(DomainStep { name: "Acme".into(), domain: "portsip.io".into(), ..DomainStep::default() }),
        transport: Some(CreateTransport { protocol: Protocol::Tcp, port: 5_061 }),
        certificate: Some(certificate(&pair, &pair)),
        mail: Some(UpdateMailServer {
            server: "mail.example".into(),
            port: 587,
            sender: "pbx@mail.example".into(),
            ..UpdateMailServer::default()
        }),
    }
}

/// What the wizard changes, as the pages show it.
async fn everything(admin: &mut Browser) -> String {
    let settings = admin.call(GetSettings {}).await.unwrap();
    let tenants = admin.call(ListTenants::default()).await.unwrap().total;
    let transports = admin.call(ListTransports {}).await.unwrap();
    let certificate = admin.app.store.server_certificate().await.unwrap().map(|row| row.chain);
    let mail = admin.call(GetMailServer {}).await.unwrap();
    let state = admin.call(GetWizard {}).await.unwrap().state;
    format!("{settings:?} {tenants} {transports:?} {certificate:?} {mail:?} {state:?}")
}

// covers: WIZ-01, WIZ-02, WIZ-03, WIZ-04, WIZ-05, WIZ-06, WIZ-07, WIZ-10
#[tokio::test]
async fn wiz_07_five_steps_are_applied_at_once_and_the_next_time_they_are_filled_in() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let fresh = admin.call(GetWizard {}).await.unwrap();
        assert_eq!((fresh.state, fresh.since, fresh.tenant), (WizardState::Open, None, None));
        assert_eq!(fresh.in_use.ipv4.public, Some([203, 0, 113, 5].into()), "today's addresses are told");
        assert_eq!(fresh.transports[0].port, 5060);
        assert_eq!(admin.call(all()).await.unwrap(), WizardApplied::default(), "nothing is to be said of it");
        let again = admin.call(GetWizard {}).await.unwrap();
        assert_eq!((again.state, again.since), (WizardState::Done, Some(NOW)));
        assert_eq!(Some(again.network), all().network);
        assert_eq!(again.tenant.unwrap().domain, "portsip.io");
        let ports: Vec<(Protocol, u16)> = again.transports.iter().map(|row| (row.protocol, row.port)).collect();
        assert_eq!(ports, [(Protocol::Udp, 5060), (Protocol::Tcp, 5061), (Protocol::Wss, 5065)]);
        assert_eq!(again.certificate.unwrap().description.names, ["pbx.example"]);
        assert_eq!(again.mail.server, "mail.example");
        // The same once more: what listens already stays, and is in nobody's way.
        let same = ApplyWizard { domain: None, ..all() };
        admin.call(same).await.unwrap();
        assert_eq!(admin.call(ListTransports {}).await.unwrap().len(), 3);
        let log = admin.call(ListAllActivity::default()).await.unwrap();
        assert_eq!(log.rows[0].operation, "ApplyWizard");
    })
    .await;
}

// covers: WIZ-02, WIZ-05, WIZ-07
#[tokio::test]
async fn wiz_07_what_is_wrong_is_named_by_step_and_field_and_nothing_is_changed() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let admin = &mut world.admin;
        let taken = CreateTransport { protocol: Protocol::Tls, port: 5_080 };
        admin.call(taken).await.unwrap();
        let before = everything(admin).await;
        let (one, other) = (pair("pbx.example"), pair("pbx.example"));
        let tcp = |port| Some(CreateTransport { protocol: Protocol::Tcp, port });
        let own = DomainStep { name: "Other".into(), domain: "acme.example".into(), ..all().domain.unwrap() };
        let loopback = NetworkStep { private_ipv4: "127.0.0.1".into(), ..NetworkStep::default() };
        let wss = CertificateStep { wss_port: Some(TAKEN_PORT), ..certificate(&one, &one) };
        let cases: Vec<(ApplyWizard, Vec<&str>, u16)> = vec![
            (ApplyWizard { certificate: Some(certificate(&one, &other)), ..all() }, vec!["certificate.key"], 422),
            (ApplyWizard { network: Some(loopback.clone()), ..all() }, vec!["network.private_ipv4"], 422),
            (ApplyWizard { transport: tcp(5_080), ..all() }, vec!["transport.port"], 422),
            (ApplyWizard { transport: tcp(TAKEN_PORT), ..all() }, vec!["transport.port"], 422),
            (ApplyWizard { certificate: Some(wss), ..all() }, vec!["certificate.wss_port"], 422),
            (ApplyWizard { domain: Some(own), ..all() }, vec!["domain.domain"], 409),
            (
                ApplyWizard {
                    network: Some(loopback),
                    transport: tcp(TAKEN_PORT),
                    certificate: Some(certificate(&one, &other)),
                    ..all()
                },
                vec!["network.private_ipv4", "certificate.key", "transport.port"],
                422,
            ),
        ];
        for (operation, fields, status) in cases {
            let refused = admin.call(operation).await.unwrap_err();
            let named: Vec<&str> = refused.fields.iter().map(|problem| problem.field.as_str()).collect();
            assert_eq!((refused.status, named), (status, fields.clone()));
            assert_eq!(everything(admin).await, before, "{fields:?}");
        }
    })
    .await;
}

// covers: WIZ-05
#[tokio::test]
async fn wiz_05_a_certificate_that_is_not_for_the_web_domain_is_taken_with_a_warning() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let other = pair("other.example");
        let step = CertificateStep { wss_port: None, ..certificate(&other, &other) };
        let applied = admin.call(ApplyWizard { certificate: Some(step), ..all() }).await.unwrap();
        assert!(applied.warnings[0].contains("not for pbx.example"), "{applied:?}");
        let named = DomainStep {
            name: "Globex".into(),
            domain: "globex.example".into(),
            admin_email: "hank@globex.example".into(),
            ..DomainStep::default()
        };
        let applied = admin.call(ApplyWizard { domain: Some(named), ..ApplyWizard::default() }).await.unwrap();
        let link = applied.invitation.unwrap();
        let session = app.browser().sign_in_by_link(&link).await.unwrap();
        assert_eq!(session.account.email, "hank@globex.example");
    })
    .await;
}

// covers: WIZ-01, WIZ-10
#[tokio::test]
async fn wiz_01_it_can_be_left_for_later_and_is_the_providers_alone() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let changed = UpdateSettings { web_domain: Some("pbx.example".into()), ..UpdateSettings::default() };
        world.admin.call(changed).await.unwrap();
        world.admin.call(SkipWizard {}).await.unwrap();
        let left = world.admin.call(GetWizard {}).await.unwrap();
        assert_eq!((left.state, left.network.web_domain.as_str()), (WizardState::Skipped, "pbx.example"));
        world.admin.call(ApplyWizard::default()).await.unwrap();
        assert_eq!(world.admin.call(GetWizard {}).await.unwrap().state, WizardState::Done);
        let boss = &mut world.acme.boss;
        assert_eq!(boss.call(GetWizard {}).await.unwrap_err().status, 403);
        assert_eq!(boss.call(ApplyWizard::default()).await.unwrap_err().status, 403);
    })
    .await;
}
