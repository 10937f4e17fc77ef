//! Telling somebody who does not look at the page that a call waits.

use std::cell::RefCell;

use gloo_timers::callback::Interval;
use leptos::prelude::{document, window};
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::state::{CallKey, PhoneView};

const BLINK_MILLIS: u32 = 1_000;

thread_local! {
    static ALERT: RefCell<Option<Alert>> = const { RefCell::new(None) };
}

struct Alert {
    call: CallKey,
    title: String,
    _blink: Interval,
    notification: Option<(Notification, Closure<dyn FnMut()>)>,
}

impl Drop for Alert {
    fn drop(&mut self) {
        document().set_title(&self.title);
        if let Some((notification, _)) = &self.notification {
            notification.close();
        }
    }
}

/// Shows or takes away what this state asks for.
pub fn follow(view: &PhoneView) {
    ALERT.with_borrow_mut(|alert| {
        let waiting = view.incoming();
        if alert.as_ref().map(|alert| alert.call) == waiting.map(|call| call.key) {
            return;
        }
        // The old title is put back before the new one is remembered.
        drop(alert.take());
        *alert = waiting.map(|call| {
            let words = format!("{} is calling", call.title());
            let title = document().title();
            let (plain, loud) = (title.clone(), format!("\u{260e} {words}"));
            document().set_title(&loud);
            let blink = Interval::new(BLINK_MILLIS, move || {
                let shown = document().title();
                document().set_title(if shown == loud { &plain } else { &loud });
            });
            let notification = document().hidden().then(|| notify(&words, &call.number)).flatten();
            Alert { call: call.key, title, _blink: blink, notification }
        });
    });
}

fn notify(words: &str, number: &str) -> Option<(Notification, Closure<dyn FnMut()>)> {
    if !is_offered() || Notification::permission() != NotificationPermission::Granted {
        return None;
    }
    let options = NotificationOptions::new();
    options.set_body(number);
    options.set_tag("belfry.call");
    options.set_require_interaction(true);
    let notification = Notification::new_with_options(words, &options).ok()?;
    let shown = notification.clone();
    let pressed = Closure::new(move || {
        window().focus().ok();
        shown.close();
    });
    notification.set_onclick(Some(pressed.as_ref().unchecked_ref()));
    Some((notification, pressed))
}

/// Can the person be asked for notifications?
pub fn may_ask() -> bool {
    is_offered() && Notification::permission() == NotificationPermission::Default
}

/// Asks the person; must follow a press. `done` hears the answer.
pub fn ask(done: impl FnOnce(bool) + 'static) {
    let Ok(promise) = Notification::request_permission() else { return done(false) };
    spawn_local(async move {
        JsFuture::from(promise).await.ok();
        done(Notification::permission() == NotificationPermission::Granted);
    });
}

fn is_offered() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"Notification".into()).unwrap_or(false)
}
