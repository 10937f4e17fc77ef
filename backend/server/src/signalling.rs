//! The pump: inputs → switchboard → outputs, until nothing is left; one thread on purpose.
//!
//! The thread owns the UDP sockets of SIP and waits for them and for its door; streams (TCP, WebSocket) live in tasks
//! that post whole messages through the [`Door`] and are sent to through a bounded queue each.

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use shared::event::{EventCode, NewEvent};
use shared::live::{Answer, Ask};
use sip::{ConnectionId, Flow, Load, Transport};
use switch::{Congestion, Input, Output, Queue, Switchboard};
use tokio::sync::{Semaphore, oneshot};

use crate::batch::{BATCH, Receiver};
use crate::clock::Clock;
use crate::events::EventDoor;
use crate::facts::FactsDoor;
use crate::inbox::{Inbox, Letterbox};
use crate::media_io::MediaDoor;
use crate::prompts::PromptDoor;
use crate::readiness::Ready;
use crate::transport::{Connector, StreamDoor};
use crate::web::WebDoor;

/// Messages of streams that may wait for the pump; a stream that brings more waits itself.
pub const STREAM_MESSAGES_MAX: usize = 4_096;
/// Packets that may wait for the switchboard; the others stay with the kernel.
const QUEUE_MAX: usize = 8_192;
/// Packets that are handled before the sockets are looked at again.
const SERVED_AT_ONCE: usize = 64;
/// Batches that are read from one socket before the next has its turn.
const BATCHES_MAX: usize = 8;
/// How often a change of the load is written to the log.
const LOAD_LOG_PAUSE: Duration = Duration::from_secs(10);
/// The largest SIP datagram (RFC 3261, 18.1.1).
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// Questions that may wait for an answer.
const ASKS_MAX: usize = 1_024;

/// What is posted to the pump.
pub enum Post {
    /// For the switchboard as it is.
    Input(Box<Input>),
    /// Another UDP socket to read from, under this number.
    DatagramsOpened(ConnectionId, UdpSocket),
    /// A UDP socket is to be closed.
    DatagramsClosed(ConnectionId),
    /// A message of a stream.
    Packet(Flow, Bytes),
    /// A stream is open; send to it through this.
    Opened(Flow, StreamDoor),
    /// A stream is gone, or could not be opened.
    Closed(Flow),
    /// Write the figures of the stack to the log (SET-09).
    Statistics,
    /// Say what is going on, as a sign of life.
    Sign(oneshot::Sender<String>),
    /// A page's question.
    Ask(Ask, oneshot::Sender<Answer>),
    /// End the thread.
    Stop,
}

/// The way into the pump from other threads.
#[derive(Clone)]
pub struct Door {
    posts: Letterbox<Post>,
    room: Arc<Semaphore>,
    connections: Arc<AtomicU64>,
}

impl Door {
    /// Posts; the pump wakes if it sleeps.
    pub fn post(&self, post: Post) {
        self.posts.post(post);
    }

    /// Posts for the switchboard.
    pub fn input(&self, input: Input) {
        self.post(Post::Input(Box::new(input)));
    }

    /// Posts a message of a stream, waiting for room.
    pub async fn packet(&self, flow: Flow, bytes: Bytes) {
        if let Ok(permit) = self.room.acquire().await {
            permit.forget();
            self.post(Post::Packet(flow, bytes));
        }
    }

    /// What is going on; none of a pump that has ended.
    pub async fn sign(&self) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        self.post(Post::Sign(reply));
        answer.await.ok()
    }

    /// A number for a new connection.
    pub fn connection(&self) -> ConnectionId {
        ConnectionId(self.connections.fetch_add(1, Ordering::Relaxed))
    }
}

/// The pump before it runs.
pub struct Pump {
    door: Door,
    posts: Inbox<Post>,
    /// By the number that their flows carry.
    sockets: BTreeMap<usize, UdpSocket>,
    clock: Clock,
}

/// Where the pump's outputs go.
pub struct Outlets {
    /// Orders to the media workers.
    pub media: MediaDoor,
    /// Facts to the store and to the live channel.
    pub facts: FactsDoor,
    /// To the event log.
    pub events: EventDoor,
    /// To people's own servers.
    pub web: WebDoor,
    /// To the store, what telephones have recorded.
    pub prompts: PromptDoor,
    /// Opens streams to peers that have none.
    pub connector: Connector,
    /// Called once, when a drain has come to its end.
    pub drained: oneshot::Sender<()>,
}

impl Pump {
    /// A pump over this socket, which must not block; its flows are of connection 0.
    pub fn new(socket: UdpSocket, clock: Clock) -> std::io::Result<Self> {
        let (letterbox, posts) = Inbox::new()?;
        let door = Door {
            posts: letterbox,
            room: Arc::new(Semaphore::new(STREAM_MESSAGES_MAX)),
            connections: Arc::new(AtomicU64::new(1)),
        };
        let mut pump = Self { door, posts, sockets: BTreeMap::new(), clock };
        pump.read_from(ConnectionId(0), socket)?;
        Ok(pump)
    }

    fn read_from(&mut self, connection: ConnectionId, socket: UdpSocket) -> std::io::Result<()> {
        let key = key_of(connection);
        self.posts.sockets().watch(&socket, key)?;
        self.sockets.insert(key, socket);
        Ok(())
    }

    fn stop_reading(&mut self, connection: ConnectionId) {
        if let Some(socket) = self.sockets.remove(&key_of(connection)) {
            self.posts.sockets().forget(&socket);
        }
    }

    /// The way in.
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// Runs until [`Post::Stop`].
    pub fn run(self, switchboard: Switchboard, outlets: Outlets) {
        let Outlets { media, facts, events, web, prompts, connector, drained } = outlets;
        let mut running = Running {
            pump: self,
            switchboard,
            media,
            facts,
            events,
            web,
            prompts,
            connector,
            drained: Some(drained),
            streams: BTreeMap::new(),
            opened: BTreeMap::new(),
            asks: BTreeMap::new(),
            next_ask: 0,
            queue: VecDeque::new(),
            congestion: Congestion::new(&shared::setting::Settings::default()),
            load: Load::Light,
            load_told_at: Moment::default(),
        };
        let mut ready = Ready::new();
        let mut datagrams = Datagrams::new();
        while running.turn(&mut ready, &mut datagrams) {}
    }
}

struct Running {
    pump: Pump,
    switchboard: Switchboard,
    media: MediaDoor,
    facts: FactsDoor,
    events: EventDoor,
    web: WebDoor,
    prompts: PromptDoor,
    connector: Connector,
    drained: Option<oneshot::Sender<()>>,
    /// Open streams by connection.
    streams: BTreeMap<ConnectionId, (Flow, StreamDoor)>,
    /// Which connection was opened for a flow that had none.
    opened: BTreeMap<Flow, ConnectionId>,
    asks: BTreeMap<u64, oneshot::Sender<Answer>>,
    next_ask: u64,
    /// What has come from the network and since when it waits, in its order.
    queue: VecDeque<(Moment, Waiting)>,
    congestion: Congestion,
    load: Load,
    load_told_at: Moment,
}

/// What waits for the switchboard.
enum Waiting {
    Datagram(Flow, Bytes),
    /// A message of a stream; it holds one of the places of [`STREAM_MESSAGES_MAX`].
    Message(Flow, Bytes),
    /// The end of a stream comes behind what it has brought.
    Closed(Flow),
}

impl Running {
    /// Waits, then handles what there is; false when it is to end.
    fn turn(&mut self, ready: &mut Ready, datagrams: &mut Datagrams) -> bool {
        let timer = || self.switchboard.poll_timeout().map(|at| at.since(self.pump.clock.now()));
        let wait = if self.queue.is_empty() { timer() } else { Some(Duration::ZERO) };
        let mut first = self.pump.posts.wait(ready, wait).unwrap_or_else(|error| {
            tracing::error!(%error, "the pump cannot wait for its sockets");
            std::thread::sleep(Duration::from_millis(10));
            None
        });
        for key in ready.keys() {
            self.read_socket(key, datagrams);
        }
        // The posts that come while these are handled wait for the next turn: a flood of them cannot starve the sockets.
        for _ in 0..STREAM_MESSAGES_MAX {
            match first.take().or_else(|| self.pump.posts.next()) {
                Some(Post::Stop) => return false,
                Some(post) => self.handle_post(post),
                None => break,
            }
        }
        self.serve();
        let now = self.pump.clock.now();
        if self.switchboard.poll_timeout().is_some_and(|at| at <= now) {
            self.handle(now, Input::Timeout);
        }
        true
    }

    /// A few batches; the socket's level tells when there is more, after the others had their turn.
    fn read_socket(&mut self, key: usize, datagrams: &mut Datagrams) {
        let Some(socket) = self.pump.sockets.get(&key) else { return };
        for _ in 0..BATCHES_MAX {
            if self.queue.len() >= QUEUE_MAX {
                return;
            }
            // An error is an ICMP answer to something sent earlier: whoever waits for a response has a timer.
            let Ok(count) = datagrams.receive(socket) else { return };
            let now = self.pump.clock.now();
            for index in 0..count {
                let Some((bytes, remote)) = datagrams.take(index) else { continue };
                let flow = Flow { transport: Transport::Udp, connection: ConnectionId(key as u64), remote };
                self.queue.push_back((now, Waiting::Datagram(flow, bytes)));
            }
            if count < BATCH {
                return;
            }
        }
    }

    /// Hands some of what waits to the switchboard, and says how much there is.
    fn serve(&mut self) {
        let Some((oldest, _)) = self.queue.front() else { return };
        let began = self.pump.clock.now();
        self.weigh(began, Queue { length: self.queue.len(), oldest: began.since(*oldest) });
        let (mut served, mut now) = (0, began);
        while served < SERVED_AT_ONCE
            && let Some((_, waiting)) = self.queue.pop_front()
        {
            match waiting {
                Waiting::Datagram(flow, bytes) => self.handle(now, Input::Packet { flow, bytes }),
                Waiting::Message(flow, bytes) => {
                    self.pump.door.room.add_permits(1);
                    self.handle(now, Input::Packet { flow, bytes });
                }
                Waiting::Closed(flow) => self.close_stream(now, flow),
            }
            served += 1;
            now = self.pump.clock.now();
        }
        self.congestion.served(served, now.since(began));
        if self.queue.is_empty() {
            self.weigh(now, Queue::default());
        }
    }

    /// The switchboard is told when what waits is too much, and when it is no more (SET-12).
    fn weigh(&mut self, now: Moment, queue: Queue) {
        let load = self.congestion.load(queue);
        if load == self.load {
            return;
        }
        self.load = load;
        self.handle(now, Input::Load(load));
        if load != Load::Light && now.since(self.load_told_at) >= LOAD_LOG_PAUSE {
            self.load_told_at = now;
            tracing::warn!(?load, waiting = queue.length, "there is more to do than can be done");
        }
    }

    fn handle_post(&mut self, post: Post) {
        let now = self.pump.clock.now();
        match post {
            Post::Input(input) => {
                if let Input::Settings(settings) = &*input {
                    self.congestion.set(settings);
                }
                self.handle(now, *input);
            }
            Post::Packet(flow, bytes) => self.queue.push_back((now, Waiting::Message(flow, bytes))),
            Post::Opened(flow, door) => {
                self.streams.insert(flow.connection, (flow, door));
            }
            Post::Closed(flow) => self.queue.push_back((now, Waiting::Closed(flow))),
            Post::DatagramsOpened(connection, socket) => {
                if let Err(error) = self.pump.read_from(connection, socket) {
                    tracing::error!(%error, "a socket cannot be waited for");
                }
            }
            Post::DatagramsClosed(connection) => self.pump.stop_reading(connection),
            Post::Statistics => {
                let switch::Sizes { dialogs, transactions, calls, timers, .. } = self.switchboard.sizes();
                let streams = self.streams.len();
                tracing::info!(dialogs, transactions, calls, timers, streams, "figures of the stack");
            }
            Post::Sign(reply) => {
                let switch::Sizes { dialogs, calls, subscriptions, .. } = self.switchboard.sizes();
                // Whoever asked may have gone.
                let _ = reply.send(format!("{calls} calls, {dialogs} dialogs, {subscriptions} subscriptions"));
            }
            Post::Ask(ask, reply) if self.asks.len() < ASKS_MAX => {
                self.next_ask += 1;
                self.asks.insert(self.next_ask, reply);
                self.handle(now, Input::Ask { id: self.next_ask, ask });
            }
            // A dropped sender is the answer "not now".
            Post::Ask(..) | Post::Stop => {}
        }
    }

    fn close_stream(&mut self, now: Moment, flow: Flow) {
        self.streams.remove(&flow.connection);
        let unopened = Flow { connection: ConnectionId::NEW, ..flow };
        if self.opened.get(&unopened) == Some(&flow.connection) {
            self.opened.remove(&unopened);
            self.handle(now, Input::FlowClosed(unopened));
        }
        self.handle(now, Input::FlowClosed(flow));
    }

    fn handle(&mut self, now: Moment, input: Input) {
        self.switchboard.handle_input(now, input);
        let mut ordered = None;
        while let Some(output) = self.switchboard.poll_output() {
            match output {
                Output::Send { flow, bytes } => self.send(flow, bytes),
                Output::CloseFlow(flow) => {
                    if let Some((_, door)) = self.streams.remove(&flow.connection) {
                        door.close();
                    }
                }
                Output::Media(order) => {
                    let worker = self.media.order(order);
                    if let Some(other) = ordered.replace(worker).filter(|other| *other != worker) {
                        self.media.begin(other);
                    }
                }
                Output::Fact(fact) => self.facts.post(*fact),
                Output::Reply { id, answer } => {
                    if let Some(reply) = self.asks.remove(&id) {
                        let _ = reply.send(answer);
                    }
                }
                Output::Web(request) => self.web.ask(*request),
                Output::KeepPrompt(take) => self.prompts.keep(*take),
                Output::DropTake(file) => self.prompts.remove(file),
                Output::Fault { tenant, what } => {
                    tracing::error!(%tenant, what, "a panic in a tenant's code; its calls were ended");
                    self.events.tell(NewEvent::of(tenant, EventCode::FaultContained, what));
                }
                Output::Drained => {
                    if let Some(drained) = self.drained.take() {
                        let _ = drained.send(());
                    }
                }
            }
        }
        if let Some(worker) = ordered {
            self.media.begin(worker);
        }
    }

    fn send(&mut self, flow: Flow, bytes: Bytes) {
        if flow.transport == Transport::Udp {
            // A socket that was closed is stood in for by the oldest: a phone in the same network still hears it.
            let sockets = &self.pump.sockets;
            let socket = sockets.get(&key_of(flow.connection)).or_else(|| sockets.values().next());
            let Some(socket) = socket else { return };
            if let Err(error) = socket.send_to(&bytes, flow.remote) {
                tracing::debug!(%error, "a datagram could not be sent");
            }
            return;
        }
        let connection = self.opened.get(&flow).copied().unwrap_or(flow.connection);
        let sent = match self.streams.get(&connection) {
            Some((_, door)) => door.send(bytes),
            None if connection == ConnectionId::NEW => {
                self.connect(flow, bytes);
                true
            }
            None => false,
        };
        if !sent {
            // Not handled in place: the switchboard is in the middle of its outputs.
            self.pump.door.post(Post::Closed(flow));
        }
    }

    /// Opens a stream to a peer that has none; what is sent meanwhile waits in its queue.
    fn connect(&mut self, flow: Flow, bytes: Bytes) {
        let opened = Flow { connection: self.pump.door.connection(), ..flow };
        let door = self.connector.connect(opened, self.pump.door.clone());
        door.send(bytes);
        self.opened.insert(flow, opened.connection);
        self.streams.insert(opened.connection, (opened, door));
    }
}

/// The poller's name for a UDP socket.
fn key_of(connection: ConnectionId) -> usize {
    usize::try_from(connection.0).unwrap_or(0)
}

/// The buffers of one batch.
struct Datagrams {
    receiver: Receiver,
    memory: Vec<Vec<u8>>,
}

impl Datagrams {
    fn new() -> Self {
        Self { receiver: Receiver::new(), memory: vec![vec![0; DATAGRAM_BYTES_MAX]; BATCH] }
    }

    fn receive(&mut self, socket: &UdpSocket) -> std::io::Result<usize> {
        let mut memory = self.memory.iter_mut();
        let mut buffers = std::array::from_fn(|_| memory.next().map_or(&mut [][..], Vec::as_mut_slice));
        self.receiver.receive(socket, &mut buffers)
    }

    fn take(&self, index: usize) -> Option<(Bytes, SocketAddr)> {
        let (length, remote) = self.receiver.received(index)?;
        Some((Bytes::copy_from_slice(self.memory.get(index)?.get(..length)?), remote))
    }
}

/// Binds a UDP socket for SIP: non-blocking, with a large receive buffer.
pub fn bind_udp(address: SocketAddr) -> std::io::Result<UdpSocket> {
    /// Room for a burst of registrations after a power cut.
    const RECEIVE_BYTES: usize = 4 << 20;
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::DGRAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_recv_buffer_size(RECEIVE_BYTES)?;
    let granted = socket.recv_buffer_size()?;
    if granted < RECEIVE_BYTES {
        tracing::info!(granted, wanted = RECEIVE_BYTES, "net.core.rmem_max limits the receive buffer of SIP");
    }
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
