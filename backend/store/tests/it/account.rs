//! Accounts, links and the lockout: ACC-01, ACC-04, ACC-05, ACC-08.

use std::time::Duration;

use shared::{AccountId, Role};
use store::testing::{NOW, actor, each_database};
use store::{Purpose, SIGN_IN_FAILURES_MAX, SIGN_IN_LOCK};

use crate::world::*;

#[tokio::test]
async fn acc_01_the_first_administrator_is_made_once_however_many_try() {
    each_database(|store| async move {
        assert!(!store.admin_exists().await.unwrap());
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    store.create_first_admin(NOW, "Admin", &format!("a{n}@belfry.example"), "hash".into()).await
                })
            })
            .collect();
        let mut made = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(account) => made.push(account),
                refused => assert_eq!(conflict(refused), "email"),
            }
        }
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].role, made[0].tenant_id, made[0].has_password), (Role::Admin, None, true));
        assert!(store.admin_exists().await.unwrap());
        assert_eq!(store.list_accounts(None, Role::Admin).await.unwrap(), made);
    })
    .await;
}

#[tokio::test]
async fn acc_04_an_account_is_found_by_its_address_whatever_the_case() {
    each_database(|store| async move {
        let made = create_tenant(&store, "Acme").await;
        let found = store.find_account_by_email(" Admin@ACME.example ").await.unwrap().unwrap();
        assert_eq!(found.account.id, made.admin_account_id);
        assert_eq!((found.password_hash.as_deref(), found.is_enabled()), (None, true));
        assert!(store.find_account_by_email("nobody@acme.example").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn acc_05_a_new_password_ends_the_other_sessions_and_open_links() {
    each_database(|store| async move {
        let made = create_tenant(&store, "Acme").await;
        let account = made.admin_account_id;
        let (kept, _) = store.create_session(NOW, account, "a").await.unwrap();
        let (other, _) = store.create_session(NOW, account, "b").await.unwrap();
        store.set_password(at(1), account, "hash".into(), Some(kept)).await.unwrap();
        assert!(store.session_alive(at(2), kept).await.unwrap());
        assert!(!store.session_alive(at(2), other).await.unwrap());
        is_not_found(store.consume_link(at(2), &made.invitation).await);
        let row = store.find_account(account).await.unwrap().unwrap();
        assert_eq!((row.account.has_password, row.password_hash.as_deref()), (true, Some("hash")));
        store.set_password(at(3), account, "other".into(), None).await.unwrap();
        assert!(!store.session_alive(at(4), kept).await.unwrap());
        is_not_found(store.set_password(at(4), AccountId(9), "hash".into(), None).await);
        assert_eq!(store.update_account_name(at(5), &actor(), account, " Ann ").await.unwrap().name, "Ann");
        is_not_found(store.update_account_name(at(5), &actor(), AccountId(9), "Ann").await);
    })
    .await;
}

#[tokio::test]
async fn a_link_works_once_in_time_and_for_its_account_only() {
    each_database(|store| async move {
        let account = create_tenant(&store, "Acme").await.admin_account_id;
        let ttl = Duration::from_secs(60);
        let link = async || store.create_link(NOW, account, ttl, Purpose::SignIn).await.unwrap();
        let (first, second) = (link().await, link().await);
        assert_ne!(first, second);
        assert!(first.len() >= 43, "256 bits");
        is_not_found(store.consume_link(at(60), &first).await);
        assert_eq!(store.consume_link(at(59), &first).await.unwrap().id, account);
        is_not_found(store.consume_link(at(59), &first).await);
        is_not_found(store.consume_link(at(59), "made-up").await);
        is_not_found(store.create_link(NOW, AccountId(9), ttl, Purpose::SignIn).await);
        // Of many who take it at once, one gets it.
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (store, token) = (store.clone(), second.clone());
                tokio::spawn(async move { store.consume_link(at(1), &token).await.is_ok() })
            })
            .collect();
        let mut taken = 0;
        for task in tasks {
            taken += i32::from(task.await.unwrap());
        }
        assert_eq!(taken, 1);
    })
    .await;
}

#[tokio::test]
async fn a_setup_token_is_taken_once_and_a_new_one_ends_the_old() {
    each_database(|store| async move {
        let ttl = Duration::from_secs(900);
        let old = store.create_setup_token(NOW, ttl).await.unwrap();
        let new = store.create_setup_token(at(1), ttl).await.unwrap();
        is_not_found(store.consume_setup_token(at(2), &old).await);
        is_not_found(store.consume_link(at(2), &new).await);
        is_not_found(store.consume_setup_token(at(901), &new).await);
        store.consume_setup_token(at(900), &new).await.unwrap();
        is_not_found(store.consume_setup_token(at(900), &new).await);
        let made = create_tenant(&store, "Acme").await;
        is_not_found(store.consume_setup_token(at(3), &made.invitation).await);
    })
    .await;
}

#[tokio::test]
async fn acc_08_the_fifth_failure_locks_the_credential_for_an_hour_and_no_other() {
    each_database(|store| async move {
        for n in 1..=SIGN_IN_FAILURES_MAX {
            assert_eq!(
                store.sign_in_locked_until(at(0), "bob@acme.example").await.unwrap(),
                None,
                "before failure {n}"
            );
            store.note_sign_in_failure(at(n as u64), "Bob@acme.example").await.unwrap();
        }
        let until = at(SIGN_IN_FAILURES_MAX as u64) + SIGN_IN_LOCK;
        assert_eq!(store.sign_in_locked_until(at(6), "bob@ACME.example").await.unwrap(), Some(until));
        assert_eq!(store.sign_in_locked_until(at(6), "alice@acme.example").await.unwrap(), None);
        assert_eq!(store.sign_in_locked_until(until, "bob@acme.example").await.unwrap(), None);
        // After the hour it begins at one again.
        store.note_sign_in_failure(until, "bob@acme.example").await.unwrap();
        assert_eq!(store.sign_in_locked_until(until, "bob@acme.example").await.unwrap(), None);
        for _ in 0..4 {
            store.note_sign_in_failure(until, "bob@acme.example").await.unwrap();
        }
        assert!(store.sign_in_locked_until(until, "bob@acme.example").await.unwrap().is_some());
        store.clear_sign_in_failures("BOB@acme.example").await.unwrap();
        assert_eq!(store.sign_in_locked_until(until, "bob@acme.example").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn acc_08_failures_at_the_same_moment_are_all_counted() {
    each_database(|store| async move {
        let tasks: Vec<_> = (0..SIGN_IN_FAILURES_MAX)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.note_sign_in_failure(NOW, "bob@acme.example").await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert!(store.sign_in_locked_until(NOW, "bob@acme.example").await.unwrap().is_some());
    })
    .await;
}
