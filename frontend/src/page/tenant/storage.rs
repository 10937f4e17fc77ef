//! The company's room for sounds (STO-01).

use leptos::prelude::*;
use shared::fact::Fact;
use shared::storage::GetOwnStorage;

use super::call_record::CallTabs;
use crate::live::{self, Event};
use crate::page::Head;
use crate::page::storage::StorageMeter;
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;

#[component]
pub fn StoragePage() -> impl IntoView {
    let storage = Fetch::new(GetOwnStorage::default);
    live::subscribe(move |event| match event {
        Event::Reload => storage.reload(),
        Event::Changed(_) => storage.reload_soon(),
        Event::Fact(fact) if matches!(fact.fact, Fact::RecordingEnded { .. }) => storage.reload_soon(),
        Event::Fact(_) => {}
    });
    view! {
        <div class="page">
            <Head title="Storage" text="What recordings, voice messages and prompts take. The limit is your provider's to set." />
            <CallTabs />
            <div class="max-w-2xl"><Card title="In use"><StorageMeter storage /></Card></div>
        </div>
    }
}
