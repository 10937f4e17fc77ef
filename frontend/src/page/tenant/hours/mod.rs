//! The tenant's office hours and holidays, and whether the company is open right now (OH-01, OH-02, OH-03).

mod choice;
mod draft;
mod holiday;
mod week;

use leptos::prelude::*;
use shared::Moment;
use shared::date::Wall;
use shared::hours::{GetOfficeHours, OfficeHours, OfficeHoursNow, Standing};

use crate::page::Head;
use crate::page::user::account::SettingsTabs;
use crate::time::{self, Style};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;
pub use choice::{HoursChoice, HoursField};
use draft::Draft;
pub use draft::WeekDraft;
pub use week::{WeekGrid, focus_soon};

#[component]
pub fn HoursPage() -> impl IntoView {
    let hours = Fetch::new(GetOfficeHours::default);
    let present = time::ticking();
    // When the company opens or closes, the line above follows; once for each such moment.
    let due = Memo::new(move |_| {
        let changes_at = hours.map(|now| now.changes_at).flatten();
        changes_at.filter(|at| *at <= present.get())
    });
    Effect::new(move |_| {
        if due.get().is_some() {
            hours.reload();
        }
    });
    let came = Memo::new(move |_| hours.map(|_| ()).is_some());
    view! {
        <div class="page max-w-4xl!">
            <Head title="Settings" />
            <SettingsTabs />
            {hours.failure()}
            <div class="contents" hidden=move || hours.problem().is_some()>
                // What is being typed stays when the line is loaded anew.
                {move || match came.get() {
                    false => hours.skeleton("card p-4.5", "h-96"),
                    true => untrack(|| hours.get()).map(|now| view! { <Present now hours present /> }).into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Present(now: OfficeHoursNow, hours: Fetch<OfficeHoursNow>, present: ReadSignal<Moment>) -> impl IntoView {
    let form = Form::new();
    let draft = Draft::of(&now.hours);
    let wall = Memo::new(move |_| time::wall(present.get()));
    let changed = Memo::new(move |_| hours.map(|now| now.hours != draft.read()).unwrap_or(false));
    let submit = move |()| {
        let operation = draft.operation();
        form.send(OfficeHours::from(operation.clone()).check(), operation, move |fresh: OfficeHoursNow| {
            draft.fill(&fresh.hours);
            hours.set(fresh);
            toast::good("The office hours hold from now on.");
        });
    };
    let drop = move |()| {
        form.clear();
        if let Some(now) = untrack(|| hours.get()) {
            draft.fill(&now.hours);
        }
    };
    view! {
        <Card title="Right now" testid="hours-now">
            <p class="flex flex-wrap items-center gap-x-2.5 gap-y-1" role="status" data-testid="hours-standing">
                {move || hours.get().map(|now| standing(&now, wall.get()))}
            </p>
            <p class="hint mt-1">
                "All times are those of the clock in " <span data-testid="hours-zone">{now.time_zone}</span>
                {move || wall.get().map(|wall| format!(", where it is {}", draft::clock(wall.minute)))} "."
            </p>
        </Card>
        <FormView form fields=&[] prefixes=vec!["week.", "holidays["] submit>
            <Card title="Week" testid="hours-week"><week::WeekGrid draft=draft.week field="week" form wall /></Card>
            <holiday::HolidaysCard draft form />
            <div class="flex flex-wrap items-center gap-3">
                <Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-hours" />
                {move || changed.get().then(|| view! {
                    <Button label="Undo" testid="undo-hours" press=drop />
                    <span class="hint" role="status">"Not saved yet."</span>
                })}
            </div>
        </FormView>
    }
}

/// Whether the company is open, and when that changes, in words.
fn standing(now: &OfficeHoursNow, wall: Option<Wall>) -> impl IntoView + use<> {
    let (dot, word) = match &now.standing {
        Standing::Open => ("dot dot-good", "Your company is open".to_owned()),
        Standing::Closed => ("dot", "Your company is closed".to_owned()),
        Standing::Holiday { name } => ("dot dot-warn", format!("Your company is closed for {name}")),
    };
    let next = if now.standing.is_open() { "closes" } else { "opens" };
    let rest = match now.changes_at {
        Some(at) => format!("It {next} {}.", when(at, time::wall(at), wall)),
        None if now.standing.is_open() => "It does not close within the next 60 days.".to_owned(),
        None => "It does not open within the next 60 days.".to_owned(),
    };
    view! {
        <span class=dot aria-hidden="true"></span>
        <strong class="break-words min-w-0">{word}"."</strong>
        <span>{rest}</span>
    }
}

/// `today at 18:00`, `tomorrow at 09:00`, `on Monday, 30 Nov, 09:00`.
fn when(at: Moment, there: Option<Wall>, now: Option<Wall>) -> String {
    let (Some(there), Some(now)) = (there, now) else { return format!("on {}", time::show(at, Style::Short)) };
    match there.date.days() - now.date.days() {
        0 => format!("today at {}", draft::clock(there.minute)),
        1 => format!("tomorrow at {}", draft::clock(there.minute)),
        _ => format!("on {}, {}", there.date.weekday().word(), time::show(at, Style::Short)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::date::Date;

    // covers: OH-03
    #[test]
    fn oh_03_a_near_change_is_told_by_its_day() {
        let wall = |day, minute| Some(Wall { date: Date::new(2026, 11, day), minute });
        let at = Moment::from_seconds(0);
        assert_eq!(when(at, wall(25, 1_080), wall(25, 600)), "today at 18:00");
        assert_eq!(when(at, wall(26, 540), wall(25, 1_380)), "tomorrow at 09:00");
        assert_eq!(when(at, wall(25, 125), wall(24, 1_439)), "tomorrow at 02:05");
    }
}
