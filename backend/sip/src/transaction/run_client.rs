//! Client transactions at work: compose, send, repeat, match responses.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use super::{ClientAction, ClientId, ClientInput, T2, T4, Transactions, client, client_invite};
use crate::event::{DialogId, RequestId};
use crate::flow::Flow;
use crate::message::{Draft, Header, NewRequest};
use crate::method;
use crate::timer::{Alarm, Letter, TimerId};
use crate::view::Message;

/// What a branch begins with (RFC 3261, 8.1.1.7).
pub(crate) const MAGIC_COOKIE: &str = "z9hG4bK";
/// Acknowledgements kept of one forked INVITE: more branches than this answer at once only in an attack.
const ACKS_MAX: usize = 16;

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The INVITE that begins a call.
    Invite(DialogId),
    /// A re-INVITE or UPDATE with an offer, or one that refreshes the session.
    Offer(DialogId),
    /// A PRACK.
    Prack(DialogId),
    /// Another request in a dialog.
    InDialog(DialogId, RequestId),
    /// A request outside a dialog.
    Request(RequestId),
    /// Nobody waits for the response: BYE and CANCEL.
    Nobody,
}

/// All that a request is composed from, kept until its final response so that it can be sent with credentials.
#[derive(Clone, Debug)]
pub(crate) struct Blueprint {
    /// From has its tag, To has one inside a dialog.
    pub request: NewRequest,
    /// Authorization headers.
    pub authorization: Vec<Header>,
    /// How often a challenge or a 422 was answered.
    pub tries: u8,
}

impl Blueprint {
    pub fn new(request: NewRequest) -> Box<Self> {
        Box::new(Self { request, authorization: Vec::new(), tries: 0 })
    }
}

/// What a client transaction came to.
#[derive(Debug)]
pub(crate) enum Verdict {
    Response(Message),
    TimedOut,
    FlowFailed,
}

/// A response, or the lack of one, on its way to the user.
#[derive(Debug)]
pub(crate) struct Passed {
    pub id: ClientId,
    pub owner: Owner,
    pub flow: Flow,
    /// There with the first final response, and when there is none.
    pub blueprint: Option<Box<Blueprint>>,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Invite(client_invite::State),
    Other(client::State),
}

/// A client transaction.
#[derive(Debug)]
pub(crate) struct Client {
    state: State,
    pub flow: Flow,
    method: Box<str>,
    owner: Owner,
    /// What is sent again; dropped with the final response.
    request: Option<Bytes>,
    blueprint: Option<Box<Blueprint>>,
    /// To tag and ACK per branch of a fork; a failure's ACK has no tag.
    acks: Vec<(Box<str>, Bytes)>,
    interval: Duration,
    again: Option<TimerId>,
    last: Option<TimerId>,
}

impl Transactions {
    /// Composes and sends a request. None when it cannot be composed, or there are too many transactions.
    pub fn request(&mut self, now: Moment, flow: Flow, blueprint: Box<Blueprint>, owner: Owner) -> Option<ClientId> {
        let id = ClientId { branch: self.rng.next(), cancel: false };
        let bytes = self.compose(flow, id, &blueprint)?;
        self.start(now, flow, id, blueprint, bytes, owner)
    }

    fn start(
        &mut self,
        now: Moment,
        flow: Flow,
        id: ClientId,
        blueprint: Box<Blueprint>,
        bytes: Bytes,
        owner: Owner,
    ) -> Option<ClientId> {
        let outside = matches!(owner, Owner::Invite(_) | Owner::Request(_));
        if (outside && self.is_full()) || self.is_packed() {
            return None;
        }
        let invite = blueprint.request.method == "INVITE";
        let interval = self.config.t1;
        let again =
            (!flow.transport.is_reliable()).then(|| self.timers.set(now + interval, Alarm::Client(id, Letter::A)));
        let last = Some(self.timers.set(now + self.patience(), Alarm::Client(id, Letter::B)));
        let client = Client {
            state: if invite {
                State::Invite(client_invite::State::Calling)
            } else {
                State::Other(client::State::Trying)
            },
            flow,
            method: blueprint.request.method.as_str().into(),
            owner,
            request: Some(bytes.clone()),
            blueprint: Some(blueprint),
            acks: Vec::new(),
            interval,
            again,
            last,
        };
        self.clients.insert(id, client);
        self.send(flow, bytes);
        Some(id)
    }

    /// CANCEL of an INVITE that had a provisional response (RFC 3261, 9.1).
    pub fn cancel(&mut self, now: Moment, invite: ClientId, reason: Option<&str>) {
        let Some(client) = self.clients.get(&invite) else { return };
        let Some(request) = client.blueprint.as_ref().map(|b| &b.request) else { return };
        let flow = client.flow;
        let blueprint = Blueprint::new(NewRequest {
            method: "CANCEL".into(),
            headers: reason.map(|r| Header::new("Reason", r)).into_iter().collect(),
            body: Bytes::new(),
            contact: String::new(),
            credentials: None,
            ..request.clone()
        });
        let id = ClientId { branch: invite.branch, cancel: true };
        let Some(bytes) = self.compose(flow, id, &blueprint) else { return };
        self.start(now, flow, id, blueprint, bytes, Owner::Nobody);
        // RFC 3261, 9.1: then the final response has 64 × T1 to arrive.
        self.limit(now, invite, self.patience());
    }

    /// From here on an INVITE that rings waits no longer than this for its final response.
    pub fn limit(&mut self, now: Moment, id: ClientId, wait: Duration) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if matches!(client.state, State::Invite(client_invite::State::Proceeding)) && client.last.is_none() {
            client.last = Some(self.timers.set(now + wait, Alarm::Client(id, Letter::B)));
        }
    }

    /// Sends the ACK to a 2xx and keeps it for repeats of that 2xx.
    pub fn acknowledge(&mut self, flow: Flow, invite: ClientId, tag: &str, blueprint: &Blueprint) {
        let id = ClientId { branch: self.rng.next(), cancel: false };
        let Some(bytes) = self.compose(flow, id, blueprint) else { return };
        self.send(flow, bytes.clone());
        if let Some(client) = self.clients.get_mut(&invite)
            && client.acks.len() < ACKS_MAX
        {
            client.acks.push((tag.into(), bytes));
        }
    }

    fn abandon(&mut self, id: ClientId) {
        if let Some(mut client) = self.clients.remove(&id) {
            self.timers.clear(&mut client.again);
            self.timers.clear(&mut client.last);
        }
    }

    fn compose(&self, flow: Flow, id: ClientId, blueprint: &Blueprint) -> Option<Bytes> {
        let request = &blueprint.request;
        let mut draft = Draft::request(&request.method, &request.uri)?;
        let (transport, sent_by, branch) = (flow.transport.via(), self.sent_by(flow), id.branch);
        draft.push("Via", format!("SIP/2.0/{transport} {sent_by};branch={MAGIC_COOKIE}{branch:016x};rport"));
        let max_forwards = request.headers.iter().find(|h| h.name.eq_ignore_ascii_case("Max-Forwards"));
        draft.push("Max-Forwards", max_forwards.map_or("70", |h| &h.value));
        for route in &request.route {
            draft.push("Route", route.as_str());
        }
        draft.push("From", request.from.as_str());
        draft.push("To", request.to.as_str());
        draft.push("Call-ID", request.call_id.as_str());
        draft.push("CSeq", format!("{} {}", request.cseq, request.method));
        if !request.contact.is_empty() {
            draft.push("Contact", request.contact.as_str());
        }
        let headers = request.headers.iter().filter(|h| !h.name.eq_ignore_ascii_case("Max-Forwards"));
        for header in blueprint.authorization.iter().chain(headers) {
            draft.push(&header.name, header.value.as_str());
        }
        method::push_capabilities(&self.config, &mut draft, &request.method, !request.body.is_empty());
        if !self.config.user_agent.is_empty() && !matches!(request.method.as_str(), "ACK" | "CANCEL") {
            draft.push_default("User-Agent", self.config.user_agent.as_str());
        }
        draft.set_body(&request.body);
        Some(draft.to_bytes())
    }

    /// Finds the transaction of a response (RFC 3261, 17.1.3) and runs it. None when there is nothing to tell.
    pub fn receive_response(&mut self, now: Moment, message: Message) -> Option<Passed> {
        let method = message.cseq().1;
        let branch = message.branch().strip_prefix(MAGIC_COOKIE).and_then(|b| u64::from_str_radix(b, 16).ok())?;
        let id = ClientId { branch, cancel: method == "CANCEL" };
        let client = self.clients.get(&id).filter(|c| *c.method == *method)?;
        let input = match message.status() {
            100..200 => ClientInput::Provisional,
            200..300 => ClientInput::Success,
            _ => ClientInput::Failure,
        };
        let accepted = matches!(client.state, State::Invite(client_invite::State::Accepted));
        if accepted && let Some((_, ack)) = client.acks.iter().find(|(tag, _)| **tag == *message.to_tag()) {
            let (flow, ack) = (client.flow, ack.clone());
            if input == ClientInput::Success {
                self.send(flow, ack);
            }
            return None;
        }
        self.step_client(now, id, input, Some(message))
    }

    /// A timer of a client transaction.
    pub fn client_alarm(&mut self, now: Moment, id: ClientId, letter: Letter) -> Option<Passed> {
        let input = match letter {
            Letter::A => ClientInput::Again,
            Letter::B => ClientInput::GiveUp,
            Letter::K => ClientInput::Forget,
        };
        self.step_client(now, id, input, None)
    }

    /// A connection is gone: what waits on it fails.
    pub fn client_flow_closed(&mut self, now: Moment, closed: Flow) -> Vec<Passed> {
        let gone = |flow: Flow| {
            let same_connection = flow.connection == closed.connection && flow.connection != crate::ConnectionId::NEW;
            let being_opened = flow.connection == crate::ConnectionId::NEW && flow.remote == closed.remote;
            flow.transport == closed.transport && flow.transport.is_reliable() && (same_connection || being_opened)
        };
        let ids: Vec<_> = self.clients.iter().filter(|(_, c)| gone(c.flow)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.step_client(now, id, ClientInput::FlowFailed, None)).collect()
    }

    fn step_client(
        &mut self,
        now: Moment,
        id: ClientId,
        input: ClientInput,
        message: Option<Message>,
    ) -> Option<Passed> {
        let client = self.clients.get_mut(&id)?;
        let (actions, done) = client.step(input);
        let mut verdict = None;
        let mut forgotten = done;
        for action in actions {
            match action {
                ClientAction::Resend => self.resend(id),
                ClientAction::Again => self.again(now, id, false),
                ClientAction::AgainSlowly => self.again(now, id, true),
                ClientAction::Stop => self.stop(id),
                ClientAction::Forget => forgotten |= !self.forget(now, id),
                ClientAction::Ack => self.acknowledge_failure(id, message.as_ref()),
                ClientAction::Pass => verdict = message.clone().map(Verdict::Response),
                ClientAction::TimedOut => verdict = Some(Verdict::TimedOut),
                ClientAction::FlowFailed => verdict = Some(Verdict::FlowFailed),
            }
        }
        let client = self.clients.get_mut(&id)?;
        let passed = verdict.map(|verdict| Passed {
            id,
            owner: client.owner,
            flow: client.flow,
            blueprint: if input == ClientInput::Provisional { None } else { client.blueprint.take() },
            verdict,
        });
        if forgotten {
            self.abandon(id);
        }
        passed
    }

    fn resend(&mut self, id: ClientId) {
        if let Some((flow, bytes)) = self.clients.get(&id).and_then(|c| Some((c.flow, c.request.clone()?))) {
            self.send(flow, bytes);
        }
    }

    fn again(&mut self, now: Moment, id: ClientId, slowly: bool) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let longest = if matches!(client.state, State::Invite(_)) { Duration::MAX } else { T2 };
        client.interval = if slowly { T2 } else { client.interval.saturating_mul(2).min(longest) };
        client.again = Some(self.timers.set(now + client.interval, Alarm::Client(id, Letter::A)));
    }

    fn stop(&mut self, id: ClientId) {
        if let Some(client) = self.clients.get_mut(&id) {
            self.timers.clear(&mut client.again);
            self.timers.clear(&mut client.last);
        }
    }

    /// False when the transport needs no waiting.
    fn forget(&mut self, now: Moment, id: ClientId) -> bool {
        let patience = self.patience();
        let Some(client) = self.clients.get_mut(&id) else { return false };
        client.request = None;
        let wait = match client.state {
            State::Invite(client_invite::State::Accepted) => patience,
            _ if client.flow.transport.is_reliable() => return false,
            State::Invite(_) => patience,
            State::Other(_) => T4,
        };
        client.last = Some(self.timers.set(now + wait, Alarm::Client(id, Letter::K)));
        true
    }

    /// RFC 3261, 17.1.1.3: on the branch of the INVITE, with the To of the response.
    fn acknowledge_failure(&mut self, id: ClientId, response: Option<&Message>) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let flow = client.flow;
        if let Some((_, ack)) = client.acks.first() {
            let ack = ack.clone();
            return self.send(flow, ack);
        }
        let Some((invite, response)) = client.blueprint.as_ref().zip(response) else { return };
        let mut ack = invite.clone();
        ack.request.method = "ACK".into();
        ack.request.to = response.header("To").unwrap_or_default().to_owned();
        ack.request.headers.clear();
        ack.request.body.clear();
        ack.request.contact.clear();
        let Some(bytes) = self.compose(flow, id, &ack) else { return };
        if let Some(client) = self.clients.get_mut(&id) {
            client.acks.push(("".into(), bytes.clone()));
        }
        self.send(flow, bytes);
    }
}

impl Client {
    /// Runs the table; true when the transaction is over.
    fn step(&mut self, input: ClientInput) -> (&'static [ClientAction], bool) {
        match &mut self.state {
            State::Invite(state) => {
                let (next, actions) = client_invite::step(*state, input);
                *state = next;
                (actions, next == client_invite::State::Terminated)
            }
            State::Other(state) => {
                let (next, actions) = client::step(*state, input);
                *state = next;
                (actions, next == client::State::Terminated)
            }
        }
    }
}
