//! What pages ask of the running switchboard, and its answers in words of `shared`.

use std::collections::BTreeMap;

use shared::TenantId;
use shared::live::{Answer, Ask};
use sip::Transport;

use super::{Switchboard, foreign_to, local_of};
use crate::admission::Refusal;
use crate::pbx::Pbx;

impl Switchboard {
    /// Answers at once, from what is known.
    pub(super) fn answer(&mut self, ask: &Ask) -> Answer {
        match ask {
            Ask::LiveCalls(tenant) => Answer::LiveCalls(self.ask_each(*tenant, |pbx| pbx.live_calls().collect())),
            Ask::Registrations(tenant) => {
                Answer::Registrations(self.ask_each(*tenant, |pbx| pbx.registrations().collect()))
            }
            Ask::Counts => Answer::Counts(self.ask_each(None, |pbx| pbx.counts().into_iter().collect())),
            Ask::SendMessage(tenant, sender, receiver, text) => {
                let (sender, receiver, text) = (*sender, *receiver, text.clone());
                let sent = self.within(*tenant, |pbx, outside| pbx.send_message(outside, sender, receiver, text));
                let sent = sent.unwrap_or_else(|| Err(Refusal::NumberUnknown(String::new())));
                Answer::MessageSent(sent.map_err(|refusal| refusal.text()))
            }
            Ask::RecordCall(tenant, extension, sip_call_id, action) => {
                let (own, action) = (*extension, *action);
                let done = self.within(*tenant, |pbx, outside| pbx.record_call(outside, own, sip_call_id, action));
                Answer::CallRecording(done.flatten())
            }
            Ask::ChangeVoicemail(tenant, extension, id, change) => {
                let (extension, id, change) = (*extension, *id, *change);
                let done = self.within(*tenant, |pbx, outside| pbx.change_voicemail(outside, extension, id, change));
                Answer::VoicemailChanged(done.unwrap_or(false))
            }
            Ask::Queues(tenant) => {
                Answer::Queues(self.within(*tenant, |pbx, _| pbx.queue_standings()).unwrap_or_default())
            }
            Ask::SetAgentReady(change) => {
                let done = self.within(change.tenant_id, |pbx, outside| pbx.set_agent_ready(outside, change));
                Answer::AgentReadySet(done.unwrap_or(false))
            }
            Ask::Monitor(tenant, supervisor, watched, level) => {
                let (supervisor, watched, level) = (*supervisor, *watched, *level);
                let rung = self.within(*tenant, |pbx, outside| pbx.monitor_call(outside, supervisor, watched, level));
                let rung = rung.unwrap_or_else(|| Err(Refusal::NumberUnknown(String::new())));
                Answer::Monitoring(rung.map_err(|refusal| refusal.text()))
            }
            Ask::RecordPrompt(tenant, wish) => {
                let wish = (**wish).clone();
                let rung = self.within(*tenant, |pbx, outside| pbx.record_prompt(outside, wish));
                let rung = rung.unwrap_or_else(|| Err(Refusal::NumberUnknown(String::new())));
                Answer::PromptRinging(rung.map_err(|refusal| refusal.text()))
            }
            Ask::DatagramDevices => {
                let flows = self.ask_each(None, |pbx| pbx.flows().collect());
                let mut devices = BTreeMap::new();
                for flow in flows.into_iter().filter(|flow| flow.transport == Transport::Udp) {
                    *devices.entry(flow.connection.0).or_default() += 1;
                }
                Answer::DatagramDevices(devices)
            }
            Ask::Ladder(tenant, call) => {
                let Self { outside, domains, .. } = self;
                let local = local_of(&outside.config.sent_by);
                Answer::Ladder(outside.capture.ladder(*tenant, *call, &foreign_to(domains), &local))
            }
            Ask::Simulate(tenant, call) => {
                let simulated = self.within(*tenant, |pbx, outside| pbx.simulate(outside, call));
                Answer::Simulation(simulated.map(Box::new))
            }
            Ask::LookAtTrunk(trunk) => Answer::Looking(self.outside.trunks.look_now(self.outside.now, *trunk)),
            Ask::Trunks => Answer::Trunks(self.outside.trunks.standings()),
            Ask::IpHits => Answer::IpHits(self.gate.hits()),
            Ask::Conferences(tenant) => Answer::Conferences(self.ask_each(Some(*tenant), Pbx::conferences)),
            Ask::ChangeConference(tenant, room, change, by) => {
                let (room, by) = (*room, *by);
                let done = self.within(*tenant, |pbx, outside| pbx.change_conference(outside, room, change, by));
                Answer::ConferenceChanged(done.unwrap_or_else(|| Err("There is no such room.".to_owned())))
            }
            Ask::TellPhones(tenant, bindings, word) => {
                let told = self.within(*tenant, |pbx, outside| pbx.tell_phones(outside, bindings, *word));
                Answer::PhonesTold(told.unwrap_or_default())
            }
            Ask::PhonesTold(tenant, bindings) => {
                let told = self.within(*tenant, |pbx, _| pbx.phones_told(bindings));
                Answer::PhonesTold(told.unwrap_or_default())
            }
            Ask::HangUp(tenant, call) => {
                Answer::HungUp(self.within(*tenant, |pbx, outside| pbx.hang_up(outside, *call)).unwrap_or(false))
            }
        }
    }

    /// What one tenant, or each, has to say.
    fn ask_each<T>(&mut self, wanted: Option<TenantId>, question: impl Fn(&Pbx) -> Vec<T>) -> Vec<T> {
        let asked = wanted.map_or_else(|| self.tenants.keys().copied().collect(), |tenant| vec![tenant]);
        asked.into_iter().filter_map(|tenant| self.within(tenant, |pbx, _| question(pbx))).flatten().collect()
    }
}
