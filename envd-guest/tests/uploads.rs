//! What is there of an upload that did not come to its end, and of many that meet.

mod common;

use common::{eventually, is_root, Agent, Reply, Scratch};
use std::fs;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};

fn names(scratch: &Scratch) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Begins an upload of a million bytes and sends half of it.
fn half(agent: &Agent, path: &str) -> TcpStream {
    let mut socket = agent.connect();
    write!(socket, "POST /files?path={path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n").unwrap();
    socket.write_all(&[b'x'; 500_000]).unwrap();
    socket
}

/// Sizes of files that the agent has open and that have no name, in the directory.
fn nameless(agent: &Agent, scratch: &Scratch) -> Vec<u64> {
    let below = format!("{}/", scratch.path().display());
    let mut sizes = Vec::new();
    for entry in fs::read_dir(format!("/proc/{}/fd", agent.pid())).unwrap().flatten() {
        let shown = fs::read_link(entry.path()).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        if shown.starts_with(&below) && shown.ends_with(" (deleted)") {
            sizes.extend(fs::metadata(entry.path()).map(|facts| facts.len()));
        }
    }
    sizes
}

#[test]
fn an_agent_that_is_killed_over_uploads_leaves_nothing_of_them() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("old"), "kept").unwrap();
    let _sockets = [half(&agent, &scratch.at("old")), half(&agent, &scratch.at("new")), half(&agent, &scratch.at("d/new"))];
    eventually("a part of each is written", || nameless(&agent, &scratch).iter().filter(|size| **size > 0).count() == 3);
    assert_eq!(names(&scratch), ["d", "old"], "what is not whole has no name");
    agent.kill();
    assert_eq!(names(&scratch), ["d", "old"]);
    assert_eq!((fs::read(scratch.at("old")).unwrap(), fs::read_dir(scratch.at("d")).unwrap().count()), (b"kept".to_vec(), 0));
}

#[test]
fn uploads_to_one_place_leave_one_of_them() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("target"), "old").unwrap();
    fs::set_permissions(scratch.at("target"), fs::Permissions::from_mode(0o751)).unwrap();
    symlink("target", scratch.at("link")).unwrap();
    std::thread::scope(|scope| {
        for number in 0..40u8 {
            let (agent, path) = (&agent, scratch.at(if number % 2 == 0 { "target" } else { "link" }));
            scope.spawn(move || {
                let reply = agent.request("POST", &format!("/files?path={path}"), &[("Content-Type", "application/octet-stream")], &vec![number; 300_000]);
                assert_eq!(reply.status, 200);
            });
        }
    });
    let content = fs::read(scratch.at("target")).unwrap();
    assert!(content.len() == 300_000 && content.iter().all(|byte| *byte == content[0]), "the whole of one upload");
    assert_eq!(names(&scratch), ["link", "target"]);
    assert!(fs::symlink_metadata(scratch.at("link")).unwrap().is_symlink());
    assert_eq!(fs::metadata(scratch.at("target")).unwrap().mode() & 0o777, 0o751);
}

#[test]
fn an_upload_of_many_files_needs_few_descriptors_and_counts_as_a_whole() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let body = |count: usize, end: &str| {
        let part = |number| format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\r\ncontent {number}\r\n", scratch.at(&format!("f{number}")));
        (0..count).map(part).collect::<String>() + end
    };
    let form = [("Content-Type", "multipart/form-data; boundary=b")];
    let idle = agent.idle_descriptors();
    let mut torn = agent.connect();
    let text = body(500, "");
    write!(torn, "POST /files HTTP/1.1\r\nHost: a\r\n{}: {}\r\nContent-Length: {}\r\n\r\n{text}", form[0].0, form[0].1, text.len() + 1).unwrap();
    eventually("most of them are written", || names(&scratch).len() > 400);
    let open = common::descriptors(agent.pid());
    assert!(open < idle + 100, "{open} descriptors");
    assert!(names(&scratch).iter().all(|name| name.starts_with(".envd-partial-")), "none is in its place");
    drop(torn);
    eventually("all are gone", || names(&scratch).is_empty());
    assert_eq!(agent.request("POST", "/files", &form, body(500, "--b--\r\n").as_bytes()).status, 200);
    assert_eq!(names(&scratch).len(), 500);
    assert!((0..500).all(|number| fs::read_to_string(scratch.at(&format!("f{number}"))).unwrap() == format!("content {number}")));
}

#[test]
fn where_files_need_a_name_a_partial_one_stands_in() {
    if !is_root() {
        return;
    }
    // Without /proc a file can't be given a name later.
    let (agent, scratch) = (Agent::without_proc(), Scratch::new());
    fs::write(scratch.at("old"), "old").unwrap();
    fs::set_permissions(scratch.at("old"), fs::Permissions::from_mode(0o600)).unwrap();
    let torn = half(&agent, &scratch.at("old"));
    eventually("a partial file", || names(&scratch).len() == 2);
    drop(torn);
    eventually("it is gone", || names(&scratch) == ["old"]);
    assert_eq!(fs::read(scratch.at("old")).unwrap(), b"old");
    let mut whole = half(&agent, &scratch.at("old"));
    whole.write_all(&[b'y'; 500_000]).unwrap();
    assert_eq!(Reply::read(BufReader::new(whole), false).status, 200);
    let facts = fs::metadata(scratch.at("old")).unwrap();
    assert_eq!((facts.len(), facts.mode() & 0o777, names(&scratch)), (1_000_000, 0o600, vec!["old".to_string()]));
}
