//! Who is let near at all: whitelist → blacklist → level 1 → level 2, before anything is read; then challenges that
//! nobody answers and failed sign-ins, as the gate tells of them (SEC-01…SEC-06). An address of the server itself is never
//! blocked, and one that holds a registered device only when it floods: the office never goes dark.
//!
//! A block holds from the packet on that caused it. It is told as a fact; the stored entry comes back with the next
//! [`Rules`] and holds from then on, so that whoever removes the entry lifts the block.

pub mod rules;
mod source;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use shared::id::IdSource;
use shared::ip_list::{BlockCause, Evidence, IpAction, IpEntry, IpOrigin};
use shared::ip_range::IpRange;
use shared::setting::Settings;
use shared::{IpEntryId, Moment};

pub use rules::Rules;
use source::Source;

/// Addresses whose packets and failures are counted; the one that came first makes room.
pub const SOURCES_MAX: usize = 10_000;
/// Blocks that the store has not confirmed yet; more are not made.
const CLOSED_MAX: usize = 10_000;
/// How often those that have ended are looked for.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);
/// How long a block holds that the store does not confirm.
const CONFIRM_WITHIN: Duration = Duration::from_secs(30);

/// What is known of a request that failed, for the evidence.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// Where it came from.
    pub address: IpAddr,
    /// Its method.
    pub method: &'a str,
    /// The user that was tried.
    pub user: &'a str,
    /// What the sender calls itself.
    pub user_agent: &'a str,
}

/// A block that the store has not confirmed.
#[derive(Clone, Copy, Debug)]
struct Closed {
    id: IpEntryId,
    until: Moment,
}

/// The machine.
#[derive(Debug)]
pub struct Guard {
    rules: Arc<Rules>,
    own: BTreeSet<IpAddr>,
    settings: Settings,
    sources: BTreeMap<IpRange, Source>,
    order: VecDeque<IpRange>,
    closed: BTreeMap<IpRange, Closed>,
    swept_at: Moment,
}

impl Guard {
    /// `own` are the server's addresses.
    pub fn new(own: BTreeSet<IpAddr>, settings: &Settings) -> Self {
        Self {
            rules: Arc::default(),
            own,
            settings: settings.clone(),
            sources: BTreeMap::new(),
            order: VecDeque::new(),
            closed: BTreeMap::new(),
            swept_at: Moment::default(),
        }
    }

    /// Takes other addresses of the server.
    pub fn set_own(&mut self, own: BTreeSet<IpAddr>) {
        self.own = own;
    }

    /// Takes new settings.
    pub fn set(&mut self, settings: &Settings) {
        self.settings = settings.clone();
    }

    /// Takes another IP list. A block that it had and has no more is lifted.
    pub fn set_rules(&mut self, rules: Arc<Rules>) {
        let before = std::mem::replace(&mut self.rules, rules);
        let lifted = |closed: &Closed| before.holds(closed.id) && !self.rules.holds(closed.id);
        let sources = &mut self.sources;
        self.closed.retain(|network, closed| {
            let stays = !lifted(closed);
            if !stays && let Some(source) = sources.get_mut(network) {
                *source = Source::default();
            }
            stays
        });
    }

    /// How often each entry of the list was met.
    pub fn hits(&self) -> BTreeMap<IpEntryId, u64> {
        self.rules.hits()
    }

    /// May a packet come in? When it is the one too many, the block that it has caused.
    pub fn admit(&mut self, now: Moment, address: IpAddr, bytes: &[u8], ids: &mut IdSource) -> (bool, Option<IpEntry>) {
        match self.rules.find(now, address) {
            Some(rule) if rule.action == IpAction::Allow => return (true, None),
            Some(rule) => {
                rule.hit();
                // Who is blocked for a while only may still prove to be worse.
                let may_be_worse = rule.automatic;
                return (false, may_be_worse.then(|| self.worse(now, address, bytes, ids)).flatten());
            }
            None if self.own.contains(&address.to_canonical()) => return (true, None),
            None => {}
        }
        let network = IpRange::of_host(address);
        if self.closed.get(&network).is_some_and(|closed| closed.until > now) {
            return (false, self.worse(now, address, bytes, ids));
        }
        let packets = self.source(network).packet(now);
        let cause = match packets {
            _ if packets > self.settings.level_1_packets_max => BlockCause::Level1,
            _ if packets > self.settings.level_2_packets_max => BlockCause::Level2,
            _ => return (true, None),
        };
        (false, self.flooded(now, network, cause, packets, bytes, ids))
    }

    /// A packet of somebody who is shut out: level 2 becomes level 1 where the flood is worth it.
    fn worse(&mut self, now: Moment, address: IpAddr, bytes: &[u8], ids: &mut IdSource) -> Option<IpEntry> {
        let network = IpRange::of_host(address);
        let limit = self.settings.level_1_packets_max;
        let source = self.sources.get_mut(&network).filter(|source| source.shut_by == Some(BlockCause::Level2))?;
        let packets = source.packet(now);
        if packets <= limit {
            return None;
        }
        self.flooded(now, network, BlockCause::Level1, packets, bytes, ids)
    }

    fn flooded(
        &mut self,
        now: Moment,
        network: IpRange,
        cause: BlockCause,
        packets: u32,
        bytes: &[u8],
        ids: &mut IdSource,
    ) -> Option<IpEntry> {
        let source = self.source(network);
        source.glance(bytes);
        self.close(now, network, cause, packets, 1, ids)
    }

    /// A challenge went out. Is the address to be blocked, unless it holds a device?
    pub fn challenged(&mut self, now: Moment, sighting: &Sighting<'_>) -> Option<Suspect> {
        self.note(now, sighting, BlockCause::UnansweredChallenges)
    }

    /// Credentials were wrong, or not even looked at. Is the address to be blocked, unless it holds a device?
    pub fn failed(&mut self, now: Moment, sighting: &Sighting<'_>) -> Option<Suspect> {
        self.note(now, sighting, BlockCause::FailedAuthentication)
    }

    /// A challenge was answered, rightly or wrongly.
    pub fn answered(&mut self, address: IpAddr) {
        if let Some(source) = self.sources.get_mut(&IpRange::of_host(address)) {
            source.unanswered = source.unanswered.saturating_sub(1);
        }
    }

    fn note(&mut self, now: Moment, sighting: &Sighting<'_>, cause: BlockCause) -> Option<Suspect> {
        if self.own.contains(&sighting.address.to_canonical()) || self.rules.find(now, sighting.address).is_some() {
            return None;
        }
        let network = IpRange::of_host(sighting.address);
        let period = Duration::from_secs(u64::from(self.settings.detection_seconds));
        let (limit, _) = cause.limits(&self.settings);
        let source = self.source(network);
        let count = source.count(now, period, cause);
        source.remember(sighting);
        let too_many = match cause {
            BlockCause::FailedAuthentication => count >= limit,
            _ => count > limit,
        };
        too_many.then_some(Suspect { network, cause, count })
    }

    /// The suspect's address holds a device: it is let be, and counted anew.
    pub fn acquit(&mut self, suspect: &Suspect) {
        self.source(suspect.network).begin_anew();
    }

    /// Blocks the suspect's address.
    pub fn convict(&mut self, now: Moment, suspect: &Suspect, ids: &mut IdSource) -> Option<IpEntry> {
        let Suspect { network, cause, count } = *suspect;
        let seconds = self.settings.detection_seconds;
        self.close(now, network, cause, count, seconds, ids)
    }

    fn close(
        &mut self,
        now: Moment,
        network: IpRange,
        cause: BlockCause,
        count: u32,
        seconds: u32,
        ids: &mut IdSource,
    ) -> Option<IpEntry> {
        if self.closed.len() >= CLOSED_MAX && now.since(self.swept_at) >= SWEEP_PAUSE {
            self.swept_at = now;
            self.closed.retain(|_, closed| closed.until > now);
        }
        if self.closed.len() >= CLOSED_MAX {
            return None;
        }
        let (_, block_seconds) = cause.limits(&self.settings);
        let until = now + Duration::from_secs(u64::from(block_seconds));
        let id = ids.next(now);
        self.closed.insert(network, Closed { id, until: until.min(now + CONFIRM_WITHIN) });
        let source = self.source(network);
        source.shut_by = Some(cause);
        let (user_agents, users, methods) = source.seen();
        source.begin_anew();
        Some(IpEntry {
            id,
            network,
            action: IpAction::Block,
            description: String::new(),
            expires_at: Some(until),
            origin: IpOrigin::Automatic,
            evidence: Some(Evidence { cause, count, seconds, user_agents, users, methods }),
            created_at: now,
            hits: 0,
        })
    }

    fn source(&mut self, network: IpRange) -> &mut Source {
        if !self.sources.contains_key(&network) {
            while self.order.len() >= SOURCES_MAX {
                if let Some(oldest) = self.order.pop_front() {
                    self.sources.remove(&oldest);
                }
            }
            self.order.push_back(network);
        }
        self.sources.entry(network).or_default()
    }
}

/// An address that has passed a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Which.
    pub network: IpRange,
    cause: BlockCause,
    count: u32,
}

#[cfg(test)]
mod tests;
