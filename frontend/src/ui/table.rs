//! A table over a listing: sortable, paged by cursor, with its four states.

use leptos::prelude::*;
use shared::page::Direction;

use super::button::Button;
use super::card::grouped;
use super::icon::{Glyph, Icon};
use super::listing::{Listing, Phase, Sorting};
use super::notice::{Empty, Failed};

/// How many grey rows stand for those that are awaited.
const SKELETON_ROWS: usize = 6;

/// One column.
pub struct Column<T> {
    title: &'static str,
    class: &'static str,
    sort: Option<&'static str>,
    unseen: bool,
    cell: Box<dyn Fn(&T) -> AnyView + Send + Sync>,
}

impl<T> Column<T> {
    /// A column that is always shown.
    pub fn new(title: &'static str, cell: impl Fn(&T) -> AnyView + Send + Sync + 'static) -> Self {
        Self { title, class: "", sort: None, unseen: false, cell: Box::new(cell) }
    }

    /// Its title is for screen readers alone.
    pub fn unseen(mut self) -> Self {
        self.unseen = true;
        self
    }

    /// Hidden on phones.
    pub fn medium(mut self) -> Self {
        self.class = "medium";
        self
    }

    /// Hidden on phones and tablets.
    pub fn wide(mut self) -> Self {
        self.class = "wide";
        self
    }

    /// Figures, aligned right.
    pub fn end(mut self) -> Self {
        self.class = match self.class {
            "medium" => "medium end figures",
            "wide" => "wide end figures",
            _ => "end figures",
        };
        self
    }

    /// Sortable under this key.
    pub fn sort(mut self, key: &'static str) -> Self {
        self.sort = Some(key);
        self
    }
}

/// What is said when there is no row.
#[derive(Clone)]
pub struct Nothing {
    /// An icon.
    pub glyph: Glyph,
    /// What is missing.
    pub title: &'static str,
    /// What to do about it.
    pub text: &'static str,
}

/// The table; `label` names it for screen readers.
#[component]
pub fn Table<T>(
    listing: Listing<T>,
    columns: Vec<Column<T>>,
    label: &'static str,
    #[prop(into)] nothing: Signal<Nothing>,
    #[prop(optional, into)] sorting: Option<Sorting>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let count = columns.len();
    let classes = StoredValue::new(columns.iter().map(|column| column.class).collect::<Vec<_>>());
    let columns = StoredValue::new(columns);
    let head = columns.with_value(|columns| columns.iter().map(|column| heading(column, sorting)).collect_view());
    let body = move || match listing.phase.get() {
        Phase::Loading => classes.with_value(|classes| skeleton(classes).into_any()),
        Phase::Failed(problem) => wide(count, view! { <Failed problem retry=move |()| listing.retry() /> }.into_any()),
        Phase::Ready if listing.rows.with(Vec::is_empty) => {
            let Nothing { glyph, title, text } = nothing.get();
            wide(count, view! { <Empty glyph title text /> }.into_any())
        }
        Phase::Ready => view! {
            <For each=move || listing.rows.get() key=|row| row.key let:row>
                <tr>
                    {columns.with_value(|columns| {
                        columns
                            .iter()
                            .map(|column| view! { <td class=column.class>{(column.cell)(&row.item)}</td> })
                            .collect_view()
                    })}
                </tr>
            </For>
        }
        .into_any(),
    };
    // The rows must not be drawn anew when only their number changes.
    let state = Memo::new(move |_| (listing.phase.get(), listing.rows.with(Vec::is_empty)));
    let foot = move || {
        let shown = listing.rows.with(Vec::len) as u64;
        (listing.phase.get() == Phase::Ready && shown > 0).then(|| {
            let more = listing.next.get().is_some();
            view! {
                <div class="table-foot">
                    <span data-testid="count">{format!("{} of {}", grouped(shown), grouped(listing.total.get().max(shown)))}</span>
                    {more.then(|| view! {
                        <Button label="Load more" small=true testid="more" busy=listing.more_busy press=move |()| listing.more() />
                    })}
                </div>
            }
        })
    };
    view! {
        <div class="table-scroll" aria-busy=move || (listing.phase.get() == Phase::Loading).then_some("true")>
            <table class="table" aria-label=label>
                <thead><tr>{head}</tr></thead>
                <tbody data-testid="rows">{move || { state.get(); untrack(body) }}</tbody>
            </table>
        </div>
        {foot}
    }
}

fn heading<T>(column: &Column<T>, sorting: Option<Sorting>) -> AnyView {
    let Column { title, class, sort, unseen, .. } = *column;
    let Some((key, sorting)) = sort.zip(sorting) else {
        return match title {
            "" => view! { <th class=class scope="col"><span class="sr-only">"Actions"</span></th> }.into_any(),
            _ if unseen => view! { <th class=class scope="col"><span class="sr-only">{title}</span></th> }.into_any(),
            _ => view! { <th class=class scope="col">{title}</th> }.into_any(),
        };
    };
    let order = move || {
        (sorting.key.get() == key).then(|| match sorting.direction.get() {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        })
    };
    view! {
        <th class=class scope="col" aria-sort=order>
            <button type="button" data-testid=format!("sort-{key}") on:click=move |_| sorting.press(key)>
                {title}
                <Icon glyph=Glyph::ArrowDown />
            </button>
        </th>
    }
    .into_any()
}

fn skeleton(classes: &[&'static str]) -> impl IntoView + use<> {
    let row = |index: usize| {
        let cells = classes.iter().copied().enumerate().map(|(column, class)| {
            let width = 36 + (index * 7 + column * 13) % 40;
            view! { <td class=class><span class="skeleton h-3" style:width=format!("{width}%")></span></td> }
        });
        view! { <tr>{cells.collect_view()}</tr> }
    };
    (0..SKELETON_ROWS).map(row).collect_view()
}

fn wide(columns: usize, content: AnyView) -> AnyView {
    view! { <tr><td colspan=columns>{content}</td></tr> }.into_any()
}
