//! Guesses at PINs over several calls (security S24): of mailboxes and of conference rooms.

use shared::destination::Destination;
use shared::reason::{Reason, TraceStep};
use shared::voicemail::VoicemailSettings;
use shared::{ExtensionId, TenantId};
use sim::{PhoneId, World};
use switch::{Mailbox, Pin};

use crate::call::{ACME, all_gone};
use crate::conference::{hall, hang_up, standing};
use crate::receptionist::{dial, menu, press, rows, to};
use crate::registration::fair;

const OWN: ExtensionId = ExtensionId(1_102);

/// Alice (101) and Bob (102), whose mailbox has a PIN that is asked for everywhere; the receptionist at 800 leads to it.
fn guarded() -> (World, PhoneId, PhoneId) {
    let mut world = fair();
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    let settings = VoicemailSettings { pin_required: true, ..VoicemailSettings::default() };
    let mailbox = Mailbox { settings, pin: Some(Pin::new("4711".into())) }.shared();
    world.change_plan(ACME, |plan| {
        plan.extensions.iter_mut().filter(|known| known.id == OWN).for_each(|known| known.mailbox = mailbox.clone());
        plan.receptionists = vec![menu(1, "800", |menu| {
            menu.prompt = None;
            menu.rows = rows(&[("1", to(Destination::Voicemail { mailbox_id: OWN }))]);
        })]
    });
    (world, alice, bob)
}

/// The phone opens Bob's mailbox from elsewhere and types this.
fn guess(world: &mut World, phone: PhoneId, keys: &str) {
    dial(world, phone, "800");
    press(world, phone, "1");
    press(world, phone, "*");
    press(world, phone, keys);
    world.run(5);
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(2);
}

/// The owner opens it from its own telephone.
fn own(world: &mut World, phone: PhoneId, keys: &str) {
    dial(world, phone, "999");
    press(world, phone, keys);
    world.run(5);
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(2);
}

fn has(world: &World, code: Reason) -> bool {
    world.ledger.last_trace().contains(&code)
}

fn step(world: &World, code: Reason) -> TraceStep {
    let (_, trace) = world.ledger.closed.last().unwrap();
    trace.iter().find(|step| step.code == code).unwrap().clone()
}

fn count(world: &World, code: Reason) -> usize {
    let steps = world.ledger.closed.iter().flat_map(|(_, trace)| trace);
    steps.filter(|step| step.code == code).count()
}

// covers: S24, EXT-06
#[test]
fn s24_wrong_pins_count_over_calls_and_the_owner_is_not_locked_out() {
    let (mut world, alice, bob) = guarded();
    guess(&mut world, alice, "1#2#3#");
    assert!(has(&world, Reason::PinWrong) && !has(&world, Reason::PinsSpent), "three wrong ones end a call");
    guess(&mut world, alice, "1#2#3#");
    let spent = step(&world, Reason::PinsSpent);
    let sentence = "Too many wrong PINs were typed at 102: none is taken for 5 minutes from this caller.";
    assert_eq!(spent.sentence(), sentence);
    for _ in 0..3 {
        guess(&mut world, alice, "4711#");
        assert!(!has(&world, Reason::MailboxOpened) && !has(&world, Reason::PinWrong), "none is asked for");
        let record = world.ledger.last().unwrap();
        assert_eq!(record.ended_reason, Some(Reason::PinShut));
    }
    assert_eq!(count(&world, Reason::PinsSpent), 1, "told once");
    own(&mut world, bob, "4711#");
    assert!(has(&world, Reason::MailboxOpened), "the owner comes in");
    world.run(300);
    guess(&mut world, alice, "4711#");
    assert!(has(&world, Reason::MailboxOpened), "five minutes are over");
    // The right one has begun the count anew; the next time is as short as the first.
    guess(&mut world, alice, "1#2#3#");
    assert!(!has(&world, Reason::PinsSpent));
    guess(&mut world, alice, "1#2#3#");
    assert_eq!(step(&world, Reason::PinsSpent).rule, "5 minutes from this caller");
    world.run(300);
    for _ in 0..2 {
        guess(&mut world, alice, "1#2#3#");
    }
    assert_eq!(step(&world, Reason::PinsSpent).rule, "15 minutes from this caller", "it grows");
    all_gone(&mut world);
}

// covers: S24
#[test]
fn s24_calls_at_the_same_time_have_no_more_guesses_than_one_after_the_other() {
    let (mut world, alice, _) = guarded();
    for _ in 0..3 {
        dial(&mut world, alice, "800");
    }
    press(&mut world, alice, "1");
    press(&mut world, alice, "*");
    press(&mut world, alice, "1#2#4711#");
    world.run(5);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(2);
    assert_eq!(world.ledger.closed.len(), 3);
    assert_eq!(count(&world, Reason::PinWrong), 7, "six guesses, and a call that ended by them");
    assert_eq!(count(&world, Reason::PinsSpent), 1);
    assert_eq!(count(&world, Reason::MailboxOpened), 0, "the seventh was the right one, and none was taken");
    all_gone(&mut world);
}

// covers: S24
#[test]
fn s24_a_fault_of_the_tenant_forgets_no_guesses() {
    let (mut world, alice, bob) = guarded();
    for _ in 0..2 {
        guess(&mut world, alice, "1#2#3#");
    }
    assert!(has(&world, Reason::PinsSpent));
    dial(&mut world, bob, "800");
    world.faults_wanted = true;
    world.board.break_after(TenantId(1), 0);
    hang_up(&mut world, bob);
    world.run(3);
    assert!(world.board.has_broken());
    guess(&mut world, alice, "4711#");
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::PinShut));
}

// covers: S24, EXT-06
#[test]
fn s24_whoever_guesses_at_the_owners_telephone_shuts_that_alone() {
    let (mut world, alice, bob) = guarded();
    for _ in 0..2 {
        own(&mut world, bob, "1#2#3#");
    }
    assert!(has(&world, Reason::PinsSpent));
    own(&mut world, bob, "4711#");
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::PinShut));
    guess(&mut world, alice, "4711#");
    assert!(has(&world, Reason::MailboxOpened), "from elsewhere it opens");
    world.run(300);
    own(&mut world, bob, "4711#");
    assert!(has(&world, Reason::MailboxOpened));
    all_gone(&mut world);
}

// covers: S24, CONF-02
#[test]
fn s24_the_pin_of_a_room_is_not_guessed_in_many_calls() {
    let (mut world, [alice, bob, _, dave]) = hall(|settings| {
        (settings.pin, settings.moderator_pin) = ("1234".into(), "98765".into());
        settings.moderators = vec![ExtensionId(1_104)];
    });
    for _ in 0..2 {
        dial(&mut world, alice, "8008");
        press(&mut world, alice, "1#2#3#");
        world.run(15);
        assert_eq!(world.at(alice).up().len(), 0);
        assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::ConferencePinWrong));
    }
    assert_eq!(step(&world, Reason::PinsSpent).rule, "5 minutes from this caller");
    dial(&mut world, alice, "8008");
    press(&mut world, alice, "1234#");
    world.run(15);
    assert_eq!(world.at(alice).up().len(), 0);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::PinShut));
    dial(&mut world, bob, "8008");
    press(&mut world, bob, "1234#");
    dial(&mut world, dave, "8008");
    let who = standing(&mut world).unwrap().participants.len();
    assert_eq!(who, 2, "others come in, with a PIN or without");
    world.run(300);
    dial(&mut world, alice, "8008");
    press(&mut world, alice, "1234#");
    assert_eq!(standing(&mut world).unwrap().participants.len(), 3);
    for phone in [alice, bob, dave] {
        hang_up(&mut world, phone);
    }
    all_gone(&mut world);
}

// covers: S24, CONF-02
#[test]
fn s24_whoever_is_in_a_room_guesses_no_more_at_its_moderators_pin_by_coming_again() {
    let (mut world, [alice, ..]) =
        hall(|settings| (settings.pin, settings.moderator_pin) = ("1234".into(), "98765".into()));
    for round in 0..3 {
        dial(&mut world, alice, "8008");
        press(&mut world, alice, "1234#");
        press(&mut world, alice, "*111#");
        press(&mut world, alice, if round < 2 { "22#33#" } else { "98765#" });
        world.run(15);
        assert_eq!(world.at(alice).up().len(), 0, "{round}");
    }
    assert_eq!(count(&world, Reason::PinsSpent), 1);
    assert_eq!(count(&world, Reason::ConferencePinWrong) / 2, 4, "six guesses, and two calls that ended by them");
    assert_eq!(count(&world, Reason::ConferenceModerated), 0);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::PinShut));
    dial(&mut world, alice, "8008");
    press(&mut world, alice, "1234#");
    assert_eq!(standing(&mut world).unwrap().participants.len(), 1, "the room itself is open to it");
    hang_up(&mut world, alice);
    all_gone(&mut world);
}
