//! SUBSCRIBE as notifier (RFC 6665): a dialog that carries notifications until it runs out.

use std::time::Duration;

use shared::Moment;

use crate::dialog::offer::Offers;
use crate::dialog::reliable::Reliable;
use crate::dialog::{Dialog, Peer, Stage};
use crate::event::{DialogId, Event, RequestId};
use crate::message::Reply;
use crate::stack::Stack;
use crate::timer::{Alarm, Wait};
use crate::transaction::{Arrival, ServerId};
use crate::view::Message;

/// What a subscription without Expires lasts, in seconds.
const EXPIRES_DEFAULT_SECONDS: u32 = 3_600;
/// How long a subscription is kept after its end, for its last NOTIFY.
const GRACE: Duration = Duration::from_secs(32);

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
