//! The members of a ring group or a queue, in the order in which they ring (RG-01, Q-12).

use leptos::prelude::*;
use shared::ExtensionId;

use super::route::Choices;
use crate::ui::button::{Button, IconButton, Look};
use crate::ui::field::Select;
use crate::ui::form::Form;
use crate::ui::icon::Glyph;

/// The list, with ways to add, move and take out.
#[component]
pub fn MemberList(members: RwSignal<Vec<ExtensionId>>, choices: Choices, form: Form) -> impl IntoView {
    let adding = RwSignal::new(String::new());
    // Choosing somebody adds them.
    Effect::new(move |_| {
        if let Ok(id) = adding.get().parse::<ExtensionId>() {
            members.update(|all| {
                if !all.contains(&id) {
                    all.push(id);
                }
            });
            form.touch("members");
            adding.set(String::new());
        }
    });
    let people = move || {
        let mut options = vec![(String::new(), "Add a member".to_owned())];
        let known = members.get();
        let free = |id: &str| id.parse::<ExtensionId>().is_ok_and(|id| !known.contains(&id));
        options.extend(choices.extension_options().unwrap_or_default().into_iter().filter(|(id, _)| free(id)));
        options
    };
    let earlier = move |place: usize| {
        members.update(|all| {
            if place > 0 && place < all.len() {
                all.swap(place - 1, place)
            }
        })
    };
    view! {
        <fieldset class="grid gap-2">
            <legend class="label mb-1">"Members, in order"</legend>
            {choices.extensions.failure()}
            <ol class="max-h-64 divide-y divide-line overflow-y-auto" data-testid="members">
                {move || members.get().into_iter().enumerate().map(|(place, id)| {
                    let label = choices.extension_name(id);
                    view! {
                        <li class="flex items-center gap-2 py-1">
                            <span class="w-6 shrink-0 figures text-faint">{place + 1}</span>
                            <span class="min-w-0 flex-1 cell-clip">{label.clone()}</span>
                            <Button label="Earlier" small=true look=Look::Quiet press=move |()| earlier(place) />
                            <IconButton glyph=Glyph::Trash label=format!("Take {label} out") press=move |()| {
                                members.update(|all| all.retain(|known| *known != id));
                            } />
                        </li>
                    }
                }).collect_view()}
            </ol>
            {move || view! { <Select name="member" label="Add a member" value=adding options=people() small=true /> }}
            {move || form.problem("members").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
        </fieldset>
    }
}
