//! Tries a call out: the same decisions as a live one, and nobody is rung.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use shared::Moment;
use shared::call_record::CallDetail;
use shared::problem::FieldProblem;
use shared::reason::Reason;
use shared::simulation::{Onward, Ringing, SimulateCall, Simulation};

use super::route::{Choices, RouteTabs};
use crate::page::trace::Timeline;
use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::field::{Field, Select};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::notice::{Empty, Kind, Notice};
use crate::{session, time};

#[component]
pub fn SimulationPage() -> impl IntoView {
    let choices = Choices::new();
    let form = Form::new();
    // A call's page fills the fields in, by the address.
    let query = use_query_map().get_untracked();
    let given = |name: &str| query.get(name).unwrap_or_default();
    let (from, caller) = (RwSignal::new(given("extension")), RwSignal::new(given("caller")));
    let dialled = RwSignal::new(given("dialled"));
    let trunk_name = given("trunk");
    let replayed = given("when").parse().ok().map(Moment);
    let shown = replayed.and_then(time::field_text).unwrap_or_default();
    let when = RwSignal::new(shown.clone());
    let found = RwSignal::new(None::<Simulation>);
    let outside = Signal::derive(move || from.with(|from| from.starts_with("trk_")));
    // The trunk that the address names is chosen as soon as it is there, else the first extension.
    Effect::new(move |_| {
        let trunks = if trunk_name.is_empty() { Some(Vec::new()) } else { choices.trunk_options() };
        let (Some(trunks), Some(extensions)) = (trunks, choices.extension_options()) else { return };
        let named = trunks.into_iter().find(|(_, name)| *name == trunk_name);
        let first = named.or_else(|| extensions.into_iter().next());
        if let Some((id, _)) = first.filter(|_| from.with_untracked(String::is_empty)) {
            from.set(id);
        }
    });
    let options = move || {
        let mut options = choices.extension_options().unwrap_or_default();
        let trunks = choices.trunk_options().unwrap_or_default();
        options.extend(trunks.into_iter().map(|(id, name)| (id, format!("Somebody outside, by {name}"))));
        options
    };
    let submit = move |()| {
        let chosen = from.get_untracked();
        let at = when.get_untracked();
        // What was filled in is meant to the second, and in an hour that comes twice.
        let moment = if at == shown { replayed } else { time::read_field(&at) };
        if !at.is_empty() && moment.is_none() {
            return form.mark(vec![FieldProblem::new("when", "Enter a day and a time, or nothing for now.")]);
        }
        let operation = SimulateCall {
            extension_id: chosen.parse().ok(),
            trunk_id: chosen.parse().ok(),
            caller: caller.get_untracked().trim().to_owned(),
            dialled: dialled.get_untracked().trim().to_owned(),
            when: moment,
        };
        form.send(Vec::new(), operation, move |answer| found.set(Some(answer)));
    };
    view! {
        <div class="page">
            <RouteTabs />
            <div class="grid items-start gap-4 lg:grid-cols-[22rem_1fr]">
                <Card title="A call" testid="simulate">
                    <FormView form fields=vec!["caller", "dialled", "when"] submit>
                        {choices.extensions.failure()}
                        {move || view! { <Select name="from" label="Who calls" value=from options=options() /> }}
                        <div hidden=move || !outside.get()>
                            <Field name="caller" label="Their number" value=caller form inputmode="tel" optional=true placeholder="+12025550199" />
                        </div>
                        <Field name="dialled" label="Dials" value=dialled form inputmode="tel" placeholder="01001" />
                        <Field name="when" label="At" value=when form kind="datetime-local" optional=true hint=hours_hint() />
                        <div><Button label="Try" look=Look::Primary submit=true busy=form.busy testid="try" /></div>
                    </FormView>
                </Card>
                <Card title="What it would do" testid="simulated">
                    {move || match found.get() {
                        None => view! {
                            <Empty glyph=Glyph::ArrowsBoth title="Nothing tried yet"
                                text="Each decision on the way of the call stands here: the rule, the trunk, the number that is sent, who is rung." />
                        }
                        .into_any(),
                        Some(simulation) => result(simulation).into_any(),
                    }}
                </Card>
            </div>
        </div>
    }
}

fn hours_hint() -> String {
    let zone = session::time_zone().map_or_else(String::new, |zone| format!(" in {zone}"));
    format!("Whose office hours count, by the clock{zone}. Empty: now. Devices and trunks are always as they are now.")
}

/// The address of this page for a call that was made, with its fields filled in; none where nobody knows who called.
pub fn replay(detail: &CallDetail) -> Option<String> {
    let CallDetail { record, trace } = detail;
    let by_trunk = trace.iter().find(|step| step.code == Reason::CallByTrunk);
    let from = match (record.caller_extension_id, by_trunk) {
        (Some(extension), _) => ("extension", extension.to_string()),
        (None, Some(step)) => ("trunk", step.value.clone()),
        (None, None) => return None,
    };
    let parts = [
        from,
        ("caller", record.caller.clone()),
        ("dialled", record.callee.clone()),
        ("when", record.started_at.0.to_string()),
    ];
    let parts = parts.map(|(name, value)| format!("{name}={}", String::from(js_sys::encode_uri_component(&value))));
    Some(format!("{}?{}", Place::TenantSimulation.path(), parts.join("&")))
}

fn result(simulation: Simulation) -> impl IntoView {
    let Simulation { steps, status, rung, seconds, onward } = simulation;
    let notice = match status {
        Some(status) => (Kind::Warn, format!("The call is refused with {status}.")),
        None if rung.is_empty() => (Kind::Good, "The call is taken, and nobody is rung for it.".to_owned()),
        None => {
            let ways = rung.iter().map(|one| one.group).max().map_or(0, |last| last + 1);
            let order = if ways > 1 { format!(" in {ways} tries") } else { String::new() };
            (Kind::Good, format!("{} rung{order}, for at most {seconds} s.", are(rung.len())))
        }
    };
    view! {
        <div data-testid="simulation" data-status=status.unwrap_or(200)>
            <Notice kind=notice.0 text=notice.1 />
            {(!rung.is_empty()).then(|| view! {
                <ol class="my-3 divide-y divide-line" data-testid="rung">{rung.into_iter().map(one).collect_view()}</ol>
            })}
            <div class="mt-4"><Timeline steps /></div>
            {onward.into_iter().map(further).collect_view()}
        </div>
    }
}

/// What becomes of it when it is not answered.
fn further(onward: Onward) -> impl IntoView {
    let Onward { after, steps, status, rung } = onward;
    let ends =
        status.map(|status| view! { <p class="text-sm text-soft">{format!("The call is refused with {status}.")}</p> });
    view! {
        <section class="mt-4 border-t border-line pt-3" data-testid="onward">
            <h3 class="label">{after.word()}</h3>
            {ends}
            <ol class="my-2 divide-y divide-line empty:hidden">{rung.into_iter().map(one).collect_view()}</ol>
            <Timeline steps />
        </section>
    }
}

fn are(count: usize) -> String {
    if count == 1 { "One is".to_owned() } else { format!("{count} are") }
}

fn one(ringing: Ringing) -> impl IntoView {
    view! {
        <li class="row flex-wrap">
            <span class="w-8 shrink-0 figures text-faint">{ringing.group + 1}</span>
            <span class="min-w-0 flex-1">
                <span class="block wrap-anywhere">{ringing.device}</span>
                <span class="block wrap-anywhere text-sm text-soft">"From: " {ringing.shown}</span>
            </span>
        </li>
    }
}
