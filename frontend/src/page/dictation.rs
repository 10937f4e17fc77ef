//! Recording a prompt or a greeting by telephone: somebody's telephone rings, and the page follows how far it has come (IVR-02, EXT-07).

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::call_record::CallRecord;
use shared::extension::{ExtensionRow, ListExtensions};
use shared::fact::Fact;
use shared::problem::FieldProblem;
use shared::prompt::{RecordGreeting, RecordPrompt, RecordingCall, check_name};
use shared::reason::Reason;
use shared::{CallId, Operation, Page};

use crate::live::{self, Event};
use crate::session;
use crate::ui::button::{Button, Look};
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Select};
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};

/// The most extensions that can be chosen from.
const CHOICES_MAX: u32 = 500;
/// Calls that are remembered while the answer is on its way: a telephone may refuse before it is here.
const SEEN_MAX: usize = 64;

/// How far a recording has come.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stand {
    /// It was not asked for yet.
    Asking,
    /// The telephone rings.
    Ringing,
    /// Somebody has answered and records.
    Recording,
    /// It is there.
    Kept,
    /// It has come to nothing.
    Over(&'static str),
}

impl Stand {
    /// As the record of the call says.
    fn of(record: &CallRecord) -> Self {
        match (record.ended_at, record.ended_reason, record.answered_at) {
            (None, _, None) => Self::Ringing,
            (None, _, Some(_)) => Self::Recording,
            (Some(_), Some(Reason::PromptKept), _) => Self::Kept,
            (Some(_), Some(Reason::PromptDiscarded), _) => Self::Over("Nothing was kept."),
            (Some(_), Some(Reason::PromptNotKept), _) => {
                Self::Over("It could not be kept. The page of the call tells why.")
            }
            (Some(_), _, None) => Self::Over("Nobody has answered."),
            (Some(_), _, Some(_)) => Self::Over("The call ended before it was said to be kept."),
        }
    }

    /// Tests know it by this.
    const fn word(&self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Ringing => "ringing",
            Self::Recording => "recording",
            Self::Kept => "kept",
            Self::Over(_) => "over",
        }
    }
}

/// What a dialog of a recording knows.
#[derive(Clone, Copy)]
struct Dictation {
    form: Form,
    name: RwSignal<String>,
    stand: RwSignal<Stand>,
    call: RwSignal<Option<CallId>>,
    seen: StoredValue<BTreeMap<CallId, Stand>>,
}

impl Dictation {
    fn new() -> Self {
        let dictation = Self {
            form: Form::new(),
            name: RwSignal::new(String::new()),
            stand: RwSignal::new(Stand::Asking),
            call: RwSignal::new(None),
            seen: StoredValue::new(BTreeMap::new()),
        };
        live::subscribe(move |event| {
            if let Event::Fact(fact) = event {
                dictation.hear(&fact.fact);
            }
        });
        dictation
    }

    fn hear(self, fact: &Fact) {
        match fact {
            Fact::CallStarted { record, .. } | Fact::CallChanged { record, .. } | Fact::CallEnded { record, .. } => {
                match self.call.get_untracked() {
                    // What is kept stays kept, whoever hangs up before that is said.
                    Some(own) if own == record.id && self.stand.with_untracked(|stand| *stand == Stand::Kept) => {}
                    Some(own) if own == record.id => self.stand.set(Stand::of(record)),
                    None if self.form.busy.get_untracked() => self.seen.update_value(|seen| {
                        if seen.len() < SEEN_MAX || seen.contains_key(&record.id) {
                            seen.insert(record.id, Stand::of(record));
                        }
                    }),
                    _ => {}
                }
            }
            // Whoever has hung up meanwhile has kept it all the same.
            Fact::PromptRecorded { prompt }
                if self.call.get_untracked().is_some()
                    && self.name.with_untracked(|name| name.trim() == prompt.name) =>
            {
                self.stand.set(Stand::Kept);
            }
            _ => {}
        }
    }

    /// Has the telephone rung, `operation` being what asks for it with the name, unless something is wrong.
    fn ask<O>(self, operation: impl FnOnce(String) -> Result<O, FieldProblem>)
    where
        O: Operation<Output = RecordingCall> + 'static,
    {
        let name = self.name.get_untracked().trim().to_owned();
        let mut problems = check_name(&name);
        self.call.set(None);
        self.seen.set_value(BTreeMap::new());
        match operation(name) {
            Ok(operation) => self.form.send(problems, operation, move |RecordingCall { call_id }| {
                // The dialog may have been closed meanwhile.
                let known = self.seen.try_with_value(|seen| seen.get(&call_id).cloned()).flatten();
                self.call.set(Some(call_id));
                self.stand.set(known.unwrap_or(Stand::Ringing));
            }),
            Err(problem) => {
                problems.push(problem);
                self.form.mark(problems);
            }
        }
    }
}

/// The dialog in which a prompt of the company is recorded by telephone.
#[component]
pub fn PromptByPhone(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Record a prompt by telephone">
            <PromptDictation open />
        </Dialog>
    }
}

#[component]
fn PromptDictation(open: RwSignal<bool>) -> impl IntoView {
    let people: Fetch<Page<ExtensionRow>> =
        Fetch::new(|| ListExtensions { limit: Some(CHOICES_MAX), ..ListExtensions::default() });
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let (chosen, dictation) = (RwSignal::new(String::new()), Dictation::new());
    let options = Memo::new(move |_| people.map(|page| telephones(&page.rows)));
    Effect::new(move |_| {
        let first = options.with(|options| {
            let options = options.as_ref()?;
            let own = own.map(|own| own.to_string()).filter(|own| options.iter().any(|(id, _)| id == own));
            own.or_else(|| options.first().map(|(id, _)| id.clone()))
        });
        chosen.set(first.unwrap_or_default());
    });
    let submit = move |()| {
        dictation.ask(|name| {
            let extension_id = chosen.with_untracked(|chosen| chosen.parse());
            let extension_id = extension_id.map_err(|_| FieldProblem::new("extension_id", "Choose a telephone."))?;
            Ok(RecordPrompt { name, extension_id })
        });
    };
    view! {
        <Following dictation open />
        <div hidden=move || dictation.stand.with(|stand| *stand != Stand::Asking)>
            {people.failure()}
            <FormView form=dictation.form fields=vec!["name"] submit>
                <Notice kind=Kind::Plain text="The telephone that you choose rings. Whoever answers it speaks after the tone, hears it again, and keeps it." />
                <Field name="name" label="Name" value=dictation.name form=dictation.form placeholder="Welcome" autofocus=true />
                {move || match options.get() {
                    Some(options) if options.is_empty() => {
                        view! { <Notice kind=Kind::Warn text="No extension has a telephone registered." /> }.into_any()
                    }
                    Some(options) => {
                        view! { <Select name="extension_id" label="Telephone of" value=chosen options /> }.into_any()
                    }
                    None => people.skeleton("field", "h-9"),
                }}
                <FormFoot open form=dictation.form label="Call" />
            </FormView>
        </div>
    }
}

/// Id and name of those whose telephones can be rung.
fn telephones(rows: &[ExtensionRow]) -> Vec<(String, String)> {
    let there = rows.iter().filter(|row| row.devices > 0 && row.extension.enabled);
    let word =
        |row: &ExtensionRow| (row.extension.id.to_string(), format!("{} {}", row.extension.number, row.extension.name));
    there.map(word).collect()
}

/// The dialog in which a greeting is recorded by the own telephone.
#[component]
pub fn GreetingByPhone(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Record a greeting by telephone">
            <GreetingDictation open />
        </Dialog>
    }
}

#[component]
fn GreetingDictation(open: RwSignal<bool>) -> impl IntoView {
    let dictation = Dictation::new();
    let submit = move |()| dictation.ask(|name| Ok(RecordGreeting { name }));
    view! {
        <Following dictation open />
        <div hidden=move || dictation.stand.with(|stand| *stand != Stand::Asking)>
            <FormView form=dictation.form fields=vec!["name"] submit>
                <Notice kind=Kind::Plain text="Your telephone rings. Speak after the tone, hear it again, and keep it." />
                <Field name="name" label="Name" value=dictation.name form=dictation.form placeholder="Usual greeting" autofocus=true />
                <FormFoot open form=dictation.form label="Call me" />
            </FormView>
        </div>
    }
}

/// How far it has come, once it was asked for.
#[component]
fn Following(dictation: Dictation, open: RwSignal<bool>) -> impl IntoView {
    let Dictation { stand, name, .. } = dictation;
    let again = move |()| stand.set(Stand::Asking);
    let said = move |stand: Stand| {
        match stand {
        Stand::Asking => ().into_any(),
        Stand::Ringing => {
            view! { <Notice kind=Kind::Plain text="The telephone rings. Answer it." /> }.into_any()
        }
        Stand::Recording => view! {
            <Notice kind=Kind::Plain
                text="Speak after the tone and press #. Then 1 plays it, 2 keeps it, 3 records it again, * discards it. Hanging up discards it." />
        }
        .into_any(),
        Stand::Kept => {
            let text = name.with_untracked(|name| format!("{} was kept.", name.trim()));
            view! { <Notice kind=Kind::Good text /> }.into_any()
        }
        Stand::Over(text) => view! { <Notice kind=Kind::Warn text /> }.into_any(),
    }
    };
    view! {
        <div hidden=move || stand.with(|stand| *stand == Stand::Asking) role="status" data-testid="dictation"
            data-state=move || stand.with(Stand::word)>
            {move || said(stand.get())}
            <div class="dialog-foot">
                {move || matches!(stand.get(), Stand::Over(_)).then(|| view! {
                    <Button label="Try again" testid="dictation-again" press=again />
                })}
                <Button label="Close" look=Look::Primary testid="dictation-close" press=move |()| open.set(false) />
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{Moment, TenantId};

    // covers: IVR-02
    #[test]
    fn ivr_02_the_record_of_the_call_tells_how_far_a_recording_has_come() {
        let opened = CallRecord::open(CallId(1), TenantId(1), Moment(0));
        assert_eq!(Stand::of(&opened), Stand::Ringing);
        let answered = CallRecord { answered_at: Some(Moment(1)), ..opened.clone() };
        assert_eq!(Stand::of(&answered), Stand::Recording);
        let ended = |record: &CallRecord, reason| {
            Stand::of(&CallRecord { ended_at: Some(Moment(2)), ended_reason: Some(reason), ..record.clone() })
        };
        assert_eq!(ended(&answered, Reason::PromptKept), Stand::Kept);
        for (record, reason, word) in [
            (&answered, Reason::PromptDiscarded, "Nothing was kept"),
            (&answered, Reason::PromptNotKept, "could not be kept"),
            (&answered, Reason::CallerHungUp, "The call ended"),
            (&opened, Reason::DeviceBusy, "Nobody has answered"),
        ] {
            assert!(matches!(ended(record, reason), Stand::Over(text) if text.contains(word)), "{reason:?}");
        }
    }
}
