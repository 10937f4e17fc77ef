//! Questions of the switch to people's own servers: each in a task of its own, the answer back to the pump (IVR-22).

use std::net::IpAddr;
use std::sync::Arc;

use jobs::Lookup;
use jobs::client::web::{WebQuestion, ask};
use switch::{Input, WebRequest};
use tokio::runtime::Handle;

use crate::signalling::Door;

/// The way to the web.
#[derive(Clone)]
pub struct WebDoor {
    runtime: Handle,
    pump: Door,
    own: Arc<[IpAddr]>,
    lookup: Lookup,
}

impl WebDoor {
    /// Tasks run in `runtime`; `own` are this server's addresses, which nobody may ask.
    pub fn new(runtime: Handle, pump: Door, own: impl IntoIterator<Item = IpAddr>, lookup: Lookup) -> Self {
        Self { runtime, pump, own: own.into_iter().collect(), lookup }
    }

    /// Asks; the answer goes to the pump.
    pub fn ask(&self, request: WebRequest) {
        let WebRequest { id, url, body, user, password, connect, answer, private } = request;
        let question = WebQuestion { url, body, user, password: password.0, connect, answer, private };
        let (pump, own, lookup) = (self.pump.clone(), Arc::clone(&self.own), self.lookup.clone());
        self.runtime.spawn(async move {
            let answer = ask(&question, &own, &lookup).await.map(|(status, body)| (status, body.into()));
            pump.input(Input::Web { id, answer });
        });
    }
}
