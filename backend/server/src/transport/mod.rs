//! Streams that carry SIP: each is a task that posts whole messages to the pump and writes what the pump hands it.

pub mod tcp;
pub mod tls;
pub mod websocket;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use sip::{Flow, Transport};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::http::{self, Places};
use crate::signalling::Door;
use crate::transport::tls::Handshakes;

/// Messages that may wait for a peer that reads slowly; one more and the peer is given up.
pub const STREAM_QUEUE_MAX: usize = 256;
/// How long a peer may take to accept a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How long a peer may take to read one message.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
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
#[derive(Clone, Debug)]
pub struct Connector {
    runtime: tokio::runtime::Handle,
}

impl Connector {
    /// A connector whose tasks run there.
    pub const fn new(runtime: tokio::runtime::Handle) -> Self {
        Self { runtime }
    }

    /// Begins to connect; the pump is told when it comes to nothing. Only TCP can be opened from here: a browser's
    /// WebSocket is opened by the browser, and a phone behind TLS is reached by the connection that it has opened
    /// (RFC 5626, 5.3).
    pub fn connect(&self, flow: Flow, pump: Door) -> StreamDoor {
        let (door, queue) = StreamDoor::new();
        self.runtime.spawn(async move {
            if flow.transport == Transport::Tcp {
                let connecting = TcpStream::connect(flow.remote);
                if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT_PATIENCE, connecting).await {
                    let _ = stream.set_nodelay(true);
                    return tcp::carry(stream, flow, pump, queue, &Origin::of(flow.transport).0).await;
                }
            }
            pump.post(crate::signalling::Post::Closed(flow));
        });
        door
    }
}

/// The listener that a connection came by.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What carries SIP on it.
    pub transport: Transport,
    devices: Arc<AtomicU64>,
    closing: watch::Receiver<()>,
}

impl Origin {
    /// An origin, and what closes its connections when it is dropped.
    pub fn of(transport: Transport) -> (Self, watch::Sender<()>) {
        let (close, closing) = watch::channel(());
        (Self { transport, devices: Arc::default(), closing }, close)
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

    /// Waits until the listener is removed.
    pub async fn closed(&self) {
        let mut closing = self.closing.clone();
        while closing.changed().await.is_ok() {}
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

/// Accepts peers until the listener is removed or the process stops; over TLS where there are `handshakes`.
pub async fn listen(listener: TcpListener, origin: Origin, handshakes: Option<Arc<Handshakes>>, speech: Speech) {
    let room = match &speech {
        Speech::Sip(_) => Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        Speech::Http(_, places) => places.room(),
    };
    loop {
        let (stream, remote, seat) = tokio::select! {
            come = accept(&listener, &room) => come,
            () = origin.closed() => return,
            () = speech.stopped() => return,
        };
        // Answers and SIP messages are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let mut peer = Peer { remote, name: None, seat, origin: origin.clone(), speech: speech.clone() };
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

struct Peer {
    remote: SocketAddr,
    /// What it was looking for, as `host:port`.
    name: Option<String>,
    seat: OwnedSemaphorePermit,
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
