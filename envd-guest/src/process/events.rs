//! Messages of the streams `Start` and `Connect`.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use bytes::Bytes;
use hyper::HeaderMap;
use serde_json::json;
use tokio::time::{sleep_until, Instant};

use super::exit::End;
use super::ring::{Kind, Next, Subscriber};
use crate::connect::envelope;
use crate::connect::message;
use crate::connect::stream::{keepalive, Sender};
use crate::fault::{Code, Fault};

/// Sends a process' events until its end, or until the client has gone.
/// `deadline` ends the stream, not the process.
pub async fn forward(sender: Sender, pid: i32, mut subscriber: Subscriber, headers: HeaderMap, deadline: Option<Instant>) {
    let mut ticks = keepalive(&headers);
    if !sender.send(message(&json!({"event": {"start": {"pid": pid}}}))).await {
        return;
    }
    loop {
        match subscriber.next() {
            Next::Data(kind, bytes) => {
                ticks.reset();
                if !sender.send(data(kind, &bytes)).await {
                    return;
                }
            }
            Next::End(end) => {
                if sender.send(message(&end_event(&end))).await {
                    let late = end.error.as_ref().filter(|text| text.starts_with("deadline"));
                    sender.end(late.map(|text| Fault::new(Code::DeadlineExceeded, text.clone())).as_ref()).await;
                }
                return;
            }
            Next::Nothing => tokio::select! {
                () = subscriber.changed() => {}
                () = sender.closed() => return,
                _ = ticks.tick() => {
                    if !sender.send(message(&json!({"event": {"keepalive": {}}}))).await {
                        return;
                    }
                }
                () = until(deadline) => {
                    sender.end(Some(&Fault::new(Code::DeadlineExceeded, "the deadline of the stream has passed; the process runs on"))).await;
                    return;
                }
            },
        }
    }
}

pub async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn end_event(end: &End) -> serde_json::Value {
    let mut value = json!({"exitCode": end.code, "exited": end.exited, "status": end.status});
    if let Some(error) = &end.error {
        value["error"] = json!(error);
    }
    json!({"event": {"end": value}})
}

fn data(kind: Kind, bytes: &[u8]) -> Bytes {
    let mut text = String::with_capacity(48 + bytes.len().div_ceil(3) * 4);
    text.push_str("{\"event\":{\"data\":{\"");
    text.push_str(kind.name());
    text.push_str("\":\"");
    STANDARD.encode_string(bytes, &mut text);
    text.push_str("\"}}}");
    envelope::wrap(0, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_events_are_json() {
        let frame = data(Kind::Stderr, &[0, 0xff, b'"']);
        let value: serde_json::Value = serde_json::from_slice(&frame[5..]).unwrap();
        assert_eq!(value, json!({"event": {"data": {"stderr": "AP8i"}}}));
    }
}
