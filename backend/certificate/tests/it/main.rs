//! Certificates by others, as an administrator would bring them: made by openssl.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::Command;

use certificate::{LocalRoot, Pair, covers};
use shared::Moment;

/// As openssl reads the clock of the system, these tests do.
#[allow(clippy::disallowed_methods)]
fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Moment::from_seconds(since.as_secs() as i64)
}

fn openssl(folder: &Path, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let output = Command::new("openssl").args(&words).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// root → intermediate → server, keys as named.
fn bought(folder: &Path) {
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=Root");
    openssl(folder, "req -newkey rsa:2048 -nodes -keyout middle.key -out middle.csr -subj /CN=Middle");
    std::fs::write(folder.join("ca.ext"), "basicConstraints=critical,CA:TRUE\n").unwrap();
    std::fs::write(folder.join("san.ext"), "subjectAltName=DNS:pbx.example,DNS:*.pbx.example,IP:192.0.2.7\n").unwrap();
    openssl(folder, "x509 -req -in middle.csr -CA root.pem -CAkey root.key -out middle.pem -days 20 -extfile ca.ext");
    openssl(folder, "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=pbx.example");
    openssl(
        folder,
        "x509 -req -in server.csr -CA middle.pem -CAkey middle.key -out server.pem -days 10 -extfile san.ext",
    );
}

fn read(folder: &Path, names: &[&str]) -> String {
    names.iter().map(|name| std::fs::read_to_string(folder.join(name)).unwrap()).collect()
}

fn refused(now: Moment, chain: &str, key: &str, password: Option<&str>) -> (String, String) {
    let problems = Pair::read(now, chain, key, password).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    (problems[0].field.clone(), problems[0].reason.clone())
}

// covers: TRN-07
#[test]
fn trn_07_a_bought_chain_with_an_encrypted_key_is_read_with_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bought(folder);
    let chain = read(folder, &["server.pem", "middle.pem"]);
    openssl(folder, "pkcs8 -topk8 -in server.key -out sealed.key -passout pass:secret");
    openssl(folder, "pkcs8 -topk8 -in server.key -out scrypt.key -passout pass:secret -scrypt");
    for name in ["sealed.key", "scrypt.key"] {
        let key = read(folder, &[name]);
        assert_eq!(refused(now(), &chain, &key, None).0, "password");
        assert_eq!(refused(now(), &chain, &key, Some("wrong")).0, "password");
        let pair = Pair::read(now(), &chain, &key, Some("secret")).unwrap();
        let description = pair.describe().unwrap();
        assert_eq!(description.names, ["pbx.example", "*.pbx.example", "192.0.2.7"]);
        assert_eq!(description.chain.len(), 2);
        assert_eq!(description.chain[0].issuer, "CN=Middle");
        assert!(covers(&description.names, "sip.pbx.example") && !covers(&description.names, "other.example"));
        let again = Pair::stored(&pair.chain_pem(), &pair.key_pem()).unwrap();
        assert_eq!(again.describe().unwrap(), description);
        assert_eq!(again.certified().unwrap().cert.len(), 2, "the intermediate is sent");
        assert!(!format!("{pair:?}").contains("PRIVATE"));
    }
    // Older forms of the same key.
    openssl(folder, "rsa -in server.key -out pkcs1.key -traditional");
    Pair::read(now(), &chain, &read(folder, &["pkcs1.key"]), None).unwrap();
    openssl(folder, "rsa -in server.key -out old.key -traditional -aes128 -passout pass:secret");
    let (field, reason) = refused(now(), &chain, &read(folder, &["old.key"]), Some("secret"));
    assert_eq!(field, "key");
    assert!(reason.contains("openssl pkcs8 -topk8"), "{reason}");
}

// covers: WIZ-05
#[test]
fn wiz_05_what_does_not_belong_together_has_expired_or_is_no_certificate_is_refused_with_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    bought(folder);
    let (chain, key) = (read(folder, &["server.pem", "middle.pem"]), read(folder, &["server.key"]));
    Pair::read(now(), &chain, &key, None).unwrap();
    assert_eq!(refused(now(), &chain, &read(folder, &["middle.key"]), None).0, "key");
    assert_eq!(refused(now(), &read(folder, &["middle.pem", "server.pem"]), &key, None).0, "chain");
    for nothing in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &key] {
        assert_eq!(refused(now(), nothing, &key, None).0, "chain", "{nothing:.30}");
    }
    for nothing in ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        assert_eq!(refused(now(), &chain, nothing, None).0, "key", "{nothing:.30}");
    }
    let late = now() + std::time::Duration::from_secs(11 * 86_400);
    let (field, reason) = refused(late, &chain, &key, None);
    assert!(field == "chain" && reason.contains("expired"), "{reason}");
    let early = now() - std::time::Duration::from_secs(86_400);
    assert!(refused(early, &chain, &key, None).1.contains("not valid before"));
    assert_eq!(refused(now(), &chain.repeat(6), &key, None).0, "chain", "a chain has an end");
}

// covers: TRN-06
#[test]
fn trn_06_openssl_trusts_what_the_local_root_has_signed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let root = LocalRoot::make(now()).unwrap();
    let names = ["pbx.example", "192.0.2.7", "2001:db8::7"].map(str::to_owned);
    let pair = root.issue(now(), &names).unwrap();
    assert_eq!(pair.describe().unwrap().names, names);
    std::fs::write(folder.join("root.pem"), &root.certificate).unwrap();
    std::fs::write(folder.join("chain.pem"), pair.chain_pem()).unwrap();
    for name in ["-verify_hostname pbx.example", "-verify_ip 192.0.2.7", "-verify_ip 2001:db8::7"] {
        openssl(folder, &format!("verify -x509_strict -purpose sslserver -CAfile root.pem {name} chain.pem"));
    }
    assert!(!format!("{root:?}").contains("KEY"));
    let pair = Pair::read(now(), &pair.chain_pem(), &pair.key_pem(), None);
    assert!(pair.is_ok(), "what is made could be uploaded");
}
