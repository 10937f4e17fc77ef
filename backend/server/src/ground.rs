//! What the process stands on: its ports beside the listeners of SIP, and whom it connects to (SYS-07).

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use api::Ground;
use shared::port::{OutgoingRow, PortRow, PortState, PortUse, Wire};

use crate::config::Settings;
use crate::media_io::BrowserPort;

/// Where the system says which DNS servers it asks (resolv.conf(5)).
const RESOLVERS: &str = "/etc/resolv.conf";

/// As it was at the start; nothing of it changes later.
pub fn ground(
    settings: &Settings,
    sound: (u16, u16),
    browsers: &[BrowserPort],
    redirect: Option<SocketAddr>,
) -> Ground {
    let of_sound = if settings.rtp_ports.is_some() { "--rtp-ports" } else { "System, Advanced" };
    let row = |purpose, wire, (first, last), state| PortRow {
        purpose,
        wire,
        first,
        last,
        address: "0.0.0.0".to_owned(),
        state,
        set_by: of_sound.to_owned(),
    };
    let mut rows = Vec::new();
    if let Some(at) = redirect {
        let place = (at.port(), at.port());
        let set_by = "--http-redirect".to_owned();
        let line = row(PortUse::Redirect, Wire::Tcp, place, PortState::Open);
        rows.push(PortRow { address: at.ip().to_string(), set_by, ..line });
    }
    rows.push(row(PortUse::Sound, Wire::Udp, sound, PortState::ByCall));
    for browser in browsers {
        let place = (browser.port, browser.port);
        rows.push(row(PortUse::BrowserSound, Wire::Udp, place, PortState::Open));
        let streams = match browser.streams {
            true => PortState::Open,
            false => PortState::Failed("Another program has this port; browsers use UDP alone.".to_owned()),
        };
        rows.push(row(PortUse::BrowserStreams, Wire::Tcp, place, streams));
    }
    let outgoing = vec![OutgoingRow::new("Database", database(&settings.database.0), "Keeps everything; --database.")];
    Ground { rows, outgoing, resolvers: Arc::new(|| resolvers(Path::new(RESOLVERS))) }
}

/// Where the database is, without who and by which password.
fn database(url: &str) -> String {
    if url.starts_with("sqlite") {
        return "a file on this machine, no port".to_owned();
    }
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    match host {
        "" => "a socket on this machine".to_owned(),
        host if has_port => format!("TCP {host}"),
        host => format!("TCP {host}:5432"),
    }
}

fn resolvers(file: &Path) -> Vec<String> {
    // A system without the file asks the one on its own machine, and so it says.
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    servers.filter(|rest| rest.starts_with([' ', '\t'])).map(|rest| rest.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServeOptions;

    // covers: SYS-07
    #[test]
    fn sys_07_what_listens_beside_sip_is_in_the_plan_with_its_true_state() {
        let settings = ServeOptions { rtp_ports: Some("45000-45099".into()), ..Default::default() }.complete().unwrap();
        let browsers = [BrowserPort { port: 45_000, streams: true }, BrowserPort { port: 45_050, streams: false }];
        let redirect = Some(SocketAddr::from(([0, 0, 0, 0], 80)));
        let Ground { rows, outgoing, .. } = ground(&settings, (45_000, 45_099), &browsers, redirect);
        let seen: Vec<_> = rows.iter().map(|row| (row.purpose, row.ports(), row.state == PortState::Open)).collect();
        assert_eq!(
            seen,
            [
                (PortUse::Redirect, "80".to_owned(), true),
                (PortUse::Sound, "45000–45099".to_owned(), false),
                (PortUse::BrowserSound, "45000".to_owned(), true),
                (PortUse::BrowserStreams, "45000".to_owned(), true),
                (PortUse::BrowserSound, "45050".to_owned(), true),
                (PortUse::BrowserStreams, "45050".to_owned(), false),
            ]
        );
        assert_eq!(outgoing[0].to, "a file on this machine, no port");
    }

    #[test]
    fn a_database_is_named_without_its_password() {
        assert_eq!(database("postgres://u:secret@db.example/belfry"), "TCP db.example:5432");
        assert_eq!(database("postgres://u:se@cret@db.example:6432/belfry?x=1"), "TCP db.example:6432");
        assert_eq!(database("postgres:///belfry?host=/run"), "a socket on this machine");
    }

    #[test]
    fn resolvers_are_read_from_the_file_of_the_system() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resolv.conf");
        std::fs::write(&file, "# none\nsearch lan\nnameserver 192.0.2.53\nnameserver\tfd00::53\nnameservers x\n")
            .unwrap();
        assert_eq!(resolvers(&file), ["192.0.2.53", "fd00::53"]);
        assert!(resolvers(&folder.path().join("none")).is_empty());
    }
}
