//! The own account: name, password, theme.

use leptos::prelude::*;
use shared::account::{Account, ChangePassword, UpdateAccount};
use shared::role::Role;

use crate::page::Head;
use crate::page::balance::OwnBalance;
use crate::page::personal::OwnPersonal;
use crate::page::user::own_extension::OwnExtension;
use crate::page::user::sip_account::OwnSip;
use crate::place::Place;
use crate::session::{self, Scope};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::field::Field;
use crate::ui::form::{Form, FormView};
use crate::ui::tabs::Tabs;
use crate::ui::theme::ThemeChoice;
use crate::ui::toast;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let account = session::who().get_untracked().map(|who| who.account);
    let has_extension = session::who().get_untracked().is_some_and(|who| Scope::of(&who).user);
    let own_personal = has_extension.then(|| view! { <OwnPersonal /> });
    let own_sip = has_extension.then(|| view! { <OwnSip /> });
    let own_balance = has_extension.then(|| view! { <OwnBalance /> });
    let is_administrator = account.as_ref().is_some_and(|account| account.role == Role::TenantAdmin);
    let own_extension = is_administrator.then(|| view! { <OwnExtension /> });
    view! {
        <div class="page max-w-2xl!">
            <Head title="Settings" />
            <SettingsTabs />
            {account.map(|account| view! { <Profile account=account.clone() />{own_extension}{own_personal}{own_balance}{own_sip}<Password account /> })}
            <Card title="Appearance">
                <ThemeChoice />
                <p class="hint mt-2">"Kept by this browser."</p>
            </Card>
        </div>
    }
}

/// What stands above the settings of whoever has more than an account.
#[component]
pub fn SettingsTabs() -> impl IntoView {
    let scope = session::who().get_untracked().map(|who| Scope::of(&who));
    let mut tabs = vec![(Place::Settings.path(), "My account")];
    if scope.as_ref().is_some_and(|scope| scope.user) {
        tabs.push((Place::Forwarding.path(), "Forwarding"));
        tabs.push((Place::PhoneKeys.path(), "Phone keys"));
    }
    if scope.as_ref().is_some_and(|scope| scope.tenant) {
        tabs.push((Place::TenantProfile.path(), "Company"));
        tabs.push((Place::TenantHours.path(), "Office hours"));
        tabs.push((Place::TenantMusic.path(), "Music on hold"));
        tabs.push((Place::TenantMailServer.path(), "Mail server"));
    }
    if scope.is_some_and(|scope| scope.user) {
        tabs.push((Place::FeatureCodes.path(), "Feature codes"));
    }
    (tabs.len() > 1).then(|| view! { <Tabs label="Settings" tabs /> })
}

#[component]
fn Profile(account: Account) -> impl IntoView {
    let form = Form::new();
    let name = RwSignal::new(account.name);
    let submit = move |()| {
        let operation = UpdateAccount { name: name.get_untracked().trim().to_owned() };
        form.send(operation.check(), operation, |fresh: Account| {
            session::amend(|account| account.name = fresh.name);
            toast::good("Your name was saved.");
        });
    };
    view! {
        <Card title="Profile">
            <FormView form fields=&["name"] submit>
                <Field name="name" label="Name" value=name form autocomplete="name" />
                <div>
                    <p class="label">"E-mail"</p>
                    <p class="mt-1 text-soft" data-testid="account-email">{account.email}</p>
                </div>
                <div><Button label="Save name" submit=true busy=form.busy testid="save-name" /></div>
            </FormView>
        </Card>
    }
}

#[component]
fn Password(account: Account) -> impl IntoView {
    let form = Form::new();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let has_password = RwSignal::new(account.has_password);
    let email = account.email.clone();
    let submit = move |()| {
        let operation = ChangePassword { current: current.get_untracked(), new: new.get_untracked() };
        form.send(operation.check(), operation, move |()| {
            session::amend(|account| account.has_password = true);
            has_password.set(true);
            current.set(String::new());
            new.set(String::new());
            toast::good("Your password was changed. Your other sessions have ended.");
        });
    };
    view! {
        <Card title="Password">
            <FormView form fields=&["current", "new"] submit>
                // For password managers: whose password it is.
                <input type="email" autocomplete="username" value=email.clone() readonly hidden />
                {move || has_password.get().then(|| view! {
                    <Field name="current" label="Current password" value=current form kind="password" autocomplete="current-password" />
                })}
                <Field name="new" label="New password" value=new form kind="password" autocomplete="new-password"
                    hint="8 to 128 characters with a digit, a lower-case and an upper-case letter." />
                <div><Button label="Change password" look=Look::Secondary submit=true busy=form.busy testid="change-password" /></div>
            </FormView>
        </Card>
    }
}
