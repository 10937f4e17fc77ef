//! Choosing a file: its text goes into a field, or its bytes into an operation.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::problem::FieldProblem;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use super::field::element_id;
use super::form::Form;
use super::icon::{Glyph, Icon};
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

/// A file that was chosen, ready to be sent within JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// What it was called.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// What is in it, in Base64.
    pub base64: String,
}

/// Chooses a file whose bytes are sent; problems of the field `name` stand below it.
#[component]
pub fn BytesChoice(
    chosen: RwSignal<Option<Chosen>>,
    form: Form,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] hint: String,
    accept: &'static str,
    bytes_max: usize,
) -> impl IntoView {
    let id = element_id(name);
    let (below, described) = (format!("{id}-below"), format!("{id}-below"));
    let of = id.clone();
    let reading = RwSignal::new(false);
    let read = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file can be chosen again after it was mended.
        input.set_value("");
        form.touch(name);
        if file.size() > bytes_max as f64 {
            chosen.set(None);
            let reason = format!("The file is too large; at most {} MB are taken.", bytes_max >> 20);
            return form.mark(vec![FieldProblem::new(name, reason)]);
        }
        reading.set(true);
        spawn_local(async move {
            let base64 = base64_of(&file).await;
            reading.try_set(false);
            match base64 {
                Some(base64) => {
                    let bytes = file.size() as u64;
                    chosen.try_set(Some(Chosen { name: file.name(), bytes, base64 }));
                }
                None => form.mark(vec![FieldProblem::new(name, "The browser could not read this file.")]),
            }
        });
    };
    let said = move || match chosen.with(|chosen| chosen.as_ref().map(|file| (file.name.clone(), file.bytes))) {
        _ if reading.get() => "Reading…".to_owned(),
        Some((name, bytes)) => format!("{name}, {}", size(bytes)),
        None => "No file is chosen.".to_owned(),
    };
    let problem = Memo::new(move |_| form.problem(name));
    let wrong = move || problem.get().is_some().then_some("true");
    view! {
        <div class="field">
            <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
                <label for=of class="button button-secondary focus-within:outline-2 focus-within:outline-accent">
                    <Icon glyph=Glyph::Upload />
                    {label}
                    <input id=id type="file" accept=accept class="sr-only" data-testid=format!("field-{name}")
                        aria-describedby=described aria-invalid=wrong on:change=read />
                </label>
                <span class="min-w-0 text-sm text-soft wrap-anywhere figures" role="status" data-testid=format!("{name}-chosen")>{said}</span>
            </div>
            <div id=below>
                {move || match problem.get() {
                    Some(problem) => view! {
                        <p class="problem" role="alert"><Icon glyph=Glyph::Alert /><span>{problem}</span></p>
                    }.into_any(),
                    None => view! { <p class="hint">{hint.clone()}</p> }.into_any(),
                }}
            </div>
        </div>
    }
}

/// How much of a file has gone, while it goes.
#[component]
pub fn Progress(#[prop(into)] busy: Signal<bool>, #[prop(into)] share: Signal<f64>) -> impl IntoView {
    let percent = Memo::new(move |_| (share.get().clamp(0.0, 1.0) * 100.0).round() as u32);
    let word = move || match percent.get() {
        100 => "The server looks at it…".to_owned(),
        percent => format!("Sending… {percent} %"),
    };
    move || {
        busy.get().then(|| {
            view! {
                <div data-testid="progress" role="progressbar" aria-label="Sending" aria-valuemin="0" aria-valuemax="100"
                    aria-valuenow=move || percent.get().to_string()>
                    <p class="hint figures">{word}</p>
                    <span class="meter block"><i style:width=move || format!("{}%", percent.get())></i></span>
                </div>
            }
        })
    }
}

/// Bytes in the unit that says something.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        bytes => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// What is in a file, by the browser's own reader, which gives it as `data:…;base64,…`.
pub async fn base64_of(file: &web_sys::Blob) -> Option<String> {
    let reader = web_sys::FileReader::new().ok()?;
    let ended = js_sys::Promise::new(&mut |over, _| reader.set_onloadend(Some(&over)));
    reader.read_as_data_url(file).ok()?;
    JsFuture::from(ended).await.ok()?;
    let address = reader.result().ok()?.as_string()?;
    Some(address.split_once(',').map(|(_, base64)| base64.to_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_in_the_unit_that_says_something() {
        assert_eq!([size(0), size(1), size(48_200)], ["0 kB", "1 kB", "49 kB"]);
        assert_eq!([size(1_000_000), size(20_971_520)], ["1.0 MB", "20.9 MB"]);
    }
}
