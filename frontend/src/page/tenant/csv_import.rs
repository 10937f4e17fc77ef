//! Importing rows from CSV: looked at first, the failing ones shown, then taken whole or not at all (NBL-01, INB-07).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::{Operation, Problem};

use crate::api;
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::field::TextField;
use crate::ui::file::FileChoice;
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

/// The largest file that is read here, in bytes; five thousand rows are smaller.
const FILE_BYTES_MAX: f64 = 4_000_000.0;
/// The most failing rows that are shown at once.
const FAILING_MAX: usize = 50;

/// A row that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failing {
    /// Its line, counted from one.
    line: usize,
    /// What stands there.
    text: String,
    /// What is wrong with it.
    reason: String,
}

/// The text that was looked at, and how many rows it brings or what fails.
type LookedAt = Option<(String, Result<u32, Vec<Failing>>)>;

/// What is imported, and how it is called.
pub struct Import<O: Operation> {
    /// The operation with a file's text, which may only look for what is wrong.
    pub ask: fn(String, bool) -> O,
    /// How many rows its answer counts.
    pub count: fn(&O::Output) -> u32,
    /// Of the dialog.
    pub title: &'static str,
    /// The columns, separated by commas.
    pub columns: &'static str,
    /// What is to be said of the columns.
    pub hint: &'static str,
    /// A file in short.
    pub example: &'static str,
    /// One of the rows, and several.
    pub nouns: (&'static str, &'static str),
    /// What is said when all are in.
    pub done: fn(u32) -> String,
}

impl<O: Operation> Clone for Import<O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O: Operation> Copy for Import<O> {}

impl<O: Operation> Import<O> {
    /// `1 number`, `7 numbers`
    fn counted(&self, count: u32) -> String {
        let (one, many) = self.nouns;
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

/// The dialog of an import.
pub fn import_dialog<O: Operation + 'static>(
    import: Import<O>,
    open: RwSignal<bool>,
    done: Callback<()>,
) -> impl IntoView {
    view! { <Dialog open title=import.title wide=true>{import_form(import, open, done)}</Dialog> }
}

fn import_form<O: Operation + 'static>(import: Import<O>, open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let csv = RwSignal::new(String::new());
    // What came of the text that was looked at.
    let looked_at = RwSignal::<LookedAt>::new(None);
    let current =
        Memo::new(move |_| looked_at.get().filter(|(text, _)| csv.with(|csv| csv == text)).map(|(_, result)| result));
    let imported = move |answer: O::Output| {
        done.run(());
        open.set(false);
        toast::good((import.done)((import.count)(&answer)));
    };
    let submit = move |()| {
        let text = csv.get_untracked();
        match current.get_untracked() {
            Some(Ok(_)) => form.send(Vec::new(), (import.ask)(text, false), imported),
            _ => look_at(import, text, form, looked_at),
        }
    };
    let label = Signal::derive(move || match current.get() {
        Some(Ok(count)) => format!("Import {}", import.counted(count)),
        _ => "Check the rows".to_owned(),
    });
    view! {
        <p class="mb-4 text-soft">"The first row names the columns: " <code class="wrap-anywhere">{import.columns}</code> ". " {import.hint}</p>
        <FormView form fields=&["csv"] submit>
            <FileChoice value=csv form label="Choose a file" accept=".csv,text/csv" bytes_max=FILE_BYTES_MAX testid="field-file" />
            <TextField name="csv" label="Rows" value=csv form placeholder=import.example />
            {move || current.get().map(|result| match result {
                Ok(count) => view! {
                    <Notice kind=Kind::Good text=format!("All rows are right: {}. Nothing has been imported yet.", import.counted(count)) />
                }.into_any(),
                Err(failing) => view! { <FailingRows failing /> }.into_any(),
            })}
            <FormFoot open form label disabled=Signal::derive(move || csv.with(|csv| csv.trim().is_empty())) />
        </FormView>
    }
}

fn look_at<O: Operation + 'static>(import: Import<O>, text: String, form: Form, looked_at: RwSignal<LookedAt>) {
    if form.busy.get_untracked() {
        return;
    }
    form.clear();
    form.busy.set(true);
    spawn_local(async move {
        let answer = api::call((import.ask)(text.clone(), true)).await;
        form.busy.try_set(false);
        match answer {
            Ok(answer) => drop(looked_at.try_set(Some((text, Ok((import.count)(&answer)))))),
            Err(problem) => match failing(&text, &problem) {
                Some(failing) => drop(looked_at.try_set(Some((text, Err(failing))))),
                None => form.refuse(problem),
            },
        }
    });
}

/// The failing rows, where the refusal is about rows only.
fn failing(text: &str, problem: &Problem) -> Option<Vec<Failing>> {
    let row = |field: &str, reason: &str| {
        let (line, _) = field.strip_prefix("line ")?.split_once(": ")?;
        let line: usize = line.parse().ok()?;
        let text = text.lines().nth(line.checked_sub(1)?).unwrap_or_default().to_owned();
        Some(Failing { line, text, reason: reason.to_owned() })
    };
    let rows: Option<Vec<Failing>> = problem.fields.iter().map(|field| row(&field.field, &field.reason)).collect();
    rows.filter(|rows| !rows.is_empty())
}

#[component]
fn FailingRows(failing: Vec<Failing>) -> impl IntoView {
    let count = failing.len();
    let more = count.saturating_sub(FAILING_MAX);
    let rows = failing.into_iter().take(FAILING_MAX).map(|row| {
        view! {
            <li class="grid gap-x-3 py-1.5 sm:grid-cols-[4rem_minmax(0,1fr)_minmax(0,1fr)]">
                <span class="text-soft figures">{format!("Line {}", row.line)}</span>
                <code class="break-all">{row.text}</code>
                <span class="text-bad-ink">{row.reason}</span>
            </li>
        }
    });
    view! {
        <div data-testid="failing-rows">
            <Notice kind=Kind::Bad text=match count {
                1 => "Nothing was imported: a row is wrong.".to_owned(),
                count => format!("Nothing was imported: {count} things are wrong."),
            } />
            <ul class="mt-2 max-h-64 divide-y divide-line overflow-y-auto text-sm" tabindex="0" aria-label="Failing rows">{rows.collect_view()}</ul>
            {(more > 0).then(|| view! { <p class="hint mt-1">{format!("and {more} more")}</p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use shared::problem::FieldProblem;

    use super::*;

    fn problem(fields: &[(&str, &str)]) -> Problem {
        let fields = fields.iter().map(|(field, reason)| FieldProblem::new(*field, *reason)).collect();
        Problem { status: 422, code: "invalid".into(), title: "Wrong.".into(), fields }
    }

    // covers: NBL-01
    #[test]
    fn nbl_01_a_failing_row_is_shown_as_it_stands_in_the_file() {
        let text = "number,description\r\n*,all\r\n";
        let rows = failing(text, &problem(&[("line 2: number", "No.")]));
        assert_eq!(rows, Some(vec![Failing { line: 2, text: "*,all".into(), reason: "No.".into() }]));
        assert_eq!(failing(text, &problem(&[("line 2: number", "No."), ("csv", "Too many.")])), None);
        assert_eq!(failing(text, &problem(&[("line 1", "No header.")])), None);
        assert_eq!(failing(text, &problem(&[])), None);
    }
}
