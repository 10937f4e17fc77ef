//! Streams that carry SIP: each is a task that posts whole messages to the pump and writes what the pump hands it.

pub mod tcp;
pub mod tls;
pub mod websocket;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use sip::{Flow, Transport};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::fence::{Fence, Place};
use crate::http::{self, Places};
use crate::signalling::Door;
use crate::transport::tls::{Handshakes, Peers};

/// Messages that may wait for a peer that reads slowly; one more and the peer is given up.
pub const STREAM_QUEUE_MAX: usize = 256;
/// How long a peer may take to accept a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How long a peer may take to read one message.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// How long a stranger may take for its first whole message: phones register at once.
pub const FIRST_MESSAGE_PATIENCE: Duration = Duration::from_secs(30);
/// How long a message may take that has begun, so that nobody sends one byte a minute.
pub const MESSAGE_PATIENCE: Duration = Duration::from_secs(20);
/// How long a stream may be silent; phones and browsers send keep-alives well before (RFC 5626, 4.4.1).
const SILENCE_MAX: Duration = Duration::from_secs(660);
/// SIP connections of one listener at a time; those above wait in the listener's own queue.
const CONNECTIONS_MAX: usize = 20_000;
/// The pause after descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The way to send on one stream.
#[derive(Clone, Debug)]
pub struct StreamDoor(mpsc::Sender<Bytes>);

impl StreamDoor {
    /// A door, and the queue behind it.
    pub fn new() -> (Self, mpsc::Receiver<Bytes>) {
        let (sender, receiver) = mpsc::channel(STREAM_QUEUE_MAX);
        (Self(sender), receiver)
    }

    /// Queues a message; false when the peer is gone or reads too slowly.
    pub fn send(&self, bytes: Bytes) -> bool {
        self.0.try_send(bytes).is_ok()
    }

    /// Closes: the task ends when the last door is gone.
    pub fn close(self) {}
}

/// Opens streams to peers.
#[derive(Clone)]
pub struct Connector {
    runtime: tokio::runtime::Handle,
    peers: Peers,
}

impl Connector {
    /// A connector whose tasks run there; `peers` are those behind TLS that may be connected to.
    pub const fn new(runtime: tokio::runtime::Handle, peers: Peers) -> Self {
        Self { runtime, peers }
    }

    /// Begins to connect; the pump is told when it comes to nothing, and why. A browser's WebSocket is opened by the browser
    /// alone, and a phone behind TLS is reached by the connection that it has opened (RFC 5626, 5.3): over TLS only those are
    /// connected to whose name is known.
    pub fn connect(&self, flow: Flow, pump: Door) -> StreamDoor {
        let (door, queue) = StreamDoor::new();
        let peer = self.peers.get(flow.remote);
        self.runtime.spawn(async move {
            // What would close it is held for as long as it lasts.
            let (origin, _open) = Origin::of(flow.transport);
            let why = match (flow.transport, peer) {
                (Transport::Tcp, _) => match open(flow.remote).await {
                    Ok(stream) => return tcp::carry(stream, flow, pump, queue, &origin).await,
                    Err(why) => why,
                },
                (Transport::Tls, Some(peer)) => match async { peer.shake(open(flow.remote).await?).await }.await {
                    Ok(stream) => return tcp::carry(stream, flow, pump, queue, &origin).await,
                    Err(why) => why,
                },
                _ => "it is reached by the connection that it has opened itself".to_owned(),
            };
            tracing::debug!(remote = %flow.remote, why, "no connection came about");
            pump.input(switch::Input::FlowUnreached(flow, why));
            pump.post(crate::signalling::Post::Closed(flow));
        });
        door
    }
}

async fn open(remote: SocketAddr) -> Result<TcpStream, String> {
    let stream = match tokio::time::timeout(CONNECT_PATIENCE, TcpStream::connect(remote)).await {
        Ok(connected) => connected.map_err(|error| error.to_string())?,
        Err(_) => return Err(format!("no connection within {} s", CONNECT_PATIENCE.as_secs())),
    };
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// The listener that a connection came by, and whether its peer is let stay.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What carries SIP on it.
    pub transport: Transport,
    devices: Arc<AtomicU64>,
    closing: watch::Receiver<()>,
    peer: Option<(Fence, IpAddr)>,
}

impl Origin {
    /// An origin, and what closes its connections when it is dropped.
    pub fn of(transport: Transport) -> (Self, watch::Sender<()>) {
        let (close, closing) = watch::channel(());
        (Self { transport, devices: Arc::default(), closing, peer: None }, close)
    }

    /// The same for one peer.
    fn of_peer(&self, fence: &Fence, address: IpAddr) -> Self {
        Self { peer: Some((fence.clone(), address)), ..self.clone() }
    }

    /// Is the peer blocked by now?
    pub fn is_blocked(&self) -> bool {
        self.peer.as_ref().is_some_and(|(fence, address)| fence.blocks(*address))
    }

    /// Has a proxy brought somebody who is blocked?
    pub fn brings_blocked(&self, headers: &axum::http::HeaderMap) -> bool {
        self.peer.as_ref().is_some_and(|(fence, _)| fence.blocks_forwarded(headers))
    }

    /// The same, and where its peer is, as a trusted proxy tells it: what the phone does is not the proxy's doing.
    pub fn behind_proxy(self, remote: SocketAddr, headers: &axum::http::HeaderMap) -> (Self, SocketAddr) {
        let brought = self.peer.as_ref().and_then(|(fence, _)| Some((fence.clone(), fence.forwarded(headers)?)));
        match brought {
            Some((fence, address)) => (self.of_peer(&fence, address), SocketAddr::new(address, remote.port())),
            None => (self, remote),
        }
    }

    /// How many devices are connected.
    pub fn devices(&self) -> u64 {
        self.devices.load(Ordering::Relaxed)
    }

    /// Counts a device for as long as what is returned lives.
    fn device(&self) -> Device {
        self.devices.fetch_add(1, Ordering::Relaxed);
        Device(Arc::clone(&self.devices))
    }

    /// Waits until the listener is removed or the peer is blocked.
    pub async fn closed(&self) {
        let mut closing = self.closing.clone();
        let removed = async { while closing.changed().await.is_ok() {} };
        match &self.peer {
            None => removed.await,
            Some((fence, address)) => tokio::select! {
                () = removed => {}
                () = fence.blocked(*address) => {}
            },
        }
    }
}

struct Device(Arc<AtomicU64>);

impl Drop for Device {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is spoken on accepted connections.
#[derive(Clone)]
pub enum Speech {
    /// SIP, framed by its lengths.
    Sip(Door),
    /// HTTP, with SIP on its WebSockets.
    Http(axum::Router, Places),
}

/// Accepts peers until the listener is removed or the process stops; over TLS where there are `handshakes`. Whoever the
/// fence keeps away is dropped without a word.
pub async fn listen(
    listener: TcpListener,
    origin: Origin,
    handshakes: Option<Arc<Handshakes>>,
    speech: Speech,
    fence: Fence,
) {
    let room = match &speech {
        Speech::Sip(_) => Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        Speech::Http(_, places) => places.room(),
    };
    loop {
        let (stream, remote, permit) = tokio::select! {
            come = accept(&listener, &room) => come,
            () = origin.closed() => return,
            () = speech.stopped() => return,
        };
        if fence.blocks(remote.ip()) {
            continue;
        }
        let Some(place) = fence.enter(remote.ip()) else {
            tracing::debug!(%remote, "an address has too many connections");
            continue;
        };
        let seat = Seat { _permit: permit, _place: place };
        // Answers and SIP messages are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let origin = origin.of_peer(&fence, remote.ip());
        let mut peer = Peer { remote, name: None, seat, origin, speech: speech.clone() };
        match handshakes.clone() {
            None => drop(tokio::spawn(peer.speak(stream))),
            Some(handshakes) => drop(tokio::spawn(async move {
                if let Some(stream) = handshakes.shake(stream).await {
                    peer.name = tls::sought(&stream);
                    peer.speak(stream).await;
                }
            })),
        }
    }
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        // Never closed: the error has no way to come about.
        let Ok(seat) = Arc::clone(room).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, remote)) => return (stream, remote, seat),
            // It was gone before we had it.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(error) => {
                // Descriptors are spent: calls go on, and the next peer is taken when one is free.
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl Speech {
    async fn stopped(&self) {
        match self {
            // What SIP says last is said by the pump, whose end closes its connections.
            Self::Sip(_) => std::future::pending().await,
            Self::Http(_, places) => places.stopped().await,
        }
    }
}

/// A connection's place among those of its listener, and among those of its address.
pub struct Seat {
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

struct Peer {
    remote: SocketAddr,
    /// What it was looking for, as `host:port`.
    name: Option<String>,
    seat: Seat,
    origin: Origin,
    speech: Speech,
}

impl Peer {
    async fn speak<S>(self, stream: S)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let Self { remote, name, seat, origin, speech } = self;
        match speech {
            Speech::Sip(pump) => {
                let _seat = seat;
                tcp::accept(stream, remote, name, pump, &origin).await;
            }
            Speech::Http(router, places) => http::serve(stream, seat, remote, router, origin, places).await,
        }
    }
}
