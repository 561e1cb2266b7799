//! Notes that clients attach to a file, kept as extended attributes `user.e2b.<key>`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::sys::{c_path, c_string, check};

const PREFIX: &str = "user.e2b.";
const MOST: usize = 64 << 10;

/// The notes of what is at `path`; empty where the file system keeps none.
pub fn read(path: &Path) -> BTreeMap<String, String> {
    keys(path).unwrap_or_default().into_iter().filter_map(|key| value(path, &key).ok().map(|value| (key, value))).collect()
}

/// Makes these the only notes of a file.
pub fn replace(path: &Path, notes: &BTreeMap<String, String>) -> io::Result<()> {
    let text = c_path(path)?;
    for key in keys(path).unwrap_or_default().iter().filter(|key| !notes.contains_key(*key)) {
        let name = c_string(&format!("{PREFIX}{key}"))?;
        check(unsafe { libc::removexattr(text.as_ptr(), name.as_ptr()) })?;
    }
    for (key, note) in notes {
        let name = c_string(&format!("{PREFIX}{key}"))?;
        check(unsafe { libc::setxattr(text.as_ptr(), name.as_ptr(), note.as_ptr().cast(), note.len(), 0) })?;
    }
    Ok(())
}

/// Gives a file all attributes that another one has, as far as the file system and the caller's rights allow.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let (source, destination) = (c_path(from)?, c_path(to)?);
    let names = match list(from) {
        Err(error) if is_unsupported(&error) => return Ok(()),
        other => other?,
    };
    let mut value = vec![0u8; MOST];
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = std::ffi::CString::new(name)?;
        let count = unsafe { libc::lgetxattr(source.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()) };
        // One that has gone meanwhile is none of the file's.
        if count >= 0 {
            match check(unsafe { libc::lsetxattr(destination.as_ptr(), name.as_ptr(), value.as_ptr().cast(), count as usize, 0) }) {
                Err(error) if !is_unsupported(&error) && error.raw_os_error() != Some(libc::EPERM) => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_unsupported(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EOPNOTSUPP)
}

fn keys(path: &Path) -> io::Result<Vec<String>> {
    let list = String::from_utf8_lossy(&list(path)?).into_owned();
    Ok(list.split('\0').filter_map(|name| name.strip_prefix(PREFIX)).map(str::to_string).collect())
}

/// Names of attributes, each with a NUL behind it.
fn list(path: &Path) -> io::Result<Vec<u8>> {
    let text = c_path(path)?;
    let mut names = vec![0u8; 4096];
    let count = loop {
        let count = unsafe { libc::listxattr(text.as_ptr(), names.as_mut_ptr().cast(), names.len()) };
        if count >= 0 {
            break count as usize;
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::ERANGE) || names.len() >= MOST {
            return Err(error);
        }
        names.resize(MOST, 0);
    };
    names.truncate(count);
    Ok(names)
}

fn value(path: &Path, key: &str) -> io::Result<String> {
    let (text, name) = (c_path(path)?, c_string(&format!("{PREFIX}{key}"))?);
    let mut bytes = vec![0u8; 4096];
    let count = unsafe { libc::getxattr(text.as_ptr(), name.as_ptr(), bytes.as_mut_ptr().cast(), bytes.len()) };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(count as usize);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
