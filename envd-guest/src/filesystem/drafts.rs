//! Names of files and trees that are not whole yet. They are kept where they outlive the agent, so that after one that
//! was killed the next removes what it has left.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{moves, PARTIAL_PREFIX, PARTIAL_REPLACES};
use crate::auth::hex;
use crate::sync::locked;
use crate::{entropy, sys};

/// As long as a path may be for the kernel, with the NUL at its end.
const SLOT: usize = 4096;

/// The names in use: one slot of the memory for each.
#[derive(Default)]
pub struct Drafts {
    /// None for an agent that nobody starts again.
    memory: Option<File>,
    taken: Mutex<Vec<bool>>,
}

impl Drafts {
    pub fn new(memory: Option<File>) -> Arc<Drafts> {
        Arc::new(Drafts { memory, taken: Mutex::default() })
    }

    /// What an agent before this one has begun and not ended. To be called before any name is given.
    pub fn forgotten(&self) -> io::Result<Vec<PathBuf>> {
        let Some(memory) = &self.memory else { return Ok(Vec::new()) };
        let slots = memory.metadata()?.len() as usize / SLOT;
        let mut found = Vec::new();
        for slot in 0..slots {
            let mut text = vec![0u8; SLOT];
            memory.read_exact_at(&mut text, (slot * SLOT) as u64)?;
            text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(SLOT));
            if !text.is_empty() {
                found.push(PathBuf::from(std::ffi::OsString::from_vec(text)));
            }
        }
        memory.set_len(0)?;
        Ok(found)
    }

    /// A new name in a directory, remembered before anything stands there.
    pub fn name(self: &Arc<Drafts>, parent: &Path, replaces: bool) -> io::Result<Draft> {
        let suffix = if replaces { PARTIAL_REPLACES } else { "" };
        let path = parent.join(format!("{PARTIAL_PREFIX}{}{suffix}", hex(&entropy::bytes::<8>()?)));
        let slot = self.remember(&path)?;
        Ok(Draft { path, drafts: self.clone(), slot })
    }

    fn remember(&self, path: &Path) -> io::Result<Option<usize>> {
        let Some(memory) = &self.memory else { return Ok(None) };
        let text = path.as_os_str().as_bytes();
        if text.len() >= SLOT {
            return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
        }
        let mut taken = locked(&self.taken);
        let slot = taken.iter().position(|taken| !taken).unwrap_or(taken.len());
        if slot == taken.len() {
            memory.set_len(((slot + 1) * SLOT) as u64)?;
            taken.push(false);
        }
        memory.write_all_at(text, (slot * SLOT) as u64)?;
        taken[slot] = true;
        Ok(Some(slot))
    }

    fn forget(&self, slot: usize) {
        let Some(memory) = &self.memory else { return };
        let mut taken = locked(&self.taken);
        // A hole reads as no name, and takes no memory.
        let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        match sys::check(unsafe { libc::fallocate64(memory.as_raw_fd(), mode, (slot * SLOT) as libc::off64_t, SLOT as libc::off64_t) }) {
            Ok(_) => taken[slot] = false,
            // The slot is not used again; the next agent finds nothing under the name.
            Err(error) => crate::log!("the name of a partial file is not forgotten: {error}"),
        }
    }
}

/// The name of something that is not whole; it is gone with its owner unless it was put in place.
pub struct Draft {
    pub path: PathBuf,
    drafts: Arc<Drafts>,
    slot: Option<usize>,
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After it was put in place there is nothing under this name.
        remove(&self.path);
        if let Some(slot) = self.slot {
            self.drafts.forget(slot);
        }
    }
}

/// Removes what a dead agent has left under names that it had given.
pub fn sweep(paths: &[PathBuf]) {
    for path in paths.iter().filter(|path| path.file_name().is_some_and(|name| name.as_bytes().starts_with(PARTIAL_PREFIX.as_bytes()))) {
        remove(path);
    }
}

fn remove(path: &Path) {
    match moves::remove(path) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => crate::log!("'{}' is left: {error}", path.display()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_next_agent_finds_the_names_that_were_not_ended() {
        let base = std::env::temp_dir().join(format!("envd-drafts-{}", std::process::id()));
        fs::create_dir_all(&base).unwrap();
        let memory = sys::memory_file().unwrap();
        let first = Drafts::new(Some(memory.try_clone().unwrap()));
        assert!(first.forgotten().unwrap().is_empty());
        let ended = first.name(&base, false).unwrap();
        let (file, tree) = (first.name(&base, true).unwrap(), first.name(&base, false).unwrap());
        let shown = (ended.path.clone(), file.path.clone(), tree.path.clone());
        fs::write(&ended.path, "x").unwrap();
        drop(ended);
        assert!(!shown.0.exists(), "gone with its owner");
        fs::write(&file.path, "x").unwrap();
        fs::create_dir_all(tree.path.join("below")).unwrap();
        fs::write(base.join("other"), "x").unwrap();
        // A killed agent drops nothing.
        std::mem::forget((file, tree));
        let second = Drafts::new(Some(memory));
        let left = second.forgotten().unwrap();
        assert_eq!(left, [shown.1, shown.2]);
        sweep(&[left, vec![base.join("other"), base.join("none")]].concat());
        let names: Vec<_> = fs::read_dir(&base).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let again = second.forgotten().unwrap();
        let slot = || second.name(&base, false).unwrap().slot;
        let slots = (slot(), slot());
        fs::remove_dir_all(&base).unwrap();
        assert_eq!(names, ["other"], "only what has such a name is swept");
        assert!(again.is_empty());
        assert_eq!(slots, (Some(0), Some(0)), "a slot is used again");
    }
}
