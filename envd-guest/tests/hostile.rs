//! Whatever arrives, the agent goes on.

mod common;

use common::{Agent, Dice};
use serde_json::json;
use std::io::{Read, Write};
use std::time::Duration;

fn send(agent: &Agent, bytes: &[u8]) -> Vec<u8> {
    let mut socket = agent.connect();
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let _ = socket.write_all(bytes);
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    answer
}

#[test]
fn broken_frames_are_answered_with_errors() {
    let mut agent = Agent::open();
    let mut dice = Dice(0x9e3779b97f4a7c15);
    let good = json!({"process": {"cmd": "true", "args": ["a"], "envs": {"A": "b"}}, "pty": {"size": {"cols": 3, "rows": 4}}, "tag": "t"}).to_string();
    let mut frame = vec![0u8];
    frame.extend_from_slice(&(good.len() as u32).to_be_bytes());
    frame.extend_from_slice(good.as_bytes());
    for round in 0..300 {
        let mut body = frame.clone();
        for _ in 0..=dice.next(4) {
            let at = dice.next(body.len());
            match dice.next(3) {
                0 => body[at] = dice.next(256) as u8,
                1 => body.truncate(at.max(1)),
                _ => body.insert(at, dice.next(256) as u8),
            }
        }
        let method = ["process.Process/Start", "process.Process/Connect", "process.Process/StreamInput", "filesystem.Filesystem/WatchDir"][round % 4];
        let mut request = format!("POST /{method} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/connect+json\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        request.extend_from_slice(&body);
        let answer = send(&agent, &request);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(agent.is_alive());
    assert_eq!(agent.get("/health", &[]).status, 204);
}

#[test]
fn broken_messages_are_refused_with_a_reason() {
    let mut agent = Agent::open();
    for method in ["Update", "SendInput", "SendSignal", "CloseStdin"] {
        for body in ["", "{", "[]", "null", "{\"process\":5}", "{\"process\":{\"pid\":\"x\"}}", "{\"process\":{}}", "\u{0}"] {
            let reply = agent.request("POST", &format!("/process.Process/{method}"), &[("Content-Type", "application/json")], body.as_bytes());
            assert_eq!((reply.status, reply.json()["code"].as_str()), (400, Some("invalid_argument")), "{method} {body:?}");
        }
    }
    let deep = "[".repeat(100_000);
    assert_eq!(agent.request("POST", "/process.Process/List", &[("Content-Type", "application/json")], deep.as_bytes()).status, 400);
    assert!(agent.is_alive());
}

#[test]
fn the_protocol_says_no_in_its_own_words() {
    let agent = Agent::open();
    let get = agent.get("/process.Process/List", &[]);
    assert_eq!((get.status, get.header("allow"), get.json()["code"].as_str()), (405, Some("POST"), Some("unimplemented")));
    let (status, error) = agent.call("process.Process/Nothing", json!({}));
    assert_eq!((status, error["code"].as_str()), (501, Some("unimplemented")));
    assert_eq!(agent.call("no.Such/Thing", json!({})).0, 501);
    assert_eq!(agent.get("/nothing", &[]).status, 404);
    let kind = agent.request("POST", "/process.Process/List", &[("Content-Type", "application/proto")], b"{}");
    assert_eq!(kind.status, 415);
    let packed = agent.request("POST", "/process.Process/List", &[("Content-Type", "application/json"), ("Content-Encoding", "gzip")], b"{}");
    assert_eq!((packed.status, packed.json()["code"].as_str()), (501, Some("unimplemented")));
    let timeout = agent.stream("process.Process/Start", json!({"process": {"cmd": "true"}}), &[("Connect-Timeout-Ms", "-5")]).rest();
    assert_eq!(timeout.error["code"], "invalid_argument");
}

#[test]
fn sizes_are_bounded() {
    let mut agent = Agent::open();
    let mut envelope = b"POST /process.Process/Start HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/connect+json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n".to_vec();
    envelope.extend_from_slice(&[0, 0xff, 0xff, 0xff, 0xff]);
    envelope.extend_from_slice(b"\r\n");
    assert!(String::from_utf8_lossy(&send(&agent, &envelope)).contains("resource_exhausted"));
    let unary = agent.request("POST", "/process.Process/List", &[("Content-Type", "application/json")], &vec![b' '; 17 << 20]);
    assert_eq!(unary.status, 413);
    let header = format!("GET /health HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    assert!(!send(&agent, header.as_bytes()).starts_with(b"HTTP/1.1 20"));
    let many: String = (0..500).map(|number| format!("X-{number}: y\r\n")).collect();
    assert!(!send(&agent, format!("GET /health HTTP/1.1\r\nHost: a\r\n{many}\r\n").as_bytes()).starts_with(b"HTTP/1.1 20"));
    assert!(agent.is_alive());
    assert!(agent.memory() < 60_000, "{} KiB", agent.memory());
}

#[test]
fn bytes_that_are_no_http_do_no_harm() {
    let mut agent = Agent::open();
    let mut dice = Dice(42);
    for _ in 0..200 {
        let length = dice.next(300) + 1;
        let bytes: Vec<u8> = (0..length).map(|_| dice.next(256) as u8).collect();
        send(&agent, &bytes);
    }
    for text in ["GET", "GET / HTTP/9.9\r\n\r\n", "POST /files HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST /files?path=/tmp/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        send(&agent, text.as_bytes());
    }
    assert!(agent.is_alive());
    assert_eq!(agent.get("/health", &[]).status, 204);
}

#[test]
fn many_idle_connections_keep_nobody_out() {
    let agent = Agent::open();
    let idle: Vec<_> = (0..200).map(|_| agent.connect()).collect();
    assert_eq!(agent.get("/health", &[]).status, 204);
    drop(idle);
}

#[test]
fn before_a_snapshot_idle_connections_are_let_go_and_streams_go_on() {
    let agent = Agent::open();
    let mut idle = agent.connect();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = [0u8; 1024];
    let count = idle.read(&mut answer).unwrap();
    assert!(answer[..count].starts_with(b"HTTP/1.1 204"));
    let mut stream = agent.stream("process.Process/Start", json!({"process": {"cmd": "cat"}, "tag": "cat"}), &[]);
    stream.pid();
    assert_eq!(agent.post_json("/snapshot/prepare", &json!({})).status, 200);
    assert_eq!(idle.read(&mut answer).unwrap(), 0, "the idle one is closed");
    agent.ok("process.Process/SendInput", json!({"process": {"tag": "cat"}, "input": {"stdin": common::base64("on\n")}}));
    stream.until("stdout", "on\n");
}
