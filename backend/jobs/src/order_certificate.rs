//! `OrderCertificate`: has a certificate issued by ACME, now and again before its end.

use anyhow::{Context, Result};
use certificate::Pair;
use shared::Moment;
use shared::certificate::{CertificateSource, renewal_at};
use store::{AcmeAccount, Actor, Store};

use crate::client::acme::{Authority, Issued, Order};
use crate::worker::Outcome;

pub(crate) async fn run(store: &Store, authority: &Authority, now: Moment) -> Outcome {
    match store.acme().await {
        Ok(Some(mut account)) => match order(store, authority, now, &mut account).await {
            Ok(next_at) => settle(store, now, account, Ok(next_at)).await.unwrap_or(Outcome::Again(next_at)),
            Err(error) => {
                let words = format!("{error:#}");
                settle(store, now, account, Err(words)).await.unwrap_or(Outcome::Retry(error))
            }
        },
        Ok(None) => Outcome::Done,
        Err(error) => Outcome::Retry(error.into()),
    }
}

/// Something only where it could not be kept.
async fn settle(store: &Store, now: Moment, account: AcmeAccount, result: Result<Moment, String>) -> Option<Outcome> {
    store.settle_order(now, account, result).await.err().map(|error| Outcome::Retry(error.into()))
}

/// When the next is due.
async fn order(store: &Store, authority: &Authority, now: Moment, account: &mut AcmeAccount) -> Result<Moment> {
    let acme = account.acme.clone();
    let wanted = Order { directory: &acme.directory, contact: &acme.contact, domain: &acme.domain };
    let (client, credentials) = authority.account(&wanted, account.credentials.as_deref()).await?;
    account.credentials = Some(credentials);
    let answer = |token: String, answer: String| {
        let store = store.clone();
        async move { Ok(store.put_challenge(now, &token, &answer).await?) }
    };
    let Issued { chain, key } = authority.order(&client, &wanted, answer).await?;
    let described = Pair::stored(&chain, &key).and_then(|pair| pair.describe());
    let described = described.context("the authority's certificate cannot be used")?;
    let pem = (chain.as_str(), key.as_str());
    store.put_server_certificate(now, &Actor::belfry(), CertificateSource::Acme, pem, &described.names).await?;
    Ok(renewal_at(described.not_before, described.not_after).max(now + PAUSE_MIN))
}

/// A certificate of a very short life is not asked for more often than this.
const PAUSE_MIN: std::time::Duration = std::time::Duration::from_secs(10);
