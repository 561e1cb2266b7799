//! Starting, feeding, signalling and re-attaching.

mod common;

use common::{base64, eventually, is_root, runs, Agent, Scratch};
use serde_json::{json, Value};
use std::time::{Duration, Instant};

fn start(command: &str) -> Value {
    json!({"process": {"cmd": "/bin/sh", "args": ["-c", command]}, "stdin": false})
}

#[test]
fn exits_are_told_in_the_words_of_the_contract() {
    let agent = Agent::open();
    for code in [0, 1, 3, 127, 255] {
        let said = agent.shell(&format!("echo out; echo err >&2; exit {code}")).rest();
        assert_eq!(said.end, json!({"exitCode": code, "exited": true, "status": format!("exit status {code}")}));
        assert_eq!((said.text().as_str(), said.stderr.as_slice(), said.error), ("out\n", &b"err\n"[..], Value::Null));
        assert!(said.pid > 0);
    }
    let killed = agent.shell("kill -9 $$").rest();
    assert_eq!(killed.end, json!({"exitCode": -1, "exited": false, "status": "signal: killed"}));
    assert_eq!(agent.shell("kill -TERM $$").rest().end["status"], "signal: terminated");
}

#[test]
fn output_of_every_byte_survives() {
    let agent = Agent::open();
    let said = agent.stream("process.Process/Start", json!({"process": {"cmd": "/bin/sh", "args": ["-c", "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done"]}}), &[]).rest();
    assert_eq!(said.stdout, (0..=255u8).collect::<Vec<_>>());
}

#[test]
fn what_can_not_start_says_why() {
    let agent = Agent::open();
    let refused = |process: Value, headers: &[(&str, &str)]| agent.stream("process.Process/Start", json!({"process": process}), headers).rest().error;
    let missing = refused(json!({"cmd": "no-such-command"}), &[]);
    assert_eq!(missing["code"], "not_found");
    assert!(missing["message"].as_str().unwrap().contains("no-such-command"));
    assert_eq!(refused(json!({"cmd": "/no/such/file"}), &[])["code"], "not_found");
    let cwd = refused(json!({"cmd": "true", "cwd": "/no/such/directory"}), &[]);
    assert_eq!((cwd["code"].as_str(), cwd["message"].as_str()), (Some("invalid_argument"), Some("cwd '/no/such/directory' does not exist")));
    assert_eq!(refused(json!({"cmd": "true", "cwd": "/etc/passwd"}), &[])["code"], "invalid_argument");
    assert_eq!(refused(json!({}), &[])["code"], "invalid_argument");
    let user = refused(json!({"cmd": "true"}), &[("Authorization", &format!("Basic {}", base64("nobody-here:")))]);
    assert_eq!((user["code"].as_str(), user["message"].as_str()), (Some("unauthenticated"), Some("invalid username: 'nobody-here'")));
    assert_eq!(refused(json!({"cmd": "/etc/passwd"}), &[])["code"], "permission_denied");
    assert_eq!(agent.ok("process.Process/List", json!({})), json!({"processes": []}));
}

#[test]
fn scripts_without_an_interpreter_line_run() {
    use std::os::unix::fs::PermissionsExt;
    let (agent, scratch) = (Agent::open(), Scratch::new());
    std::fs::write(scratch.at("script"), "echo \"$1 $0\"\n").unwrap();
    std::fs::set_permissions(scratch.at("script"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let said = agent.stream("process.Process/Start", json!({"process": {"cmd": "./script", "args": ["hi"], "cwd": scratch.at("")}}), &[]).rest();
    assert!(said.text().starts_with("hi /"), "{said:?}");
}

#[test]
fn processes_get_a_clean_environment_and_no_descriptors() {
    let agent = Agent::open();
    let said = agent.stream("process.Process/Start", json!({"process": {"cmd": "/bin/sh", "args": ["-c", "echo $MINE $HOME-$USER-$LOGNAME; ls /proc/self/fd | tr '\\n' ' '; cat /proc/self/oom_score_adj; grep -E 'SigBlk|SigIgn' /proc/self/status"], "envs": {"MINE": "yes"}}, "stdin": false}), &[]).rest();
    let text = said.text();
    let user = if is_root() { "yes /root-root-root" } else { "yes /" };
    assert!(text.starts_with(user), "{text}");
    assert!(text.contains("0 1 2 3 "), "only what ls itself opens: {text}");
    if is_root() {
        assert!(text.contains("\n100\n") || text.contains(" 100\n"), "{text}");
    }
    assert_eq!(text.matches("0000000000000000").count(), 2, "{text}");
    assert!(!agent.shell("env").rest().text().contains("MINE"), "variables of one process are not those of the next");
}

#[test]
fn programs_run_as_the_user_that_is_named() {
    if !is_root() {
        return;
    }
    let agent = Agent::open();
    let named = |name: &str| base64(format!("{name}:"));
    let header = format!("Basic {}", named("daemon"));
    let said = agent.stream("process.Process/Start", start("id -u; id -G; touch /etc/never"), &[("Authorization", &header)]).rest();
    assert!(said.text().starts_with("1\n1"), "{said:?}");
    assert_eq!(said.end["exitCode"], 1);
    // By default: whoever /init names.
    agent.post_json("/init", &json!({"defaultUser": "nobody"}));
    assert_eq!(agent.shell("id -un").rest().text(), "nobody\n");
}

#[test]
fn input_arrives_and_ends() {
    let agent = Agent::open();
    let mut stream = agent.stream("process.Process/Start", json!({"process": {"cmd": "cat"}, "tag": "cat"}), &[]);
    let pid = stream.pid();
    let big = "x".repeat(300_000);
    for text in ["hello ", "world\n", &big] {
        agent.ok("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"stdin": base64(text)}}));
    }
    agent.ok("process.Process/CloseStdin", json!({"process": {"tag": "cat"}}));
    let (status, _) = agent.call("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"stdin": base64("late")}}));
    assert!(status == 400 || status == 404, "{status}");
    let said = stream.rest();
    assert_eq!(said.stdout.len(), 12 + big.len());
    assert_eq!(said.end["exitCode"], 0);
    let none = agent.stream("process.Process/Start", json!({"process": {"cmd": "cat"}, "stdin": false}), &[]).rest();
    assert_eq!(none.end["exitCode"], 0, "without input it is at its end at once");
}

#[test]
fn input_can_be_streamed() {
    use std::io::{BufReader, Write};
    let agent = Agent::open();
    let mut stream = agent.stream("process.Process/Start", json!({"process": {"cmd": "cat"}}), &[]);
    let pid = stream.pid();
    let mut socket = agent.connect();
    socket.write_all(b"POST /process.Process/StreamInput HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n").unwrap();
    for message in [json!({"start": {"process": {"pid": pid}}}), json!({"data": {"input": {"stdin": base64("one ")}}}), json!({"keepalive": {}}), json!({"data": {"input": {"stdin": base64("two")}}})] {
        let text = message.to_string();
        let mut frame = vec![0];
        frame.extend_from_slice(&(text.len() as u32).to_be_bytes());
        frame.extend_from_slice(text.as_bytes());
        socket.write_all(format!("{:x}\r\n", frame.len()).as_bytes()).unwrap();
        socket.write_all(&frame).unwrap();
        socket.write_all(b"\r\n").unwrap();
    }
    assert_eq!(stream.until("stdout", "two"), "one two");
    socket.write_all(b"0\r\n\r\n").unwrap();
    let reply = common::Reply::read(BufReader::new(socket), false);
    assert_eq!((reply.status, reply.body.as_slice()), (200, &b"\0\0\0\0\x02{}\x02\0\0\0\x02{}"[..]));
}

#[test]
fn a_signal_reaches_the_children_too() {
    let agent = Agent::open();
    for signal in [json!("SIGNAL_SIGKILL"), json!("SIGNAL_SIGTERM"), json!(9), json!("SIGINT")] {
        let mut stream = agent.shell("sleep 1000 & (sleep 1001 & echo $! ; wait) & wait");
        let pid = stream.pid();
        let grandchild: i64 = stream.until("stdout", "\n").trim().parse().unwrap();
        // Background children of a shell without job control ignore interrupts.
        let ignored = signal == json!("SIGINT");
        agent.ok("process.Process/SendSignal", json!({"process": {"pid": pid}, "signal": signal}));
        if ignored {
            agent.call("process.Process/SendSignal", json!({"process": {"pid": pid}, "signal": 9}));
            unsafe { libc::kill(-(pid as i32), libc::SIGKILL) };
        }
        eventually("the grandchild ends", || !runs(grandchild));
        let said = stream.rest();
        assert_eq!(said.end["exitCode"], -1, "{signal}");
    }
    let (status, error) = agent.call("process.Process/SendSignal", json!({"process": {"pid": 999_999_999}, "signal": "SIGNAL_SIGKILL"}));
    assert_eq!((status, error["code"].as_str()), (404, Some("not_found")));
    let (status, _) = agent.call("process.Process/SendSignal", json!({"process": {"tag": "none"}, "signal": "SIGNAL_SIGTERM"}));
    assert_eq!(status, 404);
}

#[test]
fn a_kill_reaches_groups_that_a_shell_has_made() {
    let agent = Agent::open();
    let mut stream = agent.stream("process.Process/Start", json!({"process": {"cmd": "/bin/bash", "args": ["-c", "set -m; sleep 1000 & echo $!; wait"]}}), &[]);
    let pid = stream.pid();
    let job: i64 = stream.until("stdout", "\n").trim().parse().unwrap();
    agent.ok("process.Process/SendSignal", json!({"process": {"pid": pid}, "signal": "SIGNAL_SIGKILL"}));
    eventually("the job ends", || !runs(job));
    assert_eq!(stream.rest().end["status"], "signal: killed");
}

#[test]
fn a_deadline_ends_the_process_and_keeps_its_output() {
    let agent = Agent::open();
    let began = Instant::now();
    for (message, header) in [(start("echo before; sleep 1000"), "200"), (json!({"process": {"cmd": "/bin/sh", "args": ["-c", "echo before; sleep 1000"]}, "timeoutMs": 200}), "")] {
        let said = agent.stream("process.Process/Start", message, &[("Connect-Timeout-Ms", header)]).rest();
        assert_eq!(said.text(), "before\n");
        assert_eq!((said.end["status"].as_str(), said.end["exitCode"].as_i64()), (Some("signal: killed"), Some(-1)));
        assert!(said.end["error"].as_str().unwrap().starts_with("deadline exceeded"));
        assert_eq!(said.error["code"], "deadline_exceeded");
    }
    assert!(began.elapsed() < Duration::from_secs(15));
    let unhurried = agent.stream("process.Process/Start", start("true"), &[("Connect-Timeout-Ms", "0")]).rest();
    assert_eq!(unhurried.end["exitCode"], 0);
}

#[test]
fn a_client_that_goes_leaves_the_process_running() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let mut stream = agent.shell(&format!("while ! [ -e {} ]; do sleep 0.02; done; echo found; exit 5", scratch.at("go")));
    let pid = stream.pid();
    drop(stream);
    let listed = agent.ok("process.Process/List", json!({}));
    assert_eq!(listed["processes"][0]["pid"], pid);
    assert_eq!(listed["processes"][0]["config"]["cmd"], "/bin/sh");
    if is_root() {
        assert_eq!(listed["processes"][0]["user"], "root");
    }
    let again = agent.stream("process.Process/Connect", json!({"process": {"pid": pid}}), &[]);
    std::fs::write(scratch.at("go"), "").unwrap();
    let said = again.rest();
    assert_eq!((said.pid, said.text().as_str(), said.end["exitCode"].as_i64()), (pid, "found\n", Some(5)));
}

#[test]
fn an_ended_process_can_still_be_asked() {
    let agent = Agent::open();
    let said = agent.stream("process.Process/Start", json!({"process": {"cmd": "/bin/sh", "args": ["-c", "echo words; exit 4"]}, "tag": "t"}), &[]).rest();
    assert_eq!(agent.ok("process.Process/List", json!({})), json!({"processes": []}));
    for selector in [json!({"pid": said.pid}), json!({"tag": "t"})] {
        let plain = agent.stream("process.Process/Connect", json!({"process": selector}), &[]).rest();
        assert_eq!((plain.text().as_str(), plain.end["exitCode"].as_i64(), plain.pid), ("", Some(4), said.pid));
        let replayed = agent.stream("process.Process/Connect", json!({"process": selector, "replay": true}), &[]).rest();
        assert_eq!((replayed.text().as_str(), replayed.end["exitCode"].as_i64()), ("words\n", Some(4)));
    }
    let (status, _) = agent.call("process.Process/SendInput", json!({"process": {"tag": "t"}, "input": {"stdin": base64("x")}}));
    assert_eq!(status, 404);
    assert_eq!(agent.stream("process.Process/Connect", json!({"process": {"pid": 999_999_999}}), &[]).rest().error["code"], "not_found");
}

#[test]
fn of_equal_tags_the_newest_counts() {
    let agent = Agent::open();
    let mut streams: Vec<_> = (0..2).map(|_| agent.stream("process.Process/Start", json!({"process": {"cmd": "sleep", "args": ["1000"]}, "tag": "same"}), &[])).collect();
    let pids: Vec<i64> = streams.iter_mut().map(|stream| stream.pid()).collect();
    let mut attached = agent.stream("process.Process/Connect", json!({"process": {"tag": "same"}}), &[]);
    assert_eq!(attached.pid(), pids[1]);
}

#[test]
fn background_children_do_not_hold_the_end_up_and_live_on() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let began = Instant::now();
    let said = agent.shell(&format!("(while ! [ -e {} ]; do sleep 0.02; done; echo writing; echo still >&2; echo alive > {}) & echo done", scratch.at("go"), scratch.at("proof"))).rest();
    assert_eq!((said.text().as_str(), said.end["exitCode"].as_i64()), ("done\n", Some(0)));
    assert!(began.elapsed() < Duration::from_secs(10));
    std::fs::write(scratch.at("go"), "").unwrap();
    eventually("the child outlives its output", || std::fs::read_to_string(scratch.at("proof")).is_ok_and(|text| text == "alive\n"));
}

#[test]
fn a_slow_reader_loses_nothing_and_slows_only_its_own() {
    let mut agent = Agent::open();
    const LINES: usize = 1_600_000;
    let mut slow = agent.stream("process.Process/Start", json!({"process": {"cmd": "seq", "args": [LINES.to_string()]}, "tag": "seq"}), &[]);
    slow.pid();
    // While nobody reads it, others are served and the agent does not swell.
    for _ in 0..20 {
        assert_eq!(agent.shell("echo quick").rest().text(), "quick\n");
    }
    assert_eq!(agent.ok("process.Process/List", json!({}))["processes"].as_array().unwrap().len(), 1, "it waits for its reader");
    assert!(agent.memory() < 40_000, "{} KiB", agent.memory());
    let said = slow.rest();
    assert_eq!(said.end["exitCode"], 0);
    assert!(said.stdout.len() > 11 << 20);
    let expected: Vec<u8> = (1..=LINES).flat_map(|number| format!("{number}\n").into_bytes()).collect();
    assert!(said.stdout == expected, "not one byte is missing or out of order");
    assert!(agent.is_alive());
}

#[test]
fn output_that_nobody_reads_gives_way_and_the_newest_is_replayed() {
    let agent = Agent::open();
    let mut stream = agent.stream("process.Process/Start", json!({"process": {"cmd": "/bin/sh", "args": ["-c", "read go; seq 1000000; read go"]}}), &[]);
    let pid = stream.pid();
    drop(stream);
    // The agent notices that the client has gone when it next has something for it, or by the end of the connection.
    agent.ok("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"stdin": base64("\n")}}));
    eventually("it runs to the end with nobody reading", || {
        let mut replay = agent.stream("process.Process/Connect", json!({"process": {"pid": pid}, "replay": true}), &[]);
        replay.pid();
        let mut seen = Vec::new();
        while seen.len() < 1 << 20 {
            let event = replay.event();
            let Some(data) = event["event"]["data"]["stdout"].as_str() else { return false };
            use base64::Engine;
            seen.extend(base64::engine::general_purpose::STANDARD.decode(data).unwrap());
            if seen.ends_with(b"\n1000000\n") {
                return true;
            }
        }
        false
    });
    agent.ok("process.Process/SendInput", json!({"process": {"pid": pid}, "input": {"stdin": base64("\n")}}));
}

#[test]
fn silent_streams_show_that_they_live() {
    let agent = Agent::open();
    let mut stream = agent.stream("process.Process/Start", start("sleep 1000"), &[("Keepalive-Ping-Interval", "1")]);
    stream.pid();
    assert_eq!(stream.next().unwrap().1, json!({"event": {"keepalive": {}}}));
}
