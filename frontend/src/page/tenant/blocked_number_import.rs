//! Importing blocked numbers from CSV (NBL-01).

use leptos::prelude::*;
use shared::blocked_number::ImportBlockedNumbers;

use super::csv_import::{Import, import_dialog};

#[component]
pub fn ImportDialog(open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let import = Import {
        ask: |csv, dry_run| ImportBlockedNumbers { csv, dry_run },
        count: |answer| answer.created,
        title: "Import blocked numbers",
        columns: "number,description",
        hint: "The description may be blank.",
        example: "number,description\n+442079460000,Sells windows\n0900*,",
        nouns: ("number", "numbers"),
        done: |count| match count {
            1 => "1 number is blocked from now on.".to_owned(),
            count => format!("{count} numbers are blocked from now on."),
        },
    };
    import_dialog(import, open, done)
}
