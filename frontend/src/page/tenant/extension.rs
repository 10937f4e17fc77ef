//! The tenant's extensions: the list and what can be done to each.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::extension::{
    DeleteExtension, ExportExtensions, ExtensionRow, ExtensionSort, Invitation, InviteExtension, ListExtensions,
    ResetSipSecret, SipAccount, UpdateExtension,
};
use shared::fact::Fact;

use super::direct_number::DirectNumberDialog;
use super::extension_form::{CreateDialog, EditDialog, ManyDialog};
use super::extension_import::ImportDialog;
use super::forwarding::ForwardingDialog;
use super::mailbox::MailboxDialog;
use super::phone::extension::PhonesDialog;
use super::phone_key::PhoneKeysDialog;
use crate::live::{self, Event};
use crate::page::Head;
use crate::page::balance::BalanceDialog;
use crate::page::filter::{bound, opened_by};
use crate::page::personal::PersonalDialog;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::copy::Once;
use crate::ui::dialog::{Confirm, Dialog};
use crate::ui::field::{Search, Select, filled};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::{Listing, Sorting};
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::table::{Column, Nothing, Table};
use crate::{api, ui::toast};

/// What is being done to the extension that was chosen.
#[derive(Clone, Copy)]
struct Work {
    chosen: RwSignal<Option<ExtensionRow>>,
    editing: RwSignal<bool>,
    deleting: RwSignal<bool>,
    forwarding: RwSignal<bool>,
    mailbox: RwSignal<bool>,
    numbering: RwSignal<bool>,
    phones: RwSignal<bool>,
    keys: RwSignal<bool>,
    paying: RwSignal<bool>,
    describing: RwSignal<bool>,
    resetting: RwSignal<bool>,
    shown: RwSignal<Option<Shown>>,
    showing: RwSignal<bool>,
    busy: RwSignal<bool>,
    listing: Listing<ExtensionRow>,
}

/// What is shown once.
#[derive(Clone)]
enum Shown {
    Secret(SipAccount),
    Link(Invitation),
}

#[component]
pub fn ExtensionsPage() -> impl IntoView {
    let (search, status) = (bound("search"), bound("status"));
    let sorting = Sorting::by("number");
    let (creating, importing, many) = (opened_by("new"), opened_by("import"), RwSignal::new(false));
    let listing = Listing::new(
        move || ListExtensions {
            search: filled(search.get()),
            enabled: status.with(|status| match status.as_str() {
                "on" => Some(true),
                "off" => Some(false),
                _ => None,
            }),
            sort: match sorting.key.get() {
                "name" => ExtensionSort::Name,
                "created" => ExtensionSort::CreatedAt,
                _ => ExtensionSort::Number,
            },
            direction: sorting.direction.get(),
            ..Default::default()
        },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(_) => listing.reload(),
        Event::Fact(fact) if matches!(fact.fact, Fact::Registered { .. } | Fact::Unregistered { .. }) => {
            listing.reload()
        }
        Event::Fact(_) => {}
    });
    let work = Work {
        chosen: RwSignal::new(None),
        editing: RwSignal::new(false),
        deleting: RwSignal::new(false),
        forwarding: RwSignal::new(false),
        mailbox: RwSignal::new(false),
        numbering: RwSignal::new(false),
        phones: RwSignal::new(false),
        keys: RwSignal::new(false),
        paying: RwSignal::new(false),
        describing: RwSignal::new(false),
        resetting: RwSignal::new(false),
        shown: RwSignal::new(None),
        showing: RwSignal::new(false),
        busy: RwSignal::new(false),
        listing,
    };
    let nothing = Signal::derive(move || match search.with(String::is_empty) && status.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::People,
            title: "No extension yet",
            text: "An extension is a person's number. Create one, many at once, or import a CSV file.",
        },
        false => Nothing { glyph: Glyph::Search, title: "No extension matches", text: "Try another number or name." },
    });
    let choices = [("", "Any status"), ("on", "On"), ("off", "Off")];
    let choices = choices.into_iter().map(|(key, word)| (key.to_owned(), word.to_owned())).collect();
    let reload = Callback::new(move |()| listing.reload());
    view! {
        <div class="page">
            <Head title="Extensions" text="People and their numbers." tools=tools(creating, importing, many, search) />
            <section class="card" aria-label="Extensions">
                <div class="filters">
                    <Search value=search label="Search number, name or e-mail" />
                    <Select name="status" label="Status" value=status options=choices small=true />
                </div>
                <Table listing columns=columns(work) label="Extensions" nothing sorting />
            </section>
        </div>
        <CreateDialog open=creating done=reload />
        <ManyDialog open=many done=reload />
        <ImportDialog open=importing done=reload />
        <EditDialog open=work.editing chosen=work.chosen done=reload />
        <DirectNumberDialog open=work.numbering chosen=work.chosen />
        <PersonalDialog open=work.describing chosen=work.chosen />
        <BalanceDialog open=work.paying chosen=work.chosen />
        <ForwardingDialog open=work.forwarding chosen=work.chosen />
        <MailboxDialog open=work.mailbox chosen=work.chosen />
        <PhonesDialog open=work.phones chosen=work.chosen />
        <PhoneKeysDialog open=work.keys chosen=work.chosen />
        <Questions work />
    }
}

fn tools(
    creating: RwSignal<bool>,
    importing: RwSignal<bool>,
    many: RwSignal<bool>,
    search: RwSignal<String>,
) -> AnyView {
    let export = move |()| {
        let operation = ExportExtensions { search: filled(search.get_untracked()) };
        spawn_local(async move {
            if let Err(problem) = api::save(operation).await {
                toast::bad(problem.title);
            }
        });
    };
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    view! {
        <Menu label="More" class="button button-secondary px-2.5!" testid="extensions-more" face>
            <MenuItem glyph=Glyph::People label="Create many" testid="create-many" press=move |()| many.set(true) />
            <MenuItem glyph=Glyph::Upload label="Import CSV" testid="import-extensions" press=move |()| importing.set(true) />
            <MenuItem glyph=Glyph::Download label="Export CSV" testid="export-extensions" press=export />
        </Menu>
        <Button label="New extension" icon=Glyph::Plus look=Look::Primary testid="create-extension" press=move |()| creating.set(true) />
    }
    .into_any()
}

fn columns(work: Work) -> Vec<Column<ExtensionRow>> {
    vec![
        Column::new("Number", |row: &ExtensionRow| {
            view! { <span class="font-semibold figures">{row.extension.number.clone()}</span> }.into_any()
        })
        .medium()
        .sort("number"),
        Column::new("Name", move |row: &ExtensionRow| {
            let (item, name) = (row.clone(), row.extension.name.clone());
            let (number, email) = (row.extension.number.clone(), row.extension.email.clone());
            view! {
                <button type="button" class="row-link block cell-clip text-left" data-testid="edit" on:click=move |_| {
                    work.chosen.set(Some(item.clone()));
                    work.editing.set(true);
                }>{name}</button>
                <span class="cell-sub cell-clip">
                    <span class="phone-only figures">{number}" "</span>
                    {email}
                </span>
            }
            .into_any()
        })
        .sort("name"),
        Column::new("Status", |row: &ExtensionRow| status(row).into_any()),
        Column::new("Portal", |row: &ExtensionRow| match row.can_sign_in {
            true => view! { <span class="text-soft">"Can sign in"</span> }.into_any(),
            false => view! { <span class="text-faint">"No account"</span> }.into_any(),
        })
        .wide(),
        Column::new("Created", |row: &ExtensionRow| {
            view! { <span class="whitespace-nowrap text-soft">{time::show(row.extension.created_at, Style::Day)}</span> }
                .into_any()
        })
        .wide()
        .sort("created"),
        Column::new("", move |row: &ExtensionRow| row_menu(work, row.clone())),
    ]
}

fn status(row: &ExtensionRow) -> impl IntoView {
    let (tone, text) = match (row.extension.enabled, row.devices) {
        (false, _) => (Tone::Bad, "Off".to_owned()),
        (true, 0) => (Tone::Plain, "Offline".to_owned()),
        (true, 1) => (Tone::Good, "Online".to_owned()),
        (true, devices) => (Tone::Good, format!("Online ({devices})")),
    };
    view! { <Badge tone dot=true text /> }
}

fn row_menu(work: Work, row: ExtensionRow) -> AnyView {
    let (id, enabled, has_email) = (row.extension.id, row.extension.enabled, row.extension.email.is_some());
    let label = format!("Actions for {}", row.extension.number);
    let row = StoredValue::new(row);
    let choose = move |what: RwSignal<bool>| {
        work.chosen.set(Some(row.get_value()));
        what.set(true);
    };
    let switch = move |()| {
        spawn_local(async move {
            match api::call(UpdateExtension { enabled: Some(!enabled), ..UpdateExtension::new(id) }).await {
                Ok(extension) => {
                    toast::good(format!("{} is switched {}.", extension.number, if enabled { "off" } else { "on" }));
                    work.listing.reload();
                }
                Err(problem) => toast::bad(problem.title),
            }
        });
    };
    let invite = move |()| {
        spawn_local(async move {
            match api::call(InviteExtension { extension_id: id }).await {
                Ok(link) => {
                    work.shown.set(Some(Shown::Link(link)));
                    work.showing.set(true);
                }
                Err(problem) => toast::bad(problem.title),
            }
        });
    };
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    view! {
        <span class="row-tools">
            <Menu label testid="row-menu" face>
                <MenuItem glyph=Glyph::Pencil label="Edit" testid="menu-edit" press=move |()| choose(work.editing) />
                <MenuItem glyph=Glyph::ArrowIn label="Direct number" testid="menu-direct" press=move |()| choose(work.numbering) />
                <MenuItem glyph=Glyph::ArrowOut label="Forwarding" testid="menu-forwarding" press=move |()| choose(work.forwarding) />
                <MenuItem glyph=Glyph::Voicemail label="Mailbox" testid="menu-mailbox" press=move |()| choose(work.mailbox) />
                <MenuItem glyph=Glyph::Device label="Phones" testid="menu-phones" press=move |()| choose(work.phones) />
                <MenuItem glyph=Glyph::List label="Phone keys" testid="menu-keys" press=move |()| choose(work.keys) />
                <MenuItem glyph=Glyph::People label="About the person" testid="menu-personal" press=move |()| choose(work.describing) />
                <MenuItem glyph=Glyph::Wallet label="Balance" testid="menu-balance" press=move |()| choose(work.paying) />
                <MenuItem glyph=Glyph::Key label="New SIP secret" testid="menu-secret" press=move |()| choose(work.resetting) />
                {has_email.then(|| view! {
                    <MenuItem glyph=Glyph::Link label="Invitation link" testid="menu-invite" press=invite />
                })}
                <MenuItem
                    glyph=Glyph::Power
                    label=if enabled { "Switch off" } else { "Switch on" }
                    testid="menu-switch"
                    press=switch
                />
                <div class="menu-line"></div>
                <MenuItem glyph=Glyph::Trash label="Delete" bad=true testid="menu-delete" press=move |()| choose(work.deleting) />
            </Menu>
        </span>
    }
    .into_any()
}

/// The dialogs that ask before, and show what came after.
#[component]
fn Questions(work: Work) -> impl IntoView {
    let Work { chosen, deleting, resetting, shown, showing, busy, listing, .. } = work;
    let named = move |verb: &'static str| {
        Signal::derive(move || {
            chosen.with(|row| row.as_ref().map(|row| format!("{verb} {}?", row.extension.number)).unwrap_or_default())
        })
    };
    let delete = move |()| {
        let Some(row) = chosen.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(DeleteExtension { extension_id: row.extension.id }).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    deleting.set(false);
                    toast::good(format!("{} was deleted.", row.extension.number));
                    listing.remove(|known| known.extension.id == row.extension.id);
                }
                Err(problem) => toast::refused(problem),
            }
        });
    };
    let reset = move |()| {
        let Some(row) = chosen.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(ResetSipSecret { extension_id: row.extension.id }).await;
            busy.try_set(false);
            match answer {
                Ok(account) => {
                    resetting.set(false);
                    shown.set(Some(Shown::Secret(account)));
                    showing.set(true);
                }
                Err(problem) => toast::bad(problem.title),
            }
        });
    };
    let title = Signal::derive(move || match shown.get() {
        Some(Shown::Link(_)) => "Invitation link".to_owned(),
        _ => "SIP account".to_owned(),
    });
    view! {
        <Confirm
            open=deleting
            title=named("Delete")
            text="The person loses the number, the account of the portal and every registered device. Call records stay."
            action="Delete"
            busy
            confirm=delete
        />
        <Confirm
            open=resetting
            title=named("Make a new SIP secret for")
            text="Desk phones with the old secret are refused from then on and must be given the new one; those that are configured from here fetch it by themselves. Browser phones are not touched."
            action="Make new secret"
            busy
            confirm=reset
        />
        <Dialog open=showing title>
            {move || shown.get().map(|shown| match shown {
                Shown::Secret(account) => account_rows(account).into_any(),
                Shown::Link(Invitation { link, expires_at }) => {
                    let warning = format!("It signs in once, until {}. Whoever has it is that person.", time::show(expires_at, Style::Full));
                    view! { <Once warning rows=vec![("Invitation", link)] /> }.into_any()
                }
            })}
            <div class="dialog-foot">
                <Button label="Done" look=Look::Primary testid="done" press=move |()| showing.set(false) />
            </div>
        </Dialog>
    }
}

/// What a desk phone is given; shown once.
pub fn account_rows(account: SipAccount) -> impl IntoView {
    let SipAccount { user, secret, domain } = account;
    view! {
        <Once
            warning="The secret is shown only here. Copy it into the phone, or make a new one later."
            rows=vec![("User", user), ("Secret", secret), ("Domain", domain)]
        />
    }
}
