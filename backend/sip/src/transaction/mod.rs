//! Transactions (RFC 3261, 17; RFC 6026): four tables, and [`Transactions`] that runs them.
//!
//! A finished transaction keeps its key, its timer and the last message it may have to send again, nothing else.

pub(crate) mod client;
pub(crate) mod client_invite;
mod run_client;
mod run_server;
pub(crate) mod server;
pub(crate) mod server_invite;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

pub(crate) use run_client::{Blueprint, Client, Owner, Passed, Verdict};
pub(crate) use run_server::{Arrival, Server, server_key};

use crate::event::Event;
use crate::flow::Flow;
use crate::rng::Rng;
use crate::stack::{Config, Output};
use crate::timer::Timers;

/// The longest pause between repeats (RFC 3261, 17.1.2.2).
pub(crate) const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network (RFC 3261, 17.1.2.2).
pub(crate) const T4: Duration = Duration::from_secs(5);
/// Transactions per dialog that the limit of [`Config::dialogs_max`] allows: a registration is two that linger 32 s.
pub(crate) const TRANSACTIONS_PER_DIALOG_MAX: usize = 8;

/// A client transaction: the number in its branch, and whether it is the CANCEL, which shares the branch of its INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientId {
    pub branch: u64,
    pub cancel: bool,
}

/// A server transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServerId(pub u64);

/// What happens to a client transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientInput {
    Provisional,
    Success,
    Failure,
    /// Timer A or E.
    Again,
    /// Timer B or F.
    GiveUp,
    /// Timer D, K or M.
    Forget,
    FlowFailed,
}

/// What a client transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAction {
    /// Send the request again.
    Resend,
    /// Set timer A or E, doubled.
    Again,
    /// Set timer E to T2.
    AgainSlowly,
    /// Clear timers A, B, E and F.
    Stop,
    /// Set timer D, K or M; drop the request.
    Forget,
    /// Hand the response to the user.
    Pass,
    /// Acknowledge a failure.
    Ack,
    /// Tell the user that no response came.
    TimedOut,
    /// Tell the user that the connection is gone.
    FlowFailed,
}

/// What happens to a server transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerInput {
    /// The request came again.
    Request,
    Provisional,
    Success,
    Failure,
    Ack,
    /// Timer G.
    Again,
    /// Timer H, or no answer by the user.
    GiveUp,
    /// Timer I, J or L.
    Forget,
}

/// What a server transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerAction {
    /// Send the new response and keep it.
    Send,
    /// Send the last response again.
    Resend,
    /// Set timer G, doubled.
    Again,
    /// Set timer H.
    GiveUp,
    /// Clear timers G and H.
    Stop,
    /// Set timer I, J or L; drop the request.
    Forget,
}

/// All transactions, with what they need: configuration, dice, timers and the way out.
#[derive(Debug)]
pub(crate) struct Transactions {
    pub config: Config,
    pub rng: Rng,
    pub timers: Timers,
    pub outputs: VecDeque<Output>,
    pub clients: BTreeMap<ClientId, Client>,
    pub servers: BTreeMap<ServerId, Server>,
    /// `host:port` by which the peer of a connection knows us, where it has said so; as many as there are connections.
    pub names: BTreeMap<Flow, String>,
    server_keys: HashMap<Box<str>, ServerId>,
    /// Call-ID, From tag and CSeq of requests outside a dialog that are not answered yet (RFC 3261, 8.2.2.2).
    merged: HashMap<Box<str>, ServerId>,
    server_count: u64,
}

impl Transactions {
    pub fn new(mut config: Config, seed: u64) -> Self {
        // Timers of no length would never let time pass.
        config.t1 = config.t1.max(Duration::from_millis(1));
        Self {
            config,
            rng: Rng::new(seed),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            names: BTreeMap::new(),
            server_keys: HashMap::new(),
            merged: HashMap::new(),
            server_count: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// Is there no room for a request outside a dialog?
    pub fn is_full(&self) -> bool {
        self.len() >= self.config.dialogs_max.saturating_mul(TRANSACTIONS_PER_DIALOG_MAX)
    }

    /// Nor for one inside a dialog? Those have as much room again, so that calls can end when strangers fill the rest.
    pub fn is_packed(&self) -> bool {
        self.len() / 2 >= self.config.dialogs_max.saturating_mul(TRANSACTIONS_PER_DIALOG_MAX)
    }

    pub fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.outputs.push_back(Output::Send { flow, bytes });
    }

    pub fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// 64 × T1: how long a request, a 2xx or a reliable response is tried.
    pub fn patience(&self) -> Duration {
        self.config.t1 * 64
    }

    /// `host:port` for Via and Contact: the name by which the peer has looked for us, so that its next request finds the
    /// connection that it has, or a certificate with that name; else the address that leads here from where it is.
    pub fn sent_by(&self, flow: Flow) -> &str {
        self.names.get(&flow).map_or_else(|| self.config.sent_by.text(flow), String::as_str)
    }

    /// The default Contact.
    pub fn contact(&self, flow: Flow, user: &str) -> String {
        use crate::flow::Transport as T;
        let at = if user.is_empty() { "" } else { "@" };
        let sent_by = self.sent_by(flow);
        match flow.transport {
            T::Udp => format!("<sip:{user}{at}{sent_by}>"),
            // RFC 7118, 5.2: the parameter says `ws` for both.
            T::Ws | T::Wss => format!("<sip:{user}{at}{sent_by};transport=ws>"),
            other => format!("<sip:{user}{at}{sent_by};transport={}>", other.param()),
        }
    }
}
