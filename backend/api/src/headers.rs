//! What every answer carries and waits for, and what no request may be.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::App;
use crate::error::Error;
use crate::request::ADDRESS_BYTES_MAX;

/// A saved change is live within this time.
const LIVE_WAIT_MAX: Duration = Duration::from_secs(1);

/// Headers that are the same on every answer.
const FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("permissions-policy"), "microphone=(self), camera=(), geolocation=(), display-capture=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Wraps everything: refuses endless addresses, adds the headers.
pub(crate) async fn protect(State(app): State<App>, request: Request, next: Next) -> Response {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    let is_api = request.uri().path().starts_with("/api");
    let policy = content_policy(host(request.headers()));
    let strict = app.config.strict_transport && is_https(&app, request.headers());
    let mut response =
        if address > ADDRESS_BYTES_MAX { Error::AddressTooLong.into_response() } else { next.run(request).await };

    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if strict {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// An answer to a change comes when the change is live: the next call goes by it. Where the switch is busy for longer,
/// the answer does not wait, as what it says is kept already.
pub(crate) async fn until_live(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = request.method().is_safe();
    let response = next.run(request).await;
    if !reads && response.status().is_success() && timeout(LIVE_WAIT_MAX, app.store.until_live()).await.is_err() {
        tracing::warn!(seconds = LIVE_WAIT_MAX.as_secs(), "a change is kept, but the switch has not taken it over yet");
    }
    response
}

/// Set by the process, and by nobody else, on requests that came over its own TLS.
pub const TLS_HEADER: &str = "x-belfry-tls";

/// Did the browser come over TLS, the process's own or that of whoever stands before it?
pub(crate) fn is_https(app: &App, headers: &HeaderMap) -> bool {
    came_over_tls(app, headers) || app.config.public_url.starts_with("https://")
}

/// The same, as far as this request itself shows it.
pub(crate) fn came_over_tls(app: &App, headers: &HeaderMap) -> bool {
    let by_proxy = app.config.trusted_proxy
        && headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"));
    by_proxy || headers.contains_key(TLS_HEADER)
}

/// WebSockets of the own host are named, because not every browser takes `'self'` for them.
fn content_policy(host: Option<&str>) -> String {
    let sockets = host.map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default();
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; connect-src 'self'{sockets}; \
         media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The host that was asked for, where it is one: nothing else gets into the policy, or into what a phone is told.
pub(crate) fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let clean = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    (clean && host.len() <= 300).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_host_only_where_it_is_one() {
        let of = |value: &'static str| HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(value))]);
        assert_eq!(host(&of("pbx.example:8080")), Some("pbx.example:8080"));
        assert_eq!(host(&of("evil; script-src *")), None);
        assert!(content_policy(Some("a:1")).contains("connect-src 'self' ws://a:1 wss://a:1;"));
        assert!(content_policy(None).contains("frame-ancestors 'none'"));
    }
}
