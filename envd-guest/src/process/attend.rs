//! What is done beside a process as long as it lives, and a little longer.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout, Instant};

use super::exit::End;
use super::ring::{Kind, Ring};
use super::{pump, Process};
use crate::agent::Agent;
use crate::sys::{self, Channel};
use crate::vault::Vault;

/// How long an ended process can still be connected to.
const REMEMBERED: Duration = Duration::from_secs(30);

pub type Pumps = Vec<(Kind, Arc<Channel>)>;

/// Who is told by the kernel how the process ends.
pub enum Parent {
    Us,
    /// PID 1, after the agent that has started the process has died.
    Init(Arc<Vault>),
    /// It has ended already.
    Nobody(i32),
}

pub struct Attendance {
    pub agent: Arc<Agent>,
    pub process: Arc<Process>,
    /// None when the process is gone already.
    pub pidfd: Option<Channel>,
    pub pumps: Pumps,
    pub limit: Option<Duration>,
    pub parent: Parent,
}

impl Attendance {
    /// Moves the output, waits for the end, tells it, forgets the process.
    pub async fn run(self) {
        let Attendance { agent, process, pidfd, pumps, limit, parent } = self;
        let (tell_exit, exited) = watch::channel(None);
        let pumping: Vec<JoinHandle<Option<JoinHandle<()>>>> =
            pumps.into_iter().map(|(kind, channel)| tokio::spawn(run_pump(kind, channel, process.ring.clone(), exited.clone()))).collect();
        let overran = until_end(&process, pidfd.as_ref(), limit).await;
        let mut end = end_of(process.pid, parent).await.unwrap_or_else(|error| End::unknown(format!("how process {} ended is not known: {error}", process.pid)));
        process.ended.store(true, Ordering::Release);
        if let (true, Some(limit)) = (overran, limit) {
            end.error = Some(format!("deadline exceeded: the process ran longer than {} ms and was killed", limit.as_millis()));
        }
        tell_exit.send_replace(Some(Instant::now()));
        let mut discarding = Vec::new();
        for pump in pumping {
            match pump.await {
                Ok(rest) => discarding.extend(rest),
                Err(error) => crate::log!("output of process {} broke off: {error}", process.pid),
            }
        }
        process.ring.finish(end);
        tokio::spawn(release(process.vault.clone(), process.key, discarding));
        let key = process.key;
        drop(process);
        sleep(REMEMBERED).await;
        agent.processes.remove(key);
    }
}

/// Waits for the end of the process; true when it had to be killed at its deadline.
async fn until_end(process: &Process, pidfd: Option<&Channel>, limit: Option<Duration>) -> bool {
    let Some(pidfd) = pidfd else { return false };
    let overran = match limit {
        Some(limit) => timeout(limit, pidfd.wait_readable()).await.is_err(),
        None => false,
    };
    if overran {
        if let Err(fault) = process.signal(libc::SIGKILL) {
            crate::log!("process {} not killed at its deadline: {fault}", process.pid);
        }
    }
    if let Err(error) = pidfd.wait_readable().await {
        crate::log!("the end of process {} can't be waited for: {error}", process.pid);
    }
    overran
}

async fn end_of(pid: i32, parent: Parent) -> io::Result<End> {
    let status = match parent {
        Parent::Us => {
            let mut status = 0;
            sys::check(unsafe { libc::waitpid(pid, &mut status, 0) })?;
            status
        }
        Parent::Init(vault) => vault.status(pid).await?,
        Parent::Nobody(status) => status,
    };
    Ok(End::of_wait_status(status))
}

/// Moves output until there is no more; a stream that something else still holds is read on in the background.
async fn run_pump(kind: Kind, channel: Arc<Channel>, ring: Arc<Ring>, exited: watch::Receiver<Option<Instant>>) -> Option<JoinHandle<()>> {
    let whole = pump::run(&channel, kind, &ring, exited).await;
    (!whole).then(|| tokio::spawn(pump::discard(channel)))
}

/// PID 1 keeps the streams until nobody writes to them any more.
pub async fn release(vault: Option<Arc<Vault>>, key: u64, discarding: Vec<JoinHandle<()>>) {
    let Some(vault) = vault else { return };
    vault.over(key);
    for stream in discarding {
        if let Err(error) = stream.await {
            crate::log!("a stream of background processes broke off: {error}");
        }
    }
    vault.forget(key);
}
