//! Prompts: recordings that receptionists play (IVR-02, IVR-03).

use leptos::prelude::*;
use shared::fact::Fact;
use shared::prompt::{CreatePrompt, DeletePrompt, GetPromptSound, ListPrompts, Prompt};
use shared::{Page, SoundId};

use super::route::RouteTabs;
use crate::live::{self, Event};
use crate::page::dictation::PromptByPhone;
use crate::page::filter::bound;
use crate::page::sound::{FIELDS, SoundDraft, SoundFields};
use crate::time::{self, Style};
use crate::ui::button::Button;
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Search, filled};
use crate::ui::file::size;
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::player::{Player, Sound};
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};

/// The most that can be chosen in a form.
const CHOICES_MAX: u32 = 500;

const NOUN: Noun<Prompt> = Noun {
    word: "prompt",
    name: |row| &row.name,
    removed: "The recording is deleted for good. One that a receptionist plays is kept, and you are told which.",
    add_testid: "add-prompt",
    edit_testid: "edit-prompt",
};

#[component]
pub fn PromptsPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListPrompts { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(_) => listing.reload(),
        // A telephone has recorded one.
        Event::Fact(fact) => {
            if matches!(&fact.fact, Fact::PromptRecorded { prompt } if prompt.extension_id.is_none()) {
                listing.reload();
            }
        }
    });
    let records = Records::new(listing, NOUN);
    let by_phone = RwSignal::new(false);
    let tools = view! {
        <Button label="Record by telephone" icon=Glyph::Phone testid="record-by-phone" press=move |()| by_phone.set(true) />
        {records.add()}
    };
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Play,
            title: "No prompt yet",
            text: "A prompt is a recording of yours. Receptionists play it in place of the system's welcome.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another name." },
    });
    view! {
        <div class="page">
            <RouteTabs tools=tools.into_any() />
            <section class="card" aria-label="Prompts">
                <div class="filters"><Search value=search label="Search name" /></div>
                <Table listing columns=columns(records) label="Prompts" nothing />
            </section>
        </div>
        <RecordDialogs records remove=|prompt| DeletePrompt { sound_id: prompt.id }
            form=move |_| view! { <PromptForm records /> }.into_any() />
        <PromptByPhone open=by_phone />
    }
}

fn columns(records: Records<Prompt>) -> Vec<Column<Prompt>> {
    vec![
        Column::new("Prompt", |row: &Prompt| {
            let length = time::duration(row.millis.div_ceil(1_000));
            view! {
                <span class="block cell-clip font-medium" data-testid="prompt" data-name=row.name.clone()>{row.name.clone()}</span>
                <span class="cell-sub phone-only figures">{length}", "{size(row.bytes)}</span>
            }
            .into_any()
        }),
        Column::new("Listen", |row: &Prompt| {
            let sound_id = row.id;
            let sound = Sound::new(move || GetPromptSound { sound_id }, row.millis, || ());
            view! { <Player sound what=row.name.clone() /> }.into_any()
        }),
        Column::new("Size", |row: &Prompt| {
            view! { <span class="whitespace-nowrap text-soft">{size(row.bytes)}</span> }.into_any()
        })
        .medium()
        .end(),
        Column::new("Added", |row: &Prompt| {
            view! { <span class="whitespace-nowrap text-soft">{time::show(row.created_at, Style::Day)}</span> }
                .into_any()
        })
        .medium(),
        Column::new("", move |row: &Prompt| records.removal(row, None)),
    ]
}

#[component]
fn PromptForm(records: Records<Prompt>) -> impl IntoView {
    let form = Form::new();
    let draft = SoundDraft::new();
    let submit = move |()| {
        let finish =
            move |prompt: Prompt| records.saved(format!("The prompt {} can be played from now on.", prompt.name));
        draft.send(form, |name, sound| CreatePrompt { name, sound }, finish);
    };
    view! {
        <FormView form fields=FIELDS.to_vec() submit>
            <SoundFields draft form placeholder="Welcome"
                advice="Name the option first, then the key: “For sales, press 1.” Callers listen for what they want before they reach for a key." />
            <FormFoot open=records.editing() form label="Add" />
        </FormView>
    }
}

/// The prompts that a form offers.
#[derive(Clone, Copy)]
pub struct Prompts(Fetch<Page<Prompt>>);

/// Loads them.
pub fn choices() -> Prompts {
    Prompts(Fetch::new(|| ListPrompts { limit: Some(CHOICES_MAX), ..ListPrompts::default() }))
}

impl Prompts {
    /// Loads them again.
    pub fn reload(self) {
        self.0.reload();
    }

    /// Why none is there, watched.
    pub fn failure(self) -> impl Fn() -> Option<AnyView> + Copy + Send {
        self.0.failure()
    }

    /// What a field offers, watched: `none` first, then all, and what was set before where it is not among them.
    pub fn options(self, none: &str, was: &str) -> Vec<(String, String)> {
        let row = |prompt: &Prompt| (prompt.id.to_string(), prompt.name.clone());
        let mut all = vec![(String::new(), none.to_owned())];
        all.extend(self.0.map(|page| page.rows.iter().map(row).collect::<Vec<_>>()).unwrap_or_default());
        if !all.iter().any(|(id, _)| id == was) {
            all.push((was.to_owned(), "The prompt as it was".to_owned()));
        }
        all
    }

    /// The name of one, watched; without one it is the system's own.
    pub fn name(self, id: Option<SoundId>) -> String {
        let Some(id) = id else { return "The system's welcome".to_owned() };
        let found =
            self.0.map(|page| page.rows.iter().find(|prompt| prompt.id == id).map(|prompt| prompt.name.clone()));
        match found {
            None => "…".to_owned(),
            Some(found) => found.unwrap_or_else(|| "A prompt that is gone".to_owned()),
        }
    }
}
