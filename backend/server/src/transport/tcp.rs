//! SIP over TCP and TLS (RFC 3261, 18; RFC 5626 keep-alives).

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use sip::Flow;
use sip::framing::{Frame, Framer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::{FIRST_MESSAGE_PATIENCE, MESSAGE_PATIENCE, Origin, SILENCE_MAX, StreamDoor, WRITE_PATIENCE};
use crate::signalling::{Door, Post};

/// What is read at once.
const READ_BYTES: usize = 8_192;

/// Carries a connection that a peer has opened; `name` is the `host:port` that it was looking for, where it has said so.
pub async fn accept<S>(stream: S, remote: SocketAddr, name: Option<String>, pump: Door, origin: &Origin)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let flow = Flow { transport: origin.transport, connection: pump.connection(), remote };
    let (door, queue) = StreamDoor::new();
    pump.post(Post::Opened(flow, door));
    if let Some(name) = name {
        pump.input(switch::Input::FlowNamed(flow, name));
    }
    carry_for(stream, flow, pump, queue, origin, FIRST_MESSAGE_PATIENCE).await;
}

/// Carries a connection that was opened from here until it ends; the pump is told.
pub async fn carry<S>(stream: S, flow: Flow, pump: Door, queue: mpsc::Receiver<Bytes>, origin: &Origin)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    carry_for(stream, flow, pump, queue, origin, SILENCE_MAX).await;
}

/// Carries one connection until it or its listener ends, or its first message takes too long.
async fn carry_for<S>(
    mut stream: S,
    flow: Flow,
    pump: Door,
    mut queue: mpsc::Receiver<Bytes>,
    origin: &Origin,
    patience: Duration,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let _device = origin.device();
    let mut framer = Framer::default();
    let mut buffer = vec![0; READ_BYTES];
    let closed = origin.closed();
    tokio::pin!(closed);
    let mut wait = Wait::new(patience);
    loop {
        tokio::select! {
            read = stream.read(&mut buffer) => {
                let Ok(length @ 1..) = read else { break };
                framer.push(buffer.get(..length).unwrap_or_default());
                let Some(messages) = deliver(&mut framer, &mut stream, flow, &pump).await else { break };
                wait.heard(messages > 0, framer.has_begun());
            }
            () = sleep_until(wait.until) => break,
            message = queue.recv() => {
                let Some(bytes) = message else { break };
                if !write(&mut stream, &bytes).await {
                    break;
                }
            }
            () = &mut closed => break,
        }
    }
    pump.post(Post::Closed(flow));
}

/// How long is waited for what comes next.
struct Wait {
    until: Instant,
    has_spoken: bool,
    is_in_message: bool,
}

impl Wait {
    fn new(patience: Duration) -> Self {
        Self { until: Instant::now() + patience, has_spoken: false, is_in_message: false }
    }

    /// Bytes came; did they end a message, and has another begun? Bytes alone win no time.
    fn heard(&mut self, has_ended: bool, has_begun: bool) {
        self.has_spoken |= has_ended;
        if !self.has_spoken {
            return;
        }
        let goes_on = has_begun && self.is_in_message && !has_ended;
        if !goes_on {
            self.until = Instant::now() + if has_begun { MESSAGE_PATIENCE } else { SILENCE_MAX };
        }
        self.is_in_message = has_begun;
    }
}

/// Hands on what is whole: how many messages; none when the connection is to end.
async fn deliver<W: AsyncWrite + Unpin>(framer: &mut Framer, writer: &mut W, flow: Flow, pump: &Door) -> Option<usize> {
    let mut messages = 0;
    loop {
        match framer.next() {
            Ok(Some(Frame::Message(bytes))) => {
                pump.packet(flow, bytes).await;
                messages += 1;
            }
            Ok(Some(Frame::Ping)) => {
                if !write(writer, b"\r\n").await {
                    return None;
                }
            }
            Ok(Some(Frame::Pong)) => {}
            Ok(None) => return Some(messages),
            Err(broken) => {
                if let Some(answer) = framer.refusal(broken, flow) {
                    write(writer, &answer).await;
                }
                return None;
            }
        }
    }
}

async fn write<W: AsyncWrite + Unpin>(writer: &mut W, bytes: &[u8]) -> bool {
    let written = async {
        writer.write_all(bytes).await?;
        // TLS keeps what it has encrypted until it is told.
        writer.flush().await
    };
    matches!(tokio::time::timeout(WRITE_PATIENCE, written).await, Ok(Ok(())))
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S11
    #[tokio::test(start_paused = true)]
    async fn s11_bytes_alone_win_no_time_and_whole_messages_do() {
        let start = Instant::now();
        let mut wait = Wait::new(FIRST_MESSAGE_PATIENCE);
        for _ in 0..20 {
            tokio::time::advance(Duration::from_secs(1)).await;
            wait.heard(false, true);
        }
        assert_eq!(wait.until, start + FIRST_MESSAGE_PATIENCE, "a first message in drops");
        wait.heard(true, false);
        assert_eq!(wait.until, Instant::now() + SILENCE_MAX);
        wait.heard(false, true);
        let begun = Instant::now();
        for _ in 0..10 {
            tokio::time::advance(Duration::from_secs(1)).await;
            wait.heard(false, true);
        }
        assert_eq!(wait.until, begun + MESSAGE_PATIENCE, "a later one in drops");
        wait.heard(true, true);
        assert_eq!(wait.until, Instant::now() + MESSAGE_PATIENCE, "one ends, the next has begun");
        wait.heard(true, false);
        tokio::time::advance(Duration::from_secs(60)).await;
        wait.heard(false, false);
        assert_eq!(wait.until, Instant::now() + SILENCE_MAX, "a keep-alive");
    }
}
