//! Many datagrams by one call of the kernel (`recvmmsg`, `sendmmsg`), for sockets that many peers share.

use std::io;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;

/// Datagrams of one call.
pub const BATCH: usize = 32;

/// Receives up to [`BATCH`] datagrams, each into a buffer of its own.
pub struct Receiver {
    names: [libc::sockaddr_storage; BATCH],
    lengths: [usize; BATCH],
}

impl Receiver {
    /// A receiver with nothing in it.
    pub fn new() -> Self {
        // SAFETY: a sockaddr_storage of zeroes is a valid one (family AF_UNSPEC).
        let names = unsafe { MaybeUninit::zeroed().assume_init() };
        Self { names, lengths: [0; BATCH] }
    }

    /// Fills `buffers` and says how many; `WouldBlock` when there is nothing.
    pub fn receive(&mut self, socket: &UdpSocket, buffers: &mut [&mut [u8]; BATCH]) -> io::Result<usize> {
        // SAFETY: as above; zeroes are valid for both.
        let mut parts: [libc::iovec; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        let mut messages: [libc::mmsghdr; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        let each = messages.iter_mut().zip(&mut parts).zip(&mut self.names).zip(buffers);
        for (((message, part), name), buffer) in each {
            part.iov_base = buffer.as_mut_ptr().cast();
            part.iov_len = buffer.len();
            point(&mut message.msg_hdr, part, name, size_of::<libc::sockaddr_storage>());
        }
        // SAFETY: every pointer in `messages` is to memory that outlives the call, with its true length.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                messages.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (length, message) in self.lengths.iter_mut().zip(&messages).take(count) {
            *length = message.msg_len as usize;
        }
        Ok(count)
    }

    /// Length and source of one of those received last.
    pub fn received(&self, index: usize) -> Option<(usize, SocketAddr)> {
        Some((*self.lengths.get(index)?, address(self.names.get(index)?)?))
    }
}

/// Sends datagrams from one socket; what the kernel does not take is lost, as on any network.
pub fn send(socket: &UdpSocket, datagrams: &[(&[u8], SocketAddr)]) {
    for some in datagrams.chunks(BATCH) {
        // SAFETY: zeroes are valid for all three.
        let mut names: [libc::sockaddr_storage; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        let mut parts: [libc::iovec; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        let mut messages: [libc::mmsghdr; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        let each = messages.iter_mut().zip(&mut parts).zip(&mut names).zip(some);
        for (((message, part), name), (bytes, to)) in each {
            // The kernel does not write through it; the type is shared with receiving.
            part.iov_base = bytes.as_ptr().cast_mut().cast();
            part.iov_len = bytes.len();
            let length = write_address(name, *to);
            point(&mut message.msg_hdr, part, name, length);
        }
        let mut done = 0;
        while let Some(rest) = messages.get_mut(done..some.len()).filter(|rest| !rest.is_empty()) {
            // SAFETY: as in `receive`.
            let sent = unsafe {
                libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr(), rest.len() as libc::c_uint, libc::MSG_DONTWAIT)
            };
            // One that cannot be sent stops the call: go on behind it.
            done += usize::try_from(sent).unwrap_or(0).max(1);
        }
    }
}

fn point(header: &mut libc::msghdr, part: &mut libc::iovec, name: &mut libc::sockaddr_storage, name_length: usize) {
    header.msg_name = std::ptr::from_mut(name).cast();
    header.msg_namelen = name_length as libc::socklen_t;
    header.msg_iov = part;
    header.msg_iovlen = 1;
}

fn address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match i32::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that this is what is stored, and the storage is large and aligned enough.
            let v4 = unsafe { *std::ptr::from_ref(name).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { *std::ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            let port = u16::from_be(v6.sin6_port);
            Some(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
        }
        _ => None,
    }
}

fn write_address(name: &mut libc::sockaddr_storage, address: SocketAddr) -> usize {
    match address {
        SocketAddr::V4(v4) => {
            let raw = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: v4.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from(*v4.ip()).to_be() },
                sin_zero: [0; 8],
            };
            // SAFETY: a sockaddr_storage holds any socket address.
            unsafe { std::ptr::from_mut(name).cast::<libc::sockaddr_in>().write(raw) };
            size_of::<libc::sockaddr_in>()
        }
        SocketAddr::V6(v6) => {
            let raw = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: v6.port().to_be(),
                sin6_flowinfo: v6.flowinfo(),
                sin6_addr: libc::in6_addr { s6_addr: v6.ip().octets() },
                sin6_scope_id: v6.scope_id(),
            };
            // SAFETY: as above.
            unsafe { std::ptr::from_mut(name).cast::<libc::sockaddr_in6>().write(raw) };
            size_of::<libc::sockaddr_in6>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(local: &str) {
        let (one, two) = (UdpSocket::bind(local).unwrap(), UdpSocket::bind(local).unwrap());
        let to = two.local_addr().unwrap();
        let bodies: Vec<Vec<u8>> = (0..BATCH + 3).map(|n| vec![n as u8; n + 1]).collect();
        let datagrams: Vec<(&[u8], SocketAddr)> = bodies.iter().map(|body| (body.as_slice(), to)).collect();
        send(&one, &datagrams);
        let mut memory = vec![[0_u8; 64]; BATCH];
        let mut seen = 0;
        let mut receiver = Receiver::new();
        while seen < bodies.len() {
            let mut chunks = memory.iter_mut();
            let mut buffers: [&mut [u8]; BATCH] = std::array::from_fn(|_| chunks.next().unwrap().as_mut_slice());
            let count = receiver.receive(&two, &mut buffers).unwrap();
            for (index, buffer) in memory.iter().enumerate().take(count) {
                let (length, from) = receiver.received(index).unwrap();
                assert_eq!(from, one.local_addr().unwrap());
                assert_eq!(&buffer[..length], bodies[seen].as_slice());
                seen += 1;
            }
        }
    }

    #[test]
    fn many_datagrams_arrive_whole_with_their_source() {
        round_trip("127.0.0.1:0");
    }

    #[test]
    fn ipv6_addresses_are_read_and_written() {
        let address: SocketAddr = "[2001:db8::1]:5060".parse().unwrap();
        // SAFETY: zeroes are valid.
        let mut name = unsafe { MaybeUninit::zeroed().assume_init() };
        write_address(&mut name, address);
        assert_eq!(super::address(&name), Some(address));
    }
}
