//! How a tenant dials, and what it may dial: E164-01…E164-03, EXT-10.

use shared::activity::ListActivity;
use shared::dialing::{DialingCodes, UpdateDialingCodes};
use store::Change;
use store::testing::{NOW, actor, each_database};

use crate::world::*;

fn update(country: &str) -> UpdateDialingCodes {
    UpdateDialingCodes { country: Some(country.into()), ..UpdateDialingCodes::default() }
}

// covers: E164-01, E164-02, E164-03, EXT-10
#[tokio::test]
async fn codes_are_kept_reach_the_plan_and_leave_a_line_with_before_and_after() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let (other, globex, _) = tenant_with(&store, "Globex", &[]).await;
        assert_eq!(view.get_dialing_codes().await.unwrap(), DialingCodes::default());
        let mut changes = store.changes();
        let german = view.update_dialing_codes(NOW, &actor(), &update("DE")).await.unwrap();
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(tenant.id));
        assert_eq!((german.allowed_countries.as_slice(), german.country.as_str()), (&["DE".to_owned()][..], "DE"));
        assert_eq!(german.emergency_numbers, ["110", "112"]);
        let more = UpdateDialingCodes {
            remove_if_same_country: Some(true),
            international_code: Some("00".into()),
            area_code: Some("30".into()),
            remove_if_same_area: Some(true),
            national_code: Some("0".into()),
            add_prefix: Some("9".into()),
            allowed_countries: Some(vec!["FR".into(), "DE".into()]),
            forbidden_prefixes: Some(vec!["0900".into(), "+882".into()]),
            emergency_numbers: Some(vec!["112".into(), "19222".into()]),
            ..UpdateDialingCodes::default()
        };
        let set = view.update_dialing_codes(at(1), &actor(), &more).await.unwrap();
        assert_eq!(set, more.applied_to(&german));
        assert_eq!(view.get_dialing_codes().await.unwrap(), set);
        assert_eq!(store.load_plan(tenant.id).await.unwrap().unwrap().dialing, set);
        let plans = store.load_plans().await.unwrap();
        let of = |id| plans.iter().find(|plan| plan.tenant.id == id).unwrap().dialing.clone();
        assert_eq!((of(tenant.id), of(globex.id)), (set, DialingCodes::default()));
        assert_eq!(other.get_dialing_codes().await.unwrap(), DialingCodes::default());
        let lines = view.list_activity(&ListActivity::default()).await.unwrap().rows;
        assert_eq!((lines[0].operation.as_str(), lines[0].subject.as_str()), ("UpdateDialingCodes", "dialing codes"));
        let code = lines[0].changes.iter().find(|change| change.field == "international_code").unwrap();
        assert_eq!((code.before.as_deref(), code.after.as_deref()), (Some(""), Some("00")));
        assert_eq!(lines[0].changes.len(), 9);
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_are_named_and_nothing_is_changed() {
    each_database(|store| async move {
        let (view, _, _) = tenant_with(&store, "Acme", &[]).await;
        let wrong = UpdateDialingCodes {
            add_prefix: Some("x".into()),
            forbidden_prefixes: Some(vec!["a".into()]),
            ..update("Germany")
        };
        let refused = view.update_dialing_codes(NOW, &actor(), &wrong).await;
        assert_eq!(invalid(refused), ["country", "add_prefix", "allowed_countries", "forbidden_prefixes"]);
        assert_eq!(view.get_dialing_codes().await.unwrap(), DialingCodes::default());
    })
    .await;
}
