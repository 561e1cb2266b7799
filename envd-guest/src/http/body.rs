//! Bodies of requests and answers.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::mpsc;

use super::room::Room;
use crate::activity::Busy;
use crate::fault::{Code, Fault, Outcome};

/// A piece of a streamed answer. An error breaks the connection, so that nobody takes a torn answer for a whole one.
pub type Item = Result<Bytes, io::Error>;

pub enum Body {
    Full(Option<Bytes>),
    /// With what is held as long as the answer lasts.
    Channel(mpsc::Receiver<Item>, Option<Busy>),
}

impl Body {
    pub fn full(bytes: impl Into<Bytes>) -> Body {
        Body::Full(Some(bytes.into()).filter(|bytes: &Bytes| !bytes.is_empty()))
    }

    pub fn channel(receiver: mpsc::Receiver<Item>) -> Body {
        Body::Channel(receiver, None)
    }

    /// A streamed answer lasts until its last byte; any other is made already.
    pub fn lasting(&mut self, busy: Busy) {
        if let Body::Channel(_, held) = self {
            *held = Some(busy);
        }
    }

    pub fn empty() -> Body {
        Body::Full(None)
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Body::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Body::Channel(receiver, _) => receiver.poll_recv(context).map(|item| item.map(|item| item.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Body::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Body::Channel(..) => SizeHint::default(),
        }
    }
}

/// Reads a body whole, up to a limit.
pub async fn read_all(mut body: Incoming, limit: usize) -> Outcome<Bytes> {
    let mut all = Vec::new();
    let mut room = Room::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Fault::invalid(format!("request body broke off: {error}")))?;
        if let Ok(data) = frame.into_data() {
            if all.len() + data.len() > limit {
                return Err(Fault::with_status(413, Code::ResourceExhausted, format!("request body is larger than the limit of {limit} bytes")));
            }
            room.hold(all.len() + data.len())?;
            all.extend_from_slice(&data);
        }
    }
    Ok(all.into())
}
