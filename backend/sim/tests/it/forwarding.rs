//! Where an extension's calls go, in virtual time (EXT-05, EXT-08, EXT-09, EXT-10, EXT-14, EXT-23, RG-04).

use std::time::Duration;

use shared::destination::Destination;
use shared::did::Mask;
use shared::forwarding::{ByHours, Exception, Forwarding, When};
use shared::hours::{Hours, OfficeHours, Span, Week};
use shared::live::{Answer, Ask};
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::ring_group::{RingGroup, RingGroupSettings};
use shared::simulation::{SimulateCall, Unanswered};
use shared::{ExtensionId, RingGroupId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use switch::{Calling, TenantPlan};

use crate::call::{ACME, all_gone};
use crate::registration::fair;
use crate::trunk::{Carrier, rule, run};

fn to(number: i64) -> Destination {
    Destination::Extension { extension_id: ExtensionId(1_000 + number) }
}

fn always(number: i64) -> ByHours {
    ByHours { open: to(number), closed: to(number) }
}

fn set(plan: &mut TenantPlan, number: &str, forwarding: Forwarding) {
    let extension = plan.extensions.iter_mut().find(|extension| extension.number == number).unwrap();
    extension.calling = Calling { forwarding, ..(*extension.calling).clone() }.shared();
}

fn shown_as(plan: &mut TenantPlan, place: usize, own: &str, emergency: &str) {
    let calling =
        Calling { outbound_caller_id: own.into(), emergency_caller_id: emergency.into(), ..Calling::default() };
    plan.extensions[place].calling = calling.shared();
}

/// Alice (101), and 102, 103 and 104, whose phones do as is said; none has none.
fn people(manners: [Option<Manner>; 3]) -> (World, PhoneId, [Option<PhoneId>; 3]) {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let mut others = [None; 3];
    for ((number, manner), other) in ["102", "103", "104"].into_iter().zip(manners).zip(&mut others) {
        let Some(manner) = manner else { continue };
        let phone = world.registered(ACME, number);
        world.at(phone).manner = manner;
        world.at(phone).said.clear();
        *other = Some(phone);
    }
    world.at(alice).said.clear();
    (world, alice, others)
}

fn dial(world: &mut World, alice: PhoneId, number: &str) {
    world.act(alice, |phone, now| phone.call(now, number, Vec::new()));
}

fn hang_up(world: &mut World, alice: PhoneId) {
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(world);
}

fn header(world: &mut World, phone: Option<PhoneId>, name: &str) -> String {
    let invite = world.at(phone.unwrap()).invite.clone().unwrap();
    invite.header(name).unwrap_or_default().to_owned()
}

const ANSWERS: Option<Manner> = Some(Manner::Answer(Duration::from_secs(1)));

// covers: EXT-08
#[test]
fn ext_08_what_the_devices_do_not_take_goes_on_and_the_next_is_told_why() {
    let forwarding = Forwarding { no_answer: to(103), busy: to(104), offline: always(104), ..Forwarding::default() };
    for (manner, seconds, to, word, code) in [
        (Manner::Ring, 65, 1, "no-answer", Reason::ForwardedNoAnswer),
        (Manner::Refuse(480), 5, 1, "no-answer", Reason::ForwardedNoAnswer),
        (Manner::Refuse(486), 5, 2, "user-busy", Reason::ForwardedBusy),
        (Manner::Refuse(603), 5, 2, "user-busy", Reason::ForwardedBusy),
        (Manner::Dead, 40, 2, "unavailable", Reason::ForwardedOffline),
    ] {
        let (mut world, alice, others) = people([Some(manner), ANSWERS, ANSWERS]);
        world.change_plan(ACME, |plan| set(plan, "102", forwarding.clone()));
        dial(&mut world, alice, "102");
        world.run(seconds);
        assert_eq!(world.at(alice).said.last(), Some(&Said::Answered), "{manner:?}");
        let diversion = header(&mut world, others[to], "Diversion");
        assert_eq!(diversion, format!("<sip:102@acme.localhost>;reason={word};counter=1"), "{manner:?}");
        hang_up(&mut world, alice);
        assert!(world.ledger.last_trace().contains(&code), "{manner:?}");
        let record = world.ledger.last().unwrap().clone();
        assert_eq!(record.callee, "102", "as it was dialled");
        let answered = ExtensionId(1_103 + i64::try_from(to).unwrap() - 1);
        assert_eq!(record.callee_extension_id, Some(answered), "whoever answered has the call in their list");
    }
}

// covers: EXT-08
#[test]
fn ext_08_where_nothing_is_said_the_caller_is_told_how_it_failed() {
    let forwarding = Forwarding { offline: always(104), ..Forwarding::default() };
    for (manner, seconds, status, code) in [
        (Manner::Ring, 65, 480, Reason::NoAnswer),
        (Manner::Refuse(486), 5, 486, Reason::DeviceBusy),
        (Manner::Refuse(603), 5, 603, Reason::DeviceDeclined),
    ] {
        let (mut world, alice, _) = people([Some(manner), None, None]);
        world.change_plan(ACME, |plan| set(plan, "102", forwarding.clone()));
        dial(&mut world, alice, "102");
        world.run(seconds);
        assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(told, _)) if *told == status), "{manner:?}");
        all_gone(&mut world);
        assert_eq!(world.ledger.last_trace().last(), Some(&code), "{manner:?}");
    }
}

// covers: EXT-08, EXT-21
#[test]
fn ext_08_a_status_sends_the_call_on_before_anything_rings() {
    let forwarding = Forwarding {
        busy: to(104),
        call_waiting: false,
        do_not_disturb: always(103),
        away: Some(always(104)),
        ..Forwarding::default()
    };
    for (status, to, code) in [
        (PresenceStatus::DoNotDisturb, 1, Reason::ForwardedNotDisturbed),
        (PresenceStatus::Away, 2, Reason::ForwardedAway),
    ] {
        let (mut world, alice, others) = people([ANSWERS, ANSWERS, ANSWERS]);
        world.change_plan(ACME, |plan| {
            set(plan, "102", forwarding.clone());
            plan.extensions[1].presence.status = status;
        });
        dial(&mut world, alice, "102");
        world.run(3);
        assert_eq!(world.at(others[0].unwrap()).said, [], "{status:?}");
        assert!(header(&mut world, others[to], "Diversion").contains("<sip:102@acme.localhost>"));
        hang_up(&mut world, alice);
        assert!(world.ledger.last_trace().contains(&code));
    }
    // Who talks and takes no second call is busy.
    let (mut world, alice, others) = people([ANSWERS, ANSWERS, ANSWERS]);
    world.change_plan(ACME, |plan| set(plan, "102", forwarding.clone()));
    world.act(others[0].unwrap(), |phone, now| phone.call(now, "103", Vec::new()));
    world.run(3);
    dial(&mut world, alice, "102");
    world.run(3);
    assert!(header(&mut world, others[2], "Diversion").contains("user-busy"));
    assert_eq!(world.at(others[0].unwrap()).said.iter().filter(|said| matches!(said, Said::Incoming(..))).count(), 0);
}

// covers: EXT-05, EXT-14
#[test]
fn ext_05_a_row_for_everybody_in_a_time_span_is_a_lunch_break_and_own_hours_beat_the_companys() {
    let lunch = Exception { caller: Mask("*".into()), when: When::Own { week: always_week() }, to: Some(to(103)) };
    let (mut world, alice, others) = people([ANSWERS, ANSWERS, ANSWERS]);
    world.change_plan(ACME, |plan| {
        set(plan, "102", Forwarding { exceptions: vec![lunch], no_answer: to(104), ..Forwarding::default() });
    });
    dial(&mut world, alice, "102");
    world.run(3);
    assert!(header(&mut world, others[1], "Diversion").contains("unconditional"));
    assert_eq!(world.at(others[0].unwrap()).said, []);
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::ForwardedByException));

    // The company is closed for ever; the person is not.
    let offline = ByHours { open: to(103), closed: to(104) };
    for (hours, open) in [(Hours::Tenant, false), (Hours::Own { week: always_week() }, true)] {
        let (mut world, alice, others) = people([None, ANSWERS, ANSWERS]);
        world.change_plan(ACME, |plan| {
            plan.hours = OfficeHours { week: Week::default(), holidays: Vec::new() };
            set(plan, "102", Forwarding { hours, offline: offline.clone(), ..Forwarding::default() });
        });
        dial(&mut world, alice, "102");
        world.run(3);
        assert_eq!(world.at(others[1].unwrap()).up().len(), usize::from(open));
        assert_eq!(world.at(others[2].unwrap()).up().len(), usize::from(!open));
    }
}

fn always_week() -> Week {
    let day = || vec![Span::new(0, 0)];
    Week {
        monday: day(),
        tuesday: day(),
        wednesday: day(),
        thursday: day(),
        friday: day(),
        saturday: day(),
        sunday: day(),
    }
}

// covers: EXT-05
#[test]
fn ext_05_an_exception_lets_its_caller_through() {
    let (mut world, alice, others) = people([ANSWERS, None, None]);
    world.change_plan(ACME, |plan| {
        let exceptions = vec![Exception { caller: Mask("101".into()), when: When::Always, to: None }];
        set(plan, "102", Forwarding { exceptions, ..Forwarding::default() });
        plan.extensions[1].presence.status = PresenceStatus::DoNotDisturb;
    });
    dial(&mut world, alice, "102");
    world.run(3);
    assert_eq!(world.at(others[0].unwrap()).up().len(), 1);
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::RungByException));
}

// covers: EXT-23
#[test]
fn ext_23_whoever_forwards_in_a_circle_is_found_out() {
    for (manner, seconds) in [(None, 1), (Some(Manner::Refuse(486)), 5), (Some(Manner::Ring), 125)] {
        let (mut world, alice, _) = people([manner, manner, None]);
        let forwarding = |number| Forwarding {
            no_answer: to(number),
            busy: to(number),
            offline: always(number),
            ..Forwarding::default()
        };
        world.change_plan(ACME, |plan| {
            set(plan, "102", forwarding(103));
            set(plan, "103", forwarding(102));
        });
        dial(&mut world, alice, "102");
        world.run(seconds);
        assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(482, _))), "{manner:?}");
        all_gone(&mut world);
        assert_eq!(world.ledger.last_trace().last(), Some(&Reason::LoopDetected), "{manner:?}");
    }
}

// covers: EXT-23
#[test]
fn ext_23_ten_hops_are_taken_and_the_eleventh_is_not() {
    for (people, answered) in [(11, true), (12, false)] {
        let (mut world, alice, others) = self::people([None, ANSWERS, None]);
        world.change_plan(ACME, |plan| {
            let one = plan.extensions[3].clone();
            for place in 0..people - 1 {
                let next = if place + 2 == people { 103 } else { 201 + place };
                let number = if place == 0 { 104 } else { 200 + place };
                let forwarding = Forwarding { offline: always(next), ..Forwarding::default() };
                let extension = switch::ExtensionPlan {
                    id: ExtensionId(1_000 + number),
                    number: number.to_string(),
                    calling: Calling { forwarding, ..Calling::default() }.shared(),
                    ..one.clone()
                };
                plan.extensions.retain(|known| known.id != extension.id);
                plan.extensions.push(extension);
            }
        });
        dial(&mut world, alice, "104");
        world.run(3);
        assert_eq!(world.at(others[1].unwrap()).up().len(), usize::from(answered), "{people}");
        if !answered {
            assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(482, _))));
        }
    }
}

// covers: EXT-08, EXT-23
#[test]
fn ext_08_nobody_is_sent_to_himself() {
    let (mut world, alice, _) = people([None, None, None]);
    world.change_plan(ACME, |plan| set(plan, "102", Forwarding { offline: always(101), ..Forwarding::default() }));
    dial(&mut world, alice, "102");
    world.run(1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(486, _))), "{:?}", world.at(alice).said);
}

// covers: EXT-08
#[test]
fn ext_08_a_call_that_is_handed_on_goes_on_as_the_other_person_says() {
    let (mut world, alice, others) = people([ANSWERS, Some(Manner::Refuse(486)), ANSWERS]);
    world.change_plan(ACME, |plan| set(plan, "103", Forwarding { busy: to(104), ..Forwarding::default() }));
    dial(&mut world, alice, "102");
    world.run(3);
    let bob = others[0].unwrap();
    let dialog = world.at(bob).up()[0];
    world.act(bob, |phone, now| phone.refer(now, dialog, "<sip:103@acme.localhost>", Vec::new()));
    world.run(5);
    assert_eq!(world.at(others[2].unwrap()).up().len(), 1);
    assert!(world.at(bob).up().is_empty());
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::ForwardedBusy));
}

// covers: RG-03, EXT-08
#[test]
fn rg_03_a_group_leads_to_a_person_whose_forwarding_counts_whatever_the_members_said() {
    let (mut world, alice, others) = people([Some(Manner::Refuse(486)), Some(Manner::Ring), ANSWERS]);
    world.change_plan(ACME, |plan| {
        let settings = RingGroupSettings {
            number: "600".into(),
            name: "Sales".into(),
            members: vec![ExtensionId(1_102)],
            otherwise: to(103),
            ..RingGroupSettings::default()
        };
        plan.ring_groups = vec![RingGroup { id: RingGroupId(1), tenant_id: TenantId(1), settings }];
        set(plan, "103", Forwarding { no_answer: to(104), ..Forwarding::default() });
    });
    dial(&mut world, alice, "600");
    world.run(70);
    assert_eq!(world.at(others[2].unwrap()).up().len(), 1);
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::ForwardedNoAnswer));
}

/// What the carrier is told of who calls: From's user.
fn shown(carrier: &Carrier) -> Vec<String> {
    carrier.of("INVITE").iter().map(|invite| invite.from().unwrap().uri.user.to_owned()).collect()
}

// covers: EXT-09, EXT-10, TRK-12
#[test]
fn ext_09_a_person_is_shown_by_the_own_number_and_in_an_emergency_by_another() {
    for (own, emergency, dialled, expected) in [
        ("49301115", "49301116", "0044123", "49301115"),
        ("49301115", "49301116", "112", "49301116"),
        ("49301115", "", "112", "49301115"),
        ("49309999", "49301116", "0044123", "49301110"),
        ("", "49301116", "0044123", "49301110"),
        ("49309999", "49309998", "112", "49301110"),
    ] {
        let (mut world, alice, _) = people([None, None, None]);
        let mut carrier = Carrier::new(1);
        world.change_plan(ACME, |plan| {
            let mut rule = rule("", &[(1, 0, "")]);
            rule.settings.caller_id = "49301110".into();
            plan.outbound_rules = vec![rule];
            plan.dialing.emergency_numbers = vec!["112".into()];
            shown_as(plan, 0, own, emergency);
        });
        world.set_trunks(vec![carrier.plan(1, "49301110-49301119")]);
        dial(&mut world, alice, dialled);
        run(&mut world, &mut [&mut carrier], 2);
        assert_eq!(shown(&carrier), [expected], "{own} {emergency} {dialled}");
    }
}

// covers: RG-04, EXT-08, TRK-12
#[test]
fn rg_04_what_a_group_or_a_person_sends_outside_has_their_caller_id() {
    let outside = || Destination::External { number: "0044123".into() };
    for (dialled, expected) in [("600", "49301117"), ("102", "49301112")] {
        let (mut world, alice, _) = people([None, None, None]);
        let mut carrier = Carrier::new(1);
        world.change_plan(ACME, |plan| {
            plan.outbound_rules = vec![rule("00", &[(1, 0, "")])];
            let settings = RingGroupSettings {
                number: "600".into(),
                name: "Sales".into(),
                members: vec![ExtensionId(1_104)],
                otherwise: outside(),
                outbound_caller_id: "49301117".into(),
                ..RingGroupSettings::default()
            };
            plan.ring_groups = vec![RingGroup { id: RingGroupId(1), tenant_id: TenantId(1), settings }];
            shown_as(plan, 0, "49301111", "");
            shown_as(plan, 1, "49301112", "");
            set(
                plan,
                "102",
                Forwarding { offline: ByHours { open: outside(), closed: outside() }, ..Forwarding::default() },
            );
        });
        world.set_trunks(vec![carrier.plan(1, "49301110-49301119")]);
        dial(&mut world, alice, dialled);
        run(&mut world, &mut [&mut carrier], 2);
        assert_eq!(shown(&carrier), [expected], "{dialled}");
        assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
    }
}

// covers: EXT-08
#[test]
fn ext_08_a_tried_call_tells_where_it_goes_when_nobody_answers() {
    let (mut world, _, _) = people([ANSWERS, ANSWERS, None]);
    world.change_plan(ACME, |plan| {
        set(plan, "102", Forwarding { no_answer: to(103), busy: to(104), ..Forwarding::default() });
    });
    let call =
        SimulateCall { extension_id: Some(ExtensionId(1_101)), dialled: "102".into(), ..SimulateCall::default() };
    let Some(Answer::Simulation(Some(simulated))) = world.ask(Ask::Simulate(TenantId(1), Box::new(call))) else {
        panic!("no answer")
    };
    assert_eq!(simulated.rung.len(), 1);
    let onward: Vec<_> = simulated.onward.iter().map(|one| (one.after, one.status, one.rung.len())).collect();
    assert_eq!(onward, [(Unanswered::NoAnswer, None, 1), (Unanswered::Busy, Some(480), 0)]);
    assert_eq!(simulated.onward[0].steps[0].code, Reason::ForwardedNoAnswer);
}
