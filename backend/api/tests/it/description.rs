//! The API's description (API-12), and what the types themselves promise.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use serde_json::Value;
use shared::Method;
use store::testing::each_database;

use crate::app::App;

async fn document(store: store::Store) -> Value {
    let reply = App::new(store).browser().request(Method::Get, "/api/openapi.json", None).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/json"));
    serde_json::from_slice(&reply.body).unwrap()
}

#[tokio::test]
async fn api_12_the_description_has_every_operation_once() {
    each_database(|store| async move {
        let document = document(store).await;
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for methods in document["paths"].as_object().unwrap().values() {
            for operation in methods.as_object().unwrap().values() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
                assert!(operation["description"].as_str().is_some_and(|text| text.len() > 5), "{operation}");
            }
        }
        for entry in api::operations() {
            let operation = &document["paths"][entry.path][entry.method.as_str().to_lowercase()];
            assert_eq!(operation["operationId"], entry.name);
            let in_path = operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "path");
            assert_eq!(in_path.count(), entry.path.matches('{').count(), "{entry:?}");
        }
        assert_eq!(ids.len(), api::operations().len() + 2);
    })
    .await;
}

#[tokio::test]
async fn api_12_every_reference_of_the_description_leads_somewhere() {
    each_database(|store| async move {
        let document = document(store).await;
        let mut references = BTreeSet::new();
        collect_references(&document, &mut references);
        assert!(references.len() > 20);
        for reference in &references {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference}");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_page_of_the_description_loads_nothing_from_elsewhere() {
    each_database(|store| async move {
        let browser = App::new(store).browser();
        for (path, kind) in [
            ("/api/docs", "text/html; charset=utf-8"),
            ("/api/docs.js", "text/javascript; charset=utf-8"),
            ("/api/docs.css", "text/css; charset=utf-8"),
        ] {
            let reply = browser.request(Method::Get, path, None).await;
            assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, kind));
            assert!(!reply.text().contains("http://") && !reply.text().contains("https://"));
            assert!(!reply.text().contains("innerHTML"));
        }
    })
    .await;
}

fn collect_references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                into.insert(reference.clone());
            }
            fields.values().for_each(|value| collect_references(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, into)),
        _ => {}
    }
}

/// A secret leaves in the answers that are made for it, and in no other (S28): whoever adds a field that sounds like one
/// has to write it down here.
#[test]
fn s28_no_output_has_a_secret_but_those_that_are_shown_once() {
    const SOUNDS: [&str; 8] = ["secret", "password", "token", "hash", "key", "ha1", "invitation", "credential"];
    let allowed = BTreeMap::from([
        ("CompleteSetup", "access_token has_password"),
        ("SignIn", "access_token has_password"),
        ("SignInByLink", "access_token has_password"),
        ("RefreshSession", "access_token has_password"),
        ("ActForTenant", "access_token has_password"),
        ("StopActing", "access_token has_password"),
        ("GetSession", "has_password"),
        ("UpdateAccount", "has_password"),
        ("SetOwnExtension", "has_password"),
        ("CreateTenant", "change_own_secret invitation"),
        ("ListTenants", "change_own_secret"),
        ("GetTenant", "change_own_secret"),
        ("UpdateTenant", "change_own_secret"),
        ("GetOwnTenant", "change_own_secret"),
        ("GetTenantProfile", "change_own_secret"),
        ("UpdateTenantProfile", "change_own_secret"),
        ("CreateExtension", "invitation secret"),
        ("ResetSipSecret", "secret"),
        ("ResetOwnSipSecret", "secret"),
        ("CreatePhoneCredential", "credential secret"),
        // Which keys a telephone has.
        ("GetPhoneKeys", "keys"),
        ("UpdatePhoneKeys", "keys"),
        ("GetOwnPhoneKeys", "keys"),
        ("UpdateOwnPhoneKeys", "keys"),
        ("RevealPhonePassword", "password"),
        ("GetTurn", "has_secret"),
        ("UpdateTurn", "has_secret"),
        ("ListTrunks", "has_password"),
        ("GetTrunk", "has_password"),
        ("CreateTrunk", "has_password"),
        ("UpdateTrunk", "has_password"),
        ("ListUsableTrunks", "has_password"),
        ("CreateOwnTrunk", "has_password"),
        ("UpdateOwnTrunk", "has_password"),
        ("GetMailServer", "has_password"),
        // Who asks, and whether there is what proves it.
        ("GetObjectStorage", "access_key has_secret"),
        ("UpdateObjectStorage", "access_key has_secret"),
        ("GetWizard", "change_own_secret has_password"),
        ("ApplyWizard", "invitation"),
        ("UpdateMailServer", "has_password"),
        ("GetOwnMailServer", "has_password"),
        ("UpdateOwnMailServer", "has_password"),
        // The key of a telephone.
        ("ListQueues", "callback_key"),
        ("CreateQueue", "callback_key"),
        ("UpdateQueue", "callback_key"),
        // What is typed for a choice, and the names of entries.
        ("ListReceptionists", "keys with_password"),
        ("CreateReceptionist", "keys with_password"),
        ("UpdateReceptionist", "keys with_password"),
    ]);
    for entry in api::operations() {
        let mut generator = SchemaGenerator::default();
        let mut schemas = vec![(entry.output)(&mut generator).to_value()];
        schemas.extend(generator.take_definitions(true).into_values());
        let mut names = BTreeSet::new();
        schemas.iter().for_each(|schema| collect_properties(schema, &mut names));
        let secret = names.iter().filter(|name| SOUNDS.iter().any(|sound| name.contains(sound)));
        let found = secret.cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(found, allowed.get(entry.name).copied().unwrap_or_default(), "{}", entry.name);
    }
}

fn collect_properties(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                into.extend(properties.keys().cloned());
            }
            fields.values().for_each(|value| collect_properties(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_properties(value, into)),
        _ => {}
    }
}
