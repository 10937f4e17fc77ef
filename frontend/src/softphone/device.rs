//! Microphones and loudspeakers: which there are, which were chosen, and whether the page may use them.

use std::cell::RefCell;

use js_sys::{Array, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints};

use super::state::MediaTrouble;
use crate::browser;

/// What a device is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// To speak into.
    Microphone,
    /// To hear calls on.
    Speaker,
    /// To ring on.
    Ring,
}

impl Use {
    const fn key(self) -> &'static str {
        match self {
            Self::Microphone => "belfry.phone.microphone",
            Self::Speaker => "belfry.phone.speaker",
            Self::Ring => "belfry.phone.ring",
        }
    }
}

/// One device as the browser names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The browser's id of it.
    pub id: String,
    /// Its name; empty until the person has allowed the microphone once.
    pub label: String,
}

/// May the page use a microphone?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permission {
    /// It is not known yet.
    #[default]
    Unknown,
    /// The person will be asked.
    Ask,
    /// Yes.
    Granted,
    /// No.
    Denied,
    /// The browser gives none to a page of this address.
    Insecure,
}

/// What is there and what was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Microphones.
    pub inputs: Vec<Device>,
    /// Loudspeakers; empty where the browser does not let a page choose.
    pub outputs: Vec<Device>,
    /// May the page use a microphone?
    pub permission: Permission,
    /// Has the browser been asked what there is?
    pub listed: bool,
}

thread_local! {
    static DEVICES: ArcRwSignal<Devices> = ArcRwSignal::new(Devices::default());
    static CHOSEN: ArcRwSignal<u32> = ArcRwSignal::new(0);
    static WATCHED: RefCell<Option<Closure<dyn FnMut()>>> = const { RefCell::new(None) };
}

/// What is there, to be watched.
pub fn devices() -> ArcRwSignal<Devices> {
    DEVICES.with(Clone::clone)
}

/// The chosen device's id, watched; empty for the browser's own choice.
pub fn chosen(purpose: Use) -> String {
    CHOSEN.with(Clone::clone).track();
    chosen_untracked(purpose)
}

/// The chosen device's id.
pub fn chosen_untracked(purpose: Use) -> String {
    browser::stored(purpose.key()).unwrap_or_default()
}

/// Chooses.
pub fn choose(purpose: Use, id: &str) {
    browser::store(purpose.key(), (!id.is_empty()).then_some(id));
    CHOSEN.with(Clone::clone).update(|count| *count = count.wrapping_add(1));
}

/// Looks now and whenever a device comes or goes.
pub fn watch() {
    refresh();
    let Some(media) = media_devices() else { return };
    WATCHED.with_borrow_mut(|watched| {
        if watched.is_none() {
            let changed = Closure::new(refresh);
            media.set_ondevicechange(Some(changed.as_ref().unchecked_ref()));
            *watched = Some(changed);
        }
    });
}

/// Asks the browser again.
pub fn refresh() {
    spawn_local(async {
        let Some(media) = media_devices() else {
            devices().update(|devices| devices.permission = Permission::Insecure);
            return;
        };
        let Ok(promise) = media.enumerate_devices() else { return };
        let Ok(list) = JsFuture::from(promise).await else { return };
        let mut found = Devices { listed: true, permission: permission().await, ..Devices::default() };
        for info in Array::from(&list).iter().filter_map(|info| info.dyn_into::<MediaDeviceInfo>().ok()) {
            let device = Device { id: info.device_id(), label: info.label() };
            // Before the permission is given the browser shows nameless devices without ids.
            match info.kind() {
                MediaDeviceKind::Audioinput => found.inputs.push(device),
                MediaDeviceKind::Audiooutput if can_choose_output() => found.outputs.push(device),
                _ => {}
            }
        }
        if found.permission == Permission::Unknown && found.inputs.iter().any(|device| !device.label.is_empty()) {
            found.permission = Permission::Granted;
        }
        devices().set(found);
    });
}

/// Opens the chosen microphone, or any where the chosen one is gone.
///
/// # Errors
/// What keeps the browser from it.
pub async fn open_microphone() -> Result<MediaStream, MediaTrouble> {
    let media = media_devices().ok_or(MediaTrouble::Insecure)?;
    let stream = open(&media, &chosen_untracked(Use::Microphone)).await;
    let known = devices().with_untracked(|devices| devices.permission == Permission::Granted);
    if stream.is_ok() != known {
        refresh();
    }
    stream
}

async fn open(media: &MediaDevices, device: &str) -> Result<MediaStream, MediaTrouble> {
    let track = js_sys::Object::new();
    let set = |key: &str, value: JsValue| Reflect::set(&track, &key.into(), &value).is_ok();
    for wish in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
        set(wish, true.into());
    }
    if !device.is_empty() {
        // A wish, not a demand: a headset that was unplugged must not keep the person from answering.
        set("deviceId", device.into());
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&track);
    constraints.set_video(&false.into());
    let promise = media.get_user_media_with_constraints(&constraints).map_err(|error| trouble(&error))?;
    let stream = JsFuture::from(promise).await.map_err(|error| trouble(&error))?;
    stream.dyn_into().map_err(|_| MediaTrouble::Other("no stream".into()))
}

/// The browser's error as trouble with a name.
pub fn trouble(error: &JsValue) -> MediaTrouble {
    let text =
        |key: &str| Reflect::get(error, &key.into()).ok().and_then(|value| value.as_string()).unwrap_or_default();
    match text("name").as_str() {
        "NotAllowedError" | "SecurityError" => MediaTrouble::Denied,
        "NotFoundError" | "OverconstrainedError" => MediaTrouble::NoMicrophone,
        "NotReadableError" | "AbortError" => MediaTrouble::Busy,
        _ => MediaTrouble::Other(text("message")),
    }
}

/// Lets an audio element or an audio context play on that device, where the browser can; empty is the browser's own.
pub fn route(target: &JsValue, device: &str) {
    let Ok(set) = Reflect::get(target, &"setSinkId".into()).and_then(|set| set.dyn_into::<js_sys::Function>()) else {
        return;
    };
    if let Ok(promise) = set.call1(target, &device.into()).and_then(|promise| promise.dyn_into::<js_sys::Promise>()) {
        spawn_local(async move {
            // A device that is gone: the browser goes on with its own choice.
            JsFuture::from(promise).await.ok();
        });
    }
}

fn media_devices() -> Option<MediaDevices> {
    let navigator = window().navigator();
    let media = Reflect::get(&navigator, &"mediaDevices".into()).ok()?;
    media.dyn_into().ok()
}

fn can_choose_output() -> bool {
    let element = Reflect::get(&js_sys::global(), &"HTMLMediaElement".into()).unwrap_or_default();
    let prototype = Reflect::get(&element, &"prototype".into()).unwrap_or_default();
    Reflect::has(&prototype, &"setSinkId".into()).unwrap_or(false)
}

async fn permission() -> Permission {
    let asked = async {
        let permissions = Reflect::get(&window().navigator(), &"permissions".into()).ok()?;
        let query: js_sys::Function = Reflect::get(&permissions, &"query".into()).ok()?.dyn_into().ok()?;
        let wish = js_sys::Object::new();
        Reflect::set(&wish, &"name".into(), &"microphone".into()).ok()?;
        let promise: js_sys::Promise = query.call1(&permissions, &wish).ok()?.dyn_into().ok()?;
        let status = JsFuture::from(promise).await.ok()?;
        Reflect::get(&status, &"state".into()).ok()?.as_string()
    };
    match asked.await.as_deref() {
        Some("granted") => Permission::Granted,
        Some("denied") => Permission::Denied,
        Some("prompt") => Permission::Ask,
        _ => Permission::Unknown,
    }
}
