//! The machine: finds transaction and dialog, hands to the method.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use crate::dialog::{Dialogs, Stage};
use crate::event::{DialogId, Event, Guarded, Load, RequestId};
use crate::flow::Flow;
use crate::message::{Header, NewRequest, Reply};
use crate::method::Registrations;
use crate::sent_by::SentBy;
use crate::timer::{Alarm, Wait};
use crate::transaction::Transactions;

/// What a stack is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// For User-Agent and Server headers; empty leaves them out.
    pub user_agent: String,
    /// For Via and Contact: what a peer is to send to.
    pub sent_by: SentBy,
    /// T1 of RFC 3261: the round trip that retransmissions are counted in.
    pub t1: Duration,
    /// Are reliable provisional responses (RFC 3262) offered, and used where the peer offers them? Those that a peer
    /// requires are sent in any case, and those that it sends are acknowledged.
    pub prack: bool,
    /// Session-Expires that is asked for (RFC 4028); none leaves session timers to the peer.
    pub session_expires: Option<Duration>,
    /// Min-SE (RFC 4028).
    pub session_expires_min: Duration,
    /// The most dialogs of calls, and the most transactions, at a time; above it a request is answered 503.
    pub dialogs_max: usize,
    /// The most subscriptions at a time; above it a SUBSCRIBE is answered 503.
    pub subscriptions_max: usize,
    /// Is each request inside a dialog told as [`Event::Guarded`] first? ACK and CANCEL are not: nobody can be asked for
    /// credentials by them (RFC 3261, 22.1).
    pub guard_dialogs: bool,
    /// Requests of a User-Agent that contains one of these, whatever its case, are dropped.
    pub shunned_agents: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            user_agent: String::new(),
            sent_by: SentBy::default(),
            t1: Duration::from_millis(500),
            prack: true,
            session_expires: Some(Duration::from_secs(120)),
            session_expires_min: Duration::from_secs(90),
            dialogs_max: 20_000,
            subscriptions_max: 50_000,
            guard_dialogs: false,
            shunned_agents: Vec::new(),
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
    pub(crate) core: Transactions,
    pub(crate) dialogs: Dialogs,
    pub(crate) registrations: Registrations,
    pub(crate) load: Load,
    /// How many requests of ours had a [`RequestId`].
    pub(crate) requests: u64,
}

impl Stack {
    /// `seed` feeds branches, tags and Call-IDs; on a server it comes from the operating system's dice.
    pub fn new(config: Config, seed: u64) -> Self {
        let core = Transactions::new(config, seed);
        let (dialogs, registrations) = (Dialogs::default(), Registrations::default());
        Self { core, dialogs, registrations, load: Load::default(), requests: 0 }
    }

    /// One whole message that arrived (for streams: cut by `framing`).
    pub fn handle_packet(&mut self, now: Moment, flow: Flow, bytes: Bytes) {
        self.receive(now, flow, bytes, &|_| false);
    }

    /// The same. Under a heavy load a REGISTER is refused as what begins something, unless `renews` says that it goes on with
    /// what there is already.
    pub fn handle_packet_or(
        &mut self,
        now: Moment,
        flow: Flow,
        bytes: Bytes,
        renews: &dyn Fn(&crate::Message) -> bool,
    ) {
        self.receive(now, flow, bytes, renews);
    }

    /// A stream connection is gone; transactions that waited on it fail with 503.
    pub fn handle_flow_closed(&mut self, now: Moment, flow: Flow) {
        self.core.names.remove(&flow);
        for passed in self.core.client_flow_closed(now, flow) {
            self.answered(now, passed);
        }
    }

    /// Time has come to `poll_timeout`.
    pub fn handle_timeout(&mut self, now: Moment) {
        while let Some(alarm) = self.core.timers.due(now) {
            match alarm {
                Alarm::Client(id, letter) => {
                    if let Some(passed) = self.core.client_alarm(now, id, letter) {
                        self.answered(now, passed);
                    }
                }
                Alarm::Server(id, letter) => self.core.server_alarm(now, id, letter),
                Alarm::Dialog(id, wait) => self.dialog_alarm(now, id, wait),
            }
        }
    }

    fn dialog_alarm(&mut self, now: Moment, id: DialogId, wait: Wait) {
        match wait {
            Wait::Success => self.success_alarm(now, id),
            Wait::Reliable => self.reliable_alarm(now, id),
            Wait::Provisional => self.provisional_alarm(now, id),
            Wait::Glare => self.glare_alarm(now, id),
            Wait::Session => self.session_alarm(now, id),
            Wait::Subscription => {
                self.drop_dialog(now, id);
            }
        }
    }

    /// What is to be done next; none when all is done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.core.outputs.pop_front()
    }

    /// When `handle_timeout` is to be called; none when nothing waits.
    pub fn poll_timeout(&self) -> Option<Moment> {
        self.core.timers.next()
    }

    /// Other addresses of its own, for messages from now on.
    pub fn set_sent_by(&mut self, sent_by: SentBy) {
        self.core.config.sent_by = sent_by;
    }

    /// The peer of this connection knows us by this `host:port`.
    pub fn set_name(&mut self, flow: Flow, name: String) {
        self.core.names.insert(flow, name);
    }

    /// Another session timer, for dialogs that begin from now on.
    pub fn set_session_expires(&mut self, session_expires: Option<Duration>) {
        self.core.config.session_expires = session_expires;
    }

    /// Switches reliable provisional responses on or off, for what is sent from now on.
    pub fn set_prack(&mut self, prack: bool) {
        self.core.config.prack = prack;
    }

    /// From now on, see [`Config::shunned_agents`].
    pub fn set_shunned_agents(&mut self, agents: Vec<String>) {
        self.core.config.shunned_agents = agents;
    }

    /// So much is to be done from now on.
    pub const fn set_load(&mut self, load: Load) {
        self.load = load;
    }

    // ---- server side

    /// Final response to `Event::Request`.
    pub fn respond(&mut self, now: Moment, request: RequestId, reply: Reply) {
        self.respond_request(now, request, &reply);
    }

    /// Lets a request go on that waited at the gate.
    pub fn admit(&mut self, now: Moment, request: Guarded) {
        let message = &request.0.message;
        match self.dialogs.find(message.call_id(), message.to_tag(), message.from_tag()) {
            Some(id) => self.receive_inside(now, id, request.0),
            None => self.core.reply_stateless(request.0.flow, message, &Reply::status(481)),
        }
    }

    /// Answers a request that waited at the gate; nothing else comes of it.
    pub fn turn_away(&mut self, request: &Guarded, reply: &Reply) {
        self.core.reply_stateless(request.0.flow, &request.0.message, reply);
    }

    /// From now on, see [`Config::guard_dialogs`].
    pub fn set_guard_dialogs(&mut self, guard: bool) {
        self.core.config.guard_dialogs = guard;
    }

    /// Our Contact in the dialog says from now on that a conference is behind it (RFC 4579, 5.1).
    pub fn set_focus(&mut self, dialog: DialogId) {
        const FOCUS: &str = ";isfocus";
        if let Some(known) = self.dialogs.get_mut(dialog).filter(|known| !known.contact.ends_with(FOCUS)) {
            known.contact.push_str(FOCUS);
        }
    }

    /// Provisional response (101–199) to an INVITE. `reliable`: with 100rel when the peer supports it (RFC 3262).
    pub fn ring(&mut self, now: Moment, dialog: DialogId, reply: Reply, reliable: bool) {
        self.ring_dialog(now, dialog, reply, reliable);
    }

    /// 200 to the INVITE with an SDP body. It waits for the PRACK of a reliable provisional response with a body.
    pub fn accept(&mut self, now: Moment, dialog: DialogId, reply: Reply) {
        self.accept_dialog(now, dialog, reply);
    }

    /// 3xx–6xx to the INVITE; the dialog is gone.
    pub fn reject(&mut self, now: Moment, dialog: DialogId, reply: Reply) {
        let status = if reply.status < 300 { 603 } else { reply.status };
        self.reject_dialog(now, dialog, &Reply { status, ..reply });
    }

    // ---- client side

    /// A request outside a dialog, other than INVITE. With `credentials` set a 401/407 is answered once by the stack.
    /// A `Max-Forwards` among its headers takes the place of 70; other headers take the place of the stack's own.
    pub fn request(&mut self, now: Moment, flow: Flow, request: NewRequest) -> RequestId {
        self.start_request(now, flow, request)
    }

    /// INVITE. With `credentials` set a 401/407 is answered once by the stack.
    pub fn invite(&mut self, now: Moment, flow: Flow, request: NewRequest) -> DialogId {
        self.start_invite(now, flow, request)
    }

    /// Gives an INVITE of ours up: CANCEL as soon as allowed (RFC 3261, 9.1); ends in `Failed` 487 or, where the answer
    /// was quicker, in a 200 that the stack acknowledges and ends with BYE before it says `Failed` 487.
    pub fn cancel(&mut self, now: Moment, dialog: DialogId, reason: Option<&str>) {
        self.cancel_dialog(now, dialog, reason);
    }

    /// ACK with the answer, where our INVITE had no offer.
    pub fn acknowledge(&mut self, now: Moment, dialog: DialogId, body: Bytes) {
        self.acknowledge_dialog(now, dialog, body);
    }

    // ---- in a dialog, both sides

    /// BYE with a Reason header (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`. No further events.
    /// An INVITE of ours that is unanswered is cancelled, one of the peer's is refused with 480.
    pub fn bye(&mut self, now: Moment, dialog: DialogId, reason: Option<&str>) {
        self.bye_dialog(now, dialog, reason);
    }

    /// A new offer by re-INVITE (or UPDATE while the dialog is early). It waits for an offer that is under way.
    pub fn offer(&mut self, now: Moment, dialog: DialogId, body: Bytes) {
        self.make_offer(now, dialog, Vec::new(), body);
    }

    /// As [`Stack::offer`], with more headers, such as P-Asserted-Identity for who is at our end from now on.
    pub fn offer_with(&mut self, now: Moment, dialog: DialogId, headers: Vec<Header>, body: Bytes) {
        self.make_offer(now, dialog, headers, body);
    }

    /// 200 with SDP to an `Offered` request.
    pub fn answer(&mut self, now: Moment, dialog: DialogId, body: Bytes) {
        self.answer_offer(now, dialog, body);
    }

    /// Refuses an `Offered` request, with 488 for instance; the session stands as before.
    pub fn refuse_offer(&mut self, now: Moment, dialog: DialogId, status: u16) {
        self.refuse_incoming(now, dialog, status);
    }

    /// Another request inside the dialog: INFO, MESSAGE, REFER, NOTIFY.
    pub fn request_in_dialog(
        &mut self,
        now: Moment,
        dialog: DialogId,
        method: &str,
        headers: Vec<Header>,
        body: Bytes,
    ) -> Option<RequestId> {
        self.start_request_in_dialog(now, dialog, method, headers, body)
    }

    /// From here on the dialog's requests go this way (a phone has come back on another connection, RFC 5626), and so do
    /// the responses to an INVITE of it that is unanswered.
    pub fn move_dialog(&mut self, dialog: DialogId, flow: Flow) {
        let Some(dialog) = self.dialogs.get_mut(dialog) else { return };
        dialog.flow = flow;
        if let Stage::Invited(server) = dialog.stage
            && let Some(server) = self.core.servers.get_mut(&server)
        {
            server.flow = flow;
        }
    }

    /// Call-ID, local tag and remote tag of a dialog, as in a Replaces header (RFC 3891).
    pub fn dialog_tags(&self, dialog: DialogId) -> Option<(String, String, String)> {
        let dialog = self.dialogs.get(dialog)?;
        Some((dialog.call_id.clone(), dialog.local_tag.clone(), dialog.peer()?.tag.clone()))
    }

    /// Call-ID and local tag of a dialog, by which its messages can be told from those of others.
    pub fn dialog_names(&self, dialog: DialogId) -> Option<(&str, &str)> {
        let dialog = self.dialogs.get(dialog)?;
        Some((&dialog.call_id, &dialog.local_tag))
    }

    /// The dialog that a Replaces header names, seen from here.
    pub fn find_dialog(&self, call_id: &str, local_tag: &str, remote_tag: &str) -> Option<DialogId> {
        self.dialogs.find(call_id, local_tag, remote_tag)
    }

    /// Dialogs and transactions held, for figures and leak tests.
    pub fn sizes(&self) -> (usize, usize) {
        (self.dialogs.len(), self.core.len())
    }
}
