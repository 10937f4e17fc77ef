//! What the switchboard wants done.

use std::time::Duration;

use bytes::Bytes;
use media::SoundFile;
use shared::fact::TenantFact;
use shared::live::Answer;
use shared::prompt::PromptWish;
use shared::{CallId, TenantId};
use sip::Flow;

use crate::plan::Secret;

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
    /// Ask somebody's server; `Input::Web` brings the answer.
    Web(Box<WebRequest>),
    /// Keep what a telephone has recorded as a prompt or a greeting; `Input::PromptKept` tells what has become of it.
    KeepPrompt(Box<PromptTake>),
    /// Remove what a telephone has recorded: nobody wants it.
    DropTake(SoundFile),
    /// After `Input::Drain`: no call is left.
    Drained,
}

/// What a telephone has recorded, and what is to become of it (IVR-02, EXT-07).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptTake {
    /// The call in which it was recorded.
    pub call: CallId,
    /// Its sound as it was spoken: nothing that is kept plays it.
    pub file: SoundFile,
    /// How much silence at its end was not meant to be said.
    pub hush: Duration,
    /// What it will be, and for whom.
    pub wish: PromptWish,
}

/// A question to somebody's server (IVR-19…IVR-22).
#[derive(Clone, PartialEq, Eq)]
pub struct WebRequest {
    /// Its number.
    pub id: u64,
    /// The address: `http` or `https`.
    pub url: String,
    /// JSON for a POST; none for a GET.
    pub body: Option<String>,
    /// The user of HTTP Basic authentication; empty without.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// How long the connection may take.
    pub connect: Duration,
    /// How long the answer may take then.
    pub answer: Duration,
    /// May the server be in the provider's own network?
    pub private: bool,
}

impl std::fmt::Debug for WebRequest {
    // What somebody has typed, and perhaps a key of the tenant's server, stand in the address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebRequest({})", self.id)
    }
}
