//! The command palette: every page and action by name, tenants and extensions by search.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use shared::extension::ListExtensions;
use shared::tenant::ListTenants;
use wasm_bindgen::JsCast as _;
use web_sys::{KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::{entries, stop_acting};
use crate::page::user::supervision::is_manager;
use crate::place::Place;
use crate::session::{self, Scope};
use crate::ui::dialog::drive;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::theme;
use crate::{api, browser};

/// How many things a search finds.
const FOUND_MAX: u32 = 6;

#[derive(Clone, Debug, PartialEq)]
struct Command {
    group: &'static str,
    glyph: Glyph,
    word: String,
    act: Act,
}

#[derive(Clone, Debug, PartialEq)]
enum Act {
    Go(String),
    Theme,
    StopActing,
    SignOut,
}

#[component]
pub fn Palette(open: RwSignal<bool>) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    drive(node, open);
    let who = session::who();
    let text = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let found = RwSignal::new(Vec::<Command>::new());

    browser::on_window("keydown", move |event| {
        let event: KeyboardEvent = event.unchecked_into();
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            open.update(|open| *open = !*open);
        }
    });
    Effect::new(move |_| {
        if open.get() {
            text.set(String::new());
        }
    });
    let scope = Memo::new(move |_| who.get().map(|who| Scope::of(&who)));
    let acting = Memo::new(move |_| who.get().is_some_and(|who| who.acting));
    Effect::new(move |_| {
        let wanted = text.get();
        chosen.set(0);
        found.set(Vec::new());
        let Some(scope) = scope.get_untracked().filter(|_| wanted.trim().chars().count() >= 2) else { return };
        spawn_local(async move {
            let rows = search(&scope, wanted.trim().to_owned()).await;
            if text.try_get_untracked() == Some(wanted) {
                found.set(rows);
            }
        });
    });
    let is_manager = is_manager();
    let shown = Memo::new(move |_| {
        let Some(scope) = scope.get() else { return Vec::new() };
        let mut known = all(&scope, acting.get());
        if is_manager.get() {
            // Only whoever has others to look after has a use for it.
            let place = known.iter().position(|command| command.group != "Go to").unwrap_or_default();
            let act = Act::Go(Place::LiveCalls.path());
            known.insert(place, Command { group: "Go to", glyph: Glyph::Phone, word: "Running calls".to_owned(), act });
        }
        let mut commands = matching(known, &text.get());
        commands.extend(found.get());
        commands
    });
    // The arrow keys lead beyond what the list shows at once.
    Effect::new(move |_| {
        let row = document().get_element_by_id(&format!("palette-{}", chosen.get()));
        let nearest = ScrollIntoViewOptions::new();
        nearest.set_block(ScrollLogicalPosition::Nearest);
        if let Some(row) = row {
            row.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let navigate = use_navigate();
    let stop = stop_acting();
    let run = Callback::new(move |command: Command| {
        open.set(false);
        match command.act {
            Act::Go(path) => navigate(&path, Default::default()),
            Act::Theme => theme::toggle(),
            Act::StopActing => stop.run(()),
            Act::SignOut => spawn_local(session::sign_out()),
        }
    });
    let key = move |event: KeyboardEvent| {
        let count = shown.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|chosen| *chosen = (*chosen + 1) % count),
            "ArrowUp" => chosen.update(|chosen| *chosen = (*chosen + count - 1) % count),
            "Enter" => {
                if let Some(command) = shown.with_untracked(|shown| shown.get(chosen.get_untracked()).cloned()) {
                    run.run(command);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <dialog
            node_ref=node
            class="dialog palette"
            aria-label="Search and commands"
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // Only what lies behind the box is the dialog itself.
                if event.target().is_some_and(|target| node.get_untracked().is_some_and(|node| target == ****node)) {
                    open.set(false);
                }
            }
        >
            {move || open.get().then(|| view! {
                <input
                    class="palette-input"
                    data-testid="palette-input"
                    data-autofocus=""
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-activedescendant=move || format!("palette-{}", chosen.get())
                    aria-label="Search and commands"
                    placeholder="Search or type a command…"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                    on:keydown=key
                />
                <div class="palette-list" id="palette-list" role="listbox" aria-label="Results">
                    {move || rows(&shown.get(), chosen, run)}
                </div>
                <div class="palette-foot" aria-hidden="true">
                    <span><kbd>"↑"</kbd> " " <kbd>"↓"</kbd> " choose"</span>
                    <span><kbd>"Enter"</kbd> " open"</span>
                    <span><kbd>"Esc"</kbd> " close"</span>
                </div>
            })}
        </dialog>
    }
}

fn rows(shown: &[Command], chosen: RwSignal<usize>, run: Callback<Command>) -> AnyView {
    if shown.is_empty() {
        return view! { <p class="px-3 py-6 text-center text-faint">"Nothing is called that."</p> }.into_any();
    }
    let mut group = "";
    let rows = shown.iter().cloned().enumerate().map(|(index, command)| {
        let title = (command.group != group).then_some(command.group);
        group = command.group;
        let (glyph, word) = (command.glyph, command.word.clone());
        view! {
            {title.map(|title| view! { <div class="palette-group" role="presentation">{title}</div> })}
            <div
                id=format!("palette-{index}")
                class="palette-item"
                role="option"
                aria-selected=move || (chosen.get() == index).to_string()
                on:mousemove=move |_| if chosen.get_untracked() != index { chosen.set(index) }
                on:click=move |_| run.run(command.clone())
            >
                <Icon glyph />
                {word}
            </div>
        }
    });
    rows.collect_view().into_any()
}

fn all(scope: &Scope, acting: bool) -> Vec<Command> {
    let command = |group, glyph, word: &str, act| Command { group, glyph, word: word.to_owned(), act };
    let go = |path: &str| Act::Go(path.to_owned());
    let mut commands: Vec<Command> = entries(scope)
        .into_iter()
        .map(|entry| command("Go to", entry.glyph, entry.word, Act::Go(entry.place.path())))
        .collect();
    if scope.user {
        commands.push(command("Go to", Glyph::ArrowOut, "Forwarding", Act::Go(Place::Forwarding.path())));
        commands.push(command("Go to", Glyph::Key, "Phone keys", Act::Go(Place::PhoneKeys.path())));
        commands.push(command("Go to", Glyph::Voicemail, "Mailbox and greetings", Act::Go(Place::Mailbox.path())));
        commands.push(command("Go to", Glyph::Clock, "My queues", Act::Go(Place::Wallboard.path())));
        commands.push(command("Go to", Glyph::Microphone, "My recordings", Act::Go(Place::Recordings.path())));
        commands.push(command("Go to", Glyph::People, "My conferences", Act::Go(Place::Conferences.path())));
    }
    if scope.tenant {
        commands.push(command("Go to", Glyph::Device, "Phones", Act::Go(Place::TenantPhones.path())));
        commands.push(command("Go to", Glyph::Shield, "Refused requests", Act::Go(Place::TenantRefusals.path())));
        commands.push(command("Go to", Glyph::ArrowOut, "Outbound rules", Act::Go(Place::TenantOutboundRules.path())));
        commands.push(command("Go to", Glyph::List, "Receptionists", Act::Go(Place::TenantReceptionists.path())));
        commands.push(command("Go to", Glyph::People, "Conferences", Act::Go(Place::TenantConferences.path())));
        commands.push(command("Go to", Glyph::Clock, "Queues, set up", Act::Go(Place::TenantQueues.path())));
        commands.push(command(
            "Go to",
            Glyph::Activity,
            "History of queues",
            Act::Go(Place::TenantQueueHistory.path()),
        ));
        commands.push(command("Go to", Glyph::People, "VIPs", Act::Go(Place::TenantVips.path())));
        commands.push(command(
            "Go to",
            Glyph::People,
            "Exclusive agents",
            Act::Go(Place::TenantExclusiveAgents.path()),
        ));
        commands.push(command("Go to", Glyph::Shield, "Nuisances", Act::Go(Place::TenantNuisances.path())));
        commands.push(command("Go to", Glyph::Play, "Prompts", Act::Go(Place::TenantPrompts.path())));
        commands.push(command(
            "Go to",
            Glyph::Microphone,
            "Recordings of calls",
            Act::Go(Place::TenantRecordings.path()),
        ));
        commands.push(command(
            "Go to",
            Glyph::Microphone,
            "Recording rules",
            Act::Go(Place::TenantRecordingRules.path()),
        ));
        commands.push(command("Go to", Glyph::Server, "Storage", Act::Go(Place::TenantStorage.path())));
        commands.push(command("Do", Glyph::ArrowsBoth, "Try a call", Act::Go(Place::TenantSimulation.path())));
        commands.push(command("Go to", Glyph::Device, "Set up a phone", Act::Go(Place::TenantNetwork.path())));
        commands.push(command("Go to", Glyph::Building, "Company profile", Act::Go(Place::TenantProfile.path())));
        commands.push(command("Go to", Glyph::Clock, "Office hours and holidays", Act::Go(Place::TenantHours.path())));
        commands.push(command("Go to", Glyph::Play, "Music on hold", Act::Go(Place::TenantMusic.path())));
        commands.push(command("Go to", Glyph::Send, "Mail server", Act::Go(Place::TenantMailServer.path())));
        commands.push(command("Go to", Glyph::Shield, "Blocked numbers", Act::Go(Place::TenantBlockedNumbers.path())));
        commands.push(command("Go to", Glyph::ArrowOut, "Feature codes", Act::Go(Place::TenantFeatureCodes.path())));
        commands.push(command("Do", Glyph::Plus, "Block a number", go("/tenant/blocked-numbers?new")));
        commands.push(command("Do", Glyph::Plus, "Add a phone", go("/tenant/phones?new")));
        commands.push(command("Do", Glyph::Plus, "New extension", go("/tenant/extensions?new")));
        commands.push(command("Do", Glyph::Upload, "Import extensions from CSV", go("/tenant/extensions?import")));
    }
    if scope.user && !scope.tenant {
        commands.push(command("Go to", Glyph::ArrowOut, "Feature codes", Act::Go(Place::FeatureCodes.path())));
    }
    if scope.admin {
        commands.push(command("Go to", Glyph::Server, "Ports and firewall", Act::Go(Place::AdminPorts.path())));
        commands.push(command("Go to", Glyph::Send, "Mail server", Act::Go(Place::AdminMailServer.path())));
        commands.push(command("Go to", Glyph::Server, "Object storage", Act::Go(Place::AdminObjectStorage.path())));
        commands.push(command("Do", Glyph::Settings, "Set-up wizard", Act::Go(Place::AdminWizard.path())));
        commands.push(command("Do", Glyph::Plus, "New tenant", go("/admin/tenants?new")));
    }
    if acting {
        commands.push(command("Do", Glyph::ArrowsBoth, "Switch to administrator", Act::StopActing));
    }
    commands.push(command("Do", Glyph::Key, "Change password", go("/settings")));
    commands.push(command("Do", Glyph::Moon, "Switch between light and dark", Act::Theme));
    commands.push(command("Do", Glyph::Leave, "Sign out", Act::SignOut));
    commands
}

/// Those in which every typed word begins some word, in any order.
fn matching(commands: Vec<Command>, text: &str) -> Vec<Command> {
    let wanted = text.to_lowercase();
    let fits = |word: &str| {
        let word = word.to_lowercase();
        wanted.split_whitespace().all(|part| word.split_whitespace().any(|word| word.starts_with(part)))
    };
    commands.into_iter().filter(|command| fits(&command.word)).collect()
}

async fn search(scope: &Scope, text: String) -> Vec<Command> {
    if scope.admin {
        let ask = ListTenants { search: Some(text), limit: Some(FOUND_MAX), ..Default::default() };
        let rows = api::call(ask).await.map(|page| page.rows).unwrap_or_default();
        let row = |row: shared::tenant::TenantRow| Command {
            group: "Tenants",
            glyph: Glyph::Building,
            word: format!("{} · {}", row.tenant.name, row.tenant.domain),
            act: Act::Go(Place::AdminTenant(row.tenant.id).path()),
        };
        return rows.into_iter().map(row).collect();
    }
    if scope.tenant {
        let ask = ListExtensions { search: Some(text), limit: Some(FOUND_MAX), ..Default::default() };
        let rows = api::call(ask).await.map(|page| page.rows).unwrap_or_default();
        let row = |row: shared::extension::ExtensionRow| Command {
            group: "Extensions",
            glyph: Glyph::Phone,
            word: format!("{} · {}", row.extension.number, row.extension.name),
            act: Act::Go(format!("{}?search={}", Place::TenantExtensions.path(), row.extension.number)),
        };
        return rows.into_iter().map(row).collect();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_matched_by_their_beginnings_in_any_order() {
        let scope = Scope { admin: true, tenant: false, user: false };
        let words = |text: &str| -> Vec<String> {
            matching(all(&scope, false), text).into_iter().map(|command| command.word).collect()
        };
        assert_eq!(words("ten new"), ["New tenant"]);
        assert_eq!(words("tena"), ["Tenants", "New tenant"]);
        assert_eq!(words("zzz"), Vec::<String>::new());
        assert_eq!(words("").len(), all(&scope, false).len());
    }
}
