//! Lists of sounds: messages of a mailbox and recordings of calls, each with its picture.

use std::hash::Hash;

use leptos::prelude::*;
use shared::Moment;
use shared::voicemail::Peaks;

use crate::time::{self, Style};
use crate::ui::badge::{Dot, Tone};
use crate::ui::button::Button;
use crate::ui::card::grouped;
use crate::ui::fetch::Fetch;
use crate::ui::listing::{Listing, Phase};
use crate::ui::notice::{Empty, Failed};
use crate::ui::player::{Player, Sound};
use crate::ui::table::Nothing;

/// The rows of a page: each asks for its picture.
pub const ROWS: u32 = 20;

/// The list with its four states. A row is known by what `key` takes of it and drawn once, so that a sound goes on while what is
/// known of it changes.
#[component]
pub fn SoundList<T, K, V>(
    listing: Listing<T>,
    key: fn(&T) -> K,
    row: V,
    #[prop(into)] nothing: Signal<Nothing>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Eq + Hash + Send + Sync + 'static,
    V: Fn(T) -> AnyView + Copy + Send + Sync + 'static,
{
    let state = Memo::new(move |_| (listing.phase.get(), listing.rows.with(Vec::is_empty)));
    view! {
        {move || match state.get() {
            (Phase::Loading, _) => view! {
                <div class="people-skeleton" role="status" aria-label="Loading">
                    <span class="skeleton h-8"></span>
                    <span class="skeleton h-8"></span>
                    <span class="skeleton h-8"></span>
                </div>
            }.into_any(),
            (Phase::Failed(problem), _) => view! { <Failed problem retry=move |()| listing.retry() /> }.into_any(),
            (Phase::Ready, true) => {
                let Nothing { glyph, title, text } = nothing.get();
                view! { <Empty glyph title text /> }.into_any()
            }
            (Phase::Ready, false) => ().into_any(),
        }}
        <ul class="empty:hidden">
            <For each=move || listing.rows.get() key=move |row| key(&row.item) let:one>{row(one.item)}</For>
        </ul>
        {move || (state.get() == (Phase::Ready, false)).then(|| view! { <Foot listing /> })}
    }
}

#[component]
fn Foot<T: Clone + PartialEq + Send + Sync + 'static>(listing: Listing<T>) -> impl IntoView {
    let counted = move || {
        let shown = listing.rows.with(Vec::len) as u64;
        format!("{} of {}", grouped(shown), grouped(listing.total.get().max(shown)))
    };
    view! {
        <div class="table-foot">
            <span data-testid="count">{counted}</span>
            {move || listing.next.get().is_some().then(|| view! {
                <Button label="Load more" small=true testid="more" busy=listing.more_busy press=move |()| listing.more() />
            })}
        </div>
    }
}

/// One row: whether it is new, whose it is, what is known of it, its sound and what can be done with it.
#[component]
pub fn SoundRow(
    testid: &'static str,
    /// Tests find it by this number.
    caller: String,
    new: Memo<bool>,
    /// The whole name, for where it is cut off.
    title: String,
    name: AnyView,
    below: AnyView,
    sound: AnyView,
    tools: AnyView,
    #[prop(optional)] wide: bool,
) -> impl IntoView {
    view! {
        <li class="sound-row" class:sound-row-wide=wide class:sound-new=move || new.get() data-testid=testid data-caller=caller
            data-new=move || new.get().then_some("")>
            <span>
                {move || new.get().then(|| view! { <Dot tone=Tone::Accent /><span class="sr-only">"New"</span> })}
            </span>
            <span class="sound-who">
                <span class="sound-name" title=title>{name}</span>
                <span class="cell-sub figures">{below}</span>
            </span>
            <span class="sound-wave">{sound}</span>
            <span class="sound-tools">{tools}</span>
        </li>
    }
}

/// The player with the picture of its sound, as far as it has come.
pub fn waved(sound: Sound, peaks: Fetch<Peaks>, what: String) -> AnyView {
    let picture = Signal::derive(move || peaks.map(|peaks| peaks.peaks.clone()));
    view! { <Player sound what peaks=picture /> }.into_any()
}

/// When it was, by the clock that is shown.
pub fn age(at: Moment, present: ReadSignal<Moment>) -> AnyView {
    view! { <span title=time::show(at, Style::Full)>{move || when(at, present.get())}</span> }.into_any()
}

/// How long ago today, the day and time before.
fn when(at: Moment, now: Moment) -> String {
    const DAY_SECONDS: u64 = 86_400;
    match now.since(at).as_secs() {
        0..DAY_SECONDS => time::ago(at, now),
        _ => time::show(at, Style::Short),
    }
}

/// Somebody's name and, below it, the number; the number alone where there is no name.
pub fn named(name: &str, number: &str) -> (String, Option<String>) {
    match (name.trim(), number.trim()) {
        ("", "") => ("Hidden number".to_owned(), None),
        ("", number) => (number.to_owned(), None),
        (name, "") => (name.to_owned(), None),
        (name, number) if name == number => (number.to_owned(), None),
        (name, number) => (name.to_owned(), Some(number.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_called_by_name_and_by_number_where_there_is_none() {
        assert_eq!(named("Front desk", "101"), ("Front desk".into(), Some("101".into())));
        assert_eq!(named(" ", "+4930123"), ("+4930123".into(), None));
        assert_eq!(named("101", "101"), ("101".into(), None));
        assert_eq!(named("Front desk", ""), ("Front desk".into(), None));
        assert_eq!(named("", ""), ("Hidden number".into(), None));
    }

    #[test]
    fn a_day_later_the_day_is_said() {
        let hour = Moment::from_seconds(3_600);
        assert_eq!(when(Moment(0), hour), time::ago(Moment(0), hour));
    }
}
