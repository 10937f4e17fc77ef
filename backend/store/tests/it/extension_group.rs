//! Extension groups: who is in them, what follows for rights, sign-in, calls and rules, and what is refused.

use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database};
use shared::activity::ListActivity;
use shared::call_record::{GetOwnCall, ListOwnCalls};
use shared::extension::{CreateExtensions, DeleteExtension, ImportExtensions};
use shared::extension_group::{
    CreateExtensionGroup, DEFAULT_NAME, DeleteExtensionGroup, ExtensionGroup, ExtensionGroupSettings,
    GetExtensionGroup, GetExtensionRights, ListExtensionGroups, Rights, UpdateExtensionGroup, default_group,
};
use shared::outbound_rule::{CreateOutboundRule, OutboundRoute, OutboundSettings, UpdateOutboundRule};
use shared::trunk::{CreateTrunk, TrunkAssignment, TrunkSettings};
use shared::{CallId, ExtensionGroupId, ExtensionId, TenantId};
use store::testing::{NOW, actor, each_database, each_url, open};
use store::{Change, Error, Rotation, Store, TenantStore};

use crate::world::*;

const NONE: Rights = Rights { portal: false, paging: false, external: false, other_groups: false };

fn group(name: &str, rights: Rights, members: &[ExtensionId]) -> ExtensionGroupSettings {
    ExtensionGroupSettings { name: name.into(), rights, members: members.to_vec(), ..ExtensionGroupSettings::default() }
}

async fn create(view: &TenantStore, settings: ExtensionGroupSettings) -> ExtensionGroup {
    view.create_extension_group(NOW, &actor(), &CreateExtensionGroup { settings }).await.unwrap()
}

async fn read(view: &TenantStore, id: ExtensionGroupId) -> ExtensionGroup {
    view.get_extension_group(&GetExtensionGroup { extension_group_id: id }).await.unwrap()
}

async fn update(view: &TenantStore, group: &ExtensionGroup) -> Result<ExtensionGroup, Error> {
    let ExtensionGroup { id, settings, .. } = group.clone();
    view.update_extension_group(NOW, &actor(), &UpdateExtensionGroup { extension_group_id: id, settings }).await
}

async fn delete(view: &TenantStore, id: ExtensionGroupId) -> Result<(), Error> {
    view.delete_extension_group(NOW, &actor(), &DeleteExtensionGroup { extension_group_id: id }).await
}

/// Moves these out of the group that is there from the start; each must be in another one already.
async fn leave_default(view: &TenantStore, gone: &[ExtensionId]) {
    let mut default = read(view, default_group(view.tenant_id())).await;
    default.settings.members.retain(|member| !gone.contains(member));
    update(view, &default).await.unwrap();
}

async fn plan_of(store: &Store, tenant: TenantId, id: ExtensionId) -> (Vec<ExtensionGroupId>, Rights) {
    let plan = store.load_plan(tenant).await.unwrap().unwrap();
    let known = plan.extensions.into_iter().find(|known| known.extension.id == id).unwrap();
    (known.groups, known.rights)
}

// covers: GRP-01
#[tokio::test]
async fn grp_01_each_tenant_has_the_default_group_and_every_new_extension_joins_it() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let many = CreateExtensions { first_number: "201".into(), count: 2, name: "Desk #".into() };
        view.create_extensions(NOW, &actor(), &many).await.unwrap();
        let file = ImportExtensions { csv: "number,name\n301,Carol\n".into(), dry_run: false };
        view.import_extensions(NOW, &actor(), &file).await.unwrap();
        let groups = view.list_extension_groups(&ListExtensionGroups::default()).await.unwrap();
        let [only] = groups.rows.as_slice() else { panic!("{groups:?}") };
        assert_eq!((only.id, only.name.as_str()), (default_group(tenant.id), DEFAULT_NAME));
        assert_eq!((only.is_default, only.rights, only.members), (true, Rights::ALL, 4));
        assert_eq!(plan_of(&store, tenant.id, made[0].extension.id).await, (vec![only.id], Rights::ALL));
        let other = create_tenant(&store, "Globex").await.tenant;
        let others = store.tenant(other.id).list_extension_groups(&ListExtensionGroups::default()).await.unwrap();
        assert_eq!((others.total, others.rows[0].members), (1, 0));
    })
    .await;
}

// covers: GRP-01
#[tokio::test]
async fn grp_01_the_default_group_is_neither_removed_nor_renamed_nor_are_its_rights_changed() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &["101"]).await;
        let default = read(&view, default_group(tenant.id)).await;
        assert_eq!(conflict(delete(&view, default.id).await), "extension_group_id");
        let with = |settings| ExtensionGroup { settings, ..default.clone() };
        let renamed = with(ExtensionGroupSettings { name: "Everybody".into(), ..default.settings.clone() });
        assert_eq!(invalid(update(&view, &renamed).await), ["name"]);
        let fewer = Rights { external: false, ..Rights::ALL };
        let fewer = with(ExtensionGroupSettings { rights: fewer, ..default.settings.clone() });
        assert_eq!(invalid(update(&view, &fewer).await), ["rights"]);
        assert_eq!(read(&view, default.id).await, default);
        let told = with(ExtensionGroupSettings { description: "Everybody".into(), ..default.settings.clone() });
        assert_eq!(update(&view, &told).await.unwrap(), told);
        let taken = CreateExtensionGroup { settings: group("__default__", NONE, &[]) };
        assert_eq!(conflict(view.create_extension_group(NOW, &actor(), &taken).await), "name");
    })
    .await;
}

// covers: GRP-01
#[tokio::test]
async fn grp_01_tenants_from_before_get_the_group_with_all_their_extensions() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (_, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        store.close().await.unwrap();
        let db = Database::connect(&url).await.unwrap();
        let before = "DROP TABLE extension_group_person; DROP TABLE extension_group; \
                      DELETE FROM seaql_migrations WHERE version LIKE '%_extension_group' OR version LIKE '%_monitors_all'";
        db.execute_unprepared(before).await.unwrap();
        assert_eq!(Migrator::get_pending_migrations(&db).await.unwrap().len(), 2);
        db.close().await.unwrap();
        let store = open(&url).await;
        let group = read(&store.tenant(tenant.id), default_group(tenant.id)).await;
        let all: Vec<ExtensionId> = made.iter().map(|one| one.extension.id).collect();
        assert_eq!((group.settings.name.as_str(), &group.settings.members), (DEFAULT_NAME, &all));
        assert_eq!(plan_of(&store, tenant.id, all[1]).await, (vec![group.id], Rights::ALL));
        store.close().await.unwrap();
    })
    .await;
}

// covers: GRP-02, LOG-02
#[tokio::test]
async fn grp_02_a_group_is_made_changed_and_removed_and_each_leaves_a_line() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let ids: Vec<ExtensionId> = made.iter().map(|one| one.extension.id).collect();
        let mut notices = store.changes();
        let settings = ExtensionGroupSettings {
            description: " Whoever sells ".into(),
            managers: vec![ids[2]],
            monitors: vec![ids[0], ids[2]],
            ..group(" Sales ", NONE, &ids[..2])
        };
        let sales = create(&view, settings).await;
        assert_eq!(notices.recv().await.unwrap(), Change::TenantChanged(tenant.id));
        assert_eq!((sales.settings.name.as_str(), sales.settings.description.as_str()), ("Sales", "Whoever sells"));
        assert_eq!((&sales.settings.members, &sales.settings.managers), (&ids[..2].to_vec(), &vec![ids[2]]));
        let found = ListExtensionGroups { search: Some("SELLS".into()), ..ListExtensionGroups::default() };
        let row = view.list_extension_groups(&found).await.unwrap().rows.remove(0);
        assert_eq!((row.id, row.is_default), (sales.id, false));
        assert_eq!((row.members, row.managers, row.monitors), (2, 1, 2));

        let external = Rights { external: true, ..NONE };
        let changed = ExtensionGroupSettings { monitors: Vec::new(), ..group("Sales", external, &ids[1..]) };
        let changed = update(&view, &ExtensionGroup { settings: changed, ..sales.clone() }).await.unwrap();
        assert_eq!(changed, read(&view, sales.id).await);
        let log = view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((log.operation.as_str(), log.subject.as_str()), ("UpdateExtensionGroup", "extension group Sales"));
        let line = |field: &str| {
            let found = log.changes.iter().find(|change| change.field == field).unwrap();
            (found.before.clone().unwrap_or_default(), found.after.clone().unwrap_or_default())
        };
        assert_eq!(line("members"), ("101".into(), "103".into()), "only who left and who came");
        assert_eq!(line("monitors"), ("101, 103".into(), String::new()));
        assert_eq!(line("rights.external"), ("false".into(), "true".into()));

        let same = CreateExtensionGroup { settings: group("SALES", NONE, &[]) };
        assert_eq!(conflict(view.create_extension_group(NOW, &actor(), &same).await), "name");
        let gone = CreateExtensionGroup { settings: group("Other", NONE, &[ids[0], ExtensionId(99)]) };
        assert_eq!(invalid(view.create_extension_group(NOW, &actor(), &gone).await), ["members"]);
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let theirs = CreateExtensionGroup { settings: group("Theirs", NONE, &ids[..1]) };
        assert_eq!(invalid(globex.create_extension_group(NOW, &actor(), &theirs).await), ["members"]);
        is_not_found(update(&globex, &sales).await);
        is_not_found(delete(&globex, sales.id).await);
        is_not_found(globex.get_extension_group(&GetExtensionGroup { extension_group_id: sales.id }).await);
        is_not_found(globex.extension_rights(&GetExtensionRights { extension_id: ids[0] }).await);

        delete(&view, sales.id).await.unwrap();
        is_not_found(delete(&view, sales.id).await);
        let log = view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!(log.operation, "DeleteExtensionGroup");
    })
    .await;
}

// covers: GRP-03, EXT-13
#[tokio::test]
async fn grp_03_rights_are_those_of_all_groups_and_nobody_is_left_in_none() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (alice, bob) = (made[0].extension.id, made[1].extension.id);
        let portal = create(&view, group("Portal", Rights { portal: true, ..NONE }, &[alice])).await;
        let paging = create(&view, group("Paging", Rights { paging: true, ..NONE }, &[alice, bob])).await;
        leave_default(&view, &[alice]).await;
        let rights = Rights { portal: true, paging: true, ..NONE };
        let shown = view.extension_rights(&GetExtensionRights { extension_id: alice }).await.unwrap();
        let names: Vec<&str> = shown.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!((shown.rights, names), (rights, vec!["Paging", "Portal"]));
        assert_eq!(plan_of(&store, tenant.id, alice).await, (vec![portal.id, paging.id], rights));
        assert_eq!(plan_of(&store, tenant.id, bob).await.1, Rights::ALL);

        // One of two may go, and then no more.
        delete(&view, portal.id).await.unwrap();
        let empty = ExtensionGroup { settings: group("Paging", NONE, &[bob]), ..paging.clone() };
        let refused = update(&view, &empty).await.unwrap_err();
        let Error::Invalid(problems) = &refused else { panic!("{refused:?}") };
        assert_eq!(problems[0].field, "members");
        assert!(problems[0].reason.contains("101 (Person 101)"), "{problems:?}");
        let refused = delete(&view, paging.id).await.unwrap_err();
        let Error::Conflict { field: "extension_group_id", reason } = &refused else { panic!("{refused:?}") };
        assert!(reason.contains("101 (Person 101)"), "{reason}");
        assert_eq!(read(&view, paging.id).await, paging, "what was refused changes nothing");
        let mut default = read(&view, default_group(tenant.id)).await;
        default.settings.members.clear();
        update(&view, &default).await.unwrap();
        assert_eq!(plan_of(&store, tenant.id, bob).await.0, [paging.id]);
        // A deleted extension goes out of its groups.
        view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: alice }).await.unwrap();
        assert_eq!(read(&view, paging.id).await.settings.members, [bob]);
    })
    .await;
}

// covers: GRP-05
#[tokio::test]
async fn grp_05_without_the_portal_nobody_signs_in_and_a_session_ends_at_its_next_refresh() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let alice = made[0].extension.id;
        let link = made[0].invitation.as_deref().unwrap();
        let account = store.find_account_by_email("101@acme.example").await.unwrap().unwrap().account;
        let (session, token) = store.create_session(NOW, account.id, "tests").await.unwrap();
        let phones = create(&view, group("Phones", Rights { external: true, ..NONE }, &[alice])).await;
        assert!(store.session_alive(at(1), session).await.unwrap(), "the other group allows it");
        leave_default(&view, &[alice]).await;
        let row = store.find_account(account.id).await.unwrap().unwrap();
        assert_eq!((row.portal, row.is_enabled()), (false, false));
        assert!(!store.session_alive(at(2), session).await.unwrap());
        assert_eq!(store.rotate_session(at(2), &token).await.unwrap(), Rotation::Unknown);
        is_not_found(store.consume_link(at(2), link).await);
        assert!(!store.link_account(at(2), link).await.unwrap().unwrap().portal);
        let admin = store.find_account_by_email("admin@acme.example").await.unwrap().unwrap();
        assert!(admin.is_enabled(), "an administrator has no extension that could lack it");
        let all = ExtensionGroup { settings: group("Phones", Rights::ALL, &[alice]), ..phones };
        update(&view, &all).await.unwrap();
        assert_eq!(store.consume_link(at(3), link).await.unwrap().id, account.id);
        assert!(store.link_account(at(3), link).await.unwrap().is_none());
    })
    .await;
}

// covers: GRP-04
#[tokio::test]
async fn grp_04_a_manager_sees_the_calls_of_the_members_in_either_direction() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103", "104"]).await;
        let ids: Vec<ExtensionId> = made.iter().map(|one| one.extension.id).collect();
        let (manager, monitor) = (ids[0], ids[3]);
        let settings = ExtensionGroupSettings {
            managers: vec![manager],
            monitors: vec![monitor],
            ..group("Sales", NONE, &[ids[1]])
        };
        create(&view, settings).await;
        for (id, caller, callee) in [
            (50, Some(ids[1]), Some(ids[2])),
            (51, None, Some(ids[1])),
            (52, Some(ids[1]), None),
            (53, Some(ids[2]), None),
        ] {
            let mut record = ended(&answered(&call(tenant.id, id, NOW)));
            (record.caller_extension_id, record.callee_extension_id) = (caller, callee);
            store.record_facts(&[call_ended(&record)]).await.unwrap();
        }
        for (who, seen) in [(manager, &[52, 51, 50][..]), (ids[1], &[52, 51, 50]), (ids[2], &[53, 50]), (monitor, &[])]
        {
            let page = view.list_own_calls(who, &ListOwnCalls::default()).await.unwrap();
            let calls: Vec<i64> = page.rows.iter().map(|row| row.id.0).collect();
            assert_eq!((calls.as_slice(), page.total), (seen, seen.len() as u64), "{who}");
        }
        assert!(view.get_own_call(manager, &GetOwnCall { call_id: CallId(51) }).await.is_ok());
        is_not_found(view.get_own_call(manager, &GetOwnCall { call_id: CallId(53) }).await);
        is_not_found(view.own_call_ladder(manager, CallId(53)).await);
        assert_eq!(view.managed(manager).await.unwrap().into_iter().collect::<Vec<_>>(), [ids[1]]);
        assert!(view.managed(monitor).await.unwrap().is_empty());
    })
    .await;
}

// covers: OUT-01
#[tokio::test]
async fn out_01_a_rule_names_groups_of_the_tenant_and_such_a_group_is_not_removed() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let sales = create(&view, group("Sales", NONE, &[made[0].extension.id])).await;
        let theirs = create(&globex, group("Sales", NONE, &[])).await;
        let assignment = TrunkAssignment { tenant_id: tenant.id, tenant_name: String::new(), did_pool: "*".into() };
        let trunk = CreateTrunk {
            settings: TrunkSettings { name: "Carrier".into(), host: "sip.example".into(), ..TrunkSettings::default() },
            password: None,
            assignments: vec![assignment],
        };
        let trunk = store.create_trunk(NOW, &actor(), &trunk).await.unwrap();
        let route = OutboundRoute { trunk_id: trunk.id, strip: 0, prepend: String::new() };
        let settings = |groups: &[ExtensionGroupId]| OutboundSettings {
            name: "Abroad".into(),
            groups: groups.to_vec(),
            routes: vec![route.clone()],
            ..OutboundSettings::default()
        };
        let foreign = CreateOutboundRule { settings: settings(&[sales.id, theirs.id]) };
        assert_eq!(invalid(view.create_outbound_rule(NOW, &actor(), &foreign).await), ["groups"]);
        let create = CreateOutboundRule { settings: settings(&[sales.id]) };
        let rule = view.create_outbound_rule(NOW, &actor(), &create).await.unwrap();
        let plan = store.load_plan(tenant.id).await.unwrap().unwrap();
        assert_eq!(plan.outbound_rules[0].settings.groups, [sales.id]);
        let refused = delete(&view, sales.id).await.unwrap_err();
        let Error::Conflict { field: "extension_group_id", reason } = &refused else { panic!("{refused:?}") };
        assert_eq!(reason, "The group is in use by the outbound rule Abroad.");
        let free = UpdateOutboundRule { outbound_rule_id: rule.id, settings: settings(&[]), position: None };
        view.update_outbound_rule(NOW, &actor(), &free).await.unwrap();
        delete(&view, sales.id).await.unwrap();
    })
    .await;
}
