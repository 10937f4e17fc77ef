//! Calls as rows.

use leptos::prelude::*;
use shared::call_record::{CallRecord, CallStatus};
use shared::fact::Fact;
use shared::{CallId, Moment};

use crate::live::{self, Event};
use crate::time::{self, Style};
use crate::ui::badge::Badge;
use crate::ui::icon::Icon;
use crate::ui::listing::Listing;
use crate::ui::table::Column;
use crate::word;

/// The columns of every list of calls; `path` leads to a call's page.
pub fn columns(path: fn(CallId) -> String, now: ReadSignal<Moment>) -> Vec<Column<CallRecord>> {
    vec![
        Column::new("From", move |call: &CallRecord| {
            let (word, glyph) = word::direction(call.direction);
            let (name, number) = caller(call);
            let to = callee(call).0;
            view! {
                <span class="flex items-center gap-3">
                    <span class="text-faint" title=word><Icon glyph /><span class="sr-only">{word}</span></span>
                    <span class="min-w-0">
                        <a class="row-link block cell-clip" href=path(call.id)>{name}</a>
                        <span class="cell-sub cell-clip figures">
                            {number}
                            <span class="phone-only">" → "{to}</span>
                        </span>
                    </span>
                </span>
            }
            .into_any()
        }),
        Column::new("To", |call: &CallRecord| {
            let (name, number) = callee(call);
            view! {
                <span class="block cell-clip figures">{name}</span>
                <span class="cell-sub cell-clip figures">{number}</span>
            }
            .into_any()
        })
        .medium(),
        Column::new("Status", |call: &CallRecord| {
            let started = time::show(call.started_at, Style::Short);
            view! { {status(call.status)} <span class="cell-sub phone-only figures">{started}</span> }.into_any()
        }),
        Column::new("Started", |call: &CallRecord| {
            view! { <span class="whitespace-nowrap text-soft figures">{time::show(call.started_at, Style::Short)}</span> }
                .into_any()
        })
        .medium(),
        Column::new("Duration", move |call: &CallRecord| length(call, now)).medium().end(),
    ]
}

/// The caller's name and, below it, the number; the number alone where there is no name.
pub fn caller(call: &CallRecord) -> (String, Option<String>) {
    named(&call.caller_name, &call.caller)
}

/// The same of the called party.
pub fn callee(call: &CallRecord) -> (String, Option<String>) {
    named(&call.callee_name, &call.callee)
}

fn named(name: &str, number: &str) -> (String, Option<String>) {
    match name.trim() {
        "" => (number.to_owned(), None),
        name => (name.to_owned(), Some(number.to_owned())),
    }
}

/// A call's status as a badge.
pub fn status(status: CallStatus) -> impl IntoView {
    let (text, tone) = word::status(status);
    let live = matches!(status, CallStatus::Ringing | CallStatus::Talking);
    view! { <Badge tone dot=live live text /> }
}

/// How long a call lasted, or lasts, ticking.
pub fn length(call: &CallRecord, now: ReadSignal<Moment>) -> AnyView {
    match (call.answered_at, call.ended_at) {
        (Some(answered), None) => {
            view! { <span class="figures">{move || time::duration(now.get().since(answered).as_secs())}</span> }
                .into_any()
        }
        (Some(_), Some(_)) => view! { <span class="figures">{time::duration(call.talk_seconds())}</span> }.into_any(),
        (None, _) => view! { <span class="text-faint">"–"</span> }.into_any(),
    }
}

/// Keeps a list of calls moving: running calls that `wanted` lets in appear on top, known ones change where they are.
pub fn follow(listing: Listing<CallRecord>, wanted: impl Fn(&CallRecord) -> bool + 'static) {
    live::subscribe(move |event| {
        let fact = match event {
            Event::Reload => return listing.reload(),
            Event::Changed(_) => return,
            Event::Fact(fact) => &fact.fact,
        };
        let record = match fact {
            Fact::CallStarted { record, .. } | Fact::CallChanged { record, .. } | Fact::CallEnded { record, .. } => {
                record
            }
            _ => return,
        };
        let is_new = matches!(fact, Fact::CallStarted { .. });
        if !listing.replace(record.clone(), |known| known.id == record.id) && is_new && wanted(record) {
            listing.prepend(record.clone());
        }
    });
}
