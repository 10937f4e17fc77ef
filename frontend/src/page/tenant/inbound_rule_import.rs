//! Importing inbound rules from CSV (INB-07).

use leptos::prelude::*;
use shared::inbound_rule::ImportInboundRules;

use super::csv_import::{Import, import_dialog};

#[component]
pub fn ImportDialog(open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let import = Import {
        ask: |csv, dry_run| ImportInboundRules { csv, dry_run },
        count: |answer| answer.created,
        title: "Import inbound rules",
        columns: "name,trunk,called_number,callers,open,closed,hours,enabled",
        hint: "A trunk goes by its name. Open and closed say where to: the number of an extension, ring group, receptionist, queue or conference room, \
               voicemail:101 for the mailbox of 101, outside 0044…, or end call. Callers, closed, hours and enabled may be blank; hours are office, never, or mon 09:00-12:00 13:00-18:00 | fri 22:00-06:00.",
        example: "name,trunk,called_number,callers,open,closed,hours,enabled\nMain number,Carrier,12025550100,,101,outside 0044123,office,yes",
        nouns: ("rule", "rules"),
        done: |count| match count {
            1 => "1 rule holds from now on.".to_owned(),
            count => format!("{count} rules hold from now on."),
        },
    };
    import_dialog(import, open, done)
}
