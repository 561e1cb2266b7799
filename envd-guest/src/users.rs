//! Users and groups of the guest, read from /etc/passwd and /etc/group at each use: a statically linked program
//! must not load name-service modules, and users may come and go while the agent runs.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;

use base64::Engine;

use crate::fault::{Code, Fault, Outcome};

const LARGEST_TABLE: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub shell: String,
}

/// The user of that name; `unauthenticated` with the text that clients expect when there is none.
pub fn by_name(name: &str) -> Outcome<User> {
    find(|user| user.name == name)
        .or_else(|| fallback_root(name))
        .ok_or_else(|| Fault::new(Code::Unauthenticated, format!("invalid username: '{name}'")))
}

/// The user that this process runs as, even when no passwd line has it.
pub fn current() -> User {
    let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
    find(|user| user.uid == uid).unwrap_or_else(|| User {
        name: if uid == 0 { "root".into() } else { uid.to_string() },
        uid,
        gid,
        home: if uid == 0 { "/root".into() } else { "/".into() },
        shell: "/bin/sh".into(),
    })
}

/// Name of a user id, or the number itself.
pub fn user_name(uid: u32) -> String {
    find(|user| user.uid == uid).map_or_else(|| uid.to_string(), |user| user.name)
}

/// Name of a group id, or the number itself.
pub fn group_name(gid: u32) -> String {
    let table = read("/etc/group");
    let found = table.lines().filter_map(group_line).find(|(_, id, _)| *id == gid);
    found.map_or_else(|| gid.to_string(), |(name, _, _)| name.to_string())
}

/// All group ids of a user: the primary one first, then those whose member list names the user.
pub fn groups_of(user: &User) -> Vec<u32> {
    let mut groups = vec![user.gid];
    for (_, gid, members) in read("/etc/group").lines().filter_map(group_line) {
        if gid != user.gid && members.split(',').any(|member| member.trim() == user.name) {
            groups.push(gid);
        }
    }
    groups.truncate(1024);
    groups
}

/// User name of an `Authorization: Basic` header; None when there is no header or no name in it.
pub fn basic_name(header: Option<&str>) -> Outcome<Option<String>> {
    let Some(header) = header else { return Ok(None) };
    let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let wrong = || Fault::new(Code::Unauthenticated, "Authorization header is not Basic base64(\"user:\")");
    let engine = base64::engine::general_purpose::STANDARD;
    let bytes = engine.decode(value.trim()).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let name = text.split(':').next().unwrap_or("").to_string();
    Ok(if name.is_empty() { None } else { Some(name) })
}

fn find(matches: impl Fn(&User) -> bool) -> Option<User> {
    read("/etc/passwd").lines().filter_map(passwd_line).find(matches)
}

// An image without passwd still has a root.
fn fallback_root(name: &str) -> Option<User> {
    (name == "root").then(|| User { name: "root".into(), uid: 0, gid: 0, home: "/root".into(), shell: "/bin/sh".into() })
}

fn read(path: &str) -> String {
    // A missing table means that nobody is known; each caller says what that means for it.
    table(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The guest may have made anything of its tables: a pipe must not make us wait, nor a disk fill our memory.
fn table(path: &str) -> io::Result<Vec<u8>> {
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    let mut bytes = Vec::new();
    if file.metadata()?.is_file() {
        file.by_ref().take(LARGEST_TABLE).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn passwd_line(line: &str) -> Option<User> {
    let mut parts = line.split(':');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let uid = parts.nth(1)?.parse().ok()?;
    let gid = parts.next()?.parse().ok()?;
    let home = parts.nth(1).filter(|home| home.starts_with('/')).unwrap_or("/");
    let shell = parts.next().filter(|shell| !shell.is_empty()).unwrap_or("/bin/sh");
    Some(User { name: name.into(), uid, gid, home: home.into(), shell: shell.into() })
}

fn group_line(line: &str) -> Option<(&str, u32, &str)> {
    let mut parts = line.split(':');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let gid = parts.nth(1)?.parse().ok()?;
    Some((name, gid, parts.next().unwrap_or("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_passwd_lines() {
        let user = passwd_line("user:x:1000:1001:,,,:/home/user:/bin/bash").unwrap();
        assert_eq!((user.uid, user.gid, user.home.as_str(), user.shell.as_str()), (1000, 1001, "/home/user", "/bin/bash"));
        assert_eq!(passwd_line("short:x:5:6").map(|user| (user.home, user.shell)), Some(("/".into(), "/bin/sh".into())));
        assert_eq!(passwd_line("+nis"), None);
        assert_eq!(passwd_line(""), None);
    }

    #[test]
    fn reads_basic_names() {
        let header = |text: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));
        assert_eq!(basic_name(Some(&header("user:"))).unwrap(), Some("user".into()));
        assert_eq!(basic_name(Some(&header(":"))).unwrap(), None);
        assert_eq!(basic_name(None).unwrap(), None);
        assert!(basic_name(Some("Basic !!!")).is_err());
    }

    #[test]
    fn root_is_always_known_and_strangers_are_not() {
        assert_eq!(by_name("root").unwrap().uid, 0);
        let fault = by_name("no-such-user-here").unwrap_err();
        assert_eq!(fault.message, "invalid username: 'no-such-user-here'");
        assert_eq!(fault.code, Code::Unauthenticated);
    }
}
