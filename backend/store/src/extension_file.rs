//! Many extensions at once: consecutive numbers, CSV in and out; all or none (EXT-01, EXT-19).

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shared::Moment;
use shared::extension::{
    BULK_ROWS_MAX, CreateExtension, CreateExtensions, ExportExtensions, ExtensionsCreated, ImportExtensions,
};
use shared::operation::File;
use shared::problem::FieldProblem;

use crate::connect::Writing;
use crate::csv_file::{self, Row, write};
use crate::entity::{account, extension};
use crate::extension::{Made, NewExtension};
use crate::page::contains;
use crate::text::fold;
use crate::{Actor, Error, Result, TenantStore};

/// The problems that one answer names.
const PROBLEMS_MAX: usize = 100;
/// Values in one `IN (…)`.
const IN_VALUES_MAX: usize = 1_000;

/// A row of a file and where it stands.
struct Line {
    line: u64,
    new: NewExtension,
}

impl TenantStore {
    /// Creates extensions with consecutive numbers; all or none.
    pub async fn create_extensions(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateExtensions,
    ) -> Result<ExtensionsCreated> {
        Error::check(operation.check())?;
        let width = operation.first_number.len();
        let first: u64 = operation.first_number.parse().unwrap_or_default();
        let lines: Vec<Line> = (0..u64::from(operation.count))
            .map(|step| {
                let number = format!("{:0width$}", first + step);
                let name = operation.name.replace('#', &number);
                Line { line: step + 1, new: NewExtension { number, name, email: None } }
            })
            .collect();
        let subject = format!("{} extensions from {}", operation.count, operation.first_number);
        self.create_all(now, actor, lines, "CreateExtensions", subject, false).await
    }

    /// Imports extensions from CSV: a header that names `number`, `name` and, where wanted, `email`, separated by commas
    /// or semicolons. What is wrong is named by line, and then nothing is imported (EXT-19).
    pub async fn import_extensions(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &ImportExtensions,
    ) -> Result<ExtensionsCreated> {
        let lines = read(&operation.csv)?;
        let subject = format!("{} extensions", lines.len());
        self.create_all(now, actor, lines, "ImportExtensions", subject, operation.dry_run).await
    }

    /// The extensions as CSV, in the shape that the import takes; no cell is a formula.
    pub async fn export_extensions(&self, operation: &ExportExtensions) -> Result<File> {
        let mut select = self.find::<extension::Entity>();
        if let Some(found) = contains(extension::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let rows = select.order_by_asc(extension::Column::Number).all(self.db()).await?;
        let rows = rows.iter().map(|row| [row.number.as_str(), &row.name, row.email.as_deref().unwrap_or_default()]);
        Ok(File { name: "extensions.csv".into(), text: write(["number", "name", "email"], rows)? })
    }

    async fn create_all(
        &self,
        now: Moment,
        actor: &Actor,
        lines: Vec<Line>,
        operation: &str,
        subject: String,
        dry_run: bool,
    ) -> Result<ExtensionsCreated> {
        let created = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        self.check_lines(&tx, &lines).await?;
        self.admit_extensions(&tx, &tenant, lines.len()).await?;
        if dry_run {
            return Ok(ExtensionsCreated { created, accounts_csv: None });
        }
        let made = self.insert_extensions(&tx, now, &tenant, lines.into_iter().map(|line| line.new).collect()).await?;
        if self.store.mail_of(&tx, Some(tenant.id)).await?.is_some() {
            for account in made.iter().filter_map(|one| one.account.as_ref()) {
                self.store.invite(&tx, now, account, &tenant.name).await?;
            }
        }
        self.note(&tx, now, actor, operation, subject).await?;
        self.commit_plan(tx).await?;
        Ok(ExtensionsCreated { created, accounts_csv: Some(accounts(&made)?) })
    }

    /// Looks for what is wrong in each line: its fields, what an earlier line has, what exists.
    async fn check_lines(&self, tx: &Writing, lines: &[Line]) -> Result<()> {
        let (numbers, emails) = self.taken(tx, lines).await?;
        let codes = self.feature_codes_in(&**tx).await?;
        let (mut seen_numbers, mut seen_emails) = (BTreeSet::new(), BTreeSet::new());
        let mut problems = Vec::new();
        for Line { line, new } in lines {
            let mut wrong = |field: &str, reason: &str| {
                problems.push(FieldProblem::new(format!("line {line}: {field}"), reason));
            };
            let form = CreateExtension { number: new.number.clone(), name: new.name.clone(), email: new.email.clone() };
            for problem in form.check() {
                wrong(&problem.field, &problem.reason);
            }
            if !seen_numbers.insert(new.number.as_str()) {
                wrong("number", "An earlier line has this number.");
            } else if numbers.contains(&new.number) {
                wrong("number", "Another extension has this number.");
            } else if let Some(reason) = codes.holder_of(&new.number) {
                wrong("number", &reason);
            }
            if let Some(email) = new.email.as_deref().map(fold) {
                if emails.contains(&email) {
                    wrong("email", "Another account has this e-mail address.");
                } else if !seen_emails.insert(email) {
                    wrong("email", "An earlier line has this e-mail address.");
                }
            }
        }
        problems.truncate(PROBLEMS_MAX);
        Error::check(problems)
    }

    /// Which of the lines' numbers and addresses are taken.
    async fn taken(&self, tx: &Writing, lines: &[Line]) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
        let (mut numbers, mut emails) = (BTreeSet::new(), BTreeSet::new());
        for chunk in lines.chunks(IN_VALUES_MAX) {
            let wanted = chunk.iter().map(|line| line.new.number.as_str());
            let of = extension::Column::Number.is_in(wanted);
            let found = self.find::<extension::Entity>().select_only().column(extension::Column::Number).filter(of);
            numbers.extend(found.into_tuple::<String>().all(&**tx).await?);
            let wanted = chunk.iter().filter_map(|line| line.new.email.as_deref()).map(fold);
            let of = account::Column::EmailKey.is_in(wanted);
            // Addresses are unique over the installation (ACC-04): the one look beyond the tenant.
            let found = account::Entity::find().select_only().column(account::Column::EmailKey).filter(of);
            emails.extend(found.into_tuple::<String>().all(&**tx).await?);
        }
        Ok((numbers, emails))
    }
}

/// The lines of a file.
fn read(text: &str) -> Result<Vec<Line>> {
    let rows = csv_file::read(text, ["number", "name"], ["email"], BULK_ROWS_MAX, "extensions")?;
    let line = |Row { line, required: [number, name], optional: [email] }| {
        let email = Some(email).filter(|email: &String| !email.is_empty());
        Line { line, new: NewExtension { number, name, email } }
    };
    Ok(rows.into_iter().map(line).collect())
}

/// The SIP accounts of new extensions, secrets included.
fn accounts(made: &[Made]) -> Result<File> {
    let rows = made.iter().map(|Made { extension, sip, .. }| {
        let email = extension.email.as_deref().unwrap_or_default();
        [extension.number.as_str(), &extension.name, email, &sip.user, &sip.secret, &sip.domain]
    });
    let text = write(["number", "name", "email", "user", "secret", "domain"], rows)?;
    Ok(File { name: "sip-accounts.csv".into(), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: EXT-19
    #[test]
    fn files_of_several_programs_are_read_alike() {
        for text in [
            "number,name,email\n101,Alice,alice@acme.example\n",
            "\u{feff}Number;Name;E-Mail;email\r\n101;Alice;;alice@acme.example\r\n",
            "email,number,name\r\n alice@acme.example , 101 ,\"Alice\"",
            "\u{feff}number,name,email\n'101,Alice,alice@acme.example",
        ] {
            let lines = read(text).unwrap();
            let [Line { line: 2, new }] = lines.as_slice() else { panic!("{text}") };
            assert_eq!((new.number.trim_start_matches('\''), new.name.as_str()), ("101", "Alice"));
            assert_eq!(new.email.as_deref(), Some("alice@acme.example"));
        }
    }

    // covers: EXT-19
    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let text = "number,name\n101,a\n\n102,\"b\nb\"\n\n\n103,c";
        for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("{text}\n")] {
            let lines: Vec<_> = read(&text).unwrap().into_iter().map(|line| (line.line, line.new.number)).collect();
            assert_eq!(lines, [(2, "101".into()), (4, "102".into()), (8, "103".into())], "{text:?}");
        }
    }

    #[test]
    fn a_file_without_header_or_rows_is_told() {
        for (text, field) in [("", "line 1"), ("101,Alice\n", "line 1"), ("number,name\n", "csv")] {
            let Err(Error::Invalid(problems)) = read(text) else { panic!("{text}") };
            assert_eq!(problems[0].field, field);
        }
    }
}
