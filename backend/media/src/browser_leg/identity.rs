//! Who we are to browsers: the certificate of the engine and what it needs of cryptography.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rtc_dtls::config::{
    ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig, VerifyPeerCertificateFn,
};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::crypto_provider::providers::RingProvider;
use rtc_dtls::crypto_provider::{HashAlgorithm, RTCCrypto, RTCCryptoProvider};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::error::Error;
use shared::Moment;

use crate::sdp::Fingerprint;

/// The name in the certificate; nobody reads it (RFC 5763, 5).
const CERTIFICATE_NAME: &str = "belfry";

/// What we take, the cheaper first.
const PROFILES: [SrtpProtectionProfile; 2] =
    [SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm, SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80];

/// The engine's certificate, made once.
pub(crate) struct Identity {
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    fingerprint: String,
    /// rtc-dtls counts in `Instant`, which only a clock can make: this one stands for `started`, and only distances
    /// from it are ever used.
    origin: Instant,
    started: Moment,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Identity {
    /// Makes a certificate with a fresh key; none when the machine has no randomness.
    #[allow(clippy::disallowed_methods)]
    pub(crate) fn new(now: Moment) -> Option<Self> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(RingProvider::new());
        let names = vec![CERTIFICATE_NAME.to_owned()];
        let certificate = Certificate::generate_self_signed(names, provider.crypto()).ok()?;
        let hash = hash(provider.crypto(), certificate.certificate.first()?)?;
        let fingerprint = hash.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
        Some(Self { provider, certificate, fingerprint, origin: Instant::now(), started: now })
    }

    /// As in `a=fingerprint:sha-256`.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(super) fn crypto(&self) -> &dyn RTCCrypto {
        self.provider.crypto()
    }

    pub(super) fn instant(&self, now: Moment) -> Instant {
        self.origin + now.since(self.started)
    }

    pub(super) fn moment(&self, instant: Instant) -> Moment {
        let passed = instant.saturating_duration_since(self.origin);
        // Rounded up: a timer that is woken a part of a microsecond early would be woken for ever.
        self.started + Duration::from_micros(u64::try_from(passed.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX))
    }

    /// How to shake hands with the peer whose certificate has one of these fingerprints; another sets `stranger`.
    pub(super) fn handshake(
        &self,
        client: bool,
        expected: &[Fingerprint],
        stranger: Arc<AtomicBool>,
    ) -> Option<Arc<HandshakeConfig>> {
        let expected = expected.to_vec();
        let provider = self.provider.clone();
        let verify: VerifyPeerCertificateFn = Arc::new(move |chain, _| match chain.first() {
            Some(certificate) if is_expected(provider.crypto(), certificate, &expected) => Ok(()),
            _ => {
                stranger.store(true, Ordering::Relaxed);
                Err(Error::Other("the certificate is not the one that was signalled".into()))
            }
        });
        let config = ConfigBuilder::default()
            .with_crypto_provider(self.provider.clone())
            .with_certificates(vec![self.certificate.clone()])
            .with_srtp_protection_profiles(PROFILES.to_vec())
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            // There is no authority to ask: the fingerprint is the proof (RFC 8122).
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(verify))
            .with_server_name(CERTIFICATE_NAME.to_owned())
            .build(client, None);
        config.ok().map(Arc::new)
    }

    /// Does the certificate have one of these fingerprints?
    pub(super) fn recognises(&self, certificate: &[u8], expected: &[Fingerprint]) -> bool {
        is_expected(self.crypto(), certificate, expected)
    }
}

fn hash(crypto: &dyn RTCCrypto, certificate: &[u8]) -> Option<Vec<u8>> {
    crypto.hash(HashAlgorithm::Sha256, certificate).ok()
}

fn is_expected(crypto: &dyn RTCCrypto, certificate: &[u8], expected: &[Fingerprint]) -> bool {
    let hash = hash(crypto, certificate);
    let fits = |fingerprint: &Fingerprint| {
        fingerprint.algorithm == "sha-256" && hash.as_ref().is_some_and(|hash| *hash == fingerprint.bytes)
    };
    expected.iter().any(fits)
}
