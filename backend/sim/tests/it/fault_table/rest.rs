//! Keys, messages and presence.

use super::*;

pub(super) const ELSE: &[Row] = &[
    ("somebody subscribes to weather", Reason::EventUnknown, || watching("weather", "102", 600)),
    ("somebody watches another's mailbox", Reason::NotOwn, || watching("message-summary", "102", 600)),
    ("a subscription is for five seconds", Reason::SubscriptionTooBrief, || watching("dialog", "102", 5)),
    ("a phone reads only pictures", Reason::DocumentRefused, || {
        asking("SUBSCRIBE", "sip:102@acme.localhost", "Event: dialog\r\nAccept: image/png\r\n", "")
    }),
    ("a thousand subscriptions of one extension", Reason::TooManySubscriptions, || {
        let mut world = fair();
        for n in 0..1_200_u32 {
            let mut watcher = Watcher::new((n % 200) as u8, "103");
            if watcher.subscribe(&mut world, "dialog", "102", 600).status() == 503 {
                break;
            }
            watcher.drain(&mut world);
        }
        world.run(8);
        world
    }),
    ("a picture is written to somebody", Reason::TextTypeRefused, || {
        asking("MESSAGE", "sip:102@acme.localhost", "Content-Type: image/png\r\n", "x")
    }),
    ("a message of a hundred thousand characters", Reason::TextTooLong, || {
        asking("MESSAGE", "sip:102@acme.localhost", "Content-Type: text/plain\r\n", &"x".repeat(20_000))
    }),
    ("a message of nothing", Reason::TextUnreadable, || {
        asking("MESSAGE", "sip:102@acme.localhost", "Content-Type: text/plain\r\n", "  ")
    }),
    ("more messages wait than may", Reason::TooManyMessages, || {
        let mut world = fair();
        let alice = world.registered(ACME, "101");
        for _ in 0..101 {
            world.act(alice, |phone, now| phone.write(now, "104", "hello"));
            world.run_for(Duration::from_millis(200));
        }
        world.run(8);
        world
    }),
    ("a state of presence that builds on nothing", Reason::PublicationUnknown, || {
        asking("PUBLISH", "sip:103@acme.localhost", "Event: presence\r\nSIP-If-Match: abc\r\n", "")
    }),
    ("a state of presence that is none", Reason::PublicationUnreadable, || {
        asking(
            "PUBLISH",
            "sip:103@acme.localhost",
            "Event: presence\r\nContent-Type: application/pidf+xml\r\n",
            "<nonsense",
        )
    }),
];
