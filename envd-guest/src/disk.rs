//! Growing the root file system to the size of its device, while it is in use.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::Response;
use serde_json::json;

use crate::agent::Agent;
use crate::fault::{Code, Fault, Outcome};
use crate::filesystem::service::blocking;
use crate::http::body::Body;
use crate::http::respond;
use crate::sys;

/// _IOW('f', 16, u64): the number of blocks that the file system shall have.
const RESIZE: libc::c_ulong = 0x4008_6610;
const EXT4: u16 = 0xef53;
const SUPERBLOCK_AT: u64 = 1024;
const SUPERBLOCK_SIZE: usize = 1024;
const LOWEST: libc::c_int = 19;
const PID_1_PATIENCE: Duration = Duration::from_secs(60);

/// Sizes in bytes.
pub struct Sizes {
    pub file_system: u64,
    pub device: u64,
    pub grown: bool,
}

/// `POST /disk/grow`: doing it again changes nothing.
pub async fn handle(agent: &Arc<Agent>) -> Response<Body> {
    match on_request(agent).await {
        Ok(sizes) => respond::json(200, &json!({"grown": sizes.grown, "fileSystemBytes": sizes.file_system, "deviceBytes": sizes.device, "diskTotal": crate::metrics::disk("/").1})),
        Err(fault) => respond::failed(&fault),
    }
}

async fn on_request(agent: &Arc<Agent>) -> Outcome<Sizes> {
    if !agent.capsule {
        return Err(Fault::new(Code::FailedPrecondition, "this agent does not own its machine: it leaves the disk alone"));
    }
    let _turn = agent.disk_turn.lock().await;
    blocking(|| grow(Path::new("/")).map_err(|error| Fault::io("grow the root file system", &error))).await
}

/// At the start of an agent, once the machine is up: nobody waits for it, and it must not be in anybody's way.
pub fn at_boot(agent: Arc<Agent>) -> io::Result<()> {
    std::thread::Builder::new().name("disk".into()).spawn(move || {
        // Up or not, there is nothing better to wait for.
        agent.machine_up.wait(PID_1_PATIENCE);
        let _turn = agent.disk_turn.blocking_lock();
        // Of this thread alone: to Linux, it is a process of that number.
        if unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, LOWEST) } != 0 {
            crate::log!("growing the disk takes its full share: {}", io::Error::last_os_error());
        }
        match grow(Path::new("/")) {
            Ok(sizes) if sizes.grown => crate::log!("the root file system has {} MiB now", sizes.file_system >> 20),
            Ok(_) => {}
            Err(error) => crate::log!("the root file system has not grown to its disk: {error}"),
        }
    })?;
    Ok(())
}

/// Grows the ext4 that is mounted there to the size of its device.
pub fn grow(mounted: &Path) -> io::Result<Sizes> {
    let directory = File::open(mounted)?;
    let device = Device::of(directory.metadata()?.dev())?;
    let before = device.superblock()?;
    let device_bytes = device.bytes()?;
    let wanted = device_bytes / before.block_size;
    if wanted <= before.blocks {
        return Ok(Sizes { file_system: before.bytes(), device: device_bytes, grown: false });
    }
    let resized = {
        // Else the kernel would zero the inode tables of all new groups now; on a disk that grows they read as zeros anyway.
        let _lazily = Lazily::begin(mounted)?;
        sys::check(unsafe { libc::ioctl(directory.as_raw_fd(), RESIZE, &wanted) })
    };
    resized?;
    let after = device.superblock()?;
    Ok(Sizes { file_system: after.bytes(), device: device_bytes, grown: after.blocks > before.blocks })
}

struct Device {
    name: String,
}

struct Superblock {
    blocks: u64,
    block_size: u64,
}

impl Superblock {
    fn bytes(&self) -> u64 {
        self.blocks * self.block_size
    }
}

impl Device {
    fn of(number: u64) -> io::Result<Device> {
        let link = fs::read_link(format!("/sys/dev/block/{}:{}", libc::major(number), libc::minor(number)))?;
        let name = link.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Device { name: name.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the root device has no name"))? })
    }

    fn bytes(&self) -> io::Result<u64> {
        let sectors = fs::read_to_string(format!("/sys/class/block/{}/size", self.name))?;
        let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, "the size of the root device is no number");
        sectors.trim().parse::<u64>().map(|sectors| sectors * 512).map_err(wrong)
    }

    fn superblock(&self) -> io::Result<Superblock> {
        let mut bytes = [0u8; SUPERBLOCK_SIZE];
        File::open(format!("/dev/{}", self.name))?.read_exact_at(&mut bytes, SUPERBLOCK_AT)?;
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if u16::from_le_bytes([bytes[0x38], bytes[0x39]]) != EXT4 || word(0x18) > 6 {
            return Err(io::Error::new(io::ErrorKind::Unsupported, format!("/dev/{} holds no ext4", self.name)));
        }
        // The upper half counts only on file systems that were made for it.
        let high = if word(0x60) & 0x80 != 0 { u64::from(word(0x150)) } else { 0 };
        Ok(Superblock { blocks: high << 32 | u64::from(word(0x4)), block_size: 1024 << word(0x18) })
    }
}

/// While it lives, new inode tables are left to a kernel thread, and when it goes that thread has nothing to do.
struct Lazily<'a> {
    mounted: &'a Path,
    flags: libc::c_ulong,
}

impl Lazily<'_> {
    fn begin(mounted: &Path) -> io::Result<Lazily<'_>> {
        let path = sys::c_path(mounted)?;
        let mut facts: libc::statvfs = unsafe { std::mem::zeroed() };
        sys::check(unsafe { libc::statvfs(path.as_ptr(), &mut facts) })?;
        let kept = libc::MS_RDONLY | libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC | libc::MS_SYNCHRONOUS | libc::MS_NOATIME | libc::MS_NODIRATIME;
        let lazily = Lazily { mounted, flags: facts.f_flag & kept };
        lazily.remount("init_itable")?;
        Ok(lazily)
    }

    fn remount(&self, option: &str) -> io::Result<()> {
        let (path, option) = (sys::c_path(self.mounted)?, sys::c_string(option)?);
        sys::check(unsafe { libc::mount(std::ptr::null(), path.as_ptr(), std::ptr::null(), libc::MS_REMOUNT | self.flags, option.as_ptr().cast()) })?;
        Ok(())
    }
}

impl Drop for Lazily<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.remount("noinit_itable") {
            crate::log!("new inode tables will be zeroed in the background: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn run(command: &str) -> bool {
        Command::new("/bin/sh").args(["-c", command]).output().is_ok_and(|output| output.status.success())
    }

    fn may_resize() -> bool {
        const CAP_SYS_RESOURCE: u64 = 1 << 24;
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let rights = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap().trim().to_string();
        u64::from_str_radix(&rights, 16).unwrap() & CAP_SYS_RESOURCE != 0
    }

    /// A small ext4 on a device that has become larger.
    struct Disk {
        base: std::path::PathBuf,
    }

    impl Disk {
        fn mount() -> Option<Disk> {
            let disk = Disk { base: std::env::temp_dir().join(format!("envd-disk-{}", std::process::id())) };
            fs::create_dir_all(disk.base.join("at")).unwrap();
            let base = disk.base.display();
            // Build machines without loop devices, or without all rights of root, can't show it; check_capsule.py does.
            (may_resize() && run(&format!("cd {base} && truncate -s 64M image && mke2fs -q -F -t ext4 -b 4096 -O metadata_csum,64bit,resize_inode -E lazy_itable_init=1,nodiscard image && truncate -s 1G image && mount -o loop,noatime,noinit_itable image at"))).then_some(disk)
        }
    }

    impl Drop for Disk {
        fn drop(&mut self) {
            let at = self.base.join("at");
            run(&format!("umount {0} 2>/dev/null || umount -l {0}", at.display()));
            let _ = fs::remove_dir_all(&self.base);
        }
    }

    #[test]
    fn a_file_system_grows_to_its_device_and_only_once() {
        let Some(disk) = Disk::mount() else { return };
        let at = disk.base.join("at");
        fs::write(at.join("file"), "kept").unwrap();
        let taken = || fs::metadata(disk.base.join("image")).unwrap().blocks() * 512;
        let before = taken();
        let first = grow(&at).unwrap();
        assert!(first.grown && first.device == 1 << 30 && first.file_system == 1 << 30, "{} of {}", first.file_system, first.device);
        assert!(crate::metrics::disk(at.to_str().unwrap()).1 > 900 << 20);
        let again = grow(&at).unwrap();
        assert!(!again.grown && again.file_system == 1 << 30);
        // Room that was not there before, in many groups.
        for number in 0..8 {
            fs::create_dir(at.join(number.to_string())).unwrap();
            fs::write(at.join(format!("{number}/large")), vec![1; 20 << 20]).unwrap();
        }
        assert_eq!(fs::read(at.join("file")).unwrap(), b"kept");
        assert!(run(&format!("grep ' {} ' /proc/mounts | grep -q noinit_itable", at.display())), "mounted as it was");
        let cost = taken() - before - (160 << 20);
        assert!(cost < 16 << 20, "growing and using it took {cost} bytes more than was written");
        assert!(run(&format!("umount {}", at.display())));
        assert!(run(&format!("e2fsck -fn {}/image", disk.base.display())), "sound afterwards");
    }

    #[test]
    fn what_is_no_ext4_is_refused() {
        assert!(grow(Path::new("/proc")).is_err());
        assert!(grow(Path::new("/nowhere")).is_err());
    }
}
