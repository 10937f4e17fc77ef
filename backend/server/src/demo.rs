//! The demo: provider *Demo Telecom* with the tenants *Acme* and *Globex*, seeded once into an empty installation.
//!
//! `DIR/demo.json` (mode 0600) holds what a script needs to sign in and to register; its addresses are those of the
//! running process.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use shared::account::Account;
use shared::call_record::{CallRecord, CallStatus, LegQuality};
use shared::conference::{ConferenceRoomSettings, CreateConferenceRoom};
use shared::destination::Destination;
use shared::did::Mask;
use shared::extension::{CreateExtension, Extension, ListExtensions};
use shared::fact::{Fact, TenantFact};
use shared::hours::Hours;
use shared::id::IdSource;
use shared::inbound_rule::{CreateInboundRule, InboundSettings};
use shared::outbound_rule::{CreateOutboundRule, OutboundRoute, OutboundSettings};
use shared::quality::mos_hundredths;
use shared::queue::{CreateQueue, QueueSettings};
use shared::reason::{Reason, TraceStep};
use shared::receptionist::{CreateReceptionist, MenuAction, MenuRow, ReceptionistSettings};
use shared::tenant::CreateTenant;
use shared::trunk::{CreateTrunk, ListTrunks, Trunk, TrunkAssignment, TrunkSettings};
use shared::{AccountId, Moment, TenantId};
use store::{Actor, Store, TenantStore, WizardSteps};

use crate::carrier::Carrier;
use crate::clock::Clock;

/// Days of call records.
const DAYS: i64 = 5;
/// Calls of each of these days.
const CALLS_A_DAY: i64 = 14;
/// Characters of a generated password, beside the three that the rules ask for.
const PASSWORD_BYTES: usize = 15;

/// What `demo.json` holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Demo {
    /// Where the portals are.
    pub http: String,
    /// Where phones register.
    pub registrar: Registrar,
    /// The provider's administrator.
    pub admin: Login,
    /// The tenants.
    pub tenants: Vec<DemoTenant>,
}

/// The addresses that a phone registers at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Registrar {
    /// `ip:port`.
    pub udp: String,
    /// `ip:port`.
    pub tcp: String,
    /// `ip:port`, where SIP over TLS listens from the start on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// The WebSocket's address.
    pub ws: String,
    /// The secure WebSocket's address, where HTTPS listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wss: Option<String>,
}

/// Who signs in to a portal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Login {
    /// The e-mail address.
    pub email: String,
    /// The random password.
    pub password: String,
}

/// A tenant of the demo.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DemoTenant {
    /// Its name.
    pub name: String,
    /// Its SIP domain.
    pub domain: String,
    /// Its administrator.
    pub admin: Login,
    /// Its extensions.
    pub extensions: Vec<DemoExtension>,
}

/// An extension of the demo.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DemoExtension {
    /// Its number.
    pub number: String,
    /// The person's name.
    pub name: String,
    /// The person's sign-in.
    #[serde(flatten)]
    pub login: Login,
    /// What a phone is set up with.
    pub sip: DemoSip,
}

/// What a phone is set up with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DemoSip {
    /// The user.
    pub user: String,
    /// The password.
    pub secret: String,
    /// The domain.
    pub domain: String,
    /// Where to register.
    pub registrar: Registrar,
}

/// The addresses of the running process.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// HTTP.
    pub http: SocketAddr,
    /// HTTPS, if anywhere.
    pub https: Option<SocketAddr>,
    /// SIP over UDP.
    pub udp: SocketAddr,
    /// SIP over TCP.
    pub tcp: SocketAddr,
    /// SIP over TLS, if anywhere.
    pub tls: Option<SocketAddr>,
    /// Plain HTTP that leads to the portal.
    pub redirect: Option<SocketAddr>,
}

/// Seeds an empty installation, or reads what was seeded; writes the addresses of this run.
pub async fn prepare(store: &Store, data: &Path, now: Moment, addresses: Addresses) -> anyhow::Result<Demo> {
    let path = data.join("demo.json");
    let mut demo = match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("{} is not what it was", path.display()))?,
        Err(_) if store.admin_exists().await? => {
            bail!("demo: {} has an installation that is not the demo; name another folder", data.display())
        }
        Err(_) => seed(store, now).await?,
    };
    demo.set_addresses(addresses);
    write(&path, &demo)?;
    Ok(demo)
}

impl Demo {
    fn set_addresses(&mut self, addresses: Addresses) {
        let Addresses { http, https, udp, tcp, tls, .. } = addresses;
        self.http = format!("http://{}", reachable(http));
        self.registrar = Registrar {
            udp: reachable(udp).to_string(),
            tcp: reachable(tcp).to_string(),
            tls: tls.map(|tls| reachable(tls).to_string()),
            ws: format!("ws://{}/sip", reachable(http)),
            wss: https.map(|https| format!("wss://{}/sip", reachable(https))),
        };
        for extension in self.tenants.iter_mut().flat_map(|tenant| &mut tenant.extensions) {
            extension.sip.registrar = self.registrar.clone();
        }
    }
}

/// An address that a script on this machine can send to.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    address
}

/// Whole or not at all: a crash leaves the old file or the new one.
fn write(path: &Path, demo: &Demo) -> anyhow::Result<()> {
    let fresh = path.with_extension("json.new");
    let _ = std::fs::remove_file(&fresh);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(serde_json::to_string_pretty(demo)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    Ok(())
}

async fn seed(store: &Store, now: Moment) -> anyhow::Result<Demo> {
    let admin = Login { email: "admin@demo.localhost".into(), password: password()? };
    let hash = hash(&admin.password).await?;
    let account = store.create_first_admin(now, "Demo Telecom", &admin.email, hash).await?;
    let mut demo = Demo { admin, ..Demo::default() };
    // What the wizard would ask for is there.
    let actor = Actor { account_id: account.id, email: account.email.clone(), acting_for: None, address: None };
    store.apply_wizard(now, &actor, &WizardSteps::default()).await?;
    let mut tenants = Vec::new();
    for (name, domain) in [("Acme", "acme.localhost"), ("Globex", "globex.localhost")] {
        let (tenant, seeded) = seed_tenant(store, now, &account, name, domain).await?;
        demo.tenants.push(seeded);
        tenants.push(tenant);
    }
    seed_trunk(store, now, &account, &tenants).await?;
    Ok(demo)
}

async fn seed_tenant(
    store: &Store,
    now: Moment,
    provider: &Account,
    name: &str,
    domain: &str,
) -> anyhow::Result<(TenantId, DemoTenant)> {
    let actor = Actor { account_id: provider.id, email: provider.email.clone(), acting_for: None, address: None };
    let admin = Login { email: format!("admin@{domain}"), password: password()? };
    let new = CreateTenant {
        name: name.into(),
        domain: domain.into(),
        admin_email: admin.email.clone(),
        ..CreateTenant::default()
    };
    let created = store.create_tenant(now, &actor, &new).await?;
    set_password(store, now, created.admin_account_id, &admin.password).await?;
    let mut tenant = DemoTenant { name: name.into(), domain: domain.into(), admin, extensions: Vec::new() };
    let mut people = Vec::new();
    for (number, person) in [("101", "Alice"), ("102", "Bob")] {
        let login = Login { email: format!("{}@{domain}", person.to_lowercase()), password: password()? };
        let new = CreateExtension { number: number.into(), name: person.into(), email: Some(login.email.clone()) };
        let extension = store.tenant(created.tenant.id).create_extension(now, &actor, &new).await?;
        let account = store.find_account_by_email(&login.email).await?.context("the account was made above")?;
        set_password(store, now, account.account.id, &login.password).await?;
        let sip = DemoSip {
            user: extension.sip.user,
            secret: extension.sip.secret,
            domain: extension.sip.domain,
            registrar: Registrar::default(),
        };
        tenant.extensions.push(DemoExtension { number: number.into(), name: person.into(), login, sip });
        people.push(extension.extension);
    }
    store.record_facts(&calls_of_past_days(created.tenant.id, now, &people)).await?;
    let view = store.tenant(created.tenant.id);
    seed_receptionist(&view, now, &actor, &people).await?;
    seed_queue(&view, now, &actor, &people).await?;
    seed_room(&view, now, &actor, &people).await?;
    Ok((created.tenant.id, tenant))
}

/// A receptionist who leads to the people by 1, 2 …, in this order, and to the mailbox of the first by 9.
async fn seed_receptionist(view: &TenantStore, now: Moment, actor: &Actor, people: &[Extension]) -> anyhow::Result<()> {
    let row = |keys: String, to| MenuRow { keys, action: MenuAction::Lead { to } };
    let call = |(place, person): (usize, &Extension)| {
        // Behind the key somebody's whole number may still be typed.
        row(format!("{}#", place + 1), Destination::Extension { extension_id: person.id })
    };
    let mailbox = people.first().map(|first| row("9".into(), Destination::Voicemail { mailbox_id: first.id }));
    let settings = ReceptionistSettings {
        number: RECEPTIONIST.into(),
        name: "Welcome".into(),
        rows: people.iter().enumerate().map(call).chain(mailbox).collect(),
        ..ReceptionistSettings::default()
    };
    view.create_receptionist(now, actor, &CreateReceptionist { settings, ..CreateReceptionist::default() }).await?;
    Ok(())
}

/// A conference room of which the first of the people is the moderator.
async fn seed_room(view: &TenantStore, now: Moment, actor: &Actor, people: &[Extension]) -> anyhow::Result<()> {
    let settings = ConferenceRoomSettings {
        number: ROOM.into(),
        subject: "Round table".into(),
        moderators: people.first().map(|first| first.id).into_iter().collect(),
        ..ConferenceRoomSettings::default()
    };
    view.create_conference_room(now, actor, &CreateConferenceRoom { settings }).await?;
    Ok(())
}

/// The number of the demo's conference room.
const ROOM: &str = "8008";

/// A queue that the first two of the people answer for.
async fn seed_queue(view: &TenantStore, now: Moment, actor: &Actor, people: &[Extension]) -> anyhow::Result<()> {
    let settings = QueueSettings {
        number: QUEUE.into(),
        name: "Service".into(),
        pause_reasons: vec!["Lunch".into(), "Meeting".into()],
        members: people.iter().take(2).map(|person| person.id).collect(),
        sla_seconds: 60,
        ..QueueSettings::default()
    };
    view.create_queue(now, actor, &CreateQueue { settings }).await?;
    Ok(())
}

/// The number of the demo's receptionist.
const RECEPTIONIST: &str = "200";
/// The number of the demo's queue.
const QUEUE: &str = "8100";
/// The name of the demo's trunk.
const TRUNK: &str = "Practice carrier";
/// What the demo's tenants have on it: numbers that are nobody's (of North America's range for fiction).
const POOLS: [&str; 2] = ["12025550100-12025550149", "12025550150-12025550199"];

/// The trunk to the carrier in the box, and rules that make it ring: what begins with 0 goes out, the first number comes in to
/// 101.
async fn seed_trunk(store: &Store, now: Moment, provider: &Account, tenants: &[TenantId]) -> anyhow::Result<()> {
    let actor = Actor { account_id: provider.id, email: provider.email.clone(), acting_for: None, address: None };
    let assignment = |(tenant, pool): (&TenantId, &str)| TrunkAssignment {
        tenant_id: *tenant,
        tenant_name: String::new(),
        did_pool: pool.to_owned(),
    };
    let create = CreateTrunk {
        settings: TrunkSettings {
            name: TRUNK.into(),
            host: "127.0.0.1".into(),
            port: CARRIER_PORT,
            options_seconds: Some(30),
            ..TrunkSettings::default()
        },
        password: None,
        assignments: tenants.iter().zip(POOLS).map(assignment).collect(),
    };
    let trunk = store.create_trunk(now, &actor, &create).await?;
    for (tenant, pool) in tenants.iter().zip(POOLS) {
        let number = pool.split('-').next().unwrap_or_default();
        let view = store.tenant(*tenant);
        let routes = vec![OutboundRoute { trunk_id: trunk.id, strip: 1, prepend: String::new() }];
        let settings = OutboundSettings {
            name: "Outside".into(),
            prefixes: "0".into(),
            caller_id: number.to_owned(),
            routes,
            ..OutboundSettings::default()
        };
        view.create_outbound_rule(now, &actor, &CreateOutboundRule { settings }).await?;
        let people = view.list_extensions(&ListExtensions::default()).await?;
        let Some(first) = people.rows.first() else { continue };
        let settings = InboundSettings {
            name: "Main number".into(),
            enabled: true,
            trunk_id: trunk.id,
            did_mask: number.to_owned(),
            cid_mask: Mask::default(),
            hours: Hours::Tenant,
            open: Destination::Extension { extension_id: first.extension.id },
            closed: None,
            extension_id: None,
        };
        view.create_inbound_rule(now, &actor, &CreateInboundRule { settings }).await?;
    }
    Ok(())
}

/// The port that the demo's carrier is given first.
const CARRIER_PORT: u16 = 5_070;

/// Starts the demo's carrier at the port of its trunk, or at another that is free; not where somebody has removed the trunk.
///
/// # Errors
///
/// The store cannot be read, or no port can be opened.
pub async fn start_carrier(store: &Store, clock: Clock) -> anyhow::Result<()> {
    let search = Some(TRUNK.to_owned());
    let found = store.list_trunks(&ListTrunks { search, ..ListTrunks::default() }).await?;
    let own =
        |trunk: &Trunk| trunk.settings.name == TRUNK && trunk.owner_id.is_none() && trunk.settings.host == "127.0.0.1";
    let Some(trunk) = found.rows.into_iter().find(own) else { return Ok(()) };
    let wanted = SocketAddr::from(([127, 0, 0, 1], trunk.settings.port));
    let carrier = match Carrier::bind(wanted, clock).await {
        Ok(carrier) => carrier,
        Err(_) => Carrier::bind(SocketAddr::from(([127, 0, 0, 1], 0)), clock).await?,
    };
    if carrier.address() != wanted {
        store.move_trunk(trunk.id, carrier.address().port()).await?;
    }
    tokio::spawn(carrier.run());
    Ok(())
}

async fn set_password(store: &Store, now: Moment, account: AccountId, password: &str) -> anyhow::Result<()> {
    store.set_password(now, account, hash(password).await?, None).await?;
    Ok(())
}

async fn hash(password: &str) -> anyhow::Result<String> {
    let password = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || api::password::hash(&password)).await?;
    hashed.map_err(|error| anyhow::anyhow!("a password could not be hashed: {error}"))
}

/// Random, and by the rules of ACC-09.
fn password() -> anyhow::Result<String> {
    use base64::Engine as _;
    let bytes: [u8; PASSWORD_BYTES] = crate::keys::dice()?;
    Ok(format!("{}aA1", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
}

/// Calls between two people in the last hours of each of the last days, counted back from now: lists and charts have
/// something to show whenever the demo begins.
fn calls_of_past_days(tenant: TenantId, now: Moment, people: &[Extension]) -> Vec<TenantFact> {
    let [alice, bob] = people else { return Vec::new() };
    let mut ids = IdSource::new(2);
    let starts = (1..=DAYS).rev().flat_map(|day| (0..CALLS_A_DAY).map(move |call| (day, call)));
    let mut facts = Vec::new();
    for (day, call) in starts {
        // The newest is over by now: it began half an hour ago and lasts ten minutes at most.
        let before = (day - 1) * 86_400 + 1_800 + (CALLS_A_DAY - 1 - call) * 2_300 + (day * 37 + call * 101) % 600;
        let second = now.seconds() - before;
        let started = Moment::from_seconds(second);
        let (from, to) = if (day + call) % 3 == 0 { (bob, alice) } else { (alice, bob) };
        let end = past_call(&mut ids, tenant, started, (from, to), day * CALLS_A_DAY + call);
        facts.push(end);
    }
    facts
}

fn past_call(
    ids: &mut IdSource,
    tenant_id: TenantId,
    started_at: Moment,
    (from, to): (&Extension, &Extension),
    number: i64,
) -> TenantFact {
    let after = |seconds: i64| started_at + Duration::from_secs(seconds.unsigned_abs());
    let ring = 3 + number % 11;
    let talk = 20 + number * 53 % 540;
    let (status, reason, fail_code) = match number % 9 {
        3 => (CallStatus::NoAnswer, Reason::NoAnswer, 480),
        5 => (CallStatus::NoAnswer, Reason::CallerGaveUp, 487),
        7 => (CallStatus::Failed, Reason::CalleeOffline, 480),
        even if even % 2 == 0 => (CallStatus::Answered, Reason::CallerHungUp, 0),
        _ => (CallStatus::Answered, Reason::CalleeHungUp, 0),
    };
    let answered = status == CallStatus::Answered;
    let ended_at = match status {
        CallStatus::Answered => after(ring + talk),
        CallStatus::NoAnswer => after(ring + 20),
        _ => started_at,
    };
    let leg = |side: &str| LegQuality {
        side: side.into(),
        codec: "opus".into(),
        packets_received: u64::try_from(talk * 50).unwrap_or(0),
        packets_sent: u64::try_from(talk * 50).unwrap_or(0),
        packets_lost: u64::try_from(number % 4).unwrap_or(0),
        jitter_micros: 900 + u64::try_from(number * 71 % 2_000).unwrap_or(0),
        heard: true,
        round_trip_micros: Some(21_000 + u64::try_from(number * 311 % 9_000).unwrap_or(0)),
        mos_hundredths: Some(mos_hundredths(0, 2_000, 25_000)),
        ..LegQuality::default()
    };
    let id = ids.next(started_at);
    let step = |at, step: &str, value: &str, code| TraceStep {
        at,
        step: step.into(),
        rule: String::new(),
        value: value.into(),
        code,
    };
    let trace = vec![
        step(started_at, "credentials", &from.number, Reason::CredentialsAccepted),
        step(started_at, "admission", "", Reason::CallAdmitted),
        step(started_at, "routing", &to.number, Reason::RoutedToExtension),
        step(ended_at, "end", &(ring + 20).to_string(), reason),
    ];
    let record = CallRecord {
        sip_call_id: format!("demo-{}", i64::from(id)),
        caller: from.number.clone(),
        caller_name: from.name.clone(),
        caller_extension_id: Some(from.id),
        callee: to.number.clone(),
        callee_name: to.name.clone(),
        callee_extension_id: Some(to.id),
        status,
        rang_at: (status != CallStatus::Failed).then_some(started_at),
        answered_at: answered.then(|| after(ring)),
        ended_at: Some(ended_at),
        ended_reason: Some(reason),
        fail_code,
        final_destination: if answered { format!("sip:{}@demo.invalid", to.number) } else { String::new() },
        legs: if answered { vec![leg("caller"), leg("callee")] } else { Vec::new() },
        ..CallRecord::open(id, tenant_id, started_at)
    };
    TenantFact { tenant_id: Some(tenant_id), at: ended_at, fact: Fact::CallEnded { record, trace } }
}
