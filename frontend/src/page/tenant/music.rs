//! Music on hold: what is played, in which order, and how a piece is chosen (MOH-01 to MOH-04).

use leptos::prelude::*;
use shared::music::{GetMusicOnHold, MUSIC_MAX, MusicMode, MusicOnHold, UpdateMusicOnHold};
use shared::prompt::{CreatePrompt, GetPromptSound, ListPrompts, Prompt};
use shared::{Page, SoundId};

use crate::page::Head;
use crate::page::sound::{FIELDS, SoundDraft, SoundFields};
use crate::page::user::account::SettingsTabs;
use crate::ui::button::{Button, IconButton, Look};
use crate::ui::card::Card;
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::fetch::Fetch;
use crate::ui::field::{Select, Switch};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::player::{Player, Sound};
use crate::ui::toast;

/// The most prompts that are offered.
const CHOICES_MAX: u32 = 500;

const MODES: [(&str, MusicMode, &str); 2] =
    [("per_day", MusicMode::PerDay, "All calls of a day"), ("per_call", MusicMode::PerCall, "A call")];

/// The fields.
#[derive(Clone, Copy)]
struct Draft {
    enabled: RwSignal<bool>,
    sounds: RwSignal<Vec<SoundId>>,
    random: RwSignal<bool>,
    mode: RwSignal<String>,
}

impl Draft {
    fn of(music: &MusicOnHold) -> Self {
        let draft = Self {
            enabled: RwSignal::new(false),
            sounds: RwSignal::new(Vec::new()),
            random: RwSignal::new(false),
            mode: RwSignal::new(String::new()),
        };
        draft.fill(music);
        draft
    }

    fn fill(self, music: &MusicOnHold) {
        self.enabled.set(music.enabled);
        self.sounds.set(music.sounds.clone());
        self.random.set(music.random);
        let key = MODES.iter().find(|(_, known, _)| *known == music.mode).map_or("", |(key, ..)| key);
        self.mode.set(key.to_owned());
    }

    /// What the fields say, watched.
    fn read(self) -> MusicOnHold {
        let mode = self.mode.with(|key| MODES.iter().find(|(known, ..)| known == key).map(|(_, mode, _)| *mode));
        MusicOnHold {
            enabled: self.enabled.get(),
            sounds: self.sounds.get(),
            random: self.random.get(),
            mode: mode.unwrap_or_default(),
        }
    }

    fn add(self, id: SoundId) {
        self.sounds.update(|sounds| {
            if sounds.len() < MUSIC_MAX && !sounds.contains(&id) {
                sounds.push(id);
            }
        });
    }
}

#[component]
pub fn MusicPage() -> impl IntoView {
    let music = Fetch::new(GetMusicOnHold::default);
    let prompts = Fetch::new(|| ListPrompts { limit: Some(CHOICES_MAX), ..ListPrompts::default() });
    let came = Memo::new(move |_| music.map(|_| ()).is_some());
    view! {
        <div class="page max-w-4xl!">
            <Head title="Settings" />
            <SettingsTabs />
            {music.failure()}
            <div class="contents" hidden=move || music.problem().is_some()>
                {move || match came.get() {
                    false => music.skeleton("card p-4.5", "h-96"),
                    true => untrack(|| music.get()).map(|now| view! { <Present now music prompts /> }).into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Present(now: MusicOnHold, music: Fetch<MusicOnHold>, prompts: Fetch<Page<Prompt>>) -> impl IntoView {
    let form = Form::new();
    let draft = Draft::of(&now);
    let adding = RwSignal::new(false);
    let changed = Memo::new(move |_| music.map(|now| *now != draft.read()).unwrap_or(false));
    let submit = move |()| {
        let wanted = untrack(|| draft.read());
        form.send(wanted.check(), UpdateMusicOnHold::from(wanted), move |fresh: MusicOnHold| {
            draft.fill(&fresh);
            music.set(fresh);
            toast::good("Whoever is put on hold from now on hears it.");
        });
    };
    let drop = move |()| {
        form.clear();
        if let Some(now) = untrack(|| music.get()) {
            draft.fill(&now);
        }
    };
    let modes = MODES.map(|(key, _, word)| (key.to_owned(), word.to_owned())).to_vec();
    view! {
        <FormView form fields=&["sounds"] prefixes=vec!["sounds["] submit>
            <Card title="Music on hold" testid="music">
                <div class="grid gap-3">
                    <Switch name="enabled" label="Play music to callers on hold"
                        hint="To whoever is held, parked, or waits while somebody else is asked. Without it they hear a soft tone."
                        on=draft.enabled change=move |on| { draft.enabled.set(on); form.touch("sounds"); } />
                    <Switch name="random" label="Choose a piece at random" hint="If not, Music 1 is played."
                        on=draft.random change=move |on| draft.random.set(on) />
                    <div hidden=move || !draft.random.get()>
                        <Select name="mode" label="The same piece is heard by" value=draft.mode options=modes />
                    </div>
                </div>
            </Card>
            <Card title="Pieces" testid="music-pieces">
                <Pieces draft prompts form adding />
            </Card>
            <div class="flex flex-wrap items-center gap-3">
                <Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-music" />
                {move || changed.get().then(|| view! {
                    <Button label="Undo" testid="undo-music" press=drop />
                    <span class="hint" role="status">"Not saved yet."</span>
                })}
            </div>
        </FormView>
        <Dialog open=adding title="New piece">
            {move || adding.get().then(|| view! { <PieceForm draft prompts adding /> })}
        </Dialog>
    }
}

#[component]
fn Pieces(draft: Draft, prompts: Fetch<Page<Prompt>>, form: Form, adding: RwSignal<bool>) -> impl IntoView {
    let choosing = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let Ok(id) = choosing.get().parse::<SoundId>() {
            draft.add(id);
            form.touch("sounds");
            choosing.set(String::new());
        }
    });
    let full = Memo::new(move |_| draft.sounds.with(Vec::len) >= MUSIC_MAX);
    let left = move || {
        let row = |prompt: &Prompt| (prompt.id, prompt.name.clone());
        let all = prompts.map(|page| page.rows.iter().map(row).collect::<Vec<_>>()).unwrap_or_default();
        let free = all.into_iter().filter(|(id, _)| draft.sounds.with(|sounds| !sounds.contains(id)));
        let free = free.map(|(id, name)| (id.to_string(), name));
        std::iter::once((String::new(), "Add a prompt".to_owned())).chain(free).collect::<Vec<_>>()
    };
    let problem = move || {
        let of_place = |place| form.problem(&format!("sounds[{place}]"));
        form.problem("sounds").or_else(|| (0..MUSIC_MAX).find_map(of_place))
    };
    view! {
        <p class="hint">"Up to nine prompts of yours. Music 1 is needed where music is played."</p>
        {prompts.failure()}
        <ol class="divide-y divide-line">
            {move || {
                let sounds = draft.sounds.get();
                let count = sounds.len();
                sounds.into_iter().enumerate().map(|(place, id)| view! { <Piece draft prompts form place count id /> }).collect_view()
            }}
        </ol>
        {move || problem().map(|text| view! { <p class="problem" role="alert">{text}</p> })}
        <div class="mt-3 flex flex-wrap items-end gap-3" hidden=move || full.get()>
            {move || view! { <Select name="add" label="Add a prompt" value=choosing options=left() small=true /> }}
            <Button label="Upload" icon=Glyph::Upload small=true testid="upload-music" press=move |()| adding.set(true) />
        </div>
    }
}

#[component]
fn Piece(
    draft: Draft,
    prompts: Fetch<Page<Prompt>>,
    form: Form,
    place: usize,
    count: usize,
    id: SoundId,
) -> impl IntoView {
    let found = move || prompts.map(|page| page.rows.iter().find(|prompt| prompt.id == id).cloned()).flatten();
    let name = move || found().map_or_else(|| "…".to_owned(), |prompt| prompt.name);
    let sort = move |to: usize| {
        draft.sounds.update(|sounds| {
            if place < sounds.len() && to < sounds.len() {
                sounds.swap(place, to);
            }
        });
    };
    let label = format!("Music {}", place + 1);
    let (up, down, out) = (format!("{label} further up"), format!("{label} further down"), format!("Take {label} out"));
    view! {
        <li class="row flex-wrap" data-testid="music-piece">
            <span class="min-w-40 flex-1">
                <span class="cell-sub">{label}</span>
                <span class="block font-medium wrap-anywhere">{name}</span>
            </span>
            <span class="min-w-44 flex-1">
                {move || found().map(|prompt| {
                    let sound = Sound::new(move || GetPromptSound { sound_id: id }, prompt.millis, || ());
                    view! { <Player sound what=prompt.name /> }
                })}
            </span>
            <span class="flex">
                {(place > 0).then(|| view! {
                    <span class="rotate-180"><IconButton glyph=Glyph::ArrowDown label=up testid="music-up" press=move |()| sort(place - 1) /></span>
                })}
                {(place + 1 < count).then(|| view! {
                    <IconButton glyph=Glyph::ArrowDown label=down testid="music-down" press=move |()| sort(place + 1) />
                })}
                <IconButton glyph=Glyph::Trash label=out testid="music-out" press=move |()| {
                    draft.sounds.update(|sounds| sounds.retain(|known| *known != id));
                    form.touch("sounds");
                } />
            </span>
        </li>
    }
}

/// A file becomes a prompt, and the last of the pieces.
#[component]
fn PieceForm(draft: Draft, prompts: Fetch<Page<Prompt>>, adding: RwSignal<bool>) -> impl IntoView {
    let form = Form::new();
    let sound = SoundDraft::new();
    let submit = move |()| {
        let finish = move |prompt: Prompt| {
            draft.add(prompt.id);
            prompts.reload();
            adding.set(false);
            toast::good(format!("{} is there. Save to have it played.", prompt.name));
        };
        sound.send(form, |name, sound| CreatePrompt { name, sound }, finish);
    };
    view! {
        <FormView form fields=FIELDS.to_vec() submit>
            <SoundFields draft=sound form placeholder="Quiet piano"
                advice="Play only what you may: most music that is sold needs a licence for this." />
            <FormFoot open=adding form label="Add" />
        </FormView>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: MOH-01, MOH-02, MOH-03, MOH-04
    #[test]
    fn moh_01_what_the_fields_say_is_what_they_were_filled_with() {
        for (_, mode, _) in MODES {
            let music = MusicOnHold { enabled: true, sounds: vec![SoundId(2), SoundId(1)], random: true, mode };
            assert_eq!(Draft::of(&music).read(), music);
        }
    }

    // covers: MOH-04
    #[test]
    fn moh_04_there_are_nine_at_most_and_each_once() {
        let draft = Draft::of(&MusicOnHold::default());
        for id in (1..=12).chain([3]) {
            draft.add(SoundId(id));
        }
        assert_eq!(draft.read().sounds, (1..=9).map(SoundId).collect::<Vec<_>>());
    }
}
