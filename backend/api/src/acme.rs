//! What a certificate authority is answered when it looks whether a name is this server's (RFC 8555, 8.3), and plain HTTP's
//! way to HTTPS.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::error::Result;
use crate::{App, provisioning};

/// Where authorities ask.
pub(crate) const PATH: &str = "/.well-known/acme-challenge/{token}";
/// The longest token that is looked for.
const TOKEN_BYTES_MAX: usize = 256;

/// The answer for a token.
pub(crate) async fn answer(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let answer = match token.len() <= TOKEN_BYTES_MAX && !token.contains('\0') {
        true => app.store.challenge(app.now(), &token).await?,
        false => None,
    };
    Ok(match answer {
        Some(answer) => ([(header::CONTENT_TYPE, "application/octet-stream")], answer).into_response(),
        None => (StatusCode::NOT_FOUND, "Nobody is asked for this here.\n").into_response(),
    })
}

/// A listener that serves nothing else: authorities are answered, phones that know no TLS given what they may have without, browsers led
/// to the portal.
pub(crate) fn redirects(app: App) -> Router {
    Router::new().route(PATH, get(answer)).merge(provisioning::routes()).fallback(onward).with_state(app)
}

async fn onward(State(app): State<App>, uri: Uri) -> Redirect {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Redirect::temporary(&format!("{}{path}", app.config.public_url.trim_end_matches('/')))
}
