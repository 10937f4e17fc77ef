//! All that templates may say, of a configuration.

use minijinja::context;
use minijinja::value::Value;
use shared::language::Language;
use shared::phone::PhoneTransport;
use shared::phone_model::{PhoneVendor, model};

use crate::escape::{dialled, plain};
use crate::{Configuration, file, key, web_user, zone};

/// How long a registration lasts, in seconds; the registrar refuses less than 300 (RFC 3261, 10.2.8).
pub const REGISTER_SECONDS: u32 = 3_600;
/// How often a phone asks for its files by itself, in minutes (PH-13).
pub const POLL_MINUTES: u32 = 24 * 60;
/// What tells phones the time, where their network does not.
const TIME_SERVER: &str = "pool.ntp.org";
/// The longest name that is sent, in characters.
const NAME_CHARACTERS_MAX: usize = 120;
/// The most that a zone is ahead of UTC, in minutes.
const OFFSET_MINUTES_MAX: i32 = 14 * 60;

/// The values, by the names that stand in the templates.
pub fn of(configuration: &Configuration) -> Value {
    let Configuration { vendor, model: name, .. } = configuration;
    let room = model(*vendor, name).map_or(0, |known| known.keys);
    let keys = context! {
        keys => key::slots(*vendor, name, room, &configuration.keys),
        // Whether the first key is the line's own, on phones that have keys for both.
        lines => room > 0,
        aside => key::is_aside(name),
        pages => key::pages(name, room),
    };
    let periods = context! {
        register_seconds => REGISTER_SECONDS,
        register_minutes => REGISTER_SECONDS / 60,
        poll_seconds => POLL_MINUTES * 60,
        poll_minutes => POLL_MINUTES,
        poll_hours => POLL_MINUTES / 60,
        poll_days => POLL_MINUTES.div_ceil(24 * 60),
    };
    context! { ..account(configuration), ..place(configuration), ..folder(configuration), ..keys, ..periods }
}

/// Who the phone is, and where it registers.
fn account(configuration: &Configuration) -> Value {
    let transport = configuration.transport;
    let word = match transport {
        PhoneTransport::Udp => "udp",
        PhoneTransport::Tcp => "tcp",
        PhoneTransport::Tls => "tls",
    };
    context! {
        mac => configuration.mac.digits(),
        number => dialled(&configuration.number),
        name => configuration.name.chars().take(NAME_CHARACTERS_MAX).collect::<String>(),
        secret => configuration.secret,
        domain => plain(&configuration.domain),
        proxy => plain(&configuration.proxy),
        port => configuration.port,
        transport => word,
        transport_upper => word.to_ascii_uppercase(),
        transport_word => polycom_transport(transport),
        transport_code => transport_code(configuration.vendor, transport),
        tls => transport == PhoneTransport::Tls,
        opus => configuration.model.ends_with("-3PCC"),
        voicemail => dialled(&configuration.voicemail),
        pick_up => dialled(&configuration.pick_up),
        web_user => web_user(configuration.vendor),
        web_password => configuration.web_password,
    }
}

/// As Polycom writes it.
const fn polycom_transport(transport: PhoneTransport) -> &'static str {
    match transport {
        PhoneTransport::Udp => "UDPOnly",
        PhoneTransport::Tcp => "TCPOnly",
        PhoneTransport::Tls => "TLS",
    }
}

/// As the others count it.
const fn transport_code(vendor: PhoneVendor, transport: PhoneTransport) -> u8 {
    match (vendor, transport) {
        (PhoneVendor::Gigaset | PhoneVendor::Aastra, PhoneTransport::Udp) => 1,
        (PhoneVendor::Gigaset | PhoneVendor::Aastra, PhoneTransport::Tcp) => 2,
        (PhoneVendor::Aastra, PhoneTransport::Tls) => 4,
        // Cisco counts TCP first.
        (PhoneVendor::Cisco, PhoneTransport::Udp) => 2,
        (PhoneVendor::Fanvil | PhoneVendor::Gigaset | PhoneVendor::Cisco, PhoneTransport::Tls) => 3,
        (_, PhoneTransport::Udp) => 0,
        (_, PhoneTransport::Tcp) => 1,
        (_, PhoneTransport::Tls) => 2,
    }
}

/// Where the phone stands: language and time.
fn place(configuration: &Configuration) -> Value {
    let Configuration { vendor, language, .. } = configuration;
    let offset = configuration.utc_offset_minutes.clamp(-OFFSET_MINUTES_MAX, OFFSET_MINUTES_MAX);
    let name = plain(&configuration.time_zone);
    let known = zone::named(&name);
    let zone = match vendor {
        PhoneVendor::Yealink => known.map_or("", |zone| zone.yealink).to_owned(),
        // A desk phone of Gigaset reads what one of Snom reads.
        PhoneVendor::Snom | PhoneVendor::Gigaset => known.map_or("", |zone| zone.snom).to_owned(),
        PhoneVendor::Aastra => known.map_or("", |zone| zone.aastra).to_owned(),
        PhoneVendor::Cisco => zone::cisco(&name, offset).to_owned(),
        PhoneVendor::Htek => zone::htek(offset).to_string(),
        // In quarters of an hour.
        PhoneVendor::Fanvil => (offset / 15).to_string(),
        _ => String::new(),
    };
    // A phone that knows the zone adds the hour of summer by itself.
    let zone_minutes = known.map_or(offset, |zone| zone.standard_minutes);
    context! {
        time_server => TIME_SERVER,
        time_zone => name,
        zone => zone,
        zone_hours => zone::hours(zone_minutes),
        zone_short => zone::cisco_short(offset),
        posix_zone => zone::posix(&name, offset),
        offset_seconds => offset * 60,
        offset_signed => format!("{:+}", offset * 60),
        offset_west_minutes => -offset,
        offset_name => format!("UTC{}", if offset == 0 { String::new() } else { zone::hours(offset) }),
        offset_clock => zone::clock(offset, "+"),
        language => language_word(*vendor, *language),
        language_file => aastra_language_file(*language),
        locale => language.code(),
        locale_hyphen => language.code().replace('_', "-"),
    }
}

/// A language as the vendor writes it; English where its phones lack it.
const fn language_word(vendor: PhoneVendor, language: Language) -> &'static str {
    use PhoneVendor::{Aastra, Cisco, CiscoSpa, Fanvil, Gigaset, Grandstream, Htek, Panasonic, Polycom, Snom, Yealink};
    match (vendor, language) {
        (Yealink, Language::ZhCn) => "Chinese_S",
        (Yealink | CiscoSpa, language) => language.name(),
        (Snom | Gigaset, Language::DeDe) => "Deutsch",
        (Snom | Gigaset, Language::FrFr) => "Francais",
        (Snom | Gigaset, Language::EsEs) => "Espanol",
        (Snom | Gigaset, _) => "English",
        (Aastra, Language::ZhCn) => "English",
        (Aastra, language) => language.name(),
        (Cisco | Polycom, Language::EnUs) => "English_United_States",
        (Cisco | Polycom, Language::DeDe) => "German_Germany",
        (Cisco | Polycom, Language::FrFr) => "French_France",
        (Cisco | Polycom, Language::EsEs) => "Spanish_Spain",
        (Cisco | Polycom, Language::ZhCn) => "Chinese_China",
        (Fanvil, Language::ZhCn) => "cn",
        (Fanvil | Grandstream | Htek | Panasonic, Language::EnUs) => "en",
        (Fanvil | Grandstream | Htek | Panasonic, Language::DeDe) => "de",
        (Fanvil | Grandstream | Htek | Panasonic, Language::FrFr) => "fr",
        (Fanvil | Grandstream | Htek | Panasonic, Language::EsEs) => "es",
        (Grandstream | Htek, Language::ZhCn) => "zh",
        // No phone of Panasonic speaks it.
        (Panasonic, Language::ZhCn) => "en",
    }
}

/// The file of a language that is part of Aastra's firmware; empty for English.
const fn aastra_language_file(language: Language) -> &'static str {
    match language {
        Language::DeDe => "lang_de.txt",
        Language::FrFr => "lang_fr.txt",
        Language::EsEs => "lang_es.txt",
        Language::EnUs | Language::ZhCn => "",
    }
}

/// Where the phone fetches its files again, whole and in parts.
fn folder(configuration: &Configuration) -> Value {
    let folder = &configuration.folder;
    let (scheme, bare) = folder.split_once("://").unwrap_or(("http", folder));
    let secure = scheme == "https";
    let (authority, path) = bare.split_once('/').unwrap_or((bare, ""));
    let standard = if secure { "443" } else { "80" };
    // The port stands behind the last colon that is not part of an IPv6 address.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, standard),
    };
    let own = file::names(configuration.vendor, &configuration.mac, &configuration.model);
    context! {
        folder => folder,
        folder_open => folder.trim_end_matches('/'),
        folder_bare => bare.trim_end_matches('/'),
        file => own.into_iter().next().unwrap_or_default(),
        secure => secure,
        scheme => if secure { "https" } else { "http" },
        scheme_upper => if secure { "HTTPS" } else { "HTTP" },
        server_host => host,
        server_port => plain(port),
        server_path => path.trim_end_matches('/'),
    }
}
