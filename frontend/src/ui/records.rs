//! Rows that are added, edited and removed in dialogs, one at a time: what such pages have in common.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::Operation;

use super::button::{Button, Look};
use super::dialog::{Confirm, Dialog};
use super::icon::{Glyph, Icon};
use super::listing::Listing;
use super::menu::{Menu, MenuItem};
use super::toast;
use crate::api;

/// What the rows are called.
pub struct Noun<T> {
    /// One of them, within a sentence: `ring group`.
    pub word: &'static str,
    /// What a certain one is called.
    pub name: fn(&T) -> &str,
    /// What follows when one is removed.
    pub removed: &'static str,
    /// What tests know the button by that adds one.
    pub add_testid: &'static str,
    /// What tests know the button by that edits one.
    pub edit_testid: &'static str,
}

impl<T> Clone for Noun<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Noun<T> {}

/// The rows of a listing, and which of them is being worked on; copy it freely.
pub struct Records<T: Clone + PartialEq + Send + Sync + 'static> {
    noun: Noun<T>,
    listing: Listing<T>,
    chosen: RwSignal<Option<T>>,
    editing: RwSignal<bool>,
    removing: RwSignal<bool>,
    busy: RwSignal<bool>,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Clone for Records<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Copy for Records<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Records<T> {
    /// Nothing is worked on yet.
    pub fn new(listing: Listing<T>, noun: Noun<T>) -> Self {
        let (editing, removing, busy) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
        Self { noun, listing, chosen: RwSignal::new(None), editing, removing, busy }
    }

    /// Is the dialog of the form open? A form closes itself by it.
    pub fn editing(self) -> RwSignal<bool> {
        self.editing
    }

    /// The button that opens an empty form.
    pub fn add(self) -> AnyView {
        let add = move |()| {
            self.chosen.set(None);
            self.editing.set(true);
        };
        let label = format!("Add {}", self.noun.word);
        view! { <Button label icon=Glyph::Plus look=Look::Primary testid=self.noun.add_testid press=add /> }.into_any()
    }

    /// What can be done with a row, at its end: edit it, and a menu with `more` and, where it can be, its removal.
    pub fn actions(self, row: &T, more: Option<AnyView>, removable: bool) -> AnyView {
        let edit = row.clone();
        let menu = (removable || more.is_some()).then(|| self.menu(row, more, removable));
        view! {
            <span class="flex items-center justify-end gap-1.5">
                <Button label="Edit" small=true testid=self.noun.edit_testid press=move |()| {
                    self.chosen.set(Some(edit.clone()));
                    self.editing.set(true);
                } />
                {menu}
            </span>
        }
        .into_any()
    }

    /// The same for a row that can be removed and not edited.
    pub fn removal(self, row: &T, more: Option<AnyView>) -> AnyView {
        view! { <span class="flex items-center justify-end">{self.menu(row, more, true)}</span> }.into_any()
    }

    fn menu(self, row: &T, more: Option<AnyView>, removable: bool) -> impl IntoView + use<T> {
        let gone = row.clone();
        let remove = removable.then(|| {
            let press = move |()| {
                self.chosen.set(Some(gone.clone()));
                self.removing.set(true);
            };
            view! { <MenuItem glyph=Glyph::Trash label="Remove" bad=true testid="menu-remove" press /> }
        });
        let face = view! { <Icon glyph=Glyph::More /> }.into_any();
        let label = format!("More for {}", (self.noun.name)(row));
        view! { <Menu label testid="row-menu" face>{more}{remove}</Menu> }
    }

    /// A form was saved: its dialog closes, the list loads again, and `said` says so.
    pub fn saved(self, said: String) {
        self.listing.reload();
        self.editing.set(false);
        toast::good(said);
    }

    /// The name of the row that is worked on, watched.
    fn name(self) -> Option<String> {
        self.chosen.with(|row| row.as_ref().map(|row| (self.noun.name)(row).to_owned()))
    }
}

/// The dialogs of the rows: `form` is the form of one, or of a new one, and `remove` what removes one.
#[component]
pub fn RecordDialogs<T, O, F>(
    records: Records<T>,
    form: F,
    remove: fn(&T) -> O,
    #[prop(optional)] wide: bool,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    O: Operation<Output = ()> + 'static,
    F: Fn(Option<T>) -> AnyView + Copy + Send + Sync + 'static,
{
    let word = records.noun.word;
    let title = Signal::derive(move || match records.name() {
        Some(name) => capital(&format!("{word} {name}")),
        None => format!("New {word}"),
    });
    let question = Signal::derive(move || format!("Remove the {word} {}?", records.name().unwrap_or_default()));
    let confirm = move |()| {
        let Some(row) = records.chosen.get_untracked() else { return };
        records.busy.set(true);
        spawn_local(async move {
            let answer = api::call(remove(&row)).await;
            records.busy.try_set(false);
            records.removing.try_set(false);
            match answer {
                Ok(()) => toast::good(format!("The {word} {} is gone.", (records.noun.name)(&row))),
                Err(problem) => toast::refused(problem),
            }
            records.listing.reload();
        });
    };
    view! {
        <Dialog open=records.editing title wide>
            {move || records.editing.get().then(|| form(records.chosen.get_untracked()))}
        </Dialog>
        <Confirm open=records.removing title=question busy=records.busy text=records.noun.removed action="Remove" confirm />
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::capital;

    #[test]
    fn a_title_begins_with_a_capital_letter() {
        assert_eq!((capital("ring group Sales"), capital("")), ("Ring group Sales".to_owned(), String::new()));
    }
}
