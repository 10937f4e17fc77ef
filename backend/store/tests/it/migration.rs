//! The tables come, go and come again.

use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database};
use shared::wizard::WizardState;
use store::testing::{NOW, actor, each_url, open};

use crate::world::*;

#[tokio::test]
async fn migrations_run_on_a_fresh_database_once_and_are_undone_whole() {
    each_url(async |url: String| {
        open(&url).await.close().await.unwrap();
        let store = open(&url).await;
        tenant_with(&store, "Acme", &["101"]).await;
        store.close().await.unwrap();
        let db = Database::connect(&url).await.unwrap();
        assert_eq!(Migrator::get_pending_migrations(&db).await.unwrap().len(), 0);
        Migrator::down(&db, None).await.unwrap();
        assert!(db.execute_unprepared("SELECT 1 FROM tenant").await.is_err());
        db.close().await.unwrap();
        let store = open(&url).await;
        tenant_with(&store, "Acme", &["101"]).await;
        store.close().await.unwrap();
    })
    .await;
}

/// Wall 2: the database itself refuses a reference across tenants.
#[tokio::test]
async fn t_10_the_tables_refuse_a_reference_across_tenants() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (_, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let other = create_tenant(&store, "Globex").await.tenant;
        let db = Database::connect(&url).await.unwrap();
        let plain = shared::extension::CreateExtension { email: None, ..new_extension("102", "Acme") };
        let plain = store.tenant(made[0].extension.tenant_id).create_extension(NOW, &actor(), &plain).await.unwrap();
        let sql = format!(
            "INSERT INTO account (id, tenant_id, extension_id, role, email, email_key, name, created_at) \
             VALUES (5, {}, {}, 'user', 'm@x', 'm@x', 'm', 0)",
            other.id.0, plain.extension.id.0
        );
        let text = db.execute_unprepared(&sql).await.unwrap_err().to_string().to_lowercase();
        assert!(text.contains("foreign key"), "{text}");
        let sql = format!(
            "INSERT INTO registration (id, tenant_id, extension_id, number, contact, transport, source, user_agent, \
             instance, path, q, call_id, cseq, registered_at, expires_at, reachable, search_key) \
             VALUES (6, {}, {}, '', '', '', '', '', '', '[]', 0, '', 0, 0, 0, TRUE, '')",
            other.id.0, made[0].extension.id.0
        );
        let text = db.execute_unprepared(&sql).await.unwrap_err().to_string().to_lowercase();
        assert!(text.contains("foreign key"), "{text}");
        db.close().await.unwrap();
        store.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn processes_that_start_together_migrate_once() {
    each_url(async |url: String| {
        let db = Database::connect(format!("{url}{}", if url.starts_with("sqlite") { "?mode=rwc" } else { "" }))
            .await
            .unwrap();
        if url.starts_with("postgres") {
            Migrator::down(&db, None).await.unwrap();
        }
        db.close().await.unwrap();
        if url.starts_with("postgres") {
            let tasks: Vec<_> = (0..3)
                .map(|_| {
                    let url = url.clone();
                    tokio::spawn(async move { open(&url).await.close().await.unwrap() })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
        open(&url).await.close().await.unwrap();
    })
    .await;
}

// covers: WIZ-01
#[tokio::test]
async fn wiz_01_an_installation_from_before_the_wizard_is_not_asked_for_what_it_has() {
    each_url(async |url: String| {
        for (has_admin, state) in [(false, WizardState::Open), (true, WizardState::Done)] {
            let store = open(&url).await;
            if has_admin {
                store.create_first_admin(NOW, "Ada", "ada@pbx.example", "hash".into()).await.unwrap();
            }
            store.close().await.unwrap();
            let db = Database::connect(&url).await.unwrap();
            let before = "DROP TABLE wizard; DELETE FROM seaql_migrations WHERE version LIKE '%_wizard'";
            db.execute_unprepared(before).await.unwrap();
            db.close().await.unwrap();
            let store = open(&url).await;
            assert_eq!(store.wizard().await.unwrap(), (state, has_admin.then_some(NOW)));
            store.close().await.unwrap();
        }
    })
    .await;
}
