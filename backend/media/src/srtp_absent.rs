//! In the place of `srtp` in a build without the feature `browser`: no key can be made, and no packet protected.

use std::convert::Infallible;

use bytes::BytesMut;

use crate::sdp::Crypto;

pub(crate) fn fill_random(_: &mut [u8]) -> Option<()> {
    None
}

#[derive(Debug)]
pub(crate) struct Srtp(Infallible);

#[allow(clippy::unused_self)]
impl Srtp {
    pub(crate) fn new(_: &Crypto, _: &Crypto) -> Option<Self> {
        None
    }

    pub(crate) fn rekey(&mut self, _: &Crypto, _: &Crypto) -> Option<bool> {
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
