//! `belfry carrier`: a telephone company in a box, to try trunks and rules without one. What it does with a call is said by the last
//! four digits of the number ([`Plan::of`]); it is told nobody's secret, and calls only whoever has called it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use rand::TryRngCore;
use rand::rngs::OsRng;
use shared::Moment;
use sip::{Config, ConnectionId, DialogId, Event, Flow, Message, NewRequest, Output, Reply, Stack, Transport};
use tokio::net::UdpSocket;
use tokio::task::AbortHandle;

use crate::clock::Clock;

/// The most calls at a time; another is refused with 503.
const CALLS_MAX: usize = 1_000;
/// The longest call.
const CALL_TIME_MAX: Duration = Duration::from_secs(3_600);
/// The largest datagram.
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// One period of 1 kHz at 0 dBm0 in PCMU (ITU-T G.711, table 6).
const MILLIWATT: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
/// A packet of sound: 20 ms.
const PACKET: Duration = Duration::from_millis(20);
/// Samples of it.
const SAMPLES: usize = 160;

/// What is done with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// Rings for so long, and answers with …
    Answer(Duration, Sound),
    /// The same, and hangs up after so long.
    AnswerFor(Duration, Sound, Duration),
    /// Rings until the caller gives up.
    Ring,
    /// Refuses with this status.
    Refuse(u16),
    /// Says nothing at all.
    Silent,
    /// Declines, and calls back whoever was named as the caller.
    CallBack,
}

/// What is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sound {
    /// A tone of 1 kHz.
    Tone,
    /// What was said.
    Echo,
    /// The keys 1, 2, 3 and 4 (RFC 4733), and then the tone.
    Keys,
}

impl Plan {
    /// By the last four digits: 1001 a tone at once, 1002 an echo after 3 s, 1003 rings, 1004 is busy, 1005 ends after 5 s, 1006
    /// presses keys, 1900 is silent, 2001 calls back, and 1400 to 1699 refuse with the status in the last three. Any other number
    /// rings for 2 s and answers with a tone.
    fn of(number: &str) -> Self {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let last = digits.get(digits.len().saturating_sub(4)..).and_then(|text| text.parse::<u16>().ok());
        match last.unwrap_or(0) {
            1_001 => Self::Answer(Duration::ZERO, Sound::Tone),
            1_002 => Self::Answer(Duration::from_secs(3), Sound::Echo),
            1_003 => Self::Ring,
            1_004 => Self::Refuse(486),
            1_005 => Self::AnswerFor(Duration::ZERO, Sound::Tone, Duration::from_secs(5)),
            1_006 => Self::Answer(Duration::ZERO, Sound::Keys),
            1_900 => Self::Silent,
            2_001 => Self::CallBack,
            refused @ 1_400..=1_699 => Self::Refuse(refused - 1_000),
            _ => Self::Answer(Duration::from_secs(2), Sound::Tone),
        }
    }
}

/// Something that is done later.
#[derive(Debug)]
enum Later {
    Answer(DialogId, Sound),
    HangUp(DialogId),
    Call { to: String, from: String, flow: Flow },
}

/// One call.
#[derive(Debug)]
struct Line {
    /// Where its sound goes; none before an answer of the other side is known.
    remote: Option<SocketAddr>,
    socket: Option<Arc<UdpSocket>>,
    /// The payload type of keys, where the other side has one.
    keys: Option<u8>,
    sounding: Option<AbortHandle>,
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(sounding) = &self.sounding {
            sounding.abort();
        }
    }
}

/// What it can, for whoever asks (RFC 3264, 9).
const CAPABILITIES: &str =
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 0 RTP/AVP 0 8\r\n";

/// The carrier.
pub struct Carrier {
    socket: Arc<UdpSocket>,
    own: SocketAddr,
    stack: Stack,
    clock: Clock,
    lines: BTreeMap<DialogId, Line>,
    later: Vec<(Moment, Later)>,
}

impl Carrier {
    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// The port cannot be opened.
    pub async fn bind(listen: SocketAddr, clock: Clock) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind(listen).await.with_context(|| format!("udp {listen} cannot be opened"))?;
        let own = socket.local_addr()?;
        let config = Config {
            user_agent: "Belfry carrier".to_owned(),
            sent_by: [(Transport::Udp, own.to_string())].into(),
            session_expires: None,
            ..Config::default()
        };
        let mut seed = [0; 8];
        OsRng.try_fill_bytes(&mut seed).context("the operating system gives no random bytes")?;
        let stack = Stack::new(config, u64::from_le_bytes(seed));
        Ok(Self { socket: Arc::new(socket), own, stack, clock, lines: BTreeMap::new(), later: Vec::new() })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.own
    }

    /// Takes calls for ever.
    pub async fn run(mut self) {
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            let now = self.clock.now();
            let due = self.later.iter().map(|(at, _)| *at).chain(self.stack.poll_timeout()).min();
            let wait = due.map_or(Duration::from_secs(3_600), |due| due.since(now));
            tokio::select! {
                got = self.socket.recv_from(&mut buffer) => {
                    if let Ok((length, remote)) = got {
                        let bytes = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
                        let flow = Flow { transport: Transport::Udp, connection: ConnectionId::NEW, remote };
                        self.packet(flow, bytes);
                    }
                }
                () = tokio::time::sleep(wait) => {}
            }
            self.act().await;
        }
    }

    /// What is silent does not answer at all, so its INVITE goes no further than this.
    fn packet(&mut self, flow: Flow, bytes: Bytes) {
        let silent = Message::parse(bytes.clone()).is_ok_and(|message| {
            message.method() == "INVITE"
                && message.to_tag().is_empty()
                && Plan::of(message.request_uri().map_or("", |uri| uri.user)) == Plan::Silent
        });
        if !silent {
            self.stack.handle_packet(self.clock.now(), flow, bytes);
        }
    }

    async fn act(&mut self) {
        let now = self.clock.now();
        if self.stack.poll_timeout().is_some_and(|due| due <= now) {
            self.stack.handle_timeout(now);
        }
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.later).into_iter().partition(|(at, _)| *at <= now);
        self.later = later;
        for (_, what) in due {
            self.later_done(what).await;
        }
        while let Some(output) = self.stack.poll_output() {
            match output {
                Output::Send { flow, bytes } => {
                    // What is lost is sent again, as on any network.
                    let _ = self.socket.send_to(&bytes, flow.remote).await;
                }
                Output::Event(event) => self.event(event).await,
            }
        }
    }

    async fn event(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Invited { dialog, message, flow } => self.invited(dialog, &message, flow),
            Event::Request { request, message, .. } => {
                let reply = match message.method() {
                    "REGISTER" => {
                        let contact = message.header("Contact").unwrap_or_default();
                        let seconds = message.expires().unwrap_or(3_600).min(3_600);
                        let bare = contact.split(';').next().unwrap_or_default();
                        Reply::status(200).header("Contact", format!("{bare};expires={seconds}"))
                    }
                    "OPTIONS" => Reply::status(200).body(CAPABILITIES),
                    "INFO" => Reply::status(200),
                    _ => Reply::status(405),
                };
                self.stack.respond(now, request, reply);
            }
            Event::Answered { dialog, message } => {
                if let Some(line) = self.lines.get_mut(&dialog) {
                    (line.remote, line.keys) = read(&message.body());
                }
                self.sound(dialog, Sound::Tone);
            }
            Event::Offered { dialog, message, .. } => {
                let (remote, keys) = read(&message.body());
                let Some(line) = self.lines.get_mut(&dialog) else { return };
                (line.remote, line.keys) = (remote, keys);
                let port = line.socket.as_ref().and_then(|socket| socket.local_addr().ok()).map_or(9, |own| own.port());
                self.stack.answer(now, dialog, described(self.own.ip(), port, keys));
            }
            Event::Cancelled { dialog, .. } | Event::Ended { dialog, .. } | Event::Failed { dialog, .. } => {
                self.lines.remove(&dialog);
            }
            _ => {}
        }
    }

    fn invited(&mut self, dialog: DialogId, message: &Message, flow: Flow) {
        let now = self.clock.now();
        if self.lines.len() >= CALLS_MAX {
            return self.stack.reject(now, dialog, Reply::status(503).header("Retry-After", "10"));
        }
        let called = message.request_uri().map(|uri| uri.user.to_owned()).unwrap_or_default();
        let (remote, keys) = read(&message.body());
        let line = Line { remote, keys, socket: None, sounding: None };
        match Plan::of(&called) {
            Plan::Refuse(status) => self.stack.reject(now, dialog, Reply::status(status)),
            Plan::CallBack => {
                self.stack.reject(now, dialog, Reply::status(480));
                if let Some(from) = message.from() {
                    let what = Later::Call { to: from.uri.user.to_owned(), from: called, flow };
                    self.later.push((now + Duration::from_secs(1), what));
                }
            }
            Plan::Silent => {}
            Plan::Ring => {
                self.lines.insert(dialog, line);
                self.stack.ring(now, dialog, Reply::status(180), false);
            }
            Plan::Answer(after, sound) | Plan::AnswerFor(after, sound, _) => {
                self.lines.insert(dialog, line);
                self.stack.ring(now, dialog, Reply::status(180), false);
                self.later.push((now + after, Later::Answer(dialog, sound)));
                let lasts = if let Plan::AnswerFor(_, _, lasts) = Plan::of(&called) { lasts } else { CALL_TIME_MAX };
                self.later.push((now + after + lasts, Later::HangUp(dialog)));
            }
        }
    }

    async fn later_done(&mut self, what: Later) {
        let now = self.clock.now();
        match what {
            Later::Answer(dialog, sound) => {
                if !self.lines.contains_key(&dialog) {
                    return;
                }
                let Some(port) = self.open(dialog).await else {
                    return self.stack.reject(now, dialog, Reply::status(503));
                };
                let keys = self.lines.get(&dialog).and_then(|line| line.keys);
                self.stack.accept(now, dialog, Reply::status(200).body(described(self.own.ip(), port, keys)));
                self.sound(dialog, sound);
            }
            Later::HangUp(dialog) => {
                if self.lines.remove(&dialog).is_some() {
                    self.stack.bye(now, dialog, None);
                }
            }
            Later::Call { to, from, flow } => {
                let Ok(socket) = UdpSocket::bind((self.own.ip(), 0)).await else { return };
                let port = socket.local_addr().map_or(9, |own| own.port());
                let own = self.own;
                let dialog = self.stack.invite(
                    now,
                    flow,
                    NewRequest {
                        method: "INVITE".to_owned(),
                        uri: format!("sip:{to}@{}", flow.remote),
                        from: format!("\"Carrier\" <sip:{from}@{own}>"),
                        to: format!("<sip:{to}@{}>", flow.remote),
                        body: described(own.ip(), port, Some(101)),
                        ..NewRequest::default()
                    },
                );
                let line = Line { remote: None, keys: None, socket: Some(Arc::new(socket)), sounding: None };
                self.lines.insert(dialog, line);
                self.later.push((now + CALL_TIME_MAX, Later::HangUp(dialog)));
            }
        }
    }

    async fn open(&mut self, dialog: DialogId) -> Option<u16> {
        let socket = UdpSocket::bind((self.own.ip(), 0)).await.ok()?;
        let port = socket.local_addr().ok()?.port();
        self.lines.get_mut(&dialog)?.socket = Some(Arc::new(socket));
        Some(port)
    }

    fn sound(&mut self, dialog: DialogId, sound: Sound) {
        let Some(line) = self.lines.get_mut(&dialog) else { return };
        let (Some(socket), Some(remote)) = (line.socket.clone(), line.remote) else { return };
        line.sounding = Some(tokio::spawn(speak(socket, remote, sound, line.keys)).abort_handle());
    }
}

/// Where sound is to go, and the payload type of keys.
fn read(description: &[u8]) -> (Option<SocketAddr>, Option<u8>) {
    let text = String::from_utf8_lossy(description);
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let address = value("c=IN IP4 ").or_else(|| value("c=IN IP6 ")).and_then(|text| text.parse::<IpAddr>().ok());
    let port = value("m=audio ").and_then(|text| text.split(' ').next()?.parse::<u16>().ok());
    let keys = text
        .lines()
        .find(|line| line.contains("telephone-event"))
        .and_then(|line| line.strip_prefix("a=rtpmap:")?.split(' ').next()?.parse::<u8>().ok());
    (address.zip(port).map(SocketAddr::from), keys)
}

fn described(address: IpAddr, port: u16, keys: Option<u8>) -> Bytes {
    let family = if address.is_ipv4() { "IP4" } else { "IP6" };
    let (format, map) = match keys {
        Some(keys) => (format!(" {keys}"), format!("a=rtpmap:{keys} telephone-event/8000\r\n")),
        None => (String::new(), String::new()),
    };
    let session = format!("v=0\r\no=- 1 1 IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n");
    Bytes::from(format!("{session}m=audio {port} RTP/AVP 0{format}\r\na=rtpmap:0 PCMU/8000\r\n{map}a=ptime:20\r\n"))
}

/// Sends a packet each 20 ms until it is aborted.
async fn speak(socket: Arc<UdpSocket>, remote: SocketAddr, sound: Sound, keys: Option<u8>) {
    let mut ticks = tokio::time::interval(PACKET);
    let tone: Vec<u8> = MILLIWATT.iter().copied().cycle().take(SAMPLES).collect();
    let mut heard = tone.clone();
    let mut buffer = [0; 2_048];
    for number in 0_u32.. {
        ticks.tick().await;
        while let Ok((length, _)) = socket.try_recv_from(&mut buffer) {
            if let Some(said) = buffer.get(12..length).filter(|said| said.len() == SAMPLES) {
                heard = said.to_vec();
            }
        }
        let key = keys.filter(|_| sound == Sound::Keys).and_then(|payload| Some((payload, pressed(number)?)));
        let packet = match (key, sound) {
            (Some((payload, event)), _) => rtp(number, payload, &event),
            (None, Sound::Echo) => rtp(number, 0, &heard),
            (None, Sound::Tone | Sound::Keys) => rtp(number, 0, &tone),
        };
        // Nobody there any more: the call ends by its signalling.
        let _ = socket.send_to(&packet, remote).await;
    }
}

/// The event of the packet of that number (RFC 4733, 2.3): each key is held for 100 ms, half a second after the one before.
fn pressed(number: u32) -> Option<[u8; 4]> {
    let (key, within) = (number / 25, number % 25);
    if !(1..=4).contains(&key) || within >= 8 {
        return None;
    }
    let (last, held) = (within >= 5, (within.min(5) + 1) * 160);
    let duration = u16::try_from(held).unwrap_or(u16::MAX).to_be_bytes();
    let [high, low] = duration;
    Some([u8::try_from(key).unwrap_or(0), if last { 0x8a } else { 0x0a }, high, low])
}

fn rtp(number: u32, payload: u8, sound: &[u8]) -> Vec<u8> {
    // All packets of a key have the time at which it was pressed.
    let begun = if sound.len() == 4 { number / 25 * 25 } else { number };
    let mut packet = vec![0x80, payload];
    packet.extend((number & 0xffff).to_be_bytes().into_iter().skip(2));
    packet.extend(begun.wrapping_mul(160).to_be_bytes());
    packet.extend(*b"BELF");
    packet.extend(sound);
    packet
}

/// `belfry carrier`: until it is ended.
///
/// # Errors
///
/// The port cannot be opened.
pub fn run(listen: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let carrier = Carrier::bind(listen, Clock::start()).await?;
        println!("The carrier listens at udp {}.", carrier.address());
        carrier.run().await;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digits_say_what_is_done() {
        for (number, plan) in [
            ("+12025551001", Plan::Answer(Duration::ZERO, Sound::Tone)),
            ("1002", Plan::Answer(Duration::from_secs(3), Sound::Echo)),
            ("1003", Plan::Ring),
            ("001004", Plan::Refuse(486)),
            ("1404", Plan::Refuse(404)),
            ("1699", Plan::Refuse(699)),
            ("1900", Plan::Silent),
            ("2001", Plan::CallBack),
            ("112", Plan::Answer(Duration::from_secs(2), Sound::Tone)),
            ("", Plan::Answer(Duration::from_secs(2), Sound::Tone)),
        ] {
            assert_eq!(Plan::of(number), plan, "{number}");
        }
    }

    #[test]
    fn keys_are_held_and_let_go_and_share_their_time() {
        assert_eq!(pressed(0), None);
        assert_eq!(pressed(25), Some([1, 0x0a, 0, 160]));
        assert_eq!(pressed(30), Some([1, 0x8a, 3, 192]));
        assert_eq!((pressed(33), pressed(130)), (None, None));
        let (first, last) = (rtp(25, 101, &[1, 0x0a, 0, 160]), rtp(30, 101, &[1, 0x8a, 3, 192]));
        assert_eq!(first[4..8], last[4..8]);
    }

    #[test]
    fn a_description_is_read_and_made() {
        let made = described("192.0.2.1".parse().unwrap(), 4_000, Some(101));
        assert_eq!(read(&made), (Some("192.0.2.1:4000".parse().unwrap()), Some(101)));
        assert_eq!(read(b"nonsense"), (None, None));
    }
}
