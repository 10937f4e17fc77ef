//! A provider with its tenants, in the fewest words.

use std::time::Duration;

use shared::call_record::{CallRecord, CallStatus};
use shared::extension::{CreateExtension, ExtensionCreated};
use shared::fact::{Fact, TenantFact};
use shared::ladder::{Ladder, LadderLane, LadderMessage};
use shared::reason::{Reason, TraceStep};
use shared::registration::{Registration, RegistrationRefusal};
use shared::tenant::{CreateTenant, Tenant, TenantCreated};
use shared::{CallId, ExtensionId, Moment, RefusalId, RegistrationId, TenantId};
use store::testing::{NOW, actor};
use store::{Error, Store, TenantStore};

/// A moment so many seconds after the beginning.
pub fn at(seconds: u64) -> Moment {
    NOW + Duration::from_secs(seconds)
}

pub fn new_tenant(name: &str) -> CreateTenant {
    let word = name.to_lowercase();
    CreateTenant {
        name: name.into(),
        domain: format!("{word}.example"),
        admin_email: format!("admin@{word}.example"),
        ..CreateTenant::default()
    }
}

pub async fn create_tenant(store: &Store, name: &str) -> TenantCreated {
    store.create_tenant(NOW, &actor(), &new_tenant(name)).await.unwrap()
}

/// A tenant with extensions of these numbers.
pub async fn tenant_with(store: &Store, name: &str, numbers: &[&str]) -> (TenantStore, Tenant, Vec<ExtensionCreated>) {
    let tenant = create_tenant(store, name).await.tenant;
    let view = store.tenant(tenant.id);
    let mut extensions = Vec::new();
    for number in numbers {
        extensions.push(view.create_extension(NOW, &actor(), &new_extension(number, name)).await.unwrap());
    }
    (view, tenant, extensions)
}

/// `101` of `Acme` is `Person 101`, `101@acme.example`.
pub fn new_extension(number: &str, tenant: &str) -> CreateExtension {
    let email = Some(format!("{number}@{}.example", tenant.to_lowercase()));
    CreateExtension { number: number.into(), name: format!("Person {number}"), email }
}

pub fn call(tenant: TenantId, id: i64, started_at: Moment) -> CallRecord {
    CallRecord {
        sip_call_id: format!("{id}@phone"),
        caller: "101".into(),
        caller_name: "Alice".into(),
        callee: "102".into(),
        ..CallRecord::open(CallId(id), tenant, started_at)
    }
}

/// The same call, answered after two seconds.
pub fn answered(record: &CallRecord) -> CallRecord {
    let answered_at = Some(record.started_at + Duration::from_secs(2));
    CallRecord { status: CallStatus::Talking, rang_at: Some(record.started_at), answered_at, ..record.clone() }
}

/// The same call, ended after ten.
pub fn ended(record: &CallRecord) -> CallRecord {
    let ended_at = Some(record.started_at + Duration::from_secs(10));
    CallRecord { status: CallStatus::Answered, ended_at, ended_reason: Some(Reason::CallerHungUp), ..record.clone() }
}

pub fn step(at: Moment, code: Reason) -> TraceStep {
    TraceStep { at, step: "test".into(), rule: String::new(), value: "x".into(), code }
}

pub fn fact(tenant: TenantId, at: Moment, fact: Fact) -> TenantFact {
    TenantFact { tenant_id: Some(tenant), at, fact }
}

/// The trace of a call that runs.
fn so_far(record: &CallRecord) -> Vec<TraceStep> {
    let answered = record.answered_at.map(|at| step(at, Reason::Answered));
    std::iter::once(step(record.started_at, Reason::CallAdmitted)).chain(answered).collect()
}

pub fn started(record: &CallRecord) -> TenantFact {
    fact(record.tenant_id, record.started_at, Fact::CallStarted { record: record.clone(), trace: so_far(record) })
}

pub fn changed(at: Moment, record: &CallRecord) -> TenantFact {
    fact(record.tenant_id, at, Fact::CallChanged { record: record.clone(), trace: so_far(record) })
}

pub fn call_ended(record: &CallRecord) -> TenantFact {
    let at = record.ended_at.unwrap();
    let trace = vec![step(record.started_at, Reason::CallAdmitted), step(at, Reason::CallerHungUp)];
    fact(record.tenant_id, at, Fact::CallEnded { record: record.clone(), trace })
}

pub fn registration(tenant: TenantId, extension: ExtensionId, id: i64) -> Registration {
    Registration {
        id: RegistrationId(id),
        tenant_id: tenant,
        extension_id: extension,
        number: "101".into(),
        contact: format!("sip:101@192.0.2.{}:5060", id % 250),
        transport: "udp".into(),
        source: "192.0.2.7:5060".into(),
        user_agent: "Desk Phone".into(),
        instance: "<urn:uuid:0>".into(),
        reg_id: Some(1),
        path: vec!["<sip:edge.example;lr>".into()],
        q: 1000,
        call_id: "r@phone".into(),
        cseq: u32::MAX,
        registered_at: NOW,
        expires_at: at(3_600),
        reachable: true,
    }
}

pub fn registered(registration: &Registration) -> TenantFact {
    fact(registration.tenant_id, NOW, Fact::Registered { registration: registration.clone() })
}

pub fn refusal(tenant: Option<TenantId>, user: &str, id: i64, at: Moment) -> TenantFact {
    let refusal = RegistrationRefusal {
        id: RefusalId(id),
        tenant_id: tenant,
        user: user.into(),
        source: format!("198.51.100.4:{}", 1024 + id % 60_000),
        user_agent: "Scanner".into(),
        status: 403,
        count: 1,
        first_at: at,
        last_at: at,
        trace: vec![step(at, Reason::CredentialsWrong)],
    };
    TenantFact { tenant_id: tenant, at, fact: Fact::RegistrationRefused { refusal, ladder: ladder(id, 1) } }
}

/// The field that a conflict names.
pub fn conflict<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    match result {
        Err(Error::Conflict { field, .. }) => field,
        other => panic!("no conflict: {other:?}"),
    }
}

/// The fields that are wrong.
pub fn invalid<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
        other => panic!("not invalid: {other:?}"),
    }
}

pub fn is_not_found<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
}

/// One message with this number.
pub fn ladder(seed: i64, number: u32) -> Ladder {
    let message = LadderMessage {
        number,
        at: NOW,
        lane: 0,
        sent: false,
        repeats: None,
        transport: "udp".into(),
        local: "203.0.113.5:5060".into(),
        remote: "192.0.2.7:5060".into(),
        text: format!("INVITE sip:{seed} SIP/2.0\r\n\r\n"),
    };
    Ladder { lanes: vec![LadderLane::default()], messages: vec![message], left_out: 0 }
}

pub fn captured(record: &CallRecord, at: Moment, number: u32) -> TenantFact {
    let piece = ladder(record.id.0, number);
    fact(record.tenant_id, at, Fact::CallCaptured { call_id: record.id, extension_ids: Vec::new(), piece })
}
