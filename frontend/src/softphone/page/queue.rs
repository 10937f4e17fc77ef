//! The agent's bar: one's own queues, and whether one wants their calls now.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::queue_agent::{AgentStanding, QueueStanding, SetOwnAgentReady};

use crate::page::user::wallboard::{own_queues, set};
use crate::page::wallboard::{ReadySwitch, state_word, tone};
use crate::place::Place;
use crate::time;
use crate::ui::badge::Badge;
use crate::ui::button::Button;
use crate::ui::card::Card;
use crate::ui::icon::Glyph;
use crate::{api, ui::toast};

/// Nothing where one is in no queue.
#[component]
pub fn AgentBar() -> impl IntoView {
    let board = own_queues();
    let now = time::ticking();
    let member = Memo::new(move |_| board.map(|board| board.member.clone()).unwrap_or_default());
    let manages = Memo::new(move |_| board.map(|board| !board.managed.is_empty()).unwrap_or_default());
    let shown = Memo::new(move |_| manages.get() || !member.with(Vec::is_empty));
    let many = Memo::new(move |_| member.with(Vec::len) > 1);
    let all = move |ready: bool| {
        spawn_local(async move {
            if let Err(problem) = api::call(SetOwnAgentReady { ready, ..SetOwnAgentReady::default() }).await {
                toast::refused(problem);
            }
        });
    };
    let tools = move || {
        let link = manages.get().then(|| view! {
            <a class="button button-secondary button-small" data-testid="open-wallboard" href=Place::Wallboard.path()>"Wallboard"</a>
        });
        let all = many.get().then(|| {
            view! {
                <Button label="All ready" icon=Glyph::Play small=true testid="all-ready" press=move |()| all(true) />
                <Button label="Pause all" icon=Glyph::Pause small=true testid="pause-all" press=move |()| all(false) />
            }
        });
        view! { <span class="flex flex-wrap gap-1.5">{all}{link}</span> }
    };
    let row = move |queue: QueueStanding| {
        let QueueStanding { queue_id, number, name, pause_reasons, agents, .. } = queue;
        let reasons = Memo::new(move |_| pause_reasons.clone());
        let shown = number.clone();
        let own = agents.into_iter().next().map(|agent: AgentStanding| {
            let since = agent.since;
            view! {
                <span role="status"><Badge tone=tone(agent.state) dot=true text=state_word(&agent) /></span>
                <span class="figures text-soft">
                    <span class="sr-only">"Since "</span>
                    {move || time::duration(now.get().since(since).as_secs())}
                </span>
                <ReadySwitch queue_id extension_id=agent.extension_id ready=agent.ready who="yourself".to_owned() reasons set=Callback::new(set) />
            }
        });
        view! {
            <li class="flex flex-wrap items-center gap-x-3 gap-y-1 py-2" data-testid="own-queue" data-number=number>
                <span class="min-w-0 flex-1 basis-32">
                    <span class="block cell-clip font-medium">{name}</span>
                    <span class="cell-sub figures">{shown}</span>
                </span>
                {own}
            </li>
        }
    };
    view! {
        <Show when=move || shown.get()>
            <Card title="My queues" tools=view! { {tools} }.into_any() testid="agent-bar">
                <ul class="divide-y divide-line">{move || member.get().into_iter().map(row).collect_view()}</ul>
                {move || member.with(Vec::is_empty).then(|| view! { <p class="hint">"You manage queues and answer for none."</p> })}
            </Card>
        </Show>
    }
}
