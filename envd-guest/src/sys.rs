//! Thin, safe wrappers around the system calls that several modules need.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::io::Interest;

/// Turns a C result into an `io::Result`.
pub fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

pub fn c_string(text: &str) -> io::Result<CString> {
    CString::new(text).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "text holds a NUL"))
}

/// A path as the kernel takes it, whatever bytes are in it.
pub fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "path holds a NUL"))
}

/// A pipe whose ends close on exec: (read end, write end).
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0 as RawFd; 2];
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // The kernel has just handed both to us.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

pub fn set_nonblocking(fd: &OwnedFd) -> io::Result<()> {
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) })?;
    Ok(())
}

/// Time since the machine has started, the same for all processes.
pub fn monotonic() -> Duration {
    let mut time: libc::timespec = unsafe { std::mem::zeroed() };
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

pub fn is_root() -> bool {
    unsafe { libc::geteuid() == 0 }
}

/// A descriptor that tasks can wait on. It owns its descriptor and never gives it away, which is what registering
/// it asks for.
pub struct Channel {
    inner: AsyncFd<OwnedFd>,
}

impl Channel {
    pub fn reader(fd: OwnedFd) -> io::Result<Channel> {
        set_nonblocking(&fd)?;
        Ok(Channel { inner: unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }? })
    }

    pub fn writer(fd: OwnedFd) -> io::Result<Channel> {
        set_nonblocking(&fd)?;
        Ok(Channel { inner: unsafe { AsyncFd::register_with_interest(fd, Interest::WRITABLE) }? })
    }

    pub fn both(fd: OwnedFd) -> io::Result<Channel> {
        set_nonblocking(&fd)?;
        Ok(Channel { inner: unsafe { AsyncFd::register(fd) }? })
    }

    pub fn fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }

    /// Reads once; 0 at the end.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut guard = self.inner.readable().await?;
            if let Ok(result) = guard.try_io(|inner| read_fd(inner.as_raw_fd(), buffer)) {
                return result;
            }
        }
    }

    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut guard = self.inner.writable().await?;
            if let Ok(result) = guard.try_io(|inner| write_fd(inner.as_raw_fd(), bytes)) {
                bytes = &bytes[result?..];
            }
        }
        Ok(())
    }

    /// Resolves when the descriptor is readable (for a pidfd: when the process has ended).
    pub async fn wait_readable(&self) -> io::Result<()> {
        self.inner.readable().await.map(|_| ())
    }

    /// Bytes that can be read without waiting.
    pub fn pending(&self) -> usize {
        let mut count: libc::c_int = 0;
        match check(unsafe { libc::ioctl(self.fd(), libc::FIONREAD, &mut count) }) {
            Ok(_) => count.max(0) as usize,
            Err(_) => 0,
        }
    }
}

pub fn read_fd(fd: RawFd, buffer: &mut [u8]) -> io::Result<usize> {
    let count = unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) };
    if count < 0 { Err(io::Error::last_os_error()) } else { Ok(count as usize) }
}

pub fn write_fd(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    let count = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    if count < 0 { Err(io::Error::last_os_error()) } else { Ok(count as usize) }
}

/// A file that lives in memory only, closed on exec.
pub fn memory_file() -> io::Result<std::fs::File> {
    let fd = check(unsafe { libc::memfd_create(c"envd".as_ptr(), libc::MFD_CLOEXEC) })?;
    // The kernel has just handed it to us.
    Ok(unsafe { std::fs::File::from_raw_fd(fd) })
}
