//! Call records: lists, details and the export, all by the one filter (CDR-01…05, REP-03).

use futures_util::Stream;
use futures_util::stream::try_unfold;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select, Set};
use shared::call_record::{CallDetail, CallRecord, ExportCalls, GetCall, GetOwnCall, ListCalls, ListOwnCalls};
use shared::page::Direction;
use shared::reason::TraceStep;
use shared::{CallId, ExtensionId, Moment, Money, Page, TenantId};

use crate::entity::{call, call_trace};
use crate::page::{Key, Sort, Wanted, contains, page, slice, try_map};
use crate::text::{from_json, from_word, json, outside, search_key, word};
use crate::{Error, Result, TenantStore};

/// Records that the export reads at a time: what bounds its memory.
pub(crate) const EXPORT_ROWS: usize = 1_000;

impl TenantStore {
    /// A page of the tenant's calls, running ones included, newest first unless asked otherwise.
    pub async fn list_calls(&self, operation: &ListCalls) -> Result<Page<CallRecord>> {
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        self.page_of(self.filtered(operation)?, operation.order, wanted).await
    }

    /// One call with the decisions on its way (CDR-02).
    pub async fn get_call(&self, operation: &GetCall) -> Result<CallDetail> {
        self.detail(self.find_id(operation.call_id.0)).await
    }

    /// Every call that the filter matches, a bounded number at a time. Rows that are added meanwhile may or may not be
    /// among them; no row comes twice.
    pub fn export_calls(&self, operation: ExportCalls) -> impl Stream<Item = Result<Vec<CallRecord>>> + Send + 'static {
        let (tenant, filter) = (self.clone(), ListCalls::from(operation));
        try_unfold((Some(None), tenant, filter), |(cursor, tenant, filter)| async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let (rows, next) = tenant.slice_of(&filter, cursor).await?;
            Ok(Some((rows, (next.map(Some), tenant, filter))))
        })
    }

    /// The calls that an extension made or got, and those of the members of groups that it is a manager of (GRP-04).
    pub async fn list_own_calls(&self, extension: ExtensionId, operation: &ListOwnCalls) -> Result<Page<CallRecord>> {
        let ListOwnCalls { search, status, cursor, limit } = operation;
        let filter = ListCalls { search: search.clone(), status: *status, ..ListCalls::default() };
        let wanted = Wanted { cursor: cursor.as_deref(), limit: *limit };
        self.page_of(self.filtered(&filter)?.filter(self.seen_calls(extension)), None, wanted).await
    }

    /// One of the calls that [`Self::list_own_calls`] tells of.
    pub async fn get_own_call(&self, extension: ExtensionId, operation: &GetOwnCall) -> Result<CallDetail> {
        self.detail(self.find_id(operation.call_id.0).filter(self.seen_calls(extension))).await
    }

    pub(crate) fn seen_calls(&self, extension: ExtensionId) -> Condition {
        self.sees(extension, [call::Column::CallerExtensionId, call::Column::CalleeExtensionId])
    }

    fn filtered(&self, filter: &ListCalls) -> Result<Select<call::Entity>> {
        let mut select = self.find::<call::Entity>();
        if let Some(found) = contains(call::Column::SearchKey, filter.search.as_deref()) {
            select = select.filter(found);
        }
        if let Some(status) = &filter.status {
            select = select.filter(call::Column::Status.eq(word(status)?));
        }
        if let Some(direction) = &filter.direction {
            select = select.filter(call::Column::Direction.eq(word(direction)?));
        }
        if let Some(from) = filter.from {
            select = select.filter(call::Column::StartedAt.gte(from.0));
        }
        if let Some(until) = filter.until {
            select = select.filter(call::Column::StartedAt.lt(until.0));
        }
        Ok(select)
    }

    async fn page_of(
        &self,
        select: Select<call::Entity>,
        order: Option<Direction>,
        wanted: Wanted<'_>,
    ) -> Result<Page<CallRecord>> {
        try_map(page(self.db(), select, &by_start(order), wanted, key).await?, noun)
    }

    async fn slice_of(&self, filter: &ListCalls, cursor: Option<String>) -> Result<(Vec<CallRecord>, Option<String>)> {
        let (select, sort) = (self.filtered(filter)?, by_start(filter.order));
        let (rows, next) = slice(self.db(), select, &sort, cursor.as_deref(), EXPORT_ROWS, key).await?;
        Ok((rows.into_iter().map(noun).collect::<Result<_>>()?, next))
    }

    async fn detail(&self, select: Select<call::Entity>) -> Result<CallDetail> {
        let row = select.one(self.db()).await?.ok_or(Error::NotFound)?;
        let trace = match self.find_id::<call_trace::Entity>(row.id).one(self.db()).await? {
            Some(closed) => from_json(&closed.steps)?,
            None => steps_so_far(&row)?,
        };
        Ok(CallDetail { record: noun(row)?, trace })
    }
}

fn by_start(order: Option<Direction>) -> Sort<call::Column> {
    Sort {
        name: "started_at",
        column: call::Column::StartedAt,
        id: call::Column::Id,
        direction: order.unwrap_or(Direction::Descending),
    }
}

fn key(row: &call::Model) -> (Key, i64) {
    (Key::Number(row.started_at), row.id)
}

/// The decisions on the way of a running call, as far as they were told.
pub(crate) fn steps_so_far(row: &call::Model) -> Result<Vec<TraceStep>> {
    row.steps.as_deref().map_or(Ok(Vec::new()), from_json)
}

/// Row → noun.
pub(crate) fn noun(row: call::Model) -> Result<CallRecord> {
    Ok(CallRecord {
        id: CallId(row.id),
        tenant_id: TenantId(row.tenant_id),
        sip_call_id: row.sip_call_id,
        caller: row.caller,
        caller_name: row.caller_name,
        caller_extension_id: row.caller_extension_id.map(ExtensionId),
        callee: row.callee,
        callee_name: row.callee_name,
        callee_extension_id: row.callee_extension_id.map(ExtensionId),
        direction: from_word(&row.direction)?,
        status: from_word(&row.status)?,
        started_at: Moment(row.started_at),
        rang_at: row.rang_at.map(Moment),
        answered_at: row.answered_at.map(Moment),
        ended_at: row.ended_at.map(Moment),
        ended_reason: row.ended_reason.as_deref().map(from_word).transpose()?,
        fail_code: u16::try_from(row.fail_code).unwrap_or_default(),
        final_destination: row.final_destination,
        did_cid: row.did_cid,
        outbound_caller_id: row.outbound_caller_id,
        cost: row.cost.map(Money),
        legs: from_json(&row.legs)?,
    })
}

/// Noun → row, without its trace; texts come from outside and are bounded.
pub(crate) fn row(record: &CallRecord, heartbeat_at: Moment) -> Result<call::ActiveModel> {
    let moment = |moment: Option<Moment>| Set(moment.map(|moment| moment.0));
    Ok(call::ActiveModel {
        id: Set(record.id.0),
        tenant_id: Set(record.tenant_id.0),
        sip_call_id: Set(outside(&record.sip_call_id)),
        caller: Set(outside(&record.caller)),
        caller_name: Set(outside(&record.caller_name)),
        caller_extension_id: Set(record.caller_extension_id.map(i64::from)),
        callee: Set(outside(&record.callee)),
        callee_name: Set(outside(&record.callee_name)),
        callee_extension_id: Set(record.callee_extension_id.map(i64::from)),
        direction: Set(word(&record.direction)?),
        status: Set(word(&record.status)?),
        started_at: Set(record.started_at.0),
        rang_at: moment(record.rang_at),
        answered_at: moment(record.answered_at),
        ended_at: moment(record.ended_at),
        ended_reason: Set(record.ended_reason.as_ref().map(word).transpose()?),
        fail_code: Set(i64::from(record.fail_code)),
        final_destination: Set(outside(&record.final_destination)),
        did_cid: Set(outside(&record.did_cid)),
        outbound_caller_id: Set(outside(&record.outbound_caller_id)),
        cost: Set(record.cost.map(|cost| cost.0)),
        legs: Set(json(&record.legs)?),
        heartbeat_at: Set(heartbeat_at.0),
        search_key: Set(outside(&search_key([
            record.caller.as_str(),
            &record.caller_name,
            &record.callee,
            &record.callee_name,
        ]))),
        ..Default::default()
    })
}
