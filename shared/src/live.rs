//! What is going on: the questions that pages ask of the switch, and the words of the live WebSocket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call_record::CallRecord;
use crate::conference::{ConferenceChange, ConferenceStanding};
use crate::fact::TenantFact;
use crate::ladder::Ladder;
use crate::message::Message;
use crate::monitor::MonitorLevel;
use crate::operation;
use crate::phone::{PhoneWord, ToldStanding};
use crate::prompt::PromptWish;
use crate::queue_agent::{QueueStanding, ReadyChange};
use crate::recording_rule::{OwnCallRecording, RecordAction};
use crate::registration::Registration;
use crate::simulation::{SimulateCall, Simulation};
use crate::trunk::TrunkStanding;
use crate::voicemail::VoicemailChange;
use crate::{CallId, ConferenceRoomId, ExtensionId, IpEntryId, Moment, RegistrationId, TenantId, TrunkId, VoicemailId};

/// A running call, for lists.
pub type LiveCall = CallRecord;

/// The tenant's running calls (CALL-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListLiveCalls {}
operation!(ListLiveCalls, Get, "/api/tenant/live-calls", TenantAdmin, Vec<LiveCall>);

/// The running calls of the caller's own extension, and those of the members of the groups that it manages (CALL-01, GRP-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListOwnLiveCalls {}
operation!(ListOwnLiveCalls, Get, "/api/user/live-calls", User, Vec<LiveCall>);

/// The running calls of all tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListAllLiveCalls {}
operation!(ListAllLiveCalls, Get, "/api/admin/live-calls", Admin, Vec<LiveCall>);

/// A question to the switch. It is answered between two packets; it never waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The running calls, of one tenant or of all.
    LiveCalls(Option<TenantId>),
    /// The bindings that have not run out, of one tenant or of all.
    Registrations(Option<TenantId>),
    /// The figures of each tenant.
    Counts,
    /// How many bindings each UDP socket has, by its number.
    DatagramDevices,
    /// The messages of this tenant's call, while it runs and a little longer.
    Ladder(TenantId, CallId),
    /// How often each entry of the IP list was met since the start.
    IpHits,
    /// How each trunk stands.
    Trunks,
    /// Ask this trunk now whether it is there; its standing tells the answer.
    LookAtTrunk(TrunkId),
    /// What a call of a tenant would do.
    Simulate(TenantId, Box<SimulateCall>),
    /// End this tenant's call.
    HangUp(TenantId, CallId),
    /// Let the first extension monitor the call of the second, at this level: its own devices ring.
    Monitor(TenantId, ExtensionId, ExtensionId, MonitorLevel),
    /// What this extension wants of the recording of its call, by the Call-ID that its phone has for it.
    RecordCall(TenantId, ExtensionId, String, RecordAction),
    /// What becomes of a message in the mailbox of an extension.
    ChangeVoicemail(TenantId, ExtensionId, VoicemailId, VoicemailChange),
    /// A message from one extension of the tenant to another: a text that was checked.
    SendMessage(TenantId, ExtensionId, ExtensionId, String),
    /// How each queue of a tenant stands; the figures of the day are the store's.
    Queues(TenantId),
    /// Set a member of a queue ready, or not.
    SetAgentReady(Box<ReadyChange>),
    /// How each room of a tenant stands in which somebody is.
    Conferences(TenantId),
    /// Do something in a room. Where somebody is named who asks, it must be a moderator of the room.
    ChangeConference(TenantId, ConferenceRoomId, Box<ConferenceChange>, Option<ExtensionId>),
    /// Tell these devices of the tenant something (`check-sync`); how far that has come is told by `PhonesTold`.
    TellPhones(TenantId, Vec<RegistrationId>, PhoneWord),
    /// What has become of it, by the bindings of the tenant that were told something in the last minute.
    PhonesTold(TenantId, Vec<RegistrationId>),
    /// Ring the devices of an extension of the tenant, on which a prompt or a greeting is recorded.
    RecordPrompt(TenantId, Box<PromptWish>),
}

/// The answer to an [`Ask`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `LiveCalls`.
    LiveCalls(Vec<LiveCall>),
    /// To `Registrations`.
    Registrations(Vec<Registration>),
    /// To `Counts`: only tenants with a call or a device.
    Counts(Vec<TenantCounts>),
    /// To `DatagramDevices`.
    DatagramDevices(BTreeMap<u64, u64>),
    /// To `Ladder`: none where the store knows more.
    Ladder(Option<Ladder>),
    /// To `Simulate`; none where there is no such tenant, or it broke.
    Simulation(Option<Box<Simulation>>),
    /// To `Trunks`.
    Trunks(BTreeMap<TrunkId, TrunkStanding>),
    /// To `LookAtTrunk`: is it being asked?
    Looking(bool),
    /// To `IpHits`.
    IpHits(BTreeMap<IpEntryId, u64>),
    /// To `RecordCall`: how it stands, or why nothing can be done, as a sentence; none where there is no such call.
    CallRecording(Option<Result<OwnCallRecording, String>>),
    /// To `ChangeVoicemail`: was there such a message?
    VoicemailChanged(bool),
    /// To `Monitor`: the devices ring, or why not, as a sentence.
    Monitoring(Result<(), String>),
    /// To `HangUp`: was there such a call?
    HungUp(bool),
    /// To `SendMessage`: the message as it is on its way, or why it is not, as a sentence.
    MessageSent(Result<Message, String>),
    /// To `Queues`, by the numbers of the queues; those to whom it is to be shown are the API's to tell.
    Queues(Vec<QueueStanding>),
    /// To `SetAgentReady`: is it a member of the queue?
    AgentReadySet(bool),
    /// To `Conferences`, by the numbers of the rooms.
    Conferences(Vec<ConferenceStanding>),
    /// To `ChangeConference`: done, or why not, as a sentence.
    ConferenceChanged(Result<(), String>),
    /// To `TellPhones` and `PhonesTold`: those that were told.
    PhonesTold(BTreeMap<RegistrationId, ToldStanding>),
    /// To `RecordPrompt`: the call by which the devices ring, or why not, as a sentence.
    PromptRinging(Result<CallId, String>),
}

/// What one tenant is doing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantCounts {
    /// Which tenant.
    pub tenant_id: TenantId,
    /// Its running calls.
    pub live_calls: u64,
    /// Its bindings.
    pub registrations: u64,
    /// Its extensions with at least one binding.
    pub extensions_online: u64,
}

/// What the browser says on `/api/live`; the first message of a connection must be `Hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum LiveRequest {
    /// Here is who I am; sent again with a fresh token before the old one runs out.
    Hello {
        /// The access token of the session.
        access_token: String,
    },
    /// Tell, or do not tell any more, how the people of my own tenant stand: a page shows them.
    WatchPeople {
        /// Tell?
        on: bool,
    },
}

/// How somebody stands, as others of the tenant may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// A device has registered.
    Online,
    /// A device has gone; whether another is left is for `ListPeople` to say.
    Gone,
    /// A call of theirs rings.
    Ringing,
    /// They talk.
    Talking,
    /// A call of theirs is over.
    Free,
}

/// What the server says on `/api/live`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "say", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "made once a message, written out at once and never kept")]
pub enum LiveMessage {
    /// The token was taken; facts follow. An admin hears all tenants, a tenant's administrator its own, a user those
    /// of its own calls and devices.
    Welcome {
        /// The server's time.
        now: Moment,
    },
    /// Something has happened.
    Fact {
        /// What, and whose.
        #[serde(flatten)]
        fact: TenantFact,
    },
    /// Somebody of the tenant stands differently; only after `WatchPeople`. Not whom they talk to.
    Person {
        /// Their number.
        number: String,
        /// How they stand.
        light: Light,
    },
    /// The people of the tenant are others, or are to be seen otherwise: load their list again. Only after `WatchPeople`.
    People,
    /// Somebody changed what is configured: a tenant came, changed or went, or an extension of it did. A user does not
    /// hear it.
    Changed {
        /// Whose; none for the installation's own settings.
        tenant_id: Option<TenantId>,
    },
    /// This connection was too slow and has missed facts: load the page's lists again.
    Missed,
    /// The token was not taken or has run out; the connection closes.
    Refused,
}
