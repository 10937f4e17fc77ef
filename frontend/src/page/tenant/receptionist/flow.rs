//! The drawing of a receptionist: what it is, and where each choice leads.

use leptos::prelude::*;
use shared::action_url::Trigger;
use shared::fact::Fact;
use shared::receptionist::{ReceptionistSettings, ReceptionistWay};
use shared::{CallId, ReceptionistId};

use super::layout::{Branch, Kind, Layout, WIDTH};
use crate::live::{self, Event};
use crate::page::tenant::route::Choices;
use crate::session;
use crate::ui::card::Card;
use crate::ui::notice::{Kind as NoticeKind, Notice};

/// So many hidden numbers are named.
const HIDDEN_MAX: usize = 8;

/// Where a caller is in a receptionist just now: one's own call where one has an extension, else whoever came last.
pub fn walk(id: Option<ReceptionistId>) -> RwSignal<Option<ReceptionistWay>> {
    let walked = RwSignal::new(None);
    let own = session::who().get_untracked().and_then(|who| who.account.extension_id);
    let call = StoredValue::new(None::<CallId>);
    live::subscribe(move |event| match event {
        Event::Fact(fact) => match &fact.fact {
            Fact::ReceptionistMoved { call_id, receptionist_id, caller_extension_id, way }
                if Some(*receptionist_id) == id && (own.is_none() || own == *caller_extension_id) =>
            {
                call.try_set_value(Some(*call_id));
                walked.try_set(Some(way.clone()));
            }
            Fact::CallEnded { record, .. } if call.try_get_value().flatten() == Some(record.id) => {
                walked.try_set(None);
            }
            _ => {}
        },
        Event::Reload => {
            walked.try_set(None);
        }
        Event::Changed(_) => {}
    });
    walked
}

/// The drawing, and below it what is open in it; it follows the form. `numbers` are those of the extensions, `walked` is where a call is.
#[component]
pub fn Flow(
    settings: Memo<ReceptionistSettings>,
    choices: Choices,
    numbers: Signal<Vec<String>>,
    #[prop(into)] walked: Signal<Option<ReceptionistWay>>,
) -> impl IntoView {
    let layout = Memo::new(move |_| settings.with(|settings| Layout::of(settings, |to| choices.destination(to))));
    let warnings = Memo::new(move |_| settings.with(|settings| numbers.with(|numbers| warnings(settings, numbers))));
    view! {
        <Card title="Where calls go" testid="flow">
            {move || layout.with(|layout| drawing(layout, walked))}
            <ul class="sr-only" aria-label="Where calls go">
                {move || layout.get().branches.iter().map(|branch| view! {
                    <li data-testid="flow-branch">{branch.sentence()}</li>
                }).collect_view()}
            </ul>
        </Card>
        <p class="hint empty:hidden" role="status" data-testid="flow-walked">{move || walked.get().map(|way| layout.with(|layout| stands(layout, &way)))}</p>
        <div class="grid gap-2 empty:hidden" role="status" data-testid="flow-warnings">
            {move || warnings.get().into_iter().map(|text| view! { <Notice kind=NoticeKind::Warn text /> }).collect_view()}
        </div>
    }
}

/// What leads nowhere, and what cannot be typed.
fn warnings(settings: &ReceptionistSettings, numbers: &[String]) -> Vec<String> {
    let mut all = settings.open_ends();
    let typed = || settings.urls.iter().filter(|entry| entry.trigger == Trigger::Keys);
    all.extend(settings.rows.iter().filter_map(|row| {
        let keys = row.keys.trim_end_matches('#');
        let entry = typed().find(|entry| entry.matches(keys))?;
        Some(format!("Choice {} is never taken: the entry “{}” listens to the same keys.", row.keys, entry.name.trim()))
    }));
    let hidden: Vec<(&str, &str)> = settings.hidden(numbers).collect();
    let more = hidden.len().saturating_sub(HIDDEN_MAX);
    all.extend(hidden.into_iter().take(HIDDEN_MAX).map(|(number, keys)| {
        format!("Extension {number} cannot be typed: choice {keys} takes its first digits. End the choice with # to wait for more.")
    }));
    if more > 0 {
        all.push(format!("And {more} more extensions cannot be typed."));
    }
    all
}

/// Where the call is, in words.
fn stands(layout: &Layout, way: &ReceptionistWay) -> String {
    match (layout.branches.iter().find(|branch| branch.way == *way), way) {
        (Some(branch), _) => format!("The call went this way: {}.", branch.sentence()),
        (None, ReceptionistWay::Prompt) => "A call hears the prompt.".to_owned(),
        (None, _) => "The call went a way that is saved and is not in this form any more.".to_owned(),
    }
}

fn drawing(layout: &Layout, walked: Signal<Option<ReceptionistWay>>) -> impl IntoView + use<> {
    let height = layout.height();
    let start = layout.start.clone();
    let branches = layout.branches.iter().map(|one| branch(one, walked)).collect_view();
    view! {
        <svg class="flow" viewBox=format!("0 0 {WIDTH} {height:.0}") aria-hidden="true">
            <path class="flow-edge" d=layout.trunk()></path>
            {branches}
            <g>
                <title>{start.whole}</title>
                <rect class="flow-box flow-start" class:flow-walked=move || walked.with(Option::is_some) x="1" y="1" width=WIDTH - 2.0 height=Layout::START_HEIGHT - 1.0 rx="10"></rect>
                <text class="flow-name" x="14" y=Layout::START_HEIGHT / 2.0 + 5.0>{start.lines.concat()}</text>
            </g>
        </svg>
    }
}

fn branch(branch: &Branch, walked: Signal<Option<ReceptionistWay>>) -> impl IntoView + use<> {
    let (x, y) = branch.label_place();
    let way = branch.way.clone();
    let is_walked = Memo::new(move |_| walked.with(|walked| walked.as_ref() == Some(&way)));
    let open = branch.kind == Kind::Open;
    let lines = branch.lines().map(|(y, line)| {
        view! { <text class="flow-text" class:flow-text-open=open x=Branch::LEFT + 10.0 y=y>{line}</text> }
    });
    view! {
        <g>
            <title>{branch.sentence()}</title>
            <path class="flow-edge" class:flow-walked=is_walked class:flow-edge-open=open class:flow-edge-dashed=branch.kind == Kind::Chosen d=branch.edge()></path>
            <text class="flow-label" x=x y=y>{branch.label.lines.concat()}</text>
            <rect
                class="flow-box"
                class:flow-walked=is_walked
                class:flow-open=open
                class:flow-edge-dashed=branch.kind == Kind::Chosen
                x=Branch::LEFT
                y=branch.top
                width=Branch::WIDTH
                height=branch.height
                rx="8"
            ></rect>
            {lines.collect_view()}
        </g>
    }
}

#[cfg(test)]
mod tests {
    use shared::action_url::ActionUrl;
    use shared::destination::Destination;
    use shared::receptionist::{MenuAction, MenuRow};

    use super::*;

    // covers: IVR-09
    #[test]
    fn ivr_09_numbers_that_a_choice_hides_are_told_up_to_a_bound() {
        let to_the_end = MenuAction::Lead { to: Destination::EndCall };
        let rows = vec![MenuRow { keys: "1".into(), action: to_the_end }];
        let settings = ReceptionistSettings { rows, ..ReceptionistSettings::default() };
        let numbers: Vec<String> = (100..120).map(|number| number.to_string()).collect();
        let told = warnings(&settings, &numbers);
        assert_eq!(told.len(), HIDDEN_MAX + 1);
        assert!(told[0].starts_with("Extension 100 cannot be typed: choice 1"), "{}", told[0]);
        assert_eq!(told[HIDDEN_MAX], "And 12 more extensions cannot be typed.");
        assert!(warnings(&settings, &["201".to_owned()]).is_empty());
    }

    // covers: IVR-09
    #[test]
    fn ivr_09_where_a_call_is_stands_in_words_even_where_the_form_has_lost_its_way() {
        let rows = vec![MenuRow { keys: "1".into(), action: MenuAction::Lead { to: Destination::EndCall } }];
        let settings = ReceptionistSettings { rows, ..ReceptionistSettings::default() };
        let layout = Layout::of(&settings, |_| "The end".to_owned());
        let choice = |keys: &str| stands(&layout, &ReceptionistWay::Choice { keys: keys.into() });
        assert_eq!(stands(&layout, &ReceptionistWay::Prompt), "A call hears the prompt.");
        assert_eq!(choice("1"), "The call went this way: 1: The end.");
        assert_eq!(choice("2"), "The call went a way that is saved and is not in this form any more.");
    }

    #[test]
    fn a_choice_that_an_entry_takes_is_told() {
        let row = |keys: &str| MenuRow { keys: keys.into(), action: MenuAction::Repeat };
        let entry = |name: &str, trigger, list: &str| ActionUrl {
            name: name.into(),
            trigger,
            list: list.into(),
            action: "https://app.example".into(),
            ..ActionUrl::default()
        };
        let settings = ReceptionistSettings {
            rows: ["1", "2#", "3", "4x", "15"].map(row).to_vec(),
            urls: vec![entry("Cards", Trigger::Keys, "2, 10-20, 41"), entry("Callers", Trigger::Caller, "1, 3")],
            ..ReceptionistSettings::default()
        };
        let told = warnings(&settings, &[]);
        let expected = ["2#", "15"]
            .map(|keys| format!("Choice {keys} is never taken: the entry “Cards” listens to the same keys."));
        assert_eq!(told, expected);
    }
}
