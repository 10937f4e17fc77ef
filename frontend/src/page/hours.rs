//! The calls of the last 24 hours.

use leptos::prelude::*;
use shared::home::HourOfCalls;

use crate::time::{self, Style};
use crate::ui::card::Card;
use crate::ui::chart::{Bar, Bars};

/// The chart; nothing yet is a grey box.
#[component]
pub fn Hours(#[prop(into)] hours: Signal<Option<Vec<HourOfCalls>>>) -> impl IntoView {
    let bars = Memo::new(move |_| hours.get().map(|hours| hours.iter().map(bar).collect::<Vec<_>>()));
    view! {
        <Card title="Calls in the last 24 hours" testid="hours">
            {move || match bars.get() {
                None => view! { <span class="skeleton h-48 w-full"></span> }.into_any(),
                Some(bars) => view! { <Bars bars words=("Calls in the last 24 hours", "Answered", "Not answered") /> }.into_any(),
            }}
        </Card>
    }
}

fn bar(hour: &HourOfCalls) -> Bar {
    // A call that still rings is neither.
    Bar { label: time::show(hour.hour, Style::Hour), good: hour.answered, bad: hour.failed }
}
