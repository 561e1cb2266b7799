//! Changing permissions, of a tree too. Nothing below the top is reached through a link, even if one is put there meanwhile.

use std::ffi::CStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::sys;

const OWNER_ALL: u32 = 0o700;

/// Links below are left alone: they have no permissions of their own.
pub fn change(path: &Path, mode: u32, recursive: bool) -> io::Result<()> {
    let text = sys::c_path(path)?;
    let top = opened(unsafe { libc::open(text.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) })?;
    one(&File::from(top), mode, recursive)
}

fn one(file: &File, mode: u32, recursive: bool) -> io::Result<()> {
    let kind = file.metadata()?.file_type();
    if kind.is_symlink() {
        return Ok(());
    }
    // The descriptor names the file whatever happens to its path; it was opened without any access to its content.
    let own = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let set = || fs::set_permissions(&own, Permissions::from_mode(mode));
    if !recursive || !kind.is_dir() {
        return set();
    }
    // Whichever leaves the way into the directory open.
    let first = mode & OWNER_ALL == OWNER_ALL;
    if first {
        set()?;
    }
    for entry in fs::read_dir(&own)? {
        let name = std::ffi::CString::new(entry?.file_name().as_bytes())?;
        match below(file.as_raw_fd(), &name) {
            Ok(child) => one(&child, mode, true)?,
            // Gone since the directory was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if first { Ok(()) } else { set() }
}

fn below(directory: RawFd, name: &CStr) -> io::Result<File> {
    opened(unsafe { libc::openat(directory, name.as_ptr(), libc::O_PATH | libc::O_NOFOLLOW | libc::O_CLOEXEC) }).map(File::from)
}

fn opened(fd: libc::c_int) -> io::Result<OwnedFd> {
    // The kernel has just handed it to us.
    sys::check(fd).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
}
