//! Conference rooms: CONF-01, CONF-02, CONF-08, temporary ones (CONF-18), and invitations by mail.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement};
use shared::activity::{Activity, ListActivity, UndoActivity};
use shared::conference::{
    ConferenceInvitation, ConferenceRoom, ConferenceRoomSettings, CreateConferenceRoom, CreateTemporaryConference,
    DeleteConferenceRoom, DeleteTemporaryConference, ListConferenceRooms, TEMPORARY_ROOMS_MAX, TEMPORARY_SECONDS,
    UpdateConferenceRoom,
};
use shared::destination::Destination;
use shared::extension::{CreateExtension, DeleteExtension};
use shared::fact::{Fact, TenantFact};
use shared::feature_code::UpdateFeatureCodes;
use shared::inbound_rule::{CreateInboundRule, DeleteInboundRule};
use shared::quota::{Limit, Quota, QuotaReached};
use shared::ring_group::{CreateRingGroup, RingGroupSettings};
use shared::tenant::{TenantOptions, UpdateTenant};
use shared::{ConferenceRoomId, ExtensionId, TenantId};
use store::testing::{NOW, actor, each_database, each_url, mail_server, open};
use store::{Change, Error, Result, Store, TenantStore};

use crate::trunk::{assigned, inbound, trunk};
use crate::world::{at, conflict, fact, invalid, is_not_found, tenant_with};

fn room(number: &str) -> ConferenceRoomSettings {
    ConferenceRoomSettings { number: number.into(), subject: format!("Room {number}"), ..Default::default() }
}

async fn create(view: &TenantStore, settings: ConferenceRoomSettings) -> Result<ConferenceRoom> {
    view.create_conference_room(NOW, &actor(), &CreateConferenceRoom { settings }).await
}

async fn update(view: &TenantStore, id: ConferenceRoomId, settings: ConferenceRoomSettings) -> Result<ConferenceRoom> {
    let operation = UpdateConferenceRoom { conference_room_id: id, settings };
    view.update_conference_room(NOW, &actor(), &operation).await
}

async fn delete(view: &TenantStore, conference_room_id: ConferenceRoomId) -> Result<()> {
    view.delete_conference_room(NOW, &actor(), &DeleteConferenceRoom { conference_room_id }).await
}

async fn temporary(view: &TenantStore, own: ExtensionId) -> Result<ConferenceRoom> {
    let operation = CreateTemporaryConference { subject: "Lunch".into(), pin: "123".into() };
    view.create_temporary_conference(NOW, &actor(), own, &operation).await
}

async fn rooms(view: &TenantStore) -> Vec<ConferenceRoom> {
    view.list_conference_rooms(&ListConferenceRooms::default()).await.unwrap().rows
}

async fn newest(view: &TenantStore) -> Activity {
    view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0)
}

async fn allow(store: &Store, tenant: TenantId) {
    let options = Some(TenantOptions { temporary_conferences: true, ..TenantOptions::default() });
    store.update_tenant(NOW, &actor(), &UpdateTenant { options, ..UpdateTenant::new(tenant) }).await.unwrap();
}

fn reason<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Conflict { reason, .. }) => reason,
        Err(Error::Invalid(fields)) => fields[0].reason.clone(),
        other => panic!("{other:?}"),
    }
}

// covers: CONF-01, CONF-08, LOG-02
#[tokio::test]
async fn conf_01_a_room_is_made_listed_changed_and_removed_and_the_switch_is_told() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let one = made[0].extension.id;
        let mut changes = store.changes();
        let settings = ConferenceRoomSettings {
            pin: "1234".into(),
            moderator_pin: "4321".into(),
            moderators: vec![one],
            ..room(" 8008 ")
        };
        let board = create(&view, settings).await.unwrap();
        assert_eq!(
            (board.settings.number.as_str(), board.settings.pin.as_str(), board.owner_id),
            ("8008", "1234", None)
        );
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        let other = create(&view, room("8007")).await.unwrap();
        assert_eq!(rooms(&view).await, [other.clone(), board.clone()]);
        let search = ListConferenceRooms { search: Some("room 8007".into()), ..Default::default() };
        assert_eq!(view.list_conference_rooms(&search).await.unwrap().rows, [other]);
        assert_eq!(view.conference_room_at("8008").await.unwrap(), board);
        assert_eq!(view.own_conference_rooms(one).await.unwrap(), std::slice::from_ref(&board));
        is_not_found(globex.conference_room(board.id).await);
        is_not_found(globex.conference_room_at("8008").await);
        is_not_found(update(&globex, board.id, room("8009")).await);
        is_not_found(delete(&globex, board.id).await);

        let settings = ConferenceRoomSettings { participants_max: 50, pin: "99999".into(), ..board.settings.clone() };
        let after = update(&view, board.id, settings).await.unwrap();
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.conference_rooms[1], after);
        let line = newest(&view).await;
        let told: Vec<_> = line.changes.iter().map(|one| (one.field.as_str(), one.after.as_deref().unwrap())).collect();
        assert_eq!(told, [("participants_max", "50"), ("pin", "another")]);
        delete(&view, board.id).await.unwrap();
        is_not_found(delete(&view, board.id).await);
        assert_eq!(rooms(&view).await.len(), 1);
        assert!(rooms(&globex).await.is_empty());
    })
    .await;
}

// covers: CONF-01, CONF-02, EXT-02, T-11
#[tokio::test]
async fn conf_01_a_room_has_a_free_number_own_moderators_and_a_place_within_the_limit() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (_, _, strangers) = tenant_with(&store, "Globex", &["101"]).await;
        assert_eq!(reason(create(&view, room("101")).await), "The extension of Person 101 has the number 101.");
        let board = create(&view, room("8008")).await.unwrap();
        let taken = "The conference room Room 8008 has the number 8008.";
        assert_eq!(reason(create(&view, room("8008")).await), taken);
        let form = CreateExtension { number: "8008".into(), name: "Eve".into(), email: None };
        assert_eq!(reason(view.create_extension(NOW, &actor(), &form).await), taken);
        let settings = RingGroupSettings {
            number: "8008".into(),
            name: "Sales".into(),
            members: vec![made[0].extension.id],
            ..Default::default()
        };
        assert_eq!(reason(view.create_ring_group(NOW, &actor(), &CreateRingGroup { settings }).await), taken);
        update(&view, board.id, room("8008")).await.unwrap();
        let mut codes = view.feature_codes().await.unwrap();
        codes.voicemail = "8008".into();
        let refused = view.update_feature_codes(NOW, &actor(), UpdateFeatureCodes { codes }).await;
        assert_eq!(reason(refused), "8008 collides with the conference room 8008.");
        let codes = view.feature_codes().await.unwrap();
        assert_eq!(conflict(create(&view, room(&codes.slots().next().unwrap())).await), "number");
        let stranger = ConferenceRoomSettings { moderators: vec![strangers[0].extension.id], ..room("8009") };
        assert_eq!(invalid(create(&view, stranger).await), ["moderators"]);
        let same = ConferenceRoomSettings { pin: "123".into(), moderator_pin: "123".into(), ..room("8009") };
        assert_eq!(invalid(create(&view, same).await), ["moderator_pin"]);

        let quota = Quota { conference_rooms_max: Some(1), ..Quota::default() };
        let limit = UpdateTenant { quota: Some(quota), ..UpdateTenant::new(acme.id) };
        store.update_tenant(NOW, &actor(), &limit).await.unwrap();
        allow(&store, acme.id).await;
        let full = QuotaReached { limit: Limit::ConferenceRooms, max: 1 };
        let refused = create(&view, room("8009")).await;
        assert!(matches!(&refused, Err(Error::Quota(reached)) if *reached == full), "{refused:?}");
        let refused = temporary(&view, made[0].extension.id).await;
        assert!(matches!(&refused, Err(Error::Quota(reached)) if *reached == full), "{refused:?}");
        assert_eq!(view.get_tenant_profile().await.unwrap().conference_rooms, 1);
    })
    .await;
}

// covers: CONF-08, EXT-20
#[tokio::test]
async fn conf_08_what_leads_to_a_room_keeps_it_and_a_room_keeps_its_moderators() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "4930100-4930199")]).await;
        let one = made[0].extension.id;
        let board = create(&view, ConferenceRoomSettings { moderators: vec![one], ..room("8008") }).await.unwrap();
        let to = Destination::Conference { conference_room_id: board.id };
        let mut rule = inbound(carrier.id, "4930101", "");
        rule.name = "Meeting".into();
        rule.open = to.clone();
        let form = CreateInboundRule { settings: rule };
        let rule = view.create_inbound_rule(NOW, &actor(), &form).await.unwrap();
        assert_eq!(reason(delete(&view, board.id).await), "The conference room is in use by the inbound rule Meeting.");
        let gone = DeleteExtension { extension_id: one };
        let kept = "The extension is in use by the conference room 8008, as a moderator.";
        assert_eq!(reason(view.delete_extension(NOW, &actor(), &gone).await), kept);
        let inbound_rule_id = rule.id;
        let free = DeleteInboundRule { inbound_rule_id };
        view.delete_inbound_rule(NOW, &actor(), &free).await.unwrap();
        delete(&view, board.id).await.unwrap();

        // A temporary room is nowhere to lead to, and goes with its owner.
        allow(&store, acme.id).await;
        let own = temporary(&view, one).await.unwrap();
        let mut rule = inbound(carrier.id, "4930101", "");
        rule.open = Destination::Conference { conference_room_id: own.id };
        let refused = view.create_inbound_rule(NOW, &actor(), &CreateInboundRule { settings: rule }).await;
        assert_eq!(invalid(refused), ["open"]);
        view.delete_extension(NOW, &actor(), &gone).await.unwrap();
        assert!(rooms(&view).await.is_empty());
    })
    .await;
}

// covers: CONF-02, S28
#[tokio::test]
async fn conf_02_pins_are_sealed_in_the_row_and_in_the_log_and_come_back_by_undo() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (view, ..) = tenant_with(&store, "Acme", &["101"]).await;
        let settings = ConferenceRoomSettings { pin: "907153".into(), moderator_pin: "680924".into(), ..room("8008") };
        let board = create(&view, settings.clone()).await.unwrap();
        let open_to_all = ConferenceRoomSettings { pin: String::new(), ..settings.clone() };
        update(&view, board.id, open_to_all).await.unwrap();
        let db = Database::connect(&url).await.unwrap();
        for (table, columns) in
            [("conference_room", "settings, pins, search_key"), ("activity", "changes, undo, subject")]
        {
            let sql = format!("SELECT {columns} FROM {table}");
            let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
            for row in rows {
                for column in columns.split(", ") {
                    let text: Option<String> = row.try_get("", column).unwrap();
                    let text = text.unwrap_or_default();
                    assert!(!text.contains("907153") && !text.contains("680924"), "{table}.{column}: {text}");
                }
            }
        }
        db.close().await.unwrap();
        let line = newest(&view).await.id;
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: line }).await.unwrap();
        assert_eq!(view.conference_room(board.id).await.unwrap().settings, settings);
        delete(&view, board.id).await.unwrap();
        let line = newest(&view).await.id;
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: line }).await.unwrap();
        let back = view.conference_room_at("8008").await.unwrap();
        assert_eq!(back.settings, settings, "it is as closed as it was");
        // What somebody has changed since is not undone.
        update(&view, back.id, ConferenceRoomSettings { silent: true, ..settings.clone() }).await.unwrap();
        let line = newest(&view).await.id;
        update(&view, back.id, ConferenceRoomSettings { pin: "111".into(), silent: true, ..settings }).await.unwrap();
        let undone = view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: line }).await;
        assert_eq!(reason(undone), "It has been changed again since. Undo that first.");
        store.close().await.unwrap();
    })
    .await;
}

fn over(tenant: TenantId, room: &ConferenceRoom) -> TenantFact {
    fact(tenant, at(9), Fact::TemporaryConferenceOver { room_id: room.id })
}

// covers: CONF-18
#[tokio::test]
async fn conf_18_a_temporary_room_takes_the_next_number_and_goes_with_the_last() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "7001"]).await;
        let (_, globex, _) = tenant_with(&store, "Globex", &["101"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let refused = temporary(&view, one).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
        allow(&store, acme.id).await;
        create(&view, room("7002")).await.unwrap();
        let first = temporary(&view, one).await.unwrap();
        assert_eq!((first.settings.number.as_str(), first.owner_id), ("7000", Some(one)));
        assert_eq!(first.settings.moderators, [one]);
        let second = temporary(&view, two).await.unwrap();
        assert_eq!(second.settings.number, "7003", "7001 and 7002 are taken");
        let foreign = DeleteTemporaryConference { conference_room_id: second.id };
        is_not_found(view.delete_temporary_conference(NOW, &actor(), one, &foreign).await);
        for _ in 1..TEMPORARY_ROOMS_MAX {
            temporary(&view, one).await.unwrap();
        }
        assert_eq!(reason(temporary(&view, one).await), "You have 5 temporary rooms already. Remove one first.");

        let mut changes = store.changes();
        // Only the own tenant's word counts, and only of temporary rooms; twice is once.
        let lasting = view.conference_room_at("7002").await.unwrap();
        let facts = [over(globex.id, &second), over(acme.id, &lasting), over(acme.id, &first)];
        store.record_facts(&facts).await.unwrap();
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        store.record_facts(&facts).await.unwrap();
        is_not_found(view.conference_room(first.id).await);
        assert_eq!(view.conference_room(second.id).await.unwrap(), second);
        assert_eq!(view.conference_room(lasting.id).await.unwrap(), lasting);
        assert!(!store.load_plan(acme.id).await.unwrap().unwrap().conference_rooms.contains(&first));
        assert_eq!(temporary(&view, one).await.unwrap().settings.number, "7000", "the number is free again");
    })
    .await;
}

// covers: CONF-18
#[tokio::test]
async fn conf_18_a_temporary_room_takes_no_number_of_a_queue() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        allow(&store, acme.id).await;
        let own = made[0].extension.id;
        crate::queue::create(&view, crate::queue::line("7000", &[own])).await.unwrap();
        assert_eq!(temporary(&view, own).await.unwrap().settings.number, "7001");
    })
    .await;
}

// covers: CONF-18
#[tokio::test]
async fn conf_18_what_a_crash_has_left_goes_at_the_start_and_what_nobody_came_to_after_an_hour() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        allow(&store, acme.id).await;
        let one = made[0].extension.id;
        let lasting = create(&view, room("8008")).await.unwrap();
        let (used, waits) = (temporary(&view, one).await.unwrap(), temporary(&view, one).await.unwrap());
        let changed = |room: &ConferenceRoom| {
            fact(acme.id, at(1), Fact::ConferenceChanged { room_id: room.id, extension_ids: vec![one] })
        };
        store.record_facts(&[changed(&used), changed(&lasting)]).await.unwrap();
        assert_eq!(store.sweep_temporary_conferences(at(60)).await.unwrap(), 1);
        assert_eq!(rooms(&view).await, [waits.clone(), lasting.clone()]);
        let hour = NOW + Duration::from_secs(TEMPORARY_SECONDS);
        assert_eq!(store.purge(hour - Duration::from_secs(1)).await.unwrap().conferences, 0);
        // Somebody came: it is the switch that says when it is over.
        store.record_facts(&[changed(&waits)]).await.unwrap();
        assert_eq!(store.purge(hour).await.unwrap().conferences, 0);
        let unused = temporary(&view, one).await.unwrap();
        let mut changes = store.changes();
        assert_eq!(store.purge(hour).await.unwrap().conferences, 1);
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        is_not_found(view.conference_room(unused.id).await);
        assert_eq!(rooms(&view).await, [waits, lasting]);
    })
    .await;
}

// covers: MAIL-03
#[tokio::test]
async fn mail_03_an_invitation_goes_to_each_once_with_number_and_pin() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (_, _, strangers) = tenant_with(&store, "Globex", &["101"]).await;
        let board = create(&view, ConferenceRoomSettings { pin: "1234".into(), ..room("8008") }).await.unwrap();
        let one = made[0].extension.id;
        let mail = async |invitation: ConferenceInvitation| {
            let by = actor();
            view.mail_conference_invitation(NOW, &by, "MailConferenceInvitation", board.id, &invitation).await
        };
        let invitation = ConferenceInvitation {
            extension_ids: vec![one],
            emails: vec!["ann@example.org".into(), " 101@acme.example ".into()],
            note: "At ten.".into(),
        };
        assert!(reason(mail(invitation.clone()).await).starts_with("No mail server is set."));
        store.start_with_mail_server(mail_server());
        mail(invitation.clone()).await.unwrap();
        let jobs = store.claim_jobs(at(1), Duration::from_secs(300), 32).await.unwrap();
        let mut sent: Vec<(String, String)> = jobs
            .into_iter()
            .filter_map(|claimed| match claimed.job {
                store::Job::SendEmail { to, text, .. } => Some((to, text)),
                _ => None,
            })
            .collect();
        sent.sort();
        let to: Vec<&str> = sent.iter().map(|(to, _)| to.as_str()).collect();
        assert_eq!(to, ["101@acme.example", "ann@example.org"]);
        for word in ["Room 8008", "At ten.", "Number: 8008", "PIN: 1234", &format!("sip:8008@{}", acme.domain)] {
            assert!(sent[0].1.contains(word), "{word}: {}", sent[0].1);
        }
        assert_eq!(newest(&view).await.subject, "conference room 8008: mailed to 2");
        let foreign = ConferenceInvitation { extension_ids: vec![strangers[0].extension.id], ..invitation };
        assert_eq!(invalid(mail(foreign).await), ["extension_ids"]);
        let silent = CreateExtension { number: "103".into(), name: "Eve".into(), email: None };
        let silent = view.create_extension(NOW, &actor(), &silent).await.unwrap().extension.id;
        let refused = mail(ConferenceInvitation { extension_ids: vec![silent], ..Default::default() }).await;
        assert_eq!(reason(refused), "Extension 103 of Eve has no e-mail address.");
        // Two wait already.
        let mails = |count: usize, from: usize| ConferenceInvitation {
            emails: (from..from + count).map(|n| format!("{n}@example.org")).collect(),
            ..Default::default()
        };
        for hundred in 0..9 {
            mail(mails(50, hundred * 50)).await.unwrap();
        }
        assert!(reason(mail(mails(50, 450)).await).starts_with("452 mails wait"));
        mail(mails(48, 450)).await.unwrap();
        assert!(matches!(mail(mails(1, 498)).await, Err(Error::Conflict { field: "emails", .. })));
    })
    .await;
}
