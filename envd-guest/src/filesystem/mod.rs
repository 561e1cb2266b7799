//! Files and directories of the capsule: facts, changes, and events.

mod chmod;
mod copy;
pub mod dirs;
pub mod drafts;
mod entry;
mod listing;
pub mod metadata;
mod moves;
pub mod paths;
pub mod service;
mod watch;
mod watch_service;
pub mod watchers;

/// Names of files that are not whole yet. Watches don't tell of them.
pub const PARTIAL_PREFIX: &str = ".envd-partial-";
/// Ending of the name when the whole file will replace one that is there.
pub const PARTIAL_REPLACES: &str = ".r";
