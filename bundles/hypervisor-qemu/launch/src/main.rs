//! The process that the JVM starts runs this and becomes QEMU by one exec: its pid never changes. The arguments are QEMU's command line,
//! the program first. The rest comes in variables, of which QEMU sees none but those that begin with `WRENN_RAM`:
//!
//! | variable        | meaning                                                                                       |
//! |-----------------|-----------------------------------------------------------------------------------------------|
//! | `WRENN_LOG`     | file that takes stderr: fixed in size, so it is opened without truncating or appending        |
//! | `WRENN_CGROUP`  | `cgroup.procs` files to join, one a line                                                      |
//! | `WRENN_STATE`   | saved state of devices, which becomes descriptor 3                                            |
//! | `WRENN_IMAGE`   | image of the guest's memory, which becomes descriptor 4                                       |
//! | `WRENN_NETNS`   | path of the network namespace to enter                                                        |
//! | `WRENN_PRELOAD` | library that QEMU loads before all others                                                     |
//! | `WRENN_ROOT`    | empty directory on which a root file system is mounted; without it QEMU gets this user's rights |
//! | `WRENN_BINDS`   | what of the host shows in it under the same path, one a line: `ro PATH` or `rw PATH`          |
//! | `WRENN_DEVICES` | device nodes in it that belong to the user, one a line: `TYPE MAJOR MINOR PATH`               |
//! | `WRENN_UID`     | user and group of QEMU                                                                        |
//! | `WRENN_GROUPS`  | its further group                                                                             |
//!
//! An empty variable is one that is not there. One program instead of a dozen of the system's: each of those takes a millisecond or two,
//! and a capsule waits for all of them.
#![no_main]

mod privileges;
mod root;
mod sys;

use std::ffi::{c_char, c_int, CStr, CString, OsString};
use std::os::unix::ffi::OsStringExt;

use sys::{check, done, fail};

const FAILED: c_int = 111;
const STATE: c_int = 3;
const IMAGE: c_int = 4;

/// Without Rust's own start, which would have QEMU ignore SIGPIPE.
///
/// # Safety
/// For the C library's start only.
#[no_mangle]
pub unsafe extern "C" fn main(count: c_int, arguments: *const *const c_char) -> c_int {
    let argv: Vec<CString> = (1..count as isize).map(|at| CStr::from_ptr(*arguments.offset(at)).to_owned()).collect();
    let why = launch(&argv).unwrap_err();
    let line = format!("wrenn launch: {why}\n");
    libc::write(2, line.as_ptr().cast(), line.len());
    libc::_exit(FAILED)
}

/// Comes back with a failure only.
fn launch(argv: &[CString]) -> Result<std::convert::Infallible, String> {
    if argv.is_empty() {
        return fail("there is no program to become");
    }
    streams()?;
    std::env::set_current_dir("/").map_err(|e| format!("the root can't be entered: {e}"))?;
    unsafe { libc::umask(0o077) };
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    check("no core dumps", unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) })?;
    for group in lines("WRENN_CGROUP") {
        std::fs::write(&group, format!("{}\n", std::process::id())).map_err(|e| format!("control group {group}: {e}"))?;
    }
    if let Some(state) = variable("WRENN_STATE") {
        sys::open_at(&state, libc::O_RDONLY, STATE)?;
    }
    if let Some(image) = variable("WRENN_IMAGE") {
        sys::open_at(&image, libc::O_RDONLY, IMAGE)?;
    }
    check("a session of its own", unsafe { libc::setsid() })?;
    if let Some(root) = variable("WRENN_ROOT") {
        if let Some(namespace) = variable("WRENN_NETNS") {
            sys::enter_network(&namespace)?;
        }
        let user = variable("WRENN_UID").and_then(|uid| uid.parse().ok()).ok_or("WRENN_UID is no number")?;
        let group = variable("WRENN_GROUPS").map(|group| group.parse().map_err(|_| "WRENN_GROUPS is no number")).transpose()?;
        root::enter(&root, &lines("WRENN_BINDS"), variable("WRENN_PRELOAD").as_deref(), &lines("WRENN_DEVICES"), user)?;
        unsafe { libc::umask(0o077) };
        privileges::drop_to(user, group)?;
    }
    become_qemu(argv)
}

fn streams() -> Result<(), String> {
    sys::open_at("/dev/null", libc::O_RDONLY, 0)?;
    sys::open_at("/dev/null", libc::O_WRONLY, 1)?;
    match variable("WRENN_LOG") {
        Some(log) => sys::open_at(&log, libc::O_RDWR, 2),
        None => Ok(()),
    }
}

fn become_qemu(argv: &[CString]) -> Result<std::convert::Infallible, String> {
    let mut environment = Vec::new();
    for (name, value) in std::env::vars_os() {
        let name = name.into_vec();
        if !name.starts_with(b"WRENN_") || name.starts_with(b"WRENN_RAM") {
            environment.push(setting(&name, value)?);
        }
    }
    if let Some(library) = variable("WRENN_PRELOAD") {
        environment.push(setting(b"LD_PRELOAD", library.into())?);
    }
    let arguments: Vec<*const c_char> = argv.iter().map(|one| one.as_ptr()).chain([std::ptr::null()]).collect();
    let variables: Vec<*const c_char> = environment.iter().map(|one| one.as_ptr()).chain([std::ptr::null()]).collect();
    done(&argv[0].to_string_lossy(), unsafe { libc::execve(argv[0].as_ptr(), arguments.as_ptr(), variables.as_ptr()) })?;
    fail("exec came back")
}

fn setting(name: &[u8], value: OsString) -> Result<CString, String> {
    let text = [name, b"=", &value.into_vec()].concat();
    CString::new(text).map_err(|_| "a variable holds a zero byte".to_string())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn lines(name: &str) -> Vec<String> {
    variable(name).map(|text| text.lines().map(str::to_string).collect()).unwrap_or_default()
}
