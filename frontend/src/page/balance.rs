//! The balance of an extension and its ledger, for the administrator and for the person (EXT-17).

use leptos::prelude::*;
use shared::balance::{AddToBalance, Balance, BalanceEntry, GetBalance, GetOwnBalance};
use shared::extension::ExtensionRow;
use shared::money::Money;
use shared::{ExtensionId, Page};

use crate::page::extension::ExtensionDialog;
use crate::time::{self, Style};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::Field;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The fewest decimals that an amount is shown with.
const DECIMALS_MIN: usize = 2;

/// The balance of the chosen extension, and a form that changes it.
#[component]
pub fn BalanceDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>) -> impl IntoView {
    view! { <ExtensionDialog open chosen what="Balance of" about=move |id| view! { <Account id /> }.into_any() /> }
}

#[component]
fn Account(id: ExtensionId) -> impl IntoView {
    let balance = Fetch::new(move || GetBalance { extension_id: id, cursor: None, limit: None });
    let form = Form::new();
    let (amount, note) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |()| {
        let operation = AddToBalance { extension_id: id, amount: amount.get_untracked(), note: note.get_untracked() };
        form.send(operation.check(), operation, move |fresh: Balance| {
            toast::good(format!("The balance is {} now.", sum(fresh.balance, &fresh.currency)));
            balance.set(fresh);
            amount.set(String::new());
            note.set(String::new());
        });
    };
    view! {
        {balance.failure()}
        {move || match balance.get() {
            None => balance.skeleton("grid", "h-48"),
            Some(known) => view! { <State balance=known.clone() /><Entries entries=known.entries currency=known.currency /> }.into_any(),
        }}
        <div class="mt-5">
            <FormView form fields=vec!["amount", "note"] submit>
                <div class="grid items-start gap-3 sm:grid-cols-2">
                    <Field name="amount" label="Put on" value=amount form inputmode="decimal" placeholder="10.00"
                        hint="Below zero takes off." />
                    <Field name="note" label="What for" value=note form optional=true placeholder="Paid by transfer" />
                </div>
                <div><Button label="Change balance" look=Look::Primary submit=true busy=form.busy testid="change-balance" /></div>
            </FormView>
        </div>
    }
}

/// The person's own balance; nothing where calls do not need one and there never was any.
#[component]
pub fn OwnBalance() -> impl IntoView {
    let balance = Fetch::new(GetOwnBalance::default);
    let card = move || {
        let known = balance.get().filter(|known| known.needed || !known.entries.rows.is_empty())?;
        let currency = known.currency.clone();
        Some(view! {
            <Card title="Balance" testid="own-balance">
                <State balance=known.clone() />
                <Entries entries=known.entries currency />
            </Card>
        })
    };
    view! {
        {balance.failure()}
        {card}
    }
}

#[component]
fn State(balance: Balance) -> impl IntoView {
    let spent = balance.balance <= Money(0);
    let text = match (balance.needed, spent) {
        (false, _) => "Calls outside do not need it.",
        (true, false) => "For calls outside.",
        (true, true) => "Used up: only emergency numbers can be called outside.",
    };
    view! {
        <p class="text-2xl font-semibold figures" class:text-bad=balance.needed && spent data-testid="balance">
            {sum(balance.balance, &balance.currency)}
        </p>
        <p class="hint">{text}</p>
    }
}

#[component]
fn Entries(entries: Page<BalanceEntry>, currency: String) -> impl IntoView {
    let Page { rows, total, .. } = entries;
    if rows.is_empty() {
        return view! { <p class="mt-3 text-soft">"Nothing has been put on it yet."</p> }.into_any();
    }
    // The rest is read by the API; a person looks for what was last.
    let rest = (total > rows.len() as u64).then(|| format!("The newest {} of {total}.", rows.len()));
    let rows = rows.into_iter().map(|entry| {
        let sign = if entry.amount > Money(0) { "+" } else { "" };
        view! {
            <li class="flex items-baseline gap-3 py-2" data-testid="balance-entry">
                <span class="min-w-0 flex-1">
                    <span class="block wrap-anywhere">{if entry.note.is_empty() { "No note".to_owned() } else { entry.note }}</span>
                    <span class="cell-sub figures">{time::show(entry.at, Style::Full)}" · "{entry.actor}</span>
                </span>
                <span class="text-right">
                    <span class="block font-medium figures">{sign}{decimal(entry.amount)}</span>
                    <span class="cell-sub figures">{sum(entry.balance, &currency)}</span>
                </span>
            </li>
        }
    });
    view! {
        <ul class="mt-3 max-h-64 divide-y divide-line overflow-y-auto" aria-label="Changes">{rows.collect_view()}</ul>
        {rest.map(|text| view! { <p class="hint mt-2">{text}</p> })}
    }
    .into_any()
}

/// `12.50 EUR`
fn sum(money: Money, currency: &str) -> String {
    format!("{} {currency}", decimal(money))
}

/// With two decimals, and more where there are more.
fn decimal(money: Money) -> String {
    let text = money.to_string();
    let Some((whole, fraction)) = text.split_once('.') else { return text };
    let kept = fraction.trim_end_matches('0').len().max(DECIMALS_MIN);
    format!("{whole}.{}", fraction.get(..kept).unwrap_or(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_shown_exactly_and_without_idle_zeros() {
        for (millionths, text) in [(0, "0.00"), (12_500_000, "12.50"), (-1, "-0.000001"), (105_000, "0.105")] {
            assert_eq!(decimal(Money(millionths)), text);
        }
        assert_eq!(sum(Money(1_000_000), "EUR"), "1.00 EUR");
    }
}
