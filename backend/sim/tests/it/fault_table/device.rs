//! Before a call rings, and the devices that are called.

use super::*;

pub(super) const DIALLING: &[Row] = &[
    ("the caller gives another number than its own", Reason::CallerNotAllowed, || {
        calling(|world, alice, _| world.at(alice).number = "104".into())
    }),
    ("the tenant's quota of calls is nought", Reason::QuotaConcurrentCalls, || {
        calling(|world, _, _| {
            world.change_plan(ACME, |plan| plan.quota = Quota { concurrent_calls_max: Some(0), ..Quota::default() })
        })
    }),
    ("the server is stopping", Reason::Draining, || calling(|world, _, _| world.tell(Input::Drain))),
    ("the store is behind", Reason::Overloaded, || calling(|world, _, _| world.tell(Input::Overloaded(true)))),
    ("there are more calls than the server holds", Reason::StackFull, || {
        let mut config = Config::new([7; 32], sim::world::CREDENTIAL_KEY);
        config.sent_by = [(Transport::Udp, sim::world::SERVER.to_string())].into();
        config.dialogs_max = 2;
        let mut world = World::with(1, Weather::FAIR, config, Media::real(1));
        let (alice, _) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
        for _ in 0..2 {
            world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
            world.run(5);
        }
        over(world, alice)
    }),
    ("a call is picked up where nothing rings", Reason::NothingRings, || dialling("**102", |_, _, _| {})),
    ("a held call is taken where none is held", Reason::NothingHeld, || dialling("##102", |_, _, _| {})),
    ("a slot is dialled at which nothing is parked", Reason::SlotEmpty, || dialling("705", |_, _, _| {})),
    ("the code for parking is dialled", Reason::ParkNeedsTransfer, || dialling("*68", |_, _, _| {})),
    ("the intercom calls somebody who talks", Reason::NotInterrupted, || {
        dialling("*11102", |world, _, bob| {
            world.registered(ACME, "103");
            world.act(bob, |phone, now| phone.call(now, "103", Vec::new()));
            world.run(3);
        })
    }),
    ("a group is paged whose telephone only rings", Reason::PageUnanswered, || {
        dialling("9000", |world, _, bob| {
            world.at(bob).manner = Manner::Ring;
            world.change_plan(ACME, |plan| plan.ring_groups = vec![crate::paging::group(&[1_102])]);
        })
    }),
    ("a number that nobody has is dialled", Reason::NumberUnknown, || dialling("555", |_, _, _| {})),
    ("what is dialled is no number", Reason::NumberInvalid, || dialling("sip:%20%20@acme.localhost", |_, _, _| {})),
    ("a tel: address is dialled", Reason::SchemeNotDialled, || dialling("tel:+4930123", |_, _, _| {})),
    ("a number of another domain is dialled", Reason::ForeignDomain, || {
        dialling(&format!("sip:102@{GLOBEX}"), |_, _, _| {})
    }),
    ("the caller dials itself", Reason::CalleeIsCaller, || dialling("101", |_, _, _| {})),
    ("the called extension is switched off", Reason::CalleeDisabled, || {
        calling(|world, _, _| world.change_plan(ACME, |plan| plan.extensions[1].enabled = false))
    }),
    ("the called does not want to be disturbed", Reason::CalleeNotDisturbed, || {
        calling(|world, _, _| {
            world.change_plan(ACME, |plan| plan.extensions[1].presence.status = PresenceStatus::DoNotDisturb)
        })
    }),
    ("no device of the called is registered", Reason::CalleeOffline, || dialling("103", |_, _, _| {})),
    ("a call is taken over that there is not", Reason::ReplacesUnknown, || {
        let (mut world, alice, _) = pair();
        world.act(alice, |phone, now| phone.call(now, "102", vec![Header::new("Replaces", "x;to-tag=1;from-tag=2")]));
        world.run(3);
        world
    }),
    ("a call is to be joined that there is not", Reason::JoinUnknown, || {
        joining(|_| vec!["x;to-tag=1;from-tag=2".into()])
    }),
    ("a running call is to be joined", Reason::JoinUnsupported, || joining(|own| vec![own])),
    ("two calls are to be joined at once", Reason::JoinMisused, || joining(|own| vec![own.clone(), own])),
];

/// 101 talks with 102 and calls again, asking to join what is made of the call that it has.
fn joining(headers: fn(String) -> Vec<String>) -> World {
    let (mut world, alice, _) = pair();
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(3);
    let own = world.at(alice).replaces().unwrap();
    let headers = headers(own).into_iter().map(|value| Header::new("Join", value)).collect();
    world.act(alice, |phone, now| phone.call(now, "102", headers));
    world.run(3);
    world
}

pub(super) const DEVICES: &[Row] = &[
    ("the device is busy", Reason::DeviceBusy, || refusing(486)),
    ("the device declines", Reason::DeviceDeclined, || refusing(603)),
    ("the device is off the network", Reason::DeviceUnreachable, || {
        calling(|world, _, bob| world.at(bob).manner = Manner::Dead)
    }),
    ("the device's connection breaks while it rings", Reason::DeviceDisconnected, disconnected),
    ("the device answers 480", Reason::DeviceUnavailable, || refusing(480)),
    ("the device answers 404", Reason::DeviceUnknownUser, || refusing(404)),
    ("the device answers 401", Reason::DeviceAsksCredentials, || refusing(401)),
    ("the device answers 403", Reason::DeviceForbids, || refusing(403)),
    ("the device answers 405", Reason::DeviceMethodRefused, || refusing(405)),
    ("the device answers 420", Reason::DeviceExtensionRefused, || refusing(420)),
    ("the device answers 422", Reason::DeviceIntervalRefused, || refusing(422)),
    ("the device answers 503", Reason::DeviceOverloaded, || refusing(503)),
    ("the device answers 482", Reason::DeviceLoop, || refusing(482)),
    ("the device answers 415", Reason::DeviceBodyRefused, || refusing(415)),
    ("the device answers 488", Reason::DeviceMediaRefused, || refusing(488)),
    ("the device answers 500", Reason::DeviceBroken, || refusing(500)),
    ("the device answers 499", Reason::DeviceFailed, || refusing(499)),
    ("the device sends the call to a stranger", Reason::RedirectRefused, || {
        calling(|world, _, bob| {
            world.at(bob).manner = Manner::Refuse(302);
            world.at(bob).refusal_headers = vec![Header::new("Contact", "<sip:5@elsewhere.example>")];
        })
    }),
    ("nobody answers", Reason::NoAnswer, || calling(|world, _, bob| world.at(bob).manner = Manner::Ring)),
];

fn disconnected() -> World {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.phone(ACME, "102", Transport::Tcp);
    world.act(bob, |phone, now| phone.register(now, 600));
    world.run(1);
    world.at(bob).manner = Manner::Dead;
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    let flow = world.at(bob).flow_of_server();
    let now = world.now;
    world.network.send(now, Parcel::Closed(flow));
    world.run(2);
    over(world, alice)
}
