//! A cgroup leaf for each process, below the group that holds all of the user's processes.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::sync::locked;

const FREEZE_LOOK: Duration = Duration::from_millis(1);

/// The group of all user processes; without one (not in a capsule, or no cgroup v2) processes get no leaf.
pub struct Groups {
    root: Option<PathBuf>,
    owned: Mutex<(u64, BTreeSet<PathBuf>)>,
}

impl Groups {
    pub fn new(root: Option<&Path>) -> Arc<Groups> {
        Arc::new(Groups { root: root.map(Path::to_path_buf), owned: Mutex::default() })
    }

    /// A new leaf, or None when there is nothing to put it in.
    pub fn leaf(self: &Arc<Groups>) -> io::Result<Option<Leaf>> {
        let Some(root) = &self.root else { return Ok(None) };
        let mut owned = locked(&self.owned);
        loop {
            owned.0 += 1;
            let path = root.join(format!("p{}", owned.0));
            match fs::create_dir(&path) {
                Ok(()) => {
                    owned.1.insert(path.clone());
                    return Ok(Some(Leaf { path, groups: self.clone() }));
                }
                // Left by an agent that died before: its processes may still be there.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
        }
    }

    /// How many processes there are below the group; None without one.
    pub fn processes(&self) -> Option<u64> {
        fs::read_to_string(self.root.as_ref()?.join("pids.current")).ok()?.trim().parse().ok()
    }

    /// A leaf that an agent before this one has made.
    pub fn adopt(self: &Arc<Groups>, name: &str) -> Option<Leaf> {
        let path = self.root.as_ref()?.join(name);
        if !path.is_dir() {
            return None;
        }
        locked(&self.owned).1.insert(path.clone());
        Some(Leaf { path, groups: self.clone() })
    }

    /// Stops all of the user's processes where they stand; false when they did not all stop in that time, and then some may stand still.
    pub fn freeze(&self, patience: Duration) -> io::Result<bool> {
        let Some(root) = &self.root else { return Ok(true) };
        fs::write(root.join("cgroup.freeze"), "1")?;
        let until = Instant::now() + patience;
        while !fs::read_to_string(root.join("cgroup.events"))?.lines().any(|line| line == "frozen 1") {
            if Instant::now() >= until {
                return Ok(false);
            }
            // The kernel tells of it by a poll of that file, too, but a process that does not stop must not hold us.
            std::thread::sleep(FREEZE_LOOK);
        }
        Ok(true)
    }

    /// Lets them go on. Nothing happens when they do, nor while the group is still to be made: then nothing stands still in it.
    pub fn thaw(&self) -> io::Result<()> {
        let Some(root) = &self.root else { return Ok(()) };
        match fs::write(root.join("cgroup.freeze"), "0") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Removes leaves that have no owner any more and in which nothing runs.
    fn sweep(&self) {
        let Some(entries) = self.root.as_ref().and_then(|root| fs::read_dir(root).ok()) else { return };
        let owned = locked(&self.owned);
        for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with('p')) {
            if !owned.1.contains(&entry.path()) {
                // A leaf in which background processes run on refuses, and is tried again at the next end.
                let _ = fs::remove_dir(entry.path());
            }
        }
    }
}

pub struct Leaf {
    path: PathBuf,
    groups: Arc<Groups>,
}

impl Leaf {
    pub fn name(&self) -> Option<&str> {
        self.path.file_name().and_then(|name| name.to_str())
    }

    pub fn open(&self) -> io::Result<OwnedFd> {
        fs::File::open(&self.path).map(OwnedFd::from)
    }

    /// Kills all that runs in the leaf.
    pub fn kill(&self) -> io::Result<()> {
        fs::write(self.path.join("cgroup.kill"), "1")
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        locked(&self.groups.owned).1.remove(&self.path);
        self.groups.sweep();
    }
}
