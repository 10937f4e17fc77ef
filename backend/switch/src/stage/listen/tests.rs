use shared::{CallId, VoicemailId};

use super::*;
use crate::stage::testing::{A, Scene};
use crate::stage::{Hosted, Stage};

const OWN: ExtensionId = ExtensionId(101);

fn message(id: i64, caller: &str, heard: bool) -> Voicemail {
    Voicemail {
        id: VoicemailId(id),
        tenant_id: TenantId(1),
        extension_id: OWN,
        call_id: CallId(id),
        caller: caller.into(),
        caller_name: String::new(),
        left_at: Moment::from_seconds(0),
        millis: Some(5_000),
        heard_at: heard.then_some(Moment(0)),
        sound_id: SoundId(id),
    }
}

fn mailbox() -> OwnMailbox {
    OwnMailbox {
        tenant: TenantId(1),
        extension: OWN,
        number: "101".into(),
        settings: VoicemailSettings { says_time: false, ..VoicemailSettings::default() },
        pin: None,
        messages: vec![message(1, "102", false), message(2, "", false), message(3, "103", true)],
        zone: TimeZone::UTC,
        spare: SoundId(77),
        is_roomless: false,
    }
}

fn opened(mailbox: OwnMailbox) -> (Scene, String) {
    let mut scene = Scene::new();
    scene.enter(Hosted::Mailbox(Box::new(mailbox)).stage(A, "offer".into()));
    let said = scene.after(Event::MediaAnswer(A, "answer".into()));
    let said = said.last().unwrap().clone();
    (scene, said)
}

fn key(scene: &mut Scene, key: char) -> Vec<String> {
    scene.after(Event::Digit(A, key))
}

// covers: VM-01, VM-03
#[test]
fn vm_03_messages_are_said_one_after_the_other_and_the_keys_do_what_is_said() {
    let (mut scene, said) = opened(mailbox());
    let counted = "1 Say vm_you_have n_2 vm_new_many and n_1_m vm_old_one";
    assert_eq!(said, format!("{counted} vm_from n_1 n_0 n_2 … sound 1 … vm_menu"));
    assert_eq!(scene.after(Event::Said(A, 1)), ["Mailbox Heard 1"]);
    assert_eq!(key(&mut scene, '1'), ["1 Say vm_from n_1 n_0 n_2 … sound 1 … vm_menu"]);
    assert_eq!(key(&mut scene, '2'), ["1 Say vm_from vm_unknown_number … sound 2 … vm_menu"]);
    let deleted = key(&mut scene, '3');
    assert_eq!(deleted, ["Mailbox Deleted 2", "1 Say vm_deleted vm_from n_1 n_0 n_3 … sound 3 … vm_menu"]);
    assert_eq!(key(&mut scene, '5'), ["1 Say vm_from n_1 n_0 n_2 … sound 1 … vm_menu"], "past the deleted one");
    key(&mut scene, '2');
    assert_eq!(key(&mut scene, '2'), ["1 Say vm_no_more vm_greeting_menu"]);
    assert_eq!(key(&mut scene, '*'), ["1 Say goodbye"]);
    assert_eq!(scene.after(Event::Said(A, 8)), ["End mailbox_closed 0"]);
}

// covers: VM-03
#[test]
fn vm_03_whoever_left_a_message_is_called_back_and_the_message_comes_again_if_nobody_is_there() {
    let (mut scene, _) = opened(mailbox());
    assert_eq!(key(&mut scene, '4'), ["Mailbox Heard 1", "1 Stop", "Lead Dialled(\"102\")"]);
    let again = scene.after(Event::Onward(Err(Some(Ending::new(Reason::CalleeOffline, "102", 480)))));
    assert_eq!(again, ["1 Say not_available vm_from n_1 n_0 n_2 … sound 1 … vm_menu"]);
    key(&mut scene, '2');
    assert!(key(&mut scene, '4').last().unwrap().starts_with("1 Say not_available"), "there is no number");
}

// covers: EXT-06
#[test]
fn ext_06_the_pin_is_asked_for_and_three_wrong_ones_end_the_call() {
    let secured = || OwnMailbox { pin: Some(Pin::new("4711".into())), ..mailbox() };
    let place = PinPlace::Mailbox(OWN);
    let asked = || {
        let (mut scene, said) = opened(secured());
        assert_eq!(said, "Pin Ask(Mailbox(ExtensionId(101)))");
        assert_eq!(scene.after(Event::Pin(PinVerdict::Asked)), ["1 Say vm_pin"]);
        scene
    };
    let mut scene = asked();
    for digit in "4711".chars() {
        assert_eq!(key(&mut scene, digit), ["1 Stop"]);
    }
    assert_eq!(key(&mut scene, '#'), ["Pin Typed(Mailbox(ExtensionId(101)), true)"]);
    assert!(scene.after(Event::Pin(PinVerdict::Open(place)))[0].starts_with("1 Say vm_you_have"));
    let mut scene = asked();
    let wrong = |scene: &mut Scene| {
        key(scene, '1');
        assert_eq!(key(scene, '#'), ["Pin Typed(Mailbox(ExtensionId(101)), false)"]);
        scene.after(Event::Pin(PinVerdict::Wrong))
    };
    assert_eq!(wrong(&mut scene), ["1 Say vm_pin_wrong vm_pin"]);
    assert_eq!(key(&mut scene, '#'), ["1 Say vm_pin_wrong vm_pin"], "nothing is no guess, and yet a try");
    assert_eq!(wrong(&mut scene), ["1 Say goodbye"]);
    assert_eq!(scene.after(Event::Said(A, 4)), ["End pin_wrong 0"]);
}

// covers: S24
#[test]
fn s24_where_no_pin_is_taken_none_is_asked_for_and_the_call_ends() {
    let secured = || opened(OwnMailbox { pin: Some(Pin::new("4711".into())), ..mailbox() }).0;
    let mut scene = secured();
    assert_eq!(scene.after(Event::Pin(PinVerdict::Shut)), ["1 Say not_allowed goodbye"]);
    assert_eq!(scene.after(Event::Said(A, 1)), ["End pin_shut 0"]);
    // Another call has used up what was left while this one typed.
    let mut scene = secured();
    scene.after(Event::Pin(PinVerdict::Asked));
    key(&mut scene, '4');
    key(&mut scene, '#');
    assert_eq!(scene.after(Event::Pin(PinVerdict::Shut)), ["1 Say not_allowed goodbye"]);
    assert_eq!(scene.after(Event::Pin(PinVerdict::Open(PinPlace::Mailbox(OWN)))), [""; 0], "it is on its way out");
}

// covers: EXT-07
#[test]
fn ext_07_a_greeting_is_heard_recorded_and_dropped() {
    let (mut scene, said) = opened(OwnMailbox { messages: Vec::new(), ..mailbox() });
    assert_eq!(said, "1 Say vm_no_messages vm_greeting_menu");
    assert!(key(&mut scene, '1')[0].starts_with("1 Say vm_person"));
    assert_eq!(key(&mut scene, '2'), ["1 Say vm_record_greeting Beep"]);
    assert_eq!(scene.after(Event::Said(A, 3)), ["1 Record 77"]);
    scene.sleep(3);
    let done = key(&mut scene, '#');
    assert_eq!(done[..2], ["1 StopRecording", "Mailbox GreetingRecorded 77 3000"]);
    assert_eq!(key(&mut scene, '1'), ["1 Say sound 77"]);
    assert_eq!(key(&mut scene, '3')[0], "Mailbox GreetingDropped");
    assert!(matches!(scene.stage, Some(Stage::Listen(_))));
}

// covers: EXT-07
#[test]
fn ext_07_without_room_for_sounds_no_greeting_is_recorded() {
    let (mut scene, _) = opened(OwnMailbox { messages: Vec::new(), is_roomless: true, ..mailbox() });
    assert_eq!(key(&mut scene, '2'), ["1 Say vm_full vm_greeting_menu"]);
    assert_eq!(scene.after(Event::Said(A, 3)), [""; 0], "nothing is recorded");
    assert!(key(&mut scene, '1')[0].starts_with("1 Say vm_person"), "the greeting is as it was");
}

#[test]
fn whoever_says_nothing_for_long_is_let_go() {
    let (mut scene, _) = opened(mailbox());
    scene.after(Event::Said(A, 1));
    scene.sleep(20);
    assert_eq!(scene.after(Event::Timeout), ["1 Say goodbye"]);
}
