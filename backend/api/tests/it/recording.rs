//! Recordings of calls, over HTTP (REC-02…REC-07).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use shared::activity::ListActivity;
use shared::object_storage::{GetObjectStorage, ObjectStorageForm, TestObjectStorage, UpdateObjectStorage};
use shared::prompt::CreatePrompt;
use shared::quota::Quota;
use shared::recording::{
    DeleteOwnRecording, DeleteRecording, GetOwnRecordingPeaks, GetOwnRecordingSound, GetRecordingPeaks,
    GetRecordingSound, ListOwnRecordings, ListRecordings, Recording,
};
use shared::recording_rule::{RecordAction, RecordOwnCall, RecordingState};
use shared::storage::{GetOwnStorage, GetTenantStorage};
use shared::tenant::{TenantOptions, UpdateTenant};
use store::testing::{NOW, each_database};

use crate::world::{TONE_MILLIS, World, tone};

/// As it stands once it has ended.
fn whole(of: &Recording) -> Recording {
    let sha256 = digest(&SHA256, tone()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = Some(tone().len() as u64);
    Recording { millis: Some(TONE_MILLIS), bytes, sha256: Some(sha256), ..of.clone() }
}

// covers: REC-02, REC-03, REC-04
#[tokio::test]
async fn rec_03_the_administrator_lists_hears_and_removes_what_was_recorded_and_the_log_says_so() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        let (one, bobs) = (whole(&acme.recording), whole(&acme.bobs_recording));
        let list = acme.boss.call(ListRecordings::default()).await.unwrap();
        assert_eq!(list.rows, [bobs.clone(), one.clone()]);
        let of_alice = ListRecordings { extension_id: Some(acme.alice_extension.id), ..ListRecordings::default() };
        assert_eq!(acme.boss.call(of_alice).await.unwrap().rows, std::slice::from_ref(&one));
        let of_call = ListRecordings { call_id: Some(acme.bobs_call.id), ..ListRecordings::default() };
        assert_eq!(acme.boss.call(of_call).await.unwrap().rows, std::slice::from_ref(&bobs));
        let search = ListRecordings { search: Some("alice".into()), ..ListRecordings::default() };
        assert_eq!(acme.boss.call(search).await.unwrap().rows, std::slice::from_ref(&one));
        let (from, until) = (Some(one.started_at), Some(bobs.started_at));
        let span = ListRecordings { from, until, ..ListRecordings::default() };
        assert_eq!(acme.boss.call(span).await.unwrap().rows, std::slice::from_ref(&one));
        let wrong = ListRecordings { from, until: from, ..ListRecordings::default() };
        let refused = acme.boss.call(wrong).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "until"));

        let recording_id = one.id;
        let peaks = acme.boss.call(GetRecordingPeaks { recording_id }).await.unwrap().peaks;
        assert!(peaks.len() == 200 && peaks.iter().any(|peak| *peak > 20), "it is no silence: {peaks:?}");
        let heard = async |boss: &mut crate::app::Browser| {
            boss.call(ListRecordings { call_id: Some(one.call_id), ..ListRecordings::default() }).await.unwrap().rows[0]
                .heard_at
        };
        assert_eq!(heard(&mut acme.boss).await, None, "a picture of it is not heard");
        let reply = acme.boss.ask(&GetRecordingSound { recording_id }).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "audio/ogg"));
        assert_eq!(reply.body, tone());
        assert_eq!(heard(&mut acme.boss).await, Some(NOW));
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), &line.actor), ("GetRecordingSound", &acme.boss_email));
        assert!(line.subject.starts_with("listened to a recording of the call from 101 to 102"), "{line:?}");

        acme.boss.call(DeleteRecording { recording_id }).await.unwrap();
        assert_eq!(acme.boss.ask(&GetRecordingSound { recording_id }).await.problem().status, 404);
        assert_eq!(acme.boss.call(ListRecordings::default()).await.unwrap().rows, [bobs]);
        assert!(app.store.files().unwrap().read(acme.tenant.id, one.sound_id).await.is_err(), "its file is gone");
    })
    .await;
}

// covers: ACC-10, REC-03
#[tokio::test]
async fn rec_03_a_user_sees_and_hears_the_recordings_of_the_own_calls_alone() {
    each_database(|store| async move {
        let World { mut acme, globex, .. } = World::new(store).await;
        let own = acme.alice.call(ListOwnRecordings::default()).await.unwrap();
        assert_eq!((own.page.rows, own.page.total, own.may_delete), (vec![whole(&acme.recording)], 1, true));
        let search = ListOwnRecordings { search: Some("999".into()), ..ListOwnRecordings::default() };
        assert_eq!(acme.alice.call(search).await.unwrap().page.total, 0);
        let recording_id = acme.recording.id;
        let reply = acme.alice.ask(&GetOwnRecordingSound { recording_id }).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "audio/ogg"));
        assert_eq!(reply.body, tone());
        assert_eq!(acme.alice.call(GetOwnRecordingPeaks { recording_id }).await.unwrap().peaks.len(), 200);
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.actor.as_str()), ("GetOwnRecordingSound", "alice@acme.example"));
        assert!(acme.boss.call(ListRecordings::default()).await.unwrap().rows[1].heard_at.is_some());

        for recording_id in [acme.bobs_recording.id, globex.recording.id] {
            assert_eq!(acme.alice.ask(&GetOwnRecordingSound { recording_id }).await.problem().status, 404);
            assert_eq!(acme.alice.ask(&GetOwnRecordingPeaks { recording_id }).await.problem().status, 404);
            assert_eq!(acme.alice.call(DeleteOwnRecording { recording_id }).await.unwrap_err().status, 404);
        }
        assert_eq!(acme.alice.call(ListRecordings::default()).await.unwrap_err().status, 403);
    })
    .await;
}

// covers: REC-06
#[tokio::test]
async fn rec_06_a_user_removes_recordings_only_where_the_company_allows_it() {
    each_database(|store| async move {
        let World { app, mut admin, mut acme, .. } = World::new(store).await;
        let recording_id = acme.recording.id;
        let mut keeps = async |keeps: bool| {
            let options = TenantOptions { delete_own_recordings: !keeps, ..TenantOptions::default() };
            let change = UpdateTenant { options: Some(options), ..UpdateTenant::new(acme.tenant.id) };
            admin.call(change).await.unwrap();
        };
        keeps(true).await;
        assert!(!acme.alice.call(ListOwnRecordings::default()).await.unwrap().may_delete);
        let refused = acme.alice.call(DeleteOwnRecording { recording_id }).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (403, "forbidden"));
        assert!(refused.title.contains("keeps its recordings"), "{}", refused.title);
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.failure.as_deref()), ("DeleteOwnRecording", Some(&*refused.title)));
        // What is none of hers is not found, as it always is.
        let foreign = DeleteOwnRecording { recording_id: acme.bobs_recording.id };
        assert_eq!(acme.alice.call(foreign).await.unwrap_err().status, 404);
        app.store.files().unwrap().read(acme.tenant.id, acme.recording.sound_id).await.unwrap();

        keeps(false).await;
        acme.alice.call(DeleteOwnRecording { recording_id }).await.unwrap();
        assert_eq!(acme.alice.call(ListOwnRecordings::default()).await.unwrap().page.total, 0);
        assert!(app.store.files().unwrap().read(acme.tenant.id, acme.recording.sound_id).await.is_err());
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.actor.as_str()), ("DeleteOwnRecording", "alice@acme.example"));
    })
    .await;
}

// covers: REC-01, ACC-10
#[tokio::test]
async fn rec_01_a_user_has_an_own_running_call_recorded_and_nobody_elses() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        app.calls.lock().unwrap().insert(acme.call.id.0, acme.call.clone());
        let ask = |sip_call_id: &str, action| RecordOwnCall { sip_call_id: sip_call_id.into(), action };
        let own = acme.call.sip_call_id.clone();
        let stands = acme.alice.call(ask(&own, RecordAction::Start)).await.unwrap();
        assert_eq!((stands.state, stands.is_allowed), (RecordingState::On, true));
        let refused = acme.alice.call(ask(&own, RecordAction::Stop)).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].reason.as_str()), (409, "A rule wants it."));
        let foreign = acme.alice.call(ask(&acme.bobs_call.sip_call_id, RecordAction::Start)).await.unwrap_err();
        assert_eq!(foreign.status, 404);
    })
    .await;
}

// covers: STO-01, T-05
#[tokio::test]
async fn sto_01_both_portals_see_what_a_company_takes_and_only_the_provider_sets_the_limit() {
    each_database(|store| async move {
        let World { mut admin, mut acme, .. } = World::new(store).await;
        let before = acme.boss.call(GetOwnStorage {}).await.unwrap();
        assert!(before.recordings > 0 && before.voicemails > 0 && before.prompts > 0, "{before:?}");
        assert_eq!(before.bytes_max, None);
        let quota = Some(Quota { disk_megabytes_max: Some(0), ..Quota::default() });
        let tenant_id = acme.tenant.id;
        admin.call(UpdateTenant { quota, ..UpdateTenant::new(tenant_id) }).await.unwrap();
        let told = admin.call(GetTenantStorage { tenant_id }).await.unwrap();
        assert_eq!((told.bytes_max, told.full_since, told.used()), (Some(0), Some(NOW), before.used()));
        assert_eq!(acme.boss.call(GetOwnStorage {}).await.unwrap(), told);
        let sound = STANDARD.encode(sound::wav::to_wav(tone()).unwrap());
        let refused = acme.boss.call(CreatePrompt { name: "More".into(), sound }).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "sound"));
    })
    .await;
}

// covers: REC-08
#[tokio::test]
async fn rec_08_the_provider_sets_the_object_storage_and_never_sees_its_secret_again() {
    each_database(|store| async move {
        let World { mut admin, .. } = World::new(store).await;
        let form = ObjectStorageForm {
            endpoint: "https://s3.example.com".into(),
            region: "eu-central-1".into(),
            bucket: "calls".into(),
            access_key: "key".into(),
            ..ObjectStorageForm::default()
        };
        let refused = admin.call(UpdateObjectStorage { form: form.clone() }).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "secret"));
        let with = ObjectStorageForm { secret: Some("tell-nobody".into()), ..form.clone() };
        admin.call(UpdateObjectStorage { form: with }).await.unwrap();
        let reply = admin.ask(&GetObjectStorage {}).await;
        assert!(reply.text().contains("s3.example.com") && !reply.text().contains("tell-nobody"));
        // Kept for this server; another is not sent it.
        admin.call(UpdateObjectStorage { form: form.clone() }).await.unwrap();
        let elsewhere = ObjectStorageForm { endpoint: "https://thief.example".into(), ..form.clone() };
        let refused = admin.call(UpdateObjectStorage { form: elsewhere.clone() }).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "secret");
        let refused = admin.call(TestObjectStorage { form: elsewhere }).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "secret");
        let tested = admin.call(TestObjectStorage { form }).await.unwrap();
        assert!(tested.failure.is_some(), "no bucket is handed to this store");
    })
    .await;
}
