use super::*;
use shared::TenantId;
use shared::conference::ConferenceRoomSettings;

const NOW: Moment = Moment::from_seconds(1_000);

fn room(settings: ConferenceRoomSettings) -> ConferenceRoom {
    let settings = ConferenceRoomSettings { number: "8008".into(), ..settings };
    ConferenceRoom { id: ConferenceRoomId(1), tenant_id: TenantId(1), owner_id: None, settings }
}

fn entrant(number: i64, moderator: bool) -> Entrant {
    let (leg, extension_id) = (LegId(number as u64), Some(ExtensionId(number)));
    Entrant { leg, number: number.to_string(), name: String::new(), extension_id, moderator }
}

/// So many in a room; the first is a moderator.
fn met(room: &ConferenceRoom, count: i64) -> Conferences {
    let mut conferences = Conferences::default();
    for number in 1..=count {
        conferences.enter(NOW, room, CallId(number), entrant(number, number == 1)).unwrap();
    }
    conferences.seated(room.id);
    conferences
}

fn seats(conferences: &mut Conferences) -> Vec<(i64, Seat)> {
    conferences.seated(ConferenceRoomId(1)).into_iter().map(|seated| (seated.call.0, seated.seat)).collect()
}

// covers: CONF-03, CONF-11, CONF-19
#[test]
fn conf_03_a_full_or_locked_room_lets_nobody_in_but_who_was_invited() {
    let settings = ConferenceRoomSettings { participants_max: 3, ..ConferenceRoomSettings::default() };
    let room = room(settings);
    let mut conferences = met(&room, 2);
    conferences.change(&room, &ConferenceChange::Lock).unwrap();
    assert_eq!(conferences.knock(&room, CallId(3)), Err(Closed::Locked));
    conferences.invite(NOW, &room, CallId(3), entrant(3, false)).unwrap();
    assert_eq!(conferences.knock(&room, CallId(3)), Ok(()));
    conferences.change(&room, &ConferenceChange::Unlock).unwrap();
    assert_eq!(conferences.knock(&room, CallId(4)), Err(Closed::Full));
    assert_eq!(conferences.invite(NOW, &room, CallId(4), entrant(4, false)), Err(Undone::Full));
    let gone = conferences.leave(CallId(2)).unwrap();
    assert_eq!((gone.room, gone.joined, gone.empty), (room.id, true, false));
    assert_eq!(conferences.knock(&room, CallId(4)), Ok(()));
    assert_eq!(conferences.leave(CallId(9)), None);
}

// covers: CONF-13, CONF-14
#[test]
fn conf_13_a_muted_room_hears_its_moderators_and_who_is_muted_alone_stays_so() {
    let room = room(ConferenceRoomSettings::default());
    let mut conferences = met(&room, 3);
    let (heard, silent) = (Seat::Sits { speaks: true }, Seat::Sits { speaks: false });
    let mute = ConferenceChange::Mute { call_id: CallId(3) };
    conferences.change(&room, &mute).unwrap();
    assert_eq!(seats(&mut conferences), [(3, silent)]);
    conferences.change(&room, &ConferenceChange::MuteAll).unwrap();
    assert_eq!(seats(&mut conferences), [(2, silent)]);
    conferences.change(&room, &ConferenceChange::Promote { call_id: CallId(2) }).unwrap();
    assert_eq!(seats(&mut conferences), [(2, heard)]);
    assert!(conferences.hush(CallId(2)));
    assert_eq!(seats(&mut conferences), [(2, silent)], "it has muted itself");
    conferences.change(&room, &ConferenceChange::UnmuteAll).unwrap();
    assert_eq!(seats(&mut conferences), []);
    assert!(!conferences.hush(CallId(3)));
    assert_eq!(seats(&mut conferences), [], "a key does not undo what a moderator has done");
    conferences.change(&room, &ConferenceChange::Unmute { call_id: CallId(3) }).unwrap();
    assert_eq!(seats(&mut conferences), [(3, heard)]);
    let nobody = ConferenceChange::Mute { call_id: CallId(9) };
    assert_eq!(conferences.change(&room, &nobody), Err(Undone::NotThere));
    assert_eq!(Conferences::default().change(&room, &mute), Err(Undone::Nobody));
}

#[test]
fn all_wait_until_a_moderator_is_there_and_whoever_comes_later_does_not() {
    let settings = ConferenceRoomSettings { waits_for_moderator: true, ..ConferenceRoomSettings::default() };
    let room = room(settings);
    let mut conferences = Conferences::default();
    for number in [2, 3] {
        conferences.enter(NOW, &room, CallId(number), entrant(number, false)).unwrap();
    }
    assert_eq!(seats(&mut conferences), [(2, Seat::Waits), (3, Seat::Waits)]);
    conferences.enter(NOW, &room, CallId(4), entrant(4, true)).unwrap();
    let seated = conferences.seated(room.id);
    assert!(seated.iter().all(|seated| seated.comes && seated.seat == Seat::Sits { speaks: true }));
    assert_eq!(seated.iter().map(|seated| seated.alone).collect::<Vec<_>>(), [true, false, false]);
    conferences.leave(CallId(4));
    conferences.enter(NOW, &room, CallId(5), entrant(5, false)).unwrap();
    assert_eq!(seats(&mut conferences), [(5, Seat::Sits { speaks: true })]);
}

// covers: CONF-08, CONF-17
#[test]
fn conf_17_a_standing_names_moderators_first_and_who_speaks() {
    let room = room(ConferenceRoomSettings::default());
    let mut conferences = met(&room, 3);
    conferences.change(&room, &ConferenceChange::Promote { call_id: CallId(3) }).unwrap();
    assert_eq!(conferences.speak(CallId(1), &[LegId(2)]), Some(room.id));
    assert_eq!(conferences.speak(CallId(1), &[LegId(2)]), None);
    assert_eq!(conferences.speakers(room.id), [CallId(2)]);
    let standing = conferences.standing(&room).unwrap();
    let who: Vec<_> = standing.participants.iter().map(|one| (one.call_id.0, one.moderator, one.speaks)).collect();
    assert_eq!(who, [(1, true, false), (3, true, false), (2, false, true)]);
    assert!(conferences.is_moderated_by(&room, ExtensionId(3)));
    assert!(!conferences.is_moderated_by(&room, ExtensionId(2)));
}

// covers: CONF-18
#[test]
fn conf_18_a_temporary_room_that_nobody_enters_is_forgotten() {
    let settings = ConferenceRoomSettings::default();
    let temporary = ConferenceRoom { owner_id: Some(ExtensionId(7)), ..room(settings) };
    let rooms = [std::sync::Arc::new(temporary.clone())];
    let mut conferences = Conferences::default();
    assert_eq!(conferences.watch(NOW, &rooms), [temporary.id]);
    assert!(conferences.watch(NOW, &rooms).is_empty(), "each once");
    assert!(conferences.is_forgotten(temporary.id, NOW));
    conferences.enter(NOW, &temporary, CallId(1), entrant(1, false)).unwrap();
    assert!(!conferences.is_forgotten(temporary.id, NOW));
    assert!(conferences.is_moderated_by(&temporary, ExtensionId(7)));
    assert!(conferences.leave(CallId(1)).unwrap().empty);
}
