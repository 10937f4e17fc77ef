//! Is all well? One list of checks for `belfry doctor` and for the portal's page, each with its result and the fix in words
//! (OPS-04).

mod network;
mod place;
mod sound;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context;
use shared::diagnosis::{Finding, Verdict};
use shared::setting::Settings as Sip;
use shared::tenant::ListTenants;
use shared::transport::Protocol;
use store::{SecretKey, Store};

use crate::clock::Clock;
use crate::config::Settings;
use crate::dns::Dns;
use crate::keys::Keys;
use crate::network::Known;

/// `2026-01-31`.
const DATE_CHARACTERS: usize = 10;

/// The most tenants whose domains are looked up.
const DOMAINS_MAX: u32 = 50;

/// What is looked at.
#[derive(Clone)]
pub struct Patient {
    /// Where its data is.
    pub data: PathBuf,
    /// Where listeners are expected: those of SIP, and those of the portal as WS and WSS.
    pub listeners: Vec<(Protocol, SocketAddr)>,
    /// The ports of sound.
    pub rtp_ports: (u16, u16),
    /// `--public-address`.
    pub known: Known,
    /// Its database.
    pub store: Store,
    /// Reads the time.
    pub clock: Clock,
    /// Looks names up.
    pub dns: Dns,
}

impl Patient {
    /// All checks, in the order of the page.
    pub async fn examine(&self) -> Vec<Finding> {
        let sip = match self.store.get_settings().await {
            Ok(sip) => sip,
            Err(error) => return vec![no_database(&error.to_string())],
        };
        let mut known = self.known;
        let mut seen = None;
        if !sip.stun_server.is_empty() {
            let asked = crate::network::public_address(&sip.stun_server, &self.dns).await;
            known.detected = asked.as_ref().ok().copied();
            seen = Some(asked);
        }
        let (book, _) = known.book(&sip);
        let mut findings = vec![Finding::good("Database", "It answers.")];
        findings.extend(network::listeners(&self.listeners).await);
        findings.push(network::own_addresses(&book));
        findings.push(network::public_address(&book, seen));
        findings.push(network::web_domain(&sip, &book, &self.dns).await);
        findings.push(network::sip_domains(&self.domains().await, &book, &self.dns).await);
        findings.push(self.certificate(&sip).await);
        findings.push(place::clock());
        findings.push(place::disk(&self.data));
        let (ports, now) = (self.rtp_ports, self.clock.now());
        let sound = tokio::task::spawn_blocking(move || sound::loop_back(ports, now)).await;
        findings.push(
            sound.unwrap_or_else(|_| Finding::bad("Sound", "The check broke.", "Report this as a fault of Belfry.")),
        );
        findings
    }

    /// The listeners of the store too, as they are now.
    pub async fn with_transports(mut self) -> Self {
        let stored = self.store.list_transports().await.unwrap_or_default();
        self.listeners.extend(stored.iter().map(|row| (row.protocol, SocketAddr::from(([0, 0, 0, 0], row.port)))));
        self
    }

    /// The domains of tenants that the public DNS may know.
    async fn domains(&self) -> Vec<String> {
        let ask = ListTenants { limit: Some(DOMAINS_MAX), ..ListTenants::default() };
        let rows = self.store.list_tenants(self.clock.now(), &ask).await.map(|page| page.rows).unwrap_or_default();
        let domains = rows.into_iter().map(|row| row.tenant.domain);
        let is_public = |domain: &String| {
            let own = ["localhost", "local", "internal", "lan", "home.arpa"];
            let top = own.iter().any(|top| domain.ends_with(top));
            domain.contains('.') && !top && domain.parse::<IpAddr>().is_err()
        };
        domains.filter(is_public).collect()
    }

    async fn certificate(&self, sip: &Sip) -> Finding {
        const UPLOAD: &str = "Put another in its place under System, Certificate.";
        const NAME: &str = "Certificate";
        let stored = match self.store.server_certificate().await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Finding::warning(NAME, "There is none yet.", "Start Belfry once: it makes one."),
            Err(error) => return Finding::bad(NAME, &format!("It cannot be read: {error}."), UPLOAD),
        };
        let described = certificate::Pair::stored(&stored.chain, &stored.key).and_then(|pair| pair.describe());
        let description = match described {
            Ok(description) => description,
            Err(error) => return Finding::bad(NAME, &format!("It cannot be read: {error}."), UPLOAD),
        };
        let days = shared::certificate::warning_days(self.clock.now(), description.not_after);
        let until = description.not_after.rfc3339().chars().take(DATE_CHARACTERS).collect::<String>();
        match days {
            Some(0) => return Finding::bad(NAME, &format!("It has expired, on {until}."), UPLOAD),
            Some(days) => {
                return Finding::warning(NAME, &format!("It expires within {days} days, on {until}."), UPLOAD);
            }
            None => {}
        }
        let domain = &sip.web_domain;
        if !domain.is_empty() && !certificate::covers(&description.names, domain) {
            let what = format!("It is for {}, not for {domain}: browsers warn.", description.names.join(", "));
            return Finding::bad(NAME, &what, "Create or upload one for the web domain under System, Certificate.");
        }
        Finding::good(NAME, &format!("It is for {} and valid until {until}.", description.names.join(", ")))
    }
}

fn no_database(error: &str) -> Finding {
    let fix = "See that the database runs and that --database and --data are those of the server.";
    Finding::bad("Database", &format!("It cannot be read: {error}."), fix)
}

/// `belfry doctor`: prints what was found; true when nothing is bad.
pub fn run(settings: &Settings) -> anyhow::Result<bool> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let findings = runtime.block_on(examine(settings))?;
    let mut well = true;
    for Finding { check, verdict, detail, fix } in findings {
        let sign = match verdict {
            Verdict::Good => "ok  ",
            Verdict::Warning => "WARN",
            Verdict::Bad => "BAD ",
        };
        well &= verdict != Verdict::Bad;
        println!("{sign}  {check}: {detail}");
        if !fix.is_empty() {
            println!("      {fix}");
        }
    }
    Ok(well)
}

async fn examine(settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    let file = settings.database.0.strip_prefix("sqlite://").or(settings.database.0.strip_prefix("sqlite:"));
    if file.is_some_and(|path| !std::path::Path::new(path.split('?').next().unwrap_or_default()).exists()) {
        // To open it would be to make it.
        return Ok(vec![no_database("there is no such file")]);
    }
    let keys = Keys::open(&settings.data)?;
    let store = match Store::open(&settings.database.0, SecretKey(keys.derive("store"))).await {
        Ok(store) => store,
        Err(error) => return Ok(vec![no_database(&error.to_string())]),
    };
    let sip = store.get_settings().await.context("the settings could not be loaded")?;
    let given = [
        (Protocol::Udp, Some(settings.sip_udp.address)),
        (Protocol::Tcp, Some(settings.sip_tcp.address)),
        (Protocol::Tls, settings.sip_tls),
        (Protocol::Ws, Some(settings.http)),
        (Protocol::Wss, settings.https),
    ];
    let listeners = given.into_iter().filter_map(|(protocol, address)| Some((protocol, address?))).collect();
    let patient = Patient {
        data: settings.data.clone(),
        listeners,
        rtp_ports: settings.rtp_ports.unwrap_or((sip.rtp_port_first, sip.rtp_port_last)),
        known: Known::at_start(settings.public_address),
        store,
        clock: Clock::start(),
        dns: Dns::new(&sip.dns_servers),
    };
    Ok(patient.with_transports().await.examine().await)
}
