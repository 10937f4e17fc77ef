//! The worker: done once, tried again, given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jobs::worker::TRIES_MAX;
use jobs::{Email, Worker};
use shared::Moment;
use shared::tenant::CreateTenant;
use store::testing::{NOW, actor, each_database};
use store::{Job, MailLinks};

/// A clock that tests move.
fn clock() -> (Arc<AtomicI64>, impl Fn() -> Moment + Clone) {
    let time = Arc::new(AtomicI64::new(NOW.0));
    let read = Arc::clone(&time);
    (time, move || Moment(read.load(Ordering::Relaxed)))
}

fn advance(time: &AtomicI64, by: Duration) {
    time.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
}

#[tokio::test]
async fn an_invitation_is_sent_once() {
    each_database(|store| async move {
        let ((_, clock), (email, sent)) = (clock(), Email::memory());
        store.send_invitations(MailLinks { prefix: "https://pbx.example/link/".into() });
        let operation = CreateTenant {
            name: "Acme".into(),
            domain: "acme.example".into(),
            admin_email: "ann@acme.example".into(),
            ..CreateTenant::default()
        };
        let made = store.create_tenant(NOW, &actor(), &operation).await.unwrap();
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

#[tokio::test]
async fn an_email_that_no_server_takes_is_tried_for_a_while_and_then_given_up() {
    each_database(|store| async move {
        let (time, clock) = clock();
        // A port on which nobody listens: it was free a moment ago and stays bound to nothing.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let email = Email::smtp(&format!("smtp://127.0.0.1:{port}"), "pbx@belfry.example").unwrap();
        let job = Job::SendEmail { to: "a@b.example".into(), subject: "s".into(), text: "t".into() };
        store.enqueue(NOW, None, &job).await.unwrap();
        let worker = Worker::new(store, email, clock);
        let mut tries = 0;
        for _ in 0..200 {
            tries += worker.run_due().await.unwrap();
            advance(&time, Duration::from_secs(1_800));
        }
        assert_eq!(tries, TRIES_MAX as usize);
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
