//! A choice of where a call goes: nowhere, to a person, a ring group, a receptionist, a queue, a conference room, a mailbox, outside.

use leptos::oco::Oco;
use leptos::prelude::*;
use shared::ExtensionId;
use shared::destination::Destination;
use shared::receptionist::MenuAction;

use crate::ui::field::{Field, Select};
use crate::ui::form::Form;
use crate::ui::icon::{Glyph, Icon};

const RING: &str = "ring";
const END: &str = "end";
const OUTSIDE: &str = "outside";
const NOTHING: &str = "nothing";
const REPEAT: &str = "repeat";
const MAILBOX: &str = "mailbox:";

/// What else a choice of a receptionist can do: nothing at all.
pub const IGNORED: (&str, &str) = (NOTHING, "Ignored");
/// Or say the prompt once more.
pub const SAY_AGAIN: (&str, &str) = (REPEAT, "Say it again");

/// The word by which the mailbox of an extension is chosen.
pub fn mailbox_word(extension_id: ExtensionId) -> String {
    format!("{MAILBOX}{extension_id}")
}

/// The signals of a destination: a word, or the id of whom it leads to; and the number.
#[derive(Clone, Copy)]
pub struct Target {
    kind: RwSignal<String>,
    number: RwSignal<String>,
}

impl Target {
    /// As it is.
    pub fn of(destination: &Destination) -> Self {
        let (kind, number) = match destination {
            Destination::EndCall => (END.to_owned(), String::new()),
            Destination::RingGroup { ring_group_id } => (ring_group_id.to_string(), String::new()),
            Destination::External { number } => (OUTSIDE.to_owned(), number.clone()),
            Destination::Extension { extension_id } => (extension_id.to_string(), String::new()),
            Destination::Receptionist { receptionist_id } => (receptionist_id.to_string(), String::new()),
            Destination::Conference { conference_room_id } => (conference_room_id.to_string(), String::new()),
            Destination::Queue { queue_id } => (queue_id.to_string(), String::new()),
            Destination::Voicemail { mailbox_id } => (mailbox_word(*mailbox_id), String::new()),
        };
        Self { kind: RwSignal::new(kind), number: RwSignal::new(number) }
    }

    fn of_word(word: &str) -> Self {
        Self { kind: RwSignal::new(word.to_owned()), number: RwSignal::new(String::new()) }
    }

    /// The same where none rings the devices.
    pub fn of_or_rings(destination: Option<&Destination>) -> Self {
        match destination {
            Some(destination) => Self::of(destination),
            None => Self::of_word(RING),
        }
    }

    /// The same where a receptionist may also ignore it, or say its prompt again.
    pub fn of_action(action: &MenuAction) -> Self {
        match action {
            MenuAction::Nothing => Self::of_word(NOTHING),
            MenuAction::Repeat => Self::of_word(REPEAT),
            MenuAction::Lead { to } => Self::of(to),
        }
    }

    /// What is chosen, watched.
    pub fn read(self) -> Destination {
        let kind = self.kind.get();
        if kind == OUTSIDE {
            return Destination::External { number: self.number.with(|number| number.trim().to_owned()) };
        }
        if let Some(Ok(mailbox_id)) = kind.strip_prefix(MAILBOX).map(str::parse) {
            return Destination::Voicemail { mailbox_id };
        }
        // Each id says by its prefix of what it is.
        let extension = kind.parse().map(|extension_id| Destination::Extension { extension_id });
        let group = || kind.parse().map(|ring_group_id| Destination::RingGroup { ring_group_id });
        let receptionist = || kind.parse().map(|receptionist_id| Destination::Receptionist { receptionist_id });
        let queue = || kind.parse().map(|queue_id| Destination::Queue { queue_id });
        let room = || kind.parse().map(|conference_room_id| Destination::Conference { conference_room_id });
        let found = extension.ok().or_else(|| group().ok()).or_else(|| receptionist().ok());
        found.or_else(|| queue().ok()).or_else(|| room().ok()).unwrap_or(Destination::EndCall)
    }

    /// What was chosen.
    pub fn destination(self) -> Destination {
        untrack(|| self.read())
    }

    /// What is chosen for a receptionist, watched.
    pub fn action(self) -> MenuAction {
        match self.kind.get().as_str() {
            NOTHING => MenuAction::Nothing,
            REPEAT => MenuAction::Repeat,
            _ => MenuAction::Lead { to: self.read() },
        }
    }

    /// What was chosen; none rings the devices.
    pub fn destination_or_rings(self) -> Option<Destination> {
        (self.kind.get_untracked() != RING).then(|| self.destination())
    }
}

/// Chooses a destination of `options`, ids and words; `rings` offers to ring the devices, `first` stands before all else.
#[component]
pub fn TargetField(
    #[prop(into)] name: Oco<'static, str>,
    #[prop(into)] label: String,
    target: Target,
    options: Signal<Vec<(String, String)>>,
    form: Form,
    #[prop(optional)] rings: bool,
    #[prop(optional)] first: Vec<(String, String)>,
) -> impl IntoView {
    let outside = Signal::derive(move || target.kind.with(|kind| kind == OUTSIDE));
    let number_name = format!("{name}.number");
    let field = name.clone();
    let was = StoredValue::new(target.kind.get_untracked());
    let all = move || {
        let ring = rings.then(|| (RING.to_owned(), "Ring the devices".to_owned()));
        let words = [(END, "End the call"), (OUTSIDE, "A number outside")];
        let words = words.map(|(key, word)| (key.to_owned(), word.to_owned()));
        let all: Vec<_> = ring.into_iter().chain(first.clone()).chain(words).chain(options.get()).collect();
        was.with_value(|was| with_unlisted(all, was))
    };
    view! {
        <div class="grid content-start gap-2">
            {move || view! { <Select name=name.clone() label=label.clone() value=target.kind options=all() /> }}
            {move || form.problem(&field).map(|text| view! {
                <p class="problem" role="alert"><Icon glyph=Glyph::Alert /><span>{text}</span></p>
            })}
            <div hidden=move || !outside.get()>
                <Field name=number_name label="Number" value=target.number form inputmode="tel" placeholder="0044…"
                    hint="As it would be dialled; an outbound rule takes it." />
            </div>
        </div>
    }
}

/// The same with what was set before, where the list does not offer it, or not yet: it must not look like another choice.
fn with_unlisted(mut all: Vec<(String, String)>, was: &str) -> Vec<(String, String)> {
    if !was.is_empty() && !all.iter().any(|(key, _)| key == was) {
        let word = match Target::of_word(was).destination() {
            Destination::Receptionist { .. } => "A receptionist",
            Destination::Conference { .. } => "A conference room",
            Destination::Queue { .. } => "A queue",
            Destination::Voicemail { .. } => "A mailbox",
            Destination::RingGroup { .. } => "A ring group",
            Destination::Extension { .. } => "An extension",
            Destination::EndCall | Destination::External { .. } => return all,
        };
        all.push((was.to_owned(), word.to_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{ConferenceRoomId, QueueId, ReceptionistId, RingGroupId};

    fn everywhere() -> [Destination; 8] {
        [
            Destination::EndCall,
            Destination::Extension { extension_id: ExtensionId(7) },
            Destination::RingGroup { ring_group_id: RingGroupId(7) },
            Destination::Receptionist { receptionist_id: ReceptionistId(7) },
            Destination::Queue { queue_id: QueueId(7) },
            Destination::Conference { conference_room_id: ConferenceRoomId(7) },
            Destination::Voicemail { mailbox_id: ExtensionId(7) },
            Destination::External { number: "+4930123".into() },
        ]
    }

    // covers: INB-04
    #[test]
    fn what_is_chosen_is_what_it_was() {
        for destination in everywhere() {
            assert_eq!(Target::of(&destination).destination(), destination);
            assert_eq!(Target::of_or_rings(Some(&destination)).destination_or_rings(), Some(destination));
        }
        assert_eq!(Target::of_or_rings(None).destination_or_rings(), None);
    }

    // covers: IVR-06
    #[test]
    fn ivr_06_what_a_choice_does_is_what_it_did() {
        let lead = |to| MenuAction::Lead { to };
        for action in [MenuAction::Nothing, MenuAction::Repeat].into_iter().chain(everywhere().map(lead)) {
            assert_eq!(Target::of_action(&action).action(), action);
        }
    }

    #[test]
    fn what_was_set_stays_to_be_seen_where_the_list_does_not_offer_it() {
        let mailbox = mailbox_word(ExtensionId(7));
        let offered = vec![(END.to_owned(), "End the call".to_owned())];
        let words =
            |was: &str| with_unlisted(offered.clone(), was).into_iter().map(|(_, word)| word).collect::<Vec<_>>();
        assert_eq!(words(END), ["End the call"]);
        assert_eq!(words(RING), ["End the call"]);
        assert_eq!(words(&mailbox), ["End the call", "A mailbox"]);
        assert_eq!(words(&ReceptionistId(7).to_string()), ["End the call", "A receptionist"]);
    }
}
