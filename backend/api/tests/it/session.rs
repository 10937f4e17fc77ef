//! The refresh cookie and the life of a session.

use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use shared::Method;
use shared::account::{GetSession, RefreshSession, SignIn, SignOut};
use store::testing::each_database;

use crate::app::App;
use crate::world::{PASSWORD, admin_of};

#[tokio::test]
async fn api_02_a_token_lives_ten_minutes_and_the_cookie_brings_the_next() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        app.pass(Duration::from_secs(599));
        admin.call(GetSession {}).await.unwrap();
        app.pass(Duration::from_secs(1));
        let late = admin.ask(&GetSession {}).await;
        assert_eq!((late.status.as_u16(), late.header("www-authenticate")), (401, "Bearer"));
        admin.refresh().await.unwrap();
        admin.call(GetSession {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_cookie_cannot_be_read_by_scripts_and_travels_to_one_address() {
    each_database(|store| async move {
        let app = App::new(store.clone());
        admin_of(&app).await;
        let form = SignIn { email: "ada@provider.example".into(), password: PASSWORD.into() };
        let reply = app.browser().ask(&form).await;
        let cookie = reply.header("set-cookie");
        for part in ["HttpOnly", "SameSite=Strict", "Path=/api/session", "Max-Age=2592000"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "plain HTTP would not send it back");
        assert!(!reply.text().contains(cookie.split(['=', ';']).nth(1).unwrap()), "only the cookie has it");
        assert_eq!(reply.header("cache-control"), "no-store");

        let secure = App::with(store.clone(), |config| config.public_url = "https://pbx.test".into());
        assert!(secure.browser().ask(&form).await.header("set-cookie").ends_with("; Secure"));
        let proxied = |trusted| App::with(store.clone(), move |config| config.trusted_proxy = trusted);
        for (trusted, expected) in [(true, true), (false, false)] {
            let app = proxied(trusted);
            let request = app
                .browser()
                .builder(Method::Post, "/api/session")
                .header(header::CONTENT_TYPE, "application/json")
                .header("x-forwarded-proto", "https")
                .body(Body::from(serde_json::to_string(&form).unwrap()));
            let reply = app.send(request.unwrap()).await;
            assert_eq!(reply.header("set-cookie").contains("Secure"), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_ends_the_whole_chain() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let mut thief = admin.clone();
        admin.refresh().await.unwrap();
        app.pass(Duration::from_secs(11));
        assert_eq!(thief.refresh().await.unwrap_err().status, 401);
        assert_eq!(admin.call(GetSession {}).await.unwrap_err().status, 401, "the access token ends with it");
        assert_eq!(admin.refresh().await.unwrap_err().status, 401, "and so does the genuine chain");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_lost_does_not_sign_out() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let mut other_tab = admin.clone();
        admin.refresh().await.unwrap();
        app.pass(Duration::from_secs(9));
        other_tab.refresh().await.unwrap();
        app.pass(Duration::from_secs(60));
        admin.refresh().await.unwrap();
        other_tab.call(GetSession {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_session_and_the_cookie() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let before = admin.clone();
        let reply = admin.ask(&SignOut {}).await;
        assert_eq!(reply.status.as_u16(), 204);
        assert!(reply.header("set-cookie").starts_with("belfry_refresh=; "));
        assert!(reply.header("set-cookie").contains("Max-Age=0"));
        for mut tab in [admin, before] {
            assert_eq!(tab.call(GetSession {}).await.unwrap_err().status, 401);
            assert_eq!(tab.refresh().await.unwrap_err().status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn signing_out_works_by_cookie_alone_and_without_a_session() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let mut cookie_only = admin.clone();
        cookie_only.token = None;
        assert_eq!(cookie_only.ask(&SignOut {}).await.status.as_u16(), 204);
        assert_eq!(admin.call(GetSession {}).await.unwrap_err().status, 401);
        assert_eq!(app.browser().ask(&SignOut {}).await.status.as_u16(), 204);
    })
    .await;
}

// covers: S23
#[tokio::test]
async fn another_sites_page_cannot_use_the_cookie() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        for (name, value) in [("origin", "https://evil.test"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
            let request = admin.builder(Method::Post, "/api/session/refresh").header(name, value);
            let reply = app.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(reply.problem().code, "foreign_origin");
        }
        // A form can only send these types.
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let request = admin.builder(Method::Post, "/api/session/refresh").header(header::CONTENT_TYPE, kind);
            let reply = app.send(request.body(Body::from("{}")).unwrap()).await;
            assert_eq!(reply.problem().code, "not_json");
        }
        let own = admin.builder(Method::Post, "/api/session/refresh").header("origin", "http://pbx.test:8080");
        assert_eq!(app.send(own.body(Body::empty()).unwrap()).await.status.as_u16(), 200);
        admin.call(GetSession {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_made_up_cookie_is_nobodys() {
    each_database(|store| async move {
        let app = App::new(store);
        for cookie in ["x", "AAAA", &"A".repeat(64), &"x".repeat(4_000)] {
            let mut browser = app.browser();
            browser.cookie = Some(cookie.into());
            assert_eq!(browser.call(RefreshSession {}).await.unwrap_err().code, "sign_in_needed");
        }
        assert_eq!(app.browser().refresh().await.unwrap_err().status, 401);
    })
    .await;
}

#[tokio::test]
async fn api_14_a_session_that_asks_without_end_is_slowed() {
    let database = |store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let mut slowed = 0;
        for _ in 0..450 {
            match admin.call(GetSession {}).await {
                Ok(_) => {}
                Err(problem) => {
                    assert_eq!((problem.status, problem.code.as_str()), (429, "too_many_requests"));
                    slowed += 1;
                }
            }
        }
        assert_eq!(slowed, 50);
        app.pass(Duration::from_secs(1));
        admin.call(GetSession {}).await.unwrap();
    };
    each_database(database).await;
}
