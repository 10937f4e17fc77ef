//! What devices have published about their owner (RFC 3903).

use std::collections::BTreeMap;

use shared::{ExtensionId, Moment};

use crate::event::pidf::Presence;

/// The most publications of one extension: one for each of its devices.
pub const PUBLICATIONS_MAX: usize = 10;

/// One device's word.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Its entity tag, a new one after each change.
    pub etag: i64,
    /// What it says.
    pub presence: Presence,
    /// When it runs out.
    pub expires_at: Moment,
}

/// Publications of a tenant. The last of an extension's list is the latest.
#[derive(Debug, Default)]
pub struct Publications(BTreeMap<ExtensionId, Vec<Publication>>);

impl Publications {
    /// Takes one out by its tag.
    pub fn take(&mut self, extension: ExtensionId, etag: i64) -> Option<Publication> {
        let held = self.0.get_mut(&extension)?;
        let place = held.iter().position(|known| known.etag == etag)?;
        let taken = held.remove(place);
        if held.is_empty() {
            self.0.remove(&extension);
        }
        Some(taken)
    }

    /// Puts one in; what had to make room.
    pub fn put(&mut self, extension: ExtensionId, publication: Publication) -> Option<Publication> {
        let held = self.0.entry(extension).or_default();
        let oldest = (held.len() >= PUBLICATIONS_MAX).then(|| held.remove(0));
        held.push(publication);
        oldest
    }

    /// The latest word about an extension.
    pub fn latest(&self, extension: ExtensionId) -> Option<&Presence> {
        self.0.get(&extension).and_then(|held| held.last()).map(|publication| &publication.presence)
    }

    /// All of an extension, which has none from here on.
    pub fn remove_all(&mut self, extension: ExtensionId) -> Vec<Publication> {
        self.0.remove(&extension).unwrap_or_default()
    }

    /// The extensions that have one.
    pub fn extensions(&self) -> Vec<ExtensionId> {
        self.0.keys().copied().collect()
    }
}
