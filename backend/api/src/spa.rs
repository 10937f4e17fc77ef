//! Serves the single-page app from the binary: hashed names for ever, the page itself never from a cache.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::Error;

/// What `make build` puts into `frontend/dist`: files with a hash in their names, `index.html`, and `.br` and `.gz`
/// beside each. A debug build reads the folder at run time.
#[derive(RustEmbed)]
#[folder = "../../frontend/dist"]
struct Dist;

const PAGE: &str = "index.html";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Stands in for a page that was not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Belfry</title>\
<h1>The portal is not built</h1><p>The server runs and its API answers at <a href=\"/api/docs\">/api/docs</a>. \
To build the portal: <code>make build</code>, or <code>cargo run -p spa</code>, then start the server again.</p></html>";

/// A file of the app, or the page for every address that the app's own router may know.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Error::MethodNotAllowed.into_response();
    }
    let name = uri.path().trim_start_matches('/');
    let is_copy = name.ends_with(".br") || name.ends_with(".gz");
    if let Some(file) = Dist::get(name).filter(|_| !is_copy && name != PAGE) {
        return respond(name, file, &headers);
    }
    if is_file_name(name) {
        return (StatusCode::NOT_FOUND, "There is no such file.").into_response();
    }
    match Dist::get(PAGE) {
        Some(page) => respond(PAGE, page, &headers),
        None => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
            (kind, NOT_BUILT).into_response()
        }
    }
}

/// Must it be a file? Then the page would be a wrong answer, which a browser would try to run.
fn is_file_name(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').is_some_and(|(_, kind)| content_type(kind).is_some())
}

fn respond(name: &str, plain: EmbeddedFile, headers: &HeaderMap) -> Response {
    let (file, encoding) = best(name, plain, headers);
    let etag = etag(&file, encoding);
    let cache = if is_hashed(name) { IMMUTABLE } else { "no-cache" };
    let seen = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    let unchanged = seen.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag);

    let mut response = match unchanged {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => {
            let kind = name.rsplit_once('.').and_then(|(_, kind)| content_type(kind));
            let kind = kind.unwrap_or("application/octet-stream");
            let body = match file.data {
                Cow::Borrowed(bytes) => Body::from(bytes),
                Cow::Owned(bytes) => Body::from(bytes),
            };
            ([(header::CONTENT_TYPE, kind)], body).into_response()
        }
    };
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CACHE_CONTROL, cache);
    set(header::ETAG, &etag);
    set(header::VARY, "accept-encoding");
    if let Some(encoding) = encoding.filter(|_| !unchanged) {
        set(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// The smallest copy that the browser can read.
fn best(name: &str, plain: EmbeddedFile, headers: &HeaderMap) -> (EmbeddedFile, Option<&'static str>) {
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts(headers, encoding)
            && let Some(copy) = Dist::get(&format!("{name}.{ending}"))
        {
            return (copy, Some(encoding));
        }
    }
    (plain, None)
}

/// Is the encoding named in `Accept-Encoding`, and not with `q=0`?
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused =
            parts.any(|part| part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0));
        named && !refused
    })
}

fn etag(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let hash: String = file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}{}\"", encoding.map(|encoding| format!("-{encoding}")).unwrap_or_default())
}

/// Does the name say what is in the file, as `app-0123456789abcdef.js` does?
fn is_hashed(name: &str) -> bool {
    let stem = name.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    stem.rsplit_once('-').is_some_and(|(_, hash)| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn content_type(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "br" | "gz" => "application/octet-stream",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    #[test]
    fn an_encoding_is_taken_when_it_is_named_and_not_refused() {
        assert!(accepts(&accepting("gzip, deflate, br"), "br"));
        assert!(accepts(&accepting("gzip;q=0.5"), "gzip"));
        assert!(!accepts(&accepting("br;q=0, gzip"), "br"));
        assert!(!accepts(&accepting("gzip"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(is_hashed("app-0123456789abcdef.js"));
        assert!(is_hashed("snippets/x-0123456789abcdef.js"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("app-latest.js"));
    }

    #[test]
    fn addresses_of_pages_are_not_file_names() {
        for page in ["", "tenants/acme.localhost", "link", "tenant/calls/call_5", "user.name/x"] {
            assert!(!is_file_name(page), "{page}");
        }
        for file in ["app-0.js", "a/b.css", "favicon.ico", "x.wasm.br"] {
            assert!(is_file_name(file), "{file}");
        }
    }
}
