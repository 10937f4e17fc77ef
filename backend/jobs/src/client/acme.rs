//! Certificate authorities that speak ACME (RFC 8555), proving the name by HTTP-01.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use instant_acme::{
    Account, AccountBuilder, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder,
    OrderStatus, RetryPolicy,
};

/// How long an authority may take to look, and then to sign.
const AUTHORITY_TIME_MAX: Duration = Duration::from_secs(90);

/// The door to certificate authorities.
#[derive(Clone, Debug, Default)]
pub struct Authority {
    /// A file with the root that an authority of one's own is known by, PEM; without it those that the system trusts.
    pub root: Option<PathBuf>,
}

/// What an order gave.
pub(crate) struct Issued {
    /// The chain, PEM.
    pub(crate) chain: String,
    /// The key, PEM.
    pub(crate) key: String,
}

/// Who asks whom for what.
pub(crate) struct Order<'a> {
    pub(crate) directory: &'a str,
    pub(crate) contact: &'a str,
    pub(crate) domain: &'a str,
}

impl Authority {
    /// The account of these credentials, or a new one with its credentials.
    pub(crate) async fn account(&self, order: &Order<'_>, known: Option<&str>) -> Result<(Account, String)> {
        if let Some(known) = known {
            let credentials: AccountCredentials = serde_json::from_str(known).context("the account is damaged")?;
            return Ok((self.builder()?.from_credentials(credentials).await?, known.to_owned()));
        }
        let contact = format!("mailto:{}", order.contact);
        let contacts = [contact.as_str()];
        let new = NewAccount {
            contact: if order.contact.is_empty() { &[] } else { &contacts },
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let (account, credentials) = self.builder()?.create(&new, order.directory.to_owned(), None).await?;
        Ok((account, serde_json::to_string(&credentials)?))
    }

    /// Has a certificate issued. `answer` keeps what the authority is to be told when it asks for a token.
    pub(crate) async fn order<F>(
        &self,
        account: &Account,
        order: &Order<'_>,
        answer: impl Fn(String, String) -> F,
    ) -> Result<Issued>
    where
        F: Future<Output = Result<()>>,
    {
        let names = [Identifier::Dns(order.domain.to_owned())];
        let mut placed = account.new_order(&NewOrder::new(&names)).await?;
        let mut authorizations = placed.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            match authorization.status {
                AuthorizationStatus::Pending => {}
                AuthorizationStatus::Valid => continue,
                other => bail!("the authority says {other:?} of {}", order.domain),
            }
            let challenge = authorization.challenge(ChallengeType::Http01);
            let mut challenge = challenge.context("the authority does not look by HTTP")?;
            let told = challenge.key_authorization().as_str().to_owned();
            answer(challenge.token.clone(), told).await?;
            challenge.set_ready().await?;
        }
        let patience = RetryPolicy::default().timeout(AUTHORITY_TIME_MAX);
        let status = placed.poll_ready(&patience).await?;
        if status != OrderStatus::Ready {
            bail!("{}", refusal(&mut placed, order.domain).await);
        }
        let key = placed.finalize().await?;
        let chain = placed.poll_certificate(&patience).await?;
        Ok(Issued { chain, key })
    }

    fn builder(&self) -> Result<AccountBuilder> {
        Ok(match &self.root {
            Some(root) => Account::builder_with_root(root)?,
            None => Account::builder()?,
        })
    }
}

/// Why the authority did not believe that the name is ours, in its own words.
async fn refusal(placed: &mut instant_acme::Order, domain: &str) -> String {
    let mut authorizations = placed.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        // As it was before the authority looked; what it said is there anew.
        let _ = authorization.refresh().await;
        let reason = authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref());
        if let Some(reason) = reason {
            return reason.to_string();
        }
    }
    format!("the authority could not see that {domain} is this server")
}
