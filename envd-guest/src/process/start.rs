//! From a request to a running process with its pumps and its waiter.

use std::os::fd::OwnedFd;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::attend::{Attendance, Parent, Pumps};
use super::prepare::{launch, Ends, Surroundings};
use super::request::StartRequest;
use super::ring::{Kind, Ring, Subscriber};
use super::{adopt, Input, Process};
use crate::agent::Agent;
use crate::fault::{Fault, Outcome};
use crate::sys::Channel;
use crate::users::User;

/// How long a process waits for PID 1 to finish.
const MACHINE_PATIENCE: Duration = Duration::from_secs(5);

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
    let name = user.name.clone();
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
    let key = agent.processes.next_key();
    let process = Arc::new(Process { key, pid: spawned.pid, tag: request.tag, user: name, config: request.config, ring, input, leaf, vault: agent.vault.clone(), ended: AtomicBool::new(false) });
    agent.processes.insert(process.clone());
    adopt::entrust(&process, &pumps, limit);
    let attendance = Attendance { agent: agent.clone(), process: process.clone(), pidfd: Some(pidfd), pumps, limit, parent: Parent::Us };
    tokio::spawn(attendance.run());
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
