//! Who is treated in a way of its own in all queues: VIPs, exclusive agents, nuisances (VIP-01, EXA-01, HAR-03).

use leptos::prelude::*;
use shared::Moment;
use shared::queue_caller::{
    CreateExclusiveAgent, CreateNuisance, CreateVip, DeleteExclusiveAgent, DeleteNuisance, DeleteVip, ExclusiveAgent,
    ExclusiveAgentSettings, ListExclusiveAgents, ListNuisances, ListVips, Nuisance, NuisanceLevel, NuisanceSettings,
    UpdateExclusiveAgent, UpdateNuisance, UpdateVip, Vip, VipSettings,
};

use super::QueueTabs;
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::page::tenant::pick::{Everybody, Picks, chosen_of, ids};
use crate::page::tenant::prompt::Prompts;
use crate::page::tenant::route::Choices;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::dialog::FormFoot;
use crate::ui::field::{Field, Search, Select, Switch, TextField, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};

const VIP: Noun<Vip> = Noun {
    word: "VIP",
    name: |row| &row.settings.number,
    removed: "The caller waits in line like everybody.",
    add_testid: "add-vip",
    edit_testid: "edit-vip",
};

const EXCLUSIVE: Noun<ExclusiveAgent> = Noun {
    word: "entry",
    name: |row| &row.settings.description,
    removed: "Its callers are answered by whoever is free.",
    add_testid: "add-exclusive",
    edit_testid: "edit-exclusive",
};

const NUISANCE: Noun<Nuisance> = Noun {
    word: "nuisance",
    name: |row| &row.settings.number,
    removed: "The caller gets into the queues like everybody.",
    add_testid: "add-nuisance",
    edit_testid: "edit-nuisance",
};

/// What a list says where nothing is in it.
fn nothing(search: RwSignal<String>, glyph: Glyph, title: &'static str, text: &'static str) -> Signal<Nothing> {
    Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing { glyph, title, text },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or word." },
    })
}

/// Loads a list again when something was changed.
fn follow<T: Clone + PartialEq + Send + Sync + 'static>(listing: Listing<T>) {
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
        }
    });
}

/// Has an entry an effect now, and until when?
fn effect(holds: bool, enabled: bool, until: Option<Moment>) -> AnyView {
    let (tone, word) = match (holds, enabled) {
        (true, _) => (Tone::Good, "On"),
        (false, false) => (Tone::Plain, "Off"),
        (false, true) => (Tone::Plain, "Over"),
    };
    let until = until.map(|until| view! { <span class="cell-sub">"until "{time::show(until, Style::Short)}</span> });
    view! { <Badge tone text=word />{until} }.into_any()
}

fn numbered(number: &str, description: &str) -> AnyView {
    view! {
        <span class="block font-medium figures" data-testid="entry" data-number=number.to_owned()>{number.to_owned()}</span>
        <span class="cell-sub cell-clip">{description.to_owned()}</span>
    }
    .into_any()
}

fn moment_text(moment: Option<Moment>) -> RwSignal<String> {
    RwSignal::new(moment.and_then(time::field_text).unwrap_or_default())
}

#[component]
pub fn VipsPage() -> impl IntoView {
    let search = bound("search");
    let ask = move || ListVips { search: filled(search.get()), ..Default::default() };
    let listing = Listing::new(ask, |ask, cursor| ask.cursor = cursor);
    follow(listing);
    let records = Records::new(listing, VIP);
    let nothing = nothing(
        search,
        Glyph::People,
        "No VIP yet",
        "A VIP who calls any queue comes to the top of its line, before everybody who waits already.",
    );
    let columns = vec![
        Column::new("Caller", |row: &Vip| numbered(&row.settings.number, &row.settings.description)),
        Column::new("Where", |row: &Vip| {
            let (latitude, longitude) = (row.settings.latitude, row.settings.longitude);
            let place = latitude.zip(longitude).map(|(latitude, longitude)| format!("{latitude}°, {longitude}°"));
            view! { <span class="figures text-soft">{place.unwrap_or_else(|| "–".to_owned())}</span> }.into_any()
        })
        .wide(),
        Column::new("Effect", |row: &Vip| {
            let VipSettings { enabled, valid_until, .. } = &row.settings;
            effect(row.settings.holds(time::now()), *enabled, *valid_until)
        }),
        Column::new("", move |row: &Vip| records.actions(row, None, true)),
    ];
    view! {
        <div class="page">
            <QueueTabs tools=records.add() />
            <section class="card" aria-label="VIPs">
                <div class="filters"><Search value=search label="Search number or word" /></div>
                <Table listing columns label="VIPs" nothing />
            </section>
        </div>
        <RecordDialogs records remove=|vip| DeleteVip { vip_id: vip.id }
            form=move |vip| view! { <VipForm vip records /> }.into_any() />
    }
}

#[component]
fn VipForm(vip: Option<Vip>, records: Records<Vip>) -> impl IntoView {
    let form = Form::new();
    let id = vip.as_ref().map(|vip| vip.id);
    let now = vip.map(|vip| vip.settings).unwrap_or_default();
    let degrees = |value: Option<f64>| RwSignal::new(value.map(|value| value.to_string()).unwrap_or_default());
    let (number, description) = (RwSignal::new(now.number), RwSignal::new(now.description));
    let (longitude, latitude) = (degrees(now.longitude), degrees(now.latitude));
    let (until, enabled) = (moment_text(now.valid_until), RwSignal::new(now.enabled));
    // What is no number is none that is right.
    let read = |text: RwSignal<String>| {
        filled(text.get_untracked()).map(|text| text.replace(',', ".").parse::<f64>().unwrap_or(f64::INFINITY))
    };
    let submit = move |()| {
        let settings = VipSettings {
            number: number.get_untracked().trim().to_owned(),
            description: description.get_untracked(),
            longitude: read(longitude),
            latitude: read(latitude),
            valid_until: until.with_untracked(|until| time::read_field(until)),
            enabled: enabled.get_untracked(),
        };
        let problems = settings.check();
        let finish = move |vip: Vip| records.saved(format!("{} is a VIP.", vip.settings.number));
        match id {
            Some(vip_id) => form.send(problems, UpdateVip { vip_id, settings }, finish),
            None => form.send(problems, CreateVip { settings }, finish),
        }
    };
    view! {
        <FormView form fields=vec!["number", "description", "longitude", "latitude"] submit>
            <Field name="number" label="Number" value=number form inputmode="tel" placeholder="+4930123456" autofocus=true />
            <Field name="description" label="Note" value=description form optional=true />
            <Field name="valid_until" label="Until" value=until form kind="datetime-local" optional=true hint="After that it has no effect." />
            <div class="form-row">
                <Field name="latitude" label="Latitude" value=latitude form inputmode="decimal" optional=true />
                <Field name="longitude" label="Longitude" value=longitude form inputmode="decimal" optional=true />
            </div>
            <Switch name="enabled" label="Has an effect" on=enabled change=move |on| enabled.set(on) />
            <FormFoot open=records.editing() form />
        </FormView>
    }
}

#[component]
pub fn ExclusiveAgentsPage() -> impl IntoView {
    let search = bound("search");
    let ask = move || ListExclusiveAgents { search: filled(search.get()), ..Default::default() };
    let listing = Listing::new(ask, |ask, cursor| ask.cursor = cursor);
    follow(listing);
    let choices = Choices::new();
    let records = Records::new(listing, EXCLUSIVE);
    let nothing = nothing(
        search,
        Glyph::People,
        "No exclusive agents yet",
        "Calls from certain numbers go to certain members first, as long as one of them is free.",
    );
    let columns = vec![
        Column::new("Entry", |row: &ExclusiveAgent| {
            let name = row.settings.description.clone();
            view! { <span class="block cell-clip font-medium" data-testid="entry">{name}</span> }.into_any()
        }),
        Column::new("Callers", |row: &ExclusiveAgent| {
            view! { <span class="line-clamp-2 figures">{row.settings.callers.join(", ")}</span> }.into_any()
        })
        .medium(),
        Column::new("Agents", move |row: &ExclusiveAgent| {
            let agents = row.settings.agents.clone();
            let names = move || agents.iter().map(|id| choices.extension_name(*id)).collect::<Vec<_>>().join(", ");
            view! { <span class="line-clamp-2">{names}</span> }.into_any()
        }),
        Column::new("", move |row: &ExclusiveAgent| records.actions(row, None, true)),
    ];
    view! {
        <div class="page">
            <QueueTabs tools=records.add() />
            <section class="card" aria-label="Exclusive agents">
                <div class="filters"><Search value=search label="Search number or word" /></div>
                <Table listing columns label="Exclusive agents" nothing />
            </section>
        </div>
        <RecordDialogs records remove=|entry| DeleteExclusiveAgent { exclusive_agent_id: entry.id }
            form=move |entry| view! { <ExclusiveForm entry records /> }.into_any() />
    }
}

#[component]
fn ExclusiveForm(entry: Option<ExclusiveAgent>, records: Records<ExclusiveAgent>) -> impl IntoView {
    let form = Form::new();
    let id = entry.as_ref().map(|entry| entry.id);
    let now = entry.map(|entry| entry.settings).unwrap_or_default();
    let (description, callers) = (RwSignal::new(now.description), RwSignal::new(now.callers.join("\n")));
    let agents = chosen_of(&now.agents);
    let everybody = Everybody::new();
    let submit = move |()| {
        let lines = callers.get_untracked();
        let settings = ExclusiveAgentSettings {
            description: description.get_untracked().trim().to_owned(),
            callers: lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            agents: ids(agents),
        };
        let problems = settings.check();
        let finish = move |entry: ExclusiveAgent| records.saved(format!("{} is kept.", entry.settings.description));
        match id {
            Some(exclusive_agent_id) => {
                form.send(problems, UpdateExclusiveAgent { exclusive_agent_id, settings }, finish)
            }
            None => form.send(problems, CreateExclusiveAgent { settings }, finish),
        }
    };
    view! {
        <FormView form fields=vec!["description", "callers", "agents"] submit>
            <Field name="description" label="Name" value=description form placeholder="Key accounts" autofocus=true />
            <TextField name="callers" label="Callers' numbers" value=callers form placeholder="+4930123456" hint="A line each." />
            {everybody.failure()}
            <Picks name="agents" label="Agents" add="Add an agent" chosen=agents
                options=Signal::derive(move || everybody.options()) form
                hint="Members of queues. They ring first; when all are busy, the other members do." />
            <FormFoot open=records.editing() form />
        </FormView>
    }
}

const LEVELS: [(&str, NuisanceLevel, &str); 2] =
    [("first", NuisanceLevel::First, "May go on with 2"), ("second", NuisanceLevel::Second, "The call ends")];

#[component]
pub fn NuisancesPage() -> impl IntoView {
    let search = bound("search");
    let ask = move || ListNuisances { search: filled(search.get()), ..Default::default() };
    let listing = Listing::new(ask, |ask, cursor| ask.cursor = cursor);
    follow(listing);
    let prompts = crate::page::tenant::prompt::choices();
    let records = Records::new(listing, NUISANCE);
    let nothing = nothing(
        search,
        Glyph::Shield,
        "No nuisance yet",
        "Callers who are not wanted in queues hear a prompt; then the call ends, or they may go on with a key. Elsewhere they get through: that is for the blocked numbers.",
    );
    let columns = vec![
        Column::new("Caller", |row: &Nuisance| numbered(&row.settings.number, &row.settings.description)),
        Column::new("Then", |row: &Nuisance| {
            let word = LEVELS.iter().find(|(_, level, _)| *level == row.settings.level).map_or("", |(.., word)| word);
            view! { <span>{word}</span> }.into_any()
        })
        .medium(),
        Column::new("Met", |row: &Nuisance| {
            view! { <span data-testid="hits">{crate::ui::card::grouped(row.hits)}</span> }.into_any()
        })
        .end(),
        Column::new("Effect", |row: &Nuisance| {
            let NuisanceSettings { enabled, valid_until, .. } = &row.settings;
            effect(row.settings.holds(time::now()), *enabled, *valid_until)
        }),
        Column::new("", move |row: &Nuisance| records.actions(row, None, true)),
    ];
    view! {
        <div class="page">
            <QueueTabs tools=records.add() />
            <section class="card" aria-label="Nuisances">
                <div class="filters"><Search value=search label="Search number or word" /></div>
                <Table listing columns label="Nuisances" nothing />
            </section>
        </div>
        <RecordDialogs records remove=|one| DeleteNuisance { nuisance_id: one.id }
            form=move |nuisance| view! { <NuisanceForm nuisance prompts records /> }.into_any() />
    }
}

#[component]
fn NuisanceForm(nuisance: Option<Nuisance>, prompts: Prompts, records: Records<Nuisance>) -> impl IntoView {
    let form = Form::new();
    let id = nuisance.as_ref().map(|one| one.id);
    let now = nuisance.map(|one| one.settings).unwrap_or_default();
    let level = LEVELS.iter().find(|(_, known, _)| *known == now.level).map_or("", |(key, ..)| key);
    let (number, description) = (RwSignal::new(now.number), RwSignal::new(now.description));
    let (level, until) = (RwSignal::new(level.to_owned()), moment_text(now.valid_until));
    let sound = RwSignal::new(now.sound.map(|id| id.to_string()).unwrap_or_default());
    let (played, enabled) = (sound.get_untracked(), RwSignal::new(now.enabled));
    let submit = move |()| {
        let level =
            level.with_untracked(|key| LEVELS.iter().find(|(known, ..)| known == key).map(|(_, level, _)| *level));
        let settings = NuisanceSettings {
            number: number.get_untracked().trim().to_owned(),
            level: level.unwrap_or_default(),
            sound: sound.with_untracked(|id| id.parse().ok()),
            description: description.get_untracked(),
            valid_until: until.with_untracked(|until| time::read_field(until)),
            enabled: enabled.get_untracked(),
        };
        let problems = settings.check();
        let finish = move |one: Nuisance| records.saved(format!("{} is met so from now on.", one.settings.number));
        match id {
            Some(nuisance_id) => form.send(problems, UpdateNuisance { nuisance_id, settings }, finish),
            None => form.send(problems, CreateNuisance { settings }, finish),
        }
    };
    let levels = LEVELS.iter().map(|(key, _, word)| ((*key).to_owned(), (*word).to_owned())).collect();
    view! {
        <FormView form fields=vec!["number", "description", "sound"] submit>
            <Field name="number" label="Number" value=number form inputmode="tel" placeholder="+4930123456" autofocus=true />
            <Field name="description" label="Note" value=description form optional=true />
            <Select name="level" label="After the prompt" value=level options=levels />
            {prompts.failure()}
            {move || view! { <Select name="sound" label="Prompt" value=sound options=prompts.options("The system's phrase", &played) /> }}
            {move || form.problem("sound").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <Field name="valid_until" label="Until" value=until form kind="datetime-local" optional=true hint="After that it has no effect." />
            <Switch name="enabled" label="Has an effect" on=enabled change=move |on| enabled.set(on) />
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
