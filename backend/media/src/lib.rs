//! What the ear hears: RTP, SRTP and RTCP; ICE-lite and DTLS towards browsers; codecs.
//!
//! Map: `engine` is the machine of one worker: orders and packets in, packets and events out. `command` holds the words
//! between it and the switch. `phone_leg` speaks RTP to a SIP phone, `browser_leg` ICE-lite and DTLS-SRTP to a browser
//! (the only file that knows webrtc-rs). `sdp` reads and writes session descriptions, `codec/` translates, `tone` plays.
//!
//! **Invariant:** no sockets and no clock: packets come with the socket's number and `now`.
//! **Invariant:** a call lives on one worker, so that passing a packet on is a function call.
//! **Invariant:** between two phones with a common codec a packet is rewritten in place: nothing is copied or allocated.

mod browser_leg;
mod codec;
pub mod command;
mod dice;
mod dtmf;
pub mod engine;
mod jitter;
mod leg;
mod phone_leg;
mod port;
mod quality;
mod rtcp;
mod rtp;
mod sdp;
mod session;
mod sounding;
mod tone;
mod translator;
mod voice;

pub use command::{CodecPair, Event, Happened, LegId, LegKind, Order, Tone, What};
pub use engine::{Config, Engine, Input, Output, Packet, SocketId, Transmit};
pub use leg::Reported;
