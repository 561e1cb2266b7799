//! What PID 1 does for the rest of the capsule's life.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::keeper::Keeper;
use super::{cgroup, SEARCH_PATH};
use crate::agent::Setup;
use crate::auth::Known;
use crate::gate::Gate;
use crate::process::cgroup::Groups;
use crate::serve;
use crate::sys;
use crate::vault::Vault;

/// An agent that dies sooner than this is started again only after a pause.
const HEALTHY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const FAREWELL: Duration = Duration::from_secs(3);

pub struct Capsule {
    pub failures: Vec<String>,
    pub listener: Option<TcpListener>,
    pub memory: Option<File>,
    pub drafts: Option<File>,
    pub token: Known,
    pub machine_up: Gate,
    pub port: u16,
    pub card: Option<Ipv4Addr>,
}

pub struct Supervisor {
    capsule: Capsule,
    keeper: Option<Keeper>,
    signals: libc::sigset_t,
    /// Signals that wait, as a descriptor.
    signal_queue: Option<OwnedFd>,
    /// 0 while there is none.
    agent: libc::pid_t,
    started: Instant,
}

impl Supervisor {
    /// Starts the first agent.
    pub fn start(capsule: Capsule) -> Supervisor {
        let signals = wanted_signals();
        unsafe { libc::sigprocmask(libc::SIG_BLOCK, &signals, ptr::null_mut()) };
        raise_file_limit();
        let signal_queue = sys::check(unsafe { libc::signalfd(-1, &signals, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) });
        // The kernel has just handed the descriptor to us.
        let signal_queue = noted("signals", signal_queue).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) });
        let keeper = noted("keeper of streams", Keeper::new());
        let mut supervisor = Supervisor { capsule, keeper, signals, signal_queue, agent: 0, started: Instant::now() };
        supervisor.fork_agent();
        supervisor
    }

    /// Lets the agent start processes.
    pub fn machine_is_up(&mut self) {
        noted("telling the agent that the machine is up", self.capsule.machine_up.open());
    }

    pub fn run(&mut self) -> ! {
        loop {
            self.wait(if self.agent == 0 { PAUSE } else { LONGEST_WAIT });
            while let Some(signal) = next_signal(&self.signals) {
                if signal != libc::SIGCHLD {
                    power_off(&self.signals);
                }
            }
            // What the agent has said of a process comes before what the kernel says of its end.
            self.listen();
            while let Some((pid, status)) = reap() {
                if pid == self.agent {
                    crate::log!("agent {pid} ended with status {status:#x}: starting it again");
                    self.agent = 0;
                    self.listen();
                } else if let Some(keeper) = &mut self.keeper {
                    keeper.ended(pid, status);
                }
            }
            if self.agent == 0 && self.started.elapsed() > HEALTHY {
                self.fork_agent();
            }
        }
    }

    /// Until a signal or a message comes; with a bound, so that a lost one delays nothing for long.
    fn wait(&self, patience: Duration) {
        let fd = |socket: Option<&OwnedFd>| libc::pollfd { fd: socket.map_or(-1, AsRawFd::as_raw_fd), events: libc::POLLIN, revents: 0 };
        let mut ready = [fd(self.signal_queue.as_ref()), fd(self.keeper.as_ref().map(Keeper::socket))];
        let patience = if self.signal_queue.is_some() { patience } else { PAUSE };
        unsafe { libc::poll(ready.as_mut_ptr(), 2, patience.as_millis() as libc::c_int) };
    }

    fn listen(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            keeper.listen();
        }
    }

    /// PID 1 has one thread only, so a plain copy of it can go on as the agent.
    fn fork_agent(&mut self) {
        self.started = Instant::now();
        match unsafe { libc::fork() } {
            0 => {
                self.be_agent();
                unsafe { libc::_exit(1) }
            }
            pid if pid > 0 => self.agent = pid,
            _ => crate::log!("agent not started: {}", io::Error::last_os_error()),
        }
    }

    fn be_agent(&mut self) {
        unsafe {
            libc::sigprocmask(libc::SIG_UNBLOCK, &self.signals, ptr::null_mut());
            libc::setsid();
            libc::prctl(libc::PR_SET_NAME, c"envd".as_ptr());
        }
        noted("protection from running out of memory", std::fs::write("/proc/self/oom_score_adj", "-1000"));
        let handed = self.keeper.as_mut().and_then(|keeper| noted("streams of processes", keeper.hand_over()));
        let (vault, kept) = handed.map_or((None, Vec::new()), |(socket, kept)| (Some(Vault::new(socket)), kept));
        let capsule = &self.capsule;
        let setup = Setup {
            token: capsule.token.clone(),
            groups: Groups::new(Some(Path::new(cgroup::USER))),
            vault,
            kept,
            card: capsule.card,
            search_path: SEARCH_PATH.into(),
            capsule: true,
            machine_up: Arc::new(capsule.machine_up.try_clone().unwrap_or_else(|_| Gate::open_always())),
            boot_failures: capsule.failures.clone(),
            memory: capsule.memory.as_ref().and_then(|memory| memory.try_clone().ok()),
            drafts: capsule.drafts.as_ref().and_then(|memory| memory.try_clone().ok()),
        };
        let listener = match &capsule.listener {
            Some(listener) => listener.try_clone(),
            None => serve::listen("0.0.0.0", capsule.port),
        };
        noted("agent", listener.and_then(|listener| serve::run(setup, listener)));
    }
}

/// The value of a step; one that fails is logged.
fn noted<T>(what: &str, result: io::Result<T>) -> Option<T> {
    result.map_err(|error| crate::log!("{what}: {error}")).ok()
}

/// PID 1 holds streams of all processes, and the agent has connections too.
fn raise_file_limit() {
    let files = libc::rlimit { rlim_cur: 65_536, rlim_max: 524_288 };
    noted("number of descriptors", sys::check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &files) }));
}

fn wanted_signals() -> libc::sigset_t {
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    unsafe { libc::sigemptyset(&mut set) };
    for signal in [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGPWR, libc::SIGUSR2] {
        unsafe { libc::sigaddset(&mut set, signal) };
    }
    set
}

fn next_signal(signals: &libc::sigset_t) -> Option<libc::c_int> {
    wait_signal(signals, Duration::ZERO)
}

fn wait_signal(signals: &libc::sigset_t, patience: Duration) -> Option<libc::c_int> {
    let limit = libc::timespec { tv_sec: patience.as_secs() as libc::time_t, tv_nsec: patience.subsec_nanos().into() };
    let signal = unsafe { libc::sigtimedwait(signals, ptr::null_mut(), &limit) };
    (signal > 0).then_some(signal)
}

fn reap() -> Option<(libc::pid_t, libc::c_int)> {
    let mut status = 0;
    let pid = unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) };
    (pid > 0).then_some((pid, status))
}

/// Ends everything and then the machine. Both kinds of monitor end when the guest restarts.
fn power_off(signals: &libc::sigset_t) -> ! {
    crate::log!("powering off");
    unsafe { libc::kill(-1, libc::SIGTERM) };
    let deadline = Instant::now() + FAREWELL;
    while Instant::now() < deadline && unsafe { libc::kill(-1, 0) } == 0 {
        while reap().is_some() {}
        wait_signal(signals, Duration::from_millis(50));
    }
    unsafe {
        libc::kill(-1, libc::SIGKILL);
        libc::sync();
        libc::mount(ptr::null(), c"/".as_ptr(), ptr::null(), libc::MS_REMOUNT | libc::MS_RDONLY, ptr::null());
        libc::reboot(libc::RB_AUTOBOOT);
    }
    // The kernel refuses a restart only to those who may not ask for it.
    loop {
        wait_signal(signals, FAREWELL);
    }
}
