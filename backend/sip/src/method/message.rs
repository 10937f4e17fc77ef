//! The methods that the stack only carries: REGISTER, OPTIONS, MESSAGE, INFO, REFER, NOTIFY, PUBLISH.

use bytes::Bytes;
use shared::Moment;

use crate::dialog::Stage;
use crate::event::{DialogId, EndCause, Event, RequestId};
use crate::flow::Flow;
use crate::message::{Header, NewRequest, Reply};
use crate::stack::Stack;
use crate::transaction::{Arrival, Blueprint, Owner, Passed, ServerId, Verdict};
use crate::uri::NameAddr;

impl Stack {
    /// Tells the user of a request, in a dialog or outside one.
    pub(crate) fn request_arrived(&mut self, now: Moment, dialog: Option<DialogId>, arrival: Arrival) {
        let (message, flow) = (arrival.message.clone(), arrival.flow);
        let tag = dialog.and_then(|id| self.dialogs.get(id)).map(|d| d.local_tag.clone()).unwrap_or_default();
        let server = self.core.open(now, arrival, &tag, dialog);
        self.core.tell(Event::Request { request: RequestId(server.0), dialog, message, flow });
    }

    /// The user's answer.
    pub(crate) fn respond_request(&mut self, now: Moment, request: RequestId, reply: &Reply) {
        let id = ServerId(request.0);
        let Some(server) = self.core.servers.get(&id) else { return };
        let Some(message) = server.request.clone() else { return };
        let dialog = server.dialog;
        let contact = match dialog.and_then(|id| self.dialogs.get(id)) {
            Some(dialog) => Some(dialog.contact.clone()),
            None if message.method() == "OPTIONS" => Some(self.core.contact(server.flow, "")),
            None => None,
        };
        self.core.reply(now, id, reply, contact.as_deref());
        if message.method() == "SUBSCRIBE"
            && let Some(dialog) = dialog
        {
            self.subscription_answered(now, dialog, id, reply, &message);
        }
    }

    /// Fills in what a request outside a dialog lacks; our tag.
    pub(crate) fn complete(&mut self, flow: Flow, request: &mut NewRequest) -> String {
        let tag = self.core.rng.tag();
        if request.call_id.is_empty() {
            request.call_id = self.core.rng.call_id();
        }
        request.cseq = request.cseq.clamp(1, (1 << 31) - 1);
        if request.contact.is_empty()
            && matches!(request.method.as_str(), "INVITE" | "REGISTER" | "SUBSCRIBE" | "NOTIFY" | "REFER")
        {
            let user = NameAddr::parse(&request.from).map_or(String::new(), |a| a.uri.user.to_owned());
            request.contact = self.core.contact(flow, &user);
        }
        request.from = format!("{};tag={tag}", request.from);
        tag
    }

    pub(crate) fn start_request(&mut self, now: Moment, flow: Flow, mut request: NewRequest) -> RequestId {
        let id = self.next_request();
        self.complete(flow, &mut request);
        self.registrations.number(&mut request);
        if self.core.request(now, flow, Blueprint::new(request), Owner::Request(id)).is_none() {
            self.core.tell(Event::Response { request: id, status: 503, message: None });
        }
        id
    }

    pub(crate) fn start_request_in_dialog(
        &mut self,
        now: Moment,
        id: DialogId,
        method: &str,
        headers: Vec<Header>,
        body: Bytes,
    ) -> Option<RequestId> {
        let dialog = self.dialogs.get_mut(id).filter(|d| !matches!(d.stage, Stage::Leaving(_)))?;
        let flow = dialog.flow;
        let blueprint = dialog.request(method, headers, body)?;
        let request = self.next_request();
        let client = self.core.request(now, flow, blueprint, Owner::InDialog(id, request));
        client.map(|_| request)
    }

    fn next_request(&mut self) -> RequestId {
        self.requests += 1;
        // Numbers of received requests are those of their transactions; ours have the highest bit.
        RequestId(self.requests | 1 << 63)
    }

    /// Whatever comes back to a request of ours outside INVITE.
    pub(crate) fn request_answered(
        &mut self,
        now: Moment,
        request: RequestId,
        dialog: Option<DialogId>,
        passed: Passed,
    ) {
        let (status, message) = match passed.verdict {
            Verdict::Response(message) if message.status() < 200 => return,
            Verdict::Response(message) => (message.status(), Some(message)),
            Verdict::TimedOut => (408, None),
            Verdict::FlowFailed => (503, None),
        };
        let method = passed.blueprint.as_ref().map(|b| b.request.method.clone()).unwrap_or_default();
        if let (Some(refusal), Some(blueprint)) = (&message, passed.blueprint)
            && let Some(mut again) = crate::challenge::answered(&mut self.core.rng, blueprint, refusal)
        {
            let flow = dialog.and_then(|id| self.dialogs.get(id)).map_or(passed.flow, |d| d.flow);
            if let Some(dialog) = dialog.and_then(|id| self.dialogs.get_mut(id)) {
                dialog.cseq += 1;
                again.request.cseq = dialog.cseq;
            }
            self.registrations.used(&again.request);
            if self.core.request(now, flow, again, passed.owner).is_some() {
                return;
            }
        }
        self.core.tell(Event::Response { request, status, message });
        let Some(id) = dialog else { return };
        let subscription = matches!(self.dialogs.get(id).map(|d| &d.stage), Some(Stage::Subscription(_)));
        // RFC 5057, 5.1: a NOTIFY or REFER that fails takes its subscription with it, not the call.
        let fatal = matches!(status, 408 | 481) && (subscription || !matches!(method.as_str(), "NOTIFY" | "REFER"));
        if fatal {
            self.end(now, id, EndCause::Unreachable, Some("SIP;cause=408;text=\"No answer in the dialog\""));
        }
    }
}
