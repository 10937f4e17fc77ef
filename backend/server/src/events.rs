//! The event log's way in: any thread tells what has happened and goes on; one task writes it down and shows it live
//! (LOG-01).
//!
//! A new kind of event is a line of the catalogue in `shared/event.rs`, the same line in `docs/events.md`, and one call:
//! `events.tell(NewEvent::new(EventCode::…, value))`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shared::Moment;
use shared::event::{EventCode, NewEvent};
use shared::fact::{Fact, TenantFact};
use shared::reason::Reason;
use shared::trunk::TrunkState;
use store::{Happened, Store};
use tokio::sync::{broadcast, mpsc};

use crate::clock::Clock;

/// Events that may wait to be written; those beyond are counted and left out.
const EVENTS_WAITING_MAX: usize = 1_024;
/// How long the first event of a batch waits for company: the same again is one line.
const BATCH_WAIT: Duration = Duration::from_millis(200);
/// Different events of one batch; those beyond are counted and left out.
const BATCH_MAX: usize = 256;
/// The longest pause between two tries of a batch that failed.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(5);

enum Post {
    Event(Moment, NewEvent),
    /// Write what there is, and end.
    End,
}

/// The way in. It never blocks and never waits; cheap to clone.
#[derive(Clone)]
pub struct EventDoor {
    queue: mpsc::Sender<Post>,
    left_out: Arc<AtomicU64>,
    clock: Clock,
}

/// The other end of the door.
pub struct EventQueue {
    queue: mpsc::Receiver<Post>,
    left_out: Arc<AtomicU64>,
    clock: Clock,
}

/// A door and what is behind it.
pub fn channel(clock: Clock) -> (EventDoor, EventQueue) {
    let (sender, queue) = mpsc::channel(EVENTS_WAITING_MAX);
    let left_out = Arc::new(AtomicU64::new(0));
    (EventDoor { queue: sender, left_out: left_out.clone(), clock }, EventQueue { queue, left_out, clock })
}

impl EventDoor {
    /// Takes an event.
    pub fn tell(&self, event: NewEvent) {
        if self.queue.try_send(Post::Event(self.now(), event)).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The time, by the clock that events are dated by.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Takes what a fact has of an event.
    pub fn notice(&self, fact: &TenantFact) {
        if let Some(event) = of_fact(fact) {
            self.tell(event);
        }
    }

    /// How much waits to be written; none when nobody writes any more.
    pub fn sign(&self) -> Option<String> {
        let waiting = EVENTS_WAITING_MAX - self.queue.capacity();
        (!self.queue.is_closed()).then(|| format!("{waiting} events wait"))
    }

    /// Writes what was told until now, and no more after that.
    pub async fn end(&self) {
        // Fails only when it has ended already.
        let _ = self.queue.send(Post::End).await;
    }
}

#[cfg(test)]
impl EventQueue {
    /// What was told until the end.
    pub async fn told(&mut self) -> Vec<NewEvent> {
        let mut all = Vec::new();
        while let Some(Post::Event(_, event)) = self.queue.recv().await {
            all.push(event);
        }
        all
    }
}

/// Writes events down until the end is told.
pub async fn run(mut events: EventQueue, store: Store, live: broadcast::Sender<Arc<TenantFact>>) {
    let mut going = true;
    while going {
        let Some(first) = events.queue.recv().await else { return };
        let mut batch = Batch::default();
        going = batch.take(first, &events.left_out);
        if going {
            tokio::time::sleep(BATCH_WAIT).await;
        }
        while let Ok(post) = events.queue.try_recv() {
            going &= batch.take(post, &events.left_out);
        }
        let left_out = events.left_out.swap(0, Ordering::Relaxed);
        let mut happened = batch.happened();
        if left_out > 0 {
            let now = events.clock.now();
            let event = NewEvent::new(EventCode::EventsLeftOut, left_out.to_string());
            happened.push(Happened { event, first_at: now, last_at: now, count: 1 });
        }
        keep(&happened, &store, &live, going).await;
    }
}

/// Writes one batch, however long the database is away; at the end once.
async fn keep(happened: &[Happened], store: &Store, live: &broadcast::Sender<Arc<TenantFact>>, going: bool) {
    let mut pause = Duration::from_millis(100);
    loop {
        match store.record_events(happened).await {
            Ok(lines) => {
                for event in lines {
                    let (tenant_id, at) = (event.tenant_id, event.last_at);
                    // Nobody listening is nothing wrong.
                    let _ = live.send(Arc::new(TenantFact { tenant_id, at, fact: Fact::EventHappened { event } }));
                }
                return;
            }
            Err(error) if going => {
                tracing::error!(%error, events = happened.len(), "events could not be written; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(RETRY_PAUSE_MAX);
            }
            Err(error) => {
                tracing::error!(%error, events = happened.len(), "events could not be written");
                return;
            }
        }
    }
}

/// Different events, each with how often it came.
#[derive(Default)]
struct Batch(BTreeMap<NewEvent, (Moment, Moment, u64)>);

impl Batch {
    /// False at the end.
    fn take(&mut self, post: Post, left_out: &AtomicU64) -> bool {
        let Post::Event(at, event) = post else { return false };
        if self.0.len() >= BATCH_MAX && !self.0.contains_key(&event) {
            left_out.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        let (_, last_at, count) = self.0.entry(event).or_insert((at, at, 0));
        *last_at = at;
        *count += 1;
        true
    }

    /// In the order in which they came.
    fn happened(self) -> Vec<Happened> {
        let mut all: Vec<Happened> = self
            .0
            .into_iter()
            .map(|(event, (first_at, last_at, count))| Happened { event, first_at, last_at, count })
            .collect();
        all.sort_by_key(|happened| happened.first_at);
        all
    }
}

/// The event that a fact is, if it is one: a call that was refused by a limit, found no port, or has no sound.
fn of_fact(fact: &TenantFact) -> Option<NewEvent> {
    if let Fact::AddressBlocked { entry } = &fact.fact {
        let why = entry.evidence.as_ref().map(|evidence| evidence.sentence()).unwrap_or_default();
        return Some(NewEvent::new(EventCode::AddressBlocked, format!("{}, {why}", entry.network)));
    }
    if let Fact::TrunkChanged { name, standing, .. } = &fact.fact {
        let (code, word) = match standing.state {
            TrunkState::Connected => (EventCode::TrunkConnected, "connected"),
            TrunkState::Disconnected => (EventCode::TrunkDisconnected, "disconnected"),
            TrunkState::Unknown | TrunkState::Off => return None,
        };
        let value = format!("{name} is {word}: {}", standing.why);
        return Some(match fact.tenant_id {
            Some(tenant) => NewEvent::of(tenant, code, value),
            None => NewEvent::new(code, value),
        });
    }
    let tenant = fact.tenant_id?;
    if let Fact::CallStarted { record, trace } = &fact.fact {
        let urgent = trace.iter().any(|step| step.code == Reason::EmergencyCall);
        let value = format!("{} called {}", record.caller, record.callee);
        return urgent.then(|| NewEvent::of(tenant, EventCode::EmergencyCall, value));
    }
    let (record, trace) = match &fact.fact {
        Fact::CallChanged { record, trace } | Fact::CallEnded { record, trace } => (record, trace),
        _ => return None,
    };
    let last = trace.last()?;
    if matches!(fact.fact, Fact::CallEnded { .. }) {
        if trace.iter().any(|step| step.code == Reason::PortsSpent) {
            return Some(NewEvent::new(EventCode::PortsSpent, ""));
        }
        if let Some(spent) = trace.iter().find(|step| step.code == Reason::PinsSpent) {
            let caller = if record.caller.is_empty() { "an unknown number" } else { &record.caller };
            let value =
                format!("{caller} typed too many wrong ones at {}, none is taken for {}", spent.value, spent.rule);
            return Some(NewEvent::of(tenant, EventCode::PinsSpent, value));
        }
        let quota = trace.iter().find(|step| step.code == Reason::QuotaConcurrentCalls)?;
        return Some(NewEvent::of(tenant, EventCode::QuotaReached, format!("{} concurrent calls", quota.value)));
    }
    let from = match last.code {
        Reason::NoAudioFromCaller => &record.caller,
        Reason::NoAudioFromCallee => &record.callee,
        _ => return None,
    };
    let value = format!("from {from} in the call of {} to {}", record.caller, record.callee);
    Some(NewEvent::of(tenant, EventCode::NoSound, value))
}

#[cfg(test)]
mod tests {
    use shared::call_record::CallRecord;
    use shared::reason::TraceStep;
    use shared::{CallId, TenantId};

    use super::*;

    fn changed(code: Reason) -> TenantFact {
        let record = CallRecord {
            caller: "101".into(),
            callee: "102".into(),
            ..CallRecord::open(CallId(1), TenantId(7), Moment(0))
        };
        let step = TraceStep { at: Moment(0), step: "sound".into(), rule: String::new(), value: String::new(), code };
        TenantFact {
            tenant_id: Some(TenantId(7)),
            at: Moment(0),
            fact: Fact::CallChanged { record, trace: vec![step] },
        }
    }

    // covers: LOG-01
    #[test]
    fn a_call_without_sound_is_an_event_and_one_with_sound_is_none() {
        let event = of_fact(&changed(Reason::NoAudioFromCallee)).unwrap();
        assert_eq!(event.tenant_id, Some(TenantId(7)));
        assert_eq!(event.sentence(), "No sound was heard from 102 in the call of 101 to 102.");
        let ended = match changed(Reason::PortsSpent) {
            TenantFact { fact: Fact::CallChanged { record, trace }, tenant_id, at } => {
                TenantFact { fact: Fact::CallEnded { record, trace }, tenant_id, at }
            }
            other => other,
        };
        assert_eq!(of_fact(&ended), Some(NewEvent::new(EventCode::PortsSpent, "")));
        assert_eq!(of_fact(&changed(Reason::SoundIsBack)), None);
        assert_eq!(of_fact(&changed(Reason::Answered)), None);
    }

    // covers: S24, LOG-01
    #[test]
    fn s24_guesses_at_a_pin_are_an_event_of_the_tenant_when_the_call_is_over() {
        let TenantFact { fact: Fact::CallChanged { record, mut trace }, tenant_id, at } = changed(Reason::PinsSpent)
        else {
            panic!("it is a change")
        };
        (trace[0].value, trace[0].rule) = ("102".into(), "5 minutes from this caller".into());
        let end = TraceStep { code: Reason::PinWrong, ..trace[0].clone() };
        let running =
            TenantFact { fact: Fact::CallChanged { record: record.clone(), trace: trace.clone() }, tenant_id, at };
        assert_eq!(of_fact(&running), None, "told once");
        trace.push(end);
        let event = of_fact(&TenantFact { fact: Fact::CallEnded { record, trace }, tenant_id, at }).unwrap();
        assert_eq!((event.tenant_id, event.code), (Some(TenantId(7)), EventCode::PinsSpent));
        let value = "101 typed too many wrong ones at 102, none is taken for 5 minutes from this caller";
        assert_eq!(event.sentence(), format!("Somebody may be guessing a PIN: {value}."));
    }

    #[tokio::test]
    async fn s10_a_flood_is_a_few_lines_and_the_rest_is_counted() {
        let (door, mut queue) = channel(Clock::start());
        for index in 0..10 * EVENTS_WAITING_MAX {
            let code = if index % 2 == 0 { EventCode::ListenerFailed } else { EventCode::ListenerOpened };
            door.tell(NewEvent::new(code, (index / 2).to_string()));
        }
        let mut batch = Batch::default();
        while let Ok(post) = queue.queue.try_recv() {
            assert!(batch.take(post, &queue.left_out));
        }
        let happened = batch.happened();
        assert_eq!(happened.len(), BATCH_MAX);
        let written: u64 = happened.iter().map(|happened| happened.count).sum();
        let left_out = queue.left_out.load(Ordering::Relaxed);
        assert_eq!(written + left_out, 10 * EVENTS_WAITING_MAX as u64);
    }

    #[tokio::test]
    async fn the_same_event_is_one_line_with_its_count() {
        let (door, mut queue) = channel(Clock::start());
        for _ in 0..500 {
            door.tell(NewEvent::new(EventCode::ListenerFailed, "TCP 5060"));
        }
        door.end().await;
        let mut batch = Batch::default();
        while batch.take(queue.queue.recv().await.unwrap(), &queue.left_out) {}
        let [one] = batch.happened().try_into().unwrap();
        assert_eq!(one.count, 500);
    }
}
