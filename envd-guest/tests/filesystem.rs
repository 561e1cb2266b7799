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
fn a_missing_path_is_told_to_those_who_ask_for_it() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::write(scratch.at("f"), "").unwrap();
    for path in ["none", "f/below"] {
        assert_eq!(refused(&agent, "Remove", json!({"path": scratch.at(path), "mustExist": true})), (404, "not_found".into()), "{path}");
    }
    ok(&agent, "Remove", json!({"path": scratch.at("f"), "must_exist": true}));
    assert!(!scratch.path().join("f").exists());
    for root in ["/", "//", "/..", "/./"] {
        assert_eq!(refused(&agent, "Remove", json!({"path": root, "mustExist": true})), (400, "invalid_argument".into()), "{root}");
    }
}

#[test]
fn trees_are_copied_as_they_are() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::create_dir_all(scratch.at("a/sub")).unwrap();
    fs::write(scratch.at("a/sub/run"), "text").unwrap();
    fs::set_permissions(scratch.at("a/sub/run"), fs::Permissions::from_mode(0o4751)).unwrap();
    symlink("sub/run", scratch.at("a/link")).unwrap();
    let entry = ok(&agent, "Copy", json!({"source": scratch.at("a"), "destination": scratch.at("new/b")}))["entry"].clone();
    assert_eq!((entry["name"].as_str(), entry["type"].as_str()), (Some("b"), Some("FILE_TYPE_DIRECTORY")));
    assert_eq!(fs::metadata(scratch.at("new/b/sub/run")).unwrap().mode() & 0o7777, 0o4751);
    assert_eq!(fs::read_link(scratch.at("new/b/link")).unwrap().to_str(), Some("sub/run"));
    // Without a name for it, a link itself is copied.
    ok(&agent, "Copy", json!({"source": scratch.at("a/link"), "destination": scratch.at("a/link2")}));
    assert!(fs::symlink_metadata(scratch.at("a/link2")).unwrap().is_symlink());

    for (source, destination, status, code) in [
        ("none", "x", 404, "not_found"),
        ("a", "new/b", 409, "already_exists"),
        ("a/sub/run", "a/link", 409, "already_exists"),
        ("a", "a/sub/deep/in/itself", 400, "invalid_argument"),
        ("a", "a/sub/run/below", 400, "invalid_argument"),
    ] {
        assert_eq!(refused(&agent, "Copy", json!({"source": scratch.at(source), "destination": scratch.at(destination)})), (status, code.into()), "{source} to {destination}");
    }
    assert!(!scratch.path().join("a/sub/deep").exists(), "no directories are left of a copy that failed");
    assert_eq!(fs::read_dir(scratch.at("a")).unwrap().count(), 3);
}

#[test]
fn a_copy_that_does_not_fit_leaves_nothing() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let target = std::ffi::CString::new(scratch.path().to_str().unwrap()).unwrap();
    if !is_root() || unsafe { libc::mount(c"tmpfs".as_ptr(), target.as_ptr(), c"tmpfs".as_ptr(), 0, c"size=1m".as_ptr().cast()) } != 0 {
        return;
    }
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        fs::create_dir(scratch.at("tree")).unwrap();
        for name in ["one", "two"] {
            fs::write(scratch.at(&format!("tree/{name}")), vec![7; 300_000]).unwrap();
        }
        assert_eq!(refused(&agent, "Copy", json!({"source": scratch.at("tree"), "destination": scratch.at("made/for/it")})), (507, "resource_exhausted".into()));
        let names: Vec<_> = fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["tree"]);
    }));
    unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) };
    if let Err(cause) = outcome {
        std::panic::resume_unwind(cause);
    }
}

#[test]
fn a_copy_that_nobody_waits_for_ends() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let mut source = fs::File::create(scratch.at("source")).unwrap();
    std::io::Write::write_all(&mut source, &vec![1; 400 << 20]).unwrap();
    let body = json!({"source": scratch.at("source"), "destination": scratch.at("copy")}).to_string();
    let names = || fs::read_dir(scratch.path()).unwrap().count();
    let ended_early = || {
        let mut socket = agent.connect();
        std::io::Write::write_all(&mut socket, format!("POST /filesystem.Filesystem/Copy HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        eventually("it has begun", || names() == 2);
        drop(socket);
        let whole = || scratch.path().join("copy").exists();
        eventually("it has ended", || names() == 1 || whole());
        let early = !whole();
        let _ = fs::remove_file(scratch.at("copy"));
        early
    };
    // A disk may be quicker than the news that the caller has gone, but not each time.
    assert!((0..10).any(|_| ended_early()));
}

#[test]
fn permissions_change_below_and_never_through_links() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let mode = |name: &str| fs::symlink_metadata(scratch.at(name)).unwrap().mode() & 0o7777;
    fs::create_dir_all(scratch.at("a/sub")).unwrap();
    for name in ["a/f", "a/sub/g", "outside"] {
        fs::write(scratch.at(name), "").unwrap();
        fs::set_permissions(scratch.at(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    symlink("../outside", scratch.at("a/link")).unwrap();
    symlink("nowhere", scratch.at("a/broken")).unwrap();
    let entry = ok(&agent, "Chmod", json!({"path": scratch.at("a/f"), "mode": 0o4755}))["entry"].clone();
    assert_eq!((entry["mode"].as_u64(), mode("a/f"), mode("a/sub/g")), (Some(0o4755), 0o4755, 0o600));
    ok(&agent, "Chmod", json!({"path": scratch.at("a"), "mode": 0o750, "recursive": true}));
    assert_eq!([mode("a"), mode("a/f"), mode("a/sub"), mode("a/sub/g"), mode("outside")], [0o750, 0o750, 0o750, 0o750, 0o600]);
    ok(&agent, "Chmod", json!({"path": scratch.at("a/link"), "mode": 0o640}));
    assert_eq!(mode("outside"), 0o640, "a link at the top is followed");
    ok(&agent, "Chmod", json!({"path": scratch.at("a"), "mode": 0, "recursive": true}));
    assert_eq!(mode("a"), 0);
    ok(&agent, "Chmod", json!({"path": scratch.at("a"), "mode": 0o700, "recursive": true}));
    assert_eq!([mode("a"), mode("a/sub/g")], [0o700, 0o700]);
    for (message, code) in [
        (json!({"path": scratch.at("none"), "mode": 0}), "not_found"),
        (json!({"path": scratch.at("a/broken"), "mode": 0}), "not_found"),
        (json!({"path": scratch.at("a"), "mode": 0o10000}), "invalid_argument"),
        (json!({"path": scratch.at("a"), "mode": -1}), "invalid_argument"),
        (json!({"path": scratch.at("a")}), "invalid_argument"),
    ] {
        assert_eq!(refused(&agent, "Chmod", message.clone()).1, code, "{message}");
    }
}

#[test]
fn lists_tell_of_everything_that_can_lie_around() {
    use std::os::unix::ffi::OsStrExt;
    let (agent, scratch) = (Agent::open(), Scratch::new());
    symlink("nowhere", scratch.at("broken")).unwrap();
    symlink("loop", scratch.at("loop")).unwrap();
    for name in ["new\nline", "quote\"\\", "späť 🎈", " "] {
        fs::write(scratch.at(name), "").unwrap();
    }
    fs::write(scratch.path().join(std::ffi::OsStr::from_bytes(b"latin-\xe4")), "").unwrap();
    let fifo = std::ffi::CString::new(scratch.at("fifo")).unwrap();
    assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
    let _socket = std::os::unix::net::UnixListener::bind(scratch.at("socket")).unwrap();
    let entries = ok(&agent, "ListDir", json!({"path": scratch.path(), "depth": 3}))["entries"].clone();
    let found: Vec<(&str, &str)> = entries.as_array().unwrap().iter().map(|entry| (entry["name"].as_str().unwrap(), entry["type"].as_str().unwrap().trim_start_matches("FILE_TYPE_"))).collect();
    assert_eq!(found, [(" ", "FILE"), ("broken", "SYMLINK"), ("fifo", "UNSPECIFIED"), ("latin-\u{fffd}", "FILE"), ("loop", "SYMLINK"), ("new\nline", "FILE"), ("quote\"\\", "FILE"), ("socket", "UNSPECIFIED"), ("späť 🎈", "FILE")]);
    assert_eq!((entries[2]["permissions"].as_str(), entries[1]["symlinkTarget"].as_str()), (Some("prw-------"), Some(scratch.at("nowhere").as_str())));
    for name in ["fifo", "socket", "broken", "loop", "latin-\u{fffd}"] {
        let status = agent.call(&format!("{SERVICE}/Stat"), json!({"path": scratch.at(name)})).0;
        assert_eq!(status, if name.starts_with("latin") { 404 } else { 200 }, "{name}");
    }
}

#[test]
fn a_list_has_an_end() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    for directory in 0..3 {
        fs::create_dir(scratch.at(&directory.to_string())).unwrap();
        for file in 0..7000 {
            fs::File::create(scratch.at(&format!("{directory}/{file}"))).unwrap();
        }
    }
    assert_eq!(ok(&agent, "ListDir", json!({"path": scratch.at("1")}))["entries"].as_array().unwrap().len(), 7000);
    assert_eq!(refused(&agent, "ListDir", json!({"path": scratch.path(), "depth": 2})), (429, "resource_exhausted".into()));
    assert_eq!(ok(&agent, "ListDir", json!({"path": scratch.path(), "depth": 1}))["entries"].as_array().unwrap().len(), 3);
    assert!(agent.memory() < 40_000, "{} KiB", agent.memory());
}

#[test]
fn trees_may_be_as_deep_as_paths_are_long() {
    let (mut agent, scratch) = (Agent::open(), Scratch::new());
    let deep = format!("{}/{}", scratch.at("top"), vec!["d"; 1800].join("/"));
    fs::create_dir_all(&deep).unwrap();
    assert_eq!(refused(&agent, "ListDir", json!({"path": scratch.at("top"), "depth": 4_000_000})).0, 200);
    ok(&agent, "Copy", json!({"source": scratch.at("top"), "destination": scratch.at("pot")}));
    assert!(std::path::Path::new(&deep.replace("/top/", "/pot/")).is_dir());
    for (method, message) in [("Chmod", json!({"path": scratch.at("pot"), "mode": 0o700, "recursive": true})), ("Remove", json!({"path": scratch.at("pot")}))] {
        // As deep as there are descriptors; deeper is refused.
        let (status, code) = refused(&agent, method, message);
        assert!(status == 200 || code == "resource_exhausted", "{method}: {status} {code}");
    }
    assert!(agent.is_alive());
}

#[test]
fn a_copied_directory_is_watched_from_then_on() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    fs::create_dir_all(scratch.at("a/sub")).unwrap();
    let mut stream = watch(&agent, json!({"path": scratch.path(), "recursive": true}));
    ok(&agent, "Copy", json!({"source": scratch.at("a"), "destination": scratch.at("b")}));
    assert_eq!(next(&mut stream), ("CREATE".into(), "b".into()));
    fs::write(scratch.at("b/sub/f"), "x").unwrap();
    assert_eq!(next(&mut stream), ("CREATE".into(), "b/sub/f".into()));
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
fn a_watch_shows_that_it_lives_after_events_too() {
    let (agent, scratch) = (Agent::open(), Scratch::new());
    let mut stream = agent.stream("filesystem.Filesystem/WatchDir", json!({"path": scratch.path()}), &[("Keepalive-Ping-Interval", "1")]);
    assert_eq!(stream.event(), json!({"start": {}}));
    fs::create_dir(scratch.at("d")).unwrap();
    assert_eq!(next(&mut stream), ("CREATE".into(), "d".into()));
    assert_eq!(stream.next().unwrap(), (0, json!({"keepalive": {}})));
    fs::remove_dir(scratch.at("d")).unwrap();
    assert_eq!(next(&mut stream), ("REMOVE".into(), "d".into()));
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
    // Of a name that looks like that of a file without one.
    fs::write(scratch.at("#1"), "x").unwrap();
    assert_eq!(next(&mut stream), ("CREATE".into(), "#1".into()));
    assert_eq!(next(&mut stream), ("WRITE".into(), "#1".into()));
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
