//! From a request to a running process with its pumps and its waiter.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{spawn_blocking, JoinHandle};
use tokio::time::{sleep, timeout, Instant};

use super::exit::End;
use super::prepare::{launch, Ends, Surroundings};
use super::request::StartRequest;
use super::ring::{Kind, Ring, Subscriber};
use super::{pump, Input, Process};
use crate::agent::Agent;
use crate::fault::{Fault, Outcome};
use crate::sys::Channel;
use crate::users::User;

/// How long an ended process can still be connected to.
const REMEMBERED: Duration = Duration::from_secs(30);

/// How long a process waits for PID 1 to finish.
const MACHINE_PATIENCE: Duration = Duration::from_secs(5);

type Pumps = Vec<(Kind, Arc<Channel>)>;

/// Starts a process and subscribes to its output from the first byte on. `limit` ends it.
pub async fn start(agent: &Arc<Agent>, request: StartRequest, user: User, limit: Option<Duration>) -> Outcome<(Arc<Process>, Subscriber)> {
    agent.processes.admit()?;
    let agent = agent.clone();
    // A task of its own: a client that goes while the program loads must not leave a process that nobody knows.
    let started = tokio::spawn(async move { start_known(&agent, request, user, limit).await });
    started.await.map_err(|error| Fault::internal(format!("starting the process broke off: {error}")))?
}

async fn start_known(agent: &Arc<Agent>, request: StartRequest, user: User, limit: Option<Duration>) -> Outcome<(Arc<Process>, Subscriber)> {
    let defaults = agent.defaults();
    let around = Surroundings { user, globals: defaults.env, default_directory: defaults.workdir, search_path: agent.search_path.clone() };
    let (groups, machine_up) = (agent.groups.clone(), agent.machine_up.clone());
    let work = move || {
        if !machine_up.wait(MACHINE_PATIENCE) {
            crate::log!("a process starts before the machine is fully up");
        }
        let leaf = groups.leaf().unwrap_or_else(|error| {
            crate::log!("process runs without a cgroup of its own: {error}");
            None
        });
        let launched = launch(&request, &around, leaf.as_ref());
        (launched, request, leaf)
    };
    let (launched, request, leaf) = spawn_blocking(work).await.map_err(|error| Fault::internal(format!("starting the process broke off: {error}")))?;
    let (spawned, ends) = launched?;

    let ring = Ring::new(agent.processes.ring_capacity());
    let subscriber = ring.subscribe(true);
    let wired = wire(ends, spawned.pidfd);
    let (input, pumps, pidfd) = match wired {
        Ok(wired) => wired,
        Err(error) => {
            // Without our ends nobody could ever see or feed it.
            let _ = super::signal::send_group(spawned.pid, libc::SIGKILL);
            return Err(Fault::io("attach to the process", &error));
        }
    };
    let process = Arc::new(Process { pid: spawned.pid, tag: request.tag, config: request.config, ring, input, leaf, ended: AtomicBool::new(false) });
    let key = agent.processes.insert(process.clone());
    tokio::spawn(attend(agent.clone(), key, process.clone(), pidfd, pumps, limit));
    Ok((process, subscriber))
}

fn wire(ends: Ends, pidfd: OwnedFd) -> std::io::Result<(Input, Pumps, Channel)> {
    let mut pumps = Pumps::new();
    for (kind, end) in [(Kind::Stdout, ends.stdout), (Kind::Stderr, ends.stderr)] {
        if let Some(end) = end {
            pumps.push((kind, Arc::new(Channel::reader(end)?)));
        }
    }
    let input = match (ends.terminal, ends.stdin) {
        (Some(terminal), _) => {
            let terminal = Arc::new(Channel::both(terminal)?);
            pumps.push((Kind::Pty, terminal.clone()));
            Input::Terminal(terminal)
        }
        (None, Some(stdin)) => Input::Stdin(tokio::sync::Mutex::new(Some(Channel::writer(stdin)?))),
        (None, None) => Input::None,
    };
    Ok((input, pumps, Channel::reader(pidfd)?))
}

/// Lives beside the process: moves its output, waits for its end, tells it, forgets it.
async fn attend(agent: Arc<Agent>, key: u64, process: Arc<Process>, pidfd: Channel, pumps: Pumps, limit: Option<Duration>) {
    let (tell_exit, exited) = watch::channel(None);
    let pumping: Vec<JoinHandle<()>> = pumps.into_iter().map(|(kind, channel)| tokio::spawn(run_pump(kind, channel, process.ring.clone(), exited.clone()))).collect();
    let overran = match limit {
        Some(limit) => timeout(limit, pidfd.wait_readable()).await.is_err(),
        None => false,
    };
    if overran {
        if let Err(fault) = process.signal(libc::SIGKILL) {
            crate::log!("process {} not killed at its deadline: {fault}", process.pid);
        }
    }
    let waited = pidfd.wait_readable().await;
    let mut end = waited.and_then(|()| reap(process.pid)).unwrap_or_else(|error| End::unknown(format!("how process {} ended is not known: {error}", process.pid)));
    process.ended.store(true, Ordering::Release);
    if let (true, Some(limit)) = (overran, limit) {
        end.error = Some(format!("deadline exceeded: the process ran longer than {} ms and was killed", limit.as_millis()));
    }
    tell_exit.send_replace(Some(Instant::now()));
    for pump in pumping {
        if let Err(error) = pump.await {
            crate::log!("output of process {} broke off: {error}", process.pid);
        }
    }
    process.ring.finish(end);
    drop(process);
    sleep(REMEMBERED).await;
    agent.processes.remove(key);
}

async fn run_pump(kind: Kind, channel: Arc<Channel>, ring: Arc<Ring>, exited: watch::Receiver<Option<Instant>>) {
    if !pump::run(&channel, kind, &ring, exited).await {
        tokio::spawn(pump::discard(channel));
    }
}

fn reap(pid: i32) -> std::io::Result<End> {
    let mut status = 0;
    crate::sys::check(unsafe { libc::waitpid(pid, &mut status, 0) })?;
    Ok(End::of_wait_status(status))
}

