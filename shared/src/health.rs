//! The parts of the process and whether each lives (HOME-03).

use serde::{Deserialize, Serialize};

use crate::{Moment, operation};

/// How a part stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// It gives signs of life.
    #[default]
    Running,
    /// It has given none for [`SILENCE_SECONDS`], or it could not begin.
    Stopped,
}

/// After so many seconds without a sign of life a part is shown as stopped.
pub const SILENCE_SECONDS: u64 = 30;

/// One part of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceRow {
    /// What it is, for people.
    pub name: String,
    /// How it stands.
    pub state: ServiceState,
    /// When it last gave a sign of life.
    pub last_sign_at: Option<Moment>,
    /// What it does just now, such as `3 calls`; or why it does not.
    pub figure: String,
}

/// All parts: those of the process first, then what listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListServices {}
operation!(ListServices, Get, "/api/admin/services", Admin, Vec<ServiceRow>);
