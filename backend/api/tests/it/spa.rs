//! The SPA from the same origin.

use axum::body::Body;
use axum::http::header;
use shared::Method;
use store::testing::each_database;

use crate::app::App;

#[tokio::test]
async fn every_address_of_the_portal_gets_the_page_and_no_cache_keeps_it() {
    each_database(|store| async move {
        let browser = App::new(store).browser();
        let page = browser.request(Method::Get, "/", None).await;
        for path in ["/link", "/setup", "/admin/tenants/ten_5", "/tenant/calls", "/anything/acme.localhost"] {
            let reply = browser.request(Method::Get, path, None).await;
            assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/html; charset=utf-8"));
            assert_eq!(reply.header("cache-control"), "no-cache");
            assert_eq!(reply.body, page.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_the_page() {
    each_database(|store| async move {
        let browser = App::new(store).browser();
        for path in ["/app-0000000000000000.js", "/x.wasm", "/index.html.br", "/a/../../Cargo.toml.json"] {
            assert_eq!(browser.request(Method::Get, path, None).await.status.as_u16(), 404, "{path}");
        }
        assert_eq!(browser.request(Method::Post, "/tenant/calls", None).await.problem().status, 405);
    })
    .await;
}

#[tokio::test]
async fn an_unchanged_page_is_not_sent_again() {
    each_database(|store| async move {
        let browser = App::new(store).browser();
        let page = browser.request(Method::Get, "/", None).await;
        let etag = page.header("etag");
        if etag.is_empty() {
            assert!(page.text().contains("not built"), "only the stand-in has none");
            return;
        }
        let again = browser.builder(Method::Get, "/").header(header::IF_NONE_MATCH, etag).body(Body::empty());
        let again = browser.app.send(again.unwrap()).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    })
    .await;
}
