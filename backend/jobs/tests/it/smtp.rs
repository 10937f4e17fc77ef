//! E-mail against a real server: aiosmtpd, a Python package that is put into the target folder when it is missing.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jobs::{Email, Worker};
use store::Job;
use store::testing::{NOW, each_database};

const AIOSMTPD: &str = "aiosmtpd==1.4.6";

/// Prints its port, then every message it takes; refuses the recipient `nobody@…` for good.
const SERVER: &str = r#"
import sys, time
from aiosmtpd.controller import Controller
class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        print("MAIL", envelope.mail_from, *envelope.rcpt_tos, envelope.content.hex(), flush=True)
        return "250 OK"
class Here(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
controller = Here(Handler(), hostname="127.0.0.1", port=0)
controller.start()
print("PORT", controller.port, flush=True)
sys.stdin.read()
controller.stop()
"#;

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(python())
            .args(["-c", SERVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
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
    fn mails(mut self) -> Vec<String> {
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

#[tokio::test]
async fn an_email_arrives_as_it_was_written_and_a_refused_one_is_given_up_at_once() {
    each_database(|store| async move {
        let server = Server::start();
        let email = Email::smtp(&format!("smtp://127.0.0.1:{}", server.port), "Belfry <pbx@belfry.example>").unwrap();
        for to in ["nobody@acme.example", "zoe@acme.example"] {
            let text = "Grüße\n.\nhttps://pbx.example/link/abc".into();
            let job = Job::SendEmail { to: to.into(), subject: "Dein Konto – neu".into(), text };
            store.enqueue(NOW, None, &job).await.unwrap();
        }
        let worker = Worker::new(store.clone(), email, || NOW);
        assert_eq!(worker.run_due().await.unwrap(), 2);
        let far = NOW + std::time::Duration::from_secs(90 * 86_400);
        assert_eq!(store.claim_jobs(far, jobs::worker::LEASE, 10).await.unwrap(), []);
        drop(worker);
        let mails = server.mails();
        let [mail] = mails.as_slice() else { panic!("{mails:?}") };
        let mut words = mail.split(' ').skip(1);
        assert_eq!((words.next(), words.next()), (Some("pbx@belfry.example"), Some("zoe@acme.example")));
        let content = parsed(words.next().unwrap());
        // The last line gets its end: a message on SMTP consists of whole lines.
        assert_eq!(content, "Dein Konto – neu|Grüße\n.\nhttps://pbx.example/link/abc\n");
    })
    .await;
}

/// Subject and text, as a stranger's mail reader has them.
fn parsed(hex: &str) -> String {
    let script = "import sys, email, email.policy\n\
        m = email.message_from_bytes(bytes.fromhex(sys.argv[1]), policy=email.policy.default)\n\
        sys.stdout.buffer.write((m['subject'] + '|' + m.get_content().replace('\\r\\n', '\\n')).encode())";
    let output = Command::new("python3").args(["-c", script, hex]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
