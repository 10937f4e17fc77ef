//! HTTP from its sockets: who is slow, silent or one too many keeps nobody else waiting (S11).
//!
//! HTTP/1.1 only: browsers speak HTTP/2 over TLS alone, and to tell the two apart on a plain connection means to wait for
//! bytes that somebody may never send.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sip::Transport;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tower::Service;

use crate::transport::{Origin, Seat};

/// Connections at a time, WebSockets among them; those above wait in the listener's own queue.
const CONNECTIONS_MAX: u32 = 32_768;
/// How long the head of a request may take, and how long a connection may rest between two requests.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// The most bytes of a head; a longer one is answered 431.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// The most header fields of a request.
const HEADERS_MAX: usize = 64;
/// How long connections have to end at the stop of the process.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(5);

/// The places of all HTTP connections, and the word to stop.
#[derive(Clone)]
pub struct Places {
    room: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

impl Places {
    /// All free, until `stop` says true. Then nobody new is let in, requests are answered to their end, and WebSockets,
    /// which are told by whoever holds them, have a little time to say goodbye.
    pub fn new(stop: watch::Receiver<bool>) -> Self {
        Self { room: Arc::new(Semaphore::new(CONNECTIONS_MAX as usize)), stop }
    }

    /// A permit of it is a place.
    pub fn room(&self) -> Arc<Semaphore> {
        Arc::clone(&self.room)
    }

    /// How many connections there are.
    pub fn taken(&self) -> usize {
        CONNECTIONS_MAX as usize - self.room.available_permits()
    }

    /// Waits for the word to stop.
    pub async fn stopped(&self) {
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }

    /// Waits until the last connection has ended, or long enough.
    pub async fn goodbye(&self) {
        if tokio::time::timeout(GOODBYE_TIME_MAX, self.room.acquire_many(CONNECTIONS_MAX)).await.is_err() {
            let open = CONNECTIONS_MAX as usize - self.room.available_permits();
            tracing::info!(open, "HTTP connections were cut off");
        }
    }
}

/// Does whoever listens there speak HTTP?
pub async fn answers(address: SocketAddr) -> bool {
    let reach = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let asked = async {
        let mut stream = TcpStream::connect((reach, address.port())).await?;
        stream.write_all(b"HEAD /root.crt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut start = [0; 9];
        stream.read_exact(&mut start).await?;
        std::io::Result::Ok(&start == b"HTTP/1.1 ")
    };
    asked.await.unwrap_or(false)
}

/// Serves one connection, plain or over TLS, until it or its listener ends or the process stops.
pub async fn serve<S>(stream: S, seat: Seat, remote: SocketAddr, router: Router, origin: Origin, places: Places)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX);
    builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let secure = origin.transport == Transport::Wss;
    let of_requests = origin.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(remote));
        request.extensions_mut().insert(of_requests.clone());
        // Only what is said here counts, whatever a client says of itself.
        request.headers_mut().remove(api::TLS_HEADER);
        if secure {
            request.headers_mut().insert(api::TLS_HEADER, HeaderValue::from_static("1"));
        }
        let blocked = of_requests.brings_blocked(request.headers());
        let answer = router.clone().call(request.map(Body::new));
        async move {
            if blocked {
                return Err(std::io::Error::from(ErrorKind::ConnectionAborted));
            }
            answer.await.map_err(|never| match never {})
        }
    });
    let connection =
        builder.serve_connection(TokioIo::new(Seated { stream, origin: origin.clone(), _seat: seat }), service);
    let mut connection = pin!(connection.with_upgrades());
    let done = tokio::select! {
        done = connection.as_mut() => done,
        () = places.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = origin.closed() => return,
    };
    if let Err(error) = done {
        tracing::debug!(%error, %remote, "an HTTP connection ended early");
    }
}

/// A connection with its place among [`CONNECTIONS_MAX`], whoever holds it after an upgrade. Nothing more is written to a
/// peer that was blocked.
struct Seated<S> {
    stream: S,
    origin: Origin,
    _seat: Seat,
}

impl<S> Seated<S> {
    fn check(&self) -> std::io::Result<()> {
        if self.origin.is_blocked() { Err(ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Seated<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Seated<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::mpsc;

    use axum::routing::get;
    use tokio::net::TcpListener;
    use tokio::time::{Instant, advance};

    use super::*;
    use crate::clock::Clock;
    use crate::fence::Fence;
    use crate::transport::{Speech, listen};

    /// A server whose clock stands unless a test moves it: the task on the other thread keeps tokio from skipping to the
    /// next timer while sockets are waited for.
    struct Standing {
        address: SocketAddr,
        stop: watch::Sender<bool>,
        served: tokio::task::JoinHandle<()>,
        _clock: mpsc::Sender<()>,
    }

    impl Standing {
        async fn start() -> Self {
            tokio::time::pause();
            let (clock, held) = mpsc::channel::<()>();
            tokio::task::spawn_blocking(move || held.recv());
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopping) = watch::channel(false);
            let router = Router::new()
                .route("/", get(async |ConnectInfo(remote): ConnectInfo<SocketAddr>| remote.ip().to_string()));
            let places = Places::new(stopping);
            let (origin, close) = Origin::of(Transport::Ws);
            let served = tokio::spawn(async move {
                let fence = Fence::new(Clock::start(), BTreeSet::new(), false);
                listen(listener, origin, None, Speech::Http(router, places.clone()), fence).await;
                places.goodbye().await;
                drop(close);
            });
            Self { address, stop, served, _clock: clock }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        async fn ask(&self) -> String {
            let mut stream = self.connect().await;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
            rest(&mut stream).await
        }
    }

    async fn rest(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        // A reset is an end as well.
        let _ = stream.read_to_end(&mut bytes).await;
        String::from_utf8(bytes).unwrap()
    }

    // covers: S11
    #[tokio::test]
    async fn s11_a_client_that_sends_its_head_byte_by_byte_is_closed() {
        let server = Standing::start().await;
        let mut slow = server.connect().await;
        let head = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a'));
        let mut seconds = 0;
        for byte in head.take(60) {
            if slow.write_all(&[*byte]).await.is_err() {
                break;
            }
            // The server has read it when it answers somebody who came later.
            assert!(server.ask().await.starts_with("HTTP/1.1 200"));
            advance(Duration::from_secs(1)).await;
            seconds += 1;
            let mut end = [0];
            if seconds > HEAD_TIME_MAX.as_secs() && matches!(slow.read(&mut end).await, Ok(0) | Err(_)) {
                break;
            }
        }
        let over = HEAD_TIME_MAX.as_secs();
        assert!((over..=over + 1).contains(&seconds), "it was closed after {seconds} seconds");
    }

    // covers: S11
    #[tokio::test]
    async fn s11_four_hundred_half_open_connections_keep_no_newcomer_waiting() {
        let server = Standing::start().await;
        let mut half_open = Vec::new();
        for n in 0..400_usize {
            let mut stream = server.connect().await;
            let said = b"GET / HTTP/1.1\r\nHost: x\r\n";
            stream.write_all(&said[..n % said.len()]).await.unwrap();
            half_open.push(stream);
        }
        // No timer may fire while the clock stands: an answer waits for none of the four hundred.
        let before = Instant::now();
        let answer = server.ask().await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
        assert_eq!(before.elapsed(), Duration::ZERO);
        advance(HEAD_TIME_MAX + Duration::from_millis(1)).await;
        for mut stream in half_open {
            assert_eq!(rest(&mut stream).await, "");
        }
    }

    // covers: S11
    #[tokio::test]
    async fn s11_a_connection_that_rests_after_a_request_is_closed_in_time() {
        let server = Standing::start().await;
        let mut resting = server.connect().await;
        resting.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        resting.read_exact(&mut first).await.unwrap();
        assert!(server.ask().await.starts_with("HTTP/1.1 200"), "the server rests too by then");
        advance(HEAD_TIME_MAX + Duration::from_millis(1)).await;
        assert!(rest(&mut resting).await.ends_with("127.0.0.1"));
    }

    #[tokio::test]
    async fn an_endless_head_is_refused() {
        let server = Standing::start().await;
        let many = "X-Many: 1\r\n".repeat(HEADERS_MAX + 1);
        let long = format!("X-Long: {}\r\n", "a".repeat(2 * HEAD_BYTES_MAX));
        for fields in [many, long] {
            let mut stream = server.connect().await;
            stream.write_all(format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n").as_bytes()).await.unwrap();
            let answer = rest(&mut stream).await;
            assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        }
    }

    #[tokio::test]
    async fn at_the_stop_resting_connections_are_closed_and_nobody_is_let_in() {
        let server = Standing::start().await;
        let mut resting = server.connect().await;
        resting.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        resting.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        server.stop.send(true).unwrap();
        assert!(rest(&mut resting).await.ends_with("127.0.0.1"));
        server.served.await.unwrap();
        assert!(TcpStream::connect(server.address).await.is_err());
    }
}
