//! What peers are told to send to, in Via and Contact: by the transport and by where the peer is (WIZ-08).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use shared::network::AddressBook;

use crate::flow::{Flow, Transport};

/// `host:port` for each transport.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentBy {
    /// The same for every peer.
    fixed: BTreeMap<Transport, String>,
    book: AddressBook,
    /// By the own address that the book gives.
    texts: BTreeMap<(Transport, IpAddr), String>,
}

/// A transport without an address of its own (a browser's WebSocket) has a name that resolves nowhere (RFC 7118, 5).
const NOWHERE: &str = "belfry.invalid";

impl SentBy {
    /// One of the addresses of the book, with the port of the transport. A stream for which nothing listens here has its usual
    /// port: whom we have connected to ourselves answers by that connection (RFC 5923).
    pub fn new(book: AddressBook, ports: &BTreeMap<Transport, u16>) -> Self {
        let own = book.all();
        let mut all = BTreeMap::from([(Transport::Tcp, 5_060), (Transport::Tls, 5_061)]);
        all.extend(ports);
        let each = all.iter().flat_map(|(transport, port)| own.iter().map(move |own| (*transport, *own, *port)));
        let texts =
            each.map(|(transport, own, port)| ((transport, own), SocketAddr::new(own, port).to_string())).collect();
        Self { fixed: BTreeMap::new(), book, texts }
    }

    /// For this peer.
    pub fn text(&self, flow: Flow) -> &str {
        let own = || self.texts.get(&(flow.transport, self.towards(flow.remote.ip())?));
        self.fixed.get(&flow.transport).or_else(own).map_or(NOWHERE, String::as_str)
    }

    /// The own address that this peer is told; none where no book says.
    pub fn towards(&self, peer: IpAddr) -> Option<IpAddr> {
        self.book.towards(peer)
    }

    /// Is it a host, with a port or without, that peers are told?
    pub fn has(&self, host: &str) -> bool {
        let told = self.fixed.values().chain(self.texts.values());
        let mut told = told.flat_map(|own| [Some(own.as_str()), own.rsplit_once(':').map(|(own, _)| own)]);
        told.any(|own| own == Some(host))
    }
}

impl<const N: usize> From<[(Transport, String); N]> for SentBy {
    fn from(fixed: [(Transport, String); N]) -> Self {
        Self { fixed: fixed.into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use shared::network::Pair;

    use super::*;
    use crate::flow::ConnectionId;

    fn flow(transport: Transport, remote: &str) -> Flow {
        Flow { transport, connection: ConnectionId::NEW, remote: remote.parse().unwrap() }
    }

    // covers: WIZ-08
    #[test]
    fn a_peer_is_told_by_where_it_is() {
        let ipv4 = Pair { private: Some(Ipv4Addr::new(10, 0, 0, 5)), public: Some(Ipv4Addr::new(203, 0, 113, 5)) };
        let ipv6 = Pair { private: None, public: Some("2001:db8::5".parse().unwrap()) };
        let book = AddressBook { ipv4, ipv6, ..AddressBook::default() };
        let sent_by = SentBy::new(book, &[(Transport::Udp, 5060), (Transport::Tls, 5063)].into());
        assert_eq!(sent_by.text(flow(Transport::Udp, "10.0.0.9:5060")), "10.0.0.5:5060");
        assert_eq!(sent_by.text(flow(Transport::Tls, "198.51.100.9:5060")), "203.0.113.5:5063");
        assert_eq!(sent_by.text(flow(Transport::Udp, "[2001:db8::9]:5060")), "[2001:db8::5]:5060");
        assert_eq!(
            sent_by.text(flow(Transport::Tcp, "10.0.0.9:5060")),
            "10.0.0.5:5060",
            "nothing listens, and it is ours"
        );
        assert_eq!(sent_by.text(flow(Transport::Ws, "10.0.0.9:5060")), NOWHERE);
        for own in ["10.0.0.5", "203.0.113.5:5063", "[2001:db8::5]", "[2001:db8::5]:5060"] {
            assert!(sent_by.has(own), "{own}");
        }
        assert!(!sent_by.has("10.0.0.9"));
    }
}
