//! S16: whoever writes a victim's address on a request gains nothing by the answers.

use std::time::Duration;

use bytes::Bytes;
use sip::{Config, Event, Output, Reply, Transport};

use crate::network::{Bench, config, request};

const CHALLENGE: &str =
    "Digest realm=\"acme.example\", nonce=\"00060ac0f3b8400000014a5f6e7d8c9bafbecddc0123456789abcdef01\"";

/// What the server does with strangers: OPTIONS is answered, the rest is challenged, twice.
fn answer(bench: &mut Bench, event: Event) {
    let challenge = [", algorithm=SHA-256, qop=\"auth\"", ", algorithm=MD5, qop=\"auth\""]
        .iter()
        .fold(Reply::status(401), |reply, more| reply.header("WWW-Authenticate", format!("{CHALLENGE}{more}")));
    match event {
        Event::Request { request, message, .. } if message.method() == "OPTIONS" => {
            bench.stack.respond(bench.now, request, Reply::status(200).header("Accept", "application/sdp"));
        }
        Event::Request { request, .. } => bench.stack.respond(bench.now, request, challenge),
        Event::Invited { dialog, .. } => bench.stack.reject(bench.now, dialog, challenge),
        _ => {}
    }
}

/// All that is sent within a minute.
fn echo(transport: Transport, text: &str) -> Vec<Bytes> {
    let config = Config { user_agent: "Belfry".into(), ..config(transport, "192.0.2.1:5060") };
    let mut bench = Bench::with(config, transport);
    bench.feed(text);
    // As the server does: what is told is acted on before the next is sent.
    while let Some(output) = bench.stack.poll_output() {
        match output {
            Output::Event(event) => answer(&mut bench, event),
            Output::Send { bytes, .. } => bench.raw.push(bytes),
        }
    }
    bench.run(Duration::from_secs(60));
    bench.raw
}

fn weight(answers: &[Bytes]) -> usize {
    answers.iter().map(Bytes::len).sum()
}

/// The least that is a message: names and values as short as they get.
fn least(method: &str) -> String {
    format!(
        "{method} sip:a SIP/2.0\r\nv:SIP/2.0/UDP a\r\nf:sip:a;tag=a\r\nt:sip:a\r\ni:a\r\nCSeq:1 {method}\r\nm:sip:a\r\n\r\n"
    )
}

const METHODS: [&str; 8] = ["OPTIONS", "REGISTER", "INVITE", "SUBSCRIBE", "MESSAGE", "BYE", "CANCEL", "BREW"];

#[test]
fn s16_all_answers_to_a_stranger_weigh_at_most_three_times_the_request() {
    for method in METHODS {
        let usual = request(method, "1", 1, "", "", "");
        for text in [
            least(method),
            usual.clone(),
            usual.replace("CSeq: 1", "CSeq: x"),
            usual.replace("SIP/2.0\r\n", "SIP/3.0\r\n"),
        ] {
            let answers = echo(Transport::Udp, &text);
            assert!(weight(&answers) <= 3 * text.len(), "{} for {}: {text}", weight(&answers), text.len());
        }
    }
}

#[test]
fn s16_a_usual_request_is_answered_once_and_so_is_the_least_where_a_source_is_proved() {
    for method in METHODS {
        assert_eq!(echo(Transport::Udp, &request(method, "1", 1, "", "", "")).len(), 1, "{method}");
        assert!(!echo(Transport::Tcp, &least(method)).is_empty(), "{method}");
    }
}

#[test]
fn s16_a_lost_challenge_to_an_invite_comes_again_with_the_request() {
    let mut bench = Bench::new(Transport::Udp);
    for _ in 0..3 {
        bench.feed(request("INVITE", "1", 1, "", "", ""));
        let mut seen = vec![];
        while let Some(output) = bench.stack.poll_output() {
            match output {
                Output::Event(event) => answer(&mut bench, event),
                Output::Send { bytes, .. } => seen.push(String::from_utf8_lossy(&bytes)[8..11].to_owned()),
            }
        }
        assert_eq!((seen, bench.stack.sizes()), (vec!["401".to_owned()], (0, 0)), "no 100 that would end the repeats");
    }
    // Its ACK finds nothing any more, and needs nothing.
    bench.feed(request("ACK", "1", 1, "x", "", ""));
    bench.drain();
    assert!(bench.raw.is_empty() && bench.events.is_empty());
}

#[test]
fn an_invite_that_is_challenged_later_has_had_its_100() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("INVITE", "1", 1, "", "", ""));
    assert_eq!(bench.take(), ["100 INVITE"]);
    let event = bench.take_events().remove(0);
    answer(&mut bench, event);
    assert_eq!(bench.take(), ["401 INVITE"]);
    bench.run(Duration::from_secs(2));
    assert_eq!(bench.take(), ["401 INVITE", "401 INVITE"], "and the challenge comes again until its ACK");
    bench.assert_empty();
}
