//! The calls that run now: one's own, and those of the members of the groups that one manages (CALL-01, GRP-04).

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use shared::live::ListOwnLiveCalls;

use super::call_record::CallTabs;
use super::supervision::{Supervised, is_manager};
use crate::page::Head;
use crate::page::live_calls::{LiveCalls, Whose, follow_some};
use crate::ui::fetch::Fetch;

/// How often the list is asked for again, in milliseconds: a call that goes on to somebody else says so to them alone.
const ASK_MILLIS: u32 = 15_000;

#[component]
pub fn LiveCallsPage() -> impl IntoView {
    let calls = Fetch::new(ListOwnLiveCalls::default);
    let supervised = use_context::<Supervised>();
    if let Some(supervised) = supervised {
        supervised.reload();
    }
    follow_some(calls, move |call| supervised.is_some_and(|supervised| supervised.concerns(call)));
    let again = StoredValue::new_local(Some(Interval::new(ASK_MILLIS, move || calls.reload())));
    on_cleanup(move || {
        again.try_update_value(Option::take);
    });
    let is_manager = is_manager();
    let text = move || match is_manager.get() {
        true => "Your own, and those of the members of the groups that you manage.",
        false => "Your own. Whoever manages a group sees those of its members here as well.",
    };
    view! {
        <div class="page">
            <Head title="Running calls" />
            <CallTabs />
            <p class="text-sm text-soft" data-testid="live-calls-scope">{text}</p>
            <LiveCalls calls whose=Whose::Own />
        </div>
    }
}
