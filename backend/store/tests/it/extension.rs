//! Extensions: EXT-01, EXT-20, ACC-04.

use shared::Role;
use shared::extension::{
    CreateExtension, DeleteExtension, GetExtension, InviteExtension, ListExtensions, ListPeople, ResetSipSecret,
    UpdateExtension,
};
use store::testing::{NOW, actor, each_database};
use store::{Change, Rotation};

use crate::world::*;

#[tokio::test]
async fn ext_01_an_extension_comes_with_a_secret_shown_once_an_account_and_an_invitation() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let made = &made[0];
        assert_eq!((made.sip.user.as_str(), made.sip.domain.as_str()), ("101", "acme.example"));
        assert!(made.sip.secret.len() >= 20);
        let row = view.get_extension(&GetExtension { extension_id: made.extension.id }).await.unwrap();
        assert_eq!(row.extension, made.extension);
        assert_eq!((row.devices, row.can_sign_in), (0, true));
        let account = store.consume_link(NOW, made.invitation.as_deref().unwrap()).await.unwrap();
        assert_eq!((account.role, account.extension_id), (Role::User, Some(made.extension.id)));
        assert_eq!((account.tenant_id, account.name.as_str()), (Some(tenant.id), "Person 101"));
        let plain = CreateExtension { number: "reception".into(), name: "Desk".into(), email: None };
        let plain = view.create_extension(NOW, &actor(), &plain).await.unwrap();
        assert_eq!(plain.invitation, None);
        let row = view.get_extension(&GetExtension { extension_id: plain.extension.id }).await.unwrap();
        assert!(!row.can_sign_in);
        assert_ne!(plain.sip.secret, made.sip.secret);
    })
    .await;
}

#[tokio::test]
async fn acc_04_a_number_is_unique_in_the_tenant_and_an_address_in_the_installation() {
    each_database(|store| async move {
        let (acme, ..) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let again = CreateExtension { email: None, ..new_extension("101", "Acme") };
        assert_eq!(conflict(acme.create_extension(NOW, &actor(), &again).await), "number");
        for email in ["101@acme.example", "101@ACME.example", "ADMIN@globex.example"] {
            let other = CreateExtension { email: Some(email.into()), ..new_extension("102", "Acme") };
            assert_eq!(conflict(globex.create_extension(NOW, &actor(), &other).await), "email");
        }
        assert_eq!(globex.list_extensions(&ListExtensions::default()).await.unwrap().total, 1, "nothing half made");
        let second = globex.create_extension(NOW, &actor(), &new_extension("102", "Globex")).await.unwrap().extension;
        let number = UpdateExtension { number: Some("101".into()), ..UpdateExtension::new(second.id) };
        assert_eq!(conflict(globex.update_extension(NOW, &actor(), &number).await), "number");
        let email = UpdateExtension { email: Some("101@acme.example".into()), ..UpdateExtension::new(second.id) };
        assert_eq!(conflict(globex.update_extension(NOW, &actor(), &email).await), "email");
    })
    .await;
}

#[tokio::test]
async fn an_extension_changes_and_its_account_with_it() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let id = made[0].extension.id;
        let change = UpdateExtension {
            number: Some("201".into()),
            name: Some("Zoë".into()),
            email: Some("zoe@acme.example".into()),
            ring_seconds: Some(25),
            ..UpdateExtension::new(id)
        };
        let mut changes = store.changes();
        let changed = view.update_extension(at(1), &actor(), &change).await.unwrap();
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(tenant.id));
        assert_eq!(view.get_extension(&GetExtension { extension_id: id }).await.unwrap().extension, changed);
        assert_eq!((changed.number.as_str(), changed.ring_seconds), ("201", 25));
        assert!(store.find_account_by_email("101@acme.example").await.unwrap().is_none());
        let account = store.find_account_by_email("Zoe@acme.example").await.unwrap().unwrap().account;
        assert_eq!((account.name.as_str(), account.extension_id), ("Zoë", Some(id)));
        is_not_found(store.consume_link(at(2), made[0].invitation.as_deref().unwrap()).await);
        let found = ListExtensions { search: Some("ZOË".into()), ..ListExtensions::default() };
        assert_eq!(view.list_extensions(&found).await.unwrap().total, 1);

        let (session, _) = store.create_session(at(3), account.id, "tests").await.unwrap();
        let remove = UpdateExtension { email: Some(String::new()), ..UpdateExtension::new(id) };
        assert_eq!(view.update_extension(at(4), &actor(), &remove).await.unwrap().email, None);
        assert!(store.find_account(account.id).await.unwrap().is_none());
        assert!(!store.session_alive(at(5), session).await.unwrap());
        assert_eq!(
            conflict(view.invite_extension(at(6), &actor(), &InviteExtension { extension_id: id }).await),
            "extension_id"
        );
        let give = UpdateExtension { email: Some("new@acme.example".into()), ..UpdateExtension::new(id) };
        view.update_extension(at(7), &actor(), &give).await.unwrap();
        let invitation = view.invite_extension(at(8), &actor(), &InviteExtension { extension_id: id }).await.unwrap();
        assert!(invitation.expires_at > at(8));
        assert_eq!(store.consume_link(at(9), &invitation.link).await.unwrap().email, "new@acme.example");
        let epochs = store.load_plan(tenant.id).await.unwrap().unwrap().extensions[0].credential_epoch;
        assert_eq!(epochs, 3, "each change of the person ends the browser's credentials");
    })
    .await;
}

#[tokio::test]
async fn an_extension_that_is_switched_off_has_no_sessions() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let account = store.consume_link(NOW, made[0].invitation.as_deref().unwrap()).await.unwrap();
        let (session, token) = store.create_session(NOW, account.id, "tests").await.unwrap();
        let off = UpdateExtension { enabled: Some(false), ..UpdateExtension::new(made[0].extension.id) };
        view.update_extension(at(1), &actor(), &off).await.unwrap();
        assert!(!store.session_alive(at(2), session).await.unwrap());
        assert_eq!(store.rotate_session(at(2), &token).await.unwrap(), Rotation::Unknown);
        assert_eq!(view.list_people(&ListPeople::default()).await.unwrap().total, 0);
    })
    .await;
}

#[tokio::test]
async fn ext_20_a_deleted_extension_takes_account_and_devices_along_and_leaves_its_calls() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let gone = made[0].extension.id;
        let mut record = ended(&answered(&call(tenant.id, 50, NOW)));
        record.caller_extension_id = Some(gone);
        let bindings = [60, 61].map(|id| registered(&registration(tenant.id, gone, id)));
        store.record_facts(&bindings).await.unwrap();
        store.record_facts(&[call_ended(&record)]).await.unwrap();
        let row = view.get_extension(&GetExtension { extension_id: gone }).await.unwrap();
        assert_eq!(row.devices, 2);
        view.delete_extension(at(1), &actor(), &DeleteExtension { extension_id: gone }).await.unwrap();
        is_not_found(view.get_extension(&GetExtension { extension_id: gone }).await);
        is_not_found(view.delete_extension(at(1), &actor(), &DeleteExtension { extension_id: gone }).await);
        assert!(store.find_account_by_email("101@acme.example").await.unwrap().is_none());
        assert_eq!(store.registrations(tenant.id).await.unwrap(), []);
        assert_eq!(view.list_calls(&Default::default()).await.unwrap().rows, [record]);
        // A binding that was on its way holds nothing up and is not taken.
        store.record_facts(&[bindings[0].clone(), started(&call(tenant.id, 51, at(2)))]).await.unwrap();
        assert_eq!(store.registrations(tenant.id).await.unwrap(), []);
        assert_eq!(view.list_calls(&Default::default()).await.unwrap().total, 2);
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_replaces_the_old_one_and_raises_the_epoch() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let before = store.load_plan(tenant.id).await.unwrap().unwrap().extensions.remove(0);
        let reset = ResetSipSecret { extension_id: made[0].extension.id };
        let fresh = view.reset_sip_secret(at(1), &actor(), &reset).await.unwrap();
        assert_eq!((fresh.user.as_str(), fresh.domain.as_str()), ("101", "acme.example"));
        assert_ne!(fresh.secret, made[0].sip.secret);
        let after = store.load_plan(tenant.id).await.unwrap().unwrap().extensions.remove(0);
        assert_ne!(before.ha1, after.ha1);
        assert_eq!(after.credential_epoch, before.credential_epoch + 1);
    })
    .await;
}

#[tokio::test]
async fn people_are_the_own_tenants_enabled_extensions_and_say_who_is_there() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["102", "101"]).await;
        tenant_with(&store, "Globex", &["103"]).await;
        store.record_facts(&[registered(&registration(tenant.id, made[0].extension.id, 60))]).await.unwrap();
        let people = view.list_people(&ListPeople::default()).await.unwrap();
        let people: Vec<_> = people.rows.iter().map(|person| (person.number.as_str(), person.online)).collect();
        assert_eq!(people, [("101", false), ("102", true)]);
        let search = |text: &str| ListPeople { search: Some(text.into()), ..ListPeople::default() };
        assert_eq!(view.list_people(&search("PERSON 101")).await.unwrap().total, 1);
        assert_eq!(view.list_people(&search("02")).await.unwrap().total, 1);
        assert_eq!(view.list_people(&search("acme.example")).await.unwrap().total, 0, "addresses are not searched");
    })
    .await;
}
