//! What the switchboard is told.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use shared::live::Ask;
use shared::message::Message;
use shared::prompt::Prompt;
use shared::queue_agent::AgentReadiness;
use shared::queue_call::QueueCall;
use shared::registration::Registration;
use shared::setting::Settings;
use shared::subscription::Subscription;
use shared::voicemail::Voicemail;
use shared::{CallId, TenantId, TrunkId};
use sip::{Flow, Load, SentBy};

use crate::guard::Rules;
use crate::plan::TenantPlan;
use crate::trunk::TrunkPlan;

/// One thing that the switchboard is told; drain its outputs before the next.
#[derive(Debug)]
pub enum Input {
    /// One whole SIP message.
    Packet {
        /// The way it came.
        flow: Flow,
        /// Its bytes.
        bytes: Bytes,
    },
    /// The peer of a connection that has just opened looked for us by this name, as `host:port`.
    FlowNamed(Flow, String),
    /// A stream connection could not be opened, because of that; `FlowClosed` follows.
    FlowUnreached(Flow, String),
    /// A stream connection is gone, or could not be opened.
    FlowClosed(Flow),
    /// From the media engines.
    Media(media::Event),
    /// A tenant as it is configured from now on.
    Plan(Box<TenantPlan>),
    /// A tenant is no more: its calls end, its registrations go.
    PlanRemoved(TenantId),
    /// What peers are told to send to, from now on; calls that stand keep to what they were told.
    SentBy(SentBy),
    /// The server's own addresses, which are never blocked by themselves, from now on.
    OwnAddresses(BTreeSet<IpAddr>),
    /// What the provider sets for all tenants, from now on. New dialogs follow it.
    Settings(Box<Settings>),
    /// Whose packets are let pass or dropped, from now on.
    Rules(Arc<Rules>),
    /// How much there is to do beside what can be done: new work is refused with 503 while it is too much (SET-12).
    Load(Load),
    /// The trunks as configured; others take their place.
    Trunks(Vec<TrunkPlan>),
    /// Where a trunk is, as its name was looked up (RFC 3263).
    TrunkFound(TrunkId, Vec<SocketAddr>),
    /// Registrations from before a restart; they follow the plans.
    Restore(Vec<Registration>),
    /// Subscriptions from before a restart; they follow the registrations.
    Subscriptions(Vec<Subscription>),
    /// Messages from before a restart that nobody has taken, oldest first; they follow the plans.
    Messages(Vec<Message>),
    /// Voice messages from before a restart, oldest first; they follow the plans.
    Voicemails(Vec<Voicemail>),
    /// How ready the members of queues were before a restart; they follow the plans.
    AgentReadiness(Vec<(TenantId, AgentReadiness)>),
    /// Callers who were to be called back before a restart, in the order in which they stood; they follow the plans.
    Callbacks(Vec<QueueCall>),
    /// To `Output::Web`: the HTTP status and body of the server's answer, or why there is none.
    Web {
        /// The number of the question.
        id: u64,
        /// The answer.
        answer: Result<(u16, Bytes), String>,
    },
    /// To `Output::KeepPrompt`: what is kept now, safe from a crash; or why nothing is, as a sentence.
    PromptKept {
        /// The tenant.
        tenant: TenantId,
        /// The call in which it was recorded; it may be over.
        call: CallId,
        /// The row.
        kept: Result<Box<Prompt>, String>,
    },
    /// A question from a page; answered by `Output::Reply` with the same number.
    Ask {
        /// Its number.
        id: u64,
        /// The question.
        ask: Ask,
    },
    /// Take no new calls from now on; `Output::Drained` follows when the last one has ended.
    Drain,
    /// The store cannot keep up (or can again): refuse new calls with 503 while it is so.
    Overloaded(bool),
    /// Time has come to `poll_timeout`.
    Timeout,
}
