//! What a call in a queue and the queue say to each other.

use std::sync::Arc;

use media::LegId;
use shared::queue::Queue;
use shared::queue_call::QueueOutcome;
use shared::queue_caller::NuisanceLevel;
use shared::{ExtensionId, Moment, NuisanceId, SoundId};

use crate::stage::fork::Rings;

/// A queue as one caller meets it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// How it is set up.
    pub queue: Arc<Queue>,
    /// The caller's number; empty where it is hidden.
    pub caller: String,
    /// Its name.
    pub name: String,
    /// It is not wanted: by which entry, how it is met, and what it hears.
    pub nuisance: Option<(NuisanceId, NuisanceLevel, Option<SoundId>)>,
    /// Can it be called back?
    pub can_be_called: bool,
}

/// What becomes of a call in a queue; for the `Pbx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueAct {
    /// It comes into the line; members may ring at once, or not until it is introduced.
    Enter(Box<Entrance>),
    /// The introduction is said.
    Introduced,
    /// A nuisance was met, and whether it came to an end by that.
    Nuisance(NuisanceId, Option<Box<Entrance>>),
    /// These ring now; those who did and are not named were rung in vain.
    Rings(Vec<ExtensionId>),
    /// Somebody has answered.
    Answered(LegId),
    /// It is out of the line.
    Left(QueueOutcome),
    /// What is its place?
    AskPlace,
    /// It wants to be called back.
    CallBack,
    /// Somebody is ready for calls of queues, or not.
    Ready {
        /// Who.
        extension: ExtensionId,
        /// Ready?
        is_ready: bool,
        /// In which queue; none for all.
        queue: Option<shared::QueueId>,
    },
}

/// Who comes into which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// The queue.
    pub queue: Arc<Queue>,
    /// The caller's number; empty where it is hidden.
    pub caller: String,
    /// Its name.
    pub name: String,
    /// Is nobody to be rung before it is introduced?
    pub is_held_back: bool,
}

/// What a queue tells a call of it.
#[derive(Debug)]
pub enum QueueNews {
    /// It is in line, and has waited since then: before it came itself, where it has somebody else's place.
    Entered(Moment),
    /// It is out of it, or was not let in, because of that.
    Out(QueueOutcome),
    /// These ring from now on.
    Rings(Rings),
    /// Its place, and in about how many seconds it may be its turn.
    Place(usize, Option<u32>),
    /// Is it called back?
    CalledBack(bool),
}
