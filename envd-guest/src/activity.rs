//! How busy the capsule is, in counters that cost next to nothing: the host asks every few seconds.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use serde_json::{json, Value};

use crate::agent::Agent;

const SECTOR: u64 = 512;

/// Requests that are being answered, streams included.
#[derive(Default)]
pub struct Requests(Arc<AtomicUsize>);

/// One of them, until it is dropped.
pub struct Busy(Arc<AtomicUsize>);

impl Requests {
    pub fn begin(&self) -> Busy {
        self.0.fetch_add(1, Ordering::Relaxed);
        Busy(self.0.clone())
    }

    fn open(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The counters only grow while the agent lives (bytes of network and disk: while the machine does).
pub fn snapshot(agent: &Agent) -> Value {
    let (received, sent) = network(&read(Path::new("/proc/net/dev")));
    let (disk_read, disk_written) = disks(&read(Path::new("/proc/diskstats")));
    json!({
        "cpuPct": agent.activity_cpu.used(),
        "runningProcesses": agent.processes.live().len(),
        // Those that these have started, too; absent where they have no group.
        "userProcesses": agent.groups.processes(),
        "openStreams": agent.requests.open(),
        "tunnels": agent.tunnels.open(),
        "tunnelBytes": agent.tunnels.bytes(),
        "networkRxBytes": received,
        "networkTxBytes": sent,
        "diskReadBytes": disk_read,
        "diskWriteBytes": disk_written,
    })
}

/// Bytes in and out of all interfaces but the loopback.
fn network(table: &str) -> (u64, u64) {
    let rows = table.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| name.trim() != "lo");
    rows.fold((0, 0), |(received, sent), (_, figures)| {
        let figure = |at: usize| figures.split_ascii_whitespace().nth(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        (received + figure(0), sent + figure(8))
    })
}

/// Bytes read and written of all real disks; their partitions are in them already.
fn disks(table: &str) -> (u64, u64) {
    table.lines().fold((0, 0), |(read, written), line| {
        let words: Vec<&str> = line.split_ascii_whitespace().take(10).collect();
        let [_, _, name, _, _, sectors_read, _, _, _, sectors_written] = words.as_slice() else { return (read, written) };
        let real = name.starts_with("vd") && name.len() == 3 || name.starts_with("sd") && name.len() == 3 || name.starts_with("nvme") && !name.contains('p');
        let bytes = |text: &str| if real { text.parse::<u64>().unwrap_or(0) * SECTOR } else { 0 };
        (read + bytes(sectors_read), written + bytes(sectors_written))
    })
}

fn read(path: &Path) -> String {
    // A machine without such a table has no such figures.
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_kernels_tables() {
        let table = "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n    lo:  9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n  eth0: 1000 2 0 0 0 0 0 0 300 4 0 0 0 0 0 0\n  eth1:5 2 0 0 0 0 0 0 7 4 0 0 0 0 0 0\n";
        assert_eq!(network(table), (1005, 307));
        let table = " 253 0 vda 100 0 20 5 50 0 30 9 0 0 0 0\n 253 1 vda1 100 0 20 5 50 0 30 9 0 0 0 0\n 7 0 loop0 1 0 99 5 50 0 99 9 0 0 0 0\n";
        assert_eq!(disks(table), (20 * 512, 30 * 512));
        assert_eq!((network(""), disks("")), ((0, 0), (0, 0)));
    }

    #[test]
    fn requests_count_as_long_as_they_last() {
        let requests = Requests::default();
        let (one, two) = (requests.begin(), requests.begin());
        assert_eq!(requests.open(), 2);
        drop((one, two));
        assert_eq!(requests.open(), 0);
    }
}
