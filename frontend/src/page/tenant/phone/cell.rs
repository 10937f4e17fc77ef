//! The columns of the inventory of phones (PH-08).

use leptos::prelude::*;
use shared::phone::{MacAddress, Phone, PhoneRow, PhoneWord, WeakSecrets};
use shared::registration::Registration;

use super::form::Beginning;
use super::{Work, phone_word, row_name};
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::menu::{Menu, MenuItem, MenuLink};
use crate::ui::table::Column;

pub(super) fn columns(work: Work) -> Vec<Column<PhoneRow>> {
    vec![
        Column::new("Select", move |row: &PhoneRow| select(work, row)).unseen(),
        Column::new("Extension", |row: &PhoneRow| {
            let (device, _) = device(row);
            view! {
                <span class="block cell-clip font-medium figures max-sm:max-w-[28vw]" data-testid="phone" data-number=row.number.clone()>{row.number.clone()}</span>
                <span class="cell-sub cell-clip max-sm:hidden">{row.name.clone()}</span>
                <span class="cell-sub phone-only cell-clip max-sm:max-w-[28vw]">{device}</span>
            }
            .into_any()
        }),
        Column::new("Phone", |row: &PhoneRow| {
            let (device, below) = device(row);
            view! { <span class="block cell-clip">{device}</span><span class="cell-sub cell-clip figures">{below}</span> }.into_any()
        })
        .medium(),
        Column::new("Status", |row: &PhoneRow| status(row)),
        Column::new("Address", |row: &PhoneRow| plain(address(row))).medium(),
        Column::new("Firmware", |row: &PhoneRow| plain(row.firmware.clone())).wide(),
        Column::new("Last fetch", |row: &PhoneRow| {
            let text = row.phone.as_ref().map_or_else(String::new, fetched);
            view! { <span class="whitespace-nowrap text-soft">{dash(text)}</span> }.into_any()
        })
        .wide(),
        Column::new("", move |row: &PhoneRow| actions(work, row)),
    ]
}

/// A row for a phone that has just been made: the list has its own soon.
pub(super) fn bare(phone: Phone, name: String) -> PhoneRow {
    let (number, name) =
        name.split_once(' ').map(|(number, name)| (number.to_owned(), name.to_owned())).unwrap_or_default();
    PhoneRow {
        extension_id: phone.extension_id,
        firmware: phone.firmware.clone(),
        phone: Some(phone),
        number,
        name,
        registration: None,
        page: None,
        weak: WeakSecrets::default(),
    }
}

/// With colons, as it stands on the phone.
pub(super) fn mac_word(mac: &str) -> String {
    MacAddress::parse(mac).map_or_else(|| mac.to_owned(), |mac| mac.to_string())
}

/// When it has fetched its configuration last (PH-13).
pub(super) fn fetched(phone: &Phone) -> String {
    phone.fetched_at.map_or_else(|| "Never".to_owned(), |at| time::show(at, Style::Short))
}

/// What it is, and its MAC address.
fn device(row: &PhoneRow) -> (String, String) {
    match (&row.phone, &row.registration) {
        (Some(phone), _) => (phone_word(phone), mac_word(&phone.settings.mac)),
        (None, registration) => (device_word(registration.as_ref()), "Not configured from here".to_owned()),
    }
}

fn device_word(registration: Option<&Registration>) -> String {
    let named = registration.map(|registration| registration.user_agent.clone()).filter(|agent| !agent.is_empty());
    named.unwrap_or_else(|| "Unnamed device".to_owned())
}

/// Where it is: as it is registered, or as it has fetched its configuration.
fn address(row: &PhoneRow) -> String {
    let fetched = || row.phone.as_ref().map(|phone| phone.fetched_from.clone());
    row.registration.as_ref().map(|registration| registration.source.clone()).or_else(fetched).unwrap_or_default()
}

fn dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

fn plain(text: String) -> AnyView {
    view! { <span class="block cell-clip text-soft figures">{dash(text)}</span> }.into_any()
}

/// Whether it is registered and since when, and what is weak (PH-12).
fn status(row: &PhoneRow) -> AnyView {
    let (tone, text) = match &row.registration {
        None => (Tone::Plain, "Not registered"),
        Some(registration) if registration.reachable => (Tone::Good, "Registered"),
        Some(_) => (Tone::Warn, "Lost"),
    };
    let since = row.registration.as_ref().map(|registration| {
        let at = time::show(registration.registered_at, Style::Short);
        view! { <span class="cell-sub whitespace-nowrap max-sm:hidden">"since "{at}</span> }
    });
    let WeakSecrets { pin, no_pin } = row.weak;
    view! {
        <span class="flex flex-wrap gap-1" data-testid="phone-status">
            <Badge tone dot=true text />
            {pin.then(|| view! { <Badge tone=Tone::Warn text="Weak PIN" /> })}
            {no_pin.then(|| view! { <Badge tone=Tone::Warn text="No PIN" /> })}
        </span>
        {since}
    }
    .into_any()
}

fn select(work: Work, row: &PhoneRow) -> AnyView {
    let Some(phone) = &row.phone else { return ().into_any() };
    let (id, label) = (phone.id, format!("Select the {}", row_name(row)));
    let change = move |event| {
        let on = event_target_checked(&event);
        work.selected.update(|selected| {
            match on {
                true => selected.insert(id),
                false => selected.remove(&id),
            };
        });
    };
    view! {
        <input
            type="checkbox"
            class="block size-4"
            data-testid="select-phone"
            aria-label=label
            prop:checked=move || work.selected.with(|selected| selected.contains(&id))
            on:change=change
        />
    }
    .into_any()
}

fn actions(work: Work, row: &PhoneRow) -> AnyView {
    let label = format!("More for the {}", row_name(row));
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    let items = match (&row.phone, &row.registration) {
        (Some(phone), _) => own(work, row, phone),
        // Browsers are set up by themselves.
        (None, Some(registration)) if !registration.transport.starts_with("ws") => {
            let beginning = Beginning::of_device(registration);
            view! { <MenuItem glyph=Glyph::Plus label="Configure it from here" testid="menu-adopt" press=move |()| work.edit(beginning.clone()) /> }
                .into_any()
        }
        _ => return ().into_any(),
    };
    view! { <span class="row-tools"><Menu label testid="row-menu" face>{items}</Menu></span> }.into_any()
}

fn own(work: Work, row: &PhoneRow, phone: &Phone) -> AnyView {
    let beginning = Beginning::of(phone);
    let target = vec![(phone.id, row_name(row))];
    let known = StoredValue::new(row.clone());
    let choose = move |what: RwSignal<bool>| {
        work.chosen.set(known.try_get_value());
        what.set(true);
    };
    let tell = move |word| {
        let target = target.clone();
        move |()| work.give(word, target.clone())
    };
    // Only what is an address of the web leads anywhere.
    let page = row.page.clone().filter(|page| ["http://", "https://"].iter().any(|scheme| page.starts_with(scheme)));
    view! {
        <MenuItem glyph=Glyph::Pencil label="Edit" testid="menu-edit" press=move |()| work.edit(beginning.clone()) />
        <MenuItem glyph=Glyph::Link label="Link" testid="menu-link" press=move |()| choose(work.linking) />
        <MenuItem glyph=Glyph::Download label="Reprovision" testid="menu-reprovision" press=tell(PhoneWord::Reprovision) />
        <MenuItem glyph=Glyph::Power label="Reboot" testid="menu-reboot" press=tell(PhoneWord::Reboot) />
        {page.map(|href| view! { <MenuLink glyph=Glyph::Screen label="The phone's own page" testid="menu-page" href /> })}
        <MenuItem glyph=Glyph::Key label="Web password" testid="menu-web-password" press=move |()| choose(work.revealing) />
        <div class="menu-line"></div>
        <MenuItem glyph=Glyph::Trash label="Remove" bad=true testid="menu-remove" press=move |()| choose(work.removing) />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::phone::PhoneSettings;
    use shared::{ExtensionId, Moment, PhoneId, TenantId};

    fn phone() -> Phone {
        Phone {
            id: PhoneId(1),
            tenant_id: TenantId(1),
            extension_id: ExtensionId(1),
            settings: PhoneSettings { mac: "001565123456".into(), ..PhoneSettings::default() },
            fetched_at: None,
            fetched_from: "192.0.2.7".into(),
            firmware: String::new(),
            created_at: Moment(0),
        }
    }

    // covers: PH-08
    #[test]
    fn ph_08_a_row_tells_where_a_phone_is_by_what_is_known_of_it() {
        let row = bare(phone(), "101 Alice Adams".to_owned());
        assert_eq!((row.number.as_str(), row.name.as_str()), ("101", "Alice Adams"));
        assert_eq!(address(&row), "192.0.2.7");
        assert_eq!(fetched(&phone()), "Never");
        assert_eq!(device_word(None), "Unnamed device");
        assert_eq!(dash(String::new()), "–");
    }

    // covers: PH-03, PH-08
    #[test]
    fn ph_08_a_mac_address_stands_there_as_it_stands_on_the_phone() {
        assert_eq!(mac_word("001565123456"), "00:15:65:12:34:56");
        assert_eq!(mac_word("unknown"), "unknown");
    }
}
