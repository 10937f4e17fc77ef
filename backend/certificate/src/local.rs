//! A root of the installation's own and what it signs, for those without a bought certificate (TRN-06).

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use shared::Moment;
use time::OffsetDateTime;

use crate::{Error, Pair, Result};

const DAY: Duration = Duration::from_secs(86_400);
/// How long a root lives: whoever has installed it should not have to again soon.
const ROOT_LIFE: Duration = DAY.saturating_mul(3_650);
/// How long a server certificate lives: systems of phones refuse more than 825 days.
const SERVER_LIFE: Duration = DAY.saturating_mul(820);
/// Certificates begin to count a day early, for those whose clock is behind.
const EARLY: Duration = DAY;
/// Names of one certificate.
pub(crate) const NAMES_MAX: usize = 100;

/// A private root with its key, both PEM. The certificate is no secret; the key prints as stars.
#[derive(Clone)]
pub struct LocalRoot {
    /// The root certificate, to be installed where it shall be trusted.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl std::fmt::Debug for LocalRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalRoot(***)")
    }
}

impl LocalRoot {
    /// A new root, an ECDSA key on P-256.
    pub fn make(now: Moment) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = lasting(now, ROOT_LIFE)?;
        // The time tells roots of two installations apart in a list of authorities.
        let name = format!("Belfry local root of {}", now.rfc3339().split('T').next().unwrap_or_default());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { certificate, key: key.serialize_pem() })
    }

    /// A server certificate for these names and addresses, with a key of its own; the first is its common name.
    pub fn issue(&self, now: Moment, names: &[String]) -> Result<Pair> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, KeyPair::from_pem(&self.key)?)?;
        let key = KeyPair::generate()?;
        let mut params = lasting(now, SERVER_LIFE)?;
        let names: Vec<String> = names.iter().take(NAMES_MAX).cloned().collect();
        let common = names.first().cloned().unwrap_or_else(|| "belfry".to_owned());
        params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
        params.distinguished_name.push(DnType::CommonName, common);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let chain = format!("{}{}", params.signed_by(&key, &issuer)?.pem(), self.certificate);
        Pair::stored(&chain, &key.serialize_pem())
    }
}

fn lasting(now: Moment, life: Duration) -> Result<CertificateParams> {
    let moment = |at: Moment| {
        OffsetDateTime::from_unix_timestamp(at.seconds()).map_err(|error| Error::Damaged(error.to_string()))
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = moment(now - EARLY)?;
    params.not_after = moment(now + life)?;
    Ok(params)
}
