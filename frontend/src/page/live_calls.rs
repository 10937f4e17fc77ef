//! The calls that run now.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::call_record::{CallRecord, HangUpCall, HangUpOwnCall};
use shared::fact::Fact;
use shared::{CallId, Moment, TenantId};

use super::call::{callee, caller, length, status};
use super::monitor::{monitor_menu, monitor_note};
use crate::live::{self, Event};
use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::dialog::Confirm;
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::notice::{Empty, Failed};
use crate::ui::toast;
use crate::{api, time};

/// Whose calls a list shows, and so what can be done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of all tenants, with their names: they can be looked at.
    Everybody(Signal<BTreeMap<TenantId, String>>),
    /// The tenant's: they can be opened, monitored and ended.
    Tenant,
    /// Those of oneself and of whom one manages, with the same.
    Own,
}

impl Whose {
    /// Where a call is opened.
    fn place(self, call: &CallRecord) -> Option<Place> {
        match self {
            Self::Everybody(_) => None,
            Self::Tenant => Some(Place::TenantCall(call.id)),
            Self::Own => Some(Place::Call(call.id)),
        }
    }
}

/// Keeps the running calls up to date by the facts.
pub fn follow(calls: Fetch<Vec<CallRecord>>) {
    follow_some(calls, |_| true);
}

/// As [`follow`], for those calls that a list is to have; an administrator hears of others, too.
pub fn follow_some(calls: Fetch<Vec<CallRecord>>, has: impl Fn(&CallRecord) -> bool + 'static) {
    live::subscribe(move |event| {
        let fact = match event {
            Event::Reload => return calls.reload(),
            Event::Changed(_) => return,
            Event::Fact(fact) => &fact.fact,
        };
        match fact {
            Fact::CallStarted { record, .. } | Fact::CallChanged { record, .. } if !has(record) => {
                calls.update(|calls| calls.retain(|known| known.id != record.id));
            }
            Fact::CallStarted { record, .. } | Fact::CallChanged { record, .. } => {
                let mut fell_silent = None;
                calls.update(|calls| match calls.iter_mut().find(|known| known.id == record.id) {
                    Some(known) => {
                        fell_silent = silent(record).filter(|_| silent(known).is_none());
                        *known = record.clone();
                    }
                    None => calls.insert(0, record.clone()),
                });
                if let Some(number) = fell_silent {
                    toast::bad(format!("No sound is heard from {number}."));
                }
            }
            Fact::CallEnded { record, .. } => calls.update(|calls| calls.retain(|known| known.id != record.id)),
            _ => {}
        }
    });
}

/// The number of a side of which nothing is heard though something should be.
fn silent(call: &CallRecord) -> Option<String> {
    let leg = call.legs.iter().find(|leg| leg.silent_since.is_some())?;
    Some(if leg.side == "callee" { call.callee.clone() } else { call.caller.clone() })
}

/// The list.
#[component]
pub fn LiveCalls(calls: Fetch<Vec<CallRecord>>, whose: Whose) -> impl IntoView {
    let now = time::ticking();
    let ending = RwSignal::new(None::<CallId>);
    let asked = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let hang_up = move |()| {
        let Some(call_id) = ending.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = match whose {
                Whose::Own => api::call(HangUpOwnCall { call_id }).await,
                Whose::Tenant | Whose::Everybody(_) => api::call(HangUpCall { call_id }).await,
            };
            busy.try_set(false);
            asked.try_set(false);
            match answer {
                Ok(()) => toast::good("The call was ended."),
                Err(problem) => toast::bad(problem.title),
            }
        });
    };
    let ask = Callback::new(move |call_id| {
        ending.set(Some(call_id));
        asked.set(true);
    });
    let rows = move || {
        match calls.map(Vec::is_empty) {
        None if calls.problem().is_some() => {
            calls.problem().map(|problem| view! { <Failed problem retry=move |()| calls.retry() /> }).into_any()
        }
        None => view! { <div class="card-body"><span class="skeleton h-20 w-full"></span></div> }.into_any(),
        Some(true) => view! {
            <Empty glyph=Glyph::Phone title="No call is running" text="Calls appear here the moment they begin." />
        }
        .into_any(),
        Some(false) => view! {
            <ul class="divide-y divide-line pb-1" data-testid="live-calls">
                <For
                    each=move || calls.get().unwrap_or_default()
                    key=|call| (call.id, call.status as u8, call.answered_at, call.callee_name.clone(), call.parked_at().map(str::to_owned), silent(call))
                    let:call
                >
                    {row(call, now, whose, ask)}
                </For>
            </ul>
        }
        .into_any(),
    }
    };
    let state = Memo::new(move |_| (calls.map(Vec::is_empty), calls.problem().is_some()));
    view! {
        <Card title="Running calls" flush=true>
            {move || { state.get(); untrack(rows) }}
            {(!matches!(whose, Whose::Everybody(_))).then(|| monitor_note(whose))}
        </Card>
        <Confirm
            open=asked
            title="End this call?"
            text="Both sides are disconnected at once. The call's record will say that it was ended in the portal."
            action="End call"
            busy
            confirm=hang_up
        />
    }
}

fn row(call: CallRecord, now: ReadSignal<Moment>, whose: Whose, ask: Callback<CallId>) -> impl IntoView {
    let (id, tenant) = (call.id, call.tenant_id);
    let words = format!("{} → {}", caller(&call).0, callee(&call).0);
    let place = whose.place(&call);
    let can_act = place.is_some();
    let who = match (whose, place) {
        (Whose::Everybody(tenants), _) => view! {
            <p class="truncate font-medium">{words}</p>
            <a class="text-sm text-faint hover:underline" href=Place::AdminTenant(tenant).path()>
                {move || tenants.with(|names| names.get(&tenant).cloned().unwrap_or_else(|| tenant.to_string()))}
            </a>
        }
        .into_any(),
        (_, place) => view! {
            <a class="block truncate font-medium hover:underline" href=place.map(|place| place.path())>{words}</a>
            <p class="text-sm text-faint figures">{format!("{} → {}", call.caller, call.callee)}</p>
        }
        .into_any(),
    };
    view! {
        <li class="row" data-testid="live-call">
            <div class="min-w-0 flex-1">
                {who}
                {call.parked_at().map(|slot| view! {
                    <p class="text-sm text-soft" data-testid="parked">"Parked at " {slot.to_owned()}</p>
                })}
                {silent(&call).map(|number| view! {
                    <p class="text-sm text-bad-ink" data-testid="no-sound">"No sound from " {number}</p>
                })}
            </div>
            <span class="text-sm text-soft">{length(&call, now)}</span>
            {status(call.status)}
            {can_act.then(|| monitor_menu(call))}
            {can_act.then(|| view! {
                <Button label="End" icon=Glyph::PhoneDown look=Look::DangerQuiet small=true testid="hang-up" press=move |()| ask.run(id) />
            })}
        </li>
    }
}
