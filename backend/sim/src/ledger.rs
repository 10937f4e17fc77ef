//! What a store would have kept of the facts. It complains when they make no sense: a call that ends twice, or never
//! began.

use std::collections::{BTreeMap, BTreeSet};

use shared::call_record::CallRecord;
use shared::fact::{Fact, TenantFact};
use shared::ip_list::IpEntry;
use shared::ladder::Ladder;
use shared::message::Message;
use shared::monitor::MonitorLevel;
use shared::presence::PresenceStatus;
use shared::prompt::Prompt;
use shared::queue_agent::{AgentReadiness, AgentStanding, AgentState};
use shared::queue_call::QueueCall;
use shared::reason::{Reason, TraceStep};
use shared::receptionist::ReceptionistWay;
use shared::recording::Recording;
use shared::registration::{Registration, RegistrationRefusal};
use shared::subscription::Subscription;
use shared::voicemail::Voicemail;
use shared::{
    CallId, ConferenceRoomId, ExtensionId, MessageId, Moment, NuisanceId, QueueCallId, QueueId, RecordingId,
    RegistrationId, SoundId, SubscriptionId, TenantId, VoicemailId,
};

/// The rows.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Records of running calls, with their last sign of life.
    pub open: BTreeMap<CallId, (CallRecord, Moment)>,
    /// How often a running call was told to have changed.
    pub calls_changed: usize,
    /// Closed records with their traces, in the order of their ends.
    pub closed: Vec<(CallRecord, Vec<TraceStep>)>,
    /// Bindings.
    pub registrations: BTreeMap<RegistrationId, Registration>,
    /// Subscriptions.
    pub subscriptions: BTreeMap<SubscriptionId, Subscription>,
    /// Messages.
    pub messages: BTreeMap<MessageId, Message>,
    /// Voice messages that are whole.
    pub voicemails: BTreeMap<VoicemailId, Voicemail>,
    /// Voice messages that are being left.
    pub begun: BTreeMap<VoicemailId, Voicemail>,
    /// Greetings that were recorded, and none for the system's, in order.
    pub greetings: Vec<Option<SoundId>>,
    /// What telephones have recorded and was kept, in order.
    pub prompts: Vec<Prompt>,
    /// Who has monitored whose call, and how, in order.
    pub monitored: Vec<(String, String, MonitorLevel)>,
    /// Recordings; those that go on have no length.
    pub recordings: BTreeMap<RecordingId, Recording>,
    /// Conference rooms that were told to have changed.
    pub rooms_changed: BTreeSet<ConferenceRoomId>,
    /// Who spoke in rooms, in order.
    pub speakers: Vec<Vec<CallId>>,
    /// The ways that callers went in receptionists, in order.
    pub ways: Vec<ReceptionistWay>,
    /// Temporary rooms that are over.
    pub rooms_over: Vec<ConferenceRoomId>,
    /// Refused registrations as told.
    pub refusals: Vec<RegistrationRefusal>,
    /// The messages of each refusal.
    pub refused_ladders: Vec<Ladder>,
    /// The messages of each call.
    pub ladders: BTreeMap<CallId, Ladder>,
    /// Addresses that were blocked, in order.
    pub blocked: Vec<IpEntry>,
    /// Calls of queues, as they stood last.
    pub queue_calls: BTreeMap<QueueCallId, QueueCall>,
    /// How each member of a queue stood last.
    pub agents: BTreeMap<(QueueId, ExtensionId), (TenantId, AgentStanding)>,
    /// What members did, one after the other.
    pub agent_states: Vec<(ExtensionId, AgentState)>,
    /// Nuisances that were met, in order.
    pub nuisances: Vec<NuisanceId>,
    /// Who has set its status by telephone, and to what, in order.
    pub statuses: Vec<(ExtensionId, PresenceStatus)>,
    /// Panics that were contained.
    pub faults: Vec<(TenantId, String)>,
    /// What made no sense.
    pub complaints: Vec<String>,
}

impl Ledger {
    /// Notes a fact.
    pub fn note(&mut self, tenant_fact: TenantFact) {
        let TenantFact { tenant_id, at, fact } = tenant_fact;
        match fact {
            Fact::CallStarted { record, trace } => {
                self.check(!trace.is_empty(), "a call that nothing led to");
                self.check(Some(record.tenant_id) == tenant_id, "a call of another tenant");
                let again = self.open.insert(record.id, (record, at)).is_some();
                self.check(!again, "a call started twice");
            }
            Fact::CallChanged { record, trace } => {
                self.check(!trace.is_empty(), "a call that nothing led to");
                let known = self.open.contains_key(&record.id);
                self.check(known, "a call changed that is not open");
                self.calls_changed += 1;
                self.open.insert(record.id, (record, at));
            }
            Fact::CallsAlive { calls } => {
                for call in calls {
                    match self.open.get_mut(&call) {
                        Some((_, alive)) => *alive = at,
                        None => self.check(false, "a call alive that is not open"),
                    }
                }
            }
            Fact::CallEnded { record, trace } => {
                let known = self.open.remove(&record.id).is_some();
                self.check(known, "a call ended that is not open");
                self.check(record.ended_at.is_some() && record.ended_reason.is_some(), "a record without an end");
                let last = trace.last().map(|step| step.code);
                self.check(last == record.ended_reason, "a trace that does not end with the end");
                self.closed.push((record, trace));
            }
            Fact::Registered { registration } => {
                self.registrations.insert(registration.id, registration);
            }
            Fact::Unregistered { registration_id, .. } => {
                let known = self.registrations.remove(&registration_id).is_some();
                self.check(known, "a registration gone that was not there");
            }
            Fact::Subscribed { subscription } => {
                self.check(Some(subscription.tenant_id) == tenant_id, "a subscription of another tenant");
                self.subscriptions.insert(subscription.id, *subscription);
            }
            // One that was never noted is ended too.
            Fact::Unsubscribed { subscription_id } => drop(self.subscriptions.remove(&subscription_id)),
            Fact::MessageSent { message } => {
                self.check(Some(message.tenant_id) == tenant_id, "a message of another tenant");
                let again = self.messages.insert(message.id, message).is_some();
                self.check(!again, "a message sent twice");
            }
            Fact::MessageDelivered { message_id, .. } => match self.messages.get_mut(&message_id) {
                Some(message) if message.delivered_at.is_none() => message.delivered_at = Some(at),
                _ => self.check(false, "a message taken twice, or that was never sent"),
            },
            Fact::RecordingBegun { recording } => {
                self.check(Some(recording.tenant_id) == tenant_id, "a recording of another tenant");
                let again = self.recordings.insert(recording.id, recording).is_some();
                self.check(!again, "a recording begun twice");
            }
            Fact::RecordingPaused { recording_id, pauses } => match self.recordings.get_mut(&recording_id) {
                Some(recording) if recording.millis.is_none() => recording.pauses = pauses,
                _ => self.check(false, "a recording paused that does not go on"),
            },
            Fact::RecordingEnded { recording_id, millis, pauses, .. } => match self.recordings.get_mut(&recording_id) {
                Some(recording) if recording.millis.is_none() => {
                    recording.millis = Some(millis);
                    recording.pauses = pauses;
                }
                _ => self.check(false, "a recording ended twice, or never begun"),
            },
            Fact::VoicemailBegun { voicemail } => {
                if let Some(voicemail) = voicemail {
                    self.check(Some(voicemail.tenant_id) == tenant_id, "a voice message of another tenant");
                    self.begun.insert(voicemail.id, *voicemail);
                }
            }
            Fact::VoicemailLeft { voicemail } => {
                let begun = self.begun.remove(&voicemail.id).is_some();
                self.check(begun && voicemail.millis.is_some(), "a voice message that never began, or has no end");
                self.voicemails.insert(voicemail.id, voicemail);
            }
            Fact::VoicemailHeard { voicemail_id, heard_at, .. } => match self.voicemails.get_mut(&voicemail_id) {
                Some(voicemail) => voicemail.heard_at = heard_at,
                None => self.check(false, "a voice message heard that is not there"),
            },
            Fact::VoicemailRemoved { voicemail_id, .. } => {
                let begun = self.begun.remove(&voicemail_id).is_some();
                let known = self.voicemails.remove(&voicemail_id).is_some();
                self.check(begun || known, "a voice message removed that is not there");
            }
            Fact::GreetingRecorded { sound_id, .. } => self.greetings.push(Some(sound_id)),
            Fact::GreetingDropped { .. } => self.greetings.push(None),
            Fact::PromptRecorded { prompt } => {
                self.check(Some(prompt.tenant_id) == tenant_id, "a prompt of another tenant");
                self.prompts.push(prompt);
            }
            Fact::CallMonitored { supervisor, extension, level, .. } => {
                self.monitored.push((supervisor, extension, level));
            }
            Fact::RegistrationRefused { refusal, ladder } => {
                self.refusals.push(refusal);
                self.refused_ladders.push(ladder);
            }
            Fact::CallCaptured { call_id, piece, .. } => self.ladders.entry(call_id).or_default().extend(piece),
            Fact::ConferenceChanged { room_id, .. } => {
                self.rooms_changed.insert(room_id);
            }
            Fact::ConferenceSpeakers { speakers, .. } => self.speakers.push(speakers),
            Fact::ReceptionistMoved { way, .. } => self.ways.push(way),
            Fact::TemporaryConferenceOver { room_id } => self.rooms_over.push(room_id),
            Fact::QueueCallChanged { queue_call, .. } => {
                self.check(Some(queue_call.tenant_id) == tenant_id, "a call of another tenant's queue");
                let before = self.queue_calls.insert(queue_call.id, queue_call);
                let over = before.is_some_and(|before| before.ended_at.is_some());
                self.check(!over, "a call of a queue changed that was over");
            }
            Fact::AgentChanged { agent, .. } => {
                self.agent_states.push((agent.extension_id, agent.state));
                let key = (agent.queue_id, agent.extension_id);
                let known = self.agents.get(&key).is_some_and(|(_, known)| *known == agent);
                self.check(!known, "a member of a queue that has not changed");
                if let Some(tenant) = tenant_id {
                    self.agents.insert(key, (tenant, agent));
                }
            }
            Fact::StatusSet { extension_id, status } => self.statuses.push((extension_id, status)),
            Fact::NuisanceMet { nuisance_id } => self.nuisances.push(nuisance_id),
            Fact::EventHappened { .. } | Fact::TrunkChanged { .. } => {}
            Fact::AddressBlocked { entry } => {
                self.check(tenant_id.is_none(), "a block of one tenant");
                self.blocked.push(entry);
            }
        }
    }

    /// What a store knows of members of queues, for the next start, which tells how they stand anew.
    pub fn take_readiness(&mut self) -> Vec<(TenantId, AgentReadiness)> {
        let row = |agent: &AgentStanding| AgentReadiness {
            queue_id: agent.queue_id,
            extension_id: agent.extension_id,
            ready: agent.ready,
            pause_reason: agent.pause_reason.clone(),
            since: agent.since,
        };
        std::mem::take(&mut self.agents).values().map(|(tenant, agent)| (*tenant, row(agent))).collect()
    }

    /// Who is still to be called back, in the order in which they stood, for the next start.
    pub fn callbacks(&self) -> Vec<QueueCall> {
        let waits = self.queue_calls.values().filter(|call| call.callback && call.waits());
        let mut waits: Vec<QueueCall> = waits.cloned().collect();
        waits.sort_by_key(|call| (call.entered_at, call.id));
        waits
    }

    /// The server is gone: its open records are closed at their last sign of life, as a store does at its next start.
    pub fn restart(&mut self) {
        // Whoever waited on the line is gone, and what was going on is over. Who is to be called back goes on waiting for that.
        let waits = |call: &QueueCall| call.callback && call.waits();
        self.queue_calls.retain(|_, call| call.ended_at.is_some() || waits(call));
        for call in self.queue_calls.values_mut().filter(|call| waits(call)) {
            call.callback_breaks += u32::from(call.callback_call_id.take().is_some());
        }
        for (mut record, alive) in std::mem::take(&mut self.open).into_values() {
            record.ended_at = Some(alive);
            let code = Reason::ServerRestarted;
            record.ended_reason = Some(code);
            let end = TraceStep { at: alive, step: "end".into(), rule: String::new(), value: String::new(), code };
            self.closed.push((record, vec![end]));
        }
    }

    /// The last record that was closed.
    pub fn last(&self) -> Option<&CallRecord> {
        self.closed.last().map(|(record, _)| record)
    }

    /// The codes of the last trace.
    pub fn last_trace(&self) -> Vec<Reason> {
        self.closed.last().map(|(_, trace)| trace.iter().map(|step| step.code).collect()).unwrap_or_default()
    }

    fn check(&mut self, right: bool, complaint: &str) {
        if !right {
            self.complaints.push(complaint.to_owned());
        }
    }
}
