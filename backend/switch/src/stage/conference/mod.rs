//! A call takes part in a conference: the PIN, the way to where the room's sound is, and the room itself (CONF-01…CONF-20). What
//! goes on in the room is known to `pbx/conference.rs`: it is asked ([`ConferenceAct`]) and tells ([`Told`]).

mod pin;
mod way;

use std::time::Duration;

use bytes::Bytes;
use media::{Clip, LegId, Part, Tone, What};
use shared::conference::{PIN_TRIES, RoomKey};
use shared::language::Language;
use shared::reason::Reason;
use shared::{CallId, ConferenceRoomId, ExtensionId, Moment};
use speech::{Phrase, number, phrase};

use crate::conferences::{Closed, Seat};
use crate::controls::{Command, Controls};
use crate::leg::Signalling;
use crate::mailbox::Pin;
use crate::pin_guard::{PinAct, PinPlace, PinVerdict};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::{Ending, Event, Next};
use pin::{Typed, Typing};
use way::{Moved, Way};

/// How long a refusal may take to be said before an answer.
const REFUSING_SECONDS: u64 = 10;
/// Behind a star so long is waited for a key.
const STAR_SECONDS: u64 = 4;

/// A room as a call comes to it.
#[derive(Clone, Debug)]
pub struct Door {
    /// Which.
    pub room: ConferenceRoomId,
    /// The room's name in the media engine, which is the lane of all who are in it.
    pub lane: CallId,
    /// Its number.
    pub number: String,
    /// The language of phrases.
    pub language: Language,
    /// What is asked for; none asks for nothing.
    pub pin: Option<Pin>,
    /// What makes a moderator.
    pub moderator_pin: Option<Pin>,
    /// Extensions that are moderators.
    pub moderators: Vec<ExtensionId>,
}

/// What a call wants of its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConferenceAct {
    /// Would it be let in? Answered with `Open` or `Closed`.
    Knock(ConferenceRoomId),
    /// It comes in, on this leg, perhaps as a moderator. Answered with a seat, with `Closed`, or with `Move`.
    Enter(ConferenceRoomId, LegId, bool),
    /// It has become a moderator.
    Moderate,
    /// It has pressed this key.
    Press(RoomKey),
}

/// What a call is told of its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It would be let in.
    Open,
    /// It is not let in.
    Closed(Closed),
    /// It goes on with this leg, whose sound is where the room's is: the other's is to be taken over, or offered anew.
    Move(LegId),
    /// Its seat, and what is said to it.
    Seat(Seat, Option<Phrase>),
    /// So many take part.
    Count(i64),
    /// What it wanted is done: it hears this, or a tone.
    Done(Option<Phrase>),
    /// What it wanted is for moderators.
    NotAllowed,
    /// It is sent out.
    Over(Reason),
}

#[derive(Debug)]
enum Doing {
    /// Would it be let in?
    Knocking,
    /// It is not, which is said before an answer.
    Refusing(Ending, Closed),
    /// The leg is being answered.
    Answering,
    /// The PIN is typed.
    Pin(Typing),
    /// It has asked to come in.
    Entering,
    /// Its sound comes to where the room's is.
    Moving(Way),
    /// It waits for a moderator.
    Waiting,
    /// It is in the room.
    In,
    /// The last words are said.
    Leaving(Ending),
}

/// A call in a room, or before it.
#[derive(Debug)]
pub struct Conference {
    alone: Alone,
    door: Door,
    doing: Doing,
    moderator: bool,
    /// Has it its place already, without a PIN?
    admitted: bool,
    /// A star was pressed, which counts until then.
    star: Option<Moment>,
    /// The moderators' PIN is typed in the room.
    claims: Option<Typing>,
    /// So often it was wrong, whatever lay between.
    claimed: u32,
}

impl Conference {
    /// Of a caller with its offer, which does not count where it is answered.
    pub const fn new(leg: LegId, offer: Bytes, door: Door) -> Self {
        Self {
            alone: Alone::new(leg, offer),
            door,
            doing: Doing::Answering,
            moderator: false,
            admitted: false,
            star: None,
            claims: None,
            claimed: 0,
        }
    }

    /// Of somebody who was invited, and has answered.
    pub fn invited(leg: LegId, door: Door) -> Self {
        Self { admitted: true, ..Self::new(leg, Bytes::new(), door) }
    }

    /// The room, unless it is on its way out.
    pub const fn room(&self) -> Option<ConferenceRoomId> {
        match self.doing {
            Doing::Refusing(..) | Doing::Leaving(_) => None,
            _ => Some(self.door.room),
        }
    }

    /// Comes to the room.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        if controls.legs.get(&self.alone.leg()).is_some_and(|leg| leg.signalling == Signalling::Up) {
            let heard = self.alone.enter(controls);
            return self.heard(heard, controls);
        }
        *controls.wake = None;
        self.doing = Doing::Knocking;
        self.act(ConferenceAct::Knock(self.door.room), controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let event = match (event, &mut self.doing) {
            (Event::Conference(told), _) => return self.told(told, controls),
            (Event::Pin(verdict), _) => return self.judged(verdict, controls),
            (Event::Taken(leg), _) if leg == self.alone.leg() => {
                return Next::End(Ending::new(Reason::TransferredAttended, self.door.number.as_str(), 0));
            }
            (Event::MediaAnswer(leg, answer), Doing::Refusing(_, closed)) if leg == self.alone.leg() => {
                let word = closed.phrase();
                controls.ring(leg, Some(answer));
                return self.say([word], controls);
            }
            (event, Doing::Moving(way)) => match way.handle(self.alone.leg(), event, controls) {
                Moved::Nothing => return Next::Stay,
                Moved::There => return self.come_in(controls),
                Moved::Failed(ending) => return Next::End(ending),
                Moved::Other(event) => event,
            },
            (event, _) => event,
        };
        let heard = self.alone.handle(event, controls);
        self.heard(heard, controls)
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match (heard, &mut self.doing) {
            (Heard::Over(ending), _) => Next::End(ending),
            (Heard::Up, _) => self.answered(controls),
            (Heard::Key(key), Doing::Pin(typing)) => {
                let typed = typing.press(key, controls);
                controls.order(self.alone.leg(), What::Stop);
                self.typed(typed, controls)
            }
            (Heard::Key(key), Doing::In | Doing::Waiting) => self.pressed(key, controls),
            (Heard::Said, Doing::Pin(typing)) => {
                typing.wait(controls);
                Next::Stay
            }
            (Heard::Said, Doing::Waiting) => {
                controls.hold(self.alone.leg(), true);
                Next::Stay
            }
            (Heard::Said | Heard::Other(Event::Timeout), Doing::Refusing(ending, _) | Doing::Leaving(ending)) => {
                Next::End(std::mem::replace(ending, Ending::new(Reason::ConferenceEnded, "", 480)))
            }
            (Heard::Other(Event::Timeout), Doing::Pin(typing)) => {
                let typed = typing.end();
                self.typed(typed, controls)
            }
            (Heard::Other(Event::Timeout), Doing::In | Doing::Waiting) => {
                match self.star.filter(|until| *until > controls.now) {
                    Some(until) => controls.wake_at(until),
                    None => (self.star, self.claims) = (None, None),
                }
                Next::Stay
            }
            _ => Next::Stay,
        }
    }

    /// It is answered: whoever needs a PIN is asked for it.
    fn answered(&mut self, controls: &mut Controls<'_>) -> Next {
        let own = controls.extension(self.alone.leg());
        self.moderator |= own.is_some_and(|own| self.door.moderators.contains(&own));
        if self.admitted || self.moderator || self.door.pin.is_none() {
            return self.come_in(controls);
        }
        self.doing = Doing::Pin(Typing::default());
        self.pin(PinAct::Ask(PinPlace::Room(self.door.room)), controls)
    }

    fn typed(&mut self, typed: Typed, controls: &mut Controls<'_>) -> Next {
        let Typed::Whole(digits) = typed else { return Next::Stay };
        if digits.is_empty() {
            // That is no guess.
            return self.judged(PinVerdict::Wrong, controls);
        }
        let is = |pin: &Option<Pin>| pin.as_ref().is_some_and(|pin| pin.is(&digits));
        let room = self.door.room;
        let opens = match () {
            () if is(&self.door.moderator_pin) => Some(PinPlace::Moderator(room)),
            () if is(&self.door.pin) => Some(PinPlace::Room(room)),
            () => None,
        };
        self.pin(PinAct::Door(room, opens), controls)
    }

    fn pin(&self, act: PinAct, controls: &mut Controls<'_>) -> Next {
        controls.commands.push(Command::Pin(self.alone.leg(), act));
        Next::Stay
    }

    /// What comes of a PIN, by what was typed in other calls before.
    fn judged(&mut self, verdict: PinVerdict, controls: &mut Controls<'_>) -> Next {
        let tries = match &self.doing {
            Doing::Pin(typing) => Some(typing.tries()),
            Doing::In | Doing::Waiting => None,
            _ => return Next::Stay,
        };
        if matches!(verdict, PinVerdict::Wrong | PinVerdict::Spent(_)) {
            controls.history.note(controls.now, "conference", "", &self.door.number, Reason::ConferencePinWrong);
        }
        let wrong = [phrase::CONF_PIN_WRONG, phrase::GOODBYE];
        match (verdict, tries) {
            (PinVerdict::Asked, _) => self.say([phrase::CONF_PIN], controls),
            (PinVerdict::Open(place), Some(_)) => {
                self.moderator |= matches!(place, PinPlace::Moderator(_));
                self.come_in(controls)
            }
            (PinVerdict::Open(_), None) => {
                (self.moderator, self.claims) = (true, None);
                controls.history.note(controls.now, "conference", "", &self.door.number, Reason::ConferenceModerated);
                self.act(ConferenceAct::Moderate, controls)
            }
            (PinVerdict::Wrong, Some(tries)) if tries < PIN_TRIES => {
                self.say([phrase::CONF_PIN_WRONG, phrase::CONF_PIN], controls)
            }
            (PinVerdict::Wrong, None) if self.claimed < PIN_TRIES => self.say([phrase::CONF_PIN_WRONG], controls),
            (PinVerdict::Wrong, _) => self.leave(Reason::ConferencePinWrong, &wrong, controls),
            (PinVerdict::Spent(shut), _) => {
                controls.history.note(controls.now, "conference", &shut.words(), &self.door.number, Reason::PinsSpent);
                self.leave(Reason::ConferencePinWrong, &wrong, controls)
            }
            (PinVerdict::Shut, _) => self.leave(Reason::PinShut, &[phrase::NOT_ALLOWED, phrase::GOODBYE], controls),
        }
    }

    fn come_in(&mut self, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        self.doing = Doing::Entering;
        self.act(ConferenceAct::Enter(self.door.room, self.alone.leg(), self.moderator), controls)
    }

    fn told(&mut self, told: Told, controls: &mut Controls<'_>) -> Next {
        match (told, &self.doing) {
            (_, Doing::Leaving(_) | Doing::Refusing(..)) => Next::Stay,
            (Told::Open, Doing::Knocking) => {
                self.doing = Doing::Answering;
                let heard = self.alone.enter(controls);
                self.heard(heard, controls)
            }
            (Told::Closed(closed), Doing::Knocking) => self.refuse(closed, controls),
            (Told::Closed(closed), _) => self.leave(closed.refusal().0, &[closed.phrase()], controls),
            (Told::Move(leg), Doing::Entering) => {
                self.alone.moved(leg);
                self.doing = Doing::Moving(Way::default());
                controls.adopt(leg);
                Next::Stay
            }
            (Told::Seat(seat, word), _) => self.seated(seat, word, controls),
            (Told::Count(count), Doing::In | Doing::Waiting) => {
                let words = number(self.door.language, count);
                self.say(words, controls)
            }
            (Told::Done(Some(word)), Doing::In | Doing::Waiting) => self.say([word], controls),
            (Told::Done(None), Doing::In | Doing::Waiting) => {
                self.alone.say(vec![Clip::Tone(Tone::Beep)], controls);
                Next::Stay
            }
            (Told::NotAllowed, Doing::In | Doing::Waiting) => {
                self.alone.say(vec![Clip::Tone(Tone::Left)], controls);
                Next::Stay
            }
            (Told::Over(reason @ Reason::ConferenceEnded), Doing::In | Doing::Waiting) => {
                self.leave(reason, &[phrase::CONF_ENDED], controls)
            }
            (Told::Over(reason), _) => Next::End(Ending::new(reason, self.door.number.as_str(), 480)),
            _ => Next::Stay,
        }
    }

    fn seated(&mut self, seat: Seat, word: Option<Phrase>, controls: &mut Controls<'_>) -> Next {
        let leg = self.alone.leg();
        let was_in = matches!(self.doing, Doing::In);
        if !was_in && !matches!(self.doing, Doing::Waiting) {
            let code = if self.moderator { Reason::ConferenceModerated } else { Reason::ConferenceJoined };
            controls.history.note(controls.now, "conference", "", &self.door.number, code);
            controls.history.moved(&self.door.number);
            controls.changed();
        }
        let (next, code) = match seat {
            Seat::Waits => {
                controls.order(leg, What::Disconnect);
                controls.hold(leg, true);
                (Doing::Waiting, Some(Reason::ConferenceWaits))
            }
            Seat::Sits { speaks } => {
                if !was_in {
                    controls.order(leg, What::Stop);
                }
                controls.order(leg, What::Mix(Part { room: self.door.lane, speaks, hears: true }));
                let heard = was_in.then_some(Reason::ConferenceHeard);
                (Doing::In, if speaks { heard } else { Some(Reason::ConferenceMuted) })
            }
        };
        self.doing = next;
        if let Some(code) = code {
            controls.history.note(controls.now, "conference", "", &self.door.number, code);
        }
        match word {
            Some(word) => self.say([word], controls),
            None => Next::Stay,
        }
    }

    /// Whoever has not been answered hears why it is not let in, and is refused.
    fn refuse(&mut self, closed: Closed, controls: &mut Controls<'_>) -> Next {
        let (reason, status) = closed.refusal();
        let ending = Ending::new(reason, self.door.number.as_str(), status);
        if !self.alone.has_offer() {
            return Next::End(ending);
        }
        self.doing = Doing::Refusing(ending, closed);
        controls.wake_at(controls.now + Duration::from_secs(REFUSING_SECONDS));
        // What comes of it is heard before an answer.
        self.alone.describe(controls);
        Next::Stay
    }

    fn pressed(&mut self, key: char, controls: &mut Controls<'_>) -> Next {
        if let Some(typing) = &mut self.claims {
            let typed = typing.press(key, controls);
            return self.claimed(typed, controls);
        }
        if key == '*' {
            let until = controls.now + Duration::from_secs(STAR_SECONDS);
            self.star = Some(until);
            controls.wake_at(until);
            return Next::Stay;
        }
        if self.star.take().is_none() {
            return Next::Stay;
        }
        match RoomKey::of(key) {
            Some(RoomKey::Moderate) if self.door.moderator_pin.is_some() => {
                self.claims = Some(Typing::default());
                *controls.wake = None;
                let next = self.say([phrase::CONF_PIN], controls);
                controls.wake_at(controls.now + Duration::from_secs(pin::TYPING_SECONDS));
                next
            }
            Some(RoomKey::Moderate) => self.told(Told::NotAllowed, controls),
            Some(key) => self.act(ConferenceAct::Press(key), controls),
            None => Next::Stay,
        }
    }

    fn claimed(&mut self, typed: Typed, controls: &mut Controls<'_>) -> Next {
        let Typed::Whole(digits) = typed else { return Next::Stay };
        let right = self.door.moderator_pin.as_ref().is_some_and(|pin| pin.is(&digits));
        self.claimed += u32::from(!right);
        if digits.is_empty() {
            return self.judged(PinVerdict::Wrong, controls);
        }
        self.pin(PinAct::Typed(PinPlace::Moderator(self.door.room), right), controls)
    }

    fn act(&self, act: ConferenceAct, controls: &mut Controls<'_>) -> Next {
        controls.commands.push(Command::Conference(act));
        Next::Stay
    }

    fn say(&mut self, words: impl IntoIterator<Item = Phrase>, controls: &mut Controls<'_>) -> Next {
        let said = clips(self.door.language, words);
        self.alone.say(said, controls);
        Next::Stay
    }

    fn leave(&mut self, reason: Reason, words: &[Phrase], controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        self.doing = Doing::Leaving(Ending::new(reason, self.door.number.as_str(), 480));
        controls.order(self.alone.leg(), What::Disconnect);
        controls.wake_at(controls.now + Duration::from_secs(REFUSING_SECONDS));
        self.say(words.iter().copied(), controls)
    }
}

#[cfg(test)]
mod tests;
