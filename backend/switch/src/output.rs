//! What the switchboard wants done.

use bytes::Bytes;
use shared::TenantId;
use shared::fact::TenantFact;
use shared::live::Answer;
use sip::Flow;

/// One thing that the switchboard wants done.
#[derive(Debug)]
pub enum Output {
    /// Send one whole SIP message.
    Send {
        /// The way.
        flow: Flow,
        /// Its bytes.
        bytes: Bytes,
    },
    /// Close a stream connection.
    CloseFlow(Flow),
    /// For the media engine that has the call.
    Media(media::Order),
    /// To be stored and shown. A `Registered` is stored before its 200 has left for long (the shell batches both).
    Fact(Box<TenantFact>),
    /// The answer to `Input::Ask`.
    Reply {
        /// The number of the question.
        id: u64,
        /// The answer.
        answer: Answer,
    },
    /// A panic in a tenant's code: its calls were ended, its registrations kept. To be logged.
    Fault {
        /// The tenant.
        tenant: TenantId,
        /// The panic in words.
        what: String,
    },
    /// After `Input::Drain`: no call is left.
    Drained,
}
