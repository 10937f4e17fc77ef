//! What the installation finds when it looks at itself: each check with its result and the fix in words (OPS-04).

use serde::{Deserialize, Serialize};

use crate::operation;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, but not for everybody or not for long.
    Warning,
    /// It does not work.
    Bad,
}

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What was seen, in a sentence.
    pub detail: String,
    /// What to do; empty where all is well.
    pub fix: String,
}

impl Finding {
    /// All is well.
    pub fn good(check: &str, detail: &str) -> Self {
        Self { check: check.to_owned(), verdict: Verdict::Good, detail: detail.to_owned(), fix: String::new() }
    }

    /// It works, but not for everybody or not for long.
    pub fn warning(check: &str, detail: &str, fix: &str) -> Self {
        Self { verdict: Verdict::Warning, fix: fix.to_owned(), ..Self::good(check, detail) }
    }

    /// It does not work.
    pub fn bad(check: &str, detail: &str, fix: &str) -> Self {
        Self { verdict: Verdict::Bad, fix: fix.to_owned(), ..Self::good(check, detail) }
    }
}

/// Looks at ports, addresses, certificate, clock, names, disk and sound. Nothing is changed; it takes some seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunChecks {}
operation!(RunChecks, Post, "/api/admin/checks", Admin, Vec<Finding>);
