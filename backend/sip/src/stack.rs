//! The machine: finds transaction and dialog, hands to the method.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use crate::event::{DialogId, Event, RequestId};
use crate::flow::{Flow, Transport};
use crate::message::{Header, NewRequest, Reply};

/// What a stack is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// For User-Agent and Server headers; empty leaves them out.
    pub user_agent: String,
    /// `host:port` per transport, for Via and Contact: what a peer is to send to.
    pub sent_by: BTreeMap<Transport, String>,
    /// T1 of RFC 3261: the round trip that retransmissions are counted in.
    pub t1: Duration,
    /// Session-Expires that is asked for (RFC 4028); none leaves session timers to the peer.
    pub session_expires: Option<Duration>,
    /// Min-SE (RFC 4028).
    pub session_expires_min: Duration,
    /// The most dialogs, and the most transactions, at a time; above it a request is answered 503.
    pub dialogs_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            user_agent: String::new(),
            sent_by: BTreeMap::new(),
            t1: Duration::from_millis(500),
            session_expires: Some(Duration::from_secs(120)),
            session_expires_min: Duration::from_secs(90),
            dialogs_max: 20_000,
        }
    }
}

/// What the stack wants done.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// The way.
        flow: Flow,
        /// One whole message.
        bytes: Bytes,
    },
    /// Tell the user.
    Event(Event),
}

/// The SIP machine.
#[derive(Debug)]
pub struct Stack {
    config: Config,
}

// The bodies below are to be written; the signatures are the contract.
#[allow(unused_variables, missing_docs, clippy::todo)]
impl Stack {
    /// `seed` feeds branches, tags and Call-IDs; on a server it comes from the operating system's dice.
    pub fn new(config: Config, seed: u64) -> Self {
        Self { config }
    }

    /// One whole message that arrived (for streams: cut by `framing`).
    pub fn handle_packet(&mut self, now: Moment, flow: Flow, bytes: Bytes) { todo!() }
    /// A stream connection is gone; transactions that waited on it fail with 503.
    pub fn handle_flow_closed(&mut self, now: Moment, flow: Flow) { todo!() }
    /// Time has come to `poll_timeout`.
    pub fn handle_timeout(&mut self, now: Moment) { todo!() }
    pub fn poll_output(&mut self) -> Option<Output> { todo!() }
    pub fn poll_timeout(&self) -> Option<Moment> { todo!() }

    // ---- server side
    /// Final response to `Event::Request`.
    pub fn respond(&mut self, now: Moment, request: RequestId, reply: Reply) { todo!() }
    /// Provisional response (101–199) to an INVITE. `reliable`: with 100rel when the peer supports it (RFC 3262).
    pub fn ring(&mut self, now: Moment, dialog: DialogId, reply: Reply, reliable: bool) { todo!() }
    /// 200 to the INVITE with an SDP body.
    pub fn accept(&mut self, now: Moment, dialog: DialogId, reply: Reply) { todo!() }
    /// 3xx–6xx to the INVITE; the dialog is gone.
    pub fn reject(&mut self, now: Moment, dialog: DialogId, reply: Reply) { todo!() }

    // ---- client side
    /// A request outside a dialog, other than INVITE. With `credentials` set a 401/407 is answered once by the stack.
    pub fn request(&mut self, now: Moment, flow: Flow, request: NewRequest) -> RequestId { todo!() }
    /// INVITE. With `credentials` set a 401/407 is answered once by the stack.
    pub fn invite(&mut self, now: Moment, flow: Flow, request: NewRequest) -> DialogId { todo!() }
    /// Gives an INVITE of ours up: CANCEL as soon as allowed (RFC 3261, 9.1); ends in `Failed` 487 or, where the answer
    /// was quicker, in a 200 that the stack acknowledges and ends with BYE before it says `Failed` 487.
    pub fn cancel(&mut self, now: Moment, dialog: DialogId, reason: Option<&str>) { todo!() }
    /// ACK with the answer, where our INVITE had no offer.
    pub fn acknowledge(&mut self, now: Moment, dialog: DialogId, body: Bytes) { todo!() }

    // ---- in a dialog, both sides
    /// BYE with a Reason header (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`. No further events.
    pub fn bye(&mut self, now: Moment, dialog: DialogId, reason: Option<&str>) { todo!() }
    /// A new offer by re-INVITE (or UPDATE while the dialog is early).
    pub fn offer(&mut self, now: Moment, dialog: DialogId, body: Bytes) { todo!() }
    /// 200 with SDP to an `Offered` request.
    pub fn answer(&mut self, now: Moment, dialog: DialogId, body: Bytes) { todo!() }
    /// Refuses an `Offered` request, with 488 for instance; the session stands as before.
    pub fn refuse_offer(&mut self, now: Moment, dialog: DialogId, status: u16) { todo!() }
    /// Another request inside the dialog: INFO, MESSAGE, REFER, NOTIFY.
    pub fn request_in_dialog(&mut self, now: Moment, dialog: DialogId, method: &str, headers: Vec<Header>, body: Bytes) -> Option<RequestId> { todo!() }
    /// From here on the dialog's requests go this way (a phone has come back on another connection, RFC 5626).
    pub fn move_dialog(&mut self, dialog: DialogId, flow: Flow) { todo!() }
    /// Call-ID, local tag and remote tag of a dialog, as in a Replaces header (RFC 3891).
    pub fn dialog_tags(&self, dialog: DialogId) -> Option<(String, String, String)> { todo!() }
    /// The dialog that a Replaces header names, seen from here.
    pub fn find_dialog(&self, call_id: &str, local_tag: &str, remote_tag: &str) -> Option<DialogId> { todo!() }
    /// Dialogs and transactions held, for figures and leak tests.
    pub fn sizes(&self) -> (usize, usize) { todo!() }
}
