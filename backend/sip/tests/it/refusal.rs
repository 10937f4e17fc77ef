//! What the stack refuses by itself, and how responses find their way back.

use std::time::Duration;

use sip::{Config, Event, Header, NewRequest, Reply, Transport};

use crate::call::{asked, invited};
use crate::network::{ANSWER, Bench, call, config, request};

/// The status, and a header of the response.
fn refused(text: &str, header: &str) -> (u16, Option<String>) {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(text);
    bench.feed(text);
    let told = bench.take_events();
    assert!(told.iter().all(|event| matches!(event, Event::Refused { .. })), "{text}");
    assert_eq!(bench.raw.len(), 2, "{text}");
    assert_eq!(bench.raw[0], bench.raw[1], "a repeat gets the same answer");
    let response = String::from_utf8(bench.raw[0].to_vec()).unwrap();
    let tag = response.split(";tag=").nth(2).and_then(|t| t.split("\r\n").next()).unwrap_or("x");
    bench.feed(request("ACK", "1", 1, tag, "", ""));
    bench.drain();
    assert_eq!((bench.raw.len(), bench.stack.sizes()), (2, (0, 0)), "and nothing is kept");
    let value = response.split("\r\n").find_map(|l| l.strip_prefix(&format!("{header}: ")).map(str::to_owned));
    (response[8..11].parse().unwrap(), value)
}

#[test]
fn each_fault_has_its_status_and_header() {
    let invite = |headers: &str| request("INVITE", "1", 1, "", headers, "");
    assert_eq!(refused(&invite("Require: foo, 100rel, bar\r\n"), "Unsupported"), (420, Some("foo, bar".into())));
    assert_eq!(refused(&invite("").replace("sip:102@192", "http://192"), "Via").0, 416);
    assert_eq!(refused(&invite("").replace("Max-Forwards: 70", "Max-Forwards: 0"), "Via").0, 483);
    assert_eq!(refused(&invite("").replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"), "Via").0, 505);
    let brew = request("BREW", "1", 1, "", "", "");
    assert!(refused(&brew, "Allow").1.unwrap().contains("INVITE"));
    assert_eq!(refused(&brew, "Allow").0, 501);
    let body = request("INVITE", "1", 1, "", "Content-Type: text/plain\r\n", "hello");
    assert_eq!(refused(&body, "Accept"), (415, Some("application/sdp".into())));
    assert_eq!(refused(&invite("Supported: timer\r\nSession-Expires: 30\r\n"), "Min-SE"), (422, Some("90".into())));
}

#[test]
fn s1_malformed_requests_get_400_with_the_reason_or_nothing() {
    let good = request("OPTIONS", "1", 1, "", "", "");
    for (fault, from, to) in [
        ("Via", "Via: SIP/2.0/UDP", "Via: HTTP"),
        ("CSeq", "CSeq: 1 OPTIONS", "CSeq: 1 INVITE"),
        ("CSeq", "CSeq: 1 OPTIONS", "CSeq: 4294967296 OPTIONS"),
        ("CSeq", "CSeq: 1 OPTIONS\r\n", ""),
        ("From", "From: <sip:101@h>;tag=peer", "From: \"x <sip:101@h>"),
        ("To", "To: <sip:102@h>\r\n", ""),
        ("To", "To: <sip:102@h>\r\n", "To: <sip:102@h>\r\nt: <sip:1@h>\r\n"),
        ("Call-ID", "Call-ID: one@h", "Call-ID:"),
        ("Content-Length", "Content-Length: 0", "Content-Length: 5"),
        ("Content-Length", "Content-Length: 0", "Content-Length: -1"),
        ("Content-Length", "Content-Length: 0", "Content-Length: 0\r\nl: 1"),
    ] {
        let text = good.replace(from, to);
        assert_ne!(text, good);
        let (status, warning) = refused(&text, "Warning");
        assert_eq!(status, 400, "{to}");
        assert!(warning.unwrap().contains(fault), "{to}");
    }
    let mut bench = Bench::new(Transport::Udp);
    for text in
        ["", "\r\n", "hello", "OPTIONS sip:a SIP/2.0", "SIP/2.0 200 OK\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\n\r\n"]
    {
        bench.feed(text);
    }
    bench.feed(good.replace("Via: ", "X: "));
    bench.feed(request("ACK", "1", 1, "", "", "").replace("Call-ID: one@h", "Call-ID:"));
    assert!(bench.take_events().is_empty() && bench.raw.is_empty());
}

#[test]
fn max_forwards_0_stays_here_where_we_are_the_last_hop() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("REGISTER", "1", 1, "", "", "").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    assert_eq!(bench.take_events().iter().filter_map(asked).count(), 1);
}

/// RFC 3261, 8.2.1 and 21.5.2: a method that nobody here knows is 501, one that is known and not allowed 405.
#[test]
fn a_405_names_the_methods_that_are_allowed_and_not_the_refused_one() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("MESSAGE", "1", 1, "", "", ""));
    let (id, ..) = bench.take_events().iter().find_map(asked).unwrap();
    bench.stack.respond(bench.now, id, Reply::status(405));
    let refusal = bench.take_messages().remove(0);
    assert_eq!(refusal.status(), 405);
    let allowed: Vec<_> = refusal.header("Allow").unwrap().split(", ").collect();
    assert!(allowed.contains(&"INVITE") && allowed.contains(&"BYE") && !allowed.contains(&"MESSAGE"), "{allowed:?}");
    let (status, allowed) = refused(&request("message", "1", 1, "", "", ""), "Allow");
    assert_eq!(status, 501, "methods are case-sensitive");
    assert!(allowed.unwrap().contains("MESSAGE"));
}

#[test]
fn responses_carry_where_the_request_came_from() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("OPTIONS", "1", 1, "", "v: SIP/2.0/UDP hop:5062;branch=z9hG4bKhop\r\n", ""));
    let (id, ..) = bench.take_events().iter().find_map(asked).unwrap();
    bench.stack.respond(bench.now, id, Reply::status(200));
    let ok = bench.take_messages().remove(0);
    let vias = ok.header_values("Via");
    assert_eq!(
        vias,
        [
            "SIP/2.0/UDP 192.0.2.9:5099;branch=z9hG4bK1;received=192.0.2.9;rport=5099",
            "SIP/2.0/UDP hop:5062;branch=z9hG4bKhop"
        ]
    );
    // Without rport only a differing host is noted (RFC 3261, 18.2.1).
    let text = request("OPTIONS", "2", 2, "", "", "")
        .replace(";rport", "")
        .replace("UDP 192.0.2.9:5099", "UDP 10.0.0.1:5099;received=1.1.1.1");
    bench.feed(text);
    let (id, ..) = bench.take_events().iter().find_map(asked).unwrap();
    bench.stack.respond(bench.now, id, Reply::status(200));
    let ok = bench.take_messages().remove(0);
    assert_eq!(ok.header("Via"), Some("SIP/2.0/UDP 10.0.0.1:5099;branch=z9hG4bK2;received=192.0.2.9"));
}

#[test]
fn route_sets_are_kept_in_order_and_targets_followed() {
    let mut bench = Bench::new(Transport::Udp);
    let routes = "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\nRecord-Route: <sip:p0;lr>\r\n";
    bench.feed(request("INVITE", "1", 1, "", routes, "v=0\r\n"));
    let dialog = bench.take_events().iter().find_map(invited).unwrap();
    bench.stack.accept(bench.now, dialog, Reply::status(200).body(ANSWER));
    let ok = bench.take_messages().pop().unwrap();
    assert_eq!(ok.header_values("Record-Route"), ["<sip:p2;lr>", "<sip:p1;lr>", "<sip:p0;lr>"]);
    bench.feed(request("ACK", "2", 1, ok.to_tag(), "", ""));
    bench.stack.bye(bench.now, dialog, None);
    let bye = bench.take_messages().remove(0);
    assert_eq!(bye.header_values("Route"), ["<sip:p2;lr>", "<sip:p1;lr>", "<sip:p0;lr>"]);
    assert_eq!(bye.request_uri().unwrap().text, "sip:101@192.0.2.9:5099");

    // As the caller the order is turned, and a first route without `lr` takes the place of the target.
    let mut bench = Bench::new(Transport::Udp);
    let dialog = bench.stack.invite(bench.now, bench.flow, call());
    let invite = bench.take_messages().remove(0);
    let headers = "Contact: <sip:102@far;gr=x>\r\nRecord-Route: <sip:p2;lr>, <sip:strict>\r\n";
    bench.answer(&invite, 200, "x", headers, ANSWER);
    let ack = bench.take_messages().remove(0);
    assert_eq!(ack.request_uri().unwrap().text, "sip:strict");
    assert_eq!(ack.header_values("Route"), ["<sip:p2;lr>", "<sip:102@far;gr=x>"]);
    bench.stack.bye(bench.now, dialog, None);
    bench.assert_empty();
}

#[test]
fn s10_a_flood_is_answered_503_and_leaves_nothing() {
    let small = Config { dialogs_max: 10, ..config(Transport::Udp, "192.0.2.1:5060") };
    let mut bench = Bench::with(small, Transport::Udp);
    for n in 0..200 {
        bench.feed(request("INVITE", &n.to_string(), n, "", "", "").replace("one@h", &n.to_string()));
    }
    let refused = bench.take().iter().filter(|s| *s == "503 INVITE").count();
    assert_eq!((refused, bench.stack.sizes()), (190, (10, 10)));
    for n in 0..200 {
        bench.feed(request("OPTIONS", &n.to_string(), n, "", "", "").replace("one@h", &n.to_string()));
    }
    assert_eq!(bench.stack.sizes(), (10, 80));
    let events = bench.take_events();
    for dialog in events.iter().filter_map(invited) {
        bench.stack.reject(bench.now, dialog, Reply::status(404));
    }
    bench.assert_empty();
}

#[test]
fn a_challenge_to_a_stranger_keeps_no_state() {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(request("REGISTER", "1", 1, "", "", ""));
    let (id, ..) = bench.take_events().iter().find_map(asked).unwrap();
    bench.stack.respond(bench.now, id, Reply::status(401).header("WWW-Authenticate", "Digest realm=\"r\""));
    assert_eq!(bench.take(), ["401 REGISTER"]);
    assert_eq!(bench.stack.sizes(), (0, 0));
}

#[test]
fn headers_of_the_user_take_the_place_of_the_stacks_own_and_its_option_tags_come_on_top() {
    let config = Config { user_agent: "Belfry".into(), ..config(Transport::Ws, "x.invalid") };
    let mut bench = Bench::with(config, Transport::Ws);
    let headers = vec![
        Header::new("Max-Forwards", "12"),
        Header::new("Supported", "outbound"),
        Header::new("X-A\r\nEvil", "1"),
        Header::new("Subject", "a\r\nEvil: 1"),
    ];
    bench.stack.invite(bench.now, bench.flow, NewRequest { headers, route: vec!["<sip:edge;lr>".into()], ..call() });
    let invite = bench.take_messages().remove(0);
    assert_eq!(invite.header("Max-Forwards"), Some("12"));
    assert_eq!(invite.header_values("Supported"), ["outbound", "100rel", "timer", "replaces", "norefersub"]);
    assert_eq!((invite.header("Evil"), invite.header("Subject")), (None, Some("a  Evil: 1")));
    assert_eq!(invite.header("User-Agent"), Some("Belfry"));
    assert_eq!(invite.header("Route"), Some("<sip:edge;lr>"));
    assert_eq!(invite.header("Contact"), Some("<sip:101@x.invalid;transport=ws>"));
    assert!(invite.header("Via").unwrap().starts_with("SIP/2.0/WS x.invalid;branch=z9hG4bK"));
    bench.run(Duration::from_secs(40));
    assert!(matches!(bench.take_events()[0], Event::Failed { status: 408, .. }));
}

#[test]
fn what_cannot_be_sent_fails_at_once() {
    let mut bench = Bench::new(Transport::Udp);
    bench.stack.invite(bench.now, bench.flow, NewRequest { uri: "no uri".into(), ..call() });
    bench.stack.request(bench.now, bench.flow, NewRequest { method: "BREW".into(), ..call() });
    let events = bench.take_events();
    assert!(
        matches!(events[0], Event::Failed { status: 503, .. })
            && matches!(events[1], Event::Response { status: 503, .. })
    );
    assert_eq!(bench.stack.sizes(), (0, 0));
}
