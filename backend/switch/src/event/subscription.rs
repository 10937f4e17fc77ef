//! Who watches whom.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use shared::{CallId, ExtensionId, Moment, SubscriptionId};
use sip::{DialogId, Flow, RequestId};

use crate::event::{LineState, Package};
use crate::leg::Side;

/// The most subscriptions that one extension's devices may hold: three side cars of keys.
pub const PER_EXTENSION_MAX: usize = 256;
/// The most subscriptions of one tenant.
pub const PER_TENANT_MAX: usize = 10_000;

/// One subscription: a dialog that carries notifications.
#[derive(Debug)]
pub struct Subscription {
    /// By which the store knows it.
    pub id: SubscriptionId,
    /// What is told.
    pub package: Package,
    /// The Event header that each NOTIFY repeats.
    pub event: String,
    /// Who watches.
    pub watcher: ExtensionId,
    /// Whom.
    pub watched: ExtensionId,
    /// The way to the watcher.
    pub flow: Flow,
    /// When it runs out.
    pub expires_at: Moment,
    /// How many documents were told.
    pub version: u32,
    /// The NOTIFY that has no answer yet: the next waits for it, so that none overtakes another.
    pub waits_for: Option<RequestId>,
    /// Is the next document to be told even if nothing has changed, and whole?
    pub owed: bool,
    /// The calls as last told.
    pub lines: Vec<(CallId, Side, LineState)>,
    /// The last document of a package that has no partial ones.
    pub told: Bytes,
}

/// The subscriptions of a tenant.
#[derive(Debug, Default)]
pub struct Subscriptions {
    all: BTreeMap<DialogId, Subscription>,
    by_watched: BTreeSet<(ExtensionId, DialogId)>,
    by_watcher: BTreeMap<ExtensionId, usize>,
    /// Those whose connection is one of the time before a restart: nothing is told until the phone is back.
    asleep: BTreeSet<(ExtensionId, DialogId)>,
}

impl Subscriptions {
    /// Is there room for one more of this watcher? Else the limit that is reached.
    pub fn room(&self, watcher: ExtensionId) -> Result<(), usize> {
        let held = self.by_watcher.get(&watcher).copied().unwrap_or(0);
        match () {
            () if held >= PER_EXTENSION_MAX => Err(PER_EXTENSION_MAX),
            () if self.all.len() >= PER_TENANT_MAX => Err(PER_TENANT_MAX),
            () => Ok(()),
        }
    }

    /// One more.
    pub fn insert(&mut self, id: DialogId, subscription: Subscription) {
        self.by_watched.insert((subscription.watched, id));
        *self.by_watcher.entry(subscription.watcher).or_default() += 1;
        self.all.insert(id, subscription);
    }

    /// One less.
    pub fn remove(&mut self, id: DialogId) -> Option<Subscription> {
        let gone = self.all.remove(&id)?;
        self.by_watched.remove(&(gone.watched, id));
        self.asleep.remove(&(gone.watcher, id));
        if let Some(held) = self.by_watcher.get_mut(&gone.watcher) {
            *held -= 1;
            if *held == 0 {
                self.by_watcher.remove(&gone.watcher);
            }
        }
        Some(gone)
    }

    /// One of them.
    pub fn get(&self, id: DialogId) -> Option<&Subscription> {
        self.all.get(&id)
    }

    /// One of them, to be changed.
    pub fn get_mut(&mut self, id: DialogId) -> Option<&mut Subscription> {
        self.all.get_mut(&id)
    }

    /// Nothing is told until it is woken.
    pub fn put_to_sleep(&mut self, id: DialogId) {
        if let Some(known) = self.all.get(&id) {
            self.asleep.insert((known.watcher, id));
        }
    }

    /// Its phone is back.
    pub fn wake(&mut self, id: DialogId) {
        if let Some(known) = self.all.get(&id) {
            self.asleep.remove(&(known.watcher, id));
        }
    }

    /// Does it wait for its phone?
    pub fn is_asleep(&self, id: DialogId) -> bool {
        self.all.get(&id).is_some_and(|known| self.asleep.contains(&(known.watcher, id)))
    }

    /// Those of a watcher that wait for its phone.
    pub fn sleeping(&self, watcher: ExtensionId) -> impl Iterator<Item = DialogId> {
        let first = (watcher, DialogId(0));
        self.asleep.range(first..).take_while(move |(known, _)| *known == watcher).map(|(_, id)| *id)
    }

    /// Does anybody watch this extension?
    pub fn is_watched(&self, extension: ExtensionId) -> bool {
        self.of(extension).next().is_some()
    }

    /// The subscriptions to an extension.
    pub fn of(&self, watched: ExtensionId) -> impl Iterator<Item = DialogId> {
        let first = (watched, DialogId(0));
        self.by_watched.range(first..).take_while(move |(known, _)| *known == watched).map(|(_, id)| *id)
    }

    /// All.
    pub fn iter(&self) -> impl Iterator<Item = (DialogId, &Subscription)> {
        self.all.iter().map(|(id, subscription)| (*id, subscription))
    }
}
