//! The tenant's call records: the list, one with its explanation, and the file.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::tz::TimeZone;
use shared::call_record::{CallDetail, CallRecord, ExportCalls, GetCall, ListCalls};
use shared::operation::File;
use shared::{Moment, Page};

use crate::answer::{Answer, CSV};
use crate::caller::TenantAdmin;
use crate::csv_file;
use crate::error::{Error, Result};

pub(crate) async fn list(caller: TenantAdmin, operation: ListCalls) -> Result<Page<CallRecord>> {
    check_span(operation.from, operation.until)?;
    Ok(caller.store.list_calls(&operation).await?)
}

pub(crate) async fn get(caller: TenantAdmin, operation: GetCall) -> Result<CallDetail> {
    Ok(caller.store.get_call(&operation).await?)
}

/// Streams the calls page by page (CDR-01, REP-06): memory does not grow with the file.
pub(crate) async fn export(caller: TenantAdmin, operation: ExportCalls) -> Result<Answer<File>> {
    check_span(operation.from, operation.until)?;
    let tenant = caller.store.get_own_tenant().await?;
    let zone = csv_file::zone(&tenant.time_zone).unwrap_or(TimeZone::UTC);
    let name = format!("calls-{}.csv", csv_file::day(caller.now, &zone));
    let mut pages = Box::pin(caller.store.export_calls(operation).map_err(Error::from));
    // The first page is read before the answer begins, so that a failure there is still told as one.
    let first = pages.next().await.transpose()?.unwrap_or_default();
    let rows = stream::once(async move { Ok(first) }).chain(pages);
    let pieces = stream::once(async { csv_file::call_header() })
        .chain(rows.map(move |page| page.and_then(|records| csv_file::call_rows(&records, &zone))));
    Ok(Answer::File { kind: CSV, name, pieces: pieces.boxed() })
}

/// The beginning comes before the end (REP-03).
pub(crate) fn check_span(from: Option<Moment>, until: Option<Moment>) -> Result<()> {
    match (from, until) {
        (Some(from), Some(until)) if from >= until => {
            Err(Error::field("until", "The end of the time span has to come after its beginning."))
        }
        _ => Ok(()),
    }
}
