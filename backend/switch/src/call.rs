//! One call: its legs, its stage, its history. It has no place to grow: what a call can do is a stage.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use media::LegId;
use shared::fact::Fact;
use shared::reason::Reason;
use shared::receptionist::RECEPTIONISTS_MAX;
use shared::{CallId, ConferenceRoomId, ExtensionId, Moment, QueueId, RingGroupId, SoundId};

use crate::admission::Refusal;
use crate::controls::{Command, Controls};
use crate::event::LineState;
use crate::history::History;
use crate::leg::{Leg, Media, Side, Signalling};
use crate::pbx::{Host, Onward, Place, Recorded};
use crate::stage::{Ending, Event, Next, Stage};

/// How long an ended call waits for the last figures of its media.
const FIGURES_WAIT: Duration = Duration::from_secs(1);
/// What a caller is told when something of ours broke.
pub const FAULT_STATUS: u16 = 500;

/// One call.
#[derive(Debug)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// The call whose media worker it shares: its own, or one that a person of it was in when it began, so that the two can
    /// be joined (RFC 5589, 7).
    pub lane: CallId,
    /// A leg whose sound is still on the lane on which the call was before.
    pub former: Option<(LegId, CallId)>,
    /// Its ends.
    pub legs: BTreeMap<LegId, Leg>,
    /// Its record and trace.
    pub history: History,
    /// The ring group that it came to.
    pub group: Option<RingGroupId>,
    /// By whose forwarding it goes on when nobody answers.
    pub onward: Option<Onward>,
    /// What is recorded of it.
    pub recorded: Recorded,
    /// The music of where it waits, which goes before the tenant's.
    pub music: Option<SoundId>,
    /// The queue that it is in, or came from last.
    pub queue: Option<QueueId>,
    /// Queues that have sent it on since somebody has last chosen where it goes: [`RECEPTIONISTS_MAX`] at most.
    pub queues: Vec<QueueId>,
    /// What it listens to.
    pub monitors: Option<Place>,
    /// The calls of those who listen to it.
    pub monitored_by: BTreeSet<CallId>,
    /// How many receptionists and queues have led it on.
    pub receptions: u32,
    /// When it wants to be woken.
    pub wake: Option<Moment>,
    /// The wake that the timers hold.
    pub armed: Option<Moment>,
    /// Does it count as a running call of its tenant?
    pub counts: bool,
    /// How its extensions' lines stood when those who watch were told last.
    pub lines: Vec<(ExtensionId, Side, LineState)>,
    stage: Stage,
    told_who_answered: bool,
    over: bool,
}

impl Call {
    /// With its legs, about to enter `stage`.
    pub fn new(id: CallId, legs: BTreeMap<LegId, Leg>, history: History, stage: Stage) -> Self {
        let (counts, over) = (true, false);
        Self {
            id,
            lane: id,
            former: None,
            legs,
            history,
            group: None,
            onward: None,
            recorded: Recorded::default(),
            music: None,
            queue: None,
            queues: Vec::new(),
            monitors: None,
            monitored_by: BTreeSet::new(),
            receptions: 0,
            wake: None,
            armed: None,
            counts,
            lines: Vec::new(),
            stage,
            told_who_answered: false,
            over,
        }
    }

    /// Is it over, waiting for its last figures only?
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// The conference room that it takes part in, or is to.
    pub const fn conference(&self) -> Option<ConferenceRoomId> {
        self.stage.conference()
    }

    /// The lane of a leg's sound.
    pub fn lane_of(&self, leg: LegId) -> CallId {
        self.former.filter(|(former, _)| *former == leg).map_or(self.lane, |(_, lane)| lane)
    }

    /// With whom a leg talks, while nothing else goes on.
    pub fn talks_with(&self, leg: LegId) -> Option<LegId> {
        self.stage.talks_with(leg)
    }

    /// The leg that is alone with the server: of those that are answered, whoever is at the caller's side first.
    pub fn leg_of_house(&self) -> Option<&Leg> {
        let up = || self.legs.values().filter(|leg| leg.signalling == Signalling::Up);
        up().find(|leg| leg.side == Side::Caller).or_else(|| up().next())
    }

    /// Somebody of the house answers it from now on; refused where that has happened too often, or where queues send it in a circle.
    pub fn comes_to(&mut self, host: &Host) -> Result<(), Refusal> {
        let queue = match host {
            Host::Receptionist(_) => None,
            Host::Queue(id, _) => Some(*id),
            Host::Letterbox(..)
            | Host::Mailbox(_)
            | Host::Agent { .. }
            | Host::Status(..)
            | Host::Conference(_)
            | Host::Monitor(..) => return Ok(()),
        };
        if self.receptions >= RECEPTIONISTS_MAX {
            return Err(Refusal::Loop(self.history.record.callee.clone()));
        }
        self.receptions += 1;
        if let Some(id) = queue {
            self.queue = Some(id);
            self.queues.push(id);
        }
        Ok(())
    }

    /// The two who talk, while nothing else goes on: first whoever is at the caller's side.
    pub fn pair(&self) -> Option<(LegId, LegId)> {
        let one = self.legs.keys().find(|leg| self.stage.talks_with(**leg).is_some()).copied()?;
        let other = self.stage.talks_with(one)?;
        let called = self.legs.get(&one).is_some_and(|leg| leg.side == Side::Callee);
        Some(if called { (other, one) } else { (one, other) })
    }

    /// May somebody else answer what rings?
    pub fn is_open(&self) -> bool {
        self.stage.is_open()
    }

    /// The slot at which it is parked, and the side that is not there.
    pub fn parked(&self) -> Option<(&str, Side)> {
        self.stage.parked()
    }

    /// May its record be closed?
    pub fn is_done(&self, now: Moment) -> bool {
        let waiting = self.legs.values().any(|leg| leg.media == Media::Closing);
        self.over && (!waiting || self.wake.is_some_and(|wake| now >= wake))
    }

    /// Enters its first stage.
    pub fn begin(&mut self, now: Moment, flow_grace: Duration) -> Vec<Command> {
        self.step(now, flow_grace, None)
    }

    /// Something has happened; what is to be done.
    pub fn handle(&mut self, now: Moment, flow_grace: Duration, event: Event) -> Vec<Command> {
        if self.over {
            return Vec::new();
        }
        if matches!(event, Event::Timeout) {
            self.wake = None;
        }
        self.step(now, flow_grace, Some(event))
    }

    /// Who has answered it: the record has it as the callee from now on, whoever it was for. Once, and with its ring group.
    pub fn answered_by_member(&mut self) -> Option<(RingGroupId, ExtensionId)> {
        if self.history.record.answered_at.is_none() || self.told_who_answered {
            return None;
        }
        let answered = self.legs.values().find(|leg| leg.side == Side::Callee && leg.signalling == Signalling::Up);
        // While the server alone has answered it may still be led to somebody.
        self.told_who_answered = answered.is_some() || !self.stage.is_of_the_house();
        if !self.stage.is_for_one() {
            return None;
        }
        let member = answered.and_then(|leg| leg.extension)?;
        self.history.record.callee_extension_id = Some(member);
        Some((self.group?, member))
    }

    /// It is over because something of ours broke, whatever its stage was about; the legs whose media is to be closed.
    pub fn break_off(&mut self, now: Moment) -> Vec<LegId> {
        if self.history.record.ended_at.is_none() {
            self.history.ended(now, "", "", Reason::InternalFault, FAULT_STATUS);
        }
        self.over = true;
        self.counts = false;
        self.wake = Some(now + FIGURES_WAIT);
        self.armed = None;
        for leg in self.legs.values_mut() {
            leg.dialog = None;
            leg.signalling = Signalling::Over;
            if leg.media == Media::Open {
                leg.media = Media::Closing;
            }
        }
        self.legs.values().filter(|leg| leg.media == Media::Closing).map(|leg| leg.id).collect()
    }

    /// A leg's media is gone; its figures.
    pub fn leg_closed(&mut self, leg: LegId, quality: shared::call_record::LegQuality) {
        let Some(known) = self.legs.get_mut(&leg) else { return };
        known.media = Media::Closed;
        // Devices that rang in vain say nothing about the call.
        let ringing_only = known.target.is_some() && !known.answered;
        let side = known.side;
        if !ringing_only {
            self.history.leg_closed(leg, side, quality);
        }
    }

    /// A leg's figures while the two talk. True when those who watch are to be told.
    pub fn leg_measured(&mut self, now: Moment, leg: LegId, quality: shared::call_record::LegQuality) -> bool {
        match self.legs.get(&leg) {
            Some(known) if self.is_talking(known) => self.history.leg_measured(now, leg, known.side, quality),
            _ => false,
        }
    }

    /// Nothing is heard from a leg since then, or it is heard again. False where nobody should be told: before the answer
    /// it may well be quiet.
    pub fn leg_quiet(&mut self, now: Moment, leg: LegId, quiet: Option<(Moment, Option<Reason>)>) -> bool {
        let Some(known) = self.legs.get(&leg).filter(|known| self.is_talking(known)) else { return false };
        self.history.leg_quiet(now, (leg, known.side), &known.number, quiet);
        true
    }

    /// The leg's device and the server made an offer at the same moment.
    pub fn glare(&mut self, now: Moment, leg: LegId) {
        if let Some(known) = self.legs.get(&leg) {
            self.history.note(now, "talk", "", &known.device, Reason::OfferGlare);
        }
    }

    fn is_talking(&self, leg: &Leg) -> bool {
        let answered = self.history.record.answered_at.is_some();
        answered && !self.over && leg.media == Media::Open && (leg.answered || leg.target.is_none())
    }

    /// The closed record.
    pub fn close(self) -> Fact {
        self.history.close()
    }

    fn step(&mut self, now: Moment, flow_grace: Duration, event: Option<Event>) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut controls = Controls {
            now,
            flow_grace,
            legs: &mut self.legs,
            history: &mut self.history,
            wake: &mut self.wake,
            commands: &mut commands,
        };
        let mut next = match event {
            Some(event) => self.stage.handle(event, &mut controls),
            None => self.stage.enter(&mut controls),
        };
        // A stage that goes on to another may at once go on again; two hops are all there are.
        for _ in 0..STAGE_HOPS_MAX {
            let Next::Go(stage) = next else { break };
            self.stage = stage;
            next = self.stage.enter(&mut controls);
        }
        if let Next::End(ending) = next {
            end(&ending, &mut controls);
            self.over = true;
            self.wake = Some(now + FIGURES_WAIT);
        }
        commands
    }
}

/// The most stages that one event leads through.
const STAGE_HOPS_MAX: usize = 8;

fn end(ending: &Ending, controls: &mut Controls<'_>) {
    controls.history.ended(controls.now, &ending.rule, &ending.value, ending.reason, ending.status);
    let legs: Vec<LegId> = controls.legs.keys().copied().collect();
    for leg in legs {
        let status = if ending.status == 0 { 480 } else { ending.status };
        controls.end(leg, status, ending.reason);
    }
}

/// As the text of a Reason header (RFC 3326).
pub fn reason_header(cause: u16, reason: Reason) -> String {
    let text: String = reason.code().replace('_', " ");
    format!("SIP;cause={cause};text=\"{text}\"")
}

#[cfg(test)]
mod tests {
    use shared::call_record::LegQuality;

    use super::*;
    use crate::history::tests::record;
    use crate::leg::Side;
    use crate::stage::Talk;
    use crate::stage::testing::{A, B, C, leg};

    const NOW: Moment = Moment::from_seconds(1_000);

    /// A has called B and C.
    fn call() -> Call {
        let legs = [(A, Side::Caller), (B, Side::Callee), (C, Side::Callee)].map(|(id, side)| {
            let leg = Leg { media: Media::Open, answered: id == B, ..leg(id, side) };
            (id, leg)
        });
        let history = History::open(record(NOW), Vec::new());
        Call::new(CallId(1), legs.into(), history, Stage::Talk(Talk::new(A, B)))
    }

    #[test]
    fn a_call_is_led_on_only_so_often_and_remembers_no_more_queues_than_it_came_to() {
        let mut call = call();
        for id in 1..=50 {
            let came = call.comes_to(&Host::Queue(QueueId(id), Box::default()));
            assert_eq!(came.is_ok(), id <= i64::from(RECEPTIONISTS_MAX), "{id}");
        }
        let last = QueueId(RECEPTIONISTS_MAX.into());
        assert_eq!((call.queues.len(), call.queue), (RECEPTIONISTS_MAX as usize, Some(last)));
    }

    #[test]
    fn who_is_not_heard_is_told_after_the_answer_and_a_device_that_rang_in_vain_never() {
        let mut call = call();
        assert!(!call.leg_quiet(NOW, B, Some((NOW, None))), "early media may be quiet");
        assert!(!call.leg_measured(NOW, B, LegQuality::default()));
        call.history.answered(NOW, "sip:102@a");
        assert!(call.leg_quiet(NOW, B, Some((NOW, None))));
        assert!(call.leg_quiet(NOW, A, Some((NOW, None))));
        assert!(!call.leg_quiet(NOW, C, Some((NOW, None))));
        assert!(call.leg_measured(NOW, B, LegQuality { packets_received: 1, ..LegQuality::default() }));
        let silent: Vec<_> = call.history.record.legs.iter().map(|leg| leg.silent_since).collect();
        assert_eq!(silent, [Some(NOW); 2]);
        assert!(call.leg_quiet(NOW, A, None));
        assert_eq!(call.history.record.legs.first().unwrap().silent_since, None);
    }
}
