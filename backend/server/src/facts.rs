//! A fact goes to the store and to the live channel.
//!
//! Facts are stored in batches: whatever has come while the last batch was written, or within a short wait, is one
//! transaction. When the store cannot keep up, the switchboard is told to refuse new calls rather than lose a record.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shared::event::{EventCode, NewEvent};
use shared::fact::{Fact, TenantFact};
use shared::{Moment, SoundId};
use store::Store;
use tokio::sync::{broadcast, mpsc};

use crate::events::EventDoor;
use crate::signalling::Door;
use crate::sounds::SoundDoor;

/// Facts that may wait for the store before new calls are refused.
const FACTS_WAITING_MAX: usize = 8_192;
/// New calls are taken again below this.
const FACTS_WAITING_LOW: usize = 1_024;
/// Facts of one transaction.
const BATCH_MAX: usize = 500;
/// How long the first fact of a batch waits for company: with the writing itself well below the 100 ms after which a
/// binding that was answered 200 is durable.
const BATCH_WAIT: Duration = Duration::from_millis(50);
/// How many such waits a batch takes that is of calls alone, whose records have a second: a call's start, ringing and
/// answer are often one row then.
const CALL_WAITS_MAX: u32 = 4;
/// The longest pause between two tries of a batch that failed.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(2);

/// The way of facts out of the pump. It never blocks.
#[derive(Clone)]
pub struct FactsDoor {
    queue: mpsc::UnboundedSender<Arc<TenantFact>>,
    live: broadcast::Sender<Arc<TenantFact>>,
    waiting: Arc<AtomicUsize>,
    batches: Arc<AtomicUsize>,
}

/// The other end of the door.
pub struct FactsQueue {
    queue: mpsc::UnboundedReceiver<Arc<TenantFact>>,
    waiting: Arc<AtomicUsize>,
    batches: Arc<AtomicUsize>,
}

/// A door, the queue behind it, and the live channel that pages listen to.
pub fn channel(live: broadcast::Sender<Arc<TenantFact>>) -> (FactsDoor, FactsQueue) {
    let (sender, queue) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let batches = Arc::new(AtomicUsize::new(0));
    let door = FactsDoor { queue: sender, live, waiting: waiting.clone(), batches: batches.clone() };
    (door, FactsQueue { queue, waiting, batches })
}

/// A door that tells how the queue stands and does not keep it open.
#[derive(Clone)]
pub struct WeakFactsDoor {
    queue: mpsc::WeakUnboundedSender<Arc<TenantFact>>,
    waiting: Arc<AtomicUsize>,
    batches: Arc<AtomicUsize>,
}

impl WeakFactsDoor {
    /// How many wait, and how many batches were stored until now; none when nobody stores any more.
    pub fn sign(&self) -> Option<(usize, usize)> {
        let (waiting, batches) = (self.waiting.load(Ordering::Relaxed), self.batches.load(Ordering::Relaxed));
        self.queue.upgrade().filter(|queue| !queue.is_closed()).map(|_| (waiting, batches))
    }
}

impl FactsDoor {
    /// For whoever watches.
    pub fn weak(&self) -> WeakFactsDoor {
        let (waiting, batches) = (self.waiting.clone(), self.batches.clone());
        WeakFactsDoor { queue: self.queue.downgrade(), waiting, batches }
    }

    /// Takes a fact. The queue is bounded by what it is made of: above the limit, new calls are refused and facts that
    /// only inform (refusals, signs of life, ladders) are left out.
    pub fn post(&self, fact: TenantFact) {
        let only_informs =
            matches!(fact.fact, Fact::RegistrationRefused { .. } | Fact::CallsAlive { .. } | Fact::CallCaptured { .. });
        let fact = Arc::new(fact);
        if !is_for_store_alone(&fact.fact) {
            // Nobody listening is nothing wrong.
            let _ = self.live.send(fact.clone());
        }
        if is_for_pages_alone(&fact.fact) {
            return;
        }
        if only_informs && self.waiting.load(Ordering::Relaxed) >= FACTS_WAITING_MAX {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _ = self.queue.send(fact);
    }
}

/// Stores facts until the door is gone and the queue is empty; what is an event of one is told.
pub async fn run(mut facts: FactsQueue, store: Store, sounds: SoundDoor, pump: Door, events: EventDoor) {
    let mut load = Load { pump, events, overloaded: false, away_since: None };
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while let Some(first) = facts.queue.recv().await {
        batch.push(first);
        for _ in 0..CALL_WAITS_MAX {
            tokio::time::sleep(BATCH_WAIT).await;
            while batch.len() < BATCH_MAX {
                let Ok(fact) = facts.queue.try_recv() else { break };
                batch.push(fact);
            }
            if batch.len() == BATCH_MAX || facts.queue.is_closed() || !batch.iter().all(|fact| may_wait(&fact.fact)) {
                break;
            }
        }
        let stored: Vec<TenantFact> = batch.drain(..).map(Arc::unwrap_or_clone).collect();
        stored.iter().for_each(|fact| load.events.notice(fact));
        // A sound is measured when its end is stored.
        for sound in stored.iter().filter_map(|fact| ended_sound(&fact.fact)) {
            sounds.settle(sound).await;
        }
        keep(&store, &stored, &facts.waiting, &mut load).await;
        facts.batches.fetch_add(1, Ordering::Relaxed);
        let waiting = facts.waiting.fetch_sub(stored.len(), Ordering::Relaxed) - stored.len();
        load.tell(waiting);
    }
}

/// The sound that is whole with this fact.
const fn ended_sound(fact: &Fact) -> Option<SoundId> {
    match fact {
        Fact::RecordingEnded { sound_id, .. } | Fact::GreetingRecorded { sound_id, .. } => Some(*sound_id),
        Fact::VoicemailLeft { voicemail } => Some(voicemail.sound_id),
        _ => None,
    }
}

/// Is there nobody whom a page would show it to?
const fn is_for_store_alone(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::CallsAlive { .. }
            | Fact::Subscribed { .. }
            | Fact::Unsubscribed { .. }
            | Fact::NuisanceMet { .. }
            | Fact::StatusSet { .. }
            | Fact::RecordingPaused { .. }
            | Fact::TemporaryConferenceOver { .. }
    )
}

/// Is there nothing in it that is kept? Who speaks changes several times a second; the way through a receptionist is in the trace.
const fn is_for_pages_alone(fact: &Fact) -> bool {
    matches!(fact, Fact::ConferenceSpeakers { .. } | Fact::ReceptionistMoved { .. })
}

/// Is it about a call that runs, and nothing that anybody was promised sooner?
const fn may_wait(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::CallStarted { .. }
            | Fact::CallChanged { .. }
            | Fact::CallEnded { .. }
            | Fact::CallCaptured { .. }
            | Fact::CallsAlive { .. }
    )
}

/// Writes one batch, however long the database is away.
async fn keep(store: &Store, batch: &[TenantFact], waiting: &AtomicUsize, load: &mut Load) {
    let mut pause = Duration::from_millis(50);
    while let Err(error) = store.record_facts(batch).await {
        tracing::error!(%error, facts = batch.len(), "facts could not be stored; trying again");
        load.away(load.events.now());
        load.tell(waiting.load(Ordering::Relaxed));
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RETRY_PAUSE_MAX);
    }
    load.back(load.events.now());
}

/// Whether new calls are refused for the store's sake.
struct Load {
    pump: Door,
    events: EventDoor,
    overloaded: bool,
    /// Since when the database takes nothing.
    away_since: Option<Moment>,
}

impl Load {
    /// The database did not take a batch; told once until it is back.
    fn away(&mut self, now: Moment) {
        if self.away_since.is_none() {
            self.away_since = Some(now);
            self.events.tell(NewEvent::new(EventCode::DatabaseAway, ""));
        }
    }

    /// The database took a batch.
    fn back(&mut self, now: Moment) {
        if let Some(since) = self.away_since.take() {
            self.events.tell(NewEvent::new(EventCode::DatabaseBack, now.since(since).as_secs().to_string()));
        }
    }

    fn tell(&mut self, waiting: usize) {
        let limit = if self.overloaded { FACTS_WAITING_LOW } else { FACTS_WAITING_MAX };
        let over = waiting > limit;
        if over != self.overloaded {
            self.overloaded = over;
            tracing::warn!(waiting, over, "the store's backlog changes whether new calls are taken");
            self.pump.input(switch::Input::Overloaded(over));
            self.events.tell(match over {
                true => NewEvent::new(EventCode::StoreBacklog, waiting.to_string()),
                false => NewEvent::new(EventCode::StoreCaughtUp, ""),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{ConferenceRoomId, ExtensionId, NuisanceId, TenantId};

    use super::*;
    use crate::clock::Clock;
    use crate::events;
    use crate::signalling::{Pump, bind_udp};

    // covers: HAR-03
    #[test]
    fn what_no_page_shows_is_stored_and_not_told_to_pages_and_who_speaks_is_told_and_not_stored() {
        let tenant_id = Some(TenantId(1));
        let room_id = ConferenceRoomId(1);
        let speakers = Fact::ConferenceSpeakers { room_id, speakers: Vec::new(), extension_ids: Vec::new() };
        for (fact, is_told, is_stored) in [
            (Fact::NuisanceMet { nuisance_id: NuisanceId(1) }, false, true),
            (Fact::TemporaryConferenceOver { room_id }, false, true),
            (Fact::CallsAlive { calls: Vec::new() }, false, true),
            (Fact::GreetingDropped { extension_id: ExtensionId(1) }, true, true),
            (speakers, true, false),
        ] {
            let (live, mut pages) = broadcast::channel(4);
            let (door, mut queue) = channel(live);
            door.post(TenantFact { tenant_id, at: Moment(0), fact: fact.clone() });
            assert_eq!((pages.try_recv().is_ok(), queue.queue.try_recv().is_ok()), (is_told, is_stored), "{fact:?}");
        }
    }

    // covers: LOG-01
    #[tokio::test]
    async fn log_01_a_database_that_is_away_is_told_once_and_that_it_is_back_once() {
        let clock = Clock::start();
        let (door, mut queue) = events::channel(clock);
        let pump = Pump::new(bind_udp(([127, 0, 0, 1], 0).into()).unwrap(), clock).unwrap().door();
        let mut load = Load { pump, events: door.clone(), overloaded: false, away_since: None };
        let now = clock.now();
        load.back(now);
        load.away(now);
        load.away(now + Duration::from_secs(3));
        load.back(now + Duration::from_secs(7));
        load.back(now + Duration::from_secs(8));
        door.end().await;
        let told: Vec<String> = queue.told().await.iter().map(NewEvent::sentence).collect();
        assert_eq!(
            told,
            [
                "The database takes nothing; what happens waits in memory.",
                "The database takes what happens again, after 7 seconds."
            ]
        );
    }
}
