//! `POST /init`: the host tells the capsule who it is. Also called after each resume, since a copy of a snapshot
//! has a wrong clock, the randomness of its twin and perhaps another identity.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{json, Map, Value};
use tokio::task::spawn_blocking;

use super::body::{read_all, Body};
use super::respond;
use crate::agent::{Agent, VERSION};
use crate::connect::fields::Fields;
use crate::connect::parse;
use crate::fault::{Code, Fault, Outcome};
use crate::gate::Gate;
use crate::{clock, entropy, identity, timefmt};

const MAX_BODY: usize = 4 << 20;

struct InitRequest {
    token: Option<String>,
    /// Empty takes it away.
    user_token: Option<String>,
    env: Option<BTreeMap<String, String>>,
    /// To the ones before, which it otherwise replaces.
    env_added: bool,
    user: Option<String>,
    workdir: Option<String>,
    sequence: Option<i64>,
    machine: Machine,
}

/// What changes the machine, not the agent.
struct Machine {
    time: Option<i128>,
    seed: Option<Vec<u8>>,
    hostname: Option<String>,
    machine_id: Option<String>,
    name_servers: Vec<String>,
}

pub async fn handle(agent: &Arc<Agent>, request: Request<Incoming>, trusted: bool) -> Response<Body> {
    match apply(agent, request, trusted).await {
        Ok(value) => respond::json(200, &value),
        Err(fault) => respond::failed(&fault),
    }
}

async fn apply(agent: &Arc<Agent>, request: Request<Incoming>, trusted: bool) -> Outcome<Value> {
    let body = read_all(request.into_body(), MAX_BODY).await?;
    let init = read(&parse(&body)?);
    // Before anything is said about the body: does the caller hold the token in force? Having it in the body counts too,
    // so that a call whose answer was lost can be repeated.
    let holds_token = |init: &InitRequest| init.token.as_deref().is_some_and(|token| agent.auth.may_set(token));
    if !trusted && !init.as_ref().is_ok_and(holds_token) {
        return Err(Fault::new(Code::Unauthenticated, "missing or wrong access token: send the one in force in X-Access-Token"));
    }
    let init = init?;
    let _turn = agent.init_turn.lock().await;
    let mut defaults = agent.defaults();
    let same_life = init.machine.machine_id.is_none() || init.machine.machine_id == defaults.life;
    if same_life && init.sequence.is_some_and(|sequence| sequence < defaults.sequence) {
        return Ok(json!({"version": VERSION, "applied": false, "sequence": defaults.sequence.to_string(), "parts": {}}));
    }
    // The one that is in force was looked for when it was set.
    if let Some(name) = init.user.as_deref().filter(|name| defaults.user.as_deref() != Some(name)) {
        crate::users::by_name(name)?;
    }
    if init.user_token.as_deref().is_some_and(|token| !token.is_empty() && agent.auth.is_hosts(token, init.token.as_deref())) {
        return Err(Fault::invalid("field 'userToken' must differ from the access token"));
    }
    let mut parts = Map::new();
    if let Some(token) = &init.token {
        agent.auth.replace(token);
        parts.insert("accessToken".into(), json!("set"));
    }
    if let Some(token) = &init.user_token {
        agent.auth.set_user(Some(token.as_str()).filter(|token| !token.is_empty()));
        parts.insert("userToken".into(), json!("set"));
    }
    for (name, given) in [("envVars", init.env.is_some()), ("defaultUser", init.user.is_some()), ("defaultWorkdir", init.workdir.is_some())] {
        if given {
            parts.insert(name.into(), json!("set"));
        }
    }
    if init.env_added {
        defaults.env.extend(init.env.unwrap_or_default());
    } else {
        defaults.env = init.env.unwrap_or(defaults.env);
    }
    defaults.user = init.user.or(defaults.user);
    defaults.workdir = init.workdir.or(defaults.workdir);
    defaults.life = init.machine.machine_id.clone().or(defaults.life);
    defaults.sequence = init.sequence.unwrap_or(defaults.sequence);
    let sequence = defaults.sequence;
    agent.set_defaults(defaults).map_err(|error| Fault::io("keep what /init has set", &error))?;
    let (capsule, machine_up) = (agent.capsule, agent.machine_up.clone());
    parts.extend(if machine_up.wait(Duration::ZERO) {
        // A few short system calls. After a restore somebody waits for the answer, and another thread is as much work again.
        change(&init.machine, capsule, &machine_up)
    } else {
        let of_machine = spawn_blocking(move || change(&init.machine, capsule, &machine_up)).await;
        of_machine.map_err(|error| Fault::internal(format!("/init broke off: {error}")))?
    });
    // Last of all: what was saved with the machine goes on only in the new one.
    agent.groups.thaw().map_err(|error| Fault::io("let the processes go on", &error))?;
    let mut answer = json!({"version": VERSION, "applied": true, "sequence": sequence.to_string(), "parts": parts});
    if !agent.boot_failures.is_empty() {
        answer["bootFailures"] = json!(agent.boot_failures);
    }
    Ok(answer)
}

fn read(message: &Value) -> Outcome<InitRequest> {
    let fields = Fields::of(message)?;
    let text = |name: &str| -> Outcome<Option<String>> { Ok(fields.clean_text(name)?.filter(|text| !text.is_empty()).map(str::to_string)) };
    let time = match fields.get("timestamp") {
        None => None,
        Some(value) => {
            let parsed = value.as_str().and_then(timefmt::parse_rfc3339);
            Some(parsed.ok_or_else(|| Fault::invalid("field 'timestamp' must be an RFC 3339 time"))?)
        }
    };
    let seed = fields.bytes("entropySeed")?.filter(|seed| !seed.is_empty());
    if seed.as_ref().is_some_and(|seed| seed.len() > entropy::MAX_SEED) {
        return Err(Fault::invalid(format!("field 'entropySeed' has more than {} bytes", entropy::MAX_SEED)));
    }
    Ok(InitRequest {
        token: text("accessToken")?,
        user_token: fields.clean_text("userToken")?.map(str::to_string),
        env: if fields.has("envVars") { Some(fields.text_map("envVars")?) } else { None },
        env_added: fields.flag("envAdded")?.unwrap_or(false),
        user: text("defaultUser")?,
        workdir: text("defaultWorkdir")?,
        sequence: fields.number("sequence")?,
        machine: Machine { time, seed, hostname: text("hostname")?, machine_id: text("machineId")?, name_servers: fields.texts("nameServers")? },
    })
}

/// Each part for itself: one that fails is told, and stops no other.
fn change(machine: &Machine, capsule: bool, machine_up: &Gate) -> Map<String, Value> {
    let etc = Path::new("/etc");
    let mut parts = Map::new();
    let mut tell = |name: &str, result: std::io::Result<&str>| {
        let text = result.map_or_else(|error| format!("failed: {}", crate::fault::plain(&error)), str::to_string);
        parts.insert(name.into(), json!(text));
    };
    // An agent that does not own its machine must not change it.
    let owned = |change: &dyn Fn() -> std::io::Result<()>| if capsule { change().map(|()| "set") } else { Ok("skipped: not a capsule") };
    if let Some(seed) = &machine.seed {
        tell("entropySeed", owned(&|| entropy::mix(seed)));
    }
    if let Some(name) = machine.hostname.as_deref() {
        // PID 1 gives the machine the name from the command line, and may still be writing it down.
        let done = capsule && identity::hostname().is_ok_and(|have| have == name);
        tell("hostname", if done { Ok("kept") } else { owned(&|| after(machine_up).and_then(|()| identity::set_hostname(name, etc))) });
    }
    let machine_id = machine.machine_id.clone().or_else(|| machine.hostname.as_deref().map(identity::machine_id_of));
    if let Some(id) = machine_id {
        tell("machineId", owned(&|| identity::set_machine_id(&id, etc)));
    }
    if !machine.name_servers.is_empty() {
        tell("nameServers", owned(&|| after(machine_up).and_then(|()| identity::set_name_servers(&machine.name_servers, etc))));
    }
    if let Some(host) = machine.time {
        if clock::must_set(host, clock::now()) {
            tell("timestamp", owned(&|| clock::set(host)));
        } else {
            tell("timestamp", Ok("kept"));
        }
    }
    parts
}

fn after(machine_up: &Gate) -> std::io::Result<()> {
    let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "PID 1 has not finished");
    if machine_up.wait(Duration::from_secs(5)) { Ok(()) } else { Err(late()) }
}
