//! The doors: sign-in, one-time link, first set-up.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use shared::account::{ChangePassword, CompleteSetup, GetSetup, Session, SignIn, SignInByLink};
use wasm_bindgen::JsValue;

use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::field::Field;
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Bell;
use crate::ui::notice::{Kind, Notice};
use crate::{api, session};

/// The box that all doors share.
#[component]
fn Door(#[prop(into)] title: Signal<String>, #[prop(into)] text: Signal<String>, children: Children) -> impl IntoView {
    view! {
        <main class="door">
            <div class="door-box">
                <div class="door-brand"><Bell />"Belfry"</div>
                <h1>{move || title.get()}</h1>
                <p class="mt-1 mb-6 text-soft">{move || text.get()}</p>
                {children()}
            </div>
        </main>
    }
}

/// Signs in by e-mail and password.
#[component]
pub fn SignInPage() -> impl IntoView {
    let form = Form::new();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |()| {
        let operation = SignIn { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        form.send(Vec::new(), operation, session::set);
    };
    // A new installation has nobody who could sign in.
    let fresh = LocalResource::new(|| async { api::call(GetSetup::default()).await.is_ok_and(|setup| setup.open) });
    view! {
        <Door title="Sign in" text="Welcome back.">
            {move || fresh.get().unwrap_or_default().then(|| view! {
                <div class="mb-4">
                    <Notice kind=Kind::Plain text="This installation is new: open the set-up link that the server printed when it started." />
                </div>
            })}
            <FormView form fields=&["email", "password"] submit>
                <Field name="email" label="E-mail" value=email form kind="email" autocomplete="username" inputmode="email" autofocus=true testid="sign-in-email" />
                <Field name="password" label="Password" value=password form kind="password" autocomplete="current-password" testid="sign-in-password" />
                <div class="mt-1 grid">
                    <Button label="Sign in" look=Look::Primary submit=true busy=form.busy testid="sign-in-submit" />
                </div>
            </FormView>
            <p class="mt-6 text-sm text-faint">"No password yet, or forgotten? Ask your administrator for a one-time link."</p>
        </Door>
    }
}

/// What follows the `#` of the address; it never reaches the server's log.
fn token() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// Takes the used token out of the address and of the history.
fn forget_token() {
    let path = window().location().pathname().unwrap_or_default();
    if let Ok(history) = window().history() {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&path)).ok();
    }
}

/// Goes to the page where the session begins.
fn go_home() -> Callback<()> {
    let navigate = use_navigate();
    Callback::new(move |()| navigate(&Place::Root.path(), NavigateOptions { replace: true, ..Default::default() }))
}

/// How a one-time link fares.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Trying,
    Refused(String),
    NeedsPassword(String),
}

/// Signs in with a one-time link and offers to choose a password.
#[component]
pub fn LinkPage() -> impl IntoView {
    let stage = RwSignal::new(Stage::Trying);
    let home = go_home();
    let token = token();
    if token.is_empty() {
        stage.set(Stage::Refused("The link is incomplete. Copy all of it, to its last character.".to_owned()));
    } else {
        spawn_local(async move {
            match api::call(SignInByLink { token }).await {
                Ok(fresh) => {
                    forget_token();
                    let (name, has_password) = (fresh.account.name.clone(), fresh.account.has_password);
                    session::set(fresh);
                    match has_password {
                        true => home.run(()),
                        false => stage.set(Stage::NeedsPassword(name)),
                    }
                }
                Err(problem) => stage.set(Stage::Refused(problem.title)),
            }
        });
    }
    move || {
        match stage.get() {
        Stage::Trying => view! {
            <Door title="Signing you in" text="One moment."><span class="spinner text-faint" role="status" aria-label="Signing in"></span></Door>
        }
        .into_any(),
        Stage::Refused(reason) => view! {
            <Door title="This link does not work" text="A link works once and for a limited time.">
                <div class="grid gap-4">
                    <Notice kind=Kind::Bad text=reason />
                    <a class=Look::Secondary.class() href="/sign-in" data-testid="to-sign-in">"Sign in with a password"</a>
                </div>
            </Door>
        }
        .into_any(),
        Stage::NeedsPassword(name) => view! { <ChoosePassword name home /> }.into_any(),
    }
    }
}

#[component]
fn ChoosePassword(name: String, home: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let new = RwSignal::new(String::new());
    let submit = move |()| {
        let operation = ChangePassword { current: String::new(), new: new.get_untracked() };
        form.send(operation.check(), operation, move |()| {
            session::amend(|account| account.has_password = true);
            home.run(());
        });
    };
    let email = session::who().get_untracked().map(|who| who.account.email);
    let title = if name.is_empty() { "Welcome".to_owned() } else { format!("Welcome, {name}") };
    view! {
        <Door title text="You are signed in. Choose a password to sign in next time without a link.">
            <FormView form fields=&["new"] submit>
                // For password managers: whose password it is.
                <input type="email" autocomplete="username" value=email readonly hidden />
                <Field name="new" label="Password" value=new form kind="password" autocomplete="new-password" autofocus=true
                    hint="8 to 128 characters with a digit, a lower-case and an upper-case letter." />
                <div class="mt-1 grid gap-2">
                    <Button label="Set password" look=Look::Primary submit=true busy=form.busy testid="set-password" />
                    <Button label="Skip for now" look=Look::Quiet testid="skip-password" press=home />
                </div>
            </FormView>
        </Door>
    }
}

/// Makes the first administrator of a new installation.
#[component]
pub fn SetupPage() -> impl IntoView {
    let form = Form::new();
    let home = go_home();
    let (name, email, password) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let open = LocalResource::new(|| async { api::call(GetSetup::default()).await });
    let token = StoredValue::new(token());
    let submit = move |()| {
        let operation = CompleteSetup {
            token: token.get_value(),
            name: name.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        form.send(operation.check(), operation, move |fresh: Session| {
            forget_token();
            session::set(fresh);
            home.run(());
        });
    };
    let fields = move || {
        view! {
            <FormView form fields=&["name", "email", "password"] submit>
                <Field name="name" label="Your name" value=name form autocomplete="name" autofocus=true />
                <Field name="email" label="E-mail" value=email form kind="email" autocomplete="username" inputmode="email" />
                <Field name="password" label="Password" value=password form kind="password" autocomplete="new-password"
                    hint="8 to 128 characters with a digit, a lower-case and an upper-case letter." />
                <div class="mt-1 grid">
                    <Button label="Create administrator" look=Look::Primary submit=true busy=form.busy testid="submit" />
                </div>
            </FormView>
        }
    };
    let is_closed = move || matches!(open.get(), Some(Ok(setup)) if !setup.open);
    let title = Signal::derive(move || match is_closed() {
        true => "Belfry is set up".to_owned(),
        false => "Set up Belfry".to_owned(),
    });
    let text = Signal::derive(move || match is_closed() {
        true => "This installation has its administrator already.".to_owned(),
        false => "You become this installation's first administrator.".to_owned(),
    });
    view! {
        <Door title text>
            {move || match open.get() {
                None => view! { <span class="spinner text-faint" role="status" aria-label="Loading"></span> }.into_any(),
                Some(Ok(setup)) if !setup.open => view! {
                    <div class="grid gap-4">
                        <a class=Look::Secondary.class() href="/sign-in" data-testid="to-sign-in">"Sign in"</a>
                    </div>
                }
                .into_any(),
                Some(Err(problem)) => view! { <Notice kind=Kind::Bad text=problem.title /> }.into_any(),
                Some(Ok(_)) => fields().into_any(),
            }}
        </Door>
    }
}
