//! "Explain this": the decisions on the way of a call or a registration, one sentence each, with the fix.

use leptos::prelude::*;
use shared::reason::TraceStep;

use crate::time::{self, Style};
use crate::ui::icon::{Glyph, Icon};

#[component]
pub fn Timeline(steps: Vec<TraceStep>) -> impl IntoView {
    if steps.is_empty() {
        return view! { <p class="text-soft">"No decision has been noted yet."</p> }.into_any();
    }
    view! { <ol class="timeline" data-testid="trace">{steps.into_iter().map(step).collect_view()}</ol> }.into_any()
}

fn step(step: TraceStep) -> impl IntoView {
    let fix = step.code.fix();
    let wrong = !fix.is_empty();
    let rule = Some(step.rule.clone()).filter(|rule| !rule.is_empty());
    view! {
        <li class="timeline-step" class:timeline-bad=wrong data-testid="trace-step" data-code=step.code.code()>
            <span class="timeline-mark">
                <Icon glyph=if wrong { Glyph::Alert } else { Glyph::Check } />
            </span>
            <div class="min-w-0">
                <div class="flex items-baseline justify-between gap-x-3">
                    <p class="wrap-anywhere font-medium">{step.sentence()}</p>
                    <span class="shrink-0 text-xs text-faint figures">{time::show(step.at, Style::Clock)}</span>
                </div>
                <p class="mt-0.5 flex flex-wrap gap-x-2 text-xs text-faint">
                    <span>{step.step.clone()}</span>
                    <span aria-hidden="true">"·"</span>
                    <code>{step.code.code()}</code>
                    {rule.map(|rule| view! { <span aria-hidden="true">"·"</span><code>{rule}</code> })}
                </p>
                {wrong.then(|| view! { <p class="timeline-fix"><strong>"Fix: "</strong>{fix}</p> })}
            </div>
        </li>
    }
}
