//! The browser's own dialog: it traps the focus, closes on Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;

use super::button::{Button, IconButton, Look};
use super::form::Form;
use super::icon::Glyph;

/// A dialog that is there while `open` is true; its content is made anew each time.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    drive(node, open);
    let children = StoredValue::new(children);
    view! {
        <dialog
            node_ref=node
            class="dialog"
            class:dialog-wide=wide
            aria-label=move || title.get()
            on:close=move |_| open.set(false)
        >
            {move || {
                open.get()
                    .then(|| {
                        view! {
                            <div class="dialog-head">
                                <h2>{move || title.get()}</h2>
                                <IconButton glyph=Glyph::Close label="Close" testid="dialog-close" press=move |()| open.set(false) />
                            </div>
                            <div class="dialog-body">{children.with_value(|children| children())}</div>
                        }
                    })
            }}
        </dialog>
    }
}

/// Opens and closes the element as the signal says; a click on what lies behind closes it.
pub fn drive(node: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                dialog.show_modal().ok();
                if let Ok(Some(first)) = dialog.query_selector("[data-autofocus]") {
                    use wasm_bindgen::JsCast as _;
                    first.unchecked_into::<web_sys::HtmlElement>().focus().ok();
                }
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
}

/// The foot of a form in a dialog.
#[component]
pub fn FormFoot(
    open: RwSignal<bool>,
    form: Form,
    #[prop(default = Signal::stored("Save".to_owned()), into)] label: Signal<String>,
    #[prop(default = Look::Primary)] look: Look,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(default = "submit")] testid: &'static str,
) -> impl IntoView {
    view! {
        <div class="dialog-foot mt-1!">
            <Button label="Cancel" press=move |()| open.set(false) />
            <Button label look submit=true busy=form.busy disabled testid />
        </div>
    }
}

/// A question whose answer does something that cannot be taken back.
#[component]
pub fn Confirm(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] text: Signal<String>,
    #[prop(into)] action: Signal<String>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(into)] confirm: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog open title>
            <p class="text-soft">{move || text.get()}</p>
            <div class="dialog-foot">
                <Button label="Cancel" press=move |()| open.set(false) />
                <Button label=action look=Look::Danger busy testid="confirm" press=confirm />
            </div>
        </Dialog>
    }
}
