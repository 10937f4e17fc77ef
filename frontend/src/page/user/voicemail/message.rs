//! The messages: who has left them, when, and the sound with its picture (VM-01…VM-03).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::voicemail::{
    ChangeVoicemail, GetVoicemailPeaks, GetVoicemailSound, ListVoicemails, Voicemail, VoicemailChange,
};
use shared::{Moment, VoicemailId};

use super::unheard::{Unheard, is_new};
use crate::live::{self, Event};
use crate::page::sound_row::{ROWS, SoundList, SoundRow, age, named, waved};
use crate::softphone::CallButton;
use crate::ui::dialog::Confirm;
use crate::ui::fetch::Fetch;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::player::Sound;
use crate::ui::table::Nothing;
use crate::{api, session, time, ui::toast};

/// The list, and the message that is about to be deleted.
#[derive(Clone, Copy)]
struct Work {
    listing: Listing<Voicemail>,
    chosen: RwSignal<Option<Voicemail>>,
    deleting: RwSignal<bool>,
    busy: RwSignal<bool>,
    unheard: Option<Unheard>,
}

#[component]
pub fn Messages() -> impl IntoView {
    let listing: Listing<Voicemail> = Listing::new(
        || ListVoicemails { limit: Some(ROWS), ..ListVoicemails::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let work = Work {
        listing,
        chosen: RwSignal::new(None),
        deleting: RwSignal::new(false),
        busy: RwSignal::new(false),
        unheard: use_context::<Unheard>(),
    };
    follow(listing);
    let present = time::ticking();
    let question = Signal::derive(move || {
        let who = work.chosen.with(|chosen| chosen.as_ref().map(|one| of(one).0)).unwrap_or_default();
        format!("Delete the message of {who}?")
    });
    let nothing = Signal::stored(Nothing {
        glyph: Glyph::Voicemail,
        title: "No message",
        text: "What callers leave for you stands here. Whether you are told by e-mail is set under Mailbox.",
    });
    let row = move |first: Voicemail| view! { <Message first work present /> }.into_any();
    view! {
        <section class="card" aria-label="Messages" data-testid="voicemails">
            <SoundList listing key=|message: &Voicemail| message.id row nothing />
        </section>
        <Confirm open=work.deleting title=question busy=work.busy text="It is gone for good." action="Delete"
            confirm=move |()| work.delete() />
    }
}

/// Keeps the list moving: what is left appears on top, what is heard elsewhere is heard here.
fn follow(listing: Listing<Voicemail>) {
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    live::subscribe(move |event| {
        let fact = match event {
            Event::Reload => return listing.reload(),
            Event::Changed(_) => return,
            Event::Fact(fact) => &fact.fact,
        };
        match fact {
            Fact::VoicemailLeft { voicemail } if Some(voicemail.extension_id) == own => {
                let id = voicemail.id;
                if !listing.replace(voicemail.clone(), |known| known.id == id) {
                    listing.prepend(voicemail.clone());
                }
            }
            Fact::VoicemailHeard { voicemail_id, heard_at, .. } => mark(listing, *voicemail_id, *heard_at),
            Fact::VoicemailRemoved { voicemail_id, .. } => listing.remove(|known| known.id == *voicemail_id),
            _ => {}
        }
    });
}

fn mark(listing: Listing<Voicemail>, id: VoicemailId, heard_at: Option<Moment>) {
    let known =
        listing.rows.with_untracked(|rows| rows.iter().find(|row| row.item.id == id).map(|row| row.item.clone()));
    if let Some(known) = known.filter(|known| known.heard_at != heard_at) {
        listing.replace(Voicemail { heard_at, ..known }, |known| known.id == id);
    }
}

impl Work {
    /// Says whether it was heard; shown at once, and taken back where the server refuses it.
    fn set_heard(self, id: VoicemailId, heard: bool) {
        let before = self
            .listing
            .rows
            .with_untracked(|rows| rows.iter().find(|row| row.item.id == id).and_then(|row| row.item.heard_at));
        mark(self.listing, id, heard.then(time::now));
        let change = if heard { VoicemailChange::Heard } else { VoicemailChange::Unheard };
        spawn_local(async move {
            match api::call(ChangeVoicemail { voicemail_id: id, change }).await {
                Ok(()) => self.count(),
                Err(problem) => {
                    mark(self.listing, id, before);
                    toast::refused(problem);
                }
            }
        });
    }

    fn delete(self) {
        let Some(id) = self.chosen.with_untracked(|chosen| chosen.as_ref().map(|one| one.id)) else { return };
        self.busy.set(true);
        spawn_local(async move {
            let answer = api::call(ChangeVoicemail { voicemail_id: id, change: VoicemailChange::Deleted }).await;
            self.busy.try_set(false);
            self.deleting.try_set(false);
            match answer {
                Ok(()) => {
                    self.listing.remove(|known| known.id == id);
                    self.count();
                    toast::good("The message is gone.");
                }
                Err(problem) => toast::refused(problem),
            }
        });
    }

    fn count(self) {
        if let Some(unheard) = self.unheard {
            unheard.ask();
        }
    }
}

#[component]
fn Message(first: Voicemail, work: Work, present: ReadSignal<Moment>) -> impl IntoView {
    let (id, left_at) = (first.id, first.left_at);
    let (name, number) = of(&first);
    let caller = first.caller.clone();
    let call_name = first.caller_name.clone();
    let about = StoredValue::new(first);
    let what = StoredValue::new(format!("the message of {name}"));
    let row = Memo::new(move |_| {
        let found =
            work.listing.rows.with(|rows| rows.iter().find(|row| row.item.id == id).map(|row| row.item.clone()));
        found.unwrap_or_else(|| about.get_value())
    });
    let new = Memo::new(move |_| row.with(is_new));
    let millis = Memo::new(move |_| row.with(|row| row.millis));
    let sound = move || match millis.get() {
        None => view! { <span class="text-faint" data-testid="being-left">"Is being left…"</span> }.into_any(),
        Some(millis) => message_sound(id, millis, what.get_value(), work, new),
    };
    let delete = move |()| {
        work.chosen.set(Some(about.get_value()));
        work.deleting.set(true);
    };
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    let below = view! {
        {number.map(|number| view! { <span>{number}", "</span> })}
        {age(left_at, present)}
    };
    let number = caller.clone();
    let tools = view! {
        {(!number.is_empty()).then(|| view! {
            <CallButton number=Signal::stored(number) name=call_name label="Call back" testid="call-back" />
        })}
        <Menu label=format!("More for {}", what.get_value()) testid="row-menu" face>
            {move || match new.get() {
                true => view! {
                    <MenuItem glyph=Glyph::Check label="Mark as heard" testid="mark-heard" press=move |()| work.set_heard(id, true) />
                }.into_any(),
                false => view! {
                    <MenuItem glyph=Glyph::Voicemail label="Mark as new" testid="mark-new" press=move |()| work.set_heard(id, false) />
                }.into_any(),
            }}
            <div class="menu-line"></div>
            <MenuItem glyph=Glyph::Trash label="Delete" bad=true testid="menu-remove" press=delete />
        </Menu>
    };
    view! {
        <SoundRow testid="voicemail" caller new title=name.clone() name=name.into_any() below=below.into_any() sound=sound.into_any()
            tools=tools.into_any() />
    }
}

fn message_sound(id: VoicemailId, millis: u64, what: String, work: Work, new: Memo<bool>) -> AnyView {
    let begun = move || {
        if new.get_untracked() {
            work.set_heard(id, true);
        }
    };
    let sound = Sound::new(move || GetVoicemailSound { voicemail_id: id }, millis, begun);
    waved(sound, Fetch::new(move || GetVoicemailPeaks { voicemail_id: id }), what)
}

/// Who has left it: name and number.
fn of(voicemail: &Voicemail) -> (String, Option<String>) {
    named(&voicemail.caller_name, &voicemail.caller)
}

#[cfg(test)]
mod tests {
    use shared::{CallId, ExtensionId, SoundId, TenantId};

    use super::*;

    #[test]
    fn a_message_is_new_when_it_is_complete_and_was_not_heard() {
        let complete = Voicemail {
            id: VoicemailId(1),
            tenant_id: TenantId(1),
            extension_id: ExtensionId(1),
            call_id: CallId(1),
            caller: "101".into(),
            caller_name: String::new(),
            left_at: Moment(0),
            millis: Some(5_000),
            heard_at: None,
            sound_id: SoundId(1),
        };
        assert_eq!(of(&complete).0, "101");
        assert!(is_new(&complete));
        assert!(!is_new(&Voicemail { millis: None, ..complete.clone() }));
        assert!(!is_new(&Voicemail { heard_at: Some(Moment(1)), ..complete }));
    }
}
