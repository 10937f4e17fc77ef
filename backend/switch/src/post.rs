//! Messages on their way to an extension (MSG-02): in order, one after the other, each until a device has taken it. Pure:
//! the SIP around it is in `pbx/message.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use shared::message::Message;
use shared::{ExtensionId, Moment};
use sip::RequestId;

/// The most messages that wait for one extension.
pub const WAITING_PER_EXTENSION_MAX: usize = 100;
/// The most messages that wait in one tenant.
pub const WAITING_PER_TENANT_MAX: usize = 10_000;

/// The first message of a queue, while the devices are asked to take it.
#[derive(Debug)]
pub struct Flight {
    /// The requests to the devices that have no answer yet.
    pub waits_for: BTreeSet<RequestId>,
    /// Has a device taken it?
    pub taken: bool,
    /// When the sender is answered at last, and the next message need not wait for slow devices any more.
    pub until: Moment,
    /// Has a device registered meanwhile, so that another try makes sense?
    pub again: bool,
    /// The sender's own request, while it is unanswered.
    pub asked_by: Option<RequestId>,
}

/// A tenant's messages on their way.
#[derive(Debug, Default)]
pub struct Post {
    queues: BTreeMap<ExtensionId, VecDeque<Message>>,
    flights: BTreeMap<ExtensionId, Flight>,
    waiting: usize,
}

impl Post {
    /// Is there room for one more? Else the limit that is reached.
    pub fn room(&self, receiver: ExtensionId) -> Result<(), usize> {
        let held = self.queues.get(&receiver).map_or(0, VecDeque::len);
        match () {
            () if held >= WAITING_PER_EXTENSION_MAX => Err(WAITING_PER_EXTENSION_MAX),
            () if self.waiting >= WAITING_PER_TENANT_MAX => Err(WAITING_PER_TENANT_MAX),
            () => Ok(()),
        }
    }

    /// One more, behind the others.
    pub fn push(&mut self, message: Message) {
        self.waiting += 1;
        self.queues.entry(message.receiver_id).or_default().push_back(message);
    }

    /// The next one for a receiver, unless one is in flight.
    pub fn next(&self, receiver: ExtensionId) -> Option<&Message> {
        if self.flights.contains_key(&receiver) {
            return None;
        }
        self.queues.get(&receiver)?.front()
    }

    /// The one in flight.
    pub fn flying(&self, receiver: ExtensionId) -> Option<&Message> {
        self.flights.get(&receiver)?;
        self.queues.get(&receiver)?.front()
    }

    /// Takes the first one out.
    pub fn pop(&mut self, receiver: ExtensionId) -> Option<Message> {
        let queue = self.queues.get_mut(&receiver)?;
        let first = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&receiver);
        }
        self.waiting -= usize::from(first.is_some());
        first
    }

    /// Notes a flight.
    pub fn take_off(&mut self, receiver: ExtensionId, flight: Flight) {
        self.flights.insert(receiver, flight);
    }

    /// The flight of a receiver.
    pub fn flight(&mut self, receiver: ExtensionId) -> Option<&mut Flight> {
        self.flights.get_mut(&receiver)
    }

    /// Ends a flight.
    pub fn land(&mut self, receiver: ExtensionId) -> Option<Flight> {
        self.flights.remove(&receiver)
    }

    /// All that no device has taken, each receiver's in order, with the sender's request of those in flight.
    pub fn into_messages(mut self) -> impl Iterator<Item = (Message, Option<RequestId>)> {
        let queues = std::mem::take(&mut self.queues);
        queues.into_iter().flat_map(move |(receiver, queue)| {
            let flight = self.flights.remove(&receiver);
            let taken = usize::from(flight.as_ref().is_some_and(|flight| flight.taken));
            let mut asked_by = flight.and_then(|flight| flight.asked_by);
            queue.into_iter().skip(taken).map(move |message| (message, asked_by.take()))
        })
    }

    /// Those for whom something waits.
    pub fn receivers(&self) -> Vec<ExtensionId> {
        self.queues.keys().copied().collect()
    }

    /// Gives up all that waits for somebody.
    pub fn forget(&mut self, receiver: ExtensionId) {
        self.waiting -= self.queues.remove(&receiver).map_or(0, |queue| queue.len());
    }
}
