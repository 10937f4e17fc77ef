//! A tenant's own mail server, and the provider's where it has none (MAIL-01, MAIL-02).

use shared::mail_server::{
    GetOwnMailServer, MailTest, OwnMailServer, TestOwnMailServer, UpdateMailServer, UpdateOwnMailServer,
};

use crate::admin::mail_server::try_out;
use crate::caller::TenantAdmin;
use crate::error::{Error, Result};

pub(crate) async fn get(caller: TenantAdmin, _: GetOwnMailServer) -> Result<OwnMailServer> {
    Ok(caller.store.get_own_mail_server().await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateOwnMailServer) -> Result<OwnMailServer> {
    Ok(caller.store.update_own_mail_server(caller.now, &caller.actor, operation).await?)
}

pub(crate) async fn test(caller: TenantAdmin, operation: TestOwnMailServer) -> Result<MailTest> {
    let (to, form) = (operation.to.trim().to_owned(), UpdateMailServer::from(operation));
    Error::check(form.check_test(&to))?;
    let server = caller.store.own_mail_server_to_test(&form).await?;
    try_out(&caller.app, &caller.actor, Some(caller.store.tenant_id()), server, to).await
}
