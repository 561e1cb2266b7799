//! Use of processor, memory and disk, as the guest sees it.

use std::fs;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{json, Value};

use crate::sync::locked;
use crate::sys;

/// Two looks that are closer than this say nothing about the load.
const SHORTEST: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Default)]
struct Ticks {
    busy: u64,
    all: u64,
}

/// Load of all processors between two looks.
pub struct CpuMeter {
    last: Mutex<(Instant, Ticks, f64)>,
}

impl CpuMeter {
    pub fn new() -> CpuMeter {
        CpuMeter { last: Mutex::new((Instant::now(), ticks(&read("/proc/stat")), 0.0)) }
    }

    /// Percent of all processors since the last look.
    pub fn used(&self) -> f64 {
        let mut last = locked(&self.last);
        if last.0.elapsed() >= SHORTEST {
            let now = ticks(&read("/proc/stat"));
            let percent = percent(last.1, now);
            *last = (Instant::now(), now, percent);
        }
        last.2
    }
}

pub fn snapshot(meter: &CpuMeter) -> Value {
    let memory = read("/proc/meminfo");
    let total = memory_bytes(&memory, "MemTotal:");
    let used = total.saturating_sub(memory_bytes(&memory, "MemAvailable:"));
    let cache = memory_bytes(&memory, "Cached:") + memory_bytes(&memory, "Buffers:");
    let (disk_used, disk_total) = disk("/");
    json!({
        "ts": SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        "cpu_count": std::thread::available_parallelism().map_or(1, usize::from),
        "cpu_used_pct": meter.used(),
        "mem_total": total, "mem_used": used, "mem_cache": cache,
        "mem_total_mib": total >> 20, "mem_used_mib": used >> 20,
        "disk_used": disk_used, "disk_total": disk_total,
    })
}

fn percent(before: Ticks, after: Ticks) -> f64 {
    let all = after.all.saturating_sub(before.all);
    if all == 0 {
        return 0.0;
    }
    let exact = after.busy.saturating_sub(before.busy) as f64 * 100.0 / all as f64;
    (exact.clamp(0.0, 100.0) * 100.0).round() / 100.0
}

fn ticks(stat: &str) -> Ticks {
    let line = stat.lines().next().unwrap_or("");
    // user nice system idle iowait irq softirq steal; the guest fields that follow are in user already
    let counts: Vec<u64> = line.split_ascii_whitespace().skip(1).take(8).map(|count| count.parse().unwrap_or(0)).collect();
    let all = counts.iter().sum();
    let idle: u64 = counts.iter().skip(3).take(2).sum();
    Ticks { busy: all - idle, all }
}

fn memory_bytes(table: &str, name: &str) -> u64 {
    let line = table.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_ascii_whitespace().next()).and_then(|count| count.parse::<u64>().ok()).unwrap_or(0) * 1024
}

pub fn disk(path: &str) -> (u64, u64) {
    let Ok(path) = sys::c_string(path) else { return (0, 0) };
    let mut facts: libc::statfs = unsafe { std::mem::zeroed() };
    if sys::check(unsafe { libc::statfs(path.as_ptr(), &mut facts) }).is_err() {
        return (0, 0);
    }
    let block = facts.f_bsize as u64;
    ((facts.f_blocks - facts.f_bfree) * block, facts.f_blocks * block)
}

fn read(path: &str) -> String {
    // Without /proc every figure is 0.
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_the_busy_share_between_two_looks() {
        let before = ticks("cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 ...");
        let after = ticks("cpu  150 0 150 900 100 0 0 0 90 0");
        assert_eq!((before.busy, before.all), (200, 1000));
        assert_eq!(percent(before, after), 33.33);
        assert_eq!(percent(after, after), 0.0);
    }

    #[test]
    fn memory_is_read_by_name() {
        let table = "MemTotal:        2048 kB\nMemAvailable:    1024 kB\nSwapCached: 9 kB\nCached:  12 kB\n";
        assert_eq!(memory_bytes(table, "MemTotal:"), 2 << 20);
        assert_eq!(memory_bytes(table, "Cached:"), 12 << 10);
        assert_eq!(memory_bytes(table, "Missing:"), 0);
    }
}
