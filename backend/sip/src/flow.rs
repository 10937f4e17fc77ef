//! Where bytes come from and go to.

use std::net::SocketAddr;

/// A SIP transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams (RFC 3261, 18).
    Udp,
    /// A TCP stream.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS (RFC 7118).
    Wss,
}

impl Transport {
    /// Is delivery the transport's business, so that nothing is sent twice?
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// As in a Via header: `UDP`.
    pub const fn via(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// As in a URI parameter and in records: `udp`.
    pub const fn param(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// From a Via protocol or a URI parameter, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss]
            .into_iter()
            .find(|t| t.param().eq_ignore_ascii_case(text))
    }
}

/// One connection of a stream transport, or one listening socket of a datagram transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

impl ConnectionId {
    /// On a stream transport: no connection yet, open one to the remote address. On UDP: the first socket.
    pub const NEW: Self = Self(0);
}

/// The way to a peer (RFC 5626): transport, connection and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// The protocol.
    pub transport: Transport,
    /// The connection or socket.
    pub connection: ConnectionId,
    /// The peer's address as seen here.
    pub remote: SocketAddr,
}
