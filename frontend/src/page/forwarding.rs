//! Where a person's calls go: one form for the administrator and for the person (EXT-05, EXT-08, EXT-14).

use std::cell::Cell;

use leptos::prelude::*;
use shared::did::Mask;
use shared::forwarding::{ByHours, EXCEPTIONS_MAX, Exception, Forwarding, When};
use shared::hours::Week;

use crate::page::target::{Target, TargetField};
use crate::page::tenant::hours::{HoursChoice, HoursField, WeekDraft, WeekGrid};
use crate::time;
use crate::ui::button::{Button, IconButton, Look};
use crate::ui::field::{Field, Select, Switch};
use crate::ui::form::Form;
use crate::ui::icon::Glyph;

const ALWAYS: &str = "always";
const OPEN: &str = "open";
const CLOSED: &str = "closed";
const OWN: &str = "own";

/// The fields of the form.
#[derive(Clone, Copy)]
pub struct Draft {
    hours: HoursChoice,
    no_answer: Target,
    busy: Target,
    call_waiting: RwSignal<bool>,
    offline: Cells,
    do_not_disturb: Cells,
    away: Cells,
    away_rings: RwSignal<bool>,
    exceptions: RwSignal<Vec<Row>>,
}

/// Inside and outside of the hours.
#[derive(Clone, Copy)]
struct Cells {
    open: Target,
    closed: Target,
}

impl Cells {
    fn of(by_hours: &ByHours) -> Self {
        Self { open: Target::of(&by_hours.open), closed: Target::of(&by_hours.closed) }
    }

    fn by_hours(self) -> ByHours {
        ByHours { open: self.open.destination(), closed: self.closed.destination() }
    }
}

/// An exception in its fields.
#[derive(Clone, Copy)]
struct Row {
    /// Tells rows apart while they move.
    key: u32,
    caller: RwSignal<String>,
    when: RwSignal<String>,
    week: WeekDraft,
    to: Target,
}

impl Row {
    fn of(exception: &Exception) -> Self {
        thread_local! {
            static NEXT: Cell<u32> = const { Cell::new(0) };
        }
        let (when, week) = match &exception.when {
            When::Always => (ALWAYS, Week::initial()),
            When::Open => (OPEN, Week::initial()),
            When::Closed => (CLOSED, Week::initial()),
            When::Own { week } => (OWN, week.clone()),
        };
        Self {
            key: NEXT.replace(NEXT.get().wrapping_add(1)),
            caller: RwSignal::new(exception.caller.0.clone()),
            when: RwSignal::new(when.to_owned()),
            week: WeekDraft::of(&week),
            to: Target::of_or_rings(exception.to.as_ref()),
        }
    }

    fn exception(self) -> Exception {
        let when = match self.when.get_untracked().as_str() {
            OPEN => When::Open,
            CLOSED => When::Closed,
            OWN => When::Own { week: untrack(|| self.week.read()) },
            _ => When::Always,
        };
        let caller = Mask(self.caller.get_untracked().trim().to_owned());
        Exception { caller, when, to: self.to.destination_or_rings() }
    }
}

impl Draft {
    /// As it is.
    pub fn of(forwarding: &Forwarding) -> Self {
        Self {
            hours: HoursChoice::of(Some(&forwarding.hours)),
            no_answer: Target::of(&forwarding.no_answer),
            busy: Target::of(&forwarding.busy),
            call_waiting: RwSignal::new(forwarding.call_waiting),
            offline: Cells::of(&forwarding.offline),
            do_not_disturb: Cells::of(&forwarding.do_not_disturb),
            away: Cells::of(&forwarding.away.clone().unwrap_or_default()),
            away_rings: RwSignal::new(forwarding.away.is_none()),
            exceptions: RwSignal::new(forwarding.exceptions.iter().map(Row::of).collect()),
        }
    }

    /// What the fields say.
    pub fn forwarding(self) -> Forwarding {
        Forwarding {
            hours: self.hours.hours().unwrap_or_default(),
            no_answer: self.no_answer.destination(),
            busy: self.busy.destination(),
            call_waiting: self.call_waiting.get_untracked(),
            offline: self.offline.by_hours(),
            do_not_disturb: self.do_not_disturb.by_hours(),
            away: (!self.away_rings.get_untracked()).then(|| self.away.by_hours()),
            exceptions: self.exceptions.get_untracked().into_iter().map(Row::exception).collect(),
        }
    }
}

/// The fields whose problems stand beside them.
pub const FIELDS: [&str; 2] = ["no_answer", "busy"];
/// And the beginnings of the names of others.
pub const PREFIXES: [&str; 7] =
    ["hours.", "no_answer.", "busy.", "offline.", "do_not_disturb.", "away.", "exceptions["];

/// The fields; `options` are the ids and words of whom a call can go to, `first` the word and name of the person's own mailbox.
#[component]
pub fn ForwardingFields(
    draft: Draft,
    options: Signal<Vec<(String, String)>>,
    first: Vec<(String, String)>,
    form: Form,
) -> impl IntoView {
    let own = StoredValue::new(first);
    let Draft { hours, no_answer, busy, call_waiting, offline, do_not_disturb, away, away_rings, exceptions } = draft;
    let cells = move |title: &'static str, field: &'static str, cells: Cells| {
        view! {
            <div class="form-row">
                <TargetField name=format!("{field}.open") label=format!("{title}, in the hours") target=cells.open options form first=own.get_value() />
                <TargetField name=format!("{field}.closed") label=format!("{title}, outside of them") target=cells.closed options form first=own.get_value() />
            </div>
        }
    };
    view! {
        <fieldset class="grid gap-3" data-testid="forward-available">
            <legend class="label mb-1">"When the devices ring"</legend>
            <div class="form-row">
                <TargetField name="no_answer" label="Nobody answers" target=no_answer options form first=own.get_value() />
                <TargetField name="busy" label="Busy, or declined" target=busy options form first=own.get_value() />
            </div>
            <Switch name="call_waiting" label="A second call rings too" hint="Off: whoever is in a call counts as busy."
                on=call_waiting change=move |on| call_waiting.set(on) />
        </fieldset>
        <fieldset class="grid gap-3" data-testid="forward-status">
            <legend class="label mb-1">"When they do not"</legend>
            {cells("No device signed in", "offline", offline)}
            {cells("Do not disturb", "do_not_disturb", do_not_disturb)}
            <Switch name="away_rings" label="Devices ring while the status is Away" on=away_rings change=move |on| away_rings.set(on) />
            <div hidden=move || away_rings.get()>{cells("Away", "away", away)}</div>
            <HoursField choice=hours form label="The hours are" />
        </fieldset>
        <fieldset class="grid gap-3" data-testid="forward-exceptions">
            <legend class="label mb-1">"Exceptions"</legend>
            <p class="hint">"The first one that fits the caller and the time counts, before everything above."</p>
            <ol class="grid gap-3 empty:hidden">
                {move || exceptions.get().into_iter().enumerate().map(|(place, row)| {
                    view! { <ExceptionFields place row exceptions options first=own.get_value() form /> }
                }).collect_view()}
            </ol>
            <div>
                <Button label="Add an exception" small=true icon=Glyph::Plus testid="add-exception"
                    disabled=Signal::derive(move || exceptions.with(Vec::len) >= EXCEPTIONS_MAX)
                    press=move |()| {
                        form.clear();
                        exceptions.update(|rows| rows.push(Row::of(&Exception { caller: Mask("*".into()), ..Exception::default() })));
                    } />
            </div>
        </fieldset>
    }
}

#[component]
fn ExceptionFields(
    place: usize,
    row: Row,
    exceptions: RwSignal<Vec<Row>>,
    options: Signal<Vec<(String, String)>>,
    first: Vec<(String, String)>,
    form: Form,
) -> impl IntoView {
    let field = format!("exceptions[{place}]");
    let times = [(ALWAYS, "At any time"), (OPEN, "In the hours"), (CLOSED, "Outside of them"), (OWN, "In these spans")];
    let times = times.map(|(key, word)| (key.to_owned(), word.to_owned())).to_vec();
    let present = time::ticking();
    let wall = Memo::new(move |_| time::wall(present.get()));
    let own = move || row.when.with(|when| when == OWN);
    let week = format!("{field}.when.week");
    let earlier = move |()| {
        form.clear();
        exceptions.update(|rows| {
            if let Some(at) = rows.iter().position(|known| known.key == row.key).filter(|at| *at > 0) {
                rows.swap(at - 1, at);
            }
        });
    };
    let remove = move |()| {
        form.clear();
        exceptions.update(|rows| rows.retain(|known| known.key != row.key));
    };
    view! {
        <li class="rounded-lg border border-line p-3 grid gap-3" data-testid="exception">
            <div class="grid items-start gap-3 sm:grid-cols-3">
                <Field name=format!("{field}.caller") label="Calls of" value=row.caller form inputmode="tel"
                    hint="A number, * for each digit that may be any, a range, or * for everybody." />
                <Select name=format!("{field}.when") label="When" value=row.when options=times />
                <TargetField name=format!("{field}.to") label="Go to" target=row.to options form rings=true first />
            </div>
            {move || own().then(|| view! { <WeekGrid draft=row.week field=week.clone() form wall /> })}
            <div class="flex gap-2">
                <Button label="Earlier" small=true look=Look::Quiet press=earlier />
                <IconButton glyph=Glyph::Trash label=format!("Remove exception {}", place + 1) testid="remove-exception" press=remove />
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ExtensionId;
    use shared::destination::Destination;
    use shared::hours::{Hours, Span};

    // covers: EXT-05, EXT-08
    #[test]
    fn ext_08_what_the_fields_say_is_what_they_were_filled_with() {
        let to = |id| Destination::Extension { extension_id: ExtensionId(id) };
        let by_hours = |id| ByHours { open: to(id), closed: Destination::External { number: "+4930123".into() } };
        let week = Week { sunday: vec![Span::new(600, 0)], ..Week::default() };
        let forwarding = Forwarding {
            hours: Hours::Own { week: week.clone() },
            no_answer: to(1),
            busy: to(2),
            call_waiting: false,
            offline: by_hours(3),
            do_not_disturb: by_hours(4),
            away: Some(by_hours(5)),
            exceptions: vec![
                Exception { caller: Mask("*".into()), when: When::Own { week }, to: Some(to(6)) },
                Exception { caller: Mask("0044**".into()), when: When::Closed, to: None },
            ],
        };
        for forwarding in [forwarding, Forwarding::default()] {
            assert_eq!(Draft::of(&forwarding).forwarding(), forwarding);
        }
    }
}
