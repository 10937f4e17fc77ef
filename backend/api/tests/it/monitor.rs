//! Monitoring a call from a page (CTI-08).

use shared::ExtensionId;
use shared::monitor::{MonitorCall, MonitorLevel};
use store::testing::each_database;

use crate::world::World;

// covers: CTI-03, CTI-08
#[tokio::test]
async fn cti_08_what_the_switch_refuses_is_said_in_its_words_and_strangers_are_not_there() {
    each_database(|store| async move {
        let World { acme, globex, mut admin, .. } = World::new(store).await;
        let mut alice = acme.alice.clone();
        let monitor = |extension_id| MonitorCall { extension_id, level: MonitorLevel::Whisper };
        let refused = alice.call(monitor(acme.bob_extension.id)).await.unwrap_err();
        assert_eq!(refused.status, 409);
        assert_eq!(refused.title, "102 is in no call that could be monitored.");
        assert_eq!(refused.fields[0].field, "extension_id");
        for id in [globex.alice_extension.id, ExtensionId(1)] {
            assert_eq!(alice.call(monitor(id)).await.unwrap_err().status, 404);
        }
        let nobody = admin.call(monitor(acme.bob_extension.id)).await.unwrap_err();
        assert_eq!(nobody.status, 403, "whoever has no telephone monitors nothing");
    })
    .await;
}
