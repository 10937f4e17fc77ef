//! A SIP ladder as a file: JSON with all that explains it, or packets for Wireshark (OPS-04).

use bytes::Bytes;
use etherparse::PacketBuilder;
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use shared::ladder::{Ladder, LadderFormat, LadderMessage, body, headers};
use shared::operation::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::answer::Answer;
use crate::error::{Error, Result};

/// What a packet file begins with: classic libpcap, little-endian, microseconds, version 2.4, Ethernet.
const PCAP_HEAD: [u8; 24] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0];
/// Hops of the invented packets.
const TTL: u8 = 64;
/// Where an address is not known, or not for the reader to know: one of the addresses for documentation (RFC 5737).
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);

/// The JSON file.
#[derive(Serialize)]
struct Explained<T: Serialize> {
    #[serde(flatten)]
    subject: T,
    ladder: Ladder,
}

/// The file that was asked for; `name` without its ending, `subject` what stands beside the ladder.
pub(crate) fn answer(
    name: &str,
    subject: impl Serialize,
    ladder: Ladder,
    format: LadderFormat,
) -> Result<Answer<File>> {
    let (ending, kind, bytes) = match format {
        LadderFormat::Json => {
            let text = serde_json::to_vec_pretty(&Explained { subject, ladder });
            ("json", "application/json", text.map_err(|error| Error::Internal(error.to_string()))?)
        }
        LadderFormat::Pcap => ("pcap", "application/vnd.tcpdump.pcap", pcap(&ladder)?),
    };
    let pieces = stream::once(async { Ok(Bytes::from(bytes)) });
    Ok(Answer::File { name: format!("{name}.{ending}"), kind, pieces: pieces.boxed() })
}

/// Each message in a datagram of its own.
fn pcap(ladder: &Ladder) -> Result<Vec<u8>> {
    let mut file = PCAP_HEAD.to_vec();
    for message in &ladder.messages {
        let packet = packet(message, ladder.text_of(message))?;
        let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let micros = message.at.0.rem_euclid(1_000_000);
        for number in [message.at.seconds(), micros, i64::from(length), i64::from(length)] {
            file.extend(u32::try_from(number).unwrap_or_default().to_le_bytes());
        }
        file.extend(packet);
    }
    Ok(file)
}

fn packet(message: &LadderMessage, text: &str) -> Result<Vec<u8>> {
    let remote: SocketAddr = message.remote.parse().unwrap_or(NOWHERE);
    let local = message.local.parse().unwrap_or(SocketAddr::new(NOWHERE.ip(), port_of(&message.local)));
    let (from, to) = if message.sent { (local, remote) } else { (remote, local) };
    let payload = measured(text);
    let link =
        PacketBuilder::ethernet2([2, 0, 0, 0, 0, u8::from(!message.sent)], [2, 0, 0, 0, 0, u8::from(message.sent)]);
    let builder = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => link.ipv4(from.octets(), to.octets(), TTL),
        (from, to) => link.ipv6(six(from), six(to), TTL),
    };
    let builder = builder.udp(from.port(), to.port());
    let mut bytes = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut bytes, payload.as_bytes()).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(bytes)
}

fn port_of(local: &str) -> u16 {
    local.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(NOWHERE.port())
}

fn six(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// With the length of the body that is left of it, so that a reader does not look for more.
fn measured(text: &str) -> String {
    let length = body(text).len();
    let Some((_, old)) =
        headers(text).find(|(name, _)| name.eq_ignore_ascii_case("Content-Length") || name.eq_ignore_ascii_case("l"))
    else {
        return text.to_owned();
    };
    let (Some(head_end), Ok(_)) = (text.len().checked_sub(length), old.parse::<usize>()) else {
        return text.to_owned();
    };
    let (head, body) = text.split_at_checked(head_end).unwrap_or((text, ""));
    let lines = head.split_inclusive("\r\n").map(|line| match line.split_once(':') {
        Some((name, _)) if name.eq_ignore_ascii_case("Content-Length") || name.eq_ignore_ascii_case("l") => {
            format!("{name}: {length}\r\n")
        }
        _ => line.to_owned(),
    });
    lines.chain([body.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use shared::Moment;

    use super::*;

    fn message(remote: &str, text: &str) -> LadderMessage {
        LadderMessage {
            number: 1,
            at: Moment(1_795_000_000_123_456),
            lane: 0,
            sent: true,
            repeats: None,
            transport: "udp".into(),
            local: "198.51.100.1:5060".into(),
            remote: remote.into(),
            text: text.into(),
        }
    }

    #[test]
    fn ops_04_each_message_is_one_datagram_with_its_time() {
        let text = "SIP/2.0 200 OK\r\nContent-Length: 99\r\n\r\nv=0\r\n";
        let ladder = Ladder { messages: vec![message("10.0.0.7:5060", text)], ..Ladder::default() };
        let file = pcap(&ladder).unwrap();
        assert_eq!(&file[..4], [0xd4, 0xc3, 0xb2, 0xa1]);
        let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        assert_eq!((number(24), number(28)), (1_795_000_000, 123_456));
        assert_eq!(number(32) as usize, file.len() - 40);
        let (ip, udp) = (&file[54..74], &file[74..82]);
        assert_eq!((&ip[12..16], &ip[16..20]), (&[198, 51, 100, 1][..], &[10, 0, 0, 7][..]));
        assert_eq!((&udp[..2], &udp[2..4]), (&5060_u16.to_be_bytes()[..], &5060_u16.to_be_bytes()[..]));
        let payload = std::str::from_utf8(&file[82..]).unwrap();
        assert_eq!(payload, "SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nv=0\r\n");
    }

    #[test]
    fn addresses_of_the_other_family_or_of_nobody_make_packets_too() {
        for remote in ["[2001:db8::7]:5061", "", "pbx.example:5060"] {
            assert!(packet(&message(remote, "INVITE"), "INVITE").unwrap().ends_with(b"INVITE"), "{remote}");
        }
    }
}
