//! The body of every refusal on HTTP (RFC 9457, `application/problem+json`).

use serde::{Deserialize, Serialize};

/// Why a request was refused, for people and for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// A stable word for programs: `quota_reached`, `invalid`, `not_found`.
    pub code: String,
    /// One plain sentence.
    pub title: String,
    /// The fields that were wrong, each with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
}

/// One field that was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldProblem {
    /// Its name in the request; `line 7: number` for a row of a file.
    pub field: String,
    /// What is wrong and what would be right, as a sentence.
    pub reason: String,
}

impl FieldProblem {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)?;
        for field in &self.fields {
            write!(f, " {}: {}", field.field, field.reason)?;
        }
        Ok(())
    }
}
