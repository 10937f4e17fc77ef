//! Voicemail: messages are left, lamps are lit, and the owner listens (VM-01…VM-07, EXT-06).

use std::time::Duration;

use shared::destination::Destination;
use shared::forwarding::{ByHours, Forwarding};
use shared::live::{Answer, Ask};
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::voicemail::{VoicemailChange, VoicemailSettings};
use shared::{ExtensionId, TenantId};
use sim::engine::Media;
use sim::{Manner, PhoneId, Said, World};
use switch::{Calling, Input, Mailbox, Pin};

use crate::call::{ACME, all_gone};
use crate::receptionist::{dial, menu, press, rows, to};
use crate::registration::fair;
use crate::watcher::{Watcher, text};

const OWN: ExtensionId = ExtensionId(1_102);

const fn mailbox(extension: ExtensionId) -> Destination {
    Destination::Voicemail { mailbox_id: extension }
}

/// Alice (101) calls Bob (102), whose calls go to his mailbox when he does not take them.
fn pair() -> (World, PhoneId, PhoneId) {
    let mut world = fair();
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    world.at(bob).manner = Manner::Ring;
    let both = || ByHours { open: mailbox(OWN), closed: mailbox(OWN) };
    let forwarding = Forwarding {
        no_answer: mailbox(OWN),
        busy: mailbox(OWN),
        offline: both(),
        do_not_disturb: both(),
        ..Forwarding::default()
    };
    world.change_plan(ACME, |plan| {
        let bob = plan.extensions.iter_mut().find(|known| known.id == OWN).unwrap();
        bob.ring_seconds = 10;
        bob.calling = Calling { forwarding, ..Calling::default() }.shared();
    });
    for phone in [alice, bob] {
        world.at(phone).said.clear();
    }
    (world, alice, bob)
}

fn set_mailbox(world: &mut World, settings: VoicemailSettings, pin: Option<&str>) {
    let mailbox = Mailbox { settings, pin: pin.map(|pin| Pin::new(pin.into())) }.shared();
    world.change_plan(ACME, |plan| {
        plan.extensions.iter_mut().filter(|known| known.id == OWN).for_each(|known| known.mailbox = mailbox.clone());
    });
}

/// Somebody speaks for so many seconds after the tone, and hangs up.
fn leave(world: &mut World, phone: PhoneId, seconds: u64) {
    world.run(2);
    world.run(seconds);
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(2);
}

fn status_of(world: &mut World, status: PresenceStatus) {
    world.change_plan(ACME, |plan| {
        plan.extensions.iter_mut().filter(|known| known.id == OWN).for_each(|known| known.presence.status = status);
    });
}

// covers: VM-02, VM-07, EXT-08
#[test]
fn vm_02_a_call_that_nobody_answers_goes_to_the_mailbox_and_the_lamp_is_lit() {
    let (mut world, alice, _) = pair();
    let mut lamp = Watcher::new(7, "102");
    lamp.subscribe(&mut world, "message-summary", "102", 600);
    assert!(text(&lamp.drain(&mut world)[0]).contains("Messages-Waiting: no"));
    dial(&mut world, alice, "102");
    world.run(11);
    assert_eq!(world.at(alice).said, [Said::Ringing, Said::Answered]);
    leave(&mut world, alice, 6);
    let message = world.ledger.voicemails.values().next().unwrap().clone();
    assert_eq!((message.extension_id, message.caller.as_str()), (OWN, "101"));
    let millis = message.millis.unwrap();
    assert!((6_000..10_000).contains(&millis), "{millis}");
    let record = world.ledger.last().unwrap();
    assert_eq!((message.call_id, record.ended_reason), (record.id, Some(Reason::MessageLeft)));
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::RoutedToMailbox) && trace.contains(&Reason::MessageKept), "{trace:?}");
    let lit = lamp.drain(&mut world).pop().unwrap();
    assert!(
        text(&lit).contains("Messages-Waiting: yes") && text(&lit).contains("Voice-Message: 1/0"),
        "{}",
        text(&lit)
    );
    world.run(601);
    lamp.drain(&mut world);
    all_gone(&mut world);
}

// covers: VM-02
#[test]
fn vm_02_who_says_nothing_or_hangs_up_before_the_tone_leaves_nothing() {
    let (mut world, alice, _) = pair();
    status_of(&mut world, PresenceStatus::DoNotDisturb);
    dial(&mut world, alice, "102");
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(2);
    assert!(world.ledger.voicemails.is_empty() && world.ledger.begun.is_empty());
    all_gone(&mut world);
}

// covers: VM-01, VM-03, VM-07
#[test]
fn vm_03_the_owner_dials_the_service_number_listens_and_deletes() {
    let (mut world, alice, bob) = pair();
    status_of(&mut world, PresenceStatus::DoNotDisturb);
    for _ in 0..2 {
        dial(&mut world, alice, "102");
        leave(&mut world, alice, 3);
    }
    assert_eq!(world.ledger.voicemails.len(), 2);
    let mut lamp = Watcher::new(7, "102");
    lamp.subscribe(&mut world, "message-summary", "102", 600);
    assert!(text(&lamp.drain(&mut world)[0]).contains("Voice-Message: 2/0"));
    dial(&mut world, bob, "999");
    assert_eq!(world.at(bob).said.last(), Some(&Said::Answered));
    world.run(1);
    press(&mut world, bob, "3");
    world.run(1);
    assert_eq!(world.ledger.voicemails.len(), 1);
    press(&mut world, bob, "2");
    world.run(1);
    assert!(world.ledger.voicemails.values().all(|message| message.heard_at.is_some()));
    press(&mut world, bob, "*");
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 0);
    assert!(text(&lamp.drain(&mut world).pop().unwrap()).contains("Voice-Message: 0/1"));
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::MailboxClosed));
    world.run(601);
    lamp.drain(&mut world);
    all_gone(&mut world);
}

// covers: VM-03
#[test]
fn vm_03_whoever_left_a_message_is_called_back_out_of_the_mailbox() {
    let (mut world, alice, bob) = pair();
    status_of(&mut world, PresenceStatus::DoNotDisturb);
    dial(&mut world, alice, "102");
    leave(&mut world, alice, 3);
    world.at(alice).manner = Manner::Answer(Duration::from_secs(1));
    dial(&mut world, bob, "999");
    world.run(1);
    press(&mut world, bob, "4");
    world.run(3);
    assert_eq!((world.at(alice).up().len(), world.at(bob).up().len()), (1, 1));
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    all_gone(&mut world);
}

// covers: EXT-06
#[test]
fn ext_06_the_pin_opens_the_mailbox_from_elsewhere_and_too_many_wrong_ones_shut_it() {
    let (mut world, alice, bob) = pair();
    status_of(&mut world, PresenceStatus::DoNotDisturb);
    set_mailbox(&mut world, VoicemailSettings { pin_required: true, ..VoicemailSettings::default() }, Some("4711"));
    dial(&mut world, bob, "999");
    press(&mut world, bob, "4711#*");
    world.run(3);
    let opened = |world: &World| world.ledger.last_trace().contains(&Reason::MailboxOpened);
    assert!(opened(&world));
    world.change_plan(ACME, |plan| {
        plan.receptionists = vec![menu(1, "800", |menu| {
            menu.prompt = None;
            menu.rows = rows(&[("1", to(mailbox(OWN)))]);
        })]
    });
    for wrong in 0..4 {
        dial(&mut world, alice, "800");
        press(&mut world, alice, "1");
        press(&mut world, alice, "*");
        press(&mut world, alice, "1#2#3#");
        world.run(5);
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(2);
        assert!(!opened(&world), "{wrong}");
    }
    dial(&mut world, alice, "800");
    press(&mut world, alice, "1");
    press(&mut world, alice, "*");
    press(&mut world, alice, "4711#");
    world.run(3);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(2);
    assert!(!opened(&world), "it is shut for a while");
    all_gone(&mut world);
}

// covers: EXT-06
#[test]
fn ext_06_without_a_mailbox_nobody_is_led_there() {
    let (mut world, alice, bob) = pair();
    set_mailbox(&mut world, VoicemailSettings { enabled: false, ..VoicemailSettings::default() }, None);
    status_of(&mut world, PresenceStatus::DoNotDisturb);
    dial(&mut world, alice, "102");
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))), "{:?}", world.at(alice).said);
    dial(&mut world, bob, "999");
    assert!(matches!(world.at(bob).said.last(), Some(Said::Failed(480, _))));
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::MailboxOff));
    all_gone(&mut world);
}

#[test]
fn a_page_changes_messages_and_they_are_there_after_a_restart() {
    let (mut world, alice, _) = pair();
    status_of(&mut world, PresenceStatus::DoNotDisturb);
    dial(&mut world, alice, "102");
    leave(&mut world, alice, 3);
    let message = world.ledger.voicemails.values().next().unwrap().clone();
    let change = |world: &mut World, extension, change| {
        world.ask(Ask::ChangeVoicemail(TenantId(1), extension, message.id, change))
    };
    for (what, heard) in [(VoicemailChange::Heard, true), (VoicemailChange::Unheard, false)] {
        assert_eq!(change(&mut world, OWN, what), Some(Answer::VoicemailChanged(true)));
        assert_eq!(world.ledger.voicemails[&message.id].heard_at.is_some(), heard);
    }
    let stranger = change(&mut world, ExtensionId(1_101), VoicemailChange::Deleted);
    assert_eq!(stranger, Some(Answer::VoicemailChanged(false)));
    let kept: Vec<_> = world.ledger.voicemails.values().cloned().collect();
    world.restart(Media::stub());
    world.tell(Input::Voicemails(kept));
    let mut lamp = Watcher::new(7, "102");
    lamp.subscribe(&mut world, "message-summary", "102", 600);
    assert!(text(&lamp.drain(&mut world)[0]).contains("Voice-Message: 1/0"));
    assert_eq!(change(&mut world, OWN, VoicemailChange::Deleted), Some(Answer::VoicemailChanged(true)));
    assert!(world.ledger.voicemails.is_empty());
}
