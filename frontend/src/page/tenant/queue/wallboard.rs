//! The wallboard of all queues of the tenant.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::queue_agent::{GetWallboard, QueueStanding, SetAgentReady};

use super::QueueTabs;
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::page::wallboard::{Board, Wish, apply};
use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;
use crate::{api, ui::toast};

#[component]
pub fn WallboardPage() -> impl IntoView {
    let queues = Fetch::new(GetWallboard::default);
    live::subscribe(move |event| match event {
        Event::Reload => queues.reload(),
        Event::Changed(_) => queues.reload_soon(),
        Event::Fact(_) => {
            let mut more = false;
            queues.update(|queues| more = apply(queues, event));
            if more {
                queues.reload_soon();
            }
        }
    });
    let set = move |wish: Wish| {
        spawn_local(async move {
            let Wish { queue_id, extension_id, ready, pause_reason } = wish;
            let (queue_id, extension_id) = (Some(queue_id), Some(extension_id));
            if let Err(problem) = api::call(SetAgentReady { queue_id, extension_id, ready, pause_reason }).await {
                toast::refused(problem);
            }
        });
    };
    let large = LargeScreen::of_address();
    view! {
        <div class="page" class:page-large=move || large.on.get() node_ref=large.node>
            {move || match large.on.get() {
                true => view! { <h1 class="sr-only">"Queues"</h1><div class="flex justify-end">{large.button()}</div> }.into_any(),
                false => view! { <QueueTabs tools=large.button() /> }.into_any(),
            }}
            {queues.failure()}
            {shown(queues, Callback::new(set), large.on.into())}
        </div>
    }
}

fn shown(queues: Fetch<Vec<QueueStanding>>, set: Callback<Wish>, large: Signal<bool>) -> impl IntoView {
    let state = Memo::new(move |_| queues.map(Vec::is_empty));
    move || match state.get() {
        None => queues.skeleton("card card-body", "h-48"),
        Some(true) => {
            let action =
                view! { <a class=Look::Secondary.class() href=Place::TenantQueues.path()>"Set up a queue"</a> };
            view! {
                <section class="card">
                    <Empty glyph=Glyph::Clock title="No queue yet" text="As soon as there is one, it is seen here how it stands." action=action.into_any() />
                </section>
            }
            .into_any()
        }
        Some(false) => {
            let queues = Signal::derive(move || queues.get().unwrap_or_default());
            view! { <Board queues set large /> }.into_any()
        }
    }
}

/// A wallboard that fills the screen; the address remembers it, so that a screen on a wall comes back to it.
#[derive(Clone, Copy)]
pub struct LargeScreen {
    /// Is it on?
    pub on: Memo<bool>,
    /// What fills the screen.
    pub node: NodeRef<leptos::html::Div>,
    word: RwSignal<String>,
}

impl LargeScreen {
    /// As the address says.
    pub fn of_address() -> Self {
        let word = bound("screen");
        Self { on: Memo::new(move |_| word.with(|word| word == "large")), node: NodeRef::new(), word }
    }

    /// Turns it on and off. Where the browser does not give the whole screen, the page is large all the same.
    pub fn button(self) -> AnyView {
        let press = move |()| {
            if self.on.get_untracked() {
                self.word.set(String::new());
                // Escape may have left the full screen before.
                if document().fullscreen_element().is_some() {
                    document().exit_fullscreen();
                }
            } else {
                self.word.set("large".to_owned());
                if let Some(node) = self.node.get_untracked() {
                    node.request_fullscreen().ok();
                }
            }
        };
        let label = Signal::derive(move || if self.on.get() { "Leave" } else { "Large screen" }.to_owned());
        view! { <Button label icon=Glyph::Screen testid="large-screen" press /> }.into_any()
    }
}
