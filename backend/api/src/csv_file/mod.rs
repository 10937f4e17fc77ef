//! Files for spreadsheets: UTF-8 with a byte order mark, rows by CRLF (RFC 4180), no cell a formula (REP-06, S19).

pub(crate) mod queue;

use std::borrow::Cow;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::Moment;
use shared::call_record::{CSV_COLUMNS, CallDirection, CallRecord};
use store::csv_cell;

use crate::error::{Error, Result};

/// Without it, spreadsheets take UTF-8 for something else.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The header row of the calls, the byte order mark before it.
pub(crate) fn call_header() -> Result<Bytes> {
    let mut piece = BYTE_ORDER_MARK.as_bytes().to_vec();
    write(&mut piece, [CSV_COLUMNS.map(Cow::Borrowed)])?;
    Ok(piece.into())
}

/// Rows of calls, times as `2026-11-23 20:10:50` in the tenant's zone.
pub(crate) fn call_rows(records: &[CallRecord], zone: &TimeZone) -> Result<Bytes> {
    let mut piece = Vec::new();
    write(&mut piece, records.iter().map(|record| cells(record, zone)))?;
    Ok(piece.into())
}

fn write<'a, const N: usize>(piece: &mut Vec<u8>, rows: impl IntoIterator<Item = [Cow<'a, str>; N]>) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(piece);
    for row in rows {
        writer.write_record(row.iter().map(|cell| cell.as_bytes())).map_err(failed)?;
    }
    writer.flush().map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a CSV row could not be written: {error}"))
}

/// One call, in the order of [`CSV_COLUMNS`].
fn cells<'a>(record: &'a CallRecord, zone: &TimeZone) -> [Cow<'a, str>; CSV_COLUMNS.len()] {
    let direction = match record.direction {
        CallDirection::Ext => "ext",
        CallDirection::In => "in",
        CallDirection::Out => "out",
    };
    [
        csv_cell(&record.caller),
        csv_cell(&record.caller_name),
        csv_cell(&record.callee),
        local_time(Some(record.started_at), zone).into(),
        local_time(record.rang_at, zone).into(),
        local_time(record.answered_at, zone).into(),
        local_time(record.ended_at, zone).into(),
        record.ring_seconds().to_string().into(),
        record.talk_seconds().to_string().into(),
        direction.into(),
        record.status.word().into(),
        record.ended_reason.map_or("", |reason| reason.code()).into(),
        csv_cell(&record.outbound_caller_id),
        csv_cell(&record.did_cid),
        record.cost.map(|cost| cost.to_string()).unwrap_or_default().into(),
        record.id.to_string().into(),
    ]
}

fn local_time(moment: Option<Moment>, zone: &TimeZone) -> String {
    let stamp = moment.and_then(|moment| Timestamp::from_microsecond(moment.0).ok());
    stamp.map(|stamp| stamp.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// The zone of that name, if there is one.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// The local day of a moment, for the name of a file.
pub(crate) fn day(now: Moment, zone: &TimeZone) -> String {
    local_time(Some(now), zone).split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_tenants_across_the_change_of_summer_time() {
        let berlin = zone("Europe/Berlin").unwrap();
        // 2026-10-25 00:59:59 and 01:00:00 UTC: the hour between two and three comes twice.
        let (before, after) = (Moment::from_seconds(1_792_889_999), Moment::from_seconds(1_792_890_000));
        assert_eq!(local_time(Some(before), &berlin), "2026-10-25 02:59:59");
        assert_eq!(local_time(Some(after), &berlin), "2026-10-25 02:00:00");
        assert_eq!(local_time(None, &berlin), "");
        assert_eq!(day(before, &berlin), "2026-10-25");
        assert!(zone("Mars/Olympus").is_none());
    }

    #[test]
    fn rep_06_the_header_has_the_mark_and_every_column() {
        let header = call_header().unwrap();
        let text = std::str::from_utf8(&header).unwrap().strip_prefix('\u{feff}').unwrap();
        assert_eq!(text, format!("{}\r\n", CSV_COLUMNS.join(",")));
    }
}
