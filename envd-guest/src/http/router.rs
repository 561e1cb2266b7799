//! Which module answers a request, after the token has been checked.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{Method, Request, Response};
use serde_json::json;

use super::body::Body;
use super::{init_call, respond};
use crate::agent::{Agent, VERSION};
use crate::auth::Caller;
use crate::connect::{self, header};
use crate::fault::{Code, Fault};
use crate::{activity, disk, files, filesystem, kernel_log, metrics, process, snapshot, tunnel};

const TOKEN_HEADER: &str = "x-access-token";

pub async fn answer(agent: &Arc<Agent>, request: Request<Incoming>) -> Response<Body> {
    // Who only asks how things are keeps no capsule busy.
    let busy = (!is_question(request.uri().path())).then(|| agent.requests.begin());
    let mut response = route(agent, request).await;
    if let Some(busy) = busy {
        response.body_mut().lasting(busy);
    }
    respond::allow_any_origin(response.headers_mut());
    response.headers_mut().insert("x-envd-version", HeaderValue::from_static(VERSION));
    response
}

async fn route(agent: &Arc<Agent>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_string();
    let method = request.method().clone();
    if method == Method::OPTIONS {
        return respond::preflight(request.headers().get("access-control-request-headers"));
    }
    if path == "/health" {
        return allowed(&method, &[Method::GET, Method::HEAD]).unwrap_or_else(|| health(agent));
    }
    let caller = agent.auth.caller(header(request.headers(), TOKEN_HEADER));
    let trusted = caller != Caller::Stranger;
    if caller == Caller::User && is_hosts(&path) {
        // The user need not even know that it is there.
        return nothing_at(&path);
    }
    match path.as_str() {
        // These two have ways of their own to trust a caller.
        "/files" => return files::handle(agent, request, trusted).await,
        "/init" => {
            return match allowed(&method, &[Method::POST]) {
                Some(refusal) => refusal,
                None => init_call::handle(agent, request, trusted).await,
            }
        }
        _ => {}
    }
    if !trusted {
        return unauthorized(&path);
    }
    if let Some(port) = path.strip_prefix("/connect/") {
        return match allowed(&method, &[Method::GET]) {
            Some(refusal) => refusal,
            None => tunnel::open(agent, port, request).await,
        };
    }
    match path.as_str() {
        "/metrics" => allowed(&method, &[Method::GET]).unwrap_or_else(|| respond::json(200, &metrics::snapshot(&agent.cpu))),
        "/envs" => allowed(&method, &[Method::GET]).unwrap_or_else(|| respond::json(200, &json!(agent.defaults().env))),
        "/snapshot/prepare" => match allowed(&method, &[Method::POST]) {
            Some(refusal) => refusal,
            None => snapshot::prepare(agent, request).await,
        },
        "/activity" => allowed(&method, &[Method::GET]).unwrap_or_else(|| respond::json(200, &activity::snapshot(agent))),
        "/log" => allowed(&method, &[Method::GET])
            .unwrap_or_else(|| kernel_log::answer(agent, request.uri().query()).unwrap_or_else(|fault| respond::failed(&fault))),
        "/disk/grow" => match allowed(&method, &[Method::POST]) {
            Some(refusal) => refusal,
            None => disk::handle(agent).await,
        },
        "/files/compose" => match allowed(&method, &[Method::POST]) {
            Some(refusal) => refusal,
            None => files::compose::handle(agent, request).await,
        },
        _ => rpc(agent, &path, request).await,
    }
}

async fn rpc(agent: &Arc<Agent>, path: &str, request: Request<Incoming>) -> Response<Body> {
    let known = match path.trim_start_matches('/').split_once('/') {
        Some(("process.Process", method)) => process::service::handle(agent, method, request).await,
        Some(("filesystem.Filesystem", method)) => filesystem::service::handle(agent, method, request).await,
        Some((service, _)) if service.contains('.') => None,
        _ => return nothing_at(path),
    };
    known.unwrap_or_else(|| connect::error_response(&Fault::new(Code::Unimplemented, format!("there is no method {path}"))))
}

fn is_question(path: &str) -> bool {
    matches!(path, "/health" | "/metrics" | "/activity" | "/log")
}

/// What only the host may ask for.
fn is_hosts(path: &str) -> bool {
    matches!(path.split('/').nth(1), Some("init" | "connect" | "snapshot" | "disk" | "activity" | "log"))
}

fn nothing_at(path: &str) -> Response<Body> {
    respond::failed(&Fault::not_found(format!("there is nothing at {path}")))
}

fn health(agent: &Agent) -> Response<Body> {
    if agent.boot_failures.iter().any(|failure| failure.starts_with("root")) {
        return respond::failed(&Fault::new(Code::Unavailable, format!("the capsule did not boot: {}", agent.boot_failures.join("; "))));
    }
    respond::no_content()
}

fn unauthorized(path: &str) -> Response<Body> {
    let fault = Fault::new(Code::Unauthenticated, "missing or wrong access token: send it in X-Access-Token");
    if ["/process.", "/filesystem.", "/connect/"].iter().any(|prefix| path.starts_with(prefix)) { connect::error_response(&fault) } else { respond::failed(&fault) }
}

fn allowed(method: &Method, methods: &[Method]) -> Option<Response<Body>> {
    if methods.contains(method) {
        return None;
    }
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    let mut response = respond::failed(&Fault::with_status(405, Code::Unimplemented, format!("use {}", names.join(" or "))));
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert("allow", value);
    }
    Some(response)
}
