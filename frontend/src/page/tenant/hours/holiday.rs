//! The holidays, a table that is edited where it stands (OH-02).

use leptos::prelude::*;
use shared::hours::HOLIDAYS_MAX;

use super::draft::{Draft, HolidayText};
use super::week::{focus_soon, said};
use crate::ui::button::{Button, IconButton};
use crate::ui::card::Card;
use crate::ui::form::Form;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;

const ADD: &str = "add-holiday";

#[component]
pub fn HolidaysCard(draft: Draft, form: Form) -> impl IntoView {
    let holidays = draft.holidays;
    let add = move |()| {
        let fresh = HolidayText::empty();
        focus_soon(fresh.key.clone());
        form.clear();
        holidays.update(|holidays| holidays.push(fresh));
    };
    let full = Signal::derive(move || holidays.with(Vec::len) >= HOLIDAYS_MAX);
    let keys = move || holidays.with(|holidays| holidays.iter().map(|one| one.key.clone()).collect::<Vec<_>>());
    let none = Memo::new(move |_| holidays.with(Vec::is_empty));
    let tools = view! {
        <span id=ADD tabindex="-1">
            <Button label="Add a holiday" icon=Glyph::Plus small=true testid="add-holiday" disabled=full press=add />
        </span>
    };
    view! {
        <Card title="Holidays" testid="hours-holidays" flush=true tools=tools.into_any()>
            <Show
                when=move || !none.get()
                fallback=|| view! {
                    <Empty glyph=Glyph::Sun title="No holidays"
                        text="On a holiday the company is closed, whatever the week says. Add public holidays, outings and company closures." />
                }
            >
                <table class="table hours-table" aria-label="Holidays">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"First day"</th>
                            <th scope="col">"Last day"</th>
                            <th scope="col">"Time"</th>
                            <th scope="col">"Every year"</th>
                            <th scope="col"><span class="sr-only">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody data-testid="holiday-rows">
                        <For each=keys key=Clone::clone let:key>
                            <Row holidays key form />
                        </For>
                    </tbody>
                </table>
            </Show>
            <p class="hint px-4.5 pt-2 pb-4">
                "Leave the last day empty for a single one, and the time for whole days. What comes every year comes from its first day on."
            </p>
        </Card>
    }
}

#[component]
fn Row(holidays: RwSignal<Vec<HolidayText>>, key: String, form: Form) -> impl IntoView {
    let row = Holidays { all: holidays, key: StoredValue::new(key.clone()), form };
    let label = move || match row.text(|one| &one.name) {
        name if name.trim().is_empty() => "Remove this holiday".to_owned(),
        name => format!("Remove {}", name.trim()),
    };
    let remove = move |()| {
        form.clear();
        holidays.update(|all| row.key.with_value(|key| all.retain(|one| one.key != *key)));
        focus_soon(ADD.to_owned());
    };
    let every_year = move || row.read(|one| one.every_year).unwrap_or(false);
    view! {
        <tr data-testid="holiday">
            <td class="hours-holiday">{entry(row, key, "text", "Name", "name", |one| &one.name, |one, text| one.name = text)}</td>
            <td>{entry(row, String::new(), "date", "First day", "first_date", |one| &one.first, |one, text| one.first = text)}</td>
            <td>{entry(row, String::new(), "date", "Last day", "last_date", |one| &one.last, |one, text| one.last = text)}</td>
            <td>
                <span class="hours-time">
                    {entry(row, String::new(), "time", "From", "time.from", |one| &one.from, |one, text| one.from = text)}
                    {entry(row, String::new(), "time", "To", "time.to", |one| &one.to, |one, text| one.to = text)}
                </span>
            </td>
            <td>
                <label class="switch items-center">
                    <input type="checkbox" role="switch" data-testid="holiday-every-year" prop:checked=every_year
                        on:change=move |event| row.change("every_year", |one| one.every_year = event_target_checked(&event)) />
                    <span class="hours-label">"Every year"</span>
                </label>
            </td>
            <td class="end">
                <IconButton glyph=Glyph::Trash label=Signal::derive(label) testid="remove-holiday" press=remove />
            </td>
        </tr>
    }
}

/// One row among all.
#[derive(Clone, Copy)]
struct Holidays {
    all: RwSignal<Vec<HolidayText>>,
    key: StoredValue<String>,
    form: Form,
}

impl Holidays {
    fn read<T>(self, part: impl FnOnce(&HolidayText) -> T) -> Option<T> {
        self.all.with(|all| self.key.with_value(|key| all.iter().find(|one| one.key == *key).map(part)))
    }

    fn text(self, part: fn(&HolidayText) -> &String) -> String {
        self.read(|one| part(one).clone()).unwrap_or_default()
    }

    /// The name of one of its fields, as the operation calls it.
    fn name(self, field: &str) -> String {
        let place = self.all.with(|all| self.key.with_value(|key| all.iter().position(|one| one.key == *key)));
        format!("holidays[{}].{field}", place.unwrap_or(0))
    }

    fn change(self, field: &str, change: impl FnOnce(&mut HolidayText)) {
        self.form.touch(&untrack(|| self.name(field)));
        self.all.update(|all| {
            let found = self.key.with_value(|key| all.iter_mut().find(|one| one.key == *key));
            if let Some(one) = found {
                change(one);
            }
        });
    }
}

/// A field of a row with its problem below; its label stands above it where the table has no head.
fn entry(
    row: Holidays,
    id: String,
    kind: &'static str,
    label: &'static str,
    field: &'static str,
    part: fn(&HolidayText) -> &String,
    set: fn(&mut HolidayText, String),
) -> impl IntoView {
    let problem = Memo::new(move |_| row.form.problem(&row.name(field)));
    let below = crate::ui::field::element_id("holiday-below");
    view! {
        <label class="hours-entry">
            <span class="hours-label">{label}</span>
            <input
                id=(!id.is_empty()).then_some(id)
                type=kind
                class="input input-small"
                data-testid=format!("holiday-{}", field.replace(['.', '_'], "-"))
                autocomplete="off"
                aria-describedby=below.clone()
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=move || row.text(part)
                on:input=move |event| row.change(field, |one| set(one, event_target_value(&event)))
            />
        </label>
        <div id=below class="empty:hidden">{move || problem.get().map(said)}</div>
    }
}
