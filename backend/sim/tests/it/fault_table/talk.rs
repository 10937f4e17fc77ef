//! In the call.

use super::*;

pub(super) const TALKING: &[Row] = &[
    ("the caller never acknowledges the answer", Reason::AckMissing, || {
        let (mut world, alice, _) = pair();
        world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
        world.run(1);
        world.at(alice).manner = Manner::Dead;
        world.run(60);
        world
    }),
    ("the caller never confirms the ringing", Reason::PrackMissing, unconfirmed),
    ("a phone vanishes in the call", Reason::SessionTimerExpired, vanished),
    ("a connection is lost and does not come back", Reason::FlowLostEnded, lost),
    ("a device refuses to be connected anew", Reason::OfferRefused, || {
        transferring("<sip:103@acme.localhost>", |world, bob| {
            world.registered(ACME, "103");
            world.at(bob).refuses_offers = Some(488);
        })
    }),
    ("both sides change the call at the same moment", Reason::OfferGlare, || {
        transferring("<sip:103@acme.localhost>", |world, bob| {
            world.registered(ACME, "103");
            world.at(bob).refuses_offers = Some(491);
        })
    }),
    ("the server is killed in the call", Reason::ServerRestarted, || {
        let (mut world, _, _) = talking();
        world.restart(Media::real(2));
        world
    }),
    ("a transfer to an address of nonsense", Reason::ReferUnreadable, || transferring("<<nonsense", |_, _| {})),
    ("a transfer while another is under way", Reason::TransferUntimely, || {
        transferring("<sip:103@acme.localhost>", |world, bob| {
            let carol = world.registered(ACME, "103");
            world.at(carol).manner = Manner::Ring;
            let dialog = world.at(bob).up()[0];
            world.act(bob, |phone, now| phone.refer(now, dialog, "<sip:103@acme.localhost>", Vec::new()));
            world.run(1);
        })
    }),
    ("a transfer to somebody who is busy", Reason::TransferFailed, || {
        transferring("<sip:103@acme.localhost>", |world, _| {
            let carol = world.registered(ACME, "103");
            world.at(carol).manner = Manner::Refuse(486);
        })
    }),
    ("a transfer to a code that is dialled", Reason::ServiceUntimely, || {
        transferring("<sip:**103@acme.localhost>", |_, _| {})
    }),
    ("a call is parked where all slots are taken", Reason::SlotsFull, || {
        transferring("<sip:*68@acme.localhost>", |world, _| {
            world.change_plan(ACME, |plan| {
                plan.extensions[3].number = "701".into();
                plan.codes.slot_last = 701;
            });
        })
    }),
    ("a call is parked that nobody takes", Reason::ParkedInVain, || {
        in_talk(|world, alice, _| {
            world.change_plan(ACME, |plan| plan.codes.park_seconds = 10);
            let dialog = world.at(alice).up()[0];
            world.act(alice, |phone, now| phone.refer(now, dialog, "<sip:*68@acme.localhost>", Vec::new()));
            world.act(alice, |phone, now| phone.register(now, 0));
            world.run(130);
        })
    }),
    ("the tenant's code breaks", Reason::InternalFault, || {
        in_talk(|world, _, bob| {
            world.faults_wanted = true;
            world.board.break_after(shared::TenantId(1), 0);
            world.act(bob, |phone, now| phone.hang_up(now));
        })
    }),
];

fn unconfirmed() -> World {
    let (mut world, alice, bob) = pair();
    world.tell(Input::Settings(Box::new(Settings { prack: true, ..Settings::default() })));
    world.at(bob).manner = Manner::Early(Duration::from_secs(50));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run_for(Duration::from_millis(35));
    world.at(alice).manner = Manner::Dead;
    world.run(45);
    world
}

fn vanished() -> World {
    let (mut world, _, bob) = talking();
    world.at(bob).manner = Manner::Dead;
    world.run(300);
    world
}

fn lost() -> World {
    let mut world = fair();
    let alice = world.phone(ACME, "101", Transport::Tcp);
    world.act(alice, |phone, now| phone.register(now, 600));
    world.registered(ACME, "102");
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.break_connection(alice);
    world.at(alice).manner = Manner::Dead;
    world.run(35);
    world
}
