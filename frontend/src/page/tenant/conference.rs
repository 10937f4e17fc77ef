//! Conference rooms: the list with who is in them now, and the form (CONF-01…CONF-08).

use leptos::prelude::*;
use shared::conference::{
    ConferenceRoom, ConferenceRoomSettings, ConferenceStanding, CreateConferenceRoom, DeleteConferenceRoom,
    ListConferenceRooms, ListConferences, UpdateConferenceRoom,
};
use shared::language::Language;

use super::pick::{Everybody, Picks, chosen_of, ids};
use super::route::RouteTabs;
use crate::page::conference::{follow, standing_word};
use crate::page::filter::bound;
use crate::place::Place;
use crate::softphone::CallButton;
use crate::ui::badge::{Badge, Tone};
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Search, Select, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};

const NOUN: Noun<ConferenceRoom> = Noun {
    word: "conference room",
    name: |row| &row.settings.subject,
    removed: "A conference that runs in it ends. Whoever dials its number hears that it is not in use.",
    add_testid: "add-room",
    edit_testid: "edit-room",
};

#[component]
pub fn ConferencesPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListConferenceRooms { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let standings = Fetch::new(ListConferences::default);
    let everybody = Everybody::new();
    follow(move || standings.reload_soon());
    crate::live::subscribe(move |event| {
        if matches!(event, crate::live::Event::Reload | crate::live::Event::Changed(_)) {
            listing.reload();
            everybody.reload();
        }
    });
    let records = Records::new(listing, NOUN);
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::People,
            title: "No conference room yet",
            text: "A room has a number of its own. Whoever dials it, from inside or by an inbound rule, hears all who are there.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or subject." },
    });
    view! {
        <div class="page">
            <RouteTabs tools=records.add() />
            <section class="card" aria-label="Conferences">
                <div class="filters"><Search value=search label="Search number or subject" /></div>
                <Table listing columns=columns(records, standings) label="Conferences" nothing />
            </section>
        </div>
        <RecordDialogs records remove=|room| DeleteConferenceRoom { conference_room_id: room.id }
            form=move |room| view! { <RoomForm room everybody records /> }.into_any() />
    }
}

fn columns(records: Records<ConferenceRoom>, standings: Fetch<Vec<ConferenceStanding>>) -> Vec<Column<ConferenceRoom>> {
    let pin = |pin: &str| match pin {
        "" => view! { <span class="text-faint">"–"</span> }.into_any(),
        pin => view! { <span class="figures">{pin.to_owned()}</span> }.into_any(),
    };
    vec![
        Column::new("Room", |row: &ConferenceRoom| {
            let settings = &row.settings;
            view! {
                <span class="block font-medium figures" data-testid="room" data-number=settings.number.clone()>{settings.number.clone()}</span>
                <span class="cell-sub cell-clip">{settings.subject.clone()}</span>
                {row.owner_id.is_some().then(|| view! { <span class="cell-sub">"Temporary"</span> })}
            }
            .into_any()
        }),
        Column::new("Room PIN", move |row: &ConferenceRoom| pin(&row.settings.pin)).medium(),
        Column::new("Moderator PIN", move |row: &ConferenceRoom| pin(&row.settings.moderator_pin)).wide(),
        Column::new("Mode", |_: &ConferenceRoom| view! { <span class="text-soft">"Audio"</span> }.into_any()).wide(),
        Column::new("Status", move |row: &ConferenceRoom| {
            let id = row.id;
            let state = Memo::new(move |_| {
                standings.map(|all| {
                    let found = all.iter().find(|one| one.room_id == id);
                    let more = found.map(|one| (one.locked, one.recorded)).unwrap_or_default();
                    (standing_word(found), found.is_some(), more)
                })
            });
            let word = move || match state.get() {
                None => view! { <span class="text-faint">"…"</span> }.into_any(),
                Some((text, busy, (locked, recorded))) => {
                    let tone = if busy { Tone::Good } else { Tone::Plain };
                    view! {
                        <span class="flex flex-wrap gap-1" data-testid="room-status">
                            <Badge text tone dot=busy live=busy />
                            {locked.then(|| view! { <Badge text="Locked" tone=Tone::Warn /> })}
                            {recorded.then(|| view! { <Badge text="Recorded" tone=Tone::Bad /> })}
                        </span>
                    }
                    .into_any()
                }
            };
            word.into_any()
        }),
        Column::new("", move |row: &ConferenceRoom| {
            let (number, name) = (row.settings.number.clone(), row.settings.subject.clone());
            let manage = Place::TenantConference(row.id).path();
            view! {
                <span class="flex items-center justify-end gap-1.5">
                    <span class="max-sm:hidden">
                        <CallButton number=Signal::stored(number) name label="Join" testid="join-room" />
                    </span>
                    <a class="button button-secondary button-small" href=manage data-testid="manage-room">"Manage"</a>
                    {records.actions(row, None, true)}
                </span>
            }
            .into_any()
        }),
    ]
}

#[component]
fn RoomForm(room: Option<ConferenceRoom>, everybody: Everybody, records: Records<ConferenceRoom>) -> impl IntoView {
    let form = Form::new();
    let id = room.as_ref().map(|room| room.id);
    let settings = room.map(|room| room.settings).unwrap_or_default();
    let text = |value: &str| RwSignal::new(value.to_owned());
    let (number, subject) = (text(&settings.number), text(&settings.subject));
    let (pin, moderator_pin) = (text(&settings.pin), text(&settings.moderator_pin));
    let caller_id = text(&settings.outbound_caller_id);
    let most = RwSignal::new(settings.participants_max.to_string());
    let language = text(settings.language.code());
    let moderators = chosen_of(&settings.moderators);
    let (silent, waits) = (RwSignal::new(settings.silent), RwSignal::new(settings.waits_for_moderator));
    let records_all = RwSignal::new(settings.records);
    let submit = move |()| {
        let settings = ConferenceRoomSettings {
            number: number.get_untracked().trim().to_owned(),
            subject: subject.get_untracked(),
            pin: pin.get_untracked().trim().to_owned(),
            moderator_pin: moderator_pin.get_untracked().trim().to_owned(),
            moderators: ids(moderators),
            outbound_caller_id: caller_id.get_untracked().trim().to_owned(),
            participants_max: most.get_untracked().trim().parse().unwrap_or(0),
            language: Language::of_code(&language.get_untracked()).unwrap_or_default(),
            silent: silent.get_untracked(),
            waits_for_moderator: waits.get_untracked(),
            records: records_all.get_untracked(),
        };
        let problems = settings.check();
        let finish = move |room: ConferenceRoom| {
            records.saved(format!("The conference room {} is so from now on.", room.settings.number));
        };
        match id {
            Some(conference_room_id) => {
                form.send(problems, UpdateConferenceRoom { conference_room_id, settings }, finish);
            }
            None => form.send(problems, CreateConferenceRoom { settings }, finish),
        }
    };
    let languages = Language::ALL.map(|one| (one.code().to_owned(), one.name().to_owned())).to_vec();
    let options = Signal::derive(move || everybody.options());
    view! {
        <FormView form fields=vec!["number", "subject", "pin", "moderator_pin", "moderators", "participants_max", "outbound_caller_id"] submit>
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <Field name="number" label="Number" value=number form inputmode="numeric" placeholder="8008" autofocus=true />
                <Field name="subject" label="Subject" value=subject form placeholder="Monday meeting" />
                <Field name="pin" label="Room PIN" value=pin form inputmode="numeric" optional=true hint="3 to 6 digits, asked of whoever comes." />
                <Field name="moderator_pin" label="Moderator PIN" value=moderator_pin form inputmode="numeric" optional=true
                    hint="Makes whoever types it a moderator." />
                <Field name="participants_max" label="Participants at most" value=most form inputmode="numeric" hint="1 to 200." />
                <Select name="language" label="Language" value=language options=languages />
            </div>
            {everybody.failure()}
            <Picks name="moderators" label="Moderators" add="Add a moderator" hint="They need no PIN." chosen=moderators options form />
            <Switch name="waits_for_moderator" label="All wait until a moderator is there" hint="They hear music."
                on=waits change=move |on| {
                    waits.set(on);
                    form.touch("waits_for_moderator");
                } />
            {move || form.problem("waits_for_moderator").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <Switch name="silent" label="Say nothing when somebody joins or leaves" on=silent change=move |on| silent.set(on) />
            <Switch name="records" label="Record from the beginning" on=records_all change=move |on| records_all.set(on) />
            <Field name="outbound_caller_id" label="Caller id outside" value=caller_id form inputmode="tel" optional=true
                hint="Who calls from the room to numbers outside come from. It counts where the trunk has the number for you." />
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
