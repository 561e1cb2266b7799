//! What the host asks for before it freezes the capsule.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::agent::Agent;
use crate::connect::fields::Fields;
use crate::connect::parse;
use crate::fault::{Code, Fault, Outcome};
use crate::http::body::{read_all, Body};
use crate::http::respond;

const MAX_BODY: usize = 4 << 10;
const PATIENCE: Duration = Duration::from_secs(20);
const FREEZE_PATIENCE: Duration = Duration::from_secs(5);

/// Writes file systems out and lets go of idle connections: after a resume nobody is at their other end.
/// With `{"freeze": true}` the user's processes stand still before that, until the next /init: none of them must run with the
/// clock and the identity of a machine that was saved.
pub async fn prepare(agent: &Arc<Agent>, request: Request<Incoming>) -> Response<Body> {
    match try_prepare(agent, request).await {
        Ok(freeze) => respond::json(200, &json!({"synced": agent.capsule, "frozen": freeze && agent.capsule})),
        Err(fault) => respond::failed(&fault),
    }
}

async fn try_prepare(agent: &Arc<Agent>, request: Request<Incoming>) -> Outcome<bool> {
    let body = read_all(request.into_body(), MAX_BODY).await?;
    let freeze = !body.is_empty() && Fields::of(&parse(&body)?)?.flag("freeze")?.unwrap_or(false);
    agent.generation.send_modify(|generation| *generation += 1);
    if freeze {
        let groups = agent.groups.clone();
        let stopped = spawn_blocking(move || groups.freeze(FREEZE_PATIENCE)).await.map_err(|error| Fault::internal(format!("freezing broke off: {error}")))?;
        if !stopped.map_err(|error| Fault::io("stop the processes", &error))? {
            return Err(Fault::new(Code::DeadlineExceeded, format!("not all processes stood still within {} s", FREEZE_PATIENCE.as_secs())));
        }
    }
    // Outside a capsule the file systems belong to others.
    let capsule = agent.capsule;
    match timeout(PATIENCE, spawn_blocking(move || if capsule { unsafe { libc::sync() } })).await {
        Ok(Ok(())) => Ok(freeze),
        _ => Err(Fault::new(Code::DeadlineExceeded, format!("file systems were not written out within {} s", PATIENCE.as_secs()))),
    }
}
