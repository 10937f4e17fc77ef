//! The door to the switch: questions go in by a channel, facts come out by another. The API holds no call. And the one
//! to the listeners, which the API does not hold either.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use shared::conference::{ConferenceChange, ConferenceStanding};
use shared::fact::TenantFact;
use shared::ladder::Ladder;
use shared::live::{Answer, Ask, LiveCall, TenantCounts};
use shared::message::Message;
use shared::monitor::MonitorCall;
use shared::phone::{PhoneWord, ToldStanding};
use shared::prompt::PromptWish;
use shared::queue_agent::{QueueStanding, ReadyChange};
use shared::recording_rule::{OwnCallRecording, RecordAction};
use shared::registration::Registration;
use shared::simulation::{SimulateCall, Simulation};
use shared::transport::{CreateTransport, TransportRow};
use shared::trunk::TrunkStanding;
use shared::voicemail::VoicemailChange;
use shared::{CallId, ConferenceRoomId, ExtensionId, IpEntryId, RegistrationId, TenantId, TrunkId, VoicemailId};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::error::{Error, Result};

/// How long a page waits for the switch, the way into its queue included.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);

/// How long a page waits for ports to be opened and closed.
const LISTENERS_TIME_MAX: Duration = Duration::from_secs(10);

/// What is asked of the listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenersAsk {
    /// How they stand.
    Rows,
    /// To follow what the store says, then how they stand.
    Follow,
    /// Whether this one could be opened: one row, with why not. Nothing stays open.
    Try(CreateTransport),
}

/// The way to the listeners of SIP.
#[derive(Clone, Debug)]
pub struct ListenersDoor(pub mpsc::Sender<(ListenersAsk, oneshot::Sender<Vec<TransportRow>>)>);

impl ListenersDoor {
    /// The transports as they stand.
    pub(crate) async fn rows(&self) -> Result<Vec<TransportRow>> {
        self.ask(ListenersAsk::Rows).await
    }

    /// The transports after the store's change has been followed.
    pub(crate) async fn follow(&self) -> Result<Vec<TransportRow>> {
        self.ask(ListenersAsk::Follow).await
    }

    /// One row: whether this transport could be opened, or why not.
    pub(crate) async fn try_out(&self, transport: CreateTransport) -> Result<Vec<TransportRow>> {
        self.ask(ListenersAsk::Try(transport)).await
    }

    async fn ask(&self, ask: ListenersAsk) -> Result<Vec<TransportRow>> {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            self.0.send((ask, reply)).await.map_err(|_| Error::SwitchSilent)?;
            answer.await.map_err(|_| Error::SwitchSilent)
        };
        tokio::time::timeout(LISTENERS_TIME_MAX, asked).await.map_err(|_| Error::SwitchSilent)?
    }
}

/// The way to the switch.
#[derive(Clone, Debug)]
pub struct LiveDoor {
    /// Takes questions; each is answered on the channel that it brings along.
    pub asks: mpsc::Sender<(Ask, oneshot::Sender<Answer>)>,
    /// Gives every fact to whoever subscribes; its capacity is how far a slow reader may lag before it is told that it
    /// has missed some.
    pub facts: broadcast::Sender<Arc<TenantFact>>,
    /// Becomes true when the process stops: connections say goodbye.
    pub stopping: watch::Receiver<bool>,
}

impl LiveDoor {
    async fn ask(&self, ask: Ask) -> Result<Answer> {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            self.asks.send((ask, reply)).await.map_err(|_| Error::SwitchSilent)?;
            answer.await.map_err(|_| Error::SwitchSilent)
        };
        tokio::time::timeout(ANSWER_TIME_MAX, asked).await.map_err(|_| Error::SwitchSilent)?
    }

    /// The running calls, of one tenant or of all.
    pub(crate) async fn live_calls(&self, tenant: Option<TenantId>) -> Result<Vec<LiveCall>> {
        match self.ask(Ask::LiveCalls(tenant)).await? {
            // The switch is asked for one tenant's calls; that nothing else gets out is seen to here as well.
            Answer::LiveCalls(calls) => {
                Ok(calls.into_iter().filter(|call| tenant.is_none_or(|id| call.tenant_id == id)).collect())
            }
            _ => Err(Error::SwitchSilent),
        }
    }

    /// The tenant's bindings that have not run out.
    pub(crate) async fn registrations(&self, tenant: TenantId) -> Result<Vec<Registration>> {
        match self.ask(Ask::Registrations(Some(tenant))).await? {
            Answer::Registrations(all) => Ok(all.into_iter().filter(|one| one.tenant_id == tenant).collect()),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Tells devices of the tenant something; those that were told, and how far that has come.
    pub(crate) async fn tell_phones(
        &self,
        tenant: TenantId,
        devices: Vec<RegistrationId>,
        word: PhoneWord,
    ) -> Result<BTreeMap<RegistrationId, ToldStanding>> {
        match self.ask(Ask::TellPhones(tenant, devices, word)).await? {
            Answer::PhonesTold(told) => Ok(told),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// What has become of it.
    pub(crate) async fn phones_told(
        &self,
        tenant: TenantId,
        devices: Vec<RegistrationId>,
    ) -> Result<BTreeMap<RegistrationId, ToldStanding>> {
        match self.ask(Ask::PhonesTold(tenant, devices)).await? {
            Answer::PhonesTold(told) => Ok(told),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// What each tenant with a call or a device is doing.
    pub(crate) async fn counts(&self) -> Result<Vec<TenantCounts>> {
        match self.ask(Ask::Counts).await? {
            Answer::Counts(counts) => Ok(counts),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// How often each entry of the IP list was met since the start.
    pub(crate) async fn ip_hits(&self) -> Result<BTreeMap<IpEntryId, u64>> {
        match self.ask(Ask::IpHits).await? {
            Answer::IpHits(hits) => Ok(hits),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// What a call would do.
    pub(crate) async fn simulate(&self, tenant: TenantId, call: SimulateCall) -> Result<Simulation> {
        match self.ask(Ask::Simulate(tenant, Box::new(call))).await? {
            Answer::Simulation(Some(simulation)) => Ok(*simulation),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// How each trunk stands.
    pub(crate) async fn trunks(&self) -> Result<BTreeMap<TrunkId, TrunkStanding>> {
        match self.ask(Ask::Trunks).await? {
            Answer::Trunks(standings) => Ok(standings),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Asks a trunk now whether it is there; false where there is nobody to ask.
    pub(crate) async fn look_at_trunk(&self, trunk: TrunkId) -> Result<bool> {
        match self.ask(Ask::LookAtTrunk(trunk)).await? {
            Answer::Looking(looking) => Ok(looking),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Sends a message from an extension of the tenant to another: the message, or why not.
    pub(crate) async fn send_message(
        &self,
        tenant: TenantId,
        sender: ExtensionId,
        receiver: ExtensionId,
        text: String,
    ) -> Result<std::result::Result<Message, String>> {
        match self.ask(Ask::SendMessage(tenant, sender, receiver, text)).await? {
            Answer::MessageSent(sent) => Ok(sent),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// What an extension wants of the recording of its call: how it stands then, or why it cannot be; none where there is no such call.
    pub(crate) async fn record_call(
        &self,
        tenant: TenantId,
        own: ExtensionId,
        sip_call_id: String,
        action: RecordAction,
    ) -> Result<Option<std::result::Result<OwnCallRecording, String>>> {
        match self.ask(Ask::RecordCall(tenant, own, sip_call_id, action)).await? {
            Answer::CallRecording(answer) => Ok(answer),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Says what becomes of a message of an extension; was there such a message?
    pub(crate) async fn change_voicemail(
        &self,
        tenant: TenantId,
        own: ExtensionId,
        voicemail: VoicemailId,
        change: VoicemailChange,
    ) -> Result<bool> {
        match self.ask(Ask::ChangeVoicemail(tenant, own, voicemail, change)).await? {
            Answer::VoicemailChanged(was_there) => Ok(was_there),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// How each queue of the tenant stands.
    pub(crate) async fn queues(&self, tenant: TenantId) -> Result<Vec<QueueStanding>> {
        match self.ask(Ask::Queues(tenant)).await? {
            Answer::Queues(queues) => Ok(queues),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Sets a member of a queue ready, or not; is it one?
    pub(crate) async fn set_agent_ready(&self, change: ReadyChange) -> Result<bool> {
        match self.ask(Ask::SetAgentReady(Box::new(change))).await? {
            Answer::AgentReadySet(is_member) => Ok(is_member),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// What was captured of a call of the tenant, while the switch has it; none where it has not, or does not answer.
    pub(crate) async fn ladder(&self, tenant: TenantId, call: CallId) -> Option<Ladder> {
        match self.ask(Ask::Ladder(tenant, call)).await {
            Ok(Answer::Ladder(ladder)) => ladder,
            _ => None,
        }
    }

    /// How each room of a tenant stands in which somebody is.
    pub(crate) async fn conferences(&self, tenant: TenantId) -> Result<Vec<ConferenceStanding>> {
        match self.ask(Ask::Conferences(tenant)).await? {
            Answer::Conferences(standings) => Ok(standings),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Does something in a room of a tenant, for `own` as far as it is a moderator there; done, or why not.
    pub(crate) async fn change_conference(
        &self,
        tenant: TenantId,
        room: ConferenceRoomId,
        change: ConferenceChange,
        own: Option<ExtensionId>,
    ) -> Result<std::result::Result<(), String>> {
        match self.ask(Ask::ChangeConference(tenant, room, Box::new(change), own)).await? {
            Answer::ConferenceChanged(done) => Ok(done),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Rings an extension's own devices, to monitor the call of another; else why not, as a sentence.
    pub(crate) async fn monitor(
        &self,
        tenant: TenantId,
        supervisor: ExtensionId,
        MonitorCall { extension_id, level }: MonitorCall,
    ) -> Result<Result<(), String>> {
        match self.ask(Ask::Monitor(tenant, supervisor, extension_id, level)).await? {
            Answer::Monitoring(rung) => Ok(rung),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Rings the devices of an extension, on which a prompt or a greeting is recorded: by which call, or why not, as a sentence.
    pub(crate) async fn record_prompt(
        &self,
        tenant: TenantId,
        wish: PromptWish,
    ) -> Result<std::result::Result<CallId, String>> {
        match self.ask(Ask::RecordPrompt(tenant, Box::new(wish))).await? {
            Answer::PromptRinging(rung) => Ok(rung),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Ends a call of the tenant; was there such a call?
    pub(crate) async fn hang_up(&self, tenant: TenantId, call: CallId) -> Result<bool> {
        match self.ask(Ask::HangUp(tenant, call)).await? {
            Answer::HungUp(was_there) => Ok(was_there),
            _ => Err(Error::SwitchSilent),
        }
    }
}
