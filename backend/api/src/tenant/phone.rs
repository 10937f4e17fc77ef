//! The tenant's desk phones: what they are set to, where they fetch it, and what they are told (PH-03…PH-13).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use shared::phone::{
    CreatePhone, DeletePhone, ListPhones, PHONE_ANSWER_SECONDS_MAX, Phone, PhoneCreated, PhoneLink, PhonePassword,
    PhoneRow, PhoneTold, PhoneTransport, RenewPhoneLink, RevealPhoneLink, RevealPhonePassword, TellPhones,
    ToldStanding, UpdatePhone, bindings, is_same_device,
};
use shared::registration::Registration;
use shared::{ExtensionId, Page, RegistrationId};
use store::PhoneOwner;

use crate::App;
use crate::admin::tenant::check_zone;
use crate::caller::TenantAdmin;
use crate::error::{Error, Result};
use crate::provisioning::place;

/// How often it is looked what phones have answered.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// So many looks are as long as a phone may take.
const LOOKS_MAX: u64 = PHONE_ANSWER_SECONDS_MAX * 10;
/// Of a device that is not configured from here, the most characters of a search that are looked at.
const SEARCH_CHARACTERS_MAX: usize = 128;

/// The phones, and behind the last of them the devices that are not configured from here (PH-08).
pub(crate) async fn list(caller: TenantAdmin, operation: ListPhones) -> Result<Page<PhoneRow>> {
    let store = &caller.store;
    let found = store.list_phones(&operation).await?;
    let registrations = match caller.app.door.registrations(store.tenant_id()).await {
        Ok(now) => now,
        // The inventory is worth reading with what was recorded last.
        Err(_) => caller.app.store.registrations(store.tenant_id()).await?,
    };
    let people: BTreeSet<ExtensionId> = registrations.iter().map(|known| known.extension_id).collect();
    let mut phones: BTreeMap<ExtensionId, Vec<Phone>> = BTreeMap::new();
    for phone in store.phones_of(people.iter().copied()).await? {
        phones.entry(phone.extension_id).or_default().push(phone);
    }
    let owners = store.phone_owners(people).await?;
    let is_phone = |known: &Registration| {
        phones.get(&known.extension_id).is_some_and(|own| own.iter().any(|phone| is_same_device(phone, known)))
    };
    let strange = registrations.iter().filter(|known| !is_phone(known));
    let strange = strange.filter(|known| operation.extension_id.is_none_or(|only| only == known.extension_id));
    let strange = strange.filter_map(|known| Some((owners.get(&known.extension_id)?, known)));
    let mut strange: Vec<_> =
        strange.filter(|(owner, known)| is_found(owner, known, operation.search.as_deref())).collect();
    strange.sort_by(|(one, _), (other, _)| one.number.cmp(&other.number));
    let total = found.total + strange.len() as u64;
    let mut rows: Vec<PhoneRow> = Vec::with_capacity(found.rows.len());
    for (phone, owner) in found.rows {
        let known = registrations.iter().find(|known| is_same_device(&phone, known)).cloned();
        rows.push(row(&owner, Some(phone), known));
    }
    if found.next.is_none() {
        rows.extend(strange.into_iter().map(|(owner, known)| row(owner, None, Some(known.clone()))));
    }
    Ok(Page { rows, next: found.next, total })
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreatePhone) -> Result<PhoneCreated> {
    check(&caller.app, &operation.settings.time_zone, operation.settings.transport).await?;
    let rows = caller.app.listeners.rows().await?;
    let (phone, folder) = caller.store.create_phone(caller.now, &caller.actor, &operation).await?;
    let link = place::link(&caller.app, &rows, &phone, &folder).file;
    Ok(PhoneCreated { phone, link })
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdatePhone) -> Result<Phone> {
    check(&caller.app, &operation.settings.time_zone, operation.settings.transport).await?;
    Ok(caller.store.update_phone(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeletePhone) -> Result<()> {
    Ok(caller.store.delete_phone(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn link(caller: TenantAdmin, operation: RevealPhoneLink) -> Result<PhoneLink> {
    let rows = caller.app.listeners.rows().await?;
    let (phone, folder) = caller.store.reveal_phone_folder(caller.now, &caller.actor, operation.phone_id).await?;
    Ok(place::link(&caller.app, &rows, &phone, &folder))
}

pub(crate) async fn renew_link(caller: TenantAdmin, operation: RenewPhoneLink) -> Result<PhoneLink> {
    let rows = caller.app.listeners.rows().await?;
    let (phone, folder) = caller.store.renew_phone_link(caller.now, &caller.actor, operation.phone_id).await?;
    Ok(place::link(&caller.app, &rows, &phone, &folder))
}

pub(crate) async fn reveal_password(caller: TenantAdmin, operation: RevealPhonePassword) -> Result<PhonePassword> {
    let (phone, password) = caller.store.reveal_phone_password(caller.now, &caller.actor, operation.phone_id).await?;
    Ok(PhonePassword { user: ::provisioning::web_user(phone.settings.vendor).to_owned(), password })
}

/// Tells the phones that are registered, waits for their answers as long as a phone may take, and says what has become of each.
pub(crate) async fn tell(caller: TenantAdmin, operation: TellPhones) -> Result<Vec<PhoneTold>> {
    let (store, door) = (&caller.store, &caller.app.door);
    let tenant = store.tenant_id();
    let phones = store.phones_to_tell(&operation).await?;
    let registrations = door.registrations(tenant).await?;
    let of_phones: Vec<(Phone, Vec<RegistrationId>)> = phones
        .into_iter()
        .map(|phone| {
            let own = bindings(&phone, &registrations);
            (phone, own)
        })
        .collect();
    let devices: BTreeSet<RegistrationId> = of_phones.iter().flat_map(|(_, own)| own.iter().copied()).collect();
    let devices: Vec<RegistrationId> = devices.into_iter().collect();
    let mut told = BTreeMap::new();
    if !devices.is_empty() {
        told = door.tell_phones(tenant, devices.clone(), operation.word).await?;
    }
    for _ in 0..LOOKS_MAX {
        if !told.values().any(|standing| *standing == ToldStanding::Waiting) {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        told = door.phones_told(tenant, devices.clone()).await?;
    }
    let phones: Vec<Phone> = of_phones.iter().map(|(phone, _)| phone.clone()).collect();
    store.note_phones_told(caller.now, &caller.actor, operation.word, &phones).await?;
    let outcome = |(phone, own): (Phone, Vec<RegistrationId>)| {
        let reason = why_not(&own, &told);
        PhoneTold { phone_id: phone.id, confirmed: reason.is_empty(), reason }
    };
    Ok(of_phones.into_iter().map(outcome).collect())
}

/// Why a phone with these bindings has not confirmed what it was told; empty where it has.
fn why_not(own: &[RegistrationId], told: &BTreeMap<RegistrationId, ToldStanding>) -> String {
    if own.is_empty() {
        return "The phone is not registered.".to_owned();
    }
    let standings: Vec<ToldStanding> = own.iter().filter_map(|id| told.get(id).copied()).collect();
    let statuses = standings.iter().filter_map(|standing| match standing {
        ToldStanding::Answered(status) => Some(*status),
        ToldStanding::Waiting => None,
    });
    let statuses: Vec<u16> = statuses.collect();
    if statuses.iter().any(|status| (200..300).contains(status)) {
        return String::new();
    }
    match statuses.into_iter().find(|status| *status != 408) {
        Some(status) => format!("Not confirmed: the phone answered {status}."),
        None if standings.is_empty() => "Not confirmed: the phone could not be reached.".to_owned(),
        None => "Not confirmed: the phone has not answered.".to_owned(),
    }
}

/// Refuses a time zone that is none, and a way that nobody listens on.
async fn check(app: &App, time_zone: &str, transport: PhoneTransport) -> Result<()> {
    check_zone(Some(time_zone).filter(|zone| !zone.is_empty()))?;
    let protocol = place::protocol(transport);
    // Where the listeners do not answer nothing is known against it.
    let Ok(rows) = app.listeners.rows().await else { return Ok(()) };
    match place::port(&rows, protocol) {
        Some(_) => Ok(()),
        None => {
            let reason =
                format!("This server does not listen for SIP over {}; its provider can add it.", protocol.word());
            Err(Error::field("transport", &reason))
        }
    }
}

fn row(owner: &PhoneOwner, phone: Option<Phone>, registration: Option<Registration>) -> PhoneRow {
    let named = registration.as_ref().and_then(|known| ::provisioning::firmware(&known.user_agent));
    let fetched = phone.as_ref().map(|phone| phone.firmware.clone());
    PhoneRow {
        extension_id: owner.extension_id,
        number: owner.number.clone(),
        name: owner.name.clone(),
        firmware: named.or(fetched).unwrap_or_default(),
        page: registration.as_ref().and_then(own_page),
        weak: owner.weak,
        phone,
        registration,
    }
}

/// Does a device that is not configured from here contain what is searched for?
fn is_found(owner: &PhoneOwner, known: &Registration, search: Option<&str>) -> bool {
    let text: String = search.unwrap_or_default().trim().to_lowercase();
    let text: String = text.chars().filter(|c| !c.is_control()).take(SEARCH_CHARACTERS_MAX).collect();
    [&owner.number, &owner.name, &known.user_agent].iter().any(|part| part.to_lowercase().contains(&text))
}

/// The page of a phone by the address that it has in its own network, as its Contact says it (PH-11). A public address is not its own, and a
/// browser has no page.
fn own_page(known: &Registration) -> Option<String> {
    if matches!(known.transport.as_str(), "ws" | "wss") {
        return None;
    }
    let uri = known.contact.trim().trim_start_matches('<');
    let rest = ["sips:", "sip:"].iter().find_map(|scheme| {
        let head = uri.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| uri.get(scheme.len()..)).flatten()
    })?;
    let address = rest.split([';', '?', '>']).next()?;
    let place = address.rsplit_once('@').map_or(address, |(_, place)| place);
    let ip: IpAddr = match place.parse::<SocketAddr>() {
        Ok(with_port) => with_port.ip(),
        Err(_) => place.trim_matches(['[', ']']).parse().ok()?,
    };
    let inside = shared::network::is_reachable(ip) && !shared::network::is_public(ip);
    inside.then(|| match ip {
        IpAddr::V4(v4) => format!("http://{v4}"),
        IpAddr::V6(v6) => format!("http://[{v6}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{Moment, TenantId};

    fn registered(contact: &str, transport: &str) -> Registration {
        Registration {
            id: RegistrationId(1),
            tenant_id: TenantId(1),
            extension_id: ExtensionId(1),
            number: "101".into(),
            contact: contact.into(),
            transport: transport.into(),
            source: "198.51.100.7:5060".into(),
            user_agent: "Desk Phone".into(),
            instance: String::new(),
            reg_id: None,
            path: Vec::new(),
            q: 1_000,
            call_id: "r@phone".into(),
            cseq: 1,
            registered_at: Moment(0),
            expires_at: Moment(1),
            reachable: true,
        }
    }

    // covers: PH-11
    #[test]
    fn ph_11_the_page_of_a_phone_is_at_the_address_of_its_own_network() {
        for (contact, page) in [
            ("sip:101@192.168.1.20:5062;line=1", Some("http://192.168.1.20")),
            ("<sip:101@10.0.0.9>", Some("http://10.0.0.9")),
            ("SIPS:10.0.0.9:5061", Some("http://10.0.0.9")),
            ("sip:a@b@172.16.0.1?x=y", Some("http://172.16.0.1")),
            ("sip:101@[fd00::9]:5060", Some("http://[fd00::9]")),
            ("sip:101@[fd00::9]", Some("http://[fd00::9]")),
            ("sip:101@198.51.100.7:5060", None),
            ("sip:101@127.0.0.1", None),
            ("sip:101@phone.example", None),
            ("sip:8fjw93@x.invalid;transport=ws", None),
            ("tel:101", None),
            ("sip:", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(own_page(&registered(contact, "udp")).as_deref(), page, "{contact}");
        }
        assert_eq!(own_page(&registered("sip:101@192.168.1.20", "wss")), None);
    }

    // covers: PH-09
    #[test]
    fn ph_09_what_was_not_confirmed_says_why() {
        let (one, two) = (RegistrationId(1), RegistrationId(2));
        let why = |own: &[RegistrationId], told: &[(RegistrationId, ToldStanding)]| {
            why_not(own, &told.iter().copied().collect())
        };
        use ToldStanding::{Answered, Waiting};
        assert_eq!(why(&[one], &[(one, Answered(200))]), "");
        assert_eq!(
            why(&[one, two], &[(one, Answered(408)), (two, Answered(202))]),
            "",
            "an old binding of it is silent"
        );
        assert_eq!(why(&[], &[(one, Answered(200))]), "The phone is not registered.");
        assert_eq!(why(&[one], &[(one, Answered(482))]), "Not confirmed: the phone answered 482.");
        assert_eq!(why(&[one], &[(one, Answered(408))]), "Not confirmed: the phone has not answered.");
        assert_eq!(why(&[one], &[(one, Waiting)]), "Not confirmed: the phone has not answered.");
        assert_eq!(why(&[one], &[]), "Not confirmed: the phone could not be reached.");
    }
}
