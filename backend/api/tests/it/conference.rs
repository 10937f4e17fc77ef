//! Conference rooms over HTTP: CONF-01, CONF-08, what is done in them, temporary rooms (CONF-18), and the words of other systems (CONF-20).

use serde_json::{Value, json};
use shared::activity::ListActivity;
use shared::conference::{
    ChangeConference, ChangeOwnConference, ConferenceChange, ConferenceRoomSettings, ConferenceStanding,
    CreateConferenceRoom, CreateTemporaryConference, DeleteConferenceRoom, DeleteTemporaryConference,
    ListConferenceRooms, ListConferences, ListOwnConferences, MailConferenceInvitation, Participant, ParticipantState,
    UpdateConferenceRoom,
};
use shared::extension::Extension;
use shared::fact::{Fact, TenantFact};
use shared::tenant::TenantOptions;
use shared::tenant_profile::UpdateTenantProfile;
use shared::{CallId, Method, Problem};
use store::testing::{NOW, each_database};

use crate::world::{Company, World};

fn participant(call: i64, of: &Extension, moderator: bool) -> Participant {
    Participant {
        call_id: CallId(call),
        number: of.number.clone(),
        name: of.name.clone(),
        extension_id: Some(of.id),
        state: ParticipantState::Joined,
        moderator,
        muted: false,
        speaks: false,
        since: NOW,
    }
}

/// These are in the company's room.
fn meet(world: &World, of: &Company, participants: Vec<Participant>) {
    let standing = ConferenceStanding {
        room_id: of.room.id,
        number: of.room.settings.number.clone(),
        subject: of.room.settings.subject.clone(),
        started_at: NOW,
        locked: false,
        muted: false,
        recorded: false,
        participants,
    };
    *world.app.conferences.lock().unwrap() = vec![(of.tenant.id, standing)];
}

fn refusal(problem: Problem) -> (u16, String) {
    (problem.status, problem.code)
}

// covers: CONF-01, CONF-02, CONF-08
#[tokio::test]
async fn conf_01_the_administrator_sets_rooms_up_and_nobody_else() {
    each_database(|store| async move {
        let World { mut acme, mut globex, .. } = World::new(store).await;
        let settings = ConferenceRoomSettings {
            moderator_pin: "4321".into(),
            moderators: vec![acme.alice_extension.id],
            ..acme.room.settings.clone()
        };
        let change = UpdateConferenceRoom { conference_room_id: acme.room.id, settings: settings.clone() };
        assert_eq!(acme.boss.call(change.clone()).await.unwrap().settings, settings);
        let rows = acme.boss.call(ListConferenceRooms::default()).await.unwrap().rows;
        assert_eq!((rows.len(), &rows[0].settings), (1, &settings), "the PINs are shown to whoever hands them on");
        assert_eq!(acme.alice.call(ListConferenceRooms::default()).await.unwrap_err().status, 403);
        assert_eq!(globex.boss.call(change).await.unwrap_err().status, 404);

        // Who moderates is one of the own, and a number is given once.
        let settings = ConferenceRoomSettings { number: "8009".into(), ..settings };
        let foreign = globex.boss.call(CreateConferenceRoom { settings: settings.clone() }).await.unwrap_err();
        assert_eq!((foreign.status, foreign.fields[0].field.as_str()), (422, "moderators"));
        let taken = ConferenceRoomSettings { number: "101".into(), ..settings.clone() };
        let taken = acme.boss.call(CreateConferenceRoom { settings: taken }).await.unwrap_err();
        assert_eq!((taken.status, taken.title.as_str()), (409, "The extension of Alice of Acme has the number 101."));
        let same = ConferenceRoomSettings { moderator_pin: settings.pin.clone(), ..settings };
        let same = acme.boss.call(CreateConferenceRoom { settings: same }).await.unwrap_err();
        assert_eq!((same.status, same.fields[0].field.as_str()), (422, "moderator_pin"));
        let gone = DeleteConferenceRoom { conference_room_id: acme.room.id };
        acme.boss.call(gone).await.unwrap();
        assert_eq!(acme.boss.call(gone).await.unwrap_err().status, 404);
    })
    .await;
}

// covers: CONF-08, CONF-10, CONF-11, CONF-12, CONF-13, CONF-14, CONF-16
#[tokio::test]
async fn conf_11_what_is_done_in_a_room_goes_to_the_switch_and_into_the_log() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        meet(&world, &world.acme, vec![participant(7, &world.acme.bob_extension, false)]);
        let (app, tenant, room) = (world.app.clone(), world.acme.tenant.id, world.acme.room.id);
        let boss = &mut world.acme.boss;
        assert_eq!(boss.call(ListConferences {}).await.unwrap()[0].participants[0].number, "102");
        assert_eq!(world.globex.boss.call(ListConferences {}).await.unwrap(), []);
        let call_id = CallId(7);
        let changes = [
            ConferenceChange::Lock,
            ConferenceChange::MuteAll,
            ConferenceChange::Mute { call_id },
            ConferenceChange::Invite { number: "+4930123".into() },
            ConferenceChange::HangUp { call_id },
            ConferenceChange::End,
        ];
        for change in &changes {
            let operation = ChangeConference { conference_room_id: room, change: change.clone() };
            boss.call(operation.clone()).await.unwrap();
            assert_eq!(app.conference_changes.lock().unwrap().pop(), Some((tenant, room, change.clone(), None)));
            assert_eq!(world.globex.boss.call(operation).await.unwrap_err().status, 404);
            assert!(app.conference_changes.lock().unwrap().is_empty());
        }
        let log = boss.call(ListActivity::default()).await.unwrap().rows;
        assert_eq!(
            (log[0].operation.as_str(), log[0].subject.as_str()),
            ("ChangeConference", "conference room 8008: ended")
        );
        assert_eq!(log[2].subject, "conference room 8008: +4930123 invited");
        // What the switch refuses is told in its words, what nobody can call not even asked for.
        let change = ConferenceChange::Record;
        let refused = boss.call(ChangeConference { conference_room_id: room, change }).await.unwrap_err();
        assert_eq!(
            (refused.status, refused.code.as_str(), refused.title.as_str()),
            (409, "conference_refused", "Nobody is in the room.")
        );
        let change = ConferenceChange::Invite { number: "x y".into() };
        let wrong = boss.call(ChangeConference { conference_room_id: room, change }).await.unwrap_err();
        assert_eq!((wrong.status, wrong.fields[0].field.as_str()), (422, "number"));
    })
    .await;
}

// covers: CONF-02, CONF-14, CONF-18
#[tokio::test]
async fn conf_14_an_extension_sees_and_changes_what_it_is_in_or_moderates() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let (alice_extension, bob) = (world.acme.alice_extension.clone(), world.acme.bob_extension.clone());
        let (app, tenant, room) = (world.app.clone(), world.acme.tenant.id, world.acme.room.clone());
        let lock = ChangeOwnConference { conference_room_id: room.id, change: ConferenceChange::Lock };

        // Bob alone is in it: none of Alice's business.
        meet(&world, &world.acme, vec![participant(7, &bob, false)]);
        let alice = &mut world.acme.alice;
        let own = alice.call(ListOwnConferences {}).await.unwrap();
        assert_eq!((own.standings, own.rooms, own.may_create), (vec![], vec![], false));
        assert_eq!(refusal(alice.call(lock.clone()).await.unwrap_err()), (403, "forbidden".into()));

        // She is in it: she sees who else is, and changes nothing.
        meet(&world, &world.acme, vec![participant(7, &bob, false), participant(8, &alice_extension, false)]);
        let alice = &mut world.acme.alice;
        let own = alice.call(ListOwnConferences {}).await.unwrap();
        assert_eq!((own.standings.len(), own.standings[0].moderates), (1, false));
        assert_eq!(own.standings[0].standing.participants[0].name, "Bob of Acme");
        assert_eq!(alice.call(lock.clone()).await.unwrap_err().status, 403);
        assert!(app.conference_changes.lock().unwrap().is_empty());

        // By the PIN she has become a moderator there.
        meet(&world, &world.acme, vec![participant(7, &bob, false), participant(8, &alice_extension, true)]);
        let alice = &mut world.acme.alice;
        assert!(alice.call(ListOwnConferences {}).await.unwrap().standings[0].moderates);
        alice.call(lock.clone()).await.unwrap();
        let done = app.conference_changes.lock().unwrap().pop();
        assert_eq!(done, Some((tenant, room.id, ConferenceChange::Lock, Some(alice_extension.id))));

        // Named as a moderator she sees the room from outside, but not who is in it.
        meet(&world, &world.acme, vec![participant(7, &bob, false)]);
        let settings = ConferenceRoomSettings { moderators: vec![alice_extension.id], ..room.settings.clone() };
        let named = UpdateConferenceRoom { conference_room_id: room.id, settings };
        world.acme.boss.call(named).await.unwrap();
        let alice = &mut world.acme.alice;
        let own = alice.call(ListOwnConferences {}).await.unwrap();
        assert_eq!((own.rooms.len(), own.standings[0].moderates), (1, true));
        let bobs = &own.standings[0].standing.participants[0];
        assert_eq!((bobs.number.as_str(), bobs.name.as_str(), bobs.extension_id), ("", "", None));
        alice.call(lock).await.unwrap();
        let change = ConferenceChange::Lock;
        let foreign = ChangeOwnConference { conference_room_id: world.globex.room.id, change };
        assert_eq!(world.acme.alice.call(foreign).await.unwrap_err().status, 404);
    })
    .await;
}

// covers: CONF-18
#[tokio::test]
async fn conf_18_an_extension_makes_a_temporary_room_where_the_company_allows_it() {
    each_database(|store| async move {
        let World { mut acme, .. } = World::new(store).await;
        let create = CreateTemporaryConference { subject: "Lunch".into(), pin: "123".into() };
        let refused = acme.alice.call(create.clone()).await.unwrap_err();
        assert_eq!(
            (refused.status, refused.title.as_str()),
            (403, "Your company does not allow temporary conferences.")
        );
        let options = Some(TenantOptions { temporary_conferences: true, ..TenantOptions::default() });
        acme.boss.call(UpdateTenantProfile { options, ..Default::default() }).await.unwrap();
        let room = acme.alice.call(create).await.unwrap();
        assert_eq!((room.settings.number.as_str(), room.owner_id), ("7000", Some(acme.alice_extension.id)));
        let own = acme.alice.call(ListOwnConferences {}).await.unwrap();
        assert!(own.may_create && own.rooms == [room.clone()]);
        let wrong = CreateTemporaryConference { subject: " ".into(), pin: "1".into() };
        let wrong = acme.alice.call(wrong).await.unwrap_err();
        assert_eq!(wrong.fields.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), ["subject", "pin"]);
        // Only one's own: the company's room is not found.
        let not_own = DeleteTemporaryConference { conference_room_id: acme.room.id };
        assert_eq!(acme.alice.call(not_own).await.unwrap_err().status, 404);
        acme.alice.call(DeleteTemporaryConference { conference_room_id: room.id }).await.unwrap();
        assert_eq!(acme.alice.call(ListOwnConferences {}).await.unwrap().rooms, []);
    })
    .await;
}

// covers: CONF-18, CONF-20
#[tokio::test]
async fn conf_20_each_path_of_other_systems_does_what_ours_does() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let (app, tenant, room) = (world.app.clone(), world.acme.tenant.id, world.acme.room.id);
        meet(&world, &world.acme, vec![participant(7, &world.acme.bob_extension, false)]);
        let post = async |who: &crate::app::Browser, path: &str, body: Value| {
            who.request(Method::Post, &format!("/api/conference_room/{path}"), Some(body)).await
        };
        let get = async |who: &crate::app::Browser, path: &str| {
            let reply = who.request(Method::Get, &format!("/api/conference_room/{path}"), None).await;
            (reply.status.as_u16(), serde_json::from_slice::<Value>(&reply.body).unwrap())
        };
        let (boss, alice, stranger) = (&world.acme.boss, &world.acme.alice, &world.globex.boss);
        let made = post(boss, "create", json!({ "number": "8010", "subject": "Sales" })).await;
        let made: Value = serde_json::from_slice(&made.body).unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        let set = post(boss, "update", json!({ "id": id, "number": "8011", "subject": "Sales", "pin": "777" })).await;
        assert_eq!(set.status.as_u16(), 200, "{}", set.text());
        let (status, list) = get(boss, "list?search=sales").await;
        assert_eq!((status, &list["rows"][0]["pin"]), (200, &json!("777")));
        for who in [&id, "8011"] {
            assert_eq!(get(boss, &format!("show?id={who}")).await.1["subject"], "Sales");
            assert_eq!(get(stranger, &format!("show?id={who}")).await.0, 404);
        }
        assert_eq!(get(boss, "participants/list?id=8008").await.1[0]["number"], "102");
        assert_eq!(get(boss, "participants/list?id=8011").await.1, json!([]));

        for (body, change) in [
            (
                json!({ "id": "8008", "op": "mute", "participant_extension": "102" }),
                ConferenceChange::Mute { call_id: CallId(7) },
            ),
            (
                json!({ "id": "8008", "op": "hangup", "participant_extension": "102" }),
                ConferenceChange::HangUp { call_id: CallId(7) },
            ),
            (json!({ "id": room, "op": "lock" }), ConferenceChange::Lock),
            (
                json!({ "id": "8008", "op": "invite", "participant_extension": "101" }),
                ConferenceChange::Invite { number: "101".into() },
            ),
        ] {
            let done = post(boss, "participants/update", body.clone()).await;
            assert_eq!(done.status.as_u16(), 204, "{}", done.text());
            assert_eq!(app.conference_changes.lock().unwrap().pop(), Some((tenant, room, change, None)));
            assert_eq!(post(alice, "participants/update", body).await.status.as_u16(), 403, "Alice moderates nothing");
        }
        let done = post(boss, "chairman/update", json!({ "id": "8008", "participant_extension": "102" })).await;
        assert_eq!(done.status.as_u16(), 204);
        let change = ConferenceChange::Promote { call_id: CallId(7) };
        assert_eq!(app.conference_changes.lock().unwrap().pop(), Some((tenant, room, change, None)));
        for (op, number, field) in [
            ("set_main", "102", "op"),
            ("dance", "102", "op"),
            ("mute", "103", "participant_extension"),
            ("invite", "x", "number"),
        ] {
            let body = json!({ "id": "8008", "op": op, "participant_extension": number });
            let problem = post(boss, "participants/update", body).await.problem();
            assert_eq!((problem.status, problem.fields[0].field.as_str()), (422, field), "{op}");
        }
        assert_eq!(post(stranger, "destroy", json!({ "id": id })).await.status.as_u16(), 404);
        assert_eq!(post(boss, "destroy", json!({ "id": "8011" })).await.status.as_u16(), 204);

        // An extension's is a temporary one.
        let body = json!({ "subject": "Lunch", "number": "9999" });
        assert_eq!(post(alice, "create", body.clone()).await.problem().status, 403);
        let options = Some(TenantOptions { temporary_conferences: true, ..TenantOptions::default() });
        world.acme.boss.call(UpdateTenantProfile { options, ..Default::default() }).await.unwrap();
        let made = post(&world.acme.alice, "create", body).await;
        let made: Value = serde_json::from_slice(&made.body).unwrap();
        assert_eq!((&made["number"], &made["owner_id"]), (&json!("7000"), &json!(world.acme.alice_extension.id)));
    })
    .await;
}

// covers: MAIL-03
#[tokio::test]
async fn mail_03_an_invitation_without_a_mail_server_says_so() {
    each_database(|store| async move {
        let World { mut acme, mut globex, .. } = World::new(store).await;
        let invitation =
            shared::conference::ConferenceInvitation { emails: vec!["ann@example.org".into()], ..Default::default() };
        let mail = MailConferenceInvitation { conference_room_id: acme.room.id, invitation };
        assert_eq!(acme.boss.call(mail.clone()).await.unwrap_err().status, 409);
        assert_eq!(globex.boss.call(mail).await.unwrap_err().status, 404);
    })
    .await;
}

/// Facts of rooms name nobody to those who read them.
#[test]
fn a_fact_of_a_room_says_which_and_not_who_hears_of_it() {
    let fact =
        Fact::ConferenceChanged { room_id: shared::ConferenceRoomId(5), extension_ids: vec![shared::ExtensionId(6)] };
    let text = serde_json::to_string(&TenantFact { tenant_id: None, at: NOW, fact }).unwrap();
    assert!(text.contains("cnf_5") && !text.contains("ext_6"), "{text}");
}
