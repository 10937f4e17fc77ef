//! What is done in a conference room, by an administrator, by a moderator on a page, or by its telephone (CONF-10…CONF-16).

use std::sync::Arc;

use shared::call_record::{CallDirection, CallRecord};
use shared::conference::{ConferenceChange, ConferenceRoom};
use shared::fact::Fact;
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::{CallId, ConferenceRoomId, ExtensionId};
use speech::phrase;

use crate::admission::Refusal;
use crate::call::Call;
use crate::conferences::{Entrant, Undone};
use crate::history::{History, clean};
use crate::leg::Side;
use crate::outside::{FlowUser, Outside};
use crate::pbx::Pbx;
use crate::pbx::conference::lane_of_room;
use crate::pbx::goal::{Client, Rung};
use crate::presentation::Shown;
use crate::routing::{Destination, Dialled, inside, outside as outside_of, route, to_extension};
use crate::stage::{Event, Invited, Stage, Told};

impl Pbx {
    /// Does something in a room; where somebody is named who asks, it must be a moderator. Else why not, as a sentence.
    pub fn change_conference(
        &mut self,
        outside: &mut Outside,
        room: ConferenceRoomId,
        change: &ConferenceChange,
        by: Option<ExtensionId>,
    ) -> Result<(), String> {
        let Some(known) = self.directory.conference_room(room).cloned() else {
            return Err("There is no such room.".to_owned());
        };
        if let Some(problem) = change.check().into_iter().next() {
            return Err(problem.reason);
        }
        if by.is_some_and(|by| !self.conferences.is_moderated_by(&known, by)) {
            return Err(Undone::NoModerator.text().to_owned());
        }
        self.change_room(outside, &known, change, by)
    }

    /// The same of whoever may.
    pub(super) fn change_room(
        &mut self,
        outside: &mut Outside,
        room: &Arc<ConferenceRoom>,
        change: &ConferenceChange,
        by: Option<ExtensionId>,
    ) -> Result<(), String> {
        if let ConferenceChange::Invite { number } = change {
            self.conferences.may_invite(room).map_err(|undone| undone.text().to_owned())?;
            let invited = self.invite_to_room(outside, room, number.trim(), by);
            return invited.map(drop).map_err(|refusal| refusal.text());
        }
        self.conferences.change(room, change).map_err(|undone| undone.text().to_owned())?;
        match change {
            ConferenceChange::HangUp { call_id } => {
                self.handle(outside, *call_id, Event::Conference(Told::Over(Reason::ConferenceSentOut)));
                return Ok(());
            }
            ConferenceChange::End => {
                self.send_all_out(outside, room.id, Reason::ConferenceEnded);
                return Ok(());
            }
            ConferenceChange::Record if self.directory.plan.storage_full => {
                return Err("The tenant's room for sounds is used up.".to_owned());
            }
            ConferenceChange::Record if !self.begin_room_recording(outside, room) => {
                return Err(Undone::Nobody.text().to_owned());
            }
            ConferenceChange::StopRecording => self.stop_room_recording(outside, room),
            ConferenceChange::MuteAll => self.announce_to_all(outside, room, phrase::CONF_ALL_MUTED),
            ConferenceChange::UnmuteAll => self.announce_to_all(outside, room, phrase::CONF_UNMUTED),
            _ => {}
        }
        let all_told = matches!(change, ConferenceChange::MuteAll | ConferenceChange::UnmuteAll);
        self.refresh_room(outside, room, all_told);
        Ok(())
    }

    /// Calls somebody who is to come in (CONF-10): by the rights of whoever invites, or by those of the tenant.
    pub(super) fn invite_to_room(
        &mut self,
        outside: &mut Outside,
        room: &Arc<ConferenceRoom>,
        number: &str,
        by: Option<ExtensionId>,
    ) -> Result<CallId, Refusal> {
        let own = by.map(|by| (by, self.number_of(by)));
        let settings = &room.settings;
        self.let_in(outside, by, own.as_ref().map_or(settings.number.as_str(), |(_, number)| number), false)?;
        let directory = &self.directory;
        let destination = match own {
            Some((by, own)) if own == number => to_extension(directory, by)?,
            Some((by, _)) => {
                let dialled = Dialled { scheme: "sip", user: number, host: &directory.plan.domain };
                route(directory, outside.now, by, dialled, |_| true)?
            }
            None => inside(directory, number).or_else(|_| outside_of(directory, outside.now, "", number))?,
        };
        let shown = Shown { number: settings.number.clone(), name: settings.subject.clone(), ..Shown::default() };
        let ids = self.caller_ids(by).or_usual(&settings.outbound_caller_id);
        let client = Client { shown, at: outside.now, ids, ..Client::default() };
        let rung = match &destination {
            Destination::Extension(extension) => {
                let known = directory.extension(*extension);
                if known.is_some_and(|known| known.presence.status == PresenceStatus::DoNotDisturb) {
                    return Err(Refusal::CalleeNotDisturbed(number.to_owned()));
                }
                self.rung_devices(outside, *extension, Side::Callee, &client.shown)?
            }
            Destination::Outside(_) => self.rung(outside, &destination, Side::Callee, &client)?,
            _ => return Err(Refusal::ServiceUntimely(number.to_owned())),
        };
        self.call_into_room(outside, room, number, by, &destination, rung)
    }

    fn call_into_room(
        &mut self,
        outside: &mut Outside,
        room: &Arc<ConferenceRoom>,
        number: &str,
        by: Option<ExtensionId>,
        destination: &Destination,
        rung: Rung,
    ) -> Result<CallId, Refusal> {
        let (tenant, now, settings) = (self.id(), outside.now, &room.settings);
        let door = self.door(room.id)?;
        let id = outside.ids.next::<CallId>(now);
        let extension_id = match destination {
            Destination::Extension(extension) => Some(*extension),
            _ => None,
        };
        let name = extension_id.and_then(|id| self.directory.extension(id)).map(|known| known.name.clone());
        let name = name.unwrap_or_default();
        let direction = if extension_id.is_some() { CallDirection::Ext } else { CallDirection::Out };
        let record = CallRecord {
            caller: settings.number.clone(),
            caller_name: clean(&settings.subject),
            caller_extension_id: by,
            callee: clean(number),
            callee_name: name.clone(),
            callee_extension_id: extension_id,
            direction,
            outbound_caller_id: rung.caller_id.clone(),
            did_cid: if direction == CallDirection::Out { rung.caller_id.clone() } else { String::new() },
            ..CallRecord::open(id, tenant, now)
        };
        let mut history = History::open(record, Vec::new());
        history.note(now, "conference", &settings.number, number, Reason::ConferenceInvites);
        for (rule, value, reason) in &rung.notes {
            history.note(now, "routing", rule, value, *reason);
        }
        let (rings, legs, _) = rung.into_rings();
        for leg in &legs {
            outside.use_flow(leg.flow, FlowUser::Leg(tenant, id, leg.id));
        }
        let leg = legs.first().map(|leg| leg.id).ok_or_else(|| Refusal::CalleeOffline(number.to_owned()))?;
        let entrant = Entrant { leg, number: number.to_owned(), name, extension_id, moderator: false };
        let full = |undone: Undone| Refusal::Overloaded(undone.text());
        self.conferences.invite(now, room, id, entrant).map_err(full)?;
        outside.calls.insert(id, tenant);
        outside.fact(Some(tenant), Fact::CallStarted { record: history.record.clone(), trace: history.trace() });
        let legs = legs.into_iter().map(|leg| (leg.id, leg)).collect();
        let mut call = Call::new(id, legs, history, Stage::Invited(Box::new(Invited::new(door, rings))));
        call.lane = lane_of_room(room.id);
        self.calls.insert(id, call);
        self.running += 1;
        self.start_heart(outside);
        self.start(outside, id);
        self.tell_room(outside, room.id, None);
        Ok(id)
    }
}
