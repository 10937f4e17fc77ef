//! The link of a phone (PH-04), and the password of its own pages (PH-11).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::phone::{Phone, PhoneLink, PhonePassword, RenewPhoneLink, RevealPhoneLink, RevealPhonePassword};

use super::guide::GuideView;
use crate::ui::button::{Button, Look};
use crate::ui::copy::Values;
use crate::ui::dialog::Dialog;
use crate::ui::fetch::Fetch;
use crate::ui::notice::{Kind, Notice};
use crate::{api, ui::toast};

/// The link of the chosen phone, and what to do with it.
#[component]
pub fn LinkDialog(
    open: RwSignal<bool>,
    phone: Signal<Option<Phone>>,
    #[prop(into)] title: Signal<String>,
) -> impl IntoView {
    view! {
        <Dialog open title wide=true>
            {move || phone.get().map(|phone| {
                let vendor = phone.settings.vendor;
                view! {
                    <div class="grid gap-4">
                        <LinkView phone />
                        <GuideView vendor />
                    </div>
                    <div class="dialog-foot">
                        <Button label="Done" look=Look::Primary testid="done" press=move |()| open.set(false) />
                    </div>
                }
            })}
        </Dialog>
    }
}

/// The link with its copy buttons, and a way to make another.
#[component]
pub fn LinkView(phone: Phone) -> impl IntoView {
    let phone_id = phone.id;
    let link = Fetch::new(move || RevealPhoneLink { phone_id });
    let (asking, busy) = (RwSignal::new(false), RwSignal::new(false));
    let renew = move |()| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(RenewPhoneLink { phone_id }).await;
            busy.try_set(false);
            match answer {
                Ok(fresh) => {
                    link.set(fresh);
                    asking.try_set(false);
                    toast::good("The link is new. Enter it in the phone: the old one leads nowhere.");
                }
                Err(problem) => toast::refused(problem),
            }
        });
    };
    let question = move || {
        match asking.get() {
        false => view! {
            <div><Button label="New link" small=true testid="renew-link" press=move |()| asking.set(true) /></div>
        }
        .into_any(),
        true => view! {
            <Notice kind=Kind::Warn text="The old link leads nowhere from then on: the phone keeps what it was given and gets nothing new until the new link is entered in it." />
            <div class="flex flex-wrap gap-2">
                <Button label="Make a new link" look=Look::Danger small=true busy testid="renew-link-confirm" press=renew />
                <Button label="Keep it" small=true press=move |()| asking.set(false) />
            </div>
        }
        .into_any(),
    }
    };
    view! {
        {link.failure()}
        {move || match link.get() {
            None => link.skeleton("p-1", "h-16"),
            Some(PhoneLink { folder, file }) => view! {
                <div class="grid gap-2">
                    <Values rows=vec![("Folder", folder), ("File", file)] />
                    <p class="hint">"Most phones take the folder and find their file in it. Whoever has the link has the SIP secret: do not hand it on."</p>
                </div>
            }
            .into_any(),
        }}
        <div class="grid gap-2">{question}</div>
    }
}

/// Shows the password of the phone's own pages, once it has said that this is logged.
#[component]
pub fn PasswordDialog(
    open: RwSignal<bool>,
    phone: Signal<Option<Phone>>,
    #[prop(into)] title: Signal<String>,
) -> impl IntoView {
    view! {
        <Dialog open title>
            {move || phone.get().map(|phone| view! { <Password phone /> })}
            <div class="dialog-foot">
                <Button label="Done" testid="done" press=move |()| open.set(false) />
            </div>
        </Dialog>
    }
}

#[component]
fn Password(phone: Phone) -> impl IntoView {
    let phone_id = phone.id;
    let (shown, busy) = (RwSignal::new(None::<PhonePassword>), RwSignal::new(false));
    let reveal = move |()| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(RevealPhonePassword { phone_id }).await;
            busy.try_set(false);
            match answer {
                Ok(password) => {
                    shown.try_set(Some(password));
                }
                Err(problem) => toast::refused(problem),
            }
        });
    };
    view! {
        <div class="grid gap-4">
            <Notice kind=Kind::Plain text="With it the phone's own pages are opened. The activity log keeps that you have seen it." />
            <div role="status">
                {move || match shown.get() {
                    None => view! { <Button label="Show the password" look=Look::Primary busy testid="show-password" press=reveal /> }.into_any(),
                    Some(PhonePassword { user, password }) => {
                        view! { <Values rows=vec![("User", user), ("Password", password)] /> }.into_any()
                    }
                }}
            </div>
        </div>
    }
}
