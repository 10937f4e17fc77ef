//! Queues as they stand: figures, who waits, what the members do; kept up to date by the facts (Q-13…Q-15).

use leptos::prelude::*;
use shared::fact::Fact;
use shared::queue_agent::{AgentStanding, AgentState, QueueStanding, SHOWN_WAITING_MAX};
use shared::queue_call::{QueueCall, QueueFigures};
use shared::{ExtensionId, Moment, QueueId};

use crate::live::Event;
use crate::time;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::menu::{Menu, MenuItem};

/// What is wanted of a member: ready, or not and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Of which queue.
    pub queue_id: QueueId,
    /// Which member.
    pub extension_id: ExtensionId,
    /// Ready?
    pub ready: bool,
    /// Why not; may be empty.
    pub pause_reason: String,
}

/// What a fact makes of the queues that are shown; whether what it does not tell, the figures of the day, has to be asked for.
pub fn apply(queues: &mut [QueueStanding], event: &Event) -> bool {
    let Event::Fact(fact) = event else { return false };
    match &fact.fact {
        Fact::QueueCallChanged { queue_call, .. } => {
            match queues.iter_mut().find(|one| one.queue_id == queue_call.queue_id) {
                Some(queue) => apply_call(queue, queue_call),
                None => false,
            }
        }
        Fact::AgentChanged { agent, .. } => {
            let Some(queue) = queues.iter_mut().find(|one| one.queue_id == agent.queue_id) else { return false };
            match queue.agents.iter_mut().find(|one| one.extension_id == agent.extension_id) {
                Some(known) => {
                    *known = agent.clone();
                    false
                }
                // A member that the page does not know yet: the order is the switch's.
                None => true,
            }
        }
        _ => false,
    }
}

/// Who waits is told by the fact; the figures of the day and the order of a line that is cut off are not.
fn apply_call(queue: &mut QueueStanding, call: &QueueCall) -> bool {
    let known = queue.waiting.iter().position(|one| one.id == call.id);
    match (known, call.waits()) {
        (Some(place), true) => {
            if let Some(known) = queue.waiting.get_mut(place) {
                *known = call.clone();
            }
            false
        }
        (Some(place), false) => {
            queue.waiting.remove(place);
            queue.waiting_count = queue.waiting_count.saturating_sub(1);
            true
        }
        (None, true) if queue.waiting.len() < SHOWN_WAITING_MAX => {
            // VIPs stand before all others; among themselves by time (VIP-02).
            let before = |one: &QueueCall| (!one.vip, one.entered_at) <= (!call.vip, call.entered_at);
            let place = queue.waiting.iter().take_while(|one| before(one)).count();
            queue.waiting.insert(place, call.clone());
            queue.waiting_count = queue.waiting_count.saturating_add(1);
            true
        }
        (None, _) => true,
    }
}

/// All queues that somebody sees, a card each.
#[component]
pub fn Board(
    #[prop(into)] queues: Signal<Vec<QueueStanding>>,
    #[prop(into)] set: Callback<Wish>,
    /// Without tools, in letters that are read across a room.
    #[prop(optional, into)]
    large: Signal<bool>,
) -> impl IntoView {
    let now = time::ticking();
    let ids = Memo::new(move |_| queues.with(|all| all.iter().map(|queue| queue.queue_id).collect::<Vec<_>>()));
    view! {
        <div class="board" class:board-large=move || large.get() data-testid="wallboard">
            <For each=move || ids.get() key=|id| *id let:id>
                <QueueCard id queues set large now />
            </For>
        </div>
    }
}

#[component]
fn QueueCard(
    id: QueueId,
    queues: Signal<Vec<QueueStanding>>,
    set: Callback<Wish>,
    large: Signal<bool>,
    now: ReadSignal<Moment>,
) -> impl IntoView {
    let queue = Memo::new(move |_| queues.with(|all| all.iter().find(|queue| queue.queue_id == id).cloned()));
    let of = move |part: fn(&QueueStanding) -> String| {
        move || queue.with(|queue| queue.as_ref().map(part).unwrap_or_default())
    };
    let longest = Memo::new(move |_| queue.with(|queue| queue.as_ref().and_then(longest)));
    let overdue = move || {
        let sla = queue.with(|queue| queue.as_ref().map_or(0, |queue| queue.sla_seconds));
        sla > 0 && longest.get().is_some_and(|entered| now.get().since(entered).as_secs() >= u64::from(sla))
    };
    let wait = move || match longest.get() {
        Some(entered) => time::duration(now.get().since(entered).as_secs()),
        None => "–".to_owned(),
    };
    let waiting =
        Memo::new(move |_| queue.with(|queue| queue.as_ref().map(|queue| queue.waiting.clone()).unwrap_or_default()));
    let agents =
        Memo::new(move |_| queue.with(|queue| queue.as_ref().map(|queue| queue.agents.clone()).unwrap_or_default()));
    let reasons = Memo::new(move |_| {
        queue.with(|queue| queue.as_ref().map(|queue| queue.pause_reasons.clone()).unwrap_or_default())
    });
    let unshown = move || {
        queue.with(|queue| {
            queue.as_ref().map_or(0, |queue| (queue.waiting_count as usize).saturating_sub(queue.waiting.len()))
        })
    };
    let number = of(|queue| queue.number.clone());
    let title = of(|queue| format!("Queue {} {}", queue.number, queue.name));
    view! {
        <section class="card" aria-label=title data-testid="queue" data-number=number>
            <div class="card-head"><h2><span class="figures">{number}</span>" "{of(|queue| queue.name.clone())}</h2></div>
            <div class="board-tiles">
                {tile("Waiting", "queue-waiting", of(|queue| queue.waiting_count.to_string()), || false)}
                {tile("Longest wait", "queue-longest", wait, overdue)}
                {tile("Ready", "queue-ready", of(|queue| ready(&queue.agents)), || false)}
                {tile("Answered today", "queue-answered", of(|queue| queue.today.answered.to_string()), || false)}
                {tile("Lost today", "queue-lost", of(|queue| queue.today.lost.to_string()), || false)}
                {tile("In time", "queue-in-time", of(|queue| in_time(&queue.today)), || false)}
            </div>
            <div class="board-lists">
                <div class="min-w-0">
                    <h3 class="label">"In line"</h3>
                    {move || waiting.with(Vec::is_empty).then(|| view! {
                        <p class="hint py-2" data-testid="nobody-waits">"Nobody waits."</p>
                    })}
                    <ol class="divide-y divide-line" data-testid="waiting">
                        <For each=move || waiting.get() key=row_key let:call>{waiting_row(call, now)}</For>
                    </ol>
                    {move || (unshown() > 0).then(|| view! { <p class="hint">"and "{unshown}" more"</p> })}
                </div>
                <div class="min-w-0">
                    <h3 class="label">"Members"</h3>
                    <ul class="divide-y divide-line" data-testid="agents">
                        <For each=move || agents.get() key=agent_key let:agent>
                            {agent_row(agent, now, reasons, set, large)}
                        </For>
                    </ul>
                </div>
            </div>
        </section>
    }
}

fn tile(
    label: &'static str,
    testid: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
    bad: impl Fn() -> bool + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="board-tile">
            <span class="stat-label">{label}</span>
            <span class="stat-value block" class:text-bad-ink=bad data-testid=testid>{value}</span>
        </div>
    }
}

/// What makes a row of a waiting caller another.
fn row_key(call: &QueueCall) -> (shared::QueueCallId, bool, bool, bool, usize) {
    (call.id, call.late, call.vip, call.callback, call.ringing.len())
}

/// The same of a member.
fn agent_key(agent: &AgentStanding) -> (ExtensionId, &'static str, Moment, bool, String, String) {
    let AgentStanding { pause_reason, name, .. } = agent.clone();
    (agent.extension_id, agent.state.code(), agent.since, agent.ready, pause_reason, name)
}

fn waiting_row(call: QueueCall, now: ReadSignal<Moment>) -> impl IntoView {
    let (title, below) = caller(&call);
    let entered = call.entered_at;
    let badges = [
        call.vip.then(|| view! { <Badge tone=Tone::Accent text="VIP" /> }),
        call.callback.then(|| view! { <Badge tone=Tone::Plain text="Wants a callback" /> }),
        call.late.then(|| view! { <Badge tone=Tone::Bad text="Late" /> }),
        (!call.ringing.is_empty()).then(|| view! { <Badge tone=Tone::Accent dot=true live=true text="Rings" /> }),
    ];
    view! {
        <li class="flex items-center gap-2 py-1.5" data-testid="waiting-caller">
            <span class="min-w-0 flex-1">
                <span class="block cell-clip font-medium">{title}</span>
                {below.map(|below| view! { <span class="cell-sub figures">{below}</span> })}
            </span>
            <span class="flex flex-wrap justify-end gap-1">{badges.into_iter().collect_view()}</span>
            <span class="figures whitespace-nowrap" class:text-bad-ink=call.late>
                <span class="sr-only">"Waits "</span>
                {move || time::duration(now.get().since(entered).as_secs())}
            </span>
        </li>
    }
}

/// The colour of a state; its word stands beside it.
pub const fn tone(state: AgentState) -> Tone {
    match state {
        AgentState::Ready => Tone::Good,
        AgentState::Ringing | AgentState::Talking => Tone::Accent,
        AgentState::WrapUp | AgentState::NotReady => Tone::Warn,
        AgentState::Offline | AgentState::Busy => Tone::Plain,
    }
}

/// A state in words, with the reason of a pause.
pub fn state_word(agent: &AgentStanding) -> String {
    match agent.state {
        AgentState::NotReady if !agent.pause_reason.is_empty() => format!("Not ready: {}", agent.pause_reason),
        state => state.word().to_owned(),
    }
}

fn agent_row(
    agent: AgentStanding,
    now: ReadSignal<Moment>,
    reasons: Memo<Vec<String>>,
    set: Callback<Wish>,
    large: Signal<bool>,
) -> impl IntoView {
    let AgentStanding { queue_id, extension_id, number, name, ready, state, since, .. } = agent.clone();
    let live = matches!(state, AgentState::Ringing | AgentState::Talking);
    let (label, shown) = (format!("{number} {name}"), number.clone());
    let tools = move || {
        (!large.get()).then(|| view! { <ReadySwitch queue_id extension_id ready who=label.clone() reasons set /> })
    };
    view! {
        <li class="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5" data-testid="agent" data-number=number data-state=state.code()>
            <span class="min-w-0 flex-1 basis-32">
                <span class="block cell-clip font-medium">{name}</span>
                <span class="cell-sub figures">{shown}</span>
            </span>
            <Badge tone=tone(state) dot=true live text=state_word(&agent) />
            <span class="w-14 text-right figures text-soft">
                <span class="sr-only">"Since "</span>
                {move || time::duration(now.get().since(since).as_secs())}
            </span>
            {tools}
        </li>
    }
}

/// Makes a member ready, or pauses it, with a reason where the queue offers any.
#[component]
pub fn ReadySwitch(
    queue_id: QueueId,
    extension_id: ExtensionId,
    ready: bool,
    /// Whom, for screen readers.
    who: String,
    reasons: Memo<Vec<String>>,
    set: Callback<Wish>,
) -> impl IntoView {
    let wish = move |ready: bool, pause_reason: String| set.run(Wish { queue_id, extension_id, ready, pause_reason });
    if !ready {
        let label = format!("Set {who} ready");
        return view! {
            <span class="contents" role="group" aria-label=label>
                <Button label="Ready" icon=Glyph::Play small=true testid="set-ready" press=move |()| wish(true, String::new()) />
            </span>
        }
        .into_any();
    }
    let who = StoredValue::new(who);
    (move || {
        let offered = reasons.get();
        if offered.is_empty() {
            return view! {
                <span class="contents" role="group" aria-label=format!("Pause {}", who.get_value())>
                    <Button label="Pause" icon=Glyph::Pause small=true look=Look::Secondary testid="pause" press=move |()| wish(false, String::new()) />
                </span>
            }
            .into_any();
        }
        let items = offered.into_iter().map(move |reason| {
            let word = reason.clone();
            view! { <MenuItem glyph=Glyph::Pause label=word testid="pause-reason" press=move |()| wish(false, reason.clone()) /> }
        });
        let face = view! { <Icon glyph=Glyph::Pause /><span>"Pause"</span> }.into_any();
        view! {
            <Menu label=format!("Pause {}", who.get_value()) class="button button-secondary button-small" testid="pause" face>
                <MenuItem glyph=Glyph::Pause label="Without a reason" testid="pause-plain" press=move |()| wish(false, String::new()) />
                {items.collect_view()}
            </Menu>
        }
        .into_any()
    })
    .into_any()
}

/// Name and number of a caller.
pub fn caller(call: &QueueCall) -> (String, Option<String>) {
    match (call.caller_name.trim(), call.caller.as_str()) {
        ("", "") => ("Hidden number".to_owned(), None),
        ("", number) => (number.to_owned(), None),
        (name, "") => (name.to_owned(), None),
        (name, number) => (name.to_owned(), Some(number.to_owned())),
    }
}

/// Since when the one waits that waits longest.
fn longest(queue: &QueueStanding) -> Option<Moment> {
    queue.waiting.iter().map(|call| call.entered_at).min()
}

/// `2 of 5`: who is ready and not busy.
fn ready(agents: &[AgentStanding]) -> String {
    let ready = agents.iter().filter(|agent| agent.state == AgentState::Ready).count();
    format!("{ready} of {}", agents.len())
}

/// How much of what was answered was answered in time.
fn in_time(today: &QueueFigures) -> String {
    match today.answered {
        0 => "–".to_owned(),
        answered => format!("{} %", today.in_time.saturating_mul(100) / answered),
    }
}

#[cfg(test)]
mod tests {
    use shared::queue_call::QueueOutcome;
    use shared::{CallId, QueueCallId, TenantId};

    use super::*;

    fn call(id: i64, entered: i64, vip: bool) -> QueueCall {
        QueueCall {
            id: QueueCallId(id),
            tenant_id: TenantId(1),
            queue_id: QueueId(1),
            call_id: CallId(id),
            caller: "1".into(),
            caller_name: String::new(),
            entered_at: Moment::from_seconds(entered),
            vip,
            callback: false,
            callback_at: None,
            callback_call_id: None,
            callback_breaks: 0,
            late: false,
            ringing: Vec::new(),
            answered_at: None,
            agent_id: None,
            ended_at: None,
            outcome: None,
        }
    }

    fn queue() -> QueueStanding {
        QueueStanding {
            queue_id: QueueId(1),
            number: "8000".into(),
            name: "Sales".into(),
            sla_seconds: 0,
            pause_reasons: Vec::new(),
            waiting: Vec::new(),
            waiting_count: 0,
            agents: Vec::new(),
            today: QueueFigures::default(),
        }
    }

    // covers: Q-19, VIP-02
    #[test]
    fn q_19_the_line_moves_by_the_facts_and_a_vip_stands_before_the_others() {
        let mut queue = queue();
        for one in [call(1, 10, false), call(2, 20, false), call(3, 30, true), call(4, 25, true)] {
            assert!(apply_call(&mut queue, &one), "the figures of the day are others");
        }
        let line = |queue: &QueueStanding| queue.waiting.iter().map(|call| call.id.0).collect::<Vec<_>>();
        assert_eq!((line(&queue), queue.waiting_count), (vec![4, 3, 1, 2], 4));
        assert_eq!(longest(&queue), Some(Moment::from_seconds(10)));
        assert!(!apply_call(&mut queue, &QueueCall { late: true, ..call(1, 10, false) }));
        assert!(queue.waiting[2].late);
        let gone = QueueCall { outcome: Some(QueueOutcome::Abandoned), ..call(3, 30, true) };
        assert!(apply_call(&mut queue, &gone));
        assert!(apply_call(&mut queue, &gone), "told once more, it moves nothing");
        assert_eq!((line(&queue), queue.waiting_count), (vec![4, 1, 2], 3));
    }

    #[test]
    fn figures_are_told_in_words() {
        let today = QueueFigures { answered: 3, in_time: 2, ..QueueFigures::default() };
        assert_eq!((in_time(&today), in_time(&QueueFigures::default())), ("66 %".to_owned(), "–".to_owned()));
        assert_eq!(caller(&QueueCall { caller: String::new(), ..call(1, 1, false) }).0, "Hidden number");
        let named = QueueCall { caller_name: "Carol".into(), ..call(1, 1, false) };
        assert_eq!(caller(&named), ("Carol".to_owned(), Some("1".to_owned())));
    }
}
