//! What somebody wanted to change and was refused stands in the activity log as well (LOG-02).

use axum::http::request::Parts;

use crate::App;
use crate::caller::{Caller, SignedIn};
use crate::error::Error;

/// Notes it. What cannot be noted is told to the server's log: the refusal itself is what the caller waits for.
pub(crate) async fn note(app: &App, parts: &Parts, operation: &'static str, error: &Error) {
    // Who is nobody here, or asks too often, leaves no line: anybody could fill the log.
    if matches!(error, Error::SignInNeeded | Error::TooManyRequests) {
        return;
    }
    let Ok(caller) = SignedIn::identify(parts, app).await else { return };
    if app.failures.admit(caller.now, caller.session).is_err() {
        return;
    }
    let tenant = caller.tenant_id();
    let mut actor = caller.actor();
    if let Some(tenant) = caller.acting_for {
        actor.acting_for = app.store.tenant(tenant).get_own_tenant().await.ok().map(|tenant| tenant.name);
    }
    // The address names what it was to be done to; what was sent may hold secrets.
    let subject = parts.uri.path().trim_start_matches("/api/");
    let noted = app.store.note_failed(caller.now, &actor, tenant, operation, subject, &error.sentence()).await;
    if let Err(error) = noted {
        tracing::error!(%error, operation, "a refusal could not be noted");
    }
}
