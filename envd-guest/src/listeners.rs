//! Whether anybody listens on a port, asked from the kernel: no connection is tried, so nobody is disturbed by it.

use std::io;
use std::mem::size_of;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::sys;

const TCP: u8 = 6;
const LISTEN: u8 = 10;
/// The kernel looks at it in lists only.
const ANY_STATE: u32 = u32::MAX;
const ANY_COOKIE: [u32; 2] = [u32::MAX; 2];
const BY_FAMILY: u16 = 20;

/// A question for the one socket to which a connection to that address and port would go.
#[repr(C)]
struct Question {
    length: u32,
    kind: u16,
    flags: u16,
    sequence: u32,
    sender: u32,
    family: u8,
    protocol: u8,
    extensions: u8,
    padding: u8,
    states: u32,
    /// These and addresses stand in the order of the network.
    port: u16,
    peer_port: u16,
    address: [u8; 16],
    peer: [u8; 16],
    interface: u32,
    cookie: [u32; 2],
}

/// The kernel's socket for such questions.
pub struct Listeners(OwnedFd);

impl Listeners {
    pub fn new() -> io::Result<Listeners> {
        let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        let fd = sys::check(unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_SOCK_DIAG) })?;
        // The kernel has just handed it to us.
        Ok(Listeners(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Whether a connection to that address and port would find somebody now. An error says that this kernel can't tell.
    pub fn there(&self, address: IpAddr, port: u16) -> io::Result<bool> {
        let question = question(address, port);
        let bytes = unsafe { std::slice::from_raw_parts((&question as *const Question).cast::<u8>(), size_of::<Question>()) };
        sys::write_fd(self.0.as_raw_fd(), bytes)?;
        // The answer is there when the question was taken.
        let mut answer = [0u8; 512];
        let count = sys::read_fd(self.0.as_raw_fd(), &mut answer)?;
        told(&answer[..count])
    }
}

fn question(address: IpAddr, port: u16) -> Question {
    let mut bytes = [0; 16];
    let family = match address {
        IpAddr::V4(address) => {
            bytes[..4].copy_from_slice(&address.octets());
            libc::AF_INET
        }
        IpAddr::V6(address) => {
            bytes = address.octets();
            libc::AF_INET6
        }
    };
    Question {
        length: size_of::<Question>() as u32,
        kind: BY_FAMILY,
        flags: libc::NLM_F_REQUEST as u16,
        sequence: 0,
        sender: 0,
        family: family as u8,
        protocol: TCP,
        extensions: 0,
        padding: 0,
        states: ANY_STATE,
        port: port.to_be(),
        peer_port: 0,
        address: bytes,
        peer: [0; 16],
        interface: 0,
        cookie: ANY_COOKIE,
    }
}

/// A head of 16 bytes with its kind at 4; then a socket with its state at its second byte, or the number of an error.
fn told(answer: &[u8]) -> io::Result<bool> {
    let strange = || io::Error::new(io::ErrorKind::InvalidData, "the kernel's answer is none");
    let (head, body) = answer.split_at_checked(16).ok_or_else(strange)?;
    let kind = u16::from_ne_bytes([head[4], head[5]]);
    let first: [u8; 4] = body.get(..4).and_then(|bytes| bytes.try_into().ok()).ok_or_else(strange)?;
    if kind == BY_FAMILY {
        return Ok(first[1] == LISTEN);
    }
    match -i32::from_ne_bytes(first) {
        _ if kind != libc::NLMSG_ERROR as u16 => Err(strange()),
        libc::ENOENT => Ok(false),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

    #[test]
    fn the_kernel_tells_who_listens() {
        let listeners = Listeners::new().unwrap();
        let own = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let listener = TcpListener::bind((own, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listeners.there(own, port).unwrap());
        assert!(!listeners.there(IpAddr::V6(Ipv6Addr::LOCALHOST), port).unwrap());
        let client = TcpStream::connect((own, port)).unwrap();
        drop(listener);
        assert!(!listeners.there(own, port).unwrap(), "a connection is no listener");
        drop(client);
        let any = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        assert!(listeners.there(own, any.local_addr().unwrap().port()).unwrap());
    }

    #[test]
    fn answers_that_are_none_are_errors() {
        assert!(told(&[]).is_err());
        assert!(told(&[0; 20]).is_err());
    }
}
