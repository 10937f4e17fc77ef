//! An INVITE that forks, here to several devices and behind one of them to several more: what each sees, and what the caller
//! hears (RFC 3261, 13.2.2.4 and 16.7; RFC 3262). The devices speak SIP as text.

use std::fmt::Write;
use std::net::SocketAddr;

use bytes::Bytes;
use shared::reason::Reason;
use sim::phone::description;
use sim::{Said, World};
use sip::{ConnectionId, Flow, Message, Transport};

use crate::call::{ACME, all_gone};
use crate::registration::fair;
use crate::watcher::Watcher;

/// One response of a device: which device, seconds after the call, status, To tag, RSeq where it is reliable.
type Response = (usize, u64, u16, &'static str, u32);

/// One row: what it shows, the responses, what each device is sent beside the INVITE (method and To tag, in order), and what the
/// caller hears last, with the code of the call.
struct Row {
    what: &'static str,
    says: &'static [Response],
    sent: &'static [&'static [&'static str]],
    heard: &'static [Said],
    code: Reason,
}

const RINGING: u32 = 0;

const ROWS: &[Row] = &[
    Row {
        what: "two branches behind one device ring, the second answers",
        says: &[(0, 1, 180, "a", RINGING), (0, 2, 180, "b", RINGING), (0, 3, 200, "b", 0)],
        sent: &[&["ACK b", "BYE b"]],
        heard: &[Said::Ringing, Said::Answered],
        code: Reason::CallerHungUp,
    },
    Row {
        what: "both branches answer: the later is thanked and ended",
        says: &[(0, 1, 180, "a", RINGING), (0, 1, 180, "b", RINGING), (0, 3, 200, "a", 0), (0, 3, 200, "b", 0)],
        sent: &[&["ACK a", "ACK b", "BYE b", "BYE a"]],
        heard: &[Said::Ringing, Said::Answered],
        code: Reason::CallerHungUp,
    },
    Row {
        what: "each branch counts its reliable responses for itself",
        says: &[(0, 1, 180, "a", 71), (0, 2, 180, "b", 12), (0, 3, 180, "a", 72), (0, 5, 200, "a", 0)],
        sent: &[&["PRACK a 71", "PRACK b 12", "PRACK a 72", "ACK a", "BYE a"]],
        heard: &[Said::Ringing, Said::Answered],
        code: Reason::CallerHungUp,
    },
    Row {
        what: "the second device answers, the first is told to stop",
        says: &[(0, 1, 180, "a", RINGING), (1, 1, 180, "c", RINGING), (1, 3, 200, "c", 0), (0, 4, 487, "a", 0)],
        sent: &[&["CANCEL ", "ACK a"], &["ACK c", "BYE c"]],
        heard: &[Said::Ringing, Said::Answered],
        code: Reason::CallerHungUp,
    },
    Row {
        what: "the loser's answer crosses the CANCEL: it is thanked and ended",
        says: &[(0, 1, 180, "a", RINGING), (1, 3, 200, "c", 0), (0, 3, 200, "a", 0)],
        sent: &[&["CANCEL ", "ACK a", "BYE a"], &["ACK c", "BYE c"]],
        heard: &[Said::Ringing, Said::Answered],
        code: Reason::CallerHungUp,
    },
    Row {
        what: "a device that has said nothing is not cancelled before it does",
        says: &[(1, 2, 200, "c", 0), (0, 4, 180, "a", RINGING), (0, 5, 487, "a", 0)],
        sent: &[&["CANCEL ", "ACK a"], &["ACK c", "BYE c"]],
        heard: &[Said::Answered],
        code: Reason::CallerHungUp,
    },
    Row {
        what: "one device is busy, the other answers",
        says: &[(0, 1, 486, "a", 0), (1, 2, 180, "c", RINGING), (1, 3, 200, "c", 0)],
        sent: &[&["ACK a"], &["ACK c", "BYE c"]],
        heard: &[Said::Ringing, Said::Answered],
        code: Reason::CallerHungUp,
    },
    Row {
        what: "one branch is busy after another has rung: the proxy before them speaks last",
        says: &[(0, 1, 180, "a", RINGING), (0, 2, 180, "b", RINGING), (0, 3, 486, "b", 0)],
        sent: &[&["ACK b"]],
        heard: &[Said::Ringing, Said::Failed(486, String::new())],
        code: Reason::DeviceBusy,
    },
    Row {
        what: "all are busy",
        says: &[(0, 1, 486, "a", 0), (1, 2, 486, "c", 0)],
        sent: &[&["ACK a"], &["ACK c"]],
        heard: &[Said::Failed(486, String::new())],
        code: Reason::DeviceBusy,
    },
    Row {
        what: "one declines for all: the other stops ringing",
        says: &[(0, 1, 180, "a", RINGING), (1, 2, 603, "c", 0), (0, 4, 487, "a", 0)],
        sent: &[&["CANCEL ", "ACK a"], &["ACK c"]],
        heard: &[Said::Ringing, Said::Failed(603, String::new())],
        code: Reason::DeviceDeclined,
    },
    Row {
        what: "one sends the call on to 104, which answers",
        says: &[(0, 1, 180, "a", RINGING), (1, 2, 302, "c", 0), (2, 3, 200, "d", 0), (0, 5, 487, "a", 0)],
        sent: &[&["CANCEL ", "ACK a"], &["ACK c"], &["ACK d", "BYE d"]],
        heard: &[Said::Ringing, Said::Answered],
        code: Reason::CallerHungUp,
    },
];

#[test]
fn each_way_of_a_forked_call_ends_as_the_table_says() {
    for row in ROWS {
        let (seen, heard, code) = played(row);
        let what = row.what;
        let heard: Vec<Said> = heard
            .into_iter()
            .map(|said| if let Said::Failed(status, _) = said { Said::Failed(status, String::new()) } else { said })
            .collect();
        assert_eq!(heard, row.heard, "{what}");
        for (place, sent) in row.sent.iter().enumerate() {
            assert_eq!(seen[place], *sent, "{what}: device {place}");
        }
        assert_eq!(code, row.code, "{what}");
    }
}

/// What each device was sent, what the caller heard, and how the call ended.
fn played(row: &Row) -> (Vec<Vec<String>>, Vec<Said>, Reason) {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    world.at(alice).said.clear();
    let mut desks: Vec<Desk> = row.sent.iter().enumerate().map(|(place, _)| Desk::new(&mut world, place)).collect();
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    for second in 0..8 {
        for (place, at, status, tag, rseq) in row.says {
            if *at == second {
                desks[*place].collect(&mut world);
                desks[*place].say(&mut world, *status, tag, *rseq);
                desks.iter_mut().for_each(|desk| desk.collect(&mut world));
            }
        }
        world.run(1);
        desks.iter_mut().for_each(|desk| desk.collect(&mut world));
    }
    if !world.at(alice).up().is_empty() {
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(1);
        desks.iter_mut().for_each(|desk| desk.collect(&mut world));
    }
    let heard = world.at(alice).said.clone();
    world.run(40);
    all_gone(&mut world);
    let code = world.ledger.last().unwrap().ended_reason.unwrap();
    (desks.into_iter().map(|desk| desk.seen).collect(), heard, code)
}

/// A device of 102, or with the number 2 one of 104.
struct Desk {
    flow: Flow,
    invite: Option<Message>,
    seen: Vec<String>,
    known: Vec<(String, u32, String)>,
}

impl Desk {
    fn new(world: &mut World, place: usize) -> Self {
        let number = if place == 2 { "104" } else { "102" };
        let mut client = Watcher::new(20 + u8::try_from(place).unwrap(), number);
        let uri = format!("sip:{number}@{ACME}");
        assert_eq!(client.request(world, "REGISTER", &uri, "Expires: 600\r\n", "").status(), 200);
        let flow = Flow { transport: Transport::Udp, connection: ConnectionId::NEW, remote: client.flow.remote };
        Self { flow, invite: None, seen: Vec::new(), known: Vec::new() }
    }

    /// Takes what has come and answers all but the INVITE with 200.
    fn collect(&mut self, world: &mut World) {
        let remote: SocketAddr = self.flow.remote;
        let (mine, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut world.strayed).into_iter().partition(|(to, _)| *to == remote);
        world.strayed = others;
        for (_, bytes) in mine {
            let message = Message::parse(bytes).unwrap();
            let (method, tag) = (message.method().to_owned(), message.to_tag().to_owned());
            if method == "INVITE" {
                self.invite = Some(message);
                continue;
            }
            if method.is_empty() {
                continue;
            }
            if method != "ACK" {
                self.reply(world, &message, 200, "", "");
            }
            let key = (method.clone(), message.cseq().0, tag.clone());
            // An ACK is sent again for each 200 that is.
            if !self.known.contains(&key) {
                self.known.push(key);
                let mut line = format!("{method} {tag}");
                if let Some(rack) = message.header("RAck") {
                    write!(line, " {}", rack.split(' ').next().unwrap()).unwrap();
                }
                self.seen.push(line);
            }
        }
    }

    fn say(&self, world: &mut World, status: u16, tag: &str, rseq: u32) {
        let invite = self.invite.clone().unwrap();
        let mut more = String::new();
        if rseq > 0 {
            write!(more, "Require: 100rel\r\nRSeq: {rseq}\r\n").unwrap();
        }
        if status == 302 {
            write!(more, "Contact: <sip:104@{ACME}>\r\n").unwrap();
        } else if status < 300 {
            write!(more, "Contact: <sip:{tag}@{}>\r\n", self.flow.remote).unwrap();
        }
        self.reply(world, &invite, status, tag, &more);
    }

    fn reply(&self, world: &mut World, request: &Message, status: u16, tag: &str, more: &str) {
        let mut text = format!("SIP/2.0 {status} Said\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let tag = if name == "To" && !tag.is_empty() { format!(";tag={tag}") } else { String::new() };
            write!(text, "{name}: {}{tag}\r\n", request.header(name).unwrap()).unwrap();
        }
        let answers = status == 200 && request.method() == "INVITE";
        let body = if answers { description(self.flow.remote.ip(), 40_000, "sendrecv") } else { Bytes::new() };
        let kind = if answers { "Content-Type: application/sdp\r\n" } else { "" };
        write!(text, "{more}{kind}Content-Length: {}\r\n\r\n", body.len()).unwrap();
        let bytes = [text.as_bytes(), &body].concat();
        world.throw_over(self.flow, Bytes::from(bytes));
    }
}
