//! Digest: vectors of the RFCs, and what a registrar must refuse.

use std::time::Duration;

use shared::Moment;
use sip::Message;
use sip::digest::{Authenticator, Ha1, NONCE_LIFETIME, Outcome, answer, ha1};
use sip::message::Credentials;

const NOW: Moment = Moment::from_seconds(1_000_000);
const REALM: &str = "acme.example";

fn credentials(user: &str, secret: &str) -> Credentials {
    Credentials { user: user.into(), secret: secret.into() }
}

fn field<'a>(value: &'a str, name: &str) -> &'a str {
    let start = value.find(&format!("{name}=")).unwrap() + name.len() + 1;
    value[start..].split(',').next().unwrap().trim_matches('"')
}

fn register(authorization: &str) -> Message {
    let text = format!(
        "REGISTER sip:acme.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:101@acme.example>;tag=1\r\n\
         To: <sip:101@acme.example>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n{authorization}Content-Length: 0\r\n\r\n"
    );
    Message::parse(text.into_bytes().into()).unwrap()
}

fn signed(challenge: &str, user: &str, secret: &str, nc: u32) -> Message {
    let uri = "sip:acme.example;transport=tls";
    let value = answer(challenge, &credentials(user, secret), "REGISTER", uri, "abc", nc, b"").unwrap();
    register(&format!("Authorization: {value}\r\n"))
}

fn known(user: &str) -> Option<Ha1> {
    (user == "101").then(|| ha1("101", REALM, "secret"))
}

#[test]
fn rfc_7616_vectors_for_md5_and_sha_256() {
    let challenge = |algorithm: &str| {
        format!(
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        )
    };
    let me = credentials("Mufasa", "Circle of Life");
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    for (algorithm, response) in [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let value = answer(&challenge(algorithm), &me, "GET", "/dir/index.html", cnonce, 1, b"").unwrap();
        assert_eq!(field(&value, "response"), response);
        assert_eq!((field(&value, "qop"), field(&value, "nc")), ("auth", "00000001"));
        assert!(value.contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
    }
}

#[test]
fn rfc_2617_vector() {
    let challenge =
        "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
    let me = credentials("Mufasa", "Circle Of Life");
    let value = answer(challenge, &me, "GET", "/dir/index.html", "0a4f113b", 1, b"").unwrap();
    assert_eq!(field(&value, "response"), "6629fae49393a05397450978507c4ef1");
}

#[test]
fn rfc_2069_form_without_qop_has_no_count() {
    let challenge = "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
    let value =
        answer(challenge, &credentials("Mufasa", "Circle Of Life"), "GET", "/dir/index.html", "x", 1, b"").unwrap();
    assert_eq!(field(&value, "response"), "670fd8c2df070c60b045671b8b24ff02");
    assert!(!value.contains("nc=") && !value.contains("cnonce="));
}

#[test]
fn sess_algorithms_hash_the_nonces_into_ha1() {
    let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth\"";
    let value = answer(challenge, &credentials("u", "p"), "REGISTER", "sip:r", "c", 1, b"").unwrap();
    let hex = |text: &str| ha1_md5(text);
    let first = hex(&format!("{}:n:c", hex("u:r:p")));
    assert_eq!(field(&value, "response"), hex(&format!("{first}:n:00000001:c:auth:{}", hex("REGISTER:sip:r"))));
    assert!(
        answer("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512", &credentials("u", "p"), "A", "b", "c", 1, b"")
            .is_none()
    );
    assert!(
        answer("Digest realm=\"r\", nonce=\"n\", qop=\"other\"", &credentials("u", "p"), "A", "b", "c", 1, b"")
            .is_none()
    );
}

/// MD5 of any text with two colons, by way of the public function.
fn ha1_md5(text: &str) -> String {
    let mut parts = text.splitn(3, ':');
    let (a, b) = (parts.next().unwrap(), parts.next().unwrap());
    let hash = match parts.next() {
        Some(c) => ha1(a, b, c).md5,
        None => {
            use md5::Digest as _;
            md5::Md5::digest(text.as_bytes()).into()
        }
    };
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn all_algorithms_are_offered_strongest_first_and_accepted() {
    let mut door = Authenticator::new([1; 32]);
    for kind in [0, 1, 2] {
        let challenges = door.challenges(NOW, REALM, false);
        let named = |place: usize, name: &str| challenges[place].contains(&format!("algorithm={name},"));
        assert!(challenges.len() == 3 && named(0, "SHA-512-256") && named(1, "SHA-256") && named(2, "MD5"));
        let message = signed(&challenges[kind], "101", "secret", 1);
        assert_eq!(door.check(NOW, &message, REALM, &mut known), Outcome::Accepted("101".into()));
    }
}

#[test]
fn the_use_count_is_hexadecimal_and_grows_past_255() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(2);
    for nc in [1, 2, 9, 10, 255, 256, 70_000] {
        assert_eq!(
            door.check(NOW, &signed(&challenge, "101", "secret", nc), REALM, &mut known),
            Outcome::Accepted("101".into()),
            "{nc}"
        );
    }
}

#[test]
fn s6_a_replay_is_refused_and_a_late_count_is_not() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(0);
    let mut check = |nc| door.check(NOW, &signed(&challenge, "101", "secret", nc), REALM, &mut known);
    assert_eq!(check(5), Outcome::Accepted("101".into()));
    assert_eq!(check(5), Outcome::Replayed("101".into()));
    assert_eq!(check(3), Outcome::Accepted("101".into()));
    assert_eq!(check(3), Outcome::Replayed("101".into()));
    assert_eq!(check(500), Outcome::Accepted("101".into()));
    assert_eq!(check(5), Outcome::Replayed("101".into()));
    assert_eq!(check(436), Outcome::Accepted("101".into()));
    assert_eq!(check(435), Outcome::Replayed("101".into()));
}

#[test]
fn s6_an_old_a_forged_and_a_foreign_nonce_do_not_open_even_with_the_right_password() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(0);
    let later = NOW + NONCE_LIFETIME + Duration::from_secs(1);
    let right = signed(&challenge, "101", "secret", 1);
    assert_eq!(door.check(later, &right, REALM, &mut known), Outcome::Stale("101".into()));
    assert_eq!(
        door.check(later, &signed(&challenge, "101", "guess", 1), REALM, &mut known),
        Outcome::Wrong("101".into())
    );
    let mut stranger = Authenticator::new([2; 32]);
    let foreign = stranger.challenges(NOW, REALM, false).remove(0);
    assert_eq!(
        door.check(NOW, &signed(&foreign, "101", "secret", 1), REALM, &mut known),
        Outcome::Foreign("101".into())
    );
    // A nonce issued for another tenant's realm is no nonce of this one.
    let other = door.challenges(NOW, "globex.example", false).remove(0).replace("globex.example", REALM);
    assert_eq!(door.check(NOW, &signed(&other, "101", "secret", 1), REALM, &mut known), Outcome::Foreign("101".into()));
    assert!(door.challenges(NOW, REALM, true).iter().all(|c| c.ends_with("stale=true")));
}

#[test]
fn s6_unknown_user_wrong_password_and_other_method_are_wrong() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(0);
    assert_eq!(
        door.check(NOW, &signed(&challenge, "999", "secret", 1), REALM, &mut known),
        Outcome::Wrong("999".into())
    );
    assert_eq!(door.check(NOW, &signed(&challenge, "101", "", 1), REALM, &mut known), Outcome::Wrong("101".into()));
    let value = answer(&challenge, &credentials("101", "secret"), "INVITE", "sip:acme.example", "abc", 1, b"").unwrap();
    let message = register(&format!("Authorization: {value}\r\n"));
    assert_eq!(door.check(NOW, &message, REALM, &mut known), Outcome::Wrong("101".into()));
}

#[test]
fn s3_missing_empty_and_unreadable_credentials() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(0);
    let mut check = |header: &str| door.check(NOW, &register(header), REALM, &mut known);
    assert_eq!(check(""), Outcome::Missing);
    assert_eq!(check("Authorization: Digest username=\"101\", realm=\"other\"\r\n"), Outcome::Missing);
    for value in [
        "",
        "Digest",
        "Basic abc",
        &format!("Digest realm=\"{REALM}\""),
        &format!("Digest realm=\"{REALM}\", username=\"101\", nonce=\"\""),
    ] {
        assert_eq!(check(&format!("Authorization: {value}\r\n")), Outcome::Malformed, "{value}");
    }
    let right = answer(&challenge, &credentials("101", "secret"), "REGISTER", "sip:a", "abc", 1, b"").unwrap();
    for (from, to) in [
        ("qop=auth", "qop=auth-int"),
        ("nc=00000001", "nc=xyz"),
        ("nc=00000001", "nc=0"),
        ("SHA-512-256", "SHA-512-256-sess"),
        ("SHA-512-256", "X"),
    ] {
        assert_eq!(check(&format!("Authorization: {}\r\n", right.replace(from, to))), Outcome::Malformed, "{to}");
    }
}

#[test]
fn names_of_algorithms_and_parameters_may_have_any_case_and_values_quotes_or_none() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(2);
    let right =
        answer(&challenge, &credentials("101", "secret"), "REGISTER", "sip:a;transport=TLS", "abc", 1, b"").unwrap();
    let odd = right
        .replace("algorithm=MD5", "ALGORITHM=\"md5\"")
        .replace("qop=auth", "qop=\"auth\"")
        .replace("Digest", "DIGEST");
    let message = register(&format!("Authorization: {odd}\r\n"));
    assert_eq!(door.check(NOW, &message, REALM, &mut known), Outcome::Accepted("101".into()));
    assert_eq!(Authenticator::claimed(&message), Some(("101", REALM)));
    assert_eq!(Authenticator::claimed(&register("")), None);
}

#[test]
fn without_qop_a_nonce_serves_once() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(2).replace(", qop=\"auth\"", "");
    let message = signed(&challenge, "101", "secret", 1);
    assert_eq!(door.check(NOW, &message, REALM, &mut known), Outcome::Accepted("101".into()));
    assert_eq!(door.check(NOW, &message, REALM, &mut known), Outcome::Replayed("101".into()));
}

#[test]
fn a_user_name_with_quotes_survives_the_round_trip() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW, REALM, false).remove(0);
    let message = signed(&challenge, r#"a"b\c"#, "secret", 1);
    let mut known = |user: &str| (user == r#"a"b\c"#).then(|| ha1(r#"a"b\c"#, REALM, "secret"));
    assert_eq!(door.check(NOW, &message, REALM, &mut known), Outcome::Accepted(r#"a"b\c"#.into()));
}

// The values of RFC 7616, 3.9.2, with the response of erratum 4897: the text had hashed with a shortened SHA-512.
#[test]
fn rfc_7616_vector_for_sha_512_256() {
    let challenge = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
         nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\"";
    let me = credentials("J\u{e4}s\u{f8}n Doe", "Secret, or not?");
    let cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
    let value = answer(challenge, &me, "GET", "/doe.json", cnonce, 1, b"").unwrap();
    assert_eq!(field(&value, "response"), "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
}

fn message_with(value: &str, body: &str) -> Message {
    let text = format!(
        "MESSAGE sip:102@acme.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:101@acme.example>;tag=1\r\n\
         To: <sip:102@acme.example>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\nAuthorization: {value}\r\n\
         Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Message::parse(text.into_bytes().into()).unwrap()
}

// covers: SET-05
#[test]
fn set_05_auth_int_covers_the_body_and_is_taken_only_where_it_is_offered() {
    let mut door = Authenticator::new([1; 32]);
    assert!(door.challenges(NOW, REALM, false).iter().all(|c| c.contains("qop=\"auth\"")));
    door.set_integrity(true);
    for kind in [0, 1, 2] {
        let challenge = door.challenges(NOW, REALM, false).remove(kind);
        assert!(challenge.contains("qop=\"auth,auth-int\""));
        let only = challenge.replace("auth,auth-int", "auth-int");
        let me = credentials("101", "secret");
        let value = answer(&only, &me, "MESSAGE", "sip:102@acme.example", "abc", 1, b"hello").unwrap();
        assert_eq!((field(&value, "qop"), field(&value, "nc")), ("auth-int", "00000001"));
        door.set_integrity(false);
        assert_eq!(door.check(NOW, &message_with(&value, "hello"), REALM, &mut known), Outcome::Malformed);
        door.set_integrity(true);
        assert_eq!(door.check(NOW, &message_with(&value, "hell0"), REALM, &mut known), Outcome::Wrong("101".into()));
        assert_eq!(door.check(NOW, &message_with(&value, "hello"), REALM, &mut known), Outcome::Accepted("101".into()));
        assert_eq!(door.check(NOW, &message_with(&value, "hello"), REALM, &mut known), Outcome::Replayed("101".into()));
        let plain = answer(&challenge, &me, "MESSAGE", "sip:102@acme.example", "abc", 2, b"").unwrap();
        assert_eq!(field(&plain, "qop"), "auth", "the plain one stays good");
        assert_eq!(door.check(NOW, &message_with(&plain, "hello"), REALM, &mut known), Outcome::Accepted("101".into()));
    }
}

#[test]
fn s6_a_nonce_from_the_future_is_not_taken() {
    let mut door = Authenticator::new([1; 32]);
    let challenge = door.challenges(NOW + Duration::from_secs(60), REALM, false).remove(0);
    let message = signed(&challenge, "101", "secret", 1);
    assert_eq!(door.check(NOW, &message, REALM, &mut known), Outcome::Stale("101".into()));
}
