//! Whom we believe when we are the one who connects.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The most roots of one file.
const ROOTS_MAX: usize = 64;

/// The authorities of a PEM file, for what is connected to with them alone.
///
/// # Errors
///
/// What is wrong with it, for people.
pub fn roots(pem: &str) -> std::result::Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| "This is no PEM with certificates.".to_owned())?;
        if store.len() >= ROOTS_MAX {
            return Err(format!("At most {ROOTS_MAX} certificates."));
        }
        store.add(certificate).map_err(|error| format!("A certificate in it cannot be used: {error}."))?;
    }
    if store.is_empty() {
        Err("There is no certificate in it (-----BEGIN CERTIFICATE-----).".to_owned())
    } else {
        Ok(store)
    }
}

/// The authorities that this machine trusts, or those of Mozilla where it has none.
pub fn system_roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}

#[cfg(test)]
mod tests {
    use shared::Moment;

    use super::*;
    use crate::LocalRoot;

    // covers: TRK-05
    #[test]
    fn trk_05_roots_are_read_or_what_is_wrong_with_them_is_said() {
        let pem = LocalRoot::make(Moment::from_seconds(1_795_000_000)).unwrap().certificate;
        assert_eq!(roots(&pem).unwrap().len(), 1);
        assert_eq!(roots(&format!("{pem}{pem}")).unwrap().len(), 2);
        let broken = pem.replace("MII", "AAA");
        for (text, said) in [
            ("", "no certificate"),
            ("words", "no certificate"),
            ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "no PEM"),
            (broken.as_str(), "cannot be used"),
        ] {
            let error = roots(text).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        assert!(roots(&pem.repeat(65)).is_err());
    }
}
