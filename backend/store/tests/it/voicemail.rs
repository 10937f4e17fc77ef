//! Mailboxes and what is left in them: VM-01, VM-02, VM-05, VM-06, EXT-06, EXT-07.

use std::time::Duration;

use shared::extension::UpdateExtension;
use shared::fact::Fact;
use shared::prompt::ListGreetings;
use shared::setting::UpdateSettings;
use shared::voicemail::{
    Greetings, ListVoicemails, Mailbox, MailboxChange, Voicemail, VoicemailMail, VoicemailSettings,
};
use shared::{CallId, ExtensionId, SoundId, TenantId, VoicemailId};
use store::testing::{NOW, actor, each_database, mail_server};
use store::{Change, Job, NewSound, TenantStore};

use crate::world::*;

pub fn message(tenant_id: TenantId, extension_id: ExtensionId, id: i64) -> Voicemail {
    Voicemail {
        id: VoicemailId(id),
        tenant_id,
        extension_id,
        call_id: CallId(id + 1_000),
        caller: "+4930123".into(),
        caller_name: "Carol".into(),
        left_at: at(id as u64),
        millis: Some(4_200),
        heard_at: None,
        sound_id: SoundId(id + 2_000),
    }
}

fn begun(of: &Voicemail) -> shared::fact::TenantFact {
    let voicemail = Voicemail { millis: None, heard_at: None, ..of.clone() };
    fact(of.tenant_id, of.left_at, Fact::VoicemailBegun { voicemail: Some(Box::new(voicemail)) })
}

fn left(of: &Voicemail) -> shared::fact::TenantFact {
    fact(of.tenant_id, of.left_at, Fact::VoicemailLeft { voicemail: of.clone() })
}

fn heard(of: &Voicemail, heard_at: Option<shared::Moment>) -> shared::fact::TenantFact {
    let (voicemail_id, extension_id) = (of.id, of.extension_id);
    fact(of.tenant_id, of.left_at, Fact::VoicemailHeard { voicemail_id, extension_id, heard_at })
}

fn removed(of: &Voicemail) -> shared::fact::TenantFact {
    let (voicemail_id, extension_id, sound_id) = (of.id, of.extension_id, of.sound_id);
    fact(of.tenant_id, of.left_at, Fact::VoicemailRemoved { voicemail_id, extension_id, sound_id })
}

async fn set(view: &TenantStore, id: ExtensionId, settings: VoicemailSettings, pin: Option<&str>) -> Mailbox {
    let change = MailboxChange { settings, pin: pin.map(str::to_owned) };
    view.update_mailbox(NOW, &actor(), "UpdateMailbox", id, &change).await.unwrap()
}

async fn list(view: &TenantStore, own: ExtensionId) -> Vec<Voicemail> {
    view.list_voicemails(own, &ListVoicemails::default()).await.unwrap().rows
}

// covers: EXT-06
#[tokio::test]
async fn ext_06_a_mailbox_is_there_from_the_start_and_is_set_up_by_its_owner_or_an_administrator() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let one = made[0].extension.id;
        let fresh = Mailbox { extension_id: one, settings: VoicemailSettings::default(), has_pin: false };
        assert_eq!(view.mailbox(one).await.unwrap(), fresh);
        is_not_found(globex.mailbox(one).await);
        is_not_found(globex.update_mailbox(NOW, &actor(), "UpdateMailbox", one, &MailboxChange::default()).await);

        let asking = VoicemailSettings { pin_required: true, says_time: false, ..VoicemailSettings::default() };
        let change = |pin: Option<&str>| MailboxChange { settings: asking.clone(), pin: pin.map(str::to_owned) };
        for pin in [None, Some(""), Some("1234"), Some("12")] {
            let refused = view.update_mailbox(NOW, &actor(), "UpdateMailbox", one, &change(pin)).await;
            assert_eq!(invalid(refused), ["pin"], "{pin:?}");
        }
        let mut changes = store.changes();
        let mailbox = set(&view, one, asking.clone(), Some("4711")).await;
        assert_eq!(mailbox, Mailbox { settings: asking.clone(), has_pin: true, ..fresh });
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        assert_eq!(view.mailbox(one).await.unwrap(), mailbox);
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.extensions[0].pin.as_ref().unwrap().0, "4711");
        assert_eq!(plan.extensions[0].mailbox, asking);
        assert!(!format!("{plan:?}").contains("4711"), "it prints as stars");

        // Absent leaves the PIN, another replaces it, empty takes it away.
        assert!(set(&view, one, asking.clone(), None).await.has_pin);
        set(&view, one, asking.clone(), Some("90210")).await;
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.extensions[0].pin.as_ref().unwrap().0, "90210");
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        assert_eq!(log[0].subject, "mailbox of extension 101");
        assert!(!log[0].undoable && log[0].changes[0].field == "pin", "{:?}", log[0]);
        assert!(!format!("{log:?}").contains("90210"));
        assert!(!set(&view, one, VoicemailSettings::default(), Some("")).await.has_pin);
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().extensions[0].pin, None);
    })
    .await;
}

// covers: VM-01, VM-02
#[tokio::test]
async fn vm_01_a_message_is_kept_from_its_first_word_heard_counted_as_new_and_removed_with_its_sound() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let first = message(acme.id, one, 1);
        let second = message(acme.id, one, 2);
        store.record_facts(&[begun(&first)]).await.unwrap();
        let running = store.voicemails(acme.id).await.unwrap();
        assert_eq!(running, [Voicemail { millis: None, ..first.clone() }], "the switch knows it after a crash");
        assert_eq!(list(&view, one).await, [], "nobody listens to it while it is being left");
        is_not_found(view.voicemail(one, first.id).await);

        // Told twice, in one batch and in several, and the second without its beginning.
        for facts in [vec![begun(&first), left(&first)], vec![begun(&first), left(&first)], vec![left(&second)]] {
            store.record_facts(&facts).await.unwrap();
        }
        assert_eq!(list(&view, one).await, [second.clone(), first.clone()]);
        assert_eq!(view.voicemail(one, first.id).await.unwrap(), first);
        is_not_found(view.voicemail(two, first.id).await);
        assert_eq!(list(&view, two).await, []);
        let page = ListVoicemails { limit: Some(1), ..ListVoicemails::default() };
        let page = view.list_voicemails(one, &page).await.unwrap();
        let next = ListVoicemails { cursor: page.next, limit: Some(1) };
        assert_eq!((page.total, view.list_voicemails(one, &next).await.unwrap().rows), (2, vec![first.clone()]));

        store.record_facts(&[heard(&first, Some(at(9)))]).await.unwrap();
        assert_eq!(view.voicemail(one, first.id).await.unwrap().heard_at, Some(at(9)));
        store.record_facts(&[left(&first)]).await.unwrap();
        assert_eq!(view.voicemail(one, first.id).await.unwrap().heard_at, Some(at(9)), "it stays heard");
        store.record_facts(&[heard(&first, Some(at(10))), heard(&first, None)]).await.unwrap();
        assert_eq!(view.voicemail(one, first.id).await.unwrap(), first);

        let files = store.files().unwrap();
        files.write(acme.id, first.sound_id, b"sound").await.unwrap();
        assert_eq!(view.voicemail_sound(one, first.id).await.unwrap(), (first.clone(), b"sound".to_vec()));
        is_not_found(view.voicemail_sound(two, first.id).await);
        is_not_found(view.voicemail_sound(one, second.id).await);
        for _ in 0..2 {
            store.record_facts(&[left(&first), heard(&first, None), removed(&first)]).await.unwrap();
            assert_eq!(list(&view, one).await, std::slice::from_ref(&second));
            is_not_found(files.read(acme.id, first.sound_id).await);
        }
        // Nobody's message, and another tenant's, leave nothing and remove nothing.
        let (_, globex, _) = tenant_with(&store, "Globex", &["101"]).await;
        let foreign = Voicemail { tenant_id: globex.id, ..second.clone() };
        store.record_facts(&[left(&message(acme.id, ExtensionId(7), 3)), removed(&foreign)]).await.unwrap();
        assert_eq!(store.voicemails(acme.id).await.unwrap(), [second]);
    })
    .await;
}

// covers: VM-06
#[tokio::test]
async fn vm_06_a_new_message_is_mailed_once_where_somebody_wants_it() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let [one, two, three] = [0, 1, 2].map(|place: usize| made[place].extension.id);
        let jobs = async || {
            let far = NOW + Duration::from_secs(86_400);
            let claimed = store.claim_jobs(far, Duration::ZERO, 32).await.unwrap();
            claimed.into_iter().map(|job| (job.tenant_id, job.job)).collect::<Vec<_>>()
        };
        store.record_facts(&[left(&message(acme.id, one, 1))]).await.unwrap();
        assert_eq!(jobs().await, [], "no mail server is set");
        store.start_with_mail_server(mail_server());
        let nothing = VoicemailSettings { mail: VoicemailMail::Nothing, ..VoicemailSettings::default() };
        set(&view, two, nothing.clone(), None).await;
        let attached = VoicemailSettings { mail: VoicemailMail::Attached, ..VoicemailSettings::default() };
        set(&view, one, attached, None).await;
        let without = UpdateExtension { email: Some(String::new()), ..UpdateExtension::new(three) };
        view.update_extension(NOW, &actor(), &without).await.unwrap();
        let new = message(acme.id, one, 2);
        let quiet = [message(acme.id, two, 3), message(acme.id, three, 4)];
        for _ in 0..2 {
            store.record_facts(&[begun(&new), left(&new), left(&quiet[0]), left(&quiet[1])]).await.unwrap();
        }
        assert_eq!(jobs().await, [(Some(acme.id), Job::SendVoicemail { voicemail_id: new.id })]);

        let notice = view.voicemail_notice(new.id).await.unwrap().unwrap();
        assert_eq!((notice.to.as_str(), notice.number.as_str()), ("101@acme.example", "101"));
        assert_eq!((notice.voicemail, notice.time_zone.as_str(), notice.attached), (new.clone(), "UTC", true));
        set(&view, one, nothing, None).await;
        assert_eq!(view.voicemail_notice(new.id).await.unwrap(), None, "nobody wants it any more");
        assert_eq!(view.voicemail_notice(VoicemailId(99)).await.unwrap(), None);
    })
    .await;
}

// covers: VM-05
#[tokio::test]
async fn vm_05_messages_go_with_their_sounds_when_they_are_old_enough_and_never_where_that_is_set() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        let day = 86_400;
        let old = message(acme.id, one, 1);
        let new = Voicemail { left_at: at(20 * day), ..message(acme.id, one, 2) };
        store.record_facts(&[left(&old), left(&new)]).await.unwrap();
        let files = store.files().unwrap();
        for voicemail in [&old, &new] {
            files.write(acme.id, voicemail.sound_id, b"x").await.unwrap();
        }
        let keep = async |voicemail_days| {
            let change = UpdateSettings { voicemail_days: Some(voicemail_days), ..UpdateSettings::default() };
            store.update_settings(NOW, &actor(), &change).await.unwrap();
        };
        keep(0).await;
        assert_eq!(store.purge(at(9_999 * day)).await.unwrap().voicemails, 0);
        keep(30).await;
        assert_eq!(store.purge(at(29 * day)).await.unwrap().voicemails, 0);
        assert_eq!(store.purge(at(31 * day)).await.unwrap().voicemails, 1);
        assert_eq!(list(&view, one).await, std::slice::from_ref(&new));
        is_not_found(files.read(acme.id, old.sound_id).await);
        files.read(acme.id, new.sound_id).await.unwrap();
    })
    .await;
}

// covers: EXT-07
#[tokio::test]
async fn ext_07_a_greeting_that_a_telephone_has_recorded_is_the_usual_one_in_the_place_of_the_last() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        let files = store.files().unwrap();
        let brought = NewSound { name: "Brought", file: b"OggS", millis: 900 };
        let brought = view.create_greeting(NOW, &actor(), one, brought).await.unwrap();
        let recorded =
            |sound: i64| Fact::GreetingRecorded { extension_id: one, sound_id: SoundId(sound), millis: 2_000 };
        let tell = async |facts: Vec<Fact>| {
            let facts: Vec<_> = facts.into_iter().map(|told| fact(acme.id, at(5), told)).collect();
            for sound in facts.iter().filter_map(|told| match told.fact {
                Fact::GreetingRecorded { sound_id, .. } => Some(sound_id),
                _ => None,
            }) {
                files.write(acme.id, sound, b"recorded").await.unwrap();
            }
            store.record_facts(&facts).await.unwrap();
            store.record_facts(&facts).await.unwrap();
        };
        let names = async || {
            let rows = view.list_greetings(one, &ListGreetings::default()).await.unwrap().rows;
            rows.into_iter().map(|row| (row.name, row.id.0, row.bytes)).collect::<Vec<_>>()
        };
        let mine = ("Brought".to_owned(), brought.id.0, 4);
        let of = |sound: i64| ("Recorded by telephone".to_owned(), sound, 8);
        let mut changes = store.changes();
        tell(vec![recorded(71)]).await;
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        assert_eq!(names().await, [mine.clone(), of(71)]);
        let usual = async || view.mailbox(one).await.unwrap().settings.greetings;
        assert_eq!(usual().await, Greetings { usual: Some(SoundId(71)), ..Greetings::default() });

        let greetings = Greetings { busy: Some(SoundId(71)), away: Some(brought.id), ..usual().await };
        set(&view, one, VoicemailSettings { greetings, ..VoicemailSettings::default() }, None).await;
        tell(vec![recorded(72), recorded(73)]).await;
        assert_eq!(names().await, [mine.clone(), of(73)]);
        let renewed = Greetings { usual: Some(SoundId(73)), busy: Some(SoundId(73)), away: Some(brought.id) };
        assert_eq!(usual().await, renewed);
        for gone in [71, 72] {
            is_not_found(files.read(acme.id, SoundId(gone)).await);
        }
        files.read(acme.id, SoundId(73)).await.unwrap();

        tell(vec![Fact::GreetingDropped { extension_id: one }]).await;
        assert_eq!(usual().await, Greetings { usual: None, ..renewed });
        assert_eq!(names().await, [mine, of(73)], "it may be chosen again");
        // Whoever is gone has no greeting.
        let nobody = Fact::GreetingRecorded { extension_id: ExtensionId(7), sound_id: SoundId(74), millis: 1 };
        tell(vec![nobody]).await;
        is_not_found(files.read(acme.id, SoundId(74)).await);
    })
    .await;
}
