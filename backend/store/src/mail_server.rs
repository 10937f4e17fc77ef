//! The mail server that mails go out by, sealed (MAIL-01): the provider's, and a tenant's own in its place.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use shared::activity::changes;
use shared::mail_server::{MailSecurity, MailServer, OwnMailServer, UpdateMailServer, UpdateOwnMailServer};
use shared::{Moment, TenantId};
use std::sync::PoisonError;
use std::time::Duration;

use crate::connect::Writing;
use crate::entity::{job, setting, tenant_mail_server};
use crate::job::{SEND_EMAIL, SEND_VOICEMAIL};
use crate::text::{from_json, json};
use crate::{Actor, Error, MailLinks, Result, Store, TenantStore};

const NAME: &str = "mail_server";
const PLACE: &str = "setting/mail_server";
/// A mail that is tried again sooner than this may be in a worker's hands just now.
const IN_WORK: Duration = Duration::from_secs(600);

/// A mail server with its password.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMailServer {
    /// Its name or address; empty means that there is none.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the way there is kept secret.
    pub security: MailSecurity,
    /// The user to log in as; empty means that nobody logs in.
    pub user: String,
    /// The password; empty where there is none.
    pub password: String,
    /// The e-mail address that mails come from.
    pub sender: String,
    /// The name beside it; may be empty.
    pub sender_name: String,
}

impl std::fmt::Debug for StoredMailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredMailServer({}:{}, ***)", self.server, self.port)
    }
}

impl StoredMailServer {
    /// Is there one?
    pub fn is_set(&self) -> bool {
        !self.server.is_empty()
    }

    /// Without the password.
    pub fn noun(&self) -> MailServer {
        let Self { server, port, security, user, password, sender, sender_name } = self.clone();
        let has_password = !password.is_empty();
        MailServer { server, port, security, user, has_password, sender, sender_name, from_start: false }
    }

    /// As it is after the form. A password is kept for the server that it was for: nobody gets it sent elsewhere by naming
    /// another server.
    fn changed(&self, form: &UpdateMailServer) -> Result<Self> {
        Error::check(form.check())?;
        let trimmed = |text: &str| text.trim().to_owned();
        let (server, user) = (form.server.trim().to_lowercase(), trimmed(&form.user));
        if server.is_empty() {
            return Ok(Self::default());
        }
        let password = match &form.password {
            _ if user.is_empty() => String::new(),
            Some(password) => password.clone(),
            None if self.password.is_empty() || self.server == server => self.password.clone(),
            None => {
                let reason = format!("Enter the password: the one that is kept is for {}.", self.server);
                return Err(Error::field("password", &reason));
            }
        };
        let (sender, sender_name) = (trimmed(&form.sender), trimmed(&form.sender_name));
        Ok(Self { server, port: form.port, security: form.security, user, password, sender, sender_name })
    }

    /// What the activity log tells of it: that there is a password, never which.
    fn told(&self) -> serde_json::Value {
        serde_json::to_value(self.noun()).unwrap_or_default()
    }
}

/// The server by which a mail goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The server.
    pub server: StoredMailServer,
    /// Has a tenant chosen it? Then it must not be inside the provider's network.
    pub of_tenant: bool,
}

impl Store {
    /// What the process was started with; it is used as long as nothing else was set.
    pub fn start_with_mail_server(&self, server: StoredMailServer) {
        *self.inner.mail_server.write().unwrap_or_else(PoisonError::into_inner) = Some(server);
    }

    /// The provider's mail server, its password included.
    pub async fn mail_server(&self) -> Result<StoredMailServer> {
        self.mail_server_in(&self.inner.db).await.map(|(server, _)| server)
    }

    /// The provider's mail server.
    pub async fn get_mail_server(&self) -> Result<MailServer> {
        let (server, from_start) = self.mail_server_in(&self.inner.db).await?;
        Ok(MailServer { from_start, ..server.noun() })
    }

    /// The server, and whether it is the one of the start.
    async fn mail_server_in<C: ConnectionTrait>(&self, db: &C) -> Result<(StoredMailServer, bool)> {
        if let Some(row) = setting::Entity::find_by_id(NAME).one(db).await? {
            return Ok((from_json(&self.inner.keys.open(PLACE, &row.value)?)?, false));
        }
        let of_start = self.inner.mail_server.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ok((of_start.clone().unwrap_or_default(), of_start.is_some()))
    }

    /// The server of a form that is only tried out, with the password that is kept for it.
    pub async fn mail_server_to_test(&self, form: &UpdateMailServer) -> Result<StoredMailServer> {
        self.mail_server().await?.changed(form)
    }

    /// Sets the provider's mail server. Mails that wait for a later try go out by it soon.
    pub async fn update_mail_server(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateMailServer,
    ) -> Result<MailServer> {
        let tx = self.write().await?;
        let after = self.change_mail_server(&tx, now, actor, operation).await?;
        tx.commit().await?;
        Ok(after.noun())
    }

    /// Sets the provider's mail server in the transaction of more.
    pub(crate) async fn change_mail_server(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &UpdateMailServer,
    ) -> Result<StoredMailServer> {
        let (before, _) = self.mail_server_in(&**tx).await?;
        let after = before.changed(operation)?;
        let value = self.inner.keys.seal(PLACE, &json(&after)?)?;
        let row = setting::ActiveModel { name: Set(NAME.to_owned()), value: Set(value) };
        let replace = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
        setting::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await?;
        let changed = changes(Some(&before.told()), Some(&after.told()));
        self.note_change(tx, now, actor, None, "UpdateMailServer", "mail server".to_owned(), &changed).await?;
        self.hasten_mails(tx, now, None).await?;
        Ok(after)
    }

    /// By which server a mail of the tenant, or of the installation, goes out now; none where no server is set.
    pub async fn outgoing_mail_server(&self, tenant: Option<TenantId>) -> Result<Option<Outgoing>> {
        self.outgoing_in(&self.inner.db, tenant).await
    }

    pub(crate) async fn outgoing_in<C: ConnectionTrait>(
        &self,
        db: &C,
        tenant: Option<TenantId>,
    ) -> Result<Option<Outgoing>> {
        if let Some(tenant) = tenant {
            let server = self.tenant(tenant).own_server_in(db).await?;
            if server.is_set() {
                return Ok(Some(Outgoing { server, of_tenant: true }));
            }
        }
        let (server, _) = self.mail_server_in(db).await?;
        Ok(server.is_set().then_some(Outgoing { server, of_tenant: false }))
    }

    /// How invitations and the like go out by mail; none where no server is set for the tenant or the installation.
    pub(crate) async fn mail_of(&self, tx: &Writing, tenant: Option<TenantId>) -> Result<Option<MailLinks>> {
        let Some(links) = self.mail() else { return Ok(None) };
        Ok(self.outgoing_in(&**tx, tenant).await?.map(|_| links))
    }

    /// Mails that wait for a later try are due; those of other tenants than `tenant`, if it is one, are left alone.
    async fn hasten_mails(&self, tx: &Writing, now: Moment, tenant: Option<TenantId>) -> Result<()> {
        let mut waiting = job::Entity::update_many()
            .col_expr(job::Column::RunAt, Expr::value(now.0))
            .filter(job::Column::Kind.is_in([SEND_EMAIL, SEND_VOICEMAIL]))
            .filter(job::Column::GivenUpAt.is_null())
            .filter(job::Column::RunAt.gt((now + IN_WORK).0));
        if let Some(tenant) = tenant {
            waiting = waiting.filter(job::Column::TenantId.eq(tenant.0));
        }
        waiting.exec(&**tx).await?;
        Ok(())
    }
}

impl TenantStore {
    /// The tenant's own mail server, and what is used without one.
    pub async fn get_own_mail_server(&self) -> Result<OwnMailServer> {
        let own = self.own_server_in(self.db()).await?.noun();
        let provider = self.store.mail_server().await?;
        Ok(OwnMailServer { own, provider_sender: provider.is_set().then_some(provider.sender) })
    }

    /// The server of a form that is only tried out, with the password that is kept for it.
    pub async fn own_mail_server_to_test(&self, form: &UpdateMailServer) -> Result<StoredMailServer> {
        self.own_server_in(self.db()).await?.changed(form)
    }

    /// Sets the tenant's own mail server; without a name the provider's is used again.
    pub async fn update_own_mail_server(
        &self,
        now: Moment,
        actor: &Actor,
        operation: UpdateOwnMailServer,
    ) -> Result<OwnMailServer> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.own_server_in(&*tx).await?;
        let after = before.changed(&operation.into())?;
        self.delete_many::<tenant_mail_server::Entity>().exec(&*tx).await?;
        if after.is_set() {
            let sealed = self.store.inner.keys.seal(&self.place(), &json(&after)?)?;
            let row = tenant_mail_server::ActiveModel { tenant_id: Set(self.id.0), sealed: Set(sealed) };
            tenant_mail_server::Entity::insert(row).exec_without_returning(&*tx).await?;
        }
        let changed = changes(Some(&before.told()), Some(&after.told()));
        let subject = "mail server".to_owned();
        self.store.note_change(&tx, now, actor, Some(self.id), "UpdateOwnMailServer", subject, &changed).await?;
        self.store.hasten_mails(&tx, now, Some(self.id)).await?;
        tx.commit().await?;
        self.get_own_mail_server().await
    }

    async fn own_server_in<C: ConnectionTrait>(&self, db: &C) -> Result<StoredMailServer> {
        match self.find::<tenant_mail_server::Entity>().one(db).await? {
            Some(row) => from_json(&self.store.inner.keys.open(&self.place(), &row.sealed)?),
            None => Ok(StoredMailServer::default()),
        }
    }

    fn place(&self) -> String {
        format!("mail_server/{}", self.id.0)
    }
}
