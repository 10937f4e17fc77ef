//! `belfry serve`: from settings to a running PBX, and its orderly end.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use jobs::{Authority, Email, Lookup, ObjectStorages, Smtp, Worker, server_of_url};
use shared::Moment;
use shared::event::{EventCode, NewEvent};
use shared::live::{Answer, Ask};
use shared::network::{AddressBook, NetworkState};
use shared::phone_credential::PhoneCredentialKey;
use shared::port::PortRow;
use shared::reason::Reason;
use shared::transport::Protocol;
use sip::{ConnectionId, SentBy};
use store::{MailLinks, SecretKey, Store};
use switch::{Input, Switchboard};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::certificates::Certificates;
use crate::clock::Clock;
use crate::config::{Listen, Settings};
use crate::demo::{self, Addresses, Demo};
use crate::dns::{self, Dns};
use crate::doctor::Patient;
use crate::events::{self, EventDoor};
use crate::fence::Fence;
use crate::ground::ground;
use crate::keys::{self, Keys};
use crate::listening::{Listeners, bind_tcp};
use crate::media_io::{self, MediaDoor, MediaSettings};
use crate::network::{Known, Networks};
use crate::prompts::PromptDoor;
use crate::setting::{Followers, Log};
use crate::signalling::{self, Door, Outlets, Post, Pump};
use crate::sounds::SoundDoor;
use crate::transport::tls::Peers;
use crate::transport::tls::{Handshakes, Served};
use crate::transport::{Connector, websocket};
use crate::trunk::Trunks;
use crate::vitals::Vitals;
use crate::web::WebDoor;
use crate::{facts, http, listening, log_file, plan};

/// How many ports after the wanted one are tried where nobody asked for this one.
const NEXT_PORTS: u16 = 100;
/// Facts that a slow page may lag behind.
const LIVE_FACTS_MAX: usize = 1_024;
/// Questions of pages that may wait.
const ASKS_WAITING_MAX: usize = 256;
/// How long a setup link works.
const SETUP_LINK: Duration = Duration::from_secs(15 * 60);
/// How long the sign-in links of the demo work.
const DEMO_LINK: Duration = Duration::from_secs(24 * 3_600);
/// The longest time between two looks of the jobs' worker for work: a mail server may be slow.
const JOBS_TURN_MAX: Duration = Duration::from_secs(300);
/// Where sounds lie in the data folder.
const SOUNDS_FOLDER: &str = "sounds";
/// Threads of the HTTP side.
const HTTP_THREADS: usize = 2;

/// Runs until SIGTERM or SIGINT, then until the last call is over.
pub fn run(settings: Settings, log: Log) -> anyhow::Result<()> {
    // Fails only when a provider is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    keys::open_folder(&settings.data)?;
    let _written = log.keep(&settings.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(HTTP_THREADS).enable_all().build()?;
    runtime.block_on(serve(settings, log))
}

async fn serve(settings: Settings, log: Log) -> anyhow::Result<()> {
    let clock = Clock::start();
    let keys = Keys::open(&settings.data)?;
    let sockets = Sockets::bind(&settings)?;
    let (events, events_queue) = events::channel(clock);
    let storages = ObjectStorages::default();
    let store = Store::open(&settings.database.0, SecretKey(keys.derive("store")))
        .await
        .with_context(|| format!("database: {:?} cannot be opened", settings.database))?
        .with_files(settings.data.join(SOUNDS_FOLDER))
        .with_bucket(Arc::new(storages.clone()));
    let closed = store.close_open_calls(clock.now(), Reason::ServerRestarted).await?;
    if closed > 0 {
        tracing::warn!(closed, "calls that ran when the process ended were closed at their last sign of life");
    }
    let swept = store.sweep_temporary_conferences(clock.now()).await?;
    if swept > 0 {
        tracing::info!(swept, "temporary conferences that nobody is in any more were removed");
    }
    let running = Running::begin(&settings.data, &events)?;
    let addresses = sockets.addresses;
    let public_url = settings.public_url.clone().unwrap_or_else(|| match addresses.https {
        Some(https) => format!("https://{}", demo::reachable(https)),
        None => format!("http://{}", demo::reachable(addresses.http)),
    });
    let sip = store.get_settings().await.context("the settings could not be loaded")?;
    let dns = Dns::new(&sip.dns_servers);
    let known = Known::at_start(settings.public_address);
    let (book, _) = known.book(&sip);
    start_mail(&settings, &store, &public_url)?;
    announce(&settings, &store, clock.now(), addresses, &book, &public_url).await?;

    let (live, _) = broadcast::channel(LIVE_FACTS_MAX);
    let (facts_door, facts_queue) = facts::channel(live.clone());
    let sounds = SoundDoor::start(store.files()?, settings.media_workers)?;
    let facts_sign = facts_door.weak();
    let writing = tokio::spawn(events::run(events_queue, store.clone(), live.clone()));
    let events_too = events.clone();
    let parts =
        Parts { settings: &settings, sip: &sip, keys: &keys, clock, addresses, book: &book, events: events_too };
    let streams = start_streams()?;
    let peers = Peers::default();
    let (pump, media, drained, pump_thread) = parts.start_pump(
        sockets.udp,
        facts_door,
        Connector::new(streams.clone(), peers.clone()),
        (&store, &sounds),
        &dns,
    )?;
    for browser in media.browser_ports().iter().filter(|browser| !browser.streams) {
        events.tell(NewEvent::new(EventCode::BrowserStreamsMissing, browser.port.to_string()));
    }
    let networks = Networks::new(store.clone(), media.clone(), events.clone(), dns.clone(), (known, &sip));
    let (followed_book, network) = (networks.book(), networks.state());
    tokio::spawn(networks.follow());
    let followers = Followers::new(pump.clone(), media.clone(), log, dns.clone());
    // Heard of from before they are loaded, so that none falls between.
    let (plan_changes, trunk_changes) = (store.follow(), store.follow());
    plan::load(&store, clock.now(), &followers).await?;
    if settings.demo {
        demo::start_carrier(&store, clock).await?;
    }
    let trunks = Trunks::load(store.clone(), pump.clone(), dns.clone(), peers).await?;
    tokio::spawn(trunks.follow(trunk_changes));
    let storing = tokio::spawn(facts::run(facts_queue, store.clone(), sounds, pump.clone(), events.clone()));
    let fence = Fence::new(clock, parts.own_addresses(), settings.trusted_proxy);
    fence.load(&store, &pump).await?;
    tokio::spawn(fence.clone().follow(store.clone(), pump.clone()));
    tokio::spawn(fence.clone().follow_network(parts.own_addresses(), network.clone(), pump.clone()));
    tokio::spawn(plan::follow(store.clone(), plan_changes, followers));
    storages.look_up_by(name_lookup(&dns));
    let email = Email::Smtp(Smtp::new(own_addresses(&parts, &network)).with_lookup(name_lookup(&dns)));
    let (stop_jobs, jobs_stopping) = watch::channel(false);
    let (worker, jobs_sign) = start_jobs(&settings, &store, clock, email.clone(), storages, jobs_stopping);
    let (asks, questions) = mpsc::channel(ASKS_WAITING_MAX);
    tokio::spawn(carry_asks(questions, pump.clone()));

    let (stop_http, http_stopping) = watch::channel(false);
    let door = api::LiveDoor { asks, facts: live, stopping: http_stopping.clone() };
    let places = http::Places::new(http_stopping);
    let served = parts.start_certificates(&store).await?;
    let (listeners_door, listeners_asks) = listening::channel();
    let vitals = parts.vitals(&store, &pump, &media, facts_sign, jobs_sign, &places);
    let ground = ground(&settings, parts.sound(), media.browser_ports(), addresses.redirect);
    let config =
        parts.api_config(public_url, network, parts.checks(&store, &known, &dns), vitals.door(), ground.clone(), email);
    let redirects = api::redirects(config.clone(), store.clone(), door.clone(), listeners_door.clone());
    let router = api::router(config, store.clone(), door, listeners_door);
    tokio::spawn(vitals.run());
    let router = router.merge(websocket::router(pump.clone()));
    let doors = Doors { places: places.clone(), fence, pump: pump.clone(), streams };
    let listeners = parts.listeners(sockets.streams, served, (router, redirects), doors, followed_book, ground.rows)?;
    let listening = tokio::spawn(listeners.run(store, listeners_asks));
    let mut pump_end = tokio::task::spawn_blocking(move || pump_thread.join());

    tokio::select! {
        stopped = stop_signal() => stopped?,
        // No call can be made any more: whoever watches over the process starts it anew.
        _ = &mut pump_end => anyhow::bail!("the signalling thread has ended"),
    }
    drain(&pump, drained, settings.drain_seconds).await;
    let _ = stop_http.send(true);
    pump.post(Post::Stop);
    // The pump's end drops the doors of the SIP connections and of the facts, and their queues run empty.
    let _ = pump_end.await;
    places.goodbye().await;
    // What listens is closed with the task that holds it.
    listening.abort();
    media.stop();
    storing.await?;
    let _ = stop_jobs.send(true);
    worker.await?;
    running.end(&events);
    events.end().await;
    writing.await?;
    tracing::info!("stopped");
    Ok(())
}

/// The mark of a process that runs, in the data folder; one that is found at the start was left by a process that ended
/// without a stop.
struct Running {
    mark: PathBuf,
    own: String,
}

impl Running {
    fn begin(data: &Path, events: &EventDoor) -> anyhow::Result<Self> {
        let mark = data.join("running");
        let own = format!("{} {}", std::process::id(), events.now().rfc3339());
        if let Ok(left) = std::fs::read_to_string(&mark)
            && let Some((process, since)) = left.trim().split_once(' ')
            // One that still takes its calls to their end is not to be told of.
            && (process == std::process::id().to_string() || !Path::new("/proc").join(process).exists())
        {
            let value = format!("it was started at {since}");
            events.tell(NewEvent::new(EventCode::ServerStoppedUnclean, value));
        }
        std::fs::write(&mark, &own).context("data: the mark of a running process cannot be made")?;
        events.tell(NewEvent::new(EventCode::ServerStarted, env!("CARGO_PKG_VERSION")));
        Ok(Self { mark, own })
    }

    fn end(self, events: &EventDoor) {
        events.tell(NewEvent::new(EventCode::ServerStopped, ""));
        if std::fs::read_to_string(&self.mark).is_ok_and(|mark| mark == self.own)
            && let Err(error) = std::fs::remove_file(&self.mark)
        {
            tracing::warn!(%error, "the mark of a running process could not be taken away");
        }
    }
}

/// The listening sockets, all bound before anything is said.
struct Sockets {
    udp: UdpSocket,
    streams: Streams,
    addresses: Addresses,
}

struct Streams {
    tcp: TcpListener,
    tls: Option<TcpListener>,
    http: TcpListener,
    https: Option<TcpListener>,
    redirect: Option<TcpListener>,
}

impl Sockets {
    fn bind(settings: &Settings) -> anyhow::Result<Self> {
        let bind = |name: &str, address: SocketAddr| {
            bind_tcp(address).with_context(|| format!("{name}: cannot listen on {address}"))
        };
        let http = bind("http", settings.http)?;
        let https = settings.https.map(|address| bind("https", address)).transpose()?;
        let redirect = settings.http_redirect.map(|address| bind("http-redirect", address)).transpose()?;
        let udp = first_free("sip-udp", settings.sip_udp, signalling::bind_udp)?;
        let tcp = first_free("sip-tcp", settings.sip_tcp, bind_tcp)?;
        let tls = settings.sip_tls.map(|address| bind("sip-tls", address)).transpose()?;
        let address = |socket: &Option<TcpListener>| socket.as_ref().map(TcpListener::local_addr).transpose();
        let addresses = Addresses {
            http: http.local_addr()?,
            https: address(&https)?,
            udp: udp.local_addr()?,
            tcp: tcp.local_addr()?,
            tls: address(&tls)?,
            redirect: address(&redirect)?,
        };
        Ok(Self { udp, streams: Streams { tcp, tls, http, https, redirect }, addresses })
    }
}

fn first_free<T>(name: &str, listen: Listen, bind: impl Fn(SocketAddr) -> std::io::Result<T>) -> anyhow::Result<T> {
    let mut address = listen.address;
    for _ in 0..NEXT_PORTS {
        match bind(address) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind() == ErrorKind::AddrInUse && listen.or_next => {
                address.set_port(address.port().saturating_add(1));
            }
            Err(error) => return Err(error).with_context(|| format!("{name}: cannot listen on {address}")),
        }
    }
    anyhow::bail!("{name}: no free port from {} on", listen.address)
}

/// What every listener needs.
struct Doors {
    places: http::Places,
    fence: Fence,
    pump: Door,
    streams: tokio::runtime::Handle,
}

struct Parts<'a> {
    settings: &'a Settings,
    sip: &'a shared::setting::Settings,
    keys: &'a Keys,
    clock: Clock,
    addresses: Addresses,
    book: &'a AddressBook,
    events: EventDoor,
}

type PumpParts = (Door, MediaDoor, oneshot::Receiver<()>, std::thread::JoinHandle<()>);

/// The thread that carries the streams of phones. One, so that a message wakes one thread, once: the runtime of HTTP wakes a
/// second one to look for work that is not there.
fn start_streams() -> anyhow::Result<tokio::runtime::Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let carry = move || runtime.block_on(std::future::pending::<()>());
    std::thread::Builder::new().name("streams".to_owned()).spawn(carry)?;
    Ok(handle)
}

impl Parts<'_> {
    fn start_pump(
        &self,
        udp: UdpSocket,
        facts: facts::FactsDoor,
        connector: Connector,
        (store, sounds): (&Store, &SoundDoor),
        dns: &Dns,
    ) -> anyhow::Result<PumpParts> {
        let pump = Pump::new(udp, self.clock)?;
        let door = pump.door();
        let media = media_io::start(&self.media_settings(), self.clock, &door, sounds, seed()?)?;
        let switchboard = Switchboard::new(self.switch_config(), seed()?);
        let (drained, when_drained) = oneshot::channel();
        let events = self.events.clone();
        let runtime = tokio::runtime::Handle::current();
        let web = WebDoor::new(runtime.clone(), door.clone(), self.own_addresses(), name_lookup(dns));
        let prompts = PromptDoor::new(runtime, door.clone(), store.clone(), sounds.clone(), self.clock);
        let outlets = Outlets { media: media.clone(), facts, events, web, prompts, connector, drained };
        let thread =
            std::thread::Builder::new().name("signalling".to_owned()).spawn(move || pump.run(switchboard, outlets))?;
        Ok((door, media, when_drained, thread))
    }

    /// The ports of sound.
    fn sound(&self) -> (u16, u16) {
        self.settings.rtp_ports.unwrap_or((self.sip.rtp_port_first, self.sip.rtp_port_last))
    }

    fn media_settings(&self) -> MediaSettings {
        MediaSettings {
            book: self.book.clone(),
            ports: self.sound(),
            workers: self.settings.media_workers,
            silence: Some(Duration::from_secs(u64::from(self.sip.rtp_silence_seconds))),
        }
    }

    fn switch_config(&self) -> switch::Config {
        use sip::Transport as T;
        let mut config = switch::Config::new(self.keys.derive("nonce"), self.phone_key());
        config.settings = self.sip.clone();
        config.own_addresses = self.own_addresses();
        let Addresses { http, https, udp, tcp, tls, .. } = self.addresses;
        let own = [(T::Udp, Some(udp)), (T::Tcp, Some(tcp)), (T::Tls, tls), (T::Ws, Some(http)), (T::Wss, https)];
        let own = own.into_iter().filter_map(|(transport, address)| Some((transport, address?.port())));
        config.sent_by = SentBy::new(self.book.clone(), &own.collect());
        config
    }

    fn phone_key(&self) -> PhoneCredentialKey {
        PhoneCredentialKey(self.keys.derive("phone"))
    }

    /// Serves the certificate, and keeps it served.
    async fn start_certificates(&self, store: &Store) -> anyhow::Result<Arc<Served>> {
        let served = Arc::<Served>::default();
        let certificates = Certificates {
            store: store.clone(),
            served: Arc::clone(&served),
            clock: self.clock,
            own_names: self.own_names(),
            events: self.events.clone(),
        };
        certificates.begin().await?;
        tokio::spawn(certificates.follow());
        Ok(served)
    }

    /// The listeners of the command line; the store's follow.
    fn listeners(
        &self,
        streams: Streams,
        served: Arc<Served>,
        (portal, redirects): (axum::Router, axum::Router),
        doors: Doors,
        book: watch::Receiver<AddressBook>,
        ports: Vec<PortRow>,
    ) -> anyhow::Result<Listeners> {
        let Doors { places, fence, pump, streams: phones } = doors;
        let mut listeners = Listeners::new(listening::Parts {
            pump,
            phones,
            fence,
            sip_tls: Arc::new(Handshakes::new(Arc::clone(&served), &[])?),
            http_tls: Arc::new(Handshakes::new(served, &["http/1.1"])?),
            places,
            book,
            events: self.events.clone(),
            ports,
        });
        if let Some(redirect) = streams.redirect {
            listeners.with_redirects(redirect, redirects)?;
        }
        listeners.with_datagrams(ConnectionId(0), self.addresses.udp);
        listeners.with_streams(Protocol::Tcp, streams.tcp, None)?;
        if let Some(tls) = streams.tls {
            listeners.with_streams(Protocol::Tls, tls, None)?;
        }
        listeners.with_streams(Protocol::Ws, streams.http, Some(portal.clone()))?;
        if let Some(https) = streams.https {
            listeners.with_streams(Protocol::Wss, https, Some(portal))?;
        }
        Ok(listeners)
    }

    /// The addresses of this server, as far as it can be told: they are never blocked (IPB-05).
    fn own_addresses(&self) -> BTreeSet<IpAddr> {
        let Addresses { http, https, udp, tcp, tls, .. } = self.addresses;
        let listening = [Some(http), https, Some(udp), Some(tcp), tls].into_iter().flatten();
        let bound = listening.map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
        let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
        let AddressBook { ipv4, ipv6, .. } = &self.book;
        let v4 = [ipv4.private, ipv4.public].into_iter().flatten().map(IpAddr::V4);
        let v6 = [ipv6.private, ipv6.public].into_iter().flatten().map(IpAddr::V6);
        bound.chain(v4).chain(v6).chain(self.settings.public_address).chain(loopback).collect()
    }

    /// Names and addresses under which this process is reached.
    fn own_names(&self) -> Vec<String> {
        let host = self.settings.public_url.as_deref().and_then(|url| url.split_once("://")).map(|(_, rest)| {
            let authority = rest.split('/').next().unwrap_or_default();
            let has_port =
                authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
            has_port.map_or(authority, |(host, _)| host).trim_matches(['[', ']']).to_owned()
        });
        let listening = [Some(self.addresses.http), self.addresses.https, self.addresses.tls].into_iter().flatten();
        let own = listening.map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
        let mut names: Vec<String> = host.into_iter().filter(|host| !host.is_empty()).collect();
        let addresses = self.book.all().into_iter().chain(own).map(|ip| ip.to_string());
        for name in addresses.chain(["localhost".to_owned(), "127.0.0.1".to_owned()]) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What the portal's page of checks calls; two at a time would take each other's ports.
    fn checks(&self, store: &Store, known: &Known, dns: &Dns) -> api::Checks {
        let Addresses { http, https, udp, tcp, tls, .. } = self.addresses;
        let own = [
            (Protocol::Udp, Some(udp)),
            (Protocol::Tcp, Some(tcp)),
            (Protocol::Tls, tls),
            (Protocol::Ws, Some(http)),
            (Protocol::Wss, https),
        ];
        let patient = Patient {
            data: self.settings.data.clone(),
            listeners: own.into_iter().filter_map(|(protocol, address)| Some((protocol, address?))).collect(),
            rtp_ports: self.sound(),
            known: *known,
            store: store.clone(),
            clock: self.clock,
            dns: dns.clone(),
        };
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        Arc::new(move || {
            let (patient, turn) = (patient.clone(), Arc::clone(&turn));
            Box::pin(async move {
                let _turn = turn.lock().await;
                patient.with_transports().await.examine().await
            })
        })
    }

    /// What is watched for signs of life (HOME-03).
    fn vitals(
        &self,
        store: &Store,
        pump: &Door,
        media: &MediaDoor,
        facts: facts::WeakFactsDoor,
        jobs: Arc<AtomicI64>,
        places: &http::Places,
    ) -> Vitals {
        let mut vitals = Vitals::new(self.events.clone());
        vitals.watch("Signalling", {
            let pump = pump.clone();
            move || {
                let pump = pump.clone();
                Box::pin(async move { pump.sign().await })
            }
        });
        vitals.of_thread("signalling");
        for index in 0..media.workers() {
            let media = media.clone();
            vitals.watch(format!("Sound {}", index + 1), move || {
                let media = media.clone();
                Box::pin(async move { media.sign(index).await })
            });
            vitals.of_thread(format!("media-{index}"));
        }
        vitals.watch("Database", {
            let (store, clock) = (store.clone(), self.clock);
            move || {
                let store = store.clone();
                Box::pin(async move {
                    let asked = clock.now();
                    store.ping().await.ok()?;
                    Some(format!("answers in {} ms", clock.now().since(asked).as_millis()))
                })
            }
        });
        let last_batch = AtomicUsize::new(0);
        vitals.watch("Call records", move || {
            let sign = facts.sign().and_then(|(waiting, batches)| {
                let goes_on = waiting == 0 || last_batch.swap(batches, Ordering::Relaxed) != batches;
                goes_on.then(|| format!("{waiting} facts wait"))
            });
            Box::pin(async move { sign })
        });
        let events = self.events.clone();
        vitals.watch("Events", move || {
            let sign = events.sign();
            Box::pin(async move { sign })
        });
        vitals.watch("Jobs", {
            let (store, clock) = (store.clone(), self.clock);
            move || {
                let (store, sign_at) = (store.clone(), Moment(jobs.load(Ordering::Relaxed)));
                Box::pin(async move {
                    let alive = clock.now().since(sign_at) < JOBS_TURN_MAX;
                    let (waiting, given_up) = store.count_jobs().await.ok()?;
                    alive.then(|| format!("{waiting} wait, {given_up} were given up"))
                })
            }
        });
        let (address, places) = (self.addresses.http, places.clone());
        vitals.watch("Portal and API", move || {
            let places = places.clone();
            Box::pin(async move { http::answers(address).await.then(|| format!("{} connections", places.taken())) })
        });
        vitals
    }

    fn api_config(
        &self,
        public_url: String,
        network: watch::Receiver<NetworkState>,
        checks: api::Checks,
        services: api::ServicesDoor,
        ground: api::Ground,
        email: Email,
    ) -> api::Config {
        let clock = self.clock;
        let (url, events) = (public_url.clone(), self.events.clone());
        api::Config {
            public_url,
            jwt_key: self.keys.derive("jwt"),
            phone_credential_key: self.phone_key(),
            network,
            checks,
            mail: Arc::new(move |outgoing, to| {
                let (email, url) = (email.clone(), url.clone());
                Box::pin(async move { email.test(&outgoing, &to, &url).await })
            }),
            events: Arc::new(move |event| events.tell(event)),
            own_names: self.own_names(),
            own_addresses: self.own_addresses().into_iter().collect(),
            // A browser that has come by the default address may have been told to trust a certificate of ours.
            strict_transport: self.settings.public_url.is_some(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: clock.now(),
            clock: Arc::new(move || clock.now()),
            trusted_proxy: self.settings.trusted_proxy,
            services,
            ground,
            log_folder: log_file::folder(&self.settings.data),
        }
    }
}

fn seed() -> anyhow::Result<u64> {
    keys::dice().map(u64::from_be_bytes)
}

/// Mails go out by the server that is set in the portal, or by that of the start until one is.
fn start_mail(settings: &Settings, store: &Store, public_url: &str) -> anyhow::Result<()> {
    store.send_invitations(MailLinks { prefix: format!("{public_url}/link#") });
    if let Some(mail) = &settings.mail {
        store.start_with_mail_server(server_of_url(&mail.smtp, &mail.from)?);
    }
    Ok(())
}

/// The addresses of this installation now: no tenant's mail server may be one of them.
fn own_addresses(
    parts: &Parts<'_>,
    network: &watch::Receiver<NetworkState>,
) -> Arc<dyn Fn() -> Vec<IpAddr> + Send + Sync> {
    let (fixed, network) = (parts.own_addresses(), network.clone());
    Arc::new(move || fixed.iter().copied().chain(network.borrow().addresses()).collect())
}

/// Servers of mail and of receptionists' entries are looked up as everything else is (SET-19).
fn name_lookup(dns: &Dns) -> Lookup {
    let dns = dns.clone();
    Arc::new(move |host, port| {
        let dns = dns.clone();
        Box::pin(async move {
            match dns.sockets(&host, port).await {
                Err(dns::Failure::NoSuchName(_)) => Ok(Vec::new()),
                found => Ok(found?),
            }
        })
    })
}

/// Starts the work that follows: mails, certificates, and the clearing away of what has run out.
fn start_jobs(
    settings: &Settings,
    store: &Store,
    clock: Clock,
    email: Email,
    storages: ObjectStorages,
    stopping: watch::Receiver<bool>,
) -> (tokio::task::JoinHandle<()>, Arc<AtomicI64>) {
    let authority = Authority { root: settings.acme_root.clone() };
    let worker = Worker::new(store.clone(), email, move || clock.now());
    let worker = worker.with_authority(authority).with_storages(storages);
    let sign_at = worker.sign_at();
    let work = async move {
        tokio::join!(worker.run(stopping.clone()), worker.run_storage(stopping));
    };
    (tokio::spawn(work), sign_at)
}

/// Says, first of all, what to open.
async fn announce(
    settings: &Settings,
    store: &Store,
    now: Moment,
    addresses: Addresses,
    book: &AddressBook,
    public_url: &str,
) -> anyhow::Result<()> {
    let mut out = String::new();
    if settings.demo {
        let demo = demo::prepare(store, &settings.data, now, addresses).await?;
        out.push_str(&demo_links(store, now, public_url, &demo).await?);
    } else if !store.admin_exists().await? {
        let token = store.create_setup_token(now, SETUP_LINK).await?;
        out.push_str(&format!(
            "Open {public_url}/setup#{token}\nto make the first administrator (valid for 15 minutes).\n"
        ));
    } else {
        out.push_str(&format!("Open {public_url}\n"));
    }
    let own = book.all().last().copied().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let at = |address: SocketAddr| SocketAddr::new(own, address.port());
    let tls = addresses.tls.map(|tls| format!(" and tls {}", at(tls))).unwrap_or_default();
    out.push_str(&format!(
        "SIP listens on udp {} and tcp {}{tls}; browsers use {public_url}\n",
        at(addresses.udp),
        at(addresses.tcp)
    ));
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(out.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

async fn demo_links(store: &Store, now: Moment, public_url: &str, demo: &Demo) -> anyhow::Result<String> {
    let mut out = format!("Belfry's demo is at {public_url}. Each of these links signs in once:\n");
    let acme = demo.tenants.first().context("demo.json has no tenant")?;
    let people = acme
        .extensions
        .iter()
        .map(|person| (format!("{} ({} of {})", person.name, person.number, acme.name), &person.login.email));
    let admins = [
        ("the provider's administrator".to_owned(), &demo.admin.email),
        (format!("{}'s administrator", acme.name), &acme.admin.email),
    ];
    for (who, email) in admins.into_iter().chain(people) {
        let account = store.find_account_by_email(email).await?.with_context(|| format!("{email} is gone"))?;
        let token = store.create_link(now, account.account.id, DEMO_LINK, store::Purpose::SignIn).await?;
        out.push_str(&format!("  {who:<28} {public_url}/link#{token}\n"));
    }
    Ok(out)
}

/// Hands the pages' questions to the pump.
async fn carry_asks(mut questions: mpsc::Receiver<(Ask, oneshot::Sender<Answer>)>, pump: Door) {
    while let Some((ask, reply)) = questions.recv().await {
        pump.post(Post::Ask(ask, reply));
    }
}

async fn stop_signal() -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// No new calls; running ones end, or the patience does. A second signal ends it at once.
async fn drain(pump: &Door, drained: oneshot::Receiver<()>, patience_seconds: u64) {
    tracing::info!(patience_seconds, "no new calls are taken; waiting for the running ones");
    pump.input(Input::Drain);
    tokio::select! {
        _ = drained => {}
        () = tokio::time::sleep(Duration::from_secs(patience_seconds)) => {
            tracing::warn!("calls still run; they are closed at the next start");
        }
        _ = stop_signal() => {}
    }
}
