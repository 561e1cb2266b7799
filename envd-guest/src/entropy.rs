//! Fresh randomness from the host: clones of one snapshot must not draw the same numbers.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsRawFd;

use crate::sys;

const RNDADDENTROPY: libc::c_ulong = 0x4008_5203;
const RNDRESEEDCRNG: libc::c_ulong = 0x5207;
pub const MAX_SEED: usize = 512;

#[repr(C)]
struct Pool {
    bits: libc::c_int,
    size: libc::c_int,
    bytes: [u8; MAX_SEED],
}

/// Mixes a seed of at most `MAX_SEED` bytes into the kernel's generator and makes it use it at once.
pub fn mix(seed: &[u8]) -> io::Result<()> {
    if seed.is_empty() || seed.len() > MAX_SEED {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("a seed has 1 to {MAX_SEED} bytes")));
    }
    let device = OpenOptions::new().write(true).open("/dev/urandom")?;
    let mut pool = Pool { bits: seed.len() as libc::c_int * 8, size: seed.len() as libc::c_int, bytes: [0; MAX_SEED] };
    pool.bytes[..seed.len()].copy_from_slice(seed);
    sys::check(unsafe { libc::ioctl(device.as_raw_fd(), RNDADDENTROPY, &pool) })?;
    sys::check(unsafe { libc::ioctl(device.as_raw_fd(), RNDRESEEDCRNG) })?;
    Ok(())
}

/// Random bytes from the kernel.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0u8; N];
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), N, 0) };
    if count == N as isize { Ok(bytes) } else { Err(io::Error::last_os_error()) }
}
