//! `GET /log`: the end of the kernel's log, where this agent writes too. A capsule has no console of its own.

use hyper::header::{HeaderValue, CACHE_CONTROL, CONTENT_TYPE};
use hyper::Response;

use crate::agent::Agent;
use crate::fault::{Fault, Outcome};
use crate::http::body::Body;
use crate::http::query::Query;
use crate::http::respond::with_status;
use crate::sys;

const MOST: usize = 1 << 20;
const USUAL: usize = 64 << 10;
/// SYSLOG_ACTION_READ_ALL: the newest bytes, without taking them out.
const READ_ALL: libc::c_int = 3;

pub fn answer(agent: &Agent, query: Option<&str>) -> Outcome<Response<Body>> {
    // Elsewhere that log is none of a capsule's.
    if !agent.capsule {
        return Err(Fault::not_found("only a capsule has a log of its own"));
    }
    let wanted = match Query::parse(query).get("bytes") {
        None => USUAL,
        Some(text) => text.parse::<usize>().map_err(|_| Fault::invalid("'bytes' is no number"))?.min(MOST),
    };
    let mut response = with_status(200, Body::full(newest(wanted)?));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Whole lines only, since the kernel gives whole records.
fn newest(most: usize) -> Outcome<Vec<u8>> {
    let mut bytes = vec![0u8; most];
    let length = unsafe { libc::klogctl(READ_ALL, bytes.as_mut_ptr().cast(), most as libc::c_int) };
    let length = sys::check(length).map_err(|error| Fault::io("read the kernel's log", &error))?;
    bytes.truncate(length as usize);
    Ok(bytes)
}
