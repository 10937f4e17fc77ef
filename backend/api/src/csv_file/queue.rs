//! Files about queues: their calls, what has become of them, what members have done.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::tz::TimeZone;
use shared::queue_agent::AgentState;
use shared::queue_call::{QueueCall, QueueFigures};
use shared::{ExtensionId, Moment, QueueId};
use store::{AgentFigures, csv_cell};

use super::{BYTE_ORDER_MARK, local_time, write};
use crate::error::Result;

/// Numbers and names, by ids.
type Names<I> = BTreeMap<I, (String, String)>;

const CALL_COLUMNS: [&str; 16] = [
    "queue",
    "queue_name",
    "caller",
    "caller_name",
    "entered",
    "waited_seconds",
    "outcome",
    "answered",
    "agent",
    "agent_name",
    "talked_seconds",
    "ended",
    "late",
    "vip",
    "callback",
    "call_id",
];
const REPORT_COLUMNS: [&str; 9] = [
    "queue",
    "queue_name",
    "entered",
    "answered",
    "lost",
    "answered_in_time",
    "waited_seconds",
    "longest_wait_seconds",
    "talked_seconds",
];
const AGENT_COLUMNS: [&str; 12] = [
    "queue",
    "queue_name",
    "agent",
    "agent_name",
    "answered",
    "talked_seconds",
    "ready_seconds",
    "ringing_seconds",
    "wrap_up_seconds",
    "busy_seconds",
    "paused_seconds",
    "pauses",
];

/// The header row of the calls, the byte order mark before it.
pub(crate) fn call_header() -> Result<Bytes> {
    let mut piece = BYTE_ORDER_MARK.as_bytes().to_vec();
    write(&mut piece, [CALL_COLUMNS.map(Cow::Borrowed)])?;
    Ok(piece.into())
}

/// Rows of calls.
pub(crate) fn call_rows(
    calls: &[QueueCall],
    queues: &Names<QueueId>,
    agents: &Names<ExtensionId>,
    now: Moment,
    zone: &TimeZone,
) -> Result<Bytes> {
    let mut piece = Vec::new();
    let rows = calls.iter().map(|call| {
        let [queue, queue_name] = named(queues, Some(call.queue_id));
        let [agent, agent_name] = named(agents, call.agent_id);
        [
            queue,
            queue_name,
            csv_cell(&call.caller),
            csv_cell(&call.caller_name),
            local_time(Some(call.entered_at), zone).into(),
            seconds(call.waited_millis(now)),
            call.outcome.map_or("Waiting", |outcome| outcome.word()).into(),
            local_time(call.answered_at, zone).into(),
            agent,
            agent_name,
            seconds(call.talked_millis(now)),
            local_time(call.ended_at, zone).into(),
            yes(call.late),
            yes(call.vip),
            yes(call.callback),
            call.call_id.to_string().into(),
        ]
    });
    write(&mut piece, rows)?;
    Ok(piece.into())
}

/// A row for each queue.
pub(crate) fn report(queues: &Names<QueueId>, figures: &BTreeMap<QueueId, QueueFigures>) -> Result<Bytes> {
    let mut piece = BYTE_ORDER_MARK.as_bytes().to_vec();
    write(&mut piece, [REPORT_COLUMNS.map(Cow::Borrowed)])?;
    let mut ids: Vec<QueueId> = queues.keys().chain(figures.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = ids.into_iter().map(|id| {
        let [queue, name] = named(queues, Some(id));
        let of = figures.get(&id).copied().unwrap_or_default();
        [
            queue,
            name,
            of.entered.to_string().into(),
            of.answered.to_string().into(),
            of.lost.to_string().into(),
            of.in_time.to_string().into(),
            seconds(of.waited_millis),
            seconds(of.longest_wait_millis),
            seconds(of.talked_millis),
        ]
    });
    write(&mut piece, rows)?;
    Ok(piece.into())
}

/// A row for each member of each queue.
pub(crate) fn agents(
    queues: &Names<QueueId>,
    people: &Names<ExtensionId>,
    figures: &BTreeMap<(QueueId, ExtensionId), AgentFigures>,
) -> Result<Bytes> {
    let mut piece = BYTE_ORDER_MARK.as_bytes().to_vec();
    write(&mut piece, [AGENT_COLUMNS.map(Cow::Borrowed)])?;
    let rows = figures.iter().map(|((queue, person), of)| {
        let [queue, queue_name] = named(queues, Some(*queue));
        let [agent, agent_name] = named(people, Some(*person));
        let state = |state: AgentState| seconds(of.states.get(&state).copied().unwrap_or(0));
        let pauses: Vec<String> = of.pauses.iter().map(|(reason, millis)| pause(reason, *millis)).collect();
        [
            queue,
            queue_name,
            agent,
            agent_name,
            of.calls.to_string().into(),
            seconds(of.talked_millis),
            state(AgentState::Ready),
            state(AgentState::Ringing),
            state(AgentState::WrapUp),
            state(AgentState::Busy),
            state(AgentState::NotReady),
            csv_cell(&pauses.join("; ")).into_owned().into(),
        ]
    });
    write(&mut piece, rows)?;
    Ok(piece.into())
}

/// `Lunch: 300`.
fn pause(reason: &str, millis: u64) -> String {
    let reason = if reason.is_empty() { "No reason" } else { reason };
    format!("{reason}: {}", millis / 1_000)
}

/// Both are empty of what is gone.
fn named<I: Ord>(names: &Names<I>, id: Option<I>) -> [Cow<'_, str>; 2] {
    match id.and_then(|id| names.get(&id)) {
        Some((number, name)) => [csv_cell(number), csv_cell(name)],
        None => ["".into(), "".into()],
    }
}

fn seconds(millis: u64) -> Cow<'static, str> {
    (millis / 1_000).to_string().into()
}

fn yes(is: bool) -> Cow<'static, str> {
    if is { "yes" } else { "no" }.into()
}
