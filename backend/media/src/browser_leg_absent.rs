//! In the place of `browser_leg` in a build without the feature `browser`: no browser's leg can be made.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use shared::Moment;
use shared::reason::Reason;

use crate::dice::Dice;
use crate::engine::Transmit;
use crate::sdp::{Audio, Setup};

#[derive(Debug)]
pub(crate) struct Identity(Infallible);

impl Identity {
    pub(crate) fn new(_: Moment) -> Option<Self> {
        None
    }
}

pub(crate) struct Request(Infallible);

impl Request {
    pub(crate) fn read(_: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn ufrag(&self) -> &str {
        match self.0 {}
    }
}

pub(crate) struct Checked {
    pub(crate) reply: Vec<u8>,
    pub(crate) proved: bool,
    pub(crate) forgotten: Option<Transmit>,
}

#[derive(Debug)]
pub(crate) struct BrowserLeg(Infallible);

#[allow(clippy::unused_self)]
impl BrowserLeg {
    pub(crate) fn new(identity: Arc<Identity>, _: &mut Dice) -> Self {
        match identity.0 {}
    }

    pub(crate) fn ufrag(&self) -> &str {
        match self.0 {}
    }

    pub(crate) fn pwd(&self) -> &str {
        match self.0 {}
    }

    pub(crate) fn fingerprint(&self) -> &str {
        match self.0 {}
    }

    pub(crate) fn ufrags(&self) -> std::iter::Empty<&str> {
        match self.0 {}
    }

    pub(crate) fn addresses(&self) -> std::iter::Empty<Transmit> {
        match self.0 {}
    }

    pub(crate) fn consider(&mut self, _: &Audio, _: &mut Dice) {
        match self.0 {}
    }

    pub(crate) fn setup_for(&self, _: Option<&Audio>) -> Setup {
        match self.0 {}
    }

    pub(crate) fn describe(&mut self, _: &Audio, _: Option<Setup>) {
        match self.0 {}
    }

    pub(crate) fn check(&mut self, _: Moment, _: Transmit, _: &mut Request) -> Option<Checked> {
        match self.0 {}
    }

    pub(crate) fn handshake(&mut self, _: Moment, _: &[u8]) -> bool {
        match self.0 {}
    }

    pub(crate) fn destination(&self) -> Option<Transmit> {
        match self.0 {}
    }

    pub(crate) fn poll(&mut self) -> Option<(Transmit, Bytes)> {
        match self.0 {}
    }

    pub(crate) fn wake(&mut self, _: Moment) -> bool {
        match self.0 {}
    }

    pub(crate) fn obstacle(&self) -> Option<Reason> {
        match self.0 {}
    }

    pub(crate) fn next_wake(&self) -> Option<Moment> {
        match self.0 {}
    }

    pub(crate) fn open(&mut self, _: u32, _: &[u8]) -> Option<BytesMut> {
        match self.0 {}
    }

    pub(crate) fn open_control(&mut self, _: u32, _: &[u8]) -> Option<BytesMut> {
        match self.0 {}
    }

    pub(crate) fn close(&mut self, _: &[u8]) -> Option<BytesMut> {
        match self.0 {}
    }

    pub(crate) fn close_control(&mut self, _: &[u8]) -> Option<BytesMut> {
        match self.0 {}
    }
}
