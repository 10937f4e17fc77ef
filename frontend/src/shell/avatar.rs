//! The own account's menu.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::stop_acting;
use crate::place::Place;
use crate::session;
use crate::ui::icon::Glyph;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::theme;

#[component]
pub fn Avatar() -> impl IntoView {
    let who = session::who();
    let navigate = use_navigate();
    let stop = stop_acting();
    let name = move || who.get().map(|who| who.account.name).unwrap_or_default();
    let email = move || who.get().map(|who| who.account.email).unwrap_or_default();
    let acting = Memo::new(move |_| who.get().is_some_and(|who| who.acting));
    let face = view! { <span class="avatar">{move || initials(&name())}</span> }.into_any();
    let settings = Callback::new(move |()| navigate(&Place::Settings.path(), Default::default()));
    view! {
        <Menu label="Your account" class="ml-1 rounded-full" testid="account-menu" face>
            <div class="px-2.5 pb-2 pt-1.5">
                <p class="font-semibold" data-testid="account-name">{name}</p>
                <p class="text-sm text-faint">{email}</p>
            </div>
            <div class="menu-line"></div>
            {move || acting.get().then(|| view! {
                <MenuItem glyph=Glyph::ArrowsBoth label="Switch to administrator" testid="menu-stop-acting" press=stop />
            })}
            <MenuItem glyph=Glyph::Key label="Change password" testid="menu-password" press=settings />
            <MenuItem glyph=Glyph::Settings label="Settings" testid="menu-settings" press=settings />
            <MenuItem glyph=Glyph::Moon label="Light or dark" press=move |()| theme::toggle() />
            <div class="menu-line"></div>
            <MenuItem glyph=Glyph::Leave label="Sign out" testid="sign-out" press=move |()| spawn_local(session::sign_out()) />
        </Menu>
    }
}

/// The first letters of the first two words.
fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_at_most_two() {
        assert_eq!(initials("alice adams of acme"), "AA");
        assert_eq!(initials("Øle"), "Ø");
        assert_eq!(initials(""), "");
    }
}
