//! `GET` and `POST /files`: contents of files, streamed both ways in constant memory.

mod accept;
pub mod compose;
mod download;
mod media;
mod multipart;
mod range;
mod sink;
mod source;
mod upload;

use std::path::PathBuf;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{HeaderMap, Method, Request, Response};

use crate::agent::Agent;
use crate::auth::Signed;
use crate::connect::header;
use crate::fault::{Code, Fault, Outcome};
use crate::filesystem::drafts::Drafts;
use crate::filesystem::paths;
use crate::http::body::Body;
use crate::http::query::Query;
use crate::http::respond;
use crate::users::User;

/// A request for a file whose caller may have it.
pub struct Target {
    pub user: User,
    pub path: Option<String>,
    pub workdir: Option<String>,
    pub drafts: Arc<Drafts>,
}

impl Target {
    /// The absolute path of what a request or a part of it names.
    pub fn resolve(&self, path: &str) -> Outcome<PathBuf> {
        paths::resolve(path, &self.user, self.workdir.as_deref()).map(PathBuf::from)
    }
}

/// `trusted`: the caller has shown the access token; otherwise only a signature opens.
pub async fn handle(agent: &Arc<Agent>, request: Request<Incoming>, trusted: bool) -> Response<Body> {
    let method = request.method().clone();
    let writes = method == Method::POST;
    if !writes && method != Method::GET && method != Method::HEAD {
        return respond::failed(&Fault::with_status(405, Code::Unimplemented, "use GET, HEAD or POST"));
    }
    let target = match target(agent, request.uri().query(), request.headers(), trusted, writes) {
        Ok(target) => target,
        Err(fault) => return respond::failed(&fault),
    };
    let result = if writes { upload::receive(target, request).await } else { download::send(target, request.headers(), method == Method::HEAD).await };
    result.unwrap_or_else(|fault| respond::failed(&fault))
}

fn target(agent: &Agent, query: Option<&str>, headers: &HeaderMap, trusted: bool, writes: bool) -> Outcome<Target> {
    let query = Query::parse(query);
    let name = query.get("username").unwrap_or("");
    if !trusted {
        let expiration = match query.get("signature_expiration").filter(|text| !text.is_empty()) {
            Some(text) => Some(text.parse().map_err(|_| Fault::new(Code::Unauthenticated, "signature_expiration is not a number of seconds"))?),
            None => None,
        };
        let path = query.get("path").unwrap_or("");
        let operation = if writes { "write" } else { "read" };
        agent.auth.check_signature(&Signed { path, operation, user: name, signature: query.get("signature"), expiration })?;
    }
    // Clients name the user in the query; where they don't, in the header as for calls.
    let named = if name.is_empty() { crate::users::basic_name(header(headers, "authorization"))? } else { Some(name.to_string()) };
    let user = agent.user_named(named.as_deref())?;
    Ok(Target { user, path: query.get("path").map(str::to_string), workdir: agent.defaults().workdir, drafts: agent.drafts.clone() })
}
