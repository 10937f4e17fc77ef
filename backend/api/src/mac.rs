//! HMAC-SHA-256 by ring, for `jsonwebtoken`: its own provider brings RSA and elliptic curves that no token of ours needs
//! (RUSTSEC-2023-0071 among them).

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::hmac;

static HS256_ONLY: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Makes HS256 what this process signs and checks tokens with; every other algorithm is refused.
pub(crate) fn install() {
    // Fails only when it is installed already, which is what is wanted.
    let _ = HS256_ONLY.install_default();
}

struct Mac(hmac::Key);

impl Mac {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Box<Self>> {
        match algorithm {
            Algorithm::HS256 => Ok(Box::new(Self(hmac::Key::new(hmac::HMAC_SHA256, key)))),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Ok(Mac::new(*algorithm, key.as_bytes())?)
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    Ok(Mac::new(*algorithm, key.try_get_as_bytes()?)?)
}

impl Signer<Vec<u8>> for Mac {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Mac {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| Error::new())
    }
}

impl JwtSigner for Mac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Mac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
