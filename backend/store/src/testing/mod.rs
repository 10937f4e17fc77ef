//! A fresh database per test, of either kind (feature `testing`).
//!
//! The same test runs on a new SQLite file and on a new PostgreSQL database. The PostgreSQL server is the one of
//! `BELFRY_TEST_POSTGRES` (a URL of a role that may create databases); without it, one private server is started for all
//! test processes of the machine's user and stops itself a minute after the last of them. Where PostgreSQL is not
//! installed the tests fail; `BELFRY_TEST_DATABASES=sqlite` leaves it out on purpose.

#![allow(clippy::expect_used, clippy::panic, reason = "a test without a database has failed")]

mod postgres;

use std::future::Future;

use shared::{AccountId, Moment};

use crate::{Actor, SecretKey, Store, StoredMailServer};

/// The key that seals the tests' databases.
pub const KEY: SecretKey = SecretKey([42; 32]);

/// The moment at which tests begin: 2026-11-23T20:00:00Z.
pub const NOW: Moment = Moment(1_795_464_000_000_000);

/// Who makes the tests' changes.
pub fn actor() -> Actor {
    Actor {
        account_id: AccountId(1),
        email: "admin@belfry.example".into(),
        acting_for: None,
        address: Some("192.0.2.1".into()),
    }
}

/// A mail server that tests only name.
pub fn mail_server() -> StoredMailServer {
    StoredMailServer {
        server: "mail.example.com".into(),
        port: 587,
        sender: "pbx@example.com".into(),
        ..StoredMailServer::default()
    }
}

/// Runs a test on a fresh database of each kind. A failing test names its database in the output.
pub async fn each_database<F, Fut>(test: F)
where
    F: Fn(Store) -> Fut,
    Fut: Future<Output = ()>,
{
    each_url(async |url: String| {
        let files = tempfile::tempdir().expect("a temporary folder");
        let store = open(&url).await.with_files(files.path());
        test(store.clone()).await;
        store.close().await.expect("the database closes");
    })
    .await;
}

/// As [`each_database`], for tests that open the database themselves, more than once.
pub async fn each_url<F>(test: F)
where
    F: AsyncFn(String),
{
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("belfry.db").display());
    println!("database: {url}");
    test(url).await;
    if std::env::var("BELFRY_TEST_DATABASES").as_deref() == Ok("sqlite") {
        return;
    }
    let database = postgres::fresh().await;
    println!("database: {}", database.url);
    test(database.url.clone()).await;
    database.drop().await;
}

/// Opens a database of a test.
pub async fn open(url: &str) -> Store {
    Store::open(url, KEY).await.expect("the database opens")
}
