//! Receiving files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use serde_json::{json, Value};

use super::multipart::{boundary, Event, Parser};
use super::sink::Sink;
use super::source::Source;
use super::Target;
use crate::connect::header;
use crate::fault::{Code, Fault, Outcome};
use crate::filesystem::service::blocking;
use crate::http::body::Body;
use crate::http::respond;

const NOTE: &str = "x-metadata-";
const LONGEST_KEY: usize = 246;
const MOST_NOTES: usize = 4096;
const MOST_FILES: usize = 1000;
/// Whole files of one upload that may keep their descriptors.
const MOST_OPEN: usize = 16;
/// Bytes that are gathered before they are written.
const BATCH: usize = 256 << 10;

/// Files that are whole, but not in their places before the last of them has arrived.
struct Arrivals {
    target: Target,
    notes: BTreeMap<String, String>,
    open: Option<(Sink, PathBuf, BytesMut)>,
    whole: Vec<(Sink, PathBuf)>,
    places: BTreeSet<PathBuf>,
}

pub async fn receive(target: Target, request: Request<Incoming>) -> Outcome<Response<Body>> {
    let (parts, body) = request.into_parts();
    let notes = notes(&parts.headers)?;
    let mut source = Source::new(body, &parts.headers)?;
    let mut arrivals = Arrivals { target, notes, open: None, whole: Vec::new(), places: BTreeSet::new() };
    let kind = header(&parts.headers, "content-type").unwrap_or("");
    if let Some(boundary) = boundary(kind) {
        arrivals.multipart(&mut source, &boundary).await?;
    } else if kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/octet-stream") {
        let path = arrivals.target.path.clone().filter(|path| !path.is_empty());
        arrivals.begin(&path.ok_or_else(|| Fault::invalid("query parameter 'path' is missing"))?).await?;
        while let Some(bytes) = source.next().await? {
            arrivals.write(bytes).await?;
        }
        arrivals.end().await?;
    } else {
        return Err(Fault::with_status(400, Code::InvalidArgument, format!("content type '{kind}' is not supported: send multipart/form-data or application/octet-stream")));
    }
    let told = arrivals.commit().await?;
    Ok(respond::json(200, &Value::Array(told)))
}

impl Arrivals {
    async fn multipart(&mut self, source: &mut Source, boundary: &str) -> Outcome<()> {
        let mut parser = Parser::new(boundary);
        while let Some(bytes) = source.next().await? {
            parser.feed(&bytes)?;
            while let Some(event) = parser.next() {
                match event {
                    Event::Part { name, filename } if name == "file" => {
                        let path = self.target.path.clone().filter(|path| !path.is_empty()).or(filename.filter(|name| !name.is_empty()));
                        self.begin(&path.ok_or_else(|| Fault::invalid("a part has no file name, and there is no query parameter 'path'"))?).await?;
                    }
                    // Other fields are none of ours.
                    Event::Part { .. } => {}
                    Event::Data(data) if self.open.is_some() => self.write(data).await?,
                    Event::Data(_) => {}
                    Event::PartEnd => self.end().await?,
                }
            }
        }
        parser.finish()
    }

    async fn begin(&mut self, path: &str) -> Outcome<()> {
        let resolved = self.target.resolve(path)?;
        if path.ends_with('/') {
            return Err(Fault::invalid(format!("path '{path}' names no file")));
        }
        if self.whole.len() >= MOST_FILES {
            return Err(Fault::invalid(format!("an upload holds at most {MOST_FILES} files")));
        }
        let (place, user, drafts) = (resolved.clone(), self.target.user.clone(), self.target.drafts.clone());
        let sink = blocking(move || Sink::open(&place, &user, &drafts)).await?;
        if !self.places.insert(sink.path().to_path_buf()) {
            return Err(Fault::invalid(format!("path '{path}' occurs twice in this upload")));
        }
        self.open = Some((sink, resolved, BytesMut::new()));
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> Outcome<()> {
        let Some((_, _, gathered)) = &mut self.open else { return Ok(()) };
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Outcome<()> {
        let Some((mut sink, path, gathered)) = self.open.take() else { return Ok(()) };
        let (sink, mut gathered) = blocking(move || sink.write(&gathered).map(|()| (sink, gathered))).await?;
        gathered.clear();
        self.open = Some((sink, path, gathered));
        Ok(())
    }

    async fn end(&mut self) -> Outcome<()> {
        self.flush().await?;
        if let Some((mut sink, path, _)) = self.open.take() {
            let many = self.whole.len() >= MOST_OPEN;
            let sink = if many { blocking(move || sink.close().map(|()| sink)).await? } else { sink };
            self.whole.push((sink, path));
        }
        Ok(())
    }

    async fn commit(self) -> Outcome<Vec<Value>> {
        let Arrivals { notes, whole, .. } = self;
        blocking(move || {
            whole.into_iter().map(|(sink, path)| {
                sink.commit(&notes)?;
                Ok(told(&path, &notes))
            }).collect()
        }).await
    }
}

fn told(path: &std::path::Path, notes: &BTreeMap<String, String>) -> Value {
    let mut value = json!({"path": path.to_string_lossy(), "name": path.file_name().unwrap_or_default().to_string_lossy(), "type": "file"});
    if !notes.is_empty() {
        value["metadata"] = json!(notes);
    }
    value
}

/// Notes on the files, from `X-Metadata-<key>` headers.
fn notes(headers: &HeaderMap) -> Outcome<BTreeMap<String, String>> {
    let mut notes = BTreeMap::new();
    let mut total = 0;
    for (name, value) in headers.iter().filter(|(name, _)| name.as_str().starts_with(NOTE)) {
        let key = &name.as_str()[NOTE.len()..];
        let text = value.to_str().ok().filter(|text| text.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        let text = text.ok_or_else(|| Fault::invalid(format!("metadata '{key}' must be printable ASCII")))?;
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(Fault::invalid(format!("a metadata key has 1 to {LONGEST_KEY} bytes")));
        }
        total += key.len() + text.len();
        notes.insert(key.to_string(), text.to_string());
    }
    if total > MOST_NOTES {
        return Err(Fault::invalid(format!("metadata holds {total} bytes, and at most {MOST_NOTES} are kept")));
    }
    Ok(notes)
}
