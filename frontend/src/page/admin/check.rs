//! The installation looks at itself: each check with its result and the fix in words (OPS-04).

use leptos::prelude::*;
use shared::diagnosis::{Finding, RunChecks, Verdict};

use super::system::SystemTabs;
use crate::page::Head;
use crate::ui::badge::{Badge, Tone};
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

#[component]
fn Found(found: Vec<Finding>) -> impl IntoView {
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
