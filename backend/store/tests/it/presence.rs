//! How people want to be seen.

use shared::fact::{Fact, TenantFact};
use shared::presence::{OwnPresence, PresenceStatus, UpdateOwnPresence};
use shared::{ExtensionId, Moment, TenantId};
use store::testing::each_database;
use store::{Change, Error};

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

// covers: EXT-21
#[tokio::test]
async fn ext_21_what_a_person_has_set_by_telephone_is_kept_with_its_note_and_the_plan_is_told() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (other, stranger, theirs) = tenant_with(&store, "Globex", &["101"]).await;
        let (id, neighbour) = (made[0].extension.id, made[1].extension.id);
        let set = UpdateOwnPresence { status: PresenceStatus::Away, note: "Back at two".into() };
        view.update_own_presence(id, &set).await.unwrap();
        let dialled = |tenant: TenantId, extension_id: ExtensionId, status: PresenceStatus| TenantFact {
            tenant_id: Some(tenant),
            at: Moment::from_seconds(1_000),
            fact: Fact::StatusSet { extension_id, status },
        };
        let mut changes = store.changes();
        let batch = [
            dialled(tenant.id, id, PresenceStatus::Available),
            dialled(tenant.id, id, PresenceStatus::DoNotDisturb),
            // Nobody is in another tenant, nor is nobody.
            dialled(stranger.id, neighbour, PresenceStatus::Away),
            dialled(stranger.id, ExtensionId(1), PresenceStatus::Away),
        ];
        for _ in 0..2 {
            store.record_facts(&batch).await.unwrap();
            let kept = OwnPresence { status: PresenceStatus::DoNotDisturb, note: "Back at two".into() };
            assert_eq!(view.own_presence(id).await.unwrap(), kept);
        }
        assert_eq!(view.own_presence(neighbour).await.unwrap(), OwnPresence::default());
        assert_eq!(other.own_presence(theirs[0].extension.id).await.unwrap(), OwnPresence::default());
        assert!(matches!(changes.try_recv(), Ok(Change::TenantChanged(changed)) if changed == tenant.id));
    })
    .await;
}
