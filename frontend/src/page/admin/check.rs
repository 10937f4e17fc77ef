//! The installation looks at itself: each check with its result and the fix in words (OPS-04).

use leptos::prelude::*;
use shared::diagnosis::RunChecks;

use super::system::SystemTabs;
use crate::page::Head;
use crate::page::finding::Found;
use crate::ui::button::Button;
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::notice::{Kind, Notice};

#[component]
pub fn CheckPage() -> impl IntoView {
    let findings = Fetch::new(RunChecks::default);
    let again = view! {
        <Button label="Check again" testid="check-again" press=move |()| findings.retry() />
    };
    view! {
        <div class="page">
            <Head title="Check" text="Belfry looks at itself, as “belfry doctor” does on the command line. Nothing is changed." tools=again.into_any() />
            <SystemTabs />
            {findings.failure()}
            {move || match findings.get() {
                None => findings.problem().is_none().then(looking).into_any(),
                Some(found) if found.is_empty() => view! { <Notice kind=Kind::Plain text="Nothing was looked at." /> }.into_any(),
                Some(found) => view! { <Found found /> }.into_any(),
            }}
        </div>
    }
}

fn looking() -> impl IntoView {
    view! {
        <Card title="Looking">
            <div class="grid gap-3" role="status">
                <p class="text-soft">"Ports, addresses, names and sound are tried. This takes some seconds."</p>
                <span class="skeleton h-40 w-full"></span>
            </div>
        </Card>
    }
}
