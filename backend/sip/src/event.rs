//! What the stack tells its user.

use bytes::Bytes;

use crate::flow::Flow;
use crate::transaction::Arrival;
use crate::view::{Malformed, Message};

/// A dialog in the making or made: one end of one call as SIP sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId(pub u64);

/// A request that awaits its final response: a received one that the user answers with [`crate::Stack::respond`], or a
/// sent one whose response comes as [`Event::Response`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A request inside a dialog that waits at the gate, see [`Event::Guarded`].
#[derive(Clone, Debug)]
pub struct Guarded(pub(crate) Arrival);

impl Guarded {
    /// The request.
    pub const fn message(&self) -> &Message {
        &self.0.message
    }

    /// Where it came from.
    pub const fn flow(&self) -> Flow {
        self.0.flow
    }
}

/// Why a dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// The peer sent BYE; its whole Reason header, if any.
    Bye(Option<String>),
    /// The peer never acknowledged the 200 (RFC 3261, 13.3.1.4); the stack has sent BYE.
    AckMissing,
    /// The session timer ran out (RFC 4028); the stack has sent BYE.
    SessionTimer,
    /// A request inside the dialog was answered 408 or 481, or could not be sent.
    Unreachable,
}

/// The Reason header of [`Event::Cancelled`] where a reliable provisional response was never acknowledged.
pub const PRACK_MISSING: &str = "SIP;cause=504;text=\"PRACK missing\"";

/// Why the stack refused a request by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be read.
    Malformed(Malformed),
    /// It is not `SIP/2.0`.
    Version,
    /// Its method is none that is known.
    Method,
    /// The scheme of its Request-URI is none that is known.
    Scheme,
    /// It requires extensions that are not known: which.
    Extension(String),
    /// A Contact of it cannot be read.
    Contact,
    /// It has passed too many servers.
    Hops,
    /// It came by two ways (RFC 3261, 8.2.2.2).
    Merged,
    /// Its body is no session description, but of this type.
    Body(String),
    /// It takes no session description as an answer.
    Accept,
    /// It asks for a session timer below the least (RFC 4028).
    SessionInterval,
    /// There are as many as may be: `dialogs` or `transactions`.
    Full(&'static str),
}

/// Why a request came no further than the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnedAway {
    /// By what its sender calls itself; it was not answered.
    UserAgent,
    /// There is too much to do; it was answered 503.
    Load,
}

/// How much there is to do, beside what can be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Load {
    /// Everything is served.
    #[default]
    Light,
    /// What begins something is answered 503; what runs goes on, and so do registrations that stand.
    Heavy,
    /// Only what ends or settles something is served: ACK, CANCEL, BYE and PRACK, and responses.
    Overwhelming,
}

/// What has happened on the wire. The stack answers by itself what needs no decision: 100, 200 to BYE and CANCEL, 487,
/// ACK, PRACK and its 200, session refreshes, 405, 481, 482, 483, 501 and malformed requests.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request other than INVITE, ACK, CANCEL, BYE, PRACK and UPDATE, in a dialog (INFO, REFER, NOTIFY, MESSAGE …) or
    /// outside one (REGISTER, OPTIONS, MESSAGE, SUBSCRIBE …). Answer it with [`crate::Stack::respond`].
    Request {
        /// To answer with.
        request: RequestId,
        /// The dialog it belongs to. A SUBSCRIBE makes one, for NOTIFY by [`crate::Stack::request_in_dialog`]: a 2xx keeps
        /// it until 32 s after Expires, any other response drops it, and so does [`crate::Stack::bye`].
        dialog: Option<DialogId>,
        /// The request.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// Only with `Config::guard_dialogs`: a request inside a dialog, before anything has come of it. Let it go on with
    /// [`crate::Stack::admit`], or answer it with [`crate::Stack::turn_away`].
    Guarded {
        /// The dialog that it says to belong to.
        dialog: DialogId,
        /// The request.
        request: Guarded,
    },
    /// A request was refused before anything came of it; its answer has been sent. Nothing has to be done.
    Refused {
        /// The request, as far as it can be read.
        message: Message,
        /// Where it came from.
        flow: Flow,
        /// The status of the answer.
        status: u16,
        /// Why.
        fault: Fault,
    },
    /// The peer has our INVITE and is at it (100).
    Trying {
        /// The dialog in the making.
        dialog: DialogId,
    },
    /// An INVITE that begins a call; 100 has been sent. Answer with `ring`, `accept` or `reject`.
    Invited {
        /// The dialog in the making.
        dialog: DialogId,
        /// The INVITE.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// The caller gave up; 200 to the CANCEL and 487 to the INVITE have been sent. The dialog is gone. So it is when a
    /// reliable provisional response was never acknowledged: then 504 has been sent, and the reason says so.
    Cancelled {
        /// The dialog.
        dialog: DialogId,
        /// Its whole Reason header.
        reason: Option<String>,
    },
    /// The ACK to our 200 arrived; with a body when the 200 carried an offer. For a re-INVITE only if so. The PRACK to a
    /// reliable provisional response that carried an offer is told as this too, before the call is answered.
    Acknowledged {
        /// The dialog.
        dialog: DialogId,
        /// The answer to our offer.
        body: Option<Bytes>,
    },
    /// A provisional response other than 100 to our INVITE; a reliable one has been acknowledged (RFC 3262).
    Progress {
        /// The dialog.
        dialog: DialogId,
        /// 101–199.
        status: u16,
        /// The response.
        message: Message,
    },
    /// A 2xx to our INVITE; the ACK has been sent, unless our INVITE carried no offer: then `acknowledge` must be called
    /// with the answer.
    Answered {
        /// The dialog.
        dialog: DialogId,
        /// The response.
        message: Message,
    },
    /// Our INVITE came to nothing: its final response, or 408 when none came, 503 when it could not be sent, 487 when it
    /// was cancelled. The dialog is gone.
    Failed {
        /// The dialog.
        dialog: DialogId,
        /// 300–699.
        status: u16,
        /// The response, if there was one.
        message: Option<Message>,
    },
    /// A re-INVITE or UPDATE with an offer (or a re-INVITE without: then an offer is wanted). Answer with `answer` or
    /// `refuse_offer`. One without a body that only refreshes the session has been answered by the stack.
    Offered {
        /// The dialog.
        dialog: DialogId,
        /// The request.
        message: Message,
        /// Where it came from: the flow of the dialog follows it.
        flow: Flow,
    },
    /// Our re-INVITE or UPDATE was answered; the ACK has been sent. Glare (491) has been tried again by the stack.
    OfferAnswered {
        /// The dialog.
        dialog: DialogId,
        /// The response.
        message: Message,
    },
    /// Our re-INVITE or UPDATE was refused; the session stands as before.
    OfferRefused {
        /// The dialog.
        dialog: DialogId,
        /// 300–699.
        status: u16,
    },
    /// Both sides made an offer at the same moment (RFC 3261, 14.1): one was answered 491 and is made again by its side. To be
    /// known only; nothing is to be done.
    Glare {
        /// The dialog.
        dialog: DialogId,
    },
    /// An established dialog is over.
    Ended {
        /// The dialog.
        dialog: DialogId,
        /// Why.
        cause: EndCause,
    },
    /// A request that the stack has turned away.
    TurnedAway {
        /// The request.
        message: Message,
        /// Where it came from.
        flow: Flow,
        /// Why.
        why: TurnedAway,
    },
    /// The final response to a request of ours outside INVITE; 408 when none came, 503 when it could not be sent.
    Response {
        /// Which request.
        request: RequestId,
        /// 200–699.
        status: u16,
        /// The response, if there was one.
        message: Option<Message>,
    },
}
