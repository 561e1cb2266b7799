//! One line per event on standard error. In a capsule that is the kernel log, so a record must be one write.

use std::fmt::Arguments;

pub fn write(text: Arguments<'_>) {
    let line: String = format!("envd: {text}").chars().take(800).collect();
    let mut bytes = line.into_bytes();
    bytes.push(b'\n');
    // Nothing can be reported when the log itself fails.
    unsafe { libc::write(2, bytes.as_ptr().cast(), bytes.len()) };
}

#[macro_export]
macro_rules! log {
    ($($part:tt)*) => { $crate::log::write(format_args!($($part)*)) };
}
