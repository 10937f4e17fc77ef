//! Reliable provisional responses (RFC 3262), as the side that was called: sent again until PRACK, one at a time.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use crate::message::Reply;
use crate::timer::{TimerId, Timers};

/// Responses that wait for the PRACK of the one before.
pub(crate) const WAITING_MAX: usize = 8;

/// What was sent and what waits.
#[derive(Debug, Default)]
pub(crate) struct Reliable {
    /// The number of the last one; zero before the first.
    pub rseq: u32,
    pub sent: Option<Sent>,
    pub waiting: VecDeque<Waiting>,
    /// Did one carry an offer, so that its PRACK carries the answer?
    pub offered: bool,
}

/// A reliable provisional response without its PRACK.
#[derive(Debug)]
pub(crate) struct Sent {
    pub rseq: u32,
    pub bytes: Bytes,
    pub interval: Duration,
    pub until: Moment,
    pub timer: Option<TimerId>,
    pub has_body: bool,
}

/// A response that may not go before the PRACK.
#[derive(Debug)]
pub(crate) enum Waiting {
    Provisional(Reply),
    Success(Reply),
}

impl Reliable {
    pub fn clear(&mut self, timers: &mut Timers) {
        if let Some(sent) = &mut self.sent {
            timers.clear(&mut sent.timer);
        }
        self.sent = None;
    }
}

/// RAck: number of the response, number and method of its request.
pub(crate) fn rack(value: &str) -> Option<(u32, u32, &str)> {
    let mut words = value.split_ascii_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?))
}
