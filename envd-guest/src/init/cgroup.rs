//! Groups of processes: the user's share one that can be limited, so that the agent survives a guest without memory.

use std::fs;
use std::io;
use std::path::Path;

const ROOT: &str = "/sys/fs/cgroup";
/// The group of all processes of the user.
pub const USER: &str = "/sys/fs/cgroup/user";
const LEAST_RESERVE: u64 = 8 << 20;
const MOST_RESERVE: u64 = 64 << 20;

/// Makes the user's group.
pub fn prepare() -> io::Result<()> {
    let root = Path::new(ROOT);
    // Before there are children: with them the kernel would have to move processes, which takes its time.
    enable(root)?;
    let user = Path::new(USER);
    match fs::create_dir(user) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // Not for the leaves in it: they only hold together what belongs together, and are made in no time.
    limit(user)
}

fn enable(group: &Path) -> io::Result<()> {
    let known = fs::read_to_string(group.join("cgroup.controllers"))?;
    let wanted: Vec<String> = ["cpu", "memory", "pids"].iter().filter(|name| known.split_ascii_whitespace().any(|have| have == **name)).map(|name| format!("+{name}")).collect();
    if wanted.is_empty() { Ok(()) } else { fs::write(group.join("cgroup.subtree_control"), wanted.join(" ")) }
}

/// Less than the kernel has left: then the group runs out of memory before the machine does, and only the group's
/// processes are looked at for one to end.
fn limit(user: &Path) -> io::Result<()> {
    let left = memory_left()?;
    let reserve = (left / 32).clamp(LEAST_RESERVE, MOST_RESERVE).min(left / 4);
    for (name, value) in [("memory.max", left - reserve), ("pids.max", most_processes()?)] {
        if user.join(name).exists() {
            fs::write(user.join(name), value.to_string())?;
        }
    }
    Ok(())
}

fn memory_left() -> io::Result<u64> {
    let table = fs::read_to_string("/proc/meminfo")?;
    let line = table.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|rest| rest.split_ascii_whitespace().next()).and_then(|count| count.parse::<u64>().ok());
    kib.map(|kib| kib * 1024).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/meminfo has no MemAvailable"))
}

fn most_processes() -> io::Result<u64> {
    let mut least = u64::MAX;
    for path in ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"] {
        least = least.min(fs::read_to_string(path)?.trim().parse().unwrap_or(u64::MAX));
    }
    Ok(least.saturating_sub(least / 10).max(64))
}
