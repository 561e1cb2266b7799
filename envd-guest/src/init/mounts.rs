//! File systems: what must be there before the root, the root itself, and what belongs on top of it.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Report;
use crate::sys;

const NEW_ROOT: &str = "/newroot";
const DEVICE_PATIENCE: Duration = Duration::from_secs(10);
const PLAIN: libc::c_ulong = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;

/// What every later step needs: /proc, /sys and /dev.
pub fn early(report: &mut Report) {
    for (kind, at, flags) in [("proc", "/proc", PLAIN), ("sysfs", "/sys", PLAIN), ("devtmpfs", "/dev", libc::MS_NOSUID)] {
        report.step(at, mount_at(kind, kind, at, flags, ""));
    }
}

/// Mounts the root device, once it is there.
pub fn root(device: &str) -> io::Result<()> {
    wait_for(Path::new(device))?;
    fs::create_dir_all(NEW_ROOT)?;
    // Tables that were never used need no zeroing behind the user's back: the image is sparse.
    let quick = mount(device, NEW_ROOT, "ext4", libc::MS_NOATIME, "noinit_itable");
    match quick {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => mount(device, NEW_ROOT, "ext4", libc::MS_NOATIME, ""),
        other => other,
    }
}

/// Makes the mounted root the root of everything and gives the memory of the initramfs back.
pub fn switch_root() -> io::Result<()> {
    for at in ["/proc", "/sys", "/dev"] {
        let target = format!("{NEW_ROOT}{at}");
        fs::create_dir_all(&target)?;
        mount(at, &target, "", libc::MS_MOVE, "")?;
    }
    std::env::set_current_dir(NEW_ROOT)?;
    let device = fs::metadata("/")?.dev();
    empty(Path::new("/"), device);
    mount(".", "/", "", libc::MS_MOVE, "")?;
    sys::check(unsafe { libc::chroot(c".".as_ptr()) })?;
    std::env::set_current_dir("/")
}

/// What programs expect beside the root.
pub fn late(report: &mut Report) {
    let secure = libc::MS_NOSUID | libc::MS_NODEV;
    let mounts = [
        ("devpts", "/dev/pts", libc::MS_NOSUID | libc::MS_NOEXEC, "mode=0620,ptmxmode=0666,gid=5"),
        ("tmpfs", "/dev/shm", secure, "mode=1777"),
        ("tmpfs", "/run", secure, "mode=0755"),
        ("tmpfs", "/tmp", secure, "mode=1777"),
    ];
    for (kind, at, flags, options) in mounts {
        report.step(at, mount_at(kind, kind, at, flags, options));
    }
    for (target, link) in [("/proc/self/fd", "/dev/fd"), ("/proc/self/fd/0", "/dev/stdin"), ("/proc/self/fd/1", "/dev/stdout"), ("/proc/self/fd/2", "/dev/stderr")] {
        if fs::symlink_metadata(link).is_err() {
            report.step(link, symlink(target, link));
        }
    }
    report.step("/run/lock", fs::create_dir_all("/run/lock").and_then(|()| fs::set_permissions("/run/lock", fs::Permissions::from_mode(0o1777))));
    if Path::new("/dev/fuse").exists() {
        report.step("/dev/fuse", fs::set_permissions("/dev/fuse", fs::Permissions::from_mode(0o666)));
    }
}

pub fn cgroups() -> io::Result<()> {
    mount_at("cgroup2", "cgroup2", "/sys/fs/cgroup", PLAIN, "nsdelegate,memory_recursiveprot")
}

fn mount_at(source: &str, kind: &str, at: &str, flags: libc::c_ulong, options: &str) -> io::Result<()> {
    fs::create_dir_all(at)?;
    match mount(source, at, kind, flags, options) {
        // An option that this kernel does not know is no reason to go without the mount.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) && !options.is_empty() => mount(source, at, kind, flags, ""),
        Err(error) if error.raw_os_error() == Some(libc::EBUSY) => Ok(()),
        other => other,
    }
}

fn mount(source: &str, target: &str, kind: &str, flags: libc::c_ulong, options: &str) -> io::Result<()> {
    let [source, target, kind, options] = [source, target, kind, options].map(sys::c_string);
    let (source, target, kind, options): (CString, CString, CString, CString) = (source?, target?, kind?, options?);
    sys::check(unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, options.as_ptr().cast()) })?;
    Ok(())
}

/// Waits until a device node is there: devtmpfs makes it, and that is an event of its directory.
fn wait_for(device: &Path) -> io::Result<()> {
    let deadline = Instant::now() + DEVICE_PATIENCE;
    let watch = sys::check(unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) })?;
    let result = (|| {
        sys::check(unsafe { libc::inotify_add_watch(watch, c"/dev".as_ptr(), libc::IN_CREATE) })?;
        let mut buffer = [0u8; 4096];
        while !device.exists() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("{} did not appear within {} s", device.display(), DEVICE_PATIENCE.as_secs())));
            }
            let mut poll = libc::pollfd { fd: watch, events: libc::POLLIN, revents: 0 };
            unsafe { libc::poll(&mut poll, 1, left.as_millis() as libc::c_int + 1) };
            // Only the wake-up matters: the loop looks for itself.
            let _ = sys::read_fd(watch, &mut buffer);
        }
        Ok(())
    })();
    unsafe { libc::close(watch) };
    result
}

/// Deletes what is on the file system of the initramfs; mounts are left alone.
fn empty(directory: &Path, device: u64) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        if found.dev() != device {
            continue;
        }
        // What stays only keeps a little memory.
        let _ = if found.is_dir() {
            empty(&path, device);
            fs::remove_dir(&path)
        } else {
            fs::remove_file(&path)
        };
    }
}
