//! `/api/live`: what happens, as it happens, to each as much as concerns him (S23).
//!
//! The connection says who it is by its first message and again before each token runs out. Facts wait for it in the
//! bounded ring that all connections share; whoever is too slow is told that facts were missed, and nobody else waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use shared::call_record::CallRecord;
use shared::call_record::CallStatus;
use shared::extension::GetExtension;
use shared::fact::{Fact, TenantFact};
use shared::live::{Light, LiveMessage, LiveRequest};
use shared::prompt::Prompt;
use shared::{ExtensionId, Moment, Role, TenantId};
use store::Change;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::App;
use crate::caller::SignedIn;
use crate::error::{Error, Result};
use crate::origin;
use crate::token::Claims;

/// Connections at the same time.
pub(crate) const CONNECTIONS_MAX: usize = 10_000;
/// The most bytes that a browser says at once; a token has less than half of it.
const MESSAGE_BYTES_MAX: usize = 4 << 10;
/// How long a new connection may keep silent.
const HELLO_TIME_MAX: Duration = Duration::from_secs(10);
/// How often a connection is pinged, and asked whether its session still stands.
const PING_TIME: Duration = Duration::from_secs(15);
/// How long a connection may be silent, pongs included, before it is given up.
const SILENCE_TIME_MAX: Duration = Duration::from_secs(50);
/// How long a message may take on its way out.
const SEND_TIME_MAX: Duration = Duration::from_secs(10);

/// Opens a connection for a page of our own.
pub(crate) async fn open(State(app): State<App>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if let Err(error) = origin::check(&headers, &app.config.public_url) {
        return error.into_response();
    }
    let Ok(seat) = Arc::clone(&app.live_seats).try_acquire_owned() else { return Error::Busy.into_response() };
    upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX).on_upgrade(async move |socket| {
        let _seat = seat;
        // Why it ended concerns nobody: the browser comes back by itself.
        let _ = Connection { app, socket }.run().await;
    })
}

/// The connection is over.
struct Over;

/// Who listens, for how long, and what concerns him.
struct Listener {
    claims: Claims,
    scope: Scope,
    /// Does a page show how the people of the tenant stand?
    people: bool,
}

/// What concerns somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    /// The installation.
    All,
    /// One tenant, and the messages of its administrator's own extension.
    Tenant(TenantId, Option<ExtensionId>),
    /// One person's calls and devices, and the calls of those whom the person is a manager of (GRP-04).
    Extension(TenantId, ExtensionId, String, BTreeSet<ExtensionId>),
}

struct Connection {
    app: App,
    socket: WebSocket,
}

impl Connection {
    async fn run(mut self) -> Result<(), Over> {
        let first = timeout(HELLO_TIME_MAX, self.hear()).await.map_err(|_| Over)??;
        // Subscribed before the welcome: what happens after it is not missed.
        let mut facts = self.app.door.facts.subscribe();
        let mut changes = self.app.store.changes();
        let mut listener = self.welcome(&first).await?;
        let mut stopping = self.app.door.stopping.clone();
        let mut ticks = interval(PING_TIME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard_at = Instant::now();
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    let message = message.ok_or(Over)?.map_err(|_| Over)?;
                    heard_at = Instant::now();
                    if let Some(text) = text_of(message)? {
                        match serde_json::from_str(&text) {
                            Ok(LiveRequest::WatchPeople { on }) => listener.people = on,
                            _ => listener = Listener { people: listener.people, ..self.welcome(&text).await? },
                        }
                    }
                }
                () = stopped(&mut stopping) => return self.part().await,
                fact = facts.recv() => self.pass_on(fact, &listener, &mut facts).await?,
                change = changes.recv() => self.pass_on_change(change, &listener, &mut changes).await?,
                _ = ticks.tick() => {
                    if heard_at.elapsed() > SILENCE_TIME_MAX {
                        return Err(Over);
                    }
                    // A session that was ended elsewhere goes silent within one tick.
                    match identify(&self.app, &listener.claims).await {
                        Ok(scope) => listener.scope = scope,
                        Err(_) => return self.refuse().await,
                    }
                    self.send(Message::Ping(Default::default())).await?;
                }
            }
        }
    }

    /// The next text that is said.
    async fn hear(&mut self) -> Result<String, Over> {
        loop {
            let message = self.socket.recv().await.ok_or(Over)?.map_err(|_| Over)?;
            if let Some(text) = text_of(message)? {
                return Ok(text);
            }
        }
    }

    /// Takes a `Hello`, or refuses it and ends.
    async fn welcome(&mut self, text: &str) -> Result<Listener, Over> {
        match hello(&self.app, text).await {
            Ok(listener) => {
                self.say(&LiveMessage::Welcome { now: self.app.now() }).await?;
                Ok(listener)
            }
            Err(_) => {
                self.refuse().await?;
                Err(Over)
            }
        }
    }

    async fn pass_on(
        &mut self,
        fact: Result<Arc<TenantFact>, RecvError>,
        listener: &Listener,
        facts: &mut Receiver<Arc<TenantFact>>,
    ) -> Result<(), Over> {
        self.check_time(listener).await?;
        match fact {
            Ok(fact) => {
                if listener.people && listener.scope.tenant().is_some_and(|own| fact.tenant_id == Some(own)) {
                    for (number, light) in lights(&fact.fact) {
                        self.say(&LiveMessage::Person { number, light }).await?;
                    }
                }
                if listener.scope.hears(&fact) {
                    self.say(&LiveMessage::Fact { fact: (*fact).clone() }).await?;
                }
                Ok(())
            }
            Err(RecvError::Lagged(_)) => {
                // What is left in the ring is older than the lists that the page loads now.
                *facts = facts.resubscribe();
                self.say(&LiveMessage::Missed).await
            }
            Err(RecvError::Closed) => Err(Over),
        }
    }

    async fn pass_on_change(
        &mut self,
        change: Result<Change, RecvError>,
        listener: &Listener,
        changes: &mut Receiver<Change>,
    ) -> Result<(), Over> {
        self.check_time(listener).await?;
        if let (true, Ok(Change::TenantChanged(tenant))) = (listener.people, &change)
            && listener.scope.tenant() == Some(*tenant)
        {
            self.say(&LiveMessage::People).await?;
        }
        match change {
            Ok(change) if listener.scope.hears_change(change) => {
                let tenant_id = match change {
                    Change::TenantChanged(tenant) | Change::TenantDeleted(tenant) => Some(tenant),
                    Change::SettingsChanged
                    | Change::CertificateChanged
                    | Change::IpListChanged
                    | Change::TrunksChanged => None,
                };
                self.say(&LiveMessage::Changed { tenant_id }).await
            }
            Ok(_) => Ok(()),
            Err(RecvError::Lagged(_)) => {
                *changes = changes.resubscribe();
                self.say(&LiveMessage::Missed).await
            }
            Err(RecvError::Closed) => Err(Over),
        }
    }

    /// Ends the connection once its token has run out.
    async fn check_time(&mut self, listener: &Listener) -> Result<(), Over> {
        if self.app.now() < Moment::from_seconds(listener.claims.exp) {
            return Ok(());
        }
        self.refuse().await?;
        Err(Over)
    }

    async fn refuse(&mut self) -> Result<(), Over> {
        self.say(&LiveMessage::Refused).await?;
        self.send(Message::Close(None)).await?;
        Err(Over)
    }

    /// The process stops: the page comes back to the next one.
    async fn part(&mut self) -> Result<(), Over> {
        let frame = CloseFrame { code: close_code::AWAY, reason: Utf8Bytes::default() };
        self.send(Message::Close(Some(frame))).await?;
        Err(Over)
    }

    async fn say(&mut self, message: &LiveMessage) -> Result<(), Over> {
        let text = serde_json::to_string(message).map_err(|_| Over)?;
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        timeout(SEND_TIME_MAX, self.socket.send(message)).await.map_err(|_| Over)?.map_err(|_| Over)
    }
}

/// Until the process stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// The text of a message; none of a ping or pong.
fn text_of(message: Message) -> Result<Option<String>, Over> {
    match message {
        Message::Text(text) => Ok(Some(text.as_str().to_owned())),
        Message::Ping(_) | Message::Pong(_) => Ok(None),
        Message::Binary(_) | Message::Close(_) => Err(Over),
    }
}

async fn hello(app: &App, text: &str) -> Result<Listener> {
    let Ok(LiveRequest::Hello { access_token }) = serde_json::from_str(text) else { return Err(Error::SignInNeeded) };
    let claims = app.tokens.read(app.now(), &access_token).ok_or(Error::SignInNeeded)?;
    let scope = identify(app, &claims).await?;
    Ok(Listener { claims, scope, people: false })
}

/// What concerns the person of these claims, if the token still holds.
async fn identify(app: &App, claims: &Claims) -> Result<Scope> {
    if app.now() >= Moment::from_seconds(claims.exp) {
        return Err(Error::SignInNeeded);
    }
    let caller = SignedIn::of_claims(app, claims).await?;
    let tenant = caller.tenant_id();
    match (caller.account.role, tenant, caller.account.extension_id) {
        (Role::Admin, None, _) => Ok(Scope::All),
        (Role::Admin, Some(tenant), _) => Ok(Scope::Tenant(tenant, None)),
        (Role::TenantAdmin, Some(tenant), own) => Ok(Scope::Tenant(tenant, own)),
        (Role::User, Some(tenant), Some(extension_id)) => {
            let store = app.store.tenant(tenant);
            let row = store.get_extension(&GetExtension { extension_id }).await?;
            let managed = store.managed(extension_id).await?;
            Ok(Scope::Extension(tenant, extension_id, row.extension.number, managed))
        }
        _ => Err(Error::NotFound),
    }
}

impl Scope {
    /// Whose people they are.
    fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::All => None,
            Self::Tenant(tenant, _) | Self::Extension(tenant, ..) => Some(*tenant),
        }
    }

    /// Does the fact concern him?
    fn hears(&self, fact: &TenantFact) -> bool {
        match self {
            Self::All => !is_message(&fact.fact) && !is_of_the_company(&fact.fact),
            Self::Tenant(tenant, own) => {
                fact.tenant_id == Some(*tenant)
                    && (!is_message(&fact.fact) || own.is_some_and(|own| is_of_extension(&fact.fact, own, "")))
            }
            Self::Extension(tenant, extension, number, managed) => {
                fact.tenant_id == Some(*tenant)
                    && (is_of_extension(&fact.fact, *extension, number) || is_call_of(&fact.fact, managed))
            }
        }
    }

    /// Does the change concern him? What a user sees is not configured by him.
    fn hears_change(&self, change: Change) -> bool {
        match self {
            Self::All => true,
            Self::Tenant(tenant, _) => {
                matches!(change, Change::TrunksChanged) || change == Change::TenantChanged(*tenant)
            }
            Self::Extension(..) => false,
        }
    }
}

/// How a fact changes the way people stand.
fn lights(fact: &Fact) -> Vec<(String, Light)> {
    let of_call = |record: &CallRecord, light: Light| {
        let ends = [(record.caller_extension_id, &record.caller), (record.callee_extension_id, &record.callee)];
        ends.into_iter().filter_map(|(id, number)| id.map(|_| (number.clone(), light))).collect()
    };
    match fact {
        Fact::CallStarted { record, .. } | Fact::CallChanged { record, .. } => {
            let talking = record.status == CallStatus::Talking;
            of_call(record, if talking { Light::Talking } else { Light::Ringing })
        }
        Fact::CallEnded { record, .. } => of_call(record, Light::Free),
        Fact::Registered { registration } => vec![(registration.number.clone(), Light::Online)],
        Fact::Unregistered { number, .. } => vec![(number.clone(), Light::Gone)],
        Fact::CallsAlive { .. }
        | Fact::Subscribed { .. }
        | Fact::TrunkChanged { .. }
        | Fact::Unsubscribed { .. }
        | Fact::CallCaptured { .. }
        | Fact::MessageSent { .. }
        | Fact::MessageDelivered { .. }
        | Fact::CallMonitored { .. }
        | Fact::RecordingBegun { .. }
        | Fact::RecordingPaused { .. }
        | Fact::RecordingEnded { .. }
        | Fact::VoicemailBegun { .. }
        | Fact::VoicemailLeft { .. }
        | Fact::VoicemailHeard { .. }
        | Fact::VoicemailRemoved { .. }
        | Fact::GreetingRecorded { .. }
        | Fact::GreetingDropped { .. }
        | Fact::PromptRecorded { .. }
        | Fact::QueueCallChanged { .. }
        | Fact::AgentChanged { .. }
        | Fact::NuisanceMet { .. }
        | Fact::StatusSet { .. }
        | Fact::ConferenceChanged { .. }
        | Fact::ConferenceSpeakers { .. }
        | Fact::ReceptionistMoved { .. }
        | Fact::TemporaryConferenceOver { .. }
        | Fact::RegistrationRefused { .. }
        | Fact::AddressBlocked { .. }
        | Fact::EventHappened { .. } => Vec::new(),
    }
}

/// What people write to each other, and what callers leave for them, is theirs, not the administrators'.
fn is_message(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::MessageSent { .. }
            | Fact::MessageDelivered { .. }
            | Fact::VoicemailBegun { .. }
            | Fact::VoicemailLeft { .. }
            | Fact::VoicemailHeard { .. }
            | Fact::VoicemailRemoved { .. }
            | Fact::GreetingRecorded { .. }
            | Fact::GreetingDropped { .. }
            | Fact::PromptRecorded { prompt: Prompt { extension_id: Some(_), .. } }
    )
}

/// What a company records, what it says to callers, whose calls it monitors, and who meets whom there is its own, not the provider's.
fn is_of_the_company(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::RecordingBegun { .. }
            | Fact::RecordingEnded { .. }
            | Fact::CallMonitored { .. }
            | Fact::PromptRecorded { .. }
            | Fact::ConferenceChanged { .. }
            | Fact::ConferenceSpeakers { .. }
            | Fact::ReceptionistMoved { .. }
    )
}

/// Is it about a call that one of these made or got?
fn is_call_of(fact: &Fact, people: &BTreeSet<ExtensionId>) -> bool {
    match fact {
        Fact::CallStarted { record, .. } | Fact::CallChanged { record, .. } | Fact::CallEnded { record, .. } => {
            let ends = [record.caller_extension_id, record.callee_extension_id];
            ends.into_iter().flatten().any(|id| people.contains(&id))
        }
        Fact::CallCaptured { extension_ids, .. } => extension_ids.iter().any(|id| people.contains(id)),
        _ => false,
    }
}

fn is_of_extension(fact: &Fact, extension: ExtensionId, own_number: &str) -> bool {
    let of_call = |record: &CallRecord| {
        record.caller_extension_id == Some(extension) || record.callee_extension_id == Some(extension)
    };
    match fact {
        Fact::CallStarted { record, .. } | Fact::CallChanged { record, .. } | Fact::CallEnded { record, .. } => {
            of_call(record)
        }
        Fact::CallCaptured { extension_ids, .. } => extension_ids.contains(&extension),
        Fact::Registered { registration } => registration.extension_id == extension,
        Fact::Unregistered { number, .. } => number == own_number,
        Fact::MessageSent { message } => message.sender_id == extension || message.receiver_id == extension,
        Fact::MessageDelivered { sender_id, receiver_id, .. } => *sender_id == extension || *receiver_id == extension,
        Fact::RecordingBegun { recording } => {
            [recording.caller_extension_id, recording.callee_extension_id].contains(&Some(extension))
        }
        Fact::RecordingEnded { extension_ids, .. } => extension_ids.contains(&extension),
        Fact::QueueCallChanged { managers, .. } => managers.contains(&extension),
        Fact::AgentChanged { agent, managers } => agent.extension_id == extension || managers.contains(&extension),
        Fact::ConferenceChanged { extension_ids, .. } | Fact::ConferenceSpeakers { extension_ids, .. } => {
            extension_ids.contains(&extension)
        }
        Fact::VoicemailLeft { voicemail } => voicemail.extension_id == extension,
        Fact::VoicemailHeard { extension_id, .. }
        | Fact::VoicemailRemoved { extension_id, .. }
        | Fact::GreetingRecorded { extension_id, .. }
        | Fact::GreetingDropped { extension_id } => *extension_id == extension,
        Fact::PromptRecorded { prompt } => prompt.extension_id == Some(extension),
        // Other people's call ids, and addresses of whoever tried to register, are the administrators' concern.
        Fact::CallsAlive { .. }
        | Fact::CallMonitored { .. }
        | Fact::Subscribed { .. }
        | Fact::TrunkChanged { .. }
        | Fact::ReceptionistMoved { .. }
        | Fact::Unsubscribed { .. }
        | Fact::VoicemailBegun { .. }
        | Fact::NuisanceMet { .. }
        | Fact::StatusSet { .. }
        | Fact::RecordingPaused { .. }
        | Fact::TemporaryConferenceOver { .. }
        | Fact::RegistrationRefused { .. }
        | Fact::AddressBlocked { .. }
        | Fact::EventHappened { .. } => false,
    }
}
