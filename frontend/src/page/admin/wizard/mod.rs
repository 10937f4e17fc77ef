//! The set-up wizard: five steps, kept all at once by *Apply* (WIZ-01…WIZ-07), and again at any time (WIZ-10).

mod step;
mod value;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use shared::wizard::{GetWizard, SkipWizard, Wizard, WizardApplied, WizardState};

use self::step::Step;
use self::value::Values;
use crate::api;
use crate::page::Head;
use crate::page::mail_server::NAMES_OF_STEP;
use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::copy::Once;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

/// The fields beside those of the mail server.
const FIELDS: [&str; 14] = [
    "network.web_domain",
    "network.private_ipv4",
    "network.public_ipv4",
    "network.private_ipv6",
    "network.public_ipv6",
    "domain.name",
    "domain.domain",
    "domain.admin_email",
    "transport.protocol",
    "transport.port",
    "certificate.chain",
    "certificate.key",
    "certificate.password",
    "certificate.wss_port",
];

#[component]
pub fn WizardPage() -> impl IntoView {
    let wizard = Fetch::new(GetWizard::default);
    view! {
        <div class="page max-w-3xl!">
            {wizard.failure()}
            {move || match wizard.get() {
                None => view! {
                    <h1 class="sr-only">"Set-up wizard"</h1>
                    <div class="card p-4.5" hidden=move || wizard.problem().is_some()><span class="skeleton h-60 w-full"></span></div>
                }
                .into_any(),
                Some(today) => view! { <Steps today /> }.into_any(),
            }}
        </div>
    }
}

/// Goes to the provider's home.
fn go_home() -> Callback<()> {
    let navigate = use_navigate();
    Callback::new(move |()| navigate(&Place::AdminHome.path(), Default::default()))
}

#[component]
fn Steps(today: Wizard) -> impl IntoView {
    let (form, home) = (Form::new(), go_home());
    let step = RwSignal::new(Step::Network);
    let applied = RwSignal::new(None::<WizardApplied>);
    let values = Values::of(&today);
    let (tools, today) = (leave(today.state, home), StoredValue::new(today));
    // What the server has found wrong may stand in another step; what is mended since leads nowhere.
    Effect::new(move |before: Option<usize>| {
        let fields = form.fields();
        if fields.len() > before.unwrap_or(0) {
            show(step, &fields);
        }
        fields.len()
    });
    let submit = move |()| {
        let operation = untrack(|| today.with_value(|today| values.operation(today)));
        let problems = operation.check();
        let here = step.get_untracked();
        if let Some(next) = here.next() {
            let own: Vec<_> = problems.into_iter().filter(|one| Step::of_field(&one.field) == Some(here)).collect();
            let right = own.is_empty();
            form.mark(own);
            if right {
                step.set(next);
            }
            return;
        }
        show(step, &problems.iter().map(|problem| problem.field.clone()).collect::<Vec<_>>());
        form.send(problems, operation, move |done: WizardApplied| {
            if done == WizardApplied::default() {
                toast::good("Everything holds from now on.");
                return home.run(());
            }
            applied.set(Some(done));
        });
    };
    let fields: Vec<&'static str> = FIELDS.into_iter().chain(NAMES_OF_STEP.all()).collect();
    let fields = StoredValue::new(fields);
    let tools = StoredValue::new_local(Some(tools));
    move || {
        match applied.get() {
        Some(done) => view! { <Applied done home /> }.into_any(),
        None => view! {
            <Head title="Set-up wizard" text="Each field holds what counts today; what you leave alone stays." tools=tools.try_update_value(Option::take).flatten().unwrap_or_else(|| ().into_any()) />
            <Progress step />
            <section class="card" aria-labelledby="wizard-step">
                <div class="card-body pt-4.5!">
                    <FormView form fields=fields.get_value() submit>
                        <Title step />
                        {move || today.with_value(|today| step.get().view(values, today, form))}
                        <Review step values today />
                        <Foot step form />
                    </FormView>
                </div>
            </section>
        }
        .into_any(),
    }
    }
}

/// Goes to the step of the first of these fields.
fn show(step: RwSignal<Step>, fields: &[String]) {
    if let Some(wrong) = fields.iter().filter_map(|field| Step::of_field(field)).min() {
        step.set(wrong);
    }
}

/// The way out: what is set up already is taken, or nothing is changed.
fn leave(state: WizardState, home: Callback<()>) -> AnyView {
    let busy = RwSignal::new(false);
    let skip = move |()| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(SkipWizard::default()).await;
            busy.try_set(false);
            match answer {
                Ok(()) => home.run(()),
                Err(problem) => toast::bad(problem.title),
            }
        });
    };
    match state {
        WizardState::Done => view! { <Button label="Leave" testid="wizard-leave" press=home /> }.into_any(),
        _ => view! { <Button label="Use what is set up already" testid="wizard-skip" busy press=skip /> }.into_any(),
    }
}

/// The steps in a row, the present one marked.
#[component]
fn Progress(step: RwSignal<Step>) -> impl IntoView {
    let items = Step::ALL.into_iter().enumerate().map(move |(index, one)| {
        let current = move || (step.get() == one).then_some("step");
        let past = move || step.get() > one;
        view! {
            <li class="step" class:step-past=past>
                <button type="button" aria-current=current data-testid=format!("wizard-step-{}", one.key()) on:click=move |_| step.set(one)>
                    <span class="step-number" aria-hidden="true">
                        {move || match past() {
                            true => view! { <Icon glyph=Glyph::Check /> }.into_any(),
                            false => (index + 1).into_any(),
                        }}
                    </span>
                    <span class="step-word">{one.title()}</span>
                </button>
            </li>
        }
    });
    view! { <nav aria-label="Steps"><ol class="steps">{items.collect_view()}</ol></nav> }
}

/// Where one is; after a change of step the keyboard and the screen reader begin here.
#[component]
fn Title(step: RwSignal<Step>) -> impl IntoView {
    let node = NodeRef::<html::H2>::new();
    Effect::new(move |before: Option<Step>| {
        let now = step.get();
        if let Some(title) = node.get_untracked().filter(|_| before.is_some_and(|before| before != now)) {
            title.focus().ok();
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        now
    });
    view! {
        <div class="grid gap-1">
            <h2 id="wizard-step" node_ref=node tabindex="-1" class="outline-none" data-testid="wizard-title">
                <span class="sr-only">{move || format!("Step {} of {}: ", step.get().number(), Step::ALL.len())}</span>
                {move || step.get().title()}
            </h2>
            <p class="text-soft">{move || step.get().text()}</p>
        </div>
    }
}

/// On the last step: what *Apply* will do.
#[component]
fn Review(step: RwSignal<Step>, values: Values, today: StoredValue<Wizard>) -> impl IntoView {
    move || {
        if step.get().next().is_some() {
            return None;
        }
        let lines = today.with_value(|today| value::words(&values.operation(today), today));
        let list = match lines.is_empty() {
            true => view! { <p class="text-soft">"Nothing: everything stays as it is."</p> }.into_any(),
            false => {
                let lines = lines.into_iter().map(|line| view! { <li class="wrap-anywhere">{line}</li> });
                view! { <ul class="grid list-disc gap-1 pl-5">{lines.collect_view()}</ul> }.into_any()
            }
        };
        Some(view! {
            <div class="grid gap-2 border-t border-line pt-4" data-testid="wizard-review">
                <h3 class="font-semibold">"What Apply changes, all at once"</h3>
                {list}
            </div>
        })
    }
}

#[component]
fn Foot(step: RwSignal<Step>, form: Form) -> impl IntoView {
    let back = move |()| {
        if let Some(before) = step.get_untracked().before() {
            step.set(before);
        }
    };
    let last = Signal::derive(move || step.get().next().is_none());
    view! {
        <div class="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
            <Button label="Previous" testid="wizard-previous" disabled=Signal::derive(move || step.get().before().is_none()) press=back />
            <p class="hint figures" aria-hidden="true">{move || format!("{} of {}", step.get().number(), Step::ALL.len())}</p>
            {move || match last.get() {
                false => view! { <Button label="Next" look=Look::Primary submit=true testid="wizard-next" /> }.into_any(),
                true => view! { <Button label="Apply" look=Look::Primary submit=true busy=form.busy testid="wizard-apply" /> }.into_any(),
            }}
        </div>
    }
}

/// What is to be said once it holds.
#[component]
fn Applied(done: WizardApplied, home: Callback<()>) -> impl IntoView {
    let warnings = done.warnings.into_iter().map(|text| view! { <Notice kind=Kind::Warn text /> }).collect_view();
    let invitation = done.invitation.map(|link| view! {
        <Once warning="The link is shown only here. Whoever has it becomes the company's administrator." rows=vec![("Invitation", link)] />
    });
    // The button that was pressed is gone.
    let node = NodeRef::<html::Section>::new();
    node.on_load(|section| drop(section.focus()));
    view! {
        <Head title="Everything holds from now on" />
        <section node_ref=node tabindex="-1" class="card p-4.5 outline-none" aria-label="Everything holds from now on" data-testid="wizard-applied">
            <div class="grid gap-4">
                {warnings}
                {invitation}
                <div><Button label="Open the portal" look=Look::Primary testid="wizard-home" press=home /></div>
            </div>
        </section>
    }
}
