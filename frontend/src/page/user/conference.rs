//! The conferences that one is in or moderates, and temporary rooms of one's own (CONF-08…CONF-18).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::ConferenceRoomId;
use shared::conference::{
    ConferenceRoom, ConferenceStanding, CreateTemporaryConference, DeleteTemporaryConference, ListOwnConferences,
    OwnConferences, ParticipantState,
};
use shared::extension::{ListPeople, Person};

use super::call_record::CallTabs;
use crate::page::Head;
use crate::page::conference::{MailDialog, RoomView, Side, Speakers, follow, invitation};
use crate::softphone::CallButton;
use crate::ui::button::{Button, IconButton, Look};
use crate::ui::card::Card;
use crate::ui::copy::Copy;
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::fetch::Fetch;
use crate::ui::field::Field;
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;
use crate::ui::toast;
use crate::{api, session};

/// The most people that can be chosen to be called; any other number is typed.
const PEOPLE_MAX: u32 = 200;

#[component]
pub fn ConferencesPage() -> impl IntoView {
    let own = Fetch::new(ListOwnConferences::default);
    let people = Fetch::new(|| ListPeople { limit: Some(PEOPLE_MAX), ..ListPeople::default() });
    let speakers = follow(move || own.reload_soon());
    let making = RwSignal::new(false);
    let came = Memo::new(move |_| own.map(|_| ()).is_some());
    let may_create = Memo::new(move |_| own.map(|own| own.may_create).unwrap_or_default());
    let rooms = Memo::new(move |_| own.map(ids).unwrap_or_default());
    let tools = move || {
        may_create.get().then(|| view! {
            <Button label="New temporary room" icon=Glyph::Plus look=Look::Primary testid="new-temporary" press=move |()| making.set(true) />
        })
    };
    let text = move || match may_create.get() {
        true => "Make a room of your own, or dial the number of one that you were invited to.",
        false => "Dial the number of a room that you were invited to. Rooms that you are in or moderate appear here.",
    };
    view! {
        <div class="page">
            <Head title="Conferences" tools=tools.into_any() />
            <CallTabs />
            {own.failure()}
            {move || match came.get() {
                false => own.skeleton("card p-4.5", "h-40"),
                true => {
                    view! {
                        <Show when=move || rooms.with(Vec::is_empty)>
                            <div class="card"><Empty glyph=Glyph::People title="No conference" text=text() /></div>
                        </Show>
                        <For each=move || rooms.get() key=|id| *id let:id>
                            <RoomCard id own people speakers />
                        </For>
                    }
                    .into_any()
                }
            }}
        </div>
        <Dialog open=making title="New temporary room">
            {move || making.get().then(|| view! { <TemporaryForm open=making own /> })}
        </Dialog>
    }
}

/// The conferences that one is in just now, for the phone's page.
#[component]
pub fn Here() -> impl IntoView {
    let own = Fetch::new(ListOwnConferences::default);
    let people = Fetch::new(|| ListPeople { limit: Some(PEOPLE_MAX), ..ListPeople::default() });
    let speakers = follow(move || own.reload_soon());
    let me = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let rooms = Memo::new(move |_| {
        own.map(|own| {
            let is_me = |one: &shared::conference::Participant| {
                one.extension_id == me && one.state != ParticipantState::Invited
            };
            let here = own.standings.iter().filter(|one| me.is_some() && one.standing.participants.iter().any(is_me));
            here.map(|one| one.standing.room_id).collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    view! {
        <For each=move || rooms.get() key=|id| *id let:id>
            <RoomCard id own people speakers />
        </For>
    }
}

/// All that are shown, those first in which somebody is.
fn ids(own: &OwnConferences) -> Vec<ConferenceRoomId> {
    let mut all: Vec<ConferenceRoomId> = own.standings.iter().map(|one| one.standing.room_id).collect();
    for room in &own.rooms {
        if !all.contains(&room.id) {
            all.push(room.id);
        }
    }
    all
}

#[component]
fn RoomCard(
    id: ConferenceRoomId,
    own: Fetch<OwnConferences>,
    people: Fetch<shared::Page<Person>>,
    speakers: Speakers,
) -> impl IntoView {
    let room = Memo::new(move |_| own.map(|own| own.rooms.iter().find(|room| room.id == id).cloned()).flatten());
    let here = Memo::new(move |_| {
        own.map(|own| own.standings.iter().find(|one| one.standing.room_id == id).cloned()).flatten()
    });
    let standing = Signal::derive(move || here.get().map(|one| one.standing));
    let moderates = Signal::derive(move || {
        here.with(|here| here.as_ref().is_some_and(|one| one.moderates)) || room.with(Option::is_some)
    });
    let title = Signal::derive(move || title(room.get(), standing.get()));
    let number = Signal::derive(move || {
        let known = room.with(|room| room.as_ref().map(|room| room.settings.number.clone()));
        known.or_else(|| standing.get().map(|standing| standing.number)).unwrap_or_default()
    });
    let invite = Signal::derive(move || room.with(|room| room.as_ref().map(invitation).unwrap_or_default()));
    let me = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let is_own = Memo::new(move |_| {
        room.with(|room| room.as_ref().is_some_and(|room| room.owner_id.is_some() && room.owner_id == me))
    });
    let numbers = Signal::derive(move || {
        let row = |person: &Person| (person.number.clone(), format!("{} {}", person.number, person.name));
        people.map(|page| page.rows.iter().map(row).collect::<Vec<_>>()).unwrap_or_default()
    });
    let by_id = Signal::derive(move || {
        let row = |person: &Person| (person.extension_id.to_string(), format!("{} {}", person.number, person.name));
        people.map(|page| page.rows.iter().map(row).collect::<Vec<_>>()).unwrap_or_default()
    });
    let mailing = RwSignal::new(false);
    let remove = move |()| {
        spawn_local(async move {
            match api::call(DeleteTemporaryConference { conference_room_id: id }).await {
                Ok(()) => toast::good("The room is gone."),
                Err(problem) => toast::refused(problem),
            }
            own.reload();
        });
    };
    let has_room = Memo::new(move |_| room.with(Option::is_some));
    let tools = view! {
        <span class="flex flex-wrap items-center justify-end gap-1.5">
            <CallButton number label="Join" testid="join-room" />
            {move || has_room.get().then(|| view! {
                <Copy text=invite what="the invitation" testid="copy-invitation" />
                <IconButton glyph=Glyph::Send label="Mail an invitation" testid="mail-invitation" press=move |()| mailing.set(true) />
            })}
            {move || is_own.get().then(|| view! {
                <IconButton glyph=Glyph::Trash label="Remove the room" testid="remove-room" press=remove />
            })}
        </span>
    }
    .into_any();
    view! {
        <Card title tools flush=true testid="conference">
            {move || room.with(|room| room.as_ref().map(|room| {
                let pin = Some(room.settings.pin.clone()).filter(|pin| !pin.is_empty());
                view! { <p class="px-4.5 text-sm text-soft figures">{pin.map_or_else(|| "No PIN".to_owned(), |pin| format!("PIN {pin}"))}</p> }
            }))}
            <RoomView side=Side::Own room_id=id standing moderates people=numbers speakers
                changed=Callback::new(move |()| own.reload()) />
        </Card>
        <MailDialog side=Side::Own room_id=id open=mailing people=by_id />
    }
}

/// Number and subject.
fn title(room: Option<ConferenceRoom>, standing: Option<ConferenceStanding>) -> String {
    let of_room = room.map(|room| (room.settings.number, room.settings.subject));
    let (number, subject) = of_room.or(standing.map(|one| (one.number, one.subject))).unwrap_or_default();
    format!("{number} {subject}").trim().to_owned()
}

#[component]
fn TemporaryForm(open: RwSignal<bool>, own: Fetch<OwnConferences>) -> impl IntoView {
    let form = Form::new();
    let (subject, pin) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |()| {
        let operation = CreateTemporaryConference {
            subject: subject.get_untracked().trim().to_owned(),
            pin: pin.get_untracked().trim().to_owned(),
        };
        form.send(Vec::new(), operation, move |room: ConferenceRoom| {
            open.set(false);
            own.reload();
            toast::good(format!("The room {} is yours until the last has left it.", room.settings.number));
        });
    };
    view! {
        <FormView form fields=vec!["subject", "pin"] submit>
            <Field name="subject" label="Subject" value=subject form placeholder="Budget" autofocus=true />
            <Field name="pin" label="PIN" value=pin form inputmode="numeric" optional=true hint="3 to 6 digits, asked of whoever comes." />
            <FormFoot open form />
        </FormView>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::TenantId;
    use shared::conference::{ConferenceRoomSettings, OwnConference};

    // covers: CONF-18
    #[test]
    fn conf_18_a_room_stands_once_whether_somebody_is_in_it_or_not() {
        let room = |id: i64| ConferenceRoom {
            id: ConferenceRoomId(id),
            tenant_id: TenantId(1),
            owner_id: None,
            settings: ConferenceRoomSettings {
                number: format!("700{id}"),
                subject: "Lunch".into(),
                ..Default::default()
            },
        };
        let standing = ConferenceStanding {
            room_id: ConferenceRoomId(2),
            number: "7002".into(),
            subject: "Lunch".into(),
            started_at: shared::Moment(0),
            locked: false,
            muted: false,
            recorded: false,
            participants: Vec::new(),
        };
        let standings = vec![OwnConference { standing: standing.clone(), moderates: true }];
        let own = OwnConferences { standings, may_create: true, rooms: vec![room(1), room(2)] };
        assert_eq!(ids(&own), [ConferenceRoomId(2), ConferenceRoomId(1)]);
        assert_eq!(title(Some(room(1)), None), "7001 Lunch");
        assert_eq!(title(None, Some(standing)), "7002 Lunch");
        assert_eq!(title(None, None), "");
    }
}
