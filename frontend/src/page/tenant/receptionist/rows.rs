//! The choices of a receptionist, edited where they stand (IVR-06, IVR-08).

use leptos::prelude::*;
use shared::receptionist::{FAX_KEY, MenuAction, MenuRow, ROWS_MAX};

use super::draft::RowDraft;
use crate::page::target::{IGNORED, SAY_AGAIN, TargetField};
use crate::page::tenant::hours::focus_soon;
use crate::ui::button::Button;
use crate::ui::field::Field;
use crate::ui::form::Form;
use crate::ui::icon::{Glyph, Icon};

/// What stands before the destinations of a choice.
pub fn first_words() -> Vec<(String, String)> {
    [IGNORED, SAY_AGAIN].map(|(key, word)| (key.to_owned(), word.to_owned())).to_vec()
}

/// The choices in order, and a way to add one.
#[component]
pub fn RowsEditor(rows: RwSignal<Vec<RowDraft>>, options: Signal<Vec<(String, String)>>, form: Form) -> impl IntoView {
    let add = move |keys: String| {
        form.clear();
        let lead = MenuRow { keys, action: MenuAction::Lead { to: Default::default() } };
        let fresh = RowDraft::of(&lead);
        rows.update(|rows| rows.push(fresh));
        focus_soon(tool_id("keys", fresh.key));
    };
    let full = Signal::derive(move || rows.with(Vec::len) >= ROWS_MAX);
    let has_fax = move || rows.get().into_iter().any(|row| row.keys.get() == FAX_KEY);
    let no_more_fax = Signal::derive(move || full.get() || has_fax());
    view! {
        <fieldset class="grid gap-3" data-testid="choices">
            <legend class="label mb-1">"Choices"</legend>
            <p class="hint">
                "Keys are digits; x stands for any digit, * at the end for any more digits, # at the end waits three seconds for more. The most precise choice counts. F is for fax machines: their calling tone leads there."
            </p>
            {move || rows.with(Vec::is_empty).then(|| view! {
                <p class="text-soft" data-testid="no-choices">"No choice yet."</p>
            })}
            <ol class="grid gap-3 empty:hidden">
                {move || rows.get().into_iter().enumerate().map(|(place, row)| {
                    view! { <RowFields place row rows options form /> }
                }).collect_view()}
            </ol>
            {move || form.problem("rows").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <div class="flex flex-wrap gap-2">
                <Button label="Add a choice" small=true icon=Glyph::Plus testid="add-choice" disabled=full press=move |()| add(free_key(rows)) />
                <Button label="Lead fax machines" small=true icon=Glyph::Plus testid="add-fax" disabled=no_more_fax press=move |()| add(FAX_KEY.into()) />
            </div>
        </fieldset>
    }
}

/// The first digit that is no choice yet.
fn free_key(rows: RwSignal<Vec<RowDraft>>) -> String {
    let taken: Vec<String> = rows.get_untracked().into_iter().map(|row| row.keys.get_untracked()).collect();
    let digits = (1..=9).chain([0]).map(|digit: u32| digit.to_string());
    digits.into_iter().find(|digit| !taken.contains(digit)).unwrap_or_default()
}

fn tool_id(tool: &str, key: u32) -> String {
    format!("choice-{tool}-{key}")
}

#[component]
fn RowFields(
    place: usize,
    row: RowDraft,
    rows: RwSignal<Vec<RowDraft>>,
    options: Signal<Vec<(String, String)>>,
    form: Form,
) -> impl IntoView {
    let field = format!("rows[{place}]");
    let key = row.key;
    let last = rows.with_untracked(Vec::len) == place + 1;
    let swap = move |other: Option<usize>, tool: &'static str| {
        form.clear();
        let Some(other) = other else { return };
        rows.update(|rows| {
            if other < rows.len() && place < rows.len() {
                rows.swap(place, other);
            }
        });
        // At either end only the other way is left.
        let tool = match other {
            0 => "down",
            other if other + 1 == rows.with_untracked(Vec::len) => "up",
            _ => tool,
        };
        focus_soon(tool_id(tool, key));
    };
    let remove = move |_| {
        form.clear();
        rows.update(|rows| rows.retain(|known| known.key != key));
        let next = rows.with_untracked(|rows| rows.get(place).or(rows.last()).map(|row| row.key));
        if let Some(next) = next {
            focus_soon(tool_id("remove", next));
        }
    };
    let called = move || {
        row.keys.with(|keys| if keys.is_empty() { format!("choice {}", place + 1) } else { format!("choice {keys}") })
    };
    view! {
        <li class="reception-row rounded-lg border border-line p-3" data-testid="choice">
            <Field name=format!("{field}.keys") label="Keys" value=row.keys form inputmode="tel" placeholder="1" id=tool_id("keys", key) />
            <TargetField name=format!("{field}.action.to") label="Does" target=row.target options form first=first_words() />
            <span class="flex items-center gap-1 sm:pt-6">
                <button type="button" id=tool_id("up", key) class="button-icon" data-testid="choice-up" disabled=place == 0
                    aria-label=move || format!("Move {} up", called()) title="Up" on:click=move |_| swap(place.checked_sub(1), "up")>
                    <span class="rotate-180"><Icon glyph=Glyph::ArrowDown /></span>
                </button>
                <button type="button" id=tool_id("down", key) class="button-icon" data-testid="choice-down" disabled=last
                    aria-label=move || format!("Move {} down", called()) title="Down" on:click=move |_| swap(Some(place + 1), "down")>
                    <Icon glyph=Glyph::ArrowDown />
                </button>
                <button type="button" id=tool_id("remove", key) class="button-icon" data-testid="remove-choice"
                    aria-label=move || format!("Remove {}", called()) title="Remove" on:click=remove>
                    <Icon glyph=Glyph::Trash />
                </button>
            </span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: IVR-08
    #[test]
    fn ivr_08_a_new_choice_begins_with_the_first_key_that_is_free() {
        let row = |keys: &str| RowDraft::of(&MenuRow { keys: keys.into(), ..MenuRow::default() });
        let rows = RwSignal::new(vec![row("1"), row("3"), row("2")]);
        assert_eq!(free_key(rows), "4");
        rows.set((0..10).map(|digit| row(&digit.to_string())).collect());
        assert_eq!(free_key(rows), "");
    }
}
