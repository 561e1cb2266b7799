//! Processes that outlive the agent which has started them: what PID 1 is given to keep, and going on with it.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::attend::{release, Attendance, Parent, Pumps};
use super::request::Config;
use super::ring::{Kind, Ring};
use super::{pump, Input, Process};
use crate::agent::Agent;
use crate::connect::fields::Fields;
use crate::fdpass::MOST_BYTES;
use crate::sys::{self, Channel};
use crate::vault::{Kept, Vault};

/// Longer descriptions of a process are kept without its arguments and variables.
const LONGEST: usize = MOST_BYTES - 1024;

/// Gives PID 1 what another agent needs to go on with the process.
pub fn entrust(process: &Process, pumps: &Pumps, limit: Option<Duration>) {
    let Some(vault) = &process.vault else { return };
    let input: Option<RawFd> = match &process.input {
        // Nobody else knows the process yet, so nobody holds the lock.
        Input::Stdin(stdin) => stdin.try_lock().ok().and_then(|channel| channel.as_ref().map(Channel::fd)),
        Input::Terminal(_) | Input::None => None,
    };
    let mut facts = json!({
        "pid": process.pid, "tag": process.tag, "user": process.user, "config": process.config.json(), "input": input.is_some(),
        "kinds": pumps.iter().map(|(kind, _)| kind.name()).collect::<Vec<_>>(),
        "leaf": process.leaf.as_ref().map(super::cgroup::Leaf::name),
        "deadline": limit.map(|limit| (sys::monotonic() + limit).as_millis() as u64),
    });
    if facts.to_string().len() > LONGEST {
        facts["config"] = json!({"cmd": process.config.cmd});
    }
    let descriptors: Vec<RawFd> = input.into_iter().chain(pumps.iter().map(|(_, channel)| channel.fd())).collect();
    vault.keep(process.key, facts, &descriptors);
}

/// Goes on with all processes that PID 1 has kept.
pub fn adopt_all(agent: &Arc<Agent>, vault: &Arc<Vault>, all: Vec<Kept>) {
    for kept in all {
        let (key, over) = (kept.key, kept.over);
        let adopted = if over { drain(vault, kept) } else { adopt(agent, vault, kept) };
        if let Err(error) = adopted {
            crate::log!("a process of the agent before is lost: {error}");
            vault.forget(key);
        }
    }
}

fn adopt(agent: &Arc<Agent>, vault: &Arc<Vault>, kept: Kept) -> io::Result<()> {
    let facts = &kept.facts;
    let pid = facts["pid"].as_i64().unwrap_or(0) as i32;
    let mut descriptors = kept.descriptors.into_iter();
    let stdin = if facts["input"] == true { descriptors.next() } else { None };
    let mut pumps = Pumps::new();
    let mut terminal = None;
    for (name, descriptor) in facts["kinds"].as_array().into_iter().flatten().zip(descriptors) {
        let kind = Kind::of_name(name.as_str().unwrap_or("")).ok_or_else(wrong)?;
        let channel = Arc::new(if kind == Kind::Pty { Channel::both(descriptor)? } else { Channel::reader(descriptor)? });
        if kind == Kind::Pty {
            terminal = Some(channel.clone());
        }
        pumps.push((kind, channel));
    }
    let input = match (terminal, stdin) {
        (Some(terminal), _) => Input::Terminal(terminal),
        (None, Some(stdin)) => Input::Stdin(tokio::sync::Mutex::new(Some(Channel::writer(stdin)?))),
        (None, None) => Input::None,
    };
    let parent = kept.status.map_or_else(|| Parent::Init(vault.clone()), Parent::Nobody);
    let pidfd = match parent {
        Parent::Init(_) => open_process(pid)?,
        _ => None,
    };
    let config = Fields::of(&facts["config"]).and_then(|fields| Config::parse(&fields)).map_err(|_| wrong())?;
    let limit = facts["deadline"].as_u64().map(|at| Duration::from_millis(at).saturating_sub(sys::monotonic()));
    let process = Arc::new(Process {
        key: kept.key,
        pid,
        tag: facts["tag"].as_str().map(str::to_string),
        user: facts["user"].as_str().unwrap_or("").to_string(),
        config,
        ring: Ring::new(agent.processes.ring_capacity()),
        input,
        leaf: facts["leaf"].as_str().and_then(|name| agent.groups.adopt(name)),
        vault: Some(vault.clone()),
        ended: AtomicBool::new(false),
    });
    agent.processes.insert(process.clone());
    tokio::spawn(Attendance { agent: agent.clone(), process, pidfd, pumps, limit, parent }.run());
    Ok(())
}

/// Its end was told long ago; what its children still write goes nowhere, but must not fail.
fn drain(vault: &Arc<Vault>, kept: Kept) -> io::Result<()> {
    let first = usize::from(kept.facts["input"] == true);
    let channels: Vec<Channel> = kept.descriptors.into_iter().skip(first).map(Channel::reader).collect::<io::Result<_>>()?;
    let discarding = channels.into_iter().map(|channel| tokio::spawn(pump::discard(Arc::new(channel)))).collect();
    tokio::spawn(release(Some(vault.clone()), kept.key, discarding));
    Ok(())
}

/// None when it has ended and PID 1 has seen it.
fn open_process(pid: i32) -> io::Result<Option<Channel>> {
    let fd = sys::check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) as libc::c_int });
    match fd {
        // The kernel has just handed it to us.
        Ok(fd) => Channel::reader(unsafe { OwnedFd::from_raw_fd(fd) }).map(Some),
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(None),
        Err(error) => Err(error),
    }
}

fn wrong() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what PID 1 has kept of it can't be read")
}

/// The largest key among those kept, so that new processes come after them.
pub fn last_key(kept: &[Kept]) -> u64 {
    kept.iter().map(|kept| kept.key).max().unwrap_or(0)
}
