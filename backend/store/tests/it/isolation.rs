//! The walls between tenants: T-10, ACC-10, S8.

use futures_util::TryStreamExt;
use shared::CallId;
use shared::call_record::{ExportCalls, GetCall, GetOwnCall, ListCalls, ListOwnCalls};
use shared::extension::{
    DeleteExtension, ExportExtensions, GetExtension, InviteExtension, ListExtensions, ListPeople, ResetSipSecret,
    UpdateExtension,
};
use shared::fact::Fact;
use store::testing::{NOW, actor, each_database};

use crate::world::*;

#[tokio::test]
async fn t_10_another_tenants_ids_are_not_found_and_stay_untouched() {
    each_database(|store| async move {
        let (acme, acme_tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let theirs = made[0].extension.id;
        let done = ended(&answered(&call(acme_tenant.id, 50, NOW)));
        store.record_facts(&[call_ended(&done)]).await.unwrap();
        let before = acme.get_extension(&GetExtension { extension_id: theirs }).await.unwrap();
        let plan = store.load_plan(acme_tenant.id).await.unwrap();

        is_not_found(globex.get_extension(&GetExtension { extension_id: theirs }).await);
        let change = UpdateExtension { name: Some("Mallory".into()), ..UpdateExtension::new(theirs) };
        is_not_found(globex.update_extension(NOW, &actor(), &change).await);
        is_not_found(globex.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: theirs }).await);
        is_not_found(globex.reset_sip_secret(NOW, &actor(), &ResetSipSecret { extension_id: theirs }).await);
        is_not_found(globex.invite_extension(NOW, &actor(), &InviteExtension { extension_id: theirs }).await);
        is_not_found(globex.get_call(&GetCall { call_id: CallId(50) }).await);
        is_not_found(globex.get_own_call(theirs, &GetOwnCall { call_id: CallId(50) }).await);

        assert_eq!(acme.get_extension(&GetExtension { extension_id: theirs }).await.unwrap(), before);
        assert_eq!(store.load_plan(acme_tenant.id).await.unwrap(), plan);
    })
    .await;
}

#[tokio::test]
async fn t_10_no_list_shows_a_foreign_row_whatever_is_searched() {
    each_database(|store| async move {
        let (acme, acme_tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let mut done = ended(&answered(&call(acme_tenant.id, 50, NOW)));
        done.caller_extension_id = Some(made[0].extension.id);
        store
            .record_facts(&[
                call_ended(&done),
                registered(&registration(acme_tenant.id, made[0].extension.id, 60)),
                refusal(Some(acme_tenant.id), "101", 70, NOW),
                refusal(None, "nobody", 71, NOW),
            ])
            .await
            .unwrap();
        for search in [None, Some("101".to_owned()), Some("%' OR 1=1 --".to_owned()), Some("%".to_owned())] {
            let extensions = ListExtensions { search: search.clone(), ..ListExtensions::default() };
            assert_eq!(globex.list_extensions(&extensions).await.unwrap().total, 0);
            let people = ListPeople { search: search.clone(), ..ListPeople::default() };
            assert_eq!(globex.list_people(&people).await.unwrap().total, 0);
            let calls = ListCalls { search: search.clone(), ..ListCalls::default() };
            assert_eq!(globex.list_calls(&calls).await.unwrap().rows, []);
        }
        let own = ListOwnCalls::default();
        assert_eq!(globex.list_own_calls(made[0].extension.id, &own).await.unwrap().total, 0);
        assert_eq!(acme.list_own_calls(made[0].extension.id, &own).await.unwrap().total, 1);
        assert_eq!(acme.list_own_calls(made[1].extension.id, &own).await.unwrap().total, 0, "a colleague's call");
        assert_eq!(globex.list_registrations(&Default::default()).await.unwrap().total, 0);
        assert_eq!(globex.list_refusals(&Default::default()).await.unwrap().total, 0);
        assert_eq!(acme.list_refusals(&Default::default()).await.unwrap().total, 1);
        assert_eq!(store.list_all_refusals(&Default::default()).await.unwrap().total, 2);
        let log = globex.list_activity(&Default::default()).await.unwrap();
        assert!(log.rows.iter().all(|row| row.tenant_id == Some(globex.tenant_id())));
        assert_eq!(log.total, 1, "its own creation");
        let export: Vec<_> = Box::pin(globex.export_calls(ExportCalls::default())).try_concat().await.unwrap();
        assert_eq!(export, []);
        let file = globex.export_extensions(&ExportExtensions::default()).await.unwrap();
        assert_eq!(file.text.lines().count(), 1);
        let home = globex.tenant_home(NOW).await.unwrap();
        assert_eq!((home.extensions, home.extensions_online, home.refusals), (0, 0, 0));
        assert!(home.hours.iter().all(|hour| hour.total == 0));
    })
    .await;
}

#[tokio::test]
async fn t_10_a_fact_of_one_tenant_never_changes_anothers_row() {
    each_database(|store| async move {
        let (acme, acme_tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (_, globex_tenant, _) = tenant_with(&store, "Globex", &["101"]).await;
        let ours = call(acme_tenant.id, 50, NOW);
        let binding = registration(acme_tenant.id, made[0].extension.id, 60);
        store.record_facts(&[started(&ours), registered(&binding)]).await.unwrap();
        // The same ids under the other tenant, and its binding to our extension.
        let mut forged = ours.clone();
        forged.tenant_id = globex_tenant.id;
        forged.caller = "999".into();
        let mut stolen = binding.clone();
        stolen.tenant_id = globex_tenant.id;
        stolen.contact = "sip:thief@203.0.113.9".into();
        store.record_facts(&[changed(at(1), &forged), registered(&stolen)]).await.unwrap();
        store.record_facts(&[call_ended(&ended(&forged))]).await.unwrap();
        assert_eq!(acme.list_calls(&ListCalls::default()).await.unwrap().rows, [ours]);
        assert_eq!(store.registrations(acme_tenant.id).await.unwrap(), [binding]);
        assert_eq!(store.registrations(globex_tenant.id).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn t_10_tenants_that_are_not_there_are_not_found() {
    each_database(|store| async move {
        let nobody = store.tenant(shared::TenantId(99));
        is_not_found(nobody.get_own_tenant().await);
        is_not_found(nobody.tenant_home(NOW).await);
        is_not_found(nobody.create_extension(NOW, &actor(), &new_extension("101", "Acme")).await);
        store.record_facts(&[fact(shared::TenantId(99), NOW, Fact::CallsAlive { calls: vec![] })]).await.unwrap();
    })
    .await;
}
