//! The certificate that is served and the installation's own root; keys are sealed at rest (TRN-06, TRN-07).

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};
use shared::Moment;
use shared::certificate::CertificateSource;

use crate::connect::Writing;
use crate::entity::certificate;
use crate::text::{from_word, word};
use crate::{Actor, Change, Result, Store};

const SERVER: &str = "server";
const ROOT: &str = "root";
const REQUEST: &str = "request";

/// A certificate with its key, PEM both. Prints without the key.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCertificate {
    /// Where it is from.
    pub source: CertificateSource,
    /// The chain.
    pub chain: String,
    /// The key, in clear.
    pub key: String,
    /// Since when it is there.
    pub since: Moment,
    /// The last warning that was given: so many days before its end.
    pub warned_days: Option<i64>,
}

impl std::fmt::Debug for StoredCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredCertificate({:?}, ***)", self.source)
    }
}

impl Store {
    /// The certificate that is served; none before the first.
    pub async fn server_certificate(&self) -> Result<Option<StoredCertificate>> {
        self.certificate(SERVER).await
    }

    /// The installation's own root; none before a local certificate was made.
    pub async fn root_certificate(&self) -> Result<Option<StoredCertificate>> {
        self.certificate(ROOT).await
    }

    /// Keeps the root. One that is there already stays: devices trust it.
    pub async fn keep_root_certificate(&self, now: Moment, chain: &str, key: &str) -> Result<()> {
        let tx = self.write().await?;
        let row = self.row(ROOT, CertificateSource::Local, now, chain, key)?;
        let insert = certificate::Entity::insert(row).on_conflict_do_nothing_on([certificate::Column::Name]);
        insert.exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    /// The request that waits for its certificate, with its key.
    pub async fn certificate_request(&self) -> Result<Option<StoredCertificate>> {
        self.certificate(REQUEST).await
    }

    /// Keeps a request with its key, in the place of one before.
    pub async fn put_certificate_request(
        &self,
        now: Moment,
        actor: &Actor,
        (text, key): (&str, &str),
        names: &[String],
    ) -> Result<()> {
        use certificate::Column as C;
        let tx = self.write().await?;
        let row = self.row(REQUEST, CertificateSource::Uploaded, now, text, key)?;
        let replace = OnConflict::column(C::Name).update_columns([C::Chain, C::SealedKey, C::Since]).to_owned();
        certificate::Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx).await?;
        let subject = format!("request for {}", names.join(", "));
        self.note(&tx, now, actor, None, "CreateCertificateRequest", subject).await?;
        tx.commit().await
    }

    /// Puts the answer to the request in the place of the certificate that is served; the request is over.
    pub async fn complete_certificate_request(
        &self,
        now: Moment,
        actor: &Actor,
        (chain, key): (&str, &str),
        names: &[String],
    ) -> Result<()> {
        let tx = self.write().await?;
        let gone = certificate::Entity::delete_by_id(REQUEST).exec(&*tx).await?;
        if gone.rows_affected == 0 {
            return Err(crate::Error::NotFound);
        }
        self.write_server_certificate(&tx, now, CertificateSource::Uploaded, (chain, key)).await?;
        let subject = format!("certificate for {}", names.join(", "));
        self.note(&tx, now, actor, None, "CompleteCertificateRequest", subject).await?;
        tx.commit().await?;
        self.tell(Change::CertificateChanged);
        Ok(())
    }

    async fn write_server_certificate(
        &self,
        tx: &Writing,
        now: Moment,
        source: CertificateSource,
        (chain, key): (&str, &str),
    ) -> Result<()> {
        use certificate::Column as C;
        let row = self.row(SERVER, source, now, chain, key)?;
        let columns = [C::Source, C::Chain, C::SealedKey, C::Since, C::WarnedDays];
        let replace = OnConflict::column(C::Name).update_columns(columns).to_owned();
        certificate::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await?;
        Ok(())
    }

    /// Puts a certificate in the place of the one that is served; `names` are for the activity log.
    pub async fn put_server_certificate(
        &self,
        now: Moment,
        actor: &Actor,
        source: CertificateSource,
        (chain, key): (&str, &str),
        names: &[String],
    ) -> Result<()> {
        let tx = self.write().await?;
        self.change_server_certificate(&tx, now, actor, source, (chain, key), names).await?;
        tx.commit().await?;
        self.tell(Change::CertificateChanged);
        Ok(())
    }

    /// As [`Store::put_server_certificate`], in the transaction of more.
    pub(crate) async fn change_server_certificate(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        source: CertificateSource,
        pem: (&str, &str),
        names: &[String],
    ) -> Result<()> {
        self.write_server_certificate(tx, now, source, pem).await?;
        let operation = match source {
            CertificateSource::Local => "CreateLocalCertificate",
            CertificateSource::Uploaded => "UploadCertificate",
            CertificateSource::Acme => "RenewCertificate",
        };
        self.note(tx, now, actor, None, operation, format!("certificate for {}", names.join(", "))).await
    }

    /// Notes that the end of the served certificate was warned of, in the activity log too; false when it was before.
    pub async fn warn_of_certificate(&self, now: Moment, days: i64, words: &str) -> Result<bool> {
        let tx = self.write().await?;
        let Some(row) = certificate::Entity::find_by_id(SERVER).one(&*tx).await? else { return Ok(false) };
        if row.warned_days.is_some_and(|warned| warned <= days) {
            return Ok(false);
        }
        let warned =
            certificate::ActiveModel { name: Set(row.name), warned_days: Set(Some(days)), ..Default::default() };
        certificate::Entity::update(warned).exec(&*tx).await?;
        self.note(&tx, now, &Actor::belfry(), None, "CertificateExpires", words.to_owned()).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn certificate(&self, name: &str) -> Result<Option<StoredCertificate>> {
        let Some(row) = certificate::Entity::find_by_id(name).one(&self.inner.db).await? else { return Ok(None) };
        Ok(Some(StoredCertificate {
            source: from_word(&row.source)?,
            key: self.inner.keys.open(&place(name), &row.sealed_key)?,
            chain: row.chain,
            since: Moment(row.since),
            warned_days: row.warned_days,
        }))
    }

    fn row(
        &self,
        name: &str,
        source: CertificateSource,
        now: Moment,
        chain: &str,
        key: &str,
    ) -> Result<certificate::ActiveModel> {
        Ok(certificate::ActiveModel {
            name: Set(name.to_owned()),
            source: Set(word(&source)?),
            chain: Set(chain.to_owned()),
            sealed_key: Set(self.inner.keys.seal(&place(name), key)?),
            since: Set(now.0),
            warned_days: Set(None),
        })
    }
}

fn place(name: &str) -> String {
    format!("certificate/{name}")
}
