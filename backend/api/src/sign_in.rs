//! The ways in: e-mail and password, or a one-time link (ACC-02, ACC-04, ACC-08).

use std::sync::Arc;
use std::time::Duration;

use shared::account::{Session, SignIn, SignInByLink};
use shared::check::is_clean;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::App;
use crate::answer::Answer;
use crate::caller::{Stranger, check_enabled};
use crate::error::{Error, Result};
use crate::session;

/// The longest e-mail address there is (RFC 5321, 4.5.3.1.3).
const EMAIL_BYTES_MAX: usize = 254;
/// The longest token of a link that is looked at.
const LINK_BYTES_MAX: usize = 256;
/// How many sign-ins with different credentials can go on beside each other.
const LANES: usize = 256;
/// How long a sign-in waits for another with the same credential.
const LANE_TIME_MAX: Duration = Duration::from_secs(10);

/// Signs in by e-mail and password. Unknown address and wrong password get the same answer after the same work.
pub(crate) async fn by_password(caller: Stranger, sign_in: SignIn) -> Result<Answer<Session>> {
    let app = &caller.app;
    let SignIn { email, password } = sign_in;
    // PostgreSQL takes no NUL, and nobody's address has a control character.
    if email.len() > EMAIL_BYTES_MAX || !is_clean(&email) {
        return Err(Error::SignInFailed);
    }
    let row = app.store.find_account_by_email(&email).await?;
    let hash = row.as_ref().and_then(|row| row.password_hash.clone());
    let verified = verify(app, &email, &password, hash).await;
    // Only whoever knows the password learns why it does not help.
    let allowed = verified.and_then(|()| check_enabled(row.as_ref().ok_or(Error::SignInFailed)?));
    let Some(account) = row.map(|row| row.account) else { return allowed.and(Err(Error::SignInFailed)) };
    let (now, actor, tenant) = (app.now(), caller.actor(&account), account.tenant_id);
    if let Err(error) = allowed {
        // Bounded by the lock that five failures put on the account.
        app.store.note_failed(now, &actor, tenant, "SignIn", "by password", &error.sentence()).await?;
        return Err(error);
    }
    app.store.note_done(now, &actor, tenant, "SignIn", "by password").await?;
    session::begin(app, &caller.headers, account).await
}

/// Signs in by a link, once.
pub(crate) async fn by_link(caller: Stranger, sign_in: SignInByLink) -> Result<Answer<Session>> {
    if sign_in.token.len() > LINK_BYTES_MAX {
        return Err(Error::LinkSpent);
    }
    let app = &caller.app;
    // Only whoever has the link learns why it does not help; it stays for the day when it does.
    if let Some(row) = app.store.link_account(app.now(), &sign_in.token).await? {
        check_enabled(&row)?;
    }
    let account = app.store.consume_link(app.now(), &sign_in.token).await.map_err(spent)?;
    let actor = caller.actor(&account);
    app.store.note_done(app.now(), &actor, account.tenant_id, "SignInByLink", "by a one-time link").await?;
    session::begin(app, &caller.headers, account).await
}

/// A link that is not found was used, has run out or never was: nobody is told which.
pub(crate) fn spent(error: store::Error) -> Error {
    match error {
        store::Error::NotFound => Error::LinkSpent,
        other => other.into(),
    }
}

/// Compares the password and counts what was wrong: the fifth failure locks the credential, never an address (ACC-08).
/// Comparisons for one credential follow each other, so that a volley is counted shot by shot.
pub(crate) async fn verify(app: &App, email: &str, password: &str, hash: Option<String>) -> Result<()> {
    let _lane = app.lanes.enter(email).await?;
    let now = app.now();
    if let Some(until) = app.store.sign_in_locked_until(now, email).await? {
        return Err(Error::SignInLocked { seconds: until.since(now).as_secs().max(1) });
    }
    if app.passwords.verify(password, hash).await? {
        return Ok(app.store.clear_sign_in_failures(email).await?);
    }
    app.store.note_sign_in_failure(now, email).await?;
    Err(Error::SignInFailed)
}

/// One lane for all sign-ins with the same credential.
pub(crate) struct Lanes(Vec<Arc<Mutex<()>>>);

impl Default for Lanes {
    fn default() -> Self {
        Self((0..LANES).map(|_| Arc::default()).collect())
    }
}

impl Lanes {
    async fn enter(&self, email: &str) -> Result<OwnedMutexGuard<()>> {
        let folded = email.trim().to_lowercase();
        // FNV-1a: which lane it is need not be secret, only the same each time.
        let hash = folded
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let lane = self.0.get(hash as usize % LANES).ok_or(Error::Busy)?;
        tokio::time::timeout(LANE_TIME_MAX, Arc::clone(lane).lock_owned()).await.map_err(|_| Error::Busy)
    }
}
