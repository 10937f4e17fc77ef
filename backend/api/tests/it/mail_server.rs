//! The mail server of the provider and of a tenant: set, tried out, told to nobody.

use shared::Method;
use shared::activity::{ListActivity, ListAllActivity};
use shared::mail_server::{GetMailServer, GetOwnMailServer, MailFailure, MailSecurity, UpdateMailServer};
use shared::port::GetPortPlan;
use store::testing::each_database;

use crate::app::App;
use crate::world::{World, admin_of};

fn form(server: &str, password: Option<&str>) -> UpdateMailServer {
    UpdateMailServer {
        server: server.into(),
        port: 587,
        security: MailSecurity::StartTls,
        user: "pbx".into(),
        password: password.map(str::to_owned),
        sender: "pbx@provider.example".into(),
        sender_name: "Belfry".into(),
    }
}

// covers: MAIL-01
#[tokio::test]
async fn mail_01_the_provider_sets_the_server_and_its_password_never_comes_back() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        assert_eq!(admin.call(GetMailServer {}).await.unwrap().server, "");
        let wrong = UpdateMailServer { port: 0, sender: "x".into(), ..form("a b", None) };
        let refused = admin.call(wrong).await.unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!((refused.status, fields), (422, vec!["server", "port", "sender"]));
        admin.call(form("mail.provider.example", Some("north-south"))).await.unwrap();
        let text = admin.request(Method::Get, "/api/admin/mail-server", None).await.text();
        assert!(text.contains("mail.provider.example") && !text.contains("north-south"), "{text}");
        let elsewhere = admin.call(form("other.example", None)).await.unwrap_err();
        assert_eq!(elsewhere.fields[0].field, "password");
        let log = admin.call(ListAllActivity::default()).await.unwrap();
        assert!(!format!("{log:?}").contains("north-south"));
        assert!(log.rows[1].changes.iter().any(|change| change.field == "server"), "{log:?}");
        let plan = admin.call(GetPortPlan {}).await.unwrap();
        assert!(plan.outgoing.iter().any(|row| row.to == "TCP mail.provider.example:587"));
    })
    .await;
}

// covers: MAIL-02
#[tokio::test]
async fn mail_02_a_test_tries_the_form_as_it_stands_and_keeps_nothing_of_it() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let to = || "ada@provider.example".to_owned();
        let sent = admin.call(form("mail.example", Some("right")).into_test(to())).await.unwrap();
        assert_eq!((sent.failure, sent.answer.as_deref()), (None, Some("250 OK")));
        assert_eq!(sent.text, "mail.example and ada@provider.example.");
        let wrong = admin.call(form("mail.example", Some("wrong")).into_test(to())).await.unwrap();
        assert_eq!((wrong.failure, wrong.answer.as_deref()), (Some(MailFailure::LoginWrong), Some("535 no")));
        assert_eq!(admin.call(GetMailServer {}).await.unwrap().server, "", "it was only tried");
        let refused = admin.call(UpdateMailServer::default().into_test("nobody".into())).await.unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["server", "to"]);
        // The kept password is for its own server only.
        admin.call(form("mail.example", Some("right"))).await.unwrap();
        assert_eq!(admin.call(form("mail.example", None).into_test(to())).await.unwrap().failure, None);
        let stolen = admin.call(form("thief.example", None).into_test(to())).await.unwrap_err();
        assert_eq!(stolen.fields[0].field, "password");
        let log = admin.call(ListAllActivity { search: Some("test mail".into()), ..Default::default() }).await.unwrap();
        assert_eq!(log.rows[1].subject, "test mail to ada@provider.example by mail.example: not taken");
    })
    .await;
}

// covers: MAIL-01, MAIL-02, S18
#[tokio::test]
async fn mail_01_a_tenant_has_a_server_of_its_own_or_the_providers_and_sees_only_its_own() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let boss = &mut world.acme.boss;
        assert_eq!(boss.call(GetMailServer {}).await.unwrap_err().status, 403);
        assert_eq!(boss.call(GetOwnMailServer {}).await.unwrap().provider_sender, None);
        world.admin.call(form("mail.provider.example", Some("north-south"))).await.unwrap();
        let boss = &mut world.acme.boss;
        let shown = boss.call(GetOwnMailServer {}).await.unwrap();
        assert_eq!((shown.own.server.as_str(), shown.provider_sender.as_deref()), ("", Some("pbx@provider.example")));
        let set = boss.call(form("smtp.acme.example", Some("east-west")).into_own()).await.unwrap();
        assert!(set.own.has_password);
        let tried = form("10.0.0.25", Some("east-west")).into_own_test("boss@acme.example".into());
        assert_eq!(boss.call(tried).await.unwrap().failure, Some(MailFailure::Inside));
        let log = boss.call(ListActivity::default()).await.unwrap();
        let did: Vec<&str> = log.rows.iter().take(2).map(|row| row.operation.as_str()).collect();
        assert_eq!(did, ["TestOwnMailServer", "UpdateOwnMailServer"]);
        assert!(!format!("{log:?}").contains("east-west"));
        let globex = world.globex.boss.call(GetOwnMailServer {}).await.unwrap();
        assert_eq!(globex.own.server, "");
    })
    .await;
}
