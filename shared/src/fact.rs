//! What has happened in a tenant: stored, shown live and (later) sent as webhook, from one value.

use serde::{Deserialize, Serialize};

use crate::call_record::CallRecord;
use crate::event::Event;
use crate::ip_list::IpEntry;
use crate::ladder::Ladder;
use crate::message::Message;
use crate::monitor::MonitorLevel;
use crate::presence::PresenceStatus;
use crate::prompt::Prompt;
use crate::queue_agent::AgentStanding;
use crate::queue_call::QueueCall;
use crate::reason::TraceStep;
use crate::receptionist::ReceptionistWay;
use crate::recording::{Recording, RecordingPause};
use crate::registration::{Registration, RegistrationRefusal};
use crate::subscription::Subscription;
use crate::trunk::TrunkStanding;
use crate::voicemail::Voicemail;
use crate::{
    CallId, ConferenceRoomId, ExtensionId, MessageId, Moment, NuisanceId, ReceptionistId, RecordingId, RegistrationId,
    SoundId, SubscriptionId, TenantId, TrunkId, VoicemailId,
};

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A call came in; its record is open from now on.
    CallStarted {
        /// The record as it stands.
        record: CallRecord,
        /// The decisions so far, for the store alone: pages get them with the call.
        #[serde(skip)]
        trace: Vec<TraceStep>,
    },
    /// A running call rang, was answered, was held, or its recording paused or went on: its record as it stands now.
    CallChanged {
        /// The record as it stands.
        record: CallRecord,
        /// The decisions so far, for the store alone: pages get them with the call.
        #[serde(skip)]
        trace: Vec<TraceStep>,
    },
    /// Running calls were alive; the store notes when, so that a crash can be told from a long call.
    CallsAlive {
        /// Which.
        calls: Vec<CallId>,
    },
    /// A call is over; its record is closed.
    CallEnded {
        /// The closed record.
        record: CallRecord,
        /// The decisions on its way, oldest first.
        trace: Vec<TraceStep>,
    },
    /// Messages of a call were captured: the store keeps them, pages ask for them.
    CallCaptured {
        /// Which call.
        call_id: CallId,
        /// The extensions at its ends.
        extension_ids: Vec<ExtensionId>,
        /// What is new: all lanes, and the messages since the last time.
        #[serde(skip)]
        piece: Ladder,
    },
    /// A device registered or renewed.
    Registered {
        /// The binding.
        registration: Registration,
    },
    /// A device signed off, ran out or was removed.
    Unregistered {
        /// Which binding.
        registration_id: RegistrationId,
        /// The number it was bound to.
        number: String,
    },
    /// A phone watches somebody, or goes on doing so: for the store alone.
    Subscribed {
        /// What goes on after a restart.
        subscription: Box<Subscription>,
    },
    /// A phone watches no more: for the store alone.
    Unsubscribed {
        /// Which subscription.
        subscription_id: SubscriptionId,
    },
    /// Somebody has written to somebody: heard by these two only.
    MessageSent {
        /// What.
        message: Message,
    },
    /// A device has taken a message.
    MessageDelivered {
        /// Which.
        message_id: MessageId,
        /// Who had written it.
        sender_id: ExtensionId,
        /// Whose device it was.
        receiver_id: ExtensionId,
    },
    /// A call is recorded from now on: heard by those at its ends and by administrators.
    RecordingBegun {
        /// What is known of it.
        recording: Recording,
    },
    /// It is left out of its recording from now on, or kept again: for the store alone, so that a process that is killed does not take with
    /// it what is known of the pauses.
    RecordingPaused {
        /// Which.
        recording_id: RecordingId,
        /// What was left out until now; where the call is paused, the last of them has no length yet.
        pauses: Vec<RecordingPause>,
    },
    /// It is recorded no more.
    RecordingEnded {
        /// Which.
        recording_id: RecordingId,
        /// The extensions at the call's ends.
        extension_ids: Vec<ExtensionId>,
        /// Its sound.
        sound_id: SoundId,
        /// How long it is.
        millis: u64,
        /// What was left out of it.
        #[serde(default)]
        pauses: Vec<RecordingPause>,
    },
    /// Somebody monitors a call, or does so at another level: for the activity log, and heard by the company's administrators (CTI-08).
    CallMonitored {
        /// The call of the one who monitors.
        call_id: CallId,
        /// Who.
        supervisor_id: ExtensionId,
        /// Its number.
        supervisor: String,
        /// Whose call, by the number.
        extension: String,
        /// How.
        level: MonitorLevel,
    },
    /// Somebody begins to leave a message: for the store alone, so that it is not lost.
    VoicemailBegun {
        /// What is known of it.
        #[serde(skip)]
        voicemail: Option<Box<Voicemail>>,
    },
    /// Somebody has set its own status by telephone (EXT-21): for the store alone, which tells that the plan is another.
    StatusSet {
        /// Who.
        extension_id: ExtensionId,
        /// To this.
        status: PresenceStatus,
    },
    /// A message was left: heard by whoever it is for alone.
    VoicemailLeft {
        /// It.
        voicemail: Voicemail,
    },
    /// A message was heard, or counts as new again.
    VoicemailHeard {
        /// Which.
        voicemail_id: VoicemailId,
        /// Whose.
        extension_id: ExtensionId,
        /// When; none where it counts as new.
        heard_at: Option<Moment>,
    },
    /// A message is no more, or has never come to be one.
    VoicemailRemoved {
        /// Which.
        voicemail_id: VoicemailId,
        /// Whose.
        extension_id: ExtensionId,
        /// Its sound.
        sound_id: SoundId,
    },
    /// An extension's telephone has recorded a greeting (EXT-07).
    GreetingRecorded {
        /// Whose.
        extension_id: ExtensionId,
        /// Its sound.
        sound_id: SoundId,
        /// How long it is.
        millis: u64,
    },
    /// An extension's telephone has gone back to the system's greeting.
    GreetingDropped {
        /// Whose.
        extension_id: ExtensionId,
    },
    /// What was recorded by telephone was kept, as a prompt of the tenant or as a greeting (IVR-02, EXT-07): its row is there, and pages show it.
    /// A prompt is heard of by the tenant's administrators, a greeting by its own person.
    PromptRecorded {
        /// It.
        prompt: Prompt,
    },
    /// A call of a queue has entered it, is late, rings somebody, was answered or is over: as it stands now. Heard by administrators and
    /// by the managers of the queue.
    QueueCallChanged {
        /// It.
        queue_call: QueueCall,
        /// Who manages the queue.
        #[serde(skip)]
        managers: Vec<ExtensionId>,
    },
    /// A member of a queue stands otherwise than before: heard by it, by administrators and by the managers of the queue.
    AgentChanged {
        /// How it stands.
        agent: AgentStanding,
        /// Who manages the queue.
        #[serde(skip)]
        managers: Vec<ExtensionId>,
    },
    /// A nuisance was met once more (HAR-03): for the store alone.
    NuisanceMet {
        /// Which.
        nuisance_id: NuisanceId,
    },
    /// A room stands otherwise than before: heard by administrators and by the extensions that are in it or moderate it; pages ask how.
    ConferenceChanged {
        /// Which.
        room_id: ConferenceRoomId,
        /// Who hears of it.
        #[serde(skip)]
        extension_ids: Vec<ExtensionId>,
    },
    /// Others speak in a room than before.
    ConferenceSpeakers {
        /// Which.
        room_id: ConferenceRoomId,
        /// The calls of those who speak.
        speakers: Vec<CallId>,
        /// Who hears of it.
        #[serde(skip)]
        extension_ids: Vec<ExtensionId>,
    },
    /// The last has left a temporary room (CONF-18): the store removes it.
    TemporaryConferenceOver {
        /// Which.
        room_id: ConferenceRoomId,
    },
    /// A caller goes a way in a receptionist (IVR-09): heard by administrators, and not kept, for the trace of the call has it.
    ReceptionistMoved {
        /// Whose call.
        call_id: CallId,
        /// Which receptionist.
        receptionist_id: ReceptionistId,
        /// The caller, where it is an extension.
        caller_extension_id: Option<ExtensionId>,
        /// Which way.
        way: ReceptionistWay,
    },
    /// A trunk stands otherwise than before (TRK-01): the tenant is its owner, where it has one.
    TrunkChanged {
        /// Which.
        trunk_id: TrunkId,
        /// Its name.
        name: String,
        /// How it stands.
        standing: TrunkStanding,
    },
    /// A registration was refused.
    RegistrationRefused {
        /// The refusal, `count` being what to add.
        refusal: RegistrationRefusal,
        /// The messages of the latest, for the store alone.
        #[serde(skip)]
        ladder: Ladder,
    },
    /// A line was added to the event log, or the same happened again.
    EventHappened {
        /// The line as it stands.
        event: Event,
    },
    /// An address has passed a limit of the security settings and is blocked (SEC-06).
    AddressBlocked {
        /// Which, why and until when.
        entry: IpEntry,
    },
}

/// A fact and whose it is. In JSON the fact lies flat in it: no field of a fact may have a name of one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantFact {
    /// Whose; none where no tenant was found.
    pub tenant_id: Option<TenantId>,
    /// When.
    pub at: Moment,
    /// What.
    #[serde(flatten)]
    pub fact: Fact,
}
