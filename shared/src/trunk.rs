//! Trunks: the links to providers, gateways and other SIP servers (spec 5.6). The provider's own are assigned to tenants, each with
//! its pool of numbers; a tenant may have trunks of its own beside them.

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean, is_domain};
use crate::did::DidPool;
use crate::ip_range::IpRange;
use crate::problem::FieldProblem;
use crate::trunk_header::{InboundSources, OutboundHeaders};
use crate::trunk_test::TrunkAnswer;
use crate::{Moment, Page, TenantId, TrunkId, operation};

/// The most bytes of the authorities of one trunk.
const ROOTS_BYTES_MAX: usize = 64 * 1_024;
/// The most other addresses of one trunk.
pub const ADDRESSES_MAX: usize = 64;
/// The most tenants of one trunk.
pub const ASSIGNMENTS_MAX: usize = 10_000;

/// How a trunk and the server know each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrunkMode {
    /// This server registers with it (TRK-02).
    Register,
    /// By address (TRK-03).
    #[default]
    Ip,
    /// A gateway registers here, with the account at the trunk's host as its domain (TRK-04).
    Accept,
}

/// What SIP to it runs over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrunkTransport {
    /// Datagrams.
    #[default]
    Udp,
    /// A stream.
    Tcp,
    /// A stream that nobody else can read, to a peer that proves its name (RFC 5922).
    Tls,
}

impl TrunkTransport {
    /// As in URIs.
    pub const fn param(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// The port that a URI means without one (RFC 3261, 19.1.2).
    pub const fn port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5_060,
            Self::Tls => 5_061,
        }
    }
}

/// How a trunk is set up (TRK-05, TRK-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TrunkSettings {
    /// Its name, one of its kind among the provider's, or among a tenant's own.
    pub name: String,
    /// Off: nothing goes out, nothing is taken.
    pub enabled: bool,
    /// How it and the server know each other.
    pub mode: TrunkMode,
    /// Host name or address of the provider.
    pub host: String,
    /// The port; 0 finds it by DNS (RFC 3263).
    pub port: u16,
    /// Where requests are sent instead; empty for the host itself.
    pub outbound_proxy: String,
    /// The port of that; 0 finds it by DNS.
    pub outbound_proxy_port: u16,
    /// What SIP runs over.
    pub transport: TrunkTransport,
    /// Over TLS: the authorities that it is believed by, PEM; empty for those that this machine trusts.
    pub roots: String,
    /// Over TLS: is the sound protected too, or there is no call? Otherwise keys are offered and may be left out (RFC 4568).
    pub requires_srtp: bool,
    /// The user of the account: what is registered.
    pub username: String,
    /// The user of the digest; empty for the same.
    pub auth_name: String,
    /// Seconds that are asked for with each registration.
    pub register_seconds: u32,
    /// Seconds between two questions whether it is there (OPTIONS); none asks nothing.
    pub options_seconds: Option<u32>,
    /// The most calls at a time; none for no limit.
    pub calls_max: Option<u32>,
    /// Seconds in which a call must have any answer of it before the next way is tried.
    pub answer_seconds: u32,
    /// Other addresses that its calls come from (TRK-06).
    pub addresses: Vec<IpRange>,
    /// Is a datagram of another port of its address not of it?
    pub verify_source_port: bool,
    /// What it is told of who calls (TRK-09).
    pub outbound: OutboundHeaders,
    /// Where it says who calls whom (TRK-10).
    pub inbound: InboundSources,
}

impl Default for TrunkSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            enabled: true,
            mode: TrunkMode::default(),
            host: String::new(),
            port: 5_060,
            outbound_proxy: String::new(),
            outbound_proxy_port: 0,
            transport: TrunkTransport::default(),
            roots: String::new(),
            requires_srtp: false,
            username: String::new(),
            auth_name: String::new(),
            register_seconds: 600,
            options_seconds: Some(360),
            calls_max: None,
            answer_seconds: 4,
            addresses: Vec::new(),
            verify_source_port: true,
            outbound: OutboundHeaders::default(),
            inbound: InboundSources::default(),
        }
    }
}

impl TrunkSettings {
    /// Notes what is wrong with them.
    pub fn check(&self, check: &mut Check) {
        check.name("name", &self.name);
        check.that(is_host(&self.host), "host", "A host is a name such as sip.example or an address.");
        check.that(
            self.outbound_proxy.is_empty() || is_host(&self.outbound_proxy),
            "outbound_proxy",
            "A host is a name such as sip.example or an address.",
        );
        let credentials = [("username", &self.username), ("auth_name", &self.auth_name)];
        for (field, value) in credentials {
            check.that(
                is_clean(value) && value.len() <= 64 && !value.contains(['"', '\\', '<', '>', '@', ' ']),
                field,
                "A user has at most 64 characters, none of them a space, a quotation mark, < > @ or a backslash.",
            );
        }
        check.that(
            self.mode == TrunkMode::Ip || !self.username.is_empty(),
            "username",
            "A trunk that registers has a user name.",
        );
        check.that(
            self.mode != TrunkMode::Accept || self.host.parse::<std::net::IpAddr>().is_err() && is_domain(&self.host),
            "host",
            "The domain that the gateway registers at is a name such as gateway.example, of nobody else.",
        );
        check.that(self.roots.len() <= ROOTS_BYTES_MAX, "roots", "At most 64 KiB of certificates.");
        check.that(
            !self.requires_srtp || self.transport == TrunkTransport::Tls,
            "requires_srtp",
            "Keys travel with the signalling: protected sound needs TLS.",
        );
        check.that(
            (60..=86_400).contains(&self.register_seconds),
            "register_seconds",
            "Between 60 seconds and a day (86400).",
        );
        check.that(
            self.options_seconds.is_none_or(|seconds| (5..=3_600).contains(&seconds)),
            "options_seconds",
            "Between 5 seconds and an hour (3600), or nothing.",
        );
        check.that(
            self.calls_max.is_none_or(|calls| calls <= 10_000),
            "calls_max",
            "At most 10000, or nothing for no limit.",
        );
        check.that((1..=32).contains(&self.answer_seconds), "answer_seconds", "Between 1 and 32 seconds.");
        check.that(self.addresses.len() <= ADDRESSES_MAX, "addresses", "At most 64 addresses.");
        self.outbound.check(check);
    }

    /// The user of the digest: the account's own where no other is set.
    pub fn digest_user(&self) -> &str {
        if self.auth_name.is_empty() { &self.username } else { &self.auth_name }
    }

    /// Where requests go, and by which port: the proxy's where there is one.
    pub fn next_hop(&self) -> (&str, u16) {
        match self.outbound_proxy.is_empty() {
            true => (&self.host, self.port),
            false => (&self.outbound_proxy, self.outbound_proxy_port),
        }
    }
}

/// A name or an address of either family.
fn is_host(host: &str) -> bool {
    is_domain(host) || host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok()
}

/// A tenant that may use a trunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrunkAssignment {
    /// Which.
    pub tenant_id: TenantId,
    /// Its name; not read on the way in.
    #[serde(default)]
    pub tenant_name: String,
    /// Its numbers (TRK-08): `123;1100-1200;44******`.
    #[serde(default)]
    pub did_pool: String,
}

/// How a trunk stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrunkState {
    /// Not asked yet.
    #[default]
    Unknown,
    /// Registered, or it has answered.
    Connected,
    /// It has refused the registration or never answered: calls take the next way.
    Disconnected,
    /// It is switched off.
    Off,
}

/// How a trunk stands now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrunkStanding {
    /// The state.
    pub state: TrunkState,
    /// Why, in words: `registered`, `403 to REGISTER`, `no answer`.
    pub why: String,
    /// Since when.
    pub since: Option<Moment>,
    /// Running calls over it.
    pub calls: u32,
    /// Where it is, as last found: `udp 192.0.2.1:5060`.
    pub targets: Vec<String>,
    /// Its last answer.
    #[serde(default)]
    pub heard: Option<TrunkAnswer>,
}

/// One trunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trunk {
    /// Its id.
    pub id: TrunkId,
    /// Whose it is; none for the provider's.
    pub owner_id: Option<TenantId>,
    /// How it is set up.
    #[serde(flatten)]
    pub settings: TrunkSettings,
    /// Is a password kept for it?
    pub has_password: bool,
    /// Who may use it: for a tenant only itself is listed.
    pub assignments: Vec<TrunkAssignment>,
    /// When it was made.
    pub created_at: Moment,
    /// How it stands now.
    #[serde(default)]
    pub standing: TrunkStanding,
}

/// Lists the trunks of the installation by name (TRK-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListTrunks {
    /// Text that name or host contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListTrunks, Get, "/api/admin/trunks", Admin, Page<Trunk>);

/// One trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetTrunk {
    /// Which.
    pub trunk_id: TrunkId,
}
operation!(GetTrunk, Get, "/api/admin/trunks/{trunk_id}", Admin, Trunk);

/// Adds a trunk of the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTrunk {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: TrunkSettings,
    /// The password of the digest.
    #[serde(default)]
    pub password: Option<String>,
    /// Who may use it.
    #[serde(default)]
    pub assignments: Vec<TrunkAssignment>,
}
operation!(CreateTrunk, Post, "/api/admin/trunks", Admin, Trunk);

/// Sets a trunk up anew. A tenant is not taken off, nor a pool cut, while its rules use it (TRK-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateTrunk {
    /// Which.
    pub trunk_id: TrunkId,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: TrunkSettings,
    /// Another password; absent leaves it.
    #[serde(default)]
    pub password: Option<String>,
    /// Who may use it from now on.
    #[serde(default)]
    pub assignments: Vec<TrunkAssignment>,
}
operation!(UpdateTrunk, Put, "/api/admin/trunks/{trunk_id}", Admin, Trunk);

/// Removes a trunk that no rule uses (TRK-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteTrunk {
    /// Which.
    pub trunk_id: TrunkId,
}
operation!(DeleteTrunk, Delete, "/api/admin/trunks/{trunk_id}", Admin, ());

/// Lists the trunks that the tenant may use: its own, and those assigned to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListUsableTrunks {
    /// Text that name or host contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListUsableTrunks, Get, "/api/tenant/trunks", TenantAdmin, Page<Trunk>);

/// Adds a trunk of the tenant's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateOwnTrunk {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: TrunkSettings,
    /// The password of the digest.
    #[serde(default)]
    pub password: Option<String>,
    /// Its numbers.
    #[serde(default)]
    pub did_pool: String,
}
operation!(CreateOwnTrunk, Post, "/api/tenant/trunks", TenantAdmin, Trunk);

/// Sets a trunk of the tenant's own up anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateOwnTrunk {
    /// Which.
    pub trunk_id: TrunkId,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: TrunkSettings,
    /// Another password; absent leaves it.
    #[serde(default)]
    pub password: Option<String>,
    /// Its numbers.
    #[serde(default)]
    pub did_pool: String,
}
operation!(UpdateOwnTrunk, Put, "/api/tenant/trunks/{trunk_id}", TenantAdmin, Trunk);

/// Removes a trunk of the tenant's own that no rule uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteOwnTrunk {
    /// Which.
    pub trunk_id: TrunkId,
}
operation!(DeleteOwnTrunk, Delete, "/api/tenant/trunks/{trunk_id}", TenantAdmin, ());

/// What is wrong with a trunk's form.
pub fn check(settings: &TrunkSettings, password: Option<&str>, assignments: &[TrunkAssignment]) -> Vec<FieldProblem> {
    let mut check = Check::default();
    settings.check(&mut check);
    check.that(
        password.is_none_or(|text| is_clean(text) && (1..=128).contains(&text.len())),
        "password",
        "A password has 1 to 128 bytes and no control characters.",
    );
    check.that(assignments.len() <= ASSIGNMENTS_MAX, "assignments", "At most 10000 tenants.");
    let mut pools: Vec<(usize, TenantId, DidPool)> = Vec::new();
    for (place, assignment) in assignments.iter().enumerate().take(ASSIGNMENTS_MAX) {
        match DidPool::parse(&assignment.did_pool) {
            Err((item, why)) => {
                check.that(false, &format!("assignments[{place}].did_pool"), &format!("{item}: {why}"));
            }
            Ok(pool) => pools.push((place, assignment.tenant_id, pool)),
        }
    }
    for (number, (place, tenant, pool)) in pools.iter().enumerate() {
        let before = pools.get(..number).unwrap_or_default();
        check.that(
            before.iter().all(|(_, known, _)| known != tenant),
            &format!("assignments[{place}].tenant_id"),
            "A tenant stands here once.",
        );
        check.that(
            before.iter().all(|(_, _, known)| !known.overlaps(pool)),
            &format!("assignments[{place}].did_pool"),
            "Another tenant has a number of this pool.",
        );
    }
    check.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> TrunkSettings {
        TrunkSettings { name: "Carrier".into(), host: "sip.example".into(), ..TrunkSettings::default() }
    }

    fn fields(problems: Vec<FieldProblem>) -> Vec<String> {
        problems.into_iter().map(|problem| problem.field).collect()
    }

    // covers: TRK-05
    #[test]
    fn trk_05_a_form_names_what_is_wrong_with_it() {
        assert_eq!(check(&settings(), Some("secret"), &[]), []);
        let wrong = TrunkSettings {
            name: String::new(),
            host: "a b".into(),
            outbound_proxy: "-".into(),
            mode: TrunkMode::Register,
            register_seconds: 5,
            options_seconds: Some(1),
            answer_seconds: 0,
            ..settings()
        };
        let named =
            ["name", "host", "outbound_proxy", "username", "register_seconds", "options_seconds", "answer_seconds"];
        assert_eq!(fields(check(&wrong, None, &[])), named);
        let six = TrunkSettings { host: "[2001:db8::1]".into(), ..settings() };
        assert_eq!(check(&six, None, &[]), []);
    }

    // covers: TRK-07, TRK-08
    #[test]
    fn trk_08_pools_of_two_tenants_do_not_overlap() {
        let of = |tenant, pool: &str| TrunkAssignment {
            tenant_id: TenantId(tenant),
            tenant_name: String::new(),
            did_pool: pool.into(),
        };
        let wrong = |all: &[TrunkAssignment]| fields(check(&settings(), None, all));
        assert_eq!(wrong(&[of(1, "44******"), of(2, "1100-1200"), of(3, "")]), [""; 0]);
        assert_eq!(wrong(&[of(1, "*"), of(2, "123")]), ["assignments[1].did_pool"]);
        assert_eq!(
            wrong(&[of(1, "12000-22000"), of(1, "1"), of(1, "2")]),
            ["assignments[0].did_pool", "assignments[2].tenant_id"]
        );
    }

    #[test]
    fn requests_go_to_the_proxy_where_there_is_one() {
        assert_eq!(settings().next_hop(), ("sip.example", 5_060));
        let proxied = TrunkSettings { outbound_proxy: "edge.example".into(), ..settings() };
        assert_eq!(proxied.next_hop(), ("edge.example", 0));
    }
}
