//! Watches that are asked for their events from time to time, and how many watches there may be.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::auth::hex;
use crate::entropy;
use crate::fault::{Code, Fault, Outcome};
use crate::sync::locked;

const MOST_WATCHES: usize = 100;
const MOST_EVENTS: usize = 10_000;

pub struct Watchers {
    permits: Arc<Semaphore>,
    entries: Mutex<BTreeMap<String, Watcher>>,
}

struct Watcher {
    mailbox: Arc<Mailbox>,
    task: AbortHandle,
    asked: Instant,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Events that nobody has asked for yet.
#[derive(Default)]
pub struct Mailbox {
    inner: Mutex<(VecDeque<Value>, Option<Fault>)>,
}

impl Mailbox {
    pub fn put(&self, events: Vec<Value>) {
        let mut inner = locked(&self.inner);
        if inner.0.len() + events.len() > MOST_EVENTS {
            inner.0.clear();
            inner.1 = Some(Fault::new(Code::ResourceExhausted, "more events than are kept between two calls: they are lost, list the directory again"));
        } else {
            inner.0.extend(events);
        }
    }

    pub fn fail(&self, fault: Fault) {
        locked(&self.inner).1 = Some(fault);
    }

    /// What has come since the last call; a loss is told once, and then it goes on.
    fn take(&self) -> Outcome<Vec<Value>> {
        let mut inner = locked(&self.inner);
        match inner.1.take() {
            Some(fault) => {
                inner.0.clear();
                Err(fault)
            }
            None => Ok(inner.0.drain(..).collect()),
        }
    }
}

impl Default for Watchers {
    fn default() -> Watchers {
        Watchers { permits: Arc::new(Semaphore::new(MOST_WATCHES)), entries: Mutex::default() }
    }
}

impl Watchers {
    /// The right to one more watch. The watcher that was not asked for the longest time gives way.
    pub fn permit(&self) -> Outcome<OwnedSemaphorePermit> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let hint = if self.forget_oldest() { ": try again, one that nobody asks has been given up" } else { "" };
        Err(Fault::new(Code::ResourceExhausted, format!("{MOST_WATCHES} watches are open{hint}")))
    }

    pub fn insert(&self, mailbox: Arc<Mailbox>, task: AbortHandle) -> Outcome<String> {
        let id = entropy::bytes::<16>().map_err(|error| Fault::io("draw an id for the watcher", &error))?;
        let id = format!("w{}", hex(&id));
        locked(&self.entries).insert(id.clone(), Watcher { mailbox, task, asked: Instant::now() });
        Ok(id)
    }

    pub fn take(&self, id: &str) -> Outcome<Vec<Value>> {
        let mut entries = locked(&self.entries);
        let watcher = entries.get_mut(id).ok_or_else(|| unknown(id))?;
        watcher.asked = Instant::now();
        watcher.mailbox.take()
    }

    pub fn remove(&self, id: &str) -> Outcome<()> {
        locked(&self.entries).remove(id).map(|_| ()).ok_or_else(|| unknown(id))
    }

    fn forget_oldest(&self) -> bool {
        let mut entries = locked(&self.entries);
        let oldest = entries.iter().min_by_key(|(_, watcher)| watcher.asked).map(|(id, _)| id.clone());
        oldest.is_some_and(|id| entries.remove(&id).is_some())
    }
}

fn unknown(id: &str) -> Fault {
    let shown: String = id.chars().take(64).collect();
    Fault::not_found(format!("watcher '{shown}' not found"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_loss_is_told_once() {
        let mailbox = Mailbox::default();
        mailbox.put(vec![json!(1), json!(2)]);
        assert_eq!(mailbox.take().unwrap().len(), 2);
        for _ in 0..=MOST_EVENTS / 1000 {
            mailbox.put(vec![json!(0); 1000]);
        }
        assert_eq!(mailbox.take().unwrap_err().code, Code::ResourceExhausted);
        mailbox.put(vec![json!(3)]);
        assert_eq!(mailbox.take().unwrap(), [json!(3)]);
    }
}
