//! The set-up wizard: one row that says how it stands, and the one transaction that keeps its steps (WIZ-07).

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QueryOrder, Set};
use shared::Moment;
use shared::certificate::CertificateSource;
use shared::mail_server::UpdateMailServer;
use shared::setting::UpdateSettings;
use shared::tenant::Tenant;
use shared::transport::CreateTransport;
use shared::wizard::{DomainStep, WizardState, in_step};

use crate::connect::Writing;
use crate::entity::{tenant, wizard};
use crate::text::{from_word, word};
use crate::{Actor, Change, Error, Result, Store};

/// The one row.
const ROW: i64 = 1;

/// What the wizard keeps: a step that is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct WizardSteps {
    /// The network.
    pub network: Option<UpdateSettings>,
    /// The SIP domain.
    pub domain: Option<DomainStep>,
    /// The transports, each with the name of its field.
    pub transports: Vec<(&'static str, CreateTransport)>,
    /// The certificate that was read.
    pub certificate: Option<UploadedCertificate>,
    /// The mail server.
    pub mail: Option<UpdateMailServer>,
}

/// A certificate that was read and fits its key; prints without it.
#[derive(Clone)]
pub struct UploadedCertificate {
    /// The chain, PEM.
    pub chain: String,
    /// The key, PEM.
    pub key: String,
    /// The names that it is for.
    pub names: Vec<String>,
}

impl std::fmt::Debug for UploadedCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UploadedCertificate({:?}, ***)", self.names)
    }
}

impl Store {
    /// How the wizard stands, and since when.
    pub async fn wizard(&self) -> Result<(WizardState, Option<Moment>)> {
        match wizard::Entity::find_by_id(ROW).one(&self.inner.db).await? {
            Some(row) => Ok((from_word(&row.state)?, Some(Moment(row.since)))),
            None => Ok((WizardState::Open, None)),
        }
    }

    /// The first tenant that was made; none where there is none.
    pub async fn first_tenant(&self) -> Result<Option<Tenant>> {
        let first = tenant::Entity::find().order_by_asc(tenant::Column::Id).one(&self.inner.db).await?;
        Ok(first.map(crate::tenant::noun))
    }

    /// Leaves the wizard for later. One that somebody has gone through stays so.
    pub async fn skip_wizard(&self, now: Moment, actor: &Actor) -> Result<()> {
        let tx = self.write().await?;
        let done = wizard::Entity::find_by_id(ROW).one(&*tx).await?;
        let done = done.map(|row| from_word(&row.state)).transpose()? == Some(WizardState::Done);
        if !done {
            self.write_wizard(&tx, now, WizardState::Skipped).await?;
        }
        self.note(&tx, now, actor, None, "SkipWizard", "set-up wizard".to_owned()).await?;
        tx.commit().await
    }

    /// Keeps all steps in one transaction, or none: what is in the way is named as `step.field`. Answers the token of the new
    /// company's administrator, where one was named.
    pub async fn apply_wizard(&self, now: Moment, actor: &Actor, steps: &WizardSteps) -> Result<Option<String>> {
        let tx = self.write().await?;
        let WizardSteps { network, domain, transports, certificate, mail } = steps;
        let (mut kept, mut told, mut invitation) = (Vec::new(), Vec::new(), None);
        if let Some(change) = network {
            let changed =
                self.change_settings(&tx, now, actor, change).await.map_err(|error| error.in_step("network"))?;
            told.extend(changed.1.then_some(Change::SettingsChanged));
            kept.push("network");
        }
        if let Some(step) = domain {
            let (tenant, token) =
                self.keep_domain(&tx, now, actor, step).await.map_err(|error| error.in_step("domain"))?;
            told.push(Change::TenantChanged(tenant.id));
            invitation = token;
            kept.push("SIP domain");
        }
        for (field, transport) in transports {
            let made = self.insert_transport(&tx, now, actor, transport).await;
            made.map_err(|error| error.in_step("transport").with_field("transport.port", field))?;
        }
        kept.extend((!transports.is_empty()).then_some("transport"));
        if let Some(UploadedCertificate { chain, key, names }) = certificate {
            let (source, pem) = (CertificateSource::Uploaded, (chain.as_str(), key.as_str()));
            self.change_server_certificate(&tx, now, actor, source, pem, names).await?;
            told.push(Change::CertificateChanged);
            kept.push("certificate");
        }
        if let Some(form) = mail {
            self.change_mail_server(&tx, now, actor, form).await.map_err(|error| error.in_step("mail"))?;
            kept.push("mail server");
        }
        self.write_wizard(&tx, now, WizardState::Done).await?;
        let subject = match kept.as_slice() {
            [] => "set-up wizard: nothing changed".to_owned(),
            kept => format!("set-up wizard: {}", kept.join(", ")),
        };
        self.note(&tx, now, actor, None, "ApplyWizard", subject).await?;
        tx.commit().await?;
        told.into_iter().for_each(|change| self.tell(change));
        Ok(invitation)
    }

    async fn keep_domain(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        step: &DomainStep,
    ) -> Result<(Tenant, Option<String>)> {
        Error::check(step.check())?;
        match step.tenant_id {
            Some(id) => Ok((self.change_tenant(tx, now, actor, "UpdateTenant", &step.update(id)).await?, None)),
            None => {
                let (tenant, administrator) = self.insert_tenant(tx, now, actor, &step.create()).await?;
                Ok((tenant, administrator.map(|(_, invitation)| invitation)))
            }
        }
    }

    async fn write_wizard(&self, tx: &Writing, now: Moment, state: WizardState) -> Result<()> {
        use wizard::Column as C;
        let row = wizard::ActiveModel { id: Set(ROW), state: Set(word(&state)?), since: Set(now.0) };
        let replace = OnConflict::column(C::Id).update_columns([C::State, C::Since]).to_owned();
        wizard::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await?;
        Ok(())
    }
}

impl Error {
    /// Names the fields as the wizard calls them.
    fn in_step(self, step: &'static str) -> Self {
        match self {
            Self::Invalid(fields) => Self::Invalid(in_step(step, fields)),
            Self::Conflict { field, reason } => {
                let field = match (step, field) {
                    ("domain", "name") => "domain.name",
                    ("domain", "domain") => "domain.domain",
                    ("domain", "email" | "admin_email") => "domain.admin_email",
                    ("transport", _) => "transport.port",
                    (step, _) => step,
                };
                Self::Conflict { field, reason }
            }
            // A company that went meanwhile.
            Self::NotFound if step == "domain" => {
                Self::field("domain.tenant_id", "This company is gone; open the wizard anew.")
            }
            other => other,
        }
    }

    /// Names a conflict's field otherwise.
    fn with_field(self, from: &'static str, to: &'static str) -> Self {
        match self {
            Self::Conflict { field, reason } if field == from => Self::Conflict { field: to, reason },
            Self::Invalid(mut fields) => {
                fields
                    .iter_mut()
                    .filter(|problem| problem.field == from)
                    .for_each(|problem| to.clone_into(&mut problem.field));
                Self::Invalid(fields)
            }
            other => other,
        }
    }
}
