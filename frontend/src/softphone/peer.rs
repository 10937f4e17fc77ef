//! The sound of one call: an `RTCPeerConnection` that carries out the machine's orders, one after the other.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Reflect};
use leptos::task::spawn_local;
use shared::turn::IceServer;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcConfiguration, RtcIceGatheringState, RtcIceServer, RtcOfferOptions,
    RtcPeerConnection, RtcPeerConnectionState, RtcRtpSender, RtcRtpTransceiver, RtcRtpTransceiverDirection, RtcSdpType,
    RtcSessionDescriptionInit, RtcSignalingState, RtcTrackEvent,
};

use super::quality::{self, Figures, Quality};
use super::state::{CallKey, Input, MediaTrouble, Order};
use super::{agent, device};

/// The orders that wait for an earlier one.
const ORDERS_MAX: usize = 64;
/// The server learns from the checks where we are (it is ICE-lite), so what is known soon is enough to begin: a relay takes longer.
const GATHER_MILLIS: u32 = 100;
const GATHER_MILLIS_MAX: u32 = 2_500;
const GATHER_STEP_MILLIS: u32 = 25;
/// A path that comes back by itself within this time is left alone.
const INTERRUPTED_MILLIS: u32 = 2_500;
const TONE_MILLIS: u32 = 120;
const TONE_GAP_MILLIS: u32 = 70;

/// One call's sound.
pub struct Peer {
    key: CallKey,
    orders: RefCell<VecDeque<Order>>,
    working: Cell<bool>,
    closed: Cell<bool>,
    muted: Cell<bool>,
    held: Cell<bool>,
    relays: Vec<IceServer>,
    link: RefCell<Option<Link>>,
    remote: RefCell<Option<MediaStream>>,
    figures: RefCell<Option<Figures>>,
}

struct Link {
    web: RtcPeerConnection,
    microphone: MediaStream,
    sender: RtcRtpSender,
    _track: Closure<dyn FnMut(RtcTrackEvent)>,
    _state: Closure<dyn FnMut()>,
}

impl Peer {
    /// Nothing is opened before the first order.
    pub fn new(key: CallKey, muted: bool, relays: Vec<IceServer>) -> Rc<Self> {
        Rc::new(Self {
            key,
            orders: RefCell::new(VecDeque::new()),
            working: Cell::new(false),
            closed: Cell::new(false),
            muted: Cell::new(muted),
            held: Cell::new(false),
            relays,
            link: RefCell::new(None),
            remote: RefCell::new(None),
            figures: RefCell::new(None),
        })
    }

    /// Takes an order; it is carried out after those before it.
    pub fn order(self: &Rc<Self>, order: Order) {
        match order {
            Order::Close => return self.close(),
            Order::Mute(muted) => {
                self.muted.set(muted);
                return self.open_or_shut();
            }
            Order::Digit(digit) => return self.digit(digit),
            order => {
                let mut orders = self.orders.borrow_mut();
                if orders.len() < ORDERS_MAX {
                    orders.push_back(order);
                }
            }
        }
        if !self.working.replace(true) {
            let peer = Rc::clone(self);
            spawn_local(async move { peer.work().await });
        }
    }

    /// The stream of the other side.
    pub fn remote(&self) -> Option<MediaStream> {
        self.remote.borrow().clone()
    }

    /// How well it is heard since the last look.
    pub async fn look(&self) -> Option<Quality> {
        let promise = self.web()?.get_stats();
        let report: JsValue = JsFuture::from(promise).await.ok()?;
        let now = quality::figures(&report);
        let before = self.figures.replace(Some(now));
        before.map(|before| Quality::between(&before, &now))
    }

    /// Takes another microphone while the call runs.
    pub async fn change_microphone(&self) -> Result<(), MediaTrouble> {
        let Some(sender) = self.link.borrow().as_ref().map(|link| link.sender.clone()) else { return Ok(()) };
        let stream = device::open_microphone().await?;
        let track = track_of(&stream)?;
        JsFuture::from(sender.replace_track(Some(&track))).await.map_err(|error| device::trouble(&error))?;
        let old = self.link.borrow_mut().as_mut().map(|link| std::mem::replace(&mut link.microphone, stream));
        if let Some(old) = old {
            stop(&old);
        }
        self.open_or_shut();
        Ok(())
    }

    async fn work(self: Rc<Self>) {
        loop {
            let next = self.orders.borrow_mut().pop_front();
            let Some(order) = next.filter(|_| !self.closed.get()) else { break };
            let done = self.carry_out(order).await;
            if self.closed.get() {
                break;
            }
            match done {
                Ok(Some(sdp)) => agent::send(Input::Described(self.key, sdp)),
                Ok(None) => {}
                Err(trouble) => agent::send(Input::MediaFailed(self.key, trouble)),
            }
        }
        self.working.set(false);
    }

    async fn carry_out(self: &Rc<Self>, order: Order) -> Result<Option<String>, MediaTrouble> {
        match order {
            Order::Offer { hold, restart } => {
                let web = self.open().await?;
                self.set_hold(&web, hold);
                let options = RtcOfferOptions::new();
                options.set_ice_restart(restart);
                let offer = web.create_offer_with_rtc_offer_options(&options);
                self.describe(&web, RtcSdpType::Offer, wait(offer.into()).await?).await.map(Some)
            }
            Order::Answer { offer, hold } => {
                let web = self.open().await?;
                set_remote(&web, RtcSdpType::Offer, &offer).await?;
                self.set_hold(&web, hold);
                self.describe(&web, RtcSdpType::Answer, wait(web.create_answer().into()).await?).await.map(Some)
            }
            Order::Early(answer) => self.take_answer(RtcSdpType::Pranswer, &answer).await,
            Order::Accept(answer) => {
                let taken = self.take_answer(RtcSdpType::Answer, &answer).await;
                self.tell_connected();
                taken
            }
            Order::Rollback => {
                if let Some(web) = self.web().filter(|web| web.signaling_state() == RtcSignalingState::HaveLocalOffer) {
                    let back = RtcSessionDescriptionInit::new(RtcSdpType::Rollback);
                    wait(web.set_local_description(&back).into()).await?;
                }
                Ok(None)
            }
            Order::Mute(_) | Order::Digit(_) | Order::Close => Ok(None),
        }
    }

    async fn take_answer(&self, kind: RtcSdpType, answer: &str) -> Result<Option<String>, MediaTrouble> {
        let web = self.web().ok_or_else(|| MediaTrouble::Other("there is no offer to answer".into()))?;
        let waits =
            matches!(web.signaling_state(), RtcSignalingState::HaveLocalOffer | RtcSignalingState::HaveRemotePranswer);
        if waits {
            set_remote(&web, kind, answer).await?;
        }
        Ok(None)
    }

    /// The connection with its microphone, made on the first call.
    async fn open(self: &Rc<Self>) -> Result<RtcPeerConnection, MediaTrouble> {
        if let Some(web) = self.web() {
            return Ok(web);
        }
        let microphone = device::open_microphone().await?;
        if self.closed.get() {
            stop(&microphone);
            return Err(MediaTrouble::Other("the call is over".into()));
        }
        let web = RtcPeerConnection::new_with_configuration(&configuration(&self.relays))
            .map_err(|error| device::trouble(&error))?;
        let sender = web.add_track_0(&track_of(&microphone)?, &microphone);
        let (track, state) = (self.on_track(), self.on_state());
        web.set_ontrack(Some(track.as_ref().unchecked_ref()));
        web.set_onconnectionstatechange(Some(state.as_ref().unchecked_ref()));
        self.link.replace(Some(Link { web: web.clone(), microphone, sender, _track: track, _state: state }));
        self.open_or_shut();
        Ok(web)
    }

    fn on_track(self: &Rc<Self>) -> Closure<dyn FnMut(RtcTrackEvent)> {
        let peer = Rc::downgrade(self);
        Closure::new(move |event: RtcTrackEvent| {
            let Some(peer) = peer.upgrade() else { return };
            // A description without msid brings a track without a stream.
            let stream = MediaStream::new().ok();
            if let Some(stream) = &stream {
                stream.add_track(&event.track());
            }
            peer.remote.replace(stream);
            agent::sound_changed();
        })
    }

    fn on_state(self: &Rc<Self>) -> Closure<dyn FnMut()> {
        let peer = Rc::downgrade(self);
        Closure::new(move || {
            let Some(peer) = peer.upgrade() else { return };
            match peer.web().map(|web| web.connection_state()) {
                Some(RtcPeerConnectionState::Connected) => peer.tell_connected(),
                Some(RtcPeerConnectionState::Failed) => agent::send(Input::MediaInterrupted(peer.key)),
                Some(RtcPeerConnectionState::Disconnected) => {
                    spawn_local(async move {
                        TimeoutFuture::new(INTERRUPTED_MILLIS).await;
                        let state = peer.web().map(|web| web.connection_state());
                        if state == Some(RtcPeerConnectionState::Disconnected) {
                            agent::send(Input::MediaInterrupted(peer.key));
                        }
                    });
                }
                _ => {}
            }
        })
    }

    /// After new ICE credentials the state may never have left `connected`, and no event comes.
    fn tell_connected(&self) {
        if self.web().is_some_and(|web| web.connection_state() == RtcPeerConnectionState::Connected) {
            agent::send(Input::MediaConnected(self.key));
        }
    }

    fn set_hold(&self, web: &RtcPeerConnection, hold: bool) {
        self.held.set(hold);
        let direction = if hold { RtcRtpTransceiverDirection::Sendonly } else { RtcRtpTransceiverDirection::Sendrecv };
        if let Ok(transceiver) = web.get_transceivers().get(0).dyn_into::<RtcRtpTransceiver>() {
            transceiver.set_direction(direction);
        }
        self.open_or_shut();
    }

    /// Sets the local description and waits until it has addresses in it.
    async fn describe(&self, web: &RtcPeerConnection, kind: RtcSdpType, made: JsValue) -> Result<String, MediaTrouble> {
        let init = RtcSessionDescriptionInit::new(kind);
        let sdp = Reflect::get(&made, &"sdp".into()).ok().and_then(|sdp| sdp.as_string()).unwrap_or_default();
        init.set_sdp(&sdp);
        wait(web.set_local_description(&init).into()).await?;
        let mut waited = 0;
        loop {
            let sdp = web.local_description().map(|description| description.sdp()).unwrap_or_default();
            let complete = web.ice_gathering_state() == RtcIceGatheringState::Complete;
            let enough = waited >= GATHER_MILLIS && sdp.contains("a=candidate:");
            if complete || enough || waited >= GATHER_MILLIS_MAX || self.closed.get() {
                return Ok(sdp);
            }
            TimeoutFuture::new(GATHER_STEP_MILLIS).await;
            waited += GATHER_STEP_MILLIS;
        }
    }

    fn digit(&self, digit: char) {
        let sent = || {
            let tones = self.link.borrow().as_ref()?.sender.dtmf()?;
            let able = Reflect::get(&tones, &"canInsertDTMF".into()).ok()?.as_bool()?;
            able.then(|| {
                let all = format!("{}{digit}", tones.tone_buffer());
                tones.insert_dtmf_with_duration_and_inter_tone_gap(&all, TONE_MILLIS, TONE_GAP_MILLIS);
            })
        };
        if sent().is_none() {
            let key = self.key;
            spawn_local(async move { agent::send(Input::DigitUnsent(key, digit)) });
        }
    }

    fn open_or_shut(&self) {
        let open = !self.muted.get() && !self.held.get();
        if let Some(link) = self.link.borrow().as_ref() {
            for track in tracks(&link.microphone) {
                track.set_enabled(open);
            }
        }
    }

    fn web(&self) -> Option<RtcPeerConnection> {
        self.link.borrow().as_ref().map(|link| link.web.clone())
    }

    fn close(&self) {
        self.closed.set(true);
        self.orders.borrow_mut().clear();
        self.remote.replace(None);
        if let Some(link) = self.link.take() {
            link.web.set_ontrack(None);
            link.web.set_onconnectionstatechange(None);
            link.web.close();
            stop(&link.microphone);
        }
    }
}

async fn set_remote(web: &RtcPeerConnection, kind: RtcSdpType, sdp: &str) -> Result<(), MediaTrouble> {
    let init = RtcSessionDescriptionInit::new(kind);
    init.set_sdp(sdp);
    wait(web.set_remote_description(&init).into()).await.map(drop)
}

async fn wait(promise: JsValue) -> Result<JsValue, MediaTrouble> {
    JsFuture::from(js_sys::Promise::resolve(&promise)).await.map_err(|error| match device::trouble(&error) {
        MediaTrouble::Other(words) => MediaTrouble::Other(words),
        other => MediaTrouble::Other(format!("{other:?}")),
    })
}

fn tracks(stream: &MediaStream) -> impl Iterator<Item = MediaStreamTrack> + use<> {
    Array::from(&stream.get_audio_tracks()).to_vec().into_iter().filter_map(|track| track.dyn_into().ok())
}

fn track_of(stream: &MediaStream) -> Result<MediaStreamTrack, MediaTrouble> {
    tracks(stream).next().ok_or(MediaTrouble::NoMicrophone)
}

fn stop(stream: &MediaStream) {
    tracks(stream).for_each(|track| track.stop());
}

/// The relays are the last way that is tried: what leads here without them is quicker.
fn configuration(relays: &[IceServer]) -> RtcConfiguration {
    let servers = Array::new();
    for relay in relays {
        let server = RtcIceServer::new();
        let urls: Array = relay.urls.iter().map(|url| JsValue::from_str(url)).collect();
        server.set_urls(&urls);
        server.set_username(&relay.username);
        server.set_credential(&relay.credential);
        servers.push(&server);
    }
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&servers);
    configuration
}
