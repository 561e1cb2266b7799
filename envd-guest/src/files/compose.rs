//! `POST /files/compose`: joins files into one and removes them.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{json, Value};

use super::sink::Sink;
use super::Target;
use crate::agent::Agent;
use crate::connect::{self, fields::Fields, header};
use crate::fault::{Fault, Outcome};
use crate::filesystem::service::blocking;
use crate::http::body::Body;
use crate::http::respond;

pub async fn handle(agent: &Arc<Agent>, request: Request<Incoming>) -> Response<Body> {
    match compose(agent, request).await {
        Ok(value) => respond::json(200, &value),
        Err(fault) => respond::failed(&fault),
    }
}

async fn compose(agent: &Arc<Agent>, request: Request<Incoming>) -> Outcome<Value> {
    let basic = crate::users::basic_name(header(request.headers(), "authorization"))?;
    let message = connect::unary_message(request.into_body()).await?;
    let fields = Fields::of(&message)?;
    let name = fields.text("username")?.map(str::to_string).or(basic);
    let target = Target { user: agent.user_named(name.as_deref())?, path: None, workdir: agent.defaults().workdir, drafts: agent.drafts.clone() };
    let sources: Vec<PathBuf> = fields.texts("sourcePaths")?.iter().map(|path| target.resolve(path)).collect::<Outcome<_>>()?;
    let destination = fields.clean_text("destination")?.filter(|path| !path.is_empty()).ok_or_else(|| Fault::invalid("field 'destination' is missing"))?;
    let destination = target.resolve(destination)?;
    if sources.is_empty() {
        return Err(Fault::invalid("field 'source_paths' is empty"));
    }
    blocking(move || join(&sources, &destination, &target)).await
}

fn join(sources: &[PathBuf], destination: &PathBuf, target: &Target) -> Outcome<Value> {
    let mut sink = Sink::open(destination, &target.user, &target.drafts)?;
    let mut buffer = vec![0u8; 256 << 10];
    for source in sources {
        let failed = |error: std::io::Error| Fault::io(format!("read '{}'", source.display()), &error);
        if !fs::metadata(source).map_err(failed)?.is_file() {
            return Err(Fault::invalid(format!("path '{}' is not a regular file", source.display())));
        }
        let mut file = File::open(source).map_err(failed)?;
        loop {
            let count = file.read(&mut buffer).map_err(failed)?;
            if count == 0 {
                break;
            }
            sink.write(&buffer[..count])?;
        }
    }
    sink.commit(&Default::default())?;
    for source in sources.iter().filter(|source| *source != destination) {
        fs::remove_file(source).map_err(|error| Fault::io(format!("remove '{}' after it was joined", source.display()), &error))?;
    }
    Ok(json!({"path": destination.to_string_lossy(), "name": destination.file_name().unwrap_or_default().to_string_lossy(), "type": "file"}))
}
