//! One tenant: its figures, limits, switches, domain, and its end.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use shared::TenantId;
use shared::fact::Fact;
use shared::quota::Quota;
use shared::storage::GetTenantStorage;
use shared::tenant::{DeleteTenant, GetTenant, Tenant, TenantOptions, TenantRow, UpdateTenant};

use super::tenant::{act_for, state};
use crate::live::{self, Event};
use crate::page::Head;
use crate::page::storage::StorageMeter;
use crate::page::tenant_option::OptionSwitches;
use crate::place::Place;
use crate::time::{self, Style};
use crate::ui::button::{Button, Look};
use crate::ui::card::{Card, Stat};
use crate::ui::dialog::{Confirm, Dialog, FormFoot};
use crate::ui::fetch::Fetch;
use crate::ui::field::Field;
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;
use crate::{api, ui::field::filled};

#[component]
pub fn TenantPage(tenant_id: TenantId) -> impl IntoView {
    let row = Fetch::new(move || GetTenant { tenant_id });
    live::subscribe(move |event| match event {
        Event::Reload => row.reload(),
        Event::Fact(fact) if fact.tenant_id == Some(tenant_id) && !matches!(fact.fact, Fact::CallsAlive { .. }) => {
            row.reload_soon();
        }
        Event::Changed(changed) if *changed == Some(tenant_id) => row.reload_soon(),
        Event::Fact(_) | Event::Changed(_) => {}
    });
    let storage = Fetch::new(move || GetTenantStorage { tenant_id });
    Effect::new(move |before: Option<()>| {
        // What the tenant may take, and what came since.
        row.map(|row| row.tenant.quota);
        if before.is_some() {
            storage.reload_soon();
        }
    });
    let manage = act_for();
    let tenant = Memo::new(move |_| row.map(|row| row.tenant.clone()));
    let title = Signal::derive(move || tenant.get().map_or_else(|| "Tenant".to_owned(), |tenant| tenant.name));
    let text = Signal::derive(move || {
        let since = |tenant: Tenant| format!("{}, since {}", tenant.domain, time::show(tenant.created_at, Style::Day));
        tenant.get().map(since).unwrap_or_default()
    });
    let figure = move |part: fn(&TenantRow) -> Option<u64>| Signal::derive(move || row.map(part).flatten());
    let tools = view! {
        <span class="flex items-center gap-3">
            {move || tenant.get().map(|tenant| state(tenant.enabled))}
            <Button label="Manage" icon=Glyph::ArrowOut look=Look::Primary testid="manage" press=move |()| manage.run(tenant_id) />
        </span>
    };
    view! {
        <div class="page">
            <a class="link w-fit text-sm" href=Place::AdminTenants.path()>"← All tenants"</a>
            <Head title text tools=tools.into_any() />
            {row.failure()}
            <div class="tiles">
                <Stat glyph=Glyph::Phone label="Running calls" value=figure(|row| Some(row.live_calls)) max=figure(|row| row.tenant.quota.concurrent_calls_max.map(u64::from)) testid="stat-live-calls" />
                <Stat glyph=Glyph::People label="Extensions" value=figure(|row| Some(row.extensions)) max=figure(|row| row.tenant.quota.extensions_max.map(u64::from)) testid="stat-extensions" />
                <Stat glyph=Glyph::Device label="Extensions online" value=figure(|row| Some(row.extensions_online)) max=figure(|row| Some(row.extensions)) testid="stat-online" />
                <Stat glyph=Glyph::List label="Calls, 24 hours" value=figure(|row| Some(row.calls_today)) testid="stat-calls-today" />
            </div>
            {move || tenant.get().map(|tenant| view! {
                <div class="columns">
                    <div class="stack">
                        <Limits tenant=tenant.clone() row />
                        <Card title="Storage" testid="tenant-storage"><StorageMeter storage /></Card>
                        <Profile tenant=tenant.clone() row />
                    </div>
                    <div class="stack">
                        <Switches tenant=tenant.clone() row />
                        <Domain tenant=tenant.clone() row />
                        <End tenant row />
                    </div>
                </div>
            })}
        </div>
    }
}

/// Puts a changed tenant where the page shows it.
fn took(row: Fetch<TenantRow>, tenant: Tenant, words: &str) {
    row.update(|row| row.tenant = tenant);
    toast::good(words);
}

/// Name, field and the limit that it is, in the order of the form.
const LIMITS: [(&str, &str); 7] = [
    ("extensions_max", "Extensions"),
    ("concurrent_calls_max", "Concurrent calls"),
    ("ring_groups_max", "Ring groups"),
    ("conference_rooms_max", "Conference rooms"),
    ("virtual_receptionists_max", "Virtual receptionists"),
    ("call_queues_max", "Call queues"),
    ("disk_megabytes_max", "Storage of sounds (MB)"),
];

fn limits_of(quota: &Quota) -> [Option<u32>; 7] {
    [
        quota.extensions_max,
        quota.concurrent_calls_max,
        quota.ring_groups_max,
        quota.conference_rooms_max,
        quota.virtual_receptionists_max,
        quota.call_queues_max,
        quota.disk_megabytes_max,
    ]
}

fn quota_of(limits: [Option<u32>; 7]) -> Quota {
    let [
        extensions_max,
        concurrent_calls_max,
        ring_groups_max,
        conference_rooms_max,
        virtual_receptionists_max,
        call_queues_max,
        disk_megabytes_max,
    ] = limits;
    Quota {
        extensions_max,
        concurrent_calls_max,
        ring_groups_max,
        conference_rooms_max,
        virtual_receptionists_max,
        call_queues_max,
        disk_megabytes_max,
    }
}

/// Reads a limit; blank is none.
fn limit(text: &str) -> Result<Option<u32>, &'static str> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| "A limit is a whole number; leave it blank for no limit."),
    }
}

#[component]
fn Limits(tenant: Tenant, row: Fetch<TenantRow>) -> impl IntoView {
    let form = Form::new();
    let values =
        limits_of(&tenant.quota).map(|limit| RwSignal::new(limit.map(|max| max.to_string()).unwrap_or_default()));
    let submit = move |()| {
        let mut problems = Vec::new();
        let mut read = [None; 7];
        for ((slot, value), (field, _)) in read.iter_mut().zip(values).zip(LIMITS) {
            match limit(&value.get_untracked()) {
                Ok(max) => *slot = max,
                Err(reason) => problems.push(shared::problem::FieldProblem::new(field, reason)),
            }
        }
        let operation = UpdateTenant { quota: Some(quota_of(read)), ..UpdateTenant::new(tenant.id) };
        form.send(problems, operation, move |tenant| took(row, tenant, "The limits hold from now on."));
    };
    let fields = LIMITS.into_iter().zip(values).map(move |((name, label), value)| {
        view! { <Field name label value form inputmode="numeric" placeholder="No limit" /> }
    });
    view! {
        <Card title="Limits" testid="quota">
            <FormView
                form
                fields=&["extensions_max", "concurrent_calls_max", "ring_groups_max", "conference_rooms_max", "virtual_receptionists_max", "call_queues_max", "disk_megabytes_max"]
                submit
            >
                <div class="form-row">{fields.collect_view()}</div>
                <p class="hint">"Blank is no limit, zero is none at all. A limit below what is in use only stops growth."</p>
                <div><Button label="Save limits" submit=true busy=form.busy testid="save-quota" /></div>
            </FormView>
        </Card>
    }
}

#[component]
fn Profile(tenant: Tenant, row: Fetch<TenantRow>) -> impl IntoView {
    let form = Form::new();
    let id = tenant.id;
    let (name, time_zone, currency) =
        (RwSignal::new(tenant.name), RwSignal::new(tenant.time_zone), RwSignal::new(tenant.currency));
    let submit = move |()| {
        let operation = UpdateTenant {
            name: Some(name.get_untracked().trim().to_owned()),
            time_zone: filled(time_zone.get_untracked()),
            currency: filled(currency.get_untracked()).map(|currency| currency.to_uppercase()),
            ..UpdateTenant::new(id)
        };
        form.send(operation.check(), operation, move |tenant| took(row, tenant, "The profile was saved."));
    };
    view! {
        <Card title="Profile">
            <FormView form fields=&["name", "time_zone", "currency"] submit>
                <Field name="name" label="Company" value=name form />
                <div class="form-row">
                    <Field name="time_zone" label="Time zone" value=time_zone form hint="Such as Europe/Berlin." />
                    <Field name="currency" label="Currency" value=currency form hint="Three letters, such as EUR." />
                </div>
                <div><Button label="Save profile" submit=true busy=form.busy testid="save-profile" /></div>
            </FormView>
        </Card>
    }
}

#[component]
fn Switches(tenant: Tenant, row: Fetch<TenantRow>) -> impl IntoView {
    let (id, options) = (tenant.id, tenant.options);
    let save = Callback::new(move |options: TenantOptions| {
        spawn_local(async move {
            match api::call(UpdateTenant { options: Some(options), ..UpdateTenant::new(id) }).await {
                Ok(tenant) => took(row, tenant, "The switch was set."),
                Err(problem) => {
                    toast::bad(problem.title);
                    row.reload();
                }
            }
        });
    });
    view! {
        <Card title="Switches">
            <OptionSwitches options save />
        </Card>
    }
}

#[component]
fn Domain(tenant: Tenant, row: Fetch<TenantRow>) -> impl IntoView {
    let open = RwSignal::new(false);
    let (id, domain) = (tenant.id, StoredValue::new(tenant.domain));
    view! {
        <Card title="SIP domain">
            <p class="wrap-anywhere mb-3"><code>{domain.get_value()}</code></p>
            <Button label="Change domain" testid="change-domain" press=move |()| open.set(true) />
        </Card>
        <Dialog open title="Change the SIP domain">
            <DomainForm id domain=domain.get_value() open row />
        </Dialog>
    }
}

#[component]
fn DomainForm(id: TenantId, domain: String, open: RwSignal<bool>, row: Fetch<TenantRow>) -> impl IntoView {
    let form = Form::new();
    let value = RwSignal::new(domain);
    // TRN-01: what the change costs, in numbers.
    let online = row.map(|row| row.extensions_online).unwrap_or_default();
    let warning = format!(
        "Every device of this tenant is signed off and must be given the new domain; {online} of its extensions are online now. \
         Browser phones follow by themselves."
    );
    let submit = move |()| {
        let fresh = value.get_untracked().trim().to_lowercase();
        let operation = UpdateTenant { domain: Some(fresh), ..UpdateTenant::new(id) };
        form.send(operation.check(), operation, move |tenant| {
            open.set(false);
            took(row, tenant, "The domain was changed.");
        });
    };
    view! {
        <FormView form fields=&["domain"] submit>
            <Notice kind=Kind::Warn text=warning />
            <Field name="domain" label="New domain" value form autofocus=true inputmode="url" />
            <FormFoot open form label="Change domain" look=Look::Danger />
        </FormView>
    }
}

#[component]
fn End(tenant: Tenant, row: Fetch<TenantRow>) -> impl IntoView {
    let (suspending, deleting, busy) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let (id, enabled) = (tenant.id, tenant.enabled);
    let name = StoredValue::new(tenant.name);
    let set_enabled = move |on: bool| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(UpdateTenant { enabled: Some(on), ..UpdateTenant::new(id) }).await;
            busy.try_set(false);
            suspending.try_set(false);
            match answer {
                Ok(tenant) if on => took(row, tenant, "The tenant is enabled again."),
                Ok(tenant) => took(row, tenant, "The tenant is suspended."),
                Err(problem) => toast::bad(problem.title),
            }
        });
    };
    view! {
        <Card title="Suspend or delete">
            <div class="flex flex-wrap gap-2">
                {match enabled {
                    true => view! { <Button label="Suspend" icon=Glyph::Power testid="suspend" press=move |()| suspending.set(true) /> },
                    false => view! { <Button label="Enable" icon=Glyph::Power testid="enable" busy press=move |()| set_enabled(true) /> },
                }}
                <Button label="Delete" icon=Glyph::Trash look=Look::DangerQuiet testid="delete" press=move |()| deleting.set(true) />
            </div>
        </Card>
        <Confirm
            open=suspending
            title=format!("Suspend {}?", name.get_value())
            text="Nobody of this tenant can sign in, register a device or make a call until it is enabled again. Nothing is lost."
            action="Suspend"
            busy
            confirm=move |()| set_enabled(false)
        />
        <Dialog open=deleting title=format!("Delete {}?", name.get_value())>
            <DeleteForm id name=name.get_value() open=deleting />
        </Dialog>
    }
}

#[component]
fn DeleteForm(id: TenantId, name: String, open: RwSignal<bool>) -> impl IntoView {
    let form = Form::new();
    let typed = RwSignal::new(String::new());
    let navigate = use_navigate();
    let expected = name.clone();
    let differs = Signal::derive(move || typed.get().trim() != expected);
    let submit = Callback::new(move |()| {
        let navigate = navigate.clone();
        if differs.get_untracked() {
            return;
        }
        let operation = DeleteTenant { tenant_id: id, confirm_name: typed.get_untracked().trim().to_owned() };
        form.send(Vec::new(), operation, move |()| {
            open.set(false);
            toast::good("The tenant was deleted.");
            navigate(&Place::AdminTenants.path(), Default::default());
        });
    });
    view! {
        <FormView form fields=&["confirm_name"] submit>
            <Notice kind=Kind::Bad text="Its extensions, accounts and call records are deleted for good. This cannot be taken back." />
            <Field name="confirm_name" label=format!("Type “{name}” to confirm") value=typed form autofocus=true />
            <FormFoot open form label="Delete for good" look=Look::Danger disabled=differs />
        </FormView>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: T-04
    #[test]
    fn a_blank_limit_is_none_and_zero_is_zero() {
        assert_eq!(limit(" "), Ok(None));
        assert_eq!(limit("0"), Ok(Some(0)));
        assert_eq!(limit(" 20 "), Ok(Some(20)));
        assert!(limit("-1").is_err());
        assert!(limit("ten").is_err());
    }

    #[test]
    fn a_quota_survives_its_form() {
        let quota = Quota { call_queues_max: None, ring_groups_max: Some(0), ..Quota::default() };
        assert_eq!(quota_of(limits_of(&quota)), quota);
    }
}
