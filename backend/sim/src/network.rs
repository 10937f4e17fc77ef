//! The network between phones and server: delay for all, loss, doubles and disorder for datagrams.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use sip::{Flow, Transport};

use crate::dice::Dice;
use crate::phone::PhoneId;

/// How the network behaves.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// One way, at least.
    pub delay: Duration,
    /// What may come on top, for datagrams: so they overtake each other.
    pub jitter: Duration,
    /// Datagrams of a hundred that are lost.
    pub loss_percent: u64,
    /// Datagrams of a hundred that come twice.
    pub double_percent: u64,
}

impl Weather {
    /// Ten milliseconds, nothing lost.
    pub const FAIR: Self =
        Self { delay: Duration::from_millis(10), jitter: Duration::ZERO, loss_percent: 0, double_percent: 0 };
    /// A fifth lost, some doubled, all in disorder.
    pub const FOUL: Self = Self {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(80),
        loss_percent: 20,
        double_percent: 5,
    };
}

/// Something under way.
#[derive(Clone, Debug)]
pub enum Parcel {
    /// SIP to the server, as it sees the flow.
    ToServer(Flow, Bytes),
    /// SIP to a phone, as it sees the flow.
    ToPhone(PhoneId, Flow, Bytes),
    /// The server learns that a connection is gone.
    Closed(Flow),
    /// RTP to a port of the server.
    MediaToServer {
        /// From the phone's media address.
        from: SocketAddr,
        /// The server's port.
        port: u16,
        /// The packet.
        bytes: Bytes,
    },
    /// RTP to a phone.
    MediaToPhone(PhoneId, Bytes),
}

/// All that is under way.
#[derive(Debug)]
pub struct Network {
    /// How it behaves.
    pub weather: Weather,
    dice: Dice,
    under_way: BTreeMap<(Moment, u64), Parcel>,
    sent: u64,
}

impl Network {
    /// With dice of its own.
    pub fn new(weather: Weather, seed: u64) -> Self {
        Self { weather, dice: Dice::new(seed), under_way: BTreeMap::new(), sent: 0 }
    }

    /// Takes a parcel.
    pub fn send(&mut self, now: Moment, parcel: Parcel) {
        let Weather { delay, jitter, loss_percent, double_percent } = self.weather;
        let datagram = match &parcel {
            Parcel::ToServer(flow, _) | Parcel::ToPhone(_, flow, _) => flow.transport == Transport::Udp,
            Parcel::Closed(_) => false,
            Parcel::MediaToServer { .. } | Parcel::MediaToPhone(..) => true,
        };
        if !datagram {
            return self.put(now + delay, parcel);
        }
        let copies = 1 + u64::from(self.dice.percent(double_percent));
        for _ in 0..copies {
            let late = self.dice.below(jitter.as_micros() as u64 + 1);
            if !self.dice.percent(loss_percent) {
                self.put(now + delay + Duration::from_micros(late), parcel.clone());
            }
        }
    }

    /// When the next one arrives.
    pub fn next(&self) -> Option<Moment> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next one that has arrived.
    pub fn take(&mut self, now: Moment) -> Option<Parcel> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    fn put(&mut self, at: Moment, parcel: Parcel) {
        self.sent += 1;
        self.under_way.insert((at, self.sent), parcel);
    }
}
