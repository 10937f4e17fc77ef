//! Trunks and rules over HTTP: what is made, what is refused with its field, and the line that each change leaves.

use serde_json::json;
use shared::Method;
use shared::account::ActForTenant;
use shared::activity::{ListActivity, ListAllActivity, UndoActivity};
use shared::inbound_rule::{ImportInboundRules, ListInboundRules};
use shared::outbound_rule::ListOutboundRules;
use shared::ring_group::ListRingGroups;
use shared::trunk::{ListTrunks, ListUsableTrunks};
use store::testing::each_database;

use crate::app::Browser;
use crate::world::World;

async fn done(browser: &Browser, method: Method, path: &str, body: serde_json::Value) -> serde_json::Value {
    let reply = browser.request(method, path, Some(body)).await;
    assert!(reply.status.is_success(), "{path}: {}", reply.text());
    serde_json::from_str(&reply.text()).unwrap_or_default()
}

// covers: TRK-05, TRK-13, INB-01, INB-05, INB-07, OUT-01, OUT-04
#[tokio::test]
async fn trk_13_trunks_and_rules_are_made_changed_and_removed_and_each_change_leaves_its_line() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let mut acting = world.admin.clone();
        acting.token = Some(acting.call(ActForTenant { tenant_id: world.acme.tenant.id }).await.unwrap().access_token);
        let acme = world.acme.tenant.id;
        let body = json!({
            "name": "Carrier", "host": "sip.example", "password": "of-the-trunk",
            "assignments": [{ "tenant_id": acme, "did_pool": "49301110-49301119" }],
        });
        let made = done(&world.admin, Method::Post, "/api/admin/trunks", body).await;
        assert!(!made.to_string().contains("of-the-trunk"), "{made}");
        let id = made["id"].as_str().unwrap().to_owned();
        let trunk = format!("/api/admin/trunks/{id}");
        let body = json!({ "name": "Carrier", "host": "sip.example", "port": 5080,
            "assignments": [{ "tenant_id": acme, "did_pool": "49301110-49301119" }] });
        done(&world.admin, Method::Put, &trunk, body).await;
        let own = json!({ "name": "Own", "host": "gateway.example", "did_pool": "*" });
        let own = done(&acting, Method::Post, "/api/tenant/trunks", own).await;
        let own = format!("/api/tenant/trunks/{}", own["id"].as_str().unwrap());
        done(&acting, Method::Put, &own, json!({ "name": "Gateway", "host": "gateway.example", "did_pool": "" })).await;
        assert_eq!(acting.call(ListUsableTrunks::default()).await.unwrap().total, 2);
        done(&acting, Method::Delete, &own, json!({})).await;

        let body = json!({ "name": "Own", "host": "gateway.example", "transport": "tls", "roots": "words" });
        for (browser, path) in [(&world.admin, "/api/admin/trunks"), (&acting, "/api/tenant/trunks")] {
            let refused = browser.request(Method::Post, path, Some(body.clone())).await;
            assert_eq!((refused.status.as_u16(), refused.problem().fields[0].field.as_str()), (422, "roots"));
        }

        let rule = json!({ "name": "Main number", "trunk_id": id, "did_mask": "49301110",
            "open": { "kind": "extension", "extension_id": world.acme.alice_extension.id } });
        let inbound = done(&acting, Method::Post, "/api/tenant/inbound-rules", rule.clone()).await;
        let inbound = format!("/api/tenant/inbound-rules/{}", inbound["id"].as_str().unwrap());
        let twice = acting.request(Method::Post, "/api/tenant/inbound-rules", Some(rule)).await;
        assert_eq!((twice.status.as_u16(), twice.problem().fields[0].field.as_str()), (409, "cid_mask"));
        let hours = json!({ "kind": "own", "week": { "monday": [{ "from": 540, "to": 0 }] } });
        let changed = json!({ "name": "Main number", "trunk_id": id, "did_mask": "49301111", "hours": hours });
        assert_eq!(done(&acting, Method::Put, &inbound, changed).await["hours"]["week"]["monday"][0]["from"], 540);
        let rule =
            json!({ "name": "Abroad", "prefixes": "00", "routes": [{ "trunk_id": id, "strip": 2, "prepend": "+" }] });
        let outbound = done(&acting, Method::Post, "/api/tenant/outbound-rules", rule.clone()).await;
        let outbound = format!("/api/tenant/outbound-rules/{}", outbound["id"].as_str().unwrap());
        let made = done(&acting, Method::Put, &outbound, rule.clone()).await;
        assert!(made["hours"].is_null(), "{made}");
        let timed = json!({ "name": "Abroad", "routes": rule["routes"], "hours": { "kind": "tenant" } });
        assert_eq!(done(&acting, Method::Put, &outbound, timed).await["hours"]["kind"], "tenant");
        let late = acting.request(Method::Get, "/api/tenant/simulation?dialled=1&when=-1", None).await;
        assert_eq!((late.status.as_u16(), late.problem().fields[0].field.as_str()), (422, "when"));
        let wrong = json!({ "name": "", "prefixes": "x", "routes": [] });
        let wrong = acting.request(Method::Post, "/api/tenant/outbound-rules", Some(wrong)).await;
        let fields: Vec<String> = wrong.problem().fields.into_iter().map(|problem| problem.field).collect();
        assert_eq!((wrong.status.as_u16(), fields), (422, vec!["name".into(), "prefixes".into(), "routes".into()]));
        let used = world.admin.request(Method::Delete, &trunk, Some(json!({}))).await;
        assert_eq!(used.status.as_u16(), 409);
        assert!(used.text().contains("the inbound rule Main number, the outbound rule Abroad"), "{}", used.text());
        assert_eq!(acting.call(ListInboundRules::default()).await.unwrap().total, 1);
        assert_eq!(acting.call(ListOutboundRules::default()).await.unwrap().total, 1);
        let alice = world.acme.alice_extension.id;
        let group = json!({ "number": "600", "name": "Sales", "members": [alice] });
        let made = done(&acting, Method::Post, "/api/tenant/ring-groups", group.clone()).await;
        let group_path = format!("/api/tenant/ring-groups/{}", made["id"].as_str().unwrap());
        let twice = acting.request(Method::Post, "/api/tenant/ring-groups", Some(group)).await;
        assert_eq!((twice.status.as_u16(), twice.problem().fields[0].field.as_str()), (409, "number"));
        let taken = json!({ "number": world.acme.alice_extension.number, "name": "Sales", "members": [alice] });
        let taken = acting.request(Method::Post, "/api/tenant/ring-groups", Some(taken)).await;
        assert!(taken.text().contains("has the number"), "{}", taken.text());
        let person = json!({ "number": "600", "name": "Person" });
        let person = acting.request(Method::Post, "/api/tenant/extensions", Some(person)).await;
        assert_eq!((person.status.as_u16(), person.problem().fields[0].field.as_str()), (409, "number"));
        let to_group = json!({ "name": "Main number", "trunk_id": id, "did_mask": "49301111",
            "open": { "kind": "ring_group", "ring_group_id": made["id"] } });
        done(&acting, Method::Put, &inbound, to_group).await;
        let used = acting.request(Method::Delete, &group_path, Some(json!({}))).await;
        assert!(used.text().contains("in use by the inbound rule Main number"), "{}", used.text());
        done(&acting, Method::Put, &group_path, json!({ "number": "601", "name": "Sales", "members": [alice] })).await;
        let bad = "name,trunk,called_number,open\nNight,Nobody's,49301112,601\n";
        let refused = acting.call(ImportInboundRules { csv: bad.into(), dry_run: false }).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "line 2: trunk"));
        let file = acting.request(Method::Get, "/api/tenant/inbound-rules.csv", None).await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert!(file.text().contains("Main number,Carrier,49301111,,601,,office,yes"), "{}", file.text());
        done(&acting, Method::Delete, &inbound, json!({})).await;
        assert_eq!(acting.call(ImportInboundRules { csv: file.text(), dry_run: false }).await.unwrap().created, 1);
        let again = acting.call(ListInboundRules::default()).await.unwrap().rows.remove(0);
        let inbound = format!("/api/tenant/inbound-rules/{}", again.id);
        for path in [&inbound, &outbound, &group_path] {
            done(&acting, Method::Delete, path, json!({})).await;
        }
        done(&world.admin, Method::Delete, &trunk, json!({})).await;
        assert_eq!(world.admin.call(ListTrunks::default()).await.unwrap().total, 0);

        let lines =
            world.admin.call(ListAllActivity { limit: Some(50), ..ListAllActivity::default() }).await.unwrap().rows;
        for operation in [
            "CreateTrunk",
            "UpdateTrunk",
            "DeleteTrunk",
            "CreateOwnTrunk",
            "UpdateOwnTrunk",
            "DeleteOwnTrunk",
            "CreateInboundRule",
            "UpdateInboundRule",
            "DeleteInboundRule",
            "ImportInboundRules",
            "CreateOutboundRule",
            "UpdateOutboundRule",
            "DeleteOutboundRule",
            "CreateRingGroup",
            "UpdateRingGroup",
            "DeleteRingGroup",
        ] {
            let line = lines.iter().find(|line| line.operation == operation && line.failure.is_none());
            assert!(line.is_some(), "{operation}");
        }
        // What was done can be undone, by whoever may do it.
        let line = lines.iter().find(|line| line.operation == "DeleteRingGroup").unwrap();
        acting.call(UndoActivity { activity_id: line.id }).await.unwrap();
        assert_eq!(acting.call(ListRingGroups::default()).await.unwrap().total, 1);
        let newest = &acting.call(ListActivity::default()).await.unwrap().rows[0];
        assert_eq!((newest.operation.as_str(), newest.undoable), ("CreateRingGroup", true), "{newest:?}");
        let again = acting.call(UndoActivity { activity_id: line.id }).await.unwrap_err();
        assert_eq!((again.status, again.fields[0].field.as_str()), (409, "activity_id"), "{again:?}");
        let line = lines.iter().find(|line| line.operation == "UpdateTrunk").unwrap();
        let port = line.changes.iter().find(|change| change.field == "port").unwrap();
        assert_eq!((port.before.as_deref(), port.after.as_deref()), (Some("5060"), Some("5080")));
        assert!(!format!("{lines:?}").contains("of-the-trunk"));
    })
    .await;
}
