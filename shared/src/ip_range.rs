//! A range of addresses: one address, or all that share its first bits (IPB-01…IPB-03). Pure, so that the portal shows
//! the range while it is typed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::problem::FieldProblem;

/// All addresses that share their first `prefix` bits. It prints, and travels, as `41.202.0.0/16`; one address stands
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct IpRange {
    first: IpAddr,
    prefix: u8,
}

impl IpRange {
    /// The range that `address` lies in; none where there are not so many bits. What IPv6 only wraps is IPv4.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let address = address.to_canonical();
        let first = match address {
            IpAddr::V4(v4) if prefix <= 32 => Ipv4Addr::from_bits(v4.to_bits() & mask_of_32(prefix)).into(),
            IpAddr::V6(v6) if prefix <= 128 => Ipv6Addr::from_bits(v6.to_bits() & mask_of_128(prefix)).into(),
            _ => return None,
        };
        Some(Self { first, prefix })
    }

    /// One address.
    pub fn of(address: IpAddr) -> Self {
        let first = address.to_canonical();
        Self { first, prefix: bits(first) }
    }

    /// Whoever may stand behind an address: the address itself, or the /64 that an IPv6 host draws its addresses from.
    pub fn of_host(address: IpAddr) -> Self {
        /// What one customer has at least (RFC 6177).
        const HOST_PREFIX: u8 = 64;
        match address.to_canonical() {
            v4 @ IpAddr::V4(_) => Self::of(v4),
            v6 @ IpAddr::V6(_) => Self::new(v6, HOST_PREFIX).unwrap_or(Self { first: v6, prefix: HOST_PREFIX }),
        }
    }

    /// Reads what people type: an address, and a mask such as `255.255.0.0`, a prefix length such as `16`, or nothing
    /// for the one address. The address may bring its length along, as `41.202.0.0/16`.
    pub fn read(address: &str, mask: &str) -> Result<Self, FieldProblem> {
        let (address, length) = match address.trim().split_once('/') {
            Some((address, length)) if mask.trim().is_empty() => (address.trim(), length.trim()),
            _ => (address.trim(), mask.trim().trim_start_matches('/')),
        };
        let Ok(address) = address.parse::<IpAddr>().map(|address| address.to_canonical()) else {
            return Err(FieldProblem::new("address", "An address looks like 41.202.160.2 or 2001:db8::1."));
        };
        let prefix = match (length, address) {
            ("", _) => Some(bits(address)),
            (mask, IpAddr::V4(_)) if mask.contains('.') => mask.parse().ok().and_then(prefix_of_mask),
            (length, _) => length.parse().ok(),
        };
        prefix.and_then(|prefix| Self::new(address, prefix)).ok_or_else(|| {
            let reason = match address {
                IpAddr::V4(_) => "A mask looks like 255.255.0.0; a prefix length is a number from 0 to 32.",
                IpAddr::V6(_) => "A prefix length is a number from 0 to 128.",
            };
            FieldProblem::new("mask", reason)
        })
    }

    /// The first address.
    pub const fn first(&self) -> IpAddr {
        self.first
    }

    /// The last address.
    pub fn last(&self) -> IpAddr {
        match self.first {
            IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() | !mask_of_32(self.prefix)).into(),
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() | !mask_of_128(self.prefix)).into(),
        }
    }

    /// How many bits all of its addresses share.
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Does the address lie in it?
    pub fn contains(&self, address: IpAddr) -> bool {
        Self::new(address, self.prefix).is_some_and(|range| range == *self)
    }

    /// The mask as it is typed: `255.255.0.0`, or the prefix length of IPv6.
    pub fn mask(&self) -> String {
        match self.first {
            IpAddr::V4(_) => Ipv4Addr::from_bits(mask_of_32(self.prefix)).to_string(),
            IpAddr::V6(_) => self.prefix.to_string(),
        }
    }

    /// What the range covers, in words (IPB-03): `41.202.0.0 – 41.202.255.255, 65536 addresses`.
    pub fn words(&self) -> String {
        let (first, last) = (self.first, self.last());
        let rest = u32::from(bits(first) - self.prefix);
        match rest {
            0 => format!("{first}, one address"),
            1..=62 => format!("{first} – {last}, {} addresses", 1_u64 << rest),
            _ => format!("{first} – {last}"),
        }
    }
}

const fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn mask_of_32(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

fn mask_of_128(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

/// Ones, then zeros; anything else is no mask.
fn prefix_of_mask(mask: Ipv4Addr) -> Option<u8> {
    let ones = mask.to_bits().leading_ones() as u8;
    (mask_of_32(ones) == mask.to_bits()).then_some(ones)
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix == bits(self.first) {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}/{}", self.first, self.prefix),
        }
    }
}

impl FromStr for IpRange {
    type Err = FieldProblem;
    fn from_str(text: &str) -> Result<Self, FieldProblem> {
        Self::read(text, "")
    }
}

impl Serialize for IpRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IpRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|problem: FieldProblem| de::Error::custom(problem.reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(address: &str, mask: &str) -> String {
        IpRange::read(address, mask).unwrap().words()
    }

    // covers: IPB-03
    #[test]
    fn ipb_03_the_range_of_what_is_typed_is_told_in_words() {
        assert_eq!(words("41.202.0.0", "255.255.0.0"), "41.202.0.0 – 41.202.255.255, 65536 addresses");
        assert_eq!(words("41.202.160.2", "255.255.0.0"), "41.202.0.0 – 41.202.255.255, 65536 addresses");
        assert_eq!(words("41.202.160.2", ""), "41.202.160.2, one address");
        assert_eq!(words(" 41.202.0.0/16 ", ""), "41.202.0.0 – 41.202.255.255, 65536 addresses");
        assert_eq!(words("0.0.0.0", "0"), "0.0.0.0 – 255.255.255.255, 4294967296 addresses");
        assert_eq!(words("2001:db8::5", "64"), "2001:db8:: – 2001:db8::ffff:ffff:ffff:ffff");
        assert_eq!(words("2001:db8::5", "/127"), "2001:db8::4 – 2001:db8::5, 2 addresses");
        assert_eq!(words("::ffff:41.202.0.1", ""), "41.202.0.1, one address");
    }

    #[test]
    fn what_is_no_range_names_its_field() {
        for (address, mask, field) in [
            ("", "", "address"),
            ("41.202", "", "address"),
            ("41.202.0.0", "255.0.255.0", "mask"),
            ("41.202.0.0", "33", "mask"),
            ("41.202.0.0", "-1", "mask"),
            ("41.202.0.0/99", "", "mask"),
            ("2001:db8::", "129", "mask"),
            ("2001:db8::", "255.255.0.0", "mask"),
        ] {
            assert_eq!(IpRange::read(address, mask).unwrap_err().field, field, "{address} {mask}");
        }
    }

    // covers: IPB-01, IPB-02
    #[test]
    fn a_range_contains_its_ends_and_nothing_beyond() {
        let range: IpRange = "41.202.0.0/16".parse().unwrap();
        for (address, within) in [
            ("41.202.0.0", true),
            ("41.202.255.255", true),
            ("::ffff:41.202.3.4", true),
            ("41.201.255.255", false),
            ("41.203.0.0", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(range.contains(address.parse().unwrap()), within, "{address}");
        }
        assert_eq!(range.mask(), "255.255.0.0");
        assert_eq!(IpRange::of_host("2001:db8::5".parse().unwrap()).to_string(), "2001:db8::/64");
        assert_eq!(IpRange::of_host("192.0.2.5".parse().unwrap()).to_string(), "192.0.2.5");
        let json = serde_json::to_string(&range).unwrap();
        assert_eq!(json, "\"41.202.0.0/16\"");
        assert_eq!(serde_json::from_str::<IpRange>(&json).unwrap(), range);
    }
}
