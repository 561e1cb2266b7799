//! Preloaded into QEMU, which believes that it maps the guest's memory shared from a file. What it gets is private memory: empty, or a
//! copy-on-write view of an image, or pages that a page server delivers. So QEMU leaves the memory out of what it saves, and can't
//! write to an image that others map too.
//!
//! | variable           | meaning                                                          |
//! |--------------------|------------------------------------------------------------------|
//! | `WRENN_RAM`        | file that QEMU maps as memory; without it nothing is changed     |
//! | `WRENN_RAM_IMAGE`  | number of an open file descriptor of an image to map instead     |
//! | `WRENN_RAM_SERVER` | socket of a page server; together with an image it is an error   |
//!
//! Where the memory lies can be read from outside, in the process's list of mappings: one page of `WRENN_RAM`, which nobody can
//! access, is mapped at the offset that is the memory's address.
#![no_std]

mod pages;

use core::ffi::{c_char, c_int, c_long, c_void, CStr};
use core::sync::atomic::{AtomicU64, Ordering};
use libc::{off_t, size_t};

const PAGE: size_t = 4096;
const FAILED: c_int = 113;

static DEVICE: AtomicU64 = AtomicU64::new(0);
static INODE: AtomicU64 = AtomicU64::new(0);

#[used]
#[link_section = ".init_array"]
static START: extern "C" fn() = start;

extern "C" fn start() {
    // The programs that become QEMU load this as well; the variables stay for it.
    if let Some(ram) = variable(c"WRENN_RAM") {
        let mut found: libc::stat = unsafe { core::mem::zeroed() };
        if unsafe { libc::stat(ram.as_ptr(), &mut found) } == 0 {
            DEVICE.store(found.st_dev, Ordering::Relaxed);
            INODE.store(found.st_ino, Ordering::Relaxed);
        }
    }
}

fn variable(name: &CStr) -> Option<&'static CStr> {
    let value = unsafe { libc::getenv(name.as_ptr()) };
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) })
}

fn is_ram(fd: c_int) -> bool {
    let inode = INODE.load(Ordering::Relaxed);
    let mut found: libc::stat = unsafe { core::mem::zeroed() };
    inode != 0
        && fd >= 0
        && unsafe { libc::fstat(fd, &mut found) } == 0
        && found.st_ino == inode
        && found.st_dev == DEVICE.load(Ordering::Relaxed)
}

/// # Safety
/// As the function of the C library that it stands for.
#[no_mangle]
pub unsafe extern "C" fn mmap(at: *mut c_void, length: size_t, protection: c_int, flags: c_int, fd: c_int, offset: off_t) -> *mut c_void {
    if flags & libc::MAP_ANONYMOUS == 0 && protection & libc::PROT_WRITE != 0 && is_ram(fd) {
        return memory(at, length, protection, flags, fd, offset);
    }
    kernel_mmap(at, length, protection, flags, fd, offset)
}

/// # Safety
/// As the function of the C library that it stands for.
#[no_mangle]
pub unsafe extern "C" fn mmap64(at: *mut c_void, length: size_t, protection: c_int, flags: c_int, fd: c_int, offset: off_t) -> *mut c_void {
    mmap(at, length, protection, flags, fd, offset)
}

/// QEMU makes a hole in the file when the guest gives memory back, and then drops the pages of its mapping, which is all that is needed.
///
/// # Safety
/// As the function of the C library that it stands for.
#[no_mangle]
pub unsafe extern "C" fn fallocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
    if is_ram(fd) {
        return 0;
    }
    libc::syscall(libc::SYS_fallocate, fd as c_long, mode as c_long, offset, length) as c_int
}

/// # Safety
/// As the function of the C library that it stands for.
#[no_mangle]
pub unsafe extern "C" fn fallocate64(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
    fallocate(fd, mode, offset, length)
}

unsafe fn kernel_mmap(at: *mut c_void, length: size_t, protection: c_int, flags: c_int, fd: c_int, offset: off_t) -> *mut c_void {
    libc::syscall(libc::SYS_mmap, at, length, protection as c_long, flags as c_long, fd as c_long, offset) as *mut c_void
}

unsafe fn memory(at: *mut c_void, length: size_t, protection: c_int, flags: c_int, ram: c_int, offset: off_t) -> *mut c_void {
    let private = flags & !libc::MAP_TYPE & !libc::MAP_SYNC | libc::MAP_PRIVATE;
    let image = variable(c"WRENN_RAM_IMAGE");
    let server = variable(c"WRENN_RAM_SERVER");
    let base = match image {
        Some(_) if server.is_some() => die(c"memory from an image and from a page server at a time", false),
        Some(number) => {
            let fd = libc::atoi(number.as_ptr());
            let mut found: libc::stat = core::mem::zeroed();
            if libc::fstat(fd, &mut found) != 0 || found.st_size < offset + length as off_t {
                die(c"the image of the guest's memory is not there or too short", false);
            }
            let mapped = kernel_mmap(at, length, protection, private, fd, offset);
            libc::close(fd);
            mapped
        }
        None => kernel_mmap(at, length, protection, private | libc::MAP_ANONYMOUS, -1, 0),
    };
    if base == libc::MAP_FAILED {
        return base;
    }
    if let Some(socket) = server {
        pages::hand_over(base as u64, length as u64, offset as u64, socket);
    }
    if kernel_mmap(core::ptr::null_mut(), PAGE, libc::PROT_NONE, libc::MAP_PRIVATE, ram, base as off_t - offset) == libc::MAP_FAILED {
        die(c"the place of the guest's memory can't be shown", true);
    }
    base
}

/// Ends QEMU: a guest without the memory that was meant for it must not run.
fn die(what: &CStr, system: bool) -> ! {
    let number = if system { unsafe { *libc::__errno_location() } } else { 0 };
    let mut line = pages::Text::new();
    line.words("wrenn preload: ");
    line.words(what.to_str().unwrap_or("?"));
    if system {
        line.words(" (errno ");
        line.number(number as u64);
        line.words(")");
    }
    line.words("\n");
    unsafe {
        libc::write(2, line.bytes().as_ptr() as *const c_void, line.bytes().len());
        libc::_exit(FAILED)
    }
}

fn address(path: &CStr) -> libc::sockaddr_un {
    let mut address: libc::sockaddr_un = unsafe { core::mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let bytes = path.to_bytes();
    if bytes.len() >= address.sun_path.len() {
        die(c"the path of the page server's socket is too long", false);
    }
    for (to, from) in address.sun_path.iter_mut().zip(bytes) {
        *to = *from as c_char;
    }
    address
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo) -> ! {
    unsafe { libc::abort() }
}
