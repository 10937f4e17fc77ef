//! The number at which an extension is called from outside (EXT-04).

use leptos::prelude::*;
use shared::ExtensionId;
use shared::direct_number::{DirectNumber, GetDirectNumber, UpdateDirectNumber};
use shared::extension::ExtensionRow;

use super::route::Choices;
use crate::page::extension::ExtensionDialog;
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Select};
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The direct number of the chosen extension.
#[component]
pub fn DirectNumberDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>) -> impl IntoView {
    view! { <ExtensionDialog open chosen what="Direct number of" about=move |id| view! { <Loaded id open /> }.into_any() /> }
}

#[component]
fn Loaded(id: ExtensionId, open: RwSignal<bool>) -> impl IntoView {
    let direct = Fetch::new(move || GetDirectNumber { extension_id: id });
    let came = Memo::new(move |_| direct.map(|_| ()).is_some());
    view! {
        {direct.failure()}
        {move || match came.get() {
            false => direct.skeleton("p-1", "h-32"),
            true => untrack(|| direct.get()).map(|direct| view! { <EditForm id direct open /> }).into_any(),
        }}
    }
}

#[component]
fn EditForm(id: ExtensionId, direct: DirectNumber, open: RwSignal<bool>) -> impl IntoView {
    let form = Form::new();
    let choices = Choices::new();
    let trunk = RwSignal::new(direct.trunk_id.map(|id| id.to_string()).unwrap_or_default());
    let number = RwSignal::new(direct.number);
    // The first trunk is chosen as soon as there is one.
    Effect::new(move |_| {
        let first = choices.trunk_options().and_then(|all| all.into_iter().next());
        if let Some((id, _)) = first.filter(|_| trunk.with_untracked(String::is_empty)) {
            trunk.set(id);
        }
    });
    let submit = move |()| {
        let direct = DirectNumber { trunk_id: trunk.get_untracked().parse().ok(), number: number.get_untracked() };
        form.send(direct.check(), UpdateDirectNumber { extension_id: id, direct }, move |direct: DirectNumber| {
            open.set(false);
            toast::good(match direct.number.as_str() {
                "" => "It has no direct number any more.".to_owned(),
                number => format!("Calls to {number} ring it from now on."),
            });
        });
    };
    view! {
        <FormView form fields=vec!["trunk_id", "number"] submit>
            {choices.trunks.failure()}
            {move || view! { <Select name="trunk_id" label="Trunk" value=trunk options=choices.trunk_options().unwrap_or_default() /> }}
            {move || form.problem("trunk_id").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <Field name="number" label="Number" value=number form inputmode="tel" optional=true placeholder="12025550100"
                hint="One of your numbers on the trunk. An inbound rule is made for it, which goes with the extension. Empty: none." />
            <FormFoot open form testid="save-direct" />
        </FormView>
    }
}
