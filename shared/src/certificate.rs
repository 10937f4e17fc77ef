//! The certificate of HTTPS, SIP over TLS and WSS: one for all three (TRN-04, TRN-06, TRN-07, OPS-03).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean, is_domain, is_email};
use crate::problem::FieldProblem;
use crate::{Moment, operation};

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Description {
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Not valid before.
    pub not_before: Moment,
    /// Not valid after.
    pub not_after: Moment,
    /// The server's certificate first, then each one's issuer.
    pub chain: Vec<Link>,
}

/// One certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Link {
    /// Whom it names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Not valid after.
    pub not_after: Moment,
}

/// Where the certificate is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CertificateSource {
    /// Made by this installation's own root.
    Local,
    /// Uploaded.
    Uploaded,
    /// Issued by an authority that was asked by ACME (RFC 8555), and renewed by itself.
    Acme,
}

/// The certificate that is served, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Certificate {
    /// Where it is from.
    pub source: CertificateSource,
    /// What it says.
    pub description: Description,
    /// Since when it is served.
    pub since: Moment,
    /// What the administrator should know, such as that it expires soon.
    pub warnings: Vec<String>,
    /// The name under which browsers reach the portal; empty where none is set.
    pub web_domain: String,
    /// The installation's own root, PEM, where there is one; no secret.
    pub root: Option<String>,
    /// The request that waits for its certificate, where there is one.
    #[serde(default)]
    pub request: Option<CertificateRequest>,
    /// The authority that is asked by ACME, where one is.
    #[serde(default)]
    pub acme: Option<Acme>,
}

/// A request for a certificate (PKCS #10), whose key stays here (TRN-07).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertificateRequest {
    /// The request, PEM, for the authority; no secret.
    pub text: String,
    /// When it was made.
    pub since: Moment,
}

/// The authority that is asked by ACME, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Acme {
    /// Its directory.
    pub directory: String,
    /// To whom it writes when a certificate ends; may be empty.
    pub contact: String,
    /// The name that is asked for.
    pub domain: String,
    /// When it was last asked.
    pub last_at: Option<Moment>,
    /// Why there was no certificate the last time; none where there was one.
    pub last_failure: Option<String>,
    /// When it is asked again.
    pub next_at: Option<Moment>,
}

/// The directory of Let's Encrypt.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The certificate that is served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetCertificate {}
operation!(GetCertificate, Get, "/api/admin/certificate", Admin, Certificate);

/// Puts an uploaded certificate in the place of the present one. It is served at once, to new connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadCertificate {
    /// The server's certificate and its issuers, PEM.
    pub chain: String,
    /// The private key, PEM.
    pub key: String,
    /// The key's password, if it is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}
operation!(UploadCertificate, Put, "/api/admin/certificate", Admin, Certificate);

/// Makes a certificate by the installation's own root, for the web domain and all addresses, and puts it in the place of
/// the present one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateLocalCertificate {
    /// The name under which browsers reach the portal; kept as a setting. Empty for none.
    pub web_domain: String,
}
operation!(CreateLocalCertificate, Post, "/api/admin/certificate/local", Admin, Certificate);

/// Makes a key, which never leaves, and a request for a certificate to send to an authority (TRN-07). One that was made
/// before is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateCertificateRequest {
    /// The names that the certificate is to be for, the most important first.
    #[serde(default)]
    pub names: Vec<String>,
    /// The organisation, where the authority wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}
operation!(CreateCertificateRequest, Post, "/api/admin/certificate/request", Admin, Certificate);

/// Puts the authority's answer to the request in the place of the present certificate; the key is the request's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompleteCertificateRequest {
    /// The server's certificate and its issuers, PEM.
    pub chain: String,
}
operation!(CompleteCertificateRequest, Put, "/api/admin/certificate/request", Admin, Certificate);

/// Asks an authority by ACME for a certificate of the web domain, now and again before each one's end. The answer does
/// not wait for it: the certificate and, if there is none, the reason are there a little later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderCertificate {
    /// The name under which browsers reach the portal; kept as a setting.
    pub web_domain: String,
    /// To whom the authority writes; may be empty.
    #[serde(default)]
    pub contact: String,
    /// The directory of the authority; without one Let's Encrypt's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Are the authority's terms accepted?
    pub terms_accepted: bool,
}
operation!(OrderCertificate, Post, "/api/admin/certificate/acme", Admin, Certificate);

/// Asks no authority by ACME any more; the certificate that is served stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StopAcme {}
operation!(StopAcme, Delete, "/api/admin/certificate/acme", Admin, Certificate);

/// Names of one request.
const NAMES_MAX: usize = 20;

impl CreateCertificateRequest {
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let organization = self.organization.as_deref().unwrap_or_default();
        let name = |name: &String| is_domain(name.strip_prefix("*.").unwrap_or(name));
        check
            .that(!self.names.is_empty() && self.names.len() <= NAMES_MAX, "names", "Between 1 and 20 names.")
            .that(self.names.iter().all(name), "names", "A name looks like pbx.example or *.pbx.example.")
            .that(
                organization.chars().count() <= 64 && is_clean(organization),
                "organization",
                "At most 64 characters.",
            );
        check.finish()
    }
}

impl OrderCertificate {
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let directory = self.directory.as_deref().unwrap_or(LETS_ENCRYPT);
        check
            .that(is_domain(&self.web_domain), "web_domain", "The name of this server, such as pbx.example.")
            .that(self.contact.is_empty() || is_email(&self.contact), "contact", "An e-mail address, or nothing.")
            .that(
                directory.starts_with("https://") && directory.len() <= 512 && is_clean(directory),
                "directory",
                "The address of an ACME directory begins with https://.",
            )
            .that(self.terms_accepted, "terms_accepted", "Without its terms the authority issues no certificate.");
        check.finish()
    }
}

/// When a certificate of ACME is renewed: thirty days before its end, or when two thirds of a shorter life are over.
pub fn renewal_at(not_before: Moment, not_after: Moment) -> Moment {
    let third = (not_after.seconds() - not_before.seconds()).max(0) / 3;
    Moment::from_seconds(not_after.seconds() - third.min(30 * 86_400))
}

/// The most bytes of a chain or a key.
const PEM_BYTES_MAX: usize = 64 << 10;

impl UploadCertificate {
    /// What is wrong with the form, before anything is read.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check
            .that(self.chain.len() <= PEM_BYTES_MAX, "chain", "At most 64 kilobytes.")
            .that(self.chain.contains("-----BEGIN"), "chain", "Here belongs a certificate in PEM.")
            .that(self.key.len() <= PEM_BYTES_MAX, "key", "At most 64 kilobytes.")
            .that(self.key.contains("-----BEGIN"), "key", "Here belongs a private key in PEM.")
            .that(self.password.as_ref().is_none_or(|p| p.len() <= 1_024), "password", "At most 1024 characters.");
        check.finish()
    }
}

impl CreateLocalCertificate {
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let right = self.web_domain.is_empty() || is_domain(&self.web_domain);
        check.that(right, "web_domain", "A domain looks like pbx.example: letters, digits, dots and hyphens.");
        check.finish()
    }
}

/// How many days before its end a certificate is warned of (OPS-03).
pub const WARNING_DAYS: [i64; 4] = [30, 14, 7, 1];

/// The warning that a certificate with this end deserves: the fewest days of [`WARNING_DAYS`] that are more than are
/// left; zero when it has expired.
pub fn warning_days(now: Moment, not_after: Moment) -> Option<i64> {
    let left = not_after.seconds() - now.seconds();
    if left <= 0 {
        return Some(0);
    }
    WARNING_DAYS.into_iter().rev().find(|days| left <= days * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: OPS-03
    #[test]
    fn trn_07_a_certificate_is_renewed_thirty_days_or_a_third_of_its_life_before_its_end() {
        let day = |days: i64| Moment::from_seconds(days * 86_400);
        assert_eq!(renewal_at(day(0), day(90)), day(60));
        assert_eq!(renewal_at(day(0), day(398)), day(368));
        assert_eq!(renewal_at(day(0), day(6)), day(4));
        assert_eq!(renewal_at(day(6), day(0)), day(0));
    }

    // covers: OPS-03
    #[test]
    fn ops_03_warnings_come_30_14_7_and_1_days_before() {
        let now = Moment::from_seconds(1_795_000_000);
        let after = |seconds: i64| warning_days(now, Moment::from_seconds(now.seconds() + seconds));
        assert_eq!(after(31 * 86_400), None);
        assert_eq!(after(30 * 86_400), Some(30));
        assert_eq!(after(14 * 86_400 + 1), Some(30));
        assert_eq!(after(14 * 86_400), Some(14));
        assert_eq!(after(6 * 86_400), Some(7));
        assert_eq!(after(60), Some(1));
        assert_eq!(after(0), Some(0));
        assert_eq!(after(-1), Some(0));
    }
}
