//! The door to the switch: questions go in by a channel, facts come out by another. The API holds no call.

use std::sync::Arc;
use std::time::Duration;

use shared::fact::TenantFact;
use shared::live::{Answer, Ask, LiveCall, TenantCounts};
use shared::message::Message;
use shared::{CallId, ExtensionId, TenantId};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::error::{Error, Result};

/// How long a page waits for the switch, the way into its queue included.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);

/// The way to the switch.
#[derive(Clone, Debug)]
pub struct LiveDoor {
    /// Takes questions; each is answered on the channel that it brings along.
    pub asks: mpsc::Sender<(Ask, oneshot::Sender<Answer>)>,
    /// Gives every fact to whoever subscribes; its capacity is how far a slow reader may lag before it is told that it
    /// has missed some.
    pub facts: broadcast::Sender<Arc<TenantFact>>,
    /// Becomes true when the process stops: connections say goodbye.
    pub stopping: watch::Receiver<bool>,
}

impl LiveDoor {
    async fn ask(&self, ask: Ask) -> Result<Answer> {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            self.asks.send((ask, reply)).await.map_err(|_| Error::SwitchSilent)?;
            answer.await.map_err(|_| Error::SwitchSilent)
        };
        tokio::time::timeout(ANSWER_TIME_MAX, asked).await.map_err(|_| Error::SwitchSilent)?
    }

    /// The running calls, of one tenant or of all.
    pub(crate) async fn live_calls(&self, tenant: Option<TenantId>) -> Result<Vec<LiveCall>> {
        match self.ask(Ask::LiveCalls(tenant)).await? {
            // The switch is asked for one tenant's calls; that nothing else gets out is seen to here as well.
            Answer::LiveCalls(calls) => {
                Ok(calls.into_iter().filter(|call| tenant.is_none_or(|id| call.tenant_id == id)).collect())
            }
            _ => Err(Error::SwitchSilent),
        }
    }

    /// What each tenant with a call or a device is doing.
    pub(crate) async fn counts(&self) -> Result<Vec<TenantCounts>> {
        match self.ask(Ask::Counts).await? {
            Answer::Counts(counts) => Ok(counts),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Sends a message from an extension of the tenant to another: the message, or why not.
    pub(crate) async fn send_message(
        &self,
        tenant: TenantId,
        sender: ExtensionId,
        receiver: ExtensionId,
        text: String,
    ) -> Result<std::result::Result<Message, String>> {
        match self.ask(Ask::SendMessage(tenant, sender, receiver, text)).await? {
            Answer::MessageSent(sent) => Ok(sent),
            _ => Err(Error::SwitchSilent),
        }
    }

    /// Ends a call of the tenant; was there such a call?
    pub(crate) async fn hang_up(&self, tenant: TenantId, call: CallId) -> Result<bool> {
        match self.ask(Ask::HangUp(tenant, call)).await? {
            Answer::HungUp(was_there) => Ok(was_there),
            _ => Err(Error::SwitchSilent),
        }
    }
}
