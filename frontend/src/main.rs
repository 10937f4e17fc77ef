//! The portals of the provider, of a tenant's administrator and of a user, and the softphone.
//!
//! Map: `app` is every page on one screen; `place` the addresses; `api`, `session`, `live` the lines to the server;
//! `ui` the pieces that know nothing of telephony; `page` one folder a portal, one file a noun; `shell` what stands
//! round every page.
//!
//! **Invariant:** the access token stays in memory. **Invariant:** what is asked of the server is an operation of
//! `shared`; no address is spelled here.

mod api;
mod app;
mod browser;
mod live;
mod page;
mod place;
mod session;
mod shell;
mod softphone;
mod time;
mod ui;
mod word;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
