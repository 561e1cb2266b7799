//! Making directories that belong to a user.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{chown, DirBuilderExt};
use std::path::{Path, PathBuf};

use crate::sys;
use crate::users::User;

/// Makes a directory with all its parents; what is new belongs to the user. True when the directory itself is new.
pub fn make(path: &Path, user: &User) -> io::Result<bool> {
    let mut missing: Vec<PathBuf> = Vec::new();
    for ancestor in path.ancestors() {
        match fs::metadata(ancestor) {
            Ok(found) if found.is_dir() => break,
            Ok(_) => return Err(io::Error::from_raw_os_error(libc::ENOTDIR)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(ancestor.to_path_buf()),
            Err(error) => return Err(error),
        }
    }
    let mut new = false;
    for directory in missing.iter().rev() {
        match DirBuilder::new().mode(0o755).create(directory) {
            Ok(()) => {
                give(directory, user)?;
                new = true;
            }
            // Somebody else was quicker, which is as good, unless it is no directory.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => new = false,
            Err(error) => return Err(error),
        }
    }
    Ok(new)
}

/// Directories that were made for something, and go again unless it comes to stand in them.
pub struct Made(Vec<PathBuf>);

impl Made {
    pub fn new(path: &Path, user: &User) -> io::Result<Made> {
        let missing = path.ancestors().take_while(|ancestor| fs::symlink_metadata(ancestor).is_err()).map(Path::to_path_buf).collect();
        // Held already while they are made: what was made before a failure goes too.
        let made = Made(missing);
        make(path, user)?;
        Ok(made)
    }

    pub fn stay(mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for directory in &self.0 {
            // Somebody else may have put something there: then it stays.
            let _ = fs::remove_dir(directory);
        }
    }
}

/// Makes the user the owner. An agent that is not root owns what it makes and can't give it away.
pub fn give(path: &Path, user: &User) -> io::Result<()> {
    if sys::is_root() { chown(path, Some(user.uid), Some(user.gid)) } else { Ok(()) }
}
