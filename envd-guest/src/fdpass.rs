//! Messages with descriptors over a pair of local sockets.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use crate::sys;

pub const MOST_DESCRIPTORS: usize = 4;
pub const MOST_BYTES: usize = 64 << 10;
const ROOM: usize = 64;

/// Two ends that keep the borders of messages.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0 as RawFd; 2];
    sys::check(unsafe { libc::socketpair(libc::AF_UNIX, libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK, 0, ends.as_mut_ptr()) })?;
    // The kernel has just handed both to us.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// Space for descriptors beside a message, aligned as their header wants it.
#[repr(align(8))]
struct Beside([u8; ROOM]);

/// Sends at once or fails.
pub fn send(socket: &OwnedFd, bytes: &[u8], descriptors: &[RawFd]) -> io::Result<()> {
    if descriptors.len() > MOST_DESCRIPTORS || bytes.len() > MOST_BYTES {
        return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
    }
    let mut part = libc::iovec { iov_base: bytes.as_ptr() as *mut libc::c_void, iov_len: bytes.len() };
    let mut beside = Beside([0; ROOM]);
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    if !descriptors.is_empty() {
        let size = std::mem::size_of_val(descriptors) as u32;
        message.msg_control = beside.0.as_mut_ptr().cast();
        message.msg_controllen = unsafe { libc::CMSG_SPACE(size) } as usize;
        // The space is large enough for MOST_DESCRIPTORS, so there is a first header.
        unsafe {
            let header = libc::CMSG_FIRSTHDR(&message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(size) as usize;
            std::ptr::copy_nonoverlapping(descriptors.as_ptr().cast::<u8>(), libc::CMSG_DATA(header), size as usize);
        }
    }
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &message, libc::MSG_NOSIGNAL) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The next message; None when there is none now.
pub fn receive(socket: &OwnedFd) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut bytes = vec![0u8; MOST_BYTES];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut beside = Beside([0; ROOM]);
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = beside.0.as_mut_ptr().cast();
    message.msg_controllen = ROOM;
    let count = unsafe { libc::recvmsg(socket.as_raw_fd(), &mut message, libc::MSG_CMSG_CLOEXEC) };
    if count < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::WouldBlock { Ok(None) } else { Err(error) };
    }
    let mut descriptors = Vec::new();
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(&message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS {
                let size = (*header).cmsg_len - libc::CMSG_LEN(0) as usize;
                for at in 0..size / std::mem::size_of::<RawFd>() {
                    let fd = libc::CMSG_DATA(header).cast::<RawFd>().add(at).read_unaligned();
                    descriptors.push(OwnedFd::from_raw_fd(fd));
                }
            }
            header = libc::CMSG_NXTHDR(&message, header);
        }
    }
    bytes.truncate(count as usize);
    Ok((count > 0).then_some((bytes, descriptors)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_arrives_as_another_one_of_the_same_file() {
        let (left, right) = pair().unwrap();
        let (read, write) = sys::pipe().unwrap();
        assert!(receive(&right).unwrap().is_none());
        send(&left, b"first", &[write.as_raw_fd(), read.as_raw_fd()]).unwrap();
        send(&left, b"second", &[]).unwrap();
        drop(write);
        let (text, descriptors) = receive(&right).unwrap().unwrap();
        assert_eq!((text.as_slice(), descriptors.len()), (&b"first"[..], 2));
        sys::write_fd(descriptors[0].as_raw_fd(), b"x").unwrap();
        let mut byte = [0];
        assert_eq!((sys::read_fd(read.as_raw_fd(), &mut byte).unwrap(), byte), (1, *b"x"));
        let (text, descriptors) = receive(&right).unwrap().unwrap();
        assert_eq!((text.as_slice(), descriptors.len()), (&b"second"[..], 0));
        assert!(send(&left, b"", &[0; MOST_DESCRIPTORS + 1]).is_err());
    }
}
