//! Two companies with the same numbers, made by asking the API as people do.

use shared::account::CompleteSetup;
use shared::action_url::ActionUrl;
use shared::activity::ListActivity;
use shared::blocked_number::{BlockedNumber, CreateBlockedNumber};
use shared::call_record::{CallRecord, CallStatus};
use shared::conference::{ConferenceRoom, ConferenceRoomSettings, CreateConferenceRoom};
use shared::extension::{CreateExtension, Extension};
use shared::fact::{Fact, TenantFact};
use shared::ladder::{Ladder, LadderLane, LadderMessage};
use shared::phone::{CreatePhone, Phone, PhoneSettings};
use shared::prompt::Prompt;
use shared::reason::{Reason, TraceStep};
use shared::receptionist::{CreateReceptionist, Receptionist, ReceptionistSettings};
use shared::recording::{Recording, RecordingPlace};
use shared::registration::{Registration, RegistrationRefusal};
use shared::tenant::{CreateTenant, Tenant};
use shared::voicemail::Voicemail;
use shared::{ActivityId, CallId, ExtensionId, Moment, RecordingId, RefusalId, RegistrationId, SoundId, VoicemailId};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;
use store::testing::NOW;
use store::{Actor, NewSound, Store};

use crate::app::{App, Browser};

pub const PASSWORD: &str = "Correct9Horse";

pub struct World {
    pub app: App,
    pub admin: Browser,
    pub acme: Company,
    pub globex: Company,
}

/// A tenant with an administrator, Alice at 101 and Bob at 102, a call between them and one of Bob's alone.
pub struct Company {
    pub tenant: Tenant,
    pub boss: Browser,
    pub boss_email: String,
    pub alice: Browser,
    pub alice_extension: Extension,
    pub bob_extension: Extension,
    /// What must never be seen again.
    pub secrets: Vec<String>,
    /// Alice calls Bob.
    pub call: CallRecord,
    /// Bob calls nobody's number: none of Alice's business.
    pub bobs_call: CallRecord,
    /// Whom they do not want to hear.
    pub blocked_number: BlockedNumber,
    /// The line of the activity log that says so.
    pub activity: ActivityId,
    /// A number that answers by itself.
    pub receptionist: Receptionist,
    /// The phone on Bob's desk.
    pub phone: Phone,
    /// Where it meets.
    pub room: ConferenceRoom,
    /// What the company has brought.
    pub prompt: Prompt,
    /// What Alice has brought.
    pub greeting: Prompt,
    /// What somebody has left for Alice, …
    pub voicemail: Voicemail,
    /// … and for Bob: none of Alice's business.
    pub bobs_voicemail: Voicemail,
    /// What was recorded when Alice called Bob, …
    pub recording: Recording,
    /// … and when he called a number alone: none of Alice's business.
    pub bobs_recording: Recording,
    /// The ids of what a test has made besides, by the names that addresses call them.
    pub more: BTreeMap<&'static str, String>,
}

pub async fn admin_of(app: &App) -> Browser {
    let token = app.store.create_setup_token(app.now(), Duration::from_secs(900)).await.unwrap();
    let mut admin = app.browser();
    let form =
        CompleteSetup { token, name: "Ada".into(), email: "ada@provider.example".into(), password: PASSWORD.into() };
    let session = admin.call(form).await.unwrap();
    admin.token = Some(session.access_token);
    admin
}

impl World {
    pub async fn new(store: Store) -> Self {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        let acme = Company::new(&mut admin, "Acme", 1).await;
        let globex = Company::new(&mut admin, "Globex", 2).await;
        Self { app, admin, acme, globex }
    }
}

impl Company {
    async fn new(admin: &mut Browser, name: &str, seed: i64) -> Self {
        let app = admin.app.clone();
        let domain = format!("{}.example", name.to_lowercase());
        let boss_email = format!("boss@{domain}");
        let form = CreateTenant {
            name: name.into(),
            domain: domain.clone(),
            admin_email: boss_email.clone(),
            time_zone: Some("Europe/Berlin".into()),
            ..CreateTenant::default()
        };
        let created = admin.call(form).await.unwrap();
        let mut boss = app.browser();
        boss.sign_in_by_link(&created.invitation).await.unwrap();

        let mut secrets = Vec::new();
        let mut extension = async |number: &str, person: &str| {
            let email = Some(format!("{}@{domain}", person.to_lowercase()));
            let form = CreateExtension { number: number.into(), name: format!("{person} of {name}"), email };
            let created = boss.call(form).await.unwrap();
            secrets.push(created.sip.secret);
            (created.extension, created.invitation.unwrap())
        };
        let (alice_extension, link) = extension("101", "Alice").await;
        let (bob_extension, _) = extension("102", "Bob").await;
        let form = CreateBlockedNumber { number: "+44909".into(), description: format!("Unknown to {name}") };
        let blocked_number = boss.call(form).await.unwrap();
        let activity = boss.call(ListActivity::default()).await.unwrap().rows[0].id;
        let cards = ActionUrl {
            name: "Cards".into(),
            list: "810000-880000".into(),
            action: format!("https://{domain}/route"),
            user: "belfry".into(),
            ..ActionUrl::default()
        };
        let settings = ReceptionistSettings {
            number: "800".into(),
            name: format!("Menu of {name}"),
            urls: vec![cards],
            ..ReceptionistSettings::default()
        };
        let password = format!("open sesame {seed}");
        let passwords = BTreeMap::from([("Cards".to_owned(), password.clone())]);
        let receptionist = boss.call(CreateReceptionist { settings, passwords }).await.unwrap();
        secrets.push(password);
        let settings =
            PhoneSettings { mac: format!("0015650000{seed:02}"), model: "SIP-T46U".into(), ..PhoneSettings::default() };
        let web_password = format!("drawer-{seed}!");
        let form = CreatePhone { extension_id: bob_extension.id, settings, web_password: Some(web_password.clone()) };
        let phone = boss.call(form).await.unwrap().phone;
        secrets.push(web_password);
        let settings = ConferenceRoomSettings {
            number: "8008".into(),
            subject: format!("Monday at {name}"),
            pin: "1234".into(),
            ..ConferenceRoomSettings::default()
        };
        let room = boss.call(CreateConferenceRoom { settings }).await.unwrap();
        let mut alice = app.browser();
        alice.sign_in_by_link(&link).await.unwrap();

        let call = call(seed * 10, &created.tenant, Some(&alice_extension), Some(&bob_extension));
        let bobs_call = CallRecord { callee: "999".into(), ..call_of(seed * 10 + 1, &created.tenant, &bob_extension) };
        let view = app.store.tenant(created.tenant.id);
        let (title, file) = (format!("Voice of {name}"), tone());
        let sound = NewSound { name: &title, file, millis: TONE_MILLIS };
        let by = Actor { email: boss_email.clone(), ..Actor::belfry() };
        let prompt = view.create_prompt(NOW, &by, sound).await.unwrap();
        let greeting = view.create_greeting(NOW, &by, alice_extension.id, sound).await.unwrap();
        let voicemail = voicemail(seed * 10, &alice_extension);
        let bobs_voicemail = self::voicemail(seed * 10 + 1, &bob_extension);
        let recording = recording(&call, 500 + seed * 10);
        let bobs_recording = self::recording(&bobs_call, 501 + seed * 10);
        let facts = [
            ended(call.clone()),
            ended(bobs_call.clone()),
            captured(&call, &[&alice_extension, &bob_extension]),
            voicemail_left(&app, &voicemail).await,
            voicemail_left(&app, &bobs_voicemail).await,
            recorded(&app, &recording).await,
            recorded(&app, &bobs_recording).await,
            recording_ended(&recording),
            recording_ended(&bobs_recording),
            registered(&alice_extension),
            refused(&created.tenant),
        ];
        app.store.record_facts(&facts).await.unwrap();
        let tenant = created.tenant;
        Self {
            tenant,
            boss,
            boss_email,
            alice,
            alice_extension,
            bob_extension,
            secrets,
            call,
            bobs_call,
            blocked_number,
            activity,
            receptionist,
            phone,
            room,
            prompt,
            greeting,
            voicemail,
            bobs_voicemail,
            recording,
            bobs_recording,
            more: BTreeMap::new(),
        }
    }
}

/// How long the tone is.
pub const TONE_MILLIS: u64 = 400;

/// A tone as WAV of 8 kHz.
pub fn tone_wav() -> Vec<u8> {
    let samples = (0..TONE_MILLIS as u32 * 8).map(|at| if at / 8 % 2 == 0 { 8_000_i16 } else { -8_000 });
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([1_u16, 1].into_iter().flat_map(u16::to_le_bytes));
    wav.extend([8_000_u32, 16_000].into_iter().flat_map(u32::to_le_bytes));
    wav.extend([2_u16, 16].into_iter().flat_map(u16::to_le_bytes));
    wav.extend(b"data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    wav
}

/// The same as it is kept.
pub fn tone() -> &'static [u8] {
    static TONE: OnceLock<Vec<u8>> = OnceLock::new();
    TONE.get_or_init(|| sound::import(&tone_wav(), sound::Limits::default()).unwrap().file)
}

fn voicemail(id: i64, extension: &Extension) -> Voicemail {
    Voicemail {
        id: VoicemailId(id),
        tenant_id: extension.tenant_id,
        extension_id: extension.id,
        call_id: CallId(id),
        caller: "+4930123".into(),
        caller_name: extension.name.clone(),
        left_at: NOW,
        millis: Some(TONE_MILLIS),
        heard_at: None,
        sound_id: SoundId(id),
    }
}

/// Somebody has left it: its sound is there.
async fn voicemail_left(app: &App, of: &Voicemail) -> TenantFact {
    app.store.files().unwrap().write(of.tenant_id, of.sound_id, tone()).await.unwrap();
    let fact = Fact::VoicemailLeft { voicemail: of.clone() };
    TenantFact { tenant_id: Some(of.tenant_id), at: NOW, fact }
}

/// What is recorded of a call, as long as it goes on.
fn recording(of: &CallRecord, id: i64) -> Recording {
    Recording {
        id: RecordingId(id),
        tenant_id: of.tenant_id,
        call_id: of.id,
        caller: of.caller.clone(),
        caller_name: of.caller_name.clone(),
        callee: of.callee.clone(),
        callee_name: of.callee_name.clone(),
        caller_extension_id: of.caller_extension_id,
        callee_extension_id: of.callee_extension_id,
        started_at: of.answered_at.unwrap_or(of.started_at),
        millis: None,
        bytes: None,
        tracks: 1,
        heard_at: None,
        sha256: None,
        sound_id: SoundId(id),
        place: RecordingPlace::Server,
        pauses: Vec::new(),
    }
}

/// It is recorded: its sound is there.
async fn recorded(app: &App, of: &Recording) -> TenantFact {
    app.store.files().unwrap().write(of.tenant_id, of.sound_id, tone()).await.unwrap();
    recording_begun(of)
}

pub fn recording_begun(of: &Recording) -> TenantFact {
    let fact = Fact::RecordingBegun { recording: of.clone() };
    TenantFact { tenant_id: Some(of.tenant_id), at: NOW, fact }
}

pub fn recording_ended(of: &Recording) -> TenantFact {
    let extension_ids: Vec<ExtensionId> = of.caller_extension_id.into_iter().chain(of.callee_extension_id).collect();
    let (recording_id, sound_id) = (of.id, of.sound_id);
    let fact = Fact::RecordingEnded { recording_id, extension_ids, sound_id, millis: TONE_MILLIS, pauses: Vec::new() };
    TenantFact { tenant_id: Some(of.tenant_id), at: NOW, fact }
}

pub fn call_of(id: i64, tenant: &Tenant, caller: &Extension) -> CallRecord {
    call(id, tenant, Some(caller), None)
}

/// A call of twelve seconds, eight of them talk.
pub fn call(id: i64, tenant: &Tenant, caller: Option<&Extension>, callee: Option<&Extension>) -> CallRecord {
    let started_at = Moment(NOW.0 - 3_600_000_000 + id * 60_000_000);
    let after = |seconds| Some(started_at + Duration::from_secs(seconds));
    CallRecord {
        sip_call_id: format!("{id}@{}", tenant.domain),
        caller: caller.map_or_else(String::new, |caller| caller.number.clone()),
        caller_name: caller.map_or_else(String::new, |caller| caller.name.clone()),
        caller_extension_id: caller.map(|caller| caller.id),
        callee: callee.map_or_else(String::new, |callee| callee.number.clone()),
        callee_name: callee.map_or_else(String::new, |callee| callee.name.clone()),
        callee_extension_id: callee.map(|callee| callee.id),
        status: CallStatus::Answered,
        rang_at: after(1),
        answered_at: after(4),
        ended_at: after(12),
        ended_reason: Some(Reason::CallerHungUp),
        final_destination: format!("sip:phone@{}", tenant.domain),
        ..CallRecord::open(CallId(id), tenant.id, started_at)
    }
}

pub fn ended(record: CallRecord) -> TenantFact {
    let trace = vec![TraceStep {
        at: record.started_at,
        step: "tenant".into(),
        rule: String::new(),
        value: record.sip_call_id.clone(),
        code: Reason::TenantByDomain,
    }];
    TenantFact { tenant_id: Some(record.tenant_id), at: NOW, fact: Fact::CallEnded { record, trace } }
}

pub fn registered(extension: &Extension) -> TenantFact {
    let registration = Registration {
        id: RegistrationId(extension.id.0),
        tenant_id: extension.tenant_id,
        extension_id: extension.id,
        number: extension.number.clone(),
        contact: format!("sip:{}@192.0.2.7", extension.name.replace(' ', "-")),
        transport: "udp".into(),
        source: "192.0.2.7:5060".into(),
        user_agent: "desk phone".into(),
        instance: String::new(),
        reg_id: None,
        path: Vec::new(),
        q: 1000,
        call_id: "a".into(),
        cseq: 1,
        registered_at: NOW,
        expires_at: NOW + Duration::from_secs(600),
        reachable: true,
    };
    TenantFact { tenant_id: Some(extension.tenant_id), at: NOW, fact: Fact::Registered { registration } }
}

pub fn refused(tenant: &Tenant) -> TenantFact {
    let refusal = RegistrationRefusal {
        id: RefusalId(tenant.id.0),
        tenant_id: Some(tenant.id),
        user: format!("404@{}", tenant.domain),
        source: "192.0.2.9:5060".into(),
        user_agent: "scanner".into(),
        status: 403,
        count: 1,
        first_at: NOW,
        last_at: NOW,
        trace: Vec::new(),
    };
    TenantFact {
        tenant_id: Some(tenant.id),
        at: NOW,
        fact: Fact::RegistrationRefused { refusal, ladder: ladder(&tenant.domain, None) },
    }
}

/// A message on each lane.
pub fn ladder(domain: &str, extensions: Option<&[&Extension]>) -> Ladder {
    let ends: Vec<_> = match extensions {
        Some(extensions) => extensions.iter().map(|one| (one.number.clone(), Some(one.id))).collect(),
        None => vec![("404".to_owned(), None)],
    };
    let lane = |(place, (label, extension_id)): (usize, &(String, _))| LadderLane {
        number: place as u32,
        side: if place == 0 { "caller".into() } else { "callee".into() },
        label: label.clone(),
        device: format!("{label} at 192.0.2.{place}"),
        extension_id: *extension_id,
    };
    let message = |place: usize| LadderMessage {
        number: place as u32 + 1,
        at: NOW,
        lane: place as u32,
        sent: place > 0,
        repeats: None,
        transport: "udp".into(),
        local: "203.0.113.5:5060".into(),
        remote: format!("192.0.2.{place}:5060"),
        text: format!("INVITE sip:102@{domain} SIP/2.0\r\nContact: <sip:192.0.2.{place}>\r\nContent-Length: 0\r\n\r\n"),
    };
    Ladder {
        lanes: ends.iter().enumerate().map(lane).collect(),
        messages: (0..ends.len()).map(message).collect(),
        left_out: 0,
    }
}

pub fn captured(record: &CallRecord, extensions: &[&Extension]) -> TenantFact {
    let domain = record.sip_call_id.split('@').nth(1).unwrap_or_default();
    let fact = Fact::CallCaptured {
        call_id: record.id,
        extension_ids: extensions.iter().map(|one| one.id).collect(),
        piece: ladder(domain, Some(extensions)),
    };
    TenantFact { tenant_id: Some(record.tenant_id), at: NOW, fact }
}
