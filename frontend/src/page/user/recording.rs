//! The recordings of one's own calls; they may be removed where the company allows it (REC-06).

use leptos::prelude::*;
use shared::recording::{ListOwnRecordings, OwnRecordings, Recording};

use super::call_record::CallTabs;
use crate::page::Head;
use crate::page::filter::bound;
use crate::page::recording::{RecordingList, Recordings, Side};
use crate::page::sound_row::ROWS;
use crate::session;
use crate::ui::field::{Search, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::Nothing;

#[component]
pub fn RecordingsPage() -> impl IntoView {
    let search = bound("search");
    let may_delete = RwSignal::new(false);
    let listing = Listing::of(
        move || ListOwnRecordings { search: filled(search.get()), limit: Some(ROWS), cursor: None },
        |ask, cursor| ask.cursor = cursor,
        move |answer: OwnRecordings| {
            may_delete.try_set(answer.may_delete);
            answer.page
        },
    );
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    // An administrator hears of everybody's.
    let is_own = move |recording: &Recording| {
        own.is_some() && [recording.caller_extension_id, recording.callee_extension_id].contains(&own)
    };
    let plain = move || search.with(String::is_empty);
    let wanted = move |recording: &Recording| is_own(recording) && untrack(plain);
    let recordings = Recordings::new(Side::Own, listing, may_delete.into(), wanted);
    let nothing = Signal::derive(move || match plain() {
        true => Nothing {
            glyph: Glyph::Microphone,
            title: "No recordings",
            text: "Where your calls are recorded, you hear them here. Your administrator sets which are.",
        },
        false => Nothing { glyph: Glyph::Search, title: "No recording matches", text: "Search for something else." },
    });
    view! {
        <div class="page">
            <Head title="My recordings" />
            <CallTabs />
            <section class="card" aria-label="My recordings" data-testid="recordings">
                <div class="filters"><Search value=search label="Search number or name" /></div>
                <RecordingList recordings nothing />
            </section>
        </div>
    }
}
