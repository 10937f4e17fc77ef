//! What desk phones fetch (PH-04, PH-06, PH-16): `/provision/FOLDER/FILE` for whoever has the link, `/provision/FILE` for phones that were
//! led here by DHCP option 66. A file is made when it is asked for, of what is stored then.
//!
//! **Invariant:** whoever asks for what is not there, or not for him, is told the same, whichever it is, after the same search; only what
//! is found is opened.
//! **Invariant:** nothing that a client says of itself opens anything: whether it came over TLS and from where is what the process has seen, or
//! a proxy that is believed.

mod misses;
pub(crate) mod place;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ::provisioning::{Configuration, ConfiguredKey, KeyDoes, NoFile, PhoneFile};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use shared::Moment;
use shared::event::{EventCode, NewEvent};
use shared::feature_code::FeatureCodes;
use shared::network::is_within;
use shared::phone::{MacAddress, PROVISION_PATH, Phone, PhoneSettings};
use shared::phone_key::PhoneKey;
use shared::presence::PresenceStatus;
use store::PhoneSetup;

use crate::App;
use crate::caller::remote_of;
use crate::csv_file::zone;
use crate::error::{Error, Result};
use crate::headers::{came_over_tls, host};

pub(crate) use misses::Misses;

/// The longest name of a folder or file that is looked for.
const NAME_BYTES_MAX: usize = 64;
/// The most characters of what a phone calls itself that are looked at.
const AGENT_CHARACTERS_MAX: usize = 256;
/// What proxies say of whoever stands behind them.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip"];

/// The addresses under which phones fetch.
pub(crate) fn routes() -> Router<App> {
    let below = |rest: &str| format!("{PROVISION_PATH}{rest}");
    Router::new().route(PROVISION_PATH, get(serve)).route(&below("/"), get(serve)).route(&below("/{*rest}"), get(serve))
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted<'a> {
    /// A file in the folder of a link; its name is empty where it can be none.
    InFolder(&'a str, &'a str),
    /// A file without a folder.
    Alone(&'a str),
    /// What cannot be anything.
    Nothing,
}

impl<'a> Wanted<'a> {
    /// Reads an address as it came: what is escaped in it is no name of a file.
    fn of(path: &'a str) -> Self {
        let is_name = |name: &str| {
            (1..=NAME_BYTES_MAX).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let rest = path.strip_prefix(PROVISION_PATH).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
        match rest.split_once('/') {
            // Phones that know their folder ask for much that is not there, in folders below it too: that is no guess of a folder.
            Some((folder, file)) if is_name(folder) => Self::InFolder(folder, if is_name(file) { file } else { "" }),
            None if is_name(rest) => Self::Alone(rest),
            _ => Self::Nothing,
        }
    }

    fn file(self) -> &'a str {
        match self {
            Self::InFolder(_, file) | Self::Alone(file) => file,
            Self::Nothing => "",
        }
    }
}

/// Who asks, as far as the process has seen it.
struct Asker {
    /// From which address, or which a proxy says that is believed.
    address: Option<IpAddr>,
    /// Over TLS, or from this machine itself?
    is_safe: bool,
    /// From the own network?
    is_near: bool,
    /// The address of this server as the asker knows it, such as `https://pbx.example`; none where somebody stands between.
    base: Option<String>,
    /// What it calls itself.
    agent: String,
}

impl Asker {
    fn of(parts: &Parts, app: &App) -> Self {
        let address = remote_of(parts, app);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let is_direct = !FORWARDED.iter().any(|name| parts.headers.contains_key(*name));
        let is_believed = is_direct || app.config.trusted_proxy;
        let over_tls = came_over_tls(app, &parts.headers);
        let near = |of: Option<IpAddr>| of.is_some_and(is_within);
        let scheme = if over_tls { "https" } else { "http" };
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Self {
            address,
            is_safe: over_tls || is_direct && peer.is_some_and(|peer| peer.is_loopback()),
            is_near: is_believed && near(peer) && near(address),
            base: host(&parts.headers).filter(|_| is_direct).map(|host| format!("{scheme}://{host}")),
            agent: agent.chars().take(AGENT_CHARACTERS_MAX).collect(),
        }
    }
}

/// What was found.
enum Found {
    /// The file.
    File(PhoneFile),
    /// A phone is known by that folder or address, and is not told this now.
    Withheld,
    /// Nothing.
    Nothing,
}

async fn serve(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let asker = Asker::of(&parts, &app);
    let (now, counted) = (app.now(), asker.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()));
    if app.misses.is_over(now, counted) {
        return refused();
    }
    let found = find(&app, now, &asker, Wanted::of(parts.uri.path())).await;
    match found {
        Ok(Found::File(file)) => sent(file),
        Ok(Found::Withheld) => missing(),
        Ok(Found::Nothing) => {
            tracing::info!(address = %counted, agent = ?asker.agent, "the configuration of a phone was asked for that is not there");
            match app.misses.count(now, counted) {
                misses::Miss::Answered => missing(),
                misses::Miss::Last => {
                    (app.config.events)(NewEvent::new(EventCode::PhoneGuessed, counted.to_string()));
                    missing()
                }
                misses::Miss::Refused => refused(),
            }
        }
        Err(error) => error.into_response(),
    }
}

/// Looks for the phone and whether this is a file of it and for this asker; then only is anything opened.
async fn find(app: &App, now: Moment, asker: &Asker, wanted: Wanted<'_>) -> Result<Found> {
    let phone = match wanted {
        Wanted::InFolder(folder, _) => app.store.phone_in_folder(folder).await?,
        Wanted::Alone(file) => {
            let phone = app.store.phone_at(::provisioning::mac_in(file).as_ref()).await?;
            phone.filter(|phone| phone.settings.without_folder && asker.is_near)
        }
        Wanted::Nothing => app.store.phone_at(None).await?,
    };
    let Some(phone) = phone else { return Ok(Found::Nothing) };
    let mac = MacAddress::parse(&phone.settings.mac).unwrap_or_default();
    let PhoneSettings { vendor, model, without_tls, .. } = &phone.settings;
    let is_own = ::provisioning::is_file(wanted.file(), *vendor, &mac, model);
    if !is_own || !(asker.is_safe || *without_tls) {
        return Ok(Found::Withheld);
    }
    let Some(setup) = app.store.phone_setup(&phone).await? else { return Ok(Found::Withheld) };
    let configuration = configuration(app, now, asker, wanted, &phone, setup).await?;
    let file = match ::provisioning::render(wanted.file(), &configuration) {
        Ok(file) => file,
        Err(NoFile::Unknown) => return Ok(Found::Withheld),
        Err(NoFile::Broken) => {
            return Err(Error::Internal(format!("the template of a {} is broken", phone.settings.vendor.word())));
        }
    };
    let from = asker.address.map(place_of).unwrap_or_default();
    let firmware = ::provisioning::firmware(&asker.agent);
    if let Err(error) = app.store.note_phone_fetch(now, &phone, &from, firmware.as_deref()).await {
        tracing::warn!(%error, "that a phone has fetched its configuration could not be noted");
    }
    Ok(Found::File(file))
}

/// All that the phone is told.
async fn configuration(
    app: &App,
    now: Moment,
    asker: &Asker,
    wanted: Wanted<'_>,
    phone: &Phone,
    setup: PhoneSetup,
) -> Result<Configuration> {
    let (settings, transport) = (app.store.get_settings().await?, phone.settings.transport);
    let protocol = place::protocol(transport);
    let rows = app.listeners.rows().await?;
    let port = place::port(&rows, protocol).unwrap_or(protocol.port());
    // Whoever came without a folder asks in its own from then on.
    let name = match wanted {
        Wanted::InFolder(folder, _) => folder.to_owned(),
        Wanted::Alone(_) | Wanted::Nothing => app.store.tenant(phone.tenant_id).phone_folder(phone.id).await?.1,
    };
    let folder = match &asker.base {
        Some(base) => format!("{base}{PROVISION_PATH}/{name}/"),
        None => place::link(app, &rows, phone, &name).folder,
    };
    let offset = zone(&setup.time_zone).zip(Timestamp::from_microsecond(now.0).ok());
    let offset = offset.map_or(0, |(zone, now)| zone.to_offset(now).seconds() / 60);
    let keys = setup.keys.into_iter().map(|(key, label)| configured(&setup.codes, key, label)).collect();
    Ok(Configuration {
        mac: MacAddress::parse(&phone.settings.mac).unwrap_or_default(),
        vendor: phone.settings.vendor,
        model: phone.settings.model.clone(),
        number: setup.number,
        name: setup.name,
        secret: setup.secret,
        domain: setup.domain,
        proxy: place::proxy(app, &settings, asker.address, transport),
        port,
        transport,
        language: phone.settings.language,
        time_zone: setup.time_zone,
        utc_offset_minutes: offset,
        web_password: setup.web_password,
        folder,
        voicemail: setup.codes.voicemail,
        pick_up: setup.codes.pick_up,
        keys,
    })
}

/// A key as its phone is told it; one of the own status does nothing where that has no code.
fn configured(codes: &FeatureCodes, key: PhoneKey, label: String) -> ConfiguredKey {
    let (does, number) = match key {
        PhoneKey::Blf { number } => (KeyDoes::Watch, number),
        PhoneKey::SpeedDial { number } | PhoneKey::CustomSpeedDial { number, .. } => (KeyDoes::Dial, number),
        PhoneKey::ChangeStatus { status } => match PresenceStatus::ALL.iter().position(|known| *known == status) {
            Some(place) if !codes.status.is_empty() => (KeyDoes::Dial, format!("{}{}", codes.status, place + 1)),
            _ => (KeyDoes::Nothing, String::new()),
        },
    };
    ConfiguredKey { does, number, label }
}

/// An address as registrations write it, without its port.
fn place_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

fn sent(file: PhoneFile) -> Response {
    let mut response = file.text.into_response();
    let kind = HeaderValue::from_str(file.content_type);
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    unkept(response)
}

fn missing() -> Response {
    unkept((StatusCode::NOT_FOUND, "There is no such file.\n").into_response())
}

fn refused() -> Response {
    let wait = [(header::RETRY_AFTER, HeaderValue::from_static("60"))];
    unkept((StatusCode::TOO_MANY_REQUESTS, wait, "Wait a minute.\n").into_response())
}

/// Nobody on the way keeps it: it holds secrets, and is another one tomorrow.
fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: PH-16, S24
    #[test]
    fn ph_16_odd_addresses_are_no_names_of_files() {
        assert_eq!(Wanted::of("/provision/a-B_9/001565123456.cfg"), Wanted::InFolder("a-B_9", "001565123456.cfg"));
        assert_eq!(Wanted::of("/provision/001565123456.cfg"), Wanted::Alone("001565123456.cfg"));
        let long = format!("/provision/{}", "a".repeat(NAME_BYTES_MAX + 1));
        for odd in [
            "/provision",
            "/provision/",
            "/provision//",
            "/provision//file.cfg",
            "/provision/%2e%2e/file.cfg",
            "/provision/%00",
            "/provision/é.cfg",
            "/provision/a%2Fb.cfg",
            "/provisionfolder/file.cfg",
            "",
            &long,
        ] {
            assert_eq!(Wanted::of(odd), Wanted::Nothing, "{odd}");
        }
        for odd in ["", "/", "file/more", "../file", "%2e%2e", "%00", "é.cfg"] {
            assert_eq!(Wanted::of(&format!("/provision/folder/{odd}")), Wanted::InFolder("folder", ""), "{odd}");
        }
    }

    // covers: EXT-16
    #[test]
    fn ext_16_a_key_for_the_own_status_dials_its_code_and_a_digit() {
        let codes = FeatureCodes { status: "*77".into(), ..FeatureCodes::default() };
        let dialled = |status: PresenceStatus| {
            configured(&codes, PhoneKey::ChangeStatus { status }, status.word().to_owned()).number
        };
        assert_eq!(PresenceStatus::ALL.map(dialled), ["*771", "*772", "*773"]);
        let none = FeatureCodes { status: String::new(), ..codes };
        let away = PhoneKey::ChangeStatus { status: PresenceStatus::Away };
        assert_eq!(
            configured(&none, away, "Away".into()).does,
            KeyDoes::Nothing,
            "the keys behind it keep their places"
        );
    }
}
