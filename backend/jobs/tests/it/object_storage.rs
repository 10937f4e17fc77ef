//! Recordings in an object storage, against a server that speaks S3: moto, a Python package that is put into the target folder when it is
//! missing (REC-08).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use jobs::{Email, ObjectStorages, Worker};
use shared::fact::{Fact, TenantFact};
use shared::object_storage::{ObjectStorageForm, UpdateObjectStorage};
use shared::recording::{DeleteRecording, ListRecordings, Recording, RecordingPlace};
use shared::setting::UpdateSettings;
use shared::tenant::{CreateTenant, DeleteTenant, Tenant};
use shared::{CallId, RecordingId, SoundId, TenantId};
use store::testing::{NOW, actor, each_database, mail_server};
use store::{Job, Store, TenantStore};

const MOTO: &str = "moto[server,s3]==5.2.1";
const BUCKET: &str = "calls";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/s3_server.py");

/// A moment so many seconds after the beginning.
fn at(seconds: u64) -> shared::Moment {
    NOW + Duration::from_secs(seconds)
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        Self::at(0)
    }

    /// On that port; zero for any.
    fn at(port: u16) -> Self {
        let (server, _) = Self::spawn(&[&port.to_string()]);
        server.make_bucket();
        server
    }

    /// One that takes only what is signed with the access key and the secret that it has, which are answered.
    fn signed() -> (Self, String, String) {
        let (server, told) = Self::spawn(&["0", "signed", BUCKET]);
        let mut words = told[0].split(' ').map(str::to_owned);
        assert_eq!(words.next().as_deref(), Some("KEY"));
        (server, words.next().unwrap(), words.next().unwrap())
    }

    /// And what it says before it says its port.
    fn spawn(args: &[&str]) -> (Self, Vec<String>) {
        let mut child = Command::new(python())
            .arg(SCRIPT)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let (mut told, mut lines) = (Vec::new(), BufReader::new(child.stdout.as_mut().unwrap()).lines());
        let port: u16 = loop {
            let line = lines.next().expect("the port of the server").unwrap();
            match line.strip_prefix("PORT ") {
                Some(port) => break port.parse().unwrap(),
                None => told.push(line),
            }
        };
        (Self { child, address: ([127, 0, 0, 1], port).into() }, told)
    }

    /// One request in the clear: moto takes an unsigned one, which what is tested never sends.
    fn ask(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(self.address).unwrap();
        let host = format!("Host: {}\r\nConnection: close\r\nContent-Length: 0\r\n", self.address);
        write!(socket, "{request} HTTP/1.1\r\n{host}\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    fn make_bucket(&self) {
        let answer = self.ask(&format!("PUT /{BUCKET}"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// The names of what lies there.
    fn keys(&self) -> Vec<String> {
        let answer = self.ask(&format!("GET /{BUCKET}?list-type=2"));
        answer.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap().to_owned()).collect()
    }

    fn form(&self) -> ObjectStorageForm {
        ObjectStorageForm {
            enabled: true,
            // A name that nobody but the test's own lookup finds.
            endpoint: format!("http://localhost-storage:{}", self.address.port()),
            region: "us-east-1".into(),
            bucket: BUCKET.into(),
            prefix: "belfry".into(),
            access_key: "key".into(),
            secret: Some("hidden".into()),
            path_style: true,
            allow_http: true,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Python that has the server, installed once per target folder.
fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (folder, whole) = (target.join("moto"), target.join("moto/whole"));
    // Tests run in processes of their own: one installs, the others wait for it.
    let lock = std::fs::File::create(target.join("moto.lock")).unwrap();
    lock.lock().unwrap();
    if !whole.exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
        assert!(made.is_ok_and(|made| made.success()), "This test needs the package python3-venv.");
        let pip = Command::new(folder.join("bin/pip"))
            .args(["--quiet", "--disable-pip-version-check", "install", MOTO])
            .status();
        assert!(pip.is_ok_and(|done| done.success()), "{MOTO} could not be installed.");
        std::fs::write(whole, "").unwrap();
    }
    folder.join("bin/python3")
}

/// Finds the server's name.
fn storages() -> ObjectStorages {
    let storages = ObjectStorages::default();
    storages.look_up_by(Arc::new(|host, port| {
        assert!(["localhost-storage", "calls.storage.test"].contains(&host.as_str()), "{host}");
        Box::pin(async move { Ok(vec![([127, 0, 0, 1], port).into()]) })
    }));
    storages
}

/// A store that reads what lies there, and a worker that moves it.
fn with_storages(store: Store) -> (Store, Worker<impl Fn() -> shared::Moment>) {
    // reqwest takes what the process has.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let storages = storages();
    let store = store.with_bucket(Arc::new(storages.clone()));
    let worker = Worker::new(store.clone(), Email::Memory(Default::default()), || at(100)).with_storages(storages);
    (store, worker)
}

async fn company(store: &Store, name: &str) -> (TenantStore, Tenant) {
    let domain = format!("{name}.example");
    let admin_email = format!("ann@{domain}");
    let operation = CreateTenant { name: name.into(), domain, admin_email, ..CreateTenant::default() };
    let tenant = store.create_tenant(NOW, &actor(), &operation).await.unwrap().tenant;
    (store.tenant(tenant.id), tenant)
}

fn recording(tenant_id: TenantId, id: i64) -> Recording {
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

async fn recorded(store: &Store, tenant: TenantId, id: i64, bytes: &[u8]) {
    let one = recording(tenant, id);
    store.files().unwrap().write(tenant, one.sound_id, bytes).await.unwrap();
    let ended = Fact::RecordingEnded {
        recording_id: one.id,
        extension_ids: Vec::new(),
        sound_id: one.sound_id,
        millis: 5_000,
        pauses: Vec::new(),
    };
    let facts = [Fact::RecordingBegun { recording: one }, ended];
    store.record_facts(&facts.map(|fact| TenantFact { tenant_id: Some(tenant), at: NOW, fact })).await.unwrap();
}

async fn places(view: &TenantStore) -> Vec<RecordingPlace> {
    let page = view.list_recordings(&ListRecordings::default()).await.unwrap();
    page.rows.iter().map(|row| row.place).collect()
}

async fn run_all<C: Fn() -> shared::Moment>(worker: &Worker<C>) {
    while worker.run_due().await.unwrap() > 0 {}
}

// covers: REC-08, REC-03
#[tokio::test]
async fn rec_08_a_recording_is_moved_heard_from_there_and_removed_there() {
    let server = Server::start();
    each_database(|store| {
        let form = server.form();
        let server = &server;
        async move {
            let (store, worker) = with_storages(store);
            let (view, tenant) = company(&store, "acme").await;
            recorded(&store, tenant.id, 1, b"from before").await;
            run_all(&worker).await;
            assert_eq!(places(&view).await, [RecordingPlace::Server], "nobody wanted it moved");

            let stored = store.update_object_storage(NOW, &actor(), &UpdateObjectStorage { form }).await.unwrap();
            assert!(stored.has_secret && !format!("{stored:?}").contains("hidden"));
            assert_eq!((stored.recordings, stored.waiting), (0, 1));
            // Longer than one part, so that it goes in several.
            let long: Vec<u8> = (0..9_000_000_u32).map(|at| (at % 251) as u8).collect();
            recorded(&store, tenant.id, 2, &long).await;
            run_all(&worker).await;
            assert_eq!(places(&view).await, [RecordingPlace::ObjectStorage; 2], "that of before too");
            let keys: Vec<String> = [1, 2].map(|id| format!("belfry/{}/{id}.opus", tenant.id.0)).into();
            assert_eq!(server.keys(), keys);
            for id in [1, 2] {
                assert!(!view.sound_path(SoundId(id)).unwrap().exists(), "its file here is gone");
            }
            let (one, file) = view.recording_file(None, RecordingId(2)).await.unwrap();
            assert_eq!(file, long);
            assert_eq!(one.bytes, Some(9_000_000));
            let name = "GetRecordingSound";
            let (_, pieces) = view.hear_recording(NOW, &actor(), name, None, RecordingId(1)).await.unwrap();
            assert_eq!(pieces.try_concat().await.unwrap(), b"from before");

            // What a move that was cut short has left goes, where no row names it.
            server.ask(&format!("PUT /{BUCKET}/belfry/{}/7.opus", tenant.id.0));
            assert_eq!(server.keys().len(), 3);
            let cut_short = Job::MoveRecording { recording_id: RecordingId(7) };
            store.enqueue(NOW, Some(tenant.id), &cut_short).await.unwrap();
            run_all(&worker).await;
            assert_eq!(server.keys(), keys);

            // It stays where it is found.
            let elsewhere = ObjectStorageForm { bucket: "others".into(), ..server.form() };
            let refused = store.update_object_storage(NOW, &actor(), &UpdateObjectStorage { form: elsewhere }).await;
            assert!(matches!(refused, Err(store::Error::Conflict { field: "endpoint", .. })));
            // A job that comes twice does nothing the second time.
            let again = Job::MoveRecording { recording_id: RecordingId(1) };
            store.enqueue(NOW, Some(tenant.id), &again).await.unwrap();
            run_all(&worker).await;
            assert_eq!(server.keys(), keys);

            view.delete_recording(NOW, &actor(), &DeleteRecording { recording_id: RecordingId(1) }).await.unwrap();
            run_all(&worker).await;
            assert_eq!(server.keys(), keys[1..]);
            let days = UpdateSettings { recording_days: Some(1), ..UpdateSettings::default() };
            store.update_settings(NOW, &actor(), &days).await.unwrap();
            let purged = store.purge(at(2 * 86_400)).await.unwrap();
            assert_eq!(purged.recordings, 1, "retention reaches there");
            let late = Worker::new(store.clone(), Email::Memory(Default::default()), || at(3 * 86_400));
            let late = late.with_storages(storages());
            run_all(&late).await;
            assert_eq!(server.keys(), [""; 0]);

            recorded(&store, tenant.id, 3, b"third").await;
            run_all(&worker).await;
            assert_eq!(server.keys().len(), 1);
            let gone = DeleteTenant { tenant_id: tenant.id, confirm_name: tenant.name.clone() };
            store.delete_tenant(NOW, &actor(), &gone).await.unwrap();
            run_all(&worker).await;
            assert_eq!(server.keys(), [""; 0], "with the tenant goes what it had there");
        }
    })
    .await;
}

// covers: REC-08
#[tokio::test]
async fn rec_08_while_the_storage_is_away_the_file_stays_here_and_the_job_tries_again() {
    let server = Server::start();
    // The bucket stands in the name of the host this time.
    let (address, form) = (server.address, server.form());
    let endpoint = format!("http://storage.test:{}", address.port());
    let form = ObjectStorageForm { endpoint, path_style: false, ..form };
    drop(server);
    each_database(|store| {
        let form = form.clone();
        async move {
            let (store, worker) = with_storages(store);
            let (view, tenant) = company(&store, "acme").await;
            let tried = store.object_storage_to_test(&form).await.unwrap();
            assert!(store.test_object_storage(&tried).await.is_err());
            store.update_object_storage(NOW, &actor(), &UpdateObjectStorage { form }).await.unwrap();
            recorded(&store, tenant.id, 1, b"abc").await;
            let other = Job::RemoveObjects { keys: vec!["other".into()] };
            store.enqueue(NOW, None, &other).await.unwrap();
            run_all(&worker).await;
            assert_eq!(places(&view).await, [RecordingPlace::Server]);
            assert_eq!(view.recording_file(None, RecordingId(1)).await.unwrap().1, b"abc");
            let events = store.list_all_events(&Default::default()).await.unwrap();
            let told = events.rows.iter().find(|event| event.code == "object_storage_away").unwrap();
            assert!(told.text.ends_with(": the server does not take them") && told.count == 2, "{told:?}");
            assert_eq!(store.count_jobs().await.unwrap(), (2, 0));

            let server = Server::at(address.port());
            assert_eq!(store.test_object_storage(&tried).await, Ok(()));
            assert_eq!(server.keys(), [""; 0], "the test leaves nothing");
            let later = Worker::new(store.clone(), Email::Memory(Default::default()), || at(7 * 86_400));
            let later = later.with_storages(storages());
            run_all(&later).await;
            assert_eq!(places(&view).await, [RecordingPlace::ObjectStorage]);
            assert_eq!(view.recording_file(None, RecordingId(1)).await.unwrap().1, b"abc");

            // A file that is another than at the end of its call is not moved.
            recorded(&store, tenant.id, 2, b"genuine").await;
            store.files().unwrap().write(tenant.id, SoundId(2), b"changed").await.unwrap();
            run_all(&worker).await;
            assert_eq!(places(&view).await, [RecordingPlace::Server, RecordingPlace::ObjectStorage]);
        }
    })
    .await;
}

// covers: REC-08
#[tokio::test]
async fn rec_08_with_a_wrong_secret_nothing_is_lost_and_with_the_right_one_it_goes_on() {
    let (server, access_key, secret) = Server::signed();
    each_database(|store| {
        let right = ObjectStorageForm { access_key: access_key.clone(), secret: Some(secret.clone()), ..server.form() };
        async move {
            let wrong = ObjectStorageForm { secret: Some("hidden".into()), ..right.clone() };
            let unknown = ObjectStorageForm { access_key: "AKIAUNKNOWN".into(), ..right.clone() };
            let (store, worker) = with_storages(store);
            let (view, tenant) = company(&store, "acme").await;
            let set = async |form: &ObjectStorageForm| {
                let form = form.clone();
                store.update_object_storage(NOW, &actor(), &UpdateObjectStorage { form }).await.unwrap();
            };
            let found = async |form| {
                let tried = store.object_storage_to_test(form).await.unwrap();
                store.test_object_storage(&tried).await
            };
            for (form, told) in [
                (&wrong, "The secret does not belong to the access key. "),
                (&unknown, "The storage does not know the access key. "),
            ] {
                let finding = found(form).await.unwrap_err();
                assert!(finding.starts_with(told) && finding.contains("403"), "{finding}");
                assert!(!finding.contains("hidden") && !finding.contains(form.secret.as_deref().unwrap()), "{finding}");
            }

            set(&wrong).await;
            recorded(&store, tenant.id, 1, b"first").await;
            run_all(&worker).await;
            assert_eq!(places(&view).await, [RecordingPlace::Server]);
            assert_eq!(view.recording_file(None, RecordingId(1)).await.unwrap().1, b"first");
            assert!(view.sound_path(SoundId(1)).unwrap().exists());
            assert_eq!(store.count_jobs().await.unwrap(), (1, 0), "it is tried again");
            let events = store.list_all_events(&Default::default()).await.unwrap();
            assert!(events.rows.iter().any(|event| event.code == "object_storage_away"), "{events:?}");

            assert_eq!(found(&right).await, Ok(()));
            set(&right).await;
            let later = Worker::new(store.clone(), Email::Memory(Default::default()), || at(7 * 86_400));
            let later = later.with_storages(storages());
            run_all(&later).await;
            assert_eq!(places(&view).await, [RecordingPlace::ObjectStorage]);
            assert!(!view.sound_path(SoundId(1)).unwrap().exists());
            assert_eq!(view.recording_file(None, RecordingId(1)).await.unwrap().1, b"first");

            // A secret that does not hold any more takes nothing away from what lies there, and keeps here what comes.
            set(&wrong).await;
            let unread = view.recording_file(None, RecordingId(1)).await.unwrap_err();
            assert!(matches!(unread, store::Error::Files(_)), "{unread:?}");
            recorded(&store, tenant.id, 2, b"second").await;
            run_all(&later).await;
            assert_eq!(places(&view).await, [RecordingPlace::Server, RecordingPlace::ObjectStorage]);
            set(&right).await;
            let last = Worker::new(store.clone(), Email::Memory(Default::default()), || at(14 * 86_400));
            run_all(&last.with_storages(storages())).await;
            assert_eq!(places(&view).await, [RecordingPlace::ObjectStorage; 2]);
            for (id, sound) in [(1, &b"first"[..]), (2, b"second")] {
                assert_eq!(view.recording_file(None, RecordingId(id)).await.unwrap().1, sound);
            }
            assert_eq!(store.count_jobs().await.unwrap(), (0, 0));
        }
    })
    .await;
}

// covers: REC-08
#[tokio::test]
async fn rec_08_a_storage_that_hangs_holds_up_no_mail() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://localhost-storage:{}", silent.local_addr().unwrap().port());
    each_database(|store| {
        let endpoint = endpoint.clone();
        async move {
            let (store, _) = with_storages(store);
            let (_, tenant) = company(&store, "acme").await;
            let form = ObjectStorageForm {
                enabled: true,
                endpoint,
                region: "us-east-1".into(),
                bucket: BUCKET.into(),
                access_key: "key".into(),
                secret: Some("hidden".into()),
                path_style: true,
                allow_http: true,
                ..ObjectStorageForm::default()
            };
            store.update_object_storage(NOW, &actor(), &UpdateObjectStorage { form }).await.unwrap();
            recorded(&store, tenant.id, 1, b"abc").await;
            store.start_with_mail_server(mail_server());
            let mail = Job::SendEmail { to: "bob@acme.example".into(), subject: "s".into(), text: "t".into() };
            store.enqueue(at(1), Some(tenant.id), &mail).await.unwrap();
            let (email, sent) = Email::memory();
            let worker = Worker::new(store.clone(), email, || at(100)).with_storages(storages());
            let (_stop, stopping) = tokio::sync::watch::channel(false);
            let work = async { tokio::join!(worker.run_storage(stopping.clone()), worker.run(stopping.clone())) };
            let is_sent = async {
                while sent.lock().unwrap().is_empty() {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                _ = tokio::time::timeout(Duration::from_secs(30), work) => panic!("the mail waits for the storage"),
                () = is_sent => {}
            }
        }
    })
    .await;
}
