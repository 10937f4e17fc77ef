//! Every message of RFC 4475 and RFC 5118, byte for byte, and what comes of it; `docs/torture.md` is this table in prose.
// covers: S1

use std::fmt::Write as _;
use std::path::Path;

use bytes::Bytes;
use sip::{Event, Message, Transport};

use crate::network::Bench;

/// What comes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// A request that reaches the user of the stack, or a response that is read.
    Accepted,
    /// Nothing is answered and nothing is kept.
    Dropped,
    /// The stack answers by itself.
    Status(u16),
}
use Outcome::{Accepted, Dropped, Status};

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Accepted => f.write_str("accepted"),
            Dropped => f.write_str("dropped"),
            Status(status) => write!(f, "{status}"),
        }
    }
}

/// File, section, what it is, what must come of it, why so where the RFC leaves a choice.
type Row = (&'static str, &'static str, &'static str, Outcome, &'static str);

const RFC_4475: [Row; 49] = [
    ("wsinv", "3.1.1.1", "a short tortuous INVITE", Status(481), "it is read; its To has a tag of no dialog here"),
    ("intmeth", "3.1.1.2", "wide range of valid characters", Status(501), "it is read; the method is unknown"),
    ("esc01", "3.1.1.3", "valid use of the % escaping mechanism", Accepted, ""),
    ("escnull", "3.1.1.4", "escaped nulls in URIs", Accepted, ""),
    ("esc02", "3.1.1.5", "use of % when it is not an escape", Status(501), "RE%47IST%45R is not REGISTER"),
    ("lwsdisp", "3.1.1.6", "no LWS between display name and <", Accepted, ""),
    ("longreq", "3.1.1.7", "long values in header fields", Accepted, ""),
    ("dblreq", "3.1.1.8", "extra trailing octets in a UDP datagram", Accepted, "the second request is not read"),
    ("semiuri", "3.1.1.9", "semicolon-separated parameters in URI user part", Accepted, ""),
    ("transports", "3.1.1.10", "varied and unknown transport types", Accepted, ""),
    ("mpart01", "3.1.1.11", "multipart MIME message", Accepted, ""),
    ("unreason", "3.1.1.12", "unusual reason phrase", Accepted, ""),
    ("noreason", "3.1.1.13", "empty reason phrase", Accepted, ""),
    ("badinv01", "3.1.2.1", "extraneous header field separators", Status(400), ""),
    ("clerr", "3.1.2.2", "Content-Length larger than message", Status(400), ""),
    ("ncl", "3.1.2.3", "negative Content-Length", Status(400), ""),
    ("scalar02", "3.1.2.4", "request scalar fields with overlarge values", Status(400), ""),
    ("scalarlg", "3.1.2.5", "response scalar fields with overlarge values", Dropped, ""),
    ("quotbal", "3.1.2.6", "unterminated quoted string in display name", Status(400), ""),
    ("ltgtruri", "3.1.2.7", "<> enclosing Request-URI", Status(400), ""),
    ("lwsruri", "3.1.2.8", "malformed SIP Request-URI (embedded LWS)", Status(400), ""),
    ("lwsstart", "3.1.2.9", "multiple SP separating Request-Line elements", Status(400), ""),
    ("trws", "3.1.2.10", "SP characters at end of Request-Line", Status(400), ""),
    ("escruri", "3.1.2.11", "escaped headers in SIP Request-URI", Accepted, "the escaped headers are not looked at"),
    ("baddate", "3.1.2.12", "invalid time zone in Date header field", Accepted, "Date is not looked at"),
    ("regbadct", "3.1.2.13", "failure to enclose name-addr URI in <>", Status(400), ""),
    ("badaspec", "3.1.2.14", "spaces within addr-spec", Accepted, "spaces at the brackets are harmless"),
    ("baddn", "3.1.2.15", "non-token characters in display name", Accepted, "the name can be told from the URI"),
    ("badvers", "3.1.2.16", "unknown protocol version", Status(505), ""),
    ("mismatch01", "3.1.2.17", "start line and CSeq method mismatch", Status(400), ""),
    ("mismatch02", "3.1.2.18", "unknown method with CSeq method mismatch", Status(400), ""),
    ("bigcode", "3.1.2.19", "overlarge response code", Dropped, ""),
    ("badbranch", "3.2.1", "missing transaction identifier", Accepted, "known by the fields of RFC 2543"),
    ("insuf", "3.3.1", "missing required header fields", Status(400), ""),
    ("unkscm", "3.3.2", "Request-URI with unknown scheme", Status(416), ""),
    ("novelsc", "3.3.3", "Request-URI with known but atypical scheme", Status(416), ""),
    ("unksm2", "3.3.4", "unknown URI schemes in header fields", Accepted, "the registrar knows no such user"),
    ("bext01", "3.3.5", "Proxy-Require and Require", Status(420), ""),
    ("invut", "3.3.6", "unknown Content-Type", Status(415), ""),
    ("regaut01", "3.3.7", "unknown Authorization scheme", Accepted, "and challenged as if it had none"),
    ("multi01", "3.3.8", "multiple values in single value required fields", Status(400), ""),
    ("mcl01", "3.3.9", "multiple Content-Length values", Status(400), ""),
    ("bcast", "3.3.10", "200 OK response with broadcast Via header field value", Accepted, "and answers nothing here"),
    ("zeromf", "3.3.11", "Max-Forwards of zero", Accepted, "an OPTIONS for us goes no further"),
    ("cparam01", "3.3.12", "REGISTER with a Contact header parameter", Accepted, ""),
    ("cparam02", "3.3.13", "REGISTER with a URL parameter", Accepted, ""),
    ("regescrt", "3.3.14", "REGISTER with a URL escaped header", Accepted, ""),
    ("sdp01", "3.3.15", "unacceptable Accept offering", Status(406), ""),
    (
        "inv2543",
        "3.4.1",
        "INVITE with RFC 2543 syntax",
        Status(400),
        "without Contact the call has nowhere to go back to",
    ),
];

const RFC_5118: [Row; 12] = [
    ("ipv6-good", "4.1", "valid message with an IPv6 reference", Accepted, ""),
    ("ipv6-bad", "4.2", "invalid message with an IPv6 reference", Status(400), ""),
    ("port-ambiguous", "4.3", "port ambiguous in a SIP URI", Accepted, "5070 is part of the address"),
    ("port-unambiguous", "4.4", "port unambiguous in a SIP URI", Accepted, ""),
    ("via-received-param-with-delim", "4.5", "received with brackets", Status(481), "it is read; a BYE of no dialog"),
    ("via-received-param-no-delim", "4.5", "received without brackets", Accepted, ""),
    (
        "ipv6-in-sdp",
        "4.6",
        "IPv6 addresses in an SDP body",
        Status(400),
        "Content-Length says 268, there are 250 bytes",
    ),
    ("mult-ip-in-header", "4.7", "IPv4 and IPv6 in headers", Status(481), "it is read; a BYE of no dialog"),
    ("mult-ip-in-sdp", "4.8", "IPv4 and IPv6 in SDP", Accepted, ""),
    ("ipv4-mapped-ipv6", "4.9", "IPv4-mapped IPv6 addresses", Accepted, ""),
    ("ipv6-bug-abnf-3-colons", "4.10", "three colons, as RFC 3261's grammar has them", Accepted, ""),
    ("ipv6-correct-abnf-2-colons", "4.10", "two colons", Accepted, ""),
];

fn file(folder: &str, name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{folder}/{name}.dat"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// As it would come over the wire: the archive of RFC 5118 has bare line feeds, and three files lack the blank line.
fn wire(folder: &str, name: &str) -> Vec<u8> {
    let mut bytes = file(folder, name);
    if folder == "rfc5118" {
        assert!(!bytes.contains(&b'\r'), "{name} is as archived");
        bytes = String::from_utf8(bytes).unwrap().replace('\n', "\r\n").into_bytes();
    }
    if !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        assert!(["baddn", "ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"].contains(&name), "{name}");
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// Feeds it to a stack that has seen nothing before.
fn outcome(bytes: &[u8]) -> Outcome {
    let mut bench = Bench::new(Transport::Udp);
    bench.feed(bytes);
    let events = bench.take_events();
    if bytes.starts_with(b"SIP/") {
        assert!(events.is_empty() && bench.raw.is_empty(), "a response to nothing is answered with nothing");
        return Message::parse(Bytes::copy_from_slice(bytes)).map_or(Dropped, |_| Accepted);
    }
    if events.iter().any(|event| matches!(event, Event::Invited { .. } | Event::Request { .. })) {
        assert_eq!(events.len(), 1, "one message, one event");
        return Accepted;
    }
    assert_eq!(bench.stack.sizes(), (0, 0), "what is refused is not kept");
    let Some(answer) = bench.raw.last() else { return Dropped };
    Status(String::from_utf8_lossy(answer).split(' ').nth(1).unwrap().parse().unwrap())
}

fn table(title: &str, folder: &str, rows: &[Row], wrong: &mut String) -> String {
    let mut text =
        format!("## {title}\n\n| File | § | What it is | Expected | Got | Why |\n|---|---|---|---|---|---|\n");
    for (name, section, what, expected, why) in rows {
        let got = outcome(&wire(folder, name));
        let what = what.replace('<', "&lt;").replace('>', "&gt;");
        let row = format!("| `{name}.dat` | {section} | {what} | {expected} | {got} | {why} |\n");
        if got != *expected {
            wrong.push_str(&row);
        }
        text.push_str(&row);
    }
    text
}

#[test]
fn s1_every_torture_message_gets_the_answer_of_the_table() {
    let mut text = String::from(
        "# Torture messages\n\nWhat Belfry's SIP stack does with each message of RFC 4475 and RFC 5118, fed byte for byte over UDP. \
         *Accepted* requests go on to\nauthentication and routing, *accepted* responses are read; *dropped* ones get no answer and leave nothing \
         behind; a number is the\nstatus of the answer. A test keeps this table; `make torture` writes it anew.\n\n",
    );
    let mut wrong = String::new();
    let _ = writeln!(text, "{}", table("RFC 4475", "rfc4475", &RFC_4475, &mut wrong));
    text += &table("RFC 5118: IPv6", "rfc5118", &RFC_5118, &mut wrong);
    assert!(wrong.is_empty(), "\n{wrong}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/torture.md");
    if std::env::var_os("BELFRY_WRITE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, text, "docs/torture.md is out of date: make torture");
}

#[test]
fn every_file_of_the_corpus_has_its_row() {
    for (folder, rows) in [("rfc4475", &RFC_4475[..]), ("rfc5118", &RFC_5118[..])] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
        let files = std::fs::read_dir(path).unwrap().count();
        assert_eq!(files, rows.len(), "{folder}");
    }
}

#[test]
fn a_message_without_its_blank_line_is_taken_for_a_piece_of_one() {
    assert_eq!(outcome(&file("rfc4475", "baddn")), Dropped);
}

#[test]
fn bare_line_feeds_change_nothing() {
    for (name, .., expected, _) in RFC_5118.iter().filter(|row| row.1 != "4.10") {
        let archived = file("rfc5118", name);
        // Content-Length counts CRLF, so that a body with bare line feeds is shorter than it says.
        if !String::from_utf8_lossy(&archived).contains("application/sdp") {
            assert_eq!(outcome(&archived), *expected, "{name}");
        }
    }
}

#[test]
fn what_is_accepted_is_read_as_it_was_meant() {
    let read = |folder, name| Message::parse(wire(folder, name).into()).unwrap();
    let message = read("rfc4475", "intmeth");
    assert_eq!(message.method(), "!interesting-Method0123456789_*+`.%indeed'~");
    let message = read("rfc4475", "wsinv");
    assert_eq!((message.cseq(), message.header_values("Via").len()), ((9, "INVITE"), 3));
    assert_eq!(message.body().len(), 150);
    let message = read("rfc4475", "mpart01");
    assert_eq!(message.body().len(), 553);
    assert_eq!(read("rfc4475", "longreq").header_values("Via").len(), 34);
    assert_eq!(read("rfc4475", "dblreq").body().len(), 0);
    assert_eq!(read("rfc4475", "baddn").from().unwrap().name, "Bell, Alexander");
    assert_eq!(read("rfc4475", "badaspec").to().unwrap().uri.user, "t.watson");
    let text = String::from_utf8(wire("rfc5118", "ipv6-in-sdp")).unwrap().replace("Length: 268", "Length: 250");
    assert_eq!(outcome(text.as_bytes()), Accepted, "but for its length it is sound");
    let host_port = |name| read("rfc5118", name).request_uri().map(|uri| (uri.host.to_owned(), uri.port)).unwrap();
    assert_eq!(host_port("port-ambiguous"), ("[2001:db8::10:5070]".into(), None));
    assert_eq!(host_port("port-unambiguous"), ("[2001:db8::10]".into(), Some(5070)));
    for name in ["via-received-param-no-delim", "via-received-param-with-delim"] {
        let message = read("rfc5118", name);
        let via = message.header("Via").unwrap();
        let received = Message::param(&via[via.find(';').unwrap()..], "received").unwrap();
        assert_eq!(received.trim_matches(['[', ']']), "2001:db8::9:255");
    }
}
