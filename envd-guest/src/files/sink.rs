//! Where an upload goes: a partial file beside its place, which takes the place when all has arrived.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{chown, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::auth::hex;
use crate::entropy;
use crate::fault::{Fault, Outcome};
use crate::filesystem::{dirs, metadata, PARTIAL_PREFIX, PARTIAL_REPLACES};
use crate::sys;
use crate::users::User;

pub struct Sink {
    /// None once all is written: many whole files may wait for their upload to end.
    file: Option<File>,
    path: PathBuf,
    /// None when the file at `path` is written directly.
    partial: Option<Partial>,
}

/// A partial file; gone with its owner unless it was put in place.
struct Partial {
    path: PathBuf,
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After it was put in place there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}

impl Sink {
    /// Opens the place for new content. Makes missing parents for the user.
    pub fn open(asked: &Path, user: &User) -> Outcome<Sink> {
        let doing = || format!("write '{}'", asked.display());
        let failed = |error: io::Error| Fault::io(doing(), &error);
        let path = through_links(asked).map_err(failed)?;
        let found = match fs::metadata(&path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if let Some(found) = &found {
            let kind = found.file_type();
            if kind.is_dir() {
                return Err(Fault::invalid(format!("path '{}' is a directory", asked.display())));
            }
            if kind.is_char_device() || kind.is_block_device() {
                return direct(&path).map_err(failed);
            }
            if !kind.is_file() {
                return Err(Fault::invalid(format!("path '{}' is not a regular file", asked.display())));
            }
        } else if asked.to_string_lossy().ends_with('/') || path.file_name().is_none() {
            return Err(Fault::invalid(format!("path '{}' names no file", asked.display())));
        }
        let parent = path.parent().unwrap_or(Path::new("/"));
        dirs::make(parent, user).map_err(failed)?;
        match partial(parent, found.as_ref(), user) {
            Ok((file, partial)) => Ok(Sink { file: Some(file), path, partial: Some(partial) }),
            // A place where no new file can be made, such as /proc/sys or a file that is a mount of its own.
            Err(error) if found.is_some() && !out_of_space(&error) => direct(&path).map_err(failed),
            Err(error) => Err(failed(error)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
        written.map_err(|error| Fault::io(format!("write '{}'", self.path.display()), &error))
    }

    /// Nothing more is written.
    pub fn close(&mut self) {
        self.file = None;
    }

    /// Puts the content in place, with the notes that belong to it.
    pub fn commit(self, notes: &BTreeMap<String, String>) -> Outcome<()> {
        let failed = |error: io::Error| Fault::io(format!("write '{}'", self.path.display()), &error);
        let Some(partial) = &self.partial else { return Ok(()) };
        if !notes.is_empty() {
            metadata::replace(&partial.path, notes).map_err(failed)?;
        }
        // A file with other names would lose them.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.is_file() && found.nlink() > 1) {
            return rewrite(&partial.path, &self.path, notes).map_err(failed);
        }
        match fs::rename(&partial.path, &self.path) {
            // A mount point can't be replaced, but its content can.
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => rewrite(&partial.path, &self.path, notes).map_err(failed),
            other => other.map_err(failed),
        }
    }
}

/// Gives a file new content in place. Its space is taken first: with too little, the old content stays.
fn rewrite(from: &Path, path: &Path, notes: &BTreeMap<String, String>) -> io::Result<()> {
    let mut from = File::open(from)?;
    let size = from.metadata()?.len();
    let mut to = OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
    let before = to.metadata()?.len();
    if size > 0 {
        match sys::check(unsafe { libc::fallocate64(to.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, 0, size as libc::off64_t) }) {
            // Some file systems can't; there a disk that is full shows while it is written.
            Err(error) if !matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::ENOSYS)) => {
                // Gives back what was taken behind the end.
                to.set_len(before)?;
                return Err(error);
            }
            _ => {}
        }
    }
    io::copy(&mut from, &mut to)?;
    to.set_len(size)?;
    if notes.is_empty() && metadata::read(path).is_empty() { Ok(()) } else { metadata::replace(path, notes) }
}

fn direct(path: &Path) -> io::Result<Sink> {
    let file = OpenOptions::new().write(true).truncate(true).custom_flags(libc::O_NOCTTY).open(path)?;
    Ok(Sink { file: Some(file), path: path.to_path_buf(), partial: None })
}

/// What replaces a file keeps its owner and mode; what is new belongs to the user.
fn partial(parent: &Path, replaced: Option<&fs::Metadata>, user: &User) -> io::Result<(File, Partial)> {
    let suffix = if replaced.is_some() { PARTIAL_REPLACES } else { "" };
    let path = parent.join(format!("{PARTIAL_PREFIX}{}{suffix}", hex(&entropy::bytes::<8>()?)));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let partial = Partial { path };
    match replaced {
        Some(found) if sys::is_root() => chown(&partial.path, Some(found.uid()), Some(found.gid()))?,
        Some(_) => {}
        None => dirs::give(&partial.path, user)?,
    }
    // The owner first, since changing it takes special bits away.
    file.set_permissions(replaced.map_or_else(|| fs::Permissions::from_mode(0o644), fs::Metadata::permissions))?;
    Ok((file, partial))
}

/// The place that a chain of links leads to, also when nothing is there yet.
fn through_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

fn out_of_space(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC) | Some(libc::EDQUOT))
}
