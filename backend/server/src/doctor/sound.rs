//! Sound through an engine of our own: two telephones of a few lines, on ports of the range.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use bytes::Bytes;
use media::engine::{PACKET_BYTES_MAX, PACKET_TAIL_BYTES};
use media::{Engine, Happened, Input, LegId, LegKind, Order, Output, Packet, SocketId, What};
use shared::diagnosis::Finding;
use shared::{CallId, Moment};

use crate::media_io::bind;

const NAME: &str = "Sound";
/// Packets that are sent through; a second of speech.
const PACKETS: u16 = 50;
/// How long one may take on this machine.
const WAIT: Duration = Duration::from_millis(200);
const CALL: CallId = CallId(1);
const CALLER: LegId = LegId(1);
const CALLEE: LegId = LegId(2);

/// Sends sound from one end to the other and counts what arrives.
pub fn loop_back(ports: (u16, u16), now: Moment) -> Finding {
    let engine = Loop::open(ports, now);
    let arrived = engine.and_then(|mut engine| engine.talk());
    match arrived {
        Ok(PACKETS) => Finding::good(NAME, &format!("{PACKETS} packets went through, none was lost.")),
        Ok(arrived) => Finding::bad(
            NAME,
            &format!("Of {PACKETS} packets {arrived} arrived, on this machine."),
            "Look for a firewall on this machine that drops UDP, or for a machine that is far too busy.",
        ),
        Err(error) => Finding::bad(
            NAME,
            &format!("No sound went through: {error:#}."),
            "See that the ports of sound (System, General) are free on this machine and not blocked on it.",
        ),
    }
}

struct Loop {
    engine: Engine,
    now: Moment,
    /// By socket number less one.
    sockets: Vec<UdpSocket>,
    described: Vec<(LegId, Bytes)>,
}

impl Loop {
    fn open((first, last): (u16, u16), now: Moment) -> anyhow::Result<Self> {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let config = media::Config {
            address: local,
            browser_port: 0,
            browser_streams: false,
            candidate_addresses: Vec::new(),
            silence: None,
        };
        let mut looped = Self { engine: Engine::new(config, 1), now, sockets: Vec::new(), described: Vec::new() };
        // From the end: the running workers begin at the other.
        let mut even = (first..last).rev().filter(|port| port % 2 == 0);
        for number in [1, 3] {
            let pair = even.by_ref().find_map(|port| Some((bind(port, false)?, bind(port + 1, false)?, port)));
            let Some((rtp, rtcp, port)) = pair else { anyhow::bail!("no port of {first}-{last} is free") };
            looped.sockets.extend([rtp, rtcp]);
            looped.engine.handle_input(now, Input::Ports { rtp: SocketId(number), rtcp: SocketId(number + 1), port });
        }
        Ok(looped)
    }

    fn talk(&mut self) -> anyhow::Result<u16> {
        let (one, other) = (telephone()?, telephone()?);
        self.order(CALLER, What::Open { kind: LegKind::Phone, address: None });
        self.order(CALLEE, What::Open { kind: LegKind::Phone, address: None });
        self.order(CALLER, What::RemoteOffer(description(&one)?));
        self.order(CALLER, What::MakeAnswer { like: None });
        self.order(CALLEE, What::MakeOffer { like: Some(CALLER) });
        self.order(CALLEE, What::RemoteAnswer(description(&other)?));
        self.order(CALLER, What::Connect(CALLEE));
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port_of(CALLER)?));
        let mut arrived = 0;
        for sequence in 1..=PACKETS {
            one.send_to(&packet(sequence), to)?;
            arrived += u16::from(self.carry() && hears(&other));
        }
        Ok(arrived)
    }

    fn order(&mut self, leg: LegId, what: What) {
        self.engine.handle_input(self.now, Input::Order(Order { call: CALL, lane: CALL, leg, what }));
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(event) = output
                && let Happened::Offer(bytes) | Happened::Answer(bytes) = event.what
            {
                self.described.push((event.leg, bytes));
            }
        }
    }

    fn port_of(&self, leg: LegId) -> anyhow::Result<u16> {
        let described = self.described.iter().find(|(of, _)| *of == leg);
        let text = described.map(|(_, bytes)| String::from_utf8_lossy(bytes)).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("m=audio ")).unwrap_or_default();
        let port = line.split(' ').next().and_then(|port| port.parse().ok());
        port.ok_or_else(|| anyhow::anyhow!("the engine described nothing"))
    }

    /// Takes one packet at the caller's socket and sends it on where the engine says.
    fn carry(&mut self) -> bool {
        let Some(socket) = self.sockets.first() else { return false };
        let mut packet = Packet { buffer: [0; PACKET_BYTES_MAX + PACKET_TAIL_BYTES], length: 0 };
        let Some(room) = packet.buffer.get_mut(..PACKET_BYTES_MAX) else { return false };
        let ready = socket.set_nonblocking(false).and_then(|()| socket.set_read_timeout(Some(WAIT)));
        let Ok((length, from)) = ready.and_then(|()| socket.recv_from(room)) else { return false };
        packet.length = length;
        self.now = self.now + Duration::from_millis(20);
        let Some(transmit) = self.engine.handle_packet(self.now, SocketId(1), from, &mut packet) else { return false };
        let socket = self.sockets.get((transmit.socket.0 as usize).wrapping_sub(1));
        let bytes = packet.buffer.get(..packet.length).unwrap_or_default();
        socket.is_some_and(|socket| socket.send_to(bytes, transmit.to).is_ok())
    }
}

fn telephone() -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(WAIT))?;
    Ok(socket)
}

fn description(socket: &UdpSocket) -> std::io::Result<Bytes> {
    let port = socket.local_addr()?.port();
    let session = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
    Ok(format!("{session}m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n").into())
}

/// 20 ms of silence in G.711 (RFC 3550, RFC 3551).
fn packet(sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend([1, 2, 3, 4]);
    packet.extend([0xff; 160]);
    packet
}

/// The packet's sound is what was sent.
fn hears(socket: &UdpSocket) -> bool {
    let mut buffer = [0; PACKET_BYTES_MAX];
    let Ok(length) = socket.recv(&mut buffer) else { return false };
    buffer.get(12..length).is_some_and(|sound| sound == [0xff; 160])
}

#[cfg(test)]
mod tests {
    use shared::diagnosis::Verdict;

    use super::*;

    // covers: OPS-04
    #[test]
    fn ops_04_sound_goes_through_the_engine_and_a_range_that_is_taken_is_named() {
        let now = Moment::from_seconds(1_795_000_000);
        let found = loop_back((40_000, 44_999), now);
        assert_eq!(found.verdict, Verdict::Good, "{}", found.detail);
        let found = loop_back((40_000, 40_000), now);
        assert_eq!(found.verdict, Verdict::Bad);
        assert!(found.detail.contains("40000"), "{}", found.detail);
    }
}
