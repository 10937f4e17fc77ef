//! TCP and WebSocket bytes into messages (RFC 3261, 18.3; RFC 7118).
//!
//! A WebSocket message is a whole SIP message and needs no framer; a keep-alive there is read by [`is_keep_alive`].

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use crate::flow::Flow;
pub use crate::index::HEAD_BYTES_MAX;
use crate::index::{MESSAGE_BYTES_MAX, content_length};
use crate::message::Reply;
use crate::stack::Config;
use crate::view::Message;

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
    /// How far the head has been searched for its end.
    searched: usize,
    /// The length of the message whose head is there, so that the head is read once and not with every byte of the body.
    whole: Option<usize>,
}

impl Framer {
    /// Takes what was read from the connection.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame; none until more bytes come. An error stays: what follows cannot be told from a smuggled message.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Frame>, Broken> {
        loop {
            match self.buffer.as_ref() {
                [b'\r', b'\n', b'\r', b'\n', ..] => return Ok(self.keep_alive(4, Frame::Ping)),
                [] | [b'\r'] | [b'\r', b'\n', b'\r'] => return Ok(None),
                [b'\r', b'\n', ..] => return Ok(self.keep_alive(2, Frame::Pong)),
                [b'\r' | b'\n', ..] => self.buffer.advance(1),
                _ => return self.message(),
            }
        }
    }

    /// Has a message begun whose end is not there?
    pub fn has_begun(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// What the peer is told before the stream is closed, where its head can be read that far: 400 for a Content-Length
    /// that cannot be followed (RFC 3261, 18.3), 513 for too much.
    pub fn refusal(&mut self, broken: Broken, flow: Flow) -> Option<Bytes> {
        let head = self.head_length().filter(|head| *head <= HEAD_BYTES_MAX)?;
        let request = Message::index(Bytes::copy_from_slice(self.buffer.get(..head)?)).ok()?;
        if !request.is_request() || request.method() == "ACK" || request.header("Via").is_none() {
            return None;
        }
        let (status, what) = match broken {
            Broken::ContentLength => (400, "Content-Length is missing, doubled or cannot be read"),
            Broken::TooLarge => (513, "The message is too large"),
        };
        let reply = Reply::status(status).header("Warning", format!("399 sip \"{what}\""));
        Some(crate::response::compose(&Config::default(), &request, flow, &reply, "broken", None))
    }

    fn keep_alive(&mut self, length: usize, frame: Frame) -> Option<Frame> {
        self.buffer.advance(length);
        Some(frame)
    }

    fn message(&mut self) -> Result<Option<Frame>, Broken> {
        let Some(whole) = self.whole_length()? else { return Ok(None) };
        if self.buffer.len() < whole {
            return Ok(None);
        }
        self.searched = 0;
        self.whole = None;
        Ok(Some(Frame::Message(self.buffer.split_to(whole).freeze())))
    }

    /// Head and body; none until the head is there.
    fn whole_length(&mut self) -> Result<Option<usize>, Broken> {
        if self.whole.is_some() {
            return Ok(self.whole);
        }
        let Some(head) = self.head_length() else {
            return if self.buffer.len() > HEAD_BYTES_MAX { Err(Broken::TooLarge) } else { Ok(None) };
        };
        if head > HEAD_BYTES_MAX {
            return Err(Broken::TooLarge);
        }
        let body = body_length(self.buffer.get(..head).unwrap_or_default()).ok_or(Broken::ContentLength)?;
        if head + body > MESSAGE_BYTES_MAX {
            return Err(Broken::TooLarge);
        }
        self.whole = Some(head + body);
        Ok(self.whole)
    }

    /// Up to and with the blank line.
    fn head_length(&mut self) -> Option<usize> {
        loop {
            let feed = self.searched + memchr(b'\n', self.buffer.get(self.searched..)?)?;
            match self.buffer.get(feed + 1..)? {
                [b'\n', ..] => return Some(feed + 2),
                [b'\r', b'\n', ..] => return Some(feed + 3),
                // The next bytes decide; look at this line end again.
                [] | [b'\r'] => {
                    self.searched = feed;
                    return None;
                }
                _ => self.searched = feed + 1,
            }
        }
    }
}

/// Content-Length of a head: exactly one, digits only, its name in either form, whatever space stands before the colon.
fn body_length(head: &[u8]) -> Option<usize> {
    let mut length = None;
    let mut lines = head.split_inclusive(|&b| b == b'\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        let Some(colon) = memchr(b':', line) else { continue };
        if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            continue;
        }
        let name = line.get(..colon)?.trim_ascii();
        if !name.eq_ignore_ascii_case(b"Content-Length") && !name.eq_ignore_ascii_case(b"l") {
            continue;
        }
        let mut value = line.get(colon + 1..)?.to_vec();
        while let Some(more) = lines.next_if(|next| matches!(next.first(), Some(b' ' | b'\t'))) {
            value.extend_from_slice(more);
        }
        if length.replace(content_length(value.trim_ascii())?).is_some() {
            return None;
        }
    }
    length
}

/// Is a WebSocket message or a datagram only line breaks: a keep-alive that is no SIP message?
pub fn is_keep_alive(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(input: &[u8]) -> (Vec<Frame>, Option<Broken>) {
        let mut framer = Framer::default();
        framer.push(input);
        drain(&mut framer)
    }

    fn drain(framer: &mut Framer) -> (Vec<Frame>, Option<Broken>) {
        let mut found = Vec::new();
        loop {
            match framer.next() {
                Ok(Some(frame)) => found.push(frame),
                Ok(None) => return (found, None),
                Err(broken) => return (found, Some(broken)),
            }
        }
    }

    fn message(text: &'static str) -> Frame {
        Frame::Message(Bytes::from_static(text.as_bytes()))
    }

    const ONE: &str = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc";
    const TWO: &str = "OPTIONS sip:b SIP/2.0\r\nl : 0\r\n\r\n";

    #[test]
    fn messages_and_keep_alives_are_told_apart() {
        let input = format!("\r\n\r\n{ONE}\r\n{TWO}\r\n\r\n{ONE}");
        let (found, broken) = frames(input.as_bytes());
        assert_eq!(found, [Frame::Ping, message(ONE), Frame::Pong, message(TWO), Frame::Ping, message(ONE)]);
        assert_eq!(broken, None);
    }

    #[test]
    fn s11_byte_by_byte_yields_the_same_messages() {
        let input = format!("{ONE}{TWO}{ONE}");
        let (mut framer, mut found) = (Framer::default(), Vec::new());
        for byte in input.bytes() {
            framer.push(&[byte]);
            found.append(&mut drain(&mut framer).0);
        }
        assert_eq!(found, [message(ONE), message(TWO), message(ONE)]);
    }

    #[test]
    fn a_content_length_that_could_be_read_two_ways_breaks_the_stream() {
        for header in [
            "",
            "Content-Length: -1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: 1 2\r\n",
            "Content-Length: 1,1\r\n",
            "Content-Length:\r\n",
            "Content-Length: 0x1\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 0\r\nContent-Length: 5\r\n",
            "Content-Length : 5\r\nl: 0\r\n",
            "Content-Length: 1\r\n 2\r\n",
        ] {
            let (found, broken) = frames(format!("OPTIONS sip:a SIP/2.0\r\n{header}\r\nabcdefgh").as_bytes());
            assert_eq!((found, broken), (vec![], Some(Broken::ContentLength)), "{header}");
        }
    }

    #[test]
    fn space_before_the_colon_and_folding_do_not_hide_the_length() {
        for header in
            ["Content-Length : 5", "CONTENT-LENGTH\t:5 ", "L: 5", "l:\r\n 5", "X: y\r\n z: Content-Length: 9\r\nl: 5"]
        {
            let (found, broken) = frames(format!("OPTIONS sip:a SIP/2.0\r\n{header}\r\n\r\nabcde{TWO}").as_bytes());
            assert_eq!((found.len(), broken), (2, None), "{header}");
        }
    }

    #[test]
    fn s11_an_endless_head_and_a_huge_body_are_refused() {
        assert_eq!(frames(&vec![b'a'; HEAD_BYTES_MAX + 1]).1, Some(Broken::TooLarge));
        assert_eq!(frames(b"OPTIONS sip:a SIP/2.0\r\nl: 65530\r\n\r\n").1, Some(Broken::TooLarge));
    }
}
