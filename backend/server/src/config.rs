//! The settings of the process: options, then `BELFRY_…` variables, then the file, then defaults; read once.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use serde::Deserialize;

/// A multi-tenant hosted PBX.
#[derive(Debug, Parser)]
#[command(name = "belfry", version, about = "A multi-tenant hosted PBX")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the PBX.
    Serve(ServeOptions),
    /// Checks ports, addresses, certificate, clock, names, disk and sound, with the options that the server has; ends with 1
    /// when something does not work.
    Doctor(ServeOptions),
    /// Runs a telephone company in a box, to try trunks and rules without one: the last four digits of a number say what it does.
    Carrier {
        /// Where it listens.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:5070")]
        listen: SocketAddr,
    },
}

/// The options of `belfry serve`, as given; each has a variable, and a key of the same name in the file.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServeOptions {
    /// A TOML file with the options below, such as `http = "0.0.0.0:8080"`.
    #[arg(long, env = "BELFRY_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// The data folder [default: ./data].
    #[arg(long, env = "BELFRY_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// `sqlite://FILE` or `postgres://…` [default: a SQLite file in the data folder].
    #[arg(long, env = "BELFRY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Seeds a provider with two tenants, once, and writes DIR/demo.json.
    #[arg(long, env = "BELFRY_DEMO")]
    pub demo: bool,
    /// Where the portals, the API and SIP over WebSocket listen [default: 127.0.0.1:8080].
    #[arg(long, env = "BELFRY_HTTP", value_name = "ADDR")]
    pub http: Option<SocketAddr>,
    /// Where HTTPS listens, with the portals, the API and SIP over secure WebSocket [default: nowhere].
    #[arg(long, env = "BELFRY_HTTPS", value_name = "ADDR")]
    pub https: Option<SocketAddr>,
    /// Where plain HTTP listens only to answer certificate authorities (ACME) and to lead browsers to the portal, such as
    /// `0.0.0.0:80` [default: nowhere].
    #[arg(long, env = "BELFRY_HTTP_REDIRECT", value_name = "ADDR")]
    pub http_redirect: Option<SocketAddr>,
    /// A PEM file with the root of a certificate authority of your own that speaks ACME [default: what the system trusts].
    #[arg(long, env = "BELFRY_ACME_ROOT", value_name = "FILE")]
    pub acme_root: Option<PathBuf>,
    /// Where SIP over UDP listens [default: 0.0.0.0:5060, or the next free port].
    #[arg(long, env = "BELFRY_SIP_UDP", value_name = "ADDR")]
    pub sip_udp: Option<SocketAddr>,
    /// Where SIP over TCP listens [default: 0.0.0.0:5060, or the next free port].
    #[arg(long, env = "BELFRY_SIP_TCP", value_name = "ADDR")]
    pub sip_tcp: Option<SocketAddr>,
    /// Where SIP over TLS listens [default: nowhere; the portal adds it, too].
    #[arg(long, env = "BELFRY_SIP_TLS", value_name = "ADDR")]
    pub sip_tls: Option<SocketAddr>,
    /// The address that phones and browsers are told to send to [default: those of the settings in the portal, or of the
    /// default route].
    #[arg(long, env = "BELFRY_PUBLIC_ADDRESS", value_name = "IP")]
    pub public_address: Option<IpAddr>,
    /// The address that people open, for links [default: https://ADDR of --https, or http://ADDR of --http].
    #[arg(long, env = "BELFRY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The UDP ports of sound [default: those of the settings in the portal, 45000-65000 at first].
    #[arg(long, env = "BELFRY_RTP_PORTS", value_name = "A-B")]
    pub rtp_ports: Option<String>,
    /// How many threads carry sound [default: half of the processors].
    #[arg(long, env = "BELFRY_MEDIA_WORKERS", value_name = "N")]
    pub media_workers: Option<usize>,
    /// Believe X-Forwarded-For and X-Forwarded-Proto, because a proxy of yours sets them.
    #[arg(long, env = "BELFRY_TRUSTED_PROXY")]
    pub trusted_proxy: bool,
    /// The SMTP server that mails go out by until one is set in the portal, such as
    /// `smtp://user:password@mail.example:587?tls=required` [default: none are mailed].
    #[arg(long, env = "BELFRY_SMTP", value_name = "URL", hide_env_values = true)]
    pub smtp: Option<String>,
    /// The sender of mails, such as `Belfry <pbx@example.com>`.
    #[arg(long, env = "BELFRY_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// How long running calls are waited for at SIGTERM, in seconds [default: 120].
    #[arg(long, env = "BELFRY_DRAIN_SECONDS", value_name = "N")]
    pub drain_seconds: Option<u64>,
}

/// The settings, complete.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// Seed the demo?
    pub demo: bool,
    /// Where HTTP listens.
    pub http: SocketAddr,
    /// Where HTTPS listens.
    pub https: Option<SocketAddr>,
    /// Where plain HTTP leads to the portal and answers certificate authorities.
    pub http_redirect: Option<SocketAddr>,
    /// The root of a certificate authority of one's own.
    pub acme_root: Option<PathBuf>,
    /// Where SIP over TLS listens.
    pub sip_tls: Option<SocketAddr>,
    /// Where SIP over UDP listens.
    pub sip_udp: Listen,
    /// Where SIP over TCP listens.
    pub sip_tcp: Listen,
    /// What peers are told to send to; without it, what the portal's settings say.
    pub public_address: Option<IpAddr>,
    /// What people open; without it, where HTTP listens.
    pub public_url: Option<String>,
    /// First and last UDP port of sound; without them those of the portal's settings (SET-20).
    pub rtp_ports: Option<(u16, u16)>,
    /// Threads that carry sound.
    pub media_workers: usize,
    /// Believe forwarded headers?
    pub trusted_proxy: bool,
    /// Where mails go and who sends them, until the portal says.
    pub mail: Option<Mail>,
    /// Patience at SIGTERM, in seconds.
    pub drain_seconds: u64,
}

/// A database address; prints without what may be a password.
#[derive(Clone)]
pub struct DatabaseUrl(pub String);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.0.split(':').next().unwrap_or_default();
        write!(f, "DatabaseUrl({kind}://***)")
    }
}

/// How mails are sent; prints without what may be a password.
#[derive(Clone)]
pub struct Mail {
    /// The server.
    pub smtp: String,
    /// The sender.
    pub from: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail(***, {})", self.from)
    }
}

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// May the next free port be taken when this one is not free? Only where nobody asked for this one.
    pub or_next: bool,
}

/// Sound needs at least this many ports: a pair for each end of a call, and one for browsers.
const RTP_PORTS_MIN: u16 = 8;
/// The most media threads.
const MEDIA_WORKERS_MAX: usize = 32;
/// SIP's port (RFC 3261, 19.1.2).
const SIP_PORT: u16 = 5060;

impl ServeOptions {
    /// Adds the file and the defaults. Fails with the name of what is wrong.
    pub fn complete(self) -> anyhow::Result<Settings> {
        let file = match &self.config {
            Some(path) => read_file(path)?,
            None => Self::default(),
        };
        let data = self.data.or(file.data).unwrap_or_else(|| PathBuf::from("data"));
        let default_database = || format!("sqlite://{}", data.join("belfry.sqlite").display());
        let database = self.database.or(file.database).unwrap_or_else(default_database);
        if !database.starts_with("sqlite:") && !database.starts_with("postgres") {
            bail!("database: the address begins with sqlite:// or postgres://");
        }
        let any = |port| SocketAddr::from(([0, 0, 0, 0], port));
        let listen = |given: Option<SocketAddr>| Listen {
            address: given.unwrap_or_else(|| any(SIP_PORT)),
            or_next: given.is_none(),
        };
        let rtp_ports = self.rtp_ports.or(file.rtp_ports).as_deref().map(port_range).transpose()?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let media_workers = self.media_workers.or(file.media_workers).unwrap_or((processors / 2).max(1));
        if !(1..=MEDIA_WORKERS_MAX).contains(&media_workers) {
            bail!("media-workers: between 1 and {MEDIA_WORKERS_MAX}, not {media_workers}");
        }
        let mail = match (self.smtp.or(file.smtp), self.mail_from.or(file.mail_from)) {
            (Some(smtp), Some(from)) => Some(Mail { smtp, from }),
            (None, _) => None,
            (Some(_), None) => bail!("mail-from: mails need a sender, such as pbx@example.com"),
        };
        let settings = Settings {
            mail,
            database: DatabaseUrl(database),
            demo: self.demo || file.demo,
            http: self.http.or(file.http).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            https: self.https.or(file.https),
            http_redirect: self.http_redirect.or(file.http_redirect),
            acme_root: self.acme_root.or(file.acme_root),
            sip_tls: self.sip_tls.or(file.sip_tls),
            sip_udp: listen(self.sip_udp.or(file.sip_udp)),
            sip_tcp: listen(self.sip_tcp.or(file.sip_tcp)),
            public_address: self.public_address.or(file.public_address),
            public_url: self.public_url.or(file.public_url),
            rtp_ports,
            media_workers,
            trusted_proxy: self.trusted_proxy || file.trusted_proxy,
            drain_seconds: self.drain_seconds.or(file.drain_seconds).unwrap_or(120),
            data,
        };
        settings.check_ports()?;
        Ok(settings)
    }
}

impl Settings {
    /// Refuses two listeners that want the same port, by their names (SYS-07). Those of SIP that may take the next free port
    /// give way.
    fn check_ports(&self) -> anyhow::Result<()> {
        let tcp = (!self.sip_tcp.or_next).then_some(self.sip_tcp.address);
        let streams = [
            ("http", Some(self.http)),
            ("https", self.https),
            ("http-redirect", self.http_redirect),
            ("sip-tcp", tcp),
            ("sip-tls", self.sip_tls),
        ];
        let mut seen: Vec<(&str, SocketAddr)> = Vec::new();
        for (name, address) in streams.into_iter().filter_map(|(name, address)| Some((name, address?))) {
            let meets = |other: &SocketAddr| {
                let any = other.ip().is_unspecified() || address.ip().is_unspecified() || other.ip() == address.ip();
                other.port() != 0 && other.port() == address.port() && any && other.is_ipv4() == address.is_ipv4()
            };
            if let Some((first, other)) = seen.iter().find(|(_, other)| meets(other)) {
                bail!("{name}: {address} collides with {first} on {other}; choose another port for one of them");
            }
            seen.push((name, address));
        }
        Ok(())
    }
}

fn read_file(path: &Path) -> anyhow::Result<ServeOptions> {
    let text = std::fs::read_to_string(path).with_context(|| format!("config: cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("config: {}", path.display()))
}

fn port_range(text: &str) -> anyhow::Result<(u16, u16)> {
    let parts = text.split_once('-').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    let Some((first, last)) = parts else { bail!("rtp-ports: a range such as 45000-65000, not {text}") };
    if first < 1024 || last < first || last - first < RTP_PORTS_MIN - 1 {
        bail!("rtp-ports: at least {RTP_PORTS_MIN} ports above 1023, not {text}");
    }
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_wins_over_the_file_and_the_file_over_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("belfry.toml");
        std::fs::write(&path, "http = \"127.0.0.1:9000\"\nrtp-ports = \"20000-20999\"\ndemo = true\n").unwrap();
        let given =
            ServeOptions { config: Some(path), rtp_ports: Some("30000-30999".into()), ..ServeOptions::default() };
        let settings = given.complete().unwrap();
        assert_eq!(settings.http.to_string(), "127.0.0.1:9000");
        assert_eq!(settings.rtp_ports, Some((30_000, 30_999)));
        assert!(settings.demo);
        assert!(settings.sip_udp.or_next);
        assert_eq!(settings.drain_seconds, 120);
    }

    #[test]
    fn wrong_settings_are_named() {
        for (options, name) in [
            (ServeOptions { rtp_ports: Some("5-4".into()), ..Default::default() }, "rtp-ports"),
            (ServeOptions { database: Some("mysql://x".into()), ..Default::default() }, "database"),
            (ServeOptions { smtp: Some("smtp://localhost".into()), ..Default::default() }, "mail-from"),
            (ServeOptions { media_workers: Some(0), ..Default::default() }, "media-workers"),
            (ServeOptions { config: Some("/nowhere/at/all".into()), ..Default::default() }, "config"),
        ] {
            let error = options.complete().unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
        assert!(toml::from_str::<ServeOptions>("htpp = \"1\"").unwrap_err().to_string().contains("htpp"));
    }

    // covers: SYS-07
    #[test]
    fn sys_07_two_listeners_on_one_port_are_named_before_anything_is_opened() {
        let at = |text: &str| Some(text.parse().unwrap());
        let both = ServeOptions { http: at("127.0.0.1:8080"), https: at("0.0.0.0:8080"), ..Default::default() };
        let error = both.complete().unwrap_err().to_string();
        assert!(error.starts_with("https: 0.0.0.0:8080 collides with http on 127.0.0.1:8080"), "{error}");
        let apart = ServeOptions { http: at("127.0.0.1:8080"), sip_tls: at("127.0.0.2:8080"), ..Default::default() };
        assert!(apart.complete().is_ok());
        let any = ServeOptions { http: at("127.0.0.1:0"), https: at("127.0.0.1:0"), ..Default::default() };
        assert!(any.complete().is_ok());
    }

    #[test]
    fn a_database_address_prints_without_its_password() {
        assert_eq!(format!("{:?}", DatabaseUrl("postgres://u:secret@h/d".into())), "DatabaseUrl(postgres://***)");
    }
}
