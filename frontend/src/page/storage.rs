//! How much room sounds take, kind by kind (T-05, STO-01): on the tenant's own page, and on the provider's of it.

use leptos::prelude::*;
use shared::storage::{Storage, megabytes};

use crate::time::{self, Style};
use crate::ui::fetch::Fetch;
use crate::ui::notice::{Kind, Notice};

/// The kinds: their words, how much each takes, and a name for tests.
fn kinds(storage: &Storage) -> [(&'static str, u64, &'static str); 3] {
    [
        ("Recordings", storage.recordings, "storage-recordings"),
        ("Voice messages", storage.voicemails, "storage-voicemails"),
        ("Prompts and greetings", storage.prompts, "storage-prompts"),
    ]
}

/// How long a bar is, in percent: of the limit, or where there is none of all that is taken.
fn share(storage: &Storage, bytes: u64) -> u64 {
    let whole = storage.bytes_max.unwrap_or_else(|| storage.used()).max(storage.used());
    // A little is to be seen as something.
    if bytes == 0 || whole == 0 { 0 } else { (u128::from(bytes) * 100).div_ceil(whole.into()).min(100) as u64 }
}

/// `1.5 MB of 20.0 MB`.
fn total(storage: &Storage) -> String {
    match storage.bytes_max {
        Some(max) => format!("{} of {}", megabytes(storage.used()), megabytes(max)),
        None => format!("{}, no limit", megabytes(storage.used())),
    }
}

/// A bar for each kind, the sum, and what follows where there is no room left.
#[component]
pub fn StorageMeter(storage: Fetch<Storage>) -> impl IntoView {
    let bar = |storage: &Storage, (label, bytes, testid): (&'static str, u64, &'static str)| {
        let width = format!("{}%", share(storage, bytes));
        view! {
            <div data-testid=testid>
                <div class="flex items-baseline justify-between gap-3">
                    <span>{label}</span>
                    <span class="figures">{megabytes(bytes)}</span>
                </div>
                <span class="meter block" aria-hidden="true"><i style:width=width></i></span>
            </div>
        }
    };
    let full = |storage: &Storage| {
        storage.full_since.map(|since| {
            let text = format!(
                "Used up since {}: no call is recorded, mailboxes take no messages and nothing can be uploaded until there is room again.",
                time::show(since, Style::Short)
            );
            view! { <Notice kind=Kind::Bad text /> }
        })
    };
    view! {
        {storage.failure()}
        {move || match storage.get() {
            None => storage.skeleton("", "h-32"),
            Some(known) => view! {
                <div class="grid gap-4" data-testid="storage">
                    {full(&known)}
                    <p><strong class="figures" data-testid="storage-total">{total(&known)}</strong></p>
                    {kinds(&known).map(|kind| bar(&known, kind)).collect_view()}
                </div>
            }.into_any(),
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: STO-01
    #[test]
    fn sto_01_bars_are_shares_of_the_limit_and_a_little_is_something() {
        let mut storage = Storage { bytes_max: Some(1_000), recordings: 500, voicemails: 1, ..Storage::default() };
        let shares = |storage: &Storage| kinds(storage).map(|(_, bytes, _)| share(storage, bytes));
        assert_eq!(shares(&storage), [50, 1, 0]);
        storage.bytes_max = None;
        assert_eq!(shares(&storage), [100, 1, 0]);
        assert!(total(&storage).ends_with("no limit"));
        storage.bytes_max = Some(100);
        assert_eq!(shares(&storage), [100, 1, 0], "over the limit");
        assert_eq!(shares(&Storage::default()), [0; 3]);
    }
}
