//! Feature codes and the numbers beside them (DIAL-01).

use shared::activity::ListActivity;
use shared::dialing::UpdateDialingCodes;
use shared::extension::{ImportExtensions, UpdateExtension};
use shared::feature_code::{FeatureCodes, UpdateFeatureCodes};
use shared::ring_group::{CreateRingGroup, RingGroupSettings, UpdateRingGroup};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error, Result, TenantStore};

use crate::world::*;

async fn set(view: &TenantStore, change: impl FnOnce(&mut FeatureCodes)) -> Result<FeatureCodes> {
    let mut codes = view.feature_codes().await.unwrap();
    change(&mut codes);
    view.update_feature_codes(NOW, &actor(), UpdateFeatureCodes { codes }).await
}

/// The fields and reasons of a refusal.
fn refused<T: std::fmt::Debug>(result: Result<T>) -> Vec<(String, String)> {
    match result {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|problem| (problem.field, problem.reason)).collect(),
        Err(Error::Conflict { field, reason }) => vec![(field.to_owned(), reason)],
        other => panic!("{other:?}"),
    }
}

fn pair(field: &str, reason: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), reason.to_owned())]
}

fn group(number: &str, member: shared::ExtensionId) -> CreateRingGroup {
    let (number, name) = (number.to_owned(), "Sales".to_owned());
    CreateRingGroup {
        settings: RingGroupSettings { number, name, members: vec![member], ..RingGroupSettings::default() },
    }
}

// covers: DIAL-01, PAG-01, ADV-00, LOG-02
#[tokio::test]
async fn dial_01_a_tenant_has_codes_from_the_start_and_keeps_what_it_sets() {
    each_database(|store| async move {
        let (acme, globex) = (create_tenant(&store, "Acme").await.tenant, create_tenant(&store, "Globex").await.tenant);
        let view = store.tenant(acme.id);
        assert_eq!(view.feature_codes().await.unwrap(), FeatureCodes::default());
        let mut notices = store.changes();
        let codes = set(&view, |codes| codes.intercom = " *80 ".into()).await.unwrap();
        assert_eq!(codes.intercom, "*80");
        assert_eq!(notices.recv().await.unwrap(), Change::TenantChanged(acme.id), "the plan is loaded anew");
        let again = set(&view, |codes| codes.park_seconds = 60).await.unwrap();
        assert_eq!((again.intercom.as_str(), again.park_seconds), ("*80", 60));
        assert_eq!(view.feature_codes().await.unwrap(), again);
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().codes, again);
        let plans = store.load_plans().await.unwrap();
        let of = |id| plans.iter().find(|plan| plan.tenant.id == id).unwrap().codes.clone();
        assert_eq!((of(acme.id), of(globex.id)), (again, FeatureCodes::default()), "another tenant's are its own");
        let log = view.list_activity(&ListActivity::default()).await.unwrap();
        let told = |row: usize| {
            let change = log.rows[row].changes.first().unwrap();
            (log.rows[row].operation.as_str(), change.field.as_str(), change.before.as_deref(), change.after.as_deref())
        };
        assert_eq!(told(0), ("UpdateFeatureCodes", "park_seconds", Some("120"), Some("60")));
        assert_eq!(told(1), ("UpdateFeatureCodes", "intercom", Some("*11"), Some("*80")));
    })
    .await;
}

// covers: DIAL-01
#[tokio::test]
async fn dial_01_a_code_that_a_number_stands_in_the_way_of_is_refused_by_its_name() {
    each_database(|store| async move {
        let (view, _, people) = tenant_with(&store, "Acme", &["101", "331"]).await;
        view.create_ring_group(NOW, &actor(), &group("600", people[0].extension.id)).await.unwrap();
        tenant_with(&store, "Globex", &["441"]).await;
        let taken = |reason: &str| pair("intercom", reason);
        assert_eq!(
            refused(set(&view, |codes| codes.intercom = "33".into()).await),
            taken("33 collides with extension 331 of Person 331.")
        );
        assert_eq!(
            refused(set(&view, |codes| codes.intercom = "60".into()).await),
            taken("60 collides with the ring group 600.")
        );
        assert_eq!(
            refused(set(&view, |codes| codes.intercom = "11".into()).await),
            taken("11 collides with the emergency number 112.")
        );
        assert_eq!(
            refused(set(&view, |codes| codes.intercom = "*6".into()).await),
            [
                ("intercom".into(), "*6 collides with *68, the code “Park a call”.".into()),
                ("park".into(), "*68 collides with *6, the code “Intercom”.".into()),
            ]
        );
        assert_eq!(
            refused(set(&view, |codes| (codes.slot_first, codes.slot_last) = (100, 105)).await),
            pair("slot_first", "The slots collide with extension 101 of Person 101.")
        );
        assert_eq!(
            refused(set(&view, |codes| codes.voicemail = "600".into()).await),
            pair("voicemail", "600 collides with the ring group 600.")
        );
        // What is not followed by a number is in nobody's way but its own.
        set(&view, |codes| codes.voicemail = "60".into()).await.unwrap();
        set(&view, |codes| codes.intercom = "44".into()).await.unwrap();
        assert_eq!(view.feature_codes().await.unwrap().intercom, "44");
    })
    .await;
}

// covers: DIAL-01
#[tokio::test]
async fn dial_01_nobody_gets_a_number_that_a_code_holds() {
    each_database(|store| async move {
        let (view, _, people) = tenant_with(&store, "Acme", &["101", "445"]).await;
        let slot = pair("number", "710 is a parking slot.");
        let make = async |number: &str| view.create_extension(NOW, &actor(), &new_extension(number, "Acme")).await;
        assert_eq!(refused(make("710").await), slot);
        assert_eq!(refused(make("999").await), pair("number", "999 is the feature code “Voicemail”."));
        make("9990").await.unwrap();
        let one = people[0].extension.id;
        let sales = group("710", one);
        assert_eq!(refused(view.create_ring_group(NOW, &actor(), &sales).await), slot);
        let renumber = UpdateExtension { extension_id: one, number: Some("710".into()), ..UpdateExtension::new(one) };
        assert_eq!(refused(view.update_extension(NOW, &actor(), &renumber).await), slot);
        let csv = "number,name\n710,One\n711,Two\n721,Three\n".to_owned();
        let import = view.import_extensions(NOW, &actor(), &ImportExtensions { csv, dry_run: true }).await;
        let fields: Vec<String> = refused(import).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["line 2: number", "line 3: number"]);
        set(&view, |codes| codes.intercom = "33".into()).await.unwrap();
        let begins = pair("number", "Numbers that begin with 33 belong to the feature code “Intercom”.");
        assert_eq!(refused(make("331").await), begins);
        // Freed again, it may be given; and who has a number from before may change everything else.
        set(&view, |codes| (codes.slot_first, codes.slot_last) = (7_001, 7_020)).await.unwrap();
        let made = view.create_ring_group(NOW, &actor(), &sales).await.unwrap();
        let update = UpdateRingGroup {
            ring_group_id: made.id,
            settings: RingGroupSettings { ring_seconds: 30, ..made.settings },
        };
        view.update_ring_group(NOW, &actor(), &update).await.unwrap();
    })
    .await;
}

// covers: DIAL-01, EXT-10
#[tokio::test]
async fn dial_01_what_stays_as_it_was_is_not_looked_at_again() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &["101"]).await;
        // 999 is what voicemail begins with, and an emergency number in Britain.
        let british = UpdateDialingCodes { country: Some("GB".into()), ..UpdateDialingCodes::default() };
        view.update_dialing_codes(NOW, &actor(), &british).await.unwrap();
        set(&view, |codes| codes.intercom = "*80".into()).await.unwrap();
        assert_eq!(
            refused(set(&view, |codes| codes.voicemail = "112".into()).await),
            pair("voicemail", "112 collides with the emergency number 112.")
        );
        let codes = view.feature_codes().await.unwrap();
        assert_eq!((codes.intercom.as_str(), codes.voicemail.as_str()), ("*80", "999"));
    })
    .await;
}
