//! The extension that an administrator has as the own one.

use shared::account::{Account, ActForTenant, CreatePhoneCredential, GetSession, SetOwnExtension};
use shared::activity::ListActivity;
use shared::extension::{CreateExtension, DeleteExtension, UpdateExtension};
use shared::live::ListOwnLiveCalls;
use shared::phone_credential::PhoneUser;
use shared::role::Role;
use shared::{ExtensionId, Problem};
use store::testing::each_database;

use crate::app::Browser;
use crate::world::World;

async fn desk(boss: &mut Browser, number: &str) -> ExtensionId {
    let form = CreateExtension { number: number.into(), name: format!("Desk {number}"), email: None };
    boss.call(form).await.unwrap().extension.id
}

async fn take(boss: &mut Browser, extension_id: Option<ExtensionId>) -> Result<Account, Problem> {
    boss.call(SetOwnExtension { extension_id }).await
}

async fn epoch(boss: &mut Browser) -> u32 {
    let phone = boss.call(CreatePhoneCredential { device: "tab-1".into() }).await.unwrap();
    PhoneUser::parse(&phone.user).unwrap().epoch
}

// covers: ACC-01, RTC-02
#[tokio::test]
async fn acc_01_an_administrator_takes_an_extension_has_a_phone_and_lets_it_go() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let boss = &mut world.acme.boss;
        let (one, other) = (desk(boss, "110").await, desk(boss, "111").await);
        assert_eq!(boss.call(ListOwnLiveCalls {}).await.unwrap_err().status, 403, "nothing taken, no phone");

        let account = take(boss, Some(one)).await.unwrap();
        assert_eq!((account.role, account.extension_id), (Role::TenantAdmin, Some(one)));
        // The session was made before.
        assert_eq!(boss.call(GetSession {}).await.unwrap().account, account);
        assert_eq!(boss.refresh().await.unwrap().account, account);
        assert_eq!(boss.call(ListOwnLiveCalls {}).await.unwrap(), []);
        let phone = boss.call(CreatePhoneCredential { device: "tab-1".into() }).await.unwrap();
        assert_eq!((phone.number.as_str(), phone.display_name.as_str()), ("110", "Desk 110"));
        let before = epoch(boss).await;
        let line = boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("SetOwnExtension", "own extension"));
        assert_eq!((line.changes[0].before.as_deref(), line.changes[0].after.as_deref()), (None, Some("110")));

        assert_eq!(take(boss, Some(other)).await.unwrap().extension_id, Some(other));
        assert_eq!(take(boss, None).await.unwrap().extension_id, None);
        assert_eq!(boss.call(ListOwnLiveCalls {}).await.unwrap_err().status, 403);
        take(boss, Some(one)).await.unwrap();
        assert!(epoch(boss).await > before, "what browsers have of an extension that was let go is taken no more");

        // It goes, and the administrator stays.
        boss.call(DeleteExtension { extension_id: one }).await.unwrap();
        assert_eq!(boss.call(GetSession {}).await.unwrap().account.extension_id, None);
    })
    .await;
}

// covers: ACC-10
#[tokio::test]
async fn acc_10_what_is_somebodys_or_another_tenants_is_not_taken() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let (alice, theirs) = (world.acme.alice_extension.id, desk(&mut world.globex.boss, "110").await);
        let boss = &mut world.acme.boss;
        let one = desk(boss, "110").await;
        for foreign in [theirs, world.globex.alice_extension.id, ExtensionId(1_234_567)] {
            assert_eq!(take(boss, Some(foreign)).await.unwrap_err().status, 404);
        }
        let refused = take(boss, Some(alice)).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (409, "extension_id"));
        assert!(refused.fields[0].reason.contains("e-mail"), "{refused:?}");

        take(boss, Some(one)).await.unwrap();
        let email = UpdateExtension { email: Some("carol@acme.example".into()), ..UpdateExtension::new(one) };
        let refused = boss.call(email.clone()).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (409, "email"), "it would be two people's");
        take(boss, None).await.unwrap();
        boss.call(email).await.unwrap();
        assert_eq!(take(boss, Some(one)).await.unwrap_err().status, 409);

        assert_eq!(take(&mut world.acme.alice, None).await.unwrap_err().status, 403, "a user has the own one already");
        let mut acting = world.admin.clone();
        let session = acting.call(ActForTenant { tenant_id: world.acme.tenant.id }).await.unwrap();
        acting.token = Some(session.access_token);
        let two = desk(&mut acting, "112").await;
        assert_eq!(take(&mut acting, Some(two)).await.unwrap_err().status, 403, "whoever acts is none of the company");
    })
    .await;
}
