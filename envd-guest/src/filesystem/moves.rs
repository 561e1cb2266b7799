//! Moving files and trees, also to another file system.

use std::fs;
use std::io;
use std::os::unix::fs::{lchown, symlink, MetadataExt};
use std::path::Path;

use crate::sys;

/// Moves `source` to `destination`; across file systems by copying and removing.
pub fn rename(source: &Path, destination: &Path) -> io::Result<()> {
    match fs::rename(source, destination) {
        Err(error) if error.raw_os_error() == Some(libc::EXDEV) => {
            if destination.is_dir() && fs::read_dir(destination)?.next().is_some() {
                return Err(io::Error::from_raw_os_error(libc::ENOTEMPTY));
            }
            let copied = copy(source, destination);
            if copied.is_err() {
                // A torn copy helps nobody; the source is still whole.
                let _ = remove(destination);
            }
            copied?;
            remove(source)
        }
        other => other,
    }
}

/// Removes a file or a whole tree. Links are removed, not followed.
pub fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

fn copy(source: &Path, destination: &Path) -> io::Result<()> {
    let facts = fs::symlink_metadata(source)?;
    let kind = facts.file_type();
    if kind.is_symlink() {
        symlink(fs::read_link(source)?, destination)?;
    } else if kind.is_dir() {
        match fs::create_dir(destination) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        for entry in fs::read_dir(source)? {
            let entry = entry?;
            copy(&entry.path(), &destination.join(entry.file_name()))?;
        }
    } else if kind.is_file() {
        fs::copy(source, destination)?;
    } else {
        return Err(io::Error::new(io::ErrorKind::Unsupported, format!("'{}' is neither file, directory nor link, and can't leave its file system", source.display())));
    }
    if sys::is_root() {
        lchown(destination, Some(facts.uid()), Some(facts.gid()))?;
    }
    if kind.is_symlink() {
        return Ok(());
    }
    // After the owner has changed, since that takes special bits away.
    fs::set_permissions(destination, facts.permissions())?;
    let times = fs::FileTimes::new().set_accessed(facts.accessed()?).set_modified(facts.modified()?);
    fs::File::open(destination)?.set_times(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_copied_tree_is_the_same() {
        let base = std::env::temp_dir().join(format!("envd-moves-{}", std::process::id()));
        let (source, destination) = (base.join("a"), base.join("b"));
        fs::create_dir_all(source.join("sub")).unwrap();
        fs::write(source.join("sub/file"), "text").unwrap();
        fs::set_permissions(source.join("sub/file"), fs::Permissions::from_mode(0o751)).unwrap();
        symlink("sub/file", source.join("link")).unwrap();
        copy(&source, &destination).unwrap();
        let facts = fs::metadata(destination.join("sub/file")).unwrap();
        let same_time = facts.modified().unwrap() == fs::metadata(source.join("sub/file")).unwrap().modified().unwrap();
        let text = fs::read_to_string(destination.join("link")).unwrap();
        remove(&base).unwrap();
        assert!(same_time && text == "text" && facts.mode() & 0o777 == 0o751 && !base.exists());
    }
}
