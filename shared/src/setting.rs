//! The installation's SIP settings (spec 11.1), the same for all tenants; only the provider sees and changes them
//! (SET-01). Every one has a default, so that nothing must be set.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean, is_domain, is_email};
use crate::network::{Prefix, is_reachable};
use crate::operation;
use crate::problem::FieldProblem;

/// Declares [`Settings`] with its defaults and [`UpdateSettings`] with the same fields, each optional.
macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $default:expr),* $(,)?) => {
        /// The settings, complete.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default)]
        pub struct Settings {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Default for Settings {
            /// The specification's defaults.
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        /// Changes settings; absent fields stay. It holds at once, without a restart, but for the port range.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default)]
        pub struct UpdateSettings {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }

        impl UpdateSettings {
            /// What makes `settings` of whatever was before: every field is given.
            pub fn all(settings: Settings) -> Self {
                Self { $($field: Some(settings.$field),)* }
            }

            /// The settings as they are after the change.
            pub fn applied_to(&self, settings: &Settings) -> Settings {
                let mut settings = settings.clone();
                $(
                    if let Some(value) = &self.$field {
                        settings.$field = value.clone();
                    }
                )*
                settings
            }
        }
    };
}

settings! {
    /// SET-02: how much is written to the log.
    log_level: LogLevel = LogLevel::Information,
    /// SET-03: SIP listens on IPv6 addresses too.
    ipv6: bool = false,
    /// WIZ-02: the name under which browsers reach the portal; empty where there is none.
    web_domain: String = String::new(),
    /// WIZ-02: the IPv4 address by which peers inside reach the server; empty means that of the default route.
    private_ipv4: String = String::new(),
    /// WIZ-02: the IPv4 address by which all others do; empty means what the STUN server tells, or the private one.
    public_ipv4: String = String::new(),
    /// WIZ-02: as `private_ipv4`; counts while IPv6 is on.
    private_ipv6: String = String::new(),
    /// WIZ-02: as `public_ipv4`; counts while IPv6 is on.
    public_ipv6: String = String::new(),
    /// WIZ-08: the networks whose peers are inside, such as `192.168.0.0/16`; empty means all private addresses.
    local_networks: Vec<String> = Vec::new(),
    /// WIZ-02: whom the public address is asked of (RFC 5389), `host` or `host:port`; empty means nobody.
    stun_server: String = String::new(),
    /// SET-05: offer digest with qop `auth` only, never `auth-int` (RFC 7616).
    auth_int_disabled: bool = true,
    /// SET-06: requests inside an established dialog are not challenged.
    mid_dialog_authentication_disabled: bool = true,
    /// SET-07: a nonce that is not taken is answered 403 instead of a new challenge.
    forbid_bad_nonce: bool = false,
    /// SET-08: take a REGISTER with a To tag.
    register_to_tag_allowed: bool = false,
    /// SET-09: how often figures of the stack are written to the log, in seconds.
    statistics_seconds: u32 = 600,
    /// SET-10: refuse new work before the queues are full.
    congestion_management: bool = true,
    /// SET-11: what congestion is measured by.
    congestion_metric: CongestionMetric = CongestionMetric::WaitTime,
    /// SET-12: from this per cent of the maximum on, new work is refused.
    congestion_tolerance: u32 = 80,
    /// SET-14: reliable provisional responses (RFC 3262).
    prack: bool = false,
    /// SET-15: a device may keep several flows open, and is reached by them (RFC 5626).
    outbound: bool = true,
    /// SET-16: a call of which no sound has come for so many seconds is ended.
    rtp_silence_seconds: u32 = 120,
    /// SET-17: session timers (RFC 4028).
    session_timer: bool = true,
    /// SET-18: Session-Expires, in seconds.
    session_timer_seconds: u32 = 120,
    /// SET-19: addresses of DNS servers; empty means those of the system.
    dns_servers: Vec<String> = Vec::new(),
    /// SET-20: the first UDP port of sound; holds from the next start on.
    rtp_port_first: u16 = 45_000,
    /// SET-20: the last UDP port of sound; holds from the next start on.
    rtp_port_last: u16 = 65_000,
    /// LOG-01: how many days the event log is kept.
    event_days: u32 = 90,
    /// LOG-02: how many days the activity log is kept.
    activity_days: u32 = 180,
    /// VM-05: how many days voice messages are kept; 0 keeps them for ever.
    voicemail_days: u32 = 30,
    /// T-06: how many days recordings are kept; 0 keeps them for ever.
    recording_days: u32 = 180,
    /// VM-04: how many megabytes the messages of one mailbox may take; 0 is no limit.
    voicemail_megabytes: u32 = 0,
    /// IVR-22: may receptionists ask servers in the provider's own network?
    action_url_private: bool = false,
    /// LOG-04: keep the SIP messages of calls and of refused requests, without their secrets.
    capture: bool = true,
    /// LOG-04: for so many days.
    capture_days: u32 = 14,
    /// SEC-01: over how many seconds failed sign-ins and unanswered challenges of an address are counted.
    detection_seconds: u32 = 10,
    /// SEC-02: so many failed sign-ins of phones from one address within that time block it.
    failed_authentications_max: u32 = 10,
    /// SEC-02: for so many seconds.
    failed_authentication_block_seconds: u32 = 3_600,
    /// SEC-03: more challenges that nobody answers block an address.
    unanswered_challenges_max: u32 = 1_000,
    /// SEC-03: for so many seconds.
    unanswered_challenge_block_seconds: u32 = 3_600,
    /// SEC-04: more packets a second from one address block it for a short time.
    level_2_packets_max: u32 = 2_000,
    /// SEC-04: for so many seconds.
    level_2_block_seconds: u32 = 30,
    /// SEC-05: more packets a second from one address block it for a long time.
    level_1_packets_max: u32 = 5_000,
    /// SEC-05: for so many seconds.
    level_1_block_seconds: u32 = 3_600,
    /// SEC-07: requests of a User-Agent that contains one of these are dropped without an answer.
    blocked_user_agents: Vec<String> = ["friendly-scanner", "sipvicious", "sundayddr", "pplsip", "sip-scan"].map(String::from).into(),
    /// SEC-07: mail whoever is named below when an address is blocked.
    mail_on_block: bool = false,
    /// SEC-07: who gets such mails; empty means every administrator of the installation.
    alarm_recipients: Vec<String> = Vec::new(),
    /// ADV-01: the Alert-Info of calls that are to be answered by themselves.
    alert_info: AlertInfo = AlertInfo::Off,
    /// ADV-02: `Call-Info: <sip:domain>;answer-after=0` in such calls.
    call_info: bool = true,
    /// ADV-03: `Answer-Mode: Auto` in such calls (RFC 5373).
    answer_mode: bool = false,
    /// ADV-04: tell subscribers who talks, for busy lamp fields (RFC 4235).
    dialog_state_agent: bool = true,
}

/// How much is written to the log (SET-02).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Nothing.
    None,
    /// What failed.
    Error,
    /// And what may fail soon.
    Warning,
    /// And what has happened.
    #[default]
    Information,
    /// And each step.
    Debug,
}

/// What congestion is measured by (SET-11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CongestionMetric {
    /// The length of the queue times what one message takes on average.
    #[default]
    WaitTime,
    /// How long the oldest message has waited.
    TimeDepth,
    /// How many messages wait.
    Size,
}

/// The Alert-Info of calls that are to be answered by themselves (ADV-01).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertInfo {
    /// No such header.
    #[default]
    Off,
    /// `info=intercom`.
    Intercom,
    /// `info=alert-autoanswer`.
    AlertAutoAnswer,
    /// `info=auto-answer`.
    AutoAnswer,
}

/// The most user agents that are shut out.
const USER_AGENTS_MAX: usize = 50;
/// The longest of them, in characters.
const USER_AGENT_CHARACTERS_MAX: usize = 64;
/// The shortest: less would shut out half of the world.
const USER_AGENT_CHARACTERS_MIN: usize = 3;
/// The most recipients of alarms.
const RECIPIENTS_MAX: usize = 15;
/// The longest that an automatic block lasts: a year.
const BLOCK_SECONDS_MAX: u32 = 31_536_000;
/// The most packets a second that a limit can be.
const PACKETS_MAX: u32 = 1_000_000;
/// The most DNS servers; resolvers ask no more either.
const DNS_SERVERS_MAX: usize = 3;
/// The longest time that a log is kept, in days.
const LOG_DAYS_MAX: u32 = 3_650;
/// The most megabytes of one mailbox: a terabyte.
const VOICEMAIL_MEGABYTES_MAX: u32 = 1_000_000;
/// The most networks that are named inside; each packet's peer may be compared with all.
const LOCAL_NETWORKS_MAX: usize = 32;
/// Sound needs at least this many ports: a pair for each end of a call, and one for browsers.
const RTP_PORTS_MIN: u16 = 8;

impl Settings {
    /// What is wrong, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let within = |value: u32, first: u32, last: u32| (first..=last).contains(&value);
        check
            .that(within(self.statistics_seconds, 10, 86_400), "statistics_seconds", "Between 10 and 86400 seconds.")
            .that(within(self.congestion_tolerance, 1, 600), "congestion_tolerance", "Between 1 and 600 per cent.")
            .that(within(self.rtp_silence_seconds, 10, 3_600), "rtp_silence_seconds", "Between 10 and 3600 seconds.")
            .that(within(self.capture_days, 1, 365), "capture_days", "Between 1 and 365 days.")
            .that(
                within(self.session_timer_seconds, 90, 3_600),
                "session_timer_seconds",
                "Between 90 and 3600 seconds.",
            )
            .that(
                self.web_domain.is_empty() || is_domain(&self.web_domain),
                "web_domain",
                "A domain looks like pbx.example: letters, digits, dots and hyphens.",
            )
            .that(self.dns_servers.len() <= DNS_SERVERS_MAX, "dns_servers", "At most three DNS servers.")
            .that(
                self.dns_servers.iter().all(|server| server.parse::<IpAddr>().is_ok()),
                "dns_servers",
                "A DNS server is an IP address, such as 192.0.2.53.",
            )
            .that(within(self.event_days, 1, LOG_DAYS_MAX), "event_days", "Between 1 and 3650 days.")
            .that(within(self.activity_days, 1, LOG_DAYS_MAX), "activity_days", "Between 1 and 3650 days.")
            .that(self.voicemail_days <= LOG_DAYS_MAX, "voicemail_days", "Between 0 and 3650 days.")
            .that(self.recording_days <= LOG_DAYS_MAX, "recording_days", "Between 0 and 3650 days.")
            .that(
                self.voicemail_megabytes <= VOICEMAIL_MEGABYTES_MAX,
                "voicemail_megabytes",
                "Between 0 and 1000000 megabytes.",
            )
            .that(is_own(&self.private_ipv4, IpAddr::is_ipv4), "private_ipv4", OWN_IPV4)
            .that(is_own(&self.public_ipv4, IpAddr::is_ipv4), "public_ipv4", OWN_IPV4)
            .that(is_own(&self.private_ipv6, IpAddr::is_ipv6), "private_ipv6", OWN_IPV6)
            .that(is_own(&self.public_ipv6, IpAddr::is_ipv6), "public_ipv6", OWN_IPV6)
            .that(self.local_networks.len() <= LOCAL_NETWORKS_MAX, "local_networks", "At most 32 networks.")
            .that(
                self.local_networks.iter().all(|network| network.parse::<Prefix>().is_ok()),
                "local_networks",
                "A network looks like 192.168.0.0/16 or fd00::/8.",
            )
            .that(
                self.stun_server.is_empty() || is_host(&self.stun_server),
                "stun_server",
                "A server is a name or an address, with or without a port, such as stun.example:3478.",
            )
            .that(self.rtp_port_first >= 1_024, "rtp_port_first", "Ports begin at 1024.")
            .that(
                self.rtp_port_last.checked_sub(self.rtp_port_first).is_some_and(|span| span >= RTP_PORTS_MIN - 1),
                "rtp_port_last",
                "The range has at least 8 ports.",
            );
        self.check_security(&mut check);
        check.finish()
    }

    fn check_security(&self, check: &mut Check) {
        let seconds = |value: u32| (1..=BLOCK_SECONDS_MAX).contains(&value);
        let block = "Between 1 and 31536000 seconds.";
        let packets = |value: u32| (1..=PACKETS_MAX).contains(&value);
        let agent = |text: &String| {
            (USER_AGENT_CHARACTERS_MIN..=USER_AGENT_CHARACTERS_MAX).contains(&text.trim().chars().count())
                && is_clean(text)
        };
        check
            .that((1..=86_400).contains(&self.detection_seconds), "detection_seconds", "Between 1 and 86400 seconds.")
            .that(packets(self.failed_authentications_max), "failed_authentications_max", "Between 1 and 1000000.")
            .that(packets(self.unanswered_challenges_max), "unanswered_challenges_max", "Between 1 and 1000000.")
            .that(packets(self.level_2_packets_max), "level_2_packets_max", "Between 1 and 1000000.")
            .that(
                packets(self.level_1_packets_max) && self.level_1_packets_max > self.level_2_packets_max,
                "level_1_packets_max",
                "More than level 2, at most 1000000.",
            )
            .that(seconds(self.failed_authentication_block_seconds), "failed_authentication_block_seconds", block)
            .that(seconds(self.unanswered_challenge_block_seconds), "unanswered_challenge_block_seconds", block)
            .that(seconds(self.level_2_block_seconds), "level_2_block_seconds", block)
            .that(seconds(self.level_1_block_seconds), "level_1_block_seconds", block)
            .that(self.blocked_user_agents.len() <= USER_AGENTS_MAX, "blocked_user_agents", "At most 50 user agents.")
            .that(self.blocked_user_agents.iter().all(agent), "blocked_user_agents", "Each has 3 to 64 characters.")
            .that(self.alarm_recipients.len() <= RECIPIENTS_MAX, "alarm_recipients", "At most 15 recipients.")
            .that(
                self.alarm_recipients.iter().all(|address| is_email(address)),
                "alarm_recipients",
                "An e-mail address looks like name@example.com.",
            );
    }
}

const OWN_IPV4: &str = "An IPv4 address that others reach: not 127.0.0.1, not a multicast address, not 0.0.0.0.";
const OWN_IPV6: &str = "An IPv6 address that others reach: not ::1, not a multicast address, not ::.";

/// Nothing, or an address of the family that peers can be told.
fn is_own(text: &str, family: fn(&IpAddr) -> bool) -> bool {
    text.is_empty() || text.parse::<IpAddr>().is_ok_and(|address| family(&address) && is_reachable(address))
}

/// A name or an IPv4 address, and perhaps a port.
fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    is_domain(host) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
}

/// The installation's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetSettings {}
operation!(GetSettings, Get, "/api/admin/settings", Admin, Settings);
operation!(UpdateSettings, Put, "/api/admin/settings", Admin, Settings);

#[cfg(test)]
mod tests {
    use super::*;

    // covers: SET-18, SET-20
    #[test]
    fn defaults_are_right_and_wrong_values_are_named() {
        assert_eq!(Settings::default().check(), []);
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(|s| s.session_timer_seconds = 89), ["session_timer_seconds"]);
        assert_eq!(wrong(|s| s.session_timer_seconds = 3_601), ["session_timer_seconds"]);
        assert_eq!(wrong(|s| s.dns_servers = vec!["dns.example".into()]), ["dns_servers"]);
        assert_eq!(wrong(|s| s.dns_servers = vec!["192.0.2.53".into(); 4]), ["dns_servers"]);
        assert_eq!(wrong(|s| s.rtp_port_last = 45_006), ["rtp_port_last"]);
        assert_eq!(wrong(|s| (s.rtp_port_first, s.rtp_port_last) = (50, 40)), ["rtp_port_first", "rtp_port_last"]);
        assert_eq!(wrong(|s| s.rtp_silence_seconds = 0), ["rtp_silence_seconds"]);
        assert_eq!(wrong(|s| (s.event_days, s.activity_days) = (0, 3_651)), ["event_days", "activity_days"]);
        assert_eq!(wrong(|s| s.capture_days = 0), ["capture_days"]);
        // covers: VM-04, VM-05
        assert_eq!(wrong(|s| (s.voicemail_days, s.voicemail_megabytes) = (0, 0)), Vec::<String>::new());
        let both = ["voicemail_days", "voicemail_megabytes"];
        assert_eq!(wrong(|s| (s.voicemail_days, s.voicemail_megabytes) = (3_651, 1_000_001)), both);
        // covers: SEC-01, SEC-04, SEC-05, SEC-07
        assert_eq!(wrong(|s| s.detection_seconds = 0), ["detection_seconds"]);
        assert_eq!(wrong(|s| s.level_1_packets_max = 2_000), ["level_1_packets_max"]);
        assert_eq!(wrong(|s| s.blocked_user_agents = vec!["a".into()]), ["blocked_user_agents"]);
        assert_eq!(wrong(|s| s.alarm_recipients = vec!["nobody".into()]), ["alarm_recipients"]);
    }

    // covers: WIZ-02
    #[test]
    fn wiz_02_addresses_that_lead_nobody_here_are_refused() {
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(|s| s.private_ipv4 = "192.168.1.5".into()), Vec::<String>::new());
        assert_eq!(wrong(|s| s.public_ipv6 = "2001:db8::5".into()), Vec::<String>::new());
        for address in ["127.0.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255", "2001:db8::5", "pbx.example", " "] {
            let settings =
                Settings { private_ipv4: address.into(), public_ipv4: address.into(), ..Settings::default() };
            let fields: Vec<String> = settings.check().into_iter().map(|problem| problem.field).collect();
            assert_eq!(fields, ["private_ipv4", "public_ipv4"], "{address}");
        }
        for address in ["::1", "::", "ff02::1", "192.0.2.1"] {
            let settings =
                Settings { private_ipv6: address.into(), public_ipv6: address.into(), ..Settings::default() };
            let fields: Vec<String> = settings.check().into_iter().map(|problem| problem.field).collect();
            assert_eq!(fields, ["private_ipv6", "public_ipv6"], "{address}");
        }
        assert_eq!(wrong(|s| s.local_networks = vec!["10.0.0.0/33".into()]), ["local_networks"]);
        assert_eq!(wrong(|s| s.local_networks = vec!["10.0.0.0/8".into(); 33]), ["local_networks"]);
        assert_eq!(wrong(|s| s.stun_server = "stun.example:3478".into()), Vec::<String>::new());
        for server in ["stun.example:0", "stun:stun.example", "a b", ":3478"] {
            let settings = Settings { stun_server: server.into(), ..Settings::default() };
            assert_eq!(settings.check().len(), 1, "{server}");
        }
    }

    #[test]
    fn a_change_touches_only_what_it_names() {
        let before = Settings { statistics_seconds: 60, ..Settings::default() };
        let change = UpdateSettings { prack: Some(true), ..UpdateSettings::default() };
        let after = change.applied_to(&before);
        assert_eq!(after, Settings { prack: true, ..before.clone() });
        assert_eq!(UpdateSettings::all(after.clone()).applied_to(&before), after);
        assert_eq!(serde_json::to_string(&change).unwrap(), r#"{"prack":true}"#);
    }

    #[test]
    fn a_setting_that_an_older_version_did_not_know_has_its_default() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }
}
