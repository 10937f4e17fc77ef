//! A PIN that is typed: digits up to a hash key, or as many as a PIN has, or until nothing more comes.

use std::time::Duration;

use crate::controls::Controls;

/// So long is waited for the next key, in seconds.
pub const TYPING_SECONDS: u64 = 8;
/// The most digits of a PIN.
const DIGITS_MAX: usize = 6;

/// What is being typed.
#[derive(Debug, Default)]
pub struct Typing {
    digits: String,
    tries: u32,
}

/// What a key has come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// More is to come.
    Part,
    /// All of it.
    Whole(String),
}

impl Typing {
    /// A key.
    pub fn press(&mut self, key: char, controls: &mut Controls<'_>) -> Typed {
        self.wait(controls);
        if key.is_ascii_digit() {
            self.digits.push(key);
        }
        if key == '#' || self.digits.len() >= DIGITS_MAX { self.end() } else { Typed::Part }
    }

    /// Nothing more comes.
    pub fn end(&mut self) -> Typed {
        self.tries += 1;
        Typed::Whole(std::mem::take(&mut self.digits))
    }

    /// How often all of it was typed.
    pub const fn tries(&self) -> u32 {
        self.tries
    }

    /// The next key is waited for.
    pub fn wait(&self, controls: &mut Controls<'_>) {
        *controls.wake = None;
        controls.wake_at(controls.now + Duration::from_secs(TYPING_SECONDS));
    }
}
