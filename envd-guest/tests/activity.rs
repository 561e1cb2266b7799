//! What the host asks to know whether a capsule is idle.

mod common;

use common::{eventually, Agent};
use serde_json::{json, Value};
use std::io::{Read, Write};
use std::net::TcpListener;

fn activity(agent: &Agent) -> Value {
    let reply = agent.get("/activity", &[]);
    assert_eq!(reply.status, 200);
    reply.json()
}

#[test]
fn an_idle_agent_counts_nothing_and_asking_does_not_wake_it() {
    let agent = Agent::open();
    for path in ["/health", "/metrics", "/activity"] {
        agent.get(path, &[]);
    }
    let idle = activity(&agent);
    for name in ["runningProcesses", "openStreams", "tunnels", "tunnelBytes"] {
        assert_eq!(idle[name], 0, "{name}");
    }
    for name in ["networkRxBytes", "networkTxBytes", "diskReadBytes", "diskWriteBytes"] {
        assert!(idle[name].is_u64(), "{name}: {}", idle[name]);
    }
    assert!((0.0..=100.0).contains(&idle["cpuPct"].as_f64().unwrap()));
    assert_eq!(agent.request("POST", "/activity", &[], b"").status, 405);
}

#[test]
fn processes_streams_and_tunnels_are_counted_while_they_last() {
    let agent = Agent::open();
    let mut stream = agent.stream("process.Process/Start", json!({"process": {"cmd": "cat"}, "tag": "cat"}), &[]);
    stream.pid();
    let busy = activity(&agent);
    assert_eq!((busy["runningProcesses"].as_u64(), busy["openStreams"].as_u64()), (Some(1), Some(1)));
    drop(stream);
    eventually("the stream is no longer counted", || activity(&agent)["openStreams"] == 0);
    assert_eq!(activity(&agent)["runningProcesses"], 1, "it lives on");
    agent.ok("process.Process/CloseStdin", json!({"process": {"tag": "cat"}}));
    eventually("the process is no longer counted", || activity(&agent)["runningProcesses"] == 0);

    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = agent.connect();
    write!(client, "GET /connect/{} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tunnel\r\n\r\n", server.local_addr().unwrap().port()).unwrap();
    let mut accepted = server.accept().unwrap().0;
    client.write_all(b"12345").unwrap();
    accepted.read_exact(&mut [0; 5]).unwrap();
    accepted.write_all(b"123").unwrap();
    eventually("its bytes are counted", || activity(&agent)["tunnelBytes"] == 8);
    assert_eq!(activity(&agent)["tunnels"], 1);
    drop((client, accepted));
    eventually("the tunnel is no longer counted", || activity(&agent)["tunnels"] == 0);
    assert_eq!(activity(&agent)["tunnelBytes"], 8);
}

#[test]
fn a_plain_agent_leaves_the_disk_alone() {
    let agent = Agent::open();
    let reply = agent.post_json("/disk/grow", &json!({}));
    assert_eq!(reply.status, 400, "{}", reply.json());
    assert!(reply.json()["message"].as_str().unwrap().contains("does not own its machine"));
    assert_eq!(agent.get("/disk/grow", &[]).status, 405);
}
