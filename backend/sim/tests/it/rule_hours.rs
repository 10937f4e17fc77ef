//! The hours of rules: a company's, a rule's own, and those of another moment.

use shared::date::Date;
use shared::destination::Destination;
use shared::dialing::DialingCodes;
use shared::hours::{Holiday, Hours, OfficeHours, Span, Week};
use shared::live::{Answer, Ask};
use shared::outbound_rule::OutboundRule;
use shared::reason::Reason;
use shared::simulation::{SimulateCall, Simulation};
use shared::{ExtensionId, Moment, TenantId, TrunkId};
use sim::{Said, World};

use crate::call::ACME;
use crate::trunk::{abroad, dial, final_status, inbound, reachable, rule, run, to_102};

/// Calls are made on a Wednesday, 11:06 in the tenant's zone.
fn wednesday(spans: &[(u16, u16)]) -> Week {
    let wednesday = spans.iter().map(|(from, to)| Span::new(from * 60, to * 60)).collect();
    Week { wednesday, ..Week::default() }
}

fn own(spans: &[(u16, u16)]) -> Hours {
    Hours::Own { week: wednesday(spans) }
}

/// Open at those hours of a Wednesday; on a holiday where one is wanted.
fn office(spans: &[(u16, u16)], holiday: bool) -> OfficeHours {
    let day = Date::new(2026, 11, 18);
    let outing = Holiday { name: "Outing".into(), first_date: day, last_date: day, ..Holiday::default() };
    OfficeHours { week: wednesday(spans), holidays: if holiday { vec![outing] } else { Vec::new() } }
}

fn simulate(world: &mut World, call: SimulateCall) -> Simulation {
    match world.ask(Ask::Simulate(TenantId(1), Box::new(call))) {
        Some(Answer::Simulation(Some(simulated))) => *simulated,
        _ => panic!("no answer"),
    }
}

// covers: INB-05, OH-04
#[test]
fn inb_05_outside_its_hours_a_call_goes_where_the_rule_says_for_that() {
    let away = || Some(Destination::EndCall);
    for (company, hours, closed, status, is_outside) in [
        (office(&[(9, 18)], false), Hours::Tenant, away(), 200, false),
        (office(&[(9, 11)], false), Hours::Tenant, away(), 480, true),
        (office(&[(9, 11)], false), Hours::Tenant, None, 200, true),
        (office(&[(9, 18)], true), Hours::Tenant, away(), 480, true),
        // OH-04: hours of its own take the place of the company's week, and not of its holidays.
        (office(&[], false), own(&[(11, 12)]), away(), 200, false),
        (office(&[(0, 0)], false), own(&[(9, 11)]), away(), 480, true),
        (office(&[(0, 0)], false), own(&[]), None, 200, true),
        (office(&[(0, 0)], true), own(&[(0, 0)]), away(), 480, true),
    ] {
        let case = format!("{company:?} {hours:?}");
        let (mut world, bob, mut one) = reachable();
        let mut rule = inbound(1, "49301110", "", to_102());
        rule.settings.hours = hours;
        rule.settings.closed = closed;
        world.change_plan(ACME, |plan| {
            plan.inbound_rules = vec![rule];
            plan.hours = company;
        });
        one.call(&mut world, "+4940777", "49301110");
        run(&mut world, &mut [&mut one], 3);
        assert_eq!(final_status(&one), Some(status), "{case}");
        assert_eq!(world.at(bob).said.is_empty(), status == 480, "{case}");
        if status == 200 {
            world.act(bob, |phone, now| phone.hang_up(now));
            run(&mut world, &mut [&mut one], 3);
        }
        assert_eq!(world.ledger.last_trace().contains(&Reason::OutsideHours), is_outside, "{case}");
    }
}

/// The first is for what begins with 00, in those hours; the second is for all, by another carrier.
fn two_rules(hours: Option<Hours>) -> Vec<OutboundRule> {
    let (mut first, mut second) = (rule("00", &[(1, 0, "")]), rule("", &[(2, 0, "")]));
    first.settings.hours = hours;
    second.settings.name = "All".into();
    second.position = 2;
    vec![first, second]
}

// covers: OUT-04, OH-04
#[test]
fn out_04_outside_its_hours_a_call_fails_and_no_other_rule_takes_it() {
    for (company, hours, goes) in [
        (office(&[], true), None, true),
        (office(&[(9, 18)], false), Some(Hours::Tenant), true),
        (office(&[(9, 11)], false), Some(Hours::Tenant), false),
        (office(&[(9, 18)], true), Some(Hours::Tenant), false),
        (office(&[], false), Some(own(&[(11, 12)])), true),
        (office(&[(0, 0)], false), Some(own(&[(12, 9)])), false),
        (office(&[(0, 0)], true), Some(own(&[(0, 0)])), false),
    ] {
        let (mut world, alice, mut one, mut two) = abroad();
        let case = format!("{company:?} {hours:?}");
        world.change_plan(ACME, |plan| {
            plan.outbound_rules = two_rules(hours);
            plan.hours = company;
        });
        dial(&mut world, alice, "0044123");
        run(&mut world, &mut [&mut one, &mut two], 2);
        assert_eq!((one.of("INVITE").len(), two.of("INVITE").len()), (usize::from(goes), 0), "{case}");
        if !goes {
            assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(403, _))), "{case}");
            assert_eq!(world.ledger.last_trace().last(), Some(&Reason::OutboundRuleClosed), "{case}");
        }
    }
}

// covers: OUT-04, EXT-10
#[test]
fn out_04_an_emergency_is_called_at_any_hour() {
    let (mut world, alice, mut one, mut two) = abroad();
    world.change_plan(ACME, |plan| {
        plan.outbound_rules = two_rules(None);
        plan.outbound_rules[1].settings.hours = Some(own(&[]));
        plan.dialing = DialingCodes::default().moved_to("DE");
    });
    dial(&mut world, alice, "112");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(two.of("INVITE").len(), 1);
}

// covers: OUT-04, INB-05
#[test]
fn a_call_is_tried_out_by_the_hours_of_the_moment_that_is_asked_for() {
    let (mut world, _, mut one) = reachable();
    let mut from_outside = inbound(1, "49301110", "", to_102());
    from_outside.settings.closed = Some(Destination::External { number: "0044123".into() });
    world.change_plan(ACME, |plan| {
        plan.inbound_rules = vec![from_outside];
        plan.outbound_rules = two_rules(Some(own(&[(20, 21)])));
        plan.hours = office(&[(9, 18)], false);
    });
    let at = |hour: i64| Some(Moment::from_seconds(1_795_000_000 / 86_400 * 86_400 + hour * 3_600));
    for (when, status, last) in [
        (None, None, Reason::RoutedToExtension),
        (at(9), None, Reason::RoutedToExtension),
        (at(18), Some(403), Reason::OutboundRuleClosed),
        (at(20), None, Reason::TrunkChosen),
        (at(24 + 9), Some(403), Reason::OutboundRuleClosed),
    ] {
        let call = SimulateCall {
            trunk_id: Some(TrunkId(1)),
            caller: "+4940777".into(),
            dialled: "49301110".into(),
            when,
            ..SimulateCall::default()
        };
        let simulated = simulate(&mut world, call);
        assert_eq!((simulated.status, simulated.steps.last().unwrap().code), (status, last), "{when:?}");
        let call = SimulateCall {
            extension_id: Some(ExtensionId(1_102)),
            dialled: "0044123".into(),
            when,
            ..SimulateCall::default()
        };
        let status = (when != at(20)).then_some(403);
        assert_eq!(simulate(&mut world, call).status, status, "{when:?}");
    }
    run(&mut world, &mut [&mut one], 1);
    assert!(one.of("INVITE").is_empty());
}
