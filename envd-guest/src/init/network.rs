//! The capsule's one network interface, by ioctl: the image needs no tool for it.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use super::cmdline::Cmdline;
use super::Report;
use crate::sys;

const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

pub fn up(cmdline: &Cmdline, report: &mut Report) {
    let Some(socket) = report.step("network", socket()) else { return };
    report.step("network lo", raise(&socket, "lo"));
    let Some((address, bits)) = cmdline.address else { return };
    let Some(name) = report.step("network interface", interface()) else { return };
    report.step("network address", assign(&socket, &name, address, bits));
    report.step("network up", raise(&socket, &name));
    if let Some(gateway) = cmdline.gateway {
        report.step("network route", default_route(&socket, gateway));
    }
}

fn socket() -> io::Result<OwnedFd> {
    let fd = sys::check(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })?;
    // The kernel has just handed it to us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The first real interface. Its driver may still be looking at the device.
fn interface() -> io::Result<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut names: Vec<String> = fs::read_dir("/sys/class/net")?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        let real = |name: &&String| fs::symlink_metadata(format!("/sys/class/net/{name}/device")).is_ok();
        if let Some(name) = names.iter().find(real) {
            return Ok(name.clone());
        }
        if Instant::now() > deadline {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no network interface appeared"));
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

fn request(name: &str) -> libc::ifreq {
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
        *to = from as libc::c_char;
    }
    request
}

fn ip_socket_address(address: Ipv4Addr) -> libc::sockaddr {
    let inet = libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: 0,
        sin_addr: libc::in_addr { s_addr: u32::from(address).to_be() },
        sin_zero: [0; 8],
    };
    // Both have the same size; the family says which one it is.
    unsafe { std::mem::transmute(inet) }
}

fn assign(socket: &OwnedFd, name: &str, address: Ipv4Addr, bits: u8) -> io::Result<()> {
    let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
    let mut call = request(name);
    call.ifr_ifru.ifru_addr = ip_socket_address(address);
    sys::check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFADDR, &call) })?;
    call.ifr_ifru.ifru_netmask = ip_socket_address(Ipv4Addr::from(mask));
    sys::check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFNETMASK, &call) })?;
    Ok(())
}

fn raise(socket: &OwnedFd, name: &str) -> io::Result<()> {
    let mut call = request(name);
    sys::check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS, &mut call) })?;
    unsafe { call.ifr_ifru.ifru_flags |= (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short };
    sys::check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &call) })?;
    Ok(())
}

fn default_route(socket: &OwnedFd, gateway: Ipv4Addr) -> io::Result<()> {
    let mut route: libc::rtentry = unsafe { std::mem::zeroed() };
    route.rt_dst = ip_socket_address(Ipv4Addr::UNSPECIFIED);
    route.rt_genmask = ip_socket_address(Ipv4Addr::UNSPECIFIED);
    route.rt_gateway = ip_socket_address(gateway);
    route.rt_flags = libc::RTF_UP | libc::RTF_GATEWAY;
    match sys::check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCADDRT, &route) }) {
        // The kernel has configured it itself (`ip=`).
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(()),
        other => other.map(|_| ()),
    }
}
