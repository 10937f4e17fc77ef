//! How the person wants to be seen: a status and a line of text, told to everybody who watches (EXT-21).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::presence::{GetOwnPresence, NOTE_CHARACTERS_MAX, OwnPresence, PresenceStatus, UpdateOwnPresence};

use crate::api;
use crate::live::{self, Event};
use crate::ui::fetch::Fetch;
use crate::ui::toast;

#[component]
pub fn OwnStatus() -> impl IntoView {
    let own = Fetch::new(GetOwnPresence::default);
    live::subscribe(move |event| {
        if matches!(event, Event::Reload) {
            own.reload();
        }
    });
    // Another tab may have set it.
    live::watch_list(move || own.reload());
    let set = move |change: &dyn Fn(&mut OwnPresence)| {
        let mut wanted = own.get().unwrap_or_default();
        change(&mut wanted);
        own.set(wanted.clone());
        spawn_local(async move {
            let OwnPresence { status, note } = wanted;
            match api::call(UpdateOwnPresence { status, note }).await {
                Ok(kept) => own.set(kept),
                Err(problem) => {
                    toast::bad(problem.title);
                    own.reload();
                }
            }
        });
    };
    let chosen = move || own.map(|own| own.status).unwrap_or_default();
    let options = PresenceStatus::ALL.map(|status| {
        view! { <option value=status.word() prop:selected=move || chosen() == status>{status.word()}</option> }
    });
    let choose = move |event| {
        let word = event_target_value(&event);
        let status = PresenceStatus::ALL.into_iter().find(|status| status.word() == word).unwrap_or_default();
        set(&|own| own.status = status);
    };
    let write = move |event| {
        let note = event_target_value(&event);
        set(&|own| own.note.clone_from(&note));
    };
    view! {
        <div class="flex flex-wrap items-center gap-2" data-testid="own-presence" data-status=move || chosen().word()>
            <select class="input input-small" aria-label="Your status" data-testid="presence-status" on:change=choose>
                {options.into_iter().collect_view()}
            </select>
            <input class="input input-small" type="text" aria-label="What others see beside your status" placeholder="Add a note"
                maxlength=NOTE_CHARACTERS_MAX.to_string() data-testid="presence-note"
                prop:value=move || own.map(|own| own.note.clone()).unwrap_or_default() on:change=write />
            {move || (chosen() == PresenceStatus::DoNotDisturb).then(|| view! {
                <span class="text-sm text-soft" role="status">"Callers are told that you do not want to be disturbed."</span>
            })}
        </div>
    }
}
