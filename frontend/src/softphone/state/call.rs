//! One call of this browser: what the person sees of it, and what the machine knows besides.

use std::time::Duration;

use shared::Moment;
use sip::{DialogId, RequestId};

use super::left::LeftCall;

/// Names one call of this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub u64);

/// What a call is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// On its way; nothing rings yet.
    Calling,
    /// The other side rings.
    Ringing,
    /// It rings here and waits for the person.
    Incoming,
    /// Answered; the sound path is being made.
    Connecting,
    /// Both can talk.
    Talking,
    /// Over, and why.
    Ended(Ending),
}

/// How a call came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// The person here hung up or gave up.
    HungUp,
    /// The other side hung up.
    HungUpThere,
    /// It rang here and nobody answered.
    Missed,
    /// Another device of the same person took it.
    Elsewhere,
    /// The person here declined it.
    Declined,
    /// The person here handed it on to somebody else.
    Transferred,
    /// It could not be set up, or broke.
    Failed,
}

impl EndKind {
    /// How long the call stays on the screen when it has ended so.
    pub const fn linger(self) -> Duration {
        Duration::from_millis(match self {
            Self::HungUp | Self::Declined => 1_500,
            Self::HungUpThere | Self::Elsewhere | Self::Transferred => 4_000,
            Self::Missed | Self::Failed => 15_000,
        })
    }
}

/// The end of a call in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub kind: EndKind,
    /// One sentence.
    pub sentence: String,
    /// What the server said about it; may be empty.
    pub detail: String,
}

impl Ending {
    /// An ending with nothing more to say.
    pub fn new(kind: EndKind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into(), detail: String::new() }
    }
}

/// What the person sees of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// Which.
    pub key: CallKey,
    /// Was it dialled here?
    pub outgoing: bool,
    /// The Call-ID under which it runs here (RFC 3261, 8.1.1.4); empty until there is one.
    pub sip_call_id: String,
    /// The other side's number.
    pub number: String,
    /// The other side's name; may be empty.
    pub name: String,
    /// What it is doing.
    pub stage: Stage,
    /// It was answered by itself, because whoever calls asks for that.
    pub by_itself: bool,
    /// The microphone is shut.
    pub muted: bool,
    /// The person here has put it on hold.
    pub held: bool,
    /// The other side has put it on hold.
    pub held_by_peer: bool,
    /// The other side's own ringing or announcement is heard before the answer.
    pub early_media: bool,
    /// The sound path broke and is being made again.
    pub interrupted: bool,
    /// When it was dialled or came in.
    pub began_at: Moment,
    /// When it was answered.
    pub answered_at: Option<Moment>,
    /// It is being handed on to this number or person.
    pub transferring: Option<String>,
    /// What is wrong and what to do about it; the call goes on.
    pub trouble: Option<String>,
}

impl CallView {
    /// The state as one word, for `data-state` and for style.
    pub fn state(&self) -> &'static str {
        match self.stage {
            Stage::Connecting | Stage::Talking if self.transferring.is_some() => "transferring",
            Stage::Calling => "calling",
            Stage::Ringing => "ringing",
            Stage::Incoming => "incoming",
            Stage::Connecting if !self.held => "connecting",
            Stage::Talking if !self.held => "talking",
            Stage::Connecting | Stage::Talking => "held",
            Stage::Ended(_) => "ended",
        }
    }

    /// The state in plain words.
    pub fn sentence(&self) -> String {
        match &self.stage {
            Stage::Calling => "Calling…".into(),
            Stage::Ringing => "Ringing…".into(),
            Stage::Incoming => "Incoming call".into(),
            Stage::Ended(ending) => ending.sentence.clone(),
            _ if self.interrupted => "Reconnecting…".into(),
            Stage::Connecting | Stage::Talking if self.transferring.is_some() => {
                format!("Transferring to {}…", self.transferring.as_deref().unwrap_or_default())
            }
            _ if self.held => "On hold".into(),
            _ if self.held_by_peer => "The other side has put you on hold".into(),
            Stage::Connecting => "Connecting…".into(),
            Stage::Talking if self.by_itself => "Answered by itself".into(),
            Stage::Talking => "Talking".into(),
        }
    }

    /// The name, or the number where there is none.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.number } else { &self.name }
    }

    /// Not over.
    pub fn is_live(&self) -> bool {
        !matches!(self.stage, Stage::Ended(_))
    }

    /// Answered and not over.
    pub fn is_answered(&self) -> bool {
        matches!(self.stage, Stage::Connecting | Stage::Talking)
    }
}

/// Whose turn it is in the exchange of session descriptions (RFC 3264).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    /// Nobody's.
    #[default]
    Idle,
    /// Our offer for the INVITE is being made.
    InviteOffer,
    /// Our answer for the 200 is being made; with the flag set it is an offer, because the INVITE had none.
    AcceptBody(bool),
    /// Our new offer is being made, for this state of hold.
    Reoffer(bool),
    /// Our new offer is with the other side.
    Reoffered(bool),
    /// Our answer to a new offer, or the new offer that was asked for, is being made.
    Reanswer,
}

/// A call and what the machine knows of it.
#[derive(Debug)]
pub(super) struct Call {
    pub view: CallView,
    pub dialog: Option<DialogId>,
    pub step: Step,
    /// The offer of the INVITE that awaits our answer; empty when it had none.
    pub offer: String,
    /// The extension that the call of the page before this one belongs to.
    pub left_number: String,
    /// The last answer that came before the 200.
    pub early_answer: String,
    /// Another offer is due as soon as the present exchange is over; with the flag set, with new ICE credentials.
    pub due: Option<bool>,
    /// The call of the page before this one that is to be taken up again.
    pub left: Option<LeftCall>,
    /// When an ended call leaves the screen, or an established one without sound gets its hint.
    pub wake_at: Option<Moment>,
    /// The sound path stands.
    pub connected: bool,
    /// How often the sound path was made again since it last stood.
    pub restarts: u8,
    /// The REFER that awaits its response.
    pub refer: Option<RequestId>,
}

impl Call {
    pub fn new(key: CallKey, outgoing: bool, number: String, name: String, now: Moment) -> Self {
        let stage = if outgoing { Stage::Calling } else { Stage::Incoming };
        let view = CallView {
            key,
            outgoing,
            sip_call_id: String::new(),
            number,
            name,
            stage,
            by_itself: false,
            muted: false,
            held: false,
            held_by_peer: false,
            early_media: false,
            interrupted: false,
            began_at: now,
            answered_at: None,
            transferring: None,
            trouble: None,
        };
        Self {
            view,
            dialog: None,
            step: Step::Idle,
            offer: String::new(),
            left_number: String::new(),
            early_answer: String::new(),
            due: None,
            left: None,
            wake_at: None,
            connected: false,
            restarts: 0,
            refer: None,
        }
    }
}
