//! A choice of where a call goes: nowhere, to a person, to a ring group, outside.

use leptos::oco::Oco;
use leptos::prelude::*;
use shared::destination::Destination;

use crate::ui::field::{Field, Select};
use crate::ui::form::Form;
use crate::ui::icon::{Glyph, Icon};

const RING: &str = "ring";
const END: &str = "end";
const OUTSIDE: &str = "outside";

/// The signals of a destination: a word, or the id of an extension or of a ring group; and the number.
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
        };
        Self { kind: RwSignal::new(kind), number: RwSignal::new(number) }
    }

    /// The same where none rings the devices.
    pub fn of_or_rings(destination: Option<&Destination>) -> Self {
        match destination {
            Some(destination) => Self::of(destination),
            None => Self { kind: RwSignal::new(RING.to_owned()), number: RwSignal::new(String::new()) },
        }
    }

    /// What was chosen.
    pub fn destination(self) -> Destination {
        let kind = self.kind.get_untracked();
        match kind.as_str() {
            OUTSIDE => Destination::External { number: self.number.get_untracked().trim().to_owned() },
            id => match (id.parse(), id.parse()) {
                (Ok(extension_id), _) => Destination::Extension { extension_id },
                (_, Ok(ring_group_id)) => Destination::RingGroup { ring_group_id },
                _ => Destination::EndCall,
            },
        }
    }

    /// What was chosen; none rings the devices.
    pub fn destination_or_rings(self) -> Option<Destination> {
        (self.kind.get_untracked() != RING).then(|| self.destination())
    }
}

/// Chooses a destination of `options`, ids and words; `rings` offers to ring the devices.
#[component]
pub fn TargetField(
    #[prop(into)] name: Oco<'static, str>,
    #[prop(into)] label: String,
    target: Target,
    options: Signal<Vec<(String, String)>>,
    form: Form,
    #[prop(optional)] rings: bool,
) -> impl IntoView {
    let outside = Signal::derive(move || target.kind.with(|kind| kind == OUTSIDE));
    let number_name = format!("{name}.number");
    let field = name.clone();
    let all = move || {
        let ring = rings.then(|| (RING.to_owned(), "Ring the devices".to_owned()));
        let words = [(END, "End the call"), (OUTSIDE, "A number outside")];
        let words = words.map(|(key, word)| (key.to_owned(), word.to_owned()));
        ring.into_iter().chain(words).chain(options.get()).collect::<Vec<_>>()
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

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{ExtensionId, RingGroupId};

    #[test]
    fn what_is_chosen_is_what_it_was() {
        for destination in [
            Destination::EndCall,
            Destination::Extension { extension_id: ExtensionId(7) },
            Destination::RingGroup { ring_group_id: RingGroupId(7) },
            Destination::External { number: "+4930123".into() },
        ] {
            assert_eq!(Target::of(&destination).destination(), destination);
            assert_eq!(Target::of_or_rings(Some(&destination)).destination_or_rings(), Some(destination));
        }
        assert_eq!(Target::of_or_rings(None).destination_or_rings(), None);
    }
}
