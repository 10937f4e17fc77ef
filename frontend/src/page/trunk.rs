//! Trunks as the provider's and the tenant's pages have them: how one stands, and its form (TRK-01, TRK-05, TRK-09…TRK-11).

use leptos::prelude::*;
use shared::country::by_code;
use shared::diagnosis::Finding;
use shared::ip_range::IpRange;
use shared::problem::FieldProblem;
use shared::trunk::{Trunk, TrunkMode, TrunkSettings, TrunkState, TrunkTransport};
use shared::trunk_header::{AddressVariables, HeaderPart, HostVariable, TrunkPrivacy, Variable};
use shared::trunk_template::{TrunkTemplate, templates};
use shared::{Operation, TrunkId};

use crate::page::finding::Found;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Select, Switch, TextField};
use crate::ui::form::Form;
use crate::ui::icon::Glyph;
use crate::ui::menu::MenuItem;
use crate::ui::records::Noun;

/// What the rows of a list of trunks are called.
pub const NOUN: Noun<Trunk> = Noun {
    word: "trunk",
    name: |row| &row.settings.name,
    removed: "Calls that run go on; new ones take another way.",
    add_testid: "add-trunk",
    edit_testid: "edit-trunk",
};

/// How a trunk stands, with why.
pub fn state(trunk: &Trunk) -> impl IntoView + use<> {
    let (tone, word) = match trunk.standing.state {
        _ if !trunk.settings.enabled => (Tone::Plain, "Off"),
        TrunkState::Connected => (Tone::Good, "Connected"),
        TrunkState::Disconnected => (Tone::Bad, "Disconnected"),
        TrunkState::Unknown => (Tone::Plain, "Not watched"),
        TrunkState::Off => (Tone::Plain, "Off"),
    };
    let since = trunk.standing.since.map(|at| format!(" since {}", time::show(at, Style::Short))).unwrap_or_default();
    let why = format!("{}{since}", trunk.standing.why);
    view! {
        <span class="block" data-testid="trunk-state" data-state=word>
            <Badge tone dot=true text=word />
            <span class="cell-sub cell-clip">{why}</span>
        </span>
    }
}

/// Where it leads, in words.
pub fn place(trunk: &Trunk) -> String {
    let TrunkSettings { host, port, transport, .. } = &trunk.settings;
    if trunk.settings.mode == TrunkMode::Accept {
        return format!("as {}@{host}", trunk.settings.username);
    }
    let port = if *port == 0 { String::new() } else { format!(":{port}") };
    format!("{host}{port} by {}", transport.param().to_uppercase())
}

/// How it and the server know each other, in words.
pub const fn mode_word(mode: TrunkMode) -> &'static str {
    match mode {
        TrunkMode::Register => "Registers with it",
        TrunkMode::Ip => "Known by address",
        TrunkMode::Accept => "Registers here",
    }
}

const MODES: [(&str, TrunkMode); 3] =
    [("ip", TrunkMode::Ip), ("register", TrunkMode::Register), ("accept", TrunkMode::Accept)];
const TRANSPORTS: [(&str, &str, TrunkTransport); 3] =
    [("udp", "UDP", TrunkTransport::Udp), ("tcp", "TCP", TrunkTransport::Tcp), ("tls", "TLS", TrunkTransport::Tls)];
const VARIABLES: [(&str, &str, Variable); 8] = [
    ("default", "As usual", Variable::Default),
    ("auth_id", "The account", Variable::AuthId),
    ("caller_number", "The extension's number", Variable::CallerNumber),
    ("called_number", "The called number", Variable::CalledNumber),
    ("caller_name", "The caller's name", Variable::CallerName),
    ("outbound_caller_id", "The caller id", Variable::OutboundCallerId),
    ("originator", "Whoever called first", Variable::OriginatorCallerId),
    ("anonymous", "Nobody", Variable::Anonymous),
];
const HOSTS: [(&str, &str, HostVariable); 4] = [
    ("default", "The trunk's host", HostVariable::Default),
    ("trunk", "The trunk's host and port", HostVariable::TrunkHostPort),
    ("own", "This server's address", HostVariable::OutHostPort),
    ("domain", "The SIP domain", HostVariable::SipDomain),
];
const PRIVACIES: [(&str, &str, TrunkPrivacy); 6] = [
    ("default", "As the caller wants it", TrunkPrivacy::Default),
    ("none", "none", TrunkPrivacy::None),
    ("id", "id", TrunkPrivacy::Id),
    ("user", "user", TrunkPrivacy::User),
    ("header", "header", TrunkPrivacy::Header),
    ("session", "session", TrunkPrivacy::Session),
];
const PARTS: [(&str, &str, HeaderPart); 8] = [
    ("default", "As usual", HeaderPart::Default),
    ("request_user", "Request-URI", HeaderPart::RequestUser),
    ("to_user", "To", HeaderPart::ToUser),
    ("from_user", "From", HeaderPart::FromUser),
    ("contact_user", "Contact", HeaderPart::ContactUser),
    ("asserted_user", "P-Asserted-Identity", HeaderPart::AssertedUser),
    ("remote_party_user", "Remote-Party-ID", HeaderPart::RemotePartyUser),
    ("called_party_user", "P-Called-Party-ID", HeaderPart::CalledPartyUser),
];

/// The key of a choice among some; what is none of them has its own, so that it is kept.
fn key_of<T: PartialEq>(all: &[(&'static str, &'static str, T)], value: &T) -> String {
    all.iter().find(|(_, _, known)| known == value).map_or("kept", |(key, ..)| key).to_owned()
}

fn chosen<T: Clone>(all: &[(&'static str, &'static str, T)], key: &str, before: &T) -> T {
    all.iter().find(|(known, ..)| *known == key).map_or_else(|| before.clone(), |(_, _, value)| value.clone())
}

fn options<T>(all: &[(&'static str, &'static str, T)], kept: bool, none: bool) -> Vec<(String, String)> {
    let mut options = Vec::new();
    if none {
        options.push((String::new(), "Not sent".to_owned()));
    }
    options.extend(all.iter().map(|(key, word, _)| ((*key).to_owned(), (*word).to_owned())));
    if kept {
        options.push(("kept".to_owned(), "Words of its own".to_owned()));
    }
    options
}

/// The signals of the form.
#[derive(Clone, Copy)]
pub struct Fields {
    before: StoredValue<TrunkSettings>,
    name: RwSignal<String>,
    enabled: RwSignal<bool>,
    mode: RwSignal<String>,
    host: RwSignal<String>,
    port: RwSignal<String>,
    proxy: RwSignal<String>,
    proxy_port: RwSignal<String>,
    transport: RwSignal<String>,
    roots: RwSignal<String>,
    requires_srtp: RwSignal<bool>,
    username: RwSignal<String>,
    auth_name: RwSignal<String>,
    pub password: RwSignal<String>,
    register_seconds: RwSignal<String>,
    options_seconds: RwSignal<String>,
    calls_max: RwSignal<String>,
    answer_seconds: RwSignal<String>,
    addresses: RwSignal<String>,
    verify_source_port: RwSignal<bool>,
    from_user: RwSignal<String>,
    from_host: RwSignal<String>,
    asserted: RwSignal<String>,
    preferred: RwSignal<String>,
    remote_party: RwSignal<String>,
    privacy: RwSignal<String>,
    called_number: RwSignal<String>,
    caller_number: RwSignal<String>,
}

/// The names of the form's fields, for what is wrong with them.
pub const NAMES: [&str; 16] = [
    "name",
    "host",
    "port",
    "outbound_proxy",
    "outbound_proxy_port",
    "roots",
    "requires_srtp",
    "username",
    "auth_name",
    "password",
    "register_seconds",
    "options_seconds",
    "calls_max",
    "answer_seconds",
    "addresses",
    "did_pool",
];

impl Fields {
    /// As a trunk is set up.
    pub fn of(settings: &TrunkSettings) -> Self {
        let text = |value: &str| RwSignal::new(value.to_owned());
        let number = |value: u32| RwSignal::new(value.to_string());
        let maybe = |value: Option<u32>| RwSignal::new(value.map(|value| value.to_string()).unwrap_or_default());
        let user = |address: &Option<AddressVariables>| {
            RwSignal::new(address.as_ref().map(|known| key_of(&VARIABLES, &known.user)).unwrap_or_default())
        };
        let out = &settings.outbound;
        Self {
            before: StoredValue::new(settings.clone()),
            name: text(&settings.name),
            enabled: RwSignal::new(settings.enabled),
            mode: text(MODES.iter().find(|(_, mode)| *mode == settings.mode).map_or("kept", |(key, _)| key)),
            host: text(&settings.host),
            port: number(settings.port.into()),
            proxy: text(&settings.outbound_proxy),
            proxy_port: number(settings.outbound_proxy_port.into()),
            transport: text(settings.transport.param()),
            roots: text(&settings.roots),
            requires_srtp: RwSignal::new(settings.requires_srtp),
            username: text(&settings.username),
            auth_name: text(&settings.auth_name),
            password: text(""),
            register_seconds: number(settings.register_seconds),
            options_seconds: maybe(settings.options_seconds),
            calls_max: maybe(settings.calls_max),
            answer_seconds: number(settings.answer_seconds),
            addresses: RwSignal::new(settings.addresses.iter().map(IpRange::to_string).collect::<Vec<_>>().join(", ")),
            verify_source_port: RwSignal::new(settings.verify_source_port),
            from_user: RwSignal::new(key_of(&VARIABLES, &out.from.user)),
            from_host: RwSignal::new(key_of(&HOSTS, &out.from.host)),
            asserted: user(&out.asserted),
            preferred: user(&out.preferred),
            remote_party: user(&out.remote_party),
            privacy: RwSignal::new(key_of(&PRIVACIES, &out.privacy)),
            called_number: RwSignal::new(key_of(&PARTS, &settings.inbound.called_number)),
            caller_number: RwSignal::new(key_of(&PARTS, &settings.inbound.caller_number)),
        }
    }

    /// Fills in what a template says; a name that was entered stays.
    fn fill(self, template: &TrunkTemplate) {
        let TrunkSettings { mode, host, port, outbound_proxy, outbound_proxy_port, transport, username, .. } =
            &template.settings;
        let generic = template.settings == TrunkSettings::default();
        if self.name.with_untracked(|name| name.trim().is_empty()) && !generic {
            self.name.set(template.brand.clone());
        }
        self.mode.set(MODES.iter().find(|(_, known)| known == mode).map_or("ip", |(key, _)| key).to_owned());
        self.host.set(host.clone());
        self.port.set(port.to_string());
        self.proxy.set(outbound_proxy.clone());
        self.proxy_port.set(outbound_proxy_port.to_string());
        self.transport.set(transport.param().to_owned());
        self.requires_srtp.set(template.settings.requires_srtp);
        self.username.set(username.clone());
        self.register_seconds.set(template.settings.register_seconds.to_string());
        let seconds = template.settings.options_seconds;
        self.options_seconds.set(seconds.map(|seconds| seconds.to_string()).unwrap_or_default());
        self.before.set_value(template.settings.clone());
    }

    /// What was entered, or what cannot be read of it.
    pub fn settings(self) -> Result<TrunkSettings, Vec<FieldProblem>> {
        let before = self.before.get_value();
        let mut problems = Vec::new();
        let mut number = |field: &str, text: String, max: u32| match text.trim().parse::<u32>() {
            Ok(value) if value <= max => value,
            _ => {
                problems.push(FieldProblem::new(field, format!("A number up to {max}.")));
                0
            }
        };
        let port = number("port", self.port.get_untracked(), 65_535);
        let proxy_port = number("outbound_proxy_port", self.proxy_port.get_untracked(), 65_535);
        let register_seconds = number("register_seconds", self.register_seconds.get_untracked(), 86_400);
        let answer_seconds = number("answer_seconds", self.answer_seconds.get_untracked(), 32);
        let mut maybe = |field: &str, text: String, max: u32| {
            if text.trim().is_empty() { None } else { Some(number(field, text, max)) }
        };
        let options_seconds = maybe("options_seconds", self.options_seconds.get_untracked(), 3_600);
        let calls_max = maybe("calls_max", self.calls_max.get_untracked(), 10_000);
        let mut addresses = Vec::new();
        for text in self.addresses.get_untracked().split([',', ';', ' ']).filter(|text| !text.is_empty()) {
            match text.parse() {
                Ok(range) => addresses.push(range),
                Err(_) => problems.push(FieldProblem::new("addresses", format!("{text} is no address."))),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let address = |before: &Option<AddressVariables>, key: String| {
            let base = before.clone().unwrap_or_default();
            (!key.is_empty()).then(|| AddressVariables { user: chosen(&VARIABLES, &key, &base.user), ..base })
        };
        let mut settings = before.clone();
        let out = &mut settings.outbound;
        out.from.user = chosen(&VARIABLES, &self.from_user.get_untracked(), &before.outbound.from.user);
        out.from.host = chosen(&HOSTS, &self.from_host.get_untracked(), &before.outbound.from.host);
        out.asserted = address(&before.outbound.asserted, self.asserted.get_untracked());
        out.preferred = address(&before.outbound.preferred, self.preferred.get_untracked());
        out.remote_party = address(&before.outbound.remote_party, self.remote_party.get_untracked());
        out.privacy = chosen(&PRIVACIES, &self.privacy.get_untracked(), &before.outbound.privacy);
        let inbound = &mut settings.inbound;
        inbound.called_number = chosen(&PARTS, &self.called_number.get_untracked(), &before.inbound.called_number);
        inbound.caller_number = chosen(&PARTS, &self.caller_number.get_untracked(), &before.inbound.caller_number);
        let mode = self.mode.get_untracked();
        let transport = chosen(&TRANSPORTS, &self.transport.get_untracked(), &before.transport);
        // What is for TLS does not outlast it.
        let secure = transport == TrunkTransport::Tls;
        Ok(TrunkSettings {
            name: self.name.get_untracked().trim().to_owned(),
            enabled: self.enabled.get_untracked(),
            mode: MODES.iter().find(|(key, _)| *key == mode).map_or(before.mode, |(_, mode)| *mode),
            host: self.host.get_untracked().trim().to_owned(),
            port: u16::try_from(port).unwrap_or_default(),
            outbound_proxy: self.proxy.get_untracked().trim().to_owned(),
            outbound_proxy_port: u16::try_from(proxy_port).unwrap_or_default(),
            transport,
            roots: if secure { self.roots.get_untracked().trim().to_owned() } else { String::new() },
            requires_srtp: secure && self.requires_srtp.get_untracked(),
            username: self.username.get_untracked().trim().to_owned(),
            auth_name: self.auth_name.get_untracked().trim().to_owned(),
            register_seconds,
            options_seconds,
            calls_max,
            answer_seconds,
            addresses,
            verify_source_port: self.verify_source_port.get_untracked(),
            ..settings
        })
    }
}

/// Which templates a country has: its own and those of none, each with its place among all.
fn templates_of(all: &[TrunkTemplate], country: &str) -> Vec<(String, String)> {
    let of = |known: &TrunkTemplate| country.is_empty() || known.country.is_empty() || known.country == country;
    let named = all.iter().enumerate().filter(|(_, known)| of(known));
    named.map(|(place, known)| (place.to_string(), known.brand.clone())).collect()
}

/// A new trunk begins with a template, by country and brand (TRK-14).
#[component]
fn Templates(fields: Fields) -> impl IntoView {
    let all = StoredValue::new(templates());
    let (country, brand) = (RwSignal::new(String::new()), RwSignal::new("0".to_owned()));
    let mut countries = vec![(String::new(), "All countries".to_owned())];
    all.with_value(|all| {
        for known in all.iter().filter_map(|known| by_code(&known.country)) {
            if countries.iter().all(|(code, _)| code != known.code) {
                countries.push((known.code.to_owned(), known.name.to_owned()));
            }
        }
    });
    // What is chosen already is what the form begins with.
    Effect::watch(
        move || brand.get(),
        move |brand, _, _| {
            if let Ok(place) = brand.parse::<usize>() {
                all.with_value(|all| all.get(place).inspect(|template| fields.fill(template)).is_some());
            }
        },
        false,
    );
    let brands = move || all.with_value(|all| country.with(|country| templates_of(all, country)));
    view! {
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <Select name="country" label="Country" value=country options=countries />
            {move || view! { <Select name="template" label="Provider" value=brand options=brands() /> }}
        </div>
    }
}

/// The fields of a trunk; `has_password` where one is kept.
#[component]
pub fn TrunkFields(fields: Fields, form: Form, has_password: bool) -> impl IntoView {
    let out = fields.before.with_value(|known| known.outbound.clone());
    let inbound = fields.before.with_value(|known| known.inbound);
    let is_own = |address: &Option<AddressVariables>| {
        address.as_ref().is_some_and(|known| key_of(&VARIABLES, &known.user) == "kept")
    };
    let registers = Signal::derive(move || fields.mode.with(|mode| mode != "ip"));
    let secret = if has_password { "Kept; enter another to change it." } else { "For a trunk that asks for it." };
    let modes = vec![
        ("ip".to_owned(), "It is known by its address".to_owned()),
        ("register".to_owned(), "This server registers with it".to_owned()),
        ("accept".to_owned(), "It registers with this server".to_owned()),
    ];
    let accepts = Signal::derive(move || fields.mode.with(|mode| mode == "accept"));
    let secure = Signal::derive(move || fields.transport.with(|transport| transport == "tls") && !accepts.get());
    // The usual port goes with the transport; one that was chosen stays.
    Effect::watch(
        move || fields.transport.get(),
        move |now, before, _| {
            let port = |key: &str| chosen(&TRANSPORTS, key, &TrunkTransport::Udp).port().to_string();
            if before.is_some_and(|before| fields.port.get_untracked() == port(before)) {
                fields.port.set(port(now));
            }
        },
        true,
    );
    let fresh = fields.before.with_value(|known| known.name.is_empty());
    view! {
        {fresh.then(|| view! { <Templates fields /> })}
        <Field name="name" label="Name" value=fields.name form placeholder="Carrier" autofocus=true />
        <Select name="mode" label="How the two know each other" value=fields.mode options=modes />
        <p class="hint" hidden=move || !accepts.get() data-testid="gateway-hint">
            "The gateway signs in with the user name and password below. Its SIP domain is the host, a name of your choice that leads nowhere; its outbound proxy is this server. Calls reach it by the way that it came."
        </p>
        <div class="grid items-start gap-3 sm:grid-cols-3">
            <div class="sm:col-span-2">
                <Field name="host" label="Host" value=fields.host form placeholder="sip.carrier.example" />
            </div>
            <div hidden=move || accepts.get()>
                <Field name="port" label="Port" value=fields.port form inputmode="numeric" hint="0: by DNS" />
            </div>
        </div>
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <div hidden=move || accepts.get()>
                <Select name="transport" label="Transport" value=fields.transport options=options(&TRANSPORTS, false, false) />
            </div>
            <Field name="username" label="User name" value=fields.username form optional=true
                hint="The account; needed where one of the two registers." />
        </div>
        <div class="grid gap-3" hidden=move || !secure.get() data-testid="trunk-tls">
            <TextField name="roots" label="Believed by (PEM, optional)" value=fields.roots form
                placeholder="-----BEGIN CERTIFICATE-----"
                hint="The certificate of the authority that has signed the provider's. Empty: the public authorities. The provider proves the host's name, or the outbound proxy's." />
            <Switch name="requires_srtp" label="No call without protected sound"
                hint="On: SRTP or no call. Off: keys are offered, and sound may go in the open where the provider takes none."
                on=fields.requires_srtp change=move |on| fields.requires_srtp.set(on) />
        </div>
        <Field name="password" label="Password" value=fields.password form kind="password" autocomplete="new-password"
            optional=true hint=secret />
        <Switch name="enabled" label="In use" hint="Off: no call goes out by it, none is taken from it."
            on=fields.enabled change=move |on| fields.enabled.set(on) />
        <details class="more">
            <summary>"Proxy, watching and limits"</summary>
            <div class="mt-3 grid gap-3">
                <div class="grid items-start gap-3 sm:grid-cols-3">
                    <div class="sm:col-span-2">
                        <Field name="outbound_proxy" label="Outbound proxy" value=fields.proxy form optional=true
                            hint="Requests are sent there instead of to the host." />
                    </div>
                    <Field name="outbound_proxy_port" label="Its port" value=fields.proxy_port form inputmode="numeric" hint="0: by DNS" />
                </div>
                <div class="grid items-start gap-3 sm:grid-cols-2">
                    <Field name="auth_name" label="User of the digest" value=fields.auth_name form optional=true hint="Empty: the user name." />
                    <div hidden=move || !registers.get()>
                        <Field name="register_seconds" label="Registration lasts (s)" value=fields.register_seconds form inputmode="numeric" />
                    </div>
                    <Field name="options_seconds" label="Ask whether it is there every (s)" value=fields.options_seconds form
                        inputmode="numeric" optional=true hint="OPTIONS; after two questions without an answer calls take the next way." />
                    <Field name="calls_max" label="Calls at a time" value=fields.calls_max form inputmode="numeric" optional=true hint="Empty: no limit." />
                    <Field name="answer_seconds" label="Give it up after (s)" value=fields.answer_seconds form inputmode="numeric"
                        hint="A call that it says nothing to takes the next way." />
                </div>
                <Field name="addresses" label="Other addresses that its calls come from" value=fields.addresses form optional=true
                    placeholder="192.0.2.0/28, 198.51.100.7" />
                <Switch name="verify_source_port" label="Take its datagrams from its port only"
                    on=fields.verify_source_port change=move |on| fields.verify_source_port.set(on) />
            </div>
        </details>
        <details class="more">
            <summary>"Headers"</summary>
            <p class="mt-2 text-sm text-soft">"As usual is right for most providers: From has the caller id at the trunk's host."</p>
            <div class="mt-3 grid gap-3 sm:grid-cols-2">
                <Select name="from_user" label="From: user" value=fields.from_user
                    options=options(&VARIABLES, key_of(&VARIABLES, &out.from.user) == "kept", false) />
                <Select name="from_host" label="From: host" value=fields.from_host
                    options=options(&HOSTS, key_of(&HOSTS, &out.from.host) == "kept", false) />
                <Select name="asserted" label="P-Asserted-Identity" value=fields.asserted options=options(&VARIABLES, is_own(&out.asserted), true) />
                <Select name="preferred" label="P-Preferred-Identity" value=fields.preferred options=options(&VARIABLES, is_own(&out.preferred), true) />
                <Select name="remote_party" label="Remote-Party-ID" value=fields.remote_party options=options(&VARIABLES, is_own(&out.remote_party), true) />
                <Select name="privacy" label="Privacy" value=fields.privacy options=options(&PRIVACIES, false, false) />
                <Select name="called_number" label="Called number comes in" value=fields.called_number
                    options=options(&PARTS, key_of(&PARTS, &inbound.called_number) == "kept", false) />
                <Select name="caller_number" label="Caller's number comes in" value=fields.caller_number
                    options=options(&PARTS, key_of(&PARTS, &inbound.caller_number) == "kept", false) />
            </div>
        </details>
    }
}

/// Which trunk is being tried, if one.
#[derive(Clone, Copy)]
pub struct Testing {
    open: RwSignal<bool>,
    chosen: RwSignal<Option<Trunk>>,
}

impl Testing {
    /// None is.
    pub fn new() -> Self {
        Self { open: RwSignal::new(false), chosen: RwSignal::new(None) }
    }

    /// This one is.
    pub fn begin(self, trunk: Trunk) {
        self.chosen.set(Some(trunk));
        self.open.set(true);
    }

    /// The choice of its menu.
    pub fn item(self, row: &Trunk) -> AnyView {
        let own = row.clone();
        view! { <MenuItem glyph=Glyph::Check label="Test" testid="menu-test" press=move |()| self.begin(own.clone()) /> }
            .into_any()
    }
}

/// Tries the chosen trunk while it is open; `test` is what asks for that.
#[component]
pub fn TestDialog<O>(testing: Testing, test: fn(TrunkId) -> O) -> impl IntoView
where
    O: Operation<Output = Vec<Finding>> + 'static,
{
    let Testing { open, chosen } = testing;
    let title = Signal::derive(move || {
        chosen.with(|row| row.as_ref().map(|row| format!("Test of {}", row.settings.name)).unwrap_or_default())
    });
    view! {
        <Dialog open title wide=true>
            {move || chosen.get().map(|row| {
                let findings = Fetch::new(move || test(row.id));
                view! {
                    {findings.failure()}
                    {move || match findings.get() {
                        Some(found) => view! { <Found found /> }.into_any(),
                        None if findings.problem().is_none() => view! {
                            <p class="text-soft" role="status">"It is asked whether it is there. This takes some seconds."</p>
                            <span class="skeleton mt-3 block h-40 w-full"></span>
                        }.into_any(),
                        None => ().into_any(),
                    }}
                    <div class="dialog-foot">
                        <Button label="Close" press=move |()| open.set(false) />
                        <Button label="Test again" testid="test-again" press=move |()| findings.retry() />
                    </div>
                }
            })}
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: TRK-14
    #[test]
    fn trk_14_a_country_has_its_own_templates_and_those_of_none() {
        let all = templates();
        let german: Vec<String> = templates_of(&all, "DE").into_iter().map(|(_, brand)| brand).collect();
        assert!(german.contains(&"Generic".to_owned()) && german.contains(&"easybell".to_owned()), "{german:?}");
        assert!(!german.contains(&"Voipfone".to_owned()));
        assert_eq!(templates_of(&all, "").len(), all.len());
    }
}
