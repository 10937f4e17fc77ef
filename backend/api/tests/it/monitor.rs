//! Monitoring a call from a page (CTI-08).

use shared::ExtensionId;
use shared::activity::ListAllActivity;
use shared::call_record::{CallRecord, CallStatus, HangUpOwnCall};
use shared::extension_group::{CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroupSettings};
use shared::live::ListOwnLiveCalls;
use shared::monitor::{GetOwnSupervision, MonitorCall, MonitorLevel, Supervision};
use store::testing::each_database;

use crate::world::{World, call};

// covers: CALL-01, CALL-02, GRP-04
#[tokio::test]
async fn call_01_a_manager_has_the_running_calls_of_the_members_and_everybody_has_its_own() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let (alice, bob) = (&world.acme.alice_extension, &world.acme.bob_extension);
        let running = |id, tenant, one, other| CallRecord {
            status: CallStatus::Talking,
            ended_at: None,
            ..call(id, tenant, one, other)
        };
        let acme = &world.acme.tenant;
        let own = running(901, acme, Some(alice), None);
        let of_bob = running(902, acme, None, Some(bob));
        let of_nobody = running(903, acme, None, None);
        let globex = running(904, &world.globex.tenant, Some(&world.globex.alice_extension), None);
        // The same extension's number, and even its id, in another tenant is somebody else.
        let lookalike =
            CallRecord { caller_extension_id: Some(bob.id), ..running(905, &world.globex.tenant, None, None) };
        let all = [&own, &of_bob, &of_nobody, &globex, &lookalike];
        world.app.calls.lock().unwrap().extend(all.map(|call| (call.id.0, call.clone())));
        let (alice, bob) = (alice.id, bob.id);

        assert_eq!(world.acme.alice.call(ListOwnLiveCalls {}).await.unwrap(), std::slice::from_ref(&own));
        assert_eq!(world.globex.alice.call(ListOwnLiveCalls {}).await.unwrap(), [globex]);
        assert_eq!(world.admin.call(ListOwnLiveCalls {}).await.unwrap_err().status, 403, "no extension, no calls");
        for call_id in [of_bob.id, of_nobody.id, lookalike.id] {
            let refused = world.acme.alice.call(HangUpOwnCall { call_id }).await.unwrap_err();
            assert_eq!(refused.status, 404, "{call_id}");
        }
        let settings = ExtensionGroupSettings {
            name: "Desks".into(),
            members: vec![bob],
            managers: vec![alice],
            ..ExtensionGroupSettings::default()
        };
        let made = world.acme.boss.call(CreateExtensionGroup { settings }).await.unwrap();
        assert_eq!(world.acme.alice.call(ListOwnLiveCalls {}).await.unwrap(), [own.clone(), of_bob.clone()]);
        let known = world.acme.alice.call(GetOwnSupervision {}).await.unwrap();
        assert_eq!(known, Supervision { managed: [bob].into(), ..Supervision::default() });
        assert_eq!(world.globex.alice.call(GetOwnSupervision {}).await.unwrap(), Supervision::default());

        world.acme.boss.call(DeleteExtensionGroup { extension_group_id: made.id }).await.unwrap();
        let refused = world.acme.alice.call(HangUpOwnCall { call_id: of_bob.id }).await.unwrap_err();
        assert_eq!(refused.status, 404, "who is no manager any more");
        let settings = ExtensionGroupSettings {
            name: "Desks".into(),
            members: vec![bob],
            managers: vec![alice],
            ..ExtensionGroupSettings::default()
        };
        world.acme.boss.call(CreateExtensionGroup { settings }).await.unwrap();
        for call_id in [own.id, of_bob.id] {
            world.acme.alice.call(HangUpOwnCall { call_id }).await.unwrap();
            assert_eq!(world.acme.alice.call(HangUpOwnCall { call_id }).await.unwrap_err().status, 404);
        }
        assert_eq!(world.app.calls.lock().unwrap().keys().copied().collect::<Vec<_>>(), [903, 904, 905]);
        let lines = world.admin.call(ListAllActivity { limit: Some(50), ..Default::default() }).await.unwrap().rows;
        let ended = lines.iter().filter(|line| line.operation == "HangUpOwnCall" && line.failure.is_none());
        let ended: Vec<_> = ended.map(|line| (line.actor.as_str(), line.subject.clone())).collect();
        let line = |call: &CallRecord| ("alice@acme.example", format!("call {}", call.id));
        assert_eq!(ended, [line(&of_bob), line(&own)]);
    })
    .await;
}

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
