//! Answers of the plain routes.

use hyper::header::{HeaderMap, HeaderName, HeaderValue, CACHE_CONTROL, CONTENT_TYPE};
use hyper::Response;
use serde_json::{json, Value};

use super::body::Body;
use crate::fault::Fault;

pub fn json(status: u16, value: &Value) -> Response<Body> {
    json_text(status, value.to_string())
}

pub fn json_text(status: u16, text: String) -> Response<Body> {
    let mut response = with_status(status, Body::full(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub fn no_content() -> Response<Body> {
    let mut response = with_status(204, Body::empty());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The error shape of the plain routes: an integer code and a text.
pub fn failed(fault: &Fault) -> Response<Body> {
    json(fault.status(), &json!({"code": fault.status(), "message": fault.message}))
}

pub fn with_status(status: u16, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// Lets pages of any origin read the answer.
pub fn allow_any_origin(headers: &mut HeaderMap) {
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    set("access-control-allow-origin", "*");
    set("access-control-expose-headers", "*");
}

/// The answer to a browser that asks what it may send.
pub fn preflight(asked: Option<&HeaderValue>) -> Response<Body> {
    let mut response = no_content();
    let headers = response.headers_mut();
    allow_any_origin(headers);
    headers.insert("access-control-allow-methods", HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    headers.insert("access-control-allow-headers", asked.cloned().unwrap_or_else(|| HeaderValue::from_static("*")));
    headers.insert("access-control-max-age", HeaderValue::from_static("7200"));
    response
}
