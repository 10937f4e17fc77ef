//! SIP over WebSocket at `/sip`, same origin as the portals (RFC 7118).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use sip::{Flow, Transport};
use tokio::sync::Semaphore;

use super::{SILENCE_MAX, StreamDoor};
use crate::signalling::{Door, Post};

/// Browsers at a time; one more is answered 503.
const CONNECTIONS_MAX: usize = 20_000;
/// The largest SIP message over WebSocket.
const MESSAGE_BYTES_MAX: usize = 65_536;
/// How long a browser may take to read one message.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Shared {
    pump: Door,
    room: Arc<Semaphore>,
}

/// The route `/sip`.
pub fn router(pump: Door) -> Router {
    let shared = Shared { pump, room: Arc::new(Semaphore::new(CONNECTIONS_MAX)) };
    Router::new().route("/sip", get(upgrade)).with_state(shared)
}

async fn upgrade(
    State(shared): State<Shared>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    request: WebSocketUpgrade,
) -> Response {
    if !same_origin(&headers) {
        return (StatusCode::FORBIDDEN, "SIP over WebSocket is for pages of this server.\n").into_response();
    }
    let Ok(permit) = shared.room.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")]).into_response();
    };
    let request = request.protocols(["sip"]).max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    if request.selected_protocol().is_none() {
        return (StatusCode::BAD_REQUEST, "The WebSocket subprotocol must be sip (RFC 7118).\n").into_response();
    }
    request.on_upgrade(move |socket| async move {
        let _permit = permit;
        carry(socket, remote, shared.pump).await;
    })
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

async fn carry(mut socket: WebSocket, remote: SocketAddr, pump: Door) {
    let flow = Flow { transport: Transport::Ws, connection: pump.connection(), remote };
    let (door, mut queue) = StreamDoor::new();
    pump.post(Post::Opened(flow, door));
    loop {
        tokio::select! {
            received = tokio::time::timeout(SILENCE_MAX, socket.recv()) => {
                let Ok(Some(Ok(message))) = received else { break };
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
    }
}
