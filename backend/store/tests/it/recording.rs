//! Recordings of calls: REC-02, REC-03, REC-04, REC-06, REC-07, T-06; and who is recorded.

use futures_util::TryStreamExt;
use shared::extension::{DeleteExtension, UpdateExtension};
use shared::fact::{Fact, TenantFact};
use shared::recording::{
    DeleteOwnRecording, DeleteRecording, ListOwnRecordings, ListRecordings, Recording, RecordingPlace,
};
use shared::setting::UpdateSettings;
use shared::tenant::{DeleteTenant, TenantOptions, UpdateTenant};
use shared::{CallId, ExtensionId, RecordingId, SoundId, TenantId};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error, Store, TenantStore};

use crate::world::*;

/// The SHA-256 of `abc` (FIPS 180-4).
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const DAY: u64 = 86_400;

/// What becomes of a call between extensions, or somebody outside, once it has ended and `abc` was recorded.
fn recording(tenant_id: TenantId, id: i64, caller: Option<ExtensionId>, callee: Option<ExtensionId>) -> Recording {
    Recording {
        id: RecordingId(id),
        tenant_id,
        call_id: CallId(id + 1_000),
        caller: if caller.is_some() { "101".into() } else { "+4930123".into() },
        caller_name: if caller.is_some() { "Alice".into() } else { "Carol".into() },
        callee: "102".into(),
        callee_name: "Bob".into(),
        caller_extension_id: caller,
        callee_extension_id: callee,
        started_at: at(id as u64),
        millis: Some(4_200),
        bytes: Some(3),
        tracks: 2,
        heard_at: None,
        sha256: Some(ABC.into()),
        sound_id: SoundId(id + 2_000),
        place: RecordingPlace::Server,
        pauses: Vec::new(),
    }
}

fn open(of: &Recording) -> Recording {
    Recording { millis: None, bytes: None, sha256: None, heard_at: None, ..of.clone() }
}

fn begun(of: &Recording) -> TenantFact {
    fact(of.tenant_id, of.started_at, Fact::RecordingBegun { recording: open(of) })
}

fn ended(of: &Recording) -> TenantFact {
    let told = Fact::RecordingEnded {
        recording_id: of.id,
        extension_ids: of.caller_extension_id.into_iter().chain(of.callee_extension_id).collect(),
        sound_id: of.sound_id,
        millis: of.millis.unwrap(),
        pauses: of.pauses.clone(),
    };
    fact(of.tenant_id, of.started_at, told)
}

/// They were recorded, and their files lie there.
async fn recorded(store: &Store, all: &[&Recording]) {
    for one in all {
        store.files().unwrap().write(one.tenant_id, one.sound_id, b"abc").await.unwrap();
        store.record_facts(&[begun(one), ended(one)]).await.unwrap();
    }
}

async fn list(view: &TenantStore, operation: ListRecordings) -> Vec<i64> {
    view.list_recordings(&operation).await.unwrap().rows.into_iter().map(|row| row.id.0).collect()
}

async fn own(view: &TenantStore, id: ExtensionId, search: Option<&str>) -> Vec<i64> {
    let operation = ListOwnRecordings { search: search.map(str::to_owned), ..ListOwnRecordings::default() };
    view.list_own_recordings(id, &operation).await.unwrap().rows.into_iter().map(|row| row.id.0).collect()
}

// covers: REC-02
#[tokio::test]
async fn rec_02_a_recording_is_a_row_from_its_beginning_and_measured_at_its_end_however_often_it_is_told() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (_, globex, _) = tenant_with(&store, "Globex", &[]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let first = recording(acme.id, 1, Some(one), Some(two));
        for _ in 0..2 {
            store.record_facts(&[begun(&first), begun(&first)]).await.unwrap();
        }
        let all = async || view.list_recordings(&ListRecordings::default()).await.unwrap().rows;
        assert_eq!(all().await, [open(&first)], "it is listed while it goes on");
        assert_eq!(store.open_recordings(acme.id).await.unwrap(), [open(&first)]);
        assert_eq!(store.open_recordings(globex.id).await.unwrap(), []);
        let going_on = |error: Option<Error>| matches!(error, Some(Error::Conflict { field: "recording_id", .. }));
        assert!(going_on(view.recording_file(None, first.id).await.err()));
        assert!(going_on(view.hear_recording(NOW, &actor(), "GetRecordingSound", None, first.id).await.err()));
        let gone = DeleteRecording { recording_id: first.id };
        assert!(going_on(view.delete_recording(NOW, &actor(), &gone).await.err()));

        // Another tenant's word changes nothing here, and one that is gone has no recordings.
        let foreign = Recording { tenant_id: globex.id, ..first.clone() };
        let nobodys = recording(TenantId(99), 9, None, None);
        store.record_facts(&[ended(&foreign), begun(&nobodys), ended(&nobodys)]).await.unwrap();
        assert_eq!(all().await, [open(&first)]);
        assert_eq!(store.open_recordings(TenantId(99)).await.unwrap(), []);

        store.files().unwrap().write(acme.id, first.sound_id, b"abc").await.unwrap();
        for facts in [vec![ended(&first)], vec![begun(&first), ended(&first)], vec![begun(&first)]] {
            store.record_facts(&facts).await.unwrap();
            assert_eq!(all().await, std::slice::from_ref(&first));
        }
        assert_eq!(store.open_recordings(acme.id).await.unwrap(), []);
        // The first end counts.
        store.record_facts(&[ended(&Recording { millis: Some(7), ..first.clone() })]).await.unwrap();
        assert_eq!(all().await, std::slice::from_ref(&first));

        // Whose file is missing has an end and no measure.
        let lost = Recording { bytes: None, sha256: None, ..recording(acme.id, 2, None, Some(two)) };
        store.record_facts(&[begun(&lost), ended(&lost)]).await.unwrap();
        assert_eq!(all().await, [lost.clone(), first]);
        is_not_found(view.recording_file(None, lost.id).await);
    })
    .await;
}

// covers: REC-02
#[tokio::test]
async fn rec_02_the_list_is_filtered_by_text_extension_call_and_time_and_comes_page_by_page() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let all = [
            recording(acme.id, 1, Some(one), Some(two)),
            recording(acme.id, 2, None, Some(two)),
            recording(acme.id, 3, None, Some(one)),
        ];
        recorded(&store, &all.iter().collect::<Vec<_>>()).await;
        let by = ListRecordings::default;
        assert_eq!(list(&view, by()).await, [3, 2, 1]);
        assert_eq!(list(&globex, by()).await, [] as [i64; 0]);
        assert_eq!(list(&view, ListRecordings { search: Some("CAROL".into()), ..by() }).await, [3, 2]);
        assert_eq!(list(&view, ListRecordings { search: Some("101".into()), ..by() }).await, [1]);
        assert_eq!(list(&view, ListRecordings { search: Some("%".into()), ..by() }).await, [] as [i64; 0]);
        assert_eq!(list(&view, ListRecordings { extension_id: Some(one), ..by() }).await, [3, 1]);
        assert_eq!(list(&view, ListRecordings { call_id: Some(CallId(1_002)), ..by() }).await, [2]);
        assert_eq!(list(&view, ListRecordings { from: Some(at(2)), ..by() }).await, [3, 2]);
        assert_eq!(list(&view, ListRecordings { until: Some(at(2)), ..by() }).await, [1]);
        let some = ListRecordings { from: Some(at(1)), until: Some(at(3)), extension_id: Some(two), ..by() };
        assert_eq!(list(&view, some).await, [2, 1]);
        let page = view.list_recordings(&ListRecordings { limit: Some(2), ..by() }).await.unwrap();
        assert_eq!((page.rows.len(), page.total), (2, 3));
        assert_eq!(list(&view, ListRecordings { cursor: page.next, limit: Some(2), ..by() }).await, [1]);

        assert_eq!((own(&view, one, None).await, own(&view, two, None).await), (vec![3, 1], vec![2, 1]));
        assert_eq!(own(&view, one, Some("carol")).await, [3]);
        // A recording outlives its extension.
        view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: one }).await.unwrap();
        assert_eq!(list(&view, by()).await, [3, 2, 1]);
        view.recording_file(None, all[0].id).await.unwrap();
    })
    .await;
}

// covers: REC-03, REC-04
#[tokio::test]
async fn rec_04_whoever_listens_is_named_in_the_log_and_the_first_time_counts() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let first = recording(acme.id, 1, None, Some(one));
        recorded(&store, &[&first]).await;
        // Longer than what is read at a time.
        let long: Vec<u8> = (0..200_000_u32).map(|at| at as u8).collect();
        store.files().unwrap().write(acme.id, first.sound_id, &long).await.unwrap();
        assert_eq!(view.recording_file(Some(one), first.id).await.unwrap(), (first.clone(), long.clone()));
        for (seconds, whose) in [(5, Some(one)), (6, None)] {
            let name = "GetRecordingSound";
            let (heard, pieces) = view.hear_recording(at(seconds), &actor(), name, whose, first.id).await.unwrap();
            assert_eq!(heard, Recording { heard_at: Some(at(5)), ..first.clone() });
            assert_eq!(pieces.try_concat().await.unwrap(), long);
            let line = view.list_activity(&Default::default()).await.unwrap().rows.remove(0);
            let subject = "listened to a recording of the call from +4930123 to 102";
            assert!(line.subject.starts_with(subject), "{line:?}");
            assert_eq!((line.operation.as_str(), line.at, line.actor), (name, at(seconds), actor().email));
        }
        let rows = view.list_recordings(&ListRecordings::default()).await.unwrap().rows;
        assert_eq!(rows[0].heard_at, Some(at(5)));
        // It stays heard when its end is told again.
        store.record_facts(&[begun(&first), ended(&first)]).await.unwrap();
        assert_eq!(view.list_recordings(&ListRecordings::default()).await.unwrap().rows, rows);

        let lines = view.list_activity(&Default::default()).await.unwrap().total;
        is_not_found(view.recording_file(Some(two), first.id).await);
        is_not_found(globex.recording_file(None, first.id).await);
        assert!(view.hear_recording(NOW, &actor(), "x", Some(two), first.id).await.is_err());
        assert!(globex.hear_recording(NOW, &actor(), "x", None, first.id).await.is_err());
        store.files().unwrap().remove(acme.id, first.sound_id).await.unwrap();
        assert!(view.hear_recording(NOW, &actor(), "x", None, first.id).await.is_err());
        assert_eq!(view.list_activity(&Default::default()).await.unwrap().total, lines, "nobody has heard anything");
    })
    .await;
}

// covers: REC-03, REC-06
#[tokio::test]
async fn rec_06_a_recording_goes_with_its_file_and_a_user_removes_none_where_the_company_keeps_them() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let all = [1, 2].map(|id| recording(acme.id, id, None, Some(one)));
        recorded(&store, &all.iter().collect::<Vec<_>>()).await;
        let keeps = async |keeps: bool| {
            let options = TenantOptions { delete_own_recordings: !keeps, ..TenantOptions::default() };
            let change = UpdateTenant { options: Some(options), ..UpdateTenant::new(acme.id) };
            store.update_tenant(NOW, &actor(), &change).await.unwrap();
        };
        let by_user = async |own: ExtensionId, one: &Recording| {
            let operation = DeleteOwnRecording { recording_id: one.id };
            view.delete_own_recording(NOW, &actor(), own, &operation).await
        };
        keeps(true).await;
        is_not_found(by_user(two, &all[0]).await);
        let refused = by_user(one, &all[0]).await;
        assert!(matches!(refused, Err(Error::Forbidden(why)) if why.contains("keeps its recordings")), "{refused:?}");
        assert_eq!(list(&view, ListRecordings::default()).await, [2, 1]);
        keeps(false).await;
        is_not_found(by_user(two, &all[0]).await);
        by_user(one, &all[0]).await.unwrap();
        is_not_found(by_user(one, &all[0]).await);
        keeps(true).await;
        let gone = DeleteRecording { recording_id: all[1].id };
        is_not_found(globex.delete_recording(NOW, &actor(), &gone).await);
        store.files().unwrap().read(acme.id, all[1].sound_id).await.unwrap();
        view.delete_recording(NOW, &actor(), &gone).await.unwrap();
        assert_eq!(list(&view, ListRecordings::default()).await, [] as [i64; 0]);
        for one in &all {
            is_not_found(store.files().unwrap().read(acme.id, one.sound_id).await);
        }
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        let deletions = log.iter().filter(|line| line.operation.starts_with("Delete")).collect::<Vec<_>>();
        let names: Vec<_> = deletions.iter().map(|line| line.operation.as_str()).collect();
        assert_eq!(names, ["DeleteRecording", "DeleteOwnRecording"]);
        assert!(deletions.iter().all(|line| line.subject.starts_with("recording of the call from +4930123 to 102")));
    })
    .await;
}

// covers: REC-07, T-06
#[tokio::test]
async fn rec_07_a_recording_of_181_days_goes_with_its_file_and_none_where_that_is_set() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let old = recording(acme.id, 1, None, None);
        let new = Recording { started_at: at(20 * DAY), ..recording(acme.id, 2, None, None) };
        recorded(&store, &[&old, &new]).await;
        let endless = recording(acme.id, 3, None, None);
        store.record_facts(&[begun(&endless)]).await.unwrap();
        store.files().unwrap().write(acme.id, endless.sound_id, b"grows").await.unwrap();
        assert_eq!(store.purge(at(180 * DAY)).await.unwrap().recordings, 0);
        assert_eq!(store.purge(at(181 * DAY)).await.unwrap().recordings, 1, "180 days, where nobody has set them");
        assert_eq!(list(&view, ListRecordings::default()).await, [2, 3]);
        let files = store.files().unwrap();
        is_not_found(files.read(acme.id, old.sound_id).await);
        for kept in [&new, &endless] {
            files.read(acme.id, kept.sound_id).await.unwrap();
        }
        let keep = async |recording_days| {
            let change = UpdateSettings { recording_days: Some(recording_days), ..UpdateSettings::default() };
            store.update_settings(NOW, &actor(), &change).await.unwrap();
        };
        keep(0).await;
        // So late that files without a row would be swept: these have theirs.
        let purged = store.purge(at(9_999 * DAY)).await.unwrap();
        assert_eq!((purged.recordings, purged.files), (0, 0));
        files.read(acme.id, new.sound_id).await.unwrap();
        keep(1).await;
        assert_eq!(store.purge(at(9_999 * DAY)).await.unwrap().recordings, 1, "what goes on stays");
        is_not_found(files.read(acme.id, new.sound_id).await);

        let delete = DeleteTenant { tenant_id: acme.id, confirm_name: "Acme".into() };
        store.delete_tenant(NOW, &actor(), &delete).await.unwrap();
        assert_eq!(store.open_recordings(acme.id).await.unwrap(), []);
        is_not_found(files.read(acme.id, endless.sound_id).await);
    })
    .await;
}

#[tokio::test]
async fn who_is_recorded_stands_in_the_plan() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let plan = async || store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan().await.tenant.options, TenantOptions::default());
        assert!(plan().await.extensions.iter().all(|one| !one.extension.record_calls));
        let mut changes = store.changes();
        let switch = UpdateExtension { record_calls: Some(true), ..UpdateExtension::new(made[0].extension.id) };
        assert!(view.update_extension(NOW, &actor(), &switch).await.unwrap().record_calls);
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        let rename = UpdateExtension { name: Some("Zoë".into()), ..UpdateExtension::new(made[0].extension.id) };
        assert!(view.update_extension(NOW, &actor(), &rename).await.unwrap().record_calls, "it stays as it was");
        let recorded: Vec<_> = plan().await.extensions.iter().map(|one| one.extension.record_calls).collect();
        assert_eq!(recorded, [true, false]);

        // Each switch by itself.
        type Set = fn(&mut TenantOptions);
        let switches: [Set; 4] = [
            |options| options.record_calls = true,
            |options| options.record_tracks = true,
            |options| options.announce_recording = true,
            |options| options.delete_own_recordings = false,
        ];
        for set in switches {
            let mut options = TenantOptions::default();
            set(&mut options);
            let change = UpdateTenant { options: Some(options), ..UpdateTenant::new(acme.id) };
            assert_eq!(store.update_tenant(NOW, &actor(), &change).await.unwrap().options, options);
            assert_eq!(plan().await.tenant.options, options);
        }
    })
    .await;
}
