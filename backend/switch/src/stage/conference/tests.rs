use shared::{ConferenceRoomId, Moment};

use super::*;
use crate::stage::testing::{A, B, Scene};
use crate::stage::{Hosted, Invited, Rings, Stage};

fn door(pin: &str) -> Door {
    let digits = |text: &str| (!text.is_empty()).then(|| Pin::new(text.to_owned()));
    Door {
        room: ConferenceRoomId(7),
        lane: CallId(7),
        number: "8008".into(),
        language: Language::EnUs,
        pin: digits(pin),
        moderator_pin: digits("98765"),
        moderators: Vec::new(),
    }
}

/// A caller whom the room would let in, answered.
fn before(door: Door) -> (Scene, Vec<String>) {
    let mut scene = Scene::new();
    let knocks = scene.enter(Hosted::Conference(door).stage(A, "offer".into()));
    assert_eq!(knocks, ["Conference Knock(ConferenceRoomId(7))"]);
    let opened = scene.after(Event::Conference(Told::Open));
    assert_eq!(opened, ["1 Open Phone", "1 RemoteOffer", "1 MakeAnswer"]);
    let mut words = scene.after(Event::MediaAnswer(A, "answer".into()));
    words.drain(..2);
    if words == ["Pin Ask(Room(ConferenceRoomId(7)))"] {
        words = scene.after(Event::Pin(PinVerdict::Asked));
    }
    (scene, words)
}

/// Keys are pressed; nobody has guessed at a PIN before.
fn typed(scene: &mut Scene, keys: &str) -> Vec<String> {
    let mut words: Vec<String> = keys.chars().flat_map(|key| scene.after(Event::Digit(A, key))).collect();
    let (room, seat) = (PinPlace::Room(ConferenceRoomId(7)), PinPlace::Moderator(ConferenceRoomId(7)));
    let verdict = match words.last().map(String::as_str) {
        Some("Pin Door(ConferenceRoomId(7), None)" | "Pin Typed(Moderator(ConferenceRoomId(7)), false)") => {
            PinVerdict::Wrong
        }
        Some("Pin Door(ConferenceRoomId(7), Some(Room(ConferenceRoomId(7))))") => PinVerdict::Open(room),
        Some(
            "Pin Door(ConferenceRoomId(7), Some(Moderator(ConferenceRoomId(7))))"
            | "Pin Typed(Moderator(ConferenceRoomId(7)), true)",
        ) => PinVerdict::Open(seat),
        _ => return words,
    };
    words.pop();
    words.extend(scene.after(Event::Pin(verdict)));
    words
}

fn enters(moderator: bool) -> String {
    format!("Conference Enter(ConferenceRoomId(7), LegId(1), {moderator})")
}

fn sits(speaks: bool, word: Option<Phrase>) -> Event {
    Event::Conference(Told::Seat(Seat::Sits { speaks }, word))
}

// covers: CONF-02
#[test]
fn conf_02_the_pin_is_typed_up_to_the_hash_or_as_long_as_a_pin_may_be_and_three_wrong_ones_end_the_call() {
    let (mut scene, words) = before(door("1234"));
    assert_eq!(words, ["1 Say conf_pin"]);
    assert_eq!(typed(&mut scene, "1234#").last(), Some(&enters(false)));
    let (mut scene, _) = before(door("123456"));
    assert_eq!(typed(&mut scene, "123456").last(), Some(&enters(false)), "no hash is needed");
    let (mut scene, _) = before(door("1234"));
    assert_eq!(typed(&mut scene, "98765#").last(), Some(&enters(true)));
    let (mut scene, _) = before(door("1234"));
    assert_eq!(typed(&mut scene, "12#").last().unwrap(), "1 Say conf_pin_wrong conf_pin");
    scene.sleep(8);
    assert_eq!(scene.after(Event::Timeout), ["1 Say conf_pin_wrong conf_pin"], "nothing is a wrong one");
    assert_eq!(typed(&mut scene, "#").last().unwrap(), "1 Say conf_pin_wrong goodbye");
    assert_eq!(scene.after(Event::Said(A, 4)), ["End conference_pin_wrong 480"]);
    assert_eq!(before(door("")).1, [enters(false)], "no PIN, no question");
}

// covers: S24
#[test]
fn s24_where_no_pin_is_taken_any_more_the_call_ends_before_the_room_and_in_it() {
    let mut scene = Scene::new();
    scene.enter(Hosted::Conference(door("1234")).stage(A, "offer".into()));
    scene.after(Event::Conference(Told::Open));
    scene.after(Event::MediaAnswer(A, "answer".into()));
    let words = scene.after(Event::Pin(PinVerdict::Shut));
    assert_eq!(words, ["1 Disconnect", "1 Say not_allowed goodbye"], "none was asked for");
    assert_eq!(scene.after(Event::Said(A, 1)), ["End pin_shut 480"]);
    let (mut scene, _) = before(door(""));
    scene.after(sits(true, None));
    typed(&mut scene, "*1");
    assert_eq!(scene.after(Event::Pin(PinVerdict::Shut)), ["1 Disconnect", "1 Say not_allowed goodbye"]);
    let open = Event::Pin(PinVerdict::Open(PinPlace::Moderator(ConferenceRoomId(7))));
    assert_eq!(scene.after(open), [""; 0], "it is on its way out");
}

// covers: CONF-03, CONF-11
#[test]
fn conf_03_who_is_not_let_in_hears_why_before_an_answer_and_is_refused() {
    for (closed, word, end) in [
        (Closed::Full, "1 Say conf_full", "End conference_full 486"),
        (Closed::Locked, "1 Say conf_locked", "End conference_locked 403"),
    ] {
        let mut scene = Scene::new();
        scene.enter(Hosted::Conference(door("")).stage(A, "offer".into()));
        scene.after(Event::Conference(Told::Closed(closed)));
        let told = scene.after(Event::MediaAnswer(A, "answer".into()));
        assert_eq!(told, ["Ring 1 with description", word]);
        assert_eq!(scene.after(Event::Said(A, 1)), [end]);
        let mut scene = Scene::new();
        scene.enter(Hosted::Conference(door("")).stage(A, Bytes::new()));
        assert_eq!(scene.after(Event::Conference(Told::Closed(closed))), [end], "it could hear nothing");
        let mut scene = Scene::new();
        scene.enter(Hosted::Conference(door("")).stage(A, "offer".into()));
        scene.after(Event::Conference(Told::Closed(closed)));
        assert_eq!(scene.after(Event::Cancelled(A)), ["End caller_gave_up 487"]);
    }
    // It may have filled up while the PIN was typed.
    let (mut scene, _) = before(door("1234"));
    typed(&mut scene, "1234#");
    let words = scene.after(Event::Conference(Told::Closed(Closed::Full)));
    assert_eq!(words, ["1 Disconnect", "1 Say conf_full"]);
}

// covers: CONF-14
#[test]
fn conf_14_a_seat_is_what_the_engine_is_told_and_the_call_hears_of_it() {
    let (mut scene, _) = before(door(""));
    let words = scene.after(sits(true, Some(phrase::CONF_ALONE)));
    assert_eq!(words, ["Changed", "1 Stop", "1 Mix speaks hears", "1 Say conf_alone"]);
    assert_eq!(scene.after(sits(false, Some(phrase::CONF_MUTED))), ["1 Mix hears", "1 Say conf_muted"]);
    assert_eq!(scene.after(sits(true, None)), ["1 Mix speaks hears"]);
    assert_eq!(typed(&mut scene, "*6"), ["Conference Press(MuteOneself)"]);
    assert_eq!(typed(&mut scene, "6*2"), [""; 0]);
    assert_eq!(scene.after(Event::Conference(Told::Count(3))), ["1 Say n_3"]);
    assert_eq!(scene.after(Event::Conference(Told::NotAllowed)), ["1 Say Left"]);
    let over = scene.after(Event::Conference(Told::Over(Reason::ConferenceEnded)));
    assert_eq!(over, ["1 Disconnect", "1 Say conf_ended"]);
    assert_eq!(scene.after(sits(true, None)), [""; 0], "it is on its way out");
    scene.sleep(10);
    assert_eq!(scene.after(Event::Timeout), ["End conference_ended 480"], "nobody says that all is said");
}

#[test]
fn who_waits_hears_music_and_claims_to_moderate_by_the_pin() {
    let (mut scene, _) = before(door(""));
    let waits = Event::Conference(Told::Seat(Seat::Waits, None));
    assert_eq!(scene.after(waits), ["Changed", "1 Disconnect", "Music 1"]);
    assert_eq!(typed(&mut scene, "*1"), ["1 Say conf_pin"]);
    assert_eq!(typed(&mut scene, "11#"), ["1 Say conf_pin_wrong"]);
    assert_eq!(scene.after(Event::Said(A, 2)), ["Music 1"], "and waits on");
    assert_eq!(typed(&mut scene, "98765#"), ["Conference Moderate"]);
    assert_eq!(scene.after(sits(true, None)), ["1 Stop", "1 Mix speaks hears"]);
}

// covers: CONF-02
#[test]
fn conf_02_three_wrong_pins_of_moderators_end_the_call_whatever_lies_between() {
    let (mut scene, _) = before(door(""));
    scene.after(sits(true, None));
    for _ in 0..2 {
        assert_eq!(typed(&mut scene, "*1").last().unwrap(), "1 Say conf_pin");
        assert_eq!(typed(&mut scene, "11#").last().unwrap(), "1 Say conf_pin_wrong");
        scene.sleep(8);
        assert_eq!(scene.after(Event::Timeout), [""; 0], "it is typed no more");
    }
    typed(&mut scene, "*1");
    let last = typed(&mut scene, "11#");
    assert_eq!(last.last().unwrap(), "1 Say conf_pin_wrong goodbye");
}

/// A caller whom somebody else of the house has answered comes to a room, and goes on as leg 2 where the room's sound is.
fn led_in() -> Scene {
    let mut scene = Scene::new();
    scene.incoming(A);
    scene.up(A);
    let words = scene.enter(Hosted::Conference(door("")).stage(A, Bytes::new()));
    assert_eq!(words, ["1 Disconnect".to_owned(), enters(false)]);
    scene.up(B);
    scene.borrowed(B, A);
    assert_eq!(scene.after(Event::Conference(Told::Move(B))), ["2 Adopt 1"]);
    scene
}

// covers: CONF-09
#[test]
fn conf_09_the_sound_of_who_is_led_in_is_taken_over_or_offered_anew() {
    let comes = ["Conference Enter(ConferenceRoomId(7), LegId(2), false)"];
    assert_eq!(led_in().after(Event::Ready(B)), comes);
    let elsewhere = || Event::Rejected(B, Reason::MediaOfferBad, String::new());
    let mut scene = led_in();
    assert_eq!(scene.after(elsewhere()), ["1 Close", "2 Open Phone", "2 MakeOffer"]);
    assert_eq!(scene.after(Event::Offered(B, "o".into())), ["RefuseOffer 2 491"], "not both at once");
    assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Offer 2 of 2"]);
    assert_eq!(scene.after(Event::OfferAnswered(B, "a".into())), ["2 RemoteAnswer"]);
    assert_eq!(scene.after(Event::Ready(B)), comes);
    // A browser knows by another fingerprint that it must shake hands anew.
    let mut scene = led_in();
    scene.over_websocket(B);
    let words = scene.after(elsewhere());
    assert_eq!(words, ["1 Close", "2 Open Browser", "2 OwnCertificate", "2 MakeOffer"]);
    let mut scene = led_in();
    scene.after(elsewhere());
    scene.after(Event::MediaOffer(B, "o".into()));
    assert_eq!(scene.after(Event::OfferRefused(B, 488)), ["End offer_refused 0"]);
    let mut scene = led_in();
    scene.after(elsewhere());
    let none = Event::Rejected(B, Reason::PortsSpent, String::new());
    assert_eq!(scene.after(none), ["End ports_spent 0"]);
}

// covers: CONF-10
#[test]
fn conf_10_who_is_invited_comes_in_on_answer_and_nobody_is_asked_for_a_pin() {
    let rings = || Rings { batches: vec![vec![B].into()], seconds: 20, ..Rings::default() };
    let invited = || Stage::Invited(Box::new(Invited::new(door("1234"), rings())));
    let mut scene = Scene::new();
    assert_eq!(scene.enter(invited()), ["2 Open Phone", "2 MakeOffer"]);
    scene.after(Event::MediaOffer(B, "o".into()));
    scene.after(Event::Answered(B, "a".into()));
    let words = scene.after(Event::Ready(B));
    assert_eq!(words, ["Changed", "2 Disconnect", "Conference Enter(ConferenceRoomId(7), LegId(2), false)"]);
    let mut scene = Scene::new();
    scene.enter(invited());
    scene.after(Event::MediaOffer(B, "o".into()));
    let over = scene.after(Event::Conference(Told::Over(Reason::ConferenceSentOut)));
    assert_eq!(over, ["Cancel 2 ", "2 Close", "End conference_sent_out 480"]);
    let mut scene = Scene::new();
    scene.enter(invited());
    scene.after(Event::MediaOffer(B, "o".into()));
    scene.now = Moment::from_seconds(scene.now.0 / 1_000_000 + 20);
    assert_eq!(scene.after(Event::Timeout).last().unwrap(), "End no_answer 480");
}
