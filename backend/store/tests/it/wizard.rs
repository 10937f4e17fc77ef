//! The set-up wizard: all of it or nothing.

use shared::mail_server::UpdateMailServer;
use shared::setting::UpdateSettings;
use shared::transport::{CreateTransport, Protocol};
use shared::wizard::{DomainStep, WizardState};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error, Store, UploadedCertificate, WizardSteps};

use crate::world::*;

fn steps() -> WizardSteps {
    WizardSteps {
        network: Some(UpdateSettings { web_domain: Some("pbx.example".into()), ..UpdateSettings::default() }),
        domain: Some(DomainStep { name: "Acme".into(), domain: "Acme.Example".into(), ..DomainStep::default() }),
        transports: vec![
            ("transport.port", CreateTransport { protocol: Protocol::Tcp, port: 5_070 }),
            ("certificate.wss_port", CreateTransport { protocol: Protocol::Wss, port: 5_065 }),
        ],
        certificate: Some(UploadedCertificate {
            chain: "chain".into(),
            key: "key".into(),
            names: vec!["pbx.example".into()],
        }),
        mail: Some(UpdateMailServer {
            server: "mail.example".into(),
            port: 587,
            sender: "pbx@mail.example".into(),
            ..UpdateMailServer::default()
        }),
    }
}

/// All that the wizard changes.
async fn everything(store: &Store) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        store.get_settings().await.unwrap(),
        store.first_tenant().await.unwrap(),
        store.list_transports().await.unwrap(),
        store.server_certificate().await.unwrap().map(|row| row.chain),
        store.get_mail_server().await.unwrap(),
        store.wizard().await.unwrap(),
    )
}

// covers: WIZ-07
#[tokio::test]
async fn wiz_07_all_steps_are_kept_in_one_transaction_and_everybody_is_told_after_it() {
    each_database(|store| async move {
        assert_eq!(store.wizard().await.unwrap(), (WizardState::Open, None));
        let mut changes = store.changes();
        assert_eq!(store.apply_wizard(NOW, &actor(), &steps()).await.unwrap(), None, "nobody was invited");
        assert_eq!(store.wizard().await.unwrap(), (WizardState::Done, Some(NOW)));
        assert_eq!(store.get_settings().await.unwrap().web_domain, "pbx.example");
        let tenant = store.first_tenant().await.unwrap().unwrap();
        assert_eq!((tenant.name.as_str(), tenant.domain.as_str()), ("Acme", "acme.example"));
        assert_eq!(store.list_transports().await.unwrap().len(), 2);
        assert_eq!(store.server_certificate().await.unwrap().unwrap().key, "key");
        assert_eq!(store.mail_server().await.unwrap().server, "mail.example");
        let told: Vec<Change> = std::iter::from_fn(|| changes.try_recv().ok()).collect();
        let expected = [Change::SettingsChanged, Change::TenantChanged(tenant.id), Change::CertificateChanged];
        assert_eq!(told, expected);
        let log = store.list_all_activity(&Default::default()).await.unwrap();
        assert_eq!(log.rows[0].subject, "set-up wizard: network, SIP domain, transport, certificate, mail server");
        let did: Vec<&str> = log.rows.iter().map(|row| row.operation.as_str()).collect();
        assert!(did.contains(&"CreateTenant") && did.contains(&"UploadCertificate"), "each part has its line: {did:?}");
    })
    .await;
}

// covers: WIZ-07
#[tokio::test]
async fn wiz_07_one_thing_in_the_way_and_nothing_is_changed() {
    each_database(|store| async move {
        create_tenant(&store, "Globex").await;
        let taken = CreateTransport { protocol: Protocol::Tls, port: 5_080 };
        store.create_transport(NOW, &actor(), &taken).await.unwrap();
        let before = everything(&store).await;
        let mut changes = store.changes();
        let domain = |name: &str, domain: &str, admin_email: &str| {
            let (name, domain, admin_email) = (name.into(), domain.into(), admin_email.into());
            Some(DomainStep { name, domain, admin_email, ..DomainStep::default() })
        };
        let port = |field| vec![(field, CreateTransport { protocol: Protocol::Tcp, port: 5_080 })];
        let settings = UpdateSettings { private_ipv4: Some("127.0.0.1".into()), ..UpdateSettings::default() };
        let mail = UpdateMailServer { port: 0, ..steps().mail.unwrap() };
        let gone = DomainStep { tenant_id: Some(shared::TenantId(99)), ..steps().domain.unwrap() };
        let cases = [
            (WizardSteps { network: Some(settings), ..steps() }, "network.private_ipv4"),
            (WizardSteps { domain: domain("Acme", "globex.example", ""), ..steps() }, "domain.domain"),
            (WizardSteps { domain: domain("Globex", "a.example", ""), ..steps() }, "domain.name"),
            (WizardSteps { domain: domain("A", "a.example", "admin@globex.example"), ..steps() }, "domain.admin_email"),
            (WizardSteps { domain: Some(gone), ..steps() }, "domain.tenant_id"),
            (WizardSteps { transports: port("transport.port"), ..steps() }, "transport.port"),
            (WizardSteps { transports: port("certificate.wss_port"), ..steps() }, "certificate.wss_port"),
            (WizardSteps { mail: Some(mail), ..steps() }, "mail.port"),
        ];
        for (steps, field) in cases {
            let named = match store.apply_wizard(NOW, &actor(), &steps).await.unwrap_err() {
                Error::Invalid(fields) => fields[0].field.clone(),
                Error::Conflict { field, .. } => field.to_owned(),
                other => panic!("{other:?}"),
            };
            assert_eq!(named, field);
            assert_eq!(everything(&store).await, before, "{field}");
        }
        assert!(changes.try_recv().is_err(), "nobody is told of what did not happen");
    })
    .await;
}

// covers: WIZ-10, WIZ-03
#[tokio::test]
async fn wiz_10_it_can_be_gone_through_again_and_then_changes_the_first_company() {
    each_database(|store| async move {
        store.skip_wizard(NOW, &actor()).await.unwrap();
        assert_eq!(store.wizard().await.unwrap(), (WizardState::Skipped, Some(NOW)));
        let step = DomainStep { admin_email: "ann@acme.example".into(), ..steps().domain.unwrap() };
        let invited = WizardSteps { domain: Some(step), ..WizardSteps::default() };
        let token = store.apply_wizard(at(1), &actor(), &invited).await.unwrap().unwrap();
        assert_eq!(store.consume_link(at(2), &token).await.unwrap().email, "ann@acme.example");
        let first = store.first_tenant().await.unwrap().unwrap();
        create_tenant(&store, "Globex").await;
        let domain = "portsip.io".to_owned();
        let step = DomainStep { tenant_id: Some(first.id), name: "Acme".into(), domain, ..DomainStep::default() };
        let again = WizardSteps { domain: Some(step), ..WizardSteps::default() };
        assert_eq!(store.apply_wizard(at(3), &actor(), &again).await.unwrap(), None);
        assert_eq!(store.first_tenant().await.unwrap().unwrap().domain, "portsip.io");
        // Who leaves it later has gone through it all the same.
        store.skip_wizard(at(4), &actor()).await.unwrap();
        assert_eq!(store.wizard().await.unwrap(), (WizardState::Done, Some(at(3))));
    })
    .await;
}
