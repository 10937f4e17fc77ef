//! Which numbers outside may be called, by which they are sent, and who outside may call: what a tenant has set, for one number;
//! pure functions (E164-01…E164-03, NBL-02, EXT-10). The rules themselves are [`shared::dialled`], so that the page on which an
//! administrator tries a number tells what a call does.
//!
//! They are for calls that leave and come by trunks. Calls between extensions pass none of them.

pub use shared::dialled::{Dialled, NumberRefusal, NumberRule, NumberStep, normalise};

use crate::plan::TenantPlan;

/// A number that an extension has dialled for the outside: what the outbound rules get, or which rule refuses it. In the order
/// of OUT-06: allowed countries, forbidden prefixes, blocked numbers. An emergency number passes, and says so in
/// [`Dialled::emergency`]. A refused call gets 403.
///
/// An outbound rule can still cut and prepend digits (OUT-03): ask [`leaving`] again with what it has made, if that shall not
/// reach a country that is not allowed.
pub fn leaving(plan: &TenantPlan, dialled: &str) -> Result<Dialled, NumberRefusal> {
    shared::dialled::gate(&plan.dialing, &plan.blocked, dialled)
}

/// May this number outside, or user name, call the tenant? A blocked caller gets 603, without a prompt (NBL-02).
pub fn coming(plan: &TenantPlan, caller: &str) -> Result<(), NumberRefusal> {
    shared::dialled::gate_caller(&plan.dialing, &plan.blocked, caller)
}

/// Is it one of the tenant's emergency numbers (EXT-10)?
pub fn is_emergency(plan: &TenantPlan, dialled: &str) -> bool {
    normalise(&plan.dialing, dialled).emergency
}

#[cfg(test)]
mod tests {
    use shared::dialing::DialingCodes;

    use super::*;
    use crate::plan::tests::plan;

    fn american() -> TenantPlan {
        let mut acme = plan(1, "acme.localhost", &["101"]);
        acme.dialing = DialingCodes { remove_if_same_country: true, ..DialingCodes::default().moved_to("US") };
        acme.dialing.international_code = "011".into();
        acme.dialing.forbidden_prefixes = vec!["1900".into()];
        acme.blocked = ["2025550199".to_owned(), "+1305*".to_owned()].into_iter().collect();
        acme
    }

    // covers: E164-01, E164-02, E164-03, NBL-02
    #[test]
    fn e164_01_a_number_outside_is_judged_by_what_its_tenant_has_set() {
        let acme = american();
        assert_eq!(leaving(&acme, "+12345678910").map(|number| number.sent), Ok("2345678910".into()));
        assert!(
            matches!(leaving(&acme, "+44123456789"), Err(NumberRefusal::Country(Some(country))) if country.code == "GB")
        );
        assert_eq!(leaving(&acme, "19005550100"), Err(NumberRefusal::Prefix("1900".into())));
        assert_eq!(leaving(&acme, "2025550199"), Err(NumberRefusal::Blocked("2025550199".into())));
        let globex = plan(2, "globex.localhost", &["101"]);
        assert!(leaving(&globex, "2025550199").is_ok());
        assert!(leaving(&globex, "+12345678910").is_err(), "without a country none is allowed");
    }

    // covers: NBL-02
    #[test]
    fn nbl_02_who_calls_from_a_listed_number_is_refused() {
        let acme = american();
        for (caller, entry) in
            [("+13055550100", Some("+1305*")), ("3055550100", Some("+1305*")), ("2025550199", Some("2025550199"))]
        {
            let expected = entry.map(|entry| NumberRefusal::Blocked(entry.into()));
            assert_eq!(coming(&acme, caller).err(), expected, "{caller}");
        }
        for caller in ["", "anonymous", "+442079460000", "911"] {
            assert_eq!(coming(&acme, caller), Ok(()), "{caller}");
        }
    }

    // covers: EXT-10
    #[test]
    fn ext_10_emergency_numbers_are_the_tenants_own() {
        let acme = american();
        assert!(is_emergency(&acme, "911") && !is_emergency(&acme, "112"));
        assert!(leaving(&acme, "911").is_ok_and(|number| number.emergency && number.sent == "911"));
        assert!(is_emergency(&plan(2, "globex.localhost", &[]), "112"), "where nobody has set a country");
    }
}
