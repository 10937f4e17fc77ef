//! What a tenant says of itself, on both databases.

use shared::activity::ListActivity;
use shared::balance::GetBalance;
use shared::dialing::DialingCodes;
use shared::tenant::CreateTenant;
use shared::tenant::TenantOptions;
use shared::tenant_profile::UpdateTenantProfile;
use shared::wizard::DomainStep;
use store::testing::{NOW, actor, each_database};
use store::{Change, WizardSteps};

use crate::receptionist::{create as create_receptionist, menu};
use crate::world::{conflict, invalid, new_tenant, tenant_with};

fn update() -> UpdateTenantProfile {
    UpdateTenantProfile::default()
}

// covers: T-12, PRO-02
#[tokio::test]
async fn t_12_a_tenant_changes_its_own_profile_and_not_its_limits() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (other, ..) = tenant_with(&store, "Globex", &[]).await;
        let before = view.get_tenant_profile().await.unwrap();
        assert_eq!((before.country.as_str(), before.tenant.website.as_str()), ("", ""));
        assert_eq!((before.extensions, before.ring_groups, before.receptionists), (1, 0, 0));
        let mut changes = store.changes();
        let change = UpdateTenantProfile {
            name: Some(" Acme & Sons ".into()),
            website: Some(" https://acme.example ".into()),
            time_zone: Some("Asia/Kolkata".into()),
            country: Some("IN".into()),
            currency: Some("INR".into()),
            options: Some(TenantOptions { bill_outbound: true, ..before.tenant.options }),
        };
        let after = view.update_tenant_profile(NOW, &actor(), &change).await.unwrap();
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        assert_eq!(
            (after.tenant.name.as_str(), after.tenant.website.as_str()),
            ("Acme & Sons", "https://acme.example")
        );
        assert_eq!((after.tenant.currency.as_str(), after.tenant.options.bill_outbound), ("INR", true));
        assert!(
            view.get_balance(&GetBalance { extension_id: made[0].extension.id, cursor: None, limit: None })
                .await
                .unwrap()
                .needed
        );
        assert_eq!((after.tenant.time_zone.as_str(), after.country.as_str()), ("Asia/Kolkata", "IN"));
        assert_eq!((after.tenant.quota, &after.tenant.domain), (before.tenant.quota, &before.tenant.domain));
        assert_eq!(view.get_tenant_profile().await.unwrap(), after);
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.dialing, DialingCodes::default().moved_to("IN"), "what begins with +91 may be called");
        let lines = view.list_activity(&ListActivity::default()).await.unwrap().rows;
        let told: Vec<&str> = lines.iter().take(2).map(|line| line.operation.as_str()).collect();
        assert_eq!(told, ["UpdateTenantProfile", "UpdateDialingCodes"]);
        assert!(lines[0].changes.iter().any(|change| change.field == "website"), "{:?}", lines[0]);
        let same = UpdateTenantProfile { country: Some("IN".into()), ..update() };
        view.update_tenant_profile(NOW, &actor(), &same).await.unwrap();
        let lines = view.list_activity(&ListActivity::default()).await.unwrap().rows;
        assert_eq!(lines.iter().filter(|line| line.operation == "UpdateDialingCodes").count(), 1);
        let wrong = UpdateTenantProfile { website: Some("acme".into()), country: Some("XX".into()), ..update() };
        assert_eq!(invalid(view.update_tenant_profile(NOW, &actor(), &wrong).await), ["website", "country"]);
        let taken = UpdateTenantProfile { name: Some("globex".into()), country: Some("DE".into()), ..update() };
        assert_eq!(conflict(view.update_tenant_profile(NOW, &actor(), &taken).await), "name");
        assert_eq!(view.get_tenant_profile().await.unwrap(), after, "nothing of it was kept");
        assert_eq!(other.get_tenant_profile().await.unwrap().country, "");

        create_receptionist(&view, menu("800", &[])).await.unwrap();
        let profiles = [view.get_tenant_profile().await.unwrap(), other.get_tenant_profile().await.unwrap()];
        assert_eq!(profiles.map(|profile| profile.receptionists), [1, 0]);
    })
    .await;
}

// covers: T-01, T-12, WIZ-03
#[tokio::test]
async fn t_12_a_country_that_is_named_at_the_beginning_may_be_called() {
    each_database(|store| async move {
        let german = CreateTenant { country: Some("DE".into()), ..new_tenant("Acme") };
        let acme = store.create_tenant(NOW, &actor(), &german).await.unwrap().tenant;
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().dialing.allowed_countries, ["DE"]);
        let wrong = CreateTenant { country: Some("de".into()), ..new_tenant("Globex") };
        assert_eq!(invalid(store.create_tenant(NOW, &actor(), &wrong).await), ["country"]);
        let step = |tenant_id, name: &str, country: &str| DomainStep {
            tenant_id,
            name: name.into(),
            domain: format!("{}.example", name.to_lowercase()),
            country: country.into(),
            ..DomainStep::default()
        };
        for (domain, country) in [
            (step(None, "Globex", "US"), "US"),
            (step(Some(acme.id), "Acme", "FR"), "FR"),
            (step(Some(acme.id), "Acme", ""), "FR"),
        ] {
            let steps = WizardSteps { domain: Some(domain.clone()), ..WizardSteps::default() };
            store.apply_wizard(NOW, &actor(), &steps).await.unwrap();
            let plans = store.load_plans().await.unwrap();
            let plan = plans.iter().find(|plan| plan.tenant.name == domain.name).unwrap();
            assert_eq!(plan.dialing.country, country);
        }
        let steps = WizardSteps { domain: Some(step(None, "Initech", "XS")), ..WizardSteps::default() };
        assert_eq!(invalid(store.apply_wizard(NOW, &actor(), &steps).await), ["domain.country"]);
    })
    .await;
}
