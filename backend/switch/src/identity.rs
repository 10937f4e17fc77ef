//! Whose request is this, and is it really theirs? Tenant by domain or by login, then the digest.
//!
//! An unknown user, a wrong password and an extension of another tenant all get the same answers after the same work.

use std::collections::BTreeMap;

use shared::phone_credential::{PhoneCredentialKey, PhoneUser};
use shared::reason::Reason;
use shared::{ExtensionId, Moment, TenantId};
use sip::Message;
use sip::digest::{Authenticator, Ha1, Outcome};

use crate::directory::Directory;
use crate::plan::LOGIN_REALM;
use crate::routing::host_of;

/// The tenant of a request, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One domain in the request is this tenant's.
    Domain(TenantId, String),
    /// The login names it; the request's host is nobody's.
    Login(TenantId, String),
    /// Nobody's so far: a login has to be asked for.
    Nobody,
    /// A login that names no tenant.
    Unknown(String),
    /// The request is for `asked`'s domain, the login or another header for somebody else's.
    Mismatch {
        /// The tenant asked for.
        asked: TenantId,
        /// Its domain.
        domain: String,
        /// What does not fit.
        login: String,
    },
}

/// Finds the tenant. `hosts` are the hosts that must agree: those of Request-URI, To and From of a REGISTER, of From of
/// any other request.
pub fn whose(domains: &BTreeMap<String, TenantId>, hosts: &[&str], claimed: Option<(&str, &str)>) -> Whose {
    let mut found: Option<(TenantId, String)> = None;
    for host in hosts.iter().map(|host| host_of(host)) {
        match (domains.get(&host), &found) {
            (Some(tenant), None) => found = Some((*tenant, host)),
            (Some(tenant), Some((asked, domain))) if tenant != asked => {
                return Whose::Mismatch { asked: *asked, domain: domain.clone(), login: host };
            }
            _ => {}
        }
    }
    let login = claimed.and_then(|(user, _)| user.rsplit_once('@')).map(|(_, domain)| host_of(domain));
    if let Some((asked, domain)) = found {
        let realm = claimed.map(|(_, realm)| realm.to_ascii_lowercase());
        let stranger = |name: &&String| domains.get(*name).is_some_and(|tenant| *tenant != asked);
        return match login.iter().chain(&realm).find(stranger) {
            Some(login) => Whose::Mismatch { asked, domain, login: login.clone() },
            None => Whose::Domain(asked, domain),
        };
    }
    match (login, claimed) {
        (Some(domain), Some((user, _))) => match domains.get(&domain) {
            Some(tenant) => Whose::Login(*tenant, user.to_owned()),
            None => Whose::Unknown(user.to_owned()),
        },
        (None, Some((user, realm))) if realm == LOGIN_REALM => Whose::Unknown(user.to_owned()),
        _ => Whose::Nobody,
    }
}

/// Somebody who has proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The extension.
    pub extension: ExtensionId,
    /// Its number.
    pub number: String,
    /// With a browser's short-lived credential?
    pub browser: bool,
    /// On a shared host, as `number@domain`?
    pub by_login: bool,
}

/// What a request's credentials came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Proved.
    Accepted(Identity),
    /// To be asked for: with `stale=true`, and why.
    Challenge(bool, Reason),
    /// Wrong, for this user.
    Wrong(String, Reason),
}

/// Checks a request's credentials against a tenant, or against nobody (with the same work).
pub fn verify(
    now: Moment,
    authenticator: &mut Authenticator,
    message: &Message,
    tenant: Option<&Directory>,
    by_login: bool,
    key: &PhoneCredentialKey,
) -> Verdict {
    let realm = match tenant {
        Some(directory) if !by_login => directory.plan.domain.clone(),
        _ => LOGIN_REALM.to_owned(),
    };
    let mut ha1_of = |user: &str| ha1_of(tenant?, user, &realm, by_login, key);
    match authenticator.check(now, message, &realm, &mut ha1_of) {
        Outcome::Missing => Verdict::Challenge(false, Reason::CredentialsMissing),
        Outcome::Malformed => Verdict::Challenge(false, Reason::CredentialsUnreadable),
        Outcome::Stale(_) => Verdict::Challenge(true, Reason::NonceStale),
        Outcome::Foreign(_) => Verdict::Challenge(true, Reason::NonceForeign),
        Outcome::Replayed(_) => Verdict::Challenge(true, Reason::NonceReplayed),
        Outcome::Wrong(user) => {
            let known = tenant.is_some_and(|directory| directory.number(number_of(&user)).is_some());
            let reason = if known { Reason::CredentialsWrong } else { Reason::ExtensionUnknown };
            Verdict::Wrong(number_of(&user).to_owned(), reason)
        }
        Outcome::Accepted(user) => {
            let phone = PhoneUser::parse(&user);
            let number = number_of(&user);
            match tenant.and_then(|directory| directory.number(number)) {
                Some(_) if phone.as_ref().is_some_and(|phone| phone.expires_at <= now) => {
                    Verdict::Wrong(number.to_owned(), Reason::CredentialExpired)
                }
                Some(extension) => Verdict::Accepted(Identity {
                    extension: extension.id,
                    number: extension.number.clone(),
                    browser: phone.is_some(),
                    by_login,
                }),
                None => Verdict::Wrong(user.clone(), Reason::ExtensionUnknown),
            }
        }
    }
}

/// The number in a digest user name: `101`, `101@acme.example` or `101.<device>.<epoch>.<expiry>`.
pub fn number_of(user: &str) -> &str {
    user.split(['.', '@']).next().unwrap_or(user)
}

fn ha1_of(directory: &Directory, user: &str, realm: &str, by_login: bool, key: &PhoneCredentialKey) -> Option<Ha1> {
    if by_login {
        let (number, domain) = user.rsplit_once('@')?;
        let extension = directory.number(number).filter(|_| host_of(domain) == directory.plan.domain)?;
        // The hash is over the login in its one spelling; another spelling of the domain is another user.
        return (domain == directory.plan.domain).then_some(extension.login_ha1);
    }
    if let Some(phone) = PhoneUser::parse(user) {
        let extension = directory.number(&phone.number).filter(|known| known.credential_epoch == phone.epoch);
        // The same work for a number that there is not: time tells nobody which there are.
        let id = extension.map_or(ExtensionId(0), |known| known.id);
        let ha1 = sip::digest::ha1(user, realm, &phone.secret(key, directory.plan.tenant_id, id));
        return extension.map(|_| ha1);
    }
    directory.number(user).map(|extension| extension.ha1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains() -> BTreeMap<String, TenantId> {
        [("acme.localhost", 1), ("globex.localhost", 2)].map(|(name, id)| (name.to_owned(), TenantId(id))).into()
    }

    fn asked(hosts: &[&str], claimed: Option<(&str, &str)>) -> Whose {
        whose(&domains(), hosts, claimed)
    }

    const ACME: &str = "acme.localhost";

    #[test]
    fn a_tenant_is_found_by_domain_or_by_login() {
        let acme = Whose::Domain(TenantId(1), ACME.into());
        assert_eq!(asked(&["ACME.localhost", ACME], None), acme);
        assert_eq!(asked(&["192.0.2.1", ACME], None), acme, "behind an address");
        assert_eq!(asked(&[ACME], Some(("101", ACME))), acme);
        assert_eq!(
            asked(&["pbx.example"], Some(("101@globex.localhost", LOGIN_REALM))),
            Whose::Login(TenantId(2), "101@globex.localhost".into())
        );
        assert_eq!(asked(&["pbx.example"], None), Whose::Nobody);
        assert_eq!(asked(&["pbx.example"], Some(("101", "asterisk"))), Whose::Nobody);
    }

    // covers: S8
    #[test]
    fn s8_what_names_two_tenants_is_a_mismatch() {
        let mismatch =
            |login: &str| Whose::Mismatch { asked: TenantId(1), domain: ACME.into(), login: login.to_owned() };
        assert_eq!(asked(&[ACME, "globex.localhost"], None), mismatch("globex.localhost"));
        assert_eq!(asked(&[ACME], Some(("101@globex.localhost", ACME))), mismatch("globex.localhost"));
        assert_eq!(asked(&[ACME], Some(("101", "globex.localhost"))), mismatch("globex.localhost"));
    }

    #[test]
    fn a_login_that_names_nobody_is_unknown() {
        assert_eq!(asked(&["x"], Some(("1@nobody.example", LOGIN_REALM))), Whose::Unknown("1@nobody.example".into()));
        assert_eq!(asked(&["x"], Some(("101", LOGIN_REALM))), Whose::Unknown("101".into()));
    }

    #[test]
    fn numbers_stand_first_in_each_kind_of_user_name() {
        for user in ["101", "101@acme.localhost", "101.tab-1.3.1795000000"] {
            assert_eq!(number_of(user), "101");
        }
    }
}
