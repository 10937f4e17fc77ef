//! Calls of the tenant's queues: the list, charts, and files.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::tz::TimeZone;
use shared::operation::File;
use shared::queue_agent::ExportAgentReport;
use shared::queue_call::{ExportQueueCalls, ExportQueueReport, GetQueueHistory, ListQueueCalls, QueueCall, QueueSlot};
use shared::{ExtensionId, Page, QueueId};
use store::TenantStore;

use crate::answer::{Answer, CSV};
use crate::caller::TenantAdmin;
use crate::csv_file::{self, queue as columns};
use crate::error::{Error, Result};
use crate::tenant::call_record::check_span;
use crate::time_span::TimeSpan;

pub(crate) async fn list(caller: TenantAdmin, operation: ListQueueCalls) -> Result<Page<QueueCall>> {
    check_span(operation.from, operation.until)?;
    Ok(caller.store.list_queue_calls(&operation).await?)
}

pub(crate) async fn history(caller: TenantAdmin, operation: GetQueueHistory) -> Result<Vec<QueueSlot>> {
    let span = TimeSpan::of(caller.now, operation.from, operation.until)?;
    let edges = span.edges(&zone(&caller.store).await?);
    Ok(caller.store.queue_history(operation.queue_id, &edges).await?)
}

/// Streams the calls page by page: memory does not grow with the file.
pub(crate) async fn export(caller: TenantAdmin, operation: ExportQueueCalls) -> Result<Answer<File>> {
    check_span(operation.from, operation.until)?;
    let zone = zone(&caller.store).await?;
    let name = format!("queue-calls-{}.csv", csv_file::day(caller.now, &zone));
    let queues = Arc::new(names(&caller.store).await?);
    let (now, store) = (caller.now, caller.store.clone());
    let pages = caller.store.export_queue_calls(operation).map_err(Error::from);
    let mut pages = Box::pin(pages.and_then(move |calls| {
        let (store, queues, zone) = (store.clone(), Arc::clone(&queues), zone.clone());
        async move {
            let agents: Vec<ExtensionId> = calls.iter().filter_map(|call| call.agent_id).collect();
            let agents = store.names_of(&agents).await?;
            columns::call_rows(&calls, &queues, &agents, now, &zone)
        }
    }));
    // The first page is read before the answer begins, so that a failure there is still told as one.
    let first = pages.next().await.transpose()?.unwrap_or_default();
    let rows = stream::once(async move { Ok(first) }).chain(pages);
    let pieces = stream::once(async { columns::call_header() }).chain(rows);
    Ok(Answer::File { kind: CSV, name, pieces: pieces.boxed() })
}

/// A row for each queue, those without calls too.
pub(crate) async fn report(caller: TenantAdmin, operation: ExportQueueReport) -> Result<Answer<File>> {
    let span = TimeSpan::of(caller.now, operation.from, operation.until)?;
    let zone = zone(&caller.store).await?;
    let name = format!("queues-{}.csv", csv_file::day(caller.now, &zone));
    let figures = caller.store.queue_figures(span.from, span.until).await?;
    let piece = columns::report(&names(&caller.store).await?, &figures)?;
    Ok(Answer::File { kind: CSV, name, pieces: stream::once(async { Ok(piece) }).boxed() })
}

/// A row for each member that a queue has, or that has done something for it.
pub(crate) async fn agents(caller: TenantAdmin, operation: ExportAgentReport) -> Result<Answer<File>> {
    let span = TimeSpan::of(caller.now, operation.from, operation.until)?;
    let zone = zone(&caller.store).await?;
    let name = format!("agents-{}.csv", csv_file::day(caller.now, &zone));
    let mut figures = caller.store.agent_figures(caller.now, operation.queue_id, span.from, span.until).await?;
    let queues = caller.store.queues().await?;
    for queue in queues.iter().filter(|queue| operation.queue_id.is_none_or(|only| only == queue.id)) {
        for agent in queue.settings.agents() {
            figures.entry((queue.id, agent)).or_default();
        }
    }
    let people: Vec<ExtensionId> = figures.keys().map(|(_, person)| *person).collect();
    let people = caller.store.names_of(&people).await?;
    let piece = columns::agents(&names(&caller.store).await?, &people, &figures)?;
    Ok(Answer::File { kind: CSV, name, pieces: stream::once(async { Ok(piece) }).boxed() })
}

/// The tenant's zone.
pub(crate) async fn zone(store: &TenantStore) -> Result<TimeZone> {
    Ok(csv_file::zone(&store.get_own_tenant().await?.time_zone).unwrap_or(TimeZone::UTC))
}

/// Number and name of each queue.
async fn names(store: &TenantStore) -> Result<BTreeMap<QueueId, (String, String)>> {
    let queues = store.queues().await?.into_iter();
    Ok(queues.map(|queue| (queue.id, (queue.settings.number, queue.settings.name))).collect())
}
