//! Servers that receptionists ask: the question goes out, the answer comes back into its call (IVR-16…IVR-23).

use std::time::Duration;

use bytes::Bytes;
use shared::CallId;
use shared::action_url::{AskMethod, Question, instruction};

use crate::controls::Asking;
use crate::output::WebRequest;
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::stage::Event;

/// The most questions that wait for an answer.
pub const QUESTIONS_MAX: usize = 1_000;

impl Pbx {
    /// Asks the server of an entry.
    pub(super) fn ask_server(&mut self, outside: &mut Outside, call: CallId, asking: Asking) {
        let number = asking.number;
        if let Err(why) = self.question(outside, call, asking) {
            self.handle(outside, call, Event::Instructed(number, Err(why.to_owned())));
        }
    }

    fn question(&self, outside: &mut Outside, id: CallId, asking: Asking) -> Result<(), &'static str> {
        let Asking { number, receptionist, place, input } = asking;
        let known = self.directory.receptionist(receptionist).ok_or("the receptionist is gone")?;
        let entry = known.settings.urls.get(place).ok_or("the entry is gone")?;
        let record = &self.calls.get(&id).ok_or("the call is gone")?.history.record;
        if outside.questions.len() >= QUESTIONS_MAX {
            return Err("too many questions at once");
        }
        let question = Question {
            from: record.caller.clone(),
            to: known.settings.number.clone(),
            input,
            from_name: record.caller_name.clone(),
            account_name: known.settings.name.clone(),
        };
        let (url, body) = match entry.method {
            AskMethod::Get => (question.address(entry.action.trim()), None),
            AskMethod::Post => (entry.action.trim().to_owned(), Some(question.body())),
        };
        let password = self.directory.plan.action_passwords.get(&(receptionist, entry.name.clone()));
        let web = outside.ask((self.id(), id, number));
        outside.outputs.push_back(crate::output::Output::Web(Box::new(WebRequest {
            id: web,
            url,
            body,
            user: entry.user.clone(),
            password: password.cloned().unwrap_or_default(),
            connect: Duration::from_secs(entry.connect_seconds.into()),
            answer: Duration::from_secs(entry.answer_seconds.into()),
            private: outside.config.settings.action_url_private,
        })));
        Ok(())
    }

    /// The answer: its HTTP status and body, or why there is none.
    pub fn server_answered(
        &mut self,
        outside: &mut Outside,
        call: CallId,
        number: u32,
        answer: Result<(u16, Bytes), String>,
    ) {
        let instruction = answer.and_then(|(status, body)| instruction(status, &body));
        self.handle(outside, call, Event::Instructed(number, instruction));
    }
}
