//! Which sockets have something to read: epoll by one call of the kernel a turn, and a bell for other threads.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};

/// Ready sockets of one turn; more wait for the next.
const READY_MAX: usize = 256;
/// What the bell is known by; no socket has it.
const BELL: u64 = u64::MAX;

/// A set of watched sockets. One thread waits, any may ring.
#[derive(Debug)]
pub struct Readiness {
    epoll: OwnedFd,
    bell: OwnedFd,
}

/// What one turn of waiting has found.
pub struct Ready(Vec<epoll::Event>);

impl Ready {
    /// Room for one turn.
    pub fn new() -> Self {
        Self(Vec::with_capacity(READY_MAX))
    }

    /// The keys of the sockets that can be read.
    pub fn keys(&self) -> impl Iterator<Item = usize> {
        self.0
            .iter()
            .map(|event| event.data.u64())
            .filter(|key| *key != BELL)
            .filter_map(|key| usize::try_from(key).ok())
    }
}

impl Readiness {
    /// Watches nothing yet.
    pub fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        // Edge-triggered: each ring is an event of its own, and nobody has to read the bell silent.
        epoll::add(&epoll, &bell, epoll::EventData::new_u64(BELL), epoll::EventFlags::IN | epoll::EventFlags::ET)?;
        Ok(Self { epoll, bell })
    }

    /// From now on `source` is watched; it is reported by `key` as long as it holds something (level-triggered).
    pub fn watch(&self, source: impl AsFd, key: usize) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, source, epoll::EventData::new_u64(key as u64), epoll::EventFlags::IN)?)
    }

    /// A watched source is reported too when it can be written to, or no longer.
    pub fn watch_writing(&self, source: impl AsFd, key: usize, writing: bool) -> io::Result<()> {
        let writable = if writing { epoll::EventFlags::OUT } else { epoll::EventFlags::empty() };
        let data = epoll::EventData::new_u64(key as u64);
        Ok(epoll::modify(&self.epoll, source, data, epoll::EventFlags::IN | writable)?)
    }

    /// No longer watched. A source that is closed everywhere is forgotten by itself.
    pub fn forget(&self, source: impl AsFd) {
        let _ = epoll::delete(&self.epoll, source);
    }

    /// Ends the waiting of the other thread, or its next one.
    pub fn ring(&self) {
        // A bell that cannot be rung any louder has been heard.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    /// Waits until something is ready, the bell rings or `timeout` is over; none waits for ever.
    pub fn wait(&self, ready: &mut Ready, timeout: Option<Duration>) -> io::Result<()> {
        ready.0.clear();
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut ready.0), timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_socket_is_reported_until_it_is_read_and_not_when_it_is_forgotten() {
        let readiness = Readiness::new().unwrap();
        let (one, two) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        readiness.watch(&one, 7).unwrap();
        let mut ready = Ready::new();
        readiness.wait(&mut ready, Some(Duration::ZERO)).unwrap();
        assert_eq!(ready.keys().count(), 0);
        two.send_to(b"x", one.local_addr().unwrap()).unwrap();
        for _ in 0..2 {
            readiness.wait(&mut ready, None).unwrap();
            assert_eq!(ready.keys().collect::<Vec<_>>(), [7]);
        }
        readiness.forget(&one);
        readiness.wait(&mut ready, Some(Duration::ZERO)).unwrap();
        assert_eq!(ready.keys().count(), 0);
    }

    #[test]
    fn every_ring_ends_one_waiting_and_no_more() {
        let readiness = Arc::new(Readiness::new().unwrap());
        let mut ready = Ready::new();
        for _ in 0..3 {
            let other = readiness.clone();
            let ringing = std::thread::spawn(move || other.ring());
            readiness.wait(&mut ready, None).unwrap();
            assert_eq!(ready.keys().count(), 0);
            ringing.join().unwrap();
        }
        readiness.wait(&mut ready, Some(Duration::ZERO)).unwrap();
        assert!(ready.0.is_empty());
    }
}
