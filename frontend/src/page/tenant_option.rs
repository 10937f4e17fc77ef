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
            <Switch name="record_calls" label="Record all calls"
                hint="Off: only those of extensions that are set to be recorded."
                on=move || options.record_calls
                change=move |on| save.run(TenantOptions { record_calls: on, ..options }) />
            <Switch name="record_tracks" label="Caller and callee on tracks of their own"
                hint="On: a recording has two channels, the caller's on the left."
                on=move || options.record_tracks
                change=move |on| save.run(TenantOptions { record_tracks: on, ..options }) />
            <Switch name="announce_recording" label="Say that the call may be recorded"
                hint="On: both hear it."
                on=move || options.announce_recording
                change=move |on| save.run(TenantOptions { announce_recording: on, ..options }) />
            <Switch name="monitoring" label="Calls may be monitored"
                hint="On: by those who stand on the monitor list of a group, with the feature code or from the running calls."
                on=move || options.monitoring
                change=move |on| save.run(TenantOptions { monitoring: on, ..options }) />
            <Switch name="delete_own_recordings" label="Extensions may remove recordings of their calls"
                on=move || options.delete_own_recordings
                change=move |on| save.run(TenantOptions { delete_own_recordings: on, ..options }) />
            <Switch name="temporary_conferences" label="Extensions may make temporary conferences"
                hint="Such a room goes with the last who leaves it, and counts toward the limit of conference rooms."
                on=move || options.temporary_conferences
                change=move |on| save.run(TenantOptions { temporary_conferences: on, ..options }) />
        </div>
    }
}
