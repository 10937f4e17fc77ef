//! Which calls are recorded by rules, and who may have one recorded while it runs (REC-01).

use leptos::prelude::*;
use shared::extension_group::{DEFAULT_NAME, ListExtensionGroups};
use shared::page::PAGE_ROWS_MAX;
use shared::queue::ListQueues;
use shared::recording_rule::{GetRecordingRules, RecordingRules, UpdateRecordingRules};
use shared::ring_group::ListRingGroups;
use shared::trunk::ListUsableTrunks;

use super::call_record::CallTabs;
use super::pick::{Options, Picks, chosen_of, ids};
use crate::page::Head;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Switch};
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

#[component]
pub fn RecordingRulesPage() -> impl IntoView {
    let rules = Fetch::new(GetRecordingRules::default);
    view! {
        <div class="page">
            <Head title="Recording rules" text="Calls that are recorded beside those of extensions that are set so. All calls, two tracks and what is said to both are switches of the company." />
            <CallTabs />
            {rules.failure()}
            <div hidden=move || rules.problem().is_some()>
                {move || match rules.get() {
                    None => rules.skeleton("card p-4.5", "h-96"),
                    Some(current) => view! { <Rules current /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Rules(current: RecordingRules) -> impl IntoView {
    let form = Form::new();
    let limit = Some(PAGE_ROWS_MAX);
    let groups = Fetch::new(move || ListExtensionGroups { limit, ..ListExtensionGroups::default() });
    let rings = Fetch::new(move || ListRingGroups { limit, ..ListRingGroups::default() });
    let queues = Fetch::new(move || ListQueues { limit, ..ListQueues::default() });
    let trunks = Fetch::new(move || ListUsableTrunks { limit, ..ListUsableTrunks::default() });
    let group_options = Signal::derive(move || -> Options {
        let rows = groups.get().map(|page| page.rows).unwrap_or_default();
        let name = |name: String| if name == DEFAULT_NAME { "Everybody by default".to_owned() } else { name };
        rows.into_iter().map(|row| (row.id.to_string(), name(row.name))).collect()
    });
    let ring_options = Signal::derive(move || -> Options {
        let rows = rings.get().map(|page| page.rows).unwrap_or_default();
        let word = |row: shared::ring_group::RingGroup| {
            (row.id.to_string(), format!("{} {}", row.settings.number, row.settings.name))
        };
        rows.into_iter().map(word).collect()
    });
    let queue_options = Signal::derive(move || -> Options {
        let rows = queues.get().map(|page| page.rows).unwrap_or_default();
        rows.into_iter()
            .map(|row| (row.id.to_string(), format!("{} {}", row.settings.number, row.settings.name)))
            .collect()
    });
    let trunk_options = Signal::derive(move || -> Options {
        let rows = trunks.get().map(|page| page.rows).unwrap_or_default();
        rows.into_iter().map(|row| (row.id.to_string(), row.settings.name)).collect()
    });
    let outside = RwSignal::new(current.no_external_recording);
    let (in_groups, in_rings) = (chosen_of(&current.extension_groups), chosen_of(&current.ring_groups));
    let (in_queues, by_trunks) = (chosen_of(&current.queues), chosen_of(&current.trunks));
    let on_demand = chosen_of(&current.on_demand);
    let (toggle, pause) = (RwSignal::new(current.toggle_code), RwSignal::new(current.pause_code));
    let submit = move |()| {
        let rules = RecordingRules {
            no_external_recording: outside.get_untracked(),
            extension_groups: ids(in_groups),
            ring_groups: ids(in_rings),
            queues: ids(in_queues),
            trunks: ids(by_trunks),
            on_demand: ids(on_demand),
            toggle_code: toggle.get_untracked(),
            pause_code: pause.get_untracked(),
        };
        form.send(rules.check(), UpdateRecordingRules { rules }, |_: RecordingRules| {
            toast::good("The rules hold from now on.");
        });
    };
    let fields = vec!["extension_groups", "ring_groups", "queues", "trunks", "on_demand", "toggle_code", "pause_code"];
    view! {
        <FormView form fields submit>
            <Card title="Recorded" testid="recording-rules">
                <div class="grid gap-5">
                    {groups.failure()}
                    <Picks name="extension_groups" label="Calls of the members of" add="Add a group of extensions"
                        hint="Whoever called whom." chosen=in_groups options=group_options form />
                    <Picks name="ring_groups" label="Calls that came to" add="Add a ring group" hint="Whoever answers."
                        chosen=in_rings options=ring_options form />
                    <Picks name="queues" label="Calls that waited in" add="Add a queue" hint="From the answer of a member on."
                        chosen=in_queues options=queue_options form />
                    <Picks name="trunks" label="Calls by" add="Add a trunk" hint="In both directions."
                        chosen=by_trunks options=trunk_options form />
                    <Switch name="no_external_recording" label="Never between two who are outside"
                        hint="On: a call from outside that goes on to the outside is not recorded by any rule."
                        on=move || outside.get() change=move |on| outside.set(on) />
                </div>
            </Card>
            <Card title="On demand" testid="on-demand">
                <div class="grid gap-5">
                    <Picks name="on_demand" label="Members of these groups may" add="Add a group of extensions"
                        hint="They begin, pause and end a recording of their own call. What a rule wants they can pause, not end."
                        chosen=on_demand options=group_options form />
                    <div class="form-row">
                        <Field name="toggle_code" label="Keys that begin and end it" value=toggle form inputmode="tel"
                            hint="Typed in a call; the other side hears the tones." />
                        <Field name="pause_code" label="Keys that pause it and go on" value=pause form inputmode="tel" />
                    </div>
                </div>
            </Card>
            <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-recording-rules" /></div>
        </FormView>
    }
}
