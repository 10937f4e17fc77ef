//! *The stranger*: every operation of the router, with everybody's token. What is added to the router is in here the
//! same day (ACC-10, T-10, S8, S20, S23).

use std::collections::BTreeMap;
use std::time::Duration;

use api::{AnswerKind, Entry};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use shared::Method;
use shared::account::ActForTenant;
use shared::queue::{CreateQueue, QueueSettings};
use shared::queue_caller::{
    CreateExclusiveAgent, CreateNuisance, CreateVip, ExclusiveAgentSettings, NuisanceSettings, VipSettings,
};
use shared::role::Access;
use store::testing::each_database;

use crate::app::{Browser, Reply};
use crate::world::{Company, World, call};

/// A body that can be read, made from the operation's schema; `id` for every id in it.
fn example(entry: &Entry, ids: &BTreeMap<&str, String>) -> Option<Value> {
    if entry.method == Method::Get {
        return None;
    }
    let mut generator = SchemaGenerator::default();
    let schema = (entry.input)(&mut generator).to_value();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let fields = required.iter().filter_map(Value::as_str).map(|name| {
        let value = match ids.get(name) {
            Some(id) => json!(id),
            // A week of closed days.
            None if ["week", "settings"].contains(&name) => json!({}),
            None if name == "change" => json!("heard"),
            None if ["amount", "numbers"].contains(&name) => json!("1"),
            None => match schema["properties"][name]["type"].as_str() {
                Some("string") => json!("x"),
                Some("integer") => json!(1),
                Some("boolean") => json!(false),
                Some("array") => json!([]),
                other => panic!("{}: no example for {name}: {other:?}", entry.name),
            },
        };
        (name.to_owned(), value)
    });
    // The first of what can be chosen from.
    let choice = schema["oneOf"][0]["properties"].as_object().cloned().unwrap_or_default();
    let choice = choice.into_iter().filter_map(|(name, property)| Some((name, property.get("const")?.clone())));
    Some(Value::Object(fields.chain(choice).collect::<Map<_, _>>()))
}

fn has_id(entry: &Entry) -> bool {
    entry.path.contains('{') || is_named_in_query(entry)
}

/// Other systems name a room in the query.
fn is_named_in_query(entry: &Entry) -> bool {
    ["ShowRoom", "ListParticipants"].contains(&entry.name)
}

fn ids_of(company: &Company) -> BTreeMap<&'static str, String> {
    let mut ids = BTreeMap::from([
        ("tenant_id", company.tenant.id.to_string()),
        ("extension_id", company.alice_extension.id.to_string()),
        ("call_id", company.call.id.to_string()),
        ("transport_id", "7".to_owned()),
        // As the world makes it.
        ("refusal_id", shared::RefusalId(company.tenant.id.0).to_string()),
        ("file_name", "belfry.log".to_owned()),
        ("ip_entry_id", "8".to_owned()),
        ("trunk_id", "9".to_owned()),
        ("inbound_rule_id", "10".to_owned()),
        ("outbound_rule_id", "11".to_owned()),
        ("ring_group_id", "12".to_owned()),
        ("receptionist_id", company.receptionist.id.to_string()),
        ("conference_room_id", company.room.id.to_string()),
        ("phone_id", company.phone.id.to_string()),
        ("sound_id", company.prompt.id.to_string()),
        ("greeting_id", company.greeting.id.to_string()),
        ("voicemail_id", company.voicemail.id.to_string()),
        ("recording_id", company.recording.id.to_string()),
        ("extension_group_id", shared::extension_group::default_group(company.tenant.id).to_string()),
        ("activity_id", company.activity.to_string()),
        ("blocked_number_id", company.blocked_number.id.to_string()),
    ]);
    ids.extend(company.more.clone());
    ids
}

fn address(entry: &Entry, ids: &BTreeMap<&str, String>) -> String {
    // A greeting is a sound as well, but no prompt.
    let mut address = entry.path.replace("greetings/{sound_id}", "greetings/{greeting_id}");
    for (name, id) in ids {
        address = address.replace(&format!("{{{name}}}"), id);
    }
    if let (true, Some(id)) = (is_named_in_query(entry), ids.get("conference_room_id")) {
        address.push_str(&format!("?id={id}"));
    }
    assert!(!address.contains('{'), "{entry:?} has an id that this test does not know");
    address
}

async fn ask(browser: &Browser, entry: &Entry, ids: &BTreeMap<&str, String>) -> Reply {
    browser.request(entry.method, &address(entry, ids), example(entry, ids)).await
}

/// The world with a running call in each company.
async fn world(store: store::Store) -> World {
    let mut world = World::new(store).await;
    for company in [&mut world.acme, &mut world.globex] {
        company.more = queue_of(company).await;
    }
    for company in [&world.acme, &world.globex] {
        let running = call(company.call.id.0, &company.tenant, Some(&company.alice_extension), None);
        world.app.calls.lock().unwrap().insert(running.id.0, running);
    }
    world
}

/// A queue that Bob answers for, and somebody of each kind that is treated in a way of its own there.
async fn queue_of(company: &mut Company) -> BTreeMap<&'static str, String> {
    let (bob, of) = (company.bob_extension.id, company.tenant.name.clone());
    let number = || "0301234".to_owned();
    let settings = QueueSettings {
        number: "8000".into(),
        name: format!("Sales of {of}"),
        members: vec![bob],
        ..QueueSettings::default()
    };
    let queue = company.boss.call(CreateQueue { settings }).await.unwrap();
    let settings = VipSettings { number: number(), description: of.clone(), ..VipSettings::default() };
    let vip = company.boss.call(CreateVip { settings }).await.unwrap();
    let settings = NuisanceSettings { number: number(), description: of.clone(), ..NuisanceSettings::default() };
    let nuisance = company.boss.call(CreateNuisance { settings }).await.unwrap();
    let settings = ExclusiveAgentSettings { description: of, callers: vec![number()], agents: vec![bob] };
    let exclusive = company.boss.call(CreateExclusiveAgent { settings }).await.unwrap();
    BTreeMap::from([
        ("queue_id", queue.id.to_string()),
        ("vip_id", vip.id.to_string()),
        ("nuisance_id", nuisance.id.to_string()),
        ("exclusive_agent_id", exclusive.id.to_string()),
    ])
}

async fn acting_for(world: &World, company: &Company) -> Browser {
    let mut admin = world.admin.clone();
    let session = admin.call(ActForTenant { tenant_id: company.tenant.id }).await.unwrap();
    admin.token = Some(session.access_token);
    admin
}

#[tokio::test]
async fn acc_10_without_a_token_everything_but_the_way_in_is_closed() {
    each_database(|store| async move {
        let world = world(store).await;
        let ids = ids_of(&world.acme);
        let mut forged = world.app.browser();
        forged.token = world.admin.token.clone().map(|token| format!("{}x", &token[..token.len() - 1]));
        for entry in api::operations().iter().filter(|entry| entry.access != Access::Public) {
            for browser in [&world.app.browser(), &forged] {
                let reply = ask(browser, entry, &ids).await;
                assert_eq!(
                    (reply.status.as_u16(), reply.problem().code.as_str()),
                    (401, "sign_in_needed"),
                    "{entry:?}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn acc_10_every_operation_is_forbidden_to_the_roles_that_it_is_not_for() {
    each_database(|store| async move {
        let world = world(store).await;
        let ids = ids_of(&world.acme);
        let (admin, boss, alice) = (&world.admin, &world.acme.boss, &world.acme.alice);
        for entry in api::operations() {
            let strangers: &[&Browser] = match entry.access {
                Access::Public | Access::SignedIn => &[],
                Access::Admin => &[boss, alice],
                Access::TenantAdmin => &[admin, alice],
                Access::User => &[admin, boss],
            };
            for stranger in strangers {
                let reply = ask(stranger, &entry, &ids).await;
                assert_eq!((reply.status.as_u16(), reply.problem().code.as_str()), (403, "forbidden"), "{entry:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn acc_10_another_tenants_object_is_not_found_by_anybody() {
    each_database(|store| async move {
        let world = world(store).await;
        let before = everything_of(&world, &world.acme).await;
        let foreign = ids_of(&world.acme);
        let acting = acting_for(&world, &world.globex).await;
        let mut walked = 0;
        for entry in api::operations().iter().filter(|entry| has_id(entry)) {
            let strangers: &[&Browser] = match entry.access {
                Access::TenantAdmin => &[&world.globex.boss, &acting],
                Access::User => &[&world.globex.alice],
                // An administrator of the installation has no foreign tenants.
                Access::Admin => continue,
                Access::Public | Access::SignedIn => panic!("{entry:?}: who owns that id?"),
            };
            for stranger in strangers {
                let reply = ask(stranger, entry, &foreign).await;
                assert_eq!((reply.status.as_u16(), reply.problem().code.as_str()), (404, "not_found"), "{entry:?}");
                walked += 1;
            }
        }
        assert!(walked >= 15, "{walked}");
        assert_eq!(everything_of(&world, &world.acme).await, before, "a stranger has changed something");
        assert_eq!(world.app.calls.lock().unwrap().len(), 2, "a stranger has ended a call");
    })
    .await;
}

#[tokio::test]
async fn acc_10_ids_that_never_were_and_garbage_look_like_foreign_ones() {
    each_database(|store| async move {
        let world = world(store).await;
        let acting = acting_for(&world, &world.acme).await;
        // What the body names is there: garbage in it is told at its field.
        let own = ids_of(&world.acme);
        for entry in api::operations().iter().filter(|entry| has_id(entry)) {
            let browser = match entry.access {
                Access::Admin => &world.admin,
                Access::TenantAdmin => &acting,
                _ => &world.acme.alice,
            };
            for id in ["1234567", "x", "0", "-1", "%27%20OR%201%3D1%20--", "999999999999999999999999", "%00"] {
                let ids = BTreeMap::from_iter(
                    ids_of(&world.acme).into_keys().map(|name| (name, id.to_owned())).collect::<Vec<_>>(),
                );
                // Slower than a session may ask.
                world.app.pass(Duration::from_millis(20));
                let reply = browser.request(entry.method, &address(entry, &ids), example(entry, &own)).await;
                assert_eq!(
                    (reply.status.as_u16(), reply.problem().code.as_str()),
                    (404, "not_found"),
                    "{entry:?} {id}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn acc_10_a_colleagues_call_is_not_found_by_a_user() {
    each_database(|store| async move {
        let World { acme, .. } = world(store).await;
        let own = acme.alice.request(Method::Get, &format!("/api/user/calls/{}", acme.call.id), None).await;
        assert_eq!(own.status.as_u16(), 200);
        let bobs = acme.alice.request(Method::Get, &format!("/api/user/calls/{}", acme.bobs_call.id), None).await;
        assert_eq!(bobs.problem().status, 404);
        let list = acme.alice.request(Method::Get, "/api/user/calls", None).await.text();
        assert!(list.contains(&acme.call.id.to_string()) && !list.contains(&acme.bobs_call.id.to_string()));
    })
    .await;
}

#[tokio::test]
async fn t_10_no_answer_holds_a_row_of_another_tenant() {
    each_database(|store| async move {
        let world = world(store).await;
        let acting = acting_for(&world, &world.globex).await;
        let own = ids_of(&world.globex);
        for entry in api::operations().iter().filter(|entry| entry.method == Method::Get) {
            let readers: &[&Browser] = match entry.access {
                Access::Public | Access::SignedIn => &[&world.globex.boss, &world.globex.alice],
                Access::TenantAdmin => &[&world.globex.boss, &acting],
                Access::User => &[&world.globex.alice],
                Access::Admin => continue,
            };
            for reader in readers {
                let reply = ask(reader, entry, &own).await;
                assert_eq!(reply.status.as_u16(), 200, "{entry:?} {}", reply.text());
                assert!(!reply.text().to_lowercase().contains("acme"), "{entry:?} {}", reply.text());
            }
        }
        let foreign = format!("/api/tenant/registrations?extension_id={}", world.acme.alice_extension.id);
        let reply = world.globex.boss.request(Method::Get, &foreign, None).await;
        assert_eq!(reply.text(), r#"{"rows":[],"next":null,"total":0}"#, "a foreign id as a filter finds nothing");
    })
    .await;
}

// covers: S28
#[tokio::test]
async fn no_answer_holds_a_secret_that_was_shown_before() {
    each_database(|store| async move {
        let world = world(store).await;
        let acting = acting_for(&world, &world.acme).await;
        let ids = ids_of(&world.acme);
        let secrets: Vec<&String> = world.acme.secrets.iter().chain(&world.globex.secrets).collect();
        for entry in api::operations().iter().filter(|entry| entry.method == Method::Get) {
            for reader in [&world.admin, &acting, &world.acme.boss, &world.acme.alice] {
                let text = String::from_utf8_lossy(&ask(reader, entry, &ids).await.body).into_owned();
                for secret in &secrets {
                    assert!(!text.contains(secret.as_str()), "{entry:?}");
                }
                assert!(!text.contains("argon2"), "{entry:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn s20_sql_in_a_filter_a_sort_or_a_cursor_is_text_and_nothing_else() {
    const ATTACKS: [&str; 8] = [
        "' OR '1'='1",
        "\" OR 1=1 --",
        "'; DROP TABLE tenant; --",
        "%",
        "_",
        "\\",
        "1) UNION SELECT password_hash FROM account --",
        "\u{0}",
    ];
    each_database(|store| async move {
        let world = world(store).await;
        let acting = acting_for(&world, &world.acme).await;
        let ids = ids_of(&world.acme);
        let (mut asked, mut generator) = (0, SchemaGenerator::default());
        for entry in api::operations().iter().filter(|entry| entry.method == Method::Get && !has_id(entry)) {
            let schema = (entry.input)(&mut generator).to_value();
            let reader = match entry.access {
                Access::Admin => &world.admin,
                Access::TenantAdmin => &acting,
                _ => &world.acme.alice,
            };
            for field in schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
                for attack in ATTACKS {
                    let query: String =
                        form_urlencoded::Serializer::new(String::new()).append_pair(field, attack).finish();
                    let address = format!("{}?{query}", address(entry, &ids));
                    // Slower than a session may ask.
                    world.app.pass(Duration::from_millis(20));
                    let reply = reader.request(Method::Get, &address, None).await;
                    asked += 1;
                    match (reply.status.as_u16(), field.as_str()) {
                        // A NUL is no character of any text; without it nothing is left to search for.
                        (200, "search") if entry.answer == AnswerKind::Json && attack != "\u{0}" => {
                            let page: Value = serde_json::from_slice(&reply.body).unwrap();
                            // The name of the group that each company has from its start has one.
                            let found = u8::from(entry.name == "ListExtensionGroups" && attack == "_");
                            assert_eq!(page["total"], found, "{address} finds {}", reply.text());
                        }
                        (200, _) => {}
                        (400 | 422, _) => assert!(!reply.problem().title.is_empty()),
                        (status, _) => panic!("{status} to {address}: {}", reply.text()),
                    }
                }
            }
        }
        assert!(asked > 200, "{asked}");
        assert_eq!(world.app.store.load_plans().await.unwrap().len(), 2, "all tables are there");
    })
    .await;
}

#[tokio::test]
async fn no_value_of_any_field_makes_the_server_fail() {
    let endless = "x".repeat(100_000);
    let values = [
        json!("\u{0}"),
        json!("a\u{0}b@acme.example"),
        json!(endless),
        json!("' OR 1=1; --"),
        json!("\u{202e}\u{feff}\r\n"),
        json!(-1),
        json!(1_u64 << 63),
        json!(1.5),
        json!(true),
        json!(null),
        json!([]),
        json!({ "a": 1 }),
    ];
    each_database(|store| {
        let values = values.clone();
        async move {
            let world = world(store).await;
            let acting = acting_for(&world, &world.acme).await;
            let ids = ids_of(&world.acme);
            let mut generator = SchemaGenerator::default();
            for entry in api::operations().iter().filter(|entry| entry.method != Method::Get) {
                let browser = match entry.access {
                    // What ends a session is tried with none.
                    Access::Public => &world.app.browser(),
                    Access::Admin => &world.admin,
                    Access::TenantAdmin => &acting,
                    Access::SignedIn | Access::User => &world.acme.alice,
                };
                let schema = (entry.input)(&mut generator).to_value();
                let fields = schema["properties"].as_object().cloned().unwrap_or_default();
                for name in fields.keys().filter(|name| !entry.path.contains(name.as_str())) {
                    for value in &values {
                        let mut body = example(entry, &ids).unwrap();
                        body[name.as_str()] = value.clone();
                        let reply = browser.request(entry.method, &address(entry, &ids), Some(body)).await;
                        let said: String = value.to_string().chars().take(40).collect();
                        assert!(reply.status.as_u16() < 500, "{entry:?} {name}={said}: {}", reply.text());
                    }
                }
            }
        }
    })
    .await;
}

/// What a company's administrator and its switch see of it, without what the reading itself moves.
async fn everything_of(world: &World, company: &Company) -> (String, Vec<String>) {
    let plan = format!("{:?}", world.app.store.load_plan(company.tenant.id).await.unwrap());
    let mut answers = Vec::new();
    for entry in api::operations() {
        if entry.method == Method::Get && entry.access == Access::TenantAdmin && !has_id(&entry) {
            answers.push(ask(&company.boss, &entry, &BTreeMap::new()).await.text());
        }
    }
    (plan, answers)
}
