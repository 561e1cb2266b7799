//! The guest agent of a capsule. One binary: PID 1 of the capsule, or a plain agent on any Linux.
#![cfg_attr(not(test), no_main)]

mod activity;
mod agent;
mod args;
mod auth;
mod clock;
mod connect;
mod disk;
mod entropy;
mod fault;
mod fdpass;
mod files;
mod filesystem;
mod gate;
mod http;
mod identity;
mod init;
mod kernel_log;
mod listeners;
mod log;
mod metrics;
mod process;
mod serve;
mod snapshot;
mod sync;
mod sys;
mod timefmt;
mod tunnel;
mod users;
mod vault;

use std::os::unix::ffi::OsStringExt;

use crate::args::Command;

/// The C entry point: as PID 1 of an initramfs there may be no open descriptors and no /dev, and the start-up code
/// of the standard library would give up there.
///
/// # Safety
/// Called once, by the C library, with as many texts as it counts.
#[cfg_attr(not(test), no_mangle)]
pub unsafe extern "C" fn main(count: libc::c_int, texts: *const *const libc::c_char) -> libc::c_int {
    let arguments: Vec<String> = (0..count as usize).map(|at| argument(unsafe { *texts.add(at) })).collect();
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    if unsafe { libc::getpid() } == 1 && arguments.first().is_some_and(|name| name.ends_with("init")) {
        init::run();
    }
    match args::parse(arguments.get(1..).unwrap_or_default()) {
        Ok(Command::Version) => print(1, agent::VERSION),
        Ok(Command::Help) => print(1, args::USAGE),
        Ok(Command::Serve(plain)) => serve::plain(plain),
        Err(problem) => {
            print(2, &format!("envd: {problem}\n{}", args::USAGE));
            2
        }
    }
}

fn argument(text: *const libc::c_char) -> String {
    // The kernel gives as many texts as it counts.
    let bytes = unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes().to_vec();
    std::ffi::OsString::from_vec(bytes).to_string_lossy().into_owned()
}

fn print(fd: i32, text: &str) -> i32 {
    let line = format!("{text}\n");
    i32::from(sys::write_fd(fd, line.as_bytes()).is_err())
}
