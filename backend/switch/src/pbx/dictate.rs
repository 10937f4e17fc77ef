//! Prompts and greetings that are recorded by telephone: the devices of an extension ring, as was asked for from a page, and what is
//! kept is the server's to store (IVR-02, EXT-07).

use media::SoundFile;
use shared::call_record::CallRecord;
use shared::fact::Fact;
use shared::prompt::{Prompt, PromptWish};
use shared::reason::Reason;
use shared::{CallId, SoundId};

use crate::admission::Refusal;
use crate::history::History;
use crate::leg::Side;
use crate::output::Output;
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::presentation::Shown;
use crate::stage::{Dictate, Dictation, DictationAct, Event, Stage};

impl Pbx {
    /// Rings the devices of an extension; whoever answers records what is wished. Answers by which call.
    pub fn record_prompt(&mut self, outside: &mut Outside, wish: PromptWish) -> Result<CallId, Refusal> {
        let extension = wish.extension_id;
        let number = self.number_of(extension);
        let known = self.directory.extension(extension).ok_or_else(|| Refusal::NumberUnknown(number.clone()))?;
        let (own_name, language) = (known.name.clone(), known.mailbox.settings.language);
        self.let_in(outside, Some(extension), &number, false)?;
        if !self.lines_now(extension).is_empty() {
            return Err(Refusal::CalleeBusy(number));
        }
        // Whoever calls that back comes to its mailbox.
        let code = self.directory.plan.codes.voicemail.clone();
        let name = if wish.is_greeting { "Record greeting" } else { "Record prompt" };
        let shown = Shown { number: code.clone(), name: name.to_owned(), ..Shown::default() };
        let rung = self.rung_devices(outside, extension, Side::Caller, &shown)?;
        let id = outside.ids.next::<CallId>(outside.now);
        let record = CallRecord {
            caller: number,
            caller_name: own_name,
            caller_extension_id: Some(extension),
            callee: code,
            callee_name: name.to_owned(),
            ..CallRecord::open(id, self.id(), outside.now)
        };
        let mut history = History::open(record, Vec::new());
        history.note(outside.now, "routing", "", &wish.name, Reason::PromptAsked);
        let file = SoundFile { tenant: self.id(), id: outside.ids.next::<SoundId>(outside.now) };
        let (rings, legs, _) = rung.into_rings();
        let stage = Stage::Dictate(Box::new(Dictate::new(rings, Dictation { file, language, wish })));
        self.begin_own(outside, history, legs, stage);
        Ok(id)
    }

    /// What the server is to do with what was recorded.
    pub(super) fn dictation_act(outside: &mut Outside, act: DictationAct) {
        outside.outputs.push_back(match act {
            DictationAct::Keep(take) => Output::KeepPrompt(take),
            DictationAct::Drop(file) => Output::DropTake(file),
        });
    }

    /// What was to be kept is kept, or is not; its call may be over by now.
    pub fn prompt_kept(&mut self, outside: &mut Outside, call: CallId, kept: Result<Box<Prompt>, String>) {
        let kept = kept.map(|prompt| outside.fact(Some(self.id()), Fact::PromptRecorded { prompt: *prompt }));
        if self.calls.contains_key(&call) {
            self.handle(outside, call, Event::PromptKept(kept));
        }
    }
}
