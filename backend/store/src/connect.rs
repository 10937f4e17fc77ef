//! Opening a database, and the one way to write to it.

use std::ops::Deref;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;

use migrations::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use shared::id::IdSource;
use tokio::sync::OwnedMutexGuard;

use crate::change::Changes;
use crate::renewal::WrittenRows;
use crate::secret::{Keys, SecretKey};
use crate::{Inner, Result, Store};

/// Connections of one process to its database.
const CONNECTIONS_MAX: u32 = 16;
/// How long a statement waits for another process's write lock on SQLite.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// Where the processes that migrate one PostgreSQL database queue up.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7094571923461)";

impl Store {
    /// Opens the database at `sqlite://path` (made when absent) or `postgres://…` and migrates it forward.
    /// `Sealed` where another key has sealed what is in it.
    pub async fn open(url: &str, secret_key: SecretKey) -> Result<Self> {
        let db = connect(url).await?;
        migrate(&db).await?;
        let sqlite = db.get_database_backend() == DbBackend::Sqlite;
        let store = Self {
            inner: Arc::new(Inner {
                db,
                writer: sqlite.then(Arc::default),
                keys: Keys::new(&secret_key),
                ids: Mutex::new(IdSource::new(0)),
                changes: Changes::default(),
                mail: RwLock::new(None),
                mail_server: RwLock::new(None),
                refusals_written: AtomicU64::new(0),
                ladders_written: AtomicU64::new(0),
                written: WrittenRows::default(),
                files: OnceLock::new(),
                bucket: OnceLock::new(),
            }),
        };
        store.check_key().await?;
        Ok(store)
    }

    /// Closes all connections. What was answered `Ok` is safe without it.
    pub async fn close(&self) -> Result<()> {
        Ok(self.inner.db.close_by_ref().await?)
    }

    /// Does the database answer?
    pub async fn ping(&self) -> Result<()> {
        Ok(self.inner.db.ping().await?)
    }

    /// Begins to write. On SQLite this waits for its turn.
    pub(crate) async fn write(&self) -> Result<Writing> {
        let turn = match &self.inner.writer {
            Some(writer) => Some(Arc::clone(writer).lock_owned().await),
            None => None,
        };
        Ok(Writing { tx: self.inner.db.begin_with_options(writing()).await?, _turn: turn })
    }
}

/// A transaction that writes. Dropped without [`Writing::commit`] it leaves no trace.
pub(crate) struct Writing {
    tx: DatabaseTransaction,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Writing {
    pub(crate) async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
}

impl Deref for Writing {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(CONNECTIONS_MAX).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    // In WAL mode NORMAL loses nothing when the process dies; a torn power cord may cost the last commits, no more.
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("temp_store", "memory")
    });
    Ok(Database::connect(options).await?)
}

/// A deferred transaction that comes to write late is refused by SQLite at once, however long the busy timeout.
fn writing() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// Migrates in one transaction: a crash leaves no half of it, and of two processes that start together one does it. It
/// is one connection as well; another of the pool would know SQLite's tables as they were before.
async fn migrate(db: &DatabaseConnection) -> Result<()> {
    let tx = db.begin_with_options(writing()).await?;
    if db.get_database_backend() != DbBackend::Sqlite {
        tx.execute_unprepared(MIGRATION_LOCK).await?;
    }
    Migrator::up(&tx, None).await?;
    Ok(tx.commit().await?)
}
