//! Handing the guest's memory over to a page server: Firecracker's handshake, so that one server serves both.

use crate::{address, die};
use core::ffi::{c_int, c_ulong, c_void, CStr};
use core::mem::{size_of, size_of_val, zeroed};

const NEW: c_ulong = 0xAA00;
const API: c_ulong = 0xC018_AA3F;
const REGISTER: c_ulong = 0xC020_AA00;
const VERSION: u64 = 0xAA;
const EVENT_REMOVE: u64 = 1 << 3;
const MISSING: u64 = 1;

#[repr(C)]
struct Handshake {
    version: u64,
    features: u64,
    ioctls: u64,
}

#[repr(C)]
struct Range {
    start: u64,
    length: u64,
    mode: u64,
    ioctls: u64,
}

/// The connection and the descriptor stay open until the process ends: without them missing pages would read as zeros.
pub unsafe fn hand_over(base: u64, length: u64, offset: u64, socket: &CStr) {
    let faults = userfaultfd();
    let mut handshake = Handshake { version: VERSION, features: EVENT_REMOVE, ioctls: 0 };
    if libc::ioctl(faults, API, &mut handshake) != 0 {
        die(c"this kernel does not tell of pages that are given back (userfaultfd, EVENT_REMOVE)", true);
    }
    let mut range = Range { start: base, length, mode: MISSING, ioctls: 0 };
    if libc::ioctl(faults, REGISTER, &mut range) != 0 {
        die(c"the guest's memory can't be registered with userfaultfd", true);
    }
    let mut text = Text::new();
    text.words("[{\"base_host_virt_addr\":");
    text.number(base);
    text.words(",\"size\":");
    text.number(length);
    text.words(",\"offset\":");
    text.number(offset);
    text.words(",\"page_size\":4096,\"page_size_kib\":4096}]");
    send(connect(socket), text.bytes(), faults);
}

unsafe fn userfaultfd() -> c_int {
    let flags = libc::O_CLOEXEC | libc::O_NONBLOCK;
    let device = libc::open(c"/dev/userfaultfd".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
    let faults = if device >= 0 {
        let made = libc::ioctl(device, NEW, flags);
        libc::close(device);
        made
    } else {
        libc::syscall(libc::SYS_userfaultfd, flags) as c_int
    };
    if faults < 0 {
        die(c"userfaultfd is not permitted", true);
    }
    faults
}

unsafe fn connect(path: &CStr) -> c_int {
    let socket = libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0);
    let to = address(path);
    if socket < 0 || libc::connect(socket, &to as *const _ as *const libc::sockaddr, size_of_val(&to) as u32) != 0 {
        die(c"the page server does not answer", true);
    }
    socket
}

unsafe fn send(socket: c_int, text: &[u8], descriptor: c_int) {
    let mut part = libc::iovec { iov_base: text.as_ptr() as *mut c_void, iov_len: text.len() };
    // Of u64, for the header in it is aligned so.
    let mut control = [0u64; 8];
    let mut message: libc::msghdr = zeroed();
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr() as *mut c_void;
    message.msg_controllen = libc::CMSG_SPACE(size_of::<c_int>() as u32) as _;
    let header = libc::CMSG_FIRSTHDR(&message);
    (*header).cmsg_level = libc::SOL_SOCKET;
    (*header).cmsg_type = libc::SCM_RIGHTS;
    (*header).cmsg_len = libc::CMSG_LEN(size_of::<c_int>() as u32) as _;
    (libc::CMSG_DATA(header) as *mut c_int).write_unaligned(descriptor);
    if libc::sendmsg(socket, &message, libc::MSG_NOSIGNAL) != text.len() as isize {
        die(c"the page server did not take the guest's memory", true);
    }
}

/// A line that is put together without an allocator. What does not fit is left out.
pub struct Text {
    bytes: [u8; 256],
    length: usize,
}

impl Text {
    pub fn new() -> Self {
        Text { bytes: [0; 256], length: 0 }
    }

    pub fn words(&mut self, words: &str) {
        for byte in words.bytes() {
            if self.length < self.bytes.len() {
                self.bytes[self.length] = byte;
                self.length += 1;
            }
        }
    }

    pub fn number(&mut self, number: u64) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.words(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"][(number % 10) as usize]);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
