//! What is known of people, on both engines (EXT-18).

use shared::ExtensionId;
use shared::personal::Personal;
use shared::tenant_profile::UpdateTenantProfile;
use store::testing::{NOW, actor, each_database};

use crate::world::{invalid, is_not_found, tenant_with};

// covers: EXT-18
#[tokio::test]
async fn ext_18_a_persons_data_are_its_own_and_the_company_is_inherited() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (other, _, theirs) = tenant_with(&store, "Globex", &["101"]).await;
        let id = made[0].extension.id;
        let fresh = view.personal_profile(id).await.unwrap();
        assert_eq!((fresh.personal, fresh.company.as_str(), fresh.website.as_str()), (Personal::default(), "Acme", ""));
        let personal =
            Personal { position: " Head of sales ".into(), mobile: "+4915112345678".into(), ..Personal::default() };
        let saved = view.update_personal(NOW, &actor(), "UpdateOwnProfile", id, &personal).await.unwrap();
        assert_eq!(saved.personal, personal.trimmed());
        let company = UpdateTenantProfile {
            name: Some("Acme Ltd".into()),
            website: Some("https://acme.example".into()),
            ..UpdateTenantProfile::default()
        };
        view.update_tenant_profile(NOW, &actor(), &company).await.unwrap();
        let read = view.personal_profile(id).await.unwrap();
        assert_eq!((read.personal, read.company.as_str()), (personal.trimmed(), "Acme Ltd"));
        assert_eq!(read.website, "https://acme.example");
        assert_eq!(view.personal_profile(made[1].extension.id).await.unwrap().personal, Personal::default());

        let wrong = Personal { mobile: "mine".into(), ..Personal::default() };
        assert_eq!(invalid(view.update_personal(NOW, &actor(), "x", id, &wrong).await), ["mobile"]);
        is_not_found(other.personal_profile(id).await);
        is_not_found(other.update_personal(NOW, &actor(), "x", id, &personal).await);
        is_not_found(view.personal_profile(theirs[0].extension.id).await);
        is_not_found(view.personal_profile(ExtensionId(5)).await);
    })
    .await;
}
