//! The certificate of HTTPS, SIP over TLS and WSS: one for all three (TRN-04, TRN-06, TRN-07, OPS-03).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_domain};
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
}

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
