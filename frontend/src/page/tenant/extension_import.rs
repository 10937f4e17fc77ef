//! Importing extensions from CSV: looked at first, then taken whole or not at all (EXT-19).

use leptos::prelude::*;
use shared::extension::{ExtensionsCreated, ImportExtensions};
use shared::operation::File;

use crate::api;
use crate::ui::button::{Button, Look};
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::field::TextField;
use crate::ui::file::FileChoice;
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};

/// The largest file that is read here, in bytes; five thousand rows are far smaller.
const FILE_BYTES_MAX: f64 = 4_000_000.0;

#[component]
pub fn ImportDialog(open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let made = RwSignal::new(None::<ExtensionsCreated>);
    Effect::new(move |_| {
        if open.get() {
            made.set(None);
        }
    });
    view! {
        <Dialog open title="Import extensions" wide=true>
            {move || match made.get() {
                None => view! { <ImportForm open made done /> }.into_any(),
                Some(made) => view! { <Created made open /> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn ImportForm(open: RwSignal<bool>, made: RwSignal<Option<ExtensionsCreated>>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let csv = RwSignal::new(String::new());
    // What would be created, as long as the text is the one that was looked at.
    let looked_at = RwSignal::new(None::<(String, u32)>);
    let ready =
        Memo::new(move |_| looked_at.get().filter(|(text, _)| csv.with(|csv| csv == text)).map(|(_, count)| count));
    let submit = move |()| {
        let text = csv.get_untracked();
        if ready.get_untracked().is_some() {
            form.send(Vec::new(), ImportExtensions { csv: text, dry_run: false }, move |answer| {
                made.set(Some(answer));
                done.run(());
            });
        } else {
            looked_at.set(None);
            form.send(Vec::new(), ImportExtensions { csv: text.clone(), dry_run: true }, move |answer| {
                looked_at.set(Some((text, answer.created)));
            });
        }
    };
    let label = Signal::derive(move || match ready.get() {
        Some(1) => "Import 1 extension".to_owned(),
        Some(count) => format!("Import {count} extensions"),
        None => "Check the rows".to_owned(),
    });
    view! {
        <p class="mb-4 text-soft">"The first row names the columns: " <code>"number,name,email"</code> ". The e-mail may be blank."</p>
        <FormView form fields=&["csv"] submit>
            <FileChoice value=csv form label="Choose a file" accept=".csv,text/csv" bytes_max=FILE_BYTES_MAX testid="field-file" />
            <TextField name="csv" label="Rows" value=csv form placeholder="number,name,email\n201,Alice Adams,alice@acme.example\n202,Bob Brown," />
            {move || ready.get().map(|count| view! {
                <Notice kind=Kind::Good text=format!("All rows are right: {count} to be created. Nothing has been imported yet.") />
            })}
            <FormFoot open form label disabled=Signal::derive(move || csv.with(|csv| csv.trim().is_empty())) />
        </FormView>
    }
}

/// What was created; the SIP accounts can be saved now and never again.
#[component]
pub fn Created(made: ExtensionsCreated, open: RwSignal<bool>) -> impl IntoView {
    let ExtensionsCreated { created, accounts_csv } = made;
    let file = StoredValue::new(accounts_csv);
    let has_file = file.with_value(Option::is_some);
    let save = move |()| {
        file.with_value(|file: &Option<File>| {
            if let Some(file) = file {
                api::save_file(file);
            }
        });
    };
    view! {
        <div class="grid gap-4">
            <Notice kind=Kind::Good text=format!("{created} extensions were created.") />
            {has_file.then(|| view! {
                <Notice kind=Kind::Warn text="Their SIP secrets are only in this file, and only here. Save it now." />
            })}
        </div>
        <div class="dialog-foot">
            {has_file.then(|| view! { <Button label="Save SIP accounts" look=Look::Primary testid="save-accounts" press=save /> })}
            <Button label="Done" testid="done" press=move |()| open.set(false) />
        </div>
    }
}
