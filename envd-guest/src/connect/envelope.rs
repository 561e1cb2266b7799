//! Frames of a stream: a flag byte, a big-endian length, a JSON text.

use bytes::{Buf, Bytes, BytesMut};
use hyper::body::Incoming;
use http_body_util::BodyExt;

use crate::fault::{Code, Fault, Outcome};
use crate::http::room::Room;

pub const END_STREAM: u8 = 2;
const COMPRESSED: u8 = 1;
const HEAD: usize = 5;

pub fn wrap(flags: u8, text: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(HEAD + text.len());
    frame.push(flags);
    frame.extend_from_slice(&(text.len() as u32).to_be_bytes());
    frame.extend_from_slice(text);
    frame.into()
}

/// Takes envelopes out of bytes as they arrive.
#[derive(Default)]
pub struct Unwrapper {
    buffer: BytesMut,
}

impl Unwrapper {
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, None when more bytes are needed.
    pub fn next(&mut self, limit: usize) -> Outcome<Option<Bytes>> {
        if self.buffer.len() < HEAD {
            return Ok(None);
        }
        let flags = self.buffer[0];
        let length = u32::from_be_bytes([self.buffer[1], self.buffer[2], self.buffer[3], self.buffer[4]]) as usize;
        if flags & COMPRESSED != 0 {
            return Err(Fault::new(Code::Unimplemented, "compressed messages are not supported: send identity"));
        }
        if flags != 0 {
            return Err(Fault::invalid(format!("envelope flags {flags:#04x} have no meaning in a request")));
        }
        if length > limit {
            return Err(Fault::new(Code::ResourceExhausted, format!("a message of {length} bytes is larger than the limit of {limit}")));
        }
        if self.buffer.len() < HEAD + length {
            return Ok(None);
        }
        self.buffer.advance(HEAD);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}

/// Messages of a client stream.
pub struct Messages {
    body: Incoming,
    unwrapper: Unwrapper,
    room: Room,
}

impl Messages {
    pub fn new(body: Incoming) -> Messages {
        Messages { body, unwrapper: Unwrapper::default(), room: Room::default() }
    }

    /// The next message; None at the end of the stream.
    pub async fn next(&mut self) -> Outcome<Option<Bytes>> {
        loop {
            if let Some(message) = self.unwrapper.next(super::MAX_MESSAGE)? {
                // What is left is less than a message, and may be nothing for long.
                self.room = Room::default();
                return Ok(Some(message));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.room.hold(self.unwrapper.buffer.len() + data.len())?;
                        self.unwrapper.feed(&data);
                    }
                }
                Some(Err(error)) => return Err(Fault::invalid(format!("request body broke off: {error}"))),
                None if self.unwrapper.is_empty() => return Ok(None),
                None => return Err(Fault::invalid("request body ends inside an envelope")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_survive_any_split() {
        let mut wire = wrap(0, b"{\"a\":1}").to_vec();
        wire.extend_from_slice(&wrap(0, b""));
        wire.extend_from_slice(&wrap(0, b"{}"));
        for size in 1..wire.len() {
            let mut unwrapper = Unwrapper::default();
            let mut seen = Vec::new();
            for part in wire.chunks(size) {
                unwrapper.feed(part);
                while let Some(message) = unwrapper.next(100).unwrap() {
                    seen.push(message);
                }
            }
            assert_eq!(seen, [&b"{\"a\":1}"[..], b"", b"{}"]);
            assert!(unwrapper.is_empty());
        }
    }

    #[test]
    fn bad_envelopes_are_refused_before_their_bytes_arrive() {
        for (head, code) in [([0, 0xff, 0xff, 0xff, 0xff], Code::ResourceExhausted), ([1, 0, 0, 0, 0], Code::Unimplemented), ([4, 0, 0, 0, 0], Code::InvalidArgument)] {
            let mut unwrapper = Unwrapper::default();
            unwrapper.feed(&head);
            assert_eq!(unwrapper.next(1000).unwrap_err().code, code);
        }
    }
}
