//! The one door to the domain name system, by the servers that the provider has set or by those of the machine (SET-19). The
//! cache is the library's.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use sip::Transport;
use sip::locate::{Locator, Naptr, Question, Records, Srv, Step, Target};

/// How long one server may take for one try, …
const TRY_TIME_MAX: Duration = Duration::from_secs(2);
/// … and how often each is tried.
const TRIES_MAX: usize = 2;
/// How long one question may take in all.
const QUESTION_TIME_MAX: Duration = Duration::from_secs(6);
/// Answers that are remembered.
const CACHE_MAX: u64 = 4_096;
/// Answers are not remembered for longer, whatever they say: a carrier that moves is found again.
const CACHE_TIME_MAX: Duration = Duration::from_secs(3_600);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody has the name.
    NoSuchName(String),
    /// No server has answered, or none could: what was asked for, and the last server's trouble.
    NoAnswer(String, String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuchName(name) => write!(f, "DNS knows nothing of {name}"),
            Self::NoAnswer(name, why) => write!(f, "DNS does not answer for {name}: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The resolver. Cheap to clone; all clones ask the same servers.
#[derive(Clone)]
pub struct Dns {
    inner: Arc<RwLock<Inner>>,
}

struct Inner {
    servers: Vec<String>,
    resolver: Option<TokioResolver>,
}

impl Dns {
    /// Asks these servers; those of the machine where there are none.
    pub fn new(servers: &[String]) -> Self {
        let inner = Inner { servers: servers.to_vec(), resolver: resolver(servers) };
        Self { inner: Arc::new(RwLock::new(inner)) }
    }

    /// From now on these are asked; what was remembered of the others is forgotten.
    pub fn set(&self, servers: &[String]) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if inner.servers != servers {
            *inner = Inner { servers: servers.to_vec(), resolver: resolver(servers) };
        }
    }

    /// The addresses of a host, IPv4 first; those of the machine's own file of hosts too.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Failure> {
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
            return Ok(vec![address]);
        }
        let resolver = self.resolver(host)?;
        let found = asked(host, resolver.lookup_ip(host)).await?;
        let mut found: Vec<IpAddr> = found.iter().collect();
        found.sort_by_key(IpAddr::is_ipv6);
        if found.is_empty() { Err(Failure::NoSuchName(host.to_owned())) } else { Ok(found) }
    }

    /// The same with a port, for whoever connects.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn sockets(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        Ok(self.addresses(host).await?.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Answers a question of [`sip::locate`]; that there are no such records is an answer.
    ///
    /// # Errors
    ///
    /// No server answers.
    pub async fn ask(&self, question: &Question) -> Result<Records, Failure> {
        let (name, kind) = match question {
            Question::Naptr(name) => (name, RecordType::NAPTR),
            Question::Srv(name) => (name, RecordType::SRV),
            Question::Addresses(host) => {
                return Ok(Records::Addresses(none_is_an_answer(self.addresses(host).await)?));
            }
        };
        let resolver = self.resolver(name)?;
        // A dot at the end: no domain of this machine's is tried after it.
        let found = asked(name, resolver.lookup(format!("{}.", name.trim_end_matches('.')), kind)).await;
        let records = none_is_an_answer(found.map(|lookup| lookup.answers().to_vec()))?;
        let data = records.into_iter().map(|record| record.data);
        Ok(match question {
            Question::Naptr(_) => Records::Naptr(data.filter_map(naptr).collect()),
            _ => Records::Srv(data.filter_map(srv).collect()),
        })
    }

    /// Where a request to this URI can be sent, by one of these transports (RFC 3263).
    ///
    /// # Errors
    ///
    /// No server answers.
    pub async fn locate(&self, uri: &str, spoken: &[Transport]) -> Result<Vec<Target>, Failure> {
        let Some(uri) = sip::Uri::parse(uri) else { return Ok(Vec::new()) };
        let mut locator = Locator::new(&uri, spoken);
        loop {
            match locator.step() {
                Step::Done(targets) => return Ok(targets),
                Step::Ask(question) => {
                    let records = self.ask(&question).await?;
                    locator.answer(records, &mut |below| rand::random_range(0..below.max(1)));
                }
            }
        }
    }

    fn resolver(&self, name: &str) -> Result<TokioResolver, Failure> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let none = || Failure::NoAnswer(name.to_owned(), "this machine has no DNS server set".to_owned());
        inner.resolver.clone().ok_or_else(none)
    }
}

fn none_is_an_answer<T: Default>(answer: Result<T, Failure>) -> Result<T, Failure> {
    match answer {
        Err(Failure::NoSuchName(_)) => Ok(T::default()),
        answer => answer,
    }
}

async fn asked<T>(name: &str, question: impl Future<Output = Result<T, NetError>>) -> Result<T, Failure> {
    let no_answer = |why: String| Failure::NoAnswer(name.to_owned(), why);
    match tokio::time::timeout(QUESTION_TIME_MAX, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.is_nx_domain() || error.is_no_records_found() => {
            Err(Failure::NoSuchName(name.to_owned()))
        }
        Ok(Err(error)) => Err(no_answer(error.to_string())),
        Err(_) => Err(no_answer(format!("nothing came within {} seconds", QUESTION_TIME_MAX.as_secs()))),
    }
}

/// None where the machine has nothing set either.
fn resolver(servers: &[String]) -> Option<TokioResolver> {
    let given: Vec<IpAddr> = servers.iter().filter_map(|server| server.parse().ok()).collect();
    let provider = TokioRuntimeProvider::default();
    let mut builder = if given.is_empty() {
        TokioResolver::builder_tokio().ok()?
    } else {
        let given = given.into_iter().map(NameServerConfig::udp_and_tcp).collect();
        TokioResolver::builder_with_config(ResolverConfig::from_parts(None, Vec::new(), given), provider)
    };
    let options = builder.options_mut();
    options.timeout = TRY_TIME_MAX;
    options.attempts = TRIES_MAX;
    options.cache_size = CACHE_MAX;
    options.positive_max_ttl = Some(CACHE_TIME_MAX);
    options.negative_max_ttl = Some(CACHE_TIME_MAX);
    match builder.build() {
        Ok(resolver) => Some(resolver),
        Err(error) => {
            tracing::error!(%error, "no name can be looked up");
            None
        }
    }
}

fn naptr(data: RData) -> Option<Naptr> {
    let RData::NAPTR(record) = data else { return None };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Naptr {
        order: record.order,
        preference: record.preference,
        flags: text(&record.flags),
        service: text(&record.services),
        replacement: name_of(&record.replacement.to_ascii()),
    })
}

fn srv(data: RData) -> Option<Srv> {
    let RData::SRV(record) = data else { return None };
    let target = name_of(&record.target.to_ascii());
    Some(Srv { priority: record.priority, weight: record.weight, port: record.port, target })
}

/// Without the root's dot; the root itself is a dot.
fn name_of(text: &str) -> String {
    match text.strip_suffix('.') {
        Some("") | None => text.to_owned(),
        Some(name) => name.to_owned(),
    }
}
