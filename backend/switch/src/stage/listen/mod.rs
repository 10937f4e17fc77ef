//! Somebody listens to a mailbox: the PIN, the messages one after the other, the greeting (VM-01, VM-03, EXT-06, EXT-07).

use std::time::Duration;

use bytes::Bytes;
use jiff::tz::TimeZone;
use media::{Clip, LegId, Recording, SoundFile, SoundName, Tone, What};
use shared::reason::Reason;
use shared::voicemail::{MESSAGE_MILLIS_MIN, Voicemail, VoicemailSettings};
use shared::{ExtensionId, Moment, SoundId, TenantId};
use speech::{Phrase, count, digits, phrase};

use crate::controls::{Command, Controls};
use crate::hours::local;
use crate::mailbox::{MailboxAct, Pin};
use crate::pin_guard::{PinAct, PinPlace, PinVerdict};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::lead::{Aim, Lead, Led};
use crate::stage::leave::greeting_clips;
use crate::stage::{Ending, Event, Next};

/// So often may the PIN be wrong in one call.
const PIN_TRIES_MAX: u32 = 3;
/// The most keys of a PIN that are listened to.
const PIN_KEYS_MAX: usize = 16;
/// Without a key for so long the call ends.
const IDLE_SECONDS: u64 = 20;
/// The longest greeting that is recorded, in seconds.
const GREETING_SECONDS_MAX: u64 = 60;

/// A mailbox as one call meets it.
#[derive(Clone, Debug)]
pub struct OwnMailbox {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose it is.
    pub extension: ExtensionId,
    /// The number.
    pub number: String,
    /// How it is set up.
    pub settings: VoicemailSettings,
    /// The PIN that is asked for; none lets in at once.
    pub pin: Option<Pin>,
    /// The messages, new ones first, each kind from the oldest.
    pub messages: Vec<Voicemail>,
    /// The tenant's time zone.
    pub zone: TimeZone,
    /// Under this name a new greeting would be kept.
    pub spare: SoundId,
    /// Is there no room for the sound of a new one?
    pub is_roomless: bool,
}

#[derive(Debug)]
enum Doing {
    /// The leg is being answered.
    Answering,
    /// The PIN is typed.
    Pin { typed: String, tries: u32 },
    /// This message is said, or its choices are waited for.
    Message(usize),
    /// There are no more; the greeting may be changed.
    Greeting,
    /// The tone before a new greeting.
    Ready,
    /// A new greeting is recorded, since then.
    Recording(Moment),
    /// Whoever has left a message is called.
    Leading(Box<Lead>, usize),
    /// The last words are said.
    Leaving(Reason),
}

/// An owner in front of a mailbox.
#[derive(Debug)]
pub struct Listen {
    alone: Alone,
    mailbox: OwnMailbox,
    doing: Doing,
    /// Messages that were deleted in this call.
    deleted: Vec<usize>,
}

impl Listen {
    /// Of a caller with its offer.
    pub const fn new(leg: LegId, offer: Bytes, mailbox: OwnMailbox) -> Self {
        Self { alone: Alone::new(leg, offer), mailbox, doing: Doing::Answering, deleted: Vec::new() }
    }

    /// Answers.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.enter(controls);
        self.heard(heard, controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        if let Event::Pin(verdict) = event {
            return self.judged(verdict, controls);
        }
        let event = match &mut self.doing {
            Doing::Leading(lead, place) => {
                let place = *place;
                match lead.handle(event, controls) {
                    Led::Nothing => return Next::Stay,
                    Led::Goes(stage) => return Next::Go(stage),
                    Led::Over(ending) => return Next::End(ending),
                    Led::Failed(ending) => {
                        controls.history.note(controls.now, "voicemail", &ending.rule, &ending.value, ending.reason);
                        return self.play(vec![phrase::NOT_AVAILABLE], place, controls);
                    }
                    Led::Other(event) => event,
                }
            }
            _ => event,
        };
        let heard = self.alone.handle(event, controls);
        self.heard(heard, controls)
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match (heard, &mut self.doing) {
            (Heard::Over(ending), doing) => {
                if let Doing::Leading(lead, _) = doing {
                    lead.stop(controls);
                }
                if matches!(doing, Doing::Recording(_)) {
                    controls.order(self.alone.leg(), What::StopRecording);
                }
                Next::End(ending)
            }
            (Heard::Up, _) if self.mailbox.pin.is_some() => {
                self.doing = Doing::Pin { typed: String::new(), tries: 0 };
                self.pin(PinAct::Ask(self.place()), controls)
            }
            (Heard::Up, _) => self.open(controls),
            (Heard::Key(key), Doing::Pin { .. }) => self.pin_key(key, controls),
            (Heard::Key(key), Doing::Message(place)) => {
                let place = *place;
                self.message_key(key, place, controls)
            }
            (Heard::Key(key), Doing::Greeting) => self.greeting_key(key, controls),
            (Heard::Key(_), Doing::Recording(since)) => {
                let since = *since;
                self.greeting_done(since, controls)
            }
            (Heard::Said, Doing::Message(place)) => {
                let place = *place;
                self.mark_heard(place, controls);
                self.idle(controls)
            }
            (Heard::Said, Doing::Pin { .. } | Doing::Greeting) => self.idle(controls),
            (Heard::Said, Doing::Ready) => self.record(controls),
            (Heard::Said, Doing::Leaving(reason)) => Next::End(Ending::new(*reason, self.mailbox.number.as_str(), 0)),
            (Heard::Other(Event::Timeout), Doing::Recording(since)) => {
                let since = *since;
                self.greeting_done(since, controls)
            }
            (Heard::Other(Event::Timeout), Doing::Message(_) | Doing::Pin { .. } | Doing::Greeting) => {
                self.leave(Reason::MailboxClosed, controls)
            }
            _ => Next::Stay,
        }
    }

    fn say(&mut self, words: impl IntoIterator<Item = Phrase>, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        let said = clips(self.mailbox.settings.language, words);
        self.alone.say(said, controls);
        Next::Stay
    }

    fn idle(&self, controls: &mut Controls<'_>) -> Next {
        controls.wake_at(controls.now + Duration::from_secs(IDLE_SECONDS));
        Next::Stay
    }

    fn pin_key(&mut self, key: char, controls: &mut Controls<'_>) -> Next {
        let Doing::Pin { typed, tries } = &mut self.doing else { return Next::Stay };
        if key != '#' {
            if typed.len() < PIN_KEYS_MAX {
                typed.push(key);
            }
            controls.order(self.alone.leg(), What::Stop);
            return self.idle(controls);
        }
        let typed = std::mem::take(typed);
        *tries += 1;
        if typed.is_empty() {
            // That is no guess.
            return self.judged(PinVerdict::Wrong, controls);
        }
        let right = self.mailbox.pin.as_ref().is_none_or(|pin| pin.is(&typed));
        self.pin(PinAct::Typed(self.place(), right), controls)
    }

    const fn place(&self) -> PinPlace {
        PinPlace::Mailbox(self.mailbox.extension)
    }

    fn pin(&self, act: PinAct, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        controls.commands.push(Command::Pin(self.alone.leg(), act));
        Next::Stay
    }

    /// What comes of a PIN, by what was typed in other calls before.
    fn judged(&mut self, verdict: PinVerdict, controls: &mut Controls<'_>) -> Next {
        let Doing::Pin { tries, .. } = &self.doing else { return Next::Stay };
        let over = *tries >= PIN_TRIES_MAX;
        let number = self.mailbox.number.clone();
        if matches!(verdict, PinVerdict::Wrong | PinVerdict::Spent(_)) {
            controls.history.note(controls.now, "voicemail", "", &number, Reason::PinWrong);
        }
        match verdict {
            PinVerdict::Asked => self.say([phrase::VM_PIN], controls),
            PinVerdict::Open(_) => self.open(controls),
            PinVerdict::Wrong if over => self.leave(Reason::PinWrong, controls),
            PinVerdict::Wrong => self.say([phrase::VM_PIN_WRONG, phrase::VM_PIN], controls),
            PinVerdict::Spent(shut) => {
                controls.history.note(controls.now, "voicemail", &shut.words(), &number, Reason::PinsSpent);
                self.leave(Reason::PinWrong, controls)
            }
            PinVerdict::Shut => {
                self.doing = Doing::Leaving(Reason::PinShut);
                self.say([phrase::NOT_ALLOWED, phrase::GOODBYE], controls)
            }
        }
    }

    fn open(&mut self, controls: &mut Controls<'_>) -> Next {
        let mailbox = &self.mailbox;
        controls.history.note(controls.now, "voicemail", "", &mailbox.number, Reason::MailboxOpened);
        let language = mailbox.settings.language;
        let fresh = mailbox.messages.iter().filter(|message| message.heard_at.is_none()).count() as u64;
        let old = mailbox.messages.len() as u64 - fresh;
        if fresh + old == 0 {
            self.doing = Doing::Greeting;
            return self.say([phrase::VM_NO_MESSAGES, phrase::VM_GREETING_MENU], controls);
        }
        let mut words = vec![phrase::VM_YOU_HAVE];
        if fresh > 0 {
            words.extend(count(language, fresh, phrase::VM_NEW_ONE, phrase::VM_NEW_MANY));
        }
        if fresh > 0 && old > 0 {
            words.push(phrase::AND);
        }
        if old > 0 {
            words.extend(count(language, old, phrase::VM_OLD_ONE, phrase::VM_OLD_MANY));
        }
        self.play(words, 0, controls)
    }

    /// Says a message and what can be done with it; behind the last one, the greeting.
    fn play(&mut self, mut words: Vec<Phrase>, place: usize, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        let mailbox = &self.mailbox;
        let VoicemailSettings { language, says_caller, says_time, .. } = mailbox.settings;
        let Some(message) = mailbox.messages.get(place) else {
            self.doing = Doing::Greeting;
            words.extend([phrase::VM_NO_MORE, phrase::VM_GREETING_MENU]);
            return self.say(words, controls);
        };
        if says_caller {
            words.push(phrase::VM_FROM);
            match digits(language, &message.caller) {
                number if number.is_empty() => words.push(phrase::VM_UNKNOWN_NUMBER),
                number => words.extend(number),
            }
        }
        if says_time {
            let (left, today) = (local(&mailbox.zone, message.left_at), local(&mailbox.zone, controls.now));
            words.push(phrase::VM_RECEIVED);
            words.extend(speech::moment(language, left.date(), left.time(), today.date()));
        }
        let mut said = clips(language, words);
        said.push(Clip::Silence(Duration::from_millis(300)));
        said.push(Clip::Sound(SoundName::Kept(SoundFile { tenant: mailbox.tenant, id: message.sound_id })));
        said.push(Clip::Silence(Duration::from_millis(500)));
        said.extend(clips(language, [phrase::VM_MENU]));
        self.doing = Doing::Message(place);
        self.alone.say(said, controls);
        Next::Stay
    }

    fn mark_heard(&mut self, place: usize, controls: &mut Controls<'_>) {
        let now = controls.now;
        let Some(message) = self.mailbox.messages.get_mut(place).filter(|message| message.heard_at.is_none()) else {
            return;
        };
        message.heard_at = Some(now);
        if !self.deleted.contains(&place) {
            controls.commands.push(Command::Mailbox(MailboxAct::Heard(message.extension_id, message.id)));
        }
    }

    fn message_key(&mut self, key: char, place: usize, controls: &mut Controls<'_>) -> Next {
        match key {
            '1' => self.play(Vec::new(), place, controls),
            '2' => {
                self.mark_heard(place, controls);
                self.play(Vec::new(), self.next(place), controls)
            }
            '3' => {
                let word = if self.deleted.contains(&place) { None } else { Some(phrase::VM_DELETED) };
                if let Some(message) = self.mailbox.messages.get(place).filter(|_| word.is_some()) {
                    controls.commands.push(Command::Mailbox(MailboxAct::Deleted(message.extension_id, message.id)));
                    self.deleted.push(place);
                }
                self.play(word.into_iter().collect(), self.next(place), controls)
            }
            '4' => {
                self.mark_heard(place, controls);
                let caller = self.mailbox.messages.get(place).map(|message| message.caller.clone()).unwrap_or_default();
                if caller.is_empty() {
                    return self.play(vec![phrase::NOT_AVAILABLE], place, controls);
                }
                let lead = Lead::start(self.alone.leg(), Aim::Dialled(caller), None, controls);
                self.doing = Doing::Leading(Box::new(lead), place);
                Next::Stay
            }
            '5' => {
                self.mark_heard(place, controls);
                let before = (0..place).rev().find(|before| !self.deleted.contains(before));
                self.play(Vec::new(), before.unwrap_or(place), controls)
            }
            '*' => {
                self.mark_heard(place, controls);
                self.leave(Reason::MailboxClosed, controls)
            }
            _ => Next::Stay,
        }
    }

    /// The one behind it that was not deleted.
    fn next(&self, place: usize) -> usize {
        let last = self.mailbox.messages.len();
        (place + 1..last).find(|next| !self.deleted.contains(next)).unwrap_or(last)
    }

    fn greeting_key(&mut self, key: char, controls: &mut Controls<'_>) -> Next {
        let language = self.mailbox.settings.language;
        match key {
            '1' => {
                let OwnMailbox { tenant, number, settings, .. } = &self.mailbox;
                let said = greeting_clips(*tenant, settings.greetings.usual, language, number);
                *controls.wake = None;
                self.alone.say(said, controls);
                Next::Stay
            }
            '2' if self.mailbox.is_roomless => self.say([phrase::VM_FULL, phrase::VM_GREETING_MENU], controls),
            '2' => {
                self.doing = Doing::Ready;
                let mut said = clips(language, [phrase::VM_RECORD_GREETING]);
                said.push(Clip::Tone(Tone::Beep));
                *controls.wake = None;
                self.alone.say(said, controls);
                Next::Stay
            }
            '3' => {
                self.mailbox.settings.greetings.usual = None;
                controls.commands.push(Command::Mailbox(MailboxAct::GreetingDropped(self.mailbox.extension)));
                self.say([phrase::VM_GREETING_STANDARD, phrase::VM_GREETING_MENU], controls)
            }
            '*' => self.leave(Reason::MailboxClosed, controls),
            _ => Next::Stay,
        }
    }

    fn record(&mut self, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Recording(controls.now);
        let file = SoundFile { tenant: self.mailbox.tenant, id: self.mailbox.spare };
        controls
            .order(self.alone.leg(), What::Record(Recording { file, track: 0, tracks: 1, mixed: false, hush: None }));
        controls.wake_at(controls.now + Duration::from_secs(GREETING_SECONDS_MAX));
        Next::Stay
    }

    fn greeting_done(&mut self, since: Moment, controls: &mut Controls<'_>) -> Next {
        controls.order(self.alone.leg(), What::StopRecording);
        let millis = u64::try_from(controls.now.since(since).as_millis()).unwrap_or(u64::MAX);
        self.doing = Doing::Greeting;
        if millis < MESSAGE_MILLIS_MIN {
            return self.say([phrase::VM_TOO_SHORT, phrase::VM_GREETING_MENU], controls);
        }
        self.mailbox.settings.greetings.usual = Some(self.mailbox.spare);
        let act = MailboxAct::GreetingRecorded(self.mailbox.extension, self.mailbox.spare, millis);
        controls.commands.push(Command::Mailbox(act));
        self.say([phrase::VM_GREETING_SAVED, phrase::VM_GREETING_MENU], controls)
    }

    fn leave(&mut self, reason: Reason, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Leaving(reason);
        self.say([phrase::GOODBYE], controls)
    }
}

#[cfg(test)]
mod tests;
