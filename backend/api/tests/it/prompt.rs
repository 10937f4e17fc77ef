//! Sounds that people bring: from the upload to the last byte (IVR-02, EXT-07).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use shared::account::ActForTenant;
use shared::prompt::{
    CreateGreeting, CreatePrompt, DeleteGreeting, DeletePrompt, GetGreetingSound, GetPromptSound, ListGreetings,
    ListPrompts, PROMPT_BYTES_MAX, PromptAsker, PromptWish, RecordGreeting, RecordPrompt,
};
use shared::receptionist::{DeleteReceptionist, ReceptionistSettings, UpdateReceptionist};
use shared::voicemail::{GetOwnMailbox, Greetings, MailboxChange, UpdateOwnMailbox, VoicemailSettings};
use shared::{CallId, ExtensionId, Method};
use store::testing::each_database;

use crate::app::ADDRESS;
use crate::world::{TONE_MILLIS, World, tone, tone_wav};

fn wav() -> String {
    STANDARD.encode(tone_wav())
}

// covers: IVR-02
#[tokio::test]
async fn ivr_02_a_prompt_is_brought_played_used_and_removed() {
    each_database(|store| async move {
        let World { app, mut acme, mut globex, .. } = World::new(store).await;
        let boss = &mut acme.boss;
        let made = boss.call(CreatePrompt { name: " Welcome ".into(), sound: wav() }).await.unwrap();
        assert_eq!((made.name.as_str(), made.millis), ("Welcome", TONE_MILLIS));
        assert_eq!((made.tenant_id, made.extension_id), (acme.tenant.id, None));
        let list = boss.call(ListPrompts { search: Some("welc".into()), ..ListPrompts::default() }).await.unwrap();
        assert_eq!(list.rows, std::slice::from_ref(&made));

        let get = GetPromptSound { sound_id: made.id };
        let reply = boss.ask(&get).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "audio/ogg"));
        assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"{}.ogg\"", made.id));
        assert_eq!(reply.body, tone(), "the same file as the same sound has given");
        assert_eq!(made.bytes, reply.body.len() as u64);
        assert_eq!(sound::read::duration_ms(&reply.body).unwrap(), TONE_MILLIS);
        assert_eq!(globex.boss.ask(&get).await.problem().status, 404);
        assert_eq!(acme.alice.ask(&get).await.problem().status, 403);

        let menu = &acme.receptionist;
        let settings = ReceptionistSettings { prompt: Some(made.id), ..menu.settings.clone() };
        let change = UpdateReceptionist { receptionist_id: menu.id, settings, passwords: Default::default() };
        acme.boss.call(change).await.unwrap();
        let gone = DeletePrompt { sound_id: made.id };
        assert_eq!(globex.boss.call(gone).await.unwrap_err().status, 404);
        let refused = acme.boss.call(gone).await.unwrap_err();
        assert_eq!((refused.status, refused.title.as_str()), (409, "The prompt is in use by the receptionist 800."));
        acme.boss.call(DeleteReceptionist { receptionist_id: menu.id }).await.unwrap();
        let path = app.store.files().unwrap().path(acme.tenant.id, made.id);
        assert!(path.exists());
        acme.boss.call(gone).await.unwrap();
        assert!(!path.exists());
        assert_eq!(acme.boss.ask(&get).await.problem().status, 404);
    })
    .await;
}

// covers: IVR-02, API-03
#[tokio::test]
async fn ivr_02_what_is_no_sound_is_refused_in_a_sentence_and_nothing_is_left() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        let broken = STANDARD.encode(&tone()[..tone().len() / 2]);
        let many = STANDARD.encode(vec![b'x'; 3 << 20]);
        for (name, sound, field, reason) in [
            (" ", wav(), "name", ""),
            ("New", "?".into(), "sound", "This is not Base64."),
            ("New", String::new(), "sound", "The file holds no sound."),
            ("New", STANDARD.encode("<svg/>"), "sound", "This is not a sound file"),
            ("New", broken, "sound", "The file is damaged"),
            // Larger than other requests may be: it is read, and then refused for what it is.
            ("New", many, "sound", "This is not a sound file"),
        ] {
            let refused = acme.boss.call(CreatePrompt { name: name.into(), sound }).await.unwrap_err();
            assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, field), "{reason}");
            assert!(refused.fields[0].reason.starts_with(reason), "{refused:?}");
        }
        let endless = "A".repeat(PROMPT_BYTES_MAX / 3 * 4 + (8 << 10));
        for path in ["/api/tenant/prompts", "/api/tenant/receptionists"] {
            let body = json!({ "name": "New", "number": "801", "sound": endless });
            assert_eq!(acme.boss.request(Method::Post, path, Some(body)).await.problem().status, 413, "{path}");
        }
        let other = json!({ "number": "801", "name": "x".repeat(2 << 20) });
        let reply = acme.boss.request(Method::Post, "/api/tenant/receptionists", Some(other)).await;
        assert_eq!(reply.problem().status, 413, "only sounds are let in that are larger");
        assert_eq!(acme.boss.call(ListPrompts::default()).await.unwrap().rows, std::slice::from_ref(&acme.prompt));
        let folder = app.store.files().unwrap().path(acme.tenant.id, acme.prompt.id);
        let files = std::fs::read_dir(folder.parent().unwrap()).unwrap().count();
        assert_eq!(files, 6, "a prompt, a greeting, two messages and two recordings");
    })
    .await;
}

// covers: EXT-07
#[tokio::test]
async fn ext_07_a_greeting_is_brought_chosen_played_and_removed_by_its_own_person() {
    each_database(|store| async move {
        let World { mut acme, mut globex, .. } = World::new(store).await;
        let made = acme.alice.call(CreateGreeting { name: "On holiday".into(), sound: wav() }).await.unwrap();
        assert_eq!(made.extension_id, Some(acme.alice_extension.id));
        let own = acme.alice.call(ListGreetings::default()).await.unwrap().rows;
        assert_eq!(own, [made.clone(), acme.greeting.clone()]);
        let prompts = acme.boss.call(ListPrompts::default()).await.unwrap().rows;
        assert_eq!(prompts, std::slice::from_ref(&acme.prompt), "greetings are no prompts");
        let get = GetGreetingSound { sound_id: made.id };
        assert_eq!(acme.alice.ask(&get).await.body, tone());
        let greetings = Greetings { away: Some(made.id), ..Greetings::default() };
        let settings = VoicemailSettings { greetings, ..VoicemailSettings::default() };
        let change = UpdateOwnMailbox { change: MailboxChange { settings, pin: None } };
        assert_eq!(acme.alice.call(change.clone()).await.unwrap().settings.greetings, greetings);

        // Another's, and a prompt, are none of one's own greetings; nor the other way round.
        let refused = globex.alice.call(change).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "settings.greetings.away"));
        assert_eq!(globex.alice.ask(&get).await.problem().status, 404);
        let gone = DeleteGreeting { sound_id: made.id };
        assert_eq!(globex.alice.call(gone).await.unwrap_err().status, 404);
        let prompt = GetGreetingSound { sound_id: acme.prompt.id };
        assert_eq!(acme.alice.ask(&prompt).await.problem().status, 404);
        let greeting = GetPromptSound { sound_id: made.id };
        assert_eq!(acme.boss.ask(&greeting).await.problem().status, 404);
        assert_eq!(acme.boss.call(DeletePrompt { sound_id: made.id }).await.unwrap_err().status, 404);

        acme.alice.call(gone).await.unwrap();
        assert_eq!(acme.alice.ask(&get).await.problem().status, 404);
        let mailbox = acme.alice.call(GetOwnMailbox {}).await.unwrap();
        assert_eq!(mailbox.settings.greetings, Greetings::default());
    })
    .await;
}

// covers: IVR-02, EXT-07
#[tokio::test]
async fn ivr_02_a_prompt_is_recorded_by_telephone_with_whoever_has_asked_for_it() {
    each_database(|store| async move {
        let World { app, mut admin, mut acme, globex, .. } = World::new(store).await;
        let record = |name: &str, extension_id| RecordPrompt { name: name.into(), extension_id };
        let bob = acme.bob_extension.id;
        let call = acme.boss.call(record(" Welcome ", bob)).await.unwrap();
        assert_eq!(call.call_id, CallId(77));
        let session = admin.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap();
        admin.token = Some(session.access_token);
        admin.call(record("Closed", bob)).await.unwrap();
        acme.alice.call(RecordGreeting { name: "Away".into() }).await.unwrap();
        let asked = std::mem::take(&mut *app.dictations.lock().unwrap());
        assert!(asked.iter().all(|(tenant, _)| *tenant == acme.tenant.id));
        let wishes: Vec<PromptWish> = asked.into_iter().map(|(_, wish)| wish).collect();
        let who = |wish: &PromptWish| {
            let PromptAsker { email, acting_for, address, .. } = wish.asked_by.clone();
            (wish.name.clone(), wish.extension_id, wish.is_greeting, email, acting_for, address)
        };
        let by = |name: &str, extension, is_greeting, email: &str, acting: Option<&str>| {
            let address = Some(ADDRESS.to_owned());
            (name.to_owned(), extension, is_greeting, email.to_owned(), acting.map(str::to_owned), address)
        };
        let [of_boss, of_admin, of_alice] = &wishes[..] else { panic!("{wishes:?}") };
        assert_eq!(who(of_boss), by("Welcome", bob, false, "boss@acme.example", None));
        assert_eq!(who(of_admin), by("Closed", bob, false, "ada@provider.example", Some("Acme")));
        assert_eq!(who(of_alice), by("Away", acme.alice_extension.id, true, "alice@acme.example", None));

        let unnamed = acme.boss.call(record(" ", bob)).await.unwrap_err();
        assert_eq!((unnamed.status, unnamed.fields[0].field.as_str()), (422, "name"));
        for stranger in [globex.alice_extension.id, ExtensionId(1)] {
            assert_eq!(acme.boss.call(record("Welcome", stranger)).await.unwrap_err().status, 404);
        }
        let offline = acme.boss.call(record("Nobody", bob)).await.unwrap_err();
        assert_eq!((offline.status, offline.fields[0].field.as_str()), (409, "extension_id"));
        assert_eq!(offline.title, "No device of 102 is registered.");
        assert_eq!(acme.alice.call(record("Welcome", bob)).await.unwrap_err().status, 403);
        assert!(app.dictations.lock().unwrap().is_empty(), "nobody was rung for what was refused");
    })
    .await;
}
