//! The calls that watch directories: a stream, and three calls for clients that can't hold one.

use std::sync::Arc;

use hyper::{HeaderMap, Response};
use serde_json::{json, Value};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::service::{blocking, Place};
use super::watch::{Batch, Options, Watch};
use super::watchers::Mailbox;
use crate::agent::Agent;
use crate::connect::envelope::Messages;
use crate::connect::fields::Fields;
use crate::connect::stream::{self, keepalive, Sender};
use crate::connect::{self, message};
use crate::fault::{Code, Fault, Outcome};
use crate::http::body::Body;
use crate::process::until;
use crate::sys::Channel;

const BUFFER: usize = 64 << 10;

/// A watch with what it takes to wait for its events.
struct Watching {
    watch: Option<Watch>,
    queue: Channel,
    buffer: Vec<u8>,
    _permit: OwnedSemaphorePermit,
}

impl Watching {
    async fn open(agent: &Arc<Agent>, headers: &HeaderMap, fields: &Fields<'_>) -> Outcome<Watching> {
        let path = Place::of(agent, headers)?.at(fields, "path")?;
        let flag = |name: &str| -> Outcome<bool> { Ok(fields.flag(name)?.unwrap_or(false)) };
        let options = Options { recursive: flag("recursive")?, include_entry: flag("includeEntry")?, allow_network: flag("allowNetworkMounts")? };
        let permit = agent.watchers.permit()?;
        let watch = blocking(move || Watch::open(&path, options)).await?;
        let queue = watch.queue().and_then(Channel::reader).map_err(|error| Fault::io("wait for events", &error))?;
        Ok(Watching { watch: Some(watch), queue, buffer: vec![0; BUFFER], _permit: permit })
    }

    /// Waits for events. May be dropped and called again: then it has taken none. (A wait for readiness alone would also end
    /// when there is nothing to read, since that shows only at the next try.)
    async fn arrived(&mut self) -> Outcome<usize> {
        self.queue.read(&mut self.buffer).await.map_err(|error| Fault::io("read events", &error))
    }

    /// Translates what has arrived.
    async fn take(&mut self, count: usize) -> Outcome<Batch> {
        let raw = self.buffer[..count].to_vec();
        let Some(mut watch) = self.watch.take() else { return Err(Fault::internal("the watch has ended")) };
        let work = move || {
            let batch = watch.translate(&raw);
            (watch, batch)
        };
        let (watch, batch) = spawn_blocking(work).await.map_err(|error| Fault::internal(format!("reading events broke off: {error}")))?;
        self.watch = Some(watch);
        batch
    }
}

pub async fn open_stream(agent: &Arc<Agent>, headers: &HeaderMap, mut messages: Messages) -> Outcome<Response<Body>> {
    let deadline = connect::timeout(headers)?.map(|limit| Instant::now() + limit);
    let bytes = messages.next().await?.ok_or_else(|| Fault::invalid("the stream holds no message"))?;
    let request = connect::parse(&bytes)?;
    let watching = Watching::open(agent, headers, &Fields::of(&request)?).await?;
    let (sender, response) = stream::open();
    tokio::spawn(forward(sender, watching, headers.clone(), deadline));
    Ok(response)
}

async fn forward(sender: Sender, mut watching: Watching, headers: HeaderMap, deadline: Option<Instant>) {
    let mut ticks = keepalive(&headers);
    if !sender.send(message(&json!({"start": {}}))).await {
        return;
    }
    loop {
        tokio::select! {
            arrived = watching.arrived() => {
                let batch = match arrived {
                    Ok(count) => watching.take(count).await,
                    Err(fault) => Err(fault),
                };
                match batch {
                    Ok(batch) => {
                        for event in &batch.events {
                            if !sender.send(message(&json!({"filesystem": event}))).await {
                                return;
                            }
                        }
                        if batch.over {
                            return sender.end(None).await;
                        }
                        ticks.reset();
                    }
                    Err(fault) => return sender.end(Some(&fault)).await,
                }
            }
            () = sender.closed() => return,
            _ = ticks.tick() => {
                if !sender.send(message(&json!({"keepalive": {}}))).await {
                    return;
                }
            }
            () = until(deadline) => return sender.end(Some(&Fault::new(Code::DeadlineExceeded, "the deadline of the watch has passed"))).await,
        }
    }
}

pub async fn create(agent: &Arc<Agent>, headers: &HeaderMap, fields: &Fields<'_>) -> Outcome<Value> {
    let mut watching = Watching::open(agent, headers, fields).await?;
    let mailbox = Arc::new(Mailbox::default());
    let letters = mailbox.clone();
    let task = tokio::spawn(async move {
        loop {
            let batch = match watching.arrived().await {
                Ok(count) => watching.take(count).await,
                Err(fault) => Err(fault),
            };
            match batch {
                Ok(batch) => {
                    letters.put(batch.events);
                    if batch.over {
                        return;
                    }
                }
                Err(fault) => {
                    let goes_on = fault.code == Code::ResourceExhausted;
                    letters.fail(fault);
                    if !goes_on {
                        return;
                    }
                }
            }
        }
    });
    let id = agent.watchers.insert(mailbox, task.abort_handle())?;
    Ok(json!({"watcherId": id}))
}

pub fn events(agent: &Arc<Agent>, fields: &Fields<'_>) -> Outcome<Value> {
    Ok(json!({"events": agent.watchers.take(id(fields)?)?}))
}

pub fn remove(agent: &Arc<Agent>, fields: &Fields<'_>) -> Outcome<Value> {
    agent.watchers.remove(id(fields)?)?;
    Ok(json!({}))
}

fn id<'a>(fields: &Fields<'a>) -> Outcome<&'a str> {
    fields.text("watcherId")?.ok_or_else(|| Fault::invalid("field 'watcherId' is missing"))
}
