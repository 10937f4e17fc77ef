//! Every page on one screen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::components::Router;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use leptos_router::location::{BrowserUrl, LocationProvider};
use shared::wizard::{GetWizard, WizardState};

use crate::page::{NotFound, admin, door, tenant, user};
use crate::place::Place;
use crate::session::{self, Scope, State};
use crate::shell::Shell;
use crate::softphone::{PhonePage, provide_softphone};
use crate::ui::button::Button;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;
use crate::ui::toast::Toasts;
use crate::{api, live};

/// The page that a place shows.
fn page(place: Place) -> AnyView {
    match place {
        Place::AdminHome => view! { <admin::home::HomePage /> }.into_any(),
        Place::AdminTenants => view! { <admin::tenant::TenantsPage /> }.into_any(),
        Place::AdminTenant(tenant_id) => view! { <admin::tenant_detail::TenantPage tenant_id /> }.into_any(),
        Place::AdminTrunks => view! { <admin::trunk::TrunksPage /> }.into_any(),
        Place::AdminNumbers => view! { <admin::number::NumbersPage /> }.into_any(),
        Place::AdminEvents => view! { <admin::event::EventsPage /> }.into_any(),
        Place::AdminActivity => view! { <admin::activity::ActivityPage /> }.into_any(),
        Place::AdminLogFiles => view! { <admin::log_file::LogFilesPage /> }.into_any(),
        Place::AdminRefusals => view! { <admin::registration::RefusalsPage /> }.into_any(),
        Place::AdminSystem => view! { <admin::setting::GeneralPage /> }.into_any(),
        Place::AdminSystemAdvanced => view! { <admin::setting::AdvancedPage /> }.into_any(),
        Place::AdminSecurity => view! { <admin::setting::SecurityPage /> }.into_any(),
        Place::AdminIpList => view! { <admin::ip_list::IpListPage /> }.into_any(),
        Place::AdminTransports => view! { <admin::transport::TransportsPage /> }.into_any(),
        Place::AdminNetwork => view! { <admin::network::NetworkPage /> }.into_any(),
        Place::AdminCheck => view! { <admin::check::CheckPage /> }.into_any(),
        Place::AdminPorts => view! { <admin::port::PortsPage /> }.into_any(),
        Place::AdminCertificate => view! { <admin::certificate::CertificatePage /> }.into_any(),
        Place::AdminWizard => view! { <admin::wizard::WizardPage /> }.into_any(),
        Place::AdminMailServer => view! { <admin::mail_server::MailServerPage /> }.into_any(),
        Place::AdminObjectStorage => view! { <admin::object_storage::ObjectStoragePage /> }.into_any(),
        Place::AdminServices => view! { <admin::health::ServicesPage /> }.into_any(),
        Place::TenantHome => view! { <tenant::home::HomePage /> }.into_any(),
        Place::TenantExtensions => view! { <tenant::extension::ExtensionsPage /> }.into_any(),
        Place::TenantInboundRules => view! { <tenant::inbound_rule::InboundRulesPage /> }.into_any(),
        Place::TenantOutboundRules => view! { <tenant::outbound_rule::OutboundRulesPage /> }.into_any(),
        Place::TenantGroups => view! { <tenant::extension_group::ExtensionGroupsPage /> }.into_any(),
        Place::TenantRingGroups => view! { <tenant::ring_group::RingGroupsPage /> }.into_any(),
        Place::TenantReceptionists => view! { <tenant::receptionist::ReceptionistsPage /> }.into_any(),
        Place::TenantConferences => view! { <tenant::conference::ConferencesPage /> }.into_any(),
        Place::TenantConference(room_id) => view! { <tenant::conference_manage::ConferencePage room_id /> }.into_any(),
        Place::TenantPrompts => view! { <tenant::prompt::PromptsPage /> }.into_any(),
        Place::TenantQueues => view! { <tenant::queue::QueuesPage /> }.into_any(),
        Place::TenantWallboard => view! { <tenant::queue::wallboard::WallboardPage /> }.into_any(),
        Place::TenantQueueHistory => view! { <tenant::queue::history::HistoryPage /> }.into_any(),
        Place::TenantVips => view! { <tenant::queue::caller::VipsPage /> }.into_any(),
        Place::TenantExclusiveAgents => view! { <tenant::queue::caller::ExclusiveAgentsPage /> }.into_any(),
        Place::TenantNuisances => view! { <tenant::queue::caller::NuisancesPage /> }.into_any(),
        Place::TenantSimulation => view! { <tenant::simulation::SimulationPage /> }.into_any(),
        Place::TenantTrunks => view! { <tenant::trunk::TrunksPage /> }.into_any(),
        Place::TenantNumbers => view! { <tenant::number::NumbersPage /> }.into_any(),
        Place::TenantCalls => view! { <tenant::call_record::CallsPage /> }.into_any(),
        Place::TenantCall(call_id) => view! { <tenant::call_record::CallPage call_id /> }.into_any(),
        Place::TenantRecordings => view! { <tenant::recording::RecordingsPage /> }.into_any(),
        Place::TenantRecordingRules => view! { <tenant::recording_rule::RecordingRulesPage /> }.into_any(),
        Place::TenantStorage => view! { <tenant::storage::StoragePage /> }.into_any(),
        Place::TenantRegistrations => view! { <tenant::registration::DevicesPage /> }.into_any(),
        Place::TenantPhones => view! { <tenant::phone::PhonesPage /> }.into_any(),
        Place::TenantRefusals => view! { <tenant::registration::RefusalsPage /> }.into_any(),
        Place::TenantNetwork => view! { <tenant::network::NetworkPage /> }.into_any(),
        Place::TenantProfile => view! { <tenant::profile::ProfilePage /> }.into_any(),
        Place::TenantMusic => view! { <tenant::music::MusicPage /> }.into_any(),
        Place::TenantHours => view! { <tenant::hours::HoursPage /> }.into_any(),
        Place::TenantMailServer => view! { <tenant::mail_server::MailServerPage /> }.into_any(),
        Place::TenantSystemExtensions => view! { <tenant::system_extension::SystemExtensionsPage /> }.into_any(),
        Place::TenantDialing => view! { <tenant::dialing::DialingPage /> }.into_any(),
        Place::TenantBlockedNumbers => view! { <tenant::blocked_number::BlockedNumbersPage /> }.into_any(),
        Place::TenantFeatureCodes => view! { <tenant::feature_code::FeatureCodesPage /> }.into_any(),
        Place::TenantEvents => view! { <tenant::event::EventsPage /> }.into_any(),
        Place::TenantActivity => view! { <tenant::activity::ActivityPage /> }.into_any(),
        Place::Phone => view! { <PhonePage /> }.into_any(),
        Place::Calls => view! { <user::call_record::CallsPage /> }.into_any(),
        Place::Call(call_id) => view! { <user::call_record::CallPage call_id /> }.into_any(),
        Place::Recordings => view! { <user::recording::RecordingsPage /> }.into_any(),
        Place::Conferences => view! { <user::conference::ConferencesPage /> }.into_any(),
        Place::Messages => view! { <user::message::MessagesPage /> }.into_any(),
        Place::Conversation(with) => view! { <user::message::MessagesPage with /> }.into_any(),
        Place::Voicemail => view! { <user::voicemail::VoicemailPage /> }.into_any(),
        Place::Mailbox => view! { <user::voicemail::MailboxPage /> }.into_any(),
        Place::LiveCalls => view! { <user::live_call::LiveCallsPage /> }.into_any(),
        Place::Wallboard => view! { <user::wallboard::WallboardPage /> }.into_any(),
        Place::FeatureCodes => view! { <user::feature_code::FeatureCodesPage /> }.into_any(),
        Place::Forwarding => view! { <user::forwarding::ForwardingPage /> }.into_any(),
        Place::PhoneKeys => view! { <user::phone_key::PhoneKeysPage /> }.into_any(),
        Place::Settings => view! { <user::account::SettingsPage /> }.into_any(),
        Place::SignIn | Place::Root => view! { <Onward /> }.into_any(),
        Place::Link | Place::Setup | Place::Unknown => view! { <NotFound /> }.into_any(),
    }
}

/// The whole portal.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Gate />
        </Router>
        <Toasts />
    }
}

/// What stands open.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Loading,
    Door(Place),
    SignedOut,
    SignedIn(session::Portal),
}

/// Lets in whoever is signed in and shows the doors to everybody else.
#[component]
fn Gate() -> impl IntoView {
    let path = use_location().pathname;
    let place = Memo::new(move |_| Place::read(&path.get()));
    // The router puts a link's address into the bar when it is told that the page stands; without its `Routes` that is ours to tell.
    let browser = use_context::<BrowserUrl>();
    Effect::new(move |_| {
        path.track();
        if let Some(browser) = &browser {
            browser.ready_to_complete();
        }
    });
    let state = session::state();
    let phase = Memo::new(move |_| match (state.get(), place.get()) {
        // These make a session of their own; an older one must not get in between.
        (_, place @ (Place::Link | Place::Setup)) => Phase::Door(place),
        (State::Loading, _) => Phase::Loading,
        (State::SignedOut, Place::SignIn) => Phase::Door(Place::SignIn),
        (State::SignedOut, _) => Phase::SignedOut,
        (State::SignedIn(session), _) => Phase::SignedIn(session::portal_of(&session)),
    });
    Effect::new(move |_| document().set_title(&format!("{} · Belfry", place.get().title())));
    move || match phase.get() {
        Phase::Loading => view! { <Opening /> }.into_any(),
        Phase::Door(Place::Link) => view! { <door::LinkPage /> }.into_any(),
        Phase::Door(Place::Setup) => view! { <door::SetupPage /> }.into_any(),
        Phase::Door(_) => view! { <door::SignInPage /> }.into_any(),
        Phase::SignedOut => view! { <ToSignIn /> }.into_any(),
        Phase::SignedIn(_) => view! { <SignedIn place /> }.into_any(),
    }
}

/// Tries the refresh cookie.
#[component]
fn Opening() -> impl IntoView {
    let failure = RwSignal::new(None::<String>);
    let attempt = move || {
        failure.set(None);
        spawn_local(async move {
            if let Err(problem) = api::refresh().await {
                failure.try_set(Some(problem.title));
            }
        });
    };
    attempt();
    move || match failure.get() {
        None => view! {
            <div class="door text-faint" role="status">
                <span class="spinner" aria-hidden="true"></span>
                <span class="sr-only">"Loading"</span>
            </div>
        }
        .into_any(),
        Some(text) => view! {
            <div class="door">
                <Empty
                    glyph=Glyph::Alert
                    title="Belfry is out of reach"
                    text
                    action=view! { <Button label="Try again" press=move |()| attempt() /> }.into_any()
                />
            </div>
        }
        .into_any(),
    }
}

/// Sends a stranger to the door, and remembers where to.
#[component]
fn ToSignIn() -> impl IntoView {
    let navigate = use_navigate();
    let location = use_location();
    Effect::new(move |_| {
        let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
        let wanted = if query.is_empty() { path } else { format!("{path}?{query}") };
        let target = match wanted.as_str() {
            "/" => Place::SignIn.path(),
            _ => format!("{}?next={}", Place::SignIn.path(), js_sys::encode_uri_component(&wanted)),
        };
        navigate(&target, NavigateOptions { replace: true, ..Default::default() });
    });
}

/// Sends whoever has come in to the page that was wanted, or home.
#[component]
fn Onward() -> impl IntoView {
    let navigate = use_navigate();
    let who = session::who();
    let query = use_query_map();
    Effect::new(move |_| {
        let Some(scope) = who.get_untracked().map(|who| Scope::of(&who)) else { return };
        let wanted = query.with_untracked(|query| query.get("next")).filter(|wanted| {
            let path = wanted.split('?').next().unwrap_or_default();
            wanted.starts_with('/') && Place::read(path).is_open_to(&scope)
        });
        let navigate = navigate.clone();
        spawn_local(async move {
            let target = match wanted {
                Some(wanted) => wanted,
                None => beginning(&scope).await.path(),
            };
            navigate(&target, NavigateOptions { replace: true, ..Default::default() });
        });
    });
}

/// Where a session begins: the provider's at the set-up wizard, until somebody has gone through it or left it for later (WIZ-01).
async fn beginning(scope: &Scope) -> Place {
    let home = Place::home(scope);
    let asked = scope.admin && home == Place::AdminHome;
    let open = asked && api::call(GetWizard::default()).await.is_ok_and(|wizard| wizard.state == WizardState::Open);
    if open { Place::AdminWizard } else { home }
}

/// The portal of one session.
#[component]
fn SignedIn(place: Memo<Place>) -> impl IntoView {
    let who = session::who();
    live::connect();
    if let Some(own) = who.with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id)) {
        provide_softphone();
        user::message::unread::provide_unread();
        user::voicemail::unheard::provide_unheard();
        user::supervision::provide_supervision(own);
    }
    let scope = Memo::new(move |_| who.get().map(|who| Scope::of(&who)));
    let content = move || {
        let place = place.get();
        let entered = matches!(place, Place::SignIn | Place::Root);
        match scope.get() {
            Some(scope) if entered || place.is_open_to(&scope) => page(place),
            _ => view! { <NotFound /> }.into_any(),
        }
    };
    view! { <Shell place>{content}</Shell> }
}
