//! What a directory holds, as text from the first entry on: as values, large lists would take many times the memory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::entry::{describe, unknown, Names};
use super::service::no_entry;
use crate::fault::{Code, Fault, Outcome};

const MOST_ENTRIES: usize = 20_000;
/// Clients read so much as one answer, and not much more.
const MOST_TEXT: usize = 7 << 20;

/// Entries below a directory, sorted by name, each directory before what is in it. Links are followed at the top only.
pub fn list(path: &Path, depth: u32) -> Outcome<String> {
    let found = fs::metadata(path).map_err(|error| no_entry(path, &error))?;
    if !found.is_dir() {
        return Err(Fault::invalid(format!("'{}' is not a directory", path.display())));
    }
    let mut list = List { text: "{\"entries\":[".into(), count: 0, names: Names::default() };
    let children = list.children(path, path)?.map_err(|error| Fault::io(format!("list '{}'", path.display()), &error))?;
    list.walk(path, children, depth)?;
    list.text.push_str("]}");
    Ok(list.text)
}

struct List {
    text: String,
    count: usize,
    names: Names,
}

impl List {
    fn walk(&mut self, top: &Path, children: Vec<PathBuf>, depth: u32) -> Outcome<()> {
        for child in children {
            let entry = match describe(&child, &mut self.names) {
                Ok(entry) => entry,
                // Gone since the directory was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                // A mount that answers nobody, say: the others can be told all the same.
                Err(_) => unknown(&child),
            };
            if self.count > 0 {
                self.text.push(',');
            }
            self.text.push_str(&entry.to_string());
            self.count += 1;
            if self.count > MOST_ENTRIES || self.text.len() > MOST_TEXT {
                return Err(too_many(top));
            }
            if depth > 1 && fs::symlink_metadata(&child).is_ok_and(|found| found.is_dir()) {
                // A directory below that can't be read is told as one, and what it holds is not.
                if let Ok(below) = self.children(top, &child)? {
                    self.walk(top, below, depth - 1)?;
                }
            }
        }
        Ok(())
    }

    /// Sorted. No more are held than may still be told.
    fn children(&self, top: &Path, directory: &Path) -> Outcome<io::Result<Vec<PathBuf>>> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => return Ok(Err(error)),
        };
        let mut children = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => children.push(entry.path()),
                Err(error) => return Ok(Err(error)),
            }
            if self.count + children.len() > MOST_ENTRIES {
                return Err(too_many(top));
            }
        }
        children.sort();
        Ok(Ok(children))
    }
}

fn too_many(top: &Path) -> Fault {
    let text = format!("'{}' has more entries than one answer holds ({MOST_ENTRIES}, or {} MiB of text): list it in parts", top.display(), MOST_TEXT >> 20);
    Fault::new(Code::ResourceExhausted, text)
}
