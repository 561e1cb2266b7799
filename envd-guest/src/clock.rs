//! Setting the guest's clock to the host's.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::sys;

const AHEAD: i128 = 50_000_000;
const BEHIND: i128 = 5_000_000_000;

/// True when a guest clock that shows `guest` has to be set to `host` (both nanoseconds since the epoch).
/// A host that seems a little behind is only a slow message.
pub fn must_set(host: i128, guest: i128) -> bool {
    host - guest > AHEAD || guest - host > BEHIND
}

pub fn now() -> i128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128)
}

pub fn set(nanos: i128) -> io::Result<()> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "time is out of range");
    let seconds = libc::time_t::try_from(nanos.div_euclid(1_000_000_000)).map_err(|_| wrong())?;
    let time = libc::timespec { tv_sec: seconds, tv_nsec: nanos.rem_euclid(1_000_000_000) as libc::c_long };
    sys::check(unsafe { libc::clock_settime(libc::CLOCK_REALTIME, &time) })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_lags_are_left_alone() {
        let ms = 1_000_000;
        assert!(!must_set(50 * ms, 0));
        assert!(must_set(51 * ms, 0));
        assert!(!must_set(0, 5_000 * ms));
        assert!(must_set(0, 5_001 * ms));
    }
}
