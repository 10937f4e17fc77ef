//! What the browser offers, where web-sys has no word for it.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A turn among all tabs of this browser; over when dropped. Without the Web Locks API (plain HTTP) everybody has one.
pub struct Turn(Option<Function>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            release.call0(&JsValue::NULL).ok();
        }
    }
}

/// Waits for the turn of that name.
pub async fn turn(name: &str) -> Turn {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).unwrap_or(JsValue::UNDEFINED);
    let Ok(request) = Reflect::get(&locks, &"request".into()).and_then(|request| request.dyn_into::<Function>()) else {
        return Turn(None);
    };
    let granted = Promise::new(&mut |tell, _| {
        // The lock is held until the promise that this callback gives is settled.
        let hold = Closure::once_into_js(move |_lock: JsValue| {
            Promise::new(&mut |release, _| {
                tell.call1(&JsValue::NULL, &release).ok();
            })
        });
        request.call2(&locks, &name.into(), &hold).ok();
    });
    Turn(JsFuture::from(granted).await.ok().and_then(|release| release.dyn_into().ok()))
}

/// Puts text on the clipboard; false where the browser forbids it.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let clipboard = Reflect::get(&navigator, &"clipboard".into()).unwrap_or(JsValue::UNDEFINED);
    if clipboard.is_undefined() {
        return copy_by_selection(text);
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok() || copy_by_selection(text)
}

/// The way that works on plain HTTP as well.
fn copy_by_selection(text: &str) -> bool {
    let copy = || -> Result<bool, JsValue> {
        let document = document();
        let area: web_sys::HtmlTextAreaElement = document.create_element("textarea")?.unchecked_into();
        area.set_value(text);
        // Inside an open dialog nothing else can be selected.
        let host = document.query_selector("dialog[open]")?.or_else(|| document.body().map(Into::into));
        let Some(host) = host else { return Ok(false) };
        host.append_child(&area)?;
        area.select();
        let command: Function = Reflect::get(&document, &"execCommand".into())?.dyn_into()?;
        let done = command.call1(&document, &"copy".into())?.as_bool();
        area.remove();
        Ok(done.unwrap_or(false))
    };
    copy().unwrap_or(false)
}

/// What this browser keeps under a key, if it lets us.
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Keeps a value under a key, or forgets it.
pub fn store(key: &str, value: Option<&str>) {
    if let Ok(Some(storage)) = window().local_storage() {
        match value {
            Some(value) => storage.set_item(key, value).ok(),
            None => storage.remove_item(key).ok(),
        };
    }
}

/// Calls `act` for every event of that name on the window, for as long as the current owner lives.
pub fn on_window(event: &'static str, act: impl Fn(web_sys::Event) + 'static) {
    let alive = Rc::new(Cell::new(true));
    let act = {
        let alive = Rc::clone(&alive);
        move |event: web_sys::Event| {
            if alive.get() {
                act(event);
            }
        }
    };
    let handle = leptos::prelude::window_event_listener_untyped(event, act);
    leptos::prelude::on_cleanup(move || handle.remove());
}
