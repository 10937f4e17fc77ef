//! Prompts and greetings by telephone: the devices ring, what is said is recorded, and the keys decide what becomes of it (IVR-02, EXT-07).

use std::time::Duration;

use shared::call_record::CallStatus;
use shared::live::{Answer, Ask};
use shared::prompt::{Prompt, PromptAsker, PromptWish};
use shared::reason::Reason;
use shared::{AccountId, CallId, ExtensionId, SoundId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use switch::Input;

use crate::call::{ACME, all_gone};
use crate::receptionist::{dial, press};
use crate::registration::fair;

const TENANT: TenantId = TenantId(1);
const OWN: ExtensionId = ExtensionId(1_102);

/// Bob (102), who answers after two seconds.
fn office() -> (World, PhoneId) {
    let mut world = fair();
    let bob = world.registered(ACME, "102");
    world.at(bob).said.clear();
    world.at(bob).manner = Manner::Answer(Duration::from_secs(2));
    (world, bob)
}

fn wish(extension_id: ExtensionId, is_greeting: bool) -> PromptWish {
    let asked_by = PromptAsker {
        account_id: AccountId(5),
        email: "boss@acme.example".into(),
        acting_for: None,
        address: Some("192.0.2.7".into()),
    };
    PromptWish { name: "Welcome".into(), extension_id, is_greeting, asked_by }
}

fn asked(world: &mut World, wish: PromptWish) -> Result<CallId, String> {
    match world.ask(Ask::RecordPrompt(TENANT, Box::new(wish))) {
        Some(Answer::PromptRinging(rung)) => rung,
        other => panic!("{other:?}"),
    }
}

/// Bob has answered, hears the tone, and has spoken for four seconds.
fn spoken(is_greeting: bool) -> (World, PhoneId, CallId) {
    let (mut world, bob) = office();
    let call = asked(&mut world, wish(OWN, is_greeting)).unwrap();
    world.run(4);
    world.speak(bob, 200);
    world.run(4);
    press(&mut world, bob, "#");
    (world, bob, call)
}

/// As the server does with what is to be kept.
fn keep(world: &mut World, kept: Result<(), &str>) {
    let take = world.takes.last().unwrap().clone();
    let prompt = Prompt {
        id: SoundId(77),
        tenant_id: TENANT,
        extension_id: take.wish.is_greeting.then_some(take.wish.extension_id),
        name: take.wish.name,
        millis: 4_000,
        bytes: 9_000,
        created_at: world.now,
    };
    let kept = kept.map(|()| Box::new(prompt)).map_err(str::to_owned);
    world.tell(Input::PromptKept { tenant: TENANT, call: take.call, kept });
    world.run(3);
}

fn ended(world: &World) -> Option<Reason> {
    world.ledger.last().and_then(|record| record.ended_reason)
}

// covers: IVR-02
#[test]
fn ivr_02_a_prompt_is_recorded_by_telephone_heard_recorded_again_and_kept() {
    let (mut world, bob, call) = spoken(false);
    assert!(matches!(&world.at(bob).said[0], Said::Incoming(user, name) if user == "999" && name == "Record prompt"));
    press(&mut world, bob, "1");
    assert!(world.takes.is_empty());
    press(&mut world, bob, "3");
    world.run(1);
    world.speak(bob, 150);
    world.run(3);
    press(&mut world, bob, "#2");
    let take = &world.takes[0];
    assert_eq!((take.call, take.file.tenant, take.hush), (call, TENANT, Duration::ZERO));
    assert_eq!(take.wish, wish(OWN, false), "with whoever has asked");
    assert!(world.ledger.prompts.is_empty(), "nothing is said to be kept before it is");
    keep(&mut world, Ok(()));
    assert!(world.at(bob).up().is_empty(), "the server hangs up after its last words");
    let [prompt] = &world.ledger.prompts[..] else { panic!() };
    assert_eq!((prompt.name.as_str(), prompt.extension_id), ("Welcome", None));
    assert!(world.dropped.is_empty(), "the take is the server's to remove");
    let record = world.ledger.last().unwrap();
    assert_eq!((record.id, record.caller.as_str(), record.callee_name.as_str()), (call, "102", "Record prompt"));
    assert_eq!((record.caller_extension_id, record.status), (Some(OWN), CallStatus::Answered));
    assert_eq!(record.ended_reason, Some(Reason::PromptKept));
    let trace = world.ledger.last_trace();
    assert_eq!(trace.iter().filter(|code| **code == Reason::PromptTaken).count(), 2);
    assert_eq!(trace.first(), Some(&Reason::PromptAsked));
    all_gone(&mut world);
}

// covers: EXT-07
#[test]
fn ext_07_a_greeting_is_recorded_the_same_way_at_the_own_telephone() {
    let (mut world, bob, _) = spoken(true);
    assert!(matches!(&world.at(bob).said[0], Said::Incoming(_, name) if name == "Record greeting"));
    press(&mut world, bob, "2");
    keep(&mut world, Ok(()));
    assert_eq!(world.ledger.prompts[0].extension_id, Some(OWN));
    all_gone(&mut world);
}

// covers: IVR-02
#[test]
fn ivr_02_what_is_discarded_or_hung_up_on_is_kept_by_nobody() {
    let (mut world, bob, _) = spoken(false);
    press(&mut world, bob, "*");
    world.run(3);
    assert_eq!((world.takes.len(), world.dropped.len(), ended(&world)), (0, 1, Some(Reason::PromptDiscarded)));
    all_gone(&mut world);
    let (mut world, bob, _) = spoken(false);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    assert_eq!((world.takes.len(), world.dropped.len(), ended(&world)), (0, 1, Some(Reason::PromptDiscarded)));
    all_gone(&mut world);
    // In the middle of a sentence.
    let (mut world, bob) = office();
    asked(&mut world, wish(OWN, false)).unwrap();
    world.run(4);
    world.speak(bob, 100);
    world.run(2);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    assert_eq!((world.takes.len(), world.dropped.len(), ended(&world)), (0, 1, Some(Reason::PromptDiscarded)));
    all_gone(&mut world);
    // Whoever says nothing at all is let go.
    let (mut world, bob) = office();
    asked(&mut world, wish(OWN, false)).unwrap();
    world.run(60);
    assert!(world.at(bob).up().is_empty());
    assert_eq!((world.takes.len(), ended(&world)), (0, Some(Reason::PromptDiscarded)));
    all_gone(&mut world);
}

// covers: T-05
#[test]
fn t_05_a_tenant_without_room_keeps_nothing_and_hears_so_and_late_news_find_no_call() {
    let (mut world, bob, _) = spoken(false);
    press(&mut world, bob, "2");
    keep(&mut world, Err("It takes 1 MB, and 10 MB of the company's 10 MB are in use."));
    assert_eq!(ended(&world), Some(Reason::PromptNotKept));
    assert!(world.ledger.prompts.is_empty());
    all_gone(&mut world);
    // Whoever hangs up while it is being kept has kept it.
    let (mut world, bob, _) = spoken(false);
    press(&mut world, bob, "2");
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    assert_eq!(ended(&world), Some(Reason::CallerHungUp));
    keep(&mut world, Ok(()));
    assert_eq!((world.ledger.prompts.len(), world.dropped.len()), (1, 0));
    all_gone(&mut world);
}

// covers: IVR-02
#[test]
fn ivr_02_who_cannot_be_rung_is_refused_in_a_sentence() {
    let (mut world, bob) = office();
    let refused = asked(&mut world, wish(ExtensionId(1_103), false)).unwrap_err();
    assert_eq!(refused, "No device of 103 is registered.");
    assert!(asked(&mut world, wish(ExtensionId(2_101), false)).is_err(), "of another tenant");
    // Busy, be it with the same.
    asked(&mut world, wish(OWN, false)).unwrap();
    world.run(4);
    let refused = asked(&mut world, wish(OWN, false)).unwrap_err();
    assert_eq!(refused, "102 is in a call and takes no second one.");
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    dial(&mut world, bob, "999");
    assert!(asked(&mut world, wish(OWN, false)).is_err());
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    // The telephone says no.
    world.at(bob).manner = Manner::Refuse(486);
    asked(&mut world, wish(OWN, false)).unwrap();
    world.run(3);
    assert_eq!((ended(&world), world.dropped.len()), (Some(Reason::DeviceBusy), 1));
    world.change_plan(ACME, |plan| {
        plan.extensions.iter_mut().filter(|known| known.id == OWN).for_each(|known| known.enabled = false);
    });
    assert_eq!(asked(&mut world, wish(OWN, false)).unwrap_err(), "Extension 102 is switched off.");
    world.tell(Input::Drain);
    assert!(asked(&mut world, wish(OWN, false)).is_err());
    all_gone(&mut world);
}
