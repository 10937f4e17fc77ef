//! One end of a call.

use std::time::Duration;

use media::{LegId, LegKind, Protection};
use shared::{CallId, ExtensionId, Moment, RegistrationId, TrunkId};
use sip::message::Credentials;
use sip::{DialogId, Flow, Transport};

use crate::presentation::Shown;
use crate::trunk::headers::Dialling;

/// Whose end it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The one who called.
    Caller,
    /// One who was called.
    Callee,
}

impl Side {
    /// The one across.
    pub const fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }

    /// As in `LegQuality::side`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
        }
    }
}

/// How far the leg's dialog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signalling {
    /// Nothing has been sent; a caller's leg never is.
    New,
    /// Its INVITE is open.
    Early,
    /// It was answered.
    Up,
    /// There is no dialog any more.
    Over,
}

/// How far the leg's media is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// The engine does not know of it.
    None,
    /// Opened.
    Open,
    /// Close was ordered, its figures are on the way.
    Closing,
    /// Gone.
    Closed,
}

/// Where a leg to a device goes, and what the device is told.
#[derive(Clone, Debug)]
pub struct Target {
    /// Who calls, as the device is told.
    pub shown: Shown,
    /// The contact URI: the Request-URI of the INVITE.
    pub contact: String,
    /// The Path of its registration: the Route of the INVITE (RFC 3327).
    pub path: Vec<String>,
    /// What is said instead to a trunk.
    pub outgoing: Option<Box<Outgoing>>,
}

/// What an INVITE to a trunk is made of.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its URI, addresses and headers.
    pub dialling: Dialling,
    /// To answer a challenge with.
    pub credentials: Option<Credentials>,
    /// How long it may say nothing at all.
    pub patience: Duration,
}

/// One end of a call: a dialog and a media leg.
#[derive(Clone, Debug)]
pub struct Leg {
    /// Its name in the media engine.
    pub id: LegId,
    /// Whose end.
    pub side: Side,
    /// The extension at this end; none for somebody outside.
    pub extension: Option<ExtensionId>,
    /// The trunk that it runs over, where somebody outside is at this end.
    pub trunk: Option<TrunkId>,
    /// The extension's number, or that of whoever is outside.
    pub number: String,
    /// The device in words, for traces.
    pub device: String,
    /// The binding that the device holds.
    pub registration: Option<RegistrationId>,
    /// The way to the device.
    pub flow: Flow,
    /// The dialog, once there is one.
    pub dialog: Option<DialogId>,
    /// Where its INVITE goes; none for a leg that came in.
    pub target: Option<Target>,
    /// How its sound is to be protected. What may be left out is asked for only where nobody else can hear the keys.
    pub protection: Protection,
    /// How far its dialog is.
    pub signalling: Signalling,
    /// Was it ever answered?
    pub answered: bool,
    /// How far its media is.
    pub media: Media,
    /// Since when its connection is gone.
    pub lost_at: Option<Moment>,
    /// Did the peer put us on hold?
    pub held: bool,
    /// Does the person at this end not want to be named to the other (RFC 3323)?
    pub private: bool,
    /// How many REFERs came from this end.
    pub refers: u32,
    /// The leg of another call whose dialog this is, until it is clear which of the two keeps it.
    pub borrowed: Option<(CallId, LegId)>,
}

impl Leg {
    /// What its media speaks to.
    pub fn kind(&self) -> LegKind {
        if is_websocket(self.flow.transport) { LegKind::Browser } else { LegKind::Phone }
    }
}

/// Does a browser stand at the other end?
pub const fn is_websocket(transport: Transport) -> bool {
    matches!(transport, Transport::Ws | Transport::Wss)
}
