//! Races: what crosses on the wire.

use std::time::Duration;

use sip::{Event, Message, NewRequest, Reply, Transport};

use crate::call::{acknowledged, answered, asked, ended, established, failed, invited, offered, response};
use crate::network::{A, ANSWER, B, Bench, Network, OFFER, call, request};

const CONTACT: &str = "Contact: <sip:102@192.0.2.9:5099>\r\n";

#[test]
fn cancel_that_crosses_a_200_is_ended_with_ack_and_bye() {
    let mut net = Network::new(Transport::Udp, 1);
    let (now, flow) = (net.now, net.flows[A]);
    let a = net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    net.run(Duration::from_millis(500));
    let now = net.now;
    net.stacks[B].accept(now, b, Reply::status(200).body(ANSWER));
    net.stacks[A].cancel(now, a, None);
    assert_eq!(net.wait(A, failed), 487);
    assert_eq!(net.wait(B, acknowledged), None);
    assert!(matches!(net.wait(B, ended), sip::EndCause::Bye(None)));
    assert_eq!(net.sent(A), ["INVITE", "CANCEL", "ACK", "BYE"]);
    assert!(net.events[A].iter().all(|e| answered(e).is_none()));
    net.assert_empty();
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut bench = Bench::new(Transport::Udp);
    let dialog = bench.stack.invite(bench.now, bench.flow, call());
    let invite = bench.take_messages().remove(0);
    bench.stack.cancel(bench.now, dialog, None);
    assert!(bench.take().is_empty());
    bench.answer(&invite, 100, "", "", "");
    let cancel = bench.take_messages().remove(0);
    assert_eq!(cancel.method(), "CANCEL");
    assert_eq!(cancel.header("Via"), invite.header("Via"));
    assert_eq!((cancel.cseq().0, cancel.header("To")), (invite.cseq().0, invite.header("To")));
    bench.answer(&cancel, 200, "x", "", "");
    bench.answer(&invite, 487, "x", "", "");
    assert_eq!(bench.take_events().iter().find_map(failed), Some(487));
    assert_eq!(bench.take(), ["ACK"]);
    bench.assert_empty();
}

#[test]
fn a_cancelled_invite_without_a_final_response_is_given_up() {
    let mut bench = Bench::new(Transport::Udp);
    let dialog = bench.stack.invite(bench.now, bench.flow, call());
    let invite = bench.take_messages().remove(0);
    bench.answer(&invite, 180, "x", CONTACT, "");
    bench.stack.cancel(bench.now, dialog, None);
    bench.run(Duration::from_secs(33));
    assert_eq!(bench.take_events().iter().find_map(failed), Some(487));
    bench.assert_empty();
}

#[test]
fn cancel_is_a_transaction_of_its_own() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", ""));
    bench.take();
    bench.feed(request("CANCEL", "1", 1, "", "", ""));
    bench.feed(request("CANCEL", "1", 1, "", "", ""));
    assert_eq!(bench.take(), ["200 CANCEL", "487 INVITE", "200 CANCEL"]);
    assert_eq!(bench.take_events().iter().filter(|e| matches!(e, Event::Cancelled { .. })).count(), 1);
    bench.feed(request("CANCEL", "2", 1, "", "", ""));
    assert_eq!(bench.take(), ["481 CANCEL"]);
    bench.run(Duration::from_secs(2));
    assert_eq!(bench.take(), ["487 INVITE", "487 INVITE"], "until its ACK");
    bench.feed(request("ACK", "1", 1, "", "", ""));
    bench.run(Duration::from_secs(3));
    assert!(bench.take().is_empty());
    bench.assert_empty();
}

#[test]
fn cancel_after_the_200_changes_nothing() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
    bench.take();
    bench.feed(request("CANCEL", "1", 1, "", "", ""));
    assert_eq!(bench.take(), ["200 CANCEL"]);
    assert!(bench.take_events().is_empty());
    bench.stack.bye(bench.now, dialog, None);
    bench.assert_empty();
}

#[test]
fn of_a_forked_invite_the_first_2xx_wins_and_the_others_are_ended() {
    let mut bench = Bench::new(Transport::Udp);
    let dialog = bench.stack.invite(bench.now, bench.flow, call());
    let invite = bench.take_messages().remove(0);
    for tag in ["one", "two", "three"] {
        bench.answer(&invite, 180, tag, CONTACT, "");
    }
    bench.answer(&invite, 200, "two", CONTACT, ANSWER);
    let ack = bench.take_messages().remove(0);
    assert_eq!((ack.method(), ack.to_tag(), ack.cseq().0), ("ACK", "two", invite.cseq().0));
    bench.answer(&invite, 200, "three", CONTACT, ANSWER);
    let sent = bench.take_messages();
    let sent: Vec<_> = sent.iter().map(|m| (m.method(), m.to_tag())).collect();
    assert_eq!(sent, [("ACK", "three"), ("BYE", "three")]);
    bench.answer(&invite, 200, "three", CONTACT, ANSWER);
    bench.answer(&invite, 200, "two", CONTACT, ANSWER);
    let sent = bench.take_messages();
    let sent: Vec<_> = sent.iter().map(|m| (m.method(), m.to_tag())).collect();
    assert_eq!(sent, [("ACK", "three"), ("ACK", "two")], "repeats are acknowledged again, nothing more");
    assert_eq!(bench.take_events().iter().filter(|e| answered(e).is_some()).count(), 1);
    assert_eq!(bench.stack.dialog_tags(dialog).unwrap().2, "two");
    bench.stack.bye(bench.now, dialog, None);
    bench.run(Duration::from_secs(1));
    bench.answer(&invite, 200, "two", CONTACT, ANSWER);
    assert!(bench.take().contains(&"ACK".to_owned()), "the transaction outlives the dialog");
    bench.assert_empty();
}

#[test]
fn glare_is_tried_again_by_both_sides_and_both_offers_get_through() {
    for seed in 0..20 {
        let mut net = Network::new(Transport::Udp, seed);
        let dialogs = established(&mut net);
        let now = net.now;
        for end in [A, B] {
            net.stacks[end].offer(now, dialogs[end], format!("v=0\r\nfrom {end}\r\n").into());
        }
        for _ in 0..2_000 {
            net.step();
            for end in [A, B] {
                if net.events[end].iter().any(|e| offered(e).is_some()) {
                    net.events[end].retain(|e| offered(e).is_none());
                    let now = net.now;
                    net.stacks[end].answer(now, dialogs[end], ANSWER.into());
                }
            }
            if net.now.millis() > now.millis() + 15_000 {
                break;
            }
        }
        for end in [A, B] {
            let ok = net.events[end].iter().filter(|e| matches!(e, Event::OfferAnswered { .. })).count();
            assert_eq!(ok, 1, "end {end}, seed {seed}: {:?}", net.log);
        }
        assert_eq!(net.sent(A).iter().filter(|s| **s == "491 INVITE").count(), 1);
        // RFC 3261, 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other at most 2 s.
        let gap = |end| {
            let t = net.times(end, "INVITE");
            t[t.len() - 1] - t[t.len() - 2]
        };
        assert!((2_100..4_100).contains(&gap(A)), "{}", gap(A));
        assert!((0..2_100).contains(&gap(B)), "{}", gap(B));
        let now = net.now;
        net.stacks[A].bye(now, dialogs[A], None);
        net.assert_empty();
    }
}

#[test]
fn byes_that_cross_are_both_answered_and_nobody_is_told_twice() {
    let mut net = Network::new(Transport::Udp, 1);
    let [a, b] = established(&mut net);
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.stacks[B].bye(now, b, None);
    net.run(Duration::from_secs(1));
    assert!(net.events.iter().flatten().all(|e| ended(e).is_none()));
    net.assert_empty();
}

#[test]
fn bye_of_the_callee_waits_for_the_ack() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
    bench.stack.bye(bench.now, dialog, Some("SIP;cause=200"));
    let sent = bench.take_messages();
    assert_eq!(sent.len(), 2, "100 and 200, no BYE");
    let tag = sent[1].to_tag().to_owned();
    bench.feed(request("ACK", "2", 1, &tag, "", ""));
    let bye = bench.take_messages().remove(0);
    assert_eq!((bye.method(), bye.header("Reason")), ("BYE", Some("SIP;cause=200")));
    assert!(bench.take_events().is_empty());
    bench.answer(&bye, 200, "", "", "");
    bench.assert_empty();
}

#[test]
fn bye_before_the_ack_and_the_ack_after_it() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
    let tag = bench.take_messages().pop().unwrap().to_tag().to_owned();
    bench.feed(request("BYE", "3", 2, &tag, "", ""));
    assert_eq!(bench.take(), ["200 BYE"]);
    assert_eq!(bench.take_events().iter().filter(|e| ended(e).is_some()).count(), 1);
    bench.feed(request("ACK", "2", 1, &tag, "", ""));
    bench.run(Duration::from_secs(40));
    assert!(bench.take().is_empty(), "no 200 is repeated, nothing is ended twice");
    bench.assert_empty();
}

#[test]
fn bye_in_an_early_dialog_ends_the_invite_with_487() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.ring(bench.now, dialog, Reply::status(180), false);
    let tag = bench.take_messages().pop().unwrap().to_tag().to_owned();
    bench.feed(request("BYE", "2", 2, &tag, "Reason: SIP;cause=480\r\n", ""));
    assert_eq!(bench.take(), ["200 BYE", "487 INVITE"]);
    assert!(matches!(&bench.take_events()[0], Event::Cancelled { reason: Some(r), .. } if r == "SIP;cause=480"));
    bench.feed(request("ACK", "1", 1, &tag, "", ""));
    bench.assert_empty();
}

#[test]
fn a_late_2xx_after_bye_or_failure_leaves_nothing_behind() {
    let mut bench = Bench::new(Transport::Udp);
    let dialog = bench.stack.invite(bench.now, bench.flow, call());
    let invite = bench.take_messages().remove(0);
    bench.answer(&invite, 183, "x", CONTACT, "");
    bench.stack.bye(bench.now, dialog, None);
    assert_eq!(bench.take(), ["CANCEL"]);
    bench.answer(&invite, 200, "x", CONTACT, ANSWER);
    assert_eq!(bench.take(), ["ACK", "BYE"]);
    assert!(bench.take_events().iter().all(|e| matches!(e, Event::Progress { .. })), "bye wants no further events");
    bench.assert_empty();
}

#[test]
fn a_second_offer_while_one_is_open_is_refused() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", OFFER));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
    let tag = bench.take_messages().pop().unwrap().to_tag().to_owned();
    bench.feed(request("INVITE", "9", 2, &tag, "", "v=0\r\nhold\r\n"));
    assert_eq!(bench.take(), ["491 INVITE"], "our 200 has no ACK yet");
    bench.feed(request("ACK", "9", 2, &tag, "", ""));
    bench.feed(request("ACK", "2", 1, &tag, "", ""));
    bench.feed(request("INVITE", "3", 3, &tag, "", "v=0\r\nhold\r\n"));
    bench.feed(request("INVITE", "4", 4, &tag, "", "v=0\r\nunhold\r\n"));
    bench.feed(request("UPDATE", "5", 5, &tag, "", "v=0\r\nunhold\r\n"));
    let sent = bench.take_messages();
    let what: Vec<_> = sent.iter().map(|m| (m.status(), m.cseq().1, m.header("Retry-After").is_some())).collect();
    assert_eq!(what, [(100, "INVITE", false), (500, "INVITE", true), (500, "UPDATE", true)]);
    bench.feed(request("ACK", "4", 4, &tag, "", ""));
    bench.feed(request("MESSAGE", "6", 2, &tag, "", "late"));
    assert_eq!(bench.take(), ["500 MESSAGE"], "a number below the last is out of order");
    bench.feed(request("BYE", "7", 6, &tag, "", ""));
    assert_eq!(bench.take(), ["200 BYE", "487 INVITE"], "what waits for an answer gets one");
    bench.feed(request("ACK", "3", 3, &tag, "", ""));
    bench.assert_empty();
}

// covers: SET-14
#[test]
fn reliable_responses_are_taken_in_order_and_once() {
    let mut bench = Bench::new(Transport::Udp);
    bench.stack.invite(bench.now, bench.flow, call());
    let invite = bench.take_messages().remove(0);
    let progress = |rseq: u32| format!("{CONTACT}Require: 100rel\r\nRSeq: {rseq}\r\n");
    bench.answer(&invite, 183, "x", &progress(10), ANSWER);
    bench.answer(&invite, 183, "x", &progress(10), ANSWER);
    bench.answer(&invite, 180, "x", &progress(12), "");
    bench.answer(&invite, 180, "x", &progress(11), "");
    let pracks: Vec<_> = bench.take_messages().iter().map(|m| m.header("RAck").unwrap().to_owned()).collect();
    assert_eq!(pracks, ["10 1 INVITE", "11 1 INVITE"]);
    assert_eq!(bench.take_events().iter().filter(|e| matches!(e, Event::Progress { .. })).count(), 2);
    bench.answer(&invite, 486, "x", "", "");
    bench.assert_empty();
}

// covers: SET-14
#[test]
fn a_lost_prack_is_made_good_by_both_sides() {
    let mut net = Network::new(Transport::Udp, 1);
    let mut lost = 0;
    net.filter = Box::new(move |_, m: &Message| {
        let prack = m.method() == "PRACK" || m.cseq().1 == "PRACK";
        lost += u32::from(prack);
        !prack || lost > 4
    });
    let (now, flow) = (net.now, net.flows[A]);
    let a = net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].ring(now, b, Reply::status(183).body(ANSWER), true);
    net.stacks[B].accept(now, b, Reply::status(200));
    net.wait(A, answered);
    assert!(net.times(A, "PRACK").len() >= 3 && net.times(B, "183 INVITE").len() >= 3);
    assert_eq!(net.events[A].iter().filter(|e| matches!(e, Event::Progress { .. })).count(), 0);
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

#[test]
fn an_offer_by_update_while_it_rings() {
    let mut net = Network::new(Transport::Udp, 1);
    let (now, flow) = (net.now, net.flows[A]);
    let a = net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].ring(now, b, Reply::status(183).body(ANSWER), true);
    net.run(Duration::from_secs(1));
    let now = net.now;
    net.stacks[A].offer(now, a, "v=0\r\nother\r\n".into());
    assert!(net.wait(B, offered).contains("other"));
    let now = net.now;
    net.stacks[B].answer(now, b, "v=0\r\nfine\r\n".into());
    let body = net.wait(A, |e| if let Event::OfferAnswered { message, .. } = e { Some(message.body()) } else { None });
    assert_eq!(body, "v=0\r\nfine\r\n");
    assert_eq!(net.sent(A), ["INVITE", "PRACK", "UPDATE"]);
    let now = net.now;
    net.stacks[B].accept(now, b, Reply::status(200));
    net.wait(A, answered);
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

#[test]
fn a_dialog_that_the_peer_has_lost_ends() {
    for status in [408, 481] {
        let mut bench = Bench::new(Transport::Udp);
        let dialog = bench.stack.invite(bench.now, bench.flow, call());
        let invite = bench.take_messages().remove(0);
        bench.answer(&invite, 200, "x", CONTACT, ANSWER);
        bench.take();
        bench.stack.request_in_dialog(bench.now, dialog, "INFO", vec![], "".into()).unwrap();
        let info = bench.take_messages().remove(0);
        bench.answer(&info, status, "", "", "");
        assert_eq!(bench.take(), ["BYE"]);
        let events = bench.take_events();
        assert!(events.iter().any(|e| response(e) == Some(status)));
        assert!(events.iter().any(|e| ended(e) == Some(sip::EndCause::Unreachable)));
        bench.assert_empty();
    }
}

#[test]
fn merged_requests_loop_and_lost_ones_get_their_codes() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", ""));
    bench.take();
    bench.feed(request("INVITE", "2", 1, "", "", ""));
    assert_eq!(bench.take(), ["482 INVITE"]);
    bench.feed(request("INVITE", "3", 1, "unknown", "", ""));
    bench.feed(request("INFO", "4", 1, "unknown", "", ""));
    bench.feed(request("BYE", "5", 1, "", "", ""));
    assert_eq!(bench.take(), ["481 INVITE", "481 INFO", "481 BYE"]);
    bench.feed(request("ACK", "6", 1, "unknown", "", ""));
    bench.feed("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK0000000000000001\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n");
    assert!(bench.take().is_empty(), "stray ACKs and responses are dropped");
    bench.feed(request("CANCEL", "1", 1, "", "", ""));
    bench.assert_empty();
}

#[test]
fn a_re_invite_that_is_cancelled_leaves_the_session() {
    let mut net = Network::new(Transport::Udp, 1);
    let [a, b] = established(&mut net);
    let now = net.now;
    net.stacks[A].offer(now, a, "v=0\r\nhold\r\n".into());
    net.wait(B, offered);
    net.stacks[B].refuse_offer(now, b, 603);
    net.run(Duration::from_secs(1));
    let now = net.now;
    net.stacks[A].request_in_dialog(now, a, "INFO", vec![], "".into()).unwrap();
    let (id, ..) = net.wait(B, asked);
    let now = net.now;
    net.stacks[B].respond(now, id, Reply::status(200));
    assert_eq!(net.wait(A, response), 200);
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

#[test]
fn challenges_of_server_and_proxy_are_answered_each_once() {
    let mut bench = Bench::new(Transport::Udp);
    let credentials = Some(sip::message::Credentials { user: "101".into(), secret: "s".into() });
    let register = NewRequest {
        method: "REGISTER".into(),
        uri: "sip:acme.example".into(),
        body: "".into(),
        credentials: credentials.clone(),
        call_id: "same".into(),
        ..call()
    };
    let challenge = |name: &str, stale: &str| {
        format!(
            "{name}: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"{stale}\r\n{name}: Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n"
        )
    };
    bench.stack.request(bench.now, bench.flow, register.clone());
    let first = bench.take_messages().remove(0);
    bench.answer(&first, 407, "x", &challenge("Proxy-Authenticate", ""), "");
    let second = bench.take_messages().remove(0);
    assert!(second.header("Proxy-Authorization").unwrap().contains("algorithm=SHA-256"));
    assert_eq!((second.cseq().0, second.call_id(), second.from_tag()), (2, "same", first.from_tag()));
    assert_ne!(second.header("Via"), first.header("Via"));
    bench.answer(&second, 401, "x", &challenge("WWW-Authenticate", ""), "");
    let third = bench.take_messages().remove(0);
    assert!(third.header("Authorization").is_some() && third.header("Proxy-Authorization").is_some());
    bench.answer(&third, 401, "x", &challenge("WWW-Authenticate", ", stale=true"), "");
    let fourth = bench.take_messages().remove(0);
    bench.answer(&fourth, 401, "x", &challenge("WWW-Authenticate", ""), "");
    assert!(bench.take().is_empty());
    assert_eq!(bench.take_events().iter().filter_map(response).collect::<Vec<_>>(), [401]);
    bench.stack.request(bench.now, bench.flow, register);
    assert_eq!(bench.take_messages().remove(0).cseq().0, 5, "a registration keeps counting");
    bench.run(Duration::from_secs(1));
    bench.stack.invite(bench.now, bench.flow, NewRequest { credentials, ..call() });
    bench.take_events();
    let invite = bench.take_messages().pop().unwrap();
    bench.answer(&invite, 401, "x", &challenge("WWW-Authenticate", ""), "");
    let sent = bench.take_messages();
    assert_eq!((sent[0].method(), sent[1].method(), sent[1].cseq().0), ("ACK", "INVITE", 2));
    bench.answer(&sent[1], 200, "y", CONTACT, ANSWER);
    let ack = bench.take_messages().remove(0);
    assert!(ack.header("Authorization").is_some(), "RFC 3261, 22.1: the ACK repeats the credentials");
    assert_eq!(ack.cseq().0, 2);
    let dialog = bench.take_events().iter().find_map(answered).unwrap();
    bench.stack.bye(bench.now, dialog, None);
    let bye = bench.take_messages().remove(0);
    assert_eq!(bye.cseq().0, 3);
    bench.answer(&bye, 401, "", &challenge("WWW-Authenticate", ""), "");
    assert!(bench.take_messages().remove(0).header("Authorization").is_some());
    bench.assert_empty();
}

// covers: SET-14
#[test]
fn set_14_reliable_responses_are_offered_and_sent_as_the_switch_says() {
    for prack in [true, false] {
        let config = sip::Config { prack, ..crate::network::config(Transport::Udp, "192.0.2.1:5060") };
        let mut bench = Bench::with(config, Transport::Udp);
        // As the side that calls: 100rel is offered; a reliable 180 is acknowledged in any case.
        bench.stack.invite(bench.now, bench.flow, call());
        let invite = bench.take_messages().remove(0);
        assert_eq!(invite.lists("Supported", "100rel"), prack);
        bench.answer(&invite, 180, "x", &format!("{CONTACT}Require: 100rel\r\nRSeq: 7\r\n"), "");
        assert_eq!(bench.take_messages()[0].header("RAck"), Some("7 1 INVITE"));
        bench.answer(&invite, 486, "x", "", "");
        bench.take();
        bench.take_events();
        // As the side that is called: used where the peer supports it, and always where it requires it.
        for (branch, header, reliable) in [("1", "Supported", prack), ("2", "Require", true)] {
            bench.feed(request("INVITE", branch, 1, "", &format!("{header}: 100rel\r\n"), OFFER));
            let dialog = bench.take_events().iter().find_map(invited).unwrap();
            bench.stack.ring(bench.now, dialog, Reply::status(183).body(ANSWER), true);
            let progress = bench.take_messages().pop().unwrap();
            assert_eq!(progress.lists("Require", "100rel"), reliable, "{prack} {header}");
            bench.stack.reject(bench.now, dialog, Reply::status(486));
            bench.take();
            bench.run(Duration::from_secs(40));
            bench.take();
            bench.take_events();
        }
        bench.assert_empty();
    }
}
