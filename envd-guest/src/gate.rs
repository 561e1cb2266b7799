//! A gate between two processes: closed until one of them opens it, for good.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use crate::sys;

pub struct Gate {
    // Never read from, so that it stays readable once it was written to. None is an open gate.
    event: Option<OwnedFd>,
}

impl Gate {
    pub fn closed() -> io::Result<Gate> {
        let fd = sys::check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
        // The kernel has just handed it to us.
        Ok(Gate { event: Some(unsafe { OwnedFd::from_raw_fd(fd) }) })
    }

    pub fn open_always() -> Gate {
        Gate { event: None }
    }

    pub fn try_clone(&self) -> io::Result<Gate> {
        Ok(Gate { event: self.event.as_ref().map(OwnedFd::try_clone).transpose()? })
    }

    pub fn open(&self) -> io::Result<()> {
        match &self.event {
            Some(event) => sys::write_fd(event.as_raw_fd(), &1u64.to_ne_bytes()).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Blocks until the gate is open; false when it is still closed after that time.
    pub fn wait(&self, patience: Duration) -> bool {
        let Some(event) = &self.event else { return true };
        let mut poll = libc::pollfd { fd: event.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let millis = libc::c_int::try_from(patience.as_millis()).unwrap_or(libc::c_int::MAX);
        unsafe { libc::poll(&mut poll, 1, millis) > 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_open_it_stays_open_for_all_copies() {
        let gate = Gate::closed().unwrap();
        let copy = gate.try_clone().unwrap();
        assert!(!copy.wait(Duration::from_millis(1)));
        gate.open().unwrap();
        assert!(copy.wait(Duration::ZERO) && copy.wait(Duration::ZERO));
        assert!(Gate::open_always().wait(Duration::ZERO));
    }
}
