//! Virtual receptionists: IVR-01, IVR-02, their place among numbers and destinations, and the passwords of IVR-21.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Database, Statement};
use shared::action_url::{ActionUrl, Trigger};
use shared::activity::{ListActivity, UndoActivity};
use shared::destination::Destination;
use shared::extension::{CreateExtension, DeleteExtension, UpdateExtension};
use shared::feature_code::UpdateFeatureCodes;
use shared::inbound_rule::{CreateInboundRule, DeleteInboundRule};
use shared::prompt::DeletePrompt;
use shared::quota::{Limit, Quota, QuotaReached};
use shared::receptionist::{
    CreateReceptionist, DeleteReceptionist, ListReceptionists, MenuAction, MenuRow, Receptionist, ReceptionistSettings,
    UpdateReceptionist,
};
use shared::ring_group::{CreateRingGroup, RingGroupSettings};
use shared::tenant::UpdateTenant;
use shared::voicemail::{MailboxChange, VoicemailSettings};
use shared::{ExtensionId, ReceptionistId, SoundId};
use store::testing::{NOW, actor, each_database, each_url, open};
use store::{ActionPassword, Change, Error, NewSound, Result, Store, TenantStore};

use crate::trunk::{assigned, inbound, trunk};
use crate::world::{conflict, invalid, is_not_found, tenant_with};

fn lead(to: Destination) -> MenuAction {
    MenuAction::Lead { to }
}

pub fn menu(number: &str, to: &[Destination]) -> ReceptionistSettings {
    let row = |(key, to): (usize, &Destination)| MenuRow { keys: format!("{}", key + 1), action: lead(to.clone()) };
    ReceptionistSettings {
        number: number.into(),
        name: format!("Menu {number}"),
        rows: to.iter().enumerate().map(row).collect(),
        ..ReceptionistSettings::default()
    }
}

pub async fn create(view: &TenantStore, settings: ReceptionistSettings) -> Result<Receptionist> {
    view.create_receptionist(NOW, &actor(), &CreateReceptionist { settings, ..Default::default() }).await
}

async fn update(view: &TenantStore, id: ReceptionistId, settings: ReceptionistSettings) -> Result<Receptionist> {
    view.update_receptionist(
        NOW,
        &actor(),
        &UpdateReceptionist { receptionist_id: id, settings, passwords: Default::default() },
    )
    .await
}

async fn delete(view: &TenantStore, receptionist_id: ReceptionistId) -> Result<()> {
    view.delete_receptionist(NOW, &actor(), &DeleteReceptionist { receptionist_id }).await
}

fn reason<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Conflict { reason, .. }) => reason,
        Err(Error::Invalid(fields)) => fields[0].reason.clone(),
        other => panic!("{other:?}"),
    }
}

fn to(extension_id: ExtensionId) -> Destination {
    Destination::Extension { extension_id }
}

// covers: IVR-01, IVR-06, LOG-02
#[tokio::test]
async fn ivr_01_a_receptionist_is_made_listed_changed_and_removed_and_the_switch_is_told() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let one = made[0].extension.id;
        let mut changes = store.changes();
        let padded = ReceptionistSettings { name: "  Welcome ".into(), ..menu(" 800 ", &[to(one)]) };
        let main = create(&view, padded).await.unwrap();
        assert_eq!((main.settings.number.as_str(), main.settings.name.as_str()), ("800", "Welcome"));
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        let night = create(&view, menu("799", &[Destination::EndCall])).await.unwrap();
        let list = async |search: Option<&str>| {
            let operation = ListReceptionists { search: search.map(str::to_owned), ..ListReceptionists::default() };
            view.list_receptionists(&operation).await.unwrap().rows
        };
        assert_eq!(list(None).await, [night.clone(), main.clone()]);
        assert_eq!(list(Some("welc")).await, std::slice::from_ref(&main));
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.receptionists, [night.clone(), main.clone()]);

        let changed = ReceptionistSettings { rounds: 5, ..main.settings.clone() };
        let after = update(&view, main.id, changed).await.unwrap();
        assert_eq!(after.settings.rounds, 5);
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        assert_eq!((log[0].operation.as_str(), log[0].subject.as_str()), ("UpdateReceptionist", "receptionist 800"));
        assert!(log[0].undoable && log[0].changes.iter().any(|change| change.field == "rounds"), "{:?}", log[0]);

        // Another tenant's are none.
        assert_eq!(globex.list_receptionists(&ListReceptionists::default()).await.unwrap().total, 0);
        is_not_found(update(&globex, main.id, menu("801", &[])).await);
        is_not_found(delete(&globex, main.id).await);
        let foreign = Destination::Receptionist { receptionist_id: main.id };
        assert_eq!(invalid(create(&globex, menu("801", &[foreign])).await), ["rows[0].action.to"]);
        assert_eq!(invalid(create(&globex, menu("801", &[to(one)])).await), ["rows[0].action.to"]);

        delete(&view, night.id).await.unwrap();
        is_not_found(delete(&view, night.id).await);
        assert_eq!(list(None).await, [after]);
    })
    .await;
}

// covers: IVR-01, T-04, T-11
#[tokio::test]
async fn ivr_01_a_form_that_is_wrong_and_a_limit_that_is_reached_are_refused() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let wrong = ReceptionistSettings { gap_seconds: 0, ..menu("8", &[]) };
        assert_eq!(invalid(create(&view, wrong).await), ["number", "gap_seconds"]);
        let quota = Quota { virtual_receptionists_max: Some(1), ..Quota::default() };
        let change = UpdateTenant { quota: Some(quota), ..UpdateTenant::new(acme.id) };
        store.update_tenant(NOW, &actor(), &change).await.unwrap();
        create(&view, menu("800", &[])).await.unwrap();
        let reached = QuotaReached { limit: Limit::VirtualReceptionists, max: 1 };
        match create(&view, menu("801", &[])).await {
            Err(Error::Quota(found)) => assert_eq!(found, reached),
            other => panic!("{other:?}"),
        }
    })
    .await;
}

// covers: IVR-01, EXT-02, DIAL-01
#[tokio::test]
async fn ivr_01_numbers_are_one_space_in_both_directions_and_the_holder_is_named() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        let group = |number: &str| CreateRingGroup {
            settings: RingGroupSettings {
                number: number.into(),
                name: "Sales".into(),
                members: vec![one],
                ..RingGroupSettings::default()
            },
        };
        view.create_ring_group(NOW, &actor(), &group("600")).await.unwrap();
        let main = create(&view, menu("800", &[])).await.unwrap();
        for (number, expected) in [
            ("101", "The extension of Person 101 has the number 101."),
            ("600", "The ring group Sales has the number 600."),
            ("800", "The receptionist Menu 800 has the number 800."),
            ("999", "999 is the feature code “Voicemail”."),
            ("710", "710 is a parking slot."),
        ] {
            let refused = create(&view, menu(number, &[])).await;
            assert_eq!(reason(refused), expected);
            if number != "800" {
                assert_eq!(reason(update(&view, main.id, menu(number, &[])).await), expected);
            }
        }
        let holder = "The receptionist Menu 800 has the number 800.";
        let new = CreateExtension { number: "800".into(), name: "New".into(), email: None };
        assert_eq!(reason(view.create_extension(NOW, &actor(), &new).await), holder);
        let renumber = UpdateExtension { number: Some("800".into()), ..UpdateExtension::new(one) };
        assert_eq!(reason(view.update_extension(NOW, &actor(), &renumber).await), holder);
        assert_eq!(reason(view.create_ring_group(NOW, &actor(), &group("800")).await), holder);
        let mut codes = view.feature_codes().await.unwrap();
        codes.intercom = "80".into();
        let codes = UpdateFeatureCodes { codes };
        let refused = view.update_feature_codes(NOW, &actor(), codes).await;
        assert_eq!(reason(refused), "80 collides with the receptionist 800.");
        // Its own number is in nobody's way.
        update(&view, main.id, ReceptionistSettings { rounds: 2, ..main.settings.clone() }).await.unwrap();
    })
    .await;
}

// covers: IVR-02, IVR-03
#[tokio::test]
async fn ivr_02_a_prompt_has_to_be_there_and_one_that_is_said_stays() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let sound = |name| NewSound { name, file: b"OggS", millis: 900 };
        let hello = view.create_prompt(NOW, &actor(), sound("Hello")).await.unwrap();
        let foreign = globex.create_prompt(NOW, &actor(), sound("Hello")).await.unwrap();
        let greeting = view.create_greeting(NOW, &actor(), made[0].extension.id, sound("Mine")).await.unwrap();
        let with = |prompt, transfer_prompt| ReceptionistSettings { prompt, transfer_prompt, ..menu("800", &[]) };
        for wrong in [foreign.id, greeting.id, SoundId(7)] {
            assert_eq!(invalid(create(&view, with(Some(wrong), None)).await), ["prompt"]);
            assert_eq!(invalid(create(&view, with(Some(hello.id), Some(wrong))).await), ["transfer_prompt"]);
        }
        let main = create(&view, with(None, Some(hello.id))).await.unwrap();
        let gone = DeletePrompt { sound_id: hello.id };
        let refused = view.delete_prompt(NOW, &actor(), &gone).await;
        assert_eq!(reason(refused), "The prompt is in use by the receptionist 800.");
        update(&view, main.id, with(None, None)).await.unwrap();
        view.delete_prompt(NOW, &actor(), &gone).await.unwrap();
    })
    .await;
}

// covers: IVR-06, IVR-14, EXT-20, VM-01
#[tokio::test]
async fn ivr_06_what_a_receptionist_leads_to_is_there_and_stays_and_so_does_one_that_is_led_to() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let [one, two, three] = [0, 1, 2].map(|place: usize| made[place].extension.id);
        let voicemail = |mailbox_id| Destination::Voicemail { mailbox_id };
        let settings = ReceptionistSettings {
            on_failure: lead(voicemail(two)),
            ..menu("800", &[to(one), voicemail(two), to(one), Destination::EndCall])
        };
        let main = create(&view, settings.clone()).await.unwrap();
        let nobody = ReceptionistSettings { on_timeout: lead(to(ExtensionId(7))), ..settings.clone() };
        assert_eq!(
            invalid(create(&view, ReceptionistSettings { number: "801".into(), ..nobody }).await),
            ["on_timeout.to"]
        );
        let gone = |extension_id| DeleteExtension { extension_id };
        let refused = "The extension is in use by the receptionist 800.";
        assert_eq!(reason(view.delete_extension(NOW, &actor(), &gone(one)).await), refused);
        assert_eq!(reason(view.delete_extension(NOW, &actor(), &gone(two)).await), refused);

        // A mailbox that is switched off is nowhere to lead to.
        let off = VoicemailSettings { enabled: false, ..VoicemailSettings::default() };
        let off = MailboxChange { settings: off, pin: None };
        view.update_mailbox(NOW, &actor(), "UpdateMailbox", three, &off).await.unwrap();
        let closed = create(&view, menu("802", &[voicemail(three)])).await;
        assert_eq!(reason(closed), "The extension has no mailbox.");

        // A rule leads to the receptionist, and one to a mailbox.
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "123;124")]).await;
        let receptionist_id = main.id;
        let mut rules = Vec::new();
        for (number, open) in [("123", Destination::Receptionist { receptionist_id }), ("124", voicemail(one))] {
            let settings = shared::inbound_rule::InboundSettings { open, ..inbound(carrier.id, number, "") };
            let rule = view.create_inbound_rule(NOW, &actor(), &CreateInboundRule { settings }).await;
            rules.push(rule.unwrap());
        }
        assert_eq!(conflict(delete(&view, main.id).await), "receptionist_id");
        assert_eq!(reason(delete(&view, main.id).await), "The receptionist is in use by the inbound rule Rule 123.");
        let both = "The extension is in use by the receptionist 800, the inbound rule Rule 124.";
        assert_eq!(reason(view.delete_extension(NOW, &actor(), &gone(one)).await), both);
        let rule = DeleteInboundRule { inbound_rule_id: rules[0].id };
        view.delete_inbound_rule(NOW, &actor(), &rule).await.unwrap();

        // One that leads to another holds it; one that leads to itself holds nobody.
        let back = Destination::Receptionist { receptionist_id };
        let second = create(&view, menu("803", std::slice::from_ref(&back))).await.unwrap();
        assert_eq!(reason(delete(&view, main.id).await), "The receptionist is in use by the receptionist 803.");
        delete(&view, second.id).await.unwrap();
        update(&view, main.id, menu("800", &[back])).await.unwrap();
        delete(&view, main.id).await.unwrap();

        // Whose own forwarding leads to the own mailbox goes with it.
        let mut forwarding = view.forwarding(two).await.unwrap();
        forwarding.no_answer = voicemail(two);
        view.update_forwarding(NOW, &actor(), "UpdateForwarding", two, &forwarding).await.unwrap();
        view.delete_extension(NOW, &actor(), &gone(two)).await.unwrap();
    })
    .await;
}

fn entry(name: &str, list: &str) -> ActionUrl {
    let action = format!("https://{}.example/route", name.trim().to_lowercase());
    ActionUrl { name: name.into(), list: list.into(), action, user: "belfry".into(), ..ActionUrl::default() }
}

fn with(urls: &[ActionUrl]) -> ReceptionistSettings {
    ReceptionistSettings { urls: urls.to_vec(), ..menu("800", &[]) }
}

fn passwords(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(name, password)| ((*name).to_owned(), (*password).to_owned())).collect()
}

/// What the switch gets of them.
async fn told(store: &Store, view: &TenantStore) -> BTreeMap<String, String> {
    let plan = store.load_plan(view.tenant_id()).await.unwrap().unwrap();
    plan.action_passwords.into_iter().map(|((_, name), ActionPassword(password))| (name, password)).collect()
}

// covers: IVR-16, IVR-18, IVR-21, S28
#[tokio::test]
async fn ivr_21_a_password_is_sealed_told_to_the_switch_alone_and_goes_with_its_entry() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let cards = ActionUrl { user: " belfry ".into(), ..entry(" Cards ", " 810 - 880 ;22,, 23 ") };
        let callers = ActionUrl { trigger: Trigger::Caller, ..entry("Callers", "+4930") };
        let form = CreateReceptionist {
            settings: with(&[cards, callers.clone()]),
            passwords: passwords(&[(" Cards", "open sesame"), ("Callers", "")]),
        };
        let made = view.create_receptionist(NOW, &actor(), &form).await.unwrap();
        let cards = entry("Cards", "810-880,22,23");
        assert_eq!(made.settings.urls, [cards.clone(), callers.clone()]);
        assert_eq!(made.with_password, ["Cards"]);
        assert_eq!(
            view.list_receptionists(&ListReceptionists::default()).await.unwrap().rows,
            std::slice::from_ref(&made)
        );
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        let own = BTreeMap::from([((made.id, "Cards".to_owned()), ActionPassword("open sesame".into()))]);
        assert_eq!((&plan.receptionists, &plan.action_passwords), (&vec![made.clone()], &own));
        assert!(!format!("{plan:?}").contains("sesame"), "it prints as stars");
        assert!(told(&store, &globex).await.is_empty());

        // Absent stays, another takes its place, an empty one is taken away; what is renamed or gone loses its own.
        for (urls, given, expected) in [
            (vec![callers.clone(), cards.clone()], passwords(&[]), passwords(&[("Cards", "open sesame")])),
            (
                vec![cards.clone(), callers.clone()],
                passwords(&[("Cards", "another"), ("Callers", "third")]),
                passwords(&[("Callers", "third"), ("Cards", "another")]),
            ),
            (vec![cards.clone(), callers.clone()], passwords(&[("Callers", "")]), passwords(&[("Cards", "another")])),
            (vec![entry("Maps", "810-880"), callers.clone()], passwords(&[]), passwords(&[])),
            (vec![cards.clone(), callers.clone()], passwords(&[]), passwords(&[])),
            (vec![cards.clone()], passwords(&[("Cards", "fourth")]), passwords(&[("Cards", "fourth")])),
            (vec![], passwords(&[]), passwords(&[])),
        ] {
            let form = UpdateReceptionist { receptionist_id: made.id, settings: with(&urls), passwords: given };
            let after = view.update_receptionist(NOW, &actor(), &form).await.unwrap();
            assert_eq!(told(&store, &view).await, expected, "{form:?}");
            assert_eq!(after.with_password, expected.into_keys().collect::<Vec<_>>(), "{form:?}");
            assert_eq!(view.list_receptionists(&ListReceptionists::default()).await.unwrap().rows, [after]);
        }
    })
    .await;
}

// covers: IVR-21
#[tokio::test]
async fn ivr_21_a_password_is_not_sent_to_another_server_than_the_one_that_it_was_for() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &[]).await;
        let cards = entry("Cards", "1");
        let form = CreateReceptionist {
            settings: with(std::slice::from_ref(&cards)),
            passwords: passwords(&[("Cards", "open sesame")]),
        };
        let made = view.create_receptionist(NOW, &actor(), &form).await.unwrap();
        let set = async |action: &str, given: &[(&str, &str)]| {
            let settings = with(&[ActionUrl { action: action.into(), ..cards.clone() }]);
            let form = UpdateReceptionist { receptionist_id: made.id, settings, passwords: passwords(given) };
            view.update_receptionist(NOW, &actor(), &form).await
        };
        set("https://cards.example/elsewhere", &[]).await.unwrap();
        for action in ["https://thief.example/route", "http://cards.example/route", "https://cards.example:8443/"] {
            let Err(Error::Invalid(problems)) = set(action, &[]).await else { panic!("{action}") };
            assert_eq!(problems[0].field, "urls[0].password", "{action}");
            assert!(problems[0].reason.contains("https://cards.example"), "{problems:?}");
        }
        set("https://other.example/", &[(" Cards ", "another")]).await.unwrap();
        assert_eq!(told(&store, &view).await, passwords(&[("Cards", "another")]));
    })
    .await;
}

// covers: IVR-21, S28
#[tokio::test]
async fn ivr_21_no_table_holds_a_password_in_clear_and_one_that_cannot_be_opened_stops_nothing() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let form = CreateReceptionist {
            settings: with(&[entry("Cards", "22")]),
            passwords: passwords(&[("Cards", "sesame")]),
        };
        let made = view.create_receptionist(NOW, &actor(), &form).await.unwrap();
        store.close().await.unwrap();

        let db = Database::connect(&url).await.unwrap();
        let select = async |sql: &str| {
            let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql.to_owned())).await;
            rows.unwrap().into_iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
        };
        let sealed = select("SELECT secrets FROM receptionist").await;
        assert!(sealed.len() == 1 && !sealed[0].contains("sesame") && !sealed[0].contains("Cards"), "{sealed:?}");
        let texts = "SELECT settings FROM receptionist
            UNION ALL SELECT subject || coalesce(changes, '') || coalesce(undo, '') FROM activity";
        let texts = select(texts).await;
        assert!(texts.len() > 1 && texts.iter().all(|text| !text.contains("sesame")), "{texts:?}");
        db.execute_unprepared("UPDATE receptionist SET secrets = 'nonsense'").await.unwrap();
        db.close().await.unwrap();

        let store = open(&url).await;
        let view = store.tenant(acme.id);
        assert!(told(&store, &view).await.is_empty());
        let listed = view.list_receptionists(&ListReceptionists::default()).await.unwrap().rows;
        assert_eq!((&listed[0].settings, listed[0].with_password.len()), (&made.settings, 0));
        let form = UpdateReceptionist {
            receptionist_id: made.id,
            settings: made.settings,
            passwords: passwords(&[("Cards", "sesame")]),
        };
        assert_eq!(view.update_receptionist(NOW, &actor(), &form).await.unwrap().with_password, ["Cards"]);
        store.close().await.unwrap();
    })
    .await;
}

// covers: IVR-21
#[tokio::test]
async fn ivr_21_a_password_that_is_for_no_entry_or_no_password_is_refused() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &[]).await;
        let made = create(&view, with(&[entry("Cards", "22")])).await.unwrap();
        let long = "é".repeat(200);
        for (name, password, right) in [
            ("Cards", long.as_str(), true),
            ("Cards", &format!("{long}é"), false),
            ("Cards", "a\nb", false),
            ("Cards", "a\0b", false),
            ("Maps", "sesame", false),
            ("Maps", "", false),
        ] {
            let (settings, passwords) = (made.settings.clone(), passwords(&[(name, password)]));
            let form = UpdateReceptionist { receptionist_id: made.id, settings, passwords };
            let done = view.update_receptionist(NOW, &actor(), &form).await;
            if right {
                done.unwrap();
            } else {
                assert_eq!(invalid(done), ["passwords"], "{name} {password:?}");
            }
        }
        let settings = ReceptionistSettings { number: "801".into(), ..made.settings };
        let form = CreateReceptionist { settings, passwords: passwords(&[("Maps", "sesame")]) };
        assert_eq!(invalid(view.create_receptionist(NOW, &actor(), &form).await), ["passwords"]);
    })
    .await;
}

// covers: IVR-21, LOG-02, S28
#[tokio::test]
async fn ivr_21_the_log_knows_that_a_password_was_set_and_not_which_and_undo_touches_none() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &[]).await;
        let cards = entry("Cards", "22");
        let form = CreateReceptionist {
            settings: with(std::slice::from_ref(&cards)),
            passwords: passwords(&[("Cards", "sesame")]),
        };
        let made = view.create_receptionist(NOW, &actor(), &form).await.unwrap();
        let change = async |settings: &ReceptionistSettings, given| {
            let form = UpdateReceptionist {
                receptionist_id: made.id,
                settings: settings.clone(),
                passwords: passwords(given),
            };
            view.update_receptionist(NOW, &actor(), &form).await.unwrap()
        };
        let newest = async || view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0);
        let undo = async |activity_id| view.undo_activity(NOW, &actor(), &UndoActivity { activity_id }).await;

        // What touches a password is not undone; another one is told as such.
        change(&made.settings, &[("Cards", "sesame 2")]).await;
        let line = newest().await;
        let [another] = line.changes.as_slice() else { panic!("{line:?}") };
        assert_eq!((another.field.as_str(), another.after.as_deref()), ("passwords.Cards", Some("another")));
        assert!(!line.undoable);
        change(&made.settings, &[("Cards", "")]).await;
        let line = newest().await;
        assert!(!line.undoable && line.changes[0].field == "with_password", "{line:?}");
        conflict(undo(line.id).await);

        // Another change is, and the password that stands by then is kept.
        change(&ReceptionistSettings { rounds: 5, ..made.settings.clone() }, &[]).await;
        let rounds = newest().await;
        change(&ReceptionistSettings { rounds: 5, ..made.settings.clone() }, &[("Cards", "sesame 3")]).await;
        undo(rounds.id).await.unwrap();
        assert_eq!(told(&store, &view).await, passwords(&[("Cards", "sesame 3")]));

        // An entry that was removed, and a receptionist that was, come back without.
        change(&with(&[]), &[]).await;
        undo(newest().await.id).await.unwrap();
        let back = view.list_receptionists(&ListReceptionists::default()).await.unwrap().rows.remove(0);
        assert_eq!((&back.settings, back.with_password.len()), (&made.settings, 0));
        change(&made.settings, &[("Cards", "sesame 4")]).await;
        delete(&view, made.id).await.unwrap();
        undo(newest().await.id).await.unwrap();
        let back = view.list_receptionists(&ListReceptionists::default()).await.unwrap().rows.remove(0);
        assert_eq!((&back.settings, back.with_password.len()), (&made.settings, 0));
        assert!(told(&store, &view).await.is_empty());
        let log = view.list_activity(&ListActivity::default()).await.unwrap().rows;
        assert!(!format!("{log:?}").contains("sesame"), "{log:?}");
    })
    .await;
}
