//! Many blocked numbers at once: CSV in and out; all or none (NBL-01).

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shared::Moment;
use shared::activity::FieldChange;
use shared::blocked_number::{
    BlockedNumbersImported, CreateBlockedNumber, ExportBlockedNumbers, IMPORT_ROWS_MAX, ImportBlockedNumbers, entry_of,
};
use shared::operation::File;
use shared::problem::FieldProblem;

use crate::blocked_number::row;
use crate::connect::Writing;
use crate::csv_file::{self, Row, write};
use crate::entity::blocked_number;
use crate::page::contains;
use crate::{Actor, Error, Result, TenantStore};

/// The problems that one answer names.
const PROBLEMS_MAX: usize = 100;
/// Values in one `IN (…)`, and rows of one insert.
const VALUES_MAX: usize = 1_000;

/// A row of a file and where it stands.
struct Line {
    line: u64,
    form: CreateBlockedNumber,
}

impl TenantStore {
    /// Imports blocked numbers from CSV: a header that names `number` and, where wanted, `description`. What is wrong is named
    /// by line, and then nothing is imported.
    pub async fn import_blocked_numbers(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &ImportBlockedNumbers,
    ) -> Result<BlockedNumbersImported> {
        let rows = csv_file::read(&operation.csv, ["number"], ["description"], IMPORT_ROWS_MAX, "numbers")?;
        let line = |Row { line, required: [number], optional: [description] }| Line {
            line,
            form: CreateBlockedNumber { number, description },
        };
        let lines: Vec<Line> = rows.into_iter().map(line).collect();
        let created = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let numbers = self.checked(&tx, &lines).await?;
        self.admit_blocked_numbers(&tx, u64::from(created), "csv").await?;
        if operation.dry_run {
            return Ok(BlockedNumbersImported { created });
        }
        let told = numbers.join(" ");
        let rows = numbers.into_iter().zip(&lines);
        let rows = rows.map(|(number, line)| row(&self.new_blocked_number(now, number, &line.form.description)));
        let rows: Vec<_> = rows.collect();
        for chunk in rows.chunks(VALUES_MAX) {
            blocked_number::Entity::insert_many(chunk.to_vec()).exec_without_returning(&*tx).await?;
        }
        let subject = format!("{created} blocked numbers");
        let changed =
            [FieldChange { field: "numbers".to_owned(), before: None, after: Some(told.chars().take(200).collect()) }];
        self.store.note_change(&tx, now, actor, Some(self.id), "ImportBlockedNumbers", subject, &changed).await?;
        self.commit_plan(tx).await?;
        Ok(BlockedNumbersImported { created })
    }

    /// The blocked numbers as CSV, in the shape that the import takes; no cell is a formula.
    pub async fn export_blocked_numbers(&self, operation: &ExportBlockedNumbers) -> Result<File> {
        let mut select = self.find::<blocked_number::Entity>();
        if let Some(found) = contains(blocked_number::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let rows = select.order_by_asc(blocked_number::Column::Number).all(self.db()).await?;
        let rows = rows.iter().map(|row| [row.number.as_str(), &row.description]);
        Ok(File { name: "blocked-numbers.csv".into(), text: write(["number", "description"], rows)? })
    }

    /// The entries of the lines, or what is wrong with them: with their cells, with an earlier line, with what is there.
    async fn checked(&self, tx: &Writing, lines: &[Line]) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        let mut wrong = |line: u64, field: &str, reason: &str| {
            problems.push(FieldProblem::new(format!("line {line}: {field}"), reason));
        };
        let (mut numbers, mut seen) = (Vec::with_capacity(lines.len()), BTreeSet::new());
        let known = self.known_numbers(tx, lines).await?;
        for Line { line, form } in lines {
            for problem in form.check() {
                wrong(*line, &problem.field, &problem.reason);
            }
            let Some(number) = entry_of(&form.number) else { continue };
            if !seen.insert(number.clone()) {
                wrong(*line, "number", &format!("An earlier line has {number}."));
            } else if known.contains(&number) {
                wrong(*line, "number", &format!("The list has {number} already."));
            }
            numbers.push(number);
        }
        problems.truncate(PROBLEMS_MAX);
        Error::check(problems)?;
        Ok(numbers)
    }

    async fn known_numbers(&self, tx: &Writing, lines: &[Line]) -> Result<BTreeSet<String>> {
        let mut known = BTreeSet::new();
        for chunk in lines.chunks(VALUES_MAX) {
            let of = blocked_number::Column::Number.is_in(chunk.iter().filter_map(|line| entry_of(&line.form.number)));
            let found = self.find::<blocked_number::Entity>().select_only().column(blocked_number::Column::Number);
            known.extend(found.filter(of).into_tuple::<String>().all(&**tx).await?);
        }
        Ok(known)
    }
}
