//! TCP and WebSocket bytes into messages (RFC 3261, 18.3; RFC 7118).

use bytes::{Bytes, BytesMut};

/// What a stream yields.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// One whole message.
    Message(Bytes),
    /// A keep-alive `CRLF CRLF` that is to be answered with `CRLF` (RFC 5626, 4.4.1).
    Ping,
    /// The answer to our keep-alive.
    Pong,
}

/// The stream cannot be followed any more: close it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Content-Length is missing, negative, doubled or nonsense.
    ContentLength,
    /// Head or body above its limit.
    TooLarge,
}

/// Cuts one stream into messages; one per connection.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
}

#[allow(unused_variables, missing_docs, clippy::todo)]
impl Framer {
    pub fn push(&mut self, bytes: &[u8]) { self.buffer.extend_from_slice(bytes); }
    pub fn next(&mut self) -> Result<Option<Frame>, Broken> { todo!() }
}
