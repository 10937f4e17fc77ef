//! INVITE as the side that is called (RFC 3261, 13.3): ring, accept, reject.

use shared::Moment;

use crate::dialog::offer::Offers;
use crate::dialog::reliable::Reliable;
use crate::dialog::{Dialog, Peer, Stage, Success, session_timer};
use crate::event::{DialogId, EndCause, Event, Fault};
use crate::message::{Header, Reply};
use crate::stack::Stack;
use crate::timer::{Alarm, Wait};
use crate::transaction::{Arrival, ServerId, T2};
use crate::view::Malformed;

/// A provisional response is repeated this often so that proxies do not give the call up (RFC 3261, 13.3.1.1).
const REMINDER: std::time::Duration = std::time::Duration::from_secs(60);

impl Stack {
    pub(crate) fn invite_arrived(&mut self, now: Moment, arrival: Arrival) {
        if let Some((refusal, fault)) = self.invite_refusal(&arrival) {
            return self.refused(arrival.flow, arrival.message, &refusal, fault);
        }
        let (message, flow) = (arrival.message.clone(), arrival.flow);
        let id = self.dialogs.next_id();
        let tag = self.core.rng.tag();
        let user = message.request_uri().map_or("", |u| u.user);
        let contact = self.core.contact(flow, user);
        let server = self.core.open(now, arrival, &tag, Some(id));
        self.dialogs.insert(Dialog {
            id,
            stage: Stage::Invited(server),
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
            offers: Offers { remote: message.body(), ..Offers::default() },
            timer: None,
        });
        // Last, so that who answers the event at once with a challenge can take it back.
        self.core.tell(Event::Invited { dialog: id, message, flow });
        self.core.reply(now, server, &Reply::status(100), None);
    }

    /// What the stack refuses by itself.
    fn invite_refusal(&self, arrival: &Arrival) -> Option<(Reply, Fault)> {
        let message = &arrival.message;
        if message.contacts().is_empty() {
            let reply = Reply::status(400).header("Warning", "399 sip \"Contact is missing\"");
            return Some((reply, Fault::Malformed(Malformed::Header("Contact"))));
        }
        let kind = message.header("Content-Type").unwrap_or("application/sdp").to_ascii_lowercase();
        if !message.body().is_empty() && !kind.starts_with("application/sdp") && !kind.starts_with("multipart/") {
            return Some((Reply::status(415), Fault::Body(kind)));
        }
        if !message.accepts_sdp() {
            return Some((Reply::status(406), Fault::Accept));
        }
        if let Some(header) = session_timer::too_small(&self.core.config, message) {
            return Some((Reply { headers: vec![header], ..Reply::status(422) }, Fault::SessionInterval));
        }
        let full = self.dialogs.calls() >= self.core.config.dialogs_max;
        full.then(|| (Reply::status(503).header("Retry-After", "5"), Fault::Full("dialogs")))
    }

    pub(crate) fn ring_dialog(&mut self, now: Moment, id: DialogId, reply: Reply, reliable: bool) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Stage::Invited(server) = dialog.stage else { return };
        if !(101..200).contains(&reply.status) {
            return;
        }
        let request = self.core.servers.get(&server).and_then(|s| s.request.as_ref());
        let required = request.is_some_and(|r| r.lists("Require", "100rel"));
        let supported = required || request.is_some_and(|r| r.lists("Supported", "100rel"));
        if required || (reliable && supported && self.core.config.prack) {
            return self.ring_reliably(now, id, reply);
        }
        let contact = dialog.contact.clone();
        if !reply.body.is_empty() {
            dialog.offers.local = reply.body.clone();
        }
        self.core.timers.clear(&mut dialog.timer);
        dialog.timer = Some(self.core.timers.set(now + REMINDER, Alarm::Dialog(id, Wait::Provisional)));
        self.core.reply(now, server, &reply, Some(&contact));
    }

    /// A minute without news: the last provisional response goes out again.
    pub(crate) fn provisional_alarm(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        dialog.timer = None;
        if let Stage::Invited(server) = dialog.stage {
            dialog.timer = Some(self.core.timers.set(now + REMINDER, Alarm::Dialog(id, Wait::Provisional)));
            self.core.server_input(now, server, crate::transaction::ServerInput::Request);
        }
    }

    pub(crate) fn accept_dialog(&mut self, now: Moment, id: DialogId, reply: Reply) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Stage::Invited(server) = dialog.stage else { return };
        if dialog.reliable.sent.as_ref().is_some_and(|s| s.has_body) {
            return dialog.reliable.wait_with_success(reply);
        }
        let Some(request) = self.core.servers.get(&server).and_then(|s| s.request.clone()) else { return };
        self.core.timers.clear(&mut dialog.timer);
        dialog.reliable.clear(&mut self.core.timers);
        dialog.stage = Stage::Established;
        let offers = request.body().is_empty() && !dialog.reliable.offered;
        self.succeed(now, id, server, &request, Reply { status: reply.status.clamp(200, 299), ..reply }, true, offers);
    }

    /// Sends a 2xx to an INVITE and keeps sending it until the ACK; sets the session timer.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn succeed(
        &mut self,
        now: Moment,
        id: DialogId,
        server: ServerId,
        request: &crate::Message,
        mut reply: Reply,
        first: bool,
        offers: bool,
    ) {
        self.session_headers(now, id, request, &mut reply.headers);
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let contact = dialog.contact.clone();
        if !reply.body.is_empty() {
            dialog.offers.local = reply.body.clone();
        }
        let Some(bytes) = self.core.reply(now, server, &reply, Some(&contact)) else { return };
        let interval = self.core.config.t1;
        let timer = Some(self.core.timers.set(now + interval, Alarm::Dialog(id, Wait::Success)));
        let until = now + self.core.patience();
        dialog.success = Some(Success { cseq: request.cseq().0, bytes, interval, until, timer, first, offers });
    }

    /// Agrees on a session timer as server and adds what the 2xx says of it.
    pub(crate) fn session_headers(
        &mut self,
        now: Moment,
        id: DialogId,
        request: &crate::Message,
        headers: &mut Vec<Header>,
    ) {
        let agreed = session_timer::answer(&self.core.config, request);
        if let Some((_, more)) = &agreed {
            headers.extend(more.iter().cloned());
        }
        self.set_session(now, id, agreed.map(|(agreed, _)| agreed));
    }

    /// The 2xx was not acknowledged yet.
    pub(crate) fn success_alarm(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let flow = dialog.flow;
        let Some(success) = &mut dialog.success else { return };
        if now < success.until {
            success.interval = (success.interval * 2).min(T2);
            success.timer = Some(self.core.timers.set(now + success.interval, Alarm::Dialog(id, Wait::Success)));
            let bytes = success.bytes.clone();
            return self.core.send(flow, bytes);
        }
        self.end(now, id, EndCause::AckMissing, Some("SIP;cause=408;text=\"ACK missing\""));
    }

    pub(crate) fn reject_dialog(&mut self, now: Moment, id: DialogId, reply: &Reply) {
        let Some(Stage::Invited(server)) = self.dialogs.get(id).map(|d| &d.stage) else { return };
        let server = *server;
        self.core.reply(now, server, reply, None);
        self.drop_dialog(now, id);
    }
}
