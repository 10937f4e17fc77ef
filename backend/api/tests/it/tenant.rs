//! The provider's work on tenants (T-01…T-11).

use shared::account::GetSession;
use shared::activity::{ListActivity, ListAllActivity};
use shared::extension::{GetOwnSipAccount, ResetOwnSipSecret};
use shared::page::Direction;
use shared::tenant::{CreateTenant, DeleteTenant, GetTenant, ListTenants, TenantOptions, TenantSort, UpdateTenant};
use shared::tenant_profile::{GetTenantProfile, UpdateTenantProfile};
use store::testing::each_database;

use crate::app::App;
use crate::world::{World, admin_of};

#[tokio::test]
async fn t_01_a_tenant_is_made_in_three_fields_and_its_administrator_is_invited() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let form = CreateTenant {
            name: "Acme".into(),
            domain: "ACME.example".into(),
            admin_email: "boss@acme.example".into(),
            ..CreateTenant::default()
        };
        let created = admin.call(form.clone()).await.unwrap();
        assert_eq!(created.tenant.domain, "acme.example");
        // covers: T-04
        assert_eq!(created.tenant.quota, shared::quota::Quota::default());
        assert!(created.invitation.starts_with("http://pbx.test:8080/link#"));
        let mut boss = app.browser();
        let session = boss.sign_in_by_link(&created.invitation).await.unwrap();
        assert_eq!(session.account.id, created.admin_account_id);

        let again = admin.call(form.clone()).await.unwrap_err();
        assert_eq!((again.status, again.code.as_str()), (409, "conflict"));
        let zone = CreateTenant { time_zone: Some("Mars/Olympus".into()), ..form };
        assert_eq!(admin.call(zone).await.unwrap_err().fields[0].field, "time_zone");
    })
    .await;
}

#[tokio::test]
async fn t_08_a_tenant_is_deleted_by_its_name_with_all_that_it_had() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let tenant_id = world.acme.tenant.id;
        let delete = |name: &str| DeleteTenant { tenant_id, confirm_name: name.into() };
        let refused = world.admin.call(delete("acme?")).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "confirm_name");
        world.admin.call(delete("Acme")).await.unwrap();
        assert_eq!(world.admin.call(GetTenant { tenant_id }).await.unwrap_err().status, 404);
        for browser in [&mut world.acme.boss, &mut world.acme.alice] {
            assert_eq!(browser.call(GetSession {}).await.unwrap_err().status, 401);
        }
        world.globex.boss.call(GetSession {}).await.unwrap();
        let log = world.admin.call(ListAllActivity::default()).await.unwrap();
        assert_eq!(log.rows[0].operation, "DeleteTenant");
    })
    .await;
}

// covers: T-12, PRO-01, PRO-02
#[tokio::test]
async fn t_12_a_tenants_profile_is_its_own_and_its_people_inherit_the_company() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let boss = &mut world.acme.boss;
        let zone = UpdateTenantProfile { time_zone: Some("Mars/Olympus".into()), ..UpdateTenantProfile::default() };
        assert_eq!(boss.call(zone).await.unwrap_err().fields[0].field, "time_zone");
        let change = UpdateTenantProfile {
            name: Some("Acme & Sons".into()),
            time_zone: Some("America/New_York".into()),
            country: Some("US".into()),
            ..UpdateTenantProfile::default()
        };
        let profile = boss.call(change).await.unwrap();
        assert_eq!(boss.call(GetTenantProfile {}).await.unwrap(), profile);
        let limits = UpdateTenant { quota: Some(Default::default()), ..UpdateTenant::new(profile.tenant.id) };
        assert_eq!(boss.call(limits).await.unwrap_err().status, 403);
        let alice = &mut world.acme.alice;
        assert_eq!(alice.call(GetTenantProfile {}).await.unwrap_err().status, 403);
        let inherited = alice.call(GetSession {}).await.unwrap().tenant.unwrap();
        assert_eq!((inherited.name.as_str(), inherited.time_zone.as_str()), ("Acme & Sons", "America/New_York"));
        assert_eq!(world.globex.boss.call(GetTenantProfile {}).await.unwrap().tenant.name, "Globex");
    })
    .await;
}

// What each switch does, the tests of its own feature tell; there are none for moving pictures yet, and a secret is never displayed again.
#[tokio::test]
async fn pro_03_the_switches_of_a_company_are_kept_and_its_people_make_secrets_only_where_it_allows_that() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        assert_eq!(world.acme.alice.call(ResetOwnSipSecret {}).await.unwrap_err().status, 403);
        assert!(!world.acme.alice.call(GetOwnSipAccount {}).await.unwrap().may_reset);
        let options = TenantOptions {
            concurrent_sign_ins: true,
            change_own_secret: true,
            bill_outbound: true,
            record_calls: true,
            record_tracks: true,
            announce_recording: true,
            monitoring: true,
            delete_own_recordings: false,
            temporary_conferences: true,
        };
        let change = UpdateTenantProfile { options: Some(options), ..UpdateTenantProfile::default() };
        assert_eq!(world.acme.boss.call(change).await.unwrap().tenant.options, options);
        assert_eq!(world.acme.boss.call(GetTenantProfile {}).await.unwrap().tenant.options, options);

        let known = world.acme.alice.call(GetOwnSipAccount {}).await.unwrap();
        assert_eq!((known.user.as_str(), known.domain.as_str(), known.may_reset), ("101", "acme.example", true));
        let fresh = world.acme.alice.call(ResetOwnSipSecret {}).await.unwrap();
        assert_eq!((&fresh.user, &fresh.domain), (&known.user, &known.domain));
        assert!(!world.acme.secrets.contains(&fresh.secret));
        let log = world.acme.boss.call(ListActivity::default()).await.unwrap();
        let line = &log.rows[0];
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("ResetOwnSipSecret", "extension 101"));
        assert!(!serde_json::to_string(line).unwrap().contains(&fresh.secret));
        assert_eq!(world.globex.alice.call(ResetOwnSipSecret {}).await.unwrap_err().status, 403);
    })
    .await;
}

// covers: T-02, T-03
#[tokio::test]
async fn t_02_switches_and_zone_can_be_changed_and_wrong_ones_are_named() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let change = UpdateTenant::new(world.acme.tenant.id);
        let zone = UpdateTenant { time_zone: Some("America/New_York".into()), ..change.clone() };
        assert_eq!(world.admin.call(zone).await.unwrap().time_zone, "America/New_York");
        for (change, field) in [
            (UpdateTenant { time_zone: Some("Nowhere".into()), ..change.clone() }, "time_zone"),
            (UpdateTenant { currency: Some("euro".into()), ..change.clone() }, "currency"),
            (UpdateTenant { domain: Some("globex.example".into()), ..change.clone() }, "domain"),
            (UpdateTenant { name: Some(String::new()), ..change.clone() }, "name"),
        ] {
            assert_eq!(world.admin.call(change).await.unwrap_err().fields[0].field, field);
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_is_searched_sorted_and_read_by_cursor() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let found = ListTenants { search: Some("GLOB".into()), ..ListTenants::default() };
        let page = world.admin.call(found).await.unwrap();
        assert_eq!((page.total, page.rows[0].tenant.name.as_str()), (1, "Globex"));

        let list = |cursor: Option<String>| ListTenants {
            sort: TenantSort::Domain,
            direction: Direction::Descending,
            limit: Some(1),
            cursor,
            ..ListTenants::default()
        };
        let first = world.admin.call(list(None)).await.unwrap();
        assert_eq!((first.rows[0].tenant.name.as_str(), first.total), ("Globex", 2));
        let second = world.admin.call(list(first.next)).await.unwrap();
        assert_eq!(second.rows[0].tenant.name, "Acme");
        assert_eq!(second.next, None);
    })
    .await;
}
