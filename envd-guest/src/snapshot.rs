//! What the host asks for before it freezes the capsule.

use std::sync::Arc;
use std::time::Duration;

use hyper::Response;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::agent::Agent;
use crate::fault::{Code, Fault};
use crate::http::body::Body;
use crate::http::respond;

const PATIENCE: Duration = Duration::from_secs(20);

/// Writes file systems out and lets go of idle connections: after a resume nobody is at their other end.
/// Streams that are open go on.
pub async fn prepare(agent: &Arc<Agent>) -> Response<Body> {
    agent.generation.send_modify(|generation| *generation += 1);
    // Outside a capsule the file systems belong to others.
    let capsule = agent.capsule;
    let synced = timeout(PATIENCE, spawn_blocking(move || if capsule { unsafe { libc::sync() } })).await;
    match synced {
        Ok(Ok(())) => respond::json(200, &json!({"synced": capsule})),
        _ => respond::failed(&Fault::new(Code::DeadlineExceeded, format!("file systems were not written out within {} s", PATIENCE.as_secs()))),
    }
}
