//! Where an extension can be reached: its bindings (RFC 3261, 10; RFC 5626). Pure: the SIP around it is in
//! `pbx/register.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::id::IdSource;
use shared::registration::Registration;
use shared::{ExtensionId, Moment, RegistrationId};
use sip::{ConnectionId, Flow, Transport};

use crate::leg::is_websocket;

/// The longest contact URI, instance or Call-ID that is kept, in bytes.
pub const TEXT_BYTES_MAX: usize = 512;
/// The longest User-Agent that is kept, in characters.
pub const USER_AGENT_CHARACTERS_MAX: usize = 96;
/// The most Path URIs of one binding.
pub const PATH_MAX: usize = 4;

/// One device that an extension can be reached on. Held by the thousand: boxed texts, nothing twice.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its id; stays the same as long as the device renews it.
    pub id: RegistrationId,
    /// The contact URI, as sent.
    pub contact: Box<str>,
    /// `+sip.instance`, with its angle brackets; empty when not sent.
    pub instance: Box<str>,
    /// `reg-id`.
    pub reg_id: Option<u32>,
    /// The way that the REGISTER came.
    pub flow: Flow,
    /// Is that way still there?
    pub reachable: bool,
    /// Registered with a browser's short-lived credential?
    pub browser: bool,
    /// What the device calls itself.
    pub user_agent: Box<str>,
    /// URIs, nearest first.
    pub path: Box<[String]>,
    /// Thousandths.
    pub q: u16,
    /// Of the REGISTER.
    pub call_id: Box<str>,
    /// Of the REGISTER.
    pub cseq: u32,
    /// The first REGISTER.
    pub registered_at: Moment,
    /// When it runs out.
    pub expires_at: Moment,
}

/// One contact of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The URI.
    pub contact: String,
    /// `+sip.instance`, or empty.
    pub instance: String,
    /// `reg-id`.
    pub reg_id: Option<u32>,
    /// Thousandths.
    pub q: u16,
    /// For how long; zero takes it away.
    pub seconds: u32,
}

/// What a REGISTER asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The contacts; none with `all` false only asks what there is.
    pub wishes: Vec<Wish>,
    /// `Contact: *`: take all away.
    pub all: bool,
    /// Its Call-ID.
    pub call_id: String,
    /// Its CSeq.
    pub cseq: u32,
    /// The way it came.
    pub flow: Flow,
    /// What the device calls itself.
    pub user_agent: String,
    /// URIs, nearest first.
    pub path: Vec<String>,
    /// With a browser's short-lived credential?
    pub browser: bool,
}

/// What became of a binding.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is there, since now or still; where it was before, and until when.
    Registered(RegistrationId, Option<(Flow, Moment)>),
    /// It is gone.
    Removed(Box<Binding>),
}

/// Why nothing of a REGISTER was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// An older request of the same Call-ID came after a newer one.
    OutOfOrder,
    /// It would be more than so many devices.
    TooMany(usize),
}

/// A tenant's bindings. Most extensions have one or two: their lists are never larger than what they hold.
#[derive(Debug, Default)]
pub struct Registrar {
    bindings: BTreeMap<ExtensionId, Vec<Binding>>,
}

impl Registrar {
    /// Does all of a REGISTER, or nothing.
    pub fn apply(
        &mut self,
        now: Moment,
        extension: ExtensionId,
        request: &Request,
        contacts_max: usize,
        ids: &mut IdSource,
    ) -> Result<Vec<Change>, Refused> {
        let held = self.of(extension);
        let older = |binding: &Binding| *binding.call_id == request.call_id && request.cseq <= binding.cseq;
        let touched = |binding: &Binding| request.all || request.wishes.iter().any(|wish| is_of(binding, wish));
        if held.iter().any(|binding| touched(binding) && older(binding)) {
            return Err(Refused::OutOfOrder);
        }
        let fresh = |wish: &&Wish| wish.seconds > 0 && !held.iter().any(|binding| is_of(binding, wish));
        let added = request.wishes.iter().filter(fresh).count();
        let freed = |wish: &&Wish| wish.seconds == 0 && held.iter().any(|binding| is_of(binding, wish));
        let removed = request.wishes.iter().filter(freed).count();
        if (held.len() + added).saturating_sub(removed) > contacts_max {
            return Err(Refused::TooMany(contacts_max));
        }
        let mut changes = Vec::new();
        if request.all {
            changes.extend(self.remove_all(extension).into_iter().map(|gone| Change::Removed(Box::new(gone))));
        }
        // Removals first, so that a device that swaps contacts in one request never exceeds the limit.
        for wish in request.wishes.iter().filter(|wish| wish.seconds == 0) {
            let held = self.bindings.entry(extension).or_default();
            while let Some(position) = held.iter().position(|binding| is_of(binding, wish)) {
                changes.push(Change::Removed(Box::new(held.swap_remove(position))));
            }
        }
        for wish in request.wishes.iter().filter(|wish| wish.seconds > 0) {
            changes.push(self.bind(now, extension, wish, request, ids));
        }
        if self.of(extension).is_empty() {
            self.bindings.remove(&extension);
        }
        Ok(changes)
    }

    fn bind(
        &mut self,
        now: Moment,
        extension: ExtensionId,
        wish: &Wish,
        request: &Request,
        ids: &mut IdSource,
    ) -> Change {
        let held = self.bindings.entry(extension).or_default();
        let known = held.iter().position(|binding| is_of(binding, wish)).map(|position| held.swap_remove(position));
        let binding = Binding {
            id: known.as_ref().map_or_else(|| ids.next(now), |known| known.id),
            contact: wish.contact.as_str().into(),
            instance: wish.instance.as_str().into(),
            reg_id: wish.reg_id,
            flow: request.flow,
            reachable: true,
            browser: request.browser,
            user_agent: request.user_agent.as_str().into(),
            path: request.path.clone().into(),
            q: wish.q,
            call_id: request.call_id.as_str().into(),
            cseq: request.cseq,
            registered_at: known.as_ref().map_or(now, |known| known.registered_at),
            expires_at: now + Duration::from_secs(wish.seconds.into()),
        };
        let id = binding.id;
        held.reserve_exact(1);
        held.push(binding);
        Change::Registered(id, known.map(|known| (known.flow, known.expires_at)))
    }

    /// Puts a binding back that was there before a restart. A stream of that time is gone: a device on one is known, but
    /// cannot be reached until it comes back; a browser has `grace` to do so.
    pub fn restore(&mut self, now: Moment, from: &Registration, grace: Duration) -> Option<&Binding> {
        let transport = Transport::parse(&from.transport)?;
        let flow = Flow { transport, connection: ConnectionId::NEW, remote: from.source.parse().ok()? };
        let browser = is_websocket(transport);
        let binding = Binding {
            id: from.id,
            contact: from.contact.as_str().into(),
            instance: from.instance.as_str().into(),
            reg_id: from.reg_id,
            flow,
            reachable: transport == Transport::Udp,
            browser,
            user_agent: from.user_agent.as_str().into(),
            path: from.path.clone().into(),
            q: from.q,
            call_id: from.call_id.as_str().into(),
            cseq: from.cseq,
            registered_at: from.registered_at,
            expires_at: if browser { from.expires_at.min(now + grace) } else { from.expires_at },
        };
        let held = self.bindings.entry(from.extension_id).or_default();
        held.retain(|known| known.id != from.id);
        held.reserve_exact(1);
        held.push(binding);
        held.last()
    }

    /// Takes a binding away, if it has run out.
    pub fn expire(&mut self, now: Moment, extension: ExtensionId, id: RegistrationId) -> Option<Binding> {
        let held = self.bindings.get_mut(&extension)?;
        let position = held.iter().position(|binding| binding.id == id && binding.expires_at <= now)?;
        let gone = held.swap_remove(position);
        if held.is_empty() {
            self.bindings.remove(&extension);
        }
        Some(gone)
    }

    /// Takes the bindings of an extension away for which `which` holds.
    pub fn remove(&mut self, extension: ExtensionId, which: impl Fn(&Binding) -> bool) -> Vec<Binding> {
        let held = self.bindings.remove(&extension).unwrap_or_default();
        let (gone, kept): (Vec<_>, Vec<_>) = held.into_iter().partition(which);
        if !kept.is_empty() {
            self.bindings.insert(extension, kept);
        }
        gone
    }

    fn remove_all(&mut self, extension: ExtensionId) -> Vec<Binding> {
        self.remove(extension, |_| true)
    }

    /// The bindings of an extension.
    pub fn of(&self, extension: ExtensionId) -> &[Binding] {
        self.bindings.get(&extension).map_or(&[], Vec::as_slice)
    }

    /// One binding.
    pub fn get(&self, extension: ExtensionId, id: RegistrationId) -> Option<&Binding> {
        self.of(extension).iter().find(|binding| binding.id == id)
    }

    /// One binding, to be changed.
    pub fn get_mut(&mut self, extension: ExtensionId, id: RegistrationId) -> Option<&mut Binding> {
        self.bindings.get_mut(&extension)?.iter_mut().find(|binding| binding.id == id)
    }

    /// All bindings.
    pub fn all(&self) -> impl Iterator<Item = (ExtensionId, &Binding)> {
        self.bindings.iter().flat_map(|(extension, held)| held.iter().map(|binding| (*extension, binding)))
    }

    /// How many extensions have one, and how many there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.bindings.len(), self.bindings.values().map(Vec::len).sum())
    }

    /// The devices to ring: groups of the same preference, highest first; of a device with several flows the freshest
    /// (RFC 5626, 7).
    pub fn groups(&self, extension: ExtensionId) -> Vec<Vec<&Binding>> {
        let mut devices: Vec<&Binding> = Vec::new();
        for binding in self.of(extension).iter().filter(|binding| binding.reachable) {
            let same = |known: &&mut &Binding| !binding.instance.is_empty() && known.instance == binding.instance;
            match devices.iter_mut().find(same) {
                Some(known) if known.expires_at < binding.expires_at => *known = binding,
                Some(_) => {}
                None => devices.push(binding),
            }
        }
        devices.sort_by_key(|binding| (std::cmp::Reverse(binding.q), binding.id));
        let mut groups: Vec<Vec<&Binding>> = Vec::new();
        for binding in devices {
            match groups.last_mut() {
                Some(group) if group.first().is_some_and(|first| first.q == binding.q) => group.push(binding),
                _ => groups.push(vec![binding]),
            }
        }
        groups
    }
}

/// Is the wish for this binding? A device with an instance is known by it and its reg-id (RFC 5626, 6), whatever its
/// contact has become; any other by its contact.
fn is_of(binding: &Binding, wish: &Wish) -> bool {
    if !wish.instance.is_empty() && *binding.instance == wish.instance && binding.reg_id == wish.reg_id {
        return true;
    }
    same_uri(&binding.contact, &wish.contact) && (wish.instance.is_empty() || binding.instance.is_empty())
}

/// Are two contact URIs the same? The user part as written, the rest in any case (RFC 3261, 19.1.4).
fn same_uri(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((one_user, one_host)), Some((other_user, other_host))) => {
            one_user == other_user && one_host.eq_ignore_ascii_case(other_host)
        }
        (None, None) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
