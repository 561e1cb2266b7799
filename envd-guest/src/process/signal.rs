//! Signals by name or number, and whom they reach.

use std::fs;
use std::io;

use serde_json::Value;

use crate::fault::{Fault, Outcome};

/// Accepts `SIGNAL_SIGTERM`, `SIGTERM`, `TERM` or 15.
pub fn parse(value: Option<&Value>) -> Outcome<i32> {
    let wrong = || Fault::invalid("field 'signal' must name a signal, such as SIGNAL_SIGTERM or SIGNAL_SIGKILL");
    let value = value.ok_or_else(wrong)?;
    if let Some(number) = value.as_i64() {
        return i32::try_from(number).ok().filter(|number| (1..=64).contains(number)).ok_or_else(wrong);
    }
    let text = value.as_str().ok_or_else(wrong)?;
    let short = text.strip_prefix("SIGNAL_").unwrap_or(text);
    let short = short.strip_prefix("SIG").unwrap_or(short);
    let known = NAMES.iter().find(|(name, _)| *name == short).map(|(_, number)| *number);
    known.or_else(|| text.parse().ok().filter(|number| (1..=64).contains(number))).ok_or_else(wrong)
}

const NAMES: [(&str, i32); 17] = [
    ("HUP", libc::SIGHUP),
    ("INT", libc::SIGINT),
    ("QUIT", libc::SIGQUIT),
    ("ABRT", libc::SIGABRT),
    ("KILL", libc::SIGKILL),
    ("USR1", libc::SIGUSR1),
    ("USR2", libc::SIGUSR2),
    ("PIPE", libc::SIGPIPE),
    ("ALRM", libc::SIGALRM),
    ("TERM", libc::SIGTERM),
    ("CHLD", libc::SIGCHLD),
    ("CONT", libc::SIGCONT),
    ("STOP", libc::SIGSTOP),
    ("TSTP", libc::SIGTSTP),
    ("TTIN", libc::SIGTTIN),
    ("TTOU", libc::SIGTTOU),
    ("WINCH", libc::SIGWINCH),
];

/// Signals one process. One that has ended is not an error.
pub fn send_one(pid: i32, signal: i32) -> io::Result<()> {
    ignore_gone(unsafe { libc::kill(pid, signal) })
}

/// Signals the process group that `leader` leads. A group that has ended is not an error.
pub fn send_group(leader: i32, signal: i32) -> io::Result<()> {
    ignore_gone(unsafe { libc::kill(-leader, signal) })
}

/// Kills what still belongs to the session of `leader`: shells put their jobs into groups of their own.
pub fn kill_session(leader: i32) {
    let Ok(entries) = fs::read_dir("/proc") else { return };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        if pid != leader && unsafe { libc::getsid(pid) } == leader {
            // It may have ended since it was listed, which is what is wanted.
            let _ = ignore_gone(unsafe { libc::kill(pid, libc::SIGKILL) });
        }
    }
}

fn ignore_gone(result: libc::c_int) -> io::Result<()> {
    match crate::sys::check(result) {
        Err(error) if error.raw_os_error() != Some(libc::ESRCH) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_numbers() {
        for (value, number) in [(json!("SIGNAL_SIGKILL"), 9), (json!("SIGTERM"), 15), (json!("INT"), 2), (json!(28), 28), (json!("1"), 1)] {
            assert_eq!(parse(Some(&value)).unwrap(), number, "{value}");
        }
        for value in [json!("SIGNAL_UNSPECIFIED"), json!(0), json!(65), json!("nonsense"), json!(true), json!(-9)] {
            assert!(parse(Some(&value)).is_err(), "{value}");
        }
        assert!(parse(None).is_err());
    }
}
