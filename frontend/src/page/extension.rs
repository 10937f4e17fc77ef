//! What the dialogs about an extension have in common.

use leptos::prelude::*;
use shared::ExtensionId;
use shared::extension::ExtensionRow;

use crate::ui::dialog::Dialog;

/// A dialog about the chosen extension: `what` stands before its number and name.
#[component]
pub fn ExtensionDialog<F>(
    open: RwSignal<bool>,
    chosen: RwSignal<Option<ExtensionRow>>,
    what: &'static str,
    about: F,
    #[prop(optional)] wide: bool,
) -> impl IntoView
where
    F: Fn(ExtensionId) -> AnyView + Copy + Send + Sync + 'static,
{
    let title = Signal::derive(move || {
        let named = |row: &ExtensionRow| format!("{what} {} {}", row.extension.number, row.extension.name);
        chosen.with(|row| row.as_ref().map(named).unwrap_or_default())
    });
    view! {
        <Dialog open title wide>
            {move || chosen.get().map(|row| about(row.extension.id))}
        </Dialog>
    }
}
