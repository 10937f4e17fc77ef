//! Tenants: T-01…T-11.

use shared::activity::{ListActivity, ListAllActivity};
use shared::event::ListEvents;
use shared::extension::ListExtensions;
use shared::quota::{Limit, Quota, QuotaReached};
use shared::tenant::{CreateTenant, DeleteTenant, GetTenant, ListTenants, TenantOptions, UpdateTenant};
use shared::{Role, TenantId};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error, Rotation, Store};

use crate::world::*;

#[tokio::test]
async fn t_01_a_tenant_has_the_defaults_and_an_administrator_who_is_invited() {
    each_database(|store| async move {
        let mut changes = store.changes();
        let made = create_tenant(&store, "Acme").await;
        assert_eq!(made.tenant.quota, Quota::default(), "T-04");
        assert_eq!((made.tenant.enabled, made.tenant.time_zone.as_str()), (true, "UTC"));
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(made.tenant.id));
        let account = store.consume_link(at(1), &made.invitation).await.unwrap();
        assert_eq!(account.id, made.admin_account_id);
        assert_eq!((account.role, account.tenant_id), (Role::TenantAdmin, Some(made.tenant.id)));
        assert!(!account.has_password);
        let row = store.get_tenant(NOW, &GetTenant { tenant_id: made.tenant.id }).await.unwrap();
        assert_eq!(row.tenant, made.tenant, "what is read is what was made");
        assert_eq!(store.tenant(made.tenant.id).get_own_tenant().await.unwrap(), made.tenant);
    })
    .await;
}

#[tokio::test]
async fn t_01_name_domain_and_address_are_unique_whatever_their_case_and_the_conflict_names_the_field() {
    each_database(|store| async move {
        let first = CreateTenant { name: "Müller".into(), ..new_tenant("Muller") };
        store.create_tenant(NOW, &actor(), &first).await.unwrap();
        let other = new_tenant("Other");
        for (field, operation) in [
            ("name", CreateTenant { name: " MÜLLER ".into(), ..other.clone() }),
            ("domain", CreateTenant { domain: "Muller.EXAMPLE".into(), ..other.clone() }),
            ("admin_email", CreateTenant { admin_email: "ADMIN@muller.EXAMPLE".into(), ..other.clone() }),
        ] {
            assert_eq!(conflict(store.create_tenant(NOW, &actor(), &operation).await), field);
        }
        // Nothing of the refused ones is left: the same name goes through with an address of its own.
        let made = store.create_tenant(NOW, &actor(), &other).await.unwrap();
        let rename = UpdateTenant { domain: Some("MULLER.example".into()), ..UpdateTenant::new(made.tenant.id) };
        assert_eq!(conflict(store.update_tenant(NOW, &actor(), &rename).await), "domain");
    })
    .await;
}

#[tokio::test]
async fn t_01_what_is_wrong_with_the_form_is_told_by_field() {
    each_database(|store| async move {
        let operation = CreateTenant { name: "\u{7}".into(), domain: "no domain".into(), ..CreateTenant::default() };
        let fields = invalid(store.create_tenant(NOW, &actor(), &operation).await);
        assert_eq!(fields, ["name", "domain", "admin_email"]);
    })
    .await;
}

#[tokio::test]
async fn t_02_settings_change_one_by_one_and_the_log_says_who_and_what() {
    each_database(|store| async move {
        let tenant = create_tenant(&store, "Acme").await.tenant;
        let options = TenantOptions {
            concurrent_sign_ins: false,
            change_own_secret: true,
            bill_outbound: true,
            ..TenantOptions::default()
        };
        let quota = Quota { extensions_max: None, concurrent_calls_max: Some(0), ..Quota::default() };
        let change = UpdateTenant {
            domain: Some("PBX.Acme.Example".into()),
            time_zone: Some("Europe/Berlin".into()),
            currency: Some("EUR".into()),
            options: Some(options),
            quota: Some(quota),
            ..UpdateTenant::new(tenant.id)
        };
        let admin = store::Actor { acting_for: Some("Acme".into()), ..actor() };
        let changed = store.update_tenant(at(1), &admin, &change).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.domain.as_str()), ("Acme", "pbx.acme.example"));
        assert_eq!((changed.options, changed.quota), (options, quota));
        assert_eq!(store.tenant(tenant.id).get_own_tenant().await.unwrap(), changed);
        let log = store.tenant(tenant.id).list_activity(&ListActivity::default()).await.unwrap();
        let [latest, first] = log.rows.as_slice() else { panic!("{log:?}") };
        assert_eq!((latest.operation.as_str(), first.operation.as_str()), ("UpdateTenant", "CreateTenant"));
        assert_eq!((latest.actor.as_str(), latest.acting_for.as_deref()), ("admin@belfry.example", Some("Acme")));
        assert_eq!(latest.subject, "tenant Acme");
        let domain = latest.changes.iter().find(|change| change.field == "domain").unwrap();
        assert_eq!(
            (domain.before.as_deref(), domain.after.as_deref()),
            (Some("acme.example"), Some("pbx.acme.example"))
        );
        assert!(first.changes.iter().any(|change| change.field == "name" && change.before.is_none()));
        assert_eq!(latest.at, at(1));
        is_not_found(store.update_tenant(NOW, &actor(), &UpdateTenant::new(TenantId(7))).await);
    })
    .await;
}

#[tokio::test]
async fn t_07_a_suspended_tenant_has_no_sessions_and_gets_none() {
    each_database(|store| async move {
        let made = create_tenant(&store, "Acme").await;
        let (session, token) = store.create_session(NOW, made.admin_account_id, "tests").await.unwrap();
        let suspend = |enabled| UpdateTenant { enabled: Some(enabled), ..UpdateTenant::new(made.tenant.id) };
        store.update_tenant(at(1), &actor(), &suspend(false)).await.unwrap();
        assert!(!store.session_alive(at(2), session).await.unwrap());
        assert_eq!(store.rotate_session(at(2), &token).await.unwrap(), Rotation::Unknown);
        is_not_found(store.consume_link(at(2), &made.invitation).await);
        let account = store.find_account_by_email("admin@acme.example").await.unwrap().unwrap();
        assert!(!account.is_enabled());
        store.update_tenant(at(3), &actor(), &suspend(true)).await.unwrap();
        assert_eq!(store.consume_link(at(4), &made.invitation).await.unwrap().id, made.admin_account_id);
    })
    .await;
}

#[tokio::test]
async fn t_08_a_deleted_tenant_leaves_nothing_but_the_line_that_says_so() {
    each_database(|store| async move {
        let (view, tenant, extensions) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let record = call(tenant.id, 50, NOW);
        let binding = registration(tenant.id, extensions[0].extension.id, 60);
        let done = ended(&answered(&record));
        store
            .record_facts(&[
                started(&record),
                call_ended(&done),
                registered(&binding),
                refusal(Some(tenant.id), "1", 70, NOW),
            ])
            .await
            .unwrap();
        let account = store.find_account_by_email("101@acme.example").await.unwrap().unwrap().account;
        let (session, _) = store.create_session(NOW, account.id, "tests").await.unwrap();

        let delete = |name: &str| DeleteTenant { tenant_id: tenant.id, confirm_name: name.into() };
        assert_eq!(invalid(store.delete_tenant(NOW, &actor(), &delete("acme")).await), ["confirm_name"]);
        let mut changes = store.changes();
        store.delete_tenant(at(1), &actor(), &delete("Acme")).await.unwrap();
        assert_eq!(changes.recv().await.unwrap(), Change::TenantDeleted(tenant.id));

        is_not_found(view.get_own_tenant().await);
        assert_eq!(view.list_extensions(&ListExtensions::default()).await.unwrap().total, 0);
        assert_eq!(view.list_calls(&Default::default()).await.unwrap().total, 0);
        assert_eq!(view.list_registrations(&Default::default()).await.unwrap().total, 0);
        assert_eq!(view.list_refusals(&Default::default()).await.unwrap().total, 0);
        assert_eq!(view.list_activity(&Default::default()).await.unwrap().total, 0);
        assert!(store.find_account(account.id).await.unwrap().is_none());
        assert!(!store.session_alive(at(2), session).await.unwrap());
        assert!(store.load_plan(tenant.id).await.unwrap().is_none());
        let log = store.list_all_activity(&ListAllActivity::default()).await.unwrap();
        assert_eq!(log.rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["tenant Acme (acme.example)"]);
        // Its name, domain and addresses are free again, and late facts of it hold nothing up.
        store.record_facts(&[started(&call(tenant.id, 51, NOW)), registered(&binding)]).await.unwrap();
        tenant_with(&store, "Acme", &["101"]).await;
        is_not_found(store.delete_tenant(NOW, &actor(), &delete("Acme")).await);
    })
    .await;
}

#[tokio::test]
async fn t_11_one_extension_too_many_is_refused_with_the_limit_and_its_size() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let limit = |max| UpdateTenant {
            quota: Some(Quota { extensions_max: Some(max), ..Quota::default() }),
            ..UpdateTenant::new(tenant.id)
        };
        // A limit below use is allowed and only stops growth.
        store.update_tenant(NOW, &actor(), &limit(1)).await.unwrap();
        match view.create_extension(NOW, &actor(), &new_extension("103", "Acme")).await {
            Err(Error::Quota(reached)) => assert_eq!(reached, QuotaReached { limit: Limit::Extensions, max: 1 }),
            other => panic!("{other:?}"),
        }
        assert_eq!(view.list_extensions(&ListExtensions::default()).await.unwrap().total, 2);
        store.update_tenant(NOW, &actor(), &limit(3)).await.unwrap();
        let told = async || {
            let page = view.list_events(&ListEvents::default()).await.unwrap();
            page.rows
                .into_iter()
                .filter(|event| event.code == "quota_reached")
                .map(|event| event.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(told().await, [] as [String; 0]);
        view.create_extension(NOW, &actor(), &new_extension("103", "Acme")).await.unwrap();
        // covers: LOG-01
        assert_eq!(told().await, ["A limit of the tenant is reached: 3 extensions."]);
    })
    .await;
}

#[tokio::test]
async fn t_11_a_limit_holds_against_many_at_once() {
    each_database(|store| async move {
        let tenant = create_tenant(&store, "Acme").await.tenant;
        let quota = Some(Quota { extensions_max: Some(5), ..Quota::default() });
        let limit = UpdateTenant { quota, ..UpdateTenant::new(tenant.id) };
        store.update_tenant(NOW, &actor(), &limit).await.unwrap();
        let tasks: Vec<_> = (0..24)
            .map(|n| {
                let view = store.tenant(tenant.id);
                tokio::spawn(async move {
                    view.create_extension(NOW, &actor(), &new_extension(&format!("{}", 100 + n), "Acme")).await
                })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => made += 1,
                Err(Error::Quota(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(made, 5);
        assert_eq!(extensions(&store, tenant.id).await, 5);
    })
    .await;
}

async fn extensions(store: &Store, tenant: TenantId) -> u64 {
    store.get_tenant(NOW, &GetTenant { tenant_id: tenant }).await.unwrap().extensions
}

#[tokio::test]
async fn a_list_of_tenants_has_their_figures() {
    each_database(|store| async move {
        let (_, acme, extensions) = tenant_with(&store, "Acme", &["101", "102"]).await;
        tenant_with(&store, "Globex", &["101"]).await;
        let done = ended(&answered(&call(acme.id, 50, NOW)));
        let old = ended(&answered(&call(acme.id, 51, NOW - std::time::Duration::from_secs(90_000))));
        let twice = [60, 61].map(|id| registered(&registration(acme.id, extensions[0].extension.id, id)));
        store.record_facts(&[call_ended(&done), call_ended(&old), started(&call(acme.id, 52, NOW))]).await.unwrap();
        store.record_facts(&twice).await.unwrap();
        let page = store.list_tenants(at(60), &ListTenants::default()).await.unwrap();
        let figures: Vec<_> = page
            .rows
            .iter()
            .map(|row| (row.tenant.name.as_str(), row.extensions, row.extensions_online, row.calls_today))
            .collect();
        assert_eq!(figures, [("Acme", 2, 1, 1), ("Globex", 1, 0, 0)]);
        let late = store.list_tenants(at(7_200), &ListTenants::default()).await.unwrap();
        assert_eq!(late.rows[0].extensions_online, 0, "a binding that has run out does not count");
    })
    .await;
}
