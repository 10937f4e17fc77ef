//! A form: checked here by the same rules as on the server, sent once, each problem beside its field.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::problem::FieldProblem;
use shared::{Operation, Problem};

use super::notice::{Kind, Notice};
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
        self.problems.with(|all| all.iter().find(|problem| problem.field == field).map(|problem| problem.reason.clone()))
    }

    /// All that is wrong, watched.
    pub fn problems(self) -> Vec<FieldProblem> {
        self.problems.get()
    }

    /// Shows what is wrong.
    pub fn refuse(self, problem: Problem) {
        // The title stands for all where no field is named.
        self.failure.try_set(problem.fields.is_empty().then_some(problem.title));
        self.problems.try_set(problem.fields);
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
            let answer = api::call(operation).await;
            self.busy.try_set(false);
            match answer {
                Ok(output) => done(output),
                Err(problem) => self.refuse(problem),
            }
        });
    }
}

/// The form's element. Problems of fields that it does not show stand at its top.
#[component]
pub fn FormView(
    form: Form,
    fields: &'static [&'static str],
    #[prop(into)] submit: Callback<()>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Form>::new();
    // After a refusal the first wrong field has the focus.
    Effect::new(move |_| {
        let wrong = form.problems.with(|all| !all.is_empty());
        let Some(element) = node.get().filter(|_| wrong) else { return };
        request_animation_frame(move || {
            if let Ok(Some(field)) = element.query_selector("[aria-invalid='true']")
                && !element.contains(document().active_element().filter(|now| now.has_attribute("aria-invalid")).as_deref())
            {
                use wasm_bindgen::JsCast as _;
                field.unchecked_into::<web_sys::HtmlElement>().focus().ok();
            }
        });
    });
    let rest = move || {
        let all = form.problems.get();
        let unseen = all.into_iter().filter(|problem| !fields.contains(&problem.field.as_str()));
        let sentences: Vec<String> = form.failure.get().into_iter().chain(unseen.map(|problem| problem.reason)).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    };
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
            {move || rest().map(|text| view! { <Notice kind=Kind::Bad text /> })}
            {children()}
        </form>
    }
}
