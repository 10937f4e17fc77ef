//! Calls to and from the outside, by carriers that speak SIP as text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use shared::call_record::CallDirection;
use shared::destination::Destination;
use shared::dialing::DialingCodes;
use shared::did::{DidPool, Mask};
use shared::hours::Hours;
use shared::inbound_rule::{InboundRule, InboundSettings};
use shared::live::{Answer, Ask};
use shared::outbound_rule::{OutboundRoute, OutboundRule, OutboundSettings};
use shared::reason::Reason;
use shared::trunk::{TrunkMode, TrunkSettings, TrunkState, TrunkTransport};
use shared::{ExtensionId, InboundRuleId, Moment, OutboundRuleId, TenantId, TrunkId};
use sim::phone::description;
use sim::{Manner, PhoneId, Said, World};
use sip::{ConnectionId, Flow, Header, Message, Transport};
use switch::Input;
use switch::trunk::TrunkPlan;

use crate::call::{ACME, all_gone};
use crate::registration::fair;

/// What a carrier does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// 100, then 200.
    Answer,
    /// This status at once.
    Refuse(u16),
    /// 100, and nothing for so many seconds, then 200.
    Wait(u64),
    /// Nothing at all, to nobody.
    Nothing,
}

/// A carrier at an address.
pub struct Carrier {
    pub address: SocketAddr,
    does: Does,
    /// What it has been sent, each request once.
    requests: Vec<Message>,
    /// What came as an answer.
    responses: Vec<Message>,
    /// Answers that wait for their time.
    later: Vec<(Moment, Message)>,
    /// The secret that it asks for; empty asks for none.
    secret: &'static str,
}

impl Carrier {
    pub fn new(place: u8) -> Self {
        let address = SocketAddr::from(([198, 51, 100, place], 5_060));
        Self { address, does: Does::Answer, requests: vec![], responses: vec![], later: vec![], secret: "" }
    }

    pub fn plan(&self, id: i64, pool: &str) -> (TrunkPlan, Vec<SocketAddr>) {
        let settings = TrunkSettings {
            name: format!("Carrier {id}"),
            host: format!("carrier{id}.example"),
            ..TrunkSettings::default()
        };
        let pools = BTreeMap::from([(TenantId(1), DidPool::parse(pool).unwrap())]);
        (TrunkPlan { id: TrunkId(id), owner: None, settings, password: String::new(), pools }, vec![self.address])
    }

    /// Of one method, in order.
    pub fn of(&self, method: &str) -> Vec<&Message> {
        self.requests.iter().filter(|message| message.method() == method).collect()
    }

    fn turn(&mut self, world: &mut World) {
        let (mine, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut world.strayed).into_iter().partition(|(to, _)| *to == self.address);
        world.strayed = others;
        for (_, bytes) in mine {
            let message = Message::parse(bytes).unwrap();
            if message.method().is_empty() {
                self.responses.push(message);
                continue;
            }
            let same = |known: &Message| (known.call_id(), known.cseq()) == (message.call_id(), message.cseq());
            if !self.requests.iter().any(same) {
                self.requests.push(message.clone());
            }
            self.take(world, &message);
        }
        let (due, later) = std::mem::take(&mut self.later).into_iter().partition(|(at, _)| *at <= world.now);
        self.later = later;
        let due: Vec<(Moment, Message)> = due;
        for (_, message) in due {
            self.reply(world, &message, 200, "");
        }
    }

    fn take(&mut self, world: &mut World, message: &Message) {
        match (message.method(), self.does) {
            (_, Does::Nothing) | ("ACK", _) => {}
            ("REGISTER" | "INVITE", _) if !self.secret.is_empty() && message.header("Authorization").is_none() => {
                let challenge =
                    "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n";
                self.reply(world, message, 401, challenge);
            }
            ("REGISTER", _) => self.reply(world, message, 200, "Expires: 300\r\n"),
            ("INVITE", Does::Refuse(status)) => self.reply(world, message, status, ""),
            ("INVITE", Does::Wait(seconds)) => {
                self.reply(world, message, 100, "");
                self.later.push((world.now + Duration::from_secs(seconds), message.clone()));
            }
            ("INVITE", Does::Answer) => {
                self.reply(world, message, 100, "");
                self.reply(world, message, 200, "");
            }
            _ => self.reply(world, message, 200, ""),
        }
    }

    fn reply(&self, world: &mut World, request: &Message, status: u16, more: &str) {
        let mut text = format!("SIP/2.0 {status} Said\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let fresh = name == "To" && status > 100 && request.to_tag().is_empty();
            let tag = if fresh { ";tag=carrier" } else { "" };
            write!(text, "{name}: {}{tag}\r\n", request.header(name).unwrap()).unwrap();
        }
        let answers = status == 200 && request.method() == "INVITE";
        let body = if answers { description(self.address.ip(), 40_000, "sendrecv") } else { Bytes::new() };
        let kind = if answers { "Content-Type: application/sdp\r\n" } else { "" };
        let contact = format!("Contact: <sip:carrier@{}>\r\n", self.address);
        write!(text, "{more}{contact}{kind}Content-Length: {}\r\n\r\n", body.len()).unwrap();
        self.throw(world, &[text.as_bytes(), &body].concat());
    }

    fn throw(&self, world: &mut World, bytes: &[u8]) {
        let flow = Flow { transport: Transport::Udp, connection: ConnectionId::NEW, remote: self.address };
        world.throw_over(flow, Bytes::copy_from_slice(bytes));
    }

    /// What the server answers to a request of its own.
    pub fn said(&mut self, world: &mut World, request: &str) -> Message {
        let asked = Message::parse(Bytes::copy_from_slice(request.as_bytes())).unwrap();
        self.throw(world, request.as_bytes());
        run(world, &mut [self], 1);
        let same = |answer: &&Message| (answer.call_id(), answer.cseq()) == (asked.call_id(), asked.cseq());
        let Some(answer) = self.responses.iter().rev().find(same) else { panic!("no answer to {request}") };
        answer.clone()
    }

    /// It calls: who, whom.
    pub fn call(&self, world: &mut World, caller: &str, called: &str) {
        self.call_as(world, caller, called, &format!("in-{caller}-{called}"));
    }

    /// The same with a Call-ID of its own.
    pub fn call_as(&self, world: &mut World, caller: &str, called: &str, call_id: &str) {
        let body = description(self.address.ip(), 40_000, "sendrecv");
        let (remote, length) = (self.address, body.len());
        let text = format!(
            "INVITE sip:{called}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {remote};branch=z9hG4bK-{call_id}\r\n\
             Max-Forwards: 70\r\nFrom: \"Bob Outside\" <sip:{caller}@carrier.example>;tag=o\r\n\
             To: <sip:{called}@carrier.example>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n\
             Contact: <sip:{caller}@{remote}>\r\nContent-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n"
        );
        self.throw(world, &[text.as_bytes(), &body].concat());
    }
}

pub fn run(world: &mut World, carriers: &mut [&mut Carrier], seconds: u64) {
    for _ in 0..seconds * 10 {
        world.run_for(Duration::from_millis(100));
        carriers.iter_mut().for_each(|carrier| carrier.turn(world));
    }
    // What they said last is heard.
    world.run_for(Duration::from_millis(50));
}

pub fn rule(prefixes: &str, routes: &[(i64, u8, &str)]) -> OutboundRule {
    let route = |(trunk, strip, prepend): &(i64, u8, &str)| OutboundRoute {
        trunk_id: TrunkId(*trunk),
        strip: *strip,
        prepend: (*prepend).to_owned(),
    };
    OutboundRule {
        id: OutboundRuleId(1),
        tenant_id: TenantId(1),
        position: 1,
        settings: OutboundSettings {
            name: "Abroad".into(),
            prefixes: prefixes.into(),
            routes: routes.iter().map(route).collect(),
            ..OutboundSettings::default()
        },
    }
}

/// Alice (101) of Acme, with one rule for what begins with 00: by carrier 1 with `+` for `00`, else by carrier 2 as dialled.
pub fn abroad() -> (World, PhoneId, Carrier, Carrier) {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    world.at(alice).said.clear();
    let (one, two) = (Carrier::new(1), Carrier::new(2));
    world.change_plan(ACME, |plan| plan.outbound_rules = vec![rule("00", &[(1, 2, "+"), (2, 0, "")])]);
    world.set_trunks(vec![one.plan(1, "49301110-49301119"), two.plan(2, "*")]);
    (world, alice, one, two)
}

pub fn dial(world: &mut World, alice: PhoneId, number: &str) {
    world.act(alice, |phone, now| phone.call(now, number, Vec::new()));
}

fn states(world: &mut World) -> Vec<TrunkState> {
    let Some(Answer::Trunks(standings)) = world.ask(Ask::Trunks) else { panic!("no answer") };
    standings.into_values().map(|standing| standing.state).collect()
}

// covers: OUT-02, OUT-03, TRK-03, TRK-09
#[test]
fn out_03_a_call_leaves_by_the_first_trunk_with_its_digits_changed() {
    let (mut world, alice, mut one, mut two) = abroad();
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(world.at(alice).said, [Said::Answered]);
    let invite = one.of("INVITE")[0];
    assert_eq!(invite.request_uri().unwrap().text, "sip:+442345@carrier1.example");
    assert_eq!(invite.header("From").unwrap().split(';').next(), Some("\"Person 101\" <sip:101@carrier1.example>"));
    assert_eq!(invite.header("To"), Some("<sip:+442345@carrier1.example>"));
    for hidden in ["P-Asserted-Identity", "Remote-Party-ID", "Diversion", "Privacy"] {
        assert_eq!(invite.header(hidden), None, "{hidden}");
    }
    assert!(!String::from_utf8_lossy(invite.bytes()).contains(ACME), "a trunk learns nothing of the tenant's domain");
    assert_eq!(two.of("INVITE").len(), 0);
    let Some(Answer::Trunks(standings)) = world.ask(Ask::Trunks) else { panic!("no answer") };
    assert_eq!(standings.values().map(|standing| standing.calls).collect::<Vec<_>>(), [1, 0]);
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(one.of("BYE").len(), 1);
    all_gone(&mut world);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!((record.direction, record.callee.as_str()), (CallDirection::Out, "00442345"));
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::RoutedOutside) && trace.contains(&Reason::TrunkChosen), "{trace:?}");
    let Some(Answer::Trunks(standings)) = world.ask(Ask::Trunks) else { panic!("no answer") };
    assert!(standings.values().all(|standing| standing.calls == 0));
}

// covers: OUT-02
#[test]
fn out_02_the_next_trunk_is_tried_for_what_the_trunk_lacks_and_not_for_what_the_called_wants() {
    for (does, by_second, heard) in [
        (Does::Refuse(503), true, Said::Answered),
        (Does::Refuse(500), true, Said::Answered),
        (Does::Refuse(404), true, Said::Answered),
        (Does::Nothing, true, Said::Answered),
        (Does::Wait(8), false, Said::Answered),
        (Does::Refuse(486), false, Said::Failed(486, String::new())),
        (Does::Refuse(600), false, Said::Failed(600, String::new())),
        (Does::Refuse(603), false, Said::Failed(603, String::new())),
    ] {
        let (mut world, alice, mut one, mut two) = abroad();
        one.does = does;
        dial(&mut world, alice, "00442345");
        run(&mut world, &mut [&mut one, &mut two], 10);
        let last = match world.at(alice).said.last().cloned() {
            Some(Said::Failed(status, _)) => Said::Failed(status, String::new()),
            other => other.unwrap(),
        };
        assert_eq!(last, heard, "{does:?}");
        let sent: Vec<String> =
            two.of("INVITE").iter().map(|invite| invite.request_uri().unwrap().user.to_owned()).collect();
        assert_eq!(sent, if by_second { vec!["00442345".to_owned()] } else { vec![] }, "{does:?}");
        if world.at(alice).up().len() == 1 {
            world.act(alice, |phone, now| phone.hang_up(now));
        }
        // The question whether it is there has its answer too.
        one.does = Does::Answer;
        run(&mut world, &mut [&mut one, &mut two], 40);
        all_gone(&mut world);
    }
}

// covers: OUT-02
#[test]
fn out_02_a_trunk_that_was_silent_is_tried_last_for_a_minute() {
    let (mut world, alice, mut one, mut two) = abroad();
    one.does = Does::Nothing;
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 6);
    assert_eq!(world.at(alice).said, [Said::Answered]);
    assert!(world.at(alice).up().len() == 1);
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one, &mut two], 1);
    assert!(world.ledger.last_trace().contains(&Reason::TrunkSilent));
    let before = one.of("INVITE").len();
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 1);
    assert_eq!((one.of("INVITE").len(), two.of("INVITE").len()), (before, 2), "it goes by the second at once");
}

// covers: OUT-02
#[test]
fn out_02_with_every_trunk_away_the_call_fails_and_says_why() {
    let (mut world, alice, mut one, mut two) = abroad();
    (one.does, two.does) = (Does::Nothing, Does::Nothing);
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 12);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))), "{:?}", world.at(alice).said);
    run(&mut world, &mut [&mut one, &mut two], 60);
    assert_eq!(states(&mut world), [TrunkState::Disconnected, TrunkState::Disconnected]);
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(503, _))), "{:?}", world.at(alice).said);
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::TrunkDisconnected));
    // They are back: asked again within seconds.
    (one.does, two.does) = (Does::Answer, Does::Answer);
    run(&mut world, &mut [&mut one, &mut two], 50);
    assert_eq!(states(&mut world), [TrunkState::Connected, TrunkState::Connected]);
}

// covers: TRK-05, TRK-11
#[test]
fn trk_05_a_trunk_that_cannot_be_connected_to_says_why() {
    let mut world = fair();
    let carrier = Carrier::new(7);
    let (mut plan, targets) = carrier.plan(1, "*");
    plan.settings.transport = TrunkTransport::Tls;
    plan.settings.options_seconds = Some(5);
    world.set_trunks(vec![(plan, targets)]);
    let flow = Flow { transport: Transport::Tls, connection: ConnectionId::NEW, remote: carrier.address };
    for _ in 0..2 {
        world.run(5);
        world.tell(Input::FlowUnreached(flow, "TLS: a stranger".into()));
        world.tell(Input::FlowClosed(flow));
    }
    world.run(1);
    let Some(Answer::Trunks(standings)) = world.ask(Ask::Trunks) else { panic!("no answer") };
    let standing = &standings[&TrunkId(1)];
    assert_eq!(standing.state, TrunkState::Disconnected);
    assert_eq!(standing.why, "no answer to OPTIONS: TLS: a stranger");
}

// covers: TRK-05
#[test]
fn trk_05_a_trunk_for_protected_sound_takes_no_call_in_the_open() {
    let (mut world, bob, mut carrier) = reachable();
    let to = to_102();
    world.change_plan(ACME, |plan| plan.inbound_rules = vec![inbound(1, "49301110", "", to)]);
    let (mut plan, targets) = carrier.plan(1, "49301110-49301119");
    plan.settings.transport = TrunkTransport::Tls;
    plan.settings.requires_srtp = true;
    world.set_trunks(vec![(plan, targets)]);
    world.at(bob).said.clear();
    carrier.call(&mut world, "4915112345", "49301110");
    run(&mut world, &mut [&mut carrier], 2);
    assert_eq!(final_status(&carrier), Some(488));
    assert!(world.at(bob).up().is_empty());
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::MediaUnprotected));
    all_gone(&mut world);
}

// covers: OUT-01, TRK-05, TRK-07, TRK-11
#[test]
fn trk_11_what_no_rule_or_trunk_takes_is_refused_with_its_reason() {
    type Change = fn(&mut Vec<(TrunkPlan, Vec<SocketAddr>)>);
    let cases: [(&str, Change, u16, Reason); 6] = [
        ("112233", |_| {}, 404, Reason::NumberUnknown),
        ("00442345", |all| all.iter_mut().for_each(|(plan, _)| plan.settings.enabled = false), 503, Reason::TrunkOff),
        ("00442345", |all| all.iter_mut().for_each(|(_, targets)| targets.clear()), 503, Reason::TrunkNowhere),
        ("00442345", |all| all.iter_mut().for_each(|(plan, _)| plan.pools.clear()), 503, Reason::TrunkNotAssigned),
        ("00442345", |all| all.clear(), 503, Reason::TrunkNotAssigned),
        (
            "00442345",
            |all| all.iter_mut().for_each(|(plan, _)| plan.settings.calls_max = Some(0)),
            503,
            Reason::TrunkFull,
        ),
    ];
    for (dialled, change, status, reason) in cases {
        let (mut world, alice, mut one, mut two) = abroad();
        let mut trunks = vec![one.plan(1, "*"), two.plan(2, "*")];
        change(&mut trunks);
        world.set_trunks(trunks);
        dial(&mut world, alice, dialled);
        run(&mut world, &mut [&mut one, &mut two], 2);
        let said = world.at(alice).said.last().cloned();
        assert!(matches!(said, Some(Said::Failed(known, _)) if known == status), "{reason:?} {said:?}");
        assert_eq!(world.ledger.last_trace().last(), Some(&reason));
        assert_eq!(one.of("INVITE").len() + two.of("INVITE").len(), 0);
    }
}

// covers: TRK-12, CLI-01, CLI-05, CLI-06
#[test]
fn trk_12_only_numbers_of_the_pool_are_shown_and_the_clients_wish_comes_first() {
    let from = |caller_id: &str, headers: Vec<Header>| {
        let (mut world, alice, mut one, mut two) = abroad();
        let mut known = rule("00", &[(1, 0, "")]);
        known.settings.caller_id = caller_id.to_owned();
        world.change_plan(ACME, |plan| plan.outbound_rules = vec![known]);
        world.act(alice, |phone, now| phone.call(now, "00442345", headers));
        run(&mut world, &mut [&mut one, &mut two], 2);
        let invite = one.of("INVITE")[0].clone();
        assert_eq!(invite.header("X-Outbound-Cli"), None);
        let noted = world.ledger.open.values().next().unwrap().0.outbound_caller_id.clone();
        (invite.from().unwrap().uri.user.to_owned(), noted)
    };
    let cli = |text: &str| vec![Header::new("X-Outbound-Cli", text)];
    assert_eq!(from("+49301115", vec![]), ("+49301115".into(), "+49301115".into()));
    assert_eq!(from("+49301200", vec![]), ("101".into(), String::new()), "a number that is not the tenant's");
    assert_eq!(from("49301115", cli("rewrite-from=49301116")).0, "49301116");
    assert_eq!(from("49301115", cli("rewrite-from=49301200")).0, "49301115");
    assert_eq!(from("49301115", cli("rewrite-from=49301116;trunk-name:Carrier 2")).0, "49301115");
    assert_eq!(from("49301115", cli("rewrite-from=49301116;trunk-name:Carrier 1")).0, "49301116");
    assert_eq!(from("49301115", cli("nonsense")).0, "49301115");
}

pub fn inbound(id: i64, did: &str, cid: &str, open: Destination) -> InboundRule {
    InboundRule {
        id: InboundRuleId(id),
        tenant_id: TenantId(1),
        settings: InboundSettings {
            name: format!("Rule {id}"),
            enabled: true,
            trunk_id: TrunkId(1),
            did_mask: did.into(),
            cid_mask: Mask(cid.into()),
            hours: Hours::Tenant,
            open,
            closed: None,
            extension_id: None,
        },
    }
}

pub fn to_102() -> Destination {
    Destination::Extension { extension_id: ExtensionId(1_102) }
}

/// Bob (102) of Acme, who has the numbers 49301110 to 49301119 on carrier 1.
pub fn reachable() -> (World, PhoneId, Carrier) {
    let mut world = fair();
    let bob = world.registered(ACME, "102");
    world.at(bob).said.clear();
    let one = Carrier::new(1);
    world.set_trunks(vec![one.plan(1, "49301110-49301119")]);
    world.change_plan(ACME, |plan| plan.inbound_rules = vec![inbound(1, "49301110", "", to_102())]);
    (world, bob, one)
}

pub fn final_status(carrier: &Carrier) -> Option<u16> {
    carrier.responses.iter().map(Message::status).find(|status| *status >= 200)
}

/// The Contact of the answer that it got.
pub fn contact_told(carrier: &Carrier) -> String {
    let answer = carrier.responses.iter().find(|answer| answer.status() == 200);
    answer.and_then(|answer| answer.header("Contact")).unwrap_or_default().to_owned()
}

// covers: INB-01, INB-03, TRK-06, TRK-08
#[test]
fn inb_01_a_call_from_outside_reaches_the_extension_of_its_rule() {
    let (mut world, bob, mut one) = reachable();
    one.call(&mut world, "+4940777", "+49301110");
    run(&mut world, &mut [&mut one], 3);
    assert_eq!(world.at(bob).said[0], Said::Incoming("+4940777".into(), "Bob Outside".into()));
    assert_eq!(final_status(&one), Some(200));
    assert!(!contact_told(&one).contains("isfocus"));
    let (record, _) = world.ledger.open.values().next().unwrap().clone();
    assert_eq!((record.direction, record.caller.as_str()), (CallDirection::In, "+4940777"));
    assert_eq!((record.callee.as_str(), record.did_cid.as_str()), ("+49301110", "+49301110"));
    assert_eq!((record.callee_extension_id, record.caller_extension_id), (Some(ExtensionId(1_102)), None));
    world.act(bob, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one], 40);
    all_gone(&mut world);
    assert!(world.ledger.last_trace().starts_with(&[Reason::CallByTrunk]), "{:?}", world.ledger.last_trace());
    assert!(world.ledger.last_trace().contains(&Reason::InboundRuleMatched));
}

// covers: INB-04, INB-06, INB-08, TRK-11
#[test]
fn inb_08_what_no_rule_takes_is_refused_with_its_reason() {
    type Change = fn(&mut World, &Carrier);
    let cases: [(&str, Change, u16, Option<Reason>); 6] = [
        ("49301111", |_, _| {}, 404, Some(Reason::NoInboundRule)),
        ("49301200", |_, _| {}, 404, None),
        (
            "49301110",
            |world, _| {
                world.change_plan(ACME, |plan| {
                    plan.inbound_rules = vec![inbound(1, "49301110", "", Destination::EndCall)]
                })
            },
            480,
            Some(Reason::EndedByRule),
        ),
        (
            "49301110",
            |world, _| world.change_plan(ACME, |plan| plan.enabled = false),
            403,
            Some(Reason::TenantSuspended),
        ),
        (
            "49301110",
            |world, _| world.change_plan(ACME, |plan| plan.extensions[1].enabled = false),
            480,
            Some(Reason::CalleeDisabled),
        ),
        (
            "49301110",
            |world, one| {
                let (mut plan, targets) = one.plan(1, "*");
                plan.settings.calls_max = Some(0);
                world.set_trunks(vec![(plan, targets)]);
            },
            503,
            None,
        ),
    ];
    for (called, change, status, reason) in cases {
        let (mut world, bob, mut one) = reachable();
        change(&mut world, &one);
        one.call(&mut world, "4940777", called);
        run(&mut world, &mut [&mut one], 3);
        assert_eq!(final_status(&one), Some(status), "{called} {reason:?}");
        assert!(world.at(bob).up().is_empty());
        match reason {
            Some(reason) => assert_eq!(world.ledger.last_trace().last(), Some(&reason)),
            None => assert_eq!(world.ledger.refusals.len(), 1),
        }
    }
}

// covers: INB-08, S3
#[test]
fn inb_08_a_stranger_is_no_trunk_and_an_extensions_name_from_a_trunk_has_to_be_proved() {
    let (mut world, bob, one) = reachable();
    let mut stranger = Carrier::new(9);
    stranger.call(&mut world, "4940777", "49301110");
    run(&mut world, &mut [&mut stranger], 2);
    assert_eq!(final_status(&stranger), Some(401));
    // The right address, another port.
    let mut near = Carrier { address: SocketAddr::new(one.address.ip(), 5_999), ..Carrier::new(1) };
    near.call(&mut world, "4940777", "49301110");
    run(&mut world, &mut [&mut near], 2);
    assert_eq!(final_status(&near), Some(401));
    assert!(world.at(bob).up().is_empty() && world.at(bob).said.is_empty());
}

// covers: INB-04, OUT-06
#[test]
fn inb_04_a_call_from_outside_goes_to_the_outside_by_the_outbound_rules() {
    let (mut world, _, mut one) = reachable();
    let mut two = Carrier::new(2);
    world.set_trunks(vec![one.plan(1, "49301110-49301119"), two.plan(2, "*")]);
    world.change_plan(ACME, |plan| {
        plan.inbound_rules = vec![inbound(1, "*", "", Destination::External { number: "00442345".into() })];
        plan.outbound_rules = vec![rule("00", &[(2, 2, "+")])];
    });
    one.call(&mut world, "+4940777", "49301110");
    run(&mut world, &mut [&mut one, &mut two], 3);
    assert_eq!(final_status(&one), Some(200));
    assert_eq!(two.of("INVITE")[0].request_uri().unwrap().user, "+442345");
    assert_eq!(two.of("INVITE")[0].from().unwrap().uri.user, "+4940777");
}

// covers: TRK-01, TRK-02
#[test]
fn trk_02_a_trunk_is_registered_with_digest_renewed_and_signed_off() {
    let mut world = fair();
    let mut one = Carrier { secret: "secret", ..Carrier::new(1) };
    let (mut plan, targets) = one.plan(1, "*");
    plan.settings.mode = TrunkMode::Register;
    plan.settings.username = "account7".into();
    plan.settings.auth_name = "digest7".into();
    plan.password = "secret".into();
    world.set_trunks(vec![(plan.clone(), targets.clone())]);
    run(&mut world, &mut [&mut one], 2);
    assert_eq!(states(&mut world), [TrunkState::Connected]);
    let with = one.of("REGISTER")[1];
    assert_eq!(with.request_uri().unwrap().text, "sip:carrier1.example");
    assert_eq!(with.header("To"), Some("<sip:account7@carrier1.example>"));
    assert!(with.header("Authorization").unwrap().contains("username=\"digest7\""));
    assert_eq!(with.header("Expires"), Some("600"));
    // Nine tenths of the 300 s that were given.
    run(&mut world, &mut [&mut one], 265);
    assert_eq!(one.of("REGISTER").len(), 2);
    run(&mut world, &mut [&mut one], 10);
    let renewed = one.of("REGISTER");
    assert!(renewed.len() >= 3 && renewed.iter().all(|known| known.call_id() == renewed[0].call_id()));
    // Silence, and it is gone; the pauses grow, and then it is back.
    one.does = Does::Nothing;
    run(&mut world, &mut [&mut one], 310);
    assert_eq!(states(&mut world), [TrunkState::Disconnected]);
    let tries = one.of("REGISTER").len();
    run(&mut world, &mut [&mut one], 120);
    assert!(one.of("REGISTER").len() - tries < 8, "{}", one.of("REGISTER").len() - tries);
    one.does = Does::Answer;
    run(&mut world, &mut [&mut one], 300);
    assert_eq!(states(&mut world), [TrunkState::Connected]);
    world.set_trunks(Vec::new());
    run(&mut world, &mut [&mut one], 2);
    assert_eq!(one.of("REGISTER").last().unwrap().header("Expires"), Some("0"));
}

// covers: TRK-02, OUT-02
#[test]
fn trk_02_a_call_is_challenged_by_its_trunk_and_answers_by_itself() {
    let (mut world, alice, _, mut two) = abroad();
    let mut one = Carrier { secret: "secret", ..Carrier::new(1) };
    let (mut plan, targets) = one.plan(1, "*");
    plan.settings.username = "account7".into();
    plan.password = "secret".into();
    world.set_trunks(vec![(plan, targets), two.plan(2, "*")]);
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(world.at(alice).said, [Said::Answered]);
    assert!(one.of("INVITE")[1].header("Authorization").unwrap().contains("username=\"account7\""));
}

// covers: TRK-11
#[test]
fn trk_11_running_calls_go_on_when_their_trunk_is_switched_off() {
    let (mut world, alice, mut one, mut two) = abroad();
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 2);
    let mut off = one.plan(1, "*");
    off.0.settings.enabled = false;
    world.set_trunks(vec![off, two.plan(2, "*")]);
    run(&mut world, &mut [&mut one, &mut two], 5);
    assert_eq!(world.at(alice).up().len(), 1);
    world.at(alice).manner = Manner::Answer(Duration::ZERO);
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(one.of("BYE").len(), 1);
    all_gone(&mut world);
}

// covers: EXT-10, OUT-06, EXT-17
#[test]
fn ext_10_an_emergency_call_goes_out_whatever_is_full_or_forbidden() {
    let (mut world, alice, mut one, mut two) = abroad();
    world.change_plan(ACME, |plan| {
        plan.enabled = true;
        plan.quota.concurrent_calls_max = Some(0);
        plan.bill_outbound = true;
        plan.outbound_rules = vec![rule("", &[(1, 0, "")])];
        plan.dialing = DialingCodes { forbidden_prefixes: vec!["1".into()], ..DialingCodes::default() };
    });
    let mut full = one.plan(1, "*");
    full.0.settings.calls_max = Some(0);
    world.set_trunks(vec![full, two.plan(2, "*")]);
    dial(&mut world, alice, "112");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(world.at(alice).said, [Said::Answered]);
    assert_eq!(one.of("INVITE")[0].request_uri().unwrap().user, "112");
    world.act(alice, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut one, &mut two], 1);
    assert!(world.ledger.last_trace().contains(&Reason::EmergencyCall));
    dial(&mut world, alice, "1234567");
    run(&mut world, &mut [&mut one, &mut two], 1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(503, _))), "any other call meets the quota");
}

// covers: TRK-11
#[test]
fn trk_11_a_trunk_that_nobody_watches_answers_who_asks_and_is_closed_to_nobody_by_it() {
    let (mut world, alice, mut one, mut two) = abroad();
    let (mut plan, targets) = one.plan(1, "*");
    plan.settings.options_seconds = None;
    world.set_trunks(vec![(plan, targets), two.plan(2, "*")]);
    run(&mut world, &mut [&mut one, &mut two], 2);
    let standing = |world: &mut World| {
        let Some(Answer::Trunks(mut all)) = world.ask(Ask::Trunks) else { panic!("no answer") };
        all.remove(&TrunkId(1)).unwrap()
    };
    let before = one.of("OPTIONS").len();
    assert_eq!(standing(&mut world).heard, None);
    assert_eq!(world.ask(Ask::LookAtTrunk(TrunkId(1))), Some(Answer::Looking(true)));
    run(&mut world, &mut [&mut one, &mut two], 1);
    assert_eq!(one.of("OPTIONS").len(), before + 1);
    let heard = standing(&mut world).heard.unwrap();
    assert!(heard.status == Some(200) && heard.millis < 1_000, "{heard:?}");
    run(&mut world, &mut [&mut one, &mut two], 400);
    assert_eq!(one.of("OPTIONS").len(), before + 1, "it is not watched from then on");

    one.does = Does::Nothing;
    for _ in 0..3 {
        world.ask(Ask::LookAtTrunk(TrunkId(1)));
        run(&mut world, &mut [&mut one, &mut two], 40);
    }
    let now = standing(&mut world);
    assert_eq!(
        (now.heard.unwrap().status, now.state),
        (None, TrunkState::Unknown),
        "what only somebody asked closes nothing"
    );
    one.does = Does::Answer;
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!((world.at(alice).said.last(), one.of("INVITE").len()), (Some(&Said::Answered), 1));
    assert_eq!(world.ask(Ask::LookAtTrunk(TrunkId(7))), Some(Answer::Looking(false)));
}

// covers: EXT-17, OUT-06
#[test]
fn ext_17_a_change_of_the_balance_holds_for_the_next_call() {
    let (mut world, alice, mut one, mut two) = abroad();
    let balance = |world: &mut World, billed: bool, has_balance: bool| {
        world.change_plan(ACME, |plan| {
            plan.bill_outbound = billed;
            plan.extensions[0].has_balance = has_balance;
        });
    };
    for (billed, has_balance, refused) in [(false, false, false), (true, true, false), (true, false, true)] {
        balance(&mut world, billed, has_balance);
        dial(&mut world, alice, "1234567");
        run(&mut world, &mut [&mut one, &mut two], 2);
        let failed = matches!(world.at(alice).said.last(), Some(Said::Failed(402, _)));
        assert_eq!(failed, refused, "{billed} {has_balance}: {:?}", world.at(alice).said);
        assert_eq!(world.ledger.last_trace().last() == Some(&Reason::BalanceEmpty), refused);
        world.act(alice, |phone, now| phone.hang_up(now));
        run(&mut world, &mut [&mut one, &mut two], 1);
    }
    // Who is in the tenant is called for nothing.
    balance(&mut world, true, false);
    dial(&mut world, alice, "102");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert!(!matches!(world.at(alice).said.last(), Some(Said::Failed(402, _))));
}

// covers: E164-01, E164-02, E164-03, NBL-02, OUT-06
#[test]
fn out_06_a_number_is_normalised_and_judged_before_the_rules_see_it() {
    let codes = || DialingCodes {
        remove_if_same_country: true,
        international_code: "011".into(),
        forbidden_prefixes: vec!["1900".into()],
        ..DialingCodes::default().moved_to("US")
    };
    for (dialled, sent, status, reason) in [
        ("+12345678910", Some("2345678910"), 0, None),
        ("2345678910", Some("2345678910"), 0, None),
        ("+44123456789", None, 403, Some(Reason::CountryForbidden)),
        ("19005550100", None, 403, Some(Reason::PrefixForbidden)),
        ("2025550199", None, 403, Some(Reason::NumberBlocked)),
    ] {
        let (mut world, alice, mut one, mut two) = abroad();
        world.change_plan(ACME, |plan| {
            plan.outbound_rules = vec![rule("", &[(1, 0, "")])];
            plan.dialing = codes();
            plan.blocked = ["2025550199".to_owned()].into_iter().collect();
        });
        dial(&mut world, alice, dialled);
        run(&mut world, &mut [&mut one, &mut two], 2);
        let user = one.of("INVITE").first().map(|invite| invite.request_uri().unwrap().user.to_owned());
        assert_eq!(user.as_deref(), sent, "{dialled}");
        if let Some(reason) = reason {
            assert!(
                matches!(world.at(alice).said.last(), Some(Said::Failed(known, _)) if *known == status),
                "{dialled}"
            );
            assert_eq!(world.ledger.last_trace().last(), Some(&reason));
        }
    }
    let (mut world, bob, mut one) = reachable();
    world.change_plan(ACME, |plan| plan.blocked = ["+4940777".to_owned()].into_iter().collect());
    one.call(&mut world, "+4940777", "49301110");
    run(&mut world, &mut [&mut one], 2);
    assert_eq!((final_status(&one), world.at(bob).said.len()), (Some(603), 0));
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::CallerBlocked));
}
