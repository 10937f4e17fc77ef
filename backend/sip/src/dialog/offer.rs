//! Offers inside a dialog (RFC 3261, 14; RFC 3311; RFC 6337): at most one at a time in either direction.

use bytes::Bytes;

use crate::message::Header;
use crate::timer::TimerId;
use crate::transaction::{ClientId, ServerId};

/// How often an offer is tried again after 491.
pub(crate) const GLARES_MAX: u8 = 8;

/// Offers under way, and the descriptions in force.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// Theirs, that the user has to answer.
    pub incoming: Option<Incoming>,
    /// Ours.
    pub outgoing: Option<Outgoing>,
    /// Ours, that waits for the end of the one before.
    pub queued: Option<(Vec<Header>, Bytes)>,
    /// To try again after glare.
    pub glare: Option<TimerId>,
    /// The SDP that we sent last; a refresh repeats it.
    pub local: Bytes,
    /// The SDP that came last.
    pub remote: Bytes,
}

/// A re-INVITE or UPDATE of the peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming {
    pub server: ServerId,
    pub update: bool,
}

/// A re-INVITE or UPDATE of ours.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub body: Bytes,
    /// What the user wants said with it.
    pub headers: Vec<Header>,
    pub update: bool,
    /// Only to refresh the session: the user hears nothing of it.
    pub refresh: bool,
    /// None while it waits after glare.
    pub client: Option<ClientId>,
    pub glares: u8,
    /// Min-SE that a 422 asked for.
    pub min_se: u32,
}
