//! A manager's queues, in full; and what all pages know of one's own queues.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::queue_agent::{GetOwnWallboard, OwnWallboard, SetOwnAgentReady};

use crate::live::{self, Event};
use crate::page::Head;
use crate::page::tenant::queue::wallboard::LargeScreen;
use crate::page::wallboard::{Board, Wish, apply};
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;
use crate::{api, session, ui::toast};

/// One's own queues, kept up to date by the facts for as long as the current owner lives.
pub fn own_queues() -> Fetch<OwnWallboard> {
    let board = Fetch::new(GetOwnWallboard::default);
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    live::subscribe(move |event| match event {
        Event::Reload => board.reload(),
        Event::Changed(_) => board.reload_soon(),
        Event::Fact(fact) => {
            let mut more = false;
            board.update(|board| {
                more = apply(&mut board.managed, event);
                // An administrator hears of everybody; here stands oneself alone.
                if let Fact::AgentChanged { agent, .. } = &fact.fact
                    && Some(agent.extension_id) == own
                {
                    // A queue that one was put into a moment ago is not known yet.
                    let known = board.member.iter().any(|queue| queue.queue_id == agent.queue_id);
                    more |= apply(&mut board.member, event) || !known;
                }
            });
            if more {
                board.reload_soon();
            }
        }
    });
    board
}

/// Sets a member of one's queue, or oneself.
pub fn set(wish: Wish) {
    spawn_local(async move {
        let Wish { queue_id, extension_id, ready, pause_reason } = wish;
        let (queue_id, extension_id) = (Some(queue_id), Some(extension_id));
        if let Err(problem) = api::call(SetOwnAgentReady { queue_id, extension_id, ready, pause_reason }).await {
            toast::refused(problem);
        }
    });
}

#[component]
pub fn WallboardPage() -> impl IntoView {
    let board = own_queues();
    let large = LargeScreen::of_address();
    let state = Memo::new(move |_| board.map(|board| board.managed.is_empty()));
    let content = move || {
        match state.get() {
        None => board.skeleton("card card-body", "h-48"),
        Some(true) => view! {
            <section class="card">
                <Empty glyph=Glyph::Clock title="You manage no queue" text="Your administrator names the managers of each queue. Your own state in queues stands on the phone's page." />
            </section>
        }
        .into_any(),
        Some(false) => {
            let queues = Signal::derive(move || board.map(|board| board.managed.clone()).unwrap_or_default());
            view! { <Board queues set=set large=large.on /> }.into_any()
        }
    }
    };
    view! {
        <div class="page" class:page-large=move || large.on.get() node_ref=large.node>
            {move || match large.on.get() {
                true => view! { <h1 class="sr-only">"My queues"</h1><div class="flex justify-end">{large.button()}</div> }.into_any(),
                false => view! { <Head title="My queues" text="The queues that you manage." tools=large.button() /> }.into_any(),
            }}
            {board.failure()}
            {content}
        </div>
    }
}
