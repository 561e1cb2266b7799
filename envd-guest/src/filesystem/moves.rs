//! Moving files and trees, also to another file system, and removing them.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::copy;

/// Moves `source` to `destination`; across file systems by copying and removing.
pub fn rename(source: &Path, destination: &Path, cancelled: &AtomicBool) -> io::Result<()> {
    match fs::rename(source, destination) {
        Err(error) if error.raw_os_error() == Some(libc::EXDEV) => {
            copy::tree(source, destination, true, cancelled)?;
            remove(source)
        }
        other => other,
    }
}

/// Removes a file or a whole tree. Links are removed, not followed.
pub fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}
