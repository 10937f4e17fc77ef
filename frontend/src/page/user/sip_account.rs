//! One's own SIP account, and a new secret for it where the company allows that (PRO-03).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::extension::{GetOwnSipAccount, OwnSipAccount, ResetOwnSipSecret, SipAccount};

use crate::api;
use crate::page::tenant::extension::account_rows;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::copy::Values;
use crate::ui::dialog::{Confirm, Dialog};
use crate::ui::fetch::Fetch;
use crate::ui::toast;

/// What a phone of one's own is told.
#[component]
pub fn OwnSip() -> impl IntoView {
    let account = Fetch::new(|| GetOwnSipAccount {});
    let (asking, showing, busy) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let fresh = RwSignal::new(None::<SipAccount>);
    let reset = move |()| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(ResetOwnSipSecret {}).await;
            busy.try_set(false);
            match answer {
                Ok(account) => {
                    asking.set(false);
                    fresh.set(Some(account));
                    showing.set(true);
                }
                Err(problem) => toast::refused(problem),
            }
        });
    };
    view! {
        <Card title="Telephones" testid="own-sip">
            {account.failure()}
            {move || match account.get() {
                None => account.skeleton("grid", "h-20"),
                Some(OwnSipAccount { user, domain, may_reset }) => view! {
                    <div class="grid gap-4">
                        <Values rows=vec![("User", user), ("Domain", domain)] />
                        {match may_reset {
                            true => view! {
                                <div><Button label="Make a new SIP secret" look=Look::Secondary testid="reset-own-secret" press=move |()| asking.set(true) /></div>
                            }.into_any(),
                            false => view! { <p class="hint">"Your administrator has the secret that a telephone needs beside them."</p> }.into_any(),
                        }}
                    </div>
                }.into_any(),
            }}
        </Card>
        <Confirm open=asking title="Make a new SIP secret?" action="Make new secret" busy
            text="Desk phones with the old secret are refused from then on and must be given the new one; those that are configured from here fetch it by themselves. Browser phones are not touched."
            confirm=reset />
        <Dialog open=showing title="SIP account">
            {move || fresh.get().map(account_rows)}
            <div class="dialog-foot">
                <Button label="Done" look=Look::Primary testid="done" press=move |()| showing.set(false) />
            </div>
        </Dialog>
    }
}
