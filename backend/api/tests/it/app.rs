//! A running API without a socket, and the browsers that talk to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::{Config, Ground, ListenersAsk, ListenersDoor, LiveDoor};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use shared::account::{RefreshSession, Session, SignIn, SignInByLink};
use shared::call_record::CallRecord;
use shared::conference::{ConferenceChange, ConferenceStanding};
use shared::diagnosis::Finding;
use shared::event::NewEvent;
use shared::fact::TenantFact;
use shared::live::{Answer, Ask, TenantCounts};
use shared::mail_server::{MailFailure, MailTest};
use shared::message::Message;
use shared::network::{AddressSource, NetworkState, Pair};
use shared::phone::{PhoneWord, ToldStanding};
use shared::phone_credential::PhoneCredentialKey;
use shared::port::{PortRow, PortState, PortUse, Wire};
use shared::prompt::PromptWish;
use shared::queue_agent::{QueueStanding, ReadyChange};
use shared::recording_rule::{OwnCallRecording, RecordAction, RecordingState};
use shared::registration::Registration;
use shared::transport::{Address, CreateTransport, Protocol, TransportRow};
use shared::voicemail::VoicemailChange;
use shared::{
    CallId, ConferenceRoomId, ExtensionId, MessageId, Method, Moment, Operation, Problem, RegistrationId, TenantId,
    VoicemailId,
};
use store::testing::NOW;
use store::{Outgoing, Store};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tower::ServiceExt;

/// From where everybody asks.
pub const ADDRESS: &str = "198.51.100.7";
/// Where no log is written.
pub const LOG_FOLDER: &str = "/nowhere/at/all";
pub const HOST: &str = "pbx.test:8080";
pub const PHONE_KEY: PhoneCredentialKey = PhoneCredentialKey([5; 32]);
/// What another program of the machine has.
pub const TAKEN_PORT: u16 = 5_555;
/// Facts that wait for a slow connection in these tests.
pub const FACTS_WAITING: usize = 16;

/// How rooms stand, by tenant.
pub type Conferences = Arc<Mutex<Vec<(TenantId, ConferenceStanding)>>>;

/// What was done in rooms, and for whom.
pub type ConferenceChanges = Arc<Mutex<Vec<(TenantId, ConferenceRoomId, ConferenceChange, Option<ExtensionId>)>>>;

/// What was asked for of messages.
pub type Voicemails = Arc<Mutex<Vec<(TenantId, ExtensionId, VoicemailId, VoicemailChange)>>>;

/// What was to be recorded by telephone.
pub type Dictations = Arc<Mutex<Vec<(TenantId, PromptWish)>>>;

/// How the queues of each tenant stand.
pub type Queues = Arc<Mutex<BTreeMap<TenantId, Vec<QueueStanding>>>>;
/// Who was set ready, or not.
pub type Readiness = Arc<Mutex<Vec<ReadyChange>>>;

/// Devices of a tenant, and what they were told.
pub type Told = (TenantId, Vec<RegistrationId>, PhoneWord);

/// The devices that the switch knows, and what becomes of each that is told something.
#[derive(Clone, Default)]
pub struct Devices {
    pub registered: Arc<Mutex<Vec<Registration>>>,
    /// Their last words; who has none here is not told.
    pub answers: Arc<Mutex<BTreeMap<RegistrationId, ToldStanding>>>,
    /// What they were told.
    pub told: Arc<Mutex<Vec<Told>>>,
}

impl Devices {
    /// Takes the words at first; the answers come when it is asked again.
    fn tell(&self, tenant: TenantId, ids: Vec<RegistrationId>, word: PhoneWord) -> Answer {
        let answers = self.answers.lock().unwrap();
        let waiting = ids.iter().filter(|id| answers.contains_key(id)).map(|id| (*id, ToldStanding::Waiting)).collect();
        self.told.lock().unwrap().push((tenant, ids, word));
        Answer::PhonesTold(waiting)
    }

    fn answered(&self, ids: &[RegistrationId]) -> Answer {
        let mut answers = self.answers.lock().unwrap().clone();
        answers.retain(|id, _| ids.contains(id));
        Answer::PhonesTold(answers)
    }
}

#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub router: Router,
    pub facts: broadcast::Sender<Arc<TenantFact>>,
    /// Says that the process stops.
    pub stop: watch::Sender<bool>,
    /// The calls that the switch has.
    pub calls: Arc<Mutex<BTreeMap<i64, CallRecord>>>,
    /// What the switch was told of messages; told twice, it knows no such message any more.
    pub voicemails: Voicemails,
    /// What the switch was asked to have recorded; for `Nobody` it has no telephone.
    pub dictations: Dictations,
    /// The rooms in which somebody is.
    pub conferences: Conferences,
    /// What the switch was told to do in them; to record, it refuses.
    pub conference_changes: ConferenceChanges,
    /// What the switch says of queues, …
    pub queues: Queues,
    /// … and was told of their members.
    pub readiness: Readiness,
    /// Does the switch keep its answers to itself?
    pub silent: Arc<AtomicBool>,
    pub devices: Devices,
    /// What has happened.
    pub events: Arc<Mutex<Vec<NewEvent>>>,
    clock: Arc<AtomicI64>,
}

impl App {
    pub fn new(store: Store) -> Self {
        Self::with(store, |_| {})
    }

    pub fn with(store: Store, change: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW.0));
        let calls: Arc<Mutex<BTreeMap<i64, CallRecord>>> = Arc::default();
        let (asks, questions) = mpsc::channel(8);
        let silent = Arc::<AtomicBool>::default();
        let (voicemails, dictations) = (Voicemails::default(), Dictations::default());
        let (conferences, conference_changes) = (Conferences::default(), ConferenceChanges::default());
        let rooms = (Arc::clone(&conferences), Arc::clone(&conference_changes));
        let (queues, readiness) = (Queues::default(), Readiness::default());
        let of_queues = (Arc::clone(&queues), Arc::clone(&readiness));
        let devices = Devices::default();
        tokio::spawn(switch(
            questions,
            Arc::clone(&calls),
            (Arc::clone(&voicemails), Arc::clone(&dictations)),
            rooms,
            of_queues,
            devices.clone(),
            Arc::clone(&silent),
        ));
        let facts = broadcast::channel(FACTS_WAITING).0;
        let (stop, stopping) = watch::channel(false);
        let read = Arc::clone(&clock);
        let events: Arc<Mutex<Vec<NewEvent>>> = Arc::default();
        let happened = Arc::clone(&events);
        let mut config = Config {
            public_url: format!("http://{HOST}"),
            jwt_key: [3; 32],
            phone_credential_key: PHONE_KEY,
            network: watch::channel(network()).1,
            checks: Arc::new(|| {
                Box::pin(async { vec![Finding::bad("Name", "DNS knows nothing of it.", "Make a record.")] })
            }),
            mail: Arc::new(|outgoing, to| Box::pin(async move { mailed(&outgoing, &to) })),
            events: Arc::new(move |event| happened.lock().unwrap().push(event)),
            own_names: vec!["203.0.113.5".into(), "localhost".into()],
            own_addresses: vec![[203, 0, 113, 5].into(), [127, 0, 0, 1].into()],
            version: "9.8.7".into(),
            started_at: NOW,
            clock: Arc::new(move || Moment(read.load(Ordering::SeqCst))),
            strict_transport: true,
            trusted_proxy: false,
            ground: ground(),
            services: Arc::new(Vec::new),
            log_folder: LOG_FOLDER.into(),
        };
        change(&mut config);
        let live = LiveDoor { asks, facts: facts.clone(), stopping };
        let router = api::router(config, store.clone(), live, listeners(store.clone()));
        Self {
            stop,
            store,
            router,
            facts,
            calls,
            voicemails,
            dictations,
            conferences,
            conference_changes,
            queues,
            readiness,
            silent,
            devices,
            events,
            clock,
        }
    }

    pub fn now(&self) -> Moment {
        Moment(self.clock.load(Ordering::SeqCst))
    }

    pub fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_micros() as i64, Ordering::SeqCst);
    }

    pub fn browser(&self) -> Browser {
        Browser { app: self.clone(), token: None, cookie: None }
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// A mail server that takes what is no tenant's and has the right password.
fn mailed(outgoing: &Outgoing, to: &str) -> MailTest {
    let failure = match (outgoing.of_tenant, outgoing.server.password.as_str()) {
        (true, _) => Some(MailFailure::Inside),
        (false, "right") => None,
        (false, _) => Some(MailFailure::LoginWrong),
    };
    let answer = Some(if failure.is_none() { "250 OK".to_owned() } else { "535 no".to_owned() });
    MailTest { failure, text: format!("{} and {to}.", outgoing.server.server), answer }
}

/// The ports of sound, and one resolver.
fn ground() -> Ground {
    let rows = vec![PortRow {
        purpose: PortUse::Sound,
        wire: Wire::Udp,
        first: 45_000,
        last: 65_000,
        address: "0.0.0.0".into(),
        state: PortState::ByCall,
        set_by: "--rtp-ports".into(),
    }];
    Ground { rows, outgoing: Vec::new(), resolvers: Arc::new(|| vec!["192.0.2.53".into()]) }
}

fn network() -> NetworkState {
    let ipv4 = Pair { private: Some([10, 0, 0, 5].into()), public: Some([203, 0, 113, 5].into()) };
    NetworkState { ipv4, source: AddressSource::Settings, ..NetworkState::default() }
}

/// Listeners that open whatever the store says, beside one of the command line.
fn listeners(store: Store) -> ListenersDoor {
    let (door, mut asks) = mpsc::channel::<(ListenersAsk, oneshot::Sender<Vec<TransportRow>>)>(8);
    let row = |id, protocol, port: u16| {
        let address = Address { address: format!("0.0.0.0:{port}"), failure: None };
        TransportRow { id, protocol, port, addresses: vec![address], devices: 0 }
    };
    tokio::spawn(async move {
        while let Some((ask, reply)) = asks.recv().await {
            if let ListenersAsk::Try(CreateTransport { protocol, port }) = ask {
                let mut tried = row(None, protocol, port);
                tried.addresses[0].failure = (port == TAKEN_PORT).then(|| "Another program has this port.".to_owned());
                let _ = reply.send(vec![tried]);
                continue;
            }
            let mut rows = vec![row(None, Protocol::Udp, 5060)];
            let stored = store.list_transports().await.unwrap().into_iter();
            rows.extend(stored.map(|transport| row(Some(transport.id), transport.protocol, transport.port)));
            let _ = reply.send(rows);
        }
    });
    ListenersDoor(door)
}

/// Answers as the switch does, from the calls that a test gave it.
async fn switch(
    mut questions: mpsc::Receiver<(Ask, oneshot::Sender<Answer>)>,
    calls: Arc<Mutex<BTreeMap<i64, CallRecord>>>,
    (voicemails, dictations): (Voicemails, Dictations),
    (conferences, conference_changes): (Conferences, ConferenceChanges),
    (queues, readiness): (Queues, Readiness),
    devices: Devices,
    silent: Arc<AtomicBool>,
) {
    let mut unanswered = Vec::new();
    while let Some((ask, reply)) = questions.recv().await {
        if silent.load(Ordering::SeqCst) {
            unanswered.push(reply);
            continue;
        }
        let mut calls = calls.lock().unwrap();
        let of = |tenant: Option<TenantId>, call: &CallRecord| tenant.is_none_or(|tenant| call.tenant_id == tenant);
        let answer = match ask {
            Ask::LiveCalls(tenant) => {
                Answer::LiveCalls(calls.values().filter(|call| of(tenant, call)).cloned().collect())
            }
            Ask::Ladder(..) => Answer::Ladder(None),
            Ask::DatagramDevices => Answer::DatagramDevices(BTreeMap::new()),
            Ask::Simulate(..) => Answer::Simulation(Some(Box::default())),
            Ask::Trunks => Answer::Trunks(BTreeMap::new()),
            Ask::LookAtTrunk(_) => Answer::Looking(false),
            Ask::RecordCall(tenant, own, call_id, action) => {
                let call = calls.values().find(|call| call.tenant_id == tenant && call.sip_call_id == call_id);
                let call = call.filter(|call| call.caller_extension_id == Some(own));
                Answer::CallRecording(call.map(|_| match action {
                    RecordAction::Stop => Err("A rule wants it.".into()),
                    _ => Ok(OwnCallRecording { state: RecordingState::On, by_rule: false, is_allowed: true }),
                }))
            }
            Ask::ChangeVoicemail(tenant, own, id, change) => {
                let mut told = voicemails.lock().unwrap();
                let asked = (tenant, own, id, change);
                let is_new = !told.contains(&asked);
                told.push(asked);
                Answer::VoicemailChanged(is_new)
            }
            Ask::Conferences(of) => {
                let rooms = conferences.lock().unwrap();
                Answer::Conferences(
                    rooms.iter().filter(|(tenant, _)| *tenant == of).map(|(_, one)| one.clone()).collect(),
                )
            }
            Ask::ChangeConference(_, _, change, _) if *change == ConferenceChange::Record => {
                Answer::ConferenceChanged(Err("Nobody is in the room.".into()))
            }
            Ask::ChangeConference(tenant, room, change, own) => {
                conference_changes.lock().unwrap().push((tenant, room, *change, own));
                Answer::ConferenceChanged(Ok(()))
            }
            Ask::Queues(tenant) => Answer::Queues(queues.lock().unwrap().get(&tenant).cloned().unwrap_or_default()),
            Ask::SetAgentReady(change) => {
                readiness.lock().unwrap().push(*change);
                Answer::AgentReadySet(true)
            }
            Ask::IpHits => Answer::IpHits(BTreeMap::new()),
            Ask::Registrations(_) => Answer::Registrations(devices.registered.lock().unwrap().clone()),
            Ask::TellPhones(tenant, ids, word) => devices.tell(tenant, ids, word),
            Ask::PhonesTold(_, ids) => devices.answered(&ids),
            Ask::Counts => {
                let mut counts: BTreeMap<TenantId, TenantCounts> = BTreeMap::new();
                for call in calls.values() {
                    let none = TenantCounts {
                        tenant_id: call.tenant_id,
                        live_calls: 0,
                        registrations: 2,
                        extensions_online: 1,
                    };
                    counts.entry(call.tenant_id).or_insert(none).live_calls += 1;
                }
                Answer::Counts(counts.into_values().collect())
            }
            Ask::SendMessage(_, sender, receiver, _) if sender == receiver => {
                Answer::MessageSent(Err("101 called itself.".into()))
            }
            Ask::SendMessage(tenant_id, sender_id, receiver_id, text) => Answer::MessageSent(Ok(Message {
                id: MessageId(1),
                tenant_id,
                sender_id,
                sender: "101".into(),
                receiver_id,
                receiver: "102".into(),
                text,
                sent_at: NOW,
                delivered_at: None,
                read_at: None,
            })),
            // As far as this test goes nobody talks but whoever is called.
            Ask::Monitor(..) => Answer::Monitoring(Err("102 is in no call that could be monitored.".into())),
            Ask::RecordPrompt(_, wish) if wish.name == "Nobody" => {
                Answer::PromptRinging(Err("No device of 102 is registered.".into()))
            }
            Ask::RecordPrompt(tenant, wish) => {
                dictations.lock().unwrap().push((tenant, *wish));
                Answer::PromptRinging(Ok(CallId(77)))
            }
            Ask::HangUp(tenant, id) => {
                let is_own = calls.get(&id.0).is_some_and(|call| call.tenant_id == tenant);
                Answer::HungUp(is_own && calls.remove(&id.0).is_some())
            }
        };
        let _ = reply.send(answer);
    }
}

/// Whoever asks: a token for the header, a cookie in the jar.
#[derive(Clone)]
pub struct Browser {
    pub app: App,
    pub token: Option<String>,
    pub cookie: Option<String>,
}

impl Browser {
    /// Asks as the SPA does.
    pub async fn call<O: Operation>(&mut self, operation: O) -> Result<O::Output, Problem> {
        let reply = self.ask(&operation).await;
        match reply.status.is_success() {
            true => Ok(serde_json::from_slice(reply.json()).unwrap()),
            false => Err(reply.problem()),
        }
    }

    pub async fn ask<O: Operation>(&mut self, operation: &O) -> Reply {
        let body = match O::METHOD {
            Method::Get => None,
            _ => Some(serde_json::to_value(operation).unwrap()),
        };
        let reply = self.request(O::METHOD, &operation.address(), body).await;
        if let Some(cookie) = reply.cookie() {
            self.cookie = Some(cookie).filter(|cookie| !cookie.is_empty());
        }
        reply
    }

    pub async fn request(&self, method: Method, address: &str, body: Option<Value>) -> Reply {
        let mut request = self.builder(method, address);
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.app.send(request.body(body).unwrap()).await
    }

    pub fn builder(&self, method: Method, address: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method.as_str())
            .uri(address)
            .header(header::HOST, HOST)
            .header("user-agent", "it")
            .extension(ConnectInfo(SocketAddr::new(ADDRESS.parse().unwrap(), 40_000)));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(cookie) = self.cookie.as_ref().filter(|_| address.starts_with("/api/session")) {
            request = request.header(header::COOKIE, format!("belfry_refresh={cookie}"));
        }
        request
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Result<Session, Problem> {
        let session = self.call(SignIn { email: email.into(), password: password.into() }).await?;
        self.token = Some(session.access_token.clone());
        Ok(session)
    }

    pub async fn sign_in_by_link(&mut self, link: &str) -> Result<Session, Problem> {
        let token = link.split_once('#').map_or(link, |(_, token)| token).to_owned();
        let session = self.call(SignInByLink { token }).await?;
        self.token = Some(session.access_token.clone());
        Ok(session)
    }

    pub async fn refresh(&mut self) -> Result<Session, Problem> {
        let session = self.call(RefreshSession {}).await?;
        self.token = Some(session.access_token.clone());
        Ok(session)
    }
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Every refusal is one, and says its own status.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text());
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        assert!(problem.title.ends_with('.'), "{problem:?}");
        problem
    }

    fn json(&self) -> &[u8] {
        if self.body.is_empty() { b"null" } else { &self.body }
    }

    fn cookie(&self) -> Option<String> {
        let value = self.headers.get(header::SET_COOKIE)?.to_str().unwrap();
        Some(value.strip_prefix("belfry_refresh=")?.split(';').next().unwrap().to_owned())
    }
}
