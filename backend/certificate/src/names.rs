//! Which names a certificate covers (RFC 6125, 6.4; RFC 9525).

use std::net::IpAddr;

/// Does one of the certificate's names cover this host?
pub fn covers(names: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.');
    if let Ok(address) = host.parse::<IpAddr>() {
        return names.iter().any(|name| name.parse() == Ok(address));
    }
    names.iter().any(|name| match name.strip_prefix("*.") {
        // A star is one label, the leftmost.
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(host),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_label_and_addresses_are_compared_as_addresses() {
        let names = ["pbx.example", "*.voice.example", "192.0.2.1", "2001:db8::1"].map(str::to_owned);
        for host in ["pbx.example", "PBX.example.", "a.voice.example", "192.0.2.1", "2001:DB8:0::1"] {
            assert!(covers(&names, host), "{host}");
        }
        for host in ["example", "x.pbx.example", "voice.example", "a.b.voice.example", "192.0.2.2", ""] {
            assert!(!covers(&names, host), "{host}");
        }
    }
}
