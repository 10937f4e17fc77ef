//! Phones are told to start anew or to fetch their configuration (PH-09, PH-10), and what they answer is shown.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::page::PAGE_ROWS_MAX;
use shared::phone::{ListPhones, PHONE_ANSWER_SECONDS_MAX, PhoneTold, PhoneWord, TellPhones};
use shared::{PhoneId, Problem};

use super::row_name;
use crate::api;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::dialog::{Confirm, Dialog};
use crate::ui::notice::{Kind, Notice};

/// Whom to tell what: id and name of each phone, or nobody for all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// What.
    pub word: PhoneWord,
    /// Whom.
    pub phones: Vec<(PhoneId, String)>,
}

impl Order {
    /// Is it asked again before it is done? What can take a phone away from its person is.
    fn is_asked(&self) -> bool {
        self.word == PhoneWord::Reboot || self.phones.is_empty()
    }

    fn question(&self) -> String {
        let verb = verb(self.word);
        match self.phones.as_slice() {
            [] => format!("{verb} all phones?"),
            [(_, name)] => format!("{verb} {name}?"),
            many => format!("{verb} {} phones?", many.len()),
        }
    }
}

const fn verb(word: PhoneWord) -> &'static str {
    match word {
        PhoneWord::Reboot => "Reboot",
        PhoneWord::Reprovision => "Reprovision",
    }
}

/// What came of it, with the phones' names.
type Outcome = Result<Vec<(String, PhoneTold)>, Problem>;

/// The state of it; copy it freely.
#[derive(Clone, Copy)]
pub struct Telling {
    order: RwSignal<Option<Order>>,
    asking: RwSignal<bool>,
    showing: RwSignal<bool>,
    outcome: RwSignal<Option<Outcome>>,
    turn: StoredValue<u64>,
    done: Callback<()>,
}

impl Telling {
    /// Nobody is told anything yet; `done` runs when phones were.
    pub fn new(done: Callback<()>) -> Self {
        let (asking, showing) = (RwSignal::new(false), RwSignal::new(false));
        Self {
            order: RwSignal::new(None),
            asking,
            showing,
            outcome: RwSignal::new(None),
            turn: StoredValue::new(0),
            done,
        }
    }

    /// Tells them, or asks first.
    pub fn give(self, order: Order) {
        let asked = order.is_asked();
        self.order.set(Some(order));
        match asked {
            true => self.asking.set(true),
            false => self.send(),
        }
    }

    fn send(self) {
        let Some(order) = self.order.get_untracked() else { return };
        self.asking.set(false);
        self.outcome.set(None);
        self.showing.set(true);
        self.turn.update_value(|turn| *turn += 1);
        let turn = self.turn.get_value();
        spawn_local(async move {
            let outcome = tell(order).await;
            // Somebody has closed the dialog and told other phones something.
            if self.turn.try_get_value() == Some(turn) {
                self.outcome.try_set(Some(outcome));
                self.done.run(());
            }
        });
    }
}

async fn tell(order: Order) -> Outcome {
    let phone_ids = order.phones.iter().map(|(id, _)| *id).collect();
    let told = api::call(TellPhones { phone_ids, word: order.word }).await?;
    let known: BTreeMap<PhoneId, String> = match order.phones.is_empty() && !told.is_empty() {
        true => all_names().await,
        false => order.phones.into_iter().collect(),
    };
    let named = |told: PhoneTold| {
        let name = known.get(&told.phone_id).cloned().unwrap_or_else(|| "A phone".to_owned());
        (name, told)
    };
    Ok(sorted(told.into_iter().map(named).collect()))
}

/// The names of all phones; those that could be read where some cannot.
async fn all_names() -> BTreeMap<PhoneId, String> {
    let (mut names, mut cursor) = (BTreeMap::new(), None);
    loop {
        let ask = ListPhones { limit: Some(PAGE_ROWS_MAX), cursor, ..ListPhones::default() };
        let Ok(page) = api::call(ask).await else { return names };
        names.extend(page.rows.iter().filter_map(|row| Some((row.phone.as_ref()?.id, row_name(row)))));
        cursor = page.next;
        if cursor.is_none() {
            return names;
        }
    }
}

/// Those first that have not confirmed it.
fn sorted(mut told: Vec<(String, PhoneTold)>) -> Vec<(String, PhoneTold)> {
    told.sort_by(|(one, left), (other, right)| (left.confirmed, one).cmp(&(right.confirmed, other)));
    told
}

/// The whole of it as a sentence.
fn summary(told: &[(String, PhoneTold)]) -> String {
    let confirmed = told.iter().filter(|(_, told)| told.confirmed).count();
    match (told.len(), confirmed) {
        (0, _) => "There is no phone that is configured from here.".to_owned(),
        (1, 1) => "The phone has confirmed it.".to_owned(),
        (1, _) => "The phone has not confirmed it.".to_owned(),
        (all, confirmed) if all == confirmed => format!("All {all} phones have confirmed it."),
        (all, confirmed) => format!("{confirmed} of {all} phones confirmed it, {} did not.", all - confirmed),
    }
}

/// The question before, and what came of it.
#[component]
pub fn TellDialogs(telling: Telling) -> impl IntoView {
    let Telling { order, asking, showing, outcome, .. } = telling;
    let of = move |part: fn(&Order) -> String| {
        Signal::derive(move || order.with(|order| order.as_ref().map(part).unwrap_or_default()))
    };
    let text = of(|order| {
        match order.word {
        PhoneWord::Reboot => "It starts anew and cannot be called for a minute or two. Many phones wait until their call has ended, not all of them do.".to_owned(),
        PhoneWord::Reprovision => "Each fetches its configuration, and those whose configuration has changed may start anew.".to_owned(),
    }
    });
    let title = of(|order| order.question().trim_end_matches('?').to_owned());
    let result = move || match outcome.get() {
        None => view! {
            <p class="flex items-center gap-3 text-soft">
                <span class="spinner" aria-hidden="true"></span>
                {format!("Waiting for what comes back, {PHONE_ANSWER_SECONDS_MAX} seconds at most.")}
            </p>
        }
        .into_any(),
        Some(Err(problem)) => view! { <Notice kind=Kind::Bad text=reason(problem) /> }.into_any(),
        Some(Ok(told)) => {
            let kind = if told.iter().all(|(_, told)| told.confirmed) { Kind::Good } else { Kind::Warn };
            view! { <Notice kind text=summary(&told) /> }.into_any()
        }
    };
    let rows = move || {
        let told = outcome.with(|outcome| outcome.as_ref().and_then(|outcome| outcome.as_ref().ok().cloned()));
        told.unwrap_or_default().into_iter().map(row).collect_view()
    };
    view! {
        <Confirm open=asking title=of(Order::question) text action=of(|order| verb(order.word).to_owned()) confirm=move |()| telling.send() />
        <Dialog open=showing title>
            <div class="grid gap-3">
                <div role="status" data-testid="told-summary">{result}</div>
                <ul class="max-h-72 divide-y divide-line overflow-y-auto empty:hidden" data-testid="told-list">{rows}</ul>
            </div>
            <div class="dialog-foot">
                <Button label="Done" look=Look::Primary testid="done" press=move |()| showing.set(false) />
            </div>
        </Dialog>
    }
}

/// Why the server has told nobody anything.
fn reason(problem: Problem) -> String {
    problem.fields.into_iter().next().map_or(problem.title, |field| field.reason)
}

fn row((name, told): (String, PhoneTold)) -> impl IntoView {
    let badge = match told.confirmed {
        true => view! { <Badge tone=Tone::Good dot=true text="Confirmed" /> },
        false => view! { <Badge tone=Tone::Warn dot=true text="Not confirmed" /> },
    };
    view! {
        <li class="flex items-start gap-3 py-2" data-testid="told" data-confirmed=told.confirmed.to_string()>
            <span class="min-w-0 flex-1 wrap-anywhere">
                {name}
                <span class="cell-sub empty:hidden">{told.reason}</span>
            </span>
            {badge}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: i64, name: &str, reason: &str) -> (String, PhoneTold) {
        let confirmed = reason.is_empty();
        (name.to_owned(), PhoneTold { phone_id: PhoneId(id), confirmed, reason: reason.to_owned() })
    }

    // covers: PH-09
    #[test]
    fn ph_09_phones_that_have_not_confirmed_it_come_first_with_their_reasons() {
        let rows = sorted(vec![told(1, "b", ""), told(2, "d", "No answer."), told(3, "a", ""), told(4, "c", "Off.")]);
        let names: Vec<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["c", "d", "a", "b"]);
        assert_eq!(summary(&rows), "2 of 4 phones confirmed it, 2 did not.");
    }

    // covers: PH-09, PH-10
    #[test]
    fn ph_10_what_came_of_it_is_told_in_a_sentence() {
        assert_eq!(summary(&[]), "There is no phone that is configured from here.");
        assert_eq!(summary(&[told(1, "a", "")]), "The phone has confirmed it.");
        assert_eq!(summary(&[told(1, "a", "No answer.")]), "The phone has not confirmed it.");
        assert_eq!(summary(&[told(1, "a", ""), told(2, "b", "")]), "All 2 phones have confirmed it.");
    }

    #[test]
    fn what_can_take_a_phone_away_is_asked_before() {
        let order = |word, phones: &[(i64, &str)]| Order {
            word,
            phones: phones.iter().map(|(id, name)| (PhoneId(*id), (*name).to_owned())).collect(),
        };
        assert!(order(PhoneWord::Reboot, &[(1, "a")]).is_asked());
        assert!(order(PhoneWord::Reprovision, &[]).is_asked());
        assert!(!order(PhoneWord::Reprovision, &[(1, "a"), (2, "b")]).is_asked());
        assert_eq!(order(PhoneWord::Reboot, &[]).question(), "Reboot all phones?");
        assert_eq!(order(PhoneWord::Reboot, &[(1, "a")]).question(), "Reboot a?");
        assert_eq!(order(PhoneWord::Reprovision, &[(1, "a"), (2, "b")]).question(), "Reprovision 2 phones?");
    }
}
