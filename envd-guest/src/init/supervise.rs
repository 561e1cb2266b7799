//! What PID 1 does for the rest of the capsule's life.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{cgroup, SEARCH_PATH};
use crate::agent::Setup;
use crate::auth::Known;
use crate::gate::Gate;
use crate::process::cgroup::Groups;
use crate::serve;

/// An agent that dies sooner than this is started again only after a pause.
const HEALTHY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(250);
const FAREWELL: Duration = Duration::from_secs(3);

pub struct Capsule {
    pub failures: Vec<String>,
    pub listener: Option<TcpListener>,
    pub memory: Option<File>,
    pub token: Known,
    pub machine_up: Gate,
    pub port: u16,
}

pub struct Supervisor {
    capsule: Capsule,
    signals: libc::sigset_t,
    /// 0 while there is none.
    agent: libc::pid_t,
    started: Instant,
}

impl Supervisor {
    /// Starts the first agent.
    pub fn start(capsule: Capsule) -> Supervisor {
        let signals = wanted_signals();
        unsafe { libc::sigprocmask(libc::SIG_BLOCK, &signals, ptr::null_mut()) };
        let agent = fork_agent(&capsule);
        Supervisor { capsule, signals, agent, started: Instant::now() }
    }

    /// Lets the agent start processes.
    pub fn machine_is_up(&mut self) {
        if let Err(error) = self.capsule.machine_up.open() {
            crate::log!("the agent is not told that the machine is up: {error}");
        }
    }

    pub fn run(&mut self) -> ! {
        loop {
            // Signals are waited for with a bound, so that a lost one delays nothing for long.
            let signal = wait(&self.signals, if self.agent == 0 { PAUSE } else { Duration::from_secs(30) });
            if matches!(signal, Some(libc::SIGTERM | libc::SIGINT | libc::SIGPWR | libc::SIGUSR2)) {
                power_off(&self.signals);
            }
            while let Some((pid, status)) = reap() {
                if pid == self.agent {
                    crate::log!("agent {pid} ended with status {status:#x}: starting it again");
                    self.agent = 0;
                }
            }
            if self.agent == 0 && self.started.elapsed() > HEALTHY {
                self.agent = fork_agent(&self.capsule);
                self.started = Instant::now();
            }
        }
    }
}

fn wanted_signals() -> libc::sigset_t {
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    unsafe { libc::sigemptyset(&mut set) };
    for signal in [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGPWR, libc::SIGUSR2] {
        unsafe { libc::sigaddset(&mut set, signal) };
    }
    set
}

fn wait(signals: &libc::sigset_t, patience: Duration) -> Option<libc::c_int> {
    let limit = libc::timespec { tv_sec: patience.as_secs() as libc::time_t, tv_nsec: patience.subsec_nanos().into() };
    let signal = unsafe { libc::sigtimedwait(signals, ptr::null_mut(), &limit) };
    (signal > 0).then_some(signal)
}

fn reap() -> Option<(libc::pid_t, libc::c_int)> {
    let mut status = 0;
    let pid = unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) };
    (pid > 0).then_some((pid, status))
}

/// Forks the agent: PID 1 has one thread only, so a plain copy of it can go on. 0 when that failed.
fn fork_agent(capsule: &Capsule) -> libc::pid_t {
    match unsafe { libc::fork() } {
        0 => {
            be_agent(capsule);
            unsafe { libc::_exit(1) }
        }
        pid if pid > 0 => pid,
        _ => {
            crate::log!("agent not started: {}", std::io::Error::last_os_error());
            0
        }
    }
}

fn be_agent(capsule: &Capsule) {
    let signals = wanted_signals();
    unsafe {
        libc::sigprocmask(libc::SIG_UNBLOCK, &signals, ptr::null_mut());
        libc::setsid();
        libc::prctl(libc::PR_SET_NAME, c"envd".as_ptr());
    }
    let files = libc::rlimit { rlim_cur: 65_536, rlim_max: 524_288 };
    if let Err(error) = crate::sys::check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &files) }) {
        crate::log!("the agent has few descriptors: {error}");
    }
    if let Err(error) = std::fs::write("/proc/self/oom_score_adj", "-1000") {
        crate::log!("agent is not protected from running out of memory: {error}");
    }
    let setup = Setup {
        token: capsule.token.clone(),
        groups: Groups::new(Some(Path::new(cgroup::USER))),
        search_path: SEARCH_PATH.into(),
        capsule: true,
        machine_up: Arc::new(capsule.machine_up.try_clone().unwrap_or_else(|_| Gate::open_always())),
        boot_failures: capsule.failures.clone(),
        memory: capsule.memory.as_ref().and_then(|memory| memory.try_clone().ok()),
    };
    let listener = match &capsule.listener {
        Some(listener) => listener.try_clone(),
        None => serve::listen("0.0.0.0", capsule.port),
    };
    if let Err(error) = listener.and_then(|listener| serve::run(setup, listener)) {
        crate::log!("agent: {error}");
    }
}

/// Ends everything and then the machine. Both kinds of monitor end when the guest restarts.
fn power_off(signals: &libc::sigset_t) -> ! {
    crate::log!("powering off");
    unsafe { libc::kill(-1, libc::SIGTERM) };
    let deadline = Instant::now() + FAREWELL;
    while Instant::now() < deadline && unsafe { libc::kill(-1, 0) } == 0 {
        while reap().is_some() {}
        wait(signals, Duration::from_millis(50));
    }
    unsafe {
        libc::kill(-1, libc::SIGKILL);
        libc::sync();
        libc::mount(ptr::null(), c"/".as_ptr(), ptr::null(), libc::MS_REMOUNT | libc::MS_RDONLY, ptr::null());
        libc::reboot(libc::RB_AUTOBOOT);
    }
    // The kernel refuses a restart only to those who may not ask for it.
    loop {
        wait(signals, FAREWELL);
    }
}
