//! How a process ended, in the words that clients compare.

/// The end of a process. `code` is −1 when a signal ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub code: i32,
    pub exited: bool,
    pub status: String,
    pub error: Option<String>,
}

impl End {
    pub fn exited(code: i32) -> End {
        End { code, exited: true, status: format!("exit status {code}"), error: None }
    }

    pub fn unknown(error: String) -> End {
        End { code: -1, exited: false, status: "unknown".into(), error: Some(error) }
    }

    /// From the status word of `waitpid`.
    pub fn of_wait_status(status: libc::c_int) -> End {
        if libc::WIFSIGNALED(status) {
            let mut text = format!("signal: {}", signal_text(libc::WTERMSIG(status)));
            if libc::WCOREDUMP(status) {
                text.push_str(" (core dumped)");
            }
            return End { code: -1, exited: false, status: text, error: None };
        }
        End::exited(libc::WEXITSTATUS(status))
    }
}

fn signal_text(signal: i32) -> String {
    let text = match signal {
        libc::SIGHUP => "hangup",
        libc::SIGINT => "interrupt",
        libc::SIGQUIT => "quit",
        libc::SIGILL => "illegal instruction",
        libc::SIGTRAP => "trace/breakpoint trap",
        libc::SIGABRT => "aborted",
        libc::SIGBUS => "bus error",
        libc::SIGFPE => "floating point exception",
        libc::SIGKILL => "killed",
        libc::SIGUSR1 => "user defined signal 1",
        libc::SIGSEGV => "segmentation fault",
        libc::SIGUSR2 => "user defined signal 2",
        libc::SIGPIPE => "broken pipe",
        libc::SIGALRM => "alarm clock",
        libc::SIGTERM => "terminated",
        _ => return format!("signal {signal}"),
    };
    text.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_exact() {
        assert_eq!(End::of_wait_status(0).status, "exit status 0");
        assert_eq!(End::of_wait_status(7 << 8), End::exited(7));
        let killed = End::of_wait_status(9);
        assert_eq!((killed.status.as_str(), killed.code, killed.exited), ("signal: killed", -1, false));
        assert_eq!(End::of_wait_status(15).status, "signal: terminated");
        assert_eq!(End::of_wait_status(11 | 0x80).status, "signal: segmentation fault (core dumped)");
    }
}
