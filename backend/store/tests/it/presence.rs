//! How people want to be seen.

use shared::ExtensionId;
use shared::presence::{OwnPresence, PresenceStatus, UpdateOwnPresence};
use store::Error;
use store::testing::each_database;

use crate::world::tenant_with;

// covers: EXT-21
#[tokio::test]
async fn ext_21_what_a_person_has_set_is_kept_and_part_of_the_plan_and_of_nobody_elses() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (other, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let id = made[0].extension.id;
        assert_eq!(view.own_presence(id).await.unwrap(), OwnPresence::default());
        let set = UpdateOwnPresence { status: PresenceStatus::Away, note: " Back at two ".into() };
        let away = view.update_own_presence(id, &set).await.unwrap();
        assert_eq!(away, OwnPresence { status: PresenceStatus::Away, note: "Back at two".into() });
        assert_eq!(view.own_presence(id).await.unwrap(), away);
        let plan = store.load_plan(tenant.id).await.unwrap().unwrap();
        let seen: Vec<_> = plan.extensions.iter().map(|one| (one.extension.id == id, &one.presence)).collect();
        assert!(seen.iter().all(|(own, presence)| (**presence == away) == *own), "{seen:?}");
        assert!(matches!(other.update_own_presence(id, &set).await, Err(Error::NotFound)));
        assert!(matches!(view.update_own_presence(ExtensionId(1), &set).await, Err(Error::NotFound)));
        let long = UpdateOwnPresence { note: "x".repeat(141), ..set };
        assert!(matches!(view.update_own_presence(id, &long).await, Err(Error::Invalid(_))));
    })
    .await;
}
