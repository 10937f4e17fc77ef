//! A request for a certificate with its key, for an authority to answer (TRN-07).

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

use crate::Result;

/// A request and the key that stays here, PEM both. Prints without the key.
pub struct Request {
    /// For the authority.
    pub text: String,
    /// The private key.
    pub key: String,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request(***)")
    }
}

impl Request {
    /// A request for these names with a new ECDSA key on P-256; the first is its common name.
    pub fn make(names: &[String], organization: Option<&str>) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name = DistinguishedName::new();
        if let Some(name) = names.first() {
            params.distinguished_name.push(DnType::CommonName, name.clone());
        }
        if let Some(organization) = organization {
            params.distinguished_name.push(DnType::OrganizationName, organization);
        }
        Ok(Self { text: params.serialize_request(&key)?.pem()?, key: key.serialize_pem() })
    }
}
