//! A certificate chain and its private key, as they are uploaded (TRN-07): "nginx format", server certificate first.

use std::sync::Arc;

use pkcs8::der::pem::{LineEnding, encode_string};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;
use pkcs8::{EncryptedPrivateKeyInfo, SecretDocument};
use rustls::InconsistentKeys;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use shared::Moment;
use shared::certificate::{Description, Link};
use shared::problem::FieldProblem;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::{Error, Result};

/// Certificates of one chain.
const CHAIN_MAX: usize = 10;
/// The hardest work that a password's key is derived by: somebody could upload a key that takes for ever.
const ITERATIONS_MAX: u32 = 10_000_000;
/// The most memory of the same, in blocks of 128 bytes.
const SCRYPT_BLOCKS_MAX: u64 = 1 << 21;
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// A chain and the key of its first certificate. Prints without the key.
pub struct Pair {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pair({} certificates, ***)", self.chain.len())
    }
}

impl Pair {
    /// Reads what was uploaded, PEM both. What is wrong is told with its field: `chain`, `key` or `password`. Decrypting
    /// a key takes a processor for a moment.
    pub fn read(now: Moment, chain: &str, key: &str, password: Option<&str>) -> Result<Self, Vec<FieldProblem>> {
        let chain = read_chain(now, chain).map_err(|reason| wrong("chain", &reason));
        let key = read_key(key, password);
        match (chain, key) {
            (Ok(chain), Ok(key)) => Self::checked(chain, key),
            (chain, key) => Err(chain.err().into_iter().chain(key.err()).collect()),
        }
    }

    fn checked(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, Vec<FieldProblem>> {
        let pair = Self { chain, key };
        match pair.certified_or() {
            Ok(_) => Ok(pair),
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(vec![wrong("key", "This is the key of another certificate.")])
            }
            Err(error) => Err(vec![wrong("key", &format!("The key cannot be used: {error}."))]),
        }
    }

    /// Reads what [`Pair::chain_pem`] and [`Pair::key_pem`] wrote; an expired one is taken too.
    pub fn stored(chain: &str, key: &str) -> Result<Self> {
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::Damaged(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| Error::Damaged(error.to_string()))?;
        Ok(Self { chain, key })
    }

    /// As rustls serves it.
    pub fn certified(&self) -> Result<Arc<CertifiedKey>> {
        self.certified_or().map(Arc::new).map_err(|error| Error::Damaged(error.to_string()))
    }

    fn certified_or(&self) -> Result<CertifiedKey, rustls::Error> {
        CertifiedKey::from_der(self.chain.clone(), self.key.clone_key(), &default_provider())
    }

    /// The chain, server certificate first.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().filter_map(|der| pem("CERTIFICATE", der)).collect()
    }

    /// The private key, in clear.
    pub fn key_pem(&self) -> String {
        let label = match self.key {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        pem(label, self.key.secret_der()).unwrap_or_default()
    }

    /// What people want to know of it.
    pub fn describe(&self) -> Result<Description> {
        let parsed = self.chain.iter().map(|der| parse(der)).collect::<Result<Vec<_>, _>>().map_err(Error::Damaged)?;
        let Some(server) = parsed.first() else { return Err(Error::Damaged("it is empty".to_owned())) };
        let chain = parsed.iter().map(|one| Link {
            subject: one.subject().to_string(),
            issuer: one.issuer().to_string(),
            not_after: Moment::from_seconds(one.validity().not_after.timestamp()),
        });
        Ok(Description {
            names: names(server),
            not_before: Moment::from_seconds(server.validity().not_before.timestamp()),
            not_after: Moment::from_seconds(server.validity().not_after.timestamp()),
            chain: chain.collect(),
        })
    }
}

fn wrong(field: &str, reason: &str) -> FieldProblem {
    FieldProblem::new(field, reason)
}

fn pem(label: &str, der: &[u8]) -> Option<String> {
    encode_string(label, LineEnding::LF, der).ok()
}

fn parse<'a>(der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, String> {
    X509Certificate::from_der(der)
        .map(|(_, certificate)| certificate)
        .map_err(|error| format!("A certificate cannot be read: {error}."))
}

fn read_chain(now: Moment, text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain = CertificateDer::pem_slice_iter(text.as_bytes())
        .take(CHAIN_MAX + 1)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| "This is no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----.")?;
    if chain.is_empty() {
        return Err("Here belongs a certificate in PEM: it begins with -----BEGIN CERTIFICATE-----.".into());
    }
    if chain.len() > CHAIN_MAX {
        return Err(format!("A chain has at most {CHAIN_MAX} certificates."));
    }
    let parsed = chain.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    for (index, pair) in parsed.windows(2).enumerate() {
        if let [below, above] = pair
            && below.issuer().as_raw() != above.subject().as_raw()
        {
            let number = index + 1;
            return Err(format!(
                "Certificate {number} was not issued by the one after it. The server's comes first, then each one's issuer."
            ));
        }
    }
    for one in &parsed {
        let validity = one.validity();
        let (from, to) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        if to <= now.seconds() {
            return Err(format!("{} expired on {}.", one.subject(), Moment::from_seconds(to)));
        }
        if from > now.seconds() {
            return Err(format!("{} is not valid before {}.", one.subject(), Moment::from_seconds(from)));
        }
    }
    drop(parsed);
    Ok(chain)
}

fn read_key(text: &str, password: Option<&str>) -> Result<PrivateKeyDer<'static>, FieldProblem> {
    if let Some(sealed) = block(text, ENCRYPTED) {
        return decrypt(sealed, password);
    }
    if text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(wrong(
            "key",
            "This key is encrypted in an outdated way. Write it anew with: openssl pkcs8 -topk8 -in KEY -out NEW",
        ));
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        wrong("key", "Here belongs a private key in PEM: it begins with -----BEGIN PRIVATE KEY----- or alike.")
    })
}

/// The first block of that label, with its lines of dashes.
fn block<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let from = text.find(&begin)?;
    let rest = text.get(from..)?;
    rest.get(..rest.find(&end)? + end.len())
}

fn decrypt(sealed: &str, password: Option<&str>) -> Result<PrivateKeyDer<'static>, FieldProblem> {
    let unreadable = || wrong("key", "The encrypted key cannot be read.");
    let (_, document) = SecretDocument::from_pem(sealed).map_err(|_| unreadable())?;
    let info = EncryptedPrivateKeyInfo::try_from(document.as_bytes()).map_err(|_| unreadable())?;
    if !is_bearable(&info.encryption_algorithm) {
        return Err(wrong("key", "The key's encryption takes more work than is done for an upload."));
    }
    let Some(password) = password.filter(|password| !password.is_empty()) else {
        return Err(wrong("password", "This key is encrypted: it needs its password."));
    };
    match info.decrypt(password) {
        Ok(key) => Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()))),
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. })) => {
            Err(wrong("key", "The key's encryption is not one that is known here; AES is."))
        }
        Err(_) => Err(wrong("password", "This is not the password of the key.")),
    }
}

fn is_bearable(scheme: &EncryptionScheme<'_>) -> bool {
    match scheme.pbes2().map(|parameters| &parameters.kdf) {
        Some(Kdf::Pbkdf2(parameters)) => parameters.iteration_count <= ITERATIONS_MAX,
        Some(Kdf::Scrypt(parameters)) => {
            parameters.cost_parameter.saturating_mul(u64::from(parameters.block_size)) <= SCRYPT_BLOCKS_MAX
                && parameters.parallelization <= 16
        }
        _ => true,
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).take(crate::local::NAMES_MAX).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
    let v6 = <[u8; 16]>::try_from(bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
    v4.or(v6).ok()
}
