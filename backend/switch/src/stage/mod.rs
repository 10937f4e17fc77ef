//! What one call is doing now: a closed enum, each member with `enter` and `handle`.

pub mod alone;
pub mod callback;
pub mod conference;
pub mod dictate;
pub mod fork;
pub mod info;
pub mod invited;
pub mod lead;
pub mod leave;
pub mod listen;
pub mod monitor;
pub mod page;
pub mod park;
pub mod queue;
pub mod receptionist;
pub mod ring;
pub mod talk;
pub mod tell;
#[cfg(test)]
pub mod testing;
pub mod transfer;

use bytes::Bytes;
use media::{CodecPair, LegId};
use shared::ConferenceRoomId;
use shared::action_url::Instruction;
use shared::reason::Reason;
use shared::simulation::Unanswered;
use sip::{EndCause, RequestId};

use crate::controls::Controls;
use crate::leg::Side;
use crate::pin_guard::PinVerdict;
pub use callback::Callback;
pub use conference::{Conference, ConferenceAct, Door, Told};
pub use dictate::{Dictate, Dictation, DictationAct};
pub use fork::{Batch, Rings};
pub use invited::Invited;
pub use leave::{Leave, Letterbox};
pub use listen::{Listen, OwnMailbox};
pub use monitor::{Monitor, Watching};
pub use page::Page;
pub use park::Park;
pub use queue::{QueueNews, Queueing, Visit};
pub use receptionist::{Menu, Reception};
pub use ring::Ring;
pub use talk::Talk;
pub use tell::{AgentCode, News, StatusCode, Tell};
pub use transfer::{Asked, Goal, Transfer};

/// What has happened to one leg of a call, or to the call.
#[derive(Debug)]
pub enum Event {
    /// It is taken care of (100).
    Trying(LegId),
    /// A provisional response, with a description or none.
    Progress(LegId, u16, Bytes),
    /// A device answered, with its description.
    Answered(LegId, Bytes),
    /// A device refused or could not be reached.
    Failed(LegId, u16),
    /// A device could not be reached: no answer came (408), or nothing could be sent (503).
    Unreached(LegId, u16),
    /// The caller's device never confirmed that it was told of the ringing.
    Unconfirmed(LegId),
    /// A device sent the call on, with this status, to these legs; none where it may not be followed.
    Redirected(LegId, u16, Vec<Vec<LegId>>),
    /// What the call goes on with that nobody has answered; or how it ends, where not as it would have.
    Onward(Result<Onto, Option<Ending>>),
    /// The caller gave up.
    Cancelled(LegId),
    /// The peer acknowledged our 200, with an answer where we had offered.
    Acknowledged(LegId, Bytes),
    /// The peer wants a new description; empty asks for an offer of ours.
    Offered(LegId, Bytes),
    /// A new offer of ours was answered, with this description.
    OfferAnswered(LegId, Bytes),
    /// A new offer of ours was refused; the session stands as before.
    OfferRefused(LegId, u16),
    /// The leg asks for a transfer that may be made.
    Transfer(Box<Asked>),
    /// Another call has taken the leg over for good.
    Taken(LegId),
    /// An established dialog is over.
    Ended(LegId, EndCause),
    /// INFO: its content type and body.
    Info(LegId, RequestId, String, Bytes),
    /// Media: our offer.
    MediaOffer(LegId, Bytes),
    /// Media: our answer.
    MediaAnswer(LegId, Bytes),
    /// Media: offer and answer are done.
    Ready(LegId),
    /// Media: the peer's description cannot be used.
    Rejected(LegId, Reason, String),
    /// Media: what the leg's peer offers beside its sound, or instead, is to be offered to the other leg first.
    PassOn(LegId),
    /// Media: two legs hear each other.
    Connected(CodecPair),
    /// Media: the peer put us on hold, or took us off.
    Held(LegId, bool),
    /// Media: the peer has pressed a key.
    Digit(LegId, char),
    /// Media: all of the saying with this number is said.
    Said(LegId, u32),
    /// Media: what is recorded of the leg has been silent for long.
    Hushed(LegId),
    /// Media: the leg is a fax machine that calls.
    FaxCalls(LegId),
    /// Media: nothing is heard from any leg.
    Silent(u64),
    /// The leg's connection is gone.
    FlowLost(LegId),
    /// The leg's device is back on another connection.
    FlowBack(LegId),
    /// The same person takes leg `.0` over on the new leg `.1`, whose offer this is.
    Replace(LegId, LegId, Bytes),
    /// Somebody else answers, on this leg, with this offer; or takes what is parked.
    PickedUp(LegId, Bytes),
    /// What the server of a receptionist's entry wants done, by the number of the question; an error where it cannot be followed.
    Instructed(u32, Result<Instruction, String>),
    /// What was monitored is over.
    MonitorEnded,
    /// What is there to ring whoever has parked the call; nothing where nobody can be rung.
    Recalled(Rings),
    /// What goes on in the conference room that the call is in, or comes to.
    Conference(Told),
    /// What comes of a PIN.
    Pin(PinVerdict),
    /// A queue has something to say.
    Queue(QueueNews),
    /// What was recorded is kept, or why not, as a sentence.
    PromptKept(Result<(), String>),
    /// An administrator ends the call.
    HangUp,
    /// The tenant is no more.
    TenantRemoved,
    /// Time has come.
    Timeout,
}

/// What a call goes on with.
#[derive(Debug)]
pub enum Onto {
    /// Somebody rings.
    Rings(Rings),
    /// Somebody of the house answers.
    Hosted(Box<Hosted>),
}

impl Onto {
    /// All legs that were made for it.
    pub fn legs(self) -> impl Iterator<Item = LegId> {
        let rings = match self {
            Self::Rings(rings) => Some(rings),
            Self::Hosted(_) => None,
        };
        rings.into_iter().flat_map(Rings::legs)
    }
}

/// Who of the house answers, with all that is needed for it.
#[derive(Debug)]
pub enum Hosted {
    /// A receptionist.
    Receptionist(Menu),
    /// A mailbox takes a message.
    Leave(Letterbox),
    /// A mailbox is listened to.
    Mailbox(Box<OwnMailbox>),
    /// A conference room.
    Conference(Door),
    /// A queue.
    Queue(Box<Visit>),
    /// Somebody is told how ready it is.
    Agent(AgentCode),
    /// Somebody is told what its status is.
    Status(StatusCode),
    /// The call of somebody else is listened to.
    Monitor(Watching),
}

impl Hosted {
    /// The stage for a caller and its offer, which does not count where it is answered.
    pub fn stage(self, leg: LegId, offer: Bytes) -> Stage {
        match self {
            Self::Receptionist(menu) => Stage::Reception(Box::new(Reception::new(leg, offer, menu))),
            Self::Leave(letterbox) => Stage::Leave(Box::new(Leave::new(leg, offer, letterbox))),
            Self::Queue(visit) => Stage::Queue(Box::new(Queueing::new(leg, offer, *visit))),
            Self::Agent(code) => Stage::Tell(Box::new(Tell::new(leg, offer, News::Agent(code)))),
            Self::Status(code) => Stage::Tell(Box::new(Tell::new(leg, offer, News::Status(code)))),
            Self::Mailbox(mailbox) => Stage::Listen(Box::new(Listen::new(leg, offer, *mailbox))),
            Self::Conference(door) => Stage::Conference(Box::new(Conference::new(leg, offer, door))),
            Self::Monitor(watching) => Stage::Monitor(Box::new(Monitor::new(leg, offer, watching))),
        }
    }
}

/// Why a call ends.
#[derive(Debug, PartialEq, Eq)]
pub struct Ending {
    /// The code.
    pub reason: Reason,
    /// What fills `{rule}`.
    pub rule: String,
    /// What fills `{value}`.
    pub value: String,
    /// What a caller that was not answered is told.
    pub status: u16,
}

impl Ending {
    /// A reason, a value and a status.
    pub fn new(reason: Reason, value: impl Into<String>, status: u16) -> Self {
        Self { reason, rule: String::new(), value: value.into(), status }
    }

    /// How the devices of somebody have failed the call that ends so.
    pub const fn unanswered(&self) -> Unanswered {
        match self.reason {
            Reason::DeviceBusy | Reason::DeviceDeclined => Unanswered::Busy,
            Reason::DeviceUnreachable | Reason::DeviceDisconnected => Unanswered::Unreachable,
            _ => Unanswered::NoAnswer,
        }
    }
}

/// What comes after an event.
#[derive(Debug)]
pub enum Next {
    /// The stage goes on.
    Stay,
    /// Another stage.
    Go(Stage),
    /// The call is over.
    End(Ending),
}

/// What one call is doing now.
#[derive(Debug)]
pub enum Stage {
    /// Devices ring.
    Ring(Ring),
    /// Two talk.
    Talk(Talk),
    /// One of two who talk is being replaced by somebody else.
    Transfer(Box<Transfer>),
    /// One of two who talked waits in a slot.
    Park(Box<Park>),
    /// One speaks out of the telephones of many.
    Page(Box<Page>),
    /// A receptionist leads on.
    Reception(Box<Reception>),
    /// A message is left.
    Leave(Box<Leave>),
    /// A mailbox is listened to.
    Listen(Box<Listen>),
    /// One takes part in a conference.
    Conference(Box<Conference>),
    /// Somebody is called who is to take part in one.
    Invited(Box<Invited>),
    /// Somebody is in a queue.
    Queue(Box<Queueing>),
    /// Somebody is told something.
    Tell(Box<Tell>),
    /// Somebody is called back.
    Callback(Box<Callback>),
    /// The call of somebody else is listened to.
    Monitor(Box<Monitor>),
    /// Somebody records a prompt or a greeting.
    Dictate(Box<Dictate>),
}

impl Stage {
    /// Begins.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        match self {
            Self::Ring(ring) => ring.enter(controls),
            Self::Talk(talk) => talk.enter(controls),
            Self::Transfer(transfer) => transfer.enter(controls),
            Self::Park(park) => park.enter(controls),
            Self::Page(page) => page.enter(controls),
            Self::Reception(reception) => reception.enter(controls),
            Self::Leave(leave) => leave.enter(controls),
            Self::Listen(listen) => listen.enter(controls),
            Self::Conference(conference) => conference.enter(controls),
            Self::Invited(invited) => invited.enter(controls),
            Self::Queue(queue) => queue.enter(controls),
            Self::Tell(tell) => tell.enter(controls),
            Self::Callback(callback) => callback.enter(controls),
            Self::Monitor(monitor) => monitor.enter(controls),
            Self::Dictate(dictate) => dictate.enter(controls),
        }
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match self {
            Self::Ring(ring) => ring.handle(event, controls),
            Self::Talk(talk) => talk.handle(event, controls),
            Self::Transfer(transfer) => transfer.handle(event, controls),
            Self::Park(park) => park.handle(event, controls),
            Self::Page(page) => page.handle(event, controls),
            Self::Reception(reception) => reception.handle(event, controls),
            Self::Leave(leave) => leave.handle(event, controls),
            Self::Listen(listen) => listen.handle(event, controls),
            Self::Conference(conference) => conference.handle(event, controls),
            Self::Invited(invited) => invited.handle(event, controls),
            Self::Queue(queue) => queue.handle(event, controls),
            Self::Tell(tell) => tell.handle(event, controls),
            Self::Callback(callback) => callback.handle(event, controls),
            Self::Monitor(monitor) => monitor.handle(event, controls),
            Self::Dictate(dictate) => dictate.handle(event, controls),
        }
    }

    /// With whom a leg talks, while nothing else goes on.
    pub fn talks_with(&self, leg: LegId) -> Option<LegId> {
        match self {
            Self::Talk(talk) if talk.is_settled() => talk.peer(leg),
            _ => None,
        }
    }

    /// May somebody else answer what rings?
    pub fn is_open(&self) -> bool {
        match self {
            Self::Ring(ring) => ring.is_open(),
            Self::Transfer(transfer) => transfer.is_open(),
            Self::Park(park) => park.is_open(),
            Self::Reception(reception) => reception.is_open(),
            Self::Queue(queue) => queue.is_open(),
            Self::Callback(callback) => callback.is_open(),
            Self::Talk(_)
            | Self::Page(_)
            | Self::Leave(_)
            | Self::Listen(_)
            | Self::Conference(_)
            | Self::Monitor(_)
            | Self::Dictate(_)
            | Self::Tell(_)
            | Self::Invited(_) => false,
        }
    }

    /// The slot in which somebody waits, and the side that is not there.
    pub fn parked(&self) -> Option<(&str, Side)> {
        match self {
            Self::Park(park) => Some(park.place()),
            _ => None,
        }
    }

    /// The conference room that it takes part in, or is to.
    pub const fn conference(&self) -> Option<ConferenceRoomId> {
        match self {
            Self::Conference(conference) => conference.room(),
            Self::Invited(invited) => Some(invited.room()),
            _ => None,
        }
    }

    /// Is it the server alone that has answered?
    pub const fn is_of_the_house(&self) -> bool {
        matches!(
            self,
            Self::Reception(_)
                | Self::Leave(_)
                | Self::Listen(_)
                | Self::Conference(_)
                | Self::Queue(_)
                | Self::Tell(_)
                | Self::Callback(_)
                | Self::Monitor(_)
                | Self::Dictate(_)
        )
    }

    /// Is whoever answers the one who is called, and not one of many?
    pub const fn is_for_one(&self) -> bool {
        !matches!(self, Self::Page(_))
    }
}
