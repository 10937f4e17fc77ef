//! Choosing a file whose text goes into a field.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use super::form::Form;
use super::toast;

/// Reads a file into the text.
#[component]
pub fn FileChoice(
    value: RwSignal<String>,
    form: Form,
    #[prop(into)] label: String,
    accept: &'static str,
    bytes_max: f64,
    testid: &'static str,
) -> impl IntoView {
    let read = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file can be chosen again after it was mended.
        input.set_value("");
        if file.size() > bytes_max {
            return toast::bad(format!("The file is too large; at most {} kilobytes are read.", bytes_max / 1_000.0));
        }
        spawn_local(async move {
            let blob: &web_sys::Blob = file.unchecked_ref();
            let text = js_sys::Reflect::get(blob, &"text".into())
                .and_then(|text| text.dyn_into::<js_sys::Function>())
                .and_then(|text| text.call0(blob));
            let Ok(promise) = text.map(js_sys::Promise::from) else { return };
            if let Some(text) = JsFuture::from(promise).await.ok().and_then(|text| text.as_string()) {
                form.clear();
                value.set(text);
            }
        });
    };
    view! {
        <div>
            <label class="button button-secondary focus-within:outline-2 focus-within:outline-accent">
                {label}
                <input type="file" accept=accept class="sr-only" data-testid=testid on:change=read />
            </label>
        </div>
    }
}
