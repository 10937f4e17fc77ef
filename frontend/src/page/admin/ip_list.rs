//! The IP list: who is blocked and why, who is let pass, and one click from the one to the other (IPB-01…IPB-05, SEC-06).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::IpEntryId;
use shared::fact::Fact;
use shared::ip_list::{
    CreateIpEntry, DeleteIpEntry, Evidence, IpAction, IpEntry, IpOrigin, ListIpEntries, UpdateIpEntry,
};
use shared::ip_range::IpRange;

use super::system::SystemTabs;
use crate::live::{self, Event};
use crate::page::Head;
use crate::page::filter::bound;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::card::grouped;
use crate::ui::dialog::{Confirm, Dialog, FormFoot};
use crate::ui::field::{Field, Search, Select, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::table::{Column, Nothing, Table};
use crate::{api, ui::toast};

/// What is being done to an entry.
#[derive(Clone, Copy)]
struct Work {
    listing: Listing<IpEntry>,
    chosen: RwSignal<Option<IpEntry>>,
    explaining: RwSignal<bool>,
    removing: RwSignal<bool>,
    busy: RwSignal<bool>,
}

#[component]
pub fn IpListPage() -> impl IntoView {
    let (search, action) = (bound("search"), bound("action"));
    let listing = Listing::new(
        move || ListIpEntries {
            search: filled(search.get()),
            action: action.with(|action| action_of(action)),
            ..Default::default()
        },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(None) => listing.reload(),
        Event::Fact(fact) if matches!(fact.fact, Fact::AddressBlocked { .. }) => listing.reload(),
        Event::Fact(_) | Event::Changed(Some(_)) => {}
    });
    let work = Work {
        listing,
        chosen: RwSignal::new(None),
        explaining: RwSignal::new(false),
        removing: RwSignal::new(false),
        busy: RwSignal::new(false),
    };
    let adding = RwSignal::new(false);
    let nothing = Signal::derive(move || match search.with(String::is_empty) && action.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Shield,
            title: "Nobody is blocked",
            text: "Whoever passes a limit of the page Security stands here within a second, with what was seen of them.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another address or word." },
    });
    let choices = [("", "Blocked and allowed"), ("block", "Blocked"), ("allow", "Allowed")];
    let choices = choices.into_iter().map(|(key, word)| (key.to_owned(), word.to_owned())).collect();
    let tools = view! {
        <Button label="Add entry" icon=Glyph::Plus look=Look::Primary testid="add-entry" press=move |()| adding.set(true) />
    };
    let reload = Callback::new(move |()| listing.reload());
    view! {
        <div class="page">
            <Head
                title="IP list"
                text="It holds at once for phones, portals and the API. Blocked packets are dropped without an answer. It does not take the place of a firewall."
                tools=tools.into_any()
            />
            <SystemTabs />
            <section class="card" aria-label="IP list">
                <div class="filters">
                    <Search value=search label="Search address, note or evidence" />
                    <Select name="action" label="Kind" value=action options=choices small=true />
                </div>
                <Table listing columns=columns(work) label="IP list" nothing />
            </section>
        </div>
        <Dialog open=adding title="Add entry">
            <AddForm open=adding done=reload />
        </Dialog>
        <Questions work />
    }
}

fn action_of(word: &str) -> Option<IpAction> {
    match word {
        "allow" => Some(IpAction::Allow),
        "block" => Some(IpAction::Block),
        _ => None,
    }
}

fn columns(work: Work) -> Vec<Column<IpEntry>> {
    vec![
        Column::new("Address", |row: &IpEntry| {
            let (allowed, network) = (row.action == IpAction::Allow, row.network.to_string());
            let badge = match allowed {
                true => view! { <Badge tone=Tone::Good text="Allowed" /> },
                false => view! { <Badge tone=Tone::Bad text="Blocked" /> },
            };
            let range =
                (row.network.prefix() != IpRange::of(row.network.first()).prefix()).then(|| row.network.words());
            view! {
                <span class="flex flex-wrap items-center gap-2" data-testid="entry" data-network=network.clone()>
                    <span class="cell-clip font-medium figures">{network.clone()}</span>
                    {badge}
                </span>
                {range.map(|range| view! { <span class="cell-sub figures">{range}</span> })}
                <span class="cell-sub phone-only">{row.expires_at.map(|_| "until ")}{ends(row)}</span>
            }
            .into_any()
        }),
        Column::new("Why", move |row: &IpEntry| why(row, work)).medium(),
        Column::new("Until", |row: &IpEntry| {
            view! { <span class="whitespace-nowrap text-soft">{ends(row)}</span> }.into_any()
        })
        .medium(),
        Column::new("Packets", |row: &IpEntry| {
            view! { <span title="Since the process has started">{grouped(row.hits)}</span> }.into_any()
        })
        .wide()
        .end(),
        Column::new("", move |row: &IpEntry| actions(row, work)),
    ]
}

fn ends(row: &IpEntry) -> String {
    row.expires_at.map_or_else(|| "for ever".to_owned(), |at| time::show(at, Style::Short))
}

/// What somebody wrote, or what was seen: a press shows all of it.
fn why(row: &IpEntry, work: Work) -> AnyView {
    let note =
        (!row.description.is_empty()).then(|| view! { <span class="block cell-clip">{row.description.clone()}</span> });
    let Some(evidence) = &row.evidence else {
        let by_hand = row.description.is_empty().then(|| view! { <span class="text-faint">"Entered by hand"</span> });
        return view! { {note} {by_hand} }.into_any();
    };
    let item = row.clone();
    let show = move |_| {
        work.chosen.set(Some(item.clone()));
        work.explaining.set(true);
    };
    let seen = evidence.user_agents.first().or(evidence.users.first()).cloned();
    view! {
        {note}
        <button type="button" class="link line-clamp-2 text-left" data-testid="evidence" on:click=show>
            {evidence.sentence()}
        </button>
        {seen.map(|seen| view! { <span class="cell-sub cell-clip">{seen}</span> })}
    }
    .into_any()
}

fn actions(row: &IpEntry, work: Work) -> AnyView {
    let id = row.id;
    let other = match row.action {
        IpAction::Block => IpAction::Allow,
        IpAction::Allow => IpAction::Block,
    };
    let turn = (row.action == IpAction::Block).then(|| {
        view! { <Button label="Allow" small=true testid="allow" press=move |()| change(id, other, work.listing) /> }
    });
    let (item, shown) = (row.clone(), row.clone());
    let lifted = if row.action == IpAction::Block { "Unblock" } else { "Remove" };
    let remove = move |()| {
        work.chosen.set(Some(item.clone()));
        work.removing.set(true);
    };
    let evidence = row.evidence.is_some().then(|| {
        let show = move |()| {
            work.chosen.set(Some(shown.clone()));
            work.explaining.set(true);
        };
        view! { <MenuItem glyph=Glyph::Info label="What was seen" testid="menu-evidence" press=show /> }
    });
    let back = (row.action == IpAction::Allow).then(|| {
        view! { <MenuItem glyph=Glyph::Shield label="Block" testid="menu-block" press=move |()| change(id, other, work.listing) /> }
    });
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    view! {
        <span class="flex items-center justify-end gap-1.5">
            {turn}
            <Menu label=format!("More for {}", row.network) testid="row-menu" face>
                {evidence}
                {back}
                <MenuItem glyph=Glyph::Trash label=lifted bad=true testid="menu-remove" press=remove />
            </Menu>
        </span>
    }
    .into_any()
}

/// One click (SEC-06).
fn change(ip_entry_id: IpEntryId, action: IpAction, listing: Listing<IpEntry>) {
    spawn_local(async move {
        let operation = UpdateIpEntry { action: Some(action), ..UpdateIpEntry::of(ip_entry_id) };
        match api::call(operation).await {
            Ok(entry) if action == IpAction::Allow => toast::good(format!("{} is allowed from now on.", entry.network)),
            Ok(entry) => toast::good(format!("{} is blocked from now on.", entry.network)),
            Err(problem) => toast::refused(problem),
        }
        listing.reload();
    });
}

#[component]
fn Questions(work: Work) -> impl IntoView {
    let Work { listing, chosen, explaining, removing, busy } = work;
    let remove = move |()| {
        let Some(entry) = chosen.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(DeleteIpEntry { ip_entry_id: entry.id }).await;
            busy.try_set(false);
            removing.try_set(false);
            match answer {
                Ok(()) => toast::good(format!("The entry for {} is gone.", entry.network)),
                Err(problem) => toast::bad(problem.title),
            }
            listing.reload();
        });
    };
    let blocks = move || chosen.with(|entry| entry.as_ref().is_some_and(|entry| entry.action == IpAction::Block));
    let network =
        move || chosen.with(|entry| entry.as_ref().map(|entry| entry.network.to_string())).unwrap_or_default();
    let title =
        Signal::derive(
            move || {
                if blocks() { format!("Unblock {}?", network()) } else { format!("Remove {}?", network()) }
            },
        );
    let text = Signal::derive(move || match blocks() {
        true => "Whoever passes a limit again is blocked again. To keep them out of it for good, choose Allow.",
        false => "The limits hold for this address again.",
    });
    let text = Signal::derive(move || text.get().to_owned());
    let action = Signal::derive(move || if blocks() { "Unblock" } else { "Remove" }.to_owned());
    view! {
        <Confirm open=removing title text action busy confirm=remove />
        <Dialog open=explaining title=Signal::derive(move || format!("What was seen of {}", network())) wide=true>
            {move || chosen.get().and_then(|entry| Some(seen(entry.evidence.clone()?, &entry)))}
        </Dialog>
    }
}

fn seen(evidence: Evidence, entry: &IpEntry) -> impl IntoView + use<> {
    let sentence = evidence.sentence();
    let Evidence { user_agents, users, methods, .. } = evidence;
    let list = |texts: Vec<String>| if texts.is_empty() { "–".to_owned() } else { texts.join(", ") };
    let origin = if entry.origin == IpOrigin::Automatic { "Blocked" } else { "Entered" };
    view! {
        <dl class="facts" data-testid="seen">
            <div><dt>"Why"</dt><dd>{sentence}</dd></div>
            <div><dt>{origin}</dt><dd>{time::show(entry.created_at, Style::Full)}</dd></div>
            <div><dt>"Until"</dt><dd>{ends(entry)}</dd></div>
            <div><dt>"Packets since"</dt><dd class="figures">{grouped(entry.hits)}</dd></div>
            <div><dt>"They call themselves"</dt><dd class="break-words">{list(user_agents)}</dd></div>
            <div><dt>"Users tried"</dt><dd class="break-words">{list(users)}</dd></div>
            <div><dt>"Methods"</dt><dd>{list(methods)}</dd></div>
        </dl>
    }
}

/// For how long an entry holds: value, word, seconds.
const TIMES: [(&str, &str, u64); 4] = [
    ("", "For ever", 0),
    ("hour", "For an hour", 3_600),
    ("day", "For a day", 86_400),
    ("month", "For 30 days", 2_592_000),
];

#[component]
fn AddForm(open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let (address, mask) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (description, action) = (RwSignal::new(String::new()), RwSignal::new("block".to_owned()));
    let (lasts, confirmed) = (RwSignal::new(String::new()), RwSignal::new(false));
    // Asked for only when the server has a reason to.
    let doubt = Memo::new(move |_| form.problem("confirmed"));
    let asked = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if let Some(reason) = doubt.get() {
            asked.set(Some(reason));
        }
    });
    let range = Signal::derive(move || match address.with(|address| address.trim().is_empty()) {
        true => "The range is shown here while you type.".to_owned(),
        false => match address.with(|address| mask.with(|mask| IpRange::read(address, mask))) {
            Ok(network) => network.words(),
            Err(problem) => problem.reason,
        },
    });
    let submit = move |()| {
        let seconds =
            lasts.with_untracked(|chosen| TIMES.iter().find(|(key, ..)| key == chosen).map_or(0, |one| one.2));
        let operation = CreateIpEntry {
            address: address.get_untracked(),
            mask: mask.get_untracked(),
            action: action.with_untracked(|action| action_of(action)).unwrap_or_default(),
            description: description.get_untracked(),
            expires_at: (seconds > 0).then(|| time::now() + std::time::Duration::from_secs(seconds)),
            confirmed: confirmed.get_untracked(),
        };
        form.send(operation.check(), operation, move |entry| {
            done.run(());
            open.set(false);
            toast::good(format!("The entry for {} holds from now on.", entry.network));
        });
    };
    let actions = vec![("block".to_owned(), "Block".to_owned()), ("allow".to_owned(), "Allow".to_owned())];
    let times = TIMES.iter().map(|(key, word, _)| ((*key).to_owned(), (*word).to_owned())).collect();
    view! {
        <FormView form fields=vec!["address", "mask", "description", "confirmed", "expires_at"] submit>
            <Select name="action" label="Kind" value=action options=actions />
            <Field name="address" label="Address" value=address form autofocus=true placeholder="41.202.160.2 or 2001:db8::" />
            <Field name="mask" label="Mask or prefix length" value=mask form optional=true placeholder="255.255.0.0 or 16"
                hint="Without it the entry is for the one address." />
            <p class="text-sm text-soft figures" role="status" data-testid="range">{move || range.get()}</p>
            <Select name="lasts" label="How long" value=lasts options=times />
            <Field name="description" label="Note" value=description form optional=true placeholder="Why, for whoever reads the list" />
            {move || asked.get().map(|reason| view! {
                <Switch name="confirmed" label="Block it all the same" hint=reason on=confirmed change=move |on| confirmed.set(on) />
            })}
            <FormFoot open form label="Add" />
        </FormView>
    }
}
