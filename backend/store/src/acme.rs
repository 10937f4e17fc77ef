//! The authority that is asked for certificates by ACME: its account, sealed, what came of it, and what it is answered.

use std::time::Duration;

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};
use serde::{Deserialize, Serialize};
use shared::Moment;
use shared::activity::changes;
use shared::certificate::{Acme, LETS_ENCRYPT, OrderCertificate};
use shared::event::{EventCode, NewEvent};
use shared::setting::UpdateSettings;

use crate::connect::Writing;
use crate::entity::{acme_challenge, setting};
use crate::text::{from_json, json, outside};
use crate::{Actor, Change, Error, Job, Result, Store};

/// The installation's own value that holds it.
const NAME: &str = "acme";
/// How long the authority may take to ask.
const CHALLENGE_LIFE: Duration = Duration::from_secs(3_600);

/// The authority, and the account that this installation has there. Prints without the account.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcmeAccount {
    /// What administrators see.
    pub acme: Acme,
    /// The account with its key, as the client of ACME writes it; none before the first order.
    pub credentials: Option<String>,
}

impl std::fmt::Debug for AcmeAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AcmeAccount({:?}, ***)", self.acme)
    }
}

impl Store {
    /// The authority that is asked; none where none is.
    pub async fn acme(&self) -> Result<Option<AcmeAccount>> {
        let Some(row) = setting::Entity::find_by_id(NAME).one(&self.inner.db).await? else { return Ok(None) };
        from_json(&self.inner.keys.open(&place(), &row.value)?).map(Some)
    }

    /// Has the authority asked now, and again before each certificate's end; the web domain becomes a setting.
    pub async fn order_certificate(&self, now: Moment, actor: &Actor, operation: &OrderCertificate) -> Result<()> {
        Error::check(operation.check())?;
        let domain = operation.web_domain.trim().to_lowercase();
        let change = UpdateSettings { web_domain: Some(domain.clone()), ..UpdateSettings::default() };
        let before = self.acme().await?;
        let tx = self.write().await?;
        self.change_settings(&tx, now, actor, &change).await?;
        let directory = operation.directory.clone().unwrap_or_else(|| LETS_ENCRYPT.to_owned());
        let contact = operation.contact.trim().to_owned();
        let acme = Acme { directory, contact, domain, ..Acme::default() };
        let changed = changes(before.as_ref().map(|before| &before.acme), Some(&acme));
        let subject = format!("certificate for {}", acme.domain);
        // An account is of one authority.
        let known = before.filter(|before| before.acme.directory == acme.directory);
        let account = AcmeAccount { acme, credentials: known.and_then(|known| known.credentials) };
        self.put_acme(&tx, &account).await?;
        self.insert_job(&tx, now, None, &Job::OrderCertificate).await?;
        self.run_again(&tx, now, &Job::OrderCertificate).await?;
        self.note_change(&tx, now, actor, None, "OrderCertificate", subject, &changed).await?;
        tx.commit().await?;
        self.tell(Change::SettingsChanged);
        Ok(())
    }

    /// Asks the authority no more.
    pub async fn stop_acme(&self, now: Moment, actor: &Actor) -> Result<()> {
        let Some(before) = self.acme().await? else { return Err(Error::NotFound) };
        let tx = self.write().await?;
        setting::Entity::delete_by_id(NAME).exec(&*tx).await?;
        let changed = changes(Some(&before.acme), None);
        let subject = format!("certificate for {}", before.acme.domain);
        self.note_change(&tx, now, actor, None, "StopAcme", subject, &changed).await?;
        tx.commit().await
    }

    /// Keeps what came of an order: when to ask again, or why there was no certificate. One that was given up in the
    /// meantime stays so.
    pub async fn settle_order(&self, now: Moment, account: AcmeAccount, result: Result<Moment, String>) -> Result<()> {
        let tx = self.write().await?;
        if setting::Entity::find_by_id(NAME).one(&*tx).await?.is_none() {
            return Ok(());
        }
        let (next_at, last_failure) = match result {
            Ok(next_at) => (Some(next_at), None),
            Err(failure) => (None, Some(outside(&failure))),
        };
        let event = match &last_failure {
            None => NewEvent::new(EventCode::CertificateIssued, &account.acme.domain),
            Some(failure) => NewEvent::new(EventCode::CertificateOrderFailed, failure.trim_end_matches('.')),
        };
        let acme = Acme { last_at: Some(now), last_failure, next_at, ..account.acme };
        self.put_acme(&tx, &AcmeAccount { acme, ..account }).await?;
        self.note_event(&tx, now, event).await?;
        tx.commit().await
    }

    /// What the authority shall be answered when it asks for this token.
    pub async fn put_challenge(&self, now: Moment, token: &str, answer: &str) -> Result<()> {
        let row = acme_challenge::ActiveModel {
            token: Set(token.to_owned()),
            answer: Set(answer.to_owned()),
            expires_at: Set((now + CHALLENGE_LIFE).0),
        };
        let columns = [acme_challenge::Column::Answer, acme_challenge::Column::ExpiresAt];
        let replace = OnConflict::column(acme_challenge::Column::Token).update_columns(columns).to_owned();
        let tx = self.write().await?;
        acme_challenge::Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    /// The answer for a token.
    pub async fn challenge(&self, now: Moment, token: &str) -> Result<Option<String>> {
        let row = acme_challenge::Entity::find_by_id(token).one(&self.inner.db).await?;
        Ok(row.filter(|row| row.expires_at > now.0).map(|row| row.answer))
    }

    async fn put_acme(&self, tx: &Writing, account: &AcmeAccount) -> Result<()> {
        let value = self.inner.keys.seal(&place(), &json(account)?)?;
        let row = setting::ActiveModel { name: Set(NAME.to_owned()), value: Set(value) };
        let replace = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
        setting::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await?;
        Ok(())
    }
}

fn place() -> String {
    format!("setting/{NAME}")
}
