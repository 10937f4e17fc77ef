//! What was found where something has looked at itself, or was tried: each check with its result and the fix in words.

use leptos::prelude::*;
use shared::diagnosis::{Finding, Verdict};

use crate::ui::badge::{Badge, Tone};
use crate::ui::card::Card;
use crate::ui::notice::{Kind, Notice};

/// A summary, and each of them.
#[component]
pub fn Found(found: Vec<Finding>) -> impl IntoView {
    let count = |wanted: Verdict| found.iter().filter(|finding| finding.verdict == wanted).count();
    let (bad, warnings) = (count(Verdict::Bad), count(Verdict::Warning));
    let summary = match (bad, warnings) {
        (0, 0) => view! { <Notice kind=Kind::Good text="All is well." /> },
        (0, _) => view! { <Notice kind=Kind::Warn text=format!("Everything works; worth a look: {warnings}.") /> },
        _ => view! { <Notice kind=Kind::Bad text=format!("Does not work: {bad}. Worth a look: {warnings}.") /> },
    };
    view! {
        {summary}
        <Card title="What was found" flush=true>
            <ul class="divide-y divide-line pb-1" data-testid="findings">{found.into_iter().map(line).collect_view()}</ul>
        </Card>
    }
}

fn line(finding: Finding) -> impl IntoView {
    let badge = match finding.verdict {
        Verdict::Good => view! { <Badge tone=Tone::Good dot=true text="Good" /> },
        Verdict::Warning => view! { <Badge tone=Tone::Warn dot=true text="Look" /> },
        Verdict::Bad => view! { <Badge tone=Tone::Bad dot=true text="Bad" /> },
    };
    let testid = format!("finding-{}", finding.check);
    view! {
        <li class="flex flex-wrap items-start gap-x-4 gap-y-1 px-4.5 py-3" data-testid=testid>
            <span class="w-44 shrink-0 font-medium">{finding.check}</span>
            <span class="w-20 shrink-0">{badge}</span>
            <span class="grid min-w-0 flex-1 basis-60 gap-1">
                <span>{finding.detail}</span>
                {(!finding.fix.is_empty()).then(|| view! { <span class="text-sm text-soft">{finding.fix}</span> })}
            </span>
        </li>
    }
}
