//! Who is told of changes, and whether they have been taken over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use shared::TenantId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::Store;

/// Notices that wait for a slow listener before it is told that it missed some.
const CHANGES_MAX: usize = 1_024;

/// Something that alters what the switch knows; sent after its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The tenant was created, or its settings, extensions or secrets changed: load its plan anew.
    TenantChanged(TenantId),
    /// The tenant is gone.
    TenantDeleted(TenantId),
    /// The installation's settings changed.
    SettingsChanged,
    /// Another certificate is to be served.
    CertificateChanged,
    /// Others are let near or kept away.
    IpListChanged,
    /// There are other trunks, or they are set up otherwise.
    TrunksChanged,
}

/// The notices of one store.
pub(crate) struct Changes {
    sender: broadcast::Sender<Change>,
    told: AtomicU64,
    /// How many notices each follower has taken over.
    taken: Mutex<Vec<watch::Receiver<u64>>>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { sender: broadcast::channel(CHANGES_MAX).0, told: AtomicU64::new(0), taken: Mutex::default() }
    }
}

impl Changes {
    /// Nobody listening is fine: whoever comes later loads everything.
    pub(crate) fn tell(&self, change: Change) {
        // Counted before it is sent, so that nobody takes over more than was told.
        self.told.fetch_add(1, Ordering::AcqRel);
        let _ = self.sender.send(change);
    }
}

/// Hears of changes and says when it has taken them over; whoever waits in [`Store::until_live`] waits for it.
pub struct Follower {
    changes: broadcast::Receiver<Change>,
    heard: u64,
    taken: watch::Sender<u64>,
}

impl Follower {
    /// The next change; `None` when some were missed and everything is to be loaded anew. May be dropped while it waits.
    ///
    /// # Errors
    ///
    /// The store is closed: there will be none.
    pub async fn next(&mut self) -> Result<Option<Change>, StoreClosed> {
        match self.changes.recv().await {
            Ok(change) => {
                self.heard += 1;
                Ok(Some(change))
            }
            Err(RecvError::Lagged(missed)) => {
                self.heard += missed;
                Ok(None)
            }
            Err(RecvError::Closed) => Err(StoreClosed),
        }
    }

    /// Says that all it has heard of counts from now on.
    pub fn taken(&self) {
        self.taken.send_replace(self.heard);
    }
}

/// There will be no more changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreClosed;

impl Store {
    /// Hears of every change of a tenant's plan and of the settings from now on. Whoever lags more than a thousand notices behind is told so
    /// by the receiver and loads everything anew.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.sender.subscribe()
    }

    /// Like [`Self::changes`], by somebody without whom a change does not count yet.
    pub fn follow(&self) -> Follower {
        let changes = self.changes();
        let heard = self.inner.changes.told.load(Ordering::Acquire);
        let (taken, receiver) = watch::channel(heard);
        self.inner.changes.taken.lock().unwrap_or_else(PoisonError::into_inner).push(receiver);
        Follower { changes, heard, taken }
    }

    /// Waits until every follower has taken over what was committed before now.
    pub async fn until_live(&self) {
        let told = self.inner.changes.told.load(Ordering::Acquire);
        let followers = self.inner.changes.taken.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for mut taken in followers {
            // A follower that is gone holds nobody up.
            let _ = taken.wait_for(|taken| *taken >= told).await;
        }
    }
}
