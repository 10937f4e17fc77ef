//! Certificates that an authority signs: asked by hand, and by ACME as far as it is the API's.

use std::process::Command;

use certificate::LocalRoot;
use shared::Method;
use shared::certificate::{
    CertificateSource, CompleteCertificateRequest, CreateCertificateRequest, CreateLocalCertificate, GetCertificate,
    LETS_ENCRYPT, OrderCertificate, StopAcme,
};
use shared::setting::GetSettings;
use store::Job;
use store::testing::{NOW, each_database};

use crate::app::App;
use crate::world::admin_of;

/// What an authority makes of a request.
fn signed(request: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let root = LocalRoot::make(NOW).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("request.pem", request);
    write("root.pem", &root.certificate);
    write("root.key", &root.key);
    write("names.ext", "subjectAltName=DNS:pbx.example,DNS:*.pbx.example\n");
    let made = Command::new("openssl")
        .args(["x509", "-req", "-in", "request.pem", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"])
        .args(["-days", "3650", "-extfile", "names.ext", "-set_serial", "7"])
        .current_dir(folder.path())
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap() + &root.certificate
}

// covers: TRN-07
#[tokio::test]
async fn trn_07_a_request_is_answered_and_its_key_never_leaves() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        admin.call(CreateLocalCertificate::default()).await.unwrap();
        let ask = |names: &[&str]| CreateCertificateRequest {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            organization: Some("Acme".into()),
        };
        for wrong in [&[][..], &["no name"], &["127.0.0.1:5"]] {
            assert_eq!(admin.call(ask(wrong)).await.unwrap_err().fields[0].field, "names", "{wrong:?}");
        }
        let nothing = CompleteCertificateRequest { chain: "-----BEGIN CERTIFICATE-----".into() };
        assert_eq!(admin.call(nothing).await.unwrap_err().status, 404);
        admin.call(ask(&["older.example"])).await.unwrap();
        let asked = admin.call(ask(&["PBX.example", "*.pbx.example"])).await.unwrap();
        assert_eq!(asked.source, CertificateSource::Local, "nothing is served anew before the answer");
        let request = asked.request.unwrap().text;
        assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"), "{request}");
        let kept = app.store.certificate_request().await.unwrap().unwrap();
        let seen = admin.request(Method::Get, "/api/admin/certificate", None).await.text();
        assert!(!seen.contains("PRIVATE KEY") && kept.key.contains("PRIVATE KEY"));

        let other = LocalRoot::make(NOW).unwrap().issue(NOW, &["pbx.example".into()]).unwrap();
        let refused = admin.call(CompleteCertificateRequest { chain: other.chain_pem() }).await.unwrap_err();
        assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "chain"));
        assert!(refused.fields[0].reason.contains("this request"), "{refused:?}");

        app.pass(std::time::Duration::from_secs(2 * 86_400));
        let mut admin = app.browser();
        admin.sign_in("ada@provider.example", crate::world::PASSWORD).await.unwrap();
        let chain = signed(&request);
        let done = admin.call(CompleteCertificateRequest { chain: chain.clone() }).await;
        // openssl dates by the clock of the machine, which the tests' clock may be behind.
        let Ok(done) = done else {
            let refused = done.unwrap_err();
            assert!(refused.fields[0].reason.contains("not valid before"), "{refused:?}");
            return;
        };
        assert_eq!((done.source, done.request.is_none()), (CertificateSource::Uploaded, true));
        assert_eq!(done.description.names, ["pbx.example", "*.pbx.example"]);
        let served = app.store.server_certificate().await.unwrap().unwrap();
        assert_eq!(served.key.trim(), kept.key.trim());
        assert_eq!(admin.call(CompleteCertificateRequest { chain }).await.unwrap_err().status, 404, "once");
    })
    .await;
}

#[tokio::test]
async fn trn_07_an_order_by_acme_wants_its_terms_accepted_and_is_work_that_follows() {
    each_database(|store| async move {
        let app = App::new(store);
        let mut admin = admin_of(&app).await;
        admin.call(CreateLocalCertificate::default()).await.unwrap();
        let order =
            OrderCertificate { web_domain: "pbx.example".into(), terms_accepted: true, ..OrderCertificate::default() };
        for (wrong, field) in [
            (OrderCertificate { terms_accepted: false, ..order.clone() }, "terms_accepted"),
            (OrderCertificate { web_domain: String::new(), ..order.clone() }, "web_domain"),
            (OrderCertificate { contact: "nobody".into(), ..order.clone() }, "contact"),
            (OrderCertificate { directory: Some("http://ca.example/".into()), ..order.clone() }, "directory"),
        ] {
            assert_eq!(admin.call(wrong).await.unwrap_err().fields[0].field, field);
        }
        let ordered = admin.call(order.clone()).await.unwrap();
        assert_eq!(ordered.acme.unwrap().directory, LETS_ENCRYPT);
        assert_eq!(admin.call(GetSettings {}).await.unwrap().web_domain, "pbx.example");
        admin.call(order).await.unwrap();
        let lease = std::time::Duration::from_secs(60);
        let jobs = app.store.claim_jobs(app.now(), lease, 10).await.unwrap();
        let orders = jobs.iter().filter(|job| job.job == Job::OrderCertificate).count();
        assert_eq!(orders, 1, "asked twice, it is one job: {jobs:?}");
        // What the authority asks is answered to anybody, and nothing else is.
        app.store.put_challenge(app.now(), "token-1", "token-1.thumb").await.unwrap();
        let ask = async |token: &str| {
            app.browser().request(Method::Get, &format!("/.well-known/acme-challenge/{token}"), None).await
        };
        assert_eq!(ask("token-1").await.text(), "token-1.thumb");
        for token in ["token-2", "%00", "..", &"x".repeat(300)] {
            assert_eq!(ask(token).await.status.as_u16(), 404, "{token}");
        }
        assert_eq!(admin.call(StopAcme {}).await.unwrap().acme, None);
        assert_eq!(admin.call(StopAcme {}).await.unwrap_err().status, 404);
        assert_eq!(admin.call(GetCertificate {}).await.unwrap().source, CertificateSource::Local);
    })
    .await;
}
