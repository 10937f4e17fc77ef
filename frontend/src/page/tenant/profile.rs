//! What a company says of itself, and what it may have (T-12, PRO-02).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::tenant::TenantOptions;
use shared::tenant_profile::{GetTenantProfile, TenantProfile, UpdateTenantProfile};

use crate::page::Head;
use crate::page::country::home_choices;
use crate::page::tenant_option::OptionSwitches;
use crate::page::user::account::SettingsTabs;
use crate::ui::button::{Button, Look};
use crate::ui::card::{Card, grouped};
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Select};
use crate::ui::form::{Form, FormView};
use crate::ui::toast;
use crate::{api, session};

#[component]
pub fn ProfilePage() -> impl IntoView {
    let profile = Fetch::new(GetTenantProfile::default);
    let came = Memo::new(move |_| profile.map(|_| ()).is_some());
    view! {
        <div class="page max-w-2xl!">
            <Head title="Settings" />
            <SettingsTabs />
            {profile.failure()}
            <div class="contents" hidden=move || profile.problem().is_some()>
                {move || match came.get() {
                    false => profile.skeleton("card p-4.5", "h-96"),
                    true => untrack(|| profile.get()).map(|now| view! { <ProfileForm now profile /> }).into_any(),
                }}
                {move || profile.get().map(|now| view! { <Options now=now.clone() profile /><Capability now /> })}
            </div>
        </div>
    }
}

#[component]
fn ProfileForm(now: TenantProfile, profile: Fetch<TenantProfile>) -> impl IntoView {
    let form = Form::new();
    let TenantProfile { tenant, country, .. } = now;
    let (name, website) = (RwSignal::new(tenant.name), RwSignal::new(tenant.website));
    let (time_zone, country) = (RwSignal::new(tenant.time_zone), RwSignal::new(country));
    let currency = RwSignal::new(tenant.currency);
    let submit = move |()| {
        let words = |signal: RwSignal<String>| Some(signal.get_untracked().trim().to_owned());
        let operation = UpdateTenantProfile {
            name: words(name),
            website: words(website),
            time_zone: words(time_zone),
            country: words(country),
            currency: words(currency).map(|currency| currency.to_uppercase()),
            options: None,
        };
        form.send(operation.check(), operation, move |fresh: TenantProfile| {
            session::amend_tenant(|own| {
                own.name.clone_from(&fresh.tenant.name);
                own.time_zone.clone_from(&fresh.tenant.time_zone);
            });
            profile.set(fresh);
            toast::good("The company's profile was saved.");
        });
    };
    view! {
        <Card title="Company" testid="company">
            <FormView form fields=&["name", "website", "time_zone", "currency"] submit>
                <Field name="name" label="Name" value=name form autocomplete="organization" />
                <Field name="website" label="Website" value=website form optional=true inputmode="url" placeholder="https://acme.example" />
                <Field name="time_zone" label="Time zone" value=time_zone form hint="Such as Europe/Berlin. Times are shown in it, and office hours go by it." />
                <div>
                    <Select name="country" label="Country" value=country options=home_choices("Not set") />
                    <p class="hint mt-1">"Its numbers may be called, and its emergency numbers are known; more under Dialing."</p>
                </div>
                <Field name="currency" label="Currency" value=currency form hint="Three letters, such as EUR. Balances are in it." />
                <div>
                    <p class="label">"SIP domain"</p>
                    <p class="mt-1 text-soft wrap-anywhere">{tenant.domain}</p>
                </div>
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-company" /></div>
            </FormView>
        </Card>
    }
}

/// Its switches (PRO-03).
#[component]
fn Options(now: TenantProfile, profile: Fetch<TenantProfile>) -> impl IntoView {
    let save = Callback::new(move |options: TenantOptions| {
        spawn_local(async move {
            let operation = UpdateTenantProfile { options: Some(options), ..UpdateTenantProfile::default() };
            match api::call(operation).await {
                Ok(fresh) => {
                    profile.set(fresh);
                    toast::good("The switch was set.");
                }
                Err(problem) => {
                    toast::refused(problem);
                    profile.reload();
                }
            }
        });
    });
    view! {
        <Card title="Options" testid="options">
            <OptionSwitches options=now.tenant.options save />
        </Card>
    }
}

/// What it may have; the provider says how much (PRO-02).
#[component]
fn Capability(now: TenantProfile) -> impl IntoView {
    let quota = now.tenant.quota;
    let rows = [
        ("Extensions", Some(now.extensions), quota.extensions_max),
        ("Concurrent calls", None, quota.concurrent_calls_max),
        ("Ring groups", Some(now.ring_groups), quota.ring_groups_max),
        ("Conference rooms", Some(now.conference_rooms), quota.conference_rooms_max),
        ("Virtual receptionists", None, quota.virtual_receptionists_max),
        ("Call queues", Some(now.queues), quota.call_queues_max),
    ];
    let rows =
        rows.map(|(name, used, max)| view! { <div><dt>{name}</dt><dd class="figures">{words(used, max)}</dd></div> });
    view! {
        <Card title="Capability" testid="capability">
            <dl class="facts">{rows.into_iter().collect_view()}</dl>
            <p class="hint mt-3">"Your provider sets these limits."</p>
        </Card>
    }
}

/// `3 of 1,000`, `at most 20`, `no limit`
fn words(used: Option<u64>, max: Option<u32>) -> String {
    match (used, max.map(|max| grouped(max.into()))) {
        (Some(used), Some(max)) => format!("{} of {max}", grouped(used)),
        (Some(used), None) => format!("{}, no limit", grouped(used)),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "no limit".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: PRO-02
    #[test]
    fn pro_02_a_limit_is_told_with_what_is_in_use() {
        assert_eq!(words(Some(3), Some(20)), "3 of 20");
        assert_eq!(words(Some(3), None), "3, no limit");
        assert_eq!((words(None, Some(20)), words(None, None)), ("at most 20".into(), "no limit".into()));
    }
}
