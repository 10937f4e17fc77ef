//! Files of rows: columns by their names, separated by commas or semicolons; lines counted as an editor counts them.

use crate::text::{csv_cell, csv_cell_value, fold};
use crate::{Error, Result};

/// A row of a file and where it stands.
pub(crate) struct Row<const R: usize, const O: usize> {
    /// The line it begins at, counted from one.
    pub(crate) line: u64,
    /// The cells of the columns that must be there.
    pub(crate) required: [String; R],
    /// The cells of those that may be, else empty.
    pub(crate) optional: [String; O],
}

/// The rows of a CSV file, with or without byte order mark: its header names the columns. `what` are the rows, for people.
pub(crate) fn read<const R: usize, const O: usize>(
    text: &str,
    required: [&str; R],
    optional: [&str; O],
    rows_max: usize,
    what: &str,
) -> Result<Vec<Row<R, O>>> {
    // One kind of line end, and one at the end: else the reader's own count of lines is one off behind CRLF and blanks.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n") + "\n";
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') && !header.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let no_header = || {
        let columns: Vec<&str> = required.into_iter().chain(optional).collect();
        Error::field("line 1", &format!("The first line names the columns: {}.", columns.join(",")))
    };
    let names: Vec<String> = reader.headers().map_err(|_| no_header())?.iter().map(fold).collect();
    let column = |name: &str| names.iter().position(|column| column == name);
    let required = required.map(column);
    if required.iter().any(Option::is_none) {
        return Err(no_header());
    }
    let optional = optional.map(column);
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        Error::field(&format!("line {line}"), "The line cannot be read as CSV.")
    })? {
        if rows.len() == rows_max {
            return Err(Error::field("csv", &format!("At most {rows_max} {what} are imported at once.")));
        }
        let cell = |column: Option<usize>| {
            column.and_then(|column| record.get(column)).map(csv_cell_value).unwrap_or_default().to_owned()
        };
        let inside: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let line = reader.position().line().saturating_sub(1 + inside as u64);
        rows.push(Row { line, required: required.map(cell), optional: optional.map(cell) });
    }
    match rows.is_empty() {
        true => Err(Error::field("csv", &format!("The file has no {what}."))),
        false => Ok(rows),
    }
}

/// A CSV file of these rows; no cell is a formula.
pub(crate) fn write<'a, const N: usize>(header: [&str; N], rows: impl Iterator<Item = [&'a str; N]>) -> Result<String> {
    let failed = |error: csv::Error| Error::Row(error.to_string());
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(header).map_err(failed)?;
    for row in rows {
        writer.write_record(row.map(|cell| csv_cell(cell).into_owned())).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::Row(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Error::Row(error.to_string()))
}
