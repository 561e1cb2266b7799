//! Standard streams of PID 1 and of the agent.

use std::fs::OpenOptions;
use std::os::fd::IntoRawFd;

/// Input from nowhere, output to the kernel log. Without a console the kernel starts PID 1 with no descriptors at all,
/// and the next file that is opened would become its standard input.
pub fn to_kernel_log() {
    let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") else { return };
    let null = null.into_raw_fd();
    let log = OpenOptions::new().write(true).open("/dev/kmsg").map_or(null, IntoRawFd::into_raw_fd);
    unsafe {
        libc::dup2(null, 0);
        libc::dup2(log, 1);
        libc::dup2(log, 2);
        for fd in [null, log] {
            if fd > 2 {
                libc::close(fd);
            }
        }
    }
}
