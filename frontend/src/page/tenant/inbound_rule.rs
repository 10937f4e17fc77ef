//! Inbound rules: which call of a trunk goes where (INB-01…INB-07).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::TrunkId;
use shared::destination::Destination;
use shared::did::Mask;
use shared::inbound_rule::{
    CreateInboundRule, DeleteInboundRule, ExportInboundRules, InboundRule, InboundSettings, ListInboundRules,
    UpdateInboundRule,
};
use shared::problem::FieldProblem;

use super::hours::{HoursChoice, HoursField};
use super::inbound_rule_import::ImportDialog;
use super::route::{Choices, RouteTabs};
use crate::live::{self, Event};
use crate::page::filter::{bound, opened_by};
use crate::page::target::{Target, TargetField};
use crate::ui::badge::Badge;
use crate::ui::dialog::FormFoot;
use crate::ui::field::{Field, Search, Select, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};
use crate::{api, ui::toast};

const NOUN: Noun<InboundRule> = Noun {
    word: "rule",
    name: |row| &row.settings.name,
    removed: "Calls to its number are refused, unless another rule is for them.",
    add_testid: "add-rule",
    edit_testid: "edit-rule",
};

#[component]
pub fn InboundRulesPage() -> impl IntoView {
    let search = bound("search");
    let importing = opened_by("import");
    let listing = Listing::new(
        move || ListInboundRules { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let choices = Choices::new();
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
            choices.reload();
        }
    });
    let records = Records::new(listing, NOUN);
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::ArrowIn,
            title: "No inbound rule yet",
            text: "A rule says where calls to one of your numbers go. Without one, callers hear that the number is not in use.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another name or number." },
    });
    view! {
        <div class="page">
            <RouteTabs tools=tools(search, importing, records.add()) />
            <section class="card" aria-label="Inbound rules">
                <div class="filters"><Search value=search label="Search name or number" /></div>
                <Table listing columns=columns(records, choices) label="Inbound rules" nothing />
            </section>
        </div>
        <RecordDialogs records wide=true remove=|rule| DeleteInboundRule { inbound_rule_id: rule.id }
            form=move |rule| view! { <RuleForm rule choices records /> }.into_any() />
        <ImportDialog open=importing done=Callback::new(move |()| listing.reload()) />
    }
}

fn tools(search: RwSignal<String>, importing: RwSignal<bool>, add: AnyView) -> AnyView {
    let export = move |()| {
        let operation = ExportInboundRules { search: filled(search.get_untracked()) };
        spawn_local(async move {
            if let Err(problem) = api::save(operation).await {
                toast::bad(problem.title);
            }
        });
    };
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    view! {
        <Menu label="More" class="button button-secondary px-2.5!" testid="rules-more" face>
            <MenuItem glyph=Glyph::Upload label="Import CSV" testid="import-rules" press=move |()| importing.set(true) />
            <MenuItem glyph=Glyph::Download label="Export CSV" testid="export-rules" press=export />
        </Menu>
        {add}
    }
    .into_any()
}

fn columns(records: Records<InboundRule>, choices: Choices) -> Vec<Column<InboundRule>> {
    vec![
        Column::new("Rule", |row: &InboundRule| {
            let off = !row.settings.enabled;
            view! {
                <span class="flex flex-wrap items-center gap-2" data-testid="rule" data-name=row.settings.name.clone()>
                    <span class="cell-clip font-medium">{row.settings.name.clone()}</span>
                    {off.then(|| view! { <Badge text="Off" /> })}
                </span>
                <span class="cell-sub phone-only figures">{number(row)}</span>
            }
            .into_any()
        }),
        Column::new("Called number", |row: &InboundRule| {
            let callers = Some(row.settings.cid_mask.0.clone()).filter(|mask| !mask.is_empty());
            view! {
                <span class="figures whitespace-nowrap">{number(row)}</span>
                {callers.map(|callers| view! { <span class="cell-sub figures">"from " {callers}</span> })}
            }
            .into_any()
        })
        .medium(),
        Column::new("Goes to", move |row: &InboundRule| {
            let open = row.settings.open.clone();
            let closed = row.settings.closed.clone();
            view! {
                <span class="cell-clip">{move || choices.destination(&open)}</span>
                {closed.map(|closed| view! {
                    <span class="cell-sub cell-clip" data-testid="rule-closed">"Closed: " {move || choices.destination(&closed)}</span>
                })}
            }
            .into_any()
        }),
        Column::new("Trunk", move |row: &InboundRule| {
            let trunk = row.settings.trunk_id;
            view! { <span class="cell-clip text-soft">{move || choices.trunk_name(trunk)}</span> }.into_any()
        })
        .wide(),
        Column::new("", move |row: &InboundRule| records.actions(row, None, true)),
    ]
}

fn number(row: &InboundRule) -> String {
    if row.settings.did_mask == "*" { "All numbers".to_owned() } else { row.settings.did_mask.clone() }
}

#[component]
fn RuleForm(rule: Option<InboundRule>, choices: Choices, records: Records<InboundRule>) -> impl IntoView {
    let form = Form::new();
    let id = rule.as_ref().map(|rule| rule.id);
    let settings = rule.map(|rule| rule.settings);
    let text = |part: fn(&InboundSettings) -> &str| {
        RwSignal::new(settings.as_ref().map(|known| part(known).to_owned()).unwrap_or_default())
    };
    let (name, did_mask) = (text(|known| &known.name), text(|known| &known.did_mask));
    let cid_mask = text(|known| &known.cid_mask.0);
    let trunk = RwSignal::new(settings.as_ref().map(|known| known.trunk_id.to_string()).unwrap_or_default());
    let enabled = RwSignal::new(settings.as_ref().is_none_or(|known| known.enabled));
    let target = Target::of(&settings.as_ref().map_or(Destination::EndCall, |known| known.open.clone()));
    let hours = settings.as_ref().map(|known| known.hours.clone()).unwrap_or_default();
    let hours = HoursChoice::of(Some(&hours));
    let extension_id = settings.as_ref().and_then(|known| known.extension_id);
    let closed = settings.and_then(|known| known.closed);
    let differs = RwSignal::new(closed.is_some());
    let closed = Target::of(&closed.unwrap_or_default());
    let submit = move |()| {
        let Ok(trunk_id) = trunk.get_untracked().parse::<TrunkId>() else {
            return form.mark(vec![FieldProblem::new("trunk_id", "Choose a trunk.")]);
        };
        let settings = InboundSettings {
            name: name.get_untracked(),
            enabled: enabled.get_untracked(),
            trunk_id,
            did_mask: did_mask.get_untracked(),
            cid_mask: Mask(cid_mask.get_untracked()),
            hours: hours.hours().unwrap_or_default(),
            open: target.destination(),
            closed: differs.get_untracked().then(|| closed.destination()),
            extension_id,
        };
        let problems = settings.check();
        let finish = move |rule: InboundRule| {
            records.saved(format!("The rule {} holds from now on.", rule.settings.name));
        };
        match id {
            Some(inbound_rule_id) => form.send(problems, UpdateInboundRule { inbound_rule_id, settings }, finish),
            None => form.send(problems, CreateInboundRule { settings }, finish),
        }
    };
    let trunks = move || {
        let mut options = vec![(String::new(), "Choose a trunk".to_owned())];
        options.extend(choices.trunk_options().unwrap_or_default());
        options
    };
    let pool = move || {
        let chosen = trunk.get();
        let found = choices.trunks.map(|page| {
            let known = page.rows.iter().find(|known| known.id.to_string() == chosen);
            known.and_then(|known| known.assignments.first()).map(|own| own.did_pool.clone())
        });
        match found.flatten().as_deref() {
            None => String::new(),
            Some("") => "You have no numbers on this trunk.".to_owned(),
            Some("*") => "All its numbers are yours.".to_owned(),
            Some(pool) => format!("Yours: {}", pool.replace(';', ", ")),
        }
    };
    view! {
        <FormView form fields=vec!["name", "trunk_id", "did_mask", "cid_mask", "open", "open.number", "closed", "closed.number"]
            prefixes=vec!["hours."] submit>
            <Field name="name" label="Name" value=name form placeholder="Main number" autofocus=true />
            {choices.trunks.failure()}
            {move || view! { <Select name="trunk_id" label="Trunk" value=trunk options=trunks() /> }}
            {move || form.problem("trunk_id").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <p class="text-sm text-soft figures" role="status">{pool}</p>
            <Field name="did_mask" label="Called number" value=did_mask form inputmode="tel" hint="One number, or * for all of yours." />
            <Field name="cid_mask" label="Only calls from" value=cid_mask form optional=true placeholder="0044**********"
                hint="A number, * for each digit that may be any, or a range. Empty: from anybody." />
            <TargetField name="open" label="Goes to" target options=choices.targets() form />
            <Switch name="differs" label="Elsewhere outside its hours" on=differs change=move |on| differs.set(on) />
            <div hidden=move || !differs.get()>
                <TargetField name="closed" label="Outside its hours" target=closed options=choices.targets() form />
            </div>
            <div hidden=move || !differs.get() && !hours.is_own()>
                <HoursField choice=hours form label="Its hours" />
            </div>
            <Switch name="enabled" label="In use" on=enabled change=move |on| enabled.set(on) />
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
