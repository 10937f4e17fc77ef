//! How many messages were not heard: a figure beside the word in the rail.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::page::PAGE_ROWS_MAX;
use shared::voicemail::{ListVoicemails, Voicemail};

use crate::live::{self, Event};
use crate::{api, session};

/// The figure, held by the shell for all pages.
#[derive(Clone, Copy, Debug)]
pub struct Unheard(pub RwSignal<u64>);

/// Counts from now on, for whoever has an extension.
pub fn provide_unheard() {
    let count = Unheard(RwSignal::new(0));
    provide_context(count);
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let Some(own) = own else { return };
    count.ask();
    live::subscribe(move |event| match event {
        Event::Reload => count.ask(),
        Event::Changed(_) => {}
        Event::Fact(fact) => match &fact.fact {
            Fact::VoicemailLeft { voicemail } if voicemail.extension_id == own => count.ask(),
            Fact::VoicemailHeard { extension_id, .. } | Fact::VoicemailRemoved { extension_id, .. }
                if *extension_id == own =>
            {
                count.ask();
            }
            _ => {}
        },
    });
}

impl Unheard {
    /// Asks for the figure.
    pub fn ask(self) {
        spawn_local(async move {
            // The latest; what is older than so many rarely is new.
            let ask = ListVoicemails { limit: Some(PAGE_ROWS_MAX), ..ListVoicemails::default() };
            if let Ok(page) = api::call(ask).await {
                self.0.try_set(page.rows.iter().filter(|row| is_new(row)).count() as u64);
            }
        });
    }
}

/// Was it left, and not heard yet?
pub fn is_new(voicemail: &Voicemail) -> bool {
    voicemail.heard_at.is_none() && voicemail.millis.is_some()
}
