//! What has happened becomes rows: one transaction for a batch of facts, a few statements whatever its length.
//!
//! **Invariant:** the same batch twice leaves what it left once. A call is one row (CDR-05), and a closed one is not opened
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use shared::call_record::{CallRecord, CallStatus};
use shared::fact::{Fact, TenantFact};
use shared::ip_list::IpEntry;
use shared::ip_range::IpRange;
use shared::message::Message;
use shared::reason::{Reason, TraceStep};
use shared::registration::{Registration, RegistrationRefusal};
use shared::subscription::Subscription;
use shared::{CallId, MessageId, Moment, RegistrationId, SubscriptionId, TenantId};

use crate::conference_fact::Rooms;
use crate::connect::Writing;
use crate::entity::{call, call_trace, extension, message, refusal, registration, tenant};
use crate::ladder::{self, Ladders};
use crate::presence::Statuses;
use crate::queue_fact::{self, Queues};
use crate::recording_fact::Recordings;
use crate::registration::fingerprint;
use crate::renewal::{WrittenRows, renew};
use crate::text::{json, word};
use crate::voicemail_fact::Mailboxes;
use crate::{Change, Result, Store, bulk, call_record, message as messages, registration as bindings, subscription};

/// Rows of one statement: 500 rows of 23 columns are a third of what SQLite binds.
const ROWS_MAX: usize = 500;
/// How often a batch is tried whose tenant or extension goes away in between.
const ATTEMPTS_MAX: usize = 3;
/// Refusals that are kept in all; whoever invents user names pushes out the oldest, not the disk.
const REFUSALS_MAX: usize = 50_000;
/// Refusals that are written between two looks at that bound.
const REFUSALS_BETWEEN_TRIMS: u64 = 1_000;

/// Ladders that are written between two looks at their bounds.
const LADDERS_BETWEEN_TRIMS: u64 = 500;

/// A call at the end of a batch.
struct CallState<'a> {
    record: &'a CallRecord,
    heartbeat_at: Moment,
    trace: &'a [TraceStep],
    ended: bool,
}

/// What a batch comes to: one state a row, however many facts led to it.
#[derive(Default)]
struct Batch<'a> {
    calls: BTreeMap<CallId, CallState<'a>>,
    alive: BTreeMap<CallId, Moment>,
    registrations: BTreeMap<RegistrationId, Option<&'a Registration>>,
    subscriptions: BTreeMap<SubscriptionId, Option<&'a Subscription>>,
    refusals: BTreeMap<String, RegistrationRefusal>,
    messages: BTreeMap<MessageId, &'a Message>,
    ladders: Ladders<'a>,
    blocks: BTreeMap<IpRange, &'a IpEntry>,
    mailboxes: Mailboxes<'a>,
    statuses: Statuses,
    recordings: Recordings<'a>,
    rooms: Rooms,
    queues: Queues<'a>,
    /// Who has monitored whose calls.
    monitored: Vec<&'a TenantFact>,
    /// When the last of it happened.
    at: Moment,
    /// When a device took it, and whose it is.
    delivered: BTreeMap<MessageId, (Option<TenantId>, Moment)>,
}

impl Store {
    /// Stores a batch of facts, all in one transaction. Facts of a tenant or an extension that has been deleted are left
    /// out.
    pub async fn record_facts(&self, facts: &[TenantFact]) -> Result<()> {
        let batch = self.batch(facts).await;
        for _ in 0..ATTEMPTS_MAX {
            match self.write_batch(&batch).await {
                Err(error) if error.is_broken_reference() => {}
                done => return done,
            }
        }
        // One fact that no row takes must not hold up the others.
        for fact in facts {
            match self.write_batch(&self.batch(std::slice::from_ref(fact)).await).await {
                Err(error) if error.is_broken_reference() => {
                    tracing::error!(tenant = ?fact.tenant_id, %error, "a fact that fits no row was left out");
                }
                done => done?,
            }
        }
        Ok(())
    }

    /// Closes the calls that a stopped server left open, each at its last sign of life: answered if somebody had
    /// answered, else unanswered, its trace being what was known by then and this end. Answers how many there were.
    pub async fn close_open_calls(&self, _now: Moment, reason: Reason) -> Result<u64> {
        let tx = self.write().await?;
        queue_fact::close_open(&tx).await?;
        let open = || call::Column::EndedAt.is_null();
        let mut closed = 0;
        loop {
            let rows = call::Entity::find().filter(open()).order_by_asc(call::Column::Id).limit(ROWS_MAX as u64);
            let rows = rows.all(&*tx).await?;
            if rows.is_empty() {
                break;
            }
            let traces = rows.iter().map(|row| {
                let mut trace = call_record::steps_so_far(row)?;
                trace.push(TraceStep {
                    at: Moment(row.heartbeat_at),
                    step: "end".into(),
                    rule: String::new(),
                    value: String::new(),
                    code: reason,
                });
                Ok(trace_row(row.tenant_id, row.id, json(&trace)?))
            });
            insert_traces(&tx, &traces.collect::<Result<Vec<_>>>()?).await?;
            let (answered, unanswered) = (word(&CallStatus::Answered)?, word(&CallStatus::NoAnswer)?);
            let status = Expr::case(call::Column::AnsweredAt.is_not_null(), Expr::value(answered)).finally(unanswered);
            let done = call::Entity::update_many()
                .col_expr(call::Column::EndedAt, Expr::col(call::Column::HeartbeatAt))
                .col_expr(call::Column::EndedReason, Expr::value(word(&reason)?))
                .col_expr(call::Column::Status, status.into())
                .col_expr(call::Column::Steps, Expr::value(Option::<String>::None))
                .filter(open())
                .filter(call::Column::Id.is_in(rows.iter().map(|row| row.id)))
                .exec(&*tx)
                .await?;
            closed += done.rows_affected;
        }
        tx.commit().await?;
        Ok(closed)
    }

    async fn batch<'a>(&self, facts: &'a [TenantFact]) -> Batch<'a> {
        let mut batch = Batch::new(facts);
        batch.recordings.measure(self).await;
        batch
    }

    async fn write_batch(&self, batch: &Batch<'_>) -> Result<()> {
        let tx = self.write().await?;
        let tenants = batch.present_tenants(&tx).await?;
        batch.write_calls(&tx, &tenants).await?;
        batch.write_alive(&tx).await?;
        let written = batch.write_registrations(&tx, &self.inner.written).await?;
        subscription::write(&tx, &batch.subscriptions).await?;
        batch.write_messages(&tx).await?;
        let refusals = batch.write_refusals(&tx, &tenants).await?;
        self.trim_refusals(&tx, refusals).await?;
        let ladders = batch.ladders.write_calls(&tx, &tenants).await?;
        self.trim_ladders(&tx, ladders + refusals, &batch.ladders).await?;
        self.write_blocks(&tx, &batch.blocks).await?;
        let ended = batch.recordings.write(&tx, &tenants).await?;
        self.move_recordings(&tx, batch.at, ended).await?;
        let mut after = batch.mailboxes.write(self, &tx).await?;
        after.changed.extend(batch.statuses.write(self, &tx).await?);
        after.changed.extend(batch.rooms.write(&tx).await?);
        batch.queues.write(self, &tx, &tenants).await?;
        self.note_monitored(&tx, &batch.monitored).await?;
        let weighed: BTreeSet<TenantId> = batch.recordings.tenants().chain(batch.mailboxes.tenants()).collect();
        after.changed.extend(self.weigh(&tx, batch.at, weighed).await?);
        tx.commit().await?;
        if !batch.blocks.is_empty() {
            self.tell(Change::IpListChanged);
        }
        self.inner.written.remember(&written);
        for tenant in after.changed {
            self.tell(Change::TenantChanged(tenant));
        }
        self.remove_files(after.files).await;
        Ok(())
    }

    async fn trim_refusals(&self, tx: &Writing, written: u64) -> Result<()> {
        let before = self.inner.refusals_written.fetch_add(written, Ordering::Relaxed);
        if (before + written) / REFUSALS_BETWEEN_TRIMS > before / REFUSALS_BETWEEN_TRIMS {
            tx.execute_unprepared(&format!(
                "DELETE FROM refusal WHERE last_at < \
                 (SELECT last_at FROM refusal ORDER BY last_at DESC LIMIT 1 OFFSET {REFUSALS_MAX})"
            ))
            .await?;
        }
        Ok(())
    }
}

impl Store {
    async fn trim_ladders(&self, tx: &Writing, written: u64, ladders: &Ladders<'_>) -> Result<()> {
        let before = self.inner.ladders_written.fetch_add(written, Ordering::Relaxed);
        if (before + written) / LADDERS_BETWEEN_TRIMS > before / LADDERS_BETWEEN_TRIMS {
            ladder::trim(tx, ladders.tenants()).await?;
        }
        Ok(())
    }
}

impl<'a> Batch<'a> {
    fn new(facts: &'a [TenantFact]) -> Self {
        let mut batch = Self::default();
        for fact in facts {
            batch.add(fact);
        }
        batch
    }

    fn add(&mut self, fact: &'a TenantFact) {
        self.at = self.at.max(fact.at);
        match &fact.fact {
            Fact::CallStarted { record, trace } | Fact::CallChanged { record, trace } => {
                self.call(fact.at, record, trace, false);
            }
            Fact::CallEnded { record, trace } => self.call(fact.at, record, trace, true),
            Fact::CallsAlive { calls } => {
                for call in calls {
                    let latest = self.alive.entry(*call).or_insert(fact.at);
                    *latest = Moment::max(*latest, fact.at);
                }
            }
            Fact::Registered { registration } => {
                self.registrations.insert(registration.id, Some(registration));
            }
            Fact::Unregistered { registration_id, .. } => {
                self.registrations.insert(*registration_id, None);
            }
            Fact::Subscribed { subscription } => {
                self.subscriptions.insert(subscription.id, Some(subscription));
            }
            Fact::Unsubscribed { subscription_id } => {
                self.subscriptions.insert(*subscription_id, None);
            }
            Fact::MessageSent { message } => {
                self.messages.insert(message.id, message);
            }
            Fact::MessageDelivered { message_id, .. } => {
                self.delivered.entry(*message_id).or_insert((fact.tenant_id, fact.at));
            }
            Fact::VoicemailBegun { .. }
            | Fact::VoicemailLeft { .. }
            | Fact::VoicemailHeard { .. }
            | Fact::VoicemailRemoved { .. }
            | Fact::GreetingRecorded { .. }
            | Fact::GreetingDropped { .. } => self.mailboxes.add(fact),
            Fact::StatusSet { extension_id, status } => self.statuses.add(fact.tenant_id, *extension_id, *status),
            Fact::CallMonitored { .. } => self.monitored.push(fact),
            Fact::RecordingBegun { .. } | Fact::RecordingPaused { .. } | Fact::RecordingEnded { .. } => {
                self.recordings.add(fact);
            }
            Fact::ConferenceChanged { .. } | Fact::TemporaryConferenceOver { .. } => self.rooms.add(fact),
            Fact::QueueCallChanged { .. } | Fact::AgentChanged { .. } | Fact::NuisanceMet { .. } => {
                self.queues.add(fact);
            }
            Fact::CallCaptured { call_id, piece, .. } => {
                if let Some(tenant) = fact.tenant_id {
                    self.ladders.add(tenant, *call_id, fact.at, piece);
                }
            }
            Fact::RegistrationRefused { refusal, ladder } => {
                self.ladders.add_refusal(fingerprint(refusal), fact.at, ladder);
                self.refusal(refusal);
            }
            // The line of an event is written already; how a trunk stands is asked anew after a restart.
            // So is the row of what a telephone has recorded.
            Fact::EventHappened { .. }
            | Fact::TrunkChanged { .. }
            | Fact::ConferenceSpeakers { .. }
            | Fact::ReceptionistMoved { .. }
            | Fact::PromptRecorded { .. } => {}
            Fact::AddressBlocked { entry } => {
                self.blocks.insert(entry.network, entry);
            }
        }
    }

    fn call(&mut self, at: Moment, record: &'a CallRecord, trace: &'a [TraceStep], ended: bool) {
        // The row is never closed before something that the record itself tells.
        let told = [Some(record.started_at), record.rang_at, record.answered_at, record.ended_at];
        let heartbeat_at = told.into_iter().flatten().fold(at, Moment::max);
        if ended || !self.calls.get(&record.id).is_some_and(|state| state.ended) {
            self.calls.insert(record.id, CallState { record, heartbeat_at, trace, ended });
        }
    }

    fn refusal(&mut self, refusal: &RegistrationRefusal) {
        let key = fingerprint(refusal);
        match self.refusals.get_mut(&key) {
            None => {
                self.refusals.insert(key, refusal.clone());
            }
            Some(known) => {
                let count = known.count.saturating_add(refusal.count);
                let first_at = known.first_at.min(refusal.first_at);
                *known = RegistrationRefusal { id: known.id, count, first_at, ..refusal.clone() };
            }
        }
    }

    async fn present_tenants(&self, tx: &Writing) -> Result<BTreeSet<i64>> {
        let of_calls = self.calls.values().map(|state| state.record.tenant_id);
        let of_calls = of_calls.chain(self.ladders.tenants()).chain(self.recordings.tenants());
        let of_calls = of_calls.chain(self.queues.tenants());
        let wanted: BTreeSet<i64> =
            of_calls.chain(self.refusals.values().filter_map(|refusal| refusal.tenant_id)).map(i64::from).collect();
        let mut present = BTreeSet::new();
        for chunk in chunks(wanted) {
            let found = tenant::Entity::find().select_only().column(tenant::Column::Id);
            let found = found.filter(tenant::Column::Id.is_in(chunk)).into_tuple::<i64>();
            present.extend(found.all(&**tx).await?);
        }
        Ok(present)
    }

    async fn write_calls(&self, tx: &Writing, tenants: &BTreeSet<i64>) -> Result<()> {
        let (mut open, mut closed, mut traces) = (Vec::new(), Vec::new(), Vec::new());
        for (id, state) in &self.calls {
            let tenant = state.record.tenant_id.0;
            if !tenants.contains(&tenant) {
                continue;
            }
            let row = call_record::row(state.record, state.heartbeat_at)?;
            let steps = json(&state.trace)?;
            // A running call has its trace in its own row, which is written anyway; a closed one beside it.
            if state.ended {
                closed.push(call::ActiveModel { steps: Set(None), ..row });
                traces.push(trace_row(tenant, id.0, steps));
            } else {
                open.push(call::ActiveModel { steps: Set(Some(steps)), ..row });
            }
        }
        bulk::insert(tx, &open, upsert_call(STILL_OPEN)).await?;
        bulk::insert(tx, &closed, upsert_call(SAME_CALL)).await?;
        insert_traces(tx, &traces).await
    }

    async fn write_alive(&self, tx: &Writing) -> Result<()> {
        let mut by_moment: BTreeMap<Moment, Vec<i64>> = BTreeMap::new();
        for (call, at) in &self.alive {
            by_moment.entry(*at).or_default().push(call.0);
        }
        for (at, calls) in by_moment {
            for chunk in chunks(calls) {
                call::Entity::update_many()
                    .col_expr(call::Column::HeartbeatAt, Expr::value(at.0))
                    .filter(call::Column::Id.is_in(chunk))
                    .filter(call::Column::EndedAt.is_null())
                    .filter(call::Column::HeartbeatAt.lt(at.0))
                    .exec(&**tx)
                    .await?;
            }
        }
        Ok(())
    }

    /// Answers the bindings whose rows were written whole.
    async fn write_registrations(&self, tx: &Writing, written: &WrittenRows) -> Result<Vec<&'a Registration>> {
        let gone: Vec<RegistrationId> =
            self.registrations.iter().filter(|(_, binding)| binding.is_none()).map(|(id, _)| *id).collect();
        written.forget(gone.iter().copied());
        for chunk in chunks(gone.iter().map(|id| id.0)) {
            let these = registration::Column::Id.is_in(chunk);
            registration::Entity::delete_many().filter(these).exec(&**tx).await?;
        }
        let bound = self.registrations.values().copied().flatten();
        let (renewed, mut fresh): (Vec<&Registration>, Vec<_>) = bound.partition(|binding| written.holds(binding));
        for chunk in renewed.chunks(ROWS_MAX) {
            renew(tx, chunk).await?;
        }
        let present = present_extensions(tx, fresh.iter().map(|binding| binding.extension_id.0).collect()).await?;
        fresh.retain(|binding| present.contains(&(binding.tenant_id.0, binding.extension_id.0)));
        let rows = fresh.iter().map(|binding| bindings::row(binding)).collect::<Result<Vec<_>>>()?;
        bulk::insert(tx, &rows, upsert_registration()).await?;
        Ok(fresh)
    }

    async fn write_messages(&self, tx: &Writing) -> Result<()> {
        let people = self.messages.values().flat_map(|message| [message.sender_id.0, message.receiver_id.0]);
        let present = present_extensions(tx, people.collect()).await?;
        let here = |message: &&&Message| {
            let mut people = [message.sender_id.0, message.receiver_id.0].into_iter();
            people.all(|id| present.contains(&(message.tenant_id.0, id)))
        };
        let rows: Vec<_> = self.messages.values().filter(here).map(|message| messages::row(message)).collect();
        for chunk in chunks(rows) {
            let insert = message::Entity::insert_many(chunk).on_conflict(messages::keep_first());
            insert.exec_without_returning(&**tx).await?;
        }
        for (id, (tenant, at)) in &self.delivered {
            message::Entity::update_many()
                .col_expr(message::Column::DeliveredAt, Expr::value(at.0))
                .filter(message::Column::Id.eq(id.0))
                .filter(message::Column::TenantId.eq(tenant.map(i64::from)))
                .filter(message::Column::DeliveredAt.is_null())
                .exec(&**tx)
                .await?;
        }
        Ok(())
    }

    async fn write_refusals(&self, tx: &Writing, tenants: &BTreeSet<i64>) -> Result<u64> {
        let here = |refusal: &RegistrationRefusal| refusal.tenant_id.is_none_or(|tenant| tenants.contains(&tenant.0));
        let refusals = self.refusals.iter().filter(|(_, refusal)| here(refusal));
        let present = refusals.clone().map(|(key, _)| key.clone()).collect();
        let rows = refusals.map(|(key, refusal)| bindings::refusal_row(refusal, key.clone()));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let written = rows.len() as u64;
        for chunk in chunks(rows) {
            refusal::Entity::insert_many(chunk).on_conflict(count_refusal()).exec_without_returning(&**tx).await?;
        }
        self.ladders.write_refusals(tx, &present).await?;
        Ok(written)
    }
}

/// Which of these extensions there are, each with its tenant.
pub(crate) async fn present_extensions(tx: &Writing, wanted: BTreeSet<i64>) -> Result<BTreeSet<(i64, i64)>> {
    let mut present = BTreeSet::new();
    for chunk in chunks(wanted) {
        let found =
            extension::Entity::find().select_only().columns([extension::Column::TenantId, extension::Column::Id]);
        let found = found.filter(extension::Column::Id.is_in(chunk)).into_tuple::<(i64, i64)>();
        present.extend(found.all(&**tx).await?);
    }
    Ok(present)
}

/// A row is replaced by a later state only while the call runs, …
const STILL_OPEN: &str = r#""call"."ended_at" IS NULL AND "call"."tenant_id" = "excluded"."tenant_id""#;
/// … and by its end always, but never by another tenant's.
const SAME_CALL: &str = r#""call"."tenant_id" = "excluded"."tenant_id""#;

/// All but id, tenant and the cost, which the rating sets.
fn upsert_call(condition: &'static str) -> OnConflict {
    use call::Column::*;
    OnConflict::column(Id)
        .update_columns([
            SipCallId,
            Caller,
            CallerName,
            CallerExtensionId,
            Callee,
            CalleeExtensionId,
            Direction,
            Status,
            StartedAt,
            RangAt,
            AnsweredAt,
            EndedAt,
            EndedReason,
            FailCode,
            FinalDestination,
            DidCid,
            OutboundCallerId,
            Legs,
            HeartbeatAt,
            SearchKey,
            Steps,
        ])
        .action_and_where(Expr::cust(condition))
        .to_owned()
}

fn upsert_registration() -> OnConflict {
    use registration::Column::*;
    OnConflict::column(Id)
        .update_columns([
            ExtensionId,
            Number,
            Contact,
            Transport,
            Source,
            UserAgent,
            Instance,
            RegId,
            Path,
            Q,
            CallId,
            Cseq,
            RegisteredAt,
            ExpiresAt,
            Reachable,
            SearchKey,
        ])
        .action_and_where(Expr::cust(r#""registration"."tenant_id" = "excluded"."tenant_id""#))
        .to_owned()
}

/// Adds the count of a repeat; one that is not later than what is known is the same again.
fn count_refusal() -> OnConflict {
    use refusal::Column::*;
    OnConflict::column(Fingerprint)
        .update_columns([Source, UserAgent, LastAt, Trace, SearchKey])
        .value(Count, Expr::cust(r#""refusal"."count" + "excluded"."count""#))
        .action_and_where(Expr::cust(r#""refusal"."last_at" < "excluded"."last_at""#))
        .to_owned()
}

fn trace_row(tenant_id: i64, call_id: i64, steps: String) -> call_trace::ActiveModel {
    call_trace::ActiveModel { call_id: Set(call_id), tenant_id: Set(tenant_id), steps: Set(steps) }
}

async fn insert_traces(tx: &Writing, rows: &[call_trace::ActiveModel]) -> Result<()> {
    let replace = OnConflict::column(call_trace::Column::CallId)
        .update_column(call_trace::Column::Steps)
        .action_and_where(Expr::cust(r#""call_trace"."tenant_id" = "excluded"."tenant_id""#))
        .to_owned();
    bulk::insert(tx, rows, replace).await
}

/// Cuts into what one statement takes.
pub(crate) fn chunks<T>(rows: impl IntoIterator<Item = T>) -> Vec<Vec<T>> {
    let mut chunks: Vec<Vec<T>> = Vec::new();
    for row in rows {
        match chunks.last_mut() {
            Some(last) if last.len() < ROWS_MAX => last.push(row),
            _ => chunks.push(vec![row]),
        }
    }
    chunks
}
