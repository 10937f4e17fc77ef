//! Whether a leg is heard that should be: who says nothing for three seconds has lost network or microphone.

use std::time::Duration;

use shared::Moment;

/// A leg of which nothing was heard for this long is told.
pub const QUIET_AFTER: Duration = Duration::from_secs(3);

/// What is to be told of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing has been heard since then.
    Quiet(Moment),
    /// That has ended.
    Over,
}

/// The watch over one leg. A packet only leaves its time; nothing is rescheduled for it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    expected_since: Option<Moment>,
    heard_at: Option<Moment>,
    is_quiet: bool,
    /// When to look next.
    pub(crate) next_at: Option<Moment>,
}

impl Watch {
    /// Sound is to be expected from now on, or no more.
    pub(crate) fn expect(&mut self, now: Moment, expected: bool) -> Option<Told> {
        if expected == self.expected_since.is_some() {
            return None;
        }
        self.expected_since = expected.then_some(now);
        self.next_at = expected.then(|| now + QUIET_AFTER);
        std::mem::take(&mut self.is_quiet).then_some(Told::Over)
    }

    /// A packet of sound has come; true when [`Watch::over`] is to be told.
    pub(crate) fn hear(&mut self, now: Moment) -> bool {
        self.heard_at = Some(now);
        self.is_quiet
    }

    /// It is quiet no more.
    pub(crate) fn over(&mut self, now: Moment) -> Told {
        self.is_quiet = false;
        self.next_at = Some(now + QUIET_AFTER);
        Told::Over
    }

    /// Since when nothing has been heard, where that was told.
    pub(crate) fn quiet_since(&self) -> Option<Moment> {
        self.heard_at.max(self.expected_since).filter(|_| self.is_quiet)
    }

    /// Looks, when it is time to.
    pub(crate) fn look(&mut self, now: Moment) -> Option<Told> {
        if self.next_at.is_none_or(|at| at > now) {
            return None;
        }
        let last = self.heard_at.max(self.expected_since)?;
        let due = last + QUIET_AFTER;
        self.is_quiet = due <= now;
        self.next_at = (!self.is_quiet).then_some(due);
        self.is_quiet.then_some(Told::Quiet(last))
    }
}
