//! Somebody records a prompt or a greeting: the devices ring, a tone, what is said, and then the choice whether it is kept
//! (IVR-02, EXT-07). What is not kept by its key is discarded: whoever hangs up in the middle of a sentence wants nobody to hear it.

use std::time::Duration;

use bytes::Bytes;
use media::{Clip, LegId, Recording, SoundFile, SoundName, Tone, What};
use shared::Moment;
use shared::language::Language;
use shared::prompt::{PromptWish, RECORDED_SECONDS_MAX};
use shared::reason::Reason;
use shared::voicemail::{HUSH_SECONDS, MESSAGE_MILLIS_MIN};
use speech::{Phrase, phrase};

use crate::controls::{Command, Controls};
use crate::output::PromptTake;
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::{Ending, Event, Next, ring};

/// The key that ends what is said, or skips what is said before it.
const END_KEY: char = '#';
/// So often may nothing be said after the tone.
const VAIN_MAX: u32 = 3;
/// Without a key for so long the call ends.
const IDLE_SECONDS: u64 = 20;
/// How long the store may take. What it keeps later is kept, and stands on the page.
const KEEPING_SECONDS_MAX: u64 = 60;

/// What is recorded, and where.
#[derive(Clone, Debug)]
pub struct Dictation {
    /// Where the sound lies until it is kept.
    pub file: SoundFile,
    /// The language of phrases.
    pub language: Language,
    /// What it will be.
    pub wish: PromptWish,
}

/// What becomes of what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DictationAct {
    /// It is to be kept.
    Keep(Box<PromptTake>),
    /// Nobody wants it.
    Drop(SoundFile),
}

#[derive(Debug)]
enum Doing {
    /// The devices ring.
    Calling(Box<Fork>),
    /// Whoever has answered hears what to do, and the tone.
    Ready,
    /// What is said is recorded, since then.
    Recording(Moment),
    /// It is heard, kept, recorded again or discarded.
    Choosing,
    /// The store is at it.
    Keeping,
    /// The last words are said.
    Leaving(Reason, String),
}

/// Somebody who records.
#[derive(Debug)]
pub struct Dictate {
    alone: Alone,
    dictation: Dictation,
    doing: Doing,
    /// Is there a file of it?
    has_file: bool,
    /// How much silence at the end of it was not meant to be said.
    hush: Duration,
    /// How often nothing was said.
    vain: u32,
}

impl Dictate {
    /// On the device that answers.
    pub fn new(rings: Rings, dictation: Dictation) -> Self {
        let doing = Doing::Calling(Box::new(Fork::new(None, false, rings)));
        // Whose leg it is, is known with the answer.
        let alone = Alone::new(LegId(0), Bytes::new());
        Self { alone, dictation, doing, has_file: false, hush: Duration::ZERO, vain: 0 }
    }

    /// Calls.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        let Doing::Calling(fork) = &mut self.doing else { return Next::Stay };
        let turn = fork.start(controls);
        self.turn(turn, controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match (event, &mut self.doing) {
            (event @ (Event::HangUp | Event::TenantRemoved), Doing::Calling(fork)) => {
                fork.stop(controls, Reason::CallerGaveUp);
                let heard = self.alone.handle(event, controls);
                self.heard(heard, controls)
            }
            // Nobody else records in the place of whoever was to.
            (Event::Redirected(leg, status, groups), Doing::Calling(fork)) => {
                groups.into_iter().flatten().for_each(|unused| controls.gone(unused));
                let turn = fork.handle(Event::Failed(leg, status), controls);
                self.turn(turn, controls)
            }
            (event, Doing::Calling(fork)) => {
                let Some(event) = ring::beside(event, controls) else { return Next::Stay };
                let turn = fork.handle(event, controls);
                self.turn(turn, controls)
            }
            (Event::PromptKept(kept), Doing::Keeping) => self.kept(kept, controls),
            (event, _) => {
                let heard = self.alone.handle(event, controls);
                self.heard(heard, controls)
            }
        }
    }

    /// How it goes with the devices.
    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing | Turn::Early(_) => Next::Stay,
            Turn::Rings => {
                controls.history.rang(controls.now);
                controls.changed();
                Next::Stay
            }
            Turn::Won(leg) => {
                let number = controls.number(leg);
                controls.history.answered(controls.now, &number);
                controls.changed();
                self.alone = Alone::new(leg, Bytes::new());
                self.doing = Doing::Ready;
                let heard = self.alone.enter(controls);
                self.heard(heard, controls)
            }
            Turn::Failed(ending) => Next::End(ending),
            Turn::Goes(_) => Next::End(Ending::new(Reason::PromptDiscarded, self.name(), 480)),
        }
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match (heard, &self.doing) {
            (Heard::Over(ending), _) => self.over(ending, controls),
            (Heard::Up, _) => self.ready(None, controls),
            (Heard::Key(END_KEY), Doing::Ready) => {
                self.alone.say(vec![Clip::Tone(Tone::Beep)], controls);
                Next::Stay
            }
            (Heard::Key('*'), Doing::Ready | Doing::Choosing) => self.discard(controls),
            (Heard::Said, Doing::Ready) => self.record(controls),
            (Heard::Key(END_KEY), Doing::Recording(since)) => {
                let since = *since;
                self.taken(since, Duration::ZERO, controls)
            }
            (Heard::Hushed, Doing::Recording(since)) => {
                let since = *since;
                self.taken(since, Duration::from_secs(HUSH_SECONDS.into()), controls)
            }
            (Heard::Other(Event::Timeout), Doing::Recording(since)) => {
                let (since, longest) = (*since, Duration::from_secs(RECORDED_SECONDS_MAX.into()));
                if controls.now >= since + longest {
                    return self.taken(since, Duration::ZERO, controls);
                }
                controls.wake_at(since + longest);
                Next::Stay
            }
            (Heard::Key(key), Doing::Choosing) => self.choice(key, controls),
            (Heard::Said, Doing::Choosing) => {
                controls.wake_at(controls.now + Duration::from_secs(IDLE_SECONDS));
                Next::Stay
            }
            (Heard::Other(Event::Timeout), Doing::Choosing) => self.discard(controls),
            (Heard::Other(Event::Timeout), Doing::Keeping) => {
                self.kept(Err("the store takes too long".to_owned()), controls)
            }
            (Heard::Said, Doing::Leaving(reason, value)) => Next::End(Ending::new(*reason, value.as_str(), 0)),
            _ => Next::Stay,
        }
    }

    fn name(&self) -> &str {
        &self.dictation.wish.name
    }

    fn say(
        &mut self,
        words: impl IntoIterator<Item = Phrase>,
        more: Option<Clip>,
        controls: &mut Controls<'_>,
    ) -> Next {
        *controls.wake = None;
        let mut said = clips(self.dictation.language, words);
        said.extend(more);
        self.alone.say(said, controls);
        Next::Stay
    }

    fn ready(&mut self, first: Option<Phrase>, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Ready;
        self.say(first.into_iter().chain([phrase::PROMPT_RECORD]), Some(Clip::Tone(Tone::Beep)), controls)
    }

    fn record(&mut self, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Recording(controls.now);
        self.has_file = true;
        let hush = Some(Duration::from_secs(HUSH_SECONDS.into()));
        let tape = Recording { file: self.dictation.file, track: 0, tracks: 1, mixed: false, hush };
        controls.order(self.alone.leg(), What::Record(tape));
        controls.wake_at(controls.now + Duration::from_secs(RECORDED_SECONDS_MAX.into()));
        Next::Stay
    }

    /// Ends what is said: is it anything?
    fn taken(&mut self, since: Moment, hush: Duration, controls: &mut Controls<'_>) -> Next {
        controls.order(self.alone.leg(), What::StopRecording);
        self.hush = hush;
        let millis = controls.now.since(since).saturating_sub(hush).as_millis();
        if millis < u128::from(MESSAGE_MILLIS_MIN) {
            controls.history.note(controls.now, "prompt", "", self.name(), Reason::PromptTooShort);
            self.vain += 1;
            return match self.vain < VAIN_MAX {
                true => self.ready(Some(phrase::PROMPT_TOO_SHORT), controls),
                false => self.discard(controls),
            };
        }
        let seconds = (millis / 1_000).to_string();
        controls.history.note(controls.now, "prompt", "", &seconds, Reason::PromptTaken);
        self.doing = Doing::Choosing;
        self.say([phrase::PROMPT_MENU], None, controls)
    }

    fn choice(&mut self, key: char, controls: &mut Controls<'_>) -> Next {
        match key {
            '1' => {
                let mut said =
                    vec![Clip::Sound(SoundName::Kept(self.dictation.file)), Clip::Silence(Duration::from_millis(500))];
                said.extend(clips(self.dictation.language, [phrase::PROMPT_MENU]));
                *controls.wake = None;
                self.alone.say(said, controls);
                Next::Stay
            }
            '2' => {
                let Dictation { file, wish, .. } = &self.dictation;
                let call = controls.history.record.id;
                let take = PromptTake { call, file: *file, hush: self.hush, wish: wish.clone() };
                controls.commands.push(Command::Dictation(DictationAct::Keep(Box::new(take))));
                // The file is the store's to remove from now on.
                self.has_file = false;
                self.doing = Doing::Keeping;
                self.say([phrase::ONE_MOMENT], None, controls);
                controls.wake_at(controls.now + Duration::from_secs(KEEPING_SECONDS_MAX));
                Next::Stay
            }
            '3' => self.ready(None, controls),
            _ => Next::Stay,
        }
    }

    /// Only what is safe is said to be saved.
    fn kept(&mut self, kept: Result<(), String>, controls: &mut Controls<'_>) -> Next {
        let (reason, value, word) = match kept {
            Ok(()) => (Reason::PromptKept, self.name().to_owned(), phrase::PROMPT_KEPT),
            Err(why) => (Reason::PromptNotKept, why.trim_end_matches('.').to_owned(), phrase::PROMPT_NOT_KEPT),
        };
        self.leave(reason, value, word, controls)
    }

    fn discard(&mut self, controls: &mut Controls<'_>) -> Next {
        self.drop_file(controls);
        let name = self.name().to_owned();
        self.leave(Reason::PromptDiscarded, name, phrase::PROMPT_DISCARDED, controls)
    }

    fn drop_file(&mut self, controls: &mut Controls<'_>) {
        if std::mem::take(&mut self.has_file) {
            controls.commands.push(Command::Dictation(DictationAct::Drop(self.dictation.file)));
        }
    }

    fn leave(&mut self, reason: Reason, value: String, word: Phrase, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Leaving(reason, value);
        self.say([word, phrase::GOODBYE], None, controls)
    }

    /// The call is over, whoever has ended it.
    fn over(&mut self, ending: Ending, controls: &mut Controls<'_>) -> Next {
        if matches!(self.doing, Doing::Recording(_)) {
            controls.order(self.alone.leg(), What::StopRecording);
        }
        let by_person = ending.reason == Reason::CallerHungUp;
        let (reason, value) = match &self.doing {
            Doing::Leaving(reason, value) if by_person => (*reason, value.clone()),
            Doing::Ready | Doing::Recording(_) | Doing::Choosing if by_person => {
                (Reason::PromptDiscarded, self.name().to_owned())
            }
            _ => (ending.reason, ending.value.clone()),
        };
        self.drop_file(controls);
        Next::End(Ending { reason, value, ..ending })
    }
}

#[cfg(test)]
mod tests {
    use shared::prompt::PromptAsker;
    use shared::{AccountId, ExtensionId, SoundId, TenantId};
    use sip::EndCause;

    use super::*;
    use crate::stage::Stage;
    use crate::stage::testing::{B, C, Scene};

    fn dictation() -> Dictation {
        let asked_by = PromptAsker {
            account_id: AccountId(1),
            email: "boss@acme.example".into(),
            acting_for: None,
            address: None,
        };
        let wish = PromptWish { name: "Welcome".into(), extension_id: ExtensionId(2), is_greeting: false, asked_by };
        Dictation { file: SoundFile { tenant: TenantId(1), id: SoundId(9) }, language: Language::EnUs, wish }
    }

    /// Somebody has answered and hears what to do.
    fn answered() -> Scene {
        let mut scene = Scene::new();
        let rings = Rings { batches: vec![vec![B].into()], seconds: 60, ..Rings::default() };
        scene.enter(Stage::Dictate(Box::new(Dictate::new(rings, dictation()))));
        scene.after(Event::MediaOffer(B, "offer".into()));
        scene.after(Event::Answered(B, "answer".into()));
        scene.up(B);
        let said = scene.after(Event::Ready(B));
        assert_eq!(said.last().unwrap(), "2 Say prompt_record Beep", "{said:?}");
        scene
    }

    /// Something was said for four seconds.
    fn taken() -> Scene {
        let mut scene = answered();
        assert_eq!(scene.after(Event::Said(B, 1)), ["2 Record 9"]);
        scene.sleep(4);
        assert_eq!(scene.after(Event::Digit(B, '#')), ["2 StopRecording", "2 Say prompt_menu"]);
        scene
    }

    // covers: IVR-02
    #[test]
    fn ivr_02_what_was_recorded_is_heard_recorded_again_and_kept_once_the_store_says_so() {
        let mut scene = taken();
        assert_eq!(scene.after(Event::Digit(B, '1')), ["2 Say sound 9 … prompt_menu"]);
        assert_eq!(scene.after(Event::Digit(B, '3')), ["2 Say prompt_record Beep"]);
        assert_eq!(scene.after(Event::Digit(B, '#')), ["2 Say Beep"], "what to do is known");
        assert_eq!(scene.after(Event::Said(B, 5)), ["2 Record 9"]);
        scene.sleep(14);
        assert_eq!(scene.after(Event::Hushed(B)), ["2 StopRecording", "2 Say prompt_menu"]);
        assert_eq!(scene.after(Event::Digit(B, '2')), ["Keep 9 10", "2 Say one_moment"], "without the silence");
        assert_eq!(scene.after(Event::Said(B, 7)), [""; 0]);
        assert_eq!(scene.after(Event::PromptKept(Ok(()))), ["2 Say prompt_kept goodbye"]);
        assert_eq!(scene.after(Event::Said(B, 8)), ["End prompt_kept 0"]);
    }

    // covers: IVR-02
    #[test]
    fn ivr_02_what_is_not_kept_by_its_key_is_discarded() {
        let bye = || Event::Ended(B, EndCause::Bye(None));
        let mut scene = taken();
        assert_eq!(scene.after(Event::Digit(B, '*')), ["Drop 9", "2 Say prompt_discarded goodbye"]);
        assert_eq!(scene.after(Event::Said(B, 3)), ["End prompt_discarded 0"]);
        assert_eq!(taken().after(bye()), ["2 Close", "Drop 9", "End prompt_discarded 0"]);
        let mut scene = answered();
        assert_eq!(scene.after(bye()), ["2 Close", "End prompt_discarded 0"], "there is no file yet");
        let mut scene = answered();
        scene.after(Event::Said(B, 1));
        assert_eq!(scene.after(bye()), ["2 Close", "2 StopRecording", "Drop 9", "End prompt_discarded 0"]);
        // Nobody presses a key.
        let mut scene = taken();
        scene.after(Event::Said(B, 2));
        scene.sleep(20);
        assert_eq!(scene.after(Event::Timeout), ["Drop 9", "2 Say prompt_discarded goodbye"]);
        // An administrator ends the call.
        assert_eq!(taken().after(Event::HangUp), ["Drop 9", "End hung_up_by_admin 480"]);
    }

    #[test]
    fn a_second_device_that_answers_too_late_is_told_so_and_one_that_asks_meanwhile_is_answered() {
        let mut scene = Scene::new();
        let rings = Rings { batches: vec![vec![B, C].into()], seconds: 60, ..Rings::default() };
        scene.enter(Stage::Dictate(Box::new(Dictate::new(rings, dictation()))));
        assert_eq!(scene.after(Event::Offered(B, "offer".into())), ["RefuseOffer 2 491"]);
        scene.after(Event::MediaOffer(B, "offer".into()));
        scene.after(Event::MediaOffer(C, "offer".into()));
        scene.after(Event::Answered(B, "answer".into()));
        scene.up(B);
        scene.after(Event::Ready(B));
        let late = scene.after(Event::Answered(C, "answer".into()));
        assert!(late.first().is_some_and(|word| word.starts_with("Bye 3")), "{late:?}");
        assert!(matches!(scene.stage, Some(Stage::Dictate(_))), "and the first one goes on");
    }

    #[test]
    fn whoever_hangs_up_while_it_is_being_kept_keeps_it() {
        let mut scene = taken();
        scene.after(Event::Digit(B, '2'));
        let over = scene.after(Event::Ended(B, EndCause::Bye(None)));
        assert_eq!(over, ["2 Close", "End caller_hung_up 0"], "nothing is dropped");
    }

    // covers: T-05
    #[test]
    fn t_05_what_cannot_be_kept_is_said_to_be_so_and_a_store_that_says_nothing_is_not_waited_for() {
        let mut scene = taken();
        scene.after(Event::Digit(B, '2'));
        let refused = Err("It takes 2 MB, and 10 MB of 10 MB are in use.".into());
        assert_eq!(scene.after(Event::PromptKept(refused)), ["2 Say prompt_not_kept goodbye"]);
        assert_eq!(scene.after(Event::Said(B, 4)), ["End prompt_not_kept 0"]);
        let mut scene = taken();
        scene.after(Event::Digit(B, '2'));
        scene.sleep(60);
        assert_eq!(scene.after(Event::Timeout), ["2 Say prompt_not_kept goodbye"]);
    }

    #[test]
    fn nothing_is_said_three_times_at_most_and_a_recording_has_an_end() {
        let mut scene = answered();
        for round in 0..2 {
            assert_eq!(scene.after(Event::Said(B, round + 1)), ["2 Record 9"]);
            scene.sleep(10);
            let again = ["2 StopRecording", "2 Say prompt_too_short prompt_record Beep"];
            assert_eq!(scene.after(Event::Hushed(B)), again);
        }
        assert_eq!(scene.after(Event::Said(B, 3)), ["2 Record 9"]);
        let over = ["2 StopRecording", "Drop 9", "2 Say prompt_discarded goodbye"];
        assert_eq!(scene.after(Event::Digit(B, '#')), over);
        let mut scene = answered();
        scene.after(Event::Said(B, 1));
        scene.sleep(299);
        assert_eq!(scene.after(Event::Timeout), [""; 0]);
        scene.sleep(1);
        assert_eq!(scene.after(Event::Timeout), ["2 StopRecording", "2 Say prompt_menu"]);
    }
}
