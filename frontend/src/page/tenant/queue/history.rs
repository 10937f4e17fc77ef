//! What has become of the calls of queues: charts, the list, files.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::operation::File;
use shared::queue::{ListQueues, Queue};
use shared::queue_agent::ExportAgentReport;
use shared::queue_call::{
    ExportQueueCalls, ExportQueueReport, GetQueueHistory, ListQueueCalls, QueueCall, QueueOutcome, QueueSlot,
};
use shared::{Operation, Page};

use super::QueueTabs;
use crate::live::{self, Event};
use crate::page::filter::{bound, day};
use crate::page::tenant::route::Choices;
use crate::page::wallboard::caller;
use crate::place::Place;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::chart::{Bar, Bars};
use crate::ui::fetch::Fetch;
use crate::ui::field::{Search, Select, filled};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::table::{Column, Nothing, Table};
use crate::{api, ui::toast};

/// The most queues that can be chosen.
const CHOICES_MAX: u32 = 500;

/// What is asked for; each field is a parameter of the address.
#[derive(Clone, Copy)]
struct Filter {
    search: RwSignal<String>,
    queue: RwSignal<String>,
    lost: RwSignal<String>,
    from: RwSignal<String>,
    until: RwSignal<String>,
}

impl Filter {
    fn of_address() -> Self {
        let (search, queue, lost) = (bound("search"), bound("queue"), bound("lost"));
        Self { search, queue, lost, from: bound("from"), until: bound("until") }
    }

    fn all(self) -> [RwSignal<String>; 5] {
        [self.search, self.queue, self.lost, self.from, self.until]
    }

    fn is_empty(self) -> bool {
        self.all().iter().all(|field| field.with(String::is_empty))
    }

    fn clear(self) {
        for field in self.all() {
            field.set(String::new());
        }
    }

    fn list(self) -> ListQueueCalls {
        ListQueueCalls {
            search: filled(self.search.get()),
            queue_id: self.queue.with(|id| id.parse().ok()),
            lost: self.lost.with(|lost| lost == "yes").then_some(true),
            from: time::start_of_day(&self.from.get(), 0),
            // The last day is wholly part of it.
            until: time::start_of_day(&self.until.get(), 1),
            ..ListQueueCalls::default()
        }
    }

    fn history(self) -> GetQueueHistory {
        let ListQueueCalls { queue_id, from, until, .. } = self.list();
        GetQueueHistory { queue_id, from, until }
    }
}

#[component]
pub fn HistoryPage() -> impl IntoView {
    let filter = Filter::of_address();
    let listing = Listing::new(move || filter.list(), |ask, cursor| ask.cursor = cursor);
    let history = Fetch::new(move || untrack(|| filter.history()));
    let queues = Fetch::new(|| ListQueues { limit: Some(CHOICES_MAX), ..ListQueues::default() });
    let choices = Choices::new();
    // Another filter is another history.
    Effect::new(move |before: Option<()>| {
        filter.history();
        if before.is_some() {
            history.reload();
        }
    });
    live::subscribe(move |event| match event {
        Event::Reload => {
            history.reload();
            queues.reload();
        }
        Event::Changed(_) => queues.reload(),
        Event::Fact(fact) if matches!(fact.fact, Fact::QueueCallChanged { .. }) => history.reload_soon(),
        Event::Fact(_) => {}
    });
    follow_calls(listing, move |call| untrack(|| fits(&filter.list(), call)));
    let options = move || {
        let all = std::iter::once((String::new(), "All queues".to_owned()));
        let word = |queue: &Queue| (queue.id.to_string(), format!("{} {}", queue.settings.number, queue.settings.name));
        let known = queues.map(|page| page.rows.iter().map(word).collect::<Vec<_>>()).unwrap_or_default();
        all.chain(known).collect::<Vec<_>>()
    };
    let kinds = vec![(String::new(), "All calls".to_owned()), ("yes".to_owned(), "Lost calls".to_owned())];
    let nothing = Signal::derive(move || match filter.is_empty() {
        true => Nothing {
            glyph: Glyph::List,
            title: "No calls yet",
            text: "Every call of a queue stands here the moment it enters, with how long it waited and for whom.",
        },
        false => Nothing { glyph: Glyph::Search, title: "No call matches", text: "Widen the filter, or clear it." },
    });
    view! {
        <div class="page">
            <QueueTabs tools=tools(filter) />
            <section class="card" aria-label="Filter">
                <div class="filters">
                    {move || view! { <Select name="queue" label="Queue" value=filter.queue options=options() small=true /> }}
                    {day("from", "From", filter.from)}
                    {day("until", "to", filter.until)}
                    {move || (!filter.is_empty()).then(|| view! {
                        <Button label="Clear" look=Look::Quiet small=true testid="clear-filter" press=move |()| filter.clear() />
                    })}
                </div>
            </section>
            {history.failure()}
            <Charts history />
            <section class="card" aria-label="Calls of queues">
                <div class="filters">
                    <Search value=filter.search label="Search number or name" />
                    <Select name="lost" label="Which" value=filter.lost options=kinds small=true />
                </div>
                <Table listing columns=call_columns(choices, Some(queues)) label="Calls of queues" nothing />
            </section>
        </div>
    }
}

fn tools(filter: Filter) -> AnyView {
    let calls = move |()| {
        let ListQueueCalls { queue_id, lost, from, until, .. } = untrack(|| filter.list());
        keep(ExportQueueCalls { queue_id, lost, from, until });
    };
    let report = move |()| {
        let GetQueueHistory { from, until, .. } = untrack(|| filter.history());
        keep(ExportQueueReport { from, until });
    };
    let agents = move |()| {
        let GetQueueHistory { queue_id, from, until } = untrack(|| filter.history());
        keep(ExportAgentReport { queue_id, from, until });
    };
    let face = view! { <Icon glyph=Glyph::Download /><span>"Export"</span> }.into_any();
    view! {
        <Menu label="Export" class="button button-secondary" testid="queue-exports" face>
            <MenuItem glyph=Glyph::List label="Calls" testid="export-queue-calls" press=calls />
            <MenuItem glyph=Glyph::Clock label="Report of the queues" testid="export-queue-report" press=report />
            <MenuItem glyph=Glyph::People label="Report of the members" testid="export-agent-report" press=agents />
        </Menu>
    }
    .into_any()
}

fn keep<O: Operation<Output = File> + 'static>(operation: O) {
    spawn_local(async move {
        if let Err(problem) = api::save(operation).await {
            toast::refused(problem);
        }
    });
}

/// Calls and waits, by the hour or the day.
#[component]
fn Charts(history: Fetch<Vec<QueueSlot>>) -> impl IntoView {
    let calls = Memo::new(move |_| history.map(|slots| bars(slots, |slot| (slot.figures.answered, slot.figures.lost))));
    let waits = Memo::new(move |_| history.map(|slots| bars(slots, waited)));
    let chart = move |bars: Memo<Option<Vec<Bar>>>, words: (&'static str, &'static str, &'static str)| {
        move || match bars.get() {
            None => history.skeleton("", "h-48"),
            Some(bars) => view! { <Bars bars words /> }.into_any(),
        }
    };
    view! {
        <div class="grid gap-5 lg:grid-cols-2" hidden=move || history.problem().is_some()>
            <Card title="Calls" testid="chart-calls">{chart(calls, ("Calls of queues", "Answered", "Lost"))}</Card>
            <Card title="Seconds of waiting" testid="chart-waits">
                {chart(waits, ("Seconds of waiting", "On average", "Beyond it, the longest"))}
            </Card>
        </div>
    }
}

/// The average wait in seconds, and how much longer the longest was.
fn waited(slot: &QueueSlot) -> (u64, u64) {
    let average = slot.figures.waited_millis / slot.figures.entered.max(1) / 1_000;
    (average, (slot.figures.longest_wait_millis / 1_000).saturating_sub(average))
}

fn bars(slots: &[QueueSlot], part: impl Fn(&QueueSlot) -> (u64, u64)) -> Vec<Bar> {
    let hourly = matches!(slots, [first, second, ..] if second.from.since(first.from).as_secs() <= 3_600);
    let style = if hourly { Style::Hour } else { Style::Day };
    let bar = |slot: &QueueSlot| {
        let (good, bad) = part(slot);
        let label = time::show(slot.from, style);
        // The year says nothing below a bar.
        let label =
            if hourly { label } else { label.rsplit_once(' ').map_or(label.clone(), |(day, _)| day.to_owned()) };
        Bar { label, good, bad }
    };
    slots.iter().map(bar).collect()
}

/// Is it a call that is asked for?
pub fn fits(asked: &ListQueueCalls, call: &QueueCall) -> bool {
    let holds = |text: &str| {
        let text = text.to_lowercase();
        call.caller.to_lowercase().contains(&text) || call.caller_name.to_lowercase().contains(&text)
    };
    asked.queue_id.is_none_or(|queue| queue == call.queue_id)
        && asked.agent_id.is_none_or(|agent| call.agent_id == Some(agent))
        && (asked.lost != Some(true) || call.outcome.is_some_and(QueueOutcome::is_lost))
        && asked.search.as_deref().is_none_or(holds)
        && asked.from.is_none_or(|from| call.entered_at >= from)
        && asked.until.is_none_or(|until| call.entered_at < until)
}

/// Keeps a list of calls up to date by the facts: what is there changes where it stands, what is new and `wanted` comes in by its time. A fact
/// comes before it is stored, so asking for the list would miss it.
pub fn follow_calls(listing: Listing<QueueCall>, wanted: impl Fn(&QueueCall) -> bool + 'static) {
    live::subscribe(move |event| match event {
        Event::Reload => listing.reload(),
        Event::Changed(_) => {}
        Event::Fact(fact) => {
            let Fact::QueueCallChanged { queue_call: call, .. } = &fact.fact else { return };
            let known = listing.replace(call.clone(), |known| known.id == call.id);
            if !known && wanted(call) {
                listing.insert(call.clone(), |known| (known.entered_at, known.id) < (call.entered_at, call.id));
            }
        }
    });
}

/// The columns of calls; with `queues` each says of which it is.
pub fn call_columns(choices: Choices, queues: Option<Fetch<Page<Queue>>>) -> Vec<Column<QueueCall>> {
    let now = time::ticking();
    let mut columns = vec![Column::new("Caller", |row: &QueueCall| {
        let (title, below) = caller(row);
        view! {
            <span class="block cell-clip font-medium" data-testid="queue-call">{title}</span>
            {below.map(|below| view! { <span class="cell-sub figures">{below}</span> })}
            {row.vip.then(|| view! { <span class="cell-sub">"VIP"</span> })}
        }
        .into_any()
    })];
    if let Some(queues) = queues {
        columns.push(
            Column::new("Queue", move |row: &QueueCall| {
                let id = row.queue_id;
                let name = move || {
                    let word = |queue: &Queue| format!("{} {}", queue.settings.number, queue.settings.name);
                    let found = queues.map(|page| page.rows.iter().find(|queue| queue.id == id).map(word));
                    found.map(|found| found.unwrap_or_else(|| "A queue that is gone".to_owned()))
                };
                view! { <span class="cell-clip">{move || name().unwrap_or_else(|| "…".to_owned())}</span> }.into_any()
            })
            .medium(),
        );
    }
    columns.extend([
        Column::new("Entered", |row: &QueueCall| {
            let address = Place::TenantCall(row.call_id).path();
            view! { <a class="link whitespace-nowrap" href=address>{time::show(row.entered_at, Style::Short)}</a> }
                .into_any()
        }),
        Column::new("Waited", move |row: &QueueCall| {
            let (row, late) = (row.clone(), row.late);
            let wait = move || {
                let present = if row.waits() { now.get() } else { row.entered_at };
                time::duration(row.waited_millis(present) / 1_000)
            };
            view! { <span class:text-bad-ink=late>{wait}</span> }.into_any()
        })
        .end(),
        Column::new("Outcome", move |row: &QueueCall| {
            let agent = row.agent_id;
            let agent =
                agent.map(|id| view! { <span class="cell-sub cell-clip">{move || choices.extension_name(id)}</span> });
            view! { {outcome(row.outcome)}{agent} }.into_any()
        }),
    ]);
    columns
}

fn outcome(outcome: Option<QueueOutcome>) -> AnyView {
    let Some(outcome) = outcome else {
        return view! { <Badge tone=Tone::Accent dot=true live=true text="Waits" /> }.into_any();
    };
    let tone = match outcome {
        QueueOutcome::Answered => Tone::Good,
        outcome if outcome.is_lost() => Tone::Bad,
        _ => Tone::Plain,
    };
    view! { <Badge tone text=outcome.word() /> }.into_any()
}

#[cfg(test)]
mod tests {
    use shared::queue_call::QueueFigures;
    use shared::{CallId, Moment, QueueCallId, QueueId, TenantId};

    use super::*;

    //
    #[test]
    fn q_14_a_bar_is_the_average_wait_and_what_the_longest_had_beyond_it() {
        let figures =
            QueueFigures { entered: 4, waited_millis: 40_000, longest_wait_millis: 25_900, ..QueueFigures::default() };
        assert_eq!(waited(&QueueSlot { from: Moment(0), figures }), (10, 15));
        assert_eq!(waited(&QueueSlot::default()), (0, 0));
    }

    //
    #[test]
    fn q_14_a_call_comes_into_the_list_that_asks_for_it() {
        let call = QueueCall {
            id: QueueCallId(1),
            tenant_id: TenantId(1),
            queue_id: QueueId(2),
            call_id: CallId(3),
            caller: "+4930123".into(),
            caller_name: "Carol".into(),
            entered_at: Moment(50),
            vip: false,
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
        };
        let all = ListQueueCalls::default();
        let of = |queue| ListQueueCalls { queue_id: Some(QueueId(queue)), ..all.clone() };
        let with = |text: &str| ListQueueCalls { search: Some(text.into()), ..all.clone() };
        let entered =
            |from, until| ListQueueCalls { from: Some(Moment(from)), until: Some(Moment(until)), ..all.clone() };
        for (asked, expected) in [
            (all.clone(), true),
            (of(2), true),
            (of(3), false),
            (with("carol"), true),
            (with("930"), true),
            (with("dave"), false),
            (entered(50, 51), true),
            (entered(51, 60), false),
            (entered(40, 50), false),
        ] {
            assert_eq!(fits(&asked, &call), expected, "{asked:?}");
        }
        let lost = ListQueueCalls { lost: Some(true), ..all.clone() };
        for (outcome, expected) in
            [(None, false), (Some(QueueOutcome::Answered), false), (Some(QueueOutcome::Abandoned), true)]
        {
            assert_eq!(fits(&lost, &QueueCall { outcome, ..call.clone() }), expected, "{outcome:?}");
        }
    }
}
