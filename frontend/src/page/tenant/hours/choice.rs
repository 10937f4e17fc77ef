//! By which hours something goes: the company's, its own, or at any time where that can be chosen (OH-04).

use leptos::prelude::*;
use shared::hours::{Hours, Week};

use super::draft::WeekDraft;
use super::week::WeekGrid;
use crate::time;
use crate::ui::field::Select;
use crate::ui::form::Form;

const ALWAYS: &str = "always";
const TENANT: &str = "tenant";
const OWN: &str = "own";

/// What is chosen, and the fields of the week of its own.
#[derive(Clone, Copy)]
pub struct HoursChoice {
    kind: RwSignal<String>,
    week: WeekDraft,
}

impl HoursChoice {
    /// As it is; nothing is at any time.
    pub fn of(hours: Option<&Hours>) -> Self {
        let (kind, week) = match hours {
            None => (ALWAYS, Week::initial()),
            Some(Hours::Tenant) => (TENANT, Week::initial()),
            Some(Hours::Own { week }) => (OWN, week.clone()),
        };
        Self { kind: RwSignal::new(kind.to_owned()), week: WeekDraft::of(&week) }
    }

    /// What was chosen; nothing is at any time.
    pub fn hours(self) -> Option<Hours> {
        match self.kind.get_untracked().as_str() {
            ALWAYS => None,
            OWN => Some(Hours::Own { week: untrack(|| self.week.read()) }),
            _ => Some(Hours::Tenant),
        }
    }

    /// Has it a week of its own? Watched.
    pub fn is_own(self) -> bool {
        self.kind.with(|kind| kind == OWN)
    }
}

/// Chooses hours. The problems of the week are named `hours.week.…`; `always` is what choosing any time is called, empty where
/// that is no choice.
#[component]
pub fn HoursField(
    choice: HoursChoice,
    form: Form,
    #[prop(into)] label: String,
    #[prop(optional)] always: &'static str,
) -> impl IntoView {
    let mut options =
        vec![(TENANT.to_owned(), "Office hours".to_owned()), (OWN.to_owned(), "Hours of its own".to_owned())];
    if !always.is_empty() {
        options.insert(0, (ALWAYS.to_owned(), always.to_owned()));
    }
    let present = time::ticking();
    let wall = Memo::new(move |_| time::wall(present.get()));
    view! {
        <div class="grid gap-3">
            <Select name="hours" label value=choice.kind options />
            {move || choice.is_own().then(|| view! {
                <div data-testid="own-hours">
                    <WeekGrid draft=choice.week field="hours.week" form wall />
                    <p class="hint mt-2">"The holidays of the office hours hold for it too."</p>
                </div>
            })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::hours::Span;

    // covers: OH-04
    #[test]
    fn oh_04_what_is_chosen_is_what_it_was() {
        let week = Week { sunday: vec![Span::new(600, 0)], ..Week::default() };
        for hours in [None, Some(Hours::Tenant), Some(Hours::Own { week })] {
            assert_eq!(HoursChoice::of(hours.as_ref()).hours(), hours);
        }
    }
}
