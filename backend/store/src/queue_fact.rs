//! What happens in queues becomes rows: calls, how members stand and stood, nuisances that were met, and mails to the managers. A part of
//! `fact`: the same twice leaves what it left once.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use shared::fact::{Fact, TenantFact};
use shared::queue_agent::{AgentReadiness, AgentStanding, AgentState};
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::{ExtensionId, Moment, NuisanceId, QueueCallId, QueueId, TenantId};

use crate::connect::Writing;
use crate::entity::{agent, agent_span, call, extension, nuisance, queue, queue_call, registration};
use crate::fact::{chunks, present_extensions};
use crate::text::{outside, search_key, word};
use crate::{Job, Result, Store, bulk};

/// How a member stands, of which tenant and when that was told.
type Told<'a> = (TenantId, Moment, &'a AgentStanding);

/// What a batch says of queues.
#[derive(Default)]
pub(crate) struct Queues<'a> {
    /// The last state of each call, and when it was told.
    calls: BTreeMap<(TenantId, QueueCallId), (Moment, &'a QueueCall)>,
    /// What was told of each member, in order.
    agents: BTreeMap<(QueueId, ExtensionId), Vec<Told<'a>>>,
    /// How often each was met, and when last.
    met: BTreeMap<(TenantId, NuisanceId), (i64, Moment)>,
}

/// How a member stands, as its rows say.
#[derive(Clone)]
struct Held {
    ready: bool,
    pause_reason: String,
    ready_since: Moment,
    state: AgentState,
    since: Moment,
}

impl<'a> Queues<'a> {
    pub(crate) fn add(&mut self, fact: &'a TenantFact) {
        let Some(tenant) = fact.tenant_id else { return };
        match &fact.fact {
            Fact::QueueCallChanged { queue_call, .. } => {
                let over = self.calls.get(&(tenant, queue_call.id)).is_some_and(|(_, call)| call.ended_at.is_some());
                if !over || queue_call.ended_at.is_some() {
                    self.calls.insert((tenant, queue_call.id), (fact.at, queue_call));
                }
            }
            Fact::AgentChanged { agent, .. } => {
                let told = self.agents.entry((agent.queue_id, agent.extension_id)).or_default();
                told.push((tenant, fact.at, agent));
            }
            Fact::NuisanceMet { nuisance_id } => {
                let (count, last) = self.met.entry((tenant, *nuisance_id)).or_insert((0, fact.at));
                *count = count.saturating_add(1);
                *last = Moment::max(*last, fact.at);
            }
            _ => {}
        }
    }

    /// The tenants that must be there for it.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = TenantId> {
        self.calls.keys().map(|(tenant, _)| *tenant)
    }

    pub(crate) async fn write(&self, store: &Store, tx: &Writing, tenants: &BTreeSet<i64>) -> Result<()> {
        self.write_calls(store, tx, tenants).await?;
        self.write_agents(tx).await?;
        for ((tenant, id), (count, last)) in &self.met {
            nuisance::Entity::update_many()
                .col_expr(nuisance::Column::Hits, Expr::cust(format!("hits + {count}")))
                .col_expr(nuisance::Column::LastMetAt, Expr::value(last.0))
                .filter(nuisance::Column::Id.eq(id.0))
                .filter(nuisance::Column::TenantId.eq(tenant.0))
                .filter(nuisance::Column::LastMetAt.lt(last.0))
                .exec(&**tx)
                .await?;
        }
        Ok(())
    }

    async fn write_calls(&self, store: &Store, tx: &Writing, tenants: &BTreeSet<i64>) -> Result<()> {
        let here = || self.calls.iter().filter(|((tenant, _), _)| tenants.contains(&tenant.0));
        let mut held = BTreeMap::new();
        for some in chunks(here().map(|((_, id), _)| id.0)) {
            let rows = queue_call::Entity::find().filter(queue_call::Column::Id.is_in(some)).all(&**tx).await?;
            held.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        let (mut rows, mut notices) = (Vec::new(), Vec::new());
        for ((tenant, id), (at, call)) in here() {
            let before = held.get(&id.0);
            // What is over is not opened again, and nobody writes into another tenant's.
            let taken = before.is_some_and(|row| row.tenant_id != tenant.0);
            if taken || before.is_some_and(|row| row.ended_at.is_some()) && call.ended_at.is_none() {
                continue;
            }
            let was_late = before.is_some_and(|row| row.late);
            let was_lost = before.and_then(|row| row.outcome.as_deref()).is_some_and(is_lost);
            if call.late && !was_late {
                notices.push((*at, *tenant, *call, false));
            }
            if call.outcome.is_some_and(QueueOutcome::is_lost) && !was_lost {
                notices.push((*at, *tenant, *call, true));
            }
            rows.push(row(*tenant, *at, call, was_late)?);
        }
        for some in rows.chunks(ROWS_MAX) {
            bulk::insert(tx, some, upsert_call()).await?;
        }
        for (at, tenant, call, lost) in notices {
            store.mail_managers(tx, at, tenant, call, lost).await?;
        }
        Ok(())
    }

    async fn write_agents(&self, tx: &Writing) -> Result<()> {
        let people = present_extensions(tx, self.agents.keys().map(|(_, person)| person.0).collect()).await?;
        let queues = present_queues(tx, self.agents.keys().map(|(queue, _)| queue.0).collect()).await?;
        for ((queue, person), told) in &self.agents {
            // What is told of somebody who has left the queue meanwhile is of no use.
            let Some((tenant, agents)) = queues.get(queue) else { continue };
            if !agents.contains(person) || !people.contains(&(tenant.0, person.0)) {
                continue;
            }
            let told = told.iter().filter(|(of, ..)| of == tenant).map(|(_, at, agent)| (*at, *agent));
            write_agent(tx, *tenant, *queue, *person, told).await?;
        }
        Ok(())
    }
}

/// Rows of one statement.
const ROWS_MAX: usize = 500;

/// Is it the word of a call that was lost?
fn is_lost(word: &str) -> bool {
    QueueOutcome::ALL.into_iter().any(|outcome| outcome.is_lost() && outcome.code() == word)
}

fn row(tenant: TenantId, at: Moment, of: &QueueCall, was_late: bool) -> Result<queue_call::ActiveModel> {
    let told = [Some(of.entered_at), of.answered_at, of.ended_at];
    Ok(queue_call::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(tenant.0),
        queue_id: Set(of.queue_id.0),
        call_id: Set(of.call_id.0),
        caller: Set(outside(&of.caller)),
        caller_name: Set(outside(&of.caller_name)),
        entered_at: Set(of.entered_at.0),
        vip: Set(of.vip),
        callback: Set(of.callback),
        callback_at: Set(of.callback_at.map(|at| at.0)),
        callback_call_id: Set(of.callback_call_id.map(|id| id.0)),
        callback_breaks: Set(of.callback_breaks.into()),
        late: Set(of.late || was_late),
        answered_at: Set(of.answered_at.map(|at| at.0)),
        agent_id: Set(of.agent_id.map(i64::from)),
        ended_at: Set(of.ended_at.map(|at| at.0)),
        outcome: Set(of.outcome.as_ref().map(word).transpose()?),
        seen_at: Set(told.into_iter().flatten().fold(at, Moment::max).0),
        search_key: Set(outside(&search_key([of.caller.as_str(), &of.caller_name]))),
    })
}

/// All but id, tenant, queue and when it entered. The call is another one where the place was handed on.
fn upsert_call() -> OnConflict {
    use queue_call::Column::*;
    OnConflict::column(Id)
        .update_columns([
            CallId,
            Caller,
            CallerName,
            Vip,
            Callback,
            CallbackAt,
            CallbackCallId,
            CallbackBreaks,
            Late,
            AnsweredAt,
            AgentId,
            EndedAt,
            Outcome,
            SeenAt,
            SearchKey,
        ])
        .action_and_where(Expr::cust(r#""queue_call"."tenant_id" = "excluded"."tenant_id""#))
        .to_owned()
}

/// Whose each of these queues is that there are, and who answers for it.
async fn present_queues(
    tx: &Writing,
    wanted: BTreeSet<i64>,
) -> Result<BTreeMap<QueueId, (TenantId, BTreeSet<ExtensionId>)>> {
    let mut present = BTreeMap::new();
    for chunk in chunks(wanted) {
        for row in queue::Entity::find().filter(queue::Column::Id.is_in(chunk)).all(&**tx).await? {
            let queue = crate::queue::noun(row)?;
            present.insert(queue.id, (queue.tenant_id, queue.settings.agents().collect()));
        }
    }
    Ok(present)
}

/// Whoever does not answer for a queue any more stands in it no longer.
pub(crate) async fn leave(tx: &Writing, now: Moment, queue: QueueId, left: &BTreeSet<ExtensionId>) -> Result<()> {
    let left = left.iter().map(|id| id.0);
    let now = now.0;
    agent_span::Entity::update_many()
        .col_expr(agent_span::Column::EndedAt, Expr::cust(format!("CASE WHEN since > {now} THEN since ELSE {now} END")))
        .filter(agent_span::Column::QueueId.eq(queue.0))
        .filter(agent_span::Column::EndedAt.is_null())
        .filter(agent_span::Column::ExtensionId.is_in(left.clone()))
        .exec(&**tx)
        .await?;
    agent::Entity::delete_many()
        .filter(agent::Column::QueueId.eq(queue.0))
        .filter(agent::Column::ExtensionId.is_in(left))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Each change closes a span and opens the next.
async fn write_agent<'a>(
    tx: &Writing,
    tenant: TenantId,
    queue: QueueId,
    person: ExtensionId,
    told: impl Iterator<Item = (Moment, &'a AgentStanding)>,
) -> Result<()> {
    let row = agent::Entity::find_by_id((queue.0, person.0)).one(&**tx).await?;
    let mut held = row.map(held).transpose()?;
    let mut spans: Vec<agent_span::ActiveModel> = Vec::new();
    for (at, standing) in told {
        let AgentStanding { ready, pause_reason, state, since, .. } = standing;
        let pause_reason = outside(pause_reason);
        let Some(known) = &mut held else {
            let ready_since = *since;
            held = Some(Held { ready: *ready, pause_reason, ready_since, state: *state, since: *since });
            spans.push(span(tenant, queue, person, standing, *since));
            continue;
        };
        let other = known.state != *state || known.pause_reason != pause_reason;
        // Who stands after a start as before it may tell of an old beginning: what is new begins when it is told.
        let begins = match (*since > known.since, other) {
            (true, _) => Some(*since),
            (false, true) if at > known.since => Some(at),
            (false, _) => None,
        };
        if at >= known.since && (known.ready != *ready || known.pause_reason != pause_reason) {
            (known.ready, known.ready_since) = (*ready, at);
            known.pause_reason = pause_reason;
        }
        if let Some(begins) = begins {
            (known.state, known.since) = (*state, begins);
            if let Some(last) = spans.last_mut() {
                last.ended_at = Set(Some(begins.0));
            }
            spans.push(span(tenant, queue, person, standing, begins));
        }
    }
    let Some(held) = held else { return Ok(()) };
    let Some(first) = spans.first() else { return write_held(tx, tenant, queue, person, &held).await };
    let begins = first.since.clone().take().unwrap_or_default();
    agent_span::Entity::update_many()
        .col_expr(agent_span::Column::EndedAt, Expr::value(begins))
        .filter(agent_span::Column::QueueId.eq(queue.0))
        .filter(agent_span::Column::ExtensionId.eq(person.0))
        .filter(agent_span::Column::EndedAt.is_null())
        .filter(agent_span::Column::Since.lt(begins))
        .exec(&**tx)
        .await?;
    use agent_span::Column::{EndedAt, ExtensionId as Person, PauseReason, QueueId as Of, Since, State};
    let later = OnConflict::columns([Of, Person, Since]).update_columns([State, PauseReason, EndedAt]).to_owned();
    // Two changes within a microsecond are one row: the later.
    spans.dedup_by(|later, earlier| {
        let same = later.since == earlier.since;
        if same {
            *earlier = later.clone();
        }
        same
    });
    bulk::insert(tx, &spans, later).await?;
    write_held(tx, tenant, queue, person, &held).await
}

fn span(
    tenant: TenantId,
    queue: QueueId,
    person: ExtensionId,
    of: &AgentStanding,
    since: Moment,
) -> agent_span::ActiveModel {
    let paused = of.state == AgentState::NotReady;
    agent_span::ActiveModel {
        queue_id: Set(queue.0),
        extension_id: Set(person.0),
        since: Set(since.0),
        tenant_id: Set(tenant.0),
        state: Set(of.state.code().to_owned()),
        pause_reason: Set(if paused { outside(&of.pause_reason) } else { String::new() }),
        ended_at: Set(None),
    }
}

fn held(row: agent::Model) -> Result<Held> {
    Ok(Held {
        ready: row.ready,
        pause_reason: row.pause_reason,
        ready_since: Moment(row.ready_since),
        state: crate::text::from_word(&row.state)?,
        since: Moment(row.since),
    })
}

async fn write_held(tx: &Writing, tenant: TenantId, queue: QueueId, person: ExtensionId, of: &Held) -> Result<()> {
    use agent::Column::{ExtensionId as Person, PauseReason, QueueId as Queue, Ready, ReadySince, Since, State};
    let row = agent::ActiveModel {
        tenant_id: Set(tenant.0),
        queue_id: Set(queue.0),
        extension_id: Set(person.0),
        ready: Set(of.ready),
        pause_reason: Set(of.pause_reason.clone()),
        ready_since: Set(of.ready_since.0),
        state: Set(of.state.code().to_owned()),
        since: Set(of.since.0),
    };
    let latest =
        OnConflict::columns([Queue, Person]).update_columns([Ready, PauseReason, ReadySince, State, Since]).to_owned();
    bulk::insert(tx, &[row], latest).await
}

/// A stopped server has left calls of queues and times of members open: each ends at the last sign of life. Before the calls are closed,
/// whose heartbeats are one. Whoever is to be called back goes on waiting for that; a callback that was under way was broken off, which
/// is counted here, before anybody can be called again.
pub(crate) async fn close_open(tx: &Writing) -> Result<()> {
    let waits = "outcome IS NULL AND callback_at IS NOT NULL";
    tx.execute_unprepared(&format!(
        "UPDATE queue_call SET callback_breaks = callback_breaks + 1, callback_call_id = NULL
         WHERE ended_at IS NULL AND {waits} AND callback_call_id IS NOT NULL"
    ))
    .await?;
    let beat = r#"(SELECT heartbeat_at FROM "call"
        WHERE "call".id = COALESCE(queue_call.callback_call_id, queue_call.call_id)
        AND "call".tenant_id = queue_call.tenant_id)"#;
    let removed = QueueOutcome::Removed.code();
    tx.execute_unprepared(&format!(
        "UPDATE queue_call SET outcome = COALESCE(outcome, '{removed}'),
         ended_at = CASE WHEN COALESCE({beat}, 0) > seen_at THEN {beat} ELSE seen_at END
         WHERE ended_at IS NULL AND NOT ({waits})"
    ))
    .await?;
    let open = agent_span::Entity::find().filter(agent_span::Column::EndedAt.is_null());
    let tenants = open.select_only().column(agent_span::Column::TenantId).distinct().into_tuple::<i64>();
    for tenant in tenants.all(&**tx).await? {
        let last = last_sign(tx, tenant).await?;
        tx.execute_unprepared(&format!(
            "UPDATE agent_span SET ended_at = CASE WHEN since > {last} THEN since ELSE {last} END
             WHERE tenant_id = {tenant} AND ended_at IS NULL"
        ))
        .await?;
        let offline = AgentState::Offline.code();
        tx.execute_unprepared(&format!(
            "UPDATE agent SET state = '{offline}', since = CASE WHEN since > {last} THEN since ELSE {last} END
             WHERE tenant_id = {tenant} AND state <> '{offline}'"
        ))
        .await?;
    }
    Ok(())
}

/// The latest that is known of a tenant from before the stop.
async fn last_sign(tx: &Writing, tenant: i64) -> Result<i64> {
    let beat = call::Entity::find().filter(call::Column::TenantId.eq(tenant)).filter(call::Column::EndedAt.is_null());
    let beat = beat.select_only().column_as(call::Column::HeartbeatAt.max(), "last");
    let bound = registration::Entity::find().filter(registration::Column::TenantId.eq(tenant));
    let bound = bound.select_only().column_as(registration::Column::RegisteredAt.max(), "last");
    let span = agent_span::Entity::find().filter(agent_span::Column::TenantId.eq(tenant));
    let span = span.select_only().column_as(agent_span::Column::Since.max(), "last");
    let signs = [
        beat.into_tuple::<Option<i64>>().one(&**tx).await?,
        bound.into_tuple::<Option<i64>>().one(&**tx).await?,
        span.into_tuple::<Option<i64>>().one(&**tx).await?,
    ];
    Ok(signs.into_iter().flatten().flatten().max().unwrap_or(0))
}

impl Store {
    /// How each member of a queue was ready last, for the switch at its start.
    pub async fn agent_readiness(&self) -> Result<Vec<(TenantId, AgentReadiness)>> {
        let rows = agent::Entity::find().all(&self.inner.db).await?;
        let noun = |row: agent::Model| {
            let readiness = AgentReadiness {
                queue_id: QueueId(row.queue_id),
                extension_id: ExtensionId(row.extension_id),
                ready: row.ready,
                pause_reason: row.pause_reason,
                since: Moment(row.ready_since),
            };
            (TenantId(row.tenant_id), readiness)
        };
        Ok(rows.into_iter().map(noun).collect())
    }

    /// A mail to each manager who has an address, where mails go out at all (Q-11, Q-13).
    async fn mail_managers(
        &self,
        tx: &Writing,
        now: Moment,
        tenant: TenantId,
        call: &QueueCall,
        lost: bool,
    ) -> Result<()> {
        let view = self.tenant(tenant);
        let Some(row) = view.find_id::<queue::Entity>(call.queue_id.0).one(&**tx).await? else { return Ok(()) };
        let settings = crate::queue::noun(row)?.settings;
        let wanted = !settings.managers.is_empty() && (!lost || settings.mails_lost_calls);
        if !wanted || self.outgoing_in(&**tx, Some(tenant)).await?.is_none() {
            return Ok(());
        }
        let people = Condition::all()
            .add(extension::Column::Id.is_in(settings.managers.iter().map(|id| id.0)))
            .add(extension::Column::Email.is_not_null());
        for person in view.find::<extension::Entity>().filter(people).all(&**tx).await? {
            let job = Job::SendQueueNotice { queue_call_id: call.id, manager_id: ExtensionId(person.id), lost };
            self.insert_job(tx, now, Some(tenant), &job).await?;
        }
        Ok(())
    }
}
