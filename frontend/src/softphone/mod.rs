//! The browser phone.
//!
//! Map: `state` is the phone without a browser, a machine tested on the host; `agent` gives it the browser (`socket`,
//! `clock`, `tab`), `peer` the sound of each call (`device`, `quality`); `sound` and `alert` call for the person;
//! `page` is what is seen.
//!
//! **Invariant:** only `agent` gives inputs to the machine, one after the other.

mod agent;
mod alert;
mod clock;
mod device;
mod page;
mod peer;
mod quality;
mod socket;
mod sound;
pub mod state;
mod tab;

use leptos::prelude::*;

pub use clock::dice;
pub use page::{CallButton, PhoneBar, PhonePage, TrialCall};

use crate::browser::on_window;
use crate::session::{self, Scope};
use state::Input;

/// Makes the phone known to everything below; once, at the top of a signed-in portal. It registers by itself for as
/// long as somebody with an extension is signed in.
pub fn provide_softphone() {
    let who = session::who();
    let user = Memo::new(move |_| who.get().is_some_and(|who| Scope::of(&who).user));
    Effect::new(move |_| if user.get() { agent::sign_in() } else { agent::sign_out() });
    on_cleanup(agent::sign_out);
    for event in ["online", "focus"] {
        on_window(event, |_| agent::send(Input::NetworkChanged));
    }
    on_window("pagehide", |_| agent::leave());
    on_window("pageshow", |_| tab::come_back());
    // The first press lets the browser play what it kept silent.
    for event in ["pointerdown", "keydown"] {
        on_window(event, |_| {
            if agent::silenced().get_untracked() {
                agent::sound_changed();
            }
        });
    }
}
