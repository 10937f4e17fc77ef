//! Bringing a sound: a prompt of the tenant or a greeting of one's own (IVR-02, EXT-07).

use leptos::prelude::*;
use shared::Operation;
use shared::problem::FieldProblem;
use shared::prompt::{PROMPT_BYTES_MAX, Prompt, check_name};

use crate::ui::field::Field;
use crate::ui::file::{BytesChoice, Chosen, Progress};
use crate::ui::form::Form;
use crate::ui::notice::{Kind, Notice};
use crate::ui::recorder::Recorder;

/// The fields whose problems stand beside them.
pub const FIELDS: [&str; 2] = ["name", "sound"];

/// The fields of a new sound.
#[derive(Clone, Copy)]
pub struct SoundDraft {
    name: RwSignal<String>,
    /// The file, or what was recorded.
    pub chosen: RwSignal<Option<Chosen>>,
    progress: RwSignal<f64>,
}

impl SoundDraft {
    /// Empty.
    pub fn new() -> Self {
        let draft =
            Self { name: RwSignal::new(String::new()), chosen: RwSignal::new(None), progress: RwSignal::new(0.0) };
        // A file brings its name along, where none was typed.
        Effect::new(move |_| {
            let stem = draft.chosen.with(|chosen| chosen.as_ref().map(|file| stem(&file.name).to_owned()));
            if let Some(stem) = stem.filter(|_| draft.name.with_untracked(|name| name.trim().is_empty())) {
                draft.name.set(stem);
            }
        });
        draft
    }

    /// Sends it, `create` being the operation with name and sound.
    pub fn send<O>(self, form: Form, create: impl FnOnce(String, String) -> O, done: impl FnOnce(Prompt) + 'static)
    where
        O: Operation<Output = Prompt> + 'static,
    {
        let name = self.name.get_untracked().trim().to_owned();
        let mut problems = check_name(&name);
        let sound = self.chosen.with_untracked(|chosen| chosen.as_ref().map(|file| file.base64.clone()));
        if sound.is_none() {
            problems.push(FieldProblem::new("sound", "Choose a file, or record one."));
        }
        form.upload(problems, create(name, sound.unwrap_or_default()), self.progress, done);
    }
}

/// Name and file, what is to be said of them, and how much has gone.
#[component]
pub fn SoundFields(draft: SoundDraft, form: Form, placeholder: &'static str, advice: &'static str) -> impl IntoView {
    view! {
        <Notice kind=Kind::Plain text=advice />
        <Field name="name" label="Name" value=draft.name form placeholder autofocus=true />
        <BytesChoice
            chosen=draft.chosen
            form
            name="sound"
            label="Choose a file"
            hint="WAV, MP3 or Ogg, up to 10 minutes and 20 MB."
            accept=".wav,.mp3,.ogg,.oga,.opus,audio/wav,audio/mpeg,audio/ogg"
            bytes_max=PROMPT_BYTES_MAX
        />
        <Recorder chosen=draft.chosen form name="sound" />
        <Progress busy=form.busy share=draft.progress />
    }
}

/// The name of a file without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim()
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_file_brings_its_name_without_the_ending() {
        assert_eq!([stem("welcome.wav"), stem("v1.2 menu.mp3"), stem("plain")], ["welcome", "v1.2 menu", "plain"]);
    }
}
