//! What stands round every page: rail, bar, banner, palette and the running call.

mod avatar;
mod palette;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use shared::account::StopActing;

use crate::page::user::message::unread::{Unread, figure};
use crate::page::user::voicemail::unheard::Unheard;
use crate::place::Place;
use crate::session::{self, Scope};
use crate::softphone::PhoneBar;
use crate::ui::icon::{Bell, Glyph, Icon};
use crate::ui::{theme, toast};
use crate::{api, browser, live};

/// One entry of the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it leads.
    pub place: Place,
    /// Its icon.
    pub glyph: Glyph,
    /// Its word.
    pub word: &'static str,
    /// Under this name tests find it.
    pub testid: &'static str,
}

/// The entries that a session sees; the first five stand in the bar of a phone.
pub fn entries(scope: &Scope) -> Vec<Entry> {
    let entry = |place, glyph, word, testid| Entry { place, glyph, word, testid };
    let mut entries = Vec::new();
    if scope.admin {
        entries.extend([
            entry(Place::AdminHome, Glyph::Home, "Home", "nav-home"),
            entry(Place::AdminTenants, Glyph::Building, "Tenants", "nav-tenants"),
            entry(Place::AdminTrunks, Glyph::Link, "Trunks", "nav-trunks"),
            entry(Place::AdminRefusals, Glyph::Shield, "Refused", "nav-refusals"),
            entry(Place::AdminEvents, Glyph::Activity, "Logs", "nav-logs"),
            entry(Place::AdminSystem, Glyph::Server, "System", "nav-system"),
        ]);
    }
    if scope.tenant {
        entries.extend([
            entry(Place::TenantHome, Glyph::Home, "Home", "nav-home"),
            entry(Place::TenantExtensions, Glyph::People, "Extensions", "nav-extensions"),
            entry(Place::TenantCalls, Glyph::List, "Calls", "nav-calls"),
            entry(Place::TenantInboundRules, Glyph::ArrowsBoth, "Routes", "nav-routes"),
            entry(Place::TenantWallboard, Glyph::Clock, "Queues", "nav-queues"),
            entry(Place::TenantRegistrations, Glyph::Device, "Devices", "nav-registrations"),
            entry(Place::TenantGroups, Glyph::Key, "Groups", "nav-groups"),
            entry(Place::TenantEvents, Glyph::Activity, "Logs", "nav-logs"),
            entry(Place::TenantDialing, Glyph::ArrowOut, "Dialing", "nav-dialing"),
        ]);
    }
    if scope.user {
        // An administrator's own phone stands among the first five, too.
        let phone = entry(Place::Phone, Glyph::Phone, "Phone", "nav-phone");
        entries.insert(entries.len().min(1), phone);
        entries.push(entry(Place::Messages, Glyph::Message, "Messages", "nav-messages"));
        entries.push(entry(Place::Voicemail, Glyph::Voicemail, "Voicemail", "nav-voicemail"));
        entries.push(entry(Place::Calls, Glyph::List, "My calls", "nav-own-calls"));
    }
    entries.push(entry(Place::Settings, Glyph::Settings, "Settings", "nav-settings"));
    entries
}

/// The entry that a page belongs to.
fn section(place: Place) -> Place {
    match place {
        Place::AdminTenant(_) => Place::AdminTenants,
        Place::AdminSystemAdvanced
        | Place::AdminSecurity
        | Place::AdminIpList
        | Place::AdminTransports
        | Place::AdminCertificate
        | Place::AdminNetwork
        | Place::AdminCheck
        | Place::AdminPorts
        | Place::AdminMailServer
        | Place::AdminObjectStorage
        | Place::AdminServices => Place::AdminSystem,
        Place::AdminWizard => Place::AdminHome,
        Place::AdminActivity | Place::AdminLogFiles => Place::AdminEvents,
        Place::TenantActivity => Place::TenantEvents,
        Place::AdminNumbers => Place::AdminTrunks,
        Place::TenantOutboundRules
        | Place::TenantRingGroups
        | Place::TenantReceptionists
        | Place::TenantConferences
        | Place::TenantConference(_)
        | Place::TenantPrompts
        | Place::TenantSimulation
        | Place::TenantTrunks
        | Place::TenantNumbers => Place::TenantInboundRules,
        Place::TenantQueues
        | Place::TenantQueueHistory
        | Place::TenantVips
        | Place::TenantExclusiveAgents
        | Place::TenantNuisances => Place::TenantWallboard,
        Place::Wallboard => Place::Phone,
        Place::TenantCall(_) | Place::TenantRecordings | Place::TenantRecordingRules | Place::TenantStorage => {
            Place::TenantCalls
        }
        Place::TenantPhones | Place::TenantRefusals | Place::TenantNetwork | Place::TenantSystemExtensions => {
            Place::TenantRegistrations
        }
        Place::TenantBlockedNumbers | Place::TenantFeatureCodes => Place::TenantDialing,
        Place::TenantProfile
        | Place::TenantHours
        | Place::TenantMusic
        | Place::TenantMailServer
        | Place::Forwarding
        | Place::PhoneKeys
        | Place::FeatureCodes => Place::Settings,
        Place::Call(_) | Place::LiveCalls | Place::Recordings | Place::Conferences => Place::Calls,
        Place::Conversation(_) => Place::Messages,
        Place::Mailbox => Place::Voicemail,
        place => place,
    }
}

/// Where the browser keeps whether the rail is folded.
const FOLDED: &str = "belfry.rail";

#[component]
pub fn Shell(place: Memo<Place>, children: Children) -> impl IntoView {
    let who = session::who();
    let scope = Memo::new(move |_| who.get().map(|who| Scope::of(&who)));
    let list = Memo::new(move |_| scope.get().as_ref().map(entries).unwrap_or_default());
    let folded = RwSignal::new(browser::stored(FOLDED).is_some());
    let palette_open = RwSignal::new(false);
    let main = NodeRef::<html::Main>::new();

    // After a change of page the keyboard and the screen reader begin at its top.
    Effect::new(move |before: Option<Place>| {
        let place = place.get();
        if let (Some(main), Some(before)) = (main.get_untracked(), before)
            && before != place
        {
            main.focus().ok();
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        place
    });
    let fold = move |_| {
        folded.update(|folded| *folded = !*folded);
        browser::store(FOLDED, folded.get_untracked().then_some("narrow"));
    };
    view! {
        <a class="skip" href="#main" rel="external" on:click=move |event| {
            event.prevent_default();
            if let Some(main) = main.get_untracked() {
                main.focus().ok();
            }
        }>"Skip to content"</a>
        <div class="shell" class:shell-narrow=move || folded.get()>
            <nav class="rail" aria-label="Main">
                <a class="rail-brand" href="/" aria-label="Belfry, home">
                    <Bell />
                    <span class="rail-text">"Belfry"</span>
                </a>
                <div class="rail-list">
                    {move || list.get().into_iter().map(|entry| link(entry, place, false)).collect_view()}
                </div>
                <div class="rail-foot">
                    <Line />
                    <button
                        type="button"
                        class="rail-link rail-fold"
                        data-testid="rail-fold"
                        aria-pressed=move || folded.get().to_string()
                        aria-label="Fold the navigation"
                        on:click=fold
                    >
                        <Icon glyph=Glyph::Fold />
                        <span class="rail-text">"Fold"</span>
                    </button>
                </div>
            </nav>
            <div class="stage">
                <Banner />
                <header class="bar">
                    <Title />
                    <button
                        type="button"
                        class="bar-search"
                        data-testid="palette-open"
                        aria-label="Search and commands"
                        on:click=move |_| palette_open.set(true)
                    >
                        <Icon glyph=Glyph::Search />
                        <span>"Search or jump to…"</span>
                        <kbd>"Ctrl K"</kbd>
                    </button>
                    <button
                        type="button"
                        class="button-icon"
                        data-testid="theme-toggle"
                        aria-label="Switch between light and dark"
                        title="Switch between light and dark"
                        on:click=move |_| theme::toggle()
                    >
                        <Icon glyph=Glyph::Moon />
                    </button>
                    <avatar::Avatar />
                </header>
                <PhoneBar />
                <main id="main" node_ref=main tabindex="-1" class="outline-none">
                    {children()}
                </main>
            </div>
            <nav class="tab-bar" aria-label="Main, on phones">
                {move || list.get().into_iter().take(5).map(|entry| link(entry, place, true)).collect_view()}
            </nav>
        </div>
        <palette::Palette open=palette_open />
    }
}

fn link(entry: Entry, place: Memo<Place>, small: bool) -> impl IntoView {
    let Entry { place: target, glyph, word, testid } = entry;
    let href = target.path();
    let (count, testid_of_count, what) = match target {
        Place::Messages => (use_context::<Unread>().map(|unread| unread.0), "unread", " not read"),
        Place::Voicemail => (use_context::<Unheard>().map(|unheard| unheard.0), "unheard", " not heard"),
        _ => (None, "", ""),
    };
    let waiting = move || count.map(|count| count.get()).filter(|count| *count > 0);
    let count_testid = format!("{}-{testid_of_count}", if small { "tab" } else { "nav" });
    let current = move || (section(place.get()) == target).then_some("page");
    view! {
        <a
            class=if small { "tab-link" } else { "rail-link" }
            href=href
            title=word
            data-testid=if small { format!("tab-{testid}") } else { testid.to_owned() }
            aria-current=current
        >
            <Icon glyph />
            <span class:rail-text=!small>{word}</span>
            {move || waiting().map(|count| view! {
                <span class="chat-unread" data-testid=count_testid.clone()>
                    {figure(count)}<span class="sr-only">{what}</span>
                </span>
            })}
        </a>
    }
}

/// Whose pages these are.
#[component]
fn Title() -> impl IntoView {
    let who = session::who();
    let title = move || {
        who.get().map_or_else(String::new, |who| who.tenant.map_or_else(|| "Provider".to_owned(), |tenant| tenant.name))
    };
    view! { <div class="bar-title" data-testid="tenant-name"><span>{title}</span></div> }
}

/// Says when the live line is down, and nothing otherwise.
#[component]
fn Line() -> impl IntoView {
    let status = live::status();
    let lost = Memo::new(move |_| status.get() == live::Status::Lost);
    view! {
        <div role="status" data-testid="live-status">
            {move || lost.get().then(|| view! {
                <p class="flex items-center gap-2.5 px-2.5 py-2 text-sm text-warn-ink">
                    <span class="dot dot-warn mx-1" aria-hidden="true"></span>
                    <span class="rail-text">"Reconnecting…"</span>
                </p>
            })}
        </div>
    }
}

/// Reminds an administrator that they act for a tenant (ACC-07).
#[component]
fn Banner() -> impl IntoView {
    let who = session::who();
    let stop = stop_acting();
    move || {
        let who = who.get().filter(|who| who.acting)?;
        let name = who.tenant.map(|tenant| tenant.name).unwrap_or_default();
        Some(view! {
            <div class="banner" role="status" data-testid="acting-banner">
                <span class="flex items-center gap-2">
                    <Icon glyph=Glyph::Alert />
                    <span>"You act for " <strong>{name}</strong> ". Every change is logged with your name."</span>
                </span>
                <button type="button" class="link text-current underline underline-offset-3" data-testid="stop-acting" on:click=move |_| stop.run(())>
                    "Switch to administrator"
                </button>
            </div>
        })
    }
}

/// Makes an administrator who acts for a tenant an administrator again.
pub fn stop_acting() -> Callback<()> {
    let navigate = use_navigate();
    Callback::new(move |()| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::call(StopActing::default()).await {
                Ok(session) => {
                    let tenant = session::tenant_id();
                    session::set(session);
                    let back = tenant.map_or(Place::AdminHome, Place::AdminTenant);
                    navigate(&back.path(), Default::default());
                }
                Err(problem) => toast::bad(problem.title),
            }
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_leads_to_a_page_that_is_open() {
        for (admin, tenant, user) in [(true, false, false), (false, true, true), (false, false, true)] {
            let scope = Scope { admin, tenant, user };
            for entry in entries(&scope) {
                assert!(entry.place.is_open_to(&scope), "{entry:?}");
            }
        }
    }
}
