//! STUN on the SIP port: a phone behind a NAT keeps its way open by it and learns when it has changed (RFC 5626, 4.4.2;
//! RFC 5389). A server asks another for its own public address by the same two messages.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_RESPONSE: u16 = 0x0101;
const MAGIC_COOKIE: u32 = 0x2112_a442;
const MAPPED_ADDRESS: u16 = 0x0001;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const HEADER_BYTES: usize = 20;
const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// Tells a request from its repeats and from other requests.
pub type TransactionId = [u8; 12];

/// Begins the datagram as STUN does? No SIP message does.
pub fn is_stun(bytes: &[u8]) -> bool {
    header(bytes).is_some()
}

/// The answer to a binding request: where it came from. Other messages have none.
pub(crate) fn answer(request: &[u8], from: SocketAddr) -> Option<Bytes> {
    let (kind, id) = header(request)?;
    if kind != BINDING_REQUEST {
        return None;
    }
    let cookie = MAGIC_COOKIE.to_be_bytes();
    let key: Vec<u8> = cookie.into_iter().chain(id).collect();
    let (family, octets) = match from.ip().to_canonical() {
        IpAddr::V4(v4) => (IPV4, v4.octets().to_vec()),
        IpAddr::V6(v6) => (IPV6, v6.octets().to_vec()),
    };
    let masked = octets.iter().zip(&key).map(|(one, other)| one ^ other);
    let mut value = vec![0, family];
    value.extend((from.port() ^ (MAGIC_COOKIE >> 16) as u16).to_be_bytes());
    value.extend(masked);
    let length = value.len() as u16;
    let mut bytes = start(BINDING_RESPONSE, id, length + 4);
    bytes.extend(XOR_MAPPED_ADDRESS.to_be_bytes());
    bytes.extend(length.to_be_bytes());
    bytes.extend(value);
    Some(bytes.into())
}

/// Asks where this datagram is seen to come from.
pub fn binding_request(id: TransactionId) -> Bytes {
    start(BINDING_REQUEST, id, 0).into()
}

/// The address in the answer to a request with this id.
pub fn mapped_address(response: &[u8], id: TransactionId) -> Option<SocketAddr> {
    if header(response)? != (BINDING_RESPONSE, id) {
        return None;
    }
    let mut rest = response.get(HEADER_BYTES..)?;
    let mut plain = None;
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let [kind, kind_low, length, length_low] = *head;
        let length = usize::from(u16::from_be_bytes([length, length_low]));
        let value = after.get(..length)?;
        match u16::from_be_bytes([kind, kind_low]) {
            XOR_MAPPED_ADDRESS => return address(value, MAGIC_COOKIE, id),
            // What a server of RFC 3489 says.
            MAPPED_ADDRESS => plain = address(value, 0, [0; 12]),
            _ => {}
        }
        rest = after.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    plain
}

fn address(value: &[u8], cookie: u32, id: TransactionId) -> Option<SocketAddr> {
    let ([_, family, port, port_low], octets) = value.split_first_chunk::<4>()?;
    let port = u16::from_be_bytes([*port, *port_low]) ^ (cookie >> 16) as u16;
    let key = cookie.to_be_bytes().into_iter().chain(id);
    let octets: Vec<u8> = octets.iter().zip(key).map(|(one, other)| one ^ other).collect();
    let ip = match *family {
        IPV4 => Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?).into(),
        IPV6 => Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn header(bytes: &[u8]) -> Option<(u16, TransactionId)> {
    let head: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
    let [kind, kind_low, length, length_low, cookie @ .., _, _, _, _, _, _, _, _, _, _, _, _] = *head;
    let id = *head.last_chunk()?;
    let length = usize::from(u16::from_be_bytes([length, length_low]));
    let whole = bytes.len() == HEADER_BYTES + length && cookie == MAGIC_COOKIE.to_be_bytes();
    let kind = u16::from_be_bytes([kind, kind_low]);
    (whole && kind & 0xc000 == 0).then_some((kind, id))
}

fn start(kind: u16, id: TransactionId, length: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + usize::from(length));
    bytes.extend(kind.to_be_bytes());
    bytes.extend(length.to_be_bytes());
    bytes.extend(MAGIC_COOKIE.to_be_bytes());
    bytes.extend(id);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TransactionId = *b"abcdefghijkl";

    #[test]
    fn whoever_asks_is_told_where_it_is_seen() {
        for from in ["203.0.113.7:40001", "[2001:db8::7]:40001"] {
            let from: SocketAddr = from.parse().unwrap();
            let response = answer(&binding_request(ID), from).unwrap();
            assert_eq!(mapped_address(&response, ID), Some(from));
            assert_eq!(mapped_address(&response, [0; 12]), None, "another request's answer");
            assert_eq!(answer(&response, from), None, "an answer is not answered");
        }
    }

    // RFC 5769, 2.2: the address of the sample response.
    #[test]
    fn a_strangers_answer_is_read() {
        let id = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
        let mut response = start(BINDING_RESPONSE, id, 28);
        response.extend(b"\x80\x22\x00\x0btest vector\x20");
        response.extend(b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43");
        assert_eq!(response.len(), 48);
        assert_eq!(mapped_address(&response, id), Some("192.0.2.1:32853".parse().unwrap()));
    }

    #[test]
    fn what_is_cut_or_lies_about_its_length_is_nothing() {
        let request = binding_request(ID);
        let response = answer(&request, "203.0.113.7:40001".parse().unwrap()).unwrap();
        for end in 0..response.len() {
            assert_eq!(mapped_address(&response[..end], ID), None, "{end}");
        }
        for end in 0..request.len() {
            assert!(!is_stun(&request[..end]), "{end}");
        }
        assert!(!is_stun(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"));
    }
}
