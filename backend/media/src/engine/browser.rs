//! The one socket of all browsers, and the streams of those without UDP: checks, handshakes and protected media told apart by their first byte (RFC 7983).

use shared::Moment;

use super::{Engine, PACKET_BYTES_MAX, Packet, Transmit};
use crate::browser_leg::{BrowserLeg, Request};
use crate::command::Happened;
use crate::leg::{Leg, Path};
use crate::rtp::{self, Header};
use crate::session::Payload;

impl Engine {
    pub(super) fn browser_packet(&mut self, now: Moment, from: Transmit, packet: &mut Packet) -> Option<Transmit> {
        let bytes = packet.buffer.get(..packet.length.min(PACKET_BYTES_MAX))?;
        match bytes.first()? {
            0..=3 => {
                let request = Request::read(bytes)?;
                let reply = self.check(now, from, request)?;
                packet.buffer.get_mut(..reply.len())?.copy_from_slice(&reply);
                packet.length = reply.len();
                Some(from)
            }
            20..=63 => {
                self.handshake(now, from, bytes);
                None
            }
            128..=191 if rtp::is_rtcp(bytes) => {
                self.browser_control(now, from, bytes);
                None
            }
            128..=191 => self.browser_media(now, from, packet),
            _ => None,
        }
    }

    /// Answers a check of a leg's peer; an address that proves itself is the leg's from now on.
    fn check(&mut self, now: Moment, from: Transmit, mut request: Request) -> Option<Vec<u8>> {
        let slot = *self.by_ufrag.get(request.ufrag())?;
        let checked = self.browser_mut(slot)?.check(now, from, &mut request)?;
        if checked.proved {
            self.by_address.insert(from, slot);
        }
        if let Some(forgotten) = checked.forgotten {
            self.forget_address(forgotten, slot);
        }
        self.send_handshake(slot);
        self.reschedule(slot);
        Some(checked.reply)
    }

    fn handshake(&mut self, now: Moment, from: Transmit, bytes: &[u8]) {
        // An address that no check came from has nothing to say (CVE-2023-49786).
        let Some(slot) = self.by_address.get(&from).copied() else { return };
        let secured = self.browser_mut(slot).is_some_and(|browser| browser.handshake(now, bytes));
        self.send_handshake(slot);
        if secured {
            self.tell(slot, Happened::Secured);
        }
        self.reschedule(slot);
    }

    /// Sends what the handshake has ready.
    pub(super) fn send_handshake(&mut self, slot: usize) {
        while let Some((way, bytes)) = self.browser_mut(slot).and_then(BrowserLeg::poll) {
            self.send(way, bytes);
        }
    }

    fn browser_media(&mut self, now: Moment, from: Transmit, packet: &mut Packet) -> Option<Transmit> {
        let slot = *self.by_address.get(&from)?;
        let bytes = packet.buffer.get(..packet.length.min(PACKET_BYTES_MAX))?;
        let protected = Header::read_protected(bytes)?;
        let leg = self.legs.get_mut(slot)?.as_mut()?;
        let payload = leg.session.agreed.as_ref()?.payload(protected.payload_type);
        let Path::Browser(browser) = &mut leg.path else { return None };
        if payload == Payload::Unknown {
            return None;
        }
        let plain = browser.open(protected.ssrc, bytes)?;
        packet.buffer.get_mut(..plain.len())?.copy_from_slice(&plain);
        packet.length = plain.len();
        let header = Header::read(&plain)?;
        let onward = self.receive(now, slot, header, payload, packet)?;
        self.pass(now, onward, packet)
    }

    fn browser_control(&mut self, now: Moment, from: Transmit, bytes: &[u8]) {
        let Some(slot) = self.by_address.get(&from).copied() else { return };
        let Some(ssrc) = bytes.get(4..).and_then(|rest| rest.first_chunk()).copied() else { return };
        let browser = self.browser_mut(slot);
        let plain = browser.and_then(|browser| browser.open_control(u32::from_be_bytes(ssrc), bytes));
        if let Some(plain) = plain {
            self.control(now, slot, &plain);
        }
    }

    pub(super) fn browser_mut(&mut self, slot: usize) -> Option<&mut BrowserLeg> {
        match &mut self.leg_mut(slot)?.path {
            Path::Browser(browser) => Some(browser),
            _ => None,
        }
    }

    /// Enters what checks for this leg may be addressed to.
    pub(super) fn note_ufrags(&mut self, slot: usize) {
        let Some(Leg { path: Path::Browser(browser), .. }) = self.leg(slot) else { return };
        let names: Vec<_> = browser.ufrags().map(str::to_owned).collect();
        for name in names {
            self.by_ufrag.insert(name, slot);
        }
    }

    fn forget_address(&mut self, address: Transmit, slot: usize) {
        // Somebody else may have come to the same address since.
        if self.by_address.get(&address) == Some(&slot) {
            self.by_address.remove(&address);
        }
    }

    /// The browser's leg has gone.
    pub(super) fn forget_browser(&mut self, slot: usize, browser: &BrowserLeg) {
        self.by_ufrag.retain(|_, of| *of != slot);
        for address in browser.addresses() {
            self.forget_address(address, slot);
        }
    }
}
