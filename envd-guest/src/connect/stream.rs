//! Answers that are streams of messages.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderValue, CACHE_CONTROL, CONTENT_TYPE};
use hyper::{HeaderMap, Response};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{interval_at, Instant, Interval, MissedTickBehavior};

use super::{envelope, error_value, header, STREAM_TYPE};
use crate::fault::Fault;
use crate::http::body::{Body, Item};

const DEFAULT_KEEPALIVE: u64 = 90;

/// The sending end of a stream of messages. A full channel makes the sender wait: that is the back-pressure.
pub struct Sender {
    channel: mpsc::Sender<Item>,
}

impl Sender {
    /// False when the client has gone.
    pub async fn send(&self, frame: Bytes) -> bool {
        self.channel.send(Ok(frame)).await.is_ok()
    }

    /// Ends the stream, well or with an error.
    pub async fn end(self, fault: Option<&Fault>) {
        // A client that has gone needs no end.
        let _ = self.channel.send(Ok(end_frame(fault))).await;
    }

    /// Resolves when the client has gone.
    pub async fn closed(&self) {
        self.channel.closed().await;
    }
}

/// A streaming answer and the end that feeds it.
pub fn open() -> (Sender, Response<Body>) {
    let (channel, receiver) = mpsc::channel(2);
    (Sender { channel }, response(Body::channel(receiver)))
}

/// A streaming answer that has only an error in it.
pub fn failed(fault: &Fault) -> Response<Body> {
    response(Body::full(end_frame(Some(fault))))
}

/// The answer of a client stream: one message and the end.
pub fn single(message: Bytes) -> Response<Body> {
    let mut bytes = message.to_vec();
    bytes.extend_from_slice(&end_frame(None));
    response(Body::full(bytes))
}

/// Ticks at which a silent stream must say that it lives (`Keepalive-Ping-Interval`, seconds).
pub fn keepalive(headers: &HeaderMap) -> Interval {
    let asked = header(headers, "keepalive-ping-interval").and_then(|text| text.trim().parse::<u64>().ok());
    let period = Duration::from_secs(asked.filter(|seconds| (1..=3600).contains(seconds)).unwrap_or(DEFAULT_KEEPALIVE));
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn end_frame(fault: Option<&Fault>) -> Bytes {
    let value = fault.map_or_else(|| json!({}), |fault| json!({"error": error_value(fault)}));
    envelope::wrap(envelope::END_STREAM, value.to_string().as_bytes())
}

fn response(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(STREAM_TYPE));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
