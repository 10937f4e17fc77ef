//! A trunk is tried out: is it found, does it answer, and does anything lead to it and from it? The findings are made of what is known, by
//! pure functions.

use serde::{Deserialize, Serialize};

use crate::diagnosis::Finding;
use crate::trunk::{Trunk, TrunkMode, TrunkSettings, TrunkState, TrunkTransport};
use crate::{Moment, TrunkId, operation};

/// How long a trunk may take to answer the question whether it is there, in seconds.
pub const ANSWER_SECONDS_MAX: u64 = 6;
/// An answer that takes longer, in milliseconds, is worth a look: speech takes the same way.
const SLOW_MILLIS: u32 = 400;

/// The codecs of sound that calls are offered with, as descriptions name them.
pub const OWN_CODECS: [&str; 3] = ["PCMU", "PCMA", "opus"];

/// The last answer of a trunk to a question of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrunkAnswer {
    /// When it came, or was given up.
    pub at: Moment,
    /// Its SIP status; none where no answer came.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub millis: u32,
    /// The codecs of sound that it has said it takes (RFC 3261, 11.2), by name; empty where it said nothing of them.
    #[serde(default)]
    pub codecs: Vec<String>,
}

/// Who uses a trunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrunkUse {
    /// Tenants with numbers on it.
    pub tenants: u64,
    /// Inbound rules for its numbers.
    pub inbound_rules: u64,
    /// Ways of outbound rules by it.
    pub outbound_ways: u64,
    /// Those of these rules, by name, that show a number which their tenant does not have on it: it is left out (TRK-12).
    pub foreign_ids: Vec<String>,
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
            found.push(answered(fresh.as_ref()));
            found.extend(fresh.as_ref().and_then(codecs));
            found.push(protected(settings));
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
    if used.outbound_ways > 0 {
        found.push(match used.foreign_ids.as_slice() {
            [] => Finding::good("Caller id", "What its rules show is a number of the tenant's on it, or nothing."),
            rules => Finding::warning(
                "Caller id",
                &format!("{} shows a number that the tenant does not have on it: it is left out.", rules.join(", ")),
                "Enter the number among the tenant's on the trunk, or another caller id in the rule.",
            ),
        });
    }
    found
}

/// Whether there is a codec that both have, where it has said which it takes.
fn codecs(fresh: &TrunkAnswer) -> Option<Finding> {
    const CHECK: &str = "Codecs";
    if fresh.codecs.is_empty() {
        return None;
    }
    let is_own = |name: &&String| OWN_CODECS.iter().any(|own| own.eq_ignore_ascii_case(name));
    let common: Vec<&str> = fresh.codecs.iter().filter(is_own).map(String::as_str).collect();
    Some(match common.as_slice() {
        [] => Finding::bad(
            CHECK,
            &format!("It takes {} only.", fresh.codecs.join(", ")),
            "Let the provider allow G.711 (PCMA or PCMU) or Opus.",
        ),
        common => Finding::good(CHECK, &format!("Both have {}.", common.join(", "))),
    })
}

/// How its sound goes.
fn protected(settings: &TrunkSettings) -> Finding {
    const CHECK: &str = "Sound";
    match (settings.transport, settings.requires_srtp) {
        (TrunkTransport::Tls, true) => Finding::good(CHECK, "Protected by SRTP, or there is no call."),
        (TrunkTransport::Tls, false) => Finding::good(
            CHECK,
            "Keys for SRTP are offered with each call; it may go in the open where they are not taken.",
        ),
        (TrunkTransport::Udp | TrunkTransport::Tcp, _) => {
            Finding::good(CHECK, "In the open, as the signalling; SRTP needs TLS.")
        }
    }
}

fn answered(fresh: Option<&TrunkAnswer>) -> Finding {
    const CHECK: &str = "Answers";
    let silent = || {
        let fix = "Look at firewalls on both sides, at port and transport, and whether the provider knows this server's address.";
        Finding::bad(CHECK, "It has not answered.", fix)
    };
    match fresh {
        None | Some(TrunkAnswer { status: None, .. }) => silent(),
        Some(TrunkAnswer { status: Some(status), millis, .. }) if *millis > SLOW_MILLIS => Finding::warning(
            CHECK,
            &format!("{status} after {millis} ms, which is long."),
            "Speech takes the same way: look at the network between the two.",
        ),
        Some(TrunkAnswer { status: Some(status), millis, .. }) => {
            // Less than one is one.
            Finding::good(CHECK, &format!("{status} after {} ms.", (*millis).max(1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Verdict::{self, Bad, Good, Warning};
    use crate::trunk::TrunkStanding;

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
        let said = |status, millis| Some(TrunkAnswer { at: Moment(0), status, millis, codecs: Vec::new() });
        let used = || TrunkUse { tenants: 1, inbound_rules: 2, outbound_ways: 1, foreign_ids: Vec::new() };
        let idle = TrunkUse::default;
        let unruled = || TrunkUse { tenants: 1, ..TrunkUse::default() };
        type Case<'a> = (TrunkMode, TrunkState, &'a [&'a str], Option<TrunkAnswer>, TrunkUse, &'a [Verdict]);
        let (connected, disconnected) = (TrunkState::Connected, TrunkState::Disconnected);
        let cases: &[Case<'_>] = &[
            (TrunkMode::Ip, connected, here, said(Some(200), 12), used(), &[Good; 7]),
            (
                TrunkMode::Ip,
                connected,
                here,
                said(Some(404), 900),
                used(),
                &[Good, Good, Warning, Good, Good, Good, Good],
            ),
            (
                TrunkMode::Ip,
                TrunkState::Unknown,
                here,
                said(None, 6_000),
                used(),
                &[Good, Good, Bad, Good, Good, Good, Good],
            ),
            (TrunkMode::Ip, TrunkState::Unknown, here, None, idle(), &[Good, Good, Bad, Good, Warning, Warning]),
            (TrunkMode::Ip, disconnected, &[], None, unruled(), &[Good, Bad, Warning, Warning]),
            (TrunkMode::Register, connected, here, said(Some(200), 1), used(), &[Good; 8]),
            (
                TrunkMode::Register,
                disconnected,
                here,
                said(Some(403), 1),
                used(),
                &[Good, Good, Good, Good, Bad, Good, Good, Good],
            ),
            (TrunkMode::Accept, connected, here, None, used(), &[Good; 5]),
            (TrunkMode::Accept, disconnected, &[], None, used(), &[Good, Bad, Good, Good, Good]),
        ];
        for (mode, state, targets, fresh, used, expected) in cases {
            let found = findings(&trunk(*mode, *state, targets), fresh.clone(), used.clone());
            let verdicts: Vec<Verdict> = found.iter().map(|finding| finding.verdict).collect();
            assert_eq!(&verdicts, expected, "{mode:?} {state:?}: {found:?}");
            assert!(found.iter().all(|finding| finding.fix.is_empty() == (finding.verdict == Good)), "{found:?}");
        }
        let mut off = trunk(TrunkMode::Ip, TrunkState::Connected, here);
        off.settings.enabled = false;
        assert_eq!(findings(&off, None, used()).len(), 1, "nothing else matters then");
    }

    // covers: TRK-05, TRK-12
    #[test]
    fn trk_12_codecs_protection_and_caller_ids_are_looked_at() {
        let found = |codecs: &[&str], transport, requires_srtp, foreign: &[&str]| {
            let mut trunk = trunk(TrunkMode::Ip, TrunkState::Connected, &["udp 192.0.2.1:5060"]);
            trunk.settings.transport = transport;
            trunk.settings.requires_srtp = requires_srtp;
            let own = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
            let fresh = TrunkAnswer { at: Moment(0), status: Some(200), millis: 1, codecs: own(codecs) };
            let used = TrunkUse { tenants: 1, inbound_rules: 1, outbound_ways: 1, foreign_ids: own(foreign) };
            findings(&trunk, Some(fresh), used)
        };
        let of = |found: &[Finding], check: &str| {
            let one = found.iter().find(|finding| finding.check == check);
            one.map(|finding| (finding.verdict, finding.detail.clone()))
        };
        let all = found(&["G729", "pcma", "OPUS"], TrunkTransport::Tls, true, &[]);
        assert_eq!(of(&all, "Codecs"), Some((Good, "Both have pcma, OPUS.".to_owned())));
        assert_eq!(of(&all, "Sound"), Some((Good, "Protected by SRTP, or there is no call.".to_owned())));
        let all = found(&["G729"], TrunkTransport::Udp, false, &["Abroad"]);
        assert_eq!(of(&all, "Codecs"), Some((Bad, "It takes G729 only.".to_owned())));
        assert!(of(&all, "Sound").unwrap().1.starts_with("In the open"));
        assert!(matches!(of(&all, "Caller id"), Some((Warning, text)) if text.starts_with("Abroad shows")));
        assert_eq!(of(&found(&[], TrunkTransport::Udp, false, &[]), "Codecs"), None, "it has said nothing");
    }
}
