//! What is known of a person beside name and number, for the administrator and for the person (EXT-18).

use leptos::prelude::*;
use shared::extension::ExtensionRow;
use shared::personal::{
    GetOwnProfile, GetPersonalProfile, Personal, PersonalProfile, UpdateOwnProfile, UpdatePersonalProfile,
};
use shared::{ExtensionId, Operation};

use crate::page::extension::ExtensionDialog;
use crate::ui::button::Button;
use crate::ui::card::Card;
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::Field;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The data of the chosen extension's person.
#[component]
pub fn PersonalDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>) -> impl IntoView {
    view! { <ExtensionDialog open chosen what="About" about=move |id| view! { <Loaded id open /> }.into_any() /> }
}

#[component]
fn Loaded(id: ExtensionId, open: RwSignal<bool>) -> impl IntoView {
    let profile = Fetch::new(move || GetPersonalProfile { extension_id: id });
    let came = Memo::new(move |_| profile.map(|_| ()).is_some());
    let make = move |personal| UpdatePersonalProfile { extension_id: id, personal };
    let form = Form::new();
    view! {
        {profile.failure()}
        {move || match came.get() {
            false => profile.skeleton("p-1", "h-48"),
            true => untrack(|| profile.get())
                .map(|profile| view! {
                    <EditForm form profile make done=move || open.set(false)>
                        <FormFoot open form />
                    </EditForm>
                })
                .into_any(),
        }}
    }
}

/// The own data.
#[component]
pub fn OwnPersonal() -> impl IntoView {
    let profile = Fetch::new(|| GetOwnProfile {});
    let came = Memo::new(move |_| profile.map(|_| ()).is_some());
    let make = |personal| UpdateOwnProfile { personal };
    let form = Form::new();
    view! {
        <Card title="About me">
            {profile.failure()}
            {move || match came.get() {
                false => profile.skeleton("p-1", "h-48"),
                true => untrack(|| profile.get())
                    .map(|profile| view! {
                        <EditForm form profile make done=|| ()>
                            <div><Button label="Save" submit=true busy=form.busy testid="save-personal" /></div>
                        </EditForm>
                    })
                    .into_any(),
            }}
        </Card>
    }
}

/// The form, with what ends it; `make` makes the operation that saves.
#[component]
fn EditForm<O, M, D>(form: Form, profile: PersonalProfile, make: M, done: D, children: Children) -> impl IntoView
where
    O: Operation<Output = PersonalProfile> + 'static,
    M: Fn(Personal) -> O + Copy + Send + Sync + 'static,
    D: Fn() + Copy + Send + Sync + 'static,
{
    let PersonalProfile { personal, company, website } = profile;
    let [position, department, office, mobile] =
        [personal.position, personal.department, personal.office, personal.mobile].map(RwSignal::new);
    let submit = move |()| {
        let personal = Personal {
            position: position.get_untracked(),
            department: department.get_untracked(),
            office: office.get_untracked(),
            mobile: mobile.get_untracked(),
        };
        form.send(personal.check(), make(personal), move |_: PersonalProfile| {
            done();
            toast::good("Saved.");
        });
    };
    // Only what is an address of the web leads anywhere.
    let is_link = ["https://", "http://"].iter().any(|scheme| website.starts_with(scheme));
    let website = (!website.is_empty()).then(|| {
        let href = website.clone();
        match is_link {
            true => {
                view! { <a class="link" href=href target="_blank" rel="noopener noreferrer">{website}</a> }.into_any()
            }
            false => view! { <span>{website}</span> }.into_any(),
        }
    });
    view! {
        <FormView form fields=vec!["position", "department", "office", "mobile"] submit>
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <Field name="position" label="Position" value=position form optional=true autocomplete="organization-title" />
                <Field name="department" label="Department" value=department form optional=true />
                <Field name="office" label="Office" value=office form optional=true />
                <Field name="mobile" label="Mobile number" value=mobile form optional=true inputmode="tel" autocomplete="tel" />
            </div>
            <div>
                <p class="label">"Company"</p>
                <p class="mt-1 text-soft wrap-anywhere" data-testid="inherited">
                    <span data-testid="account-company">{company}</span>{website.as_ref().map(|_| " · ")}{website}
                </p>
                <p class="hint">"Of the whole company; its administrator sets it."</p>
            </div>
            {children()}
        </FormView>
    }
}
