//! Dialogs (RFC 3261, 12): one per call end, from the INVITE on; while it is early the branches of a fork are its peers.

pub(crate) mod offer;
pub(crate) mod reliable;
pub(crate) mod session_timer;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use crate::event::DialogId;
use crate::flow::Flow;
use crate::message::{Credentials, Header, NewRequest};
use crate::timer::{TimerId, Timers};
use crate::transaction::{Blueprint, ClientId, ServerId};
use crate::uri::{NameAddr, Uri, param};
use crate::view::Message;
use offer::Offers;
use reliable::Reliable;
use session_timer::Session;

/// The most branches of one forked INVITE that are followed.
pub(crate) const FORKS_MAX: usize = 16;

/// All dialogs.
#[derive(Debug, Default)]
pub(crate) struct Dialogs {
    by_id: BTreeMap<DialogId, Dialog>,
    by_tags: HashMap<Box<str>, DialogId>,
    subscriptions: usize,
    count: u64,
}

fn tags_key(call_id: &str, local: &str, remote: &str) -> Box<str> {
    format!("{call_id}\n{local}\n{remote}").into()
}

impl Dialogs {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Those that carry notifications only.
    pub fn subscriptions(&self) -> usize {
        self.subscriptions
    }

    /// Those of calls.
    pub fn calls(&self) -> usize {
        self.by_id.len() - self.subscriptions
    }

    pub fn next_id(&mut self) -> DialogId {
        self.count += 1;
        DialogId(self.count)
    }

    pub fn get(&self, id: DialogId) -> Option<&Dialog> {
        self.by_id.get(&id)
    }

    pub fn get_mut(&mut self, id: DialogId) -> Option<&mut Dialog> {
        self.by_id.get_mut(&id)
    }

    /// Call-ID, our tag, the peer's tag.
    pub fn find(&self, call_id: &str, local: &str, remote: &str) -> Option<DialogId> {
        self.by_tags.get(&tags_key(call_id, local, remote)).copied()
    }

    pub fn insert(&mut self, dialog: Dialog) {
        for peer in &dialog.peers {
            self.by_tags.insert(tags_key(&dialog.call_id, &dialog.local_tag, &peer.tag), dialog.id);
        }
        self.subscriptions += usize::from(matches!(dialog.stage, Stage::Subscription(_)));
        self.by_id.insert(dialog.id, dialog);
    }

    /// Another branch of a forked INVITE has answered.
    pub fn add_peer(&mut self, id: DialogId, peer: Peer) {
        let Some(dialog) = self.by_id.get_mut(&id) else { return };
        self.by_tags.insert(tags_key(&dialog.call_id, &dialog.local_tag, &peer.tag), id);
        dialog.peers.push(peer);
    }

    /// Forgets the branches of a fork but one; all when there is no `tag`.
    pub fn keep_peer(&mut self, id: DialogId, tag: Option<&str>) {
        let Some(dialog) = self.by_id.get_mut(&id) else { return };
        let (keep, drop): (Vec<_>, Vec<_>) =
            std::mem::take(&mut dialog.peers).into_iter().partition(|p| Some(&*p.tag) == tag);
        dialog.peers = keep;
        for peer in drop {
            self.by_tags.remove(&tags_key(&dialog.call_id, &dialog.local_tag, &peer.tag));
        }
    }

    pub fn remove(&mut self, id: DialogId, timers: &mut Timers) -> Option<Dialog> {
        let mut dialog = self.by_id.remove(&id)?;
        self.subscriptions -= usize::from(matches!(dialog.stage, Stage::Subscription(_)));
        for peer in &dialog.peers {
            self.by_tags.remove(&tags_key(&dialog.call_id, &dialog.local_tag, &peer.tag));
        }
        dialog.clear_timers(timers);
        Some(dialog)
    }
}

/// One dialog.
#[derive(Debug)]
pub(crate) struct Dialog {
    pub id: DialogId,
    pub stage: Stage,
    /// Did it begin with a request of ours?
    pub ours: bool,
    pub flow: Flow,
    pub call_id: String,
    pub local_tag: String,
    /// Our From or To, with tag.
    pub local: String,
    /// Our Contact.
    pub contact: String,
    /// The number of our last request.
    pub cseq: u32,
    pub credentials: Option<Credentials>,
    /// The other end; several while a forked INVITE is unanswered. The last is the one that spoke last.
    pub peers: Vec<Peer>,
    /// Our 200 that awaits its ACK.
    pub success: Option<Success>,
    /// The ACK that awaits the user's answer.
    pub owed: Option<Owed>,
    pub reliable: Reliable,
    pub session: Option<Session>,
    pub offers: Offers,
    /// To send the last provisional response again, or for a subscription to end.
    pub timer: Option<TimerId>,
}

/// How far it is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// We were called and have not answered.
    Invited(ServerId),
    /// We call and have no answer.
    Inviting(Inviting),
    Established,
    /// The user has hung up, but BYE must wait for the ACK (RFC 3261, 15): the Reason to send.
    Leaving(Option<String>),
    /// Notifications only (RFC 6665).
    Subscription(Option<ServerId>),
}

/// An INVITE of ours.
#[derive(Debug)]
pub(crate) struct Inviting {
    pub client: ClientId,
    /// Has a provisional response come, so that CANCEL may be sent?
    pub provisional: bool,
    /// The user has given up, with this Reason.
    pub cancelled: Option<Option<String>>,
    pub cancel_sent: bool,
    /// The user hung up and wants no event.
    pub silent: bool,
    pub has_offer: bool,
}

/// A 200 of ours that is sent again until its ACK (RFC 3261, 13.3.1.4).
#[derive(Debug)]
pub(crate) struct Success {
    pub cseq: u32,
    pub bytes: Bytes,
    pub interval: Duration,
    pub until: Moment,
    pub timer: Option<TimerId>,
    /// Does it answer the INVITE that began the call?
    pub first: bool,
    /// Did it carry an offer, so that the ACK carries the answer?
    pub offers: bool,
}

/// A 2xx with an offer, to be acknowledged with the user's answer.
#[derive(Debug)]
pub(crate) struct Owed {
    pub client: ClientId,
    pub cseq: u32,
    pub authorization: Vec<Header>,
}

/// The other end of a dialog.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub tag: String,
    /// Its From or To, with tag.
    pub address: String,
    /// Its Contact URI.
    pub target: String,
    pub route: Vec<String>,
    /// The number of its last request.
    pub cseq: Option<u32>,
    pub allows_update: bool,
    /// The last reliable provisional response of it (RFC 3262).
    pub rseq: Option<u32>,
}

impl Peer {
    /// From the request that made the dialog.
    pub fn of_request(message: &Message) -> Self {
        Self {
            tag: message.from_tag().to_owned(),
            address: message.header("From").unwrap_or_default().to_owned(),
            target: contact_uri(message).unwrap_or_default(),
            route: message.header_values("Record-Route").into_iter().map(str::to_owned).collect(),
            cseq: Some(message.cseq().0),
            allows_update: message.lists("Allow", "UPDATE"),
            rseq: None,
        }
    }

    /// From the response that made the dialog; `target` serves when it has no Contact.
    pub fn of_response(message: &Message, target: &str) -> Self {
        Self {
            tag: message.to_tag().to_owned(),
            address: message.header("To").unwrap_or_default().to_owned(),
            target: contact_uri(message).unwrap_or_else(|| target.to_owned()),
            route: message.header_values("Record-Route").into_iter().rev().map(str::to_owned).collect(),
            cseq: None,
            allows_update: message.lists("Allow", "UPDATE"),
            rseq: None,
        }
    }

    /// A target refresh (RFC 3261, 12.2), by request or response.
    pub fn refresh(&mut self, message: &Message) {
        if let Some(target) = contact_uri(message) {
            self.target = target;
        }
        if message.header("Allow").is_some() {
            self.allows_update = message.lists("Allow", "UPDATE");
        }
    }
}

fn contact_uri(message: &Message) -> Option<String> {
    let value = message.header_values("Contact").into_iter().next()?;
    NameAddr::parse(value).filter(|c| c.uri.text != "*").map(|c| c.uri.text.to_owned())
}

impl Dialog {
    /// The end that requests go to.
    pub fn peer(&self) -> Option<&Peer> {
        self.peers.last()
    }

    pub fn peer_mut(&mut self) -> Option<&mut Peer> {
        self.peers.last_mut()
    }

    /// The branch of a fork.
    pub fn peer_of(&mut self, tag: &str) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|p| p.tag == tag)
    }

    pub fn is_established(&self) -> bool {
        matches!(self.stage, Stage::Established)
    }

    /// Has the user hung up, so that it hears nothing more?
    pub fn is_left(&self) -> bool {
        matches!(self.stage, Stage::Leaving(_) | Stage::Inviting(Inviting { silent: true, .. }))
    }

    /// A request inside the dialog (RFC 3261, 12.2.1.1) with the next number; an ACK keeps the number of its INVITE.
    pub fn request(&mut self, method: &str, headers: Vec<Header>, body: Bytes) -> Option<Box<Blueprint>> {
        self.peer()?;
        if method != "ACK" {
            self.cseq += 1;
        }
        let peer = self.peer()?;
        let (uri, route) = routed(&peer.target, &peer.route);
        let targets = matches!(method, "INVITE" | "UPDATE" | "SUBSCRIBE" | "NOTIFY" | "REFER");
        Some(Blueprint::new(NewRequest {
            method: method.to_owned(),
            uri,
            from: self.local.clone(),
            to: peer.address.clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            contact: if targets { self.contact.clone() } else { String::new() },
            route,
            headers,
            body,
            credentials: self.credentials.clone(),
        }))
    }

    pub fn clear_timers(&mut self, timers: &mut Timers) {
        timers.clear(&mut self.timer);
        timers.clear(&mut self.offers.glare);
        self.reliable.clear(timers);
        if let Some(success) = &mut self.success {
            timers.clear(&mut success.timer);
        }
        if let Some(session) = &mut self.session {
            timers.clear(&mut session.timer);
        }
    }
}

/// Request-URI and Route headers (RFC 3261, 12.2.1.1): a first route without `lr` takes the place of the target.
pub(crate) fn routed(target: &str, route: &[String]) -> (String, Vec<String>) {
    let first = route.first().and_then(|r| NameAddr::parse(r)).map(|a| a.uri);
    match first {
        Some(Uri { text, params, .. }) if param(params, "lr").is_none() => {
            let rest = route.iter().skip(1).cloned();
            (text.to_owned(), rest.chain([format!("<{target}>")]).collect())
        }
        _ => (target.to_owned(), route.to_vec()),
    }
}
