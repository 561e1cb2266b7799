//! Kernel modules that the initramfs brings, for kernels that have not all drivers built in.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use super::Report;
use crate::sys;

/// Loads all modules of a directory in the order of their names.
pub fn load_all(directory: &Path, report: &mut Report) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|kind| kind == "ko")).collect();
    paths.sort();
    for path in paths {
        report.step(&format!("module {}", path.display()), load(&path));
    }
}

fn load(path: &Path) -> std::io::Result<()> {
    let file = File::open(path)?;
    let loaded = sys::check(unsafe { libc::syscall(libc::SYS_finit_module, file.as_raw_fd(), c"".as_ptr(), 0) as libc::c_int });
    match loaded {
        // Built in, or loaded already.
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(()),
        other => other.map(|_| ()),
    }
}
