//! A virtual receptionist: says what can be chosen, listens to keys, and leads on (IVR-01…IVR-15).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use media::{Clip, LegId, SoundFile, SoundName, What};
use shared::action_url::{Action, Instruction, Trigger};
use shared::destination::Destination;
use shared::reason::Reason;
use shared::receptionist::{FAX_KEY, MenuAction, Receptionist, ReceptionistWay};
use speech::{Phrase, phrase};

use crate::controls::{Asking, Command, Controls};
use crate::menu::{Choice, TYPED_MAX, choice, fax_row};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::lead::{Aim, Lead, Led};
use crate::stage::{Ending, Event, Next};

/// So much longer than is set for it the answer of a server is waited for here.
const ASKING_SPARE_SECONDS: u64 = 2;
/// The most wrong choices of one caller before the call ends.
const FAILURES_MAX: u32 = 10;

/// A receptionist as one call meets it.
#[derive(Clone, Debug)]
pub struct Menu {
    /// How it is set up.
    pub receptionist: Arc<Receptionist>,
    /// All numbers of the tenant, in order.
    pub numbers: Arc<[String]>,
}

/// What it is doing.
#[derive(Debug)]
enum Doing {
    /// The leg is being answered.
    Answering,
    /// Something is said, and keys are listened to.
    Speaking,
    /// All is said, and keys are waited for.
    Listening,
    /// A server is asked, by its place among the entries.
    Asking(usize),
    /// The caller is led on.
    Leading(Box<Lead>),
    /// The last words are said.
    Leaving(Reason),
}

/// A caller before a receptionist.
#[derive(Debug)]
pub struct Reception {
    alone: Alone,
    menu: Menu,
    doing: Doing,
    typed: String,
    /// How often the prompt was said since the last key.
    rounds: u32,
    failures: u32,
    /// How many questions it has asked.
    asked: u32,
}

impl Reception {
    /// Of a caller with its offer.
    pub const fn new(leg: LegId, offer: Bytes, menu: Menu) -> Self {
        Self {
            alone: Alone::new(leg, offer),
            menu,
            doing: Doing::Answering,
            typed: String::new(),
            rounds: 0,
            failures: 0,
            asked: 0,
        }
    }

    /// Answers.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.enter(controls);
        self.heard(heard, controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let event = match &mut self.doing {
            Doing::Leading(lead) => match lead.handle(event, controls) {
                Led::Nothing => return Next::Stay,
                Led::Goes(stage) => {
                    if fax_row(&self.menu.receptionist.settings).is_some() {
                        controls.order(self.alone.leg(), What::ListenForFax(false));
                    }
                    return Next::Go(stage);
                }
                Led::Failed(ending) => return self.not_there(ending, controls),
                Led::Over(ending) => return Next::End(ending),
                Led::Other(event) => event,
            },
            _ => event,
        };
        let heard = self.alone.handle(event, controls);
        self.heard(heard, controls)
    }

    /// May somebody else answer what rings?
    pub fn is_open(&self) -> bool {
        matches!(&self.doing, Doing::Leading(lead) if lead.is_open())
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match (heard, &mut self.doing) {
            (Heard::Over(ending), doing) => {
                if let Doing::Leading(lead) = doing {
                    lead.stop(controls);
                }
                Next::End(ending)
            }
            (Heard::Up, _) => self.begin(controls),
            (Heard::Key(key), Doing::Speaking | Doing::Listening) => self.key(key, controls),
            (Heard::Fax, Doing::Speaking | Doing::Listening | Doing::Asking(_)) => {
                let Some(place) = fax_row(&self.menu.receptionist.settings) else { return Next::Stay };
                self.typed = FAX_KEY.into();
                self.decide(Choice::Row(place), controls)
            }
            (Heard::Said, Doing::Speaking) => {
                self.doing = Doing::Listening;
                let seconds = self.menu.receptionist.settings.timeout_seconds;
                controls.wake_at(controls.now + Duration::from_secs(seconds.into()));
                Next::Stay
            }
            (Heard::Said, Doing::Leaving(reason)) => {
                let name = self.menu.receptionist.settings.name.as_str();
                Next::End(Ending::new(*reason, name, 0))
            }
            (Heard::Other(Event::Timeout), Doing::Speaking | Doing::Listening) => self.timeout(controls),
            (Heard::Other(Event::Instructed(number, answer)), Doing::Asking(place)) if number == self.asked => {
                let place = *place;
                self.instructed(place, answer, controls)
            }
            (Heard::Other(Event::Timeout), Doing::Asking(place)) => {
                let place = *place;
                self.instructed(place, Err("no answer in time".into()), controls)
            }
            _ => Next::Stay,
        }
    }

    /// The caller's number may lead on before anything is said (IVR-17).
    fn begin(&mut self, controls: &mut Controls<'_>) -> Next {
        if fax_row(&self.menu.receptionist.settings).is_some() {
            controls.order(self.alone.leg(), What::ListenForFax(true));
        }
        let caller = controls.number(self.alone.leg());
        let entries = self.menu.receptionist.settings.urls.iter();
        let found = entries.enumerate().find(|(_, entry)| entry.trigger == Trigger::Caller && entry.matches(&caller));
        match found.map(|(place, _)| place) {
            Some(place) => self.ask(place, String::new(), controls),
            None => self.prompt(Vec::new(), controls),
        }
    }

    /// Tells whoever looks at the drawing where the caller is.
    fn moved(&self, way: ReceptionistWay, controls: &mut Controls<'_>) {
        controls.commands.push(Command::Moved(self.menu.receptionist.id, way));
    }

    /// Does what an entry says (IVR-22, IVR-24).
    fn ask(&mut self, place: usize, input: String, controls: &mut Controls<'_>) -> Next {
        let receptionist = self.menu.receptionist.clone();
        let Some(entry) = receptionist.settings.urls.get(place) else { return self.prompt(Vec::new(), controls) };
        self.moved(ReceptionistWay::Entry { name: entry.name.clone() }, controls);
        let now = controls.now;
        match entry.does() {
            Action::Dial(number) => self.lead(Aim::Reached(number.to_owned()), controls),
            Action::Ask(_) => {
                controls.history.note(now, "receptionist", &entry.name, &input, Reason::ServerAsked);
                self.asked = self.asked.wrapping_add(1);
                self.doing = Doing::Asking(place);
                let receptionist = receptionist.id;
                controls.commands.push(Command::Ask(Asking { number: self.asked, receptionist, place, input }));
                let seconds = u64::from(entry.connect_seconds) + u64::from(entry.answer_seconds) + ASKING_SPARE_SECONDS;
                *controls.wake = None;
                controls.wake_at(now + Duration::from_secs(seconds));
                Next::Stay
            }
        }
    }

    /// What the server wants done; whatever cannot be followed is a failure (IVR-14, IVR-23).
    fn instructed(&mut self, place: usize, answer: Result<Instruction, String>, controls: &mut Controls<'_>) -> Next {
        let receptionist = self.menu.receptionist.clone();
        let settings = &receptionist.settings;
        let name = settings.urls.get(place).map_or("", |entry| entry.name.as_str());
        let now = controls.now;
        let mut note = |value: &str, code| controls.history.note(now, "receptionist", name, value, code);
        match answer {
            Err(why) => {
                note(&why, Reason::ServerFailed);
                self.failed(Vec::new(), controls)
            }
            Ok(Instruction::Call(number)) => {
                note(&format!("call {number}"), Reason::ServerAnswered);
                self.lead(Aim::Reached(number), controls)
            }
            Ok(Instruction::HangUp) => {
                note("hangup", Reason::ServerAnswered);
                self.leave(Reason::EndedByReceptionist, controls)
            }
            Ok(Instruction::Repeat) => {
                note("repeat", Reason::ServerAnswered);
                self.prompt(Vec::new(), controls)
            }
        }
    }

    /// Says the prompt, behind some words.
    fn prompt(&mut self, before: Vec<Phrase>, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        self.typed.clear();
        self.rounds += 1;
        self.doing = Doing::Speaking;
        self.moved(ReceptionistWay::Prompt, controls);
        let settings = &self.menu.receptionist.settings;
        let mut said = clips(settings.language, before);
        said.push(match settings.prompt {
            Some(prompt) => Clip::Sound(self.kept(prompt)),
            None => Clip::Sound(SoundName::Phrase(settings.language, phrase::WELCOME_MENU.name())),
        });
        self.alone.say(said, controls);
        Next::Stay
    }

    fn kept(&self, id: shared::SoundId) -> SoundName {
        SoundName::Kept(SoundFile { tenant: self.menu.receptionist.tenant_id, id })
    }

    fn key(&mut self, key: char, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        self.rounds = 0;
        if matches!(self.doing, Doing::Speaking) {
            self.alone.hush(controls);
            self.doing = Doing::Listening;
        }
        let is_complete = key == '#' || self.typed.len() >= TYPED_MAX;
        if key.is_ascii_digit() && !is_complete {
            self.typed.push(key);
        } else if key != '#' && !is_complete {
            return self.decide(Choice::Ignored, controls);
        }
        let found = choice(&self.menu.receptionist.settings, &self.menu.numbers, &self.typed, is_complete);
        self.decide(found, controls)
    }

    fn decide(&mut self, found: Choice, controls: &mut Controls<'_>) -> Next {
        let now = controls.now;
        let receptionist = self.menu.receptionist.clone();
        let settings = &receptionist.settings;
        let typed = std::mem::take(&mut self.typed);
        match found {
            Choice::Waits(time) => {
                self.typed = typed;
                controls.wake_at(now + time);
                Next::Stay
            }
            Choice::Ignored => {
                controls.wake_at(now + Duration::from_secs(settings.timeout_seconds.into()));
                Next::Stay
            }
            Choice::Row(place) => {
                controls.history.note(now, "receptionist", &settings.name, &typed, Reason::ChoiceMade);
                let Some(row) = settings.rows.get(place) else { return self.decide(Choice::Ignored, controls) };
                self.moved(ReceptionistWay::Choice { keys: row.keys.clone() }, controls);
                self.act(&row.action, controls)
            }
            Choice::Entry(place) => self.ask(place, typed, controls),
            Choice::Number(number) => {
                controls.history.note(now, "receptionist", &settings.name, &number, Reason::ChoiceMade);
                self.moved(ReceptionistWay::Extension, controls);
                self.lead(Aim::Inside(number), controls)
            }
            Choice::Unknown => {
                controls.history.note(now, "receptionist", &settings.name, &typed, Reason::ChoiceUnknown);
                self.fail(vec![phrase::INVALID_NUMBER], &MenuAction::Repeat, controls)
            }
            Choice::Nowhere => {
                controls.history.note(now, "receptionist", &settings.name, &typed, Reason::ChoiceUnknown);
                self.failed(vec![phrase::INVALID_NUMBER], controls)
            }
        }
    }

    /// Nothing more was typed.
    fn timeout(&mut self, controls: &mut Controls<'_>) -> Next {
        let receptionist = self.menu.receptionist.clone();
        let settings = &receptionist.settings;
        if !self.typed.is_empty() {
            let found = choice(settings, &self.menu.numbers, &self.typed, true);
            return self.decide(found, controls);
        }
        // A prompt that is being said is let finish.
        if matches!(self.doing, Doing::Speaking) {
            return Next::Stay;
        }
        if self.rounds < settings.rounds {
            return self.prompt(Vec::new(), controls);
        }
        controls.history.note(controls.now, "receptionist", &settings.name, "", Reason::NothingTyped);
        self.rounds = 0;
        self.moved(ReceptionistWay::Nothing, controls);
        self.fail(Vec::new(), &settings.on_timeout, controls)
    }

    /// Whoever was to be reached is not there.
    fn not_there(&mut self, ending: Ending, controls: &mut Controls<'_>) -> Next {
        let receptionist = self.menu.receptionist.clone();
        let settings = &receptionist.settings;
        if ending.reason == Reason::EndedByRule {
            return self.leave(Reason::EndedByReceptionist, controls);
        }
        controls.history.note(controls.now, "receptionist", &ending.rule, &ending.value, ending.reason);
        controls.history.note(controls.now, "receptionist", &settings.name, "", Reason::LedInVain);
        self.failed(vec![phrase::NOT_AVAILABLE], controls)
    }

    /// Says some words and does what is set for what is wrong, or cannot be reached.
    fn failed(&mut self, words: Vec<Phrase>, controls: &mut Controls<'_>) -> Next {
        self.moved(ReceptionistWay::Failure, controls);
        let receptionist = self.menu.receptionist.clone();
        self.fail(words, &receptionist.settings.on_failure, controls)
    }

    /// Says some words and does something that is set for when it does not go as it should.
    fn fail(&mut self, words: Vec<Phrase>, action: &MenuAction, controls: &mut Controls<'_>) -> Next {
        self.failures += 1;
        if self.failures > FAILURES_MAX {
            return self.leave(Reason::ReceptionGivenUp, controls);
        }
        match action {
            MenuAction::Repeat => self.prompt(words, controls),
            MenuAction::Nothing => self.decide(Choice::Ignored, controls),
            MenuAction::Lead { .. } => self.act(action, controls),
        }
    }

    fn act(&mut self, action: &MenuAction, controls: &mut Controls<'_>) -> Next {
        match action {
            MenuAction::Nothing => self.decide(Choice::Ignored, controls),
            MenuAction::Repeat => self.prompt(Vec::new(), controls),
            MenuAction::Lead { to: Destination::EndCall } => self.leave(Reason::EndedByReceptionist, controls),
            MenuAction::Lead { to } => self.lead(Aim::Place(to.clone()), controls),
        }
    }

    fn lead(&mut self, aim: Aim, controls: &mut Controls<'_>) -> Next {
        let prompt = self.menu.receptionist.settings.transfer_prompt.map(|prompt| self.kept(prompt));
        self.doing = Doing::Leading(Box::new(Lead::start(self.alone.leg(), aim, prompt, controls)));
        Next::Stay
    }

    fn leave(&mut self, reason: Reason, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        self.doing = Doing::Leaving(reason);
        self.alone.say(clips(self.menu.receptionist.settings.language, [phrase::GOODBYE]), controls);
        Next::Stay
    }
}

#[cfg(test)]
mod tests {
    use shared::action_url::ActionUrl;
    use shared::receptionist::{DialMode, MenuRow, ReceptionistSettings};
    use shared::{ExtensionId, ReceptionistId, SoundId, TenantId};

    use super::*;
    use crate::stage::testing::{A, B, Scene};
    use crate::stage::{Onto, Rings, Stage};

    fn to(extension: i64) -> MenuAction {
        MenuAction::Lead { to: Destination::Extension { extension_id: ExtensionId(extension) } }
    }

    fn settings() -> ReceptionistSettings {
        let row = |keys: &str, action| MenuRow { keys: keys.into(), action };
        ReceptionistSettings {
            number: "800".into(),
            name: "Main menu".into(),
            rows: vec![row("1", to(101)), row("2", MenuAction::Repeat), row("3", MenuAction::Nothing)],
            ..ReceptionistSettings::default()
        }
    }

    /// A caller who hears the prompt.
    fn before(settings: ReceptionistSettings) -> Scene {
        let receptionist =
            Receptionist { id: ReceptionistId(1), tenant_id: TenantId(1), settings, with_password: Vec::new() };
        let menu = Menu { receptionist: Arc::new(receptionist), numbers: ["401".to_owned()].into() };
        let mut scene = Scene::new();
        let stage = Stage::Reception(Box::new(Reception::new(A, "offer".into(), menu)));
        assert_eq!(scene.enter(stage), ["1 Open Phone", "1 RemoteOffer", "1 MakeAnswer"]);
        let said = scene.after(Event::MediaAnswer(A, "answer".into()));
        assert_eq!(said[..2], ["Accept 1", "Changed"]);
        assert!(said[2].starts_with("1 Say "), "{said:?}");
        scene
    }

    fn rings() -> Event {
        Event::Onward(Ok(Onto::Rings(Rings { batches: vec![vec![B].into()], seconds: 20, ..Rings::default() })))
    }

    // covers: IVR-03, IVR-08
    #[test]
    fn ivr_08_a_key_interrupts_the_prompt_and_leads_on_and_whoever_answers_talks_with_the_caller() {
        let mut scene = before(settings());
        let led = scene.after(Event::Digit(A, '1'));
        assert_eq!(led[..2], ["1 Stop", "1 Stop"]);
        assert_eq!(led[2], "Lead Place(Extension { extension_id: ExtensionId(101) })");
        assert_eq!(scene.after(rings()), ["1 Play Ringback", "2 Open Phone", "2 MakeOffer like 1"]);
        assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Invite 2"]);
        scene.after(Event::Answered(B, "a".into()));
        assert_eq!(scene.after(Event::Ready(B)), ["1 Stop", "2 Connect 1", "Changed"]);
        assert!(matches!(scene.stage, Some(Stage::Talk(_))));

        let mut scene = before(ReceptionistSettings { transfer_prompt: Some(SoundId(5)), ..settings() });
        scene.after(Event::Digit(A, '1'));
        assert_eq!(scene.after(rings())[0], "1 Say sound 5");
        assert_eq!(scene.after(Event::Said(A, u32::MAX)), ["1 Play Ringback"]);
    }

    // covers: IVR-11
    #[test]
    fn ivr_11_a_fax_machine_is_led_to_its_row_at_any_time_and_ignored_without_one() {
        let mut scene = before(settings());
        assert_eq!(scene.after(Event::FaxCalls(A)), [""; 0]);
        let row = MenuRow { keys: FAX_KEY.into(), action: to(109) };
        let receptionist = Receptionist {
            id: ReceptionistId(1),
            tenant_id: TenantId(1),
            settings: ReceptionistSettings { rows: vec![row], ..settings() },
            with_password: Vec::new(),
        };
        let menu = Menu { receptionist: Arc::new(receptionist), numbers: [].into() };
        let mut scene = Scene::new();
        scene.enter(Stage::Reception(Box::new(Reception::new(A, "offer".into(), menu))));
        let began = scene.after(Event::MediaAnswer(A, "answer".into()));
        assert_eq!(began[2], "1 ListenForFax(true)");
        scene.after(Event::Digit(A, '4'));
        let led = scene.after(Event::FaxCalls(A));
        assert_eq!(led.last().unwrap(), "Lead Place(Extension { extension_id: ExtensionId(109) })");
        assert_eq!(scene.after(Event::FaxCalls(A)), [""; 0], "the machine calls again while it is led on");
        scene.after(rings());
        scene.after(Event::MediaOffer(B, "o".into()));
        scene.after(Event::Answered(B, "a".into()));
        assert!(scene.after(Event::Ready(B)).contains(&"1 ListenForFax(false)".to_owned()));
    }

    // covers: IVR-14
    #[test]
    fn ivr_14_who_cannot_be_reached_is_told_of_and_what_is_set_for_it_happens() {
        let mut scene = before(settings());
        scene.after(Event::Digit(A, '1'));
        let gone = || Event::Onward(Err(Some(Ending::new(Reason::CalleeOffline, "101", 480))));
        assert_eq!(scene.after(gone()), ["1 Say not_available welcome_menu"]);
        let mut scene = before(ReceptionistSettings { on_failure: to(102), ..settings() });
        scene.after(Event::Digit(A, '1'));
        assert!(scene.after(gone()).last().unwrap().contains("ExtensionId(102)"));
        let mut scene =
            before(ReceptionistSettings { on_failure: MenuAction::Lead { to: Destination::EndCall }, ..settings() });
        scene.after(Event::Digit(A, '9'));
        scene.sleep(2);
        assert_eq!(scene.after(Event::Timeout), ["1 Say goodbye"]);
        assert_eq!(scene.after(Event::Said(A, 3)), ["End ended_by_receptionist 0"]);
    }

    // covers: IVR-13
    #[test]
    fn ivr_13_the_prompt_is_said_as_often_as_is_set_and_then_comes_what_is_set_for_silence() {
        let mut scene = before(ReceptionistSettings { on_timeout: to(103), ..settings() });
        for round in 1..3 {
            assert_eq!(scene.after(Event::Said(A, round)), [""; 0]);
            scene.sleep(9);
            assert_eq!(scene.wake, Some(scene.now + Duration::from_secs(1)));
            scene.sleep(1);
            assert_eq!(scene.after(Event::Timeout), ["1 Say welcome_menu"], "{round}");
        }
        scene.after(Event::Said(A, 3));
        scene.sleep(10);
        assert!(scene.after(Event::Timeout).last().unwrap().contains("ExtensionId(103)"));
    }

    // covers: IVR-06, IVR-07, IVR-12
    #[test]
    fn ivr_06_repeat_says_it_again_nothing_is_ignored_and_a_typed_number_is_called() {
        let mut scene = before(settings());
        assert_eq!(scene.after(Event::Digit(A, '2')), ["1 Stop", "1 Say welcome_menu"]);
        assert_eq!(scene.after(Event::Digit(A, '3')), ["1 Stop"]);
        for key in ['4', '0'] {
            assert!(scene.after(Event::Digit(A, key)).len() <= 1);
        }
        assert_eq!(scene.after(Event::Digit(A, '1')), ["1 Stop", "Lead Inside(\"401\")"]);
        let mode = DialMode::AfterDigits { digits: 3 };
        let mut scene = before(ReceptionistSettings { dial_mode: mode, ..settings() });
        for key in ['9', '9'] {
            scene.after(Event::Digit(A, key));
        }
        assert_eq!(scene.after(Event::Digit(A, '9')), ["1 Say invalid_number welcome_menu"]);
    }

    fn asking(urls: Vec<ActionUrl>) -> Scene {
        before(ReceptionistSettings { urls, ..settings() })
    }

    fn entry(list: &str, action: &str) -> ActionUrl {
        ActionUrl { name: "Cards".into(), list: list.into(), action: action.into(), ..ActionUrl::default() }
    }

    // covers: IVR-17, IVR-23, IVR-24
    #[test]
    fn ivr_23_what_the_server_answers_is_done() {
        let ask = || asking(vec![entry("77", "https://app.example/"), entry("88", "102")]);
        let typed = |scene: &mut Scene, keys: &str| {
            let each: Vec<_> = keys.chars().map(|key| scene.after(Event::Digit(A, key))).collect();
            each.last().cloned().unwrap_or_default()
        };
        let said = |answer| Event::Instructed(1, answer);
        for (answer, expected) in [
            (Ok(Instruction::Call("222".into())), "Lead Reached(\"222\")"),
            (Ok(Instruction::HangUp), "1 Say goodbye"),
            (Ok(Instruction::Repeat), "1 Say welcome_menu"),
            (Err("HTTP 500".to_owned()), "1 Say welcome_menu"),
        ] {
            let mut scene = ask();
            assert_eq!(typed(&mut scene, "77"), ["Ask 0 77"]);
            assert_eq!(scene.after(Event::Instructed(9, Ok(Instruction::HangUp))), [""; 0], "to another question");
            assert_eq!(scene.after(said(answer)).last().unwrap(), expected);
        }
        let mut scene = ask();
        typed(&mut scene, "77");
        scene.sleep(6);
        assert_eq!(scene.after(Event::Timeout), ["1 Say welcome_menu"], "a caller never waits for ever");
        assert_eq!(typed(&mut ask(), "88").last().unwrap(), "Lead Reached(\"102\")");
    }

    // covers: IVR-17
    #[test]
    fn ivr_17_the_callers_number_leads_on_before_the_prompt() {
        let callers = ActionUrl { trigger: Trigger::Caller, ..entry("101", "https://app.example/") };
        let receptionist = Receptionist {
            id: ReceptionistId(1),
            tenant_id: TenantId(1),
            settings: ReceptionistSettings { urls: vec![callers], ..settings() },
            with_password: Vec::new(),
        };
        let menu = Menu { receptionist: Arc::new(receptionist), numbers: [].into() };
        let mut scene = Scene::new();
        scene.enter(Stage::Reception(Box::new(Reception::new(A, "offer".into(), menu))));
        let asked = scene.after(Event::MediaAnswer(A, "answer".into()));
        assert_eq!(asked, ["Accept 1", "Changed", "Ask 0 "]);
    }

    #[test]
    fn a_caller_who_leaves_stops_what_rings_and_one_who_is_led_nowhere_too_often_is_let_go() {
        let mut scene = before(settings());
        scene.after(Event::Digit(A, '1'));
        scene.after(rings());
        scene.after(Event::MediaOffer(B, "o".into()));
        let left = scene.after(Event::Ended(A, sip::EndCause::Bye(None)));
        assert!(left.iter().any(|word| word.starts_with("Cancel 2")), "{left:?}");
        assert_eq!(left.last().unwrap(), "End caller_hung_up 0");
        let mut scene = before(settings());
        for _ in 0..FAILURES_MAX {
            scene.after(Event::Digit(A, '9'));
            assert_eq!(scene.after(Event::Digit(A, '#')), ["1 Say invalid_number welcome_menu"]);
        }
        scene.after(Event::Digit(A, '9'));
        assert_eq!(scene.after(Event::Digit(A, '#')), ["1 Say goodbye"]);
    }
}
