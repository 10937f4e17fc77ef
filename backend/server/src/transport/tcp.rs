//! SIP over TCP (RFC 3261, 18; RFC 5626 keep-alives).

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use sip::framing::{Frame, Framer};
use sip::{Flow, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use super::{SILENCE_MAX, StreamDoor};
use crate::signalling::{Door, Post};

/// TCP connections of phones at a time; one more is closed at once.
const CONNECTIONS_MAX: usize = 20_000;
/// How long a peer may take to read one message.
const WRITE_PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// What is read at once.
const READ_BYTES: usize = 8_192;

/// Accepts phones for ever.
pub async fn listen(listener: TcpListener, pump: Door) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Descriptors are spent: calls go on, and the next phone is taken when one is free.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(permit) = room.clone().try_acquire_owned() else { continue };
        let pump = pump.clone();
        tokio::spawn(async move {
            let _permit = permit;
            accept(stream, remote, pump).await;
        });
    }
}

async fn accept(stream: TcpStream, remote: SocketAddr, pump: Door) {
    let flow = Flow { transport: Transport::Tcp, connection: pump.connection(), remote };
    let (door, queue) = StreamDoor::new();
    pump.post(Post::Opened(flow, door));
    carry(stream, flow, pump, queue).await;
}

/// Carries one connection until it ends; the pump is told.
pub async fn carry(mut stream: TcpStream, flow: Flow, pump: Door, mut queue: mpsc::Receiver<Bytes>) {
    let _ = stream.set_nodelay(true);
    let (mut reader, mut writer) = stream.split();
    let mut framer = Framer::default();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        tokio::select! {
            read = tokio::time::timeout(SILENCE_MAX, reader.read(&mut buffer)) => {
                let Ok(Ok(length @ 1..)) = read else { break };
                framer.push(buffer.get(..length).unwrap_or_default());
                if !deliver(&mut framer, &mut writer, flow, &pump).await {
                    break;
                }
            }
            message = queue.recv() => {
                let Some(bytes) = message else { break };
                if !write(&mut writer, &bytes).await {
                    break;
                }
            }
        }
    }
    pump.post(Post::Closed(flow));
}

async fn deliver<W: AsyncWriteExt + Unpin>(framer: &mut Framer, writer: &mut W, flow: Flow, pump: &Door) -> bool {
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

async fn write<W: AsyncWriteExt + Unpin>(writer: &mut W, bytes: &[u8]) -> bool {
    matches!(tokio::time::timeout(WRITE_PATIENCE, writer.write_all(bytes)).await, Ok(Ok(())))
}
