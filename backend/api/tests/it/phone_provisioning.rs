//! Desk phones over HTTP: the inventory, what they are told, and what they fetch (PH-03…PH-16, EXT-15, EXT-16, S24).

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use shared::activity::ListActivity;
use shared::event::EventCode;
use shared::extension::UpdateExtension;
use shared::feature_code::{FeatureCodes, UpdateFeatureCodes};
use shared::network::is_public;
use shared::phone::{
    CreatePhone, ListPhones, PhoneCreated, PhoneSettings, PhoneTransport, PhoneWord, RenewPhoneLink, RevealPhoneLink,
    RevealPhonePassword, TellPhones, ToldStanding, UpdatePhone,
};
use shared::phone_key::{GetOwnPhoneKeys, PhoneKey, UpdateOwnPhoneKeys, UpdatePhoneKeys};
use shared::phone_model::{PhoneVendor, models};
use shared::presence::PresenceStatus;
use shared::registration::Registration;
use shared::tenant::UpdateTenant;
use shared::transport::{CreateTransport, Protocol};
use shared::voicemail::{MailboxChange, UpdateOwnMailbox, VoicemailSettings};
use shared::{ExtensionId, Method, Moment, RegistrationId, TenantId};
use store::testing::{NOW, each_database};

use crate::app::{ADDRESS, App, HOST, Reply};
use crate::world::{Company, World, admin_of};

/// An address of the own network.
const NEAR: &str = "10.0.0.77";
/// What phones call themselves.
const AGENT: &str = "Yealink SIP-T46U 108.86.0.20 00:15:65:ab:cd:01";

/// How a phone asks.
struct Asking<'a> {
    from: &'a str,
    over_tls: bool,
    headers: Vec<(&'a str, &'a str)>,
}

impl Default for Asking<'_> {
    fn default() -> Self {
        Self { from: ADDRESS, over_tls: true, headers: Vec::new() }
    }
}

async fn ask(app: &App, method: &str, path: &str, asking: &Asking<'_>) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", HOST)
        .header("user-agent", AGENT)
        .extension(ConnectInfo(SocketAddr::new(asking.from.parse().unwrap(), 40_000)));
    if asking.over_tls {
        request = request.header("x-belfry-tls", "1");
    }
    for (name, value) in &asking.headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn fetch(app: &App, path: &str) -> Reply {
    ask(app, "GET", path, &Asking::default()).await
}

/// The path of a link.
fn path(link: &str) -> String {
    format!("/{}", link.splitn(4, '/').nth(3).unwrap())
}

fn settings(mac: &str) -> PhoneSettings {
    PhoneSettings { mac: mac.into(), model: "SIP-T46U".into(), ..PhoneSettings::default() }
}

/// A phone of Alice.
async fn phone(of: &mut Company, settings: PhoneSettings) -> PhoneCreated {
    let form = CreatePhone { extension_id: of.alice_extension.id, settings, web_password: None };
    of.boss.call(form).await.unwrap()
}

fn is_missing(reply: &Reply) {
    assert_eq!((reply.status.as_u16(), reply.text().as_str()), (404, "There is no such file.\n"));
    assert_eq!(
        (reply.header("content-type"), reply.header("cache-control")),
        ("text/plain; charset=utf-8", "no-store")
    );
}

fn holds(reply: &Reply, parts: &[&str]) {
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    for part in parts {
        assert!(reply.text().contains(part), "no {part} in {}", reply.text());
    }
}

fn registered(of: &Company, extension: ExtensionId, id: i64) -> Registration {
    Registration {
        id: RegistrationId(id),
        tenant_id: of.tenant.id,
        extension_id: extension,
        number: "101".into(),
        contact: "sip:101@192.168.1.20:5062".into(),
        transport: "udp".into(),
        source: "198.51.100.7:5062".into(),
        user_agent: AGENT.into(),
        instance: String::new(),
        reg_id: None,
        path: Vec::new(),
        q: 1_000,
        call_id: "r@phone".into(),
        cseq: 1,
        registered_at: NOW,
        expires_at: Moment(NOW.0 + 3_600_000_000),
        reachable: true,
    }
}

// covers: PH-03, EXT-15
#[tokio::test]
async fn ph_03_what_is_wrong_with_a_phone_is_told_at_its_field() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let extension_id = world.acme.alice_extension.id;
        let made = phone(&mut world.acme, settings("00:15:65:AB:CD:01")).await;
        assert_eq!(made.phone.settings.mac, "001565abcd01");
        let boss = &mut world.acme.boss;
        let mut refused = async |settings: PhoneSettings| {
            let problem = boss.call(CreatePhone { extension_id, settings, web_password: None }).await.unwrap_err();
            (problem.status, problem.fields[0].field.clone(), problem.fields[0].reason.clone())
        };
        let (status, field, _) = refused(settings("00:15:65:AB:CD")).await;
        assert_eq!((status, field.as_str()), (422, "mac"));
        let (status, field, _) = refused(settings("001565-abcd01")).await;
        assert_eq!((status, field.as_str()), (409, "mac"));
        let nowhere = PhoneSettings { time_zone: "Mars/Olympus".into(), ..settings("001565abcd02") };
        assert_eq!(refused(nowhere).await.1, "time_zone");
        let (_, field, reason) =
            refused(PhoneSettings { transport: PhoneTransport::Tls, ..settings("001565abcd02") }).await;
        assert_eq!(field, "transport");
        assert!(reason.contains("SIP over TLS"), "{reason}");
        // Another tenant has one with this address, and is not named.
        let (_, field, reason) = refused(settings(&world.globex.phone.settings.mac.clone())).await;
        assert!(field == "mac" && !reason.contains("Globex"), "{field}: {reason}");
        // What it is set to, and its link, are shown again.
        let boss = &mut world.acme.boss;
        let ask = ListPhones { extension_id: Some(extension_id), ..ListPhones::default() };
        let rows = boss.call(ask).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.phone.clone()).collect::<Vec<_>>(), [Some(made.phone.clone())]);
        assert_eq!(boss.call(RevealPhoneLink { phone_id: made.phone.id }).await.unwrap().file, made.link);
    })
    .await;
}

// covers: PH-04, PH-07, EXT-15, EXT-16, S24
#[tokio::test]
async fn ph_04_the_link_of_each_vendor_gives_the_phone_all_that_it_needs() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let acme = &mut world.acme;
        let keys = vec![
            PhoneKey::Blf { number: "102".into() },
            PhoneKey::SpeedDial { number: "102".into() },
            PhoneKey::CustomSpeedDial { number: "0301234567".into(), label: "Head office".into() },
            PhoneKey::ChangeStatus { status: PresenceStatus::DoNotDisturb },
        ];
        let (alice, secret) = (acme.alice_extension.id, acme.secrets[0].clone());
        acme.boss.call(UpdatePhoneKeys { extension_id: alice, keys }).await.unwrap();
        let vendors: Vec<PhoneVendor> = PhoneVendor::ALL
            .into_iter()
            .filter(|vendor| models().iter().any(|model| model.vendor == *vendor && model.keys >= 4))
            .collect();
        assert!(vendors.contains(&PhoneVendor::Yealink));
        for (place, vendor) in vendors.into_iter().take(9).enumerate() {
            let model = models().into_iter().find(|model| model.vendor == vendor && model.keys >= 4).unwrap().model;
            let made = phone(acme, PhoneSettings { vendor, model, ..settings(&format!("001565abcd{place:02}")) }).await;
            let link = acme.boss.call(RevealPhoneLink { phone_id: made.phone.id }).await.unwrap();
            assert!(link.file.starts_with(&link.folder) && link.folder.ends_with('/'), "{link:?}");
            assert_eq!(link.file, made.link);
            let file = fetch(&world.app, &path(&link.file)).await;
            holds(&file, &["101", &secret, "acme.example", "102", "0301234567", "*593"]);
            assert_eq!(file.header("cache-control"), "no-store");
            let head = ask(&world.app, "HEAD", &path(&link.file), &Asking::default()).await;
            assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
            assert_eq!(head.header("content-type"), file.header("content-type"));
            is_missing(&fetch(&world.app, &format!("{}000000000000.none", path(&link.folder))).await);
        }
        // A new link ends the old one.
        let made = phone(acme, settings("001565abcd99")).await;
        let renewed = acme.boss.call(RenewPhoneLink { phone_id: made.phone.id }).await.unwrap();
        is_missing(&fetch(&world.app, &path(&made.link)).await);
        holds(&fetch(&world.app, &path(&renewed.file)).await, &[&secret]);
    })
    .await;
}

// covers: PH-13, PH-10
#[tokio::test]
async fn ph_13_the_next_fetch_has_what_was_changed() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let acme = &mut world.acme;
        let (alice, made) = (acme.alice_extension.id, phone(acme, settings("001565abcd01")).await);
        let link = path(&made.link);
        holds(&fetch(&world.app, &link).await, &["Alice of Acme"]);
        let change = UpdateExtension { name: Some("Alice Green".into()), ..UpdateExtension::new(alice) };
        acme.boss.call(change).await.unwrap();
        let codes = FeatureCodes { status: "*77".into(), ..FeatureCodes::default() };
        acme.boss.call(UpdateFeatureCodes { codes }).await.unwrap();
        let keys = vec![PhoneKey::ChangeStatus { status: PresenceStatus::Away }];
        let set = acme.alice.call(UpdateOwnPhoneKeys { keys: keys.clone() }).await.unwrap();
        assert_eq!((set.keys.clone(), set.room), (keys, Some(27)));
        assert_eq!(acme.alice.call(GetOwnPhoneKeys {}).await.unwrap(), set);
        holds(&fetch(&world.app, &link).await, &["Alice Green", "*772"]);
        let row =
            &acme.boss.call(ListPhones { extension_id: Some(alice), ..ListPhones::default() }).await.unwrap().rows[0];
        let phone = row.phone.clone().unwrap();
        assert_eq!((phone.fetched_at, phone.fetched_from.as_str()), (Some(NOW), ADDRESS));
        // Whoever is switched off gets nothing, and neither does a tenant that is suspended.
        let switched = |enabled| UpdateExtension { enabled: Some(enabled), ..UpdateExtension::new(alice) };
        acme.boss.call(switched(false)).await.unwrap();
        is_missing(&fetch(&world.app, &link).await);
        acme.boss.call(switched(true)).await.unwrap();
        let suspend = UpdateTenant { enabled: Some(false), ..UpdateTenant::new(acme.tenant.id) };
        world.admin.call(suspend).await.unwrap();
        is_missing(&fetch(&world.app, &link).await);
    })
    .await;
}

// covers: PH-06, S24
#[tokio::test]
async fn ph_06_without_tls_and_without_a_folder_only_what_may_and_only_from_near() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        assert!(is_public(ADDRESS.parse().unwrap()) && !is_public(NEAR.parse().unwrap()));
        let strict = phone(&mut world.acme, settings("001565abcd01")).await;
        let loose = PhoneSettings { without_tls: true, without_folder: true, ..settings("001565abcd02") };
        let loose = phone(&mut world.acme, loose).await;
        assert!(loose.link.starts_with("http://"), "{}", loose.link);
        let app = &world.app;
        let alone = |link: &str| format!("/provision/{}", link.rsplit('/').next().unwrap());
        let plain = |from| Asking { from, over_tls: false, headers: Vec::new() };
        let get = async |path: String, asking: Asking<'_>| ask(app, "GET", &path, &asking).await;
        // Without TLS.
        is_missing(&get(path(&strict.link), plain(ADDRESS)).await);
        is_missing(&get(path(&strict.link), plain(NEAR)).await);
        holds(&get(path(&strict.link), plain("127.0.0.1")).await, &["101"]);
        holds(&get(path(&loose.link), plain(ADDRESS)).await, &["101"]);
        let forged = [("x-forwarded-proto", "https"), ("x-forwarded-for", "127.0.0.1")];
        let headers = forged.to_vec();
        is_missing(&get(path(&strict.link), Asking { from: ADDRESS, over_tls: false, headers: headers.clone() }).await);
        let through = Asking { from: "127.0.0.1", over_tls: false, headers };
        is_missing(&get(path(&strict.link), through).await);
        // Without the folder.
        let file = get(alone(&loose.link), plain(NEAR)).await;
        holds(&file, &["101", &world.acme.secrets[0]]);
        let folder = path(&loose.link).rsplit_once('/').unwrap().0.to_owned();
        holds(&file, &[&format!("{folder}/\n")]);
        is_missing(&get(alone(&loose.link), plain(ADDRESS)).await);
        // Neither public nor of the own network: whoever is outside may come by it.
        for tunnelled in ["2002:cb00:7101::1", "2001::1", "64:ff9b::cb00:7101"] {
            is_missing(&get(alone(&loose.link), plain(tunnelled)).await);
        }
        let forged = vec![("x-forwarded-for", NEAR)];
        is_missing(&get(alone(&loose.link), Asking { from: ADDRESS, over_tls: true, headers: forged.clone() }).await);
        let behind = vec![("x-forwarded-for", ADDRESS)];
        is_missing(&get(alone(&loose.link), Asking { from: NEAR, over_tls: true, headers: behind }).await);
        is_missing(&get(alone(&strict.link), Asking { from: NEAR, ..Asking::default() }).await);
    })
    .await;
}

// covers: PH-06, S24
#[tokio::test]
async fn ph_06_a_proxy_that_is_believed_says_who_asks_and_how() {
    each_database(|store| async move {
        let mut world = World::new(store.clone()).await;
        let made = phone(&mut world.acme, settings("001565abcd01")).await;
        let app = App::with(store, |config| config.trusted_proxy = true);
        let behind = |proto: &'static str| Asking {
            from: "127.0.0.1",
            over_tls: false,
            headers: vec![("x-forwarded-proto", proto), ("x-forwarded-for", ADDRESS)],
        };
        holds(&ask(&app, "GET", &path(&made.link), &behind("https")).await, &["101"]);
        is_missing(&ask(&app, "GET", &path(&made.link), &behind("http")).await);
    })
    .await;
}

// covers: PH-16, S24
#[tokio::test]
async fn ph_16_whoever_guesses_gets_404_and_then_has_to_wait_and_the_provider_is_told() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let made = phone(&mut world.acme, settings("001565abcd01")).await;
        let (app, link) = (world.app.clone(), path(&made.link));
        let file = link.rsplit('/').next().unwrap().to_owned();
        let folder = link.trim_start_matches("/provision/").split('/').next().unwrap().to_owned();
        let wrong: String = folder.chars().rev().collect();
        // A wrong file in a right folder is no guess of a folder.
        for _ in 0..50 {
            is_missing(&fetch(&app, &format!("/provision/{folder}/001565999999.cfg")).await);
            is_missing(&fetch(&app, &format!("/provision/{folder}/Localization/German_Germany/words.xml")).await);
            is_missing(&fetch(&app, &format!("/provision/{folder}/../{folder}/{file}")).await);
        }
        let guesses = [
            format!("/provision/{wrong}/{file}"),
            format!("/provision/{file}"),
            format!("/provision/{folder}"),
            format!("/provision/{wrong}/../{folder}/{file}"),
            "/provision/%2e%2e/%00".to_owned(),
            format!("/provision/{}/{}", "a".repeat(500), "b".repeat(500)),
            "/provision".to_owned(),
            "/provision/".to_owned(),
        ];
        let mut asked = 0;
        while asked < 30 {
            for guess in &guesses {
                if asked < 30 {
                    is_missing(&fetch(&app, guess).await);
                    asked += 1;
                }
            }
        }
        let refused = fetch(&app, &guesses[0]).await;
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "60"));
        assert_eq!(fetch(&app, &link).await.status.as_u16(), 429, "a right guess is told from a wrong one no more");
        let elsewhere = Asking { from: "203.0.113.99", ..Asking::default() };
        holds(&ask(&app, "GET", &link, &elsewhere).await, &["101"]);
        let events = app.events.lock().unwrap().clone();
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!((events[0].code, events[0].value.as_str()), (EventCode::PhoneGuessed, ADDRESS));
        app.pass(Duration::from_secs(60));
        holds(&fetch(&app, &link).await, &["101"]);
        is_missing(&fetch(&app, &guesses[0]).await);
        let put = ask(&app, "PUT", &link, &Asking::default()).await;
        assert_eq!(put.status.as_u16(), 405);
    })
    .await;
}

// covers: PH-07, WIZ-08
#[tokio::test]
async fn ph_07_a_phone_inside_is_told_the_address_that_it_reaches_and_another_the_public_one() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let made = phone(&mut world.acme, settings("001565abcd01")).await;
        let near = Asking { from: NEAR, ..Asking::default() };
        holds(&ask(&world.app, "GET", &path(&made.link), &near).await, &["10.0.0.5", "5060"]);
        holds(&fetch(&world.app, &path(&made.link)).await, &["pbx.test", "5060"]);
        world.admin.call(CreateTransport { protocol: Protocol::Tcp, port: 5071 }).await.unwrap();
        let settings = PhoneSettings { transport: PhoneTransport::Tcp, ..made.phone.settings };
        let (phone_id, extension_id) = (made.phone.id, made.phone.extension_id);
        let change = UpdatePhone { phone_id, extension_id, settings, web_password: None };
        world.acme.boss.call(change).await.unwrap();
        holds(&ask(&world.app, "GET", &path(&made.link), &near).await, &["10.0.0.5", "5071"]);
    })
    .await;
}

// covers: PH-08, PH-11
#[tokio::test]
async fn ph_08_the_inventory_has_phones_and_behind_them_what_else_is_registered() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let acme = &mut world.acme;
        let (alice, made) = (acme.alice_extension.id, phone(acme, settings("001565abcd01")).await);
        let desk = registered(acme, alice, 1);
        let mut soft = registered(acme, alice, 2);
        soft.user_agent = "Soft Client 4.2".into();
        soft.contact = "sip:101@x.invalid;transport=wss".into();
        soft.transport = "wss".into();
        let foreign = registered(&world.globex, world.globex.alice_extension.id, 3);
        *world.app.devices.registered.lock().unwrap() = vec![soft.clone(), foreign, desk.clone()];
        let acme = &mut world.acme;
        let page = acme.boss.call(ListPhones::default()).await.unwrap();
        assert_eq!(page.total, 3);
        let shown: Vec<_> =
            page.rows.iter().map(|row| (row.phone.as_ref().map(|phone| phone.id), row.registration.clone())).collect();
        assert_eq!(shown, [(Some(made.phone.id), Some(desk)), (Some(acme.phone.id), None), (None, Some(soft))]);
        let row = &page.rows[0];
        assert_eq!((row.number.as_str(), row.name.as_str()), ("101", "Alice of Acme"));
        assert_eq!(row.page.as_deref(), Some("http://192.168.1.20"));
        assert!(row.firmware.contains("108.86.0.20"), "{}", row.firmware);
        assert_eq!(page.rows[2].page, None);
        let first = acme.boss.call(ListPhones { limit: Some(1), ..ListPhones::default() }).await.unwrap();
        assert_eq!((first.rows.len(), first.total), (1, 3), "devices come behind the last phone");
        let search = |text: &str| ListPhones { search: Some(text.into()), ..ListPhones::default() };
        for (text, found) in [("soft client", 1), ("102", 1), ("alice", 2), ("%", 0), ("yealink", 2)] {
            let page = acme.boss.call(search(text)).await.unwrap();
            assert_eq!((page.rows.len(), page.total), (found, found as u64), "{text}");
        }
        // Where the switch is silent the phones are shown with what was recorded last.
        world.app.silent.store(true, std::sync::atomic::Ordering::SeqCst);
        let page = acme.boss.call(ListPhones::default()).await.unwrap();
        assert!(page.rows.iter().any(|row| row.phone.as_ref().is_some_and(|phone| phone.id == made.phone.id)));
    })
    .await;
}

// covers: PH-11
#[tokio::test]
async fn ph_11_a_password_is_revealed_and_the_log_says_to_whom() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let acme = &mut world.acme;
        let phone_id = acme.phone.id;
        let shown = acme.boss.call(RevealPhonePassword { phone_id }).await.unwrap();
        assert_eq!((shown.user.is_empty(), shown.password.as_str()), (false, "drawer-1!"));
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.actor.as_str()), ("RevealPhonePassword", "boss@acme.example"));
        assert_eq!(acme.alice.call(RevealPhonePassword { phone_id }).await.unwrap_err().status, 403);
    })
    .await;
}

// covers: PH-12
#[tokio::test]
async fn ph_12_a_weak_pin_is_flagged() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let acme = &mut world.acme;
        let alice = acme.alice_extension.id;
        phone(acme, settings("001565abcd01")).await;
        let row = async |acme: &mut Company| {
            let ask = ListPhones { extension_id: Some(alice), ..ListPhones::default() };
            acme.boss.call(ask).await.unwrap().rows.remove(0).weak
        };
        let flags = row(acme).await;
        assert_eq!((flags.pin, flags.no_pin), (false, true));
        let own = |pin: &str| UpdateOwnMailbox {
            change: MailboxChange { settings: VoicemailSettings::default(), pin: Some(pin.into()) },
        };
        assert_eq!(acme.alice.call(own("1234")).await.unwrap_err().fields[0].field, "pin");
        acme.alice.call(own("1010")).await.unwrap();
        let flags = row(acme).await;
        assert_eq!(
            (flags.pin, flags.no_pin),
            (true, false),
            "what is no run but the own number is let pass, and flagged"
        );
    })
    .await;
}

// covers: PH-09, PH-10
#[tokio::test]
async fn ph_09_phones_are_told_and_what_they_have_not_confirmed_is_shown_with_its_reason() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let acme = &mut world.acme;
        let alice = acme.alice_extension.id;
        let mut made = Vec::new();
        for last in 1..=4 {
            made.push(phone(acme, settings(&format!("001565abcd0{last}"))).await.phone.id);
        }
        let device = |id: i64| Registration {
            user_agent: format!("Yealink SIP-T46U 108.86.0.20 00:15:65:ab:cd:0{id}"),
            ..registered(acme, alice, id)
        };
        let strange = Registration { user_agent: "Soft Client".into(), ..registered(acme, alice, 9) };
        *world.app.devices.registered.lock().unwrap() = vec![device(1), device(2), device(3), strange];
        let answers =
            [(1, ToldStanding::Answered(200)), (2, ToldStanding::Answered(482)), (3, ToldStanding::Answered(408))];
        world.app.devices.answers.lock().unwrap().extend(answers.map(|(id, told)| (RegistrationId(id), told)));
        let tell = TellPhones { phone_ids: Vec::new(), word: PhoneWord::Reboot };
        let told = acme.boss.call(tell).await.unwrap();
        let of = |place: usize| {
            let one = told.iter().find(|one| one.phone_id == made[place]).unwrap();
            (one.confirmed, one.reason.as_str())
        };
        assert_eq!(told.len(), 5, "Bob's too");
        assert_eq!(of(0), (true, ""));
        assert_eq!(of(1), (false, "Not confirmed: the phone answered 482."));
        assert_eq!(of(2), (false, "Not confirmed: the phone has not answered."));
        assert_eq!(of(3), (false, "The phone is not registered."));
        let asked: Vec<(TenantId, Vec<RegistrationId>, PhoneWord)> = world.app.devices.told.lock().unwrap().clone();
        assert_eq!(asked, [(acme.tenant.id, [1, 2, 3].map(RegistrationId).to_vec(), PhoneWord::Reboot)]);
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("TellPhones", "5 phones"));
        // Those of others are not there.
        let foreign = TellPhones { phone_ids: vec![world.globex.phone.id], word: PhoneWord::Reprovision };
        assert_eq!(acme.boss.call(foreign).await.unwrap_err().status, 404);
        assert_eq!(world.app.devices.told.lock().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_files_of_phones_are_no_part_of_the_portal() {
    each_database(|store| async move {
        let app = App::new(store);
        let admin = admin_of(&app).await;
        // Whoever is signed in is a stranger there like everybody else.
        is_missing(&admin.request(Method::Get, "/provision/anything", None).await);
    })
    .await;
}
