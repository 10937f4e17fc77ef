//! A menu that hangs on a button. The browser's popover closes it on Escape and on a click elsewhere.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, KeyboardEvent};

use super::field::element_id;
use super::icon::{Glyph, Icon};

/// A button, what is in it, and the menu.
#[component]
pub fn Menu(
    #[prop(into)] label: String,
    #[prop(default = "button-icon")] class: &'static str,
    #[prop(optional, into)] testid: Option<&'static str>,
    face: AnyView,
    children: Children,
) -> impl IntoView {
    let id = element_id("menu");
    let button = NodeRef::<html::Button>::new();
    let menu = NodeRef::<html::Div>::new();
    view! {
        <button
            node_ref=button
            type="button"
            class=class
            data-testid=testid
            popovertarget=id.clone()
            aria-haspopup="menu"
            aria-label=label.clone()
            title=label.clone()
        >
            {face}
        </button>
        <div
            node_ref=menu
            id=id
            class="menu"
            popover="auto"
            role="menu"
            aria-label=label
            on:click=move |_| hide(menu)
            on:keydown=move |event| walk(menu, &event)
            on:beforetoggle=move |_: web_sys::Event| place(button, menu)
            on:toggle=move |_| focus(menu, 0)
        >
            {children()}
        </div>
    }
}

/// One choice of a menu.
#[component]
pub fn MenuItem(
    glyph: Glyph,
    #[prop(into)] label: String,
    #[prop(optional)] bad: bool,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(into)] press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            role="menuitem"
            tabindex="-1"
            class="menu-item"
            class:menu-item-bad=bad
            data-testid=testid
            on:click=move |_| press.run(())
        >
            <Icon glyph />
            {label}
        </button>
    }
}

/// A choice that opens an address in a tab of its own.
#[component]
pub fn MenuLink(
    glyph: Glyph,
    #[prop(into)] label: String,
    #[prop(into)] href: String,
    #[prop(optional, into)] testid: Option<&'static str>,
) -> impl IntoView {
    view! {
        <a role="menuitem" tabindex="-1" class="menu-item" data-testid=testid href=href target="_blank" rel="noopener noreferrer">
            <Icon glyph />
            {label}
        </a>
    }
}

/// Below the button, its right edges in line; above it near the end of the window.
fn place(button: NodeRef<html::Button>, menu: NodeRef<html::Div>) {
    let (Some(button), Some(menu)) = (button.get_untracked(), menu.get_untracked()) else { return };
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let at = button.get_bounding_client_rect();
    let side = if at.left() < width / 3.0 {
        format!("left:{}px", at.left())
    } else {
        format!("right:{}px", (width - at.right()).max(8.0))
    };
    let edge = if at.bottom() < height * 0.66 {
        format!("top:{}px", at.bottom() + 4.0)
    } else {
        format!("bottom:{}px", height - at.top() + 4.0)
    };
    // Not by the attribute: the content security policy takes inline style for what it is.
    let menu: &HtmlElement = &menu;
    menu.style().set_css_text(&format!("{side};{edge}"));
}

fn items(menu: NodeRef<html::Div>) -> Vec<HtmlElement> {
    let Some(found) = menu.get_untracked().and_then(|menu| menu.query_selector_all("[role=menuitem]").ok()) else {
        return Vec::new();
    };
    (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).collect()
}

fn focus(menu: NodeRef<html::Div>, index: usize) {
    let open = menu.get_untracked().is_some_and(|menu| menu.matches(":popover-open").unwrap_or(false));
    if let Some(item) = items(menu).get(index).filter(|_| open) {
        item.focus().ok();
    }
}

fn walk(menu: NodeRef<html::Div>, event: &KeyboardEvent) {
    let items = items(menu);
    let active = document().active_element();
    let here = items.iter().position(|item| active.as_ref().is_some_and(|active| active.is_same_node(Some(item))));
    let (here, count) = (here.unwrap_or(0), items.len().max(1));
    let next = match event.key().as_str() {
        "ArrowDown" => (here + 1) % count,
        "ArrowUp" => (here + count - 1) % count,
        "Home" => 0,
        "End" => count - 1,
        _ => return,
    };
    event.prevent_default();
    focus(menu, next);
}

fn hide(menu: NodeRef<html::Div>) {
    let Some(menu) = menu.get_untracked() else { return };
    let hide = js_sys::Reflect::get(&menu, &"hidePopover".into());
    if let Ok(hide) = hide.and_then(|hide| hide.dyn_into::<js_sys::Function>()) {
        hide.call0(&menu).ok();
    }
}
