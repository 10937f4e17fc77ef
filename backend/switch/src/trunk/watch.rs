//! Is a trunk there? Registered with it (TRK-02), or asked by OPTIONS (TRK-11); with pauses that grow while it is not.

use std::time::Duration;

use media::codec_names;
use shared::Moment;
use shared::trunk::{TrunkMode, TrunkState};
use shared::trunk_test::TrunkAnswer;
use sip::{Header, Message, NewRequest, RequestId};

use super::{Trunk, TrunkPlan, Trunks};

/// The first pause after a registration that failed; it doubles.
const PAUSE_MIN: Duration = Duration::from_secs(15);
/// The longest.
const PAUSE_MAX: Duration = Duration::from_secs(600);
/// Questions without an answer until a trunk counts as gone (TRK-11).
const MISSED_MAX: u32 = 2;
/// The pause before a trunk that has missed a question is asked again.
const AGAIN: Duration = Duration::from_secs(5);
/// The least time that a registration is asked for again after.
const RENEW_MIN: Duration = Duration::from_secs(10);

/// What is known of a trunk.
#[derive(Debug)]
pub(super) struct Watch {
    pub state: TrunkState,
    pub why: String,
    pub since: Option<Moment>,
    /// Is it asked at all?
    asks: bool,
    /// When it is to be asked next; none never.
    due: Option<Moment>,
    asked: Option<RequestId>,
    /// When it was asked last.
    asked_at: Moment,
    /// Its last answer.
    pub heard: Option<TrunkAnswer>,
    /// Why no connection to it came about, since it was heard last.
    pub trouble: Option<String>,
    /// Failures one after the other.
    failures: u32,
    /// Which of its addresses is asked.
    target: usize,
    /// Seconds that the registrar wants at least.
    seconds_min: u32,
    call_id: String,
}

impl Watch {
    pub fn new(now: Moment, plan: &TrunkPlan) -> Self {
        let settings = &plan.settings;
        let asks = match settings.mode {
            TrunkMode::Register => true,
            TrunkMode::Ip => settings.options_seconds.is_some(),
            TrunkMode::Accept => false,
        };
        let (state, why) = match settings.mode {
            TrunkMode::Accept => (TrunkState::Disconnected, "not registered here yet"),
            _ if asks => (TrunkState::Unknown, "not asked yet"),
            _ => (TrunkState::Unknown, "not watched"),
        };
        Self {
            state,
            why: why.to_owned(),
            since: None,
            asks: settings.enabled && asks,
            due: (settings.enabled && asks).then_some(now),
            asked: None,
            asked_at: now,
            heard: None,
            trouble: None,
            failures: 0,
            target: 0,
            seconds_min: 0,
            call_id: format!("trunk-{}-{}", plan.id.0, now.0),
        }
    }

    /// It was found elsewhere.
    pub fn targets_changed(&mut self, now: Moment, nowhere: bool) {
        self.target = 0;
        self.failures = 0;
        if nowhere {
            self.turn(now, TrunkState::Disconnected, "its name leads nowhere");
        } else if self.state == TrunkState::Disconnected {
            self.turn(now, TrunkState::Unknown, "found anew");
        }
        self.asked = None;
        self.due = (self.asks && !nowhere).then_some(now);
    }

    /// When it is to be asked next; none never.
    pub const fn due(&self) -> Option<Moment> {
        self.due
    }

    /// It is to be looked at then.
    pub const fn expect(&mut self, due: Option<Moment>) {
        self.due = due;
    }

    pub const fn target(&self) -> usize {
        self.target
    }

    pub fn turn(&mut self, now: Moment, state: TrunkState, why: &str) -> bool {
        let changed = self.state != state;
        if changed {
            self.since = Some(now);
            self.state = state;
        }
        self.why = why.to_owned();
        changed
    }
}

/// What a look at a trunk has come to.
#[derive(Debug)]
pub struct Look {
    /// The request that is to be sent, and the way.
    pub request: NewRequest,
    /// Which of the trunk's addresses.
    pub flow: sip::Flow,
}

impl Trunks {
    /// A trunk is to be asked now, whatever it is set to. False where there is nobody to ask.
    pub fn look_now(&mut self, now: Moment, id: shared::TrunkId) -> bool {
        let Some(trunk) = self.all.get_mut(&id) else { return false };
        let settings = &trunk.plan.settings;
        if !settings.enabled || settings.mode == TrunkMode::Accept || trunk.targets.is_empty() {
            return false;
        }
        // A question that is on its way has its answer soon.
        if trunk.watch.asked.is_none() {
            trunk.watch.due = Some(now);
            self.reschedule(id);
        }
        true
    }

    /// When a trunk is to be looked at next.
    pub fn next_look(&self) -> Option<Moment> {
        self.schedule.first().map(|(due, _)| *due)
    }

    /// Those whose time has come, each with what is to be asked of it; and those whose gateway is gone by then.
    pub fn looks(&mut self, now: Moment) -> (Vec<(shared::TrunkId, Look)>, Vec<shared::TrunkId>) {
        let (mut looks, mut gone) = (Vec::new(), Vec::new());
        while let Some((_, id)) = self.schedule.first().filter(|(due, _)| *due <= now).copied() {
            self.schedule.pop_first();
            let Some(trunk) = self.all.get_mut(&id) else { continue };
            (trunk.watch.due, trunk.scheduled) = (None, None);
            trunk.watch.asked_at = now;
            if trunk.plan.settings.mode == TrunkMode::Accept {
                if self.run_out(now, id) {
                    gone.push(id);
                }
                continue;
            }
            if let Some(flow) = trunk.flows().first().copied() {
                looks.push((id, Look { request: trunk.question(), flow }));
            }
        }
        (looks, gone)
    }

    /// The question is on its way.
    pub fn asked(&mut self, id: shared::TrunkId, request: RequestId) {
        if let Some(trunk) = self.all.get_mut(&id) {
            trunk.watch.asked = Some(request);
        }
    }

    /// Its answer. True when the trunk stands otherwise than before.
    pub fn answered(
        &mut self,
        now: Moment,
        id: shared::TrunkId,
        request: RequestId,
        status: u16,
        message: Option<&Message>,
    ) -> bool {
        let Some(trunk) = self.all.get_mut(&id).filter(|trunk| trunk.watch.asked == Some(request)) else {
            return false;
        };
        trunk.watch.asked = None;
        if message.is_some() {
            trunk.watch.trouble = None;
        }
        let millis = u32::try_from(now.since(trunk.watch.asked_at).as_millis()).unwrap_or(u32::MAX);
        let codecs = message.map(|message| codec_names(&message.body())).unwrap_or_default();
        trunk.watch.heard = Some(TrunkAnswer { at: now, status: message.map(|_| status), millis, codecs });
        let turned = match trunk.plan.settings.mode {
            // Somebody wanted to know; it is not watched.
            TrunkMode::Ip if !trunk.watch.asks => false,
            TrunkMode::Register => trunk.registered(now, status, message),
            _ => trunk.alive(now, status, message.is_some()),
        };
        self.reschedule(id);
        turned
    }
}

impl Trunk {
    /// The Request-URI of what is about the trunk itself.
    fn address(&self) -> String {
        super::headers::trunk_uri(&self.plan.settings, "")
    }

    fn question(&self) -> NewRequest {
        let settings = &self.plan.settings;
        let own = super::headers::trunk_uri(settings, &settings.username);
        let asks = |method: &str, from: String, headers| NewRequest {
            method: method.to_owned(),
            uri: self.address(),
            from: format!("<{from}>"),
            to: format!("<{from}>"),
            headers,
            credentials: self.plan.credentials(),
            ..NewRequest::default()
        };
        match settings.mode {
            TrunkMode::Register => {
                let seconds = settings.register_seconds.max(self.watch.seconds_min);
                NewRequest {
                    call_id: self.watch.call_id.clone(),
                    ..asks("REGISTER", own, vec![Header::new("Expires", seconds.to_string())])
                }
            }
            _ => asks("OPTIONS", self.address(), vec![Header::new("Accept", "application/sdp")]),
        }
    }

    /// What ends its registration, where there is one.
    pub fn farewell(&self) -> Option<Look> {
        let flow = self.flows().first().copied()?;
        let mut request = self.question();
        request.headers = vec![Header::new("Expires", "0")];
        Some(Look { request, flow })
    }

    fn registered(&mut self, now: Moment, status: u16, message: Option<&Message>) -> bool {
        let settings = &self.plan.settings;
        match status {
            200..=299 => {
                self.watch.failures = 0;
                let asked = settings.register_seconds.max(self.watch.seconds_min);
                let given = message.and_then(granted).unwrap_or(asked).min(asked);
                // Before it runs out, with time for one more try.
                let lasts = Duration::from_secs(u64::from(given) * 9 / 10).max(RENEW_MIN);
                self.watch.due = Some(now + lasts);
                self.watch.turn(now, TrunkState::Connected, "registered")
            }
            423 if message.is_some() && self.watch.failures == 0 => {
                let least =
                    message.and_then(|message| message.header("Min-Expires")).and_then(|text| text.trim().parse().ok());
                self.watch.seconds_min = least.unwrap_or(3_600);
                self.watch.failures = 1;
                self.watch.due = Some(now);
                false
            }
            _ => {
                let why = match message {
                    Some(_) => format!("{status} to REGISTER"),
                    None => self.silence("REGISTER"),
                };
                self.next_target();
                let pause = PAUSE_MIN.saturating_mul(1 << self.watch.failures.min(8)).min(PAUSE_MAX);
                self.watch.failures = self.watch.failures.saturating_add(1);
                // Another address is tried at once, each of them once.
                let others = self.watch.failures < u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
                self.watch.due = Some(if others { now } else { now + pause });
                self.watch.turn(now, TrunkState::Disconnected, &why)
            }
        }
    }

    /// Any answer of its own says that it is there, whatever it says; that of a server before it says nothing.
    fn alive(&mut self, now: Moment, status: u16, answered: bool) -> bool {
        let every = Duration::from_secs(self.plan.settings.options_seconds.unwrap_or(360).into());
        if answered && !matches!(status, 408 | 502..=504) {
            self.watch.failures = 0;
            self.watch.due = Some(now + every);
            self.suspect_until = Moment::default();
            return self.watch.turn(now, TrunkState::Connected, &format!("{status} to OPTIONS"));
        }
        self.watch.failures = self.watch.failures.saturating_add(1);
        self.next_target();
        self.watch.due = Some(now + AGAIN.min(every));
        if self.watch.failures < MISSED_MAX {
            return false;
        }
        let why = if answered { format!("{status} to OPTIONS") } else { self.silence("OPTIONS") };
        self.watch.turn(now, TrunkState::Disconnected, &why)
    }

    /// That it said nothing, and why where that is known.
    fn silence(&self, method: &str) -> String {
        let why = self.watch.trouble.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        format!("no answer to {method}{why}")
    }

    fn next_target(&mut self) {
        self.watch.target = (self.watch.target + 1) % self.targets.len().max(1);
    }
}

/// The seconds that a registrar has given: of our Contact, or of all.
fn granted(message: &Message) -> Option<u32> {
    let of_contact = message
        .contacts()
        .first()
        .and_then(|contact| Message::param(contact.params, "expires").and_then(|text| text.parse::<u32>().ok()));
    of_contact.or_else(|| message.expires())
}
