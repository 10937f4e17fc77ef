//! All tenants: whose call is this?

use std::collections::BTreeMap;
use std::time::Duration;

use shared::Moment;
use shared::phone_credential::PhoneCredentialKey;
use sip::Transport;

use crate::input::Input;
use crate::output::Output;

/// What a switchboard is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// For User-Agent and Server headers.
    pub user_agent: String,
    /// `host:port` per transport, for Via and Contact.
    pub sent_by: BTreeMap<Transport, String>,
    /// Signs digest nonces; kept over restarts.
    pub nonce_key: [u8; 32],
    /// Checks the credentials of browser phones; the API has the same key.
    pub phone_credential_key: PhoneCredentialKey,
    /// The shortest registration that is taken, in seconds (TRN-11); WebSocket flows may be shorter.
    pub register_seconds_min: u32,
    /// The longest; a longer wish is cut to it.
    pub register_seconds_max: u32,
    /// The most contacts of one extension.
    pub contacts_max: usize,
    /// How long a call is kept whose flow was lost (TRN-11).
    pub flow_grace: Duration,
    /// Session timer (SET-17, SET-18).
    pub session_expires: Option<Duration>,
    /// How often running calls leave a sign of life.
    pub heartbeat: Duration,
}

impl Config {
    /// The specification's defaults, with the given keys.
    pub fn new(nonce_key: [u8; 32], phone_credential_key: PhoneCredentialKey) -> Self {
        Self {
            user_agent: "Belfry".to_owned(),
            sent_by: BTreeMap::new(),
            nonce_key,
            phone_credential_key,
            register_seconds_min: 300,
            register_seconds_max: 3_600,
            contacts_max: 10,
            flow_grace: Duration::from_secs(30),
            session_expires: Some(Duration::from_secs(120)),
            heartbeat: Duration::from_secs(1),
        }
    }
}

/// The machine of all tenants.
#[derive(Debug)]
pub struct Switchboard {
    config: Config,
}

// The bodies below are to be written; the signatures are the contract.
#[allow(unused_variables, missing_docs, clippy::todo)]
impl Switchboard {
    pub fn new(config: Config, seed: u64) -> Self {
        Self { config }
    }
    pub fn handle_input(&mut self, now: Moment, input: Input) {
        todo!()
    }
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }
    pub fn poll_timeout(&self) -> Option<Moment> {
        todo!()
    }
}
