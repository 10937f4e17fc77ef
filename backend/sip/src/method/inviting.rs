//! INVITE as the side that calls (RFC 3261, 13.2): forks, reliable progress, the first 2xx and all the others.

use bytes::Bytes;
use shared::Moment;

use crate::dialog::offer::Offers;
use crate::dialog::reliable::Reliable;
use crate::dialog::{Dialog, FORKS_MAX, Inviting, Owed, Peer, Stage, routed, session_timer};
use crate::event::{DialogId, Event};
use crate::flow::Flow;
use crate::message::{Header, NewRequest};
use crate::stack::Stack;
use crate::transaction::{Blueprint, ClientId, Owner, Passed, Verdict};
use crate::view::Message;

/// How often a 422 is answered with a longer interval.
const INTERVAL_TRIES_MAX: u8 = 2;

impl Stack {
    pub(crate) fn start_invite(&mut self, now: Moment, flow: Flow, mut request: NewRequest) -> DialogId {
        let id = self.dialogs.next_id();
        request.method = "INVITE".into();
        let tag = self.complete(flow, &mut request);
        for header in session_timer::ask(&self.core.config, None, 0) {
            if !request.headers.iter().any(|h| h.name.eq_ignore_ascii_case(&header.name)) {
                request.headers.push(header);
            }
        }
        let full = self.dialogs.calls() >= self.core.config.dialogs_max;
        let blueprint = Blueprint::new(request.clone());
        let client = if full { None } else { self.core.request(now, flow, blueprint, Owner::Invite(id)) };
        let Some(client) = client else {
            self.core.tell(Event::Failed { dialog: id, status: 503, message: None });
            return id;
        };
        let has_offer = !request.body.is_empty();
        self.dialogs.insert(Dialog {
            id,
            stage: Stage::Inviting(Inviting {
                client,
                provisional: false,
                cancelled: None,
                cancel_sent: false,
                silent: false,
                has_offer,
            }),
            ours: true,
            flow,
            call_id: request.call_id,
            local_tag: tag,
            local: request.from,
            contact: request.contact,
            cseq: request.cseq,
            credentials: request.credentials,
            peers: Vec::new(),
            success: None,
            owed: None,
            reliable: Reliable::default(),
            session: None,
            offers: Offers { local: request.body, ..Offers::default() },
            timer: None,
        });
        id
    }

    /// Whatever comes back to an INVITE that begins a call.
    pub(crate) fn invite_answered(&mut self, now: Moment, id: DialogId, passed: Passed) {
        match passed.verdict {
            Verdict::Response(message) if message.status() < 200 => self.invite_progress(now, id, &message),
            Verdict::Response(message) if message.status() < 300 => {
                self.invite_succeeded(now, id, passed.id, passed.flow, passed.blueprint, &message);
            }
            Verdict::Response(message) => self.invite_failed(now, id, passed.flow, passed.blueprint, message),
            Verdict::TimedOut => self.fail(now, id, 408, None),
            Verdict::FlowFailed => self.fail(now, id, 503, None),
        }
    }

    fn invite_progress(&mut self, now: Moment, id: DialogId, message: &Message) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Stage::Inviting(inviting) = &mut dialog.stage else { return };
        inviting.provisional = true;
        if inviting.cancelled.is_some() {
            return self.send_cancel(now, id);
        }
        if message.status() == 100 {
            return self.core.tell(Event::Trying { dialog: id });
        }
        if !message.to_tag().is_empty() {
            self.note_peer(id, message);
        }
        if !self.acknowledge_reliable(now, id, message) {
            return;
        }
        if let Some(dialog) = self.dialogs.get_mut(id)
            && !message.body().is_empty()
        {
            dialog.offers.remote = message.body();
        }
        self.core.tell(Event::Progress { dialog: id, status: message.status(), message: message.clone() });
    }

    /// Adds or refreshes the branch that a response comes from, and makes it the one that spoke last.
    fn note_peer(&mut self, id: DialogId, message: &Message) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        if let Some(place) = dialog.peers.iter().position(|p| p.tag == message.to_tag()) {
            let mut peer = dialog.peers.remove(place);
            peer.refresh(message);
            dialog.peers.push(peer);
        } else if dialog.peers.len() < FORKS_MAX {
            let target = message.to().map_or("", |to| to.uri.text).to_owned();
            self.dialogs.add_peer(id, Peer::of_response(message, &target));
        }
    }

    fn invite_succeeded(
        &mut self,
        now: Moment,
        id: DialogId,
        client: ClientId,
        flow: Flow,
        blueprint: Option<Box<Blueprint>>,
        message: &Message,
    ) {
        let Some(dialog) = self.dialogs.get(id) else { return self.end_stray(now, client, flow, message) };
        let Stage::Inviting(inviting) = &dialog.stage else {
            // The chosen branch repeats its 2xx while the user still owes the answer; any other branch is too late.
            if dialog.peers.iter().any(|p| p.tag == message.to_tag()) {
                return;
            }
            return self.end_stray(now, client, flow, message);
        };
        if inviting.cancelled.is_some() {
            self.end_stray(now, client, flow, message);
            return self.fail(now, id, 487, None);
        }
        let has_offer = inviting.has_offer;
        self.note_peer(id, message);
        self.dialogs.keep_peer(id, Some(message.to_tag()));
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        // RFC 3261, 13.2.2.4: the route set of the 2xx takes the place of that of earlier responses.
        let target = message.to().map_or("", |to| to.uri.text).to_owned();
        if let Some(peer) = dialog.peer_mut() {
            let new = Peer::of_response(message, &target);
            let allows_update = new.allows_update || (message.header("Allow").is_none() && peer.allows_update);
            *peer = Peer { rseq: peer.rseq, cseq: peer.cseq, allows_update, ..new };
        }
        dialog.stage = Stage::Established;
        self.core.timers.clear(&mut dialog.timer);
        if !message.body().is_empty() {
            dialog.offers.remote = message.body();
        }
        let authorization = blueprint.as_ref().map(|b| b.authorization.clone()).unwrap_or_default();
        let cseq = message.cseq().0;
        dialog.owed = Some(Owed { client, cseq, authorization });
        self.set_session(now, id, session_timer::agreed(message));
        self.core.tell(Event::Answered { dialog: id, message: message.clone() });
        if has_offer {
            self.acknowledge_dialog(now, id, Bytes::new());
        }
    }

    /// ACK and BYE to a 2xx that nobody wants (RFC 3261, 13.2.2.4).
    fn end_stray(&mut self, now: Moment, client: ClientId, flow: Flow, message: &Message) {
        let target = message.to().map_or("", |to| to.uri.text).to_owned();
        let peer = Peer::of_response(message, &target);
        let (uri, route) = routed(&peer.target, &peer.route);
        let request = |method: &str, cseq: u32| {
            Blueprint::new(NewRequest {
                method: method.into(),
                uri: uri.clone(),
                from: message.header("From").unwrap_or_default().to_owned(),
                to: peer.address.clone(),
                call_id: message.call_id().to_owned(),
                cseq,
                route: route.clone(),
                ..NewRequest::default()
            })
        };
        let cseq = message.cseq().0;
        self.core.acknowledge(flow, client, &peer.tag, &request("ACK", cseq));
        self.core.request(now, flow, request("BYE", cseq.saturating_add(1)), Owner::Nobody);
    }

    fn invite_failed(
        &mut self,
        now: Moment,
        id: DialogId,
        flow: Flow,
        blueprint: Option<Box<Blueprint>>,
        message: Message,
    ) {
        let status = message.status();
        let cancelled =
            matches!(self.dialogs.get(id).map(|d| &d.stage), Some(Stage::Inviting(i)) if i.cancelled.is_some());
        if !cancelled
            && let Some(blueprint) = blueprint
            && let Some(again) = self.improved(blueprint, &message)
        {
            let cseq = again.request.cseq;
            self.dialogs.keep_peer(id, None);
            if let Some(client) = self.core.request(now, flow, again, Owner::Invite(id))
                && let Some(dialog) = self.dialogs.get_mut(id)
                && let Stage::Inviting(inviting) = &mut dialog.stage
            {
                (inviting.client, inviting.provisional) = (client, false);
                dialog.cseq = cseq;
                return;
            }
        }
        self.fail(now, id, status, Some(message));
    }

    /// The request with what its refusal asked for: credentials or a longer session interval.
    pub(crate) fn improved(&mut self, mut blueprint: Box<Blueprint>, refusal: &Message) -> Option<Box<Blueprint>> {
        if refusal.status() != 422 {
            return crate::challenge::answered(&mut self.core.rng, blueprint, refusal);
        }
        if blueprint.tries >= INTERVAL_TRIES_MAX {
            return None;
        }
        let min = session_timer::min_of_422(refusal)?;
        blueprint.tries += 1;
        blueprint.request.cseq += 1;
        let headers = &mut blueprint.request.headers;
        headers.retain(|h| !h.name.eq_ignore_ascii_case("Session-Expires") && !h.name.eq_ignore_ascii_case("Min-SE"));
        let ours = self.core.config.session_expires.map_or(0, |d| d.as_secs());
        headers.push(Header::new("Session-Expires", ours.max(min.into()).to_string()));
        headers.push(Header::new("Min-SE", min.to_string()));
        Some(blueprint)
    }

    /// An INVITE of ours came to nothing.
    pub(crate) fn fail(&mut self, now: Moment, id: DialogId, status: u16, message: Option<Message>) {
        let Some(Stage::Inviting(inviting)) = self.dialogs.get(id).map(|d| &d.stage) else { return };
        let status = if inviting.cancelled.is_some() { 487 } else { status };
        let silent = inviting.silent;
        self.drop_dialog(now, id);
        if !silent {
            self.core.tell(Event::Failed { dialog: id, status, message });
        }
    }
}
