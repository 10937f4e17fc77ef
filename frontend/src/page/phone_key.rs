//! The keys of a person's desk phones: one list for the administrator and for the person (EXT-16, EXT-22).

use std::collections::BTreeMap;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::extension::{ExtensionRow, ListExtensions, ListPeople, Person};
use shared::page::PAGE_ROWS_MAX;
use shared::phone_key::{PHONE_KEYS_MAX, PhoneKey};
use shared::presence::PresenceStatus;
use shared::{Operation, Page};
use wasm_bindgen::JsCast as _;

use crate::api;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, IconButton};
use crate::ui::field::{Field, Select, element_id};
use crate::ui::form::Form;
use crate::ui::icon::Glyph;
use crate::ui::notice::{Kind, Notice};

const BLF: &str = "blf";
const SPEED_DIAL: &str = "speed_dial";
const CUSTOM: &str = "custom_speed_dial";
const STATUS: &str = "change_status";

const KINDS: [(&str, &str); 4] =
    [(BLF, "BLF (watch)"), (SPEED_DIAL, "Speed dial"), (CUSTOM, "Custom speed dial"), (STATUS, "Change status")];

/// The beginning of the names of the fields whose problems stand beside them.
pub const PREFIX: &str = "keys.";

/// Whom a key can watch or call: number and name, all of the tenant, however many there are.
#[derive(Clone, Copy)]
pub struct Directory(RwSignal<Option<BTreeMap<String, String>>>);

impl Directory {
    /// As an administrator sees them.
    pub fn of_tenant() -> Self {
        let ask = |cursor| ListExtensions { limit: Some(PAGE_ROWS_MAX), cursor, ..ListExtensions::default() };
        Self::read(ask, |row: ExtensionRow| (row.extension.number, row.extension.name))
    }

    /// As a user sees them.
    pub fn of_user() -> Self {
        let ask = |cursor| ListPeople { limit: Some(PAGE_ROWS_MAX), cursor, ..ListPeople::default() };
        Self::read(ask, |person: Person| (person.number, person.name))
    }

    /// What fails is left out: a number can be typed all the same, and the server knows better.
    fn read<T, O>(ask: fn(Option<String>) -> O, entry: fn(T) -> (String, String)) -> Self
    where
        T: 'static,
        O: Operation<Output = Page<T>> + 'static,
    {
        let directory = Self(RwSignal::new(None));
        spawn_local(async move {
            let (mut all, mut cursor) = (BTreeMap::new(), None);
            loop {
                let Ok(page) = api::call(ask(cursor)).await else { return };
                all.extend(page.rows.into_iter().map(entry));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            directory.0.try_set(Some(all));
        });
        directory
    }

    /// Who has that number, watched; nothing while that is not known.
    fn word(self, number: &str) -> String {
        self.0.with(|all| match all {
            Some(all) if !number.is_empty() => {
                all.get(number).cloned().unwrap_or_else(|| "No extension has this number.".to_owned())
            }
            _ => String::new(),
        })
    }
}

/// A key in its fields.
#[derive(Clone, Copy)]
struct Row {
    kind: RwSignal<String>,
    number: RwSignal<String>,
    label: RwSignal<String>,
    status: RwSignal<String>,
}

impl Row {
    fn of(known: &PhoneKey) -> Self {
        let available = PresenceStatus::Available;
        let (kind, number, label, status) = match known {
            PhoneKey::Blf { number } => (BLF, number.as_str(), "", available),
            PhoneKey::SpeedDial { number } => (SPEED_DIAL, number.as_str(), "", available),
            PhoneKey::CustomSpeedDial { number, label } => (CUSTOM, number.as_str(), label.as_str(), available),
            PhoneKey::ChangeStatus { status } => (STATUS, "", "", *status),
        };
        let text = |text: &str| RwSignal::new(text.to_owned());
        Self { kind: text(kind), number: text(number), label: text(label), status: text(status_word(status)) }
    }

    fn phone_key(self) -> PhoneKey {
        let number = self.number.with_untracked(|number| number.trim().to_owned());
        match self.kind.get_untracked().as_str() {
            SPEED_DIAL => PhoneKey::SpeedDial { number },
            CUSTOM => {
                PhoneKey::CustomSpeedDial { number, label: self.label.with_untracked(|label| label.trim().to_owned()) }
            }
            STATUS => {
                let chosen = |one: &PresenceStatus| self.status.with_untracked(|word| word == status_word(*one));
                PhoneKey::ChangeStatus { status: PresenceStatus::ALL.into_iter().find(chosen).unwrap_or_default() }
            }
            _ => PhoneKey::Blf { number },
        }
    }
}

const fn status_word(status: PresenceStatus) -> &'static str {
    match status {
        PresenceStatus::Available => "available",
        PresenceStatus::Away => "away",
        PresenceStatus::DoNotDisturb => "do_not_disturb",
    }
}

/// The fields of all keys.
#[derive(Clone, Copy)]
pub struct Draft {
    rows: RwSignal<Vec<Row>>,
}

impl Draft {
    /// As they are.
    pub fn of(keys: &[PhoneKey]) -> Self {
        Self { rows: RwSignal::new(keys.iter().map(Row::of).collect()) }
    }

    /// What the fields say.
    pub fn keys(self) -> Vec<PhoneKey> {
        self.rows.get_untracked().into_iter().map(Row::phone_key).collect()
    }

    /// Moves the key at `from` to the place of its neighbour; false where there is none.
    fn exchange(self, from: usize, to: usize) -> bool {
        let fits = self.rows.with_untracked(|rows| from.max(to) < rows.len());
        if fits {
            self.rows.update(|rows| rows.swap(from, to));
        }
        fits
    }
}

/// What is said of keys that are more than a phone has; none where all have room.
fn too_many(keys: usize, room: Option<usize>) -> Option<String> {
    let room = room.filter(|room| keys > *room)?;
    let over = match keys - room {
        1 => "the last one is on no key of it".to_owned(),
        over => format!("the last {over} are on no key of it"),
    };
    Some(match room {
        0 => "The smallest of the phones has no key that can be set.".to_owned(),
        1 => format!("The smallest of the phones has one key: {over}."),
        room => format!("The smallest of the phones has {room} keys: {over}."),
    })
}

/// The list, with ways to add, move and remove; `room` is how many keys the smallest of the phones has.
#[component]
pub fn KeyFields(draft: Draft, room: Option<usize>, directory: Directory, form: Form) -> impl IntoView {
    let list = NodeRef::<html::Ol>::new();
    let numbers = element_id("numbers");
    let said = RwSignal::new(String::new());
    let rows = draft.rows;
    let warning = Memo::new(move |_| too_many(rows.with(Vec::len), room));
    let full = Signal::derive(move || rows.with(Vec::len) >= PHONE_KEYS_MAX);
    let go = Callback::new(move |(from, to): (usize, usize)| {
        if draft.exchange(from, to) {
            // Places have changed, and problems go by them.
            form.clear();
            said.set(format!("Key {} is now key {}.", from + 1, to + 1));
            let (first, other) = if to < from { ("up", "down") } else { ("down", "up") };
            let button = |word| format!("li:nth-child({}) [data-testid='key-{word}']", to + 1);
            focus(list, vec![button(first), button(other)]);
        }
    });
    let remove = Callback::new(move |place: usize| {
        form.clear();
        rows.update(|rows| {
            if place < rows.len() {
                rows.remove(place);
            }
        });
        said.set(format!("Key {} is gone.", place + 1));
        let left = rows.with_untracked(Vec::len);
        focus(list, vec![format!("li:nth-child({}) [data-testid='key-remove']", left.min(place + 1))]);
    });
    let add = move |()| {
        form.clear();
        rows.update(|rows| rows.push(Row::of(&PhoneKey::Blf { number: String::new() })));
        focus(list, vec!["li:last-child input".to_owned()]);
    };
    let options = {
        let numbers = numbers.clone();
        move || {
            let known = directory.0.get().unwrap_or_default();
            let options = known.into_iter().map(|(number, name)| view! { <option value=number>{name}</option> });
            view! { <datalist id=numbers.clone()>{options.collect_view()}</datalist> }
        }
    };
    let items = move || {
        let all = rows.get();
        let count = all.len();
        let item = |(place, row): (usize, Row)| {
            let beyond = room.is_some_and(|room| place >= room);
            let numbers = numbers.clone();
            view! { <KeyRow place row last=place + 1 == count beyond numbers directory form go remove /> }
        };
        all.into_iter().enumerate().map(item).collect_view()
    };
    let none = move || {
        rows.with(Vec::is_empty).then(|| {
            view! {
                <p class="text-soft" data-testid="no-keys">
                    "No key is set. A key can watch somebody, call somebody, dial any number, or set the own status."
                </p>
            }
        })
    };
    view! {
        <fieldset class="grid min-w-0 gap-3">
            <legend class="label mb-1">"Keys, the first of the phone first"</legend>
            {options}
            <div class="empty:hidden" role="status" data-testid="keys-warning">
                {move || warning.get().map(|text| view! { <Notice kind=Kind::Warn text /> })}
            </div>
            {none}
            <ol node_ref=list class="grid gap-3 empty:hidden" data-testid="keys">{items}</ol>
            <p class="sr-only" role="status">{move || said.get()}</p>
            {move || form.problem("keys").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <div><Button label="Add a key" small=true icon=Glyph::Plus testid="add-key" disabled=full press=add /></div>
        </fieldset>
    }
}

#[component]
fn KeyRow(
    place: usize,
    row: Row,
    last: bool,
    beyond: bool,
    numbers: String,
    directory: Directory,
    form: Form,
    go: Callback<(usize, usize)>,
    remove: Callback<usize>,
) -> impl IntoView {
    let (field, name) = (format!("{PREFIX}{place}"), format!("Key {}", place + 1));
    let group = name.clone();
    let words = |(key, word): (&str, &str)| (key.to_owned(), word.to_owned());
    let kinds: Vec<(String, String)> = KINDS.map(words).to_vec();
    let statuses: Vec<(String, String)> =
        PresenceStatus::ALL.map(|status| words((status_word(status), status.word()))).to_vec();
    let suffix = Signal::derive(move || row.number.with(|number| directory.word(number.trim())));
    let kind = row.kind;
    // What is wrong with the fields of another kind says nothing of this one.
    Effect::new(move |before: Option<String>| {
        let kind = kind.get();
        if before.is_some_and(|before| before != kind) {
            form.clear();
        }
        kind
    });
    let fields = {
        let field = field.clone();
        move || {
            let (number, label, status) =
                (format!("{field}.number"), format!("{field}.label"), format!("{field}.status"));
            match kind.get().as_str() {
                STATUS => {
                    view! { <Select name=status label="Status" value=row.status options=statuses.clone() /> }.into_any()
                }
                CUSTOM => view! {
                    <Field name=number label="Number" value=row.number form inputmode="tel" placeholder="+4930123456" />
                    <Field name=label label="Label" value=row.label form placeholder="Taxi" />
                }
                .into_any(),
                _ => view! {
                    <Field name=number label="Extension" value=row.number form inputmode="tel" placeholder="101" list=numbers.clone() suffix />
                }
                .into_any(),
            }
        }
    };
    let up = (place > 0).then(|| {
        let label = format!("Move key {} up", place + 1);
        view! { <IconButton glyph=Glyph::ArrowUp label testid="key-up" press=move |()| go.run((place, place.saturating_sub(1))) /> }
    });
    let down = (!last).then(|| {
        let label = format!("Move key {} down", place + 1);
        view! { <IconButton glyph=Glyph::ArrowDown label testid="key-down" press=move |()| go.run((place, place + 1)) /> }
    });
    view! {
        <li class="rounded-lg border border-line p-3" data-testid="key">
            <div class="grid gap-2" role="group" aria-label=group>
                <div class="flex min-h-8 items-center gap-1">
                    <span class="min-w-0 flex-1 font-medium figures">
                        {name}" "{beyond.then(|| view! { <Badge tone=Tone::Warn text="Beyond the phone's keys" /> })}
                    </span>
                    {up}
                    {down}
                    <IconButton glyph=Glyph::Trash label=format!("Remove key {}", place + 1) testid="key-remove" press=move |()| remove.run(place) />
                </div>
                <div class="grid items-start gap-3 sm:grid-cols-3">
                    <Select name=format!("{field}.kind") label="Does" value=row.kind options=kinds />
                    {fields}
                </div>
            </div>
        </li>
    }
}

/// Gives the focus to the first of these that is there when the list stands anew.
fn focus(list: NodeRef<html::Ol>, wanted: Vec<String>) {
    request_animation_frame(move || {
        let Some(list) = list.get_untracked() else { return };
        let found = wanted.iter().find_map(|one| list.query_selector(one).ok().flatten());
        if let Some(element) = found {
            element.unchecked_into::<web_sys::HtmlElement>().focus().ok();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_kinds() -> Vec<PhoneKey> {
        vec![
            PhoneKey::Blf { number: "101".into() },
            PhoneKey::SpeedDial { number: "102".into() },
            PhoneKey::CustomSpeedDial { number: "+4930123456".into(), label: "Taxi".into() },
            PhoneKey::ChangeStatus { status: PresenceStatus::DoNotDisturb },
        ]
    }

    // covers: EXT-16
    #[test]
    fn ext_16_what_the_fields_of_the_four_kinds_say_is_what_they_were_filled_with() {
        assert_eq!(Draft::of(&all_kinds()).keys(), all_kinds());
        assert_eq!(Draft::of(&[]).keys(), []);
        for status in PresenceStatus::ALL {
            let keys = [PhoneKey::ChangeStatus { status }];
            assert_eq!(Draft::of(&keys).keys(), keys);
        }
    }

    #[test]
    fn a_key_of_another_kind_keeps_its_number_and_loses_what_that_kind_has_not() {
        let draft = Draft::of(&all_kinds());
        let rows = draft.rows.get_untracked();
        for row in rows {
            row.kind.set(BLF.to_owned());
        }
        let numbers = ["101", "102", "+4930123456", ""].map(|number| PhoneKey::Blf { number: number.into() });
        assert_eq!(draft.keys(), numbers);
    }

    #[test]
    fn keys_change_places_with_their_neighbours_and_never_leave_the_list() {
        let draft = Draft::of(&all_kinds());
        assert!(draft.exchange(1, 0));
        assert!(draft.exchange(2, 3));
        assert!(!draft.exchange(3, 4));
        let mut wanted = all_kinds();
        wanted.swap(0, 1);
        wanted.swap(2, 3);
        assert_eq!(draft.keys(), wanted);
    }

    // covers: EXT-16
    #[test]
    fn ext_16_more_keys_than_the_phone_has_are_told() {
        assert_eq!((too_many(4, None), too_many(4, Some(4)), too_many(0, Some(0))), (None, None, None));
        assert_eq!(
            too_many(4, Some(2)).unwrap(),
            "The smallest of the phones has 2 keys: the last 2 are on no key of it."
        );
        assert_eq!(
            too_many(2, Some(1)).unwrap(),
            "The smallest of the phones has one key: the last one is on no key of it."
        );
        assert_eq!(too_many(1, Some(0)).unwrap(), "The smallest of the phones has no key that can be set.");
    }

    // covers: EXT-16
    #[test]
    fn ext_16_a_problem_of_the_server_stands_at_its_row() {
        let wrong = shared::phone_key::check(&[
            PhoneKey::ChangeStatus { status: PresenceStatus::Away },
            PhoneKey::Blf { number: "x".into() },
        ]);
        let form = Form::new();
        form.mark(wrong);
        assert!(form.problem(&format!("{PREFIX}1.number")).is_some());
        assert_eq!(form.problem(&format!("{PREFIX}0.number")), None);
    }
}
