//! All processes that can be named by a client.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::request::Selector;
use super::ring::CAPACITY;
use super::Process;
use crate::fault::{Code, Fault, Outcome};
use crate::sync::locked;

const MAX_LIVE: usize = 2000;
const MAX_ENDED: usize = 200;
const OUTPUT_BUDGET: usize = 64 << 20;
const LEAST_RING: usize = 64 << 10;

#[derive(Default)]
pub struct Table {
    // By the order of their start: pids come round again, and of equal tags the newest counts.
    entries: Mutex<(u64, BTreeMap<u64, Arc<Process>>)>,
}

impl Table {
    /// Refuses when there are too many processes already.
    pub fn admit(&self) -> Outcome<()> {
        let live = self.live().len();
        if live < MAX_LIVE {
            return Ok(());
        }
        Err(Fault::new(Code::ResourceExhausted, format!("{live} processes run already: end some first")))
    }

    /// How much output a new process may keep: less when there are many.
    pub fn ring_capacity(&self) -> usize {
        let count = locked(&self.entries).1.len() + 1;
        (OUTPUT_BUDGET / count).clamp(LEAST_RING, CAPACITY)
    }

    /// Keys of processes that come are larger than this.
    pub fn count_from(&self, key: u64) {
        locked(&self.entries).0 = key;
    }

    pub fn next_key(&self) -> u64 {
        let mut entries = locked(&self.entries);
        entries.0 += 1;
        entries.0
    }

    pub fn insert(&self, process: Arc<Process>) {
        let mut entries = locked(&self.entries);
        entries.1.insert(process.key, process);
        let ended: Vec<u64> = entries.1.iter().filter(|(_, process)| process.has_ended()).map(|(key, _)| *key).collect();
        for old in ended.iter().take(ended.len().saturating_sub(MAX_ENDED)) {
            entries.1.remove(old);
        }
    }

    pub fn remove(&self, key: u64) {
        locked(&self.entries).1.remove(&key);
    }

    pub fn live(&self) -> Vec<Arc<Process>> {
        locked(&self.entries).1.values().filter(|process| !process.has_ended()).cloned().collect()
    }

    /// The newest process that matches; a live one before an ended one.
    pub fn find(&self, selector: &Selector) -> Outcome<Arc<Process>> {
        let entries = locked(&self.entries);
        let matches = |process: &Arc<Process>| match selector {
            Selector::Pid(pid) => i64::from(process.pid) == *pid,
            Selector::Tag(tag) => process.tag.as_ref() == Some(tag),
        };
        let newest = || entries.1.values().rev().filter(|process| matches(process));
        let found = newest().find(|process| !process.has_ended()).or_else(|| newest().next());
        found.cloned().ok_or_else(|| Fault::not_found(format!("process with {selector} not found")))
    }

    /// Ends all processes: the agent itself is going.
    pub fn kill_all(&self) {
        for process in self.live() {
            if let Err(fault) = process.signal(libc::SIGKILL) {
                crate::log!("process {} not killed: {fault}", process.pid);
            }
        }
    }
}
