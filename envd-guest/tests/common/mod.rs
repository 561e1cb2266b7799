//! A real agent on a loopback port, and a small client of our own that speaks real HTTP to it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use serde_json::{json, Value};

pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Agent {
    child: Child,
    pub port: u16,
    pub token: Option<String>,
}

impl Agent {
    pub fn open() -> Agent {
        Agent::start(None)
    }

    pub fn with_token(token: &str) -> Agent {
        Agent::start(Some(token))
    }

    /// An agent whose machine has another address than the loopback's.
    pub fn with_card(address: &str) -> Agent {
        Agent::start_with(None, &["--card", address])
    }

    fn start(token: Option<&str>) -> Agent {
        Agent::start_with(token, &[])
    }

    fn start_with(token: Option<&str>, more: &[&str]) -> Agent {
        Agent::run(Command::new(env!("CARGO_BIN_EXE_envd")), token, more)
    }

    /// In a mount namespace of its own, where nothing is mounted at /proc. Needs root.
    pub fn without_proc() -> Agent {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_envd")]);
        Agent::run(command, None, &[])
    }

    fn run(mut command: Command, token: Option<&str>, more: &[&str]) -> Agent {
        command.args(["--listen", "127.0.0.1", "--port", "0"]).args(more);
        match token {
            Some(token) => command.args(["--token-sha256", &sha256_hex(token)]),
            None => command.arg("--no-auth"),
        };
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the agent starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no port in '{line}'"));
        Agent { child, port, token: token.map(str::to_string) }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL; returns once it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// How many descriptors it has open while nobody is connected to it.
    pub fn idle_descriptors(&self) -> usize {
        // Its first answer says that it has opened all that it needs for itself.
        assert_eq!(self.get("/health", &[]).status, 204);
        let port = format!(":{:04X} ", self.port);
        let connected = || std::fs::read_to_string("/proc/net/tcp").unwrap().lines().any(|line| line.contains(&port) && line.split_whitespace().nth(3).is_some_and(|state| state == "01" || state == "08"));
        eventually("nobody is connected", || !connected());
        descriptors(self.pid())
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn head(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: agent\r\n");
        if let Some(token) = self.token.as_ref().filter(|_| !headers.iter().any(|(name, _)| *name == "X-Access-Token")) {
            head.push_str(&format!("X-Access-Token: {token}\r\n"));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head
    }

    /// One request on a connection of its own. An empty header value leaves a header out.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut stream = self.connect();
        let connection = if headers.iter().any(|(name, _)| *name == "Connection") { "" } else { "Connection: close\r\n" };
        let head = self.head(method, path, headers) + &format!("Content-Length: {}\r\n{connection}\r\n", body.len());
        // An agent that refuses early may close before it has read all: the answer counts.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        Reply::read(BufReader::new(stream), method == "HEAD")
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.request("GET", path, headers, b"")
    }

    pub fn post_json(&self, path: &str, body: &Value) -> Reply {
        self.request("POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    /// A unary call: (status, answer).
    pub fn call(&self, method: &str, message: Value) -> (u16, Value) {
        let reply = self.post_json(&format!("/{method}"), &message);
        let value = reply.json();
        (reply.status, value)
    }

    /// A unary call that succeeds.
    pub fn ok(&self, method: &str, message: Value) -> Value {
        let (status, value) = self.call(method, message);
        assert_eq!(status, 200, "{method}: {value}");
        value
    }

    pub fn stream(&self, method: &str, message: Value, headers: &[(&str, &str)]) -> Stream {
        let text = message.to_string();
        let mut body = vec![0u8];
        body.extend_from_slice(&(text.len() as u32).to_be_bytes());
        body.extend_from_slice(text.as_bytes());
        let mut socket = self.connect();
        let head = self.head("POST", &format!("/{method}"), headers) + &format!("Content-Type: application/connect+json\r\nContent-Length: {}\r\n\r\n", body.len());
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(&body).unwrap();
        let mut reader = BufReader::new(socket);
        let (status, headers) = read_head(&mut reader);
        assert_eq!(status, 200);
        let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
        let length = headers.get("content-length").map(|value| value.parse().unwrap());
        Stream { reader, chunked, left: length.unwrap_or(0), pending: Vec::new() }
    }

    /// Starts a shell command without input.
    pub fn shell(&self, command: &str) -> Stream {
        self.stream("process.Process/Start", json!({"process": {"cmd": "/bin/sh", "args": ["-c", command]}, "stdin": false}), &[])
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        unsafe { libc::kill(self.child.id() as i32, libc::SIGTERM) };
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if Instant::now() > deadline {
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn read(mut reader: BufReader<TcpStream>, head_only: bool) -> Reply {
        let (status, headers) = read_head(&mut reader);
        let mut body = Vec::new();
        if head_only || status == 204 || status == 304 {
        } else if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
            while let Some(chunk) = read_chunk(&mut reader) {
                body.extend_from_slice(&chunk);
            }
        } else {
            let length: usize = headers.get("content-length").expect("a length").parse().unwrap();
            body.resize(length, 0);
            reader.read_exact(&mut body).unwrap();
        }
        Reply { status, headers, body }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An answer that is a stream of messages.
pub struct Stream {
    reader: BufReader<TcpStream>,
    chunked: bool,
    left: usize,
    pending: Vec<u8>,
}

/// All that a process said, and how it ended.
#[derive(Debug, Default)]
pub struct Said {
    pub pid: i64,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub pty: Vec<u8>,
    pub end: Value,
    /// Of the stream.
    pub error: Value,
}

impl Said {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl Stream {
    /// The next envelope: (flags, message); None when the connection has ended.
    pub fn next(&mut self) -> Option<(u8, Value)> {
        while self.pending.len() < 5 || self.pending.len() < 5 + self.length() {
            let more = self.more()?;
            self.pending.extend_from_slice(&more);
        }
        let length = self.length();
        let rest = self.pending.split_off(5 + length);
        let frame = std::mem::replace(&mut self.pending, rest);
        Some((frame[0], serde_json::from_slice(&frame[5..]).unwrap()))
    }

    fn length(&self) -> usize {
        u32::from_be_bytes(self.pending[1..5].try_into().unwrap()) as usize
    }

    fn more(&mut self) -> Option<Vec<u8>> {
        if self.chunked {
            return read_chunk(&mut self.reader);
        }
        let mut bytes = vec![0; std::mem::take(&mut self.left)];
        self.reader.read_exact(&mut bytes).unwrap();
        (!bytes.is_empty()).then_some(bytes)
    }

    /// The next message that is neither the end of the stream nor a sign of life.
    pub fn event(&mut self) -> Value {
        loop {
            let (flags, message) = self.next().expect("a message");
            assert_eq!(flags, 0, "{message}");
            if message["event"].get("keepalive").is_none() && message.get("keepalive").is_none() {
                return message;
            }
        }
    }

    /// Reads the first message, which tells the process id.
    pub fn pid(&mut self) -> i64 {
        let event = self.event();
        event["event"]["start"]["pid"].as_i64().unwrap_or_else(|| panic!("{event}"))
    }

    /// Reads output of one kind until it holds a text.
    pub fn until(&mut self, kind: &str, text: &str) -> String {
        let mut all = Vec::new();
        while !String::from_utf8_lossy(&all).contains(text) {
            let event = self.event();
            let data = event["event"]["data"][kind].as_str().unwrap_or_else(|| panic!("{event} after {:?}", String::from_utf8_lossy(&all)));
            all.extend(STANDARD.decode(data).unwrap());
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads to the end.
    pub fn rest(mut self) -> Said {
        let mut said = Said::default();
        let mut ended = false;
        while let Some((flags, message)) = self.next() {
            if flags == 2 {
                said.error = message["error"].clone();
                ended = true;
                continue;
            }
            assert!(!ended, "a message after the end: {message}");
            let event = &message["event"];
            if let Some(pid) = event["start"]["pid"].as_i64() {
                said.pid = pid;
            }
            for (name, all) in [("stdout", &mut said.stdout), ("stderr", &mut said.stderr), ("pty", &mut said.pty)] {
                if let Some(data) = event["data"][name].as_str() {
                    assert!(said.end.is_null(), "data after the end event");
                    all.extend(STANDARD.decode(data).unwrap());
                }
            }
            if event["end"].is_object() {
                said.end = event["end"].clone();
            }
            if !said.end.is_null() && ended {
                break;
            }
        }
        assert!(ended, "the stream has no end");
        said
    }
}

fn read_head(reader: &mut impl BufRead) -> (u16, BTreeMap<String, String>) {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no answer: '{line}'"));
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_string()),
            None => return (status, headers),
        };
    }
}

fn read_chunk(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap() == 0 {
        return None;
    }
    let length = usize::from_str_radix(line.trim(), 16).unwrap();
    let mut chunk = vec![0; length + 2];
    reader.read_exact(&mut chunk).unwrap();
    chunk.truncate(length);
    (length > 0).then_some(chunk)
}

/// A directory that goes with its owner.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = std::env::temp_dir().join(format!("envd-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub fn at(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_string()
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Waits until something is so.
pub fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !check() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn sha256_hex(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

pub fn is_root() -> bool {
    unsafe { libc::geteuid() == 0 }
}

/// True while a process runs (a zombie does not).
pub fn runs(pid: i64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next()).is_some_and(|state| state != 'Z' && state != 'X')
}

/// How many descriptors a process has open.
pub fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// Lets this process, and the agents that it starts from now on, open as many descriptors as it may.
pub fn more_descriptors() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    limit.rlim_cur = limit.rlim_max.min(65_536);
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
    assert!(limit.rlim_cur >= 4096, "this machine allows {} descriptors only", limit.rlim_cur);
}

/// Pseudo-random, the same at each run.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}
