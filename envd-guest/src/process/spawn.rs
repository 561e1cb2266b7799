//! Starting one program: a session, a user, a working directory and a cgroup of its own, and nothing inherited
//! but its three standard descriptors.

use std::ffi::CString;
use std::mem::size_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

pub struct Plan {
    pub program: CString,
    pub arguments: Vec<CString>,
    pub environment: Vec<CString>,
    pub directory: CString,
    pub user: Option<Credentials>,
    /// Standard input, output and error of the program.
    pub stdio: [OwnedFd; 3],
    /// Standard input is a terminal and becomes the controlling one.
    pub terminal: bool,
    pub cgroup: Option<OwnedFd>,
}

pub struct Credentials {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

pub struct Spawned {
    pub pid: i32,
    pub pidfd: OwnedFd,
}

#[derive(Debug, PartialEq, Eq)]
pub struct SpawnError {
    pub step: &'static str,
    pub errno: i32,
}

const STEPS: [&str; 6] = ["start a session", "take the terminal", "redirect standard streams", "become the user", "enter the working directory", "run the program"];
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

#[repr(C)]
#[derive(Default)]
struct CloneArguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// Enough for the few calls between the clone and the program.
const CHILD_STACK: usize = 64 << 10;

/// What the child needs, and where it leaves what failed: (step, errno), of which nothing is (0, 0).
struct Orders<'a> {
    plan: &'a Plan,
    arguments: &'a [*const libc::c_char],
    environment: &'a [*const libc::c_char],
    report: [i32; 2],
}

/// Starts the program and returns once it runs. Blocks for as long as the kernel needs to load it.
///
/// The child runs in our memory, and this thread stands still, until it has become the program: a copy of the memory, and of each page of it
/// that is written to meanwhile, would take longer than all the rest.
pub fn spawn(plan: &Plan) -> Result<Spawned, SpawnError> {
    let arguments = pointers(&plan.arguments);
    let environment = pointers(&plan.environment);
    let mut orders = Orders { plan, arguments: &arguments, environment: &environment, report: [0; 2] };
    // In units of the alignment that the processor asks of stacks.
    let mut stack = vec![0u128; CHILD_STACK / size_of::<u128>()];

    let mut pidfd: RawFd = -1;
    let flags = libc::CLONE_PIDFD | libc::CLONE_VM | libc::CLONE_VFORK;
    let mut clone = CloneArguments { flags: flags as u64, exit_signal: libc::SIGCHLD as u64, ..CloneArguments::default() };
    clone.pidfd = &mut pidfd as *mut RawFd as u64;
    clone.stack = stack.as_mut_ptr() as u64;
    clone.stack_size = CHILD_STACK as u64;
    if let Some(cgroup) = &plan.cgroup {
        clone.flags |= CLONE_INTO_CGROUP;
        clone.cgroup = cgroup.as_raw_fd() as u64;
    }
    let pid = unsafe { with_signals_held(|| clone_into(&clone, &mut orders)) };
    if pid < 0 {
        return Err(SpawnError { step: "make a process", errno: -pid as i32 });
    }
    // The kernel has just handed the descriptor to us.
    let spawned = Spawned { pid: pid as i32, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } };
    let [step, errno] = orders.report;
    if errno == 0 {
        return Ok(spawned);
    }
    unsafe { libc::waitpid(spawned.pid, ptr::null_mut(), 0) };
    Err(SpawnError { step: STEPS.get(step as usize).copied().unwrap_or("start"), errno })
}

/// A handler that ran in the child would run in our memory: so none does until the child has taken them out.
unsafe fn with_signals_held(work: impl FnOnce() -> isize) -> isize {
    let (all, mut before) = (u64::MAX, 0u64);
    // The libc would leave out its own signals.
    libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &all, &mut before, size_of::<u64>());
    let result = work();
    libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &before, ptr::null_mut::<u64>(), size_of::<u64>());
    result
}

/// The clone, whose child has a stack of its own and so can't return from here; a negative errno when there is none.
unsafe fn clone_into(clone: &CloneArguments, orders: *mut Orders) -> isize {
    let result: isize;
    std::arch::asm!(
        "syscall",
        "test rax, rax",
        "jnz 2f",
        "xor ebp, ebp",
        "mov rdi, r12",
        "call r13",
        "ud2",
        "2:",
        inlateout("rax") libc::SYS_clone3 as isize => result,
        in("rdi") clone,
        in("rsi") size_of::<CloneArguments>(),
        in("r12") orders,
        in("r13") become_program as unsafe extern "C" fn(*mut Orders) -> !,
        lateout("rcx") _,
        lateout("r11") _,
    );
    result
}

unsafe extern "C" fn become_program(orders: *mut Orders) -> ! {
    let orders = &mut *orders;
    orders.report = child(orders.plan, orders.arguments, orders.environment);
    libc::_exit(127)
}

fn pointers(texts: &[CString]) -> Vec<*const libc::c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
}

/// Runs in the child, in our memory: only plain system calls may follow. Comes back only with what failed: (step, errno).
unsafe fn child(plan: &Plan, arguments: &[*const libc::c_char], environment: &[*const libc::c_char]) -> [i32; 2] {
    let errno = || unsafe { *libc::__errno_location() };
    if libc::setsid() < 0 {
        return [0, errno()];
    }
    if plan.terminal && libc::ioctl(plan.stdio[0].as_raw_fd(), libc::TIOCSCTTY, 0) < 0 {
        return [1, errno()];
    }
    for (target, source) in plan.stdio.iter().enumerate() {
        if libc::dup2(source.as_raw_fd(), target as RawFd) < 0 {
            return [2, errno()];
        }
    }
    // Everything of ours closes on exec already; this covers what was inherited from whoever started us.
    libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 4u32);
    reset_signals();
    libc::umask(0o022);
    prefer_as_oom_victim();
    if let Some(user) = &plan.user {
        // The libc wrappers would try to change threads that exist only in the agent.
        let done = libc::syscall(libc::SYS_setgroups, user.groups.len(), user.groups.as_ptr()) == 0
            && libc::syscall(libc::SYS_setresgid, user.gid, user.gid, user.gid) == 0
            && libc::syscall(libc::SYS_setresuid, user.uid, user.uid, user.uid) == 0;
        if !done {
            return [3, errno()];
        }
    }
    if libc::chdir(plan.directory.as_ptr()) < 0 {
        return [4, errno()];
    }
    libc::execve(plan.program.as_ptr(), arguments.as_ptr(), environment.as_ptr());
    [5, errno()]
}

unsafe fn reset_signals() {
    // Handler, flags, restorer and mask as the kernel has them: all zero is the default. The libc refuses its own signals.
    let default = [0u64; 4];
    for signal in 1..=64 {
        libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), ptr::null_mut::<libc::c_void>(), 8usize);
    }
    let mut none: libc::sigset_t = std::mem::zeroed();
    libc::sigemptyset(&mut none);
    libc::sigprocmask(libc::SIG_SETMASK, &none, ptr::null_mut());
}

unsafe fn prefer_as_oom_victim() {
    let file = libc::open(c"/proc/self/oom_score_adj".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
    if file >= 0 {
        libc::write(file, c"100".as_ptr().cast(), 3);
        libc::close(file);
    }
}
