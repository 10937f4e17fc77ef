//! What the switch is fed.

use md5::{Digest, Md5};
use sha2::Sha256;
use shared::extension::UpdateExtension;
use shared::tenant::UpdateTenant;
use store::testing::{NOW, actor, each_database, each_url, open};
use store::{Error, SecretKey, Store};

use crate::world::*;

#[tokio::test]
async fn a_plan_holds_the_digests_of_the_secret_that_was_shown() {
    each_database(|store| async move {
        let (_, tenant, made) = tenant_with(&store, "Acme", &["102", "101"]).await;
        tenant_with(&store, "Globex", &["101"]).await;
        let plans = store.load_plans().await.unwrap();
        assert_eq!(plans.len(), 2);
        let plan = store.load_plan(tenant.id).await.unwrap().unwrap();
        assert_eq!(plans[0], plan);
        let numbers: Vec<_> = plan.extensions.iter().map(|one| one.extension.number.as_str()).collect();
        assert_eq!(numbers, ["101", "102"]);
        let (shown, of) = (&made[0].sip, &plan.extensions[1]);
        let plain = format!("102:acme.example:{}", shown.secret);
        let login = format!("102@acme.example:belfry:{}", shown.secret);
        assert_eq!(of.ha1.md5, <[u8; 16]>::from(Md5::digest(&plain)));
        assert_eq!(of.ha1.sha256, <[u8; 32]>::from(Sha256::digest(&plain)));
        assert_eq!(of.ha1.login_md5, <[u8; 16]>::from(Md5::digest(&login)));
        assert_eq!(of.ha1.login_sha256, <[u8; 32]>::from(Sha256::digest(&login)));
        assert!(!format!("{plan:?}").contains(&shown.secret));
    })
    .await;
}

// covers: TRN-01
#[tokio::test]
async fn a_new_domain_or_number_changes_the_digests_and_keeps_the_secret() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        let domain = UpdateTenant { domain: Some("new.example".into()), ..UpdateTenant::new(tenant.id) };
        store.update_tenant(NOW, &actor(), &domain).await.unwrap();
        let number = UpdateExtension { number: Some("201".into()), ..UpdateExtension::new(made[0].extension.id) };
        view.update_extension(NOW, &actor(), &number).await.unwrap();
        let plan = store.load_plan(tenant.id).await.unwrap().unwrap();
        let plain = format!("201:new.example:{}", made[0].sip.secret);
        assert_eq!(plan.extensions[0].ha1.md5, <[u8; 16]>::from(Md5::digest(&plain)));
    })
    .await;
}

#[tokio::test]
async fn s28_another_key_does_not_open_the_database_and_no_secret_stands_in_it() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (_, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let value = store.get_or_create_setting("jwt", || "jwt-key-of-the-test".into()).await.unwrap();
        assert_eq!(value, "jwt-key-of-the-test");
        assert_eq!(store.get_or_create_setting("jwt", || "second".into()).await.unwrap(), "jwt-key-of-the-test");
        store.close().await.unwrap();
        assert!(matches!(Store::open(&url, SecretKey([1; 32])).await, Err(Error::Sealed(_))));
        let store = open(&url).await;
        assert_eq!(store.get_or_create_setting("jwt", || "third".into()).await.unwrap(), "jwt-key-of-the-test");
        store.close().await.unwrap();
        if let Some(path) = url.strip_prefix("sqlite://") {
            let bytes = std::fs::read(path).unwrap();
            let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(holds("acme.example"), "the file is looked into");
            assert!(!holds(&made[0].sip.secret) && !holds(made[0].invitation.as_deref().unwrap()));
            assert!(!holds("jwt-key-of-the-test"));
        }
    })
    .await;
}
