//! The mail server: whose is used, and that its password never comes out.

use shared::activity::ListAllActivity;
use shared::mail_server::{MailSecurity, UpdateMailServer};
use store::testing::{NOW, actor, each_database, mail_server};
use store::{Error, Job, StoredMailServer};

use crate::world::*;

const LEASE: std::time::Duration = std::time::Duration::from_secs(300);

fn form(server: &str, password: Option<&str>) -> UpdateMailServer {
    UpdateMailServer {
        server: server.into(),
        port: 465,
        security: MailSecurity::Tls,
        user: "pbx".into(),
        password: password.map(str::to_owned),
        sender: "pbx@example.com".into(),
        sender_name: "Belfry".into(),
    }
}

fn wrong_field(error: Error) -> String {
    match error {
        Error::Invalid(fields) => fields[0].field.clone(),
        other => panic!("{other:?}"),
    }
}

// covers: MAIL-01
#[tokio::test]
async fn mail_01_what_the_process_was_started_with_is_used_until_something_is_set() {
    each_database(|store| async move {
        assert_eq!(store.outgoing_mail_server(None).await.unwrap(), None);
        store.start_with_mail_server(mail_server());
        let shown = store.get_mail_server().await.unwrap();
        assert!(shown.from_start && !shown.has_password);
        assert_eq!(store.outgoing_mail_server(None).await.unwrap().unwrap().server, mail_server());
        store.update_mail_server(NOW, &actor(), &form("Mail.Example.ORG", Some("secret"))).await.unwrap();
        let shown = store.get_mail_server().await.unwrap();
        assert_eq!((shown.server.as_str(), shown.from_start, shown.has_password), ("mail.example.org", false, true));
        // Taken out of use it is out of use, whatever the start says.
        store.update_mail_server(NOW, &actor(), &UpdateMailServer::default()).await.unwrap();
        assert_eq!(store.outgoing_mail_server(None).await.unwrap(), None);
    })
    .await;
}

// covers: MAIL-01, S28
#[tokio::test]
async fn s28_the_password_is_sealed_kept_for_its_server_and_told_to_nobody() {
    each_database(|store| async move {
        let set = async |form: &UpdateMailServer| store.update_mail_server(NOW, &actor(), form).await;
        set(&form("mail.example.com", Some("secret-1"))).await.unwrap();
        let shown = set(&UpdateMailServer { port: 25, ..form("mail.example.com", None) }).await.unwrap();
        assert!(shown.has_password);
        assert_eq!(store.mail_server().await.unwrap().password, "secret-1", "the one of before");
        let elsewhere = form("thief.example.net", None);
        assert_eq!(wrong_field(set(&elsewhere).await.unwrap_err()), "password");
        let tried = store.mail_server_to_test(&elsewhere).await.unwrap_err();
        assert_eq!(wrong_field(tried), "password", "not even for a test");
        assert_eq!(store.mail_server().await.unwrap().server, "mail.example.com");
        let without = UpdateMailServer { user: String::new(), ..form("mail.example.com", None) };
        assert!(!set(&without).await.unwrap().has_password, "nobody to log in as");
        let log = store.list_all_activity(&ListAllActivity::default()).await.unwrap();
        let text = format!("{log:?} {:?}", store.mail_server().await.unwrap());
        assert!(!text.contains("secret-1"), "{text}");
        let first = &log.rows.last().unwrap().changes;
        assert!(first.iter().any(|change| change.field == "has_password" && change.after.as_deref() == Some("true")));
        assert!(first.iter().any(|change| change.field == "server" && change.before.as_deref() == Some("")));
    })
    .await;
}

// covers: MAIL-01
#[tokio::test]
async fn mail_01_a_tenant_without_a_server_of_its_own_uses_the_providers() {
    each_database(|store| async move {
        let (acme, globex) = (create_tenant(&store, "Acme").await.tenant, create_tenant(&store, "Globex").await.tenant);
        let view = store.tenant(acme.id);
        assert_eq!(view.get_own_mail_server().await.unwrap().provider_sender, None);
        store.start_with_mail_server(mail_server());
        let shown = view.get_own_mail_server().await.unwrap();
        assert_eq!((shown.own.server.as_str(), shown.provider_sender.as_deref()), ("", Some("pbx@example.com")));
        let used = async |tenant| {
            let outgoing = store.outgoing_mail_server(tenant).await.unwrap().unwrap();
            (outgoing.server.server, outgoing.of_tenant)
        };
        assert_eq!(used(Some(acme.id)).await, ("mail.example.com".to_owned(), false));
        let own = form("smtp.acme.example", Some("secret")).into_own();
        let set = view.update_own_mail_server(NOW, &actor(), own).await.unwrap();
        assert!(set.own.has_password);
        assert_eq!(used(Some(acme.id)).await, ("smtp.acme.example".to_owned(), true));
        assert_eq!(used(Some(globex.id)).await, ("mail.example.com".to_owned(), false));
        assert_eq!(used(None).await, ("mail.example.com".to_owned(), false));
        let none = UpdateMailServer::default().into_own();
        let set = view.update_own_mail_server(NOW, &actor(), none).await.unwrap();
        assert_eq!(set.own, StoredMailServer::default().noun());
        assert_eq!(used(Some(acme.id)).await, ("mail.example.com".to_owned(), false));
        let log = store.list_all_activity(&ListAllActivity::default()).await.unwrap();
        assert_eq!((log.rows[0].operation.as_str(), log.rows[0].tenant_id), ("UpdateOwnMailServer", Some(acme.id)));
        is_not_found(
            store.tenant(shared::TenantId(99)).update_own_mail_server(NOW, &actor(), form("a", None).into_own()).await,
        );
    })
    .await;
}

// covers: MAIL-03
#[tokio::test]
async fn mail_03_mails_that_wait_are_due_when_their_server_is_set_and_nobody_elses() {
    each_database(|store| async move {
        let (acme, globex) = (create_tenant(&store, "Acme").await.tenant, create_tenant(&store, "Globex").await.tenant);
        for (tenant, to) in
            [(Some(acme.id), "acme"), (Some(globex.id), "globex"), (None, "provider"), (None, "in-work")]
        {
            let to = format!("{to}@example.com");
            let job = Job::SendEmail { to, subject: "s".into(), text: "t".into() };
            store.enqueue(NOW, tenant, &job).await.unwrap();
        }
        for job in store.claim_jobs(NOW, LEASE, 10).await.unwrap() {
            let in_work = matches!(&job.job, Job::SendEmail { to, .. } if to.starts_with("in-work"));
            if !in_work {
                store.fail_job(NOW, job.id, "no route", Some(at(20_000))).await.unwrap();
            }
        }
        let due = async || {
            let jobs = store.claim_jobs(at(10), LEASE, 10).await.unwrap();
            let mut due = Vec::new();
            for job in jobs {
                let Job::SendEmail { to, .. } = job.job else { panic!() };
                due.push(to.split('@').next().unwrap().to_owned());
                store.fail_job(at(10), job.id, "no route", Some(at(20_000))).await.unwrap();
            }
            due.sort();
            due
        };
        let own = form("smtp.acme.example", Some("secret")).into_own();
        store.tenant(acme.id).update_own_mail_server(at(10), &actor(), own).await.unwrap();
        assert_eq!(due().await, ["acme"]);
        store.update_mail_server(at(10), &actor(), &form("mail.example.com", None)).await.unwrap();
        assert_eq!(due().await, ["acme", "globex", "provider"], "what a worker has in its hands is left to it");
    })
    .await;
}
