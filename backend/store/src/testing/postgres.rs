//! The PostgreSQL server of the tests and their databases in it.

use std::fs::{File, OpenOptions, create_dir_all};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use super::open;

/// A database of its own for one test.
pub(super) struct Fresh {
    pub(super) url: String,
    name: String,
    server: Server,
}

/// A server: the URL of one of its databases is this with the name put in.
#[derive(Clone)]
struct Server {
    before_name: String,
    after_name: String,
    /// Where the locks of the tests' processes lie.
    folder: PathBuf,
}

/// Makes a database from the migrated template.
pub(super) async fn fresh() -> Fresh {
    static MADE: AtomicU32 = AtomicU32::new(0);
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(server).clone();
    let template = template(&server).await;
    let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let admin = server.connect("postgres").await;
    run(&admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    admin.close().await.expect("the connection closes");
    Fresh { url: server.url(&name), name, server }
}

impl Fresh {
    pub(super) async fn drop(self) {
        let admin = self.server.connect("postgres").await;
        run(&admin, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        admin.close().await.expect("the connection closes");
    }
}

impl Server {
    fn url(&self, database: &str) -> String {
        format!("{}{database}{}", self.before_name, self.after_name)
    }

    async fn connect(&self, database: &str) -> DatabaseConnection {
        let mut options = ConnectOptions::new(self.url(database));
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await.expect("the PostgreSQL server of the tests answers")
    }
}

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The migrated database that others are copied from: one for each build of the tests, so that a changed migration is
/// never missed.
async fn template(server: &Server) -> String {
    let build = std::env::current_exe().and_then(|exe| Ok((exe.metadata()?.modified()?, exe))).expect("this program");
    let mut hasher = DefaultHasher::new();
    build.hash(&mut hasher);
    let name = format!("template_{:016x}", hasher.finish());
    let lock = lock_file(&server.folder.join("belfry-template.lock"));
    lock.lock().expect("the lock of the template");
    let admin = server.connect("postgres").await;
    let query = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    let there = admin.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, query)).await;
    if there.expect("the list of databases").is_none() {
        // Renamed once it is whole: a process that dies half-way leaves no half template.
        let half = format!("{name}_half");
        run(&admin, &format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)")).await;
        run(&admin, &format!("CREATE DATABASE {half} ENCODING 'UTF8' TEMPLATE template0")).await;
        open(&server.url(&half)).await.close().await.expect("the template closes");
        run(&admin, &format!("ALTER DATABASE {half} RENAME TO {name}")).await;
    }
    admin.close().await.expect("the connection closes");
    name
}

fn server() -> Server {
    if let Ok(url) = std::env::var("BELFRY_TEST_POSTGRES") {
        let (before, after) = url.split_once('?').map_or((url.as_str(), String::new()), |(b, a)| (b, format!("?{a}")));
        let slash = before.rfind('/').filter(|at| *at > "postgres://".len()).map_or(before.len(), |at| at);
        let before_name = format!("{}/", before.get(..slash).unwrap_or(before));
        return Server { before_name, after_name: after, folder: std::env::temp_dir() };
    }
    private()
}

/// The private server, started unless it runs. While this process lives it holds a lock that keeps the server up.
fn private() -> Server {
    static ALIVE: OnceLock<File> = OnceLock::new();
    let user = run_as();
    let folder = std::env::temp_dir().join(format!("belfry-pg-{}", user.unwrap_or("own")));
    create_dir_all(&folder).expect("the folder of the test server");
    let alive = lock_file(&folder.join("alive.lock"));
    alive.lock_shared().expect("the lock that keeps the server up");
    let _ = ALIVE.set(alive);
    let starting = lock_file(&folder.join("start.lock"));
    starting.lock().expect("the lock of the start");
    if !bin(&folder, "pg_ctl", user)
        .args(["status", "-D"])
        .arg(folder.join("data"))
        .output()
        .is_ok_and(|o| o.status.success())
    {
        start(&folder, user);
    }
    let after_name = format!("?host={}&user=postgres", folder.display().to_string().replace('/', "%2F"));
    Server { before_name: "postgres://localhost/".into(), after_name, folder }
}

fn start(folder: &Path, user: Option<&str>) {
    let data = folder.join("data");
    let _ = std::fs::remove_dir_all(&data);
    if let Some(user) = user {
        succeed(Command::new("chown").arg(user).arg(folder));
    }
    succeed(
        bin(folder, "initdb", user)
            .args(["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data),
    );
    let options = format!(
        "-k {} -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=300",
        folder.display()
    );
    let mut start = bin(folder, "pg_ctl", user);
    start.args(["start", "-w", "-o", &options, "-l"]).arg(folder.join("log")).arg("-D").arg(&data);
    succeed(&mut start);
    watch(folder, user);
}

/// Stops the server when no test has held its lock for a minute.
fn watch(folder: &Path, user: Option<&str>) {
    let stop = bin(folder, "pg_ctl", user);
    let words: Vec<String> = std::iter::once(stop.get_program()).chain(stop.get_args()).map(quote).collect();
    let (stop, folder) = (words.join(" "), folder.display());
    let script = format!(
        "cd / && while sleep 60; do flock -n -x '{folder}/alive.lock' {stop} stop -m fast -D '{folder}/data' && exit; done"
    );
    let mut watcher = Command::new("setsid");
    watcher.args(["--fork", "sh", "-c", &script]).stdin(Stdio::null()).stderr(Stdio::null());
    succeed(&mut watcher);
}

fn quote(word: &std::ffi::OsStr) -> String {
    format!("'{}'", word.to_string_lossy())
}

/// PostgreSQL refuses to run as root.
fn run_as() -> Option<&'static str> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    root.then_some("postgres")
}

/// A program of the newest PostgreSQL that is installed.
fn bin(folder: &Path, program: &str, user: Option<&str>) -> Command {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
    let Some(newest) = newest else {
        panic!(
            "These tests run on SQLite and on PostgreSQL, and PostgreSQL is not installed: install the package postgresql, \
             or name a server in BELFRY_TEST_POSTGRES, or leave it out with BELFRY_TEST_DATABASES=sqlite."
        )
    };
    let mut command = match user {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(newest.join(program));
            command
        }
        None => Command::new(newest.join(program)),
    };
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a program whose children may outlive it: its output goes nowhere, so that nobody waits for them.
fn succeed(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status();
    assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "{command:?}: {status:?}");
}

fn lock_file(path: &Path) -> File {
    let file = OpenOptions::new().create(true).truncate(false).write(true).read(true).open(path);
    file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
