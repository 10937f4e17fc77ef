//! Several of many: those that are chosen, each with a way out, and one more.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::Problem;
use shared::extension::{ExtensionRow, ListExtensions};
use shared::page::PAGE_ROWS_MAX;

use crate::api;
use crate::ui::button::IconButton;
use crate::ui::field::{Field, Select};
use crate::ui::form::Form;
use crate::ui::icon::Glyph;
use crate::ui::notice::Failed;

/// The most that are shown at once; the rest is found by text.
const SHOWN_MAX: usize = 100;
/// From so many on there is a search.
const SEARCH_FROM: usize = 12;

/// What can be chosen: id and words.
pub type Options = Vec<(String, String)>;

/// All extensions of the tenant, however many there are; the tables' own lists end at a page.
#[derive(Clone, Copy)]
pub struct Everybody {
    answer: RwSignal<Option<Result<Options, Problem>>>,
    wanted: fn(&ExtensionRow) -> bool,
}

impl Everybody {
    /// Asks at once.
    pub fn new() -> Self {
        Self::of(|_| true)
    }

    /// Asks at once, for those that are wanted.
    pub fn of(wanted: fn(&ExtensionRow) -> bool) -> Self {
        let everybody = Self { answer: RwSignal::new(None), wanted };
        everybody.reload();
        everybody
    }

    /// Asks again.
    pub fn reload(self) {
        spawn_local(async move {
            self.answer.try_set(Some(read(self.wanted).await));
        });
    }

    /// Id and words of each, watched; nobody while they are awaited.
    pub fn options(self) -> Options {
        self.known().unwrap_or_default()
    }

    /// The same; none while they are awaited.
    pub fn known(self) -> Option<Options> {
        self.answer.with(|answer| answer.as_ref().and_then(|answer| answer.as_ref().ok().cloned()))
    }

    /// Why nobody is there, watched.
    pub fn failure(self) -> impl Fn() -> Option<AnyView> + Copy + Send {
        move || {
            let problem = self.answer.with(|answer| answer.as_ref()?.as_ref().err().cloned())?;
            Some(view! { <Failed problem retry=move |()| self.reload() /> }.into_any())
        }
    }
}

async fn read(wanted: fn(&ExtensionRow) -> bool) -> Result<Options, Problem> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page =
            api::call(ListExtensions { limit: Some(PAGE_ROWS_MAX), cursor, ..ListExtensions::default() }).await?;
        let row = |row: ExtensionRow| {
            (row.extension.id.to_string(), format!("{} {}", row.extension.number, row.extension.name))
        };
        all.extend(page.rows.into_iter().filter(wanted).map(row));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// A set of what is chosen. `name` is the field that problems name; tests find its parts by it.
#[component]
pub fn Picks(
    name: &'static str,
    #[prop(into)] label: String,
    /// What the choice of one more says.
    #[prop(into)]
    add: String,
    #[prop(into)] hint: String,
    chosen: RwSignal<Vec<String>>,
    #[prop(into)] options: Signal<Options>,
    form: Form,
) -> impl IntoView {
    let adding = RwSignal::new(String::new());
    let find = RwSignal::new(String::new());
    Effect::new(move |_| {
        let id = adding.get();
        if !id.is_empty() {
            chosen.update(|all| {
                if !all.contains(&id) {
                    all.push(id);
                }
            });
            form.touch(name);
            adding.set(String::new());
        }
    });
    let words = Memo::new(move |_| options.get().into_iter().collect::<BTreeMap<String, String>>());
    let rows = Memo::new(move |_| {
        let text = find.get().trim().to_lowercase();
        let words = words.get();
        let mut rows: Vec<(String, String)> = chosen
            .get()
            .into_iter()
            .map(|id| {
                let word = words.get(&id).cloned().unwrap_or_else(|| "…".to_owned());
                (word, id)
            })
            .filter(|(word, _)| text.is_empty() || word.to_lowercase().contains(&text))
            .collect();
        rows.sort();
        rows
    });
    let left = {
        let add = add.clone();
        move || {
            let known: BTreeSet<String> = chosen.get().into_iter().collect();
            let free = options.get().into_iter().filter(|(id, _)| !known.contains(id));
            std::iter::once((String::new(), add.clone())).chain(free).collect::<Options>()
        }
    };
    let many = Memo::new(move |_| chosen.with(Vec::len) >= SEARCH_FROM);
    let more = move || rows.with(Vec::len).saturating_sub(SHOWN_MAX);
    let add_label = add;
    view! {
        <fieldset class="grid min-w-0 grid-cols-1 gap-2" data-testid=format!("picks-{name}")>
            <legend class="label mb-1">{label}" "<span class="figures text-faint">{move || Some(chosen.with(Vec::len)).filter(|count| *count > 0)}</span></legend>
            <p class="hint">{hint}</p>
            {move || many.get().then(|| view! { <Field name="find" label="Find among them" value=find /> })}
            <ul class="max-h-56 divide-y divide-line overflow-y-auto">
                {move || rows.get().into_iter().take(SHOWN_MAX).map(|(word, id)| view! {
                    <li class="flex items-center gap-2 py-0.5">
                        <span class="min-w-0 flex-1 cell-clip">{word.clone()}</span>
                        <IconButton glyph=Glyph::Trash label=format!("Take {word} out") press=move |()| {
                            chosen.update(|all| all.retain(|known| *known != id));
                            form.touch(name);
                        } />
                    </li>
                }).collect_view()}
            </ul>
            {move || (more() > 0).then(|| view! { <p class="hint">"and "{more}" more"</p> })}
            {move || view! { <Select name label=add_label.clone() value=adding options=left() small=true /> }}
            {move || form.problem(name).map(|text| view! { <p class="problem" role="alert">{text}</p> })}
        </fieldset>
    }
}

/// Ids of what is chosen, as a form sends them.
pub fn ids<I: std::str::FromStr>(chosen: RwSignal<Vec<String>>) -> Vec<I> {
    chosen.with_untracked(|all| all.iter().filter_map(|id| id.parse().ok()).collect())
}

/// The choice with what is chosen already.
pub fn chosen_of<I: ToString>(ids: &[I]) -> RwSignal<Vec<String>> {
    RwSignal::new(ids.iter().map(ToString::to_string).collect())
}
