//! Ports, addresses and names.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use shared::diagnosis::Finding;
use shared::network::AddressBook;
use shared::setting::Settings;
use shared::transport::Protocol;
use sip::{Transport, stun};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::demo::reachable;
use crate::dns::{Dns, Failure};
use crate::keys;

/// How long a listener has to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);
/// What phones come by.
const SPOKEN: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

/// Does each listener answer?
pub async fn listeners(listeners: &[(Protocol, SocketAddr)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (protocol, address) in listeners {
        let name = format!("{} port {}", protocol.word(), address.port());
        let answered = tokio::time::timeout(ANSWER_TIME_MAX, knock(*protocol, reachable(*address))).await;
        findings.push(match answered {
            Ok(Ok(())) => Finding::good(&name, "It answers."),
            Ok(Err(error)) => silent(&name, &format!("It does not answer: {error}.")),
            Err(_) => silent(&name, "It does not answer in time."),
        });
    }
    findings
}

fn silent(name: &str, detail: &str) -> Finding {
    let fix = "Start Belfry if it does not run. If it does, see System, Transports: another program may have the port.";
    Finding::bad(name, detail, fix)
}

/// What each protocol answers to: STUN over UDP, a keep-alive over TCP; what is encrypted and HTTP only has to open.
async fn knock(protocol: Protocol, at: SocketAddr) -> anyhow::Result<()> {
    match protocol {
        Protocol::Udp => {
            let socket = UdpSocket::bind((if at.is_ipv4() { "0.0.0.0" } else { "::" }, 0)).await?;
            socket.connect(at).await?;
            let id = keys::dice::<12>()?;
            socket.send(&stun::binding_request(id)).await?;
            let mut buffer = [0; 128];
            let length = socket.recv(&mut buffer).await?;
            let mapped = buffer.get(..length).and_then(|bytes| stun::mapped_address(bytes, id));
            anyhow::ensure!(mapped.is_some(), "what answers is not Belfry");
        }
        Protocol::Tcp => {
            let mut stream = TcpStream::connect(at).await?;
            stream.write_all(b"\r\n\r\n").await?;
            let mut pong = [0; 2];
            stream.read_exact(&mut pong).await?;
            anyhow::ensure!(pong == *b"\r\n", "what answers is not Belfry");
        }
        Protocol::Tls | Protocol::Ws | Protocol::Wss => drop(TcpStream::connect(at).await?),
    }
    Ok(())
}

/// Has this machine the addresses that peers inside are told?
pub fn own_addresses(book: &AddressBook) -> Finding {
    const NAME: &str = "Own address";
    let private = [book.ipv4.private.map(IpAddr::V4), book.ipv6.private.map(IpAddr::V6)];
    let told: Vec<IpAddr> = private.into_iter().flatten().collect();
    let words = told.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(" and ");
    if let Some(foreign) = told.iter().find(|address| std::net::UdpSocket::bind((**address, 0)).is_err()) {
        let fix = "Correct the private address under System, Network, or leave it empty.";
        return Finding::warning(
            NAME,
            &format!("This machine has no address {foreign}, which phones inside are told."),
            fix,
        );
    }
    if told.iter().all(IpAddr::is_loopback) {
        let fix = "Connect this machine to a network, or set its private address under System, Network.";
        return Finding::warning(NAME, "This machine has no network: only programs on it can call.", fix);
    }
    Finding::good(NAME, &format!("Phones inside are told {words}, which this machine has."))
}

/// Does the Internet see us by the address that peers outside are told? `seen` is what a STUN server said, if one is set.
pub fn public_address(book: &AddressBook, seen: Option<anyhow::Result<IpAddr>>) -> Finding {
    const NAME: &str = "Public address";
    let Some(told) = book.ipv4.public.or(book.ipv4.private) else {
        return Finding::good(NAME, "There is none of IPv4.");
    };
    match seen {
        None if told.is_private() => {
            Finding::good(NAME, &format!("Phones outside are told {told}: only those of the same network reach it."))
        }
        None => Finding::good(
            NAME,
            &format!("Phones outside are told {told}. No STUN server is set to ask whether it is right."),
        ),
        Some(Ok(seen)) if seen == IpAddr::V4(told) => {
            Finding::good(NAME, &format!("Phones outside are told {told}, and so the Internet sees this server."))
        }
        Some(Ok(seen)) => {
            let fix = "Correct the public address under System, Network, or leave it empty to follow the STUN server.";
            Finding::bad(NAME, &format!("Phones outside are told {told}, but the Internet sees {seen}."), fix)
        }
        Some(Err(error)) => {
            let fix = "See that UDP leaves this machine, or set another STUN server under System, Network.";
            Finding::warning(NAME, &format!("The STUN server tells nothing: {error:#}."), fix)
        }
    }
}

/// Does the web domain lead here?
pub async fn web_domain(settings: &Settings, book: &AddressBook, dns: &Dns) -> Finding {
    const NAME: &str = "Name";
    let domain = &settings.web_domain;
    if domain.is_empty() {
        return Finding::good(NAME, "No web domain is set: people open the portal by an address.");
    }
    let found = match dns.addresses(domain).await {
        Ok(found) => found,
        Err(Failure::NoSuchName(_)) => Vec::new(),
        Err(failure) => return unanswered(NAME, &failure),
    };
    let own = book.all();
    let words = found.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
    if found.is_empty() {
        let fix =
            format!("Make an A record for it that leads to {}.", own.last().map(IpAddr::to_string).unwrap_or_default());
        return Finding::bad(NAME, &format!("DNS knows nothing of {domain}."), &fix);
    }
    if !found.iter().any(|address| own.contains(address) || address.is_loopback()) {
        let fix = "Correct its A record, or the public address under System, Network. Where a proxy stands before this server, this is right.";
        return Finding::warning(NAME, &format!("{domain} leads to {words}, which is not here."), fix);
    }
    Finding::good(NAME, &format!("{domain} leads here, to {words}."))
}

fn unanswered(name: &str, failure: &Failure) -> Finding {
    let fix = "See the DNS servers that are set under System, Network, or else those of this machine, and that it reaches them.";
    Finding::bad(name, &format!("{failure}."), fix)
}

/// Do the domains of tenants lead here, as phones look for them (RFC 3263)? Those that no public DNS knows are left out.
pub async fn sip_domains(domains: &[String], book: &AddressBook, dns: &Dns) -> Finding {
    const NAME: &str = "SIP domains";
    const FIX: &str = "Make SRV records for it (_sip._udp, _sip._tcp, _sips._tcp) that lead to this server, or set this server as outbound proxy in the phones.";
    let own = book.all();
    let mut good = 0_usize;
    for domain in domains {
        let targets = match dns.locate(&format!("sip:{domain}"), &SPOKEN).await {
            Ok(targets) => targets,
            Err(failure) => return unanswered(NAME, &failure),
        };
        let Some(first) = targets.first() else {
            return Finding::warning(NAME, &format!("DNS leads phones of {domain} nowhere."), FIX);
        };
        if !targets.iter().any(|target| own.contains(&target.address.ip())) {
            let what = format!("DNS leads phones of {domain} to {}, which is not here.", first.address);
            return Finding::warning(NAME, &what, FIX);
        }
        good += 1;
    }
    match good {
        0 => Finding::good(NAME, "No tenant has a domain of the public DNS; phones are told this server's address."),
        _ => Finding::good(NAME, &format!("DNS leads phones here, for {good} of the tenants' domains.")),
    }
}

#[cfg(test)]
mod tests {
    use shared::diagnosis::Verdict;
    use shared::network::Pair;

    use super::*;

    fn book(private: &str, public: &str) -> AddressBook {
        let ipv4 = Pair { private: private.parse().ok(), public: public.parse().ok() };
        AddressBook { ipv4, ..AddressBook::default() }
    }

    // covers: OPS-04
    #[tokio::test]
    async fn ops_04_a_port_where_nobody_listens_is_named_with_its_fix() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap();
        let found = listeners(&[(Protocol::Tls, at)]).await;
        assert_eq!(found[0].verdict, Verdict::Good);
        drop(socket);
        for protocol in [Protocol::Udp, Protocol::Tcp, Protocol::Wss] {
            let found = listeners(&[(protocol, at)]).await;
            assert_eq!(found[0].verdict, Verdict::Bad, "{protocol:?}");
            assert!(found[0].check.contains(&at.port().to_string()) && !found[0].fix.is_empty());
        }
    }

    #[test]
    fn addresses_that_are_not_here_are_named() {
        assert_eq!(own_addresses(&book("127.0.0.1", "127.0.0.1")).verdict, Verdict::Warning);
        assert_eq!(own_addresses(&book("192.0.2.77", "192.0.2.77")).verdict, Verdict::Warning);
        let cloud = book("192.168.1.5", "203.0.113.5");
        let verdict = |seen| public_address(&cloud, seen).verdict;
        assert_eq!(verdict(None), Verdict::Good);
        assert_eq!(verdict(Some(Ok([203, 0, 113, 5].into()))), Verdict::Good);
        assert_eq!(verdict(Some(Ok([203, 0, 113, 6].into()))), Verdict::Bad);
        assert_eq!(verdict(Some(Err(anyhow::anyhow!("silence")))), Verdict::Warning);
    }

    #[tokio::test]
    async fn a_name_leads_here_or_its_record_is_asked_for() {
        let named = |domain: &str| Settings { web_domain: domain.into(), ..Settings::default() };
        let dns = Dns::new(&[]);
        assert_eq!(web_domain(&named(""), &book("192.0.2.1", "192.0.2.1"), &dns).await.verdict, Verdict::Good);
        assert_eq!(web_domain(&named("192.0.2.1"), &book("192.0.2.1", "192.0.2.1"), &dns).await.verdict, Verdict::Good);
        assert_eq!(
            web_domain(&named("192.0.2.2"), &book("192.0.2.1", "192.0.2.1"), &dns).await.verdict,
            Verdict::Warning
        );
        let unknown = web_domain(&named("nobody.invalid"), &book("192.0.2.1", "203.0.113.5"), &dns).await;
        assert_eq!(unknown.verdict, Verdict::Bad);
    }
}
