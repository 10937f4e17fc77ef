//! Guesses at PINs over several calls (security S24): a wrong one counts for whoever has typed it, and for the place where it was typed;
//! too many, and no PIN is taken for a time that grows. Pure: calls come to it by `pbx/pin.rs`.
//!
//! **Invariant:** where no PIN is taken, the right one is answered like a wrong one.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::{ConferenceRoomId, ExtensionId, Moment, TrunkId};

/// So many wrong PINs of one caller at one place in [`SPAN`], and none is taken from it there.
pub const CALLER_WRONG_MAX: u32 = 6;
/// So many of all callers at one place, and none is taken there but from those who are spared.
pub const PLACE_WRONG_MAX: u32 = 50;
/// The most callers of a tenant whose wrong PINs are counted; another one pushes out who was silent for the longest time. What is counted
/// for a place stays.
pub const CALLERS_MAX: usize = 1_000;
/// The longest number of a caller outside that is kept, in characters.
pub const NUMBER_CHARACTERS_MAX: usize = 32;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// How long a wrong PIN counts.
pub const SPAN: Duration = Duration::from_secs(24 * HOUR);
/// Whoever was silent for so long begins with the shortest time again.
const FORGOTTEN: Duration = Duration::from_secs(7 * 24 * HOUR);
/// How long no PIN is taken: the first time, the second time …
const SHUT: [(Duration, &str); 5] = [
    (Duration::from_secs(5 * MINUTE), "5 minutes"),
    (Duration::from_secs(15 * MINUTE), "15 minutes"),
    (Duration::from_secs(HOUR), "an hour"),
    (Duration::from_secs(4 * HOUR), "4 hours"),
    (Duration::from_secs(24 * HOUR), "24 hours"),
];

/// Where a PIN is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PinPlace {
    /// Before the mailbox of an extension.
    Mailbox(ExtensionId),
    /// Before a conference room.
    Room(ConferenceRoomId),
    /// For the moderators' seat in it: whoever knows the room's PIN could else guess at this one without end.
    Moderator(ConferenceRoomId),
}

/// Who has typed it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PinSource {
    /// An extension of the tenant, which has proved who it is.
    Extension(ExtensionId),
    /// Somebody outside: the trunk and the number, which may be anybody's.
    Outside(Option<TrunkId>, String),
}

impl PinSource {
    /// Is it spared where too many wrong ones have come from others? So that nobody locks an owner out, nor colleagues.
    pub fn is_spared(&self, place: PinPlace) -> bool {
        match (self, place) {
            (Self::Extension(own), PinPlace::Mailbox(owner)) => *own == owner,
            (Self::Extension(_), PinPlace::Room(_) | PinPlace::Moderator(_)) => true,
            (Self::Outside(..), _) => false,
        }
    }
}

/// What a call does with PINs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinAct {
    /// Is one asked for here?
    Ask(PinPlace),
    /// One was typed; is it the right one?
    Typed(PinPlace, bool),
    /// One was typed before a room; what it opens.
    Door(ConferenceRoomId, Option<PinPlace>),
}

/// What the call is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// It may be asked for.
    Asked,
    /// It opens this.
    Open(PinPlace),
    /// It is wrong.
    Wrong,
    /// It is wrong, and was one too many.
    Spent(Shut),
    /// None is taken.
    Shut,
}

/// No PIN is taken from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shut {
    time: &'static str,
    all: bool,
}

impl Shut {
    /// For how long and from whom, in words.
    pub fn words(self) -> String {
        format!("{} from {}", self.time, if self.all { "anybody elsewhere" } else { "this caller" })
    }
}

/// Wrong PINs.
#[derive(Debug)]
struct Count {
    wrong: u32,
    since: Moment,
    last: Moment,
    /// How often none was taken, of late.
    shuts: usize,
    until: Moment,
}

impl Count {
    const fn new(now: Moment) -> Self {
        Self { wrong: 0, since: now, last: now, shuts: 0, until: now }
    }

    fn is_shut(&self, now: Moment) -> bool {
        self.until > now
    }

    /// One more; for how long none is taken from now on, where it was one too many.
    fn add(&mut self, now: Moment, max: u32) -> Option<&'static str> {
        if self.is_shut(now) {
            return None;
        }
        if now.since(self.last.max(self.until)) >= FORGOTTEN {
            *self = Self::new(now);
        }
        if now.since(self.since) >= SPAN {
            (self.wrong, self.since) = (0, now);
        }
        self.wrong += 1;
        self.last = now;
        if self.wrong < max {
            return None;
        }
        let (time, words) = SHUT.get(self.shuts).or(SHUT.last()).copied()?;
        self.shuts = (self.shuts + 1).min(SHUT.len());
        (self.wrong, self.since) = (0, now);
        self.until = now + time;
        Some(words)
    }
}

/// The wrong PINs of a tenant.
#[derive(Debug, Default)]
pub struct PinGuard {
    callers: BTreeMap<(PinPlace, PinSource), Count>,
    /// Of all callers who are not spared; one for each mailbox and two for each room at the most.
    places: BTreeMap<PinPlace, Count>,
}

impl PinGuard {
    /// A call does something with a PIN. `moderated`: has the room one for moderators beside its own?
    pub fn judge(&mut self, now: Moment, source: &PinSource, act: PinAct, moderated: bool) -> PinVerdict {
        match act {
            PinAct::Ask(place) if self.is_shut(now, place, source) => PinVerdict::Shut,
            PinAct::Ask(_) => PinVerdict::Asked,
            PinAct::Typed(place, _) if self.is_shut(now, place, source) => PinVerdict::Shut,
            PinAct::Typed(place, true) => {
                self.right(place, source);
                PinVerdict::Open(place)
            }
            PinAct::Typed(place, false) => self.wrong(now, place, source).map_or(PinVerdict::Wrong, PinVerdict::Spent),
            PinAct::Door(room, opens) => self.door(now, room, source, opens, moderated),
        }
    }

    fn door(
        &mut self,
        now: Moment,
        room: ConferenceRoomId,
        source: &PinSource,
        opens: Option<PinPlace>,
        moderated: bool,
    ) -> PinVerdict {
        let (door, seat) = (PinPlace::Room(room), PinPlace::Moderator(room));
        if self.is_shut(now, door, source) {
            return PinVerdict::Shut;
        }
        match opens {
            Some(place @ PinPlace::Moderator(_)) if !self.is_shut(now, place, source) => {
                self.right(seat, source);
                self.right(door, source);
                PinVerdict::Open(place)
            }
            Some(place @ PinPlace::Room(_)) => {
                self.right(door, source);
                PinVerdict::Open(place)
            }
            // It may have been a guess at either.
            _ => {
                let spent = self.wrong(now, door, source);
                let seat = moderated.then(|| self.wrong(now, seat, source)).flatten();
                spent.or(seat).map_or(PinVerdict::Wrong, PinVerdict::Spent)
            }
        }
    }

    fn is_shut(&self, now: Moment, place: PinPlace, source: &PinSource) -> bool {
        let own = self.callers.get(&(place, source.clone())).is_some_and(|count| count.is_shut(now));
        let all = self.places.get(&place).is_some_and(|count| count.is_shut(now));
        own || (all && !source.is_spared(place))
    }

    /// What the caller had typed before were slips: they count for nobody any more.
    fn right(&mut self, place: PinPlace, source: &PinSource) {
        let Some(own) = self.callers.remove(&(place, source.clone())) else { return };
        if let Some(all) = self.places.get_mut(&place).filter(|_| !source.is_spared(place)) {
            all.wrong = all.wrong.saturating_sub(own.wrong);
        }
    }

    fn wrong(&mut self, now: Moment, place: PinPlace, source: &PinSource) -> Option<Shut> {
        let key = (place, source.clone());
        if !self.callers.contains_key(&key) && self.callers.len() >= CALLERS_MAX {
            let silent = self.callers.iter().min_by_key(|(_, count)| (count.is_shut(now), count.last));
            if let Some(silent) = silent.map(|(key, _)| key.clone()) {
                self.callers.remove(&silent);
            }
        }
        let own = self.callers.entry(key).or_insert_with(|| Count::new(now)).add(now, CALLER_WRONG_MAX);
        let all = (!source.is_spared(place))
            .then(|| self.places.entry(place).or_insert_with(|| Count::new(now)).add(now, PLACE_WRONG_MAX));
        match (own, all.flatten()) {
            (_, Some(time)) => Some(Shut { time, all: true }),
            (Some(time), None) => Some(Shut { time, all: false }),
            (None, None) => None,
        }
    }

    /// Keeps what is counted at these places only.
    pub fn retain(&mut self, is_there: impl Fn(PinPlace) -> bool) {
        self.callers.retain(|(place, _), _| is_there(*place));
        self.places.retain(|place, _| is_there(*place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_seconds(1_000_000);
    const OWNER: ExtensionId = ExtensionId(101);
    const BOX: PinPlace = PinPlace::Mailbox(OWNER);
    const ROOM: ConferenceRoomId = ConferenceRoomId(8);

    fn outside(number: &str) -> PinSource {
        PinSource::Outside(Some(TrunkId(1)), number.to_owned())
    }

    fn typed(guard: &mut PinGuard, now: Moment, source: &PinSource, right: bool) -> PinVerdict {
        guard.judge(now, source, PinAct::Typed(BOX, right), false)
    }

    fn asked(guard: &mut PinGuard, now: Moment, source: &PinSource) -> PinVerdict {
        guard.judge(now, source, PinAct::Ask(BOX), false)
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * MINUTE)
    }

    // covers: S24
    #[test]
    fn s24_after_six_wrong_ones_no_pin_is_taken_for_a_time_that_grows_and_the_right_one_tells_nothing() {
        let (mut guard, caller) = (PinGuard::default(), outside("030"));
        let mut now = NOW;
        for (time, words) in SHUT.into_iter().chain([SHUT[4]]) {
            for _ in 1..CALLER_WRONG_MAX {
                assert_eq!(typed(&mut guard, now, &caller, false), PinVerdict::Wrong);
            }
            let spent = PinVerdict::Spent(Shut { time: words, all: false });
            assert_eq!(typed(&mut guard, now, &caller, false), spent);
            for right in [true, false] {
                assert_eq!(typed(&mut guard, now, &caller, right), PinVerdict::Shut, "{right}");
            }
            assert_eq!(asked(&mut guard, now + (time - Duration::from_secs(1)), &caller), PinVerdict::Shut);
            now = now + time;
            assert_eq!(asked(&mut guard, now, &caller), PinVerdict::Asked);
        }
        assert_eq!(typed(&mut guard, now, &caller, true), PinVerdict::Open(BOX));
        // Who has typed the right one begins anew.
        for _ in 1..CALLER_WRONG_MAX {
            assert_eq!(typed(&mut guard, now, &caller, false), PinVerdict::Wrong);
        }
        let first = PinVerdict::Spent(Shut { time: "5 minutes", all: false });
        assert_eq!(typed(&mut guard, now, &caller, false), first);
        now = now + FORGOTTEN + minutes(5);
        for _ in 1..CALLER_WRONG_MAX {
            typed(&mut guard, now, &caller, false);
        }
        assert_eq!(typed(&mut guard, now, &caller, false), first, "a week ago is long ago");
    }

    // covers: S24
    #[test]
    fn s24_a_wrong_pin_counts_for_a_day_and_for_its_caller_alone() {
        let (mut guard, caller, other) = (PinGuard::default(), outside("030"), outside("040"));
        for _ in 1..CALLER_WRONG_MAX {
            typed(&mut guard, NOW, &caller, false);
        }
        assert_eq!(
            typed(&mut guard, NOW + SPAN, &caller, false),
            PinVerdict::Wrong,
            "those of yesterday are forgotten"
        );
        for _ in 0..4 {
            typed(&mut guard, NOW + SPAN, &caller, false);
        }
        assert!(matches!(typed(&mut guard, NOW + SPAN, &caller, false), PinVerdict::Spent(_)));
        assert_eq!(asked(&mut guard, NOW + SPAN, &other), PinVerdict::Asked);
    }

    // covers: S24, EXT-06
    #[test]
    fn s24_who_calls_with_ever_new_numbers_shuts_the_mailbox_for_all_but_its_owner() {
        let (mut guard, owner) = (PinGuard::default(), PinSource::Extension(OWNER));
        for number in 1..PLACE_WRONG_MAX {
            assert_eq!(typed(&mut guard, NOW, &outside(&number.to_string()), false), PinVerdict::Wrong);
        }
        let spent = PinVerdict::Spent(Shut { time: "5 minutes", all: true });
        assert_eq!(typed(&mut guard, NOW, &outside("0"), false), spent);
        assert_eq!(asked(&mut guard, NOW, &outside("fresh")), PinVerdict::Shut);
        assert_eq!(asked(&mut guard, NOW, &PinSource::Extension(ExtensionId(102))), PinVerdict::Shut);
        assert_eq!(asked(&mut guard, NOW, &owner), PinVerdict::Asked, "from its own telephone");
        assert_eq!(typed(&mut guard, NOW, &owner, true), PinVerdict::Open(BOX));
        assert_eq!(asked(&mut guard, NOW + minutes(5), &outside("fresh")), PinVerdict::Asked);
        // Slips of those who know it shut nothing.
        let mut guard = PinGuard::default();
        for number in 0..PLACE_WRONG_MAX {
            let caller = outside(&number.to_string());
            assert_eq!(typed(&mut guard, NOW, &caller, false), PinVerdict::Wrong);
            assert_eq!(typed(&mut guard, NOW, &caller, true), PinVerdict::Open(BOX));
        }
    }

    // covers: S24, CONF-02
    #[test]
    fn s24_whoever_knows_the_pin_of_a_room_cannot_guess_that_of_its_moderators() {
        let (room, seat) = (PinPlace::Room(ROOM), PinPlace::Moderator(ROOM));
        let (mut guard, caller) = (PinGuard::default(), PinSource::Extension(OWNER));
        let door = |guard: &mut PinGuard, opens| guard.judge(NOW, &caller, PinAct::Door(ROOM, opens), true);
        for _ in 0..2 {
            assert_eq!(door(&mut guard, None), PinVerdict::Wrong);
            assert_eq!(door(&mut guard, None), PinVerdict::Wrong);
            assert_eq!(door(&mut guard, Some(room)), PinVerdict::Open(room));
        }
        assert_eq!(door(&mut guard, None), PinVerdict::Wrong);
        assert!(matches!(door(&mut guard, None), PinVerdict::Spent(_)), "it was the sixth guess at the moderators'");
        assert_eq!(door(&mut guard, Some(seat)), PinVerdict::Wrong, "the right one is answered like a wrong one");
        assert_eq!(guard.judge(NOW, &caller, PinAct::Typed(seat, true), true), PinVerdict::Shut);
        assert_eq!(door(&mut guard, Some(room)), PinVerdict::Open(room), "and the room is open to it");
    }

    // covers: S24, S10
    #[test]
    fn s24_callers_are_bounded_and_who_is_gone_is_forgotten() {
        let mut guard = PinGuard::default();
        for number in 0..CALLERS_MAX + 10 {
            let place = PinPlace::Mailbox(ExtensionId(number as i64));
            guard.judge(NOW + minutes(number as u64), &outside("0"), PinAct::Typed(place, false), false);
        }
        assert_eq!(guard.callers.len(), CALLERS_MAX);
        assert!(!guard.callers.keys().any(|(place, _)| *place == PinPlace::Mailbox(ExtensionId(9))));
        guard.retain(|place| place == PinPlace::Mailbox(ExtensionId(500)));
        assert_eq!((guard.callers.len(), guard.places.len()), (1, 1));
    }
}
