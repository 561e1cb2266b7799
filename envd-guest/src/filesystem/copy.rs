//! Copies of trees: contents with their holes, modes, owners, times, attributes, links of both kinds, special files.

use std::collections::HashMap;
use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{lchown, symlink, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use super::drafts::Drafts;
use super::metadata;
use crate::sys;

const PIECE: usize = 256 << 10;

/// Copies to a place where nothing is, or which `replace` lets give way. What is seen there is the whole or nothing.
pub fn tree(source: &Path, destination: &Path, replace: bool, drafts: &Arc<Drafts>, cancelled: &AtomicBool) -> io::Result<()> {
    let parent = destination.parent().unwrap_or(Path::new("/"));
    let partial = drafts.name(parent, false)?;
    Copying { cancelled, seen: HashMap::new() }.one(source, &partial.path)?;
    if replace { fs::rename(&partial.path, destination) } else { put(&partial.path, destination) }
}

/// Renames without replacing anything.
fn put(from: &Path, to: &Path) -> io::Result<()> {
    let (old, new) = (sys::c_path(from)?, sys::c_path(to)?);
    let renamed = unsafe { libc::renameat2(libc::AT_FDCWD, old.as_ptr(), libc::AT_FDCWD, new.as_ptr(), libc::RENAME_NOREPLACE) };
    match sys::check(renamed) {
        // A file system that can't promise it: then a look has to do.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) && fs::symlink_metadata(to).is_err() => fs::rename(from, to),
        other => other.map(|_| ()),
    }
}

struct Copying<'a> {
    cancelled: &'a AtomicBool,
    /// Files with several names, by device and number: where their copy is.
    seen: HashMap<(u64, u64), PathBuf>,
}

impl Copying<'_> {
    fn one(&mut self, source: &Path, destination: &Path) -> io::Result<()> {
        self.go_on()?;
        let facts = fs::symlink_metadata(source)?;
        let kind = facts.file_type();
        if !kind.is_dir() && facts.nlink() > 1 {
            if let Some(copied) = self.seen.get(&(facts.dev(), facts.ino())) {
                return fs::hard_link(copied, destination);
            }
            self.seen.insert((facts.dev(), facts.ino()), destination.to_path_buf());
        }
        if kind.is_symlink() {
            symlink(fs::read_link(source)?, destination)?;
        } else if kind.is_dir() {
            fs::create_dir(destination)?;
            for entry in fs::read_dir(source)? {
                let entry = entry?;
                match self.one(&entry.path(), &destination.join(entry.file_name())) {
                    // Gone since the directory was read.
                    Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(entry.path()).is_err() => {}
                    other => other?,
                }
            }
        } else if kind.is_file() {
            self.content(source, destination)?;
        } else {
            make_special(destination, &facts)?;
        }
        dress(source, destination, &facts)
    }

    fn content(&self, source: &Path, destination: &Path) -> io::Result<()> {
        // It may have become something else since it was looked at: no link is followed, and no pipe waited for.
        let mut from = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY).open(source)?;
        let size = from.metadata()?.size();
        let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(destination)?;
        let mut buffer = vec![0u8; PIECE];
        if size == 0 {
            // Empty, or made up by the kernel as it is read.
            return self.stretch(&mut from, &mut to, u64::MAX, &mut buffer).map(|_| ());
        }
        let mut at = 0;
        while let Some((begin, end)) = data(&from, at, size)? {
            from.seek(SeekFrom::Start(begin))?;
            to.seek(SeekFrom::Start(begin))?;
            let copied = self.stretch(&mut from, &mut to, end - begin, &mut buffer)?;
            at = begin + copied;
            if at < end {
                // It became shorter.
                return Ok(());
            }
        }
        to.set_len(size.max(at))
    }

    /// Copies so many bytes, or as many as there are.
    fn stretch(&self, from: &mut File, to: &mut File, count: u64, buffer: &mut [u8]) -> io::Result<u64> {
        let mut copied = 0;
        while copied < count {
            self.go_on()?;
            let most = buffer.len().min(usize::try_from(count - copied).unwrap_or(usize::MAX));
            let read = from.read(&mut buffer[..most])?;
            if read == 0 {
                break;
            }
            to.write_all(&buffer[..read])?;
            copied += read as u64;
        }
        Ok(copied)
    }

    fn go_on(&self) -> io::Result<()> {
        if self.cancelled.load(Ordering::Relaxed) { Err(io::Error::from_raw_os_error(libc::ECANCELED)) } else { Ok(()) }
    }
}

/// The next stretch that is no hole, as begin and end.
fn data(file: &File, at: u64, size: u64) -> io::Result<Option<(u64, u64)>> {
    let seek = |from: u64, whence| -> io::Result<u64> {
        let found = unsafe { libc::lseek64(file.as_raw_fd(), from as libc::off64_t, whence) };
        if found < 0 { Err(io::Error::last_os_error()) } else { Ok(found as u64) }
    };
    let begin = match seek(at, libc::SEEK_DATA) {
        Ok(begin) => begin,
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => return Ok(None),
        // A file system that knows no holes.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EOPNOTSUPP)) => return Ok((at < size).then_some((at, size))),
        Err(error) => return Err(error),
    };
    Ok(Some((begin, seek(begin, libc::SEEK_HOLE)?)))
}

fn make_special(destination: &Path, facts: &Metadata) -> io::Result<()> {
    let kind = facts.file_type();
    let bits = match () {
        () if kind.is_fifo() => libc::S_IFIFO,
        () if kind.is_socket() => libc::S_IFSOCK,
        () if kind.is_block_device() => libc::S_IFBLK,
        () => libc::S_IFCHR,
    };
    let path = sys::c_path(destination)?;
    sys::check(unsafe { libc::mknod(path.as_ptr(), bits | 0o600, facts.rdev()) })?;
    Ok(())
}

/// Gives a copy what its original has beside the content.
fn dress(source: &Path, destination: &Path, facts: &Metadata) -> io::Result<()> {
    if sys::is_root() {
        lchown(destination, Some(facts.uid()), Some(facts.gid()))?;
    }
    let kind = facts.file_type();
    if kind.is_symlink() {
        return Ok(());
    }
    if kind.is_file() || kind.is_dir() {
        metadata::copy(source, destination)?;
    }
    // After the owner has changed, since that takes special bits away.
    fs::set_permissions(destination, facts.permissions())?;
    if kind.is_file() || kind.is_dir() {
        let times = FileTimes::new().set_accessed(facts.accessed()?).set_modified(facts.modified()?);
        let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(destination);
        match opened.or_else(|_| OpenOptions::new().write(true).open(destination)) {
            Ok(file) => file.set_times(times)?,
            // A mode that locks out even its owner, and an agent that is not root: then the times are new.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn scratch(name: &str) -> PathBuf {
        let base = std::env::temp_dir().join(format!("envd-copy-{name}-{}", std::process::id()));
        fs::create_dir_all(&base).unwrap();
        base
    }

    #[test]
    fn a_copied_tree_is_the_same() {
        let base = scratch("same");
        let (source, destination) = (base.join("a"), base.join("b"));
        fs::create_dir_all(source.join("sub")).unwrap();
        fs::write(source.join("sub/file"), "text").unwrap();
        fs::set_permissions(source.join("sub/file"), fs::Permissions::from_mode(0o751)).unwrap();
        fs::hard_link(source.join("sub/file"), source.join("twin")).unwrap();
        symlink("sub/file", source.join("link")).unwrap();
        symlink("/nowhere", source.join("broken")).unwrap();
        let mut sparse = File::create(source.join("sparse")).unwrap();
        sparse.seek(SeekFrom::Start(64 << 20)).unwrap();
        sparse.write_all(b"end").unwrap();
        sparse.set_len(80 << 20).unwrap();
        make_special(&source.join("fifo"), &fifo_facts(&base)).unwrap();
        tree(&source, &destination, false, &Drafts::new(None), &AtomicBool::new(false)).unwrap();
        let (old, new) = (fs::metadata(source.join("sub/file")).unwrap(), fs::metadata(destination.join("sub/file")).unwrap());
        let twin = fs::metadata(destination.join("twin")).unwrap().ino();
        let (link, broken) = (fs::read_link(destination.join("link")).unwrap(), fs::read_link(destination.join("broken")).unwrap());
        let holes = fs::metadata(destination.join("sparse")).unwrap();
        let fifo = fs::symlink_metadata(destination.join("fifo")).unwrap().file_type().is_fifo();
        let taken = tree(&source, &destination, false, &Drafts::new(None), &AtomicBool::new(false)).unwrap_err();
        let torn = tree(&source, &base.join("c"), false, &Drafts::new(None), &AtomicBool::new(true)).unwrap_err();
        let mut names: Vec<_> = fs::read_dir(&base).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        fs::remove_dir_all(&base).unwrap();
        assert!(new.modified().unwrap() == old.modified().unwrap() && new.mode() & 0o777 == 0o751 && new.size() == 4);
        assert_eq!(new.ino(), twin, "two names of one file stay that");
        assert_eq!((link.to_str(), broken.to_str()), (Some("sub/file"), Some("/nowhere")));
        assert!(holes.size() == 80 << 20 && holes.blocks() * 512 < 8 << 20, "{} blocks", holes.blocks());
        assert!(fifo);
        assert_eq!((taken.raw_os_error(), torn.raw_os_error()), (Some(libc::EEXIST), Some(libc::ECANCELED)));
        assert_eq!(names, ["a", "b", "model"], "nothing is left of copies that failed");
    }

    fn fifo_facts(base: &Path) -> Metadata {
        let path = base.join("model");
        let text = sys::c_path(&path).unwrap();
        assert_eq!(unsafe { libc::mkfifo(text.as_ptr(), 0o600) }, 0);
        fs::symlink_metadata(path).unwrap()
    }
}
