//! The transports that SIP listens on: their true state, added and removed while calls run (TRN-02…TRN-05, TRN-09).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::problem::FieldProblem;
use shared::transport::{CreateTransport, DeleteTransport, ListTransports, Protocol, TransportRow};

use super::system::SystemTabs;
use crate::api;
use crate::page::Head;
use crate::place::Place;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, IconButton, Look};
use crate::ui::card::Card;
use crate::ui::dialog::{Confirm, Dialog, FormFoot};
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Select};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

#[component]
pub fn TransportsPage() -> impl IntoView {
    let rows = Fetch::new(ListTransports::default);
    let (adding, doomed, busy) = (RwSignal::new(false), RwSignal::new(None::<TransportRow>), RwSignal::new(false));
    let removing = RwSignal::new(false);
    let ask = Callback::new(move |row: TransportRow| {
        doomed.set(Some(row));
        removing.set(true);
    });
    let remove = move |()| {
        let Some(transport_id) = doomed.get_untracked().and_then(|row| row.id) else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(DeleteTransport { transport_id }).await;
            busy.try_set(false);
            removing.try_set(false);
            match answer {
                Ok(()) => toast::good("The transport was removed."),
                Err(problem) => toast::bad(problem.title),
            }
            rows.reload();
        });
    };
    let title = Signal::derive(move || doomed.get().map_or_else(String::new, |row| format!("Remove {}?", name(&row))));
    let tools = view! {
        <span class="flex gap-2">
            <Button label="Refresh" testid="refresh" press=move |()| rows.reload() />
            <Button label="Add transport" icon=Glyph::Plus look=Look::Primary testid="add-transport" press=move |()| adding.set(true) />
        </span>
    };
    view! {
        <div class="page">
            <Head title="Transports" text="Where phones reach this installation. A change holds at once; calls go on." tools=tools.into_any() />
            <SystemTabs />
            {rows.failure()}
            <Card title="SIP listens on" flush=true>
                {move || match rows.get() {
                    None => rows.skeleton("card-body", "h-24"),
                    Some(rows) => view! {
                        <ul class="divide-y divide-line pb-1" data-testid="transports">
                            {rows.into_iter().map(|row| line(row, ask)).collect_view()}
                        </ul>
                    }
                    .into_any(),
                }}
            </Card>
            <Card title="SIP domains">
                <p class="text-soft">
                    "Each tenant has a SIP domain of its own; it is changed on the page of the "
                    <a class="link" href=Place::AdminTenants.path()>"tenant"</a> "."
                </p>
            </Card>
        </div>
        <Dialog open=adding title="Add transport">
            <AddForm open=adding rows />
        </Dialog>
        <Confirm open=removing title text=Signal::derive(move || doomed.get().as_ref().map(consequence).unwrap_or_default()) action="Remove" busy confirm=remove />
    }
}

fn name(row: &TransportRow) -> String {
    format!("{} on port {}", row.protocol.word(), row.port)
}

/// What removing costs (TRN-05).
fn consequence(row: &TransportRow) -> String {
    match row.devices {
        0 => "No device is connected by it.".to_owned(),
        1 => "One device is connected by it and is cut off. It has to come back another way.".to_owned(),
        many => format!("{many} devices are connected by it and are cut off. They have to come back another way."),
    }
}

fn line(row: TransportRow, remove: Callback<TransportRow>) -> impl IntoView {
    let addresses = row.addresses.iter().map(|address| match &address.failure {
        None => view! {
            <span class="flex flex-wrap items-center gap-2">
                <Badge tone=Tone::Good dot=true text="Listening" />
                <code class="text-sm">{address.address.clone()}</code>
            </span>
        }
        .into_any(),
        Some(reason) => view! {
            <span class="flex flex-wrap items-center gap-2">
                <Badge tone=Tone::Bad dot=true text="Failed" />
                <code class="text-sm">{address.address.clone()}</code>
                <span class="text-sm text-bad-ink">{reason.clone()}</span>
            </span>
        }
        .into_any(),
    });
    let addresses = addresses.collect_view();
    let devices = match row.devices {
        1 => "1 device".to_owned(),
        many => format!("{many} devices"),
    };
    let note = match row.id {
        None => "set at the start of the process".to_owned(),
        Some(_) => format!("firewall: open {}", row.firewall()),
    };
    let label = format!("Remove {}", name(&row));
    let removable = row.id.is_some().then(|| {
        let row = row.clone();
        view! { <IconButton glyph=Glyph::Trash label testid="remove-transport" press=move |()| remove.run(row.clone()) /> }
    });
    view! {
        <li class="flex items-center gap-4 px-4.5 py-3" data-testid=format!("transport-{}-{}", row.protocol.word(), row.port)>
            <span class="w-24 shrink-0">
                <span class="block font-medium">{row.protocol.word()}</span>
                <span class="block text-sm text-faint figures">{row.port}</span>
            </span>
            <span class="grid min-w-0 flex-1 gap-1">
                {addresses}
                <span class="text-sm text-faint">{format!("{devices}, {note}")}</span>
            </span>
            {removable}
        </li>
    }
}

#[component]
fn AddForm(open: RwSignal<bool>, rows: Fetch<Vec<TransportRow>>) -> impl IntoView {
    let form = Form::new();
    let protocol = RwSignal::new(Protocol::Udp.word().to_owned());
    let port = RwSignal::new(String::new());
    let added = RwSignal::new(None::<TransportRow>);
    let chosen =
        move || Protocol::ALL.into_iter().find(|known| protocol.with(|word| word == known.word())).unwrap_or_default();
    // Each protocol brings the port that is offered for it.
    Effect::new(move |_| port.set(chosen().port().to_string()));
    let submit = move |()| {
        let number = port.get_untracked().trim().parse::<u16>().unwrap_or(0);
        let operation = CreateTransport { protocol: untrack(chosen), port: number };
        let problems: Vec<FieldProblem> = operation.check();
        form.send(problems, operation, move |row| {
            rows.reload();
            added.set(Some(row));
        });
    };
    let options = Protocol::ALL.map(|known| (known.word().to_owned(), known.word().to_owned())).to_vec();
    let options = StoredValue::new(options);
    move || {
        match added.get() {
        Some(row) => view! { <Added row open /> }.into_any(),
        None => view! {
            <FormView form fields=vec!["protocol", "port"] submit>
                <Select name="protocol" label="Protocol" value=protocol options=options.get_value() />
                <Field name="port" label="Port" value=port form inputmode="numeric" hint="It must not be in use by another program of this machine." />
                {move || chosen().is_secure().then(|| view! {
                    <Notice kind=Kind::Plain text="It serves the installation's certificate, which the page Certificate replaces for all transports at once." />
                })}
                <FormFoot open form label="Add" />
            </FormView>
        }
        .into_any(),
    }
    }
}

/// What has come of it, and what a firewall has to be told (TRN-09).
#[component]
fn Added(row: TransportRow, open: RwSignal<bool>) -> impl IntoView {
    let failures: Vec<String> = row.addresses.iter().filter_map(|address| address.failure.clone()).collect();
    let said = match failures.first() {
        None => view! { <Notice kind=Kind::Good text=format!("{} listens now.", name(&row)) /> },
        Some(reason) => view! { <Notice kind=Kind::Bad text=format!("{} does not listen: {reason}", name(&row)) /> },
    };
    view! {
        <div class="grid gap-4" data-testid="added">
            {said}
            <Notice kind=Kind::Plain text=format!("If a firewall stands before this machine, open {} in it.", row.firewall()) />
        </div>
        <div class="dialog-foot"><Button label="Done" look=Look::Primary testid="done" press=move |()| open.set(false) /></div>
    }
}
