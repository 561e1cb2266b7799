//! PID 1 of a capsule: brings the machine up, then keeps the agent alive, reaps orphans and ends the machine.
//! No step may end it: what fails is remembered and told by /init.

mod cgroup;
mod cmdline;
mod keeper;
mod modules;
mod mounts;
mod network;
mod stdio;
mod supervise;

use std::fmt::Display;
use std::path::Path;
use std::time::Instant;

use crate::auth::Known;
use crate::gate::Gate;
use crate::identity;
use crate::serve;
use crate::sys;
use cmdline::Cmdline;
use supervise::{Capsule, Supervisor};

const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/games:/usr/games";

/// What went wrong on the way up, and how long each stage took.
pub struct Report {
    pub failures: Vec<String>,
    stages: String,
    since: Instant,
}

impl Report {
    fn new() -> Report {
        Report { failures: Vec::new(), stages: String::new(), since: Instant::now() }
    }

    /// Ends a stage.
    fn stage(&mut self, name: &str) {
        self.stages.push_str(&format!(" {name} {}", self.since.elapsed().as_micros()));
        self.since = Instant::now();
    }

    /// Notes a failed step; the caller goes on.
    fn step<T, E: Display>(&mut self, name: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| {
            let failure = format!("{name}: {error}");
            crate::log!("{failure}");
            self.failures.push(failure);
        }).ok()
    }
}

pub fn run() -> ! {
    let mut report = Report::new();
    mounts::early(&mut report);
    stdio::to_kernel_log();
    // Mounts and cgroups wait for grace periods, which on one or two idle processors take longer than all else.
    report.step("quick grace periods", std::fs::write("/sys/kernel/rcu_expedited", "1"));
    report.stage("early");
    let cmdline = Cmdline::parse(&std::fs::read_to_string("/proc/cmdline").unwrap_or_default());
    modules::load_all(Path::new("/modules"), &mut report);
    report.stage("modules");
    let root = mounts::root(&cmdline.root);
    if report.step("root file system", root).is_some() {
        report.stage("root");
        let switched = mounts::switch_root();
        report.step("root switch", switched);
    }
    report.stage("switch");
    mounts::late(&mut report);
    report.stage("mounts");
    network::up(&cmdline, &mut report);
    report.stage("network");
    if let Some(name) = &cmdline.hostname {
        report.step("host name", identity::announce_hostname(name));
    }
    // The listener belongs to PID 1: callers that come while an agent is restarted wait and are not refused.
    let listener = report.step("listen", serve::listen("0.0.0.0", cmdline.port));
    let memory = report.step("memory of the agent", sys::memory_file());
    let drafts = report.step("memory of partial files", sys::memory_file());
    let machine_up = report.step("gate", Gate::closed()).unwrap_or_else(Gate::open_always);
    let token = Known { hash: cmdline.token, ..Known::default() };
    crate::log!("ready to serve after (µs):{}", report.stages);
    let mut supervisor = Supervisor::start(Capsule { failures: report.failures.clone(), listener, memory, drafts, token, machine_up, port: cmdline.port, card: cmdline.address.map(|(address, _)| address) });
    finish(&cmdline, &mut report);
    supervisor.machine_is_up();
    supervisor.run()
}

/// What processes need and readiness does not: the agent serves already.
fn finish(cmdline: &Cmdline, report: &mut Report) {
    report.stage("agent");
    report.step("cgroups", mounts::cgroups().and_then(|()| cgroup::prepare()));
    report.stage("cgroups");
    name_machine(cmdline, report);
    report.stage("identity");
    crate::log!("up after (µs):{}", report.stages);
}

fn name_machine(cmdline: &Cmdline, report: &mut Report) {
    let etc = Path::new("/etc");
    if let Some(name) = &cmdline.hostname {
        report.step("host name", identity::set_hostname(name, etc));
    }
    if !cmdline.name_servers.is_empty() {
        report.step("name servers", identity::set_name_servers(&cmdline.name_servers, etc));
    }
}
