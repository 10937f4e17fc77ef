//! The form of a mail server with its test mail (MAIL-01, MAIL-02): the provider's, a tenant's, and a step of the wizard.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::Problem;
use shared::mail_server::{APP_PASSWORD_HINT, MailFailure, MailSecurity, MailServer, MailTest, UpdateMailServer};
use shared::problem::FieldProblem;

use crate::ui::button::Button;
use crate::ui::field::{Field, Select, filled};
use crate::ui::form::Form;
use crate::ui::icon::Glyph;
use crate::ui::notice::{Kind, Notice};
use crate::{api, session};

/// How the fields are called where the form stands.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    pub server: &'static str,
    pub port: &'static str,
    pub security: &'static str,
    pub user: &'static str,
    pub password: &'static str,
    pub sender: &'static str,
    pub sender_name: &'static str,
    pub to: &'static str,
    /// What stands before the names that the server knows.
    prefix: &'static str,
}

/// As the operations call them.
pub const NAMES: Names = Names {
    server: "server",
    port: "port",
    security: "security",
    user: "user",
    password: "password",
    sender: "sender",
    sender_name: "sender_name",
    to: "to",
    prefix: "",
};

/// As a step of the wizard.
pub const NAMES_OF_STEP: Names = Names {
    server: "mail.server",
    port: "mail.port",
    security: "mail.security",
    user: "mail.user",
    password: "mail.password",
    sender: "mail.sender",
    sender_name: "mail.sender_name",
    to: "mail.to",
    prefix: "mail.",
};

impl Names {
    /// All of them.
    pub fn all(self) -> Vec<&'static str> {
        let Self { server, port, security, user, password, sender, sender_name, to, .. } = self;
        vec![server, port, security, user, password, sender, sender_name, to]
    }

    /// Problems with the names that their fields have here.
    fn prefixed(self, problems: Vec<FieldProblem>) -> Vec<FieldProblem> {
        let here =
            |problem: FieldProblem| FieldProblem { field: format!("{}{}", self.prefix, problem.field), ..problem };
        problems.into_iter().map(here).collect()
    }
}

/// What stands in the fields.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    server: RwSignal<String>,
    port: RwSignal<String>,
    security: RwSignal<String>,
    user: RwSignal<String>,
    password: RwSignal<String>,
    sender: RwSignal<String>,
    sender_name: RwSignal<String>,
    to: RwSignal<String>,
}

impl Fields {
    /// As it is set; the test mail goes to oneself.
    pub fn of(current: &MailServer) -> Self {
        let port = if current.port == 0 { current.security.port() } else { current.port };
        let own = session::who().get_untracked().map(|who| who.account.email).unwrap_or_default();
        Self {
            server: RwSignal::new(current.server.clone()),
            port: RwSignal::new(port.to_string()),
            security: RwSignal::new(current.security.key().to_owned()),
            user: RwSignal::new(current.user.clone()),
            password: RwSignal::new(String::new()),
            sender: RwSignal::new(current.sender.clone()),
            sender_name: RwSignal::new(current.sender_name.clone()),
            to: RwSignal::new(own),
        }
    }

    /// As an operation, watched.
    pub fn form(self) -> UpdateMailServer {
        let words = |signal: RwSignal<String>| signal.get().trim().to_owned();
        UpdateMailServer {
            server: words(self.server),
            port: self.port.get().trim().parse().unwrap_or(0),
            security: chosen(&self.security.get()),
            user: words(self.user),
            password: filled(self.password.get()),
            sender: words(self.sender),
            sender_name: words(self.sender_name),
        }
    }
}

fn chosen(key: &str) -> MailSecurity {
    MailSecurity::ALL.into_iter().find(|known| known.key() == key).unwrap_or_default()
}

/// The fields, and the test mail below them.
#[component]
pub fn MailFields(
    fields: Fields,
    names: Names,
    form: Form,
    has_password: bool,
    #[prop(into)] empty_means: String,
    test: Tester,
) -> impl IntoView {
    let Fields { server, port, security, user, password, sender, sender_name, .. } = fields;
    // The usual port follows the security; one of one's own stays.
    Effect::new(move |before: Option<MailSecurity>| {
        let now = chosen(&security.get());
        let usual = |port: &str| MailSecurity::ALL.iter().any(|known| known.port().to_string() == port);
        if before.is_some_and(|before| before != now) && port.with_untracked(|port| usual(port.trim())) {
            port.set(now.port().to_string());
            form.touch(names.port);
        }
        now
    });
    let options = MailSecurity::ALL.map(|known| {
        let word = match known {
            MailSecurity::None => "None: in the clear".to_owned(),
            known => known.word().to_owned(),
        };
        (known.key().to_owned(), word)
    });
    let kept = if has_password {
        "There is one; it is kept encrypted and never shown. Empty leaves it as it is. "
    } else {
        ""
    };
    view! {
        <Field name=names.server label="Server" value=server form optional=true placeholder="mail.example.com" inputmode="url" hint=empty_means />
        <div class="form-row">
            <Select name=names.security label="Security" value=security options=options.to_vec() />
            <Field name=names.port label="Port" value=port form inputmode="numeric" />
        </div>
        <Field name=names.user label="User name" value=user form optional=true hint="Empty where the server takes mails without a login." />
        <Field name=names.password label="Password" value=password form kind="password" optional=true autocomplete="new-password"
            hint=format!("{kept}{APP_PASSWORD_HINT}") />
        <div class="form-row">
            <Field name=names.sender label="Sender's address" value=sender form kind="email" inputmode="email" placeholder="pbx@example.com" />
            <Field name=names.sender_name label="Sender's name" value=sender_name form optional=true placeholder="Belfry" />
        </div>
        <Trial fields names form test />
    }
}

/// Asks for a test mail.
pub type Tester = fn(UpdateMailServer, String) -> LocalBoxFuture<'static, Result<MailTest, Problem>>;

/// As the provider.
pub fn test_as_provider(form: UpdateMailServer, to: String) -> LocalBoxFuture<'static, Result<MailTest, Problem>> {
    api::call(form.into_test(to)).boxed_local()
}

/// As a tenant.
pub fn test_as_tenant(form: UpdateMailServer, to: String) -> LocalBoxFuture<'static, Result<MailTest, Problem>> {
    api::call(form.into_own_test(to)).boxed_local()
}

/// How a test mail fares.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Idle,
    Talking(String),
    Told(MailTest),
}

/// The test mail: by what stands in the fields, kept or not.
#[component]
fn Trial(fields: Fields, names: Names, form: Form, test: Tester) -> impl IntoView {
    let stage = RwSignal::new(Stage::Idle);
    let talking = Signal::derive(move || stage.with(|stage| matches!(stage, Stage::Talking(_))));
    let press = move |()| {
        let (wanted, to) = untrack(|| (fields.form(), fields.to.get().trim().to_owned()));
        form.clear();
        let problems = wanted.check_test(&to);
        if !problems.is_empty() {
            return form.mark(names.prefixed(problems));
        }
        stage.set(Stage::Talking(wanted.server.clone()));
        spawn_local(async move {
            let told = match test(wanted, to).await {
                Ok(told) => Stage::Told(told),
                Err(problem) => {
                    let fields = names.prefixed(problem.fields);
                    form.refuse(Problem { fields, ..problem });
                    Stage::Idle
                }
            };
            stage.try_set(told);
        });
    };
    view! {
        <div class="grid gap-3" data-testid="mail-test">
            <div class="flex flex-wrap items-end gap-3">
                <div class="min-w-0 flex-1 basis-56">
                    <Field name=names.to label="Send a test mail to" value=fields.to form kind="email" inputmode="email" />
                </div>
                <Button label="Send test mail" icon=Glyph::Send busy=talking testid="test-mail" press />
            </div>
            <div role="status" aria-live="polite" data-testid="mail-test-result">
                {move || match stage.get() {
                    Stage::Idle => ().into_any(),
                    Stage::Talking(server) => view! {
                        <p class="hint">{format!("Talking to {server}; this may take up to half a minute.")}</p>
                    }
                    .into_any(),
                    Stage::Told(told) => view! { <Told told /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Told(told: MailTest) -> impl IntoView {
    let hint = (told.failure == Some(MailFailure::LoginWrong)).then(|| {
        view! { <p class="hint">{APP_PASSWORD_HINT}</p> }
    });
    let kind = if told.failure.is_none() { Kind::Good } else { Kind::Bad };
    view! {
        <div class="grid gap-2" data-testid=if told.failure.is_none() { "mail-test-taken" } else { "mail-test-failed" }>
            <Notice kind text=told.text />
            {told.answer.map(|answer| view! {
                <p class="hint">"The server's answer: " <code class="wrap-anywhere" data-testid="mail-test-answer">{answer}</code></p>
            })}
            {hint}
        </div>
    }
}
