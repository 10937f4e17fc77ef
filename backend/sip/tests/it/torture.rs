//! Messages in the manner of RFC 4475: what a parser must accept and what it must refuse. The bytes are ours.

use bytes::Bytes;
use sip::Message;
use sip::view::Malformed;

fn parse(text: impl AsRef<[u8]>) -> Result<Message, Malformed> {
    Message::parse(Bytes::copy_from_slice(text.as_ref()))
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// 3.1.1.1: folding, spaces, odd case, compact names, escapes, all at once.
#[test]
fn a_short_tortuous_invite() {
    let text = crlf(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\nTO :\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\n\
         from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\nMaX-fOrWaRdS: 0068\n\
         Call-ID: wsinv.ndaksdj@192.0.2.1\nContent-Length   : 5\ncseq: 0009\n  INVITE\nVia  : SIP  /   2.0\n /UDP\n    192.0.2.2;branch=390skdjuw\n\
         s :\nNewFangledHeader:   newfangled value\n continued newfangled value\nUnknownHeaderWithUnusualValue: ;;,,;;,;\n\
         Content-Type: application/sdp\nRoute:\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\n\
         v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8  ,\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\n z9hG4bK30239\n\
         m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\n      newvalue ;\n  secondparam ; q = 0.33\n\nv=0\n",
    );
    let message = parse(text).unwrap();
    assert_eq!(
        (message.method(), message.cseq(), message.call_id()),
        ("INVITE", (9, "INVITE"), "wsinv.ndaksdj@192.0.2.1")
    );
    assert_eq!((message.to_tag(), message.from_tag()), ("1918181833n", "98asjd8"));
    assert_eq!(message.from().unwrap().name, "J Rosenberg \\\"");
    assert_eq!(message.header_values("via").len(), 3);
    assert_eq!(message.header("Subject"), Some(""));
    let contact = &message.contacts()[0];
    assert_eq!((contact.name.as_str(), Message::param(contact.params, "q")), ("Quoted string \"\"", Some("0.33")));
    assert_eq!(Message::param(contact.params, "newparam"), Some("newvalue"));
    assert_eq!(message.header("NewFangledHeader").unwrap().split_whitespace().count(), 5);
    assert_eq!(message.body(), "v=0\r\n");
}

fn options(headers: &str) -> String {
    crlf(&format!(
        "OPTIONS sip:user@example.com SIP/2.0\nVia: SIP/2.0/UDP h.example.com;branch=z9hG4bKx\nFrom: <sip:a@example.com>;tag=1\n\
         To: <sip:user@example.com>\nCall-ID: c@h\nCSeq: 1 OPTIONS\nMax-Forwards: 70\n{headers}\n"
    ))
}

#[test]
fn valid_oddities_are_read() {
    // 3.1.1.2: a method of unusual characters, 3.1.1.3 and 4: escapes as sent, 3.1.1.8: semicolons in the user part.
    let odd = "!interesting-Method0123456789_*+`.%indeed'~";
    let text = options("").replace("OPTIONS", odd);
    assert_eq!(parse(text).unwrap().method(), odd);
    let text = options("").replace("sip:user@example.com SIP", "sip:sips%3Auser%40example.com@example.net SIP");
    assert_eq!(parse(&text).unwrap().request_uri().unwrap().user, "sips%3Auser%40example.com");
    let text = options("").replace("sip:user@example.com SIP", "sip:user;par=u%40example.net@example.com SIP");
    assert_eq!(parse(&text).unwrap().request_uri().unwrap().user, "user;par=u%40example.net");
    // 3.1.1.5 and 6: display names without quotes, with no space before the bracket.
    let text = options("").replace("To: <sip:user", "To: Bell, Alexander<sip:user").replace("From: <", "From: caller<");
    assert_eq!(parse(&text).unwrap().from().unwrap().name, "caller");
    // 3.1.1.7: long values.
    let long = "longvalue".repeat(400);
    let text = options(&format!("X-Long: {long}\n")).replace("From: <", &format!("From: \"{long}\" <"));
    assert_eq!(parse(&text).unwrap().from().unwrap().name, long);
    // 3.1.1.10: any transport in Via.
    let text = options("v: SIP/2.0/UNKNOWN t5.example.com;branch=1, SIP/2.0/SCTP t3;branch=2\n");
    assert_eq!(parse(&text).unwrap().header_values("Via").len(), 3);
    // 3.1.1.12 and 13: responses with a phrase in UTF-8 and with none.
    let response = |line: &str| options("").replace("OPTIONS sip:user@example.com SIP/2.0", line);
    assert_eq!(
        parse(response("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто")).unwrap().reason_phrase(),
        "= 2**3 * 5**2 но сто девяносто"
    );
    assert_eq!(parse(response("SIP/2.0 100 ")).unwrap().reason_phrase(), "");
    assert_eq!(parse(response("SIP/2.0 100")).unwrap().status(), 100);
    // 3.3.1: schemes nobody knows, 3.3.5: an Expires above the largest number is a long one.
    assert_eq!(
        parse(options("").replace("sip:user@example.com SIP", "nobodyKnowsThisScheme:totallyopaque SIP"))
            .unwrap()
            .request_uri()
            .unwrap()
            .scheme,
        "nobodyKnowsThisScheme"
    );
    assert_eq!(parse(options("Expires: 100000000000000000000\n")).unwrap().expires(), Some(u32::MAX));
    assert_eq!(parse(options("Expires: soon\n")).unwrap().expires(), None);
    // LF line ends, line breaks before the start, IPv6 everywhere.
    let text = options("").replace("\r\n", "\n").replace("h.example.com", "[2001:db8::9]:5060");
    assert!(parse(format!("\r\n\r\n{text}")).is_ok());
}

#[test]
fn the_body_ends_where_content_length_says() {
    // 3.1.1.9: a second message behind the first in one datagram is no part of it.
    let first = options("Content-Length: 4\n");
    let message = parse(format!("{first}abcd{}", options(""))).unwrap();
    assert_eq!(message.body(), "abcd");
    assert_eq!(parse(format!("{}rest", options(""))).unwrap().body(), "rest");
}

#[test]
fn bytes_that_are_no_utf_8_spoil_nothing_else() {
    let mut bytes = options("Subject: caf#\nX: after\n").replace("From: <", "From: \"Ren#\" <").into_bytes();
    bytes.iter_mut().filter(|b| **b == b'#').for_each(|b| *b = 0xe9);
    let body = [0u8, 0xff, 0xfe, b'\r', b'\n', 0x80];
    bytes.extend_from_slice(&body);
    let message = parse(&bytes).unwrap();
    assert_eq!(
        (message.from().unwrap().name.as_str(), message.from_tag(), message.header("X")),
        ("Ren?", "1", Some("after"))
    );
    assert_eq!(message.header("Subject"), Some("caf?"));
    assert_eq!((message.bytes().as_ref(), message.body().as_ref()), (bytes.as_slice(), body.as_slice()));
}

#[test]
fn invalid_messages_are_refused() {
    let change = |from: &str, to: &str| {
        let text = options("Content-Length: 0\n");
        assert!(text.contains(from));
        parse(text.replace(from, to)).err()
    };
    let header = |name| Some(Malformed::Header(name));
    // 3.1.2.1: extraneous separators in Via.
    assert_eq!(change("branch=z9hG4bKx", "branch=z9hG4bKx;;,;,,"), header("Via"));
    // 3.1.2.2 and 3: Content-Length beyond the bytes, and negative.
    assert_eq!(change("Content-Length: 0", "Content-Length: 9999"), header("Content-Length"));
    assert_eq!(change("Content-Length: 0", "Content-Length: -999"), header("Content-Length"));
    // 3.1.2.4 and 5: numbers too large.
    assert_eq!(change("CSeq: 1 ", "CSeq: 36893488147419103232 "), header("CSeq"));
    assert_eq!(change("CSeq: 1 ", "CSeq: 2147483648 "), header("CSeq"));
    // 3.1.2.6: an open quote, 7: brackets round the Request-URI, 8 to 10: spaces in the start line.
    assert_eq!(change("To: <sip", "To: \"Mr. J. User <sip"), header("To"));
    for uri in [
        "<sip:user@example.com> SIP",
        "sip:user@example.com; lr SIP",
        " sip:user@example.com SIP",
        "sip:user@example.com  SIP",
    ] {
        assert_eq!(change("sip:user@example.com SIP", uri), Some(Malformed::StartLine), "{uri}");
    }
    assert_eq!(change("SIP/2.0\r\nVia", "SIP/2.0  \r\nVia"), Some(Malformed::StartLine));
    // 3.1.2.16: another version, 17 and 18: CSeq of another method.
    assert_eq!(change("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), Some(Malformed::StartLine));
    assert_eq!(change("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), header("CSeq"));
    // 3.3.2: what must be there is not; 3.3.8 and 9: what must be there once is there twice.
    for (name, line) in [
        ("Via", "Via: SIP/2.0/UDP h.example.com;branch=z9hG4bKx\r\n"),
        ("Call-ID", "Call-ID: c@h\r\n"),
        ("From", "From: <sip:a@example.com>;tag=1\r\n"),
    ] {
        assert_eq!(change(line, ""), header(name));
    }
    assert_eq!(change("Call-ID: c@h\r\n", "Call-ID: c@h\r\ni: d@h\r\n"), header("Call-ID"));
    assert_eq!(change("Max-Forwards: 70\r\n", "Max-Forwards: 70\r\nMax-Forwards: 5\r\n"), header("Max-Forwards"));
    assert_eq!(change("Content-Length: 0\r\n", "Content-Length: 0\r\nl: 1\r\n"), header("Content-Length"));
    // 3.1.2.19: a status of too many digits.
    let response = |line: &str| parse(options("").replace("OPTIONS sip:user@example.com SIP/2.0", line)).err();
    for line in
        ["SIP/2.0 4294967301 better not", "SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 2OO x", "SIP/2.0", "SIP/1.0 200 OK"]
    {
        assert_eq!(response(line), Some(Malformed::StartLine), "{line}");
    }
    // No end of the head, a line without a colon, a name that is none.
    assert_eq!(parse("OPTIONS sip:a SIP/2.0\r\nVia: x\r\n").err(), header("end of headers"));
    assert_eq!(change("Max-Forwards: 70", "Max-Forwards 70"), header("name"));
    assert_eq!(change("Max-Forwards: 70", "Max Forwards: 70"), header("name"));
}

#[test]
fn what_rsip_accepts_too_it_reads_alike() {
    let mut compared = 0;
    let mut dice = crate::network::Dice(5);
    for round in 0..2_000 {
        let mut text =
            options("Contact: <sip:a@192.0.2.1:5060;transport=tcp>;expires=60\nUser-Agent: x y\nSubject: hello\n");
        if round > 0 {
            let place = dice.below(text.len() as u64) as usize;
            if text.as_bytes()[place].is_ascii_control() {
                continue;
            }
            let letter = (b'!' + dice.below(90) as u8) as char;
            text.replace_range(place..=place, &letter.to_string());
        }
        let ours = parse(&text);
        let theirs = rsip::Request::try_from(text.as_bytes());
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else { continue };
        use rsip::prelude::{HeadersExt, UntypedHeader};
        assert_eq!(ours.method(), theirs.method.to_string());
        let (Ok(via), Ok(from), Ok(call_id)) = (theirs.via_header(), theirs.from_header(), theirs.call_id_header())
        else {
            continue;
        };
        assert_eq!(ours.header("Via").unwrap(), via.value());
        assert_eq!(ours.header("From").unwrap(), from.value());
        assert_eq!(ours.call_id(), call_id.value());
        compared += 1;
    }
    assert!(compared > 1_000, "{compared}");
}
