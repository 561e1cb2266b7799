//! What all requests share.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use hyper::header::AUTHORIZATION;
use hyper::HeaderMap;
use serde_json::{json, Value};

use crate::activity::Requests;
use crate::auth::{hash_from_hex, hex, Auth, Known};
use crate::connect::header;
use crate::fault::Outcome;
use crate::filesystem::drafts::Drafts;
use crate::filesystem::watchers::Watchers;
use crate::gate::Gate;
use crate::metrics::CpuMeter;
use crate::process::cgroup::Groups;
use crate::process::Table;
use crate::sync::locked;
use crate::tunnel::Tunnels;
use crate::users::{self, User};
use crate::vault::{Kept, Vault};

/// Version of the guest protocol, which clients compare with the features that they need.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What /init has set for everything that follows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    pub env: BTreeMap<String, String>,
    pub user: Option<String>,
    pub workdir: Option<String>,
    pub sequence: i64,
    /// The machine id that the sequence belongs to: a copy of a snapshot begins to count anew.
    pub life: Option<String>,
}

/// How the agent was started.
pub struct Setup {
    pub token: Known,
    pub groups: Arc<Groups>,
    pub vault: Option<Arc<Vault>>,
    /// Processes of an agent before this one.
    pub kept: Vec<Kept>,
    pub search_path: String,
    /// The address of the network card, where servers may listen beside the loopback.
    pub card: Option<Ipv4Addr>,
    /// PID 1 started us: the machine is ours, and /init may change it.
    pub capsule: bool,
    /// Open once PID 1 has finished what processes need but readiness does not.
    pub machine_up: Arc<Gate>,
    /// What PID 1 could not do, for /init to tell.
    pub boot_failures: Vec<String>,
    /// Survives this process, so that the next agent knows what /init has set.
    pub memory: Option<File>,
    /// Names of partial files, which the next agent removes if this one can't.
    pub drafts: Option<File>,
}

pub struct Agent {
    pub auth: Auth,
    pub processes: Table,
    pub groups: Arc<Groups>,
    /// None without a PID 1 of ours.
    pub vault: Option<Arc<Vault>>,
    pub watchers: Watchers,
    pub cpu: CpuMeter,
    /// One of its own: each measures from its last look.
    pub activity_cpu: CpuMeter,
    pub requests: Requests,
    pub tunnels: Arc<Tunnels>,
    pub card: Option<Ipv4Addr>,
    /// The one that the agent itself listens on.
    pub port: u16,
    pub search_path: String,
    pub capsule: bool,
    pub machine_up: Arc<Gate>,
    pub boot_failures: Vec<String>,
    /// Counts calls of /snapshot/prepare: connections close when it changes.
    pub generation: tokio::sync::watch::Sender<u64>,
    pub init_turn: tokio::sync::Mutex<()>,
    pub disk_turn: tokio::sync::Mutex<()>,
    pub drafts: Arc<Drafts>,
    defaults: Mutex<Defaults>,
    memory: Option<File>,
}

impl Agent {
    pub fn new(setup: Setup, port: u16) -> Arc<Agent> {
        let remembered = setup.memory.as_ref().and_then(recall);
        let (token, defaults) = remembered.unwrap_or((setup.token, Defaults::default()));
        Arc::new(Agent {
            auth: Auth::new(token, !setup.capsule),
            processes: Table::default(),
            groups: setup.groups,
            vault: setup.vault,
            watchers: Watchers::default(),
            cpu: CpuMeter::new(),
            activity_cpu: CpuMeter::new(),
            requests: Requests::default(),
            tunnels: Tunnels::new(),
            card: setup.card,
            port,
            search_path: setup.search_path,
            capsule: setup.capsule,
            machine_up: setup.machine_up,
            boot_failures: setup.boot_failures,
            generation: tokio::sync::watch::Sender::new(0),
            init_turn: tokio::sync::Mutex::new(()),
            disk_turn: tokio::sync::Mutex::new(()),
            drafts: Drafts::new(setup.drafts),
            defaults: Mutex::new(defaults),
            memory: setup.memory,
        })
    }

    pub fn defaults(&self) -> Defaults {
        locked(&self.defaults).clone()
    }

    /// Puts new defaults in force and keeps them, with the token, for the next agent.
    pub fn set_defaults(&self, defaults: Defaults) -> io::Result<()> {
        *locked(&self.defaults) = defaults.clone();
        match &self.memory {
            Some(file) => keep(file, &self.auth.known(), &defaults),
            None => Ok(()),
        }
    }

    /// The user of a request: named by Basic authorization, else the default one.
    pub fn user(&self, headers: &HeaderMap) -> Outcome<User> {
        self.user_named(users::basic_name(header(headers, AUTHORIZATION.as_str()))?.as_deref())
    }

    /// The user of that name; without a name the default user, without that whoever the agent itself is.
    pub fn user_named(&self, name: Option<&str>) -> Outcome<User> {
        let default = locked(&self.defaults).user.clone();
        match name.filter(|name| !name.is_empty()).or(default.as_deref()) {
            Some(name) => users::by_name(name),
            None => Ok(users::current()),
        }
    }
}

fn keep(file: &File, token: &Known, defaults: &Defaults) -> io::Result<()> {
    let value = json!({
        "hash": token.hash.map(|hash| hex(&hash)), "token": token.text, "userToken": token.user, "env": defaults.env,
        "user": defaults.user, "workdir": defaults.workdir, "sequence": defaults.sequence, "life": defaults.life,
    });
    let text = value.to_string();
    let before = file.metadata()?.len();
    file.write_all_at(text.as_bytes(), 0)?;
    if before > text.len() as u64 { file.set_len(text.len() as u64) } else { Ok(()) }
}

fn recall(file: &File) -> Option<(Known, Defaults)> {
    let mut bytes = vec![0u8; file.metadata().ok()?.len() as usize];
    file.read_exact_at(&mut bytes, 0).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    let text = |name: &str| value[name].as_str().map(str::to_string);
    let env = value["env"].as_object()?.iter().map(|(key, item)| (key.clone(), item.as_str().unwrap_or("").to_string())).collect();
    let token = Known { hash: text("hash").as_deref().and_then(hash_from_hex), text: text("token"), user: text("userToken") };
    Some((token, Defaults { env, user: text("user"), workdir: text("workdir"), sequence: value["sequence"].as_i64()?, life: text("life") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::digest;

    #[test]
    fn the_next_agent_remembers_what_init_has_set() {
        let memory = crate::sys::memory_file().unwrap();
        assert!(recall(&memory).is_none());
        let token = Known { hash: Some(digest("t")), text: Some("t".into()), user: Some("u".into()) };
        let defaults = Defaults { env: [("A".to_string(), "ä".to_string())].into(), user: Some("user".into()), workdir: None, sequence: 7, life: Some("1".into()) };
        keep(&memory, &token, &defaults).unwrap();
        let (known, same) = recall(&memory).unwrap();
        assert!(known == token && same == defaults);
    }
}
