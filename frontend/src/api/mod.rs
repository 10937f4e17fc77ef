//! The one door to the server: the same operations that its router serves.

mod upload;

pub use upload::upload;

use std::cell::RefCell;

use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, Shared};
use gloo_net::http::{Method as HttpMethod, RequestBuilder, Response};
use serde_json::Value;
use shared::account::RefreshSession;
use shared::operation::{File, address};
use shared::problem::Problem;
use shared::role::Access;
use shared::{Method, Operation};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::session;

/// The content type of files for spreadsheets.
const CSV: &str = "text/csv;charset=utf-8";

/// Asks the server; a session that ran out is renewed once on the way.
pub async fn call<O: Operation>(operation: O) -> Result<O::Output, Problem> {
    read(&text(Ask::of(&operation)).await?)
}

/// Asks for a file and lets the browser save it.
pub async fn save<O: Operation<Output = File>>(operation: O) -> Result<(), Problem> {
    let response = send(Ask::of(&operation)).await?;
    let name = response.headers().get("content-disposition").and_then(|header| file_name(&header));
    let bytes = response.binary().await.map_err(|_| unreachable())?;
    let kind = response.headers().get("content-type").unwrap_or_else(|| CSV.to_owned());
    save_bytes(&name.unwrap_or_else(|| "belfry.csv".to_owned()), &bytes, &kind);
    Ok(())
}

/// Asks for a file that the page itself plays or shows, under an address of this tab; whoever gets it gives it up by
/// [`forget`].
pub async fn open<O: Operation<Output = File>>(operation: O) -> Result<String, Problem> {
    let response = send(Ask::of(&operation)).await?;
    let kind = response.headers().get("content-type").unwrap_or_default();
    let bytes = response.binary().await.map_err(|_| unreachable())?;
    blob(&bytes, &kind).map(|(_, address)| address).map_err(|_| unreadable("the browser refused it"))
}

/// Gives up an address that [`open`] has given.
pub fn forget(address: &str) {
    web_sys::Url::revoke_object_url(address).ok();
}

/// Bytes as the browser keeps them, and their address in this tab; whoever gets it gives it up by [`forget`].
pub fn blob(bytes: &[u8], content_type: &str) -> Result<(web_sys::Blob, String), JsValue> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type(content_type);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &kind)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    Ok((blob, address))
}

/// Lets the browser save text that is already here.
pub fn save_file(file: &File) {
    save_bytes(&file.name, file.text.as_bytes(), CSV);
}

/// Renews the session with the refresh cookie; those who ask at the same time get the same answer.
pub async fn refresh() -> Result<(), Problem> {
    let flight = FLIGHT.with_borrow_mut(|flight| match flight {
        Some(running) => running.clone(),
        None => {
            let started = renew().boxed_local().shared();
            *flight = Some(started.clone());
            started
        }
    });
    let result = flight.await;
    FLIGHT.with_borrow_mut(|flight| {
        if flight.as_ref().is_some_and(|flight| flight.peek().is_some()) {
            *flight = None;
        }
    });
    result
}

type Flight = Shared<LocalBoxFuture<'static, Result<(), Problem>>>;

thread_local! {
    static FLIGHT: RefCell<Option<Flight>> = const { RefCell::new(None) };
}

async fn renew() -> Result<(), Problem> {
    // A refresh cookie works once: two tabs that send the same one would end the session.
    let _turn = crate::browser::turn("belfry.refresh").await;
    let answer = async {
        let response = fetch(&Ask::of(&RefreshSession::default()), None).await?;
        read(&response.text().await.map_err(|_| unreachable())?)
    };
    match answer.await {
        Ok(fresh) => {
            session::set(fresh);
            Ok(())
        }
        Err(problem) => {
            if (400..500).contains(&problem.status) && problem.status != 429 {
                session::clear();
            }
            Err(problem)
        }
    }
}

/// An operation, ready for the wire.
struct Ask {
    method: Method,
    address: String,
    body: Option<String>,
    public: bool,
}

impl Ask {
    fn of<O: Operation>(operation: &O) -> Self {
        Self::new(O::METHOD, O::PATH, serde_json::to_value(operation).unwrap_or_default(), O::ACCESS == Access::Public)
    }

    #[inline(never)]
    fn new(method: Method, path: &str, fields: Value, public: bool) -> Self {
        Self { method, address: address(method, path, fields.clone()), body: body(method, path, fields), public }
    }
}

/// The fields that do not travel in the address; a `GET` has no body.
fn body(method: Method, path: &str, fields: Value) -> Option<String> {
    let Value::Object(mut fields) = fields else { return None };
    if method == Method::Get {
        return None;
    }
    fields.retain(|name, _| !path.contains(&format!("{{{name}}}")));
    Some(Value::Object(fields).to_string())
}

/// What every operation does alike; boxed, so that the program holds it once and not once an operation.
fn text(ask: Ask) -> LocalBoxFuture<'static, Result<String, Problem>> {
    async move { send(ask).await?.text().await.map_err(|_| unreachable()) }.boxed_local()
}

async fn send(ask: Ask) -> Result<Response, Problem> {
    let token = session::token();
    match fetch(&ask, token.as_deref()).await {
        Err(problem) if problem.status == 401 && !ask.public => {
            // Somebody else may have renewed it while this was under way.
            if session::token() == token {
                refresh().await?;
            }
            fetch(&ask, session::token().as_deref()).await
        }
        answer => answer,
    }
}

async fn fetch(ask: &Ask, token: Option<&str>) -> Result<Response, Problem> {
    let mut request = RequestBuilder::new(&ask.address).method(match ask.method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Delete => HttpMethod::DELETE,
    });
    if let Some(token) = token {
        request = request.header("authorization", &format!("Bearer {token}"));
    }
    let request = match &ask.body {
        Some(body) => request.header("content-type", "application/json").body(body.as_str()),
        None => request.build(),
    };
    let response = request.map_err(|_| unreachable())?.send().await.map_err(|_| unreachable())?;
    if response.ok() {
        return Ok(response);
    }
    Err(refused(response.status(), &response.text().await.unwrap_or_default()))
}

/// What a refusal says of itself.
fn refused(status: u16, text: &str) -> Problem {
    serde_json::from_str(text).unwrap_or_else(|_| unexplained(status))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let text = if text.is_empty() { "null" } else { text };
    serde_json::from_str(text).map_err(|error| unreadable(&error.to_string()))
}

fn unreadable(reason: &str) -> Problem {
    Problem {
        status: 0,
        code: "unreadable".to_owned(),
        title: format!("The server's answer could not be read ({reason}). Reload the page."),
        fields: Vec::new(),
    }
}

fn unreachable() -> Problem {
    Problem {
        status: 0,
        code: "unreachable".to_owned(),
        title: "The server cannot be reached. Check the connection and try again.".to_owned(),
        fields: Vec::new(),
    }
}

fn unexplained(status: u16) -> Problem {
    let title = match status {
        401 => "You are not signed in.".to_owned(),
        403 => "This is not allowed for your account.".to_owned(),
        404 => "This does not exist.".to_owned(),
        413 => "This is larger than the server takes.".to_owned(),
        429 => "Too many requests; wait a moment and try again.".to_owned(),
        _ => format!("The server answered with status {status}. Try again in a moment."),
    };
    Problem { status, code: "unexplained".to_owned(), title, fields: Vec::new() }
}

/// The name in `attachment; filename="calls.csv"`.
fn file_name(header: &str) -> Option<String> {
    let (_, rest) = header.split_once("filename=")?;
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(';').next()?.trim(),
    };
    (!name.is_empty()).then(|| name.to_owned())
}

fn save_bytes(name: &str, bytes: &[u8], content_type: &str) {
    let save = || -> Result<(), JsValue> {
        let (_, url) = blob(bytes, content_type)?;
        let anchor: web_sys::HtmlAnchorElement = leptos::prelude::document().create_element("a")?.unchecked_into();
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
        web_sys::Url::revoke_object_url(&url)
    };
    if save().is_err() {
        crate::ui::toast::bad("The browser refused to save the file.");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_in_the_address_is_left_out_of_the_body() {
        let fields = json!({"tenant_id": "ten_1", "confirm_name": "Acme"});
        let text = body(Method::Delete, "/api/admin/tenants/{tenant_id}", fields.clone());
        assert_eq!(text.as_deref(), Some(r#"{"confirm_name":"Acme"}"#));
        assert_eq!(body(Method::Get, "/api/admin/tenants", fields), None);
        assert_eq!(body(Method::Post, "/api/session/refresh", json!({})).as_deref(), Some("{}"));
    }

    #[test]
    fn the_name_of_a_file_is_read_with_and_without_quotes() {
        assert_eq!(file_name("attachment; filename=\"calls.csv\"").as_deref(), Some("calls.csv"));
        assert_eq!(file_name("attachment; filename=calls.csv; x=y").as_deref(), Some("calls.csv"));
        assert_eq!(file_name("attachment"), None);
        assert_eq!(file_name("attachment; filename=\"\""), None);
    }

    #[test]
    fn an_empty_answer_is_nothing() {
        assert_eq!(read::<()>(""), Ok(()));
        assert_eq!(read::<u8>("7"), Ok(7));
        assert_eq!(read::<u8>("x").unwrap_err().code, "unreadable");
    }
}
