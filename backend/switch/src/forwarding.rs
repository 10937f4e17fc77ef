//! Does a call ring a person's devices, or go elsewhere? Pure functions of the person's forwarding and of how things stand
//! (EXT-05, EXT-08, EXT-14).

use shared::date::Wall;
use shared::destination::Destination;
use shared::forwarding::Forwarding;
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::simulation::Unanswered;

use crate::admission::Refusal;
use crate::presentation::Why;

/// How things stand when a call comes for somebody.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The caller's number.
    pub caller: &'a str,
    /// What the person has set.
    pub status: PresenceStatus,
    /// Is a device registered?
    pub online: bool,
    /// Is the person in a call?
    pub talks: bool,
    /// Are the person's hours on?
    pub is_open: bool,
    /// The clock on the tenant's wall.
    pub at: Wall,
}

/// What is done with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The devices ring.
    Rings,
    /// The devices ring, because an exception says so.
    RingsByException,
    /// It goes elsewhere, or ends.
    Goes(Why, &'a Destination),
}

/// What is done with a call before anything rings: an exception, else the status, else the lines.
pub fn decide<'a>(forwarding: &'a Forwarding, standing: &Standing<'_>) -> Verdict<'a> {
    let Standing { caller, status, online, talks, is_open, at } = *standing;
    let exception = forwarding.exception(caller, is_open, at);
    if let Some(to) = exception.and_then(|exception| exception.to.as_ref()) {
        return Verdict::Goes(Why::Exception, to);
    }
    if !online {
        return Verdict::Goes(Why::Offline, forwarding.offline.at(is_open));
    }
    if exception.is_some() {
        return Verdict::RingsByException;
    }
    match (status, &forwarding.away) {
        (PresenceStatus::DoNotDisturb, _) => Verdict::Goes(Why::NotDisturbed, forwarding.do_not_disturb.at(is_open)),
        (PresenceStatus::Away, Some(away)) => Verdict::Goes(Why::Away, away.at(is_open)),
        _ if talks && !forwarding.call_waiting => Verdict::Goes(Why::Busy, &forwarding.busy),
        _ => Verdict::Rings,
    }
}

/// What is done with a call that the devices have not taken.
pub const fn onward(forwarding: &Forwarding, after: Unanswered, is_open: bool) -> (Why, &Destination) {
    match after {
        Unanswered::NoAnswer => (Why::NoAnswer, &forwarding.no_answer),
        Unanswered::Busy => (Why::Busy, &forwarding.busy),
        Unanswered::Unreachable => (Why::Offline, forwarding.offline.at(is_open)),
    }
}

/// Does the forwarding have anything to say to a call that the devices have not taken?
pub fn goes_on(forwarding: &Forwarding) -> bool {
    let offline = [&forwarding.offline.open, &forwarding.offline.closed];
    [&forwarding.no_answer, &forwarding.busy].into_iter().chain(offline).any(|to| *to != Destination::EndCall)
}

impl Why {
    /// What the trace says of a call that goes on.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Deflected(_) | Self::Referred => Reason::Redirected,
            Self::Exception => Reason::ForwardedByException,
            Self::NotDisturbed => Reason::ForwardedNotDisturbed,
            Self::Away => Reason::ForwardedAway,
            Self::Busy => Reason::ForwardedBusy,
            Self::NoAnswer => Reason::ForwardedNoAnswer,
            Self::Offline => Reason::ForwardedOffline,
        }
    }

    /// How a call to `number` is refused that goes nowhere before anything has rung.
    pub fn refusal(self, number: String) -> Refusal {
        match self {
            Self::Exception => Refusal::EndedByException(number),
            Self::NotDisturbed => Refusal::CalleeNotDisturbed(number),
            Self::Away => Refusal::CalleeAway(number),
            Self::Busy => Refusal::CalleeBusy(number),
            Self::Deflected(_) | Self::Referred | Self::NoAnswer | Self::Offline => Refusal::CalleeOffline(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::date::Date;
    use shared::did::Mask;
    use shared::forwarding::{ByHours, Exception, When};

    use super::*;

    fn to(number: &str) -> Destination {
        Destination::External { number: number.into() }
    }

    fn by_hours(open: &str, closed: &str) -> ByHours {
        ByHours { open: to(open), closed: to(closed) }
    }

    fn forwarding() -> Forwarding {
        Forwarding {
            no_answer: to("01"),
            busy: to("02"),
            call_waiting: false,
            offline: by_hours("03", "04"),
            do_not_disturb: by_hours("05", "06"),
            away: Some(by_hours("07", "08")),
            exceptions: vec![
                Exception { caller: Mask("900".into()), when: When::Always, to: None },
                Exception { caller: Mask("*".into()), when: When::Closed, to: Some(to("09")) },
            ],
            ..Forwarding::default()
        }
    }

    const AVAILABLE: PresenceStatus = PresenceStatus::Available;
    const DISTURBED: PresenceStatus = PresenceStatus::DoNotDisturb;
    const AWAY: PresenceStatus = PresenceStatus::Away;

    fn standing(status: PresenceStatus, online: bool, talks: bool, is_open: bool) -> Standing<'static> {
        let at = Wall { date: Date::read("2026-11-23").unwrap(), minute: 0 };
        Standing { caller: "101", status, online, talks, is_open, at }
    }

    // covers: EXT-08
    #[test]
    fn ext_08_each_status_inside_and_outside_of_the_hours_goes_where_its_cell_says() {
        let no_exceptions = Forwarding { exceptions: Vec::new(), ..forwarding() };
        for (status, online, talks, is_open, expected) in [
            (AVAILABLE, true, false, true, None),
            (AVAILABLE, true, false, false, None),
            (AVAILABLE, true, true, true, Some((Why::Busy, "02"))),
            (AVAILABLE, true, true, false, Some((Why::Busy, "02"))),
            (AVAILABLE, false, false, true, Some((Why::Offline, "03"))),
            (AVAILABLE, false, false, false, Some((Why::Offline, "04"))),
            (DISTURBED, true, false, true, Some((Why::NotDisturbed, "05"))),
            (DISTURBED, true, true, false, Some((Why::NotDisturbed, "06"))),
            (DISTURBED, false, false, true, Some((Why::Offline, "03"))),
            (AWAY, true, false, true, Some((Why::Away, "07"))),
            (AWAY, true, true, false, Some((Why::Away, "08"))),
            (AWAY, false, false, false, Some((Why::Offline, "04"))),
        ] {
            let place = expected.map(|(why, number)| (why, to(number)));
            let expected = place.as_ref().map_or(Verdict::Rings, |(why, to)| Verdict::Goes(*why, to));
            let found = decide(&no_exceptions, &standing(status, online, talks, is_open));
            assert_eq!(found, expected, "{status:?} {online} {talks} {is_open}");
        }
        for (after, is_open, expected) in [
            (Unanswered::NoAnswer, true, (Why::NoAnswer, to("01"))),
            (Unanswered::NoAnswer, false, (Why::NoAnswer, to("01"))),
            (Unanswered::Busy, true, (Why::Busy, to("02"))),
            (Unanswered::Unreachable, true, (Why::Offline, to("03"))),
            (Unanswered::Unreachable, false, (Why::Offline, to("04"))),
        ] {
            assert_eq!(onward(&no_exceptions, after, is_open), (expected.0, &expected.1), "{after:?} {is_open}");
        }
    }

    // covers: EXT-08, EXT-21
    #[test]
    fn ext_08_without_rules_away_rings_a_second_call_rings_and_the_rest_ends() {
        let nothing = Forwarding::default();
        let ends = |why| Verdict::Goes(why, &Destination::EndCall);
        assert_eq!(decide(&nothing, &standing(AWAY, true, true, true)), Verdict::Rings);
        assert_eq!(decide(&nothing, &standing(DISTURBED, true, false, true)), ends(Why::NotDisturbed));
        assert_eq!(decide(&nothing, &standing(AVAILABLE, false, false, true)), ends(Why::Offline));
        assert!(!goes_on(&nothing));
        let offline = ByHours { closed: to("04"), ..ByHours::default() };
        assert!(goes_on(&Forwarding { offline, ..Forwarding::default() }));
    }

    // covers: EXT-05
    #[test]
    fn ext_05_an_exception_comes_before_the_status_and_lets_through_or_sends_on() {
        let forwarding = forwarding();
        let caller = |caller, standing| Standing { caller, ..standing };
        for status in [AVAILABLE, DISTURBED, AWAY] {
            let through = caller("900", standing(status, true, true, false));
            assert_eq!(decide(&forwarding, &through), Verdict::RingsByException, "{status:?}");
        }
        let sent = to("09");
        assert_eq!(decide(&forwarding, &standing(DISTURBED, true, false, false)), Verdict::Goes(Why::Exception, &sent));
        assert_eq!(
            decide(&forwarding, &standing(AVAILABLE, false, false, false)),
            Verdict::Goes(Why::Exception, &sent)
        );
        assert_eq!(
            decide(&forwarding, &caller("900", standing(AVAILABLE, false, false, true))),
            Verdict::Goes(Why::Offline, &to("03")),
            "nobody is let through to devices that are not there"
        );
    }
}
