//! Who the machine is: host name, machine id, name servers.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::auth::hex;
use crate::sys;

pub fn hostname() -> io::Result<String> {
    let mut name = [0u8; 65];
    sys::check(unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) })?;
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    Ok(String::from_utf8_lossy(&name[..length]).into_owned())
}

/// Gives the running kernel its name, without writing it down.
pub fn announce_hostname(name: &str) -> io::Result<()> {
    sys::check(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) })?;
    Ok(())
}

/// Sets the host name and the two files that tell it (sudo asks for both). Doing it again changes nothing.
pub fn set_hostname(name: &str, etc: &Path) -> io::Result<()> {
    if !valid_hostname(name) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("'{name}' is not a host name")));
    }
    announce_hostname(name)?;
    write_if_other(&etc.join("hostname"), &format!("{name}\n"))?;
    let hosts = etc.join("hosts");
    let old = read_or_empty(&hosts)?;
    write_if_other(&hosts, &hosts_text(&old, name))
}

pub fn valid_hostname(name: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
    !name.is_empty() && name.len() <= 64 && name.chars().all(allowed) && !name.starts_with(['-', '.'])
}

fn hosts_text(old: &str, name: &str) -> String {
    let mut lines: Vec<&str> = old.lines().filter(|line| line.split_ascii_whitespace().next() != Some("127.0.1.1")).collect();
    let own = format!("127.0.1.1 {name}");
    if !lines.iter().any(|line| line.split_ascii_whitespace().next() == Some("127.0.0.1")) {
        lines.insert(0, "127.0.0.1 localhost");
    }
    lines.push(&own);
    lines.join("\n") + "\n"
}

/// An id of 32 hexadecimal digits, as /etc/machine-id holds it.
pub fn set_machine_id(id: &str, etc: &Path) -> io::Result<()> {
    let id = id.replace('-', "").to_ascii_lowercase();
    if id.len() != 32 || !id.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a machine id has 32 hexadecimal digits"));
    }
    write_if_other(&etc.join("machine-id"), &format!("{id}\n"))
}

/// The same id for the same capsule at each of its boots, another one for every other capsule.
pub fn machine_id_of(hostname: &str) -> String {
    hex(&Sha256::digest(format!("machine-id:{hostname}"))[..16])
}

pub fn set_name_servers(servers: &[String], etc: &Path) -> io::Result<()> {
    let text: String = servers.iter().map(|server| format!("nameserver {server}\n")).collect();
    let path = etc.join("resolv.conf");
    // Often a link into a directory that some service would fill, which doesn't run here.
    if fs::symlink_metadata(&path).is_ok_and(|found| found.file_type().is_symlink()) {
        fs::remove_file(&path)?;
    }
    write_if_other(&path, &text)
}

fn read_or_empty(path: &Path) -> io::Result<String> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn write_if_other(path: &Path, text: &str) -> io::Result<()> {
    // Somebody waits for this under emulation, where each system call that is left out counts; and ext4 would write a file that was
    // emptied first to the disk at once.
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let before = file.metadata()?;
    let new = text.as_bytes();
    let mut old = vec![0u8; new.len()];
    if before.len() == new.len() as u64 && file.read_exact_at(&mut old, 0).is_ok() && old == new {
        return Ok(());
    }
    file.write_all_at(new, 0)?;
    if before.len() > new.len() as u64 {
        file.set_len(new.len() as u64)?;
    }
    if before.mode() & 0o7777 != 0o644 {
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_line_is_replaced_and_not_repeated() {
        let once = hosts_text("127.0.0.1 localhost\n127.0.1.1 old\n::1 ip6-localhost\n", "cl-1");
        assert_eq!(once, "127.0.0.1 localhost\n::1 ip6-localhost\n127.0.1.1 cl-1\n");
        assert_eq!(hosts_text(&once, "cl-1"), once);
        assert_eq!(hosts_text("", "x"), "127.0.0.1 localhost\n127.0.1.1 x\n");
    }

    #[test]
    fn a_file_holds_the_new_text_alone_whatever_it_held() {
        let path = std::env::temp_dir().join(format!("envd-identity-{}", std::process::id()));
        for text in ["cl-1\n", "cl-1\n", "a-longer-name\n", "b\n"] {
            write_if_other(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o644);
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write_if_other(&path, "c\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o644);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn machine_ids_follow_the_capsule() {
        assert_eq!(machine_id_of("a").len(), 32);
        assert_eq!(machine_id_of("a"), machine_id_of("a"));
        assert_ne!(machine_id_of("a"), machine_id_of("b"));
    }

    #[test]
    fn host_names_are_checked() {
        assert!(valid_hostname("cl-0a1b"));
        for wrong in ["", "-a", "a b", "a\nb", &"a".repeat(65)] {
            assert!(!valid_hostname(wrong), "{wrong}");
        }
    }
}
