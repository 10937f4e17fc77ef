//! A form: checked here by the same rules as on the server, sent once, each problem beside its field.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::problem::FieldProblem;
use shared::{Operation, Problem};

use super::icon::{Glyph, Icon};
use crate::api;

/// The state of one form.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    problems: RwSignal<Vec<FieldProblem>>,
    failure: RwSignal<Option<String>>,
    /// Is an answer awaited?
    pub busy: RwSignal<bool>,
}

impl Form {
    /// A form without problems.
    pub fn new() -> Self {
        Self { problems: RwSignal::new(Vec::new()), failure: RwSignal::new(None), busy: RwSignal::new(false) }
    }

    /// What is wrong with a field, watched.
    pub fn problem(self, field: &str) -> Option<String> {
        self.problems
            .with(|all| all.iter().find(|problem| problem.field == field).map(|problem| problem.reason.clone()))
    }

    /// The fields that something is wrong with, watched.
    pub fn fields(self) -> Vec<String> {
        self.problems.with(|all| all.iter().map(|problem| problem.field.clone()).collect())
    }

    /// Shows what is wrong.
    pub fn refuse(self, problem: Problem) {
        self.failure.try_set(Some(problem.title));
        self.problems.try_set(problem.fields);
    }

    /// Shows what was found wrong here.
    pub fn mark(self, problems: Vec<FieldProblem>) {
        self.failure.set(None);
        self.problems.set(problems);
    }

    /// Forgets what was wrong with a field: it is being changed.
    pub fn touch(self, field: &str) {
        if self.problems.with_untracked(|all| all.iter().any(|problem| problem.field == field)) {
            self.problems.update(|all| all.retain(|problem| problem.field != field));
        }
    }

    /// Forgets all problems.
    pub fn clear(self) {
        self.problems.set(Vec::new());
        self.failure.set(None);
    }

    /// Sends the operation unless `check` has found something; `done` gets the answer.
    pub fn send<O>(self, check: Vec<FieldProblem>, operation: O, done: impl FnOnce(O::Output) + 'static)
    where
        O: Operation + 'static,
    {
        if self.busy.get_untracked() {
            return;
        }
        self.failure.set(None);
        let right = check.is_empty();
        self.problems.set(check);
        if !right {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            if let Some(output) = self.settle(api::call(operation).await) {
                done(output);
            }
        });
    }

    /// Sends an operation that carries a file unless `check` has found something; `progress` is the share that has gone.
    pub fn upload<O>(
        self,
        check: Vec<FieldProblem>,
        operation: O,
        progress: RwSignal<f64>,
        done: impl FnOnce(O::Output) + 'static,
    ) where
        O: Operation + 'static,
    {
        if self.busy.get_untracked() {
            return;
        }
        let right = check.is_empty();
        self.mark(check);
        if !right {
            return;
        }
        self.busy.set(true);
        progress.set(0.0);
        spawn_local(async move {
            let told = move |share| {
                progress.try_set(share);
            };
            if let Some(output) = self.settle(api::upload(operation, told).await) {
                done(output);
            }
        });
    }

    /// Takes the answer: the output, or the reasons why not.
    fn settle<T>(self, answer: Result<T, Problem>) -> Option<T> {
        self.busy.try_set(false);
        answer.map_err(|problem| self.refuse(problem)).ok()
    }
}

/// The form's element. Problems of fields that it does not show stand at its top; it shows all whose names begin with one
/// of `prefixes`.
#[component]
pub fn FormView(
    form: Form,
    #[prop(into)] fields: Vec<&'static str>,
    #[prop(optional)] prefixes: Vec<&'static str>,
    #[prop(into)] submit: Callback<()>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Form>::new();
    // After a refusal the first wrong field that is not hidden has the focus.
    Effect::new(move |_| {
        let wrong = form.problems.with(|all| !all.is_empty());
        let Some(element) = node.get().filter(|_| wrong) else { return };
        request_animation_frame(move || {
            if let Ok(Some(field)) = element.query_selector("[aria-invalid='true']:not([hidden] *)")
                && !element
                    .contains(document().active_element().filter(|now| now.has_attribute("aria-invalid")).as_deref())
            {
                use wasm_bindgen::JsCast as _;
                field.unchecked_into::<web_sys::HtmlElement>().focus().ok();
            }
        });
    });
    // What stands beside a field is not said again; the title is for the rest.
    let rest = Memo::new(move |_| {
        let all = form.problems.get();
        let seen = |problem: &FieldProblem| {
            let field = problem.field.as_str();
            fields.contains(&field) || prefixes.iter().any(|prefix| field.starts_with(prefix))
        };
        let title = form.failure.get().filter(|_| all.is_empty() || !all.iter().all(seen));
        let lines: Vec<String> = all.iter().filter(|problem| !seen(problem)).map(sentence).collect();
        (title, lines)
    });
    view! {
        <form
            node_ref=node
            class="form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                submit.run(());
            }
        >
            {move || refusal(rest.get())}
            {children()}
        </form>
    }
}

/// How many lines of a refusal are shown.
const LINES_MAX: usize = 50;

/// A row of a file is named; the names of other fields say nothing to people.
fn sentence(problem: &FieldProblem) -> String {
    match problem.field.starts_with("line ") {
        true => format!("{}: {}", problem.field, problem.reason),
        false => problem.reason.clone(),
    }
}

fn refusal((title, lines): (Option<String>, Vec<String>)) -> Option<AnyView> {
    if title.is_none() && lines.is_empty() {
        return None;
    }
    let more = lines.len().saturating_sub(LINES_MAX);
    let items = lines.into_iter().take(LINES_MAX).map(|line| view! { <li>{line}</li> });
    Some(
        view! {
            <div class="notice notice-bad" role="alert" data-testid="form-problem">
                <Icon glyph=Glyph::Alert />
                <div class="max-h-48 min-w-0 overflow-y-auto">
                    {title}
                    <ul data-testid="form-problem-lines">{items.collect_view()}</ul>
                    {(more > 0).then(|| format!("and {more} more"))}
                </div>
            </div>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: EXT-19
    #[test]
    fn a_bad_row_is_named_with_its_line() {
        assert_eq!(sentence(&FieldProblem::new("line 7: number", "Too short.")), "line 7: number: Too short.");
        assert_eq!(sentence(&FieldProblem::new("quota", "Too many.")), "Too many.");
    }
}
