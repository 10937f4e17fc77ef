//! Recordings of calls as rows: who spoke with whom, when, the sound with its picture (REC-02…REC-04).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::recording::{
    DeleteOwnRecording, DeleteRecording, GetOwnRecordingPeaks, GetOwnRecordingSound, GetRecordingPeaks,
    GetRecordingSound, ListOwnRecordings, ListRecordings, Recording, RecordingPlace,
};
use shared::voicemail::Peaks;
use shared::{CallId, Moment, Problem, RecordingId};

use super::sound_row::{ROWS, SoundList, SoundRow, age, named, waved};
use crate::live::{self, Event};
use crate::place::Place;
use crate::ui::badge::{Dot, Tone};
use crate::ui::button::IconButton;
use crate::ui::card::Card;
use crate::ui::dialog::Confirm;
use crate::ui::fetch::Fetch;
use crate::ui::file::size;
use crate::ui::icon::Glyph;
use crate::ui::listing::{Listing, Phase, Row};
use crate::ui::player::Sound;
use crate::ui::table::Nothing;
use crate::{api, time, ui::toast};

/// By whose right they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// An administrator's: all of the tenant.
    Tenant,
    /// A person's: those of the own calls.
    Own,
}

impl Side {
    fn call(self, id: CallId) -> String {
        match self {
            Self::Tenant => Place::TenantCall(id).path(),
            Self::Own => Place::Call(id).path(),
        }
    }

    fn peaks(self, recording_id: RecordingId) -> Fetch<Peaks> {
        match self {
            Self::Tenant => Fetch::new(move || GetRecordingPeaks { recording_id }),
            Self::Own => Fetch::new(move || GetOwnRecordingPeaks { recording_id }),
        }
    }

    fn sound(self, recording_id: RecordingId, millis: u64, begun: impl Fn() + Send + Sync + 'static) -> Sound {
        match self {
            Self::Tenant => Sound::new(move || GetRecordingSound { recording_id }, millis, begun),
            Self::Own => Sound::new(move || GetOwnRecordingSound { recording_id }, millis, begun),
        }
    }

    async fn save(self, recording_id: RecordingId) -> Result<(), Problem> {
        match self {
            Self::Tenant => api::save(GetRecordingSound { recording_id }).await,
            Self::Own => api::save(GetOwnRecordingSound { recording_id }).await,
        }
    }

    async fn delete(self, recording_id: RecordingId) -> Result<(), Problem> {
        match self {
            Self::Tenant => api::call(DeleteRecording { recording_id }).await,
            Self::Own => api::call(DeleteOwnRecording { recording_id }).await,
        }
    }

    /// What the server knows of it now.
    async fn find(self, recording: &Recording) -> Option<Recording> {
        let rows = match self {
            Self::Tenant => {
                let ask = ListRecordings { call_id: Some(recording.call_id), ..ListRecordings::default() };
                api::call(ask).await.ok()?.rows
            }
            Self::Own => {
                let ask = ListOwnRecordings { limit: Some(ROWS), ..ListOwnRecordings::default() };
                api::call(ask).await.ok()?.page.rows
            }
        };
        rows.into_iter().find(|known| known.id == recording.id)
    }
}

/// The list, and the recording that is about to be deleted.
#[derive(Clone, Copy)]
pub struct Recordings {
    side: Side,
    listing: Listing<Recording>,
    may_delete: Signal<bool>,
    chosen: RwSignal<Option<Recording>>,
    deleting: RwSignal<bool>,
    busy: RwSignal<bool>,
    saving: RwSignal<bool>,
}

impl Recordings {
    /// Over a listing, kept moving: those that begin and that `wanted` lets in appear on top.
    pub fn new(
        side: Side,
        listing: Listing<Recording>,
        may_delete: Signal<bool>,
        wanted: impl Fn(&Recording) -> bool + 'static,
    ) -> Self {
        let recordings = Self {
            side,
            listing,
            may_delete,
            chosen: RwSignal::new(None),
            deleting: RwSignal::new(false),
            busy: RwSignal::new(false),
            saving: RwSignal::new(false),
        };
        live::subscribe(move |event| match event {
            Event::Reload => listing.reload(),
            Event::Changed(_) => {}
            Event::Fact(fact) => match &fact.fact {
                Fact::RecordingBegun { recording } => {
                    let known = listing.replace(recording.clone(), |known| known.id == recording.id);
                    if !known && wanted(recording) {
                        listing.prepend(recording.clone());
                    }
                }
                Fact::RecordingEnded { recording_id, millis, .. } => recordings.end(*recording_id, *millis),
                _ => {}
            },
        });
        recordings
    }

    fn known(self, id: RecordingId) -> Option<Recording> {
        let found = |rows: &Vec<Row<Recording>>| rows.iter().find(|row| row.item.id == id).map(|row| row.item.clone());
        self.listing.rows.try_with_untracked(found).flatten()
    }

    fn change(self, id: RecordingId, change: impl FnOnce(&mut Recording)) {
        if let Some(known) = self.known(id) {
            let mut fresh = known.clone();
            change(&mut fresh);
            if fresh != known {
                self.listing.replace(fresh, |known| known.id == id);
            }
        }
    }

    /// It can be heard from now on; how much room it takes is asked for.
    fn end(self, id: RecordingId, millis: u64) {
        let Some(known) = self.known(id) else { return };
        self.change(id, |recording| recording.millis = Some(millis));
        spawn_local(async move {
            if let Some(fresh) = self.side.find(&known).await {
                self.change(id, |recording| *recording = Recording { millis: fresh.millis.or(Some(millis)), ..fresh });
            }
        });
    }

    /// The server has noted that somebody listens.
    fn hear(self, id: RecordingId) {
        self.change(id, |recording| {
            recording.heard_at.get_or_insert_with(time::now);
        });
    }

    fn save(self, id: RecordingId) {
        if self.saving.get_untracked() {
            return;
        }
        self.saving.set(true);
        spawn_local(async move {
            let answer = self.side.save(id).await;
            self.saving.try_set(false);
            match answer {
                Ok(()) => self.hear(id),
                Err(problem) => toast::refused(problem),
            }
        });
    }

    fn delete(self) {
        let Some(id) = self.chosen.with_untracked(|chosen| chosen.as_ref().map(|one| one.id)) else { return };
        self.busy.set(true);
        spawn_local(async move {
            let answer = self.side.delete(id).await;
            self.busy.try_set(false);
            self.deleting.try_set(false);
            match answer {
                Ok(()) => {
                    if self.known(id).is_some() {
                        self.listing.remove(|known| known.id == id);
                    }
                    toast::good("The recording is gone.");
                }
                Err(problem) => toast::refused(problem),
            }
        });
    }
}

/// The recordings, and the question before one of them goes.
#[component]
pub fn RecordingList(recordings: Recordings, #[prop(into)] nothing: Signal<Nothing>) -> impl IntoView {
    let present = time::ticking();
    let question = Signal::derive(move || {
        let between = recordings.chosen.with(|chosen| chosen.as_ref().map(between)).unwrap_or_default();
        format!("Delete the recording of {between}?")
    });
    let row = move |first: Recording| view! { <RecordingRow first recordings present /> }.into_any();
    view! {
        <SoundList listing=recordings.listing key=|recording: &Recording| recording.id row nothing />
        <Confirm open=recordings.deleting title=question busy=recordings.busy text="It is gone for good." action="Delete"
            confirm=move |()| recordings.delete() />
    }
}

/// What was recorded of one call; nothing where nothing was.
#[component]
pub fn CallRecordings(call_id: CallId) -> impl IntoView {
    let listing = Listing::new(
        move || ListRecordings { call_id: Some(call_id), ..ListRecordings::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let recordings =
        Recordings::new(Side::Tenant, listing, Signal::stored(true), move |recording| recording.call_id == call_id);
    let failed = move || matches!(listing.phase.get(), Phase::Failed(_));
    let shown = Memo::new(move |_| failed() || !listing.rows.with(Vec::is_empty));
    let nothing = Signal::stored(Nothing { glyph: Glyph::Microphone, title: "Not recorded", text: "" });
    view! {
        <Show when=move || shown.get()>
            <Card title="Recording" testid="call-recordings" flush=true>
                <RecordingList recordings nothing />
            </Card>
        </Show>
    }
}

#[component]
fn RecordingRow(first: Recording, recordings: Recordings, present: ReadSignal<Moment>) -> impl IntoView {
    let (id, side, started_at) = (first.id, recordings.side, first.started_at);
    let title = between(&first);
    let caller = first.caller.clone();
    let about = StoredValue::new(first);
    let row = Memo::new(move |_| {
        let found =
            recordings.listing.rows.with(|rows| rows.iter().find(|row| row.item.id == id).map(|row| row.item.clone()));
        found.unwrap_or_else(|| about.get_value())
    });
    let new = Memo::new(move |_| row.with(is_new));
    let millis = Memo::new(move |_| row.with(|row| row.millis));
    let what = StoredValue::new(format!("the recording of {title}"));
    let sound = move || match millis.get() {
        None => view! { <Running started_at present /> }.into_any(),
        Some(millis) => {
            let sound = side.sound(id, millis, move || recordings.hear(id));
            waved(sound, side.peaks(id), what.get_value())
        }
    };
    let delete = move |()| {
        recordings.chosen.set(Some(row.get_untracked()));
        recordings.deleting.set(true);
    };
    let tools = move || {
        millis.get().map(|_| {
            let bin = move || {
                recordings.may_delete.get().then(|| view! {
                    <IconButton glyph=Glyph::Trash label=format!("Delete {}", what.get_value()) testid="delete-recording" press=delete />
                })
            };
            view! {
                <IconButton glyph=Glyph::Download label=format!("Download {}", what.get_value()) testid="download-recording"
                    press=move |()| recordings.save(id) />
                {bin}
            }
        })
    };
    let call = side.call(row.with_untracked(|row| row.call_id));
    let name = move || row.with(between);
    let below = view! {
        {move || row.with(numbers).map(|numbers| view! { <span>{numbers}", "</span> })}
        {age(started_at, present)}
        {move || row.with(|row| row.bytes).map(|bytes| view! { <span data-testid="size">", "{size(bytes)}</span> })}
        {move || row.with(|row| row.tracks > 1).then_some(", two tracks")}
        {move || row.with(pauses).map(|text| view! { <span data-testid="pauses">", "{text}</span> })}
        {move || row.with(|row| row.place == RecordingPlace::ObjectStorage).then_some(", in the object storage")}
    };
    let name = view! { <a class="text-ink hover:underline" data-testid="recorded-call" href=call>{name}</a> };
    view! {
        <SoundRow testid="recording" caller new title name=name.into_any() below=below.into_any() sound=sound.into_any()
            tools=tools.into_any() wide=true />
    }
}

/// It still goes on.
#[component]
fn Running(started_at: Moment, present: ReadSignal<Moment>) -> impl IntoView {
    view! {
        <span class="flex items-center gap-2 text-soft" data-testid="being-recorded">
            <Dot tone=Tone::Bad live=true />
            "Is being recorded, "
            <span class="figures">{move || time::duration(present.get().since(started_at).as_secs())}</span>
        </span>
    }
}

/// How often it was paused, and for how long in all; told once it has ended.
fn pauses(recording: &Recording) -> Option<String> {
    recording.millis?;
    let millis: u64 = recording.pauses.iter().map(|pause| pause.millis).sum();
    let left_out = time::duration(millis / 1_000);
    match recording.pauses.len() {
        0 => None,
        // The server ended in it, and nothing tells how long the call ran on.
        1 if millis == 0 => Some("a pause".to_owned()),
        1 => Some(format!("a pause of {left_out}")),
        count => Some(format!("{count} pauses, {left_out} in all")),
    }
}

/// Is it complete, and was it not heard yet (REC-04)?
fn is_new(recording: &Recording) -> bool {
    recording.heard_at.is_none() && recording.millis.is_some()
}

/// Who called whom, by name.
fn between(recording: &Recording) -> String {
    let caller = named(&recording.caller_name, &recording.caller).0;
    let callee = named(&recording.callee_name, &recording.callee).0;
    format!("{caller} → {callee}")
}

/// The same by number, where a name hides one.
fn numbers(recording: &Recording) -> Option<String> {
    let caller = named(&recording.caller_name, &recording.caller);
    let callee = named(&recording.callee_name, &recording.callee);
    let hidden = caller.1.is_some() || callee.1.is_some();
    hidden.then(|| format!("{} → {}", caller.1.unwrap_or(caller.0), callee.1.unwrap_or(callee.0)))
}

#[cfg(test)]
mod tests {
    use shared::{SoundId, TenantId};

    use super::*;

    fn recording(caller: (&str, &str), callee: (&str, &str)) -> Recording {
        Recording {
            id: RecordingId(1),
            tenant_id: TenantId(1),
            call_id: CallId(1),
            caller: caller.1.into(),
            caller_name: caller.0.into(),
            callee: callee.1.into(),
            callee_name: callee.0.into(),
            caller_extension_id: None,
            callee_extension_id: None,
            started_at: Moment(0),
            millis: Some(5_000),
            bytes: Some(15_000),
            tracks: 1,
            heard_at: None,
            sha256: None,
            sound_id: SoundId(1),
            place: RecordingPlace::Server,
            pauses: Vec::new(),
        }
    }

    #[test]
    fn a_row_says_who_called_whom() {
        let known = recording(("Alice", "101"), ("Bob", "102"));
        assert_eq!(between(&known), "Alice → Bob");
        assert_eq!(numbers(&known).as_deref(), Some("101 → 102"));
        let outside = recording(("", "+4930123"), ("Bob", "102"));
        assert_eq!(between(&outside), "+4930123 → Bob");
        assert_eq!(numbers(&outside).as_deref(), Some("+4930123 → 102"));
        let hidden = recording(("", ""), ("", "0800"));
        assert_eq!((between(&hidden).as_str(), numbers(&hidden)), ("Hidden number → 0800", None));
    }

    #[test]
    fn a_recording_is_new_when_it_is_complete_and_was_not_heard() {
        let complete = recording(("", "101"), ("", "102"));
        assert!(is_new(&complete));
        assert!(!is_new(&Recording { millis: None, ..complete.clone() }));
        assert!(!is_new(&Recording { heard_at: Some(Moment(1)), ..complete }));
    }
}
