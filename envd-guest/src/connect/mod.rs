//! The Connect protocol with its JSON codec: unary calls, server streams and client streams over HTTP/1.1.

pub mod envelope;
pub mod fields;
pub mod stream;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{HeaderMap, Method, Request, Response};
use serde_json::{json, Value};
use std::time::Duration;

use crate::fault::{Code, Fault, Outcome};
use crate::http::body::{read_all, Body};

pub const STREAM_TYPE: &str = "application/connect+json";
pub const UNARY_TYPE: &str = "application/json";
pub const MAX_MESSAGE: usize = 16 << 20;

/// Which shape a method has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unary,
    Stream,
}

/// Refuses what no method of that kind takes; None when the request may go on.
pub fn refuse(request: &Request<Incoming>, kind: Kind) -> Option<Response<Body>> {
    if request.method() != Method::POST {
        let mut response = error_response(&Fault::with_status(405, Code::Unimplemented, "Connect methods are called with POST"));
        response.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("POST"));
        return Some(response);
    }
    let expected = if kind == Kind::Unary { UNARY_TYPE } else { STREAM_TYPE };
    let given = header(request.headers(), CONTENT_TYPE.as_str()).unwrap_or("");
    if !given.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(expected) {
        let text = format!("content type '{given}' is not supported here: send {expected}");
        return Some(error_response(&Fault::with_status(415, Code::InvalidArgument, text)));
    }
    for name in [CONTENT_ENCODING.as_str(), "connect-content-encoding"] {
        if header(request.headers(), name).is_some_and(|value| !value.eq_ignore_ascii_case("identity")) {
            let fault = Fault::new(Code::Unimplemented, "compressed messages are not supported: send identity");
            return Some(if kind == Kind::Unary { error_response(&fault) } else { stream::failed(&fault) });
        }
    }
    None
}

/// Reads the whole message of a unary call; an empty body stands for the message with all defaults.
pub async fn unary_message(body: Incoming) -> Outcome<Value> {
    let bytes = read_all(body, MAX_MESSAGE).await?;
    parse(&bytes)
}

pub fn parse(bytes: &[u8]) -> Outcome<Value> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| Fault::invalid(format!("message is not JSON: {error}")))?;
    if value.is_object() { Ok(value) } else { Err(Fault::invalid("message must be a JSON object")) }
}

pub fn unary_response(result: Outcome<Value>) -> Response<Body> {
    match result {
        Ok(value) => json_response(200, &value),
        Err(fault) => error_response(&fault),
    }
}

pub fn error_response(fault: &Fault) -> Response<Body> {
    json_response(fault.status(), &error_value(fault))
}

pub fn error_value(fault: &Fault) -> Value {
    json!({"code": fault.code.text(), "message": fault.message})
}

fn json_response(status: u16, value: &Value) -> Response<Body> {
    crate::http::respond::json(status, value)
}

/// The client's deadline from `Connect-Timeout-Ms`; absent or 0 means none.
pub fn timeout(headers: &HeaderMap) -> Outcome<Option<Duration>> {
    let Some(text) = header(headers, "connect-timeout-ms") else { return Ok(None) };
    if text.len() > 10 || text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Fault::invalid(format!("Connect-Timeout-Ms '{text}' is not a number of milliseconds")));
    }
    let millis: u64 = text.parse().map_err(|_| Fault::invalid("Connect-Timeout-Ms is out of range"))?;
    Ok((millis > 0).then(|| Duration::from_millis(millis)))
}

pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// One message as an envelope of a stream.
pub fn message(value: &Value) -> Bytes {
    envelope::wrap(0, value.to_string().as_bytes())
}
