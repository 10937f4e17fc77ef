//! R6 and R12: random calls over a network that loses, doubles and reorders: each completes, nothing is left.

use std::time::Duration;

use sip::{DialogId, Event, Reply, Transport};

use crate::network::{A, ANSWER, B, Dice, Network, OFFER, call};

/// What a call is meant to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Answer { reliable: bool, hold: bool, late_offer: bool },
    Busy,
    GiveUp,
}

/// Plays both users: answers whatever the stacks ask.
struct Users {
    script: Script,
    caller: DialogId,
    callee: Option<DialogId>,
    answered: bool,
    acknowledged: bool,
    held: bool,
    over: [bool; 2],
}

impl Users {
    fn play(&mut self, net: &mut Network) {
        for end in [A, B] {
            for event in std::mem::take(&mut net.events[end]) {
                self.on(net, end, event);
            }
        }
        net.drain();
    }

    fn on(&mut self, net: &mut Network, end: usize, event: Event) {
        let now = net.now;
        match event {
            Event::Invited { dialog, .. } => {
                assert!(self.callee.replace(dialog).is_none(), "one INVITE, one call");
                match self.script {
                    Script::Answer { reliable, .. } => {
                        let early = if reliable { ANSWER } else { "" };
                        net.stacks[B].ring(now, dialog, Reply::status(183).body(early), reliable);
                        net.stacks[B].accept(now, dialog, Reply::status(200).body(if reliable { "" } else { ANSWER }));
                    }
                    Script::Busy => {
                        net.stacks[B].reject(now, dialog, Reply::status(486));
                        self.over[B] = true;
                    }
                    Script::GiveUp => net.stacks[B].ring(now, dialog, Reply::status(180), false),
                }
            }
            Event::Answered { dialog, .. } => {
                self.answered = true;
                if matches!(self.script, Script::Answer { late_offer: true, .. }) {
                    net.stacks[A].acknowledge(now, dialog, ANSWER.into());
                }
            }
            Event::Acknowledged { body, .. } => {
                self.acknowledged |= true;
                if let Script::Answer { late_offer: true, .. } = self.script {
                    assert_eq!(body.as_deref(), Some(ANSWER.as_bytes()));
                }
            }
            Event::Offered { dialog, .. } => net.stacks[end].answer(now, dialog, "v=0\r\nheld\r\n".into()),
            Event::OfferAnswered { .. } => self.held = true,
            Event::Failed { .. } | Event::Cancelled { .. } | Event::Ended { .. } => self.over[end] = true,
            Event::OfferRefused { status, .. } => panic!("refused with {status}"),
            _ => {}
        }
    }

    fn until(&mut self, net: &mut Network, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let (start, limit) = (net.now, net.now + Duration::from_secs(120));
        while !done(self) {
            if self.script == Script::GiveUp && net.now > start + Duration::from_millis(1_500) {
                let now = net.now;
                net.stacks[A].cancel(now, self.caller, None);
            }
            assert!(net.step() && net.now < limit, "{what} never happens: {:?} {:#?}", self.script, net.log);
            self.play(net);
        }
    }
}

fn one_call(seed: u64, loss_percent: u64) {
    let mut dice = Dice(seed);
    let transport = if seed.is_multiple_of(4) { Transport::Tcp } else { Transport::Udp };
    let mut net = Network::new(transport, seed);
    if transport == Transport::Udp {
        (net.loss_percent, net.duplicate_percent, net.delay_millis) = (loss_percent, 10, (5, 150));
    }
    let reliable = dice.below(2) == 0;
    let script = match dice.below(4) {
        0 => Script::Busy,
        1 => Script::GiveUp,
        _ => Script::Answer { reliable, hold: dice.below(2) == 0, late_offer: !reliable && dice.below(2) == 0 },
    };
    let late_offer = matches!(script, Script::Answer { late_offer: true, .. });
    let (now, flow) = (net.now, net.flows[A]);
    let body = if late_offer { "" } else { OFFER };
    let caller = net.stacks[A].invite(now, flow, sip::NewRequest { body: body.into(), ..call() });
    let mut users =
        Users { script, caller, callee: None, answered: false, acknowledged: false, held: false, over: [false; 2] };
    net.drain();
    match script {
        Script::Busy => users.until(&mut net, "the refusal", |u| u.over == [true; 2]),
        Script::GiveUp => {
            users.until(&mut net, "the end of ringing", |u| u.over[A] && (u.over[B] || u.callee.is_none()))
        }
        Script::Answer { hold, .. } => {
            users.until(&mut net, "the answer", |u| u.answered && u.acknowledged);
            let ends = [(A, caller), (B, users.callee.unwrap())];
            if hold {
                let (end, dialog) = ends[dice.below(2) as usize];
                let now = net.now;
                net.stacks[end].offer(now, dialog, "v=0\r\nhold\r\n".into());
                net.drain();
                users.until(&mut net, "hold", |u| u.held);
            }
            let (end, dialog) = ends[dice.below(2) as usize];
            let now = net.now;
            net.stacks[end].bye(now, dialog, None);
            users.over[end] = true;
            net.drain();
            users.until(&mut net, "the end", |u| u.over == [true; 2]);
        }
    }
    net.loss_percent = 0;
    net.assert_empty();
    users.play(&mut net);
}

#[test]
fn r6_every_call_completes_with_a_fifth_of_all_messages_lost() {
    for seed in 0..300 {
        one_call(seed, 20);
    }
}

#[test]
fn r6_every_call_completes_with_some_loss() {
    for seed in 1_000..1_200 {
        one_call(seed, 5);
    }
}

#[test]
fn a_seed_replays_exactly() {
    let play = || {
        let mut net = Network::new(Transport::Udp, 42);
        (net.loss_percent, net.duplicate_percent, net.delay_millis) = (20, 10, (5, 150));
        crate::call::established(&mut net);
        net.messages.iter().map(|(_, m)| m.bytes().clone()).collect::<Vec<_>>()
    };
    assert_eq!(play(), play());
}
