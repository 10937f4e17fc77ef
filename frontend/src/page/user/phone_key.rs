//! The keys of one's own desk phones (EXT-22).

use leptos::prelude::*;
use shared::phone_key::{GetOwnPhoneKeys, PhoneKeys, UpdateOwnPhoneKeys, check};

use super::account::SettingsTabs;
use crate::page::Head;
use crate::page::phone_key::{Directory, Draft, KeyFields, PREFIX};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

#[component]
pub fn PhoneKeysPage() -> impl IntoView {
    let keys = Fetch::new(GetOwnPhoneKeys::default);
    let came = Memo::new(move |_| keys.map(|_| ()).is_some());
    view! {
        <div class="page">
            <Head title="Phone keys" text="What the keys of your desk phones do." />
            <SettingsTabs />
            {keys.failure()}
            <div hidden=move || keys.problem().is_some()>
                {move || match came.get() {
                    false => keys.skeleton("card p-4.5", "h-64"),
                    true => untrack(|| keys.get()).map(|known| view! { <OwnKeys known /> }).into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn OwnKeys(known: PhoneKeys) -> impl IntoView {
    let form = Form::new();
    let (draft, directory) = (Draft::of(&known.keys), Directory::of_user());
    let submit = move |()| {
        let keys = draft.keys();
        form.send(check(&keys), UpdateOwnPhoneKeys { keys }, move |_: PhoneKeys| {
            toast::good("Your keys were saved. Your phones have them within a day.");
        });
    };
    let hint = match known.room {
        None => "You have no phone that is configured from here yet: the keys wait for one.",
        Some(_) => {
            "Phones ask for their keys once a day, and when they start. Your administrator can have them ask at once."
        }
    };
    view! {
        <Card title="Keys" testid="phone-keys">
            <FormView form fields=vec!["keys"] prefixes=vec![PREFIX] submit>
                <p class="hint">{hint}</p>
                <KeyFields draft room=known.room directory form />
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-phone-keys" /></div>
            </FormView>
        </Card>
    }
}
