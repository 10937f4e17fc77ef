//! Calls of queues: lists, the export, and the sums that wallboard, charts and reports are made of.

use std::collections::BTreeMap;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use shared::page::Direction;
use shared::queue_agent::AgentState;
use shared::queue_call::{ExportQueueCalls, ListQueueCalls, QueueCall, QueueFigures, QueueOutcome, QueueSlot};
use shared::{CallId, ExtensionId, Moment, Page, QueueCallId, QueueId, TenantId};

use crate::call_record::EXPORT_ROWS;
use crate::entity::{agent_span, exclusive_agent, extension, nuisance, queue, queue_call, tenant, vip};
use crate::page::{Key, Sort, Wanted, contains, page, slice, try_map};
use crate::text::{from_word, word};
use crate::{Result, Store, TenantPlanRow, TenantStore};

/// Sums are made by the quarter of an hour, in microseconds: every time zone begins its hours and days at one.
const QUARTER_MICROS: i64 = 900_000_000;

/// What a member has done in some time for one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentFigures {
    /// Calls that it has answered.
    pub calls: u64,
    /// Milliseconds that it has talked with their callers.
    pub talked_millis: u64,
    /// Milliseconds in each state.
    pub states: BTreeMap<AgentState, u64>,
    /// Those of [`AgentState::NotReady`] by their reasons; no reason is empty.
    pub pauses: BTreeMap<String, u64>,
}

/// What is to be mailed to a manager of a call of its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueNotice {
    /// Whom to.
    pub to: String,
    /// The queue's number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Seconds after which a call is late there.
    pub sla_seconds: u32,
    /// The call.
    pub queue_call: QueueCall,
    /// The tenant's zone.
    pub time_zone: String,
}

impl Store {
    /// Fills in the queues of these plans, and who is treated in a way of its own in them.
    pub(crate) async fn load_queues(
        &self,
        plans: &mut BTreeMap<i64, TenantPlanRow>,
        one: Option<TenantId>,
    ) -> Result<()> {
        let db = &self.inner.db;
        macro_rules! load {
            ($module:ident, $order:ident, $plan:ident, $noun:path) => {
                let mut all = $module::Entity::find().order_by_asc($module::Column::$order);
                if let Some(one) = one {
                    all = all.filter($module::Column::TenantId.eq(one.0));
                }
                for row in all.order_by_asc($module::Column::Id).all(db).await? {
                    if let Some(plan) = plans.get_mut(&row.tenant_id) {
                        plan.$plan.push($noun(row)?);
                    }
                }
            };
        }
        load!(queue, Number, queues, crate::queue::noun);
        load!(vip, Number, vips, crate::vip::noun);
        load!(exclusive_agent, DescriptionKey, exclusive_agents, crate::exclusive_agent::noun);
        load!(nuisance, Number, nuisances, crate::nuisance::noun);
        Ok(())
    }
}

impl Store {
    /// Everybody who is still to be called back, in the order in which they stood, for the switch at its start.
    pub async fn waiting_callbacks(&self) -> Result<Vec<QueueCall>> {
        let open = queue_call::Entity::find()
            .filter(queue_call::Column::EndedAt.is_null())
            .filter(queue_call::Column::Outcome.is_null())
            .filter(queue_call::Column::CallbackAt.is_not_null());
        let order = open.order_by_asc(queue_call::Column::EnteredAt).order_by_asc(queue_call::Column::Id);
        order.all(&self.inner.db).await?.into_iter().map(noun).collect()
    }
}

impl TenantStore {
    /// A page of the calls of queues, those that wait included, the latest first.
    pub async fn list_queue_calls(&self, operation: &ListQueueCalls) -> Result<Page<QueueCall>> {
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        try_map(page(self.db(), self.filtered_queue_calls(operation)?, &by_entry(), wanted, key).await?, noun)
    }

    /// All that the filter matches, a bounded number at a time.
    pub fn export_queue_calls(
        &self,
        operation: ExportQueueCalls,
    ) -> impl Stream<Item = Result<Vec<QueueCall>>> + Send + 'static {
        let ExportQueueCalls { queue_id, lost, from, until } = operation;
        let filter = ListQueueCalls { queue_id, lost, from, until, ..ListQueueCalls::default() };
        try_unfold((Some(None::<String>), self.clone(), filter), |(cursor, tenant, filter)| async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let select = tenant.filtered_queue_calls(&filter)?;
            let (rows, next) = slice(tenant.db(), select, &by_entry(), cursor.as_deref(), EXPORT_ROWS, key).await?;
            let rows = rows.into_iter().map(noun).collect::<Result<Vec<_>>>()?;
            Ok(Some((rows, (next.map(Some), tenant, filter))))
        })
    }

    /// What has become of the calls of each queue that entered in that time; queues without calls are not among them.
    pub async fn queue_figures(&self, from: Moment, until: Moment) -> Result<BTreeMap<QueueId, QueueFigures>> {
        let select = self.entered(None, from, until).select_only().column(queue_call::Column::QueueId);
        let found = sums(select).group_by(queue_call::Column::QueueId).into_tuple::<Sums>().all(self.db()).await?;
        Ok(found.into_iter().map(|row| (QueueId(row.0), figures(row))).collect())
    }

    /// The figures between each two of these moments, which are whole quarters of an hour.
    pub async fn queue_history(&self, queue: Option<QueueId>, edges: &[Moment]) -> Result<Vec<QueueSlot>> {
        let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return Ok(Vec::new()) };
        let quarter = || Expr::cust(format!("entered_at / {QUARTER_MICROS}"));
        let select = self.entered(queue, *first, *last).select_only().expr_as(quarter(), "quarter");
        let found = sums(select).group_by(quarter()).into_tuple::<Sums>().all(self.db()).await?;
        let slots = edges.iter().zip(edges.iter().skip(1)).map(|(from, until)| {
            let within = |row: &&Sums| {
                let at = row.0.saturating_mul(QUARTER_MICROS);
                from.0 <= at && at < until.0
            };
            let figures = found.iter().filter(within).map(|row| figures(*row)).fold(QueueFigures::default(), added);
            QueueSlot { from: *from, figures }
        });
        Ok(slots.collect())
    }

    /// What members have done in that time; what goes on counts until `now`.
    pub async fn agent_figures(
        &self,
        now: Moment,
        queue: Option<QueueId>,
        from: Moment,
        until: Moment,
    ) -> Result<BTreeMap<(QueueId, ExtensionId), AgentFigures>> {
        let (from, until) = (from.0, until.min(now).0);
        let mut all: BTreeMap<(QueueId, ExtensionId), AgentFigures> = BTreeMap::new();
        let mut talks = self.find::<queue_call::Entity>().filter(queue_call::Column::AgentId.is_not_null());
        let mut spans = self.find::<agent_span::Entity>().filter(agent_span::Column::Since.lt(until));
        if let Some(queue) = queue {
            talks = talks.filter(queue_call::Column::QueueId.eq(queue.0));
            spans = spans.filter(agent_span::Column::QueueId.eq(queue.0));
        }
        let talks = talks
            .filter(queue_call::Column::AnsweredAt.gte(from))
            .filter(queue_call::Column::AnsweredAt.lt(until))
            .select_only()
            .columns([queue_call::Column::QueueId, queue_call::Column::AgentId])
            .expr_as(Expr::cust("COUNT(*)"), "calls")
            .expr_as(sum(&format!("COALESCE(ended_at, {}) - answered_at", now.0)), "talked")
            .group_by(queue_call::Column::QueueId)
            .group_by(queue_call::Column::AgentId)
            .into_tuple::<(i64, i64, i64, i64)>();
        for (queue, agent, calls, talked) in talks.all(self.db()).await? {
            let figures = all.entry((QueueId(queue), ExtensionId(agent))).or_default();
            (figures.calls, figures.talked_millis) = (count(calls), millis(talked));
        }
        let end = format!("COALESCE(ended_at, {until})");
        let within = format!(
            "(CASE WHEN {end} > {until} THEN {until} ELSE {end} END) - (CASE WHEN since < {from} THEN {from} ELSE since END)"
        );
        let spans = spans
            .filter(Expr::cust(format!("{end} > {from}")))
            .select_only()
            .columns([agent_span::Column::QueueId, agent_span::Column::ExtensionId])
            .columns([agent_span::Column::State, agent_span::Column::PauseReason])
            .expr_as(sum(&within), "within")
            .group_by(agent_span::Column::QueueId)
            .group_by(agent_span::Column::ExtensionId)
            .group_by(agent_span::Column::State)
            .group_by(agent_span::Column::PauseReason)
            .into_tuple::<(i64, i64, String, String, i64)>();
        for (queue, person, state, reason, micros) in spans.all(self.db()).await? {
            let state: AgentState = from_word(&state)?;
            let figures = all.entry((QueueId(queue), ExtensionId(person))).or_default();
            *figures.states.entry(state).or_default() += millis(micros);
            if state == AgentState::NotReady {
                *figures.pauses.entry(reason).or_default() += millis(micros);
            }
        }
        Ok(all)
    }

    /// The numbers and names of these extensions, as far as they are there.
    pub async fn names_of(&self, people: &[ExtensionId]) -> Result<BTreeMap<ExtensionId, (String, String)>> {
        let mut names = BTreeMap::new();
        for some in crate::fact::chunks(people.iter().map(|id| id.0)) {
            let found = self.find::<extension::Entity>().filter(extension::Column::Id.is_in(some));
            let rows = found.all(self.db()).await?.into_iter();
            names.extend(rows.map(|row| (ExtensionId(row.id), (row.number, row.name))));
        }
        Ok(names)
    }

    /// What is to be mailed to a manager; none where call, queue or address are gone, or it is no manager any more.
    pub async fn queue_notice(&self, id: QueueCallId, manager: ExtensionId) -> Result<Option<QueueNotice>> {
        let Some(row) = self.find_id::<queue_call::Entity>(id.0).one(self.db()).await? else { return Ok(None) };
        let held = self.find_id::<queue::Entity>(row.queue_id).one(self.db()).await?;
        let person = self.find_id::<extension::Entity>(manager.0).one(self.db()).await?;
        let company = self.find::<tenant::Entity>().one(self.db()).await?;
        let (Some(held), Some(person), Some(company)) = (held, person, company) else { return Ok(None) };
        let settings = crate::queue::noun(held)?.settings;
        let Some(to) = person.email.filter(|_| settings.managers.contains(&manager)) else { return Ok(None) };
        Ok(Some(QueueNotice {
            to,
            number: settings.number,
            name: settings.name,
            sla_seconds: settings.sla_seconds,
            queue_call: noun(row)?,
            time_zone: company.time_zone,
        }))
    }

    fn filtered_queue_calls(&self, filter: &ListQueueCalls) -> Result<Select<queue_call::Entity>> {
        let mut select = self.find::<queue_call::Entity>();
        if let Some(found) = contains(queue_call::Column::SearchKey, filter.search.as_deref()) {
            select = select.filter(found);
        }
        if let Some(queue) = filter.queue_id {
            select = select.filter(queue_call::Column::QueueId.eq(queue.0));
        }
        if let Some(agent) = filter.agent_id {
            select = select.filter(queue_call::Column::AgentId.eq(agent.0));
        }
        if filter.lost == Some(true) {
            let lost = QueueOutcome::ALL.into_iter().filter(|outcome| outcome.is_lost());
            let lost = lost.map(|outcome| word(&outcome)).collect::<Result<Vec<_>>>()?;
            select = select.filter(queue_call::Column::Outcome.is_in(lost));
        }
        if let Some(from) = filter.from {
            select = select.filter(queue_call::Column::EnteredAt.gte(from.0));
        }
        if let Some(until) = filter.until {
            select = select.filter(queue_call::Column::EnteredAt.lt(until.0));
        }
        Ok(select)
    }

    fn entered(&self, queue: Option<QueueId>, from: Moment, until: Moment) -> Select<queue_call::Entity> {
        let select = self.find::<queue_call::Entity>();
        let select = select.filter(queue_call::Column::EnteredAt.gte(from.0));
        let select = select.filter(queue_call::Column::EnteredAt.lt(until.0));
        match queue {
            Some(queue) => select.filter(queue_call::Column::QueueId.eq(queue.0)),
            None => select,
        }
    }
}

/// What a row is of, and its sums in the order of [`QueueFigures`], times in microseconds.
type Sums = (i64, i64, i64, i64, i64, i64, i64, i64);

fn sums(select: Select<queue_call::Entity>) -> Select<queue_call::Entity> {
    let lost: Vec<String> = QueueOutcome::ALL
        .into_iter()
        .filter(|outcome| outcome.is_lost())
        .map(|outcome| format!("'{}'", outcome.code()))
        .collect();
    let lost = format!("COUNT(CASE WHEN outcome IN ({}) THEN 1 END)", lost.join(", "));
    let waited = "COALESCE(answered_at, ended_at) - entered_at";
    // COUNT leaves out NULL: of `answered_at` it counts the answered, of a CASE without ELSE what it matches.
    select
        .expr_as(Expr::cust("COUNT(*)"), "entered")
        .expr_as(Expr::cust("COUNT(answered_at)"), "answered")
        .expr_as(Expr::cust(lost), "lost")
        .expr_as(Expr::cust("COUNT(CASE WHEN answered_at IS NOT NULL AND NOT late THEN 1 END)"), "in_time")
        .expr_as(sum(waited), "waited")
        .expr_as(Expr::cust(format!("COALESCE(MAX({waited}), 0)")), "longest")
        .expr_as(sum("ended_at - answered_at"), "talked")
}

/// A sum as the whole number that both engines give; PostgreSQL sums to more than one.
fn sum(of: &str) -> Expr {
    Expr::cust(format!("CAST(COALESCE(SUM({of}), 0) AS BIGINT)"))
}

fn figures(row: Sums) -> QueueFigures {
    let (_, entered, answered, lost, in_time, waited, longest, talked) = row;
    QueueFigures {
        entered: count(entered),
        answered: count(answered),
        lost: count(lost),
        in_time: count(in_time),
        waited_millis: millis(waited),
        longest_wait_millis: millis(longest),
        talked_millis: millis(talked),
    }
}

fn added(one: QueueFigures, other: QueueFigures) -> QueueFigures {
    QueueFigures {
        entered: one.entered + other.entered,
        answered: one.answered + other.answered,
        lost: one.lost + other.lost,
        in_time: one.in_time + other.in_time,
        waited_millis: one.waited_millis + other.waited_millis,
        longest_wait_millis: one.longest_wait_millis.max(other.longest_wait_millis),
        talked_millis: one.talked_millis + other.talked_millis,
    }
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn millis(micros: i64) -> u64 {
    count(micros / 1_000)
}

fn by_entry() -> Sort<queue_call::Column> {
    Sort {
        name: "entered_at",
        column: queue_call::Column::EnteredAt,
        id: queue_call::Column::Id,
        direction: Direction::Descending,
    }
}

fn key(row: &queue_call::Model) -> (Key, i64) {
    (Key::Number(row.entered_at), row.id)
}

/// Row → noun. Who is rung is the switch's to tell.
fn noun(row: queue_call::Model) -> Result<QueueCall> {
    Ok(QueueCall {
        id: QueueCallId(row.id),
        tenant_id: TenantId(row.tenant_id),
        queue_id: QueueId(row.queue_id),
        call_id: CallId(row.call_id),
        caller: row.caller,
        caller_name: row.caller_name,
        entered_at: Moment(row.entered_at),
        vip: row.vip,
        callback: row.callback,
        callback_at: row.callback_at.map(Moment),
        callback_call_id: row.callback_call_id.map(CallId),
        callback_breaks: u32::try_from(row.callback_breaks).unwrap_or(u32::MAX),
        late: row.late,
        ringing: Vec::new(),
        answered_at: row.answered_at.map(Moment),
        agent_id: row.agent_id.map(ExtensionId),
        ended_at: row.ended_at.map(Moment),
        outcome: row.outcome.as_deref().map(from_word).transpose()?,
    })
}
