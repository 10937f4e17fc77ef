//! Where the installation stands (WIZ-02): its addresses by the start, the settings, a STUN server and the default route;
//! whoever composes messages and descriptions follows them while calls run (WIZ-08, OPS-02).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use shared::event::{EventCode, NewEvent};
use shared::network::{AddressBook, AddressSource, NetworkState, Pair, Prefix, is_reachable};
use shared::setting::Settings;
use sip::stun;
use store::{Change, Store};
use tokio::net::UdpSocket;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::dns::Dns;
use crate::events::EventDoor;
use crate::keys;
use crate::media_io::MediaDoor;

/// How often the addresses are looked at, and the STUN server is asked.
const LOOK_PAUSE: Duration = Duration::from_secs(60);
/// The pause after a STUN server that said nothing.
const RETRY_PAUSE: Duration = Duration::from_secs(10);
/// How long each request to it is waited for (RFC 5389, 7.2.1, cut short).
const STUN_WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];
/// RFC 5389, 9.
const STUN_PORT: u16 = 3_478;
/// The longest answer that is read.
const STUN_BYTES_MAX: usize = 1_500;

/// What is known of the own addresses beside the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// `--public-address`.
    pub given: Option<IpAddr>,
    /// What the STUN server has told.
    pub detected: Option<IpAddr>,
    /// The addresses of the default routes.
    pub route_ipv4: Option<Ipv4Addr>,
    /// As above.
    pub route_ipv6: Option<Ipv6Addr>,
}

impl Known {
    /// At the start.
    pub fn at_start(given: Option<IpAddr>) -> Self {
        Self { given, ..Self::default() }.with_routes()
    }

    fn with_routes(self) -> Self {
        Self { route_ipv4: route_ipv4(), route_ipv6: route_ipv6(), ..self }
    }

    /// The addresses that follow, and where the public one of IPv4 is from. What somebody has set wins.
    pub fn book(&self, settings: &Settings) -> (AddressBook, AddressSource) {
        let (given_v4, given_v6) = match self.given {
            Some(IpAddr::V4(v4)) => (Some(v4), None),
            Some(IpAddr::V6(v6)) => (None, Some(v6)),
            None => (None, None),
        };
        let detected = match self.detected {
            Some(IpAddr::V4(v4)) => Some(v4),
            _ => None,
        };
        let private = settings.private_ipv4.parse().ok().or(given_v4).or(self.route_ipv4);
        let by_hand = settings.public_ipv4.parse().ok();
        let (public, source) = match (given_v4, by_hand, detected) {
            (Some(given), ..) => (Some(given), AddressSource::Start),
            (None, Some(set), _) => (Some(set), AddressSource::Settings),
            (None, None, Some(told)) => (Some(told), AddressSource::Stun),
            (None, None, None) => (private, AddressSource::Private),
        };
        let mut ipv4 = Pair { private: private.or(public), public };
        let mut ipv6 = Pair { private: given_v6, public: given_v6 };
        if settings.ipv6 {
            let private = settings.private_ipv6.parse().ok().or(given_v6).or(self.route_ipv6);
            let public = given_v6.or(settings.public_ipv6.parse().ok()).or(private);
            ipv6 = Pair { private: private.or(public), public };
        }
        if ipv4.public.or(ipv4.private).is_none() && ipv6.public.or(ipv6.private).is_none() {
            // A machine without a network talks to itself.
            ipv4 = Pair { private: Some(Ipv4Addr::LOCALHOST), public: Some(Ipv4Addr::LOCALHOST) };
        }
        let inside: Vec<Prefix> = settings.local_networks.iter().filter_map(|network| network.parse().ok()).collect();
        (AddressBook { ipv4, ipv6, inside }, source)
    }
}

/// Keeps the addresses true.
pub struct Networks {
    store: Store,
    media: MediaDoor,
    events: EventDoor,
    dns: Dns,
    known: Known,
    stun_failure: Option<String>,
    book: watch::Sender<AddressBook>,
    state: watch::Sender<NetworkState>,
}

impl Networks {
    /// As they are at the start.
    pub fn new(
        store: Store,
        media: MediaDoor,
        events: EventDoor,
        dns: Dns,
        (known, settings): (Known, &Settings),
    ) -> Self {
        let (book, source) = known.book(settings);
        let state = state_of(&book, source, &known, None);
        let (book, state) = (watch::Sender::new(book), watch::Sender::new(state));
        Self { store, media, events, dns, known, stun_failure: None, book, state }
    }

    /// For whoever composes messages.
    pub fn book(&self) -> watch::Receiver<AddressBook> {
        self.book.subscribe()
    }

    /// For pages.
    pub fn state(&self) -> watch::Receiver<NetworkState> {
        self.state.subscribe()
    }

    /// Follows settings, routes and the STUN server for ever.
    pub async fn follow(mut self) {
        let mut changes = self.store.changes();
        let mut asked = String::new();
        loop {
            let settings = match self.store.get_settings().await {
                Ok(settings) => settings,
                Err(error) => {
                    tracing::error!(%error, "the settings could not be loaded; trying again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                    continue;
                }
            };
            if settings.stun_server != asked {
                // What another server has told counts no more.
                (self.known.detected, self.stun_failure) = (None, None);
                asked.clone_from(&settings.stun_server);
            }
            self.known = self.known.with_routes();
            // The new settings hold at once; what the server tells follows.
            self.apply(&settings);
            if !settings.stun_server.is_empty() {
                self.ask(&settings.stun_server).await;
                self.apply(&settings);
            }
            let pause = if self.stun_failure.is_some() { RETRY_PAUSE } else { LOOK_PAUSE };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = settings_changed(&mut changes) => if !changed { return },
            }
        }
    }

    async fn ask(&mut self, server: &str) {
        match public_address(server, &self.dns).await {
            Ok(address) => (self.known.detected, self.stun_failure) = (Some(address), None),
            // The address of before stays: a server that is away for a while does not move us.
            Err(error) => {
                let failure = format!("{error:#}");
                if self.stun_failure.as_ref() != Some(&failure) {
                    tracing::warn!(server, failure, "the STUN server does not tell the public address");
                }
                self.stun_failure = Some(failure);
            }
        }
    }

    fn apply(&self, settings: &Settings) {
        let (book, source) = self.known.book(settings);
        let state = state_of(&book, source, &self.known, self.stun_failure.clone());
        let before = self.state.send_replace(state);
        let changed = *self.book.borrow() != book;
        if !changed {
            return;
        }
        self.media.set_addresses(&book);
        self.book.send_replace(book);
        let now = self.state.borrow().public_address();
        if before.public_address() != now
            && let (Some(old), Some(new)) = (before.public_address(), now)
        {
            tracing::info!(%old, %new, "the public address has changed");
            self.events.tell(NewEvent::new(EventCode::AddressChanged, format!("{old} → {new}")));
        }
    }
}

/// Waits for other settings; false when there will be none.
async fn settings_changed(changes: &mut tokio::sync::broadcast::Receiver<Change>) -> bool {
    loop {
        match changes.recv().await {
            Ok(Change::SettingsChanged) | Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}

fn state_of(book: &AddressBook, source: AddressSource, known: &Known, stun_failure: Option<String>) -> NetworkState {
    NetworkState { ipv4: book.ipv4, ipv6: book.ipv6, source, detected: known.detected, stun_failure }
}

/// Asks a STUN server by which address the Internet sees us (RFC 5389).
pub async fn public_address(server: &str, dns: &Dns) -> anyhow::Result<IpAddr> {
    let (host, port) = match server.split_once(':') {
        Some((host, port)) => (host, port.parse()?),
        None => (server, STUN_PORT),
    };
    let Some(to) = dns.sockets(host, port).await?.into_iter().find(SocketAddr::is_ipv4) else {
        anyhow::bail!("{host} has no IPv4 address")
    };
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.connect(to).await?;
    let id = keys::dice::<12>()?;
    let mut buffer = [0; STUN_BYTES_MAX];
    for wait in STUN_WAITS {
        socket.send(&stun::binding_request(id)).await?;
        let heard = async {
            loop {
                let length = socket.recv(&mut buffer).await?;
                let answer = buffer.get(..length).and_then(|bytes| stun::mapped_address(bytes, id));
                if let Some(address) = answer {
                    return std::io::Result::Ok(address.ip().to_canonical());
                }
            }
        };
        match tokio::time::timeout(wait, heard).await {
            Ok(Ok(address)) if is_reachable(address) => return Ok(address),
            Ok(Ok(address)) => anyhow::bail!("{to} says that we are {address}, which nobody reaches"),
            Ok(Err(error)) => anyhow::bail!("{to}: {error}"),
            Err(_) => {}
        }
    }
    anyhow::bail!("{to} does not answer")
}

/// The address of the interface that the default route leaves by; nothing is sent to find it.
fn route_ipv4() -> Option<Ipv4Addr> {
    // TEST-NET-1 of RFC 5737: routed by default, owned by nobody.
    match route(SocketAddr::from(([0, 0, 0, 0], 0)), SocketAddr::from(([192, 0, 2, 1], 9)))? {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(_) => None,
    }
}

fn route_ipv6() -> Option<Ipv6Addr> {
    // RFC 3849: routed by default, owned by nobody.
    let nobody = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    match route(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)), SocketAddr::from((nobody, 9)))? {
        IpAddr::V6(v6) if !v6.is_unicast_link_local() && !v6.is_loopback() => Some(v6),
        _ => None,
    }
}

fn route(from: SocketAddr, to: SocketAddr) -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind(from).ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(text: &str) -> Option<Ipv4Addr> {
        Some(text.parse().unwrap())
    }

    fn known() -> Known {
        Known { route_ipv4: v4("10.0.0.5"), ..Known::default() }
    }

    // covers: OPS-01
    #[test]
    fn ops_01_with_nothing_set_everybody_is_told_the_address_of_the_default_route() {
        let (book, source) = known().book(&Settings::default());
        assert_eq!((book.ipv4.private, book.ipv4.public), (v4("10.0.0.5"), v4("10.0.0.5")));
        assert_eq!(source, AddressSource::Private);
        let (book, _) = Known::default().book(&Settings::default());
        assert_eq!(book.all(), [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    }

    // covers: OPS-02, WIZ-02
    #[test]
    fn ops_02_what_was_set_wins_over_what_was_detected_and_the_start_over_both() {
        let detected = Known { detected: Some([203, 0, 113, 9].into()), ..known() };
        let (book, source) = detected.book(&Settings::default());
        assert_eq!((book.ipv4.private, book.ipv4.public), (v4("10.0.0.5"), v4("203.0.113.9")));
        assert_eq!(source, AddressSource::Stun);
        let set =
            Settings { public_ipv4: "203.0.113.1".into(), private_ipv4: "10.9.9.9".into(), ..Settings::default() };
        let (book, source) = detected.book(&set);
        assert_eq!((book.ipv4.private, book.ipv4.public), (v4("10.9.9.9"), v4("203.0.113.1")));
        assert_eq!(source, AddressSource::Settings);
        let given = Known { given: Some([198, 51, 100, 1].into()), ..detected };
        let (book, source) = given.book(&set);
        assert_eq!((book.ipv4.private, book.ipv4.public), (v4("10.9.9.9"), v4("198.51.100.1")));
        assert_eq!(source, AddressSource::Start);
        assert_eq!(given.book(&Settings::default()).0.ipv4.private, v4("198.51.100.1"));
    }

    // covers: WIZ-02, SET-03
    #[test]
    fn addresses_of_ipv6_count_while_it_is_on() {
        let set = Settings { private_ipv6: "fd00::5".into(), public_ipv6: "2001:db8::5".into(), ..Settings::default() };
        assert_eq!(known().book(&set).0.ipv6, Pair::default());
        let (book, _) = known().book(&Settings { ipv6: true, ..set });
        assert_eq!(book.ipv6, Pair { private: "fd00::5".parse().ok(), public: "2001:db8::5".parse().ok() });
    }

    #[tokio::test]
    async fn a_stun_server_tells_the_address_and_a_silent_one_is_named() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let name = server.local_addr().unwrap().to_string();
        let asked = tokio::spawn(async move { public_address(&name, &Dns::new(&[])).await });
        let mut buffer = [0; 64];
        let (length, from) = server.recv_from(&mut buffer).await.unwrap();
        let id = buffer[8..20].try_into().unwrap();
        assert_eq!(buffer[..length], stun::binding_request(id));
        // 203.0.113.9:5060, as RFC 5389, 15.2 writes it.
        let mut answer = vec![1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42];
        answer.extend(id);
        answer.extend([0, 0x20, 0, 8, 0, 1, 0x13 ^ 0x21, 0xc4 ^ 0x12, 203 ^ 0x21, 0x12, 113 ^ 0xa4, 9 ^ 0x42]);
        server.send_to(&answer, from).await.unwrap();
        assert_eq!(asked.await.unwrap().unwrap(), IpAddr::from([203, 0, 113, 9]));
        let gone = server.local_addr().unwrap().to_string();
        drop(server);
        let error = public_address(&gone, &Dns::new(&[])).await.unwrap_err().to_string();
        assert!(error.starts_with(&gone), "{error}");
    }
}
