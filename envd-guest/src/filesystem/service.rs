//! The RPC service `filesystem.Filesystem`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use serde_json::{json, Value};
use tokio::task::spawn_blocking;

use super::entry::{describe, Names};
use super::drafts::Drafts;
use super::{chmod, copy, dirs, listing, moves, paths, watch_service};
use crate::agent::Agent;
use crate::connect::envelope::Messages;
use crate::connect::fields::Fields;
use crate::connect::{self, stream, Kind};
use crate::fault::{Code, Fault, Outcome};
use crate::http::body::Body;
use crate::http::respond;
use crate::users::User;

const MOST_MODE: u32 = 0o7777;
const DEEPEST: u32 = 64;

/// Answers a method; None when there is none of that name.
pub async fn handle(agent: &Arc<Agent>, method: &str, request: Request<Incoming>) -> Option<Response<Body>> {
    let kind = match method {
        "Stat" | "MakeDir" | "Move" | "Copy" | "Chmod" | "ListDir" | "Remove" | "CreateWatcher" | "GetWatcherEvents" | "RemoveWatcher" => Kind::Unary,
        "WatchDir" => Kind::Stream,
        _ => return None,
    };
    if let Some(refusal) = connect::refuse(&request, kind) {
        return Some(refusal);
    }
    let (parts, body) = request.into_parts();
    if kind == Kind::Stream {
        let opened = watch_service::open_stream(agent, &parts.headers, Messages::new(body)).await;
        return Some(opened.unwrap_or_else(|fault| stream::failed(&fault)));
    }
    let answered = unary(agent, method, &parts.headers, body).await;
    Some(answered.map_or_else(|fault| connect::error_response(&fault), |text| respond::json_text(200, text)))
}

async fn unary(agent: &Arc<Agent>, method: &str, headers: &HeaderMap, body: Incoming) -> Outcome<String> {
    let message = connect::unary_message(body).await?;
    let fields = Fields::of(&message)?;
    match method {
        "CreateWatcher" => return watch_service::create(agent, headers, &fields).await.map(text),
        "GetWatcherEvents" => return watch_service::events(agent, &fields).map(text),
        "RemoveWatcher" => return watch_service::remove(agent, &fields).map(text),
        _ => {}
    }
    let place = Place::of(agent, headers)?;
    match method {
        "ListDir" => {
            let (path, depth) = (place.at(&fields, "path")?, fields.unsigned("depth")?.unwrap_or(1).clamp(1, DEEPEST));
            blocking(move || listing::list(&path, depth)).await
        }
        _ => change(method, place, &fields).await.map(text),
    }
}

fn text(value: Value) -> String {
    value.to_string()
}

async fn change(method: &str, place: Place, fields: &Fields<'_>) -> Outcome<Value> {
    match method {
        "Move" | "Copy" => {
            let (source, destination) = (place.at(fields, "source")?, place.at(fields, "destination")?);
            let work: fn(&Path, &Path, &Place, &AtomicBool) -> Outcome<Value> = if method == "Move" { relocate } else { duplicate };
            // A caller who has gone wants no copy any more.
            let (waiting, cancelled) = Waiting::new();
            let done = blocking(move || work(&source, &destination, &place, &cancelled)).await;
            drop(waiting);
            done
        }
        "Chmod" => {
            let path = place.at(fields, "path")?;
            let mode = fields.unsigned("mode")?.filter(|mode| *mode <= MOST_MODE).ok_or_else(|| Fault::invalid("field 'mode' must be a number from 0 to 4095 (octal 7777)"))?;
            let recursive = fields.flag("recursive")?.unwrap_or(false);
            blocking(move || permit(&path, mode, recursive)).await
        }
        "Remove" => {
            let (path, must_exist) = (place.at(fields, "path")?, fields.flag("mustExist")?.unwrap_or(false));
            blocking(move || remove(&path, must_exist)).await
        }
        _ => {
            let path = place.at(fields, "path")?;
            let work: fn(&Path, &User) -> Outcome<Value> = if method == "MakeDir" { make_directory } else { |path, _| stat(path) };
            blocking(move || work(&path, &place.user)).await
        }
    }
}

/// Somebody waits for work; when it is dropped, the work learns that nobody does.
struct Waiting(Arc<AtomicBool>);

impl Waiting {
    fn new() -> (Waiting, Arc<AtomicBool>) {
        let cancelled = Arc::new(AtomicBool::new(false));
        (Waiting(cancelled.clone()), cancelled)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// From where paths of a request are resolved.
pub struct Place {
    pub user: User,
    workdir: Option<String>,
    drafts: Arc<Drafts>,
}

impl Place {
    pub fn of(agent: &Agent, headers: &HeaderMap) -> Outcome<Place> {
        Ok(Place { user: agent.user(headers)?, workdir: agent.defaults().workdir, drafts: agent.drafts.clone() })
    }

    pub fn at(&self, fields: &Fields<'_>, name: &str) -> Outcome<PathBuf> {
        let path = fields.clean_text(name)?.unwrap_or("");
        paths::resolve(path, &self.user, self.workdir.as_deref()).map(PathBuf::from)
    }
}

/// Runs work on files beside the event loop: a slow disk must not stop the agent.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    spawn_blocking(work).await.map_err(|error| Fault::internal(format!("work on files broke off: {error}")))?
}

fn stat(path: &Path) -> Outcome<Value> {
    let entry = describe(path, &mut Names::default()).map_err(|error| no_entry(path, &error))?;
    Ok(json!({"entry": entry}))
}

fn make_directory(path: &Path, user: &User) -> Outcome<Value> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(Fault::new(Code::AlreadyExists, format!("directory '{}' already exists", path.display()))),
        Ok(_) => return Err(Fault::invalid(format!("'{}' exists and is not a directory", path.display()))),
        Err(_) => {}
    }
    let new = dirs::make(path, user).map_err(|error| Fault::io(format!("make directory '{}'", path.display()), &error))?;
    if !new {
        return Err(Fault::new(Code::AlreadyExists, format!("directory '{}' already exists", path.display())));
    }
    stat(path)
}

fn relocate(source: &Path, destination: &Path, place: &Place, cancelled: &AtomicBool) -> Outcome<Value> {
    fs::symlink_metadata(source).map_err(|error| no_entry(source, &error))?;
    let doing = || format!("move '{}' to '{}'", source.display(), destination.display());
    if let Some(parent) = destination.parent() {
        dirs::make(parent, &place.user).map_err(|error| Fault::io(doing(), &error))?;
    }
    moves::rename(source, destination, &place.drafts, cancelled).map_err(|error| Fault::io(doing(), &error))?;
    stat(destination)
}

fn duplicate(source: &Path, destination: &Path, place: &Place, cancelled: &AtomicBool) -> Outcome<Value> {
    let found = fs::symlink_metadata(source).map_err(|error| no_entry(source, &error))?;
    let failed = |error: io::Error| Fault::io(format!("copy '{}' to '{}'", source.display(), destination.display()), &error);
    if fs::symlink_metadata(destination).is_ok() {
        return Err(Fault::new(Code::AlreadyExists, format!("'{}' already exists", destination.display())));
    }
    let parent = destination.parent().unwrap_or(Path::new("/"));
    let made = dirs::Made::new(parent, &place.user).map_err(failed)?;
    let holds = |inner: io::Result<PathBuf>| Ok(inner?.starts_with(fs::canonicalize(source)?));
    if found.is_dir() && holds(fs::canonicalize(parent)).map_err(failed)? {
        return Err(Fault::invalid(format!("'{}' can't be copied into itself", source.display())));
    }
    copy::tree(source, destination, false, &place.drafts, cancelled).map_err(failed)?;
    made.stay();
    stat(destination)
}

fn permit(path: &Path, mode: u32, recursive: bool) -> Outcome<Value> {
    fs::metadata(path).map_err(|error| no_entry(path, &error))?;
    chmod::change(path, mode, recursive).map_err(|error| Fault::io(format!("change the permissions of '{}'", path.display()), &error))?;
    stat(path)
}

fn remove(path: &Path, must_exist: bool) -> Outcome<Value> {
    if path == Path::new("/") {
        return Err(Fault::invalid("the root directory can't be removed"));
    }
    match moves::remove(path) {
        Err(error) if must_exist && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Err(no_entry(path, &error)),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Fault::io(format!("remove '{}'", path.display()), &error)),
        _ => Ok(json!({})),
    }
}

pub fn no_entry(path: &Path, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => Fault::not_found(format!("path not found: '{}'", path.display())),
        io::ErrorKind::NotADirectory => Fault::not_found(format!("path not found: '{}': part of it is not a directory", path.display())),
        _ => Fault::io(format!("look at '{}'", path.display()), error),
    }
}
