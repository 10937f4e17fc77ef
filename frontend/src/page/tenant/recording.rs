//! The tenant's recordings, filtered by the address (REC-02).

use leptos::prelude::*;
use shared::recording::ListRecordings;

use super::call_record::CallTabs;
use super::pick::Everybody;
use crate::page::Head;
use crate::page::filter::{bound, day};
use crate::page::recording::{RecordingList, Recordings, Side};
use crate::page::sound_row::ROWS;
use crate::time;
use crate::ui::button::{Button, Look};
use crate::ui::field::{Search, Select, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::Nothing;

/// What is asked for; each field is a parameter of the address.
#[derive(Clone, Copy)]
struct Filter {
    search: RwSignal<String>,
    extension: RwSignal<String>,
    from: RwSignal<String>,
    until: RwSignal<String>,
}

impl Filter {
    fn of_address() -> Self {
        Self { search: bound("search"), extension: bound("extension"), from: bound("from"), until: bound("until") }
    }

    fn all(self) -> [RwSignal<String>; 4] {
        [self.search, self.extension, self.from, self.until]
    }

    fn is_empty(self) -> bool {
        self.all().iter().all(|field| field.with(String::is_empty))
    }

    fn clear(self) {
        for field in self.all() {
            field.set(String::new());
        }
    }

    fn ask(self) -> ListRecordings {
        ListRecordings {
            search: filled(self.search.get()),
            extension_id: self.extension.with(|id| id.parse().ok()),
            from: time::start_of_day(&self.from.get(), 0),
            // The last day is wholly part of it.
            until: time::start_of_day(&self.until.get(), 1),
            limit: Some(ROWS),
            ..ListRecordings::default()
        }
    }
}

#[component]
pub fn RecordingsPage() -> impl IntoView {
    let filter = Filter::of_address();
    let listing = Listing::new(move || filter.ask(), |ask, cursor| ask.cursor = cursor);
    let wanted = move |_: &_| untrack(|| filter.is_empty());
    let recordings = Recordings::new(Side::Tenant, listing, Signal::stored(true), wanted);
    let everybody = Everybody::new();
    let people = move || {
        let all = std::iter::once((String::new(), "All extensions".to_owned()));
        all.chain(everybody.options()).collect::<Vec<_>>()
    };
    let nothing = Signal::derive(move || match filter.is_empty() {
        true => Nothing {
            glyph: Glyph::Microphone,
            title: "No recordings yet",
            text: "Calls are recorded where an extension says so, or the company under Settings, Company.",
        },
        false => {
            Nothing { glyph: Glyph::Search, title: "No recording matches", text: "Widen the filter, or clear it." }
        }
    });
    view! {
        <div class="page">
            <Head title="Recordings" text="What was recorded of calls. Who listens to one, or deletes it, is logged." />
            <CallTabs />
            <section class="card" aria-label="Recordings" data-testid="recordings">
                <div class="filters">
                    <Search value=filter.search label="Search number or name" />
                    {move || view! { <Select name="extension" label="Extension" value=filter.extension options=people() small=true /> }}
                    {day("from", "From", filter.from)}
                    {day("until", "to", filter.until)}
                    {move || (!filter.is_empty()).then(|| view! {
                        <Button label="Clear" look=Look::Quiet small=true testid="clear-filter" press=move |()| filter.clear() />
                    })}
                </div>
                <RecordingList recordings nothing />
            </section>
        </div>
    }
}
