//! The listeners of SIP and HTTP: those of the command line, and those that the portal adds and removes while calls run
//! (TRN-02…TRN-05). One task owns them all.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::ListenersAsk;
use axum::Router;
use shared::TransportId;
use shared::event::{EventCode, NewEvent};
use shared::live::{Answer, Ask};
use shared::network::AddressBook;
use shared::port::{PortRow, taken_by};
use shared::transport::{Address, CreateTransport, Protocol, TransportRow};
use sip::{ConnectionId, SentBy, Transport};
use store::{Change, Store};
use switch::Input;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use crate::events::EventDoor;
use crate::fence::Fence;
use crate::http::Places;
use crate::signalling::{Door, Post, bind_udp};
use crate::transport::tls::Handshakes;
use crate::transport::{Origin, Speech, listen, websocket};

/// Connections that the kernel holds until they are accepted.
const BACKLOG: i32 = 1_024;
/// How often a listener that could not open tries again.
const RETRY_PAUSE: Duration = Duration::from_secs(5);
/// Questions of pages that may wait.
const ASKS_MAX: usize = 64;

/// What listeners are made with.
#[derive(Clone)]
pub struct Parts {
    /// To the switchboard.
    pub pump: Door,
    /// Where the streams of phones are carried.
    pub phones: Handle,
    /// Handshakes of SIP over TLS.
    pub sip_tls: Arc<Handshakes>,
    /// Handshakes of HTTPS and WSS.
    pub http_tls: Arc<Handshakes>,
    /// Who may connect.
    pub fence: Fence,
    /// The places of HTTP connections.
    pub places: Places,
    /// What devices are told to send to.
    pub book: watch::Receiver<AddressBook>,
    /// To the event log.
    pub events: EventDoor,
    /// Ports of this process that are no SIP's.
    pub ports: Vec<PortRow>,
}

/// All listeners.
pub struct Listeners {
    parts: Parts,
    entries: Vec<Entry>,
    /// What is no SIP's.
    beside: Vec<Open>,
}

struct Entry {
    id: Option<TransportId>,
    protocol: Protocol,
    port: u16,
    sockets: Sockets,
}

/// By address: open, or why not.
type Sockets = BTreeMap<SocketAddr, Result<Open, String>>;

/// An open socket; dropped, a stream's listener is closed with its connections.
enum Open {
    Datagrams(ConnectionId),
    Streams { origin: Origin, _close: watch::Sender<()> },
}

impl Listeners {
    /// None yet.
    pub const fn new(parts: Parts) -> Self {
        Self { parts, entries: Vec::new(), beside: Vec::new() }
    }

    /// A UDP socket that the pump has had from the beginning.
    pub fn with_datagrams(&mut self, connection: ConnectionId, address: SocketAddr) {
        self.enter(Protocol::Udp, address, Open::Datagrams(connection));
    }

    /// A listener of the command line. `portal` is what is spoken where it is HTTP.
    pub fn with_streams(
        &mut self,
        protocol: Protocol,
        socket: std::net::TcpListener,
        portal: Option<Router>,
    ) -> anyhow::Result<()> {
        let address = socket.local_addr()?;
        let open = self.parts.stream(protocol, socket, portal).context("a listener could not be opened")?;
        self.enter(protocol, address, open);
        Ok(())
    }

    /// Plain HTTP that leads elsewhere; no SIP is spoken there.
    pub fn with_redirects(&mut self, socket: std::net::TcpListener, router: Router) -> anyhow::Result<()> {
        let open = self.parts.stream(Protocol::Ws, socket, Some(router)).context("a listener could not be opened")?;
        self.beside.push(open);
        Ok(())
    }

    fn enter(&mut self, protocol: Protocol, address: SocketAddr, open: Open) {
        self.parts.events.tell(NewEvent::new(EventCode::ListenerOpened, named(protocol, address)));
        let sockets = BTreeMap::from([(address, Ok(open))]);
        self.entries.push(Entry { id: None, protocol, port: address.port(), sockets });
        self.tell();
    }

    /// Follows the store and answers pages, for ever. What it holds is closed when the task ends.
    pub async fn run(
        mut self,
        store: Store,
        mut asks: mpsc::Receiver<(ListenersAsk, oneshot::Sender<Vec<TransportRow>>)>,
    ) {
        let mut changes = store.changes();
        self.follow(&store).await;
        let mut retry = tokio::time::interval(RETRY_PAUSE);
        retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut book = self.parts.book.clone();
        loop {
            let failed = self.entries.iter().any(|entry| entry.sockets.values().any(Result::is_err));
            tokio::select! {
                asked = asks.recv() => {
                    let Some((ask, reply)) = asked else { return };
                    if ask == ListenersAsk::Follow {
                        self.follow(&store).await;
                    }
                    let rows = match ask {
                        ListenersAsk::Try(transport) => vec![try_out(transport)],
                        ListenersAsk::Rows | ListenersAsk::Follow => self.rows().await,
                    };
                    // Whoever asked may have gone.
                    let _ = reply.send(rows);
                }
                change = changes.recv() => match change {
                    Ok(Change::SettingsChanged) | Err(RecvError::Lagged(_)) => self.follow(&store).await,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
                Ok(()) = book.changed() => self.tell(),
                _ = retry.tick(), if failed => self.follow(&store).await,
            }
        }
    }

    /// Opens what the store has and is not open, closes what it has no more.
    async fn follow(&mut self, store: &Store) {
        let (rows, ipv6) = match (store.list_transports().await, store.get_settings().await) {
            (Ok(rows), Ok(settings)) => (rows, settings.ipv6),
            (Err(error), _) | (_, Err(error)) => {
                return tracing::error!(%error, "the transports could not be loaded");
            }
        };
        self.entries.retain_mut(|entry| {
            let stays = entry.id.is_none_or(|id| rows.iter().any(|row| row.id == id));
            if !stays {
                let open = std::mem::take(&mut entry.sockets);
                entry.close(open, &self.parts);
            }
            stays
        });
        for row in rows {
            let known = self.entries.iter().position(|entry| entry.id == Some(row.id));
            let index = known.unwrap_or(self.entries.len());
            if known.is_none() {
                let sockets = BTreeMap::new();
                self.entries.push(Entry { id: Some(row.id), protocol: row.protocol, port: row.port, sockets });
            }
            let holder = self.holder(index, row.protocol, row.port);
            if let Some(entry) = self.entries.get_mut(index) {
                entry.follow(&self.parts, ipv6, holder.as_deref());
            }
        }
        self.tell();
    }

    /// What else of this process has the port, as a sentence (SYS-07).
    fn holder(&self, index: usize, protocol: Protocol, port: u16) -> Option<String> {
        let others = self.entries.iter().enumerate().filter(|(other, _)| *other != index);
        let open = others.flat_map(|(_, entry)| PortRow::of_transport(&entry.row(0)));
        let rows: Vec<PortRow> = open.chain(self.parts.ports.iter().cloned()).collect();
        taken_by(&rows, protocol.into(), port)
    }

    /// Tells the switchboard where peers are to send to: per transport the first that listens.
    fn tell(&self) {
        let mut ports = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.sockets.values().any(Result::is_ok)) {
            ports.entry(of_sip(entry.protocol)).or_insert(entry.port);
        }
        let book = self.parts.book.borrow().clone();
        self.parts.pump.input(Input::SentBy(SentBy::new(book, &ports)));
    }

    async fn rows(&self) -> Vec<TransportRow> {
        let datagrams = self.datagram_devices().await;
        self.entries
            .iter()
            .map(|entry| entry.row(entry.sockets.values().flatten().map(|open| open.devices(&datagrams)).sum()))
            .collect()
    }

    async fn datagram_devices(&self) -> BTreeMap<u64, u64> {
        let (reply, answer) = oneshot::channel();
        self.parts.pump.post(Post::Ask(Ask::DatagramDevices, reply));
        match answer.await {
            Ok(Answer::DatagramDevices(devices)) => devices,
            _ => BTreeMap::new(),
        }
    }
}

/// The way in for pages, and its other end.
#[allow(clippy::type_complexity)]
pub fn channel() -> (api::ListenersDoor, mpsc::Receiver<(ListenersAsk, oneshot::Sender<Vec<TransportRow>>)>) {
    let (door, asks) = mpsc::channel(ASKS_MAX);
    (api::ListenersDoor(door), asks)
}

impl Entry {
    fn row(&self, devices: u64) -> TransportRow {
        let addresses = self.sockets.iter().map(|(address, open)| row(*address, open)).collect();
        TransportRow { id: self.id, protocol: self.protocol, port: self.port, addresses, devices }
    }

    /// `holder` is what else of this process has the port.
    fn follow(&mut self, parts: &Parts, ipv6: bool, holder: Option<&str>) {
        let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, self.port));
        let v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, self.port));
        let wanted = [Some(v4), ipv6.then_some(v6)];
        let (stay, go) = std::mem::take(&mut self.sockets)
            .into_iter()
            .partition(|(address, open)| wanted.contains(&Some(*address)) && open.is_ok());
        self.sockets = stay;
        let go: Sockets = go;
        let failures: BTreeMap<SocketAddr, String> =
            go.iter().filter_map(|(address, open)| Some((*address, open.as_ref().err()?.clone()))).collect();
        self.close(go, parts);
        for address in wanted.into_iter().flatten() {
            if self.sockets.contains_key(&address) {
                continue;
            }
            let open = parts.open(self.protocol, address).map_err(|error| reason(&error, holder));
            self.tell(address, open.as_ref().err(), failures.get(&address), &parts.events);
            self.sockets.insert(address, open);
        }
    }

    /// A failure that goes on is told once.
    fn tell(&self, address: SocketAddr, failure: Option<&String>, before: Option<&String>, events: &EventDoor) {
        let name = named(self.protocol, address);
        match failure {
            None => events.tell(NewEvent::new(EventCode::ListenerOpened, name)),
            Some(reason) if before == Some(reason) => {}
            Some(reason) => {
                events.tell(NewEvent::new(EventCode::ListenerFailed, format!("{name}. {reason}")));
            }
        }
    }

    fn close(&self, sockets: Sockets, parts: &Parts) {
        for (address, open) in sockets {
            let Ok(open) = open else { continue };
            close(open, &parts.pump);
            parts.events.tell(NewEvent::new(EventCode::ListenerClosed, named(self.protocol, address)));
        }
    }
}

/// `TLS on 0.0.0.0:5063`.
fn named(protocol: Protocol, address: SocketAddr) -> String {
    format!("{} on {address}", protocol.word())
}

impl Parts {
    fn open(&self, protocol: Protocol, address: SocketAddr) -> std::io::Result<Open> {
        if protocol == Protocol::Udp {
            let connection = self.pump.connection();
            self.pump.post(Post::DatagramsOpened(connection, bind_udp(address)?));
            return Ok(Open::Datagrams(connection));
        }
        self.stream(protocol, bind_tcp(address)?, None)
    }

    fn stream(
        &self,
        protocol: Protocol,
        socket: std::net::TcpListener,
        portal: Option<Router>,
    ) -> std::io::Result<Open> {
        socket.set_nonblocking(true)?;
        let (origin, close) = Origin::of(of_sip(protocol));
        // The portal's pages are not to wait for phones, nor phones for pages.
        let runtime = if portal.is_some() { Handle::current() } else { self.phones.clone() };
        let (handshakes, speech) = match protocol {
            Protocol::Udp | Protocol::Tcp => (None, Speech::Sip(self.pump.clone())),
            Protocol::Tls => (Some(&self.sip_tls), Speech::Sip(self.pump.clone())),
            Protocol::Ws | Protocol::Wss => {
                let router = portal.unwrap_or_else(|| websocket::own_router(self.pump.clone()));
                (protocol.is_secure().then_some(&self.http_tls), Speech::Http(router, self.places.clone()))
            }
        };
        let socket = {
            let _its = runtime.enter();
            TcpListener::from_std(socket)?
        };
        let listening = listen(socket, origin.clone(), handshakes.cloned(), speech, self.fence.clone());
        runtime.spawn(listening);
        Ok(Open::Streams { origin, _close: close })
    }
}

impl Open {
    fn devices(&self, datagrams: &BTreeMap<u64, u64>) -> u64 {
        match self {
            Self::Datagrams(connection) => datagrams.get(&connection.0).copied().unwrap_or(0),
            Self::Streams { origin, .. } => origin.devices(),
        }
    }
}

fn close(open: Open, pump: &Door) {
    if let Open::Datagrams(connection) = open {
        pump.post(Post::DatagramsClosed(connection));
    }
}

/// Opens a transport's port and lets it go again. Nothing was accepted on it that could linger.
fn try_out(transport: CreateTransport) -> TransportRow {
    let CreateTransport { protocol, port } = transport;
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let opened = match protocol {
        Protocol::Udp => bind_udp(address).map(drop),
        _ => bind_tcp(address).map(drop),
    };
    let failure = opened.err().map(|error| reason(&error, None));
    let addresses = vec![Address { address: address.to_string(), failure }];
    TransportRow { id: None, protocol, port, addresses, devices: 0 }
}

fn row(address: SocketAddr, open: &Result<Open, String>) -> Address {
    Address { address: address.to_string(), failure: open.as_ref().err().cloned() }
}

fn reason(error: &std::io::Error, holder: Option<&str>) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => holder.unwrap_or("Another program has this port.").to_owned(),
        std::io::ErrorKind::PermissionDenied => {
            "The system does not allow this port; below 1024 it asks for a right.".to_owned()
        }
        std::io::ErrorKind::AddrNotAvailable => "This machine has no such address.".to_owned(),
        _ => format!("The port could not be opened: {error}."),
    }
}

const fn of_sip(protocol: Protocol) -> Transport {
    match protocol {
        Protocol::Udp => Transport::Udp,
        Protocol::Tcp => Transport::Tcp,
        Protocol::Tls => Transport::Tls,
        Protocol::Ws => Transport::Ws,
        Protocol::Wss => Transport::Wss,
    }
}

/// Binds a TCP socket; one of IPv6 leaves IPv4 to another.
pub fn bind_tcp(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Connections of the process before may still linger; a listener of another program is refused all the same.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: TRN-02
    #[test]
    fn trn_02_a_taken_port_is_named() {
        let tcp = bind_tcp(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let taken = bind_tcp(tcp.local_addr().unwrap()).unwrap_err();
        assert_eq!(reason(&taken, None), "Another program has this port.");
        // covers: SYS-07
        assert_eq!(reason(&taken, Some("Portal (HTTP) has it.")), "Portal (HTTP) has it.");
        let udp = bind_udp(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        assert_eq!(reason(&bind_udp(udp.local_addr().unwrap()).unwrap_err(), None), "Another program has this port.");
    }
}
