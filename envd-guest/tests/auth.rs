//! Who is let in, on every route.

mod common;

use common::{sha256_hex, Agent, Scratch};
use serde_json::json;

const ROUTES: [(&str, &str); 15] = [
    ("GET", "/activity"),
    ("POST", "/disk/grow"),
    ("GET", "/connect/80"),
    ("GET", "/metrics"),
    ("GET", "/envs"),
    ("POST", "/init"),
    ("POST", "/snapshot/prepare"),
    ("GET", "/files?path=/etc/passwd"),
    ("POST", "/files?path=/tmp/never"),
    ("POST", "/files/compose"),
    ("POST", "/process.Process/List"),
    ("POST", "/process.Process/Start"),
    ("POST", "/filesystem.Filesystem/Stat"),
    ("POST", "/filesystem.Filesystem/WatchDir"),
    ("GET", "/nothing/here"),
];

const HOSTS: [&str; 6] = ["/activity", "/disk/grow", "/init", "/snapshot/prepare", "/connect/80", "/connect/"];

#[test]
fn without_the_token_only_health_answers() {
    let agent = Agent::with_token("right");
    assert_eq!(agent.get("/health", &[("X-Access-Token", "")]).status, 204);
    for wrong in ["", "wrong", "RIGHT", &sha256_hex("right")] {
        for (method, path) in ROUTES {
            let body: &[u8] = if path == "/init" { b"{\"accessToken\":\"mine\"}" } else { b"{}" };
            let reply = agent.request(method, path, &[("X-Access-Token", wrong), ("Content-Type", "application/json")], body);
            assert_eq!(reply.status, 401, "{method} {path} with '{wrong}'");
            let code = &reply.json()["code"];
            assert!(code == 401 || code == "unauthenticated", "{path}: {code}");
        }
    }
    assert_eq!(agent.get("/envs", &[]).status, 200);
}

#[test]
fn links_to_files_open_by_signature() {
    let scratch = Scratch::new();
    std::fs::write(scratch.at("hello.txt"), "hello").unwrap();
    let token = "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0";
    let agent = Agent::with_token(token);
    let path = scratch.at("hello.txt");
    let link = |operation: &str, at: Option<i64>| {
        let signature = signature(&path, operation, "", token, at);
        let expiration = at.map_or(String::new(), |at| format!("&signature_expiration={at}"));
        format!("/files?path={path}&signature={}{expiration}", signature.replace('+', "%2B").replace('/', "%2F"))
    };
    let bare = [("X-Access-Token", "")];
    // The token is known by its hash only, until somebody has shown it.
    assert_eq!(agent.get(&link("read", None), &bare).status, 401);
    assert_eq!(agent.post_json("/init", &json!({"accessToken": token})).status, 200);

    assert_eq!(agent.get(&link("read", None), &bare).body, b"hello");
    assert_eq!(agent.get(&link("read", Some(4_000_000_000)), &bare).status, 200);
    assert_eq!(agent.get(&link("write", None), &bare).json()["message"], "invalid signature");
    let expired = agent.get(&link("read", Some(1_000)), &bare);
    assert_eq!((expired.status, expired.json()["message"].as_str()), (401, Some("signature is already expired")));
    let stranger = agent.get(&format!("{}&username=root", link("read", None)), &bare);
    assert_eq!(stranger.status, 401, "the user is part of what is signed");
    let written = agent.request("POST", &link("write", None), &[("X-Access-Token", ""), ("Content-Type", "application/octet-stream")], b"new");
    assert_eq!(written.status, 200);
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    // A signature is good for files only.
    assert_eq!(agent.get("/envs?signature=v1_x", &bare).status, 401);
}

#[test]
fn a_token_is_replaced_only_by_its_holder() {
    let agent = Agent::with_token("old");
    let with = |token: &'static str, body: serde_json::Value| agent.request("POST", "/init", &[("X-Access-Token", token)], body.to_string().as_bytes()).status;
    assert_eq!(with("guess", json!({"accessToken": "guess"})), 401);
    assert_eq!(with("old", json!({"accessToken": "new"})), 200);
    assert_eq!(agent.get("/envs", &[("X-Access-Token", "old")]).status, 401);
    assert_eq!(agent.get("/envs", &[("X-Access-Token", "new")]).status, 200);
    // The answer of the first call may have been lost: the same call again is no attack.
    assert_eq!(with("old", json!({"accessToken": "new"})), 200);
    assert_eq!(with("old", json!({"accessToken": "other"})), 401);
}

#[test]
fn without_any_token_all_is_open_until_init_sets_one() {
    let agent = Agent::open();
    assert_eq!(agent.get("/envs", &[]).status, 200);
    assert_eq!(agent.post_json("/init", &json!({"accessToken": "first"})).status, 200);
    assert_eq!(agent.get("/envs", &[]).status, 401);
    assert_eq!(agent.get("/envs", &[("X-Access-Token", "first")]).status, 200);
}

#[test]
fn the_users_token_opens_all_but_what_is_the_hosts() {
    let scratch = Scratch::new();
    std::fs::write(scratch.at("f"), "text").unwrap();
    let agent = Agent::with_token("host");
    let user = ("X-Access-Token", "user");
    assert_eq!(agent.get("/envs", &[user]).status, 401, "nobody has set it yet");
    assert_eq!(agent.post_json("/init", &json!({"accessToken": "host", "userToken": "host"})).status, 400);
    assert_eq!(agent.post_json("/init", &json!({"accessToken": "host", "userToken": "user"})).json()["parts"]["userToken"], "set");
    for (method, path) in ROUTES.into_iter().filter(|(_, path)| !HOSTS.contains(path)) {
        let reply = agent.request(method, path, &[user, ("Content-Type", "application/json")], b"{}");
        assert_ne!(reply.status, 401, "{method} {path}");
    }
    let unknown = agent.get("/nothing", &[user]);
    assert_eq!(unknown.status, 404);
    for path in HOSTS {
        for method in ["GET", "POST", "PUT"] {
            // The body shows the host's token too: who comes as the user is the user.
            let reply = agent.request(method, path, &[user, ("Connection", "Upgrade"), ("Upgrade", "tunnel")], b"{\"accessToken\":\"host\"}");
            assert_eq!((reply.status, reply.json()["code"].as_i64()), (404, Some(404)), "{method} {path}");
            assert_eq!(reply.json()["message"], format!("there is nothing at {path}"));
        }
    }
    assert_eq!(agent.get("/envs", &[]).status, 200, "the host's own still opens all");

    let link = |token: &str| {
        let path = scratch.at("f");
        let signature = signature(&path, "read", "", token, None).replace('+', "%2B").replace('/', "%2F");
        agent.get(&format!("/files?path={path}&signature={signature}"), &[("X-Access-Token", "")]).status
    };
    assert_eq!((link("user"), link("host")), (200, 401));
    agent.post_json("/init", &json!({"sequence": 1}));
    assert_eq!(agent.get("/envs", &[user]).status, 200, "absent changes nothing");
    agent.post_json("/init", &json!({"userToken": ""}));
    assert_eq!(agent.get("/envs", &[user]).status, 401);
    assert_eq!((link("user"), link("host")), (401, 200));
}

#[test]
fn browsers_of_any_origin_may_ask() {
    let agent = Agent::with_token("right");
    let reply = agent.request("OPTIONS", "/files", &[("X-Access-Token", ""), ("Access-Control-Request-Headers", "x-access-token")], b"");
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-access-token"));
}

fn signature(path: &str, operation: &str, user: &str, token: &str, expiration: Option<i64>) -> String {
    use base64::Engine;
    use sha2::Digest;
    let mut text = format!("{path}:{operation}:{user}:{token}");
    if let Some(at) = expiration {
        text.push_str(&format!(":{at}"));
    }
    format!("v1_{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(sha2::Sha256::digest(text)))
}
