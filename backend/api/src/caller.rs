//! Who calls, and the store that the handler is given. There is one extractor for each [`Access`].

use std::future::Future;
use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use shared::account::Account;
use shared::role::Access;
use shared::{ExtensionId, Moment, Role, SessionId, TenantId};
use store::{AccountRow, Actor, Store, TenantStore};

use crate::App;
use crate::error::{Error, Result};
use crate::origin;
use crate::token::Claims;

const ADMIN_ONLY: Error = Error::Forbidden("Only an administrator of the installation may do this.");
const TENANT_ADMIN_ONLY: Error = Error::Forbidden("Only an administrator of the company may do this.");
pub(crate) const NEEDS_TENANT: Error = Error::Forbidden("Choose a tenant to act for first.");
const NEEDS_EXTENSION: Error = Error::Forbidden("This needs an extension, and your account has none.");

/// Somebody who calls, as far as an operation wants to know.
pub(crate) trait Caller: Sized + Send {
    /// The operations that it may be the caller of.
    const ACCESS: Access;

    /// Finds out who it is, or refuses.
    fn identify(parts: &Parts, app: &App) -> impl Future<Output = Result<Self>> + Send;
}

/// Anybody.
pub(crate) struct Stranger {
    pub(crate) app: App,
    pub(crate) headers: HeaderMap,
    /// From where.
    pub(crate) address: Option<String>,
}

impl Stranger {
    /// Who it turns out to be.
    pub(crate) fn actor(&self, account: &Account) -> Actor {
        let (account_id, email, address) = (account.id, account.email.clone(), self.address.clone());
        Actor { account_id, email, acting_for: None, address }
    }
}

impl Caller for Stranger {
    const ACCESS: Access = Access::Public;

    /// What is done by cookie or changes who is signed in comes from the own pages only.
    async fn identify(parts: &Parts, app: &App) -> Result<Self> {
        if parts.method != Method::GET && parts.method != Method::HEAD {
            origin::check(&parts.headers, &app.config.public_url)?;
        }
        Ok(Self { app: app.clone(), headers: parts.headers.clone(), address: address_of(parts, app) })
    }
}

/// Somebody who is signed in.
pub(crate) struct SignedIn {
    pub(crate) app: App,
    pub(crate) now: Moment,
    pub(crate) session: SessionId,
    pub(crate) account: Account,
    /// The tenant that an admin acts for.
    pub(crate) acting_for: Option<TenantId>,
    /// From where.
    pub(crate) address: Option<String>,
}

impl Caller for SignedIn {
    const ACCESS: Access = Access::SignedIn;

    async fn identify(parts: &Parts, app: &App) -> Result<Self> {
        let token = bearer(&parts.headers).ok_or(Error::SignInNeeded)?;
        let claims = app.tokens.read(app.now(), token).ok_or(Error::SignInNeeded)?;
        app.rates.admit(app.now(), claims.session)?;
        Ok(Self { address: address_of(parts, app), ..Self::of_claims(app, &claims).await? })
    }
}

impl SignedIn {
    /// The person behind genuine claims, if the session still stands: a session that was ended is out at its next
    /// request (ACC-05, ACC-06), and so is a suspended tenant (T-07).
    pub(crate) async fn of_claims(app: &App, claims: &Claims) -> Result<Self> {
        let now = app.now();
        let Some(session) = app.store.session_account(now, claims.session).await? else {
            // Suspending ends the sessions; why is told to whoever had one.
            check_enabled(&app.store.find_account(claims.account).await?.ok_or(Error::SignInNeeded)?)?;
            return Err(Error::SignInNeeded);
        };
        check_enabled(&session.account)?;
        let account = session.account.account;
        let acting_for = claims.tenant.filter(|_| claims.acting && account.role == Role::Admin);
        // Acting ends for every tab at once: an older token is traded in for one that does not act.
        if account.role != claims.role || acting_for.is_some() && acting_for != session.acting_for {
            return Err(Error::SignInNeeded);
        }
        Ok(Self { app: app.clone(), now, session: claims.session, account, acting_for, address: None })
    }

    /// The tenant that the person belongs to or acts for.
    pub(crate) fn tenant_id(&self) -> Option<TenantId> {
        self.acting_for.or(self.account.tenant_id)
    }

    pub(crate) fn actor(&self) -> Actor {
        let (account_id, email, address) = (self.account.id, self.account.email.clone(), self.address.clone());
        Actor { account_id, email, acting_for: None, address }
    }
}

/// May the account sign in (T-07, EXT-12, GRP-05)?
pub(crate) fn check_enabled(row: &AccountRow) -> Result<()> {
    match (row.tenant_enabled, row.extension_enabled) {
        (false, _) => Err(Error::TenantSuspended),
        (true, false) => Err(Error::ExtensionDisabled),
        (true, true) if !row.portal => Err(Error::PortalForbidden),
        (true, true) => Ok(()),
    }
}

/// An administrator of the installation, with the platform's store.
pub(crate) struct Admin {
    pub(crate) app: App,
    pub(crate) now: Moment,
    pub(crate) session: SessionId,
    pub(crate) account: Account,
    pub(crate) actor: Actor,
    pub(crate) store: Store,
    /// Where the request comes from, as far as the process can tell.
    pub(crate) remote: Option<IpAddr>,
}

impl Caller for Admin {
    const ACCESS: Access = Access::Admin;

    async fn identify(parts: &Parts, app: &App) -> Result<Self> {
        let caller = SignedIn::identify(parts, app).await?;
        if caller.account.role != Role::Admin {
            return Err(ADMIN_ONLY);
        }
        let (actor, store) = (caller.actor(), app.store.clone());
        let SignedIn { app, now, session, account, .. } = caller;
        let remote = remote_of(parts, &app);
        Ok(Self { app, now, session, account, actor, store, remote })
    }
}

/// A tenant's administrator, or an admin who acts for the tenant, with that tenant's store.
pub(crate) struct TenantAdmin {
    pub(crate) app: App,
    pub(crate) now: Moment,
    pub(crate) actor: Actor,
    pub(crate) store: TenantStore,
}

impl Caller for TenantAdmin {
    const ACCESS: Access = Access::TenantAdmin;

    async fn identify(parts: &Parts, app: &App) -> Result<Self> {
        let caller = SignedIn::identify(parts, app).await?;
        let mut actor = caller.actor();
        let store = match (caller.account.role, caller.account.tenant_id, caller.acting_for) {
            (Role::Admin, _, Some(tenant)) => {
                let store = app.store.tenant(tenant);
                actor.acting_for = Some(store.get_own_tenant().await?.name);
                store
            }
            (Role::Admin, _, None) => return Err(NEEDS_TENANT),
            (Role::TenantAdmin, Some(tenant), _) => app.store.tenant(tenant),
            (Role::TenantAdmin | Role::User, ..) => return Err(TENANT_ADMIN_ONLY),
        };
        Ok(Self { app: caller.app, now: caller.now, actor, store })
    }
}

/// A person with an extension, with the store of the person's tenant.
pub(crate) struct User {
    pub(crate) app: App,
    pub(crate) now: Moment,
    pub(crate) extension: ExtensionId,
    pub(crate) actor: Actor,
    pub(crate) store: TenantStore,
}

impl Caller for User {
    const ACCESS: Access = Access::User;

    async fn identify(parts: &Parts, app: &App) -> Result<Self> {
        let caller = SignedIn::identify(parts, app).await?;
        let (Some(tenant), Some(extension)) = (caller.account.tenant_id, caller.account.extension_id) else {
            return Err(NEEDS_EXTENSION);
        };
        let (actor, store) = (caller.actor(), app.store.tenant(tenant));
        Ok(Self { app: caller.app, now: caller.now, extension, actor, store })
    }
}

/// From which address somebody asks; where a proxy is believed, what it says: it adds its own peer last.
fn address_of(parts: &Parts, app: &App) -> Option<String> {
    remote_of(parts, app).map(|address| address.to_string())
}

pub(crate) fn remote_of(parts: &Parts, app: &App) -> Option<IpAddr> {
    let of_proxy = parts.headers.get_all("x-forwarded-for").iter().next_back().filter(|_| app.config.trusted_proxy);
    let said = of_proxy.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    said.or(peer).map(|address| address.to_canonical())
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (kind, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
