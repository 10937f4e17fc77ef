//! TLS for SIP and HTTP: 1.2 and newer (TRN-10), one certificate for all listeners, replaced while connections stand.
//! Whom we connect to ourselves proves its name to roots that are believed for it (RFC 5922).

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use shared::TrunkId;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::client::TlsStream as ClientStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

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

/// Somebody behind TLS: the name that it is to prove, and to whose roots.
#[derive(Clone)]
pub struct Peer {
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

impl Peer {
    /// A host as it was looked up, by name or address. None where it is neither.
    pub fn new(host: &str, config: Arc<ClientConfig>) -> Option<Self> {
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()?;
        Some(Self { name, config })
    }

    /// The secured stream; else why not, in words.
    pub async fn shake(&self, stream: TcpStream) -> Result<ClientStream<TcpStream>, String> {
        let shaking = TlsConnector::from(Arc::clone(&self.config)).connect(self.name.clone(), stream);
        match tokio::time::timeout(HANDSHAKE_PATIENCE, shaking).await {
            Ok(shaken) => shaken.map_err(|error| format!("TLS: {error}")),
            Err(_) => Err("TLS: no answer to the handshake".to_owned()),
        }
    }
}

/// How we connect to those who are believed by these roots.
///
/// # Errors
///
/// The protocol versions cannot be offered.
pub fn client(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13, &TLS12])?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// The trunks behind TLS, by the addresses at which they were found. Where two are found at one address, the name of the one
/// that was looked up last counts.
#[derive(Clone, Default)]
pub struct Peers(Arc<Mutex<BTreeMap<SocketAddr, (TrunkId, Peer)>>>);

impl Peers {
    /// A trunk is at these addresses from now on.
    pub fn know(&self, trunk: TrunkId, addresses: &[SocketAddr], peer: &Peer) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (of, _)| *of != trunk);
        known.extend(addresses.iter().map(|address| (*address, (trunk, peer.clone()))));
    }

    /// Only these trunks are there.
    pub fn keep(&self, is_there: impl Fn(TrunkId) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (of, _)| is_there(*of));
    }

    /// Who is there.
    pub fn get(&self, address: SocketAddr) -> Option<Peer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&address).map(|(_, peer)| peer.clone())
    }
}

#[cfg(test)]
mod tests {
    use certificate::LocalRoot;
    use tokio::net::TcpListener;

    use super::*;
    use crate::clock::Clock;

    /// A server with a certificate of this root for `sip.example`; how the peer gets on that believes `roots`.
    async fn shaken(root: &LocalRoot, roots: &str, name: &str) -> Result<(), String> {
        let now = Clock::start().now();
        let served = Arc::new(Served::default());
        let pair = root.issue(now, &["sip.example".to_owned()]).unwrap();
        served.replace(pair.certified().unwrap());
        let handshakes = Handshakes::new(served, &[]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            handshakes.shake(stream).await.is_some()
        });
        let peers = Peers::default();
        let peer = Peer::new(name, client(certificate::roots(roots).unwrap()).unwrap()).unwrap();
        peers.know(TrunkId(1), &[address], &peer);
        let stream = TcpStream::connect(address).await.unwrap();
        let shaken = peers.get(address).unwrap().shake(stream).await.map(drop);
        serving.await.unwrap();
        peers.keep(|_| false);
        assert!(peers.get(address).is_none());
        shaken
    }

    // covers: TRK-05
    #[tokio::test]
    async fn trk_05_a_trunk_behind_tls_proves_its_name_to_roots_that_are_believed() {
        let now = Clock::start().now();
        let (root, other) = (LocalRoot::make(now).unwrap(), LocalRoot::make(now).unwrap());
        assert_eq!(shaken(&root, &root.certificate, "sip.example").await, Ok(()));
        let error = shaken(&root, &root.certificate, "evil.example").await.unwrap_err();
        assert!(error.contains("not valid for name"), "{error}");
        let error = shaken(&root, &other.certificate, "sip.example").await.unwrap_err();
        assert!(error.contains("UnknownIssuer") || error.contains("BadSignature"), "{error}");
    }
}
