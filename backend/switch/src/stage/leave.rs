//! Somebody leaves a message: a greeting, a tone, and what is said is kept (VM-02).

use std::time::Duration;

use bytes::Bytes;
use media::{Clip, LegId, Recording, SoundFile, SoundName, Tone, What};
use shared::language::Language;
use shared::reason::Reason;
use shared::voicemail::{HUSH_SECONDS, MESSAGE_MILLIS_MIN, MESSAGE_SECONDS_MAX, Voicemail};
use shared::{Moment, SoundId, TenantId};
use speech::{digits, phrase};

use crate::controls::{Command, Controls};
use crate::mailbox::MailboxAct;
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::lead::{Aim, Lead, Led};
use crate::stage::{Ending, Event, Next};

/// The key that skips the greeting, and ends the message.
const END_KEY: char = '#';
/// The key by which the owner gets in.
const OWNER_KEY: char = '*';

/// What a mailbox needs to take one message.
#[derive(Clone, Debug)]
pub struct Letterbox {
    /// The message to be: all but when and how long.
    pub voicemail: Voicemail,
    /// The number of the mailbox.
    pub number: String,
    /// The language of phrases.
    pub language: Language,
    /// What callers hear first; none for the system's words.
    pub greeting: Option<SoundId>,
    /// Does it take no more?
    pub is_full: bool,
    /// Is the tenant's room for sounds used up?
    pub is_roomless: bool,
}

#[derive(Debug)]
enum Doing {
    /// The leg is being answered.
    Answering,
    /// The greeting is played.
    Greeting,
    /// What is said is kept, since then.
    Recording(Moment),
    /// The owner wants in.
    Opening(Box<Lead>),
    /// The last words are said.
    Leaving(Reason),
}

/// A caller before a mailbox.
#[derive(Debug)]
pub struct Leave {
    alone: Alone,
    letterbox: Letterbox,
    doing: Doing,
    /// How much silence at the end was not meant to be said.
    hush: Duration,
}

impl Leave {
    /// Of a caller with its offer.
    pub const fn new(leg: LegId, offer: Bytes, letterbox: Letterbox) -> Self {
        Self { alone: Alone::new(leg, offer), letterbox, doing: Doing::Answering, hush: Duration::ZERO }
    }

    /// Answers.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.enter(controls);
        self.heard(heard, controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let event = match &mut self.doing {
            Doing::Opening(lead) => match lead.handle(event, controls) {
                Led::Nothing => return Next::Stay,
                Led::Goes(stage) => return Next::Go(stage),
                Led::Over(ending) => return Next::End(ending),
                Led::Failed(_) => return self.greet(controls),
                Led::Other(event) => event,
            },
            _ => event,
        };
        let heard = self.alone.handle(event, controls);
        self.heard(heard, controls)
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match (heard, &self.doing) {
            // Whoever has spoken and hangs up has left a message.
            (Heard::Over(ending), Doing::Recording(since)) => {
                let since = *since;
                let kept = self.finish(since, controls);
                let by_caller = ending.reason == Reason::CallerHungUp;
                let reason = if kept && by_caller { Reason::MessageLeft } else { ending.reason };
                Next::End(Ending { reason, rule: self.letterbox.number.clone(), ..ending })
            }
            (Heard::Over(ending), _) => Next::End(ending),
            (Heard::Up, _) => self.greet(controls),
            (Heard::Said, Doing::Greeting) => self.record(controls),
            (Heard::Key(END_KEY), Doing::Greeting) => {
                self.alone.say(vec![Clip::Tone(Tone::Beep)], controls);
                Next::Stay
            }
            (Heard::Key(OWNER_KEY), Doing::Greeting) => {
                let aim = Aim::Mailbox(self.letterbox.voicemail.extension_id);
                self.doing = Doing::Opening(Box::new(Lead::start(self.alone.leg(), aim, None, controls)));
                Next::Stay
            }
            (Heard::Key(END_KEY), Doing::Recording(since)) => {
                let since = *since;
                self.thank(since, controls)
            }
            (Heard::Hushed, Doing::Recording(since)) => {
                let since = *since;
                self.hush = Duration::from_secs(HUSH_SECONDS.into());
                self.thank(since, controls)
            }
            (Heard::Other(Event::Timeout), Doing::Recording(since)) => {
                let since = *since;
                if controls.now >= since + Duration::from_secs(MESSAGE_SECONDS_MAX.into()) {
                    return self.thank(since, controls);
                }
                controls.wake_at(since + Duration::from_secs(MESSAGE_SECONDS_MAX.into()));
                Next::Stay
            }
            (Heard::Said, Doing::Leaving(reason)) => {
                Next::End(Ending { rule: self.letterbox.number.clone(), ..Ending::new(*reason, "", 0) })
            }
            _ => Next::Stay,
        }
    }

    fn greet(&mut self, controls: &mut Controls<'_>) -> Next {
        let Letterbox { voicemail, number, language, greeting, is_full, is_roomless } = &self.letterbox;
        if *is_roomless {
            controls.history.note(controls.now, "voicemail", "", number, Reason::MailboxRoomless);
        }
        if *is_full || *is_roomless {
            if *is_full {
                controls.history.note(controls.now, "voicemail", "", number, Reason::MailboxFull);
            }
            return self.leave(Reason::MailboxFull, phrase::VM_FULL, controls);
        }
        let mut said = greeting_clips(voicemail.tenant_id, *greeting, *language, number);
        said.push(Clip::Tone(Tone::Beep));
        self.doing = Doing::Greeting;
        self.alone.say(said, controls);
        Next::Stay
    }

    fn record(&mut self, controls: &mut Controls<'_>) -> Next {
        let now = controls.now;
        self.doing = Doing::Recording(now);
        let voicemail = &mut self.letterbox.voicemail;
        voicemail.left_at = now;
        let file = SoundFile { tenant: voicemail.tenant_id, id: voicemail.sound_id };
        let hush = Some(Duration::from_secs(HUSH_SECONDS.into()));
        controls.order(self.alone.leg(), What::Record(Recording { file, track: 0, tracks: 1, mixed: false, hush }));
        controls.commands.push(Command::Mailbox(MailboxAct::Begun(Box::new(voicemail.clone()))));
        controls.wake_at(now + Duration::from_secs(MESSAGE_SECONDS_MAX.into()));
        Next::Stay
    }

    /// Ends the message; was there one?
    fn finish(&mut self, since: Moment, controls: &mut Controls<'_>) -> bool {
        controls.order(self.alone.leg(), What::StopRecording);
        let time = controls.now.since(since).saturating_sub(self.hush);
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let voicemail = Voicemail { millis: Some(millis), ..self.letterbox.voicemail.clone() };
        let is_kept = millis >= MESSAGE_MILLIS_MIN;
        let seconds = (millis / 1_000).to_string();
        let code = if is_kept { Reason::MessageKept } else { Reason::MessageTooShort };
        controls.history.note(controls.now, "voicemail", &self.letterbox.number, &seconds, code);
        let voicemail = Box::new(voicemail);
        let act = if is_kept { MailboxAct::Left(voicemail) } else { MailboxAct::Dropped(voicemail) };
        controls.commands.push(Command::Mailbox(act));
        is_kept
    }

    fn thank(&mut self, since: Moment, controls: &mut Controls<'_>) -> Next {
        if self.finish(since, controls) {
            self.leave(Reason::MessageLeft, phrase::VM_SAVED, controls)
        } else {
            self.leave(Reason::MessageTooShort, phrase::VM_TOO_SHORT, controls)
        }
    }

    fn leave(&mut self, reason: Reason, word: speech::Phrase, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        self.doing = Doing::Leaving(reason);
        self.alone.say(clips(self.letterbox.language, [word, phrase::GOODBYE]), controls);
        Next::Stay
    }
}

/// What callers hear first: a greeting of the mailbox's own, or the system's words.
pub fn greeting_clips(tenant: TenantId, own: Option<SoundId>, language: Language, number: &str) -> Vec<Clip> {
    if let Some(id) = own {
        return vec![Clip::Sound(SoundName::Kept(SoundFile { tenant, id }))];
    }
    let mut words = vec![phrase::VM_PERSON, phrase::VM_EXTENSION];
    words.extend(digits(language, number));
    words.push(phrase::VM_UNAVAILABLE);
    clips(language, words)
}

#[cfg(test)]
mod tests {
    use shared::{CallId, ExtensionId, VoicemailId};

    use super::*;
    use crate::stage::testing::{A, Scene};
    use crate::stage::{Hosted, Stage};

    fn letterbox() -> Letterbox {
        Letterbox {
            voicemail: Voicemail {
                id: VoicemailId(5),
                tenant_id: TenantId(1),
                extension_id: ExtensionId(101),
                call_id: CallId(1),
                caller: "102".into(),
                caller_name: String::new(),
                left_at: Moment(0),
                millis: None,
                heard_at: None,
                sound_id: SoundId(9),
            },
            number: "101".into(),
            language: Language::EnUs,
            greeting: None,
            is_full: false,
            is_roomless: false,
        }
    }

    /// A caller who hears the greeting.
    fn greeted(letterbox: Letterbox) -> (Scene, String) {
        let mut scene = Scene::new();
        scene.enter(Hosted::Leave(letterbox).stage(A, "offer".into()));
        let said = scene.after(Event::MediaAnswer(A, "answer".into()));
        let said = said.last().unwrap().clone();
        (scene, said)
    }

    fn recording() -> Scene {
        let (mut scene, _) = greeted(letterbox());
        assert_eq!(scene.after(Event::Said(A, 1)), ["1 Record 9", "Mailbox Begun 5"]);
        scene
    }

    // covers: VM-02, EXT-07
    #[test]
    fn vm_02_a_greeting_and_a_tone_come_first_and_the_hash_key_skips_and_ends() {
        let (mut scene, said) = greeted(letterbox());
        assert_eq!(said, "1 Say vm_person vm_extension n_1 n_0 n_1 vm_unavailable Beep");
        assert_eq!(scene.after(Event::Digit(A, '#')), ["1 Say Beep"]);
        assert_eq!(scene.after(Event::Said(A, 1)), [""; 0], "what was interrupted");
        assert_eq!(scene.after(Event::Said(A, 2)), ["1 Record 9", "Mailbox Begun 5"]);
        scene.sleep(7);
        let done = scene.after(Event::Digit(A, '#'));
        assert_eq!(done, ["1 StopRecording", "Mailbox Left 5 7000", "1 Say vm_saved goodbye"]);
        assert_eq!(scene.after(Event::Said(A, 3)), ["End message_left 0"]);
        let (_, own) = greeted(Letterbox { greeting: Some(SoundId(3)), ..letterbox() });
        assert_eq!(own, "1 Say sound 3 Beep");
    }

    // covers: VM-02
    #[test]
    fn vm_02_hanging_up_silence_and_three_minutes_end_a_message_and_a_short_one_is_dropped() {
        let mut scene = recording();
        scene.sleep(4);
        let left = scene.after(Event::Ended(A, sip::EndCause::Bye(None)));
        assert_eq!(left, ["1 Close", "1 StopRecording", "Mailbox Left 5 4000", "End message_left 0"]);
        let mut scene = recording();
        scene.sleep(15);
        assert_eq!(scene.after(Event::Hushed(A))[1], "Mailbox Left 5 5000", "without the silence");
        let mut scene = recording();
        scene.sleep(179);
        assert_eq!(scene.after(Event::Timeout), [""; 0]);
        scene.sleep(1);
        assert_eq!(scene.after(Event::Timeout)[1], "Mailbox Left 5 180000");
        let mut scene = recording();
        let done = scene.after(Event::Digit(A, '#'));
        assert_eq!(done, ["1 StopRecording", "Mailbox Dropped 5", "1 Say vm_too_short goodbye"]);
        let mut scene = recording();
        scene.sleep(10);
        assert_eq!(scene.after(Event::Hushed(A))[1], "Mailbox Dropped 5", "nothing was said");
    }

    // covers: VM-04
    #[test]
    fn vm_04_a_full_mailbox_says_so() {
        let (mut scene, said) = greeted(Letterbox { is_full: true, ..letterbox() });
        assert_eq!(said, "1 Say vm_full goodbye");
        assert_eq!(scene.after(Event::Said(A, 1)), ["End mailbox_full 0"]);
    }

    // covers: T-05
    #[test]
    fn t_05_a_mailbox_of_a_tenant_without_room_says_that_it_is_full() {
        let (_, said) = greeted(Letterbox { is_roomless: true, ..letterbox() });
        assert_eq!(said, "1 Say vm_full goodbye");
    }

    #[test]
    fn the_owner_gets_in_by_the_star_and_whoever_is_none_hears_the_greeting_again() {
        let (mut scene, said) = greeted(letterbox());
        assert_eq!(scene.after(Event::Digit(A, '*')), ["1 Stop", "Lead Mailbox(ExtensionId(101))"]);
        let again = scene.after(Event::Onward(Err(Some(Ending::new(Reason::MailboxOff, "101", 480)))));
        assert_eq!(again, [said]);
        assert!(matches!(scene.stage, Some(Stage::Leave(_))));
    }
}
