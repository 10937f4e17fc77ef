//! Refused registrations and other requests over all tenants, those of no tenant too.

use leptos::prelude::*;
use shared::registration::ListAllRefusals;

use crate::page::Head;
use crate::page::filter::bound;
use crate::page::refusal::RefusalTable;
use crate::ui::field::filled;
use crate::ui::listing::Listing;

#[component]
pub fn RefusalsPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListAllRefusals { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    view! {
        <div class="page">
            <Head title="Refused requests" text="Registrations, messages and other requests that were not let in, of all tenants and of none." />
            <RefusalTable listing search any=true />
        </div>
    }
}
