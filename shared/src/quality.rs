//! How well a call is heard: an opinion score by the E-model, and one sentence that names whose network is to blame.

use std::fmt;

use crate::call_record::LegQuality;

/// R of a call to which nothing bad happens (ITU-T G.107, table 3: all defaults).
const R_BEST: f64 = 93.2;
/// Robustness against random loss of G.711 with concealment (ITU-T G.113, appendix I). There is no ITU value for Opus,
/// which conceals at least as well.
const LOSS_ROBUSTNESS: f64 = 25.1;
/// From here on a delay is noticed in a conversation, in milliseconds.
const DELAY_NOTICED_MILLIS: f64 = 177.3;
/// What every packet waits for before it is sent: itself.
const PACKET_MICROS: u64 = 20_000;

/// The mean opinion score of one direction in hundredths, 100 to 441 (ITU-T G.107, annex B).
///
/// `loss` is in hundredths of a percent of the packets, the others are microseconds. The delay is half of the round trip,
/// one packet and a jitter buffer of twice the jitter; Id is its short form of Cole and Rosenbluth (2001), Ie of both
/// codecs here zero.
pub fn mos_hundredths(loss: u64, jitter_micros: u64, round_trip_micros: u64) -> u16 {
    let delay_micros =
        (round_trip_micros / 2).saturating_add(PACKET_MICROS).saturating_add(jitter_micros.saturating_mul(2));
    let delay = delay_micros as f64 / 1_000.0;
    let delay_impairment = 0.024 * delay + 0.11 * (delay - DELAY_NOTICED_MILLIS).max(0.0);
    let percent = loss.min(10_000) as f64 / 100.0;
    let loss_impairment = 95.0 * percent / (percent + LOSS_ROBUSTNESS);
    let r = (R_BEST - delay_impairment - loss_impairment).clamp(0.0, 100.0);
    let mos = 1.0 + 0.035 * r + 0.000_007 * r * (r - 60.0) * (100.0 - r);
    // The curve dips below one at its foot.
    (mos.clamp(1.0, 4.5) * 100.0).round() as u16
}

/// A share in hundredths of a percent; zero of nothing.
pub fn per_ten_thousand(part: u64, whole: u64) -> u64 {
    let share = u128::from(part) * 10_000 / u128::from(whole.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// How a call sounded, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Nothing to notice.
    Good,
    /// Noticed now and then.
    Fair,
    /// Words go missing.
    Poor,
    /// A side was not heard.
    Silent,
}

/// From here on loss is heard as clicks, and from here on words go missing; in hundredths of a percent.
const LOSS: (u64, u64) = (100, 500);
/// From here on a usual jitter buffer drops packets, and from here on most do; in microseconds.
const JITTER: (u64, u64) = (30_000, 60_000);
/// From here on people begin to talk at the same time, and from here on they keep doing so; in microseconds.
const ROUND_TRIP: (u64, u64) = (300_000, 600_000);

/// What is said of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// In one word.
    pub grade: Grade,
    /// In one sentence, with the side that is to blame.
    pub sentence: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    RoundTrip,
    JitterThere,
    Jitter,
    LossThere,
    Loss,
}

/// The verdict on a call by the figures of its legs; `caller` and `callee` are the numbers that the sentence names.
pub fn verdict(legs: &[LegQuality], caller: &str, callee: &str) -> Verdict {
    let name = |leg: &LegQuality| if leg.side == "callee" { callee } else { caller }.to_owned();
    let silent: Vec<String> = legs.iter().filter(|leg| !leg.heard).map(name).collect();
    match silent.as_slice() {
        [] => {}
        [one] => return silent_verdict(&format!("from {one}")),
        _ => return silent_verdict("from either side"),
    }
    let faults = legs.iter().flat_map(|leg| faults(leg).map(|(fault, grade, amount)| (grade, fault, amount, leg)));
    let worst = faults.max_by_key(|(grade, fault, amount, _)| (*grade, *fault, *amount));
    match worst {
        Some((grade, fault, amount, leg)) if grade > Grade::Good => {
            Verdict { grade, sentence: sentence(&name(leg), fault, amount) }
        }
        _ => Verdict { grade: Grade::Good, sentence: "Both sides' sound arrived as it was sent.".to_owned() },
    }
}

fn silent_verdict(whom: &str) -> Verdict {
    let sentence = format!("No sound was heard {whom}: check microphone and network there.");
    Verdict { grade: Grade::Silent, sentence }
}

fn faults(leg: &LegQuality) -> [(Fault, Grade, u64); 5] {
    let there = leg.reported.as_ref();
    let (loss_there, jitter_there) =
        there.map_or((0, 0), |there| (per_ten_thousand(there.packets_lost, leg.packets_sent), there.jitter_micros));
    let graded = |fault, amount: u64, (fair, poor)| {
        let grade = match amount {
            _ if amount >= poor => Grade::Poor,
            _ if amount >= fair => Grade::Fair,
            _ => Grade::Good,
        };
        (fault, grade, amount)
    };
    [
        graded(Fault::Loss, leg.loss_per_ten_thousand(), LOSS),
        graded(Fault::LossThere, loss_there, LOSS),
        graded(Fault::Jitter, leg.jitter_micros, JITTER),
        graded(Fault::JitterThere, jitter_there, JITTER),
        graded(Fault::RoundTrip, leg.round_trip_micros.unwrap_or(0), ROUND_TRIP),
    ]
}

fn sentence(who: &str, fault: Fault, amount: u64) -> String {
    match fault {
        Fault::Loss => format!("{who}'s network loses {} of what it sends.", Percent(amount)),
        Fault::LossThere => format!("{who}'s network loses {} of what it is sent.", Percent(amount)),
        Fault::Jitter => format!("{who}'s network delays what it sends unevenly, by {} ms.", amount / 1_000),
        Fault::JitterThere => format!("{who}'s network delays what it is sent unevenly, by {} ms.", amount / 1_000),
        Fault::RoundTrip => format!("Sound takes {} ms to {who} and back.", amount / 1_000),
    }
}

/// Hundredths of a percent, with one digit behind the point where there is one.
struct Percent(u64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100 / 10) {
            (whole, 0) => write!(f, "{whole} %"),
            (whole, tenth) => write!(f, "{whole}.{tenth} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_record::PeerReport;

    #[test]
    fn the_score_is_that_of_the_e_model() {
        // R = 93.2 - 0.48 = 92.72; MOS 4.40.
        assert_eq!(mos_hundredths(0, 0, 0), 440);
        // One percent: Ie,eff = 95/26.1 = 3.64.
        assert_eq!(mos_hundredths(100, 0, 0), 432);
        // Ten percent: Ie,eff = 27.07, R = 65.65.
        assert_eq!(mos_hundredths(1_000, 0, 0), 339);
        // A third of a second each way: Id = 0.024 × 353 + 0.11 × 175.7 = 27.8, R = 65.4.
        assert_eq!(mos_hundredths(0, 0, 666_000), 337);
        assert_eq!(mos_hundredths(10_000, u64::MAX, u64::MAX), 100);
        let steps: Vec<u16> = (0..100).map(|n| mos_hundredths(n * 100, n * 1_000, n * 10_000)).collect();
        assert!(steps.windows(2).all(|pair| pair[0] >= pair[1]), "worse is never better: {steps:?}");
    }

    fn leg(side: &str) -> LegQuality {
        LegQuality {
            side: side.into(),
            packets_received: 930,
            packets_sent: 1_000,
            heard: true,
            ..LegQuality::default()
        }
    }

    #[test]
    fn the_verdict_names_the_guilty_side_and_its_direction() {
        let report =
            |packets_lost, jitter_micros| Some(PeerReport { packets_lost, jitter_micros, ..PeerReport::default() });
        for (grade, caller, callee, sentence) in [
            (Grade::Good, leg("caller"), leg("callee"), "Both sides' sound arrived as it was sent."),
            (
                Grade::Poor,
                leg("caller"),
                LegQuality { packets_lost: 70, ..leg("callee") },
                "102's network loses 7 % of what it sends.",
            ),
            (
                Grade::Fair,
                LegQuality { reported: report(28, 0), ..leg("caller") },
                leg("callee"),
                "101's network loses 2.8 % of what it is sent.",
            ),
            (
                Grade::Poor,
                LegQuality { packets_lost: 12, ..leg("caller") },
                LegQuality { jitter_micros: 61_000, ..leg("callee") },
                "102's network delays what it sends unevenly, by 61 ms.",
            ),
            (
                Grade::Fair,
                LegQuality { reported: report(0, 31_500), ..leg("caller") },
                leg("callee"),
                "101's network delays what it is sent unevenly, by 31 ms.",
            ),
            (
                Grade::Fair,
                leg("caller"),
                LegQuality { round_trip_micros: Some(420_000), ..leg("callee") },
                "Sound takes 420 ms to 102 and back.",
            ),
            (
                Grade::Silent,
                LegQuality { packets_lost: 500, ..leg("caller") },
                LegQuality { heard: false, ..leg("callee") },
                "No sound was heard from 102: check microphone and network there.",
            ),
            (
                Grade::Silent,
                LegQuality { heard: false, ..leg("caller") },
                LegQuality { heard: false, ..leg("callee") },
                "No sound was heard from either side: check microphone and network there.",
            ),
        ] {
            let told = verdict(&[caller, callee], "101", "102");
            assert_eq!(told, Verdict { grade, sentence: sentence.to_owned() });
        }
        assert_eq!(verdict(&[], "101", "102").grade, Grade::Good);
    }
}
