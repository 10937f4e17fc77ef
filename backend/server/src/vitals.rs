//! Whether each part of the process lives: asked every few seconds, and told as an event when it falls silent (HOME-03).

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use shared::Moment;
use shared::event::{EventCode, NewEvent};
use shared::health::{SILENCE_SECONDS, ServiceRow, ServiceState};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::events::EventDoor;
use crate::processor::Processor;

/// How often each part is asked.
const BEAT: Duration = Duration::from_secs(5);
/// How long a part may take to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(4);

/// What a part says of itself, unless it is silent.
pub type Sign = Pin<Box<dyn Future<Output = Option<String>> + Send>>;
type Check = Box<dyn Fn() -> Sign + Send + Sync>;

/// The parts that are watched.
pub struct Vitals {
    events: EventDoor,
    checks: Vec<Check>,
    /// The thread that a part is, where it is one.
    threads: Vec<Option<String>>,
    processor: Mutex<Processor>,
    rows: Arc<Mutex<Vec<ServiceRow>>>,
}

impl Vitals {
    /// None yet.
    pub fn new(events: EventDoor) -> Self {
        let processor = Mutex::default();
        Self { events, checks: Vec::new(), threads: Vec::new(), processor, rows: Arc::default() }
    }

    /// Watches a part; it counts as alive until it has been silent for long enough.
    pub fn watch(&mut self, name: impl Into<String>, check: impl Fn() -> Sign + Send + Sync + 'static) {
        let (name, last_sign_at) = (name.into(), Some(self.events.now()));
        let row = ServiceRow { name, state: ServiceState::Running, last_sign_at, figure: String::new() };
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        self.checks.push(Box::new(check));
        self.threads.push(None);
    }

    /// The part that was named last is this thread: its share of a processor is told as well.
    pub fn of_thread(&mut self, name: impl Into<String>) {
        if let Some(thread) = self.threads.last_mut() {
            *thread = Some(name.into());
        }
    }

    /// Tells how the parts stand.
    pub fn door(&self) -> api::ServicesDoor {
        let rows = Arc::clone(&self.rows);
        Arc::new(move || rows.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Asks for ever.
    pub async fn run(self) {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            let shares = {
                let mut processor = self.processor.lock().unwrap_or_else(PoisonError::into_inner);
                processor.shares(self.events.now())
            };
            let mut signs = JoinSet::new();
            for (index, check) in self.checks.iter().enumerate() {
                let sign = check();
                signs.spawn(async move { (index, timeout(ANSWER_TIME_MAX, sign).await.ok().flatten()) });
            }
            while let Some(answer) = signs.join_next().await {
                // A check that panicked is as good as silence.
                if let Ok((index, sign)) = answer {
                    let share = self.threads.get(index).and_then(|thread| shares.get(thread.as_ref()?));
                    let share = share.map(|share| format!(", {share} % of a processor")).unwrap_or_default();
                    self.hear(index, sign.map(|sign| sign + &share));
                }
            }
            self.look(self.events.now());
        }
    }

    fn hear(&self, index: usize, sign: Option<String>) {
        let now = self.events.now();
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(row), Some(figure)) = (rows.get_mut(index), sign) {
            row.figure = figure;
            row.last_sign_at = Some(now);
        }
    }

    /// Tells who has fallen silent and who is back.
    fn look(&self, now: Moment) {
        for row in self.rows.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            let silent = row.last_sign_at.is_none_or(|at| now.since(at).as_secs() >= SILENCE_SECONDS);
            let state = if silent { ServiceState::Stopped } else { ServiceState::Running };
            if row.state != state {
                row.state = state;
                let code = if silent { EventCode::ServiceSilent } else { EventCode::ServiceBack };
                tracing::warn!(part = row.name, silent, "a part of the process has changed its state");
                self.events.tell(NewEvent::new(code, &row.name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::clock::Clock;
    use crate::events;

    // covers: HOME-03
    #[tokio::test]
    async fn home_03_a_part_that_falls_silent_is_stopped_after_thirty_seconds_and_told_once() {
        let (door, mut queue) = events::channel(Clock::start());
        let mut vitals = Vitals::new(door.clone());
        let alive = Arc::new(AtomicBool::new(true));
        let of_check = Arc::clone(&alive);
        vitals.watch("Signalling", move || {
            let alive = of_check.load(Ordering::SeqCst);
            Box::pin(async move { alive.then(|| "3 calls".to_owned()) })
        });
        let rows = vitals.door();
        let now = door.now();
        let after = |seconds| now + Duration::from_secs(seconds);
        vitals.hear(0, Some("3 calls".into()));
        vitals.look(after(29));
        assert_eq!((rows()[0].state, rows()[0].figure.as_str()), (ServiceState::Running, "3 calls"));
        for _ in 0..3 {
            vitals.hear(0, None);
            vitals.look(after(31));
        }
        assert_eq!(rows()[0].state, ServiceState::Stopped);
        vitals.hear(0, Some("0 calls".into()));
        vitals.look(now);
        assert_eq!(rows()[0].state, ServiceState::Running);
        door.end().await;
        let told: Vec<String> = queue.told().await.iter().map(NewEvent::sentence).collect();
        assert_eq!(told, ["Signalling gives no sign of life any more.", "Signalling gives signs of life again."]);
    }
}
