//! TLS for SIP and HTTP: 1.2 and newer (TRN-10), one certificate for all listeners, replaced while connections stand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a peer may take for its handshake.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// Handshakes under way at a time. A newcomer puts an end to the oldest: those who mean it are done in a blink.
const HALF_OPEN_MAX: usize = 1_024;

/// The certificate that is served to whoever connects next.
#[derive(Debug, Default)]
pub struct Served(RwLock<Option<Arc<CertifiedKey>>>);

impl Served {
    /// From now on this one is served; connections that stand keep theirs.
    pub fn replace(&self, certificate: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(certificate);
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The `host:port` that the peer was looking for (RFC 6066, 3). In its dialogs we go by that name: by an address it would
/// have to look for a certificate that few servers have.
pub fn sought(stream: &TlsStream<TcpStream>) -> Option<String> {
    let (socket, tls) = stream.get_ref();
    let port = socket.local_addr().ok()?.port();
    tls.server_name().map(|name| format!("{name}:{port}"))
}

/// Shakes hands with peers, and keeps those from piling up that do not mean it (S11).
pub struct Handshakes {
    acceptor: TlsAcceptor,
    waiting: Mutex<VecDeque<oneshot::Sender<()>>>,
}

impl Handshakes {
    /// With the certificate that `served` holds at each moment. `protocols` are those of ALPN (RFC 7301); none leaves it
    /// out.
    pub fn new(served: Arc<Served>, protocols: &[&str]) -> anyhow::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            // No certificate is asked of anybody: phones prove themselves by digest (S17).
            .with_no_client_auth()
            .with_cert_resolver(served);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), waiting: Mutex::default() })
    }

    /// The secured stream, or none where the peer did not manage.
    pub async fn shake(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let given_up = self.wait();
        tokio::select! {
            shaken = tokio::time::timeout(HANDSHAKE_PATIENCE, self.acceptor.accept(stream)) => match shaken {
                Ok(Ok(stream)) => Some(stream),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "a TLS handshake failed");
                    None
                }
                Err(_) => None,
            },
            _ = given_up => None,
        }
    }

    /// A place among those under way; it ends when the place is needed.
    fn wait(&self) -> oneshot::Receiver<()> {
        let (end, ended) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= HALF_OPEN_MAX {
            waiting.retain(|end| !end.is_closed());
            if waiting.len() >= HALF_OPEN_MAX {
                waiting.pop_front();
            }
        }
        waiting.push_back(end);
        ended
    }
}
