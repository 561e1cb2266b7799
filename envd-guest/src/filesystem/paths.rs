//! How a path in a request becomes an absolute one.

use std::path::{Component, Path, PathBuf};

use crate::fault::{Fault, Outcome};
use crate::users::User;

/// `~` and `~/x` are in the user's home, relative paths too; an empty path is the default directory, else the home.
pub fn resolve(path: &str, user: &User, default_directory: Option<&str>) -> Outcome<String> {
    if path.contains('\0') {
        return Err(Fault::invalid("a path can't hold NUL"));
    }
    let joined = if path.is_empty() {
        default_directory.map_or_else(|| PathBuf::from(&user.home), |directory| Path::new(&user.home).join(directory))
    } else if path == "~" {
        PathBuf::from(&user.home)
    } else if let Some(rest) = path.strip_prefix("~/") {
        Path::new(&user.home).join(rest.trim_start_matches('/'))
    } else if path.starts_with('~') {
        return Err(Fault::invalid(format!("'{path}': homes of other users can't be named with '~'")));
    } else {
        Path::new(&user.home).join(path)
    };
    Ok(clean(&joined))
}

/// Takes `.`, `..` and doubled slashes out, by text alone.
fn clean(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_against_home() {
        let user = User { name: "u".into(), uid: 1, gid: 1, home: "/home/u".into(), shell: "/bin/sh".into() };
        let at = |path: &str| resolve(path, &user, Some("/srv/app")).unwrap();
        assert_eq!(at(""), "/srv/app");
        assert_eq!(at("~"), "/home/u");
        assert_eq!(at("~/a/../b"), "/home/u/b");
        assert_eq!(at("x//y/."), "/home/u/x/y");
        assert_eq!(at("/../../etc/./passwd"), "/etc/passwd");
        assert_eq!(resolve("", &user, None).unwrap(), "/home/u");
        assert!(resolve("~root/x", &user, None).is_err());
        assert!(resolve("a\0b", &user, None).is_err());
    }
}
