//! The RPC service `filesystem.Filesystem`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use serde_json::{json, Value};
use tokio::task::spawn_blocking;

use super::entry::{describe, Names};
use super::{dirs, moves, paths, watch_service};
use crate::agent::Agent;
use crate::connect::envelope::Messages;
use crate::connect::fields::Fields;
use crate::connect::{self, stream, Kind};
use crate::fault::{Code, Fault, Outcome};
use crate::http::body::Body;
use crate::users::User;

const MOST_ENTRIES: usize = 200_000;
const DEEPEST: u32 = 64;

/// Answers a method; None when there is none of that name.
pub async fn handle(agent: &Arc<Agent>, method: &str, request: Request<Incoming>) -> Option<Response<Body>> {
    let kind = match method {
        "Stat" | "MakeDir" | "Move" | "ListDir" | "Remove" | "CreateWatcher" | "GetWatcherEvents" | "RemoveWatcher" => Kind::Unary,
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
    Some(connect::unary_response(unary(agent, method, &parts.headers, body).await))
}

async fn unary(agent: &Arc<Agent>, method: &str, headers: &HeaderMap, body: Incoming) -> Outcome<Value> {
    let message = connect::unary_message(body).await?;
    let fields = Fields::of(&message)?;
    match method {
        "CreateWatcher" => return watch_service::create(agent, headers, &fields).await,
        "GetWatcherEvents" => return watch_service::events(agent, &fields),
        "RemoveWatcher" => return watch_service::remove(agent, &fields),
        _ => {}
    }
    let place = Place::of(agent, headers)?;
    match method {
        "Move" => {
            let (source, destination) = (place.at(&fields, "source")?, place.at(&fields, "destination")?);
            blocking(move || relocate(&source, &destination, &place.user)).await
        }
        "ListDir" => {
            let (path, depth) = (place.at(&fields, "path")?, fields.unsigned("depth")?.unwrap_or(1).clamp(1, DEEPEST));
            blocking(move || list(&path, depth)).await
        }
        _ => {
            let path = place.at(&fields, "path")?;
            let work: fn(&Path, &User) -> Outcome<Value> = match method {
                "Stat" => |path, _| stat(path),
                "MakeDir" => make_directory,
                _ => |path, _| remove(path),
            };
            blocking(move || work(&path, &place.user)).await
        }
    }
}

/// From where paths of a request are resolved.
pub struct Place {
    pub user: User,
    workdir: Option<String>,
}

impl Place {
    pub fn of(agent: &Agent, headers: &HeaderMap) -> Outcome<Place> {
        Ok(Place { user: agent.user(headers)?, workdir: agent.defaults().workdir })
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

fn relocate(source: &Path, destination: &Path, user: &User) -> Outcome<Value> {
    fs::symlink_metadata(source).map_err(|error| no_entry(source, &error))?;
    let doing = || format!("move '{}' to '{}'", source.display(), destination.display());
    if let Some(parent) = destination.parent() {
        dirs::make(parent, user).map_err(|error| Fault::io(doing(), &error))?;
    }
    moves::rename(source, destination).map_err(|error| Fault::io(doing(), &error))?;
    stat(destination)
}

fn remove(path: &Path) -> Outcome<Value> {
    if path == Path::new("/") {
        return Err(Fault::invalid("the root directory can't be removed"));
    }
    match moves::remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Fault::io(format!("remove '{}'", path.display()), &error)),
        _ => Ok(json!({})),
    }
}

/// Entries below a directory, sorted by name, each directory before what is in it. Links are followed at the top only.
fn list(path: &Path, depth: u32) -> Outcome<Value> {
    let found = fs::metadata(path).map_err(|error| no_entry(path, &error))?;
    if !found.is_dir() {
        return Err(Fault::invalid(format!("'{}' is not a directory", path.display())));
    }
    let (mut entries, mut names) = (Vec::new(), Names::default());
    walk(path, depth, &mut entries, &mut names).map_err(|error| Fault::io(format!("list '{}'", path.display()), &error))?;
    if entries.len() > MOST_ENTRIES {
        return Err(Fault::new(Code::ResourceExhausted, format!("'{}' has more than {MOST_ENTRIES} entries: list it in parts", path.display())));
    }
    Ok(json!({"entries": entries}))
}

fn walk(directory: &Path, depth: u32, entries: &mut Vec<Value>, names: &mut Names) -> io::Result<()> {
    let mut children: Vec<PathBuf> = fs::read_dir(directory)?.map(|child| child.map(|child| child.path())).collect::<io::Result<_>>()?;
    children.sort();
    for child in children {
        if entries.len() > MOST_ENTRIES {
            return Ok(());
        }
        match describe(&child, names) {
            Ok(entry) => entries.push(entry),
            // Gone since the directory was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        }
        if depth > 1 && fs::symlink_metadata(&child).is_ok_and(|found| found.is_dir()) {
            match walk(&child, depth - 1, entries, names) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn no_entry(path: &Path, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => Fault::not_found(format!("path not found: '{}'", path.display())),
        io::ErrorKind::NotADirectory => Fault::not_found(format!("path not found: '{}': part of it is not a directory", path.display())),
        _ => Fault::io(format!("look at '{}'", path.display()), error),
    }
}
