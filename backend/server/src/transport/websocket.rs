//! SIP over WebSocket (RFC 7118): at `/sip` of the portals, and on ports of its own.

use std::net::SocketAddr;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use sip::Flow;

use super::{FIRST_MESSAGE_PATIENCE, Origin, SILENCE_MAX, StreamDoor, WRITE_PATIENCE};
use crate::signalling::{Door, Post};

/// Browsers of one listener at a time; one more is answered 503.
const CONNECTIONS_MAX: u64 = 20_000;
/// The largest SIP message over WebSocket.
const MESSAGE_BYTES_MAX: usize = 65_536;
/// The route `/sip`, same origin as the portals.
pub fn router(pump: Door) -> Router {
    Router::new().route("/sip", get(of_portal)).with_state(pump)
}

/// A listener of its own: SIP at every address, and a page for browsers that must first be told to trust the certificate
/// (TRN-08).
pub fn own_router(pump: Door) -> Router {
    Router::new().fallback(get(of_own_port)).with_state(pump)
}

async fn of_portal(
    pump: State<Door>,
    peer: (ConnectInfo<SocketAddr>, Extension<Origin>),
    headers: HeaderMap,
    request: WebSocketUpgrade,
) -> Response {
    if !same_origin(&headers) {
        return (StatusCode::FORBIDDEN, "SIP over WebSocket is for pages of this server.\n").into_response();
    }
    upgrade(pump, peer, &headers, request)
}

async fn of_own_port(
    pump: State<Door>,
    peer: (ConnectInfo<SocketAddr>, Extension<Origin>),
    headers: HeaderMap,
    request: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(request) = request else {
        let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
        return (kind, PAGE).into_response();
    };
    if !same_host(&headers) {
        return (StatusCode::FORBIDDEN, "SIP over WebSocket is for pages of this host.\n").into_response();
    }
    upgrade(pump, peer, &headers, request)
}

/// What a browser gets that opens the port of SIP over WebSocket as a page: it sees whether a phone would work (RTC-06, RTC-07).
const PAGE: &str = include_str!("phone_port.html");

fn upgrade(
    State(pump): State<Door>,
    (ConnectInfo(remote), Extension(origin)): (ConnectInfo<SocketAddr>, Extension<Origin>),
    headers: &HeaderMap,
    request: WebSocketUpgrade,
) -> Response {
    let (origin, remote) = origin.behind_proxy(remote, headers);
    let request = request.protocols(["sip"]).max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    if request.selected_protocol().is_none() {
        return (StatusCode::BAD_REQUEST, "The WebSocket subprotocol must be sip (RFC 7118).\n").into_response();
    }
    let Some(seat) = Seat::take(&origin) else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")]).into_response();
    };
    request.on_upgrade(move |socket| async move {
        let _seat = seat;
        carry(socket, remote, pump, &origin).await;
    })
}

/// A connected browser; counted by its listener.
struct Seat(#[allow(dead_code)] super::Device);

impl Seat {
    fn take(origin: &Origin) -> Option<Self> {
        (origin.devices() < CONNECTIONS_MAX).then(|| Self(origin.device()))
    }
}

/// As [`same_origin`], whatever the ports: the page comes from the portal's.
fn same_host(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| without_port(authority).eq_ignore_ascii_case(without_port(host))),
        (Some(_), None) => false,
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A page of another origin must not register with a person's browser; what is not a browser sends no Origin.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
    }
}

async fn carry(mut socket: WebSocket, remote: SocketAddr, pump: Door, origin: &Origin) {
    let flow = Flow { transport: origin.transport, connection: pump.connection(), remote };
    let closed = origin.closed();
    tokio::pin!(closed);
    let (door, mut queue) = StreamDoor::new();
    pump.post(Post::Opened(flow, door));
    let until = |patience| tokio::time::Instant::now() + patience;
    let (mut wait_until, mut has_spoken) = (until(FIRST_MESSAGE_PATIENCE), false);
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(wait_until) => break,
            received = socket.recv() => {
                let Some(Ok(message)) = received else { break };
                // Pings alone win no time before the first message.
                has_spoken |= matches!(message, Message::Text(_) | Message::Binary(_));
                if has_spoken {
                    wait_until = until(SILENCE_MAX);
                }
                let bytes: Bytes = match message {
                    Message::Text(text) => text.into(),
                    Message::Binary(bytes) => bytes,
                    Message::Ping(_) | Message::Pong(_) => continue,
                    Message::Close(_) => break,
                };
                match &*bytes {
                    b"\r\n\r\n" => {
                        if !write(&mut socket, Bytes::from_static(b"\r\n")).await {
                            break;
                        }
                    }
                    b"\r\n" | b"" => {}
                    _ => pump.packet(flow, bytes).await,
                }
            }
            message = queue.recv() => {
                let Some(bytes) = message else {
                    // The pump has ended, or has had enough of this phone.
                    let frame = CloseFrame { code: close_code::AWAY, reason: Utf8Bytes::default() };
                    let _ = tokio::time::timeout(WRITE_PATIENCE, socket.send(Message::Close(Some(frame)))).await;
                    break;
                };
                if !write(&mut socket, bytes).await {
                    break;
                }
            }
            () = &mut closed => {
                let _ = tokio::time::timeout(WRITE_PATIENCE, socket.send(Message::Close(None))).await;
                break;
            }
        }
    }
    pump.post(Post::Closed(flow));
}

/// SIP is text in a browser's eyes; what is not UTF-8 goes as it is.
async fn write(socket: &mut WebSocket, bytes: Bytes) -> bool {
    let message = match Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    };
    matches!(tokio::time::timeout(WRITE_PATIENCE, socket.send(message)).await, Ok(Ok(())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_a_foreign_origin_is_refused() {
        let headers = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "pbx.example:8080".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            headers
        };
        assert!(same_origin(&headers(None)));
        assert!(same_origin(&headers(Some("https://PBX.example:8080"))));
        for foreign in ["https://evil.example", "null", "https://pbx.example", "https://pbx.example:8080.evil.example"]
        {
            assert!(!same_origin(&headers(Some(foreign))), "{foreign}");
        }
        assert!(same_host(&headers(Some("https://PBX.example"))), "the portal has another port");
        assert!(same_host(&headers(None)));
        for foreign in ["https://evil.example", "null", "https://pbx.example.evil.example:8080"] {
            assert!(!same_host(&headers(Some(foreign))), "{foreign}");
        }
    }
}
