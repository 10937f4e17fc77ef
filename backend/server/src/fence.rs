//! Who may connect at all: the IP list as it stands, for the listeners and the switchboard alike, and how many connections
//! one address may have (S11). A change of the list holds within a blink, for connections that stand too.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use axum::http::HeaderMap;
use shared::Moment;
use shared::ip_list::IpEntry;
use shared::ip_range::IpRange;
use shared::network::NetworkState;
use store::{Change, Store};
use switch::{Input, Rules};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::signalling::Door;

/// Connections that one address may have at a time, over all listeners of streams. An office of hundreds behind one
/// address, each with a browser and a phone, fits in.
pub const CONNECTIONS_PER_ADDRESS_MAX: u32 = 2_000;
/// The pause before a list that could not be loaded is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// How late the end of an entry may be noticed.
const END_DELAY: Duration = Duration::from_millis(10);

/// The fence. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Fence {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    rules: watch::Sender<Arc<Rules>>,
    clock: Clock,
    own: RwLock<BTreeSet<IpAddr>>,
    trusted_proxy: bool,
    connections: Mutex<BTreeMap<IpRange, u32>>,
}

impl Fence {
    /// One that lets everybody in so far. `own` are the server's addresses: a proxy on the same machine brings everybody,
    /// and says whom where it is trusted.
    pub fn new(clock: Clock, own: BTreeSet<IpAddr>, trusted_proxy: bool) -> Self {
        let (rules, own) = (watch::Sender::default(), RwLock::new(own));
        let inner = Inner { rules, clock, own, trusted_proxy, connections: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// May the address not connect? It is counted if so.
    pub fn blocks(&self, address: IpAddr) -> bool {
        // The list is taken out of its lock: a search must not hold up whoever changes it.
        let rules = Arc::clone(&self.inner.rules.borrow());
        rules.blocks(self.inner.clock.now(), address)
    }

    /// Whom a trusted proxy has brought.
    pub fn forwarded(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let mut named = headers.get_all("x-forwarded-for").iter();
        // What stands before the last one could be anybody's invention.
        let named = named.next_back().filter(|_| self.inner.trusted_proxy)?.to_str().ok()?;
        named.rsplit(',').next()?.trim().parse().ok()
    }

    /// Is whoever stands behind a trusted proxy blocked?
    pub fn blocks_forwarded(&self, headers: &HeaderMap) -> bool {
        self.forwarded(headers).is_some_and(|address| self.blocks(address))
    }

    /// Follows the server's own addresses for ever: `fixed`, and those that peers are told. None of them is blocked by itself.
    pub async fn follow_network(self, fixed: BTreeSet<IpAddr>, mut network: watch::Receiver<NetworkState>, pump: Door) {
        loop {
            let own: BTreeSet<IpAddr> = fixed.iter().copied().chain(network.borrow_and_update().addresses()).collect();
            self.inner.own.write().unwrap_or_else(PoisonError::into_inner).clone_from(&own);
            pump.input(Input::OwnAddresses(own));
            if network.changed().await.is_err() {
                return;
            }
        }
    }

    fn is_own(&self, address: IpAddr) -> bool {
        self.inner.own.read().unwrap_or_else(PoisonError::into_inner).contains(&address.to_canonical())
    }

    /// Waits until the address is blocked.
    pub async fn blocked(&self, address: IpAddr) {
        let mut rules = self.inner.rules.subscribe();
        while !self.blocks(address) {
            if rules.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Takes a place for a connection of the address; none where it has too many.
    pub fn enter(&self, address: IpAddr) -> Option<Place> {
        if self.is_own(address) {
            return Some(Place { fence: self.clone(), network: None });
        }
        let network = IpRange::of_host(address);
        let mut connections = self.connections();
        let count = connections.entry(network).or_default();
        if *count >= CONNECTIONS_PER_ADDRESS_MAX {
            return None;
        }
        *count += 1;
        drop(connections);
        Some(Place { fence: self.clone(), network: Some(network) })
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, BTreeMap<IpRange, u32>> {
        self.inner.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, entries: &[IpEntry], pump: &Door) {
        let rules = Arc::new(Rules::new(entries, &self.inner.rules.borrow()));
        pump.input(Input::Rules(Arc::clone(&rules)));
        self.inner.rules.send_replace(rules);
    }

    /// Loads the list; when its next entry ends.
    pub async fn load(&self, store: &Store, pump: &Door) -> anyhow::Result<Option<Moment>> {
        let entries = store.ip_entries(self.inner.clock.now()).await.context("the IP list could not be loaded")?;
        self.set(&entries, pump);
        Ok(entries.iter().filter_map(|entry| entry.expires_at).min())
    }

    /// Follows the list for ever: what is changed, and what ends by itself.
    pub async fn follow(self, store: Store, pump: Door) {
        let mut changes = store.changes();
        let mut ends = self.load_at_last(&store, &pump).await;
        loop {
            let now = self.inner.clock.now();
            let ended = async {
                match ends {
                    Some(at) => tokio::time::sleep(at.since(now) + END_DELAY).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                change = changes.recv() => match change {
                    Ok(Change::IpListChanged) | Err(RecvError::Lagged(_)) => {}
                    Ok(_) => continue,
                    Err(RecvError::Closed) => return,
                },
                () = ended => {}
            }
            ends = self.load_at_last(&store, &pump).await;
        }
    }

    async fn load_at_last(&self, store: &Store, pump: &Door) -> Option<Moment> {
        loop {
            match self.load(store, pump).await {
                Ok(ends) => return ends,
                Err(error) => {
                    tracing::error!(error = %format!("{error:#}"), "trying again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }
}

/// A connection's place among those of its address.
#[derive(Debug)]
pub struct Place {
    fence: Fence,
    network: Option<IpRange>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut connections = self.fence.connections();
        if let Some(count) = connections.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_whom_it_brings_and_only_its_own_word_counts() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.1".parse().unwrap());
        headers.append("x-forwarded-for", "203.0.113.2, 203.0.113.3".parse().unwrap());
        let fence = |trusted| Fence::new(Clock::start(), BTreeSet::new(), trusted);
        assert_eq!(fence(true).forwarded(&headers), Some([203, 0, 113, 3].into()));
        assert_eq!(fence(false).forwarded(&headers), None);
        assert_eq!(fence(true).forwarded(&HeaderMap::new()), None);
    }

    // covers: IPB-05
    #[tokio::test]
    async fn ipb_05_an_address_that_the_server_gets_while_it_runs_is_its_own_too() {
        let clock = Clock::start();
        let pump =
            crate::signalling::Pump::new(crate::signalling::bind_udp(([127, 0, 0, 1], 0).into()).unwrap(), clock);
        let fence = Fence::new(clock, BTreeSet::new(), false);
        let (network, told) = watch::channel(NetworkState::default());
        let follow = tokio::spawn(fence.clone().follow_network(BTreeSet::new(), told, pump.unwrap().door()));
        let address = std::net::Ipv4Addr::new(203, 0, 113, 7);
        assert!(!fence.is_own(address.into()));
        network.send_modify(|state| state.ipv4.public = Some(address));
        drop(network);
        follow.await.unwrap();
        assert!(fence.is_own(address.into()));
    }

    // covers: S11
    #[test]
    fn s11_one_address_has_so_many_connections_and_its_neighbour_its_own() {
        let own = IpAddr::from([127, 0, 0, 1]);
        let fence = Fence::new(Clock::start(), [own].into(), false);
        let greedy = IpAddr::from([192, 0, 2, 1]);
        let mut places: Vec<Place> = (0..CONNECTIONS_PER_ADDRESS_MAX).map(|_| fence.enter(greedy).unwrap()).collect();
        assert!(fence.enter(greedy).is_none());
        assert!(fence.enter([192, 0, 2, 2].into()).is_some());
        places.extend((0..=CONNECTIONS_PER_ADDRESS_MAX).map(|_| fence.enter(own).unwrap()));
        places.remove(0);
        assert!(fence.enter(greedy).is_some());
        drop(places);
        assert!(fence.connections().is_empty(), "nothing is kept of who has left");
    }
}
