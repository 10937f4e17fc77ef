//! The worker: done once, tried again, given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jobs::worker::MAIL_LIFE;
use jobs::{Email, Smtp, Worker};
use shared::Moment;
use shared::mail_server::MailSecurity;
use shared::tenant::{CreateTenant, TenantCreated};
use store::testing::{NOW, actor, each_database, mail_server};
use store::{Job, MailLinks, Store, StoredMailServer};

/// A clock that tests move.
fn clock() -> (Arc<AtomicI64>, impl Fn() -> Moment + Clone) {
    let time = Arc::new(AtomicI64::new(NOW.0));
    let read = Arc::clone(&time);
    (time, move || Moment(read.load(Ordering::Relaxed)))
}

fn advance(time: &AtomicI64, by: Duration) {
    time.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
}

async fn create_tenant(store: &Store) -> TenantCreated {
    let operation = CreateTenant {
        name: "Acme".into(),
        domain: "acme.example".into(),
        admin_email: "ann@acme.example".into(),
        ..CreateTenant::default()
    };
    store.create_tenant(NOW, &actor(), &operation).await.unwrap()
}

#[tokio::test]
async fn an_invitation_is_sent_once() {
    each_database(|store| async move {
        let ((_, clock), (email, sent)) = (clock(), Email::memory());
        store.send_invitations(MailLinks { prefix: "https://pbx.example/link/".into() });
        store.start_with_mail_server(mail_server());
        let made = create_tenant(&store).await;
        let worker = Worker::new(store, email, clock);
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(worker.run_due().await.unwrap(), 0);
        let sent = sent.lock().unwrap().clone();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].to, "ann@acme.example");
        assert!(sent[0].text.contains(&format!("https://pbx.example/link/{}", made.invitation)));
    })
    .await;
}

// covers: MAIL-03
#[tokio::test]
async fn mail_03_an_email_that_no_server_takes_is_tried_for_a_day_and_then_given_up_with_an_event() {
    each_database(|store| async move {
        let (time, clock) = clock();
        let made = create_tenant(&store).await;
        // A port on which nobody listens: it was free a moment ago and stays bound to nothing.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let security = MailSecurity::None;
        store.start_with_mail_server(StoredMailServer { server: "127.0.0.1".into(), port, security, ..mail_server() });
        let job = Job::SendEmail { to: "a@b.example".into(), subject: "s".into(), text: "t".into() };
        store.enqueue(NOW, Some(made.tenant.id), &job).await.unwrap();
        let worker = Worker::new(store.clone(), Email::Smtp(Smtp::new(Arc::new(Vec::new))), clock);
        let mut tries = Vec::new();
        while time.load(Ordering::Relaxed) < (NOW + Duration::from_secs(48 * 3_600)).0 {
            if worker.run_due().await.unwrap() > 0 {
                tries.push((time.load(Ordering::Relaxed) - NOW.0) / 60_000_000);
            }
            advance(&time, Duration::from_secs(30));
        }
        // Minutes: growing pauses, then six hours, then the end of the day.
        assert_eq!(tries, [0, 0, 2, 10, 42, 170, 530, 890, 1_250, 1_440]);
        assert_eq!(MAIL_LIFE, Duration::from_secs(86_400));
        assert_eq!(store.count_jobs().await.unwrap(), (0, 1));
        let events = store.tenant(made.tenant.id).list_events(&Default::default()).await.unwrap().rows;
        let codes: Vec<&str> = events.iter().map(|event| event.code.as_str()).collect();
        assert_eq!(codes, ["mail_given_up", "mail_waits", "tenant_created"], "the tenant is told, too");
        assert!(events[0].text.starts_with("A mail was given up: to a@b.example. 127.0.0.1 refuses"), "{events:?}");
        assert!(!events[0].fix.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_purge_comes_again_every_hour_and_the_worker_stops_when_told() {
    each_database(|store| async move {
        let ((time, clock), (email, _)) = (clock(), Email::memory());
        store.note_sign_in_failure(NOW, "x@y.example").await.unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let worker = Arc::new(Worker::new(store.clone(), email, clock));
        stop.send(true).unwrap();
        worker.run(stopped).await;
        assert_eq!(worker.run_due().await.unwrap(), 1, "its start has stored the purge");
        for _ in 0..3 {
            assert_eq!(worker.run_due().await.unwrap(), 0);
            advance(&time, Duration::from_secs(3_600));
            assert_eq!(worker.run_due().await.unwrap(), 1);
        }
    })
    .await;
}
