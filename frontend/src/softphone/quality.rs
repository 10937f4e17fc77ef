//! How well a call is heard, from the browser's own figures.

use js_sys::Reflect;
use shared::quality::mos_hundredths;
use wasm_bindgen::JsValue;

/// The figures of one moment; counters run from the beginning of the call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// RTP packets that came.
    pub received: f64,
    /// RTP packets that did not.
    pub lost: f64,
    /// Interarrival jitter in milliseconds.
    pub jitter_millis: f64,
    /// There and back in milliseconds, where the browser knows it.
    pub round_trip_millis: Option<f64>,
    /// The share that the server missed of what was sent, 0–1, where it told.
    pub lost_there: Option<f64>,
}

/// How well it is heard, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to notice.
    Good,
    /// Noticed by those who listen for it.
    Fair,
    /// Words are missed.
    Poor,
    /// Nothing arrives.
    Silent,
}

/// What is shown of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// In one word.
    pub verdict: Verdict,
    /// Percent of the packets that did not come since the last look.
    pub loss_percent: f64,
    /// Interarrival jitter in milliseconds.
    pub jitter_millis: f64,
    /// There and back in milliseconds.
    pub round_trip_millis: Option<f64>,
    /// The mean opinion score of the worse direction, in hundredths.
    pub mos_hundredths: u16,
}

impl Quality {
    /// What happened between two looks.
    pub fn between(before: &Figures, after: &Figures) -> Self {
        let came = (after.received - before.received).max(0.0);
        let lost = (after.lost - before.lost).max(0.0);
        let loss_percent = if came + lost > 0.0 { 100.0 * lost / (came + lost) } else { 0.0 };
        let worst = loss_percent.max(after.lost_there.unwrap_or(0.0) * 100.0);
        let round_trip = after.round_trip_millis.unwrap_or(0.0);
        let verdict = match () {
            () if came == 0.0 => Verdict::Silent,
            () if worst > 5.0 || after.jitter_millis > 60.0 || round_trip > 500.0 => Verdict::Poor,
            () if worst > 1.0 || after.jitter_millis > 30.0 || round_trip > 250.0 => Verdict::Fair,
            () => Verdict::Good,
        };
        let whole = |value: f64| value.max(0.0).round() as u64;
        Self {
            verdict,
            loss_percent,
            jitter_millis: after.jitter_millis,
            round_trip_millis: after.round_trip_millis,
            mos_hundredths: mos_hundredths(
                whole(worst * 100.0),
                whole(after.jitter_millis * 1_000.0),
                whole(round_trip * 1_000.0),
            ),
        }
    }

    /// One sentence.
    pub fn sentence(&self) -> &'static str {
        match self.verdict {
            Verdict::Good => "Good sound",
            Verdict::Fair => "Fair sound",
            Verdict::Poor => "Poor sound",
            Verdict::Silent => "No sound arrives",
        }
    }

    /// The figures behind it.
    pub fn detail(&self) -> String {
        let trip = self.round_trip_millis.map(|millis| format!(", {millis:.0} ms there and back")).unwrap_or_default();
        let score = f64::from(self.mos_hundredths) / 100.0;
        format!("score {score:.1}, {:.1} % lost, {:.0} ms jitter{trip}", self.loss_percent, self.jitter_millis)
    }
}

/// Reads an `RTCStatsReport`, which is a map of objects.
pub fn figures(report: &JsValue) -> Figures {
    let mut figures = Figures::default();
    js_sys::Map::from(report.clone()).for_each(&mut |entry, _| {
        let get = |key: &str| Reflect::get(&entry, &key.into()).unwrap_or_default();
        let number = |key: &str| get(key).as_f64();
        match get("type").as_string().as_deref() {
            Some("inbound-rtp") => {
                figures.received += number("packetsReceived").unwrap_or(0.0);
                figures.lost += number("packetsLost").unwrap_or(0.0);
                figures.jitter_millis = figures.jitter_millis.max(number("jitter").unwrap_or(0.0) * 1_000.0);
            }
            Some("remote-inbound-rtp") => figures.lost_there = number("fractionLost"),
            Some("candidate-pair") if get("nominated").is_truthy() => {
                figures.round_trip_millis = number("currentRoundTripTime").map(|seconds| seconds * 1_000.0);
            }
            _ => {}
        }
    });
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(received: f64, lost: f64, jitter_millis: f64) -> Verdict {
        let before = Figures { received: 100.0, lost: 50.0, ..Figures::default() };
        let after = Figures { received: 100.0 + received, lost: 50.0 + lost, jitter_millis, ..before };
        Quality::between(&before, &after).verdict
    }

    #[test]
    fn the_verdict_is_about_the_last_look_not_the_whole_call() {
        assert_eq!(verdict(100.0, 0.0, 5.0), Verdict::Good);
        assert_eq!(verdict(98.0, 2.0, 5.0), Verdict::Fair);
        assert_eq!(verdict(90.0, 10.0, 5.0), Verdict::Poor);
        assert_eq!(verdict(100.0, 0.0, 80.0), Verdict::Poor);
        assert_eq!(verdict(0.0, 0.0, 0.0), Verdict::Silent);
    }

    #[test]
    fn a_counter_that_steps_back_is_no_gain() {
        assert_eq!(verdict(100.0, -10.0, 5.0), Verdict::Good);
    }

    #[test]
    fn the_detail_leaves_out_what_the_browser_does_not_know() {
        let after = Figures { received: 100.0, jitter_millis: 2.4, ..Figures::default() };
        let quality = Quality::between(&Figures::default(), &after);
        assert_eq!(quality.detail(), "score 4.4, 0.0 % lost, 2 ms jitter");
    }
}
