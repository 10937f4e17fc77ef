//! Rules of recording: REC-01.

use shared::call_record::CallRecord;
use shared::extension_group::{CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroupSettings, default_group};
use shared::fact::{Fact, TenantFact};
use shared::reason::Reason;
use shared::recording::{ListRecordings, Recording, RecordingPause, RecordingPlace};
use shared::recording_rule::{RecordingRules, UpdateRecordingRules};
use shared::{CallId, ExtensionGroupId, QueueId, RecordingId, RingGroupId, SoundId, TenantId, TrunkId};
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
        let recording = running(acme.id, 1);
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

// covers: REC-01
#[tokio::test]
async fn rec_01_what_is_known_of_pauses_is_kept_when_they_happen_and_survives_a_kill() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (other, globex, _) = tenant_with(&store, "Globex", &["101"]).await;
        let [paused, resumed, callless] = [1, 2, 3].map(|id| running(acme.id, id));
        let pauses = |all: &[(u64, u64)]| -> Vec<RecordingPause> {
            all.iter().map(|(at_millis, millis)| RecordingPause { at_millis: *at_millis, millis: *millis }).collect()
        };
        let told =
            |of: &Recording, all: &[(u64, u64)]| Fact::RecordingPaused { recording_id: of.id, pauses: pauses(all) };
        let mut facts = Vec::new();
        for of in [&paused, &resumed, &callless] {
            facts.push(fact(acme.id, NOW, Fact::RecordingBegun { recording: of.clone() }));
        }
        for of in [&paused, &resumed] {
            let record = CallRecord::open(of.call_id, acme.id, NOW);
            facts.push(fact(acme.id, NOW, Fact::CallStarted { record, trace: Vec::new() }));
        }
        facts.push(fact(acme.id, at(2), told(&paused, &[(2_000, 0)])));
        facts.push(fact(acme.id, at(2), told(&resumed, &[(2_000, 0)])));
        facts.push(fact(acme.id, at(3), told(&callless, &[(3_000, 0)])));
        // Another tenant's word about it changes nothing.
        facts.push(fact(globex.id, at(3), told(&paused, &[(1, 1)])));
        store.record_facts(&facts).await.unwrap();
        let known = async || -> Vec<Vec<RecordingPause>> {
            store.open_recordings(acme.id).await.unwrap().into_iter().map(|one| one.pauses).collect()
        };
        assert_eq!(known().await, [[(2_000, 0)], [(2_000, 0)], [(3_000, 0)]].map(|all| pauses(&all)), "calls run");
        let alive = vec![paused.call_id, resumed.call_id];
        let later = [
            fact(acme.id, at(5), told(&paused, &[(2_000, 3_000)])),
            fact(acme.id, at(6), told(&paused, &[(2_000, 3_000), (3_000, 0)])),
            fact(acme.id, at(7), told(&resumed, &[(2_000, 5_000)])),
            TenantFact { tenant_id: None, at: at(10), fact: Fact::CallsAlive { calls: alive } },
        ];
        store.record_facts(&later).await.unwrap();
        store.record_facts(&later).await.unwrap();

        // The process is killed, and the next one begins.
        assert_eq!(store.close_open_calls(at(60), Reason::ServerRestarted).await.unwrap(), 2);
        let kept = known().await;
        assert_eq!(kept[0], pauses(&[(2_000, 3_000), (3_000, 4_000)]), "until the last sign of life");
        assert_eq!(kept[1], pauses(&[(2_000, 5_000)]));
        assert_eq!(kept[2], pauses(&[(3_000, 0)]), "nothing tells how long");
        for (of, pauses) in [&paused, &resumed, &callless].into_iter().zip(kept.clone()) {
            let (recording_id, sound_id) = (of.id, of.sound_id);
            let ended =
                Fact::RecordingEnded { recording_id, extension_ids: Vec::new(), sound_id, millis: 3_000, pauses };
            store.record_facts(&[fact(acme.id, at(60), ended)]).await.unwrap();
        }
        // What comes late does not change what has ended.
        store.record_facts(&[fact(acme.id, at(61), told(&paused, &[(9, 9)]))]).await.unwrap();
        let mut rows = view.list_recordings(&ListRecordings::default()).await.unwrap().rows;
        rows.sort_by_key(|row| row.id);
        assert_eq!(rows.into_iter().map(|row| row.pauses).collect::<Vec<_>>(), kept);
        assert!(other.list_recordings(&ListRecordings::default()).await.unwrap().rows.is_empty());
    })
    .await;
}

/// A recording that goes on.
fn running(tenant_id: TenantId, id: i64) -> Recording {
    Recording {
        id: RecordingId(id),
        tenant_id,
        call_id: CallId(id),
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
        sound_id: SoundId(id),
        place: RecordingPlace::Server,
        pauses: Vec::new(),
    }
}
