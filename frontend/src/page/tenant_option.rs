//! The switches of a tenant, for the provider and for the tenant itself (T-02, PRO-03).

use leptos::prelude::*;
use shared::tenant::TenantOptions;

use crate::ui::field::Switch;

/// Each is saved as soon as it is turned.
#[component]
pub fn OptionSwitches(options: TenantOptions, save: Callback<TenantOptions>) -> impl IntoView {
    view! {
        <div class="grid gap-4">
            <Switch name="bill_outbound" label="Calls outside need a balance"
                hint="On: an extension whose balance is used up calls emergency numbers only."
                on=move || options.bill_outbound
                change=move |on| save.run(TenantOptions { bill_outbound: on, ..options }) />
            <Switch name="concurrent_sign_ins" label="Several sign-ins at once"
                hint="Off: a new sign-in ends the account's older sessions."
                on=move || options.concurrent_sign_ins
                change=move |on| save.run(TenantOptions { concurrent_sign_ins: on, ..options }) />
            <Switch name="change_own_secret" label="Users may change their SIP secret"
                on=move || options.change_own_secret
                change=move |on| save.run(TenantOptions { change_own_secret: on, ..options }) />
        </div>
    }
}
