//! Voice messages by mail, against the real SMTP server (VM-06).

use std::process::Command;

use jobs::{Email, Worker};
use shared::extension::{CreateExtension, Extension};
use shared::fact::{Fact, TenantFact};
use shared::tenant::CreateTenant;
use shared::voicemail::{MailboxChange, Voicemail, VoicemailMail, VoicemailSettings};
use shared::{CallId, SoundId, VoicemailId};
use store::Store;
use store::testing::{NOW, actor, each_database, mail_server};

use crate::smtp::{Server, at, smtp};

/// What a mail says: subject, text, and of what is attached the name, the kind, how long its sound is in milliseconds.
fn read(mail: &str) -> Vec<String> {
    let script = "import sys, email, email.policy, io, wave\n\
        m = email.message_from_bytes(bytes.fromhex(sys.argv[1]), policy=email.policy.default)\n\
        text = m.get_body(('plain',)).get_content().rstrip()\n\
        print(m['subject'], text, sep='\\x1f', end='')\n\
        for part in m.iter_attachments():\n\
        \x20   w = wave.open(io.BytesIO(part.get_content()))\n\
        \x20   print('', part.get_filename(), part.get_content_type(), w.getnframes() * 1000 // w.getframerate(), sep='\\x1f', end='')\n";
    let hex = mail.split(' ').nth(3).unwrap();
    let output = Command::new("python3").args(["-c", script, hex]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().replace('\r', "").split('\x1f').map(str::to_owned).collect()
}

/// Half a second of silence, as it is kept.
fn quiet() -> Vec<u8> {
    let mut writer = sound::Writer::create(Vec::new(), 1, 7).unwrap();
    writer.push(&[0; 8_000]).unwrap();
    writer.finish().unwrap()
}

async fn person(store: &Store) -> Extension {
    let operation = CreateTenant {
        name: "Acme".into(),
        domain: "acme.example".into(),
        admin_email: "ann@acme.example".into(),
        time_zone: Some("Europe/Berlin".into()),
        ..CreateTenant::default()
    };
    let tenant = store.create_tenant(NOW, &actor(), &operation).await.unwrap().tenant;
    let email = Some("zoe@acme.example".into());
    let form = CreateExtension { number: "101".into(), name: "Zoe".into(), email };
    store.tenant(tenant.id).create_extension(NOW, &actor(), &form).await.unwrap().extension
}

fn voicemail(of: &Extension, id: i64, caller: &str) -> Voicemail {
    Voicemail {
        id: VoicemailId(id),
        tenant_id: of.tenant_id,
        extension_id: of.id,
        call_id: CallId(id),
        caller: caller.into(),
        caller_name: "Carol\r\nBcc: x@y.example".into(),
        left_at: NOW,
        millis: Some(64_200),
        heard_at: None,
        sound_id: SoundId(id),
    }
}

async fn leave(store: &Store, voicemail: &Voicemail) {
    let fact = Fact::VoicemailLeft { voicemail: voicemail.clone() };
    let fact = TenantFact { tenant_id: Some(voicemail.tenant_id), at: NOW, fact };
    store.record_facts(&[fact]).await.unwrap();
}

async fn want(store: &Store, of: &Extension, mail: VoicemailMail) {
    let change = MailboxChange { settings: VoicemailSettings { mail, ..VoicemailSettings::default() }, pin: None };
    store.tenant(of.tenant_id).update_mailbox(NOW, &actor(), "UpdateMailbox", of.id, &change).await.unwrap();
}

// covers: VM-06
#[tokio::test]
async fn vm_06_a_new_message_is_mailed_with_its_time_its_length_and_where_wanted_its_sound() {
    each_database(|store| async move {
        let server = Server::start();
        store.start_with_mail_server(at(server.port));
        let zoe = person(&store).await;
        let (first, second, third) =
            (voicemail(&zoe, 1, "+4930123"), voicemail(&zoe, 2, ""), voicemail(&zoe, 3, "12\r\n3"));
        store.files().unwrap().write(zoe.tenant_id, second.sound_id, &quiet()).await.unwrap();
        store.files().unwrap().write(zoe.tenant_id, third.sound_id, b"torn").await.unwrap();
        let worker = Worker::new(store.clone(), Email::Smtp(smtp()), || NOW);
        leave(&store, &first).await;
        assert_eq!(worker.run_due().await.unwrap(), 1);
        want(&store, &zoe, VoicemailMail::Attached).await;
        leave(&store, &second).await;
        leave(&store, &third).await;
        assert_eq!(worker.run_due().await.unwrap(), 2);
        assert_eq!(store.count_jobs().await.unwrap(), (0, 0));
        drop(worker);
        let mails = server.mails();
        assert!(mails.iter().all(|mail| mail.contains(" pbx@belfry.example zoe@acme.example ")), "{mails:?}");
        let mails: Vec<Vec<String>> = mails.iter().map(|mail| read(mail)).collect();
        let text = |from: &str, end: &str| {
            format!(
                "{from} (CarolBcc: x@y.example) has left a voice message for extension 101.\n\n\
                 When: 2026-11-23 21:00 (Europe/Berlin)\nLength: 1:05\n\n{end}"
            )
        };
        let listen = "Listen to it in the portal, or by telephone.";
        assert_eq!(mails[0], ["New voice message from +4930123".to_owned(), text("+4930123", listen)]);
        assert_eq!(
            mails[1],
            [
                "New voice message from a hidden number",
                &text("a hidden number", "The message is attached."),
                "vm_2.wav",
                "audio/wav",
                "500",
            ]
        );
        assert_eq!(mails[2], ["New voice message from 123".to_owned(), text("123", listen)], "torn: without it");
    })
    .await;
}

// covers: VM-06
#[tokio::test]
async fn vm_06_what_was_removed_before_its_mail_went_out_is_mailed_to_nobody() {
    each_database(|store| async move {
        let (email, sent) = Email::memory();
        store.start_with_mail_server(mail_server());
        let zoe = person(&store).await;
        let (gone, unwanted) = (voicemail(&zoe, 1, "1"), voicemail(&zoe, 2, "2"));
        leave(&store, &gone).await;
        leave(&store, &unwanted).await;
        let (voicemail_id, extension_id, sound_id) = (gone.id, gone.extension_id, gone.sound_id);
        let fact = Fact::VoicemailRemoved { voicemail_id, extension_id, sound_id };
        store.record_facts(&[TenantFact { tenant_id: Some(zoe.tenant_id), at: NOW, fact }]).await.unwrap();
        want(&store, &zoe, VoicemailMail::Nothing).await;
        let worker = Worker::new(store.clone(), email, || NOW);
        assert_eq!(worker.run_due().await.unwrap(), 2);
        assert_eq!(store.count_jobs().await.unwrap(), (0, 0));
        assert_eq!(*sent.lock().unwrap(), []);
    })
    .await;
}
