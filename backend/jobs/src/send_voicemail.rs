//! `SendVoicemail`: tells somebody of a new voice message, with the message itself where that is wanted (VM-06).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::voicemail::Voicemail;
use shared::{Moment, VoicemailId};
use store::{ClaimedJob, Error, Store, VoicemailNotice};

use crate::client::email::{Attachment, Email, Letter};
use crate::send_email;
use crate::worker::Outcome;

/// The content type of the file.
const WAV: &str = "audio/wav";
/// The most characters of a caller's number or name that are mailed.
const WORDS_CHARACTERS_MAX: usize = 64;

pub(crate) async fn run(store: &Store, email: &Email, job: &ClaimedJob, id: VoicemailId) -> Outcome {
    let Some(tenant) = job.tenant_id else {
        return Outcome::GiveUp(anyhow::anyhow!("a voice message of nobody cannot be mailed"));
    };
    let notice = match store.tenant(tenant).voicemail_notice(id).await {
        Ok(Some(notice)) => notice,
        // Heard and removed before the mail went out, or no longer wanted.
        Ok(None) => return Outcome::Done,
        Err(error) => return Outcome::Retry(error.into()),
    };
    let wav = match attached(store, &notice).await {
        Ok(wav) => wav,
        Err(error) => return Outcome::Retry(error),
    };
    let subject = format!("New voice message from {}", caller(&notice.voicemail));
    let (text, name) = (text(&notice, wav.is_some()), format!("{}.wav", notice.voicemail.id));
    let attachment = wav.as_deref().map(|bytes| Attachment { name: &name, kind: WAV, bytes });
    let letter = Letter { to: &notice.to, subject: &subject, text: &text, attachment, id: Some(job.id.0) };
    send_email::run(store, email, job.tenant_id, letter).await
}

/// The message as WAV; none where it is not wanted, or its sound is gone or cannot be read: the notice goes out without it.
async fn attached(store: &Store, notice: &VoicemailNotice) -> anyhow::Result<Option<Vec<u8>>> {
    let Voicemail { id, tenant_id, sound_id, .. } = notice.voicemail;
    if !notice.attached {
        return Ok(None);
    }
    let file = match store.files()?.read(tenant_id, sound_id).await {
        Ok(file) => file,
        Err(Error::NotFound) => {
            tracing::warn!(%id, "the sound of a voice message is gone");
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    match tokio::task::spawn_blocking(move || sound::wav::to_wav(&file)).await? {
        Ok(wav) => Ok(Some(wav)),
        Err(error) => {
            tracing::warn!(%id, %error, "the sound of a voice message cannot be read");
            Ok(None)
        }
    }
}

fn caller(voicemail: &Voicemail) -> String {
    if voicemail.caller.is_empty() { "a hidden number".to_owned() } else { clean(&voicemail.caller) }
}

/// A stranger's words on one line, and not too many of them.
pub(crate) fn clean(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(WORDS_CHARACTERS_MAX).collect()
}

fn text(notice: &VoicemailNotice, attached: bool) -> String {
    let VoicemailNotice { number, voicemail, time_zone, .. } = notice;
    let mut from = caller(voicemail);
    if !voicemail.caller_name.is_empty() {
        from.push_str(&format!(" ({})", clean(&voicemail.caller_name)));
    }
    let heard = if attached { "The message is attached." } else { "Listen to it in the portal, or by telephone." };
    format!(
        "{from} has left a voice message for extension {number}.\n\nWhen: {}\nLength: {}\n\n{heard}",
        local_time(voicemail.left_at, time_zone),
        length(voicemail.millis.unwrap_or(0)),
    )
}

/// `2026-11-23 21:00 (Europe/Berlin)`.
pub(crate) fn local_time(moment: Moment, zone: &str) -> String {
    let (zone, name) = match TimeZone::get(zone) {
        Ok(known) => (known, zone),
        Err(_) => (TimeZone::UTC, "UTC"),
    };
    let stamp = Timestamp::from_microsecond(moment.0).unwrap_or_default();
    format!("{} ({name})", stamp.to_zoned(zone).strftime("%Y-%m-%d %H:%M"))
}

/// `1:05`, a begun second being one.
pub(crate) fn length(millis: u64) -> String {
    let seconds = millis.div_ceil(1_000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_companys_and_lengths_have_minutes() {
        let moment = Moment::from_seconds(1_795_464_000);
        assert_eq!(local_time(moment, "Europe/Berlin"), "2026-11-23 21:00 (Europe/Berlin)");
        assert_eq!(local_time(moment, "Mars/Olympus"), "2026-11-23 20:00 (UTC)");
        assert_eq!([length(1_000), length(64_001), length(0)], ["0:01", "1:05", "0:00"]);
    }
}
