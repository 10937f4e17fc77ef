//! Room for sounds: T-05, STO-01.

use shared::event::ListEvents;
use shared::extension::DeleteExtension;
use shared::fact::Fact;
use shared::object_storage::{ObjectStorageForm, UpdateObjectStorage};
use shared::prompt::{DeleteGreeting, DeletePrompt};
use shared::quota::Quota;
use shared::recording::{DeleteRecording, Recording, RecordingPlace};
use shared::setting::UpdateSettings;
use shared::storage::{GetTenantStorage, MEGABYTE, Storage};
use shared::tenant::{DeleteTenant, UpdateTenant};
use shared::voicemail::Voicemail;
use shared::{CallId, ExtensionId, Moment, RecordingId, SoundId, TenantId, VoicemailId};
use store::testing::{NOW, actor, each_database, mail_server};
use store::{Change, Error, Job, NewSound, Store, TenantStore};

use crate::world::*;

const DAY: u64 = 86_400;

/// A recording of so many bytes ends.
async fn record(store: &Store, tenant_id: TenantId, id: i64, bytes: usize, when: Moment) {
    let recording = Recording {
        id: RecordingId(id),
        tenant_id,
        call_id: CallId(id),
        caller: "101".into(),
        caller_name: String::new(),
        callee: "102".into(),
        callee_name: String::new(),
        caller_extension_id: None,
        callee_extension_id: None,
        started_at: when,
        millis: None,
        bytes: None,
        tracks: 1,
        heard_at: None,
        sha256: None,
        sound_id: SoundId(id),
        place: RecordingPlace::Server,
        pauses: Vec::new(),
    };
    store.files().unwrap().write(tenant_id, recording.sound_id, &vec![7; bytes]).await.unwrap();
    let (recording_id, sound_id) = (recording.id, recording.sound_id);
    let ended =
        Fact::RecordingEnded { recording_id, extension_ids: Vec::new(), sound_id, millis: 1_000, pauses: Vec::new() };
    // Told twice, it is counted once.
    let facts = [Fact::RecordingBegun { recording }, ended.clone(), ended].map(|told| fact(tenant_id, when, told));
    store.record_facts(&facts).await.unwrap();
    store.record_facts(&facts).await.unwrap();
}

async fn leave(store: &Store, tenant_id: TenantId, extension_id: ExtensionId, id: i64, bytes: usize, when: Moment) {
    let voicemail = Voicemail {
        id: VoicemailId(id),
        tenant_id,
        extension_id,
        call_id: CallId(id),
        caller: "102".into(),
        caller_name: String::new(),
        left_at: when,
        millis: Some(2_000),
        heard_at: None,
        sound_id: SoundId(id),
    };
    store.files().unwrap().write(tenant_id, voicemail.sound_id, &vec![7; bytes]).await.unwrap();
    let left = fact(tenant_id, when, Fact::VoicemailLeft { voicemail });
    store.record_facts(&[left.clone(), left]).await.unwrap();
}

async fn sums(view: &TenantStore) -> [u64; 3] {
    let Storage { recordings, voicemails, prompts, .. } = view.get_own_storage().await.unwrap();
    [recordings, voicemails, prompts]
}

async fn limit(store: &Store, tenant: TenantId, megabytes: Option<u32>) {
    let quota = Some(Quota { disk_megabytes_max: megabytes, ..Quota::default() });
    store.update_tenant(NOW, &actor(), &UpdateTenant { quota, ..UpdateTenant::new(tenant) }).await.unwrap();
}

async fn is_full(store: &Store, tenant: TenantId) -> bool {
    store.load_plan(tenant).await.unwrap().unwrap().storage_full
}

// covers: STO-01
#[tokio::test]
async fn sto_01_what_each_kind_takes_is_exact_whatever_comes_and_goes_by_whichever_way() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, other, _) = tenant_with(&store, "Globex", &["101"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        assert_eq!(view.get_own_storage().await.unwrap(), Storage::default());
        record(&store, acme.id, 1, 1_000, at(1)).await;
        record(&store, acme.id, 2, 500, at(40 * DAY)).await;
        leave(&store, acme.id, one, 11, 300, at(1)).await;
        leave(&store, acme.id, two, 12, 200, at(40 * DAY)).await;
        let sound = |name, file| NewSound { name, file, millis: 900 };
        let prompt = view.create_prompt(NOW, &actor(), sound("Welcome", b"12345")).await.unwrap();
        let greeting = view.create_greeting(NOW, &actor(), two, sound("Hello", b"1234567")).await.unwrap();
        assert_eq!(sums(&view).await, [1_500, 500, 12]);
        assert_eq!(sums(&globex).await, [0; 3]);
        let told = store.get_tenant_storage(&GetTenantStorage { tenant_id: acme.id }).await.unwrap();
        assert_eq!(told.used(), 2_012);
        is_not_found(store.get_tenant_storage(&GetTenantStorage { tenant_id: TenantId(9) }).await);

        // A greeting by telephone takes the place of the one before it.
        for (id, bytes) in [(21, 40_usize), (22, 60)] {
            store.files().unwrap().write(acme.id, SoundId(id), &vec![1; bytes]).await.unwrap();
            let recorded = Fact::GreetingRecorded { extension_id: one, sound_id: SoundId(id), millis: 10 };
            store.record_facts(&[fact(acme.id, at(2), recorded)]).await.unwrap();
        }
        assert_eq!(sums(&view).await, [1_500, 500, 72]);
        view.delete_recording(NOW, &actor(), &DeleteRecording { recording_id: RecordingId(2) }).await.unwrap();
        view.delete_prompt(NOW, &actor(), &DeletePrompt { sound_id: prompt.id }).await.unwrap();
        view.delete_greeting(NOW, &actor(), two, &DeleteGreeting { sound_id: greeting.id }).await.unwrap();
        let gone = Fact::VoicemailRemoved { voicemail_id: VoicemailId(12), extension_id: two, sound_id: SoundId(12) };
        store.record_facts(&[fact(acme.id, at(3), gone)]).await.unwrap();
        assert_eq!(sums(&view).await, [1_000, 300, 60]);
        // With an extension goes what is its own, by the database's own hand.
        view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: one }).await.unwrap();
        assert_eq!(sums(&view).await, [1_000, 0, 0]);

        leave(&store, acme.id, two, 13, 250, at(2)).await;
        let days = UpdateSettings { recording_days: Some(30), voicemail_days: Some(30), ..UpdateSettings::default() };
        store.update_settings(NOW, &actor(), &days).await.unwrap();
        store.purge(at(50 * DAY)).await.unwrap();
        assert_eq!(sums(&view).await, [0; 3]);
        record(&store, acme.id, 3, 10, at(50 * DAY)).await;
        let confirm = DeleteTenant { tenant_id: acme.id, confirm_name: "Acme".into() };
        store.delete_tenant(NOW, &actor(), &confirm).await.unwrap();
        record(&store, other.id, 4, 10, at(50 * DAY)).await;
        assert_eq!(sums(&globex).await, [10, 0, 0]);
    })
    .await;
}

// covers: T-05
#[tokio::test]
async fn t_05_nobody_is_rung_to_record_where_there_is_no_room_and_what_does_not_fit_is_not_kept() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        limit(&store, acme.id, Some(1)).await;
        let new = |file| NewSound { name: "Welcome", file, millis: 900 };
        view.admit_recording(None, "Welcome").await.unwrap();
        let refused = view.keep_recording(NOW, &actor(), None, new(&vec![0; 1 << 21])).await.unwrap_err();
        let Error::Invalid(fields) = &refused else { panic!("{refused:?}") };
        assert!(fields[0].reason.contains("of the company's 1.0 MB are in use"), "{fields:?}");
        assert_eq!(refused.in_words(), fields[0].reason);
        assert_eq!(sums(&view).await, [0; 3]);
        record(&store, acme.id, 1, 1 << 20, at(1)).await;
        let refused = view.admit_recording(None, "Welcome").await.unwrap_err();
        assert_eq!(
            refused.in_words(),
            "1.0 MB of the company's 1.0 MB are in use. Delete recordings, messages or prompts first."
        );
    })
    .await;
}

// covers: REC-08
#[tokio::test]
async fn rec_08_a_recording_counts_as_moved_only_where_it_will_be_looked_for() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let set = async |bucket: &str| {
            let form = ObjectStorageForm {
                enabled: true,
                endpoint: "https://storage.example".into(),
                region: "eu".into(),
                bucket: bucket.into(),
                access_key: "key".into(),
                secret: Some("hidden".into()),
                ..ObjectStorageForm::default()
            };
            store.update_object_storage(NOW, &actor(), &UpdateObjectStorage { form }).await.unwrap()
        };
        set("first").await;
        record(&store, acme.id, 1, 10, at(1)).await;
        let id = RecordingId(1);
        let moved = view.recording_to_move(id).await.unwrap().unwrap();
        assert_eq!(set("second").await.waiting, 1);
        let refused = view.recording_moved(at(2), &moved).await;
        assert!(matches!(refused, Err(Error::Files(_))), "{refused:?}");
        assert!(view.sound_path(SoundId(1)).unwrap().exists(), "its file stays");

        let moved = view.recording_to_move(id).await.unwrap().unwrap();
        assert_eq!(moved.storage.bucket, "second");
        assert!(view.object_left(id).await.unwrap().is_some(), "no row names it yet");
        view.recording_moved(at(3), &moved).await.unwrap();
        assert_eq!(view.object_left(id).await.unwrap(), None);
        assert!(!view.sound_path(SoundId(1)).unwrap().exists());
        let told = store.get_object_storage().await.unwrap();
        assert_eq!((told.recordings, told.waiting), (1, 0));
    })
    .await;
}

// covers: T-05
#[tokio::test]
async fn t_05_reaching_the_limit_is_an_event_a_mail_to_each_administrator_and_a_plan_once_each_time() {
    each_database(|store| async move {
        store.start_with_mail_server(mail_server());
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let megabyte = MEGABYTE as usize;
        let mut changes = store.changes();
        limit(&store, acme.id, Some(2)).await;
        record(&store, acme.id, 1, megabyte, at(1)).await;
        assert!(!is_full(&store, acme.id).await);
        while changes.try_recv().is_ok() {}
        record(&store, acme.id, 2, megabyte, at(2)).await;
        assert!(is_full(&store, acme.id).await, "what is reached counts");
        assert_eq!(changes.try_recv().ok(), Some(Change::TenantChanged(acme.id)));
        assert_eq!(view.get_own_storage().await.unwrap().full_since, Some(at(2)));
        record(&store, acme.id, 3, megabyte / 50, at(3)).await;
        let codes = async || -> Vec<String> {
            let page = view.list_events(&ListEvents::default()).await.unwrap();
            page.rows.into_iter().map(|row| row.code).filter(|code| code.starts_with("storage")).collect()
        };
        assert_eq!(codes().await, ["storage_full"]);
        let mails = async || -> Vec<(String, String)> {
            let jobs = store.claim_jobs(at(300), std::time::Duration::from_secs(600), 32).await.unwrap();
            jobs.into_iter()
                .filter_map(|job| match job.job {
                    Job::SendEmail { to, text, .. } => Some((to, text)),
                    _ => None,
                })
                .collect()
        };
        let sent = mails().await;
        let [(to, text)] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(to, "admin@acme.example");
        assert!(text.contains("2.0 MB of 2.0 MB"), "{text}");

        // A little less is no room yet, and nobody hears of it anew.
        view.delete_recording(at(4), &actor(), &DeleteRecording { recording_id: RecordingId(3) }).await.unwrap();
        record(&store, acme.id, 4, 1_000, at(5)).await;
        assert!(is_full(&store, acme.id).await && mails().await.is_empty());
        view.delete_recording(at(6), &actor(), &DeleteRecording { recording_id: RecordingId(1) }).await.unwrap();
        assert!(!is_full(&store, acme.id).await);
        assert_eq!(codes().await, ["storage_free", "storage_full"]);
        record(&store, acme.id, 5, megabyte, at(200)).await;
        assert!(is_full(&store, acme.id).await);
        assert_eq!((codes().await.len(), mails().await.len()), (3, 1));
        // More room is room at once; none is none.
        limit(&store, acme.id, Some(20)).await;
        assert!(!is_full(&store, acme.id).await);
        limit(&store, acme.id, Some(0)).await;
        assert!(is_full(&store, acme.id).await);
        limit(&store, acme.id, None).await;
        assert!(!is_full(&store, acme.id).await);
    })
    .await;
}

// covers: T-05, IVR-02, EXT-07
#[tokio::test]
async fn t_05_what_is_uploaded_must_fit_and_the_refusal_names_the_field_and_the_figures() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let own = made[0].extension.id;
        limit(&store, acme.id, Some(1)).await;
        record(&store, acme.id, 1, MEGABYTE as usize - 100, at(1)).await;
        let file = [0; 200];
        let new = NewSound { name: "Long", file: &file, millis: 900 };
        let refused = [
            view.create_prompt(NOW, &actor(), new).await.unwrap_err(),
            view.create_greeting(NOW, &actor(), own, new).await.unwrap_err(),
        ];
        for error in refused {
            let Error::Invalid(fields) = error else { panic!("{error:?}") };
            assert_eq!(fields[0].field, "sound");
            assert!(fields[0].reason.contains("of the company's 1.0 MB are in use"), "{}", fields[0].reason);
        }
        let short = NewSound { file: &file[..100], ..new };
        view.create_prompt(NOW, &actor(), short).await.unwrap();
        assert_eq!(sums(&view).await, [MEGABYTE - 100, 0, 100]);
        assert!(is_full(&store, acme.id).await);
    })
    .await;
}
