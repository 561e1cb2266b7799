//! Pseudo-terminals.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use crate::connect::fields::Fields;
use crate::fault::{Fault, Outcome};
use crate::sys;

const TIOCGPTPEER: libc::c_ulong = 0x5441;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl Size {
    /// From `{"size": {"cols": …, "rows": …}}`.
    pub fn parse(pty: &Fields<'_>) -> Outcome<Size> {
        let Some(size) = pty.object("size")? else { return Ok(Size { columns: 80, rows: 24 }) };
        let side = |name: &str| -> Outcome<u16> {
            let number = size.unsigned(name)?.unwrap_or(0);
            u16::try_from(number).map_err(|_| Fault::invalid(format!("field 'size.{name}' must be at most 65535")))
        };
        Ok(Size { columns: side("cols")?, rows: side("rows")? })
    }
}

/// Opens a terminal: (our end, the program's end).
pub fn open(size: Size, owner: Option<u32>) -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    let master = own(unsafe { libc::open(c"/dev/ptmx".as_ptr(), flags) })?;
    let unlocked: libc::c_int = 0;
    sys::check(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSPTLCK, &unlocked) })?;
    let slave = own(unsafe { libc::ioctl(master.as_raw_fd(), TIOCGPTPEER, flags) })?;
    if let Some(uid) = owner {
        sys::check(unsafe { libc::fchown(slave.as_raw_fd(), uid, u32::MAX) })?;
    }
    resize(master.as_raw_fd(), size)?;
    Ok((master, slave))
}

pub fn resize(master: RawFd, size: Size) -> io::Result<()> {
    let size = libc::winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 };
    sys::check(unsafe { libc::ioctl(master, libc::TIOCSWINSZ, &size) })?;
    Ok(())
}

fn own(fd: libc::c_int) -> io::Result<OwnedFd> {
    let fd = sys::check(fd)?;
    // The kernel has just handed it to us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
