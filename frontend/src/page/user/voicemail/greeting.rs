//! One's own greetings: listed, heard, brought, removed (EXT-07).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::SoundId;
use shared::prompt::{CreateGreeting, DeleteGreeting, GREETINGS_MAX, GetGreetingSound, Prompt};

use crate::page::dictation::GreetingByPhone;
use crate::page::sound::{FIELDS, SoundDraft, SoundFields};
use crate::time::{self, Style};
use crate::ui::button::{Button, IconButton};
use crate::ui::card::Card;
use crate::ui::dialog::{Confirm, Dialog, FormFoot};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::{Listing, Phase};
use crate::ui::notice::{Empty, Failed};
use crate::ui::player::{Player, Sound};
use crate::{api, ui::toast};

/// The list; `removed` hears which one is gone.
#[component]
pub fn Greetings(listing: Listing<Prompt>, #[prop(into)] removed: Callback<SoundId>) -> impl IntoView {
    let (adding, removing, busy) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let chosen = RwSignal::new(None::<Prompt>);
    let full = Signal::derive(move || listing.rows.with(Vec::len) as u64 >= GREETINGS_MAX);
    let state = Memo::new(move |_| (listing.phase.get(), listing.rows.with(Vec::is_empty)));
    let question = Signal::derive(move || {
        let name = chosen.with(|chosen| chosen.as_ref().map(|one| one.name.clone())).unwrap_or_default();
        format!("Remove the greeting {name}?")
    });
    let confirm = move |()| {
        let Some(sound_id) = chosen.with_untracked(|chosen| chosen.as_ref().map(|one| one.id)) else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(DeleteGreeting { sound_id }).await;
            busy.try_set(false);
            removing.try_set(false);
            match answer {
                Ok(()) => {
                    removed.run(sound_id);
                    listing.remove(|known| known.id == sound_id);
                    toast::good("The greeting is gone.");
                }
                Err(problem) => toast::refused(problem),
            }
        });
    };
    let by_phone = RwSignal::new(false);
    let tools = view! {
        <Button label="Record by telephone" small=true icon=Glyph::Phone testid="record-by-phone" disabled=full press=move |()| by_phone.set(true) />
        <Button label="Add a greeting" small=true icon=Glyph::Plus testid="add-greeting" disabled=full press=move |()| adding.set(true) />
    };
    view! {
        <Card title="My greetings" testid="greetings" flush=true tools=tools.into_any()>
            {move || match state.get() {
                (Phase::Loading, _) => view! {
                    <div class="people-skeleton" role="status" aria-label="Loading">
                        <span class="skeleton h-8"></span>
                        <span class="skeleton h-8"></span>
                    </div>
                }.into_any(),
                (Phase::Failed(problem), _) => view! { <Failed problem retry=move |()| listing.retry() /> }.into_any(),
                (Phase::Ready, true) => view! {
                    <Empty glyph=Glyph::Voicemail title="No greeting of your own"
                        text="Callers hear the system's greeting with your number. Bring a recording, or record one by telephone." />
                }.into_any(),
                (Phase::Ready, false) => ().into_any(),
            }}
            <ul class="divide-y divide-line pb-1 empty:hidden">
                <For each=move || listing.rows.get() key=|row| row.key let:row>
                    <Greeting greeting=row.item chosen removing />
                </For>
            </ul>
        </Card>
        <Dialog open=adding title="New greeting">
            {move || adding.get().then(|| view! { <GreetingForm listing adding /> })}
        </Dialog>
        <GreetingByPhone open=by_phone />
        <Confirm open=removing title=question busy text="Where it was played, the next in line is: your usual one, or the system's."
            action="Remove" confirm />
    }
}

#[component]
fn Greeting(greeting: Prompt, chosen: RwSignal<Option<Prompt>>, removing: RwSignal<bool>) -> impl IntoView {
    let (sound_id, name) = (greeting.id, greeting.name.clone());
    let sound = Sound::new(move || GetGreetingSound { sound_id }, greeting.millis, || ());
    let added = time::show(greeting.created_at, Style::Day);
    let label = format!("Remove {name}");
    let (what, testname) = (format!("the greeting {name}"), name.clone());
    let remove = move |()| {
        chosen.set(Some(greeting.clone()));
        removing.set(true);
    };
    view! {
        <li class="row flex-wrap" data-testid="greeting" data-name=testname>
            <span class="min-w-40 flex-1">
                <span class="block font-medium wrap-anywhere">{name}</span>
                <span class="cell-sub">{added}</span>
            </span>
            <span class="min-w-44 flex-1"><Player sound what /></span>
            <IconButton glyph=Glyph::Trash label testid="remove-greeting" press=remove />
        </li>
    }
}

#[component]
fn GreetingForm(listing: Listing<Prompt>, adding: RwSignal<bool>) -> impl IntoView {
    let form = Form::new();
    let draft = SoundDraft::new();
    let submit = move |()| {
        let finish = move |greeting: Prompt| {
            listing.reload();
            adding.set(false);
            toast::good(format!("The greeting {} can be chosen from now on.", greeting.name));
        };
        draft.send(form, |name, sound| CreateGreeting { name, sound }, finish);
    };
    view! {
        <FormView form fields=FIELDS.to_vec() submit>
            <SoundFields draft form placeholder="Usual greeting"
                advice="Say who you are, that you cannot answer, and what a caller should leave: name, number, and what it is about." />
            <FormFoot open=adding form label="Add" />
        </FormView>
    }
}
