//! The phone in the browser: gives the machine what happens and carries out what it wants.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::Moment;
use shared::account::CreatePhoneCredential;
use shared::turn::IceServer;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlAudioElement;

use super::device::{self, Use};
use super::peer::Peer;
use super::quality::Quality;
use super::socket::Socket;
use super::sound::{self, Sound};
use super::state::{CallKey, Effect, Identity, Input, LeftPage, Order, Phone, PhoneView};
use super::tab::{self, Tab};
use super::{alert, clock};
use crate::{api, browser};

/// How often the quality of the sound is looked at.
const LOOK_MILLIS: u32 = 2_000;
/// A timer of the browser may fire a little early.
const TIMER_SLACK_MILLIS: u64 = 1;

/// The phone and all that it holds of the browser. There is one a page.
struct Agent {
    tab: Tab,
    phone: RefCell<Phone>,
    inputs: RefCell<VecDeque<Input>>,
    working: Cell<bool>,
    left: RefCell<Option<LeftPage>>,
    socket: RefCell<Option<Socket>>,
    peers: RefCell<BTreeMap<CallKey, Rc<Peer>>>,
    /// For calls that begin from now on.
    relays: RefCell<Vec<IceServer>>,
    timer: RefCell<Option<Timeout>>,
    looks: RefCell<Option<Interval>>,
    /// Tells apart who was signed in when a credential was asked for.
    sign_in: Cell<u64>,
    /// The waiting call whose ringing the person has silenced.
    quiet: Cell<Option<CallKey>>,
    audio: HtmlAudioElement,
    view: ArcRwSignal<PhoneView>,
    quality: ArcRwSignal<Option<Quality>>,
    silenced: ArcRwSignal<bool>,
}

thread_local! {
    static AGENT: Option<Rc<Agent>> = Agent::new().map(Rc::new);
}

/// Gives the phone an input.
pub fn send(input: Input) {
    with((), |agent| agent.send(input));
}

/// What the person sees, to be watched.
pub fn view() -> ArcRwSignal<PhoneView> {
    with(ArcRwSignal::new(PhoneView::default()), |agent| agent.view.clone())
}

/// How well the call is heard, to be watched.
pub fn quality() -> ArcRwSignal<Option<Quality>> {
    with(ArcRwSignal::new(None), |agent| agent.quality.clone())
}

/// Does the browser keep the call silent until the person presses something? To be watched.
pub fn silenced() -> ArcRwSignal<bool> {
    with(ArcRwSignal::new(false), |agent| agent.silenced.clone())
}

/// Set when the person wants to answer each call by hand.
const BY_HAND: &str = "belfry.phone.by-hand";

/// Is a call answered by itself that asks for it?
pub fn answers_itself() -> bool {
    browser::stored(BY_HAND).is_none()
}

/// Switches that on or off.
pub fn set_answers_itself(on: bool) {
    browser::store(BY_HAND, (!on).then_some("1"));
    send(Input::AnswersItself(on));
}

/// Somebody with an extension is signed in.
pub fn sign_in() {
    with((), |agent| {
        device::watch();
        agent.send(Input::AnswersItself(answers_itself()));
        let left = agent.left.take();
        agent.send(Input::SignedIn { left });
    });
}

/// Nobody is any more.
pub fn sign_out() {
    with((), |agent| {
        agent.sign_in.set(agent.sign_in.get() + 1);
        agent.send(Input::SignedOut);
    });
}

/// The page goes: what the next one needs is put down.
pub fn leave() {
    with((), |agent| tab::leave(&agent.phone.borrow().leave(clock::now())));
}

/// A stream came, or a loudspeaker was chosen, or the person pressed something.
pub fn sound_changed() {
    with((), Agent::follow_sound);
}

/// The waiting call rings no more, and waits on.
pub fn quiet(key: CallKey) {
    with((), |agent| {
        agent.quiet.set(Some(key));
        agent.follow();
    });
}

/// Another microphone was chosen.
pub fn microphone_changed() {
    with((), |agent| {
        for peer in agent.peers.borrow().values() {
            let peer = Rc::clone(peer);
            spawn_local(async move {
                if let Err(trouble) = peer.change_microphone().await {
                    crate::ui::toast::bad(trouble.sentence());
                }
            });
        }
    });
}

fn with<R>(otherwise: R, act: impl FnOnce(&Rc<Agent>) -> R) -> R {
    AGENT.with(|agent| match agent {
        Some(agent) => act(agent),
        None => otherwise,
    })
}

impl Agent {
    fn new() -> Option<Self> {
        let (tab, left) = tab::arrive();
        let seed = clock::dice().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
        let identity = Identity { instance: tab.instance.clone(), secure, seed };
        Some(Self {
            tab,
            phone: RefCell::new(Phone::new(identity)),
            inputs: RefCell::new(VecDeque::new()),
            working: Cell::new(false),
            left: RefCell::new(left),
            socket: RefCell::new(None),
            peers: RefCell::new(BTreeMap::new()),
            relays: RefCell::new(Vec::new()),
            timer: RefCell::new(None),
            looks: RefCell::new(None),
            sign_in: Cell::new(0),
            quiet: Cell::new(None),
            audio: audio_element()?,
            view: ArcRwSignal::new(PhoneView::default()),
            quality: ArcRwSignal::new(None),
            silenced: ArcRwSignal::new(false),
        })
    }

    /// One input after the other: an effect may bring the next one before it is over.
    fn send(self: &Rc<Self>, input: Input) {
        self.inputs.borrow_mut().push_back(input);
        if self.working.replace(true) {
            return;
        }
        loop {
            let next = self.inputs.borrow_mut().pop_front();
            let Some(input) = next else { break };
            self.phone.borrow_mut().handle_input(clock::now(), input);
            loop {
                let effect = self.phone.borrow_mut().poll_effect();
                let Some(effect) = effect else { break };
                self.carry_out(effect);
            }
        }
        self.working.set(false);
        self.wind();
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::FetchCredential => self.fetch_credential(),
            Effect::OpenSocket(connection) => {
                let socket = Socket::open(connection);
                if socket.is_none() {
                    self.inputs.borrow_mut().push_back(Input::SocketClosed(connection));
                }
                self.socket.replace(socket);
            }
            Effect::CloseSocket(connection) => {
                self.socket.borrow_mut().take_if(|socket| socket.connection() == connection);
            }
            Effect::Send(connection, bytes) => {
                if let Some(socket) = self.socket.borrow().as_ref().filter(|socket| socket.connection() == connection) {
                    socket.send(&bytes);
                }
            }
            Effect::Media(key, order) => self.order(key, order),
            Effect::AnswersItself => sound::by_itself(),
            Effect::Changed => self.follow(),
        }
    }

    fn fetch_credential(self: &Rc<Self>) {
        let agent = Rc::clone(self);
        let sign_in = self.sign_in.get();
        spawn_local(async move {
            let answer = api::call(CreatePhoneCredential { device: agent.tab.device.clone() }).await;
            if agent.sign_in.get() == sign_in {
                agent.send(match answer {
                    Ok(mut credential) => {
                        agent.relays.replace(std::mem::take(&mut credential.ice_servers));
                        Input::Credential(credential)
                    }
                    Err(problem) => Input::CredentialRefused(problem.title),
                });
            }
        });
    }

    fn order(self: &Rc<Self>, key: CallKey, order: Order) {
        if order == Order::Close {
            let peer = self.peers.borrow_mut().remove(&key);
            if let Some(peer) = peer {
                peer.order(order);
            }
            return;
        }
        let peer = Rc::clone(self.peers.borrow_mut().entry(key).or_insert_with(|| {
            let muted = self.phone.borrow().view().call(key).is_some_and(|call| call.muted);
            Peer::new(key, muted, self.relays.borrow().clone())
        }));
        peer.order(order);
    }

    /// Brings the page to what the machine shows.
    fn follow(self: &Rc<Self>) {
        let view = self.phone.borrow().view();
        let silenced = view.incoming().is_some_and(|call| Some(call.key) == self.quiet.get());
        sound::play(if silenced { Sound::Silence } else { Sound::of(&view) });
        alert::follow(&view);
        self.follow_looks(view.active.is_some());
        self.view.set(view);
        self.follow_sound();
    }

    fn follow_sound(self: &Rc<Self>) {
        let active = self.view.with_untracked(|view| view.active);
        let stream = active.and_then(|key| self.peers.borrow().get(&key)?.remote());
        device::route(&self.audio, &device::chosen_untracked(Use::Speaker));
        if self.audio.src_object() != stream {
            self.audio.set_src_object(stream.as_ref());
        }
        if stream.is_none() {
            self.silenced.set(false);
            return;
        }
        let Ok(promise) = self.audio.play() else { return };
        let agent = Rc::clone(self);
        spawn_local(async move {
            let refused = JsFuture::from(promise).await.is_err_and(|error| {
                js_sys::Reflect::get(&error, &"name".into()).is_ok_and(|name| name == "NotAllowedError")
            });
            agent.silenced.set(refused);
        });
    }

    fn follow_looks(self: &Rc<Self>, heard: bool) {
        if !heard {
            self.looks.take();
            self.quality.set(None);
        } else if self.looks.borrow().is_none() {
            let agent = Rc::downgrade(self);
            let look = move || {
                let Some(agent) = agent.upgrade() else { return };
                spawn_local(async move {
                    let active = agent.view.with_untracked(|view| view.active);
                    let peer = active.and_then(|key| agent.peers.borrow().get(&key).cloned());
                    if let Some(peer) = peer {
                        let quality = peer.look().await;
                        agent.quality.set(quality);
                    }
                });
            };
            self.looks.replace(Some(Interval::new(LOOK_MILLIS, look)));
        }
    }

    /// Winds the timer to the machine's next wish.
    fn wind(self: &Rc<Self>) {
        let at = self.phone.borrow().poll_timeout();
        let timer = at.map(|at| {
            let agent = Rc::downgrade(self);
            Timeout::new(millis_until(clock::now(), at), move || {
                if let Some(agent) = agent.upgrade() {
                    agent.send(Input::Timeout);
                }
            })
        });
        self.timer.replace(timer);
    }
}

fn millis_until(now: Moment, at: Moment) -> u32 {
    let millis = u64::try_from(at.since(now).as_millis()).unwrap_or(u64::MAX) + TIMER_SLACK_MILLIS;
    u32::try_from(millis).unwrap_or(u32::MAX).min(i32::MAX as u32)
}

/// The element that calls are heard on. It belongs to no page of the portal, so that a call outlives them.
fn audio_element() -> Option<HtmlAudioElement> {
    let element: HtmlAudioElement = document().create_element("audio").ok()?.dyn_into().ok()?;
    element.set_attribute("data-testid", "remote-audio").ok()?;
    element.set_autoplay(true);
    element.set_hidden(true);
    document().body()?.append_child(&element).ok()?;
    Some(element)
}
