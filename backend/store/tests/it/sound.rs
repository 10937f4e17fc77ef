//! What people bring to be played: IVR-02, EXT-07; and the files beside the rows.

use std::time::Duration;

use shared::extension::DeleteExtension;
use shared::fact::Fact;
use shared::prompt::{DeleteGreeting, DeletePrompt, GREETINGS_MAX, ListGreetings, ListPrompts};
use shared::tenant::DeleteTenant;
use shared::voicemail::{Greetings, MailboxChange, VoicemailSettings};
use shared::{ExtensionId, SoundId};
use store::testing::{NOW, actor, each_database, each_url, open};
use store::{Actor, Error, NewSound};

use crate::voicemail::message;
use crate::world::*;

fn sound(name: &str) -> NewSound<'_> {
    NewSound { name, file: b"OggS and so on", millis: 1_500 }
}

fn playing(greetings: Greetings) -> MailboxChange {
    MailboxChange { settings: VoicemailSettings { greetings, ..VoicemailSettings::default() }, pin: None }
}

// covers: IVR-02
#[tokio::test]
async fn ivr_02_a_prompt_is_kept_with_its_file_listed_by_name_and_removed_with_it() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let files = store.files().unwrap();
        assert_eq!(invalid(view.create_prompt(NOW, &actor(), sound(" ")).await), ["name"]);
        let welcome = view.create_prompt(NOW, &actor(), sound(" Welcome ")).await.unwrap();
        let adieu = view.create_prompt(NOW, &actor(), sound("adieu")).await.unwrap();
        assert_eq!((welcome.name.as_str(), welcome.millis, welcome.bytes), ("Welcome", 1_500, 14));
        assert_eq!((welcome.tenant_id, welcome.extension_id), (acme.id, None));
        let list = view.list_prompts(&ListPrompts::default()).await.unwrap();
        assert_eq!(list.rows, [adieu.clone(), welcome.clone()]);
        let some = ListPrompts { search: Some("WEL".into()), ..ListPrompts::default() };
        assert_eq!(view.list_prompts(&some).await.unwrap().rows, std::slice::from_ref(&welcome));
        assert_eq!(view.prompt_sound(welcome.id).await.unwrap(), (welcome.clone(), b"OggS and so on".to_vec()));
        assert_eq!(files.size(acme.id, welcome.id).await.unwrap(), 14);

        is_not_found(globex.prompt_sound(welcome.id).await);
        let gone = DeletePrompt { sound_id: welcome.id };
        is_not_found(globex.delete_prompt(NOW, &actor(), &gone).await);
        assert_eq!(globex.list_prompts(&ListPrompts::default()).await.unwrap().total, 0);
        view.delete_prompt(NOW, &actor(), &gone).await.unwrap();
        is_not_found(view.prompt_sound(welcome.id).await);
        is_not_found(files.read(acme.id, welcome.id).await);
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        assert_eq!((log[0].operation.as_str(), log[0].subject.as_str()), ("DeletePrompt", "prompt Welcome"));

        let delete = DeleteTenant { tenant_id: acme.id, confirm_name: "Acme".into() };
        store.delete_tenant(NOW, &actor(), &delete).await.unwrap();
        is_not_found(files.read(acme.id, adieu.id).await);
        assert!(!files.path(acme.id, adieu.id).parent().unwrap().exists(), "the folder goes with its tenant");
    })
    .await;
}

// covers: EXT-07
#[tokio::test]
async fn ext_07_a_greeting_is_its_extensions_alone_and_is_played_no_more_once_it_is_removed() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let mine = view.create_greeting(NOW, &actor(), one, sound("Mine")).await.unwrap();
        let busy = view.create_greeting(NOW, &actor(), one, sound("Busy")).await.unwrap();
        let others = view.create_greeting(NOW, &actor(), two, sound("Other")).await.unwrap();
        let prompt = view.create_prompt(NOW, &actor(), sound("Prompt")).await.unwrap();
        assert_eq!(
            view.list_greetings(one, &ListGreetings::default()).await.unwrap().rows,
            [busy.clone(), mine.clone()]
        );
        for foreign in [others.id, prompt.id, SoundId(7)] {
            is_not_found(view.greeting_sound(one, foreign).await);
            is_not_found(view.delete_greeting(NOW, &actor(), one, &DeleteGreeting { sound_id: foreign }).await);
            let change = playing(Greetings { busy: Some(foreign), ..Greetings::default() });
            let refused = view.update_mailbox(NOW, &actor(), "UpdateMailbox", one, &change).await;
            assert_eq!(invalid(refused), ["settings.greetings.busy"]);
        }
        is_not_found(view.prompt_sound(mine.id).await);
        assert_eq!(view.greeting_sound(one, mine.id).await.unwrap().0, mine);

        let greetings = Greetings { usual: Some(mine.id), busy: Some(busy.id), away: Some(mine.id) };
        view.update_mailbox(NOW, &actor(), "UpdateMailbox", one, &playing(greetings)).await.unwrap();
        view.delete_greeting(NOW, &actor(), one, &DeleteGreeting { sound_id: mine.id }).await.unwrap();
        let left = Greetings { usual: None, busy: Some(busy.id), away: None };
        assert_eq!(view.mailbox(one).await.unwrap().settings.greetings, left);
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.extensions[0].mailbox.greetings, left);
        is_not_found(store.files().unwrap().read(acme.id, mine.id).await);

        // With the extension everything of it goes, and nobody else's.
        let voice = message(acme.id, one, 5);
        store.files().unwrap().write(acme.id, voice.sound_id, b"voice").await.unwrap();
        let left = fact(acme.id, NOW, Fact::VoicemailLeft { voicemail: voice.clone() });
        store.record_facts(&[left]).await.unwrap();
        view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: one }).await.unwrap();
        for sound in [busy.id, voice.sound_id] {
            is_not_found(store.files().unwrap().read(acme.id, sound).await);
        }
        assert_eq!(store.voicemails(acme.id).await.unwrap(), []);
        for sound in [others.id, prompt.id] {
            store.files().unwrap().read(acme.id, sound).await.unwrap();
        }
        is_not_found(view.create_greeting(NOW, &actor(), ExtensionId(7), sound("Nobody's")).await);
    })
    .await;
}

// covers: EXT-07
#[tokio::test]
async fn ext_07_one_extension_has_only_so_many_greetings() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        for _ in 0..GREETINGS_MAX {
            view.create_greeting(NOW, &actor(), one, sound("Same")).await.unwrap();
        }
        assert_eq!(conflict(view.create_greeting(NOW, &actor(), one, sound("Same")).await), "name");
        assert_eq!(view.list_greetings(one, &ListGreetings::default()).await.unwrap().total, GREETINGS_MAX);
    })
    .await;
}

#[tokio::test]
async fn without_a_folder_no_sound_is_taken_and_the_reason_is_told() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (view, ..) = tenant_with(&store, "Acme", &[]).await;
        match view.create_prompt(NOW, &actor(), sound("Welcome")).await {
            Err(Error::Files(reason)) => assert!(reason.contains("folder"), "{reason}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(view.list_prompts(&ListPrompts::default()).await.unwrap().total, 0);
        store.purge(NOW).await.unwrap();
        store.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_costs_no_sound() {
    each_url(async |url: String| {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&url).await.with_files(folder.path());
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let first = view.create_prompt(at(60), &actor(), sound("First")).await.unwrap();
        store.close().await.unwrap();
        // Another process begins to count ids at the same moment.
        let store = open(&url).await.with_files(folder.path());
        let view = store.tenant(acme.id);
        let other = NewSound { file: b"another", ..sound("Second") };
        let second = view.create_prompt(at(60), &actor(), other).await.unwrap();
        assert!(second.id > first.id);
        assert_eq!(view.prompt_sound(first.id).await.unwrap().1, b"OggS and so on");
        assert_eq!(view.prompt_sound(second.id).await.unwrap().1, b"another");
        store.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_crash_has_left_between_a_file_and_its_row_is_swept_by_the_purge() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let files = store.files().unwrap();
        let kept = view.create_prompt(NOW, &actor(), sound("Kept")).await.unwrap();
        let voice = message(acme.id, made[0].extension.id, 5);
        let begun = Fact::VoicemailBegun { voicemail: Some(Box::new(voice.clone())) };
        store.record_facts(&[fact(acme.id, NOW, begun)]).await.unwrap();
        for sound in [voice.sound_id, SoundId(99)] {
            files.write(acme.id, sound, b"x").await.unwrap();
        }
        #[expect(clippy::disallowed_methods, reason = "files have the time of the machine")]
        let machine = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let machine = shared::Moment::from_seconds(i64::try_from(machine.as_secs()).unwrap());
        assert_eq!(store.purge(machine).await.unwrap().files, 0, "it may be written just now");
        // The message is young; the clock of its file is not.
        let purged = store.purge(machine + Duration::from_secs(2 * 86_400)).await.unwrap();
        assert_eq!(purged.files, 1);
        for sound in [kept.id, voice.sound_id] {
            files.read(acme.id, sound).await.unwrap();
        }
        is_not_found(files.read(acme.id, SoundId(99)).await);
    })
    .await;
}

// covers: IVR-02, EXT-07, LOG-02
#[tokio::test]
async fn ivr_02_what_a_telephone_has_recorded_is_kept_like_an_upload_with_whoever_has_asked_for_it() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        view.admit_recording(None, " Welcome ").await.unwrap();
        assert_eq!(invalid(view.admit_recording(None, " ").await), ["name"]);
        let boss = Actor { email: "boss@acme.example".into(), address: Some("192.0.2.7".into()), ..actor() };
        let prompt = view.keep_recording(NOW, &boss, None, sound(" Welcome ")).await.unwrap();
        assert_eq!((prompt.name.as_str(), prompt.extension_id, prompt.bytes), ("Welcome", None, 14));
        assert_eq!(view.list_prompts(&ListPrompts::default()).await.unwrap().rows, std::slice::from_ref(&prompt));
        assert_eq!(view.get_own_storage().await.unwrap().prompts, 14);
        let greeting = view.keep_recording(NOW, &boss, Some(one), sound("Away")).await.unwrap();
        assert_eq!(view.list_greetings(one, &ListGreetings::default()).await.unwrap().rows, [greeting]);
        assert_eq!(view.list_greetings(two, &ListGreetings::default()).await.unwrap().total, 0);
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        let said = |row: &shared::activity::Activity| (row.operation.clone(), row.actor.clone(), row.address.clone());
        let by = |operation: &str| (operation.to_owned(), boss.email.clone(), boss.address.clone());
        assert_eq!((said(&log[0]), said(&log[1])), (by("RecordGreeting"), by("RecordPrompt")));
        assert_eq!(log[1].subject, "prompt Welcome");

        // As many as may be.
        for number in 1..GREETINGS_MAX {
            view.admit_recording(Some(one), "More").await.unwrap();
            view.create_greeting(NOW, &actor(), one, sound(&number.to_string())).await.unwrap();
        }
        let full = view.admit_recording(Some(one), "More").await;
        assert!(matches!(full, Err(Error::Conflict { field: "name", .. })), "{full:?}");
        view.admit_recording(Some(two), "More").await.unwrap();
    })
    .await;
}
