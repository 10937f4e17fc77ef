//! Outbound rules in their order: the first one that fits takes the call (OUT-01…OUT-05).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::TrunkId;
use shared::extension_group::{ExtensionGroupRow, ListExtensionGroups};
use shared::hours::Hours;
use shared::outbound_rule::{
    CreateOutboundRule, DeleteOutboundRule, ListOutboundRules, OutboundRoute, OutboundRule, OutboundSettings,
    ROUTES_MAX, UpdateOutboundRule,
};
use shared::page::PAGE_ROWS_MAX;

use super::hours::{HoursChoice, HoursField};
use super::pick::{Options, Picks, chosen_of, ids};
use super::route::{Choices, RouteTabs};
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, IconButton};
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Search, Select, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::menu::MenuItem;
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};
use crate::{api, ui::toast};

const NOUN: Noun<OutboundRule> = Noun {
    word: "rule",
    name: |row| &row.settings.name,
    removed: "Calls that it took are taken by the next rule that fits, or refused.",
    add_testid: "add-rule",
    edit_testid: "edit-rule",
};

#[component]
pub fn OutboundRulesPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListOutboundRules { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let choices = Choices::new();
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
            choices.trunks.reload();
        }
    });
    let records = Records::new(listing, NOUN);
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::ArrowOut,
            title: "No outbound rule yet",
            text: "A rule says by which trunk a number outside is called. Without one, extensions call each other only.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another name or prefix." },
    });
    view! {
        <div class="page">
            <RouteTabs tools=records.add() />
            <section class="card" aria-label="Outbound rules">
                <div class="filters"><Search value=search label="Search name or prefix" /></div>
                <Table listing columns=columns(records, listing, choices) label="Outbound rules" nothing />
            </section>
        </div>
        <RecordDialogs records wide=true remove=|rule| DeleteOutboundRule { outbound_rule_id: rule.id }
            form=move |rule| view! { <RuleForm rule choices records /> }.into_any() />
    }
}

fn columns(
    records: Records<OutboundRule>,
    listing: Listing<OutboundRule>,
    choices: Choices,
) -> Vec<Column<OutboundRule>> {
    vec![
        Column::new("#", |row: &OutboundRule| {
            view! { <span class="figures text-faint">{row.position}</span> }.into_any()
        }),
        Column::new("Rule", |row: &OutboundRule| {
            let off = row.settings.disabled;
            view! {
                <span class="flex flex-wrap items-center gap-2" data-testid="rule" data-name=row.settings.name.clone()>
                    <span class="cell-clip font-medium">{row.settings.name.clone()}</span>
                    {off.then(|| view! { <Badge text="Off" /> })}
                </span>
                <span class="cell-sub cell-clip">{criteria(&row.settings)}</span>
            }
            .into_any()
        }),
        Column::new("Ways", move |row: &OutboundRule| {
            let routes = row.settings.routes.clone();
            let line = move |route: &OutboundRoute| {
                format!("{}{}", choices.trunk_name(route.trunk_id), changed(route))
            };
            view! {
                <ol class="cell-clip">
                    {move || routes.iter().map(|route| view! { <li class="cell-clip">{line(route)}</li> }).collect_view()}
                </ol>
            }
            .into_any()
        })
        .medium(),
        Column::new("", move |row: &OutboundRule| {
            let (up, down) = (row.clone(), row.clone());
            let more = view! {
                <MenuItem glyph=Glyph::ArrowOut label="Try it earlier" testid="menu-up" press=move |()| {
                    shift(listing, &up, up.position.saturating_sub(1).max(1));
                } />
                <MenuItem glyph=Glyph::ArrowDown label="Try it later" testid="menu-down" press=move |()| {
                    shift(listing, &down, down.position + 1);
                } />
            };
            records.actions(row, Some(more.into_any()), true)
        }),
    ]
}

/// When it takes a call, in words.
fn criteria(settings: &OutboundSettings) -> String {
    let mut parts = Vec::new();
    if !settings.prefixes.trim().is_empty() {
        parts.push(format!("begins with {}", settings.prefixes.replace(';', " or ")));
    }
    if !settings.lengths.trim().is_empty() {
        parts.push(format!("{} digits", settings.lengths.replace(';', " or ")));
    }
    if !settings.extensions.trim().is_empty() {
        parts.push(format!("called by {}", settings.extensions.replace(';', ", ")));
    }
    match settings.groups.len() {
        0 => {}
        1 => parts.push("called by members of a group".to_owned()),
        count => parts.push(format!("called by members of {count} groups")),
    }
    match settings.hours {
        None => {}
        Some(Hours::Tenant) => parts.push("in office hours".to_owned()),
        Some(Hours::Own { .. }) => parts.push("in hours of its own".to_owned()),
    }
    if parts.is_empty() { "Any number".to_owned() } else { parts.join(", ") }
}

fn changed(route: &OutboundRoute) -> String {
    match (route.strip, route.prepend.as_str()) {
        (0, "") => String::new(),
        (0, prepend) => format!(": {prepend} before it"),
        (strip, "") => format!(": without its first {strip}"),
        (strip, prepend) => format!(": {prepend} for its first {strip}"),
    }
}

fn shift(listing: Listing<OutboundRule>, rule: &OutboundRule, position: u32) {
    let operation =
        UpdateOutboundRule { outbound_rule_id: rule.id, settings: rule.settings.clone(), position: Some(position) };
    spawn_local(async move {
        if let Err(problem) = api::call(operation).await {
            toast::bad(problem.title);
        }
        listing.reload();
    });
}

/// One way of the form.
#[derive(Clone, Copy)]
struct Way {
    key: u32,
    trunk: RwSignal<String>,
    strip: RwSignal<String>,
    prepend: RwSignal<String>,
}

impl Way {
    fn of(key: u32, route: Option<&OutboundRoute>) -> Self {
        Self {
            key,
            trunk: RwSignal::new(route.map(|route| route.trunk_id.to_string()).unwrap_or_default()),
            strip: RwSignal::new(route.map_or_else(|| "0".to_owned(), |route| route.strip.to_string())),
            prepend: RwSignal::new(route.map(|route| route.prepend.clone()).unwrap_or_default()),
        }
    }

    fn route(self) -> Option<OutboundRoute> {
        Some(OutboundRoute {
            trunk_id: self.trunk.get_untracked().parse::<TrunkId>().ok()?,
            strip: self.strip.get_untracked().trim().parse().unwrap_or(u8::MAX),
            prepend: self.prepend.get_untracked().trim().to_owned(),
        })
    }
}

#[component]
fn RuleForm(rule: Option<OutboundRule>, choices: Choices, records: Records<OutboundRule>) -> impl IntoView {
    let form = Form::new();
    let id = rule.as_ref().map(|rule| rule.id);
    let settings = rule.map(|rule| rule.settings).unwrap_or_default();
    let text = |value: &str| RwSignal::new(value.to_owned());
    let (name, prefixes, extensions) = (text(&settings.name), text(&settings.prefixes), text(&settings.extensions));
    let (lengths, caller_id) = (text(&settings.lengths), text(&settings.caller_id));
    let hours = HoursChoice::of(settings.hours.as_ref());
    let groups = chosen_of(&settings.groups);
    let known = Fetch::new(|| ListExtensionGroups { limit: Some(PAGE_ROWS_MAX), ..ListExtensionGroups::default() });
    let group_options = Signal::derive(move || {
        let row = |row: &ExtensionGroupRow| (row.id.to_string(), row.name.clone());
        known.map(|page| page.rows.iter().map(row).collect::<Options>()).unwrap_or_default()
    });
    let enabled = RwSignal::new(!settings.disabled);
    let ways = settings.routes.iter().zip(0_u32..).map(|(route, key)| Way::of(key, Some(route))).collect::<Vec<_>>();
    let ways = RwSignal::new(if ways.is_empty() { vec![Way::of(0, None)] } else { ways });
    let last = StoredValue::new(100_u32);
    let submit = move |()| {
        let settings = OutboundSettings {
            name: name.get_untracked(),
            disabled: !enabled.get_untracked(),
            prefixes: prefixes.get_untracked(),
            extensions: extensions.get_untracked(),
            groups: ids(groups),
            lengths: lengths.get_untracked(),
            hours: hours.hours(),
            caller_id: caller_id.get_untracked(),
            routes: ways.get_untracked().into_iter().filter_map(Way::route).collect(),
        };
        let problems = settings.check();
        let finish = move |rule: OutboundRule| {
            records.saved(format!("The rule {} holds from now on.", rule.settings.name));
        };
        match id {
            Some(outbound_rule_id) => {
                form.send(problems, UpdateOutboundRule { outbound_rule_id, settings, position: None }, finish);
            }
            None => form.send(problems, CreateOutboundRule { settings }, finish),
        }
    };
    let trunks = move || {
        let mut options = vec![(String::new(), "Choose a trunk".to_owned())];
        options.extend(choices.trunk_options().unwrap_or_default());
        options
    };
    let add = move |()| {
        let key = last.get_value();
        last.set_value(key + 1);
        ways.update(|all| all.push(Way::of(key, None)));
    };
    let full = Signal::derive(move || ways.with(|all| all.len() >= ROUTES_MAX));
    view! {
        <FormView form fields=vec!["name", "prefixes", "extensions", "groups", "lengths", "caller_id", "routes"] prefixes=vec!["hours."] submit>
            <Field name="name" label="Name" value=name form placeholder="Abroad" autofocus=true />
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <Field name="prefixes" label="Numbers that begin with" value=prefixes form optional=true placeholder="00;+"
                    hint="Told apart by semicolons. Empty: any number." />
                <Field name="lengths" label="How many digits" value=lengths form optional=true placeholder="5;7-12" />
                <Field name="extensions" label="Called by" value=extensions form optional=true placeholder="101;110-120"
                    hint="Extensions and ranges. Empty: anybody." />
                <Field name="caller_id" label="Caller id" value=caller_id form optional=true inputmode="tel"
                    hint="One of your numbers on the trunk; others are not shown." />
            </div>
            {known.failure()}
            <Picks name="groups" label="Called by members of" add="Add a group" hint="Of any of these groups. None: anybody."
                chosen=groups options=group_options form />
            <fieldset class="grid gap-3">
                <legend class="label mb-2">"Ways, tried in this order"</legend>
                {choices.trunks.failure()}
                <For each=move || ways.get() key=|way| way.key let:way>
                    <div class="grid grid-cols-[1fr_auto] items-end gap-2 sm:grid-cols-[2fr_1fr_1fr_auto]" data-testid="way">
                        <div class="col-span-2 sm:col-span-1">
                            {move || view! { <Select name="trunk" label="Trunk" value=way.trunk options=trunks() /> }}
                        </div>
                        <Field name="strip" label="Cut first digits" value=way.strip inputmode="numeric" />
                        <Field name="prepend" label="Put before" value=way.prepend placeholder="+" />
                        <IconButton glyph=Glyph::Trash label="Remove this way" press=move |()| ways.update(|all| all.retain(|known| known.key != way.key)) />
                    </div>
                </For>
                {move || form.problem("routes").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
                <div><Button label="Add a way" icon=Glyph::Plus small=true disabled=full testid="add-way" press=add /></div>
            </fieldset>
            <HoursField choice=hours form label="Lets calls out" always="At any time" />
            <p class="hint">"Outside its hours a call that the rule is for fails; no other rule takes it. Emergency numbers are called at any time."</p>
            <Switch name="enabled" label="In use" on=enabled change=move |on| enabled.set(on) />
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
