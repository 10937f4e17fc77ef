//! The line: one WebSocket at a time (RFC 7118), and the registration over it (RFC 3261, 10; RFC 5626).

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use shared::account::PhoneCredential;
use shared::phone_credential::PHONE_CREDENTIAL_SECONDS;
use sip::message::Credentials;
use sip::{ConnectionId, Flow, Header, Message, NewRequest, RequestId, Transport};

use super::left::LeftPage;
use super::{Dice, Effect, Identity, Phone};

/// The registration that is asked for. Browsers wake a hidden page only once a minute, so it is well above that.
const EXPIRES: Duration = Duration::from_secs(240);
/// A fresh credential is fetched when half of the old one's life is over.
const CREDENTIAL_LIFE: Duration = Duration::from_secs(PHONE_CREDENTIAL_SECONDS as u64 / 2);
/// The credential is asked for again so long after a refusal that did no harm.
const CREDENTIAL_RETRY: Duration = Duration::from_secs(60);
const PING_EVERY: Duration = Duration::from_secs(25);
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// The answer to the keep-alive that is sent because the network may be another.
const PONG_WITHIN_SUSPECT: Duration = Duration::from_secs(3);
const OPEN_WITHIN: Duration = Duration::from_secs(10);
const SIGN_OFF_WITHIN: Duration = Duration::from_secs(2);
const RETRY_MIN_MILLIS: u64 = 500;
const RETRY_MAX_MILLIS: u64 = 30_000;
/// The longest that a server's Retry-After is obeyed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);
/// The stack adds up to two numbers for challenges.
const CSEQ_STEP: u32 = 4;

/// The registration as the person sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LineView {
    /// Nobody is signed in with an extension.
    #[default]
    Off,
    /// On its way.
    Connecting,
    /// Calls can be made and come in.
    Ready,
    /// Not registered; it is tried again by itself.
    Offline {
        /// Why, as a sentence.
        reason: String,
        /// When it is tried again.
        retry_at: Moment,
    },
}

impl LineView {
    /// For `data-state`.
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Off | Self::Offline { .. } => "offline",
            Self::Connecting => "connecting",
            Self::Ready => "ready",
        }
    }
}

/// The line's own state.
#[derive(Debug)]
pub(super) struct Line {
    pub view: LineView,
    signed_in: bool,
    transport: Transport,
    instance: String,
    user: String,
    host: String,
    call_id: String,
    cseq: u32,
    dice: Dice,
    credential: Option<PhoneCredential>,
    credential_stale_at: Moment,
    fetching: bool,
    /// A fresh credential has been tried since the last success.
    fetched_again: bool,
    connection: ConnectionId,
    socket: Socket,
    register: Option<RequestId>,
    /// A sign-off is under way; the socket closes then.
    leaving: bool,
    expires: Duration,
    refresh_at: Option<Moment>,
    ping_at: Option<Moment>,
    /// Something must have happened until then: the socket opened, the keep-alive answered, the sign-off answered.
    deadline: Option<Moment>,
    retry_at: Option<Moment>,
    attempts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socket {
    Closed,
    Opening,
    Open,
}

impl Line {
    pub fn new(identity: &Identity, dice: &mut Dice) -> Self {
        let own = Dice(dice.next());
        Self {
            view: LineView::Off,
            signed_in: false,
            transport: if identity.secure { Transport::Wss } else { Transport::Ws },
            instance: identity.instance.clone(),
            user: dice.token(),
            host: format!("{}.invalid", dice.token()),
            call_id: format!("{}{}", dice.token(), dice.token()),
            cseq: 0,
            dice: own,
            credential: None,
            credential_stale_at: Moment(0),
            fetching: false,
            fetched_again: false,
            connection: ConnectionId::NEW,
            socket: Socket::Closed,
            register: None,
            leaving: false,
            expires: EXPIRES,
            refresh_at: None,
            ping_at: None,
            deadline: None,
            retry_at: None,
            attempts: 0,
        }
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn number(&self) -> &str {
        self.credential.as_ref().map_or("", |credential| &credential.number)
    }

    pub fn poll_timeout(&self) -> Option<Moment> {
        [self.refresh_at, self.ping_at, self.deadline, self.retry_at].into_iter().flatten().min()
    }

    pub fn is_ready(&self) -> bool {
        self.view == LineView::Ready
    }

    pub fn flow(&self) -> Flow {
        // A browser does not know the server's address, and the stack does not need it on a stream.
        let remote = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Flow { transport: self.transport, connection: self.connection, remote }
    }

    /// A request to `number`, as this extension; for the own registration `number` is empty.
    pub fn request(&self, method: &str, number: &str) -> Option<NewRequest> {
        let credential = self.credential.as_ref()?;
        let own = format!("sip:{}@{}", credential.number, credential.domain);
        let from = format!("\"{}\" <{own}>", quoted(&credential.display_name));
        let (uri, to) = match number {
            "" => (format!("sip:{}", credential.domain), from.clone()),
            number => {
                let uri = format!("sip:{}@{}", super::number::uri_user(number), credential.domain);
                (uri.clone(), format!("<{uri}>"))
            }
        };
        Some(NewRequest {
            method: method.to_owned(),
            uri,
            from,
            to,
            contact: self.contact(),
            credentials: Some(Credentials { user: credential.user.clone(), secret: credential.secret.clone() }),
            ..NewRequest::default()
        })
    }

    pub fn contact(&self) -> String {
        format!("<sip:{}@{};transport=ws>", self.user, self.host)
    }

    /// How long to wait before the next attempt: doubled each time, half of it by chance, so that the phones of a
    /// restarted server do not come all at once.
    fn pause(&mut self) -> Duration {
        let most = (RETRY_MIN_MILLIS << self.attempts.min(8)).min(RETRY_MAX_MILLIS);
        self.attempts = self.attempts.saturating_add(1);
        Duration::from_millis(most / 2 + self.dice.next() % (most / 2))
    }

    fn clear_timers(&mut self) {
        (self.refresh_at, self.ping_at, self.deadline, self.retry_at) = (None, None, None, None);
    }
}

impl Phone {
    pub(super) fn sign_in(&mut self, now: Moment, left: Option<LeftPage>) {
        if self.line.signed_in {
            return;
        }
        self.line_close(now);
        self.line.signed_in = true;
        self.line.attempts = 0;
        self.take_up(now, left);
        self.connect(now);
    }

    pub(super) fn sign_out(&mut self, now: Moment) {
        if !self.line.signed_in {
            return;
        }
        for key in self.live_calls() {
            self.hang_up(now, key);
        }
        self.line.signed_in = false;
        self.line.fetching = false;
        let registered = self.line.is_ready() && self.line.socket == Socket::Open;
        self.line.clear_timers();
        self.line.view = LineView::Off;
        if registered {
            self.line.leaving = true;
            self.line.deadline = Some(now + SIGN_OFF_WITHIN);
            self.register(now, Duration::ZERO);
        } else {
            self.line_close(now);
        }
    }

    /// The next step towards a registration: credential, socket, REGISTER.
    fn connect(&mut self, now: Moment) {
        self.line.retry_at = None;
        if !self.line.is_ready() {
            self.line.view = LineView::Connecting;
        }
        if self.line.credential.is_none() || now >= self.line.credential_stale_at {
            if !self.line.fetching {
                self.line.fetching = true;
                self.effects.push_back(Effect::FetchCredential);
            }
            return;
        }
        match self.line.socket {
            Socket::Closed => {
                self.line.connection = ConnectionId(self.line.connection.0 + 1);
                self.line.socket = Socket::Opening;
                self.line.deadline = Some(now + OPEN_WITHIN);
                self.effects.push_back(Effect::OpenSocket(self.line.connection));
            }
            Socket::Opening => {}
            Socket::Open => self.register(now, self.line.expires),
        }
    }

    pub(super) fn on_credential(&mut self, now: Moment, credential: PhoneCredential) {
        self.line.fetching = false;
        if !self.line.signed_in {
            return;
        }
        self.drop_strange_calls(now, &credential.number);
        self.line.credential = Some(credential);
        self.line.credential_stale_at = now + CREDENTIAL_LIFE;
        self.connect(now);
    }

    pub(super) fn on_credential_refused(&mut self, now: Moment, reason: String) {
        self.line.fetching = false;
        if !self.line.signed_in {
            return;
        }
        if self.line.credential.is_some() && self.line.is_ready() {
            // The old one has half its life before it.
            self.line.credential_stale_at = now + CREDENTIAL_RETRY;
            self.connect(now);
        } else {
            self.wait(now, reason, None);
        }
    }

    pub(super) fn on_socket_opened(&mut self, now: Moment, connection: ConnectionId) {
        if connection != self.line.connection || self.line.socket != Socket::Opening {
            return;
        }
        self.line.socket = Socket::Open;
        self.line.deadline = None;
        self.line.ping_at = Some(now + PING_EVERY);
        self.register(now, self.line.expires);
    }

    pub(super) fn on_socket_closed(&mut self, now: Moment, connection: ConnectionId) {
        if connection != self.line.connection || self.line.socket == Socket::Closed {
            return;
        }
        let reason = match self.line.socket {
            Socket::Open => "The connection to the server was lost.",
            _ => "The server cannot be reached.",
        };
        self.line_lost(now, reason);
    }

    pub(super) fn on_socket_message(&mut self, now: Moment, connection: ConnectionId, bytes: Bytes) {
        if connection != self.line.connection || self.line.socket != Socket::Open {
            return;
        }
        if !self.line.leaving {
            self.line.deadline = None;
        }
        match bytes.as_ref() {
            b"\r\n" => {}
            b"\r\n\r\n" => self.line_send(connection, Bytes::from_static(b"\r\n")),
            _ => {
                let flow = self.line.flow();
                self.stack.handle_packet(now, flow, bytes);
            }
        }
    }

    pub(super) fn on_network_changed(&mut self, now: Moment) {
        match self.line.socket {
            _ if !self.line.signed_in => {}
            Socket::Open => self.ping(now, PONG_WITHIN_SUSPECT),
            Socket::Opening => {}
            Socket::Closed => {
                self.line.attempts = 0;
                self.connect(now);
            }
        }
    }

    pub(super) fn line_timeout(&mut self, now: Moment) {
        let due = |at: &mut Option<Moment>| at.take_if(|at| *at <= now).is_some();
        if due(&mut self.line.deadline) {
            match (self.line.leaving, self.line.socket) {
                (true, _) => return self.line_close(now),
                (false, Socket::Open) => self.line_lost(now, "The server does not answer."),
                _ => self.line_lost(now, "The server cannot be reached."),
            }
        }
        if due(&mut self.line.ping_at) {
            self.line.ping_at = Some(now + PING_EVERY);
            self.ping(now, PONG_WITHIN);
        }
        let refresh = due(&mut self.line.refresh_at);
        if due(&mut self.line.retry_at) || refresh {
            self.connect(now);
        }
    }

    /// Sends a keep-alive (RFC 5626, 4.4.1).
    fn ping(&mut self, now: Moment, within: Duration) {
        let by = now + within;
        self.line.deadline = Some(self.line.deadline.map_or(by, |deadline| deadline.min(by)));
        self.line_send(self.line.connection, Bytes::from_static(b"\r\n\r\n"));
    }

    pub(super) fn line_send(&mut self, connection: ConnectionId, bytes: Bytes) {
        if connection == self.line.connection && self.line.socket == Socket::Open {
            self.effects.push_back(Effect::Send(connection, bytes));
        }
    }

    fn register(&mut self, now: Moment, expires: Duration) {
        if self.line.register.is_some() && !expires.is_zero() {
            return;
        }
        let Some(mut request) = self.line.request("REGISTER", "") else { return };
        self.line.cseq += CSEQ_STEP;
        request.call_id.clone_from(&self.line.call_id);
        request.cseq = self.line.cseq;
        request.contact = format!("{};+sip.instance=\"<{}>\";reg-id=1", request.contact, self.line.instance);
        request.headers.push(Header::new("Supported", "path, outbound, gruu"));
        request.headers.push(Header::new("Expires", expires.as_secs().to_string()));
        let flow = self.line.flow();
        self.line.refresh_at = None;
        if !self.line.leaving {
            self.line.deadline = Some(now + PONG_WITHIN);
        }
        self.line.register = Some(self.stack.request(now, flow, request));
    }

    /// The answer to a REGISTER; false when it is the answer to something else.
    pub(super) fn on_register_response(
        &mut self,
        now: Moment,
        request: RequestId,
        status: u16,
        message: Option<&Message>,
    ) -> bool {
        if self.line.register != Some(request) {
            return false;
        }
        self.line.register = None;
        if self.line.leaving {
            self.line_close(now);
            return true;
        }
        let header = |name| message.and_then(|message| message.header(name));
        match status {
            200..=299 => self.on_registered(now, message),
            401 | 403 | 407 if !self.line.fetched_again => {
                self.line.fetched_again = true;
                self.line.credential = None;
                self.connect(now);
            }
            423 => {
                let wanted = header("Min-Expires").and_then(|text| text.trim().parse().ok()).unwrap_or(300);
                if Duration::from_secs(wanted) > self.line.expires {
                    self.line.expires = Duration::from_secs(wanted);
                    self.register(now, self.line.expires);
                } else {
                    self.wait(now, "The server refused the registration.".into(), None);
                }
            }
            408 => self.line_lost(now, "The server does not answer."),
            _ => {
                let after = header("Retry-After").and_then(|text| text.split([';', ' ', '(']).next()?.parse().ok());
                let said = header("Reason").map(super::words::reason_text).filter(|said| !said.is_empty());
                let reason = said.unwrap_or_else(|| refusal(status));
                self.wait(now, reason, after.map(Duration::from_secs));
            }
        }
        true
    }

    fn on_registered(&mut self, now: Moment, message: Option<&Message>) {
        let granted = message.and_then(|message| self.granted(message)).unwrap_or(self.line.expires);
        self.line.refresh_at = Some(now + granted / 2);
        self.line.attempts = 0;
        self.line.fetched_again = false;
        let returned = !self.line.is_ready();
        self.line.view = LineView::Ready;
        if returned {
            self.on_line_ready(now);
        }
    }

    /// The seconds that the registrar gave to our own contact.
    fn granted(&self, message: &Message) -> Option<Duration> {
        let contacts = message.contacts();
        let own = contacts.iter().find(|contact| contact.uri.user == self.line.user);
        let seconds = own.and_then(|own| Message::param(own.params, "expires")?.parse().ok()).or(message.expires())?;
        Some(Duration::from_secs(u64::from(seconds.max(10))))
    }

    /// Offline for a while, then again.
    fn wait(&mut self, now: Moment, reason: String, after: Option<Duration>) {
        let pause = self.line.pause();
        let retry_at = now + after.map_or(pause, |after| pause.max(after.min(RETRY_AFTER_MAX)));
        self.line.refresh_at = None;
        self.line.retry_at = Some(retry_at);
        self.line.view = LineView::Offline { reason, retry_at };
    }

    fn line_lost(&mut self, now: Moment, reason: &str) {
        self.line_close(now);
        if self.line.signed_in {
            self.wait(now, reason.to_owned(), None);
        }
        self.on_line_lost(now);
    }

    fn line_close(&mut self, now: Moment) {
        self.line.clear_timers();
        self.line.register = None;
        self.line.leaving = false;
        if self.line.socket != Socket::Closed {
            self.line.socket = Socket::Closed;
            self.effects.push_back(Effect::CloseSocket(self.line.connection));
            let flow = self.line.flow();
            self.stack.handle_flow_closed(now, flow);
        }
        if !self.line.signed_in {
            self.line.credential = None;
        }
    }
}

fn refusal(status: u16) -> String {
    match status {
        401 | 403 | 407 => "The server did not accept this browser's sign-in.".into(),
        404 => "The server does not know this extension.".into(),
        503 => "The server is busy or stopping.".into(),
        _ => format!("The server refused the registration ({status})."),
    }
}

/// A display name as it may stand between double quotes (RFC 3261, 25.1).
fn quoted(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
