//! The SIP messages of calls and of refused requests, as they came and went (LOG-04, OPS-04). What is captured is the bytes
//! that are there anyway; their secrets are taken out when they are told or asked for, never on the way of a packet.
//!
//! A message is found by its Call-ID. Until it is clear whose it is, it waits with others of the same Call-ID in a ring that
//! all strangers share; from then on only what comes the way of that end is taken for it, or shows its tag.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use media::LegId;
use shared::fact::Fact;
use shared::ladder::{Ladder, LadderLane, LadderMessage};
use shared::{CallId, ExtensionId, Moment, TenantId};
use sip::redact::{call_id, redact};
use sip::{Flow, Transport};

/// The most messages of one call that are kept.
pub const CALL_MESSAGES_MAX: usize = 300;
/// The most bytes of one call's messages that are kept.
pub const CALL_BYTES_MAX: usize = 256 << 10;
/// The most bytes of the messages of a tenant's running calls.
pub const TENANT_BYTES_MAX: usize = 32 << 20;
/// The most Call-IDs that are nobody's yet; the oldest makes room.
pub const WAITING_MAX: usize = 2_048;
/// The most messages that wait with one Call-ID; the oldest makes room.
pub const WAITING_MESSAGES_MAX: usize = 8;
/// The most bytes of all that wait.
pub const WAITING_BYTES_MAX: usize = 4 << 20;
/// The longest message that is kept.
const MESSAGE_BYTES_MAX: usize = 16 << 10;
/// Messages that a repeat is looked for among.
const REPEATS_WITHIN: usize = 12;
/// What is new is told this often.
pub const TOLD_EVERY: Duration = Duration::from_millis(1_500);
/// How long an ended call's last messages are waited for.
const LINGER: Duration = Duration::from_secs(10);

/// Who is at the other end of the messages of one dialog.
#[derive(Clone, Debug)]
pub struct End<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The call.
    pub call: CallId,
    /// The call's leg.
    pub leg: LegId,
    /// `caller` or `callee`.
    pub side: &'static str,
    /// The extension's number.
    pub number: &'a str,
    /// The device in words.
    pub device: &'a str,
    /// The extension; none for somebody outside.
    pub extension: Option<ExtensionId>,
}

/// A message as it came or went.
#[derive(Clone, Debug)]
struct Caught {
    at: Moment,
    sent: bool,
    flow: Flow,
    bytes: Bytes,
}

#[derive(Debug)]
enum Holder {
    /// Nobody's yet.
    Waiting(VecDeque<Caught>),
    /// A lane of a call.
    Call(CallId, u32),
}

/// All that has one Call-ID.
#[derive(Debug)]
struct Track {
    flow: Flow,
    /// Our tag in the dialog; empty before there is one.
    tag: Box<str>,
    /// Its place in the ring of those that wait.
    turn: u64,
    holder: Holder,
}

/// A message on a tape, with its secrets.
#[derive(Debug)]
struct Kept {
    lane: u32,
    /// The number of the one that it repeats.
    repeats: Option<u32>,
    caught: Caught,
}

/// A call's messages.
#[derive(Debug)]
struct Tape {
    tenant: TenantId,
    lanes: Vec<LadderLane>,
    legs: Vec<LegId>,
    kept: Vec<Kept>,
    /// How many of `kept` were told.
    told: usize,
    bytes: usize,
    left_out: u32,
    tracks: Vec<Box<[u8]>>,
    over_at: Option<Moment>,
}

/// Keeps what is captured until it is told.
#[derive(Debug, Default)]
pub struct Capture {
    on: bool,
    tracks: BTreeMap<Box<[u8]>, Track>,
    waiting: VecDeque<(u64, Box<[u8]>)>,
    waiting_bytes: usize,
    turns: u64,
    tapes: BTreeMap<CallId, Tape>,
    of_tenants: BTreeMap<TenantId, usize>,
    dirty: BTreeSet<CallId>,
    lingering: VecDeque<(Moment, CallId)>,
    due: Option<Moment>,
}

impl Capture {
    /// On or off (LOG-04); what waits is dropped when it is switched off.
    pub fn set(&mut self, on: bool) {
        self.on = on;
        if !on {
            self.tracks.clear();
            self.waiting.clear();
            self.waiting_bytes = 0;
        }
    }

    /// A message has come or goes.
    pub fn note(&mut self, now: Moment, flow: Flow, sent: bool, bytes: &Bytes) {
        if !self.on || bytes.len() > MESSAGE_BYTES_MAX {
            return;
        }
        let Some((key, begins)) = call_id(bytes) else { return };
        // A piece of a stream's buffer would keep the whole of it.
        let kept =
            || if sent || flow.transport == Transport::Udp { bytes.clone() } else { Bytes::copy_from_slice(bytes) };
        let Some(track) = self.tracks.get_mut(key) else {
            if begins && !sent {
                let key: Box<[u8]> = key.into();
                self.wait(key, Caught { at: now, sent, flow, bytes: kept() });
            }
            return;
        };
        match &mut track.holder {
            Holder::Call(call, lane) => {
                if track.flow != flow && !shows(bytes, &track.tag) {
                    return;
                }
                track.flow = flow;
                let (call, lane) = (*call, *lane);
                self.keep(now, call, lane, Caught { at: now, sent, flow, bytes: kept() });
            }
            Holder::Waiting(list) => {
                if track.flow.remote.ip() != flow.remote.ip() {
                    // Another peer's with the same Call-ID: what it did not see is not shown to it.
                    if !begins || sent {
                        return;
                    }
                    self.waiting_bytes -= list.drain(..).map(|caught| caught.bytes.len()).sum::<usize>();
                }
                track.flow = flow;
                if list.len() >= WAITING_MESSAGES_MAX {
                    self.waiting_bytes -= list.pop_front().map_or(0, |oldest| oldest.bytes.len());
                }
                self.waiting_bytes += bytes.len();
                list.push_back(Caught { at: now, sent, flow, bytes: kept() });
                self.make_room();
            }
        }
    }

    fn wait(&mut self, key: Box<[u8]>, caught: Caught) {
        self.turns += 1;
        self.waiting_bytes += caught.bytes.len();
        self.waiting.push_back((self.turns, key.clone()));
        let flow = caught.flow;
        let holder = Holder::Waiting([caught].into());
        self.tracks.insert(key, Track { flow, tag: "".into(), turn: self.turns, holder });
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.waiting.len() > WAITING_MAX || self.waiting_bytes > WAITING_BYTES_MAX {
            let Some((turn, key)) = self.waiting.pop_front() else { return };
            let stands = self.tracks.get(&key).is_some_and(|track| track.turn == turn);
            if stands && let Some(Track { holder: Holder::Waiting(list), .. }) = self.tracks.get(&key) {
                self.waiting_bytes -= list.iter().map(|caught| caught.bytes.len()).sum::<usize>();
                self.tracks.remove(&key);
            }
        }
    }

    /// From now on the messages of this Call-ID, and those that wait, belong to that end of a call.
    pub fn bind(&mut self, now: Moment, names: (&str, &str), flow: Flow, end: &End<'_>) {
        if !self.on {
            return;
        }
        let (key, tag) = names;
        let tape = self.tapes.entry(end.call).or_insert_with(|| Tape::new(end.tenant));
        let lane = tape.lane(end);
        let key: Box<[u8]> = key.as_bytes().into();
        if !tape.tracks.contains(&key) {
            tape.tracks.push(key.clone());
        }
        let fresh = Track { flow, tag: tag.into(), turn: 0, holder: Holder::Call(end.call, lane) };
        let Some(Track { holder: Holder::Waiting(list), flow: seen, .. }) = self.tracks.insert(key, fresh) else {
            return;
        };
        self.waiting_bytes -= list.iter().map(|caught| caught.bytes.len()).sum::<usize>();
        if seen.remote.ip() == flow.remote.ip() {
            for caught in list {
                self.keep(now, end.call, lane, caught);
            }
        }
    }

    fn keep(&mut self, now: Moment, call: CallId, lane: u32, caught: Caught) {
        let Some(tape) = self.tapes.get_mut(&call) else { return };
        let held = self.of_tenants.entry(tape.tenant).or_default();
        let length = caught.bytes.len();
        if tape.kept.len() >= CALL_MESSAGES_MAX
            || tape.bytes + length > CALL_BYTES_MAX
            || *held + length > TENANT_BYTES_MAX
        {
            tape.left_out = tape.left_out.saturating_add(1);
        } else {
            *held += length;
            tape.bytes += length;
            tape.keep(lane, caught);
        }
        self.dirty.insert(call);
        self.due.get_or_insert(now + TOLD_EVERY);
    }

    /// The call is over; its last messages may still come.
    pub fn over(&mut self, now: Moment, call: CallId) {
        let Some(tape) = self.tapes.get_mut(&call).filter(|tape| tape.over_at.is_none()) else { return };
        tape.over_at = Some(now + LINGER);
        self.lingering.push_back((now + LINGER, call));
        self.due.get_or_insert(now + TOLD_EVERY);
    }

    /// All calls of the tenant are over.
    pub fn tenant_over(&mut self, now: Moment, tenant: TenantId) {
        let calls: Vec<CallId> =
            self.tapes.iter().filter(|(_, tape)| tape.tenant == tenant).map(|(call, _)| *call).collect();
        for call in calls {
            self.over(now, call);
        }
    }

    /// When there is something to tell.
    pub const fn due(&self) -> Option<Moment> {
        self.due
    }

    /// What is new since the last time, and nothing any more of calls that are long over. `foreign` says of a host whether
    /// a tenant is not to know it, `local` which address of ours a peer is told.
    pub fn tell(
        &mut self,
        now: Moment,
        foreign: &dyn Fn(TenantId, &str) -> bool,
        local: &dyn Fn(Flow) -> String,
    ) -> Vec<(TenantId, Fact)> {
        let mut facts = Vec::new();
        for call in std::mem::take(&mut self.dirty) {
            let Some(tape) = self.tapes.get_mut(&call) else { continue };
            let tenant = tape.tenant;
            let piece = tape.ladder(tape.told, &|host| foreign(tenant, host), local);
            tape.told = tape.kept.len();
            let extension_ids = tape.lanes.iter().filter_map(|lane| lane.extension_id).collect::<BTreeSet<_>>();
            let extension_ids = extension_ids.into_iter().collect();
            facts.push((tenant, Fact::CallCaptured { call_id: call, extension_ids, piece }));
        }
        while let Some((at, call)) = self.lingering.front().copied().filter(|(at, _)| *at <= now) {
            self.lingering.pop_front();
            if self.tapes.get(&call).is_some_and(|tape| tape.over_at == Some(at)) {
                self.forget(call);
            }
        }
        self.due = self.lingering.front().map(|(at, _)| *at);
        facts
    }

    fn forget(&mut self, call: CallId) {
        let Some(tape) = self.tapes.remove(&call) else { return };
        for key in tape.tracks {
            let own = |track: &Track| matches!(track.holder, Holder::Call(owner, _) if owner == call);
            if self.tracks.get(&key).is_some_and(own) {
                self.tracks.remove(&key);
            }
        }
        if let Some(held) = self.of_tenants.get_mut(&tape.tenant) {
            *held = held.saturating_sub(tape.bytes);
            if *held == 0 {
                self.of_tenants.remove(&tape.tenant);
            }
        }
    }

    /// A call's ladder so far, while it is here.
    pub fn ladder(
        &self,
        tenant: TenantId,
        call: CallId,
        foreign: &dyn Fn(TenantId, &str) -> bool,
        local: &dyn Fn(Flow) -> String,
    ) -> Option<Ladder> {
        let tape = self.tapes.get(&call).filter(|tape| tape.tenant == tenant)?;
        Some(tape.ladder(0, &|host| foreign(tenant, host), local))
    }

    /// What waits with this Call-ID: the last exchange of a request that came to nothing.
    pub fn exchange(
        &self,
        key: &str,
        label: &str,
        device: &str,
        foreign: &dyn Fn(&str) -> bool,
        local: &dyn Fn(Flow) -> String,
    ) -> Ladder {
        let Some(Track { holder: Holder::Waiting(list), .. }) = self.tracks.get(key.as_bytes()) else {
            return Ladder::default();
        };
        let mut tape = Tape::new(TenantId(0));
        for caught in list {
            tape.keep(0, caught.clone());
        }
        tape.lanes.push(LadderLane { label: label.to_owned(), device: device.to_owned(), ..LadderLane::default() });
        tape.ladder(0, foreign, local)
    }
}

impl Tape {
    const fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            lanes: Vec::new(),
            legs: Vec::new(),
            kept: Vec::new(),
            told: 0,
            bytes: 0,
            left_out: 0,
            tracks: Vec::new(),
            over_at: None,
        }
    }

    /// The lane of a leg, made where there is none.
    fn lane(&mut self, end: &End<'_>) -> u32 {
        if let Some(known) = self.legs.iter().position(|leg| *leg == end.leg) {
            return known as u32;
        }
        let number = self.lanes.len() as u32;
        self.legs.push(end.leg);
        self.lanes.push(LadderLane {
            number,
            side: end.side.to_owned(),
            label: end.number.to_owned(),
            device: end.device.to_owned(),
            extension_id: end.extension,
        });
        number
    }

    fn keep(&mut self, lane: u32, caught: Caught) {
        let same =
            |known: &Kept| known.lane == lane && known.caught.sent == caught.sent && known.caught.bytes == caught.bytes;
        let mut latest = self.kept.iter().zip(1..).skip(self.kept.len().saturating_sub(REPEATS_WITHIN));
        let repeats = latest.find(|(known, _)| same(known)).map(|(known, number)| known.repeats.unwrap_or(number));
        self.kept.push(Kept { lane, repeats, caught });
    }

    /// The ladder without its first `skip` messages, and without secrets.
    fn ladder(&self, skip: usize, foreign: &dyn Fn(&str) -> bool, local: &dyn Fn(Flow) -> String) -> Ladder {
        let messages = self.kept.iter().zip(1..).skip(skip).map(|(kept, number)| {
            let Kept { lane, repeats, caught } = kept;
            LadderMessage {
                number,
                at: caught.at,
                lane: *lane,
                sent: caught.sent,
                repeats: *repeats,
                transport: caught.flow.transport.param().to_owned(),
                local: local(caught.flow),
                remote: caught.flow.remote.to_string(),
                text: if repeats.is_some() { String::new() } else { redact(&caught.bytes, foreign) },
            }
        });
        Ladder { lanes: self.lanes.clone(), messages: messages.collect(), left_out: self.left_out }
    }
}

/// Does the message hold this tag? Only who is in the dialog knows it.
fn shows(bytes: &[u8], tag: &str) -> bool {
    !tag.is_empty() && memchr::memmem::find(bytes, tag.as_bytes()).is_some()
}
