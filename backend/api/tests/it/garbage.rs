//! What is not a request: oversized, mistyped, broken (S1 for HTTP, S23).

use axum::body::Body;
use axum::http::header;
use shared::Method;
use shared::extension::GetExtension;
use shared::problem::FieldProblem;
use store::testing::each_database;

use crate::app::{App, Browser, Reply};
use crate::world::World;

async fn post(browser: &Browser, path: &str, body: impl Into<Body>) -> Reply {
    let request = browser.builder(Method::Post, path).header(header::CONTENT_TYPE, "application/json");
    browser.app.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn api_03_every_wrong_field_is_named_with_its_reason() {
    each_database(|store| async move {
        let boss = World::new(store).await.acme.boss;
        let problem = async |body: &'static str| post(&boss, "/api/tenant/extensions", body).await.problem();

        let wrong = problem(r#"{"number":"1","name":"","email":"nobody"}"#).await;
        assert_eq!((wrong.status, wrong.code.as_str()), (422, "invalid"));
        let fields: Vec<&str> = wrong.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["number", "name", "email"]);
        let missing = problem(r#"{"number":"555"}"#).await;
        assert_eq!(missing.fields, [FieldProblem::new("name", "This field is missing.")]);
        let mistyped = problem(r#"{"number":555,"name":"x"}"#).await;
        assert_eq!(mistyped.fields[0].field, "number");
        assert_eq!(problem("{").await.code, "malformed");
        assert_eq!(problem("[]").await.code, "malformed");
        assert_eq!(problem("null").await.code, "malformed");
        assert_eq!(problem("").await.fields.len(), 1);
        let taken = problem(r#"{"number":"101","name":"x"}"#).await;
        assert_eq!((taken.status, taken.code.as_str(), taken.fields[0].field.as_str()), (409, "conflict", "number"));
    })
    .await;
}

#[tokio::test]
async fn bodies_have_a_bound_and_files_a_larger_one() {
    each_database(|store| async move {
        let boss = World::new(store).await.acme.boss;
        let json = |bytes: usize| format!(r#"{{"csv":"{}"}}"#, "x".repeat(bytes));
        let reply = post(&boss, "/api/tenant/extensions", json(1 << 20)).await;
        assert_eq!((reply.status.as_u16(), reply.problem().code.as_str()), (413, "body_too_large"));
        let reply = post(&boss, "/api/tenant/extensions/import", json(2 << 20)).await;
        assert_eq!(reply.status.as_u16(), 422, "read, and found not to be a file of extensions");
        let reply = post(&boss, "/api/tenant/extensions/import", json(4 << 20)).await;
        assert_eq!(reply.status.as_u16(), 413);
        // Without a length, piece by piece, without an end.
        let piece = bytes::Bytes::from(vec![b' '; 64 << 10]);
        let endless = futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
        let reply = post(&boss, "/api/tenant/extensions", Body::from_stream(endless)).await;
        assert_eq!(reply.status.as_u16(), 413);
    })
    .await;
}

#[tokio::test]
async fn deep_json_wrong_types_and_odd_bytes_are_refused_without_a_crash() {
    each_database(|store| async move {
        let boss = World::new(store).await.acme.boss;
        let deep = "[".repeat(100_000);
        assert_eq!(post(&boss, "/api/tenant/extensions", format!(r#"{{"number":{deep}"#)).await.problem().status, 400);
        assert_eq!(post(&boss, "/api/tenant/extensions", vec![0xff, 0xfe, 0x00]).await.problem().status, 400);
        let twice = post(&boss, "/api/tenant/extensions", r#"{"number":"555","number":"556","name":"x"}"#).await;
        assert_eq!(twice.status.as_u16(), 200, "the last one counts, as in a browser");
        let request = boss.builder(Method::Post, "/api/tenant/extensions").header(header::CONTENT_TYPE, "text/plain");
        let reply = boss.app.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!((reply.status.as_u16(), reply.problem().code.as_str()), (415, "not_json"));
    })
    .await;
}

#[tokio::test]
async fn addresses_and_methods_that_are_not_there_are_problems_too() {
    each_database(|store| async move {
        let app = App::new(store);
        let browser = app.browser();
        for path in ["/api", "/api/", "/api/nothing", "/api/tenant/nothing/at/all", "/api/../etc/passwd"] {
            let reply = browser.request(Method::Get, path, None).await;
            assert_eq!((reply.status.as_u16(), reply.problem().code.as_str()), (404, "no_such_address"), "{path}");
        }
        let reply = browser.request(Method::Delete, "/api/tenant/extensions", None).await;
        assert_eq!((reply.status.as_u16(), reply.problem().code.as_str()), (405, "method_not_allowed"));
        let long = format!("/api/tenant/extensions?search={}", "x".repeat(9_000));
        let reply = browser.request(Method::Get, &long, None).await;
        assert_eq!((reply.status.as_u16(), reply.problem().code.as_str()), (414, "address_too_long"));
    })
    .await;
}

// covers: API-13
#[tokio::test]
async fn api_13_ids_are_taken_bare_and_with_their_prefix() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let id = world.acme.alice_extension.id;
        for text in [id.to_string(), id.0.to_string()] {
            let reply = world.acme.boss.request(Method::Get, &format!("/api/tenant/extensions/{text}"), None).await;
            assert!(reply.text().contains(&format!("\"{id}\"")), "{}", reply.text());
        }
        let row = world.acme.boss.call(GetExtension { extension_id: id }).await.unwrap();
        assert_eq!(row.extension.id, id);
    })
    .await;
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_browsers_safe() {
    each_database(|store| async move {
        let browser = App::new(store).browser();
        for path in ["/", "/api/nothing", "/api/setup", "/api/docs", "/missing.js"] {
            let reply = browser.request(Method::Get, path, None).await;
            let policy = reply.header("content-security-policy");
            for part in [
                "default-src 'self'",
                "script-src 'self' 'wasm-unsafe-eval'",
                "connect-src 'self' ws://pbx.test:8080 wss://pbx.test:8080",
                "object-src 'none'",
                "frame-ancestors 'none'",
            ] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe-inline") && !policy.contains('*'));
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
            assert_eq!(reply.header("referrer-policy"), "same-origin");
            assert!(reply.header("permissions-policy").starts_with("microphone=(self)"));
            // covers: S29
            assert_eq!(reply.header("server"), "");
            assert!(!reply.text().contains("9.8.7"), "strangers do not learn the version");
        }
    })
    .await;
}

// covers: R2
#[tokio::test]
async fn health_says_when_the_database_is_away() {
    each_database(|store| async move {
        let app = App::new(store);
        let well = app.browser().request(Method::Get, "/api/health", None).await;
        assert_eq!((well.status.as_u16(), well.text().as_str()), (200, r#"{"status":"ok","database":"ok"}"#));
        app.store.close().await.unwrap();
        let ill = app.browser().request(Method::Get, "/api/health", None).await;
        assert_eq!((ill.status.as_u16(), ill.text().as_str()), (503, r#"{"status":"degraded","database":"away"}"#));
        let refused = app.browser().request(Method::Get, "/api/setup", None).await.problem();
        assert_eq!((refused.status, refused.code.as_str()), (503, "database_unavailable"));
    })
    .await;
}
