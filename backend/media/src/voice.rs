//! What a leg's peer is sent that is made here: frames, events, reports.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use crate::codec::{Codec, Encoder};
use crate::dtmf;
use crate::engine::Transmit;
use crate::leg::Leg;
use crate::rtcp::{self, REPORT_EVERY, Sent};
use crate::rtp::Header;
use crate::sounding::Step;
use crate::translator::Translator;

/// Translated sound pauses for this long after a packet of an event: both share one stream.
const HUSH: Duration = Duration::from_millis(60);

impl Leg {
    /// The next 20 ms of a tone or a key.
    pub(crate) fn sound(&mut self, now: Moment) -> Option<(Transmit, Bytes)> {
        if self.sounding.next_at.is_none_or(|at| at > now) {
            return None;
        }
        let rate = self.rate();
        let event = self.session.agreed.as_ref().and_then(|agreed| agreed.event);
        match self.sounding.step(now, rate, event.map(|(_, clock)| clock)) {
            Step::Samples(samples) => self.speak(now, &samples),
            Step::Event(event_sent, key) => {
                let transmit = self.destination()?;
                self.listening()?;
                let header = self.outgoing.event(now, event?.0, key);
                self.finish(&header, &event_sent.bytes()).map(|bytes| (transmit, bytes))
            }
            Step::Nothing => None,
        }
    }

    /// Takes a packet of another codec, to be heard later.
    pub(crate) fn translate(&mut self, now: Moment, from: Codec, leg: u64, header: &Header, payload: &[u8]) {
        let wanted = (from, self.rate(), (leg, header.ssrc));
        Translator::feed(&mut self.translator, now, wanted, header.sequence, payload);
    }

    /// The next 20 ms of what is translated for this leg.
    pub(crate) fn translated(&mut self, now: Moment) -> Option<(Transmit, Bytes)> {
        let translator = self.translator.as_mut()?;
        if translator.next_at.is_none_or(|at| at > now) {
            return None;
        }
        let frame = translator.frame(now)?;
        let hushed = self.hushed_until.is_some_and(|until| now < until) || self.sounding.is_active();
        if hushed { None } else { self.speak(now, &frame) }
    }

    /// Rewrites a packet of an event for a stream that is made here, or whose events have another clock.
    pub(crate) fn retell(&mut self, now: Moment, clock: u32, header: &mut Header, payload: &mut [u8]) -> Option<()> {
        let (payload_type, own) = self.listening()?.event?;
        let mut event = dtmf::Event::read(payload)?;
        let duration = u64::from(event.duration) * u64::from(own) / u64::from(clock.max(1));
        event.duration = u16::try_from(duration).unwrap_or(u16::MAX);
        payload.first_chunk_mut().map(|bytes| *bytes = event.bytes())?;
        *header = self.outgoing.event(now, payload_type, header.timestamp);
        self.outgoing.count_made(dtmf::EVENT_BYTES);
        self.hushed_until = Some(now + HUSH);
        Some(())
    }

    /// The report that is due.
    pub(crate) fn report(&mut self, now: Moment) -> Option<(Transmit, Bytes)> {
        if self.report_at.is_none_or(|at| at > now) {
            return None;
        }
        self.report_at = Some(now + REPORT_EVERY);
        self.measured = true;
        let transmit = self.control_destination()?;
        let packets = self.outgoing.packets;
        let has_sent = packets != std::mem::replace(&mut self.reported_packets, packets);
        let timestamp = self.outgoing.timestamp_at(now);
        let sent = has_sent.then_some(Sent { timestamp, packets, octets: self.outgoing.octets });
        let reception = self.incoming.reception().map(|reception| (reception, self.incoming.report));
        let bytes = rtcp::write(now, self.outgoing.ssrc, sent, reception);
        Some((transmit, self.sealed_control(bytes)?))
    }

    /// Sends samples in the peer's codec.
    pub(crate) fn speak(&mut self, now: Moment, samples: &[i16]) -> Option<(Transmit, Bytes)> {
        self.destination()?;
        let codec = self.listening()?.codec;
        if !self.encoder.as_ref().is_some_and(|encoder| encoder.writes(codec)) {
            self.encoder = Encoder::new(codec);
        }
        let mut payload = Vec::with_capacity(160);
        if !self.encoder.as_mut()?.encode(samples, &mut payload) {
            return None;
        }
        self.utter(now, &payload)
    }

    /// Sends 20 ms that are in the peer's codec already.
    pub(crate) fn utter(&mut self, now: Moment, payload: &[u8]) -> Option<(Transmit, Bytes)> {
        let transmit = self.destination()?;
        let agreed = self.listening()?;
        let (codec, payload_type) = (agreed.codec, agreed.payload_type);
        let header = self.outgoing.make(now, payload_type, codec.clock() / 50);
        self.finish(&header, payload).map(|bytes| (transmit, bytes))
    }

    fn finish(&mut self, header: &Header, payload: &[u8]) -> Option<Bytes> {
        let packet = header.packet(payload);
        self.outgoing.count_made(payload.len());
        self.sealed(packet)
    }

    /// Samples a second that the peer's codec is made from.
    fn rate(&self) -> u32 {
        self.codec().map_or(8_000, Codec::rate)
    }
}
