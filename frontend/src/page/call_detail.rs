//! One call: what it was, why it went as it did, and how it sounded.

use leptos::prelude::*;
use shared::call_record::{CallDetail, CallRecord, LegQuality};
use shared::fact::Fact;
use shared::{CallId, Moment};

use super::Head;
use super::call::{caller, length, status};
use super::trace::Timeline;
use crate::live::{self, Event};
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::{Card, grouped};
use crate::ui::fetch::Fetch;
use crate::word;

/// The page of a call; `tools` stand on its right.
#[component]
pub fn CallDetailView(
    detail: Fetch<CallDetail>,
    call_id: CallId,
    back: &'static str,
    #[prop(optional, into)] tools: Option<ViewFn>,
) -> impl IntoView {
    live::subscribe(move |event| match event {
        Event::Reload => detail.reload(),
        Event::Fact(fact) => match &fact.fact {
            Fact::CallChanged { record } if record.id == call_id => detail.reload(),
            Fact::CallEnded { record, trace } if record.id == call_id => {
                detail.set(CallDetail { record: record.clone(), trace: trace.clone() });
            }
            _ => {}
        },
    });
    let now = time::ticking();
    view! {
        <div class="page">
            <a class="link w-fit text-sm" href=back>"← All calls"</a>
            {detail.failure()}
            {move || match detail.get() {
                Some(detail) => shown(detail, now, tools.as_ref().map(ViewFn::run)),
                None => detail.problem().is_none().then(waiting).into_any(),
            }}
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
    let title = format!("{} → {}", caller(&record).0, record.callee);
    let legs = record.legs.clone();
    let badge = status(record.status);
    view! {
        <Head title=title tools=view! { <span class="flex items-center gap-3">{badge}{tools}</span> }.into_any() />
        {facts(&record, now)}
        <div class="columns">
            <Card title="Explain this call" testid="explain"><Timeline steps=trace /></Card>
            <Card title="Sound" testid="sound">
                {if legs.is_empty() {
                    view! { <p class="text-soft">"No sound was exchanged, so there is nothing to measure."</p> }.into_any()
                } else {
                    view! { <div class="grid gap-5">{legs.into_iter().map(leg).collect_view()}</div> }.into_any()
                }}
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

fn leg(leg: LegQuality) -> impl IntoView {
    let side = match leg.side.as_str() {
        "callee" => "Called party",
        _ => "Caller",
    };
    let (tone, word, sentence) = verdict(&leg);
    view! {
        <div>
            <div class="flex items-center justify-between">
                <h3 class="font-semibold">{side}</h3>
                <Badge tone text=word />
            </div>
            <p class="mt-1 text-sm text-soft">{sentence}</p>
            <dl class="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
                <div><dt class="text-faint">"Codec"</dt><dd>{leg.codec.clone()}</dd></div>
                <div><dt class="text-faint">"Jitter"</dt><dd class="figures">{milliseconds(leg.jitter_micros)}</dd></div>
                <div><dt class="text-faint">"Packets in"</dt><dd class="figures">{grouped(leg.packets_received)}</dd></div>
                <div><dt class="text-faint">"Packets out"</dt><dd class="figures">{grouped(leg.packets_sent)}</dd></div>
                <div><dt class="text-faint">"Lost"</dt><dd class="figures">{lost(&leg)}</dd></div>
            </dl>
        </div>
    }
}

/// Lost packets in hundredths of a percent of those that were sent.
fn loss_per_ten_thousand(leg: &LegQuality) -> u64 {
    let sent = leg.packets_received.saturating_add(leg.packets_lost);
    leg.packets_lost.saturating_mul(10_000).checked_div(sent).unwrap_or(0)
}

fn lost(leg: &LegQuality) -> String {
    let share = loss_per_ten_thousand(leg);
    format!("{} ({}.{:02} %)", grouped(leg.packets_lost), share / 100, share % 100)
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}

/// From here on loss is heard as clicks, in hundredths of a percent.
const LOSS_FAIR: u64 = 100;
/// From here on words go missing, in hundredths of a percent.
const LOSS_POOR: u64 = 500;
/// From here on a usual jitter buffer drops packets, in microseconds.
const JITTER_FAIR_MICROS: u64 = 30_000;
/// From here on most buffers are too short, in microseconds.
const JITTER_POOR_MICROS: u64 = 60_000;

/// One word and one sentence on how this side sounded.
fn verdict(leg: &LegQuality) -> (Tone, &'static str, &'static str) {
    let (loss, jitter) = (loss_per_ten_thousand(leg), leg.jitter_micros);
    if !leg.heard {
        (Tone::Bad, "Silent", "No sound was heard from this side. Check its microphone and network.")
    } else if loss >= LOSS_POOR || jitter >= JITTER_POOR_MICROS {
        (Tone::Bad, "Poor", "This side's network lost or delayed so much that words go missing.")
    } else if loss >= LOSS_FAIR || jitter >= JITTER_FAIR_MICROS {
        (Tone::Warn, "Fair", "This side's network lost or delayed enough to be heard now and then.")
    } else {
        (Tone::Good, "Good", "This side's sound arrived as it was sent.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_names_silence_before_loss_and_loss_before_nothing() {
        let leg = LegQuality { packets_received: 1_000, heard: true, ..Default::default() };
        assert_eq!(verdict(&leg).1, "Good");
        assert_eq!(verdict(&LegQuality { packets_lost: 20, ..leg.clone() }).1, "Fair");
        assert_eq!(verdict(&LegQuality { packets_lost: 100, ..leg.clone() }).1, "Poor");
        assert_eq!(verdict(&LegQuality { jitter_micros: 40_000, ..leg.clone() }).1, "Fair");
        assert_eq!(verdict(&LegQuality { heard: false, packets_lost: 100, ..leg }).1, "Silent");
    }

    #[test]
    fn loss_is_a_share_of_what_was_sent() {
        let leg = LegQuality { packets_received: 4_211, packets_lost: 12, ..Default::default() };
        assert_eq!(lost(&leg), "12 (0.28 %)");
        assert_eq!(lost(&LegQuality::default()), "0 (0.00 %)");
        assert_eq!(milliseconds(3_249), "3.2 ms");
    }
}
