//! The timers of RFC 3261, 17 and RFC 6026, in virtual time.

use std::time::Duration;

use sip::{Event, Reply, Transport};

use crate::call::{asked, established, failed, invited, response};
use crate::network::{A, ANSWER, B, Bench, Network, call, request};

fn options() -> sip::NewRequest {
    sip::NewRequest { method: "OPTIONS".into(), body: "".into(), ..call() }
}

#[test]
fn timer_a_doubles_and_timer_b_gives_an_invite_up_after_32_seconds() {
    let mut net = Network::new(Transport::Udp, 1);
    net.filter = Box::new(|_, _| false);
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].invite(now, flow, call());
    assert_eq!(net.wait(A, failed), 408);
    assert_eq!(net.times(A, "INVITE"), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!(net.now.millis() - crate::network::START.millis(), 32_000);
    net.assert_empty();
}

#[test]
fn timer_e_doubles_up_to_t2_and_timer_f_gives_a_request_up() {
    let mut net = Network::new(Transport::Udp, 1);
    net.filter = Box::new(|_, _| false);
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].request(now, flow, options());
    assert_eq!(net.wait(A, response), 408);
    let expected = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(net.times(A, "OPTIONS"), expected);
    net.assert_empty();
}

#[test]
fn on_a_reliable_transport_nothing_is_sent_twice() {
    let mut net = Network::new(Transport::Tcp, 1);
    net.filter = Box::new(|_, _| false);
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].invite(now, flow, call());
    net.stacks[A].request(now, flow, options());
    assert_eq!(net.wait(A, failed), 408);
    net.assert_empty();
    assert_eq!(net.sent(A), ["INVITE", "OPTIONS"]);
}

#[test]
fn after_a_provisional_response_a_request_goes_out_every_t2() {
    let mut bench = Bench::new(Transport::Udp);
    bench.stack.request(bench.now, bench.flow, options());
    let sent = bench.take_messages().remove(0);
    bench.answer(&sent, 183, "x", "", "");
    bench.run(Duration::from_millis(16_600));
    // Timer E was set to T1 when the response came; from its end on it runs with T2.
    assert_eq!(bench.take(), ["OPTIONS"; 5]);
    bench.run(Duration::from_secs(16));
    assert!(bench.take_events().iter().any(|e| response(e) == Some(408)));
    bench.assert_empty();
}

#[test]
fn timer_g_repeats_a_refusal_until_timer_h() {
    let mut net = Network::new(Transport::Udp, 1);
    net.filter = Box::new(|_, m| m.method() != "ACK");
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].reject(now, b, Reply::status(486));
    assert_eq!(net.wait(A, failed), 486);
    net.run(Duration::from_secs(40));
    let times = net.times(B, "486 INVITE");
    let gaps: Vec<_> = times.windows(2).map(|w| w[1] - w[0]).collect();
    assert_eq!(gaps, [500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000]);
    // Each repeat is acknowledged again: timer D outlasts timer H.
    assert_eq!(net.times(A, "ACK").len(), times.len());
    net.assert_empty();
}

#[test]
fn timer_i_absorbs_the_acks_of_repeats_for_t4() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", ""));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.reject(bench.now, dialog, Reply::status(486));
    let tag = bench.take_messages().last().unwrap().to_tag().to_owned();
    bench.feed(request("ACK", "1", 1, &tag, "", ""));
    bench.run(Duration::from_millis(4_900));
    bench.feed(request("ACK", "1", 1, &tag, "", ""));
    assert!(bench.take().is_empty() && bench.take_events().is_empty());
    assert_eq!(bench.stack.sizes(), (0, 1));
    bench.run(Duration::from_millis(200));
    assert_eq!(bench.stack.sizes(), (0, 0));
}

#[test]
fn timer_j_answers_repeats_of_a_request_for_32_seconds() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("OPTIONS", "1", 1, "", "", ""));
    let (id, ..) = bench.take_events().iter().find_map(asked).unwrap();
    bench.feed(request("OPTIONS", "1", 1, "", "", ""));
    assert!(bench.take().is_empty(), "nothing to repeat before the answer");
    bench.stack.respond(bench.now, id, Reply::status(200));
    bench.run(Duration::from_secs(31));
    bench.feed(request("OPTIONS", "1", 1, "", "", ""));
    assert_eq!(bench.take(), ["200 OPTIONS", "200 OPTIONS"]);
    assert!(bench.take_events().is_empty(), "a repeat is no second request");
    bench.run(Duration::from_secs(2));
    assert_eq!(bench.stack.sizes(), (0, 0));
}

#[test]
fn timer_k_absorbs_repeated_responses_for_t4() {
    let mut bench = Bench::new(Transport::Udp);
    bench.stack.request(bench.now, bench.flow, options());
    let sent = bench.take_messages().remove(0);
    bench.answer(&sent, 200, "x", "", "");
    bench.answer(&sent, 200, "x", "", "");
    assert_eq!(bench.take_events().iter().filter_map(response).collect::<Vec<_>>(), [200]);
    bench.run(Duration::from_millis(4_900));
    assert_eq!(bench.stack.sizes(), (0, 1));
    bench.run(Duration::from_millis(200));
    assert_eq!(bench.stack.sizes(), (0, 0));
}

#[test]
fn a_200_is_repeated_until_its_ack_and_each_repeat_is_acknowledged() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut net = Network::new(transport, 1);
        let mut lost = 0;
        net.filter = Box::new(move |_, m| {
            lost += u32::from(m.method() == "ACK");
            m.method() != "ACK" || lost > 3
        });
        let (now, flow) = (net.now, net.flows[A]);
        net.stacks[A].invite(now, flow, call());
        let b = net.wait(B, invited);
        let now = net.now;
        net.stacks[B].accept(now, b, Reply::status(200).body(ANSWER));
        net.wait(B, crate::call::acknowledged);
        assert_eq!(net.times(B, "200 INVITE"), [10, 510, 1_510, 3_510]);
        assert_eq!(net.times(A, "ACK").len(), 4);
        assert_eq!(net.events[A].iter().filter(|e| matches!(e, Event::Answered { .. })).count(), 1);
        let now = net.now;
        net.stacks[B].bye(now, b, None);
        net.assert_empty();
    }
}

#[test]
fn an_ack_that_never_comes_ends_the_call_after_32_seconds() {
    let mut net = Network::new(Transport::Udp, 1);
    net.filter = Box::new(|_, m| m.method() != "ACK");
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].accept(now, b, Reply::status(200).body(ANSWER));
    assert_eq!(net.wait(B, crate::call::ended), sip::EndCause::AckMissing);
    assert!((32_000..37_000).contains(&net.times(B, "BYE")[0]));
    assert!(matches!(net.wait(A, crate::call::ended), sip::EndCause::Bye(Some(_))));
    net.assert_empty();
}

#[test]
fn ringing_is_repeated_each_minute() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", ""));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.ring(bench.now, dialog, Reply::status(180), false);
    assert_eq!(bench.take(), ["100 INVITE", "180 INVITE"]);
    bench.run(Duration::from_secs(150));
    assert_eq!(bench.take(), ["180 INVITE", "180 INVITE"]);
    bench.stack.reject(bench.now, dialog, Reply::status(480));
    bench.assert_empty();
}

#[test]
fn a_request_that_the_user_never_answers_is_forgotten() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("MESSAGE", "1", 1, "", "", "hello"));
    assert_eq!(bench.take_events().len(), 1);
    bench.assert_empty();
    assert!(bench.take().is_empty(), "RFC 4320: no 408");
}

#[test]
fn prack_that_never_comes_refuses_the_call() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "Supported: 100rel\r\n", "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.ring(bench.now, dialog, Reply::status(183).body(ANSWER), true);
    bench.run(Duration::from_secs(33));
    let sent = bench.take();
    assert_eq!(sent.iter().filter(|s| *s == "183 INVITE").count(), 7);
    assert!(sent.iter().any(|s| s == "504 INVITE"));
    assert!(bench.take_events().iter().any(|e| matches!(e, Event::Cancelled { reason: Some(_), .. })));
    bench.assert_empty();
}

#[test]
fn a_closed_connection_fails_what_waits_on_it_at_once_and_no_call() {
    let mut net = Network::new(Transport::Ws, 1);
    let [a, b] = established(&mut net);
    net.filter = Box::new(|_, _| false);
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].invite(now, flow, call());
    net.stacks[A].request(now, flow, options());
    net.stacks[A].offer(now, a, "v=0\r\nhold\r\n".into());
    net.drain();
    net.stacks[A].handle_flow_closed(now, flow);
    net.drain();
    let events = std::mem::take(&mut net.events[A]);
    assert!(events.iter().any(|e| failed(e) == Some(503)));
    assert!(events.iter().any(|e| response(e) == Some(503)));
    assert!(events.iter().any(|e| matches!(e, Event::OfferRefused { status: 503, .. })));
    assert_eq!(net.stacks[A].sizes().0, 1, "the call survives");
    net.filter = Box::new(|_, _| true);
    let other = sip::Flow { connection: sip::ConnectionId(8), ..flow };
    net.stacks[A].move_dialog(a, other);
    let now = net.now;
    net.stacks[A].offer(now, a, "v=0\r\nback\r\n".into());
    let mut ways = vec![];
    while let Some(output) = net.stacks[A].poll_output() {
        if let sip::Output::Send { flow, bytes } = output {
            ways.push(flow);
            let from = net.flows[B];
            net.stacks[B].handle_packet(now, from, bytes);
        }
    }
    assert_eq!(ways, [other]);
    assert!(net.wait(B, crate::call::offered).contains("back"));
    let now = net.now;
    net.stacks[B].answer(now, b, ANSWER.into());
    net.stacks[B].bye(now, b, None);
    net.run(Duration::from_secs(1));
    net.assert_empty();
}
