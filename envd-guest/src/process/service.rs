//! The RPC service `process.Process`.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use serde_json::{json, Value};
use tokio::time::{timeout, Instant};

use super::events::forward;
use super::pty::Size;
use super::request::{Selector, StartRequest};
use super::ring::Subscriber;
use super::start::start;
use super::{signal, InputKind, Process};
use crate::agent::Agent;
use crate::connect::envelope::Messages;
use crate::connect::fields::Fields;
use crate::connect::{self, stream, Kind};
use crate::fault::{Code, Fault, Outcome};
use crate::http::body::Body;

/// How long input waits for a process that doesn't read, when the client sets no deadline.
const INPUT_PATIENCE: Duration = Duration::from_secs(300);

/// Answers a method; None when there is none of that name.
pub async fn handle(agent: &Arc<Agent>, method: &str, request: Request<Incoming>) -> Option<Response<Body>> {
    let kind = match method {
        "List" | "Update" | "SendInput" | "SendSignal" | "CloseStdin" => Kind::Unary,
        "Start" | "Connect" | "StreamInput" => Kind::Stream,
        _ => return None,
    };
    if let Some(refusal) = connect::refuse(&request, kind) {
        return Some(refusal);
    }
    let (parts, body) = request.into_parts();
    Some(match method {
        "Start" | "Connect" => match open_stream(agent, method, &parts.headers, body).await {
            Ok(response) => response,
            Err(fault) => stream::failed(&fault),
        },
        "StreamInput" => match stream_input(agent, Messages::new(body)).await {
            Ok(()) => stream::single(connect::message(&json!({}))),
            Err(fault) => stream::failed(&fault),
        },
        _ => connect::unary_response(unary(agent, method, &parts.headers, body).await),
    })
}

async fn open_stream(agent: &Arc<Agent>, method: &str, headers: &HeaderMap, body: Incoming) -> Outcome<Response<Body>> {
    let limit = connect::timeout(headers)?;
    let bytes = Messages::new(body).next().await?.ok_or_else(|| Fault::invalid("the stream holds no message"))?;
    let message = connect::parse(&bytes)?;
    let (process, subscriber, deadline) = if method == "Start" {
        let request = StartRequest::parse(&message)?;
        let user = agent.user(headers)?;
        let limit = [limit, request.limit].into_iter().flatten().min();
        let (process, subscriber) = start(agent, request, user, limit).await?;
        (process, subscriber, None)
    } else {
        let (process, subscriber) = attach(agent, &message)?;
        (process, subscriber, limit.map(|limit| Instant::now() + limit))
    };
    let (sender, response) = stream::open();
    tokio::spawn(forward(sender, process.pid, subscriber, headers.clone(), deadline));
    Ok(response)
}

fn attach(agent: &Arc<Agent>, message: &Value) -> Outcome<(Arc<Process>, Subscriber)> {
    let fields = Fields::of(message)?;
    let process = agent.processes.find(&Selector::parse(&fields)?)?;
    let replay = fields.flag("replay")?.unwrap_or(false);
    let subscriber = process.ring.subscribe(replay);
    Ok((process, subscriber))
}

async fn unary(agent: &Arc<Agent>, method: &str, headers: &HeaderMap, body: Incoming) -> Outcome<Value> {
    let message = connect::unary_message(body).await?;
    if method == "List" {
        return Ok(list(agent));
    }
    let fields = Fields::of(&message)?;
    let process = agent.processes.find(&Selector::parse(&fields)?)?;
    match method {
        "Update" => {
            if let Some(pty) = fields.object("pty")? {
                process.resize(Size::parse(&pty)?)?;
            }
        }
        "SendSignal" => process.signal(signal::parse(fields.get("signal"))?)?,
        "CloseStdin" => process.close_stdin().await?,
        _ => {
            let patience = connect::timeout(headers)?.unwrap_or(INPUT_PATIENCE);
            let (kind, bytes) = input(&fields)?;
            write(&process, kind, &bytes, patience).await?;
        }
    }
    Ok(json!({}))
}

fn list(agent: &Arc<Agent>) -> Value {
    let processes: Vec<Value> = agent.processes.live().iter().map(|process| {
        let mut value = json!({"config": process.config.json(), "pid": process.pid, "user": process.user});
        if let Some(tag) = &process.tag {
            value["tag"] = json!(tag);
        }
        value
    }).collect();
    json!({"processes": processes})
}

async fn stream_input(agent: &Arc<Agent>, mut messages: Messages) -> Outcome<()> {
    let mut target: Option<Arc<Process>> = None;
    while let Some(bytes) = messages.next().await? {
        let message = connect::parse(&bytes)?;
        let fields = Fields::of(&message)?;
        let fields = fields.object("event")?.unwrap_or(fields);
        if let Some(start) = fields.object("start")? {
            target = Some(agent.processes.find(&Selector::parse(&start)?)?);
        } else if let Some(data) = fields.object("data")? {
            let process = target.as_ref().ok_or_else(|| Fault::invalid("the first message must be 'start' with a process"))?;
            let (kind, bytes) = input(&data)?;
            write(process, kind, &bytes, INPUT_PATIENCE).await?;
        }
    }
    Ok(())
}

fn input(fields: &Fields<'_>) -> Outcome<(InputKind, Vec<u8>)> {
    let missing = || Fault::invalid("field 'input' must hold 'stdin' or 'pty' bytes");
    let input = fields.object("input")?.ok_or_else(missing)?;
    if let Some(bytes) = input.bytes("stdin")? {
        return Ok((InputKind::Stdin, bytes));
    }
    input.bytes("pty")?.map(|bytes| (InputKind::Pty, bytes)).ok_or_else(missing)
}

async fn write(process: &Process, kind: InputKind, bytes: &[u8], patience: Duration) -> Outcome<()> {
    let late = |_| Fault::new(Code::DeadlineExceeded, format!("process {} did not read its input in time; part of it may be written", process.pid));
    timeout(patience, process.write(kind, bytes)).await.map_err(late)?
}
