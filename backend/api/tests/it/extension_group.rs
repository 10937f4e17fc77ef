//! Extension groups by the API: set up by the administrator, felt by the users.

use serde_json::{Value, json};
use shared::Method;
use shared::account::ChangePassword;
use shared::activity::ListAllActivity;
use shared::call_record::{GetOwnCall, ListOwnCalls};
use shared::extension::InviteExtension;
use shared::extension_group::{
    CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroupSettings, GetExtensionGroup, GetExtensionRights,
    ListExtensionGroups, Rights, UpdateExtensionGroup, default_group,
};
use shared::ladder::GetOwnCallLadder;
use store::testing::each_database;

use crate::world::{PASSWORD, World};

const NO_PORTAL: Rights = Rights { portal: false, ..Rights::ALL };

/// Takes Alice of Acme out of the group of the start and into one with these rights.
async fn alone(world: &mut World, rights: Rights) -> UpdateExtensionGroup {
    let (boss, alice) = (&mut world.acme.boss, world.acme.alice_extension.id);
    let settings = ExtensionGroupSettings { name: "Phones".into(), rights, members: vec![alice], ..Default::default() };
    let made = boss.call(CreateExtensionGroup { settings: settings.clone() }).await.unwrap();
    let extension_group_id = default_group(world.acme.tenant.id);
    let default = boss.call(GetExtensionGroup { extension_group_id }).await.unwrap();
    let mut left = default.settings;
    left.members.retain(|member| *member != alice);
    boss.call(UpdateExtensionGroup { extension_group_id, settings: left }).await.unwrap();
    UpdateExtensionGroup { extension_group_id: made.id, settings }
}

// covers: GRP-05
#[tokio::test]
async fn grp_05_whoever_may_not_use_the_portal_is_told_so_by_every_way_in() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let alice = world.acme.alice_extension.id;
        let password = ChangePassword { current: String::new(), new: PASSWORD.into() };
        world.acme.alice.call(password).await.unwrap();
        let link = world.acme.boss.call(InviteExtension { extension_id: alice }).await.unwrap().link;
        let mut phones = alone(&mut world, NO_PORTAL).await;
        let email = "alice@acme.example";
        let refused = world.acme.alice.call(ListOwnCalls::default()).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (403, "portal_forbidden"));
        assert_eq!(world.acme.alice.refresh().await.unwrap_err().status, 401, "the session ends at its next refresh");
        let by_password = world.app.browser().sign_in(email, PASSWORD).await.unwrap_err();
        let by_link = world.app.browser().sign_in_by_link(&link).await.unwrap_err();
        assert_eq!(by_password, refused);
        assert_eq!(by_link, refused);
        let wrong = world.app.browser().sign_in(email, "Wrong9Horse").await.unwrap_err();
        assert_eq!(wrong.code, "sign_in_failed", "whoever does not know the password learns nothing");
        // Given back, both ways lead in again: the link was not spent.
        phones.settings.rights = Rights::ALL;
        world.acme.boss.call(phones).await.unwrap();
        world.app.browser().sign_in(email, PASSWORD).await.unwrap();
        world.app.browser().sign_in_by_link(&link).await.unwrap();
    })
    .await;
}

// covers: GRP-04
#[tokio::test]
async fn grp_04_a_manager_sees_the_calls_of_the_members_and_nobody_else_does() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let (alice, bob) = (world.acme.alice_extension.id, world.acme.bob_extension.id);
        let bobs = world.acme.bobs_call.id;
        let not_yet = world.acme.alice.call(GetOwnCall { call_id: bobs }).await.unwrap_err();
        assert_eq!(not_yet.status, 404);
        let settings = ExtensionGroupSettings {
            name: "Desks".into(),
            members: vec![bob],
            managers: vec![alice],
            ..ExtensionGroupSettings::default()
        };
        let made = world.acme.boss.call(CreateExtensionGroup { settings }).await.unwrap();
        let seen = world.acme.alice.call(ListOwnCalls::default()).await.unwrap();
        assert!(seen.rows.iter().any(|row| row.id == bobs) && seen.total == 2, "{seen:?}");
        assert_eq!(world.acme.alice.call(GetOwnCall { call_id: bobs }).await.unwrap().record.id, bobs);
        world.acme.alice.call(GetOwnCallLadder { call_id: bobs }).await.unwrap();
        world.acme.boss.call(DeleteExtensionGroup { extension_group_id: made.id }).await.unwrap();
        assert_eq!(world.acme.alice.call(GetOwnCall { call_id: bobs }).await.unwrap_err().status, 404);
    })
    .await;
}

// covers: GRP-02, GRP-03, EXT-13
#[tokio::test]
async fn grp_02_the_administrator_sets_groups_up_and_reads_what_an_extension_may_do() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let alice = world.acme.alice_extension.id;
        let phones = alone(&mut world, NO_PORTAL).await;
        let boss = &mut world.acme.boss;
        let list = boss.call(ListExtensionGroups::default()).await.unwrap();
        let rows: Vec<_> = list.rows.iter().map(|row| (row.name.as_str(), row.members)).collect();
        assert_eq!(rows, [("__DEFAULT__", 1), ("Phones", 1)]);
        let rights = boss.call(GetExtensionRights { extension_id: alice }).await.unwrap();
        assert_eq!((rights.rights, rights.groups[0].name.as_str()), (NO_PORTAL, "Phones"));
        let gone = boss.call(DeleteExtensionGroup { extension_group_id: phones.extension_group_id }).await.unwrap_err();
        assert_eq!((gone.status, gone.fields[0].field.as_str()), (409, "extension_group_id"));
        assert!(gone.fields[0].reason.contains("101"), "{gone:?}");
        let address = format!("/api/tenant/extension-groups/{}", phones.extension_group_id);
        let none = boss.request(Method::Put, &address, Some(json!({ "name": "Phones" }))).await;
        assert_eq!((none.status.as_u16(), none.problem().fields[0].field.as_str()), (422, "members"));
        let default = default_group(world.acme.tenant.id);
        let address = format!("/api/tenant/extension-groups/{default}");
        let renamed: Value = json!({ "name": "Everybody", "rights": Rights::ALL, "members": [] });
        let renamed = boss.request(Method::Put, &address, Some(renamed)).await;
        assert_eq!(renamed.problem().fields[0].field, "name");
        let lines = world.admin.call(ListAllActivity { limit: Some(50), ..Default::default() }).await.unwrap().rows;
        for operation in ["CreateExtensionGroup", "UpdateExtensionGroup", "DeleteExtensionGroup"] {
            assert!(lines.iter().any(|line| line.operation == operation), "{operation}");
        }
    })
    .await;
}
