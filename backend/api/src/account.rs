//! The own account: password and name.

use shared::account::{Account, ChangePassword, UpdateAccount};

use crate::caller::SignedIn;
use crate::error::{Error, Result};
use crate::sign_in;

/// Changes the own password; the account's other sessions end (ACC-05). Wrong guesses count like failed sign-ins, so
/// that a stolen token does not open a quieter way to guess.
pub(crate) async fn change_password(caller: SignedIn, form: ChangePassword) -> Result<()> {
    let app = &caller.app;
    Error::check(form.check())?;
    let row = app.store.find_account(caller.account.id).await?.ok_or(Error::SignInNeeded)?;
    if row.password_hash.is_some() {
        let verified = sign_in::verify(app, &caller.account.email, &form.current, row.password_hash).await;
        verified.map_err(|error| match error {
            Error::SignInFailed => Error::field("current", "This is not the current password."),
            other => other,
        })?;
    }
    let hash = app.passwords.hash(&form.new).await?;
    app.store.set_password(caller.now, caller.account.id, hash, Some(caller.session)).await?;
    let tenant = caller.account.tenant_id;
    Ok(app.store.note_done(caller.now, &caller.actor(), tenant, "ChangePassword", "own account").await?)
}

/// Changes the own name.
pub(crate) async fn update(caller: SignedIn, form: UpdateAccount) -> Result<Account> {
    Error::check(form.check())?;
    Ok(caller.app.store.update_account_name(caller.now, &caller.actor(), caller.account.id, &form.name).await?)
}
