//! What PID 1 keeps of each process, so that an agent that follows on a dead one can go on with it: the pipes and
//! terminals stay open in PID 1, which is also told how such a process ends, since it becomes its parent.

use std::collections::HashMap;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{json, Value};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::fdpass;
use crate::sync::locked;
use crate::sys::Channel;

const STATUS_PATIENCE: Duration = Duration::from_secs(2);

/// A process that an agent before this one has started.
pub struct Kept {
    pub key: u64,
    /// Its pid, tag, config, cgroup leaf and which descriptors there are.
    pub facts: Value,
    pub descriptors: Vec<OwnedFd>,
    /// Its end, when it came after the agent's.
    pub status: Option<i32>,
    /// Its end has been told already; only its background children may still hold its streams.
    pub over: bool,
}

/// The agent's end of the way to PID 1.
pub struct Vault {
    socket: OwnedFd,
    statuses: Mutex<HashMap<i32, i32>>,
    told: watch::Sender<()>,
}

impl Vault {
    pub fn new(socket: OwnedFd) -> Arc<Vault> {
        Arc::new(Vault { socket, statuses: Mutex::default(), told: watch::Sender::new(()) })
    }

    /// Hands copies of a process' streams to PID 1.
    pub fn keep(&self, key: u64, facts: Value, descriptors: &[RawFd]) {
        self.tell(json!({"keep": key, "facts": facts}), descriptors);
    }

    /// Lets go of the input, or the process would never see its end.
    pub fn close_input(&self, key: u64) {
        self.tell(json!({"close_input": key}), &[]);
    }

    /// The end of the process has been told.
    pub fn over(&self, key: u64) {
        self.tell(json!({"over": key}), &[]);
    }

    pub fn forget(&self, key: u64) {
        self.tell(json!({"forget": key}), &[]);
    }

    fn tell(&self, message: Value, descriptors: &[RawFd]) {
        if let Err(error) = fdpass::send(&self.socket, message.to_string().as_bytes(), descriptors) {
            crate::log!("PID 1 does not learn of a process: {error}");
        }
    }

    /// Listens to PID 1 as long as the agent lives.
    pub async fn listen(self: Arc<Vault>) -> io::Result<()> {
        let channel = Channel::reader(self.socket.try_clone()?)?;
        let mut buffer = [0u8; 256];
        loop {
            let count = channel.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            let Ok(message) = serde_json::from_slice::<Value>(&buffer[..count]) else { continue };
            if let (Some(pid), Some(status)) = (message["pid"].as_i64(), message["status"].as_i64()) {
                locked(&self.statuses).insert(pid as i32, status as i32);
                self.told.send_replace(());
            }
        }
    }

    /// How a process of an agent before this one has ended, from PID 1.
    pub async fn status(&self, pid: i32) -> io::Result<i32> {
        let mut changes = self.told.subscribe();
        let wait = async {
            loop {
                if let Some(status) = locked(&self.statuses).remove(&pid) {
                    return status;
                }
                // The sender lives as long as this vault does.
                let _ = changes.changed().await;
            }
        };
        timeout(STATUS_PATIENCE, wait).await.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "PID 1 has not told"))
    }
}
