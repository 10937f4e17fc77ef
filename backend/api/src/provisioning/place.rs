//! Where phones fetch their files, and where they send SIP to.

use std::net::IpAddr;

use axum::http::Uri;
use shared::network::{AddressBook, Prefix};
use shared::phone::{MacAddress, PROVISION_PATH, Phone, PhoneLink, PhoneTransport};
use shared::port::{PortRow, PortState, PortUse};
use shared::setting::Settings;
use shared::transport::{Protocol, TransportRow};

use crate::App;

/// What carries the SIP of a phone.
pub(crate) const fn protocol(transport: PhoneTransport) -> Protocol {
    match transport {
        PhoneTransport::Udp => Protocol::Udp,
        PhoneTransport::Tcp => Protocol::Tcp,
        PhoneTransport::Tls => Protocol::Tls,
    }
}

/// The port at which SIP by a protocol listens, for others than this machine where there is such; none where nobody listens.
pub(crate) fn port(rows: &[TransportRow], protocol: Protocol) -> Option<u16> {
    let listening =
        |row: &&TransportRow| row.protocol == protocol && row.addresses.iter().any(|address| address.failure.is_none());
    let rows: Vec<&TransportRow> = rows.iter().filter(listening).collect();
    rows.iter().find(|row| !is_local(row)).or(rows.first()).map(|row| row.port)
}

/// Is it reached from this machine only?
fn is_local(row: &TransportRow) -> bool {
    PortRow::of_transport(row).iter().all(PortRow::is_local)
}

/// The host that a phone sends SIP to. A peer inside is told the address that it reaches, everybody else the name, for addresses change;
/// by TLS always the name, which is what the certificate is for. Where a proxy stands before the portal its name may lead to that one alone.
pub(crate) fn proxy(app: &App, settings: &Settings, peer: Option<IpAddr>, transport: PhoneTransport) -> String {
    let network = app.config.network.borrow().clone();
    let inside = settings.local_networks.iter().filter_map(|text| text.parse::<Prefix>().ok()).collect();
    let book = AddressBook { ipv4: network.ipv4, ipv6: network.ipv6, inside };
    let name = name(settings, &app.config.public_url);
    let is_inside = peer.is_some_and(|peer| book.is_inside(peer));
    let by_name = transport == PhoneTransport::Tls || !is_inside && !app.config.trusted_proxy;
    let address = match peer {
        Some(peer) => book.towards(peer),
        None => network.public_address(),
    };
    let address = address.map(|address| match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    });
    let host = host_of(&app.config.public_url);
    if by_name { name.or(address) } else { address.or(name) }.unwrap_or(host)
}

/// The name of this server, where it has one.
fn name(settings: &Settings, public_url: &str) -> Option<String> {
    let is_name = |host: &String| {
        !host.is_empty() && host.parse::<IpAddr>().is_err() && !host.starts_with('[') && host.contains('.')
    };
    Some(settings.web_domain.clone()).filter(is_name).or_else(|| Some(host_of(public_url)).filter(is_name))
}

/// The host of an address of the web, without its port.
fn host_of(url: &str) -> String {
    url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
}

/// The link of a phone (PH-04), where these listen.
pub(crate) fn link(app: &App, rows: &[TransportRow], phone: &Phone, folder: &str) -> PhoneLink {
    let base = base(&app.config.public_url, &app.config.ground.rows, rows, phone.settings.without_tls);
    let folder = format!("{base}{PROVISION_PATH}/{folder}/");
    let mac = MacAddress::parse(&phone.settings.mac).unwrap_or_default();
    let own = ::provisioning::files(phone.settings.vendor, &mac, &phone.settings.model).into_iter().next();
    let file = format!("{folder}{}", own.unwrap_or_default());
    PhoneLink { folder, file }
}

/// The beginning of links, such as `https://pbx.example`: the portal's where it is what is asked for, with TLS or without; else that of
/// the listener which is.
fn base(public_url: &str, ground: &[PortRow], rows: &[TransportRow], without_tls: bool) -> String {
    let portal = public_url.trim_end_matches('/');
    if portal.starts_with("https://") != without_tls {
        return portal.to_owned();
    }
    let own = |protocol: Protocol| {
        let row = rows.iter().find(|row| row.id.is_none() && row.protocol == protocol && !is_local(row));
        row.map(|row| row.port)
    };
    let host = host_of(portal);
    let at = |scheme: &str, port: u16, usual: u16| match port == usual {
        true => format!("{scheme}://{host}"),
        false => format!("{scheme}://{host}:{port}"),
    };
    match without_tls {
        true => {
            let redirect =
                |row: &&PortRow| row.purpose == PortUse::Redirect && row.state == PortState::Open && !row.is_local();
            let redirect = ground.iter().find(redirect).map(|row| row.first);
            at("http", redirect.or_else(|| own(Protocol::Ws)).unwrap_or(80), 80)
        }
        false => own(Protocol::Wss).map_or_else(|| portal.to_owned(), |port| at("https", port, 443)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::TransportId;
    use shared::port::Wire;
    use shared::transport::Address;

    fn listener(own: bool, protocol: Protocol, address: &str, port: u16) -> TransportRow {
        let addresses = vec![Address { address: format!("{address}:{port}"), failure: None }];
        TransportRow { id: (!own).then_some(TransportId(1)), protocol, port, addresses, devices: 0 }
    }

    // covers: PH-04, PH-06
    #[test]
    fn ph_04_a_link_begins_with_the_portal_and_one_without_tls_with_what_listens_without() {
        let redirect = PortRow {
            purpose: PortUse::Redirect,
            wire: Wire::Tcp,
            first: 80,
            last: 80,
            address: "0.0.0.0".into(),
            state: PortState::Open,
            set_by: "--http-redirect".into(),
        };
        let plain = listener(true, Protocol::Ws, "0.0.0.0", 8080);
        let local = listener(true, Protocol::Ws, "127.0.0.1", 8080);
        let secure = listener(true, Protocol::Wss, "0.0.0.0", 8443);
        let foreign = listener(false, Protocol::Wss, "0.0.0.0", 5065);
        let of = |url: &str, ground: &[PortRow], rows: &[&TransportRow], without_tls| {
            let rows: Vec<TransportRow> = rows.iter().map(|row| (*row).clone()).collect();
            base(url, ground, &rows, without_tls)
        };
        let secured = "https://pbx.example/";
        assert_eq!(of(secured, &[], &[], false), "https://pbx.example");
        assert_eq!(of(secured, &[redirect], &[&plain], true), "http://pbx.example");
        assert_eq!(of(secured, &[], &[&plain], true), "http://pbx.example:8080");
        assert_eq!(of(secured, &[], &[&local], true), "http://pbx.example");
        assert_eq!(of("http://pbx.example:8080", &[], &[&plain, &secure], true), "http://pbx.example:8080");
        assert_eq!(of("http://pbx.example:8080", &[], &[&foreign, &secure], false), "https://pbx.example:8443");
        assert_eq!(of("http://pbx.example:8080", &[], &[&foreign], false), "http://pbx.example:8080");
    }

    #[test]
    fn a_port_that_others_reach_is_told_before_one_of_this_machine() {
        let local = listener(true, Protocol::Tcp, "127.0.0.1", 5070);
        let open = listener(false, Protocol::Tcp, "0.0.0.0", 5061);
        let mut failed = listener(false, Protocol::Tls, "0.0.0.0", 5063);
        failed.addresses[0].failure = Some("Another program has this port.".into());
        let rows = [local.clone(), open, failed];
        assert_eq!(port(&rows, Protocol::Tcp), Some(5061));
        assert_eq!(port(&[local], Protocol::Tcp), Some(5070));
        assert_eq!(port(&rows, Protocol::Tls), None);
        assert_eq!(port(&rows, Protocol::Udp), None);
    }
}
