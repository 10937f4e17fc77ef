//! The extension that an administrator has as the own one.

use shared::AccountId;
use shared::account::SetOwnExtension;
use shared::extension::{CreateExtension, DeleteExtension, UpdateExtension};
use shared::tenant::DeleteTenant;
use store::testing::{NOW, actor, each_database};
use store::{Actor, Error};

use crate::world::*;

fn by(account_id: AccountId) -> Actor {
    Actor { account_id, ..actor() }
}

// covers: ACC-01
#[tokio::test]
async fn acc_01_an_administrators_own_extension_is_no_account_of_the_extensions() {
    each_database(|store| async move {
        let made = create_tenant(&store, "Acme").await;
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let (acme, boss) = (store.tenant(made.tenant.id), by(made.admin_account_id));
        let desk = CreateExtension { number: "110".into(), name: "Desk".into(), email: None };
        let one = acme.create_extension(NOW, &actor(), &desk).await.unwrap().extension.id;
        let theirs = globex.create_extension(NOW, &actor(), &desk).await.unwrap().extension.id;
        let take = |id| SetOwnExtension { extension_id: id };
        is_not_found(acme.set_own_extension(NOW, &boss, &take(Some(theirs))).await);
        // Whoever is none of this tenant's administrators has nothing here.
        for (view, who) in [(&acme, &actor()), (&globex, &boss)] {
            assert!(matches!(view.set_own_extension(NOW, who, &take(None)).await, Err(Error::Forbidden(_))));
        }

        let (session, _) = store.create_session(NOW, boss.account_id, "a").await.unwrap();
        acme.set_own_extension(NOW, &boss, &take(Some(one))).await.unwrap();
        let seen = async || store.session_account(at(1), session).await.unwrap().unwrap().account;
        assert_eq!(seen().await.account.extension_id, Some(one));
        let renamed = store.update_account_name(at(1), &boss, boss.account_id, "Other").await.unwrap();
        assert_eq!(renamed.extension_id, Some(one));

        // Another name of the extension is not the administrator's, and switched off it shuts nobody out.
        let change = UpdateExtension { name: Some("Hall".into()), enabled: Some(false), ..UpdateExtension::new(one) };
        acme.update_extension(NOW, &actor(), &change).await.unwrap();
        let row = seen().await;
        assert_eq!((row.account.name.as_str(), row.is_enabled()), ("Other", true));

        acme.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: one }).await.unwrap();
        assert_eq!(seen().await.account.extension_id, None);

        let again = acme.create_extension(NOW, &actor(), &desk).await.unwrap().extension.id;
        acme.set_own_extension(NOW, &boss, &take(Some(again))).await.unwrap();
        let operation = DeleteTenant { tenant_id: made.tenant.id, confirm_name: "Acme".into() };
        store.delete_tenant(NOW, &actor(), &operation).await.unwrap();
        assert!(store.find_account(boss.account_id).await.unwrap().is_none());
    })
    .await;
}
