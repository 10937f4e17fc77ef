//! What one call is doing now: a closed enum, each member with `enter` and `handle`.

pub mod fork;
pub mod info;
pub mod page;
pub mod park;
pub mod ring;
pub mod talk;
#[cfg(test)]
pub mod testing;
pub mod transfer;

use bytes::Bytes;
use media::{CodecPair, LegId};
use shared::reason::Reason;
use shared::simulation::Unanswered;
use sip::{EndCause, RequestId};

use crate::controls::Controls;
use crate::leg::Side;
pub use fork::{Batch, Rings};
pub use page::Page;
pub use park::Park;
pub use ring::Ring;
pub use talk::Talk;
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
    Onward(Result<Rings, Option<Ending>>),
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
    /// What is there to ring whoever has parked the call; nothing where nobody can be rung.
    Recalled(Rings),
    /// An administrator ends the call.
    HangUp,
    /// The tenant is no more.
    TenantRemoved,
    /// Time has come.
    Timeout,
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
        }
    }

    /// With whom a leg talks, while nothing else goes on.
    pub fn talks_with(&self, leg: LegId) -> Option<LegId> {
        match self {
            Self::Talk(talk) if talk.is_settled() => talk.peer(leg),
            Self::Ring(_) | Self::Talk(_) | Self::Transfer(_) | Self::Park(_) | Self::Page(_) => None,
        }
    }

    /// May somebody else answer what rings?
    pub fn is_open(&self) -> bool {
        match self {
            Self::Ring(ring) => ring.is_open(),
            Self::Transfer(transfer) => transfer.is_open(),
            Self::Park(park) => park.is_open(),
            Self::Talk(_) | Self::Page(_) => false,
        }
    }

    /// The slot in which somebody waits, and the side that is not there.
    pub fn parked(&self) -> Option<(&str, Side)> {
        match self {
            Self::Park(park) => Some(park.place()),
            Self::Ring(_) | Self::Talk(_) | Self::Transfer(_) | Self::Page(_) => None,
        }
    }

    /// Is whoever answers the one who is called, and not one of many?
    pub const fn is_for_one(&self) -> bool {
        !matches!(self, Self::Page(_))
    }
}
