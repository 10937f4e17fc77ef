//! The tenant's calls: filtered by the address, moving by the facts, exported as they are seen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::CallId;
use shared::call_record::{ExportCalls, GetCall, ListCalls};
use shared::ladder::{ExportCallLadder, GetCallLadder};

use crate::page::Head;
use crate::page::call::{columns, follow};
use crate::page::call_detail::CallDetailView;
use crate::page::filter::{bound, day};
use crate::page::ladder::keep;
use crate::page::recording::CallRecordings;
use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::fetch::Fetch;
use crate::ui::field::{Search, Select, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Nothing, Table};
use crate::ui::tabs::Tabs;
use crate::ui::toast;
use crate::{api, time, word};

/// What is asked for; each field is a parameter of the address.
#[derive(Clone, Copy)]
struct Filter {
    search: RwSignal<String>,
    status: RwSignal<String>,
    direction: RwSignal<String>,
    from: RwSignal<String>,
    until: RwSignal<String>,
}

impl Filter {
    fn of_address() -> Self {
        Self {
            search: bound("search"),
            status: bound("status"),
            direction: bound("direction"),
            from: bound("from"),
            until: bound("until"),
        }
    }

    fn all(self) -> [RwSignal<String>; 5] {
        [self.search, self.status, self.direction, self.from, self.until]
    }

    fn is_empty(self) -> bool {
        self.all().iter().all(|field| field.with(String::is_empty))
    }

    fn clear(self) {
        for field in self.all() {
            field.set(String::new());
        }
    }

    fn export(self) -> ExportCalls {
        ExportCalls {
            search: filled(self.search.get()),
            status: word::read_status(&self.status.get()),
            direction: word::read_direction(&self.direction.get()),
            from: time::start_of_day(&self.from.get(), 0),
            // The last day is wholly part of it.
            until: time::start_of_day(&self.until.get(), 1),
            order: None,
        }
    }
}

#[component]
pub fn CallsPage() -> impl IntoView {
    let filter = Filter::of_address();
    let listing = Listing::new(move || ListCalls::from(filter.export()), |ask, cursor| ask.cursor = cursor);
    follow(listing, move |_| untrack(|| filter.is_empty()));
    let saving = RwSignal::new(false);
    let export = move |()| {
        let operation = untrack(|| filter.export());
        saving.set(true);
        spawn_local(async move {
            if let Err(problem) = api::save(operation).await {
                toast::bad(problem.title);
            }
            saving.try_set(false);
        });
    };
    let nothing = Signal::derive(move || match filter.is_empty() {
        true => Nothing {
            glyph: Glyph::List,
            title: "No calls yet",
            text: "Every call stands here the moment it begins, and stays with the reason why it ended.",
        },
        false => Nothing { glyph: Glyph::Search, title: "No call matches", text: "Widen the filter, or clear it." },
    });
    let tools = view! {
        <Button label="Export CSV" icon=Glyph::Download busy=saving testid="export-calls" press=export />
    };
    view! {
        <div class="page">
            <Head title="Calls" tools=tools.into_any() />
            <CallTabs />
            <section class="card" aria-label="Calls">
                <div class="filters">
                    <Search value=filter.search label="Search number or name" />
                    <Select name="status" label="Status" value=filter.status options=word::status_choices() small=true />
                    <Select name="direction" label="Direction" value=filter.direction options=word::direction_choices() small=true />
                    {day("from", "From", filter.from)}
                    {day("until", "to", filter.until)}
                    {move || (!filter.is_empty()).then(|| view! {
                        <Button label="Clear" look=Look::Quiet small=true testid="clear-filter" press=move |()| filter.clear() />
                    })}
                </div>
                <Table listing columns=columns(|id| Place::TenantCall(id).path(), time::ticking()) label="Calls" nothing />
            </section>
        </div>
    }
}

/// The tabs of calls and of what was recorded of them.
#[component]
pub fn CallTabs() -> impl IntoView {
    let tabs = vec![
        (Place::TenantCalls.path(), "Calls"),
        (Place::TenantRecordings.path(), "Recordings"),
        (Place::TenantRecordingRules.path(), "Recording rules"),
        (Place::TenantStorage.path(), "Storage"),
    ];
    view! { <Tabs label="Calls" tabs /> }
}

#[component]
pub fn CallPage(call_id: CallId) -> impl IntoView {
    let detail = Fetch::new(move || GetCall { call_id });
    let ladder = Fetch::new(move || GetCallLadder { call_id });
    let save = Callback::new(move |format| keep(ExportCallLadder { call_id, format }));
    let tools = move || {
        let address = detail.map(super::simulation::replay).flatten();
        address.map(|address| {
            view! { <a class="button button-secondary button-small" data-testid="replay" href=address>"Replay"</a> }
        })
    };
    let recordings = move || view! { <CallRecordings call_id /> };
    view! { <CallDetailView detail ladder save call_id back="/tenant/calls" tools recordings /> }
}
