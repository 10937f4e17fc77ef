//! A receptionist as it stands in its fields, until it is sent.

use std::cell::Cell;
use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::SoundId;
use shared::action_url::{Action, ActionUrl, AskMethod, Trigger};
use shared::language::Language;
use shared::problem::FieldProblem;
use shared::receptionist::{DialMode, MenuRow, ReceptionistSettings};

use crate::page::target::Target;

pub const WHEN_MATCHES: &str = "when_matches";
pub const AFTER_DIGITS: &str = "after_digits";
pub const POUND: &str = "pound";
pub const KEYS: &str = "keys";
pub const CALLER: &str = "caller";
pub const GET: &str = "get";
pub const POST: &str = "post";

/// Tells rows and entries apart while they move.
fn fresh_key() -> u32 {
    thread_local! {
        static NEXT: Cell<u32> = const { Cell::new(0) };
    }
    NEXT.replace(NEXT.get().wrapping_add(1))
}

/// A choice in its fields.
#[derive(Clone, Copy)]
pub struct RowDraft {
    /// Tells rows apart while they move.
    pub key: u32,
    pub keys: RwSignal<String>,
    pub target: Target,
}

impl RowDraft {
    pub fn of(row: &MenuRow) -> Self {
        Self { key: fresh_key(), keys: RwSignal::new(row.keys.clone()), target: Target::of_action(&row.action) }
    }

    fn read(self) -> MenuRow {
        MenuRow { keys: self.keys.with(|keys| keys.trim().to_owned()), action: self.target.action() }
    }
}

/// An entry in its fields: whom else the receptionist asks (IVR-16).
#[derive(Clone, Copy)]
pub struct UrlDraft {
    /// Tells entries apart.
    pub key: u32,
    pub name: RwSignal<String>,
    pub trigger: RwSignal<String>,
    pub list: RwSignal<String>,
    pub action: RwSignal<String>,
    pub method: RwSignal<String>,
    pub user: RwSignal<String>,
    /// Another password; the one that is kept is never shown.
    pub password: RwSignal<String>,
    /// Is the one that is kept taken away?
    pub drops_password: RwSignal<bool>,
    pub connect_seconds: RwSignal<String>,
    pub answer_seconds: RwSignal<String>,
}

impl UrlDraft {
    /// As it is; its password is not known here.
    pub fn of(entry: &ActionUrl) -> Self {
        let word = |word: &str| RwSignal::new(word.to_owned());
        Self {
            key: fresh_key(),
            name: word(&entry.name),
            trigger: word(if entry.trigger == Trigger::Caller { CALLER } else { KEYS }),
            list: word(&entry.list),
            action: word(&entry.action),
            method: word(if entry.method == AskMethod::Post { POST } else { GET }),
            user: word(&entry.user),
            password: RwSignal::default(),
            drops_password: RwSignal::new(false),
            connect_seconds: RwSignal::new(entry.connect_seconds.to_string()),
            answer_seconds: RwSignal::new(entry.answer_seconds.to_string()),
        }
    }

    /// Does its action read as an address? Watched.
    pub fn asks(self) -> bool {
        let action = self.action.get();
        matches!(ActionUrl { action, ..ActionUrl::default() }.does(), Action::Ask(_))
    }

    /// Has an entry of its name a password? Watched.
    pub fn is_among(self, with_password: &[String]) -> bool {
        self.name.with(|name| with_password.iter().any(|known| known == name.trim()))
    }

    fn read(self) -> ActionUrl {
        let trimmed = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        let said = ActionUrl {
            name: trimmed(self.name),
            trigger: if self.trigger.with(|word| word == CALLER) { Trigger::Caller } else { Trigger::Keys },
            list: trimmed(self.list),
            action: trimmed(self.action),
            ..ActionUrl::default()
        };
        // What is for a server does not outlast its address.
        if !self.asks() {
            return said;
        }
        ActionUrl {
            method: if self.method.with(|word| word == POST) { AskMethod::Post } else { AskMethod::Get },
            user: trimmed(self.user),
            connect_seconds: figure(self.connect_seconds),
            answer_seconds: figure(self.answer_seconds),
            ..said
        }
    }

    /// What becomes of its password: another one, or an empty one where it is taken away; none where it stays.
    fn other_password(self, with_password: &[String]) -> Option<String> {
        let kept = self.is_among(with_password);
        if kept && (self.drops_password.get() || !self.asks()) {
            return Some(String::new());
        }
        Some(self.password.get()).filter(|password| self.asks() && !password.is_empty())
    }
}

/// What is no figure is none that is allowed.
fn figure(text: RwSignal<String>) -> u32 {
    text.with(|text| text.trim().parse().unwrap_or(0))
}

/// All fields of the form.
#[derive(Clone, Copy)]
pub struct Draft {
    pub number: RwSignal<String>,
    pub name: RwSignal<String>,
    pub language: RwSignal<String>,
    pub prompt: RwSignal<String>,
    pub transfer_prompt: RwSignal<String>,
    pub gap_seconds: RwSignal<String>,
    pub dials_extensions: RwSignal<bool>,
    pub mode: RwSignal<String>,
    pub digits: RwSignal<String>,
    pub rows: RwSignal<Vec<RowDraft>>,
    pub timeout_seconds: RwSignal<String>,
    pub rounds: RwSignal<String>,
    pub on_timeout: Target,
    pub on_failure: Target,
    pub urls: RwSignal<Vec<UrlDraft>>,
}

impl Draft {
    /// As it is.
    pub fn of(settings: &ReceptionistSettings) -> Self {
        let (mode, digits) = match settings.dial_mode {
            DialMode::WhenMatches => (WHEN_MATCHES, 3),
            DialMode::AfterDigits { digits } => (AFTER_DIGITS, digits),
            DialMode::Pound => (POUND, 3),
        };
        let sound = |id: Option<SoundId>| RwSignal::new(id.map(|id| id.to_string()).unwrap_or_default());
        let text = |number: u32| RwSignal::new(number.to_string());
        Self {
            number: RwSignal::new(settings.number.clone()),
            name: RwSignal::new(settings.name.clone()),
            language: RwSignal::new(settings.language.code().to_owned()),
            prompt: sound(settings.prompt),
            transfer_prompt: sound(settings.transfer_prompt),
            gap_seconds: text(settings.gap_seconds),
            dials_extensions: RwSignal::new(settings.dials_extensions),
            mode: RwSignal::new(mode.to_owned()),
            digits: text(digits),
            rows: RwSignal::new(settings.rows.iter().map(RowDraft::of).collect()),
            timeout_seconds: text(settings.timeout_seconds),
            rounds: text(settings.rounds),
            on_timeout: Target::of_action(&settings.on_timeout),
            on_failure: Target::of_action(&settings.on_failure),
            urls: RwSignal::new(settings.urls.iter().map(UrlDraft::of).collect()),
        }
    }

    /// What the fields say, watched.
    pub fn read(self) -> ReceptionistSettings {
        let trimmed = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        let dial_mode = match self.mode.get().as_str() {
            AFTER_DIGITS => DialMode::AfterDigits { digits: figure(self.digits) },
            POUND => DialMode::Pound,
            _ => DialMode::WhenMatches,
        };
        ReceptionistSettings {
            number: trimmed(self.number),
            name: trimmed(self.name),
            language: self.language.with(|code| Language::of_code(code)).unwrap_or_default(),
            prompt: self.prompt.with(|id| id.parse().ok()),
            transfer_prompt: self.transfer_prompt.with(|id| id.parse().ok()),
            gap_seconds: figure(self.gap_seconds),
            dials_extensions: self.dials_extensions.get(),
            dial_mode,
            rows: self.rows.get().into_iter().map(RowDraft::read).collect(),
            timeout_seconds: figure(self.timeout_seconds),
            rounds: figure(self.rounds),
            on_timeout: self.on_timeout.action(),
            on_failure: self.on_failure.action(),
            urls: self.urls.get().into_iter().map(UrlDraft::read).collect(),
        }
    }

    /// Passwords that change, by the names of their entries; an empty one is taken away (IVR-21).
    pub fn passwords(self, with_password: &[String]) -> BTreeMap<String, String> {
        let entries = self.urls.get_untracked().into_iter();
        let change = |entry: UrlDraft| Some((entry.read().name, entry.other_password(with_password)?));
        untrack(|| entries.filter_map(change).collect())
    }

    /// What is wrong with the fields.
    pub fn check(self) -> Vec<FieldProblem> {
        let mut problems = untrack(|| self.read().check());
        for (place, entry) in self.urls.get_untracked().into_iter().enumerate() {
            let lonely = untrack(|| entry.read().user.is_empty() && entry.other_password(&[]).is_some());
            if lonely {
                problems.push(FieldProblem::new(format!("urls[{place}].user"), "A password is for a user."));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use shared::destination::Destination;
    use shared::receptionist::MenuAction;
    use shared::{ExtensionId, RingGroupId};

    use super::*;

    // covers: IVR-01
    #[test]
    fn ivr_01_what_the_fields_say_is_what_they_were_filled_with() {
        let row = |keys: &str, action| MenuRow { keys: keys.into(), action };
        let lead = |to| MenuAction::Lead { to };
        for dial_mode in [DialMode::WhenMatches, DialMode::AfterDigits { digits: 4 }, DialMode::Pound] {
            let settings = ReceptionistSettings {
                number: "800".into(),
                name: "Main menu".into(),
                language: Language::DeDe,
                prompt: Some(SoundId(7)),
                transfer_prompt: None,
                gap_seconds: 4,
                dials_extensions: false,
                dial_mode,
                rows: vec![
                    row("1", lead(Destination::RingGroup { ring_group_id: RingGroupId(3) })),
                    row("2#", lead(Destination::Voicemail { mailbox_id: ExtensionId(4) })),
                    row("9*", MenuAction::Nothing),
                ],
                timeout_seconds: 20,
                rounds: 2,
                on_timeout: lead(Destination::EndCall),
                on_failure: MenuAction::Repeat,
                urls: Vec::new(),
            };
            assert_eq!(untrack(|| Draft::of(&settings).read()), settings);
        }
    }

    fn asking(name: &str) -> ActionUrl {
        ActionUrl {
            name: name.into(),
            trigger: Trigger::Caller,
            list: "101, 810000-880000".into(),
            action: "https://app.example/route?x=1".into(),
            method: AskMethod::Post,
            user: "belfry".into(),
            connect_seconds: 3,
            answer_seconds: 15,
        }
    }

    fn draft(urls: Vec<ActionUrl>) -> Draft {
        Draft::of(&ReceptionistSettings { number: "800".into(), name: "A".into(), urls, ..Default::default() })
    }

    fn wrong(draft: Draft) -> Vec<String> {
        draft.check().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn what_is_no_figure_is_refused_by_the_check() {
        let draft = draft(vec![asking("Cards")]);
        draft.rounds.set("three".into());
        draft.urls.get_untracked()[0].answer_seconds.set("soon".into());
        assert_eq!(wrong(draft), ["rounds", "urls[0].answer_seconds"]);
    }

    // covers: IVR-16
    #[test]
    fn ivr_16_all_fields_of_an_entry_are_read_as_they_were_filled() {
        let call = ActionUrl { name: "Boss".into(), list: "22".into(), action: "102".into(), ..ActionUrl::default() };
        let entries = vec![asking("Cards"), call, ActionUrl { method: AskMethod::Get, ..asking("Callers") }];
        assert_eq!(untrack(|| draft(entries.clone()).read().urls), entries);
        let turned = draft(vec![asking("Cards")]);
        let entry = turned.urls.get_untracked()[0];
        entry.action.set(" 102 ".into());
        entry.answer_seconds.set("soon".into());
        let kept = ActionUrl {
            action: "102".into(),
            method: AskMethod::Get,
            user: String::new(),
            connect_seconds: 2,
            answer_seconds: 2,
            ..asking("Cards")
        };
        assert_eq!(untrack(|| turned.read().urls), [kept], "a number has nothing of what is for a server");
        assert_eq!(wrong(turned), [""; 0]);
    }

    // covers: IVR-16
    #[test]
    fn ivr_16_a_password_stays_until_another_is_typed_or_it_is_taken_away() {
        let kept = ["Cards".to_owned()];
        let all = || {
            let draft = draft(vec![asking("Cards"), asking("Callers")]);
            let entries = draft.urls.get_untracked();
            (draft, entries[0], entries[1])
        };
        let told = |draft: Draft| draft.passwords(&kept).into_iter().collect::<Vec<_>>();
        let pair = |name: &str, password: &str| (name.to_owned(), password.to_owned());

        let (draft, cards, callers) = all();
        assert_eq!(told(draft), []);
        callers.password.set(" secret ".into());
        assert_eq!(told(draft), [pair("Callers", " secret ")]);
        cards.password.set("other".into());
        assert_eq!(told(draft), [pair("Callers", " secret "), pair("Cards", "other")]);
        cards.drops_password.set(true);
        assert_eq!(told(draft), [pair("Callers", " secret "), pair("Cards", "")]);

        let (draft, cards, callers) = all();
        cards.action.set("102".into());
        callers.password.set("secret".into());
        callers.action.set("103".into());
        assert_eq!(told(draft), [pair("Cards", "")], "a number has no password");

        let (draft, cards, _) = all();
        assert!(untrack(|| cards.is_among(&kept)));
        cards.name.set("Visa".into());
        cards.drops_password.set(true);
        assert!(!untrack(|| cards.is_among(&kept)), "a renamed entry has no password");
        assert_eq!(told(draft), []);
    }

    // covers: IVR-16
    #[test]
    fn ivr_16_a_password_needs_a_user() {
        let draft = draft(vec![ActionUrl { user: String::new(), trigger: Trigger::Keys, ..asking("Cards") }]);
        assert_eq!(wrong(draft), [""; 0]);
        draft.urls.get_untracked()[0].password.set("secret".into());
        assert_eq!(wrong(draft), ["urls[0].user"]);
    }
}
