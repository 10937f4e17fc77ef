//! One call, well and badly.

use std::time::Duration;

use shared::call_record::CallStatus;
use shared::reason::Reason;
use sim::{Manner, PhoneId, Said, Weather, World};
use sip::EndCause;

pub const ACME: &str = "acme.localhost";

pub fn pair() -> (World, PhoneId, PhoneId) {
    let mut world = World::new(1, Weather::FAIR);
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    assert_eq!(world.at(alice).said, [Said::Registered]);
    assert_eq!(world.at(bob).said, [Said::Registered]);
    world.at(alice).said.clear();
    world.at(bob).said.clear();
    (world, alice, bob)
}

pub fn talking() -> (World, PhoneId, PhoneId) {
    let (mut world, alice, bob) = pair();
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(alice).said, [Said::Ringing, Said::Answered]);
    (world, alice, bob)
}

/// Nothing is left of any call, and the ledger makes sense.
pub fn all_gone(world: &mut World) {
    world.run(70);
    let sizes = world.board.sizes();
    assert_eq!((sizes.subscriptions, sizes.asked), (0, 0));
    assert_eq!((sizes.dialogs, sizes.transactions, sizes.owned_dialogs, sizes.calls), (0, 0, 0, 0));
    assert_eq!(world.media.legs(), 0);
    assert_eq!(world.live_calls(), 0);
    assert!(world.ledger.open.is_empty());
    assert!(world.ledger.complaints.is_empty(), "{:?}", world.ledger.complaints);
}

#[test]
fn a_call_is_answered_heard_both_ways_and_hung_up_by_the_caller() {
    let (mut world, alice, bob) = talking();
    assert_eq!(world.at(bob).said, [Said::Incoming("101".into(), "Person 101".into())]);
    assert_eq!(world.live_calls(), 1);
    world.speak(alice, 10);
    world.speak(bob, 10);
    world.run(5);
    let heard = (world.at(alice).heard, world.at(bob).heard);
    assert!(heard.0 >= 8 && heard.1 >= 8, "{heard:?}");
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    assert_eq!(
        world.at(bob).said.last(),
        Some(&Said::Ended(EndCause::Bye(Some("SIP;cause=200;text=\"caller hung up\"".into()))))
    );
    all_gone(&mut world);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!(
        (record.status, record.ended_reason, record.fail_code),
        (CallStatus::Answered, Some(Reason::CallerHungUp), 0)
    );
    assert_eq!((record.caller.as_str(), record.callee.as_str()), ("101", "102"));
    assert_eq!((record.caller_name.as_str(), record.callee_name.as_str()), ("Person 101", "Person 102"));
    assert!(record.final_destination.starts_with("sip:102@10.0.0.2"));
    assert!(record.talk_seconds() >= 5);
    assert_eq!(record.legs.len(), 2);
    assert!(record.legs.iter().all(|leg| leg.heard && leg.packets_received == 10), "{:?}", record.legs);
    assert!(world.ledger.last_trace().contains(&Reason::CommonCodec));
}

#[test]
fn the_callee_hangs_up() {
    let (mut world, alice, bob) = talking();
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(EndCause::Bye(_)))));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::CalleeHungUp));
}

#[test]
fn the_caller_gives_up() {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Ring;
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(3);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    assert!(matches!(world.at(bob).said.last(), Some(Said::Cancelled(_))));
    all_gone(&mut world);
    let record = world.ledger.last().unwrap();
    assert_eq!((record.status, record.ended_reason), (CallStatus::NoAnswer, Some(Reason::CallerGaveUp)));
}

fn refused_by(status: u16) -> (Said, Option<Reason>, CallStatus) {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Refuse(status);
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(3);
    let said = world.at(alice).said.last().unwrap().clone();
    all_gone(&mut world);
    let record = world.ledger.last().unwrap();
    (said, record.ended_reason, record.status)
}

#[test]
fn busy_and_declined_reach_the_caller() {
    let (said, reason, status) = refused_by(486);
    assert!(matches!(said, Said::Failed(486, _)));
    assert_eq!((reason, status), (Some(Reason::DeviceBusy), CallStatus::Failed));
    let (said, reason, _) = refused_by(603);
    assert!(matches!(said, Said::Failed(603, _)));
    assert_eq!(reason, Some(Reason::DeviceDeclined));
}

#[test]
fn nobody_answers_within_the_ring_time() {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Ring;
    world.change_plan(ACME, |plan| plan.extensions[1].ring_seconds = 20);
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(19);
    assert_eq!(world.live_calls(), 1);
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))));
    all_gone(&mut world);
    let record = world.ledger.last().unwrap();
    assert_eq!(
        (record.status, record.ended_reason, record.ring_seconds()),
        (CallStatus::NoAnswer, Some(Reason::NoAnswer), 20)
    );
}

// covers: SYS-02
#[test]
fn sys_02_both_devices_ring_and_the_answer_of_one_stops_the_other() {
    let (mut world, alice, bob) = pair();
    let desk = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Ring;
    world.at(desk).manner = Manner::Answer(Duration::from_secs(3));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(6);
    assert_eq!(
        world.at(bob).said.last(),
        Some(&Said::Cancelled("SIP;cause=200;text=\"Call completed elsewhere\"".into()))
    );
    assert_eq!(world.at(alice).up().len(), 1);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 1);
    assert_eq!(world.ledger.last().unwrap().legs.len(), 2);
}

#[test]
fn early_media_reaches_the_caller_before_the_answer() {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Early(Duration::from_secs(3));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(2);
    assert_eq!(world.at(alice).said, [Said::EarlyMedia]);
    world.run(3);
    assert_eq!(world.at(alice).said, [Said::EarlyMedia, Said::Answered]);
    world.act(bob, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn hold_and_resume_are_answered_and_stand_in_the_trace() {
    let (mut world, alice, _) = talking();
    world.act(alice, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::OfferAnswered));
    world.act(alice, |phone, now| phone.offer(now, "sendrecv"));
    world.run(1);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::Held) && trace.contains(&Reason::Resumed), "{trace:?}");
}

/// A description of a fax (T.38) in the place of the sound, which has the line before it.
fn fax(host: &str, port: u16) -> bytes::Bytes {
    let session = format!("v=0\r\no=- 9 9 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n");
    format!("{session}m=audio 0 RTP/AVP 0\r\nm=image {port} udptl t38\r\na=T38FaxVersion:0\r\n").into()
}

#[test]
fn a_call_turns_into_a_fax_where_both_phones_take_it_and_goes_on_where_one_does_not() {
    for takes in [true, false] {
        let (mut world, alice, bob) = talking();
        match takes {
            true => world.at(bob).answer = Some(fax("10.0.0.2", 5_004)),
            false => world.at(bob).refuses_offers = Some(488),
        }
        world.act(alice, |phone, now| phone.offer_with(now, &fax("10.0.0.1", 4_004)));
        world.run(2);
        let expected = if takes { Said::OfferAnswered } else { Said::OfferRefused(488) };
        assert_eq!(world.at(alice).said.last(), Some(&expected));
        (world.at(bob).answer, world.at(bob).refuses_offers) = (None, None);
        world.act(alice, |phone, now| phone.offer(now, "sendrecv"));
        world.run(2);
        assert_eq!(world.at(alice).said.last(), Some(&Said::OfferAnswered), "and back to sound");
        world.act(alice, |phone, now| phone.hang_up(now));
        all_gone(&mut world);
        let trace = world.ledger.last_trace();
        assert!(trace.contains(&Reason::MediaPassedOn), "{trace:?}");
        assert_eq!(trace.contains(&Reason::FaxRefused), !takes, "{trace:?}");
        assert!(!trace.contains(&Reason::Held), "{trace:?}");
    }
}

#[test]
fn a_key_by_info_is_answered() {
    let (mut world, alice, _) = talking();
    world.act(alice, |phone, now| phone.press(now, '5'));
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(200)));
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: CALL-02
#[test]
fn call_02_an_administrator_ends_a_call_and_both_hear_of_it() {
    let (mut world, alice, bob) = talking();
    let (id, tenant) = world.ledger.open.iter().map(|(id, (record, _))| (*id, record.tenant_id)).next().unwrap();
    let stranger = shared::TenantId(2);
    assert_eq!(world.ask(shared::live::Ask::HangUp(stranger, id)), Some(shared::live::Answer::HungUp(false)));
    assert_eq!(world.ask(shared::live::Ask::HangUp(tenant, id)), Some(shared::live::Answer::HungUp(true)));
    world.run(1);
    for phone in [alice, bob] {
        assert!(matches!(world.at(phone).said.last(), Some(Said::Ended(EndCause::Bye(_)))));
    }
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::HungUpByAdmin));
}

#[test]
fn the_same_person_takes_the_call_up_on_another_device_and_a_stranger_does_not() {
    let (mut world, alice, bob) = talking();
    let tablet = world.registered(ACME, "101");
    let mallory = world.registered(ACME, "103");
    let replaces = world.at(alice).replaces().unwrap();
    let header = || vec![sip::Header::new("Replaces", replaces.clone())];
    world.act(mallory, |phone, now| phone.call(now, "102", header()));
    world.run(1);
    assert!(matches!(world.at(mallory).said.last(), Some(Said::Failed(481, _))));
    world.act(tablet, |phone, now| phone.call(now, "102", header()));
    world.run(1);
    assert_eq!(world.at(tablet).said.last(), Some(&Said::Answered));
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(EndCause::Bye(_)))));
    assert_eq!((world.at(bob).up().len(), world.live_calls()), (1, 1));
    world.speak(tablet, 5);
    world.run(1);
    assert!(world.at(bob).heard >= 4);
    world.act(tablet, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 1, "one call, one record");
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::CallerHungUp));
    assert!(world.ledger.last_trace().contains(&Reason::LegReplaced));
}

#[test]
fn a_phone_that_vanishes_is_noticed_by_the_session_timer() {
    let (mut world, alice, bob) = talking();
    world.at(bob).manner = Manner::Dead;
    world.run(300);
    assert_eq!(world.live_calls(), 0);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(EndCause::Bye(_)))));
    all_gone(&mut world);
    let reason = world.ledger.last().unwrap().ended_reason.unwrap();
    assert!(matches!(reason, Reason::SessionTimerExpired | Reason::DeviceUnreachable), "{reason:?}");
}

#[test]
fn a_caller_without_an_offer_gets_one_in_the_200_and_is_heard() {
    let (mut world, alice, bob) = pair();
    world.act(alice, |phone, now| phone.call_with(now, "102", Vec::new(), bytes::Bytes::new()));
    world.run(4);
    assert_eq!(world.at(alice).said, [Said::Ringing, Said::Answered]);
    world.speak(alice, 5);
    world.speak(bob, 5);
    world.run(1);
    assert_eq!((world.at(alice).heard, world.at(bob).heard), (5, 5));
    world.act(bob, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn what_is_no_audio_description_is_refused_with_its_reason() {
    let (mut world, alice, _) = pair();
    let video = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\n";
    let rare = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 96\r\n\
                a=rtpmap:96 SPEEX/8000\r\n";
    for body in ["nonsense", video, rare] {
        world.act(alice, |phone, now| phone.call_with(now, "102", Vec::new(), body.into()));
        world.run(1);
        assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(488, _))), "{:?}", world.at(alice).said.last());
        let reason = world.ledger.last().unwrap().ended_reason.unwrap();
        assert!(
            [Reason::MediaLineMissing, Reason::MediaNoAudio, Reason::CodecMismatch].contains(&reason),
            "{reason:?}"
        );
    }
    let text = vec![sip::Header::new("Content-Type", "text/plain")];
    world.act(alice, |phone, now| phone.call_with(now, "102", text, "hello".into()));
    world.run(1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(415, _))));
    all_gone(&mut world);
}

#[test]
fn a_new_offer_that_cannot_be_used_is_refused_and_the_call_goes_on() {
    let (mut world, alice, bob) = talking();
    let rare = "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 96\r\n\
                a=rtpmap:96 SPEEX/8000\r\n";
    world.act(alice, |phone, now| phone.offer_with(now, &rare.into()));
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::OfferRefused(488)));
    world.speak(alice, 5);
    world.run(1);
    assert_eq!((world.live_calls(), world.at(bob).heard), (1, 5));
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn a_caller_that_never_acknowledges_the_answer_is_let_go() {
    let (mut world, alice, bob) = pair();
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    world.at(alice).manner = Manner::Dead;
    world.run(60);
    assert!(matches!(world.at(bob).said.last(), Some(Said::Ended(EndCause::Bye(_)))));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::AckMissing));
}

#[test]
fn a_phone_over_tcp_that_vanishes_in_a_call_has_thirty_seconds() {
    let mut world = World::new(1, Weather::FAIR);
    let alice = world.phone(ACME, "101", sip::Transport::Tcp);
    world.act(alice, |phone, now| phone.register(now, 600));
    let bob = world.registered(ACME, "102");
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.break_connection(alice);
    world.at(alice).manner = Manner::Dead;
    world.run(31);
    assert_eq!(world.live_calls(), 0);
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::FlowLostEnded));
    assert_eq!(world.ledger.registrations.len(), 2, "its binding stays until it runs out");
    world.act(bob, |phone, now| phone.call(now, "101", Vec::new()));
    world.run(2);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::CalleeOffline));
}
