//! Processes on a terminal.

mod common;

use common::{base64, eventually, Agent};
use serde_json::json;

fn terminal(agent: &Agent, command: &str) -> common::Stream {
    agent.stream("process.Process/Start", json!({"process": {"cmd": "/bin/sh", "args": ["-c", command], "envs": {"TERM": "xterm"}}, "pty": {"size": {"cols": 90, "rows": 30}}, "tag": "term"}), &[])
}

#[test]
fn input_is_echoed_and_the_size_follows() {
    let agent = Agent::open();
    // A caught signal ends a read, but must not end the shell.
    let mut stream = terminal(&agent, "stty size; tty; trap 'stty size' WINCH; echo ready; while :; do read line && echo got $line; done");
    let pid = stream.pid();
    let begin = stream.until("pty", "ready\r\n");
    assert!(begin.starts_with("30 90\r\n/dev/pts/"), "{begin:?}");
    agent.ok("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"pty": base64("hello\n")}}));
    assert!(stream.until("pty", "got hello").contains("hello\r\n"), "the terminal echoes");
    agent.ok("process.Process/Update", json!({"process": {"tag": "term"}, "pty": {"size": {"cols": 101, "rows": 41}}}));
    agent.ok("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"pty": base64("x\n")}}));
    stream.until("pty", "41 101");
    let (status, error) = agent.call("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"stdin": base64("x")}}));
    assert_eq!((status, error["code"].as_str()), (400, Some("failed_precondition")));
    assert_eq!(agent.call("process.Process/CloseStdin", json!({"process": {"pid": pid}})).0, 400);
}

#[test]
fn the_byte_4_ends_the_input() {
    let agent = Agent::open();
    let mut stream = terminal(&agent, "exec cat");
    let pid = stream.pid();
    agent.ok("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"pty": base64("hello\n\u{4}")}}));
    let said = stream.rest();
    assert_eq!((said.pty.as_slice(), said.end["exitCode"].as_i64()), (&b"hello\r\nhello\r\n"[..], Some(0)));
}

#[test]
fn the_interrupt_key_reaches_the_foreground() {
    let agent = Agent::open();
    let mut stream = terminal(&agent, "exec sleep 1000");
    let pid = stream.pid();
    // A shell that is just starting another program may swallow the key.
    eventually("sleep runs", || std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "sleep\n"));
    agent.ok("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"pty": base64("\u{3}")}}));
    let said = stream.rest();
    assert_eq!(said.end["status"], "signal: interrupt");
}

#[test]
fn a_process_without_terminal_has_none_to_resize() {
    let agent = Agent::open();
    let mut stream = agent.shell("sleep 1000");
    let pid = stream.pid();
    let (status, error) = agent.call("process.Process/Update", json!({"process": {"pid": pid}, "pty": {"size": {"cols": 1, "rows": 1}}}));
    assert_eq!((status, error["code"].as_str()), (400, Some("failed_precondition")));
    let (status, _) = agent.call("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"pty": base64("x")}}));
    assert_eq!(status, 400);
}

#[test]
fn all_output_comes_before_the_end() {
    let agent = Agent::open();
    for _ in 0..10 {
        let said = terminal(&agent, "seq 2000").rest();
        assert!(said.pty.ends_with(b"\r\n2000\r\n"), "{}", said.pty.len());
        assert_eq!(said.end["exitCode"], 0);
    }
}
