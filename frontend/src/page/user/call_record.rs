//! The user's own calls.

use leptos::prelude::*;
use shared::CallId;
use shared::call_record::{GetOwnCall, ListOwnCalls};
use shared::ladder::{ExportOwnCallLadder, GetOwnCallLadder};

use super::supervision::is_manager;
use crate::page::Head;
use crate::page::call::{columns, follow};
use crate::page::call_detail::CallDetailView;
use crate::page::filter::bound;
use crate::page::ladder::keep;
use crate::place::Place;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Search, Select, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Nothing, Table};
use crate::ui::tabs::Tabs;
use crate::{time, word};

#[component]
pub fn CallsPage() -> impl IntoView {
    let (search, status) = (bound("search"), bound("status"));
    let listing = Listing::new(
        move || ListOwnCalls {
            search: filled(search.get()),
            status: word::read_status(&status.get()),
            ..Default::default()
        },
        |ask, cursor| ask.cursor = cursor,
    );
    let plain = move || search.with(String::is_empty) && status.with(String::is_empty);
    follow(listing, move |_| untrack(plain));
    let nothing = Signal::derive(move || match plain() {
        true => Nothing {
            glyph: Glyph::Phone,
            title: "No calls yet",
            text: "The calls that you make and get stand here, and those of the groups that you manage.",
        },
        false => Nothing { glyph: Glyph::Search, title: "No call matches", text: "Widen the filter, or clear it." },
    });
    view! {
        <div class="page">
            <Head title="My calls" />
            <CallTabs />
            <section class="card" aria-label="My calls">
                <div class="filters">
                    <Search value=search label="Search number or name" />
                    <Select name="status" label="Status" value=status options=word::status_choices() small=true />
                </div>
                <Table listing columns=columns(|id| Place::Call(id).path(), time::ticking()) label="My calls" nothing />
            </section>
        </div>
    }
}

/// The tabs of one's own calls and of what was recorded of them; for a manager those that run, too.
#[component]
pub fn CallTabs() -> impl IntoView {
    let is_manager = is_manager();
    let is_manager = Memo::new(move |_| is_manager.get());
    move || {
        let running = is_manager.get().then(|| (Place::LiveCalls.path(), "Running"));
        let others = [
            (Place::Calls.path(), "Calls"),
            (Place::Recordings.path(), "Recordings"),
            (Place::Conferences.path(), "Conferences"),
        ];
        view! { <Tabs label="My calls" tabs=others.into_iter().chain(running).collect() /> }
    }
}

#[component]
pub fn CallPage(call_id: CallId) -> impl IntoView {
    let detail = Fetch::new(move || GetOwnCall { call_id });
    let ladder = Fetch::new(move || GetOwnCallLadder { call_id });
    let save = Callback::new(move |format| keep(ExportOwnCallLadder { call_id, format }));
    view! { <CallDetailView detail ladder save call_id back="/calls" /> }
}
