//! A person is called: the devices, or wherever the person's forwarding sends the call (EXT-05, EXT-08, EXT-23).

use shared::call_record::CallRecord;
use shared::destination::Destination as To;
use shared::forwarding::FORWARDS_MAX;
use shared::reason::Reason;
use shared::simulation::{Onward as Simulated, Unanswered};
use shared::{CallId, ExtensionId, Moment};

use crate::admission::Refusal;
use crate::feature::Feature;
use crate::forwarding::{Standing, Verdict, decide, goes_on, onward};
use crate::history::step;
use crate::hours::{is_open_by, wall};
use crate::leg::Side;
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::pbx::goal::{CallerIds, Client, Host, Rung};
use crate::plan::ExtensionPlan;
use crate::presentation::{Diverted, Shown, Why};
use crate::routing::{Destination, inside, led, outside as outside_of};
use crate::stage::lead::Aim;
use crate::stage::{Ending, Event, Hosted, Menu, Onto, StatusCode};

/// How a call goes on when nobody answers.
#[derive(Clone, Debug)]
pub enum Onward {
    /// By somebody's forwarding.
    Forwarding(Box<Forwarded>),
    /// Somebody of the house answers.
    Host(Host),
}

/// By whose forwarding a call goes on, and for whom.
#[derive(Clone, Debug)]
pub struct Forwarded {
    extension: ExtensionId,
    side: Side,
    client: Client,
}

impl Pbx {
    /// The legs that are called to reach a person.
    pub(super) fn rung_person(
        &self,
        outside: &mut Outside,
        extension: ExtensionId,
        side: Side,
        client: &Client,
    ) -> Result<Rung, Refusal> {
        let Some(known) = self.directory.extension(extension) else {
            return Err(Refusal::NumberUnknown(extension.to_string()));
        };
        let plan = &self.directory.plan;
        let standing = Standing {
            caller: &client.shown.number,
            status: known.presence.status,
            online: !self.registrar.of(extension).is_empty(),
            talks: !self.lines_now(extension).is_empty(),
            is_open: self.is_open_for(known, client.at),
            at: wall(&plan.time_zone, client.at),
        };
        let verdict = decide(&known.calling.forwarding, &standing);
        if let Verdict::Goes(why, to) = verdict {
            return self.forwarded(outside, known, (why, to), side, client);
        }
        let mut rung = self.rung_devices(outside, extension, side, &client.shown)?;
        if verdict == Verdict::RingsByException {
            rung.notes.push((String::new(), known.number.clone(), Reason::RungByException));
        }
        rung.onward = goes_on(&known.calling.forwarding)
            .then(|| Onward::Forwarding(Box::new(Forwarded { extension, side, client: client.clone() })));
        Ok(rung)
    }

    fn is_open_for(&self, known: &ExtensionPlan, at: Moment) -> bool {
        let plan = &self.directory.plan;
        is_open_by(&known.calling.forwarding.hours, &plan.hours, &plan.time_zone, at).is_open()
    }

    /// Whoever is called in a person's place. No call is sent on for ever, nor to somebody who has sent it on (EXT-23).
    fn forwarded(
        &self,
        outside: &mut Outside,
        from: &ExtensionPlan,
        (why, to): (Why, &To),
        side: Side,
        client: &Client,
    ) -> Result<Rung, Refusal> {
        let number = from.number.clone();
        if *to == To::EndCall {
            return Err(why.refusal(number));
        }
        let shown = &client.shown;
        let goal = led(&self.directory, client.at, to, &number, &number)?;
        let sent_to = self.number_of_goal(&goal);
        let before = |target: &str| target == number || shown.diverted.iter().any(|by| by.number == target);
        if shown.diverted.len() >= FORWARDS_MAX || shown.hops == 0 || before(&sent_to) {
            return Err(Refusal::Loop(sent_to));
        }
        if matches!(goal, Destination::Extension(_)) && sent_to == shown.number {
            return Err(Refusal::CalleeIsCaller(sent_to));
        }
        let mut shown = Shown { hops: shown.hops - 1, ..shown.clone() };
        shown.diverted.push(Diverted { number: number.clone(), why });
        let groups = client.groups.clone();
        let client = Client { shown, at: client.at, directives: Vec::new(), ids: CallerIds::of(from), groups };
        let mut rung = self.rung(outside, &goal, side, &client)?;
        if let Some(Host::Letterbox(_, sent_by)) = &mut rung.host {
            *sent_by = Some(why);
        }
        rung.notes.insert(0, (number, sent_to, why.reason()));
        Ok(rung)
    }

    /// The number of a destination, for people.
    pub(super) fn number_of_goal(&self, goal: &Destination) -> String {
        match goal {
            Destination::Extension(extension) | Destination::Service(Feature::Intercom(extension)) => {
                self.number_of(*extension)
            }
            Destination::Service(feature) => self.directory.plan.codes.code(feature.service()).to_owned(),
            Destination::Outside(out) => out.number.clone(),
            Destination::Receptionist(id) => {
                self.directory.receptionist(*id).map(|known| known.settings.number.clone()).unwrap_or_default()
            }
            Destination::Conference(id) => {
                self.directory.conference_room(*id).map(|known| known.settings.number.clone()).unwrap_or_default()
            }
            Destination::Queue(id) => {
                self.directory.queue(*id).map(|known| known.settings.number.clone()).unwrap_or_default()
            }
            // Not the number alone: who sends calls to the own mailbox sends them to nobody who had them before.
            Destination::Voicemail(extension) => format!("mailbox {}", self.number_of(*extension)),
            Destination::RingGroup(group) | Destination::Page(group) => {
                self.directory.ring_group(*group).map(|group| group.settings.number.clone()).unwrap_or_default()
            }
        }
    }

    /// Nobody has answered a call: it goes on as the forwarding of whom it came to says by now, or ends.
    pub(super) fn go_on(&mut self, outside: &mut Outside, id: CallId, after: Unanswered) {
        let onward = self.calls.get_mut(&id).and_then(|call| call.onward.take());
        let onward = onward.map(|mut onward| {
            if let Onward::Forwarding(by) = &mut onward {
                by.client.at = outside.now;
            }
            onward
        });
        let onto = match onward.and_then(|onward| self.rung_onward(outside, &onward, after)) {
            None => Err(None),
            Some(Err(refusal)) => Err(Some(ending(&refusal))),
            Some(Ok(rung)) => self.sent_on(outside, id, rung).map_err(|refusal| Some(ending(&refusal))),
        };
        self.handle(outside, id, Event::Onward(onto));
    }

    /// What a running call goes on with.
    pub(super) fn sent_on(&mut self, outside: &mut Outside, id: CallId, rung: Rung) -> Result<Onto, Refusal> {
        let (caller_id, group, host) = (rung.caller_id.clone(), rung.group, rung.host.clone());
        let rings = self.add_legs(outside, id, rung)?;
        let Some(call) = self.calls.get_mut(&id) else { return Err(Refusal::Overloaded("no such call")) };
        call.group = group;
        if !caller_id.is_empty() {
            call.history.record.outbound_caller_id = caller_id;
        }
        let Some(host) = host else { return Ok(Onto::Rings(rings)) };
        call.comes_to(&host)?;
        let record = call.history.record.clone();
        self.hosted(outside, &host, &record).map(|hosted| Onto::Hosted(Box::new(hosted)))
    }

    /// Who of the house answers, with all that is needed for it.
    pub(super) fn hosted(&self, outside: &mut Outside, host: &Host, record: &CallRecord) -> Result<Hosted, Refusal> {
        match host {
            Host::Receptionist(id) => {
                let known = self.directory.receptionist(*id).ok_or_else(|| Refusal::NumberUnknown(id.to_string()))?;
                let (receptionist, numbers) = (known.clone(), self.directory.numbers.clone());
                Ok(Hosted::Receptionist(Menu { receptionist, numbers }))
            }
            Host::Letterbox(extension, why) => self.letterbox(outside, *extension, *why, record),
            Host::Mailbox(extension) => self.own_mailbox(outside, *extension, true),
            Host::Conference(id) => self.door(*id).map(Hosted::Conference),
            Host::Queue(id, shown) => self.visited(outside.now, *id, shown),
            Host::Agent { extension, is_ready, queue } => Ok(self.agent_code(*extension, *is_ready, *queue)),
            Host::Status(extension, status) => {
                let (extension, status, number) = (*extension, *status, self.number_of(*extension));
                Ok(Hosted::Status(StatusCode { extension, number, status }))
            }
            Host::Monitor(extension, level) => Ok(Hosted::Monitor(self.watching(*extension, *level))),
        }
    }

    /// A caller whom the server has answered is led on.
    pub(super) fn lead(&mut self, outside: &mut Outside, id: CallId, aim: &Aim) {
        let onto = self.aimed(outside, id, aim).map_err(|refusal| Some(ending(&refusal)));
        self.handle(outside, id, Event::Onward(onto));
    }

    fn aimed(&mut self, outside: &mut Outside, id: CallId, aim: &Aim) -> Result<Onto, Refusal> {
        let gone = || Refusal::Overloaded("no such call");
        let call = self.calls.get(&id).ok_or_else(gone)?;
        let leg = call.leg_of_house().ok_or_else(gone)?;
        let (own, number) = (leg.extension, leg.number.clone());
        let name = call.history.record.caller_name.clone();
        let shown = self.shown_of(leg, None);
        let shown = if own.is_none() { Shown { name, ..shown } } else { shown };
        let side = leg.side.other();
        let mut client = Client { shown, at: outside.now, ids: self.caller_ids(own), ..Client::default() };
        let directory = &self.directory;
        let destination = match aim {
            Aim::Otherwise(queue) => {
                let destination = self.beyond_queue(outside.now, queue, &mut client)?;
                if let Destination::Queue(next) = &destination
                    && call.queues.contains(next)
                {
                    return Err(Refusal::Loop(self.number_of_goal(&destination)));
                }
                destination
            }
            Aim::CallBack(queue, number) => {
                let destination = self.called_back(outside.now, queue, number)?;
                self.callback_client(queue, &mut client);
                let rung = self.rung(outside, &destination, side, &client)?;
                if rung.host.is_some() {
                    return Err(Refusal::NumberUnknown(number.clone()));
                }
                return self.sent_on(outside, id, Rung { onward: None, ..rung });
            }
            Aim::Mailbox(extension) => {
                return self.own_mailbox(outside, *extension, false).map(|hosted| Onto::Hosted(Box::new(hosted)));
            }
            Aim::Place(to) => led(directory, outside.now, to, &call.history.record.callee, "")?,
            Aim::Inside(number) => inside(directory, number)?,
            Aim::Reached(number) => {
                inside(directory, number).or_else(|_| outside_of(directory, outside.now, "", number))?
            }
            Aim::Dialled(dialled) => {
                inside(directory, dialled).or_else(|_| outside_of(directory, outside.now, &number, dialled))?
            }
        };
        if !matches!(aim, Aim::Otherwise(_) | Aim::Place(_))
            && let Some(call) = self.calls.get_mut(&id)
        {
            // A person has chosen where it goes.
            call.queues.clear();
        }
        if matches!(aim, Aim::Otherwise(_))
            && let Some(call) = self.calls.get_mut(&id)
        {
            // The queue's music is for those who wait in it.
            call.music = None;
        }
        let rung = self.rung(outside, &destination, side, &client)?;
        self.sent_on(outside, id, rung)
    }

    /// Whoever is rung next; none where the forwarding has nothing to say to it.
    fn rung_onward(
        &self,
        outside: &mut Outside,
        onward_by: &Onward,
        after: Unanswered,
    ) -> Option<Result<Rung, Refusal>> {
        let Forwarded { extension, side, client } = match onward_by {
            Onward::Forwarding(by) => &**by,
            Onward::Host(host) => return Some(Ok(self.host_alone(host))),
        };
        let known = self.directory.extension(*extension)?;
        let (why, to) = onward(&known.calling.forwarding, after, self.is_open_for(known, client.at));
        (*to != To::EndCall).then(|| self.forwarded(outside, known, (why, to), *side, client))
    }

    /// Nobody is rung: the house answers.
    fn host_alone(&self, host: &Host) -> Rung {
        let note = match host {
            Host::Receptionist(id) => {
                let settings = self.directory.receptionist(*id).map(|known| &known.settings);
                let name = |of: Option<&String>| of.cloned().unwrap_or_default();
                let (named, number) = (settings.map(|known| &known.name), settings.map(|known| &known.number));
                (name(named), name(number), Reason::RoutedToReceptionist)
            }
            Host::Conference(id) => {
                let settings = self.directory.conference_room(*id).map(|known| known.settings.clone());
                let settings = settings.unwrap_or_default();
                (settings.subject, settings.number, Reason::RoutedToConference)
            }
            Host::Letterbox(extension, _) | Host::Mailbox(extension) => {
                (String::new(), self.number_of(*extension), Reason::RoutedToMailbox)
            }
            Host::Queue(id, _) => {
                let settings = self.directory.queue(*id).map(|known| &known.settings);
                let (name, number) =
                    settings.map(|known| (known.name.clone(), known.number.clone())).unwrap_or_default();
                (name, number, Reason::RoutedToQueue)
            }
            // Nobody is sent on to it.
            Host::Agent { extension, is_ready, .. } => {
                let code = if *is_ready { Reason::AgentSetReady } else { Reason::AgentSetNotReady };
                (String::new(), self.number_of(*extension), code)
            }
            // They are for those who dial them, and no call is sent on to them.
            Host::Status(extension, _) | Host::Monitor(extension, _) => {
                (String::new(), self.number_of(*extension), Reason::ServiceUntimely)
            }
        };
        Rung { notes: vec![note], host: Some(host.clone()), ..Rung::default() }
    }

    /// What would become of a call that nobody answers.
    pub(super) fn simulate_onward(&self, outside: &mut Outside, rung: &Rung) -> Vec<Simulated> {
        let now = outside.now;
        if let Some(Host::Queue(id, shown)) = &rung.host {
            return self.simulate_beyond_queue(outside, *id, shown).into_iter().collect();
        }
        let Some(by) = &rung.onward else { return Vec::new() };
        let each = Unanswered::ALL.into_iter().filter_map(|after| Some((after, self.rung_onward(outside, by, after)?)));
        each.map(|(after, rung)| self.simulated(now, after, rung)).collect()
    }

    pub(super) fn simulated(&self, now: Moment, after: Unanswered, rung: Result<Rung, Refusal>) -> Simulated {
        match rung {
            Ok(rung) => {
                let notes = rung.notes.iter();
                let steps = notes.map(|(rule, value, reason)| step(now, "routing", rule, value, *reason)).collect();
                Simulated { after, steps, status: None, rung: self.ringing(&rung) }
            }
            Err(refusal) => {
                let meaning = refusal.meaning();
                let steps = vec![step(now, meaning.step, meaning.rule, &meaning.value, meaning.reason)];
                Simulated { after, steps, status: Some(meaning.status), rung: Vec::new() }
            }
        }
    }
}

fn ending(refusal: &Refusal) -> Ending {
    let meaning = refusal.meaning();
    Ending { rule: meaning.rule.to_owned(), ..Ending::new(meaning.reason, meaning.value.as_str(), meaning.status) }
}
