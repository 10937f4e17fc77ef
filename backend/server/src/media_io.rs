//! One media engine per worker thread, and its sockets.
//!
//! Each worker waits for all its sockets at once, reads a datagram into one buffer that is used again and again, hands it
//! to the engine and sends the same buffer on. A call lives on one worker: orders are spread by the call's lane.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use media::engine::{PACKET_BYTES_MAX, PACKET_TAIL_BYTES};
use media::{Engine, Input, Order, Output, Packet, SocketId, Sound, SoundName, Transmit};
use shared::Moment;
use shared::network::AddressBook;
use tokio::sync::oneshot;

use crate::batch::{self, BATCH};
use crate::clock::Clock;
use crate::inbox::{Inbox, Letterbox};
use crate::media_browser::{Browsers, Side};
use crate::media_stream::Streams;
use crate::readiness::Ready;
use crate::signalling::Door;
use crate::sounds::SoundDoor;

/// How long the sockets of an ended call stay shut away, so that its last packets do not reach another call.
const QUARANTINE: Duration = Duration::from_secs(5);
/// Pairs that wait in quarantine at the most; the oldest is closed beyond that.
const QUARANTINE_MAX: usize = 2_048;
/// Pairs that are opened in one go.
const OPEN_AT_ONCE_MAX: usize = 64;

/// A buffer before its first datagram.
const EMPTY: Packet = Packet { buffer: [0; PACKET_BYTES_MAX + PACKET_TAIL_BYTES], length: 0 };

enum Post {
    Order(Order),
    Silence(Duration),
    Addresses(IpAddr, Vec<IpAddr>),
    Sound(SoundName, Option<Sound>),
    Sign(oneshot::Sender<String>),
    Stop,
}

/// The way to the media workers.
#[derive(Clone)]
pub struct MediaDoor {
    workers: Vec<Letterbox<Post>>,
    ports: Arc<[BrowserPort]>,
}

/// Where browsers reach a worker.
#[derive(Clone, Copy, Debug)]
pub struct BrowserPort {
    /// The port, bound for UDP.
    pub port: u16,
    /// Is it bound for TCP too?
    pub streams: bool,
}

impl MediaDoor {
    /// Hands an order to the worker that has the call: says which, and [`MediaDoor::begin`] wakes it.
    pub fn order(&self, order: Order) -> usize {
        let index = media::worker_of(order.lane, self.workers.len());
        if let Some(worker) = self.workers.get(index) {
            worker.put(Post::Order(order));
        }
        index
    }

    /// Wakes a worker that sleeps, once for all orders of an event.
    pub fn begin(&self, worker: usize) {
        if let Some(worker) = self.workers.get(worker) {
            worker.ring();
        }
    }

    /// From now on a call from which nothing is heard for so long is reported silent (SET-16).
    pub fn set_silence(&self, silence: Duration) {
        for worker in &self.workers {
            worker.post(Post::Silence(silence));
        }
    }

    /// Legs that are opened from now on are reached at these addresses.
    pub fn set_addresses(&self, book: &AddressBook) {
        let (address, candidates) = addresses(book);
        for worker in &self.workers {
            worker.post(Post::Addresses(address, candidates.clone()));
        }
    }

    /// Where browsers reach the workers.
    pub fn browser_ports(&self) -> &[BrowserPort] {
        &self.ports
    }

    /// How many workers there are.
    pub const fn workers(&self) -> usize {
        self.workers.len()
    }

    /// What a worker does; none of one that has ended.
    pub async fn sign(&self, index: usize) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        self.workers.get(index)?.post(Post::Sign(reply));
        answer.await.ok()
    }

    /// Ends the workers.
    pub fn stop(&self) {
        for worker in &self.workers {
            worker.post(Post::Stop);
        }
    }
}

/// What the workers are made with.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// What peers are told to send to.
    pub book: AddressBook,
    /// First and last port.
    pub ports: (u16, u16),
    /// How many workers.
    pub workers: usize,
    /// SET-16.
    pub silence: Option<Duration>,
}

/// Starts the workers. Each takes the first free port of its share of the range for browsers, the others in pairs for
/// phones.
pub fn start(
    settings: &MediaSettings,
    clock: Clock,
    pump: &Door,
    sounds: &SoundDoor,
    seed: u64,
) -> anyhow::Result<MediaDoor> {
    let (mut workers, mut browser_ports) = (Vec::new(), Vec::new());
    let (first, last) = settings.ports;
    let (address, candidate_addresses) = addresses(&settings.book);
    let share = (u32::from(last) - u32::from(first) + 1) / u32::try_from(settings.workers)?;
    for index in 0..settings.workers {
        let begin = u32::from(first) + share * u32::try_from(index)?;
        let mut ports = (begin..begin + share).filter_map(|port| u16::try_from(port).ok());
        let (letterbox, posts) = Inbox::new()?;
        let mut found = None;
        for port in ports.by_ref() {
            found = Browsers::open(port, posts.sockets())?.map(|browsers| (browsers, port));
            if found.is_some() {
                break;
            }
        }
        let Some((browsers, browser_port)) = found else { anyhow::bail!("rtp-ports: none of {first}-{last} is free") };
        let pairs = ports.filter(|port| port % 2 == 0 && u32::from(*port) + 1 < begin + share).collect();
        let streams = Streams::open(browser_port, posts.sockets())?;
        browser_ports.push(BrowserPort { port: browser_port, streams: streams.is_listening() });
        let config = media::Config {
            address,
            browser_port,
            browser_streams: streams.is_listening(),
            candidate_addresses: candidate_addresses.clone(),
            silence: settings.silence,
        };
        let engine = Engine::new(config, seed ^ (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let doors = Doors { pump: pump.clone(), sounds: sounds.clone(), own: letterbox.clone() };
        let room = Room::new(engine, clock, doors, posts, (browsers, streams), pairs);
        std::thread::Builder::new().name(format!("media-{index}")).spawn(move || room.run())?;
        workers.push(letterbox);
    }
    Ok(MediaDoor { workers, ports: browser_ports.into() })
}

/// The address for whom nobody knows where it is, and all that a browser may try: it does not tell where it is before it
/// has found one that leads here. Loopback is one too, so that a browser on the same machine needs no other network.
fn addresses(book: &AddressBook) -> (IpAddr, Vec<IpAddr>) {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let all = book.all();
    let (mut own, mut modern): (Vec<IpAddr>, Vec<IpAddr>) = all.iter().partition(|address| address.is_ipv4());
    own.reverse();
    modern.reverse();
    let address = own.first().or(all.first()).copied().unwrap_or(local);
    own.append(&mut modern);
    own.push(local);
    (address, own)
}

/// For phones; `dual` takes IPv4 and IPv6.
pub fn bind(port: u16, dual: bool) -> Option<UdpSocket> {
    let domain = if dual { socket2::Domain::IPV6 } else { socket2::Domain::IPV4 };
    let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, None).ok()?;
    let any = if dual { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { IpAddr::from(Ipv4Addr::UNSPECIFIED) };
    if dual {
        socket.set_only_v6(false).ok()?;
    }
    socket.bind(&SocketAddr::new(any, port).into()).ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket.into())
}

/// Does this machine have IPv6, so that one socket serves both?
fn has_ipv6() -> bool {
    UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() && bind(0, true).is_some()
}

/// An address as a socket of both families takes it.
fn mapped(to: SocketAddr) -> SocketAddr {
    match to {
        SocketAddr::V4(v4) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
        SocketAddr::V6(_) => to,
    }
}

/// A pair of sockets by the number of its RTP socket; the RTCP socket has the next.
struct Resting {
    since: Moment,
    rtp: SocketId,
    rtcp: SocketId,
    port: u16,
}

/// Where a worker's outputs go that are no packets.
struct Doors {
    pump: Door,
    sounds: SoundDoor,
    /// To itself, for sounds that were fetched.
    own: Letterbox<Post>,
}

/// One worker: an engine among its sockets.
struct Room {
    engine: Engine,
    clock: Clock,
    doors: Doors,
    posts: Inbox<Post>,
    /// By socket number.
    sockets: Vec<Option<(UdpSocket, u16)>>,
    /// Numbers of closed sockets, to be used again.
    free: Vec<u32>,
    /// Even ports that have no socket, the longest unused first.
    ports: VecDeque<u16>,
    resting: VecDeque<Resting>,
    receiver: batch::Receiver,
    browsers: Browsers,
    streams: Streams,
    /// The sockets of phones take IPv4 and IPv6.
    dual: bool,
}

impl Room {
    fn new(
        engine: Engine,
        clock: Clock,
        doors: Doors,
        posts: Inbox<Post>,
        (browsers, streams): (Browsers, Streams),
        ports: VecDeque<u16>,
    ) -> Self {
        Self {
            engine,
            clock,
            doors,
            posts,
            // The first number is that of the browsers' socket.
            sockets: vec![None],
            free: Vec::new(),
            ports,
            resting: VecDeque::new(),
            receiver: batch::Receiver::new(),
            browsers,
            streams,
            dual: has_ipv6(),
        }
    }

    fn run(mut self) {
        let mut ready = Ready::new();
        let mut packets = vec![EMPTY; BATCH];
        self.drain_outputs(self.clock.now());
        loop {
            let next = [self.engine.poll_timeout(), self.streams.sweep_at()].into_iter().flatten().min();
            let wait = next.map(|at| at.since(self.clock.now()));
            let mut first = self.posts.wait(&mut ready, wait).unwrap_or_else(|error| {
                tracing::error!(%error, "a media worker cannot wait for its sockets");
                std::thread::sleep(Duration::from_millis(10));
                None
            });
            for key in ready.keys() {
                self.read_socket(key, &mut packets);
            }
            while let Some(post) = first.take().or_else(|| self.posts.next()) {
                let input = match post {
                    Post::Order(order) => Input::Order(order),
                    Post::Silence(silence) => Input::Silence(Some(silence)),
                    Post::Addresses(address, candidates) => Input::Addresses(address, candidates),
                    Post::Sound(name, sound) => Input::Sound(name, sound),
                    Post::Sign(reply) => {
                        let open = self.sockets.iter().flatten().count();
                        // Whoever asked may have gone.
                        let _ = reply.send(format!("{open} sockets"));
                        continue;
                    }
                    Post::Stop => return,
                };
                let now = self.clock.now();
                self.engine.handle_input(now, input);
                self.drain_outputs(now);
            }
            let now = self.clock.now();
            if self.engine.poll_timeout().is_some_and(|at| at <= now) {
                self.engine.handle_input(now, Input::Timeout);
                self.drain_outputs(now);
            }
            if self.streams.sweep_at().is_some_and(|at| at <= now) {
                self.streams.sweep(now);
            }
        }
    }

    fn read_socket(&mut self, key: usize, packets: &mut [Packet]) {
        if let Some(side) = Side::of_key(key) {
            return self.read_browsers(packets, side);
        }
        if key == Streams::KEY {
            return self.streams.accept(self.clock.now(), self.posts.sockets());
        }
        let Ok(number) = u32::try_from(key) else { return };
        if SocketId(number).is_stream() {
            return self.read_stream(number, packets);
        }
        // A leg's own socket rarely holds two datagrams: its level tells when there is more.
        let (Some(Some((socket, _))), Some(packet)) = (self.sockets.get(key), packets.first_mut()) else { return };
        let Some(room) = packet.buffer.get_mut(..PACKET_BYTES_MAX) else { return };
        let Ok((length, from)) = socket.recv_from(room) else { return };
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        packet.length = length;
        let now = self.clock.now();
        if let Some(transmit) = self.engine.handle_packet(now, SocketId(number), from, packet) {
            self.send(transmit, packet.buffer.get(..packet.length).unwrap_or_default());
        }
        self.drain_outputs(now);
    }

    /// A browser's connection is read frame by frame.
    fn read_stream(&mut self, number: u32, packets: &mut [Packet]) {
        let Some(packet) = packets.first_mut() else { return };
        let now = self.clock.now();
        let goes_on = self.streams.fill(now, number, self.posts.sockets());
        while let Some(from) = self.streams.frame(number, packet) {
            let Some(transmit) = self.engine.handle_packet(now, SocketId(number), from, packet) else { continue };
            if transmit.socket == SocketId(number) {
                self.streams.prove(now, number);
            }
            self.send(transmit, packet.buffer.get(..packet.length).unwrap_or_default());
        }
        if !goes_on {
            self.streams.close(number);
        }
        self.drain_outputs(now);
    }

    /// A socket that all browsers share is read, and written to, in batches.
    fn read_browsers(&mut self, packets: &mut [Packet], side: Side) {
        let Some(socket) = self.browsers.socket(side) else { return };
        let mut each = packets.iter_mut();
        let mut buffers = std::array::from_fn(|_| {
            each.next().and_then(|packet| packet.buffer.get_mut(..PACKET_BYTES_MAX)).unwrap_or(&mut [])
        });
        let Ok(count) = self.receiver.receive(socket, &mut buffers) else { return };
        let now = self.clock.now();
        let mut to_browsers: [Option<SocketAddr>; BATCH] = [None; BATCH];
        for (index, packet) in packets.iter_mut().enumerate().take(count) {
            let Some((length, from)) = self.receiver.received(index) else { continue };
            packet.length = length;
            self.browsers.learn(side, from);
            match self.engine.handle_packet(now, SocketId::BROWSERS, from, packet) {
                Some(transmit) if transmit.socket == SocketId::BROWSERS => {
                    if let Some(to) = to_browsers.get_mut(index) {
                        *to = Some(transmit.to);
                    }
                }
                Some(transmit) => self.send(transmit, packet.buffer.get(..packet.length).unwrap_or_default()),
                None => {}
            }
        }
        let datagrams: Vec<(&[u8], SocketAddr)> = packets
            .iter()
            .zip(to_browsers)
            .filter_map(|(packet, to)| Some((packet.buffer.get(..packet.length)?, to?)))
            .collect();
        self.browsers.send(&datagrams);
        self.drain_outputs(now);
    }

    fn send(&mut self, transmit: Transmit, bytes: &[u8]) {
        if transmit.socket.is_stream() {
            return self.streams.send(transmit.socket.0, bytes, self.posts.sockets());
        }
        if transmit.socket == SocketId::BROWSERS {
            return self.browsers.send(&[(bytes, transmit.to)]);
        }
        if let Some(Some((socket, _))) = self.sockets.get(transmit.socket.0 as usize) {
            let to = if self.dual { mapped(transmit.to) } else { transmit.to };
            // A full buffer or an unreachable peer is loss, and counted as such by the receiver.
            let _ = socket.send_to(bytes, to);
        }
    }

    fn drain_outputs(&mut self, now: Moment) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Event(event) => self.doors.pump.input(switch::Input::Media(event)),
                Output::WantSound(name) => {
                    let own = self.doors.own.clone();
                    self.doors.sounds.fetch(name, move |sound| own.post(Post::Sound(name, sound)));
                }
                Output::Recorded { file, tracks, samples } => self.doors.sounds.write(file, tracks, samples),
                Output::RecordingOver(file) => self.doors.sounds.end(file),
                Output::Send { transmit, bytes } => self.send(transmit, &bytes),
                Output::Release { rtp, rtcp } => self.rest(now, rtp, rtcp),
                Output::WantPorts(count) => self.open_ports(now, count.min(OPEN_AT_ONCE_MAX)),
            }
        }
    }

    fn rest(&mut self, now: Moment, rtp: SocketId, rtcp: SocketId) {
        let Some(Some((_, port))) = self.sockets.get(rtp.0 as usize) else { return };
        self.resting.push_back(Resting { since: now, rtp, rtcp, port: *port });
        if self.resting.len() > QUARANTINE_MAX {
            self.close_oldest();
        }
    }

    fn close_oldest(&mut self) {
        let Some(oldest) = self.resting.pop_front() else { return };
        self.remove(oldest.rtp);
        self.remove(oldest.rtcp);
        self.ports.push_back(oldest.port);
    }

    /// Rested pairs first, then new ones.
    fn open_ports(&mut self, now: Moment, count: usize) {
        for _ in 0..count {
            let rested = self.resting.front().is_some_and(|pair| now.since(pair.since) >= QUARANTINE);
            match self.resting.pop_front_if(|_| rested) {
                Some(Resting { rtp, rtcp, port, .. }) => self.offer(now, rtp, rtcp, port),
                None if self.open_pair(now) => {}
                None => return,
            }
        }
    }

    fn open_pair(&mut self, now: Moment) -> bool {
        for _ in 0..self.ports.len() {
            let Some(port) = self.ports.pop_front() else { return false };
            let (Some(rtp), Some(rtcp)) = (bind(port, self.dual), bind(port + 1, self.dual)) else {
                self.ports.push_back(port);
                continue;
            };
            let (Ok(rtp), Ok(rtcp)) = (self.place(rtp, port), self.place(rtcp, port)) else { return false };
            self.offer(now, rtp, rtcp, port);
            return true;
        }
        false
    }

    fn offer(&mut self, now: Moment, rtp: SocketId, rtcp: SocketId, port: u16) {
        self.engine.handle_input(now, Input::Ports { rtp, rtcp, port });
    }

    fn place(&mut self, socket: UdpSocket, port: u16) -> std::io::Result<SocketId> {
        let id = match self.free.pop() {
            Some(number) => SocketId(number),
            None => SocketId(u32::try_from(self.sockets.len()).unwrap_or(u32::MAX)),
        };
        self.add_at(id, socket, port)?;
        Ok(id)
    }

    fn add_at(&mut self, id: SocketId, socket: UdpSocket, port: u16) -> std::io::Result<()> {
        let index = id.0 as usize;
        self.posts.sockets().watch(&socket, index)?;
        if self.sockets.len() <= index {
            self.sockets.resize_with(index + 1, || None);
        }
        if let Some(slot) = self.sockets.get_mut(index) {
            *slot = Some((socket, port));
        }
        Ok(())
    }

    fn remove(&mut self, id: SocketId) {
        if let Some((socket, _)) = self.sockets.get_mut(id.0 as usize).and_then(Option::take) {
            self.posts.sockets().forget(&socket);
            self.free.push(id.0);
        }
    }
}
