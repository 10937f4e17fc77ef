//! One SIP over WebSocket connection of the browser (RFC 7118).

use bytes::Bytes;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::window;
use sip::ConnectionId;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

use super::agent;
use super::state::Input;

/// A connection; dropped, it closes and says nothing more.
pub struct Socket {
    web: WebSocket,
    connection: ConnectionId,
    _opened: Closure<dyn FnMut(Event)>,
    _closed: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
}

impl Socket {
    /// Begins to connect to `/sip` of the page's own origin; `None` where the browser refuses to try.
    pub fn open(connection: ConnectionId) -> Option<Self> {
        let location = window().location();
        let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
        let web = WebSocket::new_with_str(&format!("{scheme}://{}/sip", location.host().ok()?), "sip").ok()?;
        web.set_binary_type(BinaryType::Arraybuffer);
        let opened = Closure::new(move |_: Event| agent::send(Input::SocketOpened(connection)));
        let closed = Closure::new(move |_: Event| agent::send(Input::SocketClosed(connection)));
        let message = Closure::new(move |event: MessageEvent| {
            if let Some(bytes) = bytes_of(&event) {
                agent::send(Input::SocketMessage(connection, bytes));
            }
        });
        web.set_onopen(Some(opened.as_ref().unchecked_ref()));
        web.set_onclose(Some(closed.as_ref().unchecked_ref()));
        web.set_onmessage(Some(message.as_ref().unchecked_ref()));
        Some(Self { web, connection, _opened: opened, _closed: closed, _message: message })
    }

    /// Which.
    pub const fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Sends one message, as text where it is text. A connection that is gone says so by its close event.
    pub fn send(&self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.web.send_with_str(text).ok(),
            Err(_) => self.web.send_with_u8_array(bytes).ok(),
        };
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.web.set_onopen(None);
        self.web.set_onclose(None);
        self.web.set_onmessage(None);
        self.web.close().ok();
    }
}

fn bytes_of(event: &MessageEvent) -> Option<Bytes> {
    let data = event.data();
    match data.as_string() {
        Some(text) => Some(Bytes::from(text)),
        None => Some(Bytes::from(Uint8Array::new(data.dyn_ref::<ArrayBuffer>()?).to_vec())),
    }
}
