//! SUBSCRIBE as notifier (RFC 6665): a dialog that carries notifications until it runs out.

use std::time::Duration;

use shared::Moment;
use shared::subscription::DialogState;

use crate::dialog::offer::Offers;
use crate::dialog::reliable::Reliable;
use crate::dialog::{Dialog, Peer, Stage};
use crate::event::{DialogId, Event, RequestId};
use crate::flow::Flow;
use crate::message::Reply;
use crate::stack::Stack;
use crate::timer::{Alarm, Wait};
use crate::transaction::{Arrival, ServerId};
use crate::view::Message;

/// What a subscription without Expires lasts, in seconds.
const EXPIRES_DEFAULT_SECONDS: u32 = 3_600;
/// How long a subscription is kept after its end, for its last NOTIFY.
const GRACE: Duration = Duration::from_secs(32);
/// How far the numbers of our requests leap in a dialog that goes on in another process: more than are sent between two
/// refreshes, which is when they are noted.
pub const SUBSCRIPTION_LEAP: u32 = 100_000;
/// The highest CSeq number (RFC 3261, 8.1.1.5).
const CSEQ_MAX: u32 = (1 << 31) - 1;

impl Stack {
    /// A SUBSCRIBE outside a dialog makes one; a 2xx keeps it.
    pub(crate) fn subscribe_arrived(&mut self, now: Moment, arrival: Arrival) {
        let full = self.dialogs.subscriptions() >= self.core.config.subscriptions_max;
        if full || arrival.message.contacts().is_empty() {
            let reply = if full { Reply::status(503).header("Retry-After", "5") } else { Reply::status(400) };
            return self.core.reply_stateless(arrival.flow, &arrival.message, &reply);
        }
        let (message, flow) = (arrival.message.clone(), arrival.flow);
        let id = self.dialogs.next_id();
        let tag = self.core.rng.tag();
        let contact = self.core.contact(flow, message.request_uri().map_or("", |u| u.user));
        let server = self.core.open(now, arrival, &tag, Some(id));
        let wait = self.core.patience();
        let timer = Some(self.core.timers.set(now + wait, Alarm::Dialog(id, Wait::Subscription)));
        self.dialogs.insert(Dialog {
            id,
            stage: Stage::Subscription(Some(server)),
            ours: false,
            flow,
            call_id: message.call_id().to_owned(),
            local: format!("{};tag={tag}", message.header("To").unwrap_or_default()),
            local_tag: tag,
            contact,
            cseq: 0,
            credentials: None,
            peers: vec![Peer::of_request(&message)],
            success: None,
            owed: None,
            reliable: Reliable::default(),
            session: None,
            offers: Offers::default(),
            timer,
        });
        self.core.tell(Event::Request { request: RequestId(server.0), dialog: Some(id), message, flow });
    }

    /// What must be known of a subscription's dialog to go on with it in another process.
    pub fn dialog_state(&self, id: DialogId) -> Option<DialogState> {
        let dialog = self.dialogs.get(id)?;
        let peer = dialog.peer()?;
        Some(DialogState {
            call_id: dialog.call_id.clone(),
            local_tag: dialog.local_tag.clone(),
            local: dialog.local.clone(),
            contact: dialog.contact.clone(),
            cseq: dialog.cseq,
            remote_tag: peer.tag.clone(),
            remote: peer.address.clone(),
            target: peer.target.clone(),
            route: peer.route.clone(),
            remote_cseq: peer.cseq,
        })
    }

    /// Goes on with a subscription of another process, which lasts for so long. Our requests in it have higher numbers than
    /// that process can have sent since. None where there is no room, or where it goes on already.
    pub fn resume_subscription(
        &mut self,
        now: Moment,
        flow: Flow,
        state: &DialogState,
        lasts: Duration,
    ) -> Option<DialogId> {
        let full = self.dialogs.subscriptions() >= self.core.config.subscriptions_max;
        if full || self.dialogs.find(&state.call_id, &state.local_tag, &state.remote_tag).is_some() {
            return None;
        }
        let id = self.dialogs.next_id();
        let timer = Some(self.core.timers.set(now + lasts + GRACE, Alarm::Dialog(id, Wait::Subscription)));
        let peer = Peer {
            tag: state.remote_tag.clone(),
            address: state.remote.clone(),
            target: state.target.clone(),
            route: state.route.clone(),
            cseq: state.remote_cseq,
            allows_update: false,
            rseq: None,
        };
        self.dialogs.insert(Dialog {
            id,
            stage: Stage::Subscription(None),
            ours: false,
            flow,
            call_id: state.call_id.clone(),
            local: state.local.clone(),
            local_tag: state.local_tag.clone(),
            contact: state.contact.clone(),
            cseq: state.cseq.saturating_add(SUBSCRIPTION_LEAP).min(CSEQ_MAX),
            credentials: None,
            peers: vec![peer],
            success: None,
            owed: None,
            reliable: Reliable::default(),
            session: None,
            offers: Offers::default(),
            timer,
        });
        Some(id)
    }

    /// A 2xx sets how long it lasts, by the Expires of the reply or else of the request.
    pub(crate) fn subscription_answered(
        &mut self,
        now: Moment,
        id: DialogId,
        server: ServerId,
        reply: &Reply,
        request: &Message,
    ) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Stage::Subscription(first) = &mut dialog.stage else { return };
        if (200..300).contains(&reply.status) {
            *first = None;
            let told = reply.headers.iter().find(|h| h.name.eq_ignore_ascii_case("Expires"));
            let told = told.and_then(|h| crate::view::seconds(&h.value)).or(request.expires());
            let lasts = Duration::from_secs(told.unwrap_or(EXPIRES_DEFAULT_SECONDS).into());
            self.core.timers.clear(&mut dialog.timer);
            dialog.timer = Some(self.core.timers.set(now + lasts + GRACE, Alarm::Dialog(id, Wait::Subscription)));
        } else if *first == Some(server) && reply.status >= 300 {
            self.drop_dialog(now, id);
        }
    }
}
