//! What a message may hold: each limit at its edge and one above, and the ways to say its length.
// covers: S1, S11

use bytes::Bytes;
use sip::framing::{Broken, Frame, Framer};
use sip::view::{
    HEAD_BYTES_MAX, HEADER_BYTES_MAX, HEADERS_MAX, MESSAGE_BYTES_MAX, Malformed, START_LINE_BYTES_MAX, URI_BYTES_MAX,
    VIAS_MAX,
};
use sip::{Event, Message, Transport};

use crate::allocation::{counted, weighed};
use crate::network::{Bench, flow};

const URI: &str = "sip:user@example.com";

fn options(uri: &str, headers: &str) -> String {
    format!(
        "OPTIONS {uri} SIP/2.0\r\nVia: SIP/2.0/UDP h.example.com;branch=z9hG4bKx\r\nFrom: <sip:a@example.com>;tag=1\r\n\
         To: <sip:user@example.com>\r\nCall-ID: c@h\r\nCSeq: 1 OPTIONS\r\n{headers}\r\n"
    )
}

/// The status that the stack answers by itself; 0 when the request reaches its user, none when nothing happens.
fn answer(text: impl AsRef<[u8]>) -> Option<u16> {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(text);
    if bench.take_events().iter().any(|event| matches!(event, Event::Request { .. })) {
        return Some(0);
    }
    assert_eq!(bench.stack.sizes(), (0, 0));
    bench.raw.last().map(|answer| String::from_utf8_lossy(answer).split(' ').nth(1).unwrap().parse().unwrap())
}

fn filled(prefix: &str, bytes: usize, suffix: &str) -> String {
    format!("{prefix}{}{suffix}", "x".repeat(bytes - prefix.len() - suffix.len()))
}

#[test]
fn s1_a_request_uri_may_be_4096_bytes() {
    let uri = |bytes| filled("sip:", bytes, "@example.com");
    assert_eq!(answer(options(&uri(URI_BYTES_MAX), "")), Some(0));
    assert_eq!(answer(options(&uri(URI_BYTES_MAX + 1), "")), Some(414));
}

#[test]
fn s1_a_start_line_may_be_8192_bytes() {
    let text = |bytes: usize| {
        let method = "M".repeat(bytes - " sip:user@example.com SIP/2.0".len());
        options(URI, "").replace("OPTIONS", &method)
    };
    assert_eq!(answer(text(START_LINE_BYTES_MAX)), Some(501));
    assert_eq!(answer(text(START_LINE_BYTES_MAX + 1)), Some(513));
    let response =
        |bytes| options(URI, "").replace("OPTIONS sip:user@example.com SIP/2.0", &filled("SIP/2.0 200 ", bytes, ""));
    assert!(Message::parse(response(START_LINE_BYTES_MAX).into()).is_ok());
    assert_eq!(
        Message::parse(response(START_LINE_BYTES_MAX + 1).into()).err(),
        Some(Malformed::TooLarge("start line"))
    );
}

#[test]
fn s1_a_header_may_be_8192_bytes_folded_or_not() {
    for prefix in ["X: ", "X:\r\n ", "Subject: a\r\n\tb\r\n c"] {
        let header = |bytes| filled(prefix, bytes, "") + "\r\n";
        assert_eq!(answer(options(URI, &header(HEADER_BYTES_MAX))), Some(0));
        assert_eq!(answer(options(URI, &header(HEADER_BYTES_MAX + 1))), Some(513));
    }
}

#[test]
fn s1_a_message_may_have_128_headers() {
    assert_eq!(answer(options(URI, &"X: y\r\n".repeat(HEADERS_MAX - 5))), Some(0));
    assert_eq!(answer(options(URI, &"X: y\r\n".repeat(HEADERS_MAX - 4))), Some(513));
}

#[test]
fn s1_a_head_may_be_32768_bytes() {
    let text = |bytes: usize| {
        let line = filled("X: ", 4_000, "\r\n");
        let base = options(URI, &line.repeat(7));
        options(URI, &(line.repeat(7) + &filled("Y: ", bytes - base.len(), "\r\n")))
    };
    assert_eq!(text(HEAD_BYTES_MAX).len(), HEAD_BYTES_MAX);
    assert_eq!(answer(text(HEAD_BYTES_MAX)), Some(0));
    assert_eq!(answer(text(HEAD_BYTES_MAX + 1)), Some(513));
    // On a stream the length is said too.
    let said =
        |bytes: usize| text(bytes - "Content-Length: 0\r\n".len()).replace("Call-ID", "Content-Length: 0\r\nCall-ID");
    let framed = |text: String| {
        let mut framer = Framer::default();
        framer.push(text.as_bytes());
        framer.next().map(|frame| matches!(frame, Some(Frame::Message(_))))
    };
    assert_eq!(framed(said(HEAD_BYTES_MAX)), Ok(true));
    assert_eq!(framed(said(HEAD_BYTES_MAX + 1)), Err(Broken::TooLarge));
}

#[test]
fn s1_a_message_may_have_70_vias_in_lines_or_in_lists() {
    let via = "SIP/2.0/UDP h2;branch=z9hG4bKy";
    assert_eq!(answer(options(URI, &format!("v: {via}\r\n").repeat(VIAS_MAX - 1))), Some(0));
    assert_eq!(answer(options(URI, &format!("v: {via}\r\n").repeat(VIAS_MAX))), Some(513));
    let list = |count| format!("Via: {}\r\n", vec![via; count].join(","));
    assert_eq!(answer(options(URI, &list(VIAS_MAX - 1))), Some(0));
    assert_eq!(answer(options(URI, &list(VIAS_MAX))), Some(513));
}

#[test]
fn s1_a_body_may_fill_the_largest_datagram() {
    let text = |bytes: usize| format!("{}{}", options(URI, ""), "b".repeat(bytes - options(URI, "").len()));
    let message = Message::parse(text(MESSAGE_BYTES_MAX).into()).unwrap();
    assert_eq!(message.body().len(), MESSAGE_BYTES_MAX - options(URI, "").len());
    assert_eq!(answer(text(MESSAGE_BYTES_MAX)), Some(0));
    assert_eq!(answer(text(MESSAGE_BYTES_MAX + 1)), None);
    let framed = |length: usize| {
        let mut framer = Framer::default();
        framer.push(options(URI, &format!("Content-Length: {length:05}\r\n")).as_bytes());
        framer.next()
    };
    let head = options(URI, "Content-Length: 00000\r\n").len();
    assert_eq!(framed(MESSAGE_BYTES_MAX - head), Ok(None));
    assert_eq!(framed(MESSAGE_BYTES_MAX - head + 1), Err(Broken::TooLarge));
}

#[test]
fn s1_one_length_is_right_however_it_is_written_and_any_other_is_refused() {
    for line in
        ["Content-Length: 3", "Content-Length : 3", "content-length\t:3", "l: 3", "L:3", "Content-Length:\r\n 3"]
    {
        let message = Message::parse((options(URI, &format!("{line}\r\n")) + "abcd").into()).unwrap();
        assert_eq!(message.body(), "abc", "{line}");
    }
    for line in [
        "Content-Length: -3",
        "Content-Length: +3",
        "Content-Length: 3 3",
        "Content-Length: 3, 3",
        "Content-Length:",
        "Content-Length: 0x3",
        "Content-Length: 3\r\n 4",
        "Content-Length: 5",
        "Content-Length: 9999999999999999999999",
        "Content-Length: 3\r\nContent-Length: 3",
        "Content-Length: 3\r\nl: 4",
    ] {
        let text = options(URI, &format!("{line}\r\n")) + "abcd";
        assert_eq!(answer(&text), Some(400), "{line}");
        let mut framer = Framer::default();
        framer.push(text.as_bytes());
        match framer.next() {
            Ok(None) => assert_eq!(line, "Content-Length: 5", "a stream may still bring the rest"),
            broken => {
                assert_eq!(broken, Err(Broken::ContentLength), "{line}");
                let answer = framer.refusal(Broken::ContentLength, flow(Transport::Tcp, "192.0.2.9:5099")).unwrap();
                let answer = Message::parse(answer).unwrap();
                assert_eq!((answer.status(), answer.call_id()), (400, "c@h"), "{line}");
            }
        }
    }
}

#[test]
fn s11_what_breaks_a_stream_is_answered_only_where_it_can_be_read() {
    let flow = flow(Transport::Tcp, "192.0.2.9:5099");
    let refusal = |text: &str| {
        let mut framer = Framer::default();
        framer.push(text.as_bytes());
        let broken = framer.next().expect_err("broken");
        assert_eq!(framer.next(), Err(broken), "and stays so");
        framer.refusal(broken, flow).map(|answer| Message::parse(answer).unwrap().status())
    };
    assert_eq!(refusal(&options(URI, "")), Some(400));
    assert_eq!(refusal(&options(URI, "l: 70000\r\n")), Some(513));
    assert_eq!(refusal(&options(URI, "l: x\r\n").replace("OPTIONS", "ACK")), None);
    assert_eq!(refusal(&options(URI, "l: x\r\n").replace("Via", "X")), None);
    assert_eq!(refusal("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), None);
    assert_eq!(refusal(&"x".repeat(HEAD_BYTES_MAX + 1)), None);
    assert_eq!(
        refusal(&options(URI, "l: x\r\n").replace("OPTIONS sip:user@example.com SIP/2.0", "SIP/2.0 200 OK")),
        None
    );
}

#[test]
fn compact_names_mean_what_the_long_ones_mean() {
    for (compact, long) in [
        ("i", "Call-ID"),
        ("m", "Contact"),
        ("e", "Content-Encoding"),
        ("l", "Content-Length"),
        ("c", "Content-Type"),
        ("f", "From"),
        ("s", "Subject"),
        ("k", "Supported"),
        ("t", "To"),
        ("v", "Via"),
        ("o", "Event"),
        ("u", "Allow-Events"),
        ("r", "Refer-To"),
        ("b", "Referred-By"),
        ("x", "Session-Expires"),
        ("a", "Accept-Contact"),
        ("j", "Reject-Contact"),
        ("d", "Request-Disposition"),
        ("y", "Identity"),
    ] {
        let text = if options(URI, "").contains(&format!("{long}: ")) {
            options(URI, "").replace(&format!("{long}: "), &format!("{compact}: "))
        } else {
            options(URI, &format!("{compact}: {}\r\n", if compact == "l" { "0" } else { "<sip:v@h>" }))
        };
        let message = Message::parse(text.into()).unwrap();
        let value = message.header(long).unwrap_or_else(|| panic!("{long}"));
        assert_eq!((message.header(compact), message.header(&compact.to_uppercase())), (Some(value), Some(value)));
    }
}

#[test]
fn utf_8_is_kept_and_what_is_none_is_made_harmless() {
    let text = options(URI, "Subject: Grüße 大停電 работающий\r\n").replace("From: <", "From: \"Zoë\" <");
    let message = Message::parse(text.into()).unwrap();
    assert_eq!(
        (message.header("Subject"), message.from().unwrap().name.as_str()),
        (Some("Grüße 大停電 работающий"), "Zoë")
    );
    // An overlong slash, half a character, a surrogate: each byte of them becomes a question mark.
    let mut bytes = options(URI, "Subject: a#b\r\n").into_bytes();
    let place = bytes.iter().position(|b| *b == b'#').unwrap();
    bytes.splice(place..=place, [0xc0, 0xaf, 0xe5, 0xa4, 0xed, 0xa0, 0x80]);
    let message = Message::parse(bytes.into()).unwrap();
    assert_eq!(message.header("Subject"), Some("a???????b"));
}

#[test]
fn s11_giant_headers_cost_bounded_memory_and_work() {
    // The worst that fits: 32 kB of head, in a single unending value, in a fold at every byte, in empty headers.
    let single = options(URI, &filled("X: ", 32_000, "\r\n"));
    let folded = options(URI, &format!("X: y\r\n{}", " \r\n".repeat(10_000)));
    let commas = options(URI, &format!("Via: {}\r\n", ",".repeat(32_000)));
    let quotes = options(URI, &format!("m: {}\r\n", "\"".repeat(8_000)));
    let brackets = options(URI, &format!("m: {}\r\n", "<sip:a@b>,".repeat(800)));
    for text in [single, folded, commas, quotes, brackets] {
        let bytes = Bytes::from(text);
        let (_, cost) = weighed(|| Message::parse(bytes.clone()).is_ok());
        assert!(cost <= 4 * MESSAGE_BYTES_MAX, "{cost} bytes");
        assert!(answer(&bytes).is_some());
    }
}

#[test]
fn s11_byte_by_byte_a_stream_is_read_once_over() {
    // A framer that read the head anew with every byte of the body would take its Content-Length 8,000 times.
    let text = options(URI, &(filled("X: ", 8_000, "\r\n").repeat(3) + "l: 8000\r\n")) + &"b".repeat(8_000);
    let mut framer = Framer::default();
    let mut found = 0;
    let ((), count) = counted(|| {
        for byte in text.as_bytes() {
            framer.push(&[*byte]);
            found += usize::from(matches!(framer.next(), Ok(Some(Frame::Message(_)))));
        }
    });
    assert_eq!(found, 1);
    assert!(count < 100, "{count}");
}
