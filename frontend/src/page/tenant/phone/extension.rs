//! The phones of one extension, with their links and settings (EXT-15).

use leptos::prelude::*;
use shared::ExtensionId;
use shared::extension::ExtensionRow;
use shared::page::PAGE_ROWS_MAX;
use shared::phone::{ListPhones, Phone, PhoneRow};

use super::cell::{fetched, mac_word};
use super::form::{Beginning, PhoneForm, transport_word};
use super::link::LinkView;
use super::phone_word;
use crate::page::extension::ExtensionDialog;
use crate::page::tenant::pick::Everybody;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;

/// The phones of the chosen extension.
#[component]
pub fn PhonesDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>) -> impl IntoView {
    view! { <ExtensionDialog open chosen what="Phones of" wide=true about=move |id| view! { <Phones id open /> }.into_any() /> }
}

/// The list, or the form in its place.
#[component]
fn Phones(id: ExtensionId, open: RwSignal<bool>) -> impl IntoView {
    let phones =
        Fetch::new(move || ListPhones { extension_id: Some(id), limit: Some(PAGE_ROWS_MAX), ..ListPhones::default() });
    let everybody = Everybody::new();
    let (editing, beginning) = (RwSignal::new(false), RwSignal::new(Beginning::default()));
    let edit = Callback::new(move |chosen: Beginning| {
        beginning.set(chosen);
        editing.set(true);
    });
    let done = Callback::new(move |_: (Phone, Option<String>)| phones.reload());
    let rows = Memo::new(move |_| {
        phones.map(|page| page.rows.iter().filter(|row| row.phone.is_some()).cloned().collect::<Vec<PhoneRow>>())
    });
    let list = move || {
        match rows.get() {
        None => phones.skeleton("p-1", "h-32"),
        Some(rows) if rows.is_empty() => view! {
            <p class="text-soft" data-testid="no-phones">
                "No phone is configured from here yet. Add one, and enter its link in the phone: it fetches number, secret and keys by itself."
            </p>
        }
        .into_any(),
        Some(rows) => {
            let item = |row: PhoneRow| view! { <One row edit /> };
            view! { <ul class="grid gap-3" data-testid="phones">{rows.into_iter().map(item).collect_view()}</ul> }.into_any()
        }
    }
    };
    move || {
        match editing.get() {
        true => view! { <PhoneForm beginning=beginning.get_untracked() everybody open=editing done /> }.into_any(),
        false => view! {
            <div class="grid gap-4">
                {phones.failure()}
                {list}
            </div>
            <div class="dialog-foot">
                <Button label="Done" testid="done" press=move |()| open.set(false) />
                <Button label="Add phone" look=Look::Primary icon=Glyph::Plus testid="add-phone" press=move |()| edit.run(Beginning::new_of(id)) />
            </div>
        }
        .into_any(),
    }
    }
}

/// A phone with what it was set to, and its link.
#[component]
fn One(row: PhoneRow, edit: Callback<Beginning>) -> impl IntoView {
    let PhoneRow { phone, registration, .. } = row;
    phone.map(|phone| {
        let (tone, text) = match registration.is_some() {
            true => (Tone::Good, "Registered"),
            false => (Tone::Plain, "Not registered"),
        };
        let facts = facts(&phone);
        let facts = facts.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
        let beginning = Beginning::of(&phone);
        view! {
            <li class="grid gap-3 rounded-lg border border-line p-3" data-testid="phone">
                <div class="flex flex-wrap items-center gap-2">
                    <h3 class="min-w-0 flex-1 font-medium wrap-anywhere">{phone_word(&phone)}</h3>
                    <Badge tone dot=true text />
                    <Button label="Edit" small=true testid="edit-phone" press=move |()| edit.run(beginning.clone()) />
                </div>
                <dl class="facts">{facts.collect_view()}</dl>
                <LinkView phone />
            </li>
        }
    })
}

/// What a phone was set to, in words.
fn facts(phone: &Phone) -> Vec<(&'static str, String)> {
    let settings = &phone.settings;
    let zone = match settings.time_zone.as_str() {
        "" => "The company's".to_owned(),
        zone => zone.to_owned(),
    };
    let open = match (settings.without_tls, settings.without_folder) {
        (false, false) => "With TLS, by its link",
        (true, false) => "Without TLS, by its link",
        (false, true) => "With TLS, in your network by its MAC address too",
        (true, true) => "Without TLS, in your network by its MAC address too",
    };
    vec![
        ("MAC address", mac_word(&settings.mac)),
        ("Language", settings.language.name().to_owned()),
        ("Time zone", zone),
        ("Reaches this server by", transport_word(settings.transport).to_owned()),
        ("Fetches its files", open.to_owned()),
        ("Last fetch", fetched(phone)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::language::Language;
    use shared::phone::{PhoneSettings, PhoneTransport};
    use shared::phone_model::PhoneVendor;
    use shared::{Moment, PhoneId, TenantId};

    // covers: EXT-15
    #[test]
    fn ext_15_what_a_phone_was_set_to_is_told_in_words() {
        let settings = PhoneSettings {
            mac: "001565123456".into(),
            vendor: PhoneVendor::Snom,
            model: "D785".into(),
            language: Language::DeDe,
            time_zone: String::new(),
            transport: PhoneTransport::Tls,
            without_tls: true,
            without_folder: false,
        };
        let phone = Phone {
            id: PhoneId(1),
            tenant_id: TenantId(1),
            extension_id: ExtensionId(1),
            settings,
            fetched_at: None,
            fetched_from: String::new(),
            firmware: String::new(),
            created_at: Moment(0),
        };
        assert_eq!(phone_word(&phone), "Snom D785");
        let told: Vec<String> = facts(&phone).into_iter().map(|(_, value)| value).collect();
        let wanted = [
            "00:15:65:12:34:56",
            "German",
            "The company's",
            "TLS, with encrypted sound",
            "Without TLS, by its link",
            "Never",
        ];
        assert_eq!(told, wanted);
    }
}
