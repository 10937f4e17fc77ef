//! The certificate at rest, and the warnings of its end.

use sea_orm::{ConnectionTrait, Database, Statement};
use shared::activity::ListAllActivity;
use shared::certificate::CertificateSource;
use store::testing::{NOW, actor, each_database, each_url, open};

// covers: TRN-07, S28
#[tokio::test]
async fn trn_07_a_key_is_sealed_at_rest_and_comes_back() {
    each_url(async |url: String| {
        let store = open(&url).await;
        assert_eq!(store.server_certificate().await.unwrap(), None);
        let names = ["pbx.example".to_owned()];
        let put = ("CHAIN", "-----BEGIN PRIVATE KEY----- secret");
        store.put_server_certificate(NOW, &actor(), CertificateSource::Uploaded, put, &names).await.unwrap();
        store.keep_root_certificate(NOW, "ROOT", "root key").await.unwrap();
        store.keep_root_certificate(NOW, "ANOTHER", "another key").await.unwrap();
        assert_eq!(store.root_certificate().await.unwrap().unwrap().chain, "ROOT", "the first root stays");
        store.close().await.unwrap();

        let db = Database::connect(&url).await.unwrap();
        let sql = "SELECT chain, sealed_key FROM certificate WHERE name = 'server'".to_owned();
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        assert_eq!(row.try_get::<String>("", "chain").unwrap(), "CHAIN");
        let sealed: String = row.try_get("", "sealed_key").unwrap();
        assert!(!sealed.contains("PRIVATE") && !sealed.contains("secret"), "{sealed}");
        db.close().await.unwrap();

        let store = open(&url).await;
        let stored = store.server_certificate().await.unwrap().unwrap();
        assert_eq!((stored.chain.as_str(), stored.key.as_str()), put);
        assert!(!format!("{stored:?}").contains("secret"));
        store.close().await.unwrap();
    })
    .await;
}

// covers: OPS-03
#[tokio::test]
async fn ops_03_each_warning_is_given_once_and_a_new_certificate_begins_anew() {
    each_database(|store| async move {
        assert!(!store.warn_of_certificate(NOW, 30, "none is there").await.unwrap());
        let actor = actor();
        let put = || store.put_server_certificate(NOW, &actor, CertificateSource::Uploaded, ("C", "K"), &[]);
        put().await.unwrap();
        for (days, is_new) in [(30, true), (30, false), (14, true), (14, false), (7, true), (1, true), (0, true)] {
            assert_eq!(store.warn_of_certificate(NOW, days, "it ends").await.unwrap(), is_new, "{days} days");
        }
        put().await.unwrap();
        assert!(store.warn_of_certificate(NOW, 30, "it ends").await.unwrap());
        let log = store.list_all_activity(&ListAllActivity::default()).await.unwrap();
        let warned = log.rows.iter().filter(|row| row.operation == "CertificateExpires");
        assert_eq!(warned.clone().count(), 6);
        assert!(warned.clone().all(|row| row.actor == "belfry"));
    })
    .await;
}
