//! Where is a server that a URI names (RFC 3263)? Questions for the domain name system out, records in; in the end the
//! targets, to be tried one after the other. Whoever asks keeps the target of a transaction: its CANCEL and its ACK go there.

use std::net::{IpAddr, SocketAddr};

use crate::flow::Transport;
use crate::uri::{Uri, param};

/// Records of one answer that are looked at; the others are as if they were not there.
pub const RECORDS_MAX: usize = 32;
/// The most targets of one URI.
pub const TARGETS_MAX: usize = 32;

/// Asked of the domain name system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The NAPTR records of a domain.
    Naptr(String),
    /// The SRV records of a service, such as `_sip._udp.example.com`.
    Srv(String),
    /// The A and AAAA records of a host.
    Addresses(String),
}

/// A NAPTR record (RFC 2915), as far as RFC 3263, 4.1 reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    /// The lower comes first.
    pub order: u16,
    /// Among those of the same order, too.
    pub preference: u16,
    /// `s` leads to SRV records.
    pub flags: String,
    /// Such as `SIP+D2U`.
    pub service: String,
    /// Where its SRV records are.
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// The lower comes first.
    pub priority: u16,
    /// Its share among those of the same priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; `.` says that there is no such service.
    pub target: String,
}

/// What the domain name system has answered; an empty list is "there is none".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// To [`Question::Naptr`].
    Naptr(Vec<Naptr>),
    /// To [`Question::Srv`].
    Srv(Vec<Srv>),
    /// To [`Question::Addresses`].
    Addresses(Vec<IpAddr>),
}

/// Where a request can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// By what.
    pub transport: Transport,
    /// To where.
    pub address: SocketAddr,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Answer this with [`Locator::answer`].
    Ask(Question),
    /// These, in this order; none where the URI leads nowhere.
    Done(Vec<Target>),
}

/// A place whose addresses are still to be found.
#[derive(Clone, Debug)]
struct Place {
    transport: Transport,
    host: String,
    port: u16,
}

/// One search.
#[derive(Clone, Debug)]
pub struct Locator {
    /// We can send by these, the preferred one first.
    spoken: Vec<Transport>,
    host: String,
    secure: bool,
    /// Services to ask for, the last first.
    services: Vec<(Transport, String)>,
    /// Places whose addresses are to be asked for, the last first.
    places: Vec<Place>,
    targets: Vec<Target>,
    asked: Option<Question>,
    /// Has the domain said by SRV that it is not to be looked for by its own name?
    has_services: bool,
    /// The transport that is used where nothing says another, and the port that the URI names.
    plain: (Transport, Option<u16>),
}

impl Locator {
    /// Begins. `spoken` are the transports that we can send by, the preferred one first.
    pub fn new(uri: &Uri<'_>, spoken: &[Transport]) -> Self {
        let secure = uri.scheme.eq_ignore_ascii_case("sips");
        let named = param(uri.params, "transport").and_then(|name| transport_of(name, secure));
        let usual = if secure { Transport::Tls } else { Transport::Udp };
        let ours = || spoken.iter().copied().find(|transport| !secure || is_secure(*transport));
        let unnamed = Some(usual).filter(|usual| spoken.contains(usual)).or_else(ours);
        let host = uri.host.trim_end_matches('.').to_ascii_lowercase();
        let mut locator = Self {
            spoken: spoken.to_vec(),
            host: host.clone(),
            secure,
            services: Vec::new(),
            places: Vec::new(),
            targets: Vec::new(),
            asked: None,
            has_services: false,
            plain: (named.or(unnamed).unwrap_or(usual), uri.port),
        };
        let (transport, port) = locator.plain;
        if !locator.spoken.contains(&transport) {
            return locator;
        }
        let numeric = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match (numeric, port, named) {
            (Ok(address), port, _) => {
                let address = SocketAddr::new(address, port.unwrap_or_else(|| default_port(transport)));
                locator.targets.push(Target { transport, address });
            }
            (Err(_), Some(port), _) => locator.places.push(Place { transport, host, port }),
            (Err(_), None, Some(transport)) => locator.services.push((transport, service_name(transport, &host))),
            (Err(_), None, None) => locator.asked = Some(Question::Naptr(host)),
        }
        locator
    }

    /// What is to be done next.
    pub fn step(&mut self) -> Step {
        if let Some(question) = &self.asked {
            return Step::Ask(question.clone());
        }
        let full = self.targets.len() >= TARGETS_MAX;
        let question = if let Some(place) = self.places.last().filter(|_| !full) {
            Question::Addresses(place.host.clone())
        } else if let Some((_, name)) = self.services.last().filter(|_| !full) {
            Question::Srv(name.clone())
        } else {
            return Step::Done(std::mem::take(&mut self.targets));
        };
        self.asked = Some(question.clone());
        Step::Ask(question)
    }

    /// Takes the answer to the last question; one of another kind counts as none. `dice` gives a number below its argument.
    pub fn answer(&mut self, records: Records, dice: &mut dyn FnMut(u64) -> u64) {
        match self.asked.take() {
            Some(Question::Naptr(_)) => {
                let records = if let Records::Naptr(records) = records { records } else { Vec::new() };
                self.take_naptr(records);
            }
            Some(Question::Srv(_)) => {
                let records = if let Records::Srv(records) = records { records } else { Vec::new() };
                self.take_srv(records, dice);
            }
            Some(Question::Addresses(_)) => {
                let records = if let Records::Addresses(records) = records { records } else { Vec::new() };
                self.take_addresses(records);
            }
            None => {}
        }
    }

    /// RFC 3263, 4.1: the services in their order, of the transports that we have; without any, each of ours is asked for.
    fn take_naptr(&mut self, mut records: Vec<Naptr>) {
        records.truncate(RECORDS_MAX);
        records.sort_by_key(|record| (record.order, record.preference));
        let mut services: Vec<(Transport, String)> = records
            .into_iter()
            .filter(|record| record.flags.eq_ignore_ascii_case("s"))
            .filter_map(|record| Some((self.of_service(&record.service)?, record.replacement)))
            .filter(|(transport, _)| self.spoken.contains(transport))
            .collect();
        if services.is_empty() {
            let asked_for = |transport: &&Transport| !self.secure || is_secure(**transport);
            let ours = self.spoken.iter().filter(asked_for);
            services = ours.map(|transport| (*transport, service_name(*transport, &self.host))).collect();
        }
        services.reverse();
        self.services = services;
    }

    /// The transport that a service of a NAPTR record stands for; none that would carry sips in the open.
    fn of_service(&self, service: &str) -> Option<Transport> {
        let transport = match service.to_ascii_uppercase().as_str() {
            "SIP+D2U" => Transport::Udp,
            "SIP+D2T" => Transport::Tcp,
            "SIPS+D2T" => Transport::Tls,
            "SIP+D2W" => Transport::Ws,
            "SIPS+D2W" => Transport::Wss,
            _ => return None,
        };
        (!self.secure || is_secure(transport)).then_some(transport)
    }

    /// RFC 2782: by priority, among equals by weighted chance. Where no service of the domain has any, its name is the host.
    fn take_srv(&mut self, mut records: Vec<Srv>, dice: &mut dyn FnMut(u64) -> u64) {
        let Some((transport, _)) = self.services.pop() else { return };
        records.truncate(RECORDS_MAX);
        self.has_services |= !records.is_empty();
        records.retain(|record| !matches!(record.target.as_str(), "" | "."));
        let mut places: Vec<Place> = in_order(records, dice)
            .into_iter()
            .map(|record| Place { transport, host: record.target, port: record.port })
            .collect();
        places.reverse();
        self.places = places;
        if self.services.is_empty() && !self.has_services {
            let (plain, port) = self.plain;
            let port = port.unwrap_or_else(|| default_port(plain));
            self.places.push(Place { transport: plain, host: self.host.clone(), port });
        }
    }

    fn take_addresses(&mut self, records: Vec<IpAddr>) {
        let Some(Place { transport, port, .. }) = self.places.pop() else { return };
        let room = TARGETS_MAX.saturating_sub(self.targets.len());
        let addresses =
            records.into_iter().map(|address| Target { transport, address: SocketAddr::new(address, port) });
        for target in addresses.take(room) {
            if !self.targets.contains(&target) {
                self.targets.push(target);
            }
        }
    }
}

/// The order in which the records are tried (RFC 2782, "Usage rules").
fn in_order(mut records: Vec<Srv>, dice: &mut dyn FnMut(u64) -> u64) -> Vec<Srv> {
    // Those without weight come first, so that they have a small chance.
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let group = records.iter().take_while(|record| record.priority == priority);
        let total: u64 = group.map(|record| u64::from(record.weight)).sum();
        let chosen = dice(total + 1);
        let mut sum = 0;
        let index = records.iter().take_while(|record| record.priority == priority).position(|record| {
            sum += u64::from(record.weight);
            sum >= chosen
        });
        ordered.push(records.remove(index.unwrap_or(0)));
    }
    ordered
}

fn transport_of(name: &str, secure: bool) -> Option<Transport> {
    match name.to_ascii_lowercase().as_str() {
        "udp" if !secure => Some(Transport::Udp),
        "tcp" => Some(if secure { Transport::Tls } else { Transport::Tcp }),
        "tls" => Some(Transport::Tls),
        "ws" => Some(if secure { Transport::Wss } else { Transport::Ws }),
        _ => None,
    }
}

/// The name of the service of a transport (RFC 3263, 4.1; RFC 7118, 6).
fn service_name(transport: Transport, host: &str) -> String {
    let prefix = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        Transport::Ws => "_sip._ws",
        Transport::Wss => "_sips._ws",
    };
    format!("{prefix}.{host}")
}

const fn is_secure(transport: Transport) -> bool {
    matches!(transport, Transport::Tls | Transport::Wss)
}

const fn default_port(transport: Transport) -> u16 {
    match transport {
        Transport::Udp | Transport::Tcp => 5_060,
        Transport::Tls => 5_061,
        Transport::Ws => 80,
        Transport::Wss => 443,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const ALL: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

    /// A zone of `_sip._udp.a.test → SRV`, hosts and NAPTR records.
    #[derive(Default)]
    struct Zone {
        naptr: Vec<Naptr>,
        srv: BTreeMap<String, Vec<Srv>>,
        hosts: BTreeMap<String, Vec<IpAddr>>,
    }

    impl Zone {
        fn naptr(mut self, order: u16, preference: u16, service: &str, replacement: &str) -> Self {
            let (flags, service, replacement) = ("s".to_owned(), service.to_owned(), replacement.to_owned());
            self.naptr.push(Naptr { order, preference, flags, service, replacement });
            self
        }

        fn srv(mut self, name: &str, priority: u16, weight: u16, port: u16, target: &str) -> Self {
            let record = Srv { priority, weight, port, target: target.to_owned() };
            self.srv.entry(name.to_owned()).or_default().push(record);
            self
        }

        fn host(mut self, name: &str, addresses: &[&str]) -> Self {
            self.hosts.insert(name.to_owned(), addresses.iter().map(|address| address.parse().unwrap()).collect());
            self
        }

        /// The targets of a URI, and what was asked for.
        fn locate(&self, uri: &str, spoken: &[Transport]) -> (Vec<String>, Vec<String>) {
            let mut locator = Locator::new(&Uri::parse(uri).unwrap(), spoken);
            let mut asked = Vec::new();
            loop {
                let (name, records) = match locator.step() {
                    Step::Done(targets) => {
                        let text = |target: Target| format!("{} {}", target.transport.param(), target.address);
                        return (targets.into_iter().map(text).collect(), asked);
                    }
                    Step::Ask(Question::Naptr(name)) => (format!("NAPTR {name}"), Records::Naptr(self.naptr.clone())),
                    Step::Ask(Question::Srv(name)) => {
                        let records = self.srv.get(&name).cloned().unwrap_or_default();
                        (format!("SRV {name}"), Records::Srv(records))
                    }
                    Step::Ask(Question::Addresses(name)) => {
                        let records = self.hosts.get(&name).cloned().unwrap_or_default();
                        (format!("A {name}"), Records::Addresses(records))
                    }
                };
                asked.push(name);
                locator.answer(records, &mut |below| below / 2);
            }
        }
    }

    #[test]
    fn a_number_asks_nobody_and_a_port_asks_for_the_host_alone() {
        let zone = Zone::default().host("a.test", &["192.0.2.1", "2001:db8::1"]);
        for (uri, targets, asked) in [
            ("sip:192.0.2.9", &["udp 192.0.2.9:5060"][..], &[][..]),
            ("sip:192.0.2.9:5070;transport=tcp", &["tcp 192.0.2.9:5070"], &[]),
            ("sips:[2001:db8::9]", &["tls [2001:db8::9]:5061"], &[]),
            ("sip:a.test:5080", &["udp 192.0.2.1:5080", "udp [2001:db8::1]:5080"], &["A a.test"]),
            ("sips:A.TEST.:5081", &["tls 192.0.2.1:5081", "tls [2001:db8::1]:5081"], &["A a.test"]),
            ("sip:nowhere.test:5080", &[], &["A nowhere.test"]),
        ] {
            let (found, questions) = zone.locate(uri, &ALL);
            assert_eq!((&found[..], &questions[..]), (&targets.map_strings()[..], &asked.map_strings()[..]), "{uri}");
        }
    }

    trait Strings {
        fn map_strings(&self) -> Vec<String>;
    }

    impl Strings for &[&str] {
        fn map_strings(&self) -> Vec<String> {
            self.iter().map(|text| (*text).to_owned()).collect()
        }
    }

    /// The example of RFC 3263, 4.1.
    #[test]
    fn naptr_chooses_the_transport_srv_the_host_and_what_we_do_not_speak_is_left_out() {
        let zone = Zone::default()
            .naptr(50, 50, "SIPS+D2T", "_sips._tcp.example.com")
            .naptr(90, 50, "SIP+D2T", "_sip._tcp.example.com")
            .naptr(100, 50, "SIP+D2U", "_sip._udp.example.com")
            .naptr(10, 50, "SIP+D2S", "_sip._sctp.example.com")
            .srv("_sips._tcp.example.com", 0, 1, 5_061, "server0.example.com")
            .srv("_sip._tcp.example.com", 0, 1, 5_060, "server1.example.com")
            .srv("_sip._tcp.example.com", 2, 1, 5_062, "server2.example.com")
            .host("server0.example.com", &["192.0.2.10"])
            .host("server1.example.com", &["192.0.2.1"])
            .host("server2.example.com", &["192.0.2.2"]);
        let (found, _) = zone.locate("sip:example.com", &ALL);
        assert_eq!(found, ["tls 192.0.2.10:5061", "tcp 192.0.2.1:5060", "tcp 192.0.2.2:5062"]);
        let (found, asked) = zone.locate("sip:example.com", &[Transport::Tcp, Transport::Udp]);
        assert_eq!(found, ["tcp 192.0.2.1:5060", "tcp 192.0.2.2:5062"]);
        assert_eq!(asked.first().unwrap(), "NAPTR example.com");
        let (found, _) = zone.locate("sips:example.com", &ALL);
        assert_eq!(found, ["tls 192.0.2.10:5061"], "sips never goes in the open");
        let (found, asked) = zone.locate("sip:example.com;transport=tcp", &ALL);
        assert_eq!(found, ["tcp 192.0.2.1:5060", "tcp 192.0.2.2:5062"]);
        assert_eq!(asked.first().unwrap(), "SRV _sip._tcp.example.com", "who names a transport is not asked for one");
    }

    #[test]
    fn without_naptr_each_transport_is_asked_for_and_without_srv_the_host_itself() {
        let zone = Zone::default().host("b.test", &["192.0.2.7"]);
        let (found, asked) = zone.locate("sip:b.test", &ALL);
        assert_eq!(found, ["udp 192.0.2.7:5060"]);
        let services = ["SRV _sip._udp.b.test", "SRV _sip._tcp.b.test", "SRV _sips._tcp.b.test"];
        assert_eq!(asked, [&["NAPTR b.test"][..], &services, &["A b.test"]].concat());
        let (found, asked) = zone.locate("sips:b.test", &ALL);
        assert_eq!((found, asked.len()), (vec!["tls 192.0.2.7:5061".to_owned()], 3));
        // A dot says that there is no such service; the host is not asked for then.
        let closed = Zone::default().srv("_sip._udp.b.test", 0, 0, 0, ".").host("b.test", &["192.0.2.7"]);
        assert_eq!(closed.locate("sip:b.test;transport=udp", &ALL).0, Vec::<String>::new());
        assert_eq!(zone.locate("sip:b.test", &[Transport::Tls]).0, ["tls 192.0.2.7:5061"], "by what we have");
        assert_eq!(zone.locate("sips:b.test", &[Transport::Udp]).0, Vec::<String>::new(), "not in the open");
        assert_eq!(zone.locate("sip:b.test;transport=tcp", &[Transport::Udp]).0, Vec::<String>::new());
    }

    #[test]
    fn weights_are_shares_and_priorities_an_order() {
        let record = |priority, weight, port| Srv { priority, weight, port, target: "h".into() };
        let records = vec![record(20, 1, 5), record(10, 10, 1), record(10, 30, 2), record(10, 60, 3), record(10, 0, 4)];
        let mut state = 7_u64;
        let mut dice = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut first = BTreeMap::new();
        for _ in 0..10_000 {
            let ordered = in_order(records.clone(), &mut dice);
            assert_eq!(ordered.len(), 5);
            assert_eq!(ordered.last().unwrap().port, 5, "the lower priority is for the end");
            *first.entry(ordered[0].port).or_insert(0) += 1;
        }
        for (port, share) in [(1, 1_000), (2, 3_000), (3, 6_000)] {
            let count: i64 = first[&port];
            assert!((count - share).abs() < 300, "{port}: {count}");
        }
        assert!((1..300).contains(&first[&4]), "without weight, a small chance: {}", first[&4]);
    }

    #[test]
    fn a_flood_of_records_is_cut() {
        let mut zone = Zone::default();
        for port in 1..1_000 {
            zone = zone.srv("_sip._udp.c.test", 0, 1, port, "h.test");
        }
        zone = zone.host("h.test", &["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        let (found, asked) = zone.locate("sip:c.test;transport=udp", &ALL);
        assert_eq!(found.len(), TARGETS_MAX);
        assert!(asked.len() <= RECORDS_MAX + 1, "{}", asked.len());
    }
}
