//! Desk phones that are configured from here: what they are told, and the lamps of their keys (PH-09, PH-10, ADV-04).

use std::collections::BTreeMap;
use std::time::Duration;

use shared::live::{Answer, Ask};
use shared::phone::{PhoneWord, ToldStanding};
use shared::{RegistrationId, TenantId};
use sim::{Manner, Said, World};
use sip::{ConnectionId, Message, Transport};
use switch::Input;

use crate::call::{ACME, all_gone};
use crate::event::states;
use crate::registration::{fair, register};
use crate::watcher::Watcher;

const OWN: TenantId = TenantId(1);

/// A desk phone of somebody else's make that has registered.
fn desk(world: &mut World, place: u8, number: &str) -> (Watcher, RegistrationId) {
    let mut phone = Watcher::new(place, number);
    let id = sign_in(world, &mut phone);
    (phone, id)
}

fn sign_in(world: &mut World, phone: &mut Watcher) -> RegistrationId {
    let uri = format!("sip:{}@{}", phone.number, phone.domain);
    assert_eq!(phone.request(world, "REGISTER", &uri, "Expires: 600\r\n", "").status(), 200);
    let source = phone.flow.remote.to_string();
    world.ledger.registrations.values().find(|row| row.source == source).unwrap().id
}

fn tell(world: &mut World, tenant: TenantId, ids: &[RegistrationId], word: PhoneWord) -> Standings {
    told(world.ask(Ask::TellPhones(tenant, ids.to_vec(), word)))
}

fn standings(world: &mut World, tenant: TenantId, ids: &[RegistrationId]) -> Standings {
    told(world.ask(Ask::PhonesTold(tenant, ids.to_vec())))
}

type Standings = BTreeMap<RegistrationId, ToldStanding>;

fn told(answer: Option<Answer>) -> Standings {
    match answer {
        Some(Answer::PhonesTold(told)) => told,
        other => panic!("{other:?}"),
    }
}

fn header<'a>(message: &'a Message, name: &str) -> &'a str {
    message.header(name).unwrap_or_default()
}

// covers: PH-09, PH-10
#[test]
fn ph_09_each_phone_is_told_by_its_own_way_and_what_it_answers_is_known_for_a_minute() {
    let mut world = fair();
    let (mut desk_one, one) = desk(&mut world, 7, "101");
    let (mut desk_two, two) = desk(&mut world, 8, "102");
    let (mut desk_three, three) = desk(&mut world, 9, "103");
    let ids = [one, two, three];
    (desk_two.answers, desk_three.answers) = (482, 0);
    let waiting: Standings = ids.iter().map(|id| (*id, ToldStanding::Waiting)).collect();
    assert_eq!(tell(&mut world, OWN, &ids, PhoneWord::Reboot), waiting);
    assert_eq!(standings(&mut world, OWN, &ids), waiting);
    let notice = desk_one.notified(&mut world).remove(0);
    let line = notice.request_uri().map(|uri| (uri.user.to_owned(), uri.host.to_owned())).unwrap();
    assert_eq!(line, ("101".to_owned(), "203.0.113.7".to_owned()), "its contact");
    assert_eq!(header(&notice, "Event"), "check-sync;reboot=true");
    assert_eq!(header(&notice, "Subscription-State"), "terminated;reason=timeout");
    assert_eq!(header(&notice, "Max-Forwards"), "70");
    assert!(notice.header("Contact").is_some() && notice.body().is_empty());
    assert!(notice.to_tag().is_empty(), "it is in no dialog");
    assert_eq!((desk_two.notified(&mut world).len(), desk_three.notified(&mut world).len()), (1, 1));
    let now = standings(&mut world, OWN, &ids);
    assert_eq!(now[&one], ToldStanding::Answered(200));
    assert_eq!(now[&two], ToldStanding::Answered(482));
    assert_eq!(now[&three], ToldStanding::Waiting);
    world.run(33);
    assert_eq!(standings(&mut world, OWN, &ids)[&three], ToldStanding::Answered(408), "nothing was heard of it");
    assert_eq!(standings(&mut world, OWN, &[two]).len(), 1, "only those that are asked for");
    world.run(27);
    assert_eq!(standings(&mut world, OWN, &ids), Standings::new());
    desk_three.notified(&mut world);
    world.run(600);
    all_gone(&mut world);
    assert_eq!((world.board.sizes().timers, world.board.sizes().asked), (0, 0));
}

// covers: PH-10
#[test]
fn ph_10_a_phone_fetches_anew_without_starting_anew_and_gets_no_password_of_ours() {
    let mut world = fair();
    let (mut phone, id) = desk(&mut world, 7, "101");
    phone.answers = 401;
    tell(&mut world, OWN, &[id], PhoneWord::Reprovision);
    let notices = phone.drain(&mut world);
    assert_eq!(header(&notices[0], "Event"), "check-sync;reboot=false");
    assert_eq!(notices.len(), 1, "a challenge is not answered");
    assert_eq!(standings(&mut world, OWN, &[id])[&id], ToldStanding::Answered(401));
    // Told again, the answer to the second counts.
    phone.answers = 200;
    assert_eq!(tell(&mut world, OWN, &[id], PhoneWord::Reprovision)[&id], ToldStanding::Waiting);
    assert_eq!(phone.drain(&mut world).len(), 1);
    assert_eq!(standings(&mut world, OWN, &[id])[&id], ToldStanding::Answered(200));
    // What it was told is known for a minute from then on, and goes with nobody asking.
    world.run(61);
    assert_eq!(standings(&mut world, OWN, &[id]), Standings::new());
}

// covers: PH-09, S8
#[test]
fn ph_09_nobody_elses_phones_are_told_anything() {
    let mut world = fair();
    let (mut phone, id) = desk(&mut world, 7, "101");
    assert_eq!(tell(&mut world, TenantId(2), &[id], PhoneWord::Reboot), Standings::new());
    assert_eq!(tell(&mut world, TenantId(99), &[id], PhoneWord::Reboot), Standings::new());
    assert_eq!(phone.notified(&mut world).len(), 0);
    tell(&mut world, OWN, &[id], PhoneWord::Reboot);
    assert_eq!(standings(&mut world, TenantId(2), &[id]), Standings::new(), "nor what it has answered");
    assert_eq!(phone.notified(&mut world).len(), 1);
}

// covers: PH-09
#[test]
fn ph_09_who_is_not_there_and_who_is_a_page_is_left_out() {
    let mut world = fair();
    let (mut gone, id_of_gone) = desk(&mut world, 7, "101");
    let mut stream = Watcher::new(8, "102");
    (stream.flow.transport, stream.flow.connection) = (Transport::Tcp, ConnectionId(77));
    let id_of_stream = sign_in(&mut world, &mut stream);
    let browser = world.phone(ACME, "103", Transport::Ws);
    world.make_browser(browser, 1, 3_600);
    register(&mut world, browser);
    let rows = || world.ledger.registrations.values();
    let id_of_browser = rows().find(|row| row.number == "103").unwrap().id;
    let ids = [id_of_gone, id_of_stream, id_of_browser];
    let told: Vec<RegistrationId> = tell(&mut world, OWN, &ids, PhoneWord::Reboot).into_keys().collect();
    assert_eq!(told, [id_of_gone, id_of_stream], "no browser");
    assert_eq!((gone.notified(&mut world).len(), stream.notified(&mut world).len()), (1, 1));
    world.run(61);
    world.tell(Input::FlowClosed(stream.flow));
    assert_eq!(tell(&mut world, OWN, &[id_of_stream], PhoneWord::Reboot), Standings::new(), "its connection is gone");
    world.run(600);
    assert_eq!(tell(&mut world, OWN, &[id_of_gone], PhoneWord::Reboot), Standings::new(), "its binding ran out");
    assert_eq!(gone.notified(&mut world).len(), 0);
    assert_eq!(tell(&mut world, OWN, &[RegistrationId(1)], PhoneWord::Reboot), Standings::new());
}

// covers: PH-10, PH-13
#[test]
fn ph_13_a_phone_whose_secret_is_another_is_told_to_fetch_it_before_it_is_out_of_reach() {
    let mut world = fair();
    let (mut phone, id) = desk(&mut world, 7, "101");
    let (mut other, _) = desk(&mut world, 8, "102");
    world.change_plan(ACME, |plan| plan.extensions[0].ha1 = sip::digest::ha1("101", ACME, "fresh"));
    let notices = phone.notified(&mut world);
    assert_eq!(notices.len(), 1);
    assert_eq!(header(&notices[0], "Event"), "check-sync;reboot=false");
    assert_eq!(other.notified(&mut world).len(), 0);
    assert_eq!(tell(&mut world, OWN, &[id], PhoneWord::Reprovision), Standings::new(), "it is registered no more");
    // Who is switched off is told nothing: there is no file for it.
    world.change_plan(ACME, |plan| plan.extensions[1].enabled = false);
    assert_eq!(other.notified(&mut world).len(), 0);
    world.run(600);
    all_gone(&mut world);
    assert_eq!(world.board.sizes().asked, 0);
}

// covers: ADV-04, ADV-05
#[test]
fn adv_04_a_key_blinks_shines_and_goes_out_and_what_rings_there_is_picked_up_by_it() {
    let mut world = fair();
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    let carol = world.registered(ACME, "103");
    world.at(bob).manner = Manner::Ring;
    // The phone of 103 has a key for 102; somebody else's has one for 103.
    let (mut key, mut other) = (Watcher::new(7, "103"), Watcher::new(8, "104"));
    for (watcher, number) in [(&mut key, "102"), (&mut other, "103")] {
        assert_eq!(watcher.subscribe(&mut world, "dialog", number, 300).status(), 200);
        assert_eq!(watcher.drain(&mut world).len(), 1);
    }
    let lamp = |watcher: &mut Watcher, world: &mut World| -> Vec<String> {
        watcher.drain(world).iter().flat_map(states).collect()
    };
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    assert_eq!(lamp(&mut key, &mut world), ["early"], "it blinks");
    // The key is pressed: the phone dials the code of pick-up and the number.
    world.act(carol, |phone, now| phone.call(now, "**102", Vec::new()));
    world.run(2);
    assert_eq!((world.at(alice).up().len(), world.at(carol).up().len()), (1, 1));
    assert!(matches!(world.at(bob).said.last(), Some(Said::Cancelled(_))));
    assert_eq!(lamp(&mut key, &mut world), ["terminated"], "the call of 102 is somebody else's");
    assert_eq!(lamp(&mut other, &mut world).last().unwrap(), "confirmed", "who has picked it up talks");
    world.act(carol, |phone, now| phone.hang_up(now));
    world.run(1);
    assert_eq!(lamp(&mut other, &mut world), ["terminated"]);
    // The lamp of a phone that never sleeps: it is renewed, shows a call of then, and is signed off.
    world.run(200);
    let uri = "sip:102@acme.localhost";
    let first = key.subscribe(&mut world, "dialog", "102", 300);
    key.drain(&mut world);
    let event =
        |seconds: u32| format!("Event: dialog\r\nExpires: {seconds}\r\nAccept: application/dialog-info+xml\r\n");
    world.run_for(Duration::from_secs(250));
    let again = key.request_in(&mut world, "SUBSCRIBE", uri, first.to_tag(), &event(300), "");
    assert_eq!((again.status(), again.header("Expires")), (200, Some("300")));
    key.drain(&mut world);
    for phone in [alice, bob] {
        register(&mut world, phone);
    }
    world.at(bob).manner = Manner::Answer(Duration::from_secs(1));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(3);
    assert_eq!(lamp(&mut key, &mut world), ["early", "confirmed"]);
    let end = key.request_in(&mut world, "SUBSCRIBE", uri, first.to_tag(), &event(0), "");
    assert_eq!(end.status(), 200);
    assert!(header(&key.drain(&mut world)[0], "Subscription-State").starts_with("terminated"));
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    assert_eq!(key.drain(&mut world).len(), 0, "it watches no more");
    all_gone(&mut world);
}
