//! What is going on, as it happens: one WebSocket a tab, its facts handed to the pages that listen.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use shared::TenantId;
use shared::extension::Person;
use shared::fact::TenantFact;
use shared::live::{Light, LiveMessage, LiveRequest};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, WebSocket};

use crate::ui::listing::Listing;
use crate::{api, session};

/// What a page hears.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something has happened.
    Fact(Box<TenantFact>),
    /// What is configured has changed: a tenant or what belongs to it; none is the installation itself.
    Changed(Option<TenantId>),
    /// Facts may have been missed: load the lists again.
    Reload,
}

/// How the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is being made.
    Connecting,
    /// Facts arrive.
    Live,
    /// It was lost and is tried again.
    Lost,
}

/// The first wait before another try, in milliseconds; doubled each time.
const RETRY_MILLIS_MIN: u32 = 500;
/// The longest wait before another try, in milliseconds.
const RETRY_MILLIS_MAX: u32 = 15_000;

type Listener = Rc<dyn Fn(&Event)>;
type Watcher = Rc<dyn Fn(&str, Light)>;
type ListWatcher = Rc<dyn Fn()>;

#[derive(Default)]
struct Line {
    socket: Option<WebSocket>,
    retry: Option<Timeout>,
    failures: u32,
    /// Has this line been up before? Then its next start follows a gap.
    was_up: bool,
}

thread_local! {
    static LINE: RefCell<Line> = RefCell::new(Line::default());
    static LISTENERS: RefCell<BTreeMap<u64, Listener>> = const { RefCell::new(BTreeMap::new()) };
    static NEXT_LISTENER: Cell<u64> = const { Cell::new(0) };
    /// Those who show how people stand.
    static LIST_WATCHERS: RefCell<BTreeMap<u64, ListWatcher>> = const { RefCell::new(BTreeMap::new()) };
    static WATCHERS: RefCell<BTreeMap<u64, Watcher>> = const { RefCell::new(BTreeMap::new()) };
    static STATUS: ArcRwSignal<Status> = ArcRwSignal::new(Status::Connecting);
}

/// How the connection stands, to be watched.
pub fn status() -> ArcRwSignal<Status> {
    STATUS.with(Clone::clone)
}

/// Hands every event to `listen` for as long as the current owner lives.
pub fn subscribe(listen: impl Fn(&Event) + 'static) {
    let id = NEXT_LISTENER.replace(NEXT_LISTENER.get() + 1);
    LISTENERS.with_borrow_mut(|listeners| listeners.insert(id, Rc::new(listen)));
    on_cleanup(move || {
        LISTENERS.with_borrow_mut(|listeners| listeners.remove(&id));
    });
}

/// Hands over how the people of the tenant stand, by number, for as long as the current owner lives.
fn watch_people(watch: impl Fn(&str, Light) + 'static) {
    let id = NEXT_LISTENER.replace(NEXT_LISTENER.get() + 1);
    WATCHERS.with_borrow_mut(|watchers| watchers.insert(id, Rc::new(watch)));
    say(&LiveRequest::WatchPeople { on: true });
    on_cleanup(move || {
        let left = WATCHERS.with_borrow_mut(|watchers| {
            watchers.remove(&id);
            watchers.len()
        });
        if left == 0 {
            say(&LiveRequest::WatchPeople { on: false });
        }
    });
}

/// Calls when people of the tenant are others or are to be seen otherwise, for as long as the current owner lives and some
/// page watches them.
pub fn watch_list(watch: impl Fn() + 'static) {
    let id = NEXT_LISTENER.replace(NEXT_LISTENER.get() + 1);
    LIST_WATCHERS.with_borrow_mut(|watchers| watchers.insert(id, Rc::new(watch)));
    on_cleanup(move || {
        LIST_WATCHERS.with_borrow_mut(|watchers| watchers.remove(&id));
    });
}

/// How the people of a list stand in calls, by number; whose devices come or go, the list is loaded again.
pub fn lights(listing: Listing<Person>) -> RwSignal<BTreeMap<String, Light>> {
    let lights: RwSignal<BTreeMap<String, Light>> = RwSignal::new(BTreeMap::new());
    watch_list(move || listing.reload());
    watch_people(move |number, light| match light {
        Light::Gone | Light::Online => {
            let known = listing
                .rows
                .with_untracked(|rows| rows.iter().find(|row| row.item.number == number).map(|row| row.item.online));
            // Devices renew all the time; that alone is no news.
            if known.is_some_and(|online| online != (light == Light::Online)) {
                listing.reload();
            }
        }
        light => {
            lights.try_update(|lights| lights.insert(number.to_owned(), light));
        }
    });
    lights
}

/// Keeps the line up for as long as the current owner lives.
pub fn connect() {
    open();
    let state = session::state();
    Effect::new(move |before: Option<Option<String>>| {
        let token = match state.get() {
            session::State::SignedIn(session) => Some(session.access_token),
            _ => None,
        };
        if before.is_some_and(|before| before != token) {
            hello();
        }
        token
    });
    crate::browser::on_window("online", |_| {
        if status().get_untracked() == Status::Lost {
            LINE.with_borrow_mut(|line| line.failures = 0);
            open();
        }
    });
    on_cleanup(close);
}

fn open() {
    close_socket();
    let scheme = if window().location().protocol().is_ok_and(|scheme| scheme == "https:") { "wss" } else { "ws" };
    let host = window().location().host().unwrap_or_default();
    let Ok(socket) = WebSocket::new(&format!("{scheme}://{host}/api/live")) else { return retry() };

    let on_open = Closure::<dyn Fn()>::new(hello);
    socket.set_onopen(Some(on_open.into_js_value().unchecked_ref()));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        if let Some(message) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
            hear(message);
        }
    });
    socket.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
    let on_close = Closure::<dyn Fn()>::new(retry);
    socket.set_onclose(Some(on_close.into_js_value().unchecked_ref()));
    LINE.with_borrow_mut(|line| line.socket = Some(socket));
}

fn hello() {
    let Some(access_token) = session::token() else { return };
    say(&LiveRequest::Hello { access_token });
    if WATCHERS.with_borrow(|watchers| !watchers.is_empty()) {
        say(&LiveRequest::WatchPeople { on: true });
    }
}

fn say(request: &LiveRequest) {
    let Ok(text) = serde_json::to_string(request) else { return };
    LINE.with_borrow(|line| {
        if let Some(socket) = line.socket.as_ref().filter(|socket| socket.ready_state() == WebSocket::OPEN) {
            // A socket that cannot send will close, and closing leads to another try.
            socket.send_with_str(&text).ok();
        }
    });
}

fn hear(message: LiveMessage) {
    match message {
        LiveMessage::Welcome { .. } => {
            let (first, again) = LINE.with_borrow_mut(|line| {
                line.failures = 0;
                let again = std::mem::replace(&mut line.was_up, true);
                (status().get_untracked() != Status::Live, again)
            });
            status().set(Status::Live);
            if first && again {
                tell(&Event::Reload);
            }
        }
        LiveMessage::Fact { fact } => tell(&Event::Fact(Box::new(fact))),
        LiveMessage::Person { number, light } => {
            let watchers: Vec<Watcher> = WATCHERS.with_borrow(|watchers| watchers.values().cloned().collect());
            for watch in watchers {
                watch(&number, light);
            }
        }
        LiveMessage::People => {
            let watchers: Vec<ListWatcher> = LIST_WATCHERS.with_borrow(|watchers| watchers.values().cloned().collect());
            watchers.iter().for_each(|watch| watch());
        }
        LiveMessage::Changed { tenant_id } => tell(&Event::Changed(tenant_id)),
        LiveMessage::Missed => tell(&Event::Reload),
        LiveMessage::Refused => leptos::task::spawn_local(async {
            api::refresh().await.ok();
        }),
    }
}

fn tell(event: &Event) {
    // A listener may subscribe or leave while it hears.
    let listeners: Vec<Listener> = LISTENERS.with_borrow(|listeners| listeners.values().cloned().collect());
    for listen in listeners {
        listen(event);
    }
}

fn retry() {
    let wait = LINE.with_borrow_mut(|line| {
        line.failures = line.failures.saturating_add(1);
        backoff(line.failures, js_sys::Math::random())
    });
    status().set(Status::Lost);
    let timer = Timeout::new(wait, open);
    LINE.with_borrow_mut(|line| line.retry.replace(timer));
}

/// Doubles from the least to the longest wait, of which the second half is left to chance.
fn backoff(failures: u32, chance: f64) -> u32 {
    let full = RETRY_MILLIS_MIN.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(RETRY_MILLIS_MAX);
    full / 2 + (f64::from(full / 2) * chance) as u32
}

fn close() {
    close_socket();
    LINE.with_borrow_mut(|line| *line = Line::default());
    status().set(Status::Connecting);
}

fn close_socket() {
    let (socket, retry) = LINE.with_borrow_mut(|line| (line.socket.take(), line.retry.take()));
    drop(retry);
    if let Some(socket) = socket {
        socket.set_onopen(None);
        socket.set_onmessage(None);
        socket.set_onclose(None);
        socket.close().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_bound_and_are_spread() {
        assert_eq!(backoff(1, 0.0), 250);
        assert_eq!(backoff(1, 1.0), 500);
        assert_eq!(backoff(2, 1.0), 1_000);
        assert_eq!(backoff(60, 1.0), RETRY_MILLIS_MAX);
    }
}
