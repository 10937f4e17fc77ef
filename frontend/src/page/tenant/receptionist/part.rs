//! The two parts of a receptionist's form, one of them shown (IVR-01).

use leptos::prelude::*;

use crate::ui::form::Form;
use crate::ui::icon::{Glyph, Icon};

/// A part of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What it says, and its choices.
    Choices,
    /// Whom else it asks.
    Servers,
}

impl Part {
    const ALL: [Self; 2] = [Self::Choices, Self::Servers];

    /// Where a field stands.
    fn of(field: &str) -> Self {
        if field.starts_with("urls") || field.starts_with("passwords") { Self::Servers } else { Self::Choices }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Choices => "Choices",
            Self::Servers => "Ask a server",
        }
    }

    const fn testid(self) -> &'static str {
        match self {
            Self::Choices => "part-choices",
            Self::Servers => "part-servers",
        }
    }

    fn tab_id(self) -> String {
        format!("{}-tab", self.testid())
    }

    fn panel_id(self) -> String {
        format!("{}-panel", self.testid())
    }

    const fn other(self) -> Self {
        match self {
            Self::Choices => Self::Servers,
            Self::Servers => Self::Choices,
        }
    }
}

/// The part that is shown when the wrong fields are `now` instead of `before`: one with a problem, but nothing turns over
/// under the hands of whoever puts them right.
fn shown_then(shown: Part, now: &[String], before: &[String]) -> Part {
    let righted = now.len() < before.len() && now.iter().all(|field| before.contains(field));
    let has = |part: Part| now.iter().any(|field| Part::of(field) == part);
    if !righted && !has(shown) && has(shown.other()) { shown.other() } else { shown }
}

/// The tabs; what is hidden and has a problem is marked, and shown where the other has none.
#[component]
pub fn PartTabs(shown: RwSignal<Part>, form: Form) -> impl IntoView {
    Effect::watch(
        move || form.fields(),
        move |now, before, _| {
            let next = shown_then(shown.get_untracked(), now, before.map_or(&[], Vec::as_slice));
            if next != shown.get_untracked() {
                shown.set(next);
            }
        },
        false,
    );
    let turn = move |event: leptos::ev::KeyboardEvent, part: Part| {
        if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
            event.prevent_default();
            shown.set(part.other());
            crate::page::tenant::hours::focus_soon(part.other().tab_id());
        }
    };
    let tabs = Part::ALL.map(|part| {
        let wrong = move || form.fields().iter().any(|field| Part::of(field) == part);
        view! {
            <button
                type="button"
                role="tab"
                class="segment"
                id=part.tab_id()
                data-testid=part.testid()
                aria-controls=part.panel_id()
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
        <div>
            <div class="segments" role="tablist" aria-label="Parts of the receptionist">{tabs.collect_view()}</div>
        </div>
    }
}

/// What stands in a part; it stays as it is while the other is shown.
#[component]
pub fn PartPanel(part: Part, shown: RwSignal<Part>, children: Children) -> impl IntoView {
    view! {
        <div id=part.panel_id() role="tabpanel" class="grid gap-4" aria-labelledby=part.tab_id() hidden=move || shown.get() != part>
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: IVR-01
    #[test]
    fn ivr_01_a_problem_on_the_hidden_tab_shows_it() {
        use Part::{Choices, Servers};
        let entry = "urls[0].name";
        for (shown, now, before, then) in [
            (Choices, vec![entry], vec![], Servers),
            (Choices, vec!["urls"], vec![], Servers),
            (Choices, vec!["number"], vec![], Choices),
            (Servers, vec!["rows[0].keys"], vec![], Choices),
            (Servers, vec!["name", entry], vec![], Servers),
            (Choices, vec!["name", entry], vec![], Choices),
            // What is left while somebody types.
            (Choices, vec![entry], vec!["name", entry], Choices),
            (Choices, vec![], vec!["name"], Choices),
            // Sent again with what was left.
            (Choices, vec![entry], vec![entry], Servers),
            (Choices, vec![entry], vec!["name", "rounds"], Servers),
        ] {
            let own = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>();
            assert_eq!(shown_then(shown, &own(&now), &own(&before)), then, "{shown:?} {now:?} {before:?}");
        }
    }
}
