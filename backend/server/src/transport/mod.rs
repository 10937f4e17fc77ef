//! Streams that carry SIP: each is a task that posts whole messages to the pump and writes what the pump hands it.

pub mod tcp;
pub mod websocket;

use std::time::Duration;

use bytes::Bytes;
use sip::{Flow, Transport};
use tokio::sync::mpsc;

use crate::signalling::Door;

/// Messages that may wait for a peer that reads slowly; one more and the peer is given up.
pub const STREAM_QUEUE_MAX: usize = 256;
/// How long a peer may take to accept a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How long a stream may be silent; phones and browsers send keep-alives well before (RFC 5626, 4.4.1).
const SILENCE_MAX: Duration = Duration::from_secs(660);

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
    /// WebSocket is opened by the browser.
    pub fn connect(&self, flow: Flow, pump: Door) -> StreamDoor {
        let (door, queue) = StreamDoor::new();
        self.runtime.spawn(async move {
            if flow.transport == Transport::Tcp {
                let connecting = tokio::net::TcpStream::connect(flow.remote);
                if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT_PATIENCE, connecting).await {
                    return tcp::carry(stream, flow, pump, queue).await;
                }
            }
            pump.post(crate::signalling::Post::Closed(flow));
        });
        door
    }
}
