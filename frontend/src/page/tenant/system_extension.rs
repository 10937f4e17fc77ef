//! Numbers that a service answers, not a person (HOME-05).

use leptos::prelude::*;
use shared::system_extension::{ListSystemExtensions, SystemExtension};

use super::registration::DeviceTabs;
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;

#[component]
pub fn SystemExtensionsPage() -> impl IntoView {
    let rows = Fetch::new(ListSystemExtensions::default);
    view! {
        <div class="page">
            <DeviceTabs />
            {rows.failure()}
            <div hidden=move || rows.problem().is_some()>
                <Card title="System extensions" flush=true>
                    {move || match rows.get() {
                        None => rows.skeleton("card-body", "h-24"),
                        Some(rows) if rows.is_empty() => view! {
                            <Empty glyph=Glyph::Server title="No service has a number"
                                text="A number that a service answers, not a person, stands here with its state." />
                        }
                        .into_any(),
                        Some(rows) => view! {
                            <ul class="divide-y divide-line pb-1" data-testid="system-extensions">{rows.into_iter().map(line).collect_view()}</ul>
                        }
                        .into_any(),
                    }}
                </Card>
            </div>
        </div>
    }
}

fn line(row: SystemExtension) -> impl IntoView {
    let (tone, word) = if row.answers { (Tone::Good, "Answers") } else { (Tone::Bad, "Does not answer") };
    view! {
        <li class="row flex-wrap">
            <span class="w-20 shrink-0 font-medium figures">{row.number}</span>
            <span class="min-w-0 flex-1">
                <span class="block">{row.name}</span>
                <span class="block text-sm text-soft">{row.kind.word()}</span>
            </span>
            <Badge tone dot=true text=word />
        </li>
    }
}
