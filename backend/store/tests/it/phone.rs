//! Desk phones, their links and passwords, and the keys of their people (PH-03…PH-16, EXT-15, EXT-16).

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use shared::activity::{ListActivity, UndoActivity};
use shared::extension::{DeleteExtension, UpdateExtension};
use shared::feature_code::{FeatureCodes, UpdateFeatureCodes};
use shared::phone::{
    CreatePhone, DeletePhone, ListPhones, MacAddress, PHONES_OF_EXTENSION_MAX, Phone, PhoneSettings, PhoneWord,
    TellPhones, UpdatePhone, WeakSecrets,
};
use shared::phone_key::{PhoneKey, PhoneKeys};
use shared::phone_model::PhoneVendor;
use shared::presence::PresenceStatus;
use shared::tenant::UpdateTenant;
use shared::voicemail::{MailboxChange, VoicemailSettings};
use shared::{ExtensionId, PhoneId};
use store::testing::{NOW, actor, each_database, each_url, open};
use store::{Error, TenantStore};

use crate::world::*;

fn yealink(mac: &str) -> PhoneSettings {
    PhoneSettings { mac: mac.into(), model: "SIP-T46U".into(), ..PhoneSettings::default() }
}

fn new_phone(extension_id: ExtensionId, mac: &str) -> CreatePhone {
    CreatePhone { extension_id, settings: yealink(mac), web_password: None }
}

/// A MAC address that ends in this number.
fn mac(last: usize) -> String {
    format!("00156512{last:04x}")
}

async fn add(view: &TenantStore, extension: ExtensionId, mac: &str) -> (Phone, String) {
    view.create_phone(NOW, &actor(), &new_phone(extension, mac)).await.unwrap()
}

fn change(phone: &Phone, settings: PhoneSettings) -> UpdatePhone {
    UpdatePhone { phone_id: phone.id, extension_id: phone.extension_id, settings, web_password: None }
}

async fn newest(view: &TenantStore) -> shared::activity::Activity {
    view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0)
}

// covers: PH-03
#[tokio::test]
async fn ph_03_a_mac_address_is_read_as_people_write_it_and_is_one_phones_in_the_installation() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, _, theirs) = tenant_with(&store, "Globex", &["101"]).await;
        let one = people[0].extension.id;
        for bad in ["", "00156512345", "0015651234567", "00156512345g", "01:15:65:12:34:56", "000000000000"] {
            assert_eq!(invalid(acme.create_phone(NOW, &actor(), &new_phone(one, bad)).await), ["mac"], "{bad}");
        }
        let (phone, _) = add(&acme, one, " 00:15:65-AB.12 cd").await;
        assert_eq!(phone.settings.mac, "001565ab12cd");
        let again = globex.create_phone(NOW, &actor(), &new_phone(theirs[0].extension.id, "00-15-65-ab-12-cd")).await;
        match again {
            Err(Error::Conflict { field: "mac", reason }) => {
                assert!(!reason.contains("Acme") && !reason.contains("101"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        let (other, _) = add(&globex, theirs[0].extension.id, &mac(1)).await;
        assert_eq!(conflict(globex.update_phone(NOW, &actor(), &change(&other, phone.settings.clone())).await), "mac");
        // What it has already it may keep.
        let settings = PhoneSettings { time_zone: "Asia/Kolkata".into(), ..phone.settings.clone() };
        let changed = acme.update_phone(NOW, &actor(), &change(&phone, settings.clone())).await.unwrap();
        assert_eq!(changed, Phone { settings, ..phone.clone() });
        let model = PhoneSettings { model: "SIP-T1000".into(), ..yealink(&mac(2)) };
        let form = CreatePhone { extension_id: one, settings: model, web_password: Some("short".into()) };
        assert_eq!(invalid(acme.create_phone(NOW, &actor(), &form).await), ["model", "web_password"]);
        // Of a removed phone the address is free.
        acme.delete_phone(NOW, &actor(), &DeletePhone { phone_id: phone.id }).await.unwrap();
        add(&globex, theirs[0].extension.id, "001565ab12cd").await;
    })
    .await;
}

// covers: PH-03, EXT-15
#[tokio::test]
async fn ph_03_a_phone_is_an_extensions_of_its_tenant_and_each_has_so_many() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, _, theirs) = tenant_with(&store, "Globex", &["101"]).await;
        let (one, two) = (people[0].extension.id, people[1].extension.id);
        let foreign = new_phone(theirs[0].extension.id, &mac(900));
        assert_eq!(invalid(acme.create_phone(NOW, &actor(), &foreign).await), ["extension_id"]);
        for last in 0..PHONES_OF_EXTENSION_MAX {
            add(&acme, one, &mac(last)).await;
        }
        let more = acme.create_phone(NOW, &actor(), &new_phone(one, &mac(900))).await;
        assert_eq!(conflict(more), "extension_id");
        let (phone, folder) = add(&acme, two, &mac(900)).await;
        let moved = |id| UpdatePhone { extension_id: id, ..change(&phone, phone.settings.clone()) };
        assert_eq!(conflict(acme.update_phone(NOW, &actor(), &moved(one)).await), "extension_id");
        assert_eq!(invalid(acme.update_phone(NOW, &actor(), &moved(theirs[0].extension.id)).await), ["extension_id"]);
        is_not_found(globex.update_phone(NOW, &actor(), &moved(two)).await);
        is_not_found(globex.delete_phone(NOW, &actor(), &DeletePhone { phone_id: phone.id }).await);
        is_not_found(globex.phone_folder(phone.id).await);
        is_not_found(globex.reveal_phone_folder(NOW, &actor(), phone.id).await);
        is_not_found(globex.renew_phone_link(NOW, &actor(), phone.id).await);
        is_not_found(globex.reveal_phone_password(NOW, &actor(), phone.id).await);
        let tell = TellPhones { phone_ids: vec![phone.id], word: PhoneWord::Reboot };
        is_not_found(globex.phones_to_tell(&tell).await);
        assert_eq!(acme.phones_to_tell(&tell).await.unwrap(), std::slice::from_ref(&phone));
        assert_eq!(acme.phones_to_tell(&TellPhones::default()).await.unwrap().len(), PHONES_OF_EXTENSION_MAX + 1);
        assert_eq!(globex.phones_to_tell(&TellPhones::default()).await.unwrap(), []);
        // It goes along with somebody else, its link with it.
        let of_one = ListPhones { extension_id: Some(one), limit: Some(1), ..ListPhones::default() };
        let first = acme.list_phones(&of_one).await.unwrap().rows.remove(0).0;
        acme.delete_phone(NOW, &actor(), &DeletePhone { phone_id: first.id }).await.unwrap();
        acme.update_phone(NOW, &actor(), &moved(one)).await.unwrap();
        assert_eq!(store.phone_in_folder(&folder).await.unwrap().unwrap().extension_id, one);
        let line = newest(&acme).await;
        let told = &line.changes[0];
        assert_eq!((line.subject.as_str(), told.field.as_str()), ("phone 00:15:65:12:03:84", "extension"));
        assert_eq!((told.before.as_deref(), told.after.as_deref()), (Some("102"), Some("101")));
    })
    .await;
}

// covers: PH-08, PH-12
#[tokio::test]
async fn ph_08_the_inventory_is_by_number_and_is_searched_by_what_it_shows() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["103", "101", "102"]).await;
        let (globex, _, theirs) = tenant_with(&store, "Globex", &["100"]).await;
        add(&globex, theirs[0].extension.id, &mac(999)).await;
        for (place, person) in people.iter().enumerate() {
            add(&acme, person.extension.id, &mac(place * 2)).await;
            add(&acme, person.extension.id, &mac(place * 2 + 1)).await;
        }
        let settings = PhoneSettings { vendor: PhoneVendor::Snom, model: "D785".into(), ..yealink("0004137abcde") };
        let form = CreatePhone { extension_id: people[2].extension.id, settings, web_password: None };
        acme.create_phone(NOW, &actor(), &form).await.unwrap();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = acme.list_phones(&ListPhones { cursor, limit: Some(2), ..ListPhones::default() }).await.unwrap();
            assert_eq!(page.total, 7);
            seen.extend(page.rows.into_iter().map(|(phone, owner)| (owner.number, phone.settings.mac)));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let expected = [
            ("101", mac(2)),
            ("101", mac(3)),
            ("102", mac(4)),
            ("102", mac(5)),
            ("102", "0004137abcde".to_owned()),
            ("103", mac(0)),
            ("103", mac(1)),
        ];
        assert_eq!(seen, expected.map(|(number, mac)| (number.to_owned(), mac)));
        let count = async |search: &str| {
            let ask = ListPhones { search: Some(search.into()), ..ListPhones::default() };
            acme.list_phones(&ask).await.unwrap().total
        };
        for (search, found) in [
            ("Person 101", 2),
            ("102", 3),
            ("00:04:13", 1),
            ("00-04-13-7a", 1),
            ("7ABCDE", 1),
            ("snom", 1),
            ("t46u", 6),
            ("%", 0),
            ("' OR 1=1 --", 0),
        ] {
            assert_eq!(count(search).await, found, "{search}");
        }
        let of = ListPhones { extension_id: Some(theirs[0].extension.id), ..ListPhones::default() };
        assert_eq!(acme.list_phones(&of).await.unwrap().total, 0, "another tenant's extension finds nothing");
    })
    .await;
}

// covers: PH-12
#[tokio::test]
async fn ph_12_a_pin_that_is_guessed_easily_is_flagged_and_so_is_a_mailbox_without() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["4719"]).await;
        let one = people[0].extension.id;
        add(&acme, one, &mac(1)).await;
        let weak = async || acme.list_phones(&ListPhones::default()).await.unwrap().rows.remove(0).1.weak;
        let set = async |enabled: bool, pin: Option<&str>| {
            let settings = VoicemailSettings { enabled, ..VoicemailSettings::default() };
            let change = MailboxChange { settings, pin: pin.map(str::to_owned) };
            acme.update_mailbox(NOW, &actor(), "UpdateMailbox", one, &change).await.unwrap();
        };
        assert_eq!(weak().await, WeakSecrets { pin: false, no_pin: true });
        set(true, Some("4719")).await;
        assert_eq!(weak().await, WeakSecrets { pin: true, no_pin: false }, "the own number");
        set(true, Some("83025")).await;
        assert_eq!(weak().await, WeakSecrets::default());
        set(false, Some("")).await;
        assert_eq!(weak().await, WeakSecrets::default(), "there is no mailbox");
    })
    .await;
}

// covers: PH-04, PH-16, S24
#[tokio::test]
async fn ph_16_a_folder_leads_to_one_phone_until_it_is_renewed_or_the_phone_removed() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101"]).await;
        let one = people[0].extension.id;
        let ((phone, folder), (other, others)) = (add(&acme, one, &mac(1)).await, add(&acme, one, &mac(2)).await);
        assert!(folder.len() >= 24 && folder.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{folder}");
        assert_ne!(folder, others);
        let at = async |folder: &str| store.phone_in_folder(folder).await.unwrap().map(|phone| phone.id);
        assert_eq!((at(&folder).await, at(&others).await), (Some(phone.id), Some(other.id)));
        for wrong in ["", "x", &folder[1..], &folder.to_lowercase(), "%", &mac(1)] {
            assert_eq!(at(wrong).await, None, "{wrong}");
        }
        assert_eq!(acme.phone_folder(phone.id).await.unwrap().1, folder, "it can be shown again");
        let (_, renewed) = acme.renew_phone_link(NOW, &actor(), phone.id).await.unwrap();
        assert_eq!((at(&folder).await, at(&renewed).await), (None, Some(phone.id)));
        assert_eq!(acme.phone_folder(phone.id).await.unwrap().1, renewed);
        let line = newest(&acme).await;
        assert_eq!((line.operation.as_str(), line.undoable), ("RenewPhoneLink", false));
        acme.delete_phone(NOW, &actor(), &DeletePhone { phone_id: phone.id }).await.unwrap();
        assert_eq!(at(&renewed).await, None);
        let known = MacAddress::parse(&mac(2)).unwrap();
        assert_eq!(store.phone_at(Some(&known)).await.unwrap().unwrap().id, other.id);
        assert_eq!(store.phone_at(MacAddress::parse(&mac(1)).as_ref()).await.unwrap(), None);
        assert_eq!(store.phone_at(None).await.unwrap(), None);
    })
    .await;
}

// covers: S28
#[tokio::test]
async fn s28_neither_the_folder_nor_the_password_stands_in_the_database() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (acme, _, people) = tenant_with(&store, "Acme", &["101"]).await;
        let (phone, folder) = add(&acme, people[0].extension.id, &mac(1)).await;
        let (_, password) = acme.reveal_phone_password(NOW, &actor(), phone.id).await.unwrap();
        let db = Database::connect(&url).await.unwrap();
        let sql = "SELECT folder, folder_hash, web_password, settings, search_key FROM phone".to_owned();
        let row =
            db.query_one_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        for column in ["folder", "folder_hash", "web_password", "settings", "search_key"] {
            let text: String = row.try_get("", column).unwrap();
            assert!(!text.is_empty() && !text.contains(&folder) && !text.contains(&password), "{column}: {text}");
        }
        db.close().await.unwrap();
        store.close().await.unwrap();
    })
    .await;
}

// covers: PH-11, LOG-02
#[tokio::test]
async fn ph_11_who_has_seen_a_password_stands_in_the_log_and_the_password_does_not() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101"]).await;
        let form =
            CreatePhone { web_password: Some("Drawer-7!x".into()), ..new_phone(people[0].extension.id, &mac(1)) };
        let (phone, _) = acme.create_phone(NOW, &actor(), &form).await.unwrap();
        assert_eq!(acme.reveal_phone_password(NOW, &actor(), phone.id).await.unwrap().1, "Drawer-7!x");
        let line = newest(&acme).await;
        assert_eq!(
            (line.operation.as_str(), line.subject.as_str(), line.actor.as_str()),
            ("RevealPhonePassword", "phone 00:15:65:12:00:01", "admin@belfry.example")
        );
        let other = UpdatePhone { web_password: Some("Cupboard.8".into()), ..change(&phone, phone.settings.clone()) };
        acme.update_phone(NOW, &actor(), &other).await.unwrap();
        let line = newest(&acme).await;
        assert_eq!((line.changes[0].field.as_str(), line.undoable), ("web_password", false));
        assert_eq!(acme.reveal_phone_password(NOW, &actor(), phone.id).await.unwrap().1, "Cupboard.8");
        acme.update_phone(NOW, &actor(), &change(&phone, phone.settings.clone())).await.unwrap();
        assert_eq!(acme.reveal_phone_password(NOW, &actor(), phone.id).await.unwrap().1, "Cupboard.8", "it stays");
        let log = format!("{:?}", acme.list_activity(&ListActivity::default()).await.unwrap());
        assert!(!log.contains("Drawer") && !log.contains("Cupboard"));
        // One that is made is nobody's guess.
        let (made, _) = add(&acme, people[0].extension.id, &mac(2)).await;
        let (_, password) = acme.reveal_phone_password(NOW, &actor(), made.id).await.unwrap();
        assert_eq!(shared::phone::check_web_password(made.settings.vendor, &password), []);
    })
    .await;
}

// covers: PH-11
#[tokio::test]
async fn ph_11_a_phone_of_aastra_has_a_password_of_digits_and_keeps_no_other() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101"]).await;
        let owner = people[0].extension.id;
        let aastra = |mac: &str| PhoneSettings { vendor: PhoneVendor::Aastra, model: "6757i".into(), ..yealink(mac) };
        let form = |password: Option<&str>| CreatePhone {
            extension_id: owner,
            settings: aastra(&mac(1)),
            web_password: password.map(str::to_owned),
        };
        assert_eq!(invalid(acme.create_phone(NOW, &actor(), &form(Some("Drawer-7!x"))).await), ["web_password"]);
        let (made, _) = acme.create_phone(NOW, &actor(), &form(None)).await.unwrap();
        let (_, password) = acme.reveal_phone_password(NOW, &actor(), made.id).await.unwrap();
        assert!(password.len() == 16 && password.bytes().all(|byte| byte.is_ascii_digit()));
        // What it has stays with it, whatever else is changed.
        let other = PhoneSettings { without_tls: true, ..made.settings.clone() };
        acme.update_phone(NOW, &actor(), &change(&made, other)).await.unwrap();
        // Of another vendor it had letters.
        let (phone, _) = add(&acme, owner, &mac(2)).await;
        let becomes = change(&phone, aastra(&mac(2)));
        assert_eq!(invalid(acme.update_phone(NOW, &actor(), &becomes).await), ["web_password"]);
        let becomes = UpdatePhone { web_password: Some("47110815".into()), ..becomes };
        acme.update_phone(NOW, &actor(), &becomes).await.unwrap();
        assert_eq!(acme.reveal_phone_password(NOW, &actor(), phone.id).await.unwrap().1, "47110815");
    })
    .await;
}

// covers: PH-08, PH-13
#[tokio::test]
async fn ph_08_another_device_has_not_fetched_what_the_one_before_it_has() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101"]).await;
        let (phone, folder) = add(&acme, people[0].extension.id, &mac(1)).await;
        store.note_phone_fetch(NOW, &phone, "192.0.2.7", Some("1.2.3")).await.unwrap();
        let known = async || store.phone_in_folder(&folder).await.unwrap().unwrap();
        let renamed = PhoneSettings { without_tls: true, ..phone.settings.clone() };
        acme.update_phone(NOW, &actor(), &change(&phone, renamed)).await.unwrap();
        assert_eq!((known().await.fetched_at, known().await.firmware.as_str()), (Some(NOW), "1.2.3"));
        let after = acme.update_phone(NOW, &actor(), &change(&phone, yealink(&mac(2)))).await.unwrap();
        assert_eq!(known().await, after);
        assert_eq!((after.fetched_at, after.fetched_from.as_str(), after.firmware.as_str()), (None, "", ""));
    })
    .await;
}

// covers: LOG-02
#[tokio::test]
async fn log_02_what_a_phone_was_set_to_is_put_back() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (phone, _) = add(&acme, people[0].extension.id, &mac(1)).await;
        assert!(!newest(&acme).await.undoable, "a new phone has a link; the log does not know it");
        let moved = UpdatePhone {
            extension_id: people[1].extension.id,
            ..change(&phone, PhoneSettings { without_tls: true, ..yealink(&mac(2)) })
        };
        let after = acme.update_phone(NOW, &actor(), &moved).await.unwrap();
        let now = async || acme.list_phones(&ListPhones::default()).await.unwrap().rows.remove(0).0;
        for expected in [&phone, &after, &phone] {
            let line = newest(&acme).await;
            acme.undo_activity(NOW, &actor(), &UndoActivity { activity_id: line.id }).await.unwrap();
            assert_eq!(now().await, *expected);
        }
        acme.note_phones_told(NOW, &actor(), PhoneWord::Reboot, &[phone]).await.unwrap();
        let line = newest(&acme).await;
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("TellPhones", "phone 00:15:65:12:00:01"));
        let word = line.changes.iter().find(|change| change.field == "word").unwrap();
        assert_eq!(word.after.as_deref(), Some("reboot"));
    })
    .await;
}

// covers: PH-13, T-07, EXT-12
#[tokio::test]
async fn ph_13_a_phone_is_told_what_is_stored_now_and_nothing_while_its_person_is_switched_off() {
    each_database(|store| async move {
        let (acme, tenant, people) = tenant_with(&store, "Acme", &["101"]).await;
        let one = people[0].extension.id;
        let (phone, _) = add(&acme, one, &mac(1)).await;
        let setup = store.phone_setup(&phone).await.unwrap().unwrap();
        assert_eq!(
            (setup.number.as_str(), setup.name.as_str(), setup.domain.as_str()),
            ("101", "Person 101", "acme.example")
        );
        assert_eq!(setup.secret, people[0].sip.secret);
        assert_eq!(setup.web_password, acme.reveal_phone_password(NOW, &actor(), phone.id).await.unwrap().1);
        assert_eq!(setup.time_zone, tenant.time_zone);
        assert!(!format!("{setup:?}").contains(&setup.secret));
        let own = PhoneSettings { time_zone: "Asia/Kolkata".into(), ..yealink(&mac(1)) };
        let phone = acme.update_phone(NOW, &actor(), &change(&phone, own)).await.unwrap();
        let codes = FeatureCodes { voicemail: "*99".into(), ..FeatureCodes::default() };
        acme.update_feature_codes(NOW, &actor(), UpdateFeatureCodes { codes }).await.unwrap();
        let renamed =
            UpdateExtension { name: Some("Alice".into()), number: Some("201".into()), ..UpdateExtension::new(one) };
        acme.update_extension(NOW, &actor(), &renamed).await.unwrap();
        let setup = store.phone_setup(&phone).await.unwrap().unwrap();
        assert_eq!((setup.number.as_str(), setup.name.as_str()), ("201", "Alice"));
        assert_eq!((setup.time_zone.as_str(), setup.codes.voicemail.as_str()), ("Asia/Kolkata", "*99"));
        let switched = |enabled| UpdateExtension { enabled: Some(enabled), ..UpdateExtension::new(one) };
        acme.update_extension(NOW, &actor(), &switched(false)).await.unwrap();
        assert_eq!(store.phone_setup(&phone).await.unwrap(), None);
        acme.update_extension(NOW, &actor(), &switched(true)).await.unwrap();
        let suspend = UpdateTenant { enabled: Some(false), ..UpdateTenant::new(tenant.id) };
        store.update_tenant(NOW, &actor(), &suspend).await.unwrap();
        assert_eq!(store.phone_setup(&phone).await.unwrap(), None);
    })
    .await;
}

// covers: PH-13
#[tokio::test]
async fn ph_13_a_fetch_is_noted_once_a_minute() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101"]).await;
        let (phone, folder) = add(&acme, people[0].extension.id, &mac(1)).await;
        let now = async || store.phone_in_folder(&folder).await.unwrap().unwrap();
        store.note_phone_fetch(NOW, &phone, "192.0.2.7", Some("108.86.0.20")).await.unwrap();
        let first = now().await;
        assert_eq!((first.fetched_at, first.fetched_from.as_str()), (Some(NOW), "192.0.2.7"));
        assert_eq!(first.firmware, "108.86.0.20");
        // Whoever has read the row before does not write it either.
        for known in [&phone, &first] {
            store.note_phone_fetch(at(59), known, "192.0.2.8", Some("1")).await.unwrap();
            assert_eq!(now().await, first);
        }
        store.note_phone_fetch(at(60), &first, "192.0.2.9", None).await.unwrap();
        let second = now().await;
        assert_eq!(
            (second.fetched_at, second.fetched_from.as_str()),
            (Some(NOW + Duration::from_secs(60)), "192.0.2.9")
        );
        assert_eq!(second.firmware, "108.86.0.20", "a phone that says nothing of it has the one that it had");
    })
    .await;
}

fn blf(number: &str) -> PhoneKey {
    PhoneKey::Blf { number: number.into() }
}

fn speed_dial(number: &str) -> PhoneKey {
    PhoneKey::SpeedDial { number: number.into() }
}

fn custom(number: &str, label: &str) -> PhoneKey {
    PhoneKey::CustomSpeedDial { number: number.into(), label: label.into() }
}

// covers: EXT-16
#[tokio::test]
async fn ext_16_keys_go_along_with_the_colleagues_that_they_are_for_and_are_gone_with_them() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &["555"]).await;
        let (one, two, three) = (people[0].extension.id, people[1].extension.id, people[2].extension.id);
        let set = async |keys: &[PhoneKey]| acme.update_phone_keys(NOW, &actor(), "UpdatePhoneKeys", one, keys).await;
        let keys = async || acme.phone_keys(one).await.unwrap();
        assert_eq!(keys().await, PhoneKeys::default());
        let away = PhoneKey::ChangeStatus { status: PresenceStatus::Away };
        let wrong = [blf("102"), speed_dial("555"), custom("0301234", "Office"), blf("999")];
        assert_eq!(invalid(set(&wrong).await), ["keys.1.number", "keys.3.number"], "another tenant's is none either");
        assert_eq!(keys().await.keys, []);
        let wanted = [blf(" 102 "), speed_dial("103"), custom("0301234", "Office"), away.clone(), blf("103")];
        let kept = [blf("102"), speed_dial("103"), custom("0301234", "Office"), away.clone(), blf("103")];
        assert_eq!(set(&wanted).await.unwrap().keys, kept);
        is_not_found(globex.phone_keys(one).await);
        is_not_found(globex.update_phone_keys(NOW, &actor(), "UpdatePhoneKeys", one, &[]).await);

        let (phone, _) = add(&acme, one, &mac(1)).await;
        assert_eq!(keys().await.room, Some(27));
        let small = CreatePhone {
            settings: PhoneSettings { model: "SIP-T31P".into(), ..yealink(&mac(2)) },
            ..new_phone(one, &mac(2))
        };
        acme.create_phone(NOW, &actor(), &small).await.unwrap();
        assert_eq!(keys().await.room, Some(2), "the smallest phone's");
        let labels = store.phone_setup(&phone).await.unwrap().unwrap().keys;
        assert_eq!(
            labels.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(),
            ["Person 102", "Person 103", "Office", "Away", "Person 103"]
        );

        let renumber = UpdateExtension { number: Some("202".into()), ..UpdateExtension::new(two) };
        acme.update_extension(NOW, &actor(), &renumber).await.unwrap();
        assert_eq!(keys().await.keys[0], blf("202"));
        // Whoever has the old number now is not watched for it.
        acme.create_extension(NOW, &actor(), &new_extension("102", "Acme2")).await.unwrap();
        assert_eq!(keys().await.keys[0], blf("202"));
        acme.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: three }).await.unwrap();
        assert_eq!(keys().await.keys, [blf("202"), custom("0301234", "Office"), away]);
    })
    .await;
}

// covers: EXT-16, LOG-02
#[tokio::test]
async fn ext_16_a_change_of_keys_stands_in_the_log_key_by_key_and_is_put_back() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let one = people[0].extension.id;
        let set =
            async |keys: &[PhoneKey]| acme.update_phone_keys(NOW, &actor(), "UpdateOwnPhoneKeys", one, keys).await;
        let (first, second) = ([blf("102")], [speed_dial("102"), custom("*681", "Park")]);
        set(&first).await.unwrap();
        set(&second).await.unwrap();
        let line = newest(&acme).await;
        assert_eq!(
            (line.operation.as_str(), line.subject.as_str()),
            ("UpdateOwnPhoneKeys", "phone keys of extension 101")
        );
        let told: Vec<_> =
            line.changes.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        assert_eq!(
            told,
            [("key 001", Some("watches 102"), Some("dials 102")), ("key 002", None, Some("dials *681, Park"))]
        );
        for expected in [&first[..], &second[..], &first[..]] {
            let line = newest(&acme).await;
            acme.undo_activity(NOW, &actor(), &UndoActivity { activity_id: line.id }).await.unwrap();
            assert_eq!(acme.phone_keys(one).await.unwrap().keys, expected);
        }
    })
    .await;
}

// covers: EXT-20
#[tokio::test]
async fn ext_20_the_phones_of_an_extension_go_with_it() {
    each_database(|store| async move {
        let (acme, _, people) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (people[0].extension.id, people[1].extension.id);
        let (phone, folder) = add(&acme, one, &mac(1)).await;
        let (_, others) = add(&acme, two, &mac(2)).await;
        acme.update_phone_keys(NOW, &actor(), "UpdatePhoneKeys", one, &[blf("102")]).await.unwrap();
        acme.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: one }).await.unwrap();
        assert_eq!(store.phone_in_folder(&folder).await.unwrap(), None);
        assert!(store.phone_in_folder(&others).await.unwrap().is_some());
        assert_eq!(store.phone_setup(&phone).await.unwrap(), None);
        let line = newest(&acme).await;
        let told = line.changes.iter().find(|change| change.field == "phones").unwrap();
        assert_eq!((told.before.as_deref(), told.after.as_deref()), (Some(mac(1).as_str()), None));
        is_not_found(acme.phone_folder(PhoneId(phone.id.0)).await);
    })
    .await;
}

// covers: EXT-21
#[tokio::test]
async fn ext_21_codes_from_before_the_one_for_the_status_get_one_that_is_in_nobodys_way() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let db = Database::connect(&url).await.unwrap();
        for (name, intercom, status) in [("Acme", "*11", "*59"), ("Globex", "*591", "*58")] {
            let tenant = create_tenant(&store, name).await.tenant;
            let codes = FeatureCodes { intercom: intercom.into(), ..FeatureCodes::default() };
            let mut old = serde_json::to_value(&codes).unwrap();
            old.as_object_mut().unwrap().remove("status");
            let sql = format!("INSERT INTO feature_codes (tenant_id, codes) VALUES ({}, '{old}')", tenant.id.0);
            db.execute_unprepared(&sql).await.unwrap();
            let expected = FeatureCodes { status: status.into(), ..codes };
            assert_eq!(store.tenant(tenant.id).feature_codes().await.unwrap(), expected);
            assert_eq!(store.load_plan(tenant.id).await.unwrap().unwrap().codes, expected);
        }
        db.close().await.unwrap();
        store.close().await.unwrap();
    })
    .await;
}
