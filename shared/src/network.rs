//! Where this installation stands in its networks (WIZ-02): its addresses, which peers are inside, and so by which address
//! a peer is told to send to (WIZ-08).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::operation;

/// The addresses from one on that share so many first bits, such as `192.168.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    address: IpAddr,
    bits: u8,
}

impl Prefix {
    /// The addresses that share the first `bits` with this one; none where the family has not as many.
    pub fn new(address: IpAddr, bits: u8) -> Option<Self> {
        let most = if address.is_ipv4() { 32 } else { 128 };
        (bits <= most).then(|| Self { address: masked(address, bits), bits })
    }

    /// Does the address lie in it?
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && masked(address, self.bits) == self.address
    }
}

impl FromStr for Prefix {
    type Err = ();

    /// `192.168.0.0/16`, or one address.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(one, two)| (one, Some(two)));
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(whole), |bits| bits.parse::<u8>().map_err(|_| ()))?;
        Self::new(address, bits).ok_or(())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
}

/// The addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pair<T> {
    /// What peers inside are told; none where there is none.
    pub private: Option<T>,
    /// What the others are told; where there is none, the private one.
    pub public: Option<T>,
}

impl<T> Default for Pair<T> {
    fn default() -> Self {
        Self { private: None, public: None }
    }
}

impl<T: Copy> Pair<T> {
    fn towards(&self, inside: bool) -> Option<T> {
        let (first, second) = if inside { (self.private, self.public) } else { (self.public, self.private) };
        first.or(second)
    }
}

/// Which of the own addresses a peer is told, by where it is (WIZ-08). It stands in Via, Contact and SDP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressBook {
    /// IPv4.
    pub ipv4: Pair<Ipv4Addr>,
    /// IPv6; none while it is not spoken.
    pub ipv6: Pair<Ipv6Addr>,
    /// The networks whose peers are inside, beside loopback and link-local addresses. Empty: whoever comes from a private
    /// address is (RFC 1918, RFC 4193), and from the shared space of a provider (RFC 6598) where we have such an address.
    pub inside: Vec<Prefix>,
}

impl AddressBook {
    /// One address for everybody.
    pub fn one(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self { ipv4: Pair { private: Some(v4), public: Some(v4) }, ..Self::default() },
            IpAddr::V6(v6) => Self { ipv6: Pair { private: Some(v6), public: Some(v6) }, ..Self::default() },
        }
    }

    /// The address for this peer, of its family where we have one.
    pub fn towards(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let inside = self.is_inside(peer);
        let (v4, v6) = (self.ipv4.towards(inside).map(IpAddr::V4), self.ipv6.towards(inside).map(IpAddr::V6));
        if peer.is_ipv4() { v4.or(v6) } else { v6.or(v4) }
    }

    /// Is the peer inside?
    pub fn is_inside(&self, peer: IpAddr) -> bool {
        let near = match peer {
            IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local(),
        };
        near || if self.inside.is_empty() {
            self.is_private(peer)
        } else {
            self.inside.iter().any(|net| net.contains(peer))
        }
    }

    fn is_private(&self, peer: IpAddr) -> bool {
        match peer {
            IpAddr::V4(v4) => v4.is_private() || (is_shared(v4) && self.ipv4.private.is_some_and(is_shared)),
            IpAddr::V6(v6) => v6.is_unique_local(),
        }
    }

    /// All own addresses, those for the inside first.
    pub fn all(&self) -> Vec<IpAddr> {
        let v4 = [self.ipv4.private, self.ipv4.public].into_iter().flatten().map(IpAddr::V4);
        let v6 = [self.ipv6.private, self.ipv6.public].into_iter().flatten().map(IpAddr::V6);
        let mut all: Vec<IpAddr> = Vec::new();
        for address in v4.chain(v6) {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }
}

/// RFC 6598.
fn is_shared(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [100, 64..=127, ..])
}

/// Can peers be told this address? Not one that leads each to itself, to many, or to nobody (WIZ-02).
pub fn is_reachable(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !(address.is_loopback() || address.is_multicast() || address.is_unspecified() || broadcast)
}

/// Does the address lie on the public Internet? Not those of private, shared, local, reserved and translated ranges (RFC 6890):
/// whoever else chooses where this server connects to must not reach into the network behind it by them.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_ipv4(v4),
        IpAddr::V6(v6) => is_public_ipv6(v6),
    }
}

/// Does the address lie in a network that packets of the Internet do not come from: private, link-local, or this machine's own? What is not
/// public need not: an address that is translated or tunnelled may be anybody's.
pub fn is_within(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

fn is_public_ipv4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = matches!((a, b, c), (0 | 127, ..) | (192, 0, 0) | (198, 18 | 19, _) | (240..=255, ..));
    !(special || v4.is_private() || v4.is_link_local() || v4.is_multicast() || is_shared(v4))
}

fn is_public_ipv6(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    // Global unicast (RFC 4291), without 6to4, Teredo and others of 2001::/23, which lead to an address inside of them.
    (0x2000..0x4000).contains(&first) && first != 0x2002 && !(first == 0x2001 && second < 0x0200)
}

/// Where a public address is from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AddressSource {
    /// The same as the private one.
    #[default]
    Private,
    /// `--public-address` at the start.
    Start,
    /// The settings.
    Settings,
    /// A STUN server has told it.
    Stun,
}

/// The addresses as they are used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NetworkState {
    /// IPv4.
    pub ipv4: Pair<Ipv4Addr>,
    /// IPv6.
    pub ipv6: Pair<Ipv6Addr>,
    /// Where the public IPv4 address is from.
    pub source: AddressSource,
    /// What the STUN server has told last.
    pub detected: Option<IpAddr>,
    /// Why the STUN server has told nothing.
    pub stun_failure: Option<String>,
}

impl NetworkState {
    /// All of them.
    pub fn addresses(&self) -> Vec<IpAddr> {
        AddressBook { ipv4: self.ipv4, ipv6: self.ipv6, inside: Vec::new() }.all()
    }

    /// What devices are told at large: the public address, IPv4 first.
    pub fn public_address(&self) -> Option<IpAddr> {
        let v4 = self.ipv4.towards(false).map(IpAddr::V4);
        v4.or(self.ipv6.towards(false).map(IpAddr::V6))
    }
}

/// The addresses as they are used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetNetwork {}
operation!(GetNetwork, Get, "/api/admin/network", Admin, NetworkState);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn cloud() -> AddressBook {
        AddressBook {
            ipv4: Pair { private: Some([172, 31, 16, 207].into()), public: Some([203, 0, 113, 146].into()) },
            ..AddressBook::default()
        }
    }

    // covers: WIZ-08
    #[test]
    fn wiz_08_who_is_inside_is_told_the_private_address_and_everybody_else_the_public_one() {
        let book = cloud();
        for inside in ["172.31.20.9", "10.1.2.3", "192.168.7.7", "127.0.0.1", "169.254.3.3", "::ffff:10.1.2.3"] {
            assert_eq!(book.towards(at(inside)), Some(at("172.31.16.207")), "{inside}");
        }
        for outside in ["198.51.100.7", "100.64.3.4", "203.0.113.9", "2001:db8::7"] {
            assert_eq!(book.towards(at(outside)), Some(at("203.0.113.146")), "{outside}");
        }
    }

    #[test]
    fn networks_that_were_named_take_the_place_of_the_private_ranges() {
        let book = AddressBook { inside: vec!["198.51.100.0/24".parse().unwrap()], ..cloud() };
        assert!(book.is_inside(at("198.51.100.7")));
        assert!(book.is_inside(at("127.0.0.1")));
        assert!(!book.is_inside(at("10.1.2.3")));
        assert!(!book.is_inside(at("198.51.101.7")));
    }

    // covers: WIZ-09, OPS-01
    #[test]
    fn wiz_09_an_address_alone_is_told_to_all() {
        for only in [AddressBook::one(at("203.0.113.5")), AddressBook::one(at("192.168.1.5"))] {
            let own = only.all();
            assert_eq!(own.len(), 1);
            for peer in ["192.168.1.9", "198.51.100.7", "2001:db8::1"] {
                assert_eq!(only.towards(at(peer)), own.first().copied(), "{peer}");
            }
        }
        let private = AddressBook { ipv4: Pair { public: None, ..cloud().ipv4 }, ..AddressBook::default() };
        assert_eq!(private.towards(at("198.51.100.7")), Some(at("172.31.16.207")));
    }

    #[test]
    fn a_peer_of_ipv6_is_told_an_address_of_ipv6() {
        let ipv6 = Pair { private: Some("fd00::5".parse().unwrap()), public: Some("2001:db8::5".parse().unwrap()) };
        let book = AddressBook { ipv6, ..cloud() };
        assert_eq!(book.towards(at("fd00::9")), Some(at("fd00::5")));
        assert_eq!(book.towards(at("fe80::9")), Some(at("fd00::5")));
        assert_eq!(book.towards(at("2001:db8:7::9")), Some(at("2001:db8::5")));
        assert_eq!(book.towards(at("198.51.100.7")), Some(at("203.0.113.146")));
    }

    #[test]
    fn a_customer_of_the_provider_whose_shared_space_we_stand_in_is_inside() {
        let ipv4 = Pair { private: Some([100, 64, 0, 9].into()), public: None };
        assert!(AddressBook { ipv4, ..AddressBook::default() }.is_inside(at("100.100.3.4")));
    }

    // covers: S18
    #[test]
    fn an_address_inside_is_never_taken_for_a_public_one() {
        for inside in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
        ] {
            assert!(!is_public(at(inside)), "{inside}");
        }
        for outside in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "203.0.113.5", "2001:4860::8888", "2a00:1450::1"] {
            assert!(is_public(at(outside)), "{outside}");
        }
    }

    // covers: PH-06, S24
    #[test]
    fn ph_06_what_comes_from_within_is_private_and_not_translated_or_tunnelled() {
        for within in ["10.1.2.3", "172.31.0.1", "192.168.1.9", "169.254.1.1", "127.0.0.1", "::1", "fe80::1", "fd00::1"]
        {
            assert!(is_within(at(within)), "{within}");
        }
        assert!(is_within(at("::ffff:10.0.0.1")));
        for outside in
            ["8.8.8.8", "100.64.0.1", "2002:808:808::1", "2001::1", "64:ff9b::808:808", "2a00::1", "0.0.0.0", "::"]
        {
            assert!(!is_within(at(outside)), "{outside}");
        }
    }

    #[test]
    fn prefixes_are_read_strictly() {
        let prefix: Prefix = "10.1.2.3/8".parse().unwrap();
        assert_eq!(prefix.to_string(), "10.0.0.0/8");
        assert!("192.0.2.7".parse::<Prefix>().unwrap().contains(at("192.0.2.7")));
        assert!("0.0.0.0/0".parse::<Prefix>().unwrap().contains(at("192.0.2.7")));
        assert!("2001:db8::/32".parse::<Prefix>().unwrap().contains(at("2001:db8:ffff::1")));
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "10.0.0.0/8/8", "lan"] {
            assert!(wrong.parse::<Prefix>().is_err(), "{wrong}");
        }
    }
}
