//! A call that was led into a room has its sound where it began, and the room's may be elsewhere. Where both are in one engine the
//! sound is taken over, and its peer notices nothing; else the peer is offered the room's engine in the running call.

use media::{LegId, LegKind, What};
use shared::reason::Reason;

use crate::controls::{Command, Controls};
use crate::leg::Media;
use crate::stage::transfer::leg_of;
use crate::stage::{Ending, Event};

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Is it here already?
    #[default]
    Adopting,
    /// It is not: a description is being made.
    Describing,
    /// It has been offered.
    Offered,
}

/// What an event has come to.
#[derive(Debug)]
pub enum Moved {
    /// Nothing.
    Nothing,
    /// The sound is where the room's is.
    There,
    /// It cannot come.
    Failed(Ending),
    /// It is about something else.
    Other(Event),
}

impl Way {
    /// Something has happened.
    pub fn handle(&mut self, leg: LegId, event: Event, controls: &mut Controls<'_>) -> Moved {
        if leg_of(&event) != Some(leg) {
            return Moved::Other(event);
        }
        match (event, *self) {
            (Event::Ready(_), _) => {
                if let Some(known) = controls.legs.get_mut(&leg) {
                    known.borrowed = None;
                }
                Moved::There
            }
            (Event::Rejected(..), Self::Adopting) => {
                *self = Self::Describing;
                self.describe(leg, controls);
                Moved::Nothing
            }
            (Event::Rejected(_, reason, value), _) => Moved::Failed(Ending::new(reason, value, 0)),
            (Event::MediaOffer(_, offer), Self::Describing) => {
                *self = Self::Offered;
                controls.commands.push(Command::Offer(leg, offer, leg));
                Moved::Nothing
            }
            (Event::OfferAnswered(_, answer), Self::Offered) => {
                controls.order(leg, What::RemoteAnswer(answer));
                Moved::Nothing
            }
            (Event::OfferRefused(_, status), Self::Offered) => {
                let device = controls.device(leg);
                Moved::Failed(Ending { rule: status.to_string(), ..Ending::new(Reason::OfferRefused, device, 0) })
            }
            // Two offers at once would cross.
            (Event::Offered(..), _) => {
                controls.commands.push(Command::RefuseOffer(leg, 491));
                Moved::Nothing
            }
            (event, _) => Moved::Other(event),
        }
    }

    fn describe(self, leg: LegId, controls: &mut Controls<'_>) {
        let number = controls.number(leg);
        controls.history.note(controls.now, "conference", "", &number, Reason::ConferenceMoved);
        let Some(known) = controls.legs.get_mut(&leg) else { return };
        known.media = Media::None;
        // What it was is closed where it is.
        if let Some((_, old)) = known.borrowed.take() {
            controls.close(old);
        }
        controls.open(leg);
        if controls.legs.get(&leg).is_some_and(|leg| leg.kind() == LegKind::Browser) {
            controls.order(leg, What::OwnCertificate);
        }
        controls.order(leg, What::MakeOffer { like: None });
    }
}
