//! A root file system that holds what QEMU needs and nothing else, in a mount namespace of its own. It has no `/proc`, which would show
//! every process of the host.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::sys::{bind, check, done, fail, mount, text};

const SYSTEM: libc::c_ulong = libc::MS_RDONLY | libc::MS_NOSUID | libc::MS_NODEV;

/// Must run as root with one thread. `user` owns the device nodes.
pub fn enter(root: &str, binds: &[String], preload: Option<&str>, devices: &[String], user: u32) -> Result<(), String> {
    unsafe { libc::umask(0o022) };
    check("namespaces", unsafe { libc::unshare(libc::CLONE_NEWNS | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS) })?;
    mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
    mount("wrenn", root, "tmpfs", libc::MS_NOSUID | libc::MS_NOEXEC, "size=1m,mode=755")?;
    system(root)?;
    for line in binds {
        one_bind(root, line)?;
    }
    if let Some(library) = preload {
        show(root, library, SYSTEM)?;
    }
    for line in devices {
        device(root, line, user)?;
    }
    move_in(root)
}

/// Programs and libraries.
fn system(root: &str) -> Result<(), String> {
    for directory in ["usr", "etc", "dev/net", "proc", "old"] {
        make(&format!("{root}/{directory}"))?;
    }
    bind("/usr", &format!("{root}/usr"), SYSTEM)?;
    for name in ["bin", "lib", "lib64"] {
        let (here, there) = (format!("/{name}"), format!("{root}/{name}"));
        match fs::symlink_metadata(&here) {
            Ok(found) if found.file_type().is_symlink() => symlink(format!("usr/{name}"), &there).map_err(|e| format!("{there}: {e}"))?,
            Ok(found) if found.is_dir() => {
                make(&there)?;
                bind(&here, &there, SYSTEM)?;
            }
            _ => {}
        }
    }
    fs::copy("/etc/ld.so.cache", format!("{root}/etc/ld.so.cache")).map(|_| ()).map_err(|e| format!("/etc/ld.so.cache: {e}"))
}

fn one_bind(root: &str, line: &str) -> Result<(), String> {
    let flags = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
    match line.split_once(' ') {
        Some((_, path)) if path.starts_with("/usr/") => Ok(()),
        Some(("ro", path)) => show(root, path, flags | libc::MS_RDONLY),
        Some(("rw", path)) => show(root, path, flags),
        _ => fail(&format!("'{line}' is no bind")),
    }
}

fn show(root: &str, path: &str, flags: libc::c_ulong) -> Result<(), String> {
    let there = format!("{root}{path}");
    if fs::metadata(path).map_err(|e| format!("{path}: {e}"))?.is_dir() {
        make(&there)?;
    } else {
        parent(&there)?;
        fs::write(&there, b"").map_err(|e| format!("{there}: {e}"))?;
    }
    bind(path, &there, flags)
}

fn device(root: &str, line: &str, user: u32) -> Result<(), String> {
    let fields: Vec<&str> = line.splitn(4, ' ').collect();
    let [kind, major, minor, path] = fields[..] else { return fail(&format!("'{line}' is no device")) };
    let number = |word: &str| word.parse::<u32>().map_err(|_| format!("'{line}' is no device"));
    let mode = if kind == "b" { libc::S_IFBLK } else { libc::S_IFCHR };
    let there = format!("{root}{path}");
    parent(&there)?;
    let name = text(&there)?;
    check(&there, unsafe { libc::mknod(name.as_ptr(), mode | 0o600, libc::makedev(number(major)?, number(minor)?)) })?;
    done(&there, unsafe { libc::chown(name.as_ptr(), user, user) })
}

/// The host's file systems are out of reach after this.
fn move_in(root: &str) -> Result<(), String> {
    std::env::set_current_dir(root).map_err(|e| format!("{root}: {e}"))?;
    let result = unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c"old".as_ptr()) };
    check("pivot_root", result as libc::c_int)?;
    std::env::set_current_dir("/").map_err(|e| format!("the new root can't be entered: {e}"))?;
    check("the old root can't be left", unsafe { libc::umount2(c"/old".as_ptr(), libc::MNT_DETACH) })?;
    mount("", "/", "", libc::MS_REMOUNT | libc::MS_RDONLY | libc::MS_NOSUID | libc::MS_NOEXEC, "")
}

fn parent(path: &str) -> Result<(), String> {
    match Path::new(path).parent() {
        Some(directory) => make(&directory.to_string_lossy()),
        None => Ok(()),
    }
}

fn make(directory: &str) -> Result<(), String> {
    fs::create_dir_all(directory).map_err(|e| format!("{directory}: {e}"))
}
