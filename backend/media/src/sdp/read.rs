//! The tolerant reader: any order, missing `s=` and `t=`, unknown lines, bare line feeds.

use std::net::IpAddr;

use shared::reason::Reason;

use super::{
    ATTRIBUTE_BYTES_MAX, ATTRIBUTES_MAX, CRYPTO_LINES_MAX, Crypto, DESCRIPTION_BYTES_MAX, Description, Direction,
    FINGERPRINTS_MAX, FORMATS_MAX, Fingerprint, Flaw, Format, MEDIA_LINES_MAX, MediaLine, Setup, Shared,
};

pub(super) fn read(bytes: &[u8]) -> Result<Description, Flaw> {
    if bytes.len() > DESCRIPTION_BYTES_MAX {
        return Err(Flaw::new(Reason::MediaTooLarge, format!("{} bytes", bytes.len())));
    }
    let text = String::from_utf8_lossy(bytes);
    let mut description = Description::default();
    for line in text.split(['\n', '\r']) {
        let line = line.trim();
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim();
        match key.trim() {
            "m" => {
                if description.lines.len() == MEDIA_LINES_MAX {
                    return Err(Flaw::new(Reason::MediaTooLarge, format!("more than {MEDIA_LINES_MAX} media lines")));
                }
                description.lines.push(media_line(value)?);
            }
            "c" => connection(description.scope(), value),
            "a" => attribute(&mut description, value),
            _ => {}
        }
    }
    if description.lines.is_empty() {
        return Err(Flaw::new(Reason::MediaLineMissing, ""));
    }
    Ok(description)
}

impl Description {
    /// The level that the reader is at.
    fn scope(&mut self) -> &mut Shared {
        match self.lines.last_mut() {
            Some(line) => &mut line.shared,
            None => &mut self.shared,
        }
    }
}

fn media_line(value: &str) -> Result<MediaLine, Flaw> {
    let mut words = value.split_whitespace();
    let kind = words.next().unwrap_or_default().to_ascii_lowercase();
    // An absurd port is a line that cannot be used, and so is answered like one.
    let port = words.next().and_then(|word| word.split('/').next()).and_then(|word| word.parse().ok()).unwrap_or(0);
    let protocol = words.next().unwrap_or_default().to_owned();
    let format_words: Vec<_> = words.by_ref().take(FORMATS_MAX).map(str::to_owned).collect();
    if words.next().is_some() {
        return Err(Flaw::new(Reason::MediaTooLarge, format!("more than {FORMATS_MAX} formats")));
    }
    let formats = format_words.iter().filter_map(|word| word.parse().ok()).filter(|n| *n < 128).map(assigned).collect();
    Ok(MediaLine { kind, port, protocol, format_words, formats, ..MediaLine::default() })
}

/// The types that need no `a=rtpmap` (RFC 3551, 6).
fn assigned(payload_type: u8) -> Format {
    let (name, clock) = match payload_type {
        0 => ("PCMU", 8_000),
        8 => ("PCMA", 8_000),
        _ => ("", 0),
    };
    Format { payload_type, name: name.to_owned(), clock }
}

fn connection(scope: &mut Shared, value: &str) {
    let host = value.split_whitespace().nth(2).and_then(|word| word.split('/').next());
    let Some(host) = host.and_then(|word| word.parse::<IpAddr>().ok()) else {
        scope.address = None;
        return;
    };
    scope.unspecified = host.is_unspecified();
    let broadcast = matches!(host, IpAddr::V4(v4) if v4.is_broadcast());
    // One peer is one host: nobody makes us send to a whole network.
    scope.address = (!host.is_unspecified() && !host.is_multicast() && !broadcast).then_some(host);
}

fn attribute(description: &mut Description, value: &str) {
    let (name, value) = value.split_once(':').map_or((value, ""), |(name, value)| (name.trim(), value.trim()));
    let scope = description.scope();
    match name {
        "sendrecv" => scope.direction = Some(Direction::SendRecv),
        "sendonly" => scope.direction = Some(Direction::SendOnly),
        "recvonly" => scope.direction = Some(Direction::RecvOnly),
        "inactive" => scope.direction = Some(Direction::Inactive),
        "ice-ufrag" if (4..=256).contains(&value.len()) => scope.ice_ufrag = Some(value.to_owned()),
        "ice-pwd" if (22..=256).contains(&value.len()) => scope.ice_pwd = Some(value.to_owned()),
        "fingerprint" if scope.fingerprints.len() < FINGERPRINTS_MAX => scope.fingerprints.extend(fingerprint(value)),
        "setup" => scope.setup = setup(value),
        "group" => {
            let mut words = value.split_whitespace();
            if words.next() == Some("BUNDLE") && description.bundle.is_empty() {
                description.bundle = words.take(MEDIA_LINES_MAX).map(str::to_owned).collect();
            }
        }
        _ => {
            if let Some(line) = description.lines.last_mut() {
                line_attribute(line, name, value);
            }
        }
    }
}

fn line_attribute(line: &mut MediaLine, name: &str, value: &str) {
    keep(line, name, value);
    match name {
        "rtpmap" => rtpmap(line, value),
        "rtcp-mux" => line.rtcp_mux = true,
        "bundle-only" => line.bundle_only = true,
        "rtcp" => {
            line.rtcp_port = value.split_whitespace().next().and_then(|word| word.parse().ok()).filter(|p| *p > 0)
        }
        "mid" => line.mid = Some(value.chars().take(32).collect()),
        "ptime" => line.ptime = value.parse().ok(),
        "crypto" if line.crypto.len() < CRYPTO_LINES_MAX => line.crypto.extend(Crypto::read(value)),
        _ => {}
    }
}

/// Keeps what a line that is passed on needs at its other end: its formats, and what T.38 says of itself.
fn keep(line: &mut MediaLine, name: &str, value: &str) {
    let passed = matches!(name, "rtpmap" | "fmtp" | "rtcp-fb" | "framerate" | "imageattr" | "content")
        || name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("T38"));
    let looked_into = line.kind == "audio";
    let fits = line.attributes.len() < ATTRIBUTES_MAX && name.len() + value.len() < ATTRIBUTE_BYTES_MAX;
    if passed && !looked_into && fits {
        line.attributes.push(if value.is_empty() { name.to_owned() } else { format!("{name}:{value}") });
    }
}

fn rtpmap(line: &mut MediaLine, value: &str) {
    let Some((payload_type, encoding)) = value.split_once(char::is_whitespace) else { return };
    let Ok(payload_type) = payload_type.parse::<u8>() else { return };
    let mut parts = encoding.trim().split('/');
    let name = parts.next().unwrap_or_default();
    let clock = parts.next().and_then(|clock| clock.trim().parse().ok()).unwrap_or(0);
    if let Some(format) = line.formats.iter_mut().find(|format| format.payload_type == payload_type) {
        name.clone_into(&mut format.name);
        format.clock = clock;
    }
}

fn setup(value: &str) -> Option<Setup> {
    match value {
        "active" => Some(Setup::Active),
        "passive" => Some(Setup::Passive),
        "actpass" => Some(Setup::ActPass),
        _ => None,
    }
}

fn fingerprint(value: &str) -> Option<Fingerprint> {
    let (algorithm, hex) = value.split_once(char::is_whitespace)?;
    let bytes = hex.trim().split(':').map(|pair| u8::from_str_radix(pair, 16)).collect::<Result<Vec<_>, _>>().ok()?;
    (bytes.len() <= 64).then(|| Fingerprint { algorithm: algorithm.to_ascii_lowercase(), bytes })
}
