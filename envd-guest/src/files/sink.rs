//! Where an upload goes: a file without a name, which gets its place when all has arrived. Nothing of it is left when
//! the agent dies over it. File systems that have no such files get a partial one beside the place.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{fchown, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::fault::{Fault, Outcome};
use crate::filesystem::drafts::{Draft, Drafts};
use crate::filesystem::{dirs, metadata};
use crate::sys;
use crate::users::User;

pub struct Sink {
    path: PathBuf,
    content: Content,
}

enum Content {
    /// The file at the path itself.
    Direct(File),
    Nameless { file: File, replaces: bool, drafts: Arc<Drafts> },
    /// None once all is written: many whole files may wait for their upload to end.
    Named { file: Option<File>, draft: Draft },
}

impl Sink {
    /// Opens the place for new content. Makes missing parents for the user.
    pub fn open(asked: &Path, user: &User, drafts: &Arc<Drafts>) -> Outcome<Sink> {
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
                return direct(path).map_err(failed);
            }
            if !kind.is_file() {
                return Err(Fault::invalid(format!("path '{}' is not a regular file", asked.display())));
            }
        } else if asked.to_string_lossy().ends_with('/') || path.file_name().is_none() {
            return Err(Fault::invalid(format!("path '{}' names no file", asked.display())));
        }
        let parent = path.parent().unwrap_or(Path::new("/"));
        dirs::make(parent, user).map_err(failed)?;
        match content(parent, found.as_ref(), user, drafts) {
            Ok(content) => Ok(Sink { path, content }),
            // A place where no new file can be made, such as /proc/sys or a file that is a mount of its own.
            Err(error) if found.is_some() && !out_of_space(&error) => direct(path).map_err(failed),
            Err(error) => Err(failed(error)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        let written = match &mut self.content {
            Content::Direct(file) | Content::Nameless { file, .. } | Content::Named { file: Some(file), .. } => file.write_all(bytes),
            Content::Named { file: None, .. } => Ok(()),
        };
        written.map_err(|error| Fault::io(format!("write '{}'", self.path.display()), &error))
    }

    /// Nothing more is written: gives up the descriptor, for a partial name.
    pub fn close(&mut self) -> Outcome<()> {
        self.named(true).map_err(|error| Fault::io(format!("write '{}'", self.path.display()), &error))
    }

    /// Puts the content in place, with the notes that belong to it.
    pub fn commit(self, notes: &BTreeMap<String, String>) -> Outcome<()> {
        let path = self.path.clone();
        self.put(notes).map_err(|error| Fault::io(format!("write '{}'", path.display()), &error))
    }

    fn put(mut self, notes: &BTreeMap<String, String>) -> io::Result<()> {
        if matches!(self.content, Content::Direct(_)) {
            return Ok(());
        }
        if !notes.is_empty() {
            metadata::replace(&self.readable(), notes)?;
        }
        // A file with other names would lose them.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.is_file() && found.nlink() > 1) {
            return self.rewrite(notes);
        }
        self.named(false)?;
        match fs::rename(self.readable(), &self.path) {
            // A mount point can't be replaced, but its content can.
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => self.rewrite(notes),
            other => other,
        }
    }

    /// A path under which the content is found.
    fn readable(&self) -> PathBuf {
        match &self.content {
            Content::Direct(file) | Content::Nameless { file, .. } => own(file),
            Content::Named { draft, .. } => draft.path.clone(),
        }
    }

    /// Gives a nameless file a partial name.
    fn named(&mut self, closed: bool) -> io::Result<()> {
        match &mut self.content {
            Content::Direct(_) => {}
            Content::Named { file, .. } if closed => *file = None,
            Content::Named { .. } => {}
            Content::Nameless { file, replaces, drafts } => {
                let draft = drafts.name(self.path.parent().unwrap_or(Path::new("/")), *replaces)?;
                let (from, to) = (sys::c_path(&own(file))?, sys::c_path(&draft.path)?);
                sys::check(unsafe { libc::linkat(libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, to.as_ptr(), libc::AT_SYMLINK_FOLLOW) })?;
                let file = if closed { None } else { Some(file.try_clone()?) };
                self.content = Content::Named { file, draft };
            }
        }
        Ok(())
    }

    /// Gives the file at the path the new content. Its space is taken first: with too little, the old content stays.
    fn rewrite(mut self, notes: &BTreeMap<String, String>) -> io::Result<()> {
        let mut from = match &mut self.content {
            Content::Direct(file) | Content::Nameless { file, .. } | Content::Named { file: Some(file), .. } => file.try_clone()?,
            Content::Named { file: None, draft } => File::open(&draft.path)?,
        };
        from.seek(SeekFrom::Start(0))?;
        let size = from.metadata()?.len();
        let mut to = OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(&self.path)?;
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
        if notes.is_empty() && metadata::read(&self.path).is_empty() { Ok(()) } else { metadata::replace(&self.path, notes) }
    }
}

fn direct(path: PathBuf) -> io::Result<Sink> {
    let file = OpenOptions::new().write(true).truncate(true).custom_flags(libc::O_NOCTTY).open(&path)?;
    Ok(Sink { path, content: Content::Direct(file) })
}

/// What replaces a file keeps its owner and mode; what is new belongs to the user.
fn content(parent: &Path, replaced: Option<&fs::Metadata>, user: &User, drafts: &Arc<Drafts>) -> io::Result<Content> {
    let replaces = replaced.is_some();
    let content = match nameless(parent) {
        Ok(file) => Content::Nameless { file, replaces, drafts: drafts.clone() },
        Err(error) if out_of_space(&error) => return Err(error),
        Err(_) => {
            let draft = drafts.name(parent, replaces)?;
            let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&draft.path)?;
            Content::Named { file: Some(file), draft }
        }
    };
    if let Content::Nameless { file, .. } | Content::Named { file: Some(file), .. } = &content {
        let (uid, gid) = replaced.map_or((user.uid, user.gid), |found| (found.uid(), found.gid()));
        // An agent that is not root owns what it makes and can't give it away.
        if sys::is_root() {
            fchown(file, Some(uid), Some(gid))?;
        }
        // The owner first, since changing it takes special bits away.
        file.set_permissions(replaced.map_or_else(|| fs::Permissions::from_mode(0o644), fs::Metadata::permissions))?;
    }
    Ok(content)
}

/// A file that can get a name later. Fails where the file system, or the lack of /proc, does not allow that.
fn nameless(parent: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).mode(0o600).open(parent)?;
    fs::metadata(own(&file))?;
    Ok(file)
}

fn own(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
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
