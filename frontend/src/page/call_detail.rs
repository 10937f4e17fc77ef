//! One call: what it was, why it went as it did, and how it sounded.

use leptos::prelude::*;
use shared::call_record::{CallDetail, CallRecord, LegQuality};
use shared::fact::Fact;
use shared::ladder::{Ladder, LadderFormat};
use shared::quality::{Grade, per_ten_thousand, verdict};
use shared::{CallId, Moment};

use super::Head;
use super::call::{callee, caller, length, status};
use super::ladder::LadderCard;
use super::trace::Timeline;
use crate::live::{self, Event};
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::{Card, grouped};
use crate::ui::fetch::Fetch;
use crate::word;

/// The page of a call; `tools` stand on its right, `save` keeps its ladder as a file, `recordings` are what was recorded of it.
#[component]
pub fn CallDetailView(
    detail: Fetch<CallDetail>,
    ladder: Fetch<Ladder>,
    save: Callback<LadderFormat>,
    call_id: CallId,
    back: &'static str,
    #[prop(optional, into)] tools: Option<ViewFn>,
    #[prop(optional, into)] recordings: Option<ViewFn>,
) -> impl IntoView {
    live::subscribe(move |event| match event {
        Event::Reload => {
            detail.reload();
            ladder.reload();
        }
        Event::Changed(_) => {}
        Event::Fact(fact) => match &fact.fact {
            Fact::CallCaptured { call_id: of, .. } if *of == call_id => ladder.reload(),
            Fact::CallChanged { record, .. } if record.id == call_id => {
                detail.reload();
                ladder.reload();
            }
            Fact::CallEnded { record, trace } if record.id == call_id => {
                ladder.reload();
                detail.set(CallDetail { record: record.clone(), trace: trace.clone() });
            }
            _ => {}
        },
    });
    let now = time::ticking();
    let record = Signal::derive(move || detail.map(|detail| detail.record.clone()));
    view! {
        <div class="page">
            <a class="link w-fit text-sm" href=back>"← All calls"</a>
            {detail.failure()}
            {move || match detail.get() {
                Some(detail) => shown(detail, now, tools.as_ref().map(ViewFn::run)),
                None => detail.problem().is_none().then(waiting).into_any(),
            }}
            <Show when=move || detail.problem().is_none()>
                {recordings.as_ref().map(ViewFn::run)}
                <LadderCard ladder record save />
            </Show>
        </div>
    }
}

fn waiting() -> impl IntoView {
    view! {
        <h1 class="sr-only">"Call"</h1>
        <span class="skeleton h-8 w-72"></span>
        <span class="skeleton h-40 w-full"></span>
        <span class="skeleton h-72 w-full"></span>
    }
}

fn shown(detail: CallDetail, now: ReadSignal<Moment>, tools: Option<AnyView>) -> AnyView {
    let CallDetail { record, trace } = detail;
    let title = format!("{} → {}", caller(&record).0, callee(&record).0);
    let heard = match record.legs.as_slice() {
        [] => view! { <p class="text-soft">"No sound was exchanged, so there is nothing to measure."</p> }.into_any(),
        legs => sound(legs, &record, now).into_any(),
    };
    let badge = status(record.status);
    view! {
        <Head title=title tools=view! { <span class="flex items-center gap-3">{badge}{tools}</span> }.into_any() />
        {facts(&record, now)}
        <div class="columns">
            <Card title="Explain this call" testid="explain"><Timeline steps=trace /></Card>
            <Card title="Sound" testid="sound">
                {heard}
            </Card>
        </div>
    }
    .into_any()
}

fn facts(record: &CallRecord, now: ReadSignal<Moment>) -> impl IntoView {
    let moment = |at: Option<Moment>| at.map_or_else(|| "–".to_owned(), |at| time::show(at, Style::Full));
    let fact = |name: &'static str, value: AnyView| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let text = |value: String| if value.is_empty() { "–".to_owned() } else { value }.into_any();
    let (direction, _) = word::direction(record.direction);
    view! {
        <section class="card card-body" aria-label="Facts">
            <dl class="facts">
                {fact("From", text(record.caller.clone()))}
                {fact("Dialled", text(record.callee.clone()))}
                {fact("Direction", text(direction.to_owned()))}
                {fact("Talk time", length(record, now))}
                {fact("Started", text(moment(Some(record.started_at))))}
                {fact("Rang", text(moment(record.rang_at)))}
                {fact("Answered", text(moment(record.answered_at)))}
                {fact("Ended", text(moment(record.ended_at)))}
                {fact("Answered on", text(record.final_destination.clone()))}
                {(record.fail_code != 0).then(|| fact("SIP status", text(record.fail_code.to_string())))}
                {record.cost.map(|cost| fact("Cost", text(cost.to_string())))}
                {fact("SIP Call-ID", view! { <code>{record.sip_call_id.clone()}</code> }.into_any())}
            </dl>
        </section>
    }
}

/// The verdict, then each end's figures in both directions.
fn sound(legs: &[LegQuality], record: &CallRecord, now: ReadSignal<Moment>) -> impl IntoView + use<> {
    let verdict = verdict(legs, &record.caller, &record.callee);
    let (tone, word) = match verdict.grade {
        Grade::Good => (Tone::Good, "Good"),
        Grade::Fair => (Tone::Warn, "Fair"),
        Grade::Poor => (Tone::Bad, "Poor"),
        Grade::Silent => (Tone::Bad, "Silent"),
    };
    let legs = legs.iter().map(|leg| end(leg, record, now)).collect_view();
    view! {
        <div class="grid gap-5">
            <div class="flex items-start gap-3" data-testid="verdict">
                <Badge tone text=word />
                <p class="min-w-0 wrap-anywhere font-medium">{verdict.sentence}</p>
            </div>
            {legs}
        </div>
    }
}

fn end(leg: &LegQuality, record: &CallRecord, now: ReadSignal<Moment>) -> impl IntoView + use<> {
    let (side, number) = match leg.side.as_str() {
        "callee" => ("Called party", record.callee.clone()),
        _ => ("Caller", record.caller.clone()),
    };
    let silent = leg.silent_since.map(|since| {
        view! {
            <p class="mt-1 text-sm text-bad-ink" role="status" data-testid="silent-now">
                "Nothing has been heard for " {move || time::duration(now.get().since(since).as_secs())} "."
            </p>
        }
    });
    let trip = leg.round_trip_micros.map_or_else(|| "–".to_owned(), milliseconds);
    let reported = leg.reported.clone();
    let (lost_there, jitter_there, score_there) = match &reported {
        Some(there) => {
            let whole = leg.packets_sent;
            (lost(there.packets_lost, whole), milliseconds(there.jitter_micros), score(there.mos_hundredths))
        }
        None => ("–".to_owned(), "–".to_owned(), "–".to_owned()),
    };
    let sends = lost(leg.packets_lost, leg.packets_received.saturating_add(leg.packets_lost));
    let row = |name: &'static str, sent: String, heard: String| {
        view! { <tr><th scope="row">{name}</th><td>{sent}</td><td>{heard}</td></tr> }
    };
    view! {
        <div data-testid="end">
            <h3 class="font-semibold wrap-anywhere">{side} " " <span class="text-faint figures">{number}</span></h3>
            {silent}
            <table class="figure-table" aria-label="Measured sound">
                <thead>
                    <tr><th scope="col"><span class="sr-only">"Figure"</span></th><th scope="col">"Sends"</th><th scope="col">"Hears"</th></tr>
                </thead>
                <tbody>
                    {row("Score (1–5)", score(leg.mos_hundredths), score_there)}
                    {row("Lost", sends, lost_there)}
                    {row("Jitter", milliseconds(leg.jitter_micros), jitter_there)}
                    {row("Packets", grouped(leg.packets_received), grouped(leg.packets_sent))}
                </tbody>
            </table>
            <p class="mt-2 text-sm text-soft">
                {leg.codec.clone()} " · there and back " <span class="figures">{trip}</span>
            </p>
        </div>
    }
}

/// A score as people write it; a dash where there is none.
fn score(hundredths: Option<u16>) -> String {
    hundredths.map_or_else(|| "–".to_owned(), |score| format!("{}.{}", score / 100, score % 100 / 10))
}

/// Packets and the share that they are.
fn lost(packets: u64, whole: u64) -> String {
    let share = per_ten_thousand(packets, whole);
    format!("{} ({}.{:02} %)", grouped(packets), share / 100, share % 100)
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_a_share_of_what_was_sent() {
        assert_eq!(lost(12, 4_223), "12 (0.28 %)");
        assert_eq!(lost(0, 0), "0 (0.00 %)");
        assert_eq!(milliseconds(3_249), "3.2 ms");
    }

    #[test]
    fn a_score_has_one_digit_and_none_is_a_dash() {
        assert_eq!(score(Some(439)), "4.3");
        assert_eq!(score(None), "–");
    }
}
