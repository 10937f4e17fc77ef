//! What was counted and seen of one address.

use std::time::Duration;

use shared::Moment;
use shared::ip_list::BlockCause;

use super::Sighting;
use crate::history::clean;

/// Different texts of a kind that are kept as evidence.
const TEXTS_MAX: usize = 5;
/// The longest of them, in characters.
const TEXT_CHARACTERS_MAX: usize = 64;
/// How much of a packet is looked at for its evidence, in bytes.
const GLANCE_BYTES_MAX: usize = 1_500;

/// The counters of one address.
#[derive(Debug, Default)]
pub struct Source {
    second: Moment,
    packets: u32,
    period: Moment,
    failed: u32,
    /// Challenges that were not answered in the period.
    pub unanswered: u32,
    /// The limit by which it was blocked last.
    pub shut_by: Option<BlockCause>,
    seen: Option<Box<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    user_agents: Vec<String>,
    users: Vec<String>,
    methods: Vec<String>,
}

impl Source {
    /// Counts a packet; how many there were in its second.
    pub fn packet(&mut self, now: Moment) -> u32 {
        if now.since(self.second) >= Duration::from_secs(1) {
            (self.second, self.packets) = (now, 0);
        }
        self.packets = self.packets.saturating_add(1);
        self.packets
    }

    /// Counts a failure; how many of its kind there were in the period.
    pub fn count(&mut self, now: Moment, period: Duration, cause: BlockCause) -> u32 {
        if now.since(self.period) >= period {
            (self.period, self.failed, self.unanswered) = (now, 0, 0);
        }
        let counter = if cause == BlockCause::FailedAuthentication { &mut self.failed } else { &mut self.unanswered };
        *counter = counter.saturating_add(1);
        *counter
    }

    /// Forgets failures, not the packets of the running second.
    pub fn begin_anew(&mut self) {
        (self.failed, self.unanswered, self.seen) = (0, 0, None);
    }

    /// Keeps what a request was.
    pub fn remember(&mut self, sighting: &Sighting<'_>) {
        let seen = self.seen.get_or_insert_default();
        keep(&mut seen.user_agents, sighting.user_agent);
        keep(&mut seen.users, sighting.user);
        keep(&mut seen.methods, sighting.method);
    }

    /// Keeps what an unread packet seems to be.
    pub fn glance(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes.get(..GLANCE_BYTES_MAX).unwrap_or(bytes));
        let mut lines = text.lines();
        let method = lines.next().and_then(|line| line.split(' ').next()).unwrap_or_default();
        let method = if method.bytes().all(|byte| byte.is_ascii_uppercase()) { method } else { "" };
        let header = lines.filter_map(|line| line.split_once(':'));
        let mut agents = header.filter(|(name, _)| name.trim().eq_ignore_ascii_case("User-Agent"));
        let agent = agents.next().map_or("", |(_, value)| value.trim());
        let seen = self.seen.get_or_insert_default();
        keep(&mut seen.methods, method);
        keep(&mut seen.user_agents, agent);
    }

    /// User agents, users and methods.
    pub fn seen(&self) -> (Vec<String>, Vec<String>, Vec<String>) {
        self.seen
            .as_ref()
            .map_or_else(Default::default, |seen| (seen.user_agents.clone(), seen.users.clone(), seen.methods.clone()))
    }
}

fn keep(texts: &mut Vec<String>, text: &str) {
    if text.is_empty() || texts.len() >= TEXTS_MAX || texts.iter().any(|known| known == text) {
        return;
    }
    let text: String = clean(text).chars().take(TEXT_CHARACTERS_MAX).collect();
    if !texts.contains(&text) {
        texts.push(text);
    }
}
