//! Server transactions at work: absorb repeats, answer, repeat the answer.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use super::run_client::MAGIC_COOKIE;
use super::{ServerAction, ServerId, ServerInput, T2, T4, Transactions, server, server_invite};
use crate::event::DialogId;
use crate::flow::Flow;
use crate::message::Reply;
use crate::stack::Output;
use crate::timer::{Alarm, Letter, TimerId};
use crate::view::Message;

/// A stranger whose address is not proved gets no answer that is larger than this many times the request: whoever
/// writes somebody else's address on a request must gain nothing by it.
pub const AMPLIFICATION_MAX: usize = 3;

#[derive(Clone, Copy, Debug)]
enum State {
    Invite(server_invite::State),
    Other(server::State),
}

/// A server transaction.
#[derive(Debug)]
pub(crate) struct Server {
    state: State,
    /// Where responses go.
    pub flow: Flow,
    /// The request, until its final response.
    pub request: Option<Message>,
    /// Our tag in To.
    pub to_tag: Box<str>,
    /// The dialog that answers it.
    pub dialog: Option<DialogId>,
    key: Box<str>,
    merge_key: Option<Box<str>>,
    last: Option<Bytes>,
    interval: Duration,
    again: Option<TimerId>,
    end: Option<TimerId>,
}

impl Server {
    /// Has no final response been sent?
    pub fn is_open(&self) -> bool {
        match self.state {
            State::Invite(state) => state == server_invite::State::Proceeding,
            State::Other(state) => matches!(state, server::State::Trying | server::State::Proceeding),
        }
    }
}

/// A request that begins a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub flow: Flow,
    pub message: Message,
    /// What its repeats are known by.
    pub key: Box<str>,
}

/// RFC 3261, 17.2.3: branch, sent-by and method; without the cookie of RFC 3261 what RFC 2543 has. ACK and CANCEL find
/// their INVITE by asking for its method.
pub(crate) fn server_key(message: &Message, method: &str) -> Option<Box<str>> {
    let via = message.via()?;
    let (branch, sent_by) = (message.branch(), via.sent_by);
    let key = if branch.get(..MAGIC_COOKIE.len()).is_some_and(|c| c.eq_ignore_ascii_case(MAGIC_COOKIE)) {
        format!("{branch}\n{sent_by}\n{method}")
    } else {
        format!("{}\n{}\n{}\n{sent_by}\n{method}", message.from_tag(), message.call_id(), message.cseq().0)
    };
    Some(key.into())
}

fn merge_key(message: &Message) -> Box<str> {
    let (number, method) = message.cseq();
    format!("{}\n{}\n{number}\n{method}", message.call_id(), message.from_tag()).into()
}

fn is_anonymous(request: &Message) -> bool {
    request.header("Authorization").is_none() && request.header("Proxy-Authorization").is_none()
}

/// Would the answer be worth somebody's while who sends requests in a victim's name?
fn amplifies(flow: Flow, request: &Message, answer: &Bytes) -> bool {
    let unproved = !flow.transport.is_reliable() && request.to_tag().is_empty() && is_anonymous(request);
    unproved && answer.len() > AMPLIFICATION_MAX * request.bytes().len()
}

impl Transactions {
    /// The transaction of this key.
    pub fn server_of(&self, key: &str) -> Option<ServerId> {
        self.server_keys.get(key).copied()
    }

    /// Did the same request reach us on another way too (RFC 3261, 8.2.2.2)?
    pub fn is_merged(&self, message: &Message) -> bool {
        self.merged.contains_key(&merge_key(message))
    }

    /// Begins a transaction. `to_tag` is our tag of the dialog, or empty for a new one.
    pub fn open(&mut self, now: Moment, arrival: Arrival, to_tag: &str, dialog: Option<DialogId>) -> ServerId {
        self.server_count += 1;
        let id = ServerId(self.server_count);
        let Arrival { flow, message, key } = arrival;
        let invite = message.method() == "INVITE";
        let outside = message.to_tag().is_empty();
        let to_tag = if to_tag.is_empty() { self.rng.tag() } else { to_tag.to_owned() };
        let merge_key = outside.then(|| merge_key(&message));
        if let Some(merge_key) = &merge_key {
            self.merged.insert(merge_key.clone(), id);
        }
        self.server_keys.insert(key.clone(), id);
        let patience = self.patience();
        let server = Server {
            state: if invite {
                State::Invite(server_invite::State::Proceeding)
            } else {
                State::Other(server::State::Trying)
            },
            flow,
            request: Some(message),
            to_tag: to_tag.into(),
            dialog,
            key,
            merge_key,
            last: None,
            interval: self.config.t1,
            again: None,
            end: (!invite).then(|| self.timers.set(now + patience, Alarm::Server(id, Letter::B))),
        };
        self.servers.insert(id, server);
        id
    }

    /// A repeat of the request, or the ACK to our failure.
    pub fn server_input(&mut self, now: Moment, id: ServerId, input: ServerInput) {
        self.step_server(now, id, input, None);
    }

    /// A timer of a server transaction.
    pub fn server_alarm(&mut self, now: Moment, id: ServerId, letter: Letter) {
        let input = match letter {
            Letter::A => ServerInput::Again,
            Letter::B => ServerInput::GiveUp,
            Letter::K => ServerInput::Forget,
        };
        self.step_server(now, id, input, None);
    }

    /// Answers a request that is still open; the bytes that were sent. `contact` is for responses that make or refresh a
    /// dialog.
    pub fn reply(&mut self, now: Moment, id: ServerId, reply: &Reply, contact: Option<&str>) -> Option<Bytes> {
        let server = self.servers.get_mut(&id)?;
        if !server.is_open() {
            return None;
        }
        let (request, flow) = (server.request.clone()?, server.flow);
        let bytes = crate::response::compose(&self.config, &request, flow, reply, &server.to_tag, contact);
        let input = match reply.status {
            0..200 => ServerInput::Provisional,
            200..300 => ServerInput::Success,
            _ => ServerInput::Failure,
        };
        if input != ServerInput::Provisional {
            server.request = None;
            // A refused request may come again with credentials, by careless peers under the same number.
            if let Some(key) = server.merge_key.take_if(|_| !matches!(input, ServerInput::Success)) {
                self.merged.remove(&key);
            }
        }
        let provable = reply.status < 300 && request.method() == "INVITE";
        if !provable && amplifies(flow, &request, &bytes) {
            self.close(id);
            return Some(bytes);
        }
        // RFC 3261, 26.3.2.4: a challenge to somebody unknown goes out once and keeps no state. That of an INVITE comes
        // again with the request, as long as no 100 has ended its repeats.
        let forgets = matches!(reply.status, 401 | 407) && is_anonymous(&request);
        let forgets = forgets && (request.method() != "INVITE" || self.take_back_trying(id));
        self.step_server(now, id, input, Some(bytes.clone()));
        if forgets {
            self.close(id);
        }
        Some(bytes)
    }

    /// Takes the 100 of an INVITE out of what is to be sent; false when it has gone.
    fn take_back_trying(&mut self, id: ServerId) -> bool {
        let Some(trying) = self.servers.get(&id).and_then(|server| server.last.as_ref()) else { return false };
        let is_it = |output: &Output| matches!(output, Output::Send { bytes, .. } if bytes.as_ptr() == trying.as_ptr());
        let place = self.outputs.iter().rposition(is_it);
        place.and_then(|place| self.outputs.remove(place)).is_some()
    }

    /// Answers without a transaction: a repeat of the request gets the same response again (RFC 3261, 8.2.7).
    pub fn reply_stateless(&mut self, flow: Flow, request: &Message, reply: &Reply) {
        let tag = self.rng.stateless_tag(request);
        let bytes = crate::response::compose(&self.config, request, flow, reply, &tag, None);
        if !amplifies(flow, request, &bytes) {
            self.send(flow, bytes);
        }
    }

    fn step_server(&mut self, now: Moment, id: ServerId, input: ServerInput, response: Option<Bytes>) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let (actions, mut done) = server.step(input);
        let patience = self.config.t1 * 64;
        let reliable = server.flow.transport.is_reliable();
        for action in actions {
            match action {
                ServerAction::Send => server.last = response.clone(),
                ServerAction::Resend => {}
                ServerAction::Again if reliable => {}
                ServerAction::Again => {
                    server.again = Some(self.timers.set(now + server.interval, Alarm::Server(id, Letter::A)));
                    server.interval = (server.interval * 2).min(T2);
                }
                ServerAction::GiveUp => {
                    server.end = Some(self.timers.set(now + patience, Alarm::Server(id, Letter::B)))
                }
                ServerAction::Stop => {
                    self.timers.clear(&mut server.again);
                    self.timers.clear(&mut server.end);
                }
                ServerAction::Forget => match server.forget_after(patience) {
                    Some(wait) => server.end = Some(self.timers.set(now + wait, Alarm::Server(id, Letter::K))),
                    None => done = true,
                },
            }
            if let (ServerAction::Send | ServerAction::Resend, Some(bytes)) = (action, &server.last) {
                self.outputs.push_back(Output::Send { flow: server.flow, bytes: bytes.clone() });
            }
        }
        if done {
            self.close(id);
        }
    }

    fn close(&mut self, id: ServerId) {
        let Some(mut server) = self.servers.remove(&id) else { return };
        self.timers.clear(&mut server.again);
        self.timers.clear(&mut server.end);
        self.server_keys.remove(&server.key);
        if let Some(key) = server.merge_key {
            self.merged.remove(&key);
        }
    }
}

impl Server {
    fn step(&mut self, input: ServerInput) -> (&'static [ServerAction], bool) {
        match &mut self.state {
            State::Invite(state) => {
                let (next, actions) = server_invite::step(*state, input);
                *state = next;
                (actions, next == server_invite::State::Terminated)
            }
            State::Other(state) => {
                let (next, actions) = server::step(*state, input);
                *state = next;
                (actions, next == server::State::Terminated)
            }
        }
    }

    /// Timers I, J and L; none when the transport needs no waiting.
    fn forget_after(&self, patience: Duration) -> Option<Duration> {
        let reliable = self.flow.transport.is_reliable();
        match self.state {
            State::Invite(server_invite::State::Accepted) => Some(patience),
            _ if reliable => None,
            State::Invite(_) => Some(T4),
            State::Other(_) => Some(patience),
        }
    }
}
