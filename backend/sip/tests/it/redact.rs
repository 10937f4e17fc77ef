//! No secret of a captured message survives, however the message is written (LOG-04).

use sip::redact::redact;

/// A small generator: the same seed, the same message.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// In any mixture of upper and lower case.
    fn case(&mut self, text: &str) -> String {
        text.chars().map(|c| if self.below(2) == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
    }
}

fn secret(n: usize) -> String {
    format!("5ecre7{n:04}babe")
}

/// A header that holds secret `n`.
fn header(dice: &mut Dice, n: usize) -> String {
    let s = secret(n);
    let space = dice.one(&["", " ", "\t", "  "]).to_owned();
    let fold = dice.one(&[" ", "\r\n ", "\r\n\t", "\n  "]).to_owned();
    let quote = dice.one(&["\"", ""]).to_owned();
    let digest = dice.case(dice_digest(n));
    let param = dice.case(dice_param(n));
    let scheme = dice.case("digest");
    let (user, realm) = (dice.one(&["101", "a\\\"b", "x=y"]).to_owned(), dice.one(&["acme", "a, b", ""]).to_owned());
    match n % 7 {
        0..=2 => format!(
            "{digest}{space}:{fold}{scheme} username=\"{user}\",{fold}realm=\"{realm}\", {param}{space}={space}{quote}{s}{quote}, qop=auth"
        ),
        3 => format!("{digest}:{fold}Bearer {s}"),
        4 => format!("X-Custom{space}:{fold}{s}"),
        5 => format!("Contact: <sip:101:{s}@192.0.2.1;transport=udp>"),
        _ => format!("Refer-To: <sip:102@acme?{}=Digest%20response%3D{s}>", dice.case("authorization")),
    }
}

fn dice_digest(n: usize) -> &'static str {
    let names =
        ["Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info"];
    names[n % names.len()]
}

fn dice_param(n: usize) -> &'static str {
    let names = ["response", "nonce", "cnonce", "opaque", "rspauth", "nextnonce", "auth-param"];
    names[n % names.len()]
}

/// A body that holds secret `n`, with its type.
fn body(dice: &mut Dice, n: usize) -> (&'static str, String) {
    let s = secret(n);
    let end = dice.one(&["\r\n", "\n"]);
    match n % 6 {
        0 => (
            "application/sdp",
            format!("v=0{end}a={}:1 AES_CM_128_HMAC_SHA1_80 inline:{s}|2^20{end}", dice.case("crypto")),
        ),
        1 => ("application/sdp", format!("v=0{end}m=audio 1 RTP/AVP 0{end}a={}:{s}{end}", dice.case("ice-pwd"))),
        2 => ("application/sdp", format!("v=0{end}k=base64:{s}{end}{s}{end}")),
        3 => ("text/plain", s),
        4 => ("multipart/mixed", format!("--x{end}Content-Type: application/sdp{end}{end}{s}")),
        _ => ("application/dtmf-relay", format!("Signal={s}{end}Duration=160{end}")),
    }
}

#[test]
fn log_04_no_secret_of_a_captured_message_survives() {
    for seed in 1..20_000_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let end = dice.one(&["\r\n", "\n"]);
        let mut message =
            format!("INVITE sip:102:{}@acme SIP/2.0{end}Via: SIP/2.0/UDP h{end}Call-ID: x{end}", secret(0));
        for _ in 0..1 + dice.below(5) {
            let n = 1 + dice.below(50);
            message += &header(&mut dice, n);
            message += end;
        }
        let n = dice.below(50);
        let (kind, body) = body(&mut dice, n);
        message += &format!("{}: {kind}{end}{end}{body}", dice.one(&["Content-Type", "c", "CONTENT-TYPE"]));
        let out = redact(message.as_bytes(), &|_| false);
        assert!(!out.to_lowercase().contains("5ecre7"), "seed {seed}\n{message}\n---\n{out}");
        assert!(out.contains("Call-ID: x"), "what explains is kept: {out}");
    }
}

#[test]
fn log_04_broken_bytes_cannot_bring_a_secret_through() {
    for seed in 1..20_000_u64 {
        let mut dice = Dice(seed.wrapping_mul(0xd134_2543_de82_ef95));
        let n = 3 * dice.below(16);
        let line = header(&mut dice, n);
        let mut message = format!(
            "REGISTER sip:acme SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:101@acme>\r\n{line}\r\nTo: x\r\n\r\n"
        )
        .into_bytes();
        // Anything may happen around the header that holds the secret, not to its name.
        let held = line.len();
        let from = message.len() - held - 11;
        for _ in 0..1 + dice.below(6) {
            let place = dice.below(from - 2);
            match dice.below(3) {
                0 => message[place] = dice.next() as u8,
                1 => message[place] = b"\r\n :\"<>@%,;="[dice.below(12)],
                _ => message.insert(place, b"\r\n :\"\0\xff"[dice.below(7)]),
            }
        }
        let out = redact(&message, &|_| false);
        assert!(!out.contains("5ecre7"), "seed {seed}\n{}\n---\n{out}", String::from_utf8_lossy(&message));
    }
}
