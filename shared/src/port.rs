//! The port plan (SYS-07): every port that the installation has, what for, who has to reach it, and whether it is open.

use serde::{Deserialize, Serialize};

use crate::operation;
use crate::transport::{Protocol, TransportRow};

/// What a firewall tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// Datagrams.
    #[default]
    Udp,
    /// Streams.
    Tcp,
}

impl Wire {
    /// As people write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    /// As firewalls write it.
    const fn lower(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

impl From<Protocol> for Wire {
    fn from(protocol: Protocol) -> Self {
        if protocol == Protocol::Udp { Self::Udp } else { Self::Tcp }
    }
}

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PortUse {
    /// The portals, the API and browser phones, without TLS.
    Portal,
    /// The same with TLS.
    SecurePortal,
    /// Answers to certificate authorities, and the way to the portal.
    Redirect,
    /// SIP.
    Sip(Protocol),
    /// The sound of phones.
    Sound,
    /// The sound of browsers: ICE, STUN and SRTP on one port of each media worker.
    BrowserSound,
    /// The same in streams, for browsers behind firewalls that let no UDP pass (RFC 6544).
    BrowserStreams,
}

impl PortUse {
    /// For people.
    pub fn word(self) -> String {
        match self {
            Self::Portal => "Portal (HTTP)".to_owned(),
            Self::SecurePortal => "Portal (HTTPS)".to_owned(),
            Self::Redirect => "Redirect to the portal".to_owned(),
            Self::Sip(protocol) => format!("SIP over {}", protocol.word()),
            Self::Sound => "Sound of phones".to_owned(),
            Self::BrowserSound => "Sound of browsers".to_owned(),
            Self::BrowserStreams => "Sound of browsers over TCP".to_owned(),
        }
    }

    /// What it carries and who has to reach it.
    pub const fn who(self) -> &'static str {
        match self {
            Self::Portal => {
                "Browsers: the portals, the API and SIP over WebSocket. Microphones work over it on this machine only."
            }
            Self::SecurePortal => "Browsers: the portals, the API and SIP over secure WebSocket.",
            Self::Redirect => "Certificate authorities (ACME), and browsers that leave out https.",
            Self::Sip(Protocol::Udp | Protocol::Tcp) => "Desk phones, softphones and gateways.",
            Self::Sip(Protocol::Tls) => "Desk phones and softphones that encrypt.",
            Self::Sip(Protocol::Ws | Protocol::Wss) => "SIP clients that run in browsers.",
            Self::Sound => "Phones: RTP and RTCP, a pair of ports for each end of a call.",
            Self::BrowserSound => "Browsers: ICE, STUN and SRTP, all calls of a media worker on one port.",
            Self::BrowserStreams => "Browsers whose firewall lets no UDP pass (ICE-TCP).",
        }
    }
}

/// Whether it is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PortState {
    /// It is.
    Open,
    /// Each is opened when a call needs it.
    ByCall,
    /// It is not: why.
    Failed(String),
}

/// One line of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortRow {
    /// What for.
    pub purpose: PortUse,
    /// What a firewall tells apart.
    pub wire: Wire,
    /// The port, or the first of a range.
    pub first: u16,
    /// The last; the same where it is one.
    pub last: u16,
    /// The address that it is bound to, such as `0.0.0.0`.
    pub address: String,
    /// Whether it is open.
    pub state: PortState,
    /// Where it is set: an option of the start, or a page.
    pub set_by: String,
}

impl PortRow {
    /// `5060` or `45000–65000`.
    pub fn ports(&self) -> String {
        if self.first == self.last { self.first.to_string() } else { format!("{}–{}", self.first, self.last) }
    }

    /// Is it reached from this machine only?
    pub fn is_local(&self) -> bool {
        self.address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Has it this port?
    pub fn holds(&self, wire: Wire, port: u16) -> bool {
        self.wire == wire && (self.first..=self.last).contains(&port)
    }

    /// The lines of the plan that are the transports' (TRN-02…TRN-05); the portal's listener is one of them.
    pub fn of_transport(row: &TransportRow) -> Vec<Self> {
        let purpose = match (row.id, row.protocol) {
            (None, Protocol::Ws) => PortUse::Portal,
            (None, Protocol::Wss) => PortUse::SecurePortal,
            (_, protocol) => PortUse::Sip(protocol),
        };
        let set_by = match (row.id, row.protocol) {
            (Some(_), _) => "System, Transports",
            (None, Protocol::Udp) => "--sip-udp",
            (None, Protocol::Tcp) => "--sip-tcp",
            (None, Protocol::Tls) => "--sip-tls",
            (None, Protocol::Ws) => "--http",
            (None, Protocol::Wss) => "--https",
        };
        let host = |address: &str| {
            address.parse::<std::net::SocketAddr>().map_or_else(|_| address.to_owned(), |at| at.ip().to_string())
        };
        let line = |address: &crate::transport::Address| Self {
            purpose,
            wire: row.protocol.into(),
            first: row.port,
            last: row.port,
            address: host(&address.address),
            state: address.failure.clone().map_or(PortState::Open, PortState::Failed),
            set_by: set_by.to_owned(),
        };
        row.addresses.iter().map(line).collect()
    }
}

/// What Belfry itself connects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutgoingRow {
    /// What it is, such as `Database`.
    pub name: String,
    /// Whom, such as `UDP stun.example:3478`; or why nobody.
    pub to: String,
    /// What for.
    pub why: String,
}

impl OutgoingRow {
    /// A line.
    pub fn new(name: &str, to: impl Into<String>, why: &str) -> Self {
        Self { name: name.to_owned(), to: to.into(), why: why.to_owned() }
    }
}

/// The whole plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortPlan {
    /// What others reach.
    pub rows: Vec<PortRow>,
    /// What is reached from here.
    pub outgoing: Vec<OutgoingRow>,
    /// What collides, a sentence each; empty where nothing does.
    pub collisions: Vec<String>,
}

/// The kind of firewall that lines are written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Firewall {
    /// `ufw`, of Ubuntu and Debian.
    #[default]
    Ufw,
    /// `firewall-cmd`, of Fedora and Red Hat.
    Firewalld,
    /// `nft`, of every newer Linux.
    Nftables,
}

impl Firewall {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ufw, Self::Firewalld, Self::Nftables];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ufw => "ufw",
            Self::Firewalld => "firewalld",
            Self::Nftables => "nftables",
        }
    }

    /// The lines that let others reach what is there for them. Each port once; what only this machine reaches is left out.
    pub fn lines(self, rows: &[PortRow]) -> String {
        let mut seen = Vec::new();
        let mut lines = Vec::new();
        for row in rows.iter().filter(|row| !row.is_local()) {
            let within = |other: &&PortRow| {
                (other.first < row.first || other.last > row.last) && other.holds(row.wire, row.first)
            };
            if seen.contains(&(row.wire, row.first, row.last)) || rows.iter().find(within).is_some() {
                continue;
            }
            seen.push((row.wire, row.first, row.last));
            let (wire, what) = (row.wire.lower(), row.purpose.word());
            let ports = |between: &str| match row.first == row.last {
                true => row.first.to_string(),
                false => format!("{}{between}{}", row.first, row.last),
            };
            lines.push(match self {
                Self::Ufw => format!("ufw allow {}/{wire} comment '{what}'", ports(":")),
                Self::Firewalld => format!("firewall-cmd --permanent --add-port={}/{wire}", ports("-")),
                Self::Nftables => {
                    format!("nft add rule inet filter input {wire} dport {} accept comment '\"{what}\"'", ports("-"))
                }
            });
        }
        if self == Self::Firewalld && !lines.is_empty() {
            lines.push("firewall-cmd --reload".to_owned());
        }
        lines.join("\n")
    }
}

/// Who has this port already, as a sentence; none where it is free as far as this installation goes.
pub fn taken_by(rows: &[PortRow], wire: Wire, port: u16) -> Option<String> {
    let row = rows.iter().find(|row| row.holds(wire, port))?;
    let name = row.purpose.word();
    Some(match row.first == row.last {
        true => format!("{name} has {} {port} already ({}).", wire.word(), row.set_by),
        false => format!("{} {port} lies among the ports of sound, {} ({}).", wire.word(), row.ports(), row.set_by),
    })
}

/// Which SIP listener lies among the ports of sound, as a sentence.
pub fn listener_among(rows: &[PortRow], first: u16, last: u16) -> Option<String> {
    let sip = |row: &&PortRow| row.wire == Wire::Udp && matches!(row.purpose, PortUse::Sip(_));
    let row = rows.iter().filter(sip).find(|row| (first..=last).contains(&row.first))?;
    Some(format!("{} has UDP {} in this range ({}).", row.purpose.word(), row.first, row.set_by))
}

/// What collides in the plan, a sentence each.
pub fn collisions(rows: &[PortRow]) -> Vec<String> {
    // Ports of browsers are taken out of the range of sound on purpose.
    let own = |row: &PortRow| matches!(row.purpose, PortUse::BrowserSound | PortUse::BrowserStreams);
    let mut found: Vec<String> = Vec::new();
    for (index, one) in rows.iter().enumerate() {
        for other in rows.iter().skip(index + 1).filter(|other| other.wire == one.wire) {
            let apart = one.last < other.first || other.last < one.first;
            let two_addresses = one.purpose == other.purpose && one.set_by == other.set_by;
            let of_sound = |a: &PortRow, b: &PortRow| own(a) && (own(b) || b.purpose == PortUse::Sound);
            if apart || two_addresses || of_sound(one, other) || of_sound(other, one) {
                continue;
            }
            let (a, b) = if one.first == one.last { (one, other) } else { (other, one) };
            let text = format!(
                "{} {} is wanted twice: for {} ({}) and for {} ({}).",
                a.wire.word(),
                a.ports(),
                a.purpose.word(),
                a.set_by,
                b.purpose.word(),
                b.set_by
            );
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
    found
}

/// Every port of the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetPortPlan {}
operation!(GetPortPlan, Get, "/api/admin/ports", Admin, PortPlan);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportId;
    use crate::transport::Address;

    fn row(purpose: PortUse, wire: Wire, first: u16, last: u16, address: &str) -> PortRow {
        let (address, set_by) = (address.to_owned(), "--option".to_owned());
        PortRow { purpose, wire, first, last, address, state: PortState::Open, set_by }
    }

    fn plan() -> Vec<PortRow> {
        vec![
            row(PortUse::Portal, Wire::Tcp, 8080, 8080, "127.0.0.1"),
            row(PortUse::Sip(Protocol::Udp), Wire::Udp, 5060, 5060, "0.0.0.0"),
            row(PortUse::Sip(Protocol::Udp), Wire::Udp, 5060, 5060, "::"),
            row(PortUse::Sound, Wire::Udp, 45_000, 65_000, "0.0.0.0"),
            row(PortUse::BrowserSound, Wire::Udp, 45_000, 45_000, "0.0.0.0"),
            row(PortUse::BrowserStreams, Wire::Tcp, 45_000, 45_000, "0.0.0.0"),
        ]
    }

    // covers: SYS-07
    #[test]
    fn sys_07_a_port_that_is_wanted_twice_is_named_with_both() {
        assert_eq!(collisions(&plan()), [] as [String; 0]);
        let mut wrong = plan();
        wrong.push(row(PortUse::Sip(Protocol::Tcp), Wire::Tcp, 8080, 8080, "0.0.0.0"));
        wrong.push(row(PortUse::Sip(Protocol::Udp), Wire::Udp, 45_010, 45_010, "0.0.0.0"));
        assert_eq!(
            collisions(&wrong),
            [
                "TCP 8080 is wanted twice: for Portal (HTTP) (--option) and for SIP over TCP (--option).",
                "UDP 45010 is wanted twice: for SIP over UDP (--option) and for Sound of phones (--option).",
            ]
        );
        let taken = taken_by(&plan(), Wire::Tcp, 8080).unwrap();
        assert_eq!(taken, "Portal (HTTP) has TCP 8080 already (--option).");
        let among = taken_by(&plan(), Wire::Udp, 50_000).unwrap();
        assert_eq!(among, "UDP 50000 lies among the ports of sound, 45000–65000 (--option).");
        assert_eq!(taken_by(&plan(), Wire::Udp, 8080), None);
        assert_eq!(
            listener_among(&plan(), 5_000, 6_000).unwrap(),
            "SIP over UDP has UDP 5060 in this range (--option)."
        );
        assert_eq!(listener_among(&plan(), 6_000, 7_000), None);
    }

    // covers: SYS-07
    #[test]
    fn sys_07_a_firewall_is_told_each_port_once_and_nothing_that_only_this_machine_reaches() {
        assert_eq!(
            Firewall::Ufw.lines(&plan()),
            "ufw allow 5060/udp comment 'SIP over UDP'\n\
             ufw allow 45000:65000/udp comment 'Sound of phones'\n\
             ufw allow 45000/tcp comment 'Sound of browsers over TCP'"
        );
        assert!(Firewall::Firewalld.lines(&plan()).ends_with("firewall-cmd --reload"));
        assert!(Firewall::Nftables.lines(&plan()).contains("udp dport 45000-65000 accept"));
        assert_eq!(Firewall::Firewalld.lines(&[]), "");
    }

    #[test]
    fn a_transport_is_a_line_for_each_of_its_addresses() {
        let at = |address: &str, failure: Option<&str>| Address {
            address: address.to_owned(),
            failure: failure.map(str::to_owned),
        };
        let addresses = vec![at("0.0.0.0:5063", None), at("[::]:5063", Some("Another program has this port."))];
        let row = TransportRow { id: Some(TransportId(1)), protocol: Protocol::Tls, port: 5063, addresses, devices: 0 };
        let lines = PortRow::of_transport(&row);
        assert_eq!((lines[0].address.as_str(), &lines[0].state), ("0.0.0.0", &PortState::Open));
        assert_eq!(lines[1].address, "::");
        assert_eq!(lines[1].state, PortState::Failed("Another program has this port.".into()));
        let portal = TransportRow { id: None, protocol: Protocol::Wss, ..row };
        assert_eq!(PortRow::of_transport(&portal)[0].purpose, PortUse::SecurePortal);
    }
}
