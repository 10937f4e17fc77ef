//! SIP over TCP and TLS (RFC 3261, 18; RFC 5626 keep-alives).

use std::net::SocketAddr;

use bytes::Bytes;
use sip::Flow;
use sip::framing::{Frame, Framer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::{Origin, SILENCE_MAX, StreamDoor, WRITE_PATIENCE};
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
    carry(stream, flow, pump, queue, origin).await;
}

/// Carries one connection until it or its listener ends; the pump is told.
pub async fn carry<S>(mut stream: S, flow: Flow, pump: Door, mut queue: mpsc::Receiver<Bytes>, origin: &Origin)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let _device = origin.device();
    let mut framer = Framer::default();
    let mut buffer = vec![0; READ_BYTES];
    let closed = origin.closed();
    tokio::pin!(closed);
    loop {
        tokio::select! {
            read = tokio::time::timeout(SILENCE_MAX, stream.read(&mut buffer)) => {
                let Ok(Ok(length @ 1..)) = read else { break };
                framer.push(buffer.get(..length).unwrap_or_default());
                if !deliver(&mut framer, &mut stream, flow, &pump).await {
                    break;
                }
            }
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

async fn deliver<W: AsyncWrite + Unpin>(framer: &mut Framer, writer: &mut W, flow: Flow, pump: &Door) -> bool {
    loop {
        match framer.next() {
            Ok(Some(Frame::Message(bytes))) => pump.packet(flow, bytes).await,
            Ok(Some(Frame::Ping)) => {
                if !write(writer, b"\r\n").await {
                    return false;
                }
            }
            Ok(Some(Frame::Pong)) => {}
            Ok(None) => return true,
            Err(broken) => {
                if let Some(answer) = framer.refusal(broken, flow) {
                    write(writer, &answer).await;
                }
                return false;
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
