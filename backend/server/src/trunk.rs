//! Trunks reach the switchboard: as they are set up, and where their names lead (RFC 3263).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use shared::did::DidPool;
use shared::trunk::{TrunkMode, TrunkSettings, TrunkTransport};
use shared::{TenantId, TrunkId};
use sip::Transport;
use store::{Change, Follower, PlanTrunk, Store};
use switch::Input;
use switch::trunk::TrunkPlan;
use tokio::time::MissedTickBehavior;

use crate::dns::Dns;
use crate::signalling::Door;
use crate::transport::tls::{self, Peer, Peers};

/// How often names are looked up again; the resolver itself asks only when what it knows has run out.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Hands them on, and follows changes and names for ever.
pub struct Trunks {
    store: Store,
    pump: Door,
    dns: Dns,
    peers: Peers,
    known: BTreeMap<TrunkId, (TrunkSettings, Vec<SocketAddr>)>,
    /// How those are connected to that are believed by the same roots, PEM.
    clients: BTreeMap<String, Arc<ClientConfig>>,
}

impl Trunks {
    /// Hands on what there is. Names are looked up by [`Self::follow`].
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn load(store: Store, pump: Door, dns: Dns, peers: Peers) -> Result<Self, store::Error> {
        let mut trunks = Self { store, pump, dns, peers, known: BTreeMap::new(), clients: BTreeMap::new() };
        trunks.reload().await?;
        Ok(trunks)
    }

    /// Follows changes and names for ever.
    pub async fn follow(mut self, mut changes: Follower) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                change = changes.next() => {
                    let Ok(change) = change else { return };
                    // A tenant that is gone has no trunk any more.
                    let reload = matches!(change, None | Some(Change::TrunksChanged | Change::TenantDeleted(_)));
                    if reload && let Err(error) = self.reload().await {
                        tracing::error!(%error, "the trunks could not be loaded");
                    }
                    changes.taken();
                    if reload {
                        self.look().await;
                    }
                }
                _ = ticks.tick() => self.look().await,
            }
        }
    }

    async fn reload(&mut self) -> Result<(), store::Error> {
        let rows = self.store.load_trunks().await?;
        let mut known = BTreeMap::new();
        for row in &rows {
            let settings = row.trunk.settings.clone();
            let targets = kept(self.known.remove(&row.trunk.id), &settings);
            known.insert(row.trunk.id, (settings, targets));
        }
        self.known = known;
        self.peers.keep(|trunk| self.known.get(&trunk).is_some_and(|(settings, _)| is_proved(settings)));
        self.clients.retain(|roots, _| self.known.values().any(|(settings, _)| settings.roots == *roots));
        self.pump.input(Input::Trunks(rows.into_iter().map(plan_of).collect()));
        Ok(())
    }

    /// Looks all names up; where nobody answers, what was found before stands.
    async fn look(&mut self) {
        for (id, (settings, targets)) in &mut self.known {
            // Its host is a name that leads nowhere: the gateway comes by itself.
            if settings.mode == TrunkMode::Accept {
                continue;
            }
            let (uri, transport) = place(settings);
            let peer = is_proved(settings).then(|| peer(&mut self.clients, settings)).flatten();
            match self.dns.locate(&uri, &[transport]).await {
                Ok(found) => {
                    let found: Vec<SocketAddr> =
                        found.iter().filter(|one| one.transport == transport).map(|one| one.address).collect();
                    if let Some(peer) = &peer {
                        self.peers.know(*id, &found, peer);
                    }
                    if *targets != found {
                        *targets = found.clone();
                        self.pump.input(Input::TrunkFound(*id, found));
                    }
                }
                Err(error) => tracing::warn!(trunk = %settings.name, %error, "a trunk's name could not be looked up"),
            }
        }
    }
}

/// Is it connected to from here over TLS?
fn is_proved(settings: &TrunkSettings) -> bool {
    settings.transport == TrunkTransport::Tls && settings.mode != TrunkMode::Accept
}

/// By which name it is to prove itself, and to whose roots.
fn peer(clients: &mut BTreeMap<String, Arc<ClientConfig>>, settings: &TrunkSettings) -> Option<Peer> {
    let config = match clients.get(&settings.roots) {
        Some(known) => Arc::clone(known),
        None => {
            let roots = match settings.roots.is_empty() {
                true => certificate::system_roots(),
                // What is stored was read when it was entered.
                false => certificate::roots(&settings.roots).ok()?,
            };
            let made = tls::client(roots).ok()?;
            clients.insert(settings.roots.clone(), Arc::clone(&made));
            made
        }
    };
    Peer::new(settings.next_hop().0, config)
}

/// Where it was found is kept while it is looked for in the same place. Nothing is looked up while a gateway registers here, and
/// afterwards everything is.
fn kept(before: Option<(TrunkSettings, Vec<SocketAddr>)>, now: &TrunkSettings) -> Vec<SocketAddr> {
    let looked_up = |of: &TrunkSettings| of.mode != TrunkMode::Accept;
    let same = before.filter(|(old, _)| looked_up(old) && looked_up(now) && place(old) == place(now));
    same.map(|(_, targets)| targets).unwrap_or_default()
}

/// The URI that is looked up, and by what it is reached.
fn place(settings: &TrunkSettings) -> (String, Transport) {
    let (host, port) = settings.next_hop();
    let bare = host.trim_matches(['[', ']']);
    let host = if bare.contains(':') { format!("[{bare}]") } else { bare.to_owned() };
    let port = if port == 0 { String::new() } else { format!(":{port}") };
    let word = settings.transport.param();
    (format!("sip:{host}{port};transport={word}"), Transport::parse(word).unwrap_or(Transport::Udp))
}

fn plan_of(row: PlanTrunk) -> TrunkPlan {
    let PlanTrunk { trunk, password } = row;
    let pool = |known: &shared::trunk::TrunkAssignment| -> (TenantId, DidPool) {
        // What is stored was read when it was entered.
        (known.tenant_id, DidPool::parse(&known.did_pool).unwrap_or_default())
    };
    let pools = trunk.assignments.iter().map(pool).collect();
    TrunkPlan { id: trunk.id, owner: trunk.owner_id, settings: trunk.settings, password, pools }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_is_looked_for_at_its_proxy_by_its_transport() {
        let settings = |host: &str, port| TrunkSettings { host: host.into(), port, ..TrunkSettings::default() };
        let uri = |settings: &TrunkSettings| place(settings).0;
        assert_eq!(uri(&settings("sip.example", 5_060)), "sip:sip.example:5060;transport=udp");
        assert_eq!(uri(&settings("sip.example", 0)), "sip:sip.example;transport=udp");
        assert_eq!(uri(&settings("2001:db8::1", 5_080)), "sip:[2001:db8::1]:5080;transport=udp");
        let proxied = TrunkSettings { outbound_proxy: "edge.example".into(), ..settings("sip.example", 5_060) };
        assert_eq!(uri(&proxied), "sip:edge.example;transport=udp");
    }

    // covers: TRK-04
    #[test]
    fn trk_04_a_trunk_that_is_no_gateway_any_more_is_looked_for_anew() {
        let found = vec![SocketAddr::from(([192, 0, 2, 1], 5_060))];
        let of = |mode, host: &str| TrunkSettings { mode, host: host.into(), ..TrunkSettings::default() };
        for (before, now, targets) in [
            (of(TrunkMode::Ip, "sip.example"), of(TrunkMode::Register, "sip.example"), found.clone()),
            (of(TrunkMode::Ip, "sip.example"), of(TrunkMode::Ip, "other.example"), vec![]),
            (of(TrunkMode::Ip, "sip.example"), of(TrunkMode::Accept, "sip.example"), vec![]),
            (of(TrunkMode::Accept, "sip.example"), of(TrunkMode::Ip, "sip.example"), vec![]),
        ] {
            assert_eq!(kept(Some((before, found.clone())), &now), targets, "{now:?}");
        }
        assert!(kept(None, &of(TrunkMode::Ip, "sip.example")).is_empty());
    }
}
