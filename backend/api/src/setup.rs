//! The first minute of an installation: the set-up link that the server printed makes the first administrator.

use shared::account::{CompleteSetup, GetSetup, Session, Setup};

use crate::answer::Answer;
use crate::caller::Stranger;
use crate::error::{Error, Result};
use crate::{session, sign_in};

/// Is there no administrator yet?
pub(crate) async fn get(caller: Stranger, _: GetSetup) -> Result<Setup> {
    Ok(Setup { open: !caller.app.store.admin_exists().await? })
}

/// Makes the first administrator. The form is looked at before the token is spent, so that a weak password does not cost
/// the link.
pub(crate) async fn complete(caller: Stranger, form: CompleteSetup) -> Result<Answer<Session>> {
    let app = &caller.app;
    Error::check(form.check())?;
    let closed = store::Error::Conflict { field: "token", reason: "The installation is set up already.".into() };
    if app.store.admin_exists().await? {
        return Err(closed.into());
    }
    app.store.consume_setup_token(app.now(), &form.token).await.map_err(sign_in::spent)?;
    let hash = app.passwords.hash(&form.password).await?;
    let account = app.store.create_first_admin(app.now(), &form.name, &form.email, hash).await?;
    app.store.note_done(app.now(), &caller.actor(&account), None, "CompleteSetup", "first administrator").await?;
    session::begin(app, &caller.headers, account).await
}
