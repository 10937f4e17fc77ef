//! How a mailbox is set up: one form for its owner and for the administrator (EXT-06, EXT-07).

use leptos::prelude::*;
use shared::SoundId;
use shared::language::Language;
use shared::voicemail::{Greetings, Mailbox, MailboxChange, VoicemailMail, VoicemailSettings};

use crate::ui::field::{Field, Select, Switch};
use crate::ui::form::Form;

/// The fields whose problems stand beside them.
pub const FIELDS: [&str; 1] = ["pin"];

const MAILS: [(&str, VoicemailMail, &str); 3] = [
    ("nothing", VoicemailMail::Nothing, "Nothing"),
    ("notice", VoicemailMail::Notice, "That there is one"),
    ("attached", VoicemailMail::Attached, "The message itself too"),
];

/// The fields.
#[derive(Clone, Copy)]
pub struct Draft {
    enabled: RwSignal<bool>,
    pin: RwSignal<String>,
    drops_pin: RwSignal<bool>,
    pin_required: RwSignal<bool>,
    says_caller: RwSignal<bool>,
    says_time: RwSignal<bool>,
    language: RwSignal<String>,
    mail: RwSignal<String>,
    usual: RwSignal<String>,
    busy: RwSignal<String>,
    away: RwSignal<String>,
    has_pin: bool,
}

impl Draft {
    /// As it is.
    pub fn of(mailbox: &Mailbox) -> Self {
        let VoicemailSettings { enabled, pin_required, says_caller, says_time, language, mail, greetings } =
            mailbox.settings.clone();
        let mail = MAILS.iter().find(|(_, known, _)| *known == mail).map_or("", |(key, ..)| key);
        let sound = |id: Option<SoundId>| RwSignal::new(id.map(|id| id.to_string()).unwrap_or_default());
        Self {
            enabled: RwSignal::new(enabled),
            pin: RwSignal::new(String::new()),
            drops_pin: RwSignal::new(false),
            pin_required: RwSignal::new(pin_required),
            says_caller: RwSignal::new(says_caller),
            says_time: RwSignal::new(says_time),
            language: RwSignal::new(language.code().to_owned()),
            mail: RwSignal::new(mail.to_owned()),
            usual: sound(greetings.usual),
            busy: sound(greetings.busy),
            away: sound(greetings.away),
            has_pin: mailbox.has_pin,
        }
    }

    /// What the fields say.
    pub fn change(self) -> MailboxChange {
        let sound = |text: RwSignal<String>| text.with_untracked(|id| id.parse().ok());
        let mail =
            self.mail.with_untracked(|key| MAILS.iter().find(|(known, ..)| known == key).map(|(_, mail, _)| *mail));
        let typed = self.pin.get_untracked().trim().to_owned();
        let pin = match self.drops_pin.get_untracked() {
            true => Some(String::new()),
            false => Some(typed).filter(|pin| !pin.is_empty()),
        };
        MailboxChange {
            settings: VoicemailSettings {
                enabled: self.enabled.get_untracked(),
                pin_required: self.pin_required.get_untracked(),
                says_caller: self.says_caller.get_untracked(),
                says_time: self.says_time.get_untracked(),
                language: self.language.with_untracked(|code| Language::of_code(code)).unwrap_or_default(),
                mail: mail.unwrap_or_default(),
                greetings: Greetings { usual: sound(self.usual), busy: sound(self.busy), away: sound(self.away) },
            },
            pin,
        }
    }

    /// A greeting is gone: where it was played, the next in line is.
    pub fn forget(self, id: SoundId) {
        let id = id.to_string();
        for greeting in [self.usual, self.busy, self.away] {
            if greeting.with_untracked(|known| *known == id) {
                greeting.set(String::new());
            }
        }
    }
}

/// The fields of the mailbox itself.
#[component]
pub fn MailboxFields(draft: Draft, form: Form) -> impl IntoView {
    let Draft { enabled, pin, drops_pin, pin_required, says_caller, says_time, language, mail, has_pin, .. } = draft;
    let languages = Language::ALL.map(|language| (language.code().to_owned(), language.name().to_owned())).to_vec();
    let mails = MAILS.map(|(key, _, word)| (key.to_owned(), word.to_owned())).to_vec();
    let (label, hint) = match has_pin {
        true => ("Another PIN", "There is a PIN. Left empty, it stays as it is."),
        false => ("PIN", "4 to 10 digits. Without one, messages are heard from the own telephone and here only."),
    };
    view! {
        <Switch name="enabled" label="Callers may leave a message" on=enabled change=move |on| enabled.set(on) />
        <fieldset class="grid gap-3">
            <legend class="label mb-1">"PIN"</legend>
            <div hidden=move || drops_pin.get()>
                // For password managers: whose password it is.
                <input type="text" autocomplete="username" value="Mailbox" readonly hidden />
                <Field name="pin" label value=pin form kind="password" autocomplete="new-password" inputmode="numeric" optional=true hint />
            </div>
            {has_pin.then(|| view! {
                <Switch name="drops_pin" label="Take the PIN away" on=drops_pin change=move |on| { drops_pin.set(on); form.touch("pin"); } />
            })}
            <Switch name="pin_required" label="The own telephone asks for it too" hint="From elsewhere it is always asked for."
                on=pin_required change=move |on| pin_required.set(on) />
        </fieldset>
        <fieldset class="grid gap-3">
            <legend class="label mb-1">"Listening by telephone"</legend>
            <Switch name="says_caller" label="It is said who has left the message" on=says_caller change=move |on| says_caller.set(on) />
            <Switch name="says_time" label="It is said when" on=says_time change=move |on| says_time.set(on) />
        </fieldset>
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <Select name="language" label="Language of the system's phrases" value=language options=languages />
            <Select name="mail" label="Mailed of a new message" value=mail options=mails />
        </div>
    }
}

/// Which greeting is played when; `greetings` are their ids and names, nothing while they are awaited.
#[component]
pub fn GreetingFields(draft: Draft, greetings: Signal<Option<Vec<(String, String)>>>) -> impl IntoView {
    let choice = move |name: &'static str, label: &'static str, none: &'static str, value: RwSignal<String>| {
        let was = value.get_untracked();
        move || view! { <Select name label value options=offered(none, greetings.get(), &was) /> }
    };
    view! {
        <fieldset class="grid gap-3" data-testid="greeting-choices">
            <legend class="label mb-1">"What callers hear first"</legend>
            <div class="grid items-start gap-3 sm:grid-cols-3">
                {choice("greetings.usual", "Usually", "The system's greeting", draft.usual)}
                {choice("greetings.busy", "While busy", "As usual", draft.busy)}
                {choice("greetings.away", "While away or not to be disturbed", "As usual", draft.away)}
            </div>
        </fieldset>
    }
}

/// What a field offers: `none` first, then all; while they are awaited, what was set before.
fn offered(none: &str, greetings: Option<Vec<(String, String)>>, was: &str) -> Vec<(String, String)> {
    let before = || vec![(was.to_owned(), "The greeting as it was".to_owned())].into_iter().filter(|_| !was.is_empty());
    let all = greetings.unwrap_or_else(|| before().collect());
    std::iter::once((String::new(), none.to_owned())).chain(all).collect()
}

#[cfg(test)]
mod tests {
    use shared::ExtensionId;

    use super::*;

    fn mailbox() -> Mailbox {
        Mailbox {
            extension_id: ExtensionId(7),
            settings: VoicemailSettings {
                enabled: true,
                pin_required: true,
                says_caller: false,
                says_time: true,
                language: Language::FrFr,
                mail: VoicemailMail::Attached,
                greetings: Greetings { usual: Some(SoundId(1)), busy: None, away: Some(SoundId(2)) },
            },
            has_pin: true,
        }
    }

    // covers: EXT-06, EXT-07
    #[test]
    fn ext_06_what_the_fields_say_is_what_they_were_filled_with() {
        for mail in MAILS.map(|(_, mail, _)| mail) {
            let mut mailbox = mailbox();
            mailbox.settings.mail = mail;
            assert_eq!(Draft::of(&mailbox).change(), MailboxChange { settings: mailbox.settings, pin: None });
        }
    }

    // covers: EXT-06
    #[test]
    fn ext_06_a_pin_is_left_changed_or_taken_away() {
        let draft = Draft::of(&mailbox());
        assert_eq!(draft.change().pin, None);
        draft.pin.set(" 4711 ".into());
        assert_eq!(draft.change().pin.as_deref(), Some("4711"));
        draft.drops_pin.set(true);
        assert_eq!(draft.change().pin.as_deref(), Some(""));
    }

    // covers: EXT-07
    #[test]
    fn ext_07_a_greeting_that_is_gone_is_played_no_more() {
        let draft = Draft::of(&mailbox());
        draft.forget(SoundId(1));
        let greetings = draft.change().settings.greetings;
        assert_eq!(greetings, Greetings { usual: None, busy: None, away: Some(SoundId(2)) });
    }

    #[test]
    fn what_was_chosen_stays_to_be_seen_until_the_list_is_there() {
        let count = |greetings, was: &str| offered("As usual", greetings, was).len();
        assert_eq!([count(None, ""), count(None, "snd_1")], [1, 2]);
        assert_eq!(count(Some(vec![("snd_2".into(), "Mine".into())]), "snd_1"), 2);
    }
}
