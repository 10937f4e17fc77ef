//! Operations that carry a file: how much of it has gone is told while it goes, which `fetch` cannot.

use js_sys::Promise;
use shared::problem::Problem;
use shared::{Method, Operation};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ProgressEvent, XmlHttpRequest};

use super::{Ask, read, refresh, refused, unreachable};
use crate::session;

/// Asks the server as [`super::call`] does; `progress` hears which share of the question has gone, from 0 to 1.
pub async fn upload<O: Operation>(
    operation: O,
    progress: impl Fn(f64) + Clone + 'static,
) -> Result<O::Output, Problem> {
    let ask = Ask::of(&operation);
    drop(operation);
    let token = session::token();
    let answer = match send(&ask, token.as_deref(), progress.clone()).await {
        Err(problem) if problem.status == 401 => {
            if session::token() == token {
                refresh().await?;
            }
            send(&ask, session::token().as_deref(), progress).await
        }
        answer => answer,
    };
    read(&answer?)
}

async fn send(ask: &Ask, token: Option<&str>, progress: impl Fn(f64) + 'static) -> Result<String, Problem> {
    let request = XmlHttpRequest::new().map_err(|_| unreachable())?;
    let method = if ask.method == Method::Put { "PUT" } else { "POST" };
    request.open(method, &ask.address).map_err(|_| unreachable())?;
    request.set_request_header("content-type", "application/json").map_err(|_| unreachable())?;
    if let Some(token) = token {
        request.set_request_header("authorization", &format!("Bearer {token}")).map_err(|_| unreachable())?;
    }
    let moved = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.length_computable() && event.total() > 0.0 {
            progress(event.loaded() / event.total());
        }
    });
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(moved.as_ref().unchecked_ref()));
    }
    let ended = Promise::new(&mut |over, _| request.set_onloadend(Some(&over)));
    request.send_with_opt_str(ask.body.as_deref()).map_err(|_| unreachable())?;
    // Whether it went well or not, it has ended.
    JsFuture::from(ended).await.ok();
    let status = request.status().unwrap_or(0);
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match status {
        0 => Err(unreachable()),
        200..=299 => Ok(text),
        status => Err(refused(status, &text)),
    }
}
