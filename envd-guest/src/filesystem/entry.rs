//! What is told of one file or directory.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde_json::{json, Value};

use super::metadata;
use crate::{timefmt, users};

/// Names of owners, looked up once for many entries.
#[derive(Default)]
pub struct Names {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

/// Describes what is at `path`. Of a link the type, mode and size are those of what it leads to.
pub fn describe(path: &Path, names: &mut Names) -> io::Result<Value> {
    let own = fs::symlink_metadata(path)?;
    let is_link = own.file_type().is_symlink();
    let target = if is_link { fs::metadata(path).ok() } else { None };
    let facts = target.as_ref().unwrap_or(&own);
    let mut value = json!({
        "name": path.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy()),
        "type": kind(facts),
        "path": path.to_string_lossy(),
        "size": facts.size().to_string(),
        "mode": facts.mode() & 0o7777,
        "permissions": permissions(&own),
        "owner": names.users.entry(own.uid()).or_insert_with(|| users::user_name(own.uid())),
        "group": names.groups.entry(own.gid()).or_insert_with(|| users::group_name(own.gid())),
        "modifiedTime": timefmt::rfc3339_parts(own.mtime(), own.mtime_nsec() as u32),
    });
    if is_link {
        value["symlinkTarget"] = json!(link_target(path).to_string_lossy());
    }
    let noted = metadata::read(path);
    if !noted.is_empty() {
        value["metadata"] = json!(noted);
    }
    Ok(value)
}

/// An entry that is there, and of which nothing else can be seen.
pub fn unknown(path: &Path) -> Value {
    json!({
        "name": path.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy()),
        "type": "FILE_TYPE_UNSPECIFIED",
        "path": path.to_string_lossy(),
        "size": "0", "mode": 0, "permissions": "?---------", "owner": "", "group": "",
        "modifiedTime": timefmt::rfc3339_parts(0, 0),
    })
}

fn kind(facts: &Metadata) -> &'static str {
    let kind = facts.file_type();
    if kind.is_file() {
        "FILE_TYPE_FILE"
    } else if kind.is_dir() {
        "FILE_TYPE_DIRECTORY"
    } else if kind.is_symlink() {
        // Only a link that leads nowhere is told as one.
        "FILE_TYPE_SYMLINK"
    } else {
        "FILE_TYPE_UNSPECIFIED"
    }
}

fn link_target(path: &Path) -> PathBuf {
    let written = || fs::read_link(path).map(|target| path.parent().unwrap_or(Path::new("/")).join(target));
    fs::canonicalize(path).or_else(|_| written()).unwrap_or_default()
}

fn permissions(facts: &Metadata) -> String {
    let kind = facts.file_type();
    let mode = facts.mode();
    let mut text = String::with_capacity(10);
    text.push(match () {
        () if kind.is_dir() => 'd',
        () if kind.is_symlink() => 'L',
        () if kind.is_block_device() => 'b',
        () if kind.is_char_device() => 'c',
        () if kind.is_fifo() => 'p',
        () if kind.is_socket() => 'S',
        () if kind.is_file() => '-',
        () => '?',
    });
    for (at, letter) in "rwxrwxrwx".chars().enumerate() {
        text.push(if mode & (0o400 >> at) != 0 { letter } else { '-' });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{symlink, PermissionsExt};

    #[test]
    fn links_show_what_they_lead_to() {
        let directory = std::env::temp_dir().join(format!("envd-entry-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join("file");
        fs::write(&file, "12345").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("file", directory.join("link")).unwrap();
        symlink("nowhere", directory.join("broken")).unwrap();
        let mut names = Names::default();
        let mut of = |name: &str| describe(&directory.join(name), &mut names).unwrap();
        let (plain, link, broken) = (of("file"), of("link"), of("broken"));
        fs::remove_dir_all(&directory).unwrap();

        assert_eq!((plain["type"].as_str(), plain["size"].as_str(), plain["mode"].as_u64(), plain["permissions"].as_str()), (Some("FILE_TYPE_FILE"), Some("5"), Some(0o640), Some("-rw-r-----")));
        assert!(plain.get("symlinkTarget").is_none());
        assert_eq!((link["type"].as_str(), link["mode"].as_u64(), link["size"].as_str()), (Some("FILE_TYPE_FILE"), Some(0o640), Some("5")));
        assert!(link["symlinkTarget"].as_str().unwrap().ends_with("/file"));
        assert!(link["permissions"].as_str().unwrap().starts_with('L'));
        assert_eq!(broken["type"], "FILE_TYPE_SYMLINK");
    }
}
