//! Where the installation stands in its networks: the addresses in use, and what is set of them (WIZ-02, WIZ-08).

use leptos::prelude::*;
use shared::network::{AddressSource, GetNetwork, NetworkState};
use shared::network_overview::GetNetworkOverview;
use shared::setting::GetSettings;
use shared::turn::{GetTurn, Turn, UpdateTurn};

use super::setting::{Group, GroupForm, Kind, Part};
use super::system::SystemTabs;
use crate::page::Head;
use crate::page::network_overview::Overview;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind as NoticeKind, Notice};
use crate::ui::toast;

pub const NETWORK: &[Group] = &[
    (
        "IPv4",
        &[
            Part(
                "private_ipv4",
                "Private address",
                "What phones inside are told. Empty: the address of this machine's default route.",
                Kind::Text("192.168.1.5"),
            ),
            Part(
                "public_ipv4",
                "Public address",
                "What everybody else is told. Set it where it never changes. Empty: what the STUN server below tells, or the private one.",
                Kind::Text("203.0.113.5"),
            ),
            Part(
                "stun_server",
                "STUN server",
                "Asked once a minute for the public address; calls follow when it changes. Empty: nobody is asked.",
                Kind::Text("stun.example:3478"),
            ),
        ],
    ),
    (
        "IPv6",
        &[
            Part("ipv6", "Speak IPv6", "Listens on IPv6 too, with SIP and the sound of phones.", Kind::OnOff),
            Part(
                "private_ipv6",
                "Private address",
                "As above; empty: that of the default route.",
                Kind::Text("fd00::5"),
            ),
            Part("public_ipv6", "Public address", "As above; empty: the private one.", Kind::Text("2001:db8::5")),
        ],
    ),
    (
        "Who is inside",
        &[Part(
            "local_networks",
            "Local networks",
            "Prefixes with commas between. Empty: whoever comes from a private address, such as 192.168.1.20, is inside.",
            Kind::List("192.168.0.0/16, fd00::/8"),
        )],
    ),
    (
        "Names",
        &[Part(
            "dns_servers",
            "DNS servers",
            "Addresses with commas between, at most three. Asked for mail servers, the STUN server and the way to other SIP servers. Empty: those of this machine.",
            Kind::List("192.0.2.53"),
        )],
    ),
    (
        "Web domain",
        &[Part(
            "web_domain",
            "Web domain",
            "The name under which browsers open this portal. Point its DNS here, and see that the certificate covers it.",
            Kind::Text("pbx.example"),
        )],
    ),
];

#[component]
pub fn NetworkPage() -> impl IntoView {
    let settings = Fetch::new(GetSettings::default);
    let network = Fetch::new(GetNetwork::default);
    let overview = Fetch::new(GetNetworkOverview::default);
    Effect::new(move |before: Option<()>| {
        settings.get();
        if before.is_some() {
            network.reload();
            // A STUN server is asked in between.
            network.reload_soon();
            overview.reload_soon();
        }
    });
    view! {
        <div class="page">
            <Head title="Network" text="By which addresses phones and browsers reach this installation. A change holds at once, for new calls." />
            <SystemTabs />
            {network.failure()}
            <div hidden=move || network.problem().is_some()>
                <Card title="In use" testid="network" tools=view! { <Button label="Refresh" testid="refresh" press=move |()| network.reload() /> }.into_any()>
                    {move || match network.get() {
                        None => network.skeleton("", "h-16"),
                        Some(state) => view! { <InUse state /> }.into_any(),
                    }}
                </Card>
            </div>
            {settings.failure()}
            {move || match settings.get() {
                None => settings.skeleton("card p-4.5", "h-40"),
                Some(current) => NETWORK
                    .iter()
                    .map(|group| view! { <GroupForm group=*group current=current.clone() settings /> })
                    .collect_view()
                    .into_any(),
            }}
            <Relay />
            {overview.failure()}
            <div class="grid gap-4" hidden=move || overview.problem().is_some()>
                <h2 class="mt-2">"What SIP clients are set up with"</h2>
                <Overview overview all=true />
            </div>
        </div>
    }
}

/// The relay for browsers that reach nothing else.
#[component]
fn Relay() -> impl IntoView {
    let turn = Fetch::new(GetTurn::default);
    view! {
        {turn.failure()}
        {move || match turn.get() {
            None => turn.skeleton("card p-4.5", "h-24"),
            Some(current) => view! { <RelayForm current turn /> }.into_any(),
        }}
    }
}

#[component]
fn RelayForm(current: Turn, turn: Fetch<Turn>) -> impl IntoView {
    let form = Form::new();
    let (urls, secret) = (RwSignal::new(current.urls.join(", ")), RwSignal::new(String::new()));
    let submit = move |()| {
        let words = urls.get_untracked();
        let words = words.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
        let operation = UpdateTurn { urls: words.map(str::to_owned).collect(), secret: filled(secret.get_untracked()) };
        form.send(operation.check(), operation, move |fresh| {
            turn.set(fresh);
            toast::good("Calls that begin from now on use it.");
        });
    };
    let hint = match current.has_secret {
        true => "There is one; it is kept encrypted and never shown. Empty leaves it as it is.",
        false => "The same as the relay's (static-auth-secret of coturn). Kept encrypted and never shown.",
    };
    view! {
        <Card title="Relay for browsers" testid="relay">
            <FormView form fields=vec!["urls", "secret"] submit>
                <p class="text-soft">"Browsers reach this server's media port over UDP or TCP. Only where a firewall lets neither pass, a TURN server helps, such as coturn on port 443. Browsers get a password for an hour."</p>
                <Field name="urls" label="Addresses" value=urls form optional=true placeholder="turn:turn.example:443?transport=tcp"
                    hint="With commas between. Empty: no relay." />
                <Field name="secret" label="Shared secret" value=secret form kind="password" optional=true autocomplete="new-password" hint />
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-relay" /></div>
            </FormView>
        </Card>
    }
}

#[component]
fn InUse(state: NetworkState) -> impl IntoView {
    let source = match state.source {
        AddressSource::Private => view! { <Badge text="The private one" /> },
        AddressSource::Start => view! { <Badge text="Set at the start" /> },
        AddressSource::Settings => view! { <Badge tone=Tone::Accent text="Set here" /> },
        AddressSource::Stun => view! { <Badge tone=Tone::Good text="Told by STUN" /> },
    };
    let ipv6 = [("Private IPv6", state.ipv6.private), ("Public IPv6", state.ipv6.public)];
    let ipv6 = ipv6.into_iter().filter_map(|(name, address)| Some(fact(name, address?.to_string(), ().into_any())));
    let detected = state.detected.filter(|_| state.source != AddressSource::Stun);
    let word = |address: Option<std::net::Ipv4Addr>| address.map_or_else(|| "none".to_owned(), |one| one.to_string());
    view! {
        <div class="grid gap-4">
            <dl class="facts">
                {fact("Private IPv4", word(state.ipv4.private), ().into_any())}
                {fact("Public IPv4", word(state.ipv4.public), source.into_any())}
                {ipv6.collect_view()}
            </dl>
            {detected.map(|address| view! {
                <Notice kind=NoticeKind::Plain text=format!("The STUN server says {address}. What is set by hand wins.") />
            })}
            {state.stun_failure.map(|failure| view! {
                <Notice kind=NoticeKind::Warn text=format!("The STUN server tells nothing: {failure}. The address of before stays in use.") />
            })}
        </div>
    }
}

fn fact(name: &'static str, address: String, badge: AnyView) -> AnyView {
    view! {
        <div>
            <dt class="hint">{name}</dt>
            <dd class="flex flex-wrap items-center gap-2"><code>{address}</code> {badge}</dd>
        </div>
    }
    .into_any()
}
