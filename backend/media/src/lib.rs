//! What the ear hears: RTP, SRTP and RTCP; ICE-lite and DTLS towards browsers; codecs.
//!
//! Map: `engine` is the machine of one worker: orders and packets in, packets and events out. `command` holds the words
//! between it and the switch. A `leg` is one end of a call: its `session` holds offer and answer (`sdp` reads and writes
//! them), and it reaches its peer as a `phone_leg` (RTP or SRTP, symmetric learning) or as a `browser_leg` (ICE-lite and
//! DTLS-SRTP). `srtp` opens and closes the packets of both; these two are the only places that know webrtc-rs, behind the
//! feature `browser`. `relay`
//! passes on what is not looked into. `rtp` rewrites packets and keeps what is
//! sent one stream, `quality` counts what is heard, `quiet` notices
//! when nothing is, `rtcp` reports both, `dtmf` tells keys. What is made here: `sounding`
//! plays `tone`s and presses keys, a `translator` takes one codec through its `jitter` buffer to another (`codec`), and
//! `voice` sends it. A `mixer` is a room of many, a `monitor` lets somebody listen to two, a `player` says what was recorded, and a `tape` records.
//!
//! **Invariant:** no sockets and no clock: packets come with the socket's number and `now`.
//! **Invariant:** a call lives on one worker, so that passing a packet on is a function call.
//! **Invariant:** between two phones with a common codec a packet is rewritten in place: nothing is copied or allocated.

#[cfg(feature = "browser")]
mod browser_leg;
#[cfg(not(feature = "browser"))]
#[path = "browser_leg_absent.rs"]
mod browser_leg;
mod codec;
pub mod command;
mod dice;
mod dtmf;
pub mod engine;
mod fax;
mod jitter;
mod leg;
mod mixer;
mod monitor;
mod phone_leg;
mod player;
mod port;
mod quality;
mod quiet;
mod relay;
mod room_tape;
mod rtcp;
mod rtp;
mod sdp;
mod session;
mod sounding;
#[cfg(feature = "browser")]
mod srtp;
#[cfg(not(feature = "browser"))]
#[path = "srtp_absent.rs"]
mod srtp;
mod tape;
mod tone;
mod translator;
mod voice;

pub use command::{
    Clip, CodecPair, Event, Happened, HeardBy, LegId, LegKind, Monitoring, Order, Part, Protection, Recording, Saying,
    SoundFile, SoundName, Tone, What, worker_of,
};
pub use engine::{Config, Engine, Input, Output, Packet, SocketId, Transmit};
pub use leg::Reported;
pub use player::Sound;
pub use quiet::QUIET_AFTER;
pub use sdp::codec_names;
pub use tape::RATE as RECORDED_RATE;
