//! What /init sets, and what it refuses.

mod common;

use common::{base64, Agent};
use serde_json::json;

#[test]
fn variables_are_replaced_and_reach_processes() {
    let agent = Agent::open();
    assert_eq!(agent.get("/envs", &[]).json(), json!({}));
    let answer = agent.post_json("/init", &json!({"envVars": {"A": "1", "B": "2"}, "sequence": 5})).json();
    assert_eq!((answer["applied"].as_bool(), answer["parts"]["envVars"].as_str()), (Some(true), Some("set")));
    assert_eq!(agent.get("/envs", &[]).json(), json!({"A": "1", "B": "2"}));
    assert_eq!(agent.shell("echo $A$B").rest().text(), "12\n");
    agent.post_json("/init", &json!({"envVars": {"B": "3"}, "sequence": 6}));
    assert_eq!(agent.get("/envs", &[]).json(), json!({"B": "3"}), "all are replaced");
    agent.post_json("/init", &json!({"sequence": 7}));
    assert_eq!(agent.get("/envs", &[]).json(), json!({"B": "3"}), "absent changes nothing");
}

#[test]
fn an_older_call_changes_nothing_within_one_life() {
    let agent = Agent::open();
    agent.post_json("/init", &json!({"envVars": {"N": "9"}, "sequence": "9", "machineId": "a".repeat(32)}));
    let answer = agent.post_json("/init", &json!({"envVars": {"N": "8"}, "accessToken": "x", "sequence": 8, "machineId": "a".repeat(32)})).json();
    assert_eq!((answer["applied"].as_bool(), answer["sequence"].as_str()), (Some(false), Some("9")));
    assert_eq!(agent.get("/envs", &[]).json(), json!({"N": "9"}));
    // A copy of a snapshot is another life, and counts from the beginning.
    agent.post_json("/init", &json!({"envVars": {"N": "1"}, "sequence": 1, "machineId": "b".repeat(32)}));
    assert_eq!(agent.get("/envs", &[]).json(), json!({"N": "1"}));
}

#[test]
fn a_plain_agent_leaves_the_machine_alone() {
    let agent = Agent::open();
    let before = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let answer = agent.post_json("/init", &json!({"timestamp": "2001-01-01T00:00:00.123Z", "hostname": "other", "entropySeed": base64([7; 32])})).json();
    for part in ["timestamp", "hostname", "entropySeed"] {
        assert_eq!(answer["parts"][part], "skipped: not a capsule", "{part}");
    }
    assert_eq!(std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap(), before);
    let now = agent.post_json("/init", &json!({"timestamp": agent_time()})).json();
    assert_eq!(now["parts"]["timestamp"], "kept");
}

#[test]
fn nonsense_is_refused_and_changes_nothing() {
    let agent = Agent::open();
    for body in [json!({"timestamp": "yesterday"}), json!({"envVars": ["A"]}), json!({"defaultUser": "no-such-user"}), json!({"entropySeed": base64([0; 600])}), json!({"accessToken": 5})] {
        let reply = agent.post_json("/init", &body);
        assert!((400..402).contains(&reply.status), "{body}: {}", reply.status);
    }
    assert_eq!(agent.request("POST", "/init", &[], b"{").status, 400);
    assert_eq!(agent.get("/init", &[]).status, 405);
    assert_eq!(agent.get("/envs", &[]).json(), json!({}));
}

#[test]
fn the_default_directory_is_where_processes_begin() {
    let agent = Agent::open();
    agent.post_json("/init", &json!({"defaultWorkdir": "/usr/bin"}));
    assert_eq!(agent.shell("pwd").rest().text(), "/usr/bin\n");
    assert_eq!(agent.ok("filesystem.Filesystem/Stat", json!({"path": ""}))["entry"]["path"], "/usr/bin");
}

#[test]
fn metrics_have_all_their_figures() {
    let agent = Agent::open();
    let metrics = agent.get("/metrics", &[]).json();
    for name in ["ts", "cpu_count", "mem_used", "mem_total", "mem_cache", "mem_used_mib", "mem_total_mib", "disk_used", "disk_total"] {
        assert!(metrics[name].as_u64().is_some_and(|figure| figure > 0), "{name}: {}", metrics[name]);
    }
    assert!((0.0..=100.0).contains(&metrics["cpu_used_pct"].as_f64().unwrap()));
}

fn agent_time() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let text = std::process::Command::new("date").args(["-u", "-d", &format!("@{}", now.as_secs()), "+%Y-%m-%dT%H:%M:%S"]).output().unwrap();
    format!("{}.{:03}Z", String::from_utf8(text.stdout).unwrap().trim(), now.subsec_millis())
}
