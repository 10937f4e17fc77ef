//! A trunk is tried out: is it found, does it answer, and does anything lead to it and from it? The findings are made of what is known, by
//! pure functions.

use serde::{Deserialize, Serialize};

use crate::diagnosis::Finding;
use crate::trunk::{Trunk, TrunkMode, TrunkState};
use crate::{Moment, TrunkId, operation};

/// How long a trunk may take to answer the question whether it is there, in seconds.
pub const ANSWER_SECONDS_MAX: u64 = 6;
/// An answer that takes longer, in milliseconds, is worth a look: speech takes the same way.
const SLOW_MILLIS: u32 = 400;

/// The last answer of a trunk to a question of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrunkAnswer {
    /// When it came, or was given up.
    pub at: Moment,
    /// Its SIP status; none where no answer came.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub millis: u32,
}

/// Who uses a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrunkUse {
    /// Tenants with numbers on it.
    pub tenants: u64,
    /// Inbound rules for its numbers.
    pub inbound_rules: u64,
    /// Ways of outbound rules by it.
    pub outbound_ways: u64,
}

/// Tries a trunk of the installation: asks it whether it is there, and looks at what leads to it. It takes some seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestTrunk {
    /// Which.
    pub trunk_id: TrunkId,
}
operation!(TestTrunk, Post, "/api/admin/trunks/{trunk_id}/test", Admin, Vec<Finding>);

/// The same for a trunk that the tenant may use, as far as it concerns the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestUsableTrunk {
    /// Which.
    pub trunk_id: TrunkId,
}
operation!(TestUsableTrunk, Post, "/api/tenant/trunks/{trunk_id}/test", TenantAdmin, Vec<Finding>);

/// What was found; `fresh` is the answer to the question that was asked for it.
pub fn findings(trunk: &Trunk, fresh: Option<TrunkAnswer>, used: TrunkUse) -> Vec<Finding> {
    let settings = &trunk.settings;
    if !settings.enabled {
        return vec![Finding::bad("In use", "The trunk is switched off.", "Switch it on in its form.")];
    }
    let mut found = vec![Finding::good("In use", "The trunk is switched on.")];
    let targets = &trunk.standing.targets;
    if settings.mode == TrunkMode::Accept {
        found.push(match targets.first() {
            Some(place) => Finding::good("Registered here", &format!("The gateway is there, by {place}.")),
            None => Finding::bad(
                "Registered here",
                &format!("Not at the moment: {}.", trunk.standing.why),
                &format!(
                    "Let the gateway register as {} at the domain {}, with this server as its outbound proxy, and the trunk's password.",
                    settings.username, settings.host
                ),
            ),
        });
    } else {
        let host = settings.next_hop().0;
        if targets.is_empty() {
            let fix = "Look at the spelling, at the port (0 asks the DNS for it) and at the DNS servers.";
            found.push(Finding::bad("Found", &format!("The name {host} leads nowhere."), fix));
        } else {
            found.push(Finding::good("Found", &format!("{host} is reached at {}.", targets.join(", "))));
            found.push(answered(fresh));
        }
    }
    if settings.mode == TrunkMode::Register {
        found.push(match trunk.standing.state {
            TrunkState::Connected => Finding::good("Registered", "The provider has taken our registration."),
            _ => Finding::bad(
                "Registered",
                &format!("Not at the moment: {}.", trunk.standing.why),
                "401, 403 and 407 mean that user name or password are not the provider's; 404 that it does not know the user.",
            ),
        });
    }
    found.push(match (used.tenants, used.inbound_rules) {
        (0, _) => Finding::warning(
            "Calls in",
            "Nobody has a number on it: calls from it are refused.",
            "Enter the numbers that the provider has given.",
        ),
        (_, 0) => Finding::warning(
            "Calls in",
            "No inbound rule is for its numbers: calls to them are refused.",
            "Make an inbound rule, or a direct number for an extension.",
        ),
        (_, 1) => Finding::good("Calls in", "An inbound rule leads on from it."),
        (_, rules) => Finding::good("Calls in", &format!("{rules} inbound rules lead on from it.")),
    });
    found.push(match used.outbound_ways {
        0 => Finding::warning(
            "Calls out",
            "No outbound rule goes by it.",
            "Make an outbound rule with this trunk as a way.",
        ),
        1 => Finding::good("Calls out", "An outbound rule goes by it."),
        ways => Finding::good("Calls out", &format!("{ways} ways of outbound rules go by it.")),
    });
    found
}

fn answered(fresh: Option<TrunkAnswer>) -> Finding {
    const CHECK: &str = "Answers";
    let silent = || {
        let fix = "Look at firewalls on both sides, at port and transport, and whether the provider knows this server's address.";
        Finding::bad(CHECK, "It has not answered.", fix)
    };
    match fresh {
        None | Some(TrunkAnswer { status: None, .. }) => silent(),
        Some(TrunkAnswer { status: Some(status), millis, .. }) if millis > SLOW_MILLIS => Finding::warning(
            CHECK,
            &format!("{status} after {millis} ms, which is long."),
            "Speech takes the same way: look at the network between the two.",
        ),
        Some(TrunkAnswer { status: Some(status), millis, .. }) => {
            // Less than one is one.
            Finding::good(CHECK, &format!("{status} after {} ms.", millis.max(1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Verdict::{self, Bad, Good, Warning};
    use crate::trunk::{TrunkSettings, TrunkStanding};

    fn trunk(mode: TrunkMode, state: TrunkState, targets: &[&str]) -> Trunk {
        Trunk {
            id: TrunkId(1),
            owner_id: None,
            settings: TrunkSettings { name: "Carrier".into(), host: "sip.example".into(), mode, ..Default::default() },
            has_password: true,
            assignments: Vec::new(),
            created_at: Moment(0),
            standing: TrunkStanding {
                state,
                targets: targets.iter().map(|&target| target.to_owned()).collect(),
                ..TrunkStanding::default()
            },
        }
    }

    // covers: TRK-01, TRK-11
    #[test]
    fn trk_01_each_thing_that_can_be_wrong_with_a_trunk_is_found_and_has_its_fix() {
        let here: &[&str] = &["udp 192.0.2.1:5060"];
        let said = |status, millis| Some(TrunkAnswer { at: Moment(0), status, millis });
        let used = TrunkUse { tenants: 1, inbound_rules: 2, outbound_ways: 1 };
        let idle = TrunkUse::default();
        let unruled = TrunkUse { tenants: 1, ..idle };
        type Case<'a> = (TrunkMode, TrunkState, &'a [&'a str], Option<TrunkAnswer>, TrunkUse, &'a [Verdict]);
        let cases: &[Case<'_>] = &[
            (TrunkMode::Ip, TrunkState::Connected, here, said(Some(200), 12), used, &[Good, Good, Good, Good, Good]),
            (
                TrunkMode::Ip,
                TrunkState::Connected,
                here,
                said(Some(404), 900),
                used,
                &[Good, Good, Warning, Good, Good],
            ),
            (TrunkMode::Ip, TrunkState::Unknown, here, said(None, 6_000), used, &[Good, Good, Bad, Good, Good]),
            (TrunkMode::Ip, TrunkState::Unknown, here, None, idle, &[Good, Good, Bad, Warning, Warning]),
            (TrunkMode::Ip, TrunkState::Disconnected, &[], None, unruled, &[Good, Bad, Warning, Warning]),
            (TrunkMode::Register, TrunkState::Connected, here, said(Some(200), 1), used, &[Good; 6]),
            (
                TrunkMode::Register,
                TrunkState::Disconnected,
                here,
                said(Some(403), 1),
                used,
                &[Good, Good, Good, Bad, Good, Good],
            ),
            (TrunkMode::Accept, TrunkState::Connected, here, None, used, &[Good, Good, Good, Good]),
            (TrunkMode::Accept, TrunkState::Disconnected, &[], None, used, &[Good, Bad, Good, Good]),
        ];
        for (mode, state, targets, fresh, used, expected) in cases {
            let found = findings(&trunk(*mode, *state, targets), *fresh, *used);
            let verdicts: Vec<Verdict> = found.iter().map(|finding| finding.verdict).collect();
            assert_eq!(&verdicts, expected, "{mode:?} {state:?}: {found:?}");
            assert!(found.iter().all(|finding| finding.fix.is_empty() == (finding.verdict == Good)), "{found:?}");
        }
        let mut off = trunk(TrunkMode::Ip, TrunkState::Connected, here);
        off.settings.enabled = false;
        assert_eq!(findings(&off, None, used).len(), 1, "nothing else matters then");
    }
}
