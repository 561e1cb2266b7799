//! Contents of files in both directions.

mod common;

use common::{is_root, Agent, Reply, Scratch};
use flate2::read::{GzDecoder, GzEncoder};
use flate2::Compression;
use serde_json::json;
use std::fs;
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};

fn put(agent: &Agent, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Reply {
    let mut all = vec![("Content-Type", "application/octet-stream")];
    all.extend_from_slice(headers);
    agent.request("POST", &format!("/files?path={path}"), &all, body)
}

fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in parts {
        body.extend_from_slice(format!("--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b0undary--\r\n");
    body
}

const MULTIPART: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=b0undary");

/// Bytes that do not repeat soon.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 88172645463325252u64;
    (0..count).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    }).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed).unwrap();
    packed
}

fn names(scratch: &Scratch) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_large_file_goes_up_and_comes_down_in_little_memory() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let content = noise(40 << 20);
    let path = scratch.at("deep/er/file.bin");
    let reply = put(&agent, &path, &content, &[]);
    assert_eq!(reply.json(), json!([{"path": path, "name": "file.bin", "type": "file"}]));
    assert!(fs::read(&path).unwrap() == content);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o644);
    let down = agent.get(&format!("/files?path={path}"), &[]);
    assert_eq!(down.header("content-length"), Some((40 << 20).to_string().as_str()));
    assert!(down.body == content);
    assert!(agent.memory() < 30_000, "{} KiB", agent.memory());
}

#[test]
fn multipart_names_may_be_paths() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let (one, two, large) = (scratch.at("a/one"), scratch.at("two.txt"), noise(3 << 20));
    let reply = agent.request("POST", "/files", &[MULTIPART], &multipart(&[(&one, b"1\r\n--b0undar"), (&two, &large)]));
    assert_eq!(reply.json(), json!([{"path": one, "name": "one", "type": "file"}, {"path": two, "name": "two.txt", "type": "file"}]));
    assert_eq!(fs::read(&one).unwrap(), b"1\r\n--b0undar");
    assert!(fs::read(&two).unwrap() == large);
    // The path of the query goes before the name of the part.
    agent.request("POST", &format!("/files?path={}", scratch.at("three")), &[MULTIPART], &multipart(&[("ignored", b"3")]));
    assert_eq!(fs::read(scratch.at("three")).unwrap(), b"3");
    let twice = agent.request("POST", "/files", &[MULTIPART], &multipart(&[(&scratch.at("x"), b"1"), (&scratch.at("./x"), b"2")]));
    assert_eq!(twice.status, 400);
    assert!(!scratch.path().join("x").exists(), "an upload counts as a whole or not at all");
    let torn = multipart(&[(&scratch.at("torn"), b"data")]);
    assert_eq!(agent.request("POST", "/files", &[MULTIPART], &torn[..torn.len() - 20]).status, 400);
    assert_eq!(names(&scratch), ["a", "three", "two.txt"], "nothing is left of what was not whole");
}

#[test]
fn gzip_both_ways() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let path = scratch.at("f");
    let content = [noise(1 << 20), vec![0; 30 << 20]].concat();
    assert_eq!(put(&agent, &path, &gzip(&content), &[("Content-Encoding", "gzip")]).status, 200);
    assert!(fs::read(&path).unwrap() == content);
    let small = gzip(&multipart(&[(&scratch.at("m"), b"in a part")]));
    assert_eq!(agent.request("POST", "/files", &[MULTIPART, ("Content-Encoding", "gzip")], &small).status, 200);
    assert_eq!(fs::read(scratch.at("m")).unwrap(), b"in a part");

    let down = agent.get(&format!("/files?path={path}"), &[("Accept-Encoding", "gzip")]);
    assert_eq!((down.header("content-encoding"), down.header("vary")), (Some("gzip"), Some("Accept-Encoding")));
    let mut unpacked = Vec::new();
    GzDecoder::new(down.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == content);
    assert_eq!(agent.get(&format!("/files?path={path}"), &[("Accept-Encoding", "identity;q=0")]).status, 406);
    assert!(agent.memory() < 30_000, "{} KiB", agent.memory());

    for broken in [&b"no gzip"[..], &gzip(&content)[..1000]] {
        assert_eq!(put(&agent, &scratch.at("broken"), broken, &[("Content-Encoding", "gzip")]).status, 400);
    }
    assert_eq!(put(&agent, &scratch.at("broken"), b"", &[("Content-Encoding", "br")]).status, 415);
    assert_eq!(names(&scratch), ["f", "m"]);
}

#[test]
fn ranges_and_conditions() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("f.txt"), "0123456789").unwrap();
    let url = format!("/files?path={}", scratch.at("f.txt"));
    let part = agent.get(&url, &[("Range", "bytes=2-4")]);
    assert_eq!((part.status, part.header("content-range"), part.body.as_slice()), (206, Some("bytes 2-4/10"), &b"234"[..]));
    assert_eq!(agent.get(&url, &[("Range", "bytes=-2")]).body, b"89");
    let beyond = agent.get(&url, &[("Range", "bytes=10-")]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */10")));
    let whole = agent.get(&url, &[]);
    let (tag, modified) = (whole.header("etag").unwrap().to_string(), whole.header("last-modified").unwrap().to_string());
    assert_eq!((whole.header("content-type"), whole.header("content-disposition")), (Some("text/plain; charset=utf-8"), Some("inline; filename=\"f.txt\"")));
    assert_eq!(agent.get(&url, &[("If-None-Match", &tag)]).status, 304);
    assert_eq!(agent.get(&url, &[("If-Modified-Since", &modified)]).status, 304);
    assert_eq!(agent.get(&url, &[("If-Match", "\"other\"")]).status, 412);
    let head = agent.request("HEAD", &url, &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("10"), 0));
    fs::write(scratch.at("f.txt"), "changed").unwrap();
    assert_eq!(agent.get(&url, &[("If-None-Match", &tag)]).body, b"changed");
    assert_eq!(agent.get(&url, &[("Range", "bytes=0-1"), ("If-Range", &tag)]).body, b"changed");
}

#[test]
fn only_regular_files_are_read() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("empty"), "").unwrap();
    let empty = agent.get(&format!("/files?path={}", scratch.at("empty")), &[("Accept-Encoding", "gzip")]);
    assert_eq!((empty.status, empty.header("content-length"), empty.header("content-encoding")), (200, Some("0"), None));
    let fifo = std::ffi::CString::new(scratch.at("fifo")).unwrap();
    assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
    for special in ["/dev/zero", "/dev/null", "/tmp", &scratch.at("fifo")] {
        let reply = agent.get(&format!("/files?path={special}"), &[]);
        assert_eq!((reply.status, reply.json()["code"].as_i64()), (400, Some(400)), "{special}");
    }
    assert_eq!(agent.get(&format!("/files?path={}", scratch.at("none")), &[]).status, 404);
    assert_eq!(agent.get("/files?path=/etc/passwd/x", &[]).status, 404);
    assert_eq!(agent.get("/files?path=/etc/passwd&username=nobody-here", &[]).status, 401);
    let made_up = agent.get("/files?path=/proc/self/status", &[]);
    assert!(String::from_utf8_lossy(&made_up.body).contains("envd"), "files of /proc are read to their end");
    let sysfs = agent.get("/files?path=/sys/kernel/mm/transparent_hugepage/enabled", &[]);
    assert!(sysfs.status == 404 || sysfs.body.ends_with(b"\n"), "{}", sysfs.status);
}

#[test]
fn what_is_there_is_replaced_with_care() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("tool"), "a longer text that was there").unwrap();
    fs::set_permissions(scratch.at("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("tool", scratch.at("link")).unwrap();
    symlink("later", scratch.at("ahead")).unwrap();
    assert_eq!(put(&agent, &scratch.at("link"), b"short", &[]).json()[0]["name"], "link");
    assert_eq!(fs::read(scratch.at("tool")).unwrap(), b"short");
    assert_eq!(fs::metadata(scratch.at("tool")).unwrap().mode() & 0o777, 0o755, "its mode stays");
    assert!(fs::symlink_metadata(scratch.at("link")).unwrap().is_symlink());
    assert_eq!(put(&agent, &scratch.at("ahead"), b"made", &[]).status, 200);
    assert_eq!(fs::read(scratch.at("later")).unwrap(), b"made");
    assert_eq!(put(&agent, "/dev/null", b"gone", &[]).status, 200);
    for (path, status) in [(scratch.path().to_str().unwrap(), 400), ("", 400), (&format!("{}/", scratch.at("x")), 400), (&scratch.at("tool/below"), 400)] {
        assert_eq!(put(&agent, path, b"x", &[]).status, status, "'{path}'");
    }
    let json_body = agent.request("POST", &format!("/files?path={}", scratch.at("x")), &[("Content-Type", "application/json")], b"{}");
    assert_eq!(json_body.status, 400);
    assert!(put(&agent, &scratch.at("nothing"), b"", &[]).status == 200 && fs::read(scratch.at("nothing")).unwrap().is_empty());
}

#[test]
fn what_is_replaced_keeps_its_owner_and_its_other_names() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("one"), "a longer text that was there").unwrap();
    fs::hard_link(scratch.at("one"), scratch.at("two")).unwrap();
    fs::set_permissions(scratch.at("one"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(put(&agent, &scratch.at("one"), b"short", &[]).status, 200);
    let (one, two) = (fs::metadata(scratch.at("one")).unwrap(), fs::metadata(scratch.at("two")).unwrap());
    assert_eq!((one.ino(), one.mode() & 0o777, fs::read(scratch.at("two")).unwrap()), (two.ino(), 0o640, b"short".to_vec()));
    assert_eq!(put(&agent, &scratch.at("two"), &noise(3 << 20), &[]).status, 200);
    assert!(fs::read(scratch.at("one")).unwrap() == noise(3 << 20));
    assert_eq!(names(&scratch), ["one", "two"]);
    if is_root() {
        fs::write(scratch.at("theirs"), "x").unwrap();
        std::os::unix::fs::chown(scratch.at("theirs"), Some(1), Some(2)).unwrap();
        assert_eq!(put(&agent, &scratch.at("theirs"), b"y", &[]).status, 200);
        let facts = fs::metadata(scratch.at("theirs")).unwrap();
        assert_eq!((facts.uid(), facts.gid()), (1, 2));
    }
}

#[test]
fn the_kind_of_a_file_without_an_ending_is_seen_in_it() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    for (name, content, expected) in [
        ("script", &b"#!/bin/sh\n"[..], "text/plain; charset=utf-8"),
        ("picture", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("data", b"\0\x01\x02", "application/octet-stream"),
        ("empty", b"", "application/octet-stream"),
        ("named.json", b"\x89PNG\r\n\x1a\n", "application/json"),
    ] {
        fs::write(scratch.at(name), content).unwrap();
        let reply = agent.get(&format!("/files?path={}", scratch.at(name)), &[]);
        assert_eq!((reply.header("content-type"), reply.header("accept-ranges"), reply.body.as_slice()), (Some(expected), Some("bytes"), content), "{name}");
    }
}

#[test]
fn a_file_that_changes_while_it_is_sent_gives_what_was_promised_or_an_error() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    const SIZE: u64 = 256 << 20;
    let begin = || {
        fs::File::create(scratch.at("f")).unwrap().set_len(SIZE).unwrap();
        let mut socket = agent.connect();
        write!(socket, "GET /files?path={} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", scratch.at("f")).unwrap();
        let mut first = [0; 1024];
        socket.read_exact(&mut first).unwrap();
        let head = String::from_utf8_lossy(&first).into_owned();
        assert!(head.contains(&format!("content-length: {SIZE}\r\n")), "{head}");
        // What follows waits in the kernel and in the agent, which has not read the end of the file yet.
        (socket, (1024 - head.find("\r\n\r\n").unwrap() - 4) as u64)
    };
    let rest = |mut socket: std::net::TcpStream| {
        let (mut count, mut buffer) = (0, vec![0; 1 << 20]);
        loop {
            match socket.read(&mut buffer) {
                Ok(0) => return count,
                Ok(read) => count += read as u64,
                Err(error) => panic!("{error}"),
            }
        }
    };
    let (socket, seen) = begin();
    fs::OpenOptions::new().write(true).open(scratch.at("f")).unwrap().set_len(SIZE + 1_000_000).unwrap();
    assert_eq!(seen + rest(socket), SIZE, "growth is not seen");
    let (socket, seen) = begin();
    fs::OpenOptions::new().write(true).open(scratch.at("f")).unwrap().set_len(100_000_000).unwrap();
    assert!(seen + rest(socket) < SIZE, "an end before the promised one tells that it was torn");
}

#[test]
fn uploads_belong_to_the_user_with_all_that_was_made_for_them() {
    if !is_root() {
        return;
    }
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let reply = agent.request("POST", &format!("/files?path={}&username=daemon", scratch.at("d/f")), &[("Content-Type", "application/octet-stream")], b"x");
    assert_eq!(reply.status, 200);
    for name in ["d", "d/f"] {
        assert_eq!(fs::metadata(scratch.at(name)).unwrap().uid(), 1, "{name}");
    }
    assert_eq!(fs::metadata(scratch.path()).unwrap().uid(), 0);
}

#[test]
fn notes_stay_with_the_file() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let path = scratch.at("f");
    let reply = put(&agent, &path, b"x", &[("X-Metadata-Author", "me & you"), ("X-Metadata-kind", "test")]);
    if reply.status != 200 {
        // Some file systems of build machines have no user attributes.
        assert!(reply.json()["message"].as_str().unwrap().contains("not supported"), "{}", reply.json());
        return;
    }
    let notes = json!({"author": "me & you", "kind": "test"});
    assert_eq!(reply.json()[0]["metadata"], notes);
    assert_eq!(agent.ok("filesystem.Filesystem/Stat", json!({"path": path}))["entry"]["metadata"], notes);
    put(&agent, &path, b"x", &[("X-Metadata-Kind", "other")]);
    assert_eq!(agent.ok("filesystem.Filesystem/ListDir", json!({"path": scratch.path()}))["entries"][0]["metadata"], json!({"kind": "other"}));
    assert_eq!(put(&agent, &path, b"x", &[("X-Metadata-Long", &"v".repeat(4097))]).status, 400);
    assert_eq!(put(&agent, &path, b"x", &[("X-Metadata-Odd", "ä")]).status, 400);
}

#[test]
fn a_full_disk_is_told_and_left_as_it_was() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    if !is_root() {
        return;
    }
    let target = std::ffi::CString::new(scratch.path().to_str().unwrap()).unwrap();
    if unsafe { libc::mount(c"tmpfs".as_ptr(), target.as_ptr(), c"tmpfs".as_ptr(), 0, c"size=1m".as_ptr().cast()) } != 0 {
        return;
    }
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        fs::write(scratch.at("old"), "kept").unwrap();
        for path in [scratch.at("new"), scratch.at("old")] {
            let reply = put(&agent, &path, &noise(2 << 20), &[]);
            assert_eq!((reply.status, reply.json()["code"].as_i64()), (507, Some(507)), "{}", reply.json());
        }
        assert_eq!(agent.request("POST", "/files", &[MULTIPART], &multipart(&[(&scratch.at("m"), &noise(2 << 20))])).status, 507);
        fs::write(scratch.at("twin"), noise(300_000)).unwrap();
        fs::hard_link(scratch.at("twin"), scratch.at("other")).unwrap();
        // It fits beside the old content, but not once more in its place.
        assert_eq!(put(&agent, &scratch.at("twin"), &noise(600_000), &[]).status, 507);
        assert!(fs::read(scratch.at("other")).unwrap() == noise(300_000));
        assert_eq!(names(&scratch), ["old", "other", "twin"]);
        assert_eq!(fs::read(scratch.at("old")).unwrap(), b"kept");
        assert_eq!(put(&agent, &scratch.at("fits"), &noise(100_000), &[]).status, 200);
    }));
    unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) };
    if let Err(cause) = outcome {
        std::panic::resume_unwind(cause);
    }
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("f"), "old").unwrap();
    let idle = agent.idle_descriptors();
    let mut socket = agent.connect();
    socket.write_all(format!("POST /files?path={} HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n", scratch.at("f")).as_bytes()).unwrap();
    socket.write_all(&noise(500_000)).unwrap();
    let open = || common::descriptors(agent.pid());
    common::eventually("it has begun", || open() > idle + 1);
    drop(socket);
    common::eventually("it has ended", || open() <= idle);
    assert_eq!(names(&scratch), ["f"]);
    assert_eq!(fs::read(scratch.at("f")).unwrap(), b"old");
}

#[test]
fn bodies_may_be_chunked() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let mut socket = agent.connect();
    socket.write_all(format!("POST /files?path={} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n", scratch.at("f")).as_bytes()).unwrap();
    for _ in 0..100 {
        socket.write_all(b"5\r\nhello\r\n").unwrap();
    }
    socket.write_all(b"0\r\n\r\n").unwrap();
    assert_eq!(Reply::read(BufReader::new(socket), false).status, 200);
    assert_eq!(fs::read_to_string(scratch.at("f")).unwrap(), "hello".repeat(100));
}

#[test]
fn files_are_joined() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    for (name, text) in [("p1", "one "), ("p2", "two")] {
        fs::write(scratch.at(name), text).unwrap();
    }
    let reply = agent.post_json("/files/compose", &json!({"source_paths": [scratch.at("p1"), scratch.at("p2")], "destination": scratch.at("whole")}));
    assert_eq!((reply.status, reply.json()["name"].as_str()), (200, Some("whole")));
    assert_eq!(fs::read_to_string(scratch.at("whole")).unwrap(), "one two");
    assert_eq!(names(&scratch), ["whole"]);
    assert_eq!(agent.post_json("/files/compose", &json!({"source_paths": [scratch.at("p1")], "destination": scratch.at("x")})).status, 404);
}
