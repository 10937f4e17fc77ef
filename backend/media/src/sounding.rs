//! What a leg is sent that comes from nobody: tones, what is said, and keys, in steps of 20 ms.

use std::collections::VecDeque;

use shared::Moment;

use crate::command::{Saying, SoundName, Tone};
use crate::dtmf::{self, Event};
use crate::player::{self, Player};
use crate::tone::Sound;
use crate::translator::FRAME;

/// The most keys that wait to be sent.
pub(crate) const KEYS_MAX: usize = 64;
/// Steps of a key: four updates and three times its end, so 100 ms are told.
const UPDATES: u16 = 4;
const ENDS: u16 = 3;
/// Steps of silence between two keys.
const PAUSE: u16 = 2;
/// Of an event, in -dBm0.
const VOLUME: u8 = 10;

/// What to send for a step.
#[derive(Debug)]
pub(crate) enum Step {
    Samples(Vec<i16>),
    /// A packet of the event with this number.
    Event(Event, u32),
    Nothing,
}

#[derive(Debug)]
struct Press {
    key: char,
    step: u16,
    sound: Option<Sound>,
}

/// Tones and keys of one leg.
#[derive(Debug, Default)]
pub(crate) struct Sounding {
    tone: Option<Sound>,
    /// What is said; a tone takes its place, and the other way round.
    player: Option<Box<Player>>,
    /// What has been said to its end, and is to be told.
    said: Option<u32>,
    keys: VecDeque<char>,
    press: Option<Press>,
    /// Presses so far: the name of each.
    presses: u32,
    /// When the next step is due; none while there is nothing to send.
    pub(crate) next_at: Option<Moment>,
}

impl Sounding {
    pub(crate) fn play(&mut self, now: Moment, tone: Tone) {
        self.tone = Some(Sound::tone(tone));
        self.player = None;
        self.next_at.get_or_insert(now);
    }

    /// Says something; the sounds that are to be fetched for it.
    pub(crate) fn say(&mut self, now: Moment, saying: Saying) -> Vec<SoundName> {
        self.tone = None;
        let player = self.player.insert(Box::new(Player::new(saying)));
        self.next_at.get_or_insert(now);
        player.wanted()
    }

    /// A sound that was fetched, or that is not there.
    pub(crate) fn bring(&mut self, name: SoundName, sound: Option<&player::Sound>) {
        if let Some(player) = &mut self.player {
            player.bring(name, sound);
        }
    }

    /// What has been said to its end since the last time.
    pub(crate) fn take_said(&mut self) -> Option<u32> {
        self.said.take()
    }

    pub(crate) fn stop(&mut self) {
        self.tone = None;
        self.player = None;
        self.rest();
    }

    pub(crate) fn press(&mut self, now: Moment, key: char) {
        if self.keys.len() < KEYS_MAX && dtmf::event_of(key).is_some() {
            self.keys.push_back(key);
            self.next_at.get_or_insert(now);
        }
    }

    /// Is it sent instead of what the leg is connected to?
    pub(crate) fn is_active(&self) -> bool {
        self.next_at.is_some()
    }

    /// What is due now: samples at `rate`, or an event where the peer takes events of `clock`.
    pub(crate) fn step(&mut self, now: Moment, rate: u32, clock: Option<u32>) -> Step {
        self.next_at = self.next_at.map(|at| (at + FRAME).max(now));
        let step = match (self.next_press(), clock) {
            (Some(press), Some(clock)) => press.event(clock).map(|event| Step::Event(event, self.presses)),
            (Some(press), None) => press.sound(rate).map(Step::Samples),
            (None, _) => {
                let frame = self.tone.as_mut().map(|tone| tone.frame(rate));
                if matches!(frame, Some(None)) {
                    self.tone = None;
                }
                frame.flatten().or_else(|| self.spoken(rate)).map(Step::Samples)
            }
        };
        self.rest();
        step.unwrap_or(Step::Nothing)
    }

    fn spoken(&mut self, rate: u32) -> Option<Vec<i16>> {
        let frame = self.player.as_mut()?.frame(rate);
        if frame.is_none() {
            self.said = self.player.take().map(|player| player.number());
        }
        frame
    }

    /// The key that is being pressed, one step further.
    fn next_press(&mut self) -> Option<&mut Press> {
        let over = self.press.as_ref().is_some_and(|press| press.step >= UPDATES + ENDS + PAUSE);
        if over {
            self.press = None;
        }
        if self.press.is_none() {
            let key = self.keys.pop_front()?;
            self.presses = self.presses.wrapping_add(1);
            self.press = Some(Press { key, step: 0, sound: None });
        }
        let press = self.press.as_mut()?;
        press.step += 1;
        Some(press)
    }

    fn rest(&mut self) {
        if self.tone.is_none() && self.player.is_none() && self.press.is_none() && self.keys.is_empty() {
            self.next_at = None;
        }
    }
}

impl Press {
    fn event(&self, clock: u32) -> Option<Event> {
        if self.step > UPDATES + ENDS {
            return None;
        }
        let number = dtmf::event_of(self.key)?;
        let frames = self.step.min(UPDATES + 1);
        let duration = frames.saturating_mul((clock / 50) as u16);
        Some(Event { number, end: self.step > UPDATES, volume: VOLUME, duration })
    }

    fn sound(&mut self, rate: u32) -> Option<Vec<i16>> {
        if self.sound.is_none() {
            self.sound = Sound::key(self.key);
        }
        self.sound.as_mut()?.frame(rate).or_else(|| Some(vec![0; rate as usize / 50]))
    }
}
