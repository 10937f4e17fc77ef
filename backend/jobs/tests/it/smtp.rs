//! E-mail against a real server: aiosmtpd, a Python package that is put into the target folder when it is missing.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use certificate::LocalRoot;
use jobs::client::email::Letter;
use jobs::{Email, Failure, Smtp, Worker};
use shared::mail_server::{MailFailure, MailSecurity};
use store::testing::{NOW, actor, each_database};
use store::{Job, Outgoing, StoredMailServer};

const AIOSMTPD: &str = "aiosmtpd==1.4.6";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/smtp_server.py");
const LETTER: Letter<'static> =
    Letter { to: "zoe@acme.example", subject: "Hello", text: "Good day.\n", attachment: None, id: None };

pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    pub fn start() -> Self {
        Self::with(&[])
    }

    fn with(arguments: &[&str]) -> Self {
        let mut child = Command::new(python())
            .arg(SCRIPT)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the SMTP server starts");
        let mut line = String::new();
        let mut byte = [0];
        let out = child.stdout.as_mut().unwrap();
        while !line.ends_with('\n') && out.read(&mut byte).unwrap() == 1 {
            line.push(char::from(byte[0]));
        }
        let port = line.trim().strip_prefix("PORT ").expect("the port of the SMTP server").parse().unwrap();
        Self { child, port }
    }

    /// Stops it and answers what it took.
    pub fn mails(mut self) -> Vec<String> {
        drop(self.child.stdin.take());
        let lines: Vec<String> =
            BufReader::new(self.child.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
        self.child.wait().unwrap();
        lines
    }
}

/// A Python that has the package.
fn python() -> PathBuf {
    let has = |python: &Path| {
        let run = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    let system = PathBuf::from("python3");
    if has(&system) {
        return system;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aiosmtpd");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let own = folder.join("bin/python");
    if !has(&own) {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
        let installed = Command::new(&own).args(["-m", "pip", "install", "-q", AIOSMTPD]).status();
        assert!(
            made.is_ok_and(|status| status.success()) && installed.is_ok_and(|status| status.success()),
            "This test needs an SMTP server: install the packages python3-venv and python3-aiosmtpd."
        );
    }
    own
}

/// A server as it is set, reached by `localhost`.
pub fn at(port: u16) -> StoredMailServer {
    StoredMailServer {
        server: "localhost".into(),
        port,
        security: MailSecurity::None,
        sender: "pbx@belfry.example".into(),
        sender_name: "Belfry".into(),
        ..StoredMailServer::default()
    }
}

pub fn smtp() -> Smtp {
    Smtp::new(Arc::new(|| vec![[203, 0, 113, 5].into()]))
}

async fn send(smtp: &Smtp, server: StoredMailServer) -> Result<String, Failure> {
    Email::Smtp(smtp.clone()).send(&Outgoing { server, of_tenant: false }, LETTER).await
}

/// A root, and the file of a certificate that it has signed for `localhost`, with its key.
struct Trust {
    folder: PathBuf,
    root: Vec<u8>,
}

impl Trust {
    fn make() -> Self {
        #[expect(clippy::disallowed_methods, reason = "what looks at the certificate has the real clock")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = shared::Moment::from_seconds(i64::try_from(now.as_secs()).unwrap());
        let root = LocalRoot::make(now).unwrap();
        let pair = root.issue(now, &["localhost".to_owned()]).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pair-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("pair.pem"), pair.key_pem() + &pair.chain_pem()).unwrap();
        Self { folder, root: root.certificate.into_bytes() }
    }

    fn pair(&self) -> String {
        self.folder.join("pair.pem").display().to_string()
    }
}

impl Drop for Trust {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

// covers: MAIL-01, MAIL-03
#[tokio::test]
async fn mail_03_an_email_arrives_as_it_was_written_and_a_refused_one_is_given_up_at_once_with_an_event() {
    each_database(|store| async move {
        let server = Server::start();
        store.start_with_mail_server(at(server.port));
        for to in ["nobody@acme.example", "zoe@acme.example"] {
            let text = "Grüße\n.\nhttps://pbx.example/link/abc".into();
            let job = Job::SendEmail { to: to.into(), subject: "Dein Konto – neu".into(), text };
            store.enqueue(NOW, None, &job).await.unwrap();
        }
        let worker = Worker::new(store.clone(), Email::Smtp(smtp()), || NOW);
        assert_eq!(worker.run_due().await.unwrap(), 2);
        let far = NOW + Duration::from_secs(90 * 86_400);
        assert_eq!(store.claim_jobs(far, jobs::worker::LEASE, 10).await.unwrap(), []);
        drop(worker);
        let mails = server.mails();
        let [mail] = mails.as_slice() else { panic!("{mails:?}") };
        let mut words = mail.split(' ').skip(1);
        assert_eq!((words.next(), words.next()), (Some("pbx@belfry.example"), Some("zoe@acme.example")));
        let content = parsed(words.next().unwrap());
        // The last line gets its end: a message on SMTP consists of whole lines.
        assert_eq!(content, "Belfry <pbx@belfry.example>|Dein Konto – neu|Grüße\n.\nhttps://pbx.example/link/abc\n");
        let events = store.list_all_events(&Default::default()).await.unwrap().rows;
        let told: Vec<(&str, &str)> = events.iter().map(|event| (event.code.as_str(), event.text.as_str())).collect();
        let said = "A mail was given up: to nobody@acme.example. localhost does not take mails to this recipient. \
                    It said: 550 no such user";
        assert_eq!(told, [("mail_given_up", said)]);
    })
    .await;
}

// covers: MAIL-01
#[tokio::test]
async fn mail_01_it_goes_out_in_the_clear_over_starttls_and_over_tls_with_and_without_a_login() {
    let trust = Trust::make();
    let (pair, smtp) = (trust.pair(), smtp().with_root(trust.root.clone()));
    for security in MailSecurity::ALL {
        for login in [false, true] {
            let mut arguments = vec!["--security", security.key(), "--pair", &pair];
            arguments.extend(login.then_some(["--login", "pbx", "pass word"]).into_iter().flatten());
            let server = Server::with(&arguments);
            let (user, password) = if login { ("pbx".into(), "pass word".into()) } else { Default::default() };
            let settings = StoredMailServer { security, user, password, ..at(server.port) };
            let answer = send(&smtp, settings).await.unwrap();
            assert_eq!(answer, "250 2.0.0 queued as 4711", "{security:?} {login}");
            assert_eq!(server.mails().len(), 1, "{security:?} {login}");
        }
    }
}

// covers: MAIL-02
#[tokio::test]
async fn mail_02_each_failure_has_its_own_plain_words_and_the_servers_answer() {
    let trust = Trust::make();
    let pair = trust.pair();
    let open = Server::start();
    let tls = Server::with(&["--security", "tls", "--pair", &pair]);
    let start_tls = Server::with(&["--security", "start_tls", "--pair", &pair, "--login", "pbx", "right"]);
    // One that takes the connection and says nothing, and one that is not there.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let dead_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let trusting = smtp().with_root(trust.root.clone());
    let hasty = smtp().with_patience(Duration::from_millis(400));
    let of = |port, security| StoredMailServer { security, ..at(port) };
    let user = |name: &str, password: &str, server: StoredMailServer| StoredMailServer {
        user: name.into(),
        password: password.into(),
        ..server
    };
    use MailFailure as F;
    use MailSecurity as S;
    let nowhere = StoredMailServer { server: "mail.belfry.invalid".into(), ..at(25) };
    let refused = StoredMailServer { sender: "refused@belfry.example".into(), ..at(open.port) };
    let cases = [
        (&trusting, nowhere, F::NameNotFound, "DNS knows no server mail.belfry.invalid.", None),
        (&trusting, at(dead_port), F::Refused, "nobody listens there", None),
        (&trusting, of(dead_port, S::Tls), F::Refused, "nobody listens there", None),
        (&hasty, at(silent_port), F::Timeout, "said nothing", None),
        (&hasty, of(silent_port, S::Tls), F::Timeout, "did not speak TLS", None),
        (&smtp(), of(tls.port, S::Tls), F::TlsNotTrusted, "nobody whom this server trusts has signed it", None),
        (&smtp(), of(start_tls.port, S::StartTls), F::TlsNotTrusted, "nobody whom this server trusts", None),
        (
            &trusting,
            StoredMailServer { server: "127.0.0.1".into(), ..of(tls.port, S::Tls) },
            F::TlsNotTrusted,
            "it is for another name",
            None,
        ),
        (&trusting, of(open.port, S::Tls), F::TlsNotSpoken, "Try STARTTLS", None),
        (&trusting, of(open.port, S::StartTls), F::TlsNotSpoken, "offers no STARTTLS", None),
        (
            &trusting,
            user("pbx", "wrong", of(start_tls.port, S::StartTls)),
            F::LoginWrong,
            "does not accept this user name and password",
            Some("535 5.7.8"),
        ),
        (&trusting, user("pbx", "right", at(open.port)), F::LoginWrong, "offers no login", None),
        (&trusting, refused, F::SenderRefused, "does not take mails from refused@", Some("553 5.7.1 sender")),
    ];
    for (smtp, server, kind, words, answer) in cases {
        let failure = send(smtp, server.clone()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{server:?} {failure:?}");
        assert!(failure.text.contains(words) && failure.text.ends_with('.'), "{failure:?}");
        assert_eq!(failure.answer.is_some(), answer.is_some(), "{failure:?}");
        assert!(failure.answer.iter().all(|said| said.starts_with(answer.unwrap_or_default())), "{failure:?}");
        assert!(!failure.permanent, "other settings help: {failure:?}");
        assert!(!failure.text.contains("wrong"), "no password is told: {failure:?}");
    }
    assert_eq!(open.mails().len() + tls.mails().len() + start_tls.mails().len(), 0);
}

// covers: MAIL-02
#[tokio::test]
async fn mail_02_a_test_mail_tells_what_the_server_said() {
    let server = Server::start();
    let outgoing = Outgoing { server: at(server.port), of_tenant: false };
    let email = Email::Smtp(smtp());
    let sent = email.test(&outgoing, "ann@provider.example", "https://pbx.example").await;
    assert_eq!((sent.failure, sent.answer.as_deref()), (None, Some("250 2.0.0 queued as 4711")));
    assert_eq!(sent.text, "localhost has taken the mail to ann@provider.example.");
    let refused = email.test(&outgoing, "nobody@provider.example", "https://pbx.example").await;
    assert_eq!(refused.failure, Some(MailFailure::RecipientRefused));
    assert_eq!(refused.answer.as_deref(), Some("550 no such user"));
    assert_eq!(server.mails().len(), 1);
}

// covers: S18
#[tokio::test]
async fn s18_a_tenants_server_inside_the_providers_network_is_never_connected_to() {
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let port = inside.local_addr().unwrap().port();
    for host in ["localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.25", "169.254.169.254", "203.0.113.5"] {
        let server = StoredMailServer { server: host.into(), ..at(port) };
        let outgoing = Outgoing { server, of_tenant: true };
        let failure = Email::Smtp(smtp()).send(&outgoing, LETTER).await.unwrap_err();
        assert_eq!((failure.kind, failure.permanent), (MailFailure::Inside, false), "{host} {failure:?}");
    }
    assert_eq!(inside.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody has knocked");
}

// covers: MAIL-03
#[tokio::test]
async fn mail_03_a_mail_goes_out_by_the_server_that_is_set_when_it_is_sent() {
    each_database(|store| async move {
        let server = Server::start();
        let job = Job::SendEmail { to: "zoe@acme.example".into(), subject: "s".into(), text: "t".into() };
        store.enqueue(NOW, None, &job).await.unwrap();
        let worker = Worker::new(store.clone(), Email::Smtp(smtp()), || NOW + Duration::from_secs(60));
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(worker.run_due().await.unwrap(), 0, "no server is set: it waits");
        let events = store.list_all_events(&Default::default()).await.unwrap().rows;
        assert_eq!((events.len(), events[0].code.as_str()), (1, "mail_waits"));
        assert!(events[0].text.ends_with("No mail server is set."), "{}", events[0].text);
        let form = shared::mail_server::UpdateMailServer {
            server: "localhost".into(),
            port: server.port,
            security: MailSecurity::None,
            sender: "pbx@belfry.example".into(),
            ..Default::default()
        };
        store.update_mail_server(NOW, &actor(), &form).await.unwrap();
        let worker = Worker::new(store.clone(), Email::Smtp(smtp()), || NOW + Duration::from_secs(120));
        assert_eq!(worker.run_due().await.unwrap(), 1);
        drop(worker);
        assert_eq!(server.mails().len(), 1);
        assert_eq!(store.count_jobs().await.unwrap(), (0, 0));
    })
    .await;
}

/// Sender, subject and text, as a stranger's mail reader has them.
fn parsed(hex: &str) -> String {
    let script = "import sys, email, email.policy\n\
        m = email.message_from_bytes(bytes.fromhex(sys.argv[1]), policy=email.policy.default)\n\
        text = m.get_content().replace('\\r\\n', '\\n')\n\
        sys.stdout.buffer.write('|'.join([m['from'], m['subject'], text]).encode())";
    let output = Command::new("python3").args(["-c", script, hex]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
