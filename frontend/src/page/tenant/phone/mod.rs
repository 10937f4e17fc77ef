//! The tenant's desk phones, and what else is registered (PH-08): the list, and what can be done to each.

mod cell;
pub mod extension;
mod form;
mod guide;
mod link;
mod tell;

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use shared::fact::Fact;
use shared::page::PAGE_ROWS_DEFAULT;
use shared::phone::{DeletePhone, ListPhones, Phone, PhoneRow, PhoneWord, WeakSecrets, is_same_device};
use shared::registration::Registration;
use shared::{PhoneId, RegistrationId};

use self::form::{Beginning, PhoneForm};
use self::guide::GuideDialog;
use self::link::{LinkDialog, PasswordDialog};
use self::tell::{Order, TellDialogs, Telling};
use super::pick::Everybody;
use super::registration::DeviceTabs;
use crate::live::{self, Event};
use crate::page::filter::{bound, opened_by};
use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::dialog::{Confirm, Dialog};
use crate::ui::field::{Search, filled};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::table::{Nothing, Table};
use crate::{api, ui::toast};

/// What is being done, and to which phone.
#[derive(Clone, Copy)]
struct Work {
    chosen: RwSignal<Option<PhoneRow>>,
    beginning: RwSignal<Beginning>,
    editing: RwSignal<bool>,
    linking: RwSignal<bool>,
    revealing: RwSignal<bool>,
    removing: RwSignal<bool>,
    busy: RwSignal<bool>,
    selected: RwSignal<BTreeSet<PhoneId>>,
    telling: Telling,
    listing: Listing<PhoneRow>,
}

impl Work {
    /// The chosen phone, watched.
    fn phone(self) -> Signal<Option<Phone>> {
        Signal::derive(move || self.chosen.with(|row| row.as_ref().and_then(|row| row.phone.clone())))
    }

    /// Its name after these words, watched.
    fn named(self, before: &'static str, after: &'static str) -> Signal<String> {
        Signal::derive(move || {
            let name = self.chosen.with(|row| row.as_ref().map(row_name)).unwrap_or_default();
            format!("{before}{name}{after}")
        })
    }

    /// Opens the form.
    fn edit(self, beginning: Beginning) {
        self.beginning.set(beginning);
        self.editing.set(true);
    }

    /// The rows that are selected, as an order names them.
    fn selection(self) -> Vec<(PhoneId, String)> {
        let selected = self.selected.get_untracked();
        self.listing.rows.with_untracked(|rows| {
            let phones = rows.iter().filter_map(|row| Some((row.item.phone.as_ref()?.id, row_name(&row.item))));
            phones.filter(|(id, _)| selected.contains(id)).collect()
        })
    }

    fn give(self, word: PhoneWord, phones: Vec<(PhoneId, String)>) {
        self.telling.give(Order { word, phones });
    }
}

/// What a row is called: `Yealink SIP-T46U of 101 Alice Adams`.
fn row_name(row: &PhoneRow) -> String {
    let device = row.phone.as_ref().map_or_else(|| "the device".to_owned(), phone_word);
    format!("{device} of {} {}", row.number, row.name)
}

/// Vendor and model.
fn phone_word(phone: &Phone) -> String {
    format!("{} {}", phone.settings.vendor.word(), phone.settings.model)
}

#[component]
pub fn PhonesPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListPhones { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(_) => listing.reload(),
        Event::Fact(fact) => match &fact.fact {
            Fact::Registered { registration } => registered(listing, registration),
            Fact::Unregistered { registration_id, .. } => unregistered(listing, *registration_id),
            _ => {}
        },
    });
    let (adding, helping) = (opened_by("new"), RwSignal::new(false));
    let work = Work {
        chosen: RwSignal::new(None),
        beginning: RwSignal::new(Beginning::default()),
        editing: RwSignal::new(false),
        linking: RwSignal::new(false),
        revealing: RwSignal::new(false),
        removing: RwSignal::new(false),
        busy: RwSignal::new(false),
        selected: RwSignal::new(BTreeSet::new()),
        telling: Telling::new(Callback::new(move |()| listing.reload())),
        listing,
    };
    // The palette leads to the form.
    Effect::new(move |_| {
        if adding.get() {
            adding.set(false);
            work.edit(Beginning::default());
        }
    });
    // What is not in the list any more is not selected either.
    Effect::new(move |_| {
        let shown = listing.rows.with(|rows| phone_ids(rows.iter().map(|row| &row.item)));
        if work.selected.with_untracked(|selected| !selected.is_subset(&shown)) {
            work.selected.update(|selected| selected.retain(|id| shown.contains(id)));
        }
    });
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Device,
            title: "No phone yet",
            text: "Add a desk phone to an extension, and enter its link in the phone: it fetches all that it needs, its keys too.",
        },
        false => Nothing {
            glyph: Glyph::Search,
            title: "Nothing matches",
            text: "Try another number, name, MAC address or model.",
        },
    });
    view! {
        <div class="page">
            <DeviceTabs tools=tools(work, helping) />
            <Weak listing />
            <section class="card" aria-label="Phones">
                <div class="filters">
                    <Search value=search label="Search number, name, MAC or model" />
                    <Selection work />
                </div>
                <Table listing columns=cell::columns(work) label="Phones" nothing />
            </section>
        </div>
        <Dialogs work />
        <GuideDialog open=helping />
        <TellDialogs telling=work.telling />
    }
}

/// A device has registered, or does so again, which phones do every few minutes and which changes nothing that is shown. A list of several
/// pages is not asked for again, for that would take away what was loaded and selected beyond the first.
fn registered(listing: Listing<PhoneRow>, registration: &Registration) {
    let found = listing.rows.with_untracked(|rows| row_of(rows.iter().map(|row| &row.item), registration).cloned());
    let known = found.as_ref().and_then(|row| row.registration.as_ref());
    if known.is_some_and(|known| is_shown_alike(known, registration)) {
        return;
    }
    match found {
        _ if is_one_page(listing) => listing.reload(),
        Some(row) => {
            let now = PhoneRow { registration: Some(registration.clone()), ..row.clone() };
            listing.replace(now, |known| *known == row);
        }
        None => {}
    }
}

/// A device is registered no more.
fn unregistered(listing: Listing<PhoneRow>, id: RegistrationId) {
    let is = |row: &PhoneRow| row.registration.as_ref().is_some_and(|known| known.id == id);
    let found = listing.rows.with_untracked(|rows| rows.iter().map(|row| &row.item).find(|row| is(row)).cloned());
    match found {
        None => {}
        Some(_) if is_one_page(listing) => listing.reload(),
        Some(row) if row.phone.is_some() => {
            listing.replace(PhoneRow { registration: None, page: None, ..row }, is);
        }
        Some(_) => listing.remove(is),
    }
}

/// The row of that device: the one that shows its registration, else the one of the phone that it is.
fn row_of<'a>(rows: impl Iterator<Item = &'a PhoneRow> + Clone, registration: &Registration) -> Option<&'a PhoneRow> {
    let shows = |row: &&PhoneRow| row.registration.as_ref().is_some_and(|known| known.id == registration.id);
    let is = |row: &&PhoneRow| row.phone.as_ref().is_some_and(|phone| is_same_device(phone, registration));
    rows.clone().find(shows).or_else(|| rows.clone().find(is))
}

/// Does a row show the same of both?
fn is_shown_alike(one: &Registration, other: &Registration) -> bool {
    let shown = |of: &Registration| (of.id, of.reachable, of.registered_at);
    let words = |of: &Registration| [of.contact.clone(), of.source.clone(), of.user_agent.clone()];
    shown(one) == shown(other) && words(one) == words(other)
}

/// Are all phones on the first page? Devices that are not configured from here stand below them, however many there are.
fn is_one_page(listing: Listing<PhoneRow>) -> bool {
    let phones = listing.rows.with_untracked(|rows| rows.iter().filter(|row| row.item.phone.is_some()).count());
    listing.next.with_untracked(Option::is_none) && phones <= PAGE_ROWS_DEFAULT as usize
}

fn phone_ids<'a>(rows: impl Iterator<Item = &'a PhoneRow>) -> BTreeSet<PhoneId> {
    rows.filter_map(|row| row.phone.as_ref().map(|phone| phone.id)).collect()
}

fn tools(work: Work, helping: RwSignal<bool>) -> AnyView {
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    view! {
        <Menu label="More" class="button button-secondary px-2.5!" testid="phones-more" face>
            <MenuItem glyph=Glyph::Download label="Reprovision all" testid="reprovision-all" press=move |()| work.give(PhoneWord::Reprovision, Vec::new()) />
            <MenuItem glyph=Glyph::Power label="Reboot all" testid="reboot-all" press=move |()| work.give(PhoneWord::Reboot, Vec::new()) />
            <div class="menu-line"></div>
            <MenuItem glyph=Glyph::Info label="Help by vendor" testid="phone-help" press=move |()| helping.set(true) />
        </Menu>
        <Button label="Add phone" icon=Glyph::Plus look=Look::Primary testid="add-phone" press=move |()| work.edit(Beginning::default()) />
    }
    .into_any()
}

/// How many are selected, and what can be done to them.
#[component]
fn Selection(work: Work) -> impl IntoView {
    let count = Memo::new(move |_| work.selected.with(BTreeSet::len));
    let phones = Memo::new(move |_| work.listing.rows.with(|rows| phone_ids(rows.iter().map(|row| &row.item))));
    let give = move |word| work.give(word, work.selection());
    let all = Signal::derive(move || phones.with(BTreeSet::len) == count.get());
    let turn = move |()| match all.get_untracked() {
        true => work.selected.set(BTreeSet::new()),
        false => work.selected.set(phones.get_untracked()),
    };
    let label = Signal::derive(move || if all.get() { "Select none" } else { "Select all shown" }.to_owned());
    let some = Memo::new(move |_| count.get() > 0);
    view! {
        <Show when=move || phones.with(|phones| phones.len() > 1)>
            <Button label small=true look=Look::Quiet testid="select-all" press=turn />
        </Show>
        <span class="text-sm text-soft figures empty:hidden" role="status" data-testid="selected">
            {move || Some(count.get()).filter(|count| *count > 0).map(|count| format!("{count} selected"))}
        </span>
        <Show when=move || some.get()>
            <Button label="Reprovision" small=true testid="reprovision-selected" press=move |()| give(PhoneWord::Reprovision) />
            <Button label="Reboot" small=true testid="reboot-selected" press=move |()| give(PhoneWord::Reboot) />
        </Show>
    }
}

/// What the flags of weak secrets mean, and what to do about them (PH-12).
#[component]
fn Weak(listing: Listing<PhoneRow>) -> impl IntoView {
    let weak = Memo::new(move |_| {
        listing.rows.with(|rows| weak_numbers(rows.iter().map(|row| (row.item.number.as_str(), row.item.weak))))
    });
    move || {
        weak.get().map(|numbers| {
            view! {
                <div class="notice notice-warn" role="status" data-testid="weak-secrets">
                    <Icon glyph=Glyph::Alert />
                    <span class="min-w-0">
                        "The mailbox of "{numbers}" can be listened to by whoever guesses its PIN, or without one. Set a PIN of six digits there, not the own number, not a row such as 123456: "
                        <A href=Place::TenantExtensions.path() attr:class="link text-current underline underline-offset-3">"Extensions"</A>
                        ", Mailbox in the menu of the row."
                    </span>
                </div>
            }
        })
    }
}

/// The most numbers that are named.
const NAMED_MAX: usize = 5;

/// Whose secrets are weak, in words; none where nobody's are.
fn weak_numbers<'a>(rows: impl Iterator<Item = (&'a str, WeakSecrets)>) -> Option<String> {
    let weak: BTreeSet<&str> = rows.filter(|(_, weak)| weak.pin || weak.no_pin).map(|(number, _)| number).collect();
    let named = weak.iter().copied().take(NAMED_MAX).collect::<Vec<_>>().join(", ");
    match weak.len() {
        0 => None,
        many if many > NAMED_MAX => Some(format!("{named} and {} more", many - NAMED_MAX)),
        _ => Some(named),
    }
}

/// The form, the link, the password, and the question before a phone is removed.
#[component]
fn Dialogs(work: Work) -> impl IntoView {
    let Work { beginning, editing, linking, revealing, removing, busy, listing, .. } = work;
    let everybody = Everybody::new();
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            everybody.reload();
        }
    });
    let title = Signal::derive(move || {
        beginning.with(|beginning| beginning.phone.as_ref().map_or_else(|| "Add a phone".to_owned(), phone_word))
    });
    // Whoever has added a phone needs its link next.
    let done = Callback::new(move |(phone, link): (Phone, Option<String>)| {
        listing.reload();
        if link.is_some() {
            let name = everybody.options().into_iter().find(|(id, _)| *id == phone.extension_id.to_string());
            work.chosen.set(Some(cell::bare(phone, name.map(|(_, name)| name).unwrap_or_default())));
            linking.set(true);
        }
    });
    let remove = move |()| {
        let Some(phone) = work.phone().get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(DeletePhone { phone_id: phone.id }).await;
            busy.try_set(false);
            removing.try_set(false);
            match answer {
                Ok(()) => toast::good("The phone is gone."),
                Err(problem) => toast::refused(problem),
            }
            listing.reload();
        });
    };
    view! {
        <Dialog open=editing title wide=true>
            {move || {
                let beginning = beginning.get();
                view! { <PhoneForm beginning everybody open=editing done /> }
            }}
        </Dialog>
        <LinkDialog open=linking phone=work.phone() title=work.named("Link of the ", "") />
        <PasswordDialog open=revealing phone=work.phone() title=work.named("Password of the ", "") />
        <Confirm
            open=removing
            title=work.named("Remove the ", "?")
            text="Its link leads nowhere from then on. What it was given works until the extension gets a new SIP secret: make one where the phone was lost or given away."
            action="Remove"
            busy
            confirm=remove
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::phone::PhoneSettings;
    use shared::{ExtensionId, Moment, TenantId};

    // covers: PH-08
    #[test]
    fn ph_08_a_phone_that_registers_again_is_its_own_row_and_changes_nothing_that_is_shown() {
        let registration = Registration {
            id: RegistrationId(1),
            tenant_id: TenantId(1),
            extension_id: ExtensionId(1),
            number: "101".into(),
            contact: "sip:101@192.0.2.7".into(),
            transport: "udp".into(),
            source: "192.0.2.7:5060".into(),
            user_agent: "Yealink SIP-T46U 108.86.0.20 00:15:65:12:34:56".into(),
            instance: String::new(),
            reg_id: None,
            path: Vec::new(),
            q: 1_000,
            call_id: "r@phone".into(),
            cseq: 1,
            registered_at: Moment(0),
            expires_at: Moment(1),
            reachable: true,
        };
        let again = Registration { cseq: 2, expires_at: Moment(9), ..registration.clone() };
        assert!(is_shown_alike(&registration, &again));
        let lost = Registration { reachable: false, ..registration.clone() };
        let moved = Registration { source: "192.0.2.8:5060".into(), ..registration.clone() };
        assert!(!is_shown_alike(&registration, &lost) && !is_shown_alike(&registration, &moved));

        let phone = |mac: &str| Phone {
            id: PhoneId(1),
            tenant_id: TenantId(1),
            extension_id: ExtensionId(1),
            settings: PhoneSettings { mac: mac.into(), ..PhoneSettings::default() },
            fetched_at: None,
            fetched_from: String::new(),
            firmware: String::new(),
            created_at: Moment(0),
        };
        let row = |mac| cell::bare(phone(mac), "101 Alice Adams".to_owned());
        let nameless = Registration { id: RegistrationId(2), user_agent: String::new(), ..registration.clone() };
        let rows = [
            row("001565999999"),
            row("001565123456"),
            PhoneRow { registration: Some(nameless.clone()), ..row("001565777777") },
        ];
        let place =
            |registration| row_of(rows.iter(), registration).and_then(|row| rows.iter().position(|one| one == row));
        assert_eq!((place(&registration), place(&nameless)), (Some(1), Some(2)));
        assert_eq!(place(&Registration { id: RegistrationId(3), ..nameless.clone() }), None);
    }

    // covers: PH-12
    #[test]
    fn ph_12_those_with_weak_secrets_are_named_once_each_and_bounded() {
        let (weak, none) = (WeakSecrets { pin: true, no_pin: false }, WeakSecrets { pin: false, no_pin: true });
        let numbers = |rows: &[(&'static str, WeakSecrets)]| weak_numbers(rows.iter().copied());
        assert_eq!(numbers(&[("101", WeakSecrets::default())]), None);
        assert_eq!(numbers(&[("102", none), ("101", weak), ("102", none)]), Some("101, 102".to_owned()));
        let many = ["1", "2", "3", "4", "5", "6", "7"].map(|number| (number, weak));
        assert_eq!(numbers(&many), Some("1, 2, 3, 4, 5 and 2 more".to_owned()));
    }
}
