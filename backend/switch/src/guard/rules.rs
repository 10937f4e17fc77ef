//! The IP list as it is looked up: one search for each packet, whatever the length of the list.
//!
//! Ranges lie in one another or apart. They are laid out beside each other once, each address then belongs to one span:
//! that of the narrowest range that allows it, else of the narrowest that blocks it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use shared::ip_list::{IpAction, IpEntry, IpOrigin};
use shared::ip_range::IpRange;
use shared::{IpEntryId, Moment};

/// One entry of the list.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: IpEntryId,
    /// What is done.
    pub action: IpAction,
    /// Did Belfry make it?
    pub automatic: bool,
    network: IpRange,
    expires_at: Option<Moment>,
    hits: AtomicU64,
}

/// The list. It is shared by whoever reads from a network and is never changed: another one takes its place.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    v4: Vec<Span>,
    v6: Vec<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: u128,
    last: u128,
    rule: usize,
}

impl Rules {
    /// These entries. What `before` has counted goes on.
    pub fn new(entries: &[IpEntry], before: &Self) -> Self {
        let counted = before.hits();
        let mut rules: Vec<Rule> = entries
            .iter()
            .map(|entry| Rule {
                id: entry.id,
                action: entry.action,
                automatic: entry.origin == IpOrigin::Automatic,
                network: entry.network,
                expires_at: entry.expires_at,
                hits: AtomicU64::new(counted.get(&entry.id).copied().unwrap_or(0)),
            })
            .collect();
        // A range before those that lie in it.
        rules.sort_by_key(|rule| (rule.network.first(), rule.network.prefix()));
        let (v4, v6) = (spans(&rules, IpAddr::is_ipv4), spans(&rules, IpAddr::is_ipv6));
        Self { rules, v4, v6 }
    }

    /// What holds for the address now.
    pub fn find(&self, now: Moment, address: IpAddr) -> Option<&Rule> {
        let address = address.to_canonical();
        let spans = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let number = number(address);
        let place = spans.partition_point(|span| span.first <= number).checked_sub(1)?;
        let span = spans.get(place).filter(|span| number <= span.last)?;
        self.rules.get(span.rule).filter(|rule| rule.expires_at.is_none_or(|at| at > now))
    }

    /// Is traffic of the address to be dropped? It is counted if so.
    pub fn blocks(&self, now: Moment, address: IpAddr) -> bool {
        match self.find(now, address) {
            Some(rule) if rule.action == IpAction::Block => {
                rule.hit();
                true
            }
            _ => false,
        }
    }

    /// Is there such an entry?
    pub fn holds(&self, id: IpEntryId) -> bool {
        self.rules.iter().any(|rule| rule.id == id)
    }

    /// How often each entry was met.
    pub fn hits(&self) -> BTreeMap<IpEntryId, u64> {
        self.rules.iter().map(|rule| (rule.id, rule.hits.load(Ordering::Relaxed))).collect()
    }
}

impl Rule {
    /// Counts a packet or a connection.
    pub fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Lays sorted, nested ranges out beside each other.
fn spans(rules: &[Rule], of_family: fn(&IpAddr) -> bool) -> Vec<Span> {
    let mut spans = Vec::new();
    // The ranges that are open at `next`, widest first, each with the rule that holds in it.
    let mut open: Vec<(u128, usize)> = Vec::new();
    let mut next = 0;
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| of_family(&rule.network.first())) {
        let (first, last) = (number(rule.network.first()), number(rule.network.last()));
        close(&mut spans, &mut open, &mut next, first);
        let outer = open.last().and_then(|(_, outer)| Some((*outer, rules.get(*outer)?.action)));
        let holds = match outer {
            Some((outer, IpAction::Allow)) if rule.action == IpAction::Block => outer,
            _ => index,
        };
        open.push((last, holds));
        next = first;
    }
    close(&mut spans, &mut open, &mut next, u128::MAX);
    if let Some((last, rule)) = open.pop() {
        spans.push(Span { first: next, last, rule });
    }
    spans
}

/// Writes out what is open up to `until`, without it.
fn close(spans: &mut Vec<Span>, open: &mut Vec<(u128, usize)>, next: &mut u128, until: u128) {
    while let Some((last, rule)) = open.last().copied() {
        let ends = last < until;
        let end = if ends { last } else { until.saturating_sub(1) };
        if *next <= end && *next < until {
            spans.push(Span { first: *next, last: end, rule });
            *next = end.saturating_add(1);
        }
        if !ends {
            return;
        }
        open.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64, network: &str, action: IpAction) -> IpEntry {
        IpEntry {
            id: IpEntryId(id),
            network: network.parse().unwrap(),
            action,
            description: String::new(),
            expires_at: None,
            origin: IpOrigin::Manual,
            evidence: None,
            created_at: Moment(0),
            hits: 0,
        }
    }

    fn found(rules: &Rules, address: &str) -> i64 {
        rules.find(Moment(0), address.parse().unwrap()).map_or(0, |rule| rule.id.0)
    }

    // covers: IPB-01, IPB-02, IPB-05
    #[test]
    fn allow_wins_over_block_and_the_narrower_range_among_equals() {
        use IpAction::{Allow, Block};
        let entries = [
            entry(1, "41.202.0.0/16", Block),
            entry(2, "41.202.7.0/24", Allow),
            entry(3, "41.202.7.9", Block),
            entry(4, "41.202.9.0/24", Block),
            entry(5, "41.202.255.255", Block),
            entry(6, "2001:db8::/32", Block),
            entry(7, "2001:db8:1::/48", Allow),
            entry(8, "41.202.7.8", Allow),
        ];
        let rules = Rules::new(&entries, &Rules::default());
        for (address, id) in [
            ("41.201.255.255", 0),
            ("41.202.0.0", 1),
            ("41.202.6.255", 1),
            ("41.202.7.0", 2),
            ("41.202.7.8", 8),
            ("41.202.7.9", 2),
            ("41.202.7.255", 2),
            ("41.202.8.0", 1),
            ("41.202.9.77", 4),
            ("41.202.10.0", 1),
            ("41.202.255.254", 1),
            ("41.202.255.255", 5),
            ("41.203.0.0", 0),
            ("::ffff:41.202.9.1", 4),
            ("2001:db8::1", 6),
            ("2001:db8:1::1", 7),
            ("2001:db8:2::", 6),
            ("2001:db9::", 0),
        ] {
            assert_eq!(found(&rules, address), id, "{address}");
        }
    }

    #[test]
    fn the_ends_of_the_address_space_are_no_exception() {
        let everything = [entry(1, "0.0.0.0/0", IpAction::Block), entry(2, "::/0", IpAction::Block)];
        let rules = Rules::new(&everything, &Rules::default());
        for (address, id) in [("0.0.0.0", 1), ("255.255.255.255", 1), ("::", 2)] {
            assert_eq!(found(&rules, address), id, "{address}");
        }
        assert_eq!(found(&rules, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 2);
        let last = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        let rules = Rules::new(&[entry(2, "::/0", IpAction::Block), entry(3, last, IpAction::Allow)], &rules);
        assert_eq!((found(&rules, last), found(&rules, "ffff::")), (3, 2));
    }

    #[test]
    fn every_address_is_found_as_by_looking_at_each_entry() {
        // A small space, in which all cases of lying in one another come up.
        let mut seed = 7_u32;
        let mut dice = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        for _ in 0..300 {
            let mut entries: Vec<IpEntry> = Vec::new();
            for id in 1..=8 {
                let network = format!("10.0.0.{}/{}", dice(64), 26 + dice(7)).parse().unwrap();
                if entries.iter().all(|known| known.network != network) {
                    let action = if dice(3) == 0 { IpAction::Allow } else { IpAction::Block };
                    entries.push(IpEntry { network, ..entry(id, "10.0.0.1", action) });
                }
            }
            let rules = Rules::new(&entries, &Rules::default());
            for last in 0..80_u8 {
                let address = IpAddr::from([10, 0, 0, last]);
                let narrowest = |action| {
                    let all = entries.iter().filter(|e| e.action == action && e.network.contains(address));
                    all.max_by_key(|entry| entry.network.prefix())
                };
                let wanted = narrowest(IpAction::Allow).or_else(|| narrowest(IpAction::Block)).map(|e| e.id);
                assert_eq!(rules.find(Moment(0), address).map(|rule| rule.id), wanted, "{address} in {entries:?}");
            }
        }
    }

    // covers: IPB-04
    #[test]
    fn ipb_04_an_entry_ends_at_its_time_and_hits_are_counted_over_changes() {
        let brief = IpEntry { expires_at: Some(Moment(10)), ..entry(1, "192.0.2.1", IpAction::Block) };
        let rules = Rules::new(std::slice::from_ref(&brief), &Rules::default());
        let address = "192.0.2.1".parse().unwrap();
        assert!(rules.blocks(Moment(9), address));
        assert!(!rules.blocks(Moment(10), address));
        let rules = Rules::new(&[brief, entry(2, "192.0.2.2", IpAction::Block)], &rules);
        assert!(rules.blocks(Moment(9), address));
        assert_eq!(rules.hits(), BTreeMap::from([(IpEntryId(1), 2), (IpEntryId(2), 0)]));
    }
}
