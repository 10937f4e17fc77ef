//! R12: random scripts by two users against a small model: whatever they do, and whatever the network loses, no dialog is
//! stuck, each call ends once at each end, and nothing is left.

use std::collections::BTreeMap;
use std::time::Duration;

use sip::{DialogId, Event, NewRequest, Reply, Transport};

use crate::network::{A, ANSWER, B, Dice, Network, OFFER, call};

/// What a user knows of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Calling { late_offer: bool },
    Called,
    Talking,
    Over,
}

struct User {
    end: usize,
    calls: BTreeMap<DialogId, Stage>,
    open_offers: Vec<DialogId>,
}

impl User {
    fn on(&mut self, net: &mut Network, dice: &mut Dice, event: Event) {
        let (now, end) = (net.now, self.end);
        match event {
            Event::Invited { dialog, .. } => assert_eq!(self.calls.insert(dialog, Stage::Called), None),
            Event::Answered { dialog, .. } => {
                let Some(Stage::Calling { late_offer }) = self.calls.insert(dialog, Stage::Talking) else {
                    panic!("answered twice or unasked: {dialog:?}")
                };
                if late_offer {
                    net.stacks[end].acknowledge(now, dialog, ANSWER.into());
                }
            }
            Event::Failed { dialog, .. } => {
                let before = self.calls.insert(dialog, Stage::Over);
                assert!(matches!(before, Some(Stage::Calling { .. })), "{before:?}");
            }
            Event::Cancelled { dialog, .. } => assert_eq!(self.calls.insert(dialog, Stage::Over), Some(Stage::Called)),
            Event::Ended { dialog, .. } => assert_eq!(self.calls.insert(dialog, Stage::Over), Some(Stage::Talking)),
            Event::Offered { dialog, .. } => {
                assert!(self.calls[&dialog] != Stage::Over);
                self.open_offers.push(dialog);
            }
            Event::Request { request, dialog, .. } => {
                assert!(dialog.is_none_or(|d| self.calls[&d] != Stage::Over));
                net.stacks[end].respond(now, request, Reply::status(if dice.below(5) == 0 { 481 } else { 200 }));
            }
            Event::Trying { dialog } | Event::Progress { dialog, .. } => {
                assert!(matches!(self.calls[&dialog], Stage::Calling { .. }))
            }
            Event::Acknowledged { dialog, .. }
            | Event::OfferAnswered { dialog, .. }
            | Event::OfferRefused { dialog, .. } => {
                assert!(self.calls[&dialog] != Stage::Over, "an event after the end");
            }
            Event::Response { .. } | Event::Glare { .. } => {}
            Event::Refused { .. } => {}
            Event::TurnedAway { .. } => panic!("nothing is turned away here"),
            Event::Guarded { .. } => panic!("nothing is guarded here"),
        }
    }

    fn act(&mut self, net: &mut Network, dice: &mut Dice) {
        let (now, end) = (net.now, self.end);
        let flow = net.flows[end];
        if dice.below(6) == 0 {
            let late_offer = dice.below(4) == 0;
            let body = if late_offer { "" } else { OFFER };
            let dialog = net.stacks[end].invite(now, flow, NewRequest { body: body.into(), ..call() });
            self.calls.insert(dialog, Stage::Calling { late_offer });
            return;
        }
        if let Some(dialog) = self.open_offers.pop() {
            match dice.below(3) {
                0 => net.stacks[end].refuse_offer(now, dialog, 488),
                _ => net.stacks[end].answer(now, dialog, format!("v=0\r\nanswer {}\r\n", dice.next()).into()),
            }
            return;
        }
        let live: Vec<_> = self.calls.iter().filter(|(_, s)| **s != Stage::Over).map(|(d, s)| (*d, *s)).collect();
        if live.is_empty() {
            return;
        }
        let (dialog, stage) = live[dice.below(live.len() as u64) as usize];
        let stack = &mut net.stacks[end];
        match (stage, dice.below(8)) {
            (Stage::Called, 0) => {
                stack.reject(now, dialog, Reply::status(486));
                self.calls.insert(dialog, Stage::Over);
            }
            (Stage::Called, 1 | 2) => stack.ring(now, dialog, Reply::status(180), dice.below(2) == 0),
            (Stage::Called, 3) => stack.ring(now, dialog, Reply::status(183).body(ANSWER), true),
            (Stage::Called, 4..=6) => {
                stack.accept(now, dialog, Reply::status(200).body(ANSWER));
                self.calls.insert(dialog, Stage::Talking);
            }
            (Stage::Calling { .. }, 0..=2) => stack.cancel(now, dialog, Some("SIP;cause=200")),
            (_, 0) => {
                stack.bye(now, dialog, None);
                self.calls.insert(dialog, Stage::Over);
            }
            (Stage::Talking, 1..=4) | (Stage::Calling { .. }, 5) => {
                stack.offer(now, dialog, format!("v=0\r\n{}\r\n", dice.next()).into())
            }
            (Stage::Talking, 5 | 6) => {
                stack.request_in_dialog(now, dialog, "INFO", vec![], "".into());
            }
            _ => {}
        }
    }
}

fn play(seed: u64, loss_percent: u64) {
    let mut dice = Dice(seed ^ 0xabcd);
    let transport = if seed.is_multiple_of(5) { Transport::Ws } else { Transport::Udp };
    let mut net = Network::new(transport, seed);
    if transport == Transport::Udp {
        (net.loss_percent, net.duplicate_percent, net.delay_millis) = (loss_percent, 10, (1, 400));
    }
    let mut users = [A, B].map(|end| User { end, calls: BTreeMap::new(), open_offers: vec![] });
    let settle = |net: &mut Network, users: &mut [User; 2], dice: &mut Dice| {
        net.drain();
        for user in users.iter_mut() {
            for event in std::mem::take(&mut net.events[user.end]) {
                user.on(net, dice, event);
            }
        }
        net.drain();
    };
    for _ in 0..120 {
        let until = net.now + Duration::from_millis(dice.below(1_500));
        while net.next_at().is_some_and(|at| at <= until) {
            net.step();
            settle(&mut net, &mut users, &mut dice);
        }
        net.now = until;
        let user = &mut users[dice.below(2) as usize];
        user.act(&mut net, &mut dice);
        settle(&mut net, &mut users, &mut dice);
    }
    // Everybody hangs up; the network may still lose, but both ends forget in the end.
    for user in &mut users {
        for (dialog, stage) in user.calls.iter_mut().filter(|(_, s)| **s != Stage::Over) {
            let now = net.now;
            net.stacks[user.end].bye(now, *dialog, None);
            *stage = Stage::Over;
        }
    }
    settle_late(&mut net, &mut users);
    let until = net.now + Duration::from_secs(600);
    while net.next_at().is_some_and(|at| at <= until) {
        net.step();
        settle_late(&mut net, &mut users);
    }
    for user in &users {
        assert!(user.calls.values().all(|s| *s == Stage::Over), "seed {seed}: {:?}", user.calls);
        assert_eq!(net.stacks[user.end].sizes(), (0, 0), "seed {seed}");
    }
}

/// After everybody has left, only calls that were on their way still arrive; they are refused.
fn settle_late(net: &mut Network, users: &mut [User; 2]) {
    net.drain();
    for user in users.iter_mut() {
        for event in std::mem::take(&mut net.events[user.end]) {
            match event {
                Event::Invited { dialog, .. } => {
                    let now = net.now;
                    net.stacks[user.end].reject(now, dialog, Reply::status(480));
                    assert_eq!(user.calls.insert(dialog, Stage::Over), None);
                }
                Event::Response { .. } | Event::Request { .. } => {}
                other => panic!("no further events after bye: {other:?}"),
            }
        }
    }
    net.drain();
}

#[test]
fn r12_random_scripts_on_a_good_network_leave_nothing() {
    for seed in 0..40 {
        play(seed, 0);
    }
}

#[test]
fn r12_random_scripts_on_a_lossy_network_leave_nothing() {
    for seed in 1_000..1_060 {
        play(seed, 15);
    }
}
