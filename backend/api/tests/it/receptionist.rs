//! Receptionists over HTTP (IVR-01), and the passwords of their entries (IVR-21).

use serde_json::{Value, json};
use shared::Method;
use shared::receptionist::{
    CreateReceptionist, DeleteReceptionist, ListReceptionists, ReceptionistSettings, UpdateReceptionist,
};
use store::testing::each_database;

use crate::world::World;

fn create(settings: ReceptionistSettings) -> CreateReceptionist {
    CreateReceptionist { settings, passwords: Default::default() }
}

// covers: IVR-01, IVR-02
#[tokio::test]
async fn ivr_01_the_administrator_sets_receptionists_up_and_nobody_else() {
    each_database(|store| async move {
        let World { mut acme, mut globex, .. } = World::new(store).await;
        let (menu, prompt) = (acme.receptionist.clone(), Some(acme.prompt.id));
        let settings = ReceptionistSettings { prompt, rounds: 2, ..menu.settings.clone() };
        let change =
            UpdateReceptionist { receptionist_id: menu.id, settings: settings.clone(), passwords: Default::default() };
        let after = acme.boss.call(change.clone()).await.unwrap();
        assert_eq!(after.settings, settings);
        assert_eq!(acme.boss.call(ListReceptionists::default()).await.unwrap().rows, [after]);
        assert_eq!(acme.alice.call(ListReceptionists::default()).await.unwrap_err().status, 403);
        assert_eq!(globex.boss.call(change).await.unwrap_err().status, 404);

        // Another company's prompt is none, and a number is given once.
        let settings = ReceptionistSettings { number: "801".into(), ..settings };
        let refused = globex.boss.call(create(settings.clone())).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "prompt"));
        let same = ReceptionistSettings { number: "800".into(), ..settings };
        let refused = acme.boss.call(create(same)).await.unwrap_err();
        assert_eq!(refused.title, "The receptionist Menu of Acme has the number 800.");
        let gone = DeleteReceptionist { receptionist_id: menu.id };
        acme.boss.call(gone).await.unwrap();
        assert_eq!(acme.boss.call(gone).await.unwrap_err().status, 404);
    })
    .await;
}

// covers: IVR-05, IVR-08, API-03
#[tokio::test]
async fn ivr_08_what_is_wrong_with_a_choice_is_told_at_its_row() {
    each_database(|store| async move {
        let World { acme, .. } = World::new(store).await;
        let nobody = json!({ "do": "lead", "to": { "kind": "voicemail", "mailbox_id": "ext_7" } });
        for (change, field) in [
            (json!({ "gap_seconds": 11 }), "gap_seconds"),
            (json!({ "rows": [{ "keys": "y", "action": { "do": "nothing" } }] }), "rows[0].keys"),
            (json!({ "rows": [{ "keys": "1", "action": nobody }] }), "rows[0].action.to"),
            (json!({ "rows": [{ "keys": "1", "action": { "do": "sing" } }] }), "."),
            (json!({ "rows": vec![json!({ "keys": "1", "action": { "do": "repeat" } }); 51] }), "rows"),
        ] {
            let mut body = json!({ "number": "801", "name": "Menu" });
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let reply = acme.boss.request(Method::Post, "/api/tenant/receptionists", Some(body)).await;
            let problem = reply.problem();
            assert_eq!((problem.status, problem.fields[0].field.as_str()), (422, field), "{change}");
        }
    })
    .await;
}

// covers: IVR-16, IVR-21, S28
#[tokio::test]
async fn ivr_21_a_password_goes_in_and_never_comes_back() {
    each_database(|store| async move {
        let World { mut acme, .. } = World::new(store).await;
        let cards = json!({ "name": "Cards", "list": "22;23", "action": "https://app.example/route", "user": "belfry" });
        let body = |number: &str, passwords: Value| {
            json!({ "number": number, "name": "Menu", "urls": [cards.clone()], "passwords": passwords })
        };
        let own = format!("/api/tenant/receptionists/{}", acme.receptionist.id);
        let mut answers = Vec::new();
        for (method, path, body, status) in [
            (Method::Post, "/api/tenant/receptionists", body("801", json!({ "Cards": "hush 1" })), 200),
            (Method::Put, &own, body("800", json!({ "Cards": "hush 2" })), 200),
            (Method::Put, &own, body("800", json!({})), 200),
            (Method::Put, &own, body("801", json!({ "Cards": "hush 3" })), 409),
            (Method::Put, &own, body("800", json!({ "Maps": "hush 4" })), 422),
            (Method::Put, &own, body("800", json!({ "Cards": ["hush 5"] })), 422),
        ] {
            let reply = acme.boss.request(method, path, Some(body)).await;
            assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
            if status == 200 {
                let made: Value = serde_json::from_slice(&reply.body).unwrap();
                assert_eq!((&made["with_password"], &made["urls"][0]["list"]), (&json!(["Cards"]), &json!("22,23")));
            }
            answers.push(reply.text());
        }
        for entry in api::operations().iter().filter(|entry| entry.method == Method::Get) {
            let path = entry.path.replace("{extension_id}", &acme.alice_extension.id.to_string());
            answers.push(acme.boss.request(Method::Get, &path, None).await.text());
        }
        for answer in answers {
            assert!(!answer.contains("hush"), "{answer}");
        }
        let listed = acme.boss.call(ListReceptionists::default()).await.unwrap().rows;
        assert!(listed.iter().all(|menu| menu.with_password == ["Cards"]), "{listed:?}");
    })
    .await;
}
