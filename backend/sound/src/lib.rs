//! Sound files: what comes in from outside, what the product keeps, and what leaves it again.
//!
//! Everything that is kept is in one format, *the house format*: Ogg Opus (RFC 7845), mono or stereo, encoded at 16 kHz in
//! frames of 20 ms. So a player has nothing to convert, and whatever reads one of our files reads them all.
//!
//! | File | What it does |
//! |---|---|
//! | [`import()`] | a stranger's WAV, MP3, Ogg Vorbis or Ogg Opus becomes a levelled house file, or is refused |
//! | [`write`](Writer) | a file that grows while somebody speaks |
//! | [`mend()`] | what a killed writer has left becomes a whole file |
//! | [`read`] | packets for players, duration, peaks for a picture |
//! | [`wav`] | a house file as WAV, for mail and download |
//!
//! Below them: `page` is Ogg (RFC 3533), `stream` finds Opus packets in pages, `decode` decodes them, `codec` is the encoder.
//!
//! # Invariants
//!
//! - No input makes this crate panic. What is not understood is [`Refused`], in a sentence that can be shown to whoever sent it.
//! - A decoder by others that panics all the same is caught in [`import()`], for which panics must unwind.
//! - Time and memory are bounded by [`Limits`] and by [`read::SECONDS_MAX`], never by what a header says of itself.
//! - What was pushed into a [`Writer`] more than half a second of sound ago has left it as a whole page.
//! - No clock and no dice: the serial number of a stream is given by the caller.

mod codec;
mod decode;
mod import;
mod mend;
mod page;
pub mod read;
mod refused;
mod stream;
pub mod wav;
mod write;

pub use import::{BYTES_MAX, Imported, Limits, SECONDS_MAX, import, import_without_end};
pub use mend::{MendError, Mended, mend, mend_file};
pub use refused::Refused;
pub use write::Writer;

/// Samples a second, of each channel, of everything that is kept.
pub const RATE: u32 = 16_000;

/// Samples of each channel in a frame of 20 ms.
pub const FRAME_SAMPLES: usize = 320;
