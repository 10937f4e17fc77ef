//! Session timers (RFC 4028), both roles.

use std::time::Duration;

use sip::{Config, EndCause, Event, Reply, Transport};

use crate::call::{answered, ended, established, failed, invited};
use crate::network::{A, ANSWER, B, Bench, Network, START, call, config, request};

fn timed(host: &str, seconds: Option<u64>) -> Config {
    Config { session_expires: seconds.map(Duration::from_secs), ..config(Transport::Udp, host) }
}

fn pair(a: Option<u64>, b: Option<u64>) -> Network {
    Network::with(Transport::Udp, 1, timed("192.0.2.1:5060", a), timed("192.0.2.2:5060", b))
}

// covers: SET-17
#[test]
fn the_caller_refreshes_by_update_at_half_of_the_interval() {
    let mut net = pair(Some(120), None);
    let [a, _] = established(&mut net);
    assert_eq!(net.last(A, "INVITE").header("Session-Expires"), Some("120"));
    assert_eq!(net.last(B, "200 INVITE").header("Session-Expires"), Some("120;refresher=uac"));
    net.run(Duration::from_secs(600));
    let gaps: Vec<_> = net.times(A, "UPDATE").windows(2).map(|w| (w[1] - w[0]) / 1_000).collect();
    assert_eq!(gaps, [60; 8]);
    assert!(net.times(B, "UPDATE").is_empty());
    assert!(
        net.events
            .iter()
            .flatten()
            .all(|e| !matches!(e, Event::Offered { .. } | Event::OfferAnswered { .. } | Event::Ended { .. }))
    );
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

// covers: SET-17
#[test]
fn the_called_side_asks_for_a_timer_when_the_caller_does_not() {
    let mut net = pair(None, Some(100));
    let [a, _] = established(&mut net);
    assert_eq!(net.last(B, "200 INVITE").header("Session-Expires"), Some("100;refresher=uac"));
    assert_eq!(net.last(B, "200 INVITE").header("Require"), Some("timer"));
    net.run(Duration::from_secs(301));
    assert_eq!(net.times(A, "UPDATE").len(), 6);
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

// covers: SET-17
#[test]
fn no_side_wants_a_timer() {
    let mut net = pair(None, None);
    let [a, _] = established(&mut net);
    net.run(Duration::from_secs(7_200));
    assert!(net.times(A, "UPDATE").is_empty() && net.last(B, "200 INVITE").header("Session-Expires").is_none());
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

// covers: R7, SET-17
#[test]
fn r7_a_peer_that_vanishes_is_noticed_by_both() {
    let mut net = pair(Some(120), None);
    established(&mut net);
    net.filter = Box::new(|_, _| false);
    let since = net.now;
    // RFC 4028, 10: BYE goes 32 s before the end. The refresh at half of the interval has had no answer.
    assert_eq!(net.wait(A, ended), EndCause::SessionTimer);
    assert_eq!(net.wait(B, ended), EndCause::SessionTimer);
    assert_eq!(net.times(A, "UPDATE").len(), 10);
    assert_eq!(net.now.since(since).as_secs(), 87);
    net.assert_empty();
}

// covers: SET-17
#[test]
fn a_peer_without_update_is_refreshed_by_re_invite_with_the_description_in_force() {
    let mut bench = Bench::with(timed("192.0.2.1:5060", Some(120)), Transport::Udp);
    bench.stack.invite(bench.now, bench.flow, call());
    let invite = bench.take_messages().remove(0);
    let headers = "Contact: <sip:102@192.0.2.9:5099>\r\nSession-Expires: 120;refresher=uac\r\nRequire: timer\r\n";
    bench.answer(&invite, 200, "x", headers, ANSWER);
    bench.take();
    bench.run(Duration::from_secs(61));
    let refresh = bench.take_messages().remove(0);
    assert_eq!((refresh.method(), refresh.body()), ("INVITE", invite.body()));
    assert_eq!(refresh.header("Session-Expires"), Some("120;refresher=uac"));
    bench.answer(&refresh, 200, "", headers, ANSWER);
    assert_eq!(bench.take(), ["ACK"]);
    bench.take_events();
    // The next refresh is refused in passing: it is tried again before the session ends.
    bench.run(Duration::from_secs(61));
    let refresh = bench.take_messages().remove(0);
    bench.answer(&refresh, 503, "", "", "");
    bench.run(Duration::from_secs(20));
    let refresh = bench.take_messages().pop().unwrap();
    assert_eq!(refresh.method(), "INVITE");
    bench.answer(&refresh, 200, "", headers, ANSWER);
    bench.run(Duration::from_secs(40));
    assert!(bench.take_events().iter().all(|e| ended(e).is_none()));
    // No answer at all, but a 100: the session timer ends it.
    bench.run(Duration::from_secs(30));
    let refresh = bench.take_messages().pop().unwrap();
    bench.answer(&refresh, 100, "", "", "");
    bench.run(Duration::from_secs(60));
    assert!(bench.take_events().iter().any(|e| ended(e) == Some(EndCause::SessionTimer)));
    let sent = bench.take();
    assert!(sent.contains(&"BYE".to_owned()), "{sent:?}");
}

// covers: SET-18
#[test]
fn an_interval_that_is_too_small_is_refused_and_asked_for_again() {
    let strict = Config { session_expires_min: Duration::from_secs(300), ..timed("192.0.2.2:5060", Some(600)) };
    let mut net = Network::with(Transport::Udp, 1, timed("192.0.2.1:5060", Some(120)), strict);
    let (now, flow) = (net.now, net.flows[A]);
    let a = net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    assert_eq!(net.last(B, "422 INVITE").header("Min-SE"), Some("300"));
    assert_eq!(net.last(A, "INVITE").header("Session-Expires"), Some("300"));
    assert_eq!(net.last(A, "INVITE").cseq().0, 2);
    let now = net.now;
    net.stacks[B].accept(now, b, Reply::status(200).body(ANSWER));
    net.wait(A, answered);
    assert_eq!(net.last(B, "200 INVITE").header("Session-Expires"), Some("300;refresher=uac"));
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

// covers: SET-18
#[test]
fn a_422_without_end_fails_the_call() {
    let mut bench = Bench::new(Transport::Udp);
    bench.stack.invite(bench.now, bench.flow, call());
    for min in [200, 300, 400] {
        let invite = bench.take_messages().pop().unwrap();
        bench.answer(&invite, 422, "x", &format!("Min-SE: {min}\r\n"), "");
    }
    assert_eq!(bench.take_events().iter().find_map(failed), Some(422));
    bench.assert_empty();
}

// covers: SET-17
#[test]
fn a_peer_without_timers_is_refreshed_by_us() {
    let mut bench = Bench::with(timed("192.0.2.1:5060", Some(120)), Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "Allow: INVITE, UPDATE\r\n", "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
    let ok = bench.take_messages().pop().unwrap();
    assert_eq!((ok.header("Session-Expires"), ok.header("Require")), (Some("120;refresher=uas"), None));
    bench.feed(request("ACK", "2", 1, ok.to_tag(), "", ""));
    bench.run(Duration::from_secs(61));
    let update = bench.take_messages().remove(0);
    assert_eq!((update.method(), update.body().len()), ("UPDATE", 0));
    bench.answer(&update, 200, "", "", "");
    bench.run(Duration::from_secs(600));
    assert!(bench.take_events().iter().all(|e| ended(e).is_none()), "it agreed to no end");
    assert!(bench.now > START);
    bench.stack.bye(bench.now, dialog, None);
    bench.assert_empty();
}

// covers: SET-17, SET-18
#[test]
fn set_17_the_timer_is_changed_while_the_stack_runs_and_new_dialogs_follow() {
    let mut net = pair(Some(120), None);
    net.stacks[A].set_session_expires(None);
    let [a, _] = established(&mut net);
    assert_eq!(net.last(A, "INVITE").header("Session-Expires"), None);
    net.run(Duration::from_secs(600));
    assert!(net.times(A, "UPDATE").is_empty());
    net.stacks[A].set_session_expires(Some(Duration::from_secs(600)));
    net.run(Duration::from_secs(600));
    assert!(net.times(A, "UPDATE").is_empty(), "a dialog that stands keeps what was agreed");
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    established(&mut net);
    assert_eq!(net.last(A, "INVITE").header("Session-Expires"), Some("600"));
}

// covers: SET-17
#[test]
fn set_17_the_refresher_is_who_the_answer_names() {
    let mut bench = Bench::with(timed("192.0.2.1:5060", Some(120)), Transport::Udp);
    // As the side that is called, by a caller that wants us to refresh; then by one that does it itself.
    for (branch, refresher, ours) in [("1", "uas", true), ("5", "uac", false)] {
        let headers =
            format!("Supported: timer\r\nSession-Expires: 120;refresher={refresher}\r\nAllow: INVITE, UPDATE\r\n");
        bench.feed(request("INVITE", branch, 1, "", &headers, "v=0\r\n"));
        let dialog = bench.take_events().iter().find_map(invited).unwrap();
        bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
        let ok = bench.take_messages().pop().unwrap();
        assert_eq!(ok.header("Session-Expires"), Some(format!("120;refresher={refresher}").as_str()));
        bench.feed(request("ACK", &format!("{branch}0"), 1, ok.to_tag(), "", ""));
        bench.run(Duration::from_secs(61));
        let sent = bench.take_messages();
        assert_eq!(sent.iter().any(|m| m.method() == "UPDATE"), ours, "{refresher}");
        for update in sent {
            bench.answer(&update, 200, "", "Session-Expires: 120;refresher=uac\r\nRequire: timer\r\n", "");
        }
        bench.stack.bye(bench.now, dialog, None);
        bench.run(Duration::from_secs(40));
        bench.take();
        bench.take_events();
    }
    bench.assert_empty();
}

// covers: SET-18
#[test]
fn set_18_an_interval_below_the_least_is_422_to_who_understands_it() {
    let mut bench = Bench::with(timed("192.0.2.1:5060", Some(120)), Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "Supported: timer\r\nSession-Expires: 60\r\n", "v=0\r\n"));
    let refused = bench.take_messages().pop().unwrap();
    assert_eq!((refused.status(), refused.header("Min-SE")), (422, Some("90")));
    assert!(matches!(bench.take_events()[..], [Event::Refused { status: 422, .. }]));
    // Who does not know of timers gets the least instead (RFC 4028, 8.1).
    bench.run(Duration::from_secs(40));
    bench.feed(request("INVITE", "2", 1, "", "Session-Expires: 60\r\n", "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
    assert_eq!(bench.take_messages().pop().unwrap().header("Session-Expires"), Some("90;refresher=uas"));
    bench.stack.bye(bench.now, dialog, None);
    bench.run(Duration::from_secs(80));
    bench.take();
    bench.assert_empty();
}
