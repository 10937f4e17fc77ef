//! The sockets that all browsers of a media worker share: one port, on IPv4, on this machine's loopback and on IPv6.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use media::SocketId;

use crate::batch;
use crate::readiness::Readiness;

/// Addresses remembered of browsers on this machine; more, and all are learnt anew from their next packets.
const PEERS_MAX: usize = 4_096;

/// Which of the sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Every IPv4 address of this machine.
    Any,
    /// 127.0.0.1. A socket that is bound to every address would answer what was sent to it from another of the machine's
    /// addresses, and ICE takes an answer only from where it asked.
    Loopback,
    /// Every IPv6 address.
    Ipv6,
}

impl Side {
    const ALL: [Self; 3] = [Self::Any, Self::Loopback, Self::Ipv6];

    /// Its number among the watched; those but the first lie beyond those of legs.
    const fn key(self) -> usize {
        match self {
            Self::Any => SocketId::BROWSERS.0 as usize,
            Self::Loopback => usize::MAX >> 1,
            Self::Ipv6 => (usize::MAX >> 1) - 2,
        }
    }

    /// Which one a number stands for.
    pub fn of_key(key: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.key() == key)
    }
}

/// The sockets of one worker.
pub struct Browsers {
    any: UdpSocket,
    loopback: Option<UdpSocket>,
    ipv6: Option<UdpSocket>,
    /// Who came by loopback, and is answered there.
    local_peers: BTreeSet<SocketAddr>,
}

impl Browsers {
    /// All that can be bound to this port and are watched; none where somebody else has the port.
    pub fn open(port: u16, readiness: &Readiness) -> std::io::Result<Option<Self>> {
        let Some(any) = bind(Ipv4Addr::UNSPECIFIED.into(), port) else { return Ok(None) };
        let loopback = bind(Ipv4Addr::LOCALHOST.into(), port);
        let ipv6 = bind(Ipv6Addr::UNSPECIFIED.into(), port);
        let browsers = Self { any, loopback, ipv6, local_peers: BTreeSet::new() };
        for side in Side::ALL {
            if let Some(socket) = browsers.socket(side) {
                readiness.watch(socket, side.key())?;
            }
        }
        Ok(Some(browsers))
    }

    /// The socket of that side, where there is one.
    pub fn socket(&self, side: Side) -> Option<&UdpSocket> {
        match side {
            Side::Any => Some(&self.any),
            Side::Loopback => self.loopback.as_ref(),
            Side::Ipv6 => self.ipv6.as_ref(),
        }
    }

    /// Somebody has come that way, and is to be answered the same way.
    pub fn learn(&mut self, side: Side, peer: SocketAddr) {
        if side != Side::Loopback {
            return;
        }
        if self.local_peers.len() >= PEERS_MAX {
            self.local_peers.clear();
        }
        self.local_peers.insert(peer);
    }

    /// Sends; what cannot be sent is loss.
    pub fn send(&self, datagrams: &[(&[u8], SocketAddr)]) {
        let elsewhere = |to: &SocketAddr| to.is_ipv6() || self.local_peers.contains(to);
        if !datagrams.iter().any(|(_, to)| elsewhere(to)) {
            return batch::send(&self.any, datagrams);
        }
        for (bytes, to) in datagrams {
            let side = match to {
                SocketAddr::V6(_) => Side::Ipv6,
                SocketAddr::V4(_) if self.local_peers.contains(to) => Side::Loopback,
                SocketAddr::V4(_) => Side::Any,
            };
            let _ = self.socket(side).map(|socket| socket.send_to(bytes, *to));
        }
    }
}

fn bind(address: IpAddr, port: u16) -> Option<UdpSocket> {
    let address = SocketAddr::new(address, port);
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::DGRAM, None).ok()?;
    if address.is_ipv6() {
        socket.set_only_v6(true).ok()?;
    }
    // The unspecified address claims the port alone first; only loopback may share it with that one, and gets what is sent to it.
    socket.set_reuse_address(address.ip().is_loopback()).ok()?;
    socket.bind(&address.into()).ok()?;
    socket.set_reuse_address(true).ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket.into())
}
