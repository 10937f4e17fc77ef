//! The provider's settings reach what runs: the switchboard, the media workers, the log and its figures.

use std::path::Path;
use std::time::Duration;

use shared::setting::{LogLevel, Settings};
use switch::Input;
use tokio::sync::watch;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::dns::Dns;
use crate::log_file::LogFile;
use crate::media_io::MediaDoor;
use crate::signalling::{Door, Post};

/// Everything that follows the settings while it runs.
pub struct Followers {
    pump: Door,
    media: MediaDoor,
    log: Log,
    dns: Dns,
    statistics: watch::Sender<Duration>,
}

impl Followers {
    /// Begins to write figures to the log (SET-09).
    pub fn new(pump: Door, media: MediaDoor, log: Log, dns: Dns) -> Self {
        let (statistics, every) = watch::channel(seconds(Settings::default().statistics_seconds));
        tokio::spawn(write_statistics(every, pump.clone()));
        Self { pump, media, log, dns, statistics }
    }

    /// The way into the pump.
    pub const fn pump(&self) -> &Door {
        &self.pump
    }

    /// Hands on what was set.
    pub fn follow(&self, settings: Settings) {
        self.log.set(settings.log_level);
        self.dns.set(&settings.dns_servers);
        self.media.set_silence(seconds(settings.rtp_silence_seconds));
        self.statistics.send_if_modified(|every| {
            let fresh = seconds(settings.statistics_seconds);
            std::mem::replace(every, fresh) != fresh
        });
        self.pump.input(Input::Settings(Box::new(settings)));
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

async fn write_statistics(mut every: watch::Receiver<Duration>, pump: Door) {
    loop {
        let pause = *every.borrow_and_update();
        tokio::select! {
            () = tokio::time::sleep(pause) => pump.post(Post::Statistics),
            changed = every.changed() => if changed.is_err() { return },
        }
    }
}

/// How much is written to the log. `BELFRY_LOG` wins over the setting.
pub struct Log {
    level: Option<reload::Handle<EnvFilter, Registry>>,
    file: LogFile,
}

impl Log {
    /// Begins to write to the standard error; called once.
    pub fn begin() -> Self {
        let given = EnvFilter::try_from_env("BELFRY_LOG").ok();
        let is_given = given.is_some();
        let (filter, handle) = reload::Layer::new(given.unwrap_or_else(|| filter_of(LogLevel::Information)));
        let file = LogFile::default();
        let written = fmt::layer().with_ansi(false).with_writer(file.clone());
        tracing_subscriber::registry()
            .with(filter)
            .with(fmt::layer().with_writer(std::io::stderr))
            .with(written)
            .init();
        Self { level: (!is_given).then_some(handle), file }
    }

    /// From now on the log is written into files as well, until the guard is dropped (LOG-03).
    pub fn keep(&self, data: &Path) -> anyhow::Result<WorkerGuard> {
        self.file.begin(data)
    }

    fn set(&self, level: LogLevel) {
        if let Some(handle) = &self.level {
            // Fails only when the log is gone, and then nobody reads it.
            let _ = handle.reload(filter_of(level));
        }
    }
}

fn filter_of(level: LogLevel) -> EnvFilter {
    EnvFilter::new(match level {
        LogLevel::None => "off",
        LogLevel::Error => "error",
        LogLevel::Warning => "warn",
        LogLevel::Information => "info,sqlx=warn,sea_orm_migration=warn",
        LogLevel::Debug => "debug,sqlx=warn,sea_orm_migration=warn",
    })
}
