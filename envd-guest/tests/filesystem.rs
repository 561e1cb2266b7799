//! Facts about files, changes to them, and their events.

mod common;

use common::{base64, eventually, is_root, Agent, Scratch};
use serde_json::{json, Value};
use std::fs;
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};

const SERVICE: &str = "filesystem.Filesystem";

fn ok(agent: &Agent, method: &str, message: Value) -> Value {
    agent.ok(&format!("{SERVICE}/{method}"), message)
}

fn refused(agent: &Agent, method: &str, message: Value) -> (u16, String) {
    let (status, error) = agent.call(&format!("{SERVICE}/{method}"), message);
    (status, error["code"].as_str().unwrap_or_default().to_string())
}

#[test]
fn entries_tell_all_that_the_contract_names() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("f"), "12345").unwrap();
    fs::set_permissions(scratch.at("f"), fs::Permissions::from_mode(0o640)).unwrap();
    let entry = ok(&agent, "Stat", json!({"path": scratch.at("f")}))["entry"].clone();
    assert_eq!((entry["name"].as_str(), entry["type"].as_str(), entry["size"].as_str()), (Some("f"), Some("FILE_TYPE_FILE"), Some("5")));
    assert_eq!((entry["mode"].as_u64(), entry["permissions"].as_str(), entry["path"].as_str()), (Some(0o640), Some("-rw-r-----"), Some(scratch.at("f").as_str())));
    assert!(entry["owner"].is_string() && entry["group"].is_string() && entry["modifiedTime"].as_str().unwrap().ends_with('Z'));
    symlink("f", scratch.at("l")).unwrap();
    let link = ok(&agent, "Stat", json!({"path": scratch.at("l")}))["entry"].clone();
    assert_eq!((link["type"].as_str(), link["symlinkTarget"].as_str()), (Some("FILE_TYPE_FILE"), Some(fs::canonicalize(scratch.at("f")).unwrap().to_str().unwrap())));
    assert_eq!(refused(&agent, "Stat", json!({"path": scratch.at("none")})), (404, "not_found".into()));
    assert_eq!(refused(&agent, "Stat", json!({"path": "~other/x"})), (400, "invalid_argument".into()));
    assert_eq!(ok(&agent, "Stat", json!({"path": "/"}))["entry"]["type"], "FILE_TYPE_DIRECTORY");
}

#[test]
fn lists_are_sorted_and_as_deep_as_asked() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::create_dir_all(scratch.at("b/c/d")).unwrap();
    for name in ["a", "b/x", "b/c/y", "z"] {
        fs::write(scratch.at(name), "").unwrap();
    }
    symlink("b", scratch.at("link")).unwrap();
    let names = |message: Value| -> Vec<String> {
        let prefix = format!("{}/", message["path"].as_str().unwrap());
        ok(&agent, "ListDir", message)["entries"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap().strip_prefix(&prefix).unwrap().to_string()).collect()
    };
    let top = scratch.path().to_str().unwrap();
    assert_eq!(names(json!({"path": top})), ["a", "b", "link", "z"]);
    assert_eq!(names(json!({"path": top, "depth": 0})), ["a", "b", "link", "z"]);
    assert_eq!(names(json!({"path": top, "depth": 2})), ["a", "b", "b/c", "b/x", "link", "z"]);
    assert_eq!(names(json!({"path": top, "depth": 9})), ["a", "b", "b/c", "b/c/d", "b/c/y", "b/x", "link", "z"]);
    assert_eq!(names(json!({"path": scratch.at("link")})), ["c", "x"], "followed at the top, under the path that was asked for");
    assert_eq!(refused(&agent, "ListDir", json!({"path": scratch.at("a")})).1, "invalid_argument");
    assert_eq!(refused(&agent, "ListDir", json!({"path": scratch.at("none")})).1, "not_found");
}

#[test]
fn directories_are_made_moved_and_removed() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let made = ok(&agent, "MakeDir", json!({"path": scratch.at("a/b/c")}));
    assert_eq!((made["entry"]["type"].as_str(), made["entry"]["mode"].as_u64()), (Some("FILE_TYPE_DIRECTORY"), Some(0o755)));
    assert_eq!(refused(&agent, "MakeDir", json!({"path": scratch.at("a/b")})), (409, "already_exists".into()));
    fs::write(scratch.at("a/file"), "x").unwrap();
    assert_eq!(refused(&agent, "MakeDir", json!({"path": scratch.at("a/file")})).1, "invalid_argument");
    assert_eq!(refused(&agent, "MakeDir", json!({"path": scratch.at("a/file/below")})).1, "invalid_argument");

    let moved = ok(&agent, "Move", json!({"source": scratch.at("a"), "destination": scratch.at("new/place")}));
    assert_eq!(moved["entry"]["name"], "place");
    assert!(scratch.path().join("new/place/b/c").is_dir() && !scratch.path().join("a").exists());
    assert_eq!(refused(&agent, "Move", json!({"source": scratch.at("a"), "destination": scratch.at("z")})).1, "not_found");

    ok(&agent, "Remove", json!({"path": scratch.at("new")}));
    assert!(!scratch.path().join("new").exists());
    ok(&agent, "Remove", json!({"path": scratch.at("new")}));
    assert_eq!(refused(&agent, "Remove", json!({"path": "/tmp/.."})).1, "invalid_argument");
}

#[test]
fn what_is_made_belongs_to_the_user() {
    if !is_root() {
        return;
    }
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let header = format!("Basic {}", base64("daemon:"));
    let message = json!({"path": scratch.at("a/b")}).to_string();
    let reply = agent.request("POST", "/filesystem.Filesystem/MakeDir", &[("Content-Type", "application/json"), ("Authorization", &header)], message.as_bytes());
    assert_eq!(reply.json()["entry"]["owner"], "daemon");
    assert_eq!(fs::metadata(scratch.at("a")).unwrap().uid(), 1);
}

#[test]
fn a_tree_moves_to_another_file_system() {
    // /dev/shm is memory on every Linux, /var/tmp is not.
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let other = format!("/dev/shm/envd-test-{}", std::process::id());
    if fs::create_dir(&other).is_err() || fs::metadata(&other).unwrap().dev() == fs::metadata(scratch.path()).unwrap().dev() {
        return;
    }
    fs::create_dir(scratch.at("tree")).unwrap();
    fs::write(scratch.at("tree/file"), "text").unwrap();
    let (status, answer) = agent.call("filesystem.Filesystem/Move", json!({"source": scratch.at("tree"), "destination": format!("{other}/moved")}));
    let text = fs::read_to_string(format!("{other}/moved/file"));
    fs::remove_dir_all(&other).unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(text.unwrap(), "text");
    assert!(!scratch.path().join("tree").exists());
}

/// The next event of a watch as (type, name).
fn next(stream: &mut common::Stream) -> (String, String) {
    let event = stream.event()["filesystem"].clone();
    (event["type"].as_str().unwrap_or_else(|| panic!("{event}")).trim_start_matches("EVENT_TYPE_").to_string(), event["name"].as_str().unwrap().to_string())
}

fn watch(agent: &Agent, message: Value) -> common::Stream {
    let mut stream = agent.stream("filesystem.Filesystem/WatchDir", message, &[]);
    assert_eq!(stream.event(), json!({"start": {}}));
    stream
}

#[test]
fn a_watch_tells_every_kind_of_change() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let mut stream = watch(&agent, json!({"path": scratch.path()}));
    let mut expect = |expected: &[(&str, &str)]| {
        for (kind, name) in expected {
            assert_eq!(next(&mut stream), (kind.to_string(), name.to_string()));
        }
    };
    fs::write(scratch.at("f"), "x").unwrap();
    expect(&[("CREATE", "f"), ("WRITE", "f")]);
    fs::set_permissions(scratch.at("f"), fs::Permissions::from_mode(0o600)).unwrap();
    expect(&[("CHMOD", "f")]);
    fs::rename(scratch.at("f"), scratch.at("g")).unwrap();
    expect(&[("RENAME", "f"), ("CREATE", "g")]);
    fs::remove_file(scratch.at("g")).unwrap();
    expect(&[("REMOVE", "g")]);
    fs::create_dir(scratch.at("d")).unwrap();
    fs::write(scratch.at("d/inner"), "x").unwrap();
    fs::remove_file(scratch.at("d/inner")).unwrap();
    fs::remove_dir(scratch.at("d")).unwrap();
    expect(&[("CREATE", "d"), ("REMOVE", "d")]);
    fs::remove_dir(scratch.path()).unwrap();
    expect(&[("REMOVE", ".")]);
    assert_eq!(stream.next().unwrap(), (2, json!({})));
}

#[test]
fn new_directories_below_are_watched_too() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::create_dir_all(scratch.at("old/deep")).unwrap();
    let mut stream = watch(&agent, json!({"path": scratch.path(), "recursive": true, "includeEntry": true}));
    fs::write(scratch.at("old/deep/f"), "abc").unwrap();
    let event = stream.event()["filesystem"].clone();
    assert_eq!((event["name"].as_str(), event["entry"]["path"].as_str()), (Some("old/deep/f"), Some(scratch.at("old/deep/f").as_str())));
    assert_eq!(next(&mut stream).0, "WRITE");
    fs::create_dir_all(scratch.at("new/a/b")).unwrap();
    let mut seen = Vec::new();
    while !seen.contains(&"new/a/b".to_string()) {
        seen.push(next(&mut stream).1);
    }
    fs::write(scratch.at("new/a/b/late"), "x").unwrap();
    while next(&mut stream).1 != "new/a/b/late" {}
    // A directory that moves keeps its watch under its new name.
    fs::rename(scratch.at("new/a"), scratch.at("moved")).unwrap();
    while next(&mut stream) != ("CREATE".into(), "moved".into()) {}
    fs::write(scratch.at("moved/b/again"), "x").unwrap();
    assert_eq!(next(&mut stream), ("CREATE".into(), "moved/b/again".into()));
}

#[test]
fn an_upload_looks_like_a_write_to_the_file_itself() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("there"), "old").unwrap();
    let mut stream = watch(&agent, json!({"path": scratch.path()}));
    let upload = |name: &str| agent.request("POST", &format!("/files?path={}", scratch.at(name)), &[("Content-Type", "application/octet-stream")], b"new").status;
    assert_eq!(upload("there"), 200);
    assert_eq!(next(&mut stream), ("WRITE".into(), "there".into()));
    assert_eq!(upload("fresh"), 200);
    assert_eq!(next(&mut stream), ("CREATE".into(), "fresh".into()));
    assert_eq!(next(&mut stream), ("WRITE".into(), "fresh".into()));
}

#[test]
fn watchers_are_asked_from_time_to_time() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let id = ok(&agent, "CreateWatcher", json!({"path": scratch.path()}))["watcherId"].as_str().unwrap().to_string();
    assert_eq!(ok(&agent, "GetWatcherEvents", json!({"watcherId": id})), json!({"events": []}));
    fs::write(scratch.at("f"), "x").unwrap();
    let mut seen = Vec::new();
    eventually("both events come", || {
        let events = ok(&agent, "GetWatcherEvents", json!({"watcher_id": id}));
        seen.extend(events["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_string()));
        seen.len() == 2
    });
    assert_eq!(seen, ["EVENT_TYPE_CREATE", "EVENT_TYPE_WRITE"]);
    ok(&agent, "RemoveWatcher", json!({"watcherId": id}));
    for method in ["GetWatcherEvents", "RemoveWatcher"] {
        assert_eq!(refused(&agent, method, json!({"watcherId": id})).1, "not_found");
    }
}

#[test]
fn watches_are_bounded_and_their_end_is_told() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let error = |message: Value| agent.stream("filesystem.Filesystem/WatchDir", message, &[]).rest().error["code"].clone();
    assert_eq!(error(json!({"path": scratch.at("none")})), "not_found");
    fs::write(scratch.at("f"), "").unwrap();
    assert_eq!(error(json!({"path": scratch.at("f")})), "invalid_argument");
    let late = agent.stream("filesystem.Filesystem/WatchDir", json!({"path": scratch.path()}), &[("Connect-Timeout-Ms", "50")]).rest();
    assert_eq!(late.error["code"], "deadline_exceeded");
    let mut refusals = 0;
    for _ in 0..110 {
        let (status, _) = agent.call("filesystem.Filesystem/CreateWatcher", json!({"path": scratch.path()}));
        refusals += i32::from(status == 429);
    }
    assert!(refusals > 0, "there is a bound");
    assert_eq!(agent.get("/health", &[]).status, 204);
}
