//! The provider's mail server (MAIL-01, MAIL-02).

use shared::TenantId;
use shared::mail_server::{GetMailServer, MailServer, MailTest, TestMailServer, UpdateMailServer};
use store::{Actor, Outgoing, StoredMailServer};

use crate::App;
use crate::caller::Admin;
use crate::error::{Error, Result};

/// Test mails under way at once, of everybody: each may wait for a server that says nothing.
pub(crate) const TESTS_MAX: usize = 4;

pub(crate) async fn get(caller: Admin, _: GetMailServer) -> Result<MailServer> {
    Ok(caller.store.get_mail_server().await?)
}

pub(crate) async fn update(caller: Admin, operation: UpdateMailServer) -> Result<MailServer> {
    Ok(caller.store.update_mail_server(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn test(caller: Admin, operation: TestMailServer) -> Result<MailTest> {
    let (to, form) = (operation.to.trim().to_owned(), UpdateMailServer::from(operation));
    Error::check(form.check_test(&to))?;
    let server = caller.store.mail_server_to_test(&form).await?;
    try_out(&caller.app, &caller.actor, None, server, to).await
}

/// Sends the test mail and notes it. A tenant's server must not be inside the provider's network.
pub(crate) async fn try_out(
    app: &App,
    actor: &Actor,
    tenant: Option<TenantId>,
    server: StoredMailServer,
    to: String,
) -> Result<MailTest> {
    let _seat = app.mail_tests.try_acquire().map_err(|_| Error::Busy)?;
    let name = server.server.clone();
    let tested = (app.config.mail)(Outgoing { server, of_tenant: tenant.is_some() }, to.clone()).await;
    let became = if tested.failure.is_none() { "taken" } else { "not taken" };
    let subject = format!("test mail to {to} by {name}: {became}");
    let operation = if tenant.is_some() { "TestOwnMailServer" } else { "TestMailServer" };
    app.store.note_done(app.now(), actor, tenant, operation, &subject).await?;
    Ok(tested)
}
