//! What would a call do? The same decisions as a live one, without ringing anybody.

use serde::{Deserialize, Serialize};

use crate::reason::TraceStep;
use crate::{ExtensionId, Moment, TrunkId, operation};

/// Tries a call out: by an extension, or by somebody outside on a trunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SimulateCall {
    /// The extension that calls; absent where somebody outside does.
    pub extension_id: Option<ExtensionId>,
    /// The trunk that the call comes by, where somebody outside calls.
    pub trunk_id: Option<TrunkId>,
    /// The number of whoever is outside.
    pub caller: String,
    /// The number that is dialled, or called.
    pub dialled: String,
    /// The moment whose hours count; absent for now. All else, such as which devices and trunks can be reached, is as it is now.
    pub when: Option<Moment>,
}
operation!(SimulateCall, Get, "/api/tenant/simulation", TenantAdmin, Simulation);

/// What the call would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Simulation {
    /// The decisions, in order; where the call is refused, the refusal is the last.
    pub steps: Vec<TraceStep>,
    /// The SIP status that it is refused with; none where somebody is rung.
    pub status: Option<u16>,
    /// Who is rung, in the order of trying.
    pub rung: Vec<Ringing>,
    /// Seconds that it may ring.
    pub seconds: u32,
    /// Where it goes on to, as the person's forwarding says, when it is not answered.
    #[serde(default)]
    pub onward: Vec<Onward>,
}

/// What becomes of a call that nobody answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Onward {
    /// Why it goes on.
    pub after: Unanswered,
    /// The decisions; where it ends, why is the last.
    pub steps: Vec<TraceStep>,
    /// The SIP status that it ends with; none where somebody else is rung.
    pub status: Option<u16>,
    /// Who is rung then.
    pub rung: Vec<Ringing>,
}

/// How the devices of a person have failed a call (EXT-08).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    /// Nobody answered in time.
    NoAnswer,
    /// All were busy, or the call was declined.
    Busy,
    /// None could be reached.
    Unreachable,
}

impl Unanswered {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 3] = [Self::NoAnswer, Self::Busy, Self::Unreachable];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAnswer => "Nobody answers",
            Self::Busy => "Busy or declined",
            Self::Unreachable => "No device is reached",
        }
    }
}

/// One that is rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ringing {
    /// Those with the same number ring together.
    pub group: u32,
    /// The device, or the number by its trunk, in words.
    pub device: String,
    /// The trunk, where it is one.
    pub trunk_id: Option<TrunkId>,
    /// The number that is sent.
    pub number: String,
    /// From, as the other side is told who calls.
    pub shown: String,
}
