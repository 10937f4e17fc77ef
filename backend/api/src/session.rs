//! Sessions: the access token in the body, the refresh token in a cookie that no script can read.

use axum::http::{HeaderMap, header};
use shared::account::{Account, GetSession, RefreshSession, Session, SessionState, SessionTenant, SignOut, StopActing};
use shared::{Moment, Role, SessionId, TenantId};
use store::{Rotation, SESSION_TTL};

use crate::App;
use crate::answer::Answer;
use crate::caller::{SignedIn, Stranger, bearer};
use crate::error::{Error, Result};
use crate::headers::is_https;
use crate::token::{ACCESS_SECONDS, Claims};

/// The cookie with the refresh token.
const COOKIE: &str = "belfry_refresh";
/// The cookie travels to these addresses only.
const COOKIE_PATH: &str = "/api/session";

/// Begins a session; ends the account's older ones where the tenant does not allow several (ACC-06).
pub(crate) async fn begin(app: &App, headers: &HeaderMap, account: Account) -> Result<Answer<Session>> {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let (id, refresh_token) = app.store.create_session(app.now(), account.id, agent).await?;
    let session = session(app, id, account, None).await?;
    Ok(Answer::WithCookie(session, cookie(app, headers, &refresh_token)))
}

/// Trades the cookie for a new session and a new cookie.
pub(crate) async fn refresh(caller: Stranger, _: RefreshSession) -> Result<Answer<Session>> {
    let app = &caller.app;
    let token = cookie_of(&caller.headers).ok_or(Error::SignInNeeded)?;
    match app.store.rotate_session(app.now(), token).await? {
        Rotation::Rotated { session_id, account, refresh_token, acting_for } => {
            let session = session(app, session_id, account, acting_for).await?;
            Ok(Answer::WithCookie(session, cookie(app, &caller.headers, &refresh_token)))
        }
        Rotation::Reused => {
            tracing::warn!("a refresh token came back after it was traded in; its session was ended");
            Err(Error::SignInNeeded)
        }
        Rotation::Unknown => Err(Error::SignInNeeded),
    }
}

/// Ends the session of the access token and that of the cookie, whichever are there.
pub(crate) async fn sign_out(caller: Stranger, _: SignOut) -> Result<Answer<()>> {
    let app = &caller.app;
    let mut gone = None;
    if let Some(claims) = bearer(&caller.headers).and_then(|token| app.tokens.read(app.now(), token)) {
        gone = app.store.find_account(claims.account).await?.map(|row| row.account);
        app.store.end_session(claims.session).await?;
    }
    if let Some(token) = cookie_of(&caller.headers)
        && let Rotation::Rotated { session_id, account, .. } = app.store.rotate_session(app.now(), token).await?
    {
        app.store.end_session(session_id).await?;
        gone = Some(account);
    }
    if let Some(account) = gone {
        let actor = caller.actor(&account);
        app.store.note_done(app.now(), &actor, account.tenant_id, "SignOut", "own session").await?;
    }
    Ok(Answer::WithCookie((), spent_cookie(app, &caller.headers)))
}

/// Who am I?
pub(crate) async fn get(caller: SignedIn, _: GetSession) -> Result<SessionState> {
    let tenant = session_tenant(&caller.app, caller.tenant_id()).await?;
    Ok(SessionState { acting: caller.acting_for.is_some(), account: caller.account, tenant })
}

/// Goes back to being the administrator (ACC-07).
pub(crate) async fn stop_acting(caller: SignedIn, _: StopActing) -> Result<Session> {
    if caller.account.role != Role::Admin {
        return Err(Error::Forbidden("Only an administrator of the installation acts for tenants."));
    }
    let store = &caller.app.store;
    store.set_acting(caller.now, &caller.actor(), caller.session, None).await?;
    store.note_done(caller.now, &caller.actor(), caller.acting_for, "StopActing", "own session").await?;
    session(&caller.app, caller.session, caller.account, None).await
}

/// The session with a fresh access token.
pub(crate) async fn session(
    app: &App,
    id: SessionId,
    account: Account,
    acting_for: Option<TenantId>,
) -> Result<Session> {
    let now = app.now().seconds();
    let tenant = session_tenant(app, acting_for.or(account.tenant_id)).await?;
    let claims = Claims {
        account: account.id,
        role: account.role,
        tenant: tenant.as_ref().map(|tenant| tenant.id),
        session: id,
        acting: acting_for.is_some(),
        iat: now,
        exp: now + ACCESS_SECONDS,
    };
    Ok(Session {
        access_token: app.tokens.make(&claims)?,
        expires_at: Moment::from_seconds(claims.exp),
        account,
        tenant,
        acting: acting_for.is_some(),
    })
}

async fn session_tenant(app: &App, id: Option<TenantId>) -> Result<Option<SessionTenant>> {
    let Some(id) = id else { return Ok(None) };
    let tenant = app.store.tenant(id).get_own_tenant().await?;
    Ok(Some(SessionTenant { id, name: tenant.name, domain: tenant.domain, time_zone: tenant.time_zone }))
}

fn cookie(app: &App, headers: &HeaderMap, token: &str) -> String {
    let secure = if is_https(app, headers) { "; Secure" } else { "" };
    let seconds = SESSION_TTL.as_secs();
    format!("{COOKIE}={token}; Path={COOKIE_PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn spent_cookie(app: &App, headers: &HeaderMap) -> String {
    let secure = if is_https(app, headers) { "; Secure" } else { "" };
    format!("{COOKIE}=; Path={COOKIE_PATH}; Max-Age=0; HttpOnly; SameSite=Strict{secure}")
}

/// The refresh token that came along.
fn cookie_of(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let headers = HeaderMap::from_iter([(header::COOKIE, "a=1; belfry_refresh=x-y_z; b=2".parse().unwrap())]);
        assert_eq!(cookie_of(&headers), Some("x-y_z"));
        let headers = HeaderMap::from_iter([(header::COOKIE, "not_belfry_refresh=x".parse().unwrap())]);
        assert_eq!(cookie_of(&headers), None);
    }
}
