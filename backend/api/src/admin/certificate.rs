//! The certificate of HTTPS, TLS and WSS (TRN-04, TRN-06, TRN-07).

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use certificate::{LocalRoot, Pair, Request, covers};
use shared::Moment;
use shared::certificate::{
    Certificate, CertificateRequest, CertificateSource, CompleteCertificateRequest, CreateCertificateRequest,
    CreateLocalCertificate, GetCertificate, OrderCertificate, StopAcme, UploadCertificate, warning_days,
};
use shared::problem::FieldProblem;
use shared::setting::UpdateSettings;
use store::{Actor, Store};

use crate::App;
use crate::caller::Admin;
use crate::error::{Error, Result};

impl From<certificate::Error> for Error {
    fn from(error: certificate::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

pub(crate) async fn get(caller: Admin, _: GetCertificate) -> Result<Certificate> {
    present(&caller.store, caller.now).await
}

pub(crate) async fn upload(caller: Admin, operation: UploadCertificate) -> Result<Certificate> {
    Error::check(operation.check())?;
    let now = caller.now;
    let pair = read_upload(now, operation).await?;
    put(&caller.store, now, &caller.actor, CertificateSource::Uploaded, &pair).await?;
    present(&caller.store, now).await
}

/// Reads a chain and its key. What is wrong is told with its field.
pub(crate) async fn read_upload(now: Moment, upload: UploadCertificate) -> Result<Pair> {
    // A key's password is made slow to guess: that is no work for a thread of requests.
    let read =
        tokio::task::spawn_blocking(move || Pair::read(now, &upload.chain, &upload.key, upload.password.as_deref()));
    read.await.map_err(|_| Error::Busy)?.map_err(Error::Invalid)
}

pub(crate) async fn create_local(caller: Admin, operation: CreateLocalCertificate) -> Result<Certificate> {
    Error::check(operation.check())?;
    let web_domain = operation.web_domain.trim().to_lowercase();
    let change = UpdateSettings { web_domain: Some(web_domain), ..UpdateSettings::default() };
    caller.store.update_settings(caller.now, &caller.actor, &change).await?;
    let mut own_names = caller.app.config.own_names.clone();
    // Those of the start may have changed.
    own_names.extend(caller.app.config.network.borrow().addresses().iter().map(ToString::to_string));
    make_local(&caller.store, caller.now, &caller.actor, &own_names).await?;
    present(&caller.store, caller.now).await
}

/// The key stays here; only the request is shown.
pub(crate) async fn create_request(caller: Admin, operation: CreateCertificateRequest) -> Result<Certificate> {
    Error::check(operation.check())?;
    let names: Vec<String> = operation.names.iter().map(|name| name.trim().to_lowercase()).collect();
    let request = Request::make(&names, operation.organization.as_deref().filter(|name| !name.is_empty()))?;
    let pem = (request.text.as_str(), request.key.as_str());
    caller.store.put_certificate_request(caller.now, &caller.actor, pem, &names).await?;
    present(&caller.store, caller.now).await
}

pub(crate) async fn complete_request(caller: Admin, operation: CompleteCertificateRequest) -> Result<Certificate> {
    let request = caller.store.certificate_request().await?.ok_or(Error::NotFound)?;
    let upload = UploadCertificate { chain: operation.chain, key: request.key, password: None };
    Error::check(upload.check())?;
    let pair = Pair::read(caller.now, &upload.chain, &upload.key, None).map_err(|problems| {
        // The key is nothing that the caller could put right.
        let reason = "This certificate was not made for this request.";
        let of_chain = |problem: FieldProblem| match problem.field.as_str() {
            "chain" => problem,
            _ => FieldProblem::new("chain", reason),
        };
        Error::Invalid(problems.into_iter().map(of_chain).collect())
    })?;
    let (chain, key) = (pair.chain_pem(), pair.key_pem());
    let names = pair.describe()?.names;
    caller.store.complete_certificate_request(caller.now, &caller.actor, (&chain, &key), &names).await?;
    present(&caller.store, caller.now).await
}

pub(crate) async fn order(caller: Admin, operation: OrderCertificate) -> Result<Certificate> {
    caller.store.order_certificate(caller.now, &caller.actor, &operation).await?;
    present(&caller.store, caller.now).await
}

pub(crate) async fn stop_acme(caller: Admin, _: StopAcme) -> Result<Certificate> {
    caller.store.stop_acme(caller.now, &caller.actor).await?;
    present(&caller.store, caller.now).await
}

/// The root for whoever wants to trust it: what opens it asks whether to install it.
pub(crate) async fn root(State(app): State<App>) -> Result<Response> {
    match app.store.root_certificate().await? {
        Some(root) => {
            let kind = [
                (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"belfry-root.crt\""),
                (header::CACHE_CONTROL, "no-cache"),
            ];
            Ok((kind, root.chain).into_response())
        }
        None => Ok((StatusCode::NOT_FOUND, "This installation has made no root of its own.\n").into_response()),
    }
}

/// Makes a certificate by the installation's own root, for the web domain and `own_names`, and puts it in the place of the
/// present one. The root is made when it is first needed. When the store fails the present certificate stays.
pub async fn make_local_certificate(
    store: &Store,
    now: Moment,
    actor: &Actor,
    own_names: &[String],
) -> std::result::Result<(), String> {
    make_local(store, now, actor, own_names).await.map_err(|error| format!("{error:?}"))
}

async fn make_local(store: &Store, now: Moment, actor: &Actor, own_names: &[String]) -> Result<()> {
    let root = match store.root_certificate().await? {
        Some(root) => LocalRoot { certificate: root.chain, key: root.key },
        None => {
            let root = LocalRoot::make(now)?;
            store.keep_root_certificate(now, &root.certificate, &root.key).await?;
            root
        }
    };
    let web_domain = store.get_settings().await?.web_domain;
    let mut names: Vec<String> = Some(web_domain).filter(|name| !name.is_empty()).into_iter().collect();
    for name in own_names {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    put(store, now, actor, CertificateSource::Local, &root.issue(now, &names)?).await
}

async fn put(store: &Store, now: Moment, actor: &Actor, source: CertificateSource, pair: &Pair) -> Result<()> {
    let names = pair.describe()?.names;
    let pem = (pair.chain_pem(), pair.key_pem());
    Ok(store.put_server_certificate(now, actor, source, (&pem.0, &pem.1), &names).await?)
}

pub(crate) async fn present(store: &Store, now: Moment) -> Result<Certificate> {
    let stored = store.server_certificate().await?.ok_or(Error::NotFound)?;
    let description = Pair::stored(&stored.chain, &stored.key)?.describe()?;
    let web_domain = store.get_settings().await?.web_domain;
    let mut warnings = Vec::new();
    if !web_domain.is_empty() && !covers(&description.names, &web_domain) {
        warnings.push(format!("The certificate is not for {web_domain}: browsers that open that name will warn."));
    }
    match warning_days(now, description.not_after) {
        Some(0) => warnings.push("The certificate has expired. Browsers and phones refuse it.".to_owned()),
        Some(days) => {
            warnings.push(format!("The certificate expires within {days} days, on {}.", description.not_after))
        }
        None => {}
    }
    Ok(Certificate {
        source: stored.source,
        since: stored.since,
        root: store.root_certificate().await?.map(|root| root.chain),
        request: store.certificate_request().await?.map(|row| CertificateRequest { text: row.chain, since: row.since }),
        acme: store.acme().await?.map(|account| account.acme),
        description,
        warnings,
        web_domain,
    })
}
