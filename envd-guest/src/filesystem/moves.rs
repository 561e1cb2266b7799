//! Moving files and trees, also to another file system, and removing them.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;

use super::copy;
use super::drafts::Drafts;

/// Moves `source` to `destination`; across file systems by copying and removing.
pub fn rename(source: &Path, destination: &Path, drafts: &Arc<Drafts>, cancelled: &AtomicBool) -> io::Result<()> {
    match fs::rename(source, destination) {
        Err(error) if error.raw_os_error() == Some(libc::EXDEV) => {
            copy::tree(source, destination, true, drafts, cancelled)?;
            remove(source)
        }
        other => other,
    }
}

/// Removes a file or a whole tree. Links are removed, not followed.
pub fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}
