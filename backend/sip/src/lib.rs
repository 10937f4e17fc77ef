//! SIP as RFC 3261 tells it: bytes in, bytes and events out.
//!
//! Map: [`Stack`] is the machine. `flow` says where bytes come from and go to; `view` reads a received message without
//! copying it, by way of `index` and `uri`; `message` composes one (the only file that knows rsip); `framing` cuts streams
//! into messages; `stun` answers those who keep a NAT open; `receive` lets a message in, `response` composes the answer to
//! one, `challenge` answers 401 and 407;
//! `transaction/` and `dialog/` hold the state machines; `method/` has one file per SIP method; `digest` proves who is
//! who; `redact` takes the secrets out of what is kept; `sent_by` is what peers are told to send to; `event` is what the
//! stack tells its user, which is the switch on the server and the softphone in the browser.
//!
//! **Invariant:** one call of a `handle_…` or of a verb, then drain [`Stack::poll_output`], then the next.
//! **Invariant:** no clock, no sockets, no dice of its own: `now` and a seed are handed in, so a seed replays exactly.

mod challenge;
mod dialog;
pub mod digest;
pub mod event;
pub mod flow;
pub mod framing;
mod index;
pub mod locate;
pub mod message;
mod method;
mod receive;
pub mod redact;
mod response;
mod rng;
mod sent_by;
pub mod stack;
pub mod stun;
mod timer;
mod transaction;
mod uri;
pub mod view;

pub use event::{DialogId, EndCause, Event, Fault, Guarded, Load, PRACK_MISSING, RequestId, TurnedAway};
pub use flow::{ConnectionId, Flow, Transport};
pub use message::{Header, NewRequest, Reply};
pub use method::SUBSCRIPTION_LEAP;
pub use sent_by::SentBy;
pub use stack::{Config, Output, Stack};
pub use uri::Uri;
pub use view::Message;
