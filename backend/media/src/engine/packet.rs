//! The way of a packet: whose it is, what it says, and on to whom.
//!
//! Between two phones nothing here copies or allocates.

use std::net::SocketAddr;

use shared::Moment;

use super::{Engine, PACKET_BYTES_MAX, Packet, SocketId, Transmit};
use crate::codec::g711::{self, Law};
use crate::command::Happened;
use crate::dtmf;
use crate::leg::{Leg, Path};
use crate::rtp::{self, Header};
use crate::session::Payload;

/// A packet on its way to another leg.
#[derive(Clone, Copy, Debug)]
pub(super) struct Onward {
    to: usize,
    from: u64,
    header: Header,
    payload: Payload,
    /// It is the first of a press of this key.
    key: Option<char>,
}

impl Engine {
    /// A packet that arrived. `Some` means: send this same buffer on (`packet.length` bytes); that is the whole relay path.
    pub fn handle_packet(
        &mut self,
        now: Moment,
        socket: SocketId,
        from: SocketAddr,
        packet: &mut Packet,
    ) -> Option<Transmit> {
        if socket == SocketId::BROWSERS || socket.is_stream() {
            return self.browser_packet(now, Transmit { socket, to: from }, packet);
        }
        let used = (*self.sockets.get(socket.0 as usize)?)?;
        if used.relayed {
            return self.relay(now, used.slot, socket, from);
        }
        let bytes = packet.buffer.get(..packet.length.min(PACKET_BYTES_MAX))?;
        if used.rtcp || rtp::is_rtcp(bytes) {
            self.phone_control(now, used.slot, from, bytes);
            return None;
        }
        let leg = self.legs.get_mut(used.slot)?.as_mut()?;
        let Path::Phone(phone) = &mut leg.path else { return None };
        let mut header = if phone.srtp.is_some() { Header::read_protected(bytes)? } else { Header::read(bytes)? };
        let payload = leg.session.agreed.as_ref()?.payload(header.payload_type);
        if payload == Payload::Unknown || !phone.expects(now, from, &header) {
            return None;
        }
        if let Some(srtp) = &mut phone.srtp {
            let Some(plain) = srtp.open(header.ssrc, bytes) else {
                phone.unproved += 1;
                return None;
            };
            packet.buffer.get_mut(..plain.len())?.copy_from_slice(&plain);
            packet.length = plain.len();
            header = Header::read(&plain)?;
        }
        phone.learn(now, from, &header);
        let onward = self.receive(now, used.slot, header, payload, packet)?;
        self.pass(now, onward, packet)
    }

    fn phone_control(&mut self, now: Moment, slot: usize, from: SocketAddr, bytes: &[u8]) {
        let Some(Leg { path: Path::Phone(phone), .. }) = self.leg_mut(slot) else { return };
        if !phone.expects_control(from) {
            return;
        }
        let Some(srtp) = &mut phone.srtp else {
            phone.learn_control(from);
            return self.control(now, slot, bytes);
        };
        let ssrc = bytes.get(4..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_be_bytes);
        let Some(plain) = ssrc.and_then(|ssrc| srtp.open_control(ssrc, bytes)) else {
            phone.unproved += 1;
            return;
        };
        phone.learn_control(from);
        self.control(now, slot, &plain);
    }

    /// Counts a packet of the leg's own peer; tells what it says; finds who hears it.
    pub(super) fn receive(
        &mut self,
        now: Moment,
        slot: usize,
        header: Header,
        payload: Payload,
        packet: &Packet,
    ) -> Option<Onward> {
        let leg = self.leg_mut(slot)?;
        let clock = match payload {
            Payload::Audio(codec) => codec.clock(),
            Payload::Event(clock) => clock,
            Payload::Unknown => return None,
        };
        let is_event = matches!(payload, Payload::Event(_));
        leg.incoming.receive(now, &header, if is_event { leg.outgoing.clock } else { clock }, !is_event);
        leg.heard_at = Some(now);
        let quiet_over = leg.watch.hear(now).then(|| leg.watch.over(now));
        let first = !std::mem::replace(&mut leg.heard, true);
        let event = dtmf::Event::read(packet.buffer.get(header.start..header.end)?).filter(|_| is_event);
        let key = event.and_then(|event| leg.presses.take(&header, event));
        let fax = match (payload, &mut leg.fax, packet.buffer.get(header.start..header.end)) {
            (Payload::Audio(codec), Some(fax), Some(bytes)) => fax.hear(codec, bytes),
            _ => false,
        };
        let onward = leg.peer.map(|to| Onward { to, from: leg.id.0, header, payload, key });
        self.hear_in_room(now, slot, &header, payload, packet);
        self.hear_in_monitor(now, slot, &header, payload, packet);
        self.hear_on_tape(now, slot, &header, payload, packet);
        if first {
            self.tell(slot, Happened::Heard);
        }
        if let Some(key) = key {
            self.tell(slot, Happened::Digit(key));
        }
        if fax {
            self.tell(slot, Happened::FaxCalls);
        }
        if quiet_over.is_some() {
            self.tell_quiet(slot, quiet_over);
            self.reschedule(slot);
        }
        onward
    }

    /// Rewrites a packet for the leg that hears it.
    pub(super) fn pass(&mut self, now: Moment, onward: Onward, packet: &mut Packet) -> Option<Transmit> {
        let leg = self.leg_mut(onward.to)?;
        if leg.sounding.is_active() {
            return None;
        }
        // It is in the sum that the leg hears.
        if leg.is_mixed && matches!(onward.payload, Payload::Audio(_)) {
            return None;
        }
        let agreed = leg.listening()?;
        let (codec, payload_type) = (agreed.codec, agreed.payload_type);
        let mut header = onward.header;
        match onward.payload {
            Payload::Audio(from) if from == codec => header.payload_type = payload_type,
            Payload::Audio(from) => match (Law::of(from), Law::of(codec)) {
                (Some(law), Some(_)) => {
                    g711::cross(law, packet.buffer.get_mut(header.start..header.end)?);
                    header.payload_type = payload_type;
                }
                _ => {
                    leg.translate(now, from, onward.from, &header, packet.buffer.get(header.start..header.end)?);
                    self.reschedule(onward.to);
                    return None;
                }
            },
            Payload::Event(clock) => return self.pass_event(now, onward, clock, packet),
            Payload::Unknown => return None,
        }
        let transmit = leg.destination()?;
        leg.outgoing.pass(now, onward.from, &mut header);
        header.write(&mut packet.buffer);
        leg.seal(packet)?;
        Some(transmit)
    }

    /// The same for a packet of an event; a peer without events hears the key as a tone.
    fn pass_event(&mut self, now: Moment, onward: Onward, clock: u32, packet: &mut Packet) -> Option<Transmit> {
        let leg = self.leg_mut(onward.to)?;
        let Some((payload_type, own)) = leg.listening()?.event else {
            if let Some(key) = onward.key {
                leg.sounding.press(now, key);
                self.reschedule(onward.to);
            }
            return None;
        };
        let transmit = leg.destination()?;
        let mut header = onward.header;
        if leg.translator.is_some() || leg.is_mixed || own != clock {
            let payload = packet.buffer.get_mut(header.start..header.end)?;
            leg.retell(now, clock, &mut header, payload)?;
        } else {
            header.payload_type = payload_type;
            leg.outgoing.pass(now, onward.from, &mut header);
        }
        header.write(&mut packet.buffer);
        leg.seal(packet)?;
        Some(transmit)
    }
}
