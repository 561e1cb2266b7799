//! Much and strange traffic: nothing of it stays, and limits are told.

mod common;

use common::{descriptors, eventually, more_descriptors, Agent, Dice, Scratch};
use serde_json::{json, Value};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

fn threads(agent: &Agent) -> usize {
    std::fs::read_dir(format!("/proc/{}/task", agent.pid())).unwrap().count()
}

/// The status of whatever is answered to these bytes; None when the connection just ends.
fn status(agent: &Agent, bytes: &[u8], closing: bool) -> Option<u16> {
    let mut socket = agent.connect();
    // An agent that refuses early may close before it has read all.
    let _ = socket.write_all(bytes);
    // Whole requests are answered at once; of others the end must be said, which also ends the wait for a slow answer.
    socket.set_read_timeout(Some(if closing { common::PATIENCE } else { Duration::from_millis(100) })).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    let _ = socket.shutdown(Shutdown::Write);
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok())
}

#[test]
fn thousands_of_connections_leave_nothing() {
    let mut agent = Agent::open();
    let idle = agent.idle_descriptors();
    let mut dice = Dice(7);
    let whole = b"POST /filesystem.Filesystem/Stat HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"path\": \"/\" }";
    for round in 0..4000 {
        let mut socket = TcpStream::connect(("127.0.0.1", agent.port)).unwrap();
        let count = dice.next(whole.len() + 1);
        // One too many is refused at once, perhaps before its bytes were sent.
        let _ = socket.write_all(&whole[..count]);
        if round % 3 == 0 {
            let _ = socket.shutdown(Shutdown::Write);
        }
    }
    eventually("all is freed", || descriptors(agent.pid()) <= idle);
    assert!(agent.is_alive());
    assert!(threads(&agent) <= 40, "{} threads", threads(&agent));
    assert!(agent.memory() < 40_000, "{} KiB", agent.memory());
}

#[test]
fn streams_that_are_dropped_at_any_moment_leave_nothing() {
    let (mut agent, scratch) = (Agent::open(), Scratch::new());
    std::fs::write(scratch.at("large"), vec![0; 8 << 20]).unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let idle = agent.idle_descriptors();
    let mut dice = Dice(99);
    for round in 0..300 {
        let mut socket = agent.connect();
        let watch = json!({"path": scratch.path(), "recursive": true}).to_string();
        let mut frame = vec![0];
        frame.extend_from_slice(&(watch.len() as u32).to_be_bytes());
        frame.extend_from_slice(watch.as_bytes());
        match round % 4 {
            0 => write!(socket, "GET /files?path={} HTTP/1.1\r\nHost: a\r\n\r\n", scratch.at("large")).unwrap(),
            1 => write!(socket, "POST /files?path={} HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 9000000\r\n\r\nbegin", scratch.at("torn")).unwrap(),
            2 => write!(socket, "GET /connect/{port} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tunnel\r\n\r\n").unwrap(),
            _ => {
                write!(socket, "POST /filesystem.Filesystem/WatchDir HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\nContent-Length: {}\r\n\r\n", frame.len()).unwrap();
                socket.write_all(&frame).unwrap();
            }
        }
        let mut taken = vec![0; dice.next(100_000)];
        if round % 4 == 0 || round % 4 == 3 && !taken.is_empty() {
            // At least the beginning of the answer.
            let count = socket.read(&mut taken).unwrap();
            assert!(count > 0 || taken.is_empty());
        }
        if round % 4 == 2 && dice.next(2) == 0 {
            drop(server.accept().unwrap());
        }
    }
    server.set_nonblocking(true).unwrap();
    eventually("all is freed", || {
        while server.accept().is_ok() {}
        descriptors(agent.pid()) <= idle
    });
    assert!(agent.is_alive());
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1, "no parts of uploads are left");
    let activity = agent.get("/activity", &[]).json();
    assert_eq!((activity["openStreams"].as_u64(), activity["tunnels"].as_u64()), (Some(0), Some(0)));
}

#[test]
fn limits_are_answered() {
    let agent = Agent::open();
    let get = |path: &str, more: &str| status(&agent, format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{more}\r\n").as_bytes(), true);
    assert_eq!(get("/health", ""), Some(204));
    let many: String = (0..500).map(|number| format!("X-{number}: y\r\n")).collect();
    for (path, more, expected) in [
        ("/health", many, 431),
        (&format!("/{}", "x".repeat(70_000)), String::new(), 414),
        (&format!("/files?path=/{}", "x".repeat(5000)), String::new(), 400),
        ("/health", "Content-Length: x\r\n".into(), 400),
        ("/health", "Content-Length: 1\r\nContent-Length: 2\r\n".into(), 400),
        ("/health", "Transfer-Encoding: gzip\r\n".into(), 400),
        ("/health", "Bad Header: x\r\n".into(), 400),
    ] {
        let told = get(path, &more);
        assert_eq!(told, Some(expected), "{} {}", &path[..path.len().min(40)], &more[..more.len().min(40)]);
    }
    // So long that the agent stops reading: its answer may be lost with the rest.
    assert!(matches!(get("/health", &format!("X-Long: {}\r\n", "x".repeat(2 << 20))), Some(431) | None));
    let large = vec![b' '; 17 << 20];
    for path in ["/init", "/files/compose", "/process.Process/List", "/process.Process/SendInput", "/filesystem.Filesystem/Stat", "/filesystem.Filesystem/Copy", "/filesystem.Filesystem/CreateWatcher"] {
        assert_eq!(agent.request("POST", path, &[("Content-Type", "application/json")], &large).status, 413, "{path}");
    }
    assert!(agent.memory() < 90_000, "{} KiB", agent.memory());
}

#[test]
fn more_connections_than_there_may_be_are_told_so() {
    more_descriptors();
    let mut agent = Agent::open();
    let idle = agent.idle_descriptors();
    let mut held: Vec<TcpStream> = (0..1024).map(|_| agent.connect()).collect();
    let mut last = agent.connect();
    let mut answer = String::new();
    last.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    held.pop();
    eventually("there is room again", || {
        let mut socket = agent.connect();
        let _ = socket.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 204 ")
    });
    drop(held);
    eventually("all is freed", || descriptors(agent.pid()) <= idle);
    assert!(agent.is_alive());
}

/// A value of any kind; paths stay below the scratch directory, since some methods take things away.
fn anything(dice: &mut Dice, scratch: &Scratch, depth: usize) -> Value {
    let text = |dice: &mut Dice| -> String { (0..dice.next(12)).map(|_| char::from_u32(dice.next(0x2ff) as u32).unwrap_or('x')).collect() };
    match dice.next(if depth > 0 { 12 } else { 10 }) {
        0 => Value::Null,
        1 => json!(dice.next(2) == 0),
        2 => json!(dice.next(10) as i64 - 5),
        3 => json!(u64::MAX),
        4 => json!(-1.5e300),
        5 => json!(format!("{}{}", scratch.at(""), text(dice).replace("..", ""))),
        6 => json!(scratch.at(["f", "d", "d/x", "none"][dice.next(4)])),
        7 => json!(scratch.at("x".repeat(dice.next(6000)).as_str())),
        8 => json!("\u{0}"),
        9 => json!(common::base64(text(dice))),
        10 => Value::Array((0..dice.next(4)).map(|_| anything(dice, scratch, depth - 1)).collect()),
        _ => (0..dice.next(4)).map(|_| (text(dice), anything(dice, scratch, depth - 1))).collect(),
    }
}

#[test]
fn messages_of_any_shape_are_answered() {
    let (mut agent, scratch) = (Agent::open(), Scratch::new());
    let methods = [
        ("filesystem.Filesystem/Stat", &["path"][..]),
        ("filesystem.Filesystem/MakeDir", &["path"]),
        ("filesystem.Filesystem/ListDir", &["path", "depth"]),
        ("filesystem.Filesystem/Move", &["source", "destination"]),
        ("filesystem.Filesystem/Copy", &["source", "destination"]),
        ("filesystem.Filesystem/Chmod", &["path", "mode", "recursive"]),
        ("filesystem.Filesystem/Remove", &["path", "mustExist"]),
        ("filesystem.Filesystem/CreateWatcher", &["path", "recursive", "includeEntry", "allowNetworkMounts"]),
        ("filesystem.Filesystem/GetWatcherEvents", &["watcherId"]),
        ("filesystem.Filesystem/RemoveWatcher", &["watcherId"]),
        ("process.Process/List", &["x"]),
        ("process.Process/SendInput", &["process", "input"]),
        ("process.Process/SendSignal", &["process", "signal"]),
        ("process.Process/CloseStdin", &["process"]),
        ("process.Process/Update", &["process", "pty"]),
    ];
    let mut dice = Dice(2024);
    for round in 0..1500 {
        if round % 50 == 0 {
            std::fs::create_dir_all(scratch.at("d")).unwrap();
            let _ = std::fs::write(scratch.at("f"), "x");
        }
        let (method, fields) = methods[dice.next(methods.len())];
        let mut message = serde_json::Map::new();
        for field in fields {
            // Paths are always given: an absent one is the home of whoever runs the tests.
            let value = match *field {
                "path" | "source" | "destination" => match anything(&mut dice, &scratch, 0) {
                    Value::String(text) if text.starts_with(&scratch.at("")) && text.len() > scratch.at("").len() && !text.contains("..") => Value::String(text),
                    _ => [json!(7), json!(["x"]), json!("\u{0}"), json!(scratch.at("none"))][dice.next(4)].clone(),
                },
                _ => anything(&mut dice, &scratch, 2),
            };
            message.insert(field.to_string(), value);
        }
        let (status, answer) = agent.call(method, Value::Object(message.clone()));
        let code = answer["code"].as_str().unwrap_or("");
        assert!(status == 200 || (400..=507).contains(&status) && !code.is_empty(), "{method} {message:?}: {status} {answer}");
        assert_ne!((status, code), (500, "internal"), "{method} {message:?}: {answer}");
    }
    assert!(agent.is_alive());
    assert!(agent.memory() < 60_000, "{} KiB", agent.memory());
}

#[test]
fn every_route_takes_broken_bodies_and_heads() {
    let (mut agent, scratch) = (Agent::open(), Scratch::new());
    let idle = agent.idle_descriptors();
    let mut dice = Dice(31337);
    let paths = ["/init", "/metrics", "/envs", "/activity", "/disk/grow", "/snapshot/prepare", "/files/compose", "/connect/1", "/connect/x", "/process.Process/Start", "/process.Process/StreamInput", "/filesystem.Filesystem/WatchDir", "/x"];
    for round in 0..1200 {
        let path = paths[dice.next(paths.len())];
        let method = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "BREW"][dice.next(6)];
        let kind = ["application/json", "application/connect+json", "multipart/form-data; boundary=x", "text/plain", ""][dice.next(5)];
        // Nothing that is JSON: the agent shall have no reason to do anything.
        let body: Vec<u8> = (0..dice.next(400)).map(|_| dice.next(256) as u8).chain(*b"]").collect();
        let length = ["", "Transfer-Encoding: chunked\r\n", &format!("Content-Length: {}\r\n", body.len()), "Content-Length: 99999\r\n"][dice.next(4)].to_string();
        let more = ["", "Connection: Upgrade\r\nUpgrade: tunnel\r\n", "Expect: 100-continue\r\n", "Authorization: Basic %%%\r\n", "Connect-Timeout-Ms: 9999999999\r\n", "Range: bytes=5-1\r\n", "Content-Encoding: gzip\r\n"][dice.next(7)];
        let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n{length}{more}Connection: close\r\n\r\n").into_bytes();
        bytes.extend_from_slice(&body);
        // Bytes change in the head only behind the first word, so that no other path can come of it.
        let from = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        for _ in 0..dice.next(3) {
            let at = from + dice.next(bytes.len() - from);
            bytes[at] = dice.next(256) as u8;
        }
        if let Some(status) = status(&agent, &bytes, false) {
            assert!((100..=507).contains(&status) && status != 500, "round {round}: {method} {path}: {status}");
        }
    }
    let torn = status(&agent, format!("POST /files?path={} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n\r\n--x\r\n", scratch.at("f")).as_bytes(), true);
    assert_eq!(torn, Some(400));
    assert!(agent.is_alive());
    eventually("all is freed", || descriptors(agent.pid()) <= idle);
    assert!(agent.memory() < 60_000, "{} KiB", agent.memory());
}

#[test]
fn many_large_messages_at_once_are_refused_and_small_ones_taken() {
    let mut agent = Agent::open();
    let begin = |size: usize| {
        let mut socket = agent.connect();
        write!(socket, "POST /process.Process/List HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", size + 1).unwrap();
        let sent = socket.write_all(&vec![b' '; size]);
        (socket, sent.is_ok())
    };
    let mut held: Vec<TcpStream> = (0..8).map(|_| begin(15 << 20)).filter(|(_, taken)| *taken).map(|(socket, _)| socket).collect();
    // Those whose connection was ended while they still sent are refused already.
    eventually("no more are held than fit", || {
        held.retain_mut(|socket| {
            socket.set_nonblocking(true).unwrap();
            let mut answer = [0; 12];
            match socket.read(&mut answer) {
                Ok(12) => assert_eq!(&answer, b"HTTP/1.1 429"),
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
            }
            false
        });
        held.len() <= 4
    });
    agent.ok("process.Process/List", json!({}));
    assert!(agent.memory() < 110_000, "{} KiB", agent.memory());
    drop(held);
    eventually("there is room again", || agent.request("POST", "/process.Process/List", &[("Content-Type", "application/json")], &vec![b' '; 15 << 20]).status == 200);
    assert!(agent.is_alive());
}
