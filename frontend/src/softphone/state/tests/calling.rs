use std::time::Duration;

use sip::{EndCause, Event, Header, Reply};

use super::super::{CallView, EndKind, Input, MediaTrouble, Order, Stage};
use super::world::{THERE, World, dial};

fn ending(call: &CallView) -> (EndKind, String, String) {
    match &call.stage {
        Stage::Ended(ending) => (ending.kind, ending.sentence.clone(), ending.detail.clone()),
        other => panic!("{other:?}"),
    }
}

// covers: RTC-03
#[test]
fn a_call_is_dialled_rings_is_answered_and_hung_up() {
    let mut world = World::new();
    world.give(Input::Dial { number: "1 02".into(), name: "Bob".into() });
    assert_eq!((world.call().state(), world.call().name.as_str()), ("calling", "Bob"));
    let (dialog, invite) = world.invited();
    assert_eq!(invite.request_uri().unwrap().text, "sip:102@acme.localhost");
    assert_eq!(invite.from().unwrap().uri.user, "101");
    assert!(!invite.body().is_empty());

    world.server.ring(world.now, dialog, Reply::status(180), false);
    world.settle();
    assert_eq!(world.call().state(), "ringing");
    world.pass(Duration::from_secs(3));
    world.accept(dialog);
    assert_eq!(world.call().state(), "connecting");
    assert_eq!(world.call().answered_at, Some(world.now));
    let key = world.call().key;
    assert_eq!(world.orders_of(key).last(), Some(&Order::Accept(THERE.into())));
    world.give(Input::MediaConnected(key));
    assert_eq!(world.call().state(), "talking");
    assert_eq!(world.phone.view().active, Some(key));

    world.give(Input::HangUp(key));
    assert!(matches!(world.event(), Event::Ended { cause: EndCause::Bye(_), .. }));
    assert_eq!(world.orders_of(key).last(), Some(&Order::Close));
    assert_eq!(ending(&world.call()).0, EndKind::HungUp);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.states(), []);
    assert_eq!(world.server.sizes().0, 0);
}

#[test]
fn an_announcement_before_the_answer_is_heard() {
    let mut world = World::new();
    world.give(dial("102"));
    let (dialog, _) = world.invited();
    world.server.ring(world.now, dialog, Reply::status(183).body(THERE), false);
    world.settle();
    assert!(world.call().early_media);
    let key = world.call().key;
    assert_eq!(world.orders_of(key).last(), Some(&Order::Early(THERE.into())));
    world.give(Input::MediaConnected(key));
    world.accept(dialog);
    assert_eq!(world.call().state(), "talking");
}

#[test]
fn a_call_that_came_to_nothing_says_why_in_plain_words() {
    for (reply, sentence, detail) in [
        (Reply::status(404), "Nobody has the number 102.", ""),
        (Reply::status(480), "102 is not reachable.", ""),
        (Reply::status(486), "102 is busy.", ""),
        (Reply::status(488), "The two devices have no sound format in common.", ""),
        (
            Reply::status(503).header("Reason", "SIP;cause=503;text=\"The limit of 2 concurrent calls is reached.\""),
            "The server could not take the call.",
            "The limit of 2 concurrent calls is reached.",
        ),
    ] {
        let mut world = World::new();
        world.give(dial("102"));
        let (dialog, _) = world.invited();
        world.server.reject(world.now, dialog, reply);
        world.settle();
        assert_eq!(ending(&world.call()), (EndKind::Failed, sentence.into(), detail.into()));
    }
}

#[test]
fn a_call_is_given_up_before_it_is_answered() {
    let mut world = World::new();
    world.give(dial("102"));
    let (dialog, _) = world.invited();
    world.server.ring(world.now, dialog, Reply::status(180), false);
    world.settle();
    let key = world.call().key;
    world.give(Input::HangUp(key));
    assert!(matches!(world.event(), Event::Cancelled { .. }));
    assert_eq!(ending(&world.call()).0, EndKind::HungUp);
}

#[test]
fn nothing_is_dialled_that_cannot_be() {
    let mut world = World::new();
    world.give(dial("101"));
    assert_eq!(ending(&world.call()).1, "That is your own number.");
    world.give(dial("a b\r\nc: <"));
    assert_eq!(ending(&world.call()).1, "A number has digits, letters, * and # only.");
    assert!(world.events.is_empty());
}

// covers: RTC-03
#[test]
fn a_call_comes_in_is_answered_and_ends_there() {
    let mut world = World::new();
    let dialog = world.ring("102", "Bob");
    assert!(matches!(world.event(), Event::Trying { .. }));
    assert!(matches!(world.event(), Event::Progress { status: 180, .. }));
    let call = world.call();
    assert_eq!((call.number.as_str(), call.name.as_str(), call.state()), ("102", "Bob", "incoming"));
    assert_eq!(world.phone.view().active, None);

    world.give(Input::Answer(call.key));
    assert_eq!(world.orders_of(call.key), [Order::Answer { offer: THERE.into(), hold: false }]);
    assert!(matches!(world.event(), Event::Answered { .. }));
    assert_eq!(world.call().state(), "connecting");
    world.give(Input::MediaConnected(call.key));
    world.server.bye(world.now, dialog, None);
    world.settle();
    assert_eq!(ending(&world.call()).0, EndKind::HungUpThere);
}

// covers: PAG-04, ADV-01, ADV-02, ADV-03
#[test]
fn pag_04_a_call_that_asks_for_it_is_answered_by_itself_unless_the_person_or_another_call_is_against_it() {
    let header = |text: &'static str| text.split_once(": ").map(|(name, value)| Header::new(name, value)).unwrap();
    for (on, talking, asks, state) in [
        (true, false, Some("Call-Info: <sip:acme.localhost>;answer-after=0"), "connecting"),
        (true, false, Some("Alert-Info: <http://acme.localhost>;info=alert-autoanswer"), "connecting"),
        (true, false, Some("Answer-Mode: Auto"), "connecting"),
        (true, false, Some("Answer-Mode: Manual"), "incoming"),
        (true, false, None, "incoming"),
        (false, false, Some("Call-Info: <sip:acme.localhost>;answer-after=0"), "incoming"),
        (true, true, Some("Call-Info: <sip:acme.localhost>;answer-after=0"), "incoming"),
    ] {
        let mut world = World::new();
        world.give(Input::AnswersItself(on));
        if talking {
            world.talk("103");
        }
        world.ring_with("102", "Bob", asks.map(header).into_iter().collect());
        let call = world.phone.view().calls.last().cloned().unwrap();
        assert_eq!((call.state(), call.by_itself), (state, state == "connecting"), "{on} {talking} {asks:?}");
    }
}

#[test]
fn a_call_is_declined_for_everybody_when_idle_and_as_busy_when_talking() {
    let mut world = World::new();
    world.ring("102", "Bob");
    world.events.clear();
    let key = world.call().key;
    world.give(Input::Decline(key));
    assert!(matches!(world.event(), Event::Failed { status: 603, .. }));
    world.pass(Duration::from_secs(5));

    world.talk("103");
    world.ring("102", "Bob");
    world.events.clear();
    let key = world.phone.view().incoming().unwrap().key;
    world.give(Input::Decline(key));
    assert!(matches!(world.event(), Event::Failed { status: 486, .. }));
    assert_eq!(world.states(), [("103".into(), "talking"), ("102".into(), "ended")]);
}

#[test]
fn a_call_that_was_taken_elsewhere_was_not_missed() {
    for (reason, kind) in
        [(Some("SIP;cause=200;text=\"Call completed elsewhere\""), EndKind::Elsewhere), (None, EndKind::Missed)]
    {
        let mut world = World::new();
        let dialog = world.ring("102", "Bob");
        world.server.cancel(world.now, dialog, reason);
        world.settle();
        assert_eq!(ending(&world.call()).0, kind);
    }
}

// covers: RTC-03
#[test]
fn hold_is_offered_and_taken_back() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(Input::SetHeld(key, true));
    assert_eq!(world.orders_of(key), [Order::Offer { hold: true, restart: false }]);
    assert_eq!(world.call().state(), "held");
    assert_eq!(world.phone.view().active, None);
    // Taken back before the other side has answered: what was meant last counts.
    world.give(Input::SetHeld(key, false));
    world.take_offer(dialog);
    world.take_offer(dialog);
    assert_eq!(world.orders_of(key).get(2), Some(&Order::Offer { hold: false, restart: false }));
    assert_eq!(world.call().state(), "talking");
    assert!(world.events.is_empty());
}

#[test]
fn a_refused_hold_leaves_the_call_as_it_was() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(Input::SetHeld(key, true));
    world.server.refuse_offer(world.now, dialog, 488);
    world.settle();
    assert_eq!(world.orders_of(key).last(), Some(&Order::Rollback));
    assert_eq!(world.call().state(), "talking");
    assert!(world.call().trouble.is_some());
}

#[test]
fn the_other_sides_hold_is_shown() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    let hold = THERE.replace("sendrecv", "sendonly");
    world.server.offer(world.now, dialog, hold.clone().into());
    world.settle();
    assert!(matches!(world.event(), Event::OfferAnswered { .. }));
    assert_eq!(world.orders_of(key), [Order::Answer { offer: hold, hold: false }]);
    assert!(world.call().held_by_peer);
    world.server.offer(world.now, dialog, THERE.into());
    world.settle();
    assert!(!world.call().held_by_peer);
}

// covers: RTC-03
#[test]
fn of_two_calls_one_is_on_hold_and_they_swap() {
    let mut world = World::new();
    let (first, one) = world.talk("102");
    world.give(dial("103"));
    world.take_offer(one);
    assert_eq!(world.states(), [("102".into(), "held"), ("103".into(), "calling")]);
    let (two, _) = world.invited();
    world.accept(two);
    let second = world.phone.view().calls[1].key;
    world.give(Input::MediaConnected(second));
    assert_eq!(world.phone.view().active, Some(second));

    world.give(Input::Swap);
    world.take_offer(two);
    world.take_offer(one);
    assert_eq!(world.states(), [("102".into(), "talking"), ("103".into(), "held")]);
    assert_eq!(world.phone.view().active, Some(first));

    // There is no third one.
    world.ring("104", "Carol");
    assert!(world.events.iter().any(|event| matches!(event, Event::Failed { status: 486, .. })), "{:?}", world.events);
    assert_eq!(world.phone.view().calls.len(), 2);
    world.give(dial("104"));
    assert_eq!(ending(&world.phone.view().calls[2]).1, "End one of your two calls first.");
}

#[test]
fn answering_a_second_call_puts_the_first_on_hold() {
    let mut world = World::new();
    let (_, one) = world.talk("102");
    world.ring("103", "Carol");
    world.events.clear();
    let key = world.phone.view().incoming().unwrap().key;
    world.give(Input::Answer(key));
    world.events.retain(|event| !matches!(event, Event::Answered { .. }));
    world.take_offer(one);
    assert_eq!(world.states(), [("102".into(), "held"), ("103".into(), "connecting")]);
}

#[test]
fn mute_is_an_order_and_survives_hold() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(Input::SetMuted(key, true));
    assert_eq!(world.orders_of(key), [Order::Mute(true)]);
    world.give(Input::SetHeld(key, true));
    world.take_offer(dialog);
    assert!(world.call().muted);
}

// covers: RTC-03
#[test]
fn a_key_goes_into_the_sound_or_by_info() {
    let mut world = World::new();
    let (key, _) = world.talk("102");
    world.give(Input::Digit(key, '5'));
    world.give(Input::Digit(key, 'x'));
    assert_eq!(world.orders_of(key), [Order::Digit('5')]);
    world.give(Input::DigitUnsent(key, '5'));
    match world.event() {
        Event::Request { message, .. } => {
            assert_eq!(message.method(), "INFO");
            assert_eq!(message.header("Content-Type"), Some("application/dtmf-relay"));
            assert_eq!(message.body().as_ref(), b"Signal=5\r\nDuration=160\r\n");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_microphone_a_call_is_not_made_and_an_incoming_one_rings_on() {
    let mut world = World::new();
    world.media = false;
    world.give(dial("102"));
    let key = world.call().key;
    world.give(Input::MediaFailed(key, MediaTrouble::Denied));
    assert!(ending(&world.call()).1.contains("microphone"));
    assert!(world.events.is_empty());
    world.give(Input::Dismiss(key));

    world.ring("102", "Bob");
    let key = world.call().key;
    world.give(Input::Answer(key));
    world.give(Input::MediaFailed(key, MediaTrouble::NoMicrophone));
    assert_eq!(world.call().state(), "incoming");
    assert!(world.call().trouble.is_some());
    world.media = true;
    world.give(Input::Answer(key));
    assert_eq!(world.call().state(), "connecting");
}

#[test]
fn a_call_without_a_sound_path_says_so() {
    let mut world = World::new();
    world.give(dial("102"));
    let (dialog, _) = world.invited();
    world.accept(dialog);
    world.pass(Duration::from_secs(20));
    assert!(world.call().trouble.is_some());
    let key = world.call().key;
    world.give(Input::MediaConnected(key));
    assert_eq!(world.call().trouble, None);
}

#[test]
fn an_invite_without_an_offer_is_answered_with_one() {
    let mut world = World::new();
    let request = sip::NewRequest {
        method: "INVITE".into(),
        uri: "sip:x@y.invalid".into(),
        from: "<sip:102@acme.localhost>".into(),
        to: "<sip:101@acme.localhost>".into(),
        ..sip::NewRequest::default()
    };
    let flow = super::world::flow(world.connection.unwrap());
    let dialog = world.server.invite(world.now, flow, request);
    world.settle();
    let key = world.call().key;
    world.give(Input::Answer(key));
    world.server.acknowledge(world.now, dialog, THERE.into());
    world.settle();
    let orders = world.orders_of(key);
    assert_eq!(orders, [Order::Offer { hold: false, restart: false }, Order::Accept(THERE.into())]);
}
