//! Who is signed in. The token lives in this tab's memory only; the refresh cookie is the browser's.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use shared::account::{Session, SessionState, SignOut};
use shared::{ExtensionId, Role, TenantId};

use crate::{api, time};

/// How long before the token runs out a new one is fetched, in seconds.
const RENEW_BEFORE_SECONDS: i64 = 60;
/// The shortest wait before a renewal, in milliseconds: a wrong clock here must not become a storm.
const RENEW_AFTER_MILLIS_MIN: i64 = 20_000;
/// The longest wait before a renewal, in milliseconds.
const RENEW_AFTER_MILLIS_MAX: i64 = 30 * 60 * 1_000;

/// What is known about the session.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The cookie is being tried.
    Loading,
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn(Session),
}

thread_local! {
    static STATE: ArcRwSignal<State> = ArcRwSignal::new(State::Loading);
    static RENEWAL: RefCell<Option<Timeout>> = const { RefCell::new(None) };
}

/// The state, to be watched.
pub fn state() -> ArcRwSignal<State> {
    STATE.with(Clone::clone)
}

/// The access token, not watched.
pub fn token() -> Option<String> {
    match state().get_untracked() {
        State::SignedIn(session) => Some(session.access_token),
        _ => None,
    }
}

/// Who is signed in and for which tenant, watched; it does not change when only the token does.
pub fn who() -> Memo<Option<SessionState>> {
    let state = state();
    Memo::new(move |_| match state.get() {
        State::SignedIn(Session { account, tenant, acting, .. }) => Some(SessionState { account, tenant, acting }),
        _ => None,
    })
}

/// The tenant of the session, not watched.
pub fn tenant_id() -> Option<TenantId> {
    match state().get_untracked() {
        State::SignedIn(session) => session.tenant.map(|tenant| tenant.id),
        _ => None,
    }
}

/// The IANA zone in which times are shown; none means the browser's own.
pub fn time_zone() -> Option<String> {
    match state().get_untracked() {
        State::SignedIn(session) => session.tenant.map(|tenant| tenant.time_zone),
        _ => None,
    }
}

/// Takes a fresh session and plans its renewal.
pub fn set(session: Session) {
    let left = session.expires_at.millis() - time::now().millis() - RENEW_BEFORE_SECONDS * 1_000;
    let wait = left.clamp(RENEW_AFTER_MILLIS_MIN, RENEW_AFTER_MILLIS_MAX);
    plan_renewal(u32::try_from(wait).unwrap_or(u32::MAX));
    state().set(State::SignedIn(session));
}

/// Notes a change of the own account that the server has made.
pub fn amend(change: impl FnOnce(&mut shared::account::Account)) {
    state().update(|state| {
        if let State::SignedIn(session) = state {
            change(&mut session.account);
        }
    });
}

/// Notes a change of the session's tenant that the server has made.
pub fn amend_tenant(change: impl FnOnce(&mut shared::account::SessionTenant)) {
    state().update(|state| {
        if let State::SignedIn(Session { tenant: Some(tenant), .. }) = state {
            change(tenant);
        }
    });
}

/// Forgets the session.
pub fn clear() {
    RENEWAL.with_borrow_mut(Option::take);
    state().set(State::SignedOut);
}

/// Ends the session, on the server too.
pub async fn sign_out() {
    // The cookie goes with the answer; without an answer the tab forgets the session all the same.
    api::call(SignOut::default()).await.ok();
    clear();
}

fn plan_renewal(wait_millis: u32) {
    let renewal = Timeout::new(wait_millis, || {
        leptos::task::spawn_local(async {
            if api::refresh().await.is_err() && token().is_some() {
                plan_renewal(u32::try_from(RENEW_AFTER_MILLIS_MIN).unwrap_or(u32::MAX));
            }
        });
    });
    RENEWAL.with_borrow_mut(|planned| planned.replace(renewal));
}

/// Where somebody belongs in the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// May see the provider's pages.
    pub admin: bool,
    /// May see the tenant's pages.
    pub tenant: bool,
    /// Has a phone and calls.
    pub user: bool,
}

impl Scope {
    /// What a session may see: an admin who acts for a tenant sees that tenant's pages only.
    pub fn of(state: &SessionState) -> Self {
        let role = state.account.role;
        Self {
            admin: role == Role::Admin && !state.acting,
            tenant: role == Role::TenantAdmin || (role == Role::Admin && state.acting),
            user: !state.acting && (role == Role::User || state.account.extension_id.is_some()),
        }
    }
}

/// Account, tenant, whether it is acted for, and the extension whose phone is held.
pub type Portal = (i64, Option<TenantId>, bool, Option<ExtensionId>);

/// What makes two sessions different portals; a new name or token does not.
pub fn portal_of(state: &Session) -> Portal {
    (state.account.id.0, state.tenant.as_ref().map(|tenant| tenant.id), state.acting, state.account.extension_id)
}

#[cfg(test)]
mod tests {
    use shared::AccountId;
    use shared::account::Account;

    use super::*;

    fn state(role: Role, acting: bool, extension: bool) -> SessionState {
        let account = Account {
            id: AccountId(1),
            role,
            email: "a@b.example".into(),
            name: "A".into(),
            tenant_id: None,
            extension_id: extension.then_some(ExtensionId(1)),
            has_password: true,
        };
        SessionState { account, tenant: None, acting }
    }

    // covers: ACC-07
    #[test]
    fn an_admin_sees_the_tenant_only_while_acting_for_it() {
        let own = Scope::of(&state(Role::Admin, false, false));
        assert_eq!(own, Scope { admin: true, tenant: false, user: false });
        let acting = Scope::of(&state(Role::Admin, true, false));
        assert_eq!(acting, Scope { admin: false, tenant: true, user: false });
    }

    #[test]
    fn a_tenant_administrator_with_an_extension_has_a_phone() {
        assert!(Scope::of(&state(Role::TenantAdmin, false, true)).user);
        assert!(!Scope::of(&state(Role::TenantAdmin, false, false)).user);
        assert_eq!(Scope::of(&state(Role::User, false, true)), Scope { admin: false, tenant: false, user: true });
    }
}
