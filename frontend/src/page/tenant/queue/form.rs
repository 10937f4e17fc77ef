//! The form of a queue, in parts of which one is shown.

use leptos::prelude::*;
use shared::QueueId;
use shared::language::Language;
use shared::queue::{CreateQueue, Queue, UpdateQueue};
use shared::queue_call::ListQueueCalls;

use super::draft::{AFTER, ANYTIME, Draft, EVERY, NEVER, ONCE, Part, STRATEGIES};
use super::history::{call_columns, fits, follow_calls};
use crate::page::target::TargetField;
use crate::page::tenant::member::MemberList;
use crate::page::tenant::pick::{Everybody, Picks};
use crate::page::tenant::prompt::Prompts;
use crate::page::tenant::route::Choices;
use crate::ui::dialog::FormFoot;
use crate::ui::field::{Field, Select, Switch, TextField};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::records::Records;
use crate::ui::table::{Nothing, Table};

const FIELDS: [&str; 18] = [
    "number",
    "name",
    "ring_seconds",
    "wait_seconds_max",
    "waiting_max",
    "otherwise",
    "otherwise.number",
    "outbound_caller_id",
    "introduction",
    "music",
    "position.seconds",
    "callback.seconds",
    "callback_key",
    "callback_prefix",
    "members",
    "wrap_up_seconds",
    "managers",
    "sla_seconds",
];

#[component]
pub fn QueueForm(queue: Option<Queue>, choices: Choices, prompts: Prompts, records: Records<Queue>) -> impl IntoView {
    let form = Form::new();
    let id = queue.as_ref().map(|queue| queue.id);
    let draft = Draft::of(&queue.map(|queue| queue.settings).unwrap_or_default());
    let shown = RwSignal::new(Part::General);
    let submit = move |()| {
        let settings = draft.read();
        let problems = settings.check();
        let finish = move |queue: Queue| {
            records.saved(format!("Callers of {} wait so from now on.", queue.settings.number));
        };
        match id {
            Some(queue_id) => form.send(problems, UpdateQueue { queue_id, settings }, finish),
            None => form.send(problems, CreateQueue { settings }, finish),
        }
    };
    view! {
        <FormView form fields=FIELDS.to_vec() prefixes=vec!["pause_reasons"] submit>
            <PartTabs shown form saved=id.is_some() />
            <Panel part=Part::General shown><General draft choices form /></Panel>
            <Panel part=Part::Waiting shown><Waiting draft prompts form /></Panel>
            <Panel part=Part::Members shown><Members draft choices form /></Panel>
            <Panel part=Part::Managers shown><Managers draft form /></Panel>
            {id.map(|id| view! { <Panel part=Part::Lost shown><Lost id shown choices /></Panel> })}
            <FormFoot open=records.editing() form />
        </FormView>
    }
}

/// The tabs; a part with a problem is marked, and the first of them shown where the open one has none.
#[component]
fn PartTabs(shown: RwSignal<Part>, form: Form, saved: bool) -> impl IntoView {
    Effect::watch(
        move || form.fields(),
        move |now, before, _| {
            let more = now.len() >= before.map_or(0, Vec::len);
            let here = now.iter().any(|field| Part::of(field) == shown.get_untracked());
            if let Some(first) = now.first().filter(|_| more && !here) {
                shown.set(Part::of(first));
            }
        },
        false,
    );
    let tabs = Part::ALL.into_iter().filter(move |part| saved || *part != Part::Lost);
    let turn = move |event: leptos::ev::KeyboardEvent, part: Part| {
        let by = match event.key().as_str() {
            "ArrowLeft" => -1,
            "ArrowRight" => 1,
            _ => return,
        };
        event.prevent_default();
        let mut next = part.moved(by);
        if next == Part::Lost && !saved {
            next = next.moved(by);
        }
        shown.set(next);
        crate::page::tenant::hours::focus_soon(format!("{}-tab", next.testid()));
    };
    let tabs = tabs.map(|part| {
        let wrong = move || form.fields().iter().any(|field| Part::of(field) == part);
        view! {
            <button
                type="button"
                role="tab"
                class="segment"
                id=format!("{}-tab", part.testid())
                data-testid=part.testid()
                aria-controls=format!("{}-panel", part.testid())
                aria-selected=move || (shown.get() == part).to_string()
                tabindex=move || if shown.get() == part { "0" } else { "-1" }
                on:click=move |_| shown.set(part)
                on:keydown=move |event| turn(event, part)
            >
                {part.word()}
                {move || wrong().then(|| view! {
                    <span class="text-bad-ink" data-testid=format!("{}-problem", part.testid())>
                        <Icon glyph=Glyph::Alert />
                        <span class="sr-only">"has a problem"</span>
                    </span>
                })}
            </button>
        }
    });
    view! {
        <div class="overflow-x-auto">
            <div class="segments" role="tablist" aria-label="Parts of the queue">{tabs.collect_view()}</div>
        </div>
    }
}

#[component]
fn Panel(part: Part, shown: RwSignal<Part>, children: Children) -> impl IntoView {
    view! {
        <div id=format!("{}-panel", part.testid()) role="tabpanel" class="grid gap-4"
            aria-labelledby=format!("{}-tab", part.testid()) hidden=move || shown.get() != part>
            {children()}
        </div>
    }
}

fn options(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect()
}

#[component]
fn General(draft: Draft, choices: Choices, form: Form) -> impl IntoView {
    let strategies = STRATEGIES.iter().map(|(key, one)| ((*key).to_owned(), one.word().to_owned())).collect();
    view! {
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <Field name="number" label="Number" value=draft.number form inputmode="numeric" placeholder="8000" autofocus=true />
            <Field name="name" label="Name" value=draft.name form placeholder="Sales" />
            <Select name="strategy" label="Members ring" value=draft.strategy options=strategies />
            <Field name="ring_seconds" label="Seconds each rings" value=draft.ring_seconds form inputmode="numeric" />
            <Field name="wait_seconds_max" label="Seconds callers wait at most" value=draft.wait_seconds form inputmode="numeric" />
            <Field name="waiting_max" label="Callers who wait at most" value=draft.waiting_max form inputmode="numeric" />
        </div>
        <Switch name="skip_busy" label="Skip members who are in a call" on=draft.skip_busy change=move |on| draft.skip_busy.set(on) />
        <Switch name="waits_without_members" label="Wait although no member is signed in" on=draft.waits_without
            change=move |on| draft.waits_without.set(on)
            hint="Off: who calls while nobody is there is led on at once." />
        <TargetField name="otherwise" label="When nobody has answered, or too many wait" target=draft.otherwise options=choices.targets() form />
        <Field name="outbound_caller_id" label="Caller id outside" value=draft.caller_id form inputmode="tel" optional=true
            hint="Who a call comes from that the queue sends outside. It counts where the trunk has the number for you." />
    }
}

#[component]
fn Waiting(draft: Draft, prompts: Prompts, form: Form) -> impl IntoView {
    let (introduced, played) = (draft.introduction.get_untracked(), draft.music.get_untracked());
    let languages = Language::ALL.map(|language| (language.code().to_owned(), language.name().to_owned())).to_vec();
    let positions = options(&[(NEVER, "Never"), (ONCE, "Once, when they enter"), (EVERY, "Again and again")]);
    let offers = options(&[(NEVER, "Never"), (ANYTIME, "At any time, by the key"), (AFTER, "When they have waited")]);
    let repeats = Signal::derive(move || draft.position.with(|one| one == EVERY));
    let says = Signal::derive(move || draft.position.with(|one| one != NEVER));
    let delayed = Signal::derive(move || draft.callback.with(|one| one == AFTER));
    let offered = Signal::derive(move || draft.callback.with(|one| one != NEVER));
    let problem = move |field: &'static str| {
        move || form.problem(field).map(|text| view! { <p class="problem" role="alert">{text}</p> })
    };
    view! {
        {prompts.failure()}
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <div>
                {move || view! { <Select name="introduction" label="Introduction" value=draft.introduction options=prompts.options("None", &introduced) /> }}
                {problem("introduction")}
            </div>
            <div>
                {move || view! { <Select name="music" label="Music while waiting" value=draft.music options=prompts.options("The company's music on hold", &played) /> }}
                {problem("music")}
            </div>
        </div>
        <Switch name="introduces_first" label="Members ring when the introduction is over" on=draft.introduces_first
            change=move |on| draft.introduces_first.set(on) hint="Off: they ring while it is heard." />
        <Select name="language" label="Language of the system's phrases" value=draft.language options=languages />
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <Select name="position" label="Callers hear their place in line" value=draft.position options=positions />
            <div hidden=move || !repeats.get()>
                <Field name="position.seconds" label="Seconds between two" value=draft.position_seconds form inputmode="numeric" />
            </div>
        </div>
        <div hidden=move || !says.get()>
            <Switch name="says_wait" label="And about how long it will take" on=draft.says_wait change=move |on| draft.says_wait.set(on) />
        </div>
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <Select name="callback" label="A callback is offered" value=draft.callback options=offers />
            <div hidden=move || !delayed.get()>
                <Field name="callback.seconds" label="Seconds until it is offered" value=draft.callback_seconds form inputmode="numeric" />
            </div>
        </div>
        <div class="grid items-start gap-3 sm:grid-cols-2" hidden=move || !offered.get()>
            <Field name="callback_key" label="Key for it" value=draft.callback_key form inputmode="numeric" />
            <Field name="callback_prefix" label="Dialled before the number" value=draft.callback_prefix form inputmode="tel" optional=true
                hint="Such as the 0 for a line outside." />
        </div>
    }
}

#[component]
fn Members(draft: Draft, choices: Choices, form: Form) -> impl IntoView {
    view! {
        <MemberList members=draft.members choices form />
        <Switch name="ready_by_itself" label="Members are ready by themselves" on=draft.ready_by_itself
            change=move |on| draft.ready_by_itself.set(on)
            hint="Off: they say so after each ring and each call, in the portal or by a code." />
        <Field name="wrap_up_seconds" label="Seconds for themselves after a call" value=draft.wrap_up form inputmode="numeric" />
        <TextField name="pause_reasons" label="Reasons for a pause" value=draft.reasons form placeholder="Lunch"
            hint="A line each. Members choose one when they pause, and the report adds them up." />
        {move || {
            let wrong = form.fields().into_iter().find(|field| field.starts_with("pause_reasons["));
            wrong.and_then(|field| form.problem(&field)).map(|text| view! { <p class="problem" role="alert">{text}</p> })
        }}
    }
}

#[component]
fn Managers(draft: Draft, form: Form) -> impl IntoView {
    let everybody = Everybody::new();
    view! {
        {everybody.failure()}
        <Picks name="managers" label="Managers" add="Add a manager" chosen=draft.managers
            options=Signal::derive(move || everybody.options()) form
            hint="They see the queue's wallboard and are mailed. A manager is never rung, though it stands among the members." />
        <Field name="sla_seconds" label="Seconds until a caller waits too long" value=draft.sla form inputmode="numeric"
            hint="The managers are mailed once of each such call. 0 for never." />
        <Switch name="mails_lost_calls" label="Mail them of lost calls, too" on=draft.mails_lost change=move |on| draft.mails_lost.set(on) />
    }
}

/// The calls of a queue that were lost; asked for when they are looked at.
#[component]
fn Lost(id: QueueId, shown: RwSignal<Part>, choices: Choices) -> impl IntoView {
    let seen = Memo::new(move |seen: Option<&bool>| seen.copied().unwrap_or(false) || shown.get() == Part::Lost);
    let list = move || {
        seen.get().then(|| {
            let ask = move || ListQueueCalls { queue_id: Some(id), lost: Some(true), ..Default::default() };
            let listing = Listing::new(ask, |ask, cursor| ask.cursor = cursor);
            follow_calls(listing, move |call| fits(&ask(), call));
            let nothing = Signal::stored(Nothing {
                glyph: Glyph::Check,
                title: "No lost call",
                text: "Callers who gave up, or whom nobody answered, stand here.",
            });
            view! { <Table listing columns=call_columns(choices, None) label="Lost calls" nothing /> }
        })
    };
    view! { <div data-testid="lost-calls">{list}</div> }
}
