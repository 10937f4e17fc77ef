//! How many messages were not read: a figure beside the word in the rail.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::message::ListConversations;

use crate::live::{self, Event};
use crate::{api, session};

/// The conversations whose figures are added up; older ones rarely have any.
const CONVERSATIONS: u32 = 200;

/// The figure, held by the shell for all pages.
#[derive(Clone, Copy, Debug)]
pub struct Unread(pub RwSignal<u64>);

/// Counts from now on, for whoever has an extension.
pub fn provide_unread() {
    let count = Unread(RwSignal::new(0));
    provide_context(count);
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let Some(own) = own else { return };
    count.ask();
    live::subscribe(move |event| match event {
        Event::Reload => count.ask(),
        Event::Changed(_) => {}
        Event::Fact(fact) => {
            if let Fact::MessageSent { message } = &fact.fact
                && message.receiver_id == own
            {
                count.0.update(|count| *count += 1);
            }
        }
    });
}

impl Unread {
    /// Asks for the figure.
    pub fn ask(self) {
        spawn_local(async move {
            let ask = ListConversations { limit: Some(CONVERSATIONS), ..ListConversations::default() };
            if let Ok(page) = api::call(ask).await {
                self.0.try_set(page.rows.iter().map(|row| row.unread).sum());
            }
        });
    }
}

/// The figure as people read it.
pub fn figure(count: u64) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_has_room_for_two_digits() {
        assert_eq!([figure(1), figure(99), figure(100)], ["1", "99", "99+"]);
    }
}
