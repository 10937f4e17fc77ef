//! The transports that SIP listens on (TRN-02…TRN-05): added and removed while calls run.

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::problem::FieldProblem;
use crate::{TransportId, operation};

/// What carries SIP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Datagrams.
    #[default]
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS (RFC 7118).
    Wss,
}

impl Protocol {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss];

    /// As people write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// The port that is offered (TRN-03): the set of the specification that does not collide.
    pub const fn port(self) -> u16 {
        match self {
            Self::Udp => 5_060,
            Self::Tcp => 5_061,
            Self::Tls => 5_063,
            Self::Ws => 5_064,
            Self::Wss => 5_065,
        }
    }

    /// What a firewall is told: `UDP` or `TCP`.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            _ => "TCP",
        }
    }

    /// Does it need the certificate?
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }
}

/// One transport as it was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transport {
    /// Its id.
    pub id: TransportId,
    /// What carries SIP.
    pub protocol: Protocol,
    /// The port, on every address.
    pub port: u16,
}

/// One address that a transport has, or should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Address {
    /// `0.0.0.0:5061`.
    pub address: String,
    /// Why nobody listens there; none means that it listens.
    pub failure: Option<String>,
}

/// A row of the list: what was configured and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TransportRow {
    /// Its id; none where the process was started with it, and only another start can change it.
    pub id: Option<TransportId>,
    /// What carries SIP.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
    /// Where it listens.
    pub addresses: Vec<Address>,
    /// Devices that are connected or, over UDP, registered through it.
    pub devices: u64,
}

impl TransportRow {
    /// What has to be opened in a firewall (TRN-09): `TCP 5063`.
    pub fn firewall(&self) -> String {
        format!("{} {}", self.protocol.wire(), self.port)
    }
}

/// The transports, those of the start first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListTransports {}
operation!(ListTransports, Get, "/api/admin/transports", Admin, Vec<TransportRow>);

/// Adds a transport; it listens when the answer comes, or the answer says why not (TRN-03, TRN-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTransport {
    /// What carries SIP.
    #[serde(default)]
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
}
operation!(CreateTransport, Post, "/api/admin/transports", Admin, TransportRow);

/// Removes a transport; what is connected through it is cut off (TRN-05).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteTransport {
    /// Which.
    pub transport_id: TransportId,
}
operation!(DeleteTransport, Delete, "/api/admin/transports/{transport_id}", Admin, ());

impl CreateTransport {
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.that(self.port != 0, "port", "A port is a number from 1 to 65535.");
        check.finish()
    }
}
