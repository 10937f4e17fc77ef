//! Sessions: ACC-05, ACC-06, ACC-07.

use shared::TenantId;
use shared::tenant::{DeleteTenant, TenantOptions, UpdateTenant};
use store::testing::{NOW, actor, each_database};
use store::{REFRESH_GRACE, Rotation, SESSION_TTL, Store};

use crate::world::*;

fn next(rotation: Rotation) -> String {
    match rotation {
        Rotation::Rotated { refresh_token, .. } => refresh_token,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_traded_for_the_next_and_a_copy_that_comes_later_ends_the_chain() {
    each_database(|store| async move {
        let account = create_tenant(&store, "Acme").await.admin_account_id;
        let (session, first) = store.create_session(NOW, account, "tests").await.unwrap();
        let second = next(store.rotate_session(at(60), &first).await.unwrap());
        assert_ne!(first, second);
        let third = next(store.rotate_session(at(120), &second).await.unwrap());
        // The thief comes with the first, long after it was traded in.
        assert_eq!(store.rotate_session(at(130), &first).await.unwrap(), Rotation::Reused);
        assert_eq!(store.rotate_session(at(131), &third).await.unwrap(), Rotation::Unknown);
        assert!(!store.session_alive(at(131), session).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn two_tabs_that_trade_the_same_token_get_the_same_successor() {
    each_database(|store| async move {
        let account = create_tenant(&store, "Acme").await.admin_account_id;
        let (session, first) = store.create_session(NOW, account, "tests").await.unwrap();
        let tabs: Vec<_> = (0..6)
            .map(|_| {
                let (store, token) = (store.clone(), first.clone());
                tokio::spawn(async move { next(store.rotate_session(at(60), &token).await.unwrap()) })
            })
            .collect();
        let mut successors = std::collections::BTreeSet::new();
        for tab in tabs {
            successors.insert(tab.await.unwrap());
        }
        assert_eq!(successors.len(), 1);
        let second = successors.pop_first().unwrap();
        assert_eq!(next(store.rotate_session(at(60) + REFRESH_GRACE, &first).await.unwrap()), second);
        let third = next(store.rotate_session(at(300), &second).await.unwrap());
        assert!(store.session_alive(at(300), session).await.unwrap());
        let late = at(300) + REFRESH_GRACE + std::time::Duration::from_micros(1);
        assert_eq!(store.rotate_session(late, &second).await.unwrap(), Rotation::Reused);
        assert_eq!(store.rotate_session(late, &third).await.unwrap(), Rotation::Unknown);
    })
    .await;
}

#[tokio::test]
async fn made_up_and_damaged_tokens_are_unknown_and_end_nothing() {
    each_database(|store| async move {
        let account = create_tenant(&store, "Acme").await.admin_account_id;
        let (session, token) = store.create_session(NOW, account, "tests").await.unwrap();
        let mut damaged = token.clone().into_bytes();
        damaged[40] = if damaged[40] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(damaged).unwrap();
        for bad in ["", "x", &token[..token.len() - 2], &damaged, &"A".repeat(64), &"é".repeat(30)] {
            assert_eq!(store.rotate_session(at(1), bad).await.unwrap(), Rotation::Unknown, "{bad}");
        }
        assert!(store.session_alive(at(2), session).await.unwrap());
        next(store.rotate_session(at(3), &token).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_not_refreshed_runs_out() {
    each_database(|store| async move {
        let account = create_tenant(&store, "Acme").await.admin_account_id;
        let (session, first) = store.create_session(NOW, account, "tests").await.unwrap();
        let second = next(store.rotate_session(at(60), &first).await.unwrap());
        assert!(store.session_alive(NOW + SESSION_TTL, session).await.unwrap(), "a refresh prolongs it");
        assert!(!store.session_alive(at(60) + SESSION_TTL, session).await.unwrap());
        assert_eq!(store.rotate_session(at(60) + SESSION_TTL, &second).await.unwrap(), Rotation::Unknown);
        let (ended, token) = store.create_session(NOW, account, "tests").await.unwrap();
        store.end_session(ended).await.unwrap();
        store.end_session(ended).await.unwrap();
        assert_eq!(store.rotate_session(at(1), &token).await.unwrap(), Rotation::Unknown);
    })
    .await;
}

#[tokio::test]
async fn acc_06_without_concurrent_sign_ins_a_new_one_ends_the_older() {
    each_database(|store| async move {
        let made = create_tenant(&store, "Acme").await;
        let both = async |store: &Store| {
            let (first, _) = store.create_session(at(1), made.admin_account_id, "a").await.unwrap();
            let (second, _) = store.create_session(at(2), made.admin_account_id, "b").await.unwrap();
            (store.session_alive(at(3), first).await.unwrap(), store.session_alive(at(3), second).await.unwrap())
        };
        assert_eq!(both(&store).await, (true, true));
        let options =
            Some(TenantOptions { concurrent_sign_ins: false, change_own_secret: false, ..TenantOptions::default() });
        store
            .update_tenant(NOW, &actor(), &UpdateTenant { options, ..UpdateTenant::new(made.tenant.id) })
            .await
            .unwrap();
        assert_eq!(both(&store).await, (false, true));
    })
    .await;
}

#[tokio::test]
async fn acc_07_acting_for_a_tenant_is_kept_by_the_session_and_noted_in_the_tenants_log() {
    each_database(|store| async move {
        let admin = store.create_first_admin(NOW, "Admin", "admin@belfry.example", "hash".into()).await.unwrap();
        let tenant = create_tenant(&store, "Acme").await.tenant;
        let (session, token) = store.create_session(NOW, admin.id, "tests").await.unwrap();
        store.set_acting(at(1), &actor(), session, Some(tenant.id)).await.unwrap();
        let Rotation::Rotated { acting_for, refresh_token, account, .. } =
            store.rotate_session(at(2), &token).await.unwrap()
        else {
            panic!("not rotated")
        };
        assert_eq!((acting_for, account.id), (Some(tenant.id), admin.id));
        let log = store.tenant(tenant.id).list_activity(&Default::default()).await.unwrap();
        assert_eq!(
            (log.rows[0].operation.as_str(), log.rows[0].actor.as_str()),
            ("ActForTenant", "admin@belfry.example")
        );
        store.set_acting(at(3), &actor(), session, None).await.unwrap();
        let rotation = store.rotate_session(at(4), &refresh_token).await.unwrap();
        assert!(matches!(rotation, Rotation::Rotated { acting_for: None, .. }));
        is_not_found(store.set_acting(at(5), &actor(), session, Some(TenantId(9))).await);
        store.end_session(session).await.unwrap();
        is_not_found(store.set_acting(at(5), &actor(), session, None).await);
    })
    .await;
}

#[tokio::test]
async fn acc_07_a_tenant_that_is_deleted_signs_nobody_out_who_acts_for_it() {
    each_database(|store| async move {
        let admin = store.create_first_admin(NOW, "Admin", "admin@belfry.example", "hash".into()).await.unwrap();
        let tenant = create_tenant(&store, "Acme").await.tenant;
        let (session, token) = store.create_session(NOW, admin.id, "tests").await.unwrap();
        store.set_acting(at(1), &actor(), session, Some(tenant.id)).await.unwrap();
        let delete = DeleteTenant { tenant_id: tenant.id, confirm_name: tenant.name };
        store.delete_tenant(at(2), &actor(), &delete).await.unwrap();
        assert!(store.session_alive(at(3), session).await.unwrap());
        let rotation = store.rotate_session(at(3), &token).await.unwrap();
        assert!(matches!(rotation, Rotation::Rotated { acting_for: None, .. }), "{rotation:?}");
    })
    .await;
}
