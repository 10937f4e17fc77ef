//! Why the store refuses or fails.

use sea_orm::{DbErr, SqlErr};
use shared::problem::FieldProblem;
use shared::quota::QuotaReached;

/// Whose the other phone is, its owner may know and nobody else.
const MAC_TAKEN: &str = "Another phone of this installation has this MAC address.";

/// Why the store refuses or fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is another tenant's; the two are never told apart (ACC-10, T-10).
    #[error("not found")]
    NotFound,
    /// Something else has the value already, or the state does not allow the change.
    #[error("{field}: {reason}")]
    Conflict {
        /// The field of the operation.
        field: &'static str,
        /// What is in the way, as a sentence.
        reason: String,
    },
    /// The tenant does not allow it: why, as a sentence.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A limit of the tenant is reached (T-11).
    #[error("{0}")]
    Quota(QuotaReached),
    /// Fields are wrong; nothing was changed.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<FieldProblem>),
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(DbErr),
    /// A secret could not be sealed or opened: wrong key, damaged row, or no randomness.
    #[error("sealed: {0}")]
    Sealed(&'static str),
    /// A sound file could not be read or written, or no folder for them is set.
    #[error("sound files: {0}")]
    Files(String),
    /// A row holds what this version cannot read.
    #[error("row: {0}")]
    Row(String),
}

/// What the store answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One wrong field.
    pub(crate) fn field(field: &str, reason: &str) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, reason)])
    }

    /// For somebody who sees no fields: what is to be said of a refusal, as sentences. What is a fault is not told.
    pub fn in_words(&self) -> String {
        match self {
            Self::Conflict { reason, .. } => reason.clone(),
            Self::Forbidden(reason) => (*reason).to_owned(),
            Self::Quota(reached) => reached.to_string(),
            Self::Invalid(problems) => {
                problems.iter().map(|problem| problem.reason.as_str()).collect::<Vec<_>>().join(" ")
            }
            Self::NotFound => "It is not there any more.".to_owned(),
            Self::Database(_) | Self::Sealed(_) | Self::Files(_) | Self::Row(_) => {
                "The server could not store it.".to_owned()
            }
        }
    }

    /// Refuses unless nothing was found wrong.
    pub(crate) fn check(problems: Vec<FieldProblem>) -> Result<()> {
        if problems.is_empty() { Ok(()) } else { Err(Self::Invalid(problems)) }
    }

    /// Was a reference to a row that is gone, or another tenant's, refused by the database?
    pub(crate) fn is_broken_reference(&self) -> bool {
        matches!(self, Self::Database(error)
            if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))))
    }

    /// Names the field of an operation in which e-mail addresses stand.
    pub(crate) fn with_email_field(self, name: &'static str) -> Self {
        match self {
            Self::Conflict { field: "email", reason } => Self::Conflict { field: name, reason },
            other => other,
        }
    }
}

impl From<DbErr> for Error {
    /// A broken uniqueness becomes a conflict that names the field. SQLite tells the columns, PostgreSQL the constraint,
    /// whose name is made of the columns.
    fn from(error: DbErr) -> Self {
        let Some(SqlErr::UniqueConstraintViolation(text)) = error.sql_err() else { return Self::Database(error) };
        let (field, reason) = match text {
            text if text.contains("name_key") => ("name", "Another tenant has this name."),
            text if text.contains("domain") => ("domain", "Another tenant has this domain."),
            text if text.contains("email_key") => ("email", "Another account has this e-mail address."),
            text if text.contains("blocked_number") => ("number", "The list has this number already."),
            text if text.contains("phone.mac") || text.contains("phone_mac") => ("mac", MAC_TAKEN),
            text if text.contains("number") => ("number", "Another extension has this number."),
            _ => return Self::Database(error),
        };
        Self::Conflict { field, reason: reason.to_owned() }
    }
}
