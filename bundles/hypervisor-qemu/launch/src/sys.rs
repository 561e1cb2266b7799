//! System calls that say what they were for when they fail.

use std::ffi::{c_int, CString};

pub fn fail<T>(what: &str) -> Result<T, String> {
    Err(what.to_string())
}

/// What a call gave back, unless that was -1.
pub fn check(what: &str, result: c_int) -> Result<c_int, String> {
    if result == -1 { Err(format!("{what}: {}", std::io::Error::last_os_error())) } else { Ok(result) }
}

pub fn done(what: &str, result: c_int) -> Result<(), String> {
    check(what, result).map(|_| ())
}

pub fn text(path: &str) -> Result<CString, String> {
    CString::new(path).map_err(|_| format!("'{path}' holds a zero byte"))
}

/// Opens a file as that descriptor, which whoever this process becomes inherits.
pub fn open_at(path: &str, mode: c_int, descriptor: c_int) -> Result<(), String> {
    let name = text(path)?;
    let opened = check(path, unsafe { libc::open(name.as_ptr(), mode | libc::O_CLOEXEC) })?;
    if opened == descriptor {
        return done(path, unsafe { libc::fcntl(opened, libc::F_SETFD, 0) });
    }
    check(path, unsafe { libc::dup2(opened, descriptor) })?;
    done(path, unsafe { libc::close(opened) })
}

pub fn enter_network(path: &str) -> Result<(), String> {
    let name = text(path)?;
    let namespace = check(path, unsafe { libc::open(name.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) })?;
    check(path, unsafe { libc::setns(namespace, libc::CLONE_NEWNET) })?;
    done(path, unsafe { libc::close(namespace) })
}

/// `mount(2)`; an empty text stands for none.
pub fn mount(source: &str, target: &str, kind: &str, flags: libc::c_ulong, options: &str) -> Result<(), String> {
    let (source, target_text, kind, options) = (text(source)?, text(target)?, text(kind)?, text(options)?);
    let given = |one: &CString| if one.is_empty() { std::ptr::null() } else { one.as_ptr() };
    let result = unsafe { libc::mount(given(&source), target_text.as_ptr(), given(&kind), flags, given(&options).cast()) };
    done(&format!("mount {target}"), result)
}

/// Shows a file or directory of the host at another place. A bind takes the flags of what it shows at first, and others only then.
pub fn bind(source: &str, target: &str, flags: libc::c_ulong) -> Result<(), String> {
    mount(source, target, "", libc::MS_BIND, "")?;
    mount("", target, "", libc::MS_BIND | libc::MS_REMOUNT | flags, "")
}
