//! Rules of recording: REC-01.

use shared::extension_group::{CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroupSettings, default_group};
use shared::fact::Fact;
use shared::recording::{ListRecordings, Recording, RecordingPause, RecordingPlace};
use shared::recording_rule::{RecordingRules, UpdateRecordingRules};
use shared::{CallId, ExtensionGroupId, QueueId, RecordingId, RingGroupId, SoundId, TrunkId};
use store::Error;
use store::testing::{NOW, actor, each_database};

use crate::world::*;

// covers: REC-01
#[tokio::test]
async fn rec_01_rules_are_the_tenants_own_stand_in_its_plan_and_lose_what_is_gone() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (_, other, _) = tenant_with(&store, "Globex", &["101"]).await;
        assert_eq!(view.get_recording_rules().await.unwrap(), RecordingRules::default());
        let settings = ExtensionGroupSettings { name: "Sales".into(), ..ExtensionGroupSettings::default() };
        let made = view.create_extension_group(NOW, &actor(), &CreateExtensionGroup { settings }).await.unwrap();
        let rules = RecordingRules {
            no_external_recording: true,
            extension_groups: vec![default_group(acme.id), made.id],
            on_demand: vec![made.id],
            toggle_code: " #9 ".into(),
            ..RecordingRules::default()
        };
        let update = |rules: &RecordingRules| UpdateRecordingRules { rules: rules.clone() };
        let set = view.update_recording_rules(NOW, &actor(), update(&rules)).await.unwrap();
        assert_eq!(set, RecordingRules { toggle_code: "#9".into(), ..rules.clone() });
        let plan = async |id| store.load_plan(id).await.unwrap().unwrap().recording_rules;
        assert_eq!((plan(acme.id).await, plan(other.id).await), (set.clone(), RecordingRules::default()));
        let line = view.list_activity(&Default::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("UpdateRecordingRules", "recording rules"));

        type Wrong = fn(&mut RecordingRules, ExtensionGroupId);
        let cases: [(&str, Wrong); 5] = [
            ("extension_groups", |rules, foreign| rules.extension_groups = vec![foreign]),
            ("on_demand", |rules, foreign| rules.on_demand = vec![foreign]),
            ("ring_groups", |rules, _| rules.ring_groups = vec![RingGroupId(5)]),
            ("queues", |rules, _| rules.queues = vec![QueueId(5)]),
            ("trunks", |rules, _| rules.trunks = vec![TrunkId(5)]),
        ];
        for (field, change) in cases {
            let mut wrong = rules.clone();
            change(&mut wrong, default_group(other.id));
            let refused = view.update_recording_rules(NOW, &actor(), update(&wrong)).await.unwrap_err();
            let Error::Invalid(fields) = refused else { panic!("{refused:?}") };
            assert_eq!(fields[0].field, field);
        }
        let gone = DeleteExtensionGroup { extension_group_id: made.id };
        view.delete_extension_group(NOW, &actor(), &gone).await.unwrap();
        let left = view.get_recording_rules().await.unwrap();
        assert_eq!((left.extension_groups, left.on_demand), (vec![default_group(acme.id)], Vec::new()));
    })
    .await;
}

// covers: REC-01
#[tokio::test]
async fn rec_01_a_recording_shows_what_was_left_out_of_it() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let recording = Recording {
            id: RecordingId(1),
            tenant_id: acme.id,
            call_id: CallId(1),
            caller: "101".into(),
            caller_name: String::new(),
            callee: "102".into(),
            callee_name: String::new(),
            caller_extension_id: None,
            callee_extension_id: None,
            started_at: NOW,
            millis: None,
            bytes: None,
            tracks: 1,
            heard_at: None,
            sha256: None,
            sound_id: SoundId(1),
            place: RecordingPlace::Server,
            pauses: Vec::new(),
        };
        let pauses = vec![RecordingPause { at_millis: 2_000, millis: 7_000 }];
        let ended = Fact::RecordingEnded {
            recording_id: recording.id,
            extension_ids: Vec::new(),
            sound_id: recording.sound_id,
            millis: 4_000,
            pauses: pauses.clone(),
        };
        let facts = [Fact::RecordingBegun { recording }, ended].map(|told| fact(acme.id, NOW, told));
        store.record_facts(&facts).await.unwrap();
        assert_eq!(view.list_recordings(&ListRecordings::default()).await.unwrap().rows[0].pauses, pauses);
    })
    .await;
}
