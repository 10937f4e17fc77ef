//! `SendQueueNotice`: tells a manager of a queue that a call waits too long, or was lost.

use shared::queue_call::{QueueCall, QueueOutcome};
use shared::{ExtensionId, QueueCallId};
use store::{ClaimedJob, QueueNotice, Store};

use crate::client::email::{Email, Letter};
use crate::send_email;
use crate::send_voicemail::{clean, length, local_time};
use crate::worker::Outcome;

pub(crate) async fn run(
    store: &Store,
    email: &Email,
    job: &ClaimedJob,
    id: QueueCallId,
    manager: ExtensionId,
    lost: bool,
) -> Outcome {
    let Some(tenant) = job.tenant_id else {
        return Outcome::GiveUp(anyhow::anyhow!("a call of nobody's queue cannot be mailed"));
    };
    let notice = match store.tenant(tenant).queue_notice(id, manager).await {
        Ok(Some(notice)) => notice,
        // The queue or its manager went before the mail did.
        Ok(None) => return Outcome::Done,
        Err(error) => return Outcome::Retry(error.into()),
    };
    let (subject, text) = if lost { of_lost(&notice) } else { of_late(&notice) };
    let letter = Letter { to: &notice.to, subject: &subject, text: &text, attachment: None, id: Some(job.id.0) };
    send_email::run(store, email, job.tenant_id, letter).await
}

fn caller(call: &QueueCall) -> String {
    let mut caller = if call.caller.is_empty() { "a hidden number".to_owned() } else { clean(&call.caller) };
    if !call.caller_name.is_empty() {
        caller.push_str(&format!(" ({})", clean(&call.caller_name)));
    }
    caller
}

/// Subject and text, as it was when the call became late: it may be answered since.
fn of_late(notice: &QueueNotice) -> (String, String) {
    let QueueNotice { number, name, sla_seconds, queue_call, time_zone, .. } = notice;
    let goal = length(u64::from(*sla_seconds) * 1_000);
    let subject = format!("A caller waits too long in queue {number}");
    let text = format!(
        "{} waits longer than {goal} in queue {number} ({}).\n\nSince: {}\n\nThe wallboard in the portal shows who waits.",
        caller(queue_call),
        clean(name),
        local_time(queue_call.entered_at, time_zone),
    );
    (subject, text)
}

fn of_lost(notice: &QueueNotice) -> (String, String) {
    let QueueNotice { number, name, queue_call, time_zone, .. } = notice;
    let subject = format!("Lost call in queue {number}");
    let waited = queue_call.waited_millis(queue_call.ended_at.unwrap_or(queue_call.entered_at));
    let text = format!(
        "{} was not answered in queue {number} ({}).\n\nWhen: {}\nWaited: {}\nWhy: {}",
        caller(queue_call),
        clean(name),
        local_time(queue_call.entered_at, time_zone),
        length(waited),
        queue_call.outcome.map_or("Unknown", QueueOutcome::word),
    );
    (subject, text)
}
