//! One conference room as it runs, for the administrator (CONF-08…CONF-17).

use leptos::prelude::*;
use shared::ConferenceRoomId;
use shared::conference::{ConferenceRoom, ListConferences};
use shared::conference_path::ShowRoom;
use shared::extension::{ExtensionRow, ListExtensions};

use super::pick::Everybody;
use crate::page::Head;
use crate::page::conference::{MailDialog, RoomView, Side, follow, invitation};
use crate::place::Place;
use crate::softphone::CallButton;
use crate::ui::button::Button;
use crate::ui::card::Card;
use crate::ui::copy::Copy;
use crate::ui::fetch::Fetch;
use crate::ui::icon::{Glyph, Icon};

/// The most people that can be chosen to be called; any other number is typed.
const PEOPLE_MAX: u32 = 200;

#[component]
pub fn ConferencePage(room_id: ConferenceRoomId) -> impl IntoView {
    let room = Fetch::new(move || ShowRoom { id: room_id.to_string() });
    let standings = Fetch::new(ListConferences::default);
    let people = Fetch::new(|| ListExtensions { limit: Some(PEOPLE_MAX), ..ListExtensions::default() });
    let everybody = Everybody::new();
    let speakers = follow(move || {
        standings.reload();
        room.reload_soon();
    });
    let numbers = Signal::derive(move || {
        let row = |row: &ExtensionRow| {
            (row.extension.number.clone(), format!("{} {}", row.extension.number, row.extension.name))
        };
        people.map(|page| page.rows.iter().map(row).collect::<Vec<_>>()).unwrap_or_default()
    });
    let standing =
        Signal::derive(move || standings.map(|all| all.iter().find(|one| one.room_id == room_id).cloned()).flatten());
    let mailing = RwSignal::new(false);
    let title = Signal::derive(move || {
        room.map(|room| room.settings.subject.clone()).unwrap_or_else(|| "Conference".to_owned())
    });
    let text = Signal::derive(move || room.map(words).unwrap_or_default());
    let number = Signal::derive(move || room.map(|room| room.settings.number.clone()).unwrap_or_default());
    let invite = Signal::derive(move || room.map(invitation).unwrap_or_default());
    let tools = view! {
        <CallButton number label="Join" testid="join-room" />
        <Button label="Mail an invitation" icon=Glyph::Send small=true testid="mail-invitation" press=move |()| mailing.set(true) />
        <Copy text=invite what="the invitation" testid="copy-invitation" />
    }
    .into_any();
    let recordings = move || format!("{}?search={}", Place::TenantRecordings.path(), number.get());
    let came = Memo::new(move |_| standings.map(|_| ()).is_some());
    view! {
        <div class="page">
            <a class="link inline-flex items-center gap-1.5" href=Place::TenantConferences.path()><Icon glyph=Glyph::Back />"Conferences"</a>
            <Head title text tools />
            {room.failure()}
            {standings.failure()}
            <Card title="Who is in it" flush=true testid="conference">
                {move || match came.get() {
                    false => standings.skeleton("card-body", "h-24"),
                    true => view! {
                        <RoomView side=Side::Tenant room_id standing moderates=Signal::stored(true) people=numbers speakers
                            changed=Callback::new(move |()| standings.reload()) />
                    }
                    .into_any(),
                }}
            </Card>
            <p><a class="link" href=recordings data-testid="room-recordings">"Recordings of this room"</a></p>
        </div>
        <MailDialog side=Side::Tenant room_id open=mailing people=Signal::derive(move || everybody.options()) />
    }
}

/// Number and PIN.
fn words(room: &ConferenceRoom) -> String {
    match room.settings.pin.as_str() {
        "" => format!("Number {}, no PIN", room.settings.number),
        pin => format!("Number {}, PIN {pin}", room.settings.number),
    }
}
