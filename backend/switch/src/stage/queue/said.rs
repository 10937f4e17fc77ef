//! What a caller in a queue is told, and what it may press: that it is a nuisance, its place, and whether it is to be called back (HAR-01,
//! HAR-02, Q-20, Q-21).

use std::time::Duration;

use media::Clip;
use shared::queue::PositionAnnouncement;
use shared::queue_caller::NuisanceLevel;
use shared::reason::Reason;
use speech::{Phrase, phrase};

use super::{Doing, QueueAct, Queueing};
use crate::controls::{Command, Controls};
use crate::stage::alone::clips;
use crate::stage::{Ending, Next};

impl Queueing {
    /// A nuisance is met before the line (HAR-01, HAR-02).
    pub(super) fn begin(&mut self, controls: &mut Controls<'_>) -> Next {
        let Some((_, level, sound)) = self.visit.nuisance else { return self.ask_in(controls) };
        self.doing = Doing::Warning;
        let reason = if level == NuisanceLevel::First { Reason::NuisanceFirst } else { Reason::NuisanceSecond };
        controls.history.note(controls.now, "queue", self.name(), &self.visit.caller, reason);
        let said = match (sound, level) {
            (Some(sound), _) => vec![Clip::Sound(self.kept(sound))],
            (None, NuisanceLevel::First) => self.words([phrase::NUISANCE_CHOICE]),
            (None, NuisanceLevel::Second) => self.words([phrase::NOT_ALLOWED, phrase::GOODBYE]),
        };
        self.alone.say(said, controls);
        Next::Stay
    }

    pub(super) fn warned(&mut self, key: char, controls: &mut Controls<'_>) -> Next {
        let Some((id, NuisanceLevel::First, _)) = self.visit.nuisance else { return Next::Stay };
        match key {
            '1' => self.end_nuisance(controls),
            '2' => {
                self.key_until = None;
                controls.history.note(controls.now, "queue", self.name(), "", Reason::NuisanceWentOn);
                controls.commands.push(Command::Queue(QueueAct::Nuisance(id, None)));
                self.ask_in(controls)
            }
            _ => Next::Stay,
        }
    }

    pub(super) fn end_nuisance(&mut self, controls: &mut Controls<'_>) -> Next {
        let entrance = Box::new(self.entrance(false));
        if let Some((id, ..)) = self.visit.nuisance {
            controls.commands.push(Command::Queue(QueueAct::Nuisance(id, Some(entrance))));
        }
        Next::End(Ending::new(Reason::EndedAsNuisance, self.name(), 0))
    }

    pub(super) fn ask_place(&mut self, controls: &mut Controls<'_>) {
        if let PositionAnnouncement::Every { seconds } = self.visit.queue.settings.position {
            self.place_at = Some(controls.now + Duration::from_secs(seconds.into()));
        }
        // What is being said is let finish; whoever is about to be connected is told nothing more.
        let is_answered = self.fork.as_ref().is_some_and(|fork| !fork.is_open());
        if matches!(self.doing, Doing::Waiting) && !is_answered {
            controls.commands.push(Command::Queue(QueueAct::AskPlace));
        }
    }

    pub(super) fn say_place(&mut self, rank: usize, seconds: Option<u32>, controls: &mut Controls<'_>) -> Next {
        if !matches!(self.doing, Doing::Waiting) {
            return Next::Stay;
        }
        let settings = &self.visit.queue.settings;
        let language = settings.language;
        let mut said = vec![phrase::QUEUE_POSITION];
        said.extend(speech::number(language, i64::try_from(rank).unwrap_or(i64::MAX)));
        said.extend(Some(phrase::QUEUE_IN_LINE).filter(|words| words.is_in(language)));
        if let Some(seconds) = seconds.filter(|_| settings.says_wait) {
            said.push(phrase::QUEUE_WAIT);
            match seconds {
                0..60 => said.push(phrase::QUEUE_LESS_THAN_MINUTE),
                _ => said.extend(speech::duration(language, seconds.div_ceil(60).saturating_mul(60))),
            }
        }
        self.say(said, controls)
    }

    pub(super) fn say(&mut self, said: Vec<Phrase>, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Saying;
        let said = self.words(said);
        self.alone.say(said, controls);
        Next::Stay
    }

    /// A callback is offered.
    pub(super) fn offer(&mut self, controls: &mut Controls<'_>) -> Next {
        self.offer_at = None;
        self.is_offered = true;
        let key = self.callback_key();
        let said = if key == '3' {
            vec![phrase::QUEUE_CALLBACK_OFFER]
        } else {
            let mut said = vec![phrase::QUEUE_CALLBACK_PRESS];
            said.extend(speech::digits(self.visit.queue.settings.language, &key.to_string()));
            said
        };
        self.say(said, controls)
    }

    /// The number is said, and whether it is to be called.
    pub(super) fn ask_back(&mut self, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Confirming;
        let language = self.visit.queue.settings.language;
        let mut said = speech::digits(language, &self.visit.caller);
        said.push(phrase::QUEUE_CALLBACK_CONFIRM);
        self.alone.say(clips(language, said), controls);
        Next::Stay
    }
}
