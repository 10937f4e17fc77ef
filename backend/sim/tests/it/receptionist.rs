//! Receptionists: what is typed leads on, in one call with one record (IVR-01…IVR-15).

use std::sync::Arc;
use std::time::Duration;

use shared::action_url::{ActionUrl, AskMethod};
use shared::destination::Destination;
use shared::reason::Reason;
use shared::receptionist::{MenuAction, MenuRow, Receptionist, ReceptionistSettings, ReceptionistWay};
use shared::ring_group::{RingGroup, RingGroupSettings};
use shared::{ExtensionId, ReceptionistId, RingGroupId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use switch::{Input, WebRequest};

use crate::call::{ACME, all_gone};
use crate::registration::fair;
use crate::transfer::refer;

pub fn to(destination: Destination) -> MenuAction {
    MenuAction::Lead { to: destination }
}

pub fn extension(number: i64) -> Destination {
    Destination::Extension { extension_id: ExtensionId(1_000 + number) }
}

const fn receptionist(id: i64) -> Destination {
    Destination::Receptionist { receptionist_id: ReceptionistId(id) }
}

pub fn menu(id: i64, number: &str, change: impl FnOnce(&mut ReceptionistSettings)) -> Arc<Receptionist> {
    let mut settings =
        ReceptionistSettings { number: number.into(), name: format!("Menu {number}"), ..Default::default() };
    change(&mut settings);
    Arc::new(Receptionist { id: ReceptionistId(id), tenant_id: TenantId(1), settings, with_password: Vec::new() })
}

pub fn rows(of: &[(&str, MenuAction)]) -> Vec<MenuRow> {
    of.iter().map(|(keys, action)| MenuRow { keys: (*keys).into(), action: action.clone() }).collect()
}

/// Alice (101) and Bob (102), and a receptionist at 800.
fn hall(change: impl FnOnce(&mut ReceptionistSettings)) -> (World, PhoneId, PhoneId) {
    let mut world = fair();
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    world.at(bob).manner = Manner::Answer(Duration::from_secs(2));
    world.change_plan(ACME, |plan| plan.receptionists = vec![menu(1, "800", change)]);
    for phone in [alice, bob] {
        world.at(phone).said.clear();
    }
    (world, alice, bob)
}

pub fn dial(world: &mut World, phone: PhoneId, number: &str) {
    world.act(phone, |phone, now| phone.call(now, number, Vec::new()));
    world.run(1);
}

pub fn press(world: &mut World, phone: PhoneId, keys: &str) {
    for key in keys.chars() {
        world.act(phone, |phone, now| phone.press(now, key));
        world.run_for(Duration::from_millis(400));
    }
}

fn hang_up(world: &mut World, phone: PhoneId) {
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(2);
}

// covers: IVR-01, IVR-06, IVR-08
#[test]
fn ivr_08_a_key_leads_to_whom_it_names_and_the_whole_way_is_one_record() {
    let (mut world, alice, bob) = hall(|menu| menu.rows = rows(&[("1", to(extension(102)))]));
    dial(&mut world, alice, "800");
    assert_eq!(world.at(alice).said, [Said::Answered]);
    press(&mut world, alice, "1");
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 1);
    assert_eq!(world.live_calls(), 1);
    assert!(matches!(&world.at(bob).said[0], Said::Incoming(user, name) if user == "101" && name == "Person 101"));
    world.speak(alice, 20);
    world.run(1);
    assert!(world.at(bob).sound >= 15);
    hang_up(&mut world, bob);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!((record.callee.as_str(), record.callee_name.as_str()), ("800", "Menu 800"));
    assert_eq!(record.callee_extension_id, Some(ExtensionId(1_102)), "the call stands in the list of both");
    assert!(record.final_destination.contains("102"), "{}", record.final_destination);
    let trace = world.ledger.last_trace();
    let way = [Reason::RoutedToReceptionist, Reason::ChoiceMade, Reason::RingingDevice, Reason::LedTo];
    let mut seen = trace.iter();
    assert!(way.iter().all(|step| seen.any(|code| code == step)), "{trace:?}");
    all_gone(&mut world);
}

// covers: IVR-09
#[test]
fn ivr_09_whoever_looks_at_the_drawing_is_told_the_way_of_the_call() {
    let (mut world, alice, bob) = hall(|menu| {
        menu.rows = rows(&[("1", to(extension(102))), ("3", MenuAction::Repeat)]);
        (menu.timeout_seconds, menu.rounds, menu.on_timeout) = (5, 1, MenuAction::Repeat);
    });
    dial(&mut world, alice, "800");
    press(&mut world, alice, "3");
    press(&mut world, alice, "9");
    world.run(2);
    press(&mut world, alice, "1");
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 1);
    hang_up(&mut world, alice);
    let choice = |keys: &str| ReceptionistWay::Choice { keys: keys.into() };
    let prompt = ReceptionistWay::Prompt;
    let ways = [prompt.clone(), choice("3"), prompt.clone(), ReceptionistWay::Failure, prompt, choice("1")];
    assert_eq!(world.ledger.ways, ways);
    world.ledger.ways.clear();
    dial(&mut world, alice, "800");
    world.run(12);
    assert_eq!(world.ledger.ways[..2], [ReceptionistWay::Prompt, ReceptionistWay::Nothing]);
    hang_up(&mut world, alice);
    world.ledger.ways.clear();
    dial(&mut world, alice, "800");
    press(&mut world, alice, "102");
    assert_eq!(world.ledger.ways, [ReceptionistWay::Prompt, choice("1")], "the choice 1 takes the first digit");
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

// covers: IVR-12
#[test]
fn ivr_12_a_number_that_is_typed_is_called_and_one_that_is_nobodys_is_not() {
    let (mut world, alice, bob) = hall(|_| {});
    dial(&mut world, alice, "800");
    press(&mut world, alice, "999");
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 0);
    press(&mut world, alice, "102");
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 1);
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::ChoiceUnknown));
    assert_eq!(world.at(bob).up().len(), 0);
    all_gone(&mut world);
}

// covers: IVR-13
#[test]
fn ivr_13_whoever_types_nothing_goes_where_is_set_after_all_rounds() {
    let (mut world, alice, bob) = hall(|menu| {
        (menu.timeout_seconds, menu.rounds, menu.on_timeout) = (5, 2, to(extension(102)));
    });
    dial(&mut world, alice, "800");
    world.run(8);
    assert_eq!(world.at(bob).said, []);
    world.run(6);
    assert_eq!(world.at(bob).up().len(), 1);
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::NothingTyped));
    let (mut world, alice, _) = hall(|_| {});
    dial(&mut world, alice, "800");
    world.run(40);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(_))));
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::EndedByReceptionist));
    all_gone(&mut world);
}

// covers: IVR-14
#[test]
fn ivr_14_when_nobody_can_be_reached_the_caller_stays_with_the_receptionist() {
    let (mut world, alice, bob) = hall(|menu| {
        menu.rows = rows(&[("1", to(extension(102))), ("2", to(extension(103)))]);
    });
    world.at(bob).manner = Manner::Refuse(486);
    dial(&mut world, alice, "800");
    for key in ["1", "2"] {
        press(&mut world, alice, key);
        world.run(2);
        assert_eq!(world.at(alice).up().len(), 1, "{key}");
    }
    world.at(bob).manner = Manner::Answer(Duration::from_secs(1));
    press(&mut world, alice, "1");
    world.run(2);
    assert_eq!(world.at(bob).up().len(), 1);
    hang_up(&mut world, alice);
    let vain = world.ledger.last_trace().into_iter().filter(|code| *code == Reason::LedInVain).count();
    assert_eq!(vain, 2);
    all_gone(&mut world);
}

// covers: IVR-15
#[test]
fn ivr_15_receptionists_lead_to_each_other_ten_times_at_the_most() {
    let (mut world, alice, _) = hall(|_| {});
    let ring = |id, number: &str, next| {
        menu(id, number, |menu| {
            (menu.timeout_seconds, menu.rounds) = (3, 1);
            (menu.on_timeout, menu.on_failure) = (to(receptionist(next)), to(Destination::EndCall));
            menu.rows = rows(&[("5", to(receptionist(next)))]);
        })
    };
    world.change_plan(ACME, |plan| plan.receptionists = vec![ring(1, "800", 2), ring(2, "801", 1)]);
    dial(&mut world, alice, "800");
    press(&mut world, alice, "55");
    world.run(60);
    assert_eq!(world.at(alice).up().len(), 0);
    let trace = world.ledger.last_trace();
    let led = trace.iter().filter(|code| **code == Reason::RoutedToReceptionist).count();
    assert!((10..=12).contains(&led), "{led}");
    assert!(trace.contains(&Reason::LoopDetected), "{trace:?}");
    all_gone(&mut world);
}

// covers: IVR-06, RG-03
#[test]
fn ivr_06_groups_lead_to_receptionists_and_receptionists_to_groups() {
    let (mut world, alice, bob) = hall(|menu| {
        menu.rows = rows(&[("1", to(Destination::RingGroup { ring_group_id: RingGroupId(1) }))]);
    });
    let settings = RingGroupSettings {
        number: "600".into(),
        name: "Sales".into(),
        ring_seconds: 10,
        members: vec![ExtensionId(1_102)],
        otherwise: receptionist(1),
        ..RingGroupSettings::default()
    };
    let group = RingGroup { id: RingGroupId(1), tenant_id: TenantId(1), settings };
    world.change_plan(ACME, |plan| plan.ring_groups = vec![group]);
    world.at(bob).manner = Manner::Ring;
    dial(&mut world, alice, "600");
    assert_eq!(world.at(alice).said, [Said::Ringing]);
    world.run(11);
    assert_eq!(world.at(alice).said, [Said::Ringing, Said::Answered], "the receptionist answers after the group");
    world.at(bob).manner = Manner::Answer(Duration::from_secs(1));
    press(&mut world, alice, "1");
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 1);
    hang_up(&mut world, bob);
    assert_eq!(world.ledger.last().unwrap().callee_extension_id, Some(ExtensionId(1_102)));
    all_gone(&mut world);
}

#[test]
fn a_caller_is_transferred_to_a_receptionist() {
    let (mut world, alice, bob) = hall(|menu| menu.rows = rows(&[("3", to(extension(103)))]));
    let carol = world.registered(ACME, "103");
    world.at(carol).manner = Manner::Answer(Duration::from_secs(1));
    dial(&mut world, alice, "102");
    world.run(3);
    refer(&mut world, bob, "<sip:800@acme.localhost>");
    world.run(2);
    assert_eq!((world.at(bob).up().len(), world.at(alice).up().len()), (0, 1));
    assert!(world.at(bob).said.contains(&Said::Notified(200, true)), "{:?}", world.at(bob).said);
    press(&mut world, alice, "3");
    world.run(3);
    assert_eq!(world.at(carol).up().len(), 1);
    hang_up(&mut world, carol);
    all_gone(&mut world);
}

/// Answers the question that waits; its address and body.
fn answered(world: &mut World, answer: Result<(u16, &str), &str>) -> (String, Option<String>) {
    let WebRequest { id, url, body, .. } = world.web.pop().unwrap();
    let answer = answer.map(|(status, body)| (status, body.to_owned().into())).map_err(str::to_owned);
    world.tell(Input::Web { id, answer });
    world.run(1);
    (url, body)
}

// covers: IVR-17, IVR-19, IVR-20, IVR-22, IVR-23
#[test]
fn ivr_23_the_server_of_an_entry_is_asked_and_obeyed_and_whatever_it_does_the_caller_ends_in_the_stated_place() {
    let entry = |list: &str, method| ActionUrl {
        name: format!("Entry {list}"),
        list: list.into(),
        action: "https://app.example/route".into(),
        method,
        ..ActionUrl::default()
    };
    let (mut world, alice, bob) = hall(|menu| {
        menu.urls = vec![entry("77", AskMethod::Get), entry("88", AskMethod::Post)];
        menu.on_failure = to(extension(102));
    });
    dial(&mut world, alice, "800");
    press(&mut world, alice, "88");
    let (url, body) = answered(&mut world, Ok((200, r#"{"status_code":200,"action":"repeat"}"#)));
    let told = r#"{"from":"101","to":"800","input":"88","from_name":"Person 101","account_name":"Menu 800"}"#;
    assert_eq!((url.as_str(), body.as_deref()), ("https://app.example/route", Some(told)));
    press(&mut world, alice, "77");
    let (url, body) = answered(&mut world, Ok((200, r#"{"status_code":200,"action":"call","destination":"102"}"#)));
    assert!(url.ends_with("?from=101&to=800&input=77&from_name=Person+101&account_name=Menu+800") && body.is_none());
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 1);
    hang_up(&mut world, alice);

    let long = "x".repeat(70_000);
    let failures: [Result<(u16, &str), &str>; 9] = [
        Err("no connection"),
        Ok((302, "")),
        Ok((500, r#"{"status_code":200,"action":"hangup"}"#)),
        Ok((200, "nonsense")),
        Ok((200, long.as_str())),
        Ok((200, r#"{"status_code":403,"action":"hangup"}"#)),
        Ok((200, r#"{"status_code":200,"action":"call"}"#)),
        // Nobody of another tenant, and nobody outside without a rule.
        Ok((200, r#"{"status_code":200,"action":"call","destination":"0049301234"}"#)),
        Ok((200, r#"{"status_code":200,"action":"call","destination":"102@globex.localhost"}"#)),
    ];
    for failure in failures {
        dial(&mut world, alice, "800");
        press(&mut world, alice, "77");
        answered(&mut world, failure);
        world.run(4);
        assert_eq!(world.at(bob).up().len(), 1, "{failure:?}");
        hang_up(&mut world, alice);
    }
    dial(&mut world, alice, "800");
    press(&mut world, alice, "77");
    world.run(12);
    assert_eq!(world.at(bob).up().len(), 1, "a server that says nothing");
    hang_up(&mut world, alice);
    let WebRequest { id, .. } = world.web.pop().unwrap();
    world.tell(Input::Web { id, answer: Ok((200, "{}".into())) });
    all_gone(&mut world);
}
