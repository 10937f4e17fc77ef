//! What the two engines spell differently.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// What a statement begins with that SQLite alone is given.
const SQLITE: &str = "sqlite:";
/// What a statement begins with that PostgreSQL alone is given.
const POSTGRES: &str = "postgres:";

/// Runs the statements in order. `{id}` stands for the type of a primary key, `{text}` for text that sorts by its
/// bytes. One that begins with `sqlite:` or `postgres:` is for that engine alone.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    // `INTEGER PRIMARY KEY` is SQLite's row id itself: one tree less to write for each row.
    let (id, text, other) = match manager.get_database_backend() {
        DbBackend::Sqlite => ("INTEGER", "TEXT", POSTGRES),
        _ => ("BIGINT", "TEXT COLLATE \"C\"", SQLITE),
    };
    for statement in statements.iter().filter(|statement| !statement.starts_with(other)) {
        let statement = [SQLITE, POSTGRES].iter().find_map(|own| statement.strip_prefix(own)).unwrap_or(statement);
        let statement = statement.replace("{id}", id).replace("{text}", text);
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Declares a migration by the statements that do it and those that undo it.
macro_rules! migration {
    (up: [$($up:expr),* $(,)?], down: [$($down:expr),* $(,)?]) => {
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Migration;

        #[sea_orm_migration::prelude::async_trait::async_trait]
        impl sea_orm_migration::prelude::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                crate::dialect::run(manager, &[$($up),*]).await
            }

            async fn down(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                crate::dialect::run(manager, &[$($down),*]).await
            }
        }
    };
}
pub(crate) use migration;
