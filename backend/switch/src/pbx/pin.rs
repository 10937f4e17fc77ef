//! PINs that callers type (EXT-06, CONF-02): the call says what was typed, and is told what comes of it, by what was typed in other calls
//! before (security S24).

use media::LegId;
use shared::CallId;

use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::pin_guard::{NUMBER_CHARACTERS_MAX, PinAct, PinPlace, PinSource};
use crate::stage::Event;

impl Pbx {
    /// A leg does something with a PIN.
    pub(super) fn pin_act(&mut self, outside: &mut Outside, call: CallId, leg: LegId, act: PinAct) {
        let known = self.calls.get(&call).and_then(|call| call.legs.get(&leg));
        let source = match known.map(|known| (known.extension, known.trunk, &known.number)) {
            Some((Some(extension), ..)) => PinSource::Extension(extension),
            Some((None, trunk, number)) => {
                PinSource::Outside(trunk, number.chars().take(NUMBER_CHARACTERS_MAX).collect())
            }
            None => PinSource::Outside(None, String::new()),
        };
        let moderated = match act {
            PinAct::Door(room, _) => {
                let room = self.directory.conference_room(room);
                room.is_some_and(|room| !room.settings.moderator_pin.is_empty())
            }
            PinAct::Ask(_) | PinAct::Typed(..) => false,
        };
        let verdict = self.pins.judge(outside.now, &source, act, moderated);
        self.handle(outside, call, Event::Pin(verdict));
    }

    /// What was typed where nobody can type anything any more is forgotten.
    pub(super) fn review_pins(&mut self) {
        let directory = &self.directory;
        self.pins.retain(|place| match place {
            PinPlace::Mailbox(extension) => directory.extension(extension).is_some(),
            PinPlace::Room(room) | PinPlace::Moderator(room) => directory.conference_room(room).is_some(),
        });
    }
}
