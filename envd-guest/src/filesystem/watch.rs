//! Events of a directory, from inotify.

use std::collections::HashMap;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde_json::{json, Value};

use super::entry::{describe, Names};
use super::{PARTIAL_PREFIX, PARTIAL_REPLACES};
use crate::fault::{Code, Fault, Outcome};
use crate::sys;

const EVENTS: u32 = libc::IN_CREATE | libc::IN_MODIFY | libc::IN_DELETE | libc::IN_MOVED_FROM | libc::IN_MOVED_TO | libc::IN_ATTRIB | libc::IN_DELETE_SELF | libc::IN_ONLYDIR;
const HEAD: usize = 16;
const NETWORK: [i64; 5] = [0x6969, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546, 0x0102_1997];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Create,
    Write,
    Remove,
    Rename,
    Chmod,
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Type::Create => "EVENT_TYPE_CREATE",
            Type::Write => "EVENT_TYPE_WRITE",
            Type::Remove => "EVENT_TYPE_REMOVE",
            Type::Rename => "EVENT_TYPE_RENAME",
            Type::Chmod => "EVENT_TYPE_CHMOD",
        }
    }
}

pub struct Options {
    pub recursive: bool,
    pub include_entry: bool,
    pub allow_network: bool,
}

/// Watches one directory, with what is below it if asked to.
pub struct Watch {
    queue: OwnedFd,
    root: PathBuf,
    options: Options,
    /// Watched directories by their descriptor, relative to the root.
    directories: HashMap<i32, PathBuf>,
    /// Partial files on their way to their name: whether they replace another one.
    arrivals: HashMap<u32, bool>,
}

/// What a look into the queue brings.
pub struct Batch {
    pub events: Vec<Value>,
    /// The directory itself is gone: nothing follows.
    pub over: bool,
}

impl Watch {
    pub fn open(root: &Path, options: Options) -> Outcome<Watch> {
        let doing = || format!("watch '{}'", root.display());
        let found = fs::metadata(root).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Fault::not_found(format!("path not found: '{}'", root.display())),
            _ => Fault::io(doing(), &error),
        })?;
        if !found.is_dir() {
            return Err(Fault::invalid(format!("'{}' is not a directory", root.display())));
        }
        if !options.allow_network && on_network(root).map_err(|error| Fault::io(doing(), &error))? {
            return Err(Fault::invalid(format!("'{}' is on a network mount, where changes by others are not seen: set allowNetworkMounts to watch it all the same", root.display())));
        }
        let fd = sys::check(unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) }).map_err(|error| Fault::io(doing(), &error))?;
        // The kernel has just handed it to us.
        let queue = unsafe { OwnedFd::from_raw_fd(fd) };
        let mut watch = Watch { queue, root: root.to_path_buf(), options, directories: HashMap::new(), arrivals: HashMap::new() };
        watch.add(PathBuf::new(), None).map_err(|error| match error.raw_os_error() {
            Some(libc::ENOSPC) => Fault::new(Code::ResourceExhausted, format!("watch '{}': the machine allows no more watches (fs.inotify.max_user_watches)", root.display())),
            _ => Fault::io(doing(), &error),
        })?;
        Ok(watch)
    }

    /// A second descriptor of the queue, to wait on.
    pub fn queue(&self) -> io::Result<OwnedFd> {
        self.queue.try_clone()
    }

    /// Turns raw events into messages. Blocks on the file system.
    pub fn translate(&mut self, mut raw: &[u8]) -> Outcome<Batch> {
        let mut seen: Vec<(PathBuf, Type)> = Vec::new();
        let mut over = false;
        while raw.len() >= HEAD {
            let word = |at: usize| u32::from_ne_bytes([raw[at], raw[at + 1], raw[at + 2], raw[at + 3]]);
            let (descriptor, mask, cookie, length) = (word(0) as i32, word(4), word(8), word(12) as usize);
            let Some(name) = raw.get(HEAD..HEAD + length) else { break };
            let name = &name[..name.iter().position(|byte| *byte == 0).unwrap_or(name.len())];
            raw = &raw[HEAD + length..];
            if mask & libc::IN_Q_OVERFLOW != 0 {
                return Err(Fault::new(Code::ResourceExhausted, "more changes than could be told: events are lost, list the directory again"));
            }
            over |= self.one(descriptor, mask, cookie, Path::new(std::ffi::OsStr::from_bytes(name)), &mut seen);
        }
        let mut names = Names::default();
        let events = seen.into_iter().map(|(path, kind)| self.message(&path, kind, &mut names)).collect();
        Ok(Batch { events, over })
    }

    /// Adds what one raw event means; true when the root is gone.
    fn one(&mut self, descriptor: i32, mask: u32, cookie: u32, name: &Path, seen: &mut Vec<(PathBuf, Type)>) -> bool {
        let Some(directory) = self.directories.get(&descriptor).cloned() else { return false };
        let is_root = directory.as_os_str().is_empty();
        if mask & (libc::IN_IGNORED | libc::IN_UNMOUNT) != 0 {
            self.directories.remove(&descriptor);
            return is_root;
        }
        if name.as_os_str().is_empty() {
            if is_root && mask & libc::IN_DELETE_SELF != 0 {
                seen.push((PathBuf::from("."), Type::Remove));
            }
            // Others are told of by their parents.
            return false;
        }
        let path = directory.join(name);
        if self.partial(name, mask, cookie) || self.nameless(&path, mask) {
            return false;
        }
        let is_directory = mask & libc::IN_ISDIR != 0;
        if mask & libc::IN_CREATE != 0 {
            seen.push((path.clone(), Type::Create));
            self.enter(is_directory, path, Some(seen));
        } else if mask & libc::IN_MOVED_TO != 0 {
            match self.arrivals.remove(&cookie) {
                // A copy of a directory.
                Some(_) if is_directory => {
                    seen.push((path.clone(), Type::Create));
                    self.enter(true, path, None);
                }
                Some(replaces) => {
                    if !replaces {
                        seen.push((path.clone(), Type::Create));
                    }
                    seen.push((path, Type::Write));
                }
                None => {
                    seen.push((path.clone(), Type::Create));
                    self.enter(is_directory, path, None);
                }
            }
        } else if mask & libc::IN_MODIFY != 0 {
            seen.push((path, Type::Write));
        } else if mask & libc::IN_DELETE != 0 {
            seen.push((path, Type::Remove));
        } else if mask & libc::IN_MOVED_FROM != 0 {
            if is_directory {
                self.leave(&path);
            }
            seen.push((path, Type::Rename));
        } else if mask & libc::IN_ATTRIB != 0 {
            seen.push((path, Type::Chmod));
        }
        false
    }

    /// True for what happens to a file that is not whole yet.
    fn partial(&mut self, name: &Path, mask: u32, cookie: u32) -> bool {
        let name = name.to_string_lossy();
        if !name.starts_with(PARTIAL_PREFIX) {
            return false;
        }
        if mask & libc::IN_MOVED_FROM != 0 {
            if self.arrivals.len() > 1024 {
                // Some left the watched tree, and their arrival will never be seen.
                self.arrivals.clear();
            }
            self.arrivals.insert(cookie, name.ends_with(PARTIAL_REPLACES));
        }
        true
    }

    /// True for a file that has no name: the kernel tells of changes to it under one that is made up of its number.
    fn nameless(&self, path: &Path, mask: u32) -> bool {
        let digits = path.file_name().and_then(|name| name.as_bytes().strip_prefix(b"#"));
        mask & (libc::IN_MODIFY | libc::IN_ATTRIB) != 0
            && digits.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
            && fs::symlink_metadata(self.root.join(path)).is_err()
    }

    fn enter(&mut self, is_directory: bool, path: PathBuf, seen: Option<&mut Vec<(PathBuf, Type)>>) {
        if is_directory && self.options.recursive {
            if let Err(error) = self.add(path.clone(), seen) {
                // It may be gone again already; if not, its changes are missed, and the log says so.
                if error.kind() != io::ErrorKind::NotFound {
                    crate::log!("'{}' below '{}' is not watched: {error}", path.display(), self.root.display());
                }
            }
        }
    }

    /// Watches a directory and, if asked to, all below. What a new one holds already is told as created.
    fn add(&mut self, directory: PathBuf, mut seen: Option<&mut Vec<(PathBuf, Type)>>) -> io::Result<()> {
        let full = self.root.join(&directory);
        let text = CString::new(full.as_os_str().as_bytes()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
        let descriptor = sys::check(unsafe { libc::inotify_add_watch(self.queue.as_raw_fd(), text.as_ptr(), EVENTS) })?;
        self.directories.insert(descriptor, directory.clone());
        if !self.options.recursive {
            return Ok(());
        }
        for entry in fs::read_dir(&full)? {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            if entry.file_name().to_string_lossy().starts_with(PARTIAL_PREFIX) {
                continue;
            }
            if let Some(seen) = seen.as_deref_mut() {
                seen.push((path.clone(), Type::Create));
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                match self.add(path, seen.as_deref_mut()) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Stops watching a directory that has moved away, with all below.
    fn leave(&mut self, path: &Path) {
        let queue = self.queue.as_raw_fd();
        self.directories.retain(|descriptor, directory| {
            let stays = !directory.starts_with(path);
            if !stays {
                unsafe { libc::inotify_rm_watch(queue, *descriptor) };
            }
            stays
        });
    }

    fn message(&self, path: &Path, kind: Type, names: &mut Names) -> Value {
        let mut event = json!({"name": path.to_string_lossy(), "type": kind.name()});
        if self.options.include_entry && matches!(kind, Type::Create | Type::Write | Type::Chmod) {
            // What is gone already has no entry.
            if let Ok(entry) = describe(&self.root.join(path), names) {
                event["entry"] = entry;
            }
        }
        event
    }
}

fn on_network(path: &Path) -> io::Result<bool> {
    let text = CString::new(path.as_os_str().as_bytes()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let mut facts: libc::statfs = unsafe { std::mem::zeroed() };
    sys::check(unsafe { libc::statfs(text.as_ptr(), &mut facts) })?;
    Ok(NETWORK.contains(&(facts.f_type as i64)))
}
