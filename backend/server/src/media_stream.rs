//! Streams of browsers whose UDP is blocked (RFC 6544): TCP connections to the media port, in frames of RFC 4571.
//!
//! Whoever connects has a few seconds to prove itself by a check that the engine answers. Until then it may send little,
//! and gives way to who comes later; a peer that does not read loses packets, never others' time.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use media::engine::PACKET_BYTES_MAX;
use media::{Packet, SocketId};
use shared::Moment;

use crate::readiness::Readiness;

/// Connections of one worker.
const STREAMS_MAX: usize = 512;
/// Those among them that have not proved themselves; beyond it the oldest of these is closed.
const UNPROVED_MAX: usize = 64;
/// How long a connection has to prove itself.
const PROVE_WITHIN: Duration = Duration::from_secs(5);
/// A proved one that says nothing for this long is closed; a browser checks every few seconds (RFC 7675).
const IDLE_MAX: Duration = Duration::from_secs(60);
/// How often the times are looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// What waits to be taken by a peer; packets beyond it are lost.
const OUTPUT_BYTES_MAX: usize = 16_384;
/// Connections taken, and bytes read, in one turn.
const ACCEPTS_MAX: usize = 16;
const READ_BYTES: usize = 4_096;
/// Octets of a frame's length.
const LENGTH_BYTES: usize = 2;

struct Stream {
    socket: TcpStream,
    from: SocketAddr,
    input: Vec<u8>,
    output: Vec<u8>,
    /// The poller tells when more can be written.
    waits: bool,
    heard_at: Moment,
    proved: bool,
}

/// The connections of one worker.
pub struct Streams {
    listener: Option<TcpListener>,
    /// By socket number, which is never used again.
    open: BTreeMap<u32, Stream>,
    next: u32,
    sweep_at: Option<Moment>,
}

impl Streams {
    /// The listener's number in the poller, beyond those of sockets and streams.
    pub const KEY: usize = (usize::MAX >> 1) - 1;

    /// Listens on this port; without, when somebody else has it.
    pub fn open(port: u16, sockets: &Readiness) -> anyhow::Result<Self> {
        // One for both families, where the machine has both.
        let both = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port));
        let listener = both.or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))).ok();
        if let Some(listener) = &listener {
            listener.set_nonblocking(true)?;
            sockets.watch(listener, Self::KEY)?;
        }
        Ok(Self { listener, open: BTreeMap::new(), next: SocketId::STREAMS_FIRST, sweep_at: None })
    }

    /// May browsers be told of it?
    pub fn is_listening(&self) -> bool {
        self.listener.is_some()
    }

    /// When [`Streams::sweep`] is wanted next.
    pub fn sweep_at(&self) -> Option<Moment> {
        self.sweep_at
    }

    /// Takes who waits.
    pub fn accept(&mut self, now: Moment, sockets: &Readiness) {
        for _ in 0..ACCEPTS_MAX {
            let Some(Ok((socket, from))) = self.listener.as_ref().map(TcpListener::accept) else { return };
            let from = SocketAddr::new(from.ip().to_canonical(), from.port());
            self.make_room();
            if self.open.len() < STREAMS_MAX {
                // One that cannot be watched is closed by being dropped.
                let _ = self.add(now, socket, from, sockets);
            }
        }
    }

    /// The oldest that has not proved itself gives way.
    fn make_room(&mut self) {
        let unproved = || self.open.iter().filter(|(_, stream)| !stream.proved).map(|(number, _)| *number);
        if (unproved().count() >= UNPROVED_MAX || self.open.len() >= STREAMS_MAX)
            && let Some(oldest) = unproved().next()
        {
            self.close(oldest);
        }
    }

    fn add(&mut self, now: Moment, socket: TcpStream, from: SocketAddr, sockets: &Readiness) -> std::io::Result<()> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let number = self.next;
        sockets.watch(&socket, usize::try_from(number).unwrap_or(Self::KEY))?;
        self.next = self.next.checked_add(1).unwrap_or(SocketId::STREAMS_FIRST);
        let stream =
            Stream { socket, from, input: Vec::new(), output: Vec::new(), waits: false, heard_at: now, proved: false };
        self.open.insert(number, stream);
        self.sweep_at.get_or_insert(now + SWEEP_EVERY);
        Ok(())
    }

    /// Reads what has come, and sends what waited. False when the connection is gone after what it has still sent.
    pub fn fill(&mut self, now: Moment, number: u32, sockets: &Readiness) -> bool {
        self.flush(number, sockets);
        let Some(stream) = self.open.get_mut(&number) else { return false };
        let mut bytes = [0; READ_BYTES];
        match stream.socket.read(&mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                if stream.proved {
                    stream.heard_at = now;
                }
                stream.input.extend_from_slice(bytes.get(..count).unwrap_or_default());
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// The next whole frame, in `packet`, and whose it is. A frame too long, or from a stranger no check, ends the
    /// connection.
    pub fn frame(&mut self, number: u32, packet: &mut Packet) -> Option<SocketAddr> {
        loop {
            let stream = self.open.get_mut(&number)?;
            let length = usize::from(u16::from_be_bytes(*stream.input.first_chunk::<LENGTH_BYTES>()?));
            let first = stream.input.get(LENGTH_BYTES);
            // A check begins with two zero bits (RFC 7983).
            let stranger = !stream.proved && first.is_some_and(|first| *first > 3);
            if length > PACKET_BYTES_MAX || stranger {
                self.close(number);
                return None;
            }
            let frame = stream.input.get(LENGTH_BYTES..LENGTH_BYTES + length)?;
            packet.buffer.get_mut(..length)?.copy_from_slice(frame);
            packet.length = length;
            let from = stream.from;
            stream.input.drain(..LENGTH_BYTES + length);
            if length > 0 {
                return Some(from);
            }
        }
    }

    /// The engine has answered a check of it.
    pub fn prove(&mut self, now: Moment, number: u32) {
        if let Some(stream) = self.open.get_mut(&number) {
            (stream.proved, stream.heard_at) = (true, now);
        }
    }

    /// Sends a packet, whole or not at all.
    pub fn send(&mut self, number: u32, bytes: &[u8], sockets: &Readiness) {
        let (Some(stream), Ok(length)) = (self.open.get_mut(&number), u16::try_from(bytes.len())) else { return };
        if stream.output.len() + LENGTH_BYTES + bytes.len() > OUTPUT_BYTES_MAX {
            return;
        }
        let waits = !stream.output.is_empty();
        stream.output.extend_from_slice(&length.to_be_bytes());
        stream.output.extend_from_slice(bytes);
        if !waits {
            self.flush(number, sockets);
        }
    }

    fn flush(&mut self, number: u32, sockets: &Readiness) {
        let Some(stream) = self.open.get_mut(&number).filter(|stream| !stream.output.is_empty()) else { return };
        match stream.socket.write(&stream.output) {
            Ok(count) => {
                stream.output.drain(..count.min(stream.output.len()));
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => return self.close(number),
        }
        let waits = !stream.output.is_empty();
        if waits == std::mem::replace(&mut stream.waits, waits) {
            return;
        }
        let key = usize::try_from(number).unwrap_or(Self::KEY);
        if sockets.watch_writing(&stream.socket, key, waits).is_err() {
            self.close(number);
        }
    }

    /// Closes who has not proved itself in time, and who has fallen silent.
    pub fn sweep(&mut self, now: Moment) {
        let over = |stream: &Stream| now.since(stream.heard_at) >= if stream.proved { IDLE_MAX } else { PROVE_WITHIN };
        let late: Vec<u32> = self.open.iter().filter(|(_, stream)| over(stream)).map(|(number, _)| *number).collect();
        for number in late {
            self.close(number);
        }
        self.sweep_at = (!self.open.is_empty()).then(|| now + SWEEP_EVERY);
    }

    /// Ends a connection.
    pub fn close(&mut self, number: u32) {
        // What is closed is watched no more by itself.
        self.open.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use media::engine::PACKET_TAIL_BYTES;

    use super::*;
    use crate::readiness::Ready;

    const NOW: Moment = Moment::from_seconds(1_000);

    struct Scene {
        streams: Streams,
        sockets: Readiness,
        address: SocketAddr,
        packet: Packet,
    }

    fn scene() -> Scene {
        let sockets = Readiness::new().unwrap();
        let streams = Streams::open(0, &sockets).unwrap();
        let port = streams.listener.as_ref().unwrap().local_addr().unwrap().port();
        let packet = Packet { buffer: [0; PACKET_BYTES_MAX + PACKET_TAIL_BYTES], length: 0 };
        Scene { streams, sockets, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), packet }
    }

    impl Scene {
        /// Connects; waits until it is taken; gives its number.
        fn connect(&mut self, now: Moment) -> (TcpStream, u32) {
            let peer = TcpStream::connect(self.address).unwrap();
            let number = self.streams.next;
            while self.streams.next == number {
                self.wait();
                self.streams.accept(now, &self.sockets);
            }
            (peer, number)
        }

        fn wait(&self) {
            let mut ready = Ready::new();
            self.sockets.wait(&mut ready, Some(Duration::from_secs(5))).unwrap();
            assert!(ready.keys().next().is_some(), "nothing comes");
        }

        /// The frames that have come; none when the connection is closed.
        fn frames(&mut self, number: u32) -> Option<Vec<Vec<u8>>> {
            self.wait();
            let goes_on = self.streams.fill(NOW, number, &self.sockets);
            let mut frames = Vec::new();
            while self.streams.frame(number, &mut self.packet).is_some() {
                frames.push(self.packet.buffer[..self.packet.length].to_vec());
            }
            (goes_on && self.streams.open.contains_key(&number)).then_some(frames)
        }
    }

    #[test]
    fn frames_come_whole_however_they_were_cut() {
        let mut scene = scene();
        let (mut peer, number) = scene.connect(NOW);
        peer.set_nodelay(true).unwrap();
        peer.write_all(&[0, 3, 1, 2]).unwrap();
        assert_eq!(scene.frames(number), Some(vec![]));
        peer.write_all(&[3, 0, 0, 0, 2, 0, 9, 0]).unwrap();
        assert_eq!(scene.frames(number), Some(vec![vec![1, 2, 3], vec![0, 9]]));
        scene.streams.send(number, &[7; 5], &scene.sockets);
        let mut back = [0; 7];
        peer.read_exact(&mut back).unwrap();
        assert_eq!(back, [0, 5, 7, 7, 7, 7, 7]);
        drop(peer);
        assert_eq!(scene.frames(number), None);
    }

    #[test]
    fn s13_a_frame_too_long_or_of_no_check_ends_the_connection() {
        for bytes in [&[0xff, 0xff, 0, 1][..], &[0, 20, 0x80], &[0, 20, 0x16]] {
            let mut scene = scene();
            let (mut peer, number) = scene.connect(NOW);
            peer.write_all(bytes).unwrap();
            assert_eq!(scene.frames(number), None, "{bytes:?}");
        }
        let mut scene = scene();
        let (mut peer, number) = scene.connect(NOW);
        scene.streams.prove(NOW, number);
        peer.write_all(&[0, 1, 0x80]).unwrap();
        assert_eq!(scene.frames(number), Some(vec![vec![0x80]]), "who is proved may send sound");
    }

    #[test]
    fn s11_those_who_prove_nothing_are_closed_in_time_and_give_way() {
        let mut scene = scene();
        let (_proved, first) = scene.connect(NOW);
        scene.streams.prove(NOW, first);
        let mut peers = Vec::new();
        for _ in 0..UNPROVED_MAX + 20 {
            peers.push(scene.connect(NOW));
        }
        assert_eq!(scene.streams.open.len(), UNPROVED_MAX + 1);
        assert!(scene.streams.open.contains_key(&peers.last().unwrap().1), "the newcomer is taken");
        scene.streams.sweep(NOW + PROVE_WITHIN);
        assert_eq!(scene.streams.open.keys().copied().collect::<Vec<_>>(), [first]);
        assert!(scene.streams.sweep_at().is_some());
        scene.streams.sweep(NOW + IDLE_MAX);
        assert_eq!((scene.streams.open.len(), scene.streams.sweep_at()), (0, None));
    }

    #[test]
    fn a_peer_that_does_not_read_loses_packets_and_nothing_grows() {
        let mut scene = scene();
        let (_peer, number) = scene.connect(NOW);
        for _ in 0..200_000 {
            scene.streams.send(number, &[1; 200], &scene.sockets);
        }
        let waiting = &scene.streams.open[&number].output;
        assert!(waiting.len() <= OUTPUT_BYTES_MAX && waiting.len() > OUTPUT_BYTES_MAX - 400, "{}", waiting.len());
    }
}
