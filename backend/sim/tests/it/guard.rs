//! Attackers, and those who stand behind the same address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use shared::ExtensionId;
use shared::ip_list::{BlockCause, IpAction, IpEntry};
use shared::reason::Reason;
use sim::{PhoneId, Said, Weather, World};
use sip::digest::ha1;
use sip::{ConnectionId, Flow, Load, Message, Transport};
use switch::plan::LOGIN_REALM;
use switch::{Input, Rules};

use crate::call::{ACME, all_gone};
use crate::watcher::Watcher;

const OFFICE: [u8; 4] = [198, 51, 100, 7];

/// So many phones of Acme behind one address, all registered: 105 and on.
fn office(world: &mut World, phones: u16) -> Vec<PhoneId> {
    world.change_plan(ACME, |plan| {
        for number in 105..105 + i64::from(phones) {
            let mut extension = plan.extensions[0].clone();
            let (user, secret) = (number.to_string(), sim::world::secret(ACME, &number.to_string()));
            extension.id = ExtensionId(1_000 + number);
            extension.ha1 = ha1(&user, ACME, &secret);
            extension.login_ha1 = ha1(&format!("{user}@{ACME}"), LOGIN_REALM, &secret);
            extension.number = user;
            plan.extensions.push(extension);
        }
    });
    (0..phones)
        .map(|place| {
            let phone = world.phone(ACME, &(105 + place).to_string(), Transport::Udp);
            world.at(phone).address = SocketAddr::from((OFFICE, 5_100 + place));
            assert_eq!(register(world, phone), Said::Registered);
            phone
        })
        .collect()
}

fn register(world: &mut World, phone: PhoneId) -> Said {
    world.act(phone, |phone, now| phone.register(now, phone.expires));
    world.run_for(Duration::from_millis(300));
    world.at(phone).said.last().unwrap().clone()
}

/// Somebody with a wrong password for this number.
fn guesser(address: [u8; 4], port: u16, number: &str) -> Watcher {
    let mut guesser = Watcher::new(1, number);
    guesser.flow.remote = SocketAddr::from((address, port));
    guesser.credentials.as_mut().unwrap().secret = "wrong".to_owned();
    guesser
}

fn guess(world: &mut World, guesser: &mut Watcher) -> u16 {
    let uri = format!("sip:{}@{ACME}", guesser.number);
    guesser.request(world, "REGISTER", &uri, "Expires: 600\r\nUser-Agent: guesser\r\n", "").status()
}

/// How often a password was looked at and found wrong.
fn evaluated(world: &World) -> u64 {
    let wrong = |code: Reason| matches!(code, Reason::CredentialsWrong | Reason::ExtensionUnknown);
    let refusals = world.ledger.refusals.iter();
    refusals.filter(|refusal| wrong(refusal.trace.last().unwrap().code)).map(|refusal| refusal.count).sum()
}

// covers: S10, SEC-02
#[test]
fn s10_of_twenty_phones_behind_one_address_one_guesses_fifty_times_a_second_and_nineteen_work_on() {
    let mut world = World::new(1, Weather::FAIR);
    let phones = office(&mut world, 19);
    let mut bad = guesser(OFFICE, 6_000, "104");
    for second in 0..30_usize {
        for _ in 0..50 {
            assert_eq!(guess(&mut world, &mut bad), 403);
            world.run_for(Duration::from_millis(10));
        }
        let (one, other) = (phones[second % 19], phones[(second + 7) % 19]);
        assert_eq!(register(&mut world, one), Said::Registered, "in second {second}");
        let callee = world.at(other).number.clone();
        world.act(one, |phone, now| phone.call(now, &callee, Vec::new()));
        world.run(4);
        assert_eq!(world.at(one).up().len(), 1, "in second {second}");
        world.act(one, |phone, now| phone.hang_up(now));
        world.run_for(Duration::from_millis(500));
    }
    world.run(10);
    assert_eq!(world.ledger.blocked, [], "the office never goes dark");
    let evaluated = evaluated(&world);
    assert!(evaluated <= 30, "{evaluated} passwords were looked at");
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 30);
}

// covers: SEC-02, SEC-06
#[test]
fn sec_02_an_address_without_devices_is_blocked_with_evidence_and_let_in_again_when_its_entry_goes() {
    let mut world = World::new(1, Weather::FAIR);
    world.registered(ACME, "101");
    let mut tries = 0;
    while world.ledger.blocked.is_empty() && tries < 100 {
        let mut bad = guesser([203, 0, 113, 66], 6_000 + tries, ["104", "777"][usize::from(tries % 2)]);
        guess(&mut world, &mut bad);
        tries += 1;
    }
    assert_eq!(tries, 10);
    let entry = world.ledger.blocked[0].clone();
    assert_eq!(entry.network.to_string(), "203.0.113.66");
    assert_eq!(entry.expires_at, Some(entry.created_at + Duration::from_secs(3_600)));
    let evidence = entry.evidence.clone().unwrap();
    assert_eq!((evidence.cause, evidence.count), (BlockCause::FailedAuthentication, 10));
    assert_eq!(evidence.users, ["104", "777"]);
    assert_eq!(evidence.user_agents, ["guesser"]);
    // The tenant sees why its phone is not answered any more.
    let told = world.ledger.refusals.last().unwrap();
    assert_eq!(told.trace.last().unwrap().code, Reason::AddressBlocked);
    assert!(told.tenant_id.is_some());
    assert_eq!(
        told.trace.last().unwrap().sentence(),
        "The address 203.0.113.66 is blocked: 10 failed sign-ins of phones within 10 seconds."
    );

    let knock = |world: &mut World| {
        world.strayed.clear();
        let options = request("OPTIONS", 1, "");
        world.throw(SocketAddr::from(([203, 0, 113, 66], 7_000)), options);
        world.strayed.len()
    };
    assert_eq!(knock(&mut world), 0, "dropped without an answer");
    let entries = |world: &mut World, entries: &[IpEntry]| {
        world.tell(Input::Rules(Arc::new(Rules::new(entries, &Rules::default()))));
    };
    entries(&mut world, std::slice::from_ref(&entry));
    assert_eq!(knock(&mut world), 0);
    entries(&mut world, &[]);
    assert_eq!(knock(&mut world), 1);
    entries(&mut world, std::slice::from_ref(&entry));
    assert_eq!(knock(&mut world), 0);
    entries(&mut world, &[IpEntry { action: IpAction::Allow, expires_at: None, ..entry }]);
    assert_eq!(knock(&mut world), 1);
    for tries in 0..30 {
        guess(&mut world, &mut guesser([203, 0, 113, 66], 8_000 + tries, "104"));
    }
    assert_eq!(world.ledger.blocked.len(), 1, "whoever is allowed is not examined");
}

fn request(method: &str, number: u64, more: &str) -> Bytes {
    Bytes::from(format!(
        "{method} sip:102@acme.localhost SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.66:7000;branch=z9hG4bK-{method}-{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:104@acme.localhost>;tag=a\r\nTo: <sip:102@acme.localhost>\r\n\
         Call-ID: {method}-{number}\r\nCSeq: 1 {method}\r\nContact: <sip:104@203.0.113.66:7000>\r\n{more}\
         Content-Length: 0\r\n\r\n"
    ))
}

// covers: SEC-03, S10
#[test]
fn sec_03_an_address_that_never_answers_a_challenge_is_blocked_and_others_are_unharmed() {
    let mut world = World::new(1, Weather::FAIR);
    let alice = world.registered(ACME, "101");
    world.registered(ACME, "102");
    let source = SocketAddr::from(([203, 0, 113, 66], 7_000));
    for number in 0..1_200 {
        let method = if number % 2 == 0 { "REGISTER" } else { "INVITE" };
        world.throw(source, request(method, number, ""));
        world.run_for(Duration::from_millis(5));
    }
    let evidence = world.ledger.blocked[0].evidence.clone().unwrap();
    assert_eq!((evidence.cause, evidence.count), (BlockCause::UnansweredChallenges, 1_001));
    assert_eq!(evidence.methods, ["REGISTER", "INVITE"]);
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(alice).up().len(), 1);
}

// covers: SEC-04, SEC-05, S10
#[test]
fn sec_05_a_flood_blocks_even_an_address_with_devices_and_closes_the_connection_that_brings_it() {
    let mut world = World::new(1, Weather::FAIR);
    office(&mut world, 2);
    let flow =
        Flow { transport: Transport::Tcp, connection: ConnectionId(77), remote: SocketAddr::from((OFFICE, 9_000)) };
    for number in 0..5_100 {
        world.throw_over(flow, request("OPTIONS", number, ""));
    }
    let causes: Vec<_> = world.ledger.blocked.iter().map(|entry| entry.evidence.clone().unwrap().cause).collect();
    assert_eq!(causes, [BlockCause::Level2, BlockCause::Level1]);
    assert!(world.cut.contains(&flow));
}

// covers: SEC-07
#[test]
fn sec_07_a_user_agent_on_the_list_is_not_answered_and_the_refusal_says_why() {
    let mut world = World::new(1, Weather::FAIR);
    let source = SocketAddr::from(([203, 0, 113, 66], 7_000));
    for (number, method) in ["OPTIONS", "REGISTER", "INVITE", "ACK", "BYE"].into_iter().enumerate() {
        world.throw(source, request(method, number as u64, "User-Agent: Friendly-Scanner 1.0\r\n"));
    }
    world.run(40);
    assert_eq!(world.strayed, []);
    let told = world.ledger.refusals[0].trace.last().unwrap().clone();
    assert_eq!((told.code, told.value.as_str()), (Reason::UserAgentBlocked, "Friendly-Scanner 1.0"));
    world.tell(Input::Settings(Box::new(shared::setting::Settings {
        blocked_user_agents: Vec::new(),
        ..shared::setting::Settings::default()
    })));
    world.throw(source, request("OPTIONS", 9, "User-Agent: Friendly-Scanner 1.0\r\n"));
    assert_eq!(world.strayed.len(), 1, "whoever takes it off the list lets it in");
}

// covers: SET-10, SET-12
#[test]
fn set_12_over_the_tolerance_new_work_gets_503_and_over_the_maximum_only_what_ends_a_call_is_served() {
    let mut world = World::new(1, Weather::FAIR);
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    let carol = world.registered(ACME, "103");
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.tell(Input::Load(Load::Heavy));
    let source = SocketAddr::from(([203, 0, 113, 66], 7_000));
    world.throw(source, request("INVITE", 1, ""));
    let answer = Message::parse(world.strayed.remove(0).1).unwrap();
    assert_eq!(answer.status(), 503);
    let seconds: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!((5..15).contains(&seconds), "{seconds}");
    world.run(6);
    let told = world.ledger.refusals.last().unwrap();
    assert_eq!((told.status, told.trace.last().unwrap().code), (503, Reason::Congested));
    world.act(carol, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    assert!(matches!(world.at(carol).said.last(), Some(Said::Failed(503, _))));
    world.act(carol, |phone, now| phone.register(now, 600));
    world.run(1);
    assert_eq!(world.at(carol).said.last(), Some(&Said::Registered), "who is registered stays so");
    let dave = world.phone(ACME, "104", Transport::Udp);
    world.act(dave, |phone, now| phone.register(now, 600));
    world.run(1);
    assert_eq!(world.at(dave).said.last(), Some(&Said::NotRegistered(503)), "a newcomer waits");
    world.at(bob).said.clear();
    world.act(bob, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    assert_eq!(world.at(bob).said, [Said::OfferAnswered], "what runs goes on");
    world.tell(Input::Load(Load::Overwhelming));
    world.at(bob).said.clear();
    world.act(bob, |phone, now| phone.offer(now, "sendrecv"));
    world.run(1);
    assert_eq!(world.at(bob).said, [Said::OfferRefused(503)]);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(2);
    assert_eq!(world.live_calls(), 0);
    world.tell(Input::Load(Load::Light));
    world.act(carol, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(carol).up().len(), 1);
    world.act(carol, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: S4
#[test]
fn s4_no_method_does_anything_for_a_stranger() {
    let mut world = World::new(1, Weather::FAIR);
    let bob = world.registered(ACME, "102");
    world.at(bob).said.clear();
    let source = SocketAddr::from(([203, 0, 113, 66], 7_000));
    for (number, (method, more, status)) in [
        ("MESSAGE", "Content-Type: text/plain\r\n", 401),
        ("SUBSCRIBE", "Event: dialog\r\nExpires: 600\r\n", 401),
        ("PUBLISH", "Event: presence\r\nExpires: 600\r\n", 401),
        ("REGISTER", "Expires: 600\r\n", 401),
        ("INVITE", "", 401),
        ("REFER", "Refer-To: <sip:103@acme.localhost>\r\n", 403),
        ("NOTIFY", "Event: dialog\r\nSubscription-State: active\r\n", 481),
        ("INFO", "Content-Type: application/dtmf-relay\r\n", 481),
        ("UPDATE", "", 481),
        ("BYE", "", 481),
        ("PRACK", "RAck: 1 1 INVITE\r\n", 481),
    ]
    .into_iter()
    .enumerate()
    {
        world.strayed.clear();
        world.throw(source, request(method, number as u64, more));
        world.run(1);
        let answers: Vec<u16> = world
            .strayed
            .iter()
            .filter(|(to, _)| *to == source)
            .map(|(_, bytes)| Message::parse(bytes.clone()).unwrap().status())
            .filter(|status| *status >= 200)
            .collect();
        assert_eq!(answers.first(), Some(&status), "{method}: {answers:?}");
    }
    assert_eq!(world.at(bob).said, []);
    assert_eq!((world.ledger.registrations.len(), world.board.sizes().subscriptions), (1, 0));
    assert!(world.ledger.messages.is_empty());
}

// covers: S6
#[test]
#[allow(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn s6_an_unknown_user_costs_the_same_work_as_a_wrong_password() {
    let kinds = ["104", "777", "104.tab-1.1.1999999999", "777.tab-1.1.1999999999"];
    let mut best = [Duration::MAX; 4];
    let mut world = World::new(1, Weather::FAIR);
    // The fastest of many in turn: whatever else the machine does only makes one slower.
    for round in 0..400_u16 {
        for (kind, user) in kinds.iter().enumerate() {
            let mut bad = guesser([203, 0, (round % 250) as u8, kind as u8], 6_000 + round, "104");
            bad.credentials.as_mut().unwrap().user = (*user).to_owned();
            let before = std::time::Instant::now();
            guess(&mut world, &mut bad);
            best[kind] = best[kind].min(before.elapsed());
        }
        world.run(2);
    }
    for [known, unknown] in [[best[0], best[1]], [best[2], best[3]]] {
        let ratio = known.as_secs_f64() / unknown.as_secs_f64();
        assert!((0.8..1.25).contains(&ratio), "known {known:?}, unknown {unknown:?}");
    }
}

/// Everybody is let near, and nobody is examined.
pub fn let_near(world: &mut World, address: IpAddr) {
    let entry = IpEntry {
        id: shared::IpEntryId(1),
        network: shared::ip_range::IpRange::of(address),
        action: IpAction::Allow,
        description: String::new(),
        expires_at: None,
        origin: shared::ip_list::IpOrigin::Manual,
        evidence: None,
        created_at: world.now,
        hits: 0,
    };
    world.tell(Input::Rules(Arc::new(Rules::new(&[entry], &Rules::default()))));
}
