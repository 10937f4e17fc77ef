//! Acting for a tenant (ACC-07, T-09).

use shared::TenantId;
use shared::account::{ActForTenant, GetSession, StopActing};
use shared::activity::{ListActivity, ListAllActivity};
use shared::extension::{CreateExtension, ListExtensions};
use shared::tenant::{DeleteTenant, GetOwnTenant, ListTenants};
use store::testing::each_database;

use crate::world::World;

#[tokio::test]
async fn acc_07_an_admin_acts_for_a_tenant_without_its_password_and_goes_back() {
    each_database(|store| async move {
        let World { mut admin, mut acme, mut globex, .. } = World::new(store).await;
        let refused = admin.call(ListExtensions::default()).await.unwrap_err();
        assert_eq!(refused.status, 403, "no tenant is chosen yet");

        let before = admin.token.clone();
        let session = admin.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap();
        assert!(session.acting);
        assert_eq!(session.tenant.unwrap().name, "Acme");
        admin.token = Some(session.access_token);
        assert_eq!(admin.call(GetOwnTenant {}).await.unwrap().id, acme.tenant.id);
        let form = CreateExtension { number: "300".into(), name: "Carol".into(), email: None };
        admin.call(form).await.unwrap();
        assert!(admin.call(GetSession {}).await.unwrap().acting);

        // The refresh cookie remembers it, as a reload of the page would.
        let session = admin.refresh().await.unwrap();
        assert!(session.acting);
        assert_eq!(session.tenant.unwrap().id, acme.tenant.id);

        // covers: LOG-02
        let log = acme.boss.call(ListActivity::default()).await.unwrap().rows;
        assert_eq!((log[0].operation.as_str(), log[0].actor.as_str()), ("CreateExtension", "ada@provider.example"));
        assert_eq!(log[0].acting_for.as_deref(), Some("Acme"));
        let begun = log.iter().find(|row| row.operation == "ActForTenant").unwrap();
        assert_eq!(begun.actor, "ada@provider.example");
        let own = log.iter().find(|row| row.subject.contains("101")).unwrap();
        assert_eq!((own.actor.as_str(), own.acting_for.as_deref()), ("boss@acme.example", None));
        let others = globex.boss.call(ListActivity::default()).await.unwrap().rows;
        assert!(others.iter().all(|row| row.tenant_id == Some(globex.tenant.id)));

        let mut other_tab = admin.clone();
        let session = admin.call(StopActing {}).await.unwrap();
        let refused = other_tab.call(ListExtensions::default()).await.unwrap_err();
        assert_eq!(refused.status, 401, "the other tab gets a session that does not act");
        assert!(!session.acting && session.tenant.is_none());
        admin.token = Some(session.access_token);
        assert_eq!(admin.call(ListExtensions::default()).await.unwrap_err().status, 403);
        admin.call(ListTenants::default()).await.unwrap();
        assert!(!admin.refresh().await.unwrap().acting);
        admin.token = before;
        admin.call(ListAllActivity::default()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn acc_07_who_deletes_the_tenant_that_he_acts_for_stays_signed_in() {
    each_database(|store| async move {
        let World { mut admin, acme, .. } = World::new(store).await;
        let mut provider = admin.clone();
        let session = admin.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap();
        admin.token = Some(session.access_token);
        let delete = DeleteTenant { tenant_id: acme.tenant.id, confirm_name: acme.tenant.name };
        provider.call(delete).await.unwrap();
        let session = admin.refresh().await.unwrap();
        assert!(!session.acting && session.tenant.is_none());
        admin.token = Some(session.access_token);
        admin.call(ListTenants::default()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn acc_07_only_admins_act_and_only_for_tenants_that_exist() {
    each_database(|store| async move {
        let World { mut admin, mut acme, mut globex, .. } = World::new(store).await;
        assert_eq!(admin.call(ActForTenant { tenant_id: TenantId(7) }).await.unwrap_err().status, 404);
        for browser in [&mut globex.boss, &mut acme.alice] {
            assert_eq!(browser.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap_err().status, 403);
            assert_eq!(browser.call(StopActing {}).await.unwrap_err().status, 403);
        }
    })
    .await;
}

#[tokio::test]
async fn t_07_an_admin_acts_for_a_suspended_tenant_too() {
    each_database(|store| async move {
        let World { mut admin, acme, .. } = World::new(store).await;
        let off =
            shared::tenant::UpdateTenant { enabled: Some(false), ..shared::tenant::UpdateTenant::new(acme.tenant.id) };
        admin.call(off).await.unwrap();
        let session = admin.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap();
        admin.token = Some(session.access_token);
        assert!(!admin.call(GetOwnTenant {}).await.unwrap().enabled);
        assert_eq!(admin.call(ListExtensions::default()).await.unwrap().total, 2);
    })
    .await;
}
